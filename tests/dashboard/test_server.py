"""The whole server: who is let in, what the browser is told, how pages reach their data.

One process makes one server (Dash keeps its callbacks in the process), so all of this shares one.
"""

import asyncio
import gzip
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.accounts.signed_in import COOKIE_KEY
from app.audit.service import Actor
from app.settings import Settings
from dashboard import client, delivery
from dashboard.components.states import shows_failure
from tests.conftest import signed_cookie
from tests.dashboard.trees import words
from tests.installations import NewInstallation

PAGES = (
    "/",
    "/ranking",
    "/assessees",
    "/assessees/receipt",
    "/alerts",
    "/projects",
    "/projects/1",
    "/imports",
    "/imports/1",
    "/filing",
    "/publications",
    "/teams",
    "/trail",
    "/receipt",
    "/rulebook",
    "/accounts",
    "/account",
    "/components",
    "/nonsense",
)


@pytest.fixture(scope="module")
def settings_of_server(tmp_path_factory: pytest.TempPathFactory, new_installation: NewInstallation) -> Settings:
    return new_installation(tmp_path_factory.mktemp("server") / "home")


@pytest.fixture(scope="module")
def server(settings_of_server: Settings) -> Iterator[FastAPI]:
    from dashboard.main import create_server

    made = create_server(settings_of_server)
    yield made
    made.state.database.close()


@pytest.fixture(scope="module")
def visitor(server: FastAPI) -> Iterator[TestClient]:
    """Nobody signed in."""
    with TestClient(server, follow_redirects=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def office(server: FastAPI, visitor: TestClient, settings_of_server: Settings) -> TestClient:
    with server.state.database.write() as session:
        account, _ = accounts.add(session, settings_of_server, Actor.command(), "王主任", "office_head", password=None)
    with server.state.database.write() as session:
        token, _ = accounts.open_session(session, settings_of_server, account, datetime.now(UTC), {})
    opened = TestClient(server, follow_redirects=False)
    opened.cookies.set("sanzhong", signed_cookie(settings_of_server, {COOKIE_KEY: token}))
    return opened


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_somebody_without_a_session_to_sign_in_and_back(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path}")


def test_a_cookie_of_our_own_that_holds_nonsense_is_led_to_sign_in_and_taken_back(
    server: FastAPI, visitor: TestClient, settings_of_server: Settings
) -> None:
    """Signed with our secret, a list instead of an object: 500 on every page until the browser was cleared."""
    browser = TestClient(server, follow_redirects=False, raise_server_exceptions=False)
    headers = {"cookie": f"sanzhong={signed_cookie(settings_of_server, ['token', 'x'])}"}
    told = [browser.get(path, headers=headers) for path in ("/ranking", "/_dash-layout", "/sign-in")]
    assert [answer.status_code for answer in told] == [303, 401, 200]
    assert told[0].headers["location"] == "/sign-in?next=/ranking"
    assert all(answer.headers["set-cookie"].startswith("sanzhong=null; ") for answer in told)


@pytest.mark.parametrize("path", ["/_dash-layout", "/_dash-dependencies"])
def test_dashs_own_addresses_answer_401_json_without_a_session(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.json()["message"]) == (401, "登录已失效，请重新登录。")


def test_no_callback_runs_without_a_session(visitor: TestClient) -> None:
    body = {"output": "ranking-body.children", "outputs": {"id": "ranking-body", "property": "children"}, "inputs": []}
    assert visitor.post("/_dash-update-component", json=body).status_code == 401


def test_an_export_needs_a_session_too(visitor: TestClient) -> None:
    assert visitor.get("/api/standings/export?programme=2023&period=2023").status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_a_deep_link_serves_the_screen_to_who_is_signed_in(office: TestClient, path: str) -> None:
    answer = office.get(path)
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text


def test_an_unknown_api_address_stays_404_json_beside_the_screen(office: TestClient) -> None:
    answer = office.get("/api/typo")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_sign_in_page_opens_for_anybody_and_says_how_to_make_the_first_account(visitor: TestClient) -> None:
    answer = visitor.get("/sign-in")
    assert answer.status_code == 200
    assert 'id="sign-in-form"' in answer.text
    assert 'id="sign-in-link"' not in answer.text


def test_a_one_time_link_is_not_spent_by_looking_at_it(visitor: TestClient) -> None:
    page = visitor.get("/sign-in?link=abc").text
    assert "使用此链接登录" in page
    assert "abc" not in page  # the token stays in the address; the page repeats nothing it was handed


def test_the_policy_forbids_eval_and_knows_every_inline_script(office: TestClient) -> None:
    answer = office.get("/ranking")
    policy = answer.headers["content-security-policy"]
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in scripts
    inline = [
        piece.split("</script>")[0].split(">", 1)[1]
        for piece in answer.text.split("<script")[1:]
        if "src=" not in piece.split(">")[0] and "application/json" not in piece.split(">")[0]
    ]
    from base64 import b64encode
    from hashlib import sha256

    assert inline
    for text in inline:
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in scripts


def test_a_deep_link_carries_the_same_scripts_as_the_first_page(office: TestClient) -> None:
    def scripts(path: str) -> int:
        return office.get(path).text.count("<script")

    assert scripts("/alerts") == scripts("/")


def own_callbacks() -> dict[str, Any]:
    """The callbacks of this screen; Dash Pages brings one of its own, which only picks a layout."""
    registered = dash.get_app().callback_map
    assert registered
    return {output: entry for output, entry in registered.items() if "_pages_" not in output and entry.get("callback")}


def test_every_callback_is_async_so_that_none_holds_up_the_others(server: FastAPI) -> None:
    found = own_callbacks()
    assert {"ranking-body.children", "alerts-body.children", "overview-body.children"} <= set(found)
    assert [output for output, entry in found.items() if not inspect.iscoroutinefunction(entry["callback"])] == []


def test_layouts_fetch_nothing(server: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_call(*_args: Any, **_words: Any) -> None:
        raise AssertionError("a layout runs on the event loop and must not call")

    monkeypatch.setattr(client, "_call", no_call)
    for page in dash.page_registry.values():
        layout = page["layout"]
        assert layout() if callable(layout) else layout


@pytest.mark.parametrize(
    ("module", "query"),
    [
        ("overview", {}),
        ("ranking", {}),
        ("assessees", {}),
        ("assessee", {"key": "县城管局"}),
        ("alerts", {}),
        ("projects", {}),
        ("project", {"id": "3"}),
        ("whatif", {}),
        ("whatif", {"id": "2", "target": "85"}),
        ("imports", {}),
        ("imports", {"tab": "board"}),
        ("filing", {}),
        ("upload", {"id": "12"}),
        ("publications", {}),
        ("teams", {}),
        ("receipt", {"project": "3"}),
    ],
)
def test_a_page_needs_at_most_two_calls(
    server: FastAPI, monkeypatch: pytest.MonkeyPatch, module: str, query: dict[str, str]
) -> None:
    from dashboard.address import Place
    from tests.dashboard import issues, payloads

    answers = {
        "standings": payloads.standings(),
        "standings/movement": payloads.movement(),
        "assessees": payloads.assessees(),
        "assessees/receipt": payloads.assessee(),
        "alerts": payloads.alerts(),
        "alerts/beside": {"changes": None, "decisions": None, "record": payloads.track_record(), "not_judged": []},
        "whatif/overview": payloads.whatif_overview(),
        "projects/2/whatif": payloads.whatif(),
        "projects": {"month": "2023-10", "rows": []},
        "projects/3": payloads.project(),
        "projects/3/receipt": payloads.receipt(),
        "uploads": {"rows": payloads.history()},
        "uploads/12": payloads.upload(),
        "uploads/board": payloads.board(),
        "uploads/form": payloads.form(),
        "publications/desk": issues.desk(),
        "publications/changes": issues.changes(),
        "inspection-teams": payloads.teams(),
    }
    asked: list[str] = []

    async def answer(path: str, **_query: Any) -> Any:
        asked.append(path)
        return answers[path]

    monkeypatch.setattr(client, "get", answer)
    page = next(page for page in dash.page_registry.values() if page["module"].split(".")[-1] == module)
    draw = page["layout"].__globals__["draw"]
    assert words(asyncio.run(draw(Place(payloads.programmes()[0], query))))
    assert 1 <= len(asked) <= 2


# ---- the way to the data --------------------------------------------------------------------------------------------


def caller_of(person: TestClient, **headers: str) -> client.Caller:
    cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    return client.Caller({"cookie": cookies, "host": "testserver", **headers})


def test_the_screen_asks_the_api_as_the_signed_in_person(office: TestClient) -> None:
    session = asyncio.run(client.read_session(caller_of(office)))
    assert session is not None
    assert (session["name"], session["role"]) == ("王主任", "office_head")


def test_a_cookie_that_means_nothing_is_nobody(server: FastAPI) -> None:
    stranger = client.Caller({"cookie": "sanzhong=forged", "host": "testserver"})
    assert asyncio.run(client.read_session(stranger)) is None
    assert asyncio.run(client.read_session(client.Caller())) is None


def test_a_write_from_a_foreign_page_is_refused_by_the_api_itself(office: TestClient) -> None:
    token = client.caller.set(caller_of(office, origin="https://elsewhere.example"))
    try:
        with pytest.raises(client.ApiError) as refusal:
            asyncio.run(client.post("uploads/1/commit"))
    finally:
        client.caller.reset(token)
    assert (refusal.value.status, refusal.value.code) == (403, "foreign_origin")


def test_a_refusal_becomes_the_failed_state_with_the_apis_sentence(office: TestClient) -> None:
    @shows_failure
    async def show() -> Any:
        return await client.get("standings", programme="none", period="2023")

    token = client.caller.set(caller_of(office))
    try:
        shown = words(asyncio.run(show()))
    finally:
        client.caller.reset(token)
    assert "没有这项内容" in shown
    assert "none" in shown


def test_only_what_the_api_needs_of_a_request_is_passed_on() -> None:
    headers = [(b"cookie", b"a=1"), (b"host", b"h"), (b"origin", b"http://h"), (b"authorization", b"x"), (b"te", b"y")]
    assert dict(client.Caller.of({"headers": headers, "client": None}).headers) == {
        "cookie": "a=1",
        "host": "h",
        "origin": "http://h",
    }


# ---- files ----------------------------------------------------------------------------------------------------------


def test_our_files_come_compressed_and_stay_in_the_browser(visitor: TestClient) -> None:
    answer = visitor.get("/assets/theme.css?m=1", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.text == Path("dashboard/assets/theme.css").read_text(encoding="utf-8")


def test_who_cannot_unpack_gets_the_plain_file(visitor: TestClient) -> None:
    answer = visitor.get("/assets/theme.css?m=1", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers


def test_the_small_chart_library_serves_only_in_the_very_version_that_python_draws_for(
    visitor: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plotly.offline import get_plotlyjs_version

    monkeypatch.setattr(delivery, "PLOTLY_PACKAGE", tmp_path)
    (tmp_path / "plotly-basic.min.js").write_text("small();" * 400, encoding="utf-8")

    def served(version: str) -> bytes:
        (tmp_path / "package.json").write_text(f'{{"version": "{version}"}}', encoding="utf-8")
        delivery.small_plotly.cache_clear()
        answer = visitor.get(delivery.FULL_PLOTLY)
        assert answer.status_code == 200
        return answer.content

    try:
        assert served(get_plotlyjs_version()).startswith(b"small();")
        assert len(served("0.0.1")) > 4_000_000
    finally:
        delivery.small_plotly.cache_clear()


def test_a_file_the_browser_has_is_not_sent_again(visitor: TestClient) -> None:
    first = visitor.get("/assets/grid.js")
    again = visitor.get("/assets/grid.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_is_compressed_once(server: FastAPI, visitor: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/_dash-component-suites/dash/dcc/dash_core_components.js"
    first = visitor.get(path, headers={"accept-encoding": "gzip"}).content
    monkeypatch.setattr(gzip, "compress", lambda *_: pytest.fail("compressed again"))
    assert visitor.get(path, headers={"accept-encoding": "gzip"}).content == first


def test_no_file_of_ours_names_another_host() -> None:
    for path in [*Path("dashboard/assets").glob("*.js"), *Path("dashboard/assets").glob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert "http://" not in text, path
        assert "https://" not in text, path


# ---- passwords and phones -------------------------------------------------------------------------------------------


def test_the_page_of_an_activation_link_opens_for_anybody_and_needs_nothing_from_elsewhere(visitor: TestClient) -> None:
    page = visitor.get("/activate")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert 'src="/assets/new-password.js"' in page.text and page.text.count("<script") == 1
    assert visitor.get("/assets/new-password.js").status_code == 200


def test_a_session_whose_password_must_be_changed_is_led_to_change_it_from_every_page(
    server: FastAPI, settings_of_server: Settings
) -> None:
    with server.state.database.write() as session:
        account, _ = accounts.add(
            session,
            settings_of_server,
            Actor.command(),
            "新来的",
            "office",
            password="Gongcheng-2023",
            must_change=True,
        )
        token, _ = accounts.open_session(session, settings_of_server, account, datetime.now(UTC), {})
    person = TestClient(server, follow_redirects=False)
    person.cookies.set("sanzhong", signed_cookie(settings_of_server, {COOKIE_KEY: token}))
    for path in PAGES:
        answer = person.get(path)
        target = "/change-password" if path == "/" else f"/change-password?next={path}"
        assert (answer.status_code, answer.headers["location"]) == (303, target)
    layout = person.get("/_dash-layout")
    assert (layout.status_code, layout.json()["code"]) == (403, "password_change_required")
    assert person.get("/change-password").status_code == 200


def test_the_sign_in_page_of_a_trusted_phone_asks_for_six_digits_of_a_masked_name(
    server: FastAPI, office: TestClient
) -> None:
    phone = TestClient(server, follow_redirects=False, cookies={"sanzhong": office.cookies["sanzhong"]})
    assert phone.post("/api/account/phones", json={"pin": "739104"}).status_code == 201
    page = phone.get("/sign-in?next=/projects/1").text
    assert "王**，请输入6位数字" in page and "王主任" not in page
    assert "sign-in-pin-form" not in TestClient(server).get("/sign-in").text
    link = phone.get("/sign-in?link=abc").text
    assert "使用此链接登录" in link and "sign-in-pin-form" not in link


def test_the_api_on_another_host_is_told_the_persons_address_by_the_screen_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the browser itself wrote into X-Forwarded-For is not handed on."""
    forged = [(b"x-forwarded-for", b"1.1.1.1"), (b"host", b"h")]
    who = client.Caller.of({"headers": forged, "client": ("10.0.0.8", 50000)})
    assert "x-forwarded-for" not in who.headers
    monkeypatch.setattr(client, "_target", {"base_url": "http://api.example"})
    assert client._client(who).headers["x-forwarded-for"] == "10.0.0.8"
