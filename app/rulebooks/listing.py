"""What the 考核办法 page reads: the book in force in plain Chinese, its history, what is proposed, shipped examples."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from app.audit.service import Actor
from app.programmes import service as programmes
from app.programmes.models import Programme, RuleBookRevision
from app.rulebooks.periods import adoptable_months, governing, months_governed
from app.rulebooks.service import pending_drafts
from app.rulebooks.texts import (
    LIGHTS,
    PROPOSERS,
    book_line,
    example_text,
    is_draft,
    month_of,
    parsed,
    revision_of,
    sha256_of,
)
from app.standings import service as standings
from scoring.bookdiff import FigureChange, book_changes
from scoring.bookschema import ENTRIES, entry_of, label_of, words_of
from scoring.bookwords import chapters
from scoring.rulebook import Figure, RuleBook, Value

STATES = {
    "in_force": "现行",
    "coming": "待施行",
    "past": "已过施行期",
    "replaced": "施行前已替换",
    "draft": "拟稿，未启用",
}


def listing(session: Session, actor: Actor, programme: Programme, *, two_person: bool) -> dict[str, Any]:
    """The book in force with its chapters, every adoption (the latest first), the draft, the examples, the rights."""
    may_propose = actor.role in PROPOSERS
    rows = history(session, programme)
    current = next(row for row in rows if row["state"] == "in_force")
    drafts = pending_drafts(session, programme) if may_propose else ()
    return {
        "programme": programme.code,
        "in_force": current | reading(parsed(session.get_one(RuleBookRevision, current["id"]).text)),
        "rows": rows,
        "total": len(rows),
        "draft": next((_draft_line(session, programme, one) for one in drafts), None),
        "examples": examples(current["sha256"]),
        "adoptable_months": adoptable_months(session, programme),
        "two_person": two_person,
        "may": {"try": may_propose, "propose": actor.role == "office", "adopt": actor.role == "office_head"},
    }


def shown(session: Session, actor: Actor, revision_id: int) -> dict[str, Any]:
    """One stored book: its line of the history, its text, and the text read in plain Chinese."""
    revision = revision_of(session, actor, revision_id)
    programme = session.get_one(Programme, revision.programme_id)
    if is_draft(revision):
        line = _draft_line(session, programme, revision)
    else:
        line = next(row for row in history(session, programme) if row["id"] == revision.id)
    return {"programme": programme.code, **line, "text": revision.text, **reading(parsed(revision.text))}


def example(name: str) -> dict[str, Any]:
    """One shipped book, to be read or tried."""
    text = example_text(name)
    book = parsed(text)
    return {"name": name, **book_line(book, sha256_of(text)), "text": text, **reading(book)}


def examples(in_force_sha256: str) -> list[dict[str, Any]]:
    """The shipped books, then the light rules of other places; the one in force is marked."""
    found = []
    for name in [*programmes.rule_book_names(), *(f"{LIGHTS}{one}" for one in programmes.light_preset_names())]:
        text = example_text(name)
        book = parsed(text)
        line = book_line(book, sha256_of(text))
        source = book.source
        if name.startswith(LIGHTS):
            source = next(one.source for one in book.figures if one.key == "lights.progress.comparator")
        found.append({"name": name, **line, "source": source, "is_in_force": line["sha256"] == in_force_sha256})
    return found


def history(session: Session, programme: Programme) -> list[dict[str, Any]]:
    """Every book that was put in force, the latest first, each against the one it took the place of."""
    revisions = _adoptions(session, programme)
    standing = {revision.id for revision in governing(session, programme)}
    month = current_month(session, programme)
    in_force = programmes.rule_book_revision(session, programme, month).id
    drafters = _drafters(session, programme)
    rows: list[dict[str, Any]] = []
    for place, revision in enumerate(revisions):
        before = None if place == 0 else _before(session, programme, revision)
        book = parsed(revision.text)
        if revision.id not in standing:
            state = "replaced"
        elif revision.id == in_force:
            state = "in_force"
        else:
            state = "coming" if revision.from_month > month else "past"
        changes = () if before is None else book_changes(parsed(before.text), book)
        rows.append(
            _line(revision, book, changes)
            | {
                "state": state,
                "state_label": STATES[state],
                "to_month": months_governed(session, programme, revision.from_month)[-1]
                if state != "replaced"
                else None,
                "drafted_by": drafters.get((revision.sha256, revision.from_month)),
                "previous": None if before is None else book_line(parsed(before.text), before.sha256),
            }
        )
    return rows[::-1]


def current_month(session: Session, programme: Programme) -> str:
    """The month that "in force" speaks of: the newest with committed data, else the year's first."""
    committed = standings.committed_months(session, programme)
    return committed[-1] if committed else f"{programme.year}-01"


def reading(book: RuleBook) -> dict[str, Any]:
    """A book chapter by chapter: sentences, worked example, and every figure with unit, source and date."""
    figures = {figure.key: figure for figure in book.figures}
    return {
        "source": book.source,
        "effective_from": book.effective_from.isoformat(),
        "chapters": [
            {
                "title": one.chapter.value,
                "sentences": list(one.sentences),
                "example": list(one.example),
                "figures": [_figure(figures[key], figures) for key in one.keys],
            }
            for one in chapters(book)
        ],
    }


def keys() -> list[dict[str, Any]]:
    """条目说明: every key that a book may hold, but the others assessed, whose parts are the book's own words."""
    return [
        {
            "key": entry.pattern,
            "chapter": entry.chapter.value,
            "label": entry.label,
            "meaning": entry.meaning,
            "form": entry.form,
            "unit": entry.unit,
            "is_optional": entry.is_optional,
        }
        for entry in ENTRIES
    ]


def _figure(figure: Figure, figures: Mapping[str, Figure]) -> dict[str, Any]:
    entry = entry_of(figure.key)
    words = {} if entry is None else entry.words
    return {
        "key": figure.key,
        "label": label_of(figure, figures),
        "words": words_of(figure.value, figure),
        "value": _typed(figure.value),
        "unit": figure.unit,
        "kind": figure.allowed.kind.value,
        "choices": [{"value": one, "label": words.get(one, one)} for one in figure.allowed.choices],
        "meaning": None if entry is None else entry.meaning,
        "form": None if entry is None else entry.form,
        "source": figure.source,
        "effective_from": figure.effective_from.isoformat(),
    }


def _typed(value: Value) -> str:
    """The value as somebody would type it to change it."""
    if isinstance(value, tuple):
        return "、".join(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _adoptions(session: Session, programme: Programme) -> list[RuleBookRevision]:
    query = select(RuleBookRevision).where(RuleBookRevision.programme_id == programme.id)
    ordered = query.order_by(col(RuleBookRevision.recorded_at), col(RuleBookRevision.id))
    return [revision for revision in session.exec(ordered) if not is_draft(revision)]


def _before(session: Session, programme: Programme, revision: RuleBookRevision) -> RuleBookRevision:
    """The book that governed its first month until it was put in force."""
    just_before = revision.recorded_at - timedelta(microseconds=1)
    return programmes.rule_book_revision(session, programme, revision.from_month, just_before)


def _drafters(session: Session, programme: Programme) -> dict[tuple[str, str], str]:
    """Who proposed a text for a month; the last of several."""
    query = select(RuleBookRevision).where(
        RuleBookRevision.programme_id == programme.id, col(RuleBookRevision.is_void).is_(False)
    )
    ordered = session.exec(query.order_by(col(RuleBookRevision.recorded_at)))
    return {(one.sha256, month_of(one)): one.recorded_by for one in ordered if is_draft(one)}


def _draft_line(session: Session, programme: Programme, draft: RuleBookRevision) -> dict[str, Any]:
    book = parsed(draft.text)
    before = programmes.rule_book_revision(session, programme, month_of(draft))
    months = months_governed(session, programme, month_of(draft))
    return _line(draft, book, book_changes(parsed(before.text), book)) | {
        "state": "draft",
        "state_label": STATES["draft"],
        "to_month": months[-1],
        "drafted_by": draft.recorded_by,
        "previous": book_line(parsed(before.text), before.sha256),
    }


def _line(revision: RuleBookRevision, book: RuleBook, changes: tuple[FigureChange, ...]) -> dict[str, Any]:
    return {
        "id": revision.id,
        **book_line(book, revision.sha256),
        "from_month": month_of(revision),
        "reason": revision.reason,
        "person": revision.recorded_by,
        "recorded_at": _instant(revision.recorded_at),
        "changes": change_lines(changes),
    }


def change_lines(changes: tuple[FigureChange, ...]) -> list[dict[str, Any]]:
    return [
        {"key": one.key, "chapter": one.chapter.value, "label": one.label, "old": one.old, "new": one.new}
        for one in changes
    ]


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
