"""What a number format makes of a number (单元格格式): a percentage, a unit, a date and how exact, a duration.

Source: ECMA-376 part 1, §18.8.30; the same codes serve .xlsx and .xls.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from importers.grid import Percent, exact

Kind = Literal["number", "percent", "万元", "亿元", "year", "month", "day", "duration"]
# A spreadsheet's dates are of no zone: the calendar day that the clerk sees.
EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001

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


_UNIT = re.compile(r'[0#?](?:_.|\s)*"?\s*(万|亿)元?\s*"?(?:;|$)')  # 0.0"亿元"; 0!.0,"万" shows another number
_SCALED = re.compile(r"[0#?],(?:[^0#?]|$)|!\.")
WITH_UNIT = frozenset({"万元", "亿元"})


def format_kind(number: int, code: str | None) -> Kind:
    """What a number format says about its number: yyyy"年"m"月" is a date known to the month."""
    if code is None:
        return _BUILT_IN.get(number, "number")
    bare = _LITERAL.sub("", code).split(";")[0].lower()
    if "%" in bare:
        return "percent"
    if "general" in bare or "g/通用格式" in bare or "0" in bare or "#" in bare or "?" in bare:
        if not ("y" in bare or "d" in bare):
            unit = _UNIT.search(code)
            if unit is None or _SCALED.search(code):
                return "number"
            return "万元" if unit[1] == "万" else "亿元"
    if "[h" in bare or "[m" in bare or "[s" in bare:
        return "duration"
    if "d" in bare:
        return "day"
    if "y" in bare:
        return "month" if "m" in bare else "year"
    if "h" in bare or "s" in bare:
        return "duration"
    return "month" if "m" in bare else "number"


def moment(epoch: datetime, serial: float) -> datetime:
    """A serial as a date; Excel's 1900 has a 29 February, so serials 1–59 are one day later than counted."""
    if epoch.year == 1899 and 1 <= serial < 60:
        serial += 1
    return epoch + timedelta(days=int(serial), seconds=round(serial % 1 * 86_400))


def with_unit(number: float, unit: str) -> str:
    """The number as the cell shows it: 1.2 under 0.0"亿元" is 1.2亿元."""
    return f"{exact(number):f}{unit}"


def percent(ratio: float) -> Percent:
    return Percent(exact(ratio) * Decimal(100))
