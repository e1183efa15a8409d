"""What stands beside a light (另一种看法): other 序时, the plan first made, whose figure, what is needed, what is next.

Source: RULES §1 (bases, plan versions), §5; DOMAIN §5. Nothing here moves a light or an outlook. Amounts in 万元.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from scoring.assessment import Assessment
from scoring.facts import Light, Month, Obstacle
from scoring.monthly import ProjectMonth, is_blank
from scoring.periods import last_day, month_index
from scoring.plan import plan_to_date
from scoring.progress_lights import LIGHT_WORDS, Compared, investment, light_of, of_plan, physical
from scoring.rounding import figure, half_up, percent
from scoring.rulebook import InvestmentKind, LightBasis

YEAR_END: Month = 12


@dataclass(frozen=True, slots=True)
class Against:
    """Progress held against one measure: its ratio and the light the book's thresholds give it."""

    ratio: Fraction
    light: Light
    words: str

    @property
    def verdict(self) -> str:
        """红灯, 黄灯, 达序时 or 正常."""
        return _verdict(self.light, self.ratio)


@dataclass(frozen=True, slots=True)
class TwoVerdicts:
    """The same project under two measures; `sentence` is empty where both give one verdict."""

    first: Against | None
    second: Against | None

    @property
    def sentence(self) -> str:
        if self.first is None or self.second is None or self.first.verdict == self.second.verdict:
            return ""
        return f"{self.first.words}；{self.second.words}"


@dataclass(frozen=True, slots=True)
class Needed:
    """What the months left must each bring for the annual plan, beside the fastest pace seen this year."""

    missing_wan: Decimal
    months: int  # left after the latest figure; 0 in December
    monthly_wan: Fraction | None  # None without a month left
    fastest_wan: Fraction | None  # per month between neighbouring figures; None with fewer than two

    @property
    def is_feasible(self) -> bool | None:
        """No faster than the project has been; None where no pace is known."""
        if self.monthly_wan is None:
            return False
        return None if self.fastest_wan is None else self.monthly_wan <= self.fastest_wan

    @property
    def sentence(self) -> str:
        missing = f"距年度计划差{figure(self.missing_wan)}万元"
        if self.monthly_wan is None:
            return f"{missing}，本年已无剩余月份"
        head = f"{missing}，余{self.months}个月，每月需{half_up(self.monthly_wan)}万元"
        if self.fastest_wan is None:
            return f"{head}，今年的速度资料不足"
        end = "按这个速度来得及" if self.is_feasible else "比今年最快时还快，来不及的可能大"
        return f"{head}；今年最快每月{half_up(self.fastest_wan)}万元，{end}"


@dataclass(frozen=True, slots=True)
class NextDate:
    """The first date after the month that somebody has to keep."""

    on: date
    what: str


@dataclass(frozen=True, slots=True)
class SecondLook:
    """One project at one month, seen otherwise than by its light."""

    bases: TwoVerdicts  # the project's own window, the calendar year
    plans: TwoVerdicts  # the plan in force, the year's first plan: other only where it was re-planned
    figures: TwoVerdicts  # 上报, 督查核实
    needed: Needed | None  # None without annual plan or figure, and when it is reached
    next_date: NextDate | None
    open_obstacles: tuple[Obstacle, ...]
    is_never_updated: bool  # under construction, and no month of the year has a figure
    curve: tuple[tuple[Fraction | None, Decimal | None], ...]  # by month: due, done


def second_look(assessment: Assessment, month: Month) -> SecondLook:
    """`month` must be committed and the project a member then."""
    facts = assessment.month(month)
    today = last_day(assessment.year, month)
    open_obstacles = tuple(
        one
        for one in assessment.project.obstacles
        if one.raised_on <= today and (one.closed_on is None or one.closed_on > today)
    )
    return SecondLook(
        bases=TwoVerdicts(
            _by_basis(assessment, facts, LightBasis.WINDOW, "按项目工期"),
            _by_basis(assessment, facts, LightBasis.YEAR, "按全年十二个月"),
        ),
        plans=_plans(assessment, facts),
        figures=TwoVerdicts(
            _by_kind(assessment, facts, InvestmentKind.REPORTED), _by_kind(assessment, facts, InvestmentKind.VERIFIED)
        ),
        needed=_needed(assessment, facts),
        next_date=_next_date(assessment, facts, open_obstacles, today),
        open_obstacles=open_obstacles,
        is_never_updated=_is_never_updated(assessment, facts),
        curve=_curve(assessment, facts),
    )


def _verdict(light: Light, ratio: Fraction) -> str:
    if light is Light.GREEN:
        return "达序时" if ratio >= 1 else "正常"
    return LIGHT_WORDS[light]


def _against(assessment: Assessment, found: Compared, whose: str, due: str = "应完成") -> Against:
    rules = assessment.book.lights.progress
    light = light_of(rules, found)
    shown = percent(found.ratio, rules.yellow_below, rules.red_below, 1)
    done, unit = figure(found.done), found.unit
    return Against(
        found.ratio,
        light,
        f"{whose}{due}{figure(found.due)}{unit}，已完成{done}{unit}为{shown}，{_verdict(light, found.ratio)}",
    )


def _by_basis(assessment: Assessment, facts: ProjectMonth, basis: LightBasis, whose: str) -> Against | None:
    """By investment; without an amount to compare by physical progress."""
    found = investment(assessment, facts, basis) or physical(assessment, facts, basis)
    return None if found is None else _against(assessment, found, whose)


def _plans(assessment: Assessment, facts: ProjectMonth) -> TwoVerdicts:
    """The plan in force beside the first of the year's; none where there is one version alone by the month."""
    today = last_day(assessment.year, facts.month)
    versions = sorted(
        (one for one in assessment.project.plans if one.effective_on <= today), key=lambda one: one.effective_on
    )
    done, now = facts.invested.stated_wan, facts.due
    if len(versions) < 2 or done is None:
        return TwoVerdicts(None, None)
    first = plan_to_date(versions[:1], assessment.year, facts.month, facts.standing.entry_month, assessment.book.basis)
    if first.wan == now.wan or not first.wan or not now.wan or first.annual_wan is None or now.annual_wan is None:
        return TwoVerdicts(None, None)
    return TwoVerdicts(
        _against(assessment, of_plan(done, now.wan, now.annual_wan, LightBasis.PLAN), "调整后的计划"),
        _against(assessment, of_plan(done, first.wan, first.annual_wan, LightBasis.PLAN), "年初计划"),
    )


def _by_kind(assessment: Assessment, facts: ProjectMonth, kind: InvestmentKind) -> Against | None:
    series, due, annual = facts.invested.kinds[kind], facts.due.wan, facts.due.annual_wan
    if not series.is_stated or series.wan is None or not due or annual is None:
        return None
    found = of_plan(series.wan, due, annual, LightBasis.PLAN)
    rules = assessment.book.lights.progress
    light = light_of(rules, found)
    shown = percent(found.ratio, rules.yellow_below, rules.red_below, 1)
    return Against(found.ratio, light, f"{kind.words}{figure(series.wan)}万元为{shown}，{_verdict(light, found.ratio)}")


def _stated(assessment: Assessment, seen_from: Month) -> list[tuple[Month, Decimal]]:
    months = (month for month in assessment.committed_months if month <= seen_from)
    found = ((month, assessment.invested(month, seen_from).stated_wan) for month in months)
    return [(month, wan) for month, wan in found if wan is not None]


def _needed(assessment: Assessment, facts: ProjectMonth) -> Needed | None:
    annual, known = facts.due.annual_wan, _stated(assessment, facts.month)
    if annual is None or not known or facts.standing.is_done:
        return None
    at, done = known[-1]
    if done >= annual:
        return None
    missing, months = annual - done, YEAR_END - at
    paces = [Fraction(new - old) / (later - earlier) for (earlier, old), (later, new) in pairwise(known)]
    return Needed(missing, months, Fraction(missing) / months if months else None, max(paces, default=None))


def _next_date(
    assessment: Assessment, facts: ProjectMonth, obstacles: tuple[Obstacle, ...], today: date
) -> NextDate | None:
    if facts.standing.is_done:
        return None
    dates = [
        (one.due_on, f"节点“{one.name}”")
        for one in assessment.project.milestones
        if one.done_on is None or one.done_on > today
    ]
    for one in obstacles:
        dates += [
            (on, f"{what}“{one.text}”")
            for on, what in ((one.due_on, "办结问题"), (one.decision_due_on, "落实会办决定"))
            if on
        ]
    schedule = facts.due.schedule
    if schedule.planned_start is not None and assessment.first_progress is None:
        dates.append((schedule.planned_start, "计划开工"))
    if schedule.planned_finish is not None:
        dates.append((schedule.planned_finish, "计划竣工"))
    # A date known to the month alone stands on its first day; it is still to come until its month is over.
    ahead = [one for one in dates if one[0] > today or month_index(assessment.year, one[0]) > facts.month]
    return NextDate(*min(ahead)) if ahead else None


def _is_never_updated(assessment: Assessment, facts: ProjectMonth) -> bool:
    if facts.standing.is_done or not facts.is_due:
        return False
    records = [assessment.records.get(one) for one in assessment.committed_months if one <= facts.month]
    return all(record is None or is_blank(record) for record in records)


def _curve(assessment: Assessment, facts: ProjectMonth) -> tuple[tuple[Fraction | None, Decimal | None], ...]:
    done = dict(_stated(assessment, facts.month))
    return tuple((facts.due.schedule.at(month).wan, done.get(month)) for month in range(1, YEAR_END + 1))
