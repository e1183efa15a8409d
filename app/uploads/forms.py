"""A month's figures filled in on screen instead of in a workbook (网页填报): the same rows, faults and questions.

Source: DESIGN §4. What was sent is kept as a file like any other, and read again for each preview. Every value goes
through the parser of its column, so that 约300 means on screen what it means in a cell.
"""

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlmodel import Session

from app.errors import Refused
from app.evidence.labels import label
from app.programmes.models import Programme
from app.projects import service as projects
from app.uploads.filings import FILED
from app.uploads.recording import RECORD_FIELDS
from app.uploads.schemas import LONGEST_TEXT
from importers import sense
from importers.cells import Progress, Setting
from importers.grid import cell_name
from importers.result import Decision, Fault, FieldValue, Reading, Row, SheetUse
from importers.rows import declared, not_started
from importers.sheets import Column, spec_named

SHEET = "网页填报"
# What the office may enter beside what a unit files. A project's score is entered by its team.
OFFICES = (
    "verified_month_wan",
    "verified_ytd_wan",
    "statistical_month_wan",
    "statistical_ytd_wan",
    "node_judgement",
    "declaration",
)
COLUMNS: Mapping[str, Column] = {column.field: column for column in reversed(spec_named("monthly").columns)}
FIRST = 4  # the columns of code and name come before, as on a sheet: 序号 项目编号 项目名称


def fields_of(role: str) -> list[dict[str, str]]:
    """The fields a person may fill in, as {"name", "label", "kind"}."""
    names = FILED if role == "unit" else (*FILED, *OFFICES)
    return [{"name": name, "label": _heading(name), "kind": COLUMNS[name].kind} for name in names]


def content(
    session: Session,
    programme: Programme,
    month: str,
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    role: str,
    own: AbstractSet[int] | None = None,
) -> bytes:
    """What is kept of a form: canonical JSON with each project's code and name.

    `rows`: code or exact name, and the values as typed. NotFound for a project that is not there; Refused for a field
    that is not this role's to fill in, and for a project that comes twice. `own`: the projects of the unit that files;
    another's code is as unknown to it as one that nobody has, and its name is not told.
    """
    known = {field["name"] for field in fields_of(role)}
    codes, seen = projects.codes(session, programme), set()
    kept = []
    for wanted, values in rows:
        project = projects.find(session, programme, wanted, among=own)
        assert project.id is not None
        if project.id in seen:
            raise Refused(f"项目“{wanted}”填了两行，请合为一行。")
        seen.add(project.id)
        if unknown := sorted(set(values) - known):
            raise Refused(f"“{'、'.join(label(name) for name in unknown)}”不由您填报，请删去后重新提交。")
        if long := next((name for name, value in values.items() if len(str(value)) > LONGEST_TEXT), None):
            raise Refused(f"项目“{wanted}”的“{label(long)}”超过{LONGEST_TEXT}字，请删减。")
        name = projects.require(session, programme, project.id).name
        kept.append({"code": codes[project.id], "name": name, "values": dict(values)})
    return json.dumps({"month": month, "rows": kept}, ensure_ascii=False, sort_keys=True).encode()


def read(stored: bytes, answers: Mapping[str, str]) -> Reading:
    """The form as a Reading. Never raises for what was typed: a value that cannot be read is an error named."""
    form = json.loads(stored)
    month: str = form["month"]
    names = [name for name in (*FILED, *OFFICES) if any(name in row["values"] for row in form["rows"])]
    setting = Setting("万元", int(month[:4]))
    rows = [_row(number, row, names, setting) for number, row in enumerate(form["rows"], start=1)]
    checked = sense.check_rows(rows, [], answers)
    errors = [fault for row in checked.rows for fault in row.faults if fault.severity == "error"]
    decision: Decision = "refuse" if errors else "ask" if checked.questions else "accept"
    first = errors or checked.questions
    use = SheetUse(SHEET, True, False, f"网页填报{len(rows)}个项目")
    return Reading(
        decision,
        first[0].message if first else None,
        "monthly",
        month,
        "万元",
        (use,),
        checked.rows,
        (),
        checked.questions,
        checked.faults,
    )


def _row(number: int, row: Mapping[str, Any], names: Sequence[str], setting: Setting) -> Row:
    code, name = row["code"], row["name"]
    fields = {
        "code": FieldValue(code, code, cell_name(number, FIRST - 2), "项目编号"),
        "name": FieldValue(name, name, cell_name(number, FIRST - 1), "项目名称"),
    }
    faults: list[Fault] = []
    for place, field in enumerate(names, start=FIRST):
        typed = row["values"].get(field)
        value = typed.strip() if isinstance(typed, str) else typed
        parsed = COLUMNS[field].parser(None if value == "" else value, setting)
        cell, heading = cell_name(number, place), _heading(field)
        raw = None if value in (None, "") else str(value)
        found = FieldValue(parsed.value, raw, cell, heading, parsed.precision)
        for issue in parsed.issues:
            message = f"{SHEET}第{number}行“{name}”{heading}“{raw}”{issue.text}。"
            faults.append(Fault(issue.code, message, issue.severity, SHEET, cell, heading, raw))
        fields |= _parts(field, found, parsed.extra, fields)
    return Row(SHEET, number, fields, None, tuple(faults))


def _parts(field: str, found: FieldValue, extra: Any, known: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """What one value says: words of progress may say a percent too, which a percent of its own overrides."""
    if field == "physical_progress" and isinstance(extra, Progress):
        return {
            field: found,
            "physical_progress_pct": found._replace(value=extra.pct),
            "physical_progress_is_whole": found._replace(value=extra.is_whole),
        }
    if field == "physical_progress_pct" and found.value is None and field in known:
        return {}
    if field == "state":
        return {field: found, "states_not_started": found._replace(value=not_started(found.value))}
    if field == "declaration":
        return {field: found._replace(value=declared(found.value))}
    return {field: found}


def _heading(name: str) -> str:
    return label(RECORD_FIELDS.get(name, name))
