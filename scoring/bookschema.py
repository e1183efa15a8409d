"""What each key of a rule book is called and means, and what may stand there (考核办法条目说明).

Source: RULES; the keys are those that `scoring.rulebook.parse` reads, which tests hold to this list one by one.
In a pattern `[]` is any place in a list and `*` any name: `ranking.tiers[].from`, `indicators.classes.*[].name`.
The others assessed (`assessees`) name themselves and their parts; what their keys are called is in OWN_WORDS.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

from scoring.measures import AssesseeKind, Measure
from scoring.periods import QUARTER_WORDS
from scoring.rulebook import FIGURE_PLACES, POLICY_REASONS, Allowed, Figure, InvestmentKind, Value, ValueKind
from scoring.schemes import When


class Chapter(StrEnum):
    """The parts of a book as they are read, in this order."""

    HEAD = "总则"
    BASIS = "计划与口径"
    MONTH = "月度得分"
    FINAL = "季度得分与最终得分"
    RANKING = "分级排名"
    LIGHTS = "亮灯"
    OUTLOOK = "年度完成预计"
    PAIRING = "挂钩帮扶"
    ASSESSEES = "其他考核对象"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key: `label` names it ({name}: the name beside it, {own}: what `*` stands for), `words` its choices."""

    pattern: str
    chapter: Chapter
    label: str
    meaning: str
    allowed: Allowed
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    is_optional: bool = False  # a book may do without it

    def matches(self, key: str) -> re.Match[str] | None:
        return _compiled(self.pattern).fullmatch(key)

    @property
    def form(self) -> str:
        """What may stand at the key, in words: 0—100之间的数，最多4位小数，单位分."""
        allowed = self.allowed
        between = f"{allowed.low}—{allowed.high}之间的" if allowed.low is not None else ""
        choices = "、".join(f"{one}（{self.words[one]}）" for one in allowed.choices)
        return {
            ValueKind.NUMBER: f"{between}数，最多{FIGURE_PLACES}位小数，单位{self.unit}",
            ValueKind.COUNT: f"{between}整数，单位{self.unit}",
            ValueKind.COUNTS: f"若干{between}整数，单位{self.unit}",
            ValueKind.POLICY: f"以下之一：{choices}",
            ValueKind.POLICIES: f"以下若干，按先后：{choices}",
            ValueKind.NAMES: "若干名称",
            ValueKind.TEXT: "一行文字",
        }[allowed.kind]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\[\]", r"\[\d+\]").replace(r"\*", "(?P<own>.+)"))


def _number(
    pattern: str, chapter: Chapter, label: str, meaning: str, unit: str, high: int = 100, *, is_optional: bool = False
) -> Entry:
    return Entry(pattern, chapter, label, meaning, Allowed(ValueKind.NUMBER, 0, high), unit, is_optional=is_optional)


def _count(pattern: str, chapter: Chapter, label: str, meaning: str, unit: str, low: int, high: int) -> Entry:
    return Entry(pattern, chapter, label, meaning, Allowed(ValueKind.COUNT, low, high), unit)


def _policy(
    pattern: str, chapter: Chapter, label: str, meaning: str, words: Mapping[str, str], *, is_optional: bool = False
) -> Entry:
    allowed = Allowed(ValueKind.POLICY, choices=tuple(words))
    return Entry(pattern, chapter, label, meaning, allowed, words=words, is_optional=is_optional)


def _text(pattern: str, chapter: Chapter, label: str, meaning: str, *, is_optional: bool = False) -> Entry:
    return Entry(pattern, chapter, label, meaning, Allowed(ValueKind.TEXT), is_optional=is_optional)


ZERO_OR_LEFT_OUT: Final = {"zero": "计0分", "exclude": "不计"}
INDICATOR_KINDS: Final = {
    "investment": "按投资完成率计分",
    "physical": "按形象进度计分",
    "node": "按节点评定计分",
    "entered": "由督查组直接评分",
}
HUGE: Final = 10**10

_INDICATORS: Final = (
    ("default", "有年度投资计划的项目", False),
    ("without_investment", "没有年度投资计划的项目", False),
    ("classes.*", "{own}类项目", True),
    ("projects.*", "项目{own}", True),
)


def _indicator_entries() -> Iterable[Entry]:
    for place, whose, is_optional in _INDICATORS:
        path, chapter = f"indicators.{place}[]", Chapter.MONTH
        yield _text(
            f"{path}.name", chapter, f"{whose}的指标名称", "指标的名称，同一组内不得重复", is_optional=is_optional
        )
        yield _policy(
            f"{path}.kind",
            chapter,
            f"{whose}的指标“{{name}}”的计分方式",
            "这个指标怎样得分",
            INDICATOR_KINDS,
            is_optional=is_optional,
        )
        yield _number(
            f"{path}.full_marks",
            chapter,
            f"{whose}的指标“{{name}}”的满分",
            "指标的满分，同一组合计为100分",
            "分",
            is_optional=is_optional,
        )


LIGHT_SECTIONS: Final[Mapping[str, str]] = {
    "progress": "投资、形象进度",
    "start": "开工",
    "finish": "竣工",
    "milestone": "节点",
    "stall": "没有进展",
    "obstacle": "问题",
}


def _light_entries() -> Iterable[Entry]:
    for key, what, unit, since, low in (
        ("start", "计划开工月已过而未开工", "个月", "超过计划开工月", 0),
        ("finish", "计划竣工月已过而未完工", "个月", "超过计划竣工月", 1),
        ("milestone", "节点逾期", "天", "逾期", 1),
        ("stall", "连续没有进展", "个月", "连续没有进展的督查月", 1),
        ("progress.streak", "连续没有完成", "个月", "连续没有完成应完成数的月份", 1),
    ):
        for which, colour in (("yellow_from", "黄灯"), ("red_from", "红灯")):
            meaning = f"{since}达到此数亮{colour}，红灯线不早于黄灯线"
            entry = _count(f"lights.{key}.{which}", Chapter.LIGHTS, f"{what}亮{colour}", meaning, unit, low, 366)
            yield replace(entry, is_optional=key == "progress.streak")
    for key, what in LIGHT_SECTIONS.items():
        for name, label, meaning in (
            ("only_classes", f"{what}：只看的类别", "只判断这些类别的项目，不写即全部类别"),
            ("exempt_reasons", f"{what}：免亮灯的理由", "有其中一条理由才可以免这一条的灯，不写即不限，写空表即不能免"),
            ("not_judged", f"{what}：本项不计", "原办法有而没有逐月数据、不能判断的，只写明，不亮灯"),
        ):
            allowed = Allowed(ValueKind.NAMES)
            yield Entry(f"lights.{key}.{name}", Chapter.LIGHTS, label, meaning, allowed, is_optional=True)


ENTRIES: Final[tuple[Entry, ...]] = (
    _text("book.code", Chapter.HEAD, "代号", "办法的代号，只用字母、数字、点和横线"),
    _text("book.name", Chapter.HEAD, "名称", "办法的名称，印在榜单下面"),
    _text("book.version", Chapter.HEAD, "版本", "同一代号的文本有任何改动，版本都要改"),
    _policy(
        "schedule.basis",
        Chapter.BASIS,
        "序时口径",
        "应完成数按什么期间推算",
        {"window": "按项目自身的计划开工月至计划竣工月", "year": "按全年十二个月"},
    ),
    Entry(
        "investment.investment_basis",
        Chapter.BASIS,
        "投资口径",
        "按先后取第一个有数的",
        Allowed(ValueKind.POLICIES, choices=tuple(kind.value for kind in InvestmentKind)),
        words={kind.value: kind.words for kind in InvestmentKind},
    ),
    _number(
        "investment.gap_notice", Chapter.BASIS, "核实与上报相差的提示线", "相差超过上报数的这一比例时提示", "%", 1000
    ),
    _policy(
        "physical.physical_basis",
        Chapter.BASIS,
        "形象进度百分数的含义",
        "单独一个百分数指占什么的百分数",
        {"annual_target": "占本年目标", "whole_project": "占整个工程"},
    ),
    _number("physical.node_reached", Chapter.BASIS, "节点“达到”计满分的比例", "督查组评定为达到", "%"),
    _number("physical.node_nearly_reached", Chapter.BASIS, "节点“基本达到”计满分的比例", "督查组评定为基本达到", "%"),
    _number("physical.node_not_reached", Chapter.BASIS, "节点“未达到”计满分的比例", "督查组评定为未达到", "%"),
    *_indicator_entries(),
    _policy(
        "monthly.missing_indicator",
        Chapter.MONTH,
        "应填而未填的指标",
        "有应完成数、有这一栏而格子空着",
        ZERO_OR_LEFT_OUT,
    ),
    _policy(
        "monthly.completed",
        Chapter.MONTH,
        "完工以后的月份",
        "完工当月照常评分，以后各月怎样计",
        {"full": "计100分", "carry": "沿用最后一次月度得分"},
    ),
    _number(
        "monthly.given_score_gap_notice",
        Chapter.MONTH,
        "几种得分相差的提示线",
        "督查组评分、表内得分、系统计分相差超过此数时提示",
        "分",
    ),
    *(
        _policy(
            f"monthly.reasons.{reason}",
            Chapter.MONTH,
            f"“{reason}”的月份",
            "没有评分的月份怎样进入平均",
            {"zero": "计0分", "exclude": "不计入平均"},
        )
        for reason in POLICY_REASONS
    ),
    *(
        _number(f"final.weights.Q{quarter}", Chapter.FINAL, f"{words}权重", "四个季度合计为100", "%")
        for quarter, words in QUARTER_WORDS.items()
    ),
    _policy(
        "final.missing_quarter",
        Chapter.FINAL,
        "已开始而没有得分的季度",
        "怎样进入最终得分",
        {"renormalise": "不计，其余季度权重重新折算", "zero": "计0分"},
    ),
    _count(
        "final.minimum_months",
        Chapter.FINAL,
        "年度排名所需的得分月数",
        "计权季度内得分的月份少于此数为考核期不足，单列",
        "个月",
        0,
        12,
    ),
    _policy(
        "ranking.peer_group",
        Chapter.RANKING,
        "同类项目的划分",
        "谁和谁一起排名",
        {"class": "按类别", "level": "按级别", "investment_band": "按投资规模", "unit": "按责任单位"},
    ),
    Entry(
        "ranking.group_order",
        Chapter.RANKING,
        "各组的先后",
        "空着时按年度计划的类别顺序",
        Allowed(ValueKind.NAMES),
    ),
    _policy(
        "ranking.tie_break",
        Chapter.RANKING,
        "同分的先后",
        "得分相同时怎样排",
        {"investment_ratio": "比投资完成率（不封顶），仍相同则并列", "none": "并列"},
    ),
    _policy(
        "ranking.completed_in_month_boards",
        Chapter.RANKING,
        "月度榜中的已完工项目",
        "按完工计分的项目在月度榜里怎样列",
        {"apart": "单列，不排名次", "ranked": "参加排名"},
    ),
    _text("ranking.monthly_ranks", Chapter.RANKING, "月度名次的性质", "印在月度榜上的话"),
    _text("ranking.investment_bands[].name", Chapter.RANKING, "投资规模档的名称", "按投资规模划分同类项目时用"),
    _number(
        "ranking.investment_bands[].from",
        Chapter.RANKING,
        "投资规模“{name}”的下限",
        "总投资从此数起，由高到低排列，最低一档从0起",
        "万元",
        HUGE,
    ),
    _text("ranking.tiers[].name", Chapter.RANKING, "等次的名称", "等次的名称，不得重复"),
    _number("ranking.tiers[].from", Chapter.RANKING, "等次“{name}”的起点", "得分从此数起（含）", "分"),
    _number(
        "ranking.tiers[].below",
        Chapter.RANKING,
        "等次“{name}”的终点",
        "得分不到此数，最高一档含100分；各等次连续覆盖0—100分",
        "分",
    ),
    _number("ranking.red_list.quota", Chapter.RANKING, "红榜名额", "占同类参加排名项目的比例，进一取整", "%"),
    _number("ranking.red_list.at_least", Chapter.RANKING, "红榜最低分", "得分不低于此数才列入红榜", "分"),
    _number("ranking.black_list.quota", Chapter.RANKING, "黑榜名额", "占同类参加排名项目的比例，舍去取整", "%"),
    _number("ranking.black_list.below", Chapter.RANKING, "黑榜分数线", "得分低于此数才列入黑榜", "分"),
    _policy(
        "lights.progress.comparator",
        Chapter.LIGHTS,
        "投资、形象进度的比法",
        "用哪一组界限判断投资和形象进度的灯",
        {"ratio": "完成数÷应完成数", "percentage_points": "低于序时的百分点", "streak": "连续没有完成的月数"},
    ),
    _policy(
        "lights.progress.basis",
        Chapter.LIGHTS,
        "投资、形象进度的序时",
        "亮灯时与什么比，不写即与计分相同",
        {
            "plan": "与计分相同的应完成数",
            "window": "项目自身工期",
            "year": "全年十二个月",
            "month_task": "当月任务",
        },
        is_optional=True,
    ),
    Entry(
        "lights.progress.minimum_month",
        Chapter.LIGHTS,
        "几月起判断进度",
        "此前各月不因投资、形象进度亮黄灯、红灯",
        Allowed(ValueKind.COUNT, 1, 12),
        "月",
        is_optional=True,
    ),
    _number("lights.progress.yellow_below", Chapter.LIGHTS, "完成比值亮黄灯", "完成数÷应完成数低于此数", "比值", 10),
    _number("lights.progress.red_below", Chapter.LIGHTS, "完成比值亮红灯", "完成数÷应完成数低于此数", "比值", 10),
    _number(
        "lights.progress.yellow_from_points",
        Chapter.LIGHTS,
        "低于序时亮黄灯",
        "低于序时达到此数（按百分点比时用）",
        "个百分点",
    ),
    _number(
        "lights.progress.red_above_points",
        Chapter.LIGHTS,
        "低于序时亮红灯",
        "低于序时超过此数（按百分点比时用）",
        "个百分点",
    ),
    *_light_entries(),
    _count("lights.obstacle.level", Chapter.LIGHTS, "主要领导会办的级别", "问题升到此级至少亮黄灯", "级", 1, 3),
    _policy(
        "outlook.method",
        Chapter.OUTLOOK,
        "推算方法",
        "全年完成投资怎样推算",
        {"recent_slope": "按近几个月的速度", "straight_line": "按全期平均速度", "class_curve": "按同类在建项目的进度"},
    ),
    _number("outlook.cut", Chapter.OUTLOOK, "预计可完成的界限", "推算的全年完成投资达到年度计划的此比例", "%"),
    _count("outlook.slope_months", Chapter.OUTLOOK, "速度的跨度", "速度至少按这么多个月计算", "个月", 1, 11),
    _count("outlook.stale_after_months", Chapter.OUTLOOK, "数据的时效", "最近的数据早于此为资料不足", "个月", 0, 11),
    Entry(
        "outlook.curve_projects",
        Chapter.OUTLOOK,
        "同类进度的平滑",
        "按同类进度推算时，与这么多个按直线推进的项目合并",
        Allowed(ValueKind.COUNT, 1, 1000),
        "个项目",
        is_optional=True,
    ),
    Entry(
        "pairing.paired_classes",
        Chapter.PAIRING,
        "须挂钩的类别",
        "这些类别的项目都要挂钩",
        Allowed(ValueKind.NAMES),
    ),
    _number("pairing.boundary", Chapter.PAIRING, "办公室挂钩的界限", "总投资达到此数由办公室挂钩", "万元", HUGE),
)


def entry_of(key: str) -> Entry | None:
    """The entry of a figure's key; None for the others assessed and for what no book has."""
    return next((entry for entry in ENTRIES if entry.matches(key)), None)


def chapter_of(key: str) -> Chapter:
    entry = entry_of(key)
    return Chapter.ASSESSEES if entry is None else entry.chapter


def label_of(figure: Figure, figures: Mapping[str, Figure]) -> str:
    """What a figure is called: 等次“良好”的起点. `figures` are the book's, by key, for the name beside it."""
    around = figure.key.rpartition(".")[0]
    entry = entry_of(figure.key)
    if entry is None:
        return _own_label(figure.key, figures)
    found = entry.matches(figure.key)
    own = found.groupdict().get("own", "") if found is not None else ""
    return entry.label.format(name=_name_beside(around, figures), own=own)


def words_of(value: Value, figure: Figure) -> str:
    """A figure's value as it is read: 按类别, 督查核实、上报, 0.8比值, 1、3、6个项目."""
    entry = entry_of(figure.key)
    words = OWN_CHOICES.get(figure.key.rpartition(".")[2], {}) if entry is None else entry.words
    if isinstance(value, tuple):
        listed = "、".join(words.get(one, one) for one in value)
        return f"{listed}{figure.unit}" if listed else "（空）"
    text = value if isinstance(value, str) else f"{value:f}" if not isinstance(value, int) else str(value)
    if not isinstance(value, str) and "." in text:
        text = text.rstrip("0").rstrip(".")
    shown = words.get(text, text)
    if figure.unit in ("", "比值"):
        return shown
    return f"{shown}{figure.unit}"


def help_of(key: str) -> str | None:
    """What belongs at a key that is wrong: for one figure its meaning and form, for a section what it holds."""
    for name in (key, key.removesuffix(".unit").removesuffix(".value")):
        entry = entry_of(name)
        if entry is not None:
            return f"{entry.meaning}；填{entry.form}。"
    plain = re.sub(r"\[\d+\]", "[]", key)
    for section in (plain, plain.rpartition(".")[0]):
        starts = (f"{section}.", f"{section}[].")
        inside = [entry.pattern.removeprefix(start) for entry in ENTRIES for start in starts if _is_in(entry, start)]
        if names := dict.fromkeys(pattern.partition(".")[0].removesuffix("[]") for pattern in inside):
            return f"这一节有：{'、'.join(names)}。"
    return None


def _is_in(entry: Entry, start: str) -> bool:
    return len(start) > 1 and entry.pattern.startswith(start)


def _name_beside(path: str, figures: Mapping[str, Figure]) -> str:
    found = figures.get(f"{path}.name")
    return "" if found is None else str(found.value)


def _own_label(key: str, figures: Mapping[str, Figure]) -> str:
    """责任单位·项目均分·满分: the names beside each place on the way, and the last word of the key."""
    shown: list[str] = []
    path = ""
    for step in key.split("."):
        path = f"{path}.{step}" if path else step
        word, _, place = step.partition("[")
        if place:
            shown.append(_name_beside(path, figures) or f"第{place[:-1]}{OWN_WORDS[word]}")
        elif word not in ("parts", "groups"):
            shown.append(OWN_WORDS.get(word, word))
    return "·".join(shown)


# Keys within a block of `assessees` (scoring.schemetext reads them, scoring.schemes says what they mean).
OWN_WORDS: Final = {
    "name": "名称",
    "kind": "考核对象",
    "total": "合计方式",
    "when": "考核期",
    "visible": "谁可以看",
    "whole_for": "全部给谁看",
    "groups_by": "分组方式",
    "size_groups_from": "各组的最少项目数",
    "measure": "指标口径",
    "formula": "计分法",
    "full_marks": "满分",
    "cap": "封顶",
    "reference": "与什么相比",
    "target": "目标",
    "at_minimum": "最低者得满分的比例",
    "at_least": "最低",
    "at_most": "最高",
    "when_equal": "同类都相同时",
    "bands": "档",
    "from": "起点（含）",
    "above": "超过",
    "below": "不到",
    "points": "分数",
    "each": "每一个",
    "base": "基准分",
    "par": "基准",
    "step": "每一步",
    "places": "段名次",
    "through": "到第几名",
    "names": "所列名称",
    "amount": "界限",
    "full_scale": "评分表的满分",
    "visits_counted": "每个项目每月最多计次",
}
OWN_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {kind.value: kind.words for kind in AssesseeKind},
    "measure": {measure.value: measure.words for measure in Measure},
    "when": {when.value: when.words for when in When},
    "total": {"share": "折成100分", "sum": "累加，不设满分"},
    "visible": {"published": "定稿后公开", "own": "各看各的"},
    "groups_by": {"project_count": "按项目个数", "named": "按所列名单", "none": "不分组"},
    "formula": {
        "share": "按比例",
        "min_max": "按同类最高最低",
        "bands": "分档",
        "per_item": "按个数",
        "linear": "按高低加减",
        "places": "按名次",
    },
    "cap": {"full_marks": "超过的计满分", "none": "不封顶"},
    "reference": {"itself": "比率本身", "highest": "同类最高", "target": "目标"},
    "when_equal": {"full_marks": "计满分", "at_minimum": "计起点分", "not_judged": "本项不计"},
}
