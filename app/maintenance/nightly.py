"""What the server does by itself each night (每夜维护): expiry, and where it is set, a backup and a drill of it.

The work is done by a command of its own, so that recomputing every score slows no viewer. One process of one host does
it: a lock, and a file that names the day it was done for. Off unless SANZHONG_BACKUP_DIR and _HOUR are both set;
a host with systemd can have `sanzhong nightly` started by a timer instead (docs/备份与恢复.md).
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from app.errors import Busy
from app.maintenance import folders
from app.settings import Settings

SHANGHAI = timezone(timedelta(hours=8))
LOCK, DONE = "nightly.lock", "nightly.txt"
EVERY_SECONDS = 60.0

log = logging.getLogger(__name__)


def is_on(settings: Settings) -> bool:
    return settings.backup_dir is not None and settings.backup_hour is not None


def due_day(settings: Settings, now: datetime) -> date | None:
    """The day whose night's work is to be done at this instant and has not been; None when there is none."""
    local = now.astimezone(SHANGHAI)
    if not is_on(settings) or local.hour != settings.backup_hour:
        return None
    return None if done_for(settings.home) == local.date().isoformat() else local.date()


def done_for(home: Path) -> str:
    path = home / DONE
    return path.read_text(encoding="ascii").strip() if path.exists() else ""


def claim(settings: Settings, now: datetime) -> bool:
    """Whether this process is the one to do it: the day is written down before the work, never twice."""
    with suppress(Busy), folders.alone(settings.home / LOCK, "另一个进程在做。"):
        day = due_day(settings, now)
        if day is not None:
            folders.write_whole(settings.home / DONE, f"{day.isoformat()}\n".encode())
            return True
    return False


@asynccontextmanager
async def watched(settings: Settings) -> AsyncIterator[None]:
    """While a server runs: look every minute whether it is time."""
    if not is_on(settings):
        yield
        return
    task = asyncio.create_task(watch(settings))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def watch(settings: Settings) -> None:
    while True:
        try:
            if claim(settings, datetime.now(SHANGHAI)):
                await run(settings)
        except OSError:  # a disk that is full tonight may not be tomorrow; the log and the drill's date show it
            log.exception("nightly maintenance failed")
        await asyncio.sleep(EVERY_SECONDS)


async def run(settings: Settings) -> None:
    """`sanzhong nightly` as a process of its own, at the lowest priority."""
    process = await asyncio.create_subprocess_exec(
        *("nice", "-n", "19", sys.executable, "-m", "app", "nightly"),
        env=environment(settings),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    level = logging.INFO if process.returncode == 0 else logging.ERROR
    log.log(level, "nightly maintenance", extra={"exit": process.returncode, "said": said.decode(errors="replace")})


def environment(settings: Settings) -> Mapping[str, str]:
    """This process's own, with what these settings say wherever they came from."""
    given = {
        "SANZHONG_HOME": str(settings.home),
        "SANZHONG_DATABASE_URL": settings.database_url,
        "SANZHONG_BACKUP_DIR": None if settings.backup_dir is None else str(settings.backup_dir),
    }
    return os.environ | {name: value for name, value in given.items() if value is not None}
