"""月报导入 (entrance, history, 报送情况): hand sheets in, see what became of them, and who has filed for a month."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.badge import look_badge, severity_badge
from dashboard.components.number import figure
from dashboard.components.page import finder, head, panel, picker
from dashboard.components.table import Column, table
from dashboard.theme import FILINGS, Look

Upload = Mapping[str, Any]
SPECS = {
    "monthly": "月度进展表",
    "annual_plan": "年度计划表",
    "responsibility": "责任分解表",
    "team_scores": "督查评分表",
    "support_visits": "帮扶记录表",
}
STAGES = {"opening": "打开", "reading": "读取", "matching": "核对项目", "checking": "检查"}
STATES = {
    "tried": "待确认导入",
    "submitted": "待审核",
    "returned": "已退回",
    "committed": "已导入",
    "unchanged": "没有变化",
    "reverted": "已撤销",
    "discarded": "已放弃",
}
COLUMNS = (
    Column("file", "文件", "link", 250, flex=3, on_phone=True, phone_width=170),
    Column("kind", "表", width=100),
    Column("month_words", "月份", width=96),
    Column("filer", "报送单位", width=110),
    Column("state_label", "状态", width=120, on_phone=True, phone_width=96),
    Column("result", "结果", "sentence", 170, flex=2),
    Column("uploaded", "上传", "sentence", 190),
    Column("decided", "进展", "sentence", 230, flex=2),
)
BOARD_COLUMNS = (
    Column("unit", "单位", "link", 160, flex=1, on_phone=True, phone_width=104),
    Column("due", "应报", "number", 84, on_phone=True, phone_width=56),
    Column("filed", "已报", "number", 84, on_phone=True, phone_width=56),
    Column("submitted", "待审核", "number", 92, on_phone=True, phone_width=66),
    Column("returned", "退回", "number", 84),
    Column("missing", "未报", "number", 84, on_phone=True, phone_width=56),
    Column("last_filed", "最近报送", width=230),
)
FILED_COLUMNS = (
    Column("name", "项目名称", "link", 230, flex=1, is_pinned=True, on_phone=True, phone_width=150),
    Column("unit", "单位", width=140),
    Column("class", "类别", width=190),
    Column("status_words", "报送", width=110, on_phone=True, phone_width=90),
    Column("filed", "报送时间", width=230),
    Column("reason", "退回原因", "sentence", 220, flex=1),
)


def page(place: Place, history: Sequence[Upload]) -> html.Div:
    """Handing in, and the uploads of the programme, the newest first."""
    wanted = place.query.get("state")
    rows = [upload for upload in history if not wanted or upload["state"] == wanted]
    return html.Div(
        [
            _head(place, "imports"),
            zone(place),
            templates(place),
            panel(
                "导入记录",
                _history(place, rows, is_filtered=bool(wanted)),
                aside=[_state_picker(wanted, history), html.Span(f"{len(rows)} 次")],
                className="panel-table",
            ),
        ]
    )


def _head(place: Place, tab: str) -> html.Div:
    """Title and the page's two parts."""
    names = (("imports", "导入", None), ("board", "报送情况", "board"))
    links = [
        html.A(
            name,
            href=place.href("/imports", tab=query),
            className="page-tab page-tab-here" if one == tab else "page-tab",
        )
        for one, name, query in names
    ]
    return html.Div(
        [
            head(
                "月报导入",
                subtitle=f"{place.programme['name']} · {_filled(place)}",
                source="各单位报送的 Excel 表；原文件一并保存，每个数都能追到文件、表、格",
            ),
            html.Nav(links, className="page-tabs no-print", **{"aria-label": "月报导入"}),
        ]
    )


def _filled(place: Place) -> str:
    return f"已导入至{number.month_words(place.newest_month)}" if place.newest_month else "还没有导入过月报"


def _state_picker(wanted: str | None, history: Sequence[Upload]) -> html.Div:
    seen = {upload["state"] for upload in history} | ({wanted} if wanted else set())
    data = [{"value": state, "label": words} for state, words in STATES.items() if state in seen]
    return picker("state", wanted, data, label="状态", placeholder="全部状态", clearable=True, width=130)


# ---- handing in -----------------------------------------------------------------------------------------------------


KINDS = "月度进展表、年度计划表、责任分解表、督查评分表、帮扶记录表"


def zone(
    place: Place, title: str = "选择要导入的表，或把文件拖到这里，可以一次选多个", kinds: str = KINDS
) -> html.Button:
    """Where files are dropped or chosen; `assets/imports.js` sends them and shows the stage the server is in."""
    steps = [html.Li(name, **{"data-stage": stage}) for stage, name in STAGES.items()]
    return html.Button(
        [
            html.Div(title, className="zone-title"),
            html.Div(kinds, className="soft"),
            html.Div(".xlsx .xls .et .csv，每个不超过 5 MB；确认之前不会改动任何数据", className="soft"),
            html.Div(id="imports-progress", className="zone-progress", role="status"),
            html.Ol(steps, className="zone-stages", **{"aria-hidden": "true"}),
        ],
        id="imports-zone",
        className="zone no-print",
        **{"data-programme": place.code},
    )


def templates(place: Place, month: str | None = None) -> html.P:
    """A sheet with the projects and what is known of them filled in, and blank ones; the office's of every kind."""
    wanted = month or next_month(place)

    def link(words: str, kind: str, **query: str | None) -> html.A:
        href = place.download(f"/api/templates/{kind}", programme=place.code, **query)
        return html.A(words, href=href, download=True)

    links = [link(f"{number.short_month(wanted)}预填月报表", "monthly", month=wanted)] if wanted else []
    links.append(link("空白月报表", "monthly", month=wanted, filled="false"))
    if place.person.get("role") != "unit":
        links += [link("年度计划表", "plan"), link("责任分解表", "responsibility")]
    pieces = [piece for one in links for piece in (" · ", one)][1:]
    hint = html.Span("；预填的已列好项目和已知的数，填好后在此上传。", className="soft")
    return html.P(["模板：", *pieces, hint], className="templates no-print")


def next_month(place: Place) -> str | None:
    """The month to be filed next: the one after the newest with data, within the year and not in the future."""
    year, today = place.programme["year"], place.programme["today"][:7]
    newest = place.newest_month
    number_after = int(newest[5:7]) + 1 if newest else 1
    wanted = f"{year}-{number_after:02d}"
    return wanted if number_after <= 12 and wanted <= today else newest


def outcomes(found: Sequence[Mapping[str, Any]]) -> html.Section:
    """What became of each file handed in: its own line, the refused ones with their sentence and faults."""
    taken = sum(bool(one.get("upload")) for one in found)
    title = "文件未通过预检" if not taken else f"本次上传 {len(found)} 个文件，{taken} 个通过预检"
    lines = [_taken(one) if one.get("upload") else _refused(place, one) for place, one in enumerate(found)]
    return panel(
        title, html.Ul(lines, className="case-list"), className="panel-alert" if taken < len(found) else "panel-done"
    )


GOOD = Look("已预检", "", "●", "#176b3a", "#e6f4eb")
BAD = Look("未通过", "", "▲", "#b3201b", "#fdeceb")


def _taken(outcome: Mapping[str, Any]) -> html.Li:
    upload = outcome["upload"]
    month = number.month_words(upload["month"]) if upload.get("month") else ""
    kind = f"{SPECS.get(upload['spec'], '表')} {month}".strip()
    part = (upload.get("part") or {}).get("label")
    words = "；".join(text for text in (kind, part, result_words(upload["counts"]), upload.get("waiting_for")) if text)
    look = Look(upload["state_label"], "", GOOD.shape, GOOD.ink, GOOD.tint)
    line = [look_badge(look), html.B(outcome["file"]), html.A("查看", href=f"/imports/{upload['id']}")]
    return html.Li([html.Div(line, className="case-line"), html.P(words, className="case-owner")])


def _refused(place: int, outcome: Mapping[str, Any]) -> html.Li:
    """A file that was not taken: the API's sentence, every other fault it found, and the sheet back with its marks."""
    refusal = outcome["refusal"]
    faults = refused_faults(refusal)
    others = [fault for fault in faults if fault["message"] != refusal["message"]]
    lines = [
        html.Li([severity_badge(fault["severity"]), html.Span(fault["message"])], className="fault") for fault in others
    ]
    marked = any(fault.get("cell") for fault in faults)
    back = html.Button("下载标注后的原表", className="button button-small", **{"data-annotate": str(place)})
    return html.Li(
        [
            html.Div([look_badge(BAD), html.B(outcome["file"]), "没有导入，未存任何数据。"], className="case-line"),
            html.P(["▲ ", refusal["message"]], className="refusal", role="alert"),
            html.Ul(lines, className="fault-list") if lines else None,
            html.Div(back, className="no-print") if marked else None,
        ]
    )


def refused_faults(refusal: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The faults of a refused sheet and of its rows."""
    detail = refusal.get("detail")
    if not isinstance(detail, Mapping):
        return []
    of_rows = [fault for row in detail.get("rows") or () for fault in row.get("faults") or ()]
    return [*(detail.get("faults") or ()), *of_rows]


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


# ---- history --------------------------------------------------------------------------------------------------------


def _history(place: Place, history: Sequence[Upload], *, is_filtered: bool) -> Any:
    if not history and is_filtered:
        return states.empty("没有这个状态的导入", "请改选其他状态。")
    if not history:
        return states.empty("还没有导入记录", "先导入年度计划表和责任分解表，再逐月导入月度进展表。")
    columns = [column for column in COLUMNS if column.field != "filer" or any(one.get("filer") for one in history)]
    return table(columns, [_line(place, upload) for upload in history], id="imports-history", is_phone=place.is_phone)


def _line(place: Place, upload: Upload) -> dict[str, Any]:
    return {
        "href": place.href(f"/imports/{upload['id']}"),
        "file": title_of(upload),
        "kind": SPECS.get(upload["spec"], "其他"),
        "month_words": number.month_words(upload["month"]) if upload["month"] else "",
        "filer": upload.get("filer") or "",
        "state_label": STATES.get(upload["state"], upload["state_label"]),
        "result": result_words(upload["counts"]),
        "uploaded": f"{upload['uploaded_by']} {number.instant(upload['uploaded_at'])}",
        "decided": progress_words(upload),
    }


def title_of(upload: Upload) -> str:
    """The sheet's name; what was filled in on screen is kept as data, which is nobody's concern."""
    return upload["file"].removesuffix(".json") if upload.get("kind") == "form" else str(upload["file"])


def progress_words(upload: Upload) -> str:
    """The last that was done with it, by whom and why; of an open one, who is waited for."""
    for act, words, reason in (
        ("reverted", "撤销", upload.get("revert_reason")),
        ("discarded", "放弃", None),
        ("committed", "确认", None),
    ):
        if upload.get(f"{act}_at"):
            done = f"{upload[f'{act}_by']} {number.instant(upload[f'{act}_at'])} {words}"
            return f"{done}：{reason}" if reason else done
    if upload["state"] == "returned":
        done = f"{upload['returned_by']} {number.instant(upload['returned_at'])} 退回"
        return f"{done}：{upload['return_reason']}"
    return upload.get("waiting_for") or ""


# ---- 报送情况 -------------------------------------------------------------------------------------------------------


def board_page(place: Place, board: Mapping[str, Any]) -> html.Div:
    """Who has filed for a month: 应报 = 已报 + 待审核 + 退回 + 未报, by unit, then project by project."""
    unit, status = place.query.get("unit"), place.query.get("status")
    projects = [
        dict(project) | {"unit": row["unit"]}
        for row in board["rows"]
        if not unit or row["unit"] == unit
        for project in row["projects"]
        if not status or project["status"] == status
    ]
    one = next((row for row in board["rows"] if row["unit"] == unit), None)
    return html.Div(
        [
            _head(place, "board"),
            html.Div(_board_controls(place, board), className="page-controls board-controls"),
            filing_figures(one or board["totals"], id="board-headline"),
            panel("按单位", _units(place, board), aside=f"{board['totals']['units']} 个单位", className="panel-table"),
            panel(
                _projects_title(unit, status),
                _projects(place, projects),
                aside=[finder("board-projects"), html.Span(f"{len(projects)} 项")],
                className="panel-table",
                id="board-listing",
            ),
        ]
    )


FIGURE_TONES = {"filed": "green", "submitted": "", "returned": "yellow", "missing": "red"}


def filing_figures(counts: Mapping[str, int], *, id: str) -> html.Div:
    """应报 = 已报 + 待审核 + 退回 + 未报."""
    figures = [figure(counts["due"], "应报", unit="项")]
    for name, look in FILINGS.items():
        tone = FIGURE_TONES[name] if counts[name] else ""
        figures.append(figure(counts[name], f"{look.shape} {look.word}", unit="项", tone=tone))
    return html.Div(html.Div(figures, className="headline-group"), className="headline headline-one", id=id)


def board_month(place: Place) -> str | None:
    return place.query.get("month") or next_month(place)


def _board_controls(place: Place, board: Mapping[str, Any]) -> list[Any]:
    year, last = place.programme["year"], place.programme["today"][:7]
    months = [month for month in (f"{year}-{one:02d}" for one in range(12, 0, -1)) if month <= last]
    return [
        picker(
            "month",
            board["month"],
            [{"value": month, "label": number.month_words(month)} for month in months],
            label="月份",
            width=140,
        ),
        picker(
            "unit",
            place.query.get("unit"),
            [row["unit"] for row in board["rows"]],
            label="单位",
            placeholder="全部单位",
            clearable=True,
            width=170,
        ),
        picker(
            "status",
            place.query.get("status"),
            [{"value": name, "label": look.word} for name, look in FILINGS.items()],
            label="报送",
            placeholder="全部状态",
            clearable=True,
            width=130,
        ),
    ]


def _units(place: Place, board: Mapping[str, Any]) -> Any:
    if not board["rows"]:
        return states.empty("这个月没有应报的项目", "责任分解表导入后，这里按责任单位列出应报项目。")
    rows = [
        {name: row[name] for name in ("unit", "due", *FILINGS)}
        | {
            "href": place.href("/imports", tab="board", month=board["month"], unit=row["unit"]),
            "last_filed": _when(row.get("last_filed_by"), row.get("last_filed_at")),
        }
        for row in board["rows"]
    ]
    return table(BOARD_COLUMNS, rows, id="board-units", is_phone=place.is_phone, height="420px")


def _projects_title(unit: str | None, status: str | None) -> str:
    words = f"{unit or '各单位'}{FILINGS[status].word if status in FILINGS else ''}"
    return f"{words}的项目"


def _projects(place: Place, projects: Sequence[Mapping[str, Any]]) -> Any:
    if not projects:
        return states.empty("没有符合条件的项目", "请放宽筛选条件。")
    rows = [
        {
            "name": one["name"],
            "href": place.href(f"/imports/{one['upload']}") if one.get("upload") else None,
            "unit": one["unit"],
            "class": one["class"],
            "status_words": f"{FILINGS[one['status']].shape} {one['status_label']}",
            "filed": _when(one.get("filed_by"), one.get("filed_at")),
            "reason": one.get("reason") or "",
        }
        for one in sorted(projects, key=lambda one: list(FILINGS).index(one["status"]), reverse=True)
    ]
    return table(FILED_COLUMNS, rows, id="board-projects", is_phone=place.is_phone, height="560px")


def _when(by: str | None, at: str | None) -> str:
    return f"{by or ''} {number.instant(at)}".strip() if at else ""
