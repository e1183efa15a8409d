"""考核办法: the book in force in plain Chinese, its history, and what is proposed; figures with source and date."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.export import print_button
from dashboard.components.page import head, panel

Books = Mapping[str, Any]
Book = Mapping[str, Any]
TABS = (("", "办法正文"), ("trial", "试算"), ("history", "沿革"))
EMPTY = "（无）"


def page(place: Place, books: Books, book: Book | None = None, body: Any = None) -> html.Div:
    """The page's frame with one of its tabs. `book`: another one than that in force; `body`: the trial's form."""
    tab = place.query.get("tab", "")
    shown = book or books["in_force"]
    if tab == "history":
        inside: Any = html.Div([history(place, books["rows"]), _examples(place, books)])
    elif tab == "trial" and body is not None:
        inside = body
    else:
        inside = html.Div([_which(place, books, shown), *(chapter(one, place) for one in shown["chapters"])])
    return html.Div(
        [
            head(
                "考核办法",
                subtitle=f"{shown['title']} · 第{shown['version']}版{_months(shown)}",
                source=f"{shown['source']} · 校验码 {shown['sha256'][:16]}",
                controls=[_download(shown), print_button()],
            ),
            _tabs(place, books, tab),
            _draft(place, books),
            inside,
        ]
    )


def _months(book: Book) -> str:
    """Which months it governs; a shipped example governs none."""
    if "from_month" not in book:
        return " · 示例，未启用"
    first, last = number.month_words(book["from_month"]), book["to_month"]
    return f" · {book['state_label']}，{first}{f'至{number.month_words(last)}' if last else ''}"


def _download(book: Book) -> html.A:
    path = f"/api/rulebooks/{book['id']}" if "id" in book else f"/api/rulebooks/examples/{book['name']}"
    return html.A("下载文本（TOML）", href=f"{path}/download", className="button no-print", download=True)


def _tabs(place: Place, books: Books, tab: str) -> html.Nav:
    shown = [(name, words) for name, words in TABS if name != "trial" or books["may"]["try"]]
    return html.Nav(
        [
            html.A(
                words,
                href=place.href("/rulebook", tab=name),
                className="page-tab page-tab-here" if name == tab else "page-tab",
                **({"aria-current": "page"} if name == tab else {}),
            )
            for name, words in shown
        ],
        className="page-tabs no-print",
    )


def _which(place: Place, books: Books, shown: Book) -> html.Div | None:
    """Whether what is read is the book in force, and which one follows it."""
    lines: list[Any] = []
    if shown["sha256"] != books["in_force"]["sha256"]:
        link = html.A("看现行办法", href=place.href("/rulebook"))
        lines.append(html.P(["这不是现行办法，仅供查阅。", link], className="notice"))
    for row in books["rows"]:
        if row["state"] == "coming":
            words = f"自{number.month_words(row['from_month'])}起施行《{row['title']}》第{row['version']}版。"
            link = html.A("看改动", href=place.href("/rulebook", tab="history"))
            lines.append(html.P([words, link], className="notice"))
    return html.Div(lines) if lines else None


def chapter(one: Mapping[str, Any], place: Place) -> html.Section:
    """What the chapter says, its worked example, and its figures one by one."""
    said: list[Any] = [html.Li(sentence) for sentence in one["sentences"]]
    parts: list[Any] = [html.Ul(said, className="rule-list")]
    if one["example"]:
        lines = [html.Li(line) for line in one["example"]]
        parts.append(html.Div([html.B("算例（示例数字）"), html.Ul(lines)], className="rule-example"))
    listed = [figure for figure in one["figures"] if not names_only(figure)]
    figures = html.Details(
        [html.Summary(f"本章的数字与出处（{len(listed)}项）"), _figures(listed)],
        open=not place.is_phone,
        className="rule-figures",
    )
    return panel(one["title"], html.Div([html.Div(parts), figures], className="columns-main"))


def names_only(figure: Mapping[str, Any]) -> bool:
    """The name of a list's entry: it stands in the labels of the entry's figures."""
    return str(figure["key"]).endswith("].name")


def _figures(figures: Sequence[Mapping[str, Any]]) -> html.Div:
    rows = [
        html.Tr(
            [
                html.Td(figure["label"], title=figure["meaning"] or ""),
                html.Td(figure["words"], className="rule-value"),
                html.Td(figure["unit"] or "—", className="soft"),
                html.Td(figure["source"], className="soft"),
                html.Td(figure["effective_from"], className="soft rule-date"),
            ]
        )
        for figure in figures
    ]
    heads = ("条目", "现行规定", "单位", "出处", "生效日期")
    header = html.Thead(html.Tr([html.Th(text) for text in heads]))
    return html.Div(html.Table([header, html.Tbody(rows)], className="ledger"), className="scroll-x rule-table")


# ---- history --------------------------------------------------------------------------------------------------------


def history(place: Place, rows: Sequence[Book]) -> html.Section:
    """Every adoption, the latest first: who, when, why, and what differs from the book before."""
    return panel(
        "沿革",
        html.Ul([_adoption(place, row) for row in rows], className="case-list"),
        aside=f"{len(rows)} 次启用",
        id="rulebook-history",
    )


def _adoption(place: Place, row: Book) -> html.Li:
    until = f"至{number.month_words(row['to_month'])}" if row["to_month"] else ""
    drafted = f"，{row['drafted_by']}拟稿" if row["drafted_by"] else ""
    who = f"{number.instant(row['recorded_at'])} {row['person']}启用{drafted}"
    return html.Li(
        [
            html.Div(
                [
                    html.A(
                        f"{row['title']} 第{row['version']}版",
                        href=place.href("/rulebook", book=f"revision:{row['id']}"),
                        className="case-name",
                    ),
                    html.Span(row["state_label"], className="tag"),
                    html.Span(f"{number.month_words(row['from_month'])}起{until}", className="soft"),
                    html.A("下载", href=f"/api/rulebooks/{row['id']}/download", download=True, className="no-print"),
                ],
                className="case-line",
            ),
            html.P(f"{who}；理由：{row['reason'] or '建立年度计划时选用'}", className="case-owner"),
            html.P(f"校验码 {row['sha256'][:16]}", className="case-owner"),
            _against(row),
        ]
    )


def _examples(place: Place, books: Books) -> html.Section:
    """The books that come with the product, to be read, tried or taken away and edited."""

    def item(one: Mapping[str, Any]) -> html.Li:
        name, book = f"{one['title']} 第{one['version']}版", f"example:{one['name']}"
        acts: list[Any] = [html.A("下载", href=f"/api/rulebooks/examples/{one['name']}/download", download=True)]
        if books["may"]["try"]:
            acts.insert(0, html.A("试算", href=place.href("/rulebook", tab="trial", book=book)))
        title = [
            html.A(name, href=place.href("/rulebook", book=book), className="case-name"),
            html.Span("现行", className="tag") if one["is_in_force"] else None,
            *acts,
        ]
        return html.Li(
            [html.Div(title, className="case-line"), html.P(f"出处：{one['source']}", className="case-owner")]
        )

    return panel(
        "可以参照的办法",
        html.Ul([item(one) for one in books["examples"]], className="case-list"),
        aside=f"{len(books['examples'])} 份",
        className="no-print",
        id="rulebook-examples",
    )


def _against(row: Book) -> Any:
    if row.get("previous") is None:
        return html.P("本年度的第一份办法。", className="soft")
    return differences(row["changes"])


def differences(changes: Sequence[Mapping[str, Any]]) -> Any:
    """Old and new, figure by figure."""
    if not changes:
        return html.P("数字和政策没有变化，只改了说明文字、出处或日期。", className="soft")
    rows = [
        html.Tr(
            [
                html.Td(change["label"]),
                html.Td(change["old"] if change["old"] is not None else EMPTY, className="soft"),
                html.Td("→", **{"aria-label": "改为"}),
                html.Td(html.B(change["new"] if change["new"] is not None else EMPTY)),
            ]
        )
        for change in changes
    ]
    header = html.Thead(html.Tr([html.Th(text) for text in ("条目", "原规定", "", "新规定")]))
    return html.Div(html.Table([header, html.Tbody(rows)], className="ledger rule-changes"), className="scroll-x")


# ---- a draft --------------------------------------------------------------------------------------------------------


def _draft(place: Place, books: Books) -> html.Section | None:
    """What is proposed and waits for the head: shown to the office on every tab."""
    draft = books["draft"]
    if draft is None:
        return None
    until = f"至{number.month_words(draft['to_month'])}" if draft["to_month"] else ""
    acts: list[Any] = [
        html.A(
            "试算这份", href=place.href("/rulebook", tab="trial", book=f"revision:{draft['id']}"), className="button"
        )
    ]
    if books["may"]["adopt"]:
        acts.append(dmc.Button("启用", id={"type": "rulebook-do", "act": "sign"}, n_clicks=0))
    acts.append(dmc.Button("撤回拟稿", id={"type": "rulebook-do", "act": "withdraw"}, n_clicks=0, variant="default"))
    waits = "" if books["may"]["adopt"] else "待办公室主任启用。"
    return panel(
        "待启用的办法",
        [
            html.P(
                f"《{draft['title']}》第{draft['version']}版，自{number.month_words(draft['from_month'])}起{until}；"
                f"{draft['drafted_by']} {number.instant(draft['recorded_at'])} 拟稿，理由：{draft['reason']}。{waits}"
            ),
            differences(draft["changes"]),
            html.Div(acts, className="dialog-buttons no-print"),
            dcc.Store(id="rulebook-draft", data={"id": draft["id"], "from_month": draft["from_month"]}),
        ],
        className="panel-ask",
        id="rulebook-pending",
    )


def adopted(made: Book) -> html.P:
    """What became of the act: proposed, or in force from when, and what that means for a running quarter."""
    name = f"《{made['title']}》第{made['version']}版"
    first = number.month_words(made["from_month"])
    words = (
        f"{name}已拟稿，自{first}起，待办公室主任启用。"
        if made["state"] == "draft"
        else f"{name}已启用，自{first}起施行；更早的期间仍用原来的办法。"
    )
    return html.P(f"{words}{made['notice'] or ''}", className="notice", role="status")
