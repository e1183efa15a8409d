"""A month's sheet on its way in (月报导入): 预检, answers, 确认导入, 撤销 — through the API, as the office works.

The small county has two classes, a plan for four projects, and monthly sheets made here cell by cell.
"""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict
from app.evidence.models import StoredFile
from app.inspections import service as inspections
from app.inspections.models import InspectionRevision
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects import service as projects
from app.projects.models import AssignmentRevision, EventRevision, PlanRevision
from app.revisions import newest
from app.uploads import service
from app.uploads.models import Upload
from tests.app.sheets import FARMING, INDUSTRY, JUNE, MONTH_HEADINGS, PLAN, changed, month_sheet, plan_sheet, workbook
from tests.installations import PLANNED, TABLES

ClientAs = Callable[..., TestClient]


@pytest.fixture
def beginning(request: pytest.FixtureRequest) -> str:
    """For tests that begin with the planned county a copy of it, made once."""
    return PLANNED if "planned" in request.fixturenames else TABLES


@pytest.fixture
def programme(database: Database, request: pytest.FixtureRequest) -> str:
    """An empty programme with two classes, or the planned county."""
    if "planned" not in request.fixturenames:
        with database.write() as session:
            programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING])
    return "T"


@pytest.fixture
def office(client_as: ClientAs, programme: str) -> TestClient:
    return client_as("office", "张三")


def hand_in(
    client: TestClient, content: bytes, name: str = "月报.xlsx", *, expect: int = 201, **fields: Any
) -> dict[str, Any]:
    """POST /api/uploads: the answer's JSON."""
    answer = client.post("/api/uploads", data={"programme": "T", **fields}, files={"file": (name, content)})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(client: TestClient, upload: int, deed: str, *, expect: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/uploads/{upload}/{deed}", json=body)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bring_in(client: TestClient, content: bytes, name: str = "月报.xlsx", **fields: Any) -> int:
    """Try and commit a sheet that leaves nothing to ask; the upload's id."""
    tried = hand_in(client, content, name, **fields)
    assert tried["questions"] == []
    act(client, tried["id"], "commit")
    upload: int = tried["id"]
    return upload


@pytest.fixture
def planned(office: TestClient) -> TestClient:
    """The office of a county whose plan is in."""
    return office


def board(client: TestClient, period: str = "2023-06") -> Any:
    answer = client.get("/api/standings", params={"programme": "T", "period": period})
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


def warnings(client: TestClient, month: str = "2023-06") -> Any:
    return client.get("/api/alerts", params={"programme": "T", "month": month}).json()["rows"]


def version(database: Database) -> int:
    with database.read() as session:
        return programmes.get(session, "T").data_version


def record_of(database: Database, code: str, month: str = "2023-06") -> InspectionRevision:
    with database.read() as session:
        found = programmes.get(session, "T")
        project = projects.find(session, found, code)
        assert project.id is not None
        return next(row for row in inspections.records_of(session, found, project.id) if row.month == month)


def entry(database: Database, code: str, month: str = "2023-06", **values: Any) -> None:
    """督查组 enters something by hand."""
    with database.write() as session:
        change = programmes.begin_change(session, "T", Actor(None, "督查一组王强", "inspector"))
        project = projects.find(session, change.programme, code)
        assert project.id is not None
        inspections.record(change, project.id, month, values, values)


# ---- the main path --------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_months_sheet_is_tried_committed_and_moves_the_board(planned: TestClient, database: Database) -> None:
    tried = hand_in(planned, month_sheet(6, JUNE), "6月进展.xlsx")
    assert (tried["decision"], tried["state"], tried["month"]) == ("accept", "tried", "2023-06")
    assert tried["diff"] == {"new": 4, "changed": 0, "same": 0, "missing": 0}
    assert tried["waiting_for"] == "待张三确认导入"
    assert board(planned) == []  # nothing of the try shows
    done = act(planned, tried["id"], "commit")
    assert (done["state"], done["committed_by"], done["counts"]["new"]) == ("committed", "张三", 4)
    # 6 of 12 months: half the annual plan is due. 1800 of 1800, 3000 of 6000, 300 of 300, 600 of 600.
    scores = {row["name"]: row["score"] for row in board(planned)}
    assert scores == {
        "华丰铝板带技改": "100.00",
        "红日光伏发电": "50.00",
        "肉羊养殖": "100.00",
        "猕猴桃种植园": "100.00",
    }


@pytest.mark.database
def test_undoing_an_import_brings_board_and_warnings_back_exactly(planned: TestClient, database: Database) -> None:
    bring_in(planned, month_sheet(6, JUNE))
    before = board(planned), warnings(planned)
    worse = changed(changed(JUNE, 1, 2, 900), 4, 5, "已完工")
    second = bring_in(planned, month_sheet(6, worse), "6月更正.xlsx")
    assert board(planned) != before[0]
    undone = act(planned, second, "revert", reason="传错了表")
    assert (undone["state"], undone["revert_reason"], undone["reverted_by"]) == ("reverted", "传错了表", "张三")
    assert undone["revert_outcome"] == {"restored": 2, "withdrawn": 1, "kept": []}
    assert (board(planned), warnings(planned)) == before


@pytest.mark.database
def test_undoing_the_first_sheet_of_a_new_county_leaves_no_project(office: TestClient, database: Database) -> None:
    sheet = month_sheet(6, [(*row, INDUSTRY) for row in JUNE], (*MONTH_HEADINGS, "项目类别"))
    upload = bring_in(office, sheet, register="true")
    first = board(office)
    assert [row["code"] for row in first] == ["A001", "A002", "A003", "A004"]
    act(office, upload, "revert", reason="选错了年度")
    assert board(office) == []
    with database.read() as session:
        assert projects.current(session, programmes.get(session, "T")) == []
    bring_in(office, sheet, register="true")
    assert board(office) == first  # the same codes again


def test_the_same_file_twice_changes_nothing_and_says_so(planned: TestClient, database: Database) -> None:
    bring_in(planned, month_sheet(6, JUNE))
    before = version(database)
    tried = hand_in(planned, month_sheet(6, JUNE))
    assert tried["diff"] == {"new": 0, "changed": 0, "same": 4, "missing": 0}
    done = act(planned, tried["id"], "commit")
    assert (done["state"], done["state_label"]) == ("unchanged", "内容与已有数据相同")
    assert version(database) == before


def test_a_corrected_sheet_changes_only_what_differs(planned: TestClient, database: Database) -> None:
    bring_in(planned, month_sheet(6, JUNE))
    tried = hand_in(planned, month_sheet(6, changed(JUNE, 2, 2, 3100)))
    assert tried["diff"] == {"new": 0, "changed": 1, "same": 3, "missing": 0}
    assert tried["changes"] == [
        {
            "code": "A002",
            "name": "红日光伏发电",
            "row": 5,
            "field": "reported_ytd_wan",
            "label": "本年累计完成投资（上报，万元）",
            "old": "3000",
            "new": "3100",
        }
    ]
    act(planned, tried["id"], "commit")
    assert record_of(database, "A002").reported_ytd_wan == Decimal("3100.00")
    assert record_of(database, "A001").upload_id != tried["id"]


def test_every_value_knows_its_upload_sheet_and_cell(planned: TestClient, database: Database) -> None:
    upload = bring_in(planned, month_sheet(6, JUNE))
    record = record_of(database, "A002")
    assert record.provenance["reported_ytd_wan"] == {"upload": upload, "sheet": "6月", "cell": "C5"}
    assert record.provenance["physical_progress"] == {"upload": upload, "sheet": "6月", "cell": "D5"}
    assert record.columns == [
        "physical_progress",
        "physical_progress_is_whole",
        "physical_progress_pct",
        "problems",
        "reported_ytd_wan",
        "state_words",
        "states_not_started",
    ]


def test_a_commit_is_one_entry_on_the_trail_with_each_changed_value(planned: TestClient, database: Database) -> None:
    bring_in(planned, month_sheet(6, JUNE))
    upload = bring_in(planned, month_sheet(6, changed(JUNE, 2, 2, 3100)), "更正.xlsx")
    with database.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.target == f"upload {upload}")).all()
        assert [entry.action for entry in entries] == ["upload.try", "upload.commit"]
        assert entries[1].detail["changes"] == [["A002", "reported_ytd_wan", "3000", "3100"]]
        assert len(entries[1].detail["sha256"]) == 64
        assert audit.verify(session) == []


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        ("这不是表格".encode() * 20, "项目名称"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "不是"),
        (workbook("收入表", ("科目", "金额"), [("差旅", 12)]), "项目名称"),
        (workbook("2023年6月进展", MONTH_HEADINGS, []), "没有项目行"),
    ],
    ids=["empty file", "text", "picture", "no project column", "no rows"],
)
def test_what_is_no_project_sheet_is_refused_in_one_sentence_and_not_kept(
    planned: TestClient, database: Database, content: bytes, words: str
) -> None:
    before = version(database)
    refused = hand_in(planned, content, expect=400)
    assert refused["message"].endswith("。") and "\n" not in refused["message"]
    assert words in refused["message"]
    assert refused["detail"]["decision"] == "refuse"
    assert refused["detail"]["message"] == refused["message"]
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(StoredFile)).one() == 1  # the plan
        assert session.exec(select(func.count()).select_from(Upload)).one() == 1
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc())).first()
    assert last is not None and (last.outcome, last.actor_name) == ("refused", "张三")
    assert version(database) == before


def test_a_file_above_5_mb_is_413(planned: TestClient) -> None:
    refused = hand_in(planned, b"PK\x03\x04" + b"0" * (5 * 1024 * 1024), expect=413)
    assert "5MB" in refused["message"]
    assert hand_in(planned, b"0" * (20 * 1024 * 1024), expect=413)["code"] == "too_large"


def test_a_sheet_of_another_year_is_refused(planned: TestClient) -> None:
    sheet = workbook("2022年6月重点项目进展情况表", MONTH_HEADINGS, JUNE, "6月")
    refused = hand_in(planned, sheet, expect=400)
    assert refused["message"].startswith("这张表是2022年6月的，不属于“2023年度重点项目”（2023年）")


@pytest.mark.parametrize("role", ["leader", "inspector", "auditor", "admin"])
def test_only_the_office_imports(planned: TestClient, client_as: ClientAs, role: str) -> None:
    tried = hand_in(planned, month_sheet(6, JUNE))
    other = client_as(role)
    refused = hand_in(other, month_sheet(6, JUNE), expect=403)
    assert refused["message"].startswith("这项操作只有办公室、办公室主任、部门、镇区账号可以办理")
    for deed, body in (("answers", {"answers": {}}), ("commit", {}), ("revert", {"reason": "试"})):
        assert act(other, tried["id"], deed, expect=403, **body)["code"] == "forbidden"


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("leader", 403)])
def test_the_history_is_for_the_office_and_the_auditor(
    planned: TestClient, client_as: ClientAs, role: str, status: int
) -> None:
    other = client_as(role)
    for path in ("/api/uploads?programme=T", "/api/uploads/1", "/api/uploads/1/file"):
        assert other.get(path).status_code == status


def test_another_countys_uploads_are_404(planned: TestClient, database: Database, client_as: ClientAs) -> None:
    stranger = client_as("office_head", "邻县主任")
    with database.write() as session:
        account = accounts.account_named(session, "邻县主任")
        account.organisation_id = organisations.add(session, "other", "邻县").id
        session.add(account)
    assert stranger.get("/api/uploads/1").status_code == 404
    assert stranger.get("/api/uploads?programme=T").status_code == 404
    assert act(stranger, 1, "commit", expect=404)["code"] == "not_found"
    hand_in(stranger, month_sheet(6, JUNE), expect=404)


# ---- questions ------------------------------------------------------------------------------------------------------


def test_a_renamed_project_is_asked_and_the_answer_is_remembered(planned: TestClient, database: Database) -> None:
    renamed = changed(JUNE, 2, 1, "红日光伏发电（一期）")
    tried = hand_in(planned, month_sheet(6, renamed))
    assert tried["decision"] == "ask"
    [question] = tried["questions"]
    assert (question["code"], question["row"], question["cell"]) == ("unknown_project", 5, "B5")
    assert [choice["value"] for choice in question["choices"]] == ["A002", "new", "skip"]
    assert tried["waiting_for"] == "待张三答复1个问题"
    refused = act(planned, tried["id"], "commit", expect=409)
    assert (refused["code"], refused["message"]) == ("unanswered", "还有1个问题待回答，请先回答再确认导入。")
    answered = act(planned, tried["id"], "answers", answers={question["id"]: "A002"})
    assert answered["questions"] == []
    assert answered["answers"][question["id"]]["value"] == "A002"
    assert answered["answers"][question["id"]]["by"] == "张三"
    assert act(planned, tried["id"], "commit")["state"] == "committed"
    assert record_of(database, "A002").reported_ytd_wan == Decimal("3000.00")
    july = hand_in(planned, month_sheet(7, changed(renamed, 2, 2, 3500)))
    assert july["questions"] == []


def test_answers_may_be_given_some_now_some_later_by_different_people(planned: TestClient, client_as: ClientAs) -> None:
    rows = changed(changed(JUNE, 1, 1, "华丰铝板带技术改造"), 2, 1, "红日光伏发电（一期）")
    tried = hand_in(planned, month_sheet(6, rows))
    first, second = tried["questions"]
    partly = act(planned, tried["id"], "answers", answers={first["id"]: "A001"})
    assert [question["id"] for question in partly["questions"]] == [second["id"]]
    colleague = client_as("office", "李四")
    done = act(colleague, tried["id"], "answers", answers={second["id"]: "skip"})
    assert done["questions"] == []
    assert {identifier: given["by"] for identifier, given in done["answers"].items()} == {
        first["id"]: "张三",
        second["id"]: "李四",
    }
    assert done["diff"] == {"new": 3, "changed": 0, "same": 0, "missing": 1}
    # An answer given may be put otherwise until the commit.
    otherwise = act(planned, tried["id"], "answers", answers={second["id"]: "A002"})
    assert otherwise["diff"] == {"new": 4, "changed": 0, "same": 0, "missing": 0}


def test_an_answer_must_be_one_of_the_choices_of_a_question_of_this_sheet(planned: TestClient) -> None:
    tried = hand_in(planned, month_sheet(6, changed(JUNE, 2, 1, "红日光伏发电（一期）")))
    [question] = tried["questions"]
    refused = act(planned, tried["id"], "answers", expect=400, answers={question["id"]: "Z999"})
    assert refused["message"].endswith("请从A002、new、skip中选择。")
    refused = act(planned, tried["id"], "answers", expect=400, answers={"无此问题": "new"})
    assert refused["message"] == "这张表没有编号为“无此问题”的待确认问题，请刷新后再答。"


def test_a_figure_below_last_months_is_asked_and_counts_once_confirmed(planned: TestClient, database: Database) -> None:
    bring_in(planned, month_sheet(6, JUNE))
    july = changed(JUNE, 2, 2, 2800)
    tried = hand_in(planned, month_sheet(7, july))
    [question] = tried["questions"]
    assert (question["code"], question["cell"]) == ("ytd_lower", "C5")
    assert "低于6月累计3000万元" in question["message"]
    act(planned, tried["id"], "answers", answers={question["id"]: "as_written"})
    act(planned, tried["id"], "commit")
    assert record_of(database, "A002", "2023-07").reported_ytd_wan == Decimal("2800.00")


@pytest.mark.parametrize(("choice", "figure"), [("keep", Decimal("3000.00")), ("clear", None)])
def test_a_blank_cell_over_a_figure_is_kept_or_cleared_as_the_office_says(
    planned: TestClient, database: Database, choice: str, figure: Decimal | None
) -> None:
    bring_in(planned, month_sheet(6, JUNE))
    tried = hand_in(planned, month_sheet(6, changed(changed(JUNE, 2, 2, None), 1, 2, 1900)))
    [question] = tried["questions"]
    assert (question["id"], question["message"]) == (
        "blank_over_value",
        "6月!C5（红日光伏发电 本年累计完成投资（上报，万元），已有3000）在本表为空，而本月已有数值，"
        "请选定保留还是清空。",
    )
    act(planned, tried["id"], "answers", answers={question["id"]: choice})
    act(planned, tried["id"], "commit")
    assert record_of(database, "A002").reported_ytd_wan == figure
    assert record_of(database, "A001").reported_ytd_wan == Decimal("1900.00")


def test_an_unknown_project_is_registered_only_when_somebody_says_so(planned: TestClient, database: Database) -> None:
    rows = [*JUNE, (5, "龙城输变电工程", 100, "基础施工", None, "在建")]
    headings = (*MONTH_HEADINGS, "项目类别")
    sheet = month_sheet(6, [(*row, FARMING if row[0] > 2 else INDUSTRY) for row in rows], headings)
    tried = hand_in(planned, sheet)
    [question] = tried["questions"]
    assert (question["code"], question["row"]) == ("unknown_project", 8)
    answered = act(planned, tried["id"], "answers", answers={question["id"]: "new"})
    assert answered["registered"] == [{"code": "B003", "name": "龙城输变电工程", "row": 8}]
    act(planned, tried["id"], "commit")
    assert record_of(database, "B003").reported_ytd_wan == Decimal("100.00")


def test_a_class_the_programme_does_not_have_is_asked(planned: TestClient) -> None:
    sheet = month_sheet(
        6, [(5, "龙城输变电工程", 100, "基础施工", None, "在建", "城建")], (*MONTH_HEADINGS, "项目类别")
    )
    tried = hand_in(planned, sheet, register="true")
    [question] = tried["questions"]
    assert (question["id"], [choice["value"] for choice in question["choices"]]) == (
        "class:城建",
        [INDUSTRY, FARMING, "new"],
    )
    assert act(planned, tried["id"], "answers", answers={"class:城建": FARMING})["registered"][0]["code"] == "B003"


def test_a_sheet_without_a_month_asks_which_unless_it_is_given(planned: TestClient) -> None:
    sheet = workbook("重点项目进展情况表", MONTH_HEADINGS, JUNE, "进展")
    tried = hand_in(planned, sheet)
    [question] = tried["questions"]
    assert (question["id"], tried["month"], tried["diff"]["new"]) == ("month", None, 0)
    assert hand_in(planned, sheet, month="2023-06")["diff"]["new"] == 4
    malformed = planned.post(
        "/api/uploads", data={"programme": "T", "month": "六月"}, files={"file": ("a.xlsx", sheet)}
    )
    assert malformed.status_code == 422


# ---- two people at once ---------------------------------------------------------------------------------------------


@pytest.mark.database
def test_of_two_people_with_the_same_month_one_wins_and_the_other_is_told(
    planned: TestClient, client_as: ClientAs, database: Database
) -> None:
    colleague = client_as("office", "李四")
    mine = hand_in(planned, month_sheet(6, changed(JUNE, 2, 2, 3100)), "张三的表.xlsx")
    theirs = hand_in(colleague, month_sheet(6, JUNE), "李四的表.xlsx")
    act(colleague, theirs["id"], "commit")
    refused = act(planned, mine["id"], "commit", expect=409)
    assert refused["code"] == "conflict"
    assert refused["message"].startswith("李四已于20") and "确认导入了“李四的表.xlsx”" in refused["message"]
    assert record_of(database, "A002").reported_ytd_wan == Decimal("3000.00")
    anew = planned.get(f"/api/uploads/{mine['id']}").json()
    assert (anew["diff"], anew["is_stale"]) == ({"new": 0, "changed": 1, "same": 3, "missing": 0}, False)
    assert act(planned, mine["id"], "commit")["state"] == "committed"
    assert record_of(database, "A002").reported_ytd_wan == Decimal("3100.00")


@pytest.mark.database
def test_two_clicks_at_the_same_moment_commit_once(planned: TestClient, database: Database) -> None:
    tried = hand_in(planned, month_sheet(6, JUNE))
    start = Barrier(2)

    def click(name: str) -> str:
        start.wait()
        try:
            return str(service.commit(database, Actor.command(name), tried["id"])["state"])
        except Conflict as refused:
            return refused.message

    with ThreadPoolExecutor(2) as people:
        first, second = sorted(people.map(click, ("张三", "李四")))
    assert first == "committed" and second.endswith("确认导入了这张表，不需要再确认。")
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(InspectionRevision)).one() == 4


def test_sheets_of_two_classes_do_not_stand_in_each_others_way(planned: TestClient, client_as: ClientAs) -> None:
    colleague = client_as("office", "李四")
    industry, farming = hand_in(planned, month_sheet(6, JUNE[:2])), hand_in(colleague, month_sheet(6, JUNE[2:]))
    assert industry["missing_projects"] == []  # a partial sheet misses only its own class
    act(colleague, farming["id"], "commit")
    assert act(planned, industry["id"], "commit")["state"] == "committed"


def test_a_second_click_on_commit_says_who_did_it_when(planned: TestClient) -> None:
    upload = bring_in(planned, month_sheet(6, JUNE))
    refused = act(planned, upload, "commit", expect=409)
    assert refused["message"].startswith("张三已于20") and refused["message"].endswith(
        "确认导入了这张表，不需要再确认。"
    )
    act(planned, upload, "revert", reason="试")
    assert "撤销" in act(planned, upload, "revert", expect=409, reason="试")["message"]


def test_a_project_that_is_not_in_the_sheet_is_listed_and_stays(planned: TestClient) -> None:
    tried = hand_in(planned, month_sheet(6, JUNE[:3]))
    assert tried["missing_projects"] == [{"code": "B002", "name": "猕猴桃种植园", "has_record": False}]
    assert tried["diff"]["missing"] == 1
    act(planned, tried["id"], "commit")
    [row] = [row for row in board(planned) if row["code"] == "B002"]
    assert (row["score"], row["not_scored_reason"]) == (None, "未督查")


# ---- locks ----------------------------------------------------------------------------------------------------------


def lock(database: Database, period: str) -> None:
    with database.write() as session:
        programmes.set_lock(programmes.begin_change(session, "T", Actor.command()), period, True)


def test_a_locked_month_takes_no_sheet_and_gives_none_back(planned: TestClient, database: Database) -> None:
    upload = bring_in(planned, month_sheet(6, JUNE))
    lock(database, "2023Q2")
    before = version(database)
    tried = hand_in(planned, month_sheet(6, changed(JUNE, 2, 2, 3100)))
    assert [fault["code"] for fault in tried["faults"]] == ["period_locked"]
    assert tried["diff"]["changed"] == 1
    sentence = "2023年第二季度已定稿，2023年6月的数据不能再改。确需更正，请先办理更正单。"
    assert act(planned, tried["id"], "commit", expect=409)["message"] == sentence
    assert act(planned, upload, "revert", expect=409, reason="试")["code"] == "period_locked"
    assert version(database) == before
    assert hand_in(planned, month_sheet(6, JUNE))["diff"]["same"] == 4  # what changes nothing is no matter


def test_a_project_new_after_a_published_quarter_joins_with_its_month(planned: TestClient, database: Database) -> None:
    """What was published had no such project: it is 增补 on the first day of the sheet's month."""
    bring_in(planned, month_sheet(6, JUNE))
    before = board(planned)
    lock(database, "2023Q2")
    rows = [(5, "龙城输变电工程", 100, "基础施工", None, "在建", FARMING)]
    tried = hand_in(planned, month_sheet(7, rows, (*MONTH_HEADINGS, "项目类别")), register="true")
    assert [(event["project"], event["kind"], event["on"]) for event in tried["proposed_events"]] == [
        ("B003", "增补", "2023-07-01")
    ]
    act(planned, tried["id"], "commit")
    assert [row for row in board(planned) if row["code"] != "B003"] == before
    act(planned, tried["id"], "revert", reason="试")  # July is open
    assert board(planned) == before


# ---- events ---------------------------------------------------------------------------------------------------------


def events(database: Database) -> list[tuple[str, date]]:
    with database.read() as session:
        found = programmes.get(session, "T")
        assert found.id is not None
        return [(event.kind, event.on) for event in newest(session, EventRevision, found.id)]


def test_a_stated_completion_is_proposed_and_recorded_on_the_months_last_day(
    planned: TestClient, database: Database
) -> None:
    rows = changed(changed(changed(JUNE, 1, 5, "已完工"), 2, 5, "预计完工"), 3, 5, "未完工")
    tried = hand_in(planned, month_sheet(6, rows))
    assert [(event["project"], event["kind"], event["on"]) for event in tried["proposed_events"]] == [
        ("A001", "完工", "2023-06-30")
    ]
    assert events(database) == []
    act(planned, tried["id"], "commit")
    assert events(database) == [("完工", date(2023, 6, 30))]
    july = hand_in(planned, month_sheet(7, rows))
    assert july["proposed_events"] == []  # the state holds already


# ---- plan and responsibilities --------------------------------------------------------------------------------------


def plans(database: Database, code: str) -> dict[date, Decimal | None]:
    with database.read() as session:
        found = programmes.get(session, "T")
        project = projects.find(session, found, code)
        assert found.id is not None
        rows = newest(session, PlanRevision, found.id, col(PlanRevision.project_id) == project.id)
        return {row.effective_on: row.annual_investment_wan for row in rows}


def holders(database: Database, code: str, role: str) -> list[tuple[str, date, date | None]]:
    with database.read() as session:
        found = programmes.get(session, "T")
        project = projects.find(session, found, code)
        assert found.id is not None
        rows = newest(session, AssignmentRevision, found.id, col(AssignmentRevision.project_id) == project.id)
        return [(row.holder, row.from_on, row.to_on) for row in rows if row.role == role]


def test_the_plan_sheet_registers_plans_and_assigns_from_the_years_first_day(
    planned: TestClient, database: Database
) -> None:
    assert plans(database, "A001") == {date(2023, 1, 1): Decimal("3600.00")}
    assert holders(database, "A001", "responsible_unit") == [("杨屯镇", date(2023, 1, 1), None)]
    assert holders(database, "A001", "lead_official") == [("张明", date(2023, 1, 1), None)]
    with database.read() as session:
        found = programmes.get(session, "T")
        described = {row.name: row for row in projects.current(session, found)}
    assert described["肉羊养殖"].class_name == FARMING
    assert described["肉羊养殖"].total_investment_wan == Decimal("900.00")


def test_a_later_plan_sheet_asks_from_when_and_keeps_the_original(planned: TestClient, database: Database) -> None:
    tried = hand_in(planned, plan_sheet(changed(PLAN, 1, 4, 4800)), "计划调整.xlsx")
    [question] = tried["questions"]
    assert (question["id"], len(question["choices"])) == ("effective_from", 12)
    act(planned, tried["id"], "answers", answers={"effective_from": "2023-07"})
    act(planned, tried["id"], "commit")
    assert plans(database, "A001") == {date(2023, 1, 1): Decimal("3600.00"), date(2023, 7, 1): Decimal("4800.00")}
    assert plans(database, "A002") == {date(2023, 1, 1): Decimal("12000.00")}
    act(planned, tried["id"], "revert", reason="没有批准")
    assert plans(database, "A001") == {date(2023, 1, 1): Decimal("3600.00")}


def test_a_changed_responsible_unit_takes_over_on_the_day_and_hands_back_when_undone(
    planned: TestClient, database: Database
) -> None:
    sheet = workbook("2023年重点项目责任分解表", ("序号", "项目名称", "责任单位"), [(1, "华丰铝板带技改", "开发区")])
    upload = bring_in(planned, sheet, "责任分解.xlsx", month="2023-05")
    assert holders(database, "A001", "responsible_unit") == [
        ("杨屯镇", date(2023, 1, 1), date(2023, 4, 30)),
        ("开发区", date(2023, 5, 1), None),
    ]
    act(planned, upload, "revert", reason="试")
    assert holders(database, "A001", "responsible_unit") == [("杨屯镇", date(2023, 1, 1), None)]


def test_a_monthly_sheet_that_differs_from_the_plan_is_a_notice_and_changes_no_plan(
    planned: TestClient, database: Database
) -> None:
    headings = (*MONTH_HEADINGS, "年度计划投资", "总投资", "责任单位")
    sheet = month_sheet(6, [(*JUNE[0], 4000, 8000, "开发区")], headings)
    tried = hand_in(planned, sheet)
    found = {fault["code"]: fault["cell"] for row in tried["rows"] for fault in row["faults"]}
    found |= {fault["code"]: fault["cell"] for fault in tried["faults"]}
    assert found == {"plan_changed": "H4", "differs_from_register": "I4"}
    act(planned, tried["id"], "commit")
    assert plans(database, "A001") == {date(2023, 1, 1): Decimal("3600.00")}
    assert holders(database, "A001", "responsible_unit") == [("杨屯镇", date(2023, 1, 1), None)]


def test_a_lone_monthly_sheet_makes_a_programme_that_scores(office: TestClient, database: Database) -> None:
    headings = ("序号", "项目名称", "项目类别", "总投资", "年度计划投资", "累计完成投资", "开工时间", "责任单位")
    sheet = month_sheet(6, [(1, "红日光伏发电", INDUSTRY, 30000, 12000, 4500, "2023年4月", "龙固镇")], headings)
    bring_in(office, sheet, register="true")
    [row] = board(office)
    # From April: 3 of 9 months, 4000 of 12000 due, 4500 done.
    assert (row["score"], row["tie_break"], row["responsible_unit"]) == ("100.00", "1.1250", "龙固镇")
    assert plans(database, "A001") == {date(2023, 1, 1): Decimal("12000.00")}


# ---- undo -----------------------------------------------------------------------------------------------------------


def test_what_was_entered_since_is_kept_and_listed(planned: TestClient, database: Database) -> None:
    upload = bring_in(planned, month_sheet(6, JUNE))
    entry(database, "A001", problems="用电已解决", team_score=Decimal(88))
    undone = act(planned, upload, "revert", reason="试")
    assert [(kept["code"], kept["label"], kept["value"], kept["by"]) for kept in undone["revert_outcome"]["kept"]] == [
        ("A001", "存在问题", "用电已解决", "督查一组王强")
    ]
    record = record_of(database, "A001")
    assert (record.problems, record.team_score, record.reported_ytd_wan) == ("用电已解决", Decimal("88.00"), None)
    assert record.columns == ["problems", "team_score"]
    assert [row["code"] for row in board(planned) if row["score"] is not None] == ["A001"]


def test_what_a_later_sheet_gave_again_stays_when_the_first_is_undone(planned: TestClient, database: Database) -> None:
    first = bring_in(planned, month_sheet(6, JUNE))
    bring_in(planned, month_sheet(6, changed(JUNE, 2, 2, 3100)), "全表更正.xlsx")
    before = board(planned)
    undone = act(planned, first, "revert", reason="旧表作废")
    assert board(planned) == before
    assert undone["revert_outcome"]["restored"] == 0
    assert ("A001", "本年累计完成投资（上报，万元）", "1800") in [
        (kept["code"], kept["label"], kept["value"]) for kept in undone["revert_outcome"]["kept"]
    ]


def test_a_project_that_a_later_sheet_reports_stays_when_its_first_sheet_is_undone(
    planned: TestClient, database: Database
) -> None:
    headings = (*MONTH_HEADINGS, "项目类别", "年度计划投资")
    row = (5, "龙城输变电工程", 100, "基础施工", None, "在建", FARMING, 600)
    first = bring_in(planned, month_sheet(6, [row], headings), register="true")
    bring_in(planned, month_sheet(7, changed([row], 5, 2, 200), headings))
    undone = act(planned, first, "revert", reason="试")
    assert undone["revert_outcome"]["withdrawn"] == 1  # June's record
    [shown] = [row for row in board(planned, "2023-07") if row["code"] == "B003"]
    # July still says the plan of 600: 350 of it is due by July, 200 done: 60 × 200/350 = 34.29 of 60.
    assert (shown["name"], shown["group"], shown["score"]) == ("龙城输变电工程", FARMING, "57.15")


def test_a_project_with_something_entered_by_hand_stays_and_is_listed(planned: TestClient, database: Database) -> None:
    row = (5, "龙城输变电工程", 100, "基础施工", None, "在建", FARMING)
    upload = bring_in(planned, month_sheet(6, [row], (*MONTH_HEADINGS, "项目类别")), register="true")
    entry(database, "B003", "2023-07", team_score=Decimal(90))
    undone = act(planned, upload, "revert", reason="试")
    [kept] = undone["revert_outcome"]["kept"]
    assert (kept["code"], kept["kind"], kept["value"]) == ("B003", "项目", "龙城输变电工程")
    assert [row["code"] for row in board(planned, "2023-07") if row["score"]] == ["B003"]


def test_a_plan_and_a_responsibility_sheet_in_one_workbook_are_one_import(
    office: TestClient, database: Database
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(plan_sheet(PLAN[:2])))
    page = book.create_sheet("责任分解表")
    for row in (
        ["2023年度重点项目责任分解表"],
        ["序号", "项目名称", "班子成员", "服务人员"],
        [1, "华丰铝板带技改", "王强", "赵一、钱二"],
        [2, "红日光伏发电", "孙三", "周四、吴五"],
    ):
        page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    tried = hand_in(office, stream.getvalue(), "计划和责任.xlsx", register="true")
    assert (tried["diff"]["new"], len(tried["registered"])) == (2, 2)
    act(office, tried["id"], "commit")
    staff = holders(database, "A001", "service_staff")
    assert staff == [("赵一", date(2023, 1, 1), None), ("钱二", date(2023, 1, 1), None)]


def test_an_undo_needs_a_reason(planned: TestClient) -> None:
    upload = bring_in(planned, month_sheet(6, JUNE))
    assert act(planned, upload, "revert", expect=400, reason="  ")["message"] == "撤销要写明原因，请填写后再提交。"


def figures(session: Session) -> dict[tuple[int, str], Any]:
    found = programmes.get(session, "T")
    assert found.id is not None
    return {
        (row.project_id, row.month): (row.reported_ytd_wan, row.problems, tuple(row.columns))
        for row in newest(session, InspectionRevision, found.id)
    }


SHEETS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3)),  # of each sheet: the second project's figure, the first's problem
    min_size=1,
    max_size=4,
)


@trying(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheets=SHEETS, order=st.randoms(use_true_random=False))
def test_undoing_every_sheet_in_any_order_leaves_what_stood_before(
    planned: TestClient, database: Database, sheets: list[tuple[int, int]], order: Any
) -> None:
    with database.read() as session:
        before = figures(session)
    committed = []
    for figure, problem in sheets:
        rows = changed(changed(JUNE, 2, 2, 3000 + figure), 1, 4, f"问题{problem}")
        tried = hand_in(planned, month_sheet(6, rows))
        if act(planned, tried["id"], "commit")["state"] == "committed":
            committed.append(tried["id"])
    order.shuffle(committed)
    for upload in committed:
        act(planned, upload, "revert", reason="试")
    with database.read() as session:
        assert figures(session) == before


# ---- history and evidence -------------------------------------------------------------------------------------------


def test_the_history_names_who_did_what_when(planned: TestClient) -> None:
    upload = bring_in(planned, month_sheet(6, JUNE), "6月进展.xlsx")
    act(planned, upload, "revert", reason="传错了表")
    found = planned.get("/api/uploads", params={"programme": "T"}).json()
    assert found["total"] == 2
    latest, plan = found["rows"]
    assert (latest["id"], latest["file"], latest["month"], latest["state"]) == (
        upload,
        "6月进展.xlsx",
        "2023-06",
        "reverted",
    )
    assert (latest["uploaded_by"], latest["committed_by"], latest["reverted_by"]) == ("张三", "张三", "张三")
    assert (latest["revert_reason"], latest["waiting_for"]) == ("传错了表", None)
    assert (plan["spec"], plan["month"], plan["counts"]["registered"]) == ("annual_plan", None, 4)


def test_the_original_file_comes_back_byte_for_byte_under_its_chinese_name(planned: TestClient) -> None:
    content = month_sheet(6, JUNE)
    tried = hand_in(planned, content, '../6月"进展;表\r\n.xlsx')
    answer = planned.get(f"/api/uploads/{tried['id']}/file")
    assert answer.content == content
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"file.xlsx\"; filename*=UTF-8''6%E6%9C%88")
    assert "\r" not in disposition and "/" not in disposition and tried["file"].startswith("6月")


def test_an_unknown_upload_is_404(planned: TestClient) -> None:
    assert planned.get("/api/uploads/999").json()["message"] == "没有编号为999的导入记录，请核对编号。"


def test_history_may_be_loaded_with_its_own_instants(database: Database) -> None:
    founded, handed_in = datetime(2023, 1, 5, tzinfo=UTC), datetime(2023, 6, 26, 1, tzinfo=UTC)
    with database.write() as session:
        programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING], at=founded)
    for content, at in ((plan_sheet(), datetime(2023, 1, 10, tzinfo=UTC)), (month_sheet(6, JUNE), handed_in)):
        done = service.import_workbook(database, Actor.command("张三"), "T", "表.xlsx", content, register=True, at=at)
        assert done["state"] == "committed"
    with database.read() as session:
        upload = session.get_one(Upload, done["upload"])
        last = session.exec(select(AuditEntry).order_by(col(AuditEntry.number).desc())).first()
    assert last is not None
    assert (upload.uploaded_at, upload.committed_at, last.at) == (handed_in, handed_in, handed_in)
    assert record_of(database, "A001").recorded_at == handed_in
