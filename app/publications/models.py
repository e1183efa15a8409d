"""Publications: boards that were issued and stay as they were issued (通报、定稿、更正)."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.columns import Instant


class Publication(SQLModel, table=True):
    """One issue of a period's board. Drafted by one person (拟稿), signed by another (签发); then the period is locked.

    `number` counts a period's issues from 1; issue 2 and later follow a reopening (更正单). `board` is the frozen JSON,
    `alerts` that of each of the period's months by "YYYY-MM"; `fingerprint` (数据校验码) = SHA-256 of the canonical
    facts and rule book they were made from.
    """

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_programme_period", "programme_id", "period", "number", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    period: str
    number: int
    known_at: datetime = Field(sa_type=Instant)  # the facts recorded up to then
    board: str = Field(sa_type=Text)
    alerts: str = Field(default="", sa_type=Text)
    rulebook_sha256: str
    fingerprint: str
    drafted_at: datetime = Field(sa_type=Instant)
    drafted_by: str
    drafted_by_id: int | None = None  # account, without a key
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    signed_by: str = ""


class Reopening(SQLModel, table=True):
    """更正单: a numbered, reasoned reopening of published periods, drafted and signed; unlocks each of them."""

    __tablename__ = "reopenings"
    __table_args__ = (Index("ix_reopenings_programme_number", "programme_id", "number", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    number: int  # 第N号, counted per programme
    reason: str
    drafted_at: datetime = Field(sa_type=Instant)
    drafted_by: str
    drafted_by_id: int | None = None  # account, without a key
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    signed_by: str = ""


class ReopenedPeriod(SQLModel, table=True):
    """One of the periods of a 更正单: a fault found in one month is often one of the next months too."""

    __tablename__ = "reopened_periods"
    __table_args__ = (UniqueConstraint("reopening_id", "period"),)
    id: int | None = Field(default=None, primary_key=True)
    reopening_id: int = Field(foreign_key="reopenings.id")
    period: str
