"""The Excel button (导出): a plain link to a workbook that equals the screen."""

from urllib.parse import urlencode

from dash import html


def export_button(kind: str, **query: str | None) -> html.A:
    """`kind` names the board (`ranking`, `alerts`); `query` is the screen's own, so that the file shows the same."""
    kept = {name: value for name, value in query.items() if value}
    return html.A(
        "导出 Excel", href=f"/export/{kind}.xlsx?{urlencode(kept)}", className="button no-print", download=True
    )


def print_button() -> html.Button:
    return html.Button("打印", className="button no-print", **{"data-action": "print"})
