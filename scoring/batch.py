"""Many projects at once (批量计分): quarters, finals and shared ranks of whole arrays, to the same hundredth.

Source: RULES, Rounding, §3, §4. The same book and the same meaning as the explaining engine (quarterly, ranking), which
says why; tests hold the two equal. Points are integers of 0.01 point in int64. No float occurs: a mean is half-up by
integer division, and tie-break ratios are compared by their exact digits (see `_digits`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.assessment import Assessed, QuarterScores
from scoring.groups import group_of
from scoring.periods import Period, PeriodKind, quarter_of
from scoring.quarterly import EXCUSED
from scoring.ranking import tie_break
from scoring.rulebook import CompletedInMonthBoards, FinalRules, MissingQuarter, RuleBook, TieBreak

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_SCORE: Final = -1
NO_RANK: Final = 0
FULL: Final = 10000  # 100.00 points
_SCORE_BITS: Final = 14  # hold 0..FULL
_RATIO_BITS: Final = 63 - _SCORE_BITS  # what is left of an int64 for the leading digits of a ratio
_WHOLE_BITS: Final = 17  # of these, before the binary point
_DENOMINATOR_BITS: Final = 62


@dataclass(frozen=True, slots=True)
class Months:
    """What a board is made from: one row per project on it, columns January to December.

    A month after the board's last, or not committed, is neither scored nor committed.
    """

    scores: Integers  # (projects, 12), 0.01 point; NO_SCORE where the month has none
    is_excused: Mask  # (projects, 12): a quarter with only such months never counts 0 (暂缓, 增补前, …)
    by_completion: Mask  # (projects,): the last month scores by 完工
    committed: Mask  # (12,)
    groups: Integers  # (projects,): peer groups numbered from 0
    ratio_numerators: Integers  # (projects,): the tie-break ratio of the last month
    ratio_denominators: Integers  # (projects,), above 0
    is_published: Mask | None = None  # (projects, 4): the quarter's score is the published one …
    published: Integers | None = None  # (projects, 4): … namely this, or NO_SCORE


@dataclass(frozen=True, slots=True)
class Scores:
    """The board in arrays of one row per project: scores in 0.01 point or NO_SCORE, ranks or NO_RANK."""

    quarters: Integers  # (projects, 4)
    scores: Integers  # (projects,): of the month, the quarter or the year
    is_too_short: Mask  # (projects,): 考核期不足，单列
    ranks: Integers  # (projects,): within the peer group, 1-2-2-4
    overall_ranks: Integers  # (projects,)


def score(book: RuleBook, months: Months, period: Period) -> Scores:
    """Score and rank every row. Raises ValueError for scores outside 0–100 or ratios that cannot be compared."""
    _check(months)
    quarters, counts = _quarter_means(months.scores)
    if months.is_published is not None and months.published is not None:
        quarters = np.where(months.is_published, months.published, quarters)
    is_too_short = np.zeros(len(months.scores), np.bool_)
    if period.kind is PeriodKind.MONTH:
        scores = months.scores[:, period.number - 1]
    elif period.kind is PeriodKind.QUARTER:
        scores = quarters[:, period.number - 1]
    else:
        scores = _finals(book.final, quarters, months)
        is_too_short = (scores >= 0) & _have_too_few_months(book.final, counts, months.committed)
    is_ranked = (scores >= 0) & ~is_too_short
    apart = book.ranking.completed_in_month_boards is CompletedInMonthBoards.APART
    if period.kind is PeriodKind.MONTH and apart:
        is_ranked &= ~months.by_completion
    ranks, overall_ranks = _ranks(book.ranking.tie_break, scores, months, np.flatnonzero(is_ranked))
    return Scores(quarters, scores, is_too_short, ranks, overall_ranks)


def _check(months: Months) -> None:
    if months.scores.size and not NO_SCORE <= months.scores.min() <= months.scores.max() <= FULL:
        raise ValueError(f"scores lie outside 0–{FULL} hundredths of a point")
    lowest, highest = months.ratio_denominators.min(initial=1), months.ratio_denominators.max(initial=1)
    if lowest < 1 or highest >= 1 << _DENOMINATOR_BITS:
        raise ValueError(f"a ratio's denominator lies outside 1–2^{_DENOMINATOR_BITS}")


def from_assessed(assessed: Assessed, period: Period, quarter_scores: QuarterScores | None = None) -> Months:
    """The arrays of a period's board from the explaining engine's months, rows in the order of the members' codes.

    `quarter_scores` are published ones, as for a board. Raises ValueError where the period has no committed month,
    OverflowError for a ratio that no int64 holds.
    """
    committed = period.committed(assessed.committed_months) if period.year == assessed.year else ()
    if not committed:
        raise ValueError(f"{period.text} has no committed month")
    last = committed[-1]
    members = assessed.members(last)
    size = len(members)
    shown = [month for month in assessed.committed_months if month <= last]
    begun = {quarter_of(month) for month in shown}
    scores = np.full((size, 12), NO_SCORE, np.int64)
    is_excused = np.zeros((size, 12), np.bool_)
    is_published = np.zeros((size, 4), np.bool_)
    published = np.full((size, 4), NO_SCORE, np.int64)
    for row, member in enumerate(members):
        for month in member.scores(last):
            scores[row, month.month - 1] = _hundredths(month.score)
            is_excused[row, month.month - 1] = month.reason in EXCUSED
        of_project = (quarter_scores or {}).get(member.project.code, {})
        for quarter in begun:
            if (key := f"Q{quarter}") in of_project:
                is_published[row, quarter - 1] = True
                published[row, quarter - 1] = _hundredths(of_project[key])
    numbers: dict[str, int] = {}
    ratios = [tie_break(member, last) for member in members]
    return Months(
        scores=scores,
        is_excused=is_excused,
        by_completion=np.array([member.score(last).by_completion for member in members], np.bool_),
        committed=np.isin(np.arange(1, 13), shown),
        groups=_integers([numbers.setdefault(group_of(one.book, one.project), len(numbers)) for one in members]),
        ratio_numerators=_integers([ratio.numerator for ratio in ratios]),
        ratio_denominators=_integers([ratio.denominator for ratio in ratios]),
        is_published=is_published,
        published=published,
    )


def _hundredths(score: Decimal | None) -> int:
    return NO_SCORE if score is None else int(score.scaleb(2))


def _integers(values: list[int]) -> Integers:
    return np.array(values, np.int64)


# ---- scores ---------------------------------------------------------------------------------------------------------


def _half_up(numerators: Integers, denominators: Integers) -> Integers:
    """Of figures that are never negative: (2n + d) ÷ 2d, the fraction dropped."""
    return (2 * numerators + denominators) // (2 * denominators)


def _quarter_means(scores: Integers) -> tuple[Integers, Integers]:
    """(projects, 4) from (projects, 12): the mean of each quarter's scored months, and how many they are."""
    is_scored = scores >= 0
    points = np.where(is_scored, scores, 0)
    # Three strided sums are several times quicker than a reduction along an axis of three.
    sums = points[:, 0::3] + points[:, 1::3] + points[:, 2::3]
    counts = is_scored[:, 0::3].astype(np.int64) + is_scored[:, 1::3] + is_scored[:, 2::3]
    return np.where(counts > 0, _half_up(sums, np.maximum(counts, 1)), NO_SCORE), counts


def _weights(rules: FinalRules) -> list[int]:
    """The book's weights of Q1–Q4 in the smallest whole numbers: 0, 2, 3, 5."""
    exact = [Fraction(rules.weights[quarter]) for quarter in range(1, 5)]
    whole = lcm(*(weight.denominator for weight in exact))
    return [int(weight * whole) for weight in exact]


def _finals(rules: FinalRules, quarters: Integers, months: Months) -> Integers:
    """Σ w·q ÷ Σ w over the begun quarters that count; NO_SCORE where no weighted quarter has a score."""
    projects = len(quarters)
    points, weights = np.zeros(projects, np.int64), np.zeros(projects, np.int64)
    has_score = np.zeros(projects, np.bool_)
    for quarter, weight in enumerate(_weights(rules)):
        if not weight:
            continue
        of_quarter = quarters[:, quarter]
        is_scored = of_quarter >= 0
        has_score |= is_scored
        points += weight * np.where(is_scored, of_quarter, 0)
        counts = is_scored
        if rules.missing_quarter is MissingQuarter.ZERO:
            within = slice(3 * quarter, 3 * quarter + 3)
            counts = is_scored | (months.committed[within] & ~months.is_excused[:, within]).any(axis=1)
        weights += weight * counts
    return np.where(has_score, _half_up(points, np.maximum(weights, 1)), NO_SCORE)


def _have_too_few_months(rules: FinalRules, counts: Integers, committed: Mask) -> Mask:
    """Fewer scored months in weighted quarters than the book asks for, or than have been committed so far.

    `counts` are the scored months of each quarter, (projects, 4).
    """
    weighted = [quarter for quarter, weight in enumerate(_weights(rules)) if weight]
    so_far = sum(int(committed[3 * quarter : 3 * quarter + 3].sum()) for quarter in weighted)
    found = np.zeros(len(counts), np.int64)
    for quarter in weighted:
        found += counts[:, quarter]
    return found < min(rules.minimum_months, so_far)


# ---- ranks ----------------------------------------------------------------------------------------------------------


def _ranks(rule: TieBreak, scores: Integers, months: Months, ranked: NDArray[np.intp]) -> tuple[Integers, Integers]:
    """Ranks within the group and over all: by score, then ratio, equals sharing a place (1, 2, 2, 4)."""
    ranks, overall_ranks = (np.full(len(scores), NO_RANK, np.int64) for _ in range(2))
    digits: list[Integers] = []
    if rule is TieBreak.INVESTMENT_RATIO:
        digits = _digits(months.ratio_numerators[ranked], months.ratio_denominators[ranked])
    order, is_new = _order(scores[ranked], digits)
    in_order = ranked[order]
    overall = _places(is_new)
    overall_ranks[in_order] = overall

    groups = months.groups[in_order]
    by_group = np.argsort(groups, kind="stable")  # within a group the order stays
    groups, overall = groups[by_group], overall[by_group]
    starts_group = _differs(groups)
    first = np.maximum.accumulate(np.where(starts_group, np.arange(len(groups)), 0))
    ranks[in_order[by_group]] = _places(starts_group | _differs(overall)) - first
    return ranks, overall_ranks


def _digits(numerators: Integers, denominators: Integers) -> list[Integers]:
    """Ratios as long division writes them: the whole part, then digits to the base 2^k, as many as tell any two apart.

    Two different ratios with denominators below 2^b differ by more than 2^-2b, so 2b bits after the point hold every
    difference; a remainder below 2^b leaves k = 63 - b bits to shift it by. Amounts of money take two or three digits.
    """
    bits = int(denominators.max(initial=1)).bit_length()
    shift = 63 - bits
    whole, remainders = np.divmod(numerators, denominators)
    digits = [whole]
    for _ in range(-(-2 * bits // shift)):
        digit, remainders = np.divmod(remainders << shift, denominators)
        digits.append(digit)
    return digits


def _order(scores: Integers, digits: Sequence[Integers]) -> tuple[NDArray[np.intp], Mask]:
    """The rows from first to last, and where each differs from the one before.

    One sort by score and the ratio's leading bits settles nearly all; rows alike in these are sorted by all digits.
    """
    keys = FULL - scores
    if digits:
        keys = (keys << _RATIO_BITS) | ((1 << _RATIO_BITS) - 1 - _leading_bits(digits))
    order = np.argsort(keys)
    keys = keys[order]
    is_new = _differs(keys)
    if not digits or is_new.all():
        return order, is_new
    alike = np.flatnonzero(~is_new | ~np.append(is_new[1:], True))
    rows = order[alike]
    rest = [-digit[rows] for digit in digits]
    order[alike] = rows[np.lexsort((*reversed(rest), keys[alike]))]
    for digit in digits:
        is_new[alike] |= _differs(digit[order[alike]])
    return order, is_new


def _leading_bits(digits: Sequence[Integers]) -> Integers:
    """The first bits of each ratio, never out of order: what lies outside them is all zeros or all ones."""
    whole, first = digits[0], digits[1]
    fraction_bits = _RATIO_BITS - _WHOLE_BITS
    width = int(first.max(initial=0)).bit_length()  # equal for all rows, so that digits stay comparable
    fraction = first >> max(0, width - fraction_bits)
    bits = ((whole & ((1 << _WHOLE_BITS) - 1)) << fraction_bits) | fraction
    bits = np.where(whole < 0, 0, bits)
    return np.where(whole >= 1 << _WHOLE_BITS, (1 << _RATIO_BITS) - 1, bits)


def _differs(values: Integers) -> Mask:
    """Where a value differs from the one before; the first always does."""
    is_new = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new


def _places(is_new: Mask) -> Integers:
    """Places from 1 on; what is not new shares the place before it."""
    return np.maximum.accumulate(np.where(is_new, np.arange(1, len(is_new) + 1), 0))
