"""Every score worked out again (全部重算): what a database comes to, in a form that two copies can be compared by.

Source: SECURITY F1, DESIGN §3 (数据校验码). For each period of each programme: the fingerprint of the facts and the
book it is made from, and one hash over all figures and lights worked out from them. Both must be equal
on every machine.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session
from sqlmodel import select as select_rows

from app import migrations
from app.audit.models import AuditEntry, AuditHead
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.publications import boards
from app.publications.fingerprint import fingerprint
from app.publications.memory import Memory
from app.standings import service as standings
from app.verifications import VERIFICATIONS
from scoring import periods
from scoring.lights import alerts
from scoring.periods import Period, PeriodKind


@dataclass(frozen=True, slots=True)
class BoardDigest:
    """One period's board: `fingerprint` of what it is made from, `figures` the hash over all that is worked out."""

    programme: str
    period: str
    fingerprint: str
    figures: str
    scores: int  # rows that have one


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a database holds and comes to. `installation` is its trail's first hash: no two have the same."""

    revision: str
    rows: Mapping[str, int]
    chain_number: int
    chain_hash: str
    installation: str
    boards: Sequence[BoardDigest]
    faults: Sequence[str]

    @property
    def scores(self) -> int:
        return sum(board.scores for board in self.boards)

    def to_json(self) -> dict[str, Any]:
        return asdict(replace(self, rows=dict(self.rows)))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Inventory":
        return cls(**{**stored, "boards": [BoardDigest(**board) for board in stored["boards"]]})


def inventory_of(session: Session) -> Inventory:
    """Count, verify and recompute everything that a session sees."""
    head = session.get_one(AuditHead, 1)
    first = session.exec(select_rows(AuditEntry.entry_hash).where(AuditEntry.number == 1)).one_or_none()
    connection = session.connection()
    tables = migrations.all_tables().sorted_tables
    return Inventory(
        revision=connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one(),
        rows={table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables},
        chain_number=head.number,
        chain_hash=head.entry_hash,
        installation=first or "",
        boards=list(board_digests(session)),
        faults=[fault for verification in VERIFICATIONS for fault in verification(session)],
    )


def board_digests(session: Session) -> Iterator[BoardDigest]:
    """Every period that has data, of every programme, from the facts as they stand."""
    for programme in sorted(programmes.listing(session), key=lambda one: one.code):
        memory = Memory(64, heavy_size=2)
        for period in periods_of(session, programme):
            yield digest(session, programme, period, memory)


def periods_of(session: Session, programme: Programme) -> list[Period]:
    """The committed months, the quarters they begin, and the year, each after what it is made of."""
    months = [int(month[5:7]) for month in standings.committed_months(session, programme)]
    quarters = sorted({periods.quarter_of(month) for month in months})
    return [
        *(Period(programme.year, PeriodKind.MONTH, month) for month in months),
        *(Period(programme.year, PeriodKind.QUARTER, quarter) for quarter in quarters),
        *([periods.parse(str(programme.year))] if months else []),
    ]


def digest(session: Session, programme: Programme, period: Period, memory: Memory) -> BoardDigest:
    month = boards.last_month(session, programme, period, None)
    made_from = boards.basis(session, programme, month, None, memory)
    figures = boards.worked_out(session, programme, period, None, memory)
    rows = figures["rows"]
    content: dict[str, Any] = {
        "rows": [{name: row[name] for name in boards.FIGURES} for row in rows],
        **{name: figures[name] for name in ("lists", "coverage", "joined", "left")},
    }
    if period.kind is PeriodKind.MONTH:
        found = alerts(made_from.assessed.book, made_from.facts, period.number, assessed=made_from.assessed)
        content["lights"] = [[one.code, one.light, one.state, one.since, one.outlook] for one in found]
    return BoardDigest(
        programme=programme.code,
        period=period.text,
        fingerprint=fingerprint(made_from.facts, made_from.book_sha256),
        figures=hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
        scores=sum(row["score"] is not None for row in rows),
    )


def differences(expected: Inventory, found: Inventory) -> list[str]:
    """What of a restored database is not as it was, as Chinese sentences. Rows are not compared across an upgrade."""
    said: list[str] = []
    if (expected.chain_number, expected.chain_hash) != (found.chain_number, found.chain_hash):
        said.append(
            f"操作日志的末条登记不符：备份时是第{expected.chain_number}号，恢复后是第{found.chain_number}号"
            f"{'，校验码不同' if expected.chain_number == found.chain_number else ''}。"
        )
    if expected.revision == found.revision:
        said += [
            f"表 {table} 备份时有{count}行，恢复后有{found.rows.get(table, 0)}行。"
            for table, count in expected.rows.items()
            if found.rows.get(table, 0) != count
        ]
    there = {(board.programme, board.period): board for board in found.boards}
    for board in expected.boards:
        again = there.pop((board.programme, board.period), None)
        name = f"计划{board.programme} {periods.parse(board.period).words}"
        if again is None:
            said.append(f"{name}：恢复后没有这一期的数据。")
        elif again.fingerprint != board.fingerprint:
            said.append(f"{name}：数据校验码与备份时不符。")
        elif again.figures != board.figures:
            said.append(f"{name}：重新计算的得分、排名或亮灯与备份时不符。")
    said += [f"计划{programme} {periods.parse(period).words}：备份时没有这一期的数据。" for programme, period in there]
    said += [fault for fault in found.faults if fault not in expected.faults]
    return said
