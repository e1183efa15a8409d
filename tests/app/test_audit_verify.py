"""核对操作日志: whatever is done to the chain behind the product's back is found, and nothing else is.

The tampering is done in SQL on the file, with the guards taken off: as somebody would who owns the server.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlmodel import col, select

from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.protection import installed
from app.audit.service import Actor
from app.database import Database
from app.migrations import migration_engine

NOON = datetime(2023, 11, 25, 4, 0, tzinfo=UTC)
CLERK = Actor(7, "张三", "office")

texts = st.text(alphabet="项目一号0aZ'\"\n\\\u202e%，", max_size=6)
entries = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["upload.commit", "account.add", "publication.sign"]),
        "target": texts,
        "programme": st.sampled_from(["", "2023"]),
        "outcome": st.sampled_from(["ok", "refused"]),
        "detail": st.dictionaries(texts, st.one_of(st.none(), st.integers(-9, 9), texts), max_size=2),
    }
)
chains = st.lists(entries, min_size=2, max_size=7)


@contextmanager
def chain_of(template: Path, folder: Path, made: list[dict[str, Any]]) -> Iterator[Database]:
    """A database of its own whose trail is these entries, one minute apart, written in one transaction."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copyfile(template, folder / "sanzhong.sqlite")
    database = Database(f"sqlite:///{folder / 'sanzhong.sqlite'}", folder)
    with closing(database):
        with database.write() as session:
            for minute, entry in enumerate(made):
                audit.append(session, CLERK, at=NOON + timedelta(minutes=minute), **entry)
        yield database


def faults(database: Database) -> list[str]:
    with database.read() as session:
        return audit.verify(session)


@contextmanager
def tampering(database: Database) -> Iterator[Connection]:
    engine = migration_engine(database)
    with engine.begin() as connection:
        for name, table in installed(connection):
            if table.startswith("audit_"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}{'' if database.is_sqlite else f' ON {table}'}")
        yield connection
    engine.dispose()


# -- ways to tamper: each says which words the report must have -------------------------------------------------------

TEXTS = ("actor_name", "actor_role", "action", "target", "programme", "outcome", "previous_hash", "entry_hash")


def change_a_value(run: Connection, data: st.DataObject, count: int) -> list[str]:
    number = data.draw(st.integers(1, count), label="number")
    column = data.draw(st.sampled_from([*TEXTS, "at", "actor_id", "detail"]), label="column")
    if column == "at":
        run.exec_driver_sql("UPDATE audit_entries SET at = '2022-01-01 00:00:00.000000' WHERE number = ?", (number,))
    elif column == "actor_id":
        value = data.draw(st.sampled_from([None, 8, "七"]))
        run.exec_driver_sql("UPDATE audit_entries SET actor_id = ? WHERE number = ?", (value, number))
    elif column == "detail":
        value = data.draw(st.sampled_from(['{"else": 1}', "[]", "not json", "{"]))
        run.exec_driver_sql("UPDATE audit_entries SET detail = ? WHERE number = ?", (value, number))
    else:
        run.exec_driver_sql(f"UPDATE audit_entries SET {column} = {column} || 'x' WHERE number = ?", (number,))
    return [f"第{number}号"]


def remove_an_entry(run: Connection, data: st.DataObject, count: int) -> list[str]:
    number = data.draw(st.integers(1, count), label="number")
    run.exec_driver_sql("DELETE FROM audit_entries WHERE number = ?", (number,))
    return [f"缺少第{number}号" if number < count else f"记到第{count}号"]


def insert_an_entry(run: Connection, data: st.DataObject, count: int) -> list[str]:
    """A forged entry in the middle or at the end, those after it moved up by one."""
    number = data.draw(st.integers(1, count + 1), label="number")
    run.exec_driver_sql("UPDATE audit_entries SET number = -number - 1 WHERE number >= ?", (number,))
    run.exec_driver_sql("UPDATE audit_entries SET number = -number WHERE number < 0")
    run.exec_driver_sql(
        "INSERT INTO audit_entries (number, at, actor_name, actor_role, action, target, programme, outcome, detail,"
        " previous_hash, entry_hash) SELECT ?, at, '李四', 'admin', action, target, programme, outcome, detail,"
        " previous_hash, entry_hash FROM audit_entries ORDER BY number LIMIT 1",
        (number,),
    )
    return [f"第{number}号"]


def insert_a_second_of_a_number(run: Connection, data: st.DataObject, count: int) -> list[str]:
    number = data.draw(st.integers(1, count), label="number")
    sql = run.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'audit_entries'").scalar_one()
    run.exec_driver_sql("ALTER TABLE audit_entries RENAME TO before")
    columns = ", ".join(column.name for column in AuditEntry.__table__.c)  # type: ignore[attr-defined]
    loose = sql.replace("CONSTRAINT uq_audit_entries_number UNIQUE (number)", "CHECK (1)")
    assert loose != sql
    run.exec_driver_sql(loose)
    run.exec_driver_sql(f"INSERT INTO audit_entries ({columns}) SELECT {columns} FROM before")
    rest = columns.replace("id, ", "", 1)
    run.exec_driver_sql(f"INSERT INTO audit_entries ({rest}) SELECT {rest} FROM before WHERE number = ?", (number,))
    run.exec_driver_sql("DROP TABLE before")
    return [f"第{number}号的编号重复"]


def swap_two_entries(run: Connection, data: st.DataObject, count: int) -> list[str]:
    one, other = sorted(data.draw(st.lists(st.integers(1, count), min_size=2, max_size=2, unique=True)))
    for old, new in ((one, -1), (other, one), (-1, other)):
        run.exec_driver_sql("UPDATE audit_entries SET number = ? WHERE number = ?", (new, old))
    return [f"第{one}号", f"第{other}号"]


def cut_the_end_off(run: Connection, data: st.DataObject, count: int) -> list[str]:
    kept = data.draw(st.integers(0, count - 1), label="kept")
    run.exec_driver_sql("DELETE FROM audit_entries WHERE number > ?", (kept,))
    if data.draw(st.booleans(), label="with its head"):
        last = run.exec_driver_sql("SELECT entry_hash FROM audit_entries WHERE number = ?", (kept,)).scalar() or ""
        run.exec_driver_sql("UPDATE audit_head SET number = ?, entry_hash = ?", (kept, last))
    return [f"第{count}号"]


def change_the_head(run: Connection, data: st.DataObject, count: int) -> list[str]:
    run.exec_driver_sql(
        data.draw(
            st.sampled_from(
                [
                    "UPDATE audit_head SET number = number + 1",
                    "UPDATE audit_head SET entry_hash = 'x'",
                    "DELETE FROM audit_head",
                    "UPDATE audit_head SET id = 2",
                    "INSERT INTO audit_head (id, number, entry_hash) VALUES (2, 0, '')",
                ]
            )
        )
    )
    return ["末条登记"]


def rewrite_one_entry(run: Connection, data: st.DataObject, count: int) -> list[str]:
    """One entry with its own hash computed again: the next one, or the head, still knows the old hash."""
    number = data.draw(st.integers(1, count), label="number")
    values = dict(run.exec_driver_sql("SELECT * FROM audit_entries WHERE number = ?", (number,)).mappings().one())
    values |= {"at": datetime.fromisoformat(values["at"]).replace(tzinfo=UTC), "detail": {"else": 1}}
    run.exec_driver_sql(
        "UPDATE audit_entries SET detail = ?, entry_hash = ? WHERE number = ?",
        (json.dumps({"else": 1}), audit.hash_of(AuditEntry(**values)), number),
    )
    return [f"第{number + 1}号与上一条记录接不上" if number < count else "末条登记"]


def make_the_chain_anew(run: Connection, data: st.DataObject, count: int) -> list[str]:
    """Every hash from an entry on computed again, the head row with it: only the head kept outside knows better."""
    first = data.draw(st.integers(1, count), label="number")
    names = [column.name for column in AuditEntry.__table__.c]  # type: ignore[attr-defined]
    rows = run.exec_driver_sql(f"SELECT {', '.join(names)} FROM audit_entries ORDER BY number").all()
    previous = ""
    for row in rows:
        values = dict(zip(names, row, strict=True))
        entry = AuditEntry(
            **{
                **values,
                "at": datetime.fromisoformat(values["at"]).replace(tzinfo=UTC),
                "detail": json.loads(values["detail"]),
                "previous_hash": previous,
                "actor_name": "王五" if values["number"] >= first else values["actor_name"],
            }
        )
        previous = audit.hash_of(entry)
        run.exec_driver_sql(
            "UPDATE audit_entries SET actor_name = ?, previous_hash = ?, entry_hash = ? WHERE number = ?",
            (entry.actor_name, entry.previous_hash, previous, entry.number),
        )
    run.exec_driver_sql("UPDATE audit_head SET entry_hash = ?", (previous,))
    return [f"第{count}号与日志外留存的校验码不符"]


TAMPERINGS = (
    change_a_value,
    remove_an_entry,
    insert_an_entry,
    insert_a_second_of_a_number,
    swap_two_entries,
    cut_the_end_off,
    change_the_head,
    rewrite_one_entry,
    make_the_chain_anew,
)


@given(made=chains, data=st.data())
@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda way: way.__name__)
@hypothesis_settings(max_examples=5)
def test_any_tampering_with_any_chain_is_found_and_names_the_entry(
    tamper: Any, made: list[dict[str, Any]], data: st.DataObject, sqlite_template: Path, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.getbasetemp() / "tampered"
    with chain_of(sqlite_template, folder, made) as database:
        assert faults(database) == []
        with tampering(database) as run:
            words = tamper(run, data, len(made))
        found = "\n".join(faults(database))
        assert all(word in found for word in words), found


@pytest.mark.slow
@given(made=st.lists(entries, min_size=2, max_size=30), data=st.data())
@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda way: way.__name__)
@hypothesis_settings(max_examples=150)
def test_any_tampering_with_a_longer_chain_is_found(
    tamper: Any, made: list[dict[str, Any]], data: st.DataObject, sqlite_template: Path, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.getbasetemp() / "tampered-longer"
    with chain_of(sqlite_template, folder, made) as database:
        assert faults(database) == []
        with tampering(database) as run:
            tamper(run, data, len(made))
        assert faults(database) != []


@pytest.mark.sqlite("SQLite的列不守类型；PostgreSQL的列存不进这样的内容")
@pytest.mark.parametrize("forged", ["detail = 'not json'", "detail = '[]'", "at = 'yesterday'", "actor_name = x'00ff'"])
def test_a_column_that_holds_what_is_never_written_there_is_named_and_stops_nothing(
    database: Database, forged: str
) -> None:
    """SQLite keeps anything in any column; the entries after it are still looked at."""
    write(database, 3)
    with tampering(database) as run:
        run.exec_driver_sql(f"UPDATE audit_entries SET {forged} WHERE number = 2")
        run.exec_driver_sql("UPDATE audit_entries SET target = 'else' WHERE number = 3")
    assert faults(database) == [
        "操作日志第2号的内容不成格式，记录被改动过，请用备份核对。",
        "操作日志第3号的内容与其校验码不符，记录被改动过，请用备份核对。",
    ]


# -- the head kept outside --------------------------------------------------------------------------------------------


def write(database: Database, count: int, at: datetime = NOON) -> None:
    for _ in range(count):
        with database.write() as session:
            audit.append(session, CLERK, "upload.commit", at=at)


def witness_of(database: Database) -> Path:
    assert database.home is not None
    return database.home / audit.WITNESS


@pytest.mark.parametrize("content", ["", "{}", "nonsense", '{"number": "x", "entry_hash": ""}'])
def test_an_outside_head_that_cannot_be_read_is_a_fault_and_stays_one(database: Database, content: str) -> None:
    write(database, 2)
    witness_of(database).write_text(content, encoding="ascii")
    sentence = "操作日志外留存的登记（audit-head.json）读不出来，文件被改动过，请用备份核对。"
    assert faults(database) == [sentence]
    write(database, 1)
    assert faults(database) == [sentence]


def test_an_outside_head_that_was_changed_is_found(database: Database) -> None:
    write(database, 2)
    stored = json.loads(witness_of(database).read_text())
    witness_of(database).write_text(json.dumps({**stored, "entry_hash": "0" * 64}), encoding="ascii")
    assert faults(database) == ["操作日志第2号与日志外留存的校验码不符，记录被替换过，请用备份核对。"]


@pytest.mark.database
def test_a_chain_cut_off_and_grown_again_stays_found(database: Database) -> None:
    """Five entries, the last two cut off with the head row; then five more acts are entered as number 4 to 8."""
    write(database, 5)
    with tampering(database) as run:
        run.exec_driver_sql("DELETE FROM audit_entries WHERE number > 3")
        run.exec_driver_sql(
            "UPDATE audit_head SET number = 3, entry_hash = (SELECT entry_hash FROM audit_entries WHERE number = 3)"
        )
    write(database, 5, NOON + timedelta(days=1))
    assert faults(database) == ["操作日志第5号与日志外留存的校验码不符，记录被替换过，请用备份核对。"]
    assert json.loads(witness_of(database).read_text())["number"] == 5


def test_a_stop_between_commit_and_outside_head_is_no_fault_and_the_next_act_catches_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(database, 2)
    with monkeypatch.context() as stopped:
        stopped.setattr(audit, "write_witness", lambda *_: None)
        write(database, 2)
    assert json.loads(witness_of(database).read_text())["number"] == 2
    assert faults(database) == []
    write(database, 1)
    assert json.loads(witness_of(database).read_text())["number"] == 5
    assert faults(database) == []


def test_a_disk_that_takes_no_outside_head_stops_no_act(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "write_witness", full)
        write(database, 1)
    with database.read() as session:
        assert len(session.exec(select(AuditEntry)).all()) == 1
    assert faults(database) == []


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_clock_set_back_is_remarked_on_and_breaks_nothing(database: Database) -> None:
    for hours in (0, 1, -2, -1, -3):
        write(database, 1, NOON + timedelta(hours=hours))
    assert faults(database) == []
    with database.read() as session:
        assert audit.remarks(session) == [
            "操作日志有2处时间早于上一条（第3、5号），多因补录历史数据或服务器时钟回拨，记录的先后以编号为准。"
        ]


def test_times_in_order_need_no_remark(database: Database) -> None:
    write(database, 3)
    with database.read() as session:
        assert audit.remarks(session) == []
        numbers = session.exec(select(AuditEntry.number).order_by(col(AuditEntry.number))).all()
    assert list(numbers) == [1, 2, 3]
