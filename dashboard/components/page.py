"""The frame of every page (页面框架): title, the period shown, 数据来源, controls; and how a page fetches its body."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.states import loading


def skeleton(name: str, query: Mapping[str, Any]) -> html.Div:
    """What a page's layout returns at once: its query kept in a store, a loading body filled by the page's callback."""
    kept = {key: value for key, value in query.items() if value is not None}
    return html.Div([dcc.Store(id=f"{name}-query", data=kept), html.Div(loading(), id=f"{name}-body")])


def head(
    title: str,
    *,
    subtitle: str = "",
    source: str = "",
    controls: Sequence[Component | None] = (),
    crumbs: Sequence[tuple[str, str]] = (),
    is_compact: bool = False,
) -> html.Header:
    """Title left, controls right; under the title the period shown and where the data comes from (数据来源).

    A compact head keeps its controls beside the title on a phone too.
    """
    trail = [piece for label, href in crumbs for piece in (dcc.Link(label, href=href), html.Span("／"))]
    return html.Header(
        [
            html.Div(
                [
                    html.Div(trail, className="crumbs") if trail else None,
                    html.H1(title),
                    html.P(subtitle, className="page-subtitle") if subtitle else None,
                    html.P(["数据来源：", source], className="page-source") if source else None,
                ],
                className="page-title",
            ),
            html.Div([control for control in controls if control is not None], className="page-controls"),
        ],
        className="page-head page-head-compact" if is_compact else "page-head",
    )


def panel(
    title: str | None, body: Any, *, aside: Any = None, className: str = "", id: str | None = None
) -> html.Section:
    """One framed part of a page, with its heading and, at the right, a count or a link."""
    tools = "panel-aside panel-tools" if isinstance(aside, list) else "panel-aside"
    bar = html.Div([html.H2(title), html.Div(aside, className=tools)], className="panel-head")
    named = {"id": id} if id else {}
    # A list inside a list of children is not drawn by Dash.
    inner = html.Div(body) if isinstance(body, list) else body
    return html.Section([bar if title else None, inner], className=f"panel {className}".strip(), **named)


def finder(table_id: str, words: str = "查找项目、单位、领导") -> html.Div:
    """A box that narrows a table to the rows holding its words, as one types; `assets/grid.js` does it."""
    box = dmc.TextInput(placeholder=words, size="xs", w="100%", **{"aria-label": words})
    return html.Div(box, className="finder no-print", **{"data-finds-in": table_id})


def picker(
    name: str,
    value: str | None,
    data: Sequence[Any],
    *,
    label: str,
    placeholder: str | None = None,
    clearable: bool = False,
    width: int = 150,
) -> html.Div:
    """A select that sets `?name=` in the address and nothing else; `data` as dmc.Select takes it.

    Beside it stands the value as drawn, so that being drawn is never taken for being chosen.
    """
    return html.Div(
        [
            dmc.Select(
                id={"type": "picker", "name": name},
                value=value,
                data=list(data),
                placeholder=placeholder,
                clearable=clearable,
                allowDeselect=False,
                checkIconPosition="right",
                maxDropdownHeight=360,
                nothingFoundMessage="没有可选项",
                w=width,
                **{"aria-label": label},
            ),
            dcc.Store(id={"type": "picker-shown", "name": name}, data=value),
        ],
        className="picker no-print",
    )
