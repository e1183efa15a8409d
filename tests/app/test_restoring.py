"""恢复: into an empty place, worked out again and the same, or not at all; what was there before is never lost."""

import json
import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from app import migrations
from app.accounts.models import SignInSession
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.cli import run
from app.database import Database, open_database
from app.errors import Busy, Refused
from app.evidence import service as evidence
from app.main import create_app
from app.maintenance import backups, folders, recomputation, restoring, serving, snapshots
from app.maintenance.restoring import restore
from app.settings import Settings
from tests.app.kept_county import FILE, NIGHT, back_up, change_byte, write_once
from tests.installations import NOTHING, Templates

Elsewhere = Callable[[], Settings]


@pytest.fixture
def elsewhere(tmp_path: Path, engine_name: str, templates: Templates) -> Iterator[Settings]:
    """An empty installation of the same kind."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    made = templates.copy(engine_name, home, NOTHING)
    yield made.model_copy(update={"secret": "another secret of thirty-two characters"})
    templates.forget(made)


@contextmanager
def reading(settings: Settings) -> Iterator[Session]:
    database = open_database(settings)
    with database.read() as session:
        yield session
    database.close()


def contents(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with reading(settings) as session:
        connection = session.connection()
        return {
            table.name: sorted(map(tuple, connection.execute(table.select()).all()), key=repr)
            for table in migrations.all_tables().sorted_tables
        }


@pytest.mark.database
def test_a_restored_installation_has_every_row_every_file_and_every_score(
    kept_settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    made = back_up(kept_settings, tmp_path / "b")
    done = restore(made.backup, elsewhere)
    assert "5期榜单、10个得分、操作日志" in done.sentence
    before, after = contents(kept_settings), contents(elsewhere)
    # The trail of the one has gone on with its backup, that of the other with its restore.
    assert before.pop("audit_head") != after.pop("audit_head")
    entries, restored_entries = before.pop("audit_entries"), after.pop("audit_entries")
    entries.remove(entry_of(entries, "backup"))
    restored_entries.remove(entry_of(restored_entries, "restore"))
    assert restored_entries == entries
    assert after == before  # nobody was signed in
    with reading(elsewhere) as session:
        assert audit.verify(session) == []
        assert evidence.verify(session) == []
        sha256 = session.connection().exec_driver_sql("SELECT sha256 FROM uploads").scalar_one()
        assert evidence.fetch(session, sha256).decode().startswith(FILE)


def entry_of(entries: list[tuple[object, ...]], act: str) -> tuple[object, ...]:
    """The newest entry of that act; the row begins with its id and its number."""
    return max((entry for entry in entries if f"maintenance.{act}" in entry), key=lambda entry: int(str(entry[1])))


@pytest.mark.database
def test_a_backup_taken_while_others_write_is_one_state_of_them_and_comes_back_as_that(
    kept_settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    database = open_database(kept_settings)
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            write_once(database, len(written))
            written.append(len(written))

    writer = threading.Thread(target=write)
    before = head(database)
    writer.start()
    try:
        while not written:
            stop.wait(0.01)
        made = backups.make(database, kept_settings, tmp_path, keep=None, now=NIGHT)
    finally:
        stop.set()
        writer.join()
    inventory = made.backup.inventory
    assert before < inventory.chain_number < head(database)
    assert inventory.rows["audit_entries"] == inventory.chain_number  # counted in the same state as the head
    assert inventory.rows["accounts"] == 1 + inventory.chain_number - before  # one entry for each new account
    assert inventory.faults == []
    database.close()
    assert restore(made.backup, elsewhere).inventory == inventory


def head(database: Database) -> int:
    with database.read() as session:
        number: int = session.connection().exec_driver_sql("SELECT number FROM audit_head").scalar_one()
    return number


@pytest.mark.slow
@pytest.mark.database
def test_what_is_restored_serves_and_its_trail_is_guarded_as_before(
    kept_settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    restore(back_up(kept_settings, tmp_path / "b").backup, elsewhere)
    with TestClient(create_app(elsewhere)) as client:
        assert client.get("/api/health").json()["status"] == "ok"
        assert client.post("/api/session", json={"name": "张三", "password": "Abcdef-12"}).status_code == 200
        database: Database = client.app.state.database  # type: ignore[attr-defined]
        write_once(database, 1)  # the numbers of new rows go on where they were
        with pytest.raises(Exception, match="不能修改或删除"), database.write() as session:
            session.connection().exec_driver_sql("DELETE FROM audit_entries")


@pytest.mark.database("postgresql")
def test_without_pg_dump_the_rows_themselves_are_exported_and_come_back_the_same(
    kept_settings: Settings, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "postgresql_program", lambda name: None)
    made = back_up(kept_settings, tmp_path / "b")
    assert made.backup.manifest["database"] == snapshots.ROWS
    assert "rows-audit_entries.copy" in [part["name"] for part in made.backup.manifest["parts"]]
    restore(made.backup, elsewhere)
    before, after = contents(kept_settings), contents(elsewhere)
    for table in ("audit_head", "audit_entries"):
        del before[table], after[table]
    assert after == before
    database = open_database(elsewhere)
    write_once(database, 1)  # each table's numbers go on
    with database.read() as session:
        assert audit.verify(session) == []
    database.close()


def test_sessions_of_before_end_and_the_restore_is_on_the_trail(
    kept_settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with TestClient(create_app(kept_settings)) as client:
        client.post("/api/session", json={"name": "张三", "password": "Abcdef-12"})
    made = back_up(kept_settings, tmp_path / "b")
    done = restore(made.backup, elsewhere)
    assert done.sentence.endswith("所有登录已失效，请重新登录。")
    with reading(elsewhere) as session:
        assert [signed_in.is_revoked for signed_in in session.exec(select(SignInSession))] == [True]
        last = session.exec(select(AuditEntry).order_by(AuditEntry.number.desc())).first()  # type: ignore[attr-defined]
    assert last is not None
    assert (last.action, last.target) == ("maintenance.restore", made.backup.name)


# ---- what is there already ------------------------------------------------------------------------------------------


def test_a_place_with_data_in_it_is_refused_and_stays_as_it_is(kept_settings: Settings, tmp_path: Path) -> None:
    made = back_up(kept_settings, tmp_path / "b")
    before = contents(kept_settings)
    with pytest.raises(Refused, match="里已有数据，没有恢复"):
        restore(made.backup, kept_settings)
    assert contents(kept_settings) == before


@pytest.mark.database
def test_replacing_keeps_the_old_data_aside_and_says_what_came_after_the_backup(
    kept_settings: Settings, tmp_path: Path
) -> None:
    made = back_up(kept_settings, tmp_path / "b")
    database = open_database(kept_settings)
    for number in range(3):
        write_once(database, number)
    database.close()
    done = restore(made.backup, kept_settings, replace=True)
    # the backup's own entry, then three accounts
    assert "备份之后还有4条操作没有恢复" in done.sentence
    assert "原有数据移到" in done.sentence
    with reading(kept_settings) as session:
        assert audit.verify(session) == []
        count = "SELECT count(*) FROM {}accounts"
        assert session.connection().exec_driver_sql(count.format("")).scalar_one() == 1
        if kept_settings.database_url is not None:
            schema = done.set_aside.partition("、")[0].removeprefix("模式 ")
            assert session.connection().exec_driver_sql(count.format(f"{schema}.")).scalar_one() == 4
    [aside] = kept_settings.home.glob("replaced-*")
    assert (aside / audit.WITNESS).exists()
    if kept_settings.database_url is None:
        with closing(sqlite3.connect(aside / "sanzhong.sqlite")) as connection:
            assert connection.execute("SELECT count(*) FROM accounts").fetchall() == [(4,)]
    again = back_up(kept_settings, tmp_path / "c")  # what was set aside is not in the next backup
    assert again.backup.inventory.rows == {
        **made.backup.inventory.rows, "audit_entries": made.backup.inventory.rows["audit_entries"] + 1,
    }  # fmt: skip


@pytest.mark.sqlite("SQLite的数据库文件丢失")
def test_a_lost_database_is_restored_beside_the_witness_that_outlived_it(kept_settings: Settings, backup: Path) -> None:
    database = open_database(kept_settings)
    write_once(database, 1)
    database.close()
    (kept_settings.home / "sanzhong.sqlite").unlink()
    done = restore(backups.opened(backup), kept_settings)
    assert "备份之后还有2条操作没有恢复，请按其原始表重新导入。" in done.sentence
    with reading(kept_settings) as session:
        assert audit.verify(session) == []


@pytest.mark.sqlite("备份取自SQLite文件")
def test_while_the_server_runs_nothing_is_restored(kept_settings: Settings, backup: Path) -> None:
    with serving.in_use(kept_settings.home), pytest.raises(Busy, match=r"平台正在运行.*请先停止平台，再恢复"):
        restore(backups.opened(backup), kept_settings, replace=True)
    with TestClient(create_app(kept_settings)), pytest.raises(Busy, match="平台正在运行"):
        restore(backups.opened(backup), kept_settings, replace=True)
    restore(backups.opened(backup), kept_settings, replace=True)


@pytest.mark.slow
@pytest.mark.database("postgresql")
def test_on_postgresql_other_hosts_that_are_connected_hold_a_replacement_back(
    kept_settings: Settings, tmp_path: Path
) -> None:
    made = back_up(kept_settings, tmp_path / "b")
    with reading(kept_settings) as session:
        assert session.connection().closed is False
        with pytest.raises(Refused, match="还有1个连接在用这个数据库"):
            restore(made.backup, kept_settings, replace=True)
    assert list(kept_settings.home.glob("replaced-*")) == []


# ---- all or nothing -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.database
def test_what_comes_out_otherwise_than_it_was_is_not_put_in_place(
    kept_settings: Settings, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a program would that counts differently: every board's figures come out otherwise."""
    made = back_up(kept_settings, tmp_path / "b")
    real = recomputation.alerts
    monkeypatch.setattr(recomputation, "alerts", lambda *_, **__: ())
    with pytest.raises(
        Refused, match="恢复后与备份时有3处不同，没有采用：计划2023 2023年4月：重新计算的得分、排名或亮灯与备份"
    ):
        restore(made.backup, elsewhere)
    assert [path.name for path in elsewhere.home.iterdir()] == []
    monkeypatch.setattr(recomputation, "alerts", real)
    restore(made.backup, elsewhere)  # and the place is as empty as before


def rewrite(backup: Path, statement: str) -> None:
    """Change the database in a backup and put every hash right, as somebody could who knows how it is made."""
    path = backup / "sanzhong.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
    manifest = json.loads((backup / "manifest.json").read_text())
    for part in manifest["parts"]:
        if part["name"] == path.name:
            part |= {"size": path.stat().st_size, "sha256": folders.sha256_of(path)}
    content = folders.as_json(manifest)
    (backup / "manifest.json").write_bytes(content)
    (backup / "manifest.sha256").write_bytes(backups.manifest_hash(content))


@pytest.mark.sqlite("直接改备份里的SQLite文件")
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE inspection_revisions SET reported_ytd_wan = 999 WHERE month = '2023-04'",
            "计划2023 2023年4月：数据校验码与备份时不符。",
        ),
        (
            "UPDATE stored_files SET content = x'00'",
            "第1号导入“六月.xlsx”的原始文件",
        ),
        ("DELETE FROM audit_entries WHERE number = 3", "操作日志缺少第3号至第3号记录"),
        ("UPDATE audit_head SET number = number - 1", "操作日志的末条登记不符"),
        ("DELETE FROM sign_in_failures; ", ""),
        ("UPDATE publications SET signed_by = signed_by || '某'", ""),
    ],
)
def test_a_row_changed_in_a_backup_whose_hashes_were_put_right_is_found_by_working_it_out(
    backup: Path, elsewhere: Settings, statement: str, sentence: str
) -> None:
    rewrite(backup, statement)
    if not sentence:  # what neither a score nor the trail rests on: the hash of the file alone guards it
        restore(backups.opened(backup), elsewhere)
        return
    with pytest.raises(Refused) as refused:
        restore(backups.opened(backup), elsewhere)
    assert sentence in "".join(refused.value.detail)
    assert list(elsewhere.home.iterdir()) == []


def die_before_rename(number: int) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook that kills this process before its `number`-th change of a name or making of a folder."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in ("os.rename", "os.mkdir", "os.link", "os.remove"):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


@pytest.mark.sqlite("换下的是SQLite文件")
@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_step_a_replacement_leaves_the_old_or_the_new_and_can_be_done_again(
    kept_settings: Settings, backup: Path, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never neither: the old database keeps its name until the new one takes it."""
    step, kills = 1, 0
    chosen = backups.opened(backup)
    while True:
        process = os.fork()
        if process == 0:
            sys.addaudithook(die_before_rename(step))
            try:
                restore(chosen, kept_settings, replace=True)
            except BaseException:
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        with reading(kept_settings) as session:  # served as it stands
            assert [fault for fault in audit.verify(session) if "缺少" in fault or "改动" in fault] == []
            assert session.connection().exec_driver_sql("SELECT count(*) FROM projects").scalar_one() == 2
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            break
        kills, step = kills + 1, step + stride
    assert kills >= 2
    with reading(kept_settings) as session:
        assert audit.verify(session) == []
    assert list(kept_settings.home.glob(f"{restoring.DRAFT}*")) == []


@pytest.mark.sqlite("直接改备份里的SQLite文件")
def test_an_older_backup_is_upgraded_and_one_of_a_later_program_refused(
    backup: Path, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = migrations.newest()
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "tomorrow.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = 'tomorrow', {before!r}, None, None\n"
        "def upgrade():\n"
        "    op.add_column('units', sa.Column('phone', sa.String(), nullable=False, server_default=''))\n"
    )
    with monkeypatch.context() as later:
        later.setattr(migrations, "VERSIONS", [*migrations.VERSIONS, folder])
        done = restore(backups.opened(backup), elsewhere)
        assert (done.upgraded_from, done.inventory.revision) == (before, "tomorrow")
        assert f"数据库已从版本 {before} 升级" in done.sentence
        newer = back_up(elsewhere, tmp_path / "newer").backup
    with pytest.raises(Refused, match="数据库的版本（tomorrow）比本程序新"):
        restore(newer, elsewhere.model_copy(update={"home": tmp_path / "third"}))


# ---- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.sqlite("备份取自SQLite文件")
def test_the_command_restores_the_newest_into_a_scratch_home_and_names_settings_that_differ(
    kept_settings: Settings,
    backup: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SANZHONG_HOME", str(kept_settings.home))
    monkeypatch.setenv("SANZHONG_PUBLICITY_DAYS", "5")
    shutil.copytree(backup, backup.parent / "sanzhong-20220101-000000")
    assert run(["restore", str(backup.parent), "--into", str(tmp_path / "scratch")]) == 0
    said = capsys.readouterr().err
    assert said.startswith(f"已从备份 {backup.name} 恢复并全部重算：5期榜单、10个得分")
    assert "提示：这些设置与备份时不同，请核对：SANZHONG_PUBLICITY_DAYS" in said
    assert run(["restore", str(backup.parent)]) == 1
    assert "里已有数据，没有恢复。要换掉它请加 --replace" in capsys.readouterr().err
    assert run(["restore", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'nowhere'} 里没有备份，请核对路径。\n"


def test_a_changed_byte_stops_the_command_before_anything_is_written(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANZHONG_HOME", str(tmp_path / "new"))
    change_byte(backup / "sanzhong.sqlite", 5000)
    assert run(["restore", str(backup)]) == 1
    assert "sanzhong.sqlite 与其校验码不符，备份已损坏或被改动，请换一份。" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
