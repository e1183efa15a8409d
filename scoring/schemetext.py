"""How a rule book writes a scheme: the grammar of its `[[assessees]]` blocks (考核方案的写法).

Whatever is unknown, missing or contradictory is refused by key and reason. The meaning of each is in scoring.schemes.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from scoring import firstedition
from scoring.booktext import RuleBookError, Section, sum_to_100, unique
from scoring.measures import RATIO, AssesseeKind, Measure
from scoring.schemes import (
    Band,
    Bands,
    Cap,
    Formula,
    GroupsBy,
    Linear,
    MinMax,
    Parameters,
    Part,
    PerItem,
    Place,
    Places,
    Post,
    Reference,
    Scheme,
    Share,
    Total,
    Visible,
    When,
    WhenEqual,
)

MOST_POINTS: Final = 1000
LARGEST: Final = 10**10  # of a threshold, in its measure's unit


def schemes(sections: tuple[Section, ...]) -> tuple[Scheme, ...]:
    """The blocks of a book. Raises RuleBookError naming the key and the reason."""
    found = tuple(_scheme(section) for section in sections)
    unique("assessees", [scheme.name for scheme in found])
    if len({scheme.kind for scheme in found}) != len(found):
        raise RuleBookError("assessees", "同一类考核对象只能有一个考核方案")
    return found


def _scheme(section: Section) -> Scheme:
    name = section.text("name")
    if not section.has("kind"):
        return firstedition.scheme(section, name)
    kind = section.policy("kind", AssesseeKind)
    total = section.policy("total", Total)
    when = _when(section)
    visible = section.policy("visible", Visible)
    posts: tuple[Post, ...] = ()
    if visible is Visible.OWN:
        posts = tuple(section.member("whole_for", post, Post) for post in section.names("whole_for", Post))
    groups_by = section.policy("groups_by", GroupsBy)
    sizes = firstedition.sizes(section) if groups_by is GroupsBy.PROJECT_COUNT else ()
    groups = _named_groups(section) if groups_by is GroupsBy.NAMED else MappingProxyType({})
    parts = tuple(_part(item, kind) for item in section.sections("parts"))
    path = section.inside("parts")
    if not parts:
        raise RuleBookError(path, "至少要有一项")
    unique(path, [part.name for part in parts])
    if total is Total.SHARE:
        marks = [part.full_marks for part in parts if part.full_marks is not None]
        sum_to_100(path, marks, f"{name}各项满分")
    section.refuse_unknown()
    return Scheme(name, kind, total, when, visible, posts, groups_by, sizes, groups, parts, section.own_source)


def _when(section: Section) -> tuple[When, ...]:
    when = tuple(section.member("when", name, When) for name in section.names("when", When))
    if not when or len(set(when)) != len(when):
        raise RuleBookError(section.inside("when"), "须列出至少一种考核期，且不得重复")
    if When.YEAR_END in when and len(when) > 1:
        raise RuleBookError(section.inside("when"), "只在年终考核的，不能再列其他考核期")
    return when


def _named_groups(section: Section) -> Mapping[str, tuple[str, ...]]:
    inner = section.section("groups")
    groups = {name: inner.names(name) for name in inner.keys()}
    members = [member for names in groups.values() for member in names]
    if not groups or len(set(members)) != len(members):
        raise RuleBookError(inner.path, "须至少列出一组，且同一名称不得出现在两组")
    inner.refuse_unknown()
    return MappingProxyType(groups)


# ---- parts ----------------------------------------------------------------------------------------------------------

_MAY_ADD: Final = ("per_item", "linear")  # formulas that need no full marks


class _FormulaName(StrEnum):
    SHARE = "share"
    MIN_MAX = "min_max"
    BANDS = "bands"
    PER_ITEM = "per_item"
    LINEAR = "linear"
    PLACES = "places"


def _part(section: Section, kind: AssesseeKind) -> Part:
    name = section.text("name")
    measure = section.policy("measure", Measure)
    if measure.only_for not in (None, kind):
        raise RuleBookError(section.inside("measure"), f"“{measure.words}”只用于{measure.only_for.words}")
    chosen = section.policy("formula", _FormulaName)
    full_marks: Decimal | None = None
    if section.has("full_marks") or chosen not in _MAY_ADD:
        full_marks = section.number("full_marks", "分", 0, MOST_POINTS)
        if not full_marks:
            raise RuleBookError(section.inside("full_marks"), "满分须大于0")
    formula = _formula(section, chosen, measure)
    _within(section, formula, full_marks)
    parameters = _parameters(section, measure)
    section.refuse_unknown()
    return Part(name, measure, formula, full_marks, section.own_source, parameters)


def _formula(section: Section, chosen: _FormulaName, measure: Measure) -> Formula:
    if chosen is _FormulaName.SHARE:
        return _share(section, measure)
    if chosen is _FormulaName.MIN_MAX:
        equal = section.policy("when_equal", WhenEqual)
        return MinMax(section.share("at_minimum"), section.share("at_least"), equal)
    if chosen is _FormulaName.BANDS:
        return _bands(section, measure)
    if chosen is _FormulaName.PER_ITEM:
        most = section.number("at_most", "分", 0, MOST_POINTS) if section.has("at_most") else None
        return PerItem(section.number("each", "分", -MOST_POINTS, MOST_POINTS), most)
    if chosen is _FormulaName.LINEAR:
        return _linear(section, measure)
    return _places(section)


def _share(section: Section, measure: Measure) -> Share:
    cap, reference = section.policy("cap", Cap), section.policy("reference", Reference)
    target: Fraction | None = None
    if reference is Reference.TARGET:
        target = _figure(section, "target", measure)
        if target <= 0:
            raise RuleBookError(section.inside("target"), "目标须大于0")
    if reference is Reference.ITSELF and measure.unit != RATIO:
        raise RuleBookError(
            section.inside("reference"), f"“{measure.words}”不是比率，须与最高值（highest）或目标（target）相比"
        )
    return Share(cap, reference, target)


def _bands(section: Section, measure: Measure) -> Bands:
    bands = []
    for item in section.sections("bands"):
        start: Fraction | None = None
        is_above = item.has("above")
        if is_above or item.has("from"):
            start = _figure(item, "above" if is_above else "from", measure)
        bands.append(Band(start, is_above, item.number("points", "分", -MOST_POINTS, MOST_POINTS)))
        item.refuse_unknown()
    path = section.inside("bands")
    if not bands or bands[-1].start is not None or any(band.start is None for band in bands[:-1]):
        raise RuleBookError(path, "各档须由高到低排列，只有最后一档不写起点，包括其余全部")
    starts = [band.start for band in bands if band.start is not None]
    if any(higher <= lower for higher, lower in pairwise(starts)):
        raise RuleBookError(path, "各档须由高到低排列，互不重叠")
    return Bands(tuple(bands))


def _linear(section: Section, measure: Measure) -> Linear:
    rule = Linear(
        base=section.number("base", "分", -MOST_POINTS, MOST_POINTS),
        par=_figure(section, "par", measure),
        step=_figure(section, "step", measure),
        points=section.number("points", "分", -MOST_POINTS, MOST_POINTS),
        at_least=section.number("at_least", "分", -MOST_POINTS, MOST_POINTS) if section.has("at_least") else None,
        at_most=section.number("at_most", "分", -MOST_POINTS, MOST_POINTS) if section.has("at_most") else None,
    )
    if rule.step <= 0:
        raise RuleBookError(section.inside("step"), "每一步须大于0")
    if rule.at_least is not None and rule.at_most is not None and rule.at_least > rule.at_most:
        raise RuleBookError(section.inside("at_least"), "最低分不得高于最高分")
    return rule


def _places(section: Section) -> Places:
    places = []
    for item in section.sections("places"):
        places.append(Place(item.count("through", "名", 1, 1000), item.number("points", "分", 0, MOST_POINTS)))
        item.refuse_unknown()
    if not places or any(after.through <= before.through for before, after in pairwise(places)):
        raise RuleBookError(section.inside("places"), "名次须由前到后排列，互不重叠")
    return Places(tuple(places))


def _within(section: Section, formula: Formula, full_marks: Decimal | None) -> None:
    """Bands and places give no more than the full marks."""
    stated: tuple[Decimal, ...] = ()
    if isinstance(formula, Bands):
        stated = tuple(band.points for band in formula.bands)
    elif isinstance(formula, Places):
        stated = tuple(place.points for place in formula.places)
    if full_marks is not None and any(points > full_marks for points in stated):
        raise RuleBookError(section.inside("full_marks"), f"有一档的分数高于满分{full_marks:f}分")


def _parameters(section: Section, measure: Measure) -> Parameters:
    found = Parameters(
        names=section.names("names") if "names" in measure.needs else (),
        above=_figure_in(section, "above", RATIO) if "above" in measure.needs else None,
        below=_figure_in(section, "below", RATIO) if "below" in measure.needs else None,
        amount=section.number("amount", "万元", 0, LARGEST) if "amount" in measure.needs else None,
        full_scale=section.number("full_scale", "分", 1, MOST_POINTS) if "full_scale" in measure.needs else None,
        visits_counted=section.count("visits_counted", "次", 1, 31) if "visits_counted" in measure.needs else 0,
    )
    if found.above is not None and found.below is not None and found.below > found.above:
        raise RuleBookError(section.inside("below"), "低的界限不得高于高的界限")
    return found


def _figure(section: Section, key: str, measure: Measure) -> Fraction:
    return _figure_in(section, key, measure.unit)


def _figure_in(section: Section, key: str, unit: str) -> Fraction:
    """A threshold in a measure's unit; a percentage as a ratio."""
    number = Fraction(section.number(key, unit, -LARGEST, LARGEST))
    return number / 100 if unit == RATIO else number
