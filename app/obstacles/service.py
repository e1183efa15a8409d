"""Obstacles (存在问题) as facts: raised, pushed up a level, decided on, closed (三级推动、销号).

Source: DESIGN §3, RULES §5. The ledger's workflow (交办, 办结反馈) comes with 问题交办 and rests on these.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from app.audit import service as audit
from app.errors import Conflict, NotFound, Refused
from app.obstacles.models import ObstacleRevision
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects.models import Project
from app.revisions import newest, revise

LEVELS = (1, 2, 3)


def raise_obstacle(
    change: Change,
    project_id: int,
    *,
    kind: str,
    text: str,
    raised_on: date,
    due_on: date | None = None,
    unit: str = "",
    level: int = 1,
    provenance: Mapping[str, Any] | None = None,
    upload_id: int | None = None,
) -> ObstacleRevision:
    """Enter a new obstacle under the programme's next number."""
    _known_level(level)
    if due_on is not None and due_on < raised_on:
        raise Refused(f"办结期限{due_on}早于提出日期{raised_on}，请核对日期。")
    assert change.programme.id is not None
    last = change.session.exec(
        select(func.max(ObstacleRevision.number)).where(ObstacleRevision.programme_id == change.programme.id)
    ).one()
    values = {
        "project_id": project_id,
        "kind": kind,
        "text": text,
        "unit": unit,
        "raised_on": raised_on,
        "due_on": due_on,
        "levels": [[raised_on.isoformat(), level]],
    }
    return _record(change, (last or 0) + 1, values, "raise", raised_on, provenance=provenance, upload_id=upload_id)


def set_level(change: Change, number: int, level: int, on: date) -> ObstacleRevision:
    """Push the obstacle to another level from a day on."""
    _known_level(level)
    before = open_obstacle(change, number)
    steps = [step for step in before.levels if str(step[0]) < on.isoformat()]
    return _record(change, number, {"levels": [*steps, [on.isoformat(), level]]}, "level", on)


def record_decision(change: Change, number: int, decision: str, due_on: date, on: date) -> ObstacleRevision:
    """What the level-3 meeting of `on` decided, and by when it is to be carried out."""
    open_obstacle(change, number)
    return _record(change, number, {"decision": decision, "decision_due_on": due_on}, "decide", on)


def set_due(change: Change, number: int, due_on: date, on: date) -> ObstacleRevision:
    """Give the obstacle another due day, as agreed on `on`; the change's reason says why."""
    open_obstacle(change, number)
    return _record(change, number, {"due_on": due_on}, "due", on)


def close_out(change: Change, number: int, on: date) -> ObstacleRevision:
    """销号: close the obstacle on a day. Conflict when it is closed already."""
    before = open_obstacle(change, number)
    if on < before.raised_on:
        raise Refused(f"销号日期{on}早于提出日期{before.raised_on}，请核对日期。")
    return _record(change, number, {"closed_on": on}, "close_out", on)


def obstacle(session: Session, programme: Programme, number: int) -> ObstacleRevision:
    """The obstacle as it stands. Raises NotFound."""
    assert programme.id is not None
    found = newest(session, ObstacleRevision, programme.id, col(ObstacleRevision.number) == number)
    if not found:
        raise NotFound(f"没有第{number}号问题，请核对问题编号。")
    return found[0]


def obstacles_of(
    session: Session, programme: Programme, project_id: int, known_at: datetime | None = None
) -> Sequence[ObstacleRevision]:
    """A project's obstacles, the latest raised first."""
    assert programme.id is not None
    found = newest(session, ObstacleRevision, programme.id, known_at=known_at)
    mine = [row for row in found if row.project_id == project_id]
    return sorted(mine, key=lambda row: (row.raised_on, row.number), reverse=True)


def open_obstacle(change: Change, number: int) -> ObstacleRevision:
    """The obstacle as it stands. Conflict when it is closed."""
    before = obstacle(change.session, change.programme, number)
    if before.closed_on is not None:
        raise Conflict(f"第{number}号问题已于{before.closed_on}销号，不能再改。如需改动，请先撤销销号。")
    return before


def _known_level(level: int) -> None:
    if level not in LEVELS:
        raise Refused(f"问题级别应为1、2、3级，不能是{level}。")


def _record(
    change: Change,
    number: int,
    values: Mapping[str, Any],
    act: str,
    on: date,
    *,
    provenance: Mapping[str, Any] | None = None,
    upload_id: int | None = None,
) -> ObstacleRevision:
    written = revise(change, ObstacleRevision, {"number": number}, values, provenance=provenance, upload_id=upload_id)
    after = obstacle(change.session, change.programme, number)
    if written is None:
        return after
    if on.year == change.programme.year:
        programmes.require_unlocked(change.session, change.programme, [f"{on:%Y-%m}"])
    if upload_id is None:
        project = change.session.get_one(Project, after.project_id)
        audit.append(
            change.session,
            change.actor,
            f"obstacle.{act}",
            target=f"obstacle {number}, project {project.code}",
            programme=change.programme.code,
            detail={"on": on, "old": written.old, "new": written.new, "reason": change.reason},
            at=change.recorded_at,
        )
    return after
