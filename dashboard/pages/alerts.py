"""风险预警 `/alerts?month=&class=&leader=&unit=&obstacle=&light=&outlook=`, where the office also decides on lights."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, html, no_update

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import alerts

dash.register_page(__name__, path="/alerts", name="风险预警", title="风险预警", order=30)

CHANGED = Output("shell-changed", "data", allow_duplicate=True)
TROUBLE = Output("alerts-trouble", "children", allow_duplicate=True)
KEY = {"project": ALL, "month": ALL, "kind": ALL}


def layout(**query: str) -> html.Div:
    return html.Div([html.Div(id="alerts-trouble"), skeleton("alerts", query)])


async def draw(place: Place) -> html.Div:
    asked = {"programme": place.code, "month": place.month, "as_of": place.query.get("as_of")}
    shown, beside = await asyncio.gather(client.get("alerts", **asked), client.get("alerts/beside", **asked))
    return alerts.page(place, shown, beside)


@callback(
    Output("alerts-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("alerts-query", "data"),
)
@shows_failure
async def show_alerts(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)


async def act(path: str, body: Mapping[str, Any]) -> tuple[Any, Any]:
    """Do one thing; the screen then reads its data anew, or the refusal stands above the page."""
    try:
        await client.post(f"alerts/decisions{path}", body)
    except client.ApiError as refusal:
        return (time.time() if refusal.status == 409 else no_update), states.trouble(refusal.message)
    return time.time(), None


@callback(
    CHANGED,
    TROUBLE,
    Input("alerts-submit", "n_clicks"),
    State({"type": "alerts-given", "field": ALL}, "value"),
    State("alerts-place", "data"),
    prevent_initial_call=True,
)
async def submit(clicks: int | None, _given: list[Any], place: dict[str, Any]) -> tuple[Any, Any]:
    """Ask for 免亮灯 or 人工认定, or record 办公室认定."""
    if not clicks:
        return no_update, no_update
    given = {state["id"]["field"]: (state.get("value") or "").strip() for state in ctx.states_list[0]}
    kind, _, value = given["act"].partition(":")
    words = given["reason"]
    if kind == "exemption" and given.get("listed"):
        words = "：".join(part for part in (given["listed"], given["reason"]) if part)
    if not (given["project"] and kind and words):
        return no_update, states.trouble("请选择项目和办理事项，并写明理由，再提交。")
    body = {**place, "project": int(given["project"]), "reason": words}
    if kind == "outlook":
        return await act("/outlook", {**body, "outlook": value})
    return await act("", {**body, "kind": kind, "light": value})


@callback(
    CHANGED,
    TROUBLE,
    Input({"type": "alerts-approve", **KEY}, "n_clicks"),
    State("alerts-place", "data"),
    prevent_initial_call=True,
)
async def approve(clicks: list[int | None], place: dict[str, Any]) -> tuple[Any, Any]:
    if not ctx.triggered_id or not any(clicks):
        return no_update, no_update
    key = {name: ctx.triggered_id[name] for name in KEY}
    return await act("/approve", {**place, **key})


@callback(
    CHANGED,
    TROUBLE,
    Input({"type": "alerts-withdraw", **KEY}, "n_clicks"),
    State({"type": "alerts-withdraw-reason", **KEY}, "value"),
    State("alerts-place", "data"),
    prevent_initial_call=True,
)
async def withdraw(clicks: list[int | None], _reasons: list[Any], place: dict[str, Any]) -> tuple[Any, Any]:
    """撤回、退回、撤销, with the reason typed beside the button."""
    if not ctx.triggered_id or not any(clicks):
        return no_update, no_update
    key = {name: ctx.triggered_id[name] for name in KEY}
    matching = (state for state in ctx.states_list[0] if {name: state["id"][name] for name in KEY} == key)
    reason = (next(matching).get("value") or "").strip()
    if not reason:
        return no_update, states.trouble("请写明理由，再撤销。")
    return await act("/withdraw", {**place, **key, "reason": reason})
