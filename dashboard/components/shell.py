"""The shell around every page (外壳): title bar, navigation, programme, account; on a phone a bar at the bottom."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import dash
import dash_mantine_components as dmc
from dash import MATCH, ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import address, client, theme
from dashboard.components import number, states
from dashboard.components.page import picker

# Path, name, and the short name with which it stands in a phone's bar; without one it is there under 更多.
NAVIGATION = (
    ("/", "总览", "总览"),
    ("/ranking", "分级排名", "排名"),
    ("/assessees", "单位考核", ""),
    ("/alerts", "风险预警", "预警"),
    ("/projects", "项目档案", "项目"),
    ("/imports", "月报导入", "导入"),
    ("/filing", "月报填报", "填报"),
    ("/publications", "定稿与更正", ""),
    ("/rulebook", "考核办法", ""),
    ("/teams", "督查组一致性", ""),
    ("/accounts", "账号与操作日志", ""),
    ("/trail", "操作日志", ""),
)
TWIN = {"/accounts": "/trail", "/trail": "/accounts"}  # two tabs of one place: either marks the entry
OWN_ACCOUNT = ("/account", "我的账号")  # reached by one's name, on a phone under 更多
# Who is led where; the API decides what they may do there, this only spares a refusal.
LED = {
    "/imports": ("office", "office_head", "auditor"),
    "/filing": ("unit",),
    "/publications": ("office", "office_head", "leader", "unit", "inspector", "auditor"),
    "/teams": ("office", "office_head"),
    "/accounts": ("admin",),
    "/trail": ("auditor", "office_head"),
}
ROLES = {
    "office": "办公室",
    "office_head": "办公室主任",
    "leader": "县领导",
    "unit": "部门镇区",
    "inspector": "督查组",
    "auditor": "安全审计员",
    "admin": "系统管理员",
}


def layout() -> dmc.MantineProvider:
    """The whole screen for the person whose request this is; drawn once a visit, pages change inside it."""
    screen = shell(client.person(), dash.page_container)
    return dmc.MantineProvider(screen, theme=theme.MANTINE, forceColorScheme="light")


def shell(person: Mapping[str, Any], body: Any) -> dmc.AppShell:
    return dmc.AppShell(
        [
            dmc.AppShellHeader(_title_bar(person), withBorder=False, className="title-bar"),
            dmc.AppShellNavbar(_navigation(person), className="navigation", withBorder=True),
            dmc.AppShellMain([html.Div(states.stale(), className="stale-slot"), html.Div(body, className="page")]),
            dmc.AppShellFooter(_bottom_bar(person), className="bottom-bar", hiddenFrom="sm"),
            *_stores(),
        ],
        header={"height": 52},
        navbar={"width": 168, "breakpoint": "sm", "collapsed": {"mobile": True}},
        footer={"height": {"base": 56, "sm": 0}},
        padding=0,
    )


def _title_bar(person: Mapping[str, Any]) -> html.Div:
    return html.Div(
        [
            html.A("三重一大项目督查考评平台", href="/", className="product-name", **{"data-nav": "/"}),
            html.Div(id="shell-where", className="where"),
            dmc.Menu(
                [
                    dmc.MenuTarget(html.Button([person.get("name", ""), html.Span("▾")], className="account")),
                    dmc.MenuDropdown(
                        [
                            dmc.MenuLabel(_standing(person)),
                            dmc.MenuItem(OWN_ACCOUNT[1], href=OWN_ACCOUNT[0]),
                            dmc.MenuItem("退出登录", **{"data-action": "sign-out"}),
                        ]
                    ),
                ],
                position="bottom-end",
                shadow="md",
                width=200,
            ),
        ],
        className="title-row",
    )


def _standing(person: Mapping[str, Any]) -> str:
    """Role and, where there is one, unit, person or team: '部门镇区 · 住建局'."""
    role = ROLES.get(person.get("role", ""), "")
    return " · ".join(part for part in (role, person.get("unit"), person.get("official"), person.get("team")) if part)


def _navigation(person: Mapping[str, Any]) -> html.Nav:
    links = [_link(path, name) for path, name, _ in _places(person)]
    return html.Nav(links, **{"aria-label": "主导航"})


def _bottom_bar(person: Mapping[str, Any]) -> html.Nav:
    places = _places(person)
    links: list[Any] = [_link(path, short) for path, _, short in places if short]
    further = [*(_link(path, name) for path, name, short in places if not short), _link(*OWN_ACCOUNT)]
    links.append(html.Details([html.Summary("更多", className="nav-link"), html.Div(further)], className="more"))
    return html.Nav(links, **{"aria-label": "主导航"})


def _places(person: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Where the person is led; the administrator, who sees no boards, to the accounts alone."""
    role = person.get("role")
    everybody = tuple(one for one in ROLES if one != "admin")
    return [place for place in NAVIGATION if role in LED.get(place[0], everybody)]


def _link(path: str, name: str) -> html.A:
    also = {"data-nav-also": TWIN[path]} if path in TWIN else {}
    return html.A(name, href=path, className="nav-link", **{"data-nav": path, **also})


def _stores() -> list[Any]:
    return [
        dcc.Location(id="shell-location", refresh=False),
        dcc.Store(id="shell-programmes"),
        dcc.Store(id="shell-viewport"),
        dcc.Store(id="shell-changed"),
        dcc.Store(id="shell-marked"),
    ]


def where(place: address.Place | None, programmes: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Which programme, up to which month; and for the freshness check its version."""
    if place is None:
        return []
    name, month = place.programme["name"], place.newest_month
    shown: Any = html.Span(name, className="where-programme")
    if len(programmes) > 1:
        data = [{"value": one["code"], "label": one["name"]} for one in programmes]
        shown = picker("programme", place.code, data, label="年度计划", width=210)
    return [
        shown,
        html.Span("示例数据", className="where-demo") if place.programme.get("is_demo") else None,
        html.Span(f"数据截至{number.month_words(month)}" if month else "尚无数据", className="where-month"),
        html.Span(
            id="shell-version",
            hidden=True,
            **{"data-programme": place.code, "data-version": str(place.programme["data_version"])},
        ),
    ]


@callback(
    Output("shell-programmes", "data"),
    Input("shell-refresh", "n_clicks"),
    Input("shell-changed", "data"),
)
async def load_programmes(_clicks: int | None, _changed: Any) -> list[dict[str, Any]]:
    try:
        return list((await client.get("programmes"))["rows"])
    except client.ApiError as refusal:
        dash.set_props("shell-where", {"children": html.Span(refusal.message, className="where-demo")})
        raise PreventUpdate from refusal


@callback(Output("shell-where", "children"), Input("shell-programmes", "data"), Input("shell-location", "search"))
async def show_where(programmes: list[dict[str, Any]] | None, search: str | None) -> list[Any]:
    if programmes is None:
        raise PreventUpdate
    return where(address.place(programmes, dict(parse_qsl((search or "").lstrip("?"))), None), programmes)


clientside_callback(
    ClientsideFunction("sanzhong", "pick"),
    Output({"type": "picker-shown", "name": MATCH}, "data"),
    Input({"type": "picker", "name": MATCH}, "value"),
    State({"type": "picker-shown", "name": MATCH}, "data"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("sanzhong", "viewport"), Output("shell-viewport", "data"), Input("shell-location", "hash")
)
clientside_callback(
    ClientsideFunction("sanzhong", "mark"), Output("shell-marked", "data"), Input("shell-location", "pathname")
)
