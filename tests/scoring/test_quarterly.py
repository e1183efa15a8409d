"""Quarter and final: the mean of the scored months, then 20/30/50 over the begun quarters that have a score."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest

from scoring.assessment import Assessment
from scoring.facts import EventKind, Project
from scoring.quarterly import final_score
from scoring.rulebook import MissingQuarter, RuleBook
from tests.scoring.cases import D, book, event, project, scored

Scores = Mapping[str, Decimal | None]


def assess(one: Project, rules: RuleBook | None = None, months: tuple[int, ...] = ()) -> Assessment:
    return Assessment(rules or book(), 2023, months or tuple(sorted(one.records)), one)


def quarters(one: Assessment, through: int = 12, published: Scores | None = None) -> dict[int, Decimal | None]:
    return {quarter.quarter: quarter.score for quarter in one.quarters(through, published)}


def final(one: Assessment, missing: MissingQuarter = MissingQuarter.RENORMALISE, through: int = 12) -> Decimal | None:
    return final_score(one.book.final, one.quarters(through), missing).score


def test_a_quarter_is_the_mean_of_its_scored_months_so_far() -> None:
    one = assess(scored("P1", {4: "80", 5: "85", 6: "90.01", 7: "70"}))
    assert quarters(one) == {2: D("85.00"), 3: D("70.00")}  # 255.01 / 3 = 85.0033…
    assert quarters(one, through=5) == {2: D("82.50")}
    assert quarters(assess(scored("P1", {4: "80.01", 5: "80.02"}))) == {2: D("80.02")}  # 80.015 is rounded up


def test_a_month_left_out_is_no_part_of_the_mean_and_a_zero_by_policy_is() -> None:
    one = assess(scored("P1", {4: "80", 6: "90"}), months=(4, 5, 6))
    assert quarters(one) == {2: D("85.00")}  # May was 未督查
    strict = assess(scored("P1", {4: "80", 6: "90"}), book(未督查='"zero"'), months=(4, 5, 6))
    assert quarters(strict) == {2: D("56.67")}  # (80 + 0 + 90) / 3


def test_the_final_weighs_the_quarters_20_30_50() -> None:
    one = assess(scored("P1", {2: "10", 5: "80", 8: "90", 11: "70"}))
    assert final(one) == D("78.00")  # 80×20 % + 90×30 % + 70×50 % = 16 + 27 + 35; the first quarter has no weight


def test_quarters_not_begun_do_not_count() -> None:
    one = assess(scored("P1", {5: "80", 8: "90"}))
    found = final_score(book().final, one.quarters(12), MissingQuarter.RENORMALISE)
    assert found.score == D("86.00")  # (80×20 + 90×30) / 50
    assert found.effective_weights == {2: Fraction(40), 3: Fraction(60)}


@pytest.mark.parametrize(
    ("kind", "zeroed"),
    [(None, True), (EventKind.SUSPENDED, False), (EventKind.EXEMPT, False)],
)
def test_a_begun_quarter_without_score_is_left_out_or_counts_0(kind: EventKind | None, zeroed: bool) -> None:
    """Q3 has no score: 未督查 counts 0 under `zero`, 暂缓 and 免考 do not."""
    events = []
    if kind is EventKind.SUSPENDED:
        events = [event(kind, "2023-07-01"), event(EventKind.RESUMED, "2023-10-01")]
    if kind is EventKind.EXEMPT:
        events = [event(kind, "2023-07-01", 7, 8)]
    one = assess(scored("P1", {5: "80", 11: "70"}, events=tuple(events)), months=(5, 7, 8, 11))
    assert final(one) == D("72.86")  # (80×20 + 70×50) / 70 = 72.857…
    assert final(one, MissingQuarter.ZERO) == (D("51.00") if zeroed else D("72.86"))  # (1600 + 0 + 3500) / 100


def test_a_quarter_before_the_entry_does_not_count_0() -> None:
    one = assess(scored("P1", {11: "70"}, events=(event(EventKind.ADDED, "2023-10-01"),)), months=(5, 8, 11))
    assert final(one, MissingQuarter.ZERO) == D("70.00")


def test_one_month_that_is_not_excused_is_enough_to_count_0() -> None:
    exempt = (event(EventKind.EXEMPT, "2023-07-01", 7),)
    one = assess(scored("P1", {5: "80"}, events=exempt), months=(5, 7, 8))  # August was 未督查
    assert final(one, MissingQuarter.ZERO) == D("32.00")  # (80×20 + 0×30) / 50


def test_nothing_scored_is_no_final_under_either_policy() -> None:
    one = assess(project(), months=(5, 8))
    assert [final(one, missing) for missing in MissingQuarter] == [None, None]
    assert final(assess(scored("P1", {2: "90"}))) is None  # the first quarter alone


def test_published_quarter_scores_take_the_place_of_the_recomputed_ones() -> None:
    one = assess(scored("P1", {5: "80", 8: "90"}))
    assert quarters(one, published={"Q2": D("81.50"), "Q4": D("99")}) == {2: D("81.50"), 3: D("90.00")}
    assert [quarter.is_published for quarter in one.quarters(12, {"Q2": None})] == [True, False]
    found = final_score(book().final, one.quarters(12, {"Q2": None}), MissingQuarter.RENORMALISE)
    assert found.score == D("90.00")
