"""The plain grid that every file format is turned into (表格), before anyone asks what it means.

Rows and columns count from 1, as Excel names them. Empty cells are absent. A value is one of the types of `Value`;
what a number format adds to the meaning (a percent sign, a date) is already in the type.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_MERGED_LINES = 200_000

Precision = Literal["year", "month", "day"]


class Unreadable(Exception):
    """This file cannot be read as a workbook. The text is one plain Chinese sentence: what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A number shown with a percent sign: 0.72 under the format 0% is 72."""

    pct: Decimal


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date cell, as exact as its number format shows it: yyyy"年"m"月" is known to the month."""

    at: datetime
    precision: Precision


@dataclass(frozen=True, slots=True)
class CellError:
    """#DIV/0!, #REF! and the like."""

    code: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that no program has calculated yet (公式未计算): only its text is in the file."""

    text: str


Value = str | int | float | bool | Percent | Stamp | timedelta | CellError | Formula


@dataclass(frozen=True, slots=True)
class Range:
    """A merged range, corners included."""

    top: int
    left: int
    bottom: int
    right: int

    def covers(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @property
    def width(self) -> int:
        return self.right - self.left + 1


@dataclass(slots=True)
class Sheet:
    name: str
    hidden: bool = False
    rows: dict[int, dict[int, Value]] = field(default_factory=dict)
    merges: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    _merges_by_row: dict[int, list[Range]] | None = field(default=None, repr=False, compare=False)

    def merge_at(self, row: int, column: int) -> Range | None:
        """The merged range over a cell. Ranges may reach far down; only rows that hold anything are indexed."""
        if self._merges_by_row is None:
            self._merges_by_row = self._merges_of_rows()
        return next((merge for merge in self._merges_by_row.get(row, ()) if merge.left <= column <= merge.right), None)

    def remove_merges_within(self, column: int) -> None:
        self.merges = [merge for merge in self.merges if not merge.left == merge.right == column]
        self._merges_by_row = None

    def _merges_of_rows(self) -> dict[int, list[Range]]:
        last = max(self.rows, default=0)
        found: dict[int, list[Range]] = {}
        covered = 0
        for merge in self.merges:
            rows = range(merge.top, min(merge.bottom, last) + 1)
            covered += len(rows)
            if covered > MAX_MERGED_LINES:
                raise Unreadable(f"工作表“{self.name}”的合并单元格过多或互相重叠，请取消合并后重新上传。")
            for row in rows:
                found.setdefault(row, []).append(merge)
        return found

    def value(self, row: int, column: int) -> Value | None:
        cells = self.rows.get(row)
        return None if cells is None else cells.get(column)

    def put(self, row: int, column: int, value: Value) -> None:
        if row < 1 or column < 1:
            raise Unreadable("文件已损坏，读不出工作表，请在Excel或WPS里重新保存为.xlsx后再上传。")
        if row > MAX_ROWS or column > MAX_COLUMNS:
            raise Unreadable(
                f"工作表“{self.name}”的{cell_name(row, column)}有内容，超出可读范围（{MAX_ROWS}行、{MAX_COLUMNS}列），"
                "请删去表外的内容后重新上传。"
            )
        self.rows.setdefault(row, {})[column] = value

    def texts(self) -> Iterator[tuple[int, int, Value]]:
        for row in sorted(self.rows):
            for column in sorted(self.rows[row]):
                yield row, column, self.rows[row][column]


@dataclass(slots=True)
class Workbook:
    """All sheets of one file in their order. `kind` (xlsx, xls, csv, html, xml) is told by content; no macro is run."""

    kind: str
    sheets: list[Sheet]
    has_macros: bool = False


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def exact(number: float) -> Decimal:
    """The number a spreadsheet shows: 15 significant digits, so that 0.1 + 0.2 is 0.3."""
    return Decimal(number) if isinstance(number, int) else Decimal(f"{number:.15g}")
