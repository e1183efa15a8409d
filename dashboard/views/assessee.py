"""One assessee's receipt (考核得分明细): each part with its arithmetic, then where its figures came from."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.export import print_button
from dashboard.components.page import head, panel
from dashboard.views.assessees import NOT_JUDGED, records
from dashboard.views.project import origin_words
from dashboard.views.ranking import board_label

Receipt = Mapping[str, Any]
ADDED = "加扣分"


def page(place: Place, receipt: Receipt) -> html.Div:
    """The whole page for one assessee (`GET /api/assessees/receipt`)."""
    board = place.href("/assessees", kind=receipt["kind"], period=receipt["period"], as_of=receipt.get("as_of"))
    return html.Div(
        [
            head(
                receipt["name"],
                subtitle=f"{receipt['scheme']} · {number.period_words(receipt['period'])} · {board_label(receipt)}",
                source=f"{records(receipt['parts'])} · 考核办法 {receipt['rulebook_words']}",
                crumbs=[("单位考核", board)],
                controls=[print_button()],
            ),
            panel(
                "得分明细",
                [html.P(receipt["formula"], className="formula"), _parts(place, receipt["parts"]), _rounding(receipt)],
                aside=_standing(receipt),
                id="assessee-parts",
            ),
            *(_refs(place, receipt, names, refs) for names, refs in _sources(receipt["parts"])),
        ]
    )


def _standing(receipt: Receipt) -> str:
    if receipt["rank"] is None:
        return str(receipt["not_scored_reason"])
    group = f"{receipt['group']} " if receipt["group"] else ""
    return f"{receipt['score']} · {group}第{receipt['rank']}名／{receipt['group_size']}"


def _rounding(receipt: Receipt) -> html.P:
    way = "各项得分直接相加" if receipt["is_open_ended"] else "得分＝100×各项得分之和÷已评各项满分之和，加扣分另加"
    rounding = "各项得分、总分各四舍五入到0.01一次；本项不计的不进入得分，也不进入满分。"
    return html.P(f"{way}。{rounding}", className="soft ledger-note")


def _parts(place: Place, parts: Sequence[Receipt]) -> html.Div:
    if place.is_phone:
        return html.Div([_part_on_phone(part) for part in parts])
    lines = [
        html.Tr(
            [
                html.Td(part["name"]),
                html.Td(part["points"] or NOT_JUDGED, className="num"),
                html.Td(part["full_marks"] or ADDED, className="num"),
                html.Td([part["sentence"], html.Span(f"（{part['source']}）", className="soft")]),
            ]
        )
        for part in parts
    ]
    marks = [html.Th("得分", className="num"), html.Th("满分", className="num")]
    heads = html.Tr([html.Th("考核项"), *marks, html.Th("依据")])
    return html.Div(html.Table([html.Thead(heads), html.Tbody(lines)], className="ledger"))


def _part_on_phone(part: Receipt) -> html.Section:
    """Name and points on one line, how they came about beneath: four columns do not fit 390 px."""
    full = f"满分{part['full_marks']}" if part["full_marks"] else ADDED
    line = [html.H3(part["name"]), html.Span(full, className="soft"), html.B(part["points"] or NOT_JUDGED)]
    return html.Section([html.Div(line, className="receipt-line"), html.P(part["sentence"])], className="receipt-month")


def _sources(parts: Sequence[Receipt]) -> list[tuple[str, Sequence[Receipt]]]:
    """Sources by the parts made from them: parts of the very same sources share one list."""
    found: list[tuple[list[str], Sequence[Receipt]]] = []
    for part in parts:
        names = next((names for names, refs in found if refs == part["refs"]), None)
        if names is not None:
            names.append(part["name"])
        elif part["refs"]:
            found.append(([part["name"]], part["refs"]))
    return [("、".join(names), refs) for names, refs in found]


def _refs(place: Place, receipt: Receipt, names: str, refs: Sequence[Receipt]) -> html.Section:
    """What parts were made from: each project leads to its own receipt, each score to its cell."""
    lines = [
        html.Li(
            [
                html.A(ref["name"], href=place.href(f"/projects/{ref['id']}", period=receipt["period"])),
                html.Span(_words(ref), className="soft"),
            ]
        )
        for ref in refs
    ]
    return panel(f"{names}的来源", html.Ul(lines, className="name-list name-list-wide"), aside=f"{len(lines)} 条")


def _words(ref: Receipt) -> str:
    return f"{ref['words']}　出处：{origin_words(ref['evidence'])}" if ref["evidence"] else str(ref["words"])
