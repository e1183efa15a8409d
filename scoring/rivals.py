"""名次测算: places that a project can still reach or lose in its peer group, and what passing somebody takes.

Source: RULES §4; the choices: docs/decisions/0010. At equal scores the tie-break of the period's last month decides,
which nobody knows yet: to pass means a score above, and a tie counts for the best place and against the worst.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.assessment import Assessed, QuarterScores
from scoring.facts import Month
from scoring.groups import group_of
from scoring.lifecycle import State
from scoring.periods import Period
from scoring.ranking import Place, places
from scoring.rulebook import TieBreak
from scoring.whatif import STEP, Course, Needed, Verdict


@dataclass(frozen=True, slots=True)
class Reach:
    """The best and worst place that a project can still take; `size` counts those who may be ranked with it."""

    best: int
    worst: int
    size: int
    sentence: str

    @property
    def is_settled(self) -> bool:
        return self.best == self.worst


@dataclass(frozen=True, slots=True)
class Passing:
    """What it takes to stand in front of one other project, or in a place.

    `present` reckons with the others' scores of now, `certain` with the most they can still reach. Either is None where
    there is no such score. `verdict` says whether it is certain or impossible whatever happens.
    """

    verdict: Verdict
    present: Needed | None
    certain: Needed | None
    sentence: str


class Field:
    """Everybody on the period's last board, each with what they can still score."""

    def __init__(
        self, assessed: Assessed, period: Period, last: Month, quarter_scores: QuarterScores | None = None
    ) -> None:
        self._book = assessed.book
        scores = quarter_scores or {}
        self.places: Mapping[str, Place] = places(assessed, period, quarter_scores=scores)
        self.courses: Mapping[str, Course] = {
            one.project.code: Course(one, period, last, scores.get(one.project.code)) for one in assessed
        }
        self._groups: dict[str, list[str]] = {}
        for code, course in self.courses.items():
            if course.is_member:
                self._groups.setdefault(self.group(code), []).append(code)

    def group(self, code: str) -> str:
        return group_of(self._book, self.courses[code].assessment.project)

    def others(self, code: str) -> list[str]:
        """Those of the same peer group who may be ranked at the period's end."""
        mine = self._groups.get(self.group(code), [])
        return [other for other in mine if other != code and self.courses[other].may_be_ranked]

    # ---- places -----------------------------------------------------------------------------------------------------

    def reach(self, code: str) -> Reach | None:
        """None where the project cannot be ranked."""
        own = self.courses[code]
        if not own.is_member or not own.may_be_ranked:
            return None
        others = self.others(code)
        best = 1 + sum(1 for other in others if self._is_surely_ahead(other, code))
        worst = 1 + sum(1 for other in others if self._may_be_ahead(other, code))
        return Reach(best, worst, len(others) + 1, _reach_sentence(best, worst, len(others) + 1))

    def _is_surely_ahead(self, other: str, code: str) -> bool:
        them, own = self.courses[other], self.courses[code]
        assert them.range is not None and own.range is not None
        if not them.will_be_ranked:
            return False
        if them.range.low == own.range.high:
            return self._settled_order(other, code) is True
        return them.range.low > own.range.high

    def _may_be_ahead(self, other: str, code: str) -> bool:
        them, own = self.courses[other], self.courses[code]
        assert them.range is not None and own.range is not None
        if them.range.high == own.range.low:
            if self._book.ranking.tie_break is TieBreak.NONE:
                return False
            return self._settled_order(other, code) is not False
        return them.range.high > own.range.low

    def _settled_order(self, other: str, code: str) -> bool | None:
        """Whether `other` stands in front at equal scores that both are final; None where the tie-break may change."""
        theirs, mine = self.places.get(other), self.places.get(code)
        if not (self._is_final(other) and self._is_final(code)) or theirs is None or mine is None:
            return None
        if theirs.key is None or mine.key is None:
            return None
        return theirs.key[1] < mine.key[1]

    def _is_final(self, code: str) -> bool:
        """Score and tie-break stand: no month remains, or 完工 has fixed both before."""
        one = self.courses[code]
        if not one.remaining or one.open_months:
            return not one.remaining
        standing = one.assessment.standing(one.remaining[0])
        return standing.state is State.COMPLETED and standing.completed_month not in one.remaining

    # ---- passing ----------------------------------------------------------------------------------------------------

    def passing(self, code: str, other: str) -> Passing:
        """What it takes to stand in front of `other`, who is of the same group and may be ranked."""
        them, own = self.courses[other], self.courses[code]
        assert them.range is not None and own.range is not None
        name = them.assessment.project.name
        now = them.now.score
        present = None if now is None else own.needed(now + STEP)
        certain = own.needed(them.range.high + STEP)
        if certain.verdict is Verdict.REACHED:
            sentence = f"已经确定领先：本项目最低{own.range.low}分，{name}最高{them.range.high}分。"
            return Passing(Verdict.REACHED, present, certain, sentence)
        if own.range.high < them.range.low:
            sentence = f"已不可能：本项目最高{own.range.high}分，{name}最低也有{them.range.low}分。"
            return Passing(Verdict.IMPOSSIBLE, present, certain, sentence)
        theirs = "还没有得分" if now is None else f"现为{now}分"
        parts = [f"{name}{theirs}"]
        if present is not None:
            parts.append(f"按此，{_bare(present)}")
        if them.range.high != now:
            parts.append(f"它最高可到{them.range.high}分，要必定领先：{_bare(certain)}")
        return Passing(Verdict.NEEDED, present, certain, f"{'；'.join(parts)}。")

    def to_rank(self, code: str, rank: int) -> Passing:
        """What it takes to be among the first `rank` of the group."""
        own, reach = self.courses[code], self.reach(code)
        assert reach is not None and own.range is not None
        others = self.others(code)
        standing = [self.places[other].score for other in others if other in self.places and self.places[other].rank]
        present = own.needed(_to_beat([score for score in standing if score is not None], rank))
        highest = [found.high for other in others if (found := self.courses[other].range) is not None]
        certain = own.needed(_to_beat(highest, rank))
        if reach.worst <= rank:
            return Passing(Verdict.REACHED, present, certain, f"已经确定：名次不会低于第{reach.worst}名。")
        if reach.best > rank:
            sentence = f"已不可能：最好只能到第{reach.best}名，前面的{reach.best - 1}项已无法超过。"
            return Passing(Verdict.IMPOSSIBLE, present, certain, sentence)
        sentence = f"按他人现在的得分，{_bare(present)}；他人即使都得满分，要必定达到：{_bare(certain)}。"
        return Passing(Verdict.NEEDED, present, certain, sentence)

    def neighbours(self, code: str) -> tuple[str | None, str | None]:
        """Who stands next in front of and next behind the project on the present board, in its group."""
        mine = self.places.get(code)
        if mine is None or mine.key is None:
            return None, None
        ranked = sorted(
            (place.key, other)
            for other, place in self.places.items()
            if place.group == mine.group and place.key is not None and self._is_rival(other)
        )
        at = ranked.index((mine.key, code))
        above, below = ranked[:at][-1:], ranked[at + 1 :][:1]
        return (above[0][1] if above else None), (below[0][1] if below else None)

    def _is_rival(self, code: str) -> bool:
        return self.courses[code].is_member and self.courses[code].may_be_ranked


def _to_beat(scores: list[Decimal], rank: int) -> Decimal:
    """The score that leaves at most `rank` − 1 of these in front; with fewer others than that, any."""
    ordered = sorted(scores, reverse=True)
    return ordered[rank - 1] + STEP if len(ordered) >= rank else Decimal("0.00")


def _bare(needed: Needed) -> str:
    """The answer inside a sentence."""
    return needed.sentence.rstrip("。")


def _reach_sentence(best: int, worst: int, size: int) -> str:
    if best == worst:
        return f"名次已经确定：第{best}名（同类{size}项）。"
    return f"最好第{best}名、最差第{worst}名（同类{size}项）。"
