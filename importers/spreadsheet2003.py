"""Excel 2003's XML (SpreadsheetML 2003) into plain sheets: what many reporting systems write under the name .xls.

One text, one pass with expat. Source: Microsoft's XML Spreadsheet Reference (Office XP and 2003).
"""

from datetime import datetime
from typing import Any
from xml.parsers import expat

from importers.grid import CellError, Formula, Range, Sheet, Stamp, Unreadable, Value, Workbook
from importers.numberformats import WITH_UNIT, Kind, format_kind, percent, with_unit

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_DAMAGED = "文件已损坏，读不出工作表，请在Excel或WPS里另存为.xlsx后再上传。"
_MAX_MERGES = 20_000
_NAMED_FORMATS: dict[str, Kind] = {
    "percent": "percent",
    "long date": "day",
    "medium date": "day",
    "short date": "day",
    "general date": "day",
}


def read(content: bytes | str) -> Workbook:
    """`content` as text where its encoding is known better than it says itself.

    Raises Unreadable when it is damaged, or carries definitions of its own (DOCTYPE).
    """
    found = _Book()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError, OverflowError) as error:
        raise Unreadable(_DAMAGED) from error
    if not found.sheets:
        raise Unreadable(_DAMAGED)
    return Workbook("xml", found.sheets)


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("文件里含有外部定义（DOCTYPE），不予读取，请在Excel或WPS里重新保存为.xlsx后再上传。")


class _Book:
    """expat's handlers, and the sheets so far."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self._kinds: dict[str, Kind] = {}
        self._style = ""
        self._row = 0
        self._column = 0
        self._column_definition = 0
        self._row_style = ""
        self._cell: dict[str, str] | None = None
        self._type = ""
        self._words: list[str] | None = None
        self._has_value = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        space, _, name = element.rpartition(" ")
        if name == "Visible":
            self._words = []
        if space != NAMESPACE:
            return
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if name == "Style":
            self._style = given.get("ID", "")
        elif name == "NumberFormat":
            code = given.get("Format", "")
            self._kinds[self._style] = _NAMED_FORMATS.get(code.lower(), format_kind(164, code) if code else "number")
        elif name == "Worksheet":
            self.sheets.append(Sheet(given.get("Name", f"Sheet{len(self.sheets) + 1}")))
            self._row = self._column_definition = 0
        elif not self.sheets:
            return
        elif name == "Column":
            self._define_column(given)
        elif name == "Row":
            self._row = int(given.get("Index", self._row + 1))
            self._column = 0
            self._row_style = given.get("StyleID", "")
            if given.get("Hidden") == "1":
                self.sheets[-1].hidden_rows.add(self._row)
        elif name == "Cell":
            self._start_cell(given)
        elif name == "Data" and self._cell is not None:
            self._type = given.get("Type", "String")
            self._words = []
            self._has_value = True

    def _define_column(self, given: dict[str, str]) -> None:
        first = int(given.get("Index", self._column_definition + 1))
        self._column_definition = first + min(int(given.get("Span", "0")), 16_384)
        if given.get("Hidden") == "1":
            self.sheets[-1].hidden_columns.update(range(first, self._column_definition + 1))

    def _start_cell(self, given: dict[str, str]) -> None:
        self._column = int(given.get("Index", self._column + 1))
        self._cell = given
        self._has_value = False

    def text(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def end(self, element: str) -> None:
        space, _, name = element.rpartition(" ")
        words = "".join(self._words or ())
        if name == "Visible" and self.sheets:
            self.sheets[-1].hidden = words.strip() in ("SheetHidden", "SheetVeryHidden")
            self._words = None
        elif space == NAMESPACE and name == "Data" and self._cell is not None:
            self._words = None
            value = self._value(words, self._cell)
            if value is not None and value != "":
                self.sheets[-1].put(self._row, self._column, value)
        elif space == NAMESPACE and name == "Cell" and self._cell is not None:
            self._end_cell(self._cell)

    def _end_cell(self, cell: dict[str, str]) -> None:
        self._cell = None
        if not self._has_value and "Formula" in cell:
            self.sheets[-1].put(self._row, self._column, Formula(cell["Formula"].lstrip("=")))
        across, down = (min(int(cell.get(key, "0")), 1_048_576) for key in ("MergeAcross", "MergeDown"))
        if across > 0 or down > 0:
            merges = self.sheets[-1].merges
            if len(merges) >= _MAX_MERGES:
                raise Unreadable(f"工作表“{self.sheets[-1].name}”的合并单元格过多，请取消合并后重新上传。")
            merges.append(Range(self._row, self._column, self._row + down, self._column + across))
            self._column += across

    def _value(self, text: str, cell: dict[str, str]) -> Value | None:
        if self._type == "Number":
            return self._number(float(text), self._kinds.get(cell.get("StyleID", self._row_style), "number"))
        if self._type == "DateTime":
            kind: Any = self._kinds.get(cell.get("StyleID", self._row_style), "day")
            return Stamp(datetime.fromisoformat(text), kind if kind in ("year", "month") else "day")
        if self._type == "Boolean":
            return text.strip() == "1"
        if self._type == "Error":
            return CellError(text.strip())
        return text

    def _number(self, number: float, kind: Kind) -> Value:
        if number != number or number in (float("inf"), float("-inf")):
            return CellError("#NUM!")
        if kind == "percent":
            return percent(number)
        if kind in WITH_UNIT:
            return with_unit(number, kind)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
