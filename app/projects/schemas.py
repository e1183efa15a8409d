"""What the project API takes and gives (项目接口)."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.storable import Day
from scoring.facts import EventKind

AssignmentRole = Literal[
    "lead_official",  # 包挂领导
    "responsible_unit",  # 主要责任单位
    "supporting_unit",  # 配合单位
    "responsible_person",  # 责任人
    "team_leader",  # 班子成员
    "service_staff",  # 服务人员
    "paired_department",  # 挂钩部门
    "department_leader",  # 分管领导
    "department_staff",  # 帮扶人员
]


class EventIn(BaseModel):
    """One event to record: kind, day and the reason; the approver where the book asks for one."""

    kind: EventKind
    on: Day
    reason: str = Field(min_length=1, max_length=500)
    approver: str = Field(default="", max_length=50)
    months: list[int] = Field(default_factory=list, description="免考: the months it names, 1–12")


class EventOut(BaseModel):
    """The event as it stands; `is_new` is false when the very same one stood already."""

    project: str
    kind: EventKind
    on: date
    reason: str
    approver: str
    is_new: bool
