"""Sheets of every shape: what is read, skipped, asked and refused. Expected rows are written by hand."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import codes, read, values

from importers import reading, to_json
from importers.grid import Sheet, Workbook
from importers.result import Reading

HEADER: list[Any] = ["序号", "项目名称", "总投资", "年度计划投资", "累计完成投资", "形象进度", "责任单位"]
FACTORY: list[Any] = [1, "甲厂", 8000, 4000, 2000, "主体封顶", "甲镇"]
ROAD: list[Any] = [2, "乙路", 6000, 3000, 1500, "路基施工", "乙镇"]
JUNE: list[Any] = ["2014年6月重点项目进展情况表"]
MONEY = ("name", "total_investment_wan", "annual_plan_wan", "reported_ytd_wan")
TWO = [("甲厂", 8000, 4000, 2000), ("乙路", 6000, 3000, 1500)]


def money(reading: Reading) -> list[tuple[object, ...]]:
    return [values(row, *MONEY) for row in reading.rows]


def skipped(reading: Reading) -> list[tuple[int, str]]:
    return [(skip.row, skip.reason) for skip in reading.skipped]


# ----------------------------------------------------------------------------------------------- where the table is


def test_a_plain_sheet_is_accepted_without_a_word() -> None:
    found = read({"表": [JUNE, ["单位：万元"], HEADER, FACTORY, ROAD]})
    assert (found.decision, found.spec, found.month, found.unit) == ("accept", "monthly", "2014-06", "万元")
    assert money(found) == TWO
    assert (found.questions, codes(found), found.message) == ((), [], None)


def test_columns_may_stand_in_any_order_and_the_table_anywhere() -> None:
    for order in list(permutations(range(7)))[::700]:
        lines = [[], JUNE, [], [None, *(HEADER[i] for i in order)]]
        lines += [[None, *(row[i] for i in order)] for row in (FACTORY, ROAD)]
        assert money(read({"表": lines})) == TWO, order


def test_title_unit_signature_and_month_lines_above_the_table_are_no_rows() -> None:
    found = read(
        {
            "表": [
                JUNE,
                ["填报单位（盖章）：县发改委", None, None, "填报时间：2014年7月3日"],
                ["单位：万元"],
                HEADER,
                FACTORY,
            ]
        }
    )
    assert (found.decision, found.month, len(found.rows)) == ("accept", "2014-06", 1)
    assert skipped(found) == []


def test_two_header_rows_join_parent_and_child() -> None:
    def merged(sheets: Mapping[str, Worksheet]) -> None:
        for area in ("A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:F2", "G2:G3", "H2:H3"):
            sheets["表"].merge_cells(area)

    found = read(
        {
            "表": [
                JUNE,
                ["类别", "序号", "项目名称", "投资（亿元）", None, None, "进展情况", "包联领导"],
                [None, None, None, "总投资", "年计划（万元）", "累计完成", None, None],
                ["农业", 1, "甲厂", 0.8, 4000, 0.2, "封顶", "张  三"],
            ]
        },
        shape=merged,
    )
    assert money(found) == TWO[:1]  # 0.8 and 0.2亿元; the child's own 万元 beats the parent's 亿元
    assert values(found.rows[0], "lead_official", "physical_progress") == ("张三", "封顶")
    assert found.rows[0].fields["annual_plan_wan"].heading == "投资（亿元）▸年计划（万元）"


def test_two_header_rows_without_merged_cells_join_as_well() -> None:
    found = read(
        {
            "表": [
                JUNE,
                ["序号", "项目名称", "年度计划投资", "上报投资", None, "督查核实", None, "得分"],
                [None, None, None, "本月", "累计", "本月", "累计", None],
                [1, "甲厂", 4000, 300, 2000, 280, 1900, 98.5],
            ]
        }
    )
    fields = ("reported_month_wan", "reported_ytd_wan", "verified_month_wan", "verified_ytd_wan", "score")
    assert values(found.rows[0], *fields) == (300, 2000, 280, 1900, Decimal("98.5"))


def test_three_header_rows_join() -> None:
    def merged(sheets: Mapping[str, Worksheet]) -> None:
        for area in ("A2:A4", "B2:B4", "C2:F2", "C3:D3", "E3:F3"):
            sheets["表"].merge_cells(area)

    found = read(
        {
            "表": [
                JUNE,
                ["序号", "项目名称", "2014年投资（万元）", None, None, None],
                [None, None, "上报", None, "核实", None],
                [None, None, "本月完成", "累计完成", "本月完成", "累计完成"],
                [1, "甲厂", 300, 2000, 280, 1900],
            ]
        },
        shape=merged,
    )
    fields = ("reported_month_wan", "reported_ytd_wan", "verified_month_wan", "verified_ytd_wan")
    assert [values(row, *fields) for row in found.rows] == [(300, 2000, 280, 1900)]


def test_units_on_a_line_of_their_own_and_a_line_of_column_numbers_belong_to_the_header() -> None:
    found = read(
        {
            "表": [
                JUNE,
                ["序号", "项目名称", "总投资", "年度计划", "累计完成", "进度"],
                [None, None, "（亿元）", "（万元）", "（万元）", None],
                ["甲", "乙", 1, 2, 3, 4],
                [1, "甲厂", 0.8, 4000, 2000, "封顶"],
            ]
        }
    )
    assert money(found) == TWO[:1]
    assert [row.row for row in found.rows] == [5]


# -------------------------------------------------------------------------------------------- lines that are no rows


def test_sections_give_the_class_without_ordinal_and_count() -> None:
    found = read(
        {"表": [JUNE, HEADER, ["一、重大工业和服务业项目（70项）"], FACTORY, ["二、农业农村重点项目(1个)"], ROAD]}
    )
    assert [row.category for row in found.rows] == ["重大工业和服务业项目", "农业农村重点项目"]
    assert skipped(found) == [(3, "section"), (5, "section")]


def test_a_section_may_carry_its_sums_in_the_money_columns() -> None:
    lines = [JUNE, HEADER, ["一", "重大工业和服务业项目", 14000, 7000, 3500], FACTORY, ROAD]
    found = read({"表": lines})
    assert (skipped(found), [row.category for row in found.rows]) == ([(3, "section")], ["重大工业和服务业项目"] * 2)
    assert codes(found) == []
    wrong = read({"表": [JUNE, HEADER, ["一", "重大工业和服务业项目", 14000, 7000, 3600], FACTORY, ROAD]})
    assert [(fault.code, fault.cell) for fault in wrong.faults] == [("sum_differs", "E3")]


def test_a_section_without_ordinal_is_told_by_its_count_or_its_place() -> None:
    found = read({"表": [JUNE, HEADER, ["工业项目"], FACTORY, [None, "农业项目1项"], ROAD]})
    assert [row.category for row in found.rows] == ["工业项目", "农业项目"]
    assert skipped(found) == [(3, "section"), (5, "section")]


def test_of_nested_sections_the_class_is_the_outer_one() -> None:
    found = read(
        {
            "表": [
                JUNE,
                HEADER,
                ["一、重大产业项目"],
                ["（一）续建"],
                FACTORY,
                ["（二）新开工"],
                ROAD,
                ["二、为民实事"],
                [3, "丙园"],
            ]
        }
    )
    assert [row.category for row in found.rows] == ["重大产业项目", "重大产业项目", "为民实事"]


def test_ordinals_of_two_styles_that_count_on_are_of_one_level() -> None:
    """The client's own texts go 一、（二）(三): what counts on from its forerunner is its neighbour."""
    lines = [JUNE, HEADER, ["一、重大工业项目"], FACTORY, ["（二）农业农村项目"], ROAD, ["三、为民实事"], [3, "丙园"]]
    assert [row.category for row in read({"表": lines}).rows] == ["重大工业项目", "农业农村项目", "为民实事"]


def test_a_project_numbered_in_chinese_is_no_section() -> None:
    found = read({"表": [JUNE, HEADER, ["一", *FACTORY[1:]], ["二", *ROAD[1:]]]})
    assert money(found) == TWO


def test_subtotals_and_totals_are_skipped_and_checked() -> None:
    lines: list[Any] = [
        JUNE,
        HEADER,
        ["合  计", "2项", 14000, 7000, 3500],
        FACTORY,
        ["小计", None, 8000, 4000, 2000],
        ROAD,
    ]
    found = read({"表": [*lines, [None, "本页小计", 6000, 3000, 1500], ["总计", None, 14000, 7000, 3501]]})
    assert skipped(found) == [(3, "total"), (5, "subtotal"), (7, "subtotal"), (8, "total")]
    assert [(fault.code, fault.cell, fault.severity) for fault in found.faults] == [("sum_differs", "E8", "notice")]
    assert "3500万元" in found.faults[0].message


def test_rounding_of_the_single_figures_is_no_difference() -> None:
    rows: list[Any] = [
        [n, f"项目{n}", 0.33, 0.2, 0.1, "施工", "甲镇"] for n in range(1, 10)
    ]  # each rounded to 0.01亿元
    found = read({"表": [JUNE, ["单位：亿元"], HEADER, *rows, ["合计", None, 2.99, 1.8, 0.9]]})  # 9 × 0.33 is 2.97
    assert codes(found) == []


def test_notes_and_signatures_below_the_table_are_no_projects() -> None:
    tail: list[list[Any]] = [
        ["备注：1.总投资以计划为准。"],
        ["      2.累计完成投资不含往年。"],
        ["填表人：", "张三", None, "审核人：李四"],
    ]
    found = read({"表": [JUNE, HEADER, FACTORY, ROAD, [], *tail]})
    assert (money(found), skipped(found)) == (TWO, [(6, "note"), (7, "note"), (8, "note")])


def test_a_header_repeated_for_printing_is_skipped() -> None:
    found = read({"表": [JUNE, HEADER, FACTORY, HEADER, ROAD]})
    assert (money(found), skipped(found)) == (TWO, [(4, "repeated_header")])


def test_blank_lines_and_lines_with_a_number_only_are_blank() -> None:
    found = read({"表": [JUNE, HEADER, FACTORY, [], ROAD, [3], [4, "　"]]})
    assert (money(found), skipped(found)) == (TWO, [(4, "blank"), (6, "blank"), (7, "blank")])


def test_an_example_row_is_left_out() -> None:
    found = read({"表": [JUNE, HEADER, ["例", "示例项目", 10000, 5000, 1], FACTORY, ROAD]})
    assert (money(found), skipped(found)) == (TWO, [(3, "note")])


def test_hidden_rows_are_left_out_and_hidden_columns_read_and_both_are_said() -> None:
    def hide(sheets: Mapping[str, Worksheet]) -> None:
        sheets["表"].row_dimensions[4].hidden = True
        sheets["表"].column_dimensions["C"].hidden = True

    found = read({"表": [JUNE, HEADER, FACTORY, ROAD]}, shape=hide)
    assert (money(found), skipped(found)) == (TWO[:1], [(4, "hidden")])
    assert (found.decision, sorted(codes(found))) == ("accept", ["hidden_columns", "hidden_rows"])


def test_words_reach_down_a_merged_cell_and_figures_never_do() -> None:
    def merged(sheets: Mapping[str, Worksheet]) -> None:
        for area in ("E3:E4", "G3:G4"):
            sheets["表"].merge_cells(area)

    found = read(
        {"表": [JUNE, HEADER, FACTORY, [2, "乙路", 6000, 3000, None, "路基", None], [3, "丙园", 1, 1, 1, "x", None]]},
        shape=merged,
    )
    assert [values(row, "reported_ytd_wan", "responsible_unit") for row in found.rows] == [
        (2000, "甲镇"),
        (None, "甲镇"),
        (1, None),  # never blindly
    ]


def test_a_project_over_several_lines_is_one_row() -> None:
    def merged(sheets: Mapping[str, Worksheet]) -> None:
        for area in ("A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4"):
            sheets["表"].merge_cells(area)

    found = read({"表": [JUNE, HEADER, FACTORY, [None] * 5 + ["设备进场", "丙局"], ROAD]}, shape=merged)
    assert money(found) == TWO
    assert values(found.rows[0], "physical_progress", "responsible_unit") == ("主体封顶\n设备进场", "甲镇、丙局")
    assert (found.decision, codes(found)) == ("accept", [])


# -------------------------------------------------------------------------------------------------- which sheets


def test_instruction_blank_and_hidden_sheets_are_named_and_not_used() -> None:
    def hide(sheets: Mapping[str, Worksheet]) -> None:
        sheets["旧表"].sheet_state = "hidden"

    table = [JUNE, HEADER, FACTORY]
    found = read({"填表说明": [["请按要求填写"]], "表": table, "旧表": table, "Sheet3": []}, shape=hide)
    assert [(use.name, use.used, use.hidden) for use in found.sheets] == [
        ("填表说明", False, False),
        ("表", True, False),
        ("旧表", False, True),
        ("Sheet3", False, False),
    ]
    assert all(use.reason for use in found.sheets)
    assert len(found.rows) == 1


def test_one_sheet_per_class_gives_the_class_by_its_name() -> None:
    found = read({"重大工业和服务业项目": [JUNE, HEADER, FACTORY], "农业农村重点项目": [JUNE, HEADER, ROAD]})
    assert [(row.category, row.value("name")) for row in found.rows] == [
        ("重大工业和服务业项目", "甲厂"),
        ("农业农村重点项目", "乙路"),
    ]


def test_of_one_sheet_per_month_the_named_month_is_read() -> None:
    sheets = {"6月": [["2014年6月"], HEADER, FACTORY], "7月": [["2014年7月"], HEADER, [1, "甲厂", 8000, 4000, 2500]]}
    assert [question.id for question in read(sheets).questions] == ["month"]
    for found in (read(sheets, month="2014-07"), read(sheets, filename="2014年7月.xlsx")):
        assert (found.decision, found.month) == ("accept", "2014-07")
        assert [(use.name, use.used) for use in found.sheets] == [("6月", False), ("7月", True)]
        assert [row.value("reported_ytd_wan") for row in found.rows] == [2500]


# ----------------------------------------------------------------------------------------------------- the month


@pytest.mark.parametrize(
    ("sheet", "title", "header", "filename"),
    [
        ("表", "2014年6月进展", "累计完成投资", "表.xlsx"),
        ("2014年6月", "进展情况", "累计完成投资", "表.xlsx"),
        ("6月", "2014年度重点项目进展", "累计完成投资", "表.xlsx"),
        ("表", "进展情况", "2014年1-6月累计完成投资", "表.xlsx"),
        ("表", "进展情况", "累计完成投资", "2014年6月进展.xlsx"),
        ("表", "进展情况", "累计完成投资", "重点项目201406.xlsx"),
        ("表", "2014年上半年进展", "1-6月累计完成投资", "表.xlsx"),
    ],
)
def test_the_month_is_found_wherever_it_stands(sheet: str, title: str, header: str, filename: str) -> None:
    lines: list[list[Any]] = [[title], ["序号", "项目名称", header], [1, "甲厂", 2000]]
    found = read({sheet: lines}, filename=filename)
    assert (found.decision, found.month) == ("accept", "2014-06")


def test_no_month_or_two_months_is_a_question_unless_the_month_is_given() -> None:
    none = read({"表": [["进展情况表"], HEADER, FACTORY]})
    two = read({"7月": [["2014年6月进展情况表"], HEADER, FACTORY]})
    assert [(found.decision, found.month) for found in (none, two)] == [("ask", None), ("ask", None)]
    assert [choice.value for choice in two.questions[0].choices] == ["2014-06", "2014-07"]
    assert (two.questions[0].id, two.questions[0].code) == ("month", "month")
    assert read({"表": [["进展情况表"], HEADER, FACTORY]}, answers={"month": "2014-06"}).decision == "accept"
    given = read({"7月": [["2014年6月进展情况表"], HEADER, FACTORY]}, month="2014-06")
    assert (given.decision, given.month, codes(given)) == ("accept", "2014-06", ["month_differs"])


def test_a_title_may_name_two_months_and_next_months_plan_is_none() -> None:
    two = read({"表": [["2014年6月、7月重点项目进展情况表"], HEADER, FACTORY]})
    assert [choice.value for choice in two.questions[0].choices] == ["2014-06", "2014-07"]
    plan = read({"表": [["2014年6月份进展情况及7月份工作计划表"], HEADER, FACTORY]})
    assert (plan.decision, plan.month) == ("accept", "2014-06")
    signed = read({"表": [["重点项目进展情况表"], ["填报单位：甲镇    2014年6月"], HEADER, FACTORY]})
    assert (signed.decision, signed.month) == ("accept", "2014-06")


def test_a_month_without_a_year_asks_for_the_year() -> None:
    found = read({"表": [["6月进展情况表"], HEADER, FACTORY]})
    assert (found.decision, found.month) == ("ask", None)
    assert "没有写年份" in (found.message or "")


def test_the_day_of_signing_is_not_the_month_reported() -> None:
    found = read({"表": [["2014年6月进展情况表", None, "填报日期：2014年7月5日"], HEADER, FACTORY]})
    assert (found.decision, found.month) == ("accept", "2014-06")


def test_another_months_column_is_left_out_and_last_months_total_only_compared() -> None:
    header = ["序号", "项目名称", "1-4月累计完成投资", "1-5月累计完成投资", "6月完成投资", "1-6月累计完成投资"]
    found = read({"表": [JUNE, header, [1, "甲厂", 1200, 1500, 500, 2000], [2, "乙路", 900, 1000, 500, 1600]]})
    assert (found.decision, found.month) == ("accept", "2014-06")
    assert [row.value("reported_ytd_wan") for row in found.rows] == [2000, 1600]
    said = [(fault.code, fault.cell) for fault in found.faults]
    assert said == [("column_left_out", "C2"), ("column_compared", "D2")]
    assert [[fault.code for fault in row.faults] for row in found.rows] == [[], ["month_identity"]]  # 1000 + 500 ≠ 1600


# ------------------------------------------------------------------------------------------------------ the unit


@pytest.mark.parametrize("line", ["单位：亿元", "金额单位:亿元", "（单位：亿元）", "计量单位：亿 元"])
def test_the_sheets_unit_counts_for_bare_numbers(line: str) -> None:
    lines = [JUNE, [line], HEADER, [1, "甲厂", 0.8, 0.4, 0.2], [2, "乙路", "6000万元", 0.3, "1500万"]]
    found = read({"表": lines})
    assert (found.unit, money(found)) == ("亿元", TWO)


def test_the_heading_beats_the_sheet_and_the_cell_beats_the_heading() -> None:
    header = ["序号", "项目名称", "总投资（亿元）", "年度计划投资", "累计完成投资（元）"]
    found = read(
        {"表": [JUNE, ["单位：万元"], header, [1, "甲厂", 0.8, 4000, 20_000_000], [2, "乙路", 0.6, 3000, "1500万元"]]}
    )
    assert (found.unit, money(found)) == ("万元", TWO)


def test_a_reporting_unit_is_no_unit_of_money() -> None:
    found = read({"表": [JUNE, ["填报单位：亿元镇"], HEADER, FACTORY]})
    assert (found.unit, money(found)) == ("万元", TWO[:1])


def test_two_units_or_figures_out_of_all_proportion_are_a_question() -> None:
    two = read({"表": [JUNE, ["单位：万元", None, "单位：亿元"], HEADER, FACTORY, ROAD]})
    assert [(question.id, question.code) for question in two.questions] == [("unit:表", "unit")]
    small = {"表": [JUNE, HEADER, [1, "甲厂", 0.8, 0.4, 0.2], [2, "乙路", 0.6, 0.3, 0.15], [3, "丙园", 3, 1, 0.5]]}
    assert [question.id for question in read(small).questions] == ["unit:表"]
    settled = read(small, answers={"unit:表": "亿元"})
    assert (settled.decision, settled.unit, money(settled)[:2]) == ("accept", "亿元", TWO)


# ------------------------------------------------------------------------------------------------ cells and columns


def test_every_unreadable_figure_is_named_at_once_and_the_file_refused() -> None:
    lines = [
        JUNE,
        HEADER,
        [1, "甲厂", 8000, "四千左右吧", 2000],
        [2, "乙路", "abc", 3000, 1500],
        [3, "丙园", 9, 2, "??"],
    ]
    found = read({"项目进度": lines})
    assert found.decision == "refuse"
    errors = [fault for row in found.rows for fault in row.faults]
    assert [(fault.cell, fault.raw, fault.severity) for fault in errors] == [
        ("D3", "四千左右吧", "error"),
        ("C4", "abc", "error"),
        ("E5", "??", "error"),
    ]
    assert errors[0].message == "项目进度!D3 年度计划投资“四千左右吧”不是数字，请填数字，单位万元。"
    assert (
        found.message == "项目进度!D3 年度计划投资“四千左右吧”不是数字，请填数字，单位万元；另有2处错误，请一并改正。"
    )


def test_a_formula_without_a_value_is_computed_from_its_row_or_named() -> None:
    lines = [JUNE, [*HEADER, "完成率"], [1, "甲厂", "=4000*2", 4000, "=SUM(C3:D3)-10000", "封顶", "甲镇", "=E3/D3"]]
    found = read({"表": lines})
    assert (found.decision, money(found)) == ("accept", TWO[:1])
    assert codes(found) == ["formula_computed", "formula_computed", "formula_uncalculated"]
    other = read({"表": [JUNE, HEADER, [1, "甲厂", 8000, 4000, "=Sheet2!A1"]]})
    assert (other.decision, other.rows[0].value("reported_ytd_wan")) == ("refuse", None)
    assert "E3" in (other.message or "")


def test_an_error_value_is_never_a_number_and_in_the_rate_column_only_a_notice() -> None:
    def errors(sheets: Mapping[str, Worksheet]) -> None:
        sheets["表"]["H3"] = "#DIV/0!"
        sheets["表"]["H3"].data_type = "e"

    found = read({"表": [JUNE, [*HEADER, "完成率"], FACTORY]}, shape=errors)
    assert (found.decision, codes(found)) == ("accept", ["cell_error"])


def test_the_rate_is_recomputed_and_a_different_stated_one_is_a_notice() -> None:
    near, far = [2, "乙路", 6000, 3000, 1000, "x", "乙镇", 33.3], [3, "丙园", 6000, 3000, 1000, "x", "丙镇", 33.5]
    found = to_json(read({"表": [JUNE, [*HEADER, "完成率"], [*FACTORY, "50%"], near, far]}))
    assert [row["completion_pct"] for row in found["rows"]] == ["50.00", "33.33", "33.33"]  # 100 × 1000/3000
    assert [[fault["code"] for fault in row["faults"]] for row in found["rows"]] == [[], [], ["rate_differs"]]


def test_two_columns_of_one_meaning_with_different_values_are_a_question() -> None:
    lines = [JUNE, ["序号", "项目名称", "累计完成投资", "本年累计完成投资"], [1, "甲厂", 2000, 2001]]
    found = read({"表": lines})
    assert [question.id for question in found.questions] == ["column:表:reported_ytd_wan"]
    assert [choice.value for choice in found.questions[0].choices] == ["C", "D"]
    settled = read({"表": lines}, answers={"column:表:reported_ytd_wan": "D"})
    assert (settled.decision, settled.rows[0].value("reported_ytd_wan")) == ("accept", 2001)
    same = read({"表": [*lines[:2], [1, "甲厂", 2000, "2,000"]]})
    assert same.decision == "accept"


def test_the_same_project_twice_counts_once_or_is_asked() -> None:
    other = [3, "甲厂", 8000, 4000, 2100, "主体封顶", "甲镇"]
    equal = read({"表": [JUNE, HEADER, FACTORY, ROAD, [3, *FACTORY[1:]]]})
    assert (equal.decision, money(equal), skipped(equal)) == ("accept", TWO, [(5, "duplicate")])
    unlike = read({"表": [JUNE, HEADER, FACTORY, ROAD, other]})
    assert (unlike.decision, [question.id for question in unlike.questions]) == ("ask", ["duplicate:表!3|表!5"])
    assert len(unlike.rows) == 3
    later = read({"表": [JUNE, HEADER, FACTORY, ROAD, other]}, answers={"duplicate:表!3|表!5": "表!5"})
    assert (later.decision, [row.row for row in later.rows], skipped(later)) == ("accept", [4, 5], [(3, "duplicate")])
    both = read({"表": [JUNE, HEADER, FACTORY, ROAD, other]}, answers={"duplicate:表!3|表!5": "both"})
    assert (both.decision, len(both.rows)) == ("accept", 3)


def test_figures_without_a_project_name_are_an_error() -> None:
    found = read({"表": [JUNE, HEADER, FACTORY, [2, None, 6000, 3000, 1500]]})
    assert (found.decision, codes(found)) == ("refuse", ["name_missing"])
    assert "表!B4" in (found.message or "")


def test_a_line_without_serial_and_name_that_holds_only_words_goes_on_with_the_project_above() -> None:
    found = read({"表": [JUNE, HEADER, FACTORY, [None, None, None, None, None, "设备进场", "丙局"], ROAD]})
    assert [(row.row, row.value("physical_progress")) for row in found.rows] == [
        (3, "主体封顶\n设备进场"),
        (5, "路基施工"),
    ]
    assert found.rows[0].value("responsible_unit") == "甲镇、丙局"
    assert (found.decision, codes(found)) == ("accept", ["line_continued"])
    assert "“甲厂”之后" in found.rows[0].faults[0].message
    for line in ([None, None, None, None, 300, "设备进场"], [2, None, None, None, None, "设备进场"]):
        assert read({"表": [JUNE, HEADER, FACTORY, line, ROAD]}).decision == "refuse"  # a name was forgotten


def test_a_percent_in_words_and_another_in_its_column_are_asked_and_the_answer_counts() -> None:
    lines = [
        JUNE,
        ["序号", "项目名称", "形象进度百分比", "形象进度", "累计完成投资"],
        [1, "甲厂", 80, "总体完成60%", 1],
    ]
    fields = ("physical_progress_pct", "physical_progress_is_whole", "physical_progress")
    asked = read({"表": lines})
    assert [(one.id, [choice.value for choice in one.choices]) for one in asked.questions] == [
        ("percent:表!C3", ["C3", "D3", "blank"])
    ]
    assert values(asked.rows[0], *fields) == (None, False, "总体完成60%")  # never a pick
    for answer, wanted in {"C3": (80, False), "D3": (60, True), "blank": (None, False)}.items():
        settled = read({"表": lines}, answers={"percent:表!C3": answer})
        assert (settled.decision, settled.questions) == ("accept", ())
        assert values(settled.rows[0], *fields) == (*wanted, "总体完成60%")


def test_two_sheets_of_one_name_are_refused() -> None:
    """Found by fuzzing: rows are known by sheet and line, so that both would have been dropped as duplicates."""
    sheet = Sheet("表", rows={1: {1: "2023年6月"}, 2: {1: "项目名称", 2: "累计完成投资"}, 3: {1: "甲厂", 2: 1}})
    found = reading.read(Workbook("xlsx", [sheet, sheet]), "表.xlsx")
    assert (found.decision, found.rows) == ("refuse", ())
    assert "两个工作表都叫“表”" in (found.message or "")


def test_a_line_break_in_a_cell_does_not_break_the_sentence_about_it() -> None:
    found = read({"表": [JUNE, HEADER, [1, "甲厂", "很\n多" * 30, 4000, 2000]]})
    assert found.message == f"表!C3 总投资“{'很 多' * 13}很…”不是数字，请填数字，单位万元。"


def test_a_column_nobody_knows_is_said_once() -> None:
    found = read({"表": [JUNE, [*HEADER, "用地面积（亩）", "联系电话"], [*FACTORY, 30, "0516-1"]]})
    assert (found.decision, codes(found)) == ("accept", ["unknown_columns"])
    assert "用地面积" in found.faults[0].message and "联系电话" not in found.faults[0].message


def test_physical_percent_and_words_stand_side_by_side() -> None:
    header = ["序号", "项目名称", "形象进度", "计划形象进度"]
    found = read(
        {
            "表": [
                JUNE,
                header,
                [1, "甲厂", "总体完成45%", "50%"],
                [2, "乙路", "60%", 0.65],
                [3, "丙园", "完成主体工程的33%", None],
            ]
        }
    )
    fields = ("physical_progress", "physical_progress_pct", "physical_progress_is_whole", "physical_progress_plan_pct")
    assert [values(row, *fields) for row in found.rows] == [
        ("总体完成45%", 45, True, 50),
        ("60%", 60, False, 65),
        ("完成主体工程的33%", None, False, None),
    ]


def test_states_declarations_and_judgements_are_read() -> None:
    header = ["序号", "项目名称", "累计完成投资", "项目状态", "督查情况", "节点完成情况", "督查组", "得分"]
    rows: list[Any] = [
        [1, "甲厂", 1, "未开工", "拒绝督查", "基本完成", "第一组", "88.5分"],
        [2, "乙路", 2, "已完工", "正常", "达到", "第二组", 90],
    ]
    found = read({"表": [JUNE, header, *rows]})
    fields = ("state", "states_not_started", "declaration", "node_judgement", "team", "score")
    assert [values(row, *fields) for row in found.rows] == [
        ("未开工", True, "拒绝督查", "基本达到", "第一组", Decimal("88.5")),
        ("已完工", False, None, "达到", "第二组", 90),
    ]


# ------------------------------------------------------------------------------------------- plan and responsibility


def test_an_annual_plan_with_responsibility_columns_is_one_sheet() -> None:
    header = [
        "序号",
        "项目编号",
        "项目名称",
        "建设内容及规模",
        "建设起止年限",
        "总投资（亿元）",
        "2014年计划投资",
        "年度目标",
        "主要责任单位",
        "包挂领导",
    ]
    found = read(
        {
            "表": [
                ["2014年度重点项目计划表"],
                ["单位：万元"],
                header,
                [1, "A01", "甲厂", "厂房", "2013.3-2015.10", 0.8, 4000, "封顶", "甲镇", "张三"],
            ]
        }
    )
    assert (found.decision, found.spec, found.month) == ("accept", "annual_plan", None)
    fields = (
        "code",
        "content",
        "planned_start",
        "planned_finish",
        "total_investment_wan",
        "annual_plan_wan",
        "target",
        "responsible_unit",
        "lead_official",
    )
    assert values(found.rows[0], *fields) == (
        "A01",
        "厂房",
        date(2013, 3, 1),
        date(2015, 10, 1),
        8000,
        4000,
        "封顶",
        "甲镇",
        "张三",
    )


@pytest.mark.parametrize(
    ("headings", "figures"),
    [
        (["1-1月", "1-2月", "1-3月"], [100, 250, 300]),  # running totals by their headings
        (["1月", "2月", "3月"], [100, 250, 300]),  # the last is the annual plan
        (["1月", "2月", "3月"], [100, 150, 50]),  # each month's own: they add up to the annual plan
    ],
)
def test_a_plan_by_months_is_kept_as_running_totals(headings: list[str], figures: list[int]) -> None:
    header = ["序号", "项目名称", "年度计划投资", *headings]
    found = read({"表": [["2014年度重点项目计划表"], header, [1, "甲厂", 300, *figures]]})
    assert (found.decision, found.spec) == ("accept", "annual_plan")
    assert values(found.rows[0], "plan_month_wan_01", "plan_month_wan_02", "plan_month_wan_03") == (100, 250, 300)
    assert [found.rows[0].fields[f"plan_month_wan_0{month}"].cell for month in (1, 2, 3)] == ["D3", "E3", "F3"]


def test_a_responsibility_sheet_tells_the_departments_people_from_the_units() -> None:
    header = [
        "序号",
        "项目名称",
        "包挂领导",
        "主要责任单位",
        "班子成员",
        "跟踪服务人员",
        "挂钩部门",
        "分管领导",
        "工作人员",
    ]
    found = read(
        {
            "表": [
                ["重点项目责任分解表"],
                header,
                [1, "甲厂", "张三", "甲镇", "李四", "王五、赵六", "发改委", "钱七", "孙八"],
            ]
        }
    )
    assert (found.decision, found.spec, found.month) == ("accept", "responsibility", None)
    fields = (
        "lead_official",
        "responsible_unit",
        "team_leader",
        "service_staff",
        "paired_department",
        "department_leader",
        "department_staff",
    )
    assert values(found.rows[0], *fields) == ("张三", "甲镇", "李四", "王五、赵六", "发改委", "钱七", "孙八")


def test_a_bare_start_is_planned_and_beside_a_planned_one_actual() -> None:
    alone = read({"表": [JUNE, [*HEADER, "开工时间"], [*FACTORY, "2014年3月"]]})
    assert values(alone.rows[0], "planned_start", "actual_start") == (date(2014, 3, 1), None)
    both = read({"表": [JUNE, [*HEADER, "计划开工时间", "开工时间"], [*FACTORY, "2014年3月", "2014年4月"]]})
    assert values(both.rows[0], "planned_start", "actual_start") == (date(2014, 3, 1), date(2014, 4, 1))


# ------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("sheets", "part"),
    [
        ({"表": [["2014年6月"], ["序号", "总投资"], [1, 8000]]}, "没有找到“项目名称”列"),
        (
            {"表": [["各单位完成情况"], ["责任单位", "项目个数", "年度计划", "累计完成"], ["甲镇", 5, 1, 1]]},
            "汇总统计表",
        ),
        ({"表": [JUNE, HEADER]}, "表头下没有项目行"),
        ({"表": [JUNE, ["序号", "项目名称", "用地面积"], [1, "甲厂", 30]]}, "没有投资、进度、计划或责任单位"),
        ({"表": []}, "没有任何内容"),
    ],
)
def test_a_sheet_that_is_none_of_ours_is_refused_in_one_sentence(sheets: dict[str, list[list[Any]]], part: str) -> None:
    found = read(sheets)
    assert found.decision == "refuse"
    assert part in (found.message or "")
    assert (found.message or "").count("。") == 1 and (found.message or "").endswith("。")


def test_the_json_has_exactly_the_contracts_fields() -> None:
    found = to_json(read({"表": [JUNE, [*HEADER, "开工时间", "得分"], [*FACTORY, "2014年3月", 88]]}))
    assert list(found) == ["decision", "message", "month", "unit", "sheets", "rows", "skipped", "questions", "faults"]
    assert found["rows"] == [
        {
            "sheet": "表",
            "row": 3,
            "name": "甲厂",
            "category": None,
            "total_investment_wan": "8000",
            "annual_plan_wan": "4000",
            "invested_ytd_wan": "2000",
            "completion_pct": "50.00",
            "physical_progress": "主体封顶",
            "physical_progress_pct": None,
            "problems": None,
            "responsible_unit": "甲镇",
            "responsible_person": None,
            "lead_official": None,
            "planned_start": "2014-03",
            "score": "88.00",
            "faults": [],
        }
    ]


def test_verified_investment_stands_in_where_no_plain_column_is() -> None:
    found = to_json(read({"表": [JUNE, ["序号", "项目名称", "年度计划", "核实投资"], [1, "甲厂", 4000, 1900]]}))
    assert (found["rows"][0]["invested_ytd_wan"], found["rows"][0]["completion_pct"]) == ("1900", "47.50")
