"""Backup and drill as acts of the work (备份与恢复): on the trail, and what was done last.

What was last is read from the trail and not from this host's files, so that it is the same on every host.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.service import require_role
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.maintenance import backups
from app.maintenance.backups import Keep, Made
from app.settings import Settings

READERS = ("auditor", "admin", "office_head")
BACKUP, DRILL, RESTORE = "maintenance.backup", "maintenance.drill", "maintenance.restore"


def back_up(
    database: Database, settings: Settings, folder: Path, *, keep: Keep | None, actor: Actor, now: datetime
) -> Made:
    """Make a backup and note it on the trail. The backup stands even when the note cannot be made."""
    made = backups.make(database, settings, folder, keep=keep, now=now)
    detail = {
        "folder": str(made.backup.folder),
        "bytes": made.backup.size,
        "seconds": round(made.seconds, 1),
        "chain_number": made.backup.inventory.chain_number,
        "faults": len(made.backup.inventory.faults),
        "removed": list(made.removed),
    }
    with database.write() as session:
        audit.append(session, actor, BACKUP, target=made.backup.name, detail=detail)
    return made


def overview(session: Session, settings: Settings, actor: Actor) -> dict[str, Any]:
    """The last backup, drill, good drill and restore, each None where there was none, and what runs by itself."""
    require_role(actor, *READERS)
    drill, good = last(session, DRILL), last(session, DRILL, only_ok=True)
    return {
        "backup": entry_json(last(session, BACKUP)),
        "drill": entry_json(drill),
        "good_drill": entry_json(good),
        "restore": entry_json(last(session, RESTORE)),
        "nightly": {
            "is_on": settings.backup_dir is not None and settings.backup_hour is not None,
            "hour": settings.backup_hour,
            "keep": {
                "daily": settings.backups_daily,
                "weekly": settings.backups_weekly,
                "monthly": settings.backups_monthly,
            },
        },
    }


def last(session: Session, action: str, *, only_ok: bool = False) -> AuditEntry | None:
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.number).desc()).limit(1)
    return session.exec(query.where(AuditEntry.outcome == "ok") if only_ok else query).one_or_none()


def entry_json(entry: AuditEntry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "at": entry.at.isoformat().replace("+00:00", "Z"),
        "ok": entry.outcome == "ok",
        "backup": entry.target,
        "by": entry.actor_name,
        "entry": entry.number,
        "seconds": entry.detail.get("seconds"),
        "size": entry.detail.get("bytes"),
        "boards": entry.detail.get("boards"),
        "scores": entry.detail.get("scores"),
        "chain_number": entry.detail.get("chain_number"),
        "sentence": entry.detail.get("sentence", ""),
    }
