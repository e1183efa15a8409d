"""Year-end investment forecast (全年投资推算) by the methods of the book, and the range around it.

Source: RULES §6. Amounts in 万元, exact until printed. Only year-to-dates known by the month asked for are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from scoring.assessment import Assessment
from scoring.class_curve import ClassCurve, class_curve
from scoring.facts import Month
from scoring.pace import YEAR_END, Range, known_wan, pace_range
from scoring.rounding import figure
from scoring.rulebook import OutlookMethod


@dataclass(frozen=True, slots=True)
class Forecast:
    """Year-end investment: `latest` is the last known month, `how` the clause that says how the rest was worked out.

    `range` is None with fewer than two paces to compare.
    """

    latest: Month
    done_wan: Fraction
    wan: Fraction
    how: str
    range: Range | None


def forecast(assessment: Assessment, month: Month) -> Forecast | None:
    """Year-end investment by the book's method, from the year-to-dates known up to `month`; None without any."""
    known = known_wan(assessment, month)
    if not known:
        return None
    latest = max(known)
    # Nothing was invested before the window; a figure from before it is measured from the month before itself.
    first = assessment.month(month).due.schedule.window.first
    origin = first - 1 if latest >= first else latest - 1
    if assessment.book.outlook.method is OutlookMethod.CLASS_CURVE:
        wan, how = _by_class(class_curve(assessment, latest, origin), known[latest])
    else:
        since, wan_since = _measured_from(assessment, known, origin)
        months = latest - since
        pace = max(Fraction(0), (known[latest] - wan_since) / months)
        wan = known[latest] + (YEAR_END - latest) * pace
        how = f"近{months}个月月均{figure(pace)}万元"
    return Forecast(latest, known[latest], wan, how, pace_range(known, origin, wan))


def _measured_from(assessment: Assessment, known: Mapping[Month, Fraction], origin: Month) -> tuple[Month, Fraction]:
    """Where the pace is measured from: the start of the window, or, by recent slope, an earlier figure."""
    rules, latest = assessment.book.outlook, max(known)
    if rules.method is OutlookMethod.RECENT_SLOPE:
        earlier = [at for at in known if at <= latest - rules.slope_months]
        start = max(earlier) if earlier else min(known)
        if start != latest:
            return start, known[start]
    return origin, Fraction(0)


def _by_class(curve: ClassCurve, done: Fraction) -> tuple[Fraction, str]:
    """What is there, divided by the share of the year's total that should be there; never less than what is there."""
    return max(done, done / curve.share), curve.words
