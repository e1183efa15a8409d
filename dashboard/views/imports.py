"""月报导入 (entrance and history): hand a sheet in, see what was handed in before and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.badge import severity_badge
from dashboard.components.page import head, panel
from dashboard.components.table import Column, table

Upload = Mapping[str, Any]
SPECS = {"monthly": "月度进展表", "annual_plan": "年度计划表", "responsibility": "责任分解表"}
COLUMNS = (
    Column("file", "文件", "link", 250, flex=3, on_phone=True, phone_width=170),
    Column("kind", "表", width=100),
    Column("month_words", "月份", width=96),
    Column("state_label", "状态", width=110, on_phone=True, phone_width=96),
    Column("result", "结果", "sentence", 170, flex=2),
    Column("uploaded", "上传", "sentence", 190),
    Column("decided", "确认或撤销", "sentence", 230, flex=2),
)


def page(place: Place, history: Sequence[Upload]) -> html.Div:
    return html.Div(
        [
            head(
                "月报导入",
                subtitle=f"{place.programme['name']} · {_filled(place)}",
                source="各单位报送的 Excel 表；原文件一并保存，每个数都能追到文件、表、格",
            ),
            zone(place),
            panel("导入记录", _history(place, history), aside=f"{len(history)} 次", className="panel-table"),
        ]
    )


def _filled(place: Place) -> str:
    return f"已导入至{number.month_words(place.newest_month)}" if place.newest_month else "还没有导入过月报"


def zone(place: Place) -> html.Button:
    """Where a file is dropped or chosen; `assets/imports.js` sends it to the API."""
    return html.Button(
        [
            html.Div("选择要导入的表，或把文件拖到这里", className="zone-title"),
            html.Div("月度进展表、年度计划表、责任分解表；.xlsx .xls .et .csv，不超过 5 MB", className="soft"),
            html.Div("先预检、后导入：确认之前不会改动任何数据", className="soft"),
            html.Div(id="imports-progress", className="zone-progress", role="status"),
        ],
        id="imports-zone",
        className="zone no-print",
        **{"data-programme": place.code},
    )


def refused(file: str, refusal: Mapping[str, Any]) -> html.Section:
    """A file that was not taken: the API's sentence, and every fault it found."""
    detail = refusal.get("detail")
    faults = detail.get("faults", []) if isinstance(detail, Mapping) else []
    lines = [
        html.Li([severity_badge(fault["severity"]), html.Span(fault["message"])], className="fault")
        for fault in faults
        if fault["message"] != refusal["message"]
    ]
    body: list[Any] = [
        html.P([html.B(file), " 没有导入，未存任何数据。"]),
        html.P(["▲ ", refusal["message"]], className="refusal", role="alert"),
    ]
    return panel("文件未通过预检", [*body, html.Ul(lines)] if lines else body, className="panel-alert")


def result_words(counts: Mapping[str, int]) -> str:
    """'新增 40 行，变动 2 行，相同 3 行，缺 1 个项目'."""
    if not counts:
        return ""
    words = (
        ("new", "新增 {} 行"),
        ("changed", "变动 {} 行"),
        ("same", "相同 {} 行"),
        ("registered", "登记新项目 {} 个"),
        ("missing", "表中缺 {} 个项目"),
    )
    return "，".join(text.format(counts[name]) for name, text in words if counts.get(name))


def _history(place: Place, history: Sequence[Upload]) -> Any:
    if not history:
        return states.empty("还没有导入记录", "先导入年度计划表和责任分解表，再逐月导入月度进展表。")
    rows = [_line(place, upload) for upload in history]
    return table(COLUMNS, rows, id="imports-history", is_phone=place.is_phone)


def _line(place: Place, upload: Upload) -> dict[str, Any]:
    decided = ""
    if upload.get("reverted_at"):
        decided = f"{upload['reverted_by']} {number.instant(upload['reverted_at'])} 撤销：{upload['revert_reason']}"
    elif upload.get("committed_at"):
        decided = f"{upload['committed_by']} {number.instant(upload['committed_at'])} 确认"
    elif upload.get("waiting_for"):
        decided = upload["waiting_for"]
    return {
        "href": place.href(f"/imports/{upload['id']}"),
        "file": upload["file"],
        "kind": SPECS.get(upload["spec"], "其他"),
        "month_words": number.month_words(upload["month"]) if upload["month"] else "",
        "state_label": upload["state_label"],
        "result": result_words(upload["counts"]),
        "uploaded": f"{upload['uploaded_by']} {number.instant(upload['uploaded_at'])}",
        "decided": decided,
    }
