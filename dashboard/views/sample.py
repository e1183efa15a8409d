"""样张: every shared part in every state on one page, so that a change of the theme is seen at once.

The figures are made up and say so; no data of any programme is read.
"""

from typing import Any

import plotly.graph_objects as go
from dash import html

from dashboard.components import number, states
from dashboard.components.badge import light_badge, outlook_badge, severity_badge
from dashboard.components.coverage import coverage_strip
from dashboard.components.export import print_button
from dashboard.components.graph import graph
from dashboard.components.number import figure
from dashboard.components.page import head, panel, picker
from dashboard.components.table import Column, table
from dashboard.theme import BRAND, LIGHTS, OUTLOOKS, PLAN_LINE, SEVERITIES, SPACE

COLUMNS = (
    Column("rank", "名次", "number", 64, on_phone=True, phone_width=52, is_pinned=True),
    Column("name", "项目名称", "project", 220, on_phone=True, phone_width=130, is_pinned=True),
    Column("score", "得分", "number", 90, on_phone=True, phone_width=76),
    Column("change", "升降", "change", 80),
    Column("light", "灯", "light", 150, on_phone=True, phone_width=110),
    Column("outlook", "年度完成预计", "outlook", 170),
    Column("amount_wan", "年度计划（万元）", "amount", 150),
    Column("why", "原因", "sentence", 280, flex=1),
)


def page(*, is_phone: bool) -> html.Div:
    return html.Div(
        [
            head(
                "样张",
                subtitle="公共部件的全部样式，数据均为示例",
                source="示例，不取自任何年度计划",
                controls=[picker("sample", "甲", ["甲", "乙"], label="示例选择", width=120), print_button()],
            ),
            panel("灯", [_lights(), html.P("灯由文字、形状、颜色共同表示，黑白打印也能分清。", className="soft")]),
            html.Div([panel("年度完成预计", _outlooks()), panel("错误与提示", _severities())], className="columns-2"),
            panel("数字", _numbers()),
            panel("督查覆盖", html.Div(_coverages(), className="sample-rows")),
            panel("表格", table(COLUMNS, _rows(), id="sample-table", is_phone=is_phone), className="panel-table"),
            panel("表格（无记录）", table(COLUMNS, [], id="sample-none", is_phone=is_phone), className="panel-table"),
            panel("图", _graph()),
            panel("颜色与间距", _tokens()),
            html.Div([panel(title, part) for title, part in _states()], className="columns-2"),
        ]
    )


def _lights() -> html.Div:
    words = {
        "green": ["绿灯·正常", "绿灯·达序时"],
        "grey": ["未督查", "未报", "资料不足"],
        "none": ["完工", "暂缓", "未到计划开工"],
    }
    full = [light_badge(light, word) for light, look in LIGHTS.items() for word in words.get(light, [look.label])]
    return html.Div(full, className="sample-line")


def _outlooks() -> html.Div:
    return html.Div([outlook_badge(one) for one in [*OUTLOOKS, None]], className="sample-line")


def _severities() -> html.Div:
    return html.Div([severity_badge(one) for one in SEVERITIES], className="sample-line")


def _numbers() -> html.Div:
    figures = [
        figure(134, "在册项目", unit="项"),
        figure(6, "▲ 红灯", unit="项", tone="red"),
        figure(18, "◆ 黄灯", unit="项", tone="yellow"),
        figure(76, "● 绿灯", unit="项", tone="green"),
        figure(None, "未报"),
    ]
    words = [
        ("金额", number.wan("1234567.50")),
        ("整数金额", number.wan("9000.00")),
        ("百分比", number.percent("58.80")),
        ("未填", number.wan(None)),
        ("时刻", number.instant("2023-11-05T01:30:00Z")),
    ]
    pairs = [piece for name, text in words for piece in (html.Dt(name), html.Dd(text))]
    return html.Div([html.Div(figures, className="headline-group"), html.Dl(pairs, className="facts")])


def _coverages() -> list[html.Div]:
    complete = {"due": 107, "inspected": 107, "not_inspected": 0, "not_reported": 0, "not_scored": 0}
    return [
        coverage_strip(complete),
        coverage_strip({**complete, "inspected": 100, "not_inspected": 6, "not_reported": 1, "not_scored": 7}),
        coverage_strip(dict.fromkeys(complete, 0)),
    ]


def _rows() -> list[dict[str, Any]]:
    lights = ("green", "yellow", "red", "grey", "none")
    return [
        {
            "rank": place if light not in ("grey", "none") else None,
            "name": f"示例项目{place}",
            "score": f"{100 - place * 7}.50" if light not in ("grey",) else None,
            "change": (2, 0, -3, None, None)[place - 1],
            "light": light,
            "light_words": {"grey": "未督查（前红灯）", "none": "完工"}.get(light, LIGHTS[light].label),
            "outlook": ("expected", "expected", "unlikely", None, "done")[place - 1],
            "outlook_label": ("预计可完成", "预计可完成", "预计无法完成", "资料不足", "已完工")[place - 1],
            "amount_wan": f"{place * 12345}.00",
            "why": "" if light in ("green", "none") else "一句话说清差在哪里、差多少；长句在格内换行，不截断。",
        }
        for place, light in enumerate(lights, start=1)
    ]


def _graph() -> Any:
    months = [f"{month}月" for month in range(1, 13)]
    plan, done = [800 * month for month in range(1, 13)], [620 * month for month in range(1, 11)]
    traces = [
        go.Scatter(x=months, y=plan, name="应完成", mode="lines", line={"color": PLAN_LINE, "dash": "dash"}),
        go.Scatter(x=months, y=done, name="已完成", mode="lines+markers", line={"color": BRAND, "width": 3}),
    ]
    return graph(traces, label="示例：计划与完成投资", height=260)


def _tokens() -> html.Div:
    names = ("ink", "ink-soft", "brand-dark", "brand", "brand-tint", "hairline", "canvas")
    swatches = [html.Div(name, className="swatch", style={"borderTopColor": f"var(--{name})"}) for name in names]
    spaces = [
        html.Div(size, style={"borderLeft": f"{size} solid var(--brand)", "paddingLeft": "6px"})
        for size in SPACE.values()
    ]
    return html.Div([html.Div(part, className="sample-line") for part in (swatches, spaces)])


def _states() -> list[tuple[str, Any]]:
    return [
        ("加载中", states.loading(3)),
        ("没有数据", states.empty("还没有已导入的月报", "办公室确认导入第一个月后，这里会显示内容。")),
        ("取数失败", states.failed("数据服务暂时没有响应，请稍后刷新；仍不行请联系管理员。")),
        ("数据已更新", states.stale("sample-refresh")),
        ("操作被拒绝", states.trouble("2023年三季度已定稿，不能改动。如需更正，请先办理更正单。")),
        ("登录失效", states.failed("登录已失效，请重新登录。", 401)),
        ("没有权限", states.failed("系统管理员只管理账号，不查看考评数据。", 403)),
        ("没有内容", states.failed("没有这个项目，或不在您的查看范围内。", 404)),
    ]
