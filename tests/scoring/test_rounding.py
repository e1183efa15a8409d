"""Rounding: half-up, once per printed level, from exact ratios."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rounding import Exact, exact, figure, half_up, percent


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(66675, 1000), "66.68"),  # 66.675: the half goes up, where binary floats go down
        (Fraction(2, 3), "0.67"),
        (Fraction(40 * 2, 3), "26.67"),
        (Decimal("0.005"), "0.01"),
        (Decimal("0.0049999999"), "0.00"),
        (Decimal("-0.005"), "-0.01"),  # away from zero, as Excel's ROUND
        (7, "7.00"),
    ],
)
def test_a_half_is_rounded_up(value: Fraction | Decimal | int, rounded: str) -> None:
    assert str(half_up(value)) == rounded


def test_a_quotient_is_rounded_without_an_intermediate() -> None:
    assert half_up(60 * Decimal(2), over=7) == Decimal("17.14")  # 17.142857…
    assert half_up(1, over=Decimal("-8")) == Decimal("-0.13")
    assert half_up(Fraction(70333, 100000), 4) == Decimal("0.7033")


@given(st.decimals(-(10**12), 10**12, places=6))
def test_half_up_agrees_with_the_decimal_module(value: Decimal) -> None:
    assert half_up(value) == value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("1750.00"), "1750"), (Decimal("583.333"), "583.33"), (Fraction(1, 2), "0.5"), (0, "0"), (1000, "1000")],
)
def test_a_figure_has_two_decimals_at_most_and_no_trailing_zeros(value: Fraction | Decimal | int, text: str) -> None:
    assert figure(value) == text


def test_a_percentage_never_hides_on_which_side_of_a_cut_it_lies() -> None:
    cut = Fraction(80, 100)
    assert percent(Fraction(4220, 6000), cut) == "70.3%"
    assert percent(Fraction(7996, 10000), cut) == "79.96%"  # not 80.0%
    assert percent(Fraction(799999, 1000000), cut) == "79.9999%"
    assert percent(cut, cut) == "80.0%"
    assert percent(cut - Fraction(1, 10**12), cut) == "80.000000%"  # six decimals are the most anyone reads


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("33.3333"), "33.3333"),
        (Decimal("10.50"), "10.5"),
        (1200, "1200"),
        (Fraction(1, 1000000), "0.000001"),
        (Fraction(100, 3), "100／3"),
        (Fraction(1, 10000000), "1／10000000"),
        (Decimal("-0.25"), "-0.25"),
    ],
)
def test_a_figure_in_full_has_all_its_decimals_or_stands_as_a_fraction(value: Exact, words: str) -> None:
    assert exact(value) == words
