"""Every data table (表格): AG Grid with our texts, one column vocabulary for screen and export.

Cells are drawn by named functions in `assets/grid.js`; no string is ever evaluated as code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as own
from typing import Any, Literal

import dash_ag_grid as dag

from dashboard.texts import GRID_TEXTS
from dashboard.theme import GRID_PARAMS, LIGHTS, NO_OUTLOOK, OUTLOOKS, SEVERITIES

Kind = Literal["text", "number", "amount", "light", "outlook", "project", "change", "sentence", "link", "jump", "spark"]

ROWS_IN_SIGHT = 12
NUMBER_CLASSES = ["ag-right-aligned-cell", "cell-number"]
SHOWN_TINT = "#c9d9ee"
NUMERIC: tuple[Kind, ...] = ("number", "amount", "change")
RENDERERS: dict[Kind, str] = {
    "light": "LightCell",
    "outlook": "OutlookCell",
    "project": "ProjectCell",
    "change": "ChangeCell",
    "sentence": "SentenceCell",
    "link": "LinkCell",
    "jump": "JumpCell",
    "spark": "SparkCell",
}
LOOKS = {code: [look.shape, look.word, look.ink, look.tint] for code, look in LIGHTS.items()}
OUTLOOK_LOOKS = {code: [look.shape, look.word, look.ink, look.tint] for code, look in OUTLOOKS.items()} | {
    "": [NO_OUTLOOK.shape, NO_OUTLOOK.word, NO_OUTLOOK.ink, NO_OUTLOOK.tint]
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table and of its export. `field` may be dotted (`quarters.Q3`).

    Numeric kinds hold the API's decimal text; they sort as numbers and stand right-aligned. `on_phone` says whether
    the column survives on 390 px; `is_pinned` keeps it in sight while the rest scrolls.
    """

    field: str
    heading: str
    kind: Kind = "text"
    width: int = 100
    flex: int | None = None
    phone_width: int | None = None
    on_phone: bool = False
    is_pinned: bool = False
    tooltip: str = ""
    options: dict[str, Any] = own(default_factory=dict)

    def value(self, row: Mapping[str, Any]) -> Any:
        """The cell's value in a row as the API gave it."""
        found: Any = row
        for step in self.field.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return found


def table(
    columns: Sequence[Column],
    rows: Sequence[dict[str, Any]],
    *,
    id: str,
    is_phone: bool = False,
    height: str | None = None,
    row_height: int | None = None,
    mark: str = "",
) -> dag.AgGrid:
    """A table of `rows`, as tall as they are; with `height`, many rows scroll inside it with the heading in sight.

    `mark` names the field that holds a row's gravest severity: such rows stand on its tint.
    On a phone only `on_phone` columns remain and the page itself scrolls.
    """
    shown = [column for column in columns if column.on_phone] if is_phone else list(columns)
    fixed = height is not None and not is_phone and len(rows) > ROWS_IN_SIGHT
    options: dict[str, Any] = {
        "theme": {"function": f"themeQuartz.withParams({_literal(GRID_PARAMS)})"},
        "localeText": GRID_TEXTS,
        "domLayout": "normal" if fixed else "autoHeight",
        "suppressCellFocus": False,
        "enableCellTextSelection": True,
        "ensureDomOrder": True,
        "suppressColumnVirtualisation": not fixed,
        "tooltipShowDelay": 300,
        "suppressMovableColumns": True,
        "animateRows": False,
    }
    if row_height:
        options["rowHeight"] = row_height
    return dag.AgGrid(
        id=id,
        rowData=list(rows),
        columnDefs=[_definition(column, is_phone) for column in shown],
        defaultColDef={"sortable": True, "resizable": not is_phone, "suppressHeaderMenuButton": True},
        dashGridOptions=options,
        getRowStyle={"styleConditions": _tints(mark)} if mark else None,
        style={"height": height if fixed else None, "width": "100%"},
        className="table table-phone" if is_phone else "table",
        enableEnterpriseModules=False,
    )


def _tints(field: str) -> list[dict[str, Any]]:
    """A row's tint: the one just jumped to, else by its gravest severity; the words stand in the table of faults."""
    return [
        {"condition": "params.data.is_shown", "style": {"backgroundColor": SHOWN_TINT}},
        *(
            {"condition": f"params.data.{field} === '{severity}'", "style": {"backgroundColor": look.tint}}
            for severity, look in SEVERITIES.items()
        ),
    ]


def _definition(column: Column, is_phone: bool) -> dict[str, Any]:
    width = (column.phone_width or column.width) if is_phone else column.width
    made: dict[str, Any] = {"field": column.field, "headerName": column.heading, "width": width, "minWidth": 48}
    if column.flex:
        made |= {"flex": column.flex, "minWidth": width}
    if is_phone and column.kind == "project":
        made |= {"flex": 1, "minWidth": width}
    if column.is_pinned and not is_phone:
        made["pinned"] = "left"
    if column.tooltip:
        made["tooltipField"] = column.tooltip
    if column.kind in NUMERIC:
        made |= {"type": "rightAligned", "comparator": {"function": "byNumber"}, "cellClass": NUMBER_CLASSES}
    if column.kind in ("number", "amount"):
        made["valueFormatter"] = {"function": "grouped(params.value)"}
    if column.kind in RENDERERS:
        made["cellRenderer"] = RENDERERS[column.kind]
    if column.kind == "light":
        made |= {"cellRendererParams": {"looks": LOOKS, "isShort": is_phone}, "comparator": {"function": "byLight"}}
    if column.kind == "outlook":
        made["cellRendererParams"] = {"looks": OUTLOOK_LOOKS}
    if column.kind == "sentence":
        made |= {"wrapText": True, "autoHeight": True, "cellClass": "cell-sentence"}
    return made | column.options


def _literal(params: dict[str, Any]) -> str:
    """A flat dict as the JavaScript object literal that the grid's own parser reads."""
    parts = []
    for name, value in params.items():
        written = f"'{value}'" if isinstance(value, str) else str(value).lower()
        parts.append(f"{name}: {written}")
    return "{" + ", ".join(parts) + "}"
