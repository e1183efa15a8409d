"""The parts of an .xlsx package, to be changed and written again (部件): what is not touched keeps its very bytes.

Only for packages that `archive.Archive` has looked through: nothing is limited here.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from importers import markup
from importers.archive import resolve

_CONTENT_TYPES = "[Content_Types].xml"
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same file gives the same bytes


@dataclass(frozen=True, slots=True)
class Relationship:
    id: str
    type: str
    kind: str  # the last word of its type: comments, vmlDrawing
    target: str  # the part's name


class Package:
    """Parts by name, compared without regard to case, and with forward slashes. Text only where it is asked for."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [info for info in archive.infolist() if not info.is_dir()]
            self._parts = {_key(info.filename): (info.filename, archive.read(info)) for info in entries}

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._parts

    def text(self, name: str) -> str:
        """KeyError when there is no such part."""
        return markup.decoded(self._parts[_key(name)][1])

    def put(self, name: str, text: str) -> None:
        """Replace a part, or add one."""
        key = _key(name)
        written = self._parts[key][0] if key in self._parts else name
        is_drawing = key.endswith(".vml")  # Excel writes those without a declaration
        self._parts[key] = (written, text.encode("utf-8") if is_drawing else markup.encoded(text))

    def free_name(self, pattern: str) -> str:
        """The first of comments1.xml, comments2.xml, … that is not taken. `pattern` holds one {}."""
        number = 1
        while pattern.format(number) in self:
            number += 1
        return pattern.format(number)

    # ------------------------------------------------------------------------------------------- relationships

    def relationships(self, part: str) -> Iterator[Relationship]:
        name = _relationships_of(part)
        if name not in self:
            return
        found = markup.Part(self.text(name))
        for element in found.children():
            attributes = element.attributes
            if attributes.get("TargetMode") != "External":
                type_ = attributes.get("Type", "")
                target = resolve(part, attributes.get("Target", ""))
                yield Relationship(attributes.get("Id", ""), type_, type_.rpartition("/")[2], target)

    def relate(self, part: str, type_: str, target: str) -> str:
        """Add a relationship; its id."""
        name = _relationships_of(part)
        if name not in self:
            space = "http://schemas.openxmlformats.org/package/2006/relationships"
            self.put(name, f'<Relationships xmlns="{space}"></Relationships>')
        rels = markup.Part(self.text(name))
        taken = {element.attributes.get("Id") for element in rels.children()}
        number = 1
        while (identifier := f"rIdMark{number}") in taken:
            number += 1
        tag = f'<{rels.root.prefix}Relationship Id="{identifier}" Type="{type_}" Target="/{target}"/>'
        rels.append(rels.root, tag)
        self.put(name, rels.result())
        return identifier

    # ------------------------------------------------------------------------------------------- content types

    def declare(self, part: str, content_type: str) -> None:
        types = markup.Part(self.text(_CONTENT_TYPES))
        prefix = types.root.prefix
        if part.endswith(".vml"):
            known = any(
                element.local == "Default" and element.attributes.get("Extension", "").lower() == "vml"
                for element in types.children()
            )
            if known:
                return
            tag = f'<{prefix}Default Extension="vml" ContentType="{content_type}"/>'
            types.replace(types.root.inner, types.root.inner, tag)
        else:
            types.append(types.root, f'<{prefix}Override PartName="/{part}" ContentType="{content_type}"/>')
        self.put(_CONTENT_TYPES, types.result())

    def content(self) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            first = _key(_CONTENT_TYPES)
            for key in sorted(self._parts, key=lambda key: key != first):
                name, data = self._parts[key]
                info = zipfile.ZipInfo(name.replace("\\", "/").lstrip("/"), _STAMP)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
        return stream.getvalue()


def _key(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


def _relationships_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
