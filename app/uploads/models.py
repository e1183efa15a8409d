"""Uploads: a sheet tried, previewed, answered, committed, reverted (月报导入)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import JSON, Field, Index, SQLModel

from app.columns import Instant


class Upload(SQLModel, table=True):
    """One workbook handed in for one programme. `state`: tried → committed → reverted (or discarded).

    `reading` is the check JSON as stored at the try; `answers` what people decided, each with who and when.
    `based_on_version` is the programme's data_version the preview was made against.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_programme", "programme_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    filename: str
    sha256: str = Field(foreign_key="stored_files.sha256")
    spec: str = ""
    month: str = ""  # "YYYY-MM"; empty for plan and responsibility sheets
    state: str = "tried"
    uploaded_by: str
    account_id: int | None = None
    uploaded_at: datetime = Field(sa_type=Instant)
    reading: str = Field(default="", sa_type=Text)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    allow_register: bool = False
    based_on_version: int = 0
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # new, changed, same, missing, registered
    committed_at: datetime | None = Field(default=None, sa_type=Instant)
    committed_by: str = ""
    reverted_at: datetime | None = Field(default=None, sa_type=Instant)
    reverted_by: str = ""
    revert_reason: str = ""
