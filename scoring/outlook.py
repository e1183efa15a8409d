"""Outlook to year-end (年度完成预计): done, expected or unlikely, from the project's own recent pace.

Source: RULES §6. Amounts in 万元, exact until printed.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from scoring.assessment import Assessment
from scoring.facts import Milestone, Month, OutlookJudgement, OutlookVerdict
from scoring.monthly import JUDGED_SOURCES
from scoring.periods import last_day
from scoring.rounding import figure, percent
from scoring.rulebook import OutlookMethod

LABELS = {
    OutlookVerdict.DONE: "已完工或部分完工",
    OutlookVerdict.EXPECTED: "预计可完成或超额",
    OutlookVerdict.UNLIKELY: "预计无法完成",
}
UNKNOWN_LABEL = "资料不足"


@dataclass(frozen=True, slots=True)
class Outlook:
    """系统推算 with its sentence; `judgement` is 办公室认定, which stands beside it and does not change it."""

    verdict: OutlookVerdict | None
    sentence: str
    forecast_wan: Fraction | None = None
    forecast_ratio: Fraction | None = None  # of the annual plan
    judgement: OutlookJudgement | None = None

    @property
    def label(self) -> str:
        return LABELS[self.verdict] if self.verdict is not None else UNKNOWN_LABEL


@dataclass(frozen=True, slots=True)
class Forecast:
    """Year-end investment: `latest` is the last known month, `pace_wan` the investment per month taken onwards."""

    latest: Month
    done_wan: Fraction
    pace_wan: Fraction
    pace_months: int
    wan: Fraction


def outlook(assessment: Assessment, month: Month) -> Outlook:
    """One project's outlook as of the end of `month`."""
    judgement = next(
        (one for one in reversed(sorted_judgements(assessment)) if one.month <= month),
        None,
    )
    facts = assessment.month(month)
    if facts.standing.is_done:
        return Outlook(OutlookVerdict.DONE, f"已{facts.standing.underlying}", judgement=judgement)
    late = _late_targets(assessment, month)
    annual = facts.due.annual_wan
    if annual is None:
        verdict, sentence = _by_milestones(assessment, month, late)
        return Outlook(verdict, sentence, judgement=judgement)

    seen = forecast(assessment, month)
    if seen is None:
        return Outlook(None, f"没有本年累计投资数据，{UNKNOWN_LABEL}", judgement=judgement)
    rules = assessment.book.outlook
    if seen.latest < month - rules.stale_after_months:
        stale = f"最近的投资数据为{seen.latest}月，早于{rules.stale_after_months}个月前，{UNKNOWN_LABEL}"
        return Outlook(None, stale, judgement=judgement)
    ratio = seen.wan / Fraction(annual)
    reached = ratio >= rules.cut
    sentence = (
        f"截至{seen.latest}月累计完成{figure(seen.done_wan)}万元，近{seen.pace_months}个月月均{figure(seen.pace_wan)}万元，"
        f"推算全年完成{figure(seen.wan)}万元，为年度计划{figure(annual)}万元的{percent(ratio, rules.cut)}，"
        f"{'达到' if reached else '低于'}{figure(100 * rules.cut)}%"
    )
    if late:
        sentence += f"；{_late_words(late)}"
    verdict = OutlookVerdict.EXPECTED if reached and not late else OutlookVerdict.UNLIKELY
    return Outlook(verdict, sentence, seen.wan, ratio, judgement)


def forecast(assessment: Assessment, month: Month) -> Forecast | None:
    """Year-end investment by the book's method, from the year-to-dates known up to `month`; None without any."""
    known = {
        at: Fraction(wan)
        for at in assessment.committed_months
        if at <= month and (wan := assessment.invested(at, month).stated_wan) is not None
    }
    if not known:
        return None
    latest = max(known)
    # Nothing was invested before the window; a figure from before it is measured from the month before itself.
    first = assessment.month(month).due.schedule.window.first
    origin = first - 1 if latest >= first else latest - 1
    since, wan_since = origin, Fraction(0)
    if assessment.book.outlook.method is OutlookMethod.RECENT_SLOPE:
        earlier = [at for at in known if at <= latest - assessment.book.outlook.slope_months]
        start = max(earlier) if earlier else min(known)
        if start != latest:
            since, wan_since = start, known[start]
    pace = max(Fraction(0), (known[latest] - wan_since) / (latest - since))
    return Forecast(latest, known[latest], pace, latest - since, known[latest] + (12 - latest) * pace)


def milestone_forecast(milestone: Milestone, today: date) -> date:
    """When a node not yet done will be: as entered; else, overdue, as late again as it is now; else as planned."""
    if milestone.forecast_on is not None:
        return milestone.forecast_on
    return today + (today - milestone.due_on) if milestone.due_on < today else milestone.due_on


def sorted_judgements(assessment: Assessment) -> list[OutlookJudgement]:
    return sorted(assessment.project.outlook_judgements, key=lambda one: one.month)


def _open_targets(assessment: Assessment, today: date) -> list[Milestone]:
    return [
        one for one in assessment.project.milestones if one.is_target and (one.done_on is None or one.done_on > today)
    ]


def _late_targets(assessment: Assessment, month: Month) -> list[tuple[Milestone, date]]:
    """Target nodes forecast later than December, with the forecast."""
    today, year_end = last_day(assessment.year, month), date(assessment.year, 12, 31)
    forecasts = [(one, milestone_forecast(one, today)) for one in _open_targets(assessment, today)]
    return [(one, on) for one, on in forecasts if on > year_end]


def _late_words(late: list[tuple[Milestone, date]]) -> str:
    return "，".join(f"目标节点“{one.name}”预计{on.year}年{on.month}月{on.day}日完成，晚于12月" for one, on in late)


def _by_milestones(
    assessment: Assessment, month: Month, late: list[tuple[Milestone, date]]
) -> tuple[OutlookVerdict | None, str]:
    """Without annual investment the target nodes decide, once anything has been assessed at all."""
    today = last_day(assessment.year, month)
    overdue = [one for one in _open_targets(assessment, today) if one.due_on < today]
    if late:
        return OutlookVerdict.UNLIKELY, f"无年度投资计划，按节点推算，{_late_words(late)}"
    if overdue:
        words = "，".join(f"目标节点“{one.name}”已逾期{(today - one.due_on).days}天" for one in overdue)
        return OutlookVerdict.UNLIKELY, f"无年度投资计划，按节点推算，{words}"
    if any(score.source in JUDGED_SOURCES for score in assessment.scores(month)):
        return OutlookVerdict.EXPECTED, "无年度投资计划，按节点推算，目标节点没有逾期，也没有晚于12月的"
    return None, f"无年度投资计划，也没有任何月份评分，{UNKNOWN_LABEL}"
