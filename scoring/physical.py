"""Physical progress (形象进度) in percent, with what it is to be compared with.

Source: RULES §1, Physical percent.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring.facts import Record
from scoring.plan import PlanToDate
from scoring.rulebook import PhysicalBasis

COLUMNS = ("physical_progress", "physical_progress_pct")  # one cell may fill both: words and a percent


@dataclass(frozen=True, slots=True)
class Physical:
    """Percent done and percent due at one month, 0–100. `pct` is None for a blank cell and for words alone."""

    pct: Decimal | None
    plan_pct: Fraction
    is_whole: bool  # of the whole construction, not of this year's target
    has_words: bool

    @property
    def ratio(self) -> Fraction | None:
        """Done ÷ due; None without a percent, or with nothing due."""
        if self.pct is None or self.plan_pct <= 0:
            return None
        return Fraction(self.pct) / self.plan_pct


def physical(basis: PhysicalBasis, record: Record | None, due: PlanToDate) -> Physical:
    """The month's percent. Whole-project percents are compared with the linear construction window alone; those of the
    year's target with the sheet's planned percent, else the plan's, else the share of the window."""
    words_state_whole = record is not None and record.physical_progress_is_whole
    is_whole = words_state_whole or basis is PhysicalBasis.WHOLE_PROJECT
    if is_whole:
        plan_pct = 100 * due.construction_share
    elif record is not None and record.physical_progress_plan_pct is not None:
        plan_pct = Fraction(record.physical_progress_plan_pct)
    else:
        plan_pct = due.physical_pct
    return Physical(
        pct=record.physical_progress_pct if record else None,
        plan_pct=plan_pct,
        is_whole=is_whole,
        has_words=record is not None and bool(record.physical_progress.strip()),
    )
