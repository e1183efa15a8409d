"""目标测算 `/whatif?period=&group=`, of one project `/whatif?id=&period=&target=&rank=&pass=`."""

import asyncio
from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import target, whatif

dash.register_page(__name__, path="/whatif", name="目标测算", title="目标测算")


def layout(**query: str) -> html.Div:
    return skeleton("whatif", query)


async def draw(place: Place) -> html.Div:
    # Targets are set for a year or a quarter; a month in the address was left there by another page.
    asked = place.query.get("period")
    period = asked if asked and "-" not in asked else str(place.programme["year"])
    shown = place.showing(period)
    overview = client.get("whatif/overview", programme=place.code, period=period)
    if not place.query.get("id"):
        return whatif.page(shown, await overview)
    wishes = {name: place.query.get(name) for name in ("target", "rank", "pass")}
    found, others = await asyncio.gather(
        client.get(f"projects/{place.query['id']}/whatif", period=period, **wishes), overview
    )
    return target.page(shown, found, others)


@callback(
    Output("whatif-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("whatif-query", "data"),
)
@shows_failure
async def show_whatif(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)
