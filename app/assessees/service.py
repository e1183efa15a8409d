"""Boards and receipts of whoever is assessed beside a project's daily score (考核对象的排名与得分明细).

Source: RULES §4, Others assessed. The arithmetic is scoring's, by the book that governs the period; here each figure
gets its cell, and each viewer what they may see.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.assessees.dossiers import RECORDED_KINDS, Gathered, Recorded, gather
from app.assessees.origins import Origins
from app.assessees.rights import Sighted, sighted
from app.audit.service import Actor
from app.errors import Malformed, NotFound
from app.programmes.models import Programme
from app.publications import boards
from app.publications import service as publishing
from app.publications.boards import Basis, Sight
from app.publications.memory import Memory, Nothing, state_of
from app.publications.scope import scope_of, viewer_of
from scoring.assessees import AssesseeRow, PartLine, assess
from scoring.measures import AssesseeKind
from scoring.measuring import measure
from scoring.periods import Period, PeriodKind, last_day
from scoring.rounding import figure
from scoring.schemes import Scheme, Total, When

Made = dict[str, Any]
NOBODY: Recorded = {}


def board(
    session: Session,
    actor: Actor,
    programme: Programme,
    kind: str,
    period: str,
    as_of: date | None = None,
    known_at: datetime | None = None,
    *,
    recorded: Recorded = NOBODY,
    memory: Memory | None = None,
) -> Made:
    """The board of one kind (empty: the first of the book) in a period, as the actor may see it.

    `recorded` are values for what no record stands behind yet, by assessee and part. Raises Malformed, Forbidden.
    """
    made, rights, _ = _seen(session, actor, programme, kind, period, as_of, known_at, recorded, memory)
    rows = [mine for row in made["rows"] if (mine := rights.shown(row)) is not None]
    note = made["note"]
    if made["rows"] and not rows:
        note = "本期考核对象中没有您的单位或本人。"
    shown = {name: value for name, value in made.items() if name != "lines"}
    return {**shown, "rows": rows, "total": len(rows), "note": note}


def receipt(
    session: Session,
    actor: Actor,
    programme: Programme,
    kind: str,
    period: str,
    key: str,
    as_of: date | None = None,
    known_at: datetime | None = None,
    *,
    recorded: Recorded = NOBODY,
    memory: Memory | None = None,
) -> Made:
    """How one assessee's score comes about, down to projects and cells. NotFound where it is not the actor's."""
    made, rights, made_from = _seen(session, actor, programme, kind, period, as_of, known_at, recorded, memory)
    row = next((row for row in made["rows"] if row["key"] == key and rights.in_detail(row)), None)
    if row is None or made_from is None:
        raise NotFound("没有这个考核对象，或不在您的查看范围内。请核对名称。")
    lines: Mapping[str, PartLine] = made["lines"][key]
    origins = Origins(session, made_from, lines.values())
    head = {name: value for name, value in made.items() if name not in ("rows", "lines", "total", "note", "kinds")}
    return {
        **head,
        "scheme": made["name"],
        **row,
        "parts": [{**part, "refs": origins.of(lines[part["name"]])} for part in row["parts"]],
        "steps": [f"{part['name']}：{part['sentence']}" for part in row["parts"]] + [f"得分：{row['formula']}"],
    }


# ---- making ---------------------------------------------------------------------------------------------------------


def _seen(
    session: Session,
    actor: Actor,
    programme: Programme,
    kind: str,
    period: str,
    as_of: date | None,
    known_at: datetime | None,
    recorded: Recorded,
    memory: Memory | None,
) -> tuple[Made, Sighted, Basis | None]:
    """The whole board, what of it the actor may see, and what it was made from."""
    wanted = publishing.period_of(programme, period)
    viewer, kept = viewer_of(session, actor), memory or Nothing()
    seen = publishing.sight(session, programme, wanted, as_of, known_at, kept)
    if not viewer.sees_whole and seen.issued is not None:
        seen = _as_issued(session, programme, wanted, seen)
    month = boards.last_month(session, programme, wanted, seen.known_at)
    made_from = boards.basis(session, programme, month, seen.known_at, kept)
    schemes = made_from.assessed.book.assessees
    of_kind = kind_of(kind or (schemes[0].kind.value if schemes else AssesseeKind.RESPONSIBLE_UNIT.value))
    scheme = next((one for one in schemes if one.kind is of_kind), None)

    def make() -> Made:
        return _made(session, programme, of_kind, scheme, wanted, seen, made_from, recorded)

    question = (of_kind, wanted.text, as_of, known_at, viewer.sees_whole)
    made: Made = make() if recorded else kept.keep(state_of(session, programme), ("assessees", *question), make)
    if scheme is None:
        return made, Sighted(lambda _: False, False, False), None
    scope = scope_of(session, programme, viewer, last_day(programme.year, int(month[5:7])), seen.known_at)
    return made, sighted(session, actor, viewer, scope, scheme, seen.state, made_from.ids), made_from


def _as_issued(session: Session, programme: Programme, period: Period, seen: Sight) -> Sight:
    """Corrected, but not signed again: the board as issued, with what was known when it was."""
    issue = boards.newest_issue(session, programme, [period.text], seen.known_at)
    assert seen.issued is not None and issue is not None
    return Sight(seen.issued["state"], {**seen.issued, "as_of": seen.figures["as_of"]}, issue.known_at)


def kind_of(text: str) -> AssesseeKind:
    if text not in list(AssesseeKind):
        known = "、".join(f"{one.value}（{one.words}）" for one in AssesseeKind)
        raise Malformed(f"没有“{text}”这种考核对象，可用的有：{known}。")
    return AssesseeKind(text)


def _made(
    session: Session,
    programme: Programme,
    kind: AssesseeKind,
    scheme: Scheme | None,
    period: Period,
    seen: Sight,
    made_from: Basis,
    recorded: Recorded,
) -> Made:
    head = {
        "programme": programme.code,
        "period": period.text,
        "period_label": period.words,
        "kind": kind.value,
        "kind_label": kind.words,
        "name": "" if scheme is None else scheme.name,
        "rulebook": made_from.book_name,
        "rulebook_words": made_from.assessed.book.words,
        "state": seen.state,
        "label": seen.figures["label"],
        "as_of": seen.figures["as_of"],
        "kinds": [_kind(one) for one in made_from.assessed.book.assessees],
        "columns": [] if scheme is None else _columns(scheme),
        "is_open_ended": scheme is not None and scheme.total is Total.SUM,
    }
    gathered, note = None, _why_empty(kind, scheme, period, made_from, recorded)
    if scheme is not None and not note:
        gathered = gather(session, programme, kind, period, seen, made_from, recorded)
    if scheme is None or gathered is None:
        return {**head, "note": note or f"{period.words}尚无已确认的督查数据。", "rows": [], "lines": {}, "total": 0}
    rows = assess(scheme, [measure(scheme, dossier, gathered.span) for dossier in gathered.dossiers])
    return {
        **head,
        "note": _note(scheme, rows, gathered),
        "rows": [_row(row, made_from) for row in rows],
        "lines": {row.key: {line.name: line for line in row.parts} for row in rows},
        "total": len(rows),
    }


def _why_empty(kind: AssesseeKind, scheme: Scheme | None, period: Period, made_from: Basis, recorded: Recorded) -> str:
    """Why there is no board to show, in a sentence; empty where there is one."""
    if scheme is None:
        return f"本期的考核办法没有对{kind.words}的考核。"
    periods = {PeriodKind.MONTH: When.MONTH, PeriodKind.QUARTER: When.QUARTER, PeriodKind.YEAR: When.YEAR}
    if When.YEAR_END in scheme.when:
        if period.kind is not PeriodKind.YEAR or 12 not in made_from.facts.committed_months:
            return f"{scheme.name}只在年终考核，12月数据确认后按年度查看。"
    elif periods[period.kind] not in scheme.when:
        return f"{scheme.name}只按{'、'.join(when.words for when in scheme.when)}考核，请另选期间。"
    if kind in RECORDED_KINDS and not recorded:
        records = dict.fromkeys(part.measure.record for part in scheme.parts if part.measure.is_entered)
        return f"所需记录尚未收集（{'、'.join(records)}），暂不能计分。"
    return ""


def _note(scheme: Scheme, rows: tuple[AssesseeRow, ...], gathered: Gathered) -> str:
    """What a reader must know before the ranks: parts that nobody was judged on, projects that count for nobody."""
    said = []
    unjudged = [
        f"“{part.name}”"
        for place, part in enumerate(scheme.parts)
        if rows and all(row.parts[place].points is None for row in rows)
    ]
    if unjudged:
        said.append(f"{''.join(unjudged)}本期无人计分")
    marks = {row.judged_marks for row in rows if row.score is not None}
    if scheme.total is Total.SHARE and len(marks) == 1 and (judged := marks.pop()) < 100:
        said.append(f"本期只评定100分中的{figure(judged)}分，得分按100分折算")
    if gathered.without:
        said.append(f"{gathered.without}个项目没有责任单位，未计入")
    return f"{'；'.join(said)}。" if said else ""


def _kind(scheme: Scheme) -> dict[str, Any]:
    return {
        "kind": scheme.kind.value,
        "label": scheme.kind.words,
        "name": scheme.name,
        "when": [when.value for when in scheme.when],
        "visible": scheme.visible.value,
    }


def _columns(scheme: Scheme) -> list[dict[str, Any]]:
    return [
        {
            "name": part.name,
            "full_marks": None if part.full_marks is None else figure(part.full_marks),
            "measure": part.measure.words,
            "record": part.measure.record,
        }
        for part in scheme.parts
    ]


def _row(row: AssesseeRow, made_from: Basis) -> dict[str, Any]:
    return {
        "key": row.key,
        "id": made_from.ids.get(row.key),  # of a project
        "name": row.name,
        "group": row.group,
        "rank": row.rank,
        "group_size": row.group_size,
        "score": _text(row.score),
        "judged_marks": figure(row.judged_marks),
        "formula": row.formula,
        "not_scored_reason": row.not_scored_reason,
        "has_details": True,
        "parts": [_part(line) for line in row.parts],
    }


def _part(line: PartLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "points": _text(line.points),
        "full_marks": None if line.full_marks is None else figure(line.full_marks),
        "sentence": line.sentence,
        "source": line.source,
        "record": line.record,
    }


def _text(points: Decimal | None) -> str | None:
    return None if points is None else str(points)
