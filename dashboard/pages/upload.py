"""月报导入 of one sheet `/imports/<id>`: preview, answers, and whatever the API says this person may do with it."""

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
from dashboard.address import Place, place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import upload

dash.register_page(__name__, path_template="/imports/<upload_id>", name="一次导入", title="月报导入")

CHANGED, TROUBLE = Output("shell-changed", "data", allow_duplicate=True), Output("upload-trouble", "children")


def layout(upload_id: str = "", **query: str) -> html.Div:
    return html.Div([html.Div(id="upload-trouble"), skeleton("upload", {"id": upload_id, **query})])


async def draw(shown: Place) -> html.Div:
    return upload.page(shown, await client.get(f"uploads/{shown.query['id']}"))


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


VERBS = {"hand_over": "hand-over"}  # where the address is another word than the act
WANTED = {
    "return": ("reason", "请写明退回原因，再退回。"),
    "revert": ("reason", "请写明撤销原因，再撤销本次导入。"),
    "hand_over": ("to", "请选择要交给的同事。"),
}


@callback(
    CHANGED,
    Output("upload-trouble", "children", allow_duplicate=True),
    Input({"type": "upload-do", "act": ALL}, "n_clicks"),
    State({"type": "upload-given", "act": ALL}, "value"),
    State("upload-query", "data"),
    prevent_initial_call=True,
)
async def do_act(clicks: list[int | None], _given: list[Any], query: dict[str, str]) -> tuple[Any, Any]:
    """The act of the button that was pressed, with what was written for it."""
    act_name = ctx.triggered_id["act"] if ctx.triggered_id and any(clicks) else None
    if act_name is None:
        return no_update, no_update
    body: dict[str, Any] = {}
    if act_name in WANTED:
        field, missing = WANTED[act_name]
        given = {state["id"]["act"]: (state.get("value") or "").strip() for state in ctx.states_list[0]}
        if not given.get(act_name):
            return no_update, states.trouble(missing)
        body = {field: given[act_name]}
    return await act(query, VERBS.get(act_name, act_name), body)


@callback(
    Output({"type": "upload-given", "act": "hand_over"}, "data"),
    Input({"type": "upload-open", "act": "hand_over"}, "n_clicks"),
    State("upload-query", "data"),
    State("shell-programmes", "data"),
    prevent_initial_call=True,
)
async def show_colleagues(_clicks: int | None, query: dict[str, str], programmes: Any) -> list[dict[str, str]]:
    found = place(programmes, query, None, client.person())
    if found is None:
        return []
    rows = (await client.get("uploads/colleagues", programme=found.code))["rows"]
    return [{"value": row["name"], "label": f"{row['name']}（{row['role_label']}）"} for row in rows]


@callback(
    Output("upload-foreseen", "children"),
    Input({"type": "upload-open", "act": "revert"}, "n_clicks"),
    State("upload-query", "data"),
    prevent_initial_call=True,
)
@shows_failure
async def show_foreseen(_clicks: int | None, query: dict[str, str]) -> Any:
    """What undoing would do: it costs the API a rehearsal, so it is asked for only when somebody means to."""
    return upload.foreseen(await client.get(f"uploads/{query['id']}/revert-preview"))


clientside_callback(
    ClientsideFunction("sanzhong", "dialog"),
    Output({"type": "upload-dialog", "act": MATCH}, "opened"),
    Input({"type": "upload-open", "act": MATCH}, "n_clicks"),
    Input({"type": "upload-close", "act": MATCH}, "n_clicks"),
    Input({"type": "upload-do", "act": MATCH}, "n_clicks"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("sanzhong", "answerAll"),
    Output({"type": "upload-answer", "code": MATCH, "id": ALL}, "value"),
    Input({"type": "upload-all", "code": MATCH}, "value"),
    State({"type": "upload-choices", "code": MATCH}, "data"),
    prevent_initial_call=True,
)
