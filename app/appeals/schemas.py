"""What the office sends and what is answered about appeals (接口格式)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Decision = Literal["维持", "采纳"]


class AnswerIn(BaseModel):
    """答复."""

    answer: str = Field(min_length=1, max_length=2000)


class DecisionIn(BaseModel):
    """维持 or 采纳, with its reason; the answer may come along."""

    decision: Decision
    reason: str = Field(min_length=1, max_length=2000)
    answer: str = Field(default="", max_length=2000)


class AppealOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int
    number: int
    label: str
    state: str
    period: str
    project_id: int
    unit: str
    contested_score: str | None
    grounds: str
    file: str | None
    filed_by: str
    filed_at: str
    answer: str
    decision: str
    decision_reason: str


class ContestableRow(BaseModel):
    """A drafted score of one's own project, while it may be contested."""

    project_id: int
    code: str
    name: str
    group: str
    rank: int | None
    group_size: int
    score: str | None
    not_scored_reason: str | None
    can_contest: bool
    appeal: AppealOut | None


class DisclosureOut(BaseModel):
    """公示 of one period."""

    period: str
    period_label: str
    month: str
    opened_at: str
    contest_until: str
    open_until: str | None
    is_open: bool
    sentence: str
    calendar: list[str]
    rows: list[ContestableRow]


class AppealsOut(BaseModel):
    programme: str
    rows: list[AppealOut]
    total: int
    undecided: int
    disclosures: list[DisclosureOut]
