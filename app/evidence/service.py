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
from app.errors import Damaged, NotFound
from app.evidence.models import StoredFile

UPLOADS = table(
    "uploads",
    column("id"),
    column("filename"),
    column("sha256"),
    column("uploaded_by"),
    column("uploaded_at", Instant),
)
APPEALS = table("appeals", column("file_sha256"), column("number"))  # 佐证材料
FILES = StoredFile.__table__  # type: ignore[attr-defined]


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
    """The very bytes that were stored. Raises NotFound; Damaged where they are no longer those bytes."""
    stored = session.get(StoredFile, sha256)
    if stored is None:
        raise NotFound("原始文件不存在，请核对上传编号。")
    if not is_whole(stored.content, stored.size, sha256):
        raise Damaged(f"原始文件（{sha256[:8]}）与其校验码不符，已损坏或被改动，不能使用，请联系系统管理员用备份核对。")
    return stored.content


def is_whole(content: bytes, size: int, sha256: str) -> bool:
    return len(content) == size and hashlib.sha256(content).hexdigest() == sha256


def verify(session: Session) -> list[str]:
    """Stored files whose bytes are no longer those of their hash, or that are gone though an upload or appeal has them.

    One file at a time is in memory. The sentence names the first upload or appeal that has the file.
    """
    faults: list[str] = []
    connection = session.connection()
    kept = connection.execute(select(FILES.c.sha256, FILES.c.size).order_by(FILES.c.sha256)).all()
    names = _holders(session)
    for sha256, size in kept:
        content: bytes = connection.execute(select(FILES.c.content).where(FILES.c.sha256 == sha256)).scalar_one()
        if not is_whole(content, size, sha256):
            named = names.get(sha256, "不再使用的导入")
            faults.append(f"{named}的原始文件（{sha256[:8]}）与其校验码不符，文件已损坏或被改动，请用备份核对。")
    there = {sha256 for sha256, _ in kept}
    gone = {sha256: name for sha256, name in names.items() if sha256 not in there}
    missing = [
        f"{name}的原始文件（{sha256[:8]}）不在库中，文件被删除过，请用备份核对。" for sha256, name in gone.items()
    ]
    return [*faults, *missing]


def _holders(session: Session) -> dict[str, str]:
    """Whose file it is, by hash: the first upload that has it, else the appeal."""
    connection = session.connection()
    named = {
        row.file_sha256: f"第{row.number}号申诉佐证材料"
        for row in connection.execute(select(APPEALS).where(APPEALS.c.file_sha256.is_not(None)))
    }
    uploads = select(UPLOADS.c.id, UPLOADS.c.filename, UPLOADS.c.sha256).where(UPLOADS.c.sha256.is_not(None))
    for row in connection.execute(uploads.order_by(UPLOADS.c.id.desc())):
        named[row.sha256] = f"第{row.id}号导入“{row.filename}”"
    return named


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
