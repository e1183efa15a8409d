"""Plain arithmetic on a row's own cells (公式未计算), for formulas that no program has calculated.

Only + - * / %, brackets, numbers, and SUM and ROUND over cells of the same row; everything else is left to the sender.
"""

import re
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from fractions import Fraction

from importers.cells import is_blank
from importers.grid import Formula, Sheet, Value, column_number, exact

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|\$?([A-Za-z]{1,3})\$?(\d{1,7})|(SUM|ROUND)(?=\()|([-+*/%():,]))", re.IGNORECASE
)
_DEPTH = 20


def evaluate(text: str, row: int, sheet: Sheet) -> Decimal | None:
    """The formula's value, or None when it is not plain arithmetic on this row or has no value (division by zero)."""
    try:
        value = _Arithmetic(text, row, sheet, 0).value()
    except (_NotPlainError, ZeroDivisionError, InvalidOperation, DivisionByZero, OverflowError, RecursionError):
        return None
    with localcontext() as context:
        context.prec = 20
        return Decimal(value.numerator) / Decimal(value.denominator)


class _NotPlainError(Exception):
    pass


class _Arithmetic:
    """A recursive-descent reading of one formula."""

    def __init__(self, text: str, row: int, sheet: Sheet, depth: int) -> None:
        if depth > _DEPTH or len(text) > 500:
            raise _NotPlainError
        self._row, self._sheet, self._depth = row, sheet, depth
        self._tokens: list[tuple[str, ...]] = []
        body = text.strip().lstrip("=").rstrip()
        position = 0
        while position < len(body):
            found = _TOKEN.match(body, position)
            if found is None:
                raise _NotPlainError
            self._tokens.append(tuple(group or "" for group in found.groups()))
            position = found.end()
        self._next = 0

    def value(self) -> Fraction:
        result = self._sum()
        if self._next != len(self._tokens):
            raise _NotPlainError
        return result

    def _mark(self) -> str:
        return self._tokens[self._next][4] if self._next < len(self._tokens) else ""

    def _take(self, mark: str) -> None:
        if self._mark() != mark:
            raise _NotPlainError
        self._next += 1

    def _sum(self) -> Fraction:
        result = self._product()
        while self._mark() in ("+", "-"):
            sign = 1 if self._mark() == "+" else -1
            self._next += 1
            result += sign * self._product()
        return result

    def _product(self) -> Fraction:
        result = self._share()
        while self._mark() in ("*", "/"):
            divide = self._mark() == "/"
            self._next += 1
            other = self._share()
            result = result / other if divide else result * other
        return result

    def _share(self) -> Fraction:
        """A factor, or so many per cent: D3*50%."""
        result = self._factor()
        while self._mark() == "%":
            self._next += 1
            result /= 100
        return result

    def _factor(self) -> Fraction:
        if self._mark() in ("+", "-"):
            sign = -1 if self._mark() == "-" else 1
            self._next += 1
            return sign * self._factor()
        if self._mark() == "(":
            self._next += 1
            result = self._sum()
            self._take(")")
            return result
        if self._next >= len(self._tokens):
            raise _NotPlainError
        number, letters, line, function, _ = self._tokens[self._next]
        self._next += 1
        if number:
            return Fraction(number)
        if letters:
            return self._cell(letters, line)
        if function:
            return self._added() if function.upper() == "SUM" else self._rounded()
        raise _NotPlainError

    def _added(self) -> Fraction:
        self._take("(")
        total = Fraction(0)
        while True:
            if self._is_range():
                first, last = self._tokens[self._next], self._tokens[self._next + 2]
                self._next += 3
                if int(first[2]) != self._row or int(last[2]) != self._row:
                    raise _NotPlainError
                for column in range(column_number(first[1]), min(column_number(last[1]), 16_384) + 1):
                    value = self._sheet.value(self._row, column)
                    if not isinstance(value, str):  # SUM passes over words
                        total += self._number(value)
            else:
                total += self._sum()
            if self._mark() != ",":
                break
            self._next += 1
        self._take(")")
        return total

    def _rounded(self) -> Fraction:
        self._take("(")
        size = self._sum()
        self._take(",")
        places = self._sum()
        self._take(")")
        if places.denominator != 1 or not -10 <= places <= 10:
            raise _NotPlainError
        scale = Fraction(10) ** int(places)
        whole = (abs(size) * scale + Fraction(1, 2)).__floor__()
        return (whole if size >= 0 else -whole) / scale

    def _is_range(self) -> bool:
        here = self._tokens[self._next : self._next + 3]
        return len(here) == 3 and bool(here[0][1]) and here[1][4] == ":" and bool(here[2][1])

    def _cell(self, letters: str, line: str) -> Fraction:
        if int(line) != self._row:
            raise _NotPlainError
        return self._number(self._sheet.value(self._row, column_number(letters)))

    def _number(self, value: Value | None) -> Fraction:
        if value is None or (is_blank(value) and value == ""):
            return Fraction(0)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Fraction(exact(value))
        if isinstance(value, Formula):
            return _Arithmetic(value.text, self._row, self._sheet, self._depth + 1).value()
        raise _NotPlainError
