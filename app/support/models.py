"""Visits of paired departments to their projects (挂钩帮扶记录)."""

from datetime import date

from sqlmodel import Field, Index

from app.revisions import Revision


class VisitRevision(Revision, table=True):
    """One time a department was with a project, keyed by (project, department, visited_on, number).

    `number` tells several visits of one day apart, from 1 in the sheet's order. A visit known only to the month has
    the month's first day and `precision` "month". `evidence` is what is named as proof (照片、会议纪要), in words.
    """

    __tablename__ = "visit_revisions"
    KEY = ("project_id", "department", "visited_on", "number")
    __table_args__ = (
        Index(
            "ix_visit_revisions_key", "programme_id", "project_id", "department", "visited_on", "number", "recorded_at"
        ),
    )
    project_id: int = Field(foreign_key="projects.id")
    department: str  # the name as it stands
    visited_on: date
    number: int = 1
    unit_id: int | None = Field(default=None, foreign_key="units.id")  # the department, where the register knows it
    precision: str = "day"  # day | month
    visitors: str = ""
    work_done: str = ""  # 帮扶内容
    outcome: str = ""  # 帮扶成效
    evidence: str = ""
    problems: str = ""
