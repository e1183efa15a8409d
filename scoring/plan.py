"""What should be done by a month (应完成): the project's window and its plan to date.

Source: RULES §1. Amounts in 万元, shares as exact Fractions of 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise

from scoring.facts import Month, Plan
from scoring.periods import last_day, month_index
from scoring.rounding import figure
from scoring.rulebook import Basis

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Window:
    """The planned months inside the year, both ends included; `first` is 13 where the start lies after the year."""

    first: int
    last: int

    def share(self, month: Month) -> Fraction:
        return _share(self.first, self.last, month)


@cache
def _share(first: int, last: int, month: Month) -> Fraction:
    if month < first:
        return _ZERO
    return Fraction(1) if month >= last else Fraction(month - first + 1, last - first + 1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One plan version laid over the year: the same for every month in which it is in force."""

    year: int
    plan: Plan | None
    planned_start: date | None  # None too where start after finish is a fault
    planned_finish: date | None
    own_window: Window  # that of 序时 by window, whatever the book's basis
    basis: Basis
    annual_wan: Decimal | None
    annual: Fraction | None  # the same, exact
    notices: tuple[str, ...]

    @property
    def window(self) -> Window:
        """The months that count by the book's basis: a calendar year has no earlier finish."""
        return self.own_window if self.basis is Basis.WINDOW else Window(self.own_window.first, 12)

    def share(self, month: Month) -> Fraction:
        own = self.own_window
        return own.share(month) if self.basis is Basis.WINDOW else _calendar_share(own.first, month)

    def at(self, month: Month) -> "PlanToDate":
        """What is due by the end of `month`."""
        share, wan = self.share(month), None
        if self.annual is not None and self.plan is not None:
            cumulative = self.plan.cumulative_wan
            wan = _monthly(cumulative, self.annual, self.window, month) if cumulative else self.annual * share
        return PlanToDate(self, month, share, wan)


@dataclass(frozen=True, slots=True)
class PlanToDate:
    """What one project should have done by one month, by the plan version in force on the month's last day."""

    schedule: Schedule
    month: Month
    share: Fraction  # by the book's basis
    wan: Fraction | None  # None without annual plan

    @property
    def annual_wan(self) -> Decimal | None:
        return self.schedule.annual_wan

    @property
    def physical_pct(self) -> Fraction:
        """Percent of this year's target due: the plan's figure for the month, else 100 × share."""
        plan = self.schedule.plan
        stated = plan.physical_progress_pct.get(self.month) if plan else None
        return 100 * self.share if stated is None else Fraction(stated)

    @property
    def window_share(self) -> Fraction:
        """序时 by the project's own window."""
        return self.schedule.own_window.share(self.month)

    @property
    def year_share(self) -> Fraction:
        """序时 by the calendar year: month ÷ 12, 0 before the start."""
        return _calendar_share(self.schedule.own_window.first, self.month)

    @property
    def window_wan(self) -> Fraction | None:
        """Annual plan × share of the project's own window."""
        return None if self.schedule.annual is None else self.schedule.annual * self.window_share

    @property
    def year_wan(self) -> Fraction | None:
        """Annual plan × share of the calendar year."""
        return None if self.schedule.annual is None else self.schedule.annual * self.year_share

    @property
    def construction_share(self) -> Fraction:
        """Share of the whole construction window, over the years; a missing date is the year's first or last month."""
        year, start, finish = self.schedule.year, self.schedule.planned_start, self.schedule.planned_finish
        first = month_index(year, start) if start else 1
        last = month_index(year, finish) if finish else 12
        return Window(first, last).share(self.month)

    @property
    def has_annual_plan(self) -> bool:
        return self.wan is not None


def in_force(plans: Sequence[Plan], on: date) -> Plan | None:
    """The latest version effective by `on`; of two effective the same day the later recorded."""
    found: Plan | None = None
    for plan in plans:
        if plan.effective_on <= on and (found is None or plan.effective_on >= found.effective_on):
            found = plan
    return found


def schedule(plan: Plan | None, year: int, entry_month: int, basis: Basis) -> Schedule:
    """Lay a plan over the year. `entry_month` is that of 增补, 1 for a project there from the start."""
    start, finish = (plan.planned_start, plan.planned_finish) if plan else (None, None)
    notices: list[str] = []
    # Dates known to the month alone stand on its first day, so order is judged by months.
    if start and finish and month_index(year, start) > month_index(year, finish):
        notices.append(f"计划开工（{_month(start)}）晚于计划竣工（{_month(finish)}），两个日期都不采用")
        start = finish = None
    annual = _annual(plan)
    laid = Schedule(
        year=year,
        plan=plan,
        planned_start=start,
        planned_finish=finish,
        own_window=_window(start, finish, year, entry_month),
        basis=basis,
        annual_wan=annual,
        annual=None if annual is None else Fraction(annual),
        notices=tuple(notices),
    )
    if plan is None or annual is None or not plan.cumulative_wan:
        return laid
    last = max(plan.cumulative_wan)
    if last < laid.window.last or plan.cumulative_wan[last] == annual:
        return laid
    notice = (
        f"分月累计计划最后一月（{last}月）为{figure(plan.cumulative_wan[last])}万元，"
        f"与年度计划{figure(annual)}万元不一致"
    )
    return replace(laid, notices=(*laid.notices, notice))


def plan_to_date(plans: Sequence[Plan], year: int, month: Month, entry_month: int, basis: Basis) -> PlanToDate:
    """What is due by the end of `month`, by the version in force then."""
    return schedule(in_force(plans, last_day(year, month)), year, entry_month, basis).at(month)


def _calendar_share(first: int, month: Month) -> Fraction:
    return Fraction(month, 12) if month >= first else _ZERO


def _annual(plan: Plan | None) -> Decimal | None:
    """The annual plan; without one the last value of the monthly cumulative plan. No or zero plan is None."""
    if plan is None:
        return None
    annual = plan.annual_investment_wan
    if annual is None and plan.cumulative_wan:
        annual = plan.cumulative_wan[max(plan.cumulative_wan)]
    return annual if annual else None


def _window(start: date | None, finish: date | None, year: int, entry_month: int) -> Window:
    first = max(1, entry_month, month_index(year, start) if start else 1)
    if first > 12:
        return Window(13, 13)
    last = min(12, month_index(year, finish) if finish else 12)
    # Finished on paper before the year, or before the entry: all is due from the first month on.
    return Window(first, last) if last >= first else Window(max(1, entry_month), max(1, entry_month))


def _monthly(cumulative: Mapping[Month, Decimal], annual: Fraction, window: Window, month: Month) -> Fraction:
    """The monthly cumulative plan at `month`: given, or interpolated between its neighbours.

    Before the first value the line starts from 0 in the month before the window; after the last it runs to the annual
    plan at the window's end, unless a value stands there or later.
    """
    points = {at: Fraction(value) for at, value in cumulative.items()}
    if month in points:
        return points[month]
    if window.first > 12:
        return _ZERO
    if min(points) >= window.first:
        points[window.first - 1] = _ZERO
    if max(points) < window.last:
        points[window.last] = annual
    known = sorted(points)
    if month <= known[0]:
        return points[known[0]] if month == known[0] else _ZERO
    for left, right in pairwise(known):
        if left < month <= right:
            return points[left] + (points[right] - points[left]) * Fraction(month - left, right - left)
    return points[known[-1]]


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"
