"""What guards the trail inside the database (防改防删): triggers, and the chain's head row.

Source: DESIGN §3, SECURITY E2. Batch migrations drop a SQLite table with its triggers, so this runs after every
upgrade; each statement may run again without harm.
"""

from sqlalchemy import Connection

HEAD = "INSERT INTO audit_head (id, number, entry_hash) VALUES (1, 0, '') ON CONFLICT DO NOTHING"

SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table}
    BEGIN SELECT RAISE(ABORT, '操作日志不能修改或删除'); END"""
    for table, act in (("audit_entries", "UPDATE"), ("audit_entries", "DELETE"), ("audit_head", "DELETE"))
]
POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '操作日志不能修改或删除'; END $$""",
    """CREATE OR REPLACE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
    """CREATE OR REPLACE TRIGGER audit_head_no_delete BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
]


def protect(connection: Connection) -> None:
    """Make audit_entries append-only and see to the head row, within the connection's transaction."""
    for statement in (*(SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL), HEAD):
        connection.exec_driver_sql(statement)
