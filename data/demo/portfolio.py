"""The demo's tables as values: 140 projects and what surrounds them (项目表、词表).

`projects.csv`, per project:
- `plan`, `invest`, `physical`: courses written "3:20 6:48" = 20 % by the end of March, 48 % by the end of June; of the
  annual investment for the first two, of the year's physical target for the third. Between two points the way is
  straight (from 0 at the turn of the year), after the last one it stays.
- `states`: "4:暂缓 6:复工" = what the sheet of that month says in 项目状态
- `gaps`: "5:未督查 7:未报 10:未评分"; a bare 未评分 holds for every month
"""

import csv
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
YEAR = 2023
TEAMS = ("督查一组", "督查二组", "督查三组")

Course = tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True)
class Project:
    """One row of projects.csv; money in 万元, `start` and `finish` as "YYYY-MM"."""

    number: int  # place in the table, from 1
    code: str
    name: str
    origin: str
    class_name: str
    kind: str
    nature: str
    unit: str
    lead: str
    department: str
    total_wan: Decimal | None
    annual_wan: Decimal | None
    start: str
    finish: str
    plan: Course
    invest: Course
    physical: Course
    states: dict[int, str]
    gaps: dict[int, str]

    @property
    def team(self) -> str:
        return TEAMS[self.number % len(TEAMS)]

    @cached_property
    def window(self) -> tuple[int, int]:
        """First and last month of the construction window inside the year."""
        year_from, month_from = map(int, self.start.split("-"))
        year_to, month_to = map(int, self.finish.split("-"))
        return (month_from if year_from == YEAR else 1, month_to if year_to == YEAR else 12)

    @property
    def entered(self) -> int:
        """The month it joined the programme: 1 but for a 增补."""
        return next((month for month, state in self.states.items() if state == "增补"), 1)

    @property
    def remarks(self) -> str:
        return "示例" if self.origin == "示例" else "类别为推断，金额、工期为示例"

    def state(self, month: int) -> str:
        """The newest state word up to the month, empty before there is one."""
        passed = [word for at, word in sorted(self.states.items()) if at <= month and word != "增补"]
        return passed[-1] if passed else ""

    def gap(self, month: int) -> str:
        return self.gaps.get(month, self.gaps.get(0, ""))


def projects() -> list[Project]:
    with (FOLDER / "projects.csv").open(encoding="utf-8", newline="") as file:
        return [_project(number, row) for number, row in enumerate(csv.DictReader(file), start=1)]


def programme() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "programme.toml").read_text(encoding="utf-8"))


def value_at(course: Course, month: int) -> Decimal:
    """Where a course stands at a month's end, in per cent, unrounded."""
    before: tuple[int, Decimal] = (0, Decimal(0))
    for point in course:
        if month <= point[0]:
            return before[1] + (point[1] - before[1]) * (month - before[0]) / max(1, point[0] - before[0])
        before = point
    return before[1]


def due_pct(project: Project, month: int) -> Decimal:
    """What the project should have reached by then, in per cent: its own monthly plan, else the straight line."""
    first, last = project.window
    if month < first:
        return Decimal(0)
    if project.plan:
        return value_at(project.plan, month)
    return Decimal(100 * (min(month, last) - first + 1)) / Decimal(last - first + 1)


def _project(number: int, row: dict[str, str]) -> Project:
    return Project(
        number=number,
        total_wan=_wan(row.pop("total_wan")),
        annual_wan=_wan(row.pop("annual_wan")),
        plan=course(row.pop("plan")),
        invest=course(row.pop("invest")),
        physical=course(row.pop("physical")),
        states=_words(row.pop("states")),
        gaps=_words(row.pop("gaps")),
        **row,
    )


def _wan(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def course(text: str) -> Course:
    """ "3:20 6:48" as points of (month, per cent)."""
    points = (point.split(":") for point in text.split())
    return tuple((int(month), Decimal(value)) for month, value in points)


def _words(text: str) -> dict[int, str]:
    """ "5:未督查 未评分" as {5: "未督查", 0: "未评分"}; 0 stands for every month."""
    parts = (part.rpartition(":") for part in text.split())
    return {int(month or 0): word for month, _, word in parts}
