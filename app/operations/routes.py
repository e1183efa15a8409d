"""For the machines that watch this one (运行状况): no person signs in here, and no personal data leaves.

/api/health/alive and /api/health may be asked by anybody and say no more than a sentence; /api/metrics answers only the
addresses of SANZHONG_METRICS_ADDRESSES, everybody else as if it did not exist.
"""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.database import Database
from app.errors import NotFound
from app.operations import health, metrics
from app.settings import Settings

router = APIRouter(prefix="/api", tags=["operations"])


@router.get("/health/alive")
async def show_alive() -> dict[str, str]:
    """这个进程在回答. Asks nothing of the database, so a slow one never looks like a dead process."""
    return {"status": "alive"}


@router.get("/health")
def show_health(request: Request) -> Response:
    """能不能办事: 503 with what is wanting when it cannot."""
    database: Database = request.app.state.database
    faults = health.faults(database, request.app.state.settings)
    if faults:
        body = {"code": "not_ready", "message": "暂时不能办理：" + "".join(faults), "detail": faults}
        return JSONResponse(body, 503)
    return JSONResponse({"status": "ok", "database": database.url.get_backend_name()})


@router.get("/metrics", include_in_schema=False)
def show_metrics(request: Request) -> Response:
    """运行指标, for a monitor on this machine; one that comes through a proxy is not on it."""
    settings: Settings = request.app.state.settings
    address = request.client.host if request.client is not None else ""
    if address not in settings.metrics_addresses or "x-forwarded-for" in request.headers:
        raise NotFound(f"没有这个接口：{request.url.path}。接口清单见 /api/openapi.json。")
    database: Database = request.app.state.database
    with database.read() as session:
        return Response(metrics.exposition(database, session), media_type=CONTENT_TYPE_LATEST)
