"""Excel files equal the screen: same rows and columns, figures as numbers, no text that runs as a formula."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from dashboard.components.table import Column
from dashboard.export import FORMULA_STARTS, cell_value, safe, workbook
from dashboard.views import alerts, ranking
from tests.dashboard import payloads


def sheet_of(content: bytes):  # type: ignore[no-untyped-def]
    return load_workbook(BytesIO(content)).active


def test_the_ranking_file_has_the_screens_columns_and_rows_in_the_screens_order() -> None:
    board = payloads.standings()
    columns = ranking.columns(board)
    rows = [ranking.table_row(row) for row in board["rows"]]
    sheet = sheet_of(workbook("分级排名", columns, rows, "考核办法"))
    assert [cell.value for cell in sheet[3]] == [column.heading for column in columns]
    assert [row[1].value for row in sheet.iter_rows(min_row=4)] == [row["name"] for row in board["rows"]]


def test_figures_stay_numbers_and_absent_stays_empty() -> None:
    board = payloads.standings()
    rows = [ranking.table_row(row) for row in board["rows"]]
    sheet = sheet_of(workbook("分级排名", ranking.columns(board), rows, ""))
    assert (sheet["A4"].value, sheet["C4"].value) == (1, 96.4)
    assert sheet["C4"].number_format == "#,##0.00"
    assert (sheet["A9"].value, sheet["C9"].value) == (None, None)  # 汉源大道改造: no rank, no score


def test_a_light_is_exported_as_its_words() -> None:
    rows = [alerts.table_row(row) for row in alerts.ordered(payloads.alerts()["rows"])]
    sheet = sheet_of(workbook("风险预警", list(alerts.COLUMNS), rows, ""))
    assert [sheet.cell(line, 1).value for line in (4, 8, 9)] == ["红灯·滞后严重", "未督查（前红灯）", "完工"]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-12%", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_a_text_that_would_run_as_a_formula_is_neutralised(text: str) -> None:
    assert cell_value(Column("name", "名称"), {"name": text}) == f"'{text}"


@given(st.text(max_size=20))
def test_no_exported_text_begins_as_a_formula_and_none_is_lost(text: str) -> None:
    assert not safe(text).startswith(FORMULA_STARTS)
    assert safe(text).endswith(text)


def test_a_negative_figure_survives_as_a_number() -> None:
    assert cell_value(Column("amount_wan", "金额", "amount"), {"amount_wan": "-12.50"}) == -12.5
