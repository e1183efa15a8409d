"""The trail of every act (操作日志), one hash chain over the whole installation."""

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, SQLModel

from app.columns import Instant


class AuditEntry(SQLModel, table=True):
    """One act. `entry_hash` = SHA-256 over the previous entry's hash and this entry's canonical JSON.

    Actor id and name are stored without a key, so that a removed account cannot take its acts along.
    """

    __tablename__ = "audit_entries"
    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)  # 1, 2, 3, … without gaps
    at: datetime = Field(sa_type=Instant)
    actor_id: int | None = None
    actor_name: str
    actor_role: str = ""
    action: str = Field(index=True)  # e.g. upload.commit, account.sign_in
    target: str = ""  # e.g. upload 12, project GY-001
    programme: str = ""
    outcome: str = "ok"  # ok | refused
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    previous_hash: str
    entry_hash: str


class AuditHead(SQLModel, table=True):
    """The chain's head: one row (id 1), locked by each append so that the chain has one order on both engines."""

    __tablename__ = "audit_head"
    id: int = Field(default=1, primary_key=True)
    number: int = 0
    entry_hash: str = ""
