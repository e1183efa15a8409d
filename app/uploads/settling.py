"""Which project each row is about, and what a person must decide first (比对与待确认).

Source: DESIGN §4; CONTRACTS (questions). Reading asks what the sheet alone leaves open; here it is held against the
programme: names (importers.matching), figures (importers.sense), classes, blanks over figures. Nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session

import importers
from app.errors import Refused
from app.evidence.labels import label, shown
from app.inspections.models import InspectionRevision
from app.inspections.service import BLANK, INDICATOR
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects import service as projects
from app.projects.models import AssignmentRevision, EventRevision, NameAlias, PlanRevision, ProjectRevision
from app.uploads import filings
from app.uploads.filings import Filer
from app.uploads.judgements import Judgements
from app.uploads.known import Known
from app.uploads.recording import DERIVED_FIELDS, TEAM_SCORES, VISITS, Settled, month_of, record_fields
from app.uploads.visits import Visits
from importers import matching, sense
from importers.matching import KnownProject, MatchResult
from importers.result import Choice, Fault, Question, Reading, Row
from importers.sheets import spec_named
from importers.signatures import is_unfilled, signature
from scoring.facts import Event, EventKind
from scoring.lifecycle import Membership, MonthState, State, month_states
from scoring.periods import last_day

NEW_CLASS = "new"
KEEP, CLEAR = "keep", "clear"
EXAMPLES = 5
FIGURES = ("reported_ytd_wan", "verified_ytd_wan", "statistical_ytd_wan", "reported_to_date_wan")
UNCLASSIFIED = "未分类项目"

Place = tuple[str, int]  # sheet, row


@dataclass(slots=True)
class Settlement:
    """The rows whose project is known, in the sheet's order, and what stands open. `rows` carry applied answers.

    `part`: of a monthly sheet that holds one unit's, class's or team's projects alone, which; `missing` speaks of that
    part. `project_ids`: the projects the sheet is about.
    """

    rows: tuple[Row, ...]
    settled: list[Settled] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    part: dict[str, str | None] | None = None
    project_ids: list[int] = field(default_factory=list)
    effective_month: str | None = None


def settle(
    session: Session,
    programme: Programme,
    known: Known,
    reading: Reading,
    answers: Mapping[str, str],
    *,
    allow_register: bool,
    given_month: str,
    unit_id: int | None = None,
) -> Settlement:
    """Hold the reading against the programme. A sheet of an unknown month is only asked for its month.

    `unit_id`: the unit that files the sheet itself. Refused, naming the rows, where it speaks of others' projects.
    """
    is_monthly = reading.spec is not None and spec_named(reading.spec).is_monthly
    if reading.decision == "refuse" or (is_monthly and reading.month is None):
        return Settlement(reading.rows)
    filer = None
    if unit_id is not None and reading.month is not None:
        filer = filings.filer(session, programme, reading.month, unit_id)
    return _Settler(session, programme, known, reading, answers, allow_register, given_month, filer).settle()


def effective_question(programme: Programme) -> Question:
    """From when on does the sheet hold: asked when other things stand, or months are 已定稿, and no month was given."""
    months = [f"{programme.year}-{month:02d}" for month in range(1, 13)]
    labels = ["自1月起（更正年初的登记）", *(f"自{month}月起" for month in range(2, 13))]
    return Question(
        "effective_from",
        "effective_from",
        "这张表与已登记的内容不同，或有月份已定稿，请选定从哪个月起执行；之前的月份仍按原来的登记。",
        tuple(Choice(month, text) for month, text in zip(months, labels, strict=True)),
    )


class _Settler:
    def __init__(
        self,
        session: Session,
        programme: Programme,
        known: Known,
        reading: Reading,
        answers: Mapping[str, str],
        allow_register: bool,
        given_month: str,
        filer: Filer | None,
    ) -> None:
        assert programme.id is not None
        self._session = session
        self._programme = programme
        self._programme_id = programme.id
        self._stands = known
        self._reading = reading
        self._answers = answers
        self._allow_register = allow_register
        self._filer = filer
        self._month = month_of(reading)
        self._described = {
            row.project_id: row for row in sorted(known.rows(ProjectRevision), key=lambda row: row.project_id)
        }
        self._codes = projects.codes(session, programme)
        self._classes = programmes.class_names(session, programme)
        self._states = self._month_states()
        self._result = Settlement(reading.rows, effective_month=given_month or self._answered_month())

    def settle(self) -> Settlement:
        result = self._result
        rows: Sequence[Row] = self._reading.rows
        if self._filer:
            rows, said = filings.own_fields(rows)
            result.faults += said
        rows = self._filled_in(rows)
        matched = self._matched(rows)
        result.questions += matched.questions
        project_of = {(found.sheet, found.row): found.project_id for found in matched.matches}
        result.project_ids = sorted({found for found in project_of.values() if found is not None})
        how_of = {(found.sheet, found.row): found.how for found in matched.matches}
        learned = {(alias.sheet, alias.row) for alias in matched.learned}
        if self._reading.spec == VISITS:
            self._settle_visits(rows, project_of, learned)
            return result
        if self._reading.spec == TEAM_SCORES:
            rows = self._judged(rows, project_of)
        if self._month:
            rows = self._compared(rows, project_of)
        result.rows = tuple(rows)
        records = self._records() if self._month else {}
        blanks: dict[Place, dict[str, Any]] = {}
        # Of two sheets of one workbook that name a new project, one may say its class.
        stated = {row.value("name"): row.category for row in rows if row.category}
        for row in rows:
            place = (row.sheet, row.row)
            if how_of[place] in ("open", "skip"):
                continue
            project_id = project_of[place]
            class_name = self._class_of(row, stated.get(row.value("name")), is_new=project_id is None)
            if class_name is None:
                continue
            if project_id is not None and (over := self._blank_over_value(row, records.get(project_id))):
                blanks[place] = over
            result.settled.append(
                Settled(row, project_id, class_name, frozenset(blanks.get(place, {})), is_alias=place in learned)
            )
        self._ask_blanks(blanks)
        if self._month:
            present = set(result.project_ids)
            result.part = self._part(rows, present)
            result.missing = self._missing(matched.missing, records, result.part)
        return result

    def _filled_in(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Of a template only the rows that somebody filled in: the others say nothing. What is odd about it is said."""
        signed = [row for row in rows if row.value("signature") is not None]
        known = {signature(self._programme.code, code) for code in self._codes.values()}
        foreign = [row for row in signed if row.value("signature") not in known]
        if foreign:
            message = (
                f"{foreign[0].sheet}第{foreign[0].row}行等{len(foreign)}行的校验码不是“{self._programme.name}”的，"
                "可能用了别的年度的模板，已改按编号和名称比对，请核实。"
            )
            self._result.faults.append(Fault("foreign_template", message, "notice", foreign[0].sheet))
        if self._month is None:
            return rows
        empty = [row for row in signed if is_unfilled(row)]
        if empty:
            message = f"{empty[0].sheet}有{len(empty)}个项目没有填写，这些项目不作改动。"
            self._result.faults.append(Fault("unfilled_rows", message, "notice", empty[0].sheet))
        return [row for row in rows if row not in empty] if empty else rows

    def _settle_visits(self, rows: Sequence[Row], project_of: Mapping[Place, int | None], learned: set[Place]) -> None:
        visits = Visits(self._session, self._programme, self._reading, self._answers)
        for row in rows:
            project_id = project_of[row.sheet, row.row]
            if project_id is None or (visit := visits.of(row, project_id)) is None:
                continue
            is_alias = (row.sheet, row.row) in learned
            self._result.settled.append(Settled(row, project_id, is_alias=is_alias, visit=visit))
        self._result.questions += visits.questions
        self._result.faults += visits.faults

    def _judged(self, rows: Sequence[Row], project_of: Mapping[Place, int | None]) -> Sequence[Row]:
        """A team's points under the indicators of the rule book in force."""
        assert self._month is not None
        book = programmes.rule_book(self._session, self._programme, self._month)
        judgements = Judgements(book.indicators, self._answers)
        judged = []
        for row in rows:
            project_id = project_of[row.sheet, row.row]
            known = self._described.get(project_id) if project_id is not None else None
            code = self._codes[known.project_id] if known else None
            judged.append(judgements.of(row, code, known.class_name if known else row.category))
        self._result.questions += judgements.questions
        self._result.faults += judgements.faults
        return judged

    # ---- names ------------------------------------------------------------------------------------------------------

    def _matched(self, rows: Sequence[Row]) -> MatchResult:
        """Which project each row is about. A unit is matched against its own projects; no project is registered by it,
        nor by a record of visits."""
        known, answers = self._known(), self._answers
        can_register = self._filer is None and self._reading.spec != VISITS
        if self._filer:
            self._refuse_foreign(rows, known, self._filer)
            known = [project for project in known if project.id in self._filer.project_ids]
        if not can_register:
            answers = {identifier: value for identifier, value in answers.items() if value != matching.NEW}
        may_repeat = self._reading.spec is not None and spec_named(self._reading.spec).may_repeat
        matched = matching.match(
            rows,
            known,
            allow_register=self._allow_register and can_register,
            answers=answers,
            may_repeat=may_repeat,
        )
        return matched if can_register else replace(matched, questions=tuple(map(_without_new, matched.questions)))

    def _refuse_foreign(self, rows: Sequence[Row], known: Sequence[KnownProject], filer: Filer) -> None:
        decided = matching.match(rows, known, allow_register=False, answers={}, may_repeat=True).matches
        foreign = {
            (found.sheet, found.row)
            for found in decided
            if found.project_id is not None and found.project_id not in filer.project_ids
        }
        if foreign:
            message = filings.refusal(filer.name, [row for row in rows if (row.sheet, row.row) in foreign])
            found = {**importers.to_json(self._reading), "decision": "refuse", "message": message}
            raise Refused(message, detail=found)

    def _known(self) -> list[KnownProject]:
        remembered: dict[int, list[str]] = {}
        for alias in self._stands.rows(NameAlias):
            remembered.setdefault(alias.project_id, []).append(alias.alias)
        return [
            KnownProject(
                project_id,
                self._codes[project_id],
                row.name,
                (*row.aliases, *row.former_names, *remembered.get(project_id, ())),
                is_active=self._states[project_id].membership is not Membership.LEFT,
                signature=signature(self._programme.code, self._codes[project_id]),
            )
            for project_id, row in self._described.items()
        ]

    def _month_states(self) -> dict[int, MonthState]:
        """Each project's state at the end of the sheet's month (of the year, for a plan sheet)."""
        events: dict[int, list[Event]] = {}
        for event in self._stands.rows(EventRevision):
            events.setdefault(event.project_id, []).append(Event(EventKind(event.kind), event.on, tuple(event.months)))
        month = int(self._month[5:]) if self._month else 12
        return {
            project_id: month_states(events.get(project_id, ()), self._programme.year)[month - 1]
            for project_id in self._described
        }

    def _part(self, rows: Sequence[Row], present: set[int]) -> dict[str, str | None] | None:
        """The one unit, class or team whose projects alone the sheet holds; None for a sheet of the whole programme."""
        assert self._month is not None
        unit = class_name = team = None
        if self._filer:
            unit = self._filer.name
        else:
            if self._reading.spec == TEAM_SCORES:
                teams = {row.value("team") for row in rows}
                team = teams.pop() if len(teams) == 1 else None
            unit = self._only(self._responsible_units(), present)
            class_name = self._only({key: row.class_name for key, row in self._described.items()}, present)
        whose = "、".join(filter(None, (team, unit)))
        if not whose and not class_name:
            return None
        label = "的".join(filter(None, (whose, class_name)))
        return {"unit": unit, "class": class_name, "team": team, "label": f"本表只含{label}"}

    def _only(self, scope: Mapping[int, str], present: set[int]) -> str | None:
        """The one name that all present projects share, where not all projects there are share it."""
        covered = {scope.get(project_id, "") for project_id in present}
        if len(covered) != 1 or len(present) == len(self._described):
            return None
        [name] = covered
        return name if name and any(scope.get(project_id, "") != name for project_id in self._described) else None

    def _missing(
        self,
        missing: Sequence[KnownProject],
        records: Mapping[int, InspectionRevision],
        part: Mapping[str, str | None] | None,
    ) -> list[dict[str, Any]]:
        """Projects the sheet should have had: members under assessment, of a partial sheet its own part's. Which
        projects a team visits is not known, so its sheet misses none. Listed, never withdrawn."""
        if part and part["team"]:
            return []
        if part and part["unit"]:
            units = self._responsible_units()
            missing = [project for project in missing if self._filer or units.get(project.id) == part["unit"]]
        if part and part["class"]:
            missing = [project for project in missing if self._described[project.id].class_name == part["class"]]
        return [
            {"code": project.code, "name": project.name, "has_record": project.id in records}
            for project in missing
            if self._states[project.id].membership is Membership.MEMBER
            and self._states[project.id].state not in (State.COMPLETED, State.SUSPENDED)
        ]

    def _responsible_units(self) -> dict[int, str]:
        assert self._month is not None
        day = last_day(int(self._month[:4]), int(self._month[5:]))
        return {
            row.project_id: row.holder
            for row in self._stands.rows(AssignmentRevision, role="responsible_unit")
            if row.from_on <= day and (row.to_on or day) >= day
        }

    # ---- figures ----------------------------------------------------------------------------------------------------

    def _compared(self, rows: Sequence[Row], project_of: Mapping[Place, int | None]) -> Sequence[Row]:
        """Rows against last month's figures and the stored plan, answers applied."""
        before = self._previous()
        previous = {
            place: before[found] for place, found in project_of.items() if found is not None and found in before
        }
        asked = [question.id for question in self._reading.questions]
        checked = sense.compare(rows, previous, self._answers, asked)
        self._result.questions += checked.questions
        self._result.faults += checked.faults
        return checked.rows

    def _previous(self) -> dict[int, sense.Previous]:
        """Of each project: the figures of the nearest earlier month that has any, the plan in force, 万元."""
        assert self._month is not None
        day = last_day(int(self._month[:4]), int(self._month[5:]))
        last: dict[int, dict[str, Any]] = {}
        for project_id, month, *values in self._stands.earlier_figures(FIGURES, self._month):
            if any(value is not None for value in values):
                last[project_id] = {"month": month} | dict(zip(FIGURES, values, strict=True))
        plans: dict[int, PlanRevision] = {}
        for plan in sorted(self._stands.rows(PlanRevision), key=lambda plan: plan.effective_on):
            if plan.effective_on <= day:
                plans[plan.project_id] = plan
        return {
            project_id: sense.Previous(
                annual_plan_wan=plans[project_id].annual_investment_wan if project_id in plans else None,
                total_investment_wan=row.total_investment_wan,
                **last.get(project_id, {}),
            )
            for project_id, row in self._described.items()
        }

    def _records(self) -> dict[int, InspectionRevision]:
        assert self._month is not None
        return {record.project_id: record for record in self._stands.rows(InspectionRevision, month=self._month)}

    # ---- questions --------------------------------------------------------------------------------------------------

    def _class_of(self, row: Row, stated: str | None, *, is_new: bool) -> str | None:
        """The programme's class for the row; "" to leave a known project's as it is; None when that is asked."""
        if stated is not None:
            found = next((name for name in self._classes if _plain_class(name) == _plain_class(stated)), None)
            if found is not None:
                return found
        if not self._classes and is_new:
            return stated or UNCLASSIFIED
        if not is_new and (self._month or stated is None):
            return ""
        if stated is None and len(self._classes) == 1:
            return self._classes[0]  # there is no other
        identifier = f"class:{stated or ''}"
        answer = self._answers.get(identifier)
        if answer in self._classes:
            return answer
        if answer == NEW_CLASS and stated:
            return stated
        if all(question.id != identifier for question in self._result.questions):
            self._result.questions.append(self._class_question(identifier, row, stated))
        return None

    def _class_question(self, identifier: str, row: Row, stated: str | None) -> Question:
        where = f"{row.sheet}第{row.row}行“{row.value('name')}”"
        choices = [Choice(name, f"归入“{name}”") for name in self._classes]
        if stated:
            message = f"{where}的类别“{stated}”不在本年度的项目类别中，请选定归入哪一类。"
            choices.append(Choice(NEW_CLASS, f"增加类别“{stated}”"))
        else:
            message = f"{where}没有写明类别，请选定归入哪一类。"
        return Question(identifier, "unknown_class", message, tuple(choices), row.sheet, row.row)

    def _ask_blanks(self, blanks: Mapping[Place, Mapping[str, Any]]) -> None:
        """Blank cells where the month's record has a value: keep or clear is a person's choice, for the whole sheet."""
        if not blanks:
            return
        answer = self._answers.get("blank_over_value")
        if answer == CLEAR:
            self._result.settled = [
                Settled(item.row, item.project_id, item.class_name, is_alias=item.is_alias)
                for item in self._result.settled
            ]
            return
        if answer == KEEP:
            return
        cells = [
            f"{row.sheet}!{found.cell}（{row.value('name')} {label(name)}，"
            f"已有{shown(blanks[row.sheet, row.row][name])}）"
            for row in self._result.rows
            for name, found in record_fields(row, self._reading.spec).items()
            if name in blanks.get((row.sheet, row.row), {}) and name not in DERIVED_FIELDS
        ]
        listed = "、".join(cells[:EXAMPLES]) + (f"等{len(cells)}格" if len(cells) > EXAMPLES else "")
        self._result.questions.append(
            Question(
                "blank_over_value",
                "blank_over_value",
                f"{listed}在本表为空，而本月已有数值，请选定保留还是清空。",
                (Choice(KEEP, "保留已有的数值"), Choice(CLEAR, "按本表清空")),
            )
        )

    def _blank_over_value(self, row: Row, record: InspectionRevision | None) -> dict[str, Any]:
        """The fields whose cell is blank though the month's record has a value, and those values."""
        if record is None:
            return {}
        stands = {name: getattr(record, name) for name in BLANK}
        stands |= {f"{INDICATOR}{name}": points for name, points in record.indicator_points.items()}
        return {
            name: stands[name]
            for name, found in record_fields(row, self._reading.spec).items()
            if (found.raw is None or not found.raw.strip()) and stands.get(name) not in (BLANK.get(name), None)
        }

    def _answered_month(self) -> str | None:
        answer = self._answers.get("effective_from", "")
        return answer if answer in {f"{self._programme.year}-{month:02d}" for month in range(1, 13)} else None


def _without_new(question: Question) -> Question:
    return replace(question, choices=tuple(choice for choice in question.choices if choice.value != matching.NEW))


def _plain_class(name: str) -> str:
    """重大工业和服务业 and 重大工业和服务业项目 are one class."""
    flat = "".join(name.split())
    return flat.removesuffix("项目") or flat
