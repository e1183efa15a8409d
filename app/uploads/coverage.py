"""Who has filed for a month and who has not (应报、已报、待审核、退回、未报), by responsible unit.

Source: DESIGN §4. A project counts as filed when the month's record says anything of it, whichever sheet or entry it
came from. What a unit submitted and the office has not decided, or gave back, is neither filed nor missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from app.audit.service import Actor
from app.errors import Refused
from app.inspections.models import InspectionRevision
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects import service as projects
from app.publications.scope import scope_of, viewer_of
from app.revisions import newest
from app.standings import service as standings
from app.uploads import filings, forms
from app.uploads.models import Upload
from app.uploads.recording import RECORD_FIELDS
from app.uploads.views import instant
from scoring.facts import Project
from scoring.lifecycle import Membership, State, month_states
from scoring.monthly import is_blank
from scoring.periods import last_day

NO_UNIT = "未明确责任单位"
LABELS = {"filed": "已报", "submitted": "待审核", "returned": "退回", "missing": "未报"}


@dataclass(frozen=True, slots=True)
class Due:
    """One project that is to be reported for the month, and whether it is. `status`: a key of LABELS."""

    project_id: int
    project: Project
    status: str
    by: str = ""
    at: datetime | None = None
    upload: int | None = None
    reason: str = ""  # why it was given back

    @property
    def unit(self) -> str:
        return self.project.responsible_unit or NO_UNIT


def board(session: Session, actor: Actor, programme_code: str, month: str) -> dict[str, Any]:
    """The units with their counts and projects, most missing first. Due is the sum of the four counts."""
    programme = programmes.get(session, programme_code, actor)
    by_unit: defaultdict[str, list[Due]] = defaultdict(list)
    for one in _theirs(session, actor, programme, month):
        by_unit[one.unit].append(one)
    rows = [_row(unit, due) for unit, due in by_unit.items()]
    rows.sort(key=lambda row: (-row["missing"], -row["returned"], row["unit"]))
    counted = ("due", *LABELS)
    totals = {"units": len(rows), **{name: sum(row[name] for row in rows) for name in counted}}
    return {"programme": programme.code, "month": month, "rows": rows, "total": len(rows), "totals": totals}


def form(session: Session, actor: Actor, programme_code: str, month: str) -> dict[str, Any]:
    """The month's form (网页填报) with what is known filled in: a unit's own projects, for the office all."""
    programme = programmes.get(session, programme_code, actor)
    due = list(_theirs(session, actor, programme, month))
    fields = forms.fields_of(actor.role)
    known = _figures(session, programme, month, [one.project_id for one in due], [field["name"] for field in fields])
    day = last_day(int(month[:4]), int(month[5:]))
    rows = []
    for one in due:
        plans = [plan for plan in one.project.plans if plan.effective_on <= day]
        current, previous = known[one.project_id]
        rows.append(
            {
                "project": one.project.code,
                "name": one.project.name,
                "class": one.project.group_class,
                "unit": one.unit,
                "annual_plan_wan": _text(plans[-1].annual_investment_wan) if plans else None,
                "previous": previous,
                "current": current,
                "status": one.status,
                "status_label": LABELS[one.status],
            }
        )
    unit = filings.unit_of(session, actor.unit_id).name if actor.role == "unit" else None
    return {
        "programme": programme.code,
        "month": month,
        "unit": unit,
        "fields": fields,
        "rows": rows,
        "total": len(rows),
    }


def _theirs(session: Session, actor: Actor, programme: Programme, month: str) -> Iterator[Due]:
    """What is due of the projects whose filing the actor may see: a unit its own, a leader those in their scope."""
    if not month.startswith(f"{programme.year}-"):
        raise Refused(f"{month}不在{programme.year}年度内，请核对月份或所选的年度计划。")
    viewer = viewer_of(session, actor)
    if actor.role == "unit":
        unit = filings.unit_of(session, actor.unit_id)
        names = set(organisations.unit_names(session, unit))
        yield from (one for one in _due(session, programme, month) if one.project.responsible_unit in names)
        return
    scope = scope_of(session, programme, viewer, last_day(int(month[:4]), int(month[5:])))
    yield from (one for one in _due(session, programme, month) if scope.sees(one.project_id))


def _due(session: Session, programme: Programme, month: str) -> Iterator[Due]:
    """Every project to be reported: a member under assessment, neither suspended nor finished before; and whatever
    was reported all the same."""
    number = int(month[5:])
    ids = {code: project_id for project_id, code in projects.codes(session, programme).items()}
    known = standings.facts(session, programme, month)
    reported = {
        project.code: record.ref
        for project in known.projects
        if (record := project.records.get(number)) is not None and not is_blank(record)
    }
    filed = _filed(session, reported.values())
    pending = _pending(session, programme, month)
    for project in known.projects:
        state = month_states(project.events, programme.year)[number - 1]
        project_id = ids[project.code]
        if project.code in reported:
            by, at, upload = filed[reported[project.code]]
            yield Due(project_id, project, "filed", by, at, upload)
        elif state.membership is Membership.MEMBER and state.state not in (State.COMPLETED, State.SUSPENDED):
            last = pending.get(project_id)
            if last is None:
                yield Due(project_id, project, "missing")
            elif last.state == "submitted":
                yield Due(project_id, project, "submitted", last.uploaded_by, last.uploaded_at, last.id)
            else:
                yield Due(
                    project_id,
                    project,
                    "returned",
                    last.returned_by,
                    last.returned_at,
                    last.id,
                    last.return_reason,
                )


def _filed(session: Session, refs: Iterable[int | None]) -> dict[int | None, tuple[str, datetime, int | None]]:
    """Of each record: who handed it in, when it came to count, by which upload."""
    wanted = sorted(ref for ref in refs if ref is not None)
    rows = session.exec(select(InspectionRevision).where(col(InspectionRevision.id).in_(wanted))).all()
    uploads = {row.upload_id for row in rows if row.upload_id is not None}
    names = dict(session.exec(select(Upload.id, Upload.uploaded_by).where(col(Upload.id).in_(uploads))).all())
    return {row.id: (names.get(row.upload_id, row.recorded_by), row.recorded_at, row.upload_id) for row in rows}


def _pending(session: Session, programme: Programme, month: str) -> dict[int, Any]:
    """Of each project that a unit filed and that does not count yet: its newest submission, handed in or given back."""
    columns = (
        Upload.id,
        Upload.state,
        Upload.project_ids,
        Upload.uploaded_by,
        Upload.uploaded_at,
        Upload.returned_by,
        Upload.returned_at,
        Upload.return_reason,
    )
    query = (
        select(*columns)  # type: ignore[call-overload]
        .where(Upload.programme_id == programme.id, Upload.month == month, col(Upload.unit_id).is_not(None))
        .where(col(Upload.state).in_(("submitted", "returned")))
        .order_by(Upload.id)
    )
    return {project_id: row for row in session.exec(query).all() for project_id in row.project_ids}


def _row(unit: str, due: list[Due]) -> dict[str, Any]:
    last = max((one for one in due if one.status == "filed" and one.at), key=lambda one: one.at or 0, default=None)
    return {
        "unit": unit,
        "due": len(due),
        **{status: sum(one.status == status for one in due) for status in LABELS},
        "last_filed_at": instant(last.at) if last else None,
        "last_filed_by": last.by if last else None,
        "projects": [
            {
                "project": one.project.code,
                "name": one.project.name,
                "class": one.project.group_class,
                "status": one.status,
                "status_label": LABELS[one.status],
                "filed_by": one.by or None,
                "filed_at": instant(one.at),
                "upload": one.upload,
                "reason": one.reason or None,
            }
            for one in sorted(due, key=lambda one: one.project.code)
        ],
    }


def _figures(
    session: Session, programme: Programme, month: str, project_ids: list[int], names: list[str]
) -> Mapping[int, tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    """Of each project: the form's fields of the month's record, and of the nearest month before with its month."""
    assert programme.id is not None
    records = newest(
        session,
        InspectionRevision,
        programme.id,
        col(InspectionRevision.project_id).in_(project_ids),
        col(InspectionRevision.month).between(f"{programme.year}-01", month),
    )
    found: dict[int, tuple[dict[str, Any] | None, dict[str, Any] | None]] = dict.fromkeys(project_ids, (None, None))
    for record in sorted(records, key=lambda record: record.month):
        said = {
            name: _text(getattr(record, column))
            for name in names
            if hasattr(record, column := RECORD_FIELDS.get(name, name))
        }
        if record.month == month:
            found[record.project_id] = (said, found[record.project_id][1])
        elif any(said.values()):
            found[record.project_id] = (None, {"month": record.month, **said})
    return found


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)
