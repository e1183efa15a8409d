"""Excel files that equal the screen (导出): same rows, same order, same columns, numbers as numbers."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Request
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from starlette.responses import JSONResponse, Response

from dashboard import client
from dashboard.components import number
from dashboard.components.table import NUMERIC, Column
from dashboard.views import alerts, ranking

router = APIRouter(prefix="/export", include_in_schema=False)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A text that begins so would be run as a formula by the program that opens the file.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


@router.get("/ranking.xlsx")
async def export_ranking(programme: str, period: str, group: str = "", as_of: str = "") -> Response:
    try:
        board = await client.get("standings", programme=programme, period=period, as_of=as_of)
    except client.ApiError as refusal:
        return _refused(refusal)
    rows = [ranking.table_row(row) for row in board["rows"] if not group or row["group"] == group]
    title = f"分级排名 {number.period_words(board['period'])} {ranking.board_label(board)}"
    return await _answer(title, ranking.columns(board), rows, f"考核办法：{board['rulebook']}")


@router.get("/alerts.xlsx")
async def export_alerts(request: Request, programme: str, month: str) -> Response:
    try:
        found = await client.get("alerts", programme=programme, month=month)
    except client.ApiError as refusal:
        return _refused(refusal)
    rows = [alerts.table_row(row) for row in alerts.ordered(alerts.filtered(found["rows"], request.query_params))]
    title = f"风险预警 {number.month_words(found['month'])}"
    return await _answer(title, list(alerts.COLUMNS), rows, "数据来源：月度进展表、督查组核实、问题台账")


def _refused(refusal: client.ApiError) -> JSONResponse:
    return JSONResponse({"code": refusal.code, "message": refusal.message, "detail": refusal.detail}, refusal.status)


async def _answer(title: str, columns: list[Column], rows: Sequence[Mapping[str, Any]], note: str) -> Response:
    content = await anyio.to_thread.run_sync(workbook, title, columns, rows, note)
    disposition = f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(title.replace('/', '-'))}.xlsx"
    return Response(content, media_type=XLSX, headers={"content-disposition": disposition, "cache-control": "no-store"})


def workbook(title: str, columns: list[Column], rows: Sequence[Mapping[str, Any]], note: str) -> bytes:
    """One sheet: title, note, headings, then the rows as on screen."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("导出")
    sheet["A1"], sheet["A2"] = title, note
    sheet["A1"].font = Font(bold=True, size=14)
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(3, place, column.heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EAF1FA")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = max(8, column.width / 8)
    for line, row in enumerate(rows, start=4):
        for place, column in enumerate(columns, start=1):
            cell = sheet.cell(line, place, cell_value(column, row))
            cell.alignment = Alignment(vertical="top", wrap_text=column.kind == "sentence")
            if column.kind in ("number", "amount") and isinstance(cell.value, float):
                cell.number_format = "0.0000" if column.field == "tie_break" else "#,##0.00"
    sheet.freeze_panes = "C4"
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def cell_value(column: Column, row: Mapping[str, Any]) -> Any:
    """A cell as Excel holds it: figures as numbers, texts never as formulas, lights and outlooks in words."""
    if column.kind == "light":
        return safe(row["light_words"])
    if column.kind == "outlook":
        return safe(row["outlook_label"])
    value = column.value(row)
    if value is None or value == "":
        return None
    if column.kind in NUMERIC:
        return value if isinstance(value, int) else float(value)
    return safe(str(value))


def safe(text: str) -> str:
    """The text, so that no program reads it as a formula: an apostrophe goes before a dangerous first sign."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
