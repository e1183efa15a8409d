"""The text of a rule book (考核办法原文): its tables read key by key, every figure noted with unit, source and date.

A figure is written `{ value = 20, unit = "%" }`; its source and effective date are those of its table, or of the table
around it, unless it names its own. Whatever is unknown, missing or out of range is refused by key and reason.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeVar

EXAMPLE: Final = "示例"  # the source of every figure that is not from the client's own text


class RuleBookError(ValueError):
    """The book cannot be used. The message is one Chinese sentence naming `key` and `reason`."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"考核办法“{key}”有误：{reason}，请更正后再启用。")
        self.key = key
        self.reason = reason


FIGURE_PLACES: Final = 4  # decimals of a figure in the book at most: sums and products of them stay exact

Value = Decimal | int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure or policy of the book as it stands there. `unit` is empty for a policy or a name."""

    key: str
    value: Value
    unit: str
    source: str
    effective_from: date


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
        self._note(key, value)
        return value

    def names(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise RuleBookError(self.inside(key), "应为文字列表")
        names = tuple(str(item) for item in value)
        self._note(key, names)
        return names

    def policy(self, key: str, choices: type[Choice]) -> Choice:
        value = self._string(key)
        self._note(key, value)
        return self.member(key, value, choices)

    def member(self, key: str, value: str, choices: type[Choice]) -> Choice:
        if value not in [choice.value for choice in choices]:
            allowed = "、".join(choice.value for choice in choices)
            raise RuleBookError(self.inside(key), f"“{value}”不在可选项（{allowed}）内")
        return choices(value)

    def number(self, key: str, unit: str, low: int, high: int) -> Decimal:
        inner, value = self._figure(key, unit)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise RuleBookError(inner.path, f"应为数字，单位{unit}")
        number = Decimal(value)
        if not number.is_finite() or not low <= number <= high:
            raise RuleBookError(inner.path, f"应在{low}—{high}{unit}之间，现为{number}")
        if number != round(number, FIGURE_PLACES):
            raise RuleBookError(inner.path, f"最多写{FIGURE_PLACES}位小数，现为{number}")
        inner._note_as(inner.path, number, unit)
        return number

    def count(self, key: str, unit: str, low: int, high: int) -> int:
        inner, value = self._figure(key, unit)
        number = inner._whole(value, unit, low, high)
        inner._note_as(inner.path, number, unit)
        return number

    def counts(self, key: str, unit: str, low: int, high: int) -> tuple[int, ...]:
        inner, value = self._figure(key, unit)
        if not isinstance(value, list):
            raise RuleBookError(inner.path, f"应为整数列表，单位{unit}")
        numbers = tuple(inner._whole(item, unit, low, high) for item in value)
        inner._note_as(inner.path, tuple(str(number) for number in numbers), unit)
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
        return value.strip()

    def _date(self, key: str, value: object) -> date:
        if type(value) is not date:
            raise RuleBookError(self.inside(key), "应为日期，如2023-01-01")
        return value

    def _figure(self, key: str, unit: str) -> tuple["Section", object]:
        """The inner table and value of `{ value = …, unit = … }`; the unit must be the one the rule is made for."""
        inner = self.section(key)
        value, stated = inner._take("value"), inner._string("unit")
        if stated != unit:
            raise RuleBookError(inner.inside("unit"), f"单位应为“{unit}”，现为“{stated}”")
        inner.refuse_unknown()
        return inner, value

    def _whole(self, value: object, unit: str, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise RuleBookError(self.path, f"应为{low}—{high}之间的整数，单位{unit}")
        return value

    def _note(self, key: str, value: Value) -> None:
        self._note_as(self.inside(key), value, "")

    def _note_as(self, path: str, value: Value, unit: str) -> None:
        self._figures.append(Figure(path, value, unit, self.own_source, self.own_effective_from))


def read(text: str, figures: list[Figure]) -> Section:
    """The whole book as one table; every figure read from it is noted in `figures`. Raises RuleBookError."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RuleBookError("全文", f"不是有效的TOML文件（{error}）") from error
    return Section("", data, None, None, figures)
