"""我的账号 `/account`: one's own password, sessions and trusted phones, for everybody."""

from typing import Any

import dash
from dash import Input, Output, callback, html

from dashboard import client
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import account

dash.register_page(__name__, path="/account", name="我的账号", title="我的账号", order=95)


def layout(**query: str) -> html.Div:
    return skeleton("account", query)


async def draw() -> html.Div:
    return account.page(await client.get("account"))


@callback(Output("account-body", "children"), Input("account-query", "data"), Input("shell-changed", "data"))
@shows_failure
async def show_account(_query: Any, _changed: Any) -> Any:
    return await draw()
