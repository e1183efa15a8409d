"""申诉、复核: units contest drafted scores while they are laid open; the office answers and decides before signing.

Source: DESIGN §1 (who sees what), docs/decisions/0009. This package knows programme, period, project and unit, not the
publications: whoever drafts lays the scores open (`lay_open`), asks before signing (`require_settled`) and ends the
公示 (`conclude`). Terms count working days after the day of drafting (`workdays`), by the clock of the change itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlmodel import Session, col, func, select

from app.accounts.service import require_role
from app.appeals.attachments import Attachment
from app.appeals.models import Appeal, Disclosure
from app.appeals.workdays import calendar
from app.audit import service as audit
from app.audit.service import Actor
from app.errors import Conflict, NotFound, Refused
from app.evidence import service as evidence
from app.organisation import service as organisations
from app.organisation.models import Unit
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects import service as projects
from scoring import periods
from scoring.periods import Period, PeriodKind, last_day, quarter_of

DECIDERS = ("office", "office_head")
CONTESTING_ROLES = ("responsible_unit",)  # only the first of a project's units is scored, so only it contests
UPHELD, ACCEPTED = "维持", "采纳"
SHANGHAI = timezone(timedelta(hours=8))

Scores = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days (示例): how long scores may be contested, and how long nothing is signed (0: nobody waits)."""

    appeal_days: int = 3
    publicity_days: int = 0


# ---- 公示 -----------------------------------------------------------------------------------------------------------


def lay_open(change: Change, period: str, month: str, scores: Scores, terms: Terms) -> Disclosure:
    """Lay a period's drafted scores open. A new draft of the same scores goes on with the 公示 that is running."""
    laid = {str(project_id): dict(row) for project_id, row in scores.items()}
    running = disclosure_of(change.session, change.programme, period)
    if running is not None:
        if (running.scores, running.month) == (laid, month):
            return running
        conclude(change, period)
    opened_on = _day(change.recorded_at)
    days = calendar()
    made = Disclosure(
        programme_id=_id(change.programme),
        period=period,
        month=month,
        appeal_days=terms.appeal_days,
        publicity_days=terms.publicity_days,
        opened_at=change.recorded_at,
        contest_until=days.after(opened_on, terms.appeal_days),
        open_until=days.after(opened_on, terms.publicity_days),
        scores=laid,
    )
    change.session.add(made)
    change.session.flush()
    return made


def conclude(change: Change, *ended: str) -> None:
    """End the 公示 of periods: their draft was signed or locked in with a wider period, or another takes its place."""
    for period in ended:
        running = disclosure_of(change.session, change.programme, period)
        if running is not None:
            running.ended_at = change.recorded_at
            change.session.add(running)
    change.session.flush()


def periods_within(period: str) -> list[str]:
    """The period itself and those that lie in it: a quarter's months, a year's quarters and months."""
    whole = periods.parse(period)
    months = [Period(whole.year, PeriodKind.MONTH, month) for month in whole.months]
    quarters = [Period(whole.year, PeriodKind.QUARTER, one) for one in sorted({quarter_of(m) for m in whole.months})]
    inner = {
        PeriodKind.MONTH: [],
        PeriodKind.QUARTER: months,
        PeriodKind.YEAR: [*quarters, *months],
    }
    return [whole.text, *(one.text for one in inner[whole.kind])]


def disclosure_of(session: Session, programme: Programme, period: str) -> Disclosure | None:
    """The running 公示 of a period."""
    return session.exec(
        select(Disclosure).where(
            Disclosure.programme_id == programme.id,
            Disclosure.period == period,
            col(Disclosure.ended_at).is_(None),
        )
    ).one_or_none()


def hindrances(
    session: Session, programme: Programme, period: str, drafted_at: datetime, today: date
) -> list[tuple[str, list[int]]]:
    """What stands in the way of signing a draft, each as a sentence and the appeals it is about.

    Signing locks what lies in the period, so the appeals about it count too: a month's with its quarter.
    """
    words = periods.parse(period).words
    found: list[tuple[str, list[int]]] = []
    of_period = _appeals(session, programme, col(Appeal.period).in_(periods_within(period)))
    undecided = [one for one in of_period if is_undecided(one)]
    if undecided:
        named = "、".join(_named(session, one) for one in undecided)
        found.append((f"{words}还有{len(undecided)}件申诉没有决定：{named}。请先答复并决定，再签发。", _ids(undecided)))
    accepted = [one for one in of_period if one.decision == ACCEPTED and _at(one.decided_at) > drafted_at]
    if accepted:
        named = "、".join(_named(session, one) for one in accepted)
        found.append((f"{words}的申诉已采纳：{named}。请更正数据后重新拟稿，再签发。", _ids(accepted)))
    running = disclosure_of(session, programme, period)
    if running is not None and _is_waiting(running, today):
        until = _day_words(running.open_until)
        found.append((f"{words}正在公示，公示期{running.publicity_days}个工作日，至{until}，期满后才能签发。", []))
    return found


def require_settled(change: Change, period: str, drafted_at: datetime) -> None:
    """Conflict while an appeal is undecided, accepted but not yet in the draft, or the 公示 has not run out."""
    found = hindrances(change.session, change.programme, period, drafted_at, _day(change.recorded_at))
    if found:
        raise Conflict(
            "".join(sentence for sentence, _ in found), detail={"appeals": [one for _, of in found for one in of]}
        )


def must_wait(change: Change, period: str) -> bool:
    """Whether the running 公示 forbids signing on the day of the change."""
    running = disclosure_of(change.session, change.programme, period)
    return running is not None and _is_waiting(running, _day(change.recorded_at))


def _is_waiting(running: Disclosure, today: date) -> bool:
    return running.publicity_days > 0 and today <= running.open_until


# ---- contesting -----------------------------------------------------------------------------------------------------


def file(change: Change, period: str, project_id: int, grounds: str, attachment: Attachment | None = None) -> Appeal:
    """提出申诉: by the responsible unit of the period's last day, within the term, once a draft.

    Forbidden for other roles; NotFound for a project that is not theirs; Conflict outside the term or when one stands.
    """
    require_role(change.actor, "unit")
    session, programme = change.session, change.programme
    words = periods.parse(period).words
    running = disclosure_of(session, programme, period)
    if running is None:
        raise Conflict(f"{words}现在没有公示中的得分，不能申诉；拟稿公示后、签发前可以提出。")
    shown = running.scores.get(str(project_id))
    if shown is None or project_id not in _own_projects(session, programme, change.actor, running):
        raise NotFound("没有这个项目，或不由您单位主要负责，不能申诉。请核对项目。")
    if _day(change.recorded_at) > running.contest_until:
        raise Conflict(
            f"{words}的申诉到{_day_words(running.contest_until)}为止，已经过期；如有异议请直接向办公室反映。"
        )
    if not grounds.strip():
        raise Refused("申诉须写明理由，请补充后再提交。")
    mine = _appeals(session, programme, Appeal.period == period, Appeal.project_id == project_id)
    for one in mine:
        if is_undecided(one):
            raise Conflict(f"{shown['name']}已有申诉（第{one.number}号）等待决定，不能重复提出。")
        if one.disclosure_id == running.id and one.withdrawn_at is None:
            raise Conflict(f"{shown['name']}的申诉（第{one.number}号）已有决定（{one.decision}），这一稿不能再申诉。")
    last = session.exec(select(func.max(Appeal.number)).where(Appeal.programme_id == programme.id)).one()
    unit = session.get_one(Unit, change.actor.unit_id)
    assert running.id is not None and unit.id is not None
    appeal = Appeal(
        programme_id=_id(programme),
        number=(last or 0) + 1,
        disclosure_id=running.id,
        period=period,
        project_id=project_id,
        unit_id=unit.id,
        unit=unit.name,
        contested_score=shown["score"],
        contested_rank=shown["rank"],
        contested_reason=shown["not_scored_reason"],
        grounds=grounds.strip(),
        filed_at=change.recorded_at,
        filed_by=change.actor.name,
        filed_by_id=change.actor.account_id,
    )
    if attachment is not None:
        appeal.file_name = attachment.name
        appeal.file_sha256 = evidence.store(session, attachment.content, change.recorded_at)
    _keep(change, appeal, "appeal.file", grounds=appeal.grounds, score=appeal.contested_score, file=appeal.file_sha256)
    return appeal


def withdraw(change: Change, appeal_id: int) -> Appeal:
    """撤回: the unit that filed it takes an undecided appeal back."""
    require_role(change.actor, "unit")
    appeal = _open(change, appeal_id)
    appeal.withdrawn_at, appeal.withdrawn_by = change.recorded_at, change.actor.name
    _keep(change, appeal, "appeal.withdraw")
    return appeal


def answer(change: Change, appeal_id: int, text: str) -> Appeal:
    """答复: what the office says to it; may be put better until it is decided."""
    require_role(change.actor, *DECIDERS)
    appeal = _open(change, appeal_id)
    if not text.strip():
        raise Refused("答复是空的，请写明复核情况。")
    appeal.answer, appeal.answered_at, appeal.answered_by = text.strip(), change.recorded_at, change.actor.name
    _keep(change, appeal, "appeal.answer", answer=appeal.answer)
    return appeal


def decide(change: Change, appeal_id: int, decision: str, reason: str, text: str = "") -> Appeal:
    """维持 or 采纳, with its reason; Refused without an answer, which may come along (`text`)."""
    require_role(change.actor, *DECIDERS)
    if decision not in (UPHELD, ACCEPTED):
        raise Refused(f"申诉的决定只有“{UPHELD}”和“{ACCEPTED}”，请选择其一。")
    appeal = answer(change, appeal_id, text) if text.strip() else _open(change, appeal_id)
    if not appeal.answer:
        raise Refused(f"第{appeal.number}号申诉还没有答复，请先写明答复，再作决定。")
    if not reason.strip():
        raise Refused("请写明决定的理由。")
    appeal.decision, appeal.decision_reason = decision, reason.strip()
    appeal.decided_at, appeal.decided_by = change.recorded_at, change.actor.name
    _keep(change, appeal, "appeal.decide", decision=decision, reason=appeal.decision_reason)
    return appeal


def is_undecided(appeal: Appeal) -> bool:
    return not appeal.decision and appeal.withdrawn_at is None


# ---- reading --------------------------------------------------------------------------------------------------------


def listing(
    session: Session, actor: Actor, programme: Programme, today: date, period: str | None = None
) -> dict[str, Any]:
    """The appeals and the running 公示 that the actor may see: a unit's own, the office all.

    A unit finds its own projects' drafted scores here, each with whether it can be contested now.
    """
    require_role(actor, *DECIDERS, "unit")
    where = [] if period is None else [Appeal.period == period]
    found = [one for one in _appeals(session, programme, *where) if is_theirs(actor, one)]
    running = {one.period: one for one in _running(session, programme, period)}
    shown = [_disclosure(session, actor, programme, one, today) for one in running.values()]
    return {
        "programme": programme.code,
        "rows": [
            {**line(session, one), "laid_open_score": _laid_open(running.get(one.period), one)}
            for one in reversed(found)
        ],
        "total": len(found),
        "undecided": sum(is_undecided(one) for one in found),
        "disclosures": [one for one in shown if one["rows"] or actor.role != "unit"],
    }


def _laid_open(running: Disclosure | None, appeal: Appeal) -> str | None:
    """The project's score in the draft that is laid open now, to be held against the contested one."""
    shown = None if running is None else running.scores.get(str(appeal.project_id))
    return None if shown is None else shown["score"]


def _running(session: Session, programme: Programme, period: str | None) -> Sequence[Disclosure]:
    query = select(Disclosure).where(Disclosure.programme_id == programme.id, col(Disclosure.ended_at).is_(None))
    if period is not None:
        query = query.where(Disclosure.period == period)
    return session.exec(query.order_by(col(Disclosure.opened_at))).all()


def _disclosure(
    session: Session, actor: Actor, programme: Programme, running: Disclosure, today: date
) -> dict[str, Any]:
    is_open = today <= running.contest_until
    rows: list[dict[str, Any]] = []
    if actor.role == "unit":
        mine = _own_projects(session, programme, actor, running)
        of_period = _appeals(session, programme, Appeal.period == running.period)
        for key, shown in sorted(running.scores.items(), key=lambda item: str(item[1]["code"])):
            if int(key) in mine:
                own = [one for one in of_period if one.project_id == int(key) and one.withdrawn_at is None]
                stands = [one for one in own if is_undecided(one) or one.disclosure_id == running.id]
                rows.append(
                    {
                        "project_id": int(key),
                        **shown,
                        "can_contest": is_open and not stands,
                        "appeal": line(session, stands[-1]) if stands else None,
                    }
                )
    opened_on = _day(running.opened_at)
    days = calendar()
    last = max(running.contest_until, running.open_until)
    years = range(opened_on.year, last.year + 1)
    waits = f"，公示至{_day_words(running.open_until)}后签发" if running.publicity_days else ""
    return {
        "period": running.period,
        "period_label": periods.parse(running.period).words,
        "month": running.month,
        "opened_at": evidence.instant(running.opened_at),
        "contest_until": running.contest_until.isoformat(),
        "open_until": running.open_until.isoformat() if running.publicity_days else None,
        "is_open": is_open,
        "sentence": (
            f"{_day_words(opened_on)}拟稿公示，申诉期{running.appeal_days}个工作日，"
            f"至{_day_words(running.contest_until)}{waits}。{days.unlisted(opened_on, last)}"
        ),
        "calendar": [days.sources[year] for year in years if year in days.sources],
        "rows": rows,
    }


def of_project(
    session: Session, programme: Programme, project_id: int, wanted: Sequence[str], at: datetime | None
) -> list[dict[str, Any]]:
    """The appeals about a project's scores of some periods, as they stood at an instant (None: now)."""
    found = _appeals(session, programme, Appeal.project_id == project_id, col(Appeal.period).in_(list(wanted)))
    return [line(session, one, at) for one in found if at is None or one.filed_at <= at]


def line(session: Session, appeal: Appeal, at: datetime | None = None) -> dict[str, Any]:
    """One appeal in JSON, as it stood at an instant: who, when, what, evidence, answer, decision."""

    def done(when: datetime | None) -> bool:
        return when is not None and (at is None or when <= at)

    answered, decided, withdrawn = (done(one) for one in (appeal.answered_at, appeal.decided_at, appeal.withdrawn_at))
    state = "已撤回" if withdrawn else appeal.decision if decided else "已答复，待决定" if answered else "待答复"
    code, name = _project(session, appeal)
    return {
        "id": appeal.id,
        "number": appeal.number,
        "label": f"申诉（第{appeal.number}号）",
        "state": state,
        "is_undecided": not (withdrawn or decided),
        "period": appeal.period,
        "period_label": periods.parse(appeal.period).words,
        "project_id": appeal.project_id,
        "code": code,
        "name": name,
        "unit": appeal.unit,
        "contested_score": appeal.contested_score,
        "contested_rank": appeal.contested_rank,
        "contested_reason": appeal.contested_reason,
        "grounds": appeal.grounds,
        "file": appeal.file_name or None,
        "file_sha256": appeal.file_sha256,
        "filed_by": appeal.filed_by,
        "filed_at": evidence.instant(appeal.filed_at),
        "answer": appeal.answer if answered else "",
        "answered_by": appeal.answered_by if answered else "",
        "answered_at": evidence.instant(_at(appeal.answered_at)) if answered else None,
        "decision": appeal.decision if decided else "",
        "decision_reason": appeal.decision_reason if decided else "",
        "decided_by": appeal.decided_by if decided else "",
        "decided_at": evidence.instant(_at(appeal.decided_at)) if decided else None,
        "withdrawn_by": appeal.withdrawn_by if withdrawn else "",
        "withdrawn_at": evidence.instant(_at(appeal.withdrawn_at)) if withdrawn else None,
    }


def require(session: Session, actor: Actor, appeal_id: int) -> tuple[Appeal, Programme]:
    """The appeal and its programme. Forbidden for roles that take no part; NotFound where it is another's."""
    require_role(actor, *DECIDERS, "unit")
    appeal = session.get(Appeal, appeal_id)
    programme = None if appeal is None else session.get_one(Programme, appeal.programme_id)
    if appeal is None or programme is None or not is_theirs(actor, appeal) or not _is_of(actor, programme):
        raise unknown()
    return appeal, programme


def attachment_of(session: Session, actor: Actor, appeal_id: int) -> Attachment:
    """The file of an appeal: for the office and the unit that filed it."""
    appeal, _ = require(session, actor, appeal_id)
    if appeal.file_sha256 is None:
        raise NotFound(f"第{appeal.number}号申诉没有附佐证材料。")
    return Attachment(appeal.file_name, evidence.fetch(session, appeal.file_sha256))


def is_theirs(actor: Actor, appeal: Appeal) -> bool:
    return actor.role != "unit" or appeal.unit_id == actor.unit_id


def unknown() -> NotFound:
    """The same words for an appeal that is not there and for another unit's."""
    return NotFound("没有这件申诉，请核对编号。")


# ---- parts ----------------------------------------------------------------------------------------------------------


def _own_projects(session: Session, programme: Programme, actor: Actor, running: Disclosure) -> set[int]:
    """The projects of which the actor's unit was responsible on the last day of the period's last month."""
    unit = None if actor.unit_id is None else session.get(Unit, actor.unit_id)
    if unit is None:
        return set()
    return projects.assigned_project_ids(
        session,
        programme,
        last_day(int(running.month[:4]), int(running.month[5:7])),
        CONTESTING_ROLES,
        unit_id=unit.id,
        names=organisations.unit_names(session, unit),
    )


def _appeals(session: Session, programme: Programme, *where: Any) -> Sequence[Appeal]:
    query = select(Appeal).where(Appeal.programme_id == programme.id, *where)
    return session.exec(query.order_by(col(Appeal.number))).all()


def _open(change: Change, appeal_id: int) -> Appeal:
    """The appeal, read anew under the programme's lock. Conflict when it is decided or withdrawn already."""
    appeal = change.session.exec(
        select(Appeal)
        .where(Appeal.id == appeal_id, Appeal.programme_id == change.programme.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if appeal is None or not is_theirs(change.actor, appeal):
        raise unknown()
    if appeal.withdrawn_at is not None:
        raise Conflict(f"第{appeal.number}号申诉已由{appeal.withdrawn_by}撤回，不需要再办。")
    if appeal.decision:
        raise Conflict(f"第{appeal.number}号申诉已由{appeal.decided_by}决定（{appeal.decision}），不能再改。")
    return appeal


def _keep(change: Change, appeal: Appeal, action: str, **detail: Any) -> None:
    change.session.add(appeal)
    change.session.flush()
    code, _ = _project(change.session, appeal)
    audit.append(
        change.session,
        change.actor,
        action,
        target=f"appeal {appeal.number}",
        programme=change.programme.code,
        detail={"period": appeal.period, "project": code, "unit": appeal.unit, **detail},
        at=change.recorded_at,
    )


def _project(session: Session, appeal: Appeal) -> tuple[str, str]:
    """Code and name of its project as they were laid open."""
    shown = session.get_one(Disclosure, appeal.disclosure_id).scores[str(appeal.project_id)]
    return shown["code"], shown["name"]


def _named(session: Session, appeal: Appeal) -> str:
    return f"第{appeal.number}号（{_project(session, appeal)[1]}，{appeal.unit}）"


def _ids(appeals: Sequence[Appeal]) -> list[int]:
    return [one.id for one in appeals if one.id is not None]


def _is_of(actor: Actor, programme: Programme) -> bool:
    return actor.organisation_id in (None, programme.organisation_id)


def _at(instant: datetime | None) -> datetime:
    assert instant is not None
    return instant


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def _day_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _id(programme: Programme) -> int:
    assert programme.id is not None
    return programme.id
