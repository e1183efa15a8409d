"""What should be done by a month (应完成): the project's window and its plan to date.

Source: RULES §1. Amounts in 万元, shares as exact Fractions of 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
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
        if month < self.first:
            return _ZERO
        if month >= self.last:
            return Fraction(1)
        return Fraction(month - self.first + 1, self.last - self.first + 1)


@dataclass(frozen=True, slots=True)
class PlanToDate:
    """What one project should have done by one month, by the plan version in force on the month's last day."""

    year: int
    month: Month
    plan: Plan | None
    planned_start: date | None  # None too where start after finish is a fault
    planned_finish: date | None
    window: Window
    share: Fraction  # by the book's basis
    own_window: Window  # that of 序时 by window, whatever the book's basis
    annual_wan: Decimal | None
    wan: Fraction | None  # None without annual plan
    notices: tuple[str, ...]

    @property
    def physical_pct(self) -> Fraction:
        """Percent of this year's target due: the plan's figure for the month, else 100 × share."""
        stated = self.plan.physical_progress_pct.get(self.month) if self.plan else None
        return 100 * self.share if stated is None else Fraction(stated)

    @property
    def window_share(self) -> Fraction:
        """序时 by the project's own window."""
        return self.own_window.share(self.month)

    @property
    def year_share(self) -> Fraction:
        """序时 by the calendar year: month ÷ 12, 0 before the start."""
        return _calendar_share(self.own_window.first, self.month)

    @property
    def window_wan(self) -> Fraction | None:
        """Annual plan × share of the project's own window."""
        return None if self.annual_wan is None else Fraction(self.annual_wan) * self.window_share

    @property
    def year_wan(self) -> Fraction | None:
        """Annual plan × share of the calendar year."""
        return None if self.annual_wan is None else Fraction(self.annual_wan) * self.year_share

    @property
    def construction_share(self) -> Fraction:
        """Share of the whole construction window, over the years; a missing date is the year's first or last month."""
        first = month_index(self.year, self.planned_start) if self.planned_start else 1
        last = month_index(self.year, self.planned_finish) if self.planned_finish else 12
        return Window(first, last).share(self.month)

    @property
    def has_annual_plan(self) -> bool:
        return self.wan is not None


def in_force(plans: Sequence[Plan], on: date) -> Plan | None:
    """The latest version effective by `on`; of two effective the same day the later recorded."""
    effective = [plan for plan in plans if plan.effective_on <= on]
    return max(reversed(effective), key=lambda plan: plan.effective_on) if effective else None


def plan_to_date(plans: Sequence[Plan], year: int, month: Month, entry_month: int, basis: Basis) -> PlanToDate:
    """What is due by the end of `month`. `entry_month` is that of 增补, 1 for a project there from the start."""
    plan = in_force(plans, last_day(year, month))
    start, finish = (plan.planned_start, plan.planned_finish) if plan else (None, None)
    notices: list[str] = []
    # Dates known to the month alone stand on its first day, so order is judged by months.
    if start and finish and month_index(year, start) > month_index(year, finish):
        notices.append(f"计划开工（{_month(start)}）晚于计划竣工（{_month(finish)}），两个日期都不采用")
        start = finish = None
    own = _window(start, finish, year, entry_month)
    if basis is Basis.WINDOW:
        window, share = own, own.share(month)
    else:
        window, share = Window(own.first, 12), _calendar_share(own.first, month)

    annual = _annual(plan)
    wan: Fraction | None = None
    if annual is not None and plan is not None:
        wan = _monthly(plan, annual, window, month) if plan.cumulative_wan else Fraction(annual) * share
        if plan.cumulative_wan:
            last = max(plan.cumulative_wan)
            if last >= window.last and plan.cumulative_wan[last] != annual:
                notices.append(
                    f"分月累计计划最后一月（{last}月）为{figure(plan.cumulative_wan[last])}万元，"
                    f"与年度计划{figure(annual)}万元不一致"
                )
    return PlanToDate(
        year=year,
        month=month,
        plan=plan,
        planned_start=start,
        planned_finish=finish,
        window=window,
        share=share,
        own_window=own,
        annual_wan=annual,
        wan=wan,
        notices=tuple(notices),
    )


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


def _monthly(plan: Plan, annual: Decimal, window: Window, month: Month) -> Fraction:
    """The monthly cumulative plan at `month`: given, or interpolated between its neighbours.

    Before the first value the line starts from 0 in the month before the window; after the last it runs to the annual
    plan at the window's end, unless a value stands there or later.
    """
    points = {at: Fraction(value) for at, value in plan.cumulative_wan.items()}
    if month in points:
        return points[month]
    if window.first > 12:
        return _ZERO
    if min(points) >= window.first:
        points[window.first - 1] = _ZERO
    if max(points) < window.last:
        points[window.last] = Fraction(annual)
    known = sorted(points)
    if month <= known[0]:
        return points[known[0]] if month == known[0] else _ZERO
    for left, right in pairwise(known):
        if left < month <= right:
            return points[left] + (points[right] - points[left]) * Fraction(month - left, right - left)
    return points[known[-1]]


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"
