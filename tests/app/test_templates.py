"""Templates and marked workbooks over the API (填报模板、标注): downloaded, filled in, handed in, fetched back."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import select
from starlette.testclient import TestClient

from app import cli
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.programmes import service as programmes
from app.settings import Settings
from importers.templates import LAYOUTS
from tests.app.sheets import FARMING, INDUSTRY, JUNE, changed, month_sheet
from tests.conftest import ClientAs

COLUMN = {column.field: number for number, column in enumerate(LAYOUTS["monthly"].columns, 1)}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


@pytest.fixture
def office(client_as: ClientAs) -> TestClient:
    """The office of a county whose plan of four projects and June are in."""
    client = client_as("office", "张三")
    commit(client, hand_in(client, month_sheet(6, JUNE)))
    return client


def hand_in(client: TestClient, content: bytes, name: str = "月报.xlsx", *, expect: int = 201, **fields: Any) -> Any:
    answer = client.post("/api/uploads", data={"programme": "T", **fields}, files={"file": (name, content)})
    assert answer.status_code == expect, answer.text
    return answer.json()


def commit(client: TestClient, tried: Mapping[str, Any]) -> Any:
    assert tried["questions"] == []
    answer = client.post(f"/api/uploads/{tried['id']}/commit")
    assert answer.status_code == 200, answer.text
    return answer.json()


def template(client: TestClient, kind: str = "monthly", **query: Any) -> bytes:
    answer = client.get(f"/api/templates/{kind}", params={"programme": "T", **query})
    assert answer.status_code == 200, answer.text
    return answer.content


def page(content: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def filled(content: bytes, changes: Mapping[tuple[int, str], Any]) -> bytes:
    """Cells of a monthly template filled in, by line and field."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for (line, field), value in changes.items():
        book.worksheets[0].cell(line, COLUMN[field]).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def version(database: Database) -> int:
    with database.read() as session:
        return programmes.get(session, "T").data_version


# ---- templates ------------------------------------------------------------------------------------------------------


def test_the_months_template_holds_every_project_with_what_is_known_of_it(office: TestClient) -> None:
    answer = office.get("/api/templates/monthly", params={"programme": "T"})
    assert answer.headers["content-type"] == XLSX
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"file.xlsx\"; filename*=UTF-8''")
    assert (
        unquote(disposition.rpartition("''")[2]) == "2023年7月重点项目进展情况表（模板）.xlsx"
    )  # the month after June
    sheet = page(answer.content)
    assert sheet["A1"].value == "2023年7月重点项目进展情况表"
    fields = ("code", "name", "category", "responsible_unit", "lead_official", "annual_plan_wan", "previous_ytd_wan")
    first = [sheet.cell(4, COLUMN[field]).value for field in fields]
    assert first == ["A001", "华丰铝板带技改", INDUSTRY, "杨屯镇", "张明", 3600, 1800]
    assert [sheet.cell(line, COLUMN["code"]).value for line in range(4, 9)] == ["A001", "A002", "B001", "B002", None]


@pytest.mark.parametrize("month", ["2023-06", "2023-07"])
def test_a_template_handed_in_as_it_is_changes_nothing(office: TestClient, database: Database, month: str) -> None:
    content = template(office, month=month)
    before = version(database)
    tried = hand_in(office, content, "模板.xlsx")
    assert (tried["month"], tried["questions"]) == (month, [])
    assert tried["diff"] == {"new": 0, "changed": 0, "same": 0, "missing": 4}
    assert [fault["message"] for fault in tried["faults"] if fault["code"] == "unfilled_rows"] == [
        "进展表有4个项目没有填写，这些项目不作改动。"
    ]
    assert commit(office, tried)["state"] == "unchanged"
    assert version(database) == before


@pytest.mark.parametrize("kind", ["plan", "responsibility"])
def test_plan_and_responsibility_templates_handed_in_as_they_are_change_nothing(
    office: TestClient, database: Database, kind: str
) -> None:
    content = template(office, kind)
    before = version(database)
    tried = hand_in(office, content, "模板.xlsx")
    assert (tried["questions"], tried["diff"]) == ([], {"new": 0, "changed": 0, "same": 4, "missing": 0})
    assert commit(office, tried)["state"] == "unchanged"
    assert version(database) == before


def test_exactly_what_was_filled_in_is_imported(office: TestClient) -> None:
    content = filled(
        template(office, month="2023-07"),
        {
            (4, "reported_month_wan"): 300,
            (4, "reported_ytd_wan"): 2100,
            (4, "physical_progress"): "设备安装",
            (6, "reported_ytd_wan"): 300,
        },
    )
    tried = hand_in(office, content, "模板.xlsx")
    assert tried["diff"] == {"new": 2, "changed": 0, "same": 0, "missing": 2}
    assert [row["name"] for row in tried["rows"]] == ["华丰铝板带技改", "肉羊养殖"]
    commit(office, tried)
    listed = office.get("/api/projects", params={"programme": "T", "month": "2023-07"}).json()["rows"]
    identifier = next(row["id"] for row in listed if row["code"] == "A001")
    records = office.get(f"/api/projects/{identifier}").json()["records"]
    july = next(record for record in records if record["month"] == "2023-07")
    assert (july["reported_ytd_wan"], july["physical_progress"]) == ("2100.00", "设备安装")
    others = next(row["id"] for row in listed if row["code"] == "A002")
    assert [record["month"] for record in office.get(f"/api/projects/{others}").json()["records"]] == ["2023-06"]


def test_a_code_that_was_changed_is_asked_about(office: TestClient) -> None:
    content = filled(
        template(office, month="2023-07"), {(4, "code"): "A002", (4, "reported_ytd_wan"): 2000, (5, "code"): "A009"}
    )
    (question,) = hand_in(office, content, "模板.xlsx")["questions"]
    assert "校验码是“华丰铝板带技改”（A001）的，编号却是A002" in question["message"]


def test_a_template_of_another_programme_is_noticed(office: TestClient, database: Database) -> None:
    content = filled(template(office, month="2023-07"), {(4, "reported_ytd_wan"): 2000})
    with database.write() as session:
        programmes.add(session, Actor.command(), "U", "2023年度另一计划", 2023, classes=[INDUSTRY, FARMING])
    answer = office.post(
        "/api/uploads", data={"programme": "U", "register": "true"}, files={"file": ("模板.xlsx", content)}
    )
    codes = [fault["code"] for fault in answer.json()["faults"]]
    assert "foreign_template" in codes


def test_a_blank_template_holds_no_project(office: TestClient) -> None:
    sheet = page(template(office, month="2023-07", filled="false"))
    assert (sheet["A1"].value, sheet.cell(4, COLUMN["name"]).value) == ("2023年7月重点项目进展情况表", None)
    assert not sheet.protection.sheet


def test_a_unit_gets_its_own_projects_and_hands_them_in(office: TestClient, client_as: ClientAs) -> None:
    unit = client_as("unit", unit="杨屯镇")
    content = template(unit, month="2023-07")
    assert [page(content).cell(line, COLUMN["code"]).value for line in (4, 5)] == ["A001", None]
    tried = hand_in(unit, filled(content, {(4, "reported_ytd_wan"): 2000}), "模板.xlsx")
    assert (tried["state"], tried["diff"]["new"]) == ("submitted", 1)
    assert [fault["code"] for fault in tried["faults"] if fault["code"] == "not_the_units"] == []
    assert unit.get("/api/templates/plan", params={"programme": "T"}).status_code == 403


@pytest.mark.parametrize("role", ["leader", "inspector", "auditor", "admin"])
def test_templates_are_for_those_who_hand_sheets_in(office: TestClient, client_as: ClientAs, role: str) -> None:
    assert client_as(role).get("/api/templates/monthly", params={"programme": "T"}).status_code == 403


def test_a_month_of_another_year_is_refused_and_an_unknown_programme_is_not_there(office: TestClient) -> None:
    answer = office.get("/api/templates/monthly", params={"programme": "T", "month": "2024-01"})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "2024-01不在2023年度内，请核对月份或所选的年度计划。",
    )
    assert office.get("/api/templates/monthly", params={"programme": "无"}).status_code == 404


def test_who_took_a_filled_template_is_on_the_trail(office: TestClient, database: Database) -> None:
    template(office, month="2023-07")
    template(office, month="2023-07", filled="false")
    with database.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "template.export")).all()
    assert [entry.actor_name for entry in entries] == ["张三"]


# ---- marked workbooks -----------------------------------------------------------------------------------------------

WRONG = changed(JUNE, 2, 2, "待统计部门核定")


def test_a_refused_file_comes_back_marked_and_nothing_is_kept(office: TestClient) -> None:
    content = month_sheet(7, WRONG)
    refused = hand_in(office, content, expect=400)["detail"]
    before = office.get("/api/uploads", params={"programme": "T"}).json()["total"]
    answer = office.post("/api/uploads/annotate", files={"file": ("7月 月报.xlsx", content)})
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert unquote(answer.headers["content-disposition"].rpartition("''")[2]) == "7月 月报（标注）.xlsx"
    sheet = page(answer.content)
    assert sheet["G3"].value == "错误"
    assert sheet["C5"].comment is not None and refused["message"] in sheet["C5"].comment.text
    assert office.get("/api/uploads", params={"programme": "T"}).json()["total"] == before


def test_the_marked_file_is_accepted_once_it_is_corrected(office: TestClient) -> None:
    marked = office.post("/api/uploads/annotate", files={"file": ("月报.xlsx", month_sheet(7, WRONG))}).content
    book = openpyxl.load_workbook(io.BytesIO(marked))
    book.worksheets[0]["C5"] = 3000
    stream = io.BytesIO()
    book.save(stream)
    tried = hand_in(office, stream.getvalue(), "月报（标注）.xlsx")
    assert (tried["decision"], tried["diff"]["new"]) == ("accept", 4)


def test_an_uploads_workbook_is_marked_with_what_the_programme_made_of_it_too(office: TestClient) -> None:
    lower = changed(JUNE, 1, 2, 1500)  # below June's 1800
    tried = hand_in(office, month_sheet(7, [*lower, (5, "汉源大道改造", 10, "施工", None, "在建")]))
    asked = {question["cell"]: question["message"] for question in tried["questions"]}
    assert set(asked) == {"C4", "B8"}
    answer = office.get(f"/api/uploads/{tried['id']}/annotated")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    sheet = page(answer.content)
    for cell, message in asked.items():
        assert sheet[cell].comment is not None and f"【待确认】{message}" in sheet[cell].comment.text
    assert f"【待确认】{asked['C4']}" in str(sheet["G4"].value)


def test_a_file_that_is_no_workbook_cannot_be_marked_and_says_why(office: TestClient) -> None:
    answer = office.post("/api/uploads/annotate", files={"file": ("月报.xlsx", b"%PDF-1.4")})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "这是PDF文件，不是Excel工作簿，请把表格存为.xlsx后再上传。",
    )


def test_another_units_upload_is_not_there_and_readers_only_read(office: TestClient, client_as: ClientAs) -> None:
    tried = hand_in(office, month_sheet(7, JUNE))
    assert client_as("unit", unit="龙固镇").get(f"/api/uploads/{tried['id']}/annotated").status_code == 404
    assert client_as("leader").get(f"/api/uploads/{tried['id']}/annotated").status_code == 403
    leader = client_as("leader", "另一位领导")
    assert leader.post("/api/uploads/annotate", files={"file": ("月报.xlsx", month_sheet(7, JUNE))}).status_code == 403


# ---- the command ----------------------------------------------------------------------------------------------------


def test_the_command_check_saves_a_marked_copy_and_keeps_its_exit_status(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "7月.xlsx", tmp_path / "标注.xlsx"
    source.write_bytes(month_sheet(7, WRONG))
    assert cli.run(["check", str(source), "--annotate", str(out)]) == 1
    assert "已标注" in capsys.readouterr().err
    assert page(out.read_bytes())["G3"].value == "错误"
    source.write_bytes(month_sheet(7, JUNE))
    assert cli.run(["check", str(source), "--annotate", str(out), "--json"]) == 0


def test_the_command_check_never_writes_over_the_file_itself(tmp_path: Any) -> None:
    source, content = tmp_path / "7月.xlsx", month_sheet(7, WRONG)
    source.write_bytes(content)
    assert cli.run(["check", str(source), "--annotate", str(source)]) == 2
    assert source.read_bytes() == content
