"""A trial: exactly those move whom the changed figure concerns, and the farthest stand first."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.facts import Light, OutlookVerdict, Programme, Project
from scoring.periods import parse as period
from scoring.rulebook import RuleBook, parse
from scoring.trial import Count, Move, Trial, compare, side
from tests.scoring.cases import D, book, default_text, programme, project, record, scored


def with_text(*replacements: tuple[str, str]) -> RuleBook:
    text = default_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return parse(text)


def tried(facts: Programme | Sequence[Project], other: RuleBook, of: str = "2023-06") -> Trial:
    if not isinstance(facts, Programme):
        facts = programme(*facts)
    return compare(side(book(), facts, period(of)), side(other, facts, period(of)))


def codes(trial: Trial) -> list[str]:
    return [move.code for move in trial.moves]


def count(counts: Sequence[Count], value: str | None) -> tuple[int, int]:
    return next((one.old, one.new) for one in counts if one.value == value)


YELLOW_AT_85 = with_text(("yellow_below = { value = 0.80", "yellow_below = { value = 0.85"))


def test_a_raised_light_moves_exactly_the_projects_between_the_two_values() -> None:
    """600万元 are due by June. 0.80 ≤ ratio < 0.85 turns yellow: 480 (0.80 exactly) and 509 do, 510 and 479 do not."""
    done = {"A": "479", "B": "480", "C": "509", "D": "510", "E": "600"}
    rows = [project(code, record(6, wan, team_score="80")) for code, wan in done.items()]
    found = tried(rows, YELLOW_AT_85)
    assert sorted(codes(found)) == ["B", "C"]
    assert {move.code: (move.old.light, move.new.light) for move in found.moves} == {
        "B": (Light.GREEN, Light.YELLOW),
        "C": (Light.GREEN, Light.YELLOW),
    }
    assert (count(found.lights, "yellow"), count(found.lights, "green")) == ((1, 3), (4, 2))
    assert (found.projects, found.groups[0].light_changed, found.groups[0].score_changed) == (5, 2, 0)
    assert {move.code for move in found.still} == {"A", "D", "E"}


@given(st.lists(st.integers(0, 700), min_size=1, max_size=8), st.integers(60, 100))
def test_whatever_the_threshold_only_projects_between_old_and_new_change_their_light(done: list[int], cut: int) -> None:
    """Against an independent rule: 600 are due, so yellow below 0.80 means below 480, below cut/100 below 6 × cut."""
    other = with_text(("yellow_below = { value = 0.80", f"yellow_below = {{ value = {cut / 100:.2f}"))
    rows = [project(f"P{number}", record(6, str(wan))) for number, wan in enumerate(done)]
    low, high = sorted((480, 6 * cut))
    between = {f"P{number}" for number, wan in enumerate(done) if low <= wan < high and wan >= 360}
    moved = {move.code for move in tried(rows, other).moves if move.old.light is not move.new.light}
    assert moved == between


def test_a_moved_tier_moves_exactly_the_projects_between_the_two_starts() -> None:
    other = with_text(
        ('from = { value = 90, unit = "分" }', 'from = { value = 92, unit = "分" }'),
        ('below = { value = 90, unit = "分" }', 'below = { value = 92, unit = "分" }'),
    )
    scores = {"A": "92", "B": "91.99", "C": "90", "D": "89.99"}
    found = tried([scored(code, {6: score}) for code, score in scores.items()], other)
    assert [(move.code, move.old.tier, move.new.tier) for move in found.moves] == [
        ("B", "优秀", "良好"),
        ("C", "优秀", "良好"),
    ]
    assert (count(found.tiers, "优秀"), count(found.tiers, "良好")) == ((3, 1), (1, 3))
    assert (found.groups[0].tier_changed, found.groups[0].up, found.groups[0].down) == (2, 0, 0)


def test_other_weights_move_scores_and_ranks_and_the_farthest_move_stands_first() -> None:
    """Finals of Q2, Q3, Q4 by 20/30/50 and by 60/20/20, worked by hand:
    A 60, 60, 90: 12+18+45 = 75 → 36+12+18 = 66; B 90, 70, 60: 18+21+30 = 69 → 54+14+12 = 80;
    C 80, 72, 66: 16+21.6+33 = 70.6 → 48+14.4+13.2 = 75.6. Ranks A1 C2 B3 → B1 C2 A3.
    """
    other = with_text(
        ("Q2 = { value = 20", "Q2 = { value = 60"),
        ("Q3 = { value = 30", "Q3 = { value = 20"),
        ("Q4 = { value = 50", "Q4 = { value = 20"),
    )
    rows = [
        scored("A", {4: "60", 7: "60", 10: "90"}),
        scored("B", {4: "90", 7: "70", 10: "60"}),
        scored("C", {4: "80", 7: "72", 10: "66"}),
    ]
    found = tried(rows, other, "2023")
    assert [
        (move.code, move.old.score, move.new.score, move.rank_change, move.score_change) for move in found.moves
    ] == [
        ("B", D("69.00"), D("80.00"), 2, D("11.00")),
        ("A", D("75.00"), D("66.00"), -2, D("-9.00")),
        ("C", D("70.60"), D("75.60"), 0, D("5.00")),
    ]
    assert (found.groups[0].up, found.groups[0].down, found.groups[0].score_changed) == (1, 1, 3)


def test_who_comes_into_the_ranking_or_leaves_it_stands_before_all_others() -> None:
    """未督查 is left out by the book and 0.00 by the trial: B had no score and is last then."""
    rows = [scored("A", {5: "90", 6: "90"}), scored("B", {5: "80"})]
    found = tried(rows, book(未督查='"zero"'))
    (move,) = found.moves
    assert (move.code, move.old.score, move.old.rank, move.old.not_scored_reason) == ("B", None, None, "未督查")
    assert (move.new.score, move.new.rank, move.new.not_scored_reason) == (D("0.00"), 2, None)
    assert (move.rank_change, move.score_change) == (None, None)
    assert (found.not_ranked.old, found.not_ranked.new) == (1, 0)
    assert move.size == (True, 0, Decimal(0))


def test_other_groups_leave_no_change_of_rank_and_are_counted_by_the_new_ones() -> None:
    rows = [
        scored("A", {6: "90"}, group="甲类", responsible_unit="杨屯镇"),
        scored("B", {6: "80"}, group="甲类", responsible_unit="龙固镇"),
    ]
    found = tried(rows, book(peer_group='"unit"'))
    assert [(move.code, move.old.group, move.new.group, move.rank_change) for move in found.moves] == [
        ("A", "甲类", "杨屯镇", None),
        ("B", "甲类", "龙固镇", None),
    ]
    assert [(one.group, one.projects) for one in found.groups] == [("杨屯镇", 1), ("龙固镇", 1)]


def test_lists_and_outlooks_that_change_are_told_and_counted() -> None:
    """B has 95 of 100 %: 1140 of 1200 by December at its pace of 95 a month; a cut of 96 % makes it unlikely.
    One place on the red list (10 % of 2, rounded up) from 85 points: at 91 A, with 90, is no longer on it."""
    rows = [project("A", record(6, "600", team_score="90")), project("B", record(6, "570", team_score="60"))]
    other = with_text(
        ("cut = { value = 95", "cut = { value = 96"), ("at_least = { value = 85", "at_least = { value = 91")
    )
    found = tried(rows, other)
    changed = {
        move.code: (move.old.on_list, move.new.on_list, move.old.outlook, move.new.outlook) for move in found.moves
    }
    assert changed == {
        "A": ("red", None, OutlookVerdict.EXPECTED, OutlookVerdict.EXPECTED),
        "B": (None, None, OutlookVerdict.EXPECTED, OutlookVerdict.UNLIKELY),
    }
    assert count(found.lists, "red") == (1, 0)
    assert (count(found.outlooks, "expected"), count(found.outlooks, "unlikely")) == ((2, 1), (0, 1))
    assert count(found.outlooks, None) == (0, 0)


def test_the_book_in_force_moves_nobody() -> None:
    rows = [scored("A", {4: "90", 6: "100"}), scored("B", {4: "80"})]
    for of in ("2023-06", "2023Q2", "2023"):
        found = tried(rows, parse(default_text() + "\n# 只改了说明\n"), of)
        assert (found.moves, found.projects) == ((), 2)
    assert (found.full_marks.old, found.full_marks.new) == (0, 0)


def test_a_tier_that_is_no_longer_is_counted_to_nothing() -> None:
    other = with_text(('name = "优秀"', 'name = "先进"'))
    found = tried([scored("A", {6: "95"})], other)
    assert [(one.value, one.old, one.new) for one in found.tiers] == [
        ("先进", 0, 1),
        ("良好", 0, 0),
        ("一般", 0, 0),
        ("较差", 0, 0),
        ("优秀", 1, 0),
    ]


def test_quarters_that_another_book_governs_keep_their_scores_on_both_sides() -> None:
    """Q2 stands at 50 whatever the months say: 50 alone is the year's score so far, under either book."""
    facts = programme(scored("A", {4: "90"}))
    kept = {"A": {"Q2": D("50.00")}}
    old = side(book(), facts, period("2023"), quarter_scores=kept)
    new = side(with_text(("Q1 = { value = 0", "Q1 = { value = 0.0")), facts, period("2023"), quarter_scores=kept)
    assert (old.board.rows[0].score, compare(old, new).moves) == (D("50.00"), ())


def test_a_period_without_data_has_nobody_to_move() -> None:
    facts = programme(scored("A", {4: "90"}))
    found = tried(facts, YELLOW_AT_85, "2023-11")
    assert (found.moves, found.projects, found.groups) == ((), 0, ())


@pytest.mark.parametrize("first", ["2023-06", "2023Q2"])
def test_moves_of_one_size_stand_by_code(first: str) -> None:
    rows = [project(code, record(6, "480", team_score="80")) for code in "CAB"]
    found = tried(rows, YELLOW_AT_85, first)
    assert codes(found) == ["A", "B", "C"]
    assert all(isinstance(move, Move) and move.rank_change == 0 for move in found.moves)
    assert Fraction(found.projects) == 3
