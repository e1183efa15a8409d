"""Whether what is stored is still what the trail says was stored (账实相符): signed issues and committed uploads.

Source: SECURITY E2, E4. The chain cannot be rewritten unseen; so a table that was changed together with its own checks
(an issue with its fingerprint, an upload with its file) still contradicts the entry made when it was signed or
committed.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from app.audit.models import AuditEntry
from app.programmes.models import Programme
from app.publications.models import Publication
from app.uploads.models import Upload

SIGNED = "publication.sign"
COMMITTED = ("upload.commit", "upload.accept")


def verify(session: Session) -> list[str]:
    """What contradicts the trail, as Chinese sentences naming the entry."""
    return [*_issues(session), *_uploads(session)]


def _issues(session: Session) -> Iterator[str]:
    codes = {programme.id: programme for programme in session.exec(select(Programme))}
    issues = session.exec(
        select(Publication.programme_id, Publication.period, Publication.number, Publication.fingerprint).where(
            col(Publication.signed_at).is_not(None)
        )
    ).all()
    stored: dict[tuple[str, str, Any], str] = {(codes[found[0]].code, found[1], found[2]): found[3] for found in issues}
    signed = {}
    for entry in session.exec(select(AuditEntry).where(AuditEntry.action == SIGNED).order_by(col(AuditEntry.number))):
        key = (entry.programme, entry.target, entry.detail.get("number"))
        signed[key] = entry
        if stored.get(key) != entry.detail.get("fingerprint"):
            yield (
                f"操作日志第{entry.number}号记载签发的{entry.target}第{key[2]}次定稿，"
                "与库中的定稿不符（数据校验码不同或定稿不在），请用备份核对。"
            )
    for code, period, number in sorted(stored.keys() - signed.keys()):
        yield f"{code}：{period}第{number}次定稿在操作日志中没有签发记录，请用备份核对。"


def _uploads(session: Session) -> Iterator[str]:
    uploads = select(Upload).options(load_only(*(getattr(Upload, name) for name in ("sha256", "filename", "state"))))
    stored = {f"upload {one.id}": (one.sha256, one.filename, one.state) for one in session.exec(uploads)}
    committed = set()
    entries = select(AuditEntry).where(col(AuditEntry.action).in_(COMMITTED), AuditEntry.outcome == "ok")
    for entry in session.exec(entries.order_by(col(AuditEntry.number))):
        committed.add(entry.target)
        said = (entry.detail.get("sha256"), entry.detail.get("file"))
        found = stored.get(entry.target)
        if found is None or found[:2] != said or found[2] not in ("committed", "reverted"):
            yield (
                f"操作日志第{entry.number}号记载确认导入的“{said[1]}”（{entry.target.replace('upload ', '第')}次上传）"
                "与库中的上传记录不符，请用备份核对。"
            )
    for target, found in stored.items():
        if found[2] in ("committed", "reverted") and target not in committed:
            yield f"{target.replace('upload ', '第')}号导入“{found[1]}”在操作日志中没有确认导入的记录，请用备份核对。"
