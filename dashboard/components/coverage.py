"""How much of the month is in (督查覆盖): 应查 = 已查 + 未督查 + 未报, said before any rank."""

from collections.abc import Mapping

from dash import html

from dashboard.components.number import grouped


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
