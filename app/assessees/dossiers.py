"""From what is stored to what an assessment of others reads: one dossier for each assessee of a kind (考核依据).

Source: RULES §4, Others assessed. Projects' scores are those of the period's own board, so a published quarter counts
as published; service scores and visits are those known at the instant of that board.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.inspections import service as inspections
from app.organisation import service as organisations
from app.programmes.models import Programme
from app.projects import service as projects
from app.publications.boards import Basis, Sight
from app.support import service as support
from scoring.assessees import Measured
from scoring.lifecycle import State
from scoring.measures import AssesseeKind
from scoring.measuring import Dossier, ServiceMark, Visit
from scoring.periods import Period, last_day, month_text
from scoring.projectmeasures import HeldProject, Span

Recorded = Mapping[str, Mapping[str, Measured]]  # by assessee and part, for what no record stands behind yet
RECORDED_KINDS = frozenset({AssesseeKind.FUNCTIONAL_DEPARTMENT, AssesseeKind.INVESTOR, AssesseeKind.LEAD_OFFICIAL})


@dataclass(frozen=True, slots=True)
class Gathered:
    """The assessees of a kind; `without` counts the projects that nobody of the kind holds."""

    dossiers: tuple[Dossier, ...]
    span: Span
    without: int = 0


def gather(
    session: Session,
    programme: Programme,
    kind: AssesseeKind,
    period: Period,
    seen: Sight,
    made_from: Basis,
    recorded: Recorded,
) -> Gathered | None:
    """Everybody of a kind with what is known of them; None while the period has no committed month."""
    committed = period.committed(made_from.facts.committed_months)
    if not committed:
        return None
    reader = _Reader(session, programme, seen, made_from, _span(period, committed[-1], made_from))
    if kind is AssesseeKind.PROJECT:
        found = reader.projects()
    elif kind is AssesseeKind.RESPONSIBLE_UNIT:
        found = reader.responsible_units()
    elif kind is AssesseeKind.PAIRED_DEPARTMENT:
        found = reader.paired_departments()
    else:
        found = reader.recorded(kind, recorded)
    dossiers = tuple(replace(one, entered=recorded.get(one.key, {})) for one in found.dossiers)
    return replace(found, dossiers=dossiers)


def _span(period: Period, last: int, made_from: Basis) -> Span:
    has_statistics = any(
        kind.ytd_wan is not None or kind.month_wan is not None or kind.to_date_wan is not None
        for assessment in made_from.assessed
        for month, record in assessment.records.items()
        if month <= last
        for kind in (record.statistical,)
    )
    return Span(period.year, tuple(month for month in period.months if month <= last), has_statistics=has_statistics)


class _Reader:
    """Reads what the dossiers of one kind need, each table once."""

    def __init__(self, session: Session, programme: Programme, seen: Sight, made_from: Basis, span: Span) -> None:
        self._session, self._programme = session, programme
        self._seen, self._made_from, self._span = seen, made_from, span
        self._codes = {project_id: code for code, project_id in made_from.ids.items()}
        self._natures = projects.natures(session, programme, seen.known_at)
        self._held = {row["code"]: self._project(row) for row in seen.figures["rows"]}

    @property
    def _known_at(self) -> datetime | None:
        return self._seen.known_at

    def _project(self, row: Mapping[str, Any]) -> HeldProject:
        score = None if row["score"] is None else Decimal(row["score"])
        nature = self._natures.get(self._made_from.ids[row["code"]], "")
        return HeldProject(self._made_from.assessed[row["code"]], score, row["not_scored_reason"], nature)

    def projects(self) -> Gathered:
        """Every project of the board is assessed for itself."""
        found = tuple(Dossier(code, one.project.name, (one,)) for code, one in self._held.items())
        return Gathered(found, self._span)

    def responsible_units(self) -> Gathered:
        """Who answers for a project on the period's last day has its score; a month's service is its own holder's."""
        held: defaultdict[str, list[HeldProject]] = defaultdict(list)
        without = 0
        for row in self._seen.figures["rows"]:
            if row["responsible_unit"]:
                held[row["responsible_unit"]].append(self._held[row["code"]])
            else:
                without += 1
        service = self._service()
        found = tuple(
            Dossier(name, name, tuple(held.get(name, ())), service=tuple(service.get(name, ())))
            for name in dict.fromkeys((*held, *service))
        )
        return Gathered(found, self._span, without)

    def _service(self) -> Mapping[str, list[ServiceMark]]:
        days = {month_text(self._span.year, month): month for month in self._span.months}
        holders = self._holders("responsible_unit")
        found: defaultdict[str, list[ServiceMark]] = defaultdict(list)
        for row in inspections.service_scores(self._session, self._programme, known_at=self._known_at):
            month = days.get(row.month)
            holder = None if month is None else holders.get((row.project_id, month))
            if month is None or holder is None or row.project_id not in self._codes:
                continue
            code = self._codes[row.project_id]
            mark = ServiceMark(code, month, row.tracking_service_points, row.progress_speed_points, row.id)
            found[holder.holder].append(mark)
        for marks in found.values():
            marks.sort(key=lambda mark: (mark.month, mark.code))
        return found

    def _holders(self, role: str) -> dict[tuple[int, int], Any]:
        """Who held a role on each month's last day, by project id and month: columns `holder` and `unit_id`."""
        days = {last_day(self._span.year, month): month for month in self._span.months}
        rows = projects.first_holders(self._session, self._programme, role, days, self._known_at)
        return {(project_id, days[day]): row for (project_id, day), row in rows.items()}

    def _unit_names(self) -> Mapping[int | None, str]:
        return {unit.id: unit.name for unit in organisations.units(self._session, self._programme.organisation_id)}

    def paired_departments(self) -> Gathered:
        """Project-months in which a department was the project's and it was neither finished before nor 暂缓."""
        holders, units = self._holders("paired_department"), self._unit_names()
        paired: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        held: defaultdict[str, list[HeldProject]] = defaultdict(list)
        for (project_id, month), row in sorted(holders.items()):
            name = units.get(row.unit_id, row.holder)
            code = self._codes.get(project_id)
            if code is None or code not in self._held:
                continue
            standing = self._made_from.assessed[code].standing(month)
            is_over = standing.state is State.COMPLETED and standing.completed_month != month
            is_member = self._made_from.assessed[code].is_member(month)
            if is_member and not is_over and standing.state is not State.SUSPENDED:
                paired[name].append((code, month))
            if month == self._span.last:
                held[name].append(self._held[code])
        visits, has_visits = self._visits()
        found = tuple(
            Dossier(
                name,
                name,
                tuple(held[name]),
                visits=tuple(visits.get(name, ())),
                paired=tuple(sorted(paired[name])),
            )
            for name in sorted({*paired, *held})
        )
        return Gathered(found, replace(self._span, has_visits=has_visits))

    def _visits(self) -> tuple[Mapping[str, list[Visit]], bool]:
        """The period's visits by department, and whether the programme has any visit on record by then."""
        units = self._unit_names()
        end = last_day(self._span.year, self._span.last)
        found: defaultdict[str, list[Visit]] = defaultdict(list)
        rows = [
            row
            for row in support.visits_of(self._session, self._programme, known_at=self._known_at)
            if row.visited_on <= end
        ]
        for row in rows:
            month = row.visited_on.month
            if row.project_id in self._codes and month in self._span.months:
                day = f"{row.visited_on.day}日" if row.precision == "day" else "（日期未填）"
                visit = Visit(self._codes[row.project_id], month, f"{month}月{day}", bool(row.evidence.strip()), row.id)
                found[units.get(row.unit_id, row.department)].append(visit)
        return found, bool(rows)

    def recorded(self, kind: AssesseeKind, recorded: Recorded) -> Gathered:
        """Those for whom something was recorded; a leader with the projects they sponsor on the period's last day."""
        held: defaultdict[str, list[HeldProject]] = defaultdict(list)
        if kind is AssesseeKind.LEAD_OFFICIAL:
            for row in self._seen.figures["rows"]:
                held[row["lead_official"]].append(self._held[row["code"]])
        found = tuple(Dossier(name, name, tuple(held.get(name, ()))) for name in recorded)
        return Gathered(found, self._span)
