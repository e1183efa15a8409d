"""Projects and what is planned, assigned and decided about them (项目、计划、责任、事件): the one way to record them.

Source: DESIGN §3, RULES §1, §3. Every function records a revision only where something differs (None: nothing did),
refuses what would move a locked month (PeriodLocked; the transaction it is part of must then be given up), and leaves
an audit entry of its own unless an upload records it, which is audited as one act.
What is locked is what a month's board is made of: plans, responsibilities, events, classes, decisions. Words that
describe a project (name, content, measures, …) may be put right at any time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, get_args

from sqlmodel import Session, col, select

from app.audit import service as audit
from app.errors import Conflict, NotFound, Refused
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects.models import (
    AssignmentRevision,
    EventRevision,
    LightDecision,
    MilestoneRevision,
    NameAlias,
    PlanRevision,
    Project,
    ProjectRevision,
)
from app.projects.schemas import AssignmentRole
from app.revisions import Difference, Standing, newest, newest_rows, revise, withdraw
from app.revisions import standing as load_standing
from scoring.facts import EventKind, Light, OutlookVerdict

ROLES: tuple[str, ...] = get_args(AssignmentRole)
UNSCORED_EVENTS = {EventKind.LEFT_CAMPAIGN, EventKind.MAJOR_CHANGE}  # they move no score, no light and no board
LEAVING_EVENTS = {EventKind.TRANSFERRED_OUT, EventKind.WITHDRAWN}  # in force from the next month's first day
DECISION_VALUES = {
    "override": {light.value for light in Light},
    "exemption": {""},
    "outlook": {verdict.value for verdict in OutlookVerdict},
}
PROPOSED = {"override": "proposed_override", "exemption": "proposed_exemption"}

Provenance = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role: the name as it stands, and the unit or official where it is known."""

    name: str
    unit_id: int | None = None
    official_id: int | None = None


# ---- registering and describing -------------------------------------------------------------------------------------


def register(
    change: Change,
    *,
    name: str,
    class_name: str,
    code: str | None = None,
    entered_on: date | None = None,
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    **facts: Any,
) -> Project:
    """Take a project into the programme. `entered_on`: taken in during the year (增补), which is recorded too.

    Without a code it gets the class's letter (A for the programme's first class) and the next running number; a
    registration that was undone gets its old code back. Without `entered_on` every month of the year is touched, so
    none may be locked. Raises Conflict when the code is taken, Refused when the class is unknown.
    """
    known_class(change.session, change.programme, class_name)
    _require_open(change, entered_on or date(change.programme.year, 1, 1))
    project = _identity(change, code, name, class_name)
    assert project.id is not None
    written = revise(
        change,
        ProjectRevision,
        {"project_id": project.id},
        {"name": name, "class_name": class_name, **facts},
        provenance=provenance,
        upload_id=upload_id,
    )
    if entered_on is not None:
        record_event(change, project.id, EventKind.ADDED, entered_on, reason="增补项目", upload_id=upload_id)
    _note(change, "project.register", project.id, written, upload_id)
    return project


def known_class(session: Session, programme: Programme, class_name: str) -> str:
    """The class's name; Refused when the programme has no such class."""
    names = programmes.class_names(session, programme)
    if class_name not in names:
        raise Refused(
            f"项目类别“{class_name}”不在{programme.name}的类别（{'、'.join(names) or '尚无'}）中，请先核对类别。"
        )
    return class_name


def _identity(change: Change, code: str | None, name: str, class_name: str) -> Project:
    """The project row to register under: a new one, or that of the same registration undone earlier."""
    undone = _undone_registrations(change)
    by_code = {known: project_id for project_id, known in codes(change.session, change.programme).items()}
    if code is None:
        matching = (row.project_id for row in undone.values() if (row.name, row.class_name) == (name, class_name))
        taken = next(matching, None)
        code = _next_code(by_code, programmes.class_names(change.session, change.programme).index(class_name))
    else:
        taken = by_code.get(code)
        if taken is not None and taken not in undone:
            raise Conflict(f"项目编号{code}已被使用，请换一个编号，或留空由系统编号。")
    if taken is not None:
        return change.session.get_one(Project, taken)
    project = Project(programme_id=_id(change.programme), code=code, created_at=change.recorded_at)
    change.session.add(project)
    change.session.flush()
    return project


def _undone_registrations(change: Change) -> dict[int, ProjectRevision]:
    ever = select(ProjectRevision.project_id).where(
        ProjectRevision.programme_id == _id(change.programme), col(ProjectRevision.is_void)
    )
    ids = set(change.session.exec(ever).all())
    if not ids:
        return {}
    found = load_standing(
        change.session, ProjectRevision, _id(change.programme), col(ProjectRevision.project_id).in_(ids)
    )
    return {row.project_id: row for row in found.values() if row.is_void}


def _next_code(codes: Iterable[str], class_place: int) -> str:
    letter = chr(ord("A") + min(class_place, 25))
    numbers = [int(found[1]) for code in codes if (found := re.fullmatch(rf"{letter}(\d+)", code))]
    return f"{letter}{max(numbers, default=0) + 1:03d}"


def record_project(
    change: Change,
    project_id: int,
    values: Mapping[str, Any],
    *,
    effective_on: date | None = None,
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    standing: Standing[ProjectRevision] | None = None,
) -> Difference | None:
    """Describe the project anew. A name given up is kept among `former_names`.

    A change of class or level holds from `effective_on` on, and the months before keep what they had; without a day
    it corrects what was wrong all along.
    """
    before = _described(change, project_id, standing)
    wanted = dict(values)
    if wanted.get("name", before.name) != before.name:
        wanted["former_names"] = [*before.former_names, before.name]
    group = {name: str(wanted.get(name, getattr(before, name))) for name in ("class_name", "level")}
    moved = any(value != getattr(before, name) for name, value in group.items())
    if moved:
        known_class(change.session, change.programme, group["class_name"])
        earlier = [dict(entry) for entry in before.earlier_groups]
        if effective_on is not None:
            last_day = effective_on - timedelta(days=1)
            stood = group_on(before, last_day)
            earlier = [entry for entry in earlier if entry["until"] < last_day.isoformat()]
            earlier.append({"until": last_day.isoformat(), "class_name": stood[0], "level": stood[1]})
            wanted["earlier_groups"] = earlier
        since = max((date.fromisoformat(entry["until"]) + timedelta(days=1) for entry in earlier), default=None)
        _require_open(change, since or date(change.programme.year, 1, 1))
    written = revise(
        change,
        ProjectRevision,
        {"project_id": project_id},
        wanted,
        provenance=provenance,
        upload_id=upload_id,
        standing=standing,
    )
    _note(change, "project.describe", project_id, written, upload_id)
    return written


def group_on(revision: Any, day: date) -> tuple[str, str]:
    """Class and level (类别、级别) on a day, of a ProjectRevision or a row with its columns."""
    for entry in revision.earlier_groups:
        if day.isoformat() <= entry["until"]:
            return entry["class_name"], entry["level"]
    return revision.class_name, revision.level


def withdraw_project(change: Change, project_id: int, *, undoes_upload_id: int | None = None) -> Difference | None:
    """Undo a registration: the project does not exist any more, its code stays reserved for it."""
    _require_open(change, date(change.programme.year, 1, 1))
    written = withdraw(change, ProjectRevision, {"project_id": project_id}, undoes_upload_id=undoes_upload_id)
    _note(change, "project.withdraw", project_id, written, undoes_upload_id)
    return written


# ---- plan, nodes, responsibilities ----------------------------------------------------------------------------------


def record_plan(
    change: Change,
    project_id: int,
    values: Mapping[str, Any],
    *,
    effective_on: date | None = None,
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    standing: Standing[PlanRevision] | None = None,
) -> Difference | None:
    """Record the plan in force from `effective_on` (default: the year's first day, the original plan).

    A later version says everything anew and needs a reason (the change's) and an approver, unless a sheet brings it.
    """
    first_day = date(change.programme.year, 1, 1)
    effective_on = effective_on or first_day
    if effective_on > first_day and upload_id is None and not (change.reason and values.get("approver")):
        raise Refused("调整年度计划须写明调整原因和批准人，请补充后再提交。")
    written = revise(
        change,
        PlanRevision,
        {"project_id": project_id, "effective_on": effective_on},
        values,
        provenance=provenance,
        upload_id=upload_id,
        standing=standing,
    )
    if written:
        _require_open(change, effective_on)
    _note(change, "project.plan", project_id, written, upload_id)
    return written


def record_milestone(
    change: Change,
    project_id: int,
    name: str,
    values: Mapping[str, Any],
    *,
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    standing: Standing[MilestoneRevision] | None = None,
) -> Difference | None:
    """Record a node: when due, when done, when it is forecast. A forecast may be entered at any time."""
    written = revise(
        change,
        MilestoneRevision,
        {"project_id": project_id, "name": name},
        values,
        provenance=provenance,
        upload_id=upload_id,
        standing=standing,
    )
    if written:
        days = [
            day
            for field in ("due_on", "done_on")
            if field in written.new
            for day in (written.old.get(field), written.new[field])
            if day is not None
        ]
        if days:
            _require_open(change, min(days))
    _note(change, "project.milestone", project_id, written, upload_id)
    return written


def record_assignment(
    change: Change,
    project_id: int,
    role: str,
    holder: str,
    *,
    from_on: date,
    to_on: date | None = None,
    unit_id: int | None = None,
    official_id: int | None = None,
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    standing: Standing[AssignmentRevision] | None = None,
) -> Difference | None:
    """Give a role to a holder from a day on. Nothing is written when the holder has it on that day already."""
    _known_role(role)
    held = _assignments_of(change, project_id, role, standing)
    if to_on is None and any(row.holder == holder and _holds(row, from_on) for row in held):
        return None
    written = revise(
        change,
        AssignmentRevision,
        {"project_id": project_id, "role": role, "holder": holder, "from_on": from_on},
        {"to_on": to_on, "unit_id": unit_id, "official_id": official_id},
        provenance=provenance,
        upload_id=upload_id,
        standing=standing,
    )
    if written:
        ends = [end for end in (written.old.get("to_on"), to_on) if end is not None]
        _require_open(change, from_on if written.is_first or not ends else min(ends) + timedelta(days=1), until=to_on)
    _note(change, "project.assign", project_id, written, upload_id)
    return written


def replace_assignment(
    change: Change,
    project_id: int,
    role: str,
    holders: Sequence[Holder],
    *,
    on: date,
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    standing: Standing[AssignmentRevision] | None = None,
) -> Difference | None:
    """From `on` these and no others hold the role: a sheet's column is the whole truth of its role.

    Who holds it otherwise ends the day before; a later change already recorded stays. The Difference names the
    holders before and after.
    """
    _known_role(role)
    rows = _assignments_of(change, project_id, role, standing)
    held = [row for row in rows if _holds(row, on)]
    wanted = {holder.name: holder for holder in holders}
    before = [row.holder for row in held]
    if set(before) == set(wanted):
        return None
    _require_open(change, on)
    last_day = on - timedelta(days=1)
    for row in held:
        if row.holder in wanted:
            continue
        key = {"project_id": project_id, "role": role, "holder": row.holder, "from_on": row.from_on}
        if row.from_on >= on:
            withdraw(change, AssignmentRevision, key, upload_id=upload_id, standing=standing)
        else:
            revise(change, AssignmentRevision, key, {"to_on": last_day}, upload_id=upload_id, standing=standing)
    later = min((row.from_on for row in rows if row.from_on > on), default=None)
    for holder in wanted.values():
        if holder.name not in before:
            revise(
                change,
                AssignmentRevision,
                {"project_id": project_id, "role": role, "holder": holder.name, "from_on": on},
                {
                    "to_on": None if later is None else later - timedelta(days=1),
                    "unit_id": holder.unit_id,
                    "official_id": holder.official_id,
                },
                provenance=provenance,
                upload_id=upload_id,
                standing=standing,
            )
    written = Difference(old={role: before}, new={role: list(wanted)}, is_first=not before)
    _note(change, "project.assign", project_id, written, upload_id)
    return written


def _assignments_of(
    change: Change, project_id: int, role: str, standing: Standing[AssignmentRevision] | None
) -> list[AssignmentRevision]:
    """Every assignment of the role to the project that stands, past and future ones too."""
    if standing is not None:
        return [
            row for row in standing.values() if row.project_id == project_id and row.role == role and not row.is_void
        ]
    return list(
        newest(
            change.session,
            AssignmentRevision,
            _id(change.programme),
            col(AssignmentRevision.project_id) == project_id,
            col(AssignmentRevision.role) == role,
        )
    )


def _holds(row: Any, day: date) -> bool:
    return row.from_on <= day and (row.to_on is None or day <= row.to_on)


def _known_role(role: str) -> None:
    if role not in ROLES:
        raise ValueError(f"{role!r} is no assignment role")


# ---- events and decisions -------------------------------------------------------------------------------------------


def record_event(
    change: Change,
    project_id: int,
    kind: str,
    on: date,
    *,
    reason: str = "",
    approver: str = "",
    months: Sequence[int] = (),
    provenance: Provenance | None = None,
    upload_id: int | None = None,
    standing: Standing[EventRevision] | None = None,
) -> Difference | None:
    """Record a dated event (增补 暂缓 复工 …) with its reason. The same kind on the same day is one event."""
    event = _event_kind(kind)
    reason = (reason or change.reason).strip()
    if not reason:
        raise Refused("项目事件须写明原因，请补充后再提交。")
    if months and (event is not EventKind.EXEMPT or any(not 1 <= month <= 12 for month in months)):
        raise Refused("只有免考可以写明月份，月份应为1—12，请核对。")
    written = revise(
        change,
        EventRevision,
        {"project_id": project_id, "kind": event.value, "on": on},
        {"months": sorted(set(months)), "approver": approver},
        provenance=provenance,
        upload_id=upload_id,
        standing=standing,
        reason=reason,
    )
    if written:
        _require_event_open(change, event, on, [*months, *(written.old.get("months") or [])])
    _note(change, "project.event", project_id, written, upload_id, kind=event.value, on=on, reason=reason)
    return written


def withdraw_event(
    change: Change,
    project_id: int,
    kind: str,
    on: date,
    *,
    upload_id: int | None = None,
    undoes_upload_id: int | None = None,
    standing: Standing[EventRevision] | None = None,
) -> Difference | None:
    """Take an event back that should not stand."""
    event = _event_kind(kind)
    written = withdraw(
        change,
        EventRevision,
        {"project_id": project_id, "kind": event.value, "on": on},
        upload_id=upload_id,
        undoes_upload_id=undoes_upload_id,
        standing=standing,
    )
    if written:
        _require_event_open(change, event, on, written.old["months"])
    _note(change, "project.event_withdraw", project_id, written, undoes_upload_id or upload_id, kind=event.value, on=on)
    return written


def _event_kind(kind: str) -> EventKind:
    try:
        return EventKind(kind)
    except ValueError:
        raise Refused(f"没有“{kind}”这种项目事件，请从{'、'.join(EventKind)}中选择。") from None


def _require_event_open(change: Change, kind: EventKind, on: date, months: Sequence[int]) -> None:
    if kind in UNSCORED_EVENTS:
        return
    if months:
        year = change.programme.year
        programmes.require_unlocked(change.session, change.programme, [f"{year}-{month:02d}" for month in set(months)])
    elif kind is EventKind.EXEMPT:
        _require_open(change, on, until=on)
    elif kind in LEAVING_EVENTS:
        _require_open(change, (on.replace(day=28) + timedelta(days=4)).replace(day=1))
    else:
        _require_open(change, on)


def record_light_decision(
    change: Change,
    project_id: int,
    month: str,
    kind: str,
    value: str,
    *,
    reason: str,
    approver: str,
) -> Difference | None:
    """人工认定 (override), 免亮灯 (exemption) or 办公室认定 (outlook) for a month, with reason and approver."""
    if value not in DECISION_VALUES.get(kind, set()):
        raise Refused(f"认定“{kind}”不能取“{value}”，请核对认定种类和结果。")
    if not reason.strip() or not approver.strip():
        raise Refused("人工认定、免亮灯须写明理由和批准人，请补充后再提交。")
    written = revise(
        change,
        LightDecision,
        {"project_id": project_id, "month": month, "kind": kind},
        {"value": value, "approver": approver},
        reason=reason,
    )
    if written:
        programmes.require_unlocked(change.session, change.programme, [month])
    _note(change, "project.light_decision", project_id, written, None, kind=kind, month=month, reason=reason)
    return written


def propose_light_decision(
    change: Change, project_id: int, month: str, kind: str, value: str, *, reason: str
) -> Difference | None:
    """What the office asks for (override or exemption): it moves nothing until somebody approves it."""
    if kind not in PROPOSED or value not in DECISION_VALUES[kind]:
        raise Refused(f"认定“{kind}”不能取“{value}”，请核对认定种类和结果。")
    if not reason.strip():
        raise Refused("人工认定、免亮灯须写明理由，请补充后再提交。")
    programmes.require_unlocked(change.session, change.programme, [month])
    key = {"project_id": project_id, "month": month, "kind": PROPOSED[kind]}
    written = revise(change, LightDecision, key, {"value": value, "approver": ""}, reason=reason)
    _note(change, "project.light_proposal", project_id, written, None, kind=kind, month=month)
    return written


def withdraw_light_proposal(change: Change, project_id: int, month: str, kind: str) -> Difference | None:
    """Take back what was asked for, or set it aside because it was decided."""
    key = {"project_id": project_id, "month": month, "kind": PROPOSED[kind]}
    written = withdraw(change, LightDecision, key)
    _note(change, "project.light_proposal_withdraw", project_id, written, None, kind=kind, month=month)
    return written


def light_decisions(session: Session, programme: Programme, month: str) -> Sequence[LightDecision]:
    """What stands of a month, proposals included, and every 办公室认定 of the year up to it, in the order recorded."""
    year = f"{programme.year}-01"
    found = newest(session, LightDecision, _id(programme), col(LightDecision.month).between(year, month))
    return [one for one in found if one.month == month or one.kind == "outlook"]


def withdraw_light_decision(change: Change, project_id: int, month: str, kind: str) -> Difference | None:
    """Take a decision back; the rules' own light shows again."""
    written = withdraw(change, LightDecision, {"project_id": project_id, "month": month, "kind": kind})
    if written:
        programmes.require_unlocked(change.session, change.programme, [month])
    _note(change, "project.light_decision_withdraw", project_id, written, None, kind=kind, month=month)
    return written


def record_alias(
    change: Change,
    project_id: int,
    alias: str,
    *,
    upload_id: int | None = None,
    standing: Standing[NameAlias] | None = None,
) -> Difference | None:
    """Remember that a sheet's name means this project."""
    written = revise(
        change, NameAlias, {"alias": alias}, {"project_id": project_id}, upload_id=upload_id, standing=standing
    )
    _note(change, "project.alias", project_id, written, upload_id, alias=alias)
    return written


# ---- reading --------------------------------------------------------------------------------------------------------


def current(session: Session, programme: Programme, known_at: datetime | None = None) -> list[ProjectRevision]:
    """What each project of the programme is, in the order registered; withdrawn registrations are left out."""
    found = newest(session, ProjectRevision, _id(programme), known_at=known_at)
    return sorted(found, key=lambda revision: revision.project_id)


def codes(session: Session, programme: Programme) -> dict[int, str]:
    """Every project's code by id, withdrawn registrations included."""
    rows = session.exec(select(Project.id, Project.code).where(Project.programme_id == _id(programme))).all()
    return {project_id: code for project_id, code in rows if project_id is not None}


def find(
    session: Session,
    programme: Programme,
    code_or_name: str,
    known_at: datetime | None = None,
    *,
    among: AbstractSet[int] | None = None,
) -> Project:
    """The project of this code or exact name. NotFound when there is none, Conflict when several bear the name.

    `among`: no others exist for who asks, whatever they are called.
    """
    by_id = codes(session, programme)
    live = [row for row in current(session, programme, known_at) if among is None or row.project_id in among]
    found = [row for row in live if by_id[row.project_id] == code_or_name]
    found = found or [row for row in live if row.name == code_or_name]
    if not found:
        raise NotFound(f"{programme.name}中没有编号或名称为“{code_or_name}”的项目，请核对编号或全称。")
    if len(found) > 1:
        listed = "、".join(by_id[row.project_id] for row in found)
        raise Conflict(f"名称“{code_or_name}”对应多个项目（{listed}），请改用项目编号。")
    project = session.get(Project, found[0].project_id)
    assert project is not None
    return project


def require(session: Session, programme: Programme, project_id: int) -> ProjectRevision:
    """What the project is. NotFound where the programme has no such project, or its registration was undone."""
    found = newest(session, ProjectRevision, _id(programme), col(ProjectRevision.project_id) == project_id)
    if not found:
        raise NotFound("项目不存在或登记已撤销，请核对项目编号。")
    return found[0]


def holders_on(rows: Iterable[Any], day: date) -> dict[str, list[Any]]:
    """Who held each role on a day, by role, the longest-serving first. Rows are AssignmentRevision or its columns."""
    held: dict[str, list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.from_on, row.id or 0)):
        if _holds(row, day):
            held.setdefault(row.role, []).append(row)
    return held


def first_holders(
    session: Session, programme: Programme, role: str, days: Iterable[date], known_at: datetime | None = None
) -> dict[tuple[int, date], Any]:
    """Who held a role first, by project id and day: columns `holder` and `unit_id`. Absent where nobody did."""
    names = ["id", "project_id", "role", "holder", "unit_id", "from_on", "to_on"]
    of_role = col(AssignmentRevision.role) == role
    held: dict[int, list[Any]] = {}
    for row in newest_rows(session, AssignmentRevision, names, _id(programme), of_role, known_at=known_at):
        held.setdefault(row.project_id, []).append(row)
    return {
        (project_id, day): holders[0]
        for day in days
        for project_id, rows in held.items()
        if (holders := holders_on(rows, day).get(role))
    }


def natures(session: Session, programme: Programme, known_at: datetime | None = None) -> dict[int, str]:
    """新建, 续建 or empty, by project id."""
    rows = newest_rows(session, ProjectRevision, ["project_id", "nature"], _id(programme), known_at=known_at)
    return {row.project_id: row.nature for row in rows}


def assigned_project_ids(
    session: Session,
    programme: Programme,
    day: date,
    roles: Iterable[str],
    *,
    unit_id: int | None = None,
    official_id: int | None = None,
    names: Iterable[str] = (),
    known_at: datetime | None = None,
) -> set[int]:
    """Ids of the projects that the unit or official holds in one of the roles on a day: what row scope rests on.

    A row without an id (the register did not know the unit when the sheet came) is held by whoever bears its name.
    """
    spellings = set(names)
    rows = newest(
        session,
        AssignmentRevision,
        _id(programme),
        col(AssignmentRevision.role).in_(list(roles)),
        known_at=known_at,
    )
    return {
        row.project_id
        for row in rows
        if _holds(row, day)
        and (
            (unit_id is not None and row.unit_id == unit_id)
            or (official_id is not None and row.official_id == official_id)
            or (row.unit_id is None and row.official_id is None and row.holder in spellings)
        )
    }


@dataclass(frozen=True, slots=True)
class FiveOnesItem:
    name: str
    ok: bool
    value: str


def five_ones(holders: Mapping[str, Sequence[str]], measures: str) -> list[FiveOnesItem]:
    """「五个一」: one sponsoring leader, one responsible unit, one leadership member, at least two staff, one measure.

    Source: the client's text on 挂钩帮扶. `holders` are names by role; each item says what it found.
    """

    def exactly_one(name: str, role: str) -> FiveOnesItem:
        found = holders.get(role, ())
        return FiveOnesItem(name, len(found) == 1, "、".join(found) or "未明确")

    staff = holders.get("service_staff", ())
    return [
        exactly_one("一名包挂领导", "lead_official"),
        exactly_one("一个主要责任单位", "responsible_unit"),
        exactly_one("一名班子成员", "team_leader"),
        FiveOnesItem("一组服务人员（不少于2人）", len(staff) >= 2, "、".join(staff) or "未明确"),
        FiveOnesItem("一套推进措施", bool(measures.strip()), measures.strip() or "未填写"),
    ]


# ---- what all of them share -----------------------------------------------------------------------------------------


def _id(programme: Programme) -> int:
    assert programme.id is not None
    return programme.id


def _described(change: Change, project_id: int, standing: Standing[ProjectRevision] | None) -> ProjectRevision:
    if standing is None:
        return require(change.session, change.programme, project_id)
    found = standing.get((project_id,))
    if found is None or found.is_void:
        raise NotFound("项目不存在或登记已撤销，请核对项目编号。")
    return found


def _require_open(change: Change, since: date, *, until: date | None = None) -> None:
    """PeriodLocked when a month of the programme's year from `since` (to `until`) is locked."""
    year = change.programme.year
    first = 1 if since.year < year else since.month
    last = until.month if until is not None and until.year == year else 12
    if since.year > year or (until is not None and until.year < year):
        return
    months = [f"{year}-{month:02d}" for month in range(first, last + 1)]
    programmes.require_unlocked(change.session, change.programme, months)


def _note(
    change: Change, action: str, project_id: int, written: Difference | None, upload_id: int | None, **more: Any
) -> None:
    """One audit entry with what was and what is, for acts that no upload stands for."""
    if written is None or upload_id is not None:
        return
    project = change.session.get(Project, project_id)
    detail = {"reason": change.reason, **more, "old": written.old, "new": written.new}
    audit.append(
        change.session,
        change.actor,
        action,
        target="" if project is None else f"project {project.code}",
        programme=change.programme.code,
        detail=detail,
        at=change.recorded_at,
    )
