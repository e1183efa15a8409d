"""Putting a backup back (恢复): checked first, worked out again after, in place only when both agree.

On SQLite everything happens in a draft folder beside the place, and the database's name is given last. On PostgreSQL
the rows go in in one transaction; what does not come to the same is taken out again.
"""

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect, text
from sqlmodel import col, select

from app import migrations
from app.accounts.models import SignInSession
from app.audit import protection
from app.audit import service as audit
from app.audit.service import WITNESS, Actor
from app.database import Database, open_database
from app.errors import Refused
from app.maintenance import backups, folders, serving, snapshots
from app.maintenance.backups import Backup
from app.maintenance.recomputation import Inventory, differences, inventory_of
from app.settings import Settings

DRAFT = f"{folders.DRAFT}restore-"
SETTINGS_THEN = "settings-at-backup.json"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back and found the same. `lost` entries of the trail came after the backup (None: not known)."""

    backup: Backup
    inventory: Inventory
    seconds: float
    set_aside: str = ""
    lost: int | None = None
    upgraded_from: str = ""

    @property
    def sentence(self) -> str:
        found = self.inventory
        said = [
            f"已从备份 {self.backup.name} 恢复并全部重算：{len(found.boards)}期榜单、{found.scores}个得分、"
            f"操作日志{found.chain_number}条与备份时一致，用时{self.seconds:.1f}秒。"
        ]
        if self.upgraded_from:
            said.append(f"数据库已从版本 {self.upgraded_from} 升级。")
        if self.set_aside:
            said.append(f"原有数据移到 {self.set_aside}，核对无误后可自行删除。")
        if self.lost:
            said.append(f"备份之后还有{self.lost}条操作没有恢复，请按其原始表重新导入。")
        if found.faults:
            said.append(f"备份时就有{len(found.faults)}处核对不符，请执行 sanzhong verify 查看。")
        said.append("所有登录已失效，请重新登录。")
        return "".join(said)


def restore(backup: Backup, settings: Settings, *, replace: bool = False, actor: Actor | None = None) -> Restored:
    """Restore into the installation of the settings, which must be empty unless it is to be replaced.

    Refused, with the place as it was, when a byte of the backup differs, when the server runs on the place, or when
    anything comes out otherwise than it was. The command `restore` is on the restored trail, all sessions are ended.
    """
    began = time.monotonic()
    backups.check(backup)
    kind = backup.manifest["database"]
    migrations.require_known(backup.inventory.revision)
    with folders.said("恢复没有做成，原来的数据没有动"):
        database = open_database(settings)
        try:
            if database.is_sqlite != (kind == snapshots.SQLITE):
                theirs = "SQLite" if kind == snapshots.SQLITE else "PostgreSQL"
                raise Refused(f"这份备份来自 {theirs}，只能恢复到 {theirs}，请核对 SANZHONG_DATABASE_URL。")
            serving.require_stopped(settings.home)
            into = into_sqlite if database.is_sqlite else into_postgresql
            seen = audit.read_witness(settings.home) if (settings.home / WITNESS).exists() else None
            found, set_aside = into(backup, settings, database, replace, actor or Actor.command())
        finally:
            database.close()
    expected = backup.inventory
    return Restored(
        backup=backup,
        inventory=found,
        seconds=time.monotonic() - began,
        set_aside=set_aside,
        lost=None if seen is None else max(0, seen[0] - expected.chain_number),
        upgraded_from=expected.revision if expected.revision != found.revision else "",
    )


def into_sqlite(
    backup: Backup, settings: Settings, database: Database, replace: bool, actor: Actor
) -> tuple[Inventory, str]:
    place = database.path
    if place.exists() and not replace:
        raise Refused(
            f"{settings.home} 里已有数据，没有恢复。要换掉它请加 --replace（先把原有数据移到一旁）；"
            "只想看看请用 --into 指定一个空文件夹。"
        )
    folders.sweep(place.parent, DRAFT)
    folders.require_space(place.parent, int(backup.size * 1.5), "没有恢复，原来的数据没有动")
    draft = place.parent / f"{DRAFT}{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    try:
        scratch = Database(f"sqlite:///{draft / place.name}", draft)
        try:
            found = fill(backup, scratch, draft, actor)
        finally:
            scratch.close()
        snapshots.settle(scratch.path)
        folders.sync(scratch.path)
        set_aside = keep_old(settings.home, place)
        put_files(backup, settings.home, draft)
        scratch.path.replace(place)
        folders.sync(place.parent)
        return found, set_aside
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def into_postgresql(
    backup: Backup, settings: Settings, database: Database, replace: bool, actor: Actor
) -> tuple[Inventory, str]:
    set_aside = ""
    if tables_of(database):
        if not replace:
            raise Refused(
                "这个数据库里已有数据，没有恢复。请建一个空数据库并改 SANZHONG_DATABASE_URL；"
                "要换掉它请加 --replace（先把原有数据移到一旁）。"
            )
        require_nobody_connected(database)
        set_aside = rename_schema(database)
    draft = settings.home / f"{DRAFT}{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    try:
        found = fill(backup, Database(database.url.render_as_string(hide_password=False), draft), draft, actor)
        old_files = keep_old(settings.home, None)
        put_files(backup, settings.home, draft)
        return found, "、".join(part for part in (set_aside, old_files) if part)
    except BaseException:
        empty(database)
        if set_aside:
            rename_schema_back(database, set_aside)
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def fill(backup: Backup, database: Database, home: Path, actor: Actor) -> Inventory:
    """Put everything back, upgrade, recompute, compare; then end the sessions and note it on the trail."""
    if (backup.folder / WITNESS).exists():
        shutil.copyfile(backup.folder / WITNESS, home / WITNESS)
    expected = backup.inventory
    snapshots.put_back(database, backup.manifest["database"], expected.revision, backup.folder)
    migrations.upgrade(database, without_backup=True)
    with database.read() as session:
        found = inventory_of(session)
    said = differences(expected, found)
    if said:
        raise Refused(f"恢复后与备份时有{len(said)}处不同，没有采用：{'；'.join(said[:5])}", detail=said)
    with database.write() as session:
        for signed_in in session.exec(select(SignInSession).where(col(SignInSession.is_revoked).is_(False))):
            signed_in.is_revoked = True
            session.add(signed_in)
        detail = {"backup": backup.name, "chain_number": expected.chain_number, "boards": len(expected.boards)}
        audit.append(session, actor, "maintenance.restore", target=backup.name, detail=detail)
    return found


# ---- what was there before ------------------------------------------------------------------------------------------


def keep_old(home: Path, database: Path | None) -> str:
    """A second name for the old database and witness, in a folder of their own: the first one is then written over,
    so that at no moment there is neither."""
    if database is not None and database.exists():
        with suppress(sqlite3.Error):  # no database any more: kept as it is, with its log
            snapshots.settle(database)
    logs = [] if database is None else [database.with_name(f"{database.name}{ending}") for ending in ("-wal", "-shm")]
    named = [home / WITNESS, *([] if database is None else [database])]
    there = [path for path in (*logs, *named) if path.exists()]
    if not there:
        return ""
    aside = home / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    aside.mkdir(mode=0o700)
    for path in there:
        if path in logs:  # must not be taken for the new one's
            path.rename(aside / path.name)
        else:
            os.link(path, aside / path.name)
    folders.sync(aside)
    return str(aside)


def put_files(backup: Backup, home: Path, draft: Path) -> None:
    """What lies beside the database: the trail's outside head, and the settings as they were, to be compared."""
    folders.write_json(home / SETTINGS_THEN, backup.settings())
    folders.sync(draft / WITNESS)
    (draft / WITNESS).replace(home / WITNESS)


def tables_of(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(inspect(session.connection()).get_table_names())


def change_schema(database: Database, make: Callable[[str], list[str]]) -> None:
    """Run statements on the schema that tables are made in, in one transaction."""
    engine = migrations.migration_engine(database)
    try:
        with engine.begin() as connection:
            name = connection.execute(text("SELECT current_schema()")).scalar_one()
            for statement in make(connection.dialect.identifier_preparer.quote(name)):
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def rename_schema(database: Database) -> str:
    aside = f"replaced_{datetime.now(UTC):%Y%m%dt%H%M%S%fz}"
    change_schema(database, lambda name: [f"ALTER SCHEMA {name} RENAME TO {aside}", f"CREATE SCHEMA {name}"])
    return f"模式 {aside}"


def rename_schema_back(database: Database, set_aside: str) -> None:
    aside = set_aside.removeprefix("模式 ")
    change_schema(database, lambda name: [f"DROP SCHEMA {name}", f"ALTER SCHEMA {aside} RENAME TO {name}"])


def empty(database: Database) -> None:
    """Take out what was put into a database that was found empty: the guards' functions outlive their tables."""
    tables = ", ".join(tables_of(database))
    drop = [f"DROP TABLE {tables} CASCADE"] if tables else []
    with database.read() as session:
        functions = protection.functions(session.connection())
    change_schema(database, lambda _: [*drop, *(f"DROP FUNCTION {name}" for name in functions)])


def require_nobody_connected(database: Database) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with database.read() as session:
        others = session.connection().execute(text(query)).scalar_one()
    if others:
        raise Refused(f"还有{others}个连接在用这个数据库，没有恢复。请先停止所有主机上的平台，再恢复。")
