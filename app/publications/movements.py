"""升降原因 and 相近名次 of a board: why each rank changed, and how firm it is (docs/decisions/0010).

Source: RULES §4 (`change`). What is explained is the board shown: an issue by the facts it was made from, a corrected
board by the facts of now with the published one as its own step. Years have no period before.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from app.audit.service import Actor
from app.programmes.models import Programme
from app.publications import boards, service
from app.publications.boards import Sight
from app.publications.memory import Memory, Nothing, state_of
from app.publications.models import Publication
from app.publications.scope import scope_of, viewer_of
from scoring import bands
from scoring.movement import Explained, movements
from scoring.periods import Period
from scoring.ranking import places

STEPS = (
    "先把上期换成本期的考核办法和分组（办法）",
    "再减去不再参加排名的项目（退出排名）",
    "再换成本项目的新得分（本项目）",
    "再换成其他项目的新得分（他人）",
    "再加上新参加排名的项目（新进排名）",
    "最后由通报数改为更正数（更正）",
)
METHOD = f"逐步推算：{'，'.join(STEPS)}；每一步名次的变动即为该项原因，合计等于升降。"


@dataclass(frozen=True, slots=True)
class _Origins:
    """The instants of the facts that the board shown, and the published board that it corrects, were made from."""

    known_at: datetime | None
    corrects: bool = False
    published_known_at: datetime | None = None


def board_movement(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: str,
    as_of: date | None = None,
    *,
    memory: Memory | None = None,
) -> dict[str, Any]:
    """Every movement of the board that the actor sees, of the projects they may see."""
    wanted = service.period_of(programme, period)
    kept = memory or Nothing()
    viewer = viewer_of(session, actor)
    seen = service.sight_of(viewer, service.sight(session, programme, wanted, as_of, None, kept))
    made = of_sight(session, programme, wanted, seen, kept)
    rows: list[dict[str, Any]] = made["rows"]
    near: list[dict[str, Any]] = made["bands"]
    if not viewer.sees_whole and seen.state == boards.INTERIM:
        scope = scope_of(session, programme, viewer, service.day_of(programme, wanted, seen), seen.known_at)
        rows, near = ([row for row in found if scope.sees(row["id"])] for found in (rows, near))
    return {
        "programme": programme.code,
        "period": wanted.text,
        "period_label": wanted.words,
        "previous": made["previous"],
        "previous_label": made["previous_label"],
        "as_of": seen.figures["as_of"],
        "state": seen.state,
        "label": seen.figures["label"],
        "method": METHOD,
        "rows": rows,
        "total": len(rows),
        "bands": near,
        "bands_method": bands.METHOD,
    }


def of_sight(session: Session, programme: Programme, period: Period, seen: Sight, memory: Memory) -> dict[str, Any]:
    """The movements behind a board as it was seen: `previous` (a period, or None) and a row per project."""
    origins = _origins(session, programme, period, seen)
    question = ("movement", period.text, origins)
    made: dict[str, Any] = memory.keep(
        state_of(session, programme), question, lambda: _work_out(session, programme, period, origins, memory)
    )
    return made


def _origins(session: Session, programme: Programme, period: Period, seen: Sight) -> _Origins:
    """A signed board is its issue's own; only an unsigned one is made of the facts of the instant it was seen at."""
    if seen.state != boards.CORRECTED:
        return _Origins(seen.known_at)
    if seen.issued is not None:
        return _Origins(seen.known_at, True, seen.issued_known_at)
    known_at = session.exec(
        select(Publication.known_at)
        .where(
            Publication.programme_id == programme.id,
            Publication.period == period.text,
            col(Publication.known_at) < seen.known_at,
            col(Publication.signed_at).is_not(None),
        )
        .order_by(col(Publication.known_at).desc())
    ).first()
    return _Origins(seen.known_at, True, known_at)


def _work_out(
    session: Session, programme: Programme, period: Period, origins: _Origins, memory: Memory
) -> dict[str, Any]:
    known_at = origins.known_at
    month = boards.last_month(session, programme, period, known_at)
    made_from = boards.basis(session, programme, month, known_at, memory)
    near = _bands(session, programme, period, made_from, known_at, memory)
    found = boards.previous_basis(session, programme, period, made_from, known_at)
    if found is None or not period.committed(made_from.facts.committed_months):
        return {"previous": None, "previous_label": None, "rows": [], "bands": near}
    before, assessed = found
    published = None
    if origins.corrects:
        issued_at = origins.published_known_at
        month = boards.last_month(session, programme, period, issued_at)
        published = places(boards.basis(session, programme, month, issued_at, memory).assessed, period)
    explained = movements(
        places(made_from.assessed, period),
        places(assessed, before),
        restated=None if assessed is made_from.assessed else places(made_from.assessed, before),
        published=published,
    )
    names = {project.code: project.name for project in made_from.facts.projects}
    as_published = _published_before(session, programme, before, known_at, memory)
    rows = [
        _row(one, made_from.ids[one.code], names[one.code], as_published.get(one.code)) for one in explained.values()
    ]
    return {"previous": before.text, "previous_label": before.words, "rows": rows, "bands": near}


def _bands(
    session: Session,
    programme: Programme,
    period: Period,
    made_from: boards.Basis,
    known_at: datetime | None,
    memory: Memory,
) -> list[dict[str, Any]]:
    """名次相近, of all who are ranked."""
    scores = boards.quarter_scores(session, programme, period, made_from, known_at, memory)
    return [
        {
            "id": made_from.ids[code],
            "code": code,
            "best": band.best,
            "worst": band.worst,
            "words": band.words,
            "sentence": band.sentence,
        }
        for code, band in bands.bands(made_from.assessed, period, quarter_scores=scores).items()
    ]


def _published_before(
    session: Session, programme: Programme, before: Period, at: datetime | None, memory: Memory
) -> Mapping[str, int]:
    """The ranks in the period before as they had been published, where it was corrected since."""
    if boards.newest_issue(session, programme, [before.text], at) is None:
        return {}
    seen = boards.board_seen(session, programme, before, at, memory, as_of=None)
    return {row["code"]: row["published_rank"] for row in seen.figures["rows"] if row["published_rank"] is not None}


def _row(one: Explained, project_id: int, name: str, published_rank: int | None) -> dict[str, Any]:
    sentence = one.sentence
    if published_rank is not None and one.from_rank is not None and published_rank != one.from_rank:
        sentence += f"（上期通报为第{published_rank}名，更正后为第{one.from_rank}名。）"
    return {
        "id": project_id,
        "code": one.code,
        "name": name,
        "group": one.group,
        "change": one.change,
        "from_rank": one.from_rank,
        "to_rank": one.to_rank,
        "from_score": _text(one.from_score),
        "to_score": _text(one.to_score),
        "ranks": None if one.ranks is None else asdict(one.ranks),
        "scores": None if one.scores is None else {name: str(part) for name, part in asdict(one.scores).items()},
        "score_change": None if one.scores is None else str(one.scores.total),
        "passed_by": one.passed_by,
        "passed": one.passed,
        "previous_published_rank": published_rank,
        "sentence": sentence,
    }


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)


def told(board: dict[str, Any], movement: Mapping[str, Any]) -> dict[str, Any]:
    """The board with `movement` and `band` in each row, for the workbook; without what there is none of."""
    sentences = {row["code"]: row["sentence"] for row in movement["rows"]}
    near = {row["code"]: row["words"] for row in movement["bands"]}
    rows = board["rows"]
    if sentences:
        rows = [{**row, "movement": sentences.get(row["code"])} for row in rows]
    if near:
        rows = [{**row, "band": near.get(row["code"])} for row in rows]
    return {**board, "rows": rows}
