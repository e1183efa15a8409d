"""When and by whom a visit was paid (帮扶记录表): read from its row, or asked.

Source: DESIGN §4. A visit without a day is of the sheet's month where it names one; without a department it is of the
one that is paired with the project. What neither says is asked, never guessed.
"""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, col

from app.programmes.models import Programme
from app.projects import service as projects
from app.projects.models import AssignmentRevision
from app.revisions import newest
from app.uploads.recording import Visit, holders_named
from importers.matching import SKIP
from importers.result import Choice, Fault, Question, Reading, Row


class Visits:
    """The visits of one record. What is asked and what is to be said stands in `questions` and `faults`."""

    def __init__(self, session: Session, programme: Programme, reading: Reading, answers: Mapping[str, str]) -> None:
        assert programme.id is not None
        self._programme = programme
        self._month = reading.month
        self._answers = answers
        self._paired: dict[int, list[AssignmentRevision]] = {}
        is_pairing = col(AssignmentRevision.role) == "paired_department"
        for held in newest(session, AssignmentRevision, programme.id, is_pairing):
            self._paired.setdefault(held.project_id, []).append(held)
        self.questions: list[Question] = []
        self.faults: list[Fault] = []

    def of(self, row: Row, project_id: int) -> Visit | None:
        """The row's visit; None where it is left out or asked about."""
        dated = self._day(row)
        if isinstance(dated, str):
            self._ask(row, "visited_on", dated)
            return None
        visited_on, precision = dated
        departments = self._departments(row, project_id, visited_on)
        if not departments:
            self._ask(row, "paired_department", "没有写明帮扶部门，项目也没有登记挂钩部门")
            return None
        return Visit(departments, visited_on, precision)

    def _day(self, row: Row) -> tuple[date, str] | str:
        """The day and how exactly it is known; or what is wrong, in words."""
        found = row.fields.get("visited_on")
        if found is not None and found.value is not None and found.precision in ("day", "month"):
            if found.value.year != self._programme.year:
                return f"的帮扶时间“{found.raw}”不在{self._programme.year}年度内"
            return found.value, found.precision
        if found is not None and found.raw and found.raw.strip() and found.value is not None:
            return f"的帮扶时间“{found.raw}”只写了年份"
        if self._month is None:
            return "没有能采用的帮扶时间，表里也没有写月份"
        self._notice(row, "visited_on", "visit_without_day", f"没有写明哪一天，按本表的{int(self._month[5:])}月记录")
        return date.fromisoformat(f"{self._month}-01"), "month"

    def _departments(self, row: Row, project_id: int, day: date) -> tuple[str, ...]:
        paired = projects.holders_on(self._paired.get(project_id, ()), day).get("paired_department", [])
        known = tuple(held.holder for held in paired)
        found = row.fields.get("paired_department")
        if found is not None and found.value is not None:
            return tuple(holders_named(found.value))
        if known:
            self._notice(
                row, "paired_department", "visit_without_department", f"没有写明帮扶部门，按登记的{'、'.join(known)}"
            )
        return known

    def _ask(self, row: Row, name: str, text: str) -> None:
        identifier = f"visit:{row.sheet}!{row.row}"
        if self._answers.get(identifier) == SKIP:
            return
        found = row.fields.get(name)
        cell = None if found is None else found.cell
        message = f"{row.sheet}第{row.row}行“{row.value('name')}”{text}，请补填后重新上传，或选定不导入这一行。"
        choices = (Choice(SKIP, "这一行不导入"),)
        self.questions.append(Question(identifier, "visit_incomplete", message, choices, row.sheet, row.row, cell))

    def _notice(self, row: Row, name: str, code: str, text: str) -> None:
        found = row.fields.get(name)
        cell, heading, raw = (None, None, None) if found is None else (found.cell, found.heading, found.raw)
        message = f"{row.sheet}第{row.row}行“{row.value('name')}”{text}。"
        self.faults.append(Fault(code, message, "notice", row.sheet, cell, heading, raw))
