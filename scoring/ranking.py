"""Boards (分级排名): who stands where in a period, within the peer group and over all.

Source: RULES §4. Every score is worked out from the months; a year may use published quarter scores.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from scoring.assessment import Assessed, Assessment, QuarterScores, event_words
from scoring.coverage import Inspection, who
from scoring.facts import EventKind, Month, Programme
from scoring.groups import group_of, group_order
from scoring.lifecycle import LEAVING, State
from scoring.lights import had_red
from scoring.monthly import FULL_SCORE, MonthScore
from scoring.periods import Period, PeriodKind, interim_label, month_index, month_text, previous, quarter_of
from scoring.quarterly import FinalScore, QuarterScore, final_score
from scoring.rounding import half_up
from scoring.rulebook import CompletedInMonthBoards, FinalRules, Reason, RuleBook, TieBreak

TOO_FEW_MONTHS = "考核期不足，单列"
NO_WEIGHTED_QUARTER = "无计权季度"


@dataclass(frozen=True, slots=True)
class Row:
    """One project on a board. `rank` and `overall_rank` None stand apart; `not_scored_reason` says why."""

    code: str
    name: str
    group: str
    rank: int | None
    group_size: int  # rows of the peer group, ranked or not
    overall_rank: int | None
    score: Decimal | None
    tier: str | None
    change: int | None  # previous group rank − present
    tie_break: Decimal | None  # 4 decimals, for print
    tie_break_ratio: Fraction | None  # as compared
    quarters: Mapping[str, Decimal | None]  # Q1–Q4
    months: Mapping[str, Decimal | None]  # YYYY-MM from January to the period's end
    not_scored_reason: str | None
    state: str
    last_month: MonthScore  # of the period's last month


@dataclass(frozen=True, slots=True)
class Movement:
    code: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the period's last month: due = inspected + not_inspected + not_reported; `not_scored` = rows without score."""

    due: int
    inspected: int
    not_inspected: int
    not_reported: int
    not_scored: int


@dataclass(frozen=True, slots=True)
class Lists:
    """红榜, 黑榜 and the ties across their edge for the office to decide, as codes in code order."""

    red: tuple[str, ...]
    black: tuple[str, ...]
    edge: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    programme: str
    period: str
    label: str  # 参考, 中间值（四季度仅含10—11月）, or empty
    last_month: Month | None
    committed_months: tuple[Month, ...]  # of the period
    rows: tuple[Row, ...]  # by group, rank and code; unranked last in their group
    joined: tuple[Movement, ...]
    left: tuple[Movement, ...]
    coverage: Coverage
    lists: Lists
    full_marks: int
    policies: tuple[str, ...]  # printed beneath the board


@dataclass(frozen=True, slots=True)
class _Standing:
    """One project's score in a period, before ranking."""

    assessment: Assessment
    group: str
    score: Decimal | None
    reason: str | None  # set: no rank
    tie_break: Fraction
    quarters: tuple[QuarterScore, ...]

    @property
    def code(self) -> str:
        return self.assessment.project.code


RankKey = tuple[Decimal, Fraction]  # the smaller stands in front, equal ones share a rank


@dataclass(frozen=True, slots=True)
class Place:
    """Where one member of a board stands, without the rest of its row; `reason` says why it has no rank."""

    group: str
    rank: int | None
    score: Decimal | None
    reason: str | None
    key: RankKey | None  # None without a rank


@dataclass(frozen=True, slots=True)
class PeriodScore:
    """What one project's score in a period is made of."""

    score: Decimal | None
    quarters: tuple[QuarterScore, ...]  # begun by the period's last month
    final: FinalScore | None = None  # years only


def board(
    book: RuleBook,
    programme: Programme,
    period: Period,
    *,
    quarter_scores: QuarterScores | None = None,
    previous_board: Board | None = None,
    assessed: Assessed | None = None,
) -> Board:
    """The board of `period`, shown through its last committed month; without one it has no rows.

    `quarter_scores` are published quarter scores by code and Q1–Q4, taken instead of the recomputed ones.
    `previous_board` is the board to compare with, where the peer group of a project may have been another then;
    without it that board is worked out from the same facts.
    """
    shared = assessed or Assessed(book, programme)
    committed = period.committed(programme.committed_months) if period.year == programme.year else ()
    label = _label(book, period, committed)
    policies = book.policy_sentences()
    if not committed:
        none = Coverage(0, 0, 0, 0, 0)
        return Board(programme.code, period.text, label, None, (), (), (), (), none, Lists((), (), ()), 0, policies)
    last = committed[-1]
    standings = [_stand(one, period, last, quarter_scores) for one in shared.members(last)]
    ranks = _group_ranks(standings)
    overall = _ranks([one for one in standings if one.reason is None])
    sizes: dict[str, int] = {}
    for one in standings:
        sizes[one.group] = sizes.get(one.group, 0) + 1
    earlier = _previous_ranks(shared, period, previous_board)
    rows = [
        _row(one, period, last, ranks.get(one.code), sizes[one.group], overall.get(one.code), earlier)
        for one in standings
    ]
    order = group_order(book, programme)
    rows.sort(key=lambda row: (order(row.group), row.rank is None, row.rank or 0, row.code))
    joined, left = _movements(shared, period, last, [one.code for one in standings], earlier)
    return Board(
        programme=programme.code,
        period=period.text,
        label=label,
        last_month=last,
        committed_months=committed,
        rows=tuple(rows),
        joined=joined,
        left=left,
        coverage=_coverage(rows),
        lists=_lists(book, standings, ranks, committed),
        full_marks=sum(1 for row in rows if row.score == FULL_SCORE),
        policies=policies,
    )


def places(shared: Assessed, period: Period, *, quarter_scores: QuarterScores | None = None) -> dict[str, Place]:
    """Every member's place in `period` by code, as `board` ranks them; none where no month of it is committed."""
    committed = period.committed(shared.committed_months) if period.year == shared.year else ()
    if not committed:
        return {}
    standings = [_stand(one, period, committed[-1], quarter_scores) for one in shared.members(committed[-1])]
    ranks = _group_ranks(standings)
    return {
        one.code: Place(
            one.group, ranks.get(one.code), one.score, one.reason, _rank_key(one) if one.reason is None else None
        )
        for one in standings
    }


def period_score(
    assessment: Assessment, period: Period, last: Month, published: Mapping[str, Decimal | None] | None = None
) -> PeriodScore:
    """A month ranks its monthly score, a quarter its quarter score, a year the final."""
    quarters = assessment.quarters(last, published)
    if period.kind is PeriodKind.MONTH:
        return PeriodScore(assessment.score(last).score, quarters)
    return score_of_quarters(assessment.book.final, period, quarters)


def score_of_quarters(rules: FinalRules, period: Period, quarters: tuple[QuarterScore, ...]) -> PeriodScore:
    """The score of a quarter or year from its begun quarters; None for a quarter that has not begun."""
    if period.kind is PeriodKind.QUARTER:
        return PeriodScore(next((one.score for one in quarters if one.quarter == period.number), None), quarters)
    final = final_score(rules, quarters, rules.missing_quarter)
    return PeriodScore(final.score, quarters, final)


def not_ranked_reason(assessment: Assessment, period: Period, last: Month, found: PeriodScore) -> str | None:
    """Why a project has no rank in the period; None where it has one."""
    month = assessment.score(last)
    if found.score is None:
        weights = assessment.book.final.weights
        if period.kind is PeriodKind.YEAR and not any(weights[one.quarter] for one in found.quarters):
            return NO_WEIGHTED_QUARTER
        # A published quarter may be without a score where the month now has one.
        return str(month.reason or Reason.NOT_ASSESSABLE)
    if period.kind is PeriodKind.MONTH:
        apart = assessment.book.ranking.completed_in_month_boards is CompletedInMonthBoards.APART
        return str(Reason.COMPLETED) if month.by_completion and apart else None
    if period.kind is PeriodKind.YEAR and _is_too_short(assessment, last):
        return TOO_FEW_MONTHS
    return None


def tie_break(assessment: Assessment, month: Month) -> Fraction:
    """Uncapped investment ratio at `month`; of a completed project against the annual plan at its last record.

    Absent is 1. The last record of a completed project is the last that counts and holds an investment figure.
    """
    standing = assessment.standing(month)
    if standing.state is State.COMPLETED and standing.completed_month is not None:
        for at in reversed(assessment.committed_months):
            if at > min(month, standing.completed_month):
                continue
            if (wan := assessment.invested(at, month).stated_wan) is not None:
                annual = assessment.month(at).due.annual_wan
                return Fraction(wan) / Fraction(annual) if annual else Fraction(1)
        return Fraction(1)
    ratio = assessment.month(month).investment_ratio
    return Fraction(1) if ratio is None else ratio


def _is_too_short(assessment: Assessment, last: Month) -> bool:
    weights = assessment.book.final.weights
    weighted = [score for score in assessment.scores(last) if weights[quarter_of(score.month)]]
    scored = sum(1 for score in weighted if score.score is not None)
    return scored < min(assessment.book.final.minimum_months, len(weighted))


def _stand(assessment: Assessment, period: Period, last: Month, quarter_scores: QuarterScores | None) -> _Standing:
    published = (quarter_scores or {}).get(assessment.project.code)
    found = period_score(assessment, period, last, published)
    return _Standing(
        assessment=assessment,
        group=group_of(assessment.book, assessment.project),
        score=found.score,
        reason=not_ranked_reason(assessment, period, last, found),
        tie_break=tie_break(assessment, last),
        quarters=found.quarters,
    )


Item = TypeVar("Item")


def shared_ranks(items: Sequence[Item], key: Callable[[Item], object]) -> list[int]:
    """Competition ranks (1, 2, 2, 4) of items already in order: equal keys share a place and the next is skipped."""
    ranks: list[int] = []
    for place, item in enumerate(items, start=1):
        if ranks and key(items[place - 2]) == key(item):
            ranks.append(ranks[-1])
        else:
            ranks.append(place)
    return ranks


def _rank_key(one: _Standing) -> RankKey:
    """By score, then the book's tie-break."""
    assert one.score is not None
    breaks = one.assessment.book.ranking.tie_break is TieBreak.INVESTMENT_RATIO
    return (-one.score, -one.tie_break if breaks else Fraction(0))


def _ranks(ranked: Sequence[_Standing]) -> dict[str, int]:
    ordered = sorted(ranked, key=lambda one: (_rank_key(one), one.code))
    return dict(zip((one.code for one in ordered), shared_ranks(ordered, _rank_key), strict=True))


def _group_ranks(standings: Sequence[_Standing]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for group in {one.group for one in standings}:
        ranks |= _ranks([one for one in standings if one.group == group and one.reason is None])
    return ranks


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The board compared with: who was on it, in which group and at which rank."""

    names: Mapping[str, str]
    ranks: Mapping[str, tuple[str, int]]


def _previous_ranks(shared: Assessed, period: Period, given: Board | None) -> _Earlier | None:
    if given is not None:
        ranks = {row.code: (row.group, row.rank) for row in given.rows if row.rank is not None}
        return _Earlier({row.code: row.name for row in given.rows}, ranks)
    before = previous(period, shared.committed_months)
    if before is None:
        return None
    last = before.committed(shared.committed_months)[-1]
    standings = [_stand(one, before, last, None) for one in shared.members(last)]
    found = _group_ranks(standings)
    return _Earlier(
        {one.code: one.assessment.project.name for one in standings},
        {one.code: (one.group, found[one.code]) for one in standings if one.code in found},
    )


def _row(
    one: _Standing,
    period: Period,
    last: Month,
    rank: int | None,
    group_size: int,
    overall_rank: int | None,
    earlier: _Earlier | None,
) -> Row:
    assessment = one.assessment
    change: int | None = None
    if earlier is not None and rank is not None and one.code in earlier.ranks:
        group, before = earlier.ranks[one.code]
        change = before - rank if group == one.group else None
    quarters: dict[str, Decimal | None] = {f"Q{quarter}": None for quarter in range(1, 5)}
    quarters |= {f"Q{quarter.quarter}": quarter.score for quarter in one.quarters}
    months: dict[str, Decimal | None] = {
        month_text(assessment.year, month): None for month in range(1, period.months[-1] + 1)
    }
    months |= {month_text(assessment.year, score.month): score.score for score in assessment.scores(last)}
    return Row(
        code=one.code,
        name=assessment.project.name,
        group=one.group,
        rank=rank,
        group_size=group_size,
        overall_rank=overall_rank,
        score=one.score,
        tier=None if one.score is None else assessment.book.ranking.tier(one.score),
        change=change,
        tie_break=None if one.score is None else half_up(one.tie_break, 4),
        tie_break_ratio=None if one.score is None else one.tie_break,
        quarters=quarters,
        months=months,
        not_scored_reason=one.reason,
        state=str(assessment.standing(last).state),
        last_month=assessment.score(last),
    )


def _movements(
    shared: Assessed, period: Period, last: Month, codes: Sequence[str], earlier: _Earlier | None
) -> tuple[tuple[Movement, ...], tuple[Movement, ...]]:
    """Who came and went against the board before; a year lists every 增补 and every 调出 or 退出 of the year so far."""
    if period.kind is PeriodKind.YEAR:
        return _events_of_year(shared, {EventKind.ADDED}, last), _events_of_year(shared, LEAVING, last)
    if earlier is None:
        return (), ()
    joined = [shared[code] for code in codes if code not in earlier.names]
    left = [shared[code] for code in earlier.names if code not in set(codes) and code in shared]
    return (
        tuple(
            Movement(one.project.code, one.project.name, event_words(one.standing(last).joined_by)) for one in joined
        ),
        tuple(Movement(one.project.code, one.project.name, event_words(one.standing(last).left_by)) for one in left),
    )


def _events_of_year(shared: Assessed, kinds: AbstractSet[EventKind], last: Month) -> tuple[Movement, ...]:
    return tuple(
        Movement(one.project.code, one.project.name, event_words(max(events, key=lambda event: event.on)))
        for one in shared
        if (
            events := [
                event
                for event in one.project.events
                if event.kind in kinds and 1 <= month_index(one.year, event.on) <= last
            ]
        )
    )


def _coverage(rows: Sequence[Row]) -> Coverage:
    found = who(rows)
    not_inspected, not_reported = len(found[Inspection.NOT_INSPECTED]), len(found[Inspection.NOT_REPORTED])
    inspected = len(found[Inspection.INSPECTED])
    return Coverage(
        due=inspected + not_inspected + not_reported,
        inspected=inspected,
        not_inspected=not_inspected,
        not_reported=not_reported,
        not_scored=sum(1 for row in rows if row.score is None),
    )


def _lists(
    book: RuleBook, standings: Sequence[_Standing], ranks: Mapping[str, int], committed: tuple[Month, ...]
) -> Lists:
    """红榜 and 黑榜 per peer group: a place in the quota and the condition; nobody moves up for one who fails it."""
    red: list[str] = []
    black: list[str] = []
    edge: list[str] = []
    for group in {one.group for one in standings}:
        ranked = [one for one in standings if one.group == group and one.code in ranks]
        size = len(ranked)
        best = -(-size * book.ranking.red_list.quota // 1)  # ceil
        worst = size * book.ranking.black_list.quota // 1  # floor
        for rank in sorted({ranks[one.code] for one in ranked}):
            tied = [one for one in ranked if ranks[one.code] == rank]
            end = rank + len(tied) - 1
            if rank <= best:
                good = [one.code for one in tied if _is_good(book, one, committed)]
                (red if end <= best else edge).extend(good)
            if end > size - worst:
                bad = [one.code for one in tied if one.score is not None and one.score < book.ranking.black_list.score]
                (black if rank > size - worst else edge).extend(bad)
    return Lists(tuple(sorted(red)), tuple(sorted(black)), tuple(sorted(set(edge))))


def _is_good(book: RuleBook, one: _Standing, committed: tuple[Month, ...]) -> bool:
    return one.score is not None and one.score >= book.ranking.red_list.score and not had_red(one.assessment, committed)


def _label(book: RuleBook, period: Period, committed: tuple[Month, ...]) -> str:
    if period.kind is PeriodKind.MONTH and committed:
        return book.ranking.monthly_ranks
    return interim_label(period, committed)
