"""What should be done by a month: window, share, plan to date. The annual plan is 1200万元 unless told otherwise."""

from fractions import Fraction

import pytest

from scoring.facts import Plan
from scoring.plan import PlanToDate, in_force, plan_to_date
from scoring.rulebook import Basis
from tests.scoring.cases import D, day, plan


def due(month: int, *plans: Plan, entry: int = 1, basis: Basis = Basis.WINDOW) -> PlanToDate:
    return plan_to_date(plans, 2023, month, entry, basis)


@pytest.mark.parametrize(
    ("start", "finish", "month", "share"),
    [
        (None, None, 6, "6/12"),  # both dates missing: January to December
        ("2023-04", None, 6, "3/9"),  # April to December
        (None, "2023-08", 6, "6/8"),
        ("2023-04", "2023-09", 3, "0"),  # before the window
        ("2023-04", "2023-09", 4, "1/6"),  # the first month is already a sixth
        ("2023-04", "2023-09", 9, "1"),
        ("2023-04", "2023-09", 11, "1"),  # after the window
        ("2021-05", "2025-06", 3, "3/12"),  # clipped to the year on both sides
        ("2020-01", "2022-12", 1, "1"),  # finish before the year: all is due from January
        ("2024-02", "2025-06", 12, "0"),  # start after the year
        ("2024-02", None, 12, "0"),
        ("2023-09", "2023-04", 6, "6/12"),  # start after finish: both dates are dropped
    ],
)
def test_the_share_is_the_part_of_the_window_gone_by(
    start: str | None, finish: str | None, month: int, share: str
) -> None:
    found = due(month, plan(start=start, finish=finish))
    assert found.share == Fraction(share)
    assert found.wan == 1200 * Fraction(share)


def test_dates_of_one_month_are_no_fault_even_if_the_finish_is_known_to_the_month_alone() -> None:
    found = due(5, plan(start="2023-05-20", finish="2023-05"))  # kept as 2023-05-01
    assert (found.share, found.schedule.notices, found.schedule.planned_start) == (1, (), day("2023-05-20"))


def test_start_after_finish_drops_both_dates_and_says_so() -> None:
    found = due(6, plan(start="2023-09", finish="2023-04"))
    assert (found.schedule.planned_start, found.schedule.planned_finish) == (None, None)
    assert found.schedule.notices == ("计划开工（2023年9月）晚于计划竣工（2023年4月），两个日期都不采用",)


@pytest.mark.parametrize(
    ("start", "finish", "entry", "month", "share"),
    [
        ("2023-03", None, 9, 9, "1/4"),  # 增补 in September: September to December
        ("2023-11", None, 9, 10, "0"),  # its own start is later
        ("2023-03", "2023-06", 9, 9, "1"),  # finish before the entry month: all is due from the entry month
        ("2020-01", "2022-12", 9, 9, "1"),
    ],
)
def test_an_added_project_has_no_window_before_its_entry_month(
    start: str | None, finish: str | None, entry: int, month: int, share: str
) -> None:
    assert due(month, plan(start=start, finish=finish), entry=entry).share == Fraction(share)


@pytest.mark.parametrize(
    ("start", "finish", "month", "share"),
    [
        (None, None, 6, "6/12"),
        ("2023-04", "2023-06", 6, "6/12"),  # the finish is ignored: m/12
        ("2023-04", None, 3, "0"),  # but 0 before the planned start
        ("2023-04", None, 4, "4/12"),
        ("2020-01", "2022-12", 1, "1/12"),
        ("2024-02", None, 12, "0"),
    ],
)
def test_with_the_calendar_year_as_basis_a_twelfth_is_due_each_month(
    start: str | None, finish: str | None, month: int, share: str
) -> None:
    assert due(month, plan(start=start, finish=finish), basis=Basis.YEAR).share == Fraction(share)


def test_both_bases_are_shown_whichever_counts() -> None:
    for basis in Basis:
        found = due(6, plan(start="2023-04", finish="2023-09"), basis=basis)
        assert (found.window_share, found.window_wan) == (Fraction(1, 2), 600)
        assert (found.year_share, found.year_wan) == (Fraction(6, 12), 600)
    none = due(6)
    assert (none.window_wan, none.year_wan, none.wan) == (None, None, None)


@pytest.mark.parametrize(
    ("month", "wan"),
    [
        (3, "0"),  # before the window
        (4, "50"),  # halfway from 0 in March to 100 in May
        (5, "100"),  # given
        (6, "200"),  # 100 + (400 - 100) × 1/3
        (7, "300"),
        (8, "400"),
        (9, "800"),  # halfway from 400 in August to the annual plan in October, the window's end
        (10, "1200"),
        (12, "1200"),
    ],
)
def test_the_monthly_plan_is_taken_as_given_and_interpolated_between(month: int, wan: str) -> None:
    assert due(month, plan(start="2023-04", finish="2023-10", cumulative={5: "100", 8: "400"})).wan == Fraction(wan)


def test_a_value_at_the_windows_end_or_later_stands_for_the_annual_plan_and_a_difference_is_a_notice() -> None:
    found = due(12, plan(finish="2023-10", cumulative={6: "300", 11: "1000"}))
    assert found.wan == 1000
    assert found.schedule.notices == ("分月累计计划最后一月（11月）为1000万元，与年度计划1200万元不一致",)
    assert due(12, plan(finish="2023-10", cumulative={6: "300", 11: "1200"})).schedule.notices == ()


def test_a_value_before_the_window_counts_as_given() -> None:
    version = plan(start="2023-06", cumulative={2: "40", 6: "200"})
    values = [due(month, version).wan for month in (1, 2, 4, 6)]
    assert values == [0, 40, 120, 200]  # April: halfway from 40 to 200


def test_without_an_annual_plan_the_last_monthly_value_is_it() -> None:
    found = due(12, plan(None, cumulative={6: "300", 10: "900"}))
    assert (found.annual_wan, found.wan, found.has_annual_plan) == (D(900), 900, True)


def test_a_monthly_plan_of_a_project_starting_after_the_year_counts_only_where_given() -> None:
    version = plan(start="2024-01", cumulative={11: "10"})
    assert [due(month, version).wan for month in (10, 11, 12)] == [0, 10, 0]


@pytest.mark.parametrize("annual", [None, "0"])
def test_no_or_zero_annual_plan_leaves_investment_without_plan(annual: str | None) -> None:
    found = due(6, plan(annual))
    assert (found.wan, found.has_annual_plan) == (None, False)
    assert found.physical_pct == 50  # percent of the year's target is still due


def test_the_planned_percent_is_the_plans_figure_for_the_month_else_the_share() -> None:
    version = plan(physical={6: "70"})
    assert (due(6, version).physical_pct, due(7, version).physical_pct) == (70, Fraction(700, 12))


@pytest.mark.parametrize(
    ("start", "finish", "month", "share"),
    [
        ("2022-07", "2024-06", 6, "12/24"),  # July 2022 to June 2024 are 24 months, 12 of them gone by
        (None, "2024-12", 6, "6/24"),  # the year's first month stands in
        ("2022-01", None, 6, "18/24"),  # the year's last month stands in
        (None, None, 6, "6/12"),
        ("2024-03", None, 6, "0"),
        (None, "2022-06", 6, "1"),
        ("2023-09", "2023-04", 6, "6/12"),  # a fault drops both here too
    ],
)
def test_the_whole_construction_window_runs_over_the_years(
    start: str | None, finish: str | None, month: int, share: str
) -> None:
    for basis in Basis:
        assert due(month, plan(start=start, finish=finish), basis=basis).construction_share == Fraction(share)


def test_the_version_in_force_on_the_months_last_day_counts() -> None:
    first, revised = plan("1200"), plan("600", effective="2023-06-30")
    assert due(5, first, revised).annual_wan == 1200
    assert due(6, first, revised).annual_wan == 600
    assert in_force([revised], day("2023-06-29")) is None
    same_day = plan("700", effective="2023-06-30")
    assert in_force([first, revised, same_day], day("2023-06-30")) is same_day  # the later recorded


def test_a_monthly_plan_of_a_december_start_counts_and_a_value_at_the_windows_end_is_no_second_one() -> None:
    assert due(12, plan(start="2023-12", cumulative={12: "1200"})).wan == 1200
    assert due(12, plan(start="2023-12", cumulative={11: "10"})).wan == 1200
    # The window is April to October; a value in October itself stands, the annual plan is not put in its place.
    october = plan(start="2023-04", finish="2023-10", cumulative={4: "70", 10: "900"})
    assert [due(month, october).wan for month in (3, 4, 7, 10, 12)] == [0, 70, 485, 900, 900]  # 70 + 830 × 3/6
    # A first value before the window's first month: no zero is put before it.
    early = plan(start="2023-06", finish="2023-12", cumulative={5: "40", 7: "240"})
    assert [due(month, early).wan for month in (4, 5, 6, 7)] == [0, 40, 140, 240]


def test_a_plan_that_begins_next_year_has_only_what_its_own_months_say() -> None:
    version = plan(start="2024-01", cumulative={11: "10", 12: "30"})
    assert [due(month, version).wan for month in (10, 11, 12)] == [0, 10, 30]
