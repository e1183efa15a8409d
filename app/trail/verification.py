"""核对完整性: run every check of stored data, say what is wrong, and put the result on the trail.

The checks themselves are `app/verifications.py`, which stands to the right and is handed in.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import DatabaseError, NoResultFound
from sqlmodel import Session, col, select

from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.evidence.service import instant
from app.trail.entries import local_time
from app.trail.wording import plain

ACTION = "audit.verify"
MOST_NAMED = 100  # faults that the trail names; their number is always whole

log = logging.getLogger(__name__)

Verification = Callable[[Session], list[str]]


def verify(
    database: Database, actor: Actor, verifications: Sequence[Verification], *, at: datetime | None = None
) -> dict[str, Any]:
    """What was found; `is_recorded` is False where the trail is so broken that nothing can be added to it."""
    with database.read() as session:
        faults = [fault for verification in verifications for fault in verification(session)]
        remarks = audit.remarks(session) if not faults else []  # of a chain that is whole
        entries = session.exec(select(func.count()).select_from(AuditEntry)).one()
    detail = {"count": len(faults), "entries": entries, "faults": faults[:MOST_NAMED], "remarks": remarks}
    try:
        with database.write() as session:
            audit.append(session, actor, ACTION, detail=detail, at=at)
        is_recorded = True
    except (DatabaseError, NoResultFound):
        log.exception("a verification could not be put on the trail")
        is_recorded = False
    return {"ok": not faults, "faults": faults, "remarks": remarks, "entries": entries, "is_recorded": is_recorded}


def last(session: Session) -> dict[str, Any] | None:
    """The last verification on the trail: when, by whom, with which result; None before the first."""
    query = select(AuditEntry).where(AuditEntry.action == ACTION).order_by(col(AuditEntry.number).desc()).limit(1)
    entry = session.exec(query).first()
    if entry is None or "count" not in entry.detail:
        return None
    return {
        "number": entry.number,
        "at": instant(entry.at),
        "at_words": local_time(entry.at),
        "by": plain(entry.actor_name),
        "ok": entry.detail["count"] == 0,
        "count": entry.detail["count"],
        "entries": entry.detail["entries"],
        "faults": [plain(fault) for fault in entry.detail["faults"]],
        "remarks": [plain(remark) for remark in entry.detail["remarks"]],
    }
