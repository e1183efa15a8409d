"""The drill (恢复演练): a backup restored into scratch, every score worked out again and compared with the manifest.

Source: SECURITY F1, E2 (pg_verifybackup: "you should still perform test restores"). What came of it is kept as
last-drill.json and a line of drills.jsonl in SANZHONG_HOME, and on the trail.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database
from app.errors import DomainError, Refused
from app.maintenance import backups, folders
from app.maintenance.restoring import empty, restore, tables_of
from app.settings import Settings

LAST, HISTORY, LOCK = "last-drill.json", "drills.jsonl", "drill.lock"
SCRATCH = f"{folders.DRAFT}drill-"


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found, as it is recorded. `at` is UTC, ISO 8601; the rest are 0 where it did not get so far."""

    at: str
    ok: bool
    sentence: str
    backup: str
    seconds: float
    boards: int = 0
    scores: int = 0
    chain_number: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def drill(database: Database, settings: Settings, folder: Path, *, actor: Actor, now: datetime) -> Drill:
    """Try the backup that is newest in `folder`, or `folder` itself where it is one. Never raises what it found."""
    with (
        folders.said("演练没有做成"),
        folders.alone(settings.home / LOCK, "正有一次恢复演练在做，请等它做完。"),
    ):
        folders.sweep(settings.home, SCRATCH)
        found = tried(settings, folder, now)
        record(database, settings.home, found, actor)
    return found


def tried(settings: Settings, folder: Path, now: datetime) -> Drill:
    began = time.monotonic()
    at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    chosen = folder if (folder / backups.MANIFEST).exists() else backups.newest_in(folder)
    name = "" if chosen is None else chosen.name
    try:
        if chosen is None:
            raise Refused(f"{folder} 里没有备份，请先执行 sanzhong backup {folder}。")
        with folders.said(f"备份 {name} 没有恢复成"), scratch(settings) as elsewhere:
            restored = restore(backups.opened(chosen), elsewhere, actor=Actor.command("恢复演练"))
    except DomainError as error:
        return Drill(at, False, f"恢复演练失败：{error.message}", name, round(time.monotonic() - began, 1))
    inventory, seconds = restored.inventory, round(time.monotonic() - began, 1)
    sentence = (
        f"恢复演练通过：备份 {name} 恢复到临时位置并全部重算，{len(inventory.boards)}期榜单、{inventory.scores}个得分、"
        f"操作日志{inventory.chain_number}条与备份时一致，用时{seconds}秒。"
    )
    if inventory.faults:
        sentence = (
            f"恢复演练失败：备份 {name} 能恢复，但备份时数据就有{len(inventory.faults)}处核对不符："
            f"{inventory.faults[0]}"
        )
    return Drill(
        at,
        not inventory.faults,
        sentence,
        name,
        seconds,
        len(inventory.boards),
        inventory.scores,
        inventory.chain_number,
    )


@contextmanager
def scratch(settings: Settings) -> Iterator[Settings]:
    """An installation of its own, empty, taken away again afterwards."""
    home = settings.home / f"{SCRATCH}{secrets.token_hex(4)}"
    home.mkdir(mode=0o700)
    try:
        if settings.url().startswith("sqlite"):
            yield settings.model_copy(update={"home": home, "database_url": None})
        else:
            with scratch_database(settings) as url:
                yield settings.model_copy(update={"home": home, "database_url": url})
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def scratch_database(settings: Settings) -> Iterator[str]:
    """A database of its own on the same server; or the empty one that the settings name, emptied again."""
    if settings.drill_database_url is not None:
        given = settings.model_copy(update={"database_url": settings.drill_database_url})
        require_empty(given)
        try:
            yield given.url()
        finally:
            emptied = Database(given.url())
            empty(emptied)
            emptied.close()
        return
    name = f"sanzhong_drill_{os.getpid()}_{secrets.token_hex(4)}"
    database = Database(settings.url())
    engine = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    except DatabaseError as error:
        raise Refused(
            "数据库账号不能建临时数据库，演练没有做。请由数据库管理员执行 ALTER ROLE 账号 CREATEDB，"
            f"或建一个空数据库并设 SANZHONG_DRILL_DATABASE_URL。数据库的说明：{error.orig}"
        ) from error
    try:
        yield database.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def require_empty(settings: Settings) -> None:
    """It is emptied afterwards: a mistyped address must not cost anything."""
    database = Database(settings.url())
    try:
        if tables_of(database):
            raise Refused("SANZHONG_DRILL_DATABASE_URL 指的数据库不是空的，演练没有做。请指向一个专供演练的空数据库。")
    finally:
        database.close()


def record(database: Database, home: Path, found: Drill, actor: Actor) -> None:
    """Beside the database first: what was found must not be lost when the database cannot be written."""
    folders.write_json(home / LAST, found.to_json())
    with open(os.open(home / HISTORY, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="utf-8") as file:
        file.write(json.dumps(found.to_json(), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with database.write() as session:
        outcome = "ok" if found.ok else "refused"
        audit.append(session, actor, "maintenance.drill", target=found.backup, outcome=outcome, detail=found.to_json())
