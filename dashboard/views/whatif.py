"""目标测算 of all projects: how far each final can still go, which places are settled, what the tiers still ask."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place, periods
from dashboard.components import number, states
from dashboard.components.export import export_button, print_button
from dashboard.components.number import figure
from dashboard.components.page import finder, head, panel, picker
from dashboard.components.table import Column, table

Overview = Mapping[str, Any]
ALL = "全部类别"


def page(place: Place, overview: Overview) -> html.Div:
    """The whole page for one quarter or year (`GET /api/whatif/overview`)."""
    group = place.query.get("group")
    groups = list(dict.fromkeys(row["group"] for row in overview["rows"]))
    rows = [row for row in overview["rows"] if not group or row["group"] == group]
    controls = [
        period_picker(place),
        picker("group", group, groups, label="类别", placeholder=ALL, clearable=True, width=210),
        export_button("whatif", programme=place.code, period=overview["period"], group=group),
        print_button(),
    ]
    return html.Div(
        [
            head(
                "目标测算",
                subtitle=f"{number.period_words(overview['period'])} · {remaining_words(overview['remaining'])}",
                source=f"各单位月报与督查组核实 · 考核办法 {overview['rulebook_words']}",
                controls=controls,
                crumbs=[("分级排名", place.href("/ranking", period=overview["period"]))],
            ),
            _figures(overview),
            panel(
                "得分区间与名次",
                _table(place, overview, rows),
                aside=[finder("whatif-table"), html.Span(f"共 {len(rows)} 项")],
                className="panel-table",
            ),
            *[html.P(note, className="soft") for note in overview["notes"]],
        ]
    )


def period_picker(place: Place) -> html.Div:
    """The year and its begun quarters: months have no targets."""
    data = [
        {"group": kind, "items": [{"value": one, "label": number.period_words(one)} for one in found]}
        for kind, found in periods(place.programme)
        if kind != "月度"
    ]
    return picker("period", place.period, data, label="期间")


def remaining_words(months: Sequence[str]) -> str:
    """还剩11月、12月, or that nothing is left."""
    return f"还剩{'、'.join(number.short_month(month) for month in months)}" if months else "没有剩余的月份"


def _figures(overview: Overview) -> html.Div:
    return html.Div(
        html.Div(
            [
                figure(overview["total"], "在册项目", unit="项"),
                figure(overview["settled_scores"], "得分已定", unit="项"),
                figure(overview["settled_places"], "名次已定", unit="项"),
            ],
            className="headline-group",
        ),
        className="headline",
    )


def columns(overview: Overview) -> list[Column]:
    """The columns on screen and in Excel alike."""
    tiers = [Column(f"tiers.{one['tier']}.words", f"{one['tier']}还需每月", "number", 116) for one in overview["tiers"]]
    return [
        Column("rank", "名次", "number", 64, is_pinned=True),
        Column("name", "项目名称", "link", 240, is_pinned=True, on_phone=True, phone_width=150, flex=None),
        Column("score", "得分", "number", 82, on_phone=True, phone_width=70),
        Column("low", "最低可到", "number", 92, on_phone=True, phone_width=70),
        Column("high", "最高可到", "number", 92, on_phone=True, phone_width=70),
        Column("best", "最好名次", "number", 88),
        Column("worst", "最差名次", "number", 88),
        *tiers,
        Column("status_sentence", "说明", width=260, tooltip="status_sentence"),
        Column("group", "类别", width=172),
        Column("responsible_unit", "责任单位", width=120),
        Column("lead_official", "包挂领导", width=100),
    ]


def _table(place: Place, overview: Overview, rows: Sequence[Mapping[str, Any]]) -> Any:
    if not rows:
        return states.empty("没有可以测算的项目", "建立年度计划、登记项目以后，这里列出各项目的得分区间。")
    lines = [dict(row) | {"href": place.href("/whatif", id=str(row["id"]), period=overview["period"])} for row in rows]
    return table(columns(overview), lines, id="whatif-table", is_phone=place.is_phone, height="620px")
