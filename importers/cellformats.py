"""The cell formats of a package, with colours for what was found wrong (底色): each remembers what it covered.

A mark is a solid fill of a colour nobody picks by hand. What the cell was filled with before lies in the same fill as
its background colour, which a solid fill does not show and Excel and WPS keep: so a mark comes off again, also after
the clerk saved the file. Source: ECMA-376 part 1, §18.8.
"""

from functools import cached_property

from importers import markup
from importers.markup import Element, Part
from importers.package import Package

COLOURS = {"error": "FFFFC3C1", "question": "FFFFE18B", "notice": "FFCDE6FD", "heading": "FFE9E0F3"}
MARKED = frozenset(COLOURS.values())

_ORDER = "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst".split()
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_NO_COLOUR = 'indexed="64"'
_EMPTY = (
    '<styleSheet xmlns="{}"><fonts count="1"><font><sz val="11"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    "<left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>'
)


class CellFormats:
    """Formats by number, as the `s` of a cell names them. New ones are written by `save`."""

    def __init__(self, package: Package, name: str | None, namespace: str) -> None:
        self._package = package
        self.is_new = name is None
        self.name = name or package.free_name("xl/styles{}.xml")
        self._part = Part(_EMPTY.format(namespace) if name is None else package.text(name))
        self._prefix = self._part.root.prefix
        self._fills_element = self._part.child("fills")
        self._formats_element = self._part.child("cellXfs")
        self._fills = self._sources(self._fills_element)
        self._formats = self._sources(self._formats_element) or [f"<{self._prefix}xf/>"]
        self._known = (len(self._fills), len(self._formats) if self._formats_element else 0)

    def _sources(self, element: Element | None) -> list[str]:
        return [] if element is None else [self._part.source(found) for found in self._part.children(element)]

    def painted(self, number: int, colour: str) -> int:
        """The format that is this one under a mark's colour."""
        return self._filled(number, self._solid(f'rgb="{COLOURS[colour]}"', self._colour_of(number) or _NO_COLOUR))

    @cached_property
    def covered(self) -> dict[int, int]:
        """Every format that is a mark, and the format that it covered."""
        found: dict[int, int] = {}
        for number in range(len(self._formats)):
            colour = self._mark_of(number)
            if colour is not None:
                fill = 0 if "indexed" in colour else self._solid(colour, _NO_COLOUR)
                found[number] = self._filled(number, fill)
        return found

    def is_heading(self, number: int) -> bool:
        """Whether it is the format of our own column's heading."""
        fill = self._fill_of(number)
        return fill is not None and f'rgb="{COLOURS["heading"]}"' in fill

    def save(self) -> None:
        fills, formats = self._fills[self._known[0] :], self._formats[self._known[1] :]
        for name, element, new, count in (
            ("fills", self._fills_element, fills, len(self._fills)),
            ("cellXfs", self._formats_element, formats, len(self._formats)),
        ):
            if element is not None:
                if new:
                    self._part.append(element, "".join(new), count=count)
            else:
                text = f'<{self._prefix}{name} count="{count}">{"".join(new)}</{self._prefix}{name}>'
                self._part.insert(name, text, _ORDER)
        if self.is_new:
            self._package.declare(self.name, _CONTENT_TYPE)
        self._package.put(self.name, self._part.result())

    def _mark_of(self, number: int) -> str | None:
        """The colour that a mark covered, as attributes; None when the format is no mark."""
        fill = self._fill_of(number)
        if fill is None or not any(f'rgb="{colour}"' in fill for colour in MARKED):
            return None
        background = _colour(fill, "bgColor")
        return background or _NO_COLOUR

    def _colour_of(self, number: int) -> str | None:
        """The colour of a solid fill, as attributes; other patterns are not remembered."""
        fill = self._fill_of(number)
        return _colour(fill, "fgColor") if fill is not None and 'patternType="solid"' in fill else None

    def _fill_of(self, number: int) -> str | None:
        if number >= len(self._formats):
            return None
        element = next(markup.children(self._formats[number], 0, len(self._formats[number])))
        fill = int(element.attributes.get("fillId", "0") or 0)
        return self._fills[fill] if fill < len(self._fills) else None

    def _solid(self, colour: str, background: str) -> int:
        p = self._prefix
        text = (
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor {colour}/><{p}bgColor {background}/>'
            f"</{p}patternFill></{p}fill>"
        )
        return _place(self._fills, text)

    def _filled(self, number: int, fill: int) -> int:
        base = self._formats[number] if number < len(self._formats) else self._formats[0]
        return _place(self._formats, markup.with_attributes(base, fillId=fill, applyFill=1))


def _colour(fill: str, name: str) -> str | None:
    """A fill's colour element as the text of its attributes."""
    outer = next(markup.children(fill, 0, len(fill)))
    pattern = next(markup.children(fill, outer.inner, outer.inner_end), None)
    if pattern is None:
        return None
    inside = markup.children(fill, pattern.inner, pattern.inner_end)
    return next((found.attributes_text.strip() for found in inside if found.local == name), None)


def _place(texts: list[str], text: str) -> int:
    """Where a text stands in the list; added when it is new."""
    if text not in texts:
        texts.append(text)
    return texts.index(text)
