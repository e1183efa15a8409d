"""Uploads: a sheet tried, previewed, answered, committed, reverted (月报导入)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import JSON, Field, Index, SQLModel

from app.columns import Instant


class Upload(SQLModel, table=True):
    """One workbook, or form filled in on screen, handed in for one programme.

    `state`: tried → committed → reverted, or tried → unchanged, or tried → discarded (its file is then gone). What a
    unit files is submitted instead of tried: the office commits it (采用) or it is returned (退回).

    `reading` is the check JSON as last read; `answers` what people decided, each with who and when:
    {question id: {"value", "by", "account_id", "at"}}. `preview` is what was shown last, made against the programme's
    data_version `based_on_version`; a commit must find the same again. `restated` lists the stored values that the
    sheet gave once more ([table, key…, field]): undoing an earlier upload must not take those away. `project_ids` are
    the projects it is about, as last read.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_programme", "programme_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    filename: str
    sha256: str | None = Field(default=None, foreign_key="stored_files.sha256")  # None: discarded
    is_form: bool = False  # filled in on screen: the stored file is what was sent, as JSON
    unit_id: int | None = Field(default=None, foreign_key="units.id", index=True)  # the unit that files it (报送单位)
    unit_name: str = ""
    spec: str = ""
    given_month: str = ""  # the month named by whoever handed it in; "" when the sheet was to say
    month: str = ""  # "YYYY-MM"; empty for plan and responsibility sheets
    project_ids: list[int] = Field(default_factory=list, sa_type=JSON)
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
    handed_to: str = ""  # the colleague who is to answer (转交)
    handed_by: str = ""
    handed_at: datetime | None = Field(default=None, sa_type=Instant)
    committed_at: datetime | None = Field(default=None, sa_type=Instant)
    committed_by: str = ""
    reverted_at: datetime | None = Field(default=None, sa_type=Instant)
    reverted_by: str = ""
    revert_reason: str = ""
    revert_outcome: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # restored, withdrawn, kept
    returned_at: datetime | None = Field(default=None, sa_type=Instant)
    returned_by: str = ""
    return_reason: str = ""
    discarded_at: datetime | None = Field(default=None, sa_type=Instant)
    discarded_by: str = ""
