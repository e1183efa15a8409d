"""Lights. The project has 1200万元 over the year: 100万元 and 1/12 of the year's target are due each month."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import pytest

from scoring.assessment import Assessed
from scoring.facts import (
    Event,
    EventKind,
    Light,
    LightExemption,
    LightOverride,
    Milestone,
    NodeJudgement,
    Obstacle,
    Project,
    Record,
)
from scoring.lights import Alert, alerts
from scoring.rulebook import RuleBook
from tests.scoring.cases import D, book, day, event, plan, programme, project, record

RED, YELLOW, GREEN, GREY, NONE = Light.RED, Light.YELLOW, Light.GREEN, Light.GREY, Light.NONE


def shown(one: Project, month: int = 6, rules: RuleBook | None = None, months: Iterable[int] | None = None) -> Alert:
    committed = set(one.records) | {month} if months is None else set(months)
    return next(iter(alerts(rules or book(), programme(one, months=committed), month)))


def june(*rows: Record, rules: RuleBook | None = None, **fields: Any) -> Alert:
    return shown(project("P1", *rows, **fields), 6, rules)


def lights(alert: Alert) -> Mapping[str, Light]:
    return {one.rule.value: one.light for one in alert.reasons}


def sentence(alert: Alert, rule: str) -> str:
    return next(one.sentence for one in alert.reasons if one.rule == rule)


def run(one: Project, months: Iterable[int] | None = None) -> list[Light]:
    """The lights of all committed months."""
    committed = sorted(set(one.records) if months is None else set(months))
    return [shown(one, month, months=committed).light for month in committed]


# ---- investment and physical ----


@pytest.mark.parametrize(
    ("ytd", "light", "word"),
    [
        ("600", GREEN, "绿灯·达序时"),
        ("599.99", GREEN, "绿灯·正常"),  # 达序时 only at ratio ≥ 1
        ("480", GREEN, "绿灯·正常"),  # exactly 0.80
        ("479.99", YELLOW, "黄灯·滞后"),
        ("360", YELLOW, "黄灯·滞后"),  # exactly 0.60
        ("359.99", RED, "红灯·滞后严重"),
        ("-1", RED, "红灯·滞后严重"),
    ],
)
def test_investment_is_judged_on_the_unrounded_ratio_of_done_to_due(ytd: str, light: Light, word: str) -> None:
    found = june(record(6, ytd))
    assert (found.light, found.light_word, lights(found)) == (light, word, {"investment": light})
    assert found.is_on_schedule == (ytd == "600")


@pytest.mark.parametrize(
    ("pct", "light"), [("50", GREEN), ("40", GREEN), ("39.99", YELLOW), ("30", YELLOW), ("29.99", RED), ("0", RED)]
)
def test_physical_progress_is_judged_the_same_way(pct: str, light: Light) -> None:
    found = june(record(6, pct=pct))
    assert (found.light, lights(found)) == (light, {"physical": light})


def test_each_rule_says_its_figures_in_one_sentence() -> None:
    county = june(record(6, "4220", "33"), plans=(plan("12000"),))
    assert sentence(county, "investment") == "投资：本年累计完成4220万元，应完成6000万元，为70.3%，低于80%亮黄灯"
    assert sentence(county, "physical") == "形象进度：完成33%，应完成50%，为66.0%，低于80%亮黄灯"
    good = june(record(6, "660", "45"))
    assert sentence(good, "investment") == "投资：本年累计完成660万元，应完成600万元，为110.0%，达序时"
    assert sentence(good, "physical") == "形象进度：完成45%，应完成50%，为90.0%，正常"
    close = june(record(6, "479.99", "10", physical_progress_is_whole=True), plans=(plan(start="2023-01"),))
    assert sentence(close, "investment") == "投资：本年累计完成479.99万元，应完成600万元，为79.998%，低于80%亮黄灯"
    assert sentence(close, "physical") == "总体形象进度：完成10%，应完成50%，为20.0%，低于60%亮红灯"


def test_the_light_is_the_worst_rule_and_the_figures_stand_beside_it() -> None:
    """April to December: by June 3 of 9 months, 400万元; by the calendar year 600万元."""
    found = june(record(6, "300", "50"), plans=(plan(start="2023-04"),))
    assert (found.light, lights(found)) == (YELLOW, {"investment": YELLOW, "physical": GREEN, "start": GREEN})
    assert (found.invested_ytd_wan, found.annual_plan_wan, found.plan_to_date_wan) == (D(300), D(1200), 400)
    assert (found.ratio, found.window_plan_wan, found.year_plan_wan) == (Fraction(3, 4), 400, 600)
    assert (found.physical_progress_pct, found.physical_progress_plan_pct) == (D(50), Fraction(100, 3))
    assert (found.physical_ratio, found.record_ref) == (Fraction(3, 2), 6)


def test_nothing_is_said_where_nothing_is_due_or_nothing_is_known() -> None:
    assert lights(june(record(6, "600"), plans=(plan(start="2023-09"),))) == {}
    assert lights(june(record(6, None, "50"))) == {"physical": GREEN}  # a blank cell is silent here
    assert lights(june(record(6, "600", physical_progress="主体封顶"))) == {"investment": GREEN}


@pytest.mark.parametrize(
    ("ytd", "light"),
    [("480.12", GREEN), ("480", YELLOW), ("240", YELLOW), ("239.99", RED), ("600", GREEN)],
)
def test_the_book_may_judge_by_percentage_points_instead(ytd: str, light: Light) -> None:
    """50 % is due; 480万元 are 40 %: 10 points short are yellow, more than 30 red."""
    found = june(record(6, ytd), rules=book(comparator='"percentage_points"'))
    assert found.light is light


def test_percentage_points_are_said_in_words() -> None:
    points = book(comparator='"percentage_points"')
    said = {
        ytd: sentence(june(record(6, ytd), rules=points), "investment") for ytd in ("480", "120", "540", "660", "594")
    }
    assert said == {
        "480": "投资：完成年度计划的40.0%，序时应为50.0%，低10个百分点，达到10个百分点亮黄灯",
        "120": "投资：完成年度计划的10.0%，序时应为50.0%，低40个百分点，超过30个百分点亮红灯",
        "540": "投资：完成年度计划的45.0%，序时应为50.0%，低5个百分点，正常",
        "660": "投资：完成年度计划的55.0%，序时应为50.0%，达序时",
        "594": "投资：完成年度计划的49.5%，序时应为50.0%，低0.5个百分点，正常",
    }
    assert sentence(june(record(6, pct="20"), rules=points), "physical") == (
        "形象进度：完成20.0%，序时应为50.0%，低30个百分点，达到10个百分点亮黄灯"
    )


# ---- start and finish ----


@pytest.mark.parametrize(
    ("start", "light"),
    [("2023-07", None), ("2023-06", GREEN), ("2023-05", YELLOW), ("2023-04", YELLOW), ("2023-03", RED)],
)
def test_months_past_the_planned_start_while_not_started(start: str, light: Light | None) -> None:
    found = june(record(6, "0", "0"), plans=(plan(start=start),))
    assert lights(found).get("start") == light


def test_the_start_rule_says_when_and_how_long() -> None:
    late = june(record(6, "0"), plans=(plan(start="2023-03"),))
    assert sentence(late, "start") == "开工：计划2023年3月开工，至6月底已过3个月仍未开工，满3个月亮红灯"
    due = june(record(6, "0"), plans=(plan(start="2023-06"),))
    assert sentence(due, "start") == "开工：计划2023年6月开工，至6月底尚未开工，未超过亮灯期限"
    begun = june(record(6, "300"), plans=(plan(start="2023-03"),))
    assert sentence(begun, "start") == "开工：计划2023年3月开工，已开工"


@pytest.mark.parametrize(
    ("earlier", "fields"),
    [
        (None, {"actual_start": day("2023-06-30")}),
        (None, {"events": (event(EventKind.PARTLY_COMPLETED, "2023-06-30"),)}),
        (record(2, "0.01"), {}),
        (record(2, None, "1"), {}),
        (record(2, reported="5"), {}),
    ],
)
def test_started_is_an_actual_start_or_any_progress_by_the_month(
    earlier: Record | None, fields: dict[str, Any]
) -> None:
    rows = [record(6, "0", "0"), *([earlier] if earlier else [])]
    assert lights(june(*rows, plans=(plan(start="2023-03"),), **fields))["start"] is GREEN


def test_an_actual_start_or_progress_after_the_month_does_not_count_yet() -> None:
    late = (plan(start="2023-05"),)
    assert lights(june(record(6, "0"), plans=late, actual_start=day("2023-07-01")))["start"] is YELLOW
    assert lights(june(record(6, "0"), record(7, "5"), plans=late))["start"] is YELLOW


def test_a_project_finished_once_has_started_even_if_resumed_since() -> None:
    events = (event(EventKind.COMPLETED, "2023-02-01"), event(EventKind.RESUMED, "2023-04-01"))
    assert lights(june(record(6, "0"), plans=(plan(start="2023-01"),), events=events))["start"] is GREEN


def test_a_planned_start_before_the_year_is_silent_unless_the_sheet_says_so() -> None:
    old = (plan(start="2022-11"),)
    assert "start" not in lights(june(record(6, "0"), plans=old))
    assert lights(june(record(6, "0", states_not_started=True), plans=old))["start"] is RED


@pytest.mark.parametrize(
    ("finish", "light"),
    [("2023-07", None), ("2023-06", GREEN), ("2023-05", YELLOW), ("2023-04", RED), ("2022-12", RED)],
)
def test_months_past_the_planned_finish(finish: str, light: Light | None) -> None:
    assert lights(june(record(6, "1200"), plans=(plan(finish=finish),))).get("finish") == light


def test_a_partly_completed_project_is_not_late() -> None:
    partly = (event(EventKind.PARTLY_COMPLETED, "2023-03-01"),)
    found = june(record(6, "1200"), plans=(plan(finish="2023-04"),), events=partly)
    assert sentence(found, "finish") == "竣工：计划2023年4月竣工，已部分完工"
    late = june(record(6, "1200"), plans=(plan(finish="2023-05"),))
    assert sentence(late, "finish") == "竣工：计划2023年5月竣工，至6月底已过1个月仍未完工，满1个月亮黄灯"


def test_start_after_finish_lights_neither() -> None:
    assert lights(june(record(6, "0"), plans=(plan(start="2023-05", finish="2023-02"),))) == {"investment": RED}


# ---- milestones ----


@pytest.mark.parametrize(
    ("due", "light"),
    [("2023-06-30", GREEN), ("2023-06-16", GREEN), ("2023-06-15", YELLOW), ("2023-05-17", YELLOW), ("2023-05-16", RED)],
)
def test_an_overdue_milestone_is_yellow_from_15_days_and_red_from_45(due: str, light: Light) -> None:
    """To 30 June: from 16 June 14 days, from 15 June 15, from 17 May 44, from 16 May 45."""
    found = june(record(6, "600"), milestones=(Milestone("主体封顶", day(due)),))
    assert lights(found)["milestone"] is light


def test_a_milestone_counts_as_done_from_the_day_it_was() -> None:
    late = Milestone("主体封顶", day("2023-04-30"), done_on=day("2023-07-02"))
    one = project("P1", record(6, "600"), record(7, "700"), milestones=(late,))
    assert [lights(shown(one, month))["milestone"] for month in (6, 7)] == [RED, GREEN]
    assert sentence(shown(one, 6), "milestone") == "节点：“主体封顶”应于2023年4月30日完成，已逾期61天，满45天亮红灯"
    assert sentence(shown(one, 7), "milestone") == "节点：没有逾期节点"


def test_a_milestone_done_on_the_months_last_day_is_done_in_that_month() -> None:
    late = Milestone("主体封顶", day("2023-04-30"), done_on=day("2023-06-30"))
    assert lights(june(record(6, "600"), milestones=(late,)))["milestone"] is GREEN
    after = Milestone("主体封顶", day("2023-04-30"), done_on=day("2023-07-01"))
    assert lights(june(record(6, "600"), milestones=(after,)))["milestone"] is RED


def test_the_latest_of_several_overdue_milestones_is_named() -> None:
    nodes = (Milestone("基础", day("2023-06-10")), Milestone("招标", day("2023-06-20")))
    found = june(record(6, "600"), milestones=nodes)
    assert sentence(found, "milestone") == (
        "节点：“基础”应于2023年6月10日完成，已逾期20天（共2个节点逾期），满15天亮黄灯"
    )
    short = june(record(6, "600"), milestones=nodes[1:])
    assert sentence(short, "milestone") == "节点：“招标”应于2023年6月20日完成，已逾期10天，未满15天"


# ---- stall ----


def standing_still(months: Iterable[int], events: tuple[Event, ...] = ()) -> Project:
    return project("P1", *(record(month, "900") for month in months), events=events)


def stalls(one: Project, *months: int) -> list[Light | None]:
    return [lights(shown(one, month)).get("stall") for month in months]


def test_two_inspected_months_without_progress_are_yellow_three_red() -> None:
    assert stalls(standing_still((1, 2, 3, 4)), 1, 2, 3, 4) == [None, GREEN, YELLOW, RED]  # needs 3 and 4 records
    assert sentence(shown(standing_still(range(1, 5)), 4), "stall") == (
        "进展：连续3个督查月投资和形象进度都没有增加，满3个月亮红灯"
    )
    assert sentence(shown(standing_still((1, 2)), 2), "stall") == (
        "进展：连续1个督查月投资和形象进度都没有增加，未满2个月"
    )
    moving = project("P1", record(1, "900"), record(2, "901"))
    assert sentence(shown(moving, 2), "stall") == "进展：本月较上次督查有进展"


def test_months_without_inspection_are_passed_over_and_the_month_itself_must_be_inspected() -> None:
    one = standing_still((1, 3, 6))
    assert lights(shown(one, 6, months=range(1, 8)))["stall"] is YELLOW
    assert "stall" not in lights(shown(one, 7, months=range(1, 8)))


def test_progress_in_either_figure_ends_the_count() -> None:
    rows = [record(1, "900", "30"), record(2, "900", "30"), record(3, "900", "31"), record(4, "900", "31")]
    assert stalls(project("P1", *rows), 2, 3, 4) == [GREEN, GREEN, GREEN]
    back = [record(1, "900", "30"), record(2, "899", "30"), record(3, "898", "29")]
    assert stalls(project("P1", *back), 3) == [YELLOW]  # less is no progress


def test_only_figures_of_one_kind_present_in_both_months_are_compared() -> None:
    reported_rises = [record(month, "900", reported=str(900 + month)) for month in (1, 2, 3)]
    assert stalls(project("P1", *reported_rises), 3) == [YELLOW]  # 核实 stands still
    other_kind = [record(1, "900"), record(2, reported="900"), record(3, reported="900")]
    assert stalls(project("P1", *other_kind), 2, 3) == [None, GREEN]  # nothing in common ends the count
    whole = [record(1, pct="40"), record(2, pct="40"), record(3, pct="40", physical_progress_is_whole=True)]
    assert stalls(project("P1", *whole), 3) == [None]


def test_resumed_work_restarts_the_count() -> None:
    events = (event(EventKind.SUSPENDED, "2023-03-01"), event(EventKind.RESUMED, "2023-05-10"))
    assert stalls(standing_still(range(1, 8), events), 2, 3, 5, 6, 7) == [GREEN, None, None, GREEN, YELLOW]
    within_a_month = (event(EventKind.SUSPENDED, "2023-02-01"), event(EventKind.RESUMED, "2023-02-20"))
    assert stalls(standing_still((1, 2, 3), within_a_month), 3) == [GREEN]  # counts from February


def test_stall_is_silent_once_the_plan_is_reached_or_from_partly_completed_on() -> None:
    reached = project("P1", *(record(month, "1200") for month in range(1, 5)))
    assert stalls(reached, 4) == [None]
    whole = project("P1", *(record(month, "900", "100") for month in range(1, 5)))
    assert stalls(whole, 4) == [None]
    earlier = project("P1", record(1, "1200"), *(record(month, pct="50") for month in range(2, 6)))
    assert stalls(earlier, 5) == [None]  # the latest known year-to-date is the annual plan
    corrected = project("P1", record(1, "1200"), *(record(month, "900") for month in range(2, 6)))
    assert stalls(corrected, 5) == [RED]  # a lower figure, once confirmed, counts
    partly = (event(EventKind.PARTLY_COMPLETED, "2023-04-30"),)
    assert stalls(standing_still(range(1, 5), partly), 3, 4) == [YELLOW, None]


# ---- obstacles ----


def obstacle(**fields: Any) -> Obstacle:
    return Obstacle(**{"kind": "拆迁", "text": "3户未签约", "raised_on": day("2023-04-01"), **fields})


LEVEL_3 = ((day("2023-04-01"), 1), (day("2023-05-01"), 2), (day("2023-06-30"), 3))


@pytest.mark.parametrize(
    ("fields", "light"),
    [
        ({"due_on": day("2023-06-30")}, GREEN),  # due on the last day itself
        ({"due_on": day("2023-06-29")}, YELLOW),
        ({"due_on": day("2023-06-29"), "closed_on": day("2023-06-30")}, None),  # closed by then
        ({"due_on": day("2023-06-29"), "closed_on": day("2023-07-01")}, YELLOW),
        ({"raised_on": day("2023-07-01"), "due_on": day("2023-06-01")}, None),  # not raised yet
        ({}, GREEN),
        ({"levels": LEVEL_3}, YELLOW),
        ({"levels": ((day("2023-07-01"), 3),)}, GREEN),  # not in force that day
        ({"levels": (*LEVEL_3, (day("2023-06-30"), 2))}, GREEN),  # taken back
        ({"levels": LEVEL_3, "decision_due_on": day("2023-06-30")}, YELLOW),
        ({"levels": LEVEL_3, "decision_due_on": day("2023-06-29")}, RED),
        ({"levels": LEVEL_3[:2], "decision_due_on": day("2023-06-01")}, GREEN),  # red only at level 3
    ],
)
def test_an_obstacle_lights_when_overdue_or_before_the_main_leaders(
    fields: dict[str, Any], light: Light | None
) -> None:
    found = june(record(6, "600"), obstacles=(obstacle(**fields),))
    assert lights(found).get("obstacle") == light


@pytest.mark.parametrize(("raised", "speaks"), [("2023-06-30", True), ("2023-07-01", False)])
def test_an_obstacle_speaks_from_the_day_it_was_raised(raised: str, speaks: bool) -> None:
    found = june(record(6, "600"), obstacles=(obstacle(raised_on=day(raised), due_on=day("2023-07-20")),))
    assert ("obstacle" in lights(found)) is speaks


def test_an_obstacle_without_a_level_of_its_own_is_at_the_first() -> None:
    rules = book(level='{ value = 2, unit = "级" }')
    later = obstacle(levels=((day("2023-07-01"), 2),))
    assert lights(june(record(6, "600"), rules=rules, obstacles=(later,)))["obstacle"] is GREEN


def test_exactly_on_schedule_is_said_as_such_by_ratio_and_by_points() -> None:
    assert sentence(june(record(6, "600")), "investment").endswith("达序时")
    points = book(comparator='"percentage_points"')
    assert sentence(june(record(6, "600"), rules=points), "investment").endswith("达序时")


def test_obstacles_say_what_and_since_when() -> None:
    def said(*obstacles: Obstacle) -> str:
        return sentence(june(record(6, "600"), obstacles=obstacles), "obstacle")

    assert said(obstacle(due_on=day("2023-06-10"))) == "问题：拆迁“3户未签约”应于2023年6月10日办结，已逾期20天，亮黄灯"
    assert said(obstacle(levels=LEVEL_3)) == "问题：拆迁“3户未签约”主要领导会办中，亮黄灯"
    assert said(obstacle(levels=LEVEL_3, decision_due_on=day("2023-06-20"), kind=""), obstacle()) == (
        "问题：“3户未签约”主要领导会办决定应于2023年6月20日落实，已逾期10天，亮红灯（共2个问题未销号）"
    )
    assert said(obstacle(due_on=day("2023-07-10"))) == "问题：拆迁“3户未签约”未销号，限2023年7月10日办结"
    assert said(obstacle()) == "问题：拆迁“3户未签约”未销号，未定期限"


# ---- memory, since, last light ----


def test_a_red_light_that_catches_up_is_yellow_once() -> None:
    one = project("P1", record(1, "10"), record(2, "200"), record(3, "300"))
    assert run(one) == [RED, YELLOW, GREEN]
    assert lights(shown(one, 2)) == {"investment": GREEN, "stall": GREEN, "memory": YELLOW}
    assert sentence(shown(one, 2), "memory") == "红灯记忆：上次为红灯，本月各项已转绿，先亮黄灯一次"


def test_memory_looks_past_grey_and_uncommitted_months() -> None:
    one = project("P1", record(1, "10"), record(4, "400"), record(5, "500"))
    assert run(one, months=(1, 2, 4, 5)) == [RED, GREY, YELLOW, GREEN]  # February 未督查, March not committed


def test_a_yellow_light_of_the_rules_is_all_that_red_leaves_behind() -> None:
    assert run(project("P1", record(1, "10"), record(2, "130"), record(3, "300"))) == [RED, YELLOW, GREEN]


def test_since_is_the_first_month_of_the_unbroken_run() -> None:
    one = project("P1", *(record(month, ytd) for month, ytd in ((1, "100"), (2, "10"), (4, "20"), (5, "30"))))
    assert [shown(one, month).since for month in (1, 2, 4, 5)] == ["2023-01", "2023-02", "2023-02", "2023-02"]


def test_the_last_light_stands_beside_grey_so_that_red_does_not_hide() -> None:
    one = project("P1", record(1, "10"))
    found = shown(one, 3, months=(1, 2, 3))
    assert (found.light, found.last_light, found.since, found.light_word) == (GREY, RED, "2023-02", "未督查")
    assert shown(one, 1).last_light is None


def test_newly_worse_is_yellow_or_red_and_worse_than_the_last_light() -> None:
    rows = [(1, "100"), (2, "150"), (3, "10"), (4, "20"), (5, "500")]
    one = project("P1", *(record(month, ytd) for month, ytd in rows))
    found = [shown(one, month) for month in range(1, 6)]
    assert [(each.light, each.is_worse, each.previous_light) for each in found] == [
        (GREEN, False, None),
        (YELLOW, True, GREEN),
        (RED, True, YELLOW),
        (RED, False, RED),
        (YELLOW, False, RED),  # memory
    ]


# ---- grey and none ----


@pytest.mark.parametrize(
    ("row", "rule", "word"),
    [
        (None, "not_inspected", "未督查"),
        (record(6), "not_reported", "未报"),
        (record(6, problems="缺资金"), "no_data", "资料不足"),
        (record(6, team_score="80", node_judgement=NodeJudgement.REACHED), "no_data", "资料不足"),
    ],
)
def test_without_figures_the_light_is_grey_and_says_why(row: Record | None, rule: str, word: str) -> None:
    found = june(*([row] if row else []))
    assert (found.light, found.light_word, lights(found)) == (GREY, word, {rule: GREY})
    assert sentence(found, rule).startswith(f"{word}：6月")


def test_what_needs_no_record_wins_over_grey_when_yellow_or_red() -> None:
    late = (Milestone("主体封顶", day("2023-05-01")),)
    found = june(milestones=late)
    assert (found.light, lights(found)) == (RED, {"milestone": RED, "not_inspected": GREY})
    fine = june(milestones=(Milestone("主体封顶", day("2023-12-01")),))
    assert (fine.light, lights(fine)) == (GREY, {"milestone": GREEN, "not_inspected": GREY})
    assert june(record(6), milestones=late).light is RED
    assert june(record(6, problems="缺资金"), obstacles=(obstacle(levels=LEVEL_3),)).light is YELLOW


@pytest.mark.parametrize(("kind", "word"), [(EventKind.COMPLETED, "完工"), (EventKind.SUSPENDED, "暂缓")])
def test_a_completed_or_suspended_project_shows_no_light(kind: EventKind, word: str) -> None:
    late = (Milestone("主体封顶", day("2023-01-01")),)
    found = june(record(6, "10"), events=(event(kind, "2023-06-30"),), milestones=late)
    assert (found.light, found.light_word, found.state, found.reasons) == (NONE, word, word, ())


def test_a_project_not_started_with_nothing_due_shows_no_light_unless_something_else_warns() -> None:
    later = (plan(start="2023-09"),)
    for rows in ((), (record(6),), (record(6, problems="无"),), (record(6, "0", "0"),)):
        found = june(*rows, plans=later)
        assert (found.light, found.state, found.reasons) == (NONE, "未到计划开工", ())
    warned = june(plans=later, obstacles=(obstacle(due_on=day("2023-06-01")),))
    assert (warned.light, warned.state, lights(warned)) == (YELLOW, "未到计划开工", {"obstacle": YELLOW})


def test_an_early_starter_is_judged_by_what_is_there() -> None:
    later = (plan(start="2023-09"),)
    words = june(record(5, "10"), record(6, problems="已进场", month_wan="0"), plans=later)
    assert (words.light, words.state) == (GREEN, "在建")
    bare = june(record(6, physical_progress="已进场"), plans=later, actual_start=day("2023-06-01"))
    assert (bare.light, lights(bare), bare.is_on_schedule) == (GREEN, {}, False)  # never 资料不足
    absent = june(record(5, "10"), plans=later)
    assert (absent.light, lights(absent)) == (GREY, {"not_inspected": GREY})
    stalled = project("P1", *(record(month, "10") for month in (3, 4, 5, 6)), plans=later)
    assert lights(shown(stalled, 6)) == {"stall": RED}


# ---- manual acts ----


def test_a_manual_light_replaces_the_rules_light_and_keeps_their_reasons() -> None:
    override = LightOverride(6, YELLOW, "现场已赶上", "李四")
    found = june(record(6, "100"), overrides=(override,))
    assert (found.light, lights(found)) == (YELLOW, {"investment": RED, "manual": YELLOW})
    assert sentence(found, "manual") == "人工认定：黄灯，理由：现场已赶上（李四批准）"
    assert found.override is override


def test_a_manual_light_counts_for_memory_and_since() -> None:
    rows = [record(month, str(100 * month)) for month in (4, 5, 6)]
    assert run(project("P1", *rows, overrides=(LightOverride(4, RED, "造假", "李四"),))) == [RED, YELLOW, GREEN]
    calmed = project("P1", record(4, "10"), record(5, "500"), overrides=(LightOverride(4, GREEN, "已核", "李四"),))
    assert run(calmed) == [GREEN, GREEN]
    assert shown(calmed, 5).since == "2023-04"


def test_of_two_manual_lights_of_a_month_the_later_stands() -> None:
    two = (LightOverride(6, YELLOW, "甲", "李四"), LightOverride(6, GREEN, "乙", "李四"))
    assert june(record(6, "100"), overrides=two).light is GREEN


def test_an_exempted_month_shows_none_and_counts_for_nothing() -> None:
    exemption = LightExemption(5, "汛期停工", "李四")
    one = project("P1", record(4, "10"), record(5, "20"), record(6, "30"), exemptions=(exemption,))
    may = shown(one, 5)
    assert (may.light, may.light_word, may.reasons, may.since, may.exemption) == (NONE, "免亮灯", (), None, exemption)
    assert shown(one, 6).since == "2023-04"  # neither breaks the run
    relieved = project("P1", record(4, "400"), record(5, "20"), record(6, "600"), exemptions=(exemption,))
    assert run(relieved) == [GREEN, NONE, GREEN]  # nor is remembered
    both = project("P1", record(5, "20"), exemptions=(exemption,), overrides=(LightOverride(5, RED, "甲", "李四"),))
    assert shown(both, 5).light is NONE


def test_a_manual_act_without_reason_or_approver_does_not_count() -> None:
    found = june(
        record(6, "100"),
        overrides=(LightOverride(6, GREEN, " ", "李四"),),
        exemptions=(LightExemption(6, "汛期", ""),),
    )
    assert (found.light, found.override, found.exemption) == (RED, None, None)


def test_the_word_of_a_manual_grey_light_is_its_own() -> None:
    found = june(record(6, "600"), overrides=(LightOverride(6, GREY, "待核", "李四"),))
    assert (found.light, found.light_word) == (GREY, "灰灯")


# ---- which rows, and 达序时 ----


def test_alerts_are_given_for_members_of_a_committed_month_in_order_of_group_and_code() -> None:
    facts = programme(
        project("C", record(6, "600"), group="乙类"),
        project("B", record(6, "600")),
        project("A", record(6, "600"), group="乙类"),
        project("D", record(6, "600"), events=(event(EventKind.WITHDRAWN, "2023-05-31"),)),
        classes=("甲类", "乙类"),
    )
    assert [(one.group, one.code) for one in alerts(book(), facts, 6)] == [("甲类", "B"), ("乙类", "A"), ("乙类", "C")]
    assert alerts(book(), facts, 7) == ()


def test_on_schedule_falls_back_to_physical_progress_without_investment() -> None:
    assert june(record(6, pct="50"), plans=(plan(None),)).is_on_schedule
    assert not june(record(6, pct="49"), plans=(plan(None),)).is_on_schedule


# ---- asked in any order ----


@pytest.mark.parametrize("asked", [(2, 4, 6), (6, 4, 2), (4, 6, 2), (6, 6, 2)])
def test_a_months_light_is_the_same_whichever_month_was_asked_for_before(asked: tuple[int, ...]) -> None:
    """100 due a month. February 40 of 200 = 0.20: red. April 390 of 400 = 0.975, after red: yellow. June 600 of 600:
    green."""
    rows = [record(2, "40"), record(4, "390"), record(6, "600")]
    facts = programme(project("P1", *rows), months=(2, 4, 6))
    shared = Assessed(book(), facts)
    found = {month: next(iter(alerts(book(), facts, month, assessed=shared))).light for month in asked}
    assert found == {month: {2: RED, 4: YELLOW, 6: GREEN}[month] for month in asked}
