"""What a correction moved, and why (更正前后): each project's old and new score and rank, and the facts behind them.

Source: DESIGN §3 (published beside corrected), docs/decisions/0009. Projects whose own figures moved stand apart from
those whose rank moved only because others' did.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from app.audit.service import Actor
from app.programmes.models import Programme
from app.publications import boards, service
from app.publications.factchanges import fact_changes
from app.publications.memory import Memory, Nothing
from app.publications.models import Publication
from app.publications.scope import Scope, require_viewer, scope_of, viewer_of
from scoring import periods
from scoring.periods import Period, last_day

OWN = (
    "group",
    "score",
    "tier",
    "quarters",
    "months",
    "tie_break",
    "not_scored_reason",
)  # figures no other project moves
MOST_FACTS = 3  # told in the sentence; the rest stand in the table
Row = Mapping[str, Any]
Facts = Mapping[int, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two boards: an issue, or what stands now (`issue` None)."""

    board: Mapping[str, Any]
    known_at: datetime | None
    issue: Publication | None


def of_issue(session: Session, actor: Actor, publication_id: int) -> dict[str, Any]:
    """How an issue differs from the one before it of the same period; a first issue differs from none."""
    require_viewer(actor)
    issue, programme = service.issue_and_programme(session, actor, publication_id)
    before = _issue(session, issue, issue.number - 1)
    return _answer(session, actor, programme, periods.parse(issue.period), before, _side(issue))


def of_period(
    session: Session, actor: Actor, programme: Programme, period: str, *, memory: Memory | None = None
) -> dict[str, Any]:
    """What a period's standing correction moves: from its newest issue to now while it is reopened, else the last one.

    A correction that is not signed is shown to those who see interim boards whole; others have the published one.
    """
    wanted = service.period_of(programme, period)
    viewer = viewer_of(session, actor)
    newest = boards.newest_issue(session, programme, [wanted.text], None)
    if newest is None:
        return _answer(session, actor, programme, wanted, None, None)
    if boards.reopened_since(session, programme, wanted, newest, None) is None or not viewer.sees_whole:
        return _answer(session, actor, programme, wanted, _issue(session, newest, newest.number - 1), _side(newest))
    seen = boards.board_seen(session, programme, wanted, None, memory or Nothing(), as_of=None)
    return _answer(session, actor, programme, wanted, newest, Side(seen.figures, None, None))


def _issue(session: Session, of: Publication, number: int) -> Publication | None:
    return session.exec(
        select(Publication).where(
            Publication.programme_id == of.programme_id, Publication.period == of.period, Publication.number == number
        )
    ).one_or_none()


def _side(issue: Publication) -> Side:
    return Side(json.loads(issue.board), issue.known_at, issue)


def _answer(
    session: Session, actor: Actor, programme: Programme, period: Period, before: Publication | None, after: Side | None
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "programme": programme.code,
        "period": period.text,
        "period_label": period.words,
        "before": None,
        "after": None,
        "reopenings": [],
        "is_book_changed": False,
        "rows": [],
        "unmoved": [],
        "counts": {"own": 0, "others": 0, "unmoved": 0},
    }
    if before is None or after is None:
        return answer
    viewer = viewer_of(session, actor)
    old = json.loads(before.board)
    month = after.board["last_month"] or old["last_month"]
    scope = scope_of(session, programme, viewer, last_day(programme.year, int(month[5:7])))
    facts = fact_changes(session, programme, month, before.known_at, after.known_at)
    slips = boards.reopenings_since(
        session, programme, period, before.signed_at, None if after.issue is None else after.issue.signed_at
    )
    is_book_changed = old["rulebook_sha256"] != after.board["rulebook_sha256"]
    rows, unmoved = compared(old["rows"], after.board["rows"], facts, is_book_changed=is_book_changed)
    return {
        **answer,
        "before": service.issue_line(session, before),
        "after": None if after.issue is None else service.issue_line(session, after.issue),
        "reopenings": [service.slip_line(session, slip) for slip in slips],
        "is_book_changed": is_book_changed,
        "rows": [_seen(row, scope) for row in rows],
        "unmoved": [row for row in unmoved if scope.sees(row["id"])],
        "counts": {
            "own": sum(row["is_own"] for row in rows),
            "others": sum(not row["is_own"] for row in rows),
            "unmoved": len(unmoved),
        },
    }


def _seen(row: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Scores and ranks are for all; the facts behind them for those the project concerns."""
    if scope.sees(row["id"]) or not row["is_own"]:
        return row
    return {**row, "facts": [], "why": "本项目数据更正（明细由办公室和项目的责任单位查看）"}


# ---- comparing ------------------------------------------------------------------------------------------------------


def compared(
    old: Sequence[Row], new: Sequence[Row], facts: Facts, *, is_book_changed: bool = False
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows that moved, own figures first and the largest change of score first; and projects with changed facts
    whose row did not move."""
    before, after = {row["code"]: row for row in old}, {row["code"]: row for row in new}
    rows: list[dict[str, Any]] = []
    unmoved: list[dict[str, Any]] = []
    for code in sorted(before.keys() | after.keys()):
        row = _moved(before.get(code), after.get(code))
        its_facts = list(facts.get(row["id"], ()))
        if row["is_own"] or row["old_rank"] != row["new_rank"]:
            rows.append({**row, "facts": its_facts})
        elif its_facts:
            unmoved.append({"id": row["id"], "code": code, "name": row["name"], "facts": its_facts})
    for row in rows:
        row["why"] = _why(row, rows, is_book_changed)
    rows.sort(key=lambda row: (not row["is_own"], -abs(Decimal(row["score_change"] or 0)), row["code"]))
    return rows, unmoved


def _moved(old: Row | None, new: Row | None) -> dict[str, Any]:
    known = new or old
    assert known is not None
    old_score, new_score = (None if row is None else row["score"] for row in (old, new))
    old_rank, new_rank = (None if row is None else row["rank"] for row in (old, new))
    return {
        "id": known["id"],
        "code": known["code"],
        "name": known["name"],
        "group": known["group"],
        "old_group": old["group"] if old is not None and old["group"] != known["group"] else None,
        "old_score": old_score,
        "new_score": new_score,
        "score_change": _difference(old_score, new_score),
        "old_rank": old_rank,
        "new_rank": new_rank,
        "rank_change": None if old_rank is None or new_rank is None else old_rank - new_rank,
        "old_reason": None if old is None else old["not_scored_reason"],
        "new_reason": None if new is None else new["not_scored_reason"],
        "presence": "新列入" if old is None else "不再列入" if new is None else "",
        "months": _parts(old, new, "months"),
        "quarters": _parts(old, new, "quarters"),
        "is_own": old is None or new is None or any(old[name] != new[name] for name in OWN),
    }


def _difference(old: str | None, new: str | None) -> str | None:
    return None if old is None or new is None else str(Decimal(new) - Decimal(old))


def _parts(old: Row | None, new: Row | None, name: str) -> list[dict[str, Any]]:
    """The months' or quarters' scores that differ."""
    before, after = (old or {}).get(name, {}), (new or {}).get(name, {})
    return [
        {"name": part, "old": before.get(part), "new": after.get(part)}
        for part in sorted(before.keys() | after.keys())
        if before.get(part) != after.get(part)
    ]


def _why(row: Row, rows: Sequence[Row], is_book_changed: bool) -> str:
    """One sentence: the facts that were changed, or whose change moved this one's rank."""
    if not row["is_own"]:
        movers = [one["name"] for one in rows if one["is_own"] and row["group"] in (one["group"], one["old_group"])]
        named = "、".join(movers[:MOST_FACTS]) + ("等" if len(movers) > MOST_FACTS else "")
        return f"本项目数据没有变动，因{named or '其他项目'}的更正，名次随之变动"
    told = [_sentence(fact) for fact in row["facts"][:MOST_FACTS]]
    more = f"等{len(row['facts'])}处" if len(row["facts"]) > MOST_FACTS else ""
    if told:
        return "；".join(told) + more
    return (
        "考核办法有变更，本项目数据没有变动"
        if is_book_changed
        else "本项目数据没有变动，因其他期间的更正或同组调整而变动"
    )


def _sentence(fact: Mapping[str, Any]) -> str:
    place = f"{fact['key']}{fact['label']}" if fact["field"] else fact["fact"]
    if fact["old"] is None:
        return f"{place}补为{fact['new']}"
    if fact["new"] is None:
        return f"{place}（原为{fact['old']}）撤去"
    return f"{place}由{fact['old']}改为{fact['new']}"
