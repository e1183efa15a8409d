"""What guards the stored record in the database (防改防删): triggers made of `guards.py`, and the chain's head row.

Source: DESIGN §3, SECURITY E2. Batch migrations drop a SQLite table with its triggers, and a migration may have to
rewrite what nobody else may: so an upgrade takes the guards off first (`release`) and puts them on again (`protect`),
within its one transaction. Whoever owns the tables can switch triggers off; `sanzhong verify` is there for that
(docs/decisions/0017).
"""

from dataclasses import dataclass

from sqlalchemy import Connection, inspect
from sqlmodel import Session

from app.audit.guards import GUARDS, REVISION_COLUMNS, Guard, of_revisions

PREFIX = "guard_"
EARLIER = (  # what they were called before decision 0017
    *("audit_entries_no_update", "audit_entries_no_delete", "audit_head_no_delete", "audit_entries_no_change"),
)
HEAD = "INSERT INTO audit_head (id, number, entry_hash) SELECT 1, 0, '' WHERE NOT EXISTS (SELECT 1 FROM audit_head)"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One guard as this engine writes it, and what the database's catalogue says of it while it is on."""

    name: str
    table: str
    statements: tuple[str, ...]
    definition: str


def protect(connection: Connection) -> None:
    """See to the head row and put every guard on, anew, within the connection's transaction."""
    release(connection)
    connection.exec_driver_sql(HEAD)
    for trigger in triggers(connection):
        for statement in trigger.statements:
            connection.exec_driver_sql(statement)


def release(connection: Connection) -> None:
    """Take every guard off. For an upgrade and for filling an empty database from another one, never in daily work."""
    for name, table in installed(connection):
        on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")


def functions(connection: Connection) -> list[str]:
    """PostgreSQL: the functions behind the guards, with their arguments, as a statement names them."""
    query = f"""SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, '{PREFIX}') ORDER BY 1"""
    return [name for (name,) in connection.exec_driver_sql(query)]


def missing(connection: Connection) -> list[str]:
    """The tables that lack a guard: of an earlier release, or taken off, switched off or made hollow by hand."""
    there = _definitions(connection)
    return sorted({trigger.table for trigger in triggers(connection) if there.get(trigger.name) != trigger.definition})


def verify(session: Session) -> list[str]:
    """Guards that are not on, as a Chinese sentence."""
    tables = missing(session.connection())
    return [f"数据库的防改防删措施不全（{'、'.join(tables)}），请重新启动平台补上，并核对这些数据。"] if tables else []


def triggers(connection: Connection) -> list[Trigger]:
    """The guards of the tables there are."""
    wanted = guards(connection)
    if connection.dialect.name == "sqlite":
        return [_sqlite(guard, number) for number, guard in enumerate(wanted, start=1)]
    row_by_row = [_postgresql(guard, number) for number, guard in enumerate(wanted, start=1)]
    return [*row_by_row, *(_no_truncate(table) for table in sorted({guard.table for guard in wanted}))]


def guards(connection: Connection) -> list[Guard]:
    """What is guarded in this database: the tables named, and every table of facts."""
    found = inspect(connection)
    tables = sorted(found.get_table_names())
    facts = [table for table in tables if REVISION_COLUMNS <= {column["name"] for column in found.get_columns(table)}]
    engine = connection.dialect.name
    every = (*GUARDS, *of_revisions(facts))
    return [guard for guard in every if guard.table in tables and guard.of in ("", engine)]


def installed(connection: Connection) -> list[tuple[str, str]]:
    """The guards that are on: trigger and table."""
    earlier = ", ".join(f"'{name}'" for name in EARLIER)
    ours = f"substr(name, 1, {len(PREFIX)}) = '{PREFIX}' OR name IN ({earlier})"
    triggers = (
        "SELECT name, tbl_name AS on_table FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname AS name, tgrelid::regclass::text AS on_table FROM pg_trigger WHERE NOT tgisinternal"
    )
    found = connection.exec_driver_sql(
        f"SELECT name, on_table FROM ({triggers}) AS triggers WHERE {ours} ORDER BY name"
    )
    return [(row.name, row.on_table) for row in found]


def _definitions(connection: Connection) -> dict[str, str]:
    """What each trigger that is on does, by name, in the catalogue's words."""
    query = (
        "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname AS name, prosrc || pg_get_triggerdef(pg_trigger.oid, true) AS definition"
        " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    return {row.name: row.definition for row in connection.exec_driver_sql(query)}


def _condition(guard: Guard, differs: str) -> str:
    parts = [f"({guard.condition})"] if guard.condition else []
    if guard.changed:
        parts.append("(" + " OR ".join(differs.format(name=name) for name in guard.changed) + ")")
    return " AND ".join(parts)


def _sqlite(guard: Guard, number: int) -> Trigger:
    name = f"{PREFIX}{guard.table}_{number}"
    when = _condition(guard, "OLD.{name} IS NOT NEW.{name}")
    statement = f"""CREATE TRIGGER {name} BEFORE {guard.act} ON {guard.table}
        {f"WHEN {when}" if when else ""} BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END"""
    return Trigger(name, guard.table, (statement,), statement)


def _postgresql(guard: Guard, number: int) -> Trigger:
    """Columns are compared as text: the type JSON knows no equality."""
    name = f"{PREFIX}{guard.table}_{number}"
    when = _condition(guard, "OLD.{name}::text IS DISTINCT FROM NEW.{name}::text") or "TRUE"
    body = f""" BEGIN
        IF {when} THEN RAISE EXCEPTION '{guard.sentence}'; END IF;
        RETURN {"OLD" if guard.act == "DELETE" else "NEW"}; END """
    function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    trigger = f"CREATE TRIGGER {name} BEFORE {guard.act} ON {guard.table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return Trigger(name, guard.table, (function, trigger), body + trigger)


def _no_truncate(table: str) -> Trigger:
    name = f"{PREFIX}{table}_truncate"
    body = " BEGIN RAISE EXCEPTION '操作日志不能修改或删除，已记录的数据和文件不能清空'; END "
    function = f"CREATE OR REPLACE FUNCTION guard_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    trigger = (
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION guard_no_truncate()"
    )
    return Trigger(name, table, (function, trigger), body + trigger)
