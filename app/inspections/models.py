"""One project's figures of one month (月度督查记录)."""

from decimal import Decimal

from sqlmodel import JSON, Field, Index

from app.columns import Pct, Points, Wan
from app.revisions import Revision


class InspectionRevision(Revision, table=True):
    """The month's record of a project as it stands after all sheets and entries, keyed by (project, month).

    Each revision is the whole record: a second sheet of the month adds its columns to what is there; `provenance` says
    for each field where its value came from. `columns` lists the fields whose column some sheet or entry had, so that
    a blank cell and an absent column stay different. None is blank, never 0. `raw` keeps a cell's own text where it
    differs from the value. The points a team gave by indicator are named in `columns`, `raw` and `provenance` one by
    one: "indicator_points.投资完成".
    """

    __tablename__ = "inspection_revisions"
    KEY = ("project_id", "month")
    __table_args__ = (Index("ix_inspection_revisions_key", "programme_id", "month", "project_id", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    month: str  # "YYYY-MM"
    columns: list[str] = Field(default_factory=list, sa_type=JSON)
    raw: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    reported_ytd_wan: Decimal | None = Field(default=None, sa_type=Wan)
    reported_month_wan: Decimal | None = Field(default=None, sa_type=Wan)
    reported_to_date_wan: Decimal | None = Field(default=None, sa_type=Wan)
    verified_ytd_wan: Decimal | None = Field(default=None, sa_type=Wan)
    verified_month_wan: Decimal | None = Field(default=None, sa_type=Wan)
    verified_to_date_wan: Decimal | None = Field(default=None, sa_type=Wan)
    statistical_ytd_wan: Decimal | None = Field(default=None, sa_type=Wan)
    statistical_month_wan: Decimal | None = Field(default=None, sa_type=Wan)
    statistical_to_date_wan: Decimal | None = Field(default=None, sa_type=Wan)
    physical_progress: str = ""
    physical_progress_pct: Decimal | None = Field(default=None, sa_type=Pct)
    physical_progress_is_whole: bool = False
    physical_progress_plan_pct: Decimal | None = Field(default=None, sa_type=Pct)
    node_judgement: str = ""  # 达到 | 基本达到 | 未达到
    problems: str = ""
    team: str = ""
    team_score: Decimal | None = Field(default=None, sa_type=Points)
    sheet_score: Decimal | None = Field(default=None, sa_type=Points)
    indicator_points: dict[str, str] = Field(default_factory=dict, sa_type=JSON)  # decimal strings by indicator
    declaration: str = ""  # 拒绝督查 | 无正当理由停工 | 免考
    states_not_started: bool = False
    state_words: str = ""  # the 项目状态 column's text
    remarks: str = ""


class ServiceScoreRevision(Revision, table=True):
    """What a team gave a project's responsible unit for its service in a month (责任单位服务评分), by (project, month).

    The unit is whoever held the project on the month's last day. None is not judged, never 0.
    """

    __tablename__ = "service_score_revisions"
    KEY = ("project_id", "month")
    __table_args__ = (Index("ix_service_score_revisions_key", "programme_id", "month", "project_id", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    month: str  # "YYYY-MM"
    tracking_service_points: Decimal | None = Field(default=None, sa_type=Points)  # 跟踪服务
    progress_speed_points: Decimal | None = Field(default=None, sa_type=Points)  # 推进速度
    team: str = ""
