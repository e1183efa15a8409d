"""The Excel formulas give the last digit of RULES, half-up, in a program that has only doubles (活公式)."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.publications import formulas
from tests.app.spreadsheet import calculate, parsed

D = Decimal


class Row:
    """Cells A1, B1 … of one row, without a workbook."""

    def __init__(self, *lines: list[Any]) -> None:
        self.lines = lines

    def value(self, _sheet: str, row: int, column: int) -> Any:
        return self.lines[row - 1][column - 1]


def hundredths(numerator: int, denominator: int) -> float:
    """Half-up in integers: the printed figure as the double that Excel reads from its digits."""
    return float(D((2 * numerator + denominator) // (2 * denominator)).scaleb(-2))


def test_the_example_of_the_rules_comes_out_where_rounding_to_two_places_does_not() -> None:
    # 26.67 of 40 points: 100 × 26.67 ÷ 40 = 66.675, which as a double is 66.67499999999999715…
    cells = {"E1": 26.67, "F1": 40}
    assert calculate("ROUND(100*E1/F1,2)", cells) == 66.67
    assert calculate(formulas.share("E1:E1", "F1:F1", 0), cells) == 66.68


@pytest.mark.parametrize(
    ("months", "mean"),
    [
        ([66.67, 66.68], 66.68),  # 133.35 ÷ 2 = 66.675
        ([1.0, 1.01], 1.01),  # 2.01 ÷ 2 = 1.005
        ([91.2, 84.66, 83.47], 86.44),  # 259.33 ÷ 3 = 86.4433…
        ([0.0, 0.0, 0.01], 0.0),  # 0.01 ÷ 3 = 0.0033…
        ([None, 88.88, None], 88.88),  # only scored months are in the mean
        ([None, 100.0, 0.0], 50.0),  # a month that counts 0 is in it
    ],
)
def test_a_quarter_is_the_mean_of_its_scored_months_half_up(months: list[float | None], mean: float) -> None:
    cells = {address: score for address, score in zip(("A1", "B1", "C1"), months, strict=False) if score is not None}
    assert calculate(formulas.mean("A1:C1"), cells) == mean


def test_every_sum_of_one_two_or_three_months_rounds_as_in_integers() -> None:
    """All 60,003 sums that can occur, each split at random: a double's error depends on the parts, not on the sum."""
    chance, formula = Random(1), parsed(formulas.mean("A1:C1"), "S")
    for count in (1, 2, 3):
        for total in range(0, count * 10_000 + 1):
            parts: list[int] = []
            for left in range(count, 0, -1):
                rest = total - sum(parts)
                parts.append(chance.randint(max(0, rest - (left - 1) * 10_000), min(10_000, rest)))
            cells = [part / 100 for part in parts] + [None] * (3 - count)
            assert formula(Row(cells)) == hundredths(total, count), parts  # type: ignore[arg-type]


def test_every_half_of_a_final_rounds_up_whatever_the_weights() -> None:
    """Random weights of up to four decimals, three quarters; half of the cases made to lie exactly on a half."""
    chance = Random(2)
    halves = 0
    for _ in range(4000):
        places = chance.choice((0, 0, 1, 2, 4))
        whole = 100 * 10**places
        cuts = sorted(chance.sample(range(1, whole), 2))
        weights = [cuts[0], cuts[1] - cuts[0], whole - cuts[1]]
        counted = chance.sample(range(3), chance.choice((1, 2, 3, 3)))
        scores = [chance.randint(0, 10_000) for _ in range(3)]
        numerator = sum(weights[at] * scores[at] for at in counted)
        denominator = sum(weights[at] for at in counted)
        halves += 2 * numerator % (2 * denominator) == denominator
        terms = [(f"{'ABC'[at]}1", f"{'ABC'[at]}2") for at in counted]
        # The most decimals of any weight that counts decide; a weight is stored as the decimal it is.
        needed = formulas.places_of([D(weights[at]).scaleb(-places) for at in counted])
        formula = parsed(formulas.weighted(terms, needed), "S")
        cells = [weight / 10**places for weight in weights], [score / 100 for score in scores]
        assert formula(Row(*map(list, cells))) == hundredths(numerator, denominator)  # type: ignore[arg-type]
    assert halves > 0


def test_a_quarter_that_counts_0_keeps_its_weight() -> None:
    # (80.00×20 + 0×30 + 90.00×50) ÷ 100 = 61.00
    cells = {"A1": 20, "B1": 30, "C1": 50, "A2": 80, "C2": 90}
    formula = formulas.weighted([("A1", "A2"), ("B1", None), ("C1", "C2")], 0)
    assert calculate(formula, cells) == 61.0


def test_every_point_of_a_month_rounds_as_in_integers_and_indicators_not_judged_are_left_out() -> None:
    chance = Random(3)
    for _ in range(4000):
        places = chance.choice((0, 0, 0, 1, 2))
        marks = [chance.randint(1, 100 * 10**places) for _ in range(3)]
        points: list[Any] = [chance.randint(0, 100 * mark // 10**places) for mark in marks]
        judged = chance.sample(range(3), chance.choice((1, 2, 3)))
        cells = [[points[at] / 100 if at in judged else "本项不计", marks[at] / 10**places] for at in range(3)]
        numerator, denominator = sum(points[at] for at in judged), sum(marks[at] for at in judged)
        needed = formulas.places_of([D(marks[at]).scaleb(-places) for at in judged])
        formula = parsed(formulas.share("A1:A3", "B1:B3", needed), "S")
        expected = hundredths(100 * numerator * 10**places, denominator)
        assert formula(Row(*cells)) == expected, (points, marks, judged)  # type: ignore[arg-type]


def test_ranks_are_shared_and_the_next_is_skipped() -> None:
    # Group 1: 90, 90, 90, 80; of the three, two share the better tie-break. Group 2 and who is not ranked do not count.
    rows = [
        (1, "排名", 90, 1),
        (1, "排名", 90, 1),
        (1, "排名", 90, 2),
        (1, "排名", 80, 1),
        (2, "排名", 99, 1),
        (1, "已完工", 100, 1),
    ]
    cells = {f"{'ABCD'[at]}{line}": value for line, row in enumerate(rows, 1) for at, value in enumerate(row)}
    areas = {"groups": "A1:A6", "standings": "B1:B6", "scores": "C1:C6", "orders": "D1:D6"}
    ranks = [calculate(formulas.rank(f"A{line}", f"C{line}", f"D{line}", **areas), cells) for line in (1, 2, 3, 4, 5)]
    assert ranks == [1, 1, 3, 4, 1]


@pytest.mark.parametrize(("score", "tier"), [(100, "优秀"), (90, "优秀"), (89.99, "良好"), (70, "一般"), (0, "较差")])
def test_a_tier_begins_at_its_first_point(score: float, tier: str) -> None:
    froms, names = (0, 70, 80, 90), ("较差", "一般", "良好", "优秀")
    cells = {f"A{at}": name for at, name in enumerate(names, 2)} | {f"B{at}": one for at, one in enumerate(froms, 2)}
    assert calculate(formulas.tier("A1", "B2:B5", "A2:A5"), {**cells, "A1": score}) == tier
