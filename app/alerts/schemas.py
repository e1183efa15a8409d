"""What the decisions on lights and outlooks take and give (认定与免亮灯接口)."""

from typing import Literal

from pydantic import BaseModel, Field

LightKind = Literal["override", "exemption"]
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


class _Place(BaseModel):
    programme: str = Field(max_length=40)
    project: int = Field(description="项目的id")
    month: str = Field(pattern=MONTH, description="年月，如2023-10")


class MatterIn(_Place):
    """Which decision on a light: of which project, of which month, of which kind."""

    kind: LightKind = Field(description="override 人工认定 | exemption 免亮灯")


class AskIn(MatterIn):
    light: Literal["red", "yellow", "green", "grey", "none", ""] = Field(
        default="", description="人工认定的灯；免亮灯不填"
    )
    reason: str = Field(min_length=1, max_length=500, description="理由；办法列出理由的，写成“理由：具体情况”")


class TakeBackIn(_Place):
    kind: Literal["override", "exemption", "outlook"]
    reason: str = Field(min_length=1, max_length=500)


class JudgeIn(_Place):
    """办公室认定 of a project's outlook from a month on."""

    outlook: Literal["done", "expected", "unlikely"]
    reason: str = Field(min_length=1, max_length=500)


class DecisionOut(BaseModel):
    """One decision as it stands (`approver`), or as it is asked for (`asked_by`). The person of 办公室认定 is in
    `approver`."""

    project_id: int
    code: str
    name: str
    month: str
    kind: Literal["override", "exemption", "outlook"]
    kind_label: str
    value: str
    value_label: str
    reason: str
    is_asked: bool
    asked_by: str | None
    asked_by_id: int | None
    approver: str | None
    at: str


class DecisionsOut(BaseModel):
    """`reasons`: those the month's book lists for 免亮灯, null where any will do."""

    programme: str
    month: str
    rows: list[DecisionOut]
    total: int
    reasons: list[str] | None
