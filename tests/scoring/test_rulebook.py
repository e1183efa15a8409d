"""The rule book: every figure with unit, source and date; what is wrong is refused by key and reason."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from scoring.rulebook import EXAMPLE, MissingPolicy, Reason, RuleBookError, parse
from tests.scoring.cases import book, changed, default_text


def test_the_default_book_holds_the_weights_of_the_clients_text() -> None:
    assert book().final.weights == {1: 0, 2: 20, 3: 30, 4: 50}
    weights = [figure for figure in book().figures if figure.key.startswith("final.weights")]
    assert {figure.source for figure in weights} == {"考核奖惩制度"}
    assert {figure.unit for figure in weights} == {"%"}


def test_only_the_weights_and_the_five_hundred_million_boundary_come_from_the_clients_text() -> None:
    own = {figure.key for figure in book().figures if figure.source != EXAMPLE and not figure.key.startswith("book.")}
    assert own == {"final.weights.Q1", "final.weights.Q2", "final.weights.Q3", "final.weights.Q4", "pairing.boundary"}


def test_every_figure_of_the_book_has_source_and_effective_date() -> None:
    assert all(figure.source and figure.effective_from == date(2023, 1, 1) for figure in book().figures)
    assert all(figure.unit for figure in book().figures if isinstance(figure.value, Decimal | int))


def test_the_units_own_doing_counts_zero_and_every_other_reason_is_left_out() -> None:
    zero = {reason for reason, policy in book().monthly.reasons.items() if policy is MissingPolicy.ZERO}
    assert zero == {Reason.NOT_REPORTED, Reason.REFUSED, Reason.STOPPED}


def test_the_figures_of_lights_and_outlook_are_those_of_the_rules() -> None:
    lights = book().lights
    assert (lights.progress.yellow_below, lights.progress.red_below) == (Fraction(8, 10), Fraction(6, 10))
    assert (lights.progress.yellow_from_points, lights.progress.red_above_points) == (10, 30)
    counts = [(one.yellow_from, one.red_from) for one in (lights.start, lights.finish, lights.milestone, lights.stall)]
    assert counts == [(1, 3), (1, 2), (15, 45), (2, 3)]
    outlook = book().outlook
    assert (outlook.cut, outlook.slope_months, outlook.stale_after_months) == (Fraction(95, 100), 3, 2)


def test_the_others_assessed_have_parts_that_sum_to_100() -> None:
    names = {one.name: {part.name: part.full_marks for part in one.parts} for one in book().assessees}
    assert names == {
        "责任单位": {"项目均分": 60, "跟踪服务": 20, "推进速度": 20},
        "挂钩部门": {"次数": 30, "态度": 20, "成效": 30, "达序时率": 20},
        "职能部门": {"按时办结率": 70, "服务评议": 30},
        "投资方": {"按约开工": 30, "建成": 30, "达产达效": 40},
        "县领导包挂": {"到场": 30, "问题办结": 40, "项目均分": 30},
    }
    assert book().assessees[0].size_groups_from == (1, 3, 6)
    assert book().assessees[1].parts[0].parameters.visits_counted == 2


Q4 = 'Q4 = { value = 50, unit = "%" }'
KINDS = '["verified", "reported"]'
SCHEDULE = '[schedule]\nsource = "示例"\n'
REFUSED = [
    ("comparator = ", "comparatr = ", "lights.progress.comparator", "缺少这一项"),
    ("[schedule]\n", "[schedule]\nbasiss = 1\n", "schedule.basiss", "是未知的键"),
    ("[book]\n", "[extra]\n[book]\n", "extra", "是未知的键"),
    (Q4, 'Q4 = { value = 40, unit = "%" }', "final.weights", "四个季度的权重合计应为100，现为90"),
    (Q4, 'Q4 = { value = 50, unit = "分" }', "final.weights.Q4.unit", "单位应为“%”，现为“分”"),
    (Q4, 'Q4 = { value = "50", unit = "%" }', "final.weights.Q4", "应为数字，单位%"),
    (Q4, 'Q4 = { value = true, unit = "%" }', "final.weights.Q4", "应为数字，单位%"),
    (Q4, 'Q4 = { value = nan, unit = "%" }', "final.weights.Q4", "应在0—100%之间，现为NaN"),
    (Q4, 'Q4 = { value = 150, unit = "%" }', "final.weights.Q4", "应在0—100%之间，现为150"),
    (Q4, 'Q4 = { value = 49.99999, unit = "%" }', "final.weights.Q4", "最多写4位小数，现为49.99999"),
    (Q4, 'Q4 = { value = 50, unit = "%", x = 1 }', "final.weights.Q4.x", "是未知的键"),
    (Q4, "Q4 = 50", "final.weights.Q4", "应为一节（表）"),
    ('basis = "window"', 'basis = "month"', "schedule.basis", "“month”不在可选项（window、year）内"),
    ('basis = "window"', "basis = 3", "schedule.basis", "应为文字"),
    (KINDS, '["verified", "verified"]', "investment.investment_basis", "须按优先顺序列出至少一种投资口径"),
    (KINDS, "[]", "investment.investment_basis", "须按优先顺序列出至少一种投资口径"),
    (KINDS, '["checked"]', "investment.investment_basis", "“checked”不在可选项"),
    ("group_order = []", "group_order = [1]", "ranking.group_order", "应为文字列表"),
    ("node_reached = { value = 100", "node_reached = { value = 70", "physical.node_reached", "须依次不增"),
    (
        'full_marks = { value = 60, unit = "分" }',
        'full_marks = { value = 50, unit = "分" }',
        "indicators.default",
        "现为90",
    ),
    (
        'full_marks = { value = 60, unit = "分" }',
        'full_marks = { value = 0, unit = "分" }',
        "indicators.default[1].full_marks",
        "满分须大于0",
    ),
    ('name = "投资完成"', 'name = "形象进度"', "indicators.default", "名称重复"),
    (
        'name = "5亿元及以上"\nfrom = { value = 50000',
        'name = "5亿元及以上"\nfrom = { value = 9000',
        "ranking.investment_bands",
        "由高到低",
    ),
    (
        'below = { value = 90, unit = "分" }',
        'below = { value = 95, unit = "分" }',
        "ranking.tiers",
        "良好与优秀的分数段重叠",
    ),
    (
        'below = { value = 90, unit = "分" }',
        'below = { value = 85, unit = "分" }',
        "ranking.tiers",
        "良好与优秀之间有空档",
    ),
    (
        'below = { value = 90, unit = "分" }',
        'below = { value = 80, unit = "分" }',
        "ranking.tiers",
        "良好的起点80分须低于终点80分",
    ),
    ('from = { value = 0, unit = "分" }', 'from = { value = 1, unit = "分" }', "ranking.tiers", "须连续覆盖0—100分"),
    ("red_below = { value = 0.60", "red_below = { value = 0.90", "lights.progress.red_below", "红灯线不得高于黄灯线"),
    (
        "red_above_points = { value = 30",
        "red_above_points = { value = 5",
        "lights.progress.red_above_points",
        "不得低于黄灯线",
    ),
    ("red_from = { value = 45", "red_from = { value = 10", "lights.milestone.red_from", "红灯线不得早于黄灯线"),
    (
        "red_from = { value = 45",
        "red_from = { value = 45.5",
        "lights.milestone.red_from",
        "应为1—366之间的整数，单位天",
    ),
    ("value = [1, 3, 6]", "value = [3, 1, 6]", "assessees[1].size_groups_from", "须由小到大"),
    ("value = [1, 3, 6]", "value = 3", "assessees[1].size_groups_from", "应为整数列表"),
    (
        'measure = "project_mean"\nformula = "share"\nfull_marks = { value = 60',
        'measure = "project_mean"\nformula = "share"\nfull_marks = { value = 50',
        "assessees[1].parts",
        "责任单位各项满分合计应为100，现为90",
    ),
    (SCHEDULE, "[schedule]\n", "schedule.source", "缺少出处"),
    (SCHEDULE + "effective_from = 2023-01-01\n", SCHEDULE, "schedule.effective_from", "缺少生效日期"),
    (
        SCHEDULE + "effective_from = 2023-01-01",
        SCHEDULE + 'effective_from = "今年"',
        "schedule.effective_from",
        "应为日期",
    ),
    ("[[assessees]]", "[assessees]", "assessees", "应为若干节（表的列表）"),
    ("[book]", "[book", "全文", "不是有效的TOML文件"),
]


@pytest.mark.parametrize(("old", "new", "key", "reason"), REFUSED, ids=[f"{one[2]}: {one[3][:12]}" for one in REFUSED])
def test_a_faulty_book_is_refused_naming_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    text = default_text()
    assert old in text
    if key == "assessees":
        text = text[: text.index("# 其他考核对象")] + '[assessees]\nname = "责任单位"\n'
    else:
        text = text.replace(old, new, 1)
    with pytest.raises(RuleBookError) as refused:
        parse(text)
    assert refused.value.key == key
    assert reason in refused.value.reason
    assert str(refused.value) == f"考核办法“{key}”有误：{refused.value.reason}，请更正后再启用。"


def test_a_class_or_a_project_may_have_its_own_indicators() -> None:
    own = """
[[indicators.classes."为民实事项目"]]
name = "群众满意"
kind = "entered"
full_marks = { value = 100, unit = "分" }
[[indicators.projects."P7"]]
name = "节点完成"
kind = "node"
full_marks = { value = 100, unit = "分" }
"""
    sets = parse(default_text() + own).indicators
    names = [
        [one.name for one in sets.of(code, group, has_annual_investment=True)]
        for code, group in (("P1", "为民实事"), ("P1", "为民实事项目"), ("P7", "为民实事"), ("P1", "农业农村重点"))
    ]
    assert names == [["群众满意"], ["群众满意"], ["节点完成"], ["投资完成", "形象进度"]]
    default = sets.of("P1", "农业农村重点", has_annual_investment=False)
    assert [(one.name, one.full_marks) for one in default] == [("节点完成", 60), ("形象进度", 40)]


def test_the_policies_are_printed_with_the_board() -> None:
    assert book().policy_sentences() == (
        "拒绝督查、无正当理由停工、未报的月份计0分，其余无评分的月份不计入平均。",
        "未填的指标计0分。",
        "完工后的月份计100分。",
        "最终得分按二季度20%、三季度30%、四季度50%加权。",
        "没有得分的季度不计，其余季度权重重新折算。",
        "同分时按投资完成率（本年累计完成投资÷应完成投资，不封顶）排序，仍相同则名次并列。",
    )
    text = changed(
        default_text(),
        missing_indicator='"exclude"',
        completed='"carry"',
        missing_quarter='"zero"',
        tie_break='"none"',
        未报='"exclude"',
        拒绝督查='"exclude"',
        无正当理由停工='"exclude"',
    )
    assert parse(text).policy_sentences() == (
        "无评分的月份一律不计入平均。",
        "未填的指标不计。",
        "完工后的月份沿用最后一次月度得分。",
        "最终得分按二季度20%、三季度30%、四季度50%加权。",
        "已开始而没有得分的季度计0分。",
        "同分者名次并列。",
    )


def test_a_book_is_named_by_title_and_version() -> None:
    assert book().words == "县级默认考核办法第1版"
