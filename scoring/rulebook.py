"""The rule book (考核办法): every figure and policy the scores, ranks, lights and outlooks are made with.

Source: RULES; the shipped book is data/rulebooks/county-default.toml. A figure is written `{ value = 20, unit = "%" }`;
its source and effective date are those of its section, or of the section around it, unless it names its own.
Whatever is unknown, missing, out of range or contradictory is refused with one sentence that names the key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from scoring.booktext import EXAMPLE as EXAMPLE
from scoring.booktext import FIGURE_PLACES as FIGURE_PLACES
from scoring.booktext import LONGEST_NAME, Section, read, sum_to_100, unique
from scoring.booktext import Allowed as Allowed
from scoring.booktext import Figure as Figure
from scoring.booktext import RuleBookError as RuleBookError
from scoring.booktext import Value as Value
from scoring.booktext import ValueKind as ValueKind
from scoring.facts import NodeJudgement
from scoring.light_terms import ANYBODY, Terms, plain
from scoring.light_terms import read as read_terms
from scoring.periods import QUARTER_WORDS, Quarter
from scoring.schemes import Scheme
from scoring.schemetext import schemes


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
    STREAK = "streak"  # consecutive months in which less than was due is done


class LightBasis(StrEnum):
    """What the lights take as due: the plan to date as scored, another 序时, or the month's own task."""

    PLAN = "plan"
    WINDOW = "window"
    YEAR = "year"
    MONTH_TASK = "month_task"


class OutlookMethod(StrEnum):
    RECENT_SLOPE = "recent_slope"
    STRAIGHT_LINE = "straight_line"
    CLASS_CURVE = "class_curve"


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
class CountLight:
    """Yellow from `yellow_from` on, red from `red_from` on; months, days or consecutive months."""

    yellow_from: int
    red_from: int


@dataclass(frozen=True, slots=True)
class ProgressLight:
    """Thresholds of `investment` and `physical`: ratios of done to due, points short of due, or months short."""

    comparator: Comparator
    yellow_below: Fraction
    red_below: Fraction
    yellow_from_points: Fraction
    red_above_points: Fraction
    basis: LightBasis = LightBasis.PLAN
    minimum_month: int | None = None  # earlier months are not judged: green
    streak: CountLight | None = None  # the comparator of this name needs it


@dataclass(frozen=True, slots=True)
class LightRules:
    progress: ProgressLight
    start: CountLight
    finish: CountLight
    milestone: CountLight
    stall: CountLight
    obstacle_level: int  # 主要领导会办: at least yellow
    terms: Mapping[str, Terms] = field(default_factory=lambda: MappingProxyType({}))  # by section: progress, start, …

    def terms_of(self, section: str) -> Terms:
        return self.terms.get(section, ANYBODY)


@dataclass(frozen=True, slots=True)
class OutlookRules:
    method: OutlookMethod
    cut: Fraction  # of the annual plan
    slope_months: int
    stale_after_months: int
    curve_projects: int | None = None  # class_curve, which needs it: as many straight projects are mixed in


@dataclass(frozen=True, slots=True)
class Pairing:
    """挂钩帮扶: classes that must be paired; from `boundary_wan` on with the office, below with a department."""

    classes: tuple[str, ...]
    boundary_wan: Decimal


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
    assessees: tuple[Scheme, ...]  # 项目日常考评以外的各类考核对象
    figures: tuple[Figure, ...]

    @property
    def words(self) -> str:
        """As a screen names the book: 县级默认考核办法第1版."""
        return f"{self.name}第{self.version}版"

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
    return plain(text)


def parse(text: str) -> RuleBook:
    """Read a book. Raises RuleBookError naming the key and the reason."""
    figures: list[Figure] = []
    root = read(text, figures)
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
    assessees = schemes(root.sections("assessees"))
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


def _schedule(section: Section) -> Basis:
    basis = section.policy("basis", Basis)
    section.refuse_unknown()
    return basis


def _investment(section: Section) -> InvestmentRules:
    names = section.names("investment_basis", InvestmentKind)
    kinds = tuple(section.member("investment_basis", name, InvestmentKind) for name in names)
    if not kinds or len(set(kinds)) != len(kinds):
        raise RuleBookError("investment.investment_basis", "须按优先顺序列出至少一种投资口径，且不得重复")
    rules = InvestmentRules(kinds, section.number("gap_notice", "%", 0, 1000))
    section.refuse_unknown()
    return rules


def _physical(section: Section) -> tuple[PhysicalBasis, Mapping[NodeJudgement, Fraction]]:
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


def _indicators(section: Section) -> IndicatorSets:
    def own(key: str) -> Mapping[str, tuple[Indicator, ...]]:
        if not section.has(key):
            return MappingProxyType({})
        inner = section.section(key)
        sets = {inner.line(name, name, LONGEST_NAME): _indicator_set(inner, name) for name in inner.keys()}
        unique(inner.path, [class_name(name) for name in sets])
        return MappingProxyType({class_name(name): found for name, found in sets.items()} if key == "classes" else sets)

    sets = IndicatorSets(
        default=_indicator_set(section, "default"),
        without_investment=_indicator_set(section, "without_investment"),
        classes=own("classes"),
        projects=own("projects"),
    )
    section.refuse_unknown()
    return sets


def _indicator_set(section: Section, key: str) -> tuple[Indicator, ...]:
    indicators = []
    for item in section.sections(key):
        kind = item.policy("kind", IndicatorKind)
        indicators.append(Indicator(item.text("name"), kind, item.number("full_marks", "分", 0, 100), item.own_source))
        if not indicators[-1].full_marks:
            raise RuleBookError(f"{item.path}.full_marks", "满分须大于0")
        item.refuse_unknown()
    path = section.inside(key)
    unique(path, [indicator.name for indicator in indicators])
    sum_to_100(path, [indicator.full_marks for indicator in indicators], "各指标满分")
    return tuple(indicators)


def _monthly(section: Section) -> MonthlyRules:
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


def _final(section: Section) -> FinalRules:
    inner = section.section("weights")
    weights = {quarter: inner.number(f"Q{quarter}", "%", 0, 100) for quarter in QUARTER_WORDS}
    inner.refuse_unknown()
    sum_to_100("final.weights", list(weights.values()), "四个季度的权重")
    rules = FinalRules(
        weights=MappingProxyType(weights),
        missing_quarter=section.policy("missing_quarter", MissingQuarter),
        minimum_months=section.count("minimum_months", "个月", 0, 12),
    )
    section.refuse_unknown()
    return rules


def _ranking(section: Section) -> RankingRules:
    bands = []
    for item in section.sections("investment_bands"):
        bands.append(InvestmentBand(item.text("name"), item.number("from", "万元", 0, 10**10)))
        item.refuse_unknown()
    if not bands or bands[-1].from_wan != 0 or any(a.from_wan <= b.from_wan for a, b in pairwise(bands)):
        raise RuleBookError("ranking.investment_bands", "各档须由高到低排列、互不重叠，最低一档从0万元起")
    unique("ranking.investment_bands", [band.name for band in bands])
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


def _tiers(section: Section) -> tuple[Tier, ...]:
    tiers = []
    for item in section.sections("tiers"):
        tiers.append(Tier(item.text("name"), item.number("from", "分", 0, 100), item.number("below", "分", 0, 100)))
        item.refuse_unknown()
    path = section.inside("tiers")
    unique(path, [tier.name for tier in tiers])
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


def _list_rule(section: Section, key: str, bound: str) -> ListRule:
    inner = section.section(key)
    rule = ListRule(inner.share("quota"), inner.number(bound, "分", 0, 100))
    inner.refuse_unknown()
    return rule


def _lights(section: Section) -> LightRules:
    inner = section.section("progress")
    progress = ProgressLight(
        comparator=inner.policy("comparator", Comparator),
        yellow_below=Fraction(inner.number("yellow_below", "比值", 0, 10)),
        red_below=Fraction(inner.number("red_below", "比值", 0, 10)),
        yellow_from_points=Fraction(inner.number("yellow_from_points", "个百分点", 0, 100)),
        red_above_points=Fraction(inner.number("red_above_points", "个百分点", 0, 100)),
        basis=inner.policy("basis", LightBasis) if inner.has("basis") else LightBasis.PLAN,
        minimum_month=inner.count("minimum_month", "月", 1, 12) if inner.has("minimum_month") else None,
        streak=_streak(inner.section("streak")) if inner.has("streak") else None,
    )
    if progress.comparator is Comparator.STREAK and progress.streak is None:
        raise RuleBookError("lights.progress.streak", "按连续月数比须写明满几个月亮黄灯、满几个月亮红灯")
    if progress.red_below > progress.yellow_below:
        raise RuleBookError("lights.progress.red_below", "红灯线不得高于黄灯线")
    if progress.red_above_points < progress.yellow_from_points:
        raise RuleBookError("lights.progress.red_above_points", "红灯线不得低于黄灯线")
    terms = {"progress": read_terms(inner)}
    inner.refuse_unknown()
    counted = {}
    for name, unit, low in (("start", "个月", 0), ("finish", "个月", 1), ("milestone", "天", 1), ("stall", "个月", 1)):
        rule = section.section(name)
        counted[name], terms[name] = _counted(rule, unit, low), read_terms(rule)
        rule.refuse_unknown()
    obstacle = section.section("obstacle")
    level = obstacle.count("level", "级", 1, 3)
    terms["obstacle"] = read_terms(obstacle)
    obstacle.refuse_unknown()
    rules = LightRules(
        progress=progress,
        start=counted["start"],
        finish=counted["finish"],
        milestone=counted["milestone"],
        stall=counted["stall"],
        obstacle_level=level,
        terms=MappingProxyType(terms),
    )
    section.refuse_unknown()
    return rules


def _counted(section: Section, unit: str, low: int = 1) -> CountLight:
    """`low` 0 lets the light come on at the end of the planned month itself."""
    rule = CountLight(section.count("yellow_from", unit, low, 366), section.count("red_from", unit, low, 366))
    if rule.red_from < rule.yellow_from:
        raise RuleBookError(f"{section.path}.red_from", "红灯线不得早于黄灯线")
    return rule


def _streak(section: Section) -> CountLight:
    rule = _counted(section, "个月")
    section.refuse_unknown()
    return rule


def _outlook(section: Section) -> OutlookRules:
    rules = OutlookRules(
        method=section.policy("method", OutlookMethod),
        cut=section.share("cut"),
        slope_months=section.count("slope_months", "个月", 1, 11),
        stale_after_months=section.count("stale_after_months", "个月", 0, 11),
        curve_projects=section.count("curve_projects", "个项目", 1, 1000) if section.has("curve_projects") else None,
    )
    if rules.method is OutlookMethod.CLASS_CURVE and rules.curve_projects is None:
        raise RuleBookError(section.inside("curve_projects"), "按同类进度曲线推算须写明与多少个按直线推进的项目合并")
    section.refuse_unknown()
    return rules


def _pairing(section: Section) -> Pairing:
    rules = Pairing(
        tuple(class_name(name) for name in section.names("paired_classes")),
        section.number("boundary", "万元", 0, 10**10),
    )
    section.refuse_unknown()
    return rules
