"""Text that no spreadsheet runs (防公式注入): the one way in which anything of ours is written into a cell.

A text that begins with = + - @ (also full-width), a tab or a line break may be taken for a formula, in the workbook
or after somebody saved it as text: an apostrophe goes before it. The reader takes that apostrophe off again
(`original`), so what is exported and handed in is the same. Source: SECURITY C5, OWASP on CSV injection.

- Numbers stay numbers, negative ones too.
- A text that is plainly a negative number (-12, -1,200.5, -12 %) is written as that number, the last as -12%.
- A dash alone, the clerks' mark for nothing, stays a dash.
- What XML cannot hold (NUL and other control characters) is left out, and a line end is a line feed.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from importers.markup import ILLEGAL

if TYPE_CHECKING:  # the reader needs `original` alone
    from openpyxl.cell import Cell, MergedCell

APOSTROPHE = "'"
_DANGEROUS = re.compile(r"[' ]*[=+\-@\t\n＝＋－＠]")
_NEGATIVE = re.compile(r"(-(?:\d{1,3}(?:,\d{3})+|[1-9]\d{0,14}|0)(?:\.\d{0,9}[1-9])?)( ?%)?")
_DASHES = re.compile(r"[-－ \t\n]*")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # _x000D_ as words, not as the mark of a control character


class Written(NamedTuple):
    """What goes into a cell, and the number format it needs."""

    value: str | int | float | Decimal | bool | date | timedelta | None
    number_format: str | None = None


def written(value: Any) -> Written:
    """A value as it may stand in a cell of a file of ours. Anything but a number, date or None goes as its text."""
    if value is None or isinstance(value, bool | int | float | Decimal | datetime | date | timedelta):
        return Written(value)
    text = str(value)
    if found := _NEGATIVE.fullmatch(text):
        number = Decimal(found[1].replace(",", ""))
        return Written(number / 100, "0.##########%" if "." in found[1] else "0%") if found[2] else Written(number)
    return Written(safe(text))


def safe(text: str) -> str:
    """The text with an apostrophe before it where a program might run it."""
    bare = ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    if _DANGEROUS.match(bare) and not _DASHES.fullmatch(bare):
        return f"{APOSTROPHE}{bare}"  # also before one that is there already, which the reader would take off
    return bare


def original(text: str) -> str:
    """The text that `safe` was given."""
    return text[1:] if text.startswith(APOSTROPHE) and _DANGEROUS.match(text, 1) else text


def storable(text: str) -> str:
    """A text as the file format holds it: words that look like an escaped control character stay words."""
    return _ESCAPE.sub("_x005F_", ILLEGAL.sub("", text))


def put(cell: "Cell | MergedCell", value: Any) -> None:
    """Write a value into a cell of an openpyxl sheet."""
    found = written(value)
    cell.value = storable(found.value) if isinstance(found.value, str) else found.value
    if isinstance(found.value, str):
        cell.data_type = "s"
    if found.number_format is not None:
        cell.number_format = found.number_format
