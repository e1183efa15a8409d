"""What a page shows when it has nothing to show yet (页面状态): loading, empty, failed, stale."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.client import ApiError

WAYS_OUT = {
    401: ("登录已失效", ("去登录", "/sign-in")),
    403: ("您的账号不能查看这一页", ("回到总览", "/")),
    404: ("没有这项内容", ("回到总览", "/")),
}


def loading(lines: int = 6) -> html.Div:
    return html.Div(
        [dmc.Skeleton(height=76, radius="sm"), *(dmc.Skeleton(height=22, radius="sm") for _ in range(lines))],
        className="state-loading",
        **{"aria-busy": "true", "aria-label": "正在加载"},
    )


def empty(title: str, hint: str = "", action: Component | None = None) -> html.Div:
    """Nothing is there yet; `hint` says what brings something here."""
    return html.Div(
        [
            html.Div("○", className="state-shape", **{"aria-hidden": "true"}),
            html.Div(title, className="state-title"),
            html.Div(hint, className="state-hint"),
            action,
        ],
        className="state state-empty",
    )


def failed(message: str, status: int = 503) -> html.Div:
    """The API refused or did not answer; `message` is its own sentence, `status` decides title and way out."""
    title, way_out = WAYS_OUT.get(status, ("这一页没有取到数据", None))
    reload = html.Button("重新加载", className="button", **{"data-action": "reload"})
    return html.Div(
        [
            html.Div("▲", className="state-shape", **{"aria-hidden": "true"}),
            html.Div(title, className="state-title"),
            html.Div(message, className="state-hint"),
            html.A(way_out[0], href=way_out[1], className="button button-primary") if way_out else reload,
        ],
        className="state state-failed",
        role="alert",
    )


def trouble(message: str) -> html.Div:
    """An act that was refused; what the page shows stands."""
    return html.Div(
        [html.Span("▲", className="badge-shape", **{"aria-hidden": "true"}), message], className="trouble", role="alert"
    )


def stale(button_id: str = "shell-refresh") -> html.Div:
    """The bar that appears when someone changed the data after this page was drawn."""
    return html.Div(
        [
            html.Span("◆", className="badge-shape", **{"aria-hidden": "true"}),
            "数据已有更新，本页显示的是更新前的内容。",
            html.Button("刷新本页", id=button_id, n_clicks=0, className="button button-small"),
        ],
        className="state-stale",
        role="status",
    )


def shows_failure(callback: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Let a page's callback end in the failed state with the API's sentence instead of a broken page."""

    @wraps(callback)
    async def guarded(*args: Any) -> Any:
        try:
            return await callback(*args)
        except ApiError as refusal:
            return failed(refusal.message, refusal.status)

    return guarded
