"""The two tabs of 账号与操作日志: accounts at `/accounts`, the trail at `/trail`."""

from dash import html

TABS = (("/accounts", "账号"), ("/trail", "操作日志"))


def tabs(here: str) -> html.Nav:
    """`here`: the address of the tab that is open."""
    return html.Nav(
        [
            html.A(
                words,
                href=path,
                className="page-tab page-tab-here" if path == here else "page-tab",
                **({"aria-current": "page"} if path == here else {}),
            )
            for path, words in TABS
        ],
        className="page-tabs no-print",
        **{"aria-label": "账号与操作日志"},
    )
