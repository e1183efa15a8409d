"""The boards and alerts that people see (通报数、更正数、中间值): what stands at an instant, and how it is made.

Source: CONTRACTS (`standings --json`, `alerts --json`, `--as-of`), RULES §4, §5.
An issue that was signed by then is shown as it was issued. Only after a reopening are the figures worked out anew;
where they differ from the issue they are shown as corrected, with the published ones beside. All else is interim.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from app.alerts import service as alerts
from app.alerts.versions import as_issued
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.projects import service as projects
from app.publications import versions
from app.publications.memory import Memory, state_of
from app.publications.models import Publication, ReopenedPeriod, Reopening
from app.standings import service as standings
from scoring import coverage
from scoring import facts as inputs
from scoring.assessment import Assessed
from scoring.periods import Period, PeriodKind, last_day, month_text, months_of, previous
from scoring.periods import quarter_of as quarter_number
from scoring.ranking import Board, Movement, Row, board

INTERIM, PUBLISHED, CORRECTED = "interim", "published", "corrected"
PUBLISHED_WORD, CORRECTED_WORD = "通报数", "更正数"
OTHER_BOOK_WORD = "当时的考核办法计分"
FIGURES = (
    "code",
    "group",
    "rank",
    "overall_rank",
    "score",
    "tier",
    "tie_break",
    "quarters",
    "months",
    "not_scored_reason",
)

QuarterScores = Mapping[str, Mapping[str, Decimal | None]]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a period's figures are worked out from: the facts at its last month, the book, and the shared work."""

    facts: inputs.Programme
    book_name: str
    book_sha256: str
    assessed: Assessed
    ids: Mapping[str, int]  # project ids by code


@dataclass(frozen=True, slots=True)
class Sight:
    """What stood before people at an instant. `known_at` is that of the facts behind the figures (None: now).

    `issued` is the newest issue's board, and `issued_known_at` its facts' instant, where `figures` are corrected ones
    that nobody has signed yet.
    """

    state: str
    figures: dict[str, Any]
    known_at: datetime | None
    issued: dict[str, Any] | None = None
    issued_known_at: datetime | None = None


# ---- making ---------------------------------------------------------------------------------------------------------


def last_month(session: Session, programme: Programme, period: Period, known_at: datetime | None) -> str:
    """The period's last committed month ("YYYY-MM"); its last calendar month when none is committed."""
    months = (int(month[5:7]) for month in standings.committed_months(session, programme, known_at))
    committed = period.committed(months)
    return month_text(programme.year, committed[-1] if committed else period.months[-1])


def basis(session: Session, programme: Programme, month: str, known_at: datetime | None, memory: Memory) -> Basis:
    """The facts of a month and the book that governs it, as known at an instant."""
    question = ("basis", month, known_at)
    kept: Basis = memory.heavy.keep(
        state_of(session, programme), question, lambda: _read_basis(session, programme, month, known_at)
    )
    return kept


def _read_basis(session: Session, programme: Programme, month: str, known_at: datetime | None) -> Basis:
    facts = standings.facts(session, programme, month, known_at)
    revision = programmes.rule_book_revision(session, programme, month, known_at)
    book = programmes.parse_cached(revision.text)
    ids = {code: project_id for project_id, code in projects.codes(session, programme).items()}
    return Basis(facts, revision.name, revision.sha256, Assessed(book, facts), ids)


def make_board(
    session: Session,
    programme: Programme,
    period: Period,
    made_from: Basis,
    known_at: datetime | None,
    quarter_scores: QuarterScores,
) -> dict[str, Any]:
    """The board JSON of a period, still interim."""
    made = board(
        made_from.assessed.book,
        made_from.facts,
        period,
        quarter_scores=quarter_scores,
        previous_board=_previous_board(session, programme, period, made_from, known_at),
        assessed=made_from.assessed,
    )
    owners = {project.code: project for project in made_from.facts.projects}
    return {
        "programme": programme.code,
        "period": period.text,
        "period_label": period.words,
        "rulebook": made_from.book_name,
        "rulebook_sha256": made_from.book_sha256,
        "rulebook_title": made_from.assessed.book.name,
        "rulebook_version": made_from.assessed.book.version,
        "as_of": None,
        "state": INTERIM,
        "label": made.label,
        "last_month": None if made.last_month is None else month_text(programme.year, made.last_month),
        "rows": [_row(row, owners[row.code], made_from.ids[row.code]) for row in made.rows],
        "joined": [_movement(one) for one in made.joined],
        "left": [_movement(one) for one in made.left],
        "coverage": {
            "due": made.coverage.due,
            "inspected": made.coverage.inspected,
            "not_inspected": made.coverage.not_inspected,
            "not_reported": made.coverage.not_reported,
            "not_scored": made.coverage.not_scored,
        },
        "coverage_lists": _coverage_lists(made),
        "score_sources": _score_sources(made, made_from.assessed),
        "lists": {"red": list(made.lists.red), "black": list(made.lists.black), "edge": list(made.lists.edge)},
        "full_marks": made.full_marks,
        "policies": list(made.policies),
    }


def make_alerts(made_from: Basis, month: int) -> dict[str, Any]:
    """The alerts JSON of a month, still interim."""
    made = alerts.month_alerts(
        made_from.assessed.book, made_from.facts, month, made_from.ids, assessed=made_from.assessed
    )
    return {**made, "as_of": None, "state": INTERIM, "label": ""}


def _row(row: Row, project: inputs.Project, project_id: int) -> dict[str, Any]:
    return {
        "id": project_id,
        "code": row.code,
        "name": row.name,
        "group": row.group,
        "rank": row.rank,
        "group_size": row.group_size,
        "overall_rank": row.overall_rank,
        "score": _text(row.score),
        "tier": row.tier,
        "change": row.change,
        "tie_break": _text(row.tie_break),
        "quarters": {quarter: _text(score) for quarter, score in row.quarters.items()},
        "months": {month: _text(score) for month, score in row.months.items()},
        "not_scored_reason": row.not_scored_reason,
        "published_score": None,
        "published_rank": None,
        "state": row.state,
        "month_source": None if row.last_month.source is None else row.last_month.source.value,
        "month_reason": None if row.last_month.reason is None else str(row.last_month.reason),
        "responsible_unit": project.responsible_unit,
        "lead_official": project.lead_official,
    }


def _coverage_lists(made: Board) -> dict[str, list[str]]:
    """Who is behind each number of the coverage, as codes in code order; `not_due` are the rest of the rows."""
    found = coverage.who(made.rows)
    due = (kind for kind in found if kind is not coverage.Inspection.NOT_DUE)
    return {
        "due": sorted(code for kind in due for code in found[kind]),
        **{kind.value: list(codes) for kind, codes in found.items()},
        "not_scored": sorted(row.code for row in made.rows if row.score is None),
    }


def _score_sources(made: Board, assessed: Assessed) -> dict[str, Any]:
    """Whose the months' scores are of which the board is made: of the projects on it, in the period's months."""
    months = made.committed_months
    counted = coverage.sources(assessed[row.code].score(month) for row in made.rows for month in months)
    return {
        "months": [month_text(assessed.year, month) for month in months],
        "counts": {source.value: number for source, number in counted.items() if source is not None},
        "without_score": counted[None],
    }


def _movement(one: Movement) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "reason": one.reason}


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)


def _previous_board(
    session: Session, programme: Programme, period: Period, made_from: Basis, known_at: datetime | None
) -> Board | None:
    """The board to compare with, where it cannot be worked out from this period's facts and book.

    That is when a project belonged to another class or level then, or another book governed. None: it can.
    """
    found = previous_basis(session, programme, period, made_from, known_at)
    if found is None or found[1] is made_from.assessed:
        return None
    before, assessed = found
    return board(assessed.book, assessed.programme, before, assessed=assessed)


def previous_basis(
    session: Session, programme: Programme, period: Period, made_from: Basis, known_at: datetime | None
) -> tuple[Period, Assessed] | None:
    """The period that `change` compares with, and the work on it: by the book and in the groups of that time.

    It is this period's own work where neither differs; None where there is no period before.
    """
    before = previous(period, made_from.facts.committed_months)
    if before is None:
        return None
    month = before.committed(made_from.facts.committed_months)[-1]
    facts = standings.regrouped(session, programme, made_from.facts, last_day(programme.year, month), known_at)
    revision = programmes.rule_book_revision(session, programme, month_text(programme.year, month), known_at)
    if facts is made_from.facts and revision.sha256 == made_from.book_sha256:
        return before, made_from.assessed
    return before, Assessed(programmes.parse_cached(revision.text), facts)


# ---- seeing ---------------------------------------------------------------------------------------------------------


def board_seen(
    session: Session, programme: Programme, period: Period, at: datetime | None, memory: Memory, *, as_of: str | None
) -> Sight:
    """The period's board as it stood before people at an instant (None: now)."""

    def see() -> Sight:
        issue = newest_issue(session, programme, [period.text], at)
        reopening = None if issue is None else reopened_since(session, programme, period, issue, at)
        if issue is not None and reopening is None:
            return Sight(issue_state(issue), issued_board(session, programme, period, issue, memory), issue.known_at)
        live = worked_out(session, programme, period, at, memory)
        if issue is None:
            return Sight(INTERIM, live, at)
        issued = issued_board(session, programme, period, issue, memory)
        if same_figures(live, issued):
            return Sight(issue_state(issue), issued, issue.known_at)
        assert reopening is not None
        return Sight(CORRECTED, corrected_board(live, issued, reopening.number), at, issued, issue.known_at)

    seen: Sight = memory.keep(state_of(session, programme), ("board", period.text, at), see)
    return replace(seen, figures={**seen.figures, "as_of": as_of})


def issued_board(
    session: Session, programme: Programme, period: Period, issue: Publication, memory: Memory
) -> dict[str, Any]:
    """The board of an issue as it was frozen, with what the version that froze it could not say yet."""
    issued: dict[str, Any] = json.loads(issue.board)
    if not versions.is_older(issued):
        return issued
    return versions.completed(issued, worked_out(session, programme, period, issue.known_at, memory))


def board_known(session: Session, programme: Programme, period: Period, known_at: datetime, memory: Memory) -> Sight:
    """The board recomputed from the facts recorded up to an instant, whatever was published."""

    def see() -> Sight:
        made_from = basis(session, programme, last_month(session, programme, period, known_at), known_at, memory)
        scores = by_other_books(session, programme, period, made_from, known_at)
        return Sight(INTERIM, make_board(session, programme, period, made_from, known_at, scores), known_at)

    kept: Sight = memory.keep(state_of(session, programme), ("known board", period.text, known_at), see)
    return kept


def worked_out(
    session: Session, programme: Programme, period: Period, at: datetime | None, memory: Memory
) -> dict[str, Any]:
    """The board worked out from the facts at an instant, with the quarters before it as people saw them then."""
    made_from = basis(session, programme, last_month(session, programme, period, at), at, memory)
    scores = quarter_scores(session, programme, period, made_from, at, memory)
    return make_board(session, programme, period, made_from, at, scores)


def quarter_scores(
    session: Session, programme: Programme, period: Period, made_from: Basis, at: datetime | None, memory: Memory
) -> QuarterScores:
    """The scores of the quarters before the period's own that are not to be worked out anew, by code and Q1–Q4.

    A published quarter counts as published, a corrected one as corrected: the figures on its own board.
    """
    found = {code: dict(scores) for code, scores in by_other_books(session, programme, period, made_from, at).items()}
    for quarter in _earlier_quarters(period, made_from.facts):
        of_quarter = Period(programme.year, PeriodKind.QUARTER, quarter)
        if newest_issue(session, programme, [of_quarter.text], at) is None:
            continue
        seen = board_seen(session, programme, of_quarter, at, memory, as_of=None)
        for row in seen.figures["rows"]:
            score = None if row["score"] is None else Decimal(row["score"])
            found.setdefault(row["code"], {})[f"Q{quarter}"] = score
    return found


def given_quarters(
    session: Session,
    programme: Programme,
    period: Period,
    made_from: Basis,
    at: datetime | None,
    memory: Memory,
    *,
    with_issues: bool = True,
) -> dict[str, str]:
    """Whose figure a quarter (Q1–Q4) is that `quarter_scores` does not work out anew, in words: 通报数, 更正数 …

    Without `with_issues`, as `board_known` looks at no issue: those that another book governed alone.
    """
    words = {PUBLISHED: PUBLISHED_WORD, CORRECTED: CORRECTED_WORD}
    found = dict.fromkeys(_other_books(session, programme, period, made_from, at), OTHER_BOOK_WORD)
    for quarter in _earlier_quarters(period, made_from.facts) if with_issues else ():
        of_quarter = Period(programme.year, PeriodKind.QUARTER, quarter)
        if newest_issue(session, programme, [of_quarter.text], at) is not None:
            seen = board_seen(session, programme, of_quarter, at, memory, as_of=None)
            found[quarter] = words[seen.state]
    return {f"Q{quarter}": word for quarter, word in sorted(found.items())}


def by_other_books(
    session: Session, programme: Programme, period: Period, made_from: Basis, known_at: datetime | None
) -> dict[str, dict[str, Decimal | None]]:
    """Scores of earlier quarters that another book governed: a new book never rewrites the quarters before it."""
    found: dict[str, dict[str, Decimal | None]] = {}
    for quarter, (month, text) in _other_books(session, programme, period, made_from, known_at).items():
        assessed = Assessed(programmes.parse_cached(text), made_from.facts)
        for assessment in assessed.members(month):
            score = next(one.score for one in assessment.quarters(month) if one.quarter == quarter)
            found.setdefault(assessment.project.code, {})[f"Q{quarter}"] = score
    return found


def _other_books(
    session: Session, programme: Programme, period: Period, made_from: Basis, known_at: datetime | None
) -> dict[int, tuple[int, str]]:
    """The earlier quarters that another book governed: its text, and the quarter's last month, by quarter."""
    found: dict[int, tuple[int, str]] = {}
    for quarter in _earlier_quarters(period, made_from.facts):
        month = max(set(months_of(quarter)) & made_from.facts.committed_months)
        revision = programmes.rule_book_revision(session, programme, month_text(programme.year, month), known_at)
        if revision.sha256 != made_from.book_sha256:
            found[quarter] = (month, revision.text)
    return found


def _earlier_quarters(period: Period, facts: inputs.Programme) -> list[int]:
    """The begun quarters within or before the period, without the period's own quarter."""
    begun = sorted({quarter_number(month) for month in facts.committed_months})
    if period.kind is PeriodKind.YEAR:
        return begun
    own = quarter_number(period.months[0])
    return [quarter for quarter in begun if quarter < own]


def alerts_seen(
    session: Session, programme: Programme, month: Period, at: datetime | None, memory: Memory, *, as_of: str | None
) -> Sight:
    """A month's alerts as they stood before people: frozen with its own board or with its quarter's."""

    def see() -> Sight:
        wider = [month.text, *wider_periods(month)]
        issue = newest_issue(session, programme, wider, at, with_alerts_of=month.text)
        if issue is None:
            return Sight(INTERIM, make_alerts(basis(session, programme, month.text, at, memory), month.number), at)
        issued: dict[str, Any] = json.loads(issue.alerts)[month.text]
        reopening = reopened_since(session, programme, month, issue, at)
        if reopening is None:
            return Sight(issued["state"], issued, issue.known_at)
        live = make_alerts(basis(session, programme, month.text, at, memory), month.number)
        if _lights(as_issued(live, issued)) == _lights(issued):
            return Sight(issued["state"], issued, issue.known_at)
        return Sight(CORRECTED, corrected_alerts(live, issued, reopening.number), at, issued)

    seen: Sight = memory.keep(state_of(session, programme), ("alerts", month.text, at), see)
    return replace(seen, figures={**seen.figures, "as_of": as_of})


def alerts_known(session: Session, programme: Programme, month: Period, known_at: datetime, memory: Memory) -> Sight:
    """A month's alerts recomputed from the facts recorded up to an instant."""

    def see() -> Sight:
        made = make_alerts(basis(session, programme, month.text, known_at, memory), month.number)
        return Sight(INTERIM, made, known_at)

    kept: Sight = memory.keep(state_of(session, programme), ("known alerts", month.text, known_at), see)
    return kept


# ---- issues and reopenings ------------------------------------------------------------------------------------------


def newest_issue(
    session: Session,
    programme: Programme,
    periods: list[str],
    at: datetime | None,
    *,
    with_alerts_of: str | None = None,
) -> Publication | None:
    """The issue of one of these periods that was signed last by an instant; None before the first."""
    query = select(Publication).where(
        Publication.programme_id == programme.id,
        col(Publication.period).in_(periods),
        col(Publication.signed_at).is_not(None),
    )
    if at is not None:
        query = query.where(col(Publication.signed_at) <= at)
    for issue in session.exec(query.order_by(col(Publication.signed_at).desc(), col(Publication.id).desc())):
        if with_alerts_of is None or with_alerts_of in json.loads(issue.alerts or "{}"):
            return issue
    return None


def reopened_since(
    session: Session, programme: Programme, period: Period, issue: Publication, at: datetime | None
) -> Reopening | None:
    """The latest signed 更正单 for the period, or one around it, since the issue."""
    found = reopenings_since(session, programme, period, issue.signed_at, at)
    return found[-1] if found else None


def reopenings_since(
    session: Session, programme: Programme, period: Period, since: datetime | None, at: datetime | None
) -> list[Reopening]:
    """The 更正单 for the period, or one around it, signed after an instant and by another, in order of numbers."""
    covering = select(ReopenedPeriod.reopening_id).where(
        col(ReopenedPeriod.period).in_([period.text, *wider_periods(period)])
    )
    query = select(Reopening).where(
        Reopening.programme_id == programme.id,
        col(Reopening.id).in_(covering),
        col(Reopening.signed_at) > since,
    )
    if at is not None:
        query = query.where(col(Reopening.signed_at) <= at)
    return list(session.exec(query.order_by(col(Reopening.number))).all())


def wider_periods(period: Period) -> list[str]:
    """The quarter and the year around a month, the year around a quarter."""
    year = str(period.year)
    if period.kind is PeriodKind.MONTH:
        return [f"{year}Q{quarter_number(period.number)}", year]
    return [year] if period.kind is PeriodKind.QUARTER else []


def issue_state(issue: Publication) -> str:
    """The first issue is published; a later one, after a 更正单, is corrected and has the one before beside it."""
    return PUBLISHED if issue.number == 1 else CORRECTED


def same_figures(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two boards say the same of every project; words about them may differ."""

    def figures(board: dict[str, Any]) -> list[Any]:
        return [[row[name] for name in FIGURES] for row in board["rows"]] + [board["lists"], board["coverage"]]

    return figures(one) == figures(other)


def published_board(live: dict[str, Any]) -> dict[str, Any]:
    """The board as its first issue prints it."""
    return {**live, "state": PUBLISHED, "label": _label(PUBLISHED_WORD, live["label"])}


def corrected_board(live: dict[str, Any], issued: dict[str, Any], reopening_number: int) -> dict[str, Any]:
    """The board with the published scores and ranks beside its own."""
    published = {row["code"]: row for row in issued["rows"]}
    rows = []
    for row in live["rows"]:
        before = published.get(row["code"], {"score": None, "rank": None})
        rows.append({**row, "published_score": before["score"], "published_rank": before["rank"]})
    word = f"{CORRECTED_WORD}（更正单第{reopening_number}号）"
    return {**live, "state": CORRECTED, "label": _label(word, live["label"]), "rows": rows}


def published_alerts(live: dict[str, Any]) -> dict[str, Any]:
    return {**live, "state": PUBLISHED, "label": PUBLISHED_WORD}


def corrected_alerts(live: dict[str, Any], issued: dict[str, Any], reopening_number: int) -> dict[str, Any]:
    """The alerts with the published light beside each."""
    published = {row["code"]: row["light"] for row in issued["rows"]}
    rows = [{**row, "published_light": published.get(row["code"])} for row in live["rows"]]
    label = f"{CORRECTED_WORD}（更正单第{reopening_number}号）"
    return {**live, "state": CORRECTED, "label": label, "rows": rows}


def _lights(figures: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "published_light"} for row in figures["rows"]]


def _label(word: str, running: str) -> str:
    return f"{word}，{running}" if running else word
