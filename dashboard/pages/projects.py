"""项目档案 `/projects?class=`."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import projects

dash.register_page(__name__, path="/projects", name="项目档案", title="项目档案", order=40)


def layout(**query: str) -> html.Div:
    return skeleton("projects", query)


async def draw(place: Place) -> html.Div:
    return projects.page(place, await client.get("projects", programme=place.code))


@callback(
    Output("projects-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("projects-query", "data"),
)
@shows_failure
async def show_projects(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)
