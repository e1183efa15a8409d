"""From what is stored to what scoring reads (考评依据): `facts()` is the one function behind every board and receipt.

Source: DESIGN §3, RULES. The number of queries does not grow with the number of projects.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session, col

from app.inspections import service as inspections
from app.inspections.models import InspectionRevision
from app.obstacles.models import ObstacleRevision
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects import service as projects
from app.projects.models import (
    AssignmentRevision,
    EventRevision,
    LightDecision,
    MilestoneRevision,
    PlanRevision,
    ProjectRevision,
)
from app.revisions import newest_rows
from scoring import facts as inputs
from scoring.periods import last_day

INVESTMENT_KINDS = ("verified", "reported", "statistical")
AMOUNTS = tuple(f"{kind}_{span}_wan" for kind in INVESTMENT_KINDS for span in ("ytd", "month", "to_date"))
RECORD_COLUMNS = (
    "id",
    "project_id",
    "month",
    "columns",
    *AMOUNTS,
    "physical_progress",
    "physical_progress_pct",
    "physical_progress_is_whole",
    "physical_progress_plan_pct",
    "node_judgement",
    "problems",
    "team",
    "team_score",
    "sheet_score",
    "indicator_points",
    "declaration",
    "states_not_started",
)
NO_INVESTMENT = inputs.Investment()


def facts(session: Session, programme: Programme, month: str, known_at: datetime | None = None) -> inputs.Programme:
    """The programme's facts up to `month` ("YYYY-MM"), as recorded up to `known_at` (default: all).

    Class, level, responsible unit and sponsoring leader are those of the month's last day. Events are all there are:
    scoring dates them itself. A project whose registration was undone does not exist.
    """
    assert programme.id is not None
    day = last_day(programme.year, int(month[5:7]))

    def rows(model: Any, names: Iterable[str], *where: Any) -> list[Row[Any]]:
        assert programme.id is not None
        return list(newest_rows(session, model, list(names), programme.id, *where, known_at=known_at))

    described = rows(
        ProjectRevision,
        (
            "project_id",
            "name",
            "class_name",
            "level",
            "earlier_groups",
            "total_investment_wan",
            "actual_start_on",
            "actual_finish_on",
            "is_campaign_member",
        ),
    )
    of_year = col(InspectionRevision.month).between(f"{programme.year}-01", month)
    records = rows(InspectionRevision, RECORD_COLUMNS, of_year)
    held = _by_project(
        rows(
            AssignmentRevision,
            ("id", "project_id", "role", "holder", "from_on", "to_on"),
            col(AssignmentRevision.role).in_(("responsible_unit", "lead_official")),
        )
    )
    plans = _by_project(
        rows(PlanRevision, PLAN_COLUMNS, col(PlanRevision.effective_on) <= day),
    )
    events = _by_project(rows(EventRevision, ("id", "project_id", "kind", "on", "months", "reason")))
    milestones = _by_project(
        rows(MilestoneRevision, ("id", "project_id", "name", "due_on", "done_on", "forecast_on", "is_target"))
    )
    obstacles = _by_project(rows(ObstacleRevision, OBSTACLE_COLUMNS))
    decisions = _by_project(
        rows(
            LightDecision,
            ("id", "project_id", "month", "kind", "value", "reason", "approver"),
            col(LightDecision.month).between(f"{programme.year}-01", month),
        )
    )
    recorded = _by_project(records)
    codes = projects.codes(session, programme)

    def project(row: Row[Any]) -> inputs.Project:
        found = row.project_id
        class_name, level = projects.group_on(row, day)
        holders = projects.holders_on(held[found], day)
        decided = decisions[found]
        return inputs.Project(
            code=codes[found],
            name=row.name,
            group_class=class_name,
            level=level,
            responsible_unit=_first(holders, "responsible_unit"),
            lead_official=_first(holders, "lead_official"),
            total_investment_wan=row.total_investment_wan,
            is_campaign_member=row.is_campaign_member,
            actual_start=row.actual_start_on,
            actual_finish=row.actual_finish_on,
            plans=tuple(_plan(plan) for plan in sorted(plans[found], key=lambda plan: plan.effective_on)),
            events=tuple(_event(event) for event in events[found]),
            records={int(record.month[5:7]): _record(record) for record in recorded[found]},
            milestones=tuple(_milestone(node) for node in sorted(milestones[found], key=lambda node: node.due_on)),
            obstacles=tuple(_obstacle(obstacle) for obstacle in obstacles[found]),
            overrides=tuple(_override(decision) for decision in decided if decision.kind == "override"),
            exemptions=tuple(_exemption(decision) for decision in decided if decision.kind == "exemption"),
            outlook_judgements=tuple(_judgement(decision) for decision in decided if decision.kind == "outlook"),
        )

    return inputs.Programme(
        code=programme.code,
        year=programme.year,
        classes=tuple(programmes.class_names(session, programme)),
        committed_months=frozenset(int(record.month[5:7]) for record in records),
        projects=tuple(project(row) for row in sorted(described, key=lambda row: codes[row.project_id])),
    )


def regrouped(
    session: Session, programme: Programme, known: inputs.Programme, day: date, known_at: datetime | None = None
) -> inputs.Programme:
    """The same facts with every project in the class and level of another day; `known` itself when none differs."""
    assert programme.id is not None
    names = ("project_id", "class_name", "level", "earlier_groups")
    rows = newest_rows(session, ProjectRevision, names, programme.id, known_at=known_at)
    codes = projects.codes(session, programme)
    groups = {codes[row.project_id]: projects.group_on(row, day) for row in rows}
    if all(groups[project.code] == (project.group_class, project.level) for project in known.projects):
        return known
    moved = (
        replace(project, group_class=groups[project.code][0], level=groups[project.code][1])
        for project in known.projects
    )
    return replace(known, projects=tuple(moved))


def committed_months(session: Session, programme: Programme, known_at: datetime | None = None) -> list[str]:
    """The months ("YYYY-MM") of which at least one sheet or entry is committed, in order."""
    return inspections.recorded_months(session, programme, known_at)


# ---- rows to values -------------------------------------------------------------------------------------------------

PLAN_COLUMNS = (
    "id",
    "project_id",
    "effective_on",
    "annual_investment_wan",
    "cumulative_wan",
    "physical_progress_pct",
    "planned_start_on",
    "planned_finish_on",
    "target",
)
OBSTACLE_COLUMNS = (
    "id",
    "project_id",
    "kind",
    "text",
    "unit",
    "raised_on",
    "due_on",
    "closed_on",
    "levels",
    "decision_due_on",
)


def _by_project(rows: Iterable[Row[Any]]) -> Mapping[int, list[Row[Any]]]:
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.project_id].append(row)
    return found


def _first(holders: Mapping[str, list[Any]], role: str) -> str:
    held = holders.get(role)
    return held[0].holder if held else ""


def _record(row: Row[Any]) -> inputs.Record:
    verified, reported, statistical = (
        _investment(row[at], row[at + 1], row[at + 2]) for at in (FIRST_AMOUNT, FIRST_AMOUNT + 3, FIRST_AMOUNT + 6)
    )
    return inputs.Record(
        month=int(row.month[5:7]),
        columns=_columns(tuple(row.columns)),
        verified=verified,
        reported=reported,
        statistical=statistical,
        physical_progress=row.physical_progress,
        physical_progress_pct=row.physical_progress_pct,
        physical_progress_is_whole=row.physical_progress_is_whole,
        physical_progress_plan_pct=row.physical_progress_plan_pct,
        node_judgement=inputs.NodeJudgement(row.node_judgement) if row.node_judgement else None,
        problems=row.problems,
        team=row.team,
        team_score=row.team_score,
        sheet_score=row.sheet_score,
        indicator_points={name: Decimal(points) for name, points in row.indicator_points.items()},
        declaration=inputs.Declaration(row.declaration) if row.declaration else None,
        states_not_started=row.states_not_started,
        ref=row.id,
    )


@lru_cache(maxsize=1024)
def _columns(names: tuple[str, ...]) -> frozenset[str]:
    """The columns that a record has; an indicator's points are named as the rule book names the indicator."""
    return frozenset(name.removeprefix(inspections.INDICATOR) for name in names)


FIRST_AMOUNT = RECORD_COLUMNS.index(AMOUNTS[0])


def _investment(ytd: Decimal | None, month: Decimal | None, to_date: Decimal | None) -> inputs.Investment:
    if ytd is None and month is None and to_date is None:
        return NO_INVESTMENT
    return inputs.Investment(ytd, month, to_date)


def _by_month(figures: Mapping[str, str]) -> dict[int, Decimal]:
    return {int(month): Decimal(figure) for month, figure in figures.items()}


def _plan(row: Row[Any]) -> inputs.Plan:
    return inputs.Plan(
        effective_on=row.effective_on,
        annual_investment_wan=row.annual_investment_wan,
        cumulative_wan=_by_month(row.cumulative_wan),
        physical_progress_pct=_by_month(row.physical_progress_pct),
        planned_start=row.planned_start_on,
        planned_finish=row.planned_finish_on,
        target=row.target,
        ref=row.id,
    )


def _event(row: Row[Any]) -> inputs.Event:
    return inputs.Event(inputs.EventKind(row.kind), row.on, tuple(row.months), row.reason, row.id)


def _milestone(row: Row[Any]) -> inputs.Milestone:
    return inputs.Milestone(row.name, row.due_on, row.done_on, row.forecast_on, row.is_target, row.id)


def _obstacle(row: Row[Any]) -> inputs.Obstacle:
    return inputs.Obstacle(
        kind=row.kind,
        text=row.text,
        raised_on=row.raised_on,
        due_on=row.due_on,
        closed_on=row.closed_on,
        levels=tuple((date.fromisoformat(str(since)), int(level)) for since, level in row.levels),
        decision_due_on=row.decision_due_on,
        unit=row.unit,
        ref=row.id,
    )


def _override(row: Row[Any]) -> inputs.LightOverride:
    return inputs.LightOverride(int(row.month[5:7]), inputs.Light(row.value), row.reason, row.approver, row.id)


def _exemption(row: Row[Any]) -> inputs.LightExemption:
    return inputs.LightExemption(int(row.month[5:7]), row.reason, row.approver, row.id)


def _judgement(row: Row[Any]) -> inputs.OutlookJudgement:
    verdict = inputs.OutlookVerdict(row.value)
    return inputs.OutlookJudgement(int(row.month[5:7]), verdict, row.reason, row.approver, row.id)
