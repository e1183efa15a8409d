"""督查组一致性: how each team gives scores, beside what the figures come to; counts alone where there are few."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from dash import html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.export import print_button
from dashboard.components.graph import graph
from dashboard.components.page import head, panel
from dashboard.components.table import Column, table
from dashboard.views.ranking import period_picker

Teams = Mapping[str, Any]
# What tells most comes first; the rest is scrolled to.
COLUMNS = (
    Column("team", "督查组", width=104, is_pinned=True, on_phone=True, phone_width=92),
    Column("number", "评分数", "number", 80, on_phone=True, phone_width=72),
    Column("mean", "平均分", "number", 80, on_phone=True, phone_width=76),
    Column("relative_difference", "偏松＋偏严－", "number", 116, on_phone=True, phone_width=112),
    Column("deviation", "标准差", "number", 80),
    Column("range", "最低—最高", width=126),
    Column("near_full", "95分及以上", "number", 102),
    Column("near_full_pct", "占比%", "number", 74),
    Column("full", "满分", "number", 66),
    Column("full_pct", "占比%", "number", 74),
    Column("copied", "与上月同分", "number", 102),
    Column("copied_pct", "占比%", "number", 74),
    Column("copied_below_full", "其中非满分", "number", 102),
    Column("difference", "与系统计分之差", "number", 128),
    Column("compared", "可比评分数", "number", 102),
    Column("own_difference", "与别组之差", "number", 102),
    Column("rotated", "轮换评分数", "number", 102),
    Column("projects", "项目数", "number", 80),
)


def page(place: Place, teams: Teams) -> html.Div:
    """The page of a period (API `inspection-teams`)."""
    return html.Div(
        [
            head(
                "督查组一致性",
                subtitle=f"{teams['period_label']} · 只供办公室内部核对，不改变任何得分",
                source="督查组评分、表内得分（表中写明督查组）· 系统计分按现有记录",
                controls=[period_picker(place), print_button()],
            ),
            *(_body(place, teams) if teams["rows"] else [_nothing()]),
        ]
    )


def _nothing() -> html.Div:
    return states.empty(
        "这一期还没有督查组评分", "评分由督查组录入，或随月报、督查评分表导入，表中要有「督查组」一栏。请换一个期间。"
    )


def _body(place: Place, teams: Teams) -> list[Any]:
    rows = [table_row(row) for row in teams["rows"]]
    total = sum(row["number"] for row in teams["rows"])
    return [
        panel(
            "各组评分",
            table(COLUMNS, rows, id="teams-table", is_phone=place.is_phone),
            aside=f"{teams['total']} 个组，{total} 个评分",
            className="panel-table",
        ),
        panel("各月平均分", trend(teams), aside=f"少于 {teams['minimum']} 个评分的月份不画"),
        panel("怎么看", html.Ul([html.Li(line) for line in remarks(teams)], className="line-list")),
    ]


def table_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the table holds it; what is too few to say is a dash."""
    signed = {name: _signed(row[name]) for name in ("difference", "relative_difference", "own_difference")}
    return dict(row) | signed | {"range": f"{row['lowest']}—{row['highest']}"}


def _signed(value: str | None) -> str | None:
    return value if value is None or value.startswith("-") or float(value) == 0 else f"+{value}"


def trend(teams: Teams) -> html.Figure:
    """One line a team; the axis runs over the scores there are, and says so by its own figures."""
    months = list(dict.fromkeys(sorted(one["month"] for one in teams["trend"])))
    traces = []
    for team in dict.fromkeys(one["team"] for one in teams["trend"]):
        means = {one["month"]: one["mean"] for one in teams["trend"] if one["team"] == team}
        values = [None if means.get(month) is None else float(means[month]) for month in months]
        traces.append(
            go.Scatter(x=[number.short_month(month) for month in months], y=values, name=team, mode="lines+markers")
        )
    yaxis = {"gridcolor": "#e2e7ee", "zeroline": False, "fixedrange": True, "rangemode": "normal", "title": "分"}
    return graph(traces, label="各督查组各月平均分", height=280, yaxis=yaxis)


def remarks(teams: Teams) -> list[str]:
    """What the columns mean and how far they carry, in plain words."""
    few = [row["team"] for row in teams["rows"] if row["number"] < teams["minimum"]]
    lines = [
        "平均分高低也看组里是哪些项目，不能单凭平均分说某组宽严。",
        "「偏松＋偏严－」先看评分比同一记录的系统计分高多少，再减去各组合计的平均差，已扣除项目本身的差别。",
        "「与上月同分」指同一项目与上一个有评分的月份得分相同；满分项目逐月满分属正常，请看其中非满分的。",
    ]
    if not any(row["rotated"] for row in teams["rows"]):
        lines.append("各组督查的项目全年没有轮换，因此无法拿同一项目在不同组手里的得分来比。轮换一部分项目后可以。")
    else:
        lines.append("「与别组之差」只算全年换过组的项目：本组给的分减去别组给同一项目的平均分。")
    if few:
        lines.append(f"{'、'.join(few)}不足 {teams['minimum']} 个评分，只列个数和最低最高，不算平均。")
    return lines
