"""督查覆盖: whom a month's inspection was due for and what became of it, name by name, and whose the scores are.

Source: RULES §4, Coverage: due = rows whose month is not scored by completion, 暂缓, 未到计划开工 or 免考;
拒绝督查 and 停工 were inspected.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from scoring.monthly import MonthScore, ScoreSource
from scoring.rulebook import Reason

_EXCUSED = frozenset({Reason.SUSPENDED, Reason.NOT_DUE, Reason.EXEMPT})


class Inspection(StrEnum):
    """What became of one project's inspection in a month."""

    INSPECTED = "inspected"
    NOT_INSPECTED = "not_inspected"
    NOT_REPORTED = "not_reported"
    NOT_DUE = "not_due"


class Placed(Protocol):
    """A row of a board, as far as it is needed here."""

    @property
    def code(self) -> str: ...
    @property
    def last_month(self) -> MonthScore: ...


def inspection(month: MonthScore) -> Inspection:
    """Of an assessed project in a committed month."""
    if month.by_completion or month.reason in _EXCUSED:
        return Inspection.NOT_DUE
    if month.reason is Reason.NOT_INSPECTED:
        return Inspection.NOT_INSPECTED
    return Inspection.NOT_REPORTED if month.reason is Reason.NOT_REPORTED else Inspection.INSPECTED


def who(rows: Iterable[Placed]) -> dict[Inspection, tuple[str, ...]]:
    """The codes of each kind, in code order; every kind is there."""
    found: dict[Inspection, list[str]] = {kind: [] for kind in Inspection}
    for row in rows:
        found[inspection(row.last_month)].append(row.code)
    return {kind: tuple(sorted(codes)) for kind, codes in found.items()}


def sources(months: Iterable[MonthScore]) -> Mapping[ScoreSource | None, int]:
    """How many months' scores are the teams', the sheets', computed …; None counts those without a score."""
    found: dict[ScoreSource | None, int] = {source: 0 for source in (*ScoreSource, None)}
    for month in months:
        found[month.source] += 1
    return found
