"""What was backed up and tried last, over HTTP (接口). Making, restoring, trying are commands on the server."""

from typing import Any

from fastapi import APIRouter, Request

from app.accounts.signed_in import ActorDep
from app.maintenance import service
from app.maintenance.schemas import MaintenanceOut
from app.web import ReadSession

router = APIRouter(prefix="/api/maintenance", tags=["maintenance"])


@router.get("", response_model=MaintenanceOut)
def show_maintenance(actor: ActorDep, session: ReadSession, request: Request) -> dict[str, Any]:
    """备份与恢复演练: the last backup, the last drill, the last good one. For auditor, admin and office_head."""
    return service.overview(session, request.app.state.settings, actor)
