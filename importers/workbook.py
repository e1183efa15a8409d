"""Bytes into a plain workbook, the type told by content and never by name (打开工作簿).

`open_workbook` does the work in the present process; outside tests it is reached through `worker`, which runs it in a
child process with limits.
"""

from importers import delimited, spreadsheet2003, spreadsheetml, webpages
from importers.archive import Archive
from importers.grid import Unreadable, Workbook

MAX_BYTES = 5 * 1024 * 1024

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_OTHERS = (
    (b"%PDF", "PDF文件"),
    (b"{\\rtf", "RTF文档"),
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"Rar!", "RAR压缩包"),
    (b"7z\xbc\xaf", "7z压缩包"),
    (b"\x1f\x8b", "gzip压缩包"),
    (b"MIME-Version:", "单个文件网页（.mht）"),
    (b"ID;P", "SYLK格式的文件（.slk）"),
    (b"TABLE\r\n0,1", "DIF格式的文件（.dif）"),
    (b"TABLE\n0,1", "DIF格式的文件（.dif）"),
    (b"SQLite format 3", "数据库文件"),
)


def open_workbook(content: bytes, filename: str) -> Workbook:
    """Raises Unreadable with one sentence when this is no workbook we read."""
    if not content:
        raise Unreadable("文件是空的（0字节），请检查后重新上传。")
    if len(content) > MAX_BYTES:
        raise Unreadable(f"文件有{len(content) / 1024 / 1024:.1f}MB，超过5MB，请只留要上报的表，删去图片后重新上传。")
    if content.startswith(b"PK\x03\x04"):
        return _from_archive(Archive(content))
    if content.startswith(b"PK"):
        raise Unreadable("这是空的或分卷的压缩包，不是Excel工作簿，请把表格存为.xlsx后再上传。")
    if content.startswith(_OLE):
        from importers import legacy  # heavy, and seldom needed

        return legacy.read(content)
    for magic, kind in _OTHERS:
        if content.startswith(magic):
            raise Unreadable(f"这是{kind}，不是Excel工作簿，请把表格存为.xlsx后再上传。")
    if content[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08"):
        raise Unreadable("这是很早的Excel格式，读不了，请在Excel或WPS里另存为.xlsx后再上传。")
    name = filename.rpartition(".")[0] or filename or "文本"
    return _markup(content, name) or delimited.read(content, name)


def _from_archive(archive: Archive) -> Workbook:
    names = archive.names()
    if "mimetype" in archive and b"opendocument" in archive.read("mimetype")[:200]:
        raise Unreadable("这是OpenDocument格式（.ods），请在Excel或WPS里另存为.xlsx后再上传。")
    if any(name.endswith("workbook.bin") for name in names):
        raise Unreadable("这是二进制格式（.xlsb），请在Excel或WPS里另存为.xlsx后再上传。")
    if any(name.startswith("word/") for name in names):
        raise Unreadable("这是Word文档，不是Excel工作簿，请把表格存为.xlsx后再上传。")
    if any(name.startswith("ppt/") for name in names):
        raise Unreadable("这是演示文稿，不是Excel工作簿，请把表格存为.xlsx后再上传。")
    if any(name.startswith("index/") or name.endswith(".iwa") for name in names):
        raise Unreadable("这是苹果Numbers文件，请导出为.xlsx后再上传。")
    if "xl/workbook.xml" not in archive and "_rels/.rels" not in archive:
        raise Unreadable("这是压缩包，不是Excel工作簿，请解压后上传里面的.xlsx文件。")
    return spreadsheetml.read(archive)


def _markup(content: bytes, name: str) -> Workbook | None:
    """A page with a table; None when this is no markup. Raises Unreadable for any other kind."""
    text = delimited.decode(content)
    head = (text or content[:4000].decode("latin-1"))[:4000].lstrip().lower()
    if not head.startswith("<"):
        return None
    if spreadsheet2003.NAMESPACE in head:
        return spreadsheet2003.read(content if text is None else text)
    if "<html" in head or "<table" in head or "<!doctype html" in head:
        if text is None:
            raise Unreadable("这是网页格式的表格（HTML），文字编码读不出，请在Excel或WPS里打开后另存为.xlsx再上传。")
        return webpages.read(text, name)
    raise Unreadable("这是XML文件，不是Excel工作簿，请把表格存为.xlsx后再上传。")
