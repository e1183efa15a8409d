"""One project's figures of one month, from sheets and entries together (月度督查记录).

Source: DESIGN §3, RULES §1, §2. A sheet is the whole truth of its own columns: a blank cell in a column it has makes
the value blank, also where an earlier sheet of the month had one; columns it has not keep what stands. So several
partial sheets of a month (figures from one, the teams' scores from another) make one record.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import Session, col

from app.audit import service as audit
from app.errors import Refused
from app.inspections.models import InspectionRevision, ServiceScoreRevision
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects.models import Project
from app.revisions import BOOKKEEPING, Difference, Standing, newest, newest_rows, revise, withdraw

FIELDS = frozenset(InspectionRevision.model_fields) - BOOKKEEPING - {"project_id", "month", "columns", "raw"}
BLANK = {
    name: field.get_default(call_default_factory=True)
    for name, field in InspectionRevision.model_fields.items()
    if name in FIELDS
}
INDICATOR = "indicator_points."  # before an indicator's name: a field of its own, kept with the others of its kind


def record(
    change: Change,
    project_id: int,
    month: str,
    values: Mapping[str, Any],
    columns: Iterable[str],
    *,
    raw: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    upload_id: int | None = None,
    standing: Standing[InspectionRevision] | None = None,
) -> Difference | None:
    """Merge a row or an entry into the month's record; None when it says what stands already.

    `columns` are the fields the sheet has a column for; a column without a value in `values` is blank. Points that a
    team gave by indicator are "indicator_points.投资完成", each a field of its own. `raw` keeps a cell's own text where
    it differs from the value. PeriodLocked when the month is locked and something would change.
    """
    _require_year(change, month)
    stated = set(columns) | set(values)
    plain = {name for name in stated if not name.startswith(INDICATOR)}
    if not plain <= FIELDS:
        raise ValueError(f"no such field of a month's record: {', '.join(sorted(plain - FIELDS))}")
    before = _standing(change, project_id, month, standing)
    merged: dict[str, Any] = {name: values.get(name, BLANK[name]) for name in plain}
    merged = {name: BLANK[name] if value is None else value for name, value in merged.items()}
    if by_indicator := stated - plain:
        merged["indicator_points"] = _points(before, {name: values.get(name) for name in by_indicator})
    merged["columns"] = sorted(stated | set(before.columns if before else ()))
    texts = {name: text for name, text in (before.raw if before else {}).items() if name not in stated}
    merged["raw"] = {**texts, **(raw or {})}
    written = revise(
        change,
        InspectionRevision,
        {"project_id": project_id, "month": month},
        merged,
        provenance=provenance or {name: {"entry": change.actor.name} for name in stated},
        upload_id=upload_id,
        standing=standing,
    )
    if written:
        programmes.require_unlocked(change.session, change.programme, [month])
    if written and upload_id is None:
        _note(change, "inspection.record", project_id, month, written)
    return written


def record_service(
    change: Change,
    project_id: int,
    month: str,
    values: Mapping[str, Any],
    *,
    provenance: Mapping[str, Any] | None = None,
    upload_id: int | None = None,
    standing: Standing[ServiceScoreRevision] | None = None,
) -> Difference | None:
    """What a team gave the responsible unit for its service (跟踪服务、推进速度); what is not named stays as it was.

    PeriodLocked when the month is locked and something would change.
    """
    _require_year(change, month)
    written = revise(
        change,
        ServiceScoreRevision,
        {"project_id": project_id, "month": month},
        values,
        provenance=provenance or {name: {"entry": change.actor.name} for name in values},
        upload_id=upload_id,
        standing=standing,
    )
    if written:
        programmes.require_unlocked(change.session, change.programme, [month])
    if written and upload_id is None:
        _note(change, "inspection.service", project_id, month, written)
    return written


def service_scores(
    session: Session, programme: Programme, month: str | None = None, known_at: datetime | None = None
) -> Sequence[ServiceScoreRevision]:
    """What teams gave for service, of one month or of all, in the order recorded."""
    assert programme.id is not None
    where = [] if month is None else [col(ServiceScoreRevision.month) == month]
    return newest(session, ServiceScoreRevision, programme.id, *where, known_at=known_at)


def withdraw_record(
    change: Change,
    project_id: int,
    month: str,
    *,
    undoes_upload_id: int | None = None,
    standing: Standing[InspectionRevision] | None = None,
) -> Difference | None:
    """Take a month's record back, as if no sheet had had the project."""
    written = withdraw(
        change,
        InspectionRevision,
        {"project_id": project_id, "month": month},
        undoes_upload_id=undoes_upload_id,
        standing=standing,
    )
    if written:
        programmes.require_unlocked(change.session, change.programme, [month])
    return written


def records_of(
    session: Session, programme: Programme, project_id: int, known_at: datetime | None = None
) -> list[InspectionRevision]:
    """A project's records with their provenance, by month."""
    assert programme.id is not None
    found = newest(
        session,
        InspectionRevision,
        programme.id,
        col(InspectionRevision.project_id) == project_id,
        known_at=known_at,
    )
    return sorted(found, key=lambda revision: revision.month)


def recorded_months(session: Session, programme: Programme, known_at: datetime | None = None) -> list[str]:
    """The months with at least one record that stands, in order: the committed months."""
    assert programme.id is not None
    rows = newest_rows(session, InspectionRevision, ["month"], programme.id, known_at=known_at)
    return sorted({row.month for row in rows})


def _points(before: InspectionRevision | None, stated: Mapping[str, Decimal | None]) -> dict[str, str]:
    """The points by indicator with the stated ones in; a blank takes an indicator's points out."""
    points = dict(before.indicator_points) if before else {}
    for name, given in stated.items():
        indicator = name.removeprefix(INDICATOR)
        if given is None:
            points.pop(indicator, None)
        else:
            points[indicator] = f"{given.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"
    return points


def _require_year(change: Change, month: str) -> None:
    if not month.startswith(f"{change.programme.year}-"):
        raise Refused(f"{month}不在{change.programme.year}年度内，请核对表格的月份或所选的年度计划。")


def _note(change: Change, action: str, project_id: int, month: str, written: Difference) -> None:
    """One entry on the trail for what was entered by hand; an upload is one act with its own."""
    project = change.session.get_one(Project, project_id)
    audit.append(
        change.session,
        change.actor,
        action,
        target=f"project {project.code}",
        programme=change.programme.code,
        detail={"month": month, "old": written.old, "new": written.new, "reason": change.reason},
        at=change.recorded_at,
    )


def _standing(
    change: Change, project_id: int, month: str, standing: Standing[InspectionRevision] | None
) -> InspectionRevision | None:
    if standing is not None:
        found = standing.get((project_id, month))
        return None if found is None or found.is_void else found
    assert change.programme.id is not None
    rows = newest(
        change.session,
        InspectionRevision,
        change.programme.id,
        col(InspectionRevision.project_id) == project_id,
        col(InspectionRevision.month) == month,
    )
    return rows[0] if rows else None
