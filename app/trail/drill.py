"""The last drill of restoring a backup (恢复演练), as whoever ran it wrote it down, and the last good one on the trail.

`last-drill.json` in SANZHONG_HOME: {"at": instant, "ok": true or false, "sentence": what came of it}.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from app.audit.models import AuditEntry
from app.trail.entries import local_time
from app.trail.wording import plain

FILE = "last-drill.json"
NONE_YET = "还没有恢复演练"
UNREADABLE = "恢复演练的记录读不出来，请重做一次演练"


def last_good(session: Session) -> str | None:
    """When a drill last found everything as it was; None where none has yet."""
    query = select(AuditEntry.at).where(AuditEntry.action == "maintenance.drill", AuditEntry.outcome == "ok")
    at = session.exec(query.order_by(col(AuditEntry.number).desc()).limit(1)).first()
    return None if at is None else local_time(at)


def last(home: Path) -> dict[str, Any]:
    """When it was, whether it was good, in which words; `ok` None where there is no drill yet."""
    path = home / FILE
    if not path.exists():
        return {"at": None, "at_words": "", "ok": None, "sentence": NONE_YET}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(stored["at"])
        is_good, sentence = stored["ok"] is True, plain(str(stored["sentence"]))
        return {"at": stored["at"], "at_words": local_time(at), "ok": is_good, "sentence": sentence}
    except (OSError, ValueError, KeyError, TypeError):
        return {"at": None, "at_words": "", "ok": False, "sentence": UNREADABLE}
