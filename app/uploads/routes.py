"""Uploads over HTTP (月报导入): try, answer, commit, revert; what units file; history, the original file.

Answers are ready-made JSON: a preview of 134 rows costs more to re-encode than to make.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import Response

from app.accounts.service import require_role
from app.accounts.signed_in import ActorDep
from app.audit import service as audit
from app.audit.service import Actor
from app.errors import DomainError, Refused
from app.uploads import annotation, coverage, custody, foresight, service
from app.uploads.access import FILERS
from app.uploads.schemas import MONTH, AnswersIn, FormIn, HandOverIn, ReturnIn, RevertIn
from app.web import ANY_BYTES, XLSX, ReadSession, download, note_taken, sends

router = APIRouter(prefix="/api/uploads", tags=["uploads"])

MOST_FILES = 20  # of one request
GivenMonth = Annotated[str, Query(pattern=MONTH)]


@router.post("", status_code=201)
def try_upload(
    actor: ActorDep,
    request: Request,
    file: Annotated[list[UploadFile], File(description="工作簿，可以一次交几个")],
    programme: Annotated[str, Form(max_length=40)],
    month: Annotated[str, Form(pattern=rf"^$|{MONTH}")] = "",
    may_register: Annotated[bool, Form(alias="register", description="表中未登记的项目登记为新项目")] = False,
) -> Response:
    """预检: read the sheet and show what committing it would do. 400 with the check JSON when it is refused.

    A unit's sheet is submitted (报送). Of several files each has its own result: {"rows", "total", "kept"}.
    Who wants to follow the stages hands the file in over the websocket (`app/uploads/live.py`).
    """
    state = request.app.state
    limit: int = state.settings.upload_limit_bytes
    contents = [(one.filename or "", one.file.read(limit + 1)) for one in file]

    def one_file(filename: str, content: bytes) -> dict[str, Any]:
        return service.try_upload(
            state.database,
            actor,
            programme,
            filename,
            content,
            month=month,
            register=may_register,
            limit_bytes=limit,
        )

    if len(contents) == 1:
        return answered(one_file(*contents[0]), 201)
    return answered(each(request, actor, programme, contents, one_file), 201)


def each(
    request: Request,
    actor: Actor,
    programme: str,
    contents: list[tuple[str, bytes]],
    act: Callable[[str, bytes], dict[str, Any]],
) -> dict[str, Any]:
    """One result per file, in turn; a refused one does not stop the others. Refused when none was kept."""
    if len(contents) > MOST_FILES:
        raise Refused(f"一次最多上传{MOST_FILES}个文件，这次有{len(contents)}个，请分几次上传。")
    rows: list[dict[str, Any]] = []
    for filename, content in contents:
        try:
            rows.append({"file": filename, "status": 201, "upload": act(filename, content), "error": None})
        except DomainError as refused:
            said = {"code": refused.code, "message": refused.message}
            rows.append({"file": filename, "status": refused.status_code, "upload": None})
            rows[-1]["error"] = {**said, "detail": refused.detail}
            audit.refuse(
                request.app.state.database,
                actor,
                "POST /api/uploads",
                target=filename,
                programme=programme,
                detail=said,
            )
    kept = sum(row["upload"] is not None for row in rows)
    found = {"rows": rows, "total": len(rows), "kept": kept}
    if not kept:
        raise Refused(f"{len(rows)}个文件都没有接收：{rows[0]['error']['message']}", detail=found)
    return found


@router.post("/form", status_code=201)
def try_form(actor: ActorDep, request: Request, body: FormIn) -> Response:
    """网页填报: a month's figures typed on screen; the same preview, questions and commit as a file's."""
    rows = [(row.project, row.fields()) for row in body.rows]
    return answered(service.try_form(request.app.state.database, actor, body.programme, body.month, rows), 201)


@router.get("/form")
def show_form(actor: ActorDep, session: ReadSession, programme: str, month: GivenMonth) -> Response:
    """The month's form with what is known filled in."""
    require_role(actor, *FILERS)
    return answered(coverage.form(session, actor, programme, month))


@router.get("/board")
def show_board(actor: ActorDep, session: ReadSession, programme: str, month: GivenMonth) -> Response:
    """应报、已报、待审核、退回、未报 by responsible unit."""
    return answered(coverage.board(session, actor, programme, month))


@router.get("/colleagues")
def list_colleagues(actor: ActorDep, session: ReadSession, programme: str) -> Response:
    """Whom an upload may be handed over to."""
    rows = custody.colleagues(session, actor, programme)
    return answered({"rows": rows, "total": len(rows)})


@router.get("")
def list_uploads(
    actor: ActorDep,
    session: ReadSession,
    programme: str,
    state: str | None = None,
    month: Annotated[str | None, Query(pattern=MONTH)] = None,
    handed_to: str | None = None,
    unit: str | None = None,
) -> Response:
    """导入记录: the programme's uploads, the newest first; a unit's own."""
    rows = service.history(session, actor, programme, state=state, month=month, handed_to=handed_to, unit=unit)
    return answered({"rows": rows, "total": len(rows)})


@router.get("/{upload_id}")
def show_upload(actor: ActorDep, session: ReadSession, upload_id: int) -> Response:
    """One upload with its preview as last shown."""
    return answered(service.get(session, actor, upload_id))


@router.post("/{upload_id}/answers")
def answer(actor: ActorDep, request: Request, upload_id: int, body: AnswersIn) -> Response:
    """回答待确认问题: some or all; the preview is made anew."""
    return answered(service.answer(request.app.state.database, actor, upload_id, body.answers))


@router.post("/{upload_id}/commit")
def commit(actor: ActorDep, request: Request, upload_id: int) -> Response:
    """确认导入. 409 while questions stand, when somebody was first, or when the period is locked."""
    return answered(service.commit(request.app.state.database, actor, upload_id))


@router.post("/{upload_id}/accept")
def accept(actor: ActorDep, request: Request, upload_id: int) -> Response:
    """采用单位报送的表: the same as committing it."""
    return answered(service.accept(request.app.state.database, actor, upload_id))


@router.post("/{upload_id}/return")
def give_back(actor: ActorDep, request: Request, upload_id: int, body: ReturnIn) -> Response:
    """退回单位报送的表, with the reason that the unit is shown."""
    return answered(custody.give_back(request.app.state.database, actor, upload_id, body.reason))


@router.post("/{upload_id}/hand-over")
def hand_over(actor: ActorDep, request: Request, upload_id: int, body: HandOverIn) -> Response:
    """转交 to a colleague of the office, who is waited for from now on."""
    return answered(custody.hand_over(request.app.state.database, actor, upload_id, body.to))


@router.post("/{upload_id}/discard")
def discard(actor: ActorDep, request: Request, upload_id: int) -> Response:
    """放弃 a try, or a unit's own submission."""
    return answered(custody.discard(request.app.state.database, actor, upload_id))


@router.get("/{upload_id}/revert-preview")
def show_revert(actor: ActorDep, request: Request, upload_id: int) -> Response:
    """撤销前核对: what undoing would restore, what was edited since and stays, or why it cannot be done."""
    return answered(foresight.revert_preview(request.app.state.database, actor, upload_id))


@router.post("/{upload_id}/revert")
def revert(actor: ActorDep, request: Request, upload_id: int, body: RevertIn) -> Response:
    """撤销本次导入: the values before it stand again."""
    return answered(service.revert(request.app.state.database, actor, upload_id, body.reason))


@router.post("/annotate", **sends(XLSX))
def annotate_file(
    actor: ActorDep,
    request: Request,
    file: Annotated[UploadFile, File(description="预检没有通过的工作簿")],
    month: Annotated[str, Form(pattern=rf"^$|{MONTH}")] = "",
) -> Response:
    """标注后的工作簿 of a file that was refused: nothing of it is kept."""
    limit: int = request.app.state.settings.upload_limit_bytes
    content = file.file.read(limit + 1)
    name, marked = annotation.of_file(actor, file.filename or "", content, month or None, limit)
    note_taken(request, actor, "upload.annotate", target=name)
    return download(marked, name, XLSX)


@router.get("/{upload_id}/annotated", **sends(XLSX))
def show_annotated(actor: ActorDep, request: Request, upload_id: int) -> Response:
    """标注后的工作簿: the sender's own, faulty cells coloured and commented, with a filterable 错误 column."""
    name, marked = annotation.of_upload(request.app.state.database, actor, upload_id)
    note_taken(request, actor, "upload.annotated", target=f"upload {upload_id}", detail={"file": name})
    return download(marked, name, XLSX)


@router.get("/{upload_id}/file", **sends(ANY_BYTES))
def show_file(actor: ActorDep, session: ReadSession, request: Request, upload_id: int) -> Response:
    """原始文件: the very bytes that were uploaded, always as a download."""
    name, content = service.original(session, actor, upload_id)
    note_taken(request, actor, "upload.file", target=f"upload {upload_id}", detail={"file": name})
    return download(content, name, ANY_BYTES)


def answered(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status, media_type="application/json")
