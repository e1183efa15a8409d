"""分级排名 `/ranking?period=&group=`."""

import asyncio
from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import ranking

dash.register_page(__name__, path="/ranking", name="分级排名", title="分级排名", order=20)


def layout(**query: str) -> html.Div:
    return skeleton("ranking", query)


async def draw(place: Place) -> html.Div:
    as_of = place.query.get("as_of")
    asked = {"programme": place.code, "period": place.period, "as_of": as_of}
    board, movement = await asyncio.gather(client.get("standings", **asked), client.get("standings/movement", **asked))
    return ranking.page(place, board, movement)


@callback(
    Output("ranking-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("ranking-query", "data"),
)
@shows_failure
async def show_ranking(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)
