"""A scheme in plain Chinese (其他考核对象的办法正文): who is assessed against whom, and how each part is scored.

Every figure in the sentences is the scheme's. Source: RULES §4, Others assessed.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from scoring.measures import RATIO, Measure
from scoring.rounding import exact
from scoring.schemes import (
    Band,
    Bands,
    Cap,
    Formula,
    GroupsBy,
    Linear,
    MinMax,
    Part,
    PerItem,
    Reference,
    Scheme,
    Share,
    Total,
    Visible,
    WhenEqual,
)

_EQUAL = {WhenEqual.FULL_MARKS: "计满分", WhenEqual.AT_MINIMUM: "计起点分", WhenEqual.NOT_JUDGED: "本项不计"}


def sentences(scheme: Scheme) -> tuple[str, ...]:
    """First who, when and against whom, then one sentence for each part."""
    return (_head(scheme), *(f"{scheme.name}·{_part(part)}。" for part in scheme.parts))


def _head(scheme: Scheme) -> str:
    when = "、".join(one.words for one in scheme.when)
    total = "各项合计100分，没有数据的项不计，按已评的满分折成100分"
    if scheme.total is Total.SUM:
        total = "各项累加，不设满分"
    seen = "定稿后名次和得分对各单位公开"
    if scheme.visible is Visible.OWN:
        seen = f"各看各的，全部只给{'、'.join(scheme.whole_for)}看" if scheme.whole_for else "各看各的"
    return f"{scheme.name}（考核{scheme.kind.words}，{when}）：{_groups(scheme)}；{total}；{seen}。"


def _groups(scheme: Scheme) -> str:
    if scheme.groups_by is GroupsBy.NONE:
        return "全部放在一起排名"
    if scheme.groups_by is GroupsBy.PROJECT_COUNT:
        return f"按{'、'.join(scheme.group_order[1:])}分组排名"
    return "分组排名，" + "，".join(f"{group}为{'、'.join(names)}" for group, names in scheme.groups.items())


def _part(part: Part) -> str:
    marks = "加扣分" if part.full_marks is None else f"{exact(part.full_marks)}分"
    return f"{part.name}（{marks}）：{_measure(part)}，{_formula(part.formula, part)}"


def _measure(part: Part) -> str:
    given, found = part.parameters, [part.measure.words]
    if given.names:
        found.append(f"即{'、'.join(given.names)}")
    if given.above is not None and given.below is not None:
        found.append(f"高为超过{_percent(given.above)}，低为不到{_percent(given.below)}")
    if given.amount is not None:
        found.append(f"界限为{exact(given.amount)}万元")
    if given.full_scale is not None:
        found.append(f"评分表以{exact(given.full_scale)}分为满分")
    if given.visits_counted:
        found.append(f"每个项目每月最多计{given.visits_counted}次，须有佐证")
    return "，".join(found)


def _formula(formula: Formula, part: Part) -> str:
    match formula:
        case Share():
            return _share(formula, part.measure)
        case MinMax():
            return (
                f"同类最低的得满分的{_percent(formula.at_minimum)}、最高的得满分，其余按差距折算，"
                f"不低于满分的{_percent(formula.at_least)}；同类都相同时{_EQUAL[formula.when_equal]}"
            )
        case Bands():
            return "、".join(_bands(formula.bands, part.measure))
        case PerItem():
            most = "" if formula.at_most is None else f"，加扣最多{exact(formula.at_most)}分"
            return f"每{part.measure.unit}{_signed(formula.each)}分{most}"
        case Linear():
            return _linear(formula, part.measure)
    firsts = (1, *(place.through + 1 for place in formula.places))
    return "、".join(
        f"同类第{first}—{place.through}名{exact(place.points)}分"
        for first, place in zip(firsts, formula.places, strict=False)
    )


def _share(share: Share, measure: Measure) -> str:
    of = "按比率折算满分"
    if share.reference is Reference.HIGHEST:
        of = "按占同类最高的比例折算满分"
    elif share.target is not None:
        of = f"按占目标{_value(share.target, measure)}的比例折算满分"
    return f"{of}，{'超过的计满分' if share.cap is Cap.FULL_MARKS else '超过的照计、不封顶'}"


def _bands(bands: Iterable[Band], measure: Measure) -> Iterable[str]:
    for band in bands:
        points = f"{exact(band.points)}分"
        if band.start is None:
            yield f"其余{points}"
        elif band.is_above:
            yield f"超过{_value(band.start, measure)}的{points}"
        else:
            yield f"{_value(band.start, measure)}及以上{points}"


def _linear(linear: Linear, measure: Measure) -> str:
    step, points = _value(linear.step, measure), exact(linear.points)
    found = f"为{_value(linear.par, measure)}时{exact(linear.base)}分，每高{step}加{points}分，每低{step}减{points}分"
    if linear.at_least is not None:
        found += f"，最低{exact(linear.at_least)}分"
    return found if linear.at_most is None else f"{found}，最高{exact(linear.at_most)}分"


def _value(value: Fraction, measure: Measure) -> str:
    """A threshold in its measure's unit."""
    return _percent(value) if measure.unit == RATIO else f"{exact(value)}{measure.unit}"


def _percent(ratio: Fraction) -> str:
    return f"{exact(100 * ratio)}%"


def _signed(points: Decimal) -> str:
    return f"加{exact(points)}" if points >= 0 else f"扣{exact(-points)}"
