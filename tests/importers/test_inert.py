"""Text that no spreadsheet runs (防公式注入), and that reads back as it was."""

import io
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importers import workbook
from importers.cells import raw_text
from importers.inert import original, put, safe, written

D = Decimal
RUN_BY_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 139", "-1+1|cmd", "@SUM(A1)", "\t=1", "\n=1", '=HYPERLINK("http://x")', "＝1", "- 用电紧张"]
)
def test_a_text_that_a_spreadsheet_may_run_gets_an_apostrophe(text: str) -> None:
    assert written(text) == (f"'{text}", None)


@pytest.mark.parametrize(
    ("value", "in_the_cell", "number_format"),
    [
        (-12, -12, None),
        (D("-12.50"), D("-12.50"), None),
        ("-12", D(-12), None),  # a text that is plainly a number is the number
        ("-1,200.5", D("-1200.5"), None),
        ("-12 %", D("-0.12"), "0%"),
        ("-12.5%", D("-0.125"), "0.##########%"),
        ("000123", "000123", None),  # a code is no number
        ("-012", "'-012", None),
        ("-", "-", None),  # the clerks' mark for nothing
        ("—", "—", None),
        (None, None, None),
        ("\0=1", "'=1", None),  # no file can hold NUL; what is left begins as a formula
        ("\r=1", "'\n=1", None),
    ],
)
def test_numbers_stay_numbers_and_harmless_text_stays_as_it_is(
    value: object, in_the_cell: object, number_format: str | None
) -> None:
    assert written(value) == (in_the_cell, number_format)


@given(st.text(max_size=30))
@example("'=1")
@example("''=1")
@example("'-")
def test_what_was_made_safe_is_given_back_as_it_was(text: str) -> None:
    bare = "".join(mark for mark in text.replace("\r\n", "\n").replace("\r", "\n") if mark in "\t\n" or ord(mark) >= 32)
    bare = bare.replace("\ufffe", "").replace("\uffff", "")
    assert original(safe(text)) == bare
    assert not safe(text).startswith(RUN_BY_A_SPREADSHEET) or not safe(text).strip("-－ \t\n")


@given(st.text(alphabet="=+-@'一a_x0D% \n1", min_size=1, max_size=12))
def test_a_text_in_a_file_of_ours_is_no_formula_and_reads_as_the_reader_reads_the_text(text: str) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    put(page["A1"], text)
    put(page["B1"], "x")
    stream = io.BytesIO()
    book.save(stream)
    with_types = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).worksheets[0]["A1"]
    assert with_types.data_type in ("s", "n")
    found = workbook.open_workbook(stream.getvalue(), "表.xlsx").sheets[0].value(1, 1)
    if isinstance(written(text).value, str):
        assert (raw_text(found) or "").strip() == text.strip()


def test_words_that_look_like_an_escaped_character_stay_words() -> None:
    book = openpyxl.Workbook()
    put(book.worksheets[0]["A1"], "编码_x000D_甲")
    stream = io.BytesIO()
    book.save(stream)
    assert workbook.open_workbook(stream.getvalue(), "表.xlsx").sheets[0].value(1, 1) == "编码_x000D_甲"
