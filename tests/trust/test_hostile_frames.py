"""What stands around a request (恶意输入·请求外壳): cookies, headers, multipart, lengths that lie: SECURITY C1, C2.

Whatever they hold: no failure of the server, nobody signed in who was not, and no body kept in memory for it.
"""

import base64
import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import itsdangerous
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.accounts.signed_in import COOKIE_KEY
from app.accounts.visitors import BROWSER_COOKIE, PHONE_COOKIE
from app.main import create_app
from tests.conftest import signed_cookie
from tests.trust.county_of_roles import Roles

CHINESE = re.compile(r"[\u4e00-\u9fff]")
HEADERS: dict[str, tuple[str, ...]] = {
    "origin": ("http://[", "null", "://", "http://[::1", "javascript:alert(1)", "http://x@testserver", "\u00ff" * 50),
    "host": ("", "[", "a" * 5000, "testserver:99999", "evil.example", "\u00e4", "a b", "//", "testserver/x?y#z"),
    "x-forwarded-for": ("' OR 1=1", "::1", "999.999.999.999", "a," * 3000, "<script>", "127.0.0.1"),
    "x-forwarded-proto": ("javascript", "https,http", ""),
    "x-forwarded-host": ("evil.example",),
    "content-length": ("-1", "\u00b2", "1e3", "9" * 5000, "0x10", "1 2", "00000000000000000000000000001"),
    "content-type": ("", "application/json; charset=utf-7", "multipart/form-data; boundary=\u00e4", ";;;", "a" * 9000),
    "range": ("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=a-b", "bytes=" + "0-1," * 2000, "items=1"),
    "accept-encoding": ("gzip;q=nan", "*;q=0", "br, gzip" * 500, "identity;q=0", "\u00ff"),
    "accept": ("../../x", "*/*;q=9"),
    "accept-language": ("\u00ff" * 300,),
    "if-none-match": ("*", '"' * 999, "W/"),
    "if-modified-since": ("Thu, 99 Foo 9999", "-1", "9" * 99),
    "user-agent": ("", "%n%s" * 400, "<script>alert(1)</script>"),
    "x-request-id": ("a" * 9000, "\u00e4", "a\tb"),
    "sec-fetch-site": ("", "none,same-origin", "NONE"),
    "transfer-encoding": ("chunked", "gzip, chunked", "x"),
    "upgrade": ("websocket", "h2c"),
    "authorization": ("Bearer x", "Basic \u00e4", "Negotiate"),
}
ASKED = (("GET", "/api/session"), ("POST", "/api/session"))


@pytest.fixture(scope="module")
def opened(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, TestClient, Roles]]:
    made = roles.copied(tmp_path_factory.mktemp("frames") / "home")
    app = create_app(made.settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield app, client, made
    app.state.database.close()
    made.county.database.close()


def is_tame(answer: Any) -> bool:
    if answer.status_code < 400:
        return True
    problem = answer.json()
    return (
        answer.status_code < 500
        and set(problem) == {"code", "message", "detail"}
        and bool(CHINESE.search(problem["message"]))
        and "Traceback" not in answer.text
    )


# ---- cookies --------------------------------------------------------------------------------------------------------


def forged(roles: Roles, random: Random) -> Iterator[bytes]:
    """Session cookies that are not this installation's, or not any more."""
    real = roles.cookie("h").encode()
    token = base64.b64encode(json.dumps({COOKIE_KEY: "a" * 43}).encode())
    other = itsdangerous.TimestampSigner("another secret that is as long as ours is").sign(token)
    old = itsdangerous.TimestampSigner(roles.settings.secret_key())
    old.get_timestamp = lambda: 1_000_000_000  # type: ignore[method-assign]
    yield from (b"", b"=", b";", b'"', b"\xff\xfe", b"a" * 100_000, other, token, b"." * 500, real + b"x", real[::-1])
    yield from (real[:cut] for cut in range(0, len(real), 7))
    yield from (with_one_bit_changed(real, random) for _ in range(60))
    for _ in range(60):
        yield bytes(byte for byte in random.randbytes(random.randrange(1, 400)) if byte not in b"\r\n\x00;")
    # Signed by us, but holding something else: as if the secret were known, the token still is not.
    for content in ({}, {COOKIE_KEY: None}, {COOKIE_KEY: 1}, {COOKIE_KEY: ["x"]}, {COOKIE_KEY: "a" * 5000}, {"x": 1}):
        yield signed_cookie(roles.settings, content).encode()
    yield old.sign(base64.b64encode(json.dumps({COOKIE_KEY: "a" * 43}).encode()))


def with_one_bit_changed(cookie: bytes, random: Random) -> bytes:
    """Into a letter that may stand in a cookie; not the last one, of whose bits some mean nothing in base64."""
    while True:
        changed = bytearray(cookie)
        position = random.randrange(len(cookie) - 1)
        changed[position] ^= 1 << random.randrange(6)
        if changed[position] not in b'; \t\r\n\x00,"\\':
            return bytes(changed)


def test_no_forged_cookie_opens_a_session_or_fails(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    _, client, made = opened
    tried: Counter[int] = Counter()
    for cookie in forged(made, Random(6)):
        client.cookies.clear()
        answer = client.get("/api/session", headers={"cookie": b"sanzhong=" + cookie})  # type: ignore[dict-item]
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), cookie[:200]
        tried[answer.status_code] += 1
    assert tried[401] > 150
    assert client.get("/api/session", headers=made.headers("h")).status_code == 200  # the way round works


def test_the_other_cookies_may_hold_anything(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    """A browser's or a phone's mark that nobody gave out is no mark: signing in says what it always says."""
    _, client, _made = opened
    random = Random(7)
    values = [b"", b"\xff\xfe", b"a" * 60_000, b"%00", b'"', "手机".encode(), b"' OR 1=1 --", *made_up(random, 40)]
    for number, value in enumerate(values):
        for name in (BROWSER_COOKIE, PHONE_COOKIE):
            client.cookies.clear()
            headers: Any = {"cookie": name.encode() + b"=" + value}
            looked = client.get("/api/session/phone", headers=headers)
            assert is_tame(looked) and not looked.json().get("is_trusted"), (name, value[:80])
            if number < 8:
                body = {"name": f"无此人{number}", "password": "x", "pin": "123456"}
                answer = client.post("/api/session", json=body, headers=headers)
                assert answer.status_code in (401, 422, 429), (name, value[:80], answer.text)
                assert "sanzhong=" not in answer.headers.get("set-cookie", "")


def made_up(random: Random, number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield bytes(byte for byte in random.randbytes(random.randrange(1, 300)) if byte not in b"\r\n\x00;")


# ---- headers --------------------------------------------------------------------------------------------------------


def test_no_header_makes_the_server_fail(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    _, client, made = opened
    cookie = made.headers("U")["cookie"]
    for name, values in HEADERS.items():
        for value in values:
            for method, path in ASKED:
                client.cookies.clear()
                headers: Any = {"cookie": cookie, name: value.encode("latin-1")}
                answer = client.request(method, path, headers=headers, content=b"{}" if method == "POST" else None)
                assert is_tame(answer), (name, value[:80], path, answer.status_code, answer.text[:200])


def test_an_origin_that_is_no_address_is_a_foreign_one(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    """urlsplit raises on a bracket left open; that was an answer of 500."""
    _, client, _ = opened
    for origin in ("http://[", "http://[::1", "http://]["):
        answer = client.post("/api/session", json={}, headers={"origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("stated", ["\u00b2", "9" * 5000, "-1", "1e3", "9" * 18])
def test_a_stated_length_that_is_no_length_is_too_large(opened: tuple[FastAPI, TestClient, Roles], stated: str) -> None:
    """A superscript two is a digit to Python, and 5,000 digits are no number to it; both were answers of 500."""
    _, client, _ = opened
    headers: Any = {"content-length": stated.encode("latin-1")}
    answer = client.post("/api/session", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


# ---- forms of several parts -----------------------------------------------------------------------------------------

B = b"--b\r\n"
FILE = b'Content-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\nx\r\n'
CODE = b'Content-Disposition: form-data; name="programme"\r\n\r\n2023\r\n'
FORMS: dict[str, bytes] = {
    "empty": b"",
    "no boundary in it": b"hello",
    "another boundary": b"--c\r\n" + FILE + b"--c--\r\n",
    "never closed": B + CODE + B + FILE,
    "closed at once": b"--b--\r\n",
    "no name": B + b"Content-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    "no disposition": B + b"X: y\r\n\r\nx\r\n--b--\r\n",
    "no blank line": B + b'Content-Disposition: form-data; name="file"\r\nx--b--\r\n',
    "file without a filename": B + CODE + B + FILE.replace(b'; filename="a.xlsx"', b"") + b"--b--\r\n",
    "empty filename": B + CODE + B + FILE.replace(b"a.xlsx", b"") + b"--b--\r\n",
    "filename twice": B + CODE + B + FILE.replace(b'"a.xlsx"', b'"a.xlsx"; filename="b.exe"') + b"--b--\r\n",
    "filename in RFC 5987": B
    + CODE
    + B
    + FILE.replace(b'filename="a.xlsx"', b"filename*=utf-7''%00%ff")
    + b"--b--\r\n",
    "filename of 100 000": B + CODE + B + FILE.replace(b"a.xlsx", b"a" * 100_000) + b"--b--\r\n",
    "filename with NUL": B + CODE + B + FILE.replace(b"a.xlsx", b"a\x00.xlsx") + b"--b--\r\n",
    "filename no UTF-8": B + CODE + B + FILE.replace(b"a.xlsx", b"\xff\xfe\xed\xa0\x80") + b"--b--\r\n",
    "a form within a form": B + b'Content-Disposition: form-data; name="file"; filename="x"\r\n'
    b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n" + FILE + b"--c--\r\n--b--\r\n",
    "transfer encoding": B + b"Content-Transfer-Encoding: base64\r\n" + FILE + b"--b--\r\n",
    "programme as a file": B + FILE.replace(b'"file"', b'"programme"') + B + FILE + b"--b--\r\n",
    "twenty files": B + CODE + (B + FILE) * 20 + b"--b--\r\n",
    "twenty-one files": B + CODE + (B + FILE) * 21 + b"--b--\r\n",
    "10 000 parts": B + CODE + (B + FILE) * 10_000 + b"--b--\r\n",
    "10 000 fields": (B + CODE) * 10_000 + b"--b--\r\n",
    "10 000 headers": B + b"X: y\r\n" * 10_000 + FILE + b"--b--\r\n",
    "a header of 1 MB": B + b"X: " + b"y" * 1_000_000 + b"\r\n" + FILE + b"--b--\r\n",
    "a field of 4 MB": B + CODE.replace(b"2023", b"2" * 4_000_000) + B + FILE + b"--b--\r\n",
    "line feeds alone": (B + CODE + B + FILE + b"--b--\r\n").replace(b"\r\n", b"\n"),
    "text after the end": B + CODE + B + FILE + b"--b--\r\n" + b"trailing" * 500,
}
BOUNDARIES = ("b", '"b"', "", "b" * 5000, "\u00e4", 'b"', "b; boundary=c")


@pytest.mark.parametrize("boundary", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 7))])
def test_no_form_makes_the_server_fail_or_leaves_anything(
    opened: tuple[FastAPI, TestClient, Roles], boundary: int
) -> None:
    """Refused in one sentence, and nothing of it stays in memory: under 8 MB more than before, by the tracer."""
    _, client, made = opened
    headers: Any = {
        **made.headers("U"),
        "content-type": f"multipart/form-data; boundary={BOUNDARIES[boundary]}".encode("latin-1"),
    }

    def send_all() -> None:
        for name, body in FORMS.items():
            for path in ("/api/uploads", "/api/appeals"):
                client.cookies.clear()
                answer = client.post(path, content=body, headers=headers)
                assert 400 <= answer.status_code < 500, (name, path, answer.status_code, answer.text[:300])
                assert is_tame(answer), (name, path, answer.text[:300])

    before = len(listed(client, made))
    send_all()  # what is made once (parsers, caches) is made now
    tracemalloc.start()
    try:
        at_first, _ = tracemalloc.get_traced_memory()
        for name in ("10 000 parts", "a field of 4 MB"):
            for _ in range(3):
                client.post("/api/uploads", content=FORMS[name], headers=headers)
        at_last, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert at_last - at_first < 8_000_000
    assert len(listed(client, made)) == before


def listed(client: TestClient, made: Roles) -> list[Any]:
    found: list[Any] = client.get("/api/uploads?programme=2023", headers=made.headers("o")).json()["rows"]
    return found


# ---- the websocket --------------------------------------------------------------------------------------------------

RIGHT = {"programme": "2023", "filename": "6月.xlsx", "size": 3}
HEADS: tuple[Any, ...] = (
    "",
    "{",
    "[]",
    "null",
    "1",
    "[" * 50_000,
    '{"size":' + "9" * 5000 + "}",
    *(
        json.dumps({**RIGHT, **wrong})
        for wrong in (
            {"size": -1},
            {"size": "x"},
            {"size": 1.5},
            {"size": None},
            {"size": float("nan")},
            {"filename": "长" * 401},
            {"filename": "\ud800"},
            {"filename": "\x00"},
            {"filename": {}},
            {"programme": None},
            {"programme": "2" * 41},
            {"month": "2023-13"},
            {"register": "maybe"},
        )
    ),
    b"\x00\x01 not text",
)


def test_a_head_that_is_none_closes_the_websocket(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    _, client, made = opened
    for head in HEADS:
        with client.websocket_connect("/api/uploads/live", headers=made.headers("o")) as socket:
            if isinstance(head, bytes):
                socket.send_bytes(head)
            else:
                socket.send_text(head)
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == 1003, head[:100]


def test_sizes_that_lie_are_found_out(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    """More than was said closes the connection; more than may be is refused before a byte is sent."""
    _, client, made = opened
    headers = made.headers("o")
    with client.websocket_connect("/api/uploads/live", headers=headers) as socket:
        socket.send_json(RIGHT)
        assert socket.receive_json() == {"stage": "receiving"}
        socket.send_bytes(b"four")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1003
    with client.websocket_connect("/api/uploads/live", headers=headers) as socket:
        for size in (6_000_000, 2**63, 10**300):
            socket.send_json({**RIGHT, "size": size})
            refusal = socket.receive_json()
            assert (refusal["status"], refusal["body"]["code"]) == (413, "too_large")
        socket.send_json({**RIGHT, "size": 0})  # nothing is waited for; no workbook either
        assert socket.receive_json() == {"stage": "receiving"}
        message: dict[str, Any] = {}
        while "status" not in message:
            message = socket.receive_json()
        assert message["status"] == 400


def test_a_sender_of_anything_but_the_file_is_sent_away(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    """Text where bytes are due, and empty messages without end, would hold the connection for ever."""
    _, client, made = opened
    for nothing in ("text", b""):
        with client.websocket_connect("/api/uploads/live", headers=made.headers("o")) as socket:
            socket.send_json(RIGHT)
            assert socket.receive_json() == {"stage": "receiving"}
            if isinstance(nothing, str):
                socket.send_text(nothing)
            else:
                socket.send_bytes(nothing)
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_json()
            assert closed.value.code == 1003


def test_the_largest_file_in_pieces_takes_no_more_memory_than_itself(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    """A sender who says 5 MB and sends 1-byte pieces, or leaves, leaves nothing behind."""
    _, client, made = opened
    tracemalloc.start()
    try:
        at_first, _ = tracemalloc.get_traced_memory()
        for _ in range(3):
            with client.websocket_connect("/api/uploads/live", headers=made.headers("o")) as socket:
                socket.send_json({**RIGHT, "size": 5_000_000})
                assert socket.receive_json() == {"stage": "receiving"}
                for _ in range(40):
                    socket.send_bytes(b"x" * 100_000)
        at_last, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert at_last - at_first < 8_000_000
