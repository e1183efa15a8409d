"""Programmes: one county's plan for one year, its classes, rule book in force and period locks (年度项目计划)."""

from datetime import date, datetime

from sqlalchemy import Text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.columns import Instant
from app.revisions import Revision


class Programme(SQLModel, table=True):
    """`data_version` grows in the transaction of every change; `last_recorded_at` keeps recorded_at strictly rising."""

    __tablename__ = "programmes"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisations.id")
    code: str = Field(unique=True)
    name: str
    year: int
    campaign_name: str = "百日会战"
    campaign_from: date | None = None
    campaign_to: date | None = None
    cutoff_day: int = 25  # 每月报送截止日
    today: date | None = None  # pinned day (demo); scores and lights never read the clock
    is_demo: bool = False
    data_version: int = 1
    last_recorded_at: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)


class ProjectClass(SQLModel, table=True):
    """A class of projects (项目类别) in the programme's order."""

    __tablename__ = "project_classes"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    name: str
    position: int


DRAFT = "draft "  # before the month of a book that is proposed and governs nothing yet


class RuleBookRevision(Revision, table=True):
    """A rule book (考核办法), its whole text. `from_month` ("YYYY-MM") is the first month it governs.

    A book proposed by one person and not yet put in force by another (拟稿) stands at "draft YYYY-MM"; decided or
    given up, that draft is withdrawn. Source: docs/decisions/0011.
    """

    __tablename__ = "rule_book_revisions"
    KEY = ("from_month",)
    __table_args__ = (Index("ix_rule_book_revisions_programme", "programme_id", "recorded_at"),)
    name: str  # county-default; with its version once it is not the programme's first
    from_month: str
    text: str = Field(sa_type=Text)
    sha256: str


class PeriodLock(Revision, table=True):
    """Whether a period ("2023-10", "2023Q3") is locked (已定稿). The newest revision of a period counts."""

    __tablename__ = "period_lock_revisions"
    KEY = ("period",)
    __table_args__ = (Index("ix_period_lock_revisions_key", "programme_id", "period", "recorded_at"),)
    period: str
    is_locked: bool
