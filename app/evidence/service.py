"""Stored files and where a value came from (原始文件与数据来源).

Source: DESIGN §3 (provenance). A revision's `provenance` names upload, sheet and cell; who handed the upload in and
under which file name is read from the uploads table, which, as foreign keys do, is named here by a string.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import column, select, table
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.columns import Instant
from app.database import is_taken
from app.errors import NotFound
from app.evidence.models import StoredFile

UPLOADS = table(
    "uploads",
    column("id"),
    column("filename"),
    column("sha256"),
    column("uploaded_by"),
    column("uploaded_at", Instant),
)
APPEALS = table("appeals", column("file_sha256"))  # 佐证材料


@dataclass(frozen=True, slots=True)
class Source:
    """One upload as evidence: the file's name and hash, who handed it in and when."""

    upload: int
    file: str
    sha256: str
    uploader: str
    at: datetime


def store(session: Session, content: bytes, at: datetime) -> str:
    """Keep the bytes once by content; the SHA-256 they are fetched by."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not _is_held(session, sha256):
        try:
            with session.begin_nested():
                session.add(StoredFile(sha256=sha256, size=len(content), content=content, stored_at=at))
        except IntegrityError as error:
            if not (is_taken(error) and _is_held(session, sha256)):
                raise
    return sha256


def _is_held(session: Session, sha256: str) -> bool:
    """Whether the bytes are there, and stay while this transaction lasts."""
    return session.get(StoredFile, sha256, with_for_update={"key_share": True, "read": True}) is not None


def remove_unused(session: Session, sha256: str) -> bool:
    """Take the bytes out unless an upload or an appeal still has them; True when they are gone. The row is held while
    it is asked, so that whoever stores the same file meanwhile waits and stores it anew."""
    stored = session.get(StoredFile, sha256, with_for_update=True)
    holders = (UPLOADS.c.sha256, APPEALS.c.file_sha256)
    is_used = any(session.connection().execute(select(one).where(one == sha256).limit(1)).first() for one in holders)
    if stored is None or is_used:
        return False
    session.delete(stored)
    session.flush()
    return True


def fetch(session: Session, sha256: str) -> bytes:
    """The very bytes that were stored. Raises NotFound."""
    stored = session.get(StoredFile, sha256)
    if stored is None:
        raise NotFound("原始文件不存在，请核对上传编号。")
    return stored.content


def sources(session: Session, upload_ids: Iterable[int]) -> dict[int, Source]:
    """What is known of these uploads, by id; an id without an upload is absent."""
    wanted = sorted(set(upload_ids))
    if not wanted:
        return {}
    rows = session.connection().execute(select(UPLOADS).where(UPLOADS.c.id.in_(wanted))).all()
    return {row.id: Source(row.id, row.filename, row.sha256, row.uploaded_by, row.uploaded_at) for row in rows}


def evidence(
    cell: Mapping[str, Any] | None, known: Mapping[int, Source], *, by: str, at: datetime
) -> dict[str, str | int | None]:
    """One value's origin as the receipt prints it: the cell of an upload, or the person who entered it (`by`, `at`).

    `cell` is a provenance entry; `by` and `at` are the revision's own, which hold for entries made by hand.
    """
    upload = known.get(int(cell["upload"])) if cell and cell.get("upload") is not None else None
    if upload is None:
        return {
            "upload": None,
            "file": None,
            "sha256": None,
            "sheet": None,
            "cell": None,
            "uploader": str(cell["entry"]) if cell and cell.get("entry") else by,
            "at": instant(at),
        }
    assert cell is not None
    return {
        "upload": upload.upload,
        "file": upload.file,
        "sha256": upload.sha256,
        "sheet": cell.get("sheet"),
        "cell": cell.get("cell"),
        "uploader": upload.uploader,
        "at": instant(upload.at),
    }


def instant(at: datetime) -> str:
    """An instant in JSON: UTC, ISO 8601 with a Z."""
    return at.isoformat().replace("+00:00", "Z")
