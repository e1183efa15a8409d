"""Files made to do harm (恶意文件), as small as they come."""

import io
import zipfile
from collections.abc import Callable

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>'
)
BOOK_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def package(sheet: bytes | str, extra: Callable[[zipfile.ZipFile], None] | None = None) -> bytes:
    """A minimal .xlsx around one worksheet part."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", BOOK_RELATIONS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        if extra is not None:
            extra(archive)
    return stream.getvalue()


def cells(*found: str) -> str:
    """A worksheet of these <c> elements."""
    return f"<worksheet {MAIN}><sheetData><row>{''.join(found)}</row></sheetData></worksheet>"


def text(reference: str, words: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{words}</t></is></c>'


def zip_bomb(megabytes: int) -> bytes:
    """A worksheet that inflates to this size out of nearly nothing."""
    return package(f"<worksheet {MAIN}><sheetData>".encode() + b" " * (megabytes * 1024 * 1024))


def entity_bomb() -> bytes:
    """Ten entities, each ten times the one before (billion laughs)."""
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    sheet = (
        f"<!DOCTYPE x [{''.join(lines)}]><worksheet {MAIN}><sheetData><row><c t='inlineStr'><is><t>&a9;</t></is></c>"
    )
    return package(f"{sheet}</row></sheetData></worksheet>")


def lying_size() -> bytes:
    """An entry whose header says 10 bytes and which holds far more."""
    content = bytearray(package(cells(text("A1", "项目名称" * 5000))))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    name = b"xl/worksheets/sheet1.xml"
    local = info.header_offset
    central = content.rindex(b"PK\x01\x02", 0, content.rindex(name))
    content[local + 22 : local + 26] = (10).to_bytes(4, "little")
    content[central + 24 : central + 28] = (10).to_bytes(4, "little")
    return bytes(content)
