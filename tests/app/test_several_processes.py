"""Several processes on one PostgreSQL (多进程): whoever is asked, the answer is the same.

In `make test` two applications stand for two processes; `make test-all` starts the processes themselves:
`serve --workers 2` and a second `serve` on one database, and two first starts at the same moment.
"""

import http.client
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient
from websockets.sync.client import connect

from app import logs, migrations
from app.accounts import service as accounts
from app.audit.service import Actor
from app.database import Database, open_database
from app.main import create_app
from app.settings import ROOT, Settings
from tests.app.sheets import JUNE, month_sheet
from tests.app.test_command import answers
from tests.browser.server import free_port
from tests.conftest import wait_until
from tests.installations import NOTHING, PLANNED, Templates, environment

PASSWORD = "Kou-ling-2023"
BOARD = "/api/standings?programme=T&period=2023-06"
LIGHTS = "/api/alerts?programme=T&month=2023-06"


@pytest.fixture
def installed(templates: Templates, tmp_path: Path) -> Iterator[Settings]:
    """The planned county on PostgreSQL, with 张三 of the office."""
    made = templates.copy("postgresql", tmp_path / "home", PLANNED)
    database = open_database(made)
    with database.write() as session:
        accounts.add(session, made, Actor.command(), "张三", "office", password=PASSWORD)
    database.close()
    yield made
    templates.forget(made)


def test_what_one_process_did_the_other_knows_at_its_next_request(installed: Settings) -> None:
    with ExitStack() as opened:
        one, other = (opened.enter_context(TestClient(create_app(installed))) for _ in range(2))
        assert one.post("/api/session", json={"name": "张三", "password": PASSWORD}).status_code == 200
        other.cookies = one.cookies
        before = [other.get(path).content for path in (BOARD, LIGHTS)]
        version = other.get("/api/changes?programme=T&since=0").json()
        assert [other.get(path).content for path in (BOARD, LIGHTS)] == before
        hand_in(one)
        after = [other.get(path).content for path in (BOARD, LIGHTS)]
        assert after == [one.get(path).content for path in (BOARD, LIGHTS)]
        assert after[0] != before[0] and after[1] != before[1]
        assert other.get("/api/changes?programme=T&since=0").json() != version
        assert other.delete("/api/session").status_code == 200
        assert one.get("/api/session").status_code == 401


def test_wrong_passwords_are_counted_together(installed: Settings) -> None:
    with ExitStack() as opened:
        both = [opened.enter_context(TestClient(create_app(installed))) for _ in range(2)]
        tries = [both[n % 2].post("/api/session", json={"name": "张三", "password": f"wrong-{n}"}) for n in range(6)]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429]


def hand_in(client: TestClient) -> None:
    files = {"file": ("6月.xlsx", month_sheet(6, JUNE))}
    tried = client.post("/api/uploads", data={"programme": "T"}, files=files)
    assert tried.status_code == 201, tried.text
    assert client.post(f"/api/uploads/{tried.json()['id']}/commit", json={}).status_code == 200


def test_what_serve_hands_to_its_worker_processes_can_be_handed_over() -> None:
    """`serve --workers 2` once ended before it began: the logs' settings held an open stream."""
    assert pickle.loads(pickle.dumps(logs.config())) == logs.config()


# ---- the processes themselves ---------------------------------------------------------------------------------------


@contextmanager
def serving(settings: Settings, *words: str) -> Iterator[tuple[int, Path]]:
    """`sanzhong serve` and its port and stderr; ready, and stopped by its own process id."""
    with starting(settings, *words) as (port, log, process):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}") or process.poll() is not None, seconds=120)
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield port, log


@contextmanager
def starting(settings: Settings, *words: str) -> Iterator[tuple[int, Path, subprocess.Popen[bytes]]]:
    port = free_port()
    log = settings.home.parent / f"log-{uuid4().hex[:8]}"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port), *words],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={"PATH": "/usr/bin:/bin", **environment(settings)},
        )
    try:
        yield port, log, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Caller:
    """Asks one server, each request on a connection of its own so that any of its workers may take it."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie

    def ask(self, path: str, method: str = "GET", body: bytes = b"", kind: str = "application/json") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body or None, {"Cookie": self.cookie, "Content-Type": kind})
        answer = connection.getresponse()
        for given in answer.headers.get_all("set-cookie", []):
            if given.startswith("sanzhong="):
                self.cookie = given.partition(";")[0]
        found = json.loads(answer.read() or b"null")
        connection.close()
        return answer.status, found

    def post(self, path: str, content: Any) -> tuple[int, Any]:
        return self.ask(path, "POST", json.dumps(content).encode())

    def sheet(self, content: bytes) -> tuple[int, Any]:
        """Over the websocket: the stages told on the way and the answer."""
        head = {"programme": "T", "filename": "6月.xlsx", "size": len(content)}
        address = f"ws://127.0.0.1:{self.port}/api/uploads/live"
        with connect(
            address, additional_headers={"Cookie": self.cookie}, origin=f"http://127.0.0.1:{self.port}"
        ) as socket:  # type: ignore[arg-type]
            socket.send(json.dumps(head))
            stages = [json.loads(socket.recv(60))["stage"]]
            socket.send(content)
            while "status" not in (told := json.loads(socket.recv(60))):
                stages.append(told["stage"])
        assert stages == ["receiving", "opening", "reading", "matching", "checking"]
        return told["status"], told["body"]


@pytest.mark.slow
def test_three_processes_on_one_server_answer_as_one(installed: Settings) -> None:
    with serving(installed, "--workers", "2") as (pair, _), serving(installed) as (single, _):
        here, there = Caller(pair), Caller(single)
        assert here.post("/api/session", {"name": "张三", "password": PASSWORD})[0] == 200
        there.cookie = here.cookie
        for _ in range(12):
            assert here.ask("/api/session") == there.ask("/api/session")
        assert there.ask("/api/session")[0] == 200
        before = there.ask(BOARD)
        assert {row["score"] for row in before[1]["rows"]} == set()
        status, tried = here.sheet(month_sheet(6, JUNE))
        assert status == 201
        assert there.ask(BOARD) == before  # tried is not committed
        assert there.post(f"/api/uploads/{tried['id']}/commit", {})[0] == 200
        for path in (BOARD, LIGHTS, "/api/changes?programme=T&since=0", f"/api/uploads/{tried['id']}"):
            found = there.ask(path)
            assert found[0] == 200
            for _ in range(12):  # whichever of the two workers is asked, the first time too
                assert here.ask(path) == found
        tries = [
            (here, there)[n % 2].post("/api/session", {"name": "张三", "password": f"wrong-{n}"})[0] for n in range(6)
        ]
        assert tries == [401] * 5 + [429]
        assert there.ask("/api/session", "DELETE")[0] == 200
        for _ in range(12):
            assert here.ask("/api/session")[0] == 401


@pytest.mark.slow
def test_of_two_first_starts_at_once_one_makes_the_tables_and_both_serve(templates: Templates, tmp_path: Path) -> None:
    settings = templates.copy("postgresql", tmp_path / "home", NOTHING)
    settings.home.mkdir()
    with starting(settings) as (first, one, _), starting(settings) as (second, other, _):
        for port in (first, second):
            wait_until(lambda port=port: answers(f"http://127.0.0.1:{port}"), seconds=120)  # type: ignore[misc]
            assert answers(f"http://127.0.0.1:{port}")
        said = [log.read_text(encoding="utf-8").count("数据库已升级到本程序的版本。") for log in (one, other)]
    assert sorted(said) == [0, 1]
    engine = migrations.migration_engine(Database(settings.url()))
    assert migrations.state_of(engine) == migrations.newest()
    engine.dispose()
    templates.forget(settings)
