"""The Excel button (导出): a plain link to the API's workbook, which equals the screen and is put on the trail."""

from urllib.parse import urlencode

from dash import html


def export_button(kind: str, /, **query: str | None) -> html.A:
    """`kind` names the board (`standings`, `alerts`); `query` is the screen's own, so that the file shows the same."""
    kept = {name: value for name, value in query.items() if value}
    return html.A(
        "导出 Excel", href=f"/api/{kind}/export?{urlencode(kept)}", className="button no-print", download=True
    )


def print_button() -> html.Button:
    return html.Button("打印", className="button no-print", **{"data-action": "print"})
