"""定稿与更正: where every period stands, what blocks signing, appeals, and what a correction moved and why.

Who may do what is the API's to say: `actions` names the buttons, and no other stands here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.badge import look_badge
from dashboard.components.coverage import coverage_strip
from dashboard.components.export import print_button
from dashboard.components.page import head, panel
from dashboard.components.table import Column, table
from dashboard.theme import Look
from dashboard.views.appeals import contestable, own_appeals, to_decide
from dashboard.views.corrections import moved

Facts = Mapping[str, Any]
LOOKS = {
    "none": Look("未拟稿", "", "○", "#566172", "#edf0f4"),
    "within": Look("已随上级期间定稿", "", "●", "#566172", "#edf0f4"),
    "drafted": Look("已拟稿", "", "◐", "#1f5196", "#eaf1fa"),
    "signed": Look("已签发", "", "●", "#176b3a", "#e6f4eb"),
    "reopening": Look("更正单待签发", "", "◆", "#8a5a00", "#fff4d9"),
    "reopened": Look("已开更正单", "", "◆", "#8a5a00", "#fff4d9"),
    "corrected": Look("已更正", "", "●", "#176b3a", "#e6f4eb"),
}
KINDS = {"month": "月度", "quarter": "季度", "year": "年度"}
ISSUE_COLUMNS = (
    Column("period_label", "期间", "link", 120, is_pinned=True, on_phone=True, phone_width=104),
    Column("times", "定稿", width=112, on_phone=True, phone_width=66),
    Column("drafted", "拟稿", "sentence", 170),
    Column("signed", "签发", "sentence", 170, on_phone=True, phone_width=150),
    Column("book", "考核办法", "sentence", 250, flex=1, tooltip="rulebook_sha256"),
    Column("fingerprint", "数据校验码", "sentence", 330, flex=2),
)
SLIP_COLUMNS = (
    Column("number_words", "更正单", width=84, is_pinned=True, on_phone=True, phone_width=68),
    Column("period_label", "期间", "sentence", 190, on_phone=True, phone_width=110),
    Column("reason", "更正原因", "sentence", 320, flex=2, on_phone=True, phone_width=150),
    Column("drafted", "拟写", "sentence", 170),
    Column("signed", "签发", "sentence", 170),
)


def page(place: Place, desk: Facts, changes: Facts) -> html.Div:
    """The whole page for the period in the address, or the one that waits for somebody."""
    role = place.person.get("role")
    chosen = desk["chosen"]
    appeals = desk["appeals"]
    return html.Div(
        [
            head(
                "定稿与更正",
                subtitle=f"{place.programme['name']} · {_two_persons(desk)}",
                source="已确认导入的月报和督查记录、考核办法；每次定稿都有数据校验码，可用 sanzhong verify 重算核对",
                controls=[print_button()],
            ),
            contestable(appeals) if role == "unit" and appeals else None,
            html.Div(
                [
                    html.Div(
                        [
                            own_appeals(place, appeals) if role == "unit" and appeals else None,
                            _chosen(place, desk, chosen) if chosen else _nothing(),
                            to_decide(place, appeals, chosen) if role != "unit" and appeals else None,
                        ],
                    ),
                    _periods(place, desk),
                ],
                className="columns-main",
            ),
            *moved(place, changes),
            _issues(place, desk),
            _slips(place, desk),
        ]
    )


def _two_persons(desk: Facts) -> str:
    if desk["two_person"]:
        return "两人办理：办公室人员拟稿，办公室主任签发，拟稿人不能签发自己的稿子"
    return "本单位设置为一人办理：办公室主任可以自己拟稿、签发"


def _nothing() -> html.Section:
    hint = "确认导入第一个月的月报后，这里列出可以定稿的期间。"
    return panel(None, states.empty("还没有可以定稿的期间", hint))


# ---- periods --------------------------------------------------------------------------------------------------------


def _periods(place: Place, desk: Facts) -> html.Section:
    """Every period with its state; one click shows it."""
    chosen = desk["chosen"]["period"] if desk["chosen"] else None
    groups: list[Any] = []
    for kind, title in KINDS.items():
        found = [one for one in desk["periods"] if one["kind"] == kind]
        if found:
            groups.append(html.H3(title))
            groups.append(html.Ul([_period(place, one, chosen) for one in found], className="period-list"))
    return panel("各期间", groups or [html.P("还没有数据。", className="soft")], aside=_tally(desk))


def _period(place: Place, one: Facts, chosen: str | None) -> html.Li:
    return html.Li(
        html.A(
            [html.Span(one["period_label"]), look_badge(LOOKS[one["state"]], one["state_label"])],
            href=place.href("/publications", period=one["period"]),
            **({"aria-current": "true"} if one["period"] == chosen else {}),
        )
    )


def _tally(desk: Facts) -> str:
    signed = sum(one["state"] in ("signed", "corrected") for one in desk["periods"])
    return f"共 {len(desk['periods'])} 个，已签发 {signed} 个"


# ---- the chosen period ----------------------------------------------------------------------------------------------


def _chosen(place: Place, desk: Facts, chosen: Facts) -> html.Section:
    coverage = chosen.get("coverage")
    body = [
        html.Div(
            [
                look_badge(LOOKS[chosen["state"]], chosen["state_label"]),
                html.A("看这一期的排名", href=place.href("/ranking", period=chosen["period"])),
            ],
            className="verdict-line",
        ),
        coverage_strip(coverage) if coverage else None,
        _not_scored(chosen) if coverage else None,
        _hindrances(chosen),
        _draft(chosen["draft"]) if chosen["draft"] else None,
        _pending_slip(chosen["slip"]) if chosen["slip"] else None,
        _issue(chosen["issue"]) if chosen["issue"] else None,
        html.Div(_actions(desk, chosen), className="act-line no-print"),
        dcc.Store(
            id="publications-place",
            data={"programme": place.code, "period": chosen["period"], "slip": chosen["slip"]},
        ),
    ]
    ranked = f"参加排名 {chosen['ranked']} 项" if chosen.get("ranked") is not None else ""
    return panel(
        chosen["period_label"], [part for part in body if part is not None], aside=ranked, id="publications-one"
    )


def _not_scored(chosen: Facts) -> html.P | None:
    """Who has no score, by reason, named: nobody is signed over unseen."""
    by_reason: dict[str, list[str]] = {}
    for row in chosen["not_scored"]:
        by_reason.setdefault(row["reason"] or "未计分", []).append(row["name"])
    if not by_reason:
        return None
    told = [f"{reason} {len(names)} 项：{'、'.join(names)}" for reason, names in by_reason.items()]
    return html.P("未计分——" + "；".join(told), className="soft")


def _hindrances(chosen: Facts) -> html.Div | None:
    """What keeps the period from being drafted or signed, sentence by sentence."""
    found = list(chosen["hindrances"])
    if chosen.get("refusal") and chosen["state"] not in ("signed", "corrected", "within"):
        found.append(chosen["refusal"])
    if not found:
        return None
    lines = [html.Li([html.Span("◆", className="reason-yellow"), sentence]) for sentence in found]
    return html.Div([html.H3("签发前还要办"), html.Ul(lines, className="reasons")], id="publications-hindrances")


def _draft(draft: Facts) -> html.Div:
    return html.Div(
        [
            html.H3(f"拟稿（第{draft['number']}次）"),
            html.Dl(
                [
                    *_fact("拟稿", f"{draft['drafted_by']}，{number.instant(draft['drafted_at'])}"),
                    *_fact("签发", "等待办公室主任签发"),
                    *_made_from(draft),
                ],
                className="facts",
            ),
        ]
    )


def _issue(issue: Facts) -> html.Div:
    return html.Div(
        [
            html.H3(f"定稿（第{issue['number']}次）"),
            html.Dl(
                [
                    *_fact("拟稿", f"{issue['drafted_by']}，{number.instant(issue['drafted_at'])}"),
                    *_fact("签发", f"{issue['signed_by']}，{number.instant(issue['signed_at'])}"),
                    *_made_from(issue),
                ],
                className="facts",
            ),
        ]
    )


def _made_from(issue: Facts) -> list[Any]:
    return [
        *_fact("数据截至", number.instant(issue["known_at"])),
        *_fact("考核办法", _book(issue)),
        *_fact("办法文本校验码", html.Span(issue["rulebook_sha256"], className="hash")),
        *_fact("数据校验码", html.Span(issue["fingerprint"], className="hash")),
    ]


def _book(issue: Facts) -> str:
    since = f"（{number.month_words(issue['rulebook_from'])}起施行）" if issue["rulebook_from"] else ""
    return f"{issue['rulebook_words']}{since}"


def _fact(name: str, value: Any) -> list[Any]:
    return [html.Dt(name), html.Dd(value)]


def _pending_slip(slip: Facts) -> html.Div:
    return html.Div(
        [
            html.H3(f"{slip['label']}，待签发"),
            html.Dl(
                [
                    *_fact("期间", slip["period_label"]),
                    *_fact("更正原因", slip["reason"]),
                    *_fact("拟写", f"{slip['drafted_by']}，{number.instant(slip['drafted_at'])}"),
                ],
                className="facts",
            ),
        ]
    )


# ---- buttons --------------------------------------------------------------------------------------------------------


def _actions(desk: Facts, chosen: Facts) -> list[Any]:
    """The buttons of what this person may do now, each with its dialog."""
    actions = chosen["actions"]
    words = chosen["period_label"]
    made: list[Any] = []
    if "sign" in actions:
        draft = chosen["draft"]
        body = [
            html.P(
                f"{draft['drafted_by']} {number.instant(draft['drafted_at'])}拟稿；签发后本期锁定，得分和名次不再变动。"
            ),
            html.P(["数据校验码 ", html.Span(draft["fingerprint"], className="hash")]),
        ]
        made += dialog("sign", "签发…", f"签发{words}？", body, "签发", is_main=True)
    if "draft" in actions:
        again = chosen["draft"] is not None
        name = "重新拟稿" if again else "拟稿"
        body = [
            html.P(f"按现有数据算出{words}的得分和排名，交办公室主任签发。"),
            html.P(_publicity_words(desk)),
            html.P("现有的稿子由新稿代替；得分没有变化的，公示照原来的时间接着算。") if again else None,
        ]
        is_main = not again and "sign" not in actions
        made += dialog("draft", f"{name}…", f"{words}{name}？", body, name, is_main=is_main)
    if "sign_reopening" in actions:
        slip = chosen["slip"]
        body = [
            html.P(f"{slip['period_label']}解除锁定，更正后须重新定稿；已通报的得分和名次照旧保留。"),
            html.P(slip["reason"]),
        ]
        made += dialog("sign_reopening", "签发更正单…", f"签发{slip['label']}？", body, "签发更正单", is_main=True)
    if "reopen" in actions:
        made += _reopening(desk, chosen)
    return made


def _publicity_words(desk: Facts) -> str:
    days = desk["publicity_days"]
    waits = f"公示满{days}个工作日后才能签发" if days else "不设公示等待期，随时可以签发"
    return f"拟稿后责任单位可在{desk['appeal_days']}个工作日内提出申诉（示例），有申诉没有决定的不能签发；{waits}。"


def _reopening(desk: Facts, chosen: Facts) -> list[Any]:
    labels = {one["period"]: one["period_label"] for one in desk["periods"]}
    slip = chosen["slip"]
    body = [
        dmc.MultiSelect(
            id={"type": "publications-given", "field": "periods"},
            label="更正的期间（可以选几个，同一个编号、同一个原因）",
            data=[{"value": one, "label": labels.get(one, one)} for one in chosen["reopenable"]],
            value=slip["periods"] if slip else [chosen["period"]],
            comboboxProps={"withinPortal": True},
        ),
        dmc.Textarea(
            id={"type": "publications-given", "field": "reason"},
            label="更正原因",
            value=slip["reason"] if slip else "",
            placeholder="哪一项数据有误、依据什么更正",
            autosize=True,
            minRows=2,
            inputProps={"maxLength": 500},
            mt="sm",
        ),
    ]
    name = "改拟更正单" if slip else "开更正单"
    return dialog("reopen", f"{name}…", "开更正单", body, "交办公室主任签发" if desk["two_person"] else "开更正单")


def dialog(act: str, opener: str, title: str, body: Sequence[Any], doer: str, *, is_main: bool = False) -> list[Any]:
    """A button and the dialog that it opens; only the dialog's own button does the act."""
    buttons = html.Div(
        [
            html.Button("再看看", id={"type": "publications-close", "act": act}, className="button", n_clicks=0),
            dmc.Button(doer, id={"type": "publications-do", "act": act}, n_clicks=0),
        ],
        className="dialog-buttons",
    )
    opened_by = {"type": "publications-open", "act": act}
    look = "button button-primary" if is_main else "button"
    return [
        html.Button(opener, id=opened_by, className=look, n_clicks=0),
        dmc.Modal(
            [*(part for part in body if part is not None), buttons],
            id={"type": "publications-dialog", "act": act},
            title=title,
            centered=True,
            closeButtonProps={"aria-label": "关闭"},
        ),
    ]


# ---- records --------------------------------------------------------------------------------------------------------


def _issues(place: Place, desk: Facts) -> html.Section:
    newest = {one["period"]: one["number"] for one in reversed(desk["issues"]) if one["signed_at"]}
    rows = [
        {
            "period_label": one["period_label"],
            "href": _board(place, one, newest),
            "times": f"第{one['number']}次" + ("" if one["state"] == "signed" else "（稿）"),
            "drafted": f"{one['drafted_by']} {number.instant(one['drafted_at'])}",
            "signed": f"{one['signed_by']} {number.instant(one['signed_at'])}" if one["signed_at"] else "待签发",
            "book": f"{_book(one)}，文本 {one['rulebook_sha256'][:12]}",
            "rulebook_sha256": one["rulebook_sha256"],
            "fingerprint": one["fingerprint"],
        }
        for one in desk["issues"]
    ]
    if not rows:
        return panel("定稿记录", states.empty("还没有定稿", "办公室拟稿、主任签发后，这里列出每一次定稿。"))
    grid = table(ISSUE_COLUMNS, rows, id="publications-issues", is_phone=place.is_phone)
    return panel("定稿记录", grid, aside=f"{len(rows)} 次", className="panel-table")


def _board(place: Place, issue: Facts, newest: Mapping[str, int]) -> str:
    """The board as that issue showed it: of an earlier one as it was seen on the day of its signing."""
    is_earlier = issue["signed_at"] and issue["number"] < newest[issue["period"]]
    day = number.instant(issue["signed_at"])[:10] if is_earlier else None
    return place.href("/ranking", period=issue["period"], as_of=day)


def _slips(place: Place, desk: Facts) -> html.Section | None:
    rows = [
        {
            "number_words": f"第{one['number']}号",
            **{name: one[name] for name in ("period_label", "reason")},
            "drafted": f"{one['drafted_by']} {number.instant(one['drafted_at'])}",
            "signed": f"{one['signed_by']} {number.instant(one['signed_at'])}" if one["signed_at"] else "待签发",
        }
        for one in desk["reopenings"]
    ]
    if not rows:
        return None
    grid = table(SLIP_COLUMNS, rows, id="publications-slips", is_phone=place.is_phone)
    return panel("更正单", grid, aside=f"{len(rows)} 张", className="panel-table")
