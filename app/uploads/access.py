"""Who may see an upload and do what with it (导入权限): decided here alone.

Source: DESIGN §1, CONTRACTS (only `office` commits). A unit sees what it files itself; another's is not there.
"""

from sqlmodel import Session, select

from app.accounts.service import require_role
from app.audit.service import Actor
from app.errors import Conflict, NotFound
from app.evidence.labels import local
from app.programmes.models import Programme
from app.uploads.models import Upload

OFFICE = ("office", "office_head")
FILERS = (*OFFICE, "unit")  # who hands sheets in
READERS = (*OFFICE, "auditor", "unit")
OPEN = ("tried", "submitted")  # waits for its commit

TRIED_ACTS = ("answer", "commit", "hand_over", "discard")
SUBMITTED_ACTS = ("answer", "accept", "return", "hand_over")


def acts(actor: Actor, upload: Upload) -> list[str]:
    """What the actor may do with the upload as it stands."""
    if actor.role == "unit":
        of_state = {"submitted": ("answer", "discard"), "returned": ("discard",)}
    elif actor.role in OFFICE:
        of_state = {"tried": TRIED_ACTS, "submitted": SUBMITTED_ACTS, "committed": ("revert",)}
    else:
        of_state = {}
    return list(of_state.get(upload.state, ()))


def found(session: Session, upload_id: int, actor: Actor, *roles: str, lock: bool = False) -> tuple[Upload, Programme]:
    """The upload and its programme, locked for change when asked.

    Forbidden where the actor has none of the roles; NotFound where the upload is another organisation's or unit's.
    """
    require_role(actor, *roles)
    query = select(Upload).where(Upload.id == upload_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    upload = session.exec(query).one_or_none()
    programme = None if upload is None else session.get_one(Programme, upload.programme_id)
    if upload is None or programme is None or not _is_theirs(actor, upload, programme):
        raise NotFound(f"没有编号为{upload_id}的导入记录，请核对编号。")
    return upload, programme


def require_open(upload: Upload) -> None:
    """Conflict unless the upload still waits for its commit: says who did what when."""
    if upload.state in OPEN:
        return
    when = f"{upload.committed_by}已于{local(upload.committed_at)}"
    raise Conflict(
        {
            "reverted": f"这次导入已由{upload.reverted_by}于{local(upload.reverted_at)}撤销，如需再导入请重新上传。",
            "unchanged": f"{when}确认过这张表，内容与已有数据相同，不需要再导入。",
            "committed": f"{when}确认导入了这张表，不需要再确认。",
            "returned": f"{upload.returned_by}已于{local(upload.returned_at)}退回这张表，请等单位重新报送。",
            "discarded": f"{upload.discarded_by}已于{local(upload.discarded_at)}放弃这张表，如需导入请重新上传。",
        }[upload.state]
    )


def _is_theirs(actor: Actor, upload: Upload, programme: Programme) -> bool:
    if actor.role == "unit" and (actor.unit_id is None or upload.unit_id != actor.unit_id):
        return False
    return actor.organisation_id in (None, programme.organisation_id)
