"""Obstacles (存在问题): facts only; the ledger's workflow comes with 问题交办."""

from datetime import date

from sqlmodel import JSON, Field, Index

from app.revisions import Revision


class ObstacleRevision(Revision, table=True):
    """One obstacle of a project, keyed by `number` within the programme. `levels`: [["2023-09-01", 2], …] in order."""

    __tablename__ = "obstacle_revisions"
    KEY = ("number",)
    __table_args__ = (Index("ix_obstacle_revisions_key", "programme_id", "number", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    number: int
    kind: str
    text: str
    unit: str = ""
    raised_on: date
    due_on: date | None = None
    closed_on: date | None = None
    levels: list[list[str | int]] = Field(default_factory=list, sa_type=JSON)
    decision: str = ""  # the level-3 meeting's
    decision_due_on: date | None = None
