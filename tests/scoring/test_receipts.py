"""Receipts: from the final to the figures, each step to be worked again by hand."""

from decimal import Decimal

import pytest

from scoring.facts import Declaration, EventKind
from scoring.monthly import ScoreSource
from scoring.periods import parse
from scoring.ranking import board
from scoring.receipts import Receipt, UnknownProject, receipt
from scoring.rulebook import MissingQuarter, Reason
from tests.scoring.cases import D, book, event, plan, programme, project, record, scored

FACTS = programme(
    project(
        "P1",
        record(2, "100", team_score="50"),
        record(5, "400", "30"),  # 60×400/500 + 40×30/41.67
        record(6, "600", "50", team_score="88"),
        record(9, "700", declaration=Declaration.REFUSED),
        plans=(plan("1200", physical={5: "40"}),),
    ),
    months=(2, 5, 6, 8, 9),
)


def of(period: str, code: str = "P1", **policies: str) -> Receipt:
    return receipt(book(**policies), FACTS, code, parse(period))


def test_a_year_is_shown_down_to_the_indicators() -> None:
    """May: 60×400/500 = 48, 40×30/40 = 30: 78.00. Q2 (78 + 88)/2 = 83.00; Q3 0.00; (83×20 + 0×30)/50 = 33.20."""
    found = of("2023")
    assert (found.score, found.formula) == (D("33.20"), "（83.00×20%＋0.00×30%）÷50%＝33.20分")
    assert [(one.quarter, one.weight, one.effective_weight, one.score) for one in found.quarters] == [
        ("Q1", 0, D("0.00"), D("50.00")),
        ("Q2", 20, D("40.00"), D("83.00")),
        ("Q3", 30, D("60.00"), D("0.00")),
    ]
    may = found.quarters[1].months[0]
    assert (may.month, may.score, may.source, may.reason) == ("2023-05", D("78.00"), ScoreSource.COMPUTED, None)
    assert [(one.name, one.points, one.full_marks, one.reason, one.source) for one in may.indicators] == [
        ("投资完成", D("48.00"), 60, "完成400／应完成500万元，计48.00分", "示例"),
        ("形象进度", D("30.00"), 40, "形象进度30%／计划40%，计30.00分", "示例"),
    ]
    assert may.detail.ref == 5
    refused = found.quarters[2].months[1]
    assert (refused.score, refused.source, refused.reason) == (D("0.00"), ScoreSource.POLICY, Reason.REFUSED)


def test_the_steps_are_printed_in_the_order_they_are_worked() -> None:
    assert of("2023").steps == (
        "2月投资完成：完成100／应完成200万元，计30.00分",
        "2月形象进度：未填，计0.00分",
        "2月：督查组评分50.00分",
        "一季度：（50.00）÷1＝50.00分",
        "5月投资完成：完成400／应完成500万元，计48.00分",
        "5月形象进度：形象进度30%／计划40%，计30.00分",
        "5月：100×（48.00＋30.00）÷（60＋40）＝78.00分",
        "6月投资完成：完成600／应完成600万元，计60.00分",
        "6月形象进度：形象进度50%／计划50%，计40.00分",
        "6月：督查组评分88.00分",
        "二季度：（78.00＋88.00）÷2＝83.00分",
        "8月：本月无督查记录，不计入平均",
        "9月投资完成：完成700／应完成900万元，计46.67分",
        "9月形象进度：未填，计0.00分",
        "9月：本月拒绝督查，按办法计0.00分",
        "三季度：（0.00）÷1＝0.00分",
        "2023年度：（83.00×20%＋0.00×30%）÷50%＝33.20分",
    )


def test_a_quarter_and_a_month_show_their_own_part() -> None:
    quarter = of("2023Q2")
    assert (quarter.score, quarter.formula) == (D("83.00"), "（78.00＋88.00）÷2＝83.00分")
    assert [(one.quarter, one.weight, one.effective_weight) for one in quarter.quarters] == [("Q2", 20, None)]
    assert quarter.steps[-1] == "2023年二季度：（78.00＋88.00）÷2＝83.00分"
    month = of("2023-05")
    assert (month.score, month.formula) == (D("78.00"), "100×（48.00＋30.00）÷（60＋40）＝78.00分")
    assert [[one.month for one in part.months] for part in month.quarters] == [["2023-05"]]
    assert month.steps[-1] == "5月：100×（48.00＋30.00）÷（60＋40）＝78.00分"
    assert (month.alternative.missing_quarter, month.alternative.score) == (MissingQuarter.ZERO, D("78.00"))


def test_the_score_under_the_other_policy_stands_beside() -> None:
    """Q3 without any score: left out 90.00; as 0: (90×20 + 0×30)/50 = 36.00."""
    facts = programme(scored("P1", {5: "90"}), months=(5, 8))
    default = receipt(book(), facts, "P1", parse("2023"))
    assert (default.score, default.alternative.missing_quarter, default.alternative.score) == (
        D("90.00"),
        MissingQuarter.ZERO,
        D("36.00"),
    )
    zero = receipt(book(missing_quarter='"zero"'), facts, "P1", parse("2023"))
    assert (zero.score, zero.alternative.missing_quarter, zero.alternative.score) == (
        D("36.00"),
        MissingQuarter.RENORMALISE,
        D("90.00"),
    )
    assert zero.formula == "（90.00×20%＋0.00×30%）÷50%＝36.00分"
    assert zero.quarters[1].sentence == "没有计分的月份，本季度没有得分，按办法在最终得分中计0.00分"
    assert zero.policy["missing_quarter"] == "zero"


def test_published_quarters_say_so() -> None:
    published: dict[str, dict[str, Decimal | None]] = {"P1": {"Q2": D("81.00"), "Q3": None}}
    found = receipt(book(), FACTS, "P1", parse("2023"), quarter_scores=published)
    assert (found.score, found.formula) == (D("81.00"), "（81.00×20%）÷20%＝81.00分")
    second, third = (one.sentence for one in found.quarters[1:])
    assert second == "按通报数为81.00分（按现有月度得分为（78.00＋88.00）÷2＝83.00分，不采用）"
    assert third == "按通报数没有得分（按现有月度得分为（0.00）÷1＝0.00分，不采用），最终得分不计这一季度"
    assert [one.is_published for one in found.quarters] == [False, True, True]


def test_the_policies_in_force_are_on_the_receipt() -> None:
    found = of("2023")
    assert found.policy["investment_basis"] == "督查核实、上报"
    assert found.policy["reasons"] == {
        "暂缓": "exclude",
        "免考": "exclude",
        "拒绝督查": "zero",
        "无正当理由停工": "zero",
        "未到计划开工": "exclude",
        "未督查": "exclude",
        "未报": "zero",
        "无年度计划": "exclude",
        "无法评定": "exclude",
        "无评分": "exclude",
    }
    assert found.policy_sentences == book().policy_sentences()


def test_a_score_without_a_rank_says_why() -> None:
    short = receipt(book(), programme(scored("P1", {5: "90"}), months=(4, 5, 6)), "P1", parse("2023"))
    assert (short.score, short.not_scored_reason) == (D("90.00"), "考核期不足，单列")
    assert of("2023").not_scored_reason is None
    assert of("2023-08").not_scored_reason == "未督查"


def test_a_project_that_left_or_has_not_entered_keeps_a_receipt_that_says_so() -> None:
    gone = scored("P1", {5: "90"}, events=(event(EventKind.TRANSFERRED_OUT, "2023-05-31"),))
    new = scored("P2", {9: "90"}, events=(event(EventKind.ADDED, "2023-09-01"),))
    facts = programme(gone, new)
    left = receipt(book(), facts, "P1", parse("2023"))
    assert (left.score, left.not_scored_reason) == (D("90.00"), "已调出")
    early = receipt(book(), facts, "P2", parse("2023-05"))
    assert (early.score, early.not_scored_reason, early.formula) == (None, "增补前", "本月尚未增补，不计入平均")


def test_a_period_without_data_and_a_year_without_weighted_quarter() -> None:
    none = of("2023Q4")
    assert (none.score, none.quarters, none.formula) == (None, (), "2023年四季度尚无已确认的督查数据")
    assert none.steps == ("2023年四季度尚无已确认的督查数据",)
    assert receipt(book(), FACTS, "P1", parse("2024")).quarters == ()
    first = receipt(book(), programme(scored("P1", {2: "90"})), "P1", parse("2023"))
    assert (first.score, first.not_scored_reason) == (None, "无计权季度")
    assert first.formula == "没有计权的季度得分，不计最终得分"
    assert first.quarters[0].effective_weight == D("0.00")


def test_an_unknown_project_is_named() -> None:
    with pytest.raises(UnknownProject, match="没有编号为“P9”的项目，请核对项目编号。"):
        of("2023", "P9")


@pytest.mark.parametrize("period", ["2023-05", "2023Q2", "2023Q3", "2023"])
def test_the_receipts_score_is_the_boards(period: str) -> None:
    row = board(book(), FACTS, parse(period)).rows[0]
    assert (of(period).score, of(period).not_scored_reason) == (row.score, row.not_scored_reason)
