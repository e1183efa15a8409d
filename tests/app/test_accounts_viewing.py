"""代看: a secretary looks for a leader, sees what the leader sees, changes nothing, and is named as what he is."""

import pytest
from fastapi import FastAPI
from sqlmodel import col, select
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.accounts import service as accounts
from app.accounts.signed_in import SAFE_METHODS
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Forbidden, Refused
from app.settings import Settings
from tests.app.county import County
from tests.conftest import ClientAs

PASSWORD = "Gongcheng-2023"
COMMAND = Actor.command()
BOARD, ALERTS = "/api/standings?programme=2023&period=2023-04", "/api/alerts?programme=2023&month=2023-04"


@pytest.fixture
def county_of_two(database: Database) -> County:
    made = County(database)
    made.project("甲", unit="杨屯镇", leader="张县长")
    made.project("乙", unit="龙固镇", leader="李县长")
    made.record("2023-04", {"甲": 400, "乙": 300})
    return made


def secretary(app: FastAPI, database: Database, settings: Settings) -> TestClient:
    with database.write() as session:
        accounts.add(session, settings, COMMAND, "李秘书", "leader", password=PASSWORD, viewing_for="张县长")
    client = TestClient(app)
    assert client.post("/api/session", json={"name": "李秘书", "password": PASSWORD}).status_code == 200
    return client


@pytest.mark.database
def test_who_looks_for_a_leader_sees_exactly_what_the_leader_sees(
    county_of_two: County, app: FastAPI, client_as: ClientAs, database: Database, settings: Settings
) -> None:
    leader = client_as("leader", "张县长", scope="sponsored")
    viewer = secretary(app, database, settings)
    paths = [BOARD, ALERTS, "/api/projects?programme=2023", *(f"/api/projects/{n}" for n in county_of_two.ids.values())]
    for path in paths:
        assert (viewer.get(path).status_code, viewer.get(path).json()) == (
            leader.get(path).status_code,
            leader.get(path).json(),
        )
    assert [row["name"] for row in viewer.get(BOARD).json()["rows"]] == ["甲"]
    with database.write() as session:  # the leader's scope widens: so does the view, at the next request
        account = accounts.account_named(session, "张县长")
        account.scope = "county"
        session.add(account)
    assert [row["name"] for row in viewer.get(BOARD).json()["rows"]] == ["甲", "乙"]


def test_every_changing_route_is_refused_whatever_it_is(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    """Enumerated, so that a route added tomorrow (批示) is covered the day it appears."""
    client_as("leader", "张县长", scope="county")
    viewer = secretary(app, database, settings)
    tried = 0
    for path, methods in viewer.get("/api/openapi.json").json()["paths"].items():
        if path.startswith(("/api/session", "/api/account/")):
            continue
        for method in methods:
            if method.upper() in SAFE_METHODS:
                continue
            answer = viewer.request(method, path.replace("{", "").replace("}", ""))
            assert (method, path, answer.status_code) == (method, path, 403)
            assert answer.json()["message"] == "您是代看账号，只能替张县长查看，不能办理；请由张县长本人办理。"
            tried += 1
    assert tried > 25


def test_no_sheet_comes_in_over_the_websocket_either(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    client_as("leader", "张县长", scope="county")
    viewer = secretary(app, database, settings)
    with pytest.raises(WebSocketDisconnect) as closed, viewer.websocket_connect("/api/uploads/live"):
        pass
    assert closed.value.code == 4001


def test_the_name_on_screen_and_trail_says_for_whom(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    client_as("leader", "张县长", scope="county")
    viewer = secretary(app, database, settings)
    shown = viewer.get("/api/session").json()
    assert (shown["name"], shown["role"], shown["viewing_for"]) == ("李秘书（代看张县长）", "leader", "张县长")
    viewer.post("/api/obstacles", json={})
    viewer.post("/api/uploads")
    with database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.number))).all()
    assert [entry.actor_name for entry in entries if entry.action == "account.sign_in"][-1] == "李秘书（代看张县长）"
    assert (entries[-1].actor_name, entries[-1].outcome) == ("李秘书（代看张县长）", "refused")


@pytest.mark.database
def test_it_ends_when_the_leaders_account_is_disabled_and_does_not_come_back_with_it(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    client_as("leader", "张县长", scope="county")
    viewer = secretary(app, database, settings)
    with database.write() as session:
        accounts.disable(session, COMMAND, "张县长")
    assert viewer.get("/api/session").status_code == 401
    with database.write() as session:
        accounts.reset(session, settings, COMMAND, "张县长", PASSWORD)
    assert viewer.post("/api/session", json={"name": "李秘书", "password": PASSWORD}).status_code == 401
    with database.read() as session:
        assert accounts.account_named(session, "李秘书").is_disabled


def test_it_ends_too_when_the_leader_is_disabled_behind_its_back(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    client_as("leader", "张县长", scope="county")
    viewer = secretary(app, database, settings)
    with database.write() as session:
        account = accounts.account_named(session, "张县长")
        account.is_disabled = True
        session.add(account)
    assert viewer.get("/api/session").status_code == 401
    assert viewer.post("/api/session", json={"name": "李秘书", "password": PASSWORD}).status_code == 401


def test_a_leader_with_viewers_keeps_the_role_until_they_are_gone(
    app: FastAPI, client_as: ClientAs, database: Database, settings: Settings, county_id: int
) -> None:
    leader = client_as("leader", "张县长", scope="county")
    secretary(app, database, settings)
    number = leader.actor.account_id  # type: ignore[attr-defined]
    answer = client_as("admin", "陈管").post(f"/api/accounts/{number}/change", json={"role": "office"})
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "“张县长”还挂着代看账号（李秘书），请先停用代看账号，再改角色。",
    )


def test_nothing_is_done_in_its_name_on_the_command_line(
    client_as: ClientAs, app: FastAPI, database: Database, settings: Settings, county_id: int
) -> None:
    client_as("leader", "张县长", scope="county")
    secretary(app, database, settings)
    with database.read() as session, pytest.raises(Forbidden, match="是代看账号，只能看"):
        accounts.actor_named(session, "李秘书")


def test_it_hangs_on_a_leaders_own_account_and_no_other(
    client_as: ClientAs, app: FastAPI, database: Database, settings: Settings, county_id: int
) -> None:
    client_as("leader", "张县长", scope="county")
    client_as("office", "张三")
    secretary(app, database, settings)
    for role, name, sentence in (
        ("leader", "张三", "“张三”不是县领导本人的账号"),
        ("leader", "李秘书", "“李秘书”不是县领导本人的账号"),
        ("office", "张县长", "代看账号的角色只能是县领导"),
    ):
        with database.write() as session, pytest.raises(Refused, match=sentence):
            accounts.add(session, settings, COMMAND, "王秘书", role, password=None, viewing_for=name)


def test_an_administrator_makes_one_on_screen(client_as: ClientAs, county_id: int) -> None:
    client_as("leader", "张县长", scope="county")
    admin = client_as("admin", "陈管")
    body = {"name": "李秘书", "role": "leader", "viewing_for": "张县长"}
    assert admin.post("/api/accounts", json=body).status_code == 201
    rows = admin.get("/api/accounts").json()["rows"]
    assert {row["name"]: row["viewing_for"] for row in rows}["李秘书"] == "张县长"
