"""The text of an XML part, changed in place (就地改写): what is not touched stays as it was, to the letter.

Parsing a part into a tree and writing it again renames prefixes and drops declarations that other attributes speak of
(mc:Ignorable); Excel then calls the file damaged. Here only the tags are found, and pieces of the text replaced. The
part has been read by expat before, and has no document type: it is well-formed and holds no entities of its own.
"""

import codecs
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML cannot hold, and so no spreadsheet either.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_TAG = re.compile(
    r"<(?:!--.*?--|!\[CDATA\[.*?\]\]|\?.*?\?"
    r"|(?P<close>/?)(?P<name>[^\s/>!?]+)(?P<attributes>(?:\s+[^\s=>/]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/?))>",
    re.DOTALL,
)
_NEVER_NESTED = frozenset(("sheetData", "row"))  # nearly all of a sheet: its end is found without a look inside
_ATTRIBUTE = re.compile(r"\s([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>\s*")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_.\-]+)")


@dataclass(frozen=True, slots=True)
class Element:
    """Where one element stands in the text: `start`–`end` whole, `inner`–`inner_end` between its tags."""

    name: str  # with its prefix
    attributes_text: str
    start: int
    inner: int
    inner_end: int
    end: int

    @property
    def local(self) -> str:
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """The prefix with its colon, or nothing: what a new element beside this one must begin with."""
        return self.name[: -len(self.local)]

    @property
    def is_empty(self) -> bool:
        return self.inner == self.end

    @property
    def attributes(self) -> dict[str, str]:
        return {name: html.unescape(value[1:-1]) for name, value in _ATTRIBUTE.findall(self.attributes_text)}


def decoded(content: bytes) -> str:
    """A part's text without its declaration. Raises UnicodeDecodeError, LookupError."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16")
    else:
        named = _ENCODING.match(content.removeprefix(codecs.BOM_UTF8))
        text = content.decode(named[1].decode("ascii") if named else "utf-8")
    return _DECLARATION.sub("", text, count=1)


def encoded(text: str) -> bytes:
    return (HEAD + text).encode("utf-8")


def children(text: str, start: int, end: int) -> Iterator[Element]:
    """The elements that stand side by side in a stretch of text."""
    can_leap = "<!" not in text  # comments and CDATA may hold what looks like a tag
    at = start
    while (tag := _TAG.search(text, at, end)) is not None:
        at = tag.end()
        name = tag["name"]
        if name is None or tag["close"]:
            continue
        if tag["empty"]:
            yield Element(name, tag["attributes"], tag.start(), at, at, at)
            continue
        close = None
        if can_leap and name.rpartition(":")[2] in _NEVER_NESTED:
            place = text.find(f"</{name}", at, end)
            close = _TAG.match(text, place, end) if place >= 0 else None
        close = close or _closing(text, at, end)
        if close is None:
            return
        yield Element(name, tag["attributes"], tag.start(), at, close.start(), close.end())
        at = close.end()


def _root(text: str) -> Element:
    """The part's one element: it ends where the last tag of its name does."""
    at = 0
    while (tag := _TAG.search(text, at)) is not None and tag["name"] is None:
        at = tag.end()
    if tag is None:
        raise ValueError("a part without an element")
    close = None if tag["empty"] else _TAG.match(text, text.rindex(f"</{tag['name']}"))
    last = (tag.end(), tag.end()) if close is None else (close.start(), close.end())
    return Element(tag["name"], tag["attributes"], tag.start(), tag.end(), *last)


def _closing(text: str, start: int, end: int) -> re.Match[str] | None:
    """The tag that closes the element opened before `start`."""
    depth = 1
    for tag in _TAG.finditer(text, start, end):
        if tag["name"] is None or tag["empty"]:
            continue
        depth += -1 if tag["close"] else 1
        if depth == 0:
            return tag
    return None


def local_attribute(element: Element, name: str) -> str:
    """An attribute whatever its prefix (r:id); "" when it is not there."""
    return next((value for key, value in element.attributes.items() if key.rpartition(":")[2] == name), "")


def namespace(element: Element) -> str:
    """The namespace that an element declares for its own prefix; "" when it does not."""
    prefix = element.prefix.rstrip(":")
    return element.attributes.get(f"xmlns:{prefix}" if prefix else "xmlns", "")


def with_attributes(tag: str, **changed: str | int | None) -> str:
    """An element's text with attributes of its first tag set, or left out where None."""
    close = _TAG.match(tag)
    assert close is not None
    kept = "".join(f" {name}={value}" for name, value in _ATTRIBUTE.findall(close["attributes"]) if name not in changed)
    new = "".join(f" {name}={quoteattr(str(value))}" for name, value in changed.items() if value is not None)
    return f"<{close['name']}{kept}{new}{close['empty']}>{tag[close.end() :]}"


def text_element(words: str) -> str:
    """Words as the content of an element: escaped, and without what XML cannot hold."""
    return escape(ILLEGAL.sub("", words))


class Part:
    """One part's text and the changes to it. Places are those of the text as it was; changes must not overlap."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._changes: list[tuple[int, int, int, str]] = []
        self.root = _root(text)
        self._of_root = list(children(text, self.root.inner, self.root.inner_end))

    def children(self, element: Element | None = None) -> Iterable[Element]:
        return self._of_root if element is None else children(self.text, element.inner, element.inner_end)

    def child(self, name: str, element: Element | None = None) -> Element | None:
        return next((found for found in self.children(element) if found.local == name), None)

    def source(self, element: Element) -> str:
        return self.text[element.start : element.end]

    def replace(self, start: int, end: int, new: str, rank: int = 0) -> None:
        """`rank` orders what is put in at one and the same place."""
        self._changes.append((start, end, rank, new))

    def set_attributes(self, element: Element, **changed: str | int | None) -> None:
        """Change the first tag alone."""
        tag = self.text[element.start : element.inner]
        self.replace(element.start, element.inner, with_attributes(tag, **changed))

    def append(self, element: Element, new: str, **changed: str | int | None) -> None:
        """Put `new` behind the element's children, and set attributes of its tag."""
        if element.is_empty:
            tag = with_attributes(self.source(element), **changed)
            self.replace(element.start, element.end, f"{tag[:-2]}>{new}</{element.name}>")
            return
        if changed:
            self.set_attributes(element, **changed)
        self.replace(element.inner_end, element.inner_end, new)

    def insert(self, name: str, new: str, order: Sequence[str]) -> None:
        """Put a new child of the root called `name` where the schema's order wants it."""
        before = set(order[: order.index(name) + 1])
        place = self.root.inner
        for found in self.children():
            if found.local in before:
                place = found.end
        if self.root.is_empty:
            self.append(self.root, new)
        else:
            self.replace(place, place, new, order.index(name))

    @property
    def is_changed(self) -> bool:
        return bool(self._changes)

    def result(self) -> str:
        pieces: list[str] = []
        at = 0
        for start, end, _, new in sorted(self._changes, key=lambda change: change[:3]):
            pieces += (self.text[at:start], new)
            at = end
        return "".join((*pieces, self.text[at:]))
