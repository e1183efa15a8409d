"""Comments on the cells of one sheet (批注): ours are added to the clerk's own, and come off again without them.

A comment is a text in one part and a drawn box in another (VML); a sheet names both. Ours begin with `SEPARATOR`, so
that they are known again after Excel or WPS saved the file. Source: ECMA-376 part 1 §18.7, part 4 §19.
"""

import re
from collections.abc import Mapping

from importers import markup
from importers.grid import cell_name
from importers.markup import Part
from importers.package import Package

SEPARATOR = "—— 系统核对 ——"
AUTHOR = "三重一大平台"

_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_RELATIONS = {
    False: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    True: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
_SHAPES = re.compile(r"<((?:\w+:)?)shape\s.*?</\1shape>", re.DOTALL)
_PLACE = re.compile(r"<(?:\w+:)?(Row|Column)>\s*(\d+)\s*<")
_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_NEW_DRAWING = f'<xml {_NAMESPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
_BOX_TYPE = (
    f'<v:shapetype {_NAMESPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_BREAKS = re.compile(r"(?:[\r\n]|&#(?:10|13|x[aAdD]);|_x000[aAdD]_)+$")
_LETTERS_A_LINE = 18  # Chinese letters in a box of three columns


def has_remarks(package: Package, sheet_name: str) -> bool:
    """Whether a sheet carries comments of ours."""
    found = _targets(package, sheet_name).get("comments")
    return found is not None and SEPARATOR in package.text(found)


def remark(package: Package, sheet_name: str, sheet: Part, texts: Mapping[tuple[int, int], str]) -> str | None:
    """Take our comments off and put `texts` on, by (row, column). The id of a new drawing for the sheet to name."""
    names = {cell_name(row, column): (row, column) for row, column in texts}
    targets = _targets(package, sheet_name)
    is_strict = "purl.oclc.org" in sheet.root.attributes_text
    name = targets.get("comments")
    if name is None:
        if not texts:
            return None
        name = package.free_name("xl/comments{}.xml")
        package.declare(name, _COMMENTS)
        package.relate(sheet_name, f"{_RELATIONS[is_strict]}/comments", name)
        space = markup.namespace(sheet.root)
        package.put(name, f'<comments xmlns="{space}"><authors></authors><commentList></commentList></comments>')
    comments = _Comments(Part(package.text(name)))
    removed, added = comments.change({cell: texts[place] for cell, place in names.items()})
    package.put(name, comments.part.result())
    drawing = _drawing(package, sheet_name, sheet)
    identifier = None
    if drawing is None:
        if not added:
            return None
        drawing = package.free_name("xl/drawings/vmlDrawing{}.vml")
        package.declare(drawing, _DRAWING)
        identifier = package.relate(sheet_name, f"{_RELATIONS[is_strict]}/vmlDrawing", drawing)
        package.put(drawing, _NEW_DRAWING)
    boxes = {names[cell]: texts[names[cell]] for cell in added}
    package.put(drawing, _redrawn(package.text(drawing), removed, boxes))
    return identifier


def link(identifier: str, sheet: Part) -> str:
    """The element by which a sheet names its drawing of comments."""
    namespace = _RELATIONS["purl.oclc.org" in sheet.root.attributes_text]
    return f'<{sheet.root.prefix}legacyDrawing xmlns:r="{namespace}" r:id="{identifier}"/>'


def _targets(package: Package, sheet_name: str) -> dict[str, str]:
    found = (relation for relation in package.relationships(sheet_name) if relation.target in package)
    return {relation.kind: relation.target for relation in found}


def _drawing(package: Package, sheet_name: str, sheet: Part) -> str | None:
    element = sheet.child("legacyDrawing")
    if element is None:
        return None
    relations = {relation.id: relation.target for relation in package.relationships(sheet_name)}
    name = relations.get(markup.local_attribute(element, "id"))
    return name if name is not None and name in package else None


class _Comments:
    """The part of the texts."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def change(self, texts: Mapping[str, str]) -> tuple[set[str], list[str]]:
        """Cells that have no comment any more, and cells that have one now and had none."""
        part = self.part
        written = part.child("commentList")
        if written is None:
            raise ValueError("a part of comments without a list")
        prefix = part.root.prefix
        removed: set[str] = set()
        standing: set[str] = set()
        for comment in part.children(written):
            cell = comment.attributes.get("ref", "").replace("$", "").upper()
            source = part.source(comment)
            kept = _without_ours(source)
            if cell in texts:
                close = f"</{prefix}text>"
                if kept is not None and close in kept:
                    head, _, tail = kept.rpartition(close)
                    kept = f"{head}{_run(prefix, chr(10) + texts[cell])}{close}{tail}"
                    standing.add(cell)
            if kept is None:
                removed.add(cell)
            if kept != source:
                part.replace(comment.start, comment.end, kept or "")
        added = [cell for cell in texts if cell not in standing]
        author = self._author() if added else 0
        new = "".join(
            f'<{prefix}comment ref="{cell}" authorId="{author}"><{prefix}text>{_run(prefix, texts[cell])}'
            f"</{prefix}text></{prefix}comment>"
            for cell in added
        )
        if new:
            part.append(written, new)
        return removed, added

    def _author(self) -> int:
        authors = self.part.child("authors")
        if authors is None:
            raise ValueError("a part of comments without authors")
        names = [self.part.text[found.inner : found.inner_end] for found in self.part.children(authors)]
        if AUTHOR not in names:
            names.append(AUTHOR)
            prefix = self.part.root.prefix
            self.part.append(authors, f"<{prefix}author>{AUTHOR}</{prefix}author>")
        return names.index(AUTHOR)


def _run(prefix: str, words: str) -> str:
    text = markup.text_element(words)
    return f'<{prefix}r><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}r>'


def _without_ours(comment: str) -> str | None:
    """A comment's text up to where ours begins; None when nothing but ours is in it."""
    at = comment.find(SEPARATOR)
    if at < 0:
        return comment
    head = _BREAKS.sub("", comment[:at])
    opened = re.search(r"<((?:\w+:)?)t(?:\s[^>]*)?>$", head)
    outer = next(markup.children(comment, 0, len(comment)))
    prefix = outer.prefix
    end = comment.rindex(f"</{prefix}text>")
    if opened:  # ours is a run of its own
        head = head[: opened.start()]
        head = re.sub(
            rf"<{prefix}r>(?:<{prefix}rPr>(?:(?!</{prefix}rPr>).)*</{prefix}rPr>)?$", "", head, flags=re.DOTALL
        )
    else:  # Excel joined it to the clerk's
        in_run = head.rfind(f"<{prefix}r>") > head.rfind(f"</{prefix}r>")
        head += f"</{prefix}t>" + (f"</{prefix}r>" if in_run else "")
    words = re.sub(r"<[^>]*>", "", head)
    return f"{head}{comment[end:]}" if words.strip() else None


def _redrawn(drawing: str, removed: set[str], boxes: Mapping[tuple[int, int], str]) -> str:
    """The drawing without the boxes of removed comments and with new ones. Only its text is touched: Excel's own
    drawings are not always well-formed."""

    def keep(found: re.Match[str]) -> str:
        place = dict(_PLACE.findall(found[0]))
        if {"Row", "Column"} <= place.keys():
            cell = cell_name(int(place["Row"]) + 1, int(place["Column"]) + 1)
            if cell in removed:
                return ""
        return found[0]

    drawing = _SHAPES.sub(keep, drawing)
    taken = [int(number) for number in re.findall(r"_x0000_s(\d+)", drawing)]
    first = max([1024, *taken]) + 1
    shapes = "".join(
        _shape(first + place, row, column, words) for place, ((row, column), words) in enumerate(boxes.items())
    )
    if shapes and 'id="_x0000_t202"' not in drawing:
        shapes = _BOX_TYPE + shapes
    end = drawing.rindex("</xml>")
    return f"{drawing[:end]}{shapes}{drawing[end:]}"


def _shape(number: int, row: int, column: int, words: str) -> str:
    lines = sum(1 + len(line) // _LETTERS_A_LINE for line in words.split("\n")) + 1
    anchor = (column, 15, max(row - 2, 0), 10, column + 3, 15, max(row - 2, 0) + max(lines, 4), 4)
    return (
        f'<v:shape {_NAMESPACES} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;'
        'margin-left:80pt;margin-top:5pt;width:210pt;height:80pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" '
        'o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
        '</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{', '.join(map(str, anchor))}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )
