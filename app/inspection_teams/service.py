"""督查组一致性 of a period, from the facts as they are known now; for the office alone.

A team's ways concern those who lead it, not those whom it scores. The arithmetic is `scoring.consistency`.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.accounts.service import require_role
from app.audit.service import Actor
from app.programmes.models import Programme
from app.publications import boards
from app.publications import service as publications
from app.publications.memory import Memory
from scoring import consistency
from scoring.periods import month_text

READERS = ("office", "office_head")


def teams(session: Session, actor: Actor, programme: Programme, period: str, *, memory: Memory) -> dict[str, Any]:
    """The teams' figures of a month, quarter or year. Raises Forbidden, Malformed."""
    require_role(actor, *READERS)
    wanted = publications.period_of(programme, period)
    last = boards.last_month(session, programme, wanted, None)
    assessed = boards.basis(session, programme, last, None, memory).assessed
    months = wanted.committed(assessed.committed_months)
    given = consistency.given_scores(assessed, int(last[5:7]))
    rows = [_texts(asdict(one)) for one in consistency.consistency(given, frozenset(months))]
    return {
        "programme": programme.code,
        "period": wanted.text,
        "period_label": wanted.words,
        "months": [month_text(programme.year, month) for month in months],
        "minimum": consistency.MINIMUM,
        "rows": rows,
        "total": len(rows),
        "trend": [
            _texts(asdict(one)) | {"month": month_text(programme.year, one.month)}
            for one in consistency.monthly_means(given)
        ],
    }


def _texts(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in figures.items()}
