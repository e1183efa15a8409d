"""Small workbooks made by the tests themselves (测试用表)."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from importers import reading, workbook
from importers.result import Reading, Row

Lines = Sequence[Sequence[Any]]


def xlsx(sheets: Mapping[str, Lines], shape: Callable[[Mapping[str, Worksheet]], None] | None = None) -> bytes:
    """A workbook of these sheets, row by row from A1; `shape` may merge, hide and format afterwards."""
    book = Workbook()
    book.remove(book.worksheets[0])
    made = {}
    for name, lines in sheets.items():
        sheet = made[name] = book.create_sheet(name)
        for number, line in enumerate(lines, start=1):
            for column, value in enumerate(line, start=1):
                if value is not None:
                    sheet.cell(number, column, value)
    if shape is not None:
        shape(made)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(
    sheets: Mapping[str, Lines],
    *,
    filename: str = "表.xlsx",
    shape: Callable[[Mapping[str, Worksheet]], None] | None = None,
    month: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> Reading:
    """The reading of such a workbook, in this process."""
    book = workbook.open_workbook(xlsx(sheets, shape), filename)
    return reading.read(book, filename, month=month, answers=answers)


def values(row: Row, *fields: str) -> tuple[Any, ...]:
    return tuple(row.value(field) for field in fields)


def codes(reading: Reading) -> list[str]:
    """The codes of all faults, rows first."""
    return [fault.code for row in reading.rows for fault in row.faults] + [fault.code for fault in reading.faults]
