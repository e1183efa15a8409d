"""How much of the month is in (督查覆盖): 应查 = 已查 + 未督查 + 未报, said before any rank."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.components.number import grouped, short_month

SOURCES = {
    "team": "督查组评分",
    "sheet": "表内得分",
    "computed": "按办法计算",
    "completed": "完工计满分",
    "carried": "完工沿用",
    "policy": "按办法定分",
}
# The gaps first: a reader looks for who is missing.
NAMED = (
    ("not_inspected", "未督查"),
    ("not_reported", "未报"),
    ("not_scored", "未计分"),
    ("not_due", "不需督查"),
    ("inspected", "已查"),
)
FEW = 6  # names that may stand open without pushing the ranks out of sight


def coverage_strip(coverage: Mapping[str, int]) -> html.Div:
    """`coverage` as in CONTRACTS: due, inspected, not_inspected, not_reported, not_scored."""
    due, inspected = coverage["due"], coverage["inspected"]
    share = f"{100 * inspected / due:.0f}%" if due else "0%"
    gaps = coverage["not_inspected"] + coverage["not_reported"]
    return html.Div(
        [
            html.Div(html.Div(className="coverage-fill", style={"width": share}), className="coverage-bar"),
            html.Div(
                [
                    _part("应查", due),
                    html.Span("=", className="coverage-sign"),
                    _part("已查", inspected),
                    html.Span("+", className="coverage-sign"),
                    _part("未督查", coverage["not_inspected"], is_gap=coverage["not_inspected"] > 0),
                    html.Span("+", className="coverage-sign"),
                    _part("未报", coverage["not_reported"], is_gap=coverage["not_reported"] > 0),
                    html.Span("·", className="coverage-sign"),
                    _part("未计分", coverage["not_scored"]),
                ],
                className="coverage-parts",
            ),
        ],
        className="coverage coverage-open" if gaps else "coverage",
        role="group",
        **{"aria-label": "督查覆盖"},
    )


def _part(label: str, value: int, *, is_gap: bool = False) -> html.Span:
    return html.Span(
        [label, html.B(grouped(value))], className="coverage-part coverage-gap" if is_gap else "coverage-part"
    )


def coverage_names(board: Mapping[str, Any]) -> html.Div:
    """Who is behind each number, by name with unit and reason, and whose the scores are; a long list stays closed."""
    by_code = {row["code"]: row for row in board["rows"]}
    lists = board["coverage_lists"]
    named = [_names(kind, label, [by_code[code] for code in lists[kind]]) for kind, label in NAMED if lists[kind]]
    return html.Div([html.P(_source_words(board), className="coverage-sources"), *named], className="coverage-names")


def _names(kind: str, label: str, rows: Sequence[Mapping[str, Any]]) -> html.Details:
    lines = [
        html.Li(
            [
                html.A(row["name"], href=f"/projects/{row['id']}"),
                html.Span(
                    " · ".join(part for part in (row["responsible_unit"], _why(kind, row)) if part), className="soft"
                ),
            ]
        )
        for row in rows
    ]
    return html.Details(
        [
            html.Summary(f"{label} {len(rows)} 项"),
            html.Ul(lines, className="name-list coverage-all" if kind == "inspected" else "name-list"),
        ],
        open=kind in ("not_inspected", "not_reported", "not_scored") and len(rows) <= FEW,
    )


def _why(kind: str, row: Mapping[str, Any]) -> str:
    """The month's reason; of a row without score the board's own, of an inspected one whose the score is."""
    if kind == "inspected":
        return str(row["month_reason"] or SOURCES.get(row["month_source"] or "", ""))
    return str((row["not_scored_reason"] if kind == "not_scored" else row["month_reason"]) or "")


def _source_words(board: Mapping[str, Any]) -> str:
    found = board["score_sources"]
    first, last = found["months"][0], found["months"][-1]
    months = short_month(last) if first == last else f"{int(first[5:7])}—{short_month(last)}"
    of_last = "" if first == last else f"应查、已查按{short_month(last)}计。"
    parts = [f"{SOURCES[source]} {number} 个" for source, number in found["counts"].items() if number]
    none = f"；没有得分 {found['without_score']} 个" if found["without_score"] else ""
    partial = "（名单只列您可查看的项目）" if len(board["rows"]) < _due(board) else ""
    return f"{of_last}{months}的月度得分：{'、'.join(parts) or '无'}{none}。{partial}"


def _due(board: Mapping[str, Any]) -> int:
    return int(board["coverage"]["due"])
