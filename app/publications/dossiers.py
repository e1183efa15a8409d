"""项目档案: everything known of one project up to a month, with the cell behind each figure; and the list of projects.

Source: DESIGN §5 (项目档案), §3 (五个一, provenance). Scores and ranks are not repeated here: they are on the receipt.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlmodel import Session, col

from app.audit.service import Actor
from app.errors import Malformed
from app.evidence import service as evidence
from app.inspections import service as inspections
from app.inspections.models import InspectionRevision, ServiceScoreRevision
from app.obstacles import service as obstacles
from app.obstacles.models import ObstacleRevision
from app.programmes.models import Programme
from app.projects import service as projects
from app.projects.models import (
    AssignmentRevision,
    EventRevision,
    MilestoneRevision,
    PlanRevision,
    Project,
    ProjectRevision,
)
from app.publications import boards, service
from app.publications.memory import Memory, Nothing
from app.publications.receipts import unknown
from app.publications.scope import require_viewer, scope_of, viewer_of
from app.revisions import AnyRevision, Revision, newest
from app.standings import service as standings
from app.support import service as support
from app.support.models import VisitRevision
from scoring.assessment import Assessment
from scoring.lights import month_lights
from scoring.periods import Period, PeriodKind, last_day, month_text
from scoring.plan import plan_to_date
from scoring.rounding import half_up
from scoring.rulebook import InvestmentKind


def listing(
    session: Session, actor: Actor, programme: Programme, month: str | None = None, *, memory: Memory | None = None
) -> dict[str, Any]:
    """The projects the actor may see, as of a month (default: the newest committed one), in code order."""
    viewer = viewer_of(session, actor)
    kept = memory or Nothing()
    at = _month(session, programme, month)
    day = last_day(programme.year, at.number)
    scope = scope_of(session, programme, viewer, day)
    made_from = boards.basis(session, programme, at.text, None, kept)
    seen = boards.alerts_seen(session, programme, at, None, kept, as_of=None)
    alerts = {row["code"]: row for row in seen.figures["rows"]}
    described = {row.project_id: row for row in projects.current(session, programme)}
    held = _by_project(newest(session, AssignmentRevision, _id(programme)))
    rows = []
    for assessment in made_from.assessed:
        project = assessment.project
        project_id = made_from.ids[project.code]
        if not scope.sees(project_id):
            continue
        standing = assessment.standing(at.number)
        alert = alerts.get(project.code, {})
        holders = _names(projects.holders_on(held.get(project_id, ()), day))
        plan = plan_to_date(
            project.plans, programme.year, at.number, standing.entry_month, made_from.assessed.book.basis
        )
        five_ones = projects.five_ones(holders, described[project_id].measures)
        rows.append(
            {
                "id": project_id,
                "code": project.code,
                "name": project.name,
                "aliases": described[project_id].aliases,
                "class": project.group_class,
                "level": project.level,
                "state": alert.get("state") or str(standing.state),
                "membership": str(standing.membership),
                "light": alert.get("light"),
                "light_word": alert.get("light_word"),
                "responsible_unit": project.responsible_unit,
                "lead_official": project.lead_official,
                "total_investment_wan": _text(project.total_investment_wan),
                "annual_plan_wan": _text(plan.annual_wan),
                "is_campaign_member": project.is_campaign_member,
                "five_ones_complete": all(item.ok for item in five_ones),
            }
        )
    return {"programme": programme.code, "month": at.text, "rows": rows, "total": len(rows)}


def dossier(
    session: Session,
    actor: Actor,
    programme: Programme,
    project: Project,
    month: str | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """One project as of a month (default: the newest committed one). NotFound where it is not the actor's to see."""
    viewer = viewer_of(session, actor)
    kept = memory or Nothing()
    at = _month(session, programme, month)
    day = last_day(programme.year, at.number)
    project_id = project.id or 0
    made_from = boards.basis(session, programme, at.text, None, kept)
    if not scope_of(session, programme, viewer, day).sees(project_id) or project.code not in made_from.assessed:
        raise unknown()
    assessment = made_from.assessed[project.code]
    described = _only(session, programme, ProjectRevision, project_id)[0]
    held = _only(session, programme, AssignmentRevision, project_id)
    plans = sorted(_only(session, programme, PlanRevision, project_id), key=lambda plan: plan.effective_on)
    events = sorted(_only(session, programme, EventRevision, project_id), key=lambda event: event.on)
    nodes = sorted(_only(session, programme, MilestoneRevision, project_id), key=lambda node: node.due_on)
    records = [row for row in inspections.records_of(session, programme, project_id) if row.month <= at.text]
    problems = obstacles.obstacles_of(session, programme, project_id)
    visits = [visit for visit in support.visits_of(session, programme, project_id) if visit.visited_on <= day]
    services = [row for row in _only(session, programme, ServiceScoreRevision, project_id) if row.month <= at.text]
    origins = _Origins(session, (described, *plans, *events, *nodes, *records, *problems, *visits, *services))
    holders = _names(projects.holders_on(held, day))
    five_ones = projects.five_ones(holders, described.measures)
    seen = boards.alerts_seen(session, programme, at, None, kept, as_of=None)
    alert = next((row for row in seen.figures["rows"] if row["code"] == project.code), None)
    standing = assessment.standing(at.number)
    class_name, level = projects.group_on(described, day)
    return {
        "id": project_id,
        "programme": programme.code,
        "code": project.code,
        "name": described.name,
        "aliases": described.aliases,
        "former_names": described.former_names,
        "class": class_name,
        "level": level,
        "nature": described.nature,
        "content": described.content,
        "investor": described.investor,
        "location": described.location,
        "total_investment_wan": _text(described.total_investment_wan),
        "actual_start_on": _text(described.actual_start_on),
        "actual_finish_on": _text(described.actual_finish_on),
        "is_campaign_member": described.is_campaign_member,
        "measures": described.measures,
        "remarks": described.remarks,
        "state": alert["state"] if alert else str(standing.state),
        "membership": str(standing.membership),
        "assignments": {role: holders.get(role, []) for role in projects.ROLES},
        "five_ones": {
            "complete": all(item.ok for item in five_ones),
            "items": [{"name": item.name, "ok": item.ok, "value": item.value} for item in five_ones],
        },
        "plan": _plan(plans, at, programme.year, origins),
        "curve": _curve(assessment, programme.year, at.number),
        "records": [_record(row, origins) for row in records],
        "visits": [_visit(row, origins) for row in visits],
        "service_scores": [_service(row, origins) for row in sorted(services, key=lambda row: row.month)],
        "events": [_event(row, origins) for row in events],
        "obstacles": [_obstacle(row) for row in problems],
        "milestones": [_milestone(row) for row in nodes],
        "alerts": alert,
        "light_history": [
            {"month": month_text(programme.year, one.month), "light": one.light.value}
            for one in month_lights(assessment, at.number)
        ],
        "month": at.text,
        "source": _source(records, origins),
    }


def _month(session: Session, programme: Programme, month: str | None) -> Period:
    if month is not None:
        period = service.period_of(programme, month)
        if period.kind is not PeriodKind.MONTH:
            raise Malformed(f"“{month}”不是月份，请写成{programme.year}-10这样的年月。")
        return period
    committed = standings.committed_months(session, programme)
    return service.period_of(programme, committed[-1] if committed else f"{programme.year}-12")


def _only(session: Session, programme: Programme, model: type[AnyRevision], project_id: int) -> list[AnyRevision]:
    """The newest revisions of one project."""
    of_project = col(model.project_id) == project_id  # type: ignore[attr-defined]
    return list(newest(session, model, _id(programme), of_project))


def _by_project(rows: Iterable[AssignmentRevision]) -> Mapping[int, list[AssignmentRevision]]:
    found: dict[int, list[AssignmentRevision]] = {}
    for row in rows:
        found.setdefault(row.project_id, []).append(row)
    return found


def _names(holders: Mapping[str, list[AssignmentRevision]]) -> dict[str, list[str]]:
    return {role: [row.holder for row in rows] for role, rows in holders.items()}


class _Origins:
    """Provenance of many revisions, their uploads read once."""

    def __init__(self, session: Session, revisions: Iterable[Revision]) -> None:
        uploads: set[int] = set()
        for revision in revisions:
            uploads |= {int(cell["upload"]) for cell in revision.provenance.values() if cell.get("upload") is not None}
            if revision.upload_id is not None:
                uploads.add(revision.upload_id)
        self._sources = evidence.sources(session, uploads)

    def of(self, revision: Revision, field: str) -> dict[str, Any]:
        cell = revision.provenance.get(field)
        return evidence.evidence(cell, self._sources, by=revision.recorded_by, at=revision.recorded_at)

    def fields(self, revision: Revision) -> dict[str, dict[str, Any]]:
        return {field: self.of(revision, field) for field in sorted(revision.provenance)}

    def whole(self, revision: Revision) -> dict[str, Any]:
        """The origin of a revision as one act: its first cell, its upload, or the person."""
        cell = next(iter(revision.provenance.values()), None)
        if cell is None and revision.upload_id is not None:
            cell = {"upload": revision.upload_id}
        return evidence.evidence(cell, self._sources, by=revision.recorded_by, at=revision.recorded_at)


def _plan(plans: list[PlanRevision], at: Period, year: int, origins: _Origins) -> dict[str, Any] | None:
    """The plan in force on the month's last day, the original and every version beside it."""
    day = last_day(year, at.number)
    in_force = [plan for plan in plans if plan.effective_on <= day]
    if not in_force:
        return None
    return {
        **_plan_version(in_force[-1], origins),
        "original_annual_investment_wan": _text(plans[0].annual_investment_wan),
        "versions": [_plan_version(plan, origins) for plan in plans],
    }


def _plan_version(plan: PlanRevision, origins: _Origins) -> dict[str, Any]:
    return {
        "effective_on": plan.effective_on.isoformat(),
        "annual_investment_wan": _text(plan.annual_investment_wan),
        "cumulative_wan": plan.cumulative_wan,
        "physical_progress_pct": plan.physical_progress_pct,
        "planned_start_on": _text(plan.planned_start_on),
        "planned_start_precision": plan.planned_start_precision,
        "planned_finish_on": _text(plan.planned_finish_on),
        "planned_finish_precision": plan.planned_finish_precision,
        "target": plan.target,
        "reason": plan.reason,
        "approver": plan.approver,
        "provenance": origins.fields(plan),
    }


def _curve(assessment: Assessment, year: int, through: int) -> list[dict[str, Any]]:
    """Plan against actual by month, 万元: the plan for the whole year, the actual through the month shown."""
    book = assessment.book
    entry = assessment.standing(through).entry_month
    points = []
    for month in range(1, 13):
        due = plan_to_date(assessment.project.plans, year, month, entry, book.basis)
        point: dict[str, Any] = {
            "month": month_text(year, month),
            "plan_to_date_wan": _rounded(due.wan),
            "invested_ytd_wan": None,
            "reported_ytd_wan": None,
            "verified_ytd_wan": None,
        }
        if month <= through and month in assessment.committed_months:
            invested = assessment.month(month).invested
            point["invested_ytd_wan"] = _text(invested.stated_wan)
            for kind in (InvestmentKind.REPORTED, InvestmentKind.VERIFIED):
                series = invested.kinds[kind]
                point[f"{kind.value}_ytd_wan"] = _text(series.wan) if series.is_stated else None
        points.append(point)
    return points


def _record(row: InspectionRevision, origins: _Origins) -> dict[str, Any]:
    return {
        "month": row.month,
        **{name: _plain(getattr(row, name)) for name in sorted(inspections.FIELDS)},
        "columns": row.columns,
        "raw": row.raw,
        "recorded_by": row.recorded_by,
        "recorded_at": evidence.instant(row.recorded_at),
        "provenance": origins.fields(row),
    }


def _visit(row: VisitRevision, origins: _Origins) -> dict[str, Any]:
    return {
        "department": row.department,
        "visited_on": row.visited_on.isoformat(),
        "precision": row.precision,
        "visitors": row.visitors,
        "work_done": row.work_done,
        "outcome": row.outcome,
        "evidence": row.evidence,
        "problems": row.problems,
        "provenance": origins.fields(row),
    }


def _service(row: ServiceScoreRevision, origins: _Origins) -> dict[str, Any]:
    return {
        "month": row.month,
        "tracking_service_points": _text(row.tracking_service_points),
        "progress_speed_points": _text(row.progress_speed_points),
        "team": row.team,
        "provenance": origins.fields(row),
    }


def _event(row: EventRevision, origins: _Origins) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "on": row.on.isoformat(),
        "months": row.months,
        "reason": row.reason,
        "approver": row.approver,
        "recorded_by": row.recorded_by,
        "recorded_at": evidence.instant(row.recorded_at),
        "provenance": origins.whole(row),
    }


def _obstacle(row: ObstacleRevision) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "text": row.text,
        "unit": row.unit,
        "raised_on": row.raised_on.isoformat(),
        "due_on": _text(row.due_on),
        "closed_on": _text(row.closed_on),
        "level": row.levels[-1][1] if row.levels else 1,
        "levels": row.levels,
        "decision": row.decision,
        "decision_due_on": _text(row.decision_due_on),
    }


def _milestone(row: MilestoneRevision) -> dict[str, Any]:
    return {
        "name": row.name,
        "due_on": row.due_on.isoformat(),
        "done_on": _text(row.done_on),
        "forecast_on": _text(row.forecast_on),
        "is_target": row.is_target,
    }


def _source(records: list[InspectionRevision], origins: _Origins) -> dict[str, Any] | None:
    """数据来源: the upload or entry behind the newest record."""
    return origins.whole(records[-1]) if records else None


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _rounded(amount: Fraction | None) -> str | None:
    return None if amount is None else str(half_up(amount))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _id(programme: Programme) -> int:
    assert programme.id is not None
    return programme.id


def project_and_programme(session: Session, actor: Actor, project_id: int) -> tuple[Project, Programme]:
    """A project by its id with its programme. NotFound too where the programme is another organisation's.

    Forbidden first of all to who sees no scores, so that the answer does not tell which numbers are taken.
    """
    require_viewer(actor)
    project = session.get(Project, project_id)
    programme = None if project is None else session.get(Programme, project.programme_id)
    if project is None or programme is None or actor.organisation_id not in (None, programme.organisation_id):
        raise unknown()
    return project, programme
