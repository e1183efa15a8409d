"""Warning lights (亮灯): one light per project and month, each rule with a sentence and its figures.

Source: RULES §5. Judged at the month's last day on unrounded ratios, for committed months only.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from scoring import progress_lights
from scoring.assessment import Assessed, Assessment
from scoring.facts import (
    Light,
    LightExemption,
    LightOverride,
    Milestone,
    Month,
    Obstacle,
    OutlookJudgement,
    OutlookVerdict,
    Programme,
)
from scoring.groups import group_of, group_order
from scoring.lifecycle import State
from scoring.light_terms import Terms, head_of
from scoring.monthly import ProjectMonth, is_blank
from scoring.outlook import Outlook, outlook
from scoring.periods import last_day, month_index, month_text
from scoring.progress_lights import LIGHT_WORDS
from scoring.rulebook import CountLight, RuleBook, class_name


class Rule(StrEnum):
    INVESTMENT = "investment"
    PHYSICAL = "physical"
    START = "start"
    FINISH = "finish"
    MILESTONE = "milestone"
    STALL = "stall"
    OBSTACLE = "obstacle"
    MEMORY = "memory"
    NOT_INSPECTED = "not_inspected"
    NOT_REPORTED = "not_reported"
    NO_DATA = "no_data"
    MANUAL = "manual"


NOT_STARTED = "未到计划开工"
EXEMPTED = "免亮灯"
COLOURED = (Light.RED, Light.YELLOW, Light.GREEN)
_SEVERITY = {Light.GREEN: 0, Light.YELLOW: 1, Light.RED: 2}
_GREY_WORDS = {Rule.NOT_INSPECTED: "未督查", Rule.NOT_REPORTED: "未报", Rule.NO_DATA: "资料不足"}
_WITHOUT_RECORD = frozenset({Rule.START, Rule.FINISH, Rule.MILESTONE, Rule.OBSTACLE})
_DATA_RULES = frozenset({Rule.INVESTMENT, Rule.PHYSICAL, Rule.STALL})
_SECTIONS = {Rule.INVESTMENT: "progress", Rule.PHYSICAL: "progress"}  # in the book; every other rule has its own name


@dataclass(frozen=True, slots=True)
class LightReason:
    rule: Rule
    light: Light
    sentence: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One project's light and outlook of one month, with the figures they were judged on. Amounts in 万元."""

    code: str
    name: str
    group: str
    light: Light
    light_word: str  # 红灯·滞后严重, 绿灯·达序时, 未督查, 完工 …
    state: str  # 在建|部分完工|完工|暂缓|未到计划开工
    last_light: Light | None  # the nearest earlier red, yellow or green of the year
    previous_light: Light | None  # that of the month shown before
    is_worse: bool  # 本月转差: red or yellow, and worse than the last coloured light
    since: str | None  # first month of the unbroken run, YYYY-MM
    reasons: tuple[LightReason, ...]
    outlook: OutlookVerdict | None
    outlook_label: str
    outlook_sentence: str
    outlook_judgement: OutlookJudgement | None  # 办公室认定, beside the computed one
    contradiction: str  # empty where light and outlook agree
    override: LightOverride | None
    exemption: LightExemption | None
    is_on_schedule: bool  # 达序时: ratio ≥ 1
    invested_ytd_wan: Decimal | None
    annual_plan_wan: Decimal | None
    plan_to_date_wan: Fraction | None
    ratio: Fraction | None  # invested_ytd ÷ plan_to_date
    window_plan_wan: Fraction | None  # 序时 by the project's window
    year_plan_wan: Fraction | None  # 序时 by the calendar year
    physical_progress_pct: Decimal | None
    physical_progress_plan_pct: Fraction | None
    physical_ratio: Fraction | None
    forecast_wan: Fraction | None
    forecast_ratio: Fraction | None  # forecast ÷ annual plan
    outlook_low_wan: Fraction | None  # the range around the forecast; it judges nothing
    outlook_high_wan: Fraction | None
    outlook_range_sentence: str  # empty where there is no forecast
    record_ref: int | None


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one rule found; the sentence is made only for the month shown."""

    rule: Rule
    light: Light
    say: Callable[[], str]


@dataclass(frozen=True, slots=True)
class MonthLight:
    """The light of one month, before it is put into words."""

    month: Month
    light: Light
    counts: bool  # False for 免亮灯: no part of memory, since or lists
    state: str
    findings: tuple[_Finding, ...]
    override: LightOverride | None = None
    exemption: LightExemption | None = None


def alerts(
    book: RuleBook, programme: Programme, month: Month, *, assessed: Assessed | None = None
) -> tuple[Alert, ...]:
    """Every project's light and outlook at `month`, by group and code; nothing for a month that is not committed."""
    if month not in programme.committed_months:
        return ()
    shared = assessed or Assessed(book, programme)
    order = group_order(book, programme)
    rows = [alert(assessment, month) for assessment in shared.members(month)]
    return tuple(sorted(rows, key=lambda row: (order(row.group), row.code)))


def alert(assessment: Assessment, month: Month) -> Alert:
    """One project's light and outlook at one committed month in which it is a member."""
    run = month_lights(assessment, month)
    now, facts = run[-1], assessment.month(month)
    earlier = run[:-1]
    last = next((one.light for one in reversed(earlier) if one.counts and one.light in COLOURED), None)
    seen = outlook(assessment, month)
    on_schedule = is_on_schedule(facts)
    word = _word(now, on_schedule)
    reasons: tuple[LightReason, ...] = ()
    if now.light is not Light.NONE:
        reasons = tuple(LightReason(found.rule, found.light, found.say()) for found in now.findings)
    return Alert(
        code=assessment.project.code,
        name=assessment.project.name,
        group=group_of(assessment.book, assessment.project),
        light=now.light,
        light_word=word,
        state=now.state,
        last_light=last,
        previous_light=earlier[-1].light if earlier else None,
        is_worse=now.light in (Light.RED, Light.YELLOW) and last is not None and _SEVERITY[now.light] > _SEVERITY[last],
        since=_since(assessment.year, run),
        reasons=reasons,
        outlook=seen.verdict,
        outlook_label=seen.label,
        outlook_sentence=seen.sentence,
        outlook_judgement=seen.judgement,
        contradiction=_contradiction(now, word, reasons, seen),
        override=now.override,
        exemption=now.exemption,
        is_on_schedule=on_schedule,
        invested_ytd_wan=facts.invested.stated_wan,
        annual_plan_wan=facts.due.annual_wan,
        plan_to_date_wan=facts.due.wan,
        ratio=facts.investment_ratio,
        window_plan_wan=facts.due.window_wan,
        year_plan_wan=facts.due.year_wan,
        physical_progress_pct=facts.physical.pct,
        physical_progress_plan_pct=facts.physical.plan_pct if facts.physical.pct is not None else None,
        physical_ratio=facts.physical.ratio,
        forecast_wan=seen.forecast_wan,
        forecast_ratio=seen.forecast_ratio,
        outlook_low_wan=seen.low_wan,
        outlook_high_wan=seen.high_wan,
        outlook_range_sentence=seen.range_sentence,
        record_ref=facts.record.ref if facts.record else None,
    )


def month_lights(assessment: Assessment, through: Month) -> tuple[MonthLight, ...]:
    """The lights of the year's committed months up to `through` in which the project is a member, in order.

    Each is recomputed from the facts known now, because memory looks at the one before; never at a later one, so a
    longer run begins with the shorter and is kept by the assessment.
    """
    judged, lights = assessment.lights_kept
    if judged < through:
        for month in assessment.committed_months:
            if judged < month <= through and assessment.is_member(month):
                last = next((one.light for one in reversed(lights) if one.counts and one.light in COLOURED), None)
                lights = (*lights, _judge(assessment, month, last))
        assessment.lights_kept = (through, lights)
    return tuple(one for one in lights if one.month <= through)


def had_red(assessment: Assessment, months: tuple[Month, ...]) -> bool:
    """Whether any of `months` (committed, ascending) ended red; 免亮灯 does not count."""
    return any(
        one.light is Light.RED and one.counts and one.month in months for one in month_lights(assessment, months[-1])
    )


def _judge(assessment: Assessment, month: Month, last: Light | None) -> MonthLight:
    facts = assessment.month(month)
    found_all = [
        found
        for rule in (_investment, _physical, _start, _finish, _milestone, _stall, _obstacle)
        if (found := rule(assessment, facts)) is not None
    ]
    findings = [found for found in found_all if _is_judged_by(assessment, found.rule)]
    has_data = any(found.rule in _DATA_RULES for found in found_all)
    has_started = started(assessment, month)
    state = str(facts.standing.state)
    if facts.standing.state is State.UNDER_CONSTRUCTION and not has_started and not facts.is_due:
        state = NOT_STARTED
    light, added = _combined(facts, state, has_started, findings, last, has_data=has_data)
    findings += added

    project = assessment.project
    exemption = next((one for one in reversed(project.exemptions) if one.month == month and _is_signed(one)), None)
    if exemption is not None:
        kept = _not_exempted(assessment, findings, exemption) if light in (Light.RED, Light.YELLOW) else []
        warnings = [found.light for found in kept if found.light in (Light.RED, Light.YELLOW)]
        if not warnings:
            return MonthLight(month, Light.NONE, False, state, tuple(findings), None, exemption)
        light, findings = max(warnings, key=_SEVERITY.__getitem__), kept
    override = next((one for one in reversed(project.overrides) if one.month == month and _is_signed(one)), None)
    if override is not None:
        findings.append(_Finding(Rule.MANUAL, override.light, lambda: _override_sentence(override)))
        return MonthLight(month, override.light, True, state, tuple(findings), override)
    return MonthLight(month, light, True, state, tuple(findings))


def _is_judged_by(assessment: Assessment, rule: Rule) -> bool:
    """Whether the rule is for the project's class at all."""
    classes = _terms(assessment, rule).classes
    return classes is None or class_name(assessment.project.group_class) in classes


def _not_exempted(assessment: Assessment, findings: list[_Finding], exemption: LightExemption) -> list[_Finding]:
    """What an exemption leaves: the warnings of rules that its reason does not exempt from, and what does not warn."""
    kept = []
    for found in findings:
        if found.light not in (Light.RED, Light.YELLOW):
            kept.append(found)
        elif not _terms(assessment, found.rule).exempts(exemption.reason):
            kept.append(replace(found, say=_in_spite_of(found, exemption)))
    return kept


def _in_spite_of(found: _Finding, exemption: LightExemption) -> Callable[[], str]:
    return lambda: f"{found.say()}（免亮灯理由“{head_of(exemption.reason)}”不适用于这一条）"


def _terms(assessment: Assessment, rule: Rule) -> Terms:
    return assessment.book.lights.terms_of(_SECTIONS.get(rule, rule.value))


def _combined(
    facts: ProjectMonth,
    state: str,
    has_started: bool,
    findings: list[_Finding],
    last: Light | None,
    *,
    has_data: bool,
) -> tuple[Light, list[_Finding]]:
    """The worst rule, or the grey or dark word that stands in its place; with the findings this adds."""
    if facts.standing.state in (State.COMPLETED, State.SUSPENDED):
        return Light.NONE, []
    worst = max((found.light for found in findings), key=_SEVERITY.__getitem__, default=Light.GREEN)
    warned = any(found.rule in _WITHOUT_RECORD and found.light is not Light.GREEN for found in findings)
    if state == NOT_STARTED:
        return (worst, []) if warned else (Light.NONE, [])
    grey = _grey(facts, has_started, has_data=has_data)
    if grey is not None:
        return (worst if warned else Light.GREY), [grey]
    if worst is Light.GREEN and last is Light.RED:
        return Light.YELLOW, [
            _Finding(Rule.MEMORY, Light.YELLOW, lambda: "红灯记忆：上次为红灯，本月各项已转绿，先亮黄灯一次")
        ]
    return worst, []


def _grey(facts: ProjectMonth, has_started: bool, *, has_data: bool) -> _Finding | None:
    if facts.record is None:
        return _Finding(Rule.NOT_INSPECTED, Light.GREY, lambda: f"未督查：{facts.month}月没有督查记录")
    if is_blank(facts.record):
        return _Finding(Rule.NOT_REPORTED, Light.GREY, lambda: f"未报：{facts.month}月有该项目的行而全部未填")
    early = has_started and not facts.is_due
    if not early and not has_data:
        return _Finding(
            Rule.NO_DATA, Light.GREY, lambda: f"资料不足：{facts.month}月的记录没有可比较的投资或形象进度数字"
        )
    return None


def _investment(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    return _progress(Rule.INVESTMENT, progress_lights.judged(assessment, facts, progress_lights.investment))


def _physical(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    return _progress(Rule.PHYSICAL, progress_lights.judged(assessment, facts, progress_lights.physical))


def _progress(rule: Rule, found: progress_lights.Judged | None) -> _Finding | None:
    return None if found is None else _Finding(rule, found.light, found.say)


def started(assessment: Assessment, month: Month) -> bool:
    """实际开工 by the month: an actual start, any investment or physical percent, or 部分完工/完工."""
    project = assessment.project
    if project.actual_start is not None and project.actual_start <= last_day(assessment.year, month):
        return True
    if assessment.standing(month).was_done:
        return True
    return assessment.first_progress is not None and assessment.first_progress <= month


def _start(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    planned = facts.due.schedule.planned_start
    if planned is None:
        return None
    due_month = month_index(assessment.year, planned)
    says_not_started = facts.record is not None and facts.record.states_not_started
    if due_month > facts.month or (due_month < 1 and not says_not_started):
        return None
    when = f"开工：计划{planned.year}年{planned.month}月开工"
    if started(assessment, facts.month):
        return _Finding(Rule.START, Light.GREEN, lambda: f"{when}，已开工")
    return _months_past(Rule.START, when, "开工", facts.month, facts.month - due_month, assessment.book.lights.start)


def _finish(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    planned = facts.due.schedule.planned_finish
    if planned is None or month_index(assessment.year, planned) > facts.month:
        return None
    when = f"竣工：计划{planned.year}年{planned.month}月竣工"
    if facts.standing.is_done:
        return _Finding(Rule.FINISH, Light.GREEN, lambda: f"{when}，已{facts.standing.underlying}")
    past = facts.month - month_index(assessment.year, planned)
    return _months_past(Rule.FINISH, when, "完工", facts.month, past, assessment.book.lights.finish)


def _months_past(rule: Rule, when: str, act: str, month: Month, past: int, limits: CountLight) -> _Finding:
    light = _count_light(past, limits)
    if light is Light.GREEN:
        return _Finding(rule, light, lambda: f"{when}，至{month}月底尚未{act}，未超过亮灯期限")
    cut = limits.red_from if light is Light.RED else limits.yellow_from
    if not past:
        return _Finding(rule, light, lambda: f"{when}，当月尚未{act}，亮{LIGHT_WORDS[light]}")
    return _Finding(
        rule, light, lambda: f"{when}，至{month}月底已过{past}个月仍未{act}，满{cut}个月亮{LIGHT_WORDS[light]}"
    )


def _milestone(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    today = last_day(assessment.year, facts.month)
    if not assessment.project.milestones:
        return None
    open_nodes = [one for one in assessment.project.milestones if not _is_done(one, today)]
    late = max(open_nodes, key=lambda one: today - one.due_on, default=None)
    limits = assessment.book.lights.milestone
    if late is None or late.due_on >= today:
        return _Finding(Rule.MILESTONE, Light.GREEN, lambda: "节点：没有逾期节点")
    days = (today - late.due_on).days
    light = _count_light(days, limits)
    count = sum(1 for one in open_nodes if one.due_on < today)

    def say() -> str:
        head = f"节点：“{late.name}”应于{_day(late.due_on)}完成，已逾期{days}天"
        head += f"（共{count}个节点逾期）" if count > 1 else ""
        if light is Light.GREEN:
            return f"{head}，未满{limits.yellow_from}天"
        cut = limits.red_from if light is Light.RED else limits.yellow_from
        return f"{head}，满{cut}天亮{LIGHT_WORDS[light]}"

    return _Finding(Rule.MILESTONE, light, say)


def _is_done(milestone: Milestone, today: date) -> bool:
    return milestone.done_on is not None and milestone.done_on <= today


def _stall(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    """Consecutive inspected months without progress; silent without a month to compare with."""
    if (
        facts.standing.is_done
        or not _is_inspected(assessment, facts.month, facts.month)
        or _is_reached(assessment, facts)
    ):
        return None
    since = facts.standing.resumed_month
    count = 0
    compared = False
    after = facts.month
    for before in reversed(assessment.committed_months):
        if before >= facts.month or (since is not None and before < since):
            continue
        if not _is_inspected(assessment, before, facts.month):
            continue
        moved = _moved(assessment, before, after, facts.month)
        if moved is None:
            break
        compared = True
        if moved:
            break
        count += 1
        after = before
    if not compared:
        return None
    limits = assessment.book.lights.stall
    light = _count_light(count, limits)

    def say() -> str:
        if count == 0:
            return "进展：本月较上次督查有进展"
        head = f"进展：连续{count}个督查月投资和形象进度都没有增加"
        if light is Light.GREEN:
            return f"{head}，未满{limits.yellow_from}个月"
        cut = limits.red_from if light is Light.RED else limits.yellow_from
        return f"{head}，满{cut}个月亮{LIGHT_WORDS[light]}"

    return _Finding(Rule.STALL, light, say)


def _is_inspected(assessment: Assessment, month: Month, seen_from: Month) -> bool:
    """A committed month, not ending 暂缓, whose record has an investment value or a physical percent."""
    facts = assessment.month(month)
    if facts.record is None or facts.standing.state is State.SUSPENDED:
        return False
    if facts.physical.pct is not None:
        return True
    return assessment.invested(month, seen_from).stated_wan is not None


def _is_reached(assessment: Assessment, facts: ProjectMonth) -> bool:
    """The annual plan, or 100 %, is reached by the latest figure known: no more progress is asked for."""
    months = [month for month in reversed(assessment.committed_months) if month <= facts.month]
    stated = (assessment.invested(month, facts.month).stated_wan for month in months)
    done = next((wan for wan in stated if wan is not None), None)
    if done is not None and facts.due.annual_wan is not None and done >= facts.due.annual_wan:
        return True
    percents = (assessment.month(month).physical.pct for month in months)
    pct = next((pct for pct in percents if pct is not None), None)
    return pct is not None and pct >= 100


def _moved(assessment: Assessment, before: Month, after: Month, seen_from: Month) -> bool | None:
    """Whether anything grew between two inspected months; None when they have no figure of one kind in common.

    Of the investment kinds the first, in the book's order, that both months have is compared: a self-reported rise
    does not hide that the verified figure stands still.
    """
    grew: list[bool] = []
    old_kinds, new_kinds = assessment.invested(before, seen_from).kinds, assessment.invested(after, seen_from).kinds
    for kind in assessment.book.investment.kinds:
        old, new = old_kinds[kind], new_kinds[kind]
        if old.is_stated and new.is_stated and old.wan is not None and new.wan is not None:
            grew.append(new.wan > old.wan)
            break
    first, second = assessment.month(before).physical, assessment.month(after).physical
    if first.pct is not None and second.pct is not None and first.is_whole == second.is_whole:
        grew.append(second.pct > first.pct)
    return any(grew) if grew else None


def _obstacle(assessment: Assessment, facts: ProjectMonth) -> _Finding | None:
    today = last_day(assessment.year, facts.month)
    standing = [one for one in assessment.project.obstacles if _is_open(one, today)]
    if not standing:
        return None
    level = assessment.book.lights.obstacle_level
    judged = [_judge_obstacle(one, today, level) for one in standing]
    worst_light, say = max(judged, key=lambda one: _SEVERITY[one[0]])
    count = len(standing)

    def sentence() -> str:
        return f"问题：{say()}" + (f"（共{count}个问题未销号）" if count > 1 else "")

    return _Finding(Rule.OBSTACLE, worst_light, sentence)


def _is_open(obstacle: Obstacle, today: date) -> bool:
    return obstacle.raised_on <= today and (obstacle.closed_on is None or obstacle.closed_on > today)


def _judge_obstacle(obstacle: Obstacle, today: date, meeting_level: int) -> tuple[Light, Callable[[], str]]:
    what = f"{obstacle.kind}“{obstacle.text}”" if obstacle.kind else f"“{obstacle.text}”"
    decision, due = obstacle.decision_due_on, obstacle.due_on
    if _level(obstacle, today) >= meeting_level:
        if decision is not None and decision < today:
            days = (today - decision).days
            return Light.RED, lambda: f"{what}主要领导会办决定应于{_day(decision)}落实，已逾期{days}天，亮红灯"
        return Light.YELLOW, lambda: f"{what}主要领导会办中，亮黄灯"
    if due is not None and due < today:
        days = (today - due).days
        return Light.YELLOW, lambda: f"{what}应于{_day(due)}办结，已逾期{days}天，亮黄灯"
    return Light.GREEN, lambda: f"{what}未销号，{f'限{_day(due)}办结' if due else '未定期限'}"


def _level(obstacle: Obstacle, today: date) -> int:
    """The escalation level in force on the day; 1 unless raised."""
    return next((level for since, level in reversed(obstacle.levels) if since <= today), 1)


def _count_light(count: int, limits: CountLight) -> Light:
    if count >= limits.red_from:
        return Light.RED
    return Light.YELLOW if count >= limits.yellow_from else Light.GREEN


def _is_signed(act: LightOverride | LightExemption) -> bool:
    """Both need reason and approver; without them the rules stand."""
    return bool(act.reason.strip()) and bool(act.approver.strip())


def _override_sentence(override: LightOverride) -> str:
    word = LIGHT_WORDS[override.light]
    return f"人工认定：{word}，理由：{override.reason}（{override.approver}批准）"


def is_on_schedule(facts: ProjectMonth) -> bool:
    """达序时: investment at least as planned; without investment to judge, physical progress."""
    ratio = facts.investment_ratio if facts.investment_ratio is not None else facts.physical.ratio
    return ratio is not None and ratio >= 1


def _word(now: MonthLight, on_schedule: bool) -> str:
    if now.exemption is not None:
        return EXEMPTED
    if now.light is Light.RED:
        return "红灯·滞后严重"
    if now.light is Light.YELLOW:
        return "黄灯·滞后"
    if now.light is Light.GREEN:
        return "绿灯·达序时" if on_schedule else "绿灯·正常"
    if now.light is Light.GREY:
        return next((_GREY_WORDS[found.rule] for found in now.findings if found.rule in _GREY_WORDS), "灰灯")
    return now.state


def _since(year: int, run: tuple[MonthLight, ...]) -> str | None:
    """The first month of the unbroken run of the present light; 免亮灯 has none and breaks none."""
    now = run[-1]
    if not now.counts:
        return None
    first = now.month
    for one in reversed(run[:-1]):
        if not one.counts:
            continue
        if one.light is not now.light:
            break
        first = one.month
    return month_text(year, first)


def _contradiction(now: MonthLight, word: str, reasons: tuple[LightReason, ...], seen: Outlook) -> str:
    if now.light in (Light.RED, Light.YELLOW) and seen.verdict in (OutlookVerdict.EXPECTED, OutlookVerdict.DONE):
        why = next((reason.sentence for reason in reversed(reasons) if reason.light is now.light), "")
        end = "" if seen.verdict is OutlookVerdict.DONE else f"，{seen.label}"
        return f"虽为{word}（{why}），但{seen.sentence}{end}"
    if now.light is Light.GREEN and seen.verdict is OutlookVerdict.UNLIKELY:
        return f"虽为{word}，但{seen.sentence}，{seen.label}"
    return ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
