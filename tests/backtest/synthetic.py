"""Synthetic programmes (模拟项目) on which the monthly outlook methods are judged. Nothing here is real.

Real monthly returns of a county with their year-end are not to be had, so projects are built day by day from crews,
holidays, stalls and invoices. No formula here is one of a method's: no pace, no straight line, no share of a class.

Every figure below was fixed on 2026-11-29 in the commit that added this file, before any method but RULES' own was
written or any range was chosen. TUNING programmes may be looked at while a method is chosen; SCORED ones only judge.
A figure is changed only together with both lists of seeds, and docs/回测.md is then made anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from scoring.facts import Investment, Month, Plan, Programme, Project, Record

YEAR = 2023
TUNING = (11, 12, 13, 14)
SCORED = (101, 102, 103, 104, 105, 106, 107, 108, 109, 110)
PROJECTS_PER_CLASS = 20

# Days on which a site of the class works, by month: Spring Festival, summer rain, harvest, frost.
WORKING_DAYS: Mapping[str, tuple[int, ...]] = {
    "产业": (16, 9, 24, 25, 25, 24, 24, 25, 25, 21, 25, 25),
    "城建": (11, 6, 22, 25, 25, 20, 14, 19, 25, 22, 23, 14),
    "农业": (4, 3, 20, 25, 23, 6, 17, 21, 23, 9, 24, 9),
}
ANNUAL_WAN = (600, 900, 1500, 2400, 4000, 7500, 12000, 30000)
STARTS = (1, 1, 1, 1, 1, 2, 3, 3, 4, 5, 6, 8)  # planned start, one drawn
STRENGTH = (0.50, 1.45)  # what the crews could do in the planned window, of the annual plan
SCOPE = (1.00, 1.30)  # what there is to do this year, of the annual plan
LATE_START_CHANCE, LATE_START_DAYS = 0.40, (10, 110)
STALL_CHANCE, STALL_DAYS = 0.30, (20, 130)
RUSH_CHANCE, RUSH_FROM_DAY, RUSH_FACTOR = 0.35, 285, (1.2, 2.1)  # 年末赶工, from mid-October
STEP_SHARE = (0.02, 0.20)  # an invoice is written when so much of the annual plan is built
LUMP_CHANCE, LUMP_SHARE, LUMP_LATE_DAYS = 0.40, (0.10, 0.35), (0, 140)  # 设备到货, counted the day it arrives
SETTLING_CHANCE = 0.50  # what is built and not invoiced is invoiced in December
NO_RECORD_CHANCE = 0.06
MONTHLY_PLAN_CHANCE = 0.33  # the planner wrote a monthly plan, in steps of 5 %
REPLAN_CHANCE, REPLAN_MONTHS, REPLAN_FACTOR = 0.15, (7, 8, 9), (0.70, 1.15)


@dataclass(frozen=True, slots=True)
class Course:
    """One project's whole year as it came: every record, and what stood at year-end, 万元."""

    project: Project
    final_wan: Decimal


def courses(seed: int) -> tuple[Course, ...]:
    """One synthetic programme; the same for the same seed."""
    rng = Random(seed)
    return tuple(
        _course(rng, f"S{seed}-{number:02d}", group)
        for number, group in enumerate((group for group in WORKING_DAYS for _ in range(PROJECTS_PER_CLASS)), start=1)
    )


def programme(year: tuple[Course, ...], month: Month) -> Programme:
    """What was known at the end of `month`: no later record, no later plan."""
    known = tuple(_known(course.project, month) for course in year)
    return Programme("模拟", YEAR, tuple(WORKING_DAYS), frozenset(range(1, month + 1)), known)


def _known(project: Project, month: Month) -> Project:
    return Project(
        code=project.code,
        name=project.name,
        group_class=project.group_class,
        plans=tuple(plan for plan in project.plans if plan.effective_on.month <= month),
        records={at: record for at, record in project.records.items() if at <= month},
    )


def _between(rng: Random, bounds: tuple[float, float]) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * rng.random()


def _one_of(rng: Random, choices: tuple[int, ...]) -> int:
    return choices[int(rng.random() * len(choices))]


def _course(rng: Random, code: str, group: str) -> Course:
    annual, start = _one_of(rng, ANNUAL_WAN), _one_of(rng, STARTS)
    counted = _months_of(_daily(rng, group, annual, start))
    records = {month: _record(month, wan) for month, wan in counted.items() if rng.random() >= NO_RECORD_CHANCE}
    project = Project(
        code=code,
        name=f"模拟项目{code}",
        group_class=group,
        plans=tuple(_plans(rng, group, annual, start)),
        records=records,
    )
    return Course(project, counted[12])


def _daily(rng: Random, group: str, annual: int, start: int) -> Iterator[tuple[date, float]]:
    """Day by day, what is counted as invested since January."""
    first = date(YEAR, start, 1)
    late = _between(rng, LATE_START_DAYS) if rng.random() < LATE_START_CHANCE else 0.0
    begin = first + timedelta(days=int(late))
    per_working_day = annual * _between(rng, STRENGTH) / sum(WORKING_DAYS[group][start - 1 :])
    scope = annual * _between(rng, SCOPE)
    stall = _stall(rng)
    rush = _between(rng, RUSH_FACTOR) if rng.random() < RUSH_CHANCE else 1.0
    step = annual * _between(rng, STEP_SHARE)
    lump, lump_on = _lump(rng, annual, first)
    settles = rng.random() < SETTLING_CHANCE
    built = invoiced = delivered = 0.0
    for number in range(365):
        today = date(YEAR, 1, 1) + timedelta(days=number)
        works = today.day <= WORKING_DAYS[group][today.month - 1]
        if works and today >= begin and number not in stall:
            built = min(scope - lump, built + per_working_day * (rush if number >= RUSH_FROM_DAY else 1.0))
        while built - invoiced >= step:
            invoiced += step
        if lump and today == lump_on:
            delivered = lump
        if settles and (today.month, today.day) == (12, 28):
            invoiced = built
        yield today, invoiced + delivered


def _stall(rng: Random) -> range:
    """The days of the year on which nothing moves."""
    if rng.random() >= STALL_CHANCE:
        return range(0)
    begin = int(rng.random() * 365)
    return range(begin, begin + int(_between(rng, STALL_DAYS)))


def _lump(rng: Random, annual: int, first: date) -> tuple[float, date]:
    """Equipment that counts on the day it arrives, some time after the start; it may miss the year."""
    if rng.random() >= LUMP_CHANCE:
        return 0.0, first
    ordered = first + timedelta(days=int(rng.random() * (date(YEAR, 12, 1) - first).days))
    return annual * _between(rng, LUMP_SHARE), ordered + timedelta(days=int(_between(rng, LUMP_LATE_DAYS)))


def _months_of(daily: Iterator[tuple[date, float]]) -> dict[Month, Decimal]:
    """Year-to-date at each month's last day, to the whole 万元."""
    counted: dict[Month, Decimal] = {}
    for today, wan in daily:
        counted[today.month] = Decimal(round(wan))
    return counted


def _record(month: Month, wan: Decimal) -> Record:
    return Record(month=month, columns=frozenset({"verified_ytd_wan"}), verified=Investment(ytd_wan=wan))


def _plans(rng: Random, group: str, annual: int, start: int) -> Iterator[Plan]:
    monthly = _monthly_plan(group, annual, start) if rng.random() < MONTHLY_PLAN_CHANCE else {}
    yield Plan(date(YEAR, 1, 1), Decimal(annual), monthly, planned_start=date(YEAR, start, 1))
    if rng.random() < REPLAN_CHANCE:
        month, factor = _one_of(rng, REPLAN_MONTHS), _between(rng, REPLAN_FACTOR)
        yield Plan(date(YEAR, month, 1), Decimal(round(annual * factor)), planned_start=date(YEAR, start, 1))


def _monthly_plan(group: str, annual: int, start: int) -> dict[Month, Decimal]:
    """A planner's guess by season, written in twentieths of the year's plan."""
    days = WORKING_DAYS[group]
    total, done, plan = sum(days[start - 1 :]), 0, {}
    for month in range(start, 13):
        done += days[month - 1]
        plan[month] = Decimal(annual * round(20 * done / total)) / 20
    return plan
