"""The trail of every act (操作日志): one chain, nothing in it can be changed unseen."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select

from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.protection import release
from app.audit.service import Actor
from app.database import Database
from app.migrations import migration_engine

CLERK = Actor(7, "张三", "office")
NOON = datetime(2023, 11, 25, 4, 0, tzinfo=UTC)


def write_entries(database: Database, count: int) -> None:
    for number in range(1, count + 1):
        with database.write() as session:
            audit.append(session, CLERK, "upload.commit", target=f"upload {number}", detail={"new": number}, at=NOON)


def faults(database: Database) -> list[str]:
    with database.read() as session:
        return audit.verify(session)


def tamper(database: Database, *statements: str) -> None:
    """As somebody with the database file or the server's own password could: guards taken off first."""
    engine = migration_engine(database)
    with engine.begin() as connection:
        release(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.database
def test_numbers_run_without_a_gap_and_the_chain_is_whole(database: Database) -> None:
    write_entries(database, 3)
    with database.read() as session:
        numbers = session.exec(select(AuditEntry.number).order_by(col(AuditEntry.id))).all()
    assert list(numbers) == [1, 2, 3]
    assert faults(database) == []


def test_an_entrys_hash_is_sha256_over_the_previous_hash_and_its_canonical_json(database: Database) -> None:
    write_entries(database, 2)
    with database.read() as session:
        first, second = session.exec(select(AuditEntry).order_by(col(AuditEntry.number))).all()
    canonical = (
        '{"action":"upload.commit","actor_id":7,"actor_name":"张三","actor_role":"office",'
        '"at":"2023-11-25T04:00:00.000000+00:00","detail":{"new":2},"number":2,"outcome":"ok","programme":"",'
        '"target":"upload 2"}'
    )
    assert first.previous_hash == ""
    assert second.previous_hash == first.entry_hash
    assert second.entry_hash == sha256(f"{first.entry_hash}\n{canonical}".encode()).hexdigest()


@pytest.mark.database
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET actor_name = '李四'", "DELETE FROM audit_entries", "DELETE FROM audit_head"]
)
def test_the_database_itself_refuses_to_change_or_delete_an_entry(database: Database, statement: str) -> None:
    write_entries(database, 1)
    with pytest.raises(DatabaseError, match="操作日志不能修改或删除"), database.write() as session:
        session.connection().exec_driver_sql(statement)
    assert faults(database) == []


@pytest.mark.sqlite("SQLite的OR REPLACE")
def test_replacing_an_entry_is_refused_as_well(database: Database) -> None:
    write_entries(database, 1)
    with pytest.raises(DatabaseError, match="不能修改或删除"), database.write() as session:
        session.connection().exec_driver_sql("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries")


@pytest.mark.database
@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            ["UPDATE audit_entries SET target = 'upload 9' WHERE number = 2"],
            "操作日志第2号的内容与其校验码不符，记录被改动过，请用备份核对。",
        ),
        (
            ["UPDATE audit_entries SET at = '2023-11-24 04:00:00.000000' WHERE number = 3"],
            "操作日志第3号的内容与其校验码不符，记录被改动过，请用备份核对。",
        ),
        (
            ["DELETE FROM audit_entries WHERE number = 2"],
            "操作日志缺少第2号至第2号记录，请用备份核对。",
        ),
        (
            [
                "UPDATE audit_entries SET number = 99 WHERE number = 2",
                "UPDATE audit_entries SET number = 2 WHERE number = 3",
                "UPDATE audit_entries SET number = 3 WHERE number = 99",
            ],
            "操作日志第2号与上一条记录接不上，记录被改动、替换或调换过，请用备份核对。",
        ),
        (
            ["DELETE FROM audit_entries WHERE number >= 3"],
            "操作日志的末条登记（记到第4号）与实有记录（到第2号）不符，末尾记录被增删过，请用备份核对。",
        ),
        (
            ["DELETE FROM audit_entries", "UPDATE audit_head SET number = 0, entry_hash = ''"],
            "操作日志外留存的登记到第4号，库内找不到该号，末尾记录被删除过，请用备份核对。",
        ),
    ],
    ids=["changed", "back-dated", "removed", "reordered", "cut off", "cut off with its head"],
)
def test_tampering_is_found_and_named(database: Database, statements: list[str], sentence: str) -> None:
    write_entries(database, 4)
    tamper(database, *statements)
    assert sentence in faults(database)


def test_a_chain_made_anew_from_some_entry_on_is_found_by_the_head_kept_outside(database: Database) -> None:
    """Whoever can recompute every hash still cannot know what this host saw last."""
    write_entries(database, 3)
    with database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.number))).all()
    statements, previous = [], entries[0].entry_hash
    for entry in entries[1:]:
        entry.actor_name, entry.previous_hash = "王五", previous
        previous = audit.hash_of(entry)
        statements.append(
            f"UPDATE audit_entries SET actor_name = '王五', previous_hash = '{entry.previous_hash}', "
            f"entry_hash = '{previous}' WHERE number = {entry.number}"
        )
    tamper(database, *statements, f"UPDATE audit_head SET entry_hash = '{previous}'")
    assert faults(database) == ["操作日志第3号与日志外留存的校验码不符，记录被替换过，请用备份核对。"]


@pytest.mark.database
def test_what_is_rolled_back_leaves_no_entry_and_no_gap(database: Database) -> None:
    write_entries(database, 1)
    with pytest.raises(ZeroDivisionError), database.write() as session:
        audit.append(session, CLERK, "upload.commit")
        raise ZeroDivisionError
    assert database.home is not None
    assert json.loads((database.home / audit.WITNESS).read_text())["number"] == 1
    write_entries(database, 1)
    assert faults(database) == []


@pytest.mark.database
def test_a_refusal_is_kept_though_the_act_was_rolled_back(database: Database) -> None:
    audit.refuse(database, CLERK, "upload.commit", target="upload 1", detail={"code": "period_locked"})
    with database.read() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert (entry.outcome, entry.action, entry.target, entry.detail) == (
        "refused",
        "upload.commit",
        "upload 1",
        {"code": "period_locked"},
    )


@pytest.mark.database
def test_many_writers_at_once_make_one_chain(database: Database) -> None:
    run_together(lambda: write_entries(database, 5), times=6)
    with database.read() as session:
        numbers = session.exec(select(AuditEntry.number).order_by(col(AuditEntry.number))).all()
    assert list(numbers) == list(range(1, 31))
    assert faults(database) == []


@pytest.mark.database
def test_dates_decimals_and_characters_a_database_cannot_hold_are_stored_as_text(database: Database) -> None:
    with database.write() as session:
        audit.append(
            session,
            Actor(None, "张\x00三\ud800", "office"),
            "event.add",
            target="line 1\nline 2",
            detail={"on": date(2023, 8, 31), "amount_wan": Decimal("12.30"), "note": ["a\x00b", "\\u0000"]},
        )
    with database.read() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert entry.actor_name == "张�三?"
    assert entry.target == "line 1\nline 2"
    assert entry.detail == {"on": "2023-08-31", "amount_wan": "12.30", "note": ["a�b", "\\u0000"]}
    assert faults(database) == []


def run_together(act: Callable[[], object], times: int) -> None:
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
