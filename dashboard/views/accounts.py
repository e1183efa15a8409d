"""账号: who has an account, in which state, and what looks wrong; adding, changing, disabling, resetting.

What may be done with whom is the API's to say: `actions` names the buttons. A link is shown once, where it was made.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.components import number, states
from dashboard.components.badge import look_badge
from dashboard.components.page import finder, head, panel
from dashboard.components.table import Column, table
from dashboard.theme import Look
from dashboard.views.accounts_tabs import accounts_tabs

Facts = Mapping[str, Any]
STATES = {
    "active": Look("正常", "", "●", "#176b3a", "#e6f4eb"),
    "pending": Look("待开通", "", "◐", "#1f5196", "#eaf1fa"),
    "demo": Look("演示", "", "○", "#566172", "#edf0f4"),
    "disabled": Look("已停用", "", "—", "#566172", "#edf0f4"),
}
FLAGGED = Look("请核实", "", "▲", "#b3201b", "#fdeceb")
SCOPES = {"county": "全县", "sponsored": "包挂、分管"}
ROLES = {
    "office": "办公室",
    "office_head": "办公室主任",
    "leader": "县领导",
    "viewer": "代看（替县领导查看）",
    "unit": "部门、镇区",
    "inspector": "督查组",
    "auditor": "安全审计员",
    "admin": "系统管理员",
}
COLUMNS = (
    Column("name", "姓名", "link", 120, is_pinned=True, on_phone=True, phone_width=104),
    Column("role_words", "角色", "sentence", 150, flex=1, on_phone=True, phone_width=120),
    Column("belongs", "单位、范围、组别", "sentence", 200, flex=1),
    Column("state_words", "状态", width=104, on_phone=True, phone_width=108),
    Column("flag_words", "核实", width=100),
    Column("last_sign_in", "最近登录", width=146),
    Column("password_words", "口令", width=124),
    Column("sessions", "登录中", "number", 82),
    Column("trusted_phones", "信任手机", "number", 92),
)
ADDED = "新增的人自己设口令：保存后得到一个只能用一次的开通链接，请当面或用可靠的方式交给本人。您看不到任何人的口令。"


def page(accounts: Facts, *, role: str, chosen: str | None, is_phone: bool) -> html.Div:
    """The whole page for somebody of that role; `chosen` is the id of the account that is opened."""
    rows = [row(one) for one in accounts["rows"]]
    one = next((found for found in accounts["rows"] if str(found["id"]) == chosen), None)
    grid = table(COLUMNS, rows, id="accounts-table", is_phone=is_phone, height="560px")
    listed = grid if rows else states.empty("还没有账号", "请在服务器上用 sanzhong user add 开第一个系统管理员账号。")
    return html.Div(
        [
            head(
                "账号与操作日志",
                subtitle=tally(accounts["rows"]),
                source="账号登记与登录记录；每一项改动都在操作日志里",
                controls=adding(accounts) if accounts["may_manage"] else [],
                is_compact=True,
            ),
            accounts_tabs("/accounts", role),
            suspicious(accounts["rows"]),
            opened(accounts, one) if one else None,
            None if chosen is None or one else html.P("没有这个账号，或它不归您管理。", className="notice"),
            panel(
                "账号清单",
                listed,
                aside=[f"共 {len(rows)} 个", finder("accounts-table", "查找姓名、角色、单位")] if rows else None,
                className="panel-table",
            ),
        ]
    )


def tally(rows: Sequence[Facts]) -> str:
    counts = {name: sum(one["state"] == name for one in rows) for name in STATES}
    told = [f"{look.word} {counts[name]}" for name, look in STATES.items() if counts[name]]
    return " · ".join([f"{len(rows)} 个账号", *told])


def row(one: Facts) -> dict[str, Any]:
    look = STATES[one["state"]]
    words = look.word
    if one["never_activated"]:
        words = "从未开通"
    return {
        "name": one["name"],
        "href": f"/accounts?id={one['id']}",
        "role_words": role_words(one),
        "belongs": belongs(one),
        "state_words": f"{look.shape} {words}",
        "flag_words": f"{FLAGGED.shape} {FLAGGED.word}" if one["flags"] else number.ABSENT,
        "last_sign_in": instant(one["last_signed_in_at"], "从未登录"),
        "password_words": password_words(one),
        "sessions": str(one["sessions"]),
        "trusted_phones": str(one["trusted_phones"]),
    }


def role_words(one: Facts) -> str:
    return f"代看{one['viewing_for']}" if one["viewing_for"] else str(one["role_label"])


def belongs(one: Facts) -> str:
    found = [one["unit"], SCOPES.get(one["scope"]), one["team"]]
    return "、".join(part for part in found if part) or number.ABSENT


def password_words(one: Facts) -> str:
    if one["password_age_days"] is None:
        return "没有口令"
    age = f"{one['password_age_days']}天前" if one["password_age_days"] else "今天"
    return f"{age}设" + ("，已到期" if one["password_expired"] else "")


def instant(value: str | None, absent: str = number.ABSENT) -> str:
    return number.instant(value) if value else absent


def suspicious(rows: Sequence[Facts]) -> html.Section | None:
    """What somebody must look into, before the list."""
    found = [html.Li([look_badge(FLAGGED), flag["sentence"]]) for one in rows for flag in one["flags"]]
    if not found:
        return None
    return panel("需要核实", html.Ul(found, className="line-list"), aside=f"{len(found)} 处", className="panel-alert")


# ---- one account ----------------------------------------------------------------------------------------------------


def opened(accounts: Facts, one: Facts) -> html.Section:
    """One account's facts and what may be done with it."""
    facts: list[tuple[str, Any]] = [
        ("角色", role_words(one)),
        ("归属", belongs(one)),
        ("状态", look_badge(STATES[one["state"]], "从未开通" if one["never_activated"] else None)),
        ("开设于", instant(one["created_at"])),
        ("最近登录", instant(one["last_signed_in_at"], "从未登录")),
        ("口令", password_words(one)),
        ("登录中", f"{one['sessions']} 处，信任的手机 {one['trusted_phones']} 台"),
    ]
    if one["subject"]:
        stale = "" if one["subject_is_current"] else "（原来的认证平台的，现在不能用，请重新登记）"
        facts.append(("统一身份", f"{one['subject']}{stale}"))
    if one["official"] and not one["viewing_for"]:
        facts.insert(1, ("对应领导", one["official"]))
    if one["link_expires_at"]:
        facts.append(("开通链接", f"已发出，{instant(one['link_expires_at'])}前有效；丢了就重置口令，另发一个"))
    listed = [part for name, value in facts for part in (html.Dt(name), html.Dd(value))]
    body = [
        html.Dl(listed, className="facts"),
        html.Div(buttons(accounts, one), className="act-line no-print"),
    ]
    close = html.A("收起", href="/accounts")
    return panel(one["name"], body, aside=close, id="accounts-one")


def buttons(accounts: Facts, one: Facts) -> list[Any]:
    name, actions, key = one["name"], one["actions"], str(one["id"])
    made: list[Any] = []
    if "change" in actions:
        made += dialog(f"change-{key}", "改角色…", f"改“{name}”的角色", fields(accounts, f"change-{key}", one), "保存")
    if "subject" in actions:
        made += dialog(f"subject-{key}", "对应统一身份…", f"“{name}”对应的统一身份", identity(one), "保存")
    if "reset" in actions:
        again = one["state"] == "pending"
        body = [
            html.P("原来的口令立即失效，登录和信任的手机全部结束；得到一个只能用一次的链接，交给本人自己设新口令。")
            if not again
            else html.P("原来的链接立即失效，另发一个新的。")
        ]
        words = "重发开通链接" if again else "重置口令"
        made += dialog(f"reset-{key}", f"{words}…", f"{words}：“{name}”？", body, words)
    if "end_sessions" in actions:
        body = [html.P("这个人在各处的登录立即结束，信任的手机全部取消；口令不变。")]
        made += dialog(f"end-sessions-{key}", "结束全部登录…", f"结束“{name}”的全部登录？", body, "结束全部登录")
    if "disable" in actions:
        body = [html.P("立即不能登录，在各处的登录和信任的手机全部结束；挂在他名下的代看账号一并停用。可以再启用。")]
        made += dialog(f"disable-{key}", "停用…", f"停用“{name}”？", body, "停用")
    if "enable" in actions:
        body = [html.P("启用后按原来的口令登录；信任过的手机要重新信任。")]
        made += dialog(f"enable-{key}", "启用…", f"启用“{name}”？", body, "启用", is_main=True)
    return made


# ---- dialogs --------------------------------------------------------------------------------------------------------


def adding(accounts: Facts) -> list[Any]:
    name = dmc.TextInput(
        id=given("add", "name"), label="姓名（登录时的用户名）", inputProps={"maxLength": 50}, value="", mb="sm"
    )
    body = [html.P(ADDED, className="soft"), name, *fields(accounts, "add", {})]
    return dialog("add", "新增账号…", "新增账号", body, "保存并生成开通链接", is_main=True)


def fields(accounts: Facts, act: str, one: Facts) -> list[Any]:
    """Role with what each role needs; what a role does not need is left aside."""
    role = "viewer" if one.get("viewing_for") else one.get("role")
    common = {"comboboxProps": {"withinPortal": True}, "mb": "sm"}
    return [
        dmc.Select(
            id=given(act, "role"),
            label="角色",
            data=[{"value": code, "label": word} for code, word in ROLES.items()],
            value=role,
            placeholder="请选择",
            **common,
        ),
        dmc.Select(
            id=given(act, "unit"),
            label="单位（部门、镇区必选）",
            data=accounts["units"],
            value=one.get("unit"),
            searchable=True,
            clearable=True,
            nothingFoundMessage="没有这个单位",
            **common,
        ),
        dmc.Select(
            id=given(act, "scope"),
            label="范围（县领导必选）",
            data=[{"value": code, "label": word} for code, word in SCOPES.items()],
            value=one.get("scope") or None,
            clearable=True,
            **common,
        ),
        dmc.Select(
            id=given(act, "viewing_for"),
            label="替谁查看（代看必选）",
            data=accounts["leaders"],
            value=one.get("viewing_for"),
            clearable=True,
            nothingFoundMessage="还没有县领导账号",
            **common,
        ),
        dmc.TextInput(
            id=given(act, "team"),
            label="组别（督查组必填）",
            value=one.get("team", ""),
            placeholder="、".join(accounts["teams"]) or "如：督查一组",
            mb="sm",
        ),
    ]


def identity(one: Facts) -> list[Any]:
    """Who this is at the identity provider, to be typed or taken away."""
    return [
        html.P("本人用统一身份认证登录一次，页面会显示标识；核对是本人后填在这里。留空即解除。", className="soft"),
        html.P("改换或解除后，这个账号原来的登录和信任的手机全部失效；用户名和口令照常可用。", className="soft"),
        dmc.TextInput(
            id=given(f"subject-{one['id']}", "subject"),
            label="统一身份的标识",
            inputProps={"maxLength": 255},
            value=one["subject"] or "",
            mb="sm",
        ),
    ]


def given(act: str, name: str) -> dict[str, str]:
    return {"type": "accounts-given", "act": act, "field": name}


def dialog(act: str, opener: str, title: str, body: Sequence[Any], doer: str, *, is_main: bool = False) -> list[Any]:
    """A button and the dialog that it opens; only the dialog's own button does the act."""
    closing = html.Button("再看看", id={"type": "accounts-close", "act": act}, className="button", n_clicks=0)
    doing = dmc.Button(doer, id={"type": "accounts-do", "act": act}, n_clicks=0)
    return [
        html.Button(
            opener,
            id={"type": "accounts-open", "act": act},
            className="button button-primary" if is_main else "button",
            n_clicks=0,
        ),
        dmc.Modal(
            [*body, html.Div([closing, doing], className="dialog-buttons")],
            id={"type": "accounts-dialog", "act": act},
            title=title,
            centered=True,
            closeButtonProps={"aria-label": "关闭"},
        ),
    ]


def filled(entered: Sequence[Facts], act: str) -> dict[str, str]:
    """The dialog's fields as the API takes them: 代看 is the role leader, and what a role does not need is left out."""
    found = {one["id"]["field"]: one.get("value") or "" for one in entered if one["id"]["act"] == act}
    if act.startswith("subject-"):
        return {"subject": found.get("subject", "")}
    needed = {"unit": ("unit",), "leader": ("scope",), "viewer": ("viewing_for",), "inspector": ("team",)}
    kept = {name: found.get(name, "") for name in needed.get(found["role"], ())}
    role = "leader" if found["role"] == "viewer" else found["role"]
    return kept | {"role": role} | ({"name": found["name"]} if "name" in found else {})


def handed(told: Facts, origin: str) -> html.Section:
    """The link, shown this once, to be copied and handed over."""
    address = f"{origin}{told['link']}"
    body = [
        html.P("请把链接交给本人，由本人打开并设置自己的口令。离开本页后不再显示；丢了可以重置口令另发一个。"),
        html.Div(
            [
                html.Code(address, id="accounts-link", className="hash"),
                html.Button("复制链接", className="button button-primary", **{"data-copy": "accounts-link"}),
            ],
            className="act-line",
        ),
        html.P(f"{instant(told['expires_at'])}前有效，只能用一次。", className="soft"),
        *(html.P(note, className="notice") for note in told["notes"]),
    ]
    return panel(f"“{told['name']}”的开通链接", body, id="accounts-handed-link", className="panel-ask")


def told(message: str) -> html.Div:
    """What was done."""
    return html.Div(["● ", message], className="notice", role="status")
