"""A book's text with some of its figures changed, all else left as written: comments, order, spacing (改办法的数字).

Only the value at each key is replaced in the text, so that what somebody wrote beside it stays, and a comparison of
two versions shows what was changed. The result is read again and held against what was asked for.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from scoring.rulebook import Figure, RuleBook, RuleBookError, ValueKind, parse

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_SEPARATORS: Final = re.compile(r"[，,、；;\n]+")
_KEY: Final = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_STRING: Final = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL)
_BARE: Final = re.compile(r"[^,\]}#\n]+")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")

Span = tuple[int, int]


def edited(text: str, changes: Mapping[str, str], *, source: str, effective_from: date) -> str:
    """The text with the figures at the keys of `changes` set to what was typed for them.

    A changed figure of the form { value = …, unit = … } gets `source` and `effective_from` of its own; a policy keeps
    those of its section. A tier's start takes the next lower tier's end with it.
    Raises RuleBookError naming the key: no such key, or not a value of its kind; `text` itself must be a sound book.
    """
    book = parse(text)
    figures = {figure.key: figure for figure in book.figures}
    wanted = {key: _literal(_figure(figures, key), typed) for key, typed in with_ends_of_tiers(book, changes).items()}
    spans = dict(_Scanner(text).spans())
    pieces: list[tuple[Span, str]] = []
    for key, literal in wanted.items():
        if f"{key}.value" not in spans:
            pieces.append((spans[key], literal))
            continue
        own = {"source": json.dumps(source, ensure_ascii=False), "effective_from": effective_from.isoformat()}
        joint = ", " if key in spans else "\n"
        added = "".join(f"{joint}{name} = {written}" for name, written in own.items() if f"{key}.{name}" not in spans)
        pieces.append((spans[f"{key}.value"], literal + added))
        pieces += [(spans[f"{key}.{name}"], written) for name, written in own.items() if f"{key}.{name}" in spans]
    changed = text
    for (start, end), written in sorted(pieces, reverse=True):
        changed = changed[:start] + written + changed[end:]
    _hold(text, changed, wanted)
    return changed


def with_ends_of_tiers(book: RuleBook, changes: Mapping[str, str]) -> dict[str, str]:
    """The changes, and with a tier's new start the end of the tier below it, unless that is changed as well."""
    found = dict(changes)
    ends = {
        figure.value: figure.key for figure in book.figures if re.fullmatch(r"ranking\.tiers\[\d+\]\.below", figure.key)
    }
    for figure in book.figures:
        if figure.key in changes and re.fullmatch(r"ranking\.tiers\[\d+\]\.from", figure.key) and figure.value in ends:
            found.setdefault(ends[figure.value], changes[figure.key])
    return found


def _figure(figures: Mapping[str, Figure], key: str) -> Figure:
    if key not in figures:
        raise RuleBookError(key, "这份办法里没有这一项，不能改")
    return figures[key]


def _literal(figure: Figure, typed: str) -> str:
    """What was typed, as TOML. RuleBookError when it cannot be of the figure's kind."""
    text, kind = typed.strip(), figure.allowed.kind
    if kind in (ValueKind.NUMBER, ValueKind.COUNT):
        if not _NUMBER.fullmatch(text):
            raise RuleBookError(figure.key, f"应为数字，单位{figure.unit}，现为“{text[:20]}”")
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text.lstrip("+"))
        whole, point, decimals = digits.partition(".")
        return f"{sign}{int(whole)}{point}{decimals}"
    parts = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    if kind is ValueKind.COUNTS:
        if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
            raise RuleBookError(figure.key, f"应为若干整数，用顿号隔开，单位{figure.unit}")
        return f"[{', '.join(str(int(part)) for part in parts)}]"
    if kind in (ValueKind.NAMES, ValueKind.POLICIES):
        return f"[{', '.join(_quoted(part) for part in parts)}]"
    return _quoted(text)


def _quoted(text: str) -> str:
    """A TOML string; what is not printable is escaped and then refused by the parser."""
    return "".join(
        one if one.isprintable() else f"\\u{ord(one) % 0x10000:04x}" for one in json.dumps(text, ensure_ascii=False)
    )


def _hold(before: str, after: str, wanted: Mapping[str, str]) -> None:
    """RuleBookError when anything but the wanted values, and their sources and dates, has become another."""
    try:
        old, new = (
            dict(_flat("", tomllib.loads(before, parse_float=Decimal))),
            dict(_flat("", tomllib.loads(after, parse_float=Decimal))),
        )
    except tomllib.TOMLDecodeError as error:
        raise RuleBookError(next(iter(wanted)), "这一项的写法不能在网页上改，请改整份文本") from error
    touched = {f"{key}{end}" for key in wanted for end in ("", ".value", ".source", ".effective_from")}
    for path in old.keys() | new.keys():
        if old.get(path) != new.get(path) and path not in touched:
            raise RuleBookError(path, "改别的项时会被带着改变，请改整份文本")


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, start=1):
            yield from _flat(f"{path}[{number}]", item)
    else:
        yield path, value


class _Scanner:
    """Where each value of a TOML text stands, by its path as figures are named. The text must be valid TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.counts: dict[str, int] = {}  # of lists of tables

    def spans(self) -> Iterator[tuple[str, Span]]:
        around = ""
        self._take(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                self.at += 2
                around = self._header("]]", is_list=True)
            elif self.text.startswith("[", self.at):
                self.at += 1
                around = self._header("]", is_list=False)
            else:
                yield from self._pair(around)
            self._take(_BLANK)

    def _header(self, end: str, *, is_list: bool) -> str:
        *before, last = self._dotted()
        self.at += len(end)
        path = ""
        for name in before:
            path = self._current(f"{path}.{name}" if path else name)
        path = f"{path}.{last}" if path else last
        if is_list:
            self.counts[path] = self.counts.get(path, 0) + 1
        return self._current(path)

    def _current(self, path: str) -> str:
        return f"{path}[{self.counts[path]}]" if path in self.counts else path

    def _dotted(self) -> list[str]:
        names = []
        while True:
            self._take(_BLANK)
            name = self._take(_KEY)
            names.append(str(tomllib.loads(f"x = {name}")["x"]) if name[:1] in ("'", '"') else name)
            self._take(_BLANK)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _pair(self, around: str) -> Iterator[tuple[str, Span]]:
        path = ".".join([around, *self._dotted()] if around else self._dotted())
        self.at += 1  # =
        yield from self._value(path)

    def _value(self, path: str) -> Iterator[tuple[str, Span]]:
        self._take(_BLANK)
        start = self.at
        opening = self.text[start]
        if opening in "{[":
            self.at += 1
            place = 0
            self._take(_BLANK)
            while self.text[self.at] not in "}]":
                place += 1
                yield from self._pair(path) if opening == "{" else self._value(f"{path}[{place}]")
                self._take(_BLANK)
                if self.text[self.at] == ",":
                    self.at += 1
                self._take(_BLANK)
            self.at += 1
        elif opening in "\"'":
            self._take(_STRING)
        else:
            self.at = start + len(self._take(_BARE).rstrip())
        yield path, (start, self.at)

    def _take(self, what: re.Pattern[str]) -> str:
        found = what.match(self.text, self.at)
        taken = "" if found is None else found[0]
        self.at += len(taken)
        return taken
