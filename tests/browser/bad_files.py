"""Files that no import may take (坏文件), each as a person would hand it in by mistake."""

import struct

from tests.app.sheets import Cells, month_sheet, workbook

MEGABYTE = 1024 * 1024
SECTOR = 512
FREE, END, IS_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STORAGE, STREAM, ROOT_ENTRY = 1, 2, 5
HEADINGS = ("序号", "项目名称", "累计完成投资", "形象进度")
LINE: Cells = (1, "华丰铝板带技改", 8950, "设备调试")


def text() -> bytes:
    return "各位领导：本月项目进展顺利，详细情况见附件。\n".encode() * 20


def password_protected() -> bytes:
    """What is saved under a password: a compound file around an encrypted package ([MS-OFFCRYPTO])."""
    header = struct.pack(
        "<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0, END, 0
    ) + struct.pack("<109I", 0, *[FREE] * 108)
    table = struct.pack("<128I", IS_TABLE, END, *[FREE] * 126)
    directory = b"".join(
        (
            entry("Root Entry", ROOT_ENTRY, child=1),
            entry("EncryptionInfo", STREAM, right=2),
            entry("EncryptedPackage", STREAM),
            entry("", 0),
        )
    )
    return header + table + directory + bytes(4 * SECTOR)


def entry(name: str, kind: int, *, right: int = FREE, child: int = FREE) -> bytes:
    """One directory entry of a compound file; its stream is empty."""
    written = (name + "\0").encode("utf-16-le") if name else b""
    black, left = 1, FREE
    return struct.pack("<64sHBB3I16xI16xIQ", written, len(written), kind, black, left, right, child, 0, END, 0)


def without_names() -> bytes:
    return workbook("2023年11月收支情况表", ("科目", "金额"), [("差旅", 12)])


def empty() -> bytes:
    return b""


def too_big() -> bytes:
    return b"PK\x03\x04" + bytes(5 * MEGABYTE)


def unreadable_number() -> bytes:
    return month_sheet(11, [LINE, (2, "红日光伏发电", "详见附件", "并网发电")], HEADINGS)
