"""Uploads: a sheet tried, previewed, answered, committed, reverted (月报导入)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import JSON, Field, Index, SQLModel

from app.columns import Instant


class Upload(SQLModel, table=True):
    """One workbook handed in for one programme. `state`: tried → committed → reverted, or tried → unchanged.

    `reading` is the check JSON as last read; `answers` what people decided, each with who and when:
    {question id: {"value", "by", "account_id", "at"}}. `preview` is what was shown last, made against the programme's
    data_version `based_on_version`; a commit must find the same again. `restated` lists the stored values that the
    sheet gave once more ([table, key…, field]): undoing an earlier upload must not take those away.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_programme", "programme_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    filename: str
    sha256: str = Field(foreign_key="stored_files.sha256")
    spec: str = ""
    given_month: str = ""  # the month named by whoever handed it in; "" when the sheet was to say
    month: str = ""  # "YYYY-MM"; empty for plan and responsibility sheets
    state: str = "tried"
    uploaded_by: str
    account_id: int | None = None
    uploaded_at: datetime = Field(sa_type=Instant)
    reading: str = Field(default="", sa_type=Text)
    preview: str = Field(default="", sa_type=Text)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    allow_register: bool = False
    based_on_version: int = 0
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # new, changed, same, missing, registered
    restated: list[Any] = Field(default_factory=list, sa_type=JSON)
    committed_at: datetime | None = Field(default=None, sa_type=Instant)
    committed_by: str = ""
    reverted_at: datetime | None = Field(default=None, sa_type=Instant)
    reverted_by: str = ""
    revert_reason: str = ""
    revert_outcome: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # restored, withdrawn, kept
