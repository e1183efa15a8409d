"""What units file themselves (单位报送): it counts nowhere until the office takes it; who has filed and who has not."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, func, select
from starlette.testclient import TestClient

from app.audit import service as audit
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.evidence.models import StoredFile
from app.inspections import service as inspections
from app.inspections.models import InspectionRevision
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects import service as projects
from app.settings import Settings
from app.uploads.models import Upload
from tests.app.sheets import JUNE, MONTH_HEADINGS, changed, month_sheet, plan_sheet

ClientAs = Callable[..., TestClient]
LONGGU = [JUNE[1], JUNE[3]]  # 龙固镇 answers for 红日光伏发电 and 猕猴桃种植园


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


@pytest.fixture
def office(client_as: ClientAs) -> TestClient:
    return client_as("office", "张三")


@pytest.fixture
def town(client_as: ClientAs) -> TestClient:
    return client_as("unit", "龙固镇经办", unit="龙固镇")


def hand_in(client: TestClient, content: bytes, name: str = "月报.xlsx", *, expect: int = 201) -> dict[str, Any]:
    answer = client.post("/api/uploads", data={"programme": "T"}, files={"file": (name, content)})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def act(client: TestClient, upload: int, deed: str, *, expect: int = 200, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/uploads/{upload}/{deed}", json=body)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fill_in(client: TestClient, *rows: dict[str, Any], month: str = "2023-06", expect: int = 201) -> dict[str, Any]:
    answer = client.post("/api/uploads/form", json={"programme": "T", "month": month, "rows": list(rows)})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def record_of(database: Database, code: str, month: str = "2023-06") -> InspectionRevision | None:
    with database.read() as session:
        found = programmes.get(session, "T")
        project = projects.find(session, found, code)
        assert project.id is not None
        records = inspections.records_of(session, found, project.id)
        return next((row for row in records if row.month == month), None)


def board(client: TestClient, month: str = "2023-06") -> dict[str, Any]:
    answer = client.get("/api/uploads/board", params={"programme": "T", "month": month})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(client: TestClient) -> dict[str, tuple[int, int, int, int, int]]:
    """By unit: 应报, 已报, 待审核, 退回, 未报."""
    return {
        row["unit"]: (row["due"], row["filed"], row["submitted"], row["returned"], row["missing"])
        for row in board(client)["rows"]
    }


# ---- the way of a submission ----------------------------------------------------------------------------------------


@pytest.mark.database
def test_what_a_unit_files_counts_once_the_office_has_taken_it(
    town: TestClient, office: TestClient, database: Database
) -> None:
    filed = hand_in(town, month_sheet(6, LONGGU), "龙固6月.xlsx")
    assert (filed["state"], filed["state_label"], filed["filer"]) == ("submitted", "已报送，待办公室审核", "龙固镇")
    assert (filed["waiting_for"], filed["actions"]) == ("待办公室审核", ["answer", "discard"])
    assert filed["diff"] == {"new": 2, "changed": 0, "same": 0, "missing": 0}
    assert record_of(database, "A002") is None
    seen = office.get(f"/api/uploads/{filed['id']}").json()
    assert seen["actions"] == ["answer", "accept", "return", "hand_over"]
    done = act(office, filed["id"], "accept")
    assert (done["state"], done["committed_by"], done["uploaded_by"]) == ("committed", "张三", "龙固镇经办")
    record = record_of(database, "A002")
    assert record is not None and record.reported_ytd_wan == Decimal("3000.00")
    assert record.provenance["reported_ytd_wan"] == {"upload": filed["id"], "sheet": "6月", "cell": "C4"}
    with database.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.target == f"upload {filed['id']}")).all()
        assert [(entry.action, entry.actor_name) for entry in entries] == [
            ("upload.submit", "龙固镇经办"),
            ("upload.accept", "张三"),
        ]
        assert audit.verify(session) == []


def test_a_submission_is_given_back_with_a_reason_and_filed_again(
    town: TestClient, office: TestClient, database: Database
) -> None:
    filed = hand_in(town, month_sheet(6, LONGGU))
    assert act(office, filed["id"], "return", expect=400, reason=" ")["message"].startswith("退回要写明原因")
    back = act(office, filed["id"], "return", reason="红日光伏的投资与现场不符")
    assert (back["state"], back["return_reason"], back["returned_by"]) == (
        "returned",
        "红日光伏的投资与现场不符",
        "张三",
    )
    seen = town.get(f"/api/uploads/{filed['id']}").json()
    assert (seen["return_reason"], seen["waiting_for"]) == ("红日光伏的投资与现场不符", "待龙固镇重新报送")
    refused = act(office, filed["id"], "accept", expect=409)
    assert refused["message"].startswith("张三已于20") and refused["message"].endswith("退回这张表，请等单位重新报送。")
    again = hand_in(town, month_sheet(6, changed(LONGGU, 2, 2, 2900)))
    act(office, again["id"], "accept")
    record = record_of(database, "A002")
    assert record is not None and record.reported_ytd_wan == Decimal("2900.00")


def test_a_submission_with_questions_waits_for_the_unit_or_the_office(town: TestClient, office: TestClient) -> None:
    filed = hand_in(town, month_sheet(6, changed(LONGGU, 2, 1, "红日光伏发电（一期）")))
    [question] = filed["questions"]
    # Only its own projects are offered, and it registers none.
    assert [choice["value"] for choice in question["choices"]] == ["A002", "skip"]
    assert filed["waiting_for"] == "待龙固镇或办公室答复1个问题"
    assert act(office, filed["id"], "accept", expect=409)["code"] == "unanswered"
    answered = act(town, filed["id"], "answers", answers={question["id"]: "A002"})
    assert (answered["questions"], answered["waiting_for"]) == ([], "待办公室审核")
    assert act(office, filed["id"], "accept")["state"] == "committed"


def test_rows_of_other_units_projects_are_refused_by_name(town: TestClient, database: Database) -> None:
    refused = hand_in(town, month_sheet(6, JUNE), expect=400)
    assert refused["message"] == (
        "6月第4行“华丰铝板带技改”、第6行“肉羊养殖”不是龙固镇的责任项目，单位只能报送自己的项目，请删去后重新上传。"
    )
    assert refused["detail"]["decision"] == "refuse"
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(Upload)).one() == 1  # the plan


def test_a_unit_answers_for_what_is_its_own_on_the_months_last_day(town: TestClient, database: Database) -> None:
    """红日光伏发电 passes to 开发区 on 1 June: June's figures are no longer 龙固镇's, May's still are."""
    with database.write() as session:
        change = programmes.begin_change(session, "T", Actor.command())
        project = projects.find(session, change.programme, "A002")
        assert project.id is not None
        on = datetime(2023, 6, 1, tzinfo=UTC).date()
        projects.replace_assignment(change, project.id, "responsible_unit", [projects.Holder("开发区")], on=on)
    assert "第4行“红日光伏发电”不是龙固镇的责任项目" in hand_in(town, month_sheet(6, LONGGU), expect=400)["message"]
    assert hand_in(town, month_sheet(5, LONGGU))["state"] == "submitted"


def test_an_alias_of_the_unit_is_the_unit(client_as: ClientAs, database: Database) -> None:
    with database.write() as session:
        found = programmes.get(session, "T")
        unit = organisations.ensure_unit(session, found.organisation_id, "龙固工业园区")
        organisations.add_alias(session, unit, "龙固镇")
    town = client_as("unit", unit="龙固工业园区")
    assert hand_in(town, month_sheet(6, LONGGU))["filer"] == "龙固工业园区"


def test_a_unit_cannot_score_verify_or_plan_itself(town: TestClient, office: TestClient, database: Database) -> None:
    headings = (*MONTH_HEADINGS, "得分", "督查核实投资", "年度计划投资", "包挂领导", "督查情况")
    filed = hand_in(town, month_sheet(6, [(*JUNE[1], 99, 2500, 12500, "王五", "免考")], headings))
    left_out = [fault["heading"] for fault in filed["faults"] if fault["code"] == "not_the_units"]
    assert left_out == ["得分", "督查核实投资", "督查情况"]
    act(office, filed["id"], "accept")
    record = record_of(database, "A002")
    assert record is not None
    assert (record.sheet_score, record.verified_ytd_wan, record.declaration) == (None, None, "")
    assert record.reported_ytd_wan == Decimal("3000.00")
    assert not {"sheet_score", "verified_ytd_wan", "declaration"} & set(record.columns)


def test_a_unit_files_monthly_sheets_alone(town: TestClient) -> None:
    refused = hand_in(town, plan_sheet(), expect=400)
    assert refused["message"] == "单位只能报送月度进展表，其他表请交办公室导入。"


def test_a_unit_neither_takes_nor_returns_nor_reverts(town: TestClient, office: TestClient) -> None:
    filed = hand_in(town, month_sheet(6, LONGGU))
    deeds: dict[str, dict[str, str]] = {
        "accept": {},
        "commit": {},
        "return": {"reason": "试"},
        "revert": {"reason": "试"},
        "hand-over": {"to": "张三"},
    }
    for deed, body in deeds.items():
        assert act(town, filed["id"], deed, expect=403, **body)["code"] == "forbidden"


def test_another_units_uploads_are_not_there(town: TestClient, client_as: ClientAs, office: TestClient) -> None:
    neighbour = client_as("unit", unit="杨屯镇")
    filed = hand_in(town, month_sheet(6, LONGGU))
    mine = hand_in(office, month_sheet(6, JUNE))
    for upload in (filed["id"], mine["id"]):
        for path in (f"/api/uploads/{upload}", f"/api/uploads/{upload}/file"):
            assert neighbour.get(path).status_code == 404
        assert act(neighbour, upload, "answers", expect=404, answers={})["code"] == "not_found"
        assert act(neighbour, upload, "discard", expect=404)["code"] == "not_found"
    assert neighbour.get("/api/uploads", params={"programme": "T"}).json() == {"rows": [], "total": 0}
    assert [row["id"] for row in town.get("/api/uploads", params={"programme": "T"}).json()["rows"]] == [filed["id"]]
    assert town.get(f"/api/uploads/{filed['id']}/file").status_code == 200


def test_two_of_the_office_taking_one_submission_take_it_once(
    town: TestClient, office: TestClient, client_as: ClientAs
) -> None:
    colleague = client_as("office", "李四")
    filed = hand_in(town, month_sheet(6, LONGGU))
    act(colleague, filed["id"], "accept")
    refused = act(office, filed["id"], "accept", expect=409)
    assert refused["message"].startswith("李四已于20") and refused["message"].endswith("不需要再确认。")
    assert "采用" not in act(office, filed["id"], "return", expect=409, reason="试")["message"]


def test_a_locked_month_takes_no_submission(town: TestClient, office: TestClient, database: Database) -> None:
    with database.write() as session:
        programmes.set_lock(programmes.begin_change(session, "T", Actor.command()), "2023-06", True)
    filed = hand_in(town, month_sheet(6, LONGGU))
    assert [fault["code"] for fault in filed["faults"]] == ["period_locked"]
    assert act(office, filed["id"], "accept", expect=409)["code"] == "period_locked"


def test_a_unit_takes_its_own_submission_back(town: TestClient, office: TestClient) -> None:
    filed = hand_in(town, month_sheet(6, LONGGU))
    assert act(office, filed["id"], "discard", expect=409)["message"].startswith("这是单位报送的表")
    gone = act(town, filed["id"], "discard")
    assert (gone["state"], gone["discarded_by"], gone["sha256"]) == ("discarded", "龙固镇经办", None)
    assert act(office, filed["id"], "accept", expect=409)["message"].endswith("放弃这张表，如需导入请重新上传。")


# ---- filled in on screen --------------------------------------------------------------------------------------------


@pytest.mark.database
def test_figures_typed_on_screen_go_the_way_of_a_sheet(
    town: TestClient, office: TestClient, database: Database
) -> None:
    filed = fill_in(
        town,
        {
            "project": "A002",
            "reported_ytd_wan": "３,０００",
            "physical_progress": "桩基施工，完成30%",
            "problems": None,
        },
        {"project": "猕猴桃种植园", "reported_ytd_wan": 600, "physical_progress": "大棚搭建", "problems": "缺水"},
    )
    assert (filed["kind"], filed["state"], filed["file"]) == ("form", "submitted", "6月网页填报.json")
    assert filed["diff"] == {"new": 2, "changed": 0, "same": 0, "missing": 0}
    act(office, filed["id"], "accept")
    record, other = record_of(database, "A002"), record_of(database, "B002")
    assert record is not None and other is not None
    assert (record.reported_ytd_wan, record.problems) == (Decimal("3000.00"), "")
    assert (other.reported_ytd_wan, other.problems) == (Decimal("600.00"), "缺水")
    assert record.provenance["reported_ytd_wan"] == {"entry": "龙固镇经办"}
    assert record.raw == {"reported_ytd_wan": "３,０００"}
    assert act(office, filed["id"], "revert", reason="试")["revert_outcome"]["withdrawn"] == 2
    assert record_of(database, "A002") is None


def test_a_typed_value_has_the_faults_that_a_cell_would_have(town: TestClient) -> None:
    refused = fill_in(town, {"project": "A002", "reported_ytd_wan": "三千多一点儿吧"}, expect=400)
    assert refused["message"].startswith(
        "网页填报第1行“红日光伏发电”本年累计完成投资（上报，万元）“三千多一点儿吧”不是"
    )
    about = fill_in(town, {"project": "A002", "reported_ytd_wan": "约3000"})
    [fault] = about["rows"][0]["faults"]
    assert (fault["severity"], fault["raw"]) == ("notice", "约3000")
    assert "progress" not in about["rows"][0]


def test_a_blank_over_a_figure_is_asked_on_screen_too(office: TestClient) -> None:
    first = fill_in(office, {"project": "A001", "reported_ytd_wan": "1800"})
    assert first["state"] == "tried"
    act(office, first["id"], "commit")
    [question] = fill_in(office, {"project": "A001", "reported_ytd_wan": ""})["questions"]
    assert question["id"] == "blank_over_value"


@pytest.mark.parametrize(
    ("row", "status", "message"),
    [
        ({"project": "A001", "reported_ytd_wan": "1"}, 404, "没有编号或名称为“A001”的项目"),
        ({"project": "A002", "verified_ytd_wan": "1"}, 400, "“本年累计完成投资（督查核实，万元）”不由您填报"),
        ({"project": "A002", "sheet_score": "99"}, 400, "不由您填报"),
        ({"project": "Z999", "reported_ytd_wan": "1"}, 404, "没有编号或名称为“Z999”的项目"),
        ({"project": "A002", "problems": "长" * 2001}, 400, "超过2000字"),
        ({"project": "A002", "problems": ["不是文字"]}, 422, "写法不对"),
    ],
    ids=["another's", "verified", "score", "unknown", "too long", "malformed"],
)
def test_a_form_takes_only_the_units_own(town: TestClient, row: dict[str, Any], status: int, message: str) -> None:
    assert message in fill_in(town, row, expect=status)["message"]


def test_the_form_comes_with_what_is_known(town: TestClient, office: TestClient) -> None:
    may = hand_in(office, month_sheet(5, changed(JUNE, 2, 2, 2400)))
    act(office, may["id"], "commit")
    found = town.get("/api/uploads/form", params={"programme": "T", "month": "2023-06"}).json()
    assert (found["unit"], found["total"]) == ("龙固镇", 2)
    first = found["rows"][0]
    assert (first["project"], first["annual_plan_wan"], first["current"]) == ("A002", "12000.00", None)
    assert (first["previous"]["month"], first["previous"]["reported_ytd_wan"]) == ("2023-05", "2400.00")
    assert {"name": "reported_ytd_wan", "label": "本年累计完成投资（上报，万元）", "kind": "money"} in found["fields"]
    assert "verified_ytd_wan" not in [field["name"] for field in found["fields"]]
    assert office.get("/api/uploads/form", params={"programme": "T", "month": "2023-06"}).json()["total"] == 4


# ---- who has filed --------------------------------------------------------------------------------------------------


def test_the_board_counts_filed_submitted_returned_and_missing_by_unit(town: TestClient, office: TestClient) -> None:
    assert counts(office) == {"杨屯镇": (1, 0, 0, 0, 1), "龙固镇": (2, 0, 0, 0, 2), "朱寨镇": (1, 0, 0, 0, 1)}
    upload = hand_in(office, month_sheet(6, JUNE[:1]))
    act(office, upload["id"], "commit")
    filed = hand_in(town, month_sheet(6, LONGGU[:1]))
    assert counts(office) == {"杨屯镇": (1, 1, 0, 0, 0), "龙固镇": (2, 0, 1, 0, 1), "朱寨镇": (1, 0, 0, 0, 1)}
    act(office, filed["id"], "return", reason="再核")
    found = board(office)
    assert counts(office)["龙固镇"] == (2, 0, 0, 1, 1)
    assert found["totals"] == {"units": 3, "due": 4, "filed": 1, "submitted": 0, "returned": 1, "missing": 2}
    [row] = [row for row in found["rows"] if row["unit"] == "龙固镇"]
    assert [(one["project"], one["status_label"], one["reason"]) for one in row["projects"]] == [
        ("A002", "退回", "再核"),
        ("B002", "未报", None),
    ]
    again = hand_in(town, month_sheet(6, LONGGU))
    assert counts(office)["龙固镇"] == (2, 0, 2, 0, 0)
    done = act(office, again["id"], "accept")
    [row] = [row for row in board(office)["rows"] if row["unit"] == "龙固镇"]
    assert (row["filed"], row["last_filed_by"], row["last_filed_at"]) == (2, "龙固镇经办", done["committed_at"])
    act(office, again["id"], "revert", reason="试")
    assert counts(office)["龙固镇"] == (2, 0, 0, 1, 1)


def test_a_row_without_a_word_is_not_filed_and_a_suspended_project_is_not_due(
    office: TestClient, database: Database
) -> None:
    blank = changed(changed(changed(JUNE, 3, 2, None), 3, 3, None), 3, 5, None)
    upload = hand_in(office, month_sheet(6, changed(blank, 4, 5, "暂缓")))
    act(office, upload["id"], "commit")
    # 肉羊养殖 is an empty row; 猕猴桃种植园 is suspended in June, yet what was said of it is filed.
    assert counts(office) == {"杨屯镇": (1, 1, 0, 0, 0), "龙固镇": (2, 2, 0, 0, 0), "朱寨镇": (1, 0, 0, 0, 1)}
    july = board(office, "2023-07")
    assert {row["unit"]: row["due"] for row in july["rows"]} == {"杨屯镇": 1, "龙固镇": 1, "朱寨镇": 1}


def test_each_sees_the_board_of_what_is_theirs(town: TestClient, client_as: ClientAs) -> None:
    assert list(counts(town)) == ["龙固镇"]
    assert sorted(counts(client_as("leader", "县长"))) == ["朱寨镇", "杨屯镇", "龙固镇"]
    # 张明 sponsors 华丰铝板带技改 and 肉羊养殖.
    assert sorted(counts(client_as("leader", "张明", scope="sponsored"))) == ["朱寨镇", "杨屯镇"]
    refused = client_as("admin").get("/api/uploads/board", params={"programme": "T", "month": "2023-06"})
    assert refused.status_code == 403


def test_the_board_is_of_a_month_of_the_programmes_year(office: TestClient) -> None:
    answer = office.get("/api/uploads/board", params={"programme": "T", "month": "2022-06"})
    assert (answer.status_code, answer.json()["message"][:14]) == (400, "2022-06不在2023年")
    assert office.get("/api/uploads/board", params={"programme": "T", "month": "六月"}).status_code == 422


# ---- handing over, giving up ----------------------------------------------------------------------------------------


def test_an_upload_with_questions_is_handed_to_a_colleague_and_resumed(
    office: TestClient, client_as: ClientAs, database: Database
) -> None:
    colleague = client_as("office", "李四")
    tried = hand_in(office, month_sheet(6, changed(JUNE, 2, 1, "红日光伏发电（一期）")))
    assert tried["waiting_for"] == "待张三答复1个问题"
    found = office.get("/api/uploads/colleagues", params={"programme": "T"}).json()
    assert [row["name"] for row in found["rows"]] == ["张三", "李四"]
    handed = act(office, tried["id"], "hand-over", to="李四")
    assert (handed["waiting_for"], handed["handed_to"], handed["handed_by"]) == ("待李四答复1个问题", "李四", "张三")
    [mine] = colleague.get("/api/uploads", params={"programme": "T", "handed_to": "李四"}).json()["rows"]
    resumed = colleague.get(f"/api/uploads/{mine['id']}").json()
    [question] = resumed["questions"]
    answered = act(colleague, mine["id"], "answers", answers={question["id"]: "A002"})
    assert answered["waiting_for"] == "待李四确认导入"
    assert act(colleague, mine["id"], "commit")["waiting_for"] is None
    with database.read() as session:
        [entry] = session.exec(select(AuditEntry).where(AuditEntry.action == "upload.hand_over")).all()
        assert (entry.actor_name, entry.detail) == ("张三", {"to": "李四", "questions": 1})
    assert act(office, mine["id"], "hand-over", expect=409, to="李四")["code"] == "conflict"


def test_one_hands_over_only_to_the_office(office: TestClient, client_as: ClientAs) -> None:
    client_as("inspector", "督查员")
    tried = hand_in(office, month_sheet(6, JUNE))
    assert "不是办公室的账号" in act(office, tried["id"], "hand-over", expect=400, to="督查员")["message"]
    assert act(office, tried["id"], "hand-over", expect=404, to="无此人")["code"] == "not_found"


def files(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(StoredFile)).one()


@pytest.mark.database
def test_a_try_given_up_leaves_no_file_unless_another_upload_has_it(office: TestClient, database: Database) -> None:
    content = month_sheet(6, JUNE)
    first, second = hand_in(office, content), hand_in(office, content)
    before = files(database)
    gone = act(office, first["id"], "discard")
    assert (gone["state_label"], gone["actions"], files(database)) == ("已放弃", [], before)
    assert office.get(f"/api/uploads/{first['id']}/file").status_code == 404
    assert office.get(f"/api/uploads/{second['id']}/file").content == content
    act(office, second["id"], "discard")
    assert files(database) == before - 1
    assert [row["state"] for row in office.get("/api/uploads", params={"programme": "T"}).json()["rows"]] == [
        "discarded",
        "discarded",
        "committed",
    ]
    act(office, hand_in(office, content)["id"], "commit")  # the same file may come again
    with database.read() as session:
        last = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "upload.discard")).all()[-1]
        assert len(last.detail["sha256"]) == 64


def test_what_is_committed_is_undone_not_given_up(office: TestClient) -> None:
    tried = hand_in(office, month_sheet(6, JUNE))
    act(office, tried["id"], "commit")
    assert act(office, tried["id"], "discard", expect=409)["message"].endswith("不需要再确认。")


def test_the_history_is_filtered_by_state_month_and_unit(town: TestClient, office: TestClient) -> None:
    filed = hand_in(town, month_sheet(6, LONGGU))
    tried = hand_in(office, month_sheet(7, JUNE))

    def ids(**wanted: str) -> list[int]:
        rows = office.get("/api/uploads", params={"programme": "T", **wanted}).json()["rows"]
        return [row["id"] for row in rows]

    assert ids(state="submitted") == [filed["id"]]
    assert ids(month="2023-07") == [tried["id"]]
    assert ids(unit="龙固镇") == [filed["id"]]
    assert ids(state="tried", month="2023-06") == []
