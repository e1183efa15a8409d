"""Quarter and final scores (季度得分、最终得分).

Source: RULES §3. A quarter is the mean of its scored months; the final weighs the begun quarters that have a score.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from scoring.monthly import ZERO_SCORE, MonthScore
from scoring.periods import Quarter, quarter_of
from scoring.rounding import half_up
from scoring.rulebook import FinalRules, MissingQuarter, Reason

# With missing_quarter = zero, a quarter shown only through such months does not count against the project.
EXCUSED = frozenset({Reason.SUSPENDED, Reason.NOT_DUE, Reason.NOT_YET_ADDED, Reason.EXEMPT, Reason.LEFT})


@dataclass(frozen=True, slots=True)
class QuarterScore:
    """One begun quarter of one project; `months` are its committed months so far."""

    quarter: Quarter
    score: Decimal | None
    months: tuple[MonthScore, ...]
    is_published: bool = False  # the score is the published one, not the mean of `months`


@dataclass(frozen=True, slots=True)
class FinalScore:
    """The final, with the book's weights of the quarters it was made from."""

    score: Decimal | None
    weights: Mapping[Quarter, Decimal]

    @property
    def effective_weights(self) -> Mapping[Quarter, Fraction]:
        """How much of the final each quarter makes up: percentages, exact."""
        whole = Fraction(sum(self.weights.values()))
        return {quarter: 100 * Fraction(weight) / whole for quarter, weight in self.weights.items()}


def quarter_mean(months: Sequence[MonthScore]) -> Decimal | None:
    """Mean of the scored months, half-up to 0.01; None when none is scored."""
    scores = [month.score for month in months if month.score is not None]
    if not scores:
        return None
    return half_up(sum(scores, Decimal(0)), over=len(scores))


def begun_quarters(
    months: Iterable[MonthScore], published: Mapping[str, Decimal | None] | None = None
) -> tuple[QuarterScore, ...]:
    """The quarters that `months`, in order, belong to; a published score (key Q1–Q4) takes the place of the mean."""
    begun: list[QuarterScore] = []
    for quarter, grouped in groupby(months, key=lambda score: quarter_of(score.month)):
        within = tuple(grouped)
        if published is not None and (key := f"Q{quarter}") in published:
            begun.append(QuarterScore(quarter, published[key], within, is_published=True))
        else:
            begun.append(QuarterScore(quarter, quarter_mean(within), within))
    return tuple(begun)


def final_score(rules: FinalRules, quarters: Sequence[QuarterScore], missing: MissingQuarter) -> FinalScore:
    """Σ w·q ÷ Σ w over the begun quarters that count; nothing scored is None."""
    counted: dict[Quarter, Decimal] = {}
    has_score = False
    for quarter in quarters:
        if not rules.weights[quarter.quarter]:
            continue
        if quarter.score is not None:
            has_score = True
            counted[quarter.quarter] = quarter.score
        elif missing is MissingQuarter.ZERO and any(month.reason not in EXCUSED for month in quarter.months):
            counted[quarter.quarter] = ZERO_SCORE
    if not has_score:
        return FinalScore(None, {})
    weights = {quarter: rules.weights[quarter] for quarter in counted}
    points = sum((weights[quarter] * score for quarter, score in counted.items()), Decimal(0))
    return FinalScore(half_up(points, over=sum(weights.values(), Decimal(0))), weights)
