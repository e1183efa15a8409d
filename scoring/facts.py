"""The figures and dates that scoring reads: one programme as known at one instant (考评依据).

Source: RULES §1–§6. Everything here is a value; nothing is looked up and no clock is read.
Months are numbers 1–12 of the programme's year. Dates known to the month only are that month's first day.
`ref` is the caller's own key of the row a value came from (an inspection revision, an event, …); scoring hands it
back untouched, so that a receipt can be traced to file, sheet and cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

Month = int


class EventKind(StrEnum):
    """What can happen to a project (项目事件), in the words of the sheets and of `sanzhong event --kind`."""

    ADDED = "增补"
    SUSPENDED = "暂缓"
    RESUMED = "复工"
    MAJOR_CHANGE = "重大变更"
    PARTLY_COMPLETED = "部分完工"
    COMPLETED = "完工"
    LEFT_CAMPAIGN = "退出百日会战"
    TRANSFERRED_OUT = "调出"
    WITHDRAWN = "退出"
    EXEMPT = "免考"


class NodeJudgement(StrEnum):
    """An inspector's judgement of the month's node (节点评定)."""

    REACHED = "达到"
    NEARLY_REACHED = "基本达到"
    NOT_REACHED = "未达到"


class Declaration(StrEnum):
    """What a record states instead of figures."""

    REFUSED = "拒绝督查"
    STOPPED = "无正当理由停工"
    EXEMPT = "免考"


class Light(StrEnum):
    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"
    NONE = "none"


class OutlookVerdict(StrEnum):
    DONE = "done"
    EXPECTED = "expected"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True)
class Event:
    """One dated event. Events are handed over in the order recorded; those of one day apply in that order."""

    kind: EventKind
    on: date
    months: tuple[Month, ...] = ()  # 免考 only: the months it names; empty means the month of `on`
    reason: str = ""
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Investment:
    """One kind's figures in one record, 万元. None is blank, never 0."""

    ytd_wan: Decimal | None = None  # 本年累计完成投资
    month_wan: Decimal | None = None  # 本月完成投资
    to_date_wan: Decimal | None = None  # 开工以来累计完成投资


@dataclass(frozen=True, slots=True)
class Record:
    """One project's record of one month (月度督查记录), from sheets and entries together.

    `columns` holds the field names whose column the sheet had (or the entry offered), so that a blank cell (未填) and
    a sheet without the column (不计) stay different. Field names are those of this class, and for investment
    `verified_ytd_wan`, `verified_month_wan`, `reported_ytd_wan`, … as in app.inspections.
    """

    month: Month
    columns: frozenset[str] = frozenset()
    verified: Investment = Investment()  # 督查核实
    reported: Investment = Investment()  # 上报
    statistical: Investment = Investment()  # 纳统
    physical_progress: str = ""  # the cell's words
    physical_progress_pct: Decimal | None = None  # 0–100
    physical_progress_is_whole: bool = False  # words that state the whole construction, not this year's target
    physical_progress_plan_pct: Decimal | None = None  # the sheet's 计划形象进度, 0–100
    node_judgement: NodeJudgement | None = None
    problems: str = ""
    team: str = ""  # 督查组
    team_score: Decimal | None = None  # entered by the inspection team
    sheet_score: Decimal | None = None  # the sheet's score column
    indicator_points: Mapping[str, Decimal] = field(default_factory=dict)  # entered by the team, by indicator name
    declaration: Declaration | None = None
    states_not_started: bool = False  # the sheet says 未开工
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a project's plan (年度计划), in force from `effective_on` until the next version."""

    effective_on: date
    annual_investment_wan: Decimal | None = None
    cumulative_wan: Mapping[Month, Decimal] = field(default_factory=dict)  # 分月累计计划投资
    physical_progress_pct: Mapping[Month, Decimal] = field(default_factory=dict)  # planned, 0–100
    planned_start: date | None = None
    planned_finish: date | None = None
    target: str = ""  # 年度目标
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A node of the plan (节点). `is_target` marks those that belong to the year's target."""

    name: str
    due_on: date
    done_on: date | None = None
    forecast_on: date | None = None  # entered by unit or office
    is_target: bool = True
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A problem (存在问题). `levels` are (from, level) in order; `decision_due_on` is the level-3 meeting's."""

    kind: str
    text: str
    raised_on: date
    due_on: date | None = None
    closed_on: date | None = None
    levels: tuple[tuple[date, int], ...] = ()
    decision_due_on: date | None = None
    unit: str = ""
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class LightOverride:
    """人工认定: the light a person set for a month, with reason and approver."""

    month: Month
    light: Light
    reason: str
    approver: str
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class LightExemption:
    """免亮灯 for a month, with reason and approver."""

    month: Month
    reason: str
    approver: str
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class OutlookJudgement:
    """办公室认定 of the year-end outlook; stands beside the computed one, from its month on."""

    month: Month
    verdict: OutlookVerdict
    reason: str
    person: str
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """One project with all its facts up to the month asked for.

    `group_class`, `level`, `responsible_unit`, `lead_official` are those in force on that month's last day.
    """

    code: str
    name: str
    group_class: str
    level: str = ""
    responsible_unit: str = ""
    lead_official: str = ""
    total_investment_wan: Decimal | None = None
    is_campaign_member: bool = False
    actual_start: date | None = None
    actual_finish: date | None = None
    plans: tuple[Plan, ...] = ()
    events: tuple[Event, ...] = ()
    records: Mapping[Month, Record] = field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    overrides: tuple[LightOverride, ...] = ()
    exemptions: tuple[LightExemption, ...] = ()
    outlook_judgements: tuple[OutlookJudgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """One county's plan for one year as known at one instant: what every board, receipt and alert is made from."""

    code: str
    year: int
    classes: tuple[str, ...]  # in the programme's order
    committed_months: frozenset[Month]  # months with at least one committed sheet or entry
    projects: tuple[Project, ...]
