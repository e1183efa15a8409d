"""An account that an administrator made for himself (疑似自建自用) is flagged, whichever way round it was used."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.settings import Settings

PASSWORD = "Gongcheng-2023"
HIS, HERS = "10.0.0.5", "10.0.0.99"
FIREFOX = {"user-agent": "Mozilla/5.0 (X11) Firefox/128.0"}
CHROME = {"user-agent": "Mozilla/5.0 (Windows) Chrome/126.0 Safari/537.36"}


@pytest.fixture
def admin(app: FastAPI, database: Database, settings: Settings) -> TestClient:
    """陈管, signed in by password from 10.0.0.5, in Firefox."""
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "陈管", "admin", password=PASSWORD)
    client = TestClient(app, client=(HIS, 50000), headers=FIREFOX)
    assert client.post("/api/session", json={"name": "陈管", "password": PASSWORD}).status_code == 200
    return client


def make(admin: TestClient, role: str = "office_head") -> str:
    body = {"name": "张三", "role": role, "team": "督查一组"}
    link: str = admin.post("/api/accounts", json=body).json()["link"]
    return link.partition("#")[2]


def activate(client: TestClient, token: str, password: str = PASSWORD) -> None:
    answer = client.post("/api/session/activation", json={"token": token, "password": password})
    assert answer.status_code == 200, answer.text


def sign_in(client: TestClient, name: str) -> None:
    assert client.post("/api/session", json={"name": name, "password": PASSWORD}).status_code == 200


def flags(admin: TestClient) -> list[dict[str, Any]]:
    sign_in(admin, "陈管")
    rows = admin.get("/api/accounts").json()["rows"]
    return next(row["flags"] for row in rows if row["name"] == "张三")


@pytest.mark.database
def test_an_account_opened_in_its_makers_own_browser_is_flagged_with_the_maker_on_the_trail(
    admin: TestClient, database: Database
) -> None:
    activate(admin, make(admin))
    [found] = flags(admin)
    assert (found["code"], found["maker"]) == ("same_browser", "陈管")
    assert found["sentence"] == "“张三”与经办它的系统管理员“陈管”用过同一个浏览器，请核实不是同一人在用。"
    with database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "account.flag")).one()
    assert (entry.actor_name, entry.target, entry.detail["maker"]) == ("张三", "张三", "陈管")


def test_a_browser_first_used_by_the_made_account_is_known_when_its_maker_comes_later(
    app: FastAPI, admin: TestClient
) -> None:
    home = TestClient(app, client=("203.0.113.7", 50000), headers=CHROME)
    activate(home, make(admin))
    assert flags(admin) == []
    sign_in(home, "陈管")
    [found] = flags(admin)
    assert found["code"] == "same_browser"


@pytest.mark.parametrize(
    ("role", "headers", "is_flagged"),
    [
        ("office", CHROME, True),  # at the first sign-in the address is enough for who decides
        ("office_head", CHROME, True),
        ("inspector", CHROME, False),  # an inspector at the same address with another browser is a colleague
        ("inspector", FIREFOX, True),  # the same address and the same kind of browser
    ],
)
def test_the_makers_address_counts_at_the_first_sign_in_of_who_decides_and_with_his_kind_of_browser(
    app: FastAPI, admin: TestClient, role: str, headers: dict[str, str], is_flagged: bool
) -> None:
    activate(TestClient(app, client=(HIS, 50001), headers=headers), make(admin, role))
    found = flags(admin)
    assert [one["code"] for one in found] == (["same_address"] if is_flagged else [])
    if is_flagged:
        assert found[0]["sentence"] == (
            "“张三”从经办它的系统管理员“陈管”的网络地址（10.0.0.5）登录，请核实不是同一人在用。"
        )


def test_a_person_of_their_own_is_not_flagged_now_or_later(app: FastAPI, admin: TestClient) -> None:
    hers = TestClient(app, client=(HERS, 50000), headers=CHROME)
    activate(hers, make(admin))
    sign_in(hers, "张三")
    sign_in(TestClient(app, client=(HIS, 50000), headers=CHROME), "张三")  # visits the administrator's office once
    assert flags(admin) == []


def test_a_reset_counts_like_an_account_made(app: FastAPI, admin: TestClient) -> None:
    activate(TestClient(app, client=(HERS, 50000), headers=CHROME), make(admin))
    rows = admin.get("/api/accounts").json()["rows"]
    number = next(row["id"] for row in rows if row["name"] == "张三")
    link = admin.post(f"/api/accounts/{number}/reset").json()["link"]
    activate(admin, link.partition("#")[2], "Xin-Gongcheng-24")
    assert [one["code"] for one in flags(admin)] == ["same_browser"]


def test_a_flag_is_raised_once_and_stays(admin: TestClient, database: Database) -> None:
    activate(admin, make(admin))
    sign_in(admin, "张三")
    sign_in(admin, "陈管")
    sign_in(admin, "张三")
    assert len(flags(admin)) == 1
    with database.read() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "account.flag")).all()) == 1
