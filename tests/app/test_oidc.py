"""Sign-in by an identity provider (统一身份认证), over HTTP against a small real one on the loopback.

Each attack is one sentence; what it must end in is always the same: nobody signed in, one Chinese sentence on the
sign-in page, and, where the provider had been asked, a refused line on the trail. One installation serves all of them;
on both engines: test_accounts_subjects.py.
"""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import itsdangerous
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from sqlmodel import Session, col, delete, func, select
from starlette.testclient import TestClient

from app.accounts import flows
from app.accounts import service as accounts
from app.accounts.models import Account, KnownBrowser, SignInFailure, SignInSession
from app.accounts.provider import Provider
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.app import identity_provider
from tests.app.identity_provider import CALLBACK, CLIENT, SECRET, IdentityProvider, key, raw
from tests.app.signing_in import START, agree, browser_of, come_back, go, sign_in, told
from tests.app.test_id_tokens import NOT_CHECKED, by_public_key, unsigned, with_another_name
from tests.installations import NewInstallation

PASSWORD = "Gongcheng-2023"
COMMAND = Actor.command()


@pytest.fixture(scope="module")
def serving(
    running: IdentityProvider, tmp_path_factory: pytest.TempPathFactory, new_installation: NewInstallation
) -> Iterator[FastAPI]:
    home: Path = tmp_path_factory.mktemp("oidc") / "home"
    more = {"oidc_issuer": running.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    made = create_app(new_installation(home).model_copy(update=more))
    with TestClient(made) as opened:
        made.state.portal = opened.portal
        yield made
    made.state.database.close()


@pytest.fixture
def app(serving: FastAPI, idp: IdentityProvider) -> FastAPI:
    """The application without accounts, and with nothing remembered of the provider."""
    with serving.state.database.write() as session:
        for table in (SignInSession, SignInFailure, KnownBrowser):
            session.exec(delete(table))
        session.exec(delete(Account).where(col(Account.viewing_for_id).is_not(None)))
        session.exec(delete(Account))
    serving.state.provider = Provider(serving.state.settings)
    return serving


@pytest.fixture
def settings(app: FastAPI) -> Settings:
    found: Settings = app.state.settings
    return found


@pytest.fixture
def database(app: FastAPI) -> Database:
    found: Database = app.state.database
    return found


@pytest.fixture
def person(database: Database, settings: Settings) -> Account:
    """宋办 of the office, with a password, bound to the provider's u-1001."""
    with database.write() as session:
        return add(session, settings, "宋办", "office", "u-1001", password=PASSWORD)


def add(session: Session, settings: Settings, name: str, role: str, subject: str, **more: Any) -> Account:
    account, _ = accounts.add(session, settings, COMMAND, name, role, **({"password": None} | more))
    account.subject, account.subject_source = subject, f"{settings.oidc_issuer} sub"
    session.add(account)
    return account


@pytest.fixture
def browser(app: FastAPI, person: Account) -> TestClient:
    return browser_of(app)


def trail(database: Database) -> list[AuditEntry]:
    """The sign-ins refused since the accounts of this test were made."""
    with database.read() as session:
        made = session.exec(select(func.max(AuditEntry.id)).where(AuditEntry.action == "account.add")).one()
        mine = select(AuditEntry).where(
            AuditEntry.action == "account.sign_in", AuditEntry.outcome == "refused", col(AuditEntry.id) > made
        )
        return list(session.exec(mine.order_by(col(AuditEntry.id))).all())


def refused(browser: TestClient, database: Database, landed: str, sentence: str) -> None:
    """Nobody is signed in, the sign-in page says why."""
    assert landed == "/sign-in"
    assert told(browser) == sentence
    assert browser.get("/api/session").status_code == 401
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(SignInSession)).one() == 0


# -- as it should be --------------------------------------------------------------------------------------------------


def test_the_password_goes_on_beside_it(browser: TestClient) -> None:
    assert browser.post("/api/session", json={"name": "宋办", "password": PASSWORD}).status_code == 200


def test_the_administrator_who_wanted_nothing_in_particular_begins_with_the_accounts(
    app: FastAPI, database: Database, settings: Settings, idp: IdentityProvider
) -> None:
    with database.write() as session:
        add(session, settings, "陈管", "admin", "u-1")
    idp.subject = "u-1"
    assert sign_in(browser_of(app)) == "/accounts"


def test_discovery_and_keys_are_asked_for_once_in_a_while_and_no_code_or_token_is_logged(
    browser: TestClient, idp: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "app")
    for _ in range(2):
        sign_in(browser)
    assert (idp.asked["/.well-known/openid-configuration"], idp.asked["/keys"], idp.asked["/token"]) == (1, 1, 2)
    written = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("app"))
    assert "oidc/callback" in written
    assert [code for code in (*idp.codes, SECRET, "u-1001") if code in written] == []


# -- the token --------------------------------------------------------------------------------------------------------


WRONG_SIGNATURE, WRONG_ALGORITHM = "签名不对", "签名的算法、密钥或格式不对"


def by_a_stranger(claims: dict[str, Any], _: RSAKey) -> str:
    return identity_provider.sign(claims, key("stranger"))


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (unsigned, WRONG_ALGORITHM),
        (by_public_key, WRONG_ALGORITHM),
        (with_another_name, WRONG_SIGNATURE),
        (by_a_stranger, WRONG_ALGORITHM),
    ],
)
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    browser: TestClient, database: Database, idp: IdentityProvider, forge: identity_provider.Sign, reason: str
) -> None:
    """All the others: test_id_tokens.py."""
    idp.mischief.sign = forge
    refused(browser, database, sign_in(browser), NOT_CHECKED.format(reason))
    [entry] = trail(database)
    assert (entry.actor_name, entry.detail["by"], entry.detail["reason"]) == (
        "未知账号",
        "oidc",
        NOT_CHECKED.format(reason),
    )
    assert idp.asked["/keys"] == (2 if forge is by_a_stranger else 1)  # an unknown key: asked once more, and no oftener


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another flow's"}, "不是为这次登录签发的"),
        ({"aud": "another client"}, "不是发给本平台的"),
        ({"iss": "https://elsewhere.example"}, "不是这个认证平台签发的"),
        ({"exp": 1_700_000_000}, "已过期"),
    ],
    ids=str,
)
def test_a_token_for_another_time_place_or_flow_lets_nobody_in(
    browser: TestClient, database: Database, idp: IdentityProvider, claims: dict[str, Any], reason: str
) -> None:
    idp.mischief.claims = claims
    refused(browser, database, sign_in(browser), NOT_CHECKED.format(reason))
    assert len(trail(database)) == 1


# -- the way there and back -------------------------------------------------------------------------------------------

LOST = "这次统一身份登录已超时、已用过，或不是从这个浏览器发起的，请重新登录。"


def test_another_state_than_was_sent_lets_nobody_in_and_asks_the_provider_nothing(
    browser: TestClient, database: Database, idp: IdentityProvider
) -> None:
    address = agree(go(browser))
    state = parse_qs(urlsplit(address).query)["state"][0]
    refused(browser, database, come_back(browser, address.replace(state, "x" * 43)), LOST)
    assert idp.asked["/token"] == 0
    assert come_back(browser, address) == "/sign-in"  # one try: the right state comes too late
    assert idp.asked["/token"] == 0


def test_a_callback_opened_in_another_browser_lets_nobody_in(
    browser: TestClient, app: FastAPI, database: Database, idp: IdentityProvider
) -> None:
    """The attacker's own callback, slipped to somebody who began nothing, or who has just begun their own."""
    address = agree(go(browser))
    victim = browser_of(app)
    refused(victim, database, come_back(victim, address), LOST)
    go(victim)
    refused(victim, database, come_back(victim, address), LOST)
    assert idp.asked["/token"] == 0


def test_a_callback_works_once(browser: TestClient, app: FastAPI, database: Database, idp: IdentityProvider) -> None:
    address = agree(go(browser))
    assert come_back(browser, address) == "/"
    browser.delete("/api/session")
    assert come_back(browser, address) == "/sign-in"
    assert told(browser) == LOST
    assert idp.asked["/token"] == 1


def test_who_kept_the_cookie_as_well_is_refused_by_the_provider_who_gives_nothing_twice_for_a_code(
    browser: TestClient, app: FastAPI, database: Database
) -> None:
    address = agree(go(browser))
    cookie = browser.cookies[flows.COOKIE]
    thief = browser_of(app)
    thief.cookies.set(flows.COOKIE, cookie)
    assert come_back(browser, address) == "/"
    assert come_back(thief, address) == "/sign-in"
    assert told(thief) == "统一身份认证不认这次登录的凭据（已用过或已过期），请重新登录。"
    assert thief.get("/api/session").status_code == 401


def test_a_code_stolen_from_another_flow_does_not_fit_the_verifier(
    browser: TestClient, app: FastAPI, database: Database
) -> None:
    stolen = parse_qs(urlsplit(agree(go(browser_of(app)))).query)["code"][0]
    address = agree(go(browser))
    code = parse_qs(urlsplit(address).query)["code"][0]
    landed = come_back(browser, address.replace(code, stolen))
    refused(browser, database, landed, "统一身份认证不认这次登录的凭据（已用过或已过期），请重新登录。")


def test_a_flow_is_over_after_ten_minutes(
    browser: TestClient, database: Database, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    with monkeypatch.context() as earlier:
        earlier.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda _: now - 601)
        address = agree(go(browser))
    refused(browser, database, come_back(browser, address), LOST)
    assert idp.asked["/token"] == 0


def test_a_cookie_that_we_did_not_sign_is_no_flow(browser: TestClient, database: Database, settings: Settings) -> None:
    flow = {"state": "s", "nonce": "n", "verifier": "v", "back": "https://elsewhere.example"}
    for salt, secret in (
        ("oidc-flow", "another installation's secret, long enough"),
        ("oidc-told", settings.secret_key()),
    ):
        cookie = itsdangerous.URLSafeTimedSerializer(secret, salt=salt).dumps(flow)
        browser.cookies.set(flows.COOKIE, str(cookie))
        landed = come_back(browser, f"{CALLBACK}?state=s&code=c")
        browser.cookies.delete(flows.COOKIE, domain="")
        refused(browser, database, landed, LOST)
        browser.cookies.clear()


def test_the_cookie_of_a_flow_is_out_of_reach_of_scripts_and_other_sites(browser: TestClient) -> None:
    header = browser.get(START).headers["set-cookie"].lower()
    assert header.startswith(f"{flows.COOKIE}=")
    assert {"httponly", "samesite=lax", "max-age=600", "path=/"} <= set(header.split("; "))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("access_denied", "统一身份认证那边取消了这次登录，请重新登录，或用用户名和口令登录。"),
        ("server_error", "统一身份认证没有完成这次登录，请稍后重试，或用用户名和口令登录。"),
        ("<script>alert(1)</script>", "统一身份认证没有完成这次登录，请稍后重试，或用用户名和口令登录。"),
    ],
)
def test_what_the_provider_refuses_is_one_sentence_on_the_sign_in_page(
    browser: TestClient, database: Database, idp: IdentityProvider, error: str, sentence: str
) -> None:
    state = parse_qs(urlsplit(go(browser)).query)["state"][0]
    answer = browser.get(CALLBACK, params={"state": state, "error": error, "error_description": "x", "code": "c"})
    refused(browser, database, answer.headers["location"], sentence)
    assert idp.asked["/token"] == 0


def test_the_answer_of_another_provider_lets_nobody_in(
    browser: TestClient, database: Database, idp: IdentityProvider
) -> None:
    """RFC 9207: iss in the callback."""
    address = agree(go(browser)).partition("&iss=")[0] + "&iss=https://elsewhere.example"
    refused(
        browser,
        database,
        come_back(browser, address),
        "统一身份认证没有完成这次登录，请稍后重试，或用用户名和口令登录。",
    )
    assert idp.asked["/token"] == 0


@pytest.mark.parametrize("code", ["", "c" * 4097], ids=["none", "endless"])
def test_a_callback_without_a_usable_code_asks_the_provider_nothing(
    browser: TestClient, database: Database, idp: IdentityProvider, code: str
) -> None:
    state = parse_qs(urlsplit(go(browser)).query)["state"][0]
    landed = browser.get(CALLBACK, params={"state": state, "code": code}).headers["location"]
    refused(browser, database, landed, "统一身份认证没有完成这次登录，请稍后重试，或用用户名和口令登录。")
    assert idp.asked["/token"] == 0


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "///elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        " //elsewhere.example",
        "javascript:alert(1)",
        "elsewhere.example",
        "/a\r\nset-cookie: x=y",
        "/" + "a" * 1500,
        "/" + "杨" * 170,
        "",
    ],
)
def test_nobody_is_led_to_another_site(elsewhere: str) -> None:
    assert flows.own_address(elsewhere) == "/"


def test_the_longest_address_kept_still_fits_into_a_cookie(settings: Settings) -> None:
    for wanted in ("/" + "a" * 1499, "/" + "杨" * 166):
        flow = flows.begin(wanted)
        assert flow.back == wanted
        assert len(flows.keep(settings, flow)) < 3500


@pytest.mark.parametrize("own", ["/", "/ranking?period=2023-10", "/projects/3#lights", "/alerts?unit=杨屯镇&next=//x"])
def test_an_address_of_ones_own_is_kept(own: str) -> None:
    assert flows.own_address(own) == own


def test_the_address_wanted_is_looked_at_before_it_is_followed(browser: TestClient, idp: IdentityProvider) -> None:
    assert sign_in(browser, "//elsewhere.example/steal") == "/"
    assert sign_in(browser, "/alerts?unit=杨屯镇") == "/alerts?unit=%E6%9D%A8%E5%B1%AF%E9%95%87"
    idp.subject = "nobody"
    assert sign_in(browser, "/alerts") == "/sign-in?next=/alerts"
    assert sign_in(browser, "/\\elsewhere.example") == "/sign-in"


# -- a provider that does not keep its word ---------------------------------------------------------------------------

DOWN = "统一身份认证暂时连不上，或没有按约定回答，请稍后再试，或用用户名和口令登录。"
DISCOVERY, TOKEN, KEYS = "/.well-known/openid-configuration", "/token", "/keys"


DOWN = "统一身份认证暂时连不上，或没有按约定回答，请稍后再试，或用用户名和口令登录。"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_answers_rubbish_is_one_sentence_and_the_password_goes_on(
    browser: TestClient, database: Database, idp: IdentityProvider, path: str
) -> None:
    """Slow, huge, redirecting and other answers: test_provider.py."""
    idp.mischief.answers[path] = lambda to: raw(to, b"<html>")
    landed = sign_in(browser) if path != "/.well-known/openid-configuration" else browser.get(START).headers["location"]
    refused(browser, database, landed, DOWN)
    assert browser.post("/api/session", json={"name": "宋办", "password": PASSWORD}).status_code == 200


# -- whose account ----------------------------------------------------------------------------------------------------


def test_a_subject_without_an_account_gets_none_and_is_told_whom_to_ask(
    browser: TestClient, database: Database, idp: IdentityProvider
) -> None:
    idp.subject = "陈某 7788"
    landed = sign_in(browser)
    refused(browser, database, landed, "本平台没有与您的统一身份对应的账号，请联系系统管理员（标识：陈某 7788）。")
    with database.read() as session:
        assert session.exec(select(Account.name)).all() == ["宋办"]
    [entry] = trail(database)
    assert (entry.actor_name, entry.detail["subject"]) == ("未知账号", "陈某 7788")


def test_a_subject_is_no_name_and_a_name_no_subject(
    browser: TestClient, database: Database, idp: IdentityProvider
) -> None:
    idp.subject = "宋办"
    refused(browser, database, sign_in(browser), "本平台没有与您的统一身份对应的账号，请联系系统管理员（标识：宋办）。")


@pytest.mark.parametrize("how", [{"is_disabled": True}, {"awaits_activation": True}], ids=str)
def test_a_disabled_or_not_yet_activated_account_lets_nobody_in(
    browser: TestClient, database: Database, person: Account, how: dict[str, bool]
) -> None:
    with database.write() as session:
        stored = session.get(Account, person.id)
        assert stored is not None
        stored.sqlmodel_update(how)
    refused(browser, database, sign_in(browser), "您在本平台的账号已停用或还没有开通，请联系系统管理员。")
    [entry] = trail(database)
    assert entry.actor_name == "宋办"


def test_disabling_ends_a_session_of_the_provider_at_once(browser: TestClient, database: Database) -> None:
    sign_in(browser)
    assert browser.get("/api/session").status_code == 200
    with database.write() as session:
        accounts.disable(session, COMMAND, "宋办")
    assert browser.get("/api/session").status_code == 401


def test_a_binding_under_another_provider_or_claim_opens_nothing(
    browser: TestClient, database: Database, person: Account, settings: Settings
) -> None:
    for source in ("https://former.example sub", f"{settings.oidc_issuer} employee_no"):
        with database.write() as session:
            stored = session.get(Account, person.id)
            assert stored is not None
            stored.subject_source = source
        landed = sign_in(browser)
        refused(browser, database, landed, "本平台没有与您的统一身份对应的账号，请联系系统管理员（标识：u-1001）。")


def test_another_claim_may_name_the_person(
    app: FastAPI,
    browser: TestClient,
    database: Database,
    idp: IdentityProvider,
    person: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.state.settings, "oidc_claim", "employee_no")
    app.state.provider = Provider(app.state.settings)
    with database.write() as session:
        stored = session.get(Account, person.id)
        assert stored is not None
        stored.subject, stored.subject_source = "A-17", app.state.settings.oidc_source()
    idp.mischief.claims = {"employee_no": "A-17"}
    assert sign_in(browser) == "/"


def test_a_viewing_account_sees_as_its_leader_and_not_when_the_leader_is_gone(
    app: FastAPI, database: Database, settings: Settings, idp: IdentityProvider
) -> None:
    with database.write() as session:
        accounts.add(session, settings, COMMAND, "张县长", "leader", password=None, scope="county")
        add(session, settings, "李秘书", "leader", "u-5", viewing_for="张县长")
    idp.subject = "u-5"
    browser = browser_of(app)
    sign_in(browser)
    assert browser.get("/api/session").json()["name"] == "李秘书（代看张县长）"
    with database.write() as session:
        leader = accounts.account_named(session, "张县长")
        leader.is_disabled = True
    assert browser.get("/api/session").status_code == 401
    assert sign_in(browser) == "/sign-in"
    assert told(browser) == "您在本平台的账号已停用或还没有开通，请联系系统管理员。"


def test_a_password_that_must_be_changed_comes_first_here_too(
    browser: TestClient, database: Database, person: Account
) -> None:
    with database.write() as session:
        stored = session.get(Account, person.id)
        assert stored is not None
        stored.must_change_password = True
    sign_in(browser)
    assert browser.get("/api/session").json()["must_change_password"] is True
    assert browser.get("/api/programmes").json()["code"] == "password_change_required"


def test_a_session_of_the_provider_ends_idle_and_absolutely(browser: TestClient, database: Database) -> None:
    for column, minutes in (("last_seen_at", 121), ("expires_at", 1)):
        sign_in(browser)
        assert browser.get("/api/session").status_code == 200
        with database.write() as session:
            newest = session.exec(select(SignInSession).order_by(col(SignInSession.id).desc())).first()
            setattr(newest, column, datetime.now(UTC) - timedelta(minutes=minutes))
        assert browser.get("/api/session").status_code == 401


def test_who_comes_back_again_and_again_in_vain_waits_and_keeps_nobody_else_waiting(
    app: FastAPI,
    browser: TestClient,
    database: Database,
    idp: IdentityProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.state.settings, "failures_per_address", 3)
    sign_in(browser)  # a browser that is known
    idp.subject = "nobody"
    stranger = browser_of(app)
    for _ in range(3):
        sign_in(stranger)
    assert "没有与您的统一身份对应的账号" in told(stranger)
    asked, written = idp.asked["/token"], len(trail(database))
    sign_in(stranger)
    assert told(stranger) == "近来从这里用统一身份认证登录没有成功的次数太多，请15分钟后再试，或用用户名和口令登录。"
    assert (idp.asked["/token"], len(trail(database))) == (asked, written)
    fresh = browser_of(app)
    assert fresh.post("/api/session", json={"name": "宋办", "password": PASSWORD}).status_code == 200
    idp.subject = "u-1001"
    for _ in range(4):  # whoever is signed in is forgiven
        assert sign_in(browser) == "/"
    sign_in(stranger)
    assert told(stranger).startswith("近来从这里")  # not by somebody else's success
