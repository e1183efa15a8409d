"""What holds for every programme: order does not matter, more never hurts, scores stay within 0–100."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.assessment import Assessed, Assessment
from scoring.facts import Investment
from scoring.lights import alerts
from scoring.monthly import MonthScore
from scoring.periods import parse
from scoring.ranking import board
from scoring.receipts import receipt
from tests.scoring import random_programmes
from tests.scoring.cases import D, book, plan, project, record

amounts = st.decimals(-(10**4), 10**6, places=2)
percents = st.decimals(0, 100, places=2)
seeds = st.integers(0, 2**32)
PERIODS = ("2023-05", "2023-09", "2023Q2", "2023Q3", "2023")


def june(ytd: Decimal, pct: Decimal, annual: Decimal) -> MonthScore:
    row = replace(record(6), verified=Investment(ytd_wan=ytd), physical_progress_pct=pct)
    one = project("P1", row, plans=(replace(plan(), annual_investment_wan=annual),))
    return Assessment(book(), 2023, (6,), one).score(6)


@given(annual=st.decimals("0.01", 10**6, places=2), low=amounts, high=amounts, pct=percents)
def test_investing_more_never_lowers_the_score(annual: Decimal, low: Decimal, high: Decimal, pct: Decimal) -> None:
    low, high = sorted((low, high))
    less, more = june(low, pct, annual).score, june(high, pct, annual).score
    assert less is not None and more is not None
    assert less <= more


@given(annual=st.decimals("0.01", 10**6, places=2), ytd=amounts, low=percents, high=percents)
def test_building_more_never_lowers_the_score(annual: Decimal, ytd: Decimal, low: Decimal, high: Decimal) -> None:
    low, high = sorted((low, high))
    less, more = june(ytd, low, annual).score, june(ytd, high, annual).score
    assert less is not None and more is not None
    assert less <= more


@given(annual=st.decimals("0.01", 10**6, places=2), ytd=amounts, pct=percents)
def test_a_blank_cell_never_beats_a_number(annual: Decimal, ytd: Decimal, pct: Decimal) -> None:
    one = replace(record(6), physical_progress_pct=pct)
    blank = Assessment(book(), 2023, (6,), project("P1", one, plans=(plan(str(annual)),))).score(6).score
    given_ytd = june(ytd, pct, annual).score
    assert blank is not None and given_ytd is not None
    assert blank <= given_ytd


@settings(max_examples=25)
@given(seed=seeds)
def test_the_order_of_projects_is_irrelevant(seed: int) -> None:
    facts = random_programmes.programme(seed)
    mixed = list(facts.projects)
    Random(seed).shuffle(mixed)
    shuffled = replace(facts, projects=tuple(mixed))
    for period in PERIODS:
        assert board(book(), shuffled, parse(period)) == board(book(), facts, parse(period))
    for month in sorted(facts.committed_months):
        assert alerts(book(), shuffled, month) == alerts(book(), facts, month)


@settings(max_examples=25)
@given(seed=seeds)
def test_scores_lie_within_0_and_100_and_ranks_never_rise_with_a_lower_score(seed: int) -> None:
    facts = random_programmes.programme(seed)
    for period in PERIODS:
        shown = board(book(), facts, parse(period))
        for row in shown.rows:
            values = [row.score, *row.months.values(), *row.quarters.values()]
            assert all(0 <= value <= 100 for value in values if value is not None)
            assert (row.rank is None) == (row.not_scored_reason is not None) == (row.overall_rank is None)
        ranked = [row for row in shown.rows if row.rank is not None and row.score is not None]
        for one in ranked:
            better = [other for other in ranked if other.group == one.group and (other.rank or 0) < (one.rank or 0)]
            assert all((other.score or D(0)) >= (one.score or D(0)) for other in better)
            assert len(better) == (one.rank or 0) - 1  # 1, 2, 2, 4


@settings(max_examples=25)
@given(seed=seeds)
def test_facts_of_later_months_change_nothing_in_an_earlier_month(seed: int) -> None:
    """Every month's scores and lights are the same whether or not the months after it are known."""
    facts = random_programmes.programme(seed)
    months = sorted(facts.committed_months)
    middle = months[len(months) // 2]
    early = replace(facts, committed_months=frozenset(month for month in months if month <= middle))
    period = parse(f"2023-{middle:02}")
    assert board(book(), early, period) == board(book(), facts, period)
    assert alerts(book(), early, middle) == alerts(book(), facts, middle)


@settings(max_examples=15)
@given(seed=seeds)
def test_receipt_board_and_shared_work_agree(seed: int) -> None:
    facts = random_programmes.programme(seed)
    shared = Assessed(book(), facts)
    for period in PERIODS:
        shown = board(book(), facts, parse(period), assessed=shared)
        assert shown == board(book(), facts, parse(period))
        for row in shown.rows:
            slip = receipt(book(), facts, row.code, parse(period), assessed=shared)
            assert (slip.score, slip.not_scored_reason) == (row.score, row.not_scored_reason)
