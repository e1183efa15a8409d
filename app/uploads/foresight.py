"""What undoing an upload would do, said before anybody does it (撤销前核对): the undoing itself, rolled back."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from app.audit.service import Actor
from app.database import Database
from app.errors import PeriodLocked
from app.programmes import service as programmes
from app.uploads import access, undo
from app.uploads.models import Upload


def revert_preview(database: Database, actor: Actor, upload_id: int, *, at: datetime | None = None) -> dict[str, Any]:
    """{"restored", "withdrawn", "kept", "refusal"}: the counts of `revert`, what was stated since and would stay.

    `refusal` is the sentence why it cannot be undone (period locked, nothing committed), else None. Nothing is stored.
    """
    nothing: dict[str, Any] = {"restored": 0, "withdrawn": 0, "kept": []}
    with database.write() as session:
        upload, programme = access.found(session, upload_id, actor, *access.OFFICE)
        if upload.state != "committed":
            return nothing | {"refusal": "这张表现在没有写入的数据，不需要撤销。"}
        uploads = session.exec(
            select(Upload).where(Upload.programme_id == programme.id).order_by(col(Upload.committed_at))
        ).all()
        savepoint = session.begin_nested()
        try:
            change = programmes.begin_change(session, programme, actor, at=at)
            return undo.undo(change, upload, uploads) | {"refusal": None}
        except PeriodLocked as locked:
            return nothing | {"refusal": locked.message}
        finally:
            savepoint.rollback()
