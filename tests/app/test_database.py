"""The database (数据库): no update is lost, a reader cannot write, a killed process leaves nothing half done."""

import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError
from sqlmodel import select

from app.accounts.models import Account
from app.audit.models import AuditHead
from app.audit.service import Actor
from app.database import Database, after_commit
from app.errors import Busy
from app.organisation import service as organisations
from app.organisation.models import Organisation, Unit
from app.programmes import service as programmes
from app.programmes.models import Programme

EPOCH = datetime(2023, 1, 1, tzinfo=UTC)


@pytest.fixture
def programme(database: Database, county_id: int) -> str:
    with database.write() as session:
        session.add(
            Programme(
                organisation_id=county_id, code="2023", name="示例", year=2023, last_recorded_at=EPOCH, created_at=EPOCH
            )
        )
    return "2023"


@pytest.mark.database
def test_two_hundred_increments_from_four_threads_are_two_hundred(database: Database, programme: str) -> None:
    """TECH §5: SQLite's default transactions gave 42 of 200, without an error."""

    def increment() -> None:
        for _ in range(50):
            with database.write() as session:
                programmes.begin_change(session, programme, Actor.command())

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert programmes.get(session, programme).data_version == 1 + 200


@pytest.mark.database
def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseError), database.read() as session:
        session.connection().execute(text("UPDATE audit_head SET number = 5"))


@pytest.mark.database
def test_a_reader_sees_one_state_from_its_first_look_to_its_end(database: Database) -> None:
    with database.read() as reader:
        assert reader.exec(select(Organisation)).all() == []
        with database.write() as session:
            organisations.add(session, "a", "甲县")
        assert reader.exec(select(Organisation)).all() == []
    with database.read() as reader:
        assert [found.name for found in reader.exec(select(Organisation)).all()] == ["甲县"]


@pytest.mark.database
def test_an_exception_rolls_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        organisations.add(session, "a", "甲县")
        raise ZeroDivisionError
    with database.read() as session:
        assert session.exec(select(Organisation)).all() == []


@pytest.mark.database
def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Unit(organisation_id=404, name="没有组织的单位"))


@pytest.mark.database
def test_an_instant_comes_back_aware_and_equal_whatever_zone_it_was_given_in(database: Database) -> None:
    shanghai = datetime(2023, 11, 25, 8, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
    with database.write() as session:
        session.add(Account(name="张三", role="office", created_at=shanghai))
    with database.read() as session:
        stored = session.exec(select(Account)).one().created_at
    assert stored == datetime(2023, 11, 25, 0, 30, 15, 123456, tzinfo=UTC)
    assert stored.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive instant"), database.write() as session:
        session.add(Account(name="张三", role="office", created_at=datetime(2023, 11, 25)))  # noqa: DTZ001


@pytest.mark.sqlite("只有SQLite一次只容一个写者；PostgreSQL按行加锁，写者不必等")
def test_a_reader_is_not_held_up_by_a_writer_and_an_impatient_writer_is_told_at_once(database: Database) -> None:
    with database.write() as session:
        organisations.add(session, "a", "甲县")
        started = time.perf_counter()
        with database.read() as reader:
            assert reader.exec(select(Organisation)).all() == []
        with pytest.raises(Busy, match="请稍后再试"), database.write(wait=False):
            pass
        assert time.perf_counter() - started < 2
    with database.write(wait=False) as session:  # and afterwards it is let in
        organisations.add(session, "b", "乙县")


@pytest.mark.database("postgresql")
def test_on_postgresql_only_who_holds_the_same_row_is_in_the_way(database: Database) -> None:
    with database.write() as session:
        organisations.add(session, "a", "甲县")
        organisations.add(session, "b", "乙县")
    rename = text("UPDATE organisations SET name = name || '新' WHERE code = :code")
    with database.write() as session:
        session.connection().execute(rename, {"code": "a"})
        with pytest.raises(Busy, match="请稍后再试"), database.write(wait=False) as impatient:
            impatient.connection().execute(rename, {"code": "a"})
        with database.write(wait=False) as other:
            other.connection().execute(rename, {"code": "b"})
    with database.read() as session:
        assert {found.name for found in session.exec(select(Organisation)).all()} == {"甲县新", "乙县新"}


def test_what_is_to_happen_after_the_commit_happens_after_it_once_and_not_after_a_rollback(database: Database) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        with database.read() as session:
            seen.append([found.code for found in session.exec(select(Organisation)).all()])

    with database.write() as session:
        organisations.add(session, "a", "甲县")
        after_commit(session, "look", look)
        after_commit(session, "look", look)
        assert seen == []
    assert seen == [["a"]]
    with pytest.raises(ZeroDivisionError), database.write() as session:
        after_commit(session, "look", look)
        raise ZeroDivisionError
    assert seen == [["a"]]


@pytest.mark.database
def test_a_process_killed_before_its_commit_leaves_nothing_and_no_lock(database: Database) -> None:
    script = f"""
        import os, signal
        from app.database import Database
        from app.organisation import service as organisations
        with Database({database.url.render_as_string(hide_password=False)!r}).write() as session:
            organisations.add(session, "a", "甲县")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -9
    with database.write() as session:
        assert session.exec(select(Organisation)).all() == []
        organisations.add(session, "a", "甲县")
    with database.read() as session:
        assert session.get(AuditHead, 1) is not None
        assert [found.name for found in session.exec(select(Organisation)).all()] == ["甲县"]


@pytest.mark.sqlite("SQLite的内存库")
def test_sqlite_in_memory_is_refused_because_reader_and_writer_would_not_meet() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Database("sqlite://")
