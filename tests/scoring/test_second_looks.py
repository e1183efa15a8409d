"""What stands beside a light. The project has 1200万元 over the year, 100万元 a month, unless told otherwise."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from scoring.assessment import Assessed
from scoring.facts import EventKind, Light, Milestone, Obstacle, Record
from scoring.second_looks import NextDate, SecondLook, second_look
from tests.scoring.cases import D, book, day, event, plan, programme, project, record

RED, YELLOW, GREEN = Light.RED, Light.YELLOW, Light.GREEN


def look(month: int, *rows: Record, **fields: Any) -> SecondLook:
    one = project("P1", *rows, **fields)
    shared = Assessed(book(), programme(one, months={month, *one.records}))
    return second_look(shared["P1"], month)


# ---- two bases ----


@pytest.mark.parametrize(
    ("ytd", "window", "year"),
    [
        ("720", GREEN, GREEN),  # of 600 due by the window, of 900 by the calendar: 120 % and exactly 80 %
        ("719.99", GREEN, YELLOW),
        ("540", GREEN, YELLOW),  # 90 % and exactly 60 %
        ("539.99", GREEN, RED),
        ("479.99", YELLOW, RED),
        ("359.99", RED, RED),
    ],
)
def test_a_project_from_july_on_by_its_window_and_by_the_calendar(ytd: str, window: Light, year: Light) -> None:
    bases = look(9, record(9, ytd), plans=(plan(start="2023-07"),)).bases
    assert bases.first is not None and bases.second is not None
    assert (bases.first.light, bases.second.light) == (window, year)
    assert bool(bases.sentence) == (window is not year or ytd == "720")


def test_on_schedule_by_one_basis_alone_is_said_too() -> None:
    assert look(9, record(9, "720"), plans=(plan(start="2023-07"),)).bases.sentence == (
        "按项目工期应完成600万元，已完成720万元为120.0%，达序时；按全年十二个月应完成900万元，已完成720万元为80.0%，正常"
    )
    assert look(9, record(9, "900"), plans=(plan(start="2023-07"),)).bases.sentence == ""


def test_the_two_bases_are_said_with_their_figures() -> None:
    assert look(9, record(9, "500"), plans=(plan(start="2023-07"),)).bases.sentence == (
        "按项目工期应完成600万元，已完成500万元为83.3%，正常；按全年十二个月应完成900万元，已完成500万元为55.6%，红灯"
    )


def test_without_an_annual_plan_physical_progress_is_compared() -> None:
    bases = look(9, record(9, pct="50"), plans=(plan(None, start="2023-07"),)).bases
    assert (
        bases.sentence
        == "按项目工期应完成50%，已完成50%为100.0%，达序时；按全年十二个月应完成75%，已完成50%为66.7%，黄灯"
    )


# ---- re-planned ----


def test_a_plan_cut_in_the_year_is_seen_beside_the_first() -> None:
    """By June 600 of 1200; cut to 600 a year in May, 300 are due: 290 are 96.7 % of it and 48.3 % of the first."""
    cut = (plan("1200"), plan("600", effective="2023-05-10"))
    assert look(6, record(6, "290"), plans=cut).plans.sentence == (
        "调整后的计划应完成300万元，已完成290万元为96.7%，正常；年初计划应完成600万元，已完成290万元为48.3%，红灯"
    )
    before = look(4, record(4, "290"), plans=cut).plans
    assert (before.first, before.second) == (None, None)


def test_a_version_that_asks_the_same_is_no_other_plan() -> None:
    same = look(6, record(6, "290"), plans=(plan(), plan(effective="2023-05-10"))).plans
    assert (same.first, same.second, same.sentence) == (None, None, "")


# ---- 上报 and 核实 ----


def test_the_units_figure_and_the_teams_in_two_lights() -> None:
    assert look(6, record(6, "350", reported="600")).figures.sentence == (
        "上报600万元为100.0%，达序时；督查核实350万元为58.3%，红灯"
    )
    assert look(6, record(6, "590", reported="595")).figures.sentence == ""
    assert look(6, record(6, reported="600")).figures.second is None


# ---- what is needed ----


@pytest.mark.parametrize(("june", "is_feasible"), [("450", False), ("480", True), ("479.99", False)])
def test_needed_is_held_against_the_fastest_pace(june: str, is_feasible: bool) -> None:
    """360 by May and 480 by June: 120 a month at most; 720 are left for 6 months, 120 each: just as fast."""
    needed = look(6, record(5, "360"), record(6, june)).needed
    assert needed is not None and needed.is_feasible is is_feasible


def test_needed_says_how_much_how_long_and_how_fast() -> None:
    """100 → 400 in two months is 150 a month; 800 in 6 months are 133.33."""
    needed = look(6, record(4, "100"), record(6, "400")).needed
    assert needed is not None
    assert (needed.missing_wan, needed.months, needed.monthly_wan) == (D(800), 6, Fraction(400, 3))
    assert needed.sentence == (
        "距年度计划差800万元，余6个月，每月需133.33万元；今年最快每月150.00万元，按这个速度来得及"
    )


def test_needed_where_nothing_is_left_or_known() -> None:
    one = look(6, record(6, "400")).needed
    assert one is not None and one.is_feasible is None
    assert one.sentence == "距年度计划差800万元，余6个月，每月需133.33万元，今年的速度资料不足"
    december = look(12, record(11, "900"), record(12, "1000")).needed
    assert december is not None and december.is_feasible is False
    assert december.sentence == "距年度计划差200万元，本年已无剩余月份"
    assert look(6, record(6, "1200")).needed is None
    assert look(6, record(6, pct="20")).needed is None
    done = look(6, record(6, "400"), events=(event(EventKind.COMPLETED, "2023-06-20"),)).needed
    assert done is None


def test_an_older_figure_leaves_more_months() -> None:
    needed = look(6, record(5, "500"), months_of_june()).needed
    assert needed is not None and (needed.months, needed.monthly_wan) == (7, Fraction(100))


def months_of_june() -> Record:
    return record(6, pct="40")


# ---- what is next ----


def test_the_next_date_is_the_first_still_to_come() -> None:
    nodes = (Milestone("封顶", day("2023-06-20")), Milestone("交付", day("2023-09-15")))
    matters = (Obstacle("征地拆迁", "未交地", day("2023-05-01"), due_on=day("2023-07-31")),)
    assert look(6, record(6, "600"), milestones=nodes, obstacles=matters).next_date == NextDate(
        date(2023, 7, 31), "办结问题“未交地”"
    )
    closed = (Obstacle("征地拆迁", "未交地", day("2023-05-01"), day("2023-07-31"), closed_on=day("2023-06-30")),)
    assert look(6, record(6, "600"), milestones=nodes, obstacles=closed).next_date == NextDate(
        date(2023, 9, 15), "节点“交付”"
    )


@pytest.mark.parametrize(("month", "expected"), [(6, "计划开工"), (7, "计划竣工")])
def test_a_planned_month_is_to_come_until_it_begins(month: int, expected: str) -> None:
    found = look(month, record(month), plans=(plan(start="2023-07", finish="2023-11"),)).next_date
    assert found is not None and found.what == expected


def test_nothing_ahead_is_no_date() -> None:
    assert look(6, record(6, "600")).next_date is None


# ---- never updated, open matters, the curve ----


@pytest.mark.parametrize(("rows", "never"), [((), True), ((record(5),), True), ((record(5, "0"),), False)])
def test_never_updated_is_no_figure_in_any_month(rows: tuple[Record, ...], never: bool) -> None:
    assert look(6, *rows).is_never_updated is never


def test_a_project_not_yet_due_or_finished_is_not_missed() -> None:
    assert not look(6, plans=(plan(start="2023-09"),)).is_never_updated
    assert not look(6, events=(event(EventKind.COMPLETED, "2023-03-20"),)).is_never_updated


def test_a_matter_is_open_from_its_day_to_the_day_before_it_is_closed() -> None:
    def matter(raised: str, closed: str | None = None) -> Obstacle:
        return Obstacle("", raised, day(raised), closed_on=day(closed) if closed else None)

    matters = (
        matter("2023-06-30"),
        matter("2023-07-01"),
        matter("2023-05-01", "2023-06-30"),
        matter("2023-05-02", "2023-07-01"),
    )
    assert [one.text for one in look(6, record(6, "600"), obstacles=matters).open_obstacles] == [
        "2023-06-30",
        "2023-05-02",
    ]


def test_the_curve_has_the_plan_of_every_month_and_what_was_stated() -> None:
    curve = look(3, record(1, "90"), record(3, "250"), record(5, "480")).curve
    assert [due for due, _ in curve] == [100 * month for month in range(1, 13)]
    assert [done for _, done in curve[:4]] == [D(90), None, D(250), None]
    assert all(done is None for _, done in curve[3:])
