"""督查组一致性: means, spread, ceiling, scores copied forward, and the same after allowing for the projects."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from scoring import facts
from scoring.assessment import Assessed
from scoring.consistency import MINIMUM, UNNAMED, Given, TeamFigures, consistency, given_scores, monthly_means
from tests.scoring.cases import book

D = Decimal


def scores(team: str, month: int, *values: str, first: int = 1, computed: str | None = None) -> list[Given]:
    """One score each for projects P1, P2 …"""
    return [
        Given(team, f"P{at}", month, D(value), None if computed is None else D(computed))
        for at, value in enumerate(values, start=first)
    ]


def only(found: tuple[TeamFigures, ...]) -> TeamFigures:
    [one] = found
    return one


EIGHT = ("80", "82", "84", "86", "88", "90", "95", "100")


def test_mean_spread_and_ceiling_of_eight_scores() -> None:
    one = only(consistency(scores("一组", 10, *EIGHT), {10}))
    # Σ = 705, 705 ÷ 8 = 88.125 → 88.13
    assert (one.number, one.projects, one.mean, one.lowest, one.highest) == (8, 8, D("88.13"), D(80), D(100))
    # Σx² = 62445, 62445 − 705²÷8 = 316.875, ÷ 7 = 45.2678…, √ = 6.728… → 6.73
    assert one.deviation == D("6.73")
    # 95 and 100 are at the ceiling: 2 ÷ 8 = 25.0 %; one has full marks: 12.5 %
    assert (one.near_full, one.near_full_pct, one.full, one.full_pct) == (2, D("25.0"), 1, D("12.5"))


def test_below_eight_scores_there_are_counts_only() -> None:
    one = only(consistency(scores("一组", 10, *EIGHT[:7], computed="80"), {10}))
    assert (one.number, one.near_full, one.lowest, one.highest) == (7, 1, D(80), D(95))
    assert (one.mean, one.deviation, one.near_full_pct, one.full_pct, one.difference) == (None,) * 5


def test_a_score_copied_forward_is_the_same_as_in_the_month_before() -> None:
    september = scores("一组", 9, "80", "90", "100", "70", "60", "61", "62", "63")
    october = scores("一组", 10, "80", "91", "100", "70", "60", "61", "62", "63", "99")
    one = only(consistency([*september, *october], {10}))
    # P2 moved, P9 is new: 7 of 8 followed; P3 stays at full marks, so 6 below them. 7 ÷ 8 = 87.5 %
    assert (one.followed, one.copied, one.copied_below_full, one.copied_pct) == (8, 7, 6, D("87.5"))


def test_the_month_before_is_the_one_before_with_scores() -> None:
    one = only(consistency([*scores("一组", 7, *EIGHT), *scores("一组", 10, *EIGHT)], {10}))
    assert (one.followed, one.copied) == (8, 8)


def test_the_first_month_has_nothing_to_copy_from() -> None:
    one = only(consistency(scores("一组", 1, *EIGHT), {1}))
    assert (one.followed, one.copied, one.copied_pct) == (0, 0, None)


def test_a_team_is_lenient_against_the_others_by_what_its_scores_exceed_the_computed_ones() -> None:
    """一组 gives 3 above computed, 二组 1 below; together (8×3 − 8×1) ÷ 16 = +1: so +2 and −2."""
    lenient = scores("一组", 10, *["83"] * 8, computed="80")
    strict = scores("二组", 10, *["49"] * 8, first=9, computed="50")
    found = {one.team: one for one in consistency([*lenient, *strict], {10})}
    assert (found["一组"].difference, found["一组"].relative_difference) == (D("3.00"), D("2.00"))
    assert (found["二组"].difference, found["二组"].relative_difference) == (D("-1.00"), D("-2.00"))
    # The means alone would call 二组 34 points stricter.
    assert (found["一组"].mean, found["二组"].mean) == (D("83.00"), D("49.00"))


def test_the_same_project_under_other_teams_is_its_own_yardstick() -> None:
    before = scores("二组", 9, *["80"] * 8)
    now = scores("一组", 10, *["84"] * 8)
    found = only(consistency([*before, *now], {10}))
    assert (found.rotated, found.own_difference) == (8, D("4.00"))


def test_projects_that_never_changed_teams_say_nothing_of_their_own() -> None:
    found = only(consistency([*scores("一组", 9, *EIGHT), *scores("一组", 10, *EIGHT)], {9, 10}))
    assert (found.rotated, found.own_difference) == (0, None)


def test_monthly_means_are_by_team_and_month() -> None:
    found = monthly_means([*scores("二组", 9, *EIGHT), *scores("一组", 10, "70")])
    assert [(one.team, one.month, one.number, one.mean) for one in found] == [
        ("一组", 10, 1, None),
        ("二组", 9, 8, D("88.13")),
    ]


def test_teams_stand_in_the_order_in_which_one_counts() -> None:
    found = [
        *scores("督查三组", 10, "70"),
        *scores("督查二组", 10, "70", first=2),
        *scores("督查一组", 10, "70", first=3),
    ]
    assert [one.team for one in consistency(found, {10})] == ["督查一组", "督查二组", "督查三组"]


@drawn(st.lists(st.integers(0, 10_000), min_size=MINIMUM, max_size=30))
def test_the_deviation_is_the_nearest_hundredth(values: list[int]) -> None:
    one = only(consistency(scores("一组", 10, *(str(D(value).scaleb(-2)) for value in values)), {10}))
    mean = Fraction(sum(values), len(values))
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    shown = Fraction(one.deviation or 0) * 100
    assert max(shown - Fraction(1, 2), Fraction(0)) ** 2 <= variance < (shown + Fraction(1, 2)) ** 2


# ---- which scores are a team's --------------------------------------------------------------------------------------


def programme(**record: object) -> facts.Programme:
    plan = facts.Plan(effective_on=date(2023, 1, 1), annual_investment_wan=D(1200))
    made = facts.Record(10, **record)  # type: ignore[arg-type]
    project = facts.Project("P1", "甲", "重大工业和服务业", plans=(plan,), records={10: made})
    return facts.Programme("T", 2023, ("重大工业和服务业",), frozenset({10}), (project,))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"team": "一组", "team_score": D(88)}, [("一组", D("88.00"))]),
        ({"team": "一组", "sheet_score": D(77)}, [("一组", D("77.00"))]),  # the sheet names the team beside its score
        ({"sheet_score": D(77)}, [(UNNAMED, D("77.00"))]),
        ({"team": "一组", "reported": facts.Investment(ytd_wan=D(500))}, []),  # computed: nobody gave it
        ({"team": "一组", "declaration": facts.Declaration.REFUSED}, []),  # 0.00 by policy
        ({"team": "一组"}, []),
    ],
)
def test_a_score_is_a_teams_when_a_person_gave_it(record: dict[str, object], expected: list[tuple[str, D]]) -> None:
    found = given_scores(Assessed(book(), programme(**record)), 10)
    assert [(one.team, one.score) for one in found] == expected


def test_a_given_score_is_compared_with_what_its_record_comes_to_and_points_by_indicator_are_not() -> None:
    invested = facts.Investment(ytd_wan=D(500))
    # 60 × 500 ÷ 1000 = 30.00 of 60 → 50.00
    columns = frozenset({"reported_ytd_wan"})
    [one] = given_scores(
        Assessed(book(), programme(team="一组", team_score=D(88), reported=invested, columns=columns)), 10
    )
    assert one.computed == D("50.00")
    points = {"投资完成": D(50), "形象进度": D(30)}
    [other] = given_scores(Assessed(book(), programme(team="一组", indicator_points=points)), 10)
    assert (other.score, other.computed) == (D("80.00"), None)
