"""What every answer carries, and that no foreign page writes (来源校验、响应头): SECURITY G3, CONTRACTS (Origin).

Every route that writes is taken from the application itself, Dash's update address and both websockets with it.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from app.main import create_app
from app.settings import Settings
from tests.installations import SECRET
from tests.trust.county_of_roles import NOBODY, PASSWORD, Roles
from tests.trust.running import Running
from tests.trust.test_routes_by_role import routes_of

FOREIGN = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://testserver:81"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
)
OURS = ({}, {"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"})


@pytest.fixture(scope="module")
def opened(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, TestClient, Roles]]:
    made = roles.copied(tmp_path_factory.mktemp("origin") / "home")
    app = create_app(made.settings)
    with TestClient(app) as client:
        yield app, client, made
    app.state.database.close()
    made.county.database.close()


def test_no_route_that_writes_takes_a_request_from_a_foreign_page(opened: tuple[FastAPI, TestClient, Roles]) -> None:
    """Refused before anybody is asked who they are, and before a body is read; for every method of every route."""
    app, client, made = opened
    cookie = made.headers("o")
    writing = [(method, path) for method, path in sorted(routes_of(app)) if method not in ("GET", "WS")]
    assert len(writing) > 25
    for method, path in writing:
        address = path.replace("{rest:path}", "typo")
        for headers in FOREIGN:
            answer = client.request(method, address, headers={**cookie, **headers}, content=b"{}")
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), (method, path, headers)
    for headers in OURS:
        answer = client.post("/api/uploads/987654/commit", headers={**cookie, **headers})
        assert answer.status_code == 404, headers  # let past, to where the work says no


def test_the_websocket_of_uploads_is_closed_to_a_foreign_page(running: Running) -> None:
    address = running.address.replace("http", "ws")
    for path in ("/api/uploads/live", "/_dash-ws-callback"):
        with (
            pytest.raises((InvalidStatus, ConnectionClosed)),
            connect(
                address + path,
                origin="https://evil.example",  # type: ignore[arg-type]
                additional_headers=running.headers("o"),
            ) as socket,
        ):
            socket.recv(timeout=5)


def test_dashs_update_address_takes_nothing_from_a_foreign_page(running: Running) -> None:
    for headers in FOREIGN:
        if "testserver" in headers.get("origin", ""):
            continue
        answer = running.ask("o", "POST", "/_dash-update-component", json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), headers


# ---- headers --------------------------------------------------------------------------------------------------------

POLICY = (
    "default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def test_every_kind_of_answer_carries_the_same_strict_policy(running: Running) -> None:
    """Pages, the API, errors of each kind, redirections, files, exports: scripts only our own or by their hash."""
    own = running.roles.own
    asked = [
        (NOBODY, "GET", "/sign-in", 200),
        (NOBODY, "GET", "/ranking", 303),
        (NOBODY, "GET", "/_dash-layout", 401),
        (NOBODY, "GET", "/assets/theme.css", 200),
        (NOBODY, "GET", "/assets/none.css", 404),
        (NOBODY, "GET", "/_dash-component-suites/dash/none.js", 404),
        (NOBODY, "GET", "/api/health", 200),
        (NOBODY, "GET", "/api/projects", 401),
        ("u", "GET", "/", 200),
        ("u", "GET", "/no-such-page", 200),
        ("u", "GET", "/api/standings?programme=2023&period=2023-06", 200),
        ("u", "GET", "/api/standings/export?programme=2023&period=2023-06", 200),
        ("u", "GET", f"/api/projects/{own['project']}", 404),
        ("u", "GET", "/api/standings", 422),
        ("u", "PUT", "/api/projects", 405),
        ("a", "GET", "/api/projects?programme=2023", 403),
        ("u", "POST", "/_dash-update-component", 500),
    ]
    policies = set()
    for letter, method, path, status in asked:
        answer = running.ask(letter, method, path)
        assert answer.status_code == status, (letter, method, path, answer.text[:200])
        policy = answer.headers["content-security-policy"]
        policies.add(policy)
        scripts = policy.split("script-src ")[1].split(";")[0].split()
        assert scripts[0] == "'self'"
        assert all(one.startswith("'sha256-") for one in scripts[1:])
        assert policy == POLICY.format(hashes="".join(f" {one}" for one in scripts[1:])), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers or "uvicorn" not in answer.headers["server"].lower()
    assert len(policies) == 1
    assert "unsafe-eval" not in policies.pop()


def test_what_is_personal_is_kept_by_no_cache(running: Running) -> None:
    own = running.roles.own
    personal = [
        "/api/session",
        "/api/standings?programme=2023&period=2023-06",
        "/api/standings/export?programme=2023&period=2023-06",
        f"/api/projects/{own['project']}",
        f"/api/uploads/{own['taken']}/file",
        f"/api/appeals/{own['appeal']}/file",
        "/api/templates/monthly?programme=2023",
        "/",
        "/ranking?period=2023-06",
        "/_dash-layout",
    ]
    kept = {path: running.ask("U", "GET", path).headers.get("cache-control") for path in personal}
    assert {path: how for path, how in kept.items() if how != "no-store"} == {}
    body = {
        "output": "shell-programmes.data",
        "outputs": {"id": "shell-programmes", "property": "data"},
        "inputs": [
            {"id": "shell-refresh", "property": "n_clicks", "value": 1},
            {"id": "shell-changed", "property": "data", "value": None},
        ],
        "changedPropIds": ["shell-refresh.n_clicks"],
        "state": [],
    }
    answer = running.ask("U", "POST", "/_dash-update-component", json=body)
    assert (answer.status_code, answer.headers.get("cache-control")) == (200, "no-store")


@pytest.mark.parametrize("is_secure", [False, True])
def test_the_cookie_is_out_of_scripts_reach_and_stays_on_the_site(
    roles: Roles, tmp_path: Path, sqlite_template: Path, is_secure: bool
) -> None:
    roles.county.database.close()
    shutil.copyfile(roles.settings.home / "sanzhong.sqlite", tmp_path / "sanzhong.sqlite")
    settings = Settings(home=tmp_path, database_url=None, secret=SECRET, secure_cookies=is_secure)
    app = create_app(settings)
    with TestClient(app, base_url="https://testserver") as client:
        answer = client.post("/api/session", json={"name": "王科员", "password": PASSWORD})
        cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"sanzhong", "sanzhong_browser"}  # the session; which browser it is, for the throttle
    for cookie in cookies.values():
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"path=/", "httponly", "samesite=lax"} <= parts
        assert ("secure" in parts) == is_secure
    cookie = cookies["sanzhong"]
    assert f"max-age={settings.absolute_minutes * 60}" in cookie.lower()
    # All that it holds is a random token; who it is and what they may is read from the database each time.
    assert "office" not in cookie and "王科员" not in answer.text.replace(answer.json()["name"], "")
    assert set(answer.json()) == {"name", "role"}


def test_nothing_sensitive_stands_in_an_address_or_in_the_log(running: Running) -> None:
    """Passwords go in the body; the log keeps an address's route, not what was asked."""
    running.http.post("/api/session", json={"name": "王科员", "password": "Wrong-secret-77"})
    running.ask(NOBODY, "GET", "/sign-in?link=one-time-token-88")
    running.ask("U", "GET", "/api/whatif?programme=2023&period=2023Q3&project=asked-about-99")
    running.ask(NOBODY, "GET", "/api/session?password=in-the-address-66")
    log = (running.home / "server.log").read_text(encoding="utf-8")
    assert "/api/session" in log
    for secret in ("Wrong-secret-77", "one-time-token-88", "asked-about-99", "in-the-address-66", "sanzhong="):
        assert secret not in log
