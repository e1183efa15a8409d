"""Managing accounts (账号管理): nobody learns another's password, nobody raises himself, an administrator is left."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.accounts import administration
from app.accounts import service as accounts
from app.accounts.models import Account, Activation
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict
from app.organisation import service as organisations
from app.settings import Settings
from tests.conftest import ClientAs

PASSWORD = "Gongcheng-2023"
OFFICE = {"name": "张三", "role": "office"}


@pytest.fixture
def admin(client_as: ClientAs) -> TestClient:
    client_as("admin", "副管")  # so that 陈管 is not the last one
    return client_as("admin", "陈管")


def add(admin: TestClient, **words: str) -> dict[str, Any]:
    answer = admin.post("/api/accounts", json={**OFFICE, **words})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def token_of(handed: dict[str, Any]) -> str:
    page, _, token = handed["link"].partition("#")
    assert page == "/activate"
    return str(token)


def activate(client: TestClient, handed: dict[str, Any], password: str = PASSWORD) -> Any:
    return client.post("/api/session/activation", json={"token": token_of(handed), "password": password})


def listed(admin: TestClient, name: str) -> dict[str, Any]:
    rows = admin.get("/api/accounts").json()["rows"]
    return next(row for row in rows if row["name"] == name)


def trail(database: Database, action: str) -> list[AuditEntry]:
    with database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.number))
        return list(session.exec(query).all())


@pytest.fixture
def elsewhere(app: FastAPI) -> Callable[..., TestClient]:
    """`elsewhere("10.0.0.9")`: a browser of its own at an address of its own, nobody signed in."""
    return lambda address="10.0.0.9": TestClient(app, client=(address, 50000))


# -- the link ---------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_an_added_person_sets_their_own_password_by_a_link_that_works_once(
    admin: TestClient, elsewhere: Callable[..., TestClient], database: Database
) -> None:
    handed = add(admin)
    person = elsewhere()
    look = person.post("/api/session/activation/look", json={"token": token_of(handed)}).json()
    assert (look["name"], look["role_label"], look["kind"], look["maker"]) == ("张三", "办公室", "add", "陈管")
    assert activate(person, handed).json() == {"name": "张三", "role": "office"}
    assert person.get("/api/session").json()["name"] == "张三"
    again = activate(elsewhere(), handed, "Another-One-1")
    assert (again.status_code, again.json()["message"]) == (
        401,
        "这个开通链接已经用过、已换成新的或已过期，请联系系统管理员重新发一个。",
    )
    assert elsewhere().post("/api/session", json={"name": "张三", "password": PASSWORD}).status_code == 200
    [entry] = trail(database, "account.activate")
    assert (entry.actor_name, entry.detail["maker"]) == ("张三", "陈管")


def test_a_link_expires_after_the_hours_of_the_setting(
    admin: TestClient, elsewhere: Callable[..., TestClient], database: Database, settings: Settings
) -> None:
    handed = add(admin)
    with database.write() as session:
        link = session.exec(select(Activation)).one()
        assert link.expires_at - link.made_at == timedelta(hours=72) == timedelta(hours=settings.activation_hours)
        link.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        session.add(link)
    assert activate(elsewhere(), handed).status_code == 401


def test_neither_answer_list_nor_trail_holds_a_password_or_its_hash(
    admin: TestClient, elsewhere: Callable[..., TestClient], database: Database
) -> None:
    handed = add(admin)
    activate(elsewhere(), handed)
    text = admin.get("/api/accounts").text
    assert "argon2" not in text and token_of(handed) not in text
    with database.read() as session:
        kept = repr(session.exec(select(AuditEntry)).all()) + repr(session.exec(select(Activation)).all())
    assert token_of(handed) not in kept and PASSWORD not in kept


def test_who_waits_for_activation_cannot_sign_in_and_gets_no_demo_link(
    admin: TestClient, elsewhere: Callable[..., TestClient], database: Database, settings: Settings
) -> None:
    add(admin)
    assert listed(admin, "张三")["state"] == "pending"
    assert listed(admin, "张三")["never_activated"] is True
    assert elsewhere().post("/api/session", json={"name": "张三", "password": "x"}).status_code == 401
    with database.write() as session:
        names = {account.name for account, _ in accounts.new_links(session, settings, Actor.command())}
    assert names == {"副管", "陈管"}


@pytest.mark.database
def test_a_reset_takes_the_old_password_away_at_once_and_refuses_it_as_the_new_one(
    admin: TestClient, elsewhere: Callable[..., TestClient]
) -> None:
    person = elsewhere()
    handed = add(admin)
    activate(person, handed)
    reset = admin.post(f"/api/accounts/{handed['id']}/reset").json()
    assert person.get("/api/session").status_code == 401
    assert elsewhere().post("/api/session", json={"name": "张三", "password": PASSWORD}).status_code == 401
    same = activate(elsewhere(), reset)
    assert (same.status_code, same.json()["message"]) == (400, "新口令与现在的口令相同，请换一个。")
    assert activate(elsewhere(), reset, "Xin-Gongcheng-24").status_code == 200
    assert listed(admin, "张三")["state"] == "active"


def test_a_second_link_ends_the_first(admin: TestClient, elsewhere: Callable[..., TestClient]) -> None:
    first = add(admin)
    second = admin.post(f"/api/accounts/{first['id']}/reset").json()
    assert activate(elsewhere(), first).status_code == 401
    assert activate(elsewhere(), second).status_code == 200


# -- acts -------------------------------------------------------------------------------------------------------------


def test_every_act_is_one_line_on_the_trail_under_the_administrators_name(
    admin: TestClient, database: Database, county_id: int
) -> None:
    with database.write() as session:
        organisations.ensure_unit(session, county_id, "杨屯镇")
    number = add(admin)["id"]
    path = f"/api/accounts/{number}"
    for act, body in (
        ("change", {"role": "unit", "unit": "杨屯镇"}),
        ("end-sessions", {}),
        ("disable", {}),
        ("enable", {}),
        ("reset", {}),
    ):
        assert admin.post(f"{path}/{act}", json=body).status_code == 200, act
    with database.read() as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.target == "张三").order_by(col(AuditEntry.number))
        ).all()
    assert [(entry.actor_name, entry.action) for entry in entries] == [
        ("陈管", f"account.{act}") for act in ("add", "change", "end_sessions", "disable", "enable", "reset")
    ]
    nothing = {"unit": "", "scope": "", "team": "", "viewing_for": ""}
    assert entries[1].detail["before"] == {"role": "office", **nothing}
    assert entries[1].detail["after"] == {"role": "unit", **nothing, "unit": "杨屯镇"}


def test_a_changed_role_counts_from_the_next_request(admin: TestClient, elsewhere: Callable[..., TestClient]) -> None:
    person, handed = elsewhere(), add(admin)
    activate(person, handed)
    admin.post(f"/api/accounts/{handed['id']}/change", json={"role": "auditor"})
    assert person.get("/api/session").json()["role"] == "auditor"


def test_ending_the_sessions_signs_the_person_out_everywhere(
    admin: TestClient, elsewhere: Callable[..., TestClient]
) -> None:
    person, handed = elsewhere(), add(admin)
    activate(person, handed)
    done = admin.post(f"/api/accounts/{handed['id']}/end-sessions").json()
    assert done["message"] == "“张三”的1处登录、0台信任的手机已失效。"
    assert person.get("/api/session").status_code == 401


def test_the_last_usable_administrator_stays(client_as: ClientAs) -> None:
    """陈管 is disabled, 新管 not activated: 副管 is the last, and 新管's link is no way to take her away."""
    colleague, admin = client_as("admin", "副管"), client_as("admin", "陈管")
    mine, other = listed(admin, "副管")["id"], listed(admin, "陈管")["id"]
    add(admin, name="新管", role="admin")
    assert colleague.post(f"/api/accounts/{other}/disable").status_code == 200
    assert listed(colleague, "副管")["actions"] == ["end_sessions"]
    for act, body in (("change", {"role": "auditor"}), ("disable", {}), ("reset", {})):
        own = colleague.post(f"/api/accounts/{mine}/{act}", json=body)
        assert own.status_code == 403 and "自己的账号" in own.json()["message"]
        assert admin.post(f"/api/accounts/{mine}/{act}", json=body).status_code == 401
    waiting = listed(colleague, "新管")["id"]
    assert colleague.post(f"/api/accounts/{waiting}/disable").status_code == 200


def test_no_colleague_can_take_the_last_usable_administrator_away(
    client_as: ClientAs, database: Database, settings: Settings
) -> None:
    """Two administrators at once: one is disabled on the server while still at work on the screen."""
    admin = client_as("admin", "陈管")
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "副管", "admin", password=None, awaits_activation=True)
        other, _ = accounts.add(session, settings, Actor.command(), "三管", "admin", password=None)
        other.is_disabled = True
        session.add(other)
    number = listed(admin, "陈管")["id"]
    with database.write() as session:
        outsider = Actor(9999, "别的管理员", "admin")
        with pytest.raises(Conflict, match="“陈管”是最后一个能用的系统管理员"):
            administration.disable(session, outsider, number)


def test_an_administrator_never_acts_on_his_own_account(admin: TestClient) -> None:
    number = listed(admin, "陈管")["id"]
    for act in ("change", "disable", "enable", "reset"):
        answer = admin.post(f"/api/accounts/{number}/{act}", json={"role": "office_head"})
        assert answer.status_code == 403, act
    assert listed(admin, "陈管")["role"] == "admin"


def test_only_the_administrator_manages_and_the_auditor_reads(client_as: ClientAs) -> None:
    for role in ("office", "office_head", "leader", "unit", "inspector", "auditor"):
        someone = client_as(role)
        number = someone.actor.account_id  # type: ignore[attr-defined]
        assert someone.get("/api/accounts").status_code == (200 if role == "auditor" else 403)
        assert someone.post("/api/accounts", json=OFFICE).status_code == 403
        for act in ("change", "disable", "enable", "reset", "end-sessions"):
            answer = someone.post(f"/api/accounts/{number}/{act}", json={"role": "admin"})
            assert (role, answer.status_code, answer.json()["code"]) == (role, 403, "forbidden")


def test_the_auditor_is_shown_no_act(client_as: ClientAs) -> None:
    client_as("office", "张三")
    shown = client_as("auditor").get("/api/accounts").json()
    assert shown["may_manage"] is False
    assert [row["actions"] for row in shown["rows"]] == [[], []]


def test_an_administrator_of_one_organisation_neither_sees_nor_touches_anothers_accounts(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    with database.write() as session:
        town = organisations.add(session, "town", "龙固镇", "镇")
        foreign, _ = accounts.add(
            session, settings, Actor.command(), "镇上的人", "office", password=None, organisation_code="town"
        )
    admin = client_as("admin", "陈管")
    with database.write() as session:
        own = accounts.account_named(session, "陈管")
        own.organisation_id = county_id
        session.add(own)
    assert [row["name"] for row in admin.get("/api/accounts").json()["rows"]] == ["陈管"]
    assert admin.post(f"/api/accounts/{foreign.id}/disable").status_code == 404
    assert admin.post("/api/accounts", json={**OFFICE, "organisation": "town"}).status_code == 404
    add(admin)
    with database.read() as session:
        assert accounts.account_named(session, "张三").organisation_id == county_id != town.id


def test_what_is_wrong_with_a_new_account_is_said(admin: TestClient) -> None:
    for body, sentence in (
        ({"name": "甲", "role": "boss"}, "没有“boss”这种角色"),
        ({"name": "甲", "role": "unit", "unit": "没有的镇"}, "没有名为“没有的镇”的单位，请从已登记的单位里选"),
        ({"name": "甲", "role": "leader", "scope": "all"}, "必须写明范围"),
        ({"name": " ", "role": "office"}, "姓名要有1至50个字"),
    ):
        answer = admin.post("/api/accounts", json=body)
        assert answer.status_code == 400
        assert sentence in answer.json()["message"]


def test_the_list_says_since_when_the_password_stands_and_when_one_last_signed_in(
    admin: TestClient, elsewhere: Callable[..., TestClient], database: Database
) -> None:
    activate(elsewhere(), add(admin))
    with database.write() as session:
        account = session.exec(select(Account).where(Account.name == "张三")).one()
        account.password_set_at = datetime.now(UTC) - timedelta(days=91, hours=1)
        session.add(account)
    row = listed(admin, "张三")
    assert (row["password_age_days"], row["password_expired"], row["sessions"]) == (91, True, 1)
    assert row["last_signed_in_at"] is not None
