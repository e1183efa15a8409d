"""An address that names no page."""

import dash
from dash import dcc, html

from dashboard.components import states

dash.register_page(__name__, title="没有这一页")


def layout(**_query: str) -> html.Div:
    back = dcc.Link("回到总览", href="/", className="button button-primary")
    return states.empty("没有这一页", "地址可能写错了，或者这一页已经不用了。", back)
