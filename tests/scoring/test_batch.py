"""The batch engine: worked examples in hundredths, and equality with the explaining engine on random programmes."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scoring import batch
from scoring.assessment import Assessed
from scoring.batch import NO_RANK, NO_SCORE, Months
from scoring.facts import Programme
from scoring.periods import parse
from scoring.ranking import TOO_FEW_MONTHS, board
from scoring.rulebook import RuleBook
from tests.scoring import random_programmes
from tests.scoring.cases import D, book, programme, project, record, scored

POLICIES = {
    "basis": ("window", "year"),
    "missing_indicator": ("zero", "exclude"),
    "missing_quarter": ("renormalise", "zero"),
    "completed": ("full", "carry"),
    "completed_in_month_boards": ("apart", "ranked"),
    "tie_break": ("investment_ratio", "none"),
    "physical_basis": ("annual_target", "whole_project"),
    "未督查": ("exclude", "zero"),
    "暂缓": ("exclude", "zero"),
}
ALL_POLICIES = [dict(zip(POLICIES, chosen, strict=True)) for chosen in product(*POLICIES.values())]
PERIODS = tuple(f"2023-{month:02}" for month in range(1, 13)) + tuple(f"2023Q{quarter}" for quarter in range(1, 5))
YEAR = parse("2023")


def with_policies(policies: dict[str, str]) -> RuleBook:
    return book(**{name: f'"{value}"' for name, value in policies.items()})


def months(*rows: dict[int, int], **fields: Any) -> Months:
    """One row per project, month → hundredths; every month of any row is committed, ratios are 1 unless given."""
    size = len(rows)
    scores = np.full((size, 12), NO_SCORE, np.int64)
    for row, found in enumerate(rows):
        for month, points in found.items():
            scores[row, month - 1] = points
    given: dict[str, Any] = {
        "is_excused": np.zeros((size, 12), np.bool_),
        "by_completion": np.zeros(size, np.bool_),
        "committed": (scores >= 0).any(axis=0),
        "groups": np.zeros(size, np.int64),
        "ratio_numerators": np.ones(size, np.int64),
        "ratio_denominators": np.ones(size, np.int64),
    }
    given |= {name: np.array(value) for name, value in fields.items()}
    return Months(scores=scores, **given)


# ---- worked examples ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "mean"),
    [
        ((8000, 8001), 8001),  # 80.005 → 80.01: a half goes up
        ((8000, 8000, 8001), 8000),  # 80.0033…
        ((8000, 8001, 8001), 8001),  # 80.0066…
        ((0, 0, 1), 0),
        ((10000,), 10000),
    ],
)
def test_a_quarter_is_the_mean_of_its_scored_months_half_up(points: tuple[int, ...], mean: int) -> None:
    found = batch.score(book(), months(dict(zip((4, 5, 6), points, strict=False))), parse("2023Q2"))
    assert found.quarters.tolist() == [[NO_SCORE, mean, NO_SCORE, NO_SCORE]]
    assert found.scores.tolist() == [mean]


def test_the_final_weighs_q2_q3_q4_with_20_30_50() -> None:
    row = {4: 7000, 5: 7000, 6: 7000, 7: 8000, 8: 8001, 10: 9000}
    found = batch.score(book(), months(row), YEAR)
    assert found.quarters.tolist() == [[NO_SCORE, 7000, 8001, 9000]]
    assert found.scores.tolist() == [8300]  # (70×20 + 80.01×30 + 90×50) ÷ 100 = 83.003


def test_a_begun_quarter_without_score_is_left_out_or_counts_0() -> None:
    rows = {4: 9000, 5: 9000, 6: 9000}, {7: 8000, 8: 8000, 9: 8000}
    assert batch.score(book(), months(*rows), YEAR).scores.tolist() == [9000, 8000]
    zero = book(missing_quarter='"zero"')
    # 90×20 ÷ (20+30) = 36; 80×30 ÷ (20+30) = 48
    assert batch.score(zero, months(*rows), YEAR).scores.tolist() == [3600, 4800]
    excused = np.zeros((2, 12), np.bool_)
    excused[0, 6:9] = True  # suspended all through the third quarter
    assert batch.score(zero, months(*rows, is_excused=excused), YEAR).scores.tolist() == [9000, 4800]


def test_a_published_quarter_takes_the_place_of_the_mean_even_without_a_score() -> None:
    row = {4: 9000, 5: 9000, 6: 9000, 7: 8000}
    published = {
        "is_published": [[False, True, False, False], [False, False, True, False]],
        "published": [[NO_SCORE, 7000, NO_SCORE, NO_SCORE], [NO_SCORE] * 4],
    }
    found = batch.score(book(), months(row, row, **published), YEAR)
    # (70×20 + 80×30) ÷ 50 = 76; the second row has the second quarter alone: 90
    assert found.scores.tolist() == [7600, 9000]


def test_too_few_scored_months_have_a_score_and_no_rank() -> None:
    rows = {1: 9000, 4: 9000, 5: 9000}, {4: 8000, 5: 8000, 6: 8000}  # January carries no weight
    found = batch.score(book(), months(*rows), YEAR)
    assert found.scores.tolist() == [9000, 8000]
    assert found.is_too_short.tolist() == [True, False]
    assert found.ranks.tolist() == [NO_RANK, 1]


def test_equals_share_a_place_and_the_next_is_skipped_in_each_group_and_over_all() -> None:
    rows = [{6: points} for points in (9000, 8500, 8500, 8000, 9500, 8500)]
    found = batch.score(book(), months(*rows, groups=[0, 0, 0, 0, 1, 1]), parse("2023-06"))
    assert found.ranks.tolist() == [1, 2, 2, 4, 1, 2]
    assert found.overall_ranks.tolist() == [2, 3, 3, 6, 1, 3]


def test_in_a_month_a_project_scored_by_completion_stands_apart_unless_the_book_ranks_it() -> None:
    facts = months({6: 10000}, {6: 9000}, by_completion=[True, False])
    assert batch.score(book(), facts, parse("2023-06")).ranks.tolist() == [NO_RANK, 1]
    ranked = book(completed_in_month_boards='"ranked"')
    assert batch.score(ranked, facts, parse("2023-06")).ranks.tolist() == [1, 2]


BILLION = 10**9
NEAR = [  # each pair differs by less than a double can hold, or not at all
    (Fraction(1, 3), Fraction(333333333333, 10**12)),
    (Fraction(BILLION, BILLION + 1), Fraction(BILLION - 1, BILLION)),
    (Fraction(10**17 + 1, 10**17), Fraction(10**17 + 2, 10**17)),
    (Fraction(2**61 - 3, 2**61 - 1), Fraction(2**61 - 2, 2**61 - 1)),
    (Fraction(-1, 7), Fraction(0)),
    (Fraction(200000), Fraction(200001)),  # beyond the leading bits
    (Fraction(-3), Fraction(-2)),
]


@pytest.mark.parametrize(("low", "high"), NEAR)
def test_ties_are_broken_by_the_exact_ratio(low: Fraction, high: Fraction) -> None:
    low, high = sorted((low, high))
    ratios = [low, high, low, high]
    facts = months(
        *({6: 9000} for _ in ratios),
        ratio_numerators=[ratio.numerator for ratio in ratios],
        ratio_denominators=[ratio.denominator for ratio in ratios],
    )
    assert batch.score(book(), facts, parse("2023-06")).ranks.tolist() == [3, 1, 3, 1]
    none = book(tie_break='"none"')
    assert batch.score(none, facts, parse("2023-06")).ranks.tolist() == [1, 1, 1, 1]


def test_equal_ratios_need_not_be_written_alike() -> None:
    facts = months({6: 9000}, {6: 9000}, {6: 9000}, ratio_numerators=[1, 2, 50], ratio_denominators=[3, 6, 151])
    assert batch.score(book(), facts, parse("2023-06")).ranks.tolist() == [1, 1, 3]


near_one = st.fractions(-3, 3, max_denominator=4 * 10**6)
far_off = st.fractions(0, 300_000, max_denominator=10)


@given(ratios=st.lists(near_one | far_off, min_size=1, max_size=30), seed=st.integers(0, 2**32))
def test_ranks_are_those_of_exact_fractions(ratios: list[Fraction], seed: int) -> None:
    chance = Random(seed)
    ratios += [ratio + Fraction(chance.choice((-1, 0, 1)), chance.choice((7, 10**11, 2**39))) for ratio in ratios]
    points = [chance.choice((9000, 9001)) for _ in ratios]
    groups = [chance.choice((0, 1, 2)) for _ in ratios]
    facts = months(
        *({6: one} for one in points),
        groups=groups,
        ratio_numerators=[ratio.numerator for ratio in ratios],
        ratio_denominators=[ratio.denominator for ratio in ratios],
    )
    found = batch.score(book(), facts, parse("2023-06"))
    keys = list(zip(points, ratios, strict=True))
    assert found.overall_ranks.tolist() == [1 + sum(other > key for other in keys) for key in keys]
    assert found.ranks.tolist() == [
        1 + sum(other > key and there == group for other, there in zip(keys, groups, strict=True))
        for key, group in zip(keys, groups, strict=True)
    ]


def test_nobody_at_all_is_no_fault() -> None:
    found = batch.score(book(), months(committed=[False] * 12), YEAR)
    assert (found.scores.tolist(), found.ranks.tolist(), found.overall_ranks.tolist()) == ([], [], [])


def test_points_outside_0_to_100_and_impossible_ratios_are_refused() -> None:
    for points in (-2, 10001):
        with pytest.raises(ValueError, match="0–10000 hundredths"):
            batch.score(book(), months({6: points}), YEAR)
    for denominator in (0, -1, 2**62):
        with pytest.raises(ValueError, match="denominator"):
            batch.score(book(), months({6: 9000}, ratio_denominators=[denominator]), YEAR)


# ---- equality with the explaining engine ----------------------------------------------------------------------------


def hundredths(score: Decimal | None) -> int:
    return NO_SCORE if score is None else int(100 * score)


def assert_same(rules: RuleBook, facts: Programme, text: str, published: Any = None) -> None:
    """Every row of the board: its quarters, score, both ranks, and 考核期不足."""
    shared, period = Assessed(rules, facts), parse(text)
    shown = board(rules, facts, period, quarter_scores=published, assessed=shared)
    if shown.last_month is None:
        with pytest.raises(ValueError, match="no committed month"):
            batch.from_assessed(shared, period, published)
        return
    arrays = batch.from_assessed(shared, period, published)
    found = batch.score(rules, arrays, period)
    rows = sorted(shown.rows, key=lambda row: row.code)
    assert found.quarters.tolist() == [[hundredths(one) for one in row.quarters.values()] for row in rows]
    assert found.scores.tolist() == [hundredths(row.score) for row in rows]
    assert found.ranks.tolist() == [row.rank or NO_RANK for row in rows]
    assert found.overall_ranks.tolist() == [row.overall_rank or NO_RANK for row in rows]
    assert found.is_too_short.tolist() == [row.not_scored_reason == TOO_FEW_MONTHS for row in rows]


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), policies=st.sampled_from(ALL_POLICIES))
@example(seed=0, policies=ALL_POLICIES[0])
@example(seed=1, policies=ALL_POLICIES[-1])
def test_batch_and_explanation_agree_on_every_board(seed: int, policies: dict[str, str]) -> None:
    rules, facts = with_policies(policies), random_programmes.programme(seed)
    for text in (*Random(seed).sample(PERIODS, 6), "2023"):
        assert_same(rules, facts, text)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), policies=st.sampled_from(ALL_POLICIES))
def test_batch_and_explanation_agree_with_published_quarters(seed: int, policies: dict[str, str]) -> None:
    chance = Random(seed)
    facts = random_programmes.programme(seed)
    published = {
        one.code: {
            f"Q{quarter}": chance.choice((None, D("0.00"), D("85.25"), D("100.00")))
            for quarter in chance.sample(range(1, 5), chance.randint(1, 4))
        }
        for one in facts.projects
        if chance.random() < 0.7
    }
    for text in ("2023", "2023Q3"):
        assert_same(with_policies(policies), facts, text, published)


@pytest.mark.parametrize(("name", "choice"), [(name, choices[1]) for name, choices in POLICIES.items()])
def test_each_policy_alone_agrees(name: str, choice: str) -> None:
    for seed in range(4):
        assert_same(with_policies({name: choice}), random_programmes.programme(seed), "2023")


def test_the_worked_board_agrees_with_itself() -> None:
    """Two twins share a place by score and ratio; a third with the same score and more invested stands before them."""
    twins = [scored(code, {6: "85.00"}) for code in ("P1", "P2")]
    ahead = replace(project("P3", record(6, "700", team_score="85.00")))
    facts = programme(*twins, ahead)
    assert_same(book(), facts, "2023-06")
    arrays = batch.from_assessed(Assessed(book(), facts), parse("2023-06"))
    assert batch.score(book(), arrays, parse("2023-06")).ranks.tolist() == [2, 2, 1]
