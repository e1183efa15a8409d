"""The trail as it is read (操作日志): search, one page at a time, whole as a workbook.

The detail of a sensitive act (`app/audit/catalogue.py`) is shown to nobody here, and nothing is found by it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_
from sqlmodel import Session, col, select

from app.accounts.service import ROLES
from app.audit import catalogue
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.errors import NotFound, Refused
from app.evidence.labels import SHANGHAI
from app.evidence.service import instant
from app.publications.exports import Column, Export, Row
from app.trail.access import seen_by
from app.trail.wording import plain, plain_json, shortened, summary, target_words

MOST_EXPORTED = 20_000  # rows of one workbook
OUTCOMES = {"ok": "成功", "refused": "被拒绝"}
KEPT_BACK = "这类事项的内容不在操作日志中显示"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; an empty word asks for nothing. Days are Shanghai's, both belong to the span."""

    who: str = ""
    action: str = ""  # upload.commit, or a whole family: upload
    target: str = ""
    programme: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""  # anywhere: name, act, target, detail

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.who:
            found.append(col(AuditEntry.actor_name) == self.who)
        if self.action:
            is_family = "." not in self.action and " " not in self.action
            found.append(
                col(AuditEntry.action).startswith(f"{self.action}.", autoescape=True)
                if is_family
                else col(AuditEntry.action) == self.action
            )
        if self.target:
            found.append(_has(AuditEntry.target, self.target))
        if self.programme:
            found.append(col(AuditEntry.programme) == self.programme)
        if self.outcome:
            found.append(col(AuditEntry.outcome) == self.outcome)
        if self.since is not None:
            found.append(col(AuditEntry.at) >= midnight(self.since))
        if self.until is not None:
            found.append(col(AuditEntry.at) < midnight(self.until + timedelta(days=1)))
        if self.words:
            found.append(self._anywhere())
        return found

    def _anywhere(self) -> ColumnElement[bool]:
        """JSON holds what is not ASCII by its code, on both engines; so does what is looked for in it."""
        named = [action for action, act in catalogue.CATALOGUE.items() if self.words in act.word]
        shown = [action for action in catalogue.CATALOGUE if not catalogue.is_sensitive(action)]
        detail = cast(col(AuditEntry.detail), Text)
        return or_(
            _has(AuditEntry.actor_name, self.words),
            _has(AuditEntry.target, self.words),
            col(AuditEntry.action).in_(named),
            and_(
                or_(col(AuditEntry.action).in_(shown), col(AuditEntry.action).like("% /api/%")),
                detail.contains(json.dumps(self.words)[1:-1], autoescape=True),
            ),
        )


def _has(column: Any, words: str) -> ColumnElement[bool]:
    return col(column).contains(words, autoescape=True)


def midnight(day: date) -> datetime:
    """The day's beginning in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def listing(session: Session, actor: Actor, search: Search, *, page: int = 1, size: int = 100) -> dict[str, Any]:
    """One page of the entries found, the latest first, and how many there are in all."""
    where = [seen_by(session, actor), *search.conditions()]
    total = session.exec(select(func.count()).select_from(AuditEntry).where(*where)).one()
    query = select(AuditEntry).where(*where).order_by(col(AuditEntry.number).desc())
    rows = session.exec(query.offset((page - 1) * size).limit(size)).all()
    return {"rows": [line(entry) for entry in rows], "total": total, "page": page, "size": size}


def choices(session: Session, actor: Actor) -> dict[str, Any]:
    """Who and which acts there are to choose from."""
    where = seen_by(session, actor)
    people = sorted(session.exec(select(AuditEntry.actor_name).where(where).distinct()).all())
    actions = session.exec(select(AuditEntry.action).where(where).distinct()).all()
    known = sorted(({"action": one, "word": catalogue.word_of(one)} for one in actions), key=lambda one: one["word"])
    return {"people": [{"who": who, "shown": plain(who)} for who in people], "actions": known}


def get(session: Session, actor: Actor, number: int) -> dict[str, Any]:
    """One entry with its whole detail."""
    where = (seen_by(session, actor), col(AuditEntry.number) == number)
    entry = session.exec(select(AuditEntry).where(*where)).one_or_none()
    if entry is None:
        raise NotFound(f"没有第{number}号日志，或不在您的查看范围内，请核对编号。")
    shown = line(entry)
    return {**shown, "detail": None if shown["is_hidden"] else plain_json(entry.detail)}


def line(entry: AuditEntry) -> dict[str, Any]:
    """An entry as it is shown. `at` carries its zone, `at_words` Shanghai's time with its own."""
    is_hidden = catalogue.is_sensitive(entry.action)
    return {
        "number": entry.number,
        "at": instant(entry.at),
        "at_words": local_time(entry.at),
        "who": plain(entry.actor_name),
        "account_id": entry.actor_id,
        "role": entry.actor_role,
        "role_word": ROLES.get(entry.actor_role, ""),
        "action": entry.action,
        "action_word": catalogue.word_of(entry.action),
        "target": target_words(entry.target),
        "programme": plain(entry.programme),
        "outcome": entry.outcome,
        "outcome_word": OUTCOMES.get(entry.outcome, plain(entry.outcome)),
        "said": KEPT_BACK if is_hidden else summary(entry.detail),
        "detail": None if is_hidden else plain_json(shortened(entry.detail)),
        "is_hidden": is_hidden,
        "hash": entry.entry_hash,
    }


def local_time(at: datetime) -> str:
    """2023-11-25 12:00:00 +08:00"""
    return at.astimezone(SHANGHAI).isoformat(sep=" ", timespec="seconds").replace("+08:00", " +08:00")


def export(session: Session, actor: Actor, search: Search) -> Export:
    """The entries found as a workbook, the latest first. Refused beyond `MOST_EXPORTED`."""
    found = listing(session, actor, search, size=MOST_EXPORTED)
    require_exportable(found["total"])
    rows: Sequence[Row] = found["rows"]
    span = "至".join(str(day) for day in (search.since, search.until) if day is not None)
    return Export(
        title=f"操作日志 {span}".strip(),
        note="时间为北京时间；校验码由上一条的校验码和本条内容算出，改动、删除、调换任何一条都能核对出来",
        columns=COLUMNS,
        rows=rows,
    )


def require_exportable(total: int) -> None:
    """Refused when there is more than one workbook may hold: nothing is left out in silence."""
    if total > MOST_EXPORTED:
        raise Refused(f"找到{total}条，一次最多导出{MOST_EXPORTED}条，请缩短时间范围或增加条件后分次导出。")


def _field(name: str) -> Any:
    def value(row: Mapping[str, Any]) -> Any:
        return row[name]

    return value


def _whole(row: Mapping[str, Any]) -> str | None:
    return None if row["detail"] is None else json.dumps(row["detail"], ensure_ascii=False)


COLUMNS = (
    Column("编号", _field("number"), 9, "0"),
    Column("时间", _field("at_words"), 26),
    Column("何人", _field("who"), 14),
    Column("角色", _field("role_word"), 12),
    Column("操作", _field("action_word"), 20),
    Column("对象", _field("target"), 24),
    Column("年度计划", _field("programme"), 10),
    Column("结果", _field("outcome_word"), 8),
    Column("内容", _field("said"), 60),
    Column("全部内容", _whole, 40),
    Column("校验码", _field("hash"), 30),
)
