"""Bringing a database to this version's tables (数据库升级), new or filled, on both engines.

Source: TECH §5, §10. An upgrade has a connection of its own, one transaction, a lock against a second upgrade, and a
backup first when there is anything to lose. A changed model gets a revision of its own after the newest one, made on
an empty database brought up to it, then read through and given what must happen to the rows that are there:

    export SANZHONG_HOME=$(mktemp -d); .venv/bin/alembic -c app/migrations/alembic.ini upgrade head
    .venv/bin/alembic -c app/migrations/alembic.ini revision --autogenerate --rev-id 0003 -m "what it is for"
    .venv/bin/ruff check --fix-only --quiet app/migrations; .venv/bin/ruff format app/migrations
"""

import fcntl
import logging
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine
from sqlalchemy.pool import NullPool

from app.audit import protection
from app.audit import service as audit
from app.columns import metadata
from app.database import Database, open_database, sqlite_engine
from app.errors import Refused
from app.settings import ROOT, Settings

HERE = Path(__file__).resolve().parent
VERSIONS = [HERE / "versions"]  # a test adds tomorrow's
ADVISORY_LOCK = 7_305_003_001  # any number, the same in every process
BACKUPS = "backups"

log = logging.getLogger(__name__)


def upgrade(target: Settings | Database, *, without_backup: bool = False) -> bool:
    """Bring the database to the newest revision; True when something was done.

    Refused, naming the cure, when the database is of a later version than this program, when no backup can be made,
    or when a foreign key would dangle afterwards; the database is then as it was.
    """
    if isinstance(target, Settings):
        without_backup = without_backup or target.upgrade_without_backup
        database = open_database(target)
        try:
            return upgrade(database, without_backup=without_backup)
        finally:
            database.close()
    engine = migration_engine(target)
    try:
        if state_of(engine) == newest():
            guard_anew(target, engine)
            return False
        with locked(target, engine):
            before = state_of(engine)  # another process may have been first
            if before == newest():
                return False
            if before is None:
                require_never_begun(target)
            else:
                require_known(before)
                backup(target, before, without_backup=without_backup)
            with engine.begin() as connection:
                run(connection)
    finally:
        engine.dispose()
    return True


def guard_anew(database: Database, engine: Engine) -> None:
    """Put on what guards the stored record where some of it is missing: an earlier release had less, or by hand."""
    with engine.connect() as connection:
        lacking = protection.missing(connection)
    if lacking:
        with locked(database, engine), engine.begin() as connection:
            protection.protect(connection)
        log.warning("数据库的防改防删措施不全（%s），已补上。", "、".join(lacking))


def all_tables() -> MetaData:
    """The metadata with every package's tables in it."""
    for path in sorted((ROOT / "app").glob("*/models.py")):
        import_module(f"app.{path.parent.name}.models")
    return metadata


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(str(path) for path in VERSIONS))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision this program works with."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


def state_of(engine: Engine) -> str | None:
    """The database's revision; None for a new one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_known(revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if revision not in known:
        raise Refused(f"数据库的版本（{revision}）比本程序新，请换用与之相同或更新的程序，数据库没有改动。")


def require_never_begun(database: Database) -> None:
    """A database that is lost or emptied must not be taken for a new installation: the trail's witness knows better."""
    if not database.is_sqlite or database.home is None:
        return
    seen = audit.read_witness(database.home)
    if seen is None and (database.home / audit.WITNESS).exists():
        seen = (1, "")  # spoilt, but something had begun
    if seen is not None and seen[0] > 0:
        raise Refused(
            f"数据库是空的，但 {database.home} 里的操作日志登记到第{seen[0]}号：数据库文件丢失或被清空了。"
            "没有改动任何内容，请用最近的备份恢复：sanzhong restore 备份文件夹 --replace；"
            f"确要从头开始，请先移走 {audit.WITNESS}。"
        )


def run(connection: Connection) -> None:
    """All revisions not yet applied, in the connection's transaction."""
    command.upgrade(configuration(connection), "head")
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if dangling:
            tables = "、".join(sorted({row[0] for row in dangling}))
            raise Refused(f"升级后这些表的关联会断开：{tables}。升级已撤回，数据库没有改动，请联系开发人员。")


def migration_engine(database: Database) -> Engine:
    """Connections for migrations alone. SQLite: foreign keys OFF (set before BEGIN), or a table remade by batch
    migration would take its children along."""
    if database.is_sqlite:
        return sqlite_engine(database.path, foreign_keys=False, pool_size=1)
    return create_engine(database.url, poolclass=NullPool, connect_args={"client_encoding": "utf8"})


@contextmanager
def locked(database: Database, engine: Engine) -> Iterator[None]:
    """One upgrade at a time: a lock file beside SQLite, an advisory lock on PostgreSQL."""
    if database.is_sqlite:
        with open(database.path.with_suffix(".upgrade-lock"), "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        connection.commit()
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")
            connection.commit()


def backup(database: Database, revision: str, *, without_backup: bool = False) -> Path | None:
    """A copy from before the upgrade, in SANZHONG_HOME/backups. Refused when none can be made and none is waived."""
    folder = (database.home or database.path.parent) / BACKUPS
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.part"):  # by a process that was killed: we hold the upgrade's lock
        left.unlink()
    stem = f"before-upgrade-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if database.is_sqlite:
        return copy_sqlite(database.path, folder / f"{stem}.sqlite")
    program = pg_dump()
    if program is None:
        if without_backup:
            return None
        raise Refused(
            "数据库需要升级，但本机没有 pg_dump，无法先做备份。请安装 PostgreSQL 客户端；"
            "或自行备份后设 SANZHONG_UPGRADE_WITHOUT_BACKUP=1 再运行。"
        )
    target = folder / f"{stem}.dump"
    fault = dump_postgresql(program, database, target)
    if fault is not None and not without_backup:
        raise Refused(f"升级前的备份没有做成，数据库没有改动。pg_dump 的说明：{fault}")
    return target


def dump_postgresql(program: str, database: Database, target: Path, *words: str) -> str | None:
    """pg_dump into a file in its custom format; what it said when it failed, and then there is no file."""
    target.touch(mode=0o600)  # before there is anything in it
    fault = run_client(program, database, "--format=custom", f"--file={target}", *words)
    if fault is not None:
        target.unlink(missing_ok=True)
    return fault


def run_client(program: str, database: Database, *words: str) -> str | None:
    """Run pg_dump or pg_restore on the database; what it said when it failed. The password is not in its arguments."""
    url = database.url.set(drivername="postgresql")
    environment = os.environ | ({} if url.password is None else {"PGPASSWORD": str(url.password)})
    address = url.set(password=None).render_as_string()
    line = [program, *words, f"--dbname={address}"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip()


def copy_sqlite(source: Path, target: Path) -> Path:
    """A consistent copy of a database that may be in use, in one file; whole or not there."""
    draft = target.with_suffix(".part")
    try:
        with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(draft)) as copy:
            opened.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # the file alone: it may be read from a disk that is read-only
        draft.chmod(0o600)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        return draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def pg_dump() -> str | None:
    return postgresql_program("pg_dump")


def postgresql_program(name: str) -> str | None:
    """One of PostgreSQL's own client programs on this host; the newest installed where none is in the path."""
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return found or (str(installed[-1]) if installed else None)
