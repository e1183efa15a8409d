"""名次相近: places that the months' own ups and downs could have exchanged, and those that stand firm."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.assessment import Assessed
from scoring.bands import Band, bands
from scoring.facts import EventKind, Programme, Project
from scoring.periods import parse
from scoring.ranking import board
from tests.scoring import random_programmes
from tests.scoring.cases import D, book, event, programme, scored

YEAR = parse("2023")


def swinging(code: str, low: int, swing: int) -> Project:
    """April to September, up and down by `swing` around: d = ±swing, five of them, noise √(5 swing² ÷ 10)."""
    return scored(code, {month: str(low + swing * (month % 2)) for month in range(4, 10)})


def found(*projects: Project, period: str = "2023") -> dict[str, Band]:
    return bands(Assessed(book(), programme(*projects)), parse(period))


def test_scores_a_point_apart_that_swing_by_four_are_close_and_one_far_behind_stands_firm() -> None:
    """A and B swing by 4 (noise 2.83 a month, about 1.2 in the final), one point apart; C lies 20 points behind."""
    made = found(swinging("A", 81, 4), swinging("B", 80, 4), swinging("C", 60, 4))
    assert made == {"A": Band(1, 2), "B": Band(1, 2), "C": Band(3, 3)}
    assert made["A"].words == "第1—2名"
    assert made["A"].sentence == "第1—2名之间名次相近，差距不显著。"
    assert (made["C"].words, made["C"].sentence) == ("第3名", "名次稳定在第3名。")


def test_scores_that_do_not_swing_keep_their_places_however_close() -> None:
    assert found(swinging("A", 81, 0), swinging("B", 80, 0)) == {"A": Band(1, 1), "B": Band(2, 2)}


def test_a_project_with_few_months_has_the_noise_of_all() -> None:
    """D has two months, one difference, of 0: it is given the others' noise, and may change places with A."""
    few = scored("D", {8: "84", 9: "84"})
    made = found(swinging("A", 81, 8), swinging("B", 60, 8), few, period="2023Q3")
    assert made["D"] == Band(1, 2)


def test_months_by_completion_have_no_noise() -> None:
    """A was completed in April and stands at 100.00, B at 99.00 for good; C swings far below them."""
    done = scored("A", {4: "100"}, events=(event(EventKind.COMPLETED, "2023-04-20"),))
    made = found(done, swinging("B", 99, 0), swinging("C", 60, 6))
    assert (made["A"], made["B"]) == (Band(1, 1), Band(2, 2))


def test_a_published_quarter_that_differs_from_its_months_has_no_noise() -> None:
    """Q2 and Q3 were published as 90.00 and 89.00, whatever the months say now."""
    assessed = Assessed(book(), programme(swinging("A", 81, 8), swinging("B", 80, 8)))
    published = {code: {"Q2": D(score), "Q3": D(score)} for code, score in (("A", "90.00"), ("B", "89.00"))}
    assert bands(assessed, YEAR, quarter_scores=published) == {"A": Band(1, 1), "B": Band(2, 2)}
    assert bands(assessed, YEAR)["A"] == Band(1, 2)


def test_without_two_months_in_succession_nothing_is_said() -> None:
    assert found(scored("A", {9: "80"}), scored("B", {9: "81"})) == {}
    assert found(scored("A", {9: "80"}), period="2023Q1") == {}


def test_amounts_beyond_the_batch_engine_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object, **__: object) -> None:
        raise OverflowError

    monkeypatch.setattr("scoring.batch.from_assessed", too_large)
    assert found(swinging("A", 81, 4), swinging("B", 80, 4)) == {}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), text=st.sampled_from(["2023-09", "2023Q3", "2023"]))
def test_the_official_rank_lies_within_and_the_same_facts_give_the_same_bands(seed: int, text: str) -> None:
    facts: Programme = random_programmes.programme(seed)
    period = parse(text)
    made = bands(Assessed(book(), facts), period)
    shown = board(book(), facts, period)
    if made:
        assert made.keys() == {row.code for row in shown.rows if row.rank is not None}
    sizes = {row.code: (row.rank, row.group_size) for row in shown.rows}
    for code, band in made.items():
        rank, size = sizes[code]
        assert rank is not None
        assert 1 <= band.best <= rank <= band.worst <= size
    assert bands(Assessed(book(), replace(facts, projects=facts.projects[::-1])), period) == made
