"""Recording what happens to a project over HTTP (项目事件)."""

from fastapi import APIRouter, status

from app.accounts.service import require_role
from app.accounts.signed_in import ActorDep
from app.errors import NotFound
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects import service
from app.projects.models import Project
from app.projects.schemas import EventIn, EventOut
from app.web import WriteSession

router = APIRouter(prefix="/api/projects", tags=["projects"])


@router.post("/{project_id}/events", status_code=status.HTTP_201_CREATED)
def record_event(project_id: int, body: EventIn, actor: ActorDep, session: WriteSession) -> EventOut:
    """项目事件: 增补, 暂缓, 复工, 完工, 调出 … with reason and approver. 409 when a month it moves is locked."""
    require_role(actor, "office", "office_head")
    project = session.get(Project, project_id)
    programme = None if project is None else session.get_one(Programme, project.programme_id)
    if project is None or programme is None or actor.organisation_id not in (None, programme.organisation_id):
        raise NotFound("没有这个项目，请核对项目编号。")
    change = programmes.begin_change(session, programme, actor, reason=body.reason)
    service.require(session, programme, project_id)
    written = service.record_event(
        change, project_id, body.kind, body.on, reason=body.reason, approver=body.approver, months=body.months
    )
    return EventOut(
        project=project.code,
        kind=body.kind,
        on=body.on,
        reason=body.reason,
        approver=body.approver,
        is_new=written is not None,
    )
