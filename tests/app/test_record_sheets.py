"""The teams' score sheet and the record of visits (督查评分表、帮扶记录表): kept as facts, undone like any sheet."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.audit.service import Actor
from app.database import Database
from app.inspections import service as inspections
from app.inspections.models import InspectionRevision, ServiceScoreRevision
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects import service as projects
from app.settings import Settings
from app.support import service as support
from app.support.models import VisitRevision
from tests.app.sheets import JUNE, MONTH_HEADINGS, changed, month_sheet, workbook

ClientAs = Callable[..., TestClient]

SCORE_HEADINGS = (
    "序号",
    "项目名称",
    "督查组",
    "投资完成（60分）",
    "形象进度得分",
    "得分",
    "跟踪服务",
    "推进速度",
    "节点评定",
    "督查发现问题",
)
SCORES = (
    (1, "华丰铝板带技改", "督查一组", 55, 30.5, 88, 18, 17, "基本达到", "用电紧张"),
    (2, "红日光伏发电", "督查一组", 28, 20, None, 15, None, None, None),
)
VISIT_HEADINGS = ("序号", "项目名称", "挂钩部门", "帮扶时间", "帮扶人员", "帮扶内容", "帮扶成效", "佐证材料")
VISITS = (
    (1, "华丰铝板带技改", "发改委", "2023年6月5日", "王一、李二", "协调用电增容", "已增容", "照片3张"),
    (2, "华丰铝板带技改", "发改委", "2023年6月20日", "王一", "协调用地", None, None),
    (3, "红日光伏发电", "工信局", "2023-06-20", "赵四", "对接并网", "正在办理", "会议纪要"),
)


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


@pytest.fixture
def office(client_as: ClientAs) -> TestClient:
    return client_as("office", "张三")


def score_sheet(rows: Any = SCORES, headings: Any = SCORE_HEADINGS) -> bytes:
    return workbook("2023年6月重点项目督查评分表", headings, rows, "督查评分")


def visit_sheet(rows: Any = VISITS, headings: Any = VISIT_HEADINGS, title: str = "2023年6月挂钩帮扶记录表") -> bytes:
    return workbook(title, headings, rows, "帮扶记录")


def hand_in(client: TestClient, content: bytes, *, expect: int = 201) -> dict[str, Any]:
    answer = client.post("/api/uploads", data={"programme": "T"}, files={"file": ("表.xlsx", content)})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(client: TestClient, upload: int, deed: str, *, expect: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/uploads/{upload}/{deed}", json=body)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bring_in(client: TestClient, content: bytes) -> int:
    tried = hand_in(client, content)
    assert tried["questions"] == []
    act(client, tried["id"], "commit")
    upload: int = tried["id"]
    return upload


def record_of(database: Database, code: str) -> InspectionRevision | None:
    with database.read() as session:
        found = programmes.get(session, "T")
        project = projects.find(session, found, code)
        assert project.id is not None
        return next(iter(inspections.records_of(session, found, project.id)), None)


def services(database: Database) -> dict[str, ServiceScoreRevision]:
    """By project's code."""
    with database.read() as session:
        found = programmes.get(session, "T")
        codes = projects.codes(session, found)
        return {codes[row.project_id]: row for row in inspections.service_scores(session, found)}


def visits(database: Database) -> list[VisitRevision]:
    with database.read() as session:
        return list(support.visits_of(session, programmes.get(session, "T")))


def receipt(client: TestClient, database: Database, code: str) -> Any:
    with database.read() as session:
        project = projects.find(session, programmes.get(session, "T"), code)
    found = client.get(f"/api/projects/{project.id}/receipt", params={"period": "2023-06"})
    assert found.status_code == 200, found.text
    return found.json()["quarters"][-1]["months"][-1]


# ---- 督查评分表 -----------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_score_sheet_is_the_teams_entry_with_its_points_by_indicator(office: TestClient, database: Database) -> None:
    bring_in(office, month_sheet(6, JUNE))
    tried = hand_in(office, score_sheet())
    assert (tried["spec"], tried["month"], tried["decision"]) == ("team_scores", "2023-06", "accept")
    assert tried["part"]["label"] == "本表只含督查一组的重大工业和服务业项目"
    assert (tried["missing_projects"], tried["diff"]["changed"]) == ([], 2)
    act(office, tried["id"], "commit")
    record = record_of(database, "A001")
    assert record is not None
    assert (record.team_score, record.sheet_score, record.team) == (Decimal("88.00"), None, "督查一组")
    assert record.indicator_points == {"投资完成": "55.00", "形象进度": "30.50"}
    assert (record.node_judgement, record.problems) == ("基本达到", "用电紧张")
    assert record.reported_ytd_wan == Decimal("1800.00")  # the town's figure stays
    cell = {"upload": tried["id"], "sheet": "督查评分"}
    assert record.provenance["team_score"] == {**cell, "cell": "F4"}
    assert record.provenance["indicator_points.投资完成"] == {**cell, "cell": "D4"}
    assert record.provenance["indicator_points.形象进度"] == {**cell, "cell": "E4"}
    given = services(database)
    assert (given["A001"].tracking_service_points, given["A001"].progress_speed_points) == (Decimal(18), Decimal(17))
    assert (given["A002"].tracking_service_points, given["A002"].progress_speed_points) == (Decimal(15), None)
    assert given["A001"].provenance["tracking_service_points"] == {**cell, "cell": "G4"}


def test_points_of_every_indicator_are_the_score_and_the_receipt_names_their_cells(
    office: TestClient, database: Database
) -> None:
    upload = bring_in(office, score_sheet())
    # 红日光伏发电 has no score of its own: 28 of 60 and 20 of 40 are 48 of 100.
    month = receipt(office, database, "A002")
    assert (month["score"], month["source"]) == ("48.00", "team")
    lines = [(line["name"], line["points"], line["cells"][0]) for line in month["indicators"]]
    assert [(name, points, cell["upload"], cell["cell"]) for name, points, cell in lines] == [
        ("投资完成", "28.00", upload, "D5"),
        ("形象进度", "20.00", upload, "E5"),
    ]
    assert receipt(office, database, "A001")["score"] == "88.00"  # the team's score stands above its points


def test_a_score_sheet_undone_leaves_what_stood_before(office: TestClient, database: Database) -> None:
    bring_in(office, month_sheet(6, JUNE))
    before = record_of(database, "A001")
    first = bring_in(office, score_sheet())
    second = bring_in(office, score_sheet(changed(SCORES, 1, 3, 50)))
    record = record_of(database, "A001")
    assert record is not None and record.indicator_points == {"投资完成": "50.00", "形象进度": "30.50"}
    act(office, second, "revert", reason="试")
    record = record_of(database, "A001")
    assert record is not None and record.indicator_points == {"投资完成": "55.00", "形象进度": "30.50"}
    assert record.provenance["indicator_points.投资完成"]["upload"] == first
    act(office, first, "revert", reason="试")
    record = record_of(database, "A001")
    assert record is not None and before is not None
    assert (record.indicator_points, record.team_score, record.columns) == ({}, None, before.columns)
    assert services(database) == {}


def test_the_first_score_sheet_may_be_undone_while_a_later_one_stays(office: TestClient, database: Database) -> None:
    first = bring_in(office, score_sheet())
    headings = ("序号", "项目名称", "形象进度得分")
    bring_in(office, score_sheet([(1, "华丰铝板带技改", 35)], headings))
    undone = act(office, first, "revert", reason="试")
    record = record_of(database, "A001")
    assert record is not None
    assert (record.indicator_points, record.columns) == ({"形象进度": "35.00"}, ["indicator_points.形象进度"])
    assert [(kept["label"], kept["value"]) for kept in undone["revert_outcome"]["kept"]] == [
        ("督查组评分（形象进度）", "35.00")
    ]


def test_only_what_differs_is_shown_of_a_second_score_sheet(office: TestClient) -> None:
    bring_in(office, score_sheet())
    again = hand_in(office, score_sheet())
    assert (again["diff"], act(office, again["id"], "commit")["state"]) == (
        {"new": 0, "changed": 0, "same": 2, "missing": 0},
        "unchanged",
    )
    tried = hand_in(office, score_sheet(changed(changed(SCORES, 1, 4, 32), 2, 6, 16)))
    assert [(one["code"], one["field"], one["label"], one["old"], one["new"]) for one in tried["changes"]] == [
        ("A001", "indicator_points.形象进度", "督查组评分（形象进度）", "30.50", "32.00"),
        ("A002", "tracking_service_points", "跟踪服务得分", "15", "16"),
    ]


def test_points_beyond_the_full_marks_are_asked_about(office: TestClient, database: Database) -> None:
    tried = hand_in(office, score_sheet(changed(SCORES, 1, 3, 65)))
    [question] = tried["questions"]
    assert (question["id"], question["message"]) == (
        "points_range:督查评分!D4",
        "督查评分!D4 投资完成（60分）“65”不在0至60分之间，请选定。",
    )
    assert [choice["label"] for choice in question["choices"]] == ["按60分", "不采用，按未填处理"]
    act(office, tried["id"], "answers", answers={question["id"]: "as_written"})
    act(office, tried["id"], "commit")
    record = record_of(database, "A001")
    assert record is not None and record.indicator_points["投资完成"] == "60.00"


def test_an_indicator_the_rule_book_does_not_have_is_said_and_not_kept(office: TestClient, database: Database) -> None:
    headings = ("序号", "项目名称", "投资得分", "安全生产得分", "形象进度（50分）")
    tried = hand_in(office, score_sheet([(1, "华丰铝板带技改", 40, 9, 30)], headings))
    assert {fault["code"]: fault["cell"] for fault in tried["faults"]} == {
        "unknown_indicator": "D4",
        "full_marks_differ": "E4",
    }
    act(office, tried["id"], "commit")
    record = record_of(database, "A001")
    assert record is not None and record.indicator_points == {"投资完成": "40.00", "形象进度": "30.00"}


def test_a_blank_over_points_is_asked(office: TestClient, database: Database) -> None:
    bring_in(office, score_sheet())
    tried = hand_in(office, score_sheet(changed(SCORES, 1, 4, None)))
    [question] = tried["questions"]
    assert "督查评分!E4（华丰铝板带技改 督查组评分（形象进度），已有30.50）" in question["message"]
    act(office, tried["id"], "answers", answers={"blank_over_value": "clear"})
    act(office, tried["id"], "commit")
    record = record_of(database, "A001")
    assert record is not None and record.indicator_points == {"投资完成": "55.00"}


def test_a_locked_month_takes_no_score_sheet(office: TestClient, database: Database) -> None:
    upload = bring_in(office, score_sheet())
    with database.write() as session:
        programmes.set_lock(programmes.begin_change(session, "T", Actor.command()), "2023Q2", True)
    tried = hand_in(office, score_sheet(changed(SCORES, 2, 6, 16)))  # 跟踪服务 alone
    assert act(office, tried["id"], "commit", expect=409)["code"] == "period_locked"
    assert act(office, upload, "revert", expect=409, reason="试")["code"] == "period_locked"


def test_the_monthly_sheet_keeps_its_score_column_as_the_sheets(office: TestClient, database: Database) -> None:
    headings = ("序号", "项目名称", "累计完成投资", "得分")
    bring_in(office, workbook("2023年6月进展情况表", headings, [(1, "华丰铝板带技改", 1800, 91)], "6月"))
    record = record_of(database, "A001")
    assert record is not None and (record.sheet_score, record.team_score) == (Decimal("91.00"), None)


# ---- 帮扶记录表 -----------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_each_line_of_the_record_is_a_visit(office: TestClient, database: Database) -> None:
    with database.write() as session:
        found = programmes.get(session, "T")
        office_unit = organisations.ensure_unit(session, found.organisation_id, "发改委")
    tried = hand_in(office, visit_sheet())
    assert (tried["spec"], tried["decision"], tried["questions"]) == ("support_visits", "accept", [])
    assert (tried["diff"]["new"], tried["part"], tried["missing_projects"]) == (3, None, [])
    act(office, tried["id"], "commit")
    first, second, third = visits(database)
    assert (first.department, first.visited_on, first.precision) == ("发改委", date(2023, 6, 5), "day")
    assert (first.visitors, first.work_done, first.outcome, first.evidence) == (
        "王一、李二",
        "协调用电增容",
        "已增容",
        "照片3张",
    )
    assert (first.unit_id, third.unit_id) == (office_unit.id, None)
    assert (second.visited_on, second.outcome, third.department) == (date(2023, 6, 20), "", "工信局")
    cell = {"upload": tried["id"], "sheet": "帮扶记录"}
    assert first.provenance["visited_on"] == {**cell, "cell": "D4"}
    assert third.provenance["work_done"] == {**cell, "cell": "F6"}
    again = hand_in(office, visit_sheet())
    assert again["diff"] == {"new": 0, "changed": 0, "same": 3, "missing": 0}
    act(office, tried["id"], "revert", reason="试")
    assert visits(database) == []
    assert record_of(database, "A001") is None  # a visit is no record of the month


def test_the_projects_page_shows_its_visits_and_service_scores_with_their_cells(
    office: TestClient, database: Database
) -> None:
    scored, visited = bring_in(office, score_sheet()), bring_in(office, visit_sheet())
    with database.read() as session:
        project = projects.find(session, programmes.get(session, "T"), "A001")
    shown = office.get(f"/api/projects/{project.id}", params={"month": "2023-06"}).json()
    assert [(visit["department"], visit["visited_on"], visit["work_done"]) for visit in shown["visits"]] == [
        ("发改委", "2023-06-05", "协调用电增容"),
        ("发改委", "2023-06-20", "协调用地"),
    ]
    origin = shown["visits"][0]["provenance"]["work_done"]
    assert (origin["upload"], origin["cell"], origin["uploader"]) == (visited, "F4", "张三")
    [service] = shown["service_scores"]
    assert (service["month"], service["tracking_service_points"], service["progress_speed_points"]) == (
        "2023-06",
        "18.00",
        "17.00",
    )
    origin = service["provenance"]["progress_speed_points"]
    assert (origin["upload"], origin["sheet"], origin["cell"]) == (scored, "督查评分", "H4")


def test_two_visits_of_one_day_are_two_and_an_equal_line_is_none(office: TestClient, database: Database) -> None:
    rows = [VISITS[0], (2, *VISITS[0][1:5], "再次协调", None, None), (3, *VISITS[0][1:])]
    bring_in(office, visit_sheet(rows))
    assert [(visit.number, visit.work_done) for visit in visits(database)] == [(1, "协调用电增容"), (2, "再次协调")]


def test_a_corrected_visit_shows_what_changed_and_comes_back_when_undone(
    office: TestClient, database: Database
) -> None:
    bring_in(office, visit_sheet())
    tried = hand_in(office, visit_sheet(changed(VISITS, 3, 6, "已并网")))
    assert [(one["code"], one["label"], one["old"], one["new"]) for one in tried["changes"]] == [
        ("A002", "帮扶成效", "正在办理", "已并网")
    ]
    act(office, tried["id"], "commit")
    assert visits(database)[2].outcome == "已并网"
    act(office, tried["id"], "revert", reason="试")
    assert visits(database)[2].outcome == "正在办理"


def test_a_visit_without_a_day_is_of_the_sheets_month_or_asked_about(office: TestClient, database: Database) -> None:
    rows = changed(VISITS, 2, 3, None)
    tried = hand_in(office, visit_sheet(rows))
    assert [fault["code"] for fault in tried["faults"]] == ["visit_without_day"]
    act(office, tried["id"], "commit")
    first = visits(database)[0]
    assert (first.visited_on, first.precision) == (date(2023, 6, 1), "month")
    asked = hand_in(office, visit_sheet(rows, title="挂钩帮扶记录表"))
    [question] = asked["questions"]
    assert (question["code"], question["row"]) == ("visit_incomplete", 5)
    assert question["message"].endswith(
        "没有能采用的帮扶时间，表里也没有写月份，请补填后重新上传，或选定不导入这一行。"
    )
    answered = act(office, asked["id"], "answers", answers={question["id"]: "skip"})
    assert (answered["questions"], answered["diff"]["same"]) == ([], 2)


def test_a_visit_of_another_year_is_asked_about(office: TestClient) -> None:
    [question] = hand_in(office, visit_sheet(changed(VISITS, 1, 3, "2022年6月5日")))["questions"]
    assert "的帮扶时间“2022年6月5日”不在2023年度内" in question["message"]


def test_a_visit_without_a_department_is_of_the_paired_one(office: TestClient, database: Database) -> None:
    rows = changed(VISITS, 1, 2, None)
    [question] = hand_in(office, visit_sheet(rows))["questions"]
    assert "没有写明帮扶部门，项目也没有登记挂钩部门" in question["message"]
    pairing = workbook("2023年责任分解表", ("序号", "项目名称", "挂钩部门"), [(1, "华丰铝板带技改", "统计局")])
    bring_in(office, pairing)
    tried = hand_in(office, visit_sheet(rows))
    [fault] = tried["faults"]
    assert fault["message"] == "帮扶记录第4行“华丰铝板带技改”没有写明帮扶部门，按登记的统计局。"
    act(office, tried["id"], "commit")
    assert [visit.department for visit in visits(database)] == ["统计局", "发改委", "工信局"]


def test_a_visit_to_an_unknown_project_is_asked_and_never_registers_one(office: TestClient, database: Database) -> None:
    tried = hand_in(office, visit_sheet(changed(VISITS, 3, 1, "红日光伏发电（一期）")))
    [question] = tried["questions"]
    assert [choice["value"] for choice in question["choices"]] == ["A002", "skip"]
    act(office, tried["id"], "answers", answers={question["id"]: "A002"})
    act(office, tried["id"], "commit")
    assert [visit.department for visit in visits(database)] == ["发改委", "发改委", "工信局"]


def test_visits_of_a_locked_month_stay_as_they_are(office: TestClient, database: Database) -> None:
    with database.write() as session:
        programmes.set_lock(programmes.begin_change(session, "T", Actor.command()), "2023-06", True)
    tried = hand_in(office, visit_sheet())
    assert [fault["code"] for fault in tried["faults"]] == ["period_locked"]
    assert act(office, tried["id"], "commit", expect=409)["code"] == "period_locked"


# ---- parts, and several at once -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "label", "missing"),
    [
        ((2, 4), "本表只含龙固镇", []),  # both of the town's projects, of two classes
        ((2,), "本表只含龙固镇的重大工业和服务业项目", []),
        ((1, 2), "本表只含重大工业和服务业项目", []),
        ((1, 2, 3), None, ["猕猴桃种植园"]),
        ((1, 2, 3, 4), None, []),
    ],
    ids=["a town", "a town's one class", "a class", "most of all", "all"],
)
def test_a_partial_sheet_misses_nobody_elses_projects(
    office: TestClient, numbers: tuple[int, ...], label: str | None, missing: list[str]
) -> None:
    tried = hand_in(office, month_sheet(6, [row for row in JUNE if row[0] in numbers]))
    assert (tried["part"] and tried["part"]["label"]) == label
    assert [project["name"] for project in tried["missing_projects"]] == missing


def test_a_units_own_sheet_misses_the_units_other_projects(client_as: ClientAs) -> None:
    town = client_as("unit", unit="龙固镇")
    tried = hand_in(town, month_sheet(6, [JUNE[1]]))
    assert (tried["part"]["label"], [project["code"] for project in tried["missing_projects"]]) == (
        "本表只含龙固镇",
        ["B002"],
    )


def test_several_files_at_once_have_a_result_each(office: TestClient) -> None:
    sheets = [
        ("杨屯镇.xlsx", month_sheet(6, [JUNE[0]])),
        ("说明.txt", "请各镇按时报送".encode()),
        ("龙固镇.xlsx", month_sheet(6, [JUNE[1], JUNE[3]])),
    ]
    answer = office.post("/api/uploads", data={"programme": "T"}, files=[("file", sheet) for sheet in sheets])
    assert answer.status_code == 201
    found = answer.json()
    assert (found["total"], found["kept"]) == (3, 2)
    assert [(row["file"], row["status"]) for row in found["rows"]] == [
        ("杨屯镇.xlsx", 201),
        ("说明.txt", 400),
        ("龙固镇.xlsx", 201),
    ]
    assert found["rows"][1]["upload"] is None and found["rows"][1]["error"]["detail"]["decision"] == "refuse"
    for row in (found["rows"][0], found["rows"][2]):
        assert act(office, row["upload"]["id"], "commit")["state"] == "committed"


def test_several_files_of_which_none_can_be_kept_are_refused(office: TestClient) -> None:
    files = [("file", (name, b"no sheet")) for name in ("一.xlsx", "二.xlsx")]
    answer = office.post("/api/uploads", data={"programme": "T"}, files=files)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("2个文件都没有接收：")
    assert [row["file"] for row in answer.json()["detail"]["rows"]] == ["一.xlsx", "二.xlsx"]
    many = [("file", (f"{number}.xlsx", b"no sheet")) for number in range(21)]
    refused = office.post("/api/uploads", data={"programme": "T"}, files=many)
    assert refused.json()["message"] == "一次最多上传20个文件，这次有21个，请分几次上传。"


def test_the_remarks_of_a_plan_are_the_projects_and_those_of_a_month_the_records(
    office: TestClient, database: Database
) -> None:
    plan = workbook(
        "2023年度重点项目计划表", ("序号", "项目名称", "年度计划投资", "备注"), [(1, "华丰铝板带技改", 3600, "省重点")]
    )
    bring_in(office, plan)
    bring_in(office, month_sheet(6, [(*JUNE[0], "本月停电")], (*MONTH_HEADINGS, "备注")))
    with database.read() as session:
        described = {row.name: row for row in projects.current(session, programmes.get(session, "T"))}
    record = record_of(database, "A001")
    assert (described["华丰铝板带技改"].remarks, record and record.remarks) == ("省重点", "本月停电")
