"""定稿与更正 `/publications?period=`: drafting, signing, correcting, contesting."""

import asyncio
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
from dashboard.views import publications

dash.register_page(__name__, path="/publications", name="定稿与更正", title="定稿与更正", order=60)

CHANGED = Output("shell-changed", "data", allow_duplicate=True)
TROUBLE = Output("publications-trouble", "children", allow_duplicate=True)


def layout(**query: str) -> html.Div:
    return html.Div([html.Div(id="publications-trouble"), skeleton("publications", query)])


async def draw(shown: Place) -> html.Div:
    period = shown.query.get("period")
    desk, changes = await asyncio.gather(
        client.get("publications/desk", programme=shown.code, period=period),
        client.get("publications/changes", programme=shown.code, period=period),
    )
    return publications.page(shown, desk, changes)


@callback(
    Output("publications-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("publications-query", "data"),
)
@shows_failure
async def show_publications(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)


async def act(path: str, body: Mapping[str, Any] | None = None) -> tuple[Any, Any]:
    """Do one thing; the whole screen then reads its data anew, or the refusal stands above the page."""
    try:
        await client.post(path, body)
    except client.ApiError as refusal:
        return (time.time() if refusal.status == 409 else no_update), states.trouble(refusal.message)
    return time.time(), None


@callback(
    CHANGED,
    TROUBLE,
    Input({"type": "publications-do", "act": ALL}, "n_clicks"),
    State({"type": "publications-given", "field": ALL}, "value"),
    State("publications-place", "data"),
    prevent_initial_call=True,
)
async def do_act(clicks: list[int | None], _given: list[Any], place: dict[str, Any]) -> tuple[Any, Any]:
    """拟稿, 签发, 开更正单 or sign one, as the dialog that was confirmed says."""
    wanted = ctx.triggered_id["act"] if ctx.triggered_id and any(clicks) else None
    if wanted is None:
        return no_update, no_update
    programme = {"programme": place["programme"]}
    if wanted in ("draft", "sign"):
        return await act("publications", {**programme, "period": place["period"]})
    if wanted == "sign_reopening":
        slip = {name: place["slip"][name] for name in ("periods", "reason")}
        return await act("publications/reopenings", {**programme, **slip})
    given = {state["id"]["field"]: state.get("value") for state in ctx.states_list[0]}
    if not (given.get("reason") or "").strip():
        return no_update, states.trouble("请写明更正原因，再开更正单。")
    return await act("publications/reopenings", {**programme, **given})


@callback(
    CHANGED,
    TROUBLE,
    Input({"type": "publications-decide", "appeal": ALL, "act": ALL}, "n_clicks"),
    State({"type": "publications-answer", "appeal": ALL}, "value"),
    State({"type": "publications-reason", "appeal": ALL}, "value"),
    prevent_initial_call=True,
)
async def decide(clicks: list[int | None], _answers: list[Any], _reasons: list[Any]) -> tuple[Any, Any]:
    """Answer an appeal, or decide it with its reason."""
    if not ctx.triggered_id or not any(clicks):
        return no_update, no_update
    appeal, wanted = ctx.triggered_id["appeal"], ctx.triggered_id["act"]
    answer, reason = (
        next((one.get("value") or "" for one in found if one["id"]["appeal"] == appeal), "").strip()
        for found in ctx.states_list
    )
    if not answer:
        return no_update, states.trouble("请先写明答复。")
    if wanted == "answer":
        return await act(f"appeals/{appeal}/answer", {"answer": answer})
    if not reason:
        return no_update, states.trouble(f"请写明{wanted}的理由，再作决定。")
    return await act(f"appeals/{appeal}/decision", {"decision": wanted, "reason": reason, "answer": answer})


@callback(
    CHANGED,
    TROUBLE,
    Input({"type": "publications-withdraw", "appeal": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
async def withdraw(clicks: list[int | None]) -> tuple[Any, Any]:
    if not ctx.triggered_id or not any(clicks):
        return no_update, no_update
    return await act(f"appeals/{ctx.triggered_id['appeal']}/withdraw")


clientside_callback(
    ClientsideFunction("sanzhong", "dialog"),
    Output({"type": "publications-dialog", "act": MATCH}, "opened"),
    Input({"type": "publications-open", "act": MATCH}, "n_clicks"),
    Input({"type": "publications-close", "act": MATCH}, "n_clicks"),
    Input({"type": "publications-do", "act": MATCH}, "n_clicks"),
    prevent_initial_call=True,
)
