"""月报导入 of one sheet `/imports/<id>`: preview, answers, commit, undo."""

import time
from collections.abc import Mapping
from typing import Any

import dash
from dash import (
    ALL,
    MATCH,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    html,
    no_update,
)

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import upload

dash.register_page(__name__, path_template="/imports/<upload_id>", name="一次导入", title="月报导入")

CHANGED, TROUBLE = Output("shell-changed", "data", allow_duplicate=True), Output("upload-trouble", "children")


def layout(upload_id: str = "", **query: str) -> html.Div:
    return html.Div([html.Div(id="upload-trouble"), skeleton("upload", {"id": upload_id, **query})])


async def draw(place: Place) -> html.Div:
    return upload.page(place, await client.get(f"uploads/{place.query['id']}"))


@callback(
    Output("upload-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("upload-query", "data"),
)
@shows_failure
async def show_upload(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)


async def act(query: Mapping[str, str], verb: str, body: Mapping[str, Any] | None = None) -> tuple[Any, Any]:
    """Do one thing to the upload; the whole screen then reads its data anew, or the refusal stands above the page."""
    try:
        await client.post(f"uploads/{query['id']}/{verb}", body)
    except client.ApiError as refusal:
        return (time.time() if refusal.status == 409 else no_update), states.trouble(refusal.message)
    return time.time(), None


@callback(
    CHANGED,
    TROUBLE,
    Input("upload-answer", "n_clicks"),
    State({"type": "upload-answer", "code": ALL, "id": ALL}, "value"),
    State("upload-query", "data"),
    prevent_initial_call=True,
    running=[(Output("upload-answer", "loading"), True, False)],
)
async def save_answers(clicks: int | None, values: list[Any], query: dict[str, str]) -> tuple[Any, Any]:
    given = {state["id"]["id"]: value for state, value in zip(ctx.states_list[0], values, strict=True) if value}
    if not clicks:
        return no_update, no_update
    if not given:
        return no_update, states.trouble("还没有选择任何答复，请先在问题下选择。")
    return await act(query, "answers", {"answers": given})


@callback(
    CHANGED,
    Output("upload-trouble", "children", allow_duplicate=True),
    Input("upload-commit", "n_clicks"),
    State("upload-query", "data"),
    prevent_initial_call=True,
    running=[(Output("upload-commit", "loading"), True, False)],
)
async def commit(clicks: int | None, query: dict[str, str]) -> tuple[Any, Any]:
    return await act(query, "commit") if clicks else (no_update, no_update)


@callback(
    CHANGED,
    Output("upload-trouble", "children", allow_duplicate=True),
    Input("upload-revert", "n_clicks"),
    State("upload-reason", "value"),
    State("upload-query", "data"),
    prevent_initial_call=True,
    running=[(Output("upload-revert", "loading"), True, False)],
)
async def revert(clicks: int | None, reason: str, query: dict[str, str]) -> tuple[Any, Any]:
    if not clicks:
        return no_update, no_update
    if not reason.strip():
        return no_update, states.trouble("请写明撤销原因，再撤销本次导入。")
    return await act(query, "revert", {"reason": reason.strip()})


clientside_callback(
    ClientsideFunction("sanzhong", "confirm"),
    Output("upload-confirm", "opened"),
    Input("upload-ask", "n_clicks"),
    Input("upload-keep", "n_clicks"),
    Input("upload-commit", "n_clicks"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("sanzhong", "answerAll"),
    Output({"type": "upload-answer", "code": MATCH, "id": ALL}, "value"),
    Input({"type": "upload-all", "code": MATCH}, "value"),
    State({"type": "upload-choices", "code": MATCH}, "data"),
    prevent_initial_call=True,
)
