"""手工办理: every act that a person decided by hand, by person, in one list taken from the trail.

What counts is said by `app/audit/catalogue.py`, where each act has its kind or none; so nothing is kept twice, and what
is on this list cannot be taken off it.
"""

from collections import Counter
from typing import Any

from sqlmodel import Session, col, select

from app.audit import catalogue
from app.audit.catalogue import Manual
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.publications.exports import Column, Export
from app.trail.access import seen_by
from app.trail.entries import Search, line, require_exportable
from app.trail.wording import plain, summary

MANUAL = [action for action, act in catalogue.CATALOGUE.items() if act.manual is not None]


def acts(
    session: Session, actor: Actor, search: Search, kind: str = "", *, page: int = 1, size: int = 100
) -> dict[str, Any]:
    """One page of the manual acts found, the latest first, and how many of which kind each person did.

    `number` of a row counts what one act decided: the questions answered in one go, else 1. `people` counts everybody
    within the search, whoever the rows are narrowed to.
    """
    where = [seen_by(session, actor), col(AuditEntry.action).in_(MANUAL), col(AuditEntry.outcome) == "ok"]
    everybody = Search(
        programme=search.programme, since=search.since, until=search.until, words=search.words, target=search.target
    )
    query = select(AuditEntry).where(*where, *everybody.conditions()).order_by(col(AuditEntry.number).desc())
    rows: list[dict[str, Any]] = []
    counts: dict[str, Counter[str]] = {}
    for entry in session.exec(query).yield_per(1000):
        found = catalogue.manual_kind(entry.action, entry.detail)
        if found is None:
            continue
        counts.setdefault(entry.actor_name, Counter())[found.value] += how_many(entry)
        if (not search.who or entry.actor_name == search.who) and (not kind or found.value == kind):
            rows.append({**line(entry), **_decided(entry, found)})
    people = [
        {"who": who, "shown": plain(who), "total": tally.total(), "kinds": dict(tally)}
        for who, tally in sorted(counts.items(), key=lambda one: (-one[1].total(), one[0]))
    ]
    return {
        "rows": rows[(page - 1) * size : page * size],
        "total": len(rows),
        "page": page,
        "size": size,
        "people": people,
        "kinds": [one.value for one in Manual],
    }


def how_many(entry: AuditEntry) -> int:
    answers = entry.detail.get("answers")
    return max(1, len(answers)) if isinstance(answers, dict) else 1


def _decided(entry: AuditEntry, kind: Manual) -> dict[str, Any]:
    """Reason and approver, wherever the act put them. A sensitive act keeps both."""
    if catalogue.is_sensitive(entry.action):
        return {"kind": kind.value, "count": 1, "reason": "", "approver": ""}
    new = entry.detail.get("new")
    approver = entry.detail.get("approver") or (new.get("approver") if isinstance(new, dict) else "")
    return {
        "kind": kind.value,
        "said": summary({name: value for name, value in entry.detail.items() if name not in ("reason", "approver")}),
        "count": how_many(entry),
        "reason": plain(str(entry.detail.get("reason") or "")),
        "approver": plain(str(approver or "")),
    }


def export(found: dict[str, Any]) -> Export:
    """The acts found as a workbook. Refused beyond what one may hold."""
    require_exportable(found["total"])
    return Export(
        title="手工办理一览",
        note="取自操作日志；时间为北京时间",
        columns=COLUMNS,
        rows=found["rows"],
    )


COLUMNS = (
    Column("编号", lambda row: row["number"], 9, "0"),
    Column("时间", lambda row: row["at_words"], 26),
    Column("何人", lambda row: row["who"], 14),
    Column("种类", lambda row: row["kind"], 22),
    Column("办理", lambda row: row["action_word"], 18),
    Column("对象", lambda row: row["target"], 24),
    Column("件数", lambda row: row["count"], 7, "0"),
    Column("内容", lambda row: row["said"], 50),
    Column("原因", lambda row: row["reason"], 30),
    Column("批准人", lambda row: row["approver"], 12),
)
