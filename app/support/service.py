"""Visits of paired departments (挂钩帮扶记录): recorded as facts, one per department, project and day.

Source: DESIGN §3 (挂钩帮扶), §4 (帮扶记录表). What a visit is worth is assessed elsewhere; here is only what was done.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col

from app.audit import service as audit
from app.errors import Refused
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects.models import Project
from app.revisions import Difference, Standing, newest, revise
from app.support.models import VisitRevision


def record_visit(
    change: Change,
    project_id: int,
    department: str,
    visited_on: date,
    values: Mapping[str, Any],
    *,
    number: int = 1,
    provenance: Mapping[str, Any] | None = None,
    upload_id: int | None = None,
    standing: Standing[VisitRevision] | None = None,
) -> Difference | None:
    """Record a visit, or what is said of it otherwise; None when that stands already.

    Refused outside the programme's year; PeriodLocked when the month of the visit is 已定稿: visits are assessed too.
    """
    if visited_on.year != change.programme.year:
        raise Refused(f"帮扶时间{visited_on.isoformat()}不在{change.programme.year}年度内，请核对。")
    if not department.strip():
        raise Refused("帮扶记录没有写明帮扶部门，请补填。")
    key = {"project_id": project_id, "department": department, "visited_on": visited_on, "number": number}
    written = revise(
        change,
        VisitRevision,
        key,
        values,
        provenance=provenance or {name: {"entry": change.actor.name} for name in ("visited_on", *values)},
        upload_id=upload_id,
        standing=standing,
    )
    if written:
        programmes.require_unlocked(change.session, change.programme, [visited_on.strftime("%Y-%m")])
    if written and upload_id is None:
        project = change.session.get_one(Project, project_id)
        said = {"department": department, "visited_on": visited_on, "old": written.old, "new": written.new}
        audit.append(
            change.session,
            change.actor,
            "support.visit",
            target=f"project {project.code}",
            programme=change.programme.code,
            detail={**said, "reason": change.reason},
            at=change.recorded_at,
        )
    return written


def visits_of(
    session: Session, programme: Programme, project_id: int | None = None, known_at: datetime | None = None
) -> Sequence[VisitRevision]:
    """The visits that stand, by day: of one project, or of all."""
    assert programme.id is not None
    where = [] if project_id is None else [col(VisitRevision.project_id) == project_id]
    found = newest(session, VisitRevision, programme.id, *where, known_at=known_at)
    return sorted(found, key=lambda visit: (visit.visited_on, visit.project_id, visit.department, visit.number))
