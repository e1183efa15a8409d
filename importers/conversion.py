"""A plain grid as an .xlsx of its own (转存): values and layout as far as the reader knows them.

For .xls, .et and .csv, which cannot be marked themselves. Reading it again gives the same grid.
"""

import io
import re
from collections.abc import Sequence
from datetime import timedelta

from openpyxl import Workbook as Book
from openpyxl.cell import Cell
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from importers.cells import raw_text
from importers.grid import CellError, Formula, Percent, Sheet, Stamp, Value, Workbook
from importers.inert import storable
from importers.markup import ILLEGAL

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME = 31
_DATES = {"year": 'yyyy"年"', "month": 'yyyy"年"m"月"', "day": "yyyy-mm-dd"}
_SAMPLED_ROWS = 200
_WIDTHS = (6, 40)  # letters


def as_xlsx(book: Workbook) -> bytes:
    """The workbook, its sheets in their order."""
    made = Book()
    made.remove(made.worksheets[0])
    for sheet, name in zip(book.sheets, sheet_names(book.sheets), strict=True):
        page = made.create_sheet(name)
        if sheet.hidden:
            page.sheet_state = "hidden"
        _fill(page, sheet)
    made.active = next((place for place, sheet in enumerate(book.sheets) if not sheet.hidden), 0)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def sheet_names(sheets: Sequence[Sheet]) -> list[str]:
    """The sheets' names as a workbook may have them: a text file's own name may be longer, or hold a slash."""
    names: list[str] = []
    for sheet in sheets:
        bare = _FORBIDDEN.sub("_", ILLEGAL.sub("", sheet.name)).strip("'") or "表"
        name = bare[:_LONGEST_NAME]
        number = 1
        while name.lower() in {other.lower() for other in names}:
            number += 1
            name = f"{bare[: _LONGEST_NAME - 4]}({number})"
        names.append(name)
    return names


def _fill(page: Worksheet, sheet: Sheet) -> None:
    widths: dict[int, int] = {}
    for place, (row, values) in enumerate(sorted(sheet.rows.items())):
        for column, value in values.items():
            _put(page, row, column, value)
            if place < _SAMPLED_ROWS and sheet.merge_at(row, column) is None:
                words = max(len(line) for line in (raw_text(value) or "").split("\n"))
                widths[column] = max(widths.get(column, 0), words)
    for column, words in widths.items():
        low, high = _WIDTHS
        page.column_dimensions[get_column_letter(column)].width = min(max(words * 2, low), high)
    for merge in sheet.merges:
        page.merge_cells(start_row=merge.top, start_column=merge.left, end_row=merge.bottom, end_column=merge.right)
        page.cell(merge.top, merge.left).alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for row in sheet.hidden_rows:
        page.row_dimensions[row].hidden = True
    for column in sheet.hidden_columns:
        page.column_dimensions[get_column_letter(column)].hidden = True


def _put(page: Worksheet, row: int, column: int, value: Value) -> None:
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)
    if isinstance(value, Percent):
        cell.value, cell.number_format = value.pct / 100, "0.00%"
    elif isinstance(value, Stamp):
        cell.value, cell.number_format = value.at, _DATES[value.precision]
    elif isinstance(value, timedelta):
        cell.value, cell.number_format = value, "[h]:mm:ss"
    elif isinstance(value, CellError):
        cell.value, cell.data_type = value.code, "e"
    elif isinstance(value, Formula):
        cell.value = f"={value.text}"
    elif isinstance(value, str):
        # The sender's own text, unchanged: of the type text it is never run, and the mark keeps it one when edited.
        cell.value, cell.data_type = storable(value), "s"
        if value[:1] in ("=", "+", "-", "@"):
            cell.quotePrefix = True
    else:
        cell.value = value
