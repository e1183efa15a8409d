"""升降原因: why a project's rank and score changed against the period before, split so that the parts add up exactly.

Source: RULES §4 (`change`); the order of the steps and its reasons: docs/decisions/0010.
From the place in the period before to the place now, one thing is changed at a time, and what the rank moves by in
that step is that thing's part: rule book or peer group → those no longer ranked → own score → the others' scores →
those newly ranked → correction of what had been published. Positive is up; Σ parts = change.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from scoring.ranking import Place, RankKey

Places = Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class RankParts:
    """How many places each cause moved the project; up is positive."""

    own: int = 0
    others: int = 0
    joined: int = 0  # never above 0: newly ranked ones can only stand in front
    left: int = 0  # never below 0
    rule: int = 0
    correction: int = 0

    @property
    def total(self) -> int:
        return self.own + self.others + self.joined + self.left + self.rule + self.correction


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """How many points each cause moved the score; exact differences of printed scores."""

    own: Decimal = Decimal("0.00")
    rule: Decimal = Decimal("0.00")
    correction: Decimal = Decimal("0.00")

    @property
    def total(self) -> Decimal:
        return self.own + self.rule + self.correction


@dataclass(frozen=True, slots=True)
class Explained:
    """One project's movement. `ranks` and `scores` are None where no `change` is defined; `sentence` says why.

    `passed_by` and `passed` count those ranked in both periods whose new scores put them in front of, or behind, it.
    """

    code: str
    group: str
    change: int | None
    from_rank: int | None
    to_rank: int | None
    from_score: Decimal | None
    to_score: Decimal | None
    ranks: RankParts | None
    scores: ScoreParts | None
    passed_by: int
    passed: int
    sentence: str


def movements(
    present: Places, previous: Places, *, restated: Places | None = None, published: Places | None = None
) -> dict[str, Explained]:
    """Explain every project that is on the present or the previous board, in code order.

    `previous` is the period before by its own book and groups, `restated` the same by the present's (None: the same).
    `published` is the present period as it had been published, where `present` corrects it.
    A project that one of these does not rank in its present group skips that step: it counts with the steps left.
    """
    frames: dict[tuple[int, int, str], _Frame] = {}

    def frame(before: Places, after: Places, group: str) -> _Frame:
        key = (id(before), id(after), group)
        if key not in frames:
            frames[key] = _Frame(before, after, group)
        return frames[key]

    found: dict[str, Explained] = {}
    for code in sorted({*present, *previous}):
        now, then = present.get(code), previous.get(code)
        if now is None or then is None or now.rank is None or then.rank is None or now.group != then.group:
            found[code] = _unexplained(code, now, then)
            continue
        before = restated if restated is not None and _is_ranked(restated, code, now.group) else previous
        after = published if published is not None and _is_ranked(published, code, now.group) else present
        found[code] = _explained(code, then, before[code], after[code], now, frame(before, after, now.group))
    return found


class _Frame:
    """The ranked of one group before and after; places among those who are in both, by whole numbers that compare."""

    def __init__(self, before: Places, after: Places, group: str) -> None:
        first, second = _keys(before, group), _keys(after, group)
        order = {key: number for number, key in enumerate(sorted({*first.values(), *second.values()}))}
        stayed = first.keys() & second.keys()
        self.before = {code: order[first[code]] for code in stayed}
        self.after = {code: order[second[code]] for code in stayed}
        self._before, self._after = sorted(self.before.values()), sorted(self.after.values())

    def steps(self, code: str) -> tuple[int, int, int]:
        """The rank among those who stayed: with every score as before, with its own new, with every score new."""
        old, new = self.before[code], self.after[code]
        own_is_in_front = old < new  # of its own new place: it does not stand in front of itself
        return (
            bisect_left(self._before, old) + 1,
            bisect_left(self._before, new) - own_is_in_front + 1,
            bisect_left(self._after, new) + 1,
        )

    def passings(self, code: str) -> tuple[int, int]:
        """Who came in front of it and who fell back behind or beside it when the others' scores became the new ones."""
        own = self.after[code]
        ahead = [(self.before[other] < own, self.after[other] < own) for other in self.before if other != code]
        return sum(now and not was for was, now in ahead), sum(was and not now for was, now in ahead)


def _keys(places: Places, group: str) -> dict[str, RankKey]:
    return {code: one.key for code, one in places.items() if one.group == group and one.key is not None}


def _is_ranked(places: Places, code: str, group: str) -> bool:
    one = places.get(code)
    return one is not None and one.rank is not None and one.group == group


def _explained(code: str, then: Place, before: Place, after: Place, now: Place, frame: _Frame) -> Explained:
    ranks, scores = _rank_parts(code, then, before, after, now, frame), _score_parts(then, before, after, now)
    passed_by, passed = frame.passings(code)
    assert then.rank is not None and now.rank is not None
    return Explained(
        code=code,
        group=now.group,
        change=then.rank - now.rank,
        from_rank=then.rank,
        to_rank=now.rank,
        from_score=then.score,
        to_score=now.score,
        ranks=ranks,
        scores=scores,
        passed_by=passed_by,
        passed=passed,
        sentence=_sentence((then, before, after, now), ranks, scores, passed_by, passed),
    )


def _rank_parts(code: str, then: Place, before: Place, after: Place, now: Place, frame: _Frame) -> RankParts:
    assert then.rank and before.rank and after.rank and now.rank
    as_before, own_new, all_new = frame.steps(code)
    return RankParts(
        rule=then.rank - before.rank,
        left=before.rank - as_before,
        own=as_before - own_new,
        others=own_new - all_new,
        joined=all_new - after.rank,
        correction=after.rank - now.rank,
    )


def _score_parts(then: Place, before: Place, after: Place, now: Place) -> ScoreParts:
    assert then.score is not None and before.score is not None and after.score is not None and now.score is not None
    return ScoreParts(
        rule=before.score - then.score, own=after.score - before.score, correction=now.score - after.score
    )


# ---- words ----------------------------------------------------------------------------------------------------------


def _sentence(way: Sequence[Place], ranks: RankParts, scores: ScoreParts, passed_by: int, passed: int) -> str:
    """由第5名升至第3名：本项目得分由81.20升至86.40，使名次上升3位；他人得分提高，下降1位。"""
    then, before, after, now = way
    parts: list[str] = []
    if ranks.rule or scores.rule:
        parts.append(f"考核办法或分组调整，{_score_words('上期得分', then, before)}，{_places(ranks.rule)}")
    if ranks.left:
        parts.append(f"前面有{ranks.left}项不再参加排名，{_places(ranks.left)}")
    effect = f"使名次{_places(ranks.own)}" if ranks.own else "名次不因此变动"
    tie = "、同分比较有变" if ranks.own and not scores.own else ""
    parts.append(f"{_score_words('本项目得分', before, after)}{tie}，{effect}")
    if ranks.others or passed_by:
        parts.append(f"{_others_words(ranks.others, passed_by, passed)}，{_places(ranks.others)}")
    if ranks.joined:
        parts.append(f"新参加排名的{-ranks.joined}项排在前面，{_places(ranks.joined)}")
    if ranks.correction or scores.correction:
        parts.append(f"更正通报数，{_score_words('得分', after, now)}，{_places(ranks.correction)}")
    return f"{_way_words(then, now)}：{'；'.join(parts)}。"


def _way_words(then: Place, now: Place) -> str:
    assert then.rank is not None and now.rank is not None
    if then.rank == now.rank:
        return f"仍为第{now.rank}名"
    return f"由第{then.rank}名{'升' if now.rank < then.rank else '降'}至第{now.rank}名"


def _score_words(what: str, before: Place, after: Place) -> str:
    assert before.score is not None and after.score is not None
    if before.score == after.score:
        return f"{what}{after.score}未变"
    return f"{what}由{before.score}{'升' if after.score > before.score else '降'}至{after.score}"


def _others_words(others: int, passed_by: int, passed: int) -> str:
    if passed_by and passed:
        return f"他人得分有升有降（{passed_by}项赶到前面，{passed}项不再领先）"
    return "他人得分提高" if passed_by else "他人得分回落"


def _places(moved: int) -> str:
    return f"上升{moved}位" if moved > 0 else f"下降{-moved}位" if moved else "名次不变"


def _unexplained(code: str, now: Place | None, then: Place | None) -> Explained:
    """Ranked in one of the two only, in another group, or in neither."""
    known = now or then
    assert known is not None
    return Explained(
        code=code,
        group=known.group,
        change=None,
        from_rank=None if then is None else then.rank,
        to_rank=None if now is None else now.rank,
        from_score=None if then is None else then.score,
        to_score=None if now is None else now.score,
        ranks=None,
        scores=None,
        passed_by=0,
        passed=0,
        sentence=_unexplained_sentence(now, then),
    )


def _unexplained_sentence(now: Place | None, then: Place | None) -> str:
    was = "上期不在册" if then is None else f"上期第{then.rank}名" if then.rank else f"上期未参加排名（{then.reason}）"
    if now is None:
        return f"{was}，本期已不在册。"
    if now.rank is None:
        return f"{was}，本期不参加排名（{now.reason}）。"
    if then is not None and then.rank is not None:
        return f"{was}（{then.group}），本期归入{now.group}，为第{now.rank}名；分组不同，名次不相比。"
    return f"{was}，本期第{now.rank}名。"
