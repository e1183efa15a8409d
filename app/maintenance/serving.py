"""Whether the server runs on a home folder (是否正在运行): each of its processes holds a shared lock there."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Busy

LOCK = "serving.lock"


@contextmanager
def in_use(home: Path) -> Iterator[None]:
    """Held while a process serves; gone with the process, however it ends."""
    with open(os.open(home / LOCK, os.O_CREAT | os.O_RDONLY, 0o600), "rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def require_stopped(home: Path) -> None:
    """Busy while the server runs there: it would go on writing into files that are no longer the installation's."""
    if not (home / LOCK).exists():
        return
    with (home / LOCK).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"平台正在运行（{home}），没有恢复。请先停止平台，再恢复。") from error
