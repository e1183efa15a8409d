"""The answers' shapes as OpenAPI shows them (接口格式)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["project", "responsible_unit", "paired_department", "functional_department", "investor", "lead_official"]


class Open(BaseModel):
    """Further fields are for screens and may grow."""

    model_config = ConfigDict(extra="allow")


class PartOut(Open):
    """One part. `points` null is 本项不计; `full_marks` null is an addition (加扣分)."""

    name: str
    points: str | None
    full_marks: str | None
    sentence: str
    source: str
    record: str


class AssesseeRowOut(Open):
    """One assessee. Without `has_details` only rank and score are the viewer's to know."""

    key: str
    name: str
    group: str
    rank: int | None
    group_size: int
    score: str | None
    not_scored_reason: str | None
    has_details: bool
    is_own: bool
    parts: list[PartOut]


class ColumnOut(BaseModel):
    name: str
    full_marks: str | None
    measure: str
    record: str


class AssesseesOut(Open):
    """单位考核: one kind's board in a period. `note` says what is not judged, or why there are no rows."""

    programme: str
    period: str
    kind: Kind
    name: str
    rulebook: str
    state: Literal["interim", "published", "corrected"]
    as_of: str | None
    note: str
    columns: list[ColumnOut]
    rows: list[AssesseeRowOut]
    total: int


class RefOut(BaseModel):
    """A project, service score, visit or obstacle that a part's figures came from, with its cell where it has one."""

    kind: str
    code: str
    id: int
    name: str
    words: str
    evidence: dict[str, Any] | None


class ReceiptPartOut(PartOut):
    refs: list[RefOut]


class AssesseeReceiptOut(Open):
    """得分明细 of one assessee: every part with its sentence and its sources, then the total."""

    programme: str
    period: str
    kind: Kind
    scheme: str
    key: str
    name: str
    group: str
    rank: int | None
    score: str | None
    formula: str
    parts: list[ReceiptPartOut]
    steps: list[str]
