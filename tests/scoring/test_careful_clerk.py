"""What a careful clerk would say of projects that do not fit the ordinary month: light, word, outlook, and why.

All at the end of June 2023 unless said; 1200万元 over the year, 100 due a month. The default book.
"""

from scoring.assessment import Assessed
from scoring.facts import EventKind, Light, Milestone, OutlookVerdict, Project
from scoring.lights import Alert, alerts
from scoring.second_looks import second_look
from tests.scoring.cases import book, day, event, plan, programme, project, record

RED, YELLOW, GREEN, GREY, NONE = Light.RED, Light.YELLOW, Light.GREEN, Light.GREY, Light.NONE


def said(one: Project, month: int = 6) -> Alert:
    return next(iter(alerts(book(), programme(one, months=range(1, month + 1)), month)))


def reasons(alert: Alert) -> dict[str, tuple[Light, str]]:
    return {one.rule.value: (one.light, one.sentence) for one in alert.reasons}


def test_not_yet_due_to_start_is_no_failing_and_no_missing_inspection() -> None:
    found = said(project("P1", plans=(plan(start="2023-09"),)))
    assert (found.light, found.light_word, found.state, found.reasons) == (NONE, "未到计划开工", "未到计划开工", ())
    assert (found.outlook, found.outlook_label) == (None, "资料不足")  # nothing known is not a promise
    assert found.since == "2023-01" and not found.is_worse


def test_a_finished_project_needs_no_inspection_and_is_done() -> None:
    finished = project("P1", record(4, "500"), events=(event(EventKind.COMPLETED, "2023-05-20"),))
    found = said(finished)
    assert (found.light, found.light_word, found.reasons) == (NONE, "完工", ())
    assert (found.outlook, found.outlook_sentence) == (OutlookVerdict.DONE, "已完工")


def test_a_partly_finished_project_is_judged_on_and_counts_as_done() -> None:
    partly = project("P1", record(6, "300"), events=(event(EventKind.PARTLY_COMPLETED, "2023-05-20"),))
    found = said(partly)
    assert (found.light, found.state, found.outlook) == (RED, "部分完工", OutlookVerdict.DONE)
    assert found.contradiction == (
        "虽为红灯·滞后严重（投资：本年累计完成300万元，应完成600万元，为50.0%，低于60%亮红灯），但已部分完工"
    )


def test_a_suspended_project_shows_its_word_and_its_old_figures_promise_nothing() -> None:
    """Last figure March, three months old: more than the two the book allows."""
    paused = project("P1", record(2, "100"), record(3, "150"), events=(event(EventKind.SUSPENDED, "2023-04-10"),))
    found = said(paused)
    assert (found.light, found.light_word, found.last_light) == (NONE, "暂缓", RED)  # 100 of 200, 150 of 300
    assert (found.outlook, found.outlook_sentence) == (
        None,
        "最近的投资数据为3月，早于2个月前，资料不足",
    )


def test_without_an_annual_plan_the_percent_and_the_nodes_are_judged_and_money_is_not() -> None:
    """40 % where half the year asks 50: 80 %, green. No target node is late, and a score was given: expected."""
    unplanned = project(
        "P1",
        record(6, "900", "40", team_score="85"),
        plans=(plan(annual=None),),
        milestones=(Milestone("封顶", day("2023-09-30")),),
    )
    found = said(unplanned)
    assert reasons(found) == {
        "physical": (GREEN, "形象进度：完成40%，应完成50%，为80.0%，正常"),
        "milestone": (GREEN, "节点：没有逾期节点"),
    }
    assert (found.light, found.outlook) == (GREEN, OutlookVerdict.EXPECTED)
    assert found.outlook_sentence == "无年度投资计划，按节点推算，目标节点没有逾期，也没有晚于12月的"


def test_without_this_months_inspection_the_light_is_grey_with_the_red_before_beside_it() -> None:
    """May 200 of 500: red. June unseen: 未督查, never green; the outlook still goes by May's figure."""
    unseen = project("P1", record(4, "160"), record(5, "200"))
    found = said(unseen)
    assert (found.light, found.light_word, found.last_light) == (GREY, "未督查", RED)
    # May's pace (200 − 160) ÷ 1 = 40: 200 + 7 × 40 = 480
    assert (found.outlook, found.forecast_wan) == (OutlookVerdict.UNLIKELY, 480)
    late = project("P1", record(5, "500"), milestones=(Milestone("封顶", day("2023-06-01")),))
    assert said(late).light is YELLOW  # 29 days overdue needs no inspection
    blank = project("P1", record(5, "500"), record(6))
    assert (said(blank).light, said(blank).light_word) == (GREY, "未报")


def test_a_late_starter_is_late_until_it_starts_and_then_judged_by_its_pace() -> None:
    """Planned April–December: 9 months, 133.33 each. Nothing by May: one month past, yellow. June: 50 of 400, red."""
    late = project("P1", record(5, "0"), record(6, "50"), plans=(plan(start="2023-04", finish="2023-12"),))
    may, june = said(late, 5), said(late, 6)
    assert reasons(may)["start"] == (
        YELLOW,
        "开工：计划2023年4月开工，至5月底已过1个月仍未开工，满1个月亮黄灯",
    )
    assert reasons(june)["start"] == (GREEN, "开工：计划2023年4月开工，已开工")
    assert reasons(june)["investment"] == (
        RED,
        "投资：本年累计完成50万元，应完成400万元，为12.5%，低于60%亮红灯",
    )
    assert june.outlook is OutlookVerdict.UNLIKELY  # 50 + 6 × 50 = 350


def test_a_resumed_project_is_not_charged_with_its_standstill_but_its_plan_is_not_shifted() -> None:
    """Suspended in March, back in June: one inspected month since, so no stall; 150 of 600 all the same."""
    back = project(
        "P1",
        *(record(month, "150") for month in (1, 2, 6)),
        events=(event(EventKind.SUSPENDED, "2023-03-05"), event(EventKind.RESUMED, "2023-06-05")),
    )
    found = said(back)
    assert (found.light, found.state) == (RED, "在建")
    assert reasons(found) == {"investment": (RED, "投资：本年累计完成150万元，应完成600万元，为25.0%，低于60%亮红灯")}


def test_a_plan_changed_in_july_judges_july_and_leaves_june_and_what_it_hid_stays_in_sight() -> None:
    """1200 until June, 600 from July. June 300 of 600: red. July 300 of 350: 85.7 %; by the first plan 300 of 700."""
    eased = project(
        "P1",
        record(6, "300"),
        record(7, "300"),
        plans=(plan("1200"), plan("600", effective="2023-07-01")),
    )
    assert said(eased).light is RED
    july = said(eased, 7)
    assert reasons(july)["investment"] == (GREEN, "投资：本年累计完成300万元，应完成350万元，为85.7%，正常")
    assert july.light is YELLOW  # 红灯记忆: it was red and did nothing but change its plan
    seen = second_look(Assessed(book(), programme(eased, months=range(1, 8)))["P1"], 7)
    assert seen.plans.sentence == (
        "调整后的计划应完成350万元，已完成300万元为85.7%，正常；年初计划应完成700万元，已完成300万元为42.9%，红灯"
    )
