"""From settled rows to revisions (确认导入): what a sheet's rows write, row by row.

Source: DESIGN §3, §4; RULES §1, §3. The same code serves the preview, in a savepoint that is rolled back, and the
commit, which inserts what it found: what is shown is what will be written.

- A monthly sheet writes the month's records and the events its words state. Of what the plan and the responsibility
  sheets decide (plan, units, leaders, what a project is) it only fills what nothing is known of; where it says
  otherwise, that is a notice.
- An annual plan or responsibility sheet writes what a project is, its plan, nodes and responsibilities.
- A team's score sheet (督查评分表) is a monthly sheet whose score is the team's, by indicator where it says so; beside
  it stand the points of the responsible unit's service.
- A record of visits (帮扶记录表) writes visits and nothing else.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from sqlmodel import col

from app.evidence.labels import label, shown
from app.inspections import service as inspections
from app.inspections.models import InspectionRevision, ServiceScoreRevision
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.programmes.service import Change
from app.projects import service as projects
from app.projects.models import (
    AssignmentRevision,
    EventRevision,
    MilestoneRevision,
    NameAlias,
    PlanRevision,
    ProjectRevision,
)
from app.projects.service import Holder
from app.revisions import Difference, Revision, Standing, insert, sources_of, standing
from app.support import service as support
from app.support.models import VisitRevision
from app.uploads.known import Known
from importers import proposed_event
from importers.result import Fault, FieldValue, Reading, Row
from importers.sheets import spec_named
from scoring.facts import Event, EventKind
from scoring.lifecycle import MonthState, State, month_states
from scoring.periods import last_day

PROJECT_FIELDS = {  # of a sheet → of a project
    "level": "level",
    "nature": "nature",
    "content": "content",
    "investor": "investor",
    "location": "location",
    "total_investment_wan": "total_investment_wan",
    "actual_start": "actual_start_on",
    "actual_finish": "actual_finish_on",
    "measures": "measures",
}
RECORD_FIELDS = {"score": "sheet_score", "state": "state_words"}  # where a month's record names it otherwise
TEAM_SCORES, VISITS = "team_scores", "support_visits"  # the specs
SERVICE_FIELDS = ("tracking_service_points", "progress_speed_points")
VISITORS = ("department_leader", "department_staff", "service_staff", "visitors")  # who was there, in this order
VISIT_FIELDS = {
    "visit_content": "work_done",
    "visit_outcome": "outcome",
    "visit_evidence": "evidence",
    "problems": "problems",
}
# Read from a cell that is kept under another field: its text is not kept twice.
DERIVED_FIELDS = frozenset({"physical_progress_pct", "physical_progress_is_whole", "states_not_started"})
PLAN_FIELDS = (
    "annual_investment_wan",
    "cumulative_wan",
    "physical_progress_pct",
    "planned_start_on",
    "planned_start_precision",
    "planned_finish_on",
    "planned_finish_precision",
    "target",
)
IDENTITIES = frozenset({"unit_id", "official_id"})  # the name beside them is what people are shown
ROLES = (
    "responsible_unit",
    "supporting_unit",
    "responsible_person",
    "lead_official",
    "team_leader",
    "service_staff",
    "paired_department",
    "department_leader",
    "department_staff",
)
STATUSES = ("new", "changed", "same")  # the strongest first
UNIT_ROLES = frozenset({"responsible_unit", "supporting_unit", "paired_department"})
OFFICIAL_ROLES = frozenset({"lead_official", "department_leader"})
NAME_SEPARATOR = re.compile(r"[、,，;；/]+")


@dataclass(frozen=True, slots=True)
class Settled:
    """A row whose project is known. `project_id` None: it is to be registered under `class_name`.

    `kept_blanks` are fields whose cell is blank and which shall keep what stands. `is_alias`: the sheet's name for the
    project shall be remembered.
    """

    row: Row
    project_id: int | None
    class_name: str = ""
    kept_blanks: frozenset[str] = frozenset()
    is_alias: bool = False
    visit: "Visit | None" = None


@dataclass(frozen=True, slots=True)
class Visit:
    """The day and the departments of a visit, where the row leaves nothing open. `precision`: day | month."""

    departments: tuple[str, ...]
    visited_on: date
    precision: str


class ChangedValue(NamedTuple):
    """One value as it was and as it is; `is_first`: of a fact that nothing was known of before."""

    code: str
    name: str
    row: int
    field: str
    label: str
    old: str | None
    new: str | None
    is_first: bool


@dataclass(slots=True)
class Outcome:
    """What the rows wrote. `rows` says of each (sheet, row) "new", "changed" or "same", `projects` of each project:
    a plan and a responsibility sheet of one workbook both speak of it."""

    rows: dict[tuple[str, int], str] = field(default_factory=dict)
    projects: dict[int, str] = field(default_factory=dict)
    changes: list[ChangedValue] = field(default_factory=list)
    registered: list[dict[str, Any]] = field(default_factory=list)
    proposed_events: list[dict[str, Any]] = field(default_factory=list)
    notices: list[Fault] = field(default_factory=list)
    restated: list[dict[str, Any]] = field(default_factory=list)
    needs_effective_month: bool = False
    writes: int = 0
    revisions: list[tuple[type[Revision], list[dict[str, Any]]]] = field(default_factory=list)  # by table
    only_revisions: bool = True  # no project registered, no class added

    def count(self, status: str) -> int:
        """How many projects (visits, of a record of visits) are new, changed or the same."""
        return sum(found == status for found in (self.projects or self.rows).values())


def record(
    change: Change,
    upload_id: int,
    reading: Reading,
    settled: Iterable[Settled],
    effective_month: str | None,
    known: Known,
    *,
    entered_by: str = "",
) -> Outcome:
    """What the rows write: projects and classes they bring are there at once, the revisions wait for `write`.

    `effective_month`: from when on a changed plan or responsibility holds; None: not yet said. `entered_by`: who typed
    the rows, where no cell can be named. Raises PeriodLocked when something would change what a locked month was made
    of.
    """
    recorder = _Recorder(change, upload_id, reading, effective_month, known, entered_by)
    for item in settled:
        recorder.write(item)
    recorder.finish()
    return recorder.outcome


def write(change: Change, outcome: Outcome) -> None:
    """Insert the revisions, a table at a time, as of this change and by its actor: found by it, or by a rehearsal since
    which nothing has moved and which brought nothing but revisions.
    """
    stamp = {name: value for name, value in change.stamp().items() if name != "reason"}  # an event has its own
    for model, rows in outcome.revisions:
        insert(change.session, model, [{**row, **stamp} for row in rows])


def record_fields(row: Row, spec: str | None) -> dict[str, FieldValue]:
    """The row's cells that belong to a month's record, under the record's field names."""
    names = {**RECORD_FIELDS, "score": "team_score"} if spec == TEAM_SCORES else RECORD_FIELDS
    named = {names.get(name, name): found for name, found in row.fields.items()}
    return {
        name: found
        for name, found in named.items()
        if name in inspections.FIELDS or name.startswith(inspections.INDICATOR)
    }


def month_of(reading: Reading) -> str | None:
    """The month that a sheet's figures are of; None for a plan, responsibilities and visits."""
    return reading.month if reading.spec and spec_named(reading.spec).is_monthly else None


def holders_named(text: str) -> list[str]:
    """The names in one cell: 张三、李四 → [张三, 李四]."""
    return list(dict.fromkeys(name for part in NAME_SEPARATOR.split(text) if (name := part.strip())))


class _Recorder:
    def __init__(
        self,
        change: Change,
        upload_id: int,
        reading: Reading,
        effective_month: str | None,
        known: Known,
        entered_by: str,
    ) -> None:
        self.outcome = Outcome()
        self._change = change
        self._upload_id = upload_id
        self._spec = reading.spec
        self._entered_by = entered_by
        self._month = month_of(reading)
        self._effective_month = effective_month
        self._projects = known.standing(ProjectRevision)
        self._plans = known.standing(PlanRevision)
        self._plans_of = self._plans.parts("project_id")
        # Of the roles that the sheet has alone: a monthly one has two of nine.
        roles = [role for role in ROLES if any(role in row.fields for row in reading.rows)]
        self._holders = {role: known.standing(AssignmentRevision, role=role) for role in roles}
        self._holders_of = {role: standing.parts("project_id") for role, standing in self._holders.items()}
        self._events = known.standing(EventRevision)
        self._events_of = self._events.parts("project_id")
        self._milestones = known.standing(MilestoneRevision)
        self._aliases = known.standing(NameAlias)
        self._records = Standing(InspectionRevision)
        self._services = Standing(ServiceScoreRevision)
        if self._month:
            self._records = known.standing(InspectionRevision, month=self._month)
        if self._month and self._spec == TEAM_SCORES:
            self._services = known.standing(ServiceScoreRevision, month=self._month)
        self._visits = known.standing(VisitRevision) if self._spec == VISITS else Standing(VisitRevision)
        self._visit_numbers: Counter[tuple[int, str, date]] = Counter()
        self._codes = projects.codes(change.session, change.programme)
        self._classes = set(programmes.class_names(change.session, change.programme))
        self._registered: dict[str, int] = {}
        organisation_id = change.programme.organisation_id
        self._units = organisations.units_by_name(change.session, organisation_id)
        self._officials = organisations.officials_by_name(change.session, organisation_id)
        year = change.programme.year
        self._first_day = date(year, 1, 1)
        self._month_end = last_day(int(self._month[:4]), int(self._month[5:])) if self._month else None
        self._effective_on = date.fromisoformat(f"{effective_month}-01") if effective_month else self._first_day
        self._locked = programmes.locked_periods(change.session, change.programme)

    def finish(self) -> None:
        """Hand over what was recorded."""
        tables: list[Standing[Any]] = [
            self._projects,
            self._plans,
            *self._holders.values(),
            self._events,
            self._milestones,
            self._aliases,
            self._records,
            self._services,
            self._visits,
        ]
        self.outcome.revisions = [(table.model, table.unwritten) for table in tables if table.unwritten]

    def _known_since(self) -> date:
        """From when on holds what nothing was known of: from the year's first day, unless months are 已定稿.

        What was published had no such project and no such figure: then it holds from the sheet's month on, which a
        plan sheet has to be asked for.
        """
        if not self._locked:
            return self._first_day
        start = self._month or self._effective_month
        if start is None:
            self._ask_effective_month()
            start = _first_open_month(self._first_day.year, set(self._locked))
        return date.fromisoformat(f"{start}-01")

    def write(self, item: Settled) -> None:
        """One row: its project, and all the row says about it."""
        if self._spec == VISITS:
            self._visit(item)
            return
        row = item.row
        before = self.outcome.writes
        project_id = self._register(item) if item.project_id is None else item.project_id
        self._restate(ProjectRevision, (project_id,), ())
        self._describe(item, project_id)
        self._plan(row, project_id)
        for role in ROLES:
            self._assign(row, project_id, role)
        self._milestone(row, project_id)
        if item.is_alias:
            self._alias(row, project_id)
        recorded: Difference | None = None
        if self._month:
            recorded = self._inspect(item, project_id)
            self._serve(row, project_id)
            self._propose(row, project_id)
        if item.project_id is None or (recorded is not None and recorded.is_first):
            status = "new"
        else:
            status = "changed" if self.outcome.writes > before else "same"
        self.outcome.rows[row.sheet, row.row] = status
        known = self.outcome.projects.get(project_id, status)
        self.outcome.projects[project_id] = min(known, status, key=STATUSES.index)

    # ---- the project ------------------------------------------------------------------------------------------------

    def _register(self, item: Settled) -> int:
        row, name = item.row, item.row.fields["name"]
        if name.value in self._registered:  # two sheets of one workbook name it
            return self._registered[name.value]
        self._ensure_class(item.class_name)
        self.outcome.only_revisions = False
        values, cells = self._project_values(row)
        cells = {"name": name, "class_name": row.fields.get("category", name), **cells}
        entered_on: date | None = self._known_since()
        if entered_on == self._first_day:
            entered_on = None
        project = projects.register(
            self._change,
            name=name.value,
            class_name=item.class_name,
            code=row.value("code"),
            entered_on=entered_on,
            provenance=self._sources(row, cells),
            upload_id=self._upload_id,
            **values,
        )
        assert project.id is not None
        self._registered[name.value] = project.id
        self._codes[project.id] = project.code
        programme_id = project.programme_id
        self._projects |= standing(
            self._change.session, ProjectRevision, programme_id, col(ProjectRevision.project_id) == project.id
        )
        self._events_of[project.id,] |= standing(
            self._change.session, EventRevision, programme_id, col(EventRevision.project_id) == project.id
        )
        self.outcome.registered.append({"code": project.code, "name": name.value, "row": row.row})
        self.outcome.writes += 1
        stated = {"name": name.value, "class_name": item.class_name, **values}
        self._say(project.id, row, Difference({}, stated, is_first=True))
        if entered_on is not None:
            self._say_event(project.id, row, EventKind.ADDED, entered_on)
        return project.id

    def _ensure_class(self, name: str) -> None:
        if name not in self._classes:
            self.outcome.only_revisions = False
            programmes.ensure_class(self._change.session, self._change.programme, name)
            self._classes.add(name)

    def _project_values(self, row: Row) -> tuple[dict[str, Any], dict[str, FieldValue]]:
        """What the row says a project is, and the cells. A blank cell never takes anything away."""
        fields = PROJECT_FIELDS if self._month else PROJECT_FIELDS | {"remarks": "remarks"}  # else they are the month's
        cells = {
            target: found
            for source, target in fields.items()
            if (found := row.fields.get(source)) is not None and found.value is not None and found.precision != "year"
        }
        return {name: found.value for name, found in cells.items()}, cells

    def _describe(self, item: Settled, project_id: int) -> None:
        """What a known project is. A monthly sheet only fills what is blank."""
        row, stands = item.row, self._projects[project_id,]
        values, cells = self._project_values(row)
        effective_on: date | None = None
        if self._month:
            for name, value in list(values.items()):
                known = getattr(stands, name)
                if name == "level" or (known not in (None, "") and known != value):
                    if name in ("actual_start_on", "actual_finish_on"):
                        self._differs(row, cells[name], shown(known), "请核实后在项目档案中更正")
                    del values[name]
        else:
            if item.class_name:
                values["class_name"] = item.class_name
                cells["class_name"] = row.fields.get("category", row.fields["name"])
                self._ensure_class(item.class_name)
            # A level that nobody had stated is filled in; another class or level holds from a day on.
            group = {name: values[name] for name in ("class_name", "level") if name in values}
            if any(getattr(stands, name) not in ("", value) for name, value in group.items()):
                self._ask_effective_month()
                effective_on = self._effective_on if self._effective_on > self._first_day else None
        if values:
            written = projects.record_project(
                self._change,
                project_id,
                values,
                effective_on=effective_on,
                provenance=self._sources(row, cells),
                upload_id=self._upload_id,
                standing=self._projects,
            )
            self._wrote(ProjectRevision, (project_id,), project_id, row, written, values)

    def _alias(self, row: Row, project_id: int) -> None:
        alias = row.value("name")
        written = projects.record_alias(
            self._change, project_id, alias, upload_id=self._upload_id, standing=self._aliases
        )
        said = None if written is None else Difference({}, {"alias": alias}, is_first=True)
        self._wrote(NameAlias, (alias,), project_id, row, said, {"project_id": project_id})

    # ---- the plan ---------------------------------------------------------------------------------------------------

    def _plan(self, row: Row, project_id: int) -> None:
        values, cells = self._plan_values(row)
        if not values:
            return
        versions = {plan.effective_on: plan for plan in self._plans_of[project_id,].values() if not plan.is_void}
        sources = self._sources(row, cells)
        if not versions:
            effective_on = self._known_since()
        else:
            day = self._month_end or self._effective_on
            in_force = max((first for first in versions if first <= day), default=min(versions))
            carried = versions[in_force]
            again = {name for name, value in values.items() if getattr(carried, name) == value}
            self._restate(PlanRevision, (project_id, in_force), again)
            if self._month_end or len(again) == len(values):
                return  # where a monthly sheet differs from the plan, sense.compare says so
            self._ask_effective_month()
            effective_on = self._effective_on
            if effective_on > in_force:  # a further version says everything anew
                values = {name: getattr(carried, name) for name in PLAN_FIELDS} | values
                sources = {**sources_of(self._change.session, PlanRevision, carried), **sources}
        written = projects.record_plan(
            self._change,
            project_id,
            values,
            effective_on=effective_on,
            provenance=sources,
            upload_id=self._upload_id,
            standing=self._plans_of[project_id,],
        )
        self._wrote(PlanRevision, (project_id, effective_on), project_id, row, written, values)

    def _plan_values(self, row: Row) -> tuple[dict[str, Any], dict[str, FieldValue]]:
        """The row's plan: figures, dates and target that it states, and their cells."""
        cells: dict[str, FieldValue] = {}
        values: dict[str, Any] = {}
        for source, target in (("annual_plan_wan", "annual_investment_wan"), ("target", "target")):
            found = row.fields.get(source)
            if found is not None and found.value is not None:
                cells[target], values[target] = found, found.value
        cumulative: dict[str, str] = {}
        for month in range(1, 13):
            found = row.fields.get(f"plan_month_wan_{month:02d}")
            if found is not None and found.value is not None:
                cumulative[str(month)] = shown(found.value) or "0"
                cells.setdefault("cumulative_wan", found)
        if cumulative:
            values["cumulative_wan"] = cumulative
        for target, sources in (
            ("planned_start", ("planned_start", "started_on")),
            ("planned_finish", ("planned_finish",)),
        ):
            found = next((f for name in sources if (f := row.fields.get(name)) and f.value is not None), None)
            if found is None:
                continue
            if found.precision == "year" and found.value.year == self._change.programme.year:
                self._notice(row, found, "date_without_month", "只写了年份，没有月份，时间不采用，请补写月份")
                continue
            cells[f"{target}_on"], values[f"{target}_on"] = found, found.value
            values[f"{target}_precision"] = found.precision or "day"
        return values, cells

    def _milestone(self, row: Row, project_id: int) -> None:
        name, due = row.fields.get("milestones"), row.fields.get("milestone_due")
        if self._month or name is None or name.value is None or due is None or due.value is None:
            return
        values = {"due_on": due.value if due.precision == "day" else last_day(due.value.year, due.value.month)}
        written = projects.record_milestone(
            self._change,
            project_id,
            name.value,
            values,
            provenance=self._sources(row, {"due_on": due, "name": name}),
            upload_id=self._upload_id,
            standing=self._milestones,
        )
        self._wrote(MilestoneRevision, (project_id, name.value), project_id, row, written, values, "milestone")

    # ---- responsibilities -------------------------------------------------------------------------------------------

    def _assign(self, row: Row, project_id: int, role: str) -> None:
        found = row.fields.get(role)
        if found is None or found.value is None:
            return
        names = holders_named(found.value)
        if role == "responsible_unit":
            names = names[:1]  # only the first is scored; the others are 配合单位
        elif role == "supporting_unit":
            first = row.fields.get("responsible_unit")
            names = [*names, *(holders_named(first.value)[1:] if first is not None and first.value else [])]
        wanted = [self._holder(role, name) for name in names]
        rows = [held for held in self._holders_of[role][project_id,].values() if not held.is_void]
        source = {role: self._cell(row, found), "holder": self._cell(row, found)}
        if not rows:
            self._fill_role(row, project_id, role, wanted, source)
            return
        day = self._month_end or self._effective_on
        held_now = {held.holder: held for held in projects.holders_on(rows, day).get(role, [])}
        if set(held_now) == {holder.name for holder in wanted}:
            for held in held_now.values():
                self._restate(AssignmentRevision, (project_id, role, held.holder, held.from_on), ())
        elif self._month:
            if role in ("responsible_unit", "lead_official"):
                known = "、".join(held_now) or "无"
                self._differs(row, found, known, "如确已调整，请上传责任分解表")
        else:
            self._ask_effective_month()
            written = projects.replace_assignment(
                self._change,
                project_id,
                role,
                wanted,
                on=day,
                provenance=source,
                upload_id=self._upload_id,
                standing=self._holders_of[role][project_id,],
            )
            self._wrote(AssignmentRevision, (), project_id, row, written, ())

    def _fill_role(self, row: Row, project_id: int, role: str, wanted: list[Holder], source: Mapping[str, Any]) -> None:
        for holder in wanted:
            written = projects.record_assignment(
                self._change,
                project_id,
                role,
                holder.name,
                from_on=self._known_since(),
                unit_id=holder.unit_id,
                official_id=holder.official_id,
                provenance=source,
                upload_id=self._upload_id,
                standing=self._holders_of[role][project_id,],
            )
            said = None if written is None else Difference({}, {role: holder.name}, is_first=True)
            self._wrote(AssignmentRevision, (), project_id, row, said, ())

    def _holder(self, role: str, name: str) -> Holder:
        """The unit or official of this name where the register knows it; the name as it stands elsewhere."""
        plain = organisations.plain(name)
        if role in UNIT_ROLES and (unit := self._units.get(plain)) is not None:
            return Holder(unit.name, unit_id=unit.id)
        official = self._officials.get(plain) if role in OFFICIAL_ROLES else None
        return Holder(name, official_id=None if official is None else official.id)

    # ---- the month --------------------------------------------------------------------------------------------------

    def _inspect(self, item: Settled, project_id: int) -> Difference | None:
        assert self._month is not None
        named = record_fields(item.row, self._spec)
        cells = {name: found for name, found in named.items() if name not in item.kept_blanks}
        values = {name: found.value for name, found in cells.items()}
        written = inspections.record(
            self._change,
            project_id,
            self._month,
            values,
            cells,
            raw={name: text for name, found in cells.items() if (text := _own_text(name, found)) is not None},
            provenance=self._sources(item.row, cells),
            upload_id=self._upload_id,
            standing=self._records,
        )
        self._wrote(InspectionRevision, (project_id, self._month), project_id, item.row, written, values)
        return written

    def _serve(self, row: Row, project_id: int) -> None:
        """The points of the responsible unit's service. A blank cell never takes anything away."""
        cells = {name: found for name in SERVICE_FIELDS if (found := row.fields.get(name)) and found.value is not None}
        if not cells or self._month is None:
            return
        if (team := row.fields.get("team")) and team.value:
            cells["team"] = team
        values = {name: found.value for name, found in cells.items()}
        written = inspections.record_service(
            self._change,
            project_id,
            self._month,
            values,
            provenance=self._sources(row, cells),
            upload_id=self._upload_id,
            standing=self._services,
        )
        self._wrote(ServiceScoreRevision, (project_id, self._month), project_id, row, written, values)

    def _visit(self, item: Settled) -> None:
        """A row of a record of visits: one visit of each department it names."""
        row, visit, project_id = item.row, item.visit, item.project_id
        assert visit is not None and project_id is not None
        before = self.outcome.writes
        if item.is_alias:
            self._alias(row, project_id)
        cells = {target: found for name, target in VISIT_FIELDS.items() if (found := row.fields.get(name))}
        values = {name: found.value for name, found in cells.items() if found.value is not None}
        people = [found for name in VISITORS if (found := row.fields.get(name)) and found.value]
        if people:
            values["visitors"] = "、".join(
                dict.fromkeys(name for found in people for name in holders_named(found.value))
            )
            cells["visitors"] = people[0]
        for name, target in (("visited_on", "visited_on"), ("paired_department", "department")):
            if name in row.fields:
                cells[target] = row.fields[name]
        is_first = False
        for department in visit.departments:
            holder = self._holder("paired_department", department)
            place = (project_id, holder.name, visit.visited_on)
            self._visit_numbers[place] += 1
            said = {**values, "unit_id": holder.unit_id, "precision": visit.precision}
            written = support.record_visit(
                self._change,
                project_id,
                holder.name,
                visit.visited_on,
                said,
                number=self._visit_numbers[place],
                provenance=self._sources(row, cells),
                upload_id=self._upload_id,
                standing=self._visits,
            )
            is_first = is_first or (written is not None and written.is_first)
            self._wrote(VisitRevision, (*place, self._visit_numbers[place]), project_id, row, written, said)
        status = "new" if is_first else "changed" if self.outcome.writes > before else "same"
        self.outcome.rows[row.sheet, row.row] = status

    def _propose(self, row: Row, project_id: int) -> None:
        """The event that the row's words state, dated the month's last day, unless the state holds already."""
        stated = proposed_event(row)
        if stated is None or self._month_end is None:
            return
        kind, on = EventKind(stated), self._month_end
        known = [event for event in self._events_of[project_id,].values() if not event.is_void]
        events = [Event(EventKind(event.kind), event.on, tuple(event.months)) for event in known]
        stands = month_states(events, on.year)[on.month - 1]
        cell = next(
            (
                row.fields[name]
                for name in ("state", "physical_progress", "remarks")
                if name in row.fields and proposed_event(replace(row, fields={name: row.fields[name]})) == stated
            ),
            None,
        )
        if not _would_change(kind, stands):
            for event in known:
                if event.kind == kind.value:
                    self._restate(EventRevision, (project_id, event.kind, event.on), ())
            if kind is EventKind.PARTLY_COMPLETED and stands.state is State.COMPLETED and cell is not None:
                self._notice(row, cell, "completed_already", "而项目已登记完工，状态不变；如确未全部完工，请先登记复工")
            return
        written = projects.record_event(
            self._change,
            project_id,
            kind,
            on,
            reason=f"月报写明“{cell.raw if cell is not None else kind.value}”",
            provenance={} if cell is None else self._sources(row, {"kind": cell}),
            upload_id=self._upload_id,
            standing=self._events_of[project_id,],
        )
        if written is not None:
            self.outcome.writes += 1
            self._say_event(project_id, row, kind, on)

    # ---- what is said about it --------------------------------------------------------------------------------------

    def _wrote(
        self,
        model: type[Revision],
        key: tuple[Any, ...],
        project_id: int,
        row: Row,
        written: Difference | None,
        stated: Iterable[str],
        only: str | None = None,
    ) -> None:
        """Count what was written and name it; what stood already is noted as given once more."""
        again = set(stated) - (_differing(written) if written is not None else set())
        if key and (again or written is None):
            self._restate(model, key, again)
        if written is None:
            return
        self.outcome.writes += 1
        if only is not None:
            said = "；".join(text for value in written.new.values() if (text := shown(value)))
            written = Difference({}, {only: f"{key[-1]}（{said}）"}, written.is_first)
        self._say(project_id, row, written)

    def _say(self, project_id: int, row: Row, written: Difference) -> None:
        for name, new in written.new.items():
            old = written.old.get(name)
            if name in IDENTITIES:
                continue
            if name == "raw":
                texts = {**(old or {}), **new}
                pairs = [(f"raw.{key}", (old or {}).get(key), new.get(key)) for key in texts]
            elif name == "indicator_points":
                both = dict.fromkeys([*(old or {}), *new])
                pairs = [(f"{inspections.INDICATOR}{key}", (old or {}).get(key), new.get(key)) for key in both]
            elif name == "columns":
                pairs = [] if old is None else [(name, None, sorted(set(new) - set(old)))]
            else:
                pairs = [(name, old, new)]
            for key, was, now in pairs:
                if (before := shown(was)) != (after := shown(now)):
                    self.outcome.changes.append(
                        ChangedValue(
                            code=self._codes[project_id],
                            name=self._projects[project_id,].name,
                            row=row.row,
                            field=key,
                            label=label(key),
                            old=before,
                            new=after,
                            is_first=written.is_first,
                        )
                    )

    def _say_event(self, project_id: int, row: Row, kind: EventKind, on: date) -> None:
        name = self._projects[project_id,].name
        code = self._codes[project_id]
        self.outcome.proposed_events.append(
            {"project": code, "name": name, "kind": kind.value, "on": on.isoformat(), "row": row.row}
        )

    def _restate(self, model: type[Revision], key: tuple[Any, ...], fields: Iterable[str]) -> None:
        plain = [part.isoformat() if isinstance(part, date) else part for part in key]
        self.outcome.restated.append({"table": model.__tablename__, "key": plain, "fields": sorted(fields)})

    def _differs(self, row: Row, found: FieldValue, known: str | None, cure: str) -> None:
        self._notice(row, found, "differs_from_register", f"与已登记的“{known}”不同，仍按登记，{cure}")

    def _notice(self, row: Row, found: FieldValue, code: str, text: str) -> None:
        message = f"{row.sheet}!{found.cell} {found.heading}“{found.raw}”{text}。"
        self.outcome.notices.append(Fault(code, message, "notice", row.sheet, found.cell, found.heading, found.raw))

    def _ask_effective_month(self) -> None:
        if self._effective_month is None:
            self.outcome.needs_effective_month = True

    def _sources(self, row: Row, cells: Mapping[str, FieldValue]) -> dict[str, Any]:
        return {name: self._cell(row, found) for name, found in cells.items()}

    def _cell(self, row: Row, found: FieldValue) -> dict[str, Any]:
        if self._entered_by:
            return {"entry": self._entered_by}
        return {"upload": self._upload_id, "sheet": row.sheet, "cell": found.cell}


def _differing(written: Difference) -> set[str]:
    """The fields that were written otherwise; points by indicator one by one."""
    old = written.old.get("indicator_points") or {}
    points = written.new.get("indicator_points", {})
    return set(written.new) | {
        f"{inspections.INDICATOR}{name}" for name in {*old, *points} if old.get(name) != points.get(name)
    }


def _first_open_month(year: int, locked: set[str]) -> str:
    """The month from which on no month of the year is 已定稿; December where none is open."""
    months = [f"{year}-{number:02d}" for number in range(1, 13)]
    closed = [month for month in months if {month, programmes.quarter_of(month), month[:4]} & locked]
    return next((month for month in months if not closed or month > closed[-1]), months[-1])


def _would_change(kind: EventKind, stands: MonthState) -> bool:
    """Whether an event on the month's last day would change the state that holds by then."""
    if kind is EventKind.WITHDRAWN:
        return stands.left_by is None
    if kind is EventKind.RESUMED:
        return stands.state in (State.SUSPENDED, State.COMPLETED)
    if stands.state is State.COMPLETED:
        return False  # left by 复工 alone
    if kind is EventKind.PARTLY_COMPLETED:
        return stands.state is not State.PARTLY_COMPLETED
    return stands.state is not {EventKind.COMPLETED: State.COMPLETED, EventKind.SUSPENDED: State.SUSPENDED}.get(kind)


def _own_text(name: str, found: FieldValue) -> str | None:
    """The cell's own text where it says more than the value: 约1050 beside 1050."""
    raw, value = found.raw, found.value
    if raw is None or name in DERIVED_FIELDS or raw == value:
        return None
    if isinstance(value, Decimal):
        try:
            return None if Decimal(raw) == value else raw
        except InvalidOperation:
            return raw
    return None if value is None and not raw.strip() else raw
