"""Proportions: counts below 20 cases, above them a percentage with Wilson's interval."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.proportions import Proportion


@pytest.mark.parametrize(
    ("count", "cases", "low", "high"),
    [
        # z² = 3.8415. Half of 20: (0.5 + 3.8415/40) ÷ (1 + 3.8415/20) = 0.5; ± 1.96 × √(0.0125 + 3.8415/1600) ÷ 1.1921
        # = 1.96 × 0.12207 ÷ 1.1921 = 0.2007
        (10, 20, "29.9", "70.1"),
        (0, 20, "0.0", "16.1"),  # 3.8415 ÷ (20 + 3.8415) = 0.1611
        (20, 20, "83.9", "100.0"),
        # (0.9 + 0.038415) ÷ 1.07683 = 0.87146; ± 1.96 × √(0.0018 + 0.00038415) ÷ 1.07683 = 0.08506
        (45, 50, "78.6", "95.7"),
        (81, 263, "25.5", "36.6"),  # Newcombe 1998, table I: 0.2553 to 0.3662
        (15, 148, "6.2", "16.0"),  # the same: 0.0624 to 0.1605 (0.16049)
    ],
)
def test_wilsons_interval(count: int, cases: int, low: str, high: str) -> None:
    assert Proportion(count, cases).interval == (Decimal(low), Decimal(high))


def test_below_20_cases_there_are_counts_only() -> None:
    few = Proportion(19, 19)
    assert (few.ratio, few.interval, few.words) == (None, None, "19/19")
    assert Proportion(0, 0).words == "0/0"
    assert Proportion(17, 20).ratio == Fraction(17, 20)
    assert Proportion(17, 20).words == "17/20，85.0%（64.0—94.8）"


@pytest.mark.parametrize(("count", "cases"), [(3, 2), (-1, 2)])
def test_more_than_all_is_no_proportion(count: int, cases: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        Proportion(count, cases)


@given(st.integers(20, 5000).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases))))
def test_the_interval_holds_the_proportion_and_mirrors_its_opposite(drawn: tuple[int, int]) -> None:
    count, cases = drawn
    interval, opposite = Proportion(count, cases).interval, Proportion(cases - count, cases).interval
    assert interval is not None and opposite is not None
    assert interval[0] - Decimal("0.05") <= Decimal(100 * count) / cases <= interval[1] + Decimal("0.05")
    assert abs(interval[0] + opposite[1] - 100) <= Decimal("0.1")
