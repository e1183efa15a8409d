"""The class curve (同类进度曲线): the share of the year's total that a project of a class has reached by a month.

Source: the book's outlook method `class_curve`. For classes with seasons: where all stand still in winter or harvest, a
project is not behind because of it. Shares are exact Fractions of 1; only figures and plans of months up to the one
asked for are read, so that no project learns from its own future, nor from anybody's.

- A class mate's share = its year-to-date ÷ (its year-to-date + what its plan still has due after the month).
- Its straight share = months since its window began ÷ months from there to December.
- Shrinkage: the mean of the mates' shares ÷ the mean of their straight shares says how far the class bends from the
  straight line; it is mixed with `curve_projects` projects that follow the line, so that few mates bend it little.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from scoring.assessment import Assessment
from scoring.facts import Month
from scoring.lifecycle import State
from scoring.pace import YEAR_END
from scoring.rounding import figure, percent


@dataclass(frozen=True, slots=True)
class ClassCurve:
    """Where a project should be at `month`: `straight` by the line, `share` as its class bends it (above 0, at most 1).

    The means are None without mates.
    """

    month: Month
    straight: Fraction
    share: Fraction
    mates: int
    mean_share: Fraction | None
    mean_straight: Fraction | None
    weight: int

    @property
    def words(self) -> str:
        if self.mean_share is None or self.mean_straight is None:
            return f"没有可比的同类在建项目，到{self.month}月按直线应达全年的{percent(self.straight)}"
        return (
            f"同类{self.mates}个在建项目到{self.month}月平均已达各自全年（已完成加计划余下应完成）的{percent(self.mean_share)}，"
            f"按直线为{percent(self.mean_straight)}，与{figure(self.weight)}个按直线推进的项目合并后，"
            f"本项目应达全年的{percent(self.share)}"
        )


def class_curve(assessment: Assessment, at: Month, origin: Month) -> ClassCurve:
    """The curve of the project's class at `at`; `origin` is the month before the project began, so before `at`."""
    straight = Fraction(at - origin, YEAR_END - origin)
    weight = assessment.book.outlook.curve_projects
    if weight is None:
        raise ValueError("a book that takes the class curve states curve_projects")
    seen = list(_mates(assessment, at))
    if not seen:
        return ClassCurve(at, straight, straight, 0, None, None, weight)
    count = len(seen)
    mean_share = sum((share for share, _ in seen), Fraction(0)) / count
    mean_straight = sum((line for _, line in seen), Fraction(0)) / count
    bend = (count * mean_share / mean_straight + weight) / (count + weight)
    return ClassCurve(at, straight, min(Fraction(1), straight * bend), count, mean_share, mean_straight, weight)


def _mates(assessment: Assessment, at: Month) -> Iterator[tuple[Fraction, Fraction]]:
    """Share and straight share of each mate under construction that has a figure at `at` and a plan beyond it."""
    for mate in assessment.classmates():
        if not mate.is_member(at):
            continue
        facts = mate.month(at)
        done, due, window = facts.invested.stated_wan, facts.due, facts.due.schedule.window
        if facts.standing.state is not State.UNDER_CONSTRUCTION or done is None or done < 0:
            continue
        if due.schedule.annual is None or due.wan is None or not window.first <= at < window.last:
            continue
        rest = due.schedule.annual - due.wan
        if rest > 0:
            share = Fraction(done) / (Fraction(done) + rest)
            yield share, Fraction(at - window.first + 1, YEAR_END - window.first + 1)
