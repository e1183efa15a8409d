"""风险预警, what changed this month: every change in one sentence, by heading, and all of it as plain text."""

from collections.abc import Collection, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.components.badge import light_badge
from dashboard.components.page import panel

Facts = Mapping[str, Any]


def month_changes(changes: Facts, shown: Collection[str] | None = None) -> html.Section:
    """The headings that have something to say, opened by a touch, and the text that can be copied.

    `shown` are the codes a filter leaves (None: no filter). A filtered list is no bulletin: it has neither the month's
    counts nor the text.
    """
    found = [
        {**one, "rows": [row for row in one["rows"] if shown is None or row["code"] in shown]}
        for one in changes["groups"]
    ]
    groups = [one for one in found if one["rows"]]
    parts: list[Any] = [html.P(changes["head"], className="look-lead")] if shown is None else []
    parts += [_group(one) for one in groups]
    if not groups:
        parts.append(html.P("本月没有变化。", className="soft"))
    elif shown is None:
        parts.append(_text(changes))
    total = sum(len(one["rows"]) for one in groups)
    aside = f"{total} 条，{'可直接用于简报' if shown is None else '只列筛选出的项目'}"
    return panel("本月变化", html.Div(parts), aside=aside, id="alerts-changes")


def _group(group: Facts) -> html.Details:
    head = [html.Span(group["label"]), html.Span(f"{len(group['rows'])} 项", className="look-count")]
    lines = [
        html.Li(
            [
                html.Div(
                    [
                        html.A(row["name"], href=f"/projects/{row['id']}", className="case-name"),
                        light_badge(row["light"], is_full=False),
                    ],
                    className="case-line",
                ),
                html.P(row["sentence"].removeprefix(row["name"])),
            ]
        )
        for row in group["rows"]
    ]
    return html.Details([html.Summary(head), html.Ul(lines, className="case-list case-list-short")], className="look")


def _text(changes: Facts) -> html.Details:
    """Read-only, so that a click and Ctrl+A take it all where a browser lets no page reach the clipboard."""
    head = [html.Span("全文（复制到简报）"), html.Span("纯文字", className="look-count")]
    text = dmc.Textarea(
        value=changes["text"],
        readOnly=True,
        autosize=True,
        minRows=4,
        maxRows=16,
        **{"aria-label": "本月变化全文"},
    )
    return html.Details([html.Summary(head), text], className="look no-print")
