"""Old binary workbooks, .xls and WPS .et (旧格式工作簿), into plain sheets.

calamine reads the values; a look over the BIFF records adds what it leaves out: which rows are hidden and which
numbers are shown as percent. Must run in the child process: a crafted file can make calamine abort.
"""

import io
import struct
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import olefile
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from importers.grid import MAX_COLUMNS, MAX_ROWS, CellError, Formula, Range, Sheet, Stamp, Unreadable, Value, Workbook
from importers.numberformats import WITH_UNIT, format_kind, percent, with_unit

_DAMAGED = "文件已损坏，打不开，请在Excel或WPS里重新保存为.xlsx后再上传。"
_ENCRYPTED = "文件已加密，请取消密码后重新上传。"
_BOF, _FILEPASS, _BOUNDSHEET, _ROW, _COLINFO, _FORMAT, _XF = 0x809, 0x2F, 0x85, 0x208, 0x7D, 0x41E, 0xE0
_NUMBER, _RK, _MULRK, _FORMULA = 0x203, 0x27E, 0xBD, 0x06


def read(content: bytes) -> Workbook:
    """Raises Unreadable: encrypted, damaged, or no workbook inside."""
    marks = _marks(_stream(content))
    is_calculated = any(own.has_calculated for own in marks.values())
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [_sheet(book, index, marks.get(index, _Marks())) for index in range(len(book.sheets_metadata))]
        if not is_calculated:  # a formula may well have nothing to show, but not all of a workbook's
            for index, sheet in enumerate(sheets):
                _put_uncalculated(sheet, marks.get(index, _Marks()))
    except CalamineError as error:
        raise Unreadable(_ENCRYPTED if "assword" in f"{type(error).__name__}{error}" else _DAMAGED) from error
    except (ValueError, OverflowError) as error:
        raise Unreadable(_DAMAGED) from error
    except BaseException as error:  # a panic inside calamine is no Exception, and its class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(_DAMAGED) from error
    return Workbook("xls", sheets)


def _stream(content: bytes) -> bytes:
    """The workbook stream, or nothing where the directory is too broken for olefile (calamine may still read it)."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            if container.exists("EncryptedPackage") or container.exists("EncryptionInfo"):
                raise Unreadable(_ENCRYPTED)
            for name in ("Workbook", "Book", "WORKBOOK", "BOOK"):
                if container.exists(name):
                    return bytes(container.openstream(name).read())
            if container.exists("WordDocument"):
                raise Unreadable("这是Word文档，不是Excel工作簿，请把表格存为.xlsx后再上传。")
            raise Unreadable("这不是Excel工作簿，请把表格存为.xlsx后再上传。")
    except (OSError, struct.error, IndexError, ValueError, AttributeError, TypeError):
        return b""


class _Marks:
    """What calamine does not tell about one sheet."""

    def __init__(self) -> None:
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.percents: set[tuple[int, int]] = set()
        self.units: dict[tuple[int, int], str] = {}
        self.dates: dict[tuple[int, int], str] = {}
        self.blank_formulas: set[tuple[int, int]] = set()
        self.has_calculated = False


def _marks(stream: bytes) -> dict[int, _Marks]:
    """Marks by sheet index. Raises Unreadable when the stream is encrypted."""
    formats: dict[int, str] = {}
    cell_formats: list[int] = []
    starts: list[int] = []
    found: dict[int, _Marks] = {}
    marks: _Marks | None = None
    for position, kind, data in _records(stream):
        if kind == _FILEPASS:
            raise Unreadable(_ENCRYPTED)
        if kind == _BOUNDSHEET and len(data) >= 4:
            starts.append(struct.unpack_from("<I", data)[0])
        elif kind == _BOF:
            marks = found.setdefault(starts.index(position), _Marks()) if position in starts else None
        elif kind == _FORMAT and len(data) >= 5:
            number, length, flags = struct.unpack_from("<HHB", data)
            raw = data[5:]
            formats[number] = raw[: length * 2].decode("utf-16-le", "replace") if flags & 1 else raw.decode("latin-1")
        elif kind == _XF and len(data) >= 4:
            cell_formats.append(struct.unpack_from("<H", data, 2)[0])
        elif marks is None:
            continue
        elif kind == _ROW and len(data) >= 16:
            row, options = struct.unpack_from("<H", data)[0], struct.unpack_from("<H", data, 12)[0]
            if options & 0x20:
                marks.hidden_rows.add(row + 1)
        elif kind == _COLINFO and len(data) >= 10:
            first, last, _, _, options = struct.unpack_from("<HHHHH", data)
            if options & 1:
                marks.hidden_columns.update(range(first + 1, min(last, 255) + 2))
        elif kind in (_NUMBER, _RK, _FORMULA) and len(data) >= 6:
            row, column, style = struct.unpack_from("<HHH", data)
            if kind == _FORMULA and data[12:14] == b"\xff\xff" and data[6:7] == b"\3":
                marks.blank_formulas.add((row + 1, column + 1))
            marks.has_calculated |= kind == _FORMULA and data[12:14] != b"\xff\xff"
            _mark_cell(marks, row + 1, column + 1, style, cell_formats, formats)
        elif kind == _MULRK and len(data) >= 6:
            row, first = struct.unpack_from("<HH", data)
            for offset in range((len(data) - 6) // 6):
                style = struct.unpack_from("<H", data, 4 + offset * 6)[0]
                _mark_cell(marks, row + 1, first + offset + 1, style, cell_formats, formats)
    return found


def _mark_cell(
    marks: _Marks, row: int, column: int, style: int, cell_formats: list[int], formats: dict[int, str]
) -> None:
    if style >= len(cell_formats):
        return
    number = cell_formats[style]
    kind = format_kind(number, formats.get(number))
    if kind == "percent":
        marks.percents.add((row, column))
    elif kind in WITH_UNIT:
        marks.units[row, column] = kind
    elif kind in ("year", "month"):
        marks.dates[row, column] = kind


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield position, kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _sheet(book: CalamineWorkbook, index: int, marks: _Marks) -> Sheet:
    metadata = book.sheets_metadata[index]
    sheet = Sheet(metadata.name, metadata.visible != SheetVisibleEnum.Visible)
    source = book.get_sheet_by_index(index)
    if source.height * max(source.width, 1) > 4 * MAX_ROWS * MAX_COLUMNS:
        raise Unreadable(
            f"工作表“{sheet.name}”超出可读范围（{MAX_ROWS}行、{MAX_COLUMNS}列），请删去表外的内容后重新上传。"
        )
    for row, values in enumerate(source.to_python(skip_empty_area=False), start=1):
        for column, value in enumerate(values, start=1):
            if value == "" or value is None:
                continue
            sheet.put(row, column, _value(value, row, column, marks))
    for (top, left), (bottom, right) in source.merged_cell_ranges or ():
        sheet.merges.append(Range(top + 1, left + 1, bottom + 1, right + 1))
    sheet.hidden_rows = marks.hidden_rows
    sheet.hidden_columns = marks.hidden_columns
    return sheet


def _put_uncalculated(sheet: Sheet, marks: _Marks) -> None:
    for row, column in marks.blank_formulas:
        if sheet.value(row, column) is None:
            sheet.put(row, column, Formula(""))


def _value(value: object, row: int, column: int, marks: _Marks) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if (row, column) in marks.percents:
            return percent(value)
        if unit := marks.units.get((row, column)):
            return with_unit(value, unit)
        return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
    if isinstance(value, datetime):
        precision = marks.dates.get((row, column))
        return Stamp(value, "year" if precision == "year" else "month" if precision == "month" else "day")
    if isinstance(value, date):
        precision = marks.dates.get((row, column))
        at = datetime.combine(value, time())
        return Stamp(at, "year" if precision == "year" else "month" if precision == "month" else "day")
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, timedelta):
        return value
    text = str(value)
    return CellError(text) if text in _ERRORS else text


_ERRORS = {"#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"}
