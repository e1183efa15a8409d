"""项目档案 (one project): how it stands, plan against actual, 得分明细 down to the cell, all that is recorded."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.badge import light_badge, look_badge, outlook_badge
from dashboard.components.export import print_button
from dashboard.components.graph import graph
from dashboard.components.page import head, panel
from dashboard.components.table import Column, table
from dashboard.theme import BRAND, LIGHTS, PLAN_LINE
from dashboard.views.alerts_decisions import judged_words
from dashboard.views.appeals import lines as appeal_lines
from dashboard.views.appeals import state_badge
from dashboard.views.ranking import period_picker

Facts = Mapping[str, Any]
ROLES = {
    "lead_official": "包挂领导",
    "responsible_unit": "责任单位",
    "supporting_unit": "配合单位",
    "responsible_person": "责任人",
    "team_leader": "班子成员",
    "service_staff": "服务人员",
    "paired_department": "挂钩部门",
    "department_leader": "部门分管领导",
    "department_staff": "部门帮扶人员",
}
SOURCES = {
    "team": "督查组评分",
    "sheet": "月报评分",
    "computed": "按办法计算",
    "completed": "完工计满分",
    "carried": "完工沿用",
    "policy": "按办法定分",
}
QUARTERS = {"Q1": "一季度", "Q2": "二季度", "Q3": "三季度", "Q4": "四季度"}
RECORDS = (
    Column("month_words", "月份", width=76, is_pinned=True, on_phone=True, phone_width=60),
    Column("verified_ytd_wan", "本年累计核实（万元）", "amount", 160, on_phone=True, phone_width=120),
    Column("reported_ytd_wan", "本年累计上报（万元）", "amount", 160),
    Column("statistical_ytd_wan", "本年累计纳统（万元）", "amount", 160),
    Column("physical_progress", "形象进度", "sentence", 200, flex=1, on_phone=True, phone_width=130),
    Column("physical_progress_pct", "形象进度%", "number", 100),
    Column("node_judgement", "节点评定", width=92),
    Column("problems", "存在问题", "sentence", 180, flex=1),
    Column("score", "督查评分", "number", 92),
    Column("team", "督查组", width=100),
    Column("origin", "出处", width=380, tooltip="origin"),
)


def page(place: Place, project: Facts, receipt: Facts) -> html.Div:
    """The whole page of one project, with the receipt of the period in the address."""
    alert = project.get("alerts")
    return html.Div(
        [
            head(
                project["name"],
                subtitle=_standing(project),
                source=_source(project),
                crumbs=[("项目档案", place.href("/projects"))],
                controls=[period_picker(place), _targets(place, project), print_button()],
            ),
            _now(project, alert) if alert else None,
            html.Div(
                [
                    html.Div(
                        [
                            panel("计划与完成", curve(project), aside="本年累计投资，万元"),
                            panel(
                                "得分明细",
                                receipt_body(receipt),
                                aside=[html.Span(_score_words(receipt)), _paper(place, project, receipt)],
                                id="project-receipt",
                            ),
                        ],
                        className="stack",
                    ),
                    html.Div([_facts(project), _five_ones(project), _milestones(project), _obstacles(project)]),
                ],
                className="columns-main",
            ),
            panel(
                "督查记录", _records(place, project), aside=f"{len(project['records'])} 个月", className="panel-table"
            ),
            html.Div([_events(project), _plans(project)], className="columns-2"),
        ]
    )


def _targets(place: Place, project: Facts) -> html.A:
    """The way to 目标测算, of the year where the page shows a month."""
    period = place.period if place.period and "-" not in place.period else None
    href = place.href("/whatif", id=str(project["id"]), period=period)
    return html.A("目标测算", href=href, className="button no-print")


def _standing(project: Facts) -> str:
    is_member = project["membership"] == "在册"
    parts = [
        project["code"],
        project["class"],
        project["level"],
        project["state"] if is_member else project["membership"],
    ]
    if is_member and project["is_campaign_member"]:
        parts.append("百日会战项目")
    return " · ".join(part for part in parts if part)


def _source(project: Facts) -> str:
    """The upload or entry behind the newest record."""
    origin = project.get("source")
    return f"{origin_words(origin)}（截至{number.month_words(project['month'])}）" if origin else "尚无督查记录"


def origin_words(origin: Mapping[str, Any] | None) -> str:
    """Where a figure came from: file, sheet, cell, who, when; or who entered it."""
    if not origin:
        return number.ABSENT
    if not origin.get("file"):
        return f"{origin['uploader']} 录入，{number.instant(origin['at'])}"
    place = "!".join(part for part in (origin.get("sheet"), origin.get("cell")) if part)
    return f"{origin['file']} {place}".strip() + f"，{origin['uploader']} {number.instant(origin['at'])}导入"


def _now(project: Facts, alert: Facts) -> html.Section:
    """This month's light with every reason, the year-end outlook, and the lights of the months before."""
    reasons = [
        html.Li([html.Span(LIGHTS[one["light"]].shape, className=f"reason-{one['light']}"), one["sentence"]])
        for one in alert["reasons"]
    ]
    history = [
        html.Li(
            [
                html.Span(number.short_month(one["month"]), className="soft"),
                look_badge(LIGHTS[one["light"]], "", is_full=False),
            ],
            title=f"{number.month_words(one['month'])} {LIGHTS[one['light']].label}",
        )
        for one in project["light_history"]
    ]
    notes = [
        alert.get("contradiction"),
        _decision("人工认定", alert.get("override")),
        _decision("免亮灯", alert.get("exemption")),
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.H2(f"{number.short_month(project['month'])}亮灯"),
                    light_badge(alert["light"], alert.get("light_word")),
                    html.Span(f"自{number.short_month(alert['since'])}起", className="soft")
                    if alert.get("since")
                    else None,
                ],
                className="now-line",
            ),
            html.Ul(reasons, className="reasons") if reasons else None,
            html.Div(
                [html.H2("年度完成预计"), outlook_badge(alert["outlook"], alert["outlook_label"])], className="now-line"
            ),
            html.P(alert["outlook_sentence"]),
            html.P(alert["outlook_range_sentence"], className="soft") if alert.get("outlook_range_sentence") else None,
            html.P(alert["node_range_sentence"], className="soft") if alert.get("node_range_sentence") else None,
            html.P(f"办公室认定：{judged_words(alert)}") if judged_words(alert) else None,
            *[html.P(note, className="case-why") for note in notes if note],
            html.Ul(history, className="light-history", **{"aria-label": "各月亮灯"}),
        ],
        className=f"panel now now-{alert['light']}",
        id="project-now",
    )


def _decision(name: str, decision: Mapping[str, str] | None) -> str | None:
    return f"{name}：{decision['reason']}（{decision['approver']}批准）" if decision else None


def curve(project: Facts) -> Any:
    """Plan to date against what counts as invested, and 上报 where it differs, by month."""
    points = project["curve"]
    if not any(point["plan_to_date_wan"] or point["invested_ytd_wan"] for point in points):
        return html.P("本项目没有年度投资计划，按节点考核。", className="soft")
    months = [number.short_month(point["month"]) for point in points]

    def line(field: str) -> list[float | None]:
        return [None if point[field] is None else float(point[field]) for point in points]

    plan_line, main_line = {"color": PLAN_LINE, "dash": "dash"}, {"color": BRAND, "width": 3}
    traces = [
        go.Scatter(x=months, y=line("plan_to_date_wan"), name="应完成", mode="lines", line=plan_line),
        go.Scatter(x=months, y=line("invested_ytd_wan"), name="已完成", mode="lines+markers", line=main_line),
    ]
    reported = line("reported_ytd_wan")
    if reported != line("invested_ytd_wan") and any(value is not None for value in reported):
        diamond = {"color": "#c2741a", "symbol": "diamond-open", "size": 9}
        traces.append(go.Scatter(x=months, y=reported, name="上报", mode="markers", marker=diamond))
    yaxis = {"gridcolor": "#e2e7ee", "zeroline": False, "rangemode": "tozero", "fixedrange": True, "tickformat": ",d"}
    return graph(traces, label=f"{project['name']}计划与完成投资曲线", height=300, yaxis=yaxis)


# ---- 得分明细 -------------------------------------------------------------------------------------------------------


def _paper(place: Place, project: Facts, receipt: Facts) -> html.A:
    """To the sheet that prints this receipt alone."""
    href = place.href("/receipt", project=str(project["id"]), period=receipt["period"])
    return html.A("打印得分明细", href=href, className="button button-small no-print")


def _score_words(receipt: Facts) -> str:
    score = receipt["score"] or receipt.get("not_scored_reason") or "未计分"
    rank = f" · {receipt['group']} 第{receipt['rank']}名／{receipt['group_size']}" if receipt.get("rank") else ""
    return f"{number.period_words(receipt['period'])} {score}{rank}"


def receipt_body(receipt: Facts) -> html.Div:
    """From the final down to file, sheet, cell and uploader: one line per quarter, opening to its months."""
    quarters = receipt["quarters"]
    if not quarters:
        return html.Div(html.P("这一期还没有计分。", className="soft"))
    shown = next((one["quarter"] for one in reversed(quarters) if one["months"]), quarters[-1]["quarter"])
    return html.Div(
        [
            html.P(receipt["formula"], className="formula"),
            _movement(receipt),
            dmc.Accordion(
                [_quarter(one) for one in quarters],
                multiple=True,
                value=[shown],
                variant="separated",
                className="receipt",
            ),
            _published(receipt),
            _appeals(receipt),
            _alternative(receipt),
            _steps(receipt),
            *[html.P(sentence, className="soft") for sentence in receipt.get("policy_sentences", ())],
        ]
    )


def _steps(receipt: Facts) -> html.Div:
    """The whole calculation line by line, on paper only: on screen each step stands in its quarter and month."""
    lines = html.Ol([html.Li(step) for step in receipt["steps"]], className="steps-list")
    return html.Div([html.H3(f"逐步计算（{len(receipt['steps'])} 步）"), lines], className="print-only")


def _weight_words(quarter: Facts) -> str:
    if Decimal(quarter["weight"]) == 0:
        return "不计入年度得分"
    words = f"权重{number.plain(quarter['weight'])}%"
    effective = quarter["effective_weight"]
    if effective is not None and Decimal(effective) != Decimal(quarter["weight"]):
        words += f"，实际按{number.plain(effective)}%"
    return words


def _quarter(quarter: Facts) -> dmc.AccordionItem:
    title = html.Div(
        [
            html.Span(QUARTERS.get(quarter["quarter"], quarter["quarter"]), className="receipt-name"),
            html.Span(_weight_words(quarter), className="soft"),
            html.B(quarter["score"] or "未计分"),
        ],
        className="receipt-line",
    )
    sentence = html.P(quarter["sentence"], className="soft") if quarter.get("sentence") else None
    months = [_month(month) for month in quarter["months"]] or [html.P("本季度还没有计分的月份。", className="soft")]
    return dmc.AccordionItem(
        [dmc.AccordionControl(title), dmc.AccordionPanel(html.Div([sentence, *months]))], value=quarter["quarter"]
    )


def _month(month: Facts) -> html.Section:
    """One month's score: where it comes from, each indicator with its reason, the cells behind it."""
    source = SOURCES.get(month["source"] or "", "未计分")
    body: list[Any] = [
        html.Div(
            [
                html.H3(number.short_month(month["month"])),
                html.Span(source, className="tag"),
                html.B(month["score"] or month["reason"] or number.ABSENT),
            ],
            className="receipt-line",
        )
    ]
    if month.get("sentence"):
        body.append(html.P(month["sentence"]))
    elif month["reason"]:
        body.append(html.P(month["reason"]))
    if month["indicators"]:
        body.append(_indicators(month["indicators"]))
    body += [html.P(f"● {notice}", className="notice") for notice in month.get("notices", ())]
    cells = month.get("cells") or ([month["evidence"]] if month.get("evidence") else [])
    if cells:
        seen = list(dict.fromkeys(origin_words(cell) for cell in cells))
        body.append(html.Ul([html.Li(f"出处：{words}") for words in seen], className="origins"))
    return html.Section(body, className="receipt-month")


def _indicators(indicators: Sequence[Facts]) -> html.Table:
    lines = [
        html.Tr(
            [
                html.Td(one["name"]),
                html.Td(one["points"] or "本项不计", className="num"),
                html.Td(one["full_marks"], className="num"),
                html.Td([one["reason"], html.Span(f"（{one['source']}）", className="soft")]),
            ]
        )
        for one in indicators
    ]
    heads = html.Tr(
        [html.Th("指标"), html.Th("得分", className="num"), html.Th("满分", className="num"), html.Th("依据")]
    )
    return html.Table([html.Thead(heads), html.Tbody(lines)], className="ledger")


def _movement(receipt: Facts) -> html.P | None:
    """升降原因 against the period before; a year and the first period have none."""
    moved = receipt.get("movement")
    return html.P([html.B("升降原因："), moved["sentence"]], id="project-movement") if moved else None


def _published(receipt: Facts) -> html.P | None:
    if not receipt.get("published_score") and not receipt.get("published_rank"):
        return None
    rank = f"第{receipt['published_rank']}名" if receipt.get("published_rank") else "未排名"
    return html.P(f"通报数：{receipt['published_score'] or '未计分'}，{rank}；以上为更正数。", className="notice")


def _appeals(receipt: Facts) -> html.Div | None:
    """申诉: who contested this score, when, with what, and what was answered and decided."""
    told = receipt.get("appeals") or ()
    if not told:
        return None
    parts = [
        html.Section(
            [
                html.Div(
                    [html.H3(f"{one['label']} · {one['period_label']}"), state_badge(one["state"])],
                    className="case-line",
                ),
                html.P(one["unit"], className="soft"),
                *appeal_lines(one, has_link=False),
            ],
            className="receipt-month",
        )
        for one in told
    ]
    return html.Div(parts, id="project-appeals")


def _alternative(receipt: Facts) -> html.P | None:
    """What the score would be were the missing quarters treated the other way."""
    other = receipt["alternative"]
    if not other["score"] or other["score"] == receipt["score"]:
        return None
    way = "缺考季度计0分" if other["missing_quarter"] == "zero" else "缺考季度不计、其余季度重新分摊权重"
    return html.P(f"若{way}，得分为 {other['score']}。", className="soft")


# ---- facts ----------------------------------------------------------------------------------------------------------


def _facts(project: Facts) -> html.Section:
    plan = project.get("plan") or {}
    lines = [
        ("总投资", number.wan(project["total_investment_wan"])),
        ("年度计划投资", number.wan(plan.get("annual_investment_wan"))),
        ("年度目标", plan.get("target")),
        ("计划工期", _window(plan)),
        ("建设性质", project.get("nature")),
        ("建设内容", project.get("content")),
        ("建设地点", project.get("location")),
        ("投资方", project.get("investor")),
        *((name, "、".join(project["assignments"].get(role) or ())) for role, name in ROLES.items()),
        ("曾用名", "、".join([*project.get("former_names", ()), *project["aliases"]])),
        ("备注", project.get("remarks")),
    ]
    shown = [piece for name, value in lines if value for piece in (html.Dt(name), html.Dd(value))]
    return panel("基本情况", html.Dl(shown, className="facts"))


def _window(plan: Facts) -> str:
    start, finish = (
        _date(plan.get(f"planned_{end}_on"), plan.get(f"planned_{end}_precision")) for end in ("start", "finish")
    )
    return f"{start or '未定'} 至 {finish or '未定'}" if start or finish else ""


def _date(day: str | None, precision: str | None) -> str | None:
    """A date no finer than it was stated."""
    return None if not day else {"year": day[:4], "month": day[:7]}.get(precision or "day", day)


def _five_ones(project: Facts) -> html.Section:
    items = [
        html.Li(
            [
                html.Span("✓" if item["ok"] else "▲", className="ok" if item["ok"] else "gap"),
                html.Span(item["name"], className="check-name"),
                html.Span(item["value"] or "缺", className="soft"),
            ]
        )
        for item in project["five_ones"]["items"]
    ]
    aside = "齐全" if project["five_ones"]["complete"] else "不全"
    return panel("五个一", html.Ul(items, className="check-list"), aside=aside)


def _milestones(project: Facts) -> html.Section:
    found = project["milestones"]
    if not found:
        return panel("节点", html.P("年度计划没有列节点。", className="soft"))
    lines = [
        html.Tr([html.Td(one["name"]), html.Td(one["due_on"], className="num"), html.Td(_milestone_state(one))])
        for one in found
    ]
    heads = html.Tr([html.Th("节点"), html.Th("时限", className="num"), html.Th("完成情况")])
    body = html.Table([html.Thead(heads), html.Tbody(lines)], className="ledger")
    return panel("节点", body, aside=f"{sum(bool(one['done_on']) for one in found)}／{len(found)} 已完成")


def _milestone_state(node: Facts) -> str:
    if node["done_on"]:
        return f"✓ {node['done_on']} 完成"
    return f"未完成，预计 {node['forecast_on']}" if node["forecast_on"] else "未完成"


def _obstacles(project: Facts) -> html.Section:
    found = project["obstacles"]
    if not found:
        return panel("问题", html.P("没有登记的问题。", className="soft"))
    lines = [
        html.Li(
            [
                html.Div(
                    [
                        html.Span(one["kind"], className="tag"),
                        html.Span(f"{one['level']}级推动", className="soft"),
                        html.Span(
                            "已销号" if one["closed_on"] else "未销号", className="ok" if one["closed_on"] else "gap"
                        ),
                    ],
                    className="case-line",
                ),
                html.P(one["text"]),
                html.P(_obstacle_dates(one), className="case-owner"),
            ]
        )
        for one in found
    ]
    open_ones = sum(not one["closed_on"] for one in found)
    return panel("问题", html.Ul(lines, className="case-list"), aside=f"未销号 {open_ones} 个")


def _obstacle_dates(one: Facts) -> str:
    parts = [
        one["unit"],
        f"{one['raised_on']} 提出",
        f"限 {one['due_on']} 办结" if one["due_on"] else None,
        f"{one['closed_on']} 销号" if one["closed_on"] else None,
        f"主要领导会办：{one['decision']}" if one.get("decision") else None,
    ]
    return "，".join(part for part in parts if part)


def _records(place: Place, project: Facts) -> Any:
    if not project["records"]:
        return states.empty("还没有督查记录", "导入月度进展表或督查组录入后，这里逐月列出。")
    rows = [_record(row) for row in reversed(project["records"])]
    return table(RECORDS, rows, id="project-records", is_phone=place.is_phone)


def _record(row: Facts) -> dict[str, Any]:
    origins = list(dict.fromkeys(_short_origin(one) for one in row["provenance"].values()))
    return dict(row) | {
        "month_words": number.short_month(row["month"]),
        "score": row.get("team_score") or row.get("sheet_score"),
        "physical_progress_pct": number.plain(row.get("physical_progress_pct")),
        "origin": "；".join(origins[:2]) or row.get("recorded_by") or "",
        "provenance": None,
        "raw": None,
        "columns": None,
    }


def _short_origin(origin: Mapping[str, Any]) -> str:
    if not origin.get("file"):
        return f"{origin['uploader']} 录入"
    row = "".join(sign for sign in origin.get("cell") or "" if sign.isdigit())
    return f"{origin['file']} {origin.get('sheet') or ''}" + (f" 第{row}行" if row else "")


def _events(project: Facts) -> html.Section:
    lines = [
        html.Tr([html.Td(one["on"], className="num"), html.Td(one["kind"]), html.Td(_event_words(one))])
        for one in project["events"]
    ]
    if not lines:
        return panel("项目事件", html.P("没有登记的事件。", className="soft"))
    heads = html.Tr([html.Th("日期", className="num"), html.Th("事件"), html.Th("原因与批准")])
    return panel("项目事件", html.Table([html.Thead(heads), html.Tbody(lines)], className="ledger"))


def _event_words(event: Facts) -> str:
    approver = f"{event['approver']}批准" if event.get("approver") else ""
    return "，".join(part for part in (event.get("reason"), approver) if part) or number.ABSENT


def _plans(project: Facts) -> html.Section:
    versions = (project.get("plan") or {}).get("versions") or []
    if not versions:
        return panel("年度计划", html.P("没有年度计划。", className="soft"))
    lines = [
        html.Tr(
            [
                html.Td(one["effective_on"], className="num"),
                html.Td(number.grouped(one["annual_investment_wan"]), className="num"),
                html.Td(one.get("target") or number.ABSENT),
                html.Td(_event_words(one)),
            ]
        )
        for one in versions
    ]
    heads = html.Tr(
        [
            html.Th("生效日", className="num"),
            html.Th("年度投资（万元）", className="num"),
            html.Th("目标"),
            html.Th("原因与批准"),
        ]
    )
    body = html.Div(html.Table([html.Thead(heads), html.Tbody(lines)], className="ledger"), className="scroll-x")
    return panel("年度计划版本", body, aside=f"{len(versions)} 个版本")
