"""Files and folders that are there whole or not at all (写全或不写), locks, and what a failed write says.

A name is given only to what is complete and on the disk: written under a draft's name, synced, renamed, and the folder
that holds the name synced. Whatever a killed process leaves behind still has its draft's name and is swept next time.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DatabaseError

from app.errors import Busy, Refused

DRAFT = ".draft-"  # before the name of what is not complete
CHUNK = 1024 * 1024
REASONS = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "文件超过了允许的大小",
    errno.EROFS: "磁盘是只读的",
    errno.EACCES: "没有写的权限",
    errno.EPERM: "没有写的权限",
    errno.ENOENT: "文件夹不存在",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EIO: "磁盘读写出错",
}


def reason(error: OSError) -> str:
    """Why the system refused, in words, and the path it was about."""
    words = REASONS.get(error.errno or 0, error.strerror or str(error))
    return f"{words}（{error.filename}）" if error.filename else words


@contextmanager
def said(what: str) -> Iterator[None]:
    """Turn a failing disk or database into one sentence that begins with `what`."""
    try:
        yield
    except OSError as error:
        raise Refused(f"{what}：{reason(error)}。请处理后再试。") from error
    except (sqlite3.Error, DatabaseError) as error:
        raise Refused(f"{what}：数据库不能读写（{getattr(error, 'orig', None) or error}）。请处理后再试。") from error


@contextmanager
def alone(lock: Path, busy: str) -> Iterator[None]:
    """Hold a lock file; Busy with this sentence when another process has it. A killed process holds nothing."""
    with open(os.open(lock, os.O_CREAT | os.O_RDWR, 0o600), "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(busy) from error
        yield


def sync(path: Path) -> None:
    """Make what stands at the path, a file or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """The file with this content, or as it was before."""
    draft = path.with_name(f"{DRAFT}{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    write_whole(path, as_json(content))


def as_json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A draft folder that gets the target's name once the block has come through; else nothing of it stays."""
    draft = target.with_name(f"{DRAFT}{target.name}")
    draft.mkdir(mode=0o700)
    try:
        yield draft
        for path in draft.iterdir():
            sync(path)
        sync(draft)
        if target.exists():
            raise Refused(f"{target} 已经存在，不覆盖。请稍后再试。")
        draft.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sweep(folder: Path, prefix: str) -> None:
    """Remove what killed processes left under draft names. Call it while holding the folder's lock."""
    for left in folder.glob(f"{prefix}*"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def remove_folder(folder: Path) -> None:
    """Take the name away first: a removal cut short must leave no folder that looks like a backup."""
    doomed = folder.with_name(f"{DRAFT}removed-{folder.name}")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def sha256_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def size_of(count: int) -> str:
    """Bytes in words."""
    return f"{count / CHUNK:.1f}MB" if count >= CHUNK else f"{count / 1024:.1f}KB"


def require_space(folder: Path, needed: int, what: str) -> None:
    """Refused when the disk plainly cannot take it, before anything is begun."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(
            f"{what}：{folder} 所在的磁盘只剩{size_of(free)}，约需{size_of(needed)}。请先清理磁盘，或换一个位置。"
        )
