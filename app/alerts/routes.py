"""人工认定、免亮灯、办公室认定 over HTTP: the office asks and judges, its head approves. Read with the alerts."""

from fastapi import APIRouter, Request, status
from sqlmodel import Session

from app.accounts.service import require_role
from app.accounts.signed_in import ActorDep
from app.alerts import decisions
from app.alerts.decisions import Matter
from app.alerts.schemas import AskIn, DecisionOut, JudgeIn, MatterIn, TakeBackIn
from app.audit.service import Actor
from app.programmes import service as programmes
from app.programmes.service import Change
from app.projects import service as projects
from app.web import WriteSession

router = APIRouter(prefix="/api/alerts/decisions", tags=["alerts"])


@router.post("", status_code=status.HTTP_201_CREATED)
def ask(body: AskIn, actor: ActorDep, session: WriteSession) -> DecisionOut:
    """拟办人工认定或免亮灯, by the office; it moves nothing before it is approved. 409 when the month is locked."""
    change = _begun(session, actor, body, body.reason)
    matter = Matter(body.project, body.month, body.kind)
    decisions.ask(change, matter, body.light, body.reason)
    return _shown(change, matter, is_asked=True)


@router.post("/approve")
def approve(body: MatterIn, actor: ActorDep, session: WriteSession, request: Request) -> DecisionOut:
    """批准, by an office_head account that did not ask for it."""
    change = _begun(session, actor, body, "")
    matter = Matter(body.project, body.month, body.kind)
    decisions.approve(change, matter, two_person=request.app.state.settings.two_person_publication)
    return _shown(change, matter, is_asked=False)


@router.post("/withdraw", status_code=status.HTTP_204_NO_CONTENT)
def take_back(body: TakeBackIn, actor: ActorDep, session: WriteSession) -> None:
    """撤回、退回、撤销, with the reason; what was approved only by an office_head account."""
    change = _begun(session, actor, body, body.reason)
    decisions.take_back(change, Matter(body.project, body.month, body.kind))


@router.post("/outlook", status_code=status.HTTP_201_CREATED)
def judge(body: JudgeIn, actor: ActorDep, session: WriteSession) -> DecisionOut:
    """办公室认定 of a year-end outlook, beside 系统推算, which stays as it is."""
    change = _begun(session, actor, body, body.reason)
    matter = Matter(body.project, body.month, "outlook")
    decisions.judge(change, matter, body.outlook, body.reason)
    return _shown(change, matter, is_asked=False)


def _begun(session: Session, actor: Actor, body: MatterIn | TakeBackIn | JudgeIn, reason: str) -> Change:
    """Rights before anything is said of the project: who may not decide learns nothing."""
    require_role(actor, *decisions.ASKERS)
    found = programmes.get(session, body.programme, actor)
    projects.require(session, found, body.project)
    return programmes.begin_change(session, found, actor, reason=reason)


def _shown(change: Change, matter: Matter, *, is_asked: bool) -> DecisionOut:
    rows = decisions.listing(change.session, change.programme, matter.month)
    wanted = (matter.project_id, matter.kind, is_asked)
    return DecisionOut.model_validate(
        next(row for row in rows if (row["project_id"], row["kind"], row["is_asked"]) == wanted)
    )
