"""单位考核得分明细 `/assessees/receipt?kind=&period=&key=`."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import assessee

dash.register_page(__name__, path="/assessees/receipt", name="考核得分明细", title="考核得分明细")


def layout(**query: str) -> html.Div:
    return skeleton("assessee", query)


async def draw(place: Place) -> html.Div:
    found = await client.get(
        "assessees/receipt",
        programme=place.code,
        period=place.period,
        kind=place.query.get("kind"),
        key=place.query.get("key", ""),
        as_of=place.query.get("as_of"),
    )
    return assessee.page(place, found)


@callback(
    Output("assessee-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("assessee-query", "data"),
)
@shows_failure
async def show_assessee(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)
