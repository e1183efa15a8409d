"""The command (命令): exit codes, data on stdout, one sentence on stderr, the database brought up to date first."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlmodel import col, select

from app import cli, migrations
from app.accounts.models import Account
from app.database import Database, open_database
from app.settings import ROOT, Settings
from tests.app.test_trail import tamper
from tests.conftest import wait_until
from tests.installations import NOTHING, NewInstallation, use


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_installation: NewInstallation) -> Path:
    """Where the command keeps its state; not there yet."""
    use(monkeypatch, new_installation(tmp_path / "home", NOTHING))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("user", "add", …, stdin="口令")`, in this process."""

    def command(*words: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = cli.run(list(words))
        return Outcome(code, *capsys.readouterr())

    return command


def test_a_command_makes_the_database_when_there_is_none(run: Run, home: Path) -> None:
    assert run("programme", "list") == (0, "", "数据库已升级到本程序的版本。\n")
    assert run("programme", "list") == (0, "", "")
    assert home.stat().st_mode & 0o077 == 0
    assert migrations.state_of(migrations.migration_engine(Database(Settings().url()))) == migrations.newest()


def test_adding_and_listing_programmes(run: Run) -> None:
    added = run(
        "programme", "add", "2024", "--name", "2024年度", "--year", "2024", "--class", "甲类", "--class", "乙类"
    )
    assert (added.code, added.out) == (0, "")
    assert added.err.splitlines()[-1] == "已新增年度项目计划“2024年度”（代码 2024），考核办法 county-default。"
    assert run("programme", "list") == (0, "2024\t2024年度\t2024年\n", "")
    rows = json.loads(run("programme", "list", "--json").out)
    assert rows["total"] == 1
    assert rows["rows"][0] | {"data_version": 0} == {
        "code": "2024",
        "name": "2024年度",
        "year": 2024,
        "classes": ["甲类", "乙类"],
        "locked_periods": [],
        "is_demo": False,
        "data_version": 0,
    }


def test_a_refusal_is_one_sentence_and_exit_1_and_stores_nothing(run: Run) -> None:
    run("programme", "add", "2024", "--name", "2024年度", "--year", "2024")
    again = run("programme", "add", "2024", "--name", "另一个", "--year", "2024")
    assert again == (1, "", "已有代码为“2024”的年度项目计划，请换一个代码。\n")
    assert run("programme", "list").out == "2024\t2024年度\t2024年\n"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["programme", "add", "2024"], "Missing option '--name'"),
        (["programme", "add", "2024", "--name", "x", "--year", "later"], "'--year'"),
        (["no-such-command"], "No such command"),
        (["user", "disable"], "Missing argument 'NAME'"),
    ],
)
def test_bad_usage_is_exit_2(run: Run, words: list[str], part: str) -> None:
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("命令写法不对：")
    assert part in outcome.err
    assert "Traceback" not in outcome.err


def test_a_setting_that_cannot_be_read_is_named_and_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANZHONG_SECRET", "too-short")
    assert run("programme", "list") == (2, "", "设置 SANZHONG_SECRET 的写法不对，请改正后再运行。\n")


def test_accounts_are_made_disabled_and_reset(run: Run) -> None:
    made = run("user", "add", "张三", "--role", "unit", "--unit", "杨屯镇", "--password-stdin", stdin="Abcdef-12\n")
    assert made.code == 0
    assert made.err.splitlines()[-2:] == ["已新增单位“杨屯镇”。", "已新增账号“张三”（部门、镇区）。"]
    assert run("user", "disable", "张三").err == "已停用账号“张三”，其登录已全部失效。\n"
    assert run("user", "disable", "张三") == (1, "", "账号“张三”已经停用，不必再停用。\n")
    reset = run("user", "reset", "张三", "--password-stdin", stdin="Xin-Kouling-1\n")
    assert reset == (0, "", "已重置“张三”的口令，其原有登录已全部失效。\n")
    assert run("user", "reset", "李四", "--password-stdin", stdin="Xin-Kouling-1").err == (
        "没有名为“李四”的账号，请核对姓名。\n"
    )


def test_an_account_that_looks_for_a_leader_hangs_on_the_leaders_own(run: Run) -> None:
    viewer = ("user", "add", "李秘书", "--role", "leader", "--viewing-for", "张县长", "--password-stdin")
    assert run(*viewer, stdin="Abcdef-12\n").err.splitlines()[-1] == "没有名为“张县长”的账号，请核对姓名。"
    run("user", "add", "张县长", "--role", "leader", "--scope", "county", "--password-stdin", stdin="Abcdef-12\n")
    assert run(*viewer, stdin="Abcdef-12\n") == (0, "", "已新增账号“李秘书”（县领导）。\n")


def test_an_account_made_on_the_server_is_usable_at_once_unless_the_command_says_otherwise(run: Run) -> None:
    for name, more in (("张三", ()), ("李四", ("--must-change",))):
        made = run("user", "add", name, "--role", "office", *more, "--password-stdin", stdin="Abcdef-12\n")
        assert made.code == 0
    run("user", "reset", "张三", "--must-change", "--password-stdin", stdin="Xin-Kouling-1\n")
    run("user", "reset", "李四", "--password-stdin", stdin="Xin-Kouling-1\n")
    with closing(open_database(Settings())) as database, database.read() as session:
        stored = session.exec(select(Account).order_by(col(Account.id))).all()
        found = [(account.name, account.must_change_password, account.awaits_activation) for account in stored]
    assert found == [("张三", True, False), ("李四", False, False)]


def test_a_password_is_read_from_stdin_only(run: Run) -> None:
    without = run("user", "add", "张三", "--role", "office")
    assert without.code == 1
    assert without.err.startswith("请加 --password-stdin")
    assert run("user", "add", "张三", "--role", "office", "--password-stdin", stdin="\n").err == (
        "标准输入里没有口令，请把口令写在第一行。\n"
    )


def test_links_are_refused_where_there_is_no_demo(run: Run) -> None:
    run("user", "add", "张三", "--role", "office", "--password-stdin", stdin="Abcdef-12")
    links = run("links")
    assert (links.code, links.out) == (1, "")
    assert links.err.startswith("没有演示账号：登录链接只发给没有口令的演示账号。")


def test_verify_finds_nothing_and_then_the_tampering(run: Run, home: Path) -> None:
    run("programme", "add", "2024", "--name", "2024年度", "--year", "2024")
    assert run("verify") == (0, "", "核对完毕，没有发现问题。\n")
    tamper(Database(Settings().url()), "UPDATE audit_entries SET actor_name = '王五' WHERE number = 1")
    found = run("verify")
    assert found.code == 1
    assert found.out == "操作日志第1号的内容与其校验码不符，记录被改动过，请用备份核对。\n"
    assert found.err == "核对发现1处不符，见上。\n"


def test_the_module_is_the_command(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "programme", "list", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SANZHONG_HOME": str(home)},
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, {"rows": [], "total": 0})


# -- serving ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_a_port_that_is_taken_is_said_in_one_sentence(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = run("serve", "--port", str(port))
    assert outcome == (1, "", f"127.0.0.1 的 {port} 端口不能用（可能已被占用），请换一个端口：--port 8001\n")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/health", timeout=2) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture
def served(home: Path, free_port: int, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """`sanzhong serve` in a process of its own, ready: (process, address, its stderr)."""
    log = tmp_path / "stderr"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(free_port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=os.environ | {"SANZHONG_HOME": str(home)},
        )
    address = f"http://127.0.0.1:{free_port}"
    try:
        wait_until(lambda: answers(address) or process.poll() is not None, seconds=60)
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield process, address, log
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_serving_logs_json_lines_and_stops_when_told(served: tuple[subprocess.Popen[bytes], str, Path]) -> None:
    process, address, log = served
    assert answers(address)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    upgraded, *rest = log.read_text(encoding="utf-8").splitlines()
    assert upgraded == "数据库已升级到本程序的版本。"
    lines = [json.loads(line) for line in rest]
    requests = [line for line in lines if line["event"] == "request"]
    assert {(line["method"], line["route"], line["status"]) for line in requests} == {("GET", "/api/health", 200)}
    assert [line for line in lines if "trace" in line] == []


# -- settings ---------------------------------------------------------------------------------------------------------


def test_the_secret_is_made_once_at_random_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first, second = Settings(home=tmp_path / "a", secret=None), Settings(home=tmp_path / "b", secret=None)
    assert first.secret_key() == Settings(home=tmp_path / "a", secret=None).secret_key()
    assert first.secret_key() != second.secret_key()
    assert len(first.secret_key()) >= 64
    assert (tmp_path / "a" / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["secret"]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
    ],
)
def test_a_plain_postgresql_address_gets_its_driver(tmp_path: Path, given: str, url: str) -> None:
    assert Settings(home=tmp_path, database_url=given).url() == url


def test_neither_secret_nor_password_shows_when_settings_are_printed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret="s3cret" * 8, database_url="postgresql://u:pass-word@h/d")
    assert "s3cret" not in repr(settings) and "pass-word" not in repr(settings)
