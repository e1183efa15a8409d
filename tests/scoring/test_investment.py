"""Investment this year: each kind a series of its own; blank is never 0, a gap is never guessed."""

from decimal import Decimal

import pytest

from scoring.facts import Investment, Record
from scoring.investment import Invested, Source, invested
from scoring.rulebook import InvestmentKind
from tests.scoring.cases import D, book, record


def at(month: int, *records: Record, zero_before: int = 1) -> Invested:
    return invested(book().investment, {one.month: one for one in records}, month, zero_before)


def test_a_year_to_date_counts_as_given_even_below_the_month_before() -> None:
    assert at(3, record(2, "500"), record(3, "450")).stated_wan == D(450)


def test_a_months_figure_is_added_to_the_month_before_given_or_derived() -> None:
    found = at(4, record(2, "500"), record(3, month_wan="40"), record(4, month_wan="60.50"))
    assert found.stated_wan == D("600.50")
    assert found.counted.sources == (
        Source(4, "verified_month_wan", 4),
        Source(3, "verified_month_wan", 3),
        Source(2, "verified_ytd_wan", 2),
    )


def test_january_starts_from_nothing() -> None:
    assert at(1, record(1, month_wan="80")).stated_wan == D(80)


def test_a_month_without_a_figure_before_the_window_counts_0_and_keeps_what_came_before() -> None:
    assert at(5, record(5, month_wan="70"), zero_before=5).stated_wan == D(70)
    assert at(5, record(2, "30"), record(5, month_wan="70"), zero_before=5).stated_wan == D(100)


def test_a_gap_leaves_the_year_to_date_absent_and_names_the_missing_months() -> None:
    found = at(6, record(3, "500"), record(6, month_wan="40"))
    assert (found.stated_wan, found.counted.missing, found.counted.is_stated) == (None, (4, 5), True)
    assert found.notices == ("督查核实投资缺4—5月数据，6月的本年累计无法推算",)
    assert at(6, record(3, "500"), record(4), record(5, "520"), record(6, month_wan="40")).stated_wan == D(560)


def test_a_blank_month_has_no_value_and_no_gap() -> None:
    found = at(6, record(5, "500"), record(6))
    assert (found.stated_wan, found.counted.missing, found.notices) == (None, (), ())


@pytest.mark.parametrize(
    ("verified", "reported", "counted", "kind"),
    [
        ("400", "420", "400", InvestmentKind.VERIFIED),
        (None, "420", "420", InvestmentKind.REPORTED),  # 核实 has no value
        ("0", "420", "0", InvestmentKind.VERIFIED),  # 0 is a value
        (None, None, None, InvestmentKind.VERIFIED),
    ],
)
def test_the_verified_figure_counts_if_it_has_a_value_else_the_reported(
    verified: str | None, reported: str | None, counted: str | None, kind: InvestmentKind
) -> None:
    found = at(6, record(6, verified, reported=reported))
    assert (found.stated_wan, found.counted.kind) == (None if counted is None else D(counted), kind)


def test_a_gap_in_the_verified_series_lets_the_reported_figure_count() -> None:
    found = at(6, record(6, month_wan="40", reported="300"))
    assert (found.stated_wan, found.counted.kind, found.notices) == (D(300), InvestmentKind.REPORTED, ())


def test_the_kinds_are_never_added_to_one_another() -> None:
    """核实 500 by March, 上报 alone in April: April's 核实 month figure needs a 核实 year-to-date before it."""
    found = at(5, record(3, "500"), record(4, reported="540"), record(5, month_wan="20"))
    assert found.stated_wan is None
    assert found.counted.missing == (4,)


@pytest.mark.parametrize(
    ("verified", "reported", "speaks"),
    [
        ("90", "100", False),  # exactly 10 % of 上报
        ("89.99", "100", True),
        ("110", "100", False),
        ("110.01", "100", True),
        ("0", "0", False),
        ("1", "0", True),
    ],
)
def test_verified_apart_from_reported_by_more_than_a_tenth_is_a_notice(
    verified: str, reported: str, speaks: bool
) -> None:
    notices = at(6, record(6, verified, reported=reported)).notices
    words = f"督查核实{verified}万元与上报{reported}万元相差超过上报数的10%"
    assert notices == ((words,) if speaks else ())


def test_the_statistical_figure_counts_only_where_the_book_says_so() -> None:
    row = Record(6, statistical=Investment(ytd_wan=Decimal(77)), columns=frozenset({"statistical_ytd_wan"}))
    assert at(6, row).stated_wan is None
    rules = book(investment_basis='["statistical"]').investment
    found = invested(rules, {6: row}, 6, 1)
    assert (found.stated_wan, found.counted.kind.words) == (D(77), "纳统")
