"""Old binary workbooks (.xls, .et) made byte by byte: BIFF8 records in an OLE container.

Just enough for the reader's cases: words, numbers, formulas with and without a result, percent formats, merges, hidden
rows and sheets. Source: [MS-XLS], [MS-CFB].
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_PERCENT_STYLE, _PLAIN_STYLE = 16, 15


@dataclass(frozen=True)
class Uncalculated:
    """A formula whose result no program has put in."""


@dataclass(frozen=True)
class Calculated:
    result: float


@dataclass(frozen=True)
class Rate:
    """A ratio shown as percent: Rate(0.5) is 50%."""

    ratio: float


@dataclass
class BiffSheet:
    name: str
    lines: Sequence[Sequence[Any]]
    is_hidden: bool = False
    hidden_rows: Iterable[int] = ()
    merges: Iterable[tuple[int, int, int, int]] = ()  # top, left, bottom, right, from 1


def xls(*sheets: BiffSheet) -> bytes:
    """The workbook of these sheets."""
    return container(_workbook(sheets))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _bof(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 1996, 0, 6))


def _text(words: str, length: str = "<H") -> bytes:
    return struct.pack(length + "B", len(words), 1) + words.encode("utf-16-le")


def _workbook(sheets: Sequence[BiffSheet]) -> bytes:
    styles = [_record(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0, 0x20C0))] * _PLAIN_STYLE
    styles += [_record(0xE0, struct.pack("<HHHBBBBIIH", 0, n, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0)) for n in (0, 9)]
    head = _bof(5) + _record(0x42, struct.pack("<H", 1200)) + b"".join(styles)
    bodies = [_sheet(sheet) for sheet in sheets]
    entries = [(sheet.is_hidden, _text(sheet.name, "<B")) for sheet in sheets]
    start = len(head) + sum(10 + len(name) for _, name in entries) + 4
    listed = b""
    for (is_hidden, name), body in zip(entries, bodies, strict=True):
        listed += _record(0x85, struct.pack("<IBB", start, int(is_hidden), 0) + name)
        start += len(body)
    return head + listed + _record(0x0A) + b"".join(bodies)


def _sheet(sheet: BiffSheet) -> bytes:
    width = max((len(line) for line in sheet.lines), default=0)
    records = [_bof(0x10), _record(0x200, struct.pack("<IIHHH", 0, len(sheet.lines), 0, width, 0))]
    for row in range(len(sheet.lines)):
        options = 0x100 | (0x20 if row + 1 in set(sheet.hidden_rows) else 0)
        records.append(_record(0x208, struct.pack("<HHHHHHHH", row, 0, width, 255, 0, 0, options, _PLAIN_STYLE)))
    for row, line in enumerate(sheet.lines):
        records += [_cell(row, column, value) for column, value in enumerate(line) if value is not None]
    merges = [
        struct.pack("<HHHH", top - 1, bottom - 1, left - 1, right - 1) for top, left, bottom, right in sheet.merges
    ]
    if merges:
        records.append(_record(0xE5, struct.pack("<H", len(merges)) + b"".join(merges)))
    return b"".join(records) + _record(0x0A)


def _cell(row: int, column: int, value: Any) -> bytes:
    place = struct.pack("<HHH", row, column, _PERCENT_STYLE if isinstance(value, Rate) else _PLAIN_STYLE)
    if isinstance(value, Rate):
        return _record(0x203, place + struct.pack("<d", value.ratio))
    if isinstance(value, Uncalculated | Calculated):
        result = struct.pack("<d", value.result) if isinstance(value, Calculated) else b"\3" + b"\0" * 5 + b"\xff\xff"
        tokens = b"\x1e\1\0\x1e\2\0\3"  # =1+2
        return _record(0x06, place + result + struct.pack("<HIH", 0, 0, len(tokens)) + tokens)
    if isinstance(value, str):
        return _record(0x204, place + _text(value))
    return _record(0x203, place + struct.pack("<d", value))


def container(stream: bytes, name: str = "Workbook") -> bytes:
    """An OLE container with this one stream."""
    stream = stream.ljust(4096, b"\0")  # what is shorter would belong into the mini stream
    count = -(-len(stream) // _SECTOR)
    tables = -(-(count + 3) // 128)
    chain = [*range(1, count), _END, _END, *[_FAT] * tables]  # the stream, the directory, the tables
    chain += [_FREE] * (tables * 128 - len(chain))
    directory = _entry("Root Entry", 5, child=1) + _entry(name, 2, start=0, size=len(stream)) + _entry("", 0) * 2
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        bytes.fromhex("D0CF11E0A1B11AE1"), b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, tables, count, 0, 4096, _END, 0, _END, 0,
    )  # fmt: skip
    places = [count + 1 + n for n in range(tables)]
    header += struct.pack("<109I", *places, *[_FREE] * (109 - tables))
    return header + stream.ljust(count * _SECTOR, b"\0") + directory + struct.pack(f"<{len(chain)}I", *chain)


def _entry(name: str, kind: int, child: int = _FREE, start: int = _END, size: int = 0) -> bytes:
    words = (name + "\0").encode("utf-16-le") if name else b""
    first = start if kind == 2 else _END
    return struct.pack("<64sHBBIII16sIQQIQ", words, len(words), kind, 1, _FREE, _FREE, child, b"", 0, 0, 0, first, size)
