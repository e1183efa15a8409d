"""Outlook to year-end (年度完成预计): done, expected or unlikely, by the forecast of the book's method.

Source: RULES §6. Amounts in 万元, exact until printed.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from scoring.assessment import Assessment
from scoring.facts import Milestone, Month, OutlookJudgement, OutlookVerdict
from scoring.forecast import forecast
from scoring.monthly import JUDGED_SOURCES
from scoring.pace import NO_RANGE_WORDS
from scoring.periods import last_day
from scoring.rounding import figure, percent

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
    low_wan: Fraction | None = None  # the range stands beside the forecast; the verdict is the forecast's alone
    high_wan: Fraction | None = None
    range_sentence: str = ""  # empty where there is no forecast

    @property
    def label(self) -> str:
        return LABELS[self.verdict] if self.verdict is not None else UNKNOWN_LABEL


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
        f"截至{seen.latest}月累计完成{figure(seen.done_wan)}万元，{seen.how}，"
        f"推算全年完成{figure(seen.wan)}万元，为年度计划{figure(annual)}万元的{percent(ratio, rules.cut)}，"
        f"{'达到' if reached else '低于'}{figure(100 * rules.cut)}%"
    )
    if late:
        sentence += f"；{_late_words(late)}"
    verdict = OutlookVerdict.EXPECTED if reached and not late else OutlookVerdict.UNLIKELY
    around = seen.range
    return Outlook(
        verdict,
        sentence,
        forecast_wan=seen.wan,
        forecast_ratio=ratio,
        judgement=judgement,
        low_wan=around.low_wan if around else None,
        high_wan=around.high_wan if around else None,
        range_sentence=around.words if around else NO_RANGE_WORDS,
    )


def milestone_forecast(milestone: Milestone, today: date) -> date:
    """When a node not yet done will be: as entered; else, overdue, as late again as it is now; else as planned."""
    if milestone.forecast_on is not None:
        return milestone.forecast_on
    return today + (today - milestone.due_on) if milestone.due_on < today else milestone.due_on


def sorted_judgements(assessment: Assessment) -> list[OutlookJudgement]:
    return sorted(assessment.project.outlook_judgements, key=lambda one: one.month)


def open_targets(assessment: Assessment, today: date) -> list[Milestone]:
    """The target nodes not done by `today`."""
    return [
        one for one in assessment.project.milestones if one.is_target and (one.done_on is None or one.done_on > today)
    ]


def _late_targets(assessment: Assessment, month: Month) -> list[tuple[Milestone, date]]:
    """Target nodes forecast later than December, with the forecast."""
    today, year_end = last_day(assessment.year, month), date(assessment.year, 12, 31)
    forecasts = [(one, milestone_forecast(one, today)) for one in open_targets(assessment, today)]
    return [(one, on) for one, on in forecasts if on > year_end]


def _late_words(late: list[tuple[Milestone, date]]) -> str:
    return "，".join(f"目标节点“{one.name}”预计{on.year}年{on.month}月{on.day}日完成，晚于12月" for one, on in late)


def _by_milestones(
    assessment: Assessment, month: Month, late: list[tuple[Milestone, date]]
) -> tuple[OutlookVerdict | None, str]:
    """Without annual investment the target nodes decide, once anything has been assessed at all."""
    today = last_day(assessment.year, month)
    overdue = [one for one in open_targets(assessment, today) if one.due_on < today]
    if late:
        return OutlookVerdict.UNLIKELY, f"无年度投资计划，按节点推算，{_late_words(late)}"
    if overdue:
        words = "，".join(f"目标节点“{one.name}”已逾期{(today - one.due_on).days}天" for one in overdue)
        return OutlookVerdict.UNLIKELY, f"无年度投资计划，按节点推算，{words}"
    if any(score.source in JUDGED_SOURCES for score in assessment.scores(month)):
        return OutlookVerdict.EXPECTED, "无年度投资计划，按节点推算，目标节点没有逾期，也没有晚于12月的"
    return None, f"无年度投资计划，也没有任何月份评分，{UNKNOWN_LABEL}"
