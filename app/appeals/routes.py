"""申诉 over HTTP (接口): a unit contests its own projects' drafted scores, the office answers and decides."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile, status
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.signed_in import ActorDep
from app.appeals import schemas, service
from app.appeals.attachments import attachment
from app.appeals.models import Appeal
from app.audit.service import Actor
from app.programmes import service as programmes
from app.programmes.service import Change
from app.web import ANY_BYTES, ReadSession, WriteSession, download, note_taken, sends

router = APIRouter(prefix="/api/appeals", tags=["appeals"])

PERIOD = rf"^(?:{programmes.PERIOD.pattern})$"


@router.get("")
def list_appeals(
    actor: ActorDep, session: ReadSession, programme: str, period: str | None = None
) -> schemas.AppealsOut:
    """申诉与公示: a unit's own appeals and its projects' drafted scores; the office's, all."""
    found = programmes.get(session, programme, actor)
    today = datetime.now(UTC).astimezone(service.SHANGHAI).date()
    return schemas.AppealsOut.model_validate(service.listing(session, actor, found, today, period))


@router.post("", status_code=status.HTTP_201_CREATED)
def file_appeal(
    actor: ActorDep,
    session: WriteSession,
    request: Request,
    programme: Annotated[str, Form(max_length=40)],
    period: Annotated[str, Form(pattern=PERIOD)],
    project: Annotated[int, Form(description="项目的id")],
    grounds: Annotated[str, Form(min_length=1, max_length=2000, description="申诉理由")],
    file: Annotated[UploadFile | None, File(description="佐证材料，可以不交")] = None,
) -> schemas.AppealOut:
    """提出申诉: by the project's responsible unit, while its drafted score is laid open."""
    limit: int = request.app.state.settings.upload_limit_bytes
    given = None
    if file is not None and file.filename:
        given = attachment(file.filename, file.file.read(limit + 1), limit)
    programmes.get(session, programme, actor)
    change = programmes.begin_change(session, programme, actor)
    return _shown(session, service.file(change, period, project, grounds, given))


@router.post("/{appeal_id}/answer")
def answer(appeal_id: int, body: schemas.AnswerIn, actor: ActorDep, session: WriteSession) -> schemas.AppealOut:
    """答复."""
    return _shown(session, service.answer(_begun(session, actor, appeal_id), appeal_id, body.answer))


@router.post("/{appeal_id}/decision")
def decide(appeal_id: int, body: schemas.DecisionIn, actor: ActorDep, session: WriteSession) -> schemas.AppealOut:
    """维持 or 采纳, with its reason. After 采纳 the data are corrected and the period is drafted anew."""
    change = _begun(session, actor, appeal_id)
    return _shown(session, service.decide(change, appeal_id, body.decision, body.reason, body.answer))


@router.post("/{appeal_id}/withdraw")
def withdraw(appeal_id: int, actor: ActorDep, session: WriteSession) -> schemas.AppealOut:
    """撤回, by the unit that filed it."""
    return _shown(session, service.withdraw(_begun(session, actor, appeal_id), appeal_id))


@router.get("/{appeal_id}/file", **sends(ANY_BYTES))
def show_file(appeal_id: int, actor: ActorDep, session: ReadSession, request: Request) -> Response:
    """佐证材料, always as a download: for the office and the unit that filed it."""
    kept = service.attachment_of(session, actor, appeal_id)
    appeal, programme = service.require(session, actor, appeal_id)
    target, said = f"appeal {appeal.number}", {"file": kept.name}
    note_taken(request, actor, "appeal.attachment", target=target, programme=programme.code, detail=said)
    return download(kept.content, kept.name, ANY_BYTES)


def _begun(session: Session, actor: Actor, appeal_id: int) -> Change:
    _, programme = service.require(session, actor, appeal_id)
    return programmes.begin_change(session, programme, actor)


def _shown(session: Session, appeal: Appeal) -> schemas.AppealOut:
    return schemas.AppealOut.model_validate(service.line(session, appeal))
