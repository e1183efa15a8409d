"""项目档案 of one project `/projects/<id>?period=`."""

import asyncio
from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import project

dash.register_page(__name__, path_template="/projects/<project_id>", name="项目", title="项目档案")


def layout(project_id: str = "", **query: str) -> html.Div:
    return skeleton("project", {"id": project_id, **query})


async def draw(place: Place) -> html.Div:
    # A project opens on the whole year: the final score is what its receipt is asked for.
    period = place.query.get("period") or str(place.programme["year"])
    found, receipt = await asyncio.gather(
        client.get(f"projects/{place.query['id']}"),
        client.get(f"projects/{place.query['id']}/receipt", period=period),
    )
    return project.page(place.showing(period), found, receipt)


@callback(
    Output("project-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("project-query", "data"),
)
@shows_failure
async def show_project(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)
