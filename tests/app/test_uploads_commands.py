"""The commands check, import and revert (核对、导入、撤销): their JSON, their exit codes, one sentence on stderr."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlmodel import func, select

from app import cli
from app.audit.models import AuditEntry
from app.database import open_database
from app.evidence.models import StoredFile
from app.settings import Settings
from app.uploads.models import Upload
from tests.app.sheets import FARMING, INDUSTRY, JUNE, MONTH_HEADINGS, changed, month_sheet, plan_sheet, workbook
from tests.installations import NOTHING, PLANNED, NewInstallation, use


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_installation: NewInstallation) -> Path:
    use(monkeypatch, new_installation(tmp_path / "home", NOTHING))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def command(*words: str | Path, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = cli.run([str(word) for word in words])
        return Outcome(code, *capsys.readouterr())

    return command


@pytest.fixture
def county(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_installation: NewInstallation) -> Run:
    """The planned county, and 张三 of the office."""
    use(monkeypatch, new_installation(tmp_path / "county", PLANNED))
    assert run("user", "add", "张三", "--role", "office", "--password-stdin", stdin="Kou-ling-2023\n").code == 0
    return run


def saved(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_check_needs_no_database_and_exits_0_on_accept(run: Run, home: Path, tmp_path: Path) -> None:
    checked = run("check", saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE)), "--json")
    assert checked.code == 0
    assert set(checked.json) == {
        "decision", "message", "month", "unit", "sheets", "rows", "skipped", "questions", "faults",
    }  # fmt: skip
    assert (checked.json["decision"], checked.json["month"], checked.json["unit"]) == ("accept", "2023-06", "万元")
    assert [row["invested_ytd_wan"] for row in checked.json["rows"]] == ["1800", "3000", "300", "600"]
    assert not home.exists()


def test_check_exits_3_when_a_person_must_answer_and_month_settles_it(run: Run, tmp_path: Path) -> None:
    sheet = saved(tmp_path, "进展.xlsx", workbook("重点项目进展情况表", MONTH_HEADINGS, JUNE, "进展"))
    asked = run("check", sheet, "--json")
    assert (asked.code, asked.json["decision"], asked.json["questions"][0]["id"]) == (3, "ask", "month")
    assert run("check", sheet, "--json", "--month", "2023-06").json["decision"] == "accept"


def test_check_exits_1_with_one_sentence_on_what_is_no_sheet(run: Run, tmp_path: Path) -> None:
    refused = run("check", saved(tmp_path, "图.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100), "--json")
    assert (refused.code, refused.json["decision"]) == (1, "refuse")
    assert refused.err == refused.json["message"] + "\n"


def test_check_prints_for_people_too(run: Run, tmp_path: Path) -> None:
    said = run("check", saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE)))
    assert said.out.splitlines()[:2] == [
        "工作表“6月”：月度进展表，表头在第3行，读到4个项目",
        "月份 2023-06，单位 万元，项目4个",
    ]


def test_a_county_begins_with_its_programme_and_its_plan(run: Run, tmp_path: Path) -> None:
    words = ("--name", "重点项目", "--year", "2023", "--class", INDUSTRY, "--class", FARMING)
    assert run("programme", "add", "T", *words).code == 0
    done = run("import", saved(tmp_path, "计划.xlsx", plan_sheet()), "--programme", "T", "--register", "--json")
    assert (done.code, done.json["state"], done.json["registered"]) == (0, "committed", 4)


def test_import_prints_the_counts_of_the_contract(county: Run, tmp_path: Path) -> None:
    done = county("import", saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE[:3])), "--programme", "T", "--json")
    assert done.code == 0
    assert done.json == {
        "upload": 2,
        "decision": "accept",
        "state": "committed",
        "month": "2023-06",
        "new": 3,
        "changed": 0,
        "same": 0,
        "missing": ["猕猴桃种植园"],
        "registered": 0,
        "questions": [],
        "faults": [],
    }
    assert done.err == "已导入（编号2）：新增3行，变动0行，相同0行，登记新项目0个，表中缺1个项目。\n"


def test_import_twice_is_unchanged(county: Run, tmp_path: Path) -> None:
    sheet = saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE))
    county("import", sheet, "--programme", "T")
    again = county("import", sheet, "--programme", "T", "--json")
    assert (again.code, again.json["state"], again.json["same"]) == (0, "unchanged", 4)
    assert again.err == f"内容与已有数据相同，没有改动（编号{again.json['upload']}）。\n"


def test_open_questions_exit_3_and_store_nothing_until_answered(county: Run, tmp_path: Path) -> None:
    sheet = saved(tmp_path, "6月.xlsx", month_sheet(6, changed(JUNE, 2, 1, "红日光伏发电（一期）")))
    asked = county("import", sheet, "--programme", "T", "--json")
    assert (asked.code, asked.json["state"], asked.json["upload"]) == (3, "ask", None)
    database = open_database(Settings())
    with database.read() as session:
        for model in (Upload, StoredFile):
            assert session.exec(select(func.count()).select_from(model)).one() == 1  # the plan
    database.close()
    [question] = asked.json["questions"]
    answers = saved(tmp_path, "A.json", json.dumps({question["id"]: "A002"}).encode())
    done = county("import", sheet, "--programme", "T", "--answers", answers, "--by", "张三", "--json")
    assert (done.code, done.json["state"], done.json["new"]) == (0, "committed", 4)


def test_a_refused_import_exits_1_and_leaves_one_line_on_the_trail(county: Run, tmp_path: Path) -> None:
    refused = county("import", saved(tmp_path, "空.xlsx", b""), "--programme", "T", "--json")
    assert (refused.code, refused.json["state"], refused.json["decision"]) == (1, "refused", "refuse")
    assert refused.json["faults"][0]["severity"] == "error"
    assert refused.err.endswith("没有导入。\n")
    database = open_database(Settings())
    with database.read() as session:
        last = session.exec(select(AuditEntry).order_by(AuditEntry.number.desc())).first()  # type: ignore[attr-defined]
        assert session.exec(select(func.count()).select_from(Upload)).one() == 1
    database.close()
    assert last is not None and (last.action, last.outcome, last.target) == ("upload.import", "refused", "空.xlsx")


def test_revert_says_what_it_restored(county: Run, tmp_path: Path) -> None:
    county("import", saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE)), "--programme", "T")
    before = county("standings", "--programme", "T", "--period", "2023-06", "--json").json
    county("import", saved(tmp_path, "更正.xlsx", month_sheet(6, changed(JUNE, 2, 2, 3100))), "--programme", "T")
    undone = county("revert", "3", "--by", "张三", "--reason", "传错了表")
    assert (undone.code, undone.err) == (0, "已撤销导入3：恢复1处，撤去0处，保留0处。\n")
    assert county("standings", "--programme", "T", "--period", "2023-06", "--json").json == before
    again = county("revert", "3", "--by", "张三", "--reason", "传错了表")
    assert again.code == 1 and again.err.startswith("这次导入已由张三于20")


@pytest.mark.parametrize(
    "words",
    [
        ("import", "FILE", "--programme", "T", "--month", "2023-13"),
        ("import", "FILE", "--programme", "T", "--answers", "FILE"),
        ("import", "没有这个文件.xlsx", "--programme", "T"),
        ("check", "FILE", "--month", "六月"),
        ("revert", "一", "--by", "张三", "--reason", "试"),
        ("revert", "1"),
    ],
)
def test_bad_usage_exits_2(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    sheet = saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE))
    assert run(*(sheet if word == "FILE" else word for word in words)).code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("import", "FILE", "--programme", "X"), "没有代码为“X”的年度项目计划"),
        (("import", "FILE", "--programme", "T", "--by", "王五"), "没有名为“王五”的账号"),
        (("revert", "9", "--by", "张三", "--reason", "试"), "没有编号为9的导入记录"),
        (("revert", "1", "--by", "张三", "--reason", " "), "撤销要写明原因"),
    ],
)
def test_what_cannot_be_done_exits_1_with_a_sentence(
    county: Run, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    sheet = saved(tmp_path, "6月.xlsx", month_sheet(6, JUNE))
    done = county(*(sheet if word == "FILE" else word for word in words))
    assert done.code == 1 and done.err.startswith(sentence)
