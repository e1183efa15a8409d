"""督查组一致性 `/teams?period=`, for the office."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import teams

dash.register_page(__name__, path="/teams", name="督查组一致性", title="督查组一致性", order=80)


def layout(**query: str) -> html.Div:
    return skeleton("teams", query)


async def draw(place: Place) -> html.Div:
    return teams.page(place, await client.get("inspection-teams", programme=place.code, period=place.period))


@callback(
    Output("teams-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("teams-query", "data"),
)
@shows_failure
async def show_teams(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw)
