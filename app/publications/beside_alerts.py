"""What stands beside a month's alerts on the page, in one answer (风险预警的另一半): changes, decisions, the record.

Source: DESIGN §2 (one page = at most two calls), RULES §5, §6. Each part has its own address for scripts.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from app.alerts import decisions
from app.audit.service import Actor
from app.programmes.models import Programme
from app.publications import service, track_records
from app.publications.alert_changes import changes
from app.publications.memory import Memory
from app.publications.scope import scope_of, viewer_of
from scoring.periods import last_day

SEE_ASKED = ("office", "office_head", "auditor")  # who is shown what is only asked for


def month_changes(
    session: Session,
    actor: Actor,
    programme: Programme,
    month: str,
    as_of: date | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """预警变化 of the projects the actor may see. Raises Malformed, Forbidden."""
    shown = service.alerts(session, actor, programme, month, as_of, memory=memory)
    previous = shown["previous_month"]
    before = None if previous is None else service.alerts(session, actor, programme, previous, as_of, memory=memory)
    return changes(shown, before)


def month_decisions(session: Session, actor: Actor, programme: Programme, month: str) -> dict[str, Any]:
    """认定与免亮灯 of a month, of the projects the actor may see; what is only asked for, for the office alone."""
    viewer = viewer_of(session, actor)
    wanted = service.period_of(programme, month)
    scope = scope_of(session, programme, viewer, last_day(programme.year, wanted.months[-1]))
    rows = [
        row
        for row in decisions.listing(session, programme, month)
        if scope.sees(row["project_id"]) and (actor.role in SEE_ASKED or not row["is_asked"])
    ]
    return {
        "programme": programme.code,
        "month": month,
        "rows": rows,
        "total": len(rows),
        "reasons": decisions.reasons(session, programme, month),
    }


def beside(
    session: Session,
    actor: Actor,
    programme: Programme,
    month: str,
    as_of: date | None = None,
    *,
    memory: Memory | None = None,
) -> Mapping[str, Any]:
    """All of it. As of an earlier day there are the changes of that day alone: the rest speaks of what is known now."""
    found: dict[str, Any] = {
        "changes": month_changes(session, actor, programme, month, as_of, memory=memory),
        "decisions": None,
        "record": None,
        "not_judged": decisions.not_judged(session, programme, month),
    }
    if as_of is None:
        found["decisions"] = month_decisions(session, actor, programme, month)
        found["record"] = track_records.track_record(session, actor, programme, month, memory=memory)
    return found
