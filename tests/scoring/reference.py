"""The rules read a second time: every figure of boards and lights, sentence by sentence, slowly (对照算法).

Written from the text of the rules alone, without looking at `scoring/`; `test_reference_agrees.py` compares the two on
random programmes. Each function is headed by the sentence it follows. Everything is a `Fraction`, nothing is fast,
and only the default book's figures are known here, with the policies of `Policies` as parameters.

A month is a number relative to the programme's year: 1 is January, 12 December, 0 the December before, 13 the January
after.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

from scoring.facts import (
    Declaration,
    EventKind,
    Light,
    Milestone,
    NodeJudgement,
    Obstacle,
    OutlookVerdict,
    Plan,
    Programme,
    Project,
    Record,
)

INVESTMENT, PHYSICAL, NODE = "投资完成", "形象进度", "节点完成"
QUARTER_WEIGHTS = {1: 0, 2: 20, 3: 30, 4: 50}
NODE_SHARES = {
    NodeJudgement.REACHED: Fraction(1),
    NodeJudgement.NEARLY_REACHED: Fraction(80, 100),
    NodeJudgement.NOT_REACHED: Fraction(50, 100),
}
TIERS = ((90, "优秀"), (80, "良好"), (70, "一般"), (0, "较差"))
ZERO_BY_POLICY = ("未报", "拒绝督查", "无正当理由停工")
SEVERITY = {Light.GREEN: 0, Light.YELLOW: 1, Light.RED: 2}


@dataclass(frozen=True)
class Policies:
    """The settings that change a figure, with the default book's values."""

    basis: str = "window"  # window | year
    missing_indicator: str = "zero"  # zero | exclude
    missing_quarter: str = "renormalise"  # renormalise | zero
    completed: str = "full"  # full | carry
    completed_in_month_boards: str = "apart"  # apart | ranked
    investment_basis: tuple[str, ...] = ("verified", "reported")  # the first that has a value counts
    physical_basis: str = "annual_target"  # annual_target | whole_project


@dataclass(frozen=True)
class Period:
    """A month (`month`), a quarter (`quarter`) or, with neither, the year."""

    month: int | None = None
    quarter: int | None = None

    def months(self) -> tuple[int, ...]:
        if self.month is not None:
            return (self.month,)
        if self.quarter is not None:
            return tuple(range(3 * self.quarter - 2, 3 * self.quarter + 1))
        return tuple(range(1, 13))


@dataclass(frozen=True)
class Indicator:
    name: str
    full_marks: int
    points: Fraction | None  # None is 不计
    reason: str


@dataclass(frozen=True)
class MonthScore:
    score: Fraction | None
    source: str | None  # team | sheet | computed | completed | carried | policy
    reason: str | None
    indicators: tuple[Indicator, ...] = ()


@dataclass(frozen=True)
class Life:
    """Where a project stands on a month's last day."""

    state: str = "在建"
    beneath: str = "在建"  # the state before 暂缓, or the state itself
    completed_month: int | None = None
    resumed_month: int | None = None
    was_ever_completed: bool = False  # 完工 or 部分完工 at some time


@dataclass
class Row:
    code: str
    name: str
    group: str
    score: Fraction | None
    tie_break: Fraction
    quarters: dict[int, Fraction | None]
    months: dict[int, Fraction | None]
    not_scored_reason: str | None
    rank: int | None = None
    overall_rank: int | None = None
    tier: str | None = None
    change: int | None = None

    @property
    def is_ranked(self) -> bool:
        return self.not_scored_reason is None


@dataclass
class Board:
    rows: list[Row] = field(default_factory=list)
    last_month: int | None = None
    is_running: bool = False
    joined: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    coverage: dict[str, int] = field(default_factory=dict)
    red: list[str] = field(default_factory=list)
    black: list[str] = field(default_factory=list)
    edge: list[str] = field(default_factory=list)
    full_marks: int = 0
    label: str = ""


@dataclass
class AlertRow:
    code: str
    light: Light
    state: str
    last_light: Light | None
    since: int | None
    rules: dict[str, Light]  # the light of every rule that has data; empty for `none`
    outlook: OutlookVerdict | None


def half_up(value: Fraction, decimals: int = 2) -> Fraction:
    """Each *printed* level is rounded half-up to 0.01 once, and the next level uses the rounded value."""
    unit = 10**decimals
    size = Fraction(floor(abs(value) * unit + Fraction(1, 2)), unit)
    return -size if value < 0 else size  # a half goes away from zero, as in Excel's ROUND


def is_empty(record: Record) -> bool:
    """未报 (a row whose score, figures, words and problems are all blank; a stated 拒绝督查/停工/免考 is content). The
    sheet's own plan column says nothing about the project.
    """
    figures = [record.team_score, record.sheet_score, record.physical_progress_pct]
    for kind in (record.verified, record.reported, record.statistical):
        figures += [kind.ytd_wan, kind.month_wan, kind.to_date_wan]
    words = [record.physical_progress, record.problems]
    stated = [record.declaration, record.node_judgement, record.states_not_started or None]
    return (
        all(figure is None for figure in figures)
        and not any(words)
        and all(statement is None for statement in stated)
        and not record.indicator_points
    )


class Reference:
    """One programme under one set of policies."""

    def __init__(self, programme: Programme, policies: Policies | None = None) -> None:
        self.programme = programme
        self.policies = policies or Policies()
        self.committed = sorted(programme.committed_months)
        self._lives: dict[tuple[str, int], Life] = {}
        self._scores: dict[tuple[str, int], MonthScore] = {}
        self._lights: dict[tuple[str, int], tuple[Light, dict[str, Light], bool]] = {}

    # ---- dates ------------------------------------------------------------------------------------------------

    def month_of(self, day: date) -> int:
        return (day.year - self.programme.year) * 12 + day.month

    def last_day(self, month: int) -> date:
        return date(self.programme.year, month, monthrange(self.programme.year, month)[1])

    def last_month(self, period: Period, upto: int = 12) -> int | None:
        """A quarter or year is shown through its last committed month."""
        months = [month for month in period.months() if month in self.committed and month <= upto]
        return max(months) if months else None

    # ---- lifecycle (§3) ---------------------------------------------------------------------------------------

    def life(self, project: Project, month: int) -> Life:
        if (project.code, month) not in self._lives:
            self._lives[project.code, month] = self._life(project, month)
        return self._lives[project.code, month]

    def _life(self, project: Project, month: int) -> Life:
        """State of a month = state on its last day. A repeated state event changes nothing. 复工 restores the state
        before 暂缓 (部分完工 stays; after 完工 it is 在建). Events of one day apply in the order recorded.
        """
        state = beneath = "在建"
        completed_month = resumed_month = None
        was_ever_completed = False
        for event in sorted(project.events, key=lambda event: event.on):
            if event.on > self.last_day(month):
                continue
            if event.kind is EventKind.SUSPENDED and state != "暂缓":
                beneath, state = state, "暂缓"
            elif event.kind is EventKind.RESUMED and state in ("暂缓", "完工"):
                state = "部分完工" if state == "暂缓" and beneath == "部分完工" else "在建"
                beneath = state
                resumed_month = self.month_of(event.on)
            elif event.kind is EventKind.PARTLY_COMPLETED and state not in ("部分完工", "完工"):
                state = beneath = "部分完工"
                was_ever_completed = True
            elif event.kind is EventKind.COMPLETED and state != "完工":
                state = beneath = "完工"
                was_ever_completed = True
                completed_month = self.month_of(event.on)
        return Life(state, beneath, completed_month, resumed_month, was_ever_completed)

    def membership(self, project: Project, month: int) -> tuple[str, int | None]:
        """增补: from its entry month, inclusive. 退出/调出 on a day of m takes effect on the first day of m+1;
        退出百日会战 ends campaign membership only. Gives 增补前, 在内 or 已调出 and the entry month, None when the
        project was there from the start.
        """
        kinds = (EventKind.ADDED, EventKind.WITHDRAWN, EventKind.TRANSFERRED_OUT)
        moves = [event for event in sorted(project.events, key=lambda event: event.on) if event.kind in kinds]
        entry = None
        where = "增补前" if moves and moves[0].kind is EventKind.ADDED else "在内"
        for event in moves:
            if event.kind is EventKind.ADDED and self.month_of(event.on) <= month and where != "在内":
                where, entry = "在内", self.month_of(event.on)
            elif event.kind is not EventKind.ADDED and self.month_of(event.on) < month and where == "在内":
                where = "已调出"
        return where, entry

    def is_before_entry(self, project: Project, month: int) -> bool:
        return self.membership(project, month)[0] == "增补前"

    def has_left(self, project: Project, month: int) -> bool:
        return self.membership(project, month)[0] == "已调出"

    def is_in_programme(self, project: Project, month: int) -> bool:
        """A project that has left is in no row or count of later boards, earlier boards unchanged."""
        return self.membership(project, month)[0] == "在内"

    def is_exempt(self, project: Project, month: int) -> bool:
        """免考 covers the month of its date or the months it names."""
        for event in project.events:
            if event.kind is EventKind.EXEMPT and month in (event.months or (self.month_of(event.on),)):
                return True
        record = project.records.get(month)
        return record is not None and record.declaration is Declaration.EXEMPT

    def record(self, project: Project, month: int, seen_from: int | None = None) -> Record | None:
        """完工: records after it are kept but do not count until 复工; seen from a month after 复工 they count."""
        if month not in self.committed:
            return None
        then, now = self.life(project, month), self.life(project, seen_from or month)
        is_after = then.completed_month is not None and month > then.completed_month
        if is_after and then.state == now.state == "完工" and then.completed_month == now.completed_month:
            return None
        return project.records.get(month)

    # ---- what should be done by month m (§1) ------------------------------------------------------------------

    def plan(self, project: Project, month: int) -> Plan:
        """Plan version = in force on the month's last day."""
        newest = None
        for version in project.plans:
            if version.effective_on <= self.last_day(month) and (
                newest is None or version.effective_on >= newest.effective_on
            ):
                newest = version
        return newest or Plan(effective_on=date.min)

    def planned_months(self, project: Project, month: int) -> tuple[int | None, int | None]:
        """Start after finish is a fault that drops both dates everywhere (Jan-Dec; no start or finish light)."""
        plan = self.plan(project, month)
        start = None if plan.planned_start is None else self.month_of(plan.planned_start)
        finish = None if plan.planned_finish is None else self.month_of(plan.planned_finish)
        if start is not None and finish is not None and start > finish:
            return None, None
        return start, finish

    def window(self, project: Project, month: int) -> tuple[int, int]:
        """Window = planned start month .. planned finish month, clipped to the programme year; one date missing → the
        year's first or last month; both missing → Jan-Dec; for 增补 it never starts before the entry month.
        Finish before the year → due from January; finish before the entry month → due from the entry month; start
        after the year → the window lies beyond December. `basis = year` ignores the finish.
        """
        start, finish = self.planned_months(project, month)
        first = 1 if start is None else max(start, 1)
        last = 12 if finish is None or self.policies.basis == "year" else min(finish, 12)
        _, entry = self.membership(project, month)
        if entry is not None:
            first = max(first, entry)
        return first, max(first, last)

    def share(self, project: Project, month: int) -> Fraction:
        """share = months of the window ≤ m ÷ months in the window (0 before, 1 after); `year`: m/12 everywhere, but 0
        before the planned start month.
        """
        first, last = self.window(project, month)
        if month < first:
            return Fraction(0)
        if self.policies.basis == "year":
            return Fraction(month, 12)
        inside = [one for one in range(first, last + 1) if one <= month]
        return Fraction(len(inside), last - first + 1)

    def share_of_whole(self, project: Project, month: int) -> Fraction:
        """The linear plan of the whole construction window (one date missing: the year's first or last month stands
        in).
        """
        start, finish = self.planned_months(project, month)
        start = 1 if start is None else start
        finish = 12 if finish is None else finish
        if month < start:
            return Fraction(0)
        if month >= finish:
            return Fraction(1)
        return Fraction(month - start + 1, finish - start + 1)

    def annual_plan(self, project: Project, month: int) -> Fraction | None:
        """Without an annual plan the last value is it; no or zero annual plan → 无年度计划 (None)."""
        plan = self.plan(project, month)
        if plan.annual_investment_wan is not None:
            return Fraction(plan.annual_investment_wan) or None
        if plan.cumulative_wan:
            return Fraction(plan.cumulative_wan[max(plan.cumulative_wan)]) or None
        return None

    def plan_to_date(self, project: Project, month: int) -> Fraction | None:
        """Plan to date = the monthly cumulative plan's value for m where one is given (gaps interpolated linearly
        between neighbours, 0 before the window, the annual plan at its end when no value stands there or later), else
        annual plan x share. None → 无年度计划.
        """
        annual = self.annual_plan(project, month)
        if annual is None:
            return None
        given = {int(one): Fraction(value) for one, value in self.plan(project, month).cumulative_wan.items()}
        if not given:
            return annual * self.share(project, month)
        if month in given:
            return given[month]
        first, last = self.window(project, month)
        if first > 12:
            return Fraction(0)
        points = dict(given)
        if not any(one < first for one in given):
            points[first - 1] = Fraction(0)
        if not any(one >= last for one in given):
            points[last] = annual
        earlier = [one for one in points if one < month]
        later = [one for one in points if one > month]
        if month in points:
            return points[month]
        if not earlier:
            return Fraction(0)
        if not later:
            return points[max(earlier)]
        left, right = max(earlier), min(later)
        return points[left] + (points[right] - points[left]) * Fraction(month - left, right - left)

    def is_plan_due(self, project: Project, month: int) -> bool:
        """No plan due: neither investment by the plan to date nor physical progress by the planned percent is due."""
        record = self.record(project, month) or Record(month=month)
        return (self.plan_to_date(project, month) or 0) > 0 or self.planned_pct(project, month, record) > 0

    # ---- invested this year (§1) ------------------------------------------------------------------------------

    def running_total(self, project: Project, kind: str, month: int, seen_from: int) -> Fraction | None:
        """Value = the year-to-date as given, else the previous month's value (given or derived) + this month's; a
        month without a figure before the window, before entry, or before the programme's first committed sheet counts
        0; a gap after that → absent.
        """
        if month == 0:
            return Fraction(0)
        record = self.record(project, month, seen_from)
        figures = getattr(record, kind) if record is not None else None
        if figures is not None and figures.ytd_wan is not None:
            return Fraction(figures.ytd_wan)
        before = self.running_total(project, kind, month - 1, seen_from)
        if figures is not None and figures.month_wan is not None:
            return None if before is None else before + Fraction(figures.month_wan)
        first, _ = self.window(project, seen_from)
        first_sheet = min(self.committed, default=13)
        if month < first or self.is_before_entry(project, month) or month < first_sheet:
            return before
        return None

    def invested_of_kind(
        self, project: Project, kind: str, month: int, seen_from: int | None = None
    ) -> Fraction | None:
        """Each kind (督查核实, 上报, 纳统) is a series of its own; a record without a figure of it has no value."""
        record = self.record(project, month, seen_from)
        if record is None:
            return None
        figures = getattr(record, kind)
        if figures.ytd_wan is None and figures.month_wan is None:
            return None
        return self.running_total(project, kind, month, seen_from or month)

    def invested(self, project: Project, month: int, seen_from: int | None = None) -> Fraction | None:
        """Per month `investment_basis` (default 核实 if it has a value, else 上报) counts."""
        for kind in self.policies.investment_basis:
            value = self.invested_of_kind(project, kind, month, seen_from)
            if value is not None:
                return value
        return None

    # ---- monthly score (§2) -----------------------------------------------------------------------------------

    def planned_pct(self, project: Project, month: int, record: Record) -> Fraction:
        """Words that state the whole are compared with the linear plan of the whole construction window; a bare number
        follows `physical_basis` (default `annual_target`: planned percent = the sheet's 计划形象进度 or the plan's
        figure for m, else 100 x share).
        """
        if record.physical_progress_is_whole or self.policies.physical_basis == "whole_project":
            return 100 * self.share_of_whole(project, month)
        if record.physical_progress_plan_pct is not None:
            return Fraction(record.physical_progress_plan_pct)
        planned = self.plan(project, month).physical_progress_pct.get(month)
        return 100 * self.share(project, month) if planned is None else Fraction(planned)

    def indicators(self, project: Project, month: int) -> tuple[str, ...]:
        """投资完成 60, 形象进度 40; without annual investment the default is 节点完成 60 + 形象进度 40."""
        return (NODE, PHYSICAL) if self.annual_plan(project, month) is None else (INVESTMENT, PHYSICAL)

    def missing(self, name: str, full_marks: int) -> Indicator:
        """未填: 0 of the full marks (`missing_indicator = zero`, or `exclude`), so that a blank never beats a bad
        number.
        """
        points = Fraction(0) if self.policies.missing_indicator == "zero" else None
        return Indicator(name, full_marks, points, "未填")

    def judge(self, project: Project, month: int, record: Record, name: str) -> Indicator:
        """Computed = 100 x Σ points / Σ full marks over the indicators that are judged; the points of one of them. What
        the team entered for an indicator stands for it, at most its full marks.
        """
        if name in record.indicator_points:
            full_marks = 40 if name == PHYSICAL else 60
            entered = half_up(Fraction(record.indicator_points[name]))
            return Indicator(name, full_marks, min(Fraction(full_marks), entered), "督查组评分")
        if name == INVESTMENT:
            return self.judge_investment(project, month, record)
        if name == NODE:
            return self.judge_node(project, month, record)
        return self.judge_physical(project, month, record)

    def judge_investment(self, project: Project, month: int, record: Record) -> Indicator:
        """投资完成 60 = 60 x min(1, invested_ytd / plan_to_date); negative → 0 points; blank, or absent because of a
        gap → 未填; a sheet without the column at all leaves the indicator 不计.
        """
        plan_to_date = self.plan_to_date(project, month)
        if plan_to_date is None:
            return Indicator(INVESTMENT, 60, None, "无年度计划")
        if plan_to_date == 0:
            return Indicator(INVESTMENT, 60, None, "未到计划开工")
        invested = self.invested(project, month)
        if invested is not None:
            ratio = max(Fraction(0), min(Fraction(1), invested / plan_to_date))
            return Indicator(INVESTMENT, 60, half_up(60 * ratio), "")
        columns = {f"{kind}_{figure}_wan" for kind in self.policies.investment_basis for figure in ("ytd", "month")}
        if columns & record.columns:
            return self.missing(INVESTMENT, 60)
        return Indicator(INVESTMENT, 60, None, "没有此列")

    def judge_physical(self, project: Project, month: int, record: Record) -> Indicator:
        """形象进度 40 = 40 x min(1, physical_progress_pct / physical_progress_plan_pct); a node judgement fills it
        where no percent exists and the project has no 节点完成; words but no percent → 不计.
        """
        planned = self.planned_pct(project, month, record)
        if record.physical_progress_pct is not None:
            if planned == 0:
                return Indicator(PHYSICAL, 40, None, "未到计划开工")
            ratio = min(Fraction(1), Fraction(record.physical_progress_pct) / planned)
            return Indicator(PHYSICAL, 40, half_up(40 * ratio), "")
        if record.node_judgement is not None and NODE not in self.indicators(project, month):
            return Indicator(PHYSICAL, 40, half_up(40 * NODE_SHARES[record.node_judgement]), "节点评定")
        if record.physical_progress:
            return Indicator(PHYSICAL, 40, None, "只有文字")
        if planned == 0:
            return Indicator(PHYSICAL, 40, None, "未到计划开工")
        if {"physical_progress", "physical_progress_pct"} & record.columns:
            return self.missing(PHYSICAL, 40)
        return Indicator(PHYSICAL, 40, None, "没有此列")

    def judge_node(self, project: Project, month: int, record: Record) -> Indicator:
        """Node judgement 达到/基本达到/未达到 = 100/80/50 % of the full marks, not compared with the plan."""
        if record.node_judgement is not None:
            return Indicator(NODE, 60, half_up(60 * NODE_SHARES[record.node_judgement]), "节点评定")
        if not self.is_plan_due(project, month):
            return Indicator(NODE, 60, None, "未到计划开工")
        if "node_judgement" in record.columns:
            return self.missing(NODE, 60)
        return Indicator(NODE, 60, None, "没有此列")

    def month_score(self, project: Project, month: int) -> MonthScore:
        if (project.code, month) not in self._scores:
            self._scores[project.code, month] = self._month_score(project, month)
        return self._scores[project.code, month]

    def _month_score(self, project: Project, month: int) -> MonthScore:
        """Months without a score, first reason that holds: 增补前 · 已调出 · (completed: see 3) · 暂缓 · [a given score
        counts here] · 免考 · 拒绝督查 · 无正当理由停工 · [a computed score counts here, if any cell of the row is
        filled] · 未到计划开工 · 未督查 · 未报 · 无年度计划 · 无法评定. The unit's doing → 0.00.
        """
        if month not in self.committed:
            return MonthScore(None, None, "未提交")
        if self.is_before_entry(project, month):
            return MonthScore(None, None, "增补前")
        if self.has_left(project, month):
            return MonthScore(None, None, "已调出")
        record = self.record(project, month)
        life = self.life(project, month)
        if life.state == "完工" and (record is None or month != life.completed_month):
            return self.score_by_completion(project, month)
        if life.state == "暂缓":
            return MonthScore(None, None, "暂缓")
        indicators: tuple[Indicator, ...] = ()
        computed = None
        if record is not None and not is_empty(record):
            indicators = tuple(self.judge(project, month, record, name) for name in self.indicators(project, month))
            judged = [indicator for indicator in indicators if indicator.points is not None]
            if judged:
                points = sum((indicator.points for indicator in judged if indicator.points is not None), Fraction(0))
                computed = half_up(100 * points / sum(indicator.full_marks for indicator in judged))
        if record is not None and record.team_score is not None:
            return MonthScore(half_up(Fraction(record.team_score)), "team", None)
        if record is not None and all(name in record.indicator_points for name in self.indicators(project, month)):
            return MonthScore(computed, "team", None, indicators)  # the team entered every indicator
        if record is not None and record.sheet_score is not None:
            return MonthScore(half_up(Fraction(record.sheet_score)), "sheet", None)
        if self.is_exempt(project, month):
            reason = "免考"
        elif record is not None and record.declaration is Declaration.REFUSED:
            reason = "拒绝督查"
        elif record is not None and record.declaration is Declaration.STOPPED:
            reason = "无正当理由停工"
        elif computed is not None:
            return MonthScore(computed, "computed", None, indicators)
        elif not self.is_plan_due(project, month):
            reason = "未到计划开工"
        elif record is None:
            reason = "未督查"
        elif is_empty(record):
            reason = "未报"
        elif self.annual_plan(project, month) is None:
            reason = "无年度计划"
        else:
            reason = "无法评定"
        if reason in ZERO_BY_POLICY:
            return MonthScore(Fraction(0), "policy", reason, indicators)
        return MonthScore(None, None, reason, indicators)

    def score_by_completion(self, project: Project, month: int) -> MonthScore:
        """Later months score 100 (`completed = full`; `carry` = the last monthly score, none → null 无评分)."""
        if self.policies.completed == "full":
            return MonthScore(Fraction(100), "completed", None)
        for earlier in reversed(range(1, month)):
            score = self.month_score(project, earlier).score
            if score is not None:
                return MonthScore(score, "carried", None)
        return MonthScore(None, None, "无评分")

    def is_scored_by_completion(self, project: Project, month: int) -> bool:
        one = self.month_score(project, month)
        return one.source in ("completed", "carried") or one.reason == "无评分"

    # ---- quarter and final (§3) -------------------------------------------------------------------------------

    def quarter_months(self, quarter: int, upto: int) -> list[int]:
        return [month for month in Period(quarter=quarter).months() if month in self.committed and month <= upto]

    def quarter_score(self, project: Project, quarter: int, upto: int) -> Fraction | None:
        """Quarter = mean of the scored months so far, half-up."""
        scores = [self.month_score(project, month).score for month in self.quarter_months(quarter, upto)]
        scored = [score for score in scores if score is not None]
        return half_up(sum(scored, Fraction(0)) / len(scored)) if scored else None

    def final_parts(
        self, project: Project, upto: int, missing_quarter: str | None = None
    ) -> list[tuple[int, int, Fraction]]:
        """The (quarter, weight, score) that the final is made of: the begun quarters that have a score; `zero` (a begun
        quarter without a score counts 0 if any of its months shown is neither 暂缓, 未到计划开工, 增补前, 免考 nor
        after leaving). Q1 carries no weight.
        """
        policy = missing_quarter or self.policies.missing_quarter
        parts = []
        for quarter, weight in QUARTER_WEIGHTS.items():
            months = self.quarter_months(quarter, upto)
            if not months or weight == 0:
                continue
            score = self.quarter_score(project, quarter, upto)
            if score is None and policy == "zero":
                excused = ("暂缓", "未到计划开工", "增补前", "免考", "已调出")
                if any(self.month_score(project, month).reason not in excused for month in months):
                    score = Fraction(0)
            if score is not None:
                parts.append((quarter, weight, score))
        return parts

    def final(self, project: Project, upto: int, missing_quarter: str | None = None) -> Fraction | None:
        """Final = Σ w·q / Σ w, half-up. Nothing scored → null."""
        parts = self.final_parts(project, upto, missing_quarter)
        if not self.final_parts(project, upto, "renormalise"):
            return None
        total = sum((weight * score for _, weight, score in parts), Fraction(0))
        return half_up(total / sum(weight for _, weight, _ in parts))

    # ---- ranking (§4) -----------------------------------------------------------------------------------------

    def tie_break(self, project: Project, month: int) -> Fraction:
        """Uncapped invested_ytd / plan_to_date at the period's last month, compared unrounded; a completed project:
        invested_ytd ÷ annual plan at its last record; absent = 1.
        """
        if self.life(project, month).state == "完工":
            stated = [one for one in range(1, month + 1) if self.invested(project, one, month) is not None]
            if not stated:
                return Fraction(1)
            invested, base = self.invested(project, max(stated), month), self.annual_plan(project, max(stated))
        else:
            invested, base = self.invested(project, month), self.plan_to_date(project, month)
        return Fraction(1) if invested is None or not base else invested / base

    def period_score(self, project: Project, period: Period, upto: int) -> Fraction | None:
        """A month period ranks monthly scores, a quarter period quarter scores, a year period the final."""
        if period.month is not None:
            return self.month_score(project, period.month).score
        if period.quarter is not None:
            return self.quarter_score(project, period.quarter, upto)
        return self.final(project, upto)

    def not_scored_reason(self, project: Project, period: Period, upto: int) -> str | None:
        """In month boards a project whose month scores by completion stands apart. A year rank needs min(3, number of
        committed months in weighted quarters so far) scored months in weighted quarters; below that 考核期不足 (单列).
        Unscored projects stand last with the reason of the period's latest month (无计权季度 when no weighted quarter
        has begun).
        """
        score = self.period_score(project, period, upto)
        weighted = [month for month in self.committed if month <= upto and QUARTER_WEIGHTS[(month + 2) // 3] > 0]
        is_year = period.month is None and period.quarter is None
        if score is None:
            return "无计权季度" if is_year and not weighted else self.month_score(project, upto).reason
        if (
            period.month is not None
            and self.policies.completed_in_month_boards == "apart"
            and self.is_scored_by_completion(project, upto)
        ):
            return "已完工"
        if is_year:
            scored = [month for month in weighted if self.month_score(project, month).score is not None]
            if len(scored) < min(3, len(weighted)):
                return "考核期不足，单列"
        return None

    def rows(self, period: Period, upto: int) -> list[Row]:
        """Order by score, then the tie-break, still equal → shared rank and the next is skipped (1, 2, 2, 4)."""
        rows = []
        for project in self.programme.projects:
            if not self.is_in_programme(project, upto):
                continue
            score = self.period_score(project, period, upto)
            rows.append(
                Row(
                    code=project.code,
                    name=project.name,
                    group=project.group_class,
                    score=score,
                    tie_break=self.tie_break(project, upto),
                    quarters={quarter: self.quarter_score(project, quarter, upto) for quarter in QUARTER_WEIGHTS},
                    months={month: self.month_score(project, month).score for month in range(1, upto + 1)},
                    not_scored_reason=self.not_scored_reason(project, period, upto),
                    tier=None if score is None else next(word for floor_, word in TIERS if score >= floor_),
                )
            )
        ranked = [row for row in rows if row.is_ranked]
        for row in ranked:
            better = [one for one in ranked if (one.score, one.tie_break) > (row.score, row.tie_break)]
            row.overall_rank = 1 + len(better)
            row.rank = 1 + sum(one.group == row.group for one in better)
        order = {name: place for place, name in enumerate(self.programme.classes)}
        return sorted(
            rows,
            key=lambda row: (order[row.group], row.rank is None, row.rank or 0, row.code),
        )

    def previous_month(self, period: Period) -> tuple[Period, int] | None:
        """The nearest earlier month (quarter) of the same year that has a committed month; a year has none."""
        if period.month is not None:
            for month in reversed(range(1, period.month)):
                if month in self.committed:
                    return Period(month=month), month
        if period.quarter is not None:
            for quarter in reversed(range(1, period.quarter)):
                last = self.last_month(Period(quarter=quarter))
                if last is not None:
                    return Period(quarter=quarter), last
        return None

    def board(self, period: Period) -> Board:
        upto = self.last_month(period)
        if upto is None:
            return Board()
        rows = self.rows(period, upto)
        board = Board(rows=rows, last_month=upto, is_running=upto < max(period.months()))
        board.full_marks = sum(row.score == 100 for row in rows)
        self.compare_with_previous(board, period, upto)
        self.count_coverage(board, upto)
        self.list_red_and_black(board, period, upto)
        self.label_running(board, period, upto)
        return board

    def compare_with_previous(self, board: Board, period: Period, upto: int) -> None:
        """`change` = previous group rank - present (null unless ranked in both and in the same group); joined and left
        against that board, a year lists all 增补 and 调出/退出 of the year.
        """
        if period.month is None and period.quarter is None:
            for project in self.programme.projects:
                moves = [event for event in project.events if date(self.programme.year, 1, 1) <= event.on]
                kinds = {event.kind for event in moves if event.on <= self.last_day(upto)}
                if EventKind.ADDED in kinds:
                    board.joined.append(project.code)
                if kinds & {EventKind.WITHDRAWN, EventKind.TRANSFERRED_OUT}:
                    board.left.append(project.code)
        previous = self.previous_month(period)
        if previous is not None:
            earlier = {row.code: row for row in self.rows(*previous)}
            present = {row.code for row in board.rows}
            for row in board.rows:
                if row.code not in earlier:
                    board.joined.append(row.code)
                else:
                    before = earlier[row.code]
                    if row.rank is not None and before.rank is not None and row.group == before.group:
                        row.change = before.rank - row.rank
            board.left += [code for code in earlier if code not in present]
        board.joined.sort()
        board.left.sort()

    def count_coverage(self, board: Board, upto: int) -> None:
        """Coverage, of the period's last month: due = rows whose month is not scored by completion, 暂缓, 未到计划开工
        or 免考; due = inspected + not_inspected (未督查) + not_reported (未报) (拒绝督查 and 停工 are inspected);
        not_scored = rows without score.
        """
        projects = {project.code: project for project in self.programme.projects}
        due = [
            self.month_score(projects[row.code], upto).reason
            for row in board.rows
            if not self.is_scored_by_completion(projects[row.code], upto)
            and self.month_score(projects[row.code], upto).reason not in ("暂缓", "未到计划开工", "免考")
        ]
        board.coverage = {
            "due": len(due),
            "inspected": sum(reason not in ("未督查", "未报") for reason in due),
            "not_inspected": due.count("未督查"),
            "not_reported": due.count("未报"),
            "not_scored": sum(row.score is None for row in board.rows),
        }

    def list_red_and_black(self, board: Board, period: Period, upto: int) -> None:
        """红榜 per peer group = places 1..ceil(10 % of ranked rows) and ≥85 and no red light in any month of the
        period; 黑榜 = the last floor(5 %) and <70; a tie whose places lie partly outside the quota: its members meeting
        the other conditions go to `edge`, none to red/black; nobody moves up; codes in code order.
        """
        projects = {project.code: project for project in self.programme.projects}
        edge = set()
        for group in {row.group for row in board.rows}:
            ranked = [row for row in board.rows if row.group == group and row.rank is not None]
            size = len(ranked)
            red_places = range(1, -(-size * 10 // 100) + 1)
            black_places = range(size - size * 5 // 100 + 1, size + 1)
            for row in ranked:
                assert row.rank is not None and row.score is not None
                places = range(row.rank, row.rank + sum(one.rank == row.rank for one in ranked))
                deserves_red = row.score >= 85 and not self.has_red_light(projects[row.code], period, upto)
                for quota, condition, names in (
                    (red_places, deserves_red, board.red),
                    (black_places, row.score < 70, board.black),
                ):
                    inside = [place in quota for place in places]
                    if condition and all(inside):
                        names.append(row.code)
                    elif condition and any(inside):
                        edge.add(row.code)
        board.red.sort()
        board.black.sort()
        board.edge = sorted(edge)

    def has_red_light(self, project: Project, period: Period, upto: int) -> bool:
        """人工认定 counts for lists; 免亮灯 counts for none of them."""
        for month in period.months():
            if month in self.committed and month <= upto and self.is_in_programme(project, month):
                light, _, is_exempted = self.light(project, month)
                if light is Light.RED and not is_exempted:
                    return True
        return False

    def label_running(self, board: Board, period: Period, upto: int) -> None:
        """Monthly ranks are 参考; running periods are labelled 中间值（四季度仅含10—11月）."""
        if period.month is not None:
            board.label = "参考"
        elif board.is_running:
            quarter = (upto + 2) // 3
            first = min(self.quarter_months(quarter, upto))
            months = f"{first}—{upto}月" if first < upto else f"{upto}月"
            name = f"{'一二三四'[quarter - 1]}季度"
            board.label = f"中间值（截至{name}）" if upto == 3 * quarter else f"中间值（{name}仅含{months}）"

    # ---- lights (§5) ------------------------------------------------------------------------------------------

    def is_started(self, project: Project, month: int) -> bool:
        """Started = an actual start by the month, or any investment or physical percent >0, or 部分完工/完工."""
        if project.actual_start is not None and project.actual_start <= self.last_day(month):
            return True
        if self.life(project, month).was_ever_completed:
            return True
        for one in range(1, month + 1):
            record = self.record(project, one, month)
            if record is None:
                continue
            figures = [record.physical_progress_pct]
            for kind in (record.verified, record.reported, record.statistical):
                figures += [kind.ytd_wan, kind.month_wan, kind.to_date_wan]
            if any(figure is not None and figure > 0 for figure in figures):
                return True
        return False

    def state(self, project: Project, month: int) -> str:
        """`state` is 在建|部分完工|完工|暂缓|未到计划开工 (not started and no plan due)."""
        state = self.life(project, month).state
        if state == "在建" and not self.is_started(project, month) and not self.is_plan_due(project, month):
            return "未到计划开工"
        return state

    @staticmethod
    def by_ratio(ratio: Fraction) -> Light:
        """<0.80 yellow, <0.60 red (exactly 0.80 is green, exactly 0.60 yellow)."""
        if ratio < Fraction(60, 100):
            return Light.RED
        return Light.YELLOW if ratio < Fraction(80, 100) else Light.GREEN

    @staticmethod
    def by_steps(value: int, yellow: int, red: int) -> Light:
        if value >= red:
            return Light.RED
        return Light.YELLOW if value >= yellow else Light.GREEN

    def investment_light(self, project: Project, month: int) -> Light | None:
        """`investment` invested_ytd / plan_to_date (plan 0 → silent)."""
        invested, plan_to_date = self.invested(project, month), self.plan_to_date(project, month)
        return None if invested is None or not plan_to_date else self.by_ratio(invested / plan_to_date)

    def physical_light(self, project: Project, month: int) -> Light | None:
        """`physical` physical_progress_pct / physical_progress_plan_pct (plan 0 → silent)."""
        record = self.record(project, month)
        if record is None or record.physical_progress_pct is None:
            return None
        planned = self.planned_pct(project, month, record)
        return self.by_ratio(Fraction(record.physical_progress_pct) / planned) if planned else None

    def is_on_schedule(self, project: Project, month: int) -> bool:
        """达序时 only at ratio ≥1: the investment's, and where there is none the physical progress's."""
        invested, plan_to_date = self.invested(project, month), self.plan_to_date(project, month)
        if invested is not None and plan_to_date:
            return invested >= plan_to_date
        record = self.record(project, month)
        if record is None or record.physical_progress_pct is None:
            return False
        planned = self.planned_pct(project, month, record)
        return planned > 0 and record.physical_progress_pct >= planned

    def start_light(self, project: Project, month: int) -> Light | None:
        """`start`, months past the planned start while not started: ≥1 yellow, ≥3 red; a planned start before the
        programme year is silent unless the sheet says 未开工.
        """
        start, _ = self.planned_months(project, month)
        if start is None or self.is_started(project, month):
            return None
        record = self.record(project, month)
        if start < 1 and not (record is not None and record.states_not_started):
            return None
        return self.by_steps(month - start, 1, 3)

    def finish_light(self, project: Project, month: int) -> Light | None:
        """`finish`, months past the planned finish while neither 完工 nor 部分完工: ≥1 yellow, ≥2 red."""
        _, finish = self.planned_months(project, month)
        if finish is None or self.life(project, month).state in ("完工", "部分完工"):
            return None
        return self.by_steps(month - finish, 1, 2)

    def is_done(self, milestone: Milestone, month: int) -> bool:
        return milestone.done_on is not None and milestone.done_on <= self.last_day(month)

    def days_overdue(self, milestone: Milestone, month: int) -> int:
        return 0 if self.is_done(milestone, month) else max(0, (self.last_day(month) - milestone.due_on).days)

    def milestone_light(self, project: Project, month: int) -> Light | None:
        """`milestone` overdue ≥15 days yellow, ≥45 red."""
        days = [self.days_overdue(one, month) for one in project.milestones]
        return self.by_steps(max(days), 15, 45) if days else None

    def inspected_months(self, project: Project, month: int) -> list[int]:
        """Inspected month = a committed month not ending 暂缓 whose record has an investment value or a physical
        percent; 复工 restarts the count.
        """
        resumed = self.life(project, month).resumed_month or 1
        months = []
        for one in range(max(1, resumed), month + 1):
            record = self.record(project, one, month)
            if record is None or self.life(project, one).state == "暂缓":
                continue
            if self.invested(project, one, month) is not None or record.physical_progress_pct is not None:
                months.append(one)
        return months

    def has_moved(self, project: Project, before: int, after: int, seen_from: int) -> bool | None:
        """Neither the year's investment nor the physical percent exceeds the preceding inspected month's; only figures
        present in both months and of the same kind are compared; nothing in common → None.
        """
        compared = []
        for kind in self.policies.investment_basis:
            old = self.invested_of_kind(project, kind, before, seen_from)
            new = self.invested_of_kind(project, kind, after, seen_from)
            if old is not None and new is not None:
                compared.append(new > old)
                break
        first, second = self.record(project, before, seen_from), self.record(project, after, seen_from)
        assert first is not None and second is not None
        if (
            first.physical_progress_pct is not None
            and second.physical_progress_pct is not None
            and (
                self.policies.physical_basis == "whole_project"  # then a bare number is of the whole as well
                or first.physical_progress_is_whole == second.physical_progress_is_whole
            )
        ):
            compared.append(second.physical_progress_pct > first.physical_progress_pct)
        return any(compared) if compared else None

    def stall_light(self, project: Project, month: int) -> Light | None:
        """`stall`: the latest consecutive inspected months without movement: 2 yellow, 3 red; silent unless the month
        itself is inspected; silent when the annual plan or 100 % is reached, and from 部分完工 on.
        """
        months = self.inspected_months(project, month)
        if month not in months or self.life(project, month).state in ("部分完工", "完工"):
            return None
        annual = self.annual_plan(project, month)
        investments = [self.invested(project, one, month) for one in range(1, month + 1)]
        records = [self.record(project, one, month) for one in range(1, month + 1)]
        latest = [value for value in investments if value is not None][-1:]
        if annual is not None and latest and latest[0] >= annual:
            return None
        percents = [record.physical_progress_pct for record in records if record is not None]
        latest_pct = [pct for pct in percents if pct is not None][-1:]
        if latest_pct and latest_pct[0] >= 100:
            return None
        pairs = [self.has_moved(project, before, after, month) for before, after in pairwise(months)]
        if not pairs or pairs[-1] is None:
            return None
        count = 0
        for moved in reversed(pairs):
            if moved is not False:
                break
            count += 1
        return self.by_steps(count, 2, 3)

    def obstacle_light(self, project: Project, month: int) -> Light | None:
        """`obstacle`: due before the month's last day and not closed by it → yellow; at level 3 (in force that day) →
        at least yellow; red only when that meeting's decision is overdue.
        """
        lights = [self.one_obstacle(one, month) for one in project.obstacles]
        known = [light for light in lights if light is not None]
        return max(known, key=lambda light: SEVERITY[light]) if known else None

    def one_obstacle(self, obstacle: Obstacle, month: int) -> Light | None:
        today = self.last_day(month)
        if obstacle.raised_on > today or (obstacle.closed_on is not None and obstacle.closed_on <= today):
            return None
        level = 1
        for since, one in obstacle.levels:
            if since <= today:
                level = one
        if level == 3:
            is_overdue = obstacle.decision_due_on is not None and obstacle.decision_due_on < today
            return Light.RED if is_overdue else Light.YELLOW
        if obstacle.due_on is None:
            return None
        return Light.YELLOW if obstacle.due_on < today else Light.GREEN

    def rules(self, project: Project, month: int) -> dict[str, Light]:
        """Every rule with data gives one sentence with its numbers."""
        found = {
            "investment": self.investment_light(project, month),
            "physical": self.physical_light(project, month),
            "start": self.start_light(project, month),
            "finish": self.finish_light(project, month),
            "milestone": self.milestone_light(project, month),
            "stall": self.stall_light(project, month),
            "obstacle": self.obstacle_light(project, month),
        }
        return {rule: light for rule, light in found.items() if light is not None}

    def light(self, project: Project, month: int) -> tuple[Light, dict[str, Light], bool]:
        """(light, the rules behind it, whether 免亮灯 hides it)."""
        if (project.code, month) not in self._lights:
            self._lights[project.code, month] = self._light(project, month)
        return self._lights[project.code, month]

    def _light(self, project: Project, month: int) -> tuple[Light, dict[str, Light], bool]:
        """人工认定 replaces the light (rule `manual`, the rules' reasons stay); 免亮灯 shows `none`; `none` has no
        reasons.
        """
        if any(one.month == month for one in project.exemptions):
            return Light.NONE, {}, True
        light, rules = self.light_by_rules(project, month)
        for override in project.overrides:
            if override.month == month:
                light = override.light
                rules = {**rules, "manual": override.light}
        return light, rules, False

    def light_by_rules(self, project: Project, month: int) -> tuple[Light, dict[str, Light]]:
        """The light is the worst rule. 完工, 暂缓 → `none`; 未到计划开工 → `none` unless start, finish, milestone or
        obstacle is yellow or red. No record → `grey` 未督查; an empty record → `grey` 未报; a record on which none of
        investment, physical and stall has data → `grey` 资料不足; start, finish, milestone and obstacle win over grey
        when yellow or red. An early starter (started, no plan due) with a non-empty record is never 资料不足. Was the
        nearest earlier light red and is this month green → yellow once (红灯记忆).
        """
        state = self.state(project, month)
        if state in ("完工", "暂缓"):
            return Light.NONE, {}
        rules = self.rules(project, month)
        worst = max(rules.values(), key=lambda light: SEVERITY[light], default=Light.GREEN)
        without_record = [rules.get(rule, Light.GREEN) for rule in ("start", "finish", "milestone", "obstacle")]
        if any(light is not Light.GREEN for light in without_record):
            return worst, rules
        if state == "未到计划开工":
            return Light.NONE, {}
        record = self.record(project, month)
        if record is None:
            return Light.GREY, {**rules, "not_inspected": Light.GREY}
        if is_empty(record):
            return Light.GREY, {**rules, "not_reported": Light.GREY}
        has_data = any(rule in rules for rule in ("investment", "physical", "stall"))
        is_early_starter = self.is_started(project, month) and not self.is_plan_due(project, month)
        if not has_data and not is_early_starter:
            return Light.GREY, {**rules, "no_data": Light.GREY}
        if worst is Light.GREEN and self.last_light(project, month) is Light.RED:
            return Light.YELLOW, {**rules, "memory": Light.YELLOW}
        return worst, rules

    def earlier_months(self, project: Project, month: int) -> Iterable[int]:
        """An uncommitted month has no alerts; it neither breaks `since` nor counts for memory; 免亮灯 neither."""
        for one in reversed(self.committed):
            if one < month and self.is_in_programme(project, one):
                _, _, is_exempted = self.light(project, one)
                if not is_exempted:
                    yield one

    def last_light(self, project: Project, month: int) -> Light | None:
        """The nearest earlier red, yellow or green light of the year, recomputed from the facts known now."""
        for one in self.earlier_months(project, month):
            light, _, _ = self.light(project, one)
            if light in SEVERITY:
                return light
        return None

    def since(self, project: Project, month: int) -> int | None:
        """`since` = first month of the unbroken run."""
        light, _, is_exempted = self.light(project, month)
        if is_exempted:
            return None
        first = month
        for one in self.earlier_months(project, month):
            if self.light(project, one)[0] is not light:
                break
            first = one
        return first

    def alerts(self, month: int) -> list[AlertRow]:
        """Judged at the month's last day, only for committed months."""
        if month not in self.committed:
            return []
        rows = []
        for project in self.programme.projects:
            if self.is_in_programme(project, month):
                light, rules, _ = self.light(project, month)
                rows.append(
                    AlertRow(
                        code=project.code,
                        light=light,
                        state=self.state(project, month),
                        last_light=self.last_light(project, month),
                        since=self.since(project, month),
                        rules=rules,
                        outlook=self.outlook(project, month),
                    )
                )
        return rows

    # ---- outlook (§6) -----------------------------------------------------------------------------------------

    def is_forecast_late(self, milestone: Milestone, month: int) -> bool:
        """A milestone's forecast is the date the unit or office entered; else, when overdue, the month's last day plus
        its present delay in days; else its due date; one done by then is ignored. Later than December?
        """
        if self.is_done(milestone, month):
            return False
        delay = self.days_overdue(milestone, month)
        if milestone.forecast_on is not None:
            forecast = milestone.forecast_on
        elif delay > 0:
            forecast = self.last_day(month) + timedelta(days=delay)
        else:
            forecast = milestone.due_on
        return forecast > date(self.programme.year, 12, 31)

    def forecast(self, project: Project, month: int) -> Fraction | None:
        """Take the latest ytd at k ≤ m, and the slope (ytd_k - ytd_j)/(k - j) with j the latest record at least 3
        months before k, else the earliest record, else the month before the window (0), or before k if k lies before
        the window; a negative slope counts 0; forecast = ytd_k + (12 - k) x slope; k older than 2 months before m →
        null 资料不足.
        """
        values = {one: self.invested(project, one, month) for one in range(1, month + 1)}
        known = {one: value for one, value in values.items() if value is not None}
        if not known or max(known) < month - 2:
            return None
        k = max(known)
        distant = [one for one in known if one <= k - 3]
        if distant:
            j, at_j = max(distant), known[max(distant)]
        elif min(known) < k:
            j, at_j = min(known), known[min(known)]
        else:
            first, _ = self.window(project, month)
            j, at_j = (first - 1 if k >= first else k - 1), Fraction(0)
        slope = max(Fraction(0), (known[k] - at_j) / (k - j))
        return known[k] + (12 - k) * slope

    def outlook(self, project: Project, month: int) -> OutlookVerdict | None:
        """`done` = 完工 or 部分完工 by the month. With annual investment `expected` if forecast ≥95 % of the annual
        plan and no target milestone is forecast later than December; else `unlikely`. Without annual investment:
        `expected` if no target milestone is overdue or forecast later than December and at least one month has a team,
        sheet or computed score, `unlikely` if one is, else null.
        """
        if self.life(project, month).beneath in ("完工", "部分完工"):
            return OutlookVerdict.DONE
        targets = [one for one in project.milestones if one.is_target]
        is_late = any(self.is_forecast_late(one, month) for one in targets)
        annual = self.annual_plan(project, month)
        if annual is not None:
            forecast = self.forecast(project, month)
            if forecast is None:
                return None
            is_enough = forecast >= Fraction(95, 100) * annual
            return OutlookVerdict.EXPECTED if is_enough and not is_late else OutlookVerdict.UNLIKELY
        if is_late or any(self.days_overdue(one, month) > 0 for one in targets):
            return OutlookVerdict.UNLIKELY
        sources = [self.month_score(project, one).source for one in self.committed if one <= month]
        return OutlookVerdict.EXPECTED if any(one in ("team", "sheet", "computed") for one in sources) else None
