"""Charts (图): Plotly, served from here, in Chinese, with every way to a foreign server switched off."""

from typing import Any

import plotly.graph_objects as go
from dash import dcc, html

from dashboard.texts import PLOTLY_LOCALE
from dashboard.theme import PLOTLY_LAYOUT

# plotly.js offers a button that uploads the chart to a public cloud; for a county's figures it must not exist.
CONFIG: dict[str, Any] = {
    "plotlyServerURL": "",
    "modeBarButtonsToRemove": ["sendChartToCloud"],
    "displayModeBar": False,
    "displaylogo": False,
    "responsive": True,
    "locale": "zh-CN",
    "locales": PLOTLY_LOCALE,
}


def graph(traces: list[Any], *, label: str, height: int = 300, **layout: Any) -> html.Figure:
    """One chart. `label` is what a screen reader says; `layout` overrides the theme's."""
    drawn = go.Figure(traces, go.Layout(**{**PLOTLY_LAYOUT, "height": height, **layout}))
    chart = dcc.Graph(figure=drawn, config=CONFIG, className="graph", style={"height": f"{height}px"})
    return html.Figure(chart, className="figure-graph", **{"aria-label": label})
