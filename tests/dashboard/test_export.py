"""Excel files equal the screen: the API's sheets hold the very columns, rows and words that the tables show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from app.publications.exports import Export, alerts_export, standings_export
from app.whatif.exports import overview_export
from dashboard.components.table import NUMERIC, Column
from dashboard.views import alerts, ranking, whatif
from tests.dashboard import payloads

STANDINGS = {
    "explained": ranking.explained(payloads.standings(), payloads.movement()),
    "month": payloads.standings(),
    "quarter": payloads.standings("2023Q4"),
    "year": payloads.standings("2023"),
    "corrected": payloads.standings("2023Q3") | {"state": "corrected", "label": "更正数（第1号）"},
}


def sheet_of(export: Export) -> Any:
    return load_workbook(BytesIO(export.workbook())).active


def shown(column: Column, row: Mapping[str, Any]) -> Any:
    """What stands on screen in a cell; figures as numbers, lights and outlooks as their words."""
    words = {"light": row.get("light_words"), "outlook": row.get("outlook_label")}
    value = words[column.kind] if column.kind in words else column.value(row)
    if value in (None, ""):
        return None
    return float(value) if column.kind in NUMERIC else value


def cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in line] for line in sheet.iter_rows(min_row=4)]


def on_screen(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[shown(column, row) for column in columns] for row in rows]


@pytest.mark.parametrize("name", STANDINGS)
def test_the_ranking_file_holds_the_screens_columns_rows_and_words(name: str) -> None:
    board = STANDINGS[name]
    columns, rows = ranking.columns(board), [ranking.table_row(row) for row in board["rows"]]
    sheet = sheet_of(standings_export(board))
    assert [cell.value for cell in sheet[3]] == [column.heading for column in columns]
    assert cells(sheet) == on_screen(columns, rows)


def test_the_target_file_holds_the_screens_columns_rows_and_words() -> None:
    made = payloads.whatif_overview()
    sheet = sheet_of(overview_export(made))
    columns = whatif.columns(made)
    assert [cell.value for cell in sheet[3]] == [column.heading for column in columns]
    texts = [replace(one, kind="text") if one.field.startswith("tiers.") else one for one in columns]
    expected = on_screen(texts, made["rows"])
    assert [
        [cell if index not in (7, 8) else str(cell) for index, cell in enumerate(line)] for line in cells(sheet)
    ] == (expected)


def test_the_alerts_file_holds_the_screens_columns_rows_and_words() -> None:
    found = payloads.alerts()
    rows = [alerts.table_row(row) for row in alerts.ordered(found["rows"])]
    sheet = sheet_of(alerts_export(found, {}))
    columns = [column for column in alerts.COLUMNS if column.kind != "spark"]
    headings = [cell.value for cell in sheet[3]]
    assert headings[: len(columns)] == [column.heading for column in columns]
    assert headings[len(columns) :] == [
        "推算依据",
        "推算区间",
        "目标节点完成区间",
        "距年度计划",
        "两种序时结论不同",
        "计划调整前后结论不同",
        "上报与核实结论不同",
        "未销号的问题",
    ]
    assert [line[: len(columns)] for line in cells(sheet)] == on_screen(columns, rows)
    assert [sheet.cell(line, 1).value for line in (4, 8, 9)] == ["红灯·滞后严重", "未督查（前红灯）", "完工"]


def test_what_stands_beside_the_lights_is_in_the_file_and_a_kind_of_matter_leaves_its_rows() -> None:
    found = payloads.alerts_beside()
    sheet = sheet_of(alerts_export(found, {}))
    rows = {line[1]: dict(zip((cell.value for cell in sheet[3]), line, strict=True)) for line in cells(sheet)}
    third = rows["梅亿电动车"]
    assert (third["每月还需（万元）"], third["来得及吗"]) == (3450, "难以来得及")
    assert third["计划调整前后结论不同"] == "调整后的计划应完成300万元；年初计划应完成600万元"
    assert rows["中宇黑硅电池片扩建"]["下一期限"] == "2023年11月20日 节点“封顶”"
    assert rows["天安干熄焦及余热发电"]["下一期限"] == "2023年12月 计划竣工"
    assert rows["徐快速通道段"]["未销号的问题"] == "用地：青苗\n未分类：其他"
    for kind in ("用地", "未分类"):
        expected = [row["name"] for row in alerts.ordered(alerts.filtered(found["rows"], {"obstacle": kind}))]
        assert [line[1] for line in cells(sheet_of(alerts_export(found, {"obstacle": kind})))] == expected


@pytest.mark.parametrize(
    "wanted",
    [{"class": payloads.CITY}, {"leader": "赵副县长"}, {"unit": "交通局"}, {"light": "yellow"}, {"outlook": "none"}],
    ids=str,
)
def test_a_filter_of_the_screen_leaves_the_same_rows_in_the_file(wanted: dict[str, str]) -> None:
    found = payloads.alerts()
    expected = [row["name"] for row in alerts.ordered(alerts.filtered(found["rows"], wanted))]
    assert expected
    assert [line[1] for line in cells(sheet_of(alerts_export(found, wanted)))] == expected


def test_one_peer_group_is_exported_alone() -> None:
    rows = cells(sheet_of(standings_export(payloads.standings(), payloads.CITY)))
    assert [line[1] for line in rows] == ["徐快速通道段", "汉源大道改造"]


def test_figures_stay_numbers_with_their_decimals_and_absent_stays_empty() -> None:
    sheet = sheet_of(standings_export(payloads.standings()))
    assert (sheet["A4"].value, sheet["C4"].value) == (1, 96.4)
    assert (sheet["A4"].number_format, sheet["C4"].number_format) == ("0", "#,##0.00")
    assert (sheet["A9"].value, sheet["C9"].value) == (None, None)  # 汉源大道改造: no rank, no score


def test_a_text_that_would_run_as_a_formula_is_neutralised() -> None:
    board = payloads.standings()
    board["rows"][0] |= {"name": "=1+1", "responsible_unit": "@SUM(A1)", "lead_official": "+86"}
    sheet = sheet_of(standings_export(board))
    headings = [cell.value for cell in sheet[3]]
    found = {heading: sheet.cell(4, place) for place, heading in enumerate(headings, start=1)}
    assert [found[name].value for name in ("项目名称", "责任单位", "包挂领导")] == ["'=1+1", "'@SUM(A1)", "'+86"]
    assert {found[name].data_type for name in ("项目名称", "责任单位", "包挂领导")} == {"s"}


def test_a_negative_figure_survives_as_a_number() -> None:
    board = payloads.standings()
    board["rows"][0]["score"] = "-12.50"
    assert Decimal(str(sheet_of(standings_export(board))["C4"].value)) == Decimal("-12.5")
