"""The trail of every act (操作日志): a hash chain that shows any change, removal, reordering or truncation.

Source: DESIGN §3, SECURITY E1-E3. Nothing in the product edits or clears it.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from app.audit.models import AuditEntry, AuditHead
from app.database import Database, after_commit

WITNESS = "audit-head.json"  # in SANZHONG_HOME: the head as last committed from this host


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account as it stands at this request, or the command line (role and rights of office_head)."""

    account_id: int | None
    name: str
    role: str  # office | office_head | leader | unit | inspector | auditor | admin
    unit_id: int | None = None
    official_id: int | None = None
    scope: str = ""  # of a leader: county | sponsored
    team: str = ""
    organisation_id: int | None = None  # None: every organisation of the installation
    viewing_for: str = ""  # of a 代看 account: the leader's name; it may look and change nothing

    @classmethod
    def command(cls, name: str = "命令行") -> "Actor":
        """Whoever may run commands on the server, for acts without --by."""
        return cls(account_id=None, name=name, role="office_head")


def append(
    session: Session,
    actor: Actor,
    action: str,
    *,
    target: str = "",
    programme: str = "",
    outcome: str = "ok",
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Add one entry in the session's transaction, numbered without a gap.

    It locks the chain's head until the transaction ends, so it is the last thing an act does, after
    `programmes.begin_change`. `detail` is stored as JSON; dates and decimals become text.
    """
    locked = select(AuditHead).where(AuditHead.id == 1).with_for_update()
    head = session.exec(locked.execution_options(populate_existing=True)).one()
    entry = AuditEntry(
        number=head.number + 1,
        at=(at or datetime.now(UTC)).astimezone(UTC),
        actor_id=actor.account_id,
        actor_name=storable(actor.name),
        actor_role=actor.role,
        action=action,
        target=storable(target),
        programme=programme,
        outcome=outcome,
        detail=storable(json.loads(json.dumps(detail or {}, default=str))),
        previous_hash=head.entry_hash,
        entry_hash="",
    )
    entry.entry_hash = hash_of(entry)
    session.add(entry)
    session.flush()  # before the head moves on: the database lets it move to a stored entry alone
    head.number, head.entry_hash = entry.number, entry.entry_hash
    session.add(head)
    session.flush()
    home: Path | None = session.info.get("home")
    if home is not None and agrees_with_witness(session, home):
        number, entry_hash = entry.number, entry.entry_hash
        after_commit(session, WITNESS, lambda: write_witness(home, number, entry_hash))
    return entry


def refuse(
    database: Database,
    actor: Actor,
    action: str,
    *,
    target: str = "",
    programme: str = "",
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Record a refusal in a transaction of its own: call it after the refused one has been rolled back."""
    with database.write() as session:
        append(session, actor, action, target=target, programme=programme, outcome="refused", detail=detail, at=at)


def verify(session: Session) -> list[str]:
    """What is wrong with the chain, as Chinese sentences naming the entry; empty when it is whole.

    Walks all entries, compares with the head row, and with the head this host last saw (a file in SANZHONG_HOME), so
    that an end cut off together with the head row is found too. The session must be fresh: what it saw of the database
    before the outside head was read might be older than that. An outside head behind the last entry is no fault: a host
    may have stopped between a commit and the file. The column `id` is the database's own and says nothing.
    """
    home: Path | None = session.info.get("home")
    witness = None if home is None else read_witness(home)
    return [*_chain_faults(session, witness), *witness_faults(home)]


def _chain_faults(session: Session, witness: tuple[int, str] | None) -> list[str]:
    faults: list[str] = []
    seen_witness = witness is None or witness[0] == 0
    expected, previous_hash, last = 1, "", 0
    for row in _rows(session):
        entry = _entry_of(row)
        if entry is None:
            faults.append(f"操作日志第{row['number']}号的内容不成格式，记录被改动过，请用备份核对。")
            expected, previous_hash = expected + 1, str(row["entry_hash"])
            continue
        number = entry.number
        if number < expected:
            faults.append(f"操作日志第{number}号的编号重复或不合规，记录被插入过，请用备份核对。")
        elif number > expected:
            faults.append(f"操作日志缺少第{expected}号至第{number - 1}号记录，请用备份核对。")
        elif entry.previous_hash != previous_hash:
            faults.append(f"操作日志第{number}号与上一条记录接不上，记录被改动、替换或调换过，请用备份核对。")
        if entry.entry_hash != hash_of(entry):
            faults.append(f"操作日志第{number}号的内容与其校验码不符，记录被改动过，请用备份核对。")
        if witness is not None and number == witness[0]:
            seen_witness = True
            if entry.entry_hash != witness[1]:
                faults.append(f"操作日志第{number}号与日志外留存的校验码不符，记录被替换过，请用备份核对。")
        expected, previous_hash, last = max(expected, number + 1), entry.entry_hash, max(last, number)
    heads = session.exec(select(AuditHead)).all()
    if [(head.id, head.number, head.entry_hash) for head in heads] != [(1, last, previous_hash)]:
        stated = f"记到第{heads[0].number}号" if len(heads) == 1 else f"{len(heads)}条" if heads else "没有"
        faults.append(f"操作日志的末条登记（{stated}）与实有记录（到第{last}号）不符，末尾记录被增删过，请用备份核对。")
    if witness is not None and not seen_witness:
        faults.append(f"操作日志外留存的登记到第{witness[0]}号，库内找不到该号，末尾记录被删除过，请用备份核对。")
    return faults


def witness_faults(home: Path | None) -> list[str]:
    """An outside head that is there and cannot be read: it is then no witness of anything."""
    if home is not None and (home / WITNESS).exists() and read_witness(home) is None:
        return [f"操作日志外留存的登记（{WITNESS}）读不出来，文件被改动过，请用备份核对。"]
    return []


NAMED = 10  # of the entries a remark names


def remarks(session: Session) -> list[str]:
    """What is worth knowing and is no fault: times that go backwards (a clock set back, history loaded)."""
    backwards: list[int] = []
    before: datetime | None = None
    rows = session.exec(select(AuditEntry.number, AuditEntry.at).order_by(col(AuditEntry.number))).yield_per(1000)
    for number, at in rows:
        if before is not None and at < before:
            backwards.append(number)
        before = at
    if not backwards:
        return []
    named = "、".join(str(number) for number in backwards[:NAMED]) + ("等" if len(backwards) > NAMED else "")
    return [
        f"操作日志有{len(backwards)}处时间早于上一条（第{named}号），多因补录历史数据或服务器时钟回拨，记录的先后以编号为准。"
    ]


def _rows(session: Session) -> Iterator[Mapping[str, Any]]:
    """All entries by number as the database holds them: SQLite keeps whatever was put into a column."""
    table = AuditEntry.__table__  # type: ignore[attr-defined]
    bare: list[Any] = [literal_column(column.name).label(column.name) for column in table.c]
    statement = sa_select(*bare).select_from(table).order_by(table.c.number, table.c.id)
    for row in session.connection().execute(statement).yield_per(1000):
        yield dict(row._mapping)


def _entry_of(row: Mapping[str, Any]) -> AuditEntry | None:
    """The entry that a row holds; None where a column holds what the product never writes there."""
    try:
        at = row["at"] if isinstance(row["at"], datetime) else datetime.fromisoformat(row["at"])
        detail = json.loads(row["detail"]) if isinstance(row["detail"], str) else row["detail"]
        if at.tzinfo is not None or not isinstance(row["number"], int) or not isinstance(detail, dict):
            return None
        entry = AuditEntry(**{**row, "at": at.replace(tzinfo=UTC), "detail": detail})
        hash_of(entry)
    except (TypeError, ValueError):
        return None
    return entry


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over the previous entry's hash and this entry's canonical JSON (sorted keys, no spaces, UTC instant)."""
    content = {
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "actor_role": entry.actor_role,
        "action": entry.action,
        "target": entry.target,
        "programme": entry.programme,
        "outcome": entry.outcome,
        "detail": entry.detail,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{entry.previous_hash}\n{canonical}".encode()).hexdigest()


def write_witness(home: Path, number: int, entry_hash: str) -> None:
    """Keep the head outside the database; only ever forward, so that a slower writer does not set it back."""
    seen = read_witness(home)
    if seen is not None and seen[0] >= number:
        return
    draft = home / f"{WITNESS}.{os.getpid()}.{number}"
    try:
        draft.write_text(json.dumps({"number": number, "entry_hash": entry_hash}), encoding="ascii")
        draft.replace(home / WITNESS)
    finally:
        draft.unlink(missing_ok=True)


def read_witness(home: Path) -> tuple[int, str] | None:
    """The head as last seen; None where there is none yet, or nothing that can be read as one."""
    path = home / WITNESS
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
        return int(stored["number"]), str(stored["entry_hash"])
    except (ValueError, KeyError, TypeError):
        return None


def agrees_with_witness(session: Session, home: Path) -> bool:
    """Whether the chain still holds the entry this host saw last: only then may the outside head move on.

    Else a chain that was cut off and grew again would soon cover the trace. To be asked with the head locked.
    """
    seen = read_witness(home)
    if seen is None:
        return not (home / WITNESS).exists()
    if seen[0] == 0:
        return True
    stored = session.exec(select(AuditEntry.entry_hash).where(AuditEntry.number == seen[0])).first()
    return stored == seen[1]


def storable(value: Any) -> Any:
    """JSON without what a database cannot hold in a text: NUL and lone surrogates become �."""
    if isinstance(value, str):
        return value.replace("\x00", "�").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
