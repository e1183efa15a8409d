"""得分明细: how one project's score comes about, from the final down to file, sheet, cell and uploader.

Source: CONTRACTS `receipt --json`, RULES §2, §3. The arithmetic is scoring's; here each figure gets its cell.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from app.appeals import service as appeals
from app.audit.service import Actor
from app.errors import NotFound
from app.evidence import service as evidence
from app.inspections.models import InspectionRevision
from app.programmes.models import Programme
from app.projects.models import EventRevision, PlanRevision, Project
from app.publications import boards, movements, service
from app.publications.memory import Memory, Nothing
from app.publications.scope import scope_of, viewer_of
from app.revisions import AnyRevision
from scoring import facts as inputs
from scoring import receipts
from scoring.investment import Source
from scoring.monthly import SHEETS_PLAN, IndicatorScore
from scoring.periods import Period, last_day, month_index
from scoring.receipts import ReceiptMonth, ReceiptQuarter
from scoring.rounding import exact

Evidence = dict[str, str | int | None]


def receipt(
    session: Session,
    actor: Actor,
    programme: Programme,
    project: Project,
    period: str,
    as_of: date | None = None,
    known_at: datetime | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """The receipt of a project's score on the very board the actor sees. NotFound where the project is not theirs."""
    wanted = service.period_of(programme, period)
    viewer = viewer_of(session, actor)
    kept = memory or Nothing()
    seen = service.sight_of(viewer, service.sight(session, programme, wanted, as_of, known_at, kept))
    month = boards.last_month(session, programme, wanted, seen.known_at)
    day = last_day(programme.year, int(month[5:7]))
    assert project.id is not None
    if not scope_of(session, programme, viewer, day, seen.known_at).sees(project.id):
        raise unknown()
    made_from = boards.basis(session, programme, month, seen.known_at, kept)
    if project.code not in made_from.assessed:
        raise unknown()
    row = next((row for row in seen.figures["rows"] if row["code"] == project.code), None)
    given = boards.given_quarters(
        session, programme, wanted, made_from, seen.known_at, kept, with_issues=known_at is None
    )
    made = receipts.receipt(
        made_from.assessed.book,
        made_from.facts,
        project.code,
        wanted,
        quarter_scores={project.code: _given_scores(given, row)},
        given=given,
        assessed=made_from.assessed,
    )
    cells = Cells(session, made_from, project.code, made.quarters)
    board_row = row or {}
    moved = movements.of_sight(session, programme, wanted, seen, kept)["rows"]
    return {
        "code": made.code,
        "name": made.name,
        "period": made.period,
        "period_label": wanted.words,
        "programme": programme.code,
        "as_of": seen.figures["as_of"],
        "state": seen.state,
        "label": seen.figures["label"],
        "rulebook": made_from.book_name,
        "rulebook_title": made_from.assessed.book.name,
        "responsible_unit": made_from.assessed[project.code].project.responsible_unit,
        "score": _text(made.score),
        "not_scored_reason": made.not_scored_reason,
        "rank": board_row.get("rank"),
        "group": board_row.get("group"),
        "group_size": board_row.get("group_size"),
        "published_score": board_row.get("published_score"),
        "published_rank": board_row.get("published_rank"),
        "movement": next((one for one in moved if one["code"] == project.code), None),
        "formula": made.formula,
        "quarters": [_quarter(quarter, cells) for quarter in made.quarters],
        "alternative": {
            "missing_quarter": made.alternative.missing_quarter.value,
            "score": _text(made.alternative.score),
        },
        "policy": {name: dict(value) if isinstance(value, Mapping) else value for name, value in made.policy.items()},
        "policy_sentences": list(made.policy_sentences),
        "steps": list(made.steps),
        "appeals": _appeals(session, programme, project.id, wanted, known_at or service.end_of(as_of)[0]),
    }


def _appeals(
    session: Session, programme: Programme, project_id: int, period: Period, at: datetime | None
) -> list[dict[str, Any]]:
    """申诉 of the period's score and of those within it. Looked back on, as they stood then."""
    return appeals.of_project(session, programme, project_id, appeals.periods_within(period.text), at)


def unknown() -> NotFound:
    """The same words for a project that is not there and for one that is not the actor's to see."""
    return NotFound("没有这个项目，或不在您的查看范围内。请核对项目编号。")


def _given_scores(given: Iterable[str], row: Mapping[str, Any] | None) -> dict[str, Decimal | None]:
    """The board's quarter scores that are not the mean of the months: those published, corrected, by another book."""
    scores = {} if row is None else row["quarters"]
    return {name: None if scores[name] is None else Decimal(scores[name]) for name in given if name in scores}


def _quarter(quarter: ReceiptQuarter, cells: "Cells") -> dict[str, Any]:
    return {
        "quarter": quarter.quarter,
        "weight": exact(quarter.weight),
        "effective_weight": None if quarter.effective_weight is None else str(quarter.effective_weight),
        "score": _text(quarter.score),
        "is_published": quarter.is_published,
        "sentence": quarter.sentence,
        "months": [_month(month, cells) for month in quarter.months],
    }


def _month(month: ReceiptMonth, cells: "Cells") -> dict[str, Any]:
    found = cells.of(month)
    return {
        "month": month.month,
        "score": _text(month.score),
        "source": None if month.source is None else month.source.value,
        "reason": None if month.reason is None else str(month.reason),
        "sentence": month.sentence,
        "indicators": [_indicator(one, cells) for one in month.indicators],
        "evidence": found[0] if found else None,
        "cells": found,
        "team": cells.team(month),
        "team_score": _text(month.detail.team_score),
        "sheet_score": _text(month.detail.sheet_score),
        "computed_score": _text(month.detail.computed_score),
        "notices": list(month.detail.notices),
    }


def _indicator(one: IndicatorScore, cells: "Cells") -> dict[str, Any]:
    return {
        "name": one.name,
        "points": _text(one.points),
        "full_marks": str(one.full_marks),
        "reason": one.reason,
        "source": one.source,
        "cells": cells.of_sources(one.figures),
        "planned": cells.of_plan(one.planned),
    }


class Cells:
    """Where the figures of one receipt came from: its records' and events' provenance, read once."""

    def __init__(
        self, session: Session, made_from: boards.Basis, code: str, quarters: Iterable[ReceiptQuarter]
    ) -> None:
        self._project = made_from.assessed[code].project
        self._year = made_from.facts.year
        months = [month for quarter in quarters for month in quarter.months]
        refs = {month.detail.ref for month in months} | {
            source.ref
            for month in months
            for source in (*month.detail.sources, *(one for line in month.indicators for one in line.figures))
        }
        self._records = _by_id(session, InspectionRevision, refs)
        plans = {line.planned.ref for month in months for line in month.indicators if line.planned}
        self._plans = _by_id(session, PlanRevision, plans)
        self._events = _by_id(session, EventRevision, {event.ref for event in self._project.events})
        uploads = {
            int(cell["upload"])
            for revision in (*self._records.values(), *self._events.values(), *self._plans.values())
            for cell in revision.provenance.values()
            if cell.get("upload") is not None
        } | {event.upload_id for event in self._events.values() if event.upload_id is not None}
        self._sources = evidence.sources(session, uploads)

    def of(self, month: ReceiptMonth) -> list[Evidence]:
        """The cells behind a month's score, the deciding one first: of its figures, its row, or its 完工."""
        detail = month.detail
        if detail.by_completion:
            return self._completion(detail.month)
        figures = [source for line in month.indicators for source in line.figures]
        found = self.of_sources(list(dict.fromkeys((*detail.sources, *figures))))
        if month.reason is not None or not found:  # not the figures decided
            return [*self._row(detail.ref), *found]
        return found

    def of_sources(self, sources: Iterable[Source]) -> list[Evidence]:
        found: list[Evidence] = []
        for source in sources:
            revision = self._records.get(source.ref) if source.ref is not None else None
            if revision is not None:
                found.append({"field": source.field, "month": revision.month, **self._cell(revision, source.field)})
        return found

    def of_plan(self, planned: Source | None) -> Evidence | None:
        """Where what was due stands: a cell of the plan's sheet, or of the month's own."""
        if planned is None or planned.ref is None:
            return None
        if planned.field == SHEETS_PLAN:
            return next(iter(self.of_sources([planned])), None)
        revision = self._plans[planned.ref]
        cell = revision.provenance.get(planned.field)
        found = evidence.evidence(cell, self._sources, by=revision.recorded_by, at=revision.recorded_at)
        return {"field": planned.field, "month": f"{revision.effective_on:%Y-%m}", **found}

    def team(self, month: ReceiptMonth) -> str:
        """The inspection team named in the month's record; empty where none is."""
        revision = self._records.get(month.detail.ref) if month.detail.ref is not None else None
        return "" if revision is None else revision.team

    def _row(self, ref: int | None) -> list[Evidence]:
        """A row without a deciding figure (未报, a declaration): the first cell known of it."""
        revision = None if ref is None else self._records.get(ref)
        if revision is None:
            return []
        field = "declaration" if revision.declaration else next(iter(sorted(revision.provenance)), "")
        return [{"field": field, "month": revision.month, **self._cell(revision, field)}]

    def _completion(self, month: int) -> list[Evidence]:
        completed = [
            event
            for event in self._project.events
            if event.kind is inputs.EventKind.COMPLETED and month_index(self._year, event.on) <= month
        ]
        revision = self._events.get(completed[-1].ref) if completed and completed[-1].ref is not None else None
        if revision is None:
            return []
        cell = next(iter(revision.provenance.values()), None)
        if cell is None and revision.upload_id is not None:
            cell = {"upload": revision.upload_id}
        found = evidence.evidence(cell, self._sources, by=revision.recorded_by, at=revision.recorded_at)
        return [{"field": "event", "month": f"{revision.on:%Y-%m}", **found}]

    def _cell(self, revision: InspectionRevision, field: str) -> Evidence:
        cell = revision.provenance.get(field) or revision.provenance.get(field.split(".")[0])
        return evidence.evidence(cell, self._sources, by=revision.recorded_by, at=revision.recorded_at)


def _by_id(session: Session, model: type[AnyRevision], refs: Iterable[int | None]) -> dict[int, AnyRevision]:
    wanted = sorted(ref for ref in refs if ref is not None)
    if not wanted:
        return {}
    rows = session.exec(select(model).where(col(model.id).in_(wanted))).all()
    return {row.id: row for row in rows if row.id is not None}


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)
