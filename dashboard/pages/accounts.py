"""账号与操作日志 `/accounts?id=`: the accounts, for administrator and auditor."""

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
from dash.exceptions import PreventUpdate

from dashboard import client
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import accounts

dash.register_page(__name__, path="/accounts", name="账号", title="账号与操作日志", order=90)


def layout(**query: str) -> html.Div:
    return html.Div([html.Div(id="accounts-told"), skeleton("accounts", query)])


async def draw(query: Mapping[str, str], *, is_phone: bool) -> html.Div:
    role = str(client.person().get("role"))
    return accounts.page(await client.get("accounts"), role=role, chosen=query.get("id"), is_phone=is_phone)


@callback(
    Output("accounts-body", "children"),
    Input("shell-viewport", "data"),
    Input("accounts-query", "data"),
    Input("shell-changed", "data"),
)
@shows_failure
async def show_accounts(viewport: str | None, query: Mapping[str, str] | None, _changed: Any) -> Any:
    if viewport is None:
        raise PreventUpdate
    return await draw(query or {}, is_phone=viewport == "phone")


@callback(
    Output("shell-changed", "data", allow_duplicate=True),
    Output("accounts-told", "children"),
    Input({"type": "accounts-do", "act": ALL}, "n_clicks"),
    State({"type": "accounts-given", "act": ALL, "field": ALL}, "value"),
    prevent_initial_call=True,
)
async def do_act(clicks: list[int | None], _given: list[Any]) -> tuple[Any, Any]:
    """What the confirmed dialog says; a link is shown this once, a refusal stands above the page."""
    if not ctx.triggered_id or not any(clicks):
        return no_update, no_update
    act, _, key = str(ctx.triggered_id["act"]).rpartition("-")
    act = act or "add"
    body = accounts.filled(ctx.states_list[0], ctx.triggered_id["act"]) if act in ("add", "change", "subject") else {}
    if act in ("add", "change") and not body["role"]:
        return no_update, states.trouble("请选择角色，再保存。")
    try:
        done = await client.post("accounts" if act == "add" else f"accounts/{key}/{act}", body)
    except client.ApiError as refusal:
        return (time.time() if refusal.status == 409 else no_update), states.trouble(refusal.message)
    shown = accounts.handed(done, client.origin()) if "link" in done else accounts.told(done["message"])
    return time.time(), shown


clientside_callback(
    ClientsideFunction("sanzhong", "dialog"),
    Output({"type": "accounts-dialog", "act": MATCH}, "opened"),
    Input({"type": "accounts-open", "act": MATCH}, "n_clicks"),
    Input({"type": "accounts-close", "act": MATCH}, "n_clicks"),
    Input({"type": "accounts-do", "act": MATCH}, "n_clicks"),
    prevent_initial_call=True,
)
