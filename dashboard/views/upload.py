"""月报导入 (one sheet): what it would change, what must be decided first, then 确认导入; afterwards 撤销本次导入.

Who may do what is the API's to say: `actions` names the buttons, and no other stands here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, takewhile
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.badge import look_badge
from dashboard.components.number import figure
from dashboard.components.page import head, panel
from dashboard.components.table import Column, table
from dashboard.theme import SEVERITIES, Look
from dashboard.views.imports import SPECS, progress_words, title_of

Upload = Mapping[str, Any]
KINDS = {
    "unit_slip": "金额单位疑似写错",
    "unknown_project": "名称对不上的项目",
    "duplicate": "重复的行",
    "which_month": "是哪个月的表",
    "month": "是哪个月的表",
    "unknown_class": "类别对不上",
    "ytd_decreased": "累计数比上月少",
}
SKIPS = {
    "section": "分类标题",
    "subtotal": "小计",
    "total": "合计",
    "note": "说明",
    "repeated_header": "重复表头",
    "blank": "空行",
    "hidden": "隐藏行",
    "duplicate": "重复行",
}
FEW_CHOICES = 6
FAULT_COLUMNS = (
    Column("severity_words", "类别", width=86, on_phone=True, phone_width=76),
    Column("place", "位置", "jump", 130, on_phone=True, phone_width=78),
    Column("heading", "列", width=190),
    Column("raw", "原文", width=150),
    Column("message", "说明", "sentence", 380, flex=1, on_phone=True, phone_width=190),
)
CHANGE_COLUMNS = (
    Column("name", "项目", width=220, on_phone=True, phone_width=120),
    Column("label", "内容", width=250, on_phone=True, phone_width=110),
    Column("old", "原来", "sentence", 180, flex=1),
    Column("new", "改为", "sentence", 180, flex=1, on_phone=True, phone_width=110),
    Column("row", "行", "number", 64),
)
ROW_COLUMNS = (
    Column("row", "行", "number", 60, on_phone=True, phone_width=48),
    Column("name", "项目名称", width=220, flex=1, on_phone=True, phone_width=150),
    Column("category", "类别", width=180),
    Column("annual_plan_wan", "年度计划（万元）", "amount", 130),
    Column("invested_ytd_wan", "本年累计（万元）", "amount", 130, on_phone=True, phone_width=110),
    Column("completion_pct", "完成率%", "number", 92),
    Column("physical_progress", "形象进度", "sentence", 220),
    Column("problems", "存在问题", "sentence", 220),
    Column("score", "评分", "number", 76),
)


def page(place: Place, upload: Upload) -> html.Div:
    """One upload as it stands. Of a discarded one nothing is kept but what was done with it."""
    if upload["state"] == "discarded":
        return _discarded(place, upload)
    faults = all_faults(upload)
    month = number.month_words(upload["month"]) if upload.get("month") else "不分月份"
    kind = SPECS.get(upload.get("spec") or "", "表")
    actions = upload["actions"]
    return html.Div(
        [
            head(
                title_of(upload),
                subtitle=" · ".join(part for part in (kind, month, _part(upload), upload["state_label"]) if part),
                source=f"{_sender(upload)} {number.instant(upload['uploaded_at'])} {_way(upload)}",
                crumbs=[_way_back(place)],
                controls=_downloads(upload, faults),
            ),
            _steps(upload),
            _verdict(place, upload, faults),
            _questions(place, upload) if "answer" in actions and upload["questions"] else None,
            _changes(place, upload),
            html.Div([_events(upload), _missing(upload)], className="columns-2"),
            _faults(place, upload, faults),
            _rows(place, upload, faults),
            _revert(upload) if "revert" in actions else None,
        ]
    )


def _discarded(place: Place, upload: Upload) -> html.Div:
    look, words = _judgement(upload, ())
    sentence = html.P(words, className="verdict-words")
    return html.Div(
        [
            head(
                title_of(upload),
                subtitle=upload["state_label"],
                source=f"{_sender(upload)} {number.instant(upload['uploaded_at'])} {_way(upload)}",
                crumbs=[_way_back(place)],
            ),
            panel(None, html.Div([look_badge(look), sentence], className="verdict-line", id="upload-verdict")),
        ]
    )


def _part(upload: Upload) -> str | None:
    """本表只含杨屯镇: a partial sheet marks nobody else missing."""
    return (upload.get("part") or {}).get("label")


def _sender(upload: Upload) -> str:
    filer = upload["filer"]
    return f"{filer} {upload['uploaded_by']}" if filer else str(upload["uploaded_by"])


def _way(upload: Upload) -> str:
    return "网页填报" if upload["kind"] == "form" else "上传"


def _way_back(place: Place) -> tuple[str, str]:
    if place.person.get("role") == "unit":
        return "月报填报", place.href("/filing")
    return "月报导入", place.href("/imports")


def _downloads(upload: Upload, faults: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The very file, and the same with its faults marked; a form filled in on screen is no file."""
    if upload["kind"] == "form":
        return []
    address = f"/api/uploads/{upload['id']}"
    marked = html.A("下载标注后的原表", href=f"{address}/annotated", className="button", download=True)
    original = html.A("下载原文件", href=f"{address}/file", className="button", download=True)
    return [marked, original] if faults or upload["questions"] else [original]


def all_faults(upload: Upload) -> list[Mapping[str, Any]]:
    """The sheet's faults and those of its rows, the gravest first."""
    order = list(SEVERITIES)
    of_rows = [{"sheet": row["sheet"], "row": row["row"]} | fault for row in upload["rows"] for fault in row["faults"]]
    found = [*upload["faults"], *of_rows]
    return sorted(found, key=lambda fault: order.index(fault["severity"]))


def _steps(upload: Upload) -> html.Ol | None:
    """预检 → 答复待确认 → 确认导入 (of a unit's: → 办公室审核), and where this sheet stands."""
    if upload["state"] in ("returned", "discarded", "reverted"):
        return None
    waiting = upload["state"] in ("tried", "submitted")
    reached = 1 if waiting and upload["questions"] else 2 if waiting else 3
    names = ("预检", "答复待确认", "办公室审核" if upload["filer"] else "确认导入")
    return html.Ol(
        [
            html.Li(
                [html.Span("✓" if place < reached else str(place + 1)), name],
                className="done" if place < reached else "here" if place == reached else "",
            )
            for place, name in enumerate(names)
        ],
        className="steps no-print",
    )


def _verdict(place: Place, upload: Upload, faults: Sequence[Mapping[str, Any]]) -> html.Section:
    """What would happen (or has happened), in one sentence and five figures, and the button that does it."""
    counts = upload.get("counts") or upload["diff"]
    figures = [
        figure(counts["new"], "新增", unit="行"),
        figure(counts["changed"], "变动", unit="行"),
        figure(counts["same"], "相同", unit="行"),
        figure(counts.get("registered", 0), "登记新项目", unit="个"),
        figure(counts["missing"], "表中缺", unit="个", tone="yellow" if counts["missing"] else ""),
    ]
    look, words = _judgement(upload, faults)
    return html.Section(
        [
            html.Div(
                [look_badge(look), html.P(words, className="verdict-words")],
                className="verdict-line",
                id="upload-verdict",
            ),
            html.Div(html.Div(figures, className="headline-group"), className="verdict-figures"),
            html.Div(_actions(place, upload, faults), className="verdict-actions no-print"),
        ],
        className="panel verdict",
    )


OPEN = Look("待确认", "", "◆", "#8a5a00", "#fff4d9")
CAN = Look("可以导入", "", "●", "#176b3a", "#e6f4eb")
CANNOT = Look("不能导入", "", "▲", "#b3201b", "#fdeceb")
DONE = Look("已导入", "", "●", "#176b3a", "#e6f4eb")
OVER = Look("已撤销", "", "○", "#566172", "#edf0f4")


def _judgement(upload: Upload, faults: Sequence[Mapping[str, Any]]) -> tuple[Look, str]:
    """The state as a badge, and the sentence that says what it means."""
    match upload["state"]:
        case "committed":
            return DONE, progress_words(upload)
        case "reverted":
            return OVER, f"{progress_words(upload)}。{_undone_words(upload.get('revert_outcome'))}"
        case "discarded":
            return replace(OVER, word="已放弃"), f"{progress_words(upload)}，没有改动任何数据，原文件已删去。"
        case "returned":
            return replace(CANNOT, word="已退回"), f"{progress_words(upload)}。请改正后重新报送。"
        case "unchanged":
            return replace(OVER, word="没有变化"), "这张表的内容与已有数据完全相同，没有改动任何数据。"
    waiting = f"{upload['waiting_for']}。" if upload.get("waiting_for") else ""
    if upload["questions"]:
        return OPEN, f"有 {len(upload['questions'])} 个问题待确认，全部答复后才能导入；现在没有改动任何数据。{waiting}"
    errors = [fault for fault in faults if fault["severity"] == "error"]
    if errors and upload["decision"] == "refuse":
        return CANNOT, upload["message"] or errors[0]["message"]
    stale = "预检之后数据有过变动，确认导入时会重新核对。" if upload.get("is_stale") else ""
    open_errors = f"有 {len(errors)} 处错误，错误的单元格不会导入。" if errors else ""
    if upload["state"] == "submitted":
        passed = "预检通过，办公室审核接收后才计入。"
        return replace(CAN, word="待审核"), f"{passed}{open_errors}{stale}{waiting}"
    return CAN, f"预检通过，确认后一次写入，随时可以撤销。{open_errors}{stale}{waiting}"


def _undone_words(outcome: Mapping[str, Any] | None) -> str:
    if not outcome:
        return ""
    kept = f"，之后又改过的 {len(outcome['kept'])} 处保留" if outcome["kept"] else ""
    return f"恢复 {outcome['restored']} 条记录，撤去 {outcome['withdrawn']} 条{kept}。"


def _actions(place: Place, upload: Upload, faults: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The buttons of what this person may do now, each with its dialog; a sheet with questions open cannot go in."""
    actions = upload["actions"]
    month = upload.get("month")
    if upload["state"] == "committed" and month:
        return [
            html.A("查看排名", href=place.href("/ranking", period=month), className="button"),
            html.A("查看预警", href=place.href("/alerts", month=month), className="button"),
        ]
    made: list[Any] = []
    for act in ("commit", "accept"):
        if act in actions and not upload["questions"]:
            made += _confirmation(act, upload, sum(fault["severity"] == "error" for fault in faults))
    if "return" in actions:
        made += _dialog(
            "return",
            "退回…",
            "退回给报送单位？",
            [
                html.P(f"{upload['filer'] or '报送单位'}会看到退回原因，改正后重新报送；退回的表不计入。"),
                dmc.Textarea(
                    id={"type": "upload-given", "act": "return"},
                    value="",
                    placeholder="请写明退回原因",
                    autosize=True,
                    minRows=2,
                    **{"aria-label": "退回原因"},
                ),
            ],
            "退回",
        )
    if "hand_over" in actions:
        made += _dialog(
            "hand_over",
            "交给同事…",
            "交给同事接着办？",
            [
                html.P("已经答复的问题一并交过去，导入记录里写明在等谁。"),
                dmc.Select(
                    id={"type": "upload-given", "act": "hand_over"},
                    data=[],
                    placeholder="选择同事",
                    nothingFoundMessage="没有可以接手的同事",
                    comboboxProps={"withinPortal": True},
                    **{"aria-label": "选择同事"},
                ),
            ],
            "交给同事",
        )
    if "discard" in actions:
        text = [html.P("这张表不再导入，没有改动任何数据；原文件一并删去，只留下这条记录。")]
        made += _dialog("discard", "放弃…", "放弃这张表？", text, "放弃")
    return made


def _dialog(act: str, opener: str, title: str, body: Sequence[Any], doer: str, *, is_main: bool = False) -> list[Any]:
    """A button and the dialog that it opens; only the dialog's own button does the act."""
    identifier = {"act": act}
    buttons = html.Div(
        [
            html.Button("再看看", id={"type": "upload-close"} | identifier, className="button", n_clicks=0),
            dmc.Button(doer, id={"type": "upload-do"} | identifier, n_clicks=0),
        ],
        className="dialog-buttons",
    )
    look = "button button-primary" if is_main else "button"
    return [
        html.Button(opener, id={"type": "upload-open"} | identifier, className=look, n_clicks=0),
        dmc.Modal(
            [*body, buttons],
            id={"type": "upload-dialog"} | identifier,
            title=title,
            centered=True,
            closeButtonProps={"aria-label": "关闭"},
        ),
    ]


def _confirmation(act: str, upload: Upload, errors: int) -> list[Any]:
    counts = upload.get("counts") or upload["diff"]
    month = f"{number.month_words(upload['month'])}的" if upload.get("month") else ""
    lines = [
        f"写入{month}{counts['new'] + counts['changed']} 行（新增 {counts['new']}，变动 {counts['changed']}）。",
        f"同时记入 {len(upload['proposed_events'])} 个项目事件。" if upload["proposed_events"] else None,
        f"{errors} 处有错误的单元格不会导入。" if errors else None,
        "全部写入或全部不写；导入后可以撤销。",
    ]
    body = [html.Ul([html.Li(line) for line in lines if line])]
    if act == "accept":
        return _dialog(act, "接收并导入…", "接收这张表？", body, "接收并导入", is_main=True)
    return _dialog(act, "确认导入…", "确认导入这张表？", body, "确认导入", is_main=True)


# ---- 待确认 ---------------------------------------------------------------------------------------------------------


def _questions(place: Place, upload: Upload) -> html.Section:
    """Every open question, by kind; each answered in place, or a whole kind at once."""
    ordered = sorted(upload["questions"], key=lambda question: question["code"])
    groups = [(code, list(members)) for code, members in groupby(ordered, key=lambda question: question["code"])]
    button = dmc.Button("保存答复", id="upload-answer", n_clicks=0)
    keys = {_row_key(row) for row in upload["rows"]}
    answered = f"，已答复 {len(upload['answers'])} 个" if upload["answers"] else ""
    groups_shown = [_group(code, members, keys) for code, members in groups]
    return panel(
        "待确认的问题",
        [*groups_shown, html.Div(button, className="dialog-buttons no-print")],
        aside=f"{len(ordered)} 个{answered}，可以只答一部分",
        className="panel-ask",
        id="upload-questions",
    )


def _group(code: str, questions: Sequence[Mapping[str, Any]], keys: Collection[str]) -> html.Section:
    title = html.H3([KINDS.get(code, "需要您判断"), html.Span(f"{len(questions)} 个", className="soft")])
    return html.Section(
        [title, _all_at_once(code, questions), *(_question(code, question, keys) for question in questions)],
        className="question-group",
    )


def _all_at_once(code: str, questions: Sequence[Mapping[str, Any]]) -> html.Div | None:
    """One choice for all questions of a kind, by its place; offered where each has as many choices."""
    sizes = {len(question["choices"]) for question in questions}
    if len(questions) < 2 or len(sizes) != 1 or max(sizes) > FEW_CHOICES:
        return None
    labels = [_shared([question["choices"][place]["label"] for question in questions]) for place in range(max(sizes))]
    values = [[choice["value"] for choice in question["choices"]] for question in questions]
    return html.Div(
        [
            html.Span("同类一并选择：", className="soft"),
            dmc.SegmentedControl(
                id={"type": "upload-all", "code": code},
                data=[{"value": str(place), "label": label} for place, label in enumerate(labels)],
                value="",
                size="xs",
            ),
            dcc.Store(id={"type": "upload-choices", "code": code}, data=values),
        ],
        className="all-at-once",
    )


def _shared(labels: Sequence[str]) -> str:
    """What the labels of one place have in common: '改为14800万元', '改为1480万元' → '改为1480…'."""
    if len(set(labels)) == 1:
        return labels[0]
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*labels, strict=False))
    return "".join(signs[0] for signs in alike).rstrip("“（0123456789.,") + "…"


def _question(code: str, question: Mapping[str, Any], keys: Collection[str]) -> html.Div:
    identifier = {"type": "upload-answer", "code": code, "id": question["id"]}
    choices, default = question["choices"], question.get("default")
    if not choices:
        control: Any = dmc.TextInput(id=identifier, value=default or "", placeholder="请填写", maw=320)
    elif len(choices) <= FEW_CHOICES:
        options = [dmc.Radio(value=choice["value"], label=choice["label"]) for choice in choices]
        control = dmc.RadioGroup(dmc.Group(options, gap="lg"), id=identifier, value=default)
    else:
        control = dmc.Select(
            id=identifier,
            value=default,
            data=[{"value": choice["value"], "label": choice["label"]} for choice in choices],
            placeholder="请选择",
            searchable=True,
            maw=520,
            nothingFoundMessage="没有这个选项",
        )
    key = _row_key(question)
    jump = html.Button("看这一行", className="link-button", **{"data-jump": key}) if key in keys else None
    return html.Div([html.P([question["message"], jump]), control], className="question", role="group")


# ---- what it would change -------------------------------------------------------------------------------------------


def _changes(place: Place, upload: Upload) -> html.Section | None:
    changes = upload.get("changes") or []
    if not changes:
        return None
    rows = [dict(change) | {"old": change["old"] or "（空）", "new": change["new"] or "（空）"} for change in changes]
    shown = table(CHANGE_COLUMNS, rows, id="upload-changes", is_phone=place.is_phone, height=_height(len(rows)))
    return panel("与已有数据不同的内容", shown, aside=f"{len(rows)} 处", className="panel-table")


def _events(upload: Upload) -> html.Section:
    events = upload.get("proposed_events") or []
    lines = [html.Li([html.Span(one["name"]), html.Span(f"{one['kind']}，{one['on']}")]) for one in events]
    registered = [
        html.Li([html.Span(one["name"]), html.Span("登记为新项目")]) for one in upload.get("registered") or []
    ]
    body = html.Ul([*lines, *registered], className="name-list name-list-long") if lines or registered else None
    return panel("随表记入的事件", body or html.P("没有。", className="soft"), aside=f"{len(events)} 个")


def _missing(upload: Upload) -> html.Section:
    missing = upload.get("missing_projects") or []
    lines = [html.Li([html.Span(one["name"]), html.Span(one["code"], className="soft")]) for one in missing]
    note = html.P("只列出，不视为退出；分单位报送的表缺其他单位的项目属正常。", className="soft")
    body: list[Any] = [html.Ul(lines, className="name-list name-list-long"), note]
    return panel("表中没有的项目", body if lines else html.P("没有。", className="soft"), aside=f"{len(lines)} 个")


def _row_key(found: Mapping[str, Any]) -> str:
    """A row of the sheet by sheet and number: what a fault or a question points to."""
    row = found.get("row") or "".join(sign for sign in found.get("cell") or "" if sign.isdigit())
    return f"{found.get('sheet') or ''}!{row}"


def _faults(place: Place, upload: Upload, faults: Sequence[Mapping[str, Any]]) -> html.Section:
    """Every fault with its cell; the cell leads to its row among those read."""
    if not faults:
        return panel("错误与提示", html.P("没有发现错误。", className="soft"))
    keys = {_row_key(row) for row in upload["rows"]}
    rows = [
        dict(fault)
        | {
            "severity_words": f"{SEVERITIES[fault['severity']].shape} {SEVERITIES[fault['severity']].word}",
            "place": (fault.get("cell") or "")
            if place.is_phone
            else "!".join(part for part in (fault.get("sheet"), fault.get("cell")) if part),
            "jump": _row_key(fault) if _row_key(fault) in keys else None,
        }
        for fault in faults
    ]
    counts = [f"{look.word} {sum(fault['severity'] == code for fault in faults)}" for code, look in SEVERITIES.items()]
    shown = table(FAULT_COLUMNS, rows, id="upload-faults", is_phone=place.is_phone, height=_height(len(rows)))
    return panel("错误与提示", shown, aside="，".join(counts), className="panel-table")


def _rows(place: Place, upload: Upload, faults: Sequence[Mapping[str, Any]]) -> html.Section:
    """The rows as read, and what was left out and why."""
    skipped = upload["skipped"]
    by_reason = {reason: sum(one["reason"] == reason for one in skipped) for reason in SKIPS}
    left_out = "、".join(f"{SKIPS[reason]} {count} 行" for reason, count in by_reason.items() if count)
    unused = [f"{sheet['name']}（{sheet['reason']}）" for sheet in upload["sheets"] if not sheet["used"]]
    notes = [
        f"未计入：{left_out}。" if left_out else None,
        f"未使用的工作表：{'、'.join(unused)}。" if unused else None,
    ]
    gravest = {_row_key(fault): fault["severity"] for fault in reversed(faults)}
    rows = [
        {name: value for name, value in row.items() if name != "faults"}
        | {"key": _row_key(row), "mark": gravest.get(_row_key(row))}
        for row in upload["rows"]
    ]
    grid = table(ROW_COLUMNS, rows, id="upload-rows", is_phone=place.is_phone, height=_height(len(rows)), mark="mark")
    body = [html.P([note for note in notes if note], className="soft panel-note") if any(notes) else None, grid]
    return panel("读出的内容", body, aside=f"{len(rows)} 行，单位{upload['unit'] or '未说明'}", className="panel-table")


def _height(rows: int) -> str | None:
    """Short tables show all their rows; long ones scroll inside."""
    return "420px" if rows > 10 else None


# ---- 撤销本次导入 ---------------------------------------------------------------------------------------------------


def _revert(upload: Upload) -> html.Section:
    """What undoing would do is asked of the API when the dialog opens, and stands there before anybody confirms."""
    body = [
        html.Div(html.P("正在核对撤销会恢复什么…", className="soft"), id="upload-foreseen"),
        dmc.TextInput(
            id={"type": "upload-given", "act": "revert"},
            placeholder="请写明撤销原因",
            value="",
            mt="sm",
            **{"aria-label": "撤销原因"},
        ),
    ]
    text = "撤销后，本次导入改动的每个数恢复为导入前的数；此后又被改过的保留现数并列出。已定稿的期间不能撤销。"
    opener = _dialog("revert", "撤销本次导入…", "撤销本次导入？", body, "确定撤销")
    return panel("撤销本次导入", [html.P(text), html.Div(opener, className="revert-line")], className="no-print")


KEPT_SHOWN = 12


def foreseen(outcome: Mapping[str, Any]) -> html.Div:
    """What undoing would restore, what was edited since and stays, or why it cannot be done."""
    if outcome.get("refusal"):
        return html.Div(html.P(["▲ ", outcome["refusal"]], className="refusal", role="alert"))
    sentence = f"撤销会把 {outcome['restored']} 条记录恢复为导入前的数，撤去本次新增的 {outcome['withdrawn']} 条。"
    kept = outcome["kept"]
    if not kept:
        return html.Div(html.P([sentence, "此后没有人改过这些数。"]))
    lines = [
        html.Li(
            [
                html.Span(" ".join(part for part in (one.get("name"), _month_of(one), one["label"]) if part)),
                html.Span(f"{one['value'] or '（空）'}，{one['by']} {number.instant(one['at'])}", className="soft"),
            ]
        )
        for one in kept[:KEPT_SHOWN]
    ]
    more = html.P(f"……共 {len(kept)} 处。", className="soft") if len(kept) > KEPT_SHOWN else None
    return html.Div(
        [
            html.P([sentence, html.B(f"此后又改过的 {len(kept)} 处保留现数：")]),
            html.Ul(lines, className="name-list"),
            more,
        ]
    )


def _month_of(kept: Mapping[str, Any]) -> str:
    return number.short_month(kept["month"]) if kept.get("month") else ""
