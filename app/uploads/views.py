"""An upload as the API shows it (导入记录): its heading, what it waits for, its preview as last made."""

import json
from datetime import datetime
from typing import Any

from app.audit.service import Actor
from app.evidence import service as evidence
from app.programmes.models import Programme
from app.uploads import access
from app.uploads.models import Upload

STATES = {
    "tried": "待确认导入",
    "submitted": "已报送，待办公室审核",
    "returned": "已退回",
    "committed": "已导入",
    "unchanged": "内容与已有数据相同",
    "reverted": "已撤销",
    "discarded": "已放弃",
}


def view(upload: Upload, programme: Programme, actor: Actor) -> dict[str, Any]:
    """The heading, what the actor may do, the answers given, and the check JSON with its preview."""
    answers = {
        identifier: {name: given[name] for name in ("value", "by", "at")}
        for identifier, given in upload.answers.items()
    }
    return {
        **(json.loads(upload.reading) if upload.reading else {}),
        **(json.loads(upload.preview) if upload.preview else {}),
        **heading(upload, programme),
        "answers": answers,
        "is_stale": upload.state in access.OPEN and upload.based_on_version != programme.data_version,
        "actions": access.acts(actor, upload),
    }


def heading(upload: Upload, programme: Programme) -> dict[str, Any]:
    """Who did what with it when; without its rows."""
    return {
        "id": upload.id,
        "programme": programme.code,
        "kind": "form" if upload.is_form else "file",
        "file": upload.filename,
        "sha256": upload.sha256,
        "spec": upload.spec,
        "month": upload.month or None,
        "filer": upload.unit_name or None,
        "state": upload.state,
        "state_label": STATES[upload.state],
        "counts": upload.counts,
        "uploaded_by": upload.uploaded_by,
        "uploaded_at": instant(upload.uploaded_at),
        "waiting_for": waiting_for(upload),
        "handed_to": upload.handed_to or None,
        "handed_by": upload.handed_by or None,
        "handed_at": instant(upload.handed_at),
        "committed_by": upload.committed_by or None,
        "committed_at": instant(upload.committed_at),
        "reverted_by": upload.reverted_by or None,
        "reverted_at": instant(upload.reverted_at),
        "revert_reason": upload.revert_reason or None,
        "revert_outcome": upload.revert_outcome or None,
        "returned_by": upload.returned_by or None,
        "returned_at": instant(upload.returned_at),
        "return_reason": upload.return_reason or None,
        "discarded_by": upload.discarded_by or None,
        "discarded_at": instant(upload.discarded_at),
    }


def waiting_for(upload: Upload) -> str | None:
    """Who is waited for, and what for; None where nothing is open."""
    questions = upload.counts.get("questions", 0)
    if upload.state == "tried":
        whom = upload.handed_to or upload.uploaded_by
        return f"待{whom}答复{questions}个问题" if questions else f"待{whom}确认导入"
    if upload.state == "submitted":
        if questions:
            return f"待{upload.handed_to or f'{upload.unit_name}或办公室'}答复{questions}个问题"
        return f"待{upload.handed_to or '办公室'}审核"
    return f"待{upload.unit_name}重新报送" if upload.state == "returned" else None


def instant(at: datetime | None) -> str | None:
    return None if at is None else evidence.instant(at)
