"""总览: what a leader must know in ten seconds, then their own projects, then the county by class.

The first screen of a phone holds no chart: 「10月 · 134项 · 已完69 可完60 难完5 | 红N 黄N 未督查N | 本月转差N项：…」.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.badge import light_badge
from dashboard.components.coverage import coverage_strip
from dashboard.components.graph import graph
from dashboard.components.number import figure
from dashboard.components.page import head, panel
from dashboard.theme import LIGHTS
from dashboard.views.alerts import case, month_picker, ordered, owners, project_link, worse_list

Row = Mapping[str, Any]


def page(place: Place, alerts: Mapping[str, Any], board: Mapping[str, Any]) -> html.Div:
    """The whole page: one month's alerts and the same month's board."""
    rows = alerts["rows"]
    worse = ordered([row for row in rows if row["is_worse"]])
    red = [row for row in rows if row["light"] == "red"]
    unlikely = [row for row in rows if row["outlook"] == "unlikely"]
    own = [row for row in rows if place.person.get("official") and row["lead_official"] == place.person["official"]]
    return html.Div(
        [
            head(
                "总览",
                subtitle=f"{place.programme['name']}{scope_words(place)}",
                source="月度进展表与督查组核实",
                controls=[month_picker(place)],
                is_compact=True,
            ),
            headline(alerts),
            panel(f"本月转差 {len(worse)} 项", worse_list(worse), className="panel-alert", id="overview-worse"),
            _own(own) if place.person.get("official") else None,
            html.Div(
                [
                    panel("红灯项目", _cases(red, "本月没有红灯项目。"), aside=_more(place, len(red), light="red")),
                    panel(
                        "预计无法完成年度计划",
                        _outlooks(unlikely),
                        aside=_more(place, len(unlikely), outlook="unlikely"),
                    ),
                ],
                className="columns-2",
            ),
            html.Div(
                [
                    panel("各类别", by_class(rows, board)),
                    html.Div(
                        [
                            panel("全县督查覆盖", coverage_strip(board["coverage"])),
                            panel("各月亮灯", trend(alerts["trend"])) if alerts["trend"] else None,
                        ]
                    ),
                ],
                className="columns-2",
            ),
        ]
    )


def scope_words(place: Place) -> str:
    """Whose projects the page counts, where it is not the whole county's."""
    if place.person.get("role") == "unit":
        return f" · 只含{place.person['unit']}的项目"
    return " · 只含您包挂的项目" if place.person.get("scope") == "sponsored" else ""


def headline(alerts: Mapping[str, Any]) -> html.Section:
    """The sentence a leader reads first, as figures with their words."""
    counts = alerts["counts"]
    not_inspected = _not_inspected(alerts["rows"])
    worse = sum(row["is_worse"] for row in alerts["rows"])
    groups = [
        [figure(len(alerts["rows"]), f"{number.short_month(alerts['month'])}在册项目", unit="项")],
        [
            figure(counts["done"], "已完", unit="项", tone="green"),
            figure(counts["expected"], "可完", unit="项"),
            figure(counts["unlikely"], "难完", unit="项", tone="red" if counts["unlikely"] else ""),
        ],
        [
            figure(counts["red"], f"{LIGHTS['red'].shape} 红灯", unit="项", tone="red"),
            figure(counts["yellow"], f"{LIGHTS['yellow'].shape} 黄灯", unit="项", tone="yellow"),
            figure(not_inspected, f"{LIGHTS['grey'].shape} 未督查", unit="项", tone="grey"),
        ],
        [figure(worse, "本月转差", unit="项", tone="red" if worse else "")],
    ]
    return html.Section(
        [html.Div(group, className="headline-group") for group in groups],
        className="headline",
        id="overview-headline",
        **{"aria-label": sentence(alerts)},
    )


def sentence(alerts: Mapping[str, Any]) -> str:
    """The headline as it would be read aloud."""
    counts, rows = alerts["counts"], alerts["rows"]
    not_inspected = _not_inspected(rows)
    worse = sum(row["is_worse"] for row in rows)
    return (
        f"{number.short_month(alerts['month'])} · {len(rows)}项 · 已完{counts['done']} 可完{counts['expected']} "
        f"难完{counts['unlikely']} | 红{counts['red']} 黄{counts['yellow']} 未督查{not_inspected} | 本月转差{worse}项"
    )


def _not_inspected(rows: Sequence[Row]) -> int:
    return sum(row["light"] == "grey" and row["light_word"] == "未督查" for row in rows)


def by_class(rows: Sequence[Row], board: Mapping[str, Any]) -> html.Div:
    """Per peer group: how many, their lights, their outlook."""
    groups = list(dict.fromkeys(row["group"] for row in board["rows"] or rows))
    columns = (
        ("项目", lambda row: True),
        ("红", lambda row: row["light"] == "red"),
        ("黄", lambda row: row["light"] == "yellow"),
        ("绿", lambda row: row["light"] == "green"),
        ("已完", lambda row: row["outlook"] == "done"),
        ("可完", lambda row: row["outlook"] == "expected"),
        ("难完", lambda row: row["outlook"] == "unlikely"),
    )

    def line(name: str, members: Sequence[Row]) -> html.Tr:
        counts = [sum(1 for row in members if holds(row)) for _, holds in columns]
        return html.Tr([html.Th(name), *(html.Td(str(count) if count else "·") for count in counts)])

    body = [line(group, [row for row in rows if row["group"] == group]) for group in groups]
    head_row = html.Tr([html.Th("类别"), *(html.Th(name) for name, _ in columns)])
    grid = html.Table([html.Thead(head_row), html.Tbody(body), html.Tfoot(line("合计", rows))], className="cross")
    return html.Div(grid, className="scroll-x")


def trend(months: Sequence[Mapping[str, Any]]) -> html.Figure:
    """How many projects showed each light, month by month."""
    names = [number.short_month(one["month"]) for one in months]
    traces = [
        go.Bar(x=names, y=[one[light] for one in months], name=LIGHTS[light].word, marker={"color": color})
        for light, color in (("red", "#c8372d"), ("yellow", "#e0a43b"), ("grey", "#b4bdc9"))
    ]
    return graph(
        traces, label="各月红灯、黄灯、灰灯项目数", height=220, barmode="stack", bargap=0.45, hovermode="x unified"
    )


def _own(rows: Sequence[Row]) -> html.Section:
    """The projects the signed-in leader sponsors."""
    lines = [
        html.Li(
            [
                project_link(row),
                light_badge(row["light"], row["light_word"], is_full=False),
                html.Span(f"序时完成{number.percent(row['ratio_pct'])}" if row["ratio_pct"] else "", className="soft"),
            ],
            className="case-line",
        )
        for row in rows
    ]
    body = html.Ul(lines, className="line-list") if lines else html.P("您名下没有包挂项目。", className="soft")
    return panel(f"我包挂的项目 {len(rows)} 项", body, id="overview-own")


def _cases(rows: Sequence[Row], nothing: str) -> Any:
    if not rows:
        return html.P(nothing, className="soft")
    return html.Ul([html.Li(case(row, _since(row))) for row in rows], className="case-list")


def _since(row: Row) -> html.Span | None:
    if row["since"] is None or row["previous_light"] != row["light"]:
        return html.Span("本月新亮", className="mark-new")
    return html.Span(f"自{number.short_month(row['since'])}起", className="soft")


def _outlooks(rows: Sequence[Row]) -> Any:
    if not rows:
        return html.P("没有预计无法完成的项目。", className="soft")
    return html.Ul(
        [
            html.Li(
                [
                    html.Div(
                        [
                            project_link(row),
                            light_badge(row["light"], row["light_word"], is_full=False),
                        ],
                        className="case-line",
                    ),
                    html.P(row["outlook_sentence"], className="case-why"),
                    html.P(owners(row), className="case-owner"),
                ]
            )
            for row in rows
        ],
        className="case-list",
    )


def _more(place: Place, count: int, **query: str) -> dcc.Link:
    return dcc.Link(f"{count} 项，查看全部", href=place.href("/alerts", month=place.month, **query))
