"""Small programmes at random, rich in the cases that the rules name (随机项目群), and their reduction to a minimum.

Five to twelve projects in one to three classes over three to twelve committed months with gaps. Figures are drawn from
few round values, so that exact thresholds, ties and repeated figures come up often. One seed, one programme.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from scoring.facts import (
    Declaration,
    Event,
    EventKind,
    Investment,
    Light,
    LightExemption,
    LightOverride,
    Milestone,
    NodeJudgement,
    Obstacle,
    Plan,
    Programme,
    Project,
    Record,
)

YEAR = 2023
INDICATORS = ("投资完成", "形象进度", "节点完成")
CLASSES = ("重大工业和服务业", "重大基础设施和城建", "为民实事")
INVESTMENT_COLUMNS = tuple(
    f"{kind}_{figure}_wan" for kind in ("verified", "reported", "statistical") for figure in ("ytd", "month", "to_date")
)
PACES = ("0", "0", "0.3", "0.5999", "0.6", "0.7", "0.7999", "0.8", "0.9", "1", "1", "1.25", "2")


def programme(seed: int) -> Programme:
    chance = Random(seed)
    is_large = chance.random() < 0.08  # 黑榜 needs a group of twenty
    classes = CLASSES[: 1 if is_large else chance.randint(1, 3)]
    last = 3 if chance.random() < 0.05 else 12  # 无计权季度: only the first quarter has begun
    committed = frozenset(chance.sample(range(1, last + 1), chance.randint(3, last)))
    layouts = {month: columns(chance) for month in committed}
    size = chance.randint(20, 26) if is_large else chance.randint(5, 12)
    projects = [project(chance, f"P{number:02}", classes, layouts) for number in range(size)]
    if is_large and chance.random() < 0.5:
        projects = [scored_throughout(chance, one) for one in projects]
    if chance.random() < 0.4:  # a twin, for shared ranks
        projects.append(replace(chance.choice(projects), code="P99", name="项目P99"))
    return Programme(code="2023", year=YEAR, classes=classes, committed_months=committed, projects=tuple(projects))


def scored_throughout(chance: Random, one: Project) -> Project:
    """The team has scored every record, nowhere below 70: the last place of a group stands exactly on the line."""
    return replace(
        one,
        records={
            month: replace(entry, team_score=Decimal(chance.choice((70, 85, 100))), declaration=None)
            for month, entry in one.records.items()
        },
    )


def columns(chance: Random) -> frozenset[str]:
    """The columns of one month's sheet."""
    investment = chance.choice(
        (
            ("verified_ytd_wan", "reported_ytd_wan"),
            ("verified_ytd_wan",),
            ("reported_ytd_wan", "reported_month_wan"),
            ("reported_month_wan",),
            ("verified_month_wan", "reported_ytd_wan"),
            ("reported_ytd_wan", "statistical_ytd_wan", "reported_to_date_wan"),
            (),
        )
    )
    physical = chance.choice(
        (("physical_progress", "physical_progress_pct"), ("physical_progress",), ("physical_progress_pct",), ())
    )
    planned = ("physical_progress_plan_pct",) if physical and chance.random() < 0.2 else ()
    others = tuple(name for name in ("node_judgement", "problems", "sheet_score") if chance.random() < 0.3)
    return frozenset({*investment, *physical, *planned, *others})


def day_in(chance: Random, month: int, *, first: bool = False) -> date:
    """A day of the month counted from January of the year; the first, or any."""
    year, number = YEAR + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, number, 1 if first else chance.choice((1, 15, monthrange(year, number)[1])))


def project(chance: Random, code: str, classes: tuple[str, ...], layouts: dict[int, frozenset[str]]) -> Project:
    plans = tuple(plan(chance, version) for version in range(chance.choices((0, 1, 2, 3), (2, 70, 20, 8))[0]))
    return Project(
        code=code,
        name=f"项目{code}",
        group_class=chance.choice(classes),
        actual_start=day_in(chance, chance.randint(-3, 12)) if chance.random() < 0.35 else None,
        plans=plans,
        events=events(chance),
        records=records(chance, plans, layouts),
        milestones=milestones(chance),
        obstacles=obstacles(chance),
        overrides=tuple(
            LightOverride(month, chance.choice((Light.RED, Light.YELLOW, Light.GREEN)), "现场认定", "甲")
            for month in range(1, 13)
            if chance.random() < 0.02
        ),
        exemptions=tuple(LightExemption(month, "汛期", "甲") for month in range(1, 13) if chance.random() < 0.02),
    )


def plan(chance: Random, version: int) -> Plan:
    effective = date(YEAR, 1, 1) if version == 0 and chance.random() < 0.9 else day_in(chance, chance.randint(1, 12))
    annual = chance.choices((Decimal(1200), Decimal(600), Decimal("700.50"), None, Decimal(0)), (50, 20, 15, 12, 3))[0]
    starts = (None, chance.randint(1, 9), chance.randint(-14, 0), chance.randint(13, 15))
    finishes = (None, chance.randint(3, 12), chance.randint(13, 30), chance.randint(-6, 0))
    start, finish = chance.choices(starts, (30, 50, 17, 3))[0], chance.choices(finishes, (35, 45, 16, 4))[0]
    planned_start = None if start is None else day_in(chance, start, first=chance.random() < 0.7)
    planned_finish = None if finish is None else day_in(chance, finish, first=chance.random() < 0.7)
    if planned_start and planned_finish and planned_start > planned_finish and chance.random() < 0.7:
        planned_start, planned_finish = planned_finish, planned_start
    cumulative: dict[int, Decimal] = {}
    if chance.random() < 0.25:
        months = sorted(chance.sample(range(1, 13), chance.randint(1, 8)))
        total = annual or Decimal(900)
        cumulative = {month: (total * month / 12).quantize(Decimal("0.01")) for month in months}
        if chance.random() < 0.4:
            cumulative[months[-1]] = total
        if chance.random() < 0.2:
            cumulative[months[0]] = Decimal(0)
    pct = {month: Decimal(8 * month) for month in range(1, 13) if chance.random() < 0.5}
    return Plan(
        effective_on=effective,
        annual_investment_wan=annual,
        cumulative_wan=cumulative,
        physical_progress_pct=pct if chance.random() < 0.2 else {},
        planned_start=planned_start,
        planned_finish=planned_finish,
    )


def events(chance: Random) -> tuple[Event, ...]:
    """A life that can happen: entry first, leaving last, stops and completions between."""
    found: list[Event] = []
    entry = chance.randint(1, 10) if chance.random() < 0.15 else None
    lives: tuple[tuple[EventKind, ...], ...] = (
        *[()] * 6,
        (EventKind.SUSPENDED,),
        (EventKind.SUSPENDED, EventKind.RESUMED),
        (EventKind.SUSPENDED, EventKind.SUSPENDED, EventKind.RESUMED, EventKind.COMPLETED),
        (EventKind.SUSPENDED, EventKind.COMPLETED, EventKind.RESUMED),
        (EventKind.COMPLETED,),
        (EventKind.COMPLETED, EventKind.COMPLETED),
        (EventKind.COMPLETED, EventKind.RESUMED),
        (EventKind.COMPLETED, EventKind.RESUMED, EventKind.COMPLETED),
        (EventKind.PARTLY_COMPLETED,),
        (EventKind.PARTLY_COMPLETED, EventKind.SUSPENDED, EventKind.RESUMED),
        (EventKind.PARTLY_COMPLETED, EventKind.COMPLETED),
        (EventKind.COMPLETED, EventKind.PARTLY_COMPLETED),
        (EventKind.COMPLETED, EventKind.SUSPENDED, EventKind.RESUMED),
        (EventKind.PARTLY_COMPLETED, EventKind.RESUMED),
        (EventKind.RESUMED,),
        (EventKind.MAJOR_CHANGE,),
    )
    kinds = list(chance.choice(lives))
    if chance.random() < 0.12:
        kinds.append(chance.choice((EventKind.TRANSFERRED_OUT, EventKind.WITHDRAWN, EventKind.LEFT_CAMPAIGN)))
        if chance.random() < 0.2:
            kinds.append(EventKind.ADDED)  # comes back
    days = sorted(day_in(chance, chance.randint(entry or 1, 12)) for _ in kinds)
    if entry is not None:
        entered = date(YEAR, entry, chance.choice((1, 28)))
        days = [max(day, entered) for day in days]
        found.append(Event(EventKind.ADDED, entered))
    elif kinds and kinds[0] is EventKind.COMPLETED and chance.random() < 0.2:
        days[0] = date(YEAR - 1, 11, 20)
    if kinds[-1:] == [EventKind.ADDED] and days[-1].month == days[-2].month:
        kinds.pop()  # to leave and come back within one month is no case of the rules
        days.pop()
    found += [Event(kind, day) for kind, day in zip(kinds, days, strict=True)]
    if chance.random() < 0.12:
        named = tuple(sorted(chance.sample(range(1, 13), 2))) if chance.random() < 0.5 else ()
        found.append(Event(EventKind.EXEMPT, day_in(chance, chance.randint(1, 12)), months=named))
    return tuple(found)


def records(chance: Random, plans: tuple[Plan, ...], layouts: dict[int, frozenset[str]]) -> dict[int, Record]:
    annual = next((one.annual_investment_wan for one in plans if one.annual_investment_wan), Decimal(600))
    pace = Decimal(chance.choice(PACES))
    presence, fill = chance.choice((1.0, 0.95, 0.7)), chance.choice((1.0, 0.9, 0.6))
    given, speaks = chance.choice((0.0, 0.0, 0.3, 0.9)), chance.choice((0.0, 0.0, 0.5))
    done = previous = pct = Decimal(0)
    found = {}
    for month in sorted(layouts):
        if chance.random() > presence:
            continue
        if chance.random() < 0.7:  # otherwise the works stand still
            done = max(done, (annual * min(Decimal(1), month * pace / 12)).quantize(Decimal("0.01")))
            pct = max(pct, min(Decimal(100), (100 * month * pace / 12).quantize(Decimal(1))))
        if chance.random() < 0.1:
            pace = Decimal(chance.choice(PACES))
        if chance.random() < 0.03:  # a correction downwards, confirmed at import
            done = done / 2
        found[month] = record(chance, month, layouts[month], done, done - previous, pct, fill, given, speaks)
        previous = done
    return found


def record(
    chance: Random,
    month: int,
    layout: frozenset[str],
    done: Decimal,
    this_month: Decimal,
    pct: Decimal,
    fill: float,
    given: float,
    speaks: float,
) -> Record:
    filled = {name for name in sorted(layout) if chance.random() < fill}
    if chance.random() < 0.04:
        filled = set()
    factor = {"verified": Decimal(1), "reported": Decimal(chance.choice(("1", "1.2"))), "statistical": Decimal(1)}
    figures = {"ytd": done, "month": this_month, "to_date": done + 100}
    if chance.random() < 0.01:
        figures["ytd"] = Decimal(-5)
    kinds = {
        kind: Investment(
            **{
                f"{figure}_wan": (value * factor[kind]).quantize(Decimal("0.01"))
                for figure, value in figures.items()
                if f"{kind}_{figure}_wan" in filled
            }
        )
        for kind in factor
    }
    team = Decimal(chance.choice(("60", "75.50", "85", "92.25", "100")))
    sheet = Decimal(chance.choice(("55", "70", "80", "90", "100")))
    points = {name: Decimal(chance.choice(("20.5", "35", "70"))) for name in INDICATORS if chance.random() < 0.6}
    words, stated_pct, is_whole = "", None, False
    if {"physical_progress", "physical_progress_pct"} & filled:
        if "physical_progress" in layout and chance.random() < speaks:
            words = "主体施工"
        elif "physical_progress" in layout and chance.random() < 0.2:
            words, stated_pct, is_whole = f"总体完成{pct}%", pct, True
        else:
            words, stated_pct = (f"{pct}%" if "physical_progress" in layout else ""), pct
    return Record(
        month=month,
        columns=layout,
        verified=kinds["verified"],
        reported=kinds["reported"],
        statistical=kinds["statistical"],
        physical_progress=words,
        physical_progress_pct=stated_pct,
        physical_progress_is_whole=is_whole,
        physical_progress_plan_pct=(
            Decimal(chance.choice((0, 50, 8 * month))) if "physical_progress_plan_pct" in filled else None
        ),
        node_judgement=chance.choice(tuple(NodeJudgement)) if "node_judgement" in filled else None,
        problems="征地未完成" if "problems" in filled else "",
        team_score=team if chance.random() < given / 2 else None,
        sheet_score=sheet if "sheet_score" in layout and chance.random() < given else None,
        indicator_points=points if chance.random() < 0.06 else {},
        declaration=chance.choice(tuple(Declaration)) if chance.random() < 0.03 else None,
        states_not_started=chance.random() < 0.02,
    )


def milestones(chance: Random) -> tuple[Milestone, ...]:
    found = []
    for number in range(chance.choice((0, 0, 0, 1, 2))):
        due = day_in(chance, chance.randint(1, 13)) - timedelta(days=chance.choice((0, 0, 14, 15, 44, 45)))
        done = due + timedelta(days=chance.randint(-20, 80)) if chance.random() < 0.5 else None
        forecast = day_in(chance, chance.randint(10, 14)) if chance.random() < 0.2 else None
        found.append(Milestone(f"节点{number}", due, done, forecast, chance.random() < 0.7))
    return tuple(found)


def obstacles(chance: Random) -> tuple[Obstacle, ...]:
    found = []
    for number in range(chance.choice((0, 0, 0, 1, 2))):
        raised = day_in(chance, chance.randint(1, 11))
        days = sorted(day_in(chance, chance.randint(raised.month, 12)) for _ in range(chance.choice((0, 1, 2, 3, 3))))
        levels = [(day, level) for level, day in enumerate(days, start=1)]
        if len(levels) == 3 and chance.random() < 0.3:
            levels.append((levels[-1][0] + timedelta(days=40), 2))
        found.append(
            Obstacle(
                kind="征地拆迁",
                text=f"问题{number}",
                raised_on=raised,
                due_on=day_in(chance, chance.randint(raised.month, 13)) if chance.random() < 0.7 else None,
                closed_on=raised + timedelta(days=chance.choice((10, 60, 150))) if chance.random() < 0.4 else None,
                levels=tuple(levels),
                decision_due_on=day_in(chance, chance.randint(raised.month, 13)) if chance.random() < 0.5 else None,
            )
        )
    return tuple(found)


# ---- reduction ------------------------------------------------------------------------------------------------------


def smallest(start: Programme, fails: Callable[[Programme], bool]) -> Programme:
    """A programme that still fails and of which no single fact can be taken away."""
    current, is_smaller = start, True
    while is_smaller:
        is_smaller = False
        for candidate in simpler(current):
            if fails(candidate):
                current, is_smaller = candidate, True
                break
    return current


def simpler(whole: Programme) -> Iterator[Programme]:
    """Everything that has one fact less, the largest cuts first."""
    for index in range(len(whole.projects)):
        if len(whole.projects) > 1:
            yield replace(whole, projects=whole.projects[:index] + whole.projects[index + 1 :])
    for month in sorted(whole.committed_months, reverse=True):
        if len(whole.committed_months) > 1:
            without = tuple(
                replace(one, records={key: value for key, value in one.records.items() if key != month})
                for one in whole.projects
            )
            yield replace(whole, committed_months=whole.committed_months - {month}, projects=without)
    for index, one in enumerate(whole.projects):
        for changed in simpler_projects(one):
            yield replace(whole, projects=(*whole.projects[:index], changed, *whole.projects[index + 1 :]))


def simpler_projects(one: Project) -> Iterator[Project]:
    for name in ("plans", "events", "milestones", "obstacles", "overrides", "exemptions"):
        facts = getattr(one, name)
        for index in range(len(facts)):
            yield replace(one, **{name: facts[:index] + facts[index + 1 :]})
    if one.actual_start is not None:
        yield replace(one, actual_start=None)
    for month, entry in one.records.items():
        yield replace(one, records={key: value for key, value in one.records.items() if key != month})
        for changed in emptier(entry, Record(month=month)):
            yield replace(one, records={**one.records, month: changed})
    yield from simpler_plans(one)


def simpler_plans(one: Project) -> Iterator[Project]:
    for index, version in enumerate(one.plans):
        for changed in emptier(version, Plan(effective_on=version.effective_on)):
            yield replace(one, plans=(*one.plans[:index], changed, *one.plans[index + 1 :]))
    for index, obstacle in enumerate(one.obstacles):
        for changed in emptier(obstacle, Obstacle(obstacle.kind, obstacle.text, obstacle.raised_on)):
            yield replace(one, obstacles=(*one.obstacles[:index], changed, *one.obstacles[index + 1 :]))


def emptier(one: Any, blank: Any) -> Iterator[Any]:
    """`one` with a single field as in `blank`, and its mappings and sets with a single entry less."""
    for name in (field.name for field in fields(one)):
        value = getattr(one, name)
        if value == getattr(blank, name):
            continue
        yield replace(one, **{name: getattr(blank, name)})
        if isinstance(value, dict):
            for key in value:
                yield replace(one, **{name: {other: value[other] for other in value if other != key}})
        if isinstance(value, frozenset):
            for key in sorted(value):
                yield replace(one, **{name: value - {key}})


def describe(whole: Programme) -> Iterator[str]:
    """A programme on few lines: what differs from a blank one."""
    yield f"committed {sorted(whole.committed_months)}"
    for one in whole.projects:
        yield f"{one.code} {one.group_class} actual start {one.actual_start}"
        for version in one.plans:
            yield f"  plan {stated(version, Plan(date.min))}"
        for entry in one.records.values():
            yield f"  record {stated(entry, Record(month=0))}"
        for name in ("events", "milestones", "obstacles", "overrides", "exemptions"):
            for fact in getattr(one, name):
                yield f"  {fact}"


def stated(one: Any, blank: Any) -> str:
    """The fields that say something."""
    said = {field.name: getattr(one, field.name) for field in fields(one)}
    return ", ".join(f"{name}={value}" for name, value in said.items() if value != getattr(blank, name))
