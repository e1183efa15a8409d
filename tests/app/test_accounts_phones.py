"""A trusted phone (信任的手机): token and six digits together, for thirty days, gone when anything changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.accounts.models import Account, TrustedPhone
from app.accounts.pins import require_good
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Refused
from app.settings import Settings
from tests.conftest import ClientAs

PASSWORD, PIN = "Gongcheng-2023", "739104"
LEADER = "张县长"
Phone = Callable[[], TestClient]


@pytest.fixture
def phone(app: FastAPI, database: Database, settings: Settings, county_id: int) -> TestClient:
    """张县长's phone, signed in by password, trusted with 739104."""
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), LEADER, "leader", password=PASSWORD, scope="county")
    client = TestClient(app, headers={"user-agent": "Mozilla/5.0 (iPhone) Mobile Safari/604.1"})
    assert client.post("/api/session", json={"name": LEADER, "password": PASSWORD}).status_code == 200
    assert client.post("/api/account/phones", json={"pin": PIN}).status_code == 201
    client.delete("/api/session")
    return client


def by_pin(client: TestClient, pin: str = PIN) -> Any:
    return client.post("/api/session", json={"pin": pin})


def greeting(client: TestClient) -> Any:
    return client.get("/api/session/phone").json()


def stored(database: Database) -> TrustedPhone:
    with database.read() as session:
        return session.exec(select(TrustedPhone)).one()


def admin_of(client_as: ClientAs) -> TestClient:
    return client_as("admin", "陈管")


@pytest.mark.database
def test_a_trusted_phone_comes_in_by_its_six_digits_and_greets_with_a_masked_name(
    phone: TestClient, database: Database
) -> None:
    assert phone.get("/api/session").status_code == 401
    found = greeting(phone)
    assert (found["is_trusted"], found["name"]) == (True, "张**")
    assert set(found) == {"is_trusted", "name", "until"}
    assert by_pin(phone).json() == {"name": LEADER, "role": "leader"}
    assert phone.get("/api/session").json()["name"] == LEADER
    kept = stored(database)
    assert kept.expires_at - kept.created_at == timedelta(days=30)
    assert kept.agent == "手机 Safari"


def test_the_token_is_random_kept_from_scripts_and_stored_as_a_hash_the_pin_as_argon2(
    app: FastAPI, phone: TestClient, database: Database
) -> None:
    token = phone.cookies["sanzhong_phone"]
    assert len(token) == 43  # 32 random bytes
    kept = stored(database)
    assert token not in repr(kept) and kept.pin_hash.startswith("$argon2id$")
    assert PIN not in repr(kept)
    phone.post("/api/session", json={"name": LEADER, "password": PASSWORD})
    header = phone.post("/api/account/phones", json={"pin": PIN}).headers["set-cookie"].lower()
    assert "httponly" in header and "samesite=lax" in header and "max-age=25919" in header  # 30 days less a second


def test_neither_token_nor_digits_alone_let_anybody_in(app: FastAPI, phone: TestClient) -> None:
    stranger = TestClient(app)
    assert by_pin(stranger).status_code == 401
    stranger.cookies.set("sanzhong_phone", "x" * 43)
    assert by_pin(stranger).status_code == 401
    assert greeting(stranger) == {"is_trusted": False, "name": "", "until": None}


@pytest.mark.database
def test_five_wrong_pins_end_the_trust_and_leave_the_account(phone: TestClient, database: Database) -> None:
    for left in (4, 3, 2, 1):
        answer = by_pin(phone, "000001")
        assert answer.json()["message"] == f"6位数字不对，还可以试{left}次。忘记了请改用口令登录。"
    assert by_pin(phone, "000001").json()["message"] == (
        "6位数字连续输错5次，这台手机不再被信任，请用用户名和口令登录；账号不受影响。"
    )
    assert by_pin(phone).status_code == 401
    assert greeting(phone)["is_trusted"] is False
    assert stored(database).end_reason == "连续输错5次"
    assert phone.post("/api/session", json={"name": LEADER, "password": PASSWORD}).status_code == 200


def test_a_right_pin_begins_the_count_anew(phone: TestClient) -> None:
    for _ in range(2):
        for _ in range(4):
            by_pin(phone, "000001")
        assert by_pin(phone).status_code == 200


def test_an_outsider_who_tires_out_the_name_does_not_reach_the_phone(
    phone: TestClient, database: Database, settings: Settings
) -> None:
    for number in range(30):
        try:
            accounts.sign_in(database, settings, LEADER, "guess", f"203.0.113.{number}")
        except Exception as told:
            assert type(told).__name__ in ("NotSignedIn", "TooManyAttempts")
    assert by_pin(phone).status_code == 200


# -- what ends it -----------------------------------------------------------------------------------------------------


def end_by_time(_phone: TestClient, _client_as: ClientAs, database: Database) -> None:
    with database.write() as session:
        kept = session.exec(select(TrustedPhone)).one()
        kept.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        session.add(kept)


def end_by_disabling(_phone: TestClient, _client_as: ClientAs, database: Database) -> None:
    with database.write() as session:
        accounts.disable(session, Actor.command(), LEADER)
    with database.write() as session:
        account = accounts.account_named(session, LEADER)
        account.is_disabled = False  # enabled again: the trust does not come back
        session.add(account)


def end_by_role(_phone: TestClient, client_as: ClientAs, database: Database) -> None:
    number = stored(database).account_id
    answer = admin_of(client_as).post(f"/api/accounts/{number}/change", json={"role": "office"})
    assert answer.status_code == 200


def end_by_new_password(phone: TestClient, _client_as: ClientAs, _database: Database) -> None:
    phone.post("/api/session", json={"name": LEADER, "password": PASSWORD})
    assert phone.post("/api/account/password", json={"old": PASSWORD, "new": "Xin-Gongcheng-24"}).status_code == 200
    phone.delete("/api/session")


def end_by_reset_on_screen(_phone: TestClient, client_as: ClientAs, database: Database) -> None:
    assert admin_of(client_as).post(f"/api/accounts/{stored(database).account_id}/reset").status_code == 200


def end_by_reset_on_the_server(_phone: TestClient, _client_as: ClientAs, database: Database) -> None:
    with database.write() as session:
        accounts.reset(session, Settings(home=database.home or ""), Actor.command(), LEADER, "Xin-Gongcheng-24")


def end_by_its_owner(phone: TestClient, _client_as: ClientAs, database: Database) -> None:
    by_pin(phone)
    assert phone.post(f"/api/account/phones/{stored(database).id}/end").status_code == 200
    phone.delete("/api/session")


def end_by_the_administrator(_phone: TestClient, client_as: ClientAs, database: Database) -> None:
    done = admin_of(client_as).post(f"/api/accounts/{stored(database).account_id}/end-sessions").json()
    assert done["message"] == "“张县长”的0处登录、1台信任的手机已失效。"


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(end_by_time, marks=pytest.mark.slow),
        end_by_disabling,
        end_by_role,
        end_by_new_password,
        end_by_reset_on_screen,
        pytest.param(end_by_reset_on_the_server, marks=pytest.mark.slow),
        pytest.param(end_by_its_owner, marks=pytest.mark.slow),
        pytest.param(end_by_the_administrator, marks=pytest.mark.slow),
    ],
)
def test_the_trust_ends_with(
    end: Callable[..., None], phone: TestClient, client_as: ClientAs, database: Database
) -> None:
    assert greeting(phone)["is_trusted"] is True
    end(phone, client_as, database)
    assert greeting(phone)["is_trusted"] is False
    answer = by_pin(phone)
    assert (answer.status_code, answer.json()["message"]) == (
        401,
        "这台手机没有被信任，或信任已到期、已取消，请用用户名和口令登录。",
    )


# -- who may ----------------------------------------------------------------------------------------------------------


def test_all_but_administrator_and_auditor_may_trust_a_phone(client_as: ClientAs) -> None:
    answers = {role: client_as(role).post("/api/account/phones", json={"pin": PIN}) for role in accounts.ROLES}
    refused = {role for role, answer in answers.items() if answer.status_code == 403}
    assert refused == {"auditor", "admin"}
    assert {answer.status_code for answer in answers.values()} == {201, 403}


def test_which_roles_and_whether_at_all_is_a_setting(phone: TestClient, settings: Settings) -> None:
    state = phone.app.state.settings  # type: ignore[attr-defined]
    state.phone_roles = ("office",)
    assert greeting(phone)["is_trusted"] is False
    state.phone_roles, state.phone_days = ("leader",), 0
    assert by_pin(phone).status_code == 401
    state.phone_days = 30
    assert by_pin(phone).status_code == 200


def test_who_came_in_by_pin_cannot_trust_another_phone(phone: TestClient) -> None:
    by_pin(phone)
    answer = phone.post("/api/account/phones", json={"pin": PIN})
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "这次是用6位数字登录的，请先退出，用口令登录后再信任新的手机。",
    )


def test_nobody_ends_anothers_phone_or_session(phone: TestClient, client_as: ClientAs, database: Database) -> None:
    by_pin(phone)
    other = client_as("office", "别人")
    assert other.post(f"/api/account/phones/{stored(database).id}/end").status_code == 404
    sessions = phone.get("/api/account").json()["sessions"]
    assert other.post(f"/api/account/sessions/{sessions[0]['id']}/end").status_code == 404
    assert greeting(phone)["is_trusted"] is True


def test_ones_own_sessions_are_seen_and_ended_one_by_one(phone: TestClient, app: FastAPI) -> None:
    computer = TestClient(app)
    computer.post("/api/session", json={"name": LEADER, "password": PASSWORD})
    by_pin(phone)
    shown = computer.get("/api/account").json()["sessions"]
    assert [(one["opened_by"], one["is_current"]) for one in shown] == [("pin", False), ("password", True)]
    assert computer.post(f"/api/account/sessions/{shown[0]['id']}/end").status_code == 200
    assert phone.get("/api/session").status_code == 401
    by_pin(phone)
    assert computer.post("/api/account/sessions/end").json()["message"] == "已结束其他1处登录。"
    assert phone.get("/api/session").status_code == 401
    assert computer.get("/api/session").status_code == 200


def test_trusting_coming_in_and_failing_are_on_the_trail_without_the_digits(
    phone: TestClient, database: Database
) -> None:
    by_pin(phone, "000001")
    by_pin(phone)
    with database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.number))).all()
    told = [(entry.action, entry.outcome) for entry in entries]
    assert told[-4:] == [
        ("account.phone_trust", "ok"),
        ("account.sign_out", "ok"),
        ("account.sign_in", "refused"),
        ("account.sign_in", "ok"),
    ]
    assert entries[-1].detail["by"] == "pin"
    assert PIN not in repr(entries) and "000001" not in repr(entries)


@pytest.mark.parametrize(
    ("pin", "is_good"),
    [
        ("739104", True),
        ("123456", False),
        ("654321", False),
        ("456789", False),
        ("111111", False),
        ("121212", False),
        ("739739", False),
        ("850312", False),  # 12 March 1985
        ("198503", False),  # March 1985
        ("851399", True),  # no month 13
        ("112233", False),
        ("73910", False),
        ("7391045", False),
        ("73910a", False),
        ("７３９１０４", False),  # full-width digits are no digits of a phone's keyboard
    ],
)
def test_a_pin_is_six_digits_that_nobody_tries_first(pin: str, is_good: bool) -> None:
    if is_good:
        require_good(pin)
    else:
        with pytest.raises(Refused):
            require_good(pin)


def test_an_account_is_named_by_its_first_character_alone(phone: TestClient, database: Database) -> None:
    with database.write() as session:
        account = session.exec(select(Account)).one()
        account.name = "欧阳县长"
        session.add(account)
    assert greeting(phone)["name"] == "欧**"
