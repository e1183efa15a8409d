"""防改防删, trigger by trigger: each refuses an act that nothing else in the database would refuse.

For every trigger as it stands in the database there is an act, written by hand. With all triggers on it is refused
with the trigger's sentence; with this one dropped, and all others on, it is done. So whoever adds a guard writes its
act, and no guard's test can pass because of another guard, a constraint or a typing error. Rows are made column by
column, without the services; foreign keys are off, as in anybody's SQLite shell (dropped, on PostgreSQL).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.exc import DatabaseError

from app import migrations
from app.audit import protection
from app.audit import service as audit
from app.audit.guards import Guard
from app.audit.service import Actor
from app.database import Database

AT = "2023-07-01 00:00:00"
# What is tried, by table and kind of act, in the order of the guards. Ids: see `fill`.
ACTS: dict[str, tuple[str, ...]] = {
    "audit_entries UPDATE": ("UPDATE audit_entries SET actor_name = '李四' WHERE number = 1",),
    "audit_entries DELETE": ("DELETE FROM audit_entries WHERE number = 2",),
    "audit_entries INSERT": (
        "INSERT INTO audit_entries (id, number, at, actor_name, actor_role, action, target, programme, outcome, detail,"
        " previous_hash, entry_hash) SELECT 9, 9, at, actor_name, actor_role, action, target, programme, outcome,"
        " detail, '', 'x' FROM audit_entries WHERE number = 2",
    ),
    "audit_head DELETE": ("DELETE FROM audit_head",),
    "audit_head INSERT": ("INSERT INTO audit_head (id, number, entry_hash) VALUES (2, 0, '')",),
    "audit_head UPDATE": ("UPDATE audit_head SET number = 1",),
    "publications UPDATE": (
        "UPDATE publications SET signed_by = '李四' WHERE id = 1",  # signed
        f"UPDATE publications SET board = '', signed_at = '{AT}' WHERE id = 2",  # a draft that is signed, otherwise
        "UPDATE publications SET number = 3 WHERE id = 2",
    ),
    "publications DELETE": ("DELETE FROM publications WHERE id = 1",),
    "publications INSERT": ("INSERT OR REPLACE INTO publications SELECT * FROM publications WHERE id = 1",),
    "reopenings UPDATE": (
        "UPDATE reopenings SET reason = '' WHERE id = 1",
        "UPDATE reopenings SET number = 3 WHERE id = 2",
    ),
    "reopenings DELETE": ("DELETE FROM reopenings WHERE id = 1",),
    "reopenings INSERT": ("INSERT OR REPLACE INTO reopenings SELECT * FROM reopenings WHERE id = 1",),
    "reopened_periods INSERT": (
        "INSERT INTO reopened_periods (id, reopening_id, period) VALUES (9, 1, '2023Q4')",
        "INSERT OR REPLACE INTO reopened_periods (id, reopening_id, period) VALUES (1, 2, '2023Q4')",
    ),
    "reopened_periods UPDATE": (
        "UPDATE reopened_periods SET period = '2023Q4' WHERE id = 1",
        "UPDATE reopened_periods SET reopening_id = 1, period = '2023Q4' WHERE id = 2",
    ),
    "reopened_periods DELETE": ("DELETE FROM reopened_periods WHERE id = 1",),
    "stored_files UPDATE": ("UPDATE stored_files SET size = 0 WHERE sha256 = 'unused'",),
    "stored_files DELETE": ("DELETE FROM stored_files WHERE sha256 = 'used'",),
    "stored_files INSERT": ("INSERT OR REPLACE INTO stored_files SELECT * FROM stored_files WHERE sha256 = 'used'",),
    "uploads DELETE": ("DELETE FROM uploads WHERE id = 3",),
    "uploads UPDATE": (
        "UPDATE uploads SET preview = '' WHERE id = 1",  # committed
        "UPDATE uploads SET state = 'tried' WHERE id = 1",
        "UPDATE uploads SET revert_reason = '' WHERE id = 2",  # reverted
        "UPDATE uploads SET id = 9 WHERE id = 3",
    ),
    "uploads INSERT": ("INSERT OR REPLACE INTO uploads SELECT * FROM uploads WHERE id = 3",),
    "disclosures DELETE": ("DELETE FROM disclosures WHERE id = 2",),
    "disclosures UPDATE": (
        "UPDATE disclosures SET scores = '{}' WHERE id = 2",  # open
        "UPDATE disclosures SET ended_at = NULL WHERE id = 1",  # over
        "UPDATE disclosures SET id = 9 WHERE id = 2",
    ),
    "disclosures INSERT": ("INSERT OR REPLACE INTO disclosures SELECT * FROM disclosures WHERE id = 2",),
    "appeals DELETE": ("DELETE FROM appeals WHERE id = 2",),
    "appeals UPDATE": (
        "UPDATE appeals SET grounds = '无' WHERE id = 2",  # waiting
        "UPDATE appeals SET answer = '' WHERE id = 1",  # decided
        "UPDATE appeals SET id = 9 WHERE id = 2",
    ),
    "appeals INSERT": ("INSERT OR REPLACE INTO appeals SELECT * FROM appeals WHERE id = 2",),
}
ON_FACTS = {  # tables of facts are alike in what their guards look at
    "UPDATE": "UPDATE {table} SET recorded_by = '李四'",
    "DELETE": "DELETE FROM {table}",
    "INSERT": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
}
FACTS = (
    *("assignment_revisions", "event_revisions", "inspection_revisions", "light_decision_revisions"),
    *("milestone_revisions", "name_alias_revisions", "obstacle_revisions", "period_lock_revisions"),
    *("plan_revisions", "project_revisions", "rule_book_revisions", "service_score_revisions", "visit_revisions"),
)


def fill(connection: Connection) -> None:
    """Publications, slips, disclosures, appeals: 1 is signed or over, 2 is not. Uploads: committed, reverted, tried."""
    signed = {"signed_at": datetime(2023, 7, 1, tzinfo=UTC)}
    put(connection, "publications", id=1, number=1, **signed)
    put(connection, "publications", id=2, number=2, signed_at=None, board="{}")
    for slip in (1, 2):
        put(connection, "reopenings", id=slip, number=slip, reason="漏报")
        put(connection, "reopened_periods", id=slip, reopening_id=slip)
    connection.exec_driver_sql(f"UPDATE reopenings SET signed_at = '{AT}' WHERE id = 1")
    for name in ("used", "unused"):
        put(connection, "stored_files", sha256=name)
    for number, state in enumerate(("committed", "reverted", "tried"), 1):
        put(connection, "uploads", id=number, state=state, sha256="used", preview="{}", revert_reason="错")
    over = {"ended_at": datetime(2023, 7, 9, tzinfo=UTC)}
    put(connection, "disclosures", id=1, scores={"1": 1}, **over)
    put(connection, "disclosures", id=2, scores={"1": 1}, ended_at=None)
    put(connection, "appeals", id=1, number=1, decision="维持", answer="已复核")
    put(connection, "appeals", id=2, number=2, decision="")
    for table in FACTS:
        put(connection, table, id=1)


def put(connection: Connection, table: str, **values: Any) -> None:
    """A row with these values; every other column that wants one gets something of its type."""
    found = migrations.all_tables().tables[table]
    rest = {
        column.name: SOMETHING[getattr(column.type, "impl_instance", column.type).python_type]
        for column in found.columns
        if column.name not in values and not column.nullable and not column.primary_key
    }
    connection.execute(found.insert(), {**rest, **values})


SOMETHING: dict[type, Any] = {
    int: 1,
    str: "x",
    bool: False,
    bytes: b"x",
    object: {},  # JSON
    datetime: datetime(2023, 6, 1, tzinfo=UTC),
    date: date(2023, 6, 1),
}


@pytest.fixture
def shell(database: Database) -> Iterator[Connection]:
    """A connection that knows none of our settings, in one transaction that is never committed."""
    with database.write() as session:
        for action in ("upload.try", "upload.commit"):
            audit.append(session, Actor.command(), action)
    engine = bare_engine(database)
    with engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN")
        else:
            drop_foreign_keys(connection)
        fill(connection)
        yield connection
        connection.exec_driver_sql("ROLLBACK")
    engine.dispose()


def bare_engine(database: Database) -> Engine:
    if not database.is_sqlite:
        return create_engine(database.url)
    return create_engine(f"sqlite:///{database.path}", connect_args={"isolation_level": None})


def drop_foreign_keys(connection: Connection) -> None:
    for table in inspect(connection).get_table_names():
        for key in inspect(connection).get_foreign_keys(table):
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {key['name']}")


class Tried:
    """One act within the shell's transaction, and everything as it was afterwards."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __enter__(self) -> "Tried":
        self.connection.exec_driver_sql("SAVEPOINT tried")
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT tried")

    def drop(self, trigger: str, table: str) -> None:
        on = "" if self.connection.dialect.name == "sqlite" else f" ON {table}"
        self.connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")

    def becomes(self, act: str) -> str:
        """ "done", "nothing" (no row was meant), or what the database said."""
        try:
            done = self.connection.exec_driver_sql(act)
        except DatabaseError as refused:
            return str(refused.orig)
        return "done" if done.rowcount or act.startswith("TRUNCATE") else "nothing"


def acts_of(guards: list[Guard]) -> list[tuple[Guard, str]]:
    """Each guard with the act written for it; "" where there is none."""
    found, counted = [], dict[str, int]()
    for guard in guards:
        name = f"{guard.table} {guard.act}"
        number = counted.get(name, 0)
        counted[name] = number + 1
        written = ACTS.get(name, (ON_FACTS[guard.act].format(table=guard.table),) if guard.table in FACTS else ())
        found.append((guard, written[number] if number < len(written) else ""))
    return found


@pytest.mark.database
def test_each_trigger_and_nothing_else_refuses_its_act(shell: Connection, database: Database) -> None:
    names = [name for name, _ in protection.installed(shell)]
    guards = protection.guards(shell)
    triggers = {trigger.name: trigger for trigger in protection.triggers(shell)}
    assert sorted(names) == sorted(triggers)
    tried = [
        (f"guard_{guard.table}_{number}", guard.table, guard.sentence, act)
        for number, (guard, act) in enumerate(acts_of(guards), 1)
    ]
    if not database.is_sqlite:
        tables = sorted({guard.table for guard in guards})
        tried += [(f"guard_{table}_truncate", table, "不能清空", f"TRUNCATE {table}") for table in tables]
    assert sorted(name for name, *_ in tried) == sorted(names)
    wrong: list[str] = []
    for name, table, sentence, act in tried:
        if not act:
            wrong.append(f"{name}: 没有为它写一个应当被拒绝的动作")
            continue
        with Tried(shell) as all_on:
            told = all_on.becomes(act)
        with Tried(shell) as without:
            without.drop(name, table)
            then = without.becomes(act)
        if sentence not in told or then != "done":
            wrong.append(f"{name}: {act}: {told}; 去掉后：{then}")
    assert wrong == []
    written = {act for acts in ACTS.values() for act in acts}
    of_both = {act for act in written if "OR REPLACE" not in act or database.is_sqlite}
    assert of_both == {act for *_, act in tried} & written, "表里有已经没有触发器的动作"


ROUND_ABOUT = (  # by way of a row that may be changed; each was done before its guard was there
    "UPDATE reopened_periods SET reopening_id = 1, period = '2023Q4' WHERE id = 2",  # one period more in a signed slip
    "UPDATE uploads SET id = 9 WHERE id = 1",
    "UPDATE appeals SET id = 9 WHERE id = 2",
)
OVER = (  # REPLACE removes the row that stands in the way, past the delete trigger
    "UPDATE OR REPLACE publications SET id = 1 WHERE id = 2",
    "UPDATE OR REPLACE publications SET number = 1 WHERE id = 2",
    "UPDATE OR REPLACE reopenings SET id = 1 WHERE id = 2",
    "UPDATE OR REPLACE reopenings SET number = 1 WHERE id = 2",
    "UPDATE OR REPLACE uploads SET id = 1 WHERE id = 3",
    "UPDATE OR REPLACE disclosures SET id = 1 WHERE id = 2",
    "UPDATE OR REPLACE appeals SET id = 1 WHERE id = 2",
    "UPDATE OR REPLACE reopened_periods SET id = 1 WHERE id = 2",
    "INSERT OR REPLACE INTO reopened_periods (id, reopening_id, period) VALUES (1, 2, '2023Q4')",
)


@pytest.mark.database
def test_what_is_kept_is_not_reached_by_way_of_what_may_be_changed(shell: Connection, database: Database) -> None:
    done = []
    for act in (*ROUND_ABOUT, *(OVER if database.is_sqlite else ())):
        with Tried(shell) as tried:
            told = tried.becomes(act)
        if "不能" not in told:
            done.append(f"{act}: {told}")
    assert done == []
