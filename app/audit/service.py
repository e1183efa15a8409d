"""The trail of every act (操作日志): a hash chain that shows any change, removal, reordering or truncation.

Source: DESIGN §3, SECURITY E1-E3. Nothing in the product edits or clears it.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from app.audit.models import AuditEntry, AuditHead
from app.database import Database, after_commit

WITNESS = "audit-head.json"  # in SANZHONG_HOME: the head as last committed from this host
SPOILT = f"{WITNESS}.unreadable"
UNREADABLE = (ValueError, KeyError, TypeError)  # what reading a spoilt witness raises


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
    head.number, head.entry_hash = entry.number, entry.entry_hash
    session.add_all((entry, head))
    session.flush()
    home: Path | None = session.info.get("home")
    if home is not None:
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
    """What is wrong with the chain, as Chinese sentences; empty when it is whole.

    Walks all entries, compares with the head row, and with the head this host last saw (a file in SANZHONG_HOME), so
    that an end cut off together with the head row is found too.
    """
    faults: list[str] = []
    home: Path | None = session.info.get("home")
    witness = None
    try:
        witness = None if home is None else read_witness(home)
    except UNREADABLE:
        faults.append(f"操作日志外留存的登记（{WITNESS}）读不出，文件已损坏或被改动，请用备份核对。")
    if home is not None and (home / SPOILT).exists():
        faults.append(f"操作日志外留存的登记曾经读不出，原文件另存为 {SPOILT}，请用备份核对，核对无误后删除它。")
    seen_witness = witness is None or witness[0] == 0
    number, previous_hash = 0, ""
    for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.number))).yield_per(1000):
        number += 1
        if entry.number != number:
            faults.append(f"操作日志缺少第{number}号至第{entry.number - 1}号记录，请用备份核对。")
            number = entry.number
        elif entry.previous_hash != previous_hash:
            faults.append(f"操作日志第{number}号与上一条记录接不上，记录被改动、替换或调换过，请用备份核对。")
        if entry.entry_hash != hash_of(entry):
            faults.append(f"操作日志第{number}号的内容与其校验码不符，记录被改动过，请用备份核对。")
        previous_hash = entry.entry_hash
        if witness is not None and number == witness[0]:
            seen_witness = True
            if entry.entry_hash != witness[1]:
                faults.append(f"操作日志第{number}号与日志外留存的校验码不符，记录被替换过，请用备份核对。")
    head = session.get(AuditHead, 1)
    if head is None or (head.number, head.entry_hash) != (number, previous_hash):
        stated = "没有" if head is None else f"记到第{head.number}号"
        faults.append(
            f"操作日志的末条登记（{stated}）与实有记录（到第{number}号）不符，末尾记录被增删过，请用备份核对。"
        )
    if witness is not None and not seen_witness:
        faults.append(f"操作日志外留存的登记到第{witness[0]}号，库内找不到该号，末尾记录被删除过，请用备份核对。")
    return faults


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
    try:
        seen = read_witness(home)
    except UNREADABLE:  # the act stands; that somebody or something spoilt it is kept, and `verify` says so
        (home / WITNESS).replace(home / SPOILT)
        seen = None
    if seen is not None and seen[0] >= number:
        return
    draft = home / f"{WITNESS}.{os.getpid()}.{number}"
    try:
        draft.write_text(json.dumps({"number": number, "entry_hash": entry_hash}), encoding="ascii")
        draft.replace(home / WITNESS)
    finally:
        draft.unlink(missing_ok=True)


def read_witness(home: Path) -> tuple[int, str] | None:
    path = home / WITNESS
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="ascii"))
    return stored["number"], stored["entry_hash"]


def storable(value: Any) -> Any:
    """JSON without what a database cannot hold in a text: NUL and lone surrogates become �."""
    if isinstance(value, str):
        return value.replace("\x00", "�").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
