"""How others than a project's daily score are assessed (考核方案): the `[[assessees]]` blocks of a rule book.

Source: RULES §4, Others assessed; DOMAIN §1.3. A block says who is assessed, against whom, when, who may see it, and
its parts: each a measure of the closed list (scoring.measures) turned into points by one of six formulas.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from scoring.measures import AssesseeKind, Measure

UNLISTED: Final = "未编组"


class Total(StrEnum):
    """A score out of 100 over the parts that are judged, or an open-ended sum."""

    SHARE = "share"
    SUM = "sum"


class When(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    YEAR_END = "year_end"  # the year, once December is committed

    @property
    def words(self) -> str:
        return {"month": "月度", "quarter": "季度", "year": "年度", "year_end": "年终"}[self.value]


class Visible(StrEnum):
    """Once the period is published every rank is for all; or each sees only their own, and a few posts the whole."""

    PUBLISHED = "published"
    OWN = "own"


class Post(StrEnum):
    """Who may see the whole of what else each sees only of their own."""

    HEAD = "领导小组组长"
    FIRST_DEPUTY = "领导小组常务副组长"
    OFFICE_HEAD = "办公室主任"


class GroupsBy(StrEnum):
    """Peer groups (同类): by how many projects one has, as named in the book, or one for all."""

    PROJECT_COUNT = "project_count"
    NAMED = "named"
    NONE = "none"


class Cap(StrEnum):
    FULL_MARKS = "full_marks"
    NONE = "none"


class Reference(StrEnum):
    """What a share is a share of: the measure is a ratio itself, the peer group's highest, or a target."""

    ITSELF = "itself"
    HIGHEST = "highest"
    TARGET = "target"


class WhenEqual(StrEnum):
    """Min–max where the peer group's highest and lowest are the same (or there is only one)."""

    FULL_MARKS = "full_marks"
    AT_MINIMUM = "at_minimum"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Share:
    """Full marks × ratio; never below 0, and with `cap` never above the full marks."""

    cap: Cap
    reference: Reference
    target: Fraction | None  # in the measure's unit, a ratio for %


@dataclass(frozen=True, slots=True)
class MinMax:
    """Full marks × (at_minimum + (x − min) ÷ (max − min) × (1 − at_minimum)), never below `at_least` of them."""

    at_minimum: Fraction
    at_least: Fraction
    when_equal: WhenEqual


@dataclass(frozen=True, slots=True)
class Band:
    """From `start` on (or only above it); None: whatever no band above has taken."""

    start: Fraction | None
    is_above: bool
    points: Decimal

    def takes(self, value: Fraction) -> bool:
        return self.start is None or (value > self.start if self.is_above else value >= self.start)


@dataclass(frozen=True, slots=True)
class Bands:
    bands: tuple[Band, ...]  # highest first


@dataclass(frozen=True, slots=True)
class PerItem:
    """So many points for each; the sum goes no further from 0 than `at_most`."""

    each: Decimal
    at_most: Decimal | None


@dataclass(frozen=True, slots=True)
class Linear:
    """`base` where the measure is `par`, `points` more for each `step` above it and as many less for each below."""

    base: Decimal
    par: Fraction
    step: Fraction
    points: Decimal
    at_least: Decimal | None
    at_most: Decimal | None


@dataclass(frozen=True, slots=True)
class Place:
    through: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class Places:
    """Points by place within the peer group, the highest first, ties sharing a place; past the last place 0."""

    places: tuple[Place, ...]


Formula = Share | MinMax | Bands | PerItem | Linear | Places


@dataclass(frozen=True, slots=True)
class Parameters:
    """What some measures need to know besides the facts."""

    names: tuple[str, ...] = ()  # classes, natures or levels
    above: Fraction | None = None
    below: Fraction | None = None
    amount: Decimal | None = None  # 万元
    full_scale: Decimal | None = None  # 分: what a team's points are out of
    visits_counted: int = 0  # per project and month


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a scheme. Without `full_marks` it is added to the score (加扣分) or stands in an open-ended sum."""

    name: str
    measure: Measure
    formula: Formula
    full_marks: Decimal | None
    source: str
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One `[[assessees]]` block: a complete way to assess one kind of assessee."""

    name: str
    kind: AssesseeKind
    total: Total
    when: tuple[When, ...]
    visible: Visible
    whole_for: tuple[Post, ...]
    groups_by: GroupsBy
    size_groups_from: tuple[int, ...]  # the smallest number of projects of each peer group
    groups: Mapping[str, tuple[str, ...]]  # by name, in the book's order
    parts: tuple[Part, ...]
    source: str

    def group_of(self, name: str, projects: int) -> str:
        """The peer group of an assessee; empty where all stand together."""
        if self.groups_by is GroupsBy.NAMED:
            return next((group for group, names in self.groups.items() if name in names), UNLISTED)
        if self.groups_by is GroupsBy.PROJECT_COUNT:
            return next((label for least, label in reversed(self._sizes) if projects >= least), self._smaller)
        return ""

    @property
    def group_order(self) -> tuple[str, ...]:
        """Groups in the order they are shown: as the book has them, by size the smallest first."""
        if self.groups_by is GroupsBy.NAMED:
            return (*self.groups, UNLISTED)
        return (self._smaller, *(label for _, label in self._sizes)) if self.groups_by is GroupsBy.PROJECT_COUNT else ()

    @property
    def _sizes(self) -> list[tuple[int, str]]:
        ends = [*(after - 1 for after in self.size_groups_from[1:]), None]
        return [(least, _size_words(least, end)) for least, end in zip(self.size_groups_from, ends, strict=True)]

    @property
    def _smaller(self) -> str:
        return f"不足{self.size_groups_from[0]}个项目"


def _size_words(least: int, end: int | None) -> str:
    if end is None:
        return f"{least}个项目及以上"
    return f"{least}个项目" if end == least else f"{least}—{end}个项目"
