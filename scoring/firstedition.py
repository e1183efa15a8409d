"""Blocks as books of the first edition wrote them: parts by name, without measure and formula (首版考核办法).

A book in force is never rewritten, so it must stay readable: its parts are those of RULES §4, each a capped share of
its full marks.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from scoring.booktext import RuleBookError, Section, sum_to_100
from scoring.measures import AssesseeKind, Measure
from scoring.schemes import Cap, GroupsBy, Parameters, Part, Post, Reference, Scheme, Share, Total, Visible, When

_SERVICE_SCALE: Final = Decimal(20)
_FIRST: Final[Mapping[str, tuple[AssesseeKind, Mapping[str, Measure]]]] = {
    "责任单位": (
        AssesseeKind.RESPONSIBLE_UNIT,
        {
            "项目均分": Measure.PROJECT_MEAN,
            "跟踪服务": Measure.TRACKING_SERVICE,
            "推进速度": Measure.PROGRESS_SPEED,
        },
    ),
    "挂钩部门": (
        AssesseeKind.PAIRED_DEPARTMENT,
        {
            "次数": Measure.VISITS,
            "态度": Measure.ATTITUDE,
            "成效": Measure.SUPPORT_OUTCOME,
            "达序时率": Measure.ON_SCHEDULE_RATE,
        },
    ),
    "职能部门": (
        AssesseeKind.FUNCTIONAL_DEPARTMENT,
        {"按时办结率": Measure.SETTLED_ON_TIME, "服务评议": Measure.SERVICE_REVIEW},
    ),
    "投资方": (
        AssesseeKind.INVESTOR,
        {
            "按约开工": Measure.STARTED_AS_AGREED,
            "建成": Measure.BUILT_AS_AGREED,
            "达产达效": Measure.PRODUCING_AS_AGREED,
        },
    ),
    "县领导包挂": (
        AssesseeKind.LEAD_OFFICIAL,
        {"到场": Measure.ATTENDANCE, "问题办结": Measure.OBSTACLES_SETTLED, "项目均分": Measure.PROJECT_MEAN},
    ),
}


def sizes(section: Section) -> tuple[int, ...]:
    """The smallest number of projects of each peer group, rising."""
    found = section.counts("size_groups_from", "个项目", 1, 1000)
    if not found or found != tuple(sorted(set(found))):
        raise RuleBookError(section.inside("size_groups_from"), "各组的最少项目数须由小到大")
    return found


def scheme(section: Section, name: str) -> Scheme:
    """The block as a scheme. A block that is none of the five names lacks its `kind`."""
    if name not in _FIRST or not section.has_table("parts"):
        raise RuleBookError(section.inside("kind"), "缺少这一项")
    kind, measures = _FIRST[name]
    inner = section.section("parts")
    visits = section.count("visits_counted", "次", 1, 31) if kind is AssesseeKind.PAIRED_DEPARTMENT else 0
    parts = []
    for key in inner.keys():
        marks = inner.number(key, "分", 0, 100)
        if key not in measures:
            raise RuleBookError(inner.inside(key), "是未知的键")
        is_service = measures[key] in (Measure.TRACKING_SERVICE, Measure.PROGRESS_SPEED)
        parameters = Parameters(
            full_scale=_SERVICE_SCALE if is_service else None,
            visits_counted=visits if measures[key] is Measure.VISITS else 0,
        )
        formula = Share(Cap.FULL_MARKS, Reference.ITSELF, None)
        parts.append(Part(key, measures[key], formula, marks, inner.own_source, parameters))
    inner.refuse_unknown()
    sum_to_100(inner.path, [part.full_marks or Decimal(0) for part in parts], f"{name}各项满分")
    least = sizes(section) if section.has("size_groups_from") else ()
    section.refuse_unknown()
    is_restricted = kind is AssesseeKind.LEAD_OFFICIAL
    return Scheme(
        name=name,
        kind=kind,
        total=Total.SHARE,
        when=(When.YEAR_END,) if is_restricted else (When.MONTH, When.QUARTER, When.YEAR),
        visible=Visible.OWN if is_restricted else Visible.PUBLISHED,
        whole_for=tuple(Post) if is_restricted else (),
        groups_by=GroupsBy.PROJECT_COUNT if least else GroupsBy.NONE,
        size_groups_from=least,
        groups=MappingProxyType({}),
        parts=tuple(parts),
        source=section.own_source,
    )
