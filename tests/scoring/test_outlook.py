"""Outlook to year-end. The annual plan is 1200万元: 1140万元 (95 %) are enough."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import pytest

from scoring.assessment import Assessment
from scoring.facts import (
    EventKind,
    Light,
    LightOverride,
    Milestone,
    NodeJudgement,
    OutlookJudgement,
    OutlookVerdict,
    Project,
    Record,
)
from scoring.forecast import forecast
from scoring.lights import alert
from scoring.outlook import Outlook, milestone_forecast, outlook
from scoring.rulebook import RuleBook
from tests.scoring.cases import book, day, event, plan, project, record

DONE, EXPECTED, UNLIKELY = OutlookVerdict.DONE, OutlookVerdict.EXPECTED, OutlookVerdict.UNLIKELY


def assess(one: Project, months: Iterable[int] = (), rules: RuleBook | None = None) -> Assessment:
    return Assessment(rules or book(), 2023, tuple(sorted({*one.records, *months})), one)


def invested(ytds: Mapping[int, str], **fields: Any) -> Project:
    return project("P1", *(record(month, ytd) for month, ytd in ytds.items()), **fields)


def seen(one: Project, month: int, rules: RuleBook | None = None) -> Outlook:
    return outlook(assess(one, (month,), rules), month)


def year_end(ytds: Mapping[int, str], month: int, **fields: Any) -> Fraction:
    found = forecast(assess(invested(ytds, **fields), (month,)), month)
    assert found is not None
    return found.wan


@pytest.mark.parametrize(
    ("ytds", "wan"),
    [
        ({7: "600", 10: "900"}, "1100"),  # (900 - 600) / 3 = 100 a month, two months to go
        ({4: "300", 6: "600", 7: "630", 10: "900"}, "1080"),  # July is the latest at least 3 months before: 90 a month
        ({8: "700", 9: "800", 10: "900"}, "1100"),  # none so far back: the earliest, (900 - 700) / 2
        ({10: "900"}, "1080"),  # alone: from 0 in December before, 900 / 10 = 90 a month
        ({7: "950", 10: "900"}, "900"),  # a negative slope counts 0
        ({9: "900"}, "1200"),  # asked in October: 900 + 3 × 100
    ],
)
def test_the_forecast_goes_on_at_the_recent_pace(ytds: Mapping[int, str], wan: str) -> None:
    assert year_end(ytds, 10) == Fraction(wan)


def test_a_lone_figure_is_measured_from_the_month_before_the_window() -> None:
    from_july = (plan(start="2023-07"),)
    assert year_end({9: "300"}, 9, plans=from_july) == 600  # 300 over July to September: 100 a month
    assert year_end({5: "50"}, 5, plans=from_july) == 400  # before the window: from the month before, 50 + 7 × 50


@pytest.mark.parametrize(
    ("ytd", "verdict"),
    [("950", EXPECTED), ("949.99", UNLIKELY), ("1140", EXPECTED), ("0", UNLIKELY)],
)
def test_at_least_95_percent_of_the_annual_plan_is_expected(ytd: str, verdict: OutlookVerdict) -> None:
    """By October alone: 950 + 2 × 95 = 1140."""
    assert seen(invested({10: ytd}), 10).verdict is verdict


def test_the_outlook_says_its_figures() -> None:
    found = seen(invested({7: "600", 10: "900"}), 10)
    assert found.sentence == (
        "截至10月累计完成900万元，近3个月月均100万元，推算全年完成1100万元，为年度计划1200万元的91.7%，低于95%"
    )
    assert (found.label, found.forecast_wan, found.forecast_ratio) == ("预计无法完成", 1100, Fraction(1100, 1200))
    good = seen(invested({10: "1000"}), 10)
    assert good.label == "预计可完成或超额"
    assert good.sentence.endswith("推算全年完成1200万元，为年度计划1200万元的100.0%，达到95%")


def test_figures_older_than_two_months_are_too_old() -> None:
    one = invested({8: "800"})
    assert seen(one, 10).verdict is EXPECTED
    old = seen(one, 11)
    assert (old.verdict, old.label) == (None, "资料不足")
    assert old.sentence == "最近的投资数据为8月，早于2个月前，资料不足"
    assert seen(project(), 10).sentence == "没有本年累计投资数据，资料不足"


def test_the_book_may_take_the_pace_of_the_whole_window() -> None:
    straight = book(method='"straight_line"')
    found = seen(invested({7: "600", 10: "900"}), 10, straight)
    assert found.forecast_wan == 1080  # 900 / 10 = 90 a month


def test_a_completed_or_partly_completed_project_is_done() -> None:
    for kind in (EventKind.COMPLETED, EventKind.PARTLY_COMPLETED):
        one = invested({10: "10"}, events=(event(kind, "2023-10-31"),))
        assert (seen(one, 10).verdict, seen(one, 10).sentence) == (DONE, f"已{kind}")
        assert seen(one, 9).verdict is None
    suspended = (event(EventKind.PARTLY_COMPLETED, "2023-03-01"), event(EventKind.SUSPENDED, "2023-05-01"))
    assert seen(invested({10: "10"}, events=suspended), 10).verdict is DONE
    resumed = (event(EventKind.COMPLETED, "2023-03-01"), event(EventKind.RESUMED, "2023-05-01"))
    assert seen(invested({10: "10"}, events=resumed), 10).verdict is UNLIKELY


# ---- milestones ----


@pytest.mark.parametrize(
    ("milestone", "on"),
    [
        (Milestone("封顶", day("2023-12-20")), "2023-12-20"),  # its due date
        (Milestone("封顶", day("2023-10-31")), "2023-10-31"),  # due that day: not overdue
        (Milestone("封顶", day("2023-10-01")), "2023-11-30"),  # 30 days late: 30 days more
        (Milestone("封顶", day("2023-10-01"), forecast_on=day("2023-11-05")), "2023-11-05"),  # as entered
    ],
)
def test_a_milestones_forecast(milestone: Milestone, on: str) -> None:
    assert milestone_forecast(milestone, day("2023-10-31")) == day(on)


@pytest.mark.parametrize(
    ("milestone", "verdict"),
    [
        (Milestone("封顶", day("2023-12-31")), EXPECTED),
        (Milestone("封顶", day("2024-01-01")), UNLIKELY),
        (Milestone("封顶", day("2024-01-01"), is_target=False), EXPECTED),
        (Milestone("封顶", day("2024-01-01"), done_on=day("2023-10-31")), EXPECTED),  # done by then
        (Milestone("封顶", day("2024-01-01"), done_on=day("2023-11-01")), UNLIKELY),
        (Milestone("封顶", day("2023-08-31")), EXPECTED),  # 61 days late: 31 December
        (Milestone("封顶", day("2023-08-30")), UNLIKELY),  # 62 days late: 1 January
        (Milestone("封顶", day("2023-12-01"), forecast_on=day("2024-01-01")), UNLIKELY),
    ],
)
def test_a_target_node_after_december_makes_the_year_unlikely(milestone: Milestone, verdict: OutlookVerdict) -> None:
    found = seen(invested({10: "1200"}, milestones=(milestone,)), 10)
    assert found.verdict is verdict
    if verdict is UNLIKELY:
        assert "目标节点“封顶”预计2024年1月1日完成，晚于12月" in found.sentence


NODE = record(10, node_judgement=NodeJudgement.REACHED)


@pytest.mark.parametrize(
    ("rows", "milestones", "verdict"),
    [
        ((NODE,), (), EXPECTED),
        ((), (), None),
        ((record(10),), (), None),  # 0.00 by policy is no assessment
        ((record(10, team_score="80"),), (Milestone("挂牌", day("2023-12-31")),), EXPECTED),
        ((NODE,), (Milestone("挂牌", day("2023-10-30")),), UNLIKELY),  # overdue by a day
        ((NODE,), (Milestone("挂牌", day("2023-10-30"), is_target=False),), EXPECTED),
        ((NODE,), (Milestone("挂牌", day("2024-02-01")),), UNLIKELY),
        ((), (Milestone("挂牌", day("2023-10-30")),), UNLIKELY),
    ],
)
def test_without_annual_investment_the_target_nodes_decide(
    rows: tuple[Record, ...], milestones: tuple[Milestone, ...], verdict: OutlookVerdict | None
) -> None:
    one = project("P1", *rows, plans=(plan(None),), milestones=milestones)
    assert seen(one, 10).verdict is verdict
    assert seen(one, 10, book(method='"straight_line"')).verdict is verdict


def test_the_node_outlook_says_why() -> None:
    def said(*milestones: Milestone, rows: tuple[Record, ...] = (NODE,)) -> str:
        return seen(project("P1", *rows, plans=(plan(None),), milestones=milestones), 10).sentence

    assert said() == "无年度投资计划，按节点推算，目标节点没有逾期，也没有晚于12月的"
    assert said(Milestone("挂牌", day("2023-10-21"))) == "无年度投资计划，按节点推算，目标节点“挂牌”已逾期10天"
    late = Milestone("挂牌", day("2024-02-01"))
    assert said(late) == "无年度投资计划，按节点推算，目标节点“挂牌”预计2024年2月1日完成，晚于12月"
    assert said(rows=()) == "无年度投资计划，也没有任何月份评分，资料不足"


# ---- beside the light ----


def test_the_offices_judgement_stands_beside_and_changes_nothing() -> None:
    judgements = (
        OutlookJudgement(9, EXPECTED, "已签施工合同", "王五"),
        OutlookJudgement(8, UNLIKELY, "资金未到", "王五"),
        OutlookJudgement(11, UNLIKELY, "停工", "王五"),
    )
    one = invested({9: "100", 10: "100"}, outlook_judgements=judgements)
    found = seen(one, 10)
    assert (found.verdict, found.judgement) == (UNLIKELY, judgements[0])  # the latest by October
    assert alert(assess(one), 10).outlook_judgement is judgements[0]
    assert seen(one, 7).judgement is None


def test_each_contradiction_of_light_and_outlook_has_its_sentence() -> None:
    yellow = alert(assess(invested({7: "300", 10: "780"})), 10)  # 780/1000; 780 + 2 × 160 = 1100: not enough
    assert (yellow.light, yellow.outlook, yellow.contradiction) == (Light.YELLOW, UNLIKELY, "")
    caught = alert(assess(invested({7: "240", 10: "780"})), 10)  # 780 + 2 × 180 = 1140
    assert caught.outlook is EXPECTED
    assert caught.contradiction == (
        "虽为黄灯·滞后（投资：本年累计完成780万元，应完成1000万元，为78.0%，低于80%亮黄灯），"
        "但截至10月累计完成780万元，近3个月月均180万元，推算全年完成1140万元，为年度计划1200万元的95.0%，达到95%，"
        "预计可完成或超额"
    )
    slow = alert(assess(invested({7: "790", 10: "800"})), 10)
    assert (slow.light, slow.outlook) == (Light.GREEN, UNLIKELY)
    assert slow.contradiction.startswith("虽为绿灯·正常，但截至10月累计完成800万元")
    assert slow.contradiction.endswith("预计无法完成")
    partly = (event(EventKind.PARTLY_COMPLETED, "2023-10-31"),)
    done = alert(assess(invested({10: "100"}, events=partly)), 10)
    assert done.contradiction.endswith("低于60%亮红灯），但已部分完工")
    manual = (LightOverride(10, Light.RED, "现场停摆", "李四"),)
    judged = alert(assess(invested({10: "1000"}, overrides=manual)), 10)
    assert judged.contradiction.startswith(
        "虽为红灯·滞后严重（人工认定：红灯，理由：现场停摆（李四批准）），但截至10月"
    )
    agreeing = alert(assess(invested({10: "1000"})), 10)
    assert (agreeing.contradiction, agreeing.forecast_wan, agreeing.forecast_ratio) == ("", 1200, 1)


def test_without_investment_a_target_is_overdue_from_the_day_after_it_was_due_and_never_once_done() -> None:
    def verdict(*nodes: Milestone) -> OutlookVerdict | None:
        return seen(project("P1", record(6, team_score="80"), plans=(plan(None),), milestones=nodes), 6).verdict

    assert verdict(Milestone("甲", day("2023-06-30"))) is EXPECTED
    assert verdict(Milestone("甲", day("2023-06-29"))) is UNLIKELY
    assert verdict(Milestone("甲", day("2023-06-01"), done_on=day("2023-06-30"))) is EXPECTED
    assert verdict(Milestone("甲", day("2023-06-01"), done_on=day("2023-07-01"))) is UNLIKELY


def test_several_overdue_targets_are_named_one_after_the_other() -> None:
    nodes = (Milestone("甲", day("2023-06-20")), Milestone("乙", day("2023-06-25")))
    one = project("P1", record(6, team_score="80"), plans=(plan(None),), milestones=nodes)
    assert seen(one, 6).sentence.endswith("目标节点“甲”已逾期10天，目标节点“乙”已逾期5天")
