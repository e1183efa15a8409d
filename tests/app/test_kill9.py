"""kill -9 at every write of an import or its undoing: afterwards all of it is there, or none (断电、强行终止).

A forked process does the act and kills itself just before its n-th write, for n = 1, 2, 3, … until it comes through
whole; one process dies just after the COMMIT.
"""

from typing import Any

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient

import importers
from app.audit import service as audit
from app.audit.service import Actor
from app.database import open_database
from app.inspections.models import InspectionRevision
from app.main import create_app
from app.programmes import service as programmes
from app.projects.models import AssignmentRevision, EventRevision, PlanRevision, Project, ProjectRevision
from app.settings import Settings
from app.uploads import service
from app.uploads.models import Upload
from tests.app.killing import attempt, die_after_commit, killed_at_every_write
from tests.app.sheets import FARMING, INDUSTRY, MONTH_HEADINGS, month_sheet

TABLES = (
    Project, ProjectRevision, PlanRevision, AssignmentRevision, EventRevision, InspectionRevision, Upload,
)  # fmt: skip
OFFICE = Actor.command("张三")
JUNE = (
    (1, "华丰铝板带技改", 1800, "主体施工", None, "在建", INDUSTRY, 3600, "杨屯镇"),
    (2, "红日光伏发电", 3000, "桩基施工", None, "已完工", INDUSTRY, 12000, "龙固镇"),
)
HEADINGS = (*MONTH_HEADINGS, "项目类别", "年度计划投资", "责任单位")


def contents(settings: Settings) -> dict[str, Any]:
    """How much there is of everything, the programme's version, the uploads' states; the trail must be whole."""
    database = open_database(settings)
    with database.read() as session:
        found: dict[str, Any] = {
            model.__name__: session.exec(select(func.count()).select_from(model)).one() for model in TABLES
        }
        found["version"] = programmes.get(session, "T").data_version
        found["states"] = session.exec(select(Upload.state).order_by(Upload.id)).all()  # type: ignore[arg-type]
        assert audit.verify(session) == []
        if database.is_sqlite:
            assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
    database.close()
    return found


def read_once(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Read the sheet here; the forked processes get the same reading without a child of their own."""
    reading = importers.check(content, "表.xlsx")
    assert reading.decision == "accept"
    monkeypatch.setattr(importers, "check", lambda *_, **__: reading)


def tried(settings: Settings, content: bytes) -> int:
    database = open_database(settings)
    upload: int = service.try_upload(database, OFFICE, "T", "表.xlsx", content, register=True)["id"]
    database.close()
    return upload


@pytest.mark.database
def test_a_killed_import_or_undo_leaves_all_or_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(settings)
    with database.write() as session:
        programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING])
    database.close()

    june = month_sheet(6, JUNE, HEADINGS)
    read_once(monkeypatch, june)
    upload = tried(settings, june)
    kills, _, after = killed_at_every_write(
        settings, lambda database: service.commit(database, OFFICE, upload), contents
    )
    # The programme; 2 projects and what each is; plans, holders, events and records, a table at a time; the upload; the
    # trail and its head: 12 writes at least.
    assert kills >= 12
    assert after == {
        "Project": 2,
        "ProjectRevision": 2,
        "PlanRevision": 2,
        "AssignmentRevision": 2,
        "EventRevision": 1,
        "InspectionRevision": 2,
        "Upload": 1,
        "version": 3,
        "states": ["committed"],
    }

    kills, _, after = killed_at_every_write(
        settings, lambda database: service.revert(database, OFFICE, upload, "传错了表"), contents
    )
    # The programme; records, plans, holders, events, projects, a table at a time; the upload; the trail and its head.
    assert kills >= 9
    assert (after["states"], after["InspectionRevision"], after["version"]) == (["reverted"], 4, 4)

    with TestClient(create_app(settings)) as client:
        assert client.get("/api/health").json()["status"] == "ok"


@pytest.mark.database
def test_killed_just_after_its_commit_an_import_is_there_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(settings)
    with database.write() as session:
        programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING])
    database.close()
    june = month_sheet(6, JUNE, HEADINGS)
    read_once(monkeypatch, june)
    upload = tried(settings, june)

    assert attempt(settings, lambda database: service.commit(database, OFFICE, upload), die_after_commit)
    after = contents(settings)
    assert (after["states"], after["InspectionRevision"], after["EventRevision"]) == (["committed"], 2, 1)
