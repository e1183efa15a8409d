"""The book in plain Chinese: each sentence says the book's own figures, and the worked example adds up by hand."""

import pytest

from scoring.bookschema import Chapter
from scoring.bookwords import chapters, final_example, month_example
from scoring.rulebook import RuleBook, parse
from tests.scoring.cases import DEFAULT_BOOK, book, changed, default_text


def said(read: RuleBook, chapter: Chapter) -> tuple[str, ...]:
    return next(one.sentences for one in chapters(read) if one.chapter is chapter)


def with_text(old: str, new: str) -> RuleBook:
    assert old in default_text()
    return parse(default_text().replace(old, new, 1))


def test_every_figure_stands_in_one_chapter() -> None:
    listed = [key for one in chapters(book()) for key in one.keys]
    assert sorted(listed) == sorted(figure.key for figure in book().figures)
    assert [one.chapter for one in chapters(book())] == list(Chapter)


@pytest.mark.parametrize("path", sorted(DEFAULT_BOOK.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_book_can_be_said(path: object) -> None:
    read = parse(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert all(sentence.endswith("。") for one in chapters(read) for sentence in one.sentences)


def test_the_month_is_said_with_its_marks_and_policies() -> None:
    assert said(book(), Chapter.MONTH) == (
        "月度得分先取督查组评分，其次取表内得分，都没有的由系统计算；几种得分都留存，相差超过5分时提示。",
        "系统计算：有年度投资计划的项目，投资完成60分、形象进度40分；没有年度投资计划的项目，节点完成60分、形象进度40分。",
        "按投资完成率计分的，得分＝满分×本年累计完成投资÷应完成投资，超过满分的计满分。",
        "按形象进度计分的，得分＝满分×实际百分数÷应达百分数，超过满分的计满分。",
        "按节点评定计分的，得分＝满分×评定的比例。",
        "月度得分＝100×各项指标得分之和÷参加评定的各项满分之和，四舍五入到0.01分；本项不计的指标不进入分母。",
        "应填而未填的指标计0分。",
        "拒绝督查、无正当理由停工、未报的月份计0分。",
        "暂缓、免考、未到计划开工、未督查、无年度计划、无法评定、无评分的月份不计入平均。",
        "完工当月照常评分，以后各月计100分。",
    )


def test_the_other_choice_of_each_policy_has_its_own_words() -> None:
    other = book(
        missing_indicator='"exclude"',
        completed='"carry"',
        missing_quarter='"zero"',
        tie_break='"none"',
        basis='"year"',
        physical_basis='"whole_project"',
        completed_in_month_boards='"ranked"',
        peer_group='"unit"',
        comparator='"percentage_points"',
        method='"straight_line"',
        investment_basis='["reported"]',
        group_order='["甲", "乙"]',
        paired_classes="[]",
    )
    text = "".join(sentence for one in chapters(other) for sentence in one.sentences)
    for sentence in (
        "应填而未填的指标本项不计。",
        "以后各月沿用最后一次月度得分。",
        "已开始而没有得分的季度计0分（整季暂缓、未到计划开工、免考的除外）。",
        "同分者名次并列，后面的名次空出。",
        "应完成投资按全年十二个月（计划开工以前为0）逐月推算",
        "指占整个工程的百分数",
        "月度榜里按完工计分的项目参加排名。",
        "同一责任单位的项目放在一起排名",
        "投资、形象进度低于序时10个百分点及以上亮黄灯，超过30个百分点亮红灯。",
        "按本年应开工的月份以来的平均速度推算",
        "完成投资取上报数。",
        "各组先后：甲、乙。",
        "没有规定必须挂钩的类别。",
    ):
        assert sentence in text


def test_a_policy_that_leaves_every_month_out_or_counts_every_one_zero_says_only_that() -> None:
    reasons = "未报 拒绝督查 无正当理由停工".split()
    none_zero = parse(changed(default_text(), **dict.fromkeys(reasons, '"exclude"')))
    assert not any("月份计0分" in one for one in said(none_zero, Chapter.MONTH))
    others = "暂缓 免考 未到计划开工 未督查 无年度计划 无法评定 无评分".split()
    all_zero = parse(changed(default_text(), **dict.fromkeys(others, '"zero"')))
    assert not any("不计入平均" in one for one in said(all_zero, Chapter.MONTH))


def test_ranking_lights_outlook_and_pairing_say_their_figures() -> None:
    assert said(book(), Chapter.RANKING)[4:7] == (
        "等次：90分及以上为优秀，80分及以上、不到90分为良好，70分及以上、不到80分为一般，不到70分为较差。",
        "红榜：名次在同类前10%（进一取整）、得分85分及以上、期内没有亮过红灯。",
        "黑榜：名次在同类后5%（舍去取整）、得分低于70分。",
    )
    assert said(book(), Chapter.LIGHTS)[:5] == (
        "投资完成率、形象进度（完成数÷应完成数）低于0.8亮黄灯，低于0.6亮红灯。",
        "计划开工月已过1个月仍未开工亮黄灯，3个月亮红灯。",
        "计划竣工月已过1个月仍未完工亮黄灯，2个月亮红灯。",
        "节点逾期15天亮黄灯，45天亮红灯。",
        "连续2个督查月投资和形象进度都没有增加亮黄灯，3个月亮红灯。",
    )
    assert said(book(), Chapter.OUTLOOK)[0].startswith(
        "按近几个月（至少3个月）的平均速度推算全年完成投资，达到年度计划的95%"
    )
    assert said(book(), Chapter.PAIRING)[0].startswith(
        "重大工业和服务业项目须挂钩：总投资50000万元及以上的由三重一大办公室挂钩"
    )
    exact = with_text("yellow_below = { value = 0.80", "yellow_below = { value = 0.8125")
    assert said(exact, Chapter.LIGHTS)[0].startswith("投资完成率、形象进度（完成数÷应完成数）低于0.8125亮黄灯")


def test_the_others_assessed_are_said_in_their_own_words() -> None:
    whole = said(book(), Chapter.ASSESSEES)
    assert whole[0] == (
        "责任单位（考核责任单位，月度、季度、年度）：按1—2个项目、3—5个项目、6个项目及以上分组排名；"
        "各项合计100分，没有数据的项不计，按已评的满分折成100分；定稿后名次和得分对各单位公开。"
    )
    assert whole[2] == "责任单位·跟踪服务（20分）：跟踪服务，评分表以20分为满分，按比率折算满分，超过的计满分。"
    assert "挂钩部门·次数（30分）：帮扶次数，每个项目每月最多计2次，须有佐证，按比率折算满分，超过的计满分。" in whole


def test_the_outlook_by_class_says_with_how_many_it_is_smoothed() -> None:
    curved = said(book(method='"class_curve"'), Chapter.OUTLOOK)[0]
    assert curved.startswith("按同类在建项目的进度（与20个按直线推进的项目合并）推算全年完成投资")


def test_the_month_of_the_example_is_worked_by_the_book() -> None:
    # 60 × 900/1200 = 45; 40 × 50/60 = 33.333…; 100 × 78.33/100
    assert month_example(book()) == (
        "投资完成：应完成1200万元，已完成900万元，60×900÷1200＝45.00分",
        "形象进度：应达60%，实际50%，40×50÷60＝33.33分",
        "月度得分：100×78.33÷100＝78.33分",
    )


def test_an_example_with_a_node_takes_the_share_of_its_judgement() -> None:
    node = with_text('kind = "investment"', 'kind = "node"')
    # 60 × 80 % = 48; 48 + 33.33 = 81.33
    assert month_example(node)[0] == "投资完成：评定为基本达到，60×80%＝48.00分"
    assert month_example(node)[-1] == "月度得分：100×81.33÷100＝81.33分"


def test_points_that_the_team_gives_have_no_worked_example() -> None:
    assert month_example(with_text('kind = "investment"', 'kind = "entered"')) == ()
    sentences = said(with_text('kind = "investment"', 'kind = "entered"'), Chapter.MONTH)
    assert "由督查组直接评分的，得分是督查组给的分。" in sentences


def test_the_quarter_and_the_final_of_the_example_add_up() -> None:
    # (75 + 82 + 91.5)/3 = 82.8333…; (80×20 + 85×30 + 90×50)/100 = 86.5; (1600 + 2550)/50 = 83
    assert final_example(book()) == (
        "季度得分：（75.00＋82.00＋91.50）÷3＝82.83分",
        "最终得分：（80.00×20＋85.00×30＋90.00×50）÷100＝86.50分",
        "四季度还没有开始时：（80.00×20＋85.00×30）÷50＝83.00分（中间值）",
    )


def test_a_final_of_one_quarter_has_no_running_value_and_every_weighted_quarter_is_named() -> None:
    text = (
        default_text().replace("Q2 = { value = 20", "Q2 = { value = 0").replace("Q3 = { value = 30", "Q3 = { value = 0")
    )
    last = parse(text.replace("Q4 = { value = 50", "Q4 = { value = 100"))
    assert final_example(last)[1:] == ("最终得分：（90.00×100）÷100＝90.00分",)
    even = default_text()
    for quarter, weight in ((1, 0), (2, 20), (3, 30), (4, 50)):
        even = even.replace(f"Q{quarter} = {{ value = {weight}", f"Q{quarter} = {{ value = 25")
    assert "最终得分按一季度25%、二季度25%、三季度25%、四季度25%加权，四舍五入到0.01分。" in said(
        parse(even), Chapter.FINAL
    )
    assert len(said(with_text("minimum_months = { value = 3", "minimum_months = { value = 0"), Chapter.FINAL)) == 3


def test_indicators_of_a_class_and_a_project_are_said() -> None:
    own = """
[[indicators.classes."为民实事"]]
name = "群众满意"
kind = "entered"
full_marks = { value = 100, unit = "分" }
[[indicators.projects."P7"]]
name = "节点完成"
kind = "node"
full_marks = { value = 100, unit = "分" }
"""
    sentences = said(parse(default_text() + own), Chapter.MONTH)
    assert "另有规定的：为民实事类项目，群众满意100分；项目P7，节点完成100分。" in sentences


def test_one_tier_for_all_scores_is_said_as_such() -> None:
    head, rest = default_text().split("[[ranking.tiers]]", 1)
    tail = rest[rest.index("# 红榜") :]
    one = (
        '[[ranking.tiers]]\nname = "合格"\nfrom = { value = 0, unit = "分" }\nbelow = { value = 100, unit = "分" }\n\n'
    )
    assert "等次：全部得分为合格。" in said(parse(head + one + tail), Chapter.RANKING)
