"""What reading a workbook yields: rows, faults, questions (读表结果). Values only; nothing here is stored.

Shapes follow CONTRACTS `check --json`; `to_json` gives exactly that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Severity = Literal["notice", "question", "error"]
Decision = Literal["accept", "ask", "refuse"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found in the sheet, named by its cell. `message` says where, what and what to do."""

    code: str
    message: str
    severity: Severity
    sheet: str | None = None
    cell: str | None = None  # "F12"
    heading: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something a person must decide. `id` is stable for the same file, so that answers can be given beforehand."""

    id: str
    code: str
    message: str
    choices: tuple[Choice, ...]
    sheet: str | None = None
    row: int | None = None
    cell: str | None = None
    default: str | None = None


class FieldValue(NamedTuple):
    """One cell read: `value` typed by its field (Decimal, date, str, bool, tuple), None when blank or unreadable.

    A tuple, because a large sheet has hundreds of thousands and each crosses from the child process to the caller.
    """

    value: Any
    raw: str | None
    cell: str  # "F12"
    heading: str
    precision: str | None = None  # dates: "year" | "month" | "day"


@dataclass(frozen=True, slots=True)
class Row:
    """One project's row. `fields` has an entry for every column the sheet has and the spec knows, blank ones too."""

    sheet: str
    row: int  # Excel's row number
    fields: Mapping[str, FieldValue]
    category: str | None = None
    faults: tuple[Fault, ...] = ()

    def value(self, name: str) -> Any:
        found = self.fields.get(name)
        return None if found is None else found.value


@dataclass(frozen=True, slots=True)
class SheetUse:
    name: str
    used: bool
    hidden: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    sheet: str
    row: int
    reason: Literal["section", "subtotal", "total", "note", "repeated_header", "blank", "hidden", "duplicate"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One workbook read in one pass. `spec` names the sheet spec: monthly, annual_plan, responsibility, …"""

    decision: Decision
    message: str | None = None
    spec: str | None = None
    month: str | None = None  # "YYYY-MM"
    unit: str | None = None  # 万元 | 亿元 | 元
    sheets: tuple[SheetUse, ...] = ()
    rows: tuple[Row, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    questions: tuple[Question, ...] = ()
    faults: tuple[Fault, ...] = field(default=())
