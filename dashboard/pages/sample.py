"""样张 `/components`: the shared parts in every state."""

import dash
from dash import Input, Output, callback, html
from dash.exceptions import PreventUpdate

from dashboard.components.page import skeleton
from dashboard.views import sample

dash.register_page(__name__, path="/components", name="样张", title="样张")


def layout(**query: str) -> html.Div:
    return skeleton("sample", query)


@callback(Output("sample-body", "children"), Input("shell-viewport", "data"))
async def show_sample(viewport: str | None) -> html.Div:
    if viewport is None:
        raise PreventUpdate
    return sample.page(is_phone=viewport == "phone")
