"""操作日志 over the API: who reads what, what is found, what is kept back, what an export holds."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from openpyxl import load_workbook
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.audit import catalogue
from app.audit import service as audit
from app.audit.catalogue import CATALOGUE, Act
from app.audit.models import AuditEntry
from app.audit.protection import protect, release
from app.audit.service import Actor
from app.database import Database
from app.main import PUBLIC, SIGNED_IN
from app.organisation import service as organisations
from app.projects import service as projects
from app.trail.access import seen_by
from app.trail.drill import FILE
from app.trail.wording import plain, target_words
from tests.app.county import County
from tests.conftest import ClientAs

CLERK, OTHER = Actor(7, "张三", "office"), Actor(8, "李四", "admin")
NOON = datetime(2023, 11, 25, 4, 0, tzinfo=UTC)
HOSTILE = "王\u202e五\n\x00=1+1\u200b<script>"


def note(database: Database, actor: Actor, action: str, at: datetime = NOON, **more: Any) -> None:
    with database.write() as session:
        audit.append(session, actor, action, at=at, **more)


@pytest.fixture
def auditor(client_as: ClientAs) -> TestClient:
    return client_as("auditor", name="审计员")


@pytest.fixture
def entries(database: Database) -> None:
    """Six acts: numbers 1 to 6; whoever signs in afterwards comes after them."""
    note(database, CLERK, "upload.try", target="upload 1", programme="2023", detail={"file": "六月.xlsx"})
    note(database, CLERK, "upload.commit", target="upload 1", programme="2023", detail={"file": "六月.xlsx"})
    note(database, OTHER, "account.add", target="赵六", detail={"role": "unit"})
    note(database, OTHER, "account.sign_in", outcome="refused", detail={"address": "10.0.0.9"})
    later = NOON + timedelta(hours=13)  # 01:00 of the 26th in Shanghai
    note(database, CLERK, "project.event", later, target="project A001", programme="2023", detail={"kind": "免考"})
    said = {"code": "forbidden", "message": "没有权限办理这项操作。"}
    note(database, CLERK, "POST /api/publications", later, outcome="refused", detail=said)


@pytest.mark.database
def test_what_was_done_at_the_server_is_read_by_the_only_countys_auditor(database: Database, app: FastAPI) -> None:
    with database.write() as session:
        county = organisations.add(session, "pei", "沛县")
        mine = Actor(9, "审计员", "auditor", organisation_id=county.id)
    note(database, Actor.command(), "account.reset", target="张三")  # number 1: by nobody's account
    with database.read() as session:
        assert session.exec(select(AuditEntry.number).where(seen_by(session, mine))).all() == [1]
    with database.write() as session:
        organisations.add(session, "feng", "丰县")
    with database.read() as session:  # whose is it now? nobody's of the two
        assert session.exec(select(AuditEntry.number).where(seen_by(session, mine))).all() == []


def numbers(client: TestClient, **query: str) -> list[int]:
    answer = client.get("/api/audit", params={"to": "2023-12-31", **query})
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()["rows"]]


# -- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["office", "leader", "unit", "inspector"])
def test_who_is_checked_reads_no_trail(client_as: ClientAs, role: str) -> None:
    client = client_as(role)
    for path in ("", "/summary", "/export", "/manual", "/changes?programme=2023", "/samples", "/samples/1", "/1"):
        assert client.get(f"/api/audit{path}").status_code == 403, path
    assert client.post("/api/audit/verification").status_code == 403


def test_the_auditor_and_the_head_of_the_office_read_all_and_the_administrator_accounts_alone(
    entries: None, client_as: ClientAs
) -> None:
    assert numbers(client_as("auditor")) == [6, 5, 4, 3, 2, 1]
    assert numbers(client_as("office_head")) == [6, 5, 4, 3, 2, 1]
    admin = client_as("admin")
    assert numbers(admin) == [4, 3]
    assert admin.get("/api/audit/2").status_code == 404
    assert admin.get("/api/audit/3").status_code == 200
    assert {one["action"] for one in admin.get("/api/audit/summary").json()["actions"]} <= {
        action for action in CATALOGUE if action.startswith("account.")
    }
    for path in ("/changes?programme=2023", "/samples"):
        assert admin.get(f"/api/audit{path}").status_code == 403
    assert admin.post("/api/audit/verification").status_code == 403


def test_nothing_changes_or_clears_the_trail_over_the_api(app: FastAPI) -> None:
    """Only three routes write, and each adds entries: verify, draw, tick."""
    routes = [route for router in (*PUBLIC, *SIGNED_IN) for route in router.routes if isinstance(route, APIRoute)]
    writing = {
        f"{method} {route.path}"
        for route in routes
        if route.path.startswith("/api/audit")
        for method in route.methods - {"GET", "HEAD"}
    }
    assert writing == {
        "POST /api/audit/verification",
        "POST /api/audit/samples",
        "POST /api/audit/samples/{number}/checks",
    }


# -- what is found ----------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_each_filter_finds_its_entries(entries: None, auditor: TestClient) -> None:
    assert numbers(auditor, who="李四") == [4, 3]
    assert numbers(auditor, action="upload.commit") == [2]
    assert numbers(auditor, action="upload") == [2, 1]
    assert numbers(auditor, target="upload 1") == [2, 1]
    assert numbers(auditor, programme="2023") == [5, 2, 1]
    assert numbers(auditor, outcome="refused") == [6, 4]
    assert numbers(auditor, q="六月") == [2, 1]  # in the detail, where JSON writes it as \u516d\u6708
    assert numbers(auditor, q="赵六") == [3]  # in the target
    assert numbers(auditor, q="确认导入") == [2]  # the act's word
    assert numbers(auditor, q="没有权限") == [6]
    assert numbers(auditor, q="%") == []  # a sign, not a wildcard
    assert numbers(auditor, who="张三", action="upload", q="xlsx") == [2, 1]


def test_days_are_shanghais_and_both_belong_to_the_span(entries: None, auditor: TestClient) -> None:
    """Number 1 to 4 were done at 12:00 of the 25th, 5 and 6 at 01:00 of the 26th, which is still the 25th in UTC."""
    assert numbers(auditor, **{"from": "2023-11-25", "to": "2023-11-25"}) == [4, 3, 2, 1]
    assert numbers(auditor, **{"from": "2023-11-26", "to": "2023-11-26"}) == [6, 5]


def test_pages_hold_the_latest_first_and_say_how_many_there_are(entries: None, auditor: TestClient) -> None:
    second = auditor.get("/api/audit?to=2023-12-31&size=4&page=2").json()
    assert ([row["number"] for row in second["rows"]], second["total"], second["page"]) == ([2, 1], 6, 2)
    assert auditor.get("/api/audit?size=0").status_code == 422
    assert auditor.get("/api/audit?page=0").status_code == 422


def test_an_entry_says_who_when_what_and_with_which_result(entries: None, auditor: TestClient) -> None:
    row = auditor.get("/api/audit/4").json()
    assert row["at"] == "2023-11-25T04:00:00Z"
    assert row["at_words"] == "2023-11-25 12:00:00 +08:00"
    assert (row["who"], row["role_word"], row["action_word"]) == ("李四", "系统管理员", "登录")
    assert (row["outcome_word"], row["said"]) == ("被拒绝", "来自：10.0.0.9")
    assert auditor.get("/api/audit/5").json()["target"] == "项目A001"
    assert auditor.get("/api/audit/999").status_code == 404


def test_a_long_detail_is_short_in_the_list_and_whole_by_itself(database: Database, auditor: TestClient) -> None:
    changes = [["A001", "reported_ytd_wan", str(number), "9"] for number in range(30)]
    note(database, CLERK, "upload.commit", target="upload 9", detail={"changes": changes})
    [row] = auditor.get("/api/audit?target=upload 9").json()["rows"]
    assert row["said"] == "改动的数：30项"
    assert row["detail"]["changes"][20:] == ["…另有10项"]
    assert len(auditor.get(f"/api/audit/{row['number']}").json()["detail"]["changes"]) == 30


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("upload 12", "第12次上传"),
        ("obstacle 3, project GY-1", "第3号问题、项目GY-1"),
        ("六月, 七月.xlsx", "六月, 七月.xlsx"),
        ("", ""),
    ],
)
def test_a_target_reads_in_words(target: str, words: str) -> None:
    assert target_words(target) == words


# -- what is kept back ------------------------------------------------------------------------------------------------


def test_the_detail_of_a_sensitive_act_is_neither_shown_nor_found_nor_exported(
    database: Database, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a ballot will be registered: the trail tells who voted in which matter and when, never how."""
    later = {**CATALOGUE, "ballot.cast": Act("投票", None, is_sensitive=True)}
    monkeypatch.setattr(catalogue, "CATALOGUE", later)
    note(database, CLERK, "ballot.cast", target="decision 4", detail={"choice": "反对票"})
    note(database, CLERK, "personnel.read", target="decision 5", detail={"choice": "反对票"})  # nobody registered it
    for role in ("auditor", "office_head"):
        client = client_as(role)
        rows = client.get("/api/audit?target=decision").json()["rows"]
        assert [(row["who"], row["detail"], row["is_hidden"]) for row in rows] == [("张三", None, True)] * 2
        assert client.get(f"/api/audit/{rows[0]['number']}").json()["detail"] is None
        assert client.get("/api/audit?q=反对票").json()["total"] == 0
        assert "反对票" not in str(cells(client.get("/api/audit/export?target=decision").content))
        assert "反对票" not in client.get("/api/audit/manual").text


# -- tricks -----------------------------------------------------------------------------------------------------------


def cells(content: bytes) -> list[list[Any]]:
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_name_with_tricks_in_it_is_shown_as_what_it_is(database: Database, auditor: TestClient) -> None:
    """A line break that would forge a second line, a NUL, a mark that turns the writing round, one nobody sees."""
    assert plain("a\nb") == "a↵b"
    assert plain("a\u202eb\u200b\x07") == "a⟨U+202E⟩b⟨U+200B⟩⟨U+0007⟩"
    note(database, Actor(None, HOSTILE, "office"), "upload.try", target=HOSTILE, detail={HOSTILE: [HOSTILE]})
    text = auditor.get("/api/audit?to=2023-12-31").text
    assert not re.search("[\u202e\u200b\x00]|\\\\n|\\\\u202e", text)
    [row] = json.loads(text)["rows"]
    shown = "王⟨U+202E⟩五↵�=1+1⟨U+200B⟩<script>"
    assert (row["who"], row["target"], row["detail"]) == (shown, shown, {shown: [shown]})


def test_an_export_equals_the_search_runs_no_formula_and_is_itself_on_the_trail(
    database: Database, auditor: TestClient
) -> None:
    note(database, Actor(None, "=cmd|'/c calc'!A1", "office"), "upload.try", target="@SUM(A1)\n-2+3")
    note(database, CLERK, "upload.try", target="upload 2")
    answer = auditor.get("/api/audit/export", params={"action": "upload", "to": "2023-12-31"})
    assert answer.status_code == 200
    [_, note_line, heading, *rows] = cells(answer.content)
    assert heading[:5] == ["编号", "时间", "何人", "角色", "操作"]
    assert note_line[0] is not None and note_line[0].startswith("时间为北京时间")
    assert [row[0] for row in rows] == [4, 3]  # after the auditor's account and sign-in
    assert (rows[1][2], rows[1][5]) == ("'=cmd|'/c calc'!A1", "'@SUM(A1)↵-2+3")
    kinds = [
        cell.data_type for line in load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows() for cell in line
    ]
    assert "f" not in kinds
    with database.read() as session:
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc())).first()
    assert last is not None
    assert (last.action, last.actor_name, last.detail["rows"]) == ("audit.export", "审计员", 2)
    assert "action=upload" in last.detail["query"]


# -- manual acts ------------------------------------------------------------------------------------------------------


def test_manual_acts_of_every_kind_stand_in_one_list_by_person(
    county_acts: County, client_as: ClientAs, auditor: TestClient
) -> None:
    found = auditor.get("/api/audit/manual?programme=2023").json()
    told = {(row["who"], row["kind"], row["reason"], row["approver"]) for row in found["rows"]}
    assert ("经办员", "人工认定", "现场核实已复工", "王县长") in told
    assert ("经办员", "免亮灯", "不可抗力", "王县长") in told
    assert ("经办员", "免考", "会议决定", "") in told
    assert ("经办员", "更正单", "漏报一笔投资", "") in told
    assert ("办公室主任", "更正单", "漏报一笔投资", "") in told
    head = next(one for one in found["people"] if one["who"] == "办公室主任")
    # one 更正单 signed, one 定稿 signed, one programme made
    assert head["kinds"] == {"更正单": 1, "定稿签发": 1, "手工录入、改动数据": 1}
    only = auditor.get("/api/audit/manual", params={"programme": "2023", "who": "办公室主任", "kind": "更正单"}).json()
    assert [(row["who"], row["kind"]) for row in only["rows"]] == [("办公室主任", "更正单")]
    assert len(only["people"]) == len(found["people"])
    exported = cells(auditor.get("/api/audit/manual/export?programme=2023").content)
    assert len(exported) - 3 == found["total"]


def test_questions_answered_in_one_go_count_each(database: Database, auditor: TestClient) -> None:
    note(database, CLERK, "upload.answer", target="upload 1", detail={"answers": {"a": "1", "b": "2", "c": "1"}})
    note(database, CLERK, "upload.commit", target="upload 1", detail={"answers": {}})
    note(database, CLERK, "upload.return", target="upload 2", outcome="refused", detail={"reason": "没有权限"})
    found = auditor.get("/api/audit/manual?to=2023-12-31").json()
    assert [(row["kind"], row["count"]) for row in found["rows"]] == [("回答待确认问题", 3)]
    assert found["people"] == [{"who": "张三", "shown": "张三", "total": 3, "kinds": {"回答待确认问题": 3}}]


@pytest.fixture
def county_acts(database: Database) -> County:
    made = County(database)
    made.project("甲", unit="杨屯镇")
    for month in ("2023-04", "2023-05", "2023-06"):
        made.record(month, {"甲": 100})
    with made.change("2023-07-01") as change:
        decided = {"reason": "现场核实已复工", "approver": "王县长"}
        projects.record_light_decision(change, made.ids["甲"], "2023-06", "override", "green", **decided)
        why = {"reason": "不可抗力", "approver": "王县长"}
        projects.record_light_decision(change, made.ids["甲"], "2023-05", "exemption", "", **why)
    made.event("甲", "免考", "2023-04-15", "2023-07-02")
    made.publish("2023Q2", "2023-07-05")
    made.reopen("2023Q2", "2023-08-01")
    return made


# -- the top of the page ----------------------------------------------------------------------------------------------


def test_a_verification_is_told_of_with_who_when_and_what(
    database: Database, auditor: TestClient, client_as: ClientAs
) -> None:
    assert auditor.get("/api/audit/summary").json()["verification"] is None
    done = auditor.post("/api/audit/verification")
    assert (done.status_code, done.json()["ok"], done.json()["is_recorded"]) == (201, True, True)
    last = client_as("office_head").get("/api/audit/summary").json()["verification"]
    assert (last["by"], last["ok"], last["count"]) == ("审计员", True, 0)
    assert last["entries"] == 2  # the auditor's account and sign-in


def test_a_broken_trail_is_told_of_even_where_nothing_can_be_added_to_it(
    database: Database, auditor: TestClient
) -> None:
    with database.write() as session:
        release(session.connection())
        session.connection().exec_driver_sql("UPDATE audit_head SET number = 0, entry_hash = ''")
        protect(session.connection())
    found = auditor.post("/api/audit/verification").json()
    assert (found["ok"], found["is_recorded"]) == (False, False)
    assert found["faults"] == [
        "操作日志的末条登记（记到第0号）与实有记录（到第2号）不符，末尾记录被增删过，请用备份核对。"
    ]


@pytest.mark.parametrize(
    ("stored", "ok", "sentence"),
    [
        (None, None, "还没有恢复演练"),
        ({"at": "2023-11-20T18:30:00Z", "ok": True, "sentence": "恢复后逐项一致"}, True, "恢复后逐项一致"),
        ({"at": "2023-11-20T18:30:00+00:00", "ok": False, "sentence": "备份损坏"}, False, "备份损坏"),
        ("nonsense", False, "恢复演练的记录读不出来，请重做一次演练"),
    ],
)
def test_the_last_drill_is_told_of(
    database: Database, auditor: TestClient, stored: Any, ok: bool | None, sentence: str
) -> None:
    assert database.home is not None
    if stored is not None:
        Path(database.home / FILE).write_text(json.dumps(stored), encoding="utf-8")
    drill = auditor.get("/api/audit/summary").json()["drill"]
    assert (drill["ok"], drill["sentence"]) == (ok, sentence)
    if ok is not None and isinstance(stored, dict):
        assert drill["at_words"] == "2023-11-21 02:30:00 +08:00"


# -- every changed value ----------------------------------------------------------------------------------------------


def test_every_step_of_a_value_is_told_with_its_cell_or_screen(database: Database, auditor: TestClient) -> None:
    """600 from the sheet's F5, 650 by hand, 600 again: three steps, though first and last are equal."""
    made = County(database)
    made.project("甲", unit="杨屯镇")
    made.project("乙", unit="龙固镇")
    made.sheet("2023-06", {"甲": 600, "乙": 10}, "2023-06-28", file="六月.xlsx")
    made.record("2023-06", {"甲": 650}, "2023-06-29")
    made.record("2023-06", {"甲": 600}, "2023-06-30")
    code = made.codes["甲"]
    found = auditor.get(f"/api/audit/changes?programme=2023&project={code}&month=2023-06").json()
    steps = [(row["old"], row["new"], row["who"], row["source"], row["uploader"]) for row in found["rows"]]
    assert steps == [
        ("650", "600", "经办员", "页面录入", ""),
        ("600", "650", "经办员", "页面录入", ""),
        (None, "600", "经办员", "六月.xlsx 项目进度 F5", "统计员"),
    ]
    assert found["rows"][0]["label"] == "本年累计完成投资（上报，万元）"
    assert found["rows"][0]["at_words"] == "2023-06-30 12:00:00 +08:00"
    both = auditor.get("/api/audit/changes?programme=2023&month=2023-06").json()
    assert both["total"] == 4
    span = "/api/audit/changes?programme=2023&from=2023-06-29&to=2023-06-29"
    assert [row["new"] for row in auditor.get(span).json()["rows"]] == ["650"]
    assert auditor.get("/api/audit/changes?programme=2023&project=none").status_code == 404
    exported = cells(auditor.get(f"/api/audit/changes/export?programme=2023&project={code}").content)
    assert ["600", "650"] in [row[6:8] for row in exported]


# -- every file taken away --------------------------------------------------------------------------------------------

BLANK = {"/api/rulebooks/examples/{name}/download"}  # shipped with the product: tells nothing of the county
TAKEN: dict[str, str] = {
    "GET /api/standings/export": "standings.export",
    "GET /api/alerts/export": "alerts.export",
    "GET /api/assessees/export": "assessees.export",
    "GET /api/whatif/export": "whatif.export",
    "GET /api/rulebooks/{revision_id}/download": "rulebook.export",
    "GET /api/templates/monthly": "template.export",
    "GET /api/templates/plan": "template.export",
    "GET /api/templates/responsibility": "template.export",
    "GET /api/uploads/{upload_id}/file": "upload.file",
    "GET /api/uploads/{upload_id}/annotated": "upload.annotated",
    "GET /api/appeals/{appeal_id}/file": "appeal.attachment",
    "GET /api/audit/export": "audit.export",
    "GET /api/audit/manual/export": "audit.export",
    "GET /api/audit/changes/export": "audit.export",
    "GET /api/audit/samples/{number}/export": "audit.export",
}
ENDINGS = ("export", "download", "file", "annotated")


def test_every_route_that_gives_a_file_away_is_in_the_table_above() -> None:
    routes = [route for router in (*PUBLIC, *SIGNED_IN) for route in router.routes if isinstance(route, APIRoute)]
    giving = {
        f"GET {route.path}"
        for route in routes
        if "GET" in route.methods
        and (route.path.rpartition("/")[2] in ENDINGS or "/templates/" in route.path)
        and route.path not in BLANK
    }
    assert giving == TAKEN.keys()
