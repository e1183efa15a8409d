"""名次相近: how far ranks would move if each month's score had come out as unevenly as the months before it did.

Method: a parametric bootstrap of the ranks, with the intervals that Goldstein and Spiegelhalter ask for beside every
league table (League Tables and Their Limitations, J. R. Statist. Soc. A 159, 1996, 385–443). A month's noise is
estimated from the differences of successive months, which a steady trend does not swell (mean square successive
difference, von Neumann 1941). Every draw is scored and ranked by the batch engine, by the same book. No rank changes.

What it leaves out: that a team may be strict or lenient all year long, and the sheets' errors. Scores by 完工 and by
policy (未报 …) have no noise. NumPy's RandomState promises the same draws for a seed in all versions.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring import batch
from scoring.assessment import Assessed, QuarterScores
from scoring.batch import FULL, NO_RANK, Integers, Mask, Months
from scoring.monthly import JUDGED_SOURCES
from scoring.periods import Period
from scoring.rulebook import RuleBook

DRAWS: Final = 1000
SEED: Final = 1996
OUTSIDE: Final = 50  # draws left out at either end: 90 of 100 lie within
OWN_DIFFERENCES: Final = 4  # fewer than these, and a project has the noise of all projects together

METHOD: Final = (
    f"相近名次：以各月得分的起伏为月度波动，重算{DRAWS}次排名，中间90%所在的名次。"
    "名次在此范围内的项目差距不显著，只供参考，不改变名次。"
)


@dataclass(frozen=True, slots=True)
class Band:
    """The places among which a project's rank lies in 90 of 100 draws, its own rank included."""

    best: int
    worst: int

    @property
    def words(self) -> str:
        return f"第{self.best}名" if self.best == self.worst else f"第{self.best}—{self.worst}名"

    @property
    def sentence(self) -> str:
        if self.best == self.worst:
            return f"名次稳定在第{self.best}名。"
        return f"{self.words}之间名次相近，差距不显著。"


def bands(assessed: Assessed, period: Period, *, quarter_scores: QuarterScores | None = None) -> dict[str, Band]:
    """The bands of all who are ranked; none where no project has two scored months to tell noise from."""
    if not (period.year == assessed.year and period.committed(assessed.committed_months)):
        return {}
    last = period.committed(assessed.committed_months)[-1]
    members = assessed.members(last)
    try:
        months = batch.from_assessed(assessed, period, quarter_scores)
    except OverflowError:  # an amount that no int64 holds: ranked by the other engine alone
        return {}
    judged = np.zeros(months.scores.shape, np.bool_)
    for row, member in enumerate(members):
        for month in member.scores(last):
            judged[row, month.month - 1] = month.source in JUDGED_SOURCES
    spread = _spread(months.scores, judged)
    if spread is None:
        return {}
    official = batch.score(assessed.book, months, period).ranks
    drawn = _drawn_ranks(assessed.book, months, judged, spread, period)
    low, high = drawn[OUTSIDE], drawn[-1 - OUTSIDE]
    return {
        member.project.code: Band(int(min(low[row], official[row])), int(max(high[row], official[row])))
        for row, member in enumerate(members)
        if official[row] != NO_RANK
    }


def _spread(scores: Integers, judged: Mask) -> NDArray[np.float64] | None:
    """Each project's standard deviation of a month's score, in 0.01 point."""
    squares, counts = np.zeros(len(scores)), np.zeros(len(scores), np.int64)
    for row in range(len(scores)):
        differences = np.diff(scores[row, judged[row]])
        squares[row], counts[row] = float((differences**2).sum()), len(differences)
    if not counts.sum():
        return None
    pooled = squares.sum() / (2 * counts.sum())
    own = np.where(counts >= OWN_DIFFERENCES, squares / (2 * np.maximum(counts, 1)), pooled)
    found: NDArray[np.float64] = np.sqrt(own)
    return found


def _drawn_ranks(book: RuleBook, months: Months, judged: Mask, spread: NDArray[np.float64], period: Period) -> Integers:
    """(DRAWS, projects): every project's ranks in rising order. All draws are scored together, each in own groups."""
    size = len(months.scores)
    noise = np.random.RandomState(SEED).normal(size=(DRAWS, size, 12)) * spread[:, None]
    moved = np.clip(np.rint(months.scores + noise), 0, FULL).astype(np.int64)
    scores = np.where(judged, moved, months.scores).reshape(DRAWS * size, 12)
    groups = int(months.groups.max(initial=0)) + 1
    many = replace(
        months,
        scores=scores,
        is_excused=np.tile(months.is_excused, (DRAWS, 1)),
        by_completion=np.tile(months.by_completion, DRAWS),
        groups=np.tile(months.groups, DRAWS) + groups * np.repeat(np.arange(DRAWS), size),
        ratio_numerators=np.tile(months.ratio_numerators, DRAWS),
        ratio_denominators=np.tile(months.ratio_denominators, DRAWS),
        is_published=np.tile(_stands_apart(book, months, period), (DRAWS, 1)),
        published=None if months.published is None else np.tile(months.published, (DRAWS, 1)),
    )
    ranks = batch.score(book, many, period).ranks.reshape(DRAWS, size)
    found: Integers = np.sort(ranks, axis=0)
    return found


def _stands_apart(book: RuleBook, months: Months, period: Period) -> Mask:
    """(projects, 4): the published quarter scores that are not the mean of their months; these have no noise."""
    means = batch.score(book, replace(months, is_published=None, published=None), period).quarters
    assert months.is_published is not None and months.published is not None
    apart: Mask = months.is_published & (months.published != means)
    return apart
