"""风险预警 `/alerts?month=&class=&leader=&unit=&obstacle=&light=&outlook=`."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import alerts

dash.register_page(__name__, path="/alerts", name="风险预警", title="风险预警", order=30)


def layout(**query: str) -> html.Div:
    return skeleton("alerts", query)


async def draw(place: Place) -> html.Div:
    as_of = place.query.get("as_of")
    shown = await client.get("alerts", programme=place.code, month=place.month, as_of=as_of)
    if as_of:  # the record speaks of what is known now
        return alerts.page(place, shown)
    record = await client.get("alerts/track-record", programme=place.code, month=place.month)
    return alerts.page(place, shown, record)


@callback(
    Output("alerts-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("alerts-query", "data"),
)
@shows_failure
async def show_alerts(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)
