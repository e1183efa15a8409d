"""What a commit would write, before it is written (预检结果): rehearsed in a savepoint and rolled back.

Source: CONTRACTS (`/api/uploads`), DESIGN §4. The check JSON, held against the programme, gets the differences,
the missing projects and the events it proposes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from app.audit.service import Actor
from app.errors import PeriodLocked
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.uploads.known import Known
from app.uploads.models import Upload
from app.uploads.recording import STATUSES, Outcome, record
from app.uploads.settling import Settlement, effective_question, settle
from importers import progress
from importers.result import Fault, Reading


@dataclass(frozen=True, slots=True)
class Examination:
    """The sheet against the programme: what is settled, what it wrote, what stands open."""

    reading: Reading  # with answers applied and all questions and faults
    settlement: Settlement
    outcome: Outcome
    is_locked: bool = False  # found with a lock lifted: a commit will be refused

    @property
    def is_repeatable(self) -> bool:
        """Whether what was rehearsed can be written as it stands."""
        return self.outcome.only_revisions and not self.is_locked

    @property
    def counts(self) -> dict[str, int]:
        """Projects new, changed, same, missing, registered; questions open."""
        return {
            **{status: self.outcome.count(status) for status in STATUSES},
            "missing": len(self.settlement.missing),
            "registered": len(self.outcome.registered),
            "questions": len(self.reading.questions),
        }

    @property
    def fingerprint(self) -> str:
        """What would be written, as one hash: equal previews write equal facts."""
        content = [
            [change._asdict() for change in self.outcome.changes],
            self.outcome.registered,
            self.outcome.proposed_events,
            sorted([*place, status] for place, status in self.outcome.rows.items()),
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def examine(change: Change, upload: Upload, reading: Reading, answers: Mapping[str, str]) -> Examination:
    """Settle the rows and write them within `change`. Raises PeriodLocked."""
    assert upload.id is not None
    session, programme = change.session, change.programme
    progress.enter("matching")
    known = Known(change)
    settlement = settle(
        session,
        programme,
        known,
        reading,
        answers,
        allow_register=upload.allow_register,
        given_month=upload.given_month,
        unit_id=upload.unit_id,
    )
    progress.enter("checking")
    outcome = record(
        change,
        upload.id,
        reading,
        settlement.settled,
        settlement.effective_month,
        known,
        entered_by=upload.uploaded_by if upload.is_form else "",
    )
    questions = [*reading.questions, *settlement.questions]
    if outcome.needs_effective_month:
        questions.append(effective_question(programme))
    found = replace(
        reading,
        rows=settlement.rows,
        questions=tuple(questions),
        faults=(*reading.faults, *settlement.faults, *outcome.notices),
    )
    if reading.decision != "refuse":
        message = questions[0].message if questions else None
        if len(questions) > 1:
            message = f"{questions[0].message.rstrip('。')}；共有{len(questions)}个问题待确认。"
        found = replace(found, decision="ask" if questions else "accept", message=message)
    return Examination(found, settlement, outcome)


def rehearse(
    session: Session,
    programme: Programme,
    upload: Upload,
    reading: Reading,
    answers: Mapping[str, str],
    actor: Actor,
    at: datetime | None = None,
) -> Examination:
    """What committing would write and ask; nothing of it stays. A locked month is said as an error of the sheet."""
    try:
        return _rehearsed(session, programme, upload, reading, answers, actor, at)
    except PeriodLocked as locked:
        found = _rehearsed(session, programme, upload, reading, answers, actor, at, without_locks=True)
        fault = Fault("period_locked", locked.message, "error")
        return replace(found, reading=replace(found.reading, faults=(*found.reading.faults, fault)), is_locked=True)


def _rehearsed(
    session: Session,
    programme: Programme,
    upload: Upload,
    reading: Reading,
    answers: Mapping[str, str],
    actor: Actor,
    at: datetime | None,
    *,
    without_locks: bool = False,
) -> Examination:
    savepoint = session.begin_nested()
    try:
        change = programmes.begin_change(session, programme, actor, at=at)
        if without_locks:
            for period in programmes.locked_periods(session, programme):
                programmes.set_lock(change, period, False)
        return examine(change, upload, reading, answers)
    finally:
        savepoint.rollback()


def additions(examination: Examination, at: datetime | None = None) -> dict[str, Any]:
    """What the preview says beside the check JSON. `changes` are of rows that stood already; new rows show whole."""
    outcome = examination.outcome
    changed_rows = {row for (_, row), status in outcome.rows.items() if status == "changed"}
    return {
        "spec": examination.reading.spec,
        "diff": {name: examination.counts[name] for name in ("new", "changed", "same", "missing")},
        "changes": [
            {name: value for name, value in change._asdict().items() if name != "is_first"}
            for change in outcome.changes
            if change.row in changed_rows
        ],
        "missing_projects": examination.settlement.missing,
        "part": examination.settlement.part,
        "proposed_events": outcome.proposed_events,
        "registered": outcome.registered,
        "counts": examination.counts,
        "fingerprint": examination.fingerprint,
        "previewed_at": (at or datetime.now(UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
