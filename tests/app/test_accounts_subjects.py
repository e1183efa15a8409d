"""Accounts bound to the identity provider's subjects (对应统一身份): by whom, for whom, and what it changes at once."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.accounts import flows
from app.accounts import service as accounts
from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.app.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.app.signing_in import browser_of, sign_in, told
from tests.conftest import ClientAs

PASSWORD = "Gongcheng-2023"
COMMAND = Actor.command()


@pytest.fixture
def settings(settings: Settings, idp: IdentityProvider) -> Settings:
    more = {"oidc_issuer": idp.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    return settings.model_copy(update=more)


@pytest.fixture
def song(database: Database, settings: Settings) -> int:
    """The id of 宋办, of the office, with a password and bound to nobody."""
    with database.write() as session:
        account, _ = accounts.add(session, settings, COMMAND, "宋办", "office", password=PASSWORD)
    assert account.id is not None
    return account.id


def bind(client: TestClient, account: int, subject: str) -> Any:
    return client.post(f"/api/accounts/{account}/subject", json={"subject": subject})


def row(client: TestClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in client.get("/api/accounts").json()["rows"] if one["name"] == name)
    return found


@pytest.mark.database
def test_an_administrator_binds_and_the_person_signs_in(
    app: FastAPI, client_as: ClientAs, database: Database, song: int
) -> None:
    browser, admin = browser_of(app), client_as("admin", "陈管")
    assert sign_in(browser, "/ranking") == "/sign-in?next=/ranking"
    answer = bind(admin, song, " u-1001 ")
    assert answer.json()["message"] == "“宋办”已对应统一身份“u-1001”。"
    assert sign_in(browser, "/ranking") == "/ranking"
    session = browser.get("/api/session").json()
    assert (session["name"], session["role"]) == ("宋办", "office")  # the token said role=admin: nobody listens
    assert [one["opened_by"] for one in browser.get("/api/account").json()["sessions"]] == ["oidc"]
    assert flows.COOKIE not in browser.cookies
    with database.read() as db:
        entries = db.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(entry.actor_name, entry.action, entry.outcome, entry.detail) for entry in entries[-2:]] == [
        ("陈管", "account.subject", "ok", {"before": "", "after": "u-1001"}),
        ("宋办", "account.sign_in", "ok", {"address": "10.0.0.7", "agent": "电脑 其他程序", "by": "oidc"}),
    ]
    shown = row(admin, "宋办")
    assert (shown["subject"], shown["subject_is_current"], shown["state"]) == ("u-1001", True, "active")
    assert browser.delete("/api/session").status_code == 200
    assert browser.get("/api/session").status_code == 401


@pytest.mark.database
def test_a_subject_is_of_one_account(client_as: ClientAs, database: Database, settings: Settings, song: int) -> None:
    admin = client_as("admin", "陈管")
    with database.write() as session:
        other, _ = accounts.add(session, settings, COMMAND, "赵办", "office", password=None)
    assert other.id is not None
    assert bind(admin, song, "u-1001").status_code == 200
    answer = bind(admin, other.id, "u-1001")
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "这个统一身份已对应“宋办”，一个人只能对应一个账号；请先解除那一个。",
    )
    again = bind(admin, song, "u-1001")
    assert (again.status_code, again.json()["message"]) == (409, "“宋办”对应的统一身份没有变化，不必保存。")


def test_another_binding_ends_what_the_former_person_had_open(app: FastAPI, client_as: ClientAs, song: int) -> None:
    admin, browser = client_as("admin", "陈管"), browser_of(app)
    bind(admin, song, "u-1001")
    for subject, message in (
        ("u-2002", "“宋办”已对应统一身份“u-2002”，原来的登录和信任的手机已全部失效。"),
        ("", "“宋办”不再对应统一身份，原来的登录和信任的手机已全部失效。"),
    ):
        bind(admin, song, "u-1001")
        sign_in(browser)
        assert browser.post("/api/account/phones", json={"pin": "273951"}).status_code == 201
        assert bind(admin, song, subject).json()["message"] == message
        assert browser.get("/api/session").status_code == 401
        assert browser.get("/api/session/phone").json()["is_trusted"] is False
        assert sign_in(browser) == "/sign-in"
    assert row(admin, "宋办")["subject"] is None
    assert browser.post("/api/session", json={"name": "宋办", "password": PASSWORD}).status_code == 200


def test_a_first_binding_leaves_the_person_signed_in(app: FastAPI, client_as: ClientAs, song: int) -> None:
    browser = browser_of(app)
    browser.post("/api/session", json={"name": "宋办", "password": PASSWORD})
    bind(client_as("admin"), song, "u-1001")
    assert browser.get("/api/session").status_code == 200


@pytest.mark.parametrize("subject", ["u" * 256, "u\u202e1", "a\nb"])
def test_what_cannot_be_read_out_is_no_subject(client_as: ClientAs, song: int, subject: str) -> None:
    answer = bind(client_as("admin"), song, subject)
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "统一身份的标识最多255个字，不能有换行等看不见的字符，请核对。",
    )


def test_an_administrator_binds_neither_himself_nor_what_is_not_his(client_as: ClientAs, song: int) -> None:
    admin = client_as("admin", "陈管")
    answer = bind(admin, admin.actor.account_id, "u-1")  # type: ignore[attr-defined]
    assert answer.status_code == 403
    assert bind(admin, 987654, "u-1").status_code == 404
    for role in ("office_head", "auditor"):
        assert bind(client_as(role), song, "u-1").status_code == 403


def test_who_bound_an_account_and_uses_it_is_flagged(
    app: FastAPI, database: Database, settings: Settings, song: int
) -> None:
    """He need not know a password: he binds his own identity to somebody else's account."""
    with database.write() as session:
        accounts.add(session, settings, COMMAND, "陈管", "admin", password=PASSWORD)
    browser = browser_of(app)
    browser.post("/api/session", json={"name": "陈管", "password": PASSWORD})
    bind(browser, song, "u-1001")
    sign_in(browser)
    assert browser.get("/api/session").json()["name"] == "宋办"
    browser.post("/api/session", json={"name": "陈管", "password": PASSWORD})
    assert [(flag["code"], flag["maker"]) for flag in row(browser, "宋办")["flags"]] == [("same_browser", "陈管")]


def test_after_a_change_of_provider_old_bindings_are_shown_as_such_and_made_anew(
    app: FastAPI, client_as: ClientAs, database: Database, song: int
) -> None:
    with database.write() as session:
        stored = session.get(Account, song)
        assert stored is not None
        stored.subject, stored.subject_source = "u-1001", "https://former.example sub"
    admin, browser = client_as("admin"), browser_of(app)
    assert row(admin, "宋办")["subject_is_current"] is False
    assert sign_in(browser) == "/sign-in"
    assert bind(admin, song, "u-1001").status_code == 200
    assert sign_in(browser) == "/"


def test_where_no_provider_is_set_up_there_is_neither_way_nor_button_nor_binding(settings: Settings, song: int) -> None:
    app = create_app(settings.model_copy(update={"oidc_issuer": "", "oidc_client_id": "", "oidc_client_secret": ""}))
    browser = browser_of(app)
    assert browser.get("/api/session/ways").json() == {"oidc": "", "told": ""}
    for path in ("/api/session/oidc", "/api/session/oidc/callback?state=s&code=c"):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["message"]) == (
            404,
            "本平台没有启用统一身份认证，请用用户名和口令登录。",
        )
    with app.state.database.write() as session:
        accounts.add(session, settings, COMMAND, "陈管", "admin", password=PASSWORD)
    browser.post("/api/session", json={"name": "陈管", "password": PASSWORD})
    assert "subject" not in row(browser, "宋办")["actions"]
    assert bind(browser, song, "u-1001").status_code == 400
    app.state.database.close()


def test_the_sign_in_page_offers_the_button_and_tells_this_browser_alone_why_it_failed(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard import client
    from dashboard import sign_in as page

    app.include_router(page.router)
    monkeypatch.setattr(client, "_target", {"app": app})
    browser = browser_of(app)
    shown = browser.get("/sign-in", params={"next": '/ranking?period=2023-10"><b>'}).text
    assert 'href="/api/session/oidc?next=%2Franking%3Fperiod%3D2023-10%22%3E%3Cb%3E">用统一身份认证登录</a>' in shown
    assert 'role="alert" hidden></p>' in shown
    sign_in(browser, "/ranking")
    sentence = "本平台没有与您的统一身份对应的账号，请联系系统管理员（标识：u-1001）。"
    assert told(browser) == sentence
    assert f'role="alert" >{sentence}</p>' in browser.get("/sign-in").text
    assert sentence not in browser_of(app).get("/sign-in").text
    monkeypatch.setattr(flows, "TOLD_SECONDS", -1)
    assert sentence not in browser.get("/sign-in").text
