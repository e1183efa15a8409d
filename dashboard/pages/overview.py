"""总览 `/?month=`."""

import asyncio
from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import overview

dash.register_page(__name__, path="/", name="总览", title="总览", order=10)


def layout(**query: str) -> html.Div:
    return skeleton("overview", query)


async def draw(place: Place) -> html.Div:
    alerts, board = await asyncio.gather(
        client.get("alerts", programme=place.code, month=place.month),
        client.get("standings", programme=place.code, period=place.month),
    )
    return overview.page(place, alerts, board)


@callback(
    Output("overview-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("overview-query", "data"),
)
@shows_failure
async def show_overview(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)
