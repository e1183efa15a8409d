"""Accounts and signing in (账号、登录): no default way in, no outsider locks a leader out, disabling acts at once."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.accounts import passwords
from app.accounts import service as accounts
from app.accounts.models import Account, SignInFailure, SignInSession
from app.accounts.passwords import decoy_hash, hash_password, is_right
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict, Forbidden, NotSignedIn, Refused, TooManyAttempts
from app.organisation import service as organisations
from app.organisation.models import Official, Unit
from app.settings import Settings
from tests.conftest import ClientAs

COMMAND = Actor.command()
PASSWORD = "Gongcheng-2023"


def add(database: Database, settings: Settings, name: str, role: str = "office", **words: Any) -> Account:
    with database.write() as session:
        account, _ = accounts.add(session, settings, COMMAND, name, role, **({"password": PASSWORD} | words))
    return account


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> Any:
    return client.post("/api/session", json={"name": name, "password": password})


# -- the first account ------------------------------------------------------------------------------------------------


def test_a_fresh_installation_lets_nobody_in_and_says_how_the_first_account_is_made(client: TestClient) -> None:
    for answer in (client.get("/api/session"), sign_in(client, "admin", "admin"), sign_in(client, "root", "root")):
        assert answer.status_code == 401
        assert answer.json()["message"] == (
            "系统里还没有账号。请管理员在服务器上运行：sanzhong user add 姓名 --role office_head --password-stdin"
        )


@pytest.mark.database
def test_signing_in_and_out(client: TestClient, database: Database, settings: Settings) -> None:
    add(database, settings, "张三")
    assert client.get("/api/session").json()["message"] == "请先登录。"
    assert sign_in(client, "张三").json() == {"name": "张三", "role": "office"}
    assert client.get("/api/session").json()["name"] == "张三"
    assert client.delete("/api/session").status_code == 200
    assert client.get("/api/session").status_code == 401


def test_the_cookie_holds_a_random_token_alone_and_is_kept_from_scripts(
    client: TestClient, database: Database, settings: Settings
) -> None:
    add(database, settings, "张三")
    header = sign_in(client, "张三").headers["set-cookie"]
    assert "httponly" in header and "samesite=lax" in header and "secure" not in header
    content = json.loads(base64.b64decode(client.cookies["sanzhong"].split(".")[0]))
    assert list(content) == ["token"]
    with database.read() as session:
        stored = session.exec(select(SignInSession)).one()
    assert content["token"] not in repr(stored)  # only its hash is stored
    assert len(content["token"]) == 43  # 32 random bytes


def test_signing_out_ends_a_stolen_copy_of_the_cookie_too(
    app: FastAPI, client: TestClient, database: Database, settings: Settings
) -> None:
    add(database, settings, "张三")
    sign_in(client, "张三")
    thief = TestClient(app, cookies={"sanzhong": client.cookies["sanzhong"]})
    assert thief.get("/api/session").status_code == 200
    client.delete("/api/session")
    assert thief.get("/api/session").status_code == 401


def test_signing_in_gives_a_new_token_whatever_cookie_was_there(
    client: TestClient, database: Database, settings: Settings
) -> None:
    add(database, settings, "张三")
    sign_in(client, "张三")
    before = client.cookies["sanzhong"]
    sign_in(client, "张三")
    assert client.cookies["sanzhong"] != before


def test_a_forged_cookie_is_nobody(app: FastAPI, database: Database, settings: Settings) -> None:
    add(database, settings, "张三")
    assert (
        TestClient(app, cookies={"sanzhong": "eyJ0b2tlbiI6ICJ4In0=.aaaa.bbbb"}).get("/api/session").status_code == 401
    )


# -- what ends a session ----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_disabled_account_is_out_at_its_next_request_and_cannot_come_back(
    client_as: ClientAs, database: Database
) -> None:
    client = client_as("office", "张三")
    assert client.get("/api/session").status_code == 200
    with database.write() as session:
        accounts.disable(session, COMMAND, "张三")
    assert client.get("/api/session").status_code == 401
    with pytest.raises(Forbidden, match="已停用"), database.read() as session:
        accounts.actor_named(session, "张三")


@pytest.mark.database
def test_a_changed_role_counts_from_the_next_request(client_as: ClientAs, database: Database) -> None:
    client = client_as("office_head", "张三")
    with database.write() as session:
        account = accounts.account_named(session, "张三")
        account.role = "auditor"
        session.add(account)
    assert client.get("/api/session").json()["role"] == "auditor"


@pytest.mark.parametrize(
    ("created", "last_seen", "status"),
    [
        (timedelta(minutes=600), timedelta(minutes=119), 200),
        (timedelta(minutes=600), timedelta(minutes=121), 401),  # idle for more than 120 minutes
        (timedelta(minutes=719), timedelta(minutes=1), 200),
        (timedelta(minutes=721), timedelta(minutes=1), 401),  # older than 720 minutes, though in use
    ],
)
def test_a_session_ends_when_idle_and_in_any_case_after_twelve_hours(
    client_as: ClientAs, database: Database, created: timedelta, last_seen: timedelta, status: int
) -> None:
    client = client_as("office")
    now = datetime.now(UTC)
    with database.write() as session:
        stored = session.exec(select(SignInSession)).one()
        stored.created_at, stored.last_seen_at = now - created, now - last_seen
        stored.expires_at = stored.created_at + timedelta(minutes=720)
        session.add(stored)
    answer = client.get("/api/session")
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["message"] == "登录已超时，请重新登录。"


def test_a_session_in_use_is_kept_alive_and_a_reader_does_not_wait_for_a_writer(
    client_as: ClientAs, database: Database
) -> None:
    client = client_as("office")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with database.write() as session:
        stored = session.exec(select(SignInSession)).one()
        stored.last_seen_at = an_hour_ago
        session.add(stored)
    with database.write() as session:  # an import under way; on PostgreSQL only who holds the row is in the way
        session.exec(select(SignInSession).with_for_update()).one()
        started = time.perf_counter()
        assert client.get("/api/session").status_code == 200
        assert time.perf_counter() - started < 5
    with database.read() as session:
        assert session.exec(select(SignInSession.last_seen_at)).one() == an_hour_ago
    assert client.get("/api/session").status_code == 200
    with database.read() as session:
        assert session.exec(select(SignInSession.last_seen_at)).one() > an_hour_ago


def test_resetting_a_password_ends_the_sessions_and_enables_the_account(
    client: TestClient, client_as: ClientAs, database: Database, settings: Settings
) -> None:
    signed_in = client_as("office", "张三")
    with database.write() as session:
        accounts.disable(session, COMMAND, "张三")
        accounts.reset(session, settings, COMMAND, "张三", "Xin-Kouling-1")
    assert signed_in.get("/api/session").status_code == 401
    assert sign_in(client, "张三", "Xin-Kouling-1").status_code == 200


# -- wrong passwords --------------------------------------------------------------------------------------------------


def test_unknown_name_wrong_password_disabled_and_passwordless_accounts_get_one_answer(
    client: TestClient, database: Database, settings: Settings
) -> None:
    add(database, settings, "张三")
    add(database, settings, "停用的人")
    add(database, settings, "演示的人", password=None)
    with database.write() as session:
        accounts.disable(session, COMMAND, "停用的人")
    answers = [
        sign_in(client, "没有的人"),
        sign_in(client, "张三", "wrong"),
        sign_in(client, "停用的人"),
        sign_in(client, "演示的人", "anything"),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}


def test_an_unknown_name_takes_as_long_as_a_wrong_password(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both verify one argon2 hash of the same, full parameters, which is all that takes time."""
    full = PasswordHash.recommended()
    verified: list[str] = []

    def verify(password: str, password_hash: str) -> bool:
        verified.append(password_hash)
        return full.verify(password, password_hash)

    monkeypatch.setattr(passwords, "HASHER", SimpleNamespace(hash=full.hash, verify=verify))
    passwords.decoy_hash.cache_clear()
    known = hash_password(PASSWORD, settings)
    assert [is_right("wrong", password_hash) for password_hash in (known, "")] == [False, False]
    assert verified == [known, decoy_hash()]
    assert known.split("$")[2:4] == decoy_hash().split("$")[2:4] == ["v=19", "m=65536,t=3,p=4"]
    passwords.decoy_hash.cache_clear()


def test_guessing_from_one_address_makes_that_address_wait_and_not_the_person_elsewhere(
    database: Database, settings: Settings
) -> None:
    add(database, settings, "李书记", "leader", scope="county")
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            accounts.sign_in(database, settings, "李书记", "guess", "10.0.0.66")
    with pytest.raises(TooManyAttempts, match="请15分钟后再试"):
        accounts.sign_in(database, settings, "李书记", PASSWORD, "10.0.0.66")
    _, actor = accounts.sign_in(database, settings, "李书记", PASSWORD, "10.0.0.8")
    assert actor.name == "李书记"


def test_the_wait_is_over_after_a_quarter_of_an_hour_or_a_reset(database: Database, settings: Settings) -> None:
    add(database, settings, "张三")
    with database.write() as session:
        for minutes in (16, 16, 16, 16, 16, 1, 1, 1, 1):
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            session.add(SignInFailure(name="张三", address="10.0.0.66", at=at))
    with pytest.raises(NotSignedIn):  # four in the window: the fifth is still heard
        accounts.sign_in(database, settings, "张三", "guess", "10.0.0.66")
    with pytest.raises(TooManyAttempts):
        accounts.sign_in(database, settings, "张三", PASSWORD, "10.0.0.66")
    with database.write() as session:
        accounts.reset(session, settings, COMMAND, "张三", PASSWORD)
    assert accounts.sign_in(database, settings, "张三", PASSWORD, "10.0.0.66")[1].name == "张三"


def test_signing_in_and_failing_are_on_the_trail_without_what_was_typed(
    client: TestClient, database: Database, settings: Settings
) -> None:
    add(database, settings, "张三")
    sign_in(client, "My-Password-In-The-Wrong-Field", "x")
    sign_in(client, "张三", "wrong")
    sign_in(client, "张三")
    with database.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.action == "account.sign_in").order_by(col(AuditEntry.number))
        ).all()
    assert [(entry.actor_name, entry.outcome) for entry in entries] == [
        ("未知账号", "refused"),
        ("张三", "refused"),
        ("张三", "ok"),
    ]
    assert "Wrong-Field" not in repr(entries)


# -- one-time links ---------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_link_lets_in_once(client: TestClient, database: Database, settings: Settings) -> None:
    add(database, settings, "演示的人", password=None)
    with database.write() as session:
        [(account, token)] = accounts.new_links(session, settings, COMMAND)
    assert account.name == "演示的人"
    assert client.post("/api/session", json={"link": token}).json() == {"name": "演示的人", "role": "office"}
    again = client.post("/api/session", json={"link": token})
    assert again.status_code == 401
    assert again.json()["message"] == "这个登录链接已经用过或已过期，请在服务器上运行 sanzhong links 取得新的链接。"


def test_links_are_given_only_to_usable_accounts_without_a_password(database: Database, settings: Settings) -> None:
    add(database, settings, "有口令的人")
    add(database, settings, "停用的人", password=None)
    with database.write() as session:
        accounts.disable(session, COMMAND, "停用的人")
        assert accounts.new_links(session, settings, COMMAND) == []


def test_a_link_expires(client: TestClient, database: Database, settings: Settings) -> None:
    add(database, settings, "演示的人", password=None)
    short = settings.model_copy(update={"link_minutes": 0})
    with database.write() as session:
        [(_, token)] = accounts.new_links(session, short, COMMAND)
    assert client.post("/api/session", json={"link": token}).status_code == 401


# -- making accounts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("Abcdef12", True),  # eight, three kinds
        ("Abcdef1", False),  # seven
        ("abcdef12", False),  # two kinds
        ("口令口令口令-12", False),  # Chinese letters are of no kind: digits and a sign make two
    ],
)
def test_a_password_has_eight_characters_of_three_kinds(settings: Settings, password: str, is_good: bool) -> None:
    if is_good:
        assert is_right(password, hash_password(password, settings))
    else:
        with pytest.raises(Refused, match="口令太简单：至少8位"):
            hash_password(password, settings)


def test_a_policy_of_length_alone_is_a_setting(settings: Settings) -> None:
    """SECURITY A1: ASVS forbids composition rules where 等保 asks for them."""
    by_length = settings.model_copy(update={"password_min_length": 12, "password_min_kinds": 1})
    assert hash_password("long and plain", by_length)
    with pytest.raises(Refused, match="至少12位"):
        hash_password("Abcdef-1234", by_length)


def test_a_units_account_is_bound_to_the_unit_by_name_or_alias_or_makes_it(
    database: Database, settings: Settings, county_id: int
) -> None:
    with database.write() as session:
        unit = organisations.ensure_unit(session, county_id, "月山镇")
        organisations.add_alias(session, unit, "月山")
    assert add(database, settings, "甲", "unit", unit="月 山").unit_id == unit.id
    with database.write() as session:
        account, notes = accounts.add(session, settings, COMMAND, "乙", "unit", password=None, unit="杨屯镇")
    assert notes == ["已新增单位“杨屯镇”。"]
    with database.read() as session:
        assert session.exec(select(Unit.name).where(Unit.id == account.unit_id)).one() == "杨屯镇"
    assert account.organisation_id == county_id


def test_a_leaders_account_is_bound_to_the_official_of_the_same_name(
    database: Database, settings: Settings, county_id: int
) -> None:
    with database.write() as session:
        known = organisations.ensure_official(session, county_id, "李明", "县委副书记")
    assert add(database, settings, "李明", "leader", scope="sponsored").official_id == known.id
    with database.write() as session:
        account, notes = accounts.add(session, settings, COMMAND, "王强", "leader", password=None, scope="county")
    assert notes == ["已登记领导“王强”。"]
    with database.read() as session:
        assert session.exec(select(Official.name).where(Official.id == account.official_id)).one() == "王强"


@pytest.mark.parametrize(
    ("role", "words", "sentence"),
    [
        ("boss", {}, "没有“boss”这种角色"),
        ("unit", {}, "必须写明单位"),
        ("leader", {}, "必须写明范围"),
        ("leader", {"scope": "all"}, "必须写明范围"),
        ("inspector", {}, "必须写明组别"),
    ],
)
def test_an_account_without_what_its_role_needs_is_refused(
    database: Database, settings: Settings, role: str, words: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        add(database, settings, "某人", role, password=None, **words)


def test_names_are_unique(database: Database, settings: Settings) -> None:
    add(database, settings, "张三", password=None)
    with pytest.raises(Conflict, match="已有名为“张三”的账号"):
        add(database, settings, " 张三 ", "admin", password=None)


def test_a_role_that_may_not_is_told_who_may() -> None:
    with pytest.raises(Forbidden, match="这项操作只有办公室、办公室主任账号可以办理，您的账号是系统管理员。"):
        accounts.require_role(Actor(1, "管", "admin"), "office", "office_head")
    accounts.require_role(Actor(1, "办", "office"), "office", "office_head")


# -- every route ------------------------------------------------------------------------------------------------------

OPEN = {
    ("get", "/api/health"),
    ("get", "/api/health/alive"),
    ("post", "/api/session"),
    ("get", "/api/session/phone"),  # asks by the phone's own cookie, answers with a masked name
    ("post", "/api/session/activation"),  # asks by the link's own token
    ("post", "/api/session/activation/look"),
    ("get", "/api/session/ways"),  # what the sign-in page offers
    ("get", "/api/session/oidc"),  # the way to the identity provider and back
    ("get", "/api/session/oidc/callback"),
}


def test_every_route_but_health_and_sign_in_asks_who_is_there_first(client: TestClient) -> None:
    """SECURITY B1. Anonymous and with a body that makes no sense: 401, not 422 and not 404."""
    paths = client.get("/api/openapi.json").json()["paths"]
    routes = {(method, path) for path, methods in paths.items() for method in methods} - OPEN
    assert len(routes) >= 4
    for method, path in sorted(routes):
        answer = client.request(method, path.replace("{", "").replace("}", ""))
        assert (method, path, answer.status_code) == (method, path, 401)
