"""Text tables (.csv, 制表符分隔) into one plain sheet. Encodings: UTF-8, UTF-16, GB 18030, with or without a mark."""

import codecs
import csv
import io
import re

from importers.grid import Sheet, Unreadable, Workbook

_GUARDED = re.compile(r'^="([^"]*)"$')  # ="007", as programs write it to keep a code's zeros
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(content: bytes, name: str) -> Workbook:
    """Raises Unreadable when the bytes are no text in these encodings. Every value is text; codes keep their zeros."""
    text = decode(content)
    if text is None:
        raise Unreadable("这不是Excel工作簿，也不是能读的文本表格，请把表格存为.xlsx后再上传。")
    sheet = Sheet(name)
    reader = csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=_delimiter(text))
    try:
        lines = list(reader)
        if lines.pop() != [_END]:  # swallowed by a quotation mark that nobody closed
            line = len(lines) + 1
            raise Unreadable(f"文本表格第{line}行起有引号没有成对，分不清后面的内容，请另存为.xlsx后再上传。")
        for row, values in enumerate(lines, start=1):
            for column, value in enumerate(values, start=1):
                if value.strip():
                    sheet.put(row, column, _GUARDED.sub(r"\1", value))
    except csv.Error as error:
        raise Unreadable("文本表格的格式有误，请在Excel或WPS里另存为.xlsx后再上传。") from error
    return Workbook("csv", [sheet])


_END = "\0end"  # no text that is read holds a NUL


def decode(content: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    for encoding in ("utf-8", "gb18030"):
        if (text := _decoded(content, encoding)) is not None:
            return text
    if content[1:200:2].count(0) > 20 or content[:200:2].count(0) > 20:  # Latin letters and marks, two bytes each
        return _decoded(content, "utf-16-le" if content[1:200:2].count(0) > 20 else "utf-16-be")
    return None


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if any(ord(mark) < 32 and mark not in "\t\r\n\f" for mark in text) else text


def _delimiter(text: str) -> str:
    head = text[:4000].splitlines()[:20]
    counts = {mark: sum(line.count(mark) for line in head) for mark in ",\t;，"}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","
