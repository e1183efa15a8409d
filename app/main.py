"""The API alone (接口): every package's routes behind one sign-in, one error handler, one set of headers.

`create_app()` reads the settings and opens no connection; `dashboard.main` hangs the screen on it.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DatabaseError, OperationalError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Match
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.accounts import admin_routes as account_management
from app.accounts import oidc_routes as oidc
from app.accounts import own_routes as own_account
from app.accounts import routes as accounts
from app.accounts.provider import Provider
from app.accounts.session_cookie import COOKIE, SessionCookie
from app.accounts.signed_in import current_actor
from app.alerts import routes as alerts
from app.appeals import routes as appeals
from app.assessees import routes as assessees
from app.audit import service as audit
from app.database import open_database
from app.errors import PROBLEMS, Busy, DomainError, NotFound, TooLarge
from app.inspection_teams import routes as inspection_teams
from app.maintenance import nightly, serving
from app.maintenance import routes as maintenance
from app.middleware import BodyLimit, RequestLog, SameOrigin, SecurityHeaders, Unexpected, problem
from app.operations import routes as operations
from app.programmes import routes as programmes
from app.projects import routes as projects
from app.publications import routes as publications
from app.rulebooks import routes as rulebooks
from app.settings import Settings
from app.standings import service as standings
from app.storable import storable_text
from app.templates import routes as templates
from app.trail import routes as trail
from app.uploads import live
from app.uploads import routes as uploads
from app.verifications import VERIFICATIONS
from app.whatif import routes as whatif

log = logging.getLogger(__name__)

MULTIPART_FRAME = 64 * 1024

# Open to anybody, or (live) asking by itself; every other route stands behind `current_actor`.
PUBLIC: list[APIRouter] = [operations.router, accounts.router, oidc.router, live.router]
SIGNED_IN: list[APIRouter] = [
    account_management.router,
    own_account.router,
    programmes.router,
    projects.router,
    appeals.router,
    alerts.router,
    publications.router,
    inspection_teams.router,
    whatif.router,
    assessees.router,
    rulebooks.router,
    templates.router,
    uploads.router,
    maintenance.router,
    trail.router,
]

# Put together once a process: FastAPI reads every route's parameters and models again for whoever includes its router.
ROUTES = APIRouter(responses=PROBLEMS)
for router in PUBLIC:
    ROUTES.include_router(router, dependencies=[Depends(storable_text)])
for router in SIGNED_IN:
    ROUTES.include_router(router, dependencies=[Depends(storable_text), Depends(current_actor)])


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API on its own. `state`: settings, database, committed_months, and `script_hashes` for the screen's CSP."""
    settings = settings or Settings()
    database = open_database(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with serving.in_use(settings.home):
            async with nightly.watched(settings):
                yield
        database.close()

    app = FastAPI(
        title="三重一大项目督查考评平台",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        routes=ROUTES.routes,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.provider = Provider(settings) if settings.has_oidc() else None
    app.state.script_hashes = []
    app.state.committed_months = standings.committed_months
    app.state.verifications = VERIFICATIONS

    app.add_api_route("/api/{rest:path}", unknown, methods=ALL_METHODS, include_in_schema=False)

    app.add_exception_handler(DomainError, answer_domain_error)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(RequestValidationError, answer_malformed)
    app.add_exception_handler(DatabaseError, answer_database_error)

    # The last one added is the outermost.
    app.add_middleware(
        SessionCookie,
        secret_key=settings.secret_key(),
        session_cookie=COOKIE,
        max_age=settings.absolute_minutes * 60,
        same_site="lax",
        https_only=settings.secure_cookies,
    )
    app.add_middleware(
        BodyLimit,
        limit=settings.upload_limit_bytes + MULTIPART_FRAME,
        wide_limit=settings.upload_limit_bytes * 2,
        message=TooLarge(settings.upload_limit_bytes).message,
    )
    app.add_middleware(SameOrigin, trusted_origins=settings.trusted_origins)
    app.add_middleware(Unexpected)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(SecurityHeaders, script_hashes=lambda: app.state.script_hashes)
    app.add_middleware(RequestLog, slow_ms=settings.slow_ms)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    return app


ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def unknown(request: Request) -> None:
    """Registered last: what no route knows under /api is 404 JSON, never the screen's page; a wrong method 405."""
    if any(route.matches(request.scope)[0] == Match.PARTIAL for route in request.app.router.routes):
        raise HTTPException(405)
    raise NotFound(f"没有这个接口：{request.url.path}。接口清单见 /api/openapi.json。")


# -- the one family of answers to errors ------------------------------------------------------------------------------


def answer_domain_error(request: Request, error: Exception) -> JSONResponse:
    """A broken rule of the work. A refused act of a known person goes on the trail, after the rollback."""
    assert isinstance(error, DomainError)
    actor = getattr(request.state, "actor", None)
    is_act = request.method not in ("GET", "HEAD") and error.status_code != 401
    if actor is not None and (is_act or error.status_code == 403) and not isinstance(error, Busy):
        route = getattr(request.scope.get("route"), "path", request.url.path)
        try:
            audit.refuse(
                request.app.state.database,
                actor,
                f"{request.method} {route}",
                target=request.url.path,
                detail={"code": error.code, "message": error.message},
            )
        except (Busy, OperationalError) as busy:  # it is refused all the same; the log has what the trail cannot take
            log.error("refusal not on the trail", extra={"route": route, "code": error.code}, exc_info=busy)
    return problem(error.status_code, error.code, error.message, error.detail)


HTTP_MESSAGES = {
    400: ("bad_request", "请求格式不对，请检查后重试。"),
    401: ("not_signed_in", "请先登录。"),
    403: ("forbidden", "没有权限办理这项操作。"),
    404: ("not_found", "没有这个页面或接口，请检查地址。"),
    405: ("method_not_allowed", "这个接口不支持这种请求方式，请对照接口清单 /api/openapi.json。"),
    413: ("too_large", "提交的内容太大，请缩小后重试。"),
}


def answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """FastAPI's and Starlette's own errors in our shape."""
    assert isinstance(error, HTTPException)
    code, message = HTTP_MESSAGES.get(error.status_code, ("error", "请求没有成功，请稍后再试。"))
    return problem(error.status_code, code, message, headers=error.headers)


def answer_malformed(request: Request, error: Exception) -> JSONResponse:
    """422: which field is missing or ill-formed. What was sent is not echoed: it may be a password."""
    assert isinstance(error, RequestValidationError)
    faults: list[dict[str, Any]] = [
        {
            "field": ".".join(str(part) for part in fault["loc"][1:]),
            "in": fault["loc"][0],
            "type": fault["type"],
            "reason": fault["msg"],
        }
        for fault in error.errors()
    ]
    first = faults[0]
    field = f"“{first['field']}”" if first["field"] else "请求内容"
    what = "没有填写" if first["type"] == "missing" else "写法不对"
    return problem(422, "malformed", f"请求格式不对：{field}{what}，请改正后重试。", faults)


def answer_database_error(request: Request, error: Exception) -> JSONResponse:
    """Busy beyond patience, full disk, read-only disk, server away, damaged file: nothing was stored."""
    if not (isinstance(error, OperationalError) or type(error) is DatabaseError):
        raise error  # a statement of ours was wrong: `Unexpected` answers
    log.error("database unavailable", exc_info=error)
    message = "数据库暂时不能读写（正忙、磁盘已满或连接中断），这一次没有保存，请稍后再试或联系系统管理员。"
    return problem(503, "database_unavailable", message)
