"""Formulas nobody calculated: plain arithmetic on the row's own cells, and nothing else."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.formulas import evaluate
from importers.grid import Formula, Sheet
from importers.worksheets import shifted

ROW = Sheet("表", rows={7: {1: "甲厂", 2: 100, 3: 40.5, 4: Formula("B7+C7"), 5: Formula("E7"), 6: 0}, 8: {2: 9}})


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=B7+C7", "140.5"),
        ("B7-C7*2", "19"),
        ("(B7-C7)*2", "119"),
        ("SUM(B7:C7)", "140.5"),
        ("SUM(A7:C7,10)", "150.5"),  # SUM passes over words
        ("-B7/4", "-25"),
        ("$B$7+Z7", "100"),  # a blank cell counts nothing
        ("D7*2", "281"),  # a formula of the row, itself plain
        ("sum(b7:c7)", "140.5"),
        ("B7*50%", "50"),
        ("ROUND(C7/3,1)", "13.5"),  # 40.5 ÷ 3
        ("ROUND(-C7,0)", "-41"),  # away from zero, as spreadsheets do
        ("round(B7+C7,-2)", "100"),
    ],
)
def test_plain_arithmetic_on_the_row_is_computed(formula: str, value: str) -> None:
    assert evaluate(formula, 7, ROW) == Decimal(value)


@pytest.mark.parametrize(
    "formula",
    [
        *"B8+1 Sheet2!A1 VLOOKUP(B7,A:C,2) B7/F7 A7+1 E7+1 IF(B7>1,1,2) SUM(B7:B8) B7+ (B7 %".split(),
        *("", "ROUND(B7)", "ROUND(B7,0.5)", "ROUND(B7,999)", "IFERROR(B7,0)"),
    ],
)
def test_anything_else_is_left_to_the_sender(formula: str) -> None:
    """Another row, another sheet, functions, division by zero, words, a circle."""
    assert evaluate(formula, 7, ROW) is None


@settings(max_examples=60)
@given(a=st.integers(-(10**6), 10**6), b=st.integers(-(10**6), 10**6), c=st.integers(1, 10**4))
def test_it_computes_what_python_computes(a: int, b: int, c: int) -> None:
    sheet = Sheet("表", rows={1: {1: a, 2: b, 3: c}})
    assert evaluate("A1+B1*C1-(A1-B1)", 1, sheet) == a + b * c - (a - b)


@settings(max_examples=60)
@given(st.text("AB17+-*/(),:SUM$. ", max_size=30))
def test_no_formula_makes_it_fail(text: str) -> None:
    result: Any = evaluate(text, 1, Sheet("表", rows={1: {1: 5}}))
    assert result is None or isinstance(result, Decimal)


def test_a_shared_formula_moves_with_its_row_except_where_it_is_fixed() -> None:
    assert shifted("B7+$C7*D$7+$E$7", 2, 1) == "C9+$C9*E$7+$E$7"
    assert shifted("SUM(B7:C7)", 1, 0) == "SUM(B8:C8)"
