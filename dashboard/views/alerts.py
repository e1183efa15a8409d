"""风险预警: newly worse first, light against outlook, second looks and matters, the record, then every project."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.badge import light_badge, outlook_badge
from dashboard.components.export import export_button, print_button
from dashboard.components.page import finder, head, panel, picker
from dashboard.components.table import Column, table
from dashboard.theme import LIGHTS, NO_OUTLOOK, OUTLOOKS
from dashboard.views.alerts_changes import month_changes
from dashboard.views.alerts_decisions import decisions, judged_words
from dashboard.views.alerts_looks import FEASIBLE, kinds, looks, matters, track_record

Row = Mapping[str, Any]
COLUMNS = (
    Column("light", "灯", "light", 140, on_phone=True, is_pinned=True, phone_width=84),
    Column("name", "项目名称", "project", 190, on_phone=True, is_pinned=True, phone_width=150),
    Column("why", "原因", "sentence", 340, flex=2),
    Column("since_words", "始于", width=68),
    Column("responsible_unit", "责任单位", width=108),
    Column("lead_official", "包挂领导", width=88),
    Column("next_words", "下一期限", width=196, tooltip="next_words"),
    Column("ratio_pct", "序时完成%", "number", 98, on_phone=True, phone_width=94),
    Column("curve", "计划与完成", "spark", 126, options={"sortable": False}),
    Column("needed_monthly_wan", "每月还需（万元）", "amount", 136, tooltip="needed_sentence"),
    Column("feasible_words", "来得及吗", width=104, tooltip="needed_sentence"),
    Column("outlook", "年度完成预计", "outlook", 160, tooltip="outlook_words"),
    Column("judged_words", "办公室认定", width=150, tooltip="judged_words"),
    Column("group", "类别", width=180),
)
SHOWN = ("id", "code", "outlook_label", "needed_sentence")  # what cells and tips read besides
FILTERS = (
    ("class", "group", "全部类别", 200),
    ("leader", "lead_official", "全部领导", 130),
    ("unit", "responsible_unit", "全部单位", 150),
)
SCOPE = (*(name for name, _, _, _ in FILTERS), "obstacle")


def page(place: Place, alerts: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> html.Div:
    """The whole page for one month's alerts (CONTRACTS `alerts --json`), with what stands `beside` them: changes,
    decisions, the record of warnings up to it."""
    beside = beside or {"changes": None, "decisions": None, "record": None, "not_judged": []}
    scope = {name: value for name, value in place.query.items() if name in SCOPE}
    rows = filtered(alerts["rows"], scope)
    worse = ordered([row for row in rows if row["is_worse"]])
    return html.Div(
        [
            dcc.Store(id="alerts-place", data={"programme": place.code, "month": alerts["month"]}),
            head(
                "风险预警",
                subtitle=" · ".join((number.month_words(alerts["month"]), *_standing(alerts), _label(alerts))),
                source="月度进展表、督查组核实、问题台账，按月末最后一天判定",
                controls=[
                    month_picker(place),
                    *_filters(place, alerts["rows"]),
                    _export(place, alerts),
                    print_button(),
                ],
            ),
            panel(
                "本月转差",
                worse_list(worse),
                aside=f"{len(worse)} 项",
                id="alerts-worse",
                className="panel-alert" if worse else "",
            ),
            month_changes(beside["changes"], {row["code"] for row in rows} if any(scope.values()) else None)
            if beside["changes"]
            else None,
            html.Div([_crossing(place, rows), _contradictions(rows)], className="columns-2"),
            _listing(place, filtered(rows, place.query)),
            html.Div([looks(rows), matters(place, rows, _kept(place))], className="columns-2"),
            decisions(place, beside["decisions"], alerts["rows"], beside["not_judged"])
            if beside["decisions"]
            else None,
            track_record(beside["record"]) if beside["record"] else None,
        ]
    )


def filtered(rows: Sequence[Row], query: Mapping[str, str]) -> list[Row]:
    """The rows an address asks for: class, leader, unit, obstacle, light, outlook (`none` = 资料不足)."""
    wanted = [(field, query[name]) for name, field, _, _ in FILTERS if query.get(name)]
    if query.get("light"):
        wanted.append(("light", query["light"]))
    found = [row for row in rows if all(row[field] == value for field, value in wanted)]
    if query.get("obstacle"):
        found = [row for row in found if query["obstacle"] in kinds(row)]
    outlook = query.get("outlook")
    return [row for row in found if not outlook or (row["outlook"] or "none") == outlook]


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Red first; within a light as the API gave them."""
    return sorted(rows, key=lambda row: list(LIGHTS).index(row["light"]))


def month_picker(place: Place) -> html.Div:
    months = sorted(place.programme["committed_months"], reverse=True)
    data = [{"value": month, "label": number.month_words(month)} for month in months]
    return picker("month", place.month, data, label="月份", width=140)


def why(row: Row) -> str:
    """The sentences behind the light, worst first; for a light that needs none, nothing."""
    order = list(LIGHTS)
    reasons = sorted(row["reasons"], key=lambda reason: order.index(reason["light"]))
    telling = [reason["sentence"] for reason in reasons if reason["light"] == row["light"]] or [
        reason["sentence"] for reason in reasons
    ]
    return "\n".join(telling) if row["light"] != "none" else ""


def table_row(row: Row) -> dict[str, Any]:
    """A row as the table and the export hold it."""
    words = row["light_word"]
    if row["light"] == "grey" and row["last_light"]:
        words += f"（前{LIGHTS[row['last_light']].word}）"
    kept = {name: row.get(name) for name in (*SHOWN, *(column.field for column in COLUMNS))}
    return kept | {
        "light_words": words,
        "why": why(row),
        "since_words": number.short_month(row.get("since")) if row.get("since") else None,
        "feasible_words": FEASIBLE[row["is_feasible"]] if row.get("needed_sentence") else None,
        "next_words": _next(row) if row.get("next_on") else None,
        "judged_words": judged_words(row),
        "outlook_words": "\n".join(outlook_words(row)),
    }


def outlook_words(row: Row) -> list[str]:
    """系统推算 with the range around it and that of the last target node, where they can be given."""
    said = (row["outlook_sentence"], row.get("outlook_range_sentence"), row.get("node_range_sentence"))
    return [one for one in said if one]


def _next(row: Row) -> str:
    """The date and what is due then; a planned start or finish is known to the month."""
    year, month, day = row["next_on"].split("-")
    words = f"{year}年{int(month)}月"
    if row["next_what"] not in ("计划开工", "计划竣工"):
        words += f"{int(day)}日"
    return f"{words} {row['next_what']}"


def worse_list(rows: Sequence[Row]) -> Any:
    """Who turned worse this month: from which light to which, by how much, and whose desk it lies on."""
    if not rows:
        return html.P("本月没有项目转差。", className="soft")
    return html.Ul([html.Li(_worse(row)) for row in rows], className="case-list case-list-wide")


def case(row: Row, *marks: Any) -> list[Any]:
    """One project as a short case: name, marks, why, whose desk."""
    return [
        html.Div([project_link(row), *marks], className="case-line"),
        html.P(why(row) or row["outlook_sentence"], className="case-why"),
        html.P(owners(row), className="case-owner"),
    ]


def project_link(row: Row) -> html.A:
    return html.A(row["name"], href=f"/projects/{row['id']}", className="case-name")


def owners(row: Row) -> str:
    """Whose desk: the responsible unit and the sponsoring leader."""
    return " · ".join(
        f"{role}：{name}"
        for role, name in (("责任单位", row["responsible_unit"]), ("包挂领导", row["lead_official"]))
        if name
    )


def _worse(row: Row) -> list[Any]:
    before = light_badge(row["last_light"], is_full=False) if row["last_light"] else None
    arrow = html.Span("→", className="soft", **{"aria-label": "变为"})
    after = light_badge(row["light"], row["light_word"])
    change = html.Span([before, arrow, after], className="turn") if before else after
    return case(row, change)


def _standing(alerts: Mapping[str, Any]) -> list[str]:
    """通报数, 更正数 or the day asked about; nothing while the month is interim."""
    day = f"历史查询（当日所见）{alerts['as_of']}" if alerts.get("as_of") else ""
    return [words for words in (alerts.get("label") or "", day) if words]


def _label(alerts: Mapping[str, Any]) -> str:
    counts, total = alerts["counts"], len(alerts["rows"])
    return f"{total}项 · 红灯{counts['red']} 黄灯{counts['yellow']} 绿灯{counts['green']} 灰灯{counts['grey']}"


def _filters(place: Place, rows: Sequence[Row]) -> list[html.Div]:
    pickers = [
        picker(
            name,
            place.query.get(name),
            sorted({row[field] for row in rows if row[field]}),
            label=words.removeprefix("全部"),
            placeholder=words,
            clearable=True,
            width=width,
        )
        for name, field, words, width in FILTERS
    ]
    standing = sorted({kind for row in rows for kind in kinds(row)})
    if standing or place.query.get("obstacle"):
        pickers.append(
            picker(
                "obstacle",
                place.query.get("obstacle"),
                standing,
                label="问题类别",
                placeholder="全部问题",
                clearable=True,
                width=150,
            )
        )
    return pickers


def _kept(place: Place) -> dict[str, str | None]:
    """The filters that a link on the page leaves as they are."""
    return {name: place.query.get(name) for name in SCOPE}


def _export(place: Place, alerts: Mapping[str, Any]) -> html.A:
    kept = {name: place.query.get(name) for name in (*SCOPE, "light", "outlook", "as_of")}
    return export_button("alerts", programme=place.code, month=alerts["month"], **kept)


def _crossing(place: Place, rows: Sequence[Row]) -> html.Section:
    """Light × outlook; each count opens the projects behind it."""
    verdicts = ("done", "expected", "unlikely", "none")
    names = {"done": "已完", "expected": "可完", "unlikely": "难完", "none": "资料不足"}
    chosen = (place.query.get("light"), place.query.get("outlook"))
    kept = _kept(place)

    def cell(light: str, verdict: str) -> html.Td:
        count = sum(row["light"] == light and (row["outlook"] or "none") == verdict for row in rows)
        if not count:
            return html.Td("·", className="cell-zero")
        href = place.href("/alerts", month=place.month, light=light, outlook=verdict, **kept)
        return html.Td(dcc.Link(str(count), href=href), className="cell-chosen" if chosen == (light, verdict) else "")

    head_row = html.Tr([html.Th("灯＼预计"), *(html.Th(names[verdict]) for verdict in verdicts), html.Th("合计")])
    body = [
        html.Tr(
            [
                html.Th(light_badge(light, is_full=False)),
                *(cell(light, verdict) for verdict in verdicts),
                html.Td(str(sum(row["light"] == light for row in rows))),
            ]
        )
        for light in LIGHTS
    ]
    grid = html.Table([html.Thead(head_row), html.Tbody(body)], className="cross")
    return panel("灯与年度完成预计", html.Div(grid, className="scroll-x"), aside="点数字看项目")


def _contradictions(rows: Sequence[Row]) -> html.Section:
    """Where light and outlook disagree: a yellow that will still make it, a green that will not."""
    found = [row for row in rows if row.get("contradiction")]
    if not found:
        body: Any = html.P("灯与预计没有相互矛盾的项目。", className="soft")
    else:
        body = html.Ul(
            [
                html.Li(
                    [
                        html.Div(
                            [
                                project_link(row),
                                light_badge(row["light"], row["light_word"], is_full=False),
                                outlook_badge(row["outlook"], row["outlook_label"]),
                            ],
                            className="case-line",
                        ),
                        html.P(row["contradiction"], className="case-why"),
                        html.P(f"办公室认定：{judged_words(row)}", className="soft") if judged_words(row) else None,
                        *(html.P(words, className="soft") for words in outlook_words(row)[1:]),
                    ]
                )
                for row in found
            ],
            className="case-list case-list-short",
        )
    return panel("灯与预计不一致", body, aside=f"{len(found)} 项")


def _listing(place: Place, rows: Sequence[Row]) -> html.Section:
    """The projects of the chosen light and outlook, or all of them."""
    light, outlook = place.query.get("light"), place.query.get("outlook")
    names = [LIGHTS[light].word] if light in LIGHTS else []
    names += [OUTLOOKS.get(outlook, NO_OUTLOOK).word] if outlook else []
    kept = _kept(place)
    reset = dcc.Link("显示全部", href=place.href("/alerts", month=place.month, **kept)) if names else None
    aside = [finder("alerts-table"), reset, html.Span(f"{len(rows)} 项")]
    title = f"{'、'.join(names)}的项目" if names else "全部项目"
    return panel(title, _all(place, rows), aside=aside, className="panel-table", id="alerts-list")


def _all(place: Place, rows: Sequence[Row]) -> Any:
    if not rows:
        return states.empty("没有符合条件的项目", "请放宽筛选条件。")
    shown = [table_row(row) for row in ordered(rows)]
    return table(COLUMNS, shown, id="alerts-table", is_phone=place.is_phone, height="640px")
