"""The month that a sheet reports, from everything that names one (报告月份)."""

import re
from collections import Counter
from collections.abc import Sequence

from importers import periods
from importers.cells import compact
from importers.periods import Period
from importers.tables import Table

_LONGEST_TITLE = 60  # characters; what is longer is an instruction
_SIGNED = re.compile(r"(?:填报|填表|制表|报送|上报|打印|编制|报表)?(?:时间|日期):")


def years_named(tables: Sequence[Table], from_file: Period | None) -> Counter[int]:
    found: Counter[int] = Counter()
    for table in tables:
        for text in (*table.above, table.sheet.name):
            period, _ = periods.find_period(text)
            if period and period.year:
                found[period.year] += 2
        for bound in table.columns:
            period = bound.heading.period
            if period and period.year and not re.search(r"底|末|以前|之前", bound.heading.text):
                found[period.year] += 1
    if from_file and from_file.year:
        found[from_file.year] += 2
    return found


def as_month(period: Period | None, years: Counter[int]) -> str | None:
    """YYYY-MM, or MM alone when no year, or more than one, is named anywhere."""
    if period is None or period.last is None:
        return None
    year = period.year
    if year is None and years:
        year = max(years, key=lambda known: (years[known], known)) if len(years) == 1 else _latest(years)
    return f"{year}-{period.last:02d}" if year else f"{period.last:02d}"


def _latest(years: Counter[int]) -> int | None:
    """Among several years the one named most; a draw is not decided."""
    ranked = years.most_common()
    return ranked[0][0] if ranked[0][1] > ranked[1][1] else None


def months_named(table: Table, years: Counter[int]) -> list[str]:
    """Every month that this sheet calls its own: in title and name, and in headings of running totals.

    When it was filled in (填报时间) says nothing, nor does a month of which only a plan is given.
    """
    found: list[str] = []
    for text in (*table.above, table.sheet.name):
        if len(compact(text)) > _LONGEST_TITLE:
            continue
        undated = periods.without_days(text)
        if "截至" in undated or not _SIGNED.search(compact(text)):
            named = (as_month(period, years) for period in periods.months_reported(undated))
            found += [month for month in named if month]
    totals = []
    for bound in table.columns:
        if (
            bound.column is None
            or bound.column.kind not in ("money", "progress", "percent")
            or bound.column.field in ("annual_plan_wan", "physical_progress_plan_pct")
        ):
            continue
        month = as_month(bound.heading.period, years)
        if month:
            totals.append(month)
    if totals and not found:
        found.append(max(totals))
    elif totals and not any(same_month(other, month) for other in totals for month in found):
        found.append(max(totals))
    unique = list(dict.fromkeys(found))
    full = [month for month in unique if len(month) == 7]
    return full + [
        month for month in unique if len(month) == 2 and not any(other.endswith(f"-{month}") for other in full)
    ]


def same_month(given: str, named: str) -> bool:
    return given == named or given[-2:] == named or named[-2:] == given


def month_words(month: str) -> str:
    year, _, number = month.rpartition("-")
    return f"{year}年{int(number)}月" if year else f"{int(number)}月"
