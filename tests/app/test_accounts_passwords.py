"""One's own password (口令): asked for the old one, aged by a setting, and no common word will do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.accounts.models import Account, SignInSession
from app.accounts.passwords import require_good
from app.audit.service import Actor
from app.database import Database
from app.errors import Refused
from app.main import create_app
from app.settings import Settings

OLD, NEW = "Gongcheng-2023", "Xin-Gongcheng-24"


@pytest.fixture
def person(client: TestClient, database: Database, settings: Settings) -> TestClient:
    """张三, signed in by password."""
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "张三", "office", password=OLD)
    assert sign_in(client, OLD).status_code == 200
    return client


def sign_in(client: TestClient, password: str, name: str = "张三") -> Any:
    return client.post("/api/session", json={"name": name, "password": password})


def change(client: TestClient, old: str = OLD, new: str = NEW) -> Any:
    return client.post("/api/account/password", json={"old": old, "new": new})


def age(database: Database, **words: Any) -> None:
    with database.write() as session:
        account = session.exec(select(Account)).one()
        for name, value in words.items():
            setattr(account, name, value)
        session.add(account)


@pytest.mark.database
def test_a_new_password_ends_every_other_session_and_this_one_goes_on(person: TestClient, app: FastAPI) -> None:
    other = TestClient(app)
    sign_in(other, OLD)
    before = person.cookies["sanzhong"]
    assert change(person).json()["message"] == "口令已修改，其他登录和信任的手机已全部失效。"
    assert person.get("/api/session").status_code == 200
    assert person.cookies["sanzhong"] != before
    assert other.get("/api/session").status_code == 401
    assert sign_in(other, OLD).status_code == 401
    assert sign_in(other, NEW).status_code == 200


def test_the_old_password_is_asked_and_guessing_it_is_slowed(person: TestClient) -> None:
    for _ in range(5):
        answer = change(person, old="guess")
        assert (answer.status_code, answer.json()["message"][:8]) == (400, "现在的口令不对，")
    assert change(person).status_code == 429
    assert person.get("/api/session").status_code == 200


def test_the_present_password_is_no_new_one(person: TestClient) -> None:
    answer = change(person, new=OLD)
    assert (answer.status_code, answer.json()["message"]) == (400, "新口令与现在的口令相同，请换一个。")


# -- age --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "max_days", "status"),
    [(89, 90, 200), (90, 90, 403), (400, 90, 403), (400, 0, 200)],  # 等保: 90 days; ASVS 6.2.10: never (0)
)
def test_a_password_runs_out_after_the_days_of_the_setting_or_never(
    person: TestClient, database: Database, days: int, max_days: int, status: int
) -> None:
    person.app.state.settings.password_max_days = max_days  # type: ignore[attr-defined]
    age(database, password_set_at=datetime.now(UTC) - timedelta(days=days, minutes=1))
    answer = person.get("/api/programmes")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "password_change_required"


def test_the_default_is_the_ninety_days_of_the_protection_scheme(settings: Settings) -> None:
    assert (settings.password_max_days, settings.password_min_length, settings.password_min_kinds) == (90, 8, 3)


def test_a_session_with_a_password_run_out_may_change_it_and_nothing_else(
    person: TestClient, database: Database
) -> None:
    age(database, password_set_at=datetime.now(UTC) - timedelta(days=91))
    paths = person.get("/api/openapi.json").json()["paths"]
    allowed = {
        ("get", "/api/session"),
        ("get", "/api/account"),
        ("post", "/api/account/password"),
        ("delete", "/api/session"),
    }
    open_to_all = {
        ("get", "/api/health"),
        ("get", "/api/health/alive"),
        ("post", "/api/session"),
        ("get", "/api/session/phone"),
        ("post", "/api/session/activation"),
        ("post", "/api/session/activation/look"),
        ("get", "/api/session/ways"),
        ("get", "/api/session/oidc"),
        ("get", "/api/session/oidc/callback"),
    }
    tried = 0
    for path, methods in paths.items():
        for method in methods:
            if (method, path) in allowed | open_to_all:
                continue
            answer = person.request(method, path.replace("{", "").replace("}", ""))
            assert (method, path, answer.status_code, answer.json()["code"]) == (
                method,
                path,
                403,
                "password_change_required",
            )
            tried += 1
    assert tried > 60
    assert person.get("/api/session").json()["must_change_password"] is True
    assert change(person).status_code == 200
    assert person.get("/api/session").json()["must_change_password"] is False
    assert person.get("/api/programmes").status_code == 200


def test_a_password_chosen_by_somebody_else_must_be_changed_first_when_the_command_says_so(
    client: TestClient, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "张三", "office", password=OLD, must_change=True)
    sign_in(client, OLD)
    assert client.get("/api/programmes").json()["code"] == "password_change_required"
    assert change(client).status_code == 200
    assert client.get("/api/programmes").status_code == 200


# -- what is too easy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Password1!", "常见的“password”"),  # beside it only 1
        ("P@ssw0rd-12", "常见的“passw0rd”"),
        ("Admin@12345678", None),  # beside admin the eight digits stand, which are themselves a common one
        ("Sanzhong-2023", "常见的“sanzhong”"),  # beside it 2023
        ("Zhang三-xk42wq", None),
        ("Qwerty-12", "常见的“qwerty”"),
        ("Abc123--Abc", "常见的“abc123”"),
        ("Gongcheng-2023", None),
    ],
)
def test_a_word_that_everybody_tries_first_is_refused_when_little_stands_beside_it(
    settings: Settings, password: str, sentence: str | None
) -> None:
    if sentence is None and password != "Admin@12345678":
        require_good(password, settings)
        return
    with pytest.raises(Refused, match=sentence or "常见的“12345678”"):
        require_good(password, settings)


def test_the_countys_own_words_are_a_setting(settings: Settings) -> None:
    require_good("Peixian-2024", settings)
    with pytest.raises(Refused, match="“peixian”"):
        require_good("Peixian-2024", settings.model_copy(update={"password_words": ("peixian",)}))


def test_ones_own_name_is_no_part_of_a_password(settings: Settings) -> None:
    with pytest.raises(Refused, match="不能含有自己的用户名"):
        require_good("张三-Gongcheng9", settings, "张三")


# -- idle -------------------------------------------------------------------------------------------------------------


def test_a_page_that_polls_does_not_keep_a_session_alive(
    person: TestClient, database: Database, settings: Settings
) -> None:
    """119 minutes without an act, then a poll; two minutes later the session is over all the same."""

    def idle(minutes: int) -> None:
        with database.write() as session:
            stored = session.exec(select(SignInSession)).one()
            stored.last_seen_at = datetime.now(UTC) - timedelta(minutes=minutes)
            session.add(stored)

    def seen() -> datetime:
        with database.read() as session:
            return session.exec(select(SignInSession.last_seen_at)).one()

    idle(119)
    before = seen()
    assert person.get("/api/changes?programme=2023").status_code == 404  # answered: the session still stands
    assert seen() == before
    idle(121)
    assert person.get("/api/changes?programme=2023").status_code == 401
    idle(119)
    person.get("/api/programmes")
    assert seen() > before


def test_a_running_app_takes_its_proxies_from_the_setting_alone(settings: Settings, database: Database) -> None:
    """X-Forwarded-For of an unconfigured sender is air; of a configured proxy it is the last hop that it saw."""
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "张三", "office", password=OLD)
    forged = {"x-forwarded-for": "1.1.1.1, 10.9.9.9"}
    for proxies, sender, address in (
        ((), "127.0.0.1", "127.0.0.1"),
        (("10.0.0.1",), "10.0.0.2", "10.0.0.2"),
        (("10.0.0.1",), "10.0.0.1", "10.9.9.9"),
        (("10.0.0.0/24",), "10.0.0.7", "10.9.9.9"),
    ):
        made = create_app(settings.model_copy(update={"trusted_proxies": proxies}))
        client = TestClient(made, client=(sender, 50000), headers=forged)
        assert sign_in(client, OLD).status_code == 200
        shown = client.get("/api/account").json()["sessions"]
        assert next(one["address"] for one in shown if one["is_current"]) == address
        made.state.database.close()
