"""账号与操作日志: the two pages of that name as tabs over each of them."""

from dash import html

TABS = (("/accounts", "账号", ("admin", "auditor")), ("/trail", "操作日志", ("auditor", "office_head", "admin")))


def accounts_tabs(here: str, role: str) -> html.Nav | None:
    """The tabs that the person may open; nothing where only one page is theirs."""
    shown = [(path, name) for path, name, roles in TABS if role in roles]
    if len(shown) < 2:
        return None
    links = [
        html.A(
            name,
            href=path,
            className="page-tab page-tab-here" if path == here else "page-tab",
            **({"aria-current": "page"} if path == here else {}),
        )
        for path, name in shown
    ]
    return html.Nav(links, className="page-tabs no-print", **{"aria-label": "账号与操作日志"})
