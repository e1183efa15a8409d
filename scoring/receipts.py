"""Receipts (得分明细): how one project's score in a period comes about, from the final down to the figures.

Source: RULES §2–§3; CONTRACTS, receipt. Each step is printed so that it can be worked again by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from scoring.assessment import Assessed, Assessment, QuarterScores
from scoring.facts import Programme
from scoring.lifecycle import Membership
from scoring.monthly import IndicatorScore, MonthScore, ScoreSource
from scoring.periods import QUARTER_WORDS, Period, PeriodKind, interim_label, month_text, quarter_of
from scoring.quarterly import FinalScore, QuarterScore, final_score, quarter_mean
from scoring.ranking import PeriodScore, not_ranked_reason, period_score
from scoring.rounding import exact, half_up
from scoring.rulebook import MissingQuarter, Reason, RuleBook


class UnknownProject(LookupError):
    """The programme has no project of that code. The message is one Chinese sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(f"本年度计划中没有编号为“{code}”的项目，请核对项目编号。")


@dataclass(frozen=True, slots=True)
class ReceiptMonth:
    """One committed month. `reason` is set where the month has no score of its own; `sources` are the cells used."""

    month: str  # YYYY-MM
    score: Decimal | None
    source: ScoreSource | None
    reason: Reason | None
    sentence: str
    indicators: tuple[IndicatorScore, ...]
    detail: MonthScore


@dataclass(frozen=True, slots=True)
class ReceiptQuarter:
    """One begun quarter. Weights are percentages; `effective_weight` is null outside a year's receipt."""

    quarter: str  # Q1–Q4
    weight: Decimal
    effective_weight: Decimal | None
    score: Decimal | None
    is_published: bool
    sentence: str
    months: tuple[ReceiptMonth, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """The score under the other policy for a begun quarter without score."""

    missing_quarter: MissingQuarter
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class Receipt:
    code: str
    name: str
    period: str
    label: str
    score: Decimal | None
    not_scored_reason: str | None  # also set where there is a score but no rank
    formula: str
    quarters: tuple[ReceiptQuarter, ...]
    alternative: Alternative
    policy: Mapping[str, str | Mapping[str, str]]
    policy_sentences: tuple[str, ...]
    steps: tuple[str, ...]  # months, quarters, final, in the order they are worked


def receipt(
    book: RuleBook,
    programme: Programme,
    code: str,
    period: Period,
    *,
    quarter_scores: QuarterScores | None = None,
    given: Mapping[str, str] | None = None,
    assessed: Assessed | None = None,
) -> Receipt:
    """The receipt of one project, through the period's last committed month. Raises UnknownProject.

    `given` says whose figure a quarter score (key Q1–Q4) of `quarter_scores` is: 通报数 (default), 更正数 …
    """
    shared = assessed or Assessed(book, programme)
    if code not in shared:
        raise UnknownProject(code)
    assessment = shared[code]
    committed = period.committed(programme.committed_months) if period.year == programme.year else ()
    missing = book.final.missing_quarter
    if not committed:
        label = interim_label(period, committed)
        return _receipt(book, assessment, period, label, None, None, label, (), Alternative(missing.other, None))
    last = committed[-1]
    found = period_score(assessment, period, last, (quarter_scores or {}).get(code))
    if assessment.is_member(last):
        reason = not_ranked_reason(assessment, period, last, found)
    else:
        left = assessment.standing(last).membership is Membership.LEFT
        reason = str(Reason.LEFT if left else Reason.NOT_YET_ADDED)
    other = found.score
    if period.kind is PeriodKind.YEAR:
        other = final_score(book.final, found.quarters, missing.other).score
    return _receipt(
        book,
        assessment,
        period,
        interim_label(period, committed),
        found.score,
        reason,
        formula(book, assessment, period, found, given or {}),
        _quarters(book, assessment, period, found, given or {}),
        Alternative(missing.other, other),
    )


def _receipt(
    book: RuleBook,
    assessment: Assessment,
    period: Period,
    label: str,
    score: Decimal | None,
    reason: str | None,
    formula: str,
    quarters: tuple[ReceiptQuarter, ...],
    alternative: Alternative,
) -> Receipt:
    return Receipt(
        code=assessment.project.code,
        name=assessment.project.name,
        period=period.text,
        label=label,
        score=score,
        not_scored_reason=reason,
        formula=formula,
        quarters=quarters,
        alternative=alternative,
        policy=_policy(book),
        policy_sentences=book.policy_sentences(),
        steps=_steps(period, quarters, formula),
    )


def _quarters(
    book: RuleBook, assessment: Assessment, period: Period, found: PeriodScore, given: Mapping[str, str]
) -> tuple[ReceiptQuarter, ...]:
    shown: list[ReceiptQuarter] = []
    for quarter in found.quarters:
        months = tuple(one for one in quarter.months if one.month in period.months)
        if not months:
            continue
        whole = period.kind is not PeriodKind.MONTH
        shown.append(
            ReceiptQuarter(
                quarter=f"Q{quarter.quarter}",
                weight=book.final.weights[quarter.quarter],
                effective_weight=_effective(found.final, quarter),
                score=quarter.score if whole else None,
                is_published=quarter.is_published,
                sentence=quarter_sentence(quarter, given) + _missing(book, found, quarter) if whole else "",
                months=tuple(_month(assessment, one) for one in months),
            )
        )
    return tuple(shown)


def _effective(final: FinalScore | None, quarter: QuarterScore) -> Decimal | None:
    return None if final is None else half_up(final.effective_weights.get(quarter.quarter, Fraction(0)))


def _month(assessment: Assessment, score: MonthScore) -> ReceiptMonth:
    return ReceiptMonth(
        month=month_text(assessment.year, score.month),
        score=score.score,
        source=score.source,
        reason=score.reason,
        sentence=score.sentence,
        indicators=score.indicators,
        detail=score,
    )


def formula(
    book: RuleBook,
    assessment: Assessment,
    period: Period,
    found: PeriodScore,
    given: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The period's score as one line of arithmetic. `given` are the words for quarters that are not worked out."""
    if period.kind is PeriodKind.MONTH:
        return assessment.score(period.number).sentence
    if period.kind is PeriodKind.QUARTER:
        return next(quarter_sentence(one, given) for one in found.quarters if one.quarter == period.number)
    if found.final is None or found.score is None:
        return "没有计权的季度得分，不计最终得分"
    counted = found.final.effective_weights
    scores = {one.quarter: one.score if one.score is not None else Decimal("0.00") for one in found.quarters}
    products = "＋".join(f"{scores[quarter]}×{exact(book.final.weights[quarter])}%" for quarter in counted)
    weights = sum((book.final.weights[quarter] for quarter in counted), Decimal(0))
    return f"（{products}）÷{exact(weights)}%＝{found.score}分"


def quarter_sentence(quarter: QuarterScore, given: Mapping[str, str] = MappingProxyType({})) -> str:
    """（80.00＋90.00）÷2＝85.00分, or why there is none."""
    scored = [month.score for month in quarter.months if month.score is not None]
    mean = quarter_mean(quarter.months)
    worked = f"（{'＋'.join(str(score) for score in scored)}）÷{len(scored)}＝{mean}分" if scored else ""
    if quarter.is_published:
        word = given.get(f"Q{quarter.quarter}", "通报数")
        stated = f"按{word}没有得分" if quarter.score is None else f"按{word}为{quarter.score}分"
        return stated if mean == quarter.score else f"{stated}（按现有月度得分为{worked or '没有得分'}，不采用）"
    return worked or "没有计分的月份，本季度没有得分"


def _missing(book: RuleBook, found: PeriodScore, quarter: QuarterScore) -> str:
    """What becomes of a weighted quarter without score in a year's final."""
    if quarter.score is not None or found.final is None or not book.final.weights[quarter.quarter]:
        return ""
    if quarter.quarter in found.final.effective_weights:
        return "，按办法在最终得分中计0.00分"
    return "，最终得分不计这一季度"


def _steps(period: Period, quarters: tuple[ReceiptQuarter, ...], formula: str) -> tuple[str, ...]:
    steps: list[str] = []
    for quarter in quarters:
        for month in quarter.months:
            steps += [f"{month.detail.month}月{line.name}：{line.reason}" for line in month.indicators]
            steps.append(f"{month.detail.month}月：{month.sentence}")
        if period.kind is PeriodKind.YEAR:
            steps.append(f"{QUARTER_WORDS[quarter_of(quarter.months[0].detail.month)]}：{quarter.sentence}")
    if not quarters:
        return (formula,)
    if period.kind is not PeriodKind.MONTH:
        steps.append(f"{period.words}：{formula}")
    return tuple(steps)


def _policy(book: RuleBook) -> Mapping[str, str | Mapping[str, str]]:
    return {
        "rulebook": book.code,
        "version": book.version,
        "basis": str(book.basis),
        "investment_basis": "、".join(kind.words for kind in book.investment.kinds),
        "physical_basis": str(book.physical_basis),
        "missing_indicator": str(book.monthly.missing_indicator),
        "missing_quarter": str(book.final.missing_quarter),
        "completed": str(book.monthly.completed),
        "completed_in_month_boards": str(book.ranking.completed_in_month_boards),
        "tie_break": str(book.ranking.tie_break),
        "reasons": {str(reason): str(policy) for reason, policy in book.monthly.reasons.items()},
    }
