"""The file that comes with an appeal (佐证材料): small, of a kind that cannot run, told by its content.

Source: SECURITY C2, C6. It is kept by app/evidence, never opened here, and only ever handed out as a download.
"""

from dataclasses import dataclass
from pathlib import PurePath

from app.errors import Refused, TooLarge

LONGEST_NAME = 100
SIGNATURES: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"%PDF-", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", (".png",)),
    (b"\xff\xd8\xff", (".jpg", ".jpeg")),
)
OFFICE_PARTS = ((b"word/document.xml", ".docx"), (b"xl/workbook.xml", ".xlsx"))
KINDS = "PDF、JPG、PNG、DOCX、XLSX"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be kept: its name carries the ending of what it is."""

    name: str
    content: bytes


def attachment(filename: str, content: bytes, limit_bytes: int) -> Attachment:
    """The file as it may be kept. TooLarge over the limit; Refused when empty, of another kind, or with macros."""
    if len(content) > limit_bytes:
        raise TooLarge(limit_bytes, what="佐证材料", cure="请压缩，或分成几份后只交最要紧的一份")
    if not content:
        raise Refused("佐证材料是空文件，请重新选择。")
    endings = _endings(content)
    if not endings:
        raise Refused(f"佐证材料只收{KINDS}，“{_plain(filename)}”不是，请另存为PDF或拍照后再交。")
    name = _plain(filename)
    if PurePath(name).suffix.lower() not in endings:
        name += endings[0]
    return Attachment(name, content)


def _endings(content: bytes) -> tuple[str, ...]:
    for signature, endings in SIGNATURES:
        if content.startswith(signature):
            return endings
    if not content.startswith(b"PK\x03\x04") or b"[Content_Types].xml" not in content:
        return ()
    if b"vbaProject.bin" in content:
        raise Refused("佐证材料带有宏，不能收。请另存为不带宏的文件或PDF后再交。")
    return tuple(ending for part, ending in OFFICE_PARTS if part in content)


def _plain(filename: str) -> str:
    """The last part of a name a browser sent, without characters that steer a terminal or a header."""
    name = "".join(letter for letter in PurePath(filename.replace("\\", "/")).name if letter.isprintable())
    suffix = PurePath(name).suffix
    return f"{PurePath(name).stem[: LONGEST_NAME - len(suffix)]}{suffix}" if name else "佐证材料"
