"""What was read and rehearsed serves the next step of the same sheet, and never when something has moved (沿用)."""

from collections.abc import Callable, Iterator
from pprint import pformat
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

import importers
from app.audit.service import Actor
from app.database import Database
from app.inspections import service as inspections
from app.programmes import service as programmes
from app.projects import service as projects
from app.publications.memory import Memory
from app.uploads import known, previews, saved_work
from app.uploads.recent import Recent
from app.uploads.undo import MODELS
from importers.result import Question, Reading
from tests.app.sheets import JUNE, MONTH_HEADINGS, changed, month_sheet
from tests.app.test_uploads import act, bring_in, hand_in
from tests.installations import PLANNED

pytestmark = pytest.mark.database
ClientAs = Callable[..., TestClient]
NAMES = ("_readings", "_examinations")


@pytest.fixture
def beginning() -> str:
    return PLANNED


@pytest.fixture
def office(client_as: ClientAs) -> TestClient:
    return client_as("office", "张三")


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process does that was just started, or another than the one that tried the sheet."""
    for name in NAMES:
        monkeypatch.setattr(saved_work, name, Recent(saved_work.SHEETS))
    monkeypatch.setattr(known, "MEMORY", Memory(16))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How often a file was read and a sheet examined."""
    times = {"read": 0, "examined": 0}
    check, examine = importers.check, previews.examine

    def reading(*given: Any, **named: Any) -> Reading:
        times["read"] += 1
        return check(*given, **named)

    def examining(*given: Any) -> previews.Examination:
        times["examined"] += 1
        return examine(*given)

    forget(monkeypatch)
    monkeypatch.setattr(importers, "check", reading)
    monkeypatch.setattr(previews, "examine", examining)
    yield times


def written(database: Database, upload: int) -> list[list[str]]:
    """Every revision that the upload wrote, but for instants and the numbers of rows and uploads."""
    skipped = {"id", "recorded_at", "upload_id"}
    with database.read() as session:
        return [
            [pformat(getattr(row, name), width=10_000).replace(f"'upload': {upload}", "") for name in names]
            for model in MODELS
            if (names := [name for name in model.model_fields if name not in skipped])
            for row in session.exec(select(model).where(model.upload_id == upload).order_by(col(model.id))).all()
        ]


SECOND = month_sheet(6, changed(changed(JUNE, 2, 2, 3300), 3, 5, "暂缓"))  # a figure, and a state that is an event


def test_a_commit_writes_what_was_rehearsed_without_reading_or_examining_again(
    office: TestClient, counted: dict[str, int]
) -> None:
    tried = hand_in(office, month_sheet(6, JUNE))
    assert counted == {"read": 1, "examined": 1}
    done = act(office, tried["id"], "commit")
    assert counted == {"read": 1, "examined": 1}
    assert (done["state"], done["counts"]) == ("committed", tried["counts"])


def test_a_process_that_remembers_nothing_writes_the_same_revisions(
    office: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, counted: dict[str, int]
) -> None:
    """The same two sheets, once by a process that tried them itself, once by one that did not; undone in between."""
    for sheet, revisions in ((month_sheet(6, JUNE), 4), (SECOND, 3)):
        first = bring_in(office, sheet)
        act(office, first, "revert", reason="重来")
        second = hand_in(office, sheet)["id"]
        forget(monkeypatch)
        act(office, second, "commit")
        assert len(written(database, first)) == revisions
        assert written(database, first) == written(database, second)
    assert counted["examined"] == 6  # four previews, two commits that remembered nothing


def test_what_moved_since_is_held_against_the_sheet_anew(
    office: TestClient, database: Database, counted: dict[str, int]
) -> None:
    tried = hand_in(office, month_sheet(6, JUNE))
    with database.write() as session:
        change = programmes.begin_change(session, "T", Actor.command(), reason="补录")
        project = projects.find(session, change.programme, "A001")
        assert project.id is not None
        inspections.record(change, project.id, "2023-06", {"problems": "征地未完成"}, ["problems"])
    refused = act(office, tried["id"], "commit", expect=409)
    assert counted["examined"] == 3  # tried; at the commit; the preview made anew
    assert "征地未完成" in {row["old"] for row in refused["detail"]["changes"]}


def test_who_commits_and_when_is_of_the_commit_not_of_the_preview(
    client_as: ClientAs, database: Database, counted: dict[str, int]
) -> None:
    tried = hand_in(client_as("office", "张三"), month_sheet(6, JUNE))
    act(client_as("office", "李四"), tried["id"], "commit")
    assert counted["examined"] == 1
    with database.read() as session:
        programme = programmes.get(session, "T")
        [record] = inspections.records_of(session, programme, projects.find(session, programme, "A001").id or 0)
        assert (record.recorded_by, record.recorded_at) == ("李四", programme.last_recorded_at)


def test_an_answer_about_a_project_s_name_does_not_read_the_sheet_anew(
    office: TestClient, counted: dict[str, int]
) -> None:
    tried = hand_in(office, month_sheet(6, changed(JUNE, 1, 1, "华丰铝板带技术改造")))
    [name] = tried["questions"]
    assert name["code"] == "unknown_project"
    answered = act(office, tried["id"], "answers", answers={name["id"]: name["choices"][0]["value"]})
    assert (answered["questions"], counted) == ([], {"read": 1, "examined": 2})


def test_an_answer_about_a_cell_reads_the_sheet_anew(office: TestClient, counted: dict[str, int]) -> None:
    """30,000,000 万元 beside a plan of 12,000 万元 in the same row: the reader asks whether it is 元."""
    rows = [(number, name, 12_000, *rest) for number, name, *rest in changed(JUNE, 2, 2, 30_000_000)]
    headings = (*MONTH_HEADINGS[:2], "年度计划投资", *MONTH_HEADINGS[2:])
    tried = hand_in(office, month_sheet(6, rows, headings))
    [slip] = tried["questions"]
    assert slip["code"] == "unit_slip"
    act(office, tried["id"], "answers", answers={slip["id"]: slip["choices"][0]["value"]})
    assert counted["read"] == 2


def reading_that_asks(*ids: str) -> Reading:
    questions = tuple(Question(identifier, "unit_slip", "？", ()) for identifier in ids)
    return Reading("ask", questions=questions)


def test_a_reading_holds_while_the_answers_its_reader_asked_for_are_the_same() -> None:
    made: list[dict[str, str]] = []

    def read(answers: dict[str, str]) -> Reading:
        def make() -> Reading:
            made.append(answers)
            return reading_that_asks(*({"a", "b"} - answers.keys()))

        return saved_work.reading(b"own content of this test", "表.xlsx", None, answers, make)

    read({})
    read({"other": "x"})  # nobody's whom the reader asks
    read({"a": "1"})
    read({"a": "1", "other": "y"})
    read({"a": "2"})  # another answer to a question that is asked no more
    assert made == [{}, {"a": "1"}, {"a": "2"}]


def test_a_refusal_is_never_remembered() -> None:
    """It may have been the machine that was too busy."""
    times = []

    def make() -> Reading:
        times.append(1)
        return Reading("refuse", "正在读取的文件太多，请过一分钟再上传。")

    for _ in range(2):
        saved_work.reading(b"refused content of this test", "表.xlsx", None, {}, make)
    assert len(times) == 2
