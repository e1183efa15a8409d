"""单位考核 `/assessees?kind=&period=&group=`."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import assessees

dash.register_page(__name__, path="/assessees", name="单位考核", title="单位考核", order=25)


def layout(**query: str) -> html.Div:
    return skeleton("assessees", query)


async def draw(place: Place) -> html.Div:
    as_of = place.query.get("as_of")
    kind = place.query.get("kind")  # none: the first that the book in force assesses
    board = await client.get("assessees", programme=place.code, period=place.period, kind=kind, as_of=as_of)
    return assessees.page(place, board)


@callback(
    Output("assessees-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("assessees-query", "data"),
)
@shows_failure
async def show_assessees(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)
