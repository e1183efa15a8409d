"""月报填报 `/filing?month=`: a unit files its own projects, typed in or as a sheet."""

import asyncio
from collections.abc import Sequence
from typing import Any

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    dcc,
    html,
    no_update,
)

from dashboard import client, fetch
from dashboard.address import Place, place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import filing

dash.register_page(__name__, path="/filing", name="月报填报", title="月报填报", order=50)


def layout(**query: str) -> html.Div:
    outcome = [dcc.Store(id="imports-outcome"), html.Div(id="imports-refusal"), dcc.Store(id="filing-done")]
    return html.Div([*outcome, skeleton("filing", query)])


async def draw(shown: Place) -> html.Div:
    month = filing.month_of(shown)
    form = await client.get("uploads/form", programme=shown.code, month=month)
    # One's own: of the office this would be everybody's.
    history = await client.get("uploads", programme=shown.code, month=month, unit=form["unit"])
    # What was typed before stands in the boxes again, to be corrected or completed.
    kept = await asyncio.gather(*(client.get(f"uploads/{one}/file") for one in filing.open_forms(history["rows"])))
    return filing.page(shown, form, history["rows"], filing.filled_in(kept))


@callback(
    Output("filing-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("filing-query", "data"),
)
@shows_failure
async def show_filing(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)


@callback(
    Output("filing-done", "data"),
    Output("filing-trouble", "children"),
    Output({"type": "filing-fault", "project": ALL, "field": ALL}, "children"),
    Input("filing-submit", "n_clicks"),
    State({"type": "filing-value", "project": ALL, "field": ALL}, "value"),
    State("filing-month", "data"),
    State("filing-fields", "data"),
    State("shell-programmes", "data"),
    State("filing-query", "data"),
    prevent_initial_call=True,
    running=[(Output("filing-submit", "loading"), True, False)],
)
async def submit(
    clicks: int | None, values: list[Any], month: str, fields: dict[str, str], programmes: Any, query: dict[str, str]
) -> tuple[Any, Any, Sequence[Any]]:
    """Hand the form in; a refusal marks each value that cannot be read, the rest stays as typed."""
    places = [output["id"] for output in ctx.outputs_list[2]]
    shown = place(programmes, query, None, client.person())
    if not clicks or shown is None:
        return no_update, no_update, [no_update] * len(places)
    rows = filing.entered([(state["id"], value) for state, value in zip(ctx.states_list[0], values, strict=True)])
    if not rows:
        return no_update, states.trouble("还没有填写任何项目，请先填写再提交。"), [None] * len(places)
    try:
        made = await client.post("uploads/form", {"programme": shown.code, "month": month, "rows": rows})
    except client.ApiError as refusal:
        wrong = filing.faults_by_field(refusal, rows, fields)
        marks = ["；".join(wrong.get((one["project"], one["field"]), [])) or None for one in places]
        return no_update, filing.rejected(refusal), marks
    return shown.href(f"/imports/{made['id']}"), None, [None] * len(places)


clientside_callback(
    ClientsideFunction("sanzhong", "follow"),
    Output("filing-done", "storage_type"),
    Input("filing-done", "data"),
    prevent_initial_call=True,
)
