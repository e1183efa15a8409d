"""Following a sheet and looking ahead (进度、撤销前核对): stages as they begin, an undoing before it is done."""

import json
from typing import Any

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.inspections.models import InspectionRevision
from app.programmes import service as programmes
from tests.app.sheets import FARMING, INDUSTRY, JUNE, month_sheet, plan_sheet
from tests.conftest import ClientAs

STREAM = {"accept": "text/event-stream"}


@pytest.fixture
def office(database: Database, client_as: ClientAs) -> TestClient:
    """The office of a county whose plan of four projects is in."""
    with database.write() as session:
        programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING])
    client = client_as("office", "张三")
    commit(client, plan_sheet())
    return client


def hand_in(client: TestClient, content: bytes, **headers: str) -> Any:
    files = {"file": ("月报.xlsx", content)}
    return client.post("/api/uploads", data={"programme": "T", "register": "true"}, files=files, headers=headers)


def commit(client: TestClient, content: bytes) -> int:
    upload: int = hand_in(client, content).json()["id"]
    answer = client.post(f"/api/uploads/{upload}/commit")
    assert answer.status_code == 200, answer.text
    return upload


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in blocks]


# ---- stages ---------------------------------------------------------------------------------------------------------


def test_a_sheet_is_followed_from_opening_to_checking_and_ends_in_the_plain_answer(office: TestClient) -> None:
    answer = hand_in(office, month_sheet(6, JUNE), **STREAM)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    *stages, (last, done) = events(answer.text)
    assert [content["stage"] for _, content in stages] == ["opening", "reading", "matching", "checking"]
    assert (last, done["status"], done["body"]["state"]) == ("done", 201, "tried")
    assert done["body"] == office.get(f"/api/uploads/{done['body']['id']}").json()


def test_a_refused_sheet_ends_in_the_plain_refusal_and_its_entry_on_the_trail(
    office: TestClient, database: Database
) -> None:
    plain = hand_in(office, b"PK\x03\x04 no workbook")
    followed = events(hand_in(office, b"PK\x03\x04 no workbook", **STREAM).text)
    assert [kind for kind, _ in followed] == ["stage", "done"]  # it was opened, and got no further
    assert followed[-1][1] == {"status": plain.status_code, "body": plain.json()}
    with database.read() as session:
        refused = select(func.count()).select_from(AuditEntry).where(AuditEntry.outcome == "refused")
        assert session.exec(refused).one() == 2


def test_who_does_not_ask_for_stages_gets_json(office: TestClient) -> None:
    answer = hand_in(office, month_sheet(6, JUNE))
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json")


# ---- 撤销前核对 -----------------------------------------------------------------------------------------------------


def revisions(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(InspectionRevision)).one()


@pytest.mark.database
def test_looking_ahead_says_what_undoing_then_does_and_writes_nothing(office: TestClient, database: Database) -> None:
    upload = commit(office, month_sheet(6, JUNE))
    before, version = revisions(database), office.get("/api/programmes").json()["rows"][0]["data_version"]
    foreseen = office.get(f"/api/uploads/{upload}/revert-preview").json()
    assert revisions(database) == before
    assert office.get("/api/programmes").json()["rows"][0]["data_version"] == version
    done = office.post(f"/api/uploads/{upload}/revert", json={"reason": "表报错了"}).json()["revert_outcome"]
    assert foreseen == done | {"refusal": None}
    assert foreseen["withdrawn"] == 4  # one record of June for each of the four projects


def test_what_a_later_sheet_changed_is_named_beforehand(office: TestClient) -> None:
    first = commit(office, month_sheet(6, JUNE))
    later = [row if row[1] != "肉羊养殖" else (*row[:2], 350, *row[3:]) for row in JUNE]
    commit(office, month_sheet(6, later))
    kept = office.get(f"/api/uploads/{first}/revert-preview").json()["kept"]
    assert ("肉羊养殖", "2023-06", "350", "张三") in {
        (one["name"], one["month"], one["value"], one["by"]) for one in kept
    }


def test_of_a_locked_month_it_says_why_it_cannot_be_undone(office: TestClient, database: Database) -> None:
    upload = commit(office, month_sheet(6, JUNE))
    with database.write() as session:
        change = programmes.begin_change(session, "T", Actor.command())
        programmes.set_lock(change, "2023Q2", True)
    foreseen = office.get(f"/api/uploads/{upload}/revert-preview").json()
    refusal = office.post(f"/api/uploads/{upload}/revert", json={"reason": "表报错了"}).json()["message"]
    assert foreseen == {"restored": 0, "withdrawn": 0, "kept": [], "refusal": refusal}
    assert "已定稿" in refusal


def test_what_was_never_committed_has_nothing_to_undo(office: TestClient) -> None:
    upload = hand_in(office, month_sheet(6, JUNE)).json()["id"]
    foreseen = office.get(f"/api/uploads/{upload}/revert-preview").json()
    assert foreseen["refusal"] == "这张表现在没有写入的数据，不需要撤销。"
