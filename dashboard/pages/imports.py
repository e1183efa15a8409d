"""月报导入 `/imports?tab=&month=&unit=&status=&state=`: handing in and history; 报送情况 by unit."""

from typing import Any

import dash
from dash import Input, Output, callback, dcc, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import imports

dash.register_page(__name__, path="/imports", name="月报导入", title="月报导入", order=50)


def layout(**query: str) -> html.Div:
    outcome = [dcc.Store(id="imports-outcome"), html.Div(id="imports-refusal")]
    return html.Div([*outcome, skeleton("imports", query)])


async def draw(place: Place) -> html.Div:
    if place.query.get("tab") == "board":
        month = imports.board_month(place)
        return imports.board_page(place, await client.get("uploads/board", programme=place.code, month=month))
    return imports.page(place, (await client.get("uploads", programme=place.code))["rows"])


@callback(
    Output("imports-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("imports-query", "data"),
)
@shows_failure
async def show_imports(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)


@callback(Output("imports-refusal", "children"), Input("imports-outcome", "data"), prevent_initial_call=True)
async def show_outcomes(found: list[dict[str, Any]] | None) -> Any:
    return imports.outcomes(found) if found else None
