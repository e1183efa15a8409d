"""The API as scripts and browsers meet it: shapes, refusals, who sees what (接口)."""

import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from tests.acceptance.office import PASSWORD, Office, month_sheet

INDUSTRY, FARMING = "重大工业和服务业", "农业农村重点"
HEADINGS = ("序号", "项目名称", "项目类别", "年度计划投资", "累计完成投资", "责任单位", "包挂领导")
ROWS = (
    (1, "甲厂", INDUSTRY, 1200, 600, "杨屯镇", "张明"),
    (2, "乙厂", INDUSTRY, 1200, 480, "龙固镇", "李华"),
    (3, "丙园", FARMING, 1200, 300, "龙固镇", "张明"),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def begin(office: Office) -> None:
    """June of three projects under two towns and two leaders."""
    office.found(INDUSTRY, FARMING)
    office.take(month_sheet(6, HEADINGS, ROWS))
    for name, role, more in (
        ("杨屯镇经办", "unit", ("--unit", "杨屯镇")),
        ("张明", "leader", ("--scope", "sponsored")),
        ("王县长", "leader", ("--scope", "county")),
        ("督查员", "inspector", ("--team", "督查一组")),
        ("审计员", "auditor", ()),
        ("管理员", "admin", ()),
    ):
        office.user(name, role, *more)


def june(ytd: float | None = 600) -> bytes:
    return month_sheet(6, HEADINGS, [(1, "甲厂", INDUSTRY, 1200, ytd, "杨屯镇", "张明")])


def hand_in(client: TestClient, content: bytes, name: str = "六月.xlsx", **fields: str) -> Any:
    files = {"file": (name, io.BytesIO(content), XLSX)}
    return client.post("/api/uploads", files=files, data={"programme": "T", **fields})


def names(answer: Any) -> list[str]:
    return sorted(row["name"] for row in answer.json()["rows"])


def is_problem(answer: Any, status: int) -> bool:
    """One shape for every error, with a Chinese sentence."""
    found = answer.json()
    return (
        answer.status_code == status
        and set(found) == {"code", "message", "detail"}
        and any("\u4e00" <= mark <= "\u9fff" for mark in found["message"])
    )


# -- shapes ------------------------------------------------------------------------------------------------------------

CHECK = {"decision", "message", "month", "unit", "sheets", "rows", "skipped", "questions", "faults"}


def test_a_sheet_tried_is_201_with_the_check_and_what_would_change(county: Office) -> None:
    with county.api("张三") as client:
        answer = hand_in(client, june(540))
        assert answer.status_code == 201
        tried = answer.json()
        assert set(tried) >= CHECK | {"id", "diff"}
        assert tried["diff"] == {"new": 0, "changed": 1, "same": 0, "missing": 0}  # one town's sheet misses nobody
        assert county.rows("2023-06")["甲厂"]["score"] == "100.00"  # nothing is stored by trying
        assert client.post(f"/api/uploads/{tried['id']}/commit").status_code == 200
        assert county.rows("2023-06")["甲厂"]["score"] == "90.00"
        assert is_problem(client.post(f"/api/uploads/{tried['id']}/commit"), 409)


def test_a_refusal_is_400_with_the_check_in_detail_and_stores_nothing(county: Office) -> None:
    with county.api("张三") as client:
        before = client.get("/api/uploads", params={"programme": "T"}).json()["total"]
        answer = hand_in(client, b"no workbook at all", "表.xlsx")
        assert is_problem(answer, 400)
        assert set(answer.json()["detail"]) >= CHECK and answer.json()["detail"]["decision"] == "refuse"
        other_year = month_sheet(6, HEADINGS, ROWS, year=2022)
        assert is_problem(hand_in(client, other_year), 400)
        assert client.get("/api/uploads", params={"programme": "T"}).json()["total"] == before


def test_too_big_is_413_and_a_missing_field_422(county: Office) -> None:
    with county.api("张三") as client:
        assert is_problem(hand_in(client, b"PK" + b"\x00" * (5 * 1024 * 1024)), 413)
        assert is_problem(hand_in(client, b"PK" + b"\x00" * (20 * 1024 * 1024)), 413)
        assert is_problem(client.post("/api/uploads", data={"programme": "T"}), 422)
        assert is_problem(hand_in(client, june(), month="2023-13"), 422)
        assert is_problem(hand_in(client, june(), programme="X"), 404)


def test_questions_stand_until_answered_and_commit_is_409_till_then(county: Office) -> None:
    with county.api("张三") as client:
        answer = hand_in(client, month_sheet(6, HEADINGS[:5], [(1, "甲厂（二期）", INDUSTRY, 1200, 700)]))
        assert answer.status_code == 201
        tried = answer.json()
        assert tried["decision"] == "ask" and len(tried["questions"]) == 1
        assert is_problem(client.post(f"/api/uploads/{tried['id']}/commit"), 409)
        path = f"/api/uploads/{tried['id']}/answers"
        for wrong in ({"nothing": "new"}, {tried["questions"][0]["id"]: "Z999"}):
            assert is_problem(client.post(path, json={"answers": wrong}), 400)
        answered = client.post(path, json={"answers": {tried["questions"][0]["id"]: "A001"}})
        assert (answered.status_code, answered.json()["questions"]) == (200, [])
        assert client.post(f"/api/uploads/{tried['id']}/commit").status_code == 200
        late = client.post(path, json={"answers": {tried["questions"][0]["id"]: "new"}})
        assert is_problem(late, 409)
    assert county.rows("2023-06")["甲厂"]["score"] == "100.00"
    assert "甲厂（二期）" not in county.rows("2023-06")


def test_two_that_tried_the_same_month_cannot_both_commit_what_they_saw(county: Office) -> None:
    with county.api("张三") as client:
        first, second = hand_in(client, june(540)).json(), hand_in(client, june(420)).json()
        assert client.post(f"/api/uploads/{first['id']}/commit").status_code == 200
        late = client.post(f"/api/uploads/{second['id']}/commit")
        assert is_problem(late, 409)
        assert late.json()["detail"]["changes"][0]["old"] == "540"
        assert county.rows("2023-06")["甲厂"]["score"] == "90.00"
        assert client.post(f"/api/uploads/{second['id']}/commit").status_code == 200  # after having seen it
        assert county.rows("2023-06")["甲厂"]["score"] == "70.00"
        undone = client.post(f"/api/uploads/{first['id']}/revert", json={"reason": "先传的错了"})
        assert undone.status_code == 200
        assert county.rows("2023-06")["甲厂"]["score"] == "70.00"
        assert is_problem(client.post(f"/api/uploads/{first['id']}/revert", json={"reason": "再来"}), 409)
        assert is_problem(client.post(f"/api/uploads/{second['id']}/revert", json={"reason": " "}), 400)
        assert client.post(f"/api/uploads/{second['id']}/revert", json={"reason": "也错了"}).status_code == 200
    assert county.rows("2023-06")["甲厂"]["score"] == "100.00"


def test_lists_are_rows_and_total(county: Office) -> None:
    with county.api("张三") as client:
        for path, query in (
            ("programmes", {}),
            ("projects", {"programme": "T"}),
            ("uploads", {"programme": "T"}),
            ("publications", {"programme": "T"}),
        ):
            found = client.get(f"/api/{path}", params=query)
            assert found.status_code == 200
            assert len(found.json()["rows"]) == found.json()["total"]


def test_every_error_has_one_shape(county: Office) -> None:
    with county.api("张三") as client:
        assert is_problem(client.get("/api/typo"), 404)
        assert is_problem(client.post("/api/typo/further", json={}), 404)
        assert is_problem(client.get("/api/"), 404)
        assert is_problem(client.put("/api/standings", params={"programme": "T", "period": "2023-06"}), 405)
        assert is_problem(client.delete("/api/uploads/1"), 405)
        assert is_problem(client.get("/api/standings"), 422)
        assert is_problem(client.get("/api/standings", params={"programme": "T", "period": "2023-13"}), 422)
        assert is_problem(client.get("/api/standings", params={"programme": "T", "period": "2024-01"}), 422)
        assert is_problem(client.get("/api/standings", params={"programme": "X", "period": "2023-06"}), 404)
        assert is_problem(client.get("/api/alerts", params={"programme": "T", "month": "2023Q2"}), 422)
        assert is_problem(client.get("/api/projects/999/receipt", params={"period": "2023-06"}), 404)
        assert is_problem(client.get("/api/projects/甲/receipt", params={"period": "2023-06"}), 422)
        assert is_problem(client.get("/api/uploads/999"), 404)
        assert is_problem(client.get("/api/publications/999"), 404)
        both = {"as_of": "2023-11-05", "known_at": "2023-11-05T10:00:00Z"}
        for path, query in (
            ("standings", {"programme": "T", "period": "2023-06"}),
            ("alerts", {"programme": "T", "month": "2023-06"}),
            ("projects/1/receipt", {"period": "2023-06"}),
        ):
            assert is_problem(client.get(f"/api/{path}", params={**query, **both}), 422)
            assert is_problem(client.get(f"/api/{path}", params={**query, "as_of": "5 November"}), 422)
            assert is_problem(client.get(f"/api/{path}", params={**query, "known_at": "2023-11-05T10:00:00"}), 422)


def test_known_at_recomputes_from_what_was_recorded_then(county: Office) -> None:
    with county.api("张三") as client:
        first = client.get("/api/uploads", params={"programme": "T"}).json()["rows"][0]["committed_at"]
        hand = hand_in(client, june(540)).json()
        client.post(f"/api/uploads/{hand['id']}/commit")

        def score(known_at: str) -> list[str]:
            query = {"programme": "T", "period": "2023-06", "known_at": known_at}
            rows = client.get("/api/standings", params=query).json()["rows"]
            return [row["score"] for row in rows if row["name"] == "甲厂"]

        assert score(first) == ["100.00"]
        assert score("2199-01-01T00:00:00Z") == ["90.00"]
        assert score("2001-01-01T00:00:00Z") == []


# -- who may -----------------------------------------------------------------------------------------------------------


def test_nothing_is_shown_to_nobody(county: Office) -> None:
    with TestClient(create_app(county.settings)) as client:
        for path in (
            "session",
            "programmes",
            "projects?programme=T",
            "standings?programme=T&period=2023-06",
            "uploads",
        ):
            assert is_problem(client.get(f"/api/{path}"), 401)
        assert is_problem(client.post("/api/session", json={"name": "张三", "password": "wrong-one"}), 401)
        assert is_problem(client.post("/api/session", json={"name": "无此人", "password": "wrong-one"}), 401)
        assert client.get("/api/health").status_code == 200


def test_signing_out_ends_the_session(county: Office) -> None:
    with county.api("张三") as client:
        assert client.get("/api/session").json()["role"] == "office"
        assert client.delete("/api/session").status_code == 200
        assert is_problem(client.get("/api/session"), 401)


def test_a_unit_sees_its_own_projects_alone_until_the_board_is_published(county: Office) -> None:
    ids = {row["name"]: row["id"] for row in county.board("2023-06")["rows"]}
    period = {"programme": "T", "period": "2023-06"}
    with county.api("杨屯镇经办") as client:
        board = client.get("/api/standings", params=period)
        assert names(board) == ["甲厂"]
        assert names(client.get("/api/alerts", params={"programme": "T", "month": "2023-06"})) == ["甲厂"]
        assert names(client.get("/api/projects", params={"programme": "T"})) == ["甲厂"]
        assert client.get(f"/api/projects/{ids['甲厂']}/receipt", params=period).status_code == 200
        assert client.get(f"/api/projects/{ids['甲厂']}").status_code == 200
        for foreign in ("乙厂", "丙园"):
            assert is_problem(client.get(f"/api/projects/{ids[foreign]}/receipt", params=period), 404)
            assert is_problem(client.get(f"/api/projects/{ids[foreign]}"), 404)
        assert hand_in(client, june()).json()["state"] == "submitted"  # counts once the office accepts
        assert is_problem(client.post("/api/uploads/1/commit"), 403)
        assert is_problem(client.post("/api/uploads/1/revert", json={"reason": "试"}), 403)
        assert is_problem(client.post("/api/publications", json=period), 403)
        event = {"kind": "完工", "on": "2023-06-30", "reason": "试"}
        assert is_problem(client.post(f"/api/projects/{ids['甲厂']}/events", json=event), 403)
    county.publish("2023-06")
    with county.api("杨屯镇经办") as client:
        assert names(client.get("/api/standings", params=period)) == ["丙园", "乙厂", "甲厂"]
        assert is_problem(client.get(f"/api/projects/{ids['乙厂']}/receipt", params=period), 404)


def test_a_leader_of_projects_sees_these_and_one_of_the_county_all(county: Office) -> None:
    period = {"programme": "T", "period": "2023-06"}
    with county.api("张明") as client:
        assert names(client.get("/api/standings", params=period)) == ["丙园", "甲厂"]
        assert names(client.get("/api/alerts", params={"programme": "T", "month": "2023-06"})) == ["丙园", "甲厂"]
    with county.api("王县长") as client:
        board = client.get("/api/standings", params=period)
        assert names(board) == ["丙园", "乙厂", "甲厂"]
        assert sorted(row["overall_rank"] for row in board.json()["rows"]) == [1, 2, 3]
        assert is_problem(hand_in(client, june()), 403)


def test_the_inspector_and_the_auditor_see_all_and_change_nothing(county: Office) -> None:
    period = {"programme": "T", "period": "2023-06"}
    for name in ("督查员", "审计员"):
        with county.api(name) as client:
            assert names(client.get("/api/standings", params=period)) == ["丙园", "乙厂", "甲厂"]
            assert is_problem(hand_in(client, june(540)), 403)
            assert is_problem(client.post("/api/uploads/1/revert", json={"reason": "试"}), 403)
            assert is_problem(client.post("/api/publications", json=period), 403)
    assert county.rows("2023-06")["甲厂"]["score"] == "100.00"


def test_the_administrator_sees_no_score_and_touches_none(county: Office) -> None:
    with county.api("管理员") as client:
        for path, query in (
            ("standings", {"period": "2023-06"}),
            ("alerts", {"month": "2023-06"}),
            ("projects", {}),
            ("uploads", {}),
            ("publications", {}),
        ):
            assert is_problem(client.get(f"/api/{path}", params={"programme": "T", **query}), 403), path
        assert is_problem(hand_in(client, june()), 403)


def test_a_disabled_account_is_out_at_once(county: Office) -> None:
    with county.api("王县长") as client:
        county.done("user", "disable", "王县长")
        assert is_problem(client.get("/api/session"), 401)
        answer = client.post("/api/session", json={"name": "王县长", "password": PASSWORD.strip()})
        assert is_problem(answer, 401)


# -- where from --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),  # a script
        ({"Origin": "http://testserver"}, 201),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
    ],
)
def test_a_foreign_page_cannot_write(county: Office, headers: dict[str, str], status: int) -> None:
    with county.api("张三") as client:
        files = {"file": ("六月.xlsx", io.BytesIO(june(540)), XLSX)}
        answer = client.post("/api/uploads", files=files, data={"programme": "T"}, headers=headers)
        assert answer.status_code == status
        assert client.get("/api/programmes", headers=headers).status_code == 200
        if status == 403:
            assert is_problem(answer, 403)
            assert is_problem(client.request("DELETE", "/api/session", headers=headers), 403)


def test_the_description_of_the_api_names_no_other_host(county: Office) -> None:
    with county.api("张三") as client:
        found = client.get("/api/openapi.json")
        assert found.status_code == 200
        assert "http://" not in found.text and "https://" not in found.text
        assert "/api/standings" in found.json()["paths"]
