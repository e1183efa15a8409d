"""操作日志 `/trail?tab=&who=&action=&from=&to=&q=&page=&sample=`, for auditor, head of the office, administrator."""

import asyncio
import time
from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import address, client
from dashboard.address import Place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import trail

dash.register_page(__name__, path="/trail", name="操作日志", title="操作日志", order=95)

CHANGED = Output("shell-changed", "data", allow_duplicate=True)
TROUBLE = Output("trail-trouble", "children", allow_duplicate=True)


def layout(**query: str) -> html.Div:
    stores = [dcc.Store(id="trail-drawn"), dcc.Store(id="trail-followed")]
    return html.Div([html.Div(id="trail-trouble"), *stores, skeleton("trail", query)])


async def draw(place: Place) -> html.Div:
    summary, found = await asyncio.gather(client.get("audit/summary"), ask(place))
    return trail.page(place, summary, found)


async def ask(place: Place) -> Any:
    """The tab's own answer."""
    tab, page = trail.tab_of(place), place.query.get("page")
    if tab == "samples":
        sample = place.query.get("sample")
        return await client.get(f"audit/samples/{sample}" if sample else "audit/samples")
    path = {"log": "audit", "manual": "audit/manual", "changes": "audit/changes"}[tab]
    return await client.get(path, **trail.asked(place), page=page, size=trail.ON_A_PAGE[place.is_phone])


@callback(
    Output("trail-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("trail-query", "data"),
)
@shows_failure
async def show_trail(programmes: Any, viewport: Any, query: Any) -> Any:
    """The trail is there before the first programme is."""
    if programmes is None or viewport is None:
        raise PreventUpdate
    person = client.person()
    found = address.place(programmes, query, viewport, person)
    return await draw(found or Place({"code": ""}, query or {}, viewport == "phone", person))


@callback(CHANGED, TROUBLE, Input("trail-verify", "n_clicks"), prevent_initial_call=True)
async def verify(clicks: int | None) -> tuple[Any, Any]:
    if not clicks:
        return no_update, no_update
    try:
        found = await client.post("audit/verification")
    except client.ApiError as refusal:
        return no_update, states.trouble(refusal.message)
    return time.time(), None if found["ok"] else states.trouble("；".join(found["faults"]))


@callback(
    Output("trail-drawn", "data"),
    TROUBLE,
    Input("trail-draw", "n_clicks"),
    State("trail-period", "value"),
    State("trail-size", "value"),
    State("trail-seed", "value"),
    State("shell-programmes", "data"),
    State("trail-query", "data"),
    prevent_initial_call=True,
)
async def draw_sample(
    clicks: int | None, period: str | None, size: Any, seed: str | None, programmes: Any, query: Any
) -> tuple[Any, Any]:
    """A new sample; its own page follows."""
    place = address.place(programmes, query, None)
    if not clicks or place is None:
        return no_update, no_update
    wanted = {"programme": place.code, "period": period or "", "size": size or 0, "seed": (seed or "").strip()}
    try:
        made = await client.post("audit/samples", wanted)
    except client.ApiError as refusal:
        return no_update, states.trouble(refusal.message)
    return place.href("/trail", tab="samples", sample=str(made["number"])), None


@callback(
    CHANGED,
    TROUBLE,
    Input("trail-lines", "cellValueChanged"),
    State("trail-query", "data"),
    prevent_initial_call=True,
)
async def tick(changed: list[dict[str, Any]] | None, query: Any) -> tuple[Any, Any]:
    """Keep what was ticked or written on a line, once it says enough."""
    if not changed or not (query or {}).get("sample"):
        return no_update, no_update
    said = trail.tick_of(changed[-1]["data"])
    if isinstance(said, str):
        return no_update, states.trouble(said)
    try:
        await client.post(f"audit/samples/{query['sample']}/checks", said)
    except client.ApiError as refusal:
        return no_update, states.trouble(refusal.message)
    return time.time(), None


clientside_callback(
    ClientsideFunction("sanzhong", "follow"),
    Output("trail-followed", "data"),
    Input("trail-drawn", "data"),
    prevent_initial_call=True,
)
