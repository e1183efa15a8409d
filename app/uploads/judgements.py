"""The points of a team's score sheet against the rule book in force (督查评分核对).

Source: RULES §2. A column's indicator is one of the book's, by its name or the beginning of it; points beyond an
indicator's full marks are asked about. A column that is no indicator of the book is said and not kept.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from app.evidence.labels import shown
from app.inspections.service import INDICATOR
from app.uploads.recording import SERVICE_FIELDS
from importers.result import Choice, Fault, FieldValue, Question, Row
from importers.sense import AS_WRITTEN, BLANK
from scoring.rulebook import IndicatorSets, class_name

HIGHEST = Decimal(100)
_STATED_MARKS = re.compile(r"[(（\[【](?:满分)?(\d+(?:\.\d+)?)分[)）\]】]")


class Judgements:
    """The rows of one score sheet. What is asked and what is to be said stands in `questions` and `faults`."""

    def __init__(self, sets: IndicatorSets, answers: Mapping[str, str]) -> None:
        self._sets = sets
        self._answers = answers
        self._said: set[tuple[str, str]] = set()
        self.questions: list[Question] = []
        self.faults: list[Fault] = []

    def of(self, row: Row, code: str | None, group_class: str | None) -> Row:
        """The row with its points under the book's own names. `code` and `group_class` of the project, where known."""
        marks = self._full_marks(code, group_class)
        fields: dict[str, FieldValue] = {}
        for name, found in row.fields.items():
            if name in SERVICE_FIELDS:
                fields[name] = self._within(row, found, HIGHEST)
            elif not name.startswith(INDICATOR):
                fields[name] = found
            else:
                stated = name.removeprefix(INDICATOR)
                if indicator := _named(stated, marks):
                    self._compare_marks(row, found, indicator, marks[indicator])
                    fields[f"{INDICATOR}{indicator}"] = self._within(row, found, marks[indicator])
                else:
                    text = f"不是这个项目在考核办法中的指标（{'、'.join(marks)}），没有采用"
                    self._say(row, found, "unknown_indicator", text)
        return replace(row, fields=fields)

    def _full_marks(self, code: str | None, group_class: str | None) -> dict[str, Decimal]:
        """The indicators a project may be judged by, with their full marks."""
        own = self._sets.projects.get(code or "") or self._sets.classes.get(class_name(group_class or ""))
        return {one.name: one.full_marks for one in own or (*self._sets.default, *self._sets.without_investment)}

    def _within(self, row: Row, found: FieldValue, most: Decimal) -> FieldValue:
        """The cell, its points asked about when they are beyond what can be given, the answer applied."""
        if found.value is None or 0 <= found.value <= most:
            return found
        identifier = f"points_range:{row.sheet}!{found.cell}"
        answer = self._answers.get(identifier)
        nearest = most if found.value > most else Decimal(0)
        if answer == BLANK:
            return found._replace(value=None)
        if answer == AS_WRITTEN:
            return found._replace(value=nearest)
        message = f"{row.sheet}!{found.cell} {found.heading}“{found.raw}”不在0至{shown(most)}分之间，请选定。"
        choices = (Choice(AS_WRITTEN, f"按{shown(nearest)}分"), Choice(BLANK, "不采用，按未填处理"))
        self.questions.append(Question(identifier, "points_range", message, choices, row.sheet, row.row, found.cell))
        return found

    def _compare_marks(self, row: Row, found: FieldValue, indicator: str, full_marks: Decimal) -> None:
        stated = _STATED_MARKS.search(found.heading)
        if stated and Decimal(stated[1]) != full_marks:
            text = f"的满分与考核办法中“{indicator}”的{shown(full_marks)}分不同，请核实"
            self._say(row, found, "full_marks_differ", text, with_value=False)

    def _say(self, row: Row, found: FieldValue, code: str, text: str, *, with_value: bool = True) -> None:
        """Once for a column, naming its first cell."""
        if (code, found.heading) in self._said or (with_value and found.value is None):
            return
        self._said.add((code, found.heading))
        quoted = f"“{found.raw}”" if with_value else ""
        message = f"{row.sheet}!{found.cell} {found.heading}{quoted}{text}。"
        self.faults.append(Fault(code, message, "notice", row.sheet, found.cell, found.heading, found.raw))


def _named(stated: str, marks: Mapping[str, Decimal]) -> str:
    """The indicator a heading names: exactly, or as its beginning (投资 for 投资完成) where only one begins so."""
    if stated in marks:
        return stated
    near = [name for name in marks if name.startswith(stated) or stated.startswith(name)]
    return near[0] if len(near) == 1 else ""
