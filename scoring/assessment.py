"""One programme's projects assessed by one book: every project-month worked out once, for boards, lights and receipts.

Source: RULES. Only committed months exist here; nothing is kept beyond the object.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from scoring.facts import Event, Month, Programme, Project, Record
from scoring.investment import Invested, invested
from scoring.later import Later
from scoring.lifecycle import Membership, MonthState, month_states
from scoring.monthly import MonthScore, ProjectMonth, last_given, score_month
from scoring.periods import last_day
from scoring.physical import physical
from scoring.plan import Schedule, in_force, schedule
from scoring.quarterly import QuarterScore, begun_quarters
from scoring.rulebook import RuleBook, class_name

QuarterScores = Mapping[str, Mapping[str, Decimal | None]]


class Assessment:
    """One project's months, worked out when asked for."""

    def __init__(
        self,
        book: RuleBook,
        year: int,
        committed_months: tuple[Month, ...],
        project: Project,
        classmates: Callable[[], Iterable["Assessment"]] = tuple,
    ) -> None:
        self.book = book
        self.year = year
        self.project = project
        self.committed_months = committed_months
        self.classmates = classmates  # the programme's other projects of the same class, in code order
        self.records: Mapping[Month, Record] = {
            month: record for month, record in project.records.items() if month in committed_months
        }
        self._schedules: dict[tuple[int, Month], Schedule] = {}
        self._months: dict[Month, ProjectMonth] = {}
        self._scores: dict[Month, MonthScore] = {}
        # Judged up to that month, and the lights found: replaced as a whole, since requests share this object.
        self.lights_kept: tuple[Month, tuple[Any, ...]] = (0, ())

    @cached_property
    def states(self) -> tuple[MonthState, ...]:
        return month_states(self.project.events, self.year)

    @cached_property
    def first_progress(self) -> Month | None:
        """The first month whose record shows any investment or physical percent above 0."""
        return min((month for month, record in self.records.items() if _shows_progress(record)), default=None)

    def standing(self, month: Month) -> MonthState:
        return self.states[month - 1]

    def is_member(self, month: Month) -> bool:
        return self.standing(month).membership is Membership.MEMBER

    def month(self, month: Month) -> ProjectMonth:
        if month not in self._months:
            self._months[month] = self._work_out(month)
        return self._months[month]

    def invested(self, month: Month, seen_from: Month) -> Invested:
        """What counted at `month`, by the plan in force at the later month `seen_from`: it says which gaps count 0."""
        facts, zero_before = self.month(month), self.month(seen_from).zero_before
        if zero_before == facts.zero_before:
            return facts.invested
        return invested(self.book.investment, self.records, month, zero_before)

    def score(self, month: Month) -> MonthScore:
        """The month's score; `month` must be committed."""
        if month not in self._scores:
            last = self._last_score(month) if self.standing(month).completed_month is not None else None
            self._scores[month] = score_month(
                self.book, month, self.records.get(month), self.standing(month), Later(lambda: self.month(month)), last
            )
        return self._scores[month]

    def scores(self, through: Month) -> tuple[MonthScore, ...]:
        """The committed months up to `through`, in order."""
        return tuple(self.score(month) for month in self.committed_months if month <= through)

    def quarters(
        self, through: Month, published: Mapping[str, Decimal | None] | None = None
    ) -> tuple[QuarterScore, ...]:
        """The quarters begun by `through`; a published score (key Q1–Q4) takes the place of the mean."""
        return begun_quarters(self.scores(through), published)

    def _last_score(self, month: Month) -> tuple[Month, Decimal] | None:
        """The latest monthly score before `month`, with the month that it was given for."""
        return last_given(self.score(before) for before in reversed(self.committed_months) if before < month)

    def _schedule(self, month: Month, entry_month: Month) -> Schedule:
        plan = in_force(self.project.plans, last_day(self.year, month))
        key = (id(plan), entry_month)  # the project holds its plans for as long as this object lives
        if key not in self._schedules:
            self._schedules[key] = schedule(plan, self.year, entry_month, self.book.basis)
        return self._schedules[key]

    def _work_out(self, month: Month) -> ProjectMonth:
        standing, record = self.standing(month), self.records.get(month)
        due = self._schedule(month, standing.entry_month).at(month)
        zero_before = max(due.schedule.own_window.first, standing.entry_month, self.committed_months[0])
        return ProjectMonth(
            month=month,
            record=record,
            standing=standing,
            due=due,
            invested=invested(self.book.investment, self.records, month, zero_before),
            physical=physical(self.book.physical_basis, record, due),
            indicators=self.book.indicators.of(
                self.project.code, self.project.group_class, has_annual_investment=due.has_annual_plan
            ),
            zero_before=zero_before,
        )


def _shows_progress(record: Record) -> bool:
    if record.physical_progress_pct is not None and record.physical_progress_pct > 0:
        return True
    return any(
        value is not None and value > 0
        for kind in (record.verified, record.reported, record.statistical)
        for value in (kind.ytd_wan, kind.month_wan, kind.to_date_wan)
    )


class Assessed:
    """All projects of a programme under one book, in code order. Every entry point accepts it to share the work."""

    def __init__(self, book: RuleBook, programme: Programme) -> None:
        self.book = book
        self.programme = programme
        self.year = programme.year
        self.committed_months: tuple[Month, ...] = tuple(sorted(programme.committed_months))
        self._by_code = {
            project.code: Assessment(
                book, programme.year, self.committed_months, project, partial(self._classmates, project)
            )
            for project in sorted(programme.projects, key=lambda project: project.code)
        }

    def __iter__(self) -> Iterator[Assessment]:
        return iter(self._by_code.values())

    def __getitem__(self, code: str) -> Assessment:
        return self._by_code[code]

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def members(self, month: Month) -> tuple[Assessment, ...]:
        """Who is in the boards of `month`: entered by then and not left."""
        return tuple(one for one in self if one.is_member(month))

    def _classmates(self, project: Project) -> Iterable[Assessment]:
        mates = self._by_class[class_name(project.group_class)]
        return (one for one in mates if one.project.code != project.code)

    @cached_property
    def _by_class(self) -> Mapping[str, list[Assessment]]:
        found: dict[str, list[Assessment]] = {}
        for one in self:
            found.setdefault(class_name(one.project.group_class), []).append(one)
        return found


def event_words(event: Event | None) -> str:
    """An event as a board prints it: 2023年8月31日调出：投资信心不足."""
    if event is None:
        return ""
    reason = f"：{event.reason}" if event.reason else ""
    return f"{event.on.year}年{event.on.month}月{event.on.day}日{event.kind}{reason}"
