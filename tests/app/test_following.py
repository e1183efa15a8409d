"""Following a sheet and looking ahead (进度、撤销前核对): stages as they begin, an undoing before it is done."""

from typing import Any

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.inspections.models import InspectionRevision
from app.programmes import service as programmes
from app.settings import Settings
from tests.app.sheets import JUNE, month_sheet
from tests.conftest import ClientAs

LIVE = "/api/uploads/live"


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


@pytest.fixture
def office(client_as: ClientAs) -> TestClient:
    """The office of a county whose plan of four projects is in."""
    return client_as("office", "张三")


def hand_in(client: TestClient, content: bytes) -> Any:
    files = {"file": ("月报.xlsx", content)}
    return client.post("/api/uploads", data={"programme": "T", "register": "true"}, files=files)


def follow(socket: WebSocketTestSession, content: bytes, *, pieces: int = 1) -> list[dict[str, Any]]:
    """Hand a file in over an open websocket; every message that comes back, its answer last."""
    socket.send_json({"programme": "T", "filename": "月报.xlsx", "size": len(content), "register": True})
    told = [socket.receive_json()]
    length = -(-len(content) // pieces)
    for start in range(0, len(content), length):
        socket.send_bytes(content[start : start + length])
    while "status" not in told[-1]:
        told.append(socket.receive_json())
    return told


def commit(client: TestClient, content: bytes) -> int:
    upload: int = hand_in(client, content).json()["id"]
    answer = client.post(f"/api/uploads/{upload}/commit")
    assert answer.status_code == 200, answer.text
    return upload


# ---- stages ---------------------------------------------------------------------------------------------------------


def test_a_sheet_is_followed_from_opening_to_checking_and_ends_in_the_plain_answer(office: TestClient) -> None:
    with office.websocket_connect(LIVE) as socket:
        *stages, done = follow(socket, month_sheet(6, JUNE), pieces=3)
    assert stages == [{"stage": stage} for stage in ("receiving", "opening", "reading", "matching", "checking")]
    assert (done["status"], done["body"]["state"]) == (201, "tried")
    assert done["body"] == office.get(f"/api/uploads/{done['body']['id']}").json()


def test_one_connection_takes_one_file_after_the_other(office: TestClient) -> None:
    with office.websocket_connect(LIVE) as socket:
        answers = [follow(socket, month_sheet(month, JUNE))[-1] for month in (6, 7)]
    assert [answer["body"]["month"] for answer in answers] == ["2023-06", "2023-07"]


def test_a_refused_sheet_ends_in_the_plain_refusal_and_its_entry_on_the_trail(
    office: TestClient, database: Database
) -> None:
    plain = hand_in(office, b"PK\x03\x04 no workbook")
    with office.websocket_connect(LIVE) as socket:
        told = follow(socket, b"PK\x03\x04 no workbook")
    assert told == [{"stage": "receiving"}, {"stage": "opening"}, {"status": plain.status_code, "body": plain.json()}]
    with database.read() as session:
        refused = select(AuditEntry.action, AuditEntry.actor_name).where(AuditEntry.outcome == "refused")
        assert session.exec(refused).all() == [("POST /api/uploads", "张三")] * 2


def test_a_file_beyond_the_limit_is_refused_before_its_bytes_come(office: TestClient) -> None:
    with office.websocket_connect(LIVE) as socket:
        socket.send_json({"programme": "T", "filename": "月报.xlsx", "size": 5 * 1024 * 1024 + 1})
        assert socket.receive_json()["body"]["message"] == "文件太大，超过5MB：请只留要上报的表，删去图片后重新上传。"
        assert follow(socket, month_sheet(6, JUNE))[-1]["status"] == 201  # the next file may come at once


@pytest.mark.parametrize(
    "messages",
    [["{"], ['{"programme": "T"}'], ['{"programme": "T", "filename": "月报.xlsx", "size": 1}', b"ab"]],
    ids=["no JSON", "no size", "more bytes than said"],
)
def test_what_is_not_a_file_being_handed_in_ends_the_connection(
    office: TestClient, messages: list[str | bytes]
) -> None:
    with office.websocket_connect(LIVE) as socket:
        for message in messages:
            socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message)
        with pytest.raises(WebSocketDisconnect) as closed:
            while socket.receive_json() == {"stage": "receiving"}:
                pass
    assert closed.value.code == 1003


def test_nobody_unknown_is_let_in(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(LIVE):
        pass
    assert closed.value.code == 4001


def test_a_page_of_another_site_cannot_hand_a_file_in(office: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        office.websocket_connect(LIVE, headers={"origin": "http://elsewhere.example"}),
    ):
        pass
    assert closed.value.code == 4003


def test_who_may_not_file_is_told_so_and_it_stands_on_the_trail(client_as: ClientAs, office: TestClient) -> None:
    auditor = client_as("auditor")
    with auditor.websocket_connect(LIVE) as socket:
        told = follow(socket, month_sheet(6, JUNE))
    assert (told[-1]["status"], told[-1]["body"]["code"]) == (403, "forbidden")


def test_a_session_that_ends_while_the_connection_is_open_hands_nothing_in(office: TestClient) -> None:
    with office.websocket_connect(LIVE) as socket:
        assert office.delete("/api/session").status_code < 300
        socket.send_json({"programme": "T", "filename": "月报.xlsx", "size": 1})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4001


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
