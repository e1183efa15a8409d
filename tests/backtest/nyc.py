"""New York City capital projects over 25 M$ (纽约市大型公共工程): how far the forecast completion moves in a year.

Source: ../shared/testdata/portfolio/nyc, eight dated reports from 2013-09 to 2016-11. A case is one project in one
report with the report nearest to a year later (270 to 460 days). Split by time at SPLIT: learnt are cases whose later
report was out by then, judged are those whose own report is of that day or later. The columns of *total* changes hold
the same figure in every report of a project, so they know its future; they are not read.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median

from scoring.proportions import Proportion
from scoring.rounding import half_up
from tests.backtest.tables import NAIVE, YES_NO_HEAD, Answers, Section, Table, verdict, yes_no_rows

REPORTS = "nyc/nyc_capital_projects_reports_until_2016-12.csv"
SPLIT = date(2015, 2, 1)
A_YEAR, NEAREST, FARTHEST = 365, 270, 460  # days
CLOSE_DAYS = SLIP_DAYS = 90
HELD_BY = 10  # a class's median is mixed with that of all projects, as of so many cases


@dataclass(frozen=True, slots=True)
class Report:
    on: date
    completion: date
    category: str
    phase: str


@dataclass(frozen=True, slots=True)
class Case:
    """A report, the one before it if there is one, and the one about a year later."""

    project: str
    now: Report
    before: Report | None
    later: Report

    @property
    def slip_days(self) -> int:
        return (self.later.completion - self.now.completion).days

    @property
    def span_days(self) -> int:
        return (self.later.on - self.now.on).days


Method = Callable[[Case], date]


def read(folder: Path) -> list[Case]:
    with (folder / REPORTS).open(encoding="utf-8-sig", newline="") as lines:
        by_project: dict[str, list[Report]] = {}
        for row in csv.DictReader(lines):
            if row["Forecast Completion"]:
                report = Report(
                    _day(row["Date Reported As Of"]),
                    _day(row["Forecast Completion"]),
                    row["Category"],
                    row["Current Phase"],
                )
                by_project.setdefault(row["PID"], []).append(report)
    return [case for project, reports in sorted(by_project.items()) for case in _cases(project, reports)]


def _day(text: str) -> date:
    return datetime.strptime(text[:10], "%m/%d/%Y").date()  # noqa: DTZ007 - a day, no instant


def _cases(project: str, reports: Iterable[Report]) -> Iterable[Case]:
    ordered = sorted(reports, key=lambda report: report.on)
    for number, now in enumerate(ordered):
        later = [one for one in ordered if NEAREST <= (one.on - now.on).days <= FARTHEST]
        if later:
            nearest = min(later, key=lambda one: (abs((one.on - now.on).days - A_YEAR), one.on))
            yield Case(project, now, ordered[number - 1] if number else None, nearest)


def stays(case: Case) -> date:
    return case.now.completion


def overdue_again(case: Case) -> date:
    """RULES §6, a milestone: overdue, as late again as it is now; else as forecast."""
    late = case.now.on - case.now.completion
    return case.now.on + late if late > timedelta(0) else case.now.completion


def slipped_again(case: Case) -> date:
    """The delay since the report before, added once more."""
    if case.before is None:
        return case.now.completion
    return case.now.completion + max(timedelta(0), case.now.completion - case.before.completion)


def class_median(learnt: Sequence[Case], class_of: Callable[[Report], str]) -> Method:
    """The median yearly slip of the class, mixed with that of all as if of HELD_BY cases."""
    everyone = _yearly_median(learnt)
    grouped: dict[str, list[Case]] = {}
    for case in learnt:
        grouped.setdefault(class_of(case.now), []).append(case)
    slips: Mapping[str, Fraction] = {
        name: (len(cases) * _yearly_median(cases) + HELD_BY * everyone) / (len(cases) + HELD_BY)
        for name, cases in grouped.items()
    }

    def forecast(case: Case) -> date:
        slip = slips.get(class_of(case.now), everyone) * Fraction(case.span_days, A_YEAR)
        return case.now.completion + timedelta(days=int(half_up(slip, 0)))

    return forecast


def _yearly_median(cases: Sequence[Case]) -> Fraction:
    return median(Fraction(case.slip_days * A_YEAR, case.span_days) for case in cases)


DAYS_HEAD = ("方法", "例数", "误差中位数（天）", f"误差{CLOSE_DAYS}天以内", "与照旧相比（误差更小）")


def section(folder: Path) -> Section:
    cases = read(folder)
    learnt = [case for case in cases if case.later.on <= SPLIT]
    judged = [case for case in cases if case.now.on >= SPLIT]
    methods: dict[str, Method] = {
        f"{NAIVE}（预计完工日不变）": stays,
        "已过预计日的，按已拖天数再拖（本系统节点规则）": overdue_again,
        "上一报告以来拖了多少天，再拖多少天": slipped_again,
        "同类项目中位拖期（向全体收缩）": class_median(learnt, lambda report: report.category),
        "同阶段项目中位拖期（向全体收缩）": class_median(learnt, lambda report: report.phase),
    }
    overdue = sum(case.now.completion < case.now.on for case in judged)
    errors = {
        name: [abs((method(case) - case.later.completion).days) for case in judged] for name, method in methods.items()
    }
    naive, projects = next(iter(errors.values())), [case.project for case in judged]
    days_rows = [
        (
            name,
            str(len(found)),
            str(half_up(Fraction(median(found)), 0)),
            Proportion(sum(error <= CLOSE_DAYS for error in found), len(found)).words,
            "—"
            if found is naive
            else verdict([theirs - ours for ours, theirs in zip(found, naive, strict=True)], projects, "个项目"),
        )
        for name, found in errors.items()
    ]
    truth = [case.slip_days > SLIP_DAYS for case in judged]
    baseline, *others = (
        Answers(name, [(method(case) - case.now.completion).days > SLIP_DAYS for case in judged], truth, projects)
        for name, method in methods.items()
    )
    introduction = (
        f"学习到{SPLIT}为止（{len(learnt)}例），只用{SPLIT}及以后的报告计分"
        f"（{len(judged)}例，{len({case.project for case in judged})}个项目）。"
        "完工或退出名单的项目没有下一份报告，不在其中。"
        "原表的“累计变动”各期同为一数，等于事先知道结果，没有使用。"
        f"计分的报告中有{overdue}例的预计完工日已过；"
        + (
            "本系统的节点规则只对这些起作用。"
            if overdue
            else "本系统的节点规则因此与照旧处处相同，在这里没有得到检验。"
        )
    )
    remark = f"照旧从不报，再拖的{sum(truth)}例全漏；要抓住它们，只能在多报中取舍。"
    return Section(
        "二、工期：纽约市大型公共工程（真实数据）",
        introduction,
        (
            Table("一年后的预计完工日", DAYS_HEAD, days_rows),
            Table(f"一年内是否再拖{SLIP_DAYS}天以上", YES_NO_HEAD, yes_no_rows(baseline, others, "个项目"), remark),
        ),
    )
