"""What the figures of one board are made of (计算依据): the months with their indicators and cells, the quarters that
are not worked out anew, the book's weights and tiers, the order of the tie-break.

Source: RULES §2–§4. For the exported workbook; all of it is scoring's, in the state of facts behind the board shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from app.programmes.models import Programme
from app.publications import boards
from app.publications.boards import Basis, Sight
from app.publications.memory import Memory
from app.publications.receipts import Cells, Evidence
from app.publications.scope import Scope
from scoring import receipts
from scoring.monthly import IndicatorScore, ScoreSource
from scoring.periods import QUARTER_WORDS, Period, PeriodKind, quarter_of
from scoring.quarterly import final_score
from scoring.ranking import tie_break
from scoring.receipts import ReceiptMonth
from scoring.rulebook import MissingQuarter, RuleBook, TieBreak


@dataclass(frozen=True, slots=True)
class MonthWorking:
    """One project's month: its score, how it came about, and the cell that decided."""

    month: str
    score: Decimal | None
    source: ScoreSource | None
    sentence: str
    indicators: Sequence[tuple[IndicatorScore, Evidence | None]]
    computed: Decimal | None  # 系统计分: 100 × Σ points ÷ Σ full marks
    is_computed: bool  # the score is that very figure
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Workings:
    """`given` says whose figure a quarter (Q1–Q4) is that is not the mean of the months: 通报数, 更正数 …

    By project code: `months` of those the viewer may see in detail, `zero_quarters` without score that count 0 in the
    final, `orders` as places by the exact tie-break ratio (1 is best; equal ratios share a place).
    """

    book: RuleBook
    given: Mapping[str, str]
    committed_weighted_months: int
    months: Mapping[str, Sequence[MonthWorking]]
    zero_quarters: Mapping[str, frozenset[str]]
    orders: Mapping[str, int]

    @property
    def weights(self) -> dict[str, Decimal]:
        """The weights (%) of Q1–Q4."""
        return {f"Q{quarter}": self.book.final.weights[quarter] for quarter in QUARTER_WORDS}


def workings(
    session: Session, programme: Programme, period: Period, seen: Sight, scope: Scope, memory: Memory
) -> Workings:
    """The workings of the board that was seen."""
    month = boards.last_month(session, programme, period, seen.known_at)
    made_from = boards.basis(session, programme, month, seen.known_at, memory)
    book, rows = made_from.assessed.book, seen.figures["rows"]
    given = boards.given_quarters(session, programme, period, made_from, seen.known_at, memory)
    detailed = [row["code"] for row in rows if scope.sees(row["id"])]
    last = int(month[5:7])
    committed = [at for at in made_from.assessed.committed_months if at <= last]
    return Workings(
        book=book,
        given=given,
        committed_weighted_months=sum(1 for at in committed if book.final.weights[quarter_of(at)]),
        months={code: _months(session, made_from, code) for code in detailed},
        zero_quarters={row["code"]: _zero_quarters(made_from, row, last) for row in rows},
        orders=_orders(made_from, rows, last),
    )


def _months(session: Session, made_from: Basis, code: str) -> list[MonthWorking]:
    year = Period(made_from.facts.year, PeriodKind.YEAR)
    made = receipts.receipt(made_from.assessed.book, made_from.facts, code, year, assessed=made_from.assessed)
    cells = Cells(session, made_from, code, made.quarters)

    def working(one: ReceiptMonth) -> MonthWorking:
        by_indicators = one.source is ScoreSource.TEAM and one.detail.team_score is None
        return MonthWorking(
            month=one.month,
            score=one.score,
            source=one.source,
            sentence=one.sentence,
            indicators=[(line, next(iter(cells.of_sources(line.figures)), None)) for line in one.indicators],
            computed=one.detail.computed_score,
            is_computed=one.source is ScoreSource.COMPUTED or by_indicators,
            evidence=next(iter(cells.of(one)), None),
        )

    return [working(one) for quarter in made.quarters for one in quarter.months]


def _zero_quarters(made_from: Basis, row: Mapping[str, Any], last: int) -> frozenset[str]:
    rules = made_from.assessed.book.final
    if rules.missing_quarter is not MissingQuarter.ZERO:
        return frozenset()
    shown = {name: None if score is None else Decimal(score) for name, score in row["quarters"].items()}
    quarters = made_from.assessed[row["code"]].quarters(last, shown)
    counted = final_score(rules, quarters, rules.missing_quarter).weights
    return frozenset(f"Q{one.quarter}" for one in quarters if one.score is None and one.quarter in counted)


def _orders(made_from: Basis, rows: Sequence[Mapping[str, Any]], last: int) -> dict[str, int]:
    """Places by the unrounded ratio over all rows; where the book has no tie-break, all are first."""
    if made_from.assessed.book.ranking.tie_break is TieBreak.NONE:
        return {row["code"]: 1 for row in rows}
    ratios: dict[str, Fraction] = {row["code"]: tie_break(made_from.assessed[row["code"]], last) for row in rows}
    places = {ratio: place for place, ratio in enumerate(sorted(set(ratios.values()), reverse=True), start=1)}
    return {code: places[ratio] for code, ratio in ratios.items()}
