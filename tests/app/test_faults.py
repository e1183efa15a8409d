"""故障: disk, lock, clock, files and processes that fail. Each ends in all or nothing, said so, and serving again."""

import errno
import json
import os
import pickle
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import itsdangerous
import pytest
from sqlalchemy import event
from sqlmodel import select
from starlette.testclient import TestClient

from app import cli, database, logs, migrations
from app.accounts import service as accounts
from app.accounts.models import SignInFailure
from app.accounts.signed_in import COOKIE_KEY
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database, open_database
from app.evidence import service as evidence
from app.main import create_app
from app.publications import service as publishing
from app.publications.models import Publication, Reopening
from app.settings import ROOT, Settings
from tests.app.county import County, noon
from tests.app.kept_county import FILE, write_once
from tests.app.sheets import JUNE, month_sheet
from tests.conftest import ClientAs, absent, wait_until
from tests.installations import SECRET
from tests.tampering import tampered

YEAR = timedelta(days=365)
UNAVAILABLE = "数据库暂时不能读写（正忙、磁盘已满或连接中断），这一次没有保存，请稍后再试或联系系统管理员。"


def try_sheet(client: TestClient) -> Any:
    """Hand in the June sheet of the planned county."""
    return client.post(
        "/api/uploads", data={"programme": "T"}, files={"file": ("六月.xlsx", month_sheet(6, JUNE), "application/x")}
    )


def rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        connection = session.connection()
        names = [table.name for table in migrations.all_tables().sorted_tables]
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}


def is_whole(database: Database) -> None:
    with database.read() as session:
        assert audit.verify(session) == []
        assert evidence.verify(session) == []
        if database.is_sqlite:
            assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


class InPlanned:
    """The planned county of four projects, served."""

    @pytest.fixture
    def settings(self, planned_settings: Settings) -> Settings:
        return planned_settings


# ---- the disk -------------------------------------------------------------------------------------------------------


class TestDisk(InPlanned):
    @pytest.mark.sqlite("SQLite文件的页数到顶")
    def test_on_a_full_disk_a_sheet_is_refused_whole_reading_goes_on_and_with_room_it_is_taken(
        self, settings: Settings, client_as: ClientAs
    ) -> None:
        """SQLite may not grow by a page: the same error as a disk without room (SQLITE_FULL)."""
        client = client_as("office")
        database: Database = client.app.state.database  # type: ignore[attr-defined]
        before = rows(database)

        @contextmanager
        def full() -> Iterator[None]:
            def limit(connection: sqlite3.Connection, *_: Any) -> None:
                connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

            database.close()
            event.listen(database._writer, "connect", limit)
            try:
                yield
            finally:
                event.remove(database._writer, "connect", limit)
                database.close()

        with full():
            answer = try_sheet(client)
            assert (answer.status_code, answer.json()["message"]) == (503, UNAVAILABLE)
            assert client.get("/api/programmes").status_code == 200
            assert rows(database) == before
        assert try_sheet(client).status_code == 201
        is_whole(database)

    @pytest.mark.sqlite("SQLite文件只读")
    def test_on_a_disk_that_has_become_read_only_nothing_is_stored_and_everything_is_still_shown(
        self, settings: Settings, client_as: ClientAs
    ) -> None:
        client = client_as("office")
        database: Database = client.app.state.database  # type: ignore[attr-defined]
        before = rows(database)

        def forbid(connection: sqlite3.Connection, *_: Any) -> None:
            connection.execute("PRAGMA query_only=ON")  # "attempt to write a readonly database"

        database.close()
        event.listen(database._writer, "connect", forbid)
        answer = try_sheet(client)
        assert (answer.status_code, answer.json()["message"]) == (503, UNAVAILABLE)
        assert client.get("/api/programmes").status_code == 200
        assert rows(database) == before
        event.remove(database._writer, "connect", forbid)
        database.close()
        assert try_sheet(client).status_code == 201
        is_whole(database)

    def test_where_the_witness_cannot_be_written_the_act_stands_and_the_next_one_brings_it_up(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = open_database(settings)

        def full(self: Path, *_: Any, **__: Any) -> None:
            self.touch()
            raise OSError(errno.ENOSPC, "no room", str(self))

        write_once(opened, 0)
        seen = audit.read_witness(settings.home)
        assert seen is not None
        with monkeypatch.context() as patched:
            patched.setattr(Path, "write_text", full)
            write_once(opened, 1)
        assert audit.read_witness(settings.home) == seen
        assert [path.name for path in settings.home.glob("audit-head.json*")] == ["audit-head.json"]
        is_whole(opened)
        write_once(opened, 2)
        after = audit.read_witness(settings.home)
        assert after is not None
        assert after[0] == seen[0] + 2
        opened.close()

    @pytest.mark.slow
    def test_on_a_real_small_disk_that_fills_up_and_then_turns_read_only_nothing_is_lost(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        disk = tmp_path / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
        if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            absent("挂载小盘需要 root 和挂载权限")
        try:
            home = Path(shutil.copytree(settings.home, disk / "home"))
            small = settings.model_copy(update={"home": home})
            with serving(small) as client:
                opened: Database = client.app.state.database  # type: ignore[attr-defined]
                filler = disk / "filler"
                with suppress(OSError), filler.open("wb", buffering=0) as file:
                    while True:
                        file.write(bytes(4096))
                before = rows(opened)
                said = [try_sheet(client) for _ in range(3)]
                assert {(answer.status_code, answer.json()["message"]) for answer in said} == {(503, UNAVAILABLE)}
                assert client.get("/api/programmes").status_code == 200
                assert rows(opened) == before
                filler.unlink()
                assert try_sheet(client).status_code == 201
                is_whole(opened)
                opened.close()
                subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
                assert try_sheet(client).status_code == 503
                subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
                assert try_sheet(client).status_code == 201
                is_whole(opened)
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)


@contextmanager
def serving(settings: Settings) -> Iterator[TestClient]:
    """The API on these settings with somebody of the office signed in."""
    app = create_app(settings)
    with app.state.database.write() as session:
        account, _ = accounts.add(session, settings, Actor.command(), "经办人", "office", password=None)
        token, _ = accounts.open_session(session, settings, account, datetime.now(UTC), {})
    with TestClient(app) as client:
        client.cookies.set("sanzhong", cookie(settings, token))
        yield client


def cookie(settings: Settings, token: str, at: datetime | None = None) -> str:
    """The cookie as signed at an instant (default: now)."""
    signer = itsdangerous.TimestampSigner(settings.secret_key())
    if at is not None:
        signer.get_timestamp = lambda: int(at.timestamp())  # type: ignore[method-assign]
    return signer.sign(b64encode(json.dumps({COOKIE_KEY: token}).encode())).decode()


# ---- the lock -------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_database_that_another_process_holds_beyond_patience_is_said_and_then_written_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 200)
    ready, held = os.pipe()
    with serving(settings) as client:
        opened: Database = client.app.state.database  # type: ignore[attr-defined]
        before = rows(opened)
        opened.close()
        process = os.fork()
        if process == 0:
            with suppress(BaseException), open_database(settings).write() as session:
                audit.append(session, Actor.command(), "holding.the.head")
                os.write(held, b"x")
                signal.pause()
            os._exit(1)
        try:
            os.read(ready, 1)
            answer = client.delete("/api/session")
            assert answer.status_code == 503
            assert answer.json()["message"] in (UNAVAILABLE, "数据库正在写入别的内容，这一次没有保存，请稍后再试。")
            assert client.get("/api/programmes").status_code == 200
            # A refusal by a rule is still that refusal, though the trail cannot take it now.
            refused = client.post("/api/publications", json={"programme": "none", "period": "2023Q2"})
            assert refused.status_code in (404, 503)
            assert refused.json()["code"] in ("not_found", "busy", "database_unavailable")
        finally:
            os.kill(process, signal.SIGKILL)  # what it wrote is gone, and its lock with it
            os.waitpid(process, 0)
        assert rows(opened) == before
        assert client.delete("/api/session").is_success
        is_whole(opened)
    os.close(ready)
    os.close(held)


# ---- the clock ------------------------------------------------------------------------------------------------------


@pytest.mark.database
@pytest.mark.parametrize(
    "back", [pytest.param(timedelta(days=1), marks=pytest.mark.slow, id="a day"), pytest.param(YEAR, id="a year")]
)
def test_with_the_clock_set_back_numbers_go_on_the_chain_holds_and_the_newest_fact_counts(
    database: Database, back: timedelta
) -> None:
    county = County(database)
    county.project("甲")
    county.record("2023-06", {"甲": 300}, "2023-07-01")  # 300 of 600 due: 50.00
    assert county.board("2023-06")["rows"][0]["score"] == "50.00"
    earlier = (noon("2023-07-02") - back).date().isoformat()
    county.record("2023-06", {"甲": 600}, earlier)
    assert county.board("2023-06")["rows"][0]["score"] == "100.00"
    # What was known at the first instant is still what was known then.
    assert county.board("2023-06", known_at=noon("2023-07-01"))["rows"][0]["score"] == "50.00"
    county.publish("2023Q2", earlier)
    county.reopen("2023Q2", earlier)
    county.record("2023-06", {"甲": 450}, earlier)
    county.publish("2023Q2", earlier)
    county.reopen("2023Q2", earlier)
    with county.reading() as (session, _):
        assert [issue.number for issue in session.exec(select(Publication).order_by(Publication.id))] == [1, 2]  # type: ignore[arg-type]
        assert [slip.number for slip in session.exec(select(Reopening).order_by(Reopening.id))] == [1, 2]  # type: ignore[arg-type]
        numbers = session.exec(select(AuditEntry.number).order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
        assert numbers == list(range(1, len(numbers) + 1))
        assert audit.verify(session) == []
        assert publishing.verify(session) == []


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=365)], ids=["a day", "a year"])
def test_a_cookie_from_before_the_clock_was_set_back_ends_instead_of_living_longer(
    settings: Settings, ahead: timedelta
) -> None:
    with serving(settings) as client:
        assert client.get("/api/programmes").status_code == 200
        database: Database = client.app.state.database  # type: ignore[attr-defined]
        later = datetime.now(UTC) + ahead
        with database.write() as session:
            account = accounts.account_named(session, "经办人")
            token, _ = accounts.open_session(session, settings, account, later, {})
        client.cookies.clear()
        client.cookies.set("sanzhong", cookie(settings, token, later))
        assert client.get("/api/programmes").status_code == 401


def test_wrong_passwords_from_before_the_clock_was_set_back_make_nobody_wait_for_it(settings: Settings) -> None:
    opened = open_database(settings)
    with opened.write() as session:
        accounts.add(session, settings, Actor.command(), "张三", "office", password="Abcdef-12")
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        session.add_all(SignInFailure(name="张三", address="1.2.3.4", at=tomorrow) for _ in range(9))
    _, actor = accounts.sign_in(opened, settings, "张三", "Abcdef-12", "1.2.3.4")
    assert actor.name == "张三"
    opened.close()


# ---- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.sqlite("直接改SQLite文件")
def test_a_stored_file_with_one_byte_changed_is_not_handed_out_everything_else_is_and_verify_names_it(
    kept_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(kept_settings.home / "sanzhong.sqlite")) as connection, connection:
        [(sha256, content)] = connection.execute("SELECT sha256, content FROM stored_files").fetchall()
        spoilt = bytes([content[0] ^ 1]) + content[1:]
    database = open_database(kept_settings)
    with tampered(database) as session:
        session.connection().exec_driver_sql("UPDATE stored_files SET content = ?", (spoilt,))
    database.close()
    with serving(kept_settings) as client:
        answer = client.get("/api/uploads/1/file")
        assert (answer.status_code, answer.json()["code"]) == (500, "damaged")
        assert answer.json()["message"] == (
            f"原始文件（{sha256[:8]}）与其校验码不符，已损坏或被改动，不能使用，请联系系统管理员用备份核对。"
        )
        board = client.get("/api/standings", params={"programme": "2023", "period": "2023Q2"}).json()
        assert [row["score"] for row in board["rows"]] == ["75.00", "60.00"]
    monkeypatch.setenv("SANZHONG_HOME", str(kept_settings.home))
    assert cli.run(["verify"]) == 1
    assert capsys.readouterr().out == (
        f"第1号导入“{FILE}”的原始文件（{sha256[:8]}）与其校验码不符，文件已损坏或被改动，请用备份核对。\n"
    )


@pytest.mark.sqlite("SQLite的数据库文件")
@pytest.mark.parametrize(
    "kind",
    ["garbage", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("cut off", "a page overwritten"))],
)
def test_a_database_file_that_is_none_any_more_is_said_in_one_sentence_and_a_backup_brings_it_back(
    kept_settings: Settings,
    backup: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SANZHONG_HOME", str(kept_settings.home))
    path = kept_settings.home / "sanzhong.sqlite"
    whole = path.read_bytes()
    spoilt = {
        "garbage": b"nothing of ours " * 999,
        "cut off": whole[: len(whole) // 2],
        "a page overwritten": b"\xff" * 4096 + whole[4096:],
    }[kind]
    path.write_bytes(spoilt)
    assert cli.run(["verify"]) == 1
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("数据库文件已损坏，或不是本平台的数据库：")
    assert said.endswith("没有改动任何内容，请用最近的备份恢复：sanzhong restore 备份文件夹 --replace")
    assert path.read_bytes() == spoilt
    with TestClient(create_app(kept_settings)) as client:
        answer = client.get("/api/health")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert answer.json()["message"] == "暂时不能办理：数据库读不出来。"
    assert cli.run(["restore", str(backup), "--replace"]) == 0
    capsys.readouterr()
    assert cli.run(["verify"]) == 0
    [aside] = kept_settings.home.glob("replaced-*")
    assert (aside / "sanzhong.sqlite").read_bytes() == spoilt


@pytest.mark.sqlite("SQLite的数据库文件")
@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_a_lost_database_file_is_not_taken_for_a_new_installation(
    kept_settings: Settings, how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANZHONG_HOME", str(kept_settings.home))
    path = kept_settings.home / "sanzhong.sqlite"
    if how == "removed":
        path.unlink()
    else:
        path.write_bytes(b"")
    seen = audit.read_witness(kept_settings.home)
    assert seen is not None
    assert cli.run(["programme", "list"]) == 1
    said = capsys.readouterr().err
    assert f"操作日志登记到第{seen[0]}号：数据库文件丢失或被清空了。没有改动任何内容，请用最近的备份恢复" in said
    (kept_settings.home / audit.WITNESS).unlink()  # whoever does mean to begin anew
    assert cli.run(["programme", "list"]) == 0


@pytest.mark.parametrize("content", ["", "{", '{"number": "x"}', "\x00" * 97])
def test_a_spoilt_witness_stops_nobody_and_is_kept_and_named(settings: Settings, content: str) -> None:
    opened = open_database(settings)
    write_once(opened, 0)
    (settings.home / audit.WITNESS).write_text(content)
    with opened.read() as session:
        assert audit.verify(session) == [
            "操作日志外留存的登记（audit-head.json）读不出来，文件被改动过，请用备份核对。"
        ]
    write_once(opened, 1)
    assert (settings.home / audit.WITNESS).read_text() == content
    (settings.home / audit.WITNESS).unlink()  # once it has been looked into
    write_once(opened, 2)
    is_whole(opened)
    opened.close()


@pytest.mark.parametrize("home", ["/proc/sanzhong", "{file}/home", "{file}"])
def test_a_home_folder_that_cannot_be_made_is_one_sentence(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    place = home.format(file=tmp_path / "file")
    monkeypatch.setenv("SANZHONG_HOME", place)
    assert cli.run(["serve", "--port", "8149"]) == 1
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("不能读写文件：")
    assert place in said
    assert said.endswith("请处理后再运行。")


# ---- a process ------------------------------------------------------------------------------------------------------


def test_what_each_worker_is_sent_can_be_sent() -> None:
    """`serve --workers 2` sends its settings to new processes; an open stream among them would stop it at the start."""
    assert pickle.loads(pickle.dumps(logs.config())) == logs.config()


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_a_request_leaves_the_server_answering(
    kept_settings: Settings, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"SANZHONG_HOME": str(kept_settings.home), "SANZHONG_SECRET": SECRET}
    line = [sys.executable, "-m", "app", "serve", "--port", str(port), "--workers", "2"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: len(serving_processes(port)) >= 1 and health(port), seconds=120)
        assert health(port)
        body = b'{"name": "' + b"x" * 1000
        with socket.create_connection(("127.0.0.1", port)) as unfinished:
            head = "POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
            head += "Content-Type: application/json\r\n\r\n"
            unfinished.sendall(head.encode() + body)
            mine: list[int] = []
            wait_until(lambda: bool(mine.extend(holders(unfinished)) or mine), seconds=20)
            worker = mine[0]
            assert worker != server.pid
            os.kill(worker, signal.SIGKILL)
            unfinished.settimeout(20)
            with suppress(ConnectionError):
                assert unfinished.recv(1) == b""  # closed, not answered as done
        wait_until(lambda: all(health(port) for _ in range(6)), seconds=60)
        assert all(health(port) for _ in range(6))
        opened = open_database(kept_settings)
        is_whole(opened)
        opened.close()
        assert server.poll() is None
    finally:
        server.terminate()
        server.wait(timeout=60)


def health(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
        return bool(json.load(answer)["status"] == "ok")
    return False


def serving_processes(port: int) -> list[int]:
    """The processes that listen there."""
    inodes = {line.split()[9] for line in tcp() if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"}
    return [process for process in processes() if inodes & set(sockets_of(process))]


def holders(connection: socket.socket) -> list[int]:
    """The processes that have accepted this connection."""
    own, theirs = connection.getsockname()[1], connection.getpeername()[1]
    found = [line.split() for line in tcp()]
    inodes = {
        words[9] for words in found if words[1].endswith(f":{theirs:04X}") and words[2].endswith(f":{own:04X}")
    } - {"0"}
    return [process for process in processes() if inodes & set(sockets_of(process))]


def tcp() -> list[str]:
    return Path("/proc/net/tcp").read_text().splitlines()[1:]


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def sockets_of(process: int) -> list[str]:
    found = []
    with suppress(OSError):
        for path in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                found.append(os.readlink(path).removeprefix("socket:[").removesuffix("]"))
    return found
