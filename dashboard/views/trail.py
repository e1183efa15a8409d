"""操作日志: who did what when, what was decided by hand, every changed value, and the drawn samples."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Place, periods
from dashboard.components import number, states
from dashboard.components.page import head, panel, picker
from dashboard.components.table import Column, table
from dashboard.views.accounts_tabs import accounts_tabs

Answer = Mapping[str, Any]
Row = Mapping[str, Any]

TABS = (("log", "日志"), ("manual", "手工办理"), ("changes", "数据改动"), ("samples", "抽查"))
OF_ALL = ("log", "manual")  # what the administrator sees too: accounts alone
WHOLE = ("auditor", "office_head")
FILTERS = ("who", "action", "target", "outcome", "from", "to", "q", "kind", "project", "month")
OUTCOMES = [{"value": "ok", "label": "成功"}, {"value": "refused", "label": "被拒绝"}]
ON_A_PAGE = {True: "30", False: "100"}  # rows, on a phone and on a desk
AGREES, DIFFERS = "相符", "不符"

AT = Column("at_words", "时间", "sentence", 166, on_phone=True, phone_width=104)
LOG_COLUMNS = (
    Column("number", "编号", "number", 84),
    AT,
    Column("who", "何人", width=110, on_phone=True, phone_width=84),
    Column("role_word", "角色", width=110),
    Column("action_word", "操作", width=160, on_phone=True, phone_width=130),
    Column("target", "对象", width=190, tooltip="target"),
    Column("outcome_word", "结果", width=84),
    Column("said", "内容", "sentence", 280, flex=1, tooltip="whole"),
)
MANUAL_COLUMNS = (
    AT,
    Column("who", "何人", width=110, on_phone=True, phone_width=84),
    Column("kind", "种类", width=150, on_phone=True, phone_width=120),
    Column("action_word", "办理", width=140),
    Column("target", "对象", width=170),
    Column("count", "件数", "number", 74),
    Column("said", "内容", "sentence", 240, flex=2, tooltip="whole"),
    Column("reason", "原因", "sentence", 160, flex=1),
    Column("approver", "批准人", width=100),
)
PEOPLE_COLUMNS = (
    Column("shown", "何人", "link", 150, on_phone=True, phone_width=100),
    Column("total", "件数", "number", 84, on_phone=True, phone_width=64),
    Column("kinds_words", "其中", "sentence", 300, flex=1, on_phone=True, phone_width=180),
)
CHANGE_COLUMNS = (
    AT,
    Column("who", "何人", width=100),
    Column("name", "项目", "link", 190, flex=1, on_phone=True, phone_width=110),
    Column("what", "数据", "sentence", 230, flex=1, on_phone=True, phone_width=120),
    Column("old", "原值", "sentence", 120),
    Column("new", "新值", "sentence", 120),
    Column("source", "来自", "sentence", 230, flex=1),
    Column("why", "原因", "sentence", 140),
)
SAMPLES_COLUMNS = (
    Column("title", "抽查", "link", 110, on_phone=True, phone_width=92),
    Column("period_label", "期间", width=130, on_phone=True, phone_width=110),
    Column("drawn", "抽取", "number", 76),
    Column("agrees", "相符", "number", 76, on_phone=True, phone_width=60),
    Column("differs", "不符", "number", 76, on_phone=True, phone_width=60),
    Column("open", "未核对", "number", 84),
    Column("by", "抽取人", width=110),
    Column("at_words", "时间", width=166),
    Column("seed", "种子", width=170, flex=1),
)
# Blank is a choice of its own: a cell that is only looked into must not become 相符.
CHOICES = {"values": ["", AGREES, DIFFERS]}
TICK = {"editable": True, "singleClickEdit": True, "cellEditor": "agSelectCellEditor", "cellEditorParams": CHOICES}
LINE_COLUMNS = (
    Column("name", "项目", "link", 170, is_pinned=True, on_phone=True, phone_width=100),
    Column("score", "得分", "number", 76),
    Column("month_words", "月份", width=100),
    Column("month_score", "当月得分", "number", 92),
    Column("field", "栏目", "sentence", 140),
    Column("value", "库中的值", "sentence", 96, on_phone=True, phone_width=66),
    Column("source", "文件、表、格", "sentence", 190, flex=2, on_phone=True, phone_width=104),
    Column("verdict", "相符/不符", width=100),
    Column("remark", "说明", "sentence", 120, flex=1),
    Column("checked_by", "核对人", width=86),
)


def tab_of(place: Place) -> str:
    """The tab that the address asks for, where it is the person's; else the log."""
    wanted = place.query.get("tab") or "log"
    return wanted if wanted in dict(tabs(place)) else "log"


def tabs(place: Place) -> list[tuple[str, str]]:
    whole = place.person.get("role") in WHOLE
    return [(tab, name) for tab, name in TABS if whole or tab in OF_ALL]


def page(place: Place, summary: Answer, found: Answer) -> html.Div:
    """The page of one tab (API `audit/summary` and the tab's own answer)."""
    tab = tab_of(place)
    body = {"log": _log, "manual": _manual, "changes": _changes, "samples": _samples}[tab]
    return html.Div(
        [
            head(
                "操作日志",
                subtitle="每一次操作都在链上，改动、删除、调换任何一条都能核对出来",
                source="操作日志（只增不改）；时间为北京时间",
                controls=[_verify_button(summary), _export(place, tab)],
            ),
            accounts_tabs("/trail", str(place.person.get("role"))),
            _standing(summary),
            _tabs(place, tab),
            *body(place, summary, found),
        ]
    )


def _tabs(place: Place, here: str) -> html.Nav:
    links = [
        html.A(
            name,
            href=place.href("/trail", tab=None if tab == "log" else tab),
            className="page-tab page-tab-here" if tab == here else "page-tab",
        )
        for tab, name in tabs(place)
    ]
    return html.Nav(links, className="page-tabs no-print", **{"aria-label": "操作日志"})


# ---- at the top -----------------------------------------------------------------------------------------------------


def _verify_button(summary: Answer) -> html.Button | None:
    if not summary["may_verify"]:
        return None
    return html.Button("立即核对", id="trail-verify", n_clicks=0, className="button button-primary no-print")


def _standing(summary: Answer) -> html.Section:
    """The last verification and the last drill, each in one sentence with its shape."""
    drill = summary["drill"]
    told = [_verified(summary["verification"]), _line(drill["ok"], "恢复演练", _drilled(drill))]
    return panel(None, html.Ul(told, className="line-list"), id="trail-standing")


def _verified(last: Answer | None) -> html.Li:
    if last is None:
        return _line(None, "完整性核对", "还没有核对过")
    when = f"{last['at_words']} 由{last['by']}核对了{last['entries']}条日志和留存的文件、定稿"
    result = "没有发现问题" if last["ok"] else f"发现{last['count']}处不符"
    details = [html.Li(text) for text in (*last["faults"], *last["remarks"])]
    return _line(last["ok"], "完整性核对", f"{when}：{result}", html.Ul(details) if details else None)


def _drilled(drill: Answer) -> str:
    told = f"{drill['at_words']} {drill['sentence']}".strip()
    good = drill["last_good"]
    return told if drill["ok"] or good is None else f"{told} 上一次成功：{good}。"


def _line(is_good: bool | None, name: str, text: str, more: Any = None) -> html.Li:
    """Word and shape carry the verdict; the colour only repeats it."""
    shape, word, look = {True: ("●", "正常", "green"), False: ("▲", "有问题", "red"), None: ("○", "尚无", "grey")}[
        is_good
    ]
    mark = html.Span(
        [html.Span(shape, className="badge-shape", **{"aria-hidden": "true"}), word],
        className="badge",
        style={"color": f"var(--{look}-ink)", "backgroundColor": f"var(--{look}-tint)"},
    )
    return html.Li([mark, " ", html.Strong(f"{name}："), text, more])


def _export(place: Place, tab: str) -> html.A | None:
    """The workbook of what the screen shows."""
    path = {"log": "audit/export", "manual": "audit/manual/export", "changes": "audit/changes/export"}.get(tab)
    query: dict[str, str | None] = asked(place)
    if tab == "samples":
        if not place.query.get("sample"):
            return None
        path, query = f"audit/samples/{place.query['sample']}/export", {}
    return html.A(
        "导出 Excel", href=place.download(f"/api/{path}", **query), className="button no-print", download=True
    )


def asked(place: Place) -> dict[str, str | None]:
    """What the address asks of the tab's own call, by the API's names."""
    tab = tab_of(place)
    kept = {name: place.query.get(name) for name in FILTERS if place.query.get(name)}
    if tab == "changes":
        kept["programme"] = place.code
        if not {"project", "month", "from", "to"} & kept.keys() and place.newest_month:
            kept["month"] = place.newest_month
    elif place.query.get("programme"):
        kept["programme"] = place.query["programme"]
    return kept


# ---- 日志 -----------------------------------------------------------------------------------------------------------


def _log(place: Place, summary: Answer, found: Answer) -> list[Any]:
    actions = [{"value": one["action"], "label": one["word"]} for one in summary["actions"]]
    return [
        html.Div(
            [
                _people(place, summary),
                picker(
                    "action", place.query.get("action"), actions, label="操作", placeholder="全部操作", clearable=True
                ),
                picker(
                    "outcome",
                    place.query.get("outcome"),
                    OUTCOMES,
                    label="结果",
                    placeholder="全部结果",
                    clearable=True,
                    width=120,
                ),
                _search(place, words=True),
            ],
            className="target-controls",
        ),
        panel(
            "日志",
            _rows(LOG_COLUMNS, [_shown(row) for row in found["rows"]], "trail-log", place, height="64vh"),
            aside=f"{found['total']} 条",
            className="panel-table",
        ),
        _pages(place, found),
    ]


def _people(place: Place, summary: Answer) -> html.Div:
    people = [{"value": one["who"], "label": one["shown"]} for one in summary["people"]]
    return picker("who", place.query.get("who"), people, label="何人", placeholder="全部人员", clearable=True)


def _shown(row: Row) -> dict[str, Any]:
    """A row of the grid: the whole detail stands in the tooltip, as text."""
    whole = row["said"] if row["detail"] is None else json.dumps(row["detail"], ensure_ascii=False, indent=1)
    kept = {name: value for name, value in row.items() if name != "detail"}
    return kept | {"whole": whole, "at_words": here(row["at_words"])}


def here(at_words: str) -> str:
    """The time without its zone, which the page's head names once: a column is narrow."""
    return at_words.removesuffix(" +08:00")


def _search(place: Place, *, words: bool) -> html.Form:
    """Days, and words to be found anywhere; what is left empty is not asked. A new search begins on page 1."""
    fields = [_day("from", "起始日", place), _day("to", "截止日", place)]
    if words:
        box = dmc.TextInput(
            name="q", label="查找", value=place.query.get("q") or "", placeholder="人、操作、对象、内容", w=190
        )
        fields.append(box)
    restart = dcc.Input(type="hidden", name="page", value="")
    return html.Form(
        [*fields, restart, html.Button("查找", type="submit", className="button button-primary")],
        className="target-form no-print",
        **{"data-query": "true"},
    )


def _day(name: str, label: str, place: Place) -> dmc.TextInput:
    value = place.query.get(name) or ""
    return dmc.TextInput(name=name, label=label, value=value, placeholder="如 2023-11-05", w=128)


def _rows(columns: Sequence[Column], rows: Sequence[dict[str, Any]], identifier: str, place: Place, **more: Any) -> Any:
    if not rows:
        return states.empty("没有符合条件的记录", "请放宽时间或条件再查。")
    return table(columns, rows, id=identifier, is_phone=place.is_phone, **more)


def _pages(place: Place, found: Answer) -> html.Nav | None:
    """One page before, one after; nothing where one page holds all."""
    page, last = found["page"], max(1, -(-found["total"] // found["size"]))
    if last == 1 and page == 1:
        return None
    kept = {name: value for name, value in place.query.items() if name not in ("page", "programme")}

    def to(wanted: int, words: str) -> html.A | None:
        if not 1 <= wanted <= last or wanted == page:
            return None
        return html.A(words, href=place.href("/trail", **kept, page=str(wanted)), className="button")

    here = html.Span(f"第 {page} 页，共 {last} 页", className="soft")
    turns = [to(1, "首页"), to(page - 1, "上一页"), here, to(page + 1, "下一页")]
    return html.Nav([one for one in turns if one is not None], className="target-controls no-print")


# ---- 手工办理 -------------------------------------------------------------------------------------------------------


def _manual(place: Place, summary: Answer, found: Answer) -> list[Any]:
    kept = {name: place.query.get(name) for name in ("from", "to")}
    people = [
        {
            **one,
            "href": place.href("/trail", tab="manual", who=one["who"], **kept),
            "kinds_words": "、".join(f"{kind} {count}" for kind, count in one["kinds"].items()),
        }
        for one in found["people"]
    ]
    return [
        html.Div(
            [
                _people(place, {"people": found["people"]}),
                picker(
                    "kind",
                    place.query.get("kind"),
                    found["kinds"],
                    label="种类",
                    placeholder="全部种类",
                    clearable=True,
                    width=210,
                ),
                _search(place, words=False),
            ],
            className="target-controls",
        ),
        panel(
            "各人办理",
            _rows(PEOPLE_COLUMNS, people, "trail-people", place),
            aside=f"{len(people)} 人",
            className="panel-table",
        ),
        panel(
            "逐项",
            _rows(MANUAL_COLUMNS, [_shown(row) for row in found["rows"]], "trail-manual", place, height="60vh"),
            aside=f"{found['total']} 项",
            className="panel-table",
        ),
        _pages(place, found),
    ]


# ---- 数据改动 -------------------------------------------------------------------------------------------------------


def _changes(place: Place, summary: Answer, found: Answer) -> list[Any]:
    shown_month = asked(place).get("month")
    projects = [{"value": one["code"], "label": f"{one['code']} {one['name']}"} for one in found["projects"]]
    months = [
        {"value": month, "label": number.month_words(month)}
        for month in reversed(place.programme.get("committed_months") or [])
    ]
    rows = [
        {
            **row,
            "at_words": here(row["at_words"]),
            "href": place.href("/trail", tab="changes", project=row["code"]),
            "what": "　".join(dict.fromkeys(part for part in (row["fact"], row["key"], row["label"]) if part)),
            "source": row["source"] + (f"（{row['uploader']}上传）" if row["uploader"] else ""),
            "why": f"撤销导入：{row['reason']}" if row["is_undone"] else row["reason"],
        }
        for row in found["rows"]
    ]
    return [
        html.Div(
            [
                picker(
                    "project",
                    place.query.get("project"),
                    projects,
                    label="项目",
                    placeholder="全部项目",
                    clearable=True,
                    width=260,
                ),
                picker("month", shown_month, months, label="月份", placeholder="全部月份", clearable=True, width=160),
                _search(place, words=False),
            ],
            className="target-controls",
        ),
        panel(
            "数据改动",
            _rows(CHANGE_COLUMNS, rows, "trail-changes", place, height="70vh"),
            aside=f"{found['total']} 处",
            className="panel-table",
        ),
        _pages(place, found),
    ]


# ---- 抽查 -----------------------------------------------------------------------------------------------------------


def _samples(place: Place, summary: Answer, found: Answer) -> list[Any]:
    if place.query.get("sample"):
        return [_sample(place, summary, found)]
    rows = [
        {
            **row,
            "at_words": here(row["at_words"]),
            "title": f"第{row['number']}号",
            "href": place.href("/trail", tab="samples", sample=str(row["number"])),
        }
        for row in found["rows"]
    ]
    body = (
        table(SAMPLES_COLUMNS, rows, id="trail-samples", is_phone=place.is_phone)
        if rows
        else states.empty("还没有抽查", "审计员选好期间和数量，点「抽取」。")
    )
    return [
        _draw_form(place) if summary["may_check"] else None,
        panel("抽查", body, aside=f"{found['total']} 次", className="panel-table"),
    ]


def _draw_form(place: Place) -> html.Section:
    choices = [
        {"group": kind, "items": [{"value": one, "label": number.period_words(one)} for one in found]}
        for kind, found in periods(place.programme)
    ]
    if not choices:
        return panel("抽取", states.empty("还没有可抽的得分", "办公室导入月报后再抽。"))
    return panel(
        "抽取",
        html.Div(
            [
                dmc.Select(
                    id="trail-period", label="期间", data=choices, value=place.newest_month, allowDeselect=False, w=180
                ),
                dmc.NumberInput(id="trail-size", label="抽取数", value=20, min=1, max=200, allowDecimal=False, w=110),
                dmc.TextInput(id="trail-seed", label="随机种子（不填由系统生成）", value="", w=220),
                html.Button("抽取", id="trail-draw", n_clicks=0, className="button button-primary"),
            ],
            className="target-form no-print",
        ),
        aside="种子记入操作日志，任何人都能按它重抽",
    )


def _sample(place: Place, summary: Answer, found: Answer) -> html.Div:
    rows = [
        {
            **row,
            "href": place.href("/receipt", project=str(row["id"]), period=found["period"]),
            "month_words": number.month_words(row["month"]),
            "source": " ".join(part for part in (row["file"] or "页面录入", row["sheet"], row["cell"]) if part)
            + f"（{row['uploader']}）",
        }
        for row in found["rows"]
    ]
    columns = [_editable(column) if summary["may_check"] else column for column in LINE_COLUMNS]
    said = (
        f"{found['by']}于{found['at_words']}抽取；种子 {found['seed']}；"
        f"从{found['population']}个有得分的项目中抽{found['drawn']}个"
    )
    hint = "点「相符/不符」一格选结果；不符的先在「说明」写明查到的情况。改过的以最后一次为准，都留在日志里。"
    return html.Div(
        [
            html.P(said, className="soft"),
            html.P(hint, className="soft no-print") if summary["may_check"] else None,
            panel(
                f"第{found['number']}号抽查　{found['period_label']}",
                table(columns, rows, id="trail-lines", is_phone=place.is_phone),
                aside=f"相符 {found['agrees']} · 不符 {found['differs']} · 未核对 {found['open']}",
                className="panel-table",
            ),
        ]
    )


def _editable(column: Column) -> Column:
    """Where the auditor ticks and writes; on a phone too."""
    if column.field == "verdict":
        return Column(column.field, column.heading, width=100, on_phone=True, phone_width=80, options=dict(TICK))
    if column.field == "remark":
        return Column(
            column.field, column.heading, "sentence", 120, flex=1, options={"editable": True, "singleClickEdit": True}
        )
    return column


def tick_of(changed: Row) -> dict[str, str] | str:
    """What the edited line says for the API, or why it cannot be kept yet."""
    verdict, remark = (str(changed.get(name) or "").strip() for name in ("verdict", "remark"))
    if not verdict:
        return "请再选「相符」或「不符」，这一行才会记下。"
    if verdict == DIFFERS and not remark:
        return "结果为不符的，请先在「说明」一格写明查到的情况，再选「不符」。"
    return {"code": str(changed["code"]), "month": str(changed["month"]), "verdict": verdict, "remark": remark}
