"""One worksheet part of an .xlsx package into a plain sheet (工作表).

Nearly all rows of nearly all files are written alike: `<row r="5"><c r="A5" s="1" t="s"><v>3</v></c>…</row>`. Those
are cut out and split by one regular expression, four times faster than an XML parser calls back; expat reads all that
is left, and everything where the part has comments, another encoding or a foreign prefix. Both hand the same cells to
`SheetParser.put`, and a test reads every row both ways. Source: ECMA-376 part 1, §18.3.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from importers.grid import (
    CellError,
    Formula,
    Percent,
    Range,
    Sheet,
    Stamp,
    Unreadable,
    Value,
    cell_name,
    column_number,
    exact,
)
from importers.numberformats import Kind, moment, with_unit

_MAX_MERGES = 20_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Legend:
    """What the cells of a package refer to: its shared strings, the kinds of its formats, its date system."""

    shared: Sequence[str]
    kinds: Sequence[Kind]
    epoch: datetime


class SheetParser:
    """The handlers of one worksheet part, and the cells it has so far."""

    def __init__(self, sheet: Sheet, legend: Legend) -> None:
        self._sheet = sheet
        self._shared = legend.shared
        self._kinds = legend.kinds
        self._epoch = legend.epoch
        self._row = 0
        self._column = 0
        self._type = "n"
        self._style = 0
        self._value: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._in_cell = self._has_formula = self._has_value = self._phonetic = False
        self._shared_id: str | None = None
        self._masters: dict[str, tuple[str, int, int]] = {}

    # --------------------------------------------------------------------------------------- what expat calls

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._start_cell(attributes)
        elif element == "v":
            self._has_value = True
            self._into = self._value
        elif element == "row":
            self.start_row(int(attributes["r"]) if "r" in attributes else self._row + 1, _is_hidden(attributes))
        elif element == "f":
            if self._in_cell:
                self._has_formula = True
                self._shared_id = attributes.get("si") if attributes.get("t") == "shared" else None
                self._into = self._formula
        elif element == "t":
            if self._in_cell and not self._phonetic:
                self._has_value = True
                self._into = self._value
        elif element == "rPh":
            self._phonetic = True
        elif element == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif element == "col" and _is_hidden(attributes):
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
            self._sheet.hidden_columns.update(range(first, min(last, 16_384) + 1))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference:
            matched = _REFERENCE.fullmatch(reference)
            if matched is None:
                raise ValueError(reference)
            self._column = column_number(matched[1])
            self._row = int(matched[2])
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._style = int(attributes.get("s", "0") or 0)
        self._value.clear()
        self._formula.clear()
        self._in_cell = True
        self._has_formula = self._has_value = False
        self._shared_id = None

    def text(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def end(self, element: str) -> None:
        if element == "c":
            self._end_cell()
        elif element in ("v", "f", "t"):
            self._into = None
        elif element == "rPh":
            self._phonetic = False

    def _end_cell(self) -> None:
        self._in_cell = False
        if self._has_formula:
            formula = "".join(self._formula)
            if self._shared_id is not None and formula:
                self._masters[self._shared_id] = (formula, self._row, self._column)
            if not self._value or not self._has_value:
                if not (self._has_value and self._type in ("str", "inlineStr")):
                    self._sheet.put(self._row, self._column, self._uncalculated(formula))
                return
        self.put(self._row, self._column, self._type, self._style, "".join(self._value))

    def _uncalculated(self, text: str) -> Formula:
        if not text and self._shared_id in self._masters:
            master, row, column = self._masters[self._shared_id]
            text = shifted(master, self._row - row, self._column - column)
        return Formula(text)

    def _merge(self, reference: str) -> None:
        corners = [_REFERENCE.fullmatch(corner) for corner in reference.split(":")]
        if len(corners) != 2 or corners[0] is None or corners[1] is None:
            return  # a merge of one cell, or of whole columns: nothing to join
        if len(self._sheet.merges) >= _MAX_MERGES:
            raise Unreadable(f"工作表“{self._sheet.name}”的合并单元格过多，请取消合并后重新上传。")
        self._sheet.merges.append(
            Range(
                int(corners[0][2]),
                column_number(corners[0][1]),
                int(corners[1][2]),
                column_number(corners[1][1]),
            )
        )

    # -------------------------------------------------------------------------------------- rows and their cells

    def start_row(self, row: int, is_hidden: bool) -> None:
        self._row, self._column = row, 0
        if is_hidden:
            self._sheet.hidden_rows.add(row)

    def put(self, row: int, column: int, kind: str, style: int, text: str) -> None:
        """One cell by its type (`t`), format (`s`) and text; a blank one is nothing."""
        value = self._typed(kind, style, text)
        if value is not None and value != "":
            self._sheet.put(row, column, value)

    def _typed(self, kind: str, style: int, text: str) -> Value | None:
        if kind == "s":
            return self._shared[int(text)] if text else None
        if kind in ("str", "inlineStr"):
            return unescape(text)
        if not text:
            return None
        if kind == "b":
            return text in ("1", "true")
        if kind == "e":
            return CellError(text)
        if kind == "d":
            return Stamp(datetime.fromisoformat(text.rstrip("Z")), "day")
        return self._number(float(text), style)

    def _number(self, number: float, style: int) -> Value:
        if number != number or number in (float("inf"), float("-inf")):
            return CellError("#NUM!")
        kind: Kind = self._kinds[style] if 0 <= style < len(self._kinds) else "number"
        if kind != "number":
            if kind == "percent":
                return Percent(exact(number) * 100)
            if kind == "万元" or kind == "亿元":
                return with_unit(number, kind)
            if kind == "duration":
                return timedelta(seconds=round(number * 86_400)) if abs(number) < 1e6 else number
            if 0 <= number < 2_958_466:
                return Stamp(moment(self._epoch, number), kind)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _is_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("hidden") in ("1", "true")


# ------------------------------------------------------------------------------------------- rows written plainly

_PIECE = 1 << 20  # bytes
_ROW_END = b"</row>"
_TEXT = r"[^<&\r\x00-\x08\x0b\x0c\x0e-\x1f]*"
_PLAIN_ROW = re.compile(r'<row r="([0-9]{1,7})"((?: [A-Za-z0-9:]+="[^"<>&]*")*) ?>')
_PLAIN_CELL = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="([0-9]{1,6})"| t="([A-Za-z]{1,9})")* ?(?:/>|>(?:'
    rf"(?:<f>{_TEXT}</f>)?<v>({_TEXT})</v>"
    rf'|<is><t(?: xml:space="preserve")?>({_TEXT})</t></is>'
    ")?</c>)"
)
# A long run of empty rows, as a format painted down a whole sheet leaves them, is as good as its last one.
_EMPTY_ROWS = re.compile(rb'(?:<row r="[0-9]{1,7}"[^<>]*/>\s*){8,}(<row r="[0-9]{1,7}"[^<>]*/>)')
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[^<>]*?encoding=[\"']utf-8[\"'][^<>]*\?>)?", re.IGNORECASE)
_ODD = (
    b"<!",
    b"<?",
    b"\0",
)  # a comment, CDATA, an instruction, another encoding: rows may stand where they mean nothing


def read_rows(stream: IO[bytes], feed: Callable[[bytes], object], cells: SheetParser) -> None:
    """Read a worksheet part: rows written plainly at once, all else through `feed`, which is expat's."""
    rest = b""
    is_first = is_plain = True
    while piece := stream.read(_PIECE):
        data = rest + piece
        if is_first:
            is_first = False
            declaration = _DECLARATION.match(data)
            assert declaration is not None
            feed(declaration[0])
            data = data[declaration.end() :]
        is_plain = is_plain and len(rest) <= _PIECE and not any(mark in data for mark in _ODD)
        if not is_plain:
            feed(data)
            rest = b""
            continue
        *rows, rest = _EMPTY_ROWS.sub(rb"\1", data).split(_ROW_END)
        for row in rows:
            at = row.find(b"<row ")
            if at < 0 or not _read_row(row[at:], cells):
                feed(row + _ROW_END)
            elif before := row[:at].strip():
                feed(before)
    feed(rest)


def _read_row(row: bytes, cells: SheetParser) -> bool:
    """Put the cells of a row written plainly, without its end tag; False, and nothing put, for any other."""
    text = row.decode()
    head = _PLAIN_ROW.match(text)
    if head is None:
        return False
    number = head[1]
    if text.count("<") == text.count("/>") + 1:  # nothing but cells with a format
        cells.start_row(int(number), ' hidden="1"' in head[2] or ' hidden="true"' in head[2])
        return True
    between, *parts = _PLAIN_CELL.split(text[head.end() :])
    letters, lines, styles, kinds, values, inlines, after = (parts[group::7] for group in range(7))
    if between.strip() or "".join(after).strip() or "" in values or any(line != number for line in lines):
        return False
    place = int(number)
    cells.start_row(place, ' hidden="1"' in head[2] or ' hidden="true"' in head[2])
    for letter, style, kind, value, inline in zip(letters, styles, kinds, values, inlines, strict=True):
        words = value or inline
        if words:
            cells.put(place, column_number(letter), kind or "n", int(style or 0), words)
    return True


def shifted(formula: str, rows: int, columns: int) -> str:
    """A shared formula as it reads `rows` further down and `columns` further right."""

    def move(found: re.Match[str]) -> str:
        column, row = column_number(found[2]), int(found[4])
        if not found[1]:
            column = max(1, column + columns)
        if not found[3]:
            row = max(1, row + rows)
        name = cell_name(row, column)
        letters = name.rstrip("0123456789")
        return f"{found[1]}{letters}{found[3]}{row}"

    return re.sub(r"(?<![A-Za-z0-9_.])(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})(?![A-Za-z0-9_(])", move, formula)


def unescape(text: str) -> str:
    """_x000D_ and its like, as Excel writes control characters."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
