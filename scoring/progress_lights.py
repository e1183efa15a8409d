"""Investment and physical progress against what was due (进度亮灯): by which 序时, compared how.

Source: RULES §5 (investment, physical); the other bases and the streak are those of the presets (DOMAIN §5).
Amounts in 万元, percents 0–100, both exact; a share of nothing due is no comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring.assessment import Assessment
from scoring.facts import Light, Month
from scoring.investment import figures_of
from scoring.monthly import ProjectMonth
from scoring.rounding import figure, half_up, percent
from scoring.rulebook import Comparator, LightBasis, ProgressLight

LIGHT_WORDS = {
    Light.RED: "红灯",
    Light.YELLOW: "黄灯",
    Light.GREEN: "绿灯",
    Light.GREY: "灰灯",
    Light.NONE: "不亮灯",
}
_DUE_WORDS = {
    LightBasis.PLAN: "应完成",
    LightBasis.WINDOW: "按项目工期应完成",
    LightBasis.YEAR: "按全年十二个月应完成",
    LightBasis.MONTH_TASK: "本月任务",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure and what was due. `done_pct` and `due_pct` are of the annual plan, or the percents themselves."""

    what: str  # 投资, 形象进度, 总体形象进度
    done: Decimal | Fraction
    due: Fraction  # above 0
    done_pct: Fraction
    due_pct: Fraction
    unit: str  # 万元 or %
    basis: LightBasis

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.done) / self.due


@dataclass(frozen=True, slots=True)
class Judged:
    """The light of one comparison; its sentence is made when it is shown."""

    light: Light
    say: Callable[[], str]


Comparison = Callable[[Assessment, ProjectMonth, LightBasis], Compared | None]


def investment(assessment: Assessment, facts: ProjectMonth, basis: LightBasis) -> Compared | None:
    """This year's investment against the plan to date, or this month's against this month's task."""
    done, annual = facts.invested.stated_wan, facts.due.annual_wan
    if done is None or annual is None:
        return None
    if basis is LightBasis.MONTH_TASK:
        task, added = _task_wan(facts), _added_wan(assessment, facts)
        if added is None or task <= 0:
            return None
        return of_plan(added, task, annual, basis)
    due = {
        LightBasis.PLAN: facts.due.wan,
        LightBasis.WINDOW: facts.due.window_wan,
        LightBasis.YEAR: facts.due.year_wan,
    }[basis]
    return of_plan(done, due, annual, basis) if due else None


def physical(assessment: Assessment, facts: ProjectMonth, basis: LightBasis) -> Compared | None:
    """The percent against the percent due; percents of the whole construction know no basis but its own window."""
    here = facts.physical
    if here.pct is None:
        return None
    what = "总体形象进度" if here.is_whole else "形象进度"
    done, due = Fraction(here.pct), here.plan_pct
    if basis is LightBasis.MONTH_TASK:
        if facts.month == 1 and not here.is_whole:
            before_pct, before_due = Fraction(0), Fraction(0)
        elif facts.month == 1:
            return None
        else:
            before = assessment.month(facts.month - 1).physical
            if before.pct is None or before.is_whole != here.is_whole:
                return None
            before_pct, before_due = Fraction(before.pct), before.plan_pct
        done, due = done - before_pct, due - before_due
    elif basis is not LightBasis.PLAN and not here.is_whole:
        due = 100 * (facts.due.window_share if basis is LightBasis.WINDOW else facts.due.year_share)
    return Compared(what, done, due, done, due, "%", basis) if due > 0 else None


def judged(assessment: Assessment, facts: ProjectMonth, compare: Comparison) -> Judged | None:
    """The light by the book's comparator and basis; None where there is nothing to compare."""
    rules = assessment.book.lights.progress
    found = compare(assessment, facts, rules.basis)
    if found is None:
        return None
    if rules.minimum_month is not None and facts.month < rules.minimum_month:
        first = rules.minimum_month
        return Judged(Light.GREEN, lambda: f"{_stated(found)}，{first}月起才判断进度")
    if rules.comparator is Comparator.PERCENTAGE_POINTS:
        return _by_points(rules, found)
    if rules.comparator is Comparator.STREAK:
        return _by_streak(assessment, facts, compare, found)
    light = light_of(rules, found)
    return Judged(light, lambda: f"{_stated(found)}，{_ratio_words(rules, found.ratio, light)}")


def light_of(rules: ProgressLight, found: Compared) -> Light:
    """The light of one comparison by ratio or by percentage points; by streak, yellow when behind at all."""
    if rules.comparator is Comparator.PERCENTAGE_POINTS:
        gap = found.due_pct - found.done_pct
        if gap > rules.red_above_points:
            return Light.RED
        return Light.YELLOW if gap >= rules.yellow_from_points else Light.GREEN
    if rules.comparator is Comparator.STREAK:
        return Light.YELLOW if found.ratio < 1 else Light.GREEN
    if found.ratio < rules.red_below:
        return Light.RED
    return Light.YELLOW if found.ratio < rules.yellow_below else Light.GREEN


def of_plan(done: Decimal, due: Fraction, annual: Decimal, basis: LightBasis) -> Compared:
    """An amount against what was due, with both as percent of the annual plan."""
    whole = Fraction(annual)
    return Compared("投资", done, due, 100 * Fraction(done) / whole, 100 * due / whole, "万元", basis)


def _task_wan(facts: ProjectMonth) -> Fraction:
    """What the month adds to the plan to date, by the plan in force at the month."""
    due = facts.due.wan or Fraction(0)
    before = facts.due.schedule.at(facts.month - 1).wan if facts.month > 1 else None
    return due - (before or Fraction(0))


def _added_wan(assessment: Assessment, facts: ProjectMonth) -> Decimal | None:
    """This month's investment as given, else the year to date less that of the month before, of the same kind."""
    counted = facts.invested.counted
    assert facts.record is not None and counted.wan is not None
    given = figures_of(facts.record, counted.kind).month_wan
    if given is not None:
        return given
    if facts.month == 1:
        return counted.wan
    before = assessment.invested(facts.month - 1, facts.month).kinds[counted.kind]
    if before.wan is not None:
        return counted.wan - before.wan
    return None


def _stated(found: Compared) -> str:
    due = f"{_DUE_WORDS[found.basis]}{figure(found.due)}{found.unit}"
    if found.basis is LightBasis.MONTH_TASK:
        return f"{found.what}：本月完成{figure(found.done)}{found.unit}，{due}"
    done = "本年累计完成" if found.unit == "万元" else "完成"
    return f"{found.what}：{done}{figure(found.done)}{found.unit}，{due}"


def _ratio_words(rules: ProgressLight, ratio: Fraction, light: Light) -> str:
    shown = percent(ratio, rules.yellow_below, rules.red_below, 1)
    if light is Light.GREEN:
        return f"为{shown}，{'达序时' if ratio >= 1 else '正常'}"
    cut = rules.red_below if light is Light.RED else rules.yellow_below
    return f"为{shown}，低于{figure(100 * cut)}%亮{LIGHT_WORDS[light]}"


def _by_points(rules: ProgressLight, found: Compared) -> Judged:
    gap = found.due_pct - found.done_pct
    light = light_of(rules, found)
    verb = "完成年度计划的" if found.unit == "万元" else "完成"
    due = {LightBasis.WINDOW: "按项目工期应为", LightBasis.YEAR: "按全年十二个月应为"}.get(found.basis, "序时应为")
    if found.basis is LightBasis.MONTH_TASK:
        verb, due = f"本月{verb}", "本月任务为"

    def say() -> str:
        head = f"{found.what}：{verb}{half_up(found.done_pct, 1)}%，{due}{half_up(found.due_pct, 1)}%，"
        if light is Light.GREEN:
            return f"{head}{'达序时' if gap <= 0 else f'低{figure(gap)}个百分点，正常'}"
        cut = rules.red_above_points if light is Light.RED else rules.yellow_from_points
        word = "超过" if light is Light.RED else "达到"
        return f"{head}低{figure(gap)}个百分点，{word}{figure(cut)}个百分点亮{LIGHT_WORDS[light]}"

    return Judged(light, say)


def _by_streak(assessment: Assessment, facts: ProjectMonth, compare: Comparison, found: Compared) -> Judged:
    """Consecutive committed months, the present one the last, in which less than was due is done."""
    rules = assessment.book.lights.progress
    assert rules.streak is not None
    streak = rules.streak
    months = 0
    for month in (one for one in reversed(assessment.committed_months) if one <= facts.month):
        seen = found if month == facts.month else _earlier(assessment, month, compare)
        if seen is None or seen.ratio >= 1:
            break
        months += 1
    light = Light.GREEN
    if months >= streak.red_from:
        light = Light.RED
    elif months >= streak.yellow_from:
        light = Light.YELLOW

    def say() -> str:
        if not months:
            return f"{_stated(found)}，已完成"
        cut = streak.red_from if light is Light.RED else streak.yellow_from
        end = f"未满{cut}个月" if light is Light.GREEN else f"满{cut}个月亮{LIGHT_WORDS[light]}"
        return f"{_stated(found)}，连续{months}个月未完成，{end}"

    return Judged(light, say)


def _earlier(assessment: Assessment, month: Month, compare: Comparison) -> Compared | None:
    if not assessment.is_member(month):
        return None
    return compare(assessment, assessment.month(month), assessment.book.lights.progress.basis)
