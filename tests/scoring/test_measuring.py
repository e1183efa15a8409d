"""What is measured of whoever holds projects: each value with its figures, what is left out with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from scoring.assessees import Measured
from scoring.assessment import Assessed
from scoring.facts import EventKind, Investment, Obstacle, Project
from scoring.measures import Measure
from scoring.measuring import Dossier, ServiceMark, Visit, measure
from scoring.projectmeasures import HeldProject, Span
from scoring.rulebook import parse
from scoring.schemes import Cap, Parameters, Part, Reference, Scheme, Share
from tests.scoring.cases import D, book, day, default_text, event, plan, programme, project, record

F = Fraction


def scheme_of(kind: str) -> Scheme:
    return next(one for one in parse(default_text()).assessees if one.kind.value == kind)


def held(
    *projects: Project,
    scores: Mapping[str, str] | None = None,
    reasons: Mapping[str, str] | None = None,
    natures: Mapping[str, str] | None = None,
    months: Sequence[int] = (1, 2, 3, 4, 5, 6),
) -> tuple[HeldProject, ...]:
    assessed = Assessed(book(), programme(*projects, months=months))
    found = dict(scores or {})
    return tuple(
        HeldProject(
            assessed[one.code],
            D(found[one.code]) if one.code in found else None,
            (reasons or {}).get(one.code),
            (natures or {}).get(one.code, ""),
        )
        for one in projects
    )


JUNE = Span(2023, (1, 2, 3, 4, 5, 6), has_visits=True, has_statistics=True)


def value(measure_: Measure, projects: tuple[HeldProject, ...], span: Span = JUNE, **parameters: Any) -> Measured:
    """What one measure of the projects is."""
    share = Share(Cap.NONE, Reference.TARGET, F(1))
    part = Part("项", measure_, share, D(100), "示例", Parameters(**parameters))
    scheme = scheme_of("responsible_unit")
    return measure(replace(scheme, parts=(part,)), Dossier("甲镇", "甲镇", projects), span).measured["项"]


# ---- 项目均分 -------------------------------------------------------------------------------------------------------


def test_a_mean_leaves_out_projects_without_a_score_and_says_why() -> None:
    """(90.00 + 80.50) ÷ 2 of 100."""
    found = value(
        Measure.PROJECT_MEAN,
        held(project("A"), project("B"), project("C"), scores={"A": "90.00", "B": "80.50"}, reasons={"C": "未督查"}),
    )
    assert found.value == F(17050, 20000)
    assert found.words == "2个项目得分合计170.50分，另有1个未计分（未督查）不计入"
    assert found.shown == "170.50÷（2×100）"
    assert [(ref.code, ref.words) for ref in found.refs] == [
        ("A", "90.00分"),
        ("B", "80.50分"),
        ("C", "未计分（未督查），不计入"),
    ]


def test_a_score_of_zero_by_policy_counts_as_zero() -> None:
    projects = held(project("A"), project("B"), scores={"A": "90.00", "B": "0.00"}, reasons={"B": "未报"})
    assert value(Measure.PROJECT_MEAN, projects).value == F(45, 100)


def test_with_no_project_scored_the_mean_is_not_judged() -> None:
    found = value(Measure.PROJECT_MEAN, held(project("A"), reasons={"A": "暂缓"}))
    assert (found.value, found.words) == (None, "承担的1个项目均未计分（暂缓）")


def test_who_holds_nothing_is_not_judged() -> None:
    found = value(Measure.PROJECT_MEAN, ())
    assert (found.value, found.words) == (None, "本期没有承担的项目")


# ---- 跟踪服务、推进速度 ---------------------------------------------------------------------------------------------


def test_service_is_the_mean_of_what_teams_gave_out_of_20() -> None:
    """(18 + 15) ÷ (2 × 20) of the 20 marks; 推进速度 was given once: 17 of 20."""
    marks = (
        ServiceMark("A", 5, D(18), D(17), 7),
        ServiceMark("B", 5, D(15), None, 8),
        ServiceMark("B", 6, None, None, 9),
    )
    found = measure(scheme_of("responsible_unit"), Dossier("甲镇", "甲镇", service=marks), JUNE).measured
    assert found["跟踪服务"].value == F(33, 40)
    assert found["跟踪服务"].words == "督查组评分2次，合计33分，每次满分20分"
    assert [(ref.code, ref.words, ref.id, ref.field) for ref in found["跟踪服务"].refs] == [
        ("A", "5月跟踪服务18分", 7, "tracking_service_points"),
        ("B", "5月跟踪服务15分", 8, "tracking_service_points"),
    ]
    assert found["推进速度"].value == F(17, 20)


def test_without_a_score_from_the_team_service_is_not_judged() -> None:
    found = measure(scheme_of("responsible_unit"), Dossier("甲镇", "甲镇"), JUNE).measured["跟踪服务"]
    assert (found.value, found.words) == (None, "本期督查评分表没有跟踪服务评分")


# ---- 帮扶次数 -------------------------------------------------------------------------------------------------------


def visits(dossier: Dossier, span: Span = JUNE) -> Measured:
    return measure(scheme_of("paired_department"), dossier, span).measured["次数"]


def test_at_most_two_visits_with_evidence_count_per_project_and_month() -> None:
    """A in May: three with evidence, two count; A in June: one of two has evidence; B in June: none. 3 of 2 × 3."""
    made = (
        Visit("A", 5, "5月3日", True, 1),
        Visit("A", 5, "5月9日", True, 2),
        Visit("A", 5, "5月20日", True, 3),
        Visit("A", 6, "6月2日", True, 4),
        Visit("A", 6, "6月8日", False, 5),
    )
    found = visits(Dossier("县发改委", "县发改委", visits=made, paired=(("A", 5), ("A", 6), ("B", 6))))
    assert (found.value, found.shown) == (F(3, 6), "3÷6")
    assert found.words == "挂钩3个项目月，每个每月最多计2次，有佐证计3次，超过每月2次的1次不计，没有佐证的1次不计"
    assert [ref.words for ref in found.refs] == [
        "5月3日",
        "5月9日",
        "5月20日，超过2次，不计",
        "6月2日",
        "6月8日，没有佐证，不计",
    ]


def test_a_visit_to_a_project_that_is_not_its_own_that_month_counts_for_nothing() -> None:
    made = (Visit("C", 6, "6月2日", True),)
    assert visits(Dossier("甲", "甲", visits=made, paired=(("A", 6),))).value == 0


def test_no_visit_at_all_is_zero_where_others_are_recorded_and_not_judged_where_none_are() -> None:
    dossier = Dossier("甲", "甲", paired=(("A", 6),))
    assert visits(dossier).value == 0
    found = visits(dossier, Span(2023, (6,)))
    assert (found.value, found.words) == (None, "帮扶记录表尚未收集")
    assert visits(Dossier("甲", "甲")).words == "本期没有挂钩项目"


def test_what_has_no_record_yet_is_not_judged_unless_it_is_entered() -> None:
    scheme = scheme_of("paired_department")
    found = measure(scheme, Dossier("甲", "甲"), JUNE).measured["态度"]
    assert (found.value, found.words) == (None, "挂钩项目单位对服务态度的评议尚未收集")
    entered = Measured(F(9, 10), "评议5次，平均9分", "9÷10")
    assert measure(scheme, Dossier("甲", "甲", entered={"态度": entered}), JUNE).measured["态度"] is entered


# ---- completion -----------------------------------------------------------------------------------------------------

# Plans of 1200 over the year: 600 due by June. A has 480, B 660, C no figure, D no annual plan.
FOUR = (
    project("A", record(6, "480")),
    project("B", record(6, "660")),
    project("C", record(6)),
    project("D", record(6, "90"), plans=(plan(None),)),
)


def test_completion_sums_what_is_done_and_due_where_both_stand() -> None:
    """(480 + 660) ÷ (600 + 600)."""
    found = value(Measure.COMPLETION, held(*FOUR))
    assert found.value == F(1140, 1200)
    assert found.words == "2个项目累计完成1140万元，累计应完成1200万元，另有2个无数据不计入"
    assert found.shown == "1140÷1200"
    assert [ref.words for ref in found.refs] == [
        "完成480万元，累计应完成600万元",
        "完成660万元，累计应完成600万元",
        "没有本年累计完成或累计应完成，不计入",
        "没有本年累计完成或累计应完成，不计入",
    ]


def test_what_is_due_may_be_no_decimal_and_then_stands_as_a_fraction() -> None:
    """Window March–September, 7 months, by May 3 of them: 1000 × 3/7."""
    one = project("A", record(5, "400"), plans=(plan("1000", start="2023-03", finish="2023-09"),))
    found = value(Measure.COMPLETION, held(one), Span(2023, (5,)))
    assert (found.value, found.shown) == (F(400) / F(3000, 7), "400÷（3000÷7）")


def test_annual_completion_compares_with_the_whole_years_plan() -> None:
    assert value(Measure.ANNUAL_COMPLETION, held(*FOUR)).value == F(1140, 2400)


def test_without_any_figure_completion_is_not_judged() -> None:
    found = value(Measure.COMPLETION, held(FOUR[2]))
    assert (found.value, found.words) == (None, "没有可比的完成投资与累计应完成")


def test_the_balance_counts_projects_above_80_less_those_below_20_percent() -> None:
    """80 % exactly is not above; 660 of 600 is; 90 of 600 is below 20 %."""
    projects = held(FOUR[0], FOUR[1], project("E", record(6, "90")), FOUR[2])
    found = value(Measure.COMPLETION_BALANCE, projects, above=F(80, 100), below=F(20, 100))
    assert (found.value, found.shown) == (0, "（1－1）")
    assert found.words == "完成率高于80%的1个（项目B），低于20%的1个（项目E）"
    none = value(Measure.COMPLETION_BALANCE, held(FOUR[2]), above=F(80, 100), below=F(20, 100))
    assert none.value is None


def test_amounts_are_summed_over_the_projects_that_have_them() -> None:
    assert value(Measure.ANNUAL_PLAN, held(*FOUR)).value == 3600
    assert value(Measure.INVESTED, held(*FOUR)).value == 1230
    assert value(Measure.INVESTED, held(FOUR[2])).words == "没有本年累计完成投资"
    assert value(Measure.ANNUAL_PLAN, held(FOUR[3])).words == "没有年度计划投资"


def test_a_month_counts_as_large_when_its_own_investment_exceeds_the_amount() -> None:
    """January 101, February 100 (not above), March has no figure, April cannot be told, May 150."""
    one = project("A", record(1, "101"), record(2, "201"), record(4, "900"), record(5, "1050"))
    found = value(Measure.LARGE_MONTHS, held(one, months=(1, 2, 3, 4, 5)), amount=Decimal(100))
    assert found.value == 2
    assert found.words == "单月完成投资超过100万元的2个月（项目A1月、项目A5月）"
    late = project("B", record(2, "300"))
    none = value(Measure.LARGE_MONTHS, held(late, months=(2,)), Span(2023, (2,)), amount=Decimal(100))
    assert (none.value, none.words) == (0, "单月完成投资超过100万元的0个月")


# ---- 开工 -----------------------------------------------------------------------------------------------------------


def starting(code: str, planned: str, *records: int, **fields: Any) -> Project:
    rows = [record(month, str(100 * month)) for month in records]
    return project(code, *rows, plans=(plan(start=planned),), **fields)


STARTS = (
    starting("early", "2023-04", 2, 6),
    starting("same", "2023-04", actual_start=day("2023-04-30")),
    starting("late", "2023-02", 5, 6),
    starting("due", "2023-03"),
    starting("ahead", "2023-09"),
    starting("before", "2022-10", 6),
    starting("continued", "2023-01", 6),
)
NEW = {one.code: "续建" if one.code == "continued" else "新建" for one in STARTS}


def test_targets_are_new_projects_planned_to_start_in_the_year() -> None:
    projects = held(*STARTS, natures=NEW)
    assert value(Measure.STARTED, projects).value == 3
    rate = value(Measure.START_RATE, projects)
    assert (rate.value, rate.words) == (F(3, 5), "开工目标5个，已开工3个")
    assert value(Measure.START_RATE, held(STARTS[5])).words == "没有开工目标"


def test_early_and_late_are_told_by_the_month_not_by_the_day() -> None:
    """early: February for April. late: May for February, and what March has not. 30 April is neither."""
    found = value(Measure.START_BALANCE, held(*STARTS, natures=NEW))
    assert (found.value, found.shown) == (F(1 - 2), "（1－2）")
    assert found.words == "提前开工1个（项目early），逾期开工2个（项目late、项目due）"
    assert [ref.words for ref in found.refs][1::2] == ["计划4月开工，4月已开工", "计划3月开工，尚未开工"]


# ---- 竣工、入库、销号、达序时、类别 ---------------------------------------------------------------------------------


def test_finished_projects_are_counted_and_set_against_those_planned_to_finish_in_the_year() -> None:
    done = project("A", events=(event(EventKind.COMPLETED, "2023-05-10"),), plans=(plan(finish="2023-06"),))
    due = project("B", plans=(plan(finish="2023-11"),))
    later = project("C", plans=(plan(finish="2024-03"),))
    assert value(Measure.FINISHED, held(done, due, later)).words == "已完工1个（项目A）"
    assert value(Measure.FINISH_RATE, held(done, due, later)).value == F(1, 2)
    assert value(Measure.FINISH_RATE, held(later)).words == "没有竣工目标"
    assert value(Measure.FINISHED, held(later)).words == "已完工0个"


def test_a_project_with_statistical_investment_has_entered_the_register() -> None:
    entered = project("A", record(5, statistical=Investment(ytd_wan=D(10))))
    projects = held(entered, project("B", record(5, "100")))
    assert value(Measure.IN_STATISTICS, projects).value == 1
    assert value(Measure.STATISTICS_RATE, projects).value == F(1, 2)
    for measure_ in (Measure.IN_STATISTICS, Measure.STATISTICS_RATE):
        assert value(measure_, projects, Span(2023, (6,))).words == "纳统投资尚未收集"


def obstacle(raised: str, due: str | None = None, closed: str | None = None) -> Obstacle:
    return Obstacle("用地", "未供地", day(raised), day(due) if due else None, day(closed) if closed else None, ref=3)


def test_closed_obstacles_early_and_late_are_told_by_the_month() -> None:
    """Closed 1 May for June: early. 30 June for 1 June: neither. June for April: late. Open, due in March: late.
    Open, due in June: not yet. Closed in July: still open in June. Raised in July: not there yet."""
    found = held(
        project(
            "A",
            obstacles=(
                obstacle("2023-02-01", "2023-06-30", "2023-05-01"),
                obstacle("2023-02-01", "2023-06-01", "2023-06-30"),
                obstacle("2023-02-01", "2023-04-30", "2023-06-02"),
                obstacle("2023-02-01", "2023-03-31"),
                obstacle("2023-02-01", "2023-06-15"),
                obstacle("2023-02-01", None, "2023-07-01"),
                obstacle("2023-07-01", "2023-07-31"),
            ),
        )
    )
    closed = value(Measure.CLOSED_OBSTACLES, found)
    assert (closed.value, closed.words) == (3, "提出难题6个，已销号3个")
    assert value(Measure.CLOSING_RATE, found).value == F(3, 6)
    balance = value(Measure.CLOSING_BALANCE, found)
    assert (balance.value, balance.words) == (-1, "提前销号1个，逾期2个")
    assert [ref.words for ref in balance.refs].count("用地：已销号") == 3
    assert value(Measure.CLOSING_RATE, held(project("B"))).words == "没有提出的难题"


def test_the_rate_on_schedule_counts_ratio_1_and_what_is_finished() -> None:
    """600 of 600 is 达序时, 480 is not; without a figure there is nothing to judge; finished ones have done all."""
    done = project("D", events=(event(EventKind.COMPLETED, "2023-05-10"),))
    projects = held(project("A", record(6, "600")), replace(FOUR[0], code="B"), FOUR[2], done)
    found = value(Measure.ON_SCHEDULE_RATE, projects)
    assert (found.value, found.words) == (F(2, 3), "能判定序时的项目3个，达序时2个")
    assert value(Measure.ON_SCHEDULE_RATE, held(FOUR[2])).words == "没有能判定序时的项目"


@pytest.mark.parametrize(
    ("measure_", "names", "count", "words"),
    [
        (Measure.OF_CLASS, ("重大工业和服务业",), 1, "类别为重大工业和服务业的1个（项目A）"),
        (Measure.OF_NATURE, ("新建",), 1, "建设性质为新建的1个（项目B）"),
        (Measure.OF_LEVEL, ("省级", "市级"), 2, "级别为省级、市级的2个（项目A、项目B）"),
    ],
)
def test_projects_of_a_class_a_nature_or_a_level_are_counted(
    measure_: Measure, names: tuple[str, ...], count: int, words: str
) -> None:
    projects = held(
        project("A", group="重大工业和服务业项目", level="省级"), project("B", level="市级"), natures={"B": "新建"}
    )
    found = value(measure_, projects, names=names)
    assert (found.value, found.words) == (count, words)


def test_of_one_project_the_sentence_says_what_it_is() -> None:
    assert value(Measure.OF_LEVEL, held(project("A")), names=("省级",)).words == "级别为未填"


def test_a_sentence_names_six_projects_at_most() -> None:
    done = (event(EventKind.COMPLETED, "2023-05-10"),)
    many = held(*(project(f"P{place}", events=done) for place in range(8)))
    found = value(Measure.FINISHED, many)
    assert found.words == "已完工8个（项目P0、项目P1、项目P2、项目P3、项目P4、项目P5等）"
    assert len(found.refs) == 8
