"""得分明细 to be printed `/receipt?project=&period=`."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client, fetch
from dashboard.address import Place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import receipt

dash.register_page(__name__, path="/receipt", name="得分明细", title="得分明细")


def layout(**query: str) -> html.Div:
    return skeleton("receipt", query)


async def draw(place: Place) -> html.Div:
    if not place.query.get("project"):
        return states.empty("没有指定项目", "请从「项目档案」打开一个项目，在「得分明细」里点「打印得分明细」。")
    period = place.query.get("period") or str(place.programme["year"])
    path, as_of = f"projects/{place.query['project']}/receipt", place.query.get("as_of")
    return receipt.page(place.showing(period), await client.get(path, period=period, as_of=as_of))


@callback(
    Output("receipt-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("receipt-query", "data"),
)
@shows_failure
async def show_receipt(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)
