"""抽查: a seed gives one sample, every line goes down to its cell, ticks are kept and none can be taken back."""

import hashlib
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.appeals import service as appeals
from app.appeals.attachments import Attachment
from app.appeals.service import Terms
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects import service as projects
from app.projects.models import Project
from app.publications import service as publishing
from app.settings import Settings
from app.trail.samples import smallest
from app.uploads import service as uploads
from tests.app.sheets import JUNE, month_sheet
from tests.app.test_trail_api import TAKEN
from tests.conftest import ClientAs

OFFICE = Actor(None, "经办员", "office")
SEP_1 = ["B001", "A002", "B002", "A001"]  # 52f34946… 85d792e9… b22a5f20… d85d2252… by sha256sum
DRAW = {"programme": "T", "period": "2023-06", "size": 2, "seed": "sep-1"}


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


@pytest.fixture
def database(database: Database) -> Database:
    """The planned county with June in: 华丰 1800/1800 and 猕猴桃 600/600 → full marks, 红日 3000/6000, 肉羊 300/300."""
    done = uploads.import_workbook(database, OFFICE, "T", "六月.xlsx", month_sheet(6, JUNE))
    assert done["state"] == "committed", done
    return database


@pytest.fixture
def auditor(database: Database, client_as: ClientAs) -> TestClient:
    return client_as("auditor", name="审计员")


def drawn(client: TestClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/audit/samples", json={**DRAW, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_draw_is_the_order_of_sha256_that_any_program_can_work_out() -> None:
    """printf '%s' 'sep-1|A001' | sha256sum and so on: ORDER."""
    assert smallest("sep-1", ["A001", "A002", "B001", "B002"]) == SEP_1
    assert smallest("sep-1", ["B002", "B001", "A002", "A001"]) == SEP_1


def test_a_sample_shows_project_scores_and_the_very_cell(auditor: TestClient) -> None:
    found = drawn(auditor, size=4)
    assert [row["code"] for row in found["rows"]] == SEP_1
    assert (found["population"], found["open"], found["seed"]) == (4, 4, "sep-1")
    solar = next(row for row in found["rows"] if row["name"] == "红日光伏发电")
    # 投资 60 × 3000/6000 = 30.00 of 60, progress in words is not judged: 100 × 30/60 = 50.00
    assert (solar["score"], solar["month"], solar["month_score"]) == ("50.00", "2023-06", "50.00")
    assert (solar["file"], solar["sheet"], solar["cell"]) == ("六月.xlsx", "6月", "C5")
    assert (solar["field"], solar["value"]) == ("本年累计完成投资（上报，万元）", "3000")
    assert solar["uploader"] == "经办员"


def test_the_same_seed_gives_the_same_sample_also_after_a_correction(auditor: TestClient, database: Database) -> None:
    first = drawn(auditor)
    assert [row["code"] for row in first["rows"]] == SEP_1[:2]
    with database.write() as session:
        change = programmes.begin_change(session, "T", OFFICE, reason="录错")
        gone = session.exec(select(Project).where(Project.code == SEP_1[0])).one()
        projects.record_event(change, gone.id or 0, "免考", date(2023, 6, 1), months=[6])
    assert auditor.get(f"/api/audit/samples/{first['number']}/redrawn").json() == {
        "number": first["number"],
        "seed": "sep-1",
        "same": True,
        "population": 4,
    }
    again = drawn(auditor)
    assert [row["code"] for row in again["rows"]] == SEP_1[1:3]  # the exempted project has no score to draw any more


def test_a_seed_that_nobody_names_is_made_and_stands_on_the_trail(auditor: TestClient, database: Database) -> None:
    found = drawn(auditor, seed="")
    assert len(found["seed"]) == 16
    with database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "audit.sample")).one()
    assert (entry.number, entry.actor_name, entry.detail["seed"]) == (found["number"], "审计员", found["seed"])
    codes = sorted(
        ["A001", "A002", "B001", "B002"], key=lambda code: hashlib.sha256(f"{found['seed']}|{code}".encode()).digest()
    )
    assert [row["code"] for row in entry.detail["rows"]] == codes[:2]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"size": 0}, 422, "size"),
        ({"size": 201}, 422, "size"),
        ({"seed": "种子"}, 400, "随机种子只用字母、数字和横线"),
        ({"period": "2023-07"}, 400, "这一期还没有可抽的得分"),
        ({"programme": "none"}, 404, "没有代码为“none”的年度项目计划"),
    ],
)
def test_what_cannot_be_drawn_is_said(auditor: TestClient, more: dict[str, Any], status: int, words: str) -> None:
    answer = auditor.post("/api/audit/samples", json={**DRAW, **more})
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_only_the_auditor_draws_and_ticks_and_the_head_of_the_office_reads(
    auditor: TestClient, client_as: ClientAs
) -> None:
    number = drawn(auditor)["number"]
    for role in ("office", "office_head", "admin", "leader"):
        client = client_as(role)
        assert client.post("/api/audit/samples", json=DRAW).status_code == 403
        tick = {"code": "A001", "month": "2023-06", "verdict": "相符"}
        assert client.post(f"/api/audit/samples/{number}/checks", json=tick).status_code == 403
        status = 200 if role == "office_head" else 403
        assert client.get(f"/api/audit/samples/{number}").status_code == status


def test_a_tick_is_kept_with_its_remark_and_who_and_the_newest_counts(auditor: TestClient, database: Database) -> None:
    found = drawn(auditor)
    line, path = found["rows"][0], f"/api/audit/samples/{found['number']}/checks"
    tick = {"code": line["code"], "month": line["month"]}
    refused = auditor.post(path, json={**tick, "verdict": "不符"})
    assert (refused.status_code, refused.json()["message"]) == (400, "结果为不符的，请写明查到的情况。")
    auditor.post(path, json={**tick, "verdict": "不符", "remark": "表上是 1700"})
    kept = auditor.post(path, json={**tick, "verdict": "相符", "remark": "看错行"}).json()
    assert (kept["agrees"], kept["differs"], kept["open"]) == (1, 0, 1)
    row = kept["rows"][0]
    assert (row["verdict"], row["remark"], row["checked_by"]) == ("相符", "看错行", "审计员")
    with database.read() as session:
        entries = session.exec(
            select(AuditEntry)
            .where(AuditEntry.action == "audit.check", AuditEntry.outcome == "ok")
            .order_by(col(AuditEntry.number))
        ).all()
    assert [entry.detail["verdict"] for entry in entries] == ["不符", "相符"]
    same = auditor.post(path, json={**tick, "verdict": "相符", "remark": "看错行"})
    assert same.status_code == 409
    foreign = auditor.post(path, json={**tick, "code": SEP_1[3], "verdict": "相符"})
    assert foreign.status_code == 404
    assert auditor.get("/api/audit/samples/1").status_code == 404  # an entry, and no sample


def test_the_sheet_for_the_paper_file_holds_lines_and_ticks(auditor: TestClient) -> None:
    found = drawn(auditor)
    tick = {"code": found["rows"][1]["code"], "month": "2023-06", "verdict": "不符", "remark": "=表上是 1"}
    auditor.post(f"/api/audit/samples/{found['number']}/checks", json=tick)
    answer = auditor.get(f"/api/audit/samples/{found['number']}/export")
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == f"抽查核对表 第{found['number']}号 2023年6月"
    assert "种子sep-1；从4个有得分的项目中抽2个" in str(rows[1][0])
    assert [row[0] for row in rows[3:]] == SEP_1[:2]
    assert rows[4][11:14] == ["不符", "'=表上是 1", "审计员"]


# -- every file taken away leaves its line ----------------------------------------------------------------------------


@pytest.fixture
def taken_from(database: Database, client_as: ClientAs, auditor: TestClient) -> Callable[[str], tuple[TestClient, str]]:
    """Who takes from a route, and its address with everything in it."""
    office = client_as("office", name="经办甲")
    with database.write() as session:
        change = programmes.begin_change(session, "T", OFFICE)
        publishing.draft(change, "2023-06", terms=Terms(3, 0))
        unit = organisations.ensure_unit(session, change.programme.organisation_id, "杨屯镇")
        filer = Actor(None, "杨屯镇经办", "unit", unit_id=unit.id)
        project = session.exec(select(Project).where(Project.code == "A001")).one()
    with database.write() as session:
        change = programmes.begin_change(session, "T", filer)
        proof = Attachment("证明.pdf", b"%PDF-1.7\n")
        appeal = appeals.file(change, "2023-06", project.id or 0, "漏记一笔", proof)
    number = drawn(auditor)["number"]
    book = office.get("/api/rulebooks?programme=T").json()
    filled = {"upload_id": 2, "appeal_id": appeal.id, "number": number, "revision_id": first_id(book)}

    def address(route: str) -> tuple[TestClient, str]:
        path = route.removeprefix("GET ").format(**filled)
        client = auditor if path.startswith("/api/audit") else office
        period = "2023Q2" if "whatif" in path else "2023-06"
        return client, f"{path}?programme=T&period={period}&month=2023-06"

    return address


def first_id(content: Any) -> int:
    """The id of the first stored book in the listing."""
    if isinstance(content, dict):
        if isinstance(content.get("id"), int):
            return int(content["id"])
        content = list(content.values())
    if isinstance(content, list):
        for one in content:
            found = first_id(one)
            if found:
                return found
    return 0


def test_what_is_taken_away_leaves_its_line(
    taken_from: Callable[[str], tuple[TestClient, str]], database: Database
) -> None:
    for route, action in TAKEN.items():
        client, address = taken_from(route)
        with database.read() as session:
            before = session.exec(select(AuditEntry.number).order_by(col(AuditEntry.number).desc())).first() or 0
        answer = client.get(address)
        assert answer.status_code == 200, f"{route}: {answer.text}"
        assert "attachment" in answer.headers["content-disposition"], route
        with database.read() as session:
            [entry] = session.exec(select(AuditEntry).where(AuditEntry.number > before)).all()
        assert (entry.action, entry.actor_name, entry.outcome) == (action, client.actor.name, "ok"), route  # type: ignore[attr-defined]
