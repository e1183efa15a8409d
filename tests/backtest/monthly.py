"""The book's monthly outlook methods on synthetic programmes (模拟项目): will the year end below 95 % of the plan?

Judged on the programmes of synthetic.SCORED alone; synthetic.TUNING were looked at to choose `curve_projects` and the
range. The outcome is the year-end figure against the plan in force when the forecast was made. Milestones, completions
and suspensions play no part here: it is the investment forecast that is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from scoring import rulebook
from scoring.assessment import Assessed, Assessment
from scoring.facts import Month
from scoring.forecast import forecast
from scoring.pace import known_wan
from scoring.proportions import Proportion
from scoring.rounding import half_up
from scoring.rulebook import OutlookMethod, RuleBook
from tests.backtest.synthetic import (
    NO_RECORD_CHANCE,
    PROJECTS_PER_CLASS,
    SCORED,
    TUNING,
    WORKING_DAYS,
    Course,
    courses,
    programme,
)
from tests.backtest.tables import NAIVE, YES_NO_HEAD, Answers, Section, Table, verdict, yes_no_rows

BOOK = Path(__file__).parents[2] / "data" / "rulebooks" / "county-default.toml"
MONTHS: tuple[Month, ...] = (4, 6, 8, 10)
BASELINE = f"{NAIVE}（现在的序时完成率保持到年底）"
NAMES = {
    OutlookMethod.RECENT_SLOPE: "近几月速度 recent_slope（默认）",
    OutlookMethod.STRAIGHT_LINE: "全期平均速度 straight_line",
    OutlookMethod.CLASS_CURVE: "同类进度曲线 class_curve",
}


@dataclass(frozen=True, slots=True)
class Forecasts:
    """One project's year-end by every method, and what came; amounts as shares of the annual plan."""

    programme: str
    by_method: dict[str, Fraction]
    ranges: dict[str, tuple[Fraction, Fraction] | None]
    came: Fraction


@cache
def book(method: OutlookMethod) -> RuleBook:
    text = BOOK.read_text(encoding="utf-8").replace('method = "recent_slope"', f'method = "{method}"')
    made = rulebook.parse(text)
    if made.outlook.method is not method:
        raise ValueError(f"{BOOK.name} does not state its outlook method as expected")
    return made


def forecasts(name: str, year: Sequence[Course], month: Month) -> list[Forecasts]:
    """Of one programme's projects: those for which every method, the baseline too, has a forecast."""
    known = programme(tuple(year), month)
    assessed = {method: Assessed(book(method), known) for method in OutlookMethod}
    found = []
    for course in year:
        code = course.project.code
        first = assessed[OutlookMethod.RECENT_SLOPE][code]
        annual, stays = first.month(month).due.annual_wan, _as_it_is(first, month)
        if annual is None or stays is None:
            continue
        by_method, ranges = {BASELINE: stays / Fraction(annual)}, {}
        for method in OutlookMethod:
            made = forecast(assessed[method][code], month)
            if made is not None:
                by_method[NAMES[method]] = made.wan / Fraction(annual)
                around = made.range
                ranges[NAMES[method]] = (
                    (around.low_wan / Fraction(annual), around.high_wan / Fraction(annual)) if around else None
                )
        found.append(Forecasts(name, by_method, ranges, Fraction(course.final_wan) / Fraction(annual)))
    return found


def _as_it_is(assessment: Assessment, month: Month) -> Fraction | None:
    """The annual plan at the ratio of done to due of the latest figure; None where nothing was due then."""
    known = known_wan(assessment, month)
    if not known or max(known) < month - assessment.book.outlook.stale_after_months:
        return None
    due = assessment.month(max(known)).due
    annual = assessment.month(month).due.annual_wan
    return known[max(known)] / due.wan * Fraction(annual) if due.wan and annual else None


SIZE_HEAD = (
    "方法",
    "例数",
    "平均误差（占年度计划%）",
    "区间覆盖实际",
    "区间平均宽度（占年度计划%）",
    "与照旧相比（误差更小）",
)


def tables(month: Month, seeds: Sequence[int] = SCORED) -> tuple[Table, Table]:
    """The two tables of one month: the yes-or-no question, and by how much."""
    cut = book(OutlookMethod.RECENT_SLOPE).outlook.cut
    cases = [case for seed in seeds for case in forecasts(str(seed), courses(seed), month)]
    came, units = [case.came < cut for case in cases], [case.programme for case in cases]
    names = [BASELINE, *NAMES.values()]
    baseline, *methods = (Answers(name, [case.by_method[name] < cut for case in cases], came, units) for name in names)
    return (
        Table(f"截至{month}月：全年会不会低于95%", YES_NO_HEAD, yes_no_rows(baseline, methods, "套")),
        Table(f"截至{month}月：差多少", SIZE_HEAD, [_size_row(name, cases) for name in names]),
    )


def _size_row(name: str, cases: Sequence[Forecasts]) -> tuple[str, ...]:
    errors = [abs(case.by_method[name] - case.came) for case in cases]
    naive = [abs(case.by_method[BASELINE] - case.came) for case in cases]
    gains = [half_up(theirs - ours, 6) for ours, theirs in zip(errors, naive, strict=True)]
    ranges = [(found, case.came) for case in cases if (found := case.ranges.get(name)) is not None]
    held = sum(low <= outcome <= high for (low, high), outcome in ranges)
    return (
        name,
        str(len(cases)),
        _percent(_mean(errors)),
        Proportion(held, len(ranges)).words if ranges else "不给区间",
        _percent(_mean([high - low for (low, high), _ in ranges])) if ranges else "—",
        "—"
        if name == BASELINE
        else verdict([Fraction(gain) for gain in gains], [case.programme for case in cases], "套"),
    )


def _mean(values: Sequence[Fraction]) -> Fraction:
    # Sums of exact fractions with as many denominators grow without end; a sixth decimal is far below what is printed.
    total = sum((half_up(value, 6) for value in values), Decimal(0))
    return Fraction(total) / len(values)


def _percent(share: Fraction) -> str:
    return f"{half_up(100 * share, 1)}"


def section() -> Section:
    introduction = (
        f"没有一个县逐月上报又知道年底结果的真实数据，只能用模拟项目：{len(SCORED)}套各"
        f"{PROJECTS_PER_CLASS * len(WORKING_DAYS)}个，"
        "按施工日、春节停工、雨季农忙、迟开工、停工、分步开票、设备一次到货、年末赶工、年中调计划逐日生成，"
        f"每月有{NO_RECORD_CHANCE:.0%}的项目缺报；生成用的公式与任何一种方法都不同，参数先于方法写定"
        f"（tests/backtest/synthetic.py），选方法的参数只看另外{len(TUNING)}套。"
        "问题是：全年投资会不会低于当时年度计划的95%。"
        f"照旧＝{BASELINE.removeprefix(NAIVE).strip('（）')}；各方法只比人人都有推算的项目。"
        "比例的区间把每个项目当作一例，同一套里的项目同季节，所以略偏窄；模拟里各类项目确有淡旺季，同类进度曲线因此占便宜，"
        "真实项目未必如此。"
    )
    found = [table for month in MONTHS for table in tables(month)]
    return Section("三、月度推算：模拟项目（不是真实数据）", introduction, found)
