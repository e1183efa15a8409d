"""试算: a form of the book's figures, and who would move under the changed book beside the one in force."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Place, periods
from dashboard.components import number, states
from dashboard.components.number import figure
from dashboard.components.page import finder, panel, picker
from dashboard.components.table import Column, table
from dashboard.theme import LIGHTS, NO_OUTLOOK, OUTLOOKS
from dashboard.views.rulebook import differences

Books = Mapping[str, Any]
Trial = Mapping[str, Any]
FIGURE = "rulebook-value"
FOLLOWS = ".below"  # a tier's end, which its neighbour's start takes with it
LISTS = {"red": "红榜", "black": "黑榜", "edge": "并列待定"}
COLUMNS = (
    Column("name", "项目名称", "project", 200, is_pinned=True, on_phone=True, phone_width=130),
    Column("rank", "名次", width=96),
    Column("rank_change", "升降", "change", 72),
    Column("score", "得分", width=140),
    Column("score_change", "得分变动", "number", 88),
    Column("tier", "等次", width=118),
    Column("list", "红黑榜", width=104),
    Column("light", "亮灯", width=160),
    Column("outlook", "年度完成预计", width=230),
    Column("group", "类别", width=190),
)
PHONE_COLUMNS = (COLUMNS[0], Column("what", "变动", "sentence", 210, on_phone=True, phone_width=200))
SIDES = {"group": "类别", "rank": "名次", "score": "得分", "tier": "等次", "list": "红黑榜", "light": "", "outlook": ""}


def body(place: Place, books: Books, base: Mapping[str, Any]) -> html.Div:
    """The trial's form on `base`: the book in force, a stored one, or a shipped example."""
    return html.Div(
        [
            _question(place, books),
            html.Div(id="rulebook-trouble"),
            html.Div(id="rulebook-result"),
            _form(base),
            _text_form(),
            dcc.Store(id="rulebook-known", data=known(base)),
            dcc.Store(id="rulebook-tried"),
        ]
    )


def period_of(place: Place) -> str | None:
    """A trial opens on the newest quarter: the official ranks."""
    quarters = next((found for kind, found in periods(place.programme) if kind == "季度"), [])
    return place.query.get("period") or next(iter(quarters), None)


def known(base: Mapping[str, Any]) -> dict[str, str]:
    """The base's figures as typed, by key."""
    return {one["key"]: one["value"] for part in base["chapters"] for one in part["figures"]}


def changed(before: Mapping[str, str], boxes: Sequence[tuple[Mapping[str, str], Any]]) -> dict[str, str]:
    """What was typed otherwise than the base has it."""
    found = {}
    for identifier, value in boxes:
        typed = "、".join(value) if isinstance(value, list) else str(value if value is not None else "").strip()
        if typed != before.get(identifier["key"], ""):
            found[identifier["key"]] = typed
    return found


def wanted(base: str | None, changes: Mapping[str, str], text: str | None, source: str | None) -> dict[str, Any]:
    """The API's words for the book meant; a whole text goes before the form."""
    if (text or "").strip():
        return {"text": text}
    kind, _, name = (base or "").partition(":")
    body: dict[str, Any] = {"changes": dict(changes)}
    if kind == "revision" and name.isdigit():
        body["revision"] = int(name)
    elif kind == "example":
        body["example"] = name
    if (source or "").strip():
        body["source"] = str(source).strip()
    return body


def _question(place: Place, books: Books) -> html.Section:
    period_data = [
        {"group": kind, "items": [{"value": one, "label": number.period_words(one)} for one in found]}
        for kind, found in periods(place.programme)
    ]
    stored = [
        {"value": f"revision:{row['id']}", "label": f"{row['title']} 第{row['version']}版（{row['state_label']}）"}
        for row in ([books["draft"]] if books["draft"] else []) + list(books["rows"])
    ]
    shipped = [
        {"value": f"example:{one['name']}", "label": f"{one['title']} 第{one['version']}版"}
        for one in books["examples"]
    ]
    data = [{"group": "本年度用过的办法", "items": stored}, {"group": "可以试的示例办法", "items": shipped}]
    base = place.query.get("book") or f"revision:{books['in_force']['id']}"
    return panel(
        None,
        [
            html.Div(
                [
                    picker("period", period_of(place), period_data, label="试算期间", width=160),
                    html.Span("以", className="soft"),
                    picker("book", base, data, label="从哪份办法改起", width=340),
                    html.Span("为底本，改动下面的数字，再点“试算”。", className="soft"),
                    dmc.Button("试算", id="rulebook-try", n_clicks=0),
                ],
                className="trial-line",
            ),
            html.P(
                "试算把现行办法与改后的办法都按现有数据重新计算，只作比较：已经通报的榜单不会变，什么数字也不保存，"
                "操作日志里留一行。",
                className="soft",
            ),
        ],
        className="panel-tight no-print",
    )


def _form(base: Mapping[str, Any]) -> html.Section:
    items = [
        dmc.AccordionItem(
            [
                dmc.AccordionControl(f"{part['title']}（{len(part['figures'])}项）"),
                dmc.AccordionPanel(
                    html.Div(
                        [field(one) for one in part["figures"] if not _follows(one)],
                        className="filing-fields trial-fields",
                    )
                ),
            ],
            value=part["title"],
        )
        for part in base["chapters"]
    ]
    opened = [part["title"] for part in base["chapters"] if part["title"] in ("季度得分与最终得分", "分级排名")]
    source = dmc.TextInput(
        id="rulebook-source", label="改动的依据（出处）", placeholder="文件名、文号；不填记为示例", size="sm", maw=420
    )
    return panel(
        "逐项改",
        [
            dmc.Accordion(items, multiple=True, value=opened, variant="separated"),
            html.Div(source, className="trial-source"),
        ],
        aside=f"底本：{base['title']} 第{base['version']}版",
        className="no-print",
        id="rulebook-form",
    )


def _follows(one: Mapping[str, Any]) -> bool:
    return str(one["key"]).startswith("ranking.tiers[") and str(one["key"]).endswith(FOLLOWS)


def field(one: Mapping[str, Any]) -> html.Div:
    """One figure's box with its unit and meaning; a policy offers its choices."""
    identifier = {"type": FIGURE, "key": one["key"]}
    label = f"{one['label']}（{one['unit']}）" if one["unit"] else one["label"]
    options: dict[str, Any] = {"label": label, "size": "sm", "description": one["meaning"]}
    if one["kind"] == "policy":
        box: Any = dmc.Select(
            id=identifier, value=one["value"], data=list(one["choices"]), allowDeselect=False, **options
        )
    elif one["kind"] == "policies":
        chosen = str(one["value"]).split("、") if one["value"] else []
        box = dmc.MultiSelect(id=identifier, value=chosen, data=list(one["choices"]), **options)
    else:
        mode = {"inputMode": "decimal"} if one["kind"] in ("number", "count") else {}
        box = dmc.TextInput(id=identifier, value=one["value"], inputProps=mode, **options)
    return html.Div(box, className="filing-field trial-field")


def _text_form() -> html.Section:
    choose = html.Button(
        "选择文件（.toml）",
        className="button button-small",
        **{"data-reads-into": "rulebook-text", "data-accept": ".toml"},
    )
    return panel(
        "或者给整份文本",
        [
            html.P(
                "贴上或选择一份改好的TOML文本，试算和启用都以它为准；留空则以上面逐项的改动为准。", className="soft"
            ),
            dmc.Textarea(
                id="rulebook-text",
                value="",
                autosize=True,
                minRows=3,
                maxRows=14,
                placeholder="[book]\ncode = …",
                **{"aria-label": "整份文本"},
            ),
        ],
        aside=choose,
        className="no-print",
    )


# ---- what came of it ------------------------------------------------------------------------------------------------


def trouble(refusal: Any) -> html.Div:
    """The refusal's sentence, and what belongs at the key it names."""
    detail = refusal.detail if isinstance(refusal.detail, Mapping) else {}
    more = f" {detail['help']}" if detail.get("help") else ""
    return states.trouble(f"{refusal.message}{more}")


def result(
    trial: Trial, books_may: Mapping[str, bool], months: Sequence[str], *, two_person: bool, is_phone: bool
) -> Any:
    """What the trial found, and below it the way to propose or adopt the book tried."""
    rows = [table_row(row) for row in trial["rows"] if row["is_moved"]]
    shown: Any = (
        table(PHONE_COLUMNS if is_phone else COLUMNS, rows, id="rulebook-moves", is_phone=is_phone, height="520px")
        if rows
        else states.empty("没有项目会变动", "改动的数字对这一期的得分、名次、等次、红黑榜、亮灯和完成预计都没有影响。")
    )
    label = f" · {trial['label']}" if trial["label"] else ""
    return html.Div(
        [
            panel(
                f"试算结果：{trial['period_label']}{label}",
                [_figures(trial), html.P(trial["basis"], className="soft"), differences(trial["changes"])],
                aside=f"现行第{trial['in_force']['version']}版 → 试算第{trial['trial']['version']}版",
                id="rulebook-found",
            ),
            panel(
                "谁会变动",
                shown,
                aside=[finder("rulebook-moves"), html.Span(_still(trial))] if rows else _still(trial),
                className="panel-table",
            ),
            html.Div([_groups(trial), _counts(trial)], className="columns-2"),
            _adopting(trial, books_may, months, two_person=two_person),
        ]
    )


def _still(trial: Trial) -> str:
    return f"变动 {trial['moved']} 项，其余 {trial['total'] - trial['moved']} 项不变"


def _figures(trial: Trial) -> html.Div:
    groups = trial["groups"]

    def total(name: str) -> int:
        return sum(int(one[name]) for one in groups)

    shown = [
        figure(trial["moved"], "会变动", unit="项"),
        figure(total("score_changed"), "得分变", unit="项"),
        figure(total("up"), "名次上升", unit="项"),
        figure(total("down"), "名次下降", unit="项"),
        figure(total("tier_changed"), "等次变", unit="项"),
        figure(total("light_changed"), "亮灯变", unit="项"),
    ]
    return html.Div(html.Div(shown, className="headline-group"), className="verdict-figures")


def _groups(trial: Trial) -> html.Section:
    heads = ("类别", "项目", "得分变", "上升", "下降", "等次变", "亮灯变")
    names = ("projects", "score_changed", "up", "down", "tier_changed", "light_changed")
    rows = [
        html.Tr(
            [html.Th(one["group"]), *(html.Td(one[name], className="" if one[name] else "cell-zero") for name in names)]
        )
        for one in trial["groups"]
    ]
    header = html.Thead(html.Tr([html.Th(text) for text in heads]))
    return panel("按类别", html.Div(html.Table([header, html.Tbody(rows)], className="cross"), className="scroll-x"))


def _counts(trial: Trial) -> html.Section:
    """How many stand where on each side; only the lines that are used."""
    lines: list[tuple[str, int, int]] = [
        *((str(one["value"]), one["old"], one["new"]) for one in trial["tiers"]),
        *((LISTS[one["value"]], one["old"], one["new"]) for one in trial["lists"]),
        *(
            (f"{LIGHTS[one['value']].shape} {LIGHTS[one['value']].word}", one["old"], one["new"])
            for one in trial["lights"]
        ),
        *((_outlook(one["value"]), one["old"], one["new"]) for one in trial["outlooks"]),
        ("不排名次", trial["not_ranked"]["old"], trial["not_ranked"]["new"]),
        ("满分", trial["full_marks"]["old"], trial["full_marks"]["new"]),
    ]
    rows = [
        html.Tr(
            [
                html.Th(name),
                html.Td(old),
                html.Td(new),
                html.Td(_signed(new - old), className="" if new != old else "cell-zero"),
            ]
        )
        for name, old, new in lines
        if old or new
    ]
    header = html.Thead(html.Tr([html.Th(text) for text in ("项数", "现行", "试算", "增减")]))
    return panel("合计", html.Div(html.Table([header, html.Tbody(rows)], className="cross"), className="scroll-x"))


def _signed(change: int) -> str:
    return f"{change:+d}" if change else "0"


def table_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A project as the table holds it: one word where both sides agree, old → new where they do not."""
    old, new = _side(row["old"]), _side(row["new"])
    pairs = {name: new[name] if old[name] == new[name] else f"{old[name]} → {new[name]}" for name in SIDES}
    told = [f"{words} {pairs[name]}".strip() for name, words in SIDES.items() if old[name] != new[name]]
    kept = {name: row[name] for name in ("id", "code", "name", "rank_change", "score_change")}
    return {**kept, **pairs, "what": "\n".join(told)}


def _side(one: Mapping[str, Any]) -> dict[str, str]:
    """Where a project stands on one side, in words."""
    return {
        "group": one["group"],
        "rank": _rank(one),
        "score": one["score"] or number.ABSENT,
        "tier": one["tier"] or number.ABSENT,
        "list": LISTS.get(one["list"], number.ABSENT),
        "light": _light(one["light"]),
        "outlook": _outlook(one["outlook"]),
    }


def _rank(one: Mapping[str, Any]) -> str:
    return str(one["rank"]) if one["rank"] is not None else "不排名"


def _light(code: str) -> str:
    look = LIGHTS[code]
    return f"{look.shape} {look.word}"


def _outlook(code: str | None) -> str:
    look = OUTLOOKS.get(code or "", NO_OUTLOOK)
    return f"{look.shape} {look.word}"


def _adopting(trial: Trial, may: Mapping[str, bool], months: Sequence[str], *, two_person: bool) -> html.Section | None:
    """Propose or adopt what was tried; nothing where it is the book in force."""
    if trial["trial"]["sha256"] == trial["in_force"]["sha256"]:
        return None
    if not months:
        return panel("启用", html.P("本年度各月都已通报，不能再换办法。", className="soft"), className="no-print")
    if may["adopt"] and two_person:
        words = "启用要两个人办：请办公室人员试算同样的改动并拟稿，拟好后会显示在本页上方，由您启用。"
        return panel("启用", html.P(words, className="soft"), className="no-print")
    words = "启用" if may["adopt"] else "拟稿：提请启用"
    return panel(
        words,
        [
            html.P(
                "从选定的月份起施行；更早的月份和已经通报的期间一直用原来的办法。文本有改动，版本也要改（在“总则”里）。",
                className="soft",
            ),
            html.Div(
                [
                    dmc.Select(
                        id="rulebook-from",
                        label="从哪个月起",
                        value=months[-1] if len(months) == 1 else None,
                        data=[{"value": one, "label": number.month_words(one)} for one in months],
                        placeholder="请选择",
                        size="sm",
                        w=150,
                    ),
                    dmc.TextInput(
                        id="rulebook-reason",
                        label="理由和依据",
                        placeholder="如：县委常委会第9次会议",
                        size="sm",
                        w=360,
                    ),
                    dmc.Button(words, id="rulebook-adopt", n_clicks=0),
                ],
                className="trial-line",
            ),
        ],
        className="no-print",
        id="rulebook-adopting",
    )
