"""An exported ranking worked again (排名表核算): every figure of a board against what the workbook's formulas give."""

from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from tests.app.spreadsheet import sheets_of

QUARTERS = {"Q1": "一季度", "Q2": "二季度", "Q3": "三季度", "Q4": "四季度"}
FIRST = 4  # headings stand in row 3


def as_cell(value: Any) -> Any:
    """A decimal text or a number as the double a spreadsheet holds; nothing and the empty text are the same."""
    if value in (None, ""):
        return None
    text = str(value)
    return float(text) if text.replace(".", "", 1).isdigit() else text


def printed(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the board says of a project, by the workbook's headings."""
    reason = row["not_scored_reason"]
    shown: dict[str, Any] = {
        "名次": row["rank"],
        "得分": row["score"],
        "等次": row["tier"] if row["rank"] is not None or not reason else f"不排名：{reason}",
    }
    shown |= {QUARTERS[quarter]: score for quarter, score in row["quarters"].items()}
    shown |= {f"{int(month[5:])}月": score for month, score in row["months"].items()}
    return {heading: as_cell(value) for heading, value in shown.items()}


def worked_again(book: Workbook, count: int) -> list[dict[str, Any]]:
    """排名 as calculated anew: the first `count` rows by heading."""
    sheets, ranks = sheets_of(book), book["排名"]
    headings = [cell.value for cell in ranks[3]]
    return [
        {heading: sheets.value("排名", line, at) for at, heading in enumerate(headings, start=1)}
        for line in range(FIRST, FIRST + count)
    ]


def disagreements(book: Workbook, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the workbook, calculated, says something else than the board's rows."""
    found = []
    for row, worked in zip(rows, worked_again(book, len(rows)), strict=True):
        for heading, value in printed(row).items():
            if heading in worked and as_cell(worked[heading]) != value:
                found.append(f"{row['code']} {heading}: {worked[heading]} instead of {value}")
    return found
