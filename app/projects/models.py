"""Projects and what is planned, assigned and decided about them (项目、计划、责任、事件)."""

from datetime import date, datetime
from decimal import Decimal

from sqlmodel import JSON, Field, Index, SQLModel, UniqueConstraint

from app.columns import Instant, Wan
from app.revisions import Revision


class Project(SQLModel, table=True):
    """A project's identity: the stable code, unique in its programme. Everything else is a revision."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("programme_id", "code"),)
    id: int | None = Field(default=None, primary_key=True)
    programme_id: int = Field(foreign_key="programmes.id")
    code: str
    created_at: datetime = Field(sa_type=Instant)


class ProjectRevision(Revision, table=True):
    """What a project is. A void newest revision means the project was registered and then undone.

    `class_name` and `level` are today's; `earlier_groups` says what they were before a change of class or level:
    [{"until": "2023-08-31", "class_name": …, "level": …}, …] in order of `until` (inclusive).
    """

    __tablename__ = "project_revisions"
    KEY = ("project_id",)
    __table_args__ = (Index("ix_project_revisions_key", "programme_id", "project_id", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    name: str
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)
    former_names: list[str] = Field(default_factory=list, sa_type=JSON)
    class_name: str
    level: str = ""
    earlier_groups: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    nature: str = ""  # 新建 | 续建 | …
    content: str = ""  # 建设规模及内容
    investor: str = ""
    location: str = ""
    total_investment_wan: Decimal | None = Field(default=None, sa_type=Wan)
    actual_start_on: date | None = None
    actual_finish_on: date | None = None
    is_campaign_member: bool = False
    measures: str = ""  # 推进措施
    remarks: str = ""


class PlanRevision(Revision, table=True):
    """One version of a project's annual plan, keyed by (project, effective_on); reason and approver for a later one.

    `cumulative_wan` and `physical_progress_pct` map "1".."12" to decimal strings. Dates known to the month are the
    month's first day; `*_precision` is "day" | "month" | "year".
    """

    __tablename__ = "plan_revisions"
    KEY = ("project_id", "effective_on")
    __table_args__ = (Index("ix_plan_revisions_key", "programme_id", "project_id", "effective_on", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    effective_on: date
    annual_investment_wan: Decimal | None = Field(default=None, sa_type=Wan)
    cumulative_wan: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    physical_progress_pct: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    planned_start_on: date | None = None
    planned_start_precision: str = "month"
    planned_finish_on: date | None = None
    planned_finish_precision: str = "month"
    target: str = ""  # 年度目标
    approver: str = ""


class MilestoneRevision(Revision, table=True):
    """A node of a project (节点), keyed by (project, name)."""

    __tablename__ = "milestone_revisions"
    KEY = ("project_id", "name")
    __table_args__ = (Index("ix_milestone_revisions_key", "programme_id", "project_id", "name", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    name: str
    due_on: date
    done_on: date | None = None
    forecast_on: date | None = None
    is_target: bool = True


class AssignmentRevision(Revision, table=True):
    """Who holds a project from when to when, keyed by (project, role, holder, from_on).

    `role`: lead_official 包挂领导 | responsible_unit 主要责任单位 | supporting_unit 配合单位
    | responsible_person 责任人 | team_leader 班子成员 | service_staff 服务人员
    | paired_department 挂钩部门 | department_leader 分管领导
    | department_staff 帮扶人员. `holder` is the name as it stands; unit_id or official_id where it is known.
    A month is charged to whoever held it on its last day.
    """

    __tablename__ = "assignment_revisions"
    KEY = ("project_id", "role", "holder", "from_on")
    __table_args__ = (
        Index("ix_assignment_revisions_key", "programme_id", "project_id", "role", "holder", "from_on", "recorded_at"),
    )
    project_id: int = Field(foreign_key="projects.id")
    role: str
    holder: str
    unit_id: int | None = Field(default=None, foreign_key="units.id")
    official_id: int | None = Field(default=None, foreign_key="officials.id")
    from_on: date
    to_on: date | None = None


class EventRevision(Revision, table=True):
    """A dated event (增补 暂缓 复工 …), keyed by (project, kind, on)."""

    __tablename__ = "event_revisions"
    KEY = ("project_id", "kind", "on")
    __table_args__ = (Index("ix_event_revisions_key", "programme_id", "project_id", "kind", "on", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    kind: str
    on: date
    months: list[int] = Field(default_factory=list, sa_type=JSON)  # 免考: the months it names
    approver: str = ""


class NameAlias(Revision, table=True):
    """An answer that a name in a sheet means this project, remembered per programme, keyed by alias."""

    __tablename__ = "name_alias_revisions"
    KEY = ("alias",)
    __table_args__ = (Index("ix_name_alias_revisions_key", "programme_id", "alias", "recorded_at"),)
    project_id: int = Field(foreign_key="projects.id")
    alias: str


class LightDecision(Revision, table=True):
    """人工认定 or 免亮灯 of a light, or 办公室认定 of an outlook, keyed by (project, month, kind); reason and approver.

    `kind`: override (value red|yellow|green|grey|none) | exemption (value "") | outlook (value done|expected|unlikely).
    `proposed_override`, `proposed_exemption` are what the office asks for: without an approver, and read by no board.
    """

    __tablename__ = "light_decision_revisions"
    KEY = ("project_id", "month", "kind")
    __table_args__ = (
        Index("ix_light_decision_revisions_key", "programme_id", "project_id", "month", "kind", "recorded_at"),
    )
    project_id: int = Field(foreign_key="projects.id")
    month: str
    kind: str
    value: str = ""
    approver: str = ""
