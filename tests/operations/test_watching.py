"""For the machines that watch: alive, ready, metrics, slow requests, a graceful stop (运行状况)."""

import json
import logging
import signal
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.conftest import ClientAs, wait_until
from tests.installations import SECRET
from tests.operations.servers import add_account, serving


@pytest.mark.database
def test_alive_and_ready_are_told_apart(client: TestClient, engine_name: str) -> None:
    assert client.get("/api/health/alive").json() == {"status": "alive"}
    assert client.get("/api/health").json() == {"status": "ok", "database": engine_name}


def test_no_table_is_not_ready_but_alive(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(home=tmp_path / "new", database_url=None, secret=SECRET))) as client:
        answer = client.get("/api/health")
        assert (answer.status_code, answer.json()) == (
            503,
            {"code": "not_ready", "message": "暂时不能办理：数据库读不出来。", "detail": ["数据库读不出来。"]},
        )
        assert client.get("/api/health/alive").status_code == 200


def test_tables_of_another_version_are_not_ready(client: TestClient, database: Database) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = client.get("/api/health")
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        ["数据库的版本与程序不一致，请用 sanzhong serve 启动，它会先升级。"],
    )


def test_a_disk_nearly_full_is_not_ready(settings: Settings) -> None:
    greedy = settings.model_copy(update={"min_free_bytes": 1024**5})  # a petabyte: no disk has it
    with TestClient(create_app(greedy)) as client:
        answer = client.get("/api/health")
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        ["数据所在的磁盘剩余不到1073741824MB，请清理或扩容。"],
    )


# -- metrics ----------------------------------------------------------------------------------------------------------


def monitor(app: FastAPI, address: str = "127.0.0.1") -> TestClient:
    return TestClient(app, client=(address, 50000))


def figures(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample by name and label values, as prometheus_client's own parser reads them."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_request_is_counted_by_method_route_template_and_status(app: FastAPI, client_as: ClientAs) -> None:
    with monitor(app) as watching:
        before = figures(watching.get("/api/metrics").text)
        person = client_as("office")
        for _ in range(3):
            person.get("/api/projects/12345")
        person.request("BREW", "/nowhere/张三")
        after = figures(watching.get("/api/metrics").text)
    grown = {key: after[key] - before.get(key, 0) for key in after if key[0] == "sanzhong_requests_total"}
    assert grown["sanzhong_requests_total", ("GET", "/api/projects/{project_id}", "404")] == 3
    assert grown["sanzhong_requests_total", ("(其他)", "(其他)", "404")] == 1
    assert "张三" not in str(after)
    spent = "sanzhong_request_seconds_count", ("/api/projects/{project_id}",)
    assert after[spent] - before.get(spent, 0) == 3


@pytest.mark.database
def test_the_installation_tells_its_trail_its_size_and_its_room(app: FastAPI, client_as: ClientAs) -> None:
    client_as("office")  # an account made, a person signed in: two entries
    with monitor(app) as watching:
        answer = watching.get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = figures(answer.text)
    assert found["sanzhong_audit_entries", ()] == 2
    assert found["sanzhong_database_bytes", ()] > 100_000
    assert found["sanzhong_disk_free_bytes", ()] > 0


def test_metrics_are_for_this_machine_alone(app: FastAPI, client_as: ClientAs) -> None:
    with monitor(app) as near, monitor(app, "10.0.0.8") as far:
        assert near.get("/api/metrics").status_code == 200
        unknown = far.get("/api/metric-s")
        for refused in (
            far.get("/api/metrics"),
            near.get("/api/metrics", headers={"x-forwarded-for": "10.0.0.8"}),
            client_as("admin").get("/api/metrics"),
        ):
            assert refused.status_code == 404
            assert refused.json() == unknown.json() | {
                "message": unknown.json()["message"].replace("metric-s", "metrics")
            }


# -- slow requests ----------------------------------------------------------------------------------------------------


def test_a_slow_request_is_a_warning_without_query_or_name(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = settings.model_copy(update={"slow_ms": 0})
    with TestClient(create_app(impatient)) as client, caplog.at_level(logging.INFO, "app.request"):
        client.get("/api/health?name=张三")
    [line] = [record for record in caplog.records if record.name == "app.request"]
    assert (line.levelname, line.getMessage()) == ("WARNING", "slow request")
    assert (line.__dict__["route"], line.__dict__["account"]) == ("/api/health", None)
    assert "张三" not in str(line.__dict__)


def test_an_ordinary_request_is_no_warning(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "app.request"):
        client.get("/api/health/alive")
    assert [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "app.request"] == [
        ("INFO", "request")
    ]


# -- several processes, and the stop ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_processes_tell_one_count_and_stop_without_a_trace(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(settings.home, log, "--workers", "2") as (process, address):

        def counted() -> float:
            with urllib.request.urlopen(f"{address}/api/metrics", timeout=20) as answer:
                return figures(answer.read().decode()).get(
                    ("sanzhong_requests_total", ("GET", "/api/health/alive", "200")), 0
                )

        before = counted()
        for _ in range(20):  # a new connection each time: whichever process takes it
            urllib.request.urlopen(f"{address}/api/health/alive", timeout=20).close()
        assert counted() - before == 20
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) in (0, -signal.SIGTERM)
    assert [line for line in log.read_text(encoding="utf-8").splitlines() if "trace" in line] == []


def test_a_request_under_way_is_answered_before_the_server_stops(settings: Settings, tmp_path: Path) -> None:
    """The sign-in takes argon2's full time; the signal comes while it works."""
    body = json.dumps({"name": "王五", "password": "wrong-Password-1"}).encode()
    answers: list[int] = []
    add_account(settings.home, "王五")
    with serving(settings.home, tmp_path / "log") as (process, address):
        request = urllib.request.Request(
            f"{address}/api/session", body, {"Content-Type": "application/json"}, method="POST"
        )

        def ask() -> None:
            try:
                urllib.request.urlopen(request, timeout=30).close()
            except urllib.error.HTTPError as answer:
                answers.append(answer.code)

        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: begun(process.pid, address), seconds=10)
        process.send_signal(signal.SIGTERM)
        asking.join(timeout=30)
        assert process.wait(timeout=30) == 0 or process.returncode == -signal.SIGTERM
    assert answers == [401]


def begun(process: int, address: str) -> bool:
    """A connection to the server is established, so its request is at least on the way in."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    lines = Path(f"/proc/{process}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)
