"""Who has an upload now (退回、转交、放弃): what becomes of it short of a commit.

Source: DESIGN §4: an upload with open questions can be saved, handed to a colleague, resumed; a unit's is accepted or
returned with a reason. Each act is one transaction with its own entry on the trail.
"""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from app.accounts import service as accounts
from app.accounts.service import require_role
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict, Refused
from app.evidence import service as evidence
from app.programmes import service as programmes
from app.uploads.access import FILERS, OFFICE, OPEN, found, require_open
from app.uploads.trail import note
from app.uploads.views import view


def give_back(
    database: Database, actor: Actor, upload_id: int, reason: str, *, at: datetime | None = None
) -> dict[str, Any]:
    """退回单位报送的表: the unit sees the reason and may file again. Nothing of it counts."""
    require_role(actor, *OFFICE)
    if not reason.strip():
        raise Refused("退回要写明原因，让单位知道改什么，请填写后再提交。")
    with database.write() as session:
        upload, programme = found(session, upload_id, actor, *OFFICE, lock=True)
        require_open(upload)
        if upload.unit_id is None:
            raise Conflict("这不是单位报送的表，不能退回；不要的可以放弃。")
        upload.state = "returned"
        upload.returned_at, upload.returned_by = at or datetime.now(UTC), actor.name
        upload.return_reason = reason.strip()
        session.add(upload)
        detail = {"file": upload.filename, "unit": upload.unit_name, "reason": upload.return_reason}
        note(session, actor, "upload.return", upload, programme, detail, at)
        return view(upload, programme, actor)


def hand_over(
    database: Database, actor: Actor, upload_id: int, to: str, *, at: datetime | None = None
) -> dict[str, Any]:
    """转交: a colleague of the office is to answer and decide from now on; everybody in the office still may."""
    with database.write() as session:
        upload, programme = found(session, upload_id, actor, *OFFICE, lock=True)
        require_open(upload)
        receiver = accounts.actor_named(session, to)
        if receiver.role not in OFFICE or receiver.organisation_id not in (None, programme.organisation_id):
            raise Refused(f"“{receiver.name}”不是办公室的账号，不能转交，请从办公室人员中选择。")
        upload.handed_to, upload.handed_by = receiver.name, actor.name
        upload.handed_at = at or datetime.now(UTC)
        session.add(upload)
        detail = {"to": receiver.name, "questions": upload.counts.get("questions", 0)}
        note(session, actor, "upload.hand_over", upload, programme, detail, at)
        return view(upload, programme, actor)


def colleagues(session: Session, actor: Actor, programme_code: str) -> list[dict[str, str]]:
    """Whom an upload may be handed over to."""
    require_role(actor, *OFFICE)
    programme = programmes.get(session, programme_code, actor)
    return [
        {"name": account.name, "role": account.role, "role_label": accounts.ROLES[account.role]}
        for account in accounts.enabled(session, *OFFICE)
        if account.organisation_id in (None, programme.organisation_id)
    ]


def discard(database: Database, actor: Actor, upload_id: int, *, at: datetime | None = None) -> dict[str, Any]:
    """放弃: a try nobody wants any more, or a unit's own submission. Its file goes unless another upload has it."""
    with database.write() as session:
        upload, programme = found(session, upload_id, actor, *FILERS, lock=True)
        is_own = (actor.role == "unit") == (upload.unit_id is not None)
        if upload.state not in (*OPEN, "returned"):
            require_open(upload)
        if not is_own:
            raise Conflict("这是单位报送的表，办公室不采用时请退回，由单位自行放弃。")
        sha256, upload.sha256 = upload.sha256, None
        upload.state = "discarded"
        upload.discarded_at, upload.discarded_by = at or datetime.now(UTC), actor.name
        upload.reading = upload.preview = ""
        session.add(upload)
        session.flush()
        if sha256 is not None:
            evidence.remove_unused(session, sha256)
        note(session, actor, "upload.discard", upload, programme, {"file": upload.filename, "sha256": sha256}, at)
        return view(upload, programme, actor)
