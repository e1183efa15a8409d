"""kill -9 at every write of an import or its undoing: afterwards all of it is there, or none (断电、强行终止).

A forked process does the act and kills itself just before its n-th write, for n = 1, 2, 3, … until it comes through
whole; the COMMIT counts as a write, and one process dies just after it. What is left is read by the parent, on the
same database: nothing is copied, nothing repaired.
"""

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import func, select
from starlette.testclient import TestClient

import importers
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database, open_database
from app.inspections.models import InspectionRevision
from app.main import create_app
from app.programmes import service as programmes
from app.projects.models import AssignmentRevision, EventRevision, PlanRevision, Project, ProjectRevision
from app.settings import Settings
from app.uploads import service
from app.uploads.models import Upload
from tests.app.sheets import FARMING, INDUSTRY, MONTH_HEADINGS, month_sheet

WRITES = ("INSERT", "UPDATE", "DELETE")
TABLES = (
    Project, ProjectRevision, PlanRevision, AssignmentRevision, EventRevision, InspectionRevision, Upload,
)  # fmt: skip
OFFICE = Actor.command("张三")
JUNE = (
    (1, "华丰铝板带技改", 1800, "主体施工", None, "在建", INDUSTRY, 3600, "杨屯镇"),
    (2, "红日光伏发电", 3000, "桩基施工", None, "已完工", INDUSTRY, 12000, "龙固镇"),
)
HEADINGS = (*MONTH_HEADINGS, "项目类别", "年度计划投资", "责任单位")


def die_before_write(engine: Engine, number: int) -> None:
    """Kill this process with signal 9 just before its `number`-th write; the COMMIT is a write too."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(engine, "before_cursor_execute")
    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            count()

    @event.listens_for(engine, "commit")
    def commit(_connection: Any) -> None:
        count()


def die_after_commit(engine: Engine) -> None:
    """Kill this process with signal 9 when the transaction that wrote is over and its connection comes back."""
    done: set[str] = set()

    @event.listens_for(engine, "before_cursor_execute")
    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            done.add("written")

    @event.listens_for(engine, "checkin")
    def checkin(*_: Any) -> None:
        if "written" in done:
            os.kill(os.getpid(), signal.SIGKILL)


def attempt(settings: Settings, act: Callable[[Database], Any], arm: Callable[[Engine], None]) -> bool:
    """Do the act in a process of its own that is armed to kill itself. Whether it died."""
    process = os.fork()
    if process == 0:
        try:
            database = open_database(settings)
            arm(database._writer)
            act(database)
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


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


def killed_at_every_write(settings: Settings, act: Callable[[Database], Any]) -> tuple[int, dict[str, Any]]:
    """Kill the act before write 1, 2, 3, …; nothing of it may be left. The number of kills, and what it wrote."""
    before = contents(settings)
    kills = 0
    while attempt(settings, act, partial(die_before_write, number=kills + 1)):
        kills += 1
        assert contents(settings) == before, f"killed before write {kills}"
        assert kills < 500
    return kills, contents(settings)


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
    kills, after = killed_at_every_write(settings, lambda database: service.commit(database, OFFICE, upload))
    # 2 projects, 2 plans, 2 units, 2 records, 1 completion, the upload, the programme, the trail: 13 writes at least.
    assert kills >= 14
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

    kills, after = killed_at_every_write(
        settings, lambda database: service.revert(database, OFFICE, upload, "传错了表")
    )
    assert kills >= 12
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
