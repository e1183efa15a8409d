"""What every request meets: one shape of error, safe headers, limits, and no writing from foreign pages."""

import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from starlette.testclient import TestClient

from app.accounts.signed_in import ActorDep
from app.audit.models import AuditEntry
from app.database import Database
from app.errors import Conflict, Forbidden
from app.logs import JsonFormatter
from app.main import create_app
from app.organisation import service as organisations
from app.organisation.models import Organisation
from app.settings import Settings
from app.web import ReadSession, WriteSession
from tests.conftest import ClientAs


class Words(BaseModel):
    text: str
    secret: str = ""


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """The API with a few routes that go wrong on purpose, put before the one that catches all."""
    made = create_app(settings)
    caught_last = made.router.routes.pop()

    @made.post("/api/test/conflict")
    def conflict(actor: ActorDep, session: WriteSession) -> None:
        organisations.add(session, "half", "写了一半")
        raise Conflict("别人已先确认导入，请刷新后再看。", detail={"upload": 12})

    @made.get("/api/test/forbidden")
    def forbidden(actor: ActorDep, session: ReadSession) -> None:
        raise Forbidden("这一页只有办公室可以看。")

    @made.post("/api/test/mistake")
    def mistake(session: WriteSession) -> None:
        organisations.add(session, "half", "写了一半")
        raise RuntimeError("a programmer's mistake with a secret in it")

    def fill_disk(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    @made.post("/api/test/disk")
    def disk() -> None:
        fill_disk()

    @made.post("/api/test/words")
    def words(body: Words) -> int:
        return len(body.text)

    @made.post("/api/test/write")
    def write(session: WriteSession) -> str:
        return organisations.add(session, "new", "新组织").name

    @made.post("/api/test/uncommitted")
    def uncommitted(session: WriteSession) -> str:
        event.listen(session, "before_commit", fill_disk)
        return organisations.add(session, "new", "新组织").name

    @made.get("/api/test/cached")
    def cached() -> str:
        return "长" * 2000

    made.router.routes.append(caught_last)
    yield made
    made.state.database.close()


def codes(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(Organisation.code)).all())


# -- errors -----------------------------------------------------------------------------------------------------------


def test_an_unknown_address_under_api_is_404_json(client: TestClient) -> None:
    answer = client.get("/api/typo")
    assert answer.status_code == 404
    assert answer.json() == {
        "code": "not_found",
        "message": "没有这个接口：/api/typo。接口清单见 /api/openapi.json。",
        "detail": None,
    }


def test_a_wrong_method_is_405_json(client: TestClient) -> None:
    answer = client.put("/api/health")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.json()["message"] == "这个接口不支持这种请求方式，请对照接口清单 /api/openapi.json。"


def test_a_malformed_request_is_422_naming_the_field_and_not_echoing_what_was_sent(client: TestClient) -> None:
    answer = client.post("/api/test/words", json={"secret": "Hunter2!"})
    assert answer.status_code == 422
    assert answer.json() == {
        "code": "malformed",
        "message": "请求格式不对：“text”没有填写，请改正后重试。",
        "detail": [{"field": "text", "in": "body", "type": "missing", "reason": "Field required"}],
    }
    assert "Hunter2!" not in answer.text


def test_a_body_that_is_not_json_is_422_json(client: TestClient) -> None:
    answer = client.post("/api/test/words", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.database
def test_a_broken_rule_answers_its_status_and_sentence_and_stores_nothing_but_the_refusal(
    client_as: ClientAs, database: Database
) -> None:
    answer = client_as("office", "张三").post("/api/test/conflict")
    assert answer.status_code == 409
    assert answer.json() == {
        "code": "conflict",
        "message": "别人已先确认导入，请刷新后再看。",
        "detail": {"upload": 12},
    }
    assert codes(database) == []
    with database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.outcome == "refused")).one()
    assert (entry.actor_name, entry.actor_role, entry.action) == ("张三", "office", "POST /api/test/conflict")
    assert entry.detail == {"code": "conflict", "message": "别人已先确认导入，请刷新后再看。"}


def test_looking_where_one_may_not_is_on_the_trail_looking_in_vain_is_not(
    client_as: ClientAs, database: Database
) -> None:
    client = client_as("unit")
    assert client.get("/api/test/forbidden").status_code == 403
    assert client.get("/api/changes?programme=none").status_code == 404
    with database.read() as session:
        refused = session.exec(select(AuditEntry.action).where(AuditEntry.outcome == "refused")).all()
    assert list(refused) == ["GET /api/test/forbidden"]


@pytest.mark.database
def test_a_programmers_mistake_is_500_without_a_trace_rolled_back_and_logged(
    client: TestClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.post("/api/test/mistake")
    assert answer.status_code == 500
    assert answer.json() == {
        "code": "internal_error",
        "message": "系统内部出错，这一次没有保存。请稍后再试，仍出错请把时间告诉系统管理员。",
        "detail": None,
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert codes(database) == []
    assert any(record.exc_info and "a programmer's mistake" in str(record.exc_info[1]) for record in caplog.records)


def test_a_full_disk_is_503_with_a_sentence(client: TestClient) -> None:
    answer = client.post("/api/test/disk")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "这一次没有保存" in answer.json()["message"]


@pytest.mark.database
def test_what_is_answered_as_done_is_stored_by_then(client: TestClient, database: Database) -> None:
    assert client.post("/api/test/write").json() == "新组织"
    assert codes(database) == ["new"]


@pytest.mark.database
def test_what_could_not_be_committed_is_never_answered_as_done(client: TestClient, database: Database) -> None:
    """The transaction ends before the answer is sent, not after it."""
    assert client.post("/api/test/uncommitted").status_code == 503
    assert codes(database) == []


# -- headers ----------------------------------------------------------------------------------------------------------


def test_every_answer_carries_a_strict_policy_and_the_screens_script_hashes(app: FastAPI, client: TestClient) -> None:
    app.state.script_hashes.append("'sha256-abc='")
    app.state.script_hashes.append("sha256-def=")
    for path in ("/api/health", "/api/typo", "/nowhere"):
        headers = client.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["script-src"] == "'self' 'sha256-abc=' 'sha256-def='"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["default-src"] == "'self'"
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_answers_of_the_api_are_not_kept_by_browsers(client: TestClient) -> None:
    assert client.get("/api/health").headers["cache-control"] == "no-store"


def test_long_answers_are_compressed_when_asked_for(client: TestClient) -> None:
    assert client.get("/api/test/cached", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/api/test/cached", headers={"accept-encoding": "identity"}).headers


def test_the_api_describes_itself_without_a_cdn(client: TestClient) -> None:
    assert "/api/programmes" in client.get("/api/openapi.json").json()["paths"]
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(path).status_code == 404


# -- foreign pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a script
        ({"origin": "http://testserver"}, 200),  # our own page
        ({"origin": "https://testserver"}, 200),  # our own page, TLS ending at a proxy before us
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://testserver.evil.example"}, 403),
        ({"origin": "http://testserver:8001"}, 403),
        ({"origin": "null"}, 403),  # a sandboxed frame
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_a_page_of_another_site_may_not_write(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/test/words", json={"text": "好"}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["message"] == "这个请求来自别的网站，已拒绝。请从本系统的页面上操作。"


def test_a_link_from_another_site_may_be_followed(client: TestClient) -> None:
    assert client.get("/api/health", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_an_origin_the_operator_trusts_may_write(settings: Settings) -> None:
    trusting = settings.model_copy(update={"trusted_origins": ("https://kanban.example",)})
    app = create_app(trusting)
    with TestClient(app) as client:
        answer = client.post("/api/session", json={}, headers={"origin": "https://kanban.example"})
    assert answer.status_code == 422  # past the gate, and malformed
    app.state.database.close()


# -- size -------------------------------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_413_by_its_stated_length_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/api/test/words", content=b"x" * (5 * 1024 * 1024 + 64 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json() == {
        "code": "too_large",
        "message": "文件太大，超过5MB：请只留要上报的表，删去图片后重新上传。",
        "detail": None,
    }


def test_a_body_without_a_stated_length_is_cut_off_at_the_limit(client: TestClient) -> None:
    pieces = (b"x" * 1024 * 1024 for _ in range(20))
    answer = client.post("/api/test/words", content=pieces, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_length_that_is_no_number_is_413(client: TestClient) -> None:
    assert client.post("/api/test/words", content=b"{}", headers={"content-length": "-5"}).status_code == 413


# -- logs -------------------------------------------------------------------------------------------------------------


def test_a_request_is_one_json_line_without_a_name_query_or_body(
    client_as: ClientAs, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_as("office", "张三")
    caplog.set_level(logging.INFO)
    caplog.clear()
    client.get("/api/changes?programme=秘密代码")
    [record] = [record for record in caplog.records if record.name == "app.request"]
    text = JsonFormatter().format(record)
    line = json.loads(text)
    assert (line["event"], line["method"], line["status"]) == ("request", "GET", 404)
    assert line["route"] == "/api/changes"
    assert line["ms"] >= 0
    assert line["account"] == 1
    assert "张三" not in text and "秘密代码" not in text and "\n" not in text
