"""A zip archive opened without trusting what it says about itself (压缩包检查).

Every entry is inflated once, in pieces, and the bytes really produced are counted: headers may lie.
Source: SECURITY C2, C3; TECH §3.
"""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from importers.grid import Unreadable

MAX_ENTRIES = 200
MAX_ENTRY_BYTES = 50 * 1024 * 1024
MAX_TOTAL_BYTES = 100 * 1024 * 1024
MAX_RATIO = 100
RATIO_FROM_BYTES = 1024 * 1024  # a small part of blanks compresses better than 100:1 and harms nobody
# What zipfile raises on damaged archives; UnicodeDecodeError, of a damaged name, is a ValueError.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
)
_PIECE = 256 * 1024
_BROKEN = "文件已损坏，打不开，请在Excel或WPS里重新保存为.xlsx后再上传。"
_TOO_BIG = "文件解压后过大，不像正常的报表，请把要上报的表另存为新的.xlsx后再上传。"


class Archive:
    """The parts of one package by name. Names are compared without regard to case, and with forward slashes."""

    def __init__(self, content: bytes) -> None:
        """Raises Unreadable when the archive is damaged, encrypted or a bomb."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _DAMAGE as error:
            raise Unreadable(_BROKEN) from error
        entries = [info for info in self._zip.infolist() if not info.filename.endswith("/")]
        if len(entries) > MAX_ENTRIES:
            raise Unreadable(f"文件里有{len(entries)}个部件，不像正常的报表，请把要上报的表另存为新的.xlsx后再上传。")
        self._names = {_key(info.filename): info for info in entries}
        if len(self._names) < len(entries):  # one program would show the first of two, another the second
            raise Unreadable("文件里有重名的部件，分不清哪一个是真的，请在Excel或WPS里重新保存为.xlsx后再上传。")
        total = 0
        for info in entries:
            total += self._inflated_size(info, MAX_TOTAL_BYTES - total)

    def _inflated_size(self, info: zipfile.ZipInfo, left: int) -> int:
        if info.flag_bits & 0x1:
            raise Unreadable("文件已加密，请取消密码后重新上传。")
        size = 0
        for piece in self._pieces(info):
            size += len(piece)
            stretched = size > RATIO_FROM_BYTES and size > MAX_RATIO * max(info.compress_size, 1)
            if size > MAX_ENTRY_BYTES or size > left or stretched:
                raise Unreadable(_TOO_BIG)
        return size

    def _pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(info) as part:
                while piece := part.read(_PIECE):
                    yield piece
        except _DAMAGE as error:
            raise Unreadable(_BROKEN) from error

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._names

    def names(self) -> list[str]:
        return list(self._names)

    def open(self, name: str) -> IO[bytes]:
        """KeyError when there is no such part."""
        return self._zip.open(self._names[_key(name)])

    def read(self, name: str) -> bytes:
        return b"".join(self._pieces(self._names[_key(name)]))


def _key(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


def resolve(part: str, target: str) -> str:
    """The name of a relationship's target, seen from `part`."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
