"""A trial of a rule book (试算): who would stand where under another book, before anyone adopts it.

Both sides are worked out from the same facts; nothing here knows of anything published. Pure comparison.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scoring.assessment import Assessed, QuarterScores
from scoring.facts import Light, OutlookVerdict, Programme
from scoring.lights import Alert, alerts
from scoring.periods import Period
from scoring.ranking import Board, Row, board
from scoring.rulebook import RuleBook

RED, BLACK, EDGE = "red", "black", "edge"


@dataclass(frozen=True, slots=True)
class Side:
    """A period under one book: its board, and the lights and outlooks at the period's last month."""

    book: RuleBook
    board: Board
    alerts: Mapping[str, Alert]  # by code


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a project stands on one side."""

    group: str
    score: Decimal | None
    rank: int | None
    not_scored_reason: str | None
    tier: str | None
    on_list: str | None  # red, black or edge
    light: Light
    outlook: OutlookVerdict | None


@dataclass(frozen=True, slots=True)
class Move:
    """One project on both sides. `rank_change` is old − new (positive is up), where both are ranks of one group."""

    code: str
    name: str
    old: Standing
    new: Standing

    @property
    def rank_change(self) -> int | None:
        if self.old.rank is None or self.new.rank is None or self.old.group != self.new.group:
            return None
        return self.old.rank - self.new.rank

    @property
    def score_change(self) -> Decimal | None:
        if self.old.score is None or self.new.score is None:
            return None
        return self.new.score - self.old.score

    @property
    def size(self) -> tuple[bool, int, Decimal]:
        """How far: coming into the ranking or out of it, or into another group, is the farthest."""
        is_regrouped = (self.old.rank is None) != (self.new.rank is None) or self.old.group != self.new.group
        return is_regrouped, abs(self.rank_change or 0), abs(self.score_change or Decimal(0))


@dataclass(frozen=True, slots=True)
class GroupCount:
    """What moves in one peer group, as grouped by the trial book."""

    group: str
    projects: int
    score_changed: int
    up: int
    down: int
    tier_changed: int
    light_changed: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many projects have one value on each side: a tier, a light, an outlook."""

    value: str | None
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Trial:
    moves: tuple[Move, ...]  # who stands otherwise in anything, the farthest first, then by code
    still: tuple[Move, ...]  # all others, in the board's order
    groups: tuple[GroupCount, ...]  # in the board's order
    tiers: tuple[Count, ...]  # the trial book's tiers first, then those it no longer has
    lights: tuple[Count, ...]
    outlooks: tuple[Count, ...]
    lists: tuple[Count, ...]
    not_ranked: Count
    full_marks: Count

    @property
    def projects(self) -> int:
        return len(self.moves) + len(self.still)


def side(
    book: RuleBook,
    programme: Programme,
    period: Period,
    *,
    quarter_scores: QuarterScores | None = None,
    assessed: Assessed | None = None,
) -> Side:
    """The period under `book`. `quarter_scores` are those of quarters that another book governs."""
    shared = assessed or Assessed(book, programme)
    made = board(book, programme, period, quarter_scores=quarter_scores, assessed=shared)
    last = made.last_month
    found = () if last is None else alerts(book, programme, last, assessed=shared)
    return Side(book, made, {alert.code: alert for alert in found})


def compare(old: Side, new: Side) -> Trial:
    """The two sides of one programme and period, project by project and counted."""
    before, after = _standings(old), _standings(new)
    names = {row.code: row.name for row in new.board.rows}
    all_moves = [Move(code, names[code], before[code], after[code]) for code in after]
    moves = [move for move in all_moves if move.old != move.new]
    moves.sort(key=lambda move: (*(-part for part in move.size), move.code))
    return Trial(
        moves=tuple(moves),
        still=tuple(move for move in all_moves if move.old == move.new),
        groups=_groups(all_moves),
        tiers=_counts(all_moves, lambda one: one.tier, _tier_names(new, old)),
        lights=_counts(all_moves, lambda one: one.light, Light),
        outlooks=_counts(all_moves, lambda one: one.outlook, [*OutlookVerdict, None]),
        lists=_counts(all_moves, lambda one: one.on_list, (RED, BLACK, EDGE)),
        not_ranked=Count("not_ranked", *_each(all_moves, lambda one: one.rank is None)),
        full_marks=Count("full_marks", old.board.full_marks, new.board.full_marks),
    )


def _standings(one: Side) -> dict[str, Standing]:
    lists = one.board.lists
    placed = {
        code: name for name, codes in ((RED, lists.red), (BLACK, lists.black), (EDGE, lists.edge)) for code in codes
    }
    return {row.code: _standing(row, placed.get(row.code), one.alerts[row.code]) for row in one.board.rows}


def _standing(row: Row, on_list: str | None, alert: Alert) -> Standing:
    return Standing(
        group=row.group,
        score=row.score,
        rank=row.rank,
        not_scored_reason=row.not_scored_reason,
        tier=row.tier,
        on_list=on_list,
        light=alert.light,
        outlook=alert.outlook,
    )


def _tier_names(*sides: Side) -> list[str]:
    return list(dict.fromkeys(tier.name for one in sides for tier in one.book.ranking.tiers))


def _counts(
    moves: Sequence[Move], of: Callable[[Standing], Hashable], values: Iterable[str | None]
) -> tuple[Count, ...]:
    old, new = Counter(of(move.old) for move in moves), Counter(of(move.new) for move in moves)
    return tuple(Count(None if value is None else str(value), old[value], new[value]) for value in values)


def _each(moves: Sequence[Move], is_so: Callable[[Standing], bool]) -> tuple[int, int]:
    return sum(is_so(move.old) for move in moves), sum(is_so(move.new) for move in moves)


def _groups(moves: Sequence[Move]) -> tuple[GroupCount, ...]:
    by_group: dict[str, list[Move]] = {}
    for move in moves:
        by_group.setdefault(move.new.group, []).append(move)
    return tuple(
        GroupCount(
            group=group,
            projects=len(found),
            score_changed=sum(move.old.score != move.new.score for move in found),
            up=sum((move.rank_change or 0) > 0 for move in found),
            down=sum((move.rank_change or 0) < 0 for move in found),
            tier_changed=sum(move.old.tier != move.new.tier for move in found),
            light_changed=sum(move.old.light is not move.new.light for move in found),
        )
        for group, found in by_group.items()
    )
