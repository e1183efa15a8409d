"""The session's cookie (登录凭证): whatever our own signature stands under, who sends it is somebody or nobody.

Only who knows the installation's secret can sign nonsense; a release that kept something else in the cookie could too.
"""

import json
import logging
from base64 import b64encode

import itsdangerous
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.accounts import service as accounts
from app.accounts.signed_in import COOKIE_KEY
from app.audit.service import Actor
from app.database import Database
from app.settings import Settings

GONE = "sanzhong=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax"
NONSENSE = {
    "empty": b"",
    "not base64": b"a",
    "not UTF-8": b64encode(b"\xff\xfe"),
    "not JSON": b64encode(b"{"),
    "a list": b64encode(b"[1, 2]"),
    "a list of pairs": b64encode(b'["ab", "cd"]'),
    "nothing": b64encode(b"null"),
    "a number": b64encode(b"5"),
    "a number of 5,000 digits": b64encode(b"9" * 5000),
    "an abyss": b64encode(b"[" * 2500),
    "no token": b64encode(b"{}"),
    "a token of another kind": b64encode(json.dumps({COOKIE_KEY: ["x"]}).encode()),
    "half a character": b64encode(json.dumps({COOKIE_KEY: "\ud800"}).encode()),
}


def signed(settings: Settings, content: bytes) -> str:
    return itsdangerous.TimestampSigner(settings.secret_key()).sign(content).decode()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """Nobody signed in; a failure of the server is an answer, as it is to a browser."""
    return TestClient(app, raise_server_exceptions=False)


def test_nonsense_under_our_own_signature_is_nobody_signed_in_and_is_taken_back(
    client: TestClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """And leaves one line in the log, that of the request."""
    for name, content in NONSENSE.items():
        with caplog.at_level(logging.INFO):
            answer = client.get("/api/session", headers={"cookie": f"sanzhong={signed(settings, content)}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), name
        assert answer.headers.get_list("set-cookie") == [GONE], name
        lines = [(one.name, one.message) for one in caplog.records if one.name != "httpx2"]
        assert lines == [("app.request", "request")], name
        caplog.clear()


def test_over_a_websocket_too_it_is_nobody(client: TestClient, settings: Settings) -> None:
    headers = {"cookie": f"sanzhong={signed(settings, NONSENSE['a list'])}"}
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/api/uploads/live", headers=headers):
        pass
    assert closed.value.code == 4001


def test_who_signs_in_over_it_gets_the_new_cookie_and_keeps_the_browsers_mark(
    client: TestClient, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "张三", "office", password="Kou-ling-2023")
    headers = {"cookie": f"sanzhong_browser=mine; sanzhong={signed(settings, NONSENSE['not JSON'])}; other=1"}
    answer = client.post("/api/session", json={"name": "张三", "password": "Kou-ling-2023"}, headers=headers)
    given = dict(one.split(";")[0].split("=", 1) for one in answer.headers.get_list("set-cookie"))
    assert (answer.status_code, set(given)) == (200, {"sanzhong", "sanzhong_browser"})
    assert given["sanzhong"] != "null" and given["sanzhong_browser"] == "mine"
    client.cookies.clear()
    assert client.get("/api/session", headers={"cookie": f"sanzhong={given['sanzhong']}"}).status_code == 200


def test_a_cookie_of_another_installation_on_the_same_host_is_left_to_it(client: TestClient) -> None:
    """Cookies know no port: two installations of one host are sent each other's."""
    other = itsdangerous.TimestampSigner("another installation's secret").sign(NONSENSE["a list"]).decode()
    answer = client.get("/api/session", headers={"cookie": f"sanzhong={other}"})
    assert (answer.status_code, answer.headers.get_list("set-cookie")) == (401, [])
