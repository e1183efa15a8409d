"""Periods of assessment (考核期): a month, a quarter or a year of the programme.

Source: RULES, Months and periods; CONTRACTS (`2023-10|2023Q3|2023`).
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from scoring.facts import Month

Quarter = int
QUARTER_WORDS = {1: "一季度", 2: "二季度", 3: "三季度", 4: "四季度"}
_PATTERN = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4]))?")


class PeriodError(ValueError):
    """The text names no month, quarter or year. The message is one Chinese sentence."""


class PeriodKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period. `number` is the month 1–12 or the quarter 1–4, and 0 for a year."""

    year: int
    kind: PeriodKind
    number: int = 0

    @property
    def months(self) -> tuple[Month, ...]:
        if self.kind is PeriodKind.MONTH:
            return (self.number,)
        if self.kind is PeriodKind.QUARTER:
            return months_of(self.number)
        return tuple(range(1, 13))

    @property
    def text(self) -> str:
        """As in the command and the API: 2023-10, 2023Q3, 2023."""
        if self.kind is PeriodKind.MONTH:
            return month_text(self.year, self.number)
        return f"{self.year}Q{self.number}" if self.kind is PeriodKind.QUARTER else f"{self.year}"

    @property
    def words(self) -> str:
        """As on screen and in the bulletin: 2023年10月, 2023年三季度, 2023年度."""
        if self.kind is PeriodKind.MONTH:
            return f"{self.year}年{self.number}月"
        return f"{self.year}年{QUARTER_WORDS[self.number]}" if self.kind is PeriodKind.QUARTER else f"{self.year}年度"

    def committed(self, committed_months: Iterable[Month]) -> tuple[Month, ...]:
        """The period's committed months in order; the last one is "the period's last month"."""
        return tuple(sorted(set(self.months) & set(committed_months)))


def parse(text: str) -> Period:
    """Read 2023-10, 2023Q3 or 2023. Raises PeriodError."""
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        raise PeriodError(f"考核期“{text}”无法识别，请写成2023-10（月）、2023Q3（季度）或2023（年度）。")
    year = int(found["year"])
    if found["month"]:
        return Period(year, PeriodKind.MONTH, int(found["month"]))
    if found["quarter"]:
        return Period(year, PeriodKind.QUARTER, int(found["quarter"]))
    return Period(year, PeriodKind.YEAR)


@cache
def month_text(year: int, month: Month) -> str:
    return f"{year}-{month:02d}"


def quarter_of(month: Month) -> Quarter:
    return (month + 2) // 3


def months_of(quarter: Quarter) -> tuple[Month, ...]:
    return (3 * quarter - 2, 3 * quarter - 1, 3 * quarter)


@cache
def last_day(year: int, month: Month) -> date:
    return date(year, month, monthrange(year, month)[1])


def month_index(year: int, day: date) -> int:
    """The month of `day` counted from January of `year`: 1–12 inside it, 0 and below before, 13 and above after."""
    return (day.year - year) * 12 + day.month


def previous(period: Period, committed_months: Iterable[Month]) -> Period | None:
    """The nearest earlier month (quarter) of the same year that has a committed month; a year has none."""
    months = sorted(committed_months)
    if period.kind is PeriodKind.MONTH:
        earlier = [month for month in months if month < period.number]
        return Period(period.year, PeriodKind.MONTH, earlier[-1]) if earlier else None
    if period.kind is PeriodKind.QUARTER:
        quarters = [quarter_of(month) for month in months if quarter_of(month) < period.number]
        return Period(period.year, PeriodKind.QUARTER, quarters[-1]) if quarters else None
    return None


def month_range(months: tuple[Month, ...]) -> str:
    """10—11月, 10月, or 7、9月 where one between is missing."""
    if len(months) > 1 and months[-1] - months[0] == len(months) - 1:
        return f"{months[0]}—{months[-1]}月"
    return f"{'、'.join(str(month) for month in months)}月"


def interim_label(period: Period, committed_months: Iterable[Month]) -> str:
    """What a running period is called: 中间值（四季度仅含10—11月）. A month or a finished period has no such word."""
    months = period.committed(committed_months)
    if not months:
        return f"{period.words}尚无已确认的督查数据"
    if months[-1] == period.months[-1]:
        return ""
    quarter = quarter_of(months[-1])
    if months[-1] == months_of(quarter)[-1]:
        return f"中间值（截至{QUARTER_WORDS[quarter]}）"
    within = tuple(month for month in months if quarter_of(month) == quarter)
    return f"中间值（{QUARTER_WORDS[quarter]}仅含{month_range(within)}）"
