"""The range around a forecast: the slowest and the fastest pace known, carried to December. The plan is 1200万元."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.assessment import Assessed
from scoring.facts import OutlookVerdict
from scoring.outlook import outlook
from scoring.pace import pace_range
from scoring.rulebook import OutlookMethod
from tests.scoring.cases import book, programme, project, record


def around(ytds: Mapping[int, int], origin: int, forecast: int) -> tuple[Fraction, Fraction, int] | None:
    known = {month: Fraction(wan) for month, wan in ytds.items()}
    found = pace_range(known, origin, Fraction(forecast))
    return None if found is None else (found.low_wan, found.high_wan, found.paces)


@pytest.mark.parametrize(
    ("ytds", "origin", "found"),
    [
        ({4: 200, 7: 500, 10: 950}, 0, (1050, 1250, 3)),  # 50, 100 and 150 a month; two months to go
        ({7: 350, 8: 350, 10: 950}, 0, (950, 1550, 3)),  # 50, 0, 300: it may stand still again
        ({9: 300, 10: 500}, 6, (700, 900, 2)),  # the window begins in July: 100, then 200
        ({3: 0, 6: 0, 9: 300, 10: 500}, 6, (700, 900, 2)),  # the months before the window are no pace
        ({3: 40, 9: 340, 10: 540}, 6, (740, 940, 2)),  # begun early: 40 at the window's start
        ({9: 900, 10: 850}, 0, (850, 1050, 2)),  # a figure taken back counts 0
        ({11: 1100, 12: 1200}, 0, (1200, 1200, 2)),  # December: the year is known
    ],
)
def test_the_slowest_and_the_fastest_pace(ytds: Mapping[int, int], origin: int, found: tuple[int, int, int]) -> None:
    assert around(ytds, origin, forecast=found[1]) == found


@pytest.mark.parametrize(
    ("ytds", "origin"),
    [({10: 900}, 0), ({9: 0, 10: 0}, 0), ({9: -5, 10: -1}, 0)],
    ids=["one pace", "nothing invested", "negative"],
)
def test_too_little_is_known_for_a_range(ytds: Mapping[int, int], origin: int) -> None:
    assert around(ytds, origin, forecast=900) is None


def test_the_range_holds_the_forecast_it_stands_beside() -> None:
    assert around({4: 200, 7: 500, 10: 950}, 0, forecast=1000) == (1000, 1250, 3)
    assert around({4: 200, 7: 500, 10: 950}, 0, forecast=1300) == (1050, 1300, 3)


@pytest.mark.parametrize("method", list(OutlookMethod))
def test_every_method_has_its_range_and_the_verdict_stays_the_forecasts(method: OutlookMethod) -> None:
    """50 a month, then 150: at best 1250, and yet 1150 by recent slope and 1140 by the line."""
    rules = book(method=f'"{method}"')
    rows = [record(4, "200"), record(7, "500"), record(10, "950")]
    found = outlook(Assessed(rules, programme(project("P1", *rows)))["P1"], 10)
    assert (found.low_wan, found.high_wan) == (1050, 1250)
    assert found.range_sentence == "全年约在1050—1250万元之间（依据3个数据：已有3段月均速度中最慢的与最快的）"
    assert found.verdict is OutlookVerdict.EXPECTED
    assert "全年约在" not in found.sentence


def test_a_lone_figure_says_that_there_is_no_range() -> None:
    found = outlook(Assessed(book(), programme(project("P1", record(10, "950"))))["P1"], 10)
    assert (found.verdict, found.low_wan, found.high_wan) == (OutlookVerdict.EXPECTED, None, None)
    assert found.range_sentence == "本年有投资的数据不足2个，暂不给出区间"
    assert outlook(Assessed(book(), programme(project(), months=(10,)))["P1"], 10).range_sentence == ""


@given(st.dictionaries(st.integers(1, 12), st.integers(0, 9999), min_size=1), st.integers(0, 11), st.integers(0, 20000))
def test_low_is_never_above_high_and_the_forecast_lies_between(
    ytds: dict[int, int], origin: int, forecast: int
) -> None:
    found = around(ytds, min(origin, max(ytds) - 1), forecast)
    if found is not None:
        assert found[0] <= forecast <= found[1]
