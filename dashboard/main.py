"""The whole server (一体服务): the API with the screen hung on it, one ASGI application.

`serve` hands uvicorn the string `dashboard.main:create_server`. One process makes one server: Dash keeps its
callbacks in the process, so a second server in the same process would have none.
"""

import logging
from pathlib import Path
from typing import Any

from dash import Dash, ctx
from dash.backends._fastapi import DashMiddleware
from dash.exceptions import DependencyException
from fastapi import FastAPI
from starlette.middleware import Middleware

from app.main import create_app
from app.operations import collector
from dashboard import client, new_password, sign_in, theme
from dashboard.delivery import StaticDelivery, no_such_file
from dashboard.gate import Gate

FOLDER = Path(__file__).parent
TITLE = "三重一大项目督查考评平台"
log = logging.getLogger(__name__)

INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<style>CSS_VARIABLES</style>
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


def create_server(settings: Any = None) -> FastAPI:
    """The API of `create_app(settings)` plus pages, sign-in, gate and static delivery."""
    api = create_app(settings)
    client.connect(app=api)
    api.include_router(sign_in.router)
    api.include_router(new_password.router)
    api.add_exception_handler(DependencyException, no_such_file)
    dash_app = Dash(
        __name__,
        server=api,
        use_pages=True,
        pages_folder=str(FOLDER / "pages"),
        assets_folder=str(FOLDER / "assets"),
        assets_ignore=r"(sign-in|new-password)\.(js|css)|favicon\.svg",
        title=TITLE,
        update_title="",
        index_string=INDEX.replace("CSS_VARIABLES", theme.css_variables()),
        suppress_callback_exceptions=True,
        include_pages_meta=False,
        on_error=_log_failure,
    )
    # After Dash exists: the modules below register callbacks and pages.
    from dashboard.components import shell

    dash_app.layout = shell.layout
    _settle(dash_app)
    api.state.script_hashes = list(dash_app.csp_hashes())
    _order_middleware(api)
    return api


def create_served(settings: Any = None) -> FastAPI:
    """The server of a process that does nothing else."""
    server = create_server(settings)
    collector.settle()
    return server


def _settle(dash_app: Dash) -> None:
    """Register Dash's own page callbacks now instead of at the first request to `/`.

    A first visit to a deep link would otherwise get an index without them, and the CSP would not know their script.
    """
    for prepare in dash_app.backend._before_request_funcs:
        prepare()


def _order_middleware(api: FastAPI) -> None:
    """Put Dash's own middleware innermost, behind body limits, headers and the gate.

    Dash adds it outermost, where it would read a whole request body before anything could refuse it.
    """
    own = [layer for layer in api.user_middleware if layer.cls is DashMiddleware]
    others = [layer for layer in api.user_middleware if layer.cls is not DashMiddleware]
    api.user_middleware = [*others, Middleware(StaticDelivery), Middleware(Gate), *own]


def _log_failure(error: Exception) -> Any:
    """A programmer's mistake in a callback: logged with its trace; the page keeps what it shows."""
    log.error("callback failed: %s", ctx.outputs_list, exc_info=error)
