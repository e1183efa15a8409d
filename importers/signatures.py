"""What makes a sheet one of our own templates (模板标记): a signature a row, and a hidden sheet saying what it is for.

A row's signature (校验码) is made of the programme's and the project's code. A row that was moved or sorted is still
known; a row whose code was changed is not silently another project's. It guards against mistakes, not against malice.
"""

import hashlib

from importers import sheets
from importers.grid import Workbook
from importers.result import Row

LISTS_SHEET = "选项"  # hidden: the drop-down lists, and above them what the template is for
MARK = "三重一大填报模板"
PROGRAMME, MONTH, SPEC = "年度计划", "月份", "表样"
_FILLED_IN = frozenset(column.field for column in sheets.MONTHLY if not column.field.startswith("previous_"))


def signature(programme: str, code: str) -> str:
    """Ten letters and digits."""
    return hashlib.sha256(f"{programme}\n{code}".encode()).hexdigest()[:10].upper()


def marks_of(book: Workbook) -> dict[str, str]:
    """What the hidden sheet of a template says: programme, month, spec. Empty for any other workbook."""
    for sheet in book.sheets:
        if sheet.hidden and sheet.value(1, 1) == MARK:
            return {
                str(sheet.value(row, 1)): str(sheet.value(row, 2))
                for row in range(2, 5)
                if sheet.value(row, 1) is not None and sheet.value(row, 2) is not None
            }
    return {}


def is_unfilled(row: Row) -> bool:
    """A template's row in which nobody has filled anything in: it says nothing, not even that there is nothing."""
    if row.value("signature") is None:
        return False
    return all(not (found.raw or "").strip() for name, found in row.fields.items() if name in _FILLED_IN)
