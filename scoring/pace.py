"""Paces of investment (月均速度) between neighbouring figures, and the year-end range they span (推算区间).

Source: RULES §6 gives the forecast; the range is the product's own, said beside it, and judges nothing. It is the
simplest that held the outcome about four times in five on synthetic programmes (docs/回测.md). Amounts in 万元, exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from scoring.assessment import Assessment
from scoring.facts import Month
from scoring.rounding import figure

YEAR_END: Month = 12
MINIMUM_PACES = 2  # a single pace has no slowest and fastest


@dataclass(frozen=True, slots=True)
class Range:
    """Year-end investment if the project went on at its slowest, and at its fastest, pace of the `paces` known.

    It always holds the forecast it stands beside, whatever method made it.
    """

    low_wan: Fraction
    high_wan: Fraction
    paces: int

    @property
    def words(self) -> str:
        return (
            f"全年约在{figure(self.low_wan)}—{figure(self.high_wan)}万元之间"
            f"（依据{self.paces}个数据：已有{self.paces}段月均速度中最慢的与最快的）"
        )


NO_RANGE_WORDS = f"本年有投资的数据不足{MINIMUM_PACES}个，暂不给出区间"


def known_wan(assessment: Assessment, month: Month) -> dict[Month, Fraction]:
    """The year-to-dates stated by records up to `month`, by the plan in force then."""
    return {
        at: Fraction(wan)
        for at in assessment.committed_months
        if at <= month and (wan := assessment.invested(at, month).stated_wan) is not None
    }


def pace_range(known: Mapping[Month, Fraction], origin: Month, forecast_wan: Fraction) -> Range | None:
    """The range at the latest of `known`; `origin` is the month before the project began, where it stood at 0.

    A negative pace counts 0. None while nothing is invested yet, and with fewer than two paces.
    """
    latest = max(known)
    done, left = known[latest], YEAR_END - latest
    earlier = [at for at in known if at <= origin]
    points = {origin: known[max(earlier)] if earlier else Fraction(0)}
    points |= {at: wan for at, wan in known.items() if at > origin}
    paces = [
        max(Fraction(0), (points[after] - points[before]) / (after - before))
        for before, after in pairwise(sorted(points))
    ]
    if done <= 0 or len(paces) < MINIMUM_PACES:
        return None
    low, high = done + left * min(paces), done + left * max(paces)
    return Range(min(low, forecast_wan), max(high, forecast_wan), len(paces))
