"""A database taken whole, while it is being written, and put back (数据库快照).

SQLite: its online backup. PostgreSQL: pg_dump of an exported snapshot, so that what is counted and recomputed is the
very state that is dumped; where there is no pg_dump, the rows of each table as COPY gives them, of the same snapshot.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sqlmodel import Session

from app import migrations
from app.database import Database
from app.errors import Refused

SQLITE, DUMP, ROWS = "sqlite", "pg_dump", "rows"
FILES = {SQLITE: "sanzhong.sqlite", DUMP: "sanzhong.dump"}


@contextmanager
def taken(database: Database, folder: Path) -> Iterator[tuple[str, Session]]:
    """Put a snapshot into the folder; its kind, and a session that sees exactly what is in it."""
    if database.is_sqlite:
        copy = Database(f"sqlite:///{migrations.copy_sqlite(database.path, folder / FILES[SQLITE])}", folder)
        try:
            with copy.read() as session:
                yield SQLITE, session
        finally:
            copy.close()
            settle(copy.path)
        return
    with database.read() as session:
        session.info["home"] = folder
        program = migrations.postgresql_program("pg_dump")
        if program is None or migrations.postgresql_program("pg_restore") is None:
            table_rows().export(session.connection(), folder)
            yield ROWS, session
            return
        snapshot = session.connection().exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        words = (f"--snapshot={snapshot}", "--exclude-schema=replaced_*")  # what a restore has set aside
        fault = migrations.dump_postgresql(program, database, folder / FILES[DUMP], *words)
        if fault is not None:
            raise Refused(f"备份没有做成，没有留下半份备份。pg_dump 的说明：{fault}")
        yield DUMP, session


def settle(path: Path) -> None:
    """Everything into the one file, which no connection may have open: no log beside it is needed to read it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def size_of(database: Database) -> int:
    """Roughly how many bytes a snapshot takes."""
    if database.is_sqlite:
        return sum(path.stat().st_size for path in database.path.parent.glob(f"{database.path.name}*"))
    with database.read() as session:
        size: int = session.connection().exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
    return size


# ---- putting back ---------------------------------------------------------------------------------------------------


def put_back(database: Database, kind: str, revision: str, folder: Path) -> None:
    """Into an empty database, whole or not at all; still of the backup's revision."""
    if kind == SQLITE:
        shutil.copyfile(folder / FILES[SQLITE], database.path)
        database.path.chmod(0o600)
    elif kind == DUMP:
        restore_dump(database, folder / FILES[DUMP])
    else:
        table_rows().load(database, revision, folder)


def restore_dump(database: Database, dump: Path) -> None:
    program = migrations.postgresql_program("pg_restore")
    if program is None:
        raise Refused("本机没有 pg_restore，不能恢复这份备份。请安装与服务器同版本的 PostgreSQL 客户端后再试。")
    words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    fault = migrations.run_client(program, database, *words, str(dump))
    if fault is not None:
        raise Refused(f"恢复没有做成，数据库仍是空的。pg_restore 的说明：{fault}")


def table_rows() -> ModuleType:
    """Imported when it is needed: psycopg is installed with PostgreSQL alone."""
    return import_module("app.maintenance.table_rows")
