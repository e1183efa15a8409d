"""迁库: a live SQLite installation goes on in PostgreSQL with the same figures, or nothing has happened."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, func, select

from app import cli, migrations
from app.accounts import service as accounts
from app.accounts.models import Account
from app.audit import protection
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import MOVED, Database, open_database
from app.errors import Busy, Refused
from app.maintenance.recomputation import BoardDigest, board_digests
from app.moving import service as moving
from app.programmes import service as programmes
from app.publications import service as publishing
from app.settings import Settings
from app.uploads import service as uploads
from tests.app.sheets import JUNE, month_sheet
from tests.installations import DEMO, NOTHING, PLANNED, Templates, use

BY = Actor.command()
Move = Callable[..., moving.Moved]


@pytest.fixture(scope="module")
def county(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The planned county in SQLite with June's sheet in and 2023-06 drafted; to be copied."""
    settings = templates.copy("sqlite", tmp_path_factory.mktemp("county") / "home", PLANNED)
    database = open_database(settings)
    with database.write() as session:
        accounts.add(session, settings, BY, "张三", "office", password="Kou-ling-2023")
        accounts.add(session, settings, BY, "李主任", "office_head", password="Kou-ling-2023")
    uploads.import_workbook(database, BY, "T", "6月.xlsx", month_sheet(6, JUNE))
    for name, act in (("张三", publishing.draft), ("李主任", publishing.sign)):
        with database.write() as session:
            actor = accounts.actor_named(session, name)
            act(programmes.begin_change(session, "T", actor), "2023-06")
    database.close()
    return settings


@pytest.fixture
def old(county: Settings, tmp_path: Path) -> Settings:
    """The county's installation, in use."""
    shutil.copytree(county.home, tmp_path / "home")
    return Settings(home=tmp_path / "home", database_url=None, secret=county.secret)


@pytest.fixture
def new(templates: Templates, old: Settings) -> Iterator[Settings]:
    """The same home with an empty PostgreSQL database."""
    made = templates.copy("postgresql", old.home, NOTHING)
    yield made
    templates.forget(made)


def address(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url


def tables(settings: Settings) -> list[str]:
    database = Database(settings.url())
    with database.read() as session:
        found = inspect(session.connection()).get_table_names()
    database.close()
    return found


def figures(settings: Settings) -> list[BoardDigest]:
    database = open_database(settings)
    with database.read() as session:
        found = list(board_digests(session))
        assert audit.verify(session) == []
    database.close()
    return found


def everything(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the product reads them."""
    database = Database(settings.url())
    with database.read() as session:
        found = {
            table.name: [tuple(row) for row in session.connection().execute(select(table).order_by(*table.primary_key))]
            for table in migrations.all_tables().sorted_tables
        }
    database.close()
    return found


def test_all_rows_stand_in_postgresql_and_the_figures_are_the_same(old: Settings, new: Settings) -> None:
    before, rows = figures(old), everything(old)
    assert [board.period for board in before] == ["2023-06", "2023Q2", "2023"]
    done = moving.move(old, address(new), BY)
    assert (done.boards, done.scores) == (3, 3 * len(JUNE))
    assert figures(new) == before
    moved = everything(new)
    *entries, last = moved.pop("audit_entries")
    assert entries == rows.pop("audit_entries")
    assert "installation.move" in last and done.trail == len(entries) + 1
    assert moved.pop("audit_head")[0][1] == done.trail and rows.pop("audit_head")[0][1] == len(entries)
    assert moved == rows
    assert {name: len(found) for name, found in rows.items()}.items() <= done.rows.items()


def test_the_new_installation_goes_on_where_the_old_one_stopped(
    old: Settings, new: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers go on, the trail is guarded and its outside head is the new one's, passwords work."""
    use(monkeypatch, old)
    monkeypatch.setenv("SANZHONG_MOVE_TO", address(new))
    assert cli.run(["move", "--by", "李主任"]) == 0
    said = capsys.readouterr().err
    assert "结果一致" in said and "把 SANZHONG_DATABASE_URL 设为刚才的地址" in said
    use(monkeypatch, new)
    assert cli.run(["verify"]) == 0
    database = open_database(new)
    with database.write() as session:
        account, _ = accounts.add(session, new, BY, "王五", "office", password=None)
        assert account.id == 3
    upload = uploads.import_workbook(database, BY, "T", "7月.xlsx", month_sheet(7, JUNE))
    assert (upload["state"], upload["upload"]) == ("committed", 3)
    accounts.sign_in(database, new, "张三", "Kou-ling-2023", "10.0.0.1")
    with pytest.raises(DatabaseError, match="不能修改或删除"), database.write() as session:
        session.connection().execute(text("UPDATE audit_entries SET actor_name = ''"))
    with pytest.raises(DatabaseError, match="不能修改或删除"), database.write() as session:
        session.connection().execute(text("DELETE FROM audit_head"))
    with database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "installation.move")).one()
        assert entry.actor_name == "李主任"
        assert audit.verify(session) == []
    database.close()


def test_what_was_left_can_be_read_but_not_written(old: Settings, new: Settings) -> None:
    moving.move(old, address(new), BY)
    database = open_database(old)
    with database.read() as session:
        assert programmes.get(session, "T").code == "T"
    with pytest.raises(Busy, match="数据已经迁到 PostgreSQL"), database.write():
        pass
    database.close()
    assert json.loads((old.home / MOVED).read_text())["to"].startswith("postgresql+psycopg:///")


def test_while_it_lasts_people_read_and_who_writes_is_told(old: Settings, new: Settings) -> None:
    seen: list[int] = []
    database = open_database(old)

    def look(_: str) -> None:
        with database.read() as session:
            seen.append(session.exec(select(func.count(col(Account.id)))).one())
        with pytest.raises(Busy), database.write(wait=False):
            pass

    moving.move(old, address(new), BY, look)
    database.close()
    assert seen == [2]


@pytest.mark.parametrize("state", ["filled", "foreign"])
def test_a_database_that_is_not_empty_is_refused_and_left_alone(old: Settings, new: Settings, state: str) -> None:
    if state == "filled":
        moving.move(old, address(new), BY)
        (old.home / MOVED).unlink()
    else:
        database = Database(new.url())
        with database.write() as session:
            session.connection().execute(text("CREATE TABLE theirs (id integer)"))
        database.close()
    before = tables(new)
    with pytest.raises(Refused, match=f"目标数据库不是空的（已有{len(before)}张表），没有改动"):
        moving.move(old, address(new), BY)
    assert tables(new) == before
    assert not (old.home / MOVED).exists()


def test_what_cannot_be_moved_is_said_in_one_sentence(old: Settings, new: Settings) -> None:
    with pytest.raises(Refused, match="目标地址写法不对"):
        moving.move(old, "sqlite:////tmp/other.sqlite", BY)
    with pytest.raises(Refused, match="已经是 PostgreSQL"):
        moving.move(new, address(new), BY)
    with pytest.raises(Refused, match="连不上目标数据库"):
        moving.move(old, "postgresql://nobody@127.0.0.1:1/nothing", BY)
    assert figures(old)


def without_foreign_keys(connection: Connection, statement: str) -> None:
    connection.execute(text("SET session_replication_role = replica"))
    connection.execute(text(statement))


def other_end(connection: Connection) -> None:
    """The trail's last entry is another one, in a chain that is whole in itself."""
    with Session(connection) as there:
        last = there.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc())).first()
        assert last is not None
        there.execute(
            text("UPDATE audit_head SET number = number - 1, entry_hash = :hash"), {"hash": last.previous_hash}
        )
        there.delete(last)
        there.flush()
        there.expire_all()
        audit.append(there, BY, "test.other")
        there.flush()


SPOILT: dict[str, tuple[str, Callable[[Connection], Any], str]] = {
    "a figure": (
        "inspection_revisions",
        lambda there: without_foreign_keys(there, "UPDATE inspection_revisions SET reported_ytd_wan = 1"),
        "在两边算出来不同",
    ),
    "a row": (
        "projects",
        lambda there: without_foreign_keys(there, "DELETE FROM projects"),
        "表 projects 原有4行，目标有0行",
    ),
    "an entry": (
        "audit_entries",
        lambda there: without_foreign_keys(there, "UPDATE audit_entries SET actor_name = '李四' WHERE number = 2"),
        "操作日志第2号",
    ),
    "the end": ("audit_head", other_end, "操作日志的末条与原库不同"),
}


@pytest.mark.parametrize(("table", "spoil", "sentence"), SPOILT.values(), ids=SPOILT)
def test_a_difference_on_the_other_side_undoes_it_all(
    old: Settings,
    new: Settings,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    spoil: Callable[[Connection], Any],
    sentence: str,
) -> None:
    copy = moving._copy

    def copy_badly(source: Any, target: Any, what: Any) -> int:
        copied = copy(source, target, what)
        if what.name == table:
            spoil(target)
        return copied

    monkeypatch.setattr(moving, "_copy", copy_badly)
    with pytest.raises(Refused, match=f"核对不符：.*{sentence}"):
        moving.move(old, address(new), BY)
    assert tables(new) == []
    assert not (old.home / MOVED).exists()


def test_a_board_too_many_or_a_guard_too_few_on_the_other_side_undoes_it_all(
    old: Settings, new: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither can come of copied rows alone: here they come of the program on the other side."""
    with monkeypatch.context() as program:
        program.setattr(moving, "board_digests", one_more_there)
        with pytest.raises(Refused, match="核对不符：两边的考核期不同"):
            moving.move(old, address(new), BY)
    with monkeypatch.context() as program:
        program.setattr(protection, "protect", lambda _: None)
        with pytest.raises(Refused, match="核对不符：目标库里的防改防删措施没有建起来（appeals、"):
            moving.move(old, address(new), BY)
    assert tables(new) == []


def one_more_there(session: Session) -> Iterator[BoardDigest]:
    yield from (BoardDigest("T", period, "x", "x", 4) for period in ("2023-06", "2023Q2")[: 1 + is_server(session)])


def is_server(session: Session) -> bool:
    return session.connection().dialect.name == "postgresql"


def test_killed_at_any_write_the_old_one_is_untouched_and_the_new_one_empty(old: Settings, new: Settings) -> None:
    """Before the first row, in the middle, before the last, before the COMMIT."""
    file = old.home / "sanzhong.sqlite"
    before = sha256(file.read_bytes()).hexdigest()
    writes = killed(old, new, None)
    assert writes > 20
    for number in (1, writes // 2, writes - 1, writes):
        assert killed(old, new, number) == -signal.SIGKILL
        assert tables(new) == []
        assert sha256(file.read_bytes()).hexdigest() == before
        assert not (old.home / MOVED).exists()
    database = open_database(old)
    with database.write() as session:
        audit.append(session, BY, "test.still_writing")
    database.close()
    assert moving.move(old, address(new), BY).trail > 1


def killed(old: Settings, new: Settings, number: int | None) -> int:
    """Move in a process of its own that dies by signal 9 just before its `number`-th write to PostgreSQL, COMMIT being
    the last; None: it counts them, and dies before the COMMIT all the same. The count, or minus the signal."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        seen = 0

        def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            nonlocal seen
            if statement.lstrip().startswith(("INSERT", "UPDATE", "CREATE TABLE")):
                seen += 1
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        def commit(connection: Any) -> None:
            if connection.dialect.name == "postgresql":
                os.write(writer, str(seen + 1).encode())
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            event.listen(Engine, "before_cursor_execute", count)
            event.listen(Engine, "commit", commit)
            moving.move(old, address(new), BY)
        finally:
            os._exit(1)
    os.close(writer)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    with os.fdopen(reader, "rb") as said:
        counted = said.read()
    return int(counted) if number is None else -signal.SIGKILL


@pytest.mark.slow
def test_the_demo_moves_with_every_board_of_its_year(templates: Templates, tmp_path: Path) -> None:
    old = templates.copy("sqlite", tmp_path / "home", DEMO)
    new = templates.copy("postgresql", old.home, NOTHING)
    before = figures(old)
    done = moving.move(old, address(new), BY)
    assert done.boards == 10 + 4 + 1  # months, quarters, the year
    assert figures(new) == before
    templates.forget(new)
