"""A rule book in plain Chinese (考核办法正文): how a month, a quarter and the final are made, chapter by chapter.

Every figure in the sentences is the book's; a worked example (算例) takes invented amounts and works them out with the
functions that score. Source: RULES §1–§6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from scoring.bookschema import LIGHT_SECTIONS, Chapter, chapter_of
from scoring.facts import NodeJudgement
from scoring.monthly import FULL_SCORE
from scoring.periods import QUARTER_WORDS
from scoring.quarterly import QuarterScore, final_score
from scoring.rounding import figure, half_up
from scoring.rulebook import (
    Basis,
    Comparator,
    CompletedInMonthBoards,
    CompletedScore,
    CountLight,
    Indicator,
    IndicatorKind,
    LightBasis,
    MissingPolicy,
    MissingQuarter,
    OutlookMethod,
    PeerGroup,
    PhysicalBasis,
    ProgressLight,
    RuleBook,
    TieBreak,
)
from scoring.schemewords import sentences

# What the worked example is worked with: invented.
DUE_WAN, INVESTED_WAN = Decimal(1200), Decimal(900)
DUE_PCT, PHYSICAL_PCT = Decimal(60), Decimal(50)
NODE: Final = NodeJudgement.NEARLY_REACHED
OTHER_MONTHS: Final = (Decimal("82.00"), Decimal("91.50"))
QUARTERS: Final = {1: Decimal("76.00"), 2: Decimal("80.00"), 3: Decimal("85.00"), 4: Decimal("90.00")}


@dataclass(frozen=True, slots=True)
class ChapterWords:
    """One chapter: what it says, an example where it has one, and the keys of its figures."""

    chapter: Chapter
    sentences: tuple[str, ...]
    example: tuple[str, ...]
    keys: tuple[str, ...]


def chapters(book: RuleBook) -> tuple[ChapterWords, ...]:
    """The whole book in the order it is read."""
    said = {
        Chapter.HEAD: (_head(book), ()),
        Chapter.BASIS: (_basis(book), ()),
        Chapter.MONTH: (_month(book), month_example(book)),
        Chapter.FINAL: (_final(book), final_example(book)),
        Chapter.RANKING: (_ranking(book), ()),
        Chapter.LIGHTS: (_lights(book), ()),
        Chapter.OUTLOOK: (_outlook(book), ()),
        Chapter.PAIRING: (_pairing(book), ()),
        Chapter.ASSESSEES: (_assessees(book), ()),
    }
    keys = [(figure.key, chapter_of(figure.key)) for figure in book.figures]
    return tuple(
        ChapterWords(chapter, sentences, example, tuple(key for key, own in keys if own is chapter))
        for chapter, (sentences, example) in said.items()
    )


def _head(book: RuleBook) -> tuple[str, ...]:
    day = book.effective_from
    return (
        f"{book.name}（代号{book.code}，第{book.version}版），文本自{day.year}年{day.month}月{day.day}日起有效，"
        f"出处：{book.source}。",
    )


def _basis(book: RuleBook) -> tuple[str, ...]:
    kinds = book.investment.kinds
    span = (
        "项目自身的计划开工月至计划竣工月（限于本年度）"
        if book.basis is Basis.WINDOW
        else "全年十二个月（计划开工以前为0）"
    )
    investment = f"完成投资取{kinds[0].words}数。"
    if len(kinds) > 1:
        investment = f"完成投资依次取{'、'.join(kind.words for kind in kinds)}数，前一种有数就不看后一种。"
    shares = [f"{judgement}计满分的{_percent(share)}" for judgement, share in book.node_shares.items()]
    whole = "占本年目标" if book.physical_basis is PhysicalBasis.ANNUAL_TARGET else "占整个工程"
    return (
        f"应完成投资按{span}逐月推算；计划表给了逐月累计数的，按给的数。",
        investment,
        f"督查核实数与上报数相差超过上报数的{figure(book.investment.gap_pct)}%时提示核对。",
        f"形象进度单独写一个百分数的，指{whole}的百分数；写明整个工程的，按整个工程。",
        f"节点由督查组评定：{'、'.join(shares)}。",
    )


def _month(book: RuleBook) -> tuple[str, ...]:
    sets = book.indicators
    own = [
        *((f"{name}类项目", indicators) for name, indicators in sets.classes.items()),
        *((f"项目{code}", indicators) for code, indicators in sets.projects.items()),
    ]
    said = [
        "月度得分先取督查组评分，其次取表内得分，都没有的由系统计算；几种得分都留存，相差超过"
        f"{figure(book.monthly.given_score_gap_points)}分时提示。",
        f"系统计算：有年度投资计划的项目，{_marks(sets.default)}；没有年度投资计划的项目，"
        f"{_marks(sets.without_investment)}。",
    ]
    if own:
        said.append(f"另有规定的：{'；'.join(f'{whose}，{_marks(found)}' for whose, found in own)}。")
    kinds = {indicator.kind for found in (sets.default, sets.without_investment) for indicator in found}
    kinds |= {indicator.kind for _, found in own for indicator in found}
    said += [words for kind, words in _KINDS.items() if kind in kinds]
    said.append("月度得分＝100×各项指标得分之和÷参加评定的各项满分之和，四舍五入到0.01分；本项不计的指标不进入分母。")
    zero = [reason.value for reason, policy in book.monthly.reasons.items() if policy is MissingPolicy.ZERO]
    left_out = [reason.value for reason, policy in book.monthly.reasons.items() if policy is MissingPolicy.EXCLUDE]
    said.append(
        "应填而未填的指标计0分。"
        if book.monthly.missing_indicator is MissingPolicy.ZERO
        else "应填而未填的指标本项不计。"
    )
    if zero:
        said.append(f"{'、'.join(zero)}的月份计0分。")
    if left_out:
        said.append(f"{'、'.join(left_out)}的月份不计入平均。")
    said.append(
        "完工当月照常评分，以后各月计100分。"
        if book.monthly.completed is CompletedScore.FULL
        else "完工当月照常评分，以后各月沿用最后一次月度得分。"
    )
    return tuple(said)


_KINDS: Final = {
    IndicatorKind.INVESTMENT: "按投资完成率计分的，得分＝满分×本年累计完成投资÷应完成投资，超过满分的计满分。",
    IndicatorKind.PHYSICAL: "按形象进度计分的，得分＝满分×实际百分数÷应达百分数，超过满分的计满分。",
    IndicatorKind.NODE: "按节点评定计分的，得分＝满分×评定的比例。",
    IndicatorKind.ENTERED: "由督查组直接评分的，得分是督查组给的分。",
}


def _marks(indicators: Sequence[Indicator]) -> str:
    return "、".join(f"{one.name}{figure(one.full_marks)}分" for one in indicators)


def month_example(book: RuleBook) -> tuple[str, ...]:
    """A month of a project by the default indicators; nothing where a part of it is the inspection team's to give."""
    indicators = book.indicators.default
    if any(one.kind is IndicatorKind.ENTERED for one in indicators):
        return ()
    lines, points = [], Decimal(0)
    for one in indicators:
        earned, how = _example_points(book, one)
        points += earned
        lines.append(f"{one.name}：{how}＝{earned}分")
    whole = sum((one.full_marks for one in indicators), Decimal(0))
    month = half_up(100 * Fraction(points) / Fraction(whole))
    return (*lines, f"月度得分：100×{points}÷{figure(whole)}＝{month}分")


def _example_points(book: RuleBook, one: Indicator) -> tuple[Decimal, str]:
    marks = Fraction(one.full_marks)
    if one.kind is IndicatorKind.INVESTMENT:
        how = f"应完成{DUE_WAN}万元，已完成{INVESTED_WAN}万元，{figure(one.full_marks)}×{INVESTED_WAN}÷{DUE_WAN}"
        return half_up(marks * Fraction(INVESTED_WAN) / Fraction(DUE_WAN)), how
    if one.kind is IndicatorKind.PHYSICAL:
        how = f"应达{DUE_PCT}%，实际{PHYSICAL_PCT}%，{figure(one.full_marks)}×{PHYSICAL_PCT}÷{DUE_PCT}"
        return half_up(marks * Fraction(PHYSICAL_PCT) / Fraction(DUE_PCT)), how
    share = book.node_shares[NODE]
    return half_up(marks * share), f"评定为{NODE}，{figure(one.full_marks)}×{_percent(share)}"


def _final(book: RuleBook) -> tuple[str, ...]:
    weighted = {quarter: weight for quarter, weight in book.final.weights.items() if weight}
    without = "、".join(QUARTER_WORDS[quarter] for quarter in book.final.weights if quarter not in weighted)
    weights = "、".join(f"{QUARTER_WORDS[quarter]}{figure(weight)}%" for quarter, weight in weighted.items())
    minimum = book.final.minimum_months
    said = [
        "季度得分＝季内有得分的月份的平均数，四舍五入到0.01分。",
        f"最终得分按{weights}加权，{f'{without}不计权，' if without else ''}四舍五入到0.01分。",
        "已开始而没有得分的季度不计，其余季度的权重重新折算。"
        if book.final.missing_quarter is MissingQuarter.RENORMALISE
        else "已开始而没有得分的季度计0分（整季暂缓、未到计划开工、免考的除外）。",
    ]
    if minimum:
        said.append(
            f"年度排名须在计权的季度里至少有{minimum}个月得分（已督查的月份不足{minimum}个时须月月有得分），"
            "不足的为考核期不足，单列，不排名次。"
        )
    return tuple(said)


def final_example(book: RuleBook) -> tuple[str, ...]:
    """A quarter and a final from invented scores, worked out by the book's weights."""
    month = half_up(100 * Fraction(INVESTED_WAN) / Fraction(DUE_WAN))
    months = (month, *OTHER_MONTHS)
    quarter = half_up(sum(months, Decimal(0)), over=len(months))
    weights = {number: weight for number, weight in book.final.weights.items() if weight}
    quarters = [QuarterScore(number, score, ()) for number, score in QUARTERS.items()]
    final = final_score(book.final, quarters, book.final.missing_quarter).score
    parts = "＋".join(f"{QUARTERS[number]}×{figure(weight)}" for number, weight in weights.items())
    begun = list(weights)[:-1]
    lines = [
        f"季度得分：（{'＋'.join(str(one) for one in months)}）÷{len(months)}＝{quarter}分",
        f"最终得分：（{parts}）÷{figure(sum(weights.values(), Decimal(0)))}＝{final}分",
    ]
    if begun:
        interim = final_score(book.final, [one for one in quarters if one.quarter in begun], book.final.missing_quarter)
        shown = "＋".join(f"{QUARTERS[number]}×{figure(weights[number])}" for number in begun)
        whole = figure(sum((weights[number] for number in begun), Decimal(0)))
        lines.append(
            f"{QUARTER_WORDS[list(weights)[-1]]}还没有开始时：（{shown}）÷{whole}＝{interim.score}分（中间值）"
        )
    return tuple(lines)


def _ranking(book: RuleBook) -> tuple[str, ...]:
    rules = book.ranking
    groups = {
        PeerGroup.CLASS: "同一类别",
        PeerGroup.LEVEL: "同一级别",
        PeerGroup.UNIT: "同一责任单位",
        PeerGroup.INVESTMENT_BAND: f"同一投资规模（{'、'.join(band.name for band in rules.investment_bands)}）",
    }
    tiers = [f"{_bounds(tier.from_score, tier.below_score)}为{tier.name}" for tier in rules.tiers]
    red, black = rules.red_list, rules.black_list
    said = [
        f"{groups[rules.peer_group]}的项目放在一起排名，按得分由高到低；月度排月度得分，季度排季度得分，年度排最终得分。",
        "同分时比投资完成率（本年累计完成投资÷应完成投资，不封顶），仍相同则名次并列，后面的名次空出。"
        if rules.tie_break is TieBreak.INVESTMENT_RATIO
        else "同分者名次并列，后面的名次空出。",
        f"月度名次为{rules.monthly_ranks}，季度名次为正式名次。",
        "月度榜里按完工计分的项目单列，不排名次。"
        if rules.completed_in_month_boards is CompletedInMonthBoards.APART
        else "月度榜里按完工计分的项目参加排名。",
        f"等次：{'，'.join(tiers)}。",
        f"红榜：名次在同类前{_percent(red.quota)}（进一取整）、得分{figure(red.score)}分及以上、期内没有亮过红灯。",
        f"黑榜：名次在同类后{_percent(black.quota)}（舍去取整）、得分低于{figure(black.score)}分。",
        "名额边上并列的，由办公室确定；不够条件的空出，后面的不递补。",
    ]
    if rules.group_order:
        said.insert(1, f"各组先后：{'、'.join(rules.group_order)}。")
    return tuple(said)


def _bounds(start: Decimal, end: Decimal) -> str:
    """A tier's scores; 100 belongs to the highest, 0 to the lowest."""
    parts = [f"{figure(start)}分及以上" if start else "", f"不到{figure(end)}分" if end < FULL_SCORE else ""]
    return "、".join(part for part in parts if part) or "全部得分"


_LIGHT_BASES: Final = {
    LightBasis.PLAN: "应完成数",
    LightBasis.WINDOW: "按项目自身工期的应完成数",
    LightBasis.YEAR: "按全年十二个月的应完成数",
    LightBasis.MONTH_TASK: "当月任务",
}


def _progress(rules: ProgressLight) -> str:
    """How investment and physical progress are compared, in one sentence."""
    due = _LIGHT_BASES[rules.basis]
    if rules.comparator is Comparator.STREAK:
        assert rules.streak is not None
        return (
            f"投资、形象进度连续{rules.streak.yellow_from}个月没有达到{due}亮黄灯，"
            f"连续{rules.streak.red_from}个月亮红灯。"
        )
    if rules.comparator is Comparator.PERCENTAGE_POINTS:
        due = "序时" if rules.basis is LightBasis.PLAN else due
        return (
            f"投资、形象进度低于{due}{_ratio(rules.yellow_from_points)}个百分点及以上亮黄灯，"
            f"超过{_ratio(rules.red_above_points)}个百分点亮红灯。"
        )
    return (
        f"投资完成率、形象进度（完成数÷{due}）低于{_ratio(rules.yellow_below)}亮黄灯，"
        f"低于{_ratio(rules.red_below)}亮红灯。"
    )


def _start(rules: CountLight) -> str:
    yellow = f"计划开工月已过{rules.yellow_from}个月仍未开工" if rules.yellow_from else "计划开工当月未开工"
    red = f"{rules.red_from}个月" if rules.yellow_from else f"已过{rules.red_from}个月仍未开工"
    return f"{yellow}亮黄灯，{red}亮红灯。"


def _lights(book: RuleBook) -> tuple[str, ...]:
    rules = book.lights
    progress = rules.progress
    since = (
        ()
        if progress.minimum_month is None
        else (f"投资、形象进度从{progress.minimum_month}月起判断，此前不因此亮黄灯、红灯。",)
    )
    return (
        _progress(progress),
        *since,
        _start(rules.start),
        f"计划竣工月已过{rules.finish.yellow_from}个月仍未完工亮黄灯，{rules.finish.red_from}个月亮红灯。",
        f"节点逾期{rules.milestone.yellow_from}天亮黄灯，{rules.milestone.red_from}天亮红灯。",
        f"连续{rules.stall.yellow_from}个督查月投资和形象进度都没有增加亮黄灯，{rules.stall.red_from}个月亮红灯。",
        f"问题到期未销号亮黄灯；升到{rules.obstacle_level}级（主要领导会办）的至少亮黄灯，会办决定逾期亮红灯。",
        "取最重的一条。上一次是红灯、本月各条都是绿灯的，先亮一次黄灯（红灯记忆）。",
        "未督查、未报、资料不足亮灰灯；已完工、暂缓、未到计划开工的不亮灯。",
        *_terms(book),
    )


def _terms(book: RuleBook) -> tuple[str, ...]:
    """Whom a rule is for and what exempts from it, where the book says so; rules with one list are said together."""
    classes: dict[frozenset[str], list[str]] = {}
    reasons: dict[tuple[str, ...] | None, list[str]] = {}
    for section, words in LIGHT_SECTIONS.items():
        terms = book.lights.terms_of(section)
        if terms.classes is not None:
            classes.setdefault(terms.classes, []).append(words)
        reasons.setdefault(terms.exempt_reasons, []).append(words)
    left_out = [f"本项不计：{one}。" for key in LIGHT_SECTIONS for one in book.lights.terms_of(key).not_judged]
    scoped = [f"{'；'.join(rules)}：只判断{'、'.join(sorted(names))}类项目。" for names, rules in classes.items()]
    if set(reasons) == {None}:
        return (*left_out, *scoped, "免亮灯须写明理由，经批准生效；这份办法没有限定理由。")
    told = [f"{'；'.join(rules)}：{_exempting(names)}" for names, rules in reasons.items() if names is not None]
    if None in reasons:
        told.append(f"{'；'.join(reasons[None])}：办法所列的任何一条理由都可以免亮灯。")
    return (*left_out, *scoped, "免亮灯须写明理由，经批准生效。", *told)


def _exempting(names: tuple[str, ...]) -> str:
    return f"有下列理由之一才可以免亮灯：{'、'.join(names)}。" if names else "不能免亮灯。"


def _outlook(book: RuleBook) -> tuple[str, ...]:
    rules = book.outlook
    pace = {
        OutlookMethod.RECENT_SLOPE: f"近几个月（至少{rules.slope_months}个月）的平均速度",
        OutlookMethod.STRAIGHT_LINE: "本年应开工的月份以来的平均速度",
        OutlookMethod.CLASS_CURVE: f"同类在建项目的进度（与{rules.curve_projects}个按直线推进的项目合并）",
    }[rules.method]
    return (
        f"按{pace}推算全年完成投资，达到年度计划的{_percent(rules.cut)}、且没有目标节点要推迟到12月以后的，为预计可完成，"
        "否则为预计无法完成。",
        f"最近的投资数据早于{rules.stale_after_months}个月的，为资料不足；已完工、部分完工的，为已完成。",
        "没有年度投资计划的项目看目标节点。系统推算与办公室认定并列，亮灯与完成预计各算各的。",
    )


def _pairing(book: RuleBook) -> tuple[str, ...]:
    if not book.pairing.classes:
        return ("没有规定必须挂钩的类别。",)
    boundary = figure(book.pairing.boundary_wan)
    return (
        f"{'、'.join(book.pairing.classes)}项目须挂钩：总投资{boundary}万元及以上的由三重一大办公室挂钩，"
        "以下的由县直部门挂钩；其他类别可以挂钩，未排出不算缺。",
    )


def _assessees(book: RuleBook) -> tuple[str, ...]:
    return tuple(sentence for scheme in book.assessees for sentence in sentences(scheme))


def _percent(share: Fraction) -> str:
    return f"{figure(100 * share)}%"


def _ratio(value: Fraction) -> str:
    return figure(value) if value * 100 == int(value * 100) else f"{half_up(value, 4):f}".rstrip("0")
