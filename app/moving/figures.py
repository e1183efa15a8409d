"""Every figure that people see, worked out anew (全部得分重算): what two databases are compared by."""

import hashlib
import json
from typing import Any

from sqlmodel import Session

from app.audit.service import Actor
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.publications import boards
from app.publications import service as publishing
from app.publications.fingerprint import fingerprint
from app.publications.memory import Memory
from app.standings import service as standings


def figures_of(session: Session) -> dict[str, str]:
    """By its name in words, the hash of each board with its 数据校验码, of each month's lights, and of what
    `publications.verify` finds in the issues. Nothing is taken from what a server keeps: the memory is this call's own.
    """
    found: dict[str, str] = {"历次定稿": _hash(publishing.verify(session))}
    for programme in programmes.listing(session):
        memory = Memory(64, heavy_size=32)
        months = standings.committed_months(session, programme)
        for period in [*months, *sorted({programmes.quarter_of(month) for month in months}), *{m[:4] for m in months}]:
            name = f"{programme.name}：{programmes.period_label(period)}"
            found[name] = _hash(_board(session, programme, period, memory))
        for month in months:
            lights = publishing.alerts(session, Actor.command(), programme, month, memory=memory)
            found[f"{programme.name}：{programmes.period_label(month)}亮灯"] = _hash(lights)
    return found


def _board(session: Session, programme: Programme, period: str, memory: Memory) -> list[Any]:
    board = publishing.standings(session, Actor.command(), programme, period, memory=memory)
    last = boards.last_month(session, programme, publishing.period_of(programme, period), None)
    made_from = boards.basis(session, programme, last, None, memory)
    return [fingerprint(made_from.facts, made_from.book_sha256), board]


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
