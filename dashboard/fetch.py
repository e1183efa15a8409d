"""How a page's callback becomes a page (取数): find the place, make the page's calls together, show or say why not."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from dash import html
from dash.exceptions import PreventUpdate

from dashboard import client
from dashboard.address import Place, place
from dashboard.components import states

Programmes = Sequence[Mapping[str, Any]] | None


def nothing_yet(person: Mapping[str, Any]) -> html.Div:
    is_office = person.get("role") in ("office", "office_head")
    hint = (
        "请先建立年度计划，再导入年度计划表和月度进展表。"
        if is_office
        else "办公室建立年度计划并导入月报后，这里会显示内容。"
    )
    return states.empty("还没有可以查看的年度计划", hint)


def no_month_yet() -> html.Div:
    return states.empty("还没有已导入的月报", "办公室在「月报导入」确认导入第一个月后，这里会显示内容。")


async def show(
    programmes: Programmes,
    viewport: str | None,
    query: Mapping[str, str] | None,
    draw: Callable[[Place], Awaitable[Any]],
    *,
    needs_month: bool = True,
) -> Any:
    """Draw a page once programme and screen width are known; without data say what is missing."""
    if programmes is None or viewport is None:
        raise PreventUpdate
    found = place(programmes, query, viewport, client.person())
    if found is None:
        return nothing_yet(client.person())
    if needs_month and not found.newest_month:
        return no_month_yet()
    return await draw(found)
