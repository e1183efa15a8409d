"""得分明细 on paper: one project's score on one A4 sheet, each step with its cell, the files listed once beneath."""

from collections.abc import Iterator, Mapping
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.export import print_button
from dashboard.components.page import head
from dashboard.views.project import QUARTERS, SOURCES
from dashboard.views.ranking import period_picker

Facts = Mapping[str, Any]


class Files:
    """The files a receipt leads to, numbered in the order in which they are first named."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}

    def words(self, origin: Facts | None) -> str:
        """〔2〕3月!I7: the file's number with sheet and cell; or who entered the figure, and when."""
        if not origin:
            return ""
        if not origin.get("file"):
            return f"{origin['uploader']}录入（{number.instant(origin['at'])}）"
        key = (origin["file"], origin.get("sha256"), origin["uploader"], origin["at"])
        at = self._numbers.setdefault(key, len(self._numbers) + 1)
        return f"〔{at}〕" + "!".join(part for part in (origin.get("sheet"), origin.get("cell")) if part)

    def lines(self) -> list[html.Li]:
        return [
            html.Li(f"〔{at}〕{file}，{uploader} {number.instant(when)}导入，校验码 {(sha256 or '')[:16]}")
            for (file, sha256, uploader, when), at in self._numbers.items()
        ]


def page(place: Place, receipt: Facts) -> html.Div:
    """The whole sheet, on screen as it will be on paper."""
    back = place.href(f"/projects/{place.query['project']}", period=receipt["period"])
    book = f"{receipt['rulebook_title']}第{receipt['policy']['version']}版"
    return html.Div(
        [
            html.Div(
                head(
                    "得分明细",
                    subtitle=f"{receipt['name']} · {receipt['period_label']}",
                    source=f"各单位月报与督查组核实 · 考核办法 {book}",
                    crumbs=[("项目档案", place.href("/projects")), (receipt["name"], back)],
                    controls=[period_picker(place), print_button()],
                ),
                className="no-print",
            ),
            sheet(receipt),
        ]
    )


def sheet(receipt: Facts) -> html.Article:
    files = Files()
    body = [line for quarter in receipt["quarters"] for line in _quarter(receipt, quarter, files)]
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(name) for name in ("月份", "得分", "怎么来的", "出处")])),
            # A table without a single line would print its heading alone.
            html.Tbody(body or html.Tr(html.Td("这一期还没有计分。", colSpan=4))),
        ],
        className="ledger sheet-table",
    )
    notes = [*receipt["policy_sentences"], "〔〕内是原始文件的编号，文件名见下；校验码是文件SHA-256的前16位。"]
    return html.Article(
        [
            html.H1("得分明细", className="sheet-title"),
            html.Dl(_facts(receipt), className="sheet-facts"),
            html.P([html.B(_score(receipt)), html.Span(receipt["formula"])], className="sheet-score"),
            table,
            html.Ol(files.lines(), className="sheet-files"),
            html.Ul([html.Li(note) for note in notes], className="sheet-notes"),
        ],
        className="sheet panel",
        id="receipt-sheet",
    )


def _facts(receipt: Facts) -> list[Any]:
    rank = f"第{receipt['rank']}名／共{receipt['group_size']}项" if receipt.get("rank") else "不排名"
    published = receipt.get("published_score") or receipt.get("published_rank")
    was = f"{receipt['published_score'] or '未计分'}，第{receipt['published_rank'] or '—'}名" if published else None
    book = f"{receipt['rulebook_title']}第{receipt['policy']['version']}版"
    pairs = (
        ("项目", f"{receipt['code']} {receipt['name']}"),
        ("考核期", f"{receipt['period_label']} {receipt['label']}".rstrip()),
        ("责任单位", receipt.get("responsible_unit")),
        ("类别", receipt.get("group")),
        ("名次", rank),
        ("考核办法", book),
        ("通报数", was),
        ("历史查询", receipt.get("as_of")),
    )
    return [html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs if value]


def _score(receipt: Facts) -> str:
    return f"{receipt['score']}分　" if receipt["score"] else f"{receipt['not_scored_reason'] or '未计分'}　"


def _quarter(receipt: Facts, quarter: Facts, files: Files) -> Iterator[html.Tr]:
    if "-" not in receipt["period"]:
        yield html.Tr(
            [
                html.Th(QUARTERS[quarter["quarter"]]),
                html.Th(quarter["score"] or "—", className="num"),
                html.Th(quarter["sentence"]),
                html.Th(_weight(receipt, quarter)),
            ],
            className="sheet-quarter",
        )
    for month in quarter["months"]:
        yield _month(month, files)


def _weight(receipt: Facts, quarter: Facts) -> str:
    """Of a year alone: what the quarter weighs by the book, and in this final."""
    if not receipt["period"].isdigit():
        return ""
    weight, effective = number.plain(quarter["weight"]), quarter["effective_weight"]
    if weight == "0":
        return "不计入年度得分"
    return f"权重{weight}%" + (f"，实际占{number.plain(effective)}%" if effective is not None else "")


def _month(month: Facts, files: Files) -> html.Tr:
    counts = month["source"] == "computed" or "÷" in month["sentence"]  # the other sentences say whose score it is
    source = html.Span(f"{SOURCES[month['source']]}：", className="soft") if counts else None
    lines: list[Any] = [html.Div([source, month["sentence"]])]
    origins = [] if counts else [_unique(files.words(cell) for cell in month["cells"][:1])]
    if month["team"]:
        lines[0].children.append(html.Span(f"（{month['team']}）", className="soft"))
    for one in month["indicators"] if counts else ():
        lines.append(html.Div(f"{one['name']}（满分{number.plain(one['full_marks'])}）：{one['reason']}"))
        planned = files.words(one.get("planned"))
        told = _unique(files.words(cell) for cell in one["cells"])
        origins.append("；".join(part for part in (told, f"计划 {planned}" if planned else "") if part))
    lines += [html.Div(f"● {notice}", className="sheet-notice") for notice in month["notices"]]
    return html.Tr(
        [
            html.Td(number.short_month(month["month"])),
            html.Td(month["score"] or "—", className="num"),
            html.Td(lines),
            html.Td([html.Div(words) for words in origins if words]),
        ]
    )


def _unique(words: Iterator[str]) -> str:
    return "、".join(dict.fromkeys(word for word in words if word))
