"""考核办法 `/rulebook?tab=&book=&period=`: read, tried, proposed, adopted. A book: revision:12 or example:name."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import dash
from dash import ALL, Input, Output, State, callback, ctx, html, no_update

from dashboard import client, fetch
from dashboard.address import Place, place
from dashboard.components import states
from dashboard.components.page import skeleton
from dashboard.components.states import shows_failure
from dashboard.views import rulebook, rulebook_trial

dash.register_page(__name__, path="/rulebook", name="考核办法", title="考核办法", order=70)

CHANGED = Output("shell-changed", "data", allow_duplicate=True)


def layout(**query: str) -> html.Div:
    return html.Div([html.Div(id="rulebook-said"), skeleton("rulebook", query)])


async def draw(shown: Place) -> html.Div:
    """The listing and, together with it, the other book that the address names."""
    tab, other = shown.query.get("tab"), address_of(shown.query.get("book"))
    listed = client.get("rulebooks", programme=shown.code)
    if other:
        books, found = await asyncio.gather(listed, client.get(f"rulebooks/{other}"))
    else:
        books, found = await listed, None
    if tab == "trial" and books["may"]["try"]:
        body = rulebook_trial.body(shown, books, found or books["in_force"])
        return rulebook.page(shown, books, None, body)
    return rulebook.page(shown, books, found)


def address_of(book: str | None) -> str | None:
    """revision:12 → 12, example:name → examples/name."""
    kind, _, name = (book or "").partition(":")
    if kind == "revision" and name.isdigit():
        return name
    return f"examples/{name}" if kind == "example" and name else None


@callback(
    Output("rulebook-body", "children"),
    Input("shell-programmes", "data"),
    Input("shell-viewport", "data"),
    Input("rulebook-query", "data"),
)
@shows_failure
async def show_rulebook(programmes: Any, viewport: Any, query: Any) -> Any:
    return await fetch.show(programmes, viewport, query, draw, needs_month=False)


@callback(
    Output("rulebook-result", "children"),
    Output("rulebook-trouble", "children"),
    Output("rulebook-tried", "data"),
    Input("rulebook-try", "n_clicks"),
    State({"type": rulebook_trial.FIGURE, "key": ALL}, "value"),
    State("rulebook-known", "data"),
    State("rulebook-text", "value"),
    State("rulebook-source", "value"),
    State("rulebook-query", "data"),
    State("shell-programmes", "data"),
    State("shell-viewport", "data"),
    prevent_initial_call=True,
    running=[(Output("rulebook-try", "loading"), True, False)],
)
async def show_trial(
    clicks: int | None,
    values: list[Any],
    known: dict[str, str],
    text: str | None,
    source: str | None,
    query: dict[str, str],
    programmes: Any,
    viewport: str | None,
) -> tuple[Any, Any, Any]:
    shown = place(programmes, query, viewport, client.person())
    if not clicks or shown is None:
        return no_update, no_update, no_update
    period = rulebook_trial.period_of(shown)
    if period is None:
        return None, states.trouble("还没有已导入的月报，不能试算；请先导入并确认一个月的月报。"), None
    boxes = [(state["id"], value) for state, value in zip(ctx.states_list[0], values, strict=True)]
    wanted = rulebook_trial.wanted(query.get("book"), rulebook_trial.changed(known, boxes), text, source)
    asked = {"programme": shown.code, **wanted}
    try:
        made, books = await asyncio.gather(
            client.post("rulebooks/trial", {**asked, "period": period}),
            client.get("rulebooks", programme=shown.code),
        )
    except client.ApiError as refusal:
        return None, rulebook_trial.trouble(refusal), None
    result = rulebook_trial.result(
        made, books["may"], books["adoptable_months"], two_person=books["two_person"], is_phone=shown.is_phone
    )
    return result, None, asked


@callback(
    CHANGED,
    Output("rulebook-said", "children", allow_duplicate=True),
    Input("rulebook-adopt", "n_clicks"),
    State("rulebook-from", "value"),
    State("rulebook-reason", "value"),
    State("rulebook-tried", "data"),
    prevent_initial_call=True,
    running=[(Output("rulebook-adopt", "loading"), True, False)],
)
async def adopt_tried(
    clicks: int | None, from_month: str | None, reason: str | None, tried: dict[str, Any] | None
) -> tuple[Any, Any]:
    if not clicks or tried is None:
        return no_update, no_update
    if not from_month:
        return no_update, states.trouble("请选择从哪个月起施行。")
    return await adopt({**tried, "from_month": from_month, "reason": reason or ""})


@callback(
    CHANGED,
    Output("rulebook-said", "children", allow_duplicate=True),
    Input({"type": "rulebook-do", "act": ALL}, "n_clicks"),
    State("rulebook-draft", "data"),
    State("rulebook-query", "data"),
    State("shell-programmes", "data"),
    prevent_initial_call=True,
)
async def decide_draft(
    clicks: list[int | None], draft: dict[str, Any], query: dict[str, str], programmes: Any
) -> tuple[Any, Any]:
    """Put the proposed book in force, or give it up."""
    shown = place(programmes, query, None, client.person())
    if ctx.triggered_id is None or not any(clicks) or shown is None:
        return no_update, no_update
    if ctx.triggered_id["act"] == "sign":
        asked = {"programme": shown.code, "revision": draft["id"], "from_month": draft["from_month"]}
        return await adopt(asked)
    try:
        await client.post(f"rulebooks/{draft['id']}/withdraw", {"programme": shown.code})
    except client.ApiError as refusal:
        return no_update, states.trouble(refusal.message)
    return time.time(), html.P("拟稿已撤回。", className="notice", role="status")


async def adopt(body: Mapping[str, Any]) -> tuple[Any, Any]:
    """What the API says of it; the whole screen then reads its data anew."""
    try:
        made = await client.post("rulebooks/adopt", body)
    except client.ApiError as refusal:
        return no_update, rulebook_trial.trouble(refusal)
    return time.time(), rulebook.adopted(made)
