"""Uploads over HTTP (月报导入): try, answer, commit, revert, history, the original file.

Answers are ready-made JSON: a preview of 134 rows costs more to re-encode than to make.
"""

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from app.accounts.signed_in import ActorDep
from app.errors import Problem
from app.uploads import service
from app.uploads.schemas import AnswersIn, RevertIn
from app.uploads.streaming import staged
from app.web import ReadSession

router = APIRouter(prefix="/api/uploads", tags=["uploads"])

MONTH = r"^(\d{4}-(0[1-9]|1[0-2]))?$"
REFUSALS: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (400, 403, 404, 409)}


@router.post("", status_code=201, responses={**REFUSALS, 413: {"model": Problem}})
def try_upload(
    actor: ActorDep,
    request: Request,
    file: Annotated[UploadFile, File(description="月报、年度计划或责任分解工作簿")],
    programme: Annotated[str, Form(max_length=40)],
    month: Annotated[str, Form(pattern=MONTH)] = "",
    may_register: Annotated[bool, Form(alias="register", description="表中未登记的项目登记为新项目")] = False,
) -> Response:
    """预检: read the sheet and show what committing it would do. 400 with the check JSON when it is refused.

    With `Accept: text/event-stream` the stages are told as they begin, the answer last (`app/uploads/streaming.py`).
    """
    state = request.app.state
    limit: int = state.settings.upload_limit_bytes
    content = file.file.read(limit + 1)

    def act() -> Response:
        tried = service.try_upload(
            state.database,
            actor,
            programme,
            file.filename or "",
            content,
            month=month,
            register=may_register,
            limit_bytes=limit,
        )
        return answered(tried, 201)

    return staged(request, act)


@router.get("", responses=REFUSALS)
def list_uploads(actor: ActorDep, session: ReadSession, programme: str) -> Response:
    """导入记录: the programme's uploads, the newest first."""
    rows = service.history(session, actor, programme)
    return answered({"rows": rows, "total": len(rows)})


@router.get("/{upload_id}", responses=REFUSALS)
def show_upload(actor: ActorDep, session: ReadSession, upload_id: int) -> Response:
    """One upload with its preview as last shown."""
    return answered(service.get(session, actor, upload_id))


@router.post("/{upload_id}/answers", responses=REFUSALS)
def answer(actor: ActorDep, request: Request, upload_id: int, body: AnswersIn) -> Response:
    """回答待确认问题: some or all; the preview is made anew."""
    return answered(service.answer(request.app.state.database, actor, upload_id, body.answers))


@router.post("/{upload_id}/commit", responses=REFUSALS)
def commit(actor: ActorDep, request: Request, upload_id: int) -> Response:
    """确认导入. 409 while questions stand, when somebody was first, or when the period is locked."""
    return answered(service.commit(request.app.state.database, actor, upload_id))


@router.post("/{upload_id}/revert", responses=REFUSALS)
def revert(actor: ActorDep, request: Request, upload_id: int, body: RevertIn) -> Response:
    """撤销本次导入: the values before it stand again."""
    return answered(service.revert(request.app.state.database, actor, upload_id, body.reason))


@router.get("/{upload_id}/file", responses=REFUSALS)
def show_file(actor: ActorDep, session: ReadSession, upload_id: int) -> Response:
    """原始文件: the very bytes that were uploaded, always as a download."""
    name, content = service.original(session, actor, upload_id)
    disposition = f"attachment; filename=\"upload-{upload_id}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})


def answered(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status, media_type="application/json")
