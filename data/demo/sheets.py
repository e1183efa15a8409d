"""The demo's workbooks in the counties' own layout (计划表、责任分解表、月度进展表).

Title, unit line, two header rows with merges, sections, subtotals and a total, notes below; figures as plain values.
`packed` gives a workbook's bytes without the moment of its making, so that drawing it again changes nothing.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | Decimal | None

SECTION_MARKS = "一二三四五六"
THIN = Border(*(Side(style="thin"),) * 4)
NOTES = (
    "备注：1.总投资、年度计划投资以县政府下达计划为准。",
    "      2.累计完成投资为本年1月1日至本月底完成数，不含往年投资。",
    "      3.联系人：三重一大办公室，电话：0000-0000000（虚构）",
)
MADE_AT = b"2023-01-03T01:00:00Z"


@dataclass(frozen=True)
class Column:
    """One column: heading, the heading above it ("" = none), width, whether sections and the whole are summed."""

    heading: str
    parent: str = ""
    width: int = 10
    is_summed: bool = False


@dataclass(frozen=True)
class Table:
    """One sheet: `sections` are (class, rows); a row has a value per column, the running number left out."""

    title: str
    name: str
    columns: Sequence[Column]
    sections: Sequence[tuple[str, Sequence[Sequence[Cell]]]]
    filled_on: str  # "2023年9月28日"
    with_total: bool = True
    notes: Sequence[str] = NOTES


def workbook(table: Table, guide: Iterable[str] = ()) -> Workbook:
    """The table as a workbook, with a sheet of instructions behind it where there are any."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = table.name
    columns = (Column("序号", width=5), *table.columns)
    _banner(sheet, table, len(columns))
    _header(sheet, columns)
    row = 5
    if table.with_total:
        every = [cells for _, rows in table.sections for cells in rows]
        row = _sum_row(sheet, row, "合  计", f"{len(every)}项", columns, every)
    for mark, (class_name, rows) in zip(SECTION_MARKS, table.sections, strict=False):
        _write(sheet, row, 1, f"{mark}、{class_name}（{len(rows)}项）", bold=True)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(columns))
        row += 1
        for number, cells in enumerate(rows, start=1):
            for column, value in enumerate((number, *cells), start=1):
                _write(sheet, row, column, value, left=columns[column - 1].width > 12)
            row += 1
        if table.with_total:
            row = _sum_row(sheet, row, "小计", None, columns, rows)
    for note in table.notes:
        row += 1
        sheet.cell(row, 1, note)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(columns))
    if guide := list(guide):
        instructions = book.create_sheet("填表说明")
        for number, line in enumerate(guide, start=1):
            instructions.cell(number, 1, line)
    return book


def packed(book: Workbook) -> bytes:
    """The workbook as a file; entries and properties carry one fixed moment instead of the clock's."""
    drawn, result = io.BytesIO(), io.BytesIO()
    book.properties.creator = "三重一大办公室"
    book.save(drawn)
    with zipfile.ZipFile(drawn) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", MADE_AT, content)
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def rate_pct(done: Decimal | None, planned: Decimal | None) -> Decimal | None:
    """完成率 to one decimal, as a clerk writes it."""
    if done is None or not planned:
        return None
    return (100 * done / planned).quantize(Decimal("0.1"), ROUND_HALF_UP)


def month_start(text: str) -> datetime:
    """ "2023-04" as the date a clerk types for it."""
    return datetime.strptime(text, "%Y-%m")  # noqa: DTZ007  an Excel date has no zone


def _banner(sheet: Worksheet, table: Table, width: int) -> None:
    line = f"填报单位：三重一大办公室　　　填报时间：{table.filled_on}　　　单位：万元"
    for row, text, font in ((1, table.title, Font(name="黑体", size=18)), (2, line, Font(name="仿宋", size=11))):
        sheet.cell(row, 1, text).font = font
        sheet.cell(row, 1).alignment = Alignment(horizontal="center")
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    sheet.row_dimensions[1].height = 28
    sheet.freeze_panes = "C5"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 8  # A3
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:4"


def _header(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Two rows: a parent above its children, a heading without parent over both."""
    parent_from = 1
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
        if not column.parent:
            _write(sheet, 3, place, column.heading, bold=True)
            _write(sheet, 4, place, None)
            sheet.merge_cells(start_row=3, start_column=place, end_row=4, end_column=place)
            continue
        _write(sheet, 4, place, column.heading, bold=True)
        if columns[place - 2].parent != column.parent:
            parent_from = place
            _write(sheet, 3, place, column.parent, bold=True)
        if place == len(columns) or columns[place].parent != column.parent:
            sheet.merge_cells(start_row=3, start_column=parent_from, end_row=3, end_column=place)


def _sum_row(
    sheet: Worksheet, row: int, label: str, count: str | None, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]
) -> int:
    _write(sheet, row, 1, label, bold=True)
    _write(sheet, row, 2, count, bold=True)
    for place, column in enumerate(columns[2:], start=3):
        given = [cells[place - 2] for cells in rows]
        total = sum((Decimal(value) for value in given if isinstance(value, int | Decimal)), Decimal(0))
        _write(sheet, row, place, total if column.is_summed else None, bold=True)
    return row + 1


def _write(sheet: Worksheet, row: int, column: int, value: Any, *, bold: bool = False, left: bool = False) -> None:
    cell = sheet.cell(row, column, float(value) if isinstance(value, Decimal) and value % 1 else value)
    if isinstance(value, Decimal) and not value % 1:
        cell.value = int(value)
    if isinstance(value, datetime):
        cell.number_format = 'yyyy"年"m"月"'
    cell.font = Font(name="仿宋", size=10, bold=bold)
    cell.border = THIN
    cell.alignment = Alignment(horizontal="left" if left else "center", vertical="center", wrap_text=True)
