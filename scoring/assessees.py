"""Whoever is assessed beside a project's daily score (各类考核对象), scored and ranked by one scheme of the rule book.

Source: RULES §4, Others assessed, and §2 for the total. Every part's points are rounded half-up once, the score once
from the rounded points; ratios never. Nothing is read here: what was measured is handed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scoring.measures import RATIO
from scoring.ranking import shared_ranks
from scoring.rounding import figure, half_up
from scoring.schemes import (
    Bands,
    Cap,
    Linear,
    MinMax,
    Part,
    PerItem,
    Places,
    Reference,
    Scheme,
    Share,
    Total,
    WhenEqual,
)

NOT_JUDGED = "本项不计"
NOTHING_JUDGED = "各项均无数据，不计分"


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing a measured value came from; `id` is its revision's, or the obstacle's or record's."""

    kind: str  # project | record | service | visit | obstacle
    code: str  # of the project
    words: str
    id: int | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measure is for one assessee. `value` None is 本项不计 and `words` says why.

    A ratio is a ratio of 1. `worked` is the value as it came about (255.50÷300), which must give exactly `value`.
    """

    value: Fraction | None
    words: str
    worked: str = ""
    refs: tuple[Ref, ...] = ()

    @property
    def shown(self) -> str:
        """The value as a sentence of arithmetic takes it in."""
        return self.worked or ("" if self.value is None else exact(self.value))


@dataclass(frozen=True, slots=True)
class Assessee:
    """Who is assessed, with what was measured of them by part. `projects` is how many they hold."""

    key: str
    name: str
    projects: int
    measured: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of one assessee. `points` None is 本项不计: it leaves the total; `full_marks` None is an addition."""

    name: str
    points: Decimal | None
    full_marks: Decimal | None
    sentence: str
    source: str
    record: str  # 数据来源
    refs: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class AssesseeRow:
    """One assessee on a board. `rank` is within the peer group, ties 1-2-2-4; None where nothing is judged."""

    key: str
    name: str
    group: str
    rank: int | None
    group_size: int
    score: Decimal | None
    judged_marks: Decimal  # full marks of the parts that are judged
    formula: str
    not_scored_reason: str | None
    parts: tuple[PartLine, ...]


@dataclass(frozen=True, slots=True)
class _Peers:
    """What the peer group shows for one part: the values of those who have one, the highest first."""

    values: tuple[Fraction, ...]

    @property
    def highest(self) -> Fraction:
        return self.values[0]

    @property
    def lowest(self) -> Fraction:
        return self.values[-1]

    def place(self, value: Fraction) -> int:
        return shared_ranks(self.values, lambda other: other)[self.values.index(value)]


def assess(scheme: Scheme, assessees: Sequence[Assessee]) -> tuple[AssesseeRow, ...]:
    """The board: by group in the book's order, rank and name; who has no score stands last in the group."""
    groups: dict[str, list[Assessee]] = {}
    for one in assessees:
        groups.setdefault(scheme.group_of(one.name, one.projects), []).append(one)
    order = {name: place for place, name in enumerate(scheme.group_order)}
    rows: list[AssesseeRow] = []
    for group in sorted(groups, key=lambda name: (order.get(name, len(order)), name)):
        rows += _group(scheme, group, groups[group])
    return tuple(rows)


def _group(scheme: Scheme, group: str, members: Sequence[Assessee]) -> list[AssesseeRow]:
    peers = {part.name: _peers(part, members) for part in scheme.parts}
    scored = []
    for one in members:
        lines = tuple(_line(part, one.measured[part.name], peers[part.name]) for part in scheme.parts)
        scored.append((one, lines, *_total(scheme, lines)))
    ranked = sorted((score for _, _, score, _ in scored if score is not None), reverse=True)
    ranks = dict(zip(ranked, shared_ranks(ranked, lambda score: score), strict=True))
    rows = [
        AssesseeRow(
            key=one.key,
            name=one.name,
            group=group,
            rank=None if score is None else ranks[score],
            group_size=len(members),
            score=score,
            judged_marks=sum((_marks(line) for line in lines if line.points is not None), Decimal(0)),
            formula=formula,
            not_scored_reason=NOTHING_JUDGED if score is None else None,
            parts=lines,
        )
        for one, lines, score, formula in scored
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.name, row.key))


def _peers(part: Part, members: Sequence[Assessee]) -> _Peers:
    values = (one.measured[part.name].value for one in members)
    return _Peers(tuple(sorted((value for value in values if value is not None), reverse=True)))


def _marks(line: PartLine) -> Decimal:
    return line.full_marks or Decimal(0)


def _total(scheme: Scheme, lines: Sequence[PartLine]) -> tuple[Decimal | None, str]:
    """100 × Σ points ÷ Σ full marks over what is judged, additions added after; open-ended: the plain sum."""
    judged = [(line.points, line.full_marks) for line in lines if line.points is not None]
    if not judged:
        return None, NOTHING_JUDGED
    if scheme.total is Total.SUM:
        whole = sum((points for points, _ in judged), Decimal(0))
        return half_up(whole), f"{_sum_words([points for points, _ in judged])}＝{half_up(whole)}分"
    shares = [(points, marks) for points, marks in judged if marks is not None]
    added = [points for points, marks in judged if marks is None]
    if not shares:  # additions alone are no score
        return None, NOTHING_JUDGED
    points, marks = sum((one for one, _ in shares), Decimal(0)), sum((one for _, one in shares), Decimal(0))
    score = half_up(100 * Fraction(points) / Fraction(marks) + Fraction(sum(added, Decimal(0))))
    words = f"100×（{_sum_words([one for one, _ in shares])}）÷（{'＋'.join(figure(one) for _, one in shares)}）"
    return score, f"{words}{''.join(_signed(one) for one in added)}＝{score}分"


def _sum_words(points: Sequence[Decimal]) -> str:
    first, *others = points
    return str(first) + "".join(_signed(one) for one in others)


def _signed(points: Decimal) -> str:
    return f"－{abs(points)}" if points < 0 else f"＋{points}"


# ---- one part -------------------------------------------------------------------------------------------------------


def _line(part: Part, measured: Measured, peers: _Peers) -> PartLine:
    if measured.value is None:
        return _made(part, measured, None, f"{measured.words}，{NOT_JUDGED}")
    formula = part.formula
    if isinstance(formula, Share):
        return _share(part, formula, measured, measured.value, peers)
    if isinstance(formula, MinMax):
        return _min_max(part, formula, measured, measured.value, peers)
    if isinstance(formula, Bands):
        band = next(one for one in formula.bands if one.takes(measured.value))
        bound = "其余" if band.start is None else f"{'高于' if band.is_above else '达到'}{_in_unit(part, band.start)}"
        points = half_up(band.points)
        return _made(part, measured, points, f"{measured.words}，{bound}的计{points}分")
    if isinstance(formula, PerItem):
        return _per_item(part, formula, measured, measured.value)
    if isinstance(formula, Linear):
        return _linear(part, formula, measured, measured.value)
    return _place(part, formula, measured, measured.value, peers)


def _made(part: Part, measured: Measured, points: Decimal | None, sentence: str) -> PartLine:
    return PartLine(part.name, points, part.full_marks, sentence, part.source, part.measure.record, measured.refs)


def _share(part: Part, rule: Share, measured: Measured, value: Fraction, peers: _Peers) -> PartLine:
    marks = _full(part)
    shown, reference, beside = measured.shown, Fraction(1), ""
    if rule.reference is not Reference.ITSELF:
        is_highest = rule.reference is Reference.HIGHEST
        reference = peers.highest if is_highest else _known(rule.target)
        beside = f"，{'同组最高' if is_highest else '目标'}{_in_unit(part, reference)}"
        if reference <= 0:
            return _made(part, measured, None, f"{measured.words}{beside}，无法相比，{NOT_JUDGED}")
        shown = f"（{shown}）÷{_plain(part, reference)}" if "÷" in shown else f"{shown}÷{_plain(part, reference)}"
    ratio, full = value / reference, half_up(marks)
    points = half_up(marks * ratio)
    worked = f"{measured.words}{beside}，{figure(marks)}×{shown}＝{points}分"
    if ratio < 0:
        return _made(part, measured, half_up(0), f"{worked}，不足0的计0.00分")
    if ratio > 1 and rule.cap is Cap.FULL_MARKS:
        return _made(part, measured, full, f"{worked}，超过的按满分计{full}分")
    return _made(part, measured, points, worked)


def _min_max(part: Part, rule: MinMax, measured: Measured, value: Fraction, peers: _Peers) -> PartLine:
    marks, low, high = _full(part), peers.lowest, peers.highest
    start, floor = 100 * rule.at_minimum, half_up(marks * rule.at_least)
    among = f"{measured.words}，同组最低{_in_unit(part, low)}、最高{_in_unit(part, high)}"
    if low == high:
        if rule.when_equal is WhenEqual.NOT_JUDGED:
            return _made(part, measured, None, f"{among}，全组相同，{NOT_JUDGED}")
        full = rule.when_equal is WhenEqual.FULL_MARKS
        points = half_up(marks) if full else max(half_up(marks * rule.at_minimum), floor)
        return _made(part, measured, points, f"{among}，全组相同，按办法{'计满分' if full else '按最低计'}{points}分")
    share = rule.at_minimum + (value - low) / (high - low) * (1 - rule.at_minimum)
    points = half_up(marks * share)
    shown = measured.worked or _plain(part, value)
    shown = f"（{shown}）" if "÷" in shown else shown
    span = f"（{shown}－{_plain(part, low)}）÷（{_plain(part, high)}－{_plain(part, low)}）"
    formula = f"{figure(marks)}×[{figure(start)}＋{span}×{figure(100 - start)}]÷100＝{points}分"
    if points < floor:
        return _made(part, measured, floor, f"{among}，{formula}，低于下限，计{floor}分")
    return _made(part, measured, points, f"{among}，{formula}")


def _per_item(part: Part, rule: PerItem, measured: Measured, value: Fraction) -> PartLine:
    points = half_up(Fraction(rule.each) * value)
    formula = f"{figure(rule.each)}×{measured.shown}＝{points}分"
    if rule.at_most is not None and abs(points) > rule.at_most:
        capped = half_up(rule.at_most if points > 0 else -rule.at_most)
        return _made(part, measured, capped, f"{measured.words}，{formula}，最多{figure(rule.at_most)}分，计{capped}分")
    return _made(part, measured, points, f"{measured.words}，{formula}")


def _linear(part: Part, rule: Linear, measured: Measured, value: Fraction) -> PartLine:
    points = half_up(Fraction(rule.base) + (value - rule.par) / rule.step * Fraction(rule.points))
    shown = measured.worked or _plain(part, value)
    shown = f"（{shown}）" if "÷" in shown else shown
    gap = shown if not rule.par else f"（{shown}－{_plain(part, rule.par)}）"
    steps = gap if rule.step == 1 else f"{gap}÷{_plain(part, rule.step)}"
    start = f"{figure(rule.base)}＋" if rule.base else ""
    formula = f"{start}{steps}×{figure(rule.points)}＝{points}分"
    for limit, word, is_beyond in ((rule.at_least, "最少", False), (rule.at_most, "最多", True)):
        if limit is not None and (points > limit if is_beyond else points < limit):
            kept = half_up(limit)
            return _made(part, measured, kept, f"{measured.words}，{formula}，{word}{figure(limit)}分，计{kept}分")
    return _made(part, measured, points, f"{measured.words}，{formula}")


def _place(part: Part, rule: Places, measured: Measured, value: Fraction, peers: _Peers) -> PartLine:
    place = peers.place(value)
    points = half_up(next((one.points for one in rule.places if place <= one.through), Decimal(0)))
    return _made(part, measured, points, f"{measured.words}，同组{len(peers.values)}个中第{place}名，计{points}分")


def _full(part: Part) -> Fraction:
    assert part.full_marks is not None  # the grammar: only what may be added has none
    return Fraction(part.full_marks)


def _known(target: Fraction | None) -> Fraction:
    assert target is not None  # the grammar: a reference to a target has one
    return target


# ---- words ----------------------------------------------------------------------------------------------------------


def exact(value: Fraction) -> str:
    """A value that loses nothing: a decimal where four places hold it, else a fraction (7÷3)."""
    if half_up(value, 4) == value:
        text = f"{half_up(value, 4):f}"
        return text.rstrip("0").rstrip(".")
    return f"{value.numerator}÷{value.denominator}"


def _plain(part: Part, value: Fraction) -> str:
    """A value as the arithmetic takes it; a fraction in brackets, for it stands beside other figures."""
    text = exact(value)
    return f"（{text}）" if "÷" in text else text


def _in_unit(part: Part, value: Fraction) -> str:
    unit = part.measure.unit
    return f"{figure(100 * value)}%" if unit == RATIO else f"{figure(value)}{unit}"
