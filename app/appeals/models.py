"""公示 and 申诉: what was laid open to the units before signing, and who contested what with which outcome."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import JSON, Field, Index, SQLModel

from app.columns import Instant


class Disclosure(SQLModel, table=True):
    """公示: a period's drafted scores, open to be contested until `ended_at` (signed, or drafted anew otherwise).

    `scores` is what was laid open, by project id: {"12": {"code", "name", "group", "rank", "group_size", "score",
    "not_scored_reason"}}. `month` is the period's last month: who held a project on its last day may contest.
    `contest_until` is the last day for contesting, `open_until` the last day before which nothing is signed; with
    `publicity_days` 0 nobody waits.
    """

    __tablename__ = "disclosures"
    __table_args__ = (Index("ix_disclosures_programme_period", "programme_id", "period", "opened_at"),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    period: str
    month: str
    appeal_days: int
    publicity_days: int
    opened_at: datetime = Field(sa_type=Instant)
    contest_until: date
    open_until: date
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    scores: dict[str, dict[str, Any]] = Field(sa_type=JSON)


class Appeal(SQLModel, table=True):
    """申诉: one unit contests one of its projects' drafted scores, with its grounds and at most one file.

    `number` counts per programme. The contested figures are kept as they were laid open: a draft may be replaced.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        Index("ix_appeals_programme_number", "programme_id", "number", unique=True),
        Index("ix_appeals_programme_period", "programme_id", "period"),
    )
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    number: int  # 第N号
    disclosure_id: int = Field(foreign_key="disclosures.id")
    period: str
    project_id: int = Field(foreign_key="projects.id")
    unit_id: int = Field(foreign_key="units.id")
    unit: str  # its name as it stood
    contested_score: str | None = None
    contested_rank: int | None = None
    contested_reason: str | None = None  # of an unscored project
    grounds: str = Field(sa_type=Text)
    file_name: str = ""
    file_sha256: str | None = Field(default=None, foreign_key="stored_files.sha256", index=True)
    filed_at: datetime = Field(sa_type=Instant)
    filed_by: str
    filed_by_id: int | None = None  # account, without a key
    answer: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str = ""
    decision: str = ""  # 维持 | 采纳
    decision_reason: str = Field(default="", sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str = ""
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str = ""
