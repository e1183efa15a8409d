"""Templates filled with what is known (填报模板): of a month, the annual plan, the responsibilities.

Source: DESIGN §4, CONTRACTS (`templates/monthly`). What a template looks like is `importers.templates`'; here is what
the programme knows. Handed in as it is, a filled template changes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from sqlmodel import Session, col

from app.accounts.service import require_role
from app.audit.service import Actor
from app.errors import Refused
from app.inspections.models import InspectionRevision
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects import service as projects
from app.projects.models import AssignmentRevision, EventRevision, PlanRevision, ProjectRevision
from app.publications.scope import viewer_of
from app.revisions import newest
from app.standings import service as standings
from importers import templates
from importers.grid import Precision, Stamp
from importers.templates import Cell, KnownRow, SpecName, Template
from scoring.facts import Event, EventKind
from scoring.lifecycle import Membership, month_states
from scoring.periods import last_day

OFFICE = ("office", "office_head")
ROLES: Mapping[SpecName, tuple[str, ...]] = {
    "monthly": (*OFFICE, "unit"),
    "annual_plan": OFFICE,
    "responsibility": OFFICE,
}
UNIT_COLUMNS = ("responsible_unit", "supporting_unit", "paired_department")
PRECISIONS: Mapping[str, Precision] = {"year": "year", "month": "month", "day": "day"}


@dataclass(frozen=True, slots=True)
class Written:
    """A template as a file."""

    name: str
    content: bytes


def template(
    session: Session,
    actor: Actor,
    programme_code: str,
    spec: SpecName,
    *,
    month: str | None = None,
    is_filled: bool = True,
) -> Template:
    """What the template says. A unit gets its own projects; without a month, the one after the newest reported."""
    require_role(actor, *ROLES[spec])
    programme = programmes.get(session, programme_code, actor)
    if spec == "monthly":
        month = month or _next_month(session, programme)
        if not month.startswith(f"{programme.year}-"):
            raise Refused(f"{month}不在{programme.year}年度内，请核对月份或所选的年度计划。")
    else:
        month = None
    rows = _Known(session, actor, programme, month).rows(spec) if is_filled else ()
    units = [unit.name for unit in organisations.units(session, programme.organisation_id)]
    choices: dict[str, Sequence[str]] = {"category": programmes.class_names(session, programme)}
    choices |= dict.fromkeys(UNIT_COLUMNS, units)
    return Template(spec, programme.code, programme.name, programme.year, month, tuple(rows), choices)


def written(found: Template) -> Written:
    """The template as a file. Takes a while: not to be called in a transaction."""
    kind = "模板" if found.rows else "空白模板"
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", templates.title(found))
    return Written(f"{name}（{kind}）.xlsx", templates.write(found))


def _next_month(session: Session, programme: Programme) -> str:
    months = standings.committed_months(session, programme)
    number = min(int(months[-1][5:]) + 1, 12) if months else 1
    return f"{programme.year}-{number:02d}"


class _Known:
    """What the programme knows of its projects on a day: a month's last, or the year's."""

    def __init__(self, session: Session, actor: Actor, programme: Programme, month: str | None) -> None:
        assert programme.id is not None
        self._session = session
        self._actor = actor
        self._programme = programme
        self._day = last_day(programme.year, int(month[5:]) if month else 12)
        self._events: defaultdict[int, list[Event]] = defaultdict(list)
        for event in newest(session, EventRevision, programme.id):
            self._events[event.project_id].append(Event(EventKind(event.kind), event.on, tuple(event.months)))
        held: defaultdict[int, list[AssignmentRevision]] = defaultdict(list)
        for row in newest(session, AssignmentRevision, programme.id):
            held[row.project_id].append(row)
        self._holders = {project_id: projects.holders_on(rows, self._day) for project_id, rows in held.items()}
        in_force = newest(session, PlanRevision, programme.id, col(PlanRevision.effective_on) <= self._day)
        self._plans = {plan.project_id: plan for plan in sorted(in_force, key=lambda plan: plan.effective_on)}
        self._invested = self._invested_before(month) if month else {}

    def _invested_before(self, month: str) -> dict[int, Decimal]:
        """The last reported figure of the year before the month, by project."""
        assert self._programme.id is not None
        earlier = newest(
            self._session,
            InspectionRevision,
            self._programme.id,
            col(InspectionRevision.month) >= f"{self._programme.year}-01",
            col(InspectionRevision.month) < month,
        )
        records = sorted(earlier, key=lambda record: record.month)
        return {record.project_id: record.reported_ytd_wan for record in records if record.reported_ytd_wan is not None}

    def rows(self, spec: SpecName) -> list[KnownRow]:
        """One row a project that belongs to the programme on the day, by code."""
        codes = projects.codes(self._session, self._programme)
        described = [row for row in projects.current(self._session, self._programme) if self._is_member(row.project_id)]
        if self._actor.role == "unit":
            own = self._own()
            described = [row for row in described if row.project_id in own]
        known = {"monthly": self._monthly, "annual_plan": self._plan, "responsibility": self._responsibility}[spec]
        rows = (
            KnownRow(codes[row.project_id], row.name, {"category": self._class(row), **known(row)}) for row in described
        )
        return sorted(rows, key=lambda row: row.code)

    def _is_member(self, project_id: int) -> bool:
        state = month_states(self._events[project_id], self._programme.year)[self._day.month - 1]
        return state.membership is Membership.MEMBER

    def _own(self) -> set[int]:
        """The projects that the unit of the account answers for."""
        viewer = viewer_of(self._session, self._actor)
        return projects.assigned_project_ids(
            self._session,
            self._programme,
            self._day,
            ("responsible_unit",),
            unit_id=viewer.unit_id,
            names=viewer.names,
        )

    def _class(self, row: ProjectRevision) -> str:
        return projects.group_on(row, self._day)[0]

    def _held(self, project_id: int, role: str) -> str | None:
        holders = self._holders.get(project_id, {}).get(role, [])
        return "、".join(held.holder for held in holders) or None

    def _monthly(self, row: ProjectRevision) -> dict[str, Cell]:
        plan = self._plans.get(row.project_id)
        return {
            "responsible_unit": self._held(row.project_id, "responsible_unit"),
            "lead_official": self._held(row.project_id, "lead_official"),
            "total_investment_wan": row.total_investment_wan,
            "annual_plan_wan": plan.annual_investment_wan if plan else None,
            "previous_ytd_wan": self._invested.get(row.project_id),
        }

    def _plan(self, row: ProjectRevision) -> dict[str, Cell]:
        values: dict[str, Cell] = {
            "level": projects.group_on(row, self._day)[1] or None,
            "nature": row.nature or None,
            "content": row.content or None,
            "investor": row.investor or None,
            "location": row.location or None,
            "total_investment_wan": row.total_investment_wan,
            "measures": row.measures or None,
        }
        plan = self._plans.get(row.project_id)
        if plan is not None:
            values |= {
                "annual_plan_wan": plan.annual_investment_wan,
                "planned_start": _stamp(plan.planned_start_on, plan.planned_start_precision),
                "planned_finish": _stamp(plan.planned_finish_on, plan.planned_finish_precision),
                "target": plan.target or None,
            }
            for month, amount in plan.cumulative_wan.items():
                values[f"plan_month_wan_{int(month):02d}"] = Decimal(amount)
        return values

    def _responsibility(self, row: ProjectRevision) -> dict[str, Cell]:
        columns = (column.field for column in templates.LAYOUTS["responsibility"].columns)
        return {role: self._held(row.project_id, role) for role in columns if role in projects.ROLES}


def _stamp(on: date | None, precision: str) -> Stamp | None:
    return None if on is None else Stamp(datetime.combine(on, time()), PRECISIONS[precision])
