"""The desk of 定稿与更正: where every period stands, what one may do with the chosen one, and what blocks its signing.

Source: DESIGN §3, docs/decisions/0009. Drafts are the office's own; all others are told of what is signed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.appeals import service as appeals
from app.appeals.service import Terms
from app.audit.service import Actor
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.publications import boards, service
from app.publications.memory import Memory, Nothing
from app.publications.models import Publication, Reopening
from app.publications.scope import viewer_of
from app.standings import service as standings
from scoring import periods
from scoring.periods import Period, PeriodKind, quarter_of


@dataclass(frozen=True, slots=True)
class House:
    """The installation's settings that decide who does what when."""

    two_person: bool = True
    terms: Terms = service.NO_WAITING


def desk(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: str | None,
    today: date,
    house: House,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """All periods with their state, the chosen one (default: the one that waits for somebody) in detail."""
    viewer = viewer_of(session, actor)
    shelf = _Shelf(session, programme, sees_drafts=actor.role in service.PUBLISHERS)
    rows = [shelf.line(one) for one in _periods(session, programme)]
    chosen = _chosen(programme, period, rows)
    answer: dict[str, Any] = {
        "programme": programme.code,
        "two_person": house.two_person,
        "appeal_days": house.terms.appeal_days,
        "publicity_days": house.terms.publicity_days,
        "periods": rows,
        "chosen": None,
        "reopenings": [slip for slip in shelf.slip_lines() if shelf.sees_drafts or slip["state"] == "signed"],
        "issues": shelf.issue_lines(),
        "appeals": None,
    }
    if actor.role in (*appeals.DECIDERS, "unit"):
        answer["appeals"] = appeals.listing(session, actor, programme, today)
    if chosen is None:
        return answer
    draft = shelf.draft(chosen.text) if shelf.sees_drafts else None
    hindrances = [] if draft is None else _hindrances(session, actor, programme, draft, house, today)
    answer["chosen"] = {
        **shelf.line(chosen),
        "months": _months_within(session, programme, chosen),
        "actions": _actions(session, actor, programme, chosen, shelf, house, hindrances),
        "reopenable": [one for one in programmes.locked_periods(session, programme) if _is_reopenable(shelf, one)],
        "refusal": service.refusal_to_publish(session, programme, chosen) if shelf.sees_drafts else None,
        "hindrances": hindrances,
        **_coverage(session, programme, chosen, draft, memory or Nothing(), sees_whole=viewer.sees_whole),
    }
    return answer


def waiting_period(session: Session, actor: Actor, programme: Programme) -> str | None:
    """The period the desk opens on; None without data."""
    shelf = _Shelf(session, programme, sees_drafts=actor.role in service.PUBLISHERS)
    found = _chosen(programme, None, [shelf.line(one) for one in _periods(session, programme)])
    return None if found is None else found.text


def _periods(session: Session, programme: Programme) -> list[Period]:
    """The year, its begun quarters and its committed months, the newest first within each."""
    months = [int(month[5:7]) for month in standings.committed_months(session, programme)]
    if not months:
        return []
    quarters = sorted({quarter_of(month) for month in months}, reverse=True)
    return [
        *(Period(programme.year, PeriodKind.MONTH, month) for month in sorted(months, reverse=True)),
        *(Period(programme.year, PeriodKind.QUARTER, quarter) for quarter in quarters),
        Period(programme.year, PeriodKind.YEAR),
    ]


def _chosen(programme: Programme, period: str | None, rows: Sequence[Mapping[str, Any]]) -> Period | None:
    """The period asked for; else the first that waits for somebody, else the newest."""
    if period is not None:
        return service.period_of(programme, period)
    waiting = [row for row in rows if row["state"] in ("drafted", "reopening", "reopened")]
    found = [*waiting, *rows]
    return periods.parse(found[0]["period"]) if found else None


def _months_within(session: Session, programme: Programme, period: Period) -> list[str]:
    committed = standings.committed_months(session, programme)
    return [month for month in committed if int(month[5:7]) in period.months]


class _Shelf:
    """Every issue, draft and 更正单 of a programme, read once and without the boards in them."""

    def __init__(self, session: Session, programme: Programme, *, sees_drafts: bool) -> None:
        self.sees_drafts = sees_drafts
        self._session = session
        self._locked = programmes.locked_periods(session, programme)
        without = (defer(Publication.board), defer(Publication.alerts))  # type: ignore[arg-type]
        query = select(Publication).where(Publication.programme_id == programme.id).options(*without)
        self._issues = session.exec(query.order_by(col(Publication.drafted_at), col(Publication.id))).all()
        slips = select(Reopening).where(Reopening.programme_id == programme.id).order_by(col(Reopening.number))
        self._slips = [(slip, service.periods_of(session, slip)) for slip in session.exec(slips)]
        self._disclosures = {
            one.text: appeals.disclosure_of(session, programme, one.text)
            for one in (periods.parse(issue.period) for issue in self._issues if issue.signed_at is None)
        }

    def issues(self, period: str) -> list[Publication]:
        """The signed issues of a period, the first one first."""
        return [issue for issue in self._issues if issue.period == period and issue.signed_at is not None]

    def draft(self, period: str) -> Publication | None:
        """The draft that waits for its signature; one overtaken by a wider period's issue waits for nothing."""
        if self.around(periods.parse(period)) is not None:
            return None
        return next((one for one in self._issues if one.period == period and one.signed_at is None), None)

    def around(self, period: Period) -> str | None:
        """The wider period with which this one is locked."""
        return next((one for one in boards.wider_periods(period) if one in self._locked), None)

    def pending_slip(self, period: str) -> Reopening | None:
        """The slip that covers the period and waits for its signature."""
        return next((slip for slip, covered in self._slips if slip.signed_at is None and period in covered), None)

    def slips_since(self, period: Period, since: datetime, until: datetime | None = None) -> list[Reopening]:
        """The signed slips for the period, or one around it, after an instant and before another."""
        around = {period.text, *boards.wider_periods(period)}
        return [
            slip
            for slip, covered in self._slips
            if slip.signed_at is not None
            and slip.signed_at > since
            and (until is None or slip.signed_at <= until)
            and around & set(covered)
        ]

    def is_locked(self, period: str) -> bool:
        return period in self._locked

    def issue_lines(self) -> list[dict[str, Any]]:
        shown = [one for one in self._issues if self.sees_drafts or one.signed_at is not None]
        return [service.issue_line(self._session, one) for one in reversed(shown)]

    def slip_lines(self) -> list[dict[str, Any]]:
        return [service.slip_line(self._session, slip) for slip, _ in reversed(self._slips)]

    def line(self, period: Period) -> dict[str, Any]:
        """One period with its state in a word and in words."""
        issues = self.issues(period.text)
        newest = issues[-1] if issues else None
        draft = self.draft(period.text) if self.sees_drafts else None
        slip = self.pending_slip(period.text) if self.sees_drafts else None
        state, words = self._state(period, issues, draft, slip)
        disclosure = None if draft is None else self._disclosures.get(period.text)
        return {
            "period": period.text,
            "period_label": period.words,
            "kind": period.kind.value,
            "state": state,
            "state_label": words,
            "issue": None if newest is None else service.issue_line(self._session, newest),
            "draft": None if draft is None else service.issue_line(self._session, draft),
            "slip": None if slip is None else service.slip_line(self._session, slip),
            "contest_until": None if disclosure is None else disclosure.contest_until.isoformat(),
        }

    def _state(
        self, period: Period, issues: Sequence[Publication], draft: Publication | None, slip: Reopening | None
    ) -> tuple[str, str]:
        around = self.around(period)
        if draft is not None:
            disclosure = self._disclosures.get(period.text)
            last = None if disclosure is None else disclosure.contest_until
            until = "" if last is None else f"·公示至{last.month}月{last.day}日"
            return "drafted", f"{'更正稿' if issues else ''}已拟稿{until}"
        if slip is not None:
            return "reopening", f"更正单（第{slip.number}号）待签发"
        if issues:
            newest = issues[-1]
            assert newest.signed_at is not None
            since = self.slips_since(period, newest.signed_at)
            if since and around is not None:
                return "within", f"更正已随{periods.parse(around).words}定稿"
            if since:
                return "reopened", f"已开更正单（第{since[-1].number}号），待重新定稿"
            if newest.number > 1:
                before = issues[-2].signed_at
                assert before is not None
                between = self.slips_since(period, before, newest.signed_at)
                return "corrected", f"已更正（第{between[-1].number}号）" if between else "已更正"
            return "signed", "已签发"
        if around is not None:
            return "within", f"已随{periods.parse(around).words}定稿"
        return "none", "未拟稿" if self.sees_drafts else "未定稿"


# ---- what one may do, and what stands in the way --------------------------------------------------------------------


def _actions(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: Period,
    shelf: _Shelf,
    house: House,
    hindrances: Sequence[str],
) -> list[str]:
    """draft, sign, reopen, sign_reopening: what this person's account may do with the period now."""
    if actor.role not in service.PUBLISHERS:
        return []
    found: list[str] = []
    draft, slip = shelf.draft(period.text), shelf.pending_slip(period.text)
    is_head = actor.role == "office_head"
    drafts = not is_head or not house.two_person
    if service.refusal_to_publish(session, programme, period) is None:
        if drafts:
            found.append("draft")
        if is_head and draft is not None and not hindrances:
            found.append("sign")
    if shelf.is_locked(period.text):
        if drafts:
            found.append("reopen")
        if is_head and slip is not None and not _is_own(actor, slip.drafted_by, slip.drafted_by_id, house):
            found.append("sign_reopening")
    return found


def _is_reopenable(shelf: _Shelf, period: str) -> bool:
    """Locked by itself, not through a wider period."""
    return not any(shelf.is_locked(wider) for wider in boards.wider_periods(periods.parse(period)))


def _is_own(actor: Actor, name: str, account_id: int | None, house: House) -> bool:
    return house.two_person and service.is_same_person(actor, name, account_id)


def _hindrances(
    session: Session, actor: Actor, programme: Programme, draft: Publication, house: House, today: date
) -> list[str]:
    """What keeps a draft from being signed now, as sentences."""
    found = [sentence for sentence, _ in appeals.hindrances(session, programme, draft.period, draft.drafted_at, today)]
    if service.is_outdated(session, programme, draft):
        found.append("拟稿后数据有变动，请重新拟稿，核对后再签发。")
    if _is_own(actor, draft.drafted_by, draft.drafted_by_id, house) and actor.role == "office_head":
        found.append(f"拟稿人（{draft.drafted_by}）不能签发自己的稿子，请由另一位办公室负责人签发。")
    return found


def _coverage(
    session: Session,
    programme: Programme,
    period: Period,
    draft: Publication | None,
    memory: Memory,
    *,
    sees_whole: bool,
) -> dict[str, Any]:
    """应查、已查、未查、未报、未计分, counted and named, of the draft or of the board as it stands."""
    if not sees_whole:
        return {"coverage": None, "not_scored": [], "ranked": None}
    if draft is not None:
        board = json.loads(draft.board)
    else:
        board = boards.board_seen(session, programme, period, None, memory, as_of=None).figures
    not_scored = [
        {"id": row["id"], "code": row["code"], "name": row["name"], "reason": row["not_scored_reason"]}
        for row in board["rows"]
        if row["score"] is None
    ]
    ranked = sum(row["rank"] is not None for row in board["rows"])
    return {"coverage": board["coverage"], "not_scored": not_scored, "ranked": ranked}
