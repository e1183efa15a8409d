"""PostgreSQL's rows as COPY gives them, table by table (逐表导出): for hosts without pg_dump.

The tables themselves are made by the migrations, brought to the backup's revision.
"""

from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from psycopg import sql
from sqlalchemy import Connection, Table, text

from app import migrations
from app.audit import protection
from app.database import Database
from app.maintenance.folders import CHUNK

OWN_ROW = "audit_head"  # made with the tables and never to be deleted: restored by changing it


def rows_file(folder: Path, table: str) -> Path:
    return folder / f"rows-{table}.copy"


def export(connection: Connection, folder: Path) -> None:
    """Each table's rows as text, in its own order of columns, which the first line names."""
    with psycopg_cursor(connection) as cursor:
        for table in migrations.all_tables().sorted_tables:
            names = columns_of(connection, table.name)
            statement = sql.SQL("COPY {} ({}) TO STDOUT").format(identifier(table.name), identifiers(names))
            path = rows_file(folder, table.name)
            with path.open("wb") as file, cursor.copy(statement) as rows:
                file.write((",".join(names) + "\n").encode())
                for block in rows:
                    file.write(block)
            path.chmod(0o600)


def load(database: Database, revision: str, folder: Path) -> None:
    """The tables of that revision and their rows, in one transaction."""
    engine = migrations.migration_engine(database)
    try:
        with engine.begin() as connection:
            command.upgrade(migrations.configuration(connection), revision)
            protection.release(connection)  # a record that grows only at its end is filled as a whole here
            with psycopg_cursor(connection) as cursor:
                for table in migrations.all_tables().sorted_tables:
                    if rows_file(folder, table.name).exists():
                        load_table(cursor, connection, table, rows_file(folder, table.name))
            if revision == migrations.newest():  # an older one gets its guards with the upgrade that follows
                protection.protect(connection)
    finally:
        engine.dispose()


def load_table(cursor: psycopg.Cursor[Any], connection: Connection, table: Table, path: Path) -> None:
    target = identifier(table.name)
    into = sql.Identifier("restored_head") if table.name == OWN_ROW else target
    if table.name == OWN_ROW:
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) ON COMMIT DROP").format(into, target))
    with path.open("rb") as file:
        names = file.readline().decode().strip().split(",")
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(into, identifiers(names))
        with cursor.copy(statement) as rows:
            while block := file.read(CHUNK):
                rows.write(block)
    if table.name == OWN_ROW:
        change = "UPDATE audit_head SET number = r.number, entry_hash = r.entry_hash FROM restored_head r"
        cursor.execute(f"{change} WHERE r.id = audit_head.id")
    sequence = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}
    ).scalar_one_or_none() if "id" in names else None  # fmt: skip
    if sequence is not None:
        newest = sql.SQL("SELECT setval({}, max(id)) FROM {} HAVING max(id) IS NOT NULL")
        cursor.execute(newest.format(sql.Literal(sequence), target))


def psycopg_cursor(connection: Connection) -> psycopg.Cursor[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor()


def columns_of(connection: Connection, table: str) -> list[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    found = connection.execute(text(f"{query} AND table_name = :name ORDER BY ordinal_position"), {"name": table})
    return list(found.scalars())


def identifier(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def identifiers(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
