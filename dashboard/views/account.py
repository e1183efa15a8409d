"""我的账号: one's own password, open sessions and trusted phones. `assets/account.js` sends what is entered here."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.components import number
from dashboard.components.page import head, panel

Facts = Mapping[str, Any]
WAYS = {
    "password": "用户名和口令",
    "link": "一次性链接",
    "activation": "开通链接",
    "pin": "6位数字",
    "oidc": "统一身份认证",
    "": "—",
}


def page(own: Facts) -> html.Div:
    """The whole page."""
    return html.Div(
        [
            head("我的账号", subtitle=f"{own['name']} · {own['role_label']}", source="本系统的账号登记和登录记录"),
            html.Div(id="account-told", **{"aria-live": "polite"}),
            html.P(f"这是代看账号：替{own['viewing_for']}查看，不能办理任何事项。", className="notice")
            if own["viewing_for"]
            else None,
            html.Div(
                [html.Div([phones(own), sessions(own)]), password(own["password"])],
                className="columns-main",
            ),
        ]
    )


def phones(own: Facts) -> html.Section:
    """The phones that are trusted, and trusting this one."""
    listed = [
        entry(
            one["agent"] or "手机",
            f"{number.instant(one['since'])}起，{number.instant(one['until'])}止，"
            f"最近使用 {number.instant(one['last_used_at']) if one['last_used_at'] else '还没有'}",
            "本机" if one["is_current"] else "",
            action("取消信任", f"/api/account/phones/{one['id']}/end"),
        )
        for one in own["phones"]
    ]
    body: list[Any] = [
        html.Ul(listed, className="line-list") if listed else html.P("还没有信任的手机。", className="soft")
    ]
    if own["phone_refusal"]:
        body.append(html.P(own["phone_refusal"], className="soft"))
    else:
        body.append(
            html.Details(
                [
                    html.Summary(f"信任这台手机{own['phone_days']}天"),
                    html.P(
                        "以后在这台手机上只输6位数字就能登录。请只信任您自己的手机；不要用生日、连号、重复的数字。"
                        "连续输错5次就不再信任，账号不受影响。",
                        className="soft",
                    ),
                    form(
                        "/api/account/phones",
                        [("pin", "设6位数字", "off"), ("again", "再输一遍", "off")],
                        "信任这台手机",
                        is_pin=True,
                    ),
                ],
                className="account-more",
            )
        )
    return panel("信任的手机", body, id="account-phones")


def sessions(own: Facts) -> html.Section:
    listed = [
        entry(
            one["agent"] or "未知的浏览器",
            f"{WAYS.get(one['opened_by'], one['opened_by'])}，{number.instant(one['since'])}登录，"
            f"最近操作 {number.instant(one['last_seen_at'])}" + (f"，地址 {one['address']}" if one["address"] else ""),
            "本次" if one["is_current"] else "",
            None if one["is_current"] else action("结束", f"/api/account/sessions/{one['id']}/end"),
        )
        for one in own["sessions"]
    ]
    others = len(own["sessions"]) > 1
    aside = action("结束其他全部登录", "/api/account/sessions/end") if others else f"{len(listed)} 处"
    return panel("正在登录的地方", html.Ul(listed, className="line-list"), aside=aside, id="account-sessions")


def password(state: Facts) -> html.Section:
    if not state["is_set"]:
        body: Any = html.P("您的账号没有口令：演示账号用一次性链接登录。", className="soft")
        return panel("口令", body, id="account-password")
    until = state["expires_at"]
    age = f"{number.instant(state['set_at'])}设置" if state["set_at"] else ""
    due = f"，{number.instant(until)}到期，请在此之前修改" if until else "，按本单位的设置不需要定期修改"
    return panel(
        "口令",
        [
            html.P(age + due, className="soft"),
            html.P(f"口令{state['rules']}；不能与现在的相同，不能含用户名，不能用常见口令。", className="soft"),
            form(
                "/api/account/password",
                [
                    ("old", "现在的口令", "current-password"),
                    ("new", "新口令", "new-password"),
                    ("again", "再输一遍新口令", "new-password"),
                ],
                "修改口令",
            ),
        ],
        id="account-password",
    )


def entry(title: str, words: str, mark: str, act: Any) -> html.Li:
    return html.Li(
        [
            html.Div([html.B(title), html.Span(mark, className="tag") if mark else None], className="verdict-line"),
            html.P(words, className="soft"),
            act,
        ]
    )


def action(words: str, path: str) -> html.Button:
    return html.Button(words, className="button button-small no-print", **{"data-account-post": path})


def form(path: str, fields: list[tuple[str, str, str]], words: str, *, is_pin: bool = False) -> html.Form:
    """A form that `assets/account.js` sends; the last field repeats the one before it and is not sent."""
    digits = {"inputMode": "numeric", "maxLength": 6} if is_pin else {}
    boxes = [
        html.Label(
            [
                label,
                dcc.Input(name=name, type="password", autoComplete=hint, id=f"account-{name}-{fields[0][0]}", **digits),
            ]
        )
        for name, label, hint in fields
    ]
    button = html.Button(words, type="submit", className="button button-primary")
    return html.Form([*boxes, button], className="account-form no-print", **{"data-account-form": path})
