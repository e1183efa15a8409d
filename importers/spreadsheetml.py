"""An .xlsx package into plain sheets (xlsx读取): one pass over each part with expat.

Why not a library: one pass gives values, formulas that were never calculated, percent and date formats, merges and
hidden rows together, in constant memory, whatever the prefix, the dialect (transitional or strict) and the stated
dimension are. Source: ECMA-376 part 1, §18.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import IO, Literal
from xml.parsers import expat

from importers.archive import Archive, resolve
from importers.grid import (
    CellError,
    Formula,
    Percent,
    Range,
    Sheet,
    Stamp,
    Unreadable,
    Value,
    Workbook,
    cell_name,
    column_number,
    exact,
)

Kind = Literal["number", "percent", "year", "month", "day", "duration"]
_DAMAGED = "文件已损坏，读不出工作表，请在Excel或WPS里重新保存为.xlsx后再上传。"
_MAX_MERGES = 20_000
# A spreadsheet's dates are of no zone: the calendar day that the clerk sees.
EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


def read(archive: Archive) -> Workbook:
    """Raises Unreadable when the package is not a spreadsheet or its parts are damaged."""
    part = _workbook_part(archive)
    book = _BookParser()
    _parse(archive, part, book.start, book.end, book.text)
    targets = _relationships(archive, part)
    shared: list[str] = []
    kinds: list[Kind] = []
    for kind, target in targets.values():
        if kind == "sharedStrings" and target in archive:
            strings = _StringParser()
            _parse(archive, target, strings.start, strings.end, strings.text)
            shared = strings.strings
        elif kind == "styles" and target in archive:
            styles = _StyleParser()
            _parse(archive, target, styles.start, styles.end, styles.text)
            kinds = styles.kinds()
    sheets = []
    for name, reference, hidden in book.sheets:
        kind, target = targets.get(reference, ("", ""))
        if kind != "worksheet":
            continue  # a chart sheet, a dialog sheet
        if target not in archive:
            raise Unreadable(_DAMAGED)
        sheet = Sheet(name, hidden)
        cells = _SheetParser(sheet, shared, kinds, book.epoch)
        _parse(archive, target, cells.start, cells.end, cells.text)
        sheets.append(sheet)
    if not sheets:
        raise Unreadable(_DAMAGED)
    has_macros = any(name.endswith("vbaproject.bin") for name in archive.names())
    return Workbook("xlsx", sheets, has_macros)


def _workbook_part(archive: Archive) -> str:
    if "_rels/.rels" in archive:
        for kind, target in _relationships(archive, "").values():
            if kind == "officeDocument" and target in archive:
                return target
    if "xl/workbook.xml" in archive:
        return "xl/workbook.xml"
    raise Unreadable(_DAMAGED)


def _relationships(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Id to (kind, target part), of the part's .rels file."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, resolve(part, attributes.get("Target", "")))

    if rels in archive:
        _parse(archive, rels, start, lambda element: None, lambda data: None)
    return found


def _parse(
    archive: Archive,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Drive one part through the handlers; names come without their prefix."""
    parser = expat.ParserCreate()

    def start_root(name: str, attributes: dict[str, str]) -> None:
        """Most parts have no prefix: then expat calls the handlers themselves, which halves the time."""
        if ":" in name:
            parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
            parser.EndElementHandler = lambda name: end(_local(name))
        else:
            parser.StartElementHandler = start
            parser.EndElementHandler = end
        start(_local(name), attributes)

    def refuse_doctype(*_: object) -> None:
        raise Unreadable("文件里含有外部定义（DOCTYPE），不予读取，请在Excel或WPS里重新保存为.xlsx后再上传。")

    parser.buffer_text = True
    parser.StartElementHandler = start_root
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_doctype
    stream: IO[bytes] = archive.open(part)
    try:
        with stream:
            parser.ParseFile(stream)
    except (expat.ExpatError, ValueError, LookupError, RecursionError, OverflowError) as error:
        raise Unreadable(_DAMAGED) from error


@lru_cache(maxsize=512)
def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _BookParser:
    """workbook.xml: the sheets in order and the date system."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.epoch = EPOCH_1900

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "sheet":
            reference = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((unescape(attributes.get("name", "")), reference, hidden))
        elif element == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
            self.epoch = EPOCH_1904

    def end(self, element: str) -> None: ...

    def text(self, data: str) -> None: ...


class _StringParser:
    """sharedStrings.xml: the runs of each item joined, phonetic runs (拼音标注) left out."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._phonetic = False
        self._inside = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "t":
            self._inside = not self._phonetic
        elif element == "si":
            self._pieces = []
        elif element == "rPh":
            self._phonetic = True

    def end(self, element: str) -> None:
        if element == "t":
            self._inside = False
        elif element == "rPh":
            self._phonetic = False
        elif element == "si":
            self.strings.append(unescape("".join(self._pieces)))

    def text(self, data: str) -> None:
        if self._inside:
            self._pieces.append(data)


@dataclass(slots=True)
class _StyleParser:
    """styles.xml: what each cell format makes of a number."""

    _formats: dict[int, str] = field(default_factory=dict)
    _cell_formats: list[int] = field(default_factory=list)
    _inside: bool = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "numFmt":
            self._formats[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif element == "cellXfs":
            self._inside = True
        elif element == "xf" and self._inside:
            self._cell_formats.append(int(attributes.get("numFmtId", "0") or 0))

    def end(self, element: str) -> None:
        if element == "cellXfs":
            self._inside = False

    def text(self, data: str) -> None: ...

    def kinds(self) -> list[Kind]:
        return [format_kind(number, self._formats.get(number)) for number in self._cell_formats]


# Built-in formats that are no plain number; 27–36 and 50–58 are those of Chinese Excel (ECMA-376 §18.8.30).
_BUILT_IN: dict[int, Kind] = {
    9: "percent", 10: "percent", 14: "day", 15: "day", 16: "day", 17: "month", 22: "day",
    27: "month", 28: "day", 29: "day", 30: "day", 31: "day", 36: "month",
    45: "duration", 46: "duration", 47: "duration",
    50: "month", 51: "day", 52: "month", 53: "day", 54: "day", 57: "month", 58: "day",
    18: "duration", 19: "duration", 20: "duration", 21: "duration",
    32: "duration", 33: "duration", 34: "duration", 35: "duration", 55: "duration", 56: "duration",
}  # fmt: skip
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|!.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


def format_kind(number: int, code: str | None) -> Kind:
    """What a number format says about its number: yyyy"年"m"月" is a date known to the month."""
    if code is None:
        return _BUILT_IN.get(number, "number")
    bare = _LITERAL.sub("", code).split(";")[0].lower()
    if "%" in bare:
        return "percent"
    if "general" in bare or "g/通用格式" in bare or "0" in bare or "#" in bare or "?" in bare:
        if not ("y" in bare or "d" in bare):
            return "number"
    if "[h" in bare or "[m" in bare or "[s" in bare:
        return "duration"
    if "d" in bare:
        return "day"
    if "y" in bare:
        return "month" if "m" in bare else "year"
    if "h" in bare or "s" in bare:
        return "duration"
    return "month" if "m" in bare else "number"


class _SheetParser:
    """One worksheet part."""

    def __init__(self, sheet: Sheet, shared: list[str], kinds: list[Kind], epoch: datetime) -> None:
        self._sheet = sheet
        self._shared = shared
        self._kinds = kinds
        self._epoch = epoch
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

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._start_cell(attributes)
        elif element == "v":
            self._has_value = True
            self._into = self._value
        elif element == "row":
            self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = 0
            if attributes.get("hidden") in ("1", "true"):
                self._sheet.hidden_rows.add(self._row)
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
        elif element == "col" and attributes.get("hidden") in ("1", "true"):
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
            self._in_cell = False
            value = self._cell_value()
            if value is not None and value != "":
                self._sheet.put(self._row, self._column, value)
        elif element in ("v", "f", "t"):
            self._into = None
        elif element == "rPh":
            self._phonetic = False

    def _cell_value(self) -> Value | None:
        text = "".join(self._value)
        if self._has_formula and self._shared_id is not None and self._formula:
            self._masters[self._shared_id] = ("".join(self._formula), self._row, self._column)
        if self._type == "s":
            return self._shared[int(text)] if text else None
        if self._type in ("str", "inlineStr"):
            if self._has_formula and not self._has_value:
                return self._uncalculated()
            return unescape(text)
        if not text:
            return self._uncalculated() if self._has_formula else None
        if self._type == "b":
            return text in ("1", "true")
        if self._type == "e":
            return CellError(text)
        if self._type == "d":
            return Stamp(datetime.fromisoformat(text.rstrip("Z")), "day")
        return self._number(float(text))

    def _uncalculated(self) -> Formula:
        text = "".join(self._formula)
        if not text and self._shared_id in self._masters:
            master, row, column = self._masters[self._shared_id]
            text = shifted(master, self._row - row, self._column - column)
        return Formula(text)

    def _number(self, number: float) -> Value:
        if number != number or number in (float("inf"), float("-inf")):
            return CellError("#NUM!")
        kind: Kind = self._kinds[self._style] if 0 <= self._style < len(self._kinds) else "number"
        if kind == "percent":
            return Percent(exact(number) * 100)
        if kind == "duration":
            return timedelta(seconds=round(number * 86_400)) if abs(number) < 1e6 else number
        if kind in ("year", "month", "day") and 0 <= number < 2_958_466:
            return Stamp(_moment(self._epoch, number), kind)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

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


def _moment(epoch: datetime, serial: float) -> datetime:
    """A serial as a date; Excel's 1900 has a 29 February, so serials 1–59 are one day later than counted."""
    if epoch.year == 1899 and 1 <= serial < 60:
        serial += 1
    return epoch + timedelta(days=int(serial), seconds=round(serial % 1 * 86_400))


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


def percent(ratio: float) -> Percent:
    return Percent(exact(ratio) * Decimal(100))
