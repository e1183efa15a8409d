"""目标测算: one project's targets, range and places in a running quarter or year; all projects' in one table.

Source: DESIGN §5, RULES §2–§4, docs/decisions/0010. The arithmetic is scoring's (whatif, rivals), on the facts of now
and with published quarters as published. What others score in an interim board is only for those who see it whole.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlmodel import Session

from app.audit.service import Actor
from app.errors import Forbidden, Malformed, NotFound, Refused
from app.programmes.models import Programme
from app.projects import service as projects
from app.projects.models import Project
from app.publications import boards
from app.publications import service as publishing
from app.publications.boards import Basis, Sight
from app.publications.memory import Memory, Nothing, state_of
from app.publications.receipts import unknown
from app.publications.scope import Scope, scope_of, viewer_of
from app.standings import service as standings
from scoring.periods import Period, PeriodKind, last_day, month_text
from scoring.rivals import Field, Passing, Reach
from scoring.rulebook import RuleBook
from scoring.whatif import Course, Needed, Status, Verdict

NOTES = (
    "按现有数据和考核办法推算；今后的增补、调出、更正会改变结果。",
    "其余月份按同样的得分推算；同分时名次由期末的同分比较决定，所以“超过”以高出0.01分计。",
)
WITHOUT_ANSWER = (Status.LEFT, Status.NOT_YET, Status.NOT_SCORED)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked beyond the tiers: a score, a tier, a place, another project's code or name. None: not asked."""

    target: str | None = None
    tier: str | None = None
    rank: int | None = None
    passing: str | None = None


@dataclass(frozen=True, slots=True)
class _Running:
    """A period as it stands: who is in it and what each can still score, the board that people see."""

    period: Period
    field: Field
    basis: Basis
    seen: Sight
    scope: Scope

    @property
    def book(self) -> RuleBook:
        return self.basis.assessed.book

    @property
    def shows_others(self) -> bool:
        is_issued = self.seen.state != boards.INTERIM and self.seen.issued is None
        return self.scope.viewer.sees_whole or is_issued

    def row(self, code: str) -> dict[str, Any]:
        return next((row for row in self.seen.figures["rows"] if row["code"] == code), {})


# ---- one project ----------------------------------------------------------------------------------------------------


def project_named(session: Session, programme: Programme, text: str) -> Project:
    """By code or exact name, else by the id that addresses use. The same NotFound as for a foreign project."""
    try:
        return projects.find(session, programme, text)
    except NotFound:
        found = session.get(Project, int(text)) if text.isdecimal() and text.isascii() and len(text) < 10 else None
        if found is None or found.programme_id != programme.id:
            raise unknown() from None
        return found


def whatif(
    session: Session,
    actor: Actor,
    programme: Programme,
    project: Project,
    period: str,
    wishes: Wishes | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """What is open for one project: its range and places, what each tier asks, and the answers to `wishes`.

    NotFound where the project is not the actor's to see; Malformed for a target of no sense.
    """
    running = _running(session, actor, programme, period, memory or Nothing())
    course = running.field.courses.get(project.code)
    if course is None or project.id is None or not running.scope.sees(project.id):
        raise unknown()
    row = running.row(project.code)
    answered = course.status not in WITHOUT_ANSWER
    reach = running.field.reach(project.code) if answered else None
    return {
        "programme": programme.code,
        "period": running.period.text,
        "period_label": running.period.words,
        "id": project.id,
        "code": project.code,
        "name": course.assessment.project.name,
        "group": running.field.group(project.code),
        "state": running.seen.state,
        "label": running.seen.figures["label"],
        "rulebook": running.basis.book_name,
        "rulebook_words": running.basis.assessed.book.words,
        "score": row.get("score"),
        "rank": row.get("rank"),
        "group_size": row.get("group_size"),
        "tier": row.get("tier"),
        "not_scored_reason": row.get("not_scored_reason"),
        **_course(running.period, course, running.book),
        "places": _reach(reach),
        "tiers": _tiers(running.book, course) if answered else [],
        "answers": _answers(session, programme, running, project.code, wishes or Wishes()) if answered else [],
        "neighbours": _neighbours(running, project.code) if reach is not None else [],
        "shows_others": running.shows_others,
        "notes": list(NOTES),
    }


def _course(period: Period, course: Course, book: RuleBook) -> dict[str, Any]:
    found = None if course.status in WITHOUT_ANSWER else course.range
    year = course.assessment.year
    return {
        "status": course.status.value,
        "status_sentence": course.status_sentence(),
        "what": course.what,
        "remaining": [month_text(year, month) for month in course.remaining],
        "open_months": [month_text(year, month) for month in course.open_months],
        "open_words": course.open_words if course.open_months else "",
        "at_rest": _text(course.at_rest) if course.status is Status.SUSPENDED else None,
        "range": None
        if found is None
        else {
            "low": str(found.low),
            "high": str(found.high),
            "low_tier": book.ranking.tier(found.low),
            "high_tier": book.ranking.tier(found.high),
            "is_settled": found.is_settled,
            "sentence": _range_sentence(course, book),
        },
    }


def _range_sentence(course: Course, book: RuleBook) -> str:
    """最低…（其余月份都得0.00分），最高…（都得100.00分）."""
    assert course.range is not None
    low, high = course.range.low, course.range.high
    tier, best = book.ranking.tier(low), book.ranking.tier(high)
    if course.range.is_settled:
        return f"{course.what}已经确定：{low}分，{tier}。"
    tiers = f"等次已经确定：{tier}。" if tier == best else f"等次在{tier}至{best}之间。"
    return f"{course.open_words}都得0.00分，{course.what}为{low}分；都得100.00分，为{high}分。{tiers}"


def _tiers(book: RuleBook, course: Course) -> list[dict[str, Any]]:
    """Every tier that starts above 0, the highest first."""
    return [
        {"tier": tier.name, "from_score": f"{tier.from_score:f}", **_needed(course.needed(tier.from_score))}
        for tier in book.ranking.tiers
        if tier.from_score > 0
    ]


def _answers(
    session: Session, programme: Programme, running: _Running, code: str, wishes: Wishes
) -> list[dict[str, Any]]:
    course, found = running.field.courses[code], []
    if wishes.target:
        target = _target(wishes.target)
        found.append({"kind": "target", "label": f"达到{target}分", **_needed(course.needed(target))})
    if wishes.tier:
        start = next((one.from_score for one in running.book.ranking.tiers if one.name == wishes.tier), None)
        if start is None:
            names = "、".join(one.name for one in running.book.ranking.tiers)
            raise Malformed(f"考核办法没有“{wishes.tier}”这一等次，可选{names}。")
        found.append({"kind": "tier", "label": f"达到{wishes.tier}（{start:f}分）", **_needed(course.needed(start))})
    if wishes.rank is not None:
        found.append({"kind": "rank", "label": f"进入前{wishes.rank}名", **_for_rank(running, code, wishes.rank)})
    if wishes.passing:
        other = _rival(session, programme, running, code, wishes.passing)
        name = running.field.courses[other].assessment.project.name
        label = f"超过{name}"
        found.append({"kind": "pass", "label": label, "code": other, **_passing(running.field.passing(code, other))})
    return found


def _target(text: str) -> Decimal:
    try:
        target = Decimal(text.strip())
    except InvalidOperation:
        target = Decimal(-1)
    if not target.is_finite() or not 0 <= target <= 100 or target != round(target, 2):
        raise Malformed(f"目标分“{text}”无法识别，请写0—100之间、最多两位小数的数，如90或88.50。")
    return round(target, 2)


def _for_rank(running: _Running, code: str, rank: int) -> dict[str, Any]:
    if rank < 1:
        raise Malformed("目标名次从第1名起，请改正后再测算。")
    if not running.shows_others:
        raise Forbidden("本期还是中间值，他人得分通报后才能看到；现在可以测算目标分和等次。")
    if running.field.reach(code) is None:
        return {"verdict": Verdict.IMPOSSIBLE.value, "sentence": "本项目年末不参加排名，无从测算名次。"}
    return _passing(running.field.to_rank(code, rank))


def _rival(session: Session, programme: Programme, running: _Running, code: str, text: str) -> str:
    """The code of the project to pass: of the same group, to be ranked, and with a score that is the actor's to see."""
    project = project_named(session, programme, text)
    if not running.shows_others and not (project.id is not None and running.scope.sees(project.id)):
        raise unknown()
    if project.code == code:
        raise Refused("要超过的是本项目自己，请另选一个同类项目。")
    if running.field.reach(code) is None:
        raise Refused("本项目年末不参加排名，无从测算名次。")
    if project.code not in running.field.others(code):
        raise Refused(f"“{text}”与本项目不是同类项目，或不参加排名，名次不相比，请选一个同类项目。")
    return project.code


def _neighbours(running: _Running, code: str) -> list[dict[str, Any]]:
    """The next in front and the next behind, where their scores are the actor's to see."""
    if not running.shows_others:
        return []
    found = []
    for side, other in zip(("above", "below"), running.field.neighbours(code), strict=True):
        if other is None:
            continue
        course, place = running.field.courses[other], running.field.places[other]
        found.append(
            {
                "side": side,
                "id": running.basis.ids[other],
                "code": other,
                "name": course.assessment.project.name,
                "rank": place.rank,
                "score": _text(place.score),
                **_passing(running.field.passing(code, other)),
            }
        )
    return found


# ---- all projects ---------------------------------------------------------------------------------------------------


def overview(
    session: Session, actor: Actor, programme: Programme, period: str, *, memory: Memory | None = None
) -> dict[str, Any]:
    """Every project's range, places and what the tiers still ask, in the board's order; those the actor may see."""
    kept = memory or Nothing()
    running = _running(session, actor, programme, period, kept)
    rows = _overview_rows(session, programme, running, kept)
    shown = [row for row in rows if running.scope.sees(row["id"])]
    return {
        "programme": programme.code,
        "period": running.period.text,
        "period_label": running.period.words,
        "state": running.seen.state,
        "label": running.seen.figures["label"],
        "rulebook": running.basis.book_name,
        "rulebook_words": running.basis.assessed.book.words,
        "tiers": [
            {"tier": tier.name, "from_score": f"{tier.from_score:f}"}
            for tier in running.book.ranking.tiers
            if tier.from_score > 0
        ],
        "remaining": _remaining(running),
        "rows": shown,
        "total": len(shown),
        "settled_scores": sum(1 for row in shown if row["low"] is not None and row["low"] == row["high"]),
        "settled_places": sum(1 for row in shown if row["best"] is not None and row["best"] == row["worst"]),
        "notes": list(NOTES),
    }


def _remaining(running: _Running) -> list[str]:
    course = next(iter(running.field.courses.values()), None)
    return [] if course is None else [month_text(running.period.year, month) for month in course.remaining]


def _overview_rows(session: Session, programme: Programme, running: _Running, memory: Memory) -> list[dict[str, Any]]:
    question = ("whatif rows", running.period.text)
    made: list[dict[str, Any]] = memory.keep(state_of(session, programme), question, lambda: _work_out_rows(running))
    return made


def _work_out_rows(running: _Running) -> list[dict[str, Any]]:
    of_board = {row["code"]: place for place, row in enumerate(running.seen.figures["rows"])}
    codes = sorted(running.field.courses, key=lambda code: (of_board.get(code, len(of_board)), code))
    members = [code for code in codes if running.field.courses[code].is_member]
    return [_overview_row(running, code) for code in members]


def _overview_row(running: _Running, code: str) -> dict[str, Any]:
    course, row = running.field.courses[code], running.row(code)
    project, found = course.assessment.project, course.range
    reach = running.field.reach(code) if found is not None else None
    book = running.book.ranking
    return {
        "id": running.basis.ids[code],
        "code": code,
        "name": project.name,
        "group": running.field.group(code),
        "responsible_unit": project.responsible_unit,
        "lead_official": project.lead_official,
        "score": row.get("score"),
        "rank": row.get("rank"),
        "tier": row.get("tier"),
        "status": course.status.value,
        "status_sentence": course.status_sentence(),
        "low": None if found is None else str(found.low),
        "high": None if found is None else str(found.high),
        "low_tier": None if found is None else book.tier(found.low),
        "high_tier": None if found is None else book.tier(found.high),
        "best": None if reach is None else reach.best,
        "worst": None if reach is None else reach.worst,
        "places": None if reach is None else reach.sentence,
        "tiers": {tier.name: _short(course, tier.from_score) for tier in book.tiers if tier.from_score > 0},
    }


def _short(course: Course, target: Decimal) -> dict[str, Any]:
    verdict, score = course.month_score_for(target)
    words = verdict.words if score is None else str(score)
    return {"verdict": verdict.value, "month_score": _text(score), "words": words}


# ---- parts ----------------------------------------------------------------------------------------------------------


def _running(session: Session, actor: Actor, programme: Programme, text: str, memory: Memory) -> _Running:
    period = publishing.period_of(programme, text)
    if period.kind is PeriodKind.MONTH:
        raise Malformed(f"目标测算用于季度和年度，请把考核期写成{programme.year}Q4或{programme.year}。")
    viewer = viewer_of(session, actor)
    months = [int(month[5:7]) for month in standings.committed_months(session, programme)]
    last = max(months, default=0)
    # A quarter that has not begun is judged by what is known at the newest month.
    within = period.committed(months)
    at = month_text(programme.year, within[-1] if within else last or period.months[-1])
    basis = boards.basis(session, programme, at, None, memory)
    seen = publishing.sight(session, programme, period, None, None, memory)
    scope = scope_of(session, programme, viewer, last_day(programme.year, int(at[5:7])))

    def make() -> Field:
        scores = boards.quarter_scores(session, programme, period, basis, None, memory)
        if period.kind is PeriodKind.QUARTER and seen.state != boards.INTERIM:
            own = {row["code"]: row["score"] for row in seen.figures["rows"]}
            issued = {code: None if score is None else Decimal(score) for code, score in own.items()}
            scores = {code: {**scores.get(code, {}), f"Q{period.number}": score} for code, score in issued.items()}
        return Field(basis.assessed, period, last, scores)

    field: Field = memory.keep(state_of(session, programme), ("whatif", period.text), make)
    return _Running(period, field, basis, seen, scope)


def _needed(needed: Needed) -> dict[str, Any]:
    return {
        "target": str(needed.target),
        "verdict": needed.verdict.value,
        "verdict_label": needed.verdict.words,
        "month_score": _text(needed.month_score),
        "quarter": None if needed.quarter is None else f"Q{needed.quarter}",
        "quarter_score": _text(needed.quarter_score),
        "reached": _text(needed.reached),
        "one_less": _text(needed.one_less),
        "sentence": needed.sentence,
        "steps": list(needed.steps),
    }


def _passing(passing: Passing) -> dict[str, Any]:
    return {
        "verdict": passing.verdict.value,
        "verdict_label": passing.verdict.words,
        "present": None if passing.present is None else _needed(passing.present),
        "certain": None if passing.certain is None else _needed(passing.certain),
        "sentence": passing.sentence,
    }


def _reach(reach: Reach | None) -> dict[str, Any] | None:
    if reach is None:
        return None
    return {
        "best": reach.best,
        "worst": reach.worst,
        "size": reach.size,
        "is_settled": reach.is_settled,
        "sentence": reach.sentence,
    }


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)
