"""A score's arithmetic as Excel formulas (活公式): the last digit of RULES in a program that has only doubles.

Excel's ROUND(66.675,2) works on the double nearest to 66.675 and may give either neighbour. So each formula counts in
whole hundredths: `ROUND(100*SUM(…),0)` is an exact integer, since the sum of such figures lies within 1e-4 of one.
Divided by another integer, a quotient that is exactly k + ½ is a double without error and ROUND(…,0) takes it up; any
other lies at least 1/(2·divisor) from k + ½, more than ten thousand times farther than a double errs. Then ÷ 100,
which gives the double nearest to the printed figure, the very one that Excel reads from `66.68`. Decision 0012.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula (without the `=`) and the result that the board prints, kept in the file for who does not calculate.

    Only made of addresses and figures of ours: no text from outside ever becomes part of one.
    """

    text: str
    result: Decimal | int | str | None


def places_of(figures: Sequence[Decimal]) -> int:
    """How many decimals the figures need: 20 and 30 none, 33.3 one."""
    return max((max(0, -int(figure.normalize().as_tuple().exponent)) for figure in figures), default=0)


def mean(cells: str) -> str:
    """A quarter: the mean of the months that have a score."""
    return f"ROUND(ROUND(100*SUM({cells}),0)/COUNT({cells}),0)/100"


def weighted(terms: Sequence[tuple[str, str | None]], places: int) -> str:
    """The final: Σ weight × quarter ÷ Σ weight. A term without a quarter's cell counts 0 with its full weight.

    `places` are the decimals of the weights: both sums are taken to whole numbers before they are divided.
    """
    products = "+".join(f"{weight}*{cell}" for weight, cell in terms if cell)
    weights = "+".join(weight for weight, _ in terms)
    return f"ROUND(ROUND({10 ** (2 + places)}*({products}),0)/{_whole(f'({weights})', places)},0)/100"


def share(points: str, full_marks: str, places: int) -> str:
    """A month: 100 × Σ points ÷ Σ full marks of the indicators that have points."""
    marks = _whole(f"SUMPRODUCT(ISNUMBER({points})*{full_marks})", places)
    return f"ROUND({100 * 10**places}*ROUND(100*SUM({points}),0)/{marks},0)/100"


def _whole(figure: str, places: int) -> str:
    return f"ROUND({10**places}*{figure},0)" if places else figure


def tier(score: str, froms: str, names: str) -> str:
    """等次: the last tier whose lowest score is not above the score; `froms` rise."""
    return f"LOOKUP({score},{froms},{names})"


def rank(group: str, score: str, order: str, *, groups: str, scores: str, orders: str, standings: str) -> str:
    """名次 1, 2, 2, 4: one more than those of the group above, and those of equal score before by the tie-break.

    `standings` say 排名 for who takes part; `orders` are places by the exact, unrounded ratios of the tie-break.
    """
    ranked = f'{groups},{group},{standings},"排名"'
    return f'1+COUNTIFS({ranked},{scores},">"&{score})+COUNTIFS({ranked},{scores},{score},{orders},"<"&{order})'
