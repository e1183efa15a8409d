"""What may be measured of somebody assessed (指标口径): a closed list, each with its unit and what it needs to know.

Source: RULES §4, Others assessed; DOMAIN §1.3. A rule book names a measure by its value here.
"""

from dataclasses import dataclass
from enum import StrEnum

RATIO, COUNT, AMOUNT, TIMES = "%", "个", "万元", "次"


class AssesseeKind(StrEnum):
    """Who is assessed (考核对象)."""

    PROJECT = "project"
    RESPONSIBLE_UNIT = "responsible_unit"
    PAIRED_DEPARTMENT = "paired_department"
    FUNCTIONAL_DEPARTMENT = "functional_department"
    INVESTOR = "investor"
    LEAD_OFFICIAL = "lead_official"

    @property
    def words(self) -> str:
        return _KIND_WORDS[self.value]


_KIND_WORDS = {
    "project": "项目",
    "responsible_unit": "责任单位",
    "paired_department": "挂钩部门",
    "functional_department": "职能部门",
    "investor": "投资方",
    "lead_official": "县领导包挂",
}


class Measure(StrEnum):
    """What a part is judged on. Those after `ENTERED` have no record behind them yet and are entered as values."""

    PROJECT_MEAN = "project_mean"
    COMPLETION = "completion"
    ANNUAL_COMPLETION = "annual_completion"
    COMPLETION_BALANCE = "completion_balance"
    ANNUAL_PLAN = "annual_plan"
    INVESTED = "invested"
    LARGE_MONTHS = "large_months"
    STARTED = "started"
    START_RATE = "start_rate"
    START_BALANCE = "start_balance"
    FINISHED = "finished"
    FINISH_RATE = "finish_rate"
    IN_STATISTICS = "in_statistics"
    STATISTICS_RATE = "statistics_rate"
    CLOSED_OBSTACLES = "closed_obstacles"
    CLOSING_RATE = "closing_rate"
    CLOSING_BALANCE = "closing_balance"
    ON_SCHEDULE_RATE = "on_schedule_rate"
    OF_CLASS = "of_class"
    OF_NATURE = "of_nature"
    OF_LEVEL = "of_level"
    TRACKING_SERVICE = "tracking_service"
    PROGRESS_SPEED = "progress_speed"
    VISITS = "visits"
    ENTERED = "entered"
    ATTITUDE = "attitude"
    SUPPORT_OUTCOME = "support_outcome"
    SETTLED_ON_TIME = "settled_on_time"
    SERVICE_REVIEW = "service_review"
    STARTED_AS_AGREED = "started_as_agreed"
    BUILT_AS_AGREED = "built_as_agreed"
    PRODUCING_AS_AGREED = "producing_as_agreed"
    ATTENDANCE = "attendance"
    OBSTACLES_SETTLED = "obstacles_settled"

    @property
    def words(self) -> str:
        return _OF[self].words

    @property
    def unit(self) -> str:
        """In which a book states its thresholds; a % is a ratio of 1 once read."""
        return _OF[self].unit

    @property
    def needs(self) -> tuple[str, ...]:
        """The parameters a part of this measure must have."""
        return _OF[self].needs

    @property
    def record(self) -> str:
        """The record it is worked out from; for what is entered, the one that is still to be collected."""
        return _OF[self].record

    @property
    def only_for(self) -> AssesseeKind | None:
        """The one kind of assessee it can be measured of; None: any."""
        return AssesseeKind.PAIRED_DEPARTMENT if self is Measure.VISITS else None

    @property
    def is_entered(self) -> bool:
        """No record is stored for it: whoever calls the engine hands the value in."""
        return self in _ENTERED


@dataclass(frozen=True, slots=True)
class _Kind:
    words: str
    unit: str
    record: str
    needs: tuple[str, ...] = ()


_OF = {
    Measure.PROJECT_MEAN: _Kind("项目均分", RATIO, "项目得分"),
    Measure.COMPLETION: _Kind("投资完成率（累计完成÷累计应完成）", RATIO, "月度进展表"),
    Measure.ANNUAL_COMPLETION: _Kind("年度计划完成率（累计完成÷年度计划）", RATIO, "月度进展表"),
    Measure.COMPLETION_BALANCE: _Kind("完成率高的项目数－完成率低的项目数", COUNT, "月度进展表", ("above", "below")),
    Measure.ANNUAL_PLAN: _Kind("年度计划投资", AMOUNT, "年度计划表"),
    Measure.INVESTED: _Kind("本年累计完成投资", AMOUNT, "月度进展表"),
    Measure.LARGE_MONTHS: _Kind("单月完成投资达到界限的月数", COUNT, "月度进展表", ("amount",)),
    Measure.STARTED: _Kind("开工完成数", COUNT, "年度计划表、月度进展表"),
    Measure.START_RATE: _Kind("开工率（开工完成数÷开工目标数）", RATIO, "年度计划表、月度进展表"),
    Measure.START_BALANCE: _Kind("提前开工数－逾期开工数", COUNT, "年度计划表、月度进展表"),
    Measure.FINISHED: _Kind("竣工（投产）项目数", COUNT, "项目状态"),
    Measure.FINISH_RATE: _Kind("竣工率（竣工数÷竣工目标数）", RATIO, "年度计划表、项目状态"),
    Measure.IN_STATISTICS: _Kind("入库（纳统）项目数", COUNT, "纳统投资"),
    Measure.STATISTICS_RATE: _Kind("入库率（入库数÷项目数）", RATIO, "纳统投资"),
    Measure.CLOSED_OBSTACLES: _Kind("难题销号数", COUNT, "问题台账"),
    Measure.CLOSING_RATE: _Kind("难题销号率（销号数÷提出数）", RATIO, "问题台账"),
    Measure.CLOSING_BALANCE: _Kind("提前销号数－逾期销号数", COUNT, "问题台账"),
    Measure.ON_SCHEDULE_RATE: _Kind("达序时率", RATIO, "月度进展表"),
    Measure.OF_CLASS: _Kind("属于所列类别的项目数", COUNT, "项目档案", ("names",)),
    Measure.OF_NATURE: _Kind("属于所列建设性质的项目数", COUNT, "项目档案", ("names",)),
    Measure.OF_LEVEL: _Kind("属于所列级别的项目数", COUNT, "项目档案", ("names",)),
    Measure.TRACKING_SERVICE: _Kind("跟踪服务", RATIO, "督查评分表", ("full_scale",)),
    Measure.PROGRESS_SPEED: _Kind("推进速度", RATIO, "督查评分表", ("full_scale",)),
    Measure.VISITS: _Kind("帮扶次数", RATIO, "帮扶记录表", ("visits_counted",)),
    Measure.ENTERED: _Kind("由办公室核定的数", COUNT, "核定记录"),
    Measure.ATTITUDE: _Kind("服务态度", RATIO, "挂钩项目单位对服务态度的评议"),
    Measure.SUPPORT_OUTCOME: _Kind("帮扶成效", RATIO, "督查组对帮扶成效的评定"),
    Measure.SETTLED_ON_TIME: _Kind("按时办结率", RATIO, "领导交办事项办理记录"),
    Measure.SERVICE_REVIEW: _Kind("服务评议", RATIO, "项目单位对职能部门的评议"),
    Measure.STARTED_AS_AGREED: _Kind("按约开工", RATIO, "投资合同履约记录"),
    Measure.BUILT_AS_AGREED: _Kind("按约建成", RATIO, "投资合同履约记录"),
    Measure.PRODUCING_AS_AGREED: _Kind("达产达效", RATIO, "投资合同履约记录"),
    Measure.ATTENDANCE: _Kind("到场", RATIO, "包挂领导现场调度记录"),
    Measure.OBSTACLES_SETTLED: _Kind("问题办结", RATIO, "包挂领导问题交办记录"),
}
_ENTERED = frozenset(list(Measure)[list(Measure).index(Measure.ENTERED) :])
