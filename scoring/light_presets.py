"""Light rules of other places laid over a book (亮灯示例): some sections of `lights` replaced, all else as it stands.

A preset is a text with `[preset] title` and whole sections `[lights.…]`; it is no book by itself.
"""

import re
import tomllib
from typing import Final

from scoring.bookedit import edited
from scoring.rulebook import RuleBookError, parse

_HEADER: Final = re.compile(r"^\[(lights\.[a-z_]+)\]\s*(?:#.*)?$")
_OWN_NAME: Final = re.compile(r"（亮灯照[^（）]*）$")


def title_of(preset: str) -> str:
    """What the preset is called: 银川2025."""
    return str(tomllib.loads(preset)["preset"]["title"])


def with_lights(text: str, preset: str) -> str:
    """The book's text with the preset's sections in place of its own and the preset named in its title.

    Raises RuleBookError when a section cannot be found in the text, or anything but the lights would change.
    """
    book = parse(text)
    lines = text.splitlines()
    for name, body in _sections(preset.splitlines()).items():
        here = next((at for at, line in enumerate(lines) if _named(line) == name), None)
        if here is None:
            raise RuleBookError(name, "这份办法没有单写这一节，不能换成示例，请改整份文本")
        lines[here + 1 : _end(lines, here)] = body
    laid = "\n".join(lines) + "\n"
    name = f"{_OWN_NAME.sub('', book.name)}（亮灯照{title_of(preset)}）"
    named = edited(laid, {"book.name": name}, source=book.source, effective_from=book.effective_from)
    before = {one.key: one.value for one in book.figures}
    after = {one.key: one.value for one in parse(named).figures}
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key) and key != "book.name" and not key.startswith("lights."):
            raise RuleBookError(key, "换亮灯规则时会被带着改变，请改整份文本")
    return named


def _named(line: str) -> str | None:
    found = _HEADER.match(line.strip())
    return None if found is None else found[1]


def _end(lines: list[str], header: int) -> int:
    """One past the section's last pair; the remarks before the next section belong to that."""
    end = header + 1
    for at in range(header + 1, len(lines)):
        line = lines[at].strip()
        if line.startswith("["):
            break
        if line and not line.startswith("#"):
            end = at + 1
    return end


def _sections(lines: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for at, line in enumerate(lines):
        if (name := _named(line)) is not None:
            found[name] = lines[at + 1 : _end(lines, at)]
    return found
