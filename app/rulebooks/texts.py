"""Which text somebody means (考核办法文本): a stored revision, a shipped example, a text of their own, with changes.

A fault in it is refused with one sentence that names the key; the answer's detail says what belongs there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from app.audit.service import Actor
from app.errors import Malformed, NotFound, Refused
from app.programmes import service as programmes
from app.programmes.models import DRAFT, Programme, RuleBookRevision
from scoring.bookedit import edited
from scoring.bookschema import help_of
from scoring.light_presets import with_lights
from scoring.rulebook import EXAMPLE, RuleBook, RuleBookError

LIGHTS = "lights-"  # before the name of a preset
_READ_ON = "county-default"  # a preset is no book by itself: to be read it is laid over this one
PROPOSERS = ("office", "office_head")


class FaultyRuleBook(Refused):
    """The text is no sound rule book; `detail` names key and reason and says what belongs there."""

    code = "rule_book_faulty"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The book meant: `text`, or a stored `revision`, or a shipped `example`; none of them: the book in force.

    An example that is a set of light rules alone (lights-…) is laid over the book in force.
    `changes` are figures typed anew, by key; they get `source`.
    """

    text: str | None = None
    revision: int | None = None
    example: str | None = None
    changes: Mapping[str, str] = field(default_factory=dict)
    source: str = EXAMPLE


def parsed(text: str) -> RuleBook:
    """The book of a text. FaultyRuleBook naming the key."""
    try:
        return programmes.parse_cached(text)
    except RuleBookError as error:
        raise faulty(error) from error


def faulty(error: RuleBookError) -> FaultyRuleBook:
    return FaultyRuleBook(str(error), detail={"key": error.key, "reason": error.reason, "help": help_of(error.key)})


def text_of(session: Session, actor: Actor, programme: Programme, wanted: Wanted, month: str, since: date) -> str:
    """The text meant; the book in force is that of `month`, and changed figures are effective from `since`.

    Raises FaultyRuleBook, NotFound, Malformed when more than one book is meant.
    """
    if sum(one is not None for one in (wanted.text, wanted.revision, wanted.example)) > 1:
        raise Malformed("text（文本）、revision（已存的办法）、example（示例）只能给一个，请去掉其余的。")
    if wanted.text is not None:
        text = clean(wanted.text)
    elif wanted.example is not None and wanted.example.startswith(LIGHTS):
        text = lights_text(wanted.example, programmes.rule_book_revision(session, programme, month).text)
    elif wanted.example is not None:
        text = example_text(wanted.example)
    elif wanted.revision is not None:
        text = revision_of(session, actor, wanted.revision, programme).text
    else:
        text = programmes.rule_book_revision(session, programme, month).text
    parsed(text)
    if not wanted.changes:
        return text
    try:
        return edited(text, wanted.changes, source=wanted.source.strip() or EXAMPLE, effective_from=since)
    except RuleBookError as error:
        raise faulty(error) from error


def clean(text: str) -> str:
    """The text without what an editor on Windows adds; so that the same book has the same hash."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def sha256_of(text: str) -> str:
    # A lone surrogate, which JSON can carry, has no UTF-8; the parser refuses it where it could be stored.
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def example_text(name: str) -> str:
    """A shipped book, or the county's with the light rules of a preset. NotFound when there is none of this name."""
    if name.startswith(LIGHTS):
        return lights_text(name, programmes.rule_book_text(_READ_ON))
    if name not in programmes.rule_book_names():
        raise NotFound(f"没有名为“{name[:40]}”的示例办法，请从列表里选。")
    return programmes.rule_book_text(name)


def lights_text(name: str, base: str) -> str:
    """The base with a preset's light rules, everything else as it stands. NotFound, FaultyRuleBook."""
    preset = programmes.light_preset_text(name.removeprefix(LIGHTS))
    if preset is None:
        raise NotFound(f"没有名为“{name[:40]}”的示例办法，请从列表里选。")
    try:
        return with_lights(base, preset)
    except RuleBookError as error:
        raise faulty(error) from error


def revision_of(
    session: Session, actor: Actor, revision_id: int, programme: Programme | None = None
) -> RuleBookRevision:
    """A stored book. NotFound when it is none of the actor's, of another programme, or a draft not theirs to see."""
    unknown = NotFound("没有这份考核办法，请从沿革里选。")
    found = session.get(RuleBookRevision, revision_id)
    if found is None or (programme is not None and found.programme_id != programme.id):
        raise unknown
    if is_draft(found) and actor.role not in PROPOSERS:
        raise unknown
    owner = session.get_one(Programme, found.programme_id)
    if actor.organisation_id not in (None, owner.organisation_id):
        raise unknown
    return found


def is_draft(revision: RuleBookRevision) -> bool:
    return revision.from_month.startswith(DRAFT)


def month_of(revision: RuleBookRevision) -> str:
    """The first month it governs, or would govern."""
    return revision.from_month.removeprefix(DRAFT)


def book_line(book: RuleBook, sha256: str) -> dict[str, Any]:
    """What a book is called, wherever it stands."""
    return {"code": book.code, "title": book.name, "version": book.version, "sha256": sha256}
