"""What the projects somebody holds add up to (承担项目的指标值): completion, starts, finishes, closed obstacles.

Source: DOMAIN §1.3 (A, B, C, G). Figures are those of the period's last committed month. Nothing is rounded here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring.assessees import Measured, Ref, exact
from scoring.assessment import Assessment
from scoring.facts import Month, Obstacle, Project
from scoring.lifecycle import State
from scoring.lights import is_on_schedule, started
from scoring.measures import Measure
from scoring.periods import last_day, month_index
from scoring.rounding import figure, percent
from scoring.rulebook import class_name
from scoring.schemes import Parameters

SHOWN = 6  # projects named in a sentence at most; all stand in its refs


@dataclass(frozen=True, slots=True)
class HeldProject:
    """One project of an assessee, with its score on the period's own board. `reason` says why it has none."""

    assessment: Assessment
    score: Decimal | None
    reason: str | None = None
    nature: str = ""  # 新建 | 续建

    @property
    def project(self) -> Project:
        return self.assessment.project


@dataclass(frozen=True, slots=True)
class Span:
    """The period's months through its last committed one, and what is recorded of the programme at all."""

    year: int
    months: tuple[Month, ...]
    has_visits: bool = False
    has_statistics: bool = False

    @property
    def last(self) -> Month:
        return self.months[-1]


Held = Sequence[HeldProject]


def _named(held: Held) -> str:
    """How many and which, as far as a sentence holds them."""
    if not held:
        return "0个"
    more = "等" if len(held) > SHOWN else ""
    return f"{len(held)}个（{'、'.join(one.project.name for one in held[:SHOWN])}{more}）"


def _refs(held: Held, words: Callable[[HeldProject], str]) -> tuple[Ref, ...]:
    return tuple(Ref("project", one.project.code, words(one)) for one in held)


def _project_mean(_: Parameters, held: Held, span: Span) -> Measured:
    scored = [(one, one.score) for one in held if one.score is not None]
    without = [one for one in held if one.score is None]
    why = "、".join(sorted({one.reason or "未计分" for one in without}))
    left_out = f"，另有{len(without)}个未计分（{why}）不计入" if without else ""
    refs = _refs(held, lambda one: f"{one.score}分" if one.score is not None else f"未计分（{one.reason}），不计入")
    if not scored:
        return Measured(None, f"承担的{len(held)}个项目均未计分（{why}）", refs=refs)
    total = sum((score for _, score in scored), Decimal(0))
    words = f"{len(scored)}个项目得分合计{total}分{left_out}"
    return Measured(Fraction(total) / (100 * len(scored)), words, f"{total}÷（{len(scored)}×100）", refs)


def _invested(one: HeldProject, month: Month) -> Decimal | None:
    return one.assessment.month(month).invested.stated_wan


def _sums(held: Held, span: Span, due: Callable[[HeldProject], Fraction | None]) -> tuple[Fraction, Fraction, Held]:
    """Σ invested and Σ due over the projects where both stand."""
    done, whole, counted = Fraction(0), Fraction(0), []
    for one in held:
        invested, wan = _invested(one, span.last), due(one)
        if invested is not None and wan:
            done, whole = done + Fraction(invested), whole + wan
            counted.append(one)
    return done, whole, counted


def _due(month: Month) -> Callable[[HeldProject], Fraction | None]:
    return lambda one: one.assessment.month(month).due.wan


def _annual(month: Month) -> Callable[[HeldProject], Fraction | None]:
    def wan(one: HeldProject) -> Fraction | None:
        annual = one.assessment.month(month).due.annual_wan
        return None if annual is None else Fraction(annual)

    return wan


def _ratio(held: Held, span: Span, due: Callable[[HeldProject], Fraction | None], what: str) -> Measured:
    done, whole, counted = _sums(held, span, due)

    def words(one: HeldProject) -> str:
        wan, planned = _invested(one, span.last), due(one)
        if wan is None or not planned:
            return f"没有本年累计完成或{what}，不计入"
        return f"完成{figure(wan)}万元，{what}{figure(planned)}万元"

    refs = _refs(held, words)
    if not counted:
        return Measured(None, f"没有可比的完成投资与{what}", refs=refs)
    left = len(held) - len(counted)
    others = f"，另有{left}个无数据不计入" if left else ""
    said = f"{len(counted)}个项目累计完成{figure(done)}万元，{what}{figure(whole)}万元{others}"
    shown = exact(whole)
    return Measured(done / whole, said, f"{exact(done)}÷{f'（{shown}）' if '÷' in shown else shown}", refs)


def _completion(_: Parameters, held: Held, span: Span) -> Measured:
    return _ratio(held, span, _due(span.last), "累计应完成")


def _annual_completion(_: Parameters, held: Held, span: Span) -> Measured:
    return _ratio(held, span, _annual(span.last), "年度计划")


def _completion_balance(rules: Parameters, held: Held, span: Span) -> Measured:
    assert rules.above is not None and rules.below is not None  # the grammar
    cuts, ratios = (rules.above, rules.below), {}
    for one in held:
        ratio = one.assessment.month(span.last).investment_ratio
        if ratio is not None:
            ratios[one.project.code] = ratio
    judged = [one for one in held if one.project.code in ratios]
    if not judged:
        return Measured(None, "没有可判定完成率的项目")
    high = [one for one in judged if ratios[one.project.code] > rules.above]
    low = [one for one in judged if ratios[one.project.code] < rules.below]
    refs = _refs(judged, lambda one: f"完成率{percent(ratios[one.project.code], *cuts)}")
    words = f"完成率高于{figure(100 * rules.above)}%的{_named(high)}，低于{figure(100 * rules.below)}%的{_named(low)}"
    return _difference(len(high), len(low), words, refs)


def _difference(plus: int, minus: int, words: str, refs: tuple[Ref, ...]) -> Measured:
    return Measured(Fraction(plus - minus), words, f"（{plus}－{minus}）", refs)


def _amount(held: Held, span: Span, wan: Callable[[HeldProject], Fraction | None], what: str) -> Measured:
    known = [(one, found) for one in held if (found := wan(one)) is not None]
    if not known:
        return Measured(None, f"没有{what}")
    refs = tuple(Ref("project", one.project.code, f"{what}{figure(found)}万元") for one, found in known)
    total = sum((found for _, found in known), Fraction(0))
    return Measured(total, f"{what}{figure(total)}万元", exact(total), refs)


def _annual_plan(_: Parameters, held: Held, span: Span) -> Measured:
    return _amount(held, span, _annual(span.last), "年度计划投资")


def _invested_wan(_: Parameters, held: Held, span: Span) -> Measured:
    def wan(one: HeldProject) -> Fraction | None:
        found = _invested(one, span.last)
        return None if found is None else Fraction(found)

    return _amount(held, span, wan, "本年累计完成投资")


def _large_months(rules: Parameters, held: Held, span: Span) -> Measured:
    """Months in which the counted investment grew by more than the amount, of all projects together."""
    assert rules.amount is not None  # the grammar
    found = []
    refs = []
    for one in held:
        for month in one.assessment.committed_months:
            after = _invested(one, month)
            before = Decimal(0) if month == 1 else _invested(one, month - 1) if month - 1 in _committed(one) else None
            if month <= span.last and after is not None and before is not None and after - before > rules.amount:
                found.append(f"{one.project.name}{month}月")
                refs.append(Ref("project", one.project.code, f"{month}月完成{figure(after - before)}万元"))
    words = f"单月完成投资超过{figure(rules.amount)}万元的{len(found)}个月"
    return Measured(Fraction(len(found)), f"{words}（{'、'.join(found)}）" if found else words, refs=tuple(refs))


def _committed(one: HeldProject) -> tuple[Month, ...]:
    return one.assessment.committed_months


# 开工: a target is a new project planned to start in the year; early and late are told by year and month.


def _planned_start(one: HeldProject, span: Span) -> int | None:
    """The planned month of starting, counted from January of the year; None unless it lies in the year."""
    start = one.assessment.month(span.last).due.schedule.planned_start
    if start is None or one.nature not in ("", "新建"):
        return None
    month = month_index(span.year, start)
    return month if 1 <= month <= 12 else None


def _start_month(one: HeldProject, span: Span) -> int | None:
    """The month in which it started by what is recorded; None while it has not by the period's last month."""
    if not started(one.assessment, span.last):
        return None
    actual = one.project.actual_start
    if actual is not None:
        return month_index(span.year, actual)
    return one.assessment.first_progress or span.last


def _start_words(one: HeldProject, span: Span) -> str:
    at = _start_month(one, span)
    return f"计划{_planned_start(one, span)}月开工，{f'{at}月已开工' if at is not None else '尚未开工'}"


def _targets(held: Held, span: Span) -> Held:
    return [one for one in held if _planned_start(one, span) is not None]


def _started(_: Parameters, held: Held, span: Span) -> Measured:
    targets = _targets(held, span)
    done = [one for one in targets if _start_month(one, span) is not None]
    refs = _refs(targets, lambda one: _start_words(one, span))
    return Measured(Fraction(len(done)), f"开工目标{len(targets)}个，已开工{len(done)}个", refs=refs)


def _start_rate(_: Parameters, held: Held, span: Span) -> Measured:
    targets = _targets(held, span)
    done = [one for one in targets if _start_month(one, span) is not None]
    refs = _refs(targets, lambda one: _start_words(one, span))
    return _rate(len(done), len(targets), "开工目标", "已开工", refs)


def _rate(done: int, whole: int, of: str, what: str, refs: tuple[Ref, ...]) -> Measured:
    if not whole:
        return Measured(None, f"没有{of}")
    return Measured(Fraction(done, whole), f"{of}{whole}个，{what}{done}个", f"{done}÷{whole}", refs)


def _start_balance(_: Parameters, held: Held, span: Span) -> Measured:
    targets = _targets(held, span)
    early, late = [], []
    for one in targets:
        planned, at = _planned_start(one, span), _start_month(one, span)
        assert planned is not None
        if at is not None and at < planned:
            early.append(one)
        elif planned < (span.last if at is None else at):
            late.append(one)
    refs = _refs(targets, lambda one: _start_words(one, span))
    return _difference(len(early), len(late), f"提前开工{_named(early)}，逾期开工{_named(late)}", refs)


# 竣工


def _is_finished(one: HeldProject, span: Span) -> bool:
    return one.assessment.standing(span.last).state is State.COMPLETED


def _finished(_: Parameters, held: Held, span: Span) -> Measured:
    done = [one for one in held if _is_finished(one, span)]
    return Measured(Fraction(len(done)), f"已完工{_named(done)}", refs=_refs(done, lambda one: "已完工"))


def _finish_rate(_: Parameters, held: Held, span: Span) -> Measured:
    def is_due(one: HeldProject) -> bool:
        finish = one.assessment.month(span.last).due.schedule.planned_finish
        return finish is not None and 1 <= month_index(span.year, finish) <= 12

    targets = [one for one in held if is_due(one)]
    done = [one for one in targets if _is_finished(one, span)]
    refs = _refs(targets, lambda one: "已完工" if _is_finished(one, span) else "未完工")
    return _rate(len(done), len(targets), "竣工目标", "已竣工", refs)


# 入库


def _in_register(one: HeldProject, span: Span) -> bool:
    """Its statistical investment stands in a record of the year: then it has entered the register (入库)."""
    return any(
        value is not None
        for month, record in one.assessment.records.items()
        if month <= span.last
        for value in (record.statistical.ytd_wan, record.statistical.month_wan, record.statistical.to_date_wan)
    )


def _in_statistics(_: Parameters, held: Held, span: Span) -> Measured:
    if not span.has_statistics:
        return Measured(None, "纳统投资尚未收集")
    done = [one for one in held if _in_register(one, span)]
    return Measured(Fraction(len(done)), f"有纳统投资的{_named(done)}", refs=_refs(done, lambda one: "有纳统投资"))


def _statistics_rate(_: Parameters, held: Held, span: Span) -> Measured:
    if not span.has_statistics:
        return Measured(None, "纳统投资尚未收集")
    done = [one for one in held if _in_register(one, span)]
    refs = _refs(held, lambda one: "有纳统投资" if _in_register(one, span) else "没有纳统投资")
    return _rate(len(done), len(held), "项目", "有纳统投资", refs)


# 难题销号


def _obstacles(held: Held, span: Span) -> list[tuple[HeldProject, Obstacle]]:
    day = last_day(span.year, span.last)
    return [(one, each) for one in held for each in one.project.obstacles if each.raised_on <= day]


def _closed_by(obstacle: Obstacle, span: Span) -> bool:
    return obstacle.closed_on is not None and obstacle.closed_on <= last_day(span.year, span.last)


def _obstacle_refs(found: list[tuple[HeldProject, Obstacle]], span: Span) -> tuple[Ref, ...]:
    return tuple(
        Ref("obstacle", one.project.code, f"{each.kind}：{'已销号' if _closed_by(each, span) else '未销号'}", each.ref)
        for one, each in found
    )


def _closed_obstacles(_: Parameters, held: Held, span: Span) -> Measured:
    found = _obstacles(held, span)
    closed = [pair for pair in found if _closed_by(pair[1], span)]
    words = f"提出难题{len(found)}个，已销号{len(closed)}个"
    return Measured(Fraction(len(closed)), words, refs=_obstacle_refs(found, span))


def _closing_rate(_: Parameters, held: Held, span: Span) -> Measured:
    found = _obstacles(held, span)
    closed = sum(1 for one, each in found if _closed_by(each, span))
    return _rate(closed, len(found), "提出的难题", "已销号", _obstacle_refs(found, span))


def _closing_balance(_: Parameters, held: Held, span: Span) -> Measured:
    """Early and late by year and month, as with starting: inside the month of the due day is neither."""
    found = _obstacles(held, span)
    early = late = 0
    for each in (obstacle for one, obstacle in found):
        if each.due_on is None:
            continue
        due = month_index(span.year, each.due_on)
        if _closed_by(each, span) and each.closed_on is not None:
            closed = month_index(span.year, each.closed_on)
            early, late = early + (closed < due), late + (closed > due)
        elif due < span.last:
            late += 1
    return _difference(early, late, f"提前销号{early}个，逾期{late}个", _obstacle_refs(found, span))


# 达序时，类别、性质、级别


def _on_schedule_rate(_: Parameters, held: Held, span: Span) -> Measured:
    """达序时 among the projects that can be judged by the schedule; a finished one has done all that was due."""

    def judged(one: HeldProject) -> bool | None:
        facts = one.assessment.month(span.last)
        if facts.standing.state is State.COMPLETED:
            return True
        has_ratio = facts.investment_ratio is not None or facts.physical.ratio is not None
        return is_on_schedule(facts) if has_ratio else None

    known = [(one, verdict) for one in held if (verdict := judged(one)) is not None]
    done = [verdict for one, verdict in known if verdict]
    refs = tuple(Ref("project", one.project.code, "达序时" if verdict else "未达序时") for one, verdict in known)
    return _rate(len(done), len(known), "能判定序时的项目", "达序时", refs)


def _of(kind: str, value: Callable[[HeldProject], str], norm: Callable[[str], str] = str) -> "Counting":
    def count(rules: Parameters, held: Held, span: Span) -> Measured:
        wanted = {norm(name) for name in rules.names}
        found = [one for one in held if norm(value(one)) in wanted]
        said = f"{kind}为{'、'.join(rules.names)}的{_named(found)}"
        if len(held) == 1:
            said = f"{kind}为{value(held[0]) or '未填'}"
        return Measured(Fraction(len(found)), said, refs=_refs(found, value))

    return count


Counting = Callable[[Parameters, Held, Span], Measured]

OF_PROJECTS: Mapping[Measure, Counting] = {
    Measure.PROJECT_MEAN: _project_mean,
    Measure.COMPLETION: _completion,
    Measure.ANNUAL_COMPLETION: _annual_completion,
    Measure.COMPLETION_BALANCE: _completion_balance,
    Measure.ANNUAL_PLAN: _annual_plan,
    Measure.INVESTED: _invested_wan,
    Measure.LARGE_MONTHS: _large_months,
    Measure.STARTED: _started,
    Measure.START_RATE: _start_rate,
    Measure.START_BALANCE: _start_balance,
    Measure.FINISHED: _finished,
    Measure.FINISH_RATE: _finish_rate,
    Measure.IN_STATISTICS: _in_statistics,
    Measure.STATISTICS_RATE: _statistics_rate,
    Measure.CLOSED_OBSTACLES: _closed_obstacles,
    Measure.CLOSING_RATE: _closing_rate,
    Measure.CLOSING_BALANCE: _closing_balance,
    Measure.ON_SCHEDULE_RATE: _on_schedule_rate,
    Measure.OF_CLASS: _of("类别", lambda one: one.project.group_class, class_name),
    Measure.OF_NATURE: _of("建设性质", lambda one: one.nature),
    Measure.OF_LEVEL: _of("级别", lambda one: one.project.level),
}
