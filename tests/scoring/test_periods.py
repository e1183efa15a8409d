"""Periods: what 2023-10, 2023Q3 and 2023 mean, and what a running one is called."""

import pytest

from scoring.periods import PeriodError, PeriodKind, interim_label, month_range, parse, previous


@pytest.mark.parametrize(
    ("text", "kind", "months", "words"),
    [
        ("2023-10", PeriodKind.MONTH, (10,), "2023年10月"),
        ("2023Q3", PeriodKind.QUARTER, (7, 8, 9), "2023年三季度"),
        ("2023", PeriodKind.YEAR, tuple(range(1, 13)), "2023年度"),
    ],
)
def test_a_period_is_read_and_written_the_same(
    text: str, kind: PeriodKind, months: tuple[int, ...], words: str
) -> None:
    period = parse(text)
    assert (period.kind, period.months, period.words, period.text) == (kind, months, words, text)


@pytest.mark.parametrize("text", ["2023-13", "2023-1", "2023Q5", "10月", "", "2023-10-01"])
def test_what_is_no_period_is_refused_with_the_three_spellings(text: str) -> None:
    with pytest.raises(PeriodError, match="请写成2023-10（月）、2023Q3（季度）或2023（年度）。"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "committed", "label"),
    [
        ("2023Q4", {10, 11}, "中间值（四季度仅含10—11月）"),
        ("2023Q4", {10}, "中间值（四季度仅含10月）"),
        ("2023Q4", {10, 11, 12}, ""),
        ("2023Q4", {10, 12}, ""),  # no longer running: December is committed
        ("2023", {4, 5, 6, 7, 8, 9, 10}, "中间值（四季度仅含10月）"),
        ("2023", {4, 5, 6}, "中间值（截至二季度）"),
        ("2023", set(range(1, 13)), ""),
        ("2023-10", {10}, ""),
        ("2023Q4", {9}, "2023年四季度尚无已确认的督查数据"),
    ],
)
def test_a_running_period_is_labelled_with_the_months_it_holds(text: str, committed: set[int], label: str) -> None:
    assert interim_label(parse(text), committed) == label


@pytest.mark.parametrize(
    ("text", "committed", "before"),
    [
        ("2023-10", {7, 8, 10}, "2023-08"),  # September is not committed
        ("2023-07", {7, 8}, None),
        ("2023Q4", {4, 10}, "2023Q2"),
        ("2023Q2", {4}, None),
        ("2023", {4, 10}, None),
    ],
)
def test_the_previous_period_is_the_nearest_earlier_one_with_a_committed_month(
    text: str, committed: set[int], before: str | None
) -> None:
    found = previous(parse(text), committed)
    assert (found and found.text) == before


@pytest.mark.parametrize(
    ("months", "words"),
    [((10,), "10月"), ((7, 8), "7—8月"), ((7, 8, 9), "7—9月"), ((7, 9), "7、9月"), ((1, 2, 4), "1、2、4月")],
)
def test_months_without_a_gap_are_a_range_and_with_one_are_listed(months: tuple[int, ...], words: str) -> None:
    assert month_range(months) == words
