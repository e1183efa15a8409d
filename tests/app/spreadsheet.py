"""A spreadsheet program of our own (试算), as strict as the worst: every figure an IEEE double, ROUND on that double.

It reads the formulas out of a workbook and nothing else, so it shares no line with what wrote them. Only what our
exports use: + - * / & and comparisons, IF MIN SUM COUNT ROUND ISNUMBER SUMPRODUCT LOOKUP COUNTIFS.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.utils import range_boundaries

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<number>\d+(?:\.\d+)?)'
    r"|(?P<range>(?:[^\s!+\-*/&=<>(),\"]+!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)"
    r"|(?P<name>[A-Z]+)(?=\()|(?P<sign><=|>=|<>|[+\-*/&=<>(),]))"
)
Node = Callable[["Sheets"], Any]


class Sheets:
    """A workbook's cells; a formula is worked out when it is asked for, once."""

    def __init__(self, book: Workbook) -> None:
        self._cells: dict[tuple[str, int, int], Any] = {
            (sheet.title, cell.row, cell.column): cell.value
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        self._done: dict[tuple[str, int, int], Any] = {}

    def formulas(self) -> list[tuple[str, int, int]]:
        return [place for place, value in self._cells.items() if isinstance(value, str) and value.startswith("=")]

    def value(self, sheet: str, row: int, column: int) -> Any:
        """A double, a text, True or False; None for an empty cell."""
        place = (sheet, row, column)
        if place not in self._done:
            raw = self._cells.get(place)
            if isinstance(raw, str) and raw.startswith("="):
                raw = parsed(raw[1:], sheet)(self)
                raw = raw[0][0] if isinstance(raw, list) else raw
            elif isinstance(raw, int | float) and not isinstance(raw, bool):
                raw = float(raw)
            self._done[place] = raw
        return self._done[place]


SHEETS: WeakKeyDictionary[Workbook, Sheets] = WeakKeyDictionary()


def sheets_of(book: Workbook) -> Sheets:
    """The workbook's cells, worked out once for all who ask. For a book that nobody changes any more."""
    if book not in SHEETS:
        SHEETS[book] = Sheets(book)
    return SHEETS[book]


def calculate(formula: str, cells: Mapping[str, Any]) -> Any:
    """One formula over cells given by address."""
    book = Workbook()
    sheet = book.worksheets[0]
    for address, value in cells.items():
        sheet[address] = value
    return parsed(formula, sheet.title)(Sheets(book))


def parsed(text: str, sheet: str) -> Node:
    tokens = [(kind, found[kind]) for found in TOKEN.finditer(text) if (kind := found.lastgroup)]
    assert sum(len(word) for _, word in tokens) == len(re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", text)), text
    reader = _Parser(tokens, sheet)
    node = reader.comparison()
    assert not reader.tokens, text
    return node


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], sheet: str) -> None:
        self.tokens, self.sheet = tokens, sheet

    def takes(self, *signs: str) -> str | None:
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return None

    def chain(self, operand: Callable[[], Node], operators: Mapping[str, Callable[[Any, Any], Any]]) -> Node:
        node = operand()
        while sign := self.takes(*operators):
            left, right, work = node, operand(), operators[sign]

            def combined(at: Sheets, left: Node = left, right: Node = right, work: Any = work) -> Any:
                return spread(work, left(at), right(at))

            node = combined
        return node

    def comparison(self) -> Node:
        compared = {"=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
        return self.chain(self.joined, compared)

    def joined(self) -> Node:
        return self.chain(self.sum, {"&": lambda left, right: shown(left) + shown(right)})

    def sum(self) -> Node:
        return self.chain(
            self.product,
            {"+": lambda a, b: number(a) + number(b), "-": lambda a, b: number(a) - number(b)},
        )

    def product(self) -> Node:
        return self.chain(self.atom, {"*": lambda a, b: number(a) * number(b), "/": lambda a, b: number(a) / number(b)})

    def atom(self) -> Node:
        kind, word = self.tokens.pop(0)
        if kind == "number":
            return lambda at: float(word)
        if kind == "text":
            return lambda at: word[1:-1].replace('""', '"')
        if kind == "range":
            return self.range(word)
        if kind == "name":
            assert self.takes("(")
            arguments = [self.comparison()]
            while self.takes(","):
                arguments.append(self.comparison())
            assert self.takes(")")
            work = FUNCTIONS[word]
            return lambda at: work(*(argument(at) for argument in arguments))
        assert word == "(", word
        node = self.comparison()
        assert self.takes(")")
        return node

    def range(self, word: str) -> Node:
        sheet, _, area = word.rpartition("!")
        left, top, right, bottom = (int(side or 0) for side in range_boundaries(area))
        name = sheet or self.sheet
        if ":" not in area:
            return lambda at: at.value(name, top, left)
        return lambda at: [
            [at.value(name, row, column) for column in range(left, right + 1)] for row in range(top, bottom + 1)
        ]


def number(value: Any) -> float:
    assert not isinstance(value, str), f"#VALUE! {value}"
    return float(value or 0)


def shown(value: Any) -> str:
    """As & shows a number: at most 15 digits."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def spread(work: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """An operator over areas, cell by cell."""
    if isinstance(left, list) and isinstance(right, list):
        return [[work(*pair) for pair in zip(*rows, strict=True)] for rows in zip(left, right, strict=True)]
    assert not isinstance(left, list) and not isinstance(right, list)
    return work(left, right)


def cells(area: Any) -> list[Any]:
    return [value for row in area for value in row] if isinstance(area, list) else [area]


def numbers(*areas: Any) -> list[float]:
    return [value for area in areas for value in cells(area) if isinstance(value, float)]


def rounded(value: float, places: float) -> float:
    """Half away from zero on the double as it is, not on the decimal one sees."""
    unit = Decimal(1).scaleb(-int(places))
    return float(Decimal(value).quantize(unit, ROUND_HALF_UP))


def looked_up(value: float, froms: Any, names: Any) -> Any:
    return [name for start, name in zip(cells(froms), cells(names), strict=True) if start <= value][-1]


def counted(*pairs: Any) -> float:
    def holds(value: Any, criterion: Any) -> bool:
        if isinstance(criterion, str) and criterion[:1] in "<>":
            limit = float(criterion[1:])
            return isinstance(value, float) and (value < limit if criterion[0] == "<" else value > limit)
        return bool(value == criterion)

    columns = [(cells(area), criterion) for area, criterion in zip(pairs[::2], pairs[1::2], strict=True)]
    rows = zip(*(area for area, _ in columns), strict=True)
    return float(sum(all(holds(value, columns[at][1]) for at, value in enumerate(row)) for row in rows))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "IF": lambda condition, yes, no: yes if condition else no,
    "MIN": lambda *areas: min(numbers(*areas)),
    "SUM": lambda *areas: sum(numbers(*areas), 0.0),
    "COUNT": lambda *areas: float(len(numbers(*areas))),
    "ROUND": rounded,
    "ISNUMBER": lambda area: (
        [[isinstance(value, float) for value in row] for row in area]
        if isinstance(area, list)
        else isinstance(area, float)
    ),
    "SUMPRODUCT": lambda area: sum(numbers(area), 0.0),
    "LOOKUP": looked_up,
    "COUNTIFS": counted,
}
