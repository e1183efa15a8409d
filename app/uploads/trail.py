"""One entry on the trail for each act on an upload (操作日志)."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.audit import service as audit
from app.audit.service import Actor
from app.programmes.models import Programme
from app.uploads.models import Upload


def note(
    session: Session,
    actor: Actor,
    action: str,
    upload: Upload,
    programme: Programme,
    detail: dict[str, Any],
    at: datetime | None,
) -> None:
    audit.append(session, actor, action, target=f"upload {upload.id}", programme=programme.code, detail=detail, at=at)
