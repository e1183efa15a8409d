"""The rule book (考核办法): every figure and policy the scores, ranks, lights and outlooks are made with.

Source: RULES; the shipped book is data/rulebooks/county-default.toml. A figure is written `{ value = 20, unit = "%" }`;
its source and effective date are those of its section, or of the section around it, unless it names its own.
Whatever is unknown, missing, out of range or contradictory is refused with one sentence that names the key.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final, TypeVar

from scoring.facts import NodeJudgement
from scoring.periods import QUARTER_WORDS, Quarter

EXAMPLE: Final = "示例"  # the source of every figure that is not from the client's own text
LONGEST_TEXT: Final = 100_000  # characters of a book: ten times the shipped one
LONGEST_LINE: Final = 1_000  # a key of thousands of parts takes the TOML reader minutes
LONGEST_NAME, LONGEST_SOURCE = 60, 200


class RuleBookError(ValueError):
    """The book cannot be used. The message is one Chinese sentence naming `key` and `reason`."""

    def __init__(self, key: str, reason: str) -> None:
        key = _short(key, 80)
        super().__init__(f"考核办法“{key}”有误：{reason}，请更正后再启用。")
        self.key = key
        self.reason = reason


class Basis(StrEnum):
    """序时口径: the project's own window, or the calendar year."""

    WINDOW = "window"
    YEAR = "year"


class InvestmentKind(StrEnum):
    """Whose figure an investment is; the value is the record's field."""

    VERIFIED = "verified"
    REPORTED = "reported"
    STATISTICAL = "statistical"

    @property
    def words(self) -> str:
        return {"verified": "督查核实", "reported": "上报", "statistical": "纳统"}[self.value]


class PhysicalBasis(StrEnum):
    """What a bare percentage of 形象进度 is a percentage of."""

    ANNUAL_TARGET = "annual_target"
    WHOLE_PROJECT = "whole_project"


class MissingPolicy(StrEnum):
    """未填 indicators: 0 of the full marks, or left out."""

    ZERO = "zero"
    EXCLUDE = "exclude"


class MissingQuarter(StrEnum):
    RENORMALISE = "renormalise"
    ZERO = "zero"

    @property
    def other(self) -> "MissingQuarter":
        return MissingQuarter.ZERO if self is MissingQuarter.RENORMALISE else MissingQuarter.RENORMALISE


class CompletedScore(StrEnum):
    FULL = "full"
    CARRY = "carry"


class CompletedInMonthBoards(StrEnum):
    APART = "apart"
    RANKED = "ranked"


class PeerGroup(StrEnum):
    CLASS = "class"
    LEVEL = "level"
    INVESTMENT_BAND = "investment_band"
    UNIT = "unit"


class TieBreak(StrEnum):
    INVESTMENT_RATIO = "investment_ratio"
    NONE = "none"


class Comparator(StrEnum):
    RATIO = "ratio"
    PERCENTAGE_POINTS = "percentage_points"


class OutlookMethod(StrEnum):
    RECENT_SLOPE = "recent_slope"
    STRAIGHT_LINE = "straight_line"


class IndicatorKind(StrEnum):
    INVESTMENT = "investment"
    PHYSICAL = "physical"
    NODE = "node"
    ENTERED = "entered"  # points come from the inspection team alone


class Reason(StrEnum):
    """Why a month has no score of its own, in the words shown."""

    NOT_YET_ADDED = "增补前"
    LEFT = "已调出"
    COMPLETED = "已完工"
    NO_CARRIED_SCORE = "无评分"
    SUSPENDED = "暂缓"
    EXEMPT = "免考"
    REFUSED = "拒绝督查"
    STOPPED = "无正当理由停工"
    NOT_DUE = "未到计划开工"
    NOT_INSPECTED = "未督查"
    NOT_REPORTED = "未报"
    NO_ANNUAL_PLAN = "无年度计划"
    NOT_ASSESSABLE = "无法评定"


POLICY_REASONS: Final = (
    Reason.SUSPENDED,
    Reason.EXEMPT,
    Reason.REFUSED,
    Reason.STOPPED,
    Reason.NOT_DUE,
    Reason.NOT_INSPECTED,
    Reason.NOT_REPORTED,
    Reason.NO_ANNUAL_PLAN,
    Reason.NOT_ASSESSABLE,
    Reason.NO_CARRIED_SCORE,
)

FIGURE_PLACES: Final = 4  # decimals of a figure in the book at most: sums and products of them stay exact

Value = Decimal | int | str | tuple[str, ...]


class ValueKind(StrEnum):
    """What may stand at a key."""

    NUMBER = "number"  # with at most FIGURE_PLACES decimals
    COUNT = "count"  # a whole number
    COUNTS = "counts"  # whole numbers
    POLICY = "policy"  # one of the choices
    POLICIES = "policies"  # some of the choices, in order
    NAMES = "names"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the parser accepts at a key; `low` and `high`, both included, are None for what is no number."""

    kind: ValueKind
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure or policy of the book as it stands there. `unit` is empty for a policy or a name."""

    key: str
    value: Value
    unit: str
    source: str
    effective_from: date
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class Indicator:
    name: str
    kind: IndicatorKind
    full_marks: Decimal  # 分
    source: str


@dataclass(frozen=True, slots=True)
class IndicatorSets:
    """Which indicators judge a project: its own, else its class's, else the default set."""

    default: tuple[Indicator, ...]
    without_investment: tuple[Indicator, ...]
    classes: Mapping[str, tuple[Indicator, ...]]
    projects: Mapping[str, tuple[Indicator, ...]]

    def of(self, code: str, group_class: str, *, has_annual_investment: bool) -> tuple[Indicator, ...]:
        if code in self.projects:
            return self.projects[code]
        if (own := self.classes.get(class_name(group_class))) is not None:
            return own
        return self.default if has_annual_investment else self.without_investment


@dataclass(frozen=True, slots=True)
class MonthlyRules:
    missing_indicator: MissingPolicy
    completed: CompletedScore
    given_score_gap_points: Decimal  # a larger difference between two scores of one month is a notice
    reasons: Mapping[Reason, MissingPolicy]


@dataclass(frozen=True, slots=True)
class InvestmentRules:
    kinds: tuple[InvestmentKind, ...]  # in order: the first that has a value counts
    gap_pct: Decimal  # 核实 apart from 上报 by more than this share of 上报 is a notice


@dataclass(frozen=True, slots=True)
class FinalRules:
    weights: Mapping[Quarter, Decimal]  # %
    missing_quarter: MissingQuarter
    minimum_months: int


@dataclass(frozen=True, slots=True)
class InvestmentBand:
    name: str
    from_wan: Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """Scores from `from_score` on and below `below_score`; the highest tier includes 100."""

    name: str
    from_score: Decimal
    below_score: Decimal


@dataclass(frozen=True, slots=True)
class ListRule:
    quota: Fraction  # of the ranked rows of a peer group
    score: Decimal  # 红榜: at least this; 黑榜: below this


@dataclass(frozen=True, slots=True)
class RankingRules:
    peer_group: PeerGroup
    group_order: tuple[str, ...]
    tie_break: TieBreak
    completed_in_month_boards: CompletedInMonthBoards
    monthly_ranks: str  # what a month's ranks are called: 参考
    investment_bands: tuple[InvestmentBand, ...]  # highest first
    tiers: tuple[Tier, ...]  # highest first
    red_list: ListRule
    black_list: ListRule

    def tier(self, score: Decimal) -> str:
        return next(tier.name for tier in self.tiers if score >= tier.from_score)


@dataclass(frozen=True, slots=True)
class ProgressLight:
    """Thresholds of `investment` and `physical`: ratios of done to due, or percentage points short of due."""

    comparator: Comparator
    yellow_below: Fraction
    red_below: Fraction
    yellow_from_points: Fraction
    red_above_points: Fraction


@dataclass(frozen=True, slots=True)
class CountLight:
    """Yellow from `yellow_from` on, red from `red_from` on; months, days or consecutive months."""

    yellow_from: int
    red_from: int


@dataclass(frozen=True, slots=True)
class LightRules:
    progress: ProgressLight
    start: CountLight
    finish: CountLight
    milestone: CountLight
    stall: CountLight
    obstacle_level: int  # 主要领导会办: at least yellow


@dataclass(frozen=True, slots=True)
class OutlookRules:
    method: OutlookMethod
    cut: Fraction  # of the annual plan
    slope_months: int
    stale_after_months: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """挂钩帮扶: classes that must be paired; from `boundary_wan` on with the office, below with a department."""

    classes: tuple[str, ...]
    boundary_wan: Decimal


@dataclass(frozen=True, slots=True)
class AssesseeRules:
    """How one of the others assessed (责任单位, 挂钩部门 …) is scored: the parts and their full marks."""

    name: str
    parts: Mapping[str, Decimal]
    size_groups_from: tuple[int, ...]  # 责任单位: the smallest number of projects of each peer group
    visits_counted: int | None  # 挂钩部门: at most so many per project and month


@dataclass(frozen=True, slots=True)
class RuleBook:
    """One book in force. `figures` lists every entry with unit, source and effective date, for the 考核办法 page."""

    code: str
    name: str
    version: str
    source: str
    effective_from: date
    basis: Basis
    investment: InvestmentRules
    physical_basis: PhysicalBasis
    node_shares: Mapping[NodeJudgement, Fraction]
    indicators: IndicatorSets
    monthly: MonthlyRules
    final: FinalRules
    ranking: RankingRules
    lights: LightRules
    outlook: OutlookRules
    pairing: Pairing
    assessees: tuple[AssesseeRules, ...]
    figures: tuple[Figure, ...]

    def policy_sentences(self) -> tuple[str, ...]:
        """The policies a board was made with, printed beneath it."""
        zero = [reason.value for reason, policy in self.monthly.reasons.items() if policy is MissingPolicy.ZERO]
        weights = "、".join(
            f"{QUARTER_WORDS[quarter]}{weight:f}%" for quarter, weight in self.final.weights.items() if weight
        )
        return (
            f"{'、'.join(zero)}的月份计0分，其余无评分的月份不计入平均。" if zero else "无评分的月份一律不计入平均。",
            "未填的指标计0分。" if self.monthly.missing_indicator is MissingPolicy.ZERO else "未填的指标不计。",
            "完工后的月份计100分。"
            if self.monthly.completed is CompletedScore.FULL
            else "完工后的月份沿用最后一次月度得分。",
            f"最终得分按{weights}加权。",
            "没有得分的季度不计，其余季度权重重新折算。"
            if self.final.missing_quarter is MissingQuarter.RENORMALISE
            else "已开始而没有得分的季度计0分。",
            "同分时按投资完成率（本年累计完成投资÷应完成投资，不封顶）排序，仍相同则名次并列。"
            if self.ranking.tie_break is TieBreak.INVESTMENT_RATIO
            else "同分者名次并列。",
        )


def class_name(text: str) -> str:
    """A class as the book writes it: sheets say 重大工业和服务业项目 where the programme says 重大工业和服务业."""
    return text.strip().removesuffix("项目")


def parse(text: str) -> RuleBook:
    """Read a book. Raises RuleBookError naming the key and the reason."""
    data = _read(text)
    figures: list[Figure] = []
    root = _Section("", data, None, None, figures)
    head = root.section("book")
    code, name, version = head.text("code"), head.text("name"), head.text("version")
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}", code):
        raise RuleBookError("book.code", "代号只用字母、数字、点和横线，不超过40个")
    head.refuse_unknown()
    basis, physical_basis, node_shares = _schedule(root.section("schedule")), *_physical(root.section("physical"))
    investment = _investment(root.section("investment"))
    indicators = _indicators(root.section("indicators"))
    monthly = _monthly(root.section("monthly"))
    final = _final(root.section("final"))
    ranking = _ranking(root.section("ranking"))
    lights = _lights(root.section("lights"))
    outlook = _outlook(root.section("outlook"))
    pairing = _pairing(root.section("pairing"))
    assessees = tuple(_assessee(section) for section in root.sections("assessees"))
    root.refuse_unknown()
    return RuleBook(
        code=code,
        name=name,
        version=version,
        source=head.own_source,
        effective_from=head.own_effective_from,
        basis=basis,
        investment=investment,
        physical_basis=physical_basis,
        node_shares=node_shares,
        indicators=indicators,
        monthly=monthly,
        final=final,
        ranking=ranking,
        lights=lights,
        outlook=outlook,
        pairing=pairing,
        assessees=assessees,
        figures=tuple(figures),
    )


_PLACE = re.compile(r"\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")
_TWICE = ("Cannot overwrite a value", "Cannot declare", "Cannot redefine namespace", "Duplicate inline table key")


def _read(text: str) -> dict[str, object]:
    """The TOML as tables and values, numbers exact. Whatever a reader of TOML may stumble over is one sentence."""
    if len(text) > LONGEST_TEXT:
        raise RuleBookError("全文", f"有{len(text)}个字符，超过{LONGEST_TEXT}个，不像一份考核办法")
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise RuleBookError("全文", f"有一行超过{LONGEST_LINE}个字符，请分行写")
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise RuleBookError("全文", "含有不成字的半个字符，请用UTF-8保存")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        where = "文末" if found is None or found["line"] is None else f"第{found['line']}行第{found['column']}个字符处"
        what = "重复写了同一个键或同一节" if str(error).startswith(_TWICE) else "写法不对"
        raise RuleBookError("全文", f"不是有效的TOML文件（{where}{what}）") from error
    except ArithmeticError as error:  # an exponent greater than Python reads
        raise RuleBookError("全文", "有一个数字太长，不像考核办法里的数") from error
    except RecursionError as error:
        raise RuleBookError("全文", "括号套得太深，不像考核办法") from error


def _short(text: str, length: int) -> str:
    """What somebody wrote, short enough for a sentence, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _schedule(section: "_Section") -> Basis:
    basis = section.policy("basis", Basis)
    section.refuse_unknown()
    return basis


def _investment(section: "_Section") -> InvestmentRules:
    names = section.names("investment_basis", InvestmentKind)
    kinds = tuple(section.member("investment_basis", name, InvestmentKind) for name in names)
    if not kinds or len(set(kinds)) != len(kinds):
        raise RuleBookError("investment.investment_basis", "须按优先顺序列出至少一种投资口径，且不得重复")
    rules = InvestmentRules(kinds, section.number("gap_notice", "%", 0, 1000))
    section.refuse_unknown()
    return rules


def _physical(section: "_Section") -> tuple[PhysicalBasis, Mapping[NodeJudgement, Fraction]]:
    basis = section.policy("physical_basis", PhysicalBasis)
    shares = {
        NodeJudgement.REACHED: section.share("node_reached"),
        NodeJudgement.NEARLY_REACHED: section.share("node_nearly_reached"),
        NodeJudgement.NOT_REACHED: section.share("node_not_reached"),
    }
    if list(shares.values()) != sorted(shares.values(), reverse=True):
        raise RuleBookError("physical.node_reached", "达到、基本达到、未达到的比例须依次不增")
    section.refuse_unknown()
    return basis, MappingProxyType(shares)


def _indicators(section: "_Section") -> IndicatorSets:
    def own(key: str) -> Mapping[str, tuple[Indicator, ...]]:
        if not section.has(key):
            return MappingProxyType({})
        inner = section.section(key)
        sets = {inner._line(name, name, LONGEST_NAME): _indicator_set(inner, name) for name in inner.keys()}
        _unique(inner.path, [class_name(name) for name in sets])
        return MappingProxyType({class_name(name): found for name, found in sets.items()} if key == "classes" else sets)

    sets = IndicatorSets(
        default=_indicator_set(section, "default"),
        without_investment=_indicator_set(section, "without_investment"),
        classes=own("classes"),
        projects=own("projects"),
    )
    section.refuse_unknown()
    return sets


def _indicator_set(section: "_Section", key: str) -> tuple[Indicator, ...]:
    indicators = []
    for item in section.sections(key):
        kind = item.policy("kind", IndicatorKind)
        indicators.append(Indicator(item.text("name"), kind, item.number("full_marks", "分", 0, 100), item.own_source))
        if not indicators[-1].full_marks:
            raise RuleBookError(f"{item.path}.full_marks", "满分须大于0")
        item.refuse_unknown()
    path = section.inside(key)
    _unique(path, [indicator.name for indicator in indicators])
    _sum_to_100(path, [indicator.full_marks for indicator in indicators], "各指标满分")
    return tuple(indicators)


def _monthly(section: "_Section") -> MonthlyRules:
    reasons = section.section("reasons")
    policies = {reason: reasons.policy(reason.value, MissingPolicy) for reason in POLICY_REASONS}
    reasons.refuse_unknown()
    rules = MonthlyRules(
        missing_indicator=section.policy("missing_indicator", MissingPolicy),
        completed=section.policy("completed", CompletedScore),
        given_score_gap_points=section.number("given_score_gap_notice", "分", 0, 100),
        reasons=MappingProxyType(policies),
    )
    section.refuse_unknown()
    return rules


def _final(section: "_Section") -> FinalRules:
    inner = section.section("weights")
    weights = {quarter: inner.number(f"Q{quarter}", "%", 0, 100) for quarter in QUARTER_WORDS}
    inner.refuse_unknown()
    _sum_to_100("final.weights", list(weights.values()), "四个季度的权重")
    rules = FinalRules(
        weights=MappingProxyType(weights),
        missing_quarter=section.policy("missing_quarter", MissingQuarter),
        minimum_months=section.count("minimum_months", "个月", 0, 12),
    )
    section.refuse_unknown()
    return rules


def _ranking(section: "_Section") -> RankingRules:
    bands = []
    for item in section.sections("investment_bands"):
        bands.append(InvestmentBand(item.text("name"), item.number("from", "万元", 0, 10**10)))
        item.refuse_unknown()
    if not bands or bands[-1].from_wan != 0 or any(a.from_wan <= b.from_wan for a, b in pairwise(bands)):
        raise RuleBookError("ranking.investment_bands", "各档须由高到低排列、互不重叠，最低一档从0万元起")
    _unique("ranking.investment_bands", [band.name for band in bands])
    rules = RankingRules(
        peer_group=section.policy("peer_group", PeerGroup),
        group_order=section.names("group_order"),
        tie_break=section.policy("tie_break", TieBreak),
        completed_in_month_boards=section.policy("completed_in_month_boards", CompletedInMonthBoards),
        monthly_ranks=section.text("monthly_ranks"),
        investment_bands=tuple(bands),
        tiers=_tiers(section),
        red_list=_list_rule(section, "red_list", "at_least"),
        black_list=_list_rule(section, "black_list", "below"),
    )
    section.refuse_unknown()
    return rules


def _tiers(section: "_Section") -> tuple[Tier, ...]:
    tiers = []
    for item in section.sections("tiers"):
        tiers.append(Tier(item.text("name"), item.number("from", "分", 0, 100), item.number("below", "分", 0, 100)))
        item.refuse_unknown()
    path = section.inside("tiers")
    _unique(path, [tier.name for tier in tiers])
    tiers.sort(key=lambda tier: tier.from_score, reverse=True)
    for tier in tiers:
        if tier.from_score >= tier.below_score:
            raise RuleBookError(path, f"{tier.name}的起点{tier.from_score:f}分须低于终点{tier.below_score:f}分")
    for higher, lower in pairwise(tiers):
        if lower.below_score > higher.from_score:
            raise RuleBookError(path, f"{lower.name}与{higher.name}的分数段重叠")
        if lower.below_score < higher.from_score:
            raise RuleBookError(path, f"{lower.name}与{higher.name}之间有空档")
    if not tiers or tiers[0].below_score != 100 or tiers[-1].from_score != 0:
        raise RuleBookError(path, "各等次须连续覆盖0—100分")
    return tuple(tiers)


def _list_rule(section: "_Section", key: str, bound: str) -> ListRule:
    inner = section.section(key)
    rule = ListRule(inner.share("quota"), inner.number(bound, "分", 0, 100))
    inner.refuse_unknown()
    return rule


def _lights(section: "_Section") -> LightRules:
    inner = section.section("progress")
    progress = ProgressLight(
        comparator=inner.policy("comparator", Comparator),
        yellow_below=Fraction(inner.number("yellow_below", "比值", 0, 10)),
        red_below=Fraction(inner.number("red_below", "比值", 0, 10)),
        yellow_from_points=Fraction(inner.number("yellow_from_points", "个百分点", 0, 100)),
        red_above_points=Fraction(inner.number("red_above_points", "个百分点", 0, 100)),
    )
    if progress.red_below > progress.yellow_below:
        raise RuleBookError("lights.progress.red_below", "红灯线不得高于黄灯线")
    if progress.red_above_points < progress.yellow_from_points:
        raise RuleBookError("lights.progress.red_above_points", "红灯线不得低于黄灯线")
    inner.refuse_unknown()
    obstacle = section.section("obstacle")
    rules = LightRules(
        progress=progress,
        start=_count_light(section, "start", "个月"),
        finish=_count_light(section, "finish", "个月"),
        milestone=_count_light(section, "milestone", "天"),
        stall=_count_light(section, "stall", "个月"),
        obstacle_level=obstacle.count("level", "级", 1, 3),
    )
    obstacle.refuse_unknown()
    section.refuse_unknown()
    return rules


def _count_light(section: "_Section", key: str, unit: str) -> CountLight:
    inner = section.section(key)
    rule = CountLight(inner.count("yellow_from", unit, 1, 366), inner.count("red_from", unit, 1, 366))
    if rule.red_from < rule.yellow_from:
        raise RuleBookError(f"{inner.path}.red_from", "红灯线不得早于黄灯线")
    inner.refuse_unknown()
    return rule


def _outlook(section: "_Section") -> OutlookRules:
    rules = OutlookRules(
        method=section.policy("method", OutlookMethod),
        cut=section.share("cut"),
        slope_months=section.count("slope_months", "个月", 1, 11),
        stale_after_months=section.count("stale_after_months", "个月", 0, 11),
    )
    section.refuse_unknown()
    return rules


def _pairing(section: "_Section") -> Pairing:
    rules = Pairing(
        tuple(class_name(name) for name in section.names("paired_classes")),
        section.number("boundary", "万元", 0, 10**10),
    )
    section.refuse_unknown()
    return rules


def _assessee(section: "_Section") -> AssesseeRules:
    name = section.text("name")
    inner = section.section("parts")
    parts = {key: inner.number(key, "分", 0, 100) for key in inner.keys()}
    inner.refuse_unknown()
    _sum_to_100(inner.path, list(parts.values()), f"{name}各项满分")
    sizes: tuple[int, ...] = ()
    if section.has("size_groups_from"):
        sizes = section.counts("size_groups_from", "个项目", 1, 1000)
        if sizes != tuple(sorted(set(sizes))):
            raise RuleBookError(section.inside("size_groups_from"), "各组的最少项目数须由小到大")
    visits = section.count("visits_counted", "次", 1, 31) if section.has("visits_counted") else None
    section.refuse_unknown()
    return AssesseeRules(name, MappingProxyType(parts), sizes, visits)


def _sum_to_100(key: str, values: Sequence[Decimal], what: str) -> None:
    if (total := sum(values, Decimal(0))) != 100:
        raise RuleBookError(key, f"{what}合计应为100，现为{total:f}")


def _unique(key: str, names: Sequence[str]) -> None:
    if len(set(names)) != len(names):
        raise RuleBookError(key, "名称重复")


Choice = TypeVar("Choice", bound=StrEnum)


class _Section:
    """One table of the book, read key by key; what has not been read at the end is unknown and refused."""

    def __init__(
        self,
        path: str,
        data: Mapping[str, object],
        source: str | None,
        effective_from: date | None,
        figures: list[Figure],
    ) -> None:
        self.path = path
        self._data = data
        self._unread = set(data)
        self._figures = figures
        self._source = source
        self._effective_from = effective_from
        if path and "source" in data:
            self._source = self._string("source")
        if path and "effective_from" in data:
            self._effective_from = self._date("effective_from", self._take("effective_from"))

    def inside(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        return key in self._data

    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in self._data if key not in ("source", "effective_from"))

    @property
    def own_source(self) -> str:
        if self._source is None:
            raise RuleBookError(self.inside("source"), "缺少出处，来自原文的写文件名，其余写“示例”")
        return self._source

    @property
    def own_effective_from(self) -> date:
        if self._effective_from is None:
            raise RuleBookError(self.inside("effective_from"), "缺少生效日期")
        return self._effective_from

    def section(self, key: str) -> "_Section":
        value = self._take(key)
        if not isinstance(value, dict):
            raise RuleBookError(self.inside(key), "应为一节（表）")
        return _Section(self.inside(key), value, self._source, self._effective_from, self._figures)

    def sections(self, key: str) -> tuple["_Section", ...]:
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise RuleBookError(self.inside(key), "应为若干节（表的列表）")
        return tuple(
            _Section(f"{self.inside(key)}[{number}]", item, self._source, self._effective_from, self._figures)
            for number, item in enumerate(value, start=1)
        )

    def text(self, key: str) -> str:
        value = self._string(key)
        self._note(key, value, Allowed(ValueKind.TEXT))
        return value

    def names(self, key: str, choices: type[StrEnum] | None = None) -> tuple[str, ...]:
        """Names, none of them blank or repeated. With `choices`, `member` reads each and the caller judges repeats."""
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise RuleBookError(self.inside(key), "应为文字列表")
        names = tuple(self._line(key, item, LONGEST_NAME) for item in value)
        if choices is None:
            _unique(self.inside(key), names)
        kind = ValueKind.NAMES if choices is None else ValueKind.POLICIES
        self._note(key, names, Allowed(kind, choices=_values(choices)))
        return names

    def policy(self, key: str, choices: type[Choice]) -> Choice:
        value = self._string(key)
        self._note(key, value, Allowed(ValueKind.POLICY, choices=_values(choices)))
        return self.member(key, value, choices)

    def member(self, key: str, value: str, choices: type[Choice]) -> Choice:
        if value not in _values(choices):
            raise RuleBookError(self.inside(key), f"“{_short(value, 40)}”不在可选项（{'、'.join(_values(choices))}）内")
        return choices(value)

    def number(self, key: str, unit: str, low: int, high: int) -> Decimal:
        inner, value = self._figure(key, unit)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise RuleBookError(inner.path, f"应为数字，单位{unit}")
        number = Decimal(value)
        shown = _short(str(value), 20)
        if not number.is_finite() or not low <= number <= high:
            raise RuleBookError(inner.path, f"应在{low}—{high}{unit}之间，现为{shown}")
        if number != round(number, FIGURE_PLACES):
            raise RuleBookError(inner.path, f"最多写{FIGURE_PLACES}位小数，现为{shown}")
        number = _tidy(number)
        inner._note_as(inner.path, number, unit, Allowed(ValueKind.NUMBER, low, high))
        return number

    def count(self, key: str, unit: str, low: int, high: int) -> int:
        inner, value = self._figure(key, unit)
        number = inner._whole(value, unit, low, high)
        inner._note_as(inner.path, number, unit, Allowed(ValueKind.COUNT, low, high))
        return number

    def counts(self, key: str, unit: str, low: int, high: int) -> tuple[int, ...]:
        inner, value = self._figure(key, unit)
        if not isinstance(value, list):
            raise RuleBookError(inner.path, f"应为整数列表，单位{unit}")
        numbers = tuple(inner._whole(item, unit, low, high) for item in value)
        allowed = Allowed(ValueKind.COUNTS, low, high)
        inner._note_as(inner.path, tuple(str(number) for number in numbers), unit, allowed)
        return numbers

    def share(self, key: str) -> Fraction:
        """A percentage of the book, as a ratio."""
        return Fraction(self.number(key, "%", 0, 100)) / 100

    def refuse_unknown(self) -> None:
        if self._unread:
            raise RuleBookError(self.inside(min(self._unread)), "是未知的键")

    def _take(self, key: str) -> object:
        if key not in self._data:
            raise RuleBookError(self.inside(key), "缺少这一项")
        self._unread.discard(key)
        return self._data[key]

    def _string(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise RuleBookError(self.inside(key), "应为文字")
        return self._line(key, value, LONGEST_SOURCE if key == "source" else LONGEST_NAME)

    def _line(self, key: str, value: str, longest: int) -> str:
        """One line of text that a table or a sentence can hold."""
        line = value.strip()
        if not line or not line.isprintable() or len(line) > longest:
            raise RuleBookError(self.inside(key), f"应为一行文字，不超过{longest}字，不含换行和控制字符")
        return line

    def _date(self, key: str, value: object) -> date:
        if type(value) is not date:
            raise RuleBookError(self.inside(key), "应为日期，如2023-01-01")
        return value

    def _figure(self, key: str, unit: str) -> tuple["_Section", object]:
        """The inner table and value of `{ value = …, unit = … }`; the unit must be the one the rule is made for."""
        inner = self.section(key)
        value, stated = inner._take("value"), inner._string("unit")
        if stated != unit:
            raise RuleBookError(inner.inside("unit"), f"单位应为“{unit}”，现为“{_short(stated, 20)}”")
        inner.refuse_unknown()
        return inner, value

    def _whole(self, value: object, unit: str, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise RuleBookError(self.path, f"应为{low}—{high}之间的整数，单位{unit}")
        return value

    def _note(self, key: str, value: Value, allowed: Allowed) -> None:
        self._note_as(self.inside(key), value, "", allowed)

    def _note_as(self, path: str, value: Value, unit: str, allowed: Allowed) -> None:
        self._figures.append(Figure(path, value, unit, self.own_source, self.own_effective_from, allowed))


def _values(choices: type[StrEnum] | None) -> tuple[str, ...]:
    return () if choices is None else tuple(choice.value for choice in choices)


def _tidy(number: Decimal) -> Decimal:
    """The same number as a clerk writes it: no exponent, no minus before zero, four decimals at most."""
    exponent = number.as_tuple().exponent
    if not number or (isinstance(exponent, int) and (exponent > 0 or exponent < -FIGURE_PLACES)):
        whole = int(number)
        return Decimal(whole) if number == whole else round(number, FIGURE_PLACES).normalize()
    return number
