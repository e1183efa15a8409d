"""The sender's workbook with the findings in it (标注), of an upload that is kept or of a file that is not.

Source: DESIGN §4, CONTRACTS (`/{id}/annotated`). Marking takes seconds, in a child process: no transaction is open.
"""

import json

import importers
from app.accounts.service import require_role
from app.audit.service import Actor
from app.database import Database
from app.errors import Refused, TooLarge
from app.uploads import access, service
from importers.annotate import annotated_name
from importers.grid import Unreadable


def of_upload(database: Database, actor: Actor, upload_id: int) -> tuple[str, bytes]:
    """Name and bytes of an upload's workbook, with all that its preview last said. Refused where none can be marked."""
    with database.read() as session:
        upload, _ = access.found(session, upload_id, actor, *access.READERS)
        if upload.is_form:
            raise Refused("这是网页填报的，没有工作簿可以标注，请直接在填报页面修改。")
        filename, content = service.original(session, actor, upload_id)
        found = json.loads(upload.reading)
    return _marked(filename, content, found)


def of_file(
    actor: Actor, filename: str, content: bytes, month: str | None, limit_bytes: int | None = None
) -> tuple[str, bytes]:
    """Name and bytes of a file that was refused: it is read again, marked and forgotten."""
    require_role(actor, *access.FILERS)
    if limit_bytes is not None and len(content) > limit_bytes:
        raise TooLarge(limit_bytes)
    found = importers.to_json(importers.check(content, filename, month=month))
    return _marked(filename, content, found)


def _marked(filename: str, content: bytes, found: dict[str, object]) -> tuple[str, bytes]:
    try:
        return annotated_name(filename), importers.annotated(content, filename, found)
    except Unreadable as error:
        raise Refused(str(error), detail=found) from error
