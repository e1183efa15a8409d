"""What people see, and issuing it: boards and alerts within a person's scope; 拟稿, 签发, 更正单.

Source: DESIGN §3 (publication and locks), CONTRACTS (`standings`, `alerts`, `publish`, `reopen`).
Publishing takes two people (a setting allows one): an office account drafts, an office_head account signs. What is
signed is what was drafted; if the facts have moved in between, it must be drafted anew. Signing locks the period and
what lies in it, a signed 更正单 unlocks both; issues already signed are never touched.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from sqlmodel import Session, col, func, select

from app.accounts.service import require_role
from app.alerts.service import summary
from app.alerts.versions import as_issued
from app.appeals import service as appeals
from app.appeals.service import Terms
from app.audit import service as audit
from app.audit.service import Actor
from app.errors import Conflict, Forbidden, Malformed, NotFound, Refused
from app.programmes import service as programmes
from app.programmes.models import Programme, RuleBookRevision
from app.programmes.service import Change
from app.publications import boards, versions
from app.publications.boards import Sight
from app.publications.fingerprint import fingerprint
from app.publications.memory import Memory, Nothing
from app.publications.models import Publication, ReopenedPeriod, Reopening
from app.publications.scope import Scope, Viewer, scope_of, viewer_of
from app.standings import service as facts
from scoring import periods
from scoring.periods import Period, PeriodKind, last_day

PUBLISHERS = ("office", "office_head")
NO_WAITING = Terms()
LAID_OPEN = ("code", "name", "group", "rank", "group_size", "score", "not_scored_reason")  # 公示 of each project
SHANGHAI = timezone(timedelta(hours=8))


# ---- seeing ---------------------------------------------------------------------------------------------------------


def standings(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: str,
    as_of: date | None = None,
    known_at: datetime | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """The board JSON of a period as the actor may see it. Raises Malformed, Forbidden."""
    wanted = period_of(programme, period)
    seen, scope = seen_by(session, actor, programme, wanted, as_of, known_at, memory or Nothing())
    return board_within(scope, seen)


def seen_by(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: Period,
    as_of: date | None,
    known_at: datetime | None,
    memory: Memory,
) -> tuple[Sight, Scope]:
    """The board as it stands before the actor, still whole, and what of it they may see in detail. Raises Forbidden."""
    viewer = viewer_of(session, actor)
    seen = sight_of(viewer, sight(session, programme, period, as_of, known_at, memory))
    return seen, scope_of(session, programme, viewer, day_of(programme, period, seen), seen.known_at)


def sight_of(viewer: Viewer, seen: Sight) -> Sight:
    """What of a board the viewer is shown: the published one to who may not see an unsigned correction."""
    if viewer.sees_whole or seen.issued is None:
        return seen
    issued = {**seen.issued, "as_of": seen.figures["as_of"]}
    return Sight(seen.issued["state"], issued, seen.issued_known_at)


def alerts(
    session: Session,
    actor: Actor,
    programme: Programme,
    month: str,
    as_of: date | None = None,
    known_at: datetime | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """The alerts JSON of a month, the rows the actor may see and what they add up to."""
    wanted = period_of(programme, month)
    if wanted.kind is not PeriodKind.MONTH:
        raise Malformed(f"“{month}”不是月份，请写成{programme.year}-10这样的年月。")
    viewer = viewer_of(session, actor)
    kept = memory or Nothing()
    _one_question(as_of, known_at)
    if known_at is not None:
        seen = boards.alerts_known(session, programme, wanted, known_at, kept)
    else:
        at, words = end_of(as_of)
        seen = boards.alerts_seen(session, programme, wanted, at, kept, as_of=words)
    scope = scope_of(session, programme, viewer, last_day(wanted.year, wanted.number), seen.known_at)
    if scope.viewer.sees_whole:
        return seen.figures
    rows = [row for row in seen.figures["rows"] if scope.sees(row["id"])]
    return {**seen.figures, "rows": rows, **summary(rows)}


def sight(
    session: Session,
    programme: Programme,
    period: Period,
    as_of: date | None,
    known_at: datetime | None,
    memory: Memory,
) -> Sight:
    """The board of a period as asked for: now, as of a day, or as known at an instant."""
    _one_question(as_of, known_at)
    if known_at is not None:
        return boards.board_known(session, programme, period, known_at, memory)
    at, words = end_of(as_of)
    return boards.board_seen(session, programme, period, at, memory, as_of=words)


def period_of(programme: Programme, text: str) -> Period:
    """The period named. Malformed when it is none, or of another year."""
    try:
        period = periods.parse(text)
    except periods.PeriodError as error:
        raise Malformed(str(error)) from error
    if period.year != programme.year:
        raise Malformed(f"考核期“{text}”不属于{programme.name}（{programme.year}年），请核对年份。")
    return period


def _one_question(as_of: date | None, known_at: datetime | None) -> None:
    if as_of is not None and known_at is not None:
        raise Malformed("as_of（当日所见）和known_at（按当时数据重算）只能选一个，请去掉其中之一。")
    if known_at is not None and known_at.tzinfo is None:
        raise Malformed("known_at要写明时区，如2023-11-05T18:00:00+08:00。")


def end_of(as_of: date | None) -> tuple[datetime | None, str | None]:
    """24:00 of the day in Shanghai, as the last instant before it."""
    if as_of is None:
        return None, None
    midnight = datetime.combine(as_of + timedelta(days=1), time(), SHANGHAI)
    return (midnight - timedelta(microseconds=1)).astimezone(UTC), as_of.isoformat()


def day_of(programme: Programme, period: Period, seen: Sight) -> date:
    """The last day of the period's last month: who held a project then may see its interim figures."""
    month = seen.figures["last_month"]
    return last_day(programme.year, int(month[5:7]) if month else period.months[-1])


def board_within(scope: Scope, seen: Sight) -> dict[str, Any]:
    """The board within a scope: an interim one shows only the viewer's own projects, and the whole's coverage."""
    board = seen.figures
    viewer = scope.viewer
    if not viewer.sees_overall_rank:
        board = {**board, "rows": [{**row, "overall_rank": None} for row in board["rows"]]}
    if viewer.sees_whole or seen.state != boards.INTERIM:
        return board
    rows = [row for row in board["rows"] if scope.sees(row["id"])]
    mine = {row["code"] for row in rows}
    return {
        **board,
        "rows": rows,
        "joined": [one for one in board["joined"] if one["code"] in mine],
        "left": [],
        "coverage_lists": _of_mine(board["coverage_lists"], mine),
        "lists": _of_mine(board["lists"], mine),
        "full_marks": sum(1 for row in rows if row["score"] == "100.00"),
    }


def _of_mine(lists: Mapping[str, list[str]], mine: AbstractSet[str]) -> dict[str, list[str]]:
    return {name: [code for code in codes if code in mine] for name, codes in lists.items()}


# ---- issuing --------------------------------------------------------------------------------------------------------


def publish(change: Change, period: str, *, two_person: bool = True, terms: Terms = NO_WAITING) -> Publication:
    """Draft (拟稿) by an office account, sign (签发) by an office_head account, who without two persons does both.

    Where a 公示 must run out first, who does both drafts now and signs with a later call.
    """
    require_role(change.actor, *PUBLISHERS)
    if change.actor.role == "office":
        return draft(change, period, terms=terms)
    if not two_person:
        issue = draft(change, period, terms=terms)
        if appeals.must_wait(change, issue.period):
            return issue
    return sign(change, period, two_person=two_person)


def draft(change: Change, period: str, *, terms: Terms = NO_WAITING) -> Publication:
    """拟稿: work the period's board out and lay it before the signer; a draft not yet signed is replaced.

    With it the scores are laid open (公示): until it is signed, units may contest their own for some working days.
    """
    require_role(change.actor, *PUBLISHERS)
    wanted = _publishable(change, period)
    session, programme = change.session, change.programme
    pending = _pending(session, programme, wanted)
    issued = boards.newest_issue(session, programme, [wanted.text], None)
    figures, frozen_alerts, made_from = _issue_content(session, programme, wanted, change.recorded_at, issued)
    issue = pending or Publication(
        programme_id=_id(programme),
        period=wanted.text,
        number=1 if issued is None else issued.number + 1,
        known_at=change.recorded_at,
        board="",
        rulebook_sha256="",
        fingerprint="",
        drafted_at=change.recorded_at,
        drafted_by="",
    )
    issue.known_at = issue.drafted_at = change.recorded_at
    issue.board, issue.alerts = _json(figures), _json(frozen_alerts)
    issue.rulebook_sha256 = made_from.book_sha256
    issue.fingerprint = fingerprint(made_from.facts, made_from.book_sha256)
    issue.drafted_by, issue.drafted_by_id = change.actor.name, change.actor.account_id
    session.add(issue)
    session.flush()
    laid = {row["id"]: {name: row[name] for name in LAID_OPEN} for row in figures["rows"]}
    disclosure = appeals.lay_open(change, wanted.text, figures["last_month"], laid, terms)
    detail = {"number": issue.number, "fingerprint": issue.fingerprint, "contest_until": disclosure.contest_until}
    _note(change, "publication.draft", wanted.text, detail)
    return issue


def sign(change: Change, period: str, *, two_person: bool = True) -> Publication:
    """签发: issue the draft as it was drafted, and lock the period.

    Conflict when there is no draft, while an appeal stands or the 公示 runs, or when the facts have moved since;
    Forbidden for the drafter.
    """
    require_role(change.actor, "office_head")
    wanted = _publishable(change, period)
    issue = _pending(change.session, change.programme, wanted)
    if issue is None:
        raise Conflict(f"{wanted.words}还没有拟稿，请先由办公室人员拟稿，再签发。")
    _require_other(change.actor, issue.drafted_by, issue.drafted_by_id, two_person)
    appeals.require_settled(change, wanted.text, issue.drafted_at)
    issued = boards.newest_issue(change.session, change.programme, [wanted.text], None)
    figures, frozen_alerts, _ = _issue_content(change.session, change.programme, wanted, change.recorded_at, issued)
    if _json(figures) != issue.board or _json(frozen_alerts) != issue.alerts:
        raise Conflict(f"{wanted.words}拟稿后数据有变动，请重新拟稿，核对后再签发。")
    issue.signed_at, issue.signed_by = change.recorded_at, change.actor.name
    change.session.add(issue)
    programmes.set_lock(change, wanted.text, True)
    appeals.conclude(change, *appeals.periods_within(wanted.text))
    _note(change, "publication.sign", wanted.text, {"number": issue.number, "fingerprint": issue.fingerprint})
    return issue


def reopen(change: Change, period: str | Sequence[str], reason: str, *, two_person: bool = True) -> Reopening:
    """更正单: drafted by an office account, signed by an office_head account, who without two persons does both.

    One slip may cover several periods: one number, one reason, one signature.
    """
    require_role(change.actor, *PUBLISHERS)
    if change.actor.role == "office":
        return draft_reopening(change, period, reason)
    if not two_person:
        pending = _pending_reopenings(change.session, change.programme, _texts(period))
        if [periods_of(change.session, slip) for slip in pending] != [_texts(period)]:
            draft_reopening(change, period, reason)
    return sign_reopening(change, period, two_person=two_person)


def draft_reopening(change: Change, period: str | Sequence[str], reason: str) -> Reopening:
    """Ask for published periods to be reopened, with the reason; the slip gets the programme's next number.

    A slip not yet signed that has one of the periods is drafted anew, keeping its number.
    """
    require_role(change.actor, *PUBLISHERS)
    wanted = _reopenable(change, period)
    if not reason.strip():
        raise Refused("更正单须写明更正原因，请补充后再提交。")
    session, programme = change.session, change.programme
    pending = _pending_reopenings(session, programme, [one.text for one in wanted])
    if len(pending) > 1:
        numbers = "、".join(f"第{slip.number}号" for slip in pending)
        raise Conflict(f"{_words(wanted)}分别在{numbers}更正单里，都还没有签发，请先办完其中的，再合并办理。")
    if pending:
        [reopening] = pending
    else:
        last = session.exec(select(func.max(Reopening.number)).where(Reopening.programme_id == programme.id)).one()
        reopening = Reopening(
            programme_id=_id(programme),
            number=(last or 0) + 1,
            reason="",
            drafted_at=change.recorded_at,
            drafted_by="",
        )
    reopening.reason, reopening.drafted_at = reason.strip(), change.recorded_at
    reopening.drafted_by, reopening.drafted_by_id = change.actor.name, change.actor.account_id
    session.add(reopening)
    session.flush()
    _cover(session, reopening, [one.text for one in wanted])
    detail = {"number": reopening.number, "reason": reopening.reason}
    _note(change, "reopening.draft", _target(wanted), detail)
    return reopening


def sign_reopening(change: Change, period: str | Sequence[str], *, two_person: bool = True) -> Reopening:
    """Sign the 更正单: its periods and what lies in them are unlocked until they are published again."""
    require_role(change.actor, "office_head")
    wanted = _reopenable(change, period)
    texts = [one.text for one in wanted]
    pending = _pending_reopenings(change.session, change.programme, texts)
    if not pending:
        raise Conflict(f"{_words(wanted)}还没有拟好的更正单，请先由办公室人员拟写，再签发。")
    reopening = pending[0]
    covered = periods_of(change.session, reopening)
    if len(pending) > 1 or set(covered) != set(texts):
        named = "、".join(periods.parse(one).words for one in covered)
        raise Conflict(f"更正单（第{reopening.number}号）包括{named}，请就这些期间一并签发，不能多也不能少。")
    _require_other(change.actor, reopening.drafted_by, reopening.drafted_by_id, two_person)
    reopening.signed_at, reopening.signed_by = change.recorded_at, change.actor.name
    change.session.add(reopening)
    for locked in programmes.locked_periods(change.session, change.programme):
        if locked in texts or set(texts) & set(boards.wider_periods(periods.parse(locked))):
            programmes.set_lock(change, locked, False)
    detail = {"number": reopening.number, "reason": reopening.reason}
    _note(change, "reopening.sign", _target(wanted), detail)
    return reopening


def periods_of(session: Session, slip: Reopening) -> list[str]:
    """The periods a 更正单 covers, in order of their names."""
    query = select(ReopenedPeriod.period).where(ReopenedPeriod.reopening_id == slip.id)
    return sorted(session.exec(query).all())


def listing(session: Session, actor: Actor, programme: Programme) -> dict[str, Any]:
    """Every issue and 更正单 of the programme, the latest first; drafts only for those who publish."""
    viewer_of(session, actor)
    sees_drafts = actor.role in PUBLISHERS
    issues = session.exec(
        select(Publication)
        .where(Publication.programme_id == programme.id)
        .order_by(col(Publication.drafted_at).desc(), col(Publication.id).desc())
    ).all()
    slips = session.exec(
        select(Reopening).where(Reopening.programme_id == programme.id).order_by(col(Reopening.number).desc())
    ).all()
    rows = [issue_line(session, issue) for issue in issues if sees_drafts or issue.signed_at is not None]
    return {
        "programme": programme.code,
        "rows": rows,
        "total": len(rows),
        "reopenings": [slip_line(session, slip) for slip in slips if sees_drafts or slip.signed_at is not None],
    }


def issued(session: Session, actor: Actor, publication_id: int) -> dict[str, Any]:
    """One issue with its frozen board. NotFound where there is none, or a draft that is not the actor's to see."""
    viewer = viewer_of(session, actor)
    issue, programme = issue_and_programme(session, actor, publication_id)
    board = json.loads(issue.board)
    if not viewer.sees_overall_rank:
        board["rows"] = [{**row, "overall_rank": None} for row in board["rows"]]
    return {**issue_line(session, issue), "programme": programme.code, "board": board}


def issue_and_programme(session: Session, actor: Actor, publication_id: int) -> tuple[Publication, Programme]:
    """An issue that the actor may see, and its programme. NotFound otherwise."""
    issue = session.get(Publication, publication_id)
    programme = None if issue is None else session.get(Programme, issue.programme_id)
    hidden = issue is None or (issue.signed_at is None and actor.role not in PUBLISHERS)
    foreign = programme is None or actor.organisation_id not in (None, programme.organisation_id)
    if issue is None or programme is None or hidden or foreign:
        raise NotFound("没有这份定稿，请核对编号。")
    return issue, programme


def verify(session: Session) -> list[str]:
    """What is wrong with the issues, as Chinese sentences: each is worked out anew from the facts stored then."""
    faults: list[str] = []
    for book in session.exec(select(RuleBookRevision).order_by(col(RuleBookRevision.id))):
        if hashlib.sha256(book.text.encode()).hexdigest() != book.sha256:
            name = session.get_one(Programme, book.programme_id).name
            faults.append(f"{name}：考核办法“{book.name}”的文本与其校验码不符，文本被改动过，请用备份核对。")
    for issue in session.exec(select(Publication).order_by(col(Publication.id))):
        programme = session.get_one(Programme, issue.programme_id)
        if issue.signed_at is None:
            continue
        period = periods.parse(issue.period)
        before = boards.newest_issue(session, programme, [issue.period], issue.known_at)
        figures, frozen_alerts, made_from = _issue_content(session, programme, period, issue.known_at, before)
        name = f"{programme.name}：{period.words}第{issue.number}次定稿"
        if fingerprint(made_from.facts, made_from.book_sha256) != issue.fingerprint:
            faults.append(f"{name}所依据的数据与数据校验码不符，数据被改动过，请用备份核对。")
        elif _json(versions.as_issued(figures, json.loads(issue.board))) != issue.board:
            faults.append(f"{name}的得分排名与重新计算的不一致，请核对定稿和程序版本。")
        elif _json(_as_issued(frozen_alerts, issue.alerts)) != issue.alerts:
            faults.append(f"{name}的亮灯与重新计算的不一致，请核对定稿和程序版本。")
    return faults


# ---- parts ----------------------------------------------------------------------------------------------------------


def _as_issued(frozen: dict[str, Any], stored: str) -> dict[str, Any]:
    """Each month's alerts as the version that froze them would have made them."""
    issued = json.loads(stored or "{}")
    return {month: as_issued(found, issued.get(month, {})) for month, found in frozen.items()}


def _issue_content(
    session: Session, programme: Programme, period: Period, known_at: datetime, before: Publication | None
) -> tuple[dict[str, Any], dict[str, Any], boards.Basis]:
    """What an issue freezes: the board, the alerts of its months (a year's are frozen with its quarters), the basis.

    The second issue of a period and later ones have the published figures beside their own.
    """
    afresh = Memory(32, heavy_size=8)  # shared within this one act, and thrown away with it
    last = boards.last_month(session, programme, period, known_at)
    made_from = boards.basis(session, programme, last, known_at, afresh)
    scores = boards.quarter_scores(session, programme, period, made_from, known_at, afresh)
    live = boards.make_board(session, programme, period, made_from, known_at, scores)
    slip = None if before is None else boards.reopened_since(session, programme, period, before, known_at)
    months = () if period.kind is PeriodKind.YEAR else period.committed(made_from.facts.committed_months)
    frozen_alerts: dict[str, Any] = {}
    for month in months:
        of_month = Period(period.year, PeriodKind.MONTH, month)
        basis = boards.basis(session, programme, of_month.text, known_at, afresh)
        found = boards.make_alerts(basis, month)
        earlier = json.loads(before.alerts or "{}").get(of_month.text) if before is not None else None
        if earlier is not None and slip is not None:
            frozen_alerts[of_month.text] = boards.corrected_alerts(found, earlier, slip.number)
        else:
            frozen_alerts[of_month.text] = boards.published_alerts(found)
    if before is None or slip is None:
        return boards.published_board(live), frozen_alerts, made_from
    return boards.corrected_board(live, json.loads(before.board), slip.number), frozen_alerts, made_from


def _publishable(change: Change, text: str) -> Period:
    """The period, when it has data and is not locked already. Conflict otherwise."""
    period = period_of(change.programme, text)
    refusal = refusal_to_publish(change.session, change.programme, period)
    if refusal is not None:
        raise Conflict(refusal)
    return period


def refusal_to_publish(session: Session, programme: Programme, period: Period) -> str | None:
    """Why a period cannot be drafted or signed now; None when it can."""
    locked = programmes.locked_periods(session, programme)
    if period.text in locked:
        return f"{period.words}已定稿，不能重复签发。确需更正，请先办理更正单。"
    for wider in boards.wider_periods(period):
        if wider in locked:
            return f"{period.words}已随{periods.parse(wider).words}定稿，不能再单独签发。"
    months = facts.committed_months(session, programme)
    if not period.committed(int(month[5:7]) for month in months):
        return f"{period.words}还没有已确认的督查数据，不能定稿，请先导入并确认月报。"
    if period.kind is PeriodKind.YEAR:
        for quarter in range(1, 5):
            within = Period(period.year, PeriodKind.QUARTER, quarter)
            if within.text not in locked and boards.newest_issue(session, programme, [within.text], None):
                return f"{within.words}已开更正单、尚未重新定稿，请先完成更正，再办理{period.words}定稿。"
    return None


def _reopenable(change: Change, period: str | Sequence[str]) -> list[Period]:
    """The periods, each published and locked by itself. Conflict otherwise."""
    wanted = [period_of(change.programme, text) for text in _texts(period)]
    if not wanted:
        raise Refused("更正单须写明要更正的期间，请选择后再提交。")
    locked = programmes.locked_periods(change.session, change.programme)
    for one in wanted:
        for wider in boards.wider_periods(one):
            if wider in locked:
                words = periods.parse(wider).words
                raise Conflict(f"{one.words}已随{words}定稿，更正单请对{words}办理。")
        if one.text not in locked:
            raise Conflict(f"{one.words}没有定稿，不需要更正单，可以直接更正。")
    return wanted


def _texts(period: str | Sequence[str]) -> list[str]:
    """The periods named, each once, in order of their names."""
    return [period] if isinstance(period, str) else sorted(set(period))


def _words(wanted: Sequence[Period]) -> str:
    return "、".join(one.words for one in wanted)


def _target(wanted: Sequence[Period]) -> str:
    return "、".join(one.text for one in wanted)


def _cover(session: Session, slip: Reopening, texts: Sequence[str]) -> None:
    """Let a draft cover these periods and no others."""
    assert slip.id is not None
    for row in session.exec(select(ReopenedPeriod).where(ReopenedPeriod.reopening_id == slip.id)):
        if row.period not in texts:
            session.delete(row)
    known = periods_of(session, slip)
    session.add_all(ReopenedPeriod(reopening_id=slip.id, period=text) for text in texts if text not in known)
    session.flush()


def _require_other(actor: Actor, drafted_by: str, drafted_by_id: int | None, two_person: bool) -> None:
    if two_person and is_same_person(actor, drafted_by, drafted_by_id):
        raise Forbidden(f"拟稿人（{drafted_by}）不能签发自己的稿子，请由另一位办公室负责人签发。")


def is_same_person(actor: Actor, name: str, account_id: int | None) -> bool:
    return actor.account_id == account_id if account_id is not None else actor.name == name


def is_outdated(session: Session, programme: Programme, draft: Publication) -> bool:
    """Whether the facts have moved since the draft, so that it cannot be signed as it is."""
    before = boards.newest_issue(session, programme, [draft.period], None)
    now = programme.last_recorded_at
    figures, frozen_alerts, _ = _issue_content(session, programme, periods.parse(draft.period), now, before)
    return _json(figures) != draft.board or _json(frozen_alerts) != draft.alerts


def _pending(session: Session, programme: Programme, period: Period) -> Publication | None:
    return session.exec(
        select(Publication).where(
            Publication.programme_id == programme.id,
            Publication.period == period.text,
            col(Publication.signed_at).is_(None),
        )
    ).one_or_none()


def _pending_reopenings(session: Session, programme: Programme, texts: Sequence[str]) -> list[Reopening]:
    """The slips not yet signed that cover one of the periods, in order of their numbers."""
    covering = select(ReopenedPeriod.reopening_id).where(col(ReopenedPeriod.period).in_(texts))
    query = select(Reopening).where(
        Reopening.programme_id == programme.id, col(Reopening.signed_at).is_(None), col(Reopening.id).in_(covering)
    )
    return list(session.exec(query.order_by(col(Reopening.number))).all())


def issue_line(session: Session, issue: Publication) -> dict[str, Any]:
    """One issue as it is listed: who, when, from which facts, by which version of the rule book."""
    book = session.exec(
        select(RuleBookRevision)
        .where(
            RuleBookRevision.programme_id == issue.programme_id,
            RuleBookRevision.sha256 == issue.rulebook_sha256,
            col(RuleBookRevision.recorded_at) <= issue.known_at,
        )
        .order_by(col(RuleBookRevision.recorded_at).desc(), col(RuleBookRevision.id).desc())
        .limit(1)
    ).first()
    return {
        "id": issue.id,
        "period": issue.period,
        "period_label": periods.parse(issue.period).words,
        "number": issue.number,
        "state": "drafted" if issue.signed_at is None else "signed",
        "known_at": _instant(issue.known_at),
        "drafted_by": issue.drafted_by,
        "drafted_at": _instant(issue.drafted_at),
        "signed_by": issue.signed_by,
        "signed_at": _instant(issue.signed_at),
        "fingerprint": issue.fingerprint,
        "rulebook": "" if book is None else book.name,
        "rulebook_words": "" if book is None else programmes.parse_cached(book.text).words,
        "rulebook_from": "" if book is None else book.from_month,
        "rulebook_sha256": issue.rulebook_sha256,
    }


def slip_line(session: Session, slip: Reopening) -> dict[str, Any]:
    """One 更正单 as it is listed; `period` is the first of its periods."""
    covered = periods_of(session, slip)
    return {
        "id": slip.id,
        "number": slip.number,
        "label": f"更正单（第{slip.number}号）",
        "period": covered[0],
        "periods": covered,
        "period_label": "、".join(periods.parse(one).words for one in covered),
        "reason": slip.reason,
        "state": "drafted" if slip.signed_at is None else "signed",
        "drafted_by": slip.drafted_by,
        "drafted_at": _instant(slip.drafted_at),
        "signed_by": slip.signed_by,
        "signed_at": _instant(slip.signed_at),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _note(change: Change, action: str, target: str, detail: dict[str, Any]) -> None:
    audit.append(
        change.session,
        change.actor,
        action,
        target=target,
        programme=change.programme.code,
        detail=detail,
        at=change.recorded_at,
    )


def _id(programme: Programme) -> int:
    assert programme.id is not None
    return programme.id
