"""The text of a rule book (考核办法原文): its tables read key by key, every figure noted with unit, source and date.

A figure is written `{ value = 20, unit = "%" }`; its source and effective date are those of its table, or of the table
around it, unless it names its own. Whatever is unknown, missing or out of range is refused by key and reason.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeVar

EXAMPLE: Final = "示例"  # the source of every figure that is not from the client's own text
LONGEST_TEXT: Final = 100_000  # characters of a book: ten times the shipped one
LONGEST_LINE: Final = 1_000  # a key of thousands of parts takes the TOML reader minutes
LONGEST_NAME, LONGEST_SOURCE = 60, 200


class RuleBookError(ValueError):
    """The book cannot be used. The message is one Chinese sentence naming `key` and `reason`."""

    def __init__(self, key: str, reason: str) -> None:
        key = _short(key, 80)
        super().__init__(f"考核办法“{key}”有误：{reason}，请更正后再启用。")
        self.key = key
        self.reason = reason


FIGURE_PLACES: Final = 4  # decimals of a figure in the book at most: sums and products of them stay exact

Value = Decimal | int | str | tuple[str, ...]


class ValueKind(StrEnum):
    """What may stand at a key."""

    NUMBER = "number"  # with at most FIGURE_PLACES decimals
    COUNT = "count"  # a whole number
    COUNTS = "counts"  # whole numbers
    POLICY = "policy"  # one of the choices
    POLICIES = "policies"  # some of the choices, in order
    NAMES = "names"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the parser accepts at a key; `low` and `high`, both included, are None for what is no number."""

    kind: ValueKind
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure or policy of the book as it stands there. `unit` is empty for a policy or a name."""

    key: str
    value: Value
    unit: str
    source: str
    effective_from: date
    allowed: Allowed


def sum_to_100(key: str, values: Sequence[Decimal], what: str) -> None:
    if (total := sum(values, Decimal(0))) != 100:
        raise RuleBookError(key, f"{what}合计应为100，现为{total:f}")


def unique(key: str, names: Sequence[str]) -> None:
    if len(set(names)) != len(names):
        raise RuleBookError(key, "名称重复")


Choice = TypeVar("Choice", bound=StrEnum)


class Section:
    """One table of the book, read key by key; what has not been read at the end is unknown and refused."""

    def __init__(
        self,
        path: str,
        data: Mapping[str, object],
        source: str | None,
        effective_from: date | None,
        figures: list[Figure],
    ) -> None:
        self.path = path
        self._data = data
        self._unread = set(data)
        self._figures = figures
        self._source = source
        self._effective_from = effective_from
        if path and "source" in data:
            self._source = self._string("source")
        if path and "effective_from" in data:
            self._effective_from = self._date("effective_from", self._take("effective_from"))

    def inside(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        return key in self._data

    def has_table(self, key: str) -> bool:
        return isinstance(self._data.get(key), dict)

    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in self._data if key not in ("source", "effective_from"))

    @property
    def own_source(self) -> str:
        if self._source is None:
            raise RuleBookError(self.inside("source"), "缺少出处，来自原文的写文件名，其余写“示例”")
        return self._source

    @property
    def own_effective_from(self) -> date:
        if self._effective_from is None:
            raise RuleBookError(self.inside("effective_from"), "缺少生效日期")
        return self._effective_from

    def section(self, key: str) -> "Section":
        value = self._take(key)
        if not isinstance(value, dict):
            raise RuleBookError(self.inside(key), "应为一节（表）")
        return Section(self.inside(key), value, self._source, self._effective_from, self._figures)

    def sections(self, key: str) -> tuple["Section", ...]:
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise RuleBookError(self.inside(key), "应为若干节（表的列表）")
        return tuple(
            Section(f"{self.inside(key)}[{number}]", item, self._source, self._effective_from, self._figures)
            for number, item in enumerate(value, start=1)
        )

    def text(self, key: str) -> str:
        value = self._string(key)
        self._note(key, value, Allowed(ValueKind.TEXT))
        return value

    def names(self, key: str, choices: type[StrEnum] | None = None) -> tuple[str, ...]:
        """Names, none of them blank or repeated. With `choices`, `member` reads each and the caller judges repeats."""
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise RuleBookError(self.inside(key), "应为文字列表")
        names = tuple(self.line(key, item, LONGEST_NAME) for item in value)
        if choices is None:
            unique(self.inside(key), names)
        kind = ValueKind.NAMES if choices is None else ValueKind.POLICIES
        self._note(key, names, Allowed(kind, choices=_values(choices)))
        return names

    def policy(self, key: str, choices: type[Choice]) -> Choice:
        value = self._string(key)
        self._note(key, value, Allowed(ValueKind.POLICY, choices=_values(choices)))
        return self.member(key, value, choices)

    def member(self, key: str, value: str, choices: type[Choice]) -> Choice:
        if value not in _values(choices):
            raise RuleBookError(self.inside(key), f"“{_short(value, 40)}”不在可选项（{'、'.join(_values(choices))}）内")
        return choices(value)

    def number(self, key: str, unit: str, low: int, high: int) -> Decimal:
        inner, value = self._figure(key, unit)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise RuleBookError(inner.path, f"应为数字，单位{unit}")
        number = Decimal(value)
        shown = _short(str(value), 20)
        if not number.is_finite() or not low <= number <= high:
            raise RuleBookError(inner.path, f"应在{low}—{high}{unit}之间，现为{shown}")
        if number != round(number, FIGURE_PLACES):
            raise RuleBookError(inner.path, f"最多写{FIGURE_PLACES}位小数，现为{shown}")
        number = _tidy(number)
        inner._note_as(inner.path, number, unit, Allowed(ValueKind.NUMBER, low, high))
        return number

    def count(self, key: str, unit: str, low: int, high: int) -> int:
        inner, value = self._figure(key, unit)
        number = inner._whole(value, unit, low, high)
        inner._note_as(inner.path, number, unit, Allowed(ValueKind.COUNT, low, high))
        return number

    def counts(self, key: str, unit: str, low: int, high: int) -> tuple[int, ...]:
        inner, value = self._figure(key, unit)
        if not isinstance(value, list):
            raise RuleBookError(inner.path, f"应为整数列表，单位{unit}")
        numbers = tuple(inner._whole(item, unit, low, high) for item in value)
        allowed = Allowed(ValueKind.COUNTS, low, high)
        inner._note_as(inner.path, tuple(str(number) for number in numbers), unit, allowed)
        return numbers

    def share(self, key: str) -> Fraction:
        """A percentage of the book, as a ratio."""
        return Fraction(self.number(key, "%", 0, 100)) / 100

    def refuse_unknown(self) -> None:
        if self._unread:
            raise RuleBookError(self.inside(min(self._unread)), "是未知的键")

    def _take(self, key: str) -> object:
        if key not in self._data:
            raise RuleBookError(self.inside(key), "缺少这一项")
        self._unread.discard(key)
        return self._data[key]

    def _string(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise RuleBookError(self.inside(key), "应为文字")
        return self.line(key, value, LONGEST_SOURCE if key == "source" else LONGEST_NAME)

    def line(self, key: str, value: str, longest: int) -> str:
        """One line of text that a table or a sentence can hold."""
        line = value.strip()
        if not line or not line.isprintable() or len(line) > longest:
            raise RuleBookError(self.inside(key), f"应为一行文字，不超过{longest}字，不含换行和控制字符")
        return line

    def _date(self, key: str, value: object) -> date:
        if type(value) is not date:
            raise RuleBookError(self.inside(key), "应为日期，如2023-01-01")
        return value

    def _figure(self, key: str, unit: str) -> tuple["Section", object]:
        """The inner table and value of `{ value = …, unit = … }`; the unit must be the one the rule is made for."""
        inner = self.section(key)
        value, stated = inner._take("value"), inner._string("unit")
        if stated != unit:
            raise RuleBookError(inner.inside("unit"), f"单位应为“{unit}”，现为“{_short(stated, 20)}”")
        inner.refuse_unknown()
        return inner, value

    def _whole(self, value: object, unit: str, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise RuleBookError(self.path, f"应为{low}—{high}之间的整数，单位{unit}")
        return value

    def _note(self, key: str, value: Value, allowed: Allowed) -> None:
        self._note_as(self.inside(key), value, "", allowed)

    def _note_as(self, path: str, value: Value, unit: str, allowed: Allowed) -> None:
        self._figures.append(Figure(path, value, unit, self.own_source, self.own_effective_from, allowed))


def read(text: str, figures: list[Figure]) -> Section:
    """The whole book as one table; every figure read from it is noted in `figures`. Raises RuleBookError."""
    return Section("", _tables(text), None, None, figures)


_PLACE = re.compile(r"\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")
_TWICE = ("Cannot overwrite a value", "Cannot declare", "Cannot redefine namespace", "Duplicate inline table key")


def _tables(text: str) -> dict[str, object]:
    """The TOML as tables and values, numbers exact. Whatever a reader of TOML may stumble over is one sentence."""
    if len(text) > LONGEST_TEXT:
        raise RuleBookError("全文", f"有{len(text)}个字符，超过{LONGEST_TEXT}个，不像一份考核办法")
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise RuleBookError("全文", f"有一行超过{LONGEST_LINE}个字符，请分行写")
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise RuleBookError("全文", "含有不成字的半个字符，请用UTF-8保存")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        where = "文末" if found is None or found["line"] is None else f"第{found['line']}行第{found['column']}个字符处"
        what = "重复写了同一个键或同一节" if str(error).startswith(_TWICE) else "写法不对"
        raise RuleBookError("全文", f"不是有效的TOML文件（{where}{what}）") from error
    except ArithmeticError as error:  # an exponent greater than Python reads
        raise RuleBookError("全文", "有一个数字太长，不像考核办法里的数") from error
    except RecursionError as error:
        raise RuleBookError("全文", "括号套得太深，不像考核办法") from error


def _short(text: str, length: int) -> str:
    """What somebody wrote, short enough for a sentence, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _values(choices: type[StrEnum] | None) -> tuple[str, ...]:
    return () if choices is None else tuple(choice.value for choice in choices)


def _tidy(number: Decimal) -> Decimal:
    """The same number as a clerk writes it: no exponent, no minus before zero, four decimals at most."""
    exponent = number.as_tuple().exponent
    if not number or (isinstance(exponent, int) and (exponent > 0 or exponent < -FIGURE_PLACES)):
        whole = int(number)
        return Decimal(whole) if number == whole else round(number, FIGURE_PLACES).normalize()
    return number
