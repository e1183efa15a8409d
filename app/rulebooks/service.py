"""Putting a rule book in force (启用考核办法): proposed by one person, adopted by another, from a month on.

Source: DESIGN §3, docs/decisions/0011. An office account proposes (拟稿), an office_head account adopts (启用); where
the two-person setting is off, the office_head adopts at once. Books are kept as revisions: boards of earlier months
keep theirs, and what was known at an instant stays known.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from app.accounts.service import require_role
from app.audit import service as audit
from app.errors import Conflict, Forbidden, Refused
from app.programmes import service as programmes
from app.programmes.models import DRAFT, Programme, RuleBookRevision
from app.programmes.service import Change, period_label
from app.revisions import newest, withdraw
from app.rulebooks.periods import require_open
from app.rulebooks.texts import (
    PROPOSERS,
    FaultyRuleBook,
    Wanted,
    book_line,
    is_draft,
    month_of,
    parsed,
    revision_of,
    sha256_of,
    text_of,
)
from scoring.bookdiff import book_changes
from scoring.periods import last_day
from scoring.rulebook import RuleBook


def adopt(change: Change, wanted: Wanted, from_month: str, reason: str, *, two_person: bool = True) -> RuleBookRevision:
    """Propose (office) or put in force (office_head) a book from a month on; the draft, or the book in force.

    Raises Forbidden, FaultyRuleBook, Malformed, PeriodLocked, Refused (no reason), Conflict: nothing changes, the
    version is taken, or what is to be adopted is not what was proposed.
    """
    require_role(change.actor, *PROPOSERS)
    months = require_open(change.session, change.programme, from_month)
    first_day = date(change.programme.year, int(from_month[5:7]), 1)
    text = text_of(change.session, change.actor, change.programme, wanted, from_month, first_day)
    book = parsed(text)
    _require_effective(book, from_month)
    _require_another(change, text, months)
    _require_own_version(change, book, text)
    if change.actor.role == "office":
        return _draft(change, book, text, months, _given(reason))
    return _put_in_force(change, book, text, months, reason, two_person=two_person)


def withdraw_draft(change: Change, revision_id: int) -> None:
    """撤回拟稿: give a proposed book up; it stays among the revisions as withdrawn."""
    require_role(change.actor, *PROPOSERS)
    draft = revision_of(change.session, change.actor, revision_id, change.programme)
    if draft.id not in [pending.id for pending in pending_drafts(change.session, change.programme)]:
        raise Conflict("这份拟稿已经启用、换过或撤回，不用再撤回。")
    withdraw(change, RuleBookRevision, {"from_month": draft.from_month})
    _note(change, "rulebook.withdraw", parsed(draft.text), draft.sha256, {"from_month": month_of(draft)})


def pending_drafts(session: Session, programme: Programme) -> Sequence[RuleBookRevision]:
    """The book proposed and not decided; at most one."""
    assert programme.id is not None
    return newest(session, RuleBookRevision, programme.id, col(RuleBookRevision.from_month).startswith(DRAFT))


def _draft(change: Change, book: RuleBook, text: str, months: list[str], reason: str) -> RuleBookRevision:
    for pending in pending_drafts(change.session, change.programme):
        if pending.from_month != DRAFT + months[0]:
            withdraw(change, RuleBookRevision, {"from_month": pending.from_month})
    draft = change.record(
        RuleBookRevision(
            **change.stamp(reason=reason),
            name=board_name(book),
            from_month=DRAFT + months[0],
            text=text,
            sha256=sha256_of(text),
        )
    )
    _note(change, "rulebook.draft", book, draft.sha256, _detail(change, book, months, reason))
    return draft


def _put_in_force(
    change: Change, book: RuleBook, text: str, months: list[str], reason: str, *, two_person: bool
) -> RuleBookRevision:
    session, programme = change.session, change.programme
    pending = pending_drafts(session, programme)
    proposed = next((one for one in pending if one.text == text and month_of(one) == months[0]), None)
    if two_person:
        if proposed is None:
            raise Conflict(
                "启用的文本、月份与拟稿不一致，请按拟稿启用，或由办公室人员重新拟稿。"
                if pending
                else "还没有拟稿，请先由办公室人员在“试算”里提请启用，再由您启用。"
            )
        if _is_same_person(change, proposed):
            raise Forbidden(f"拟稿人（{proposed.recorded_by}）不能启用自己拟的办法，请由另一位办公室负责人启用。")
    why = reason.strip() or ("" if proposed is None else proposed.reason)
    detail = _detail(change, book, months, _given(why))
    for one in pending:
        withdraw(change, RuleBookRevision, {"from_month": one.from_month})
    change = replace(change, programme=programme, reason=why)
    adopted = programmes.put_in_force(change, board_name(book), text, months[0])
    if proposed is not None:
        detail["drafted_by"] = proposed.recorded_by
    _note(change, "rulebook.adopt", book, adopted.sha256, detail)
    return adopted


def board_name(book: RuleBook) -> str:
    """What a board prints: the code with the version, since two versions of one code stand in one year."""
    return f"{book.code}（第{book.version}版）"


def _given(reason: str) -> str:
    if not reason.strip():
        raise Refused("启用考核办法须写明理由和依据，请补充后再提交。")
    return reason.strip()


def _require_effective(book: RuleBook, from_month: str) -> None:
    """A text that says it holds only from a later day cannot govern an earlier month."""
    last = last_day(int(from_month[:4]), int(from_month[5:7]))
    dates = [("book.effective_from", book.effective_from)]
    dates += [(f"{figure.key}.effective_from", figure.effective_from) for figure in book.figures]
    for key, day in dates:
        if day > last:
            words = f"{day.year}年{day.month}月{day.day}日"
            reason = f"写明{words}起生效，不能从{period_label(from_month)}起启用"
            sentence = f"考核办法“{key}”有误：{reason}，请改启用月份或生效日期。"
            raise FaultyRuleBook(sentence, detail={"key": key, "reason": reason, "help": None})


def _require_another(change: Change, text: str, months: list[str]) -> None:
    governing = programmes.rule_book_revision(change.session, change.programme, months[0])
    if governing.text == text:
        raise Conflict(f"{period_label(months[0])}现在用的就是这份考核办法，没有什么要启用的。")


def _require_own_version(change: Change, book: RuleBook, text: str) -> None:
    """One code and version name one text, in this programme and for good; drafts are still being written."""
    stored = change.session.exec(
        select(RuleBookRevision).where(RuleBookRevision.programme_id == change.programme.id)
    ).all()
    for revision in stored:
        if is_draft(revision) or revision.text == text:
            continue
        other = parsed(revision.text)
        if (other.code, other.version) == (book.code, book.version):
            raise Conflict(
                f"“{book.code}”第{book.version}版已经用于另一份文本，文本有改动就要改版本，请把版本改成新的。",
                detail={"key": "book.version"},
            )


def _is_same_person(change: Change, draft: RuleBookRevision) -> bool:
    if draft.account_id is not None:
        return change.actor.account_id == draft.account_id
    return change.actor.name == draft.recorded_by


def _detail(change: Change, book: RuleBook, months: list[str], reason: str) -> dict[str, Any]:
    """What the trail says: from when to when, why, and every figure as it was and as it is."""
    before = programmes.rule_book_revision(change.session, change.programme, months[0])
    old = parsed(before.text)
    return {
        "from_month": months[0],
        "to_month": months[-1],
        "reason": reason,
        "previous": book_line(old, before.sha256),
        "changes": [
            {"key": one.key, "label": one.label, "old": one.old, "new": one.new} for one in book_changes(old, book)
        ],
    }


def _note(change: Change, action: str, book: RuleBook, sha256: str, detail: dict[str, Any]) -> None:
    audit.append(
        change.session,
        change.actor,
        action,
        target=board_name(book),
        programme=change.programme.code,
        detail={**book_line(book, sha256), **detail},
        at=change.recorded_at,
    )
