"""The command as a county's office uses it: an installation in a folder of its own, sheets in, JSON out (黑盒).

Nothing here looks behind the command; a test says what it wrote into sheets and what must be printed for it.
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from app import cli
from app.main import create_app
from app.settings import Settings
from tests.installations import use

Cells = Sequence[Any]
PASSWORD = "Kou-ling-2023\n"


@dataclass(frozen=True)
class Outcome:
    """What a command line left: exit code, data (stdout) and messages (stderr)."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Office:
    """One installation (`SANZHONG_HOME`) and one programme of it."""

    folder: Path
    settings: Settings
    monkeypatch: pytest.MonkeyPatch
    programme: str = "T"
    year: int = 2023
    files: int = field(default=0)

    def run(self, *words: object, stdin: str = "") -> Outcome:
        use(self.monkeypatch, self.settings)
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run([str(word) for word in words])
        return Outcome(code, out.getvalue(), err.getvalue())

    def done(self, *words: object, stdin: str = "") -> Outcome:
        """A command that must succeed."""
        outcome = self.run(*words, stdin=stdin)
        assert outcome.code == 0, f"{words}: {outcome}"
        return outcome

    # -- what goes in -----------------------------------------------------------------------------------------------

    def found(self, *classes: str, users: bool = True) -> "Office":
        """The programme, 张三 of the office and 李主任, who signs."""
        chosen = [word for name in classes for word in ("--class", name)]
        self.done("programme", "add", self.programme, "--name", "重点项目", "--year", self.year, *chosen)
        if users:
            self.user("张三", "office")
            self.user("李主任", "office_head")
        return self

    def user(self, name: str, role: str, *more: str) -> None:
        self.done("user", "add", name, "--role", role, *more, "--password-stdin", stdin=PASSWORD)

    def file(self, content: bytes, name: str = "") -> Path:
        """The workbook under a name of its own."""
        self.files += 1
        path = self.folder / (name or f"表{self.files}.xlsx")
        path.write_bytes(content)
        return path

    def try_import(self, content: bytes, *more: object, name: str = "", by: str = "张三") -> Outcome:
        path = self.file(content, name)
        words = ("--programme", self.programme, "--register", "--by", by, "--json")
        return self.run("import", path, *words, *more)

    def take(self, content: bytes, *more: object, name: str = "", by: str = "张三") -> Any:
        """Import a sheet that must be committed: the JSON of `import`."""
        outcome = self.try_import(content, *more, name=name, by=by)
        assert outcome.code == 0, outcome
        assert outcome.json["state"] in ("committed", "unchanged"), outcome
        return outcome.json

    def take_answering(self, content: bytes, answer: str = "as_written", **more: str) -> Any:
        """Import a sheet, giving `answer` to every question of it."""
        outcome = self.try_import(content, **more)
        if outcome.code == 3:
            path = self.folder / "A.json"
            path.write_text(json.dumps({one["id"]: answer for one in outcome.json["questions"]}), encoding="utf-8")
            outcome = self.try_import(content, "--answers", path, **more)
        assert outcome.code == 0, outcome
        return outcome.json

    def event(self, project: str, kind: str, on: str, *more: str) -> Outcome:
        words = ("--programme", self.programme, "--kind", kind, "--on", on, "--reason", "会议决定", "--by", "张三")
        return self.done("event", project, *words, *more)

    def publish(self, period: str, *names: str) -> None:
        """Draft and sign."""
        drafted = self.run("publish", "--programme", self.programme, "--period", period, "--by", "张三")
        assert drafted.code == 3, drafted
        self.done("publish", "--programme", self.programme, "--period", period, "--by", "李主任")

    def reopen(self, period: str, reason: str = "数据有误") -> None:
        words = ("reopen", "--programme", self.programme, "--period", period, "--reason", reason)
        drafted = self.run(*words, "--by", "张三")
        assert drafted.code == 3, drafted
        self.done(*words, "--by", "李主任")

    # -- what comes out ---------------------------------------------------------------------------------------------

    def board(self, period: str, *more: str) -> Any:
        return self.done("standings", "--programme", self.programme, "--period", period, *more, "--json").json

    def rows(self, period: str, *more: str) -> dict[str, Any]:
        """The board's rows by project name."""
        return {row["name"]: row for row in self.board(period, *more)["rows"]}

    def receipt(self, project: str, period: str, *more: str) -> Any:
        return self.done("receipt", project, "--programme", self.programme, "--period", period, *more, "--json").json

    def alerts(self, month: str, *more: str) -> Any:
        return self.done("alerts", "--programme", self.programme, "--month", month, *more, "--json").json

    def lights(self, month: str, *more: str) -> dict[str, Any]:
        return {row["name"]: row for row in self.alerts(month, *more)["rows"]}

    def everything(self, *months: int) -> str:
        """The boards of these months and of all quarters and the year, and the lights, as one text to be compared."""
        named = [f"{self.year}-{month:02d}" for month in months or (5, 6, 7)]
        periods = [*named, *(f"{self.year}Q{quarter}" for quarter in range(1, 5)), str(self.year)]
        with self.api("张三") as client:
            answers = [client.get("/api/standings", params={"programme": "T", "period": period}) for period in periods]
            answers += [client.get("/api/alerts", params={"programme": "T", "month": month}) for month in named]
        assert {answer.status_code for answer in answers} == {200}
        return "\n".join(answer.text for answer in answers)

    def api(self, name: str) -> TestClient:
        """The API of this installation, signed in with name and password."""
        use(self.monkeypatch, self.settings)
        client = TestClient(create_app(Settings()))
        answer = client.post("/api/session", json={"name": name, "password": PASSWORD.strip()})
        assert answer.status_code == 200, answer.text
        return client


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Office:
    """An installation whose tables are made, without programme or account."""
    return Office(tmp_path, settings, monkeypatch)


def sheet(title: str, headings: Cells, rows: Sequence[Cells], unit: str = "万元", name: str = "表") -> bytes:
    """A county sheet: title, unit line, headings in row 3, projects and sections from row 4 on.

    A row of one text alone is a section (一、…), spread over the sheet's width.
    """
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = name
    page.append([title])
    page.append([f"单位：{unit}"])
    page.append(list(headings))
    for row in rows:
        page.append(list(row))
        if len(row) == 1:
            page.merge_cells(start_row=page.max_row, start_column=1, end_row=page.max_row, end_column=len(headings))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def month_sheet(month: int, headings: Cells, rows: Sequence[Cells], unit: str = "万元", year: int = 2023) -> bytes:
    return sheet(f"{year}年{month}月全县“三重一大”项目进展情况表", headings, rows, unit, f"{month}月")


def numbered(rows: Sequence[Cells]) -> Iterator[Cells]:
    """The rows with 序号 before them; sections stay."""
    number = 0
    for row in rows:
        if len(row) == 1:
            yield row
        else:
            number += 1
            yield (number, *row)
