"""月报填报 (a unit's page): the month's figures of one's own projects typed in, or a sheet of one's own uploaded.

The API says which projects and which fields; last month's figure stands beside each, and what was wrong with a value
stands under it, in the API's words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.badge import look_badge
from dashboard.components.page import head, panel, picker
from dashboard.theme import FILINGS
from dashboard.views.imports import (
    filing_figures,
    next_month,
    progress_words,
    refused_faults,
    result_words,
    templates,
    title_of,
    zone,
)

Row = Mapping[str, Any]
OPEN = ("submitted", "returned")
WIDE = ("physical_progress", "problems", "remarks")


def open_forms(history: Sequence[Mapping[str, Any]]) -> list[int]:
    """Forms filled in on screen that the office has not decided or gave back, the oldest first."""
    return [one["id"] for one in reversed(history) if one["kind"] == "form" and one["state"] in OPEN]


def filled_in(forms: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was typed, by project; a later form overrides an earlier one."""
    found: dict[str, dict[str, Any]] = {}
    for form in forms:
        for row in form["rows"]:
            found.setdefault(row["code"], {}).update(row["values"])
    return found


def month_of(place: Place) -> str | None:
    return place.query.get("month") or next_month(place)


def page(
    place: Place,
    form: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    filled: Mapping[str, Mapping[str, Any]] | None = None,
) -> html.Div:
    """The form of one month, what became of what was handed in, and the way to hand in a sheet instead.

    `filled`: by project, what stands in forms not decided yet or returned; it goes before what is known.
    """
    month = form["month"]
    typed = filled or {}
    rows = [{**row, "current": {**(row["current"] or {}), **typed.get(row["project"], {})}} for row in form["rows"]]
    return html.Div(
        [
            head(
                "月报填报",
                subtitle=f"{form['unit'] or '办公室'} · {number.month_words(month)} · 应报 {len(rows)} 项",
                source="年度计划表、责任分解表与已导入的月报；办公室审核接收后才计入",
                controls=[_month_picker(place, month)],
            ),
            _standing(rows),
            _handed_in(place, history),
            html.Div(id="filing-trouble"),
            _form(dict(form) | {"rows": rows}) if rows else _nothing_due(),
            panel(
                "改用 Excel 报送",
                [zone(place, "选择填好的表，或把文件拖到这里", "只填本单位的项目"), templates(place, month)],
                className="panel-zone no-print",
            ),
        ]
    )


def _nothing_due() -> html.Div:
    return states.empty("这个月没有应报的项目", "责任分解表里由本单位负责的在册项目会列在这里。")


def _month_picker(place: Place, month: str) -> html.Div:
    year, last = place.programme["year"], place.programme["today"][:7]
    months = [one for one in (f"{year}-{each:02d}" for each in range(12, 0, -1)) if one <= last or one == month]
    data = [{"value": one, "label": number.month_words(one)} for one in months]
    return picker("month", month, data, label="月份", width=140)


def _standing(rows: Sequence[Row]) -> html.Div:
    counts = {name: sum(row["status"] == name for row in rows) for name in FILINGS}
    return filing_figures({"due": len(rows), **counts}, id="filing-state")


def _handed_in(place: Place, history: Sequence[Mapping[str, Any]]) -> html.Section | None:
    """What was handed in for this month: returned ones with their reason first."""
    if not history:
        return None
    order = {"returned": 0, "submitted": 1, "tried": 1}
    lines = [
        html.Li(
            [
                html.Div(
                    [
                        html.A(title_of(one), href=place.href(f"/imports/{one['id']}"), className="case-name"),
                        html.Span(one["state_label"], className="gap" if one["state"] == "returned" else "tag"),
                    ],
                    className="case-line",
                ),
                html.P(
                    "；".join(text for text in (progress_words(one), result_words(one["counts"])) if text),
                    className="case-owner",
                ),
            ]
        )
        for one in sorted(history, key=lambda one: order.get(one["state"], 2))
    ]
    returned = any(one["state"] == "returned" for one in history)
    return panel(
        "本月已报送的表",
        html.Ul(lines, className="case-list"),
        aside=f"{len(history)} 次",
        className="panel-alert" if returned else "",
    )


def _form(form: Mapping[str, Any]) -> html.Section:
    button = dmc.Button("提交报送", id="filing-submit", n_clicks=0)
    fields = form["fields"]
    return panel(
        "填报",
        [
            html.P(
                "只填有变化的项目即可，留空的不报；金额单位为万元，灰字是上月的数。提交后先预检，再由办公室审核。",
                className="soft",
            ),
            html.Ul([_project(row, fields) for row in form["rows"]], className="filing-list"),
            html.Div(button, className="dialog-buttons no-print"),
            dcc.Store(id="filing-month", data=form["month"]),
            dcc.Store(id="filing-fields", data={field["label"]: field["name"] for field in fields}),
        ],
        id="filing-form",
    )


def _project(row: Row, fields: Sequence[Mapping[str, str]]) -> html.Li:
    plan = f"年度计划 {number.wan(row['annual_plan_wan'])}" if row.get("annual_plan_wan") else "不考核投资"
    title = [
        html.B(row["name"]),
        look_badge(FILINGS[row["status"]], row["status_label"]),
        html.Span(plan, className="soft"),
    ]
    return html.Li(
        [
            html.Div(title, className="case-line"),
            html.Div([_field(row, field) for field in fields], className="filing-fields"),
        ]
    )


def _field(row: Row, field: Mapping[str, str]) -> html.Div:
    """One value: its name, the box with what is known, last month's figure, and under it what is wrong with it."""
    name, label = field["name"], field["label"]
    known = (row.get("current") or {}).get(name)
    before = (row.get("previous") or {}).get(name)
    month = number.short_month(row["previous"]["month"]) if row.get("previous") else ""
    identifier = {"type": "filing-value", "project": row["project"], "field": name}
    words = short_label(label)
    options: dict[str, Any] = {"label": words, "size": "sm", "value": _shown(known)}
    if name in WIDE:
        box: Any = dmc.Textarea(id=identifier, autosize=True, minRows=1, maxRows=6, **options)
    elif name.endswith(("_wan", "_pct")):
        box = dmc.TextInput(id=identifier, inputProps={"inputMode": "decimal"}, **options)
    else:
        box = dmc.TextInput(id=identifier, **options)
    return html.Div(
        [
            box,
            html.Div(f"{month} {_told(name, before)}", className="filing-before") if before not in (None, "") else None,
            html.Div(id={"type": "filing-fault", "project": row["project"], "field": name}, className="filing-fault"),
        ],
        className="filing-field filing-wide" if name in WIDE else "filing-field",
    )


def _shown(value: Any) -> str:
    """A known value as one would type it: '3100.00' → '3100'."""
    text = "" if value is None else str(value)
    return str(number.plain(text)) if text.replace(".", "", 1).lstrip("-").isdigit() else text


def _told(name: str, value: Any) -> str:
    text = _shown(value)
    return number.grouped(text) if name.endswith("_wan") else text


def short_label(label: str) -> str:
    """The field's name without what the form says once above: …（上报，万元） → …."""
    return label.replace("（上报，万元）", "")


# ---- submitting -----------------------------------------------------------------------------------------------------


def entered(values: Sequence[tuple[Mapping[str, str], Any]]) -> list[dict[str, Any]]:
    """The rows to submit, one per project of which anything was filled in; blanks stay out."""
    rows: dict[str, dict[str, Any]] = {}
    for identifier, value in values:
        text = str(value).strip() if value is not None else ""
        if text:
            rows.setdefault(identifier["project"], {"project": identifier["project"]})[identifier["field"]] = text
    return list(rows.values())


def faults_by_field(refusal: Any, rows: Sequence[Row], fields: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """The refusal's sentences by project and field: its rows are those submitted, in order; `fields` by label."""
    detail = refusal.detail if isinstance(refusal.detail, Mapping) else {}
    found: dict[tuple[str, str], list[str]] = {}
    for row in detail.get("rows") or ():
        for fault in row.get("faults") or ():
            field = fields.get(fault.get("heading") or "")
            if field and 1 <= row["row"] <= len(rows):
                # Above its own box the sentence needs neither row nor heading.
                words = fault["message"].partition(fault["heading"])[2] or fault["message"]
                found.setdefault((rows[row["row"] - 1]["project"], field), []).append(words)
    return found


def rejected(refusal: Any) -> html.Div:
    """Above the form: the API's sentence, and how many values are marked below."""
    count = sum(fault["severity"] == "error" for fault in refused_faults({"detail": refusal.detail}))
    more = f"共有 {count} 处要改，已标在下面。" if count > 1 else ""
    return states.trouble(f"{refusal.message}{more}")
