"""The sender's own workbook with the findings in it (标注): what is marked, what stays, and that it reads as before."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import hostile
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import xlsx

import importers
from importers import annotate, reading, workbook
from importers.cellformats import COLOURS
from importers.grid import Unreadable, cell_name
from importers.remarks import SEPARATOR

TITLE: list[Any] = ["2024年6月重点项目进展情况表"]
HEADINGS: list[Any] = ["序号", "项目名称", "年度计划投资", "累计完成投资", "形象进度"]
ROWS: list[list[Any]] = [
    [1, "甲厂", 10000, 6000, "主体封顶"],
    [2, "乙厂", 8000, "待统计部门核定", "桩基"],  # D5: no number, an error
    [3, "丙厂", 5000, "约3000", "装修"],  # D6: about, a notice
    [4, "丁厂", 6000, 45000, "基础"],  # D7: 7.5 times the plan, a question
]
FAULTY: dict[str, list[list[Any]]] = {"6月": [TITLE, ["单位：万元"], HEADINGS, *ROWS]}
ERROR, QUESTION, NOTICE = "D6", "D8", "D7"  # the title and the unit stand above: rows 4–7
TORTURE = Path(__file__).parents[3] / "shared" / "testdata" / "torture"
WORKBOOKS = Path(__file__).parents[3] / "shared" / "workbooks"


def found_in(content: bytes, filename: str = "表.xlsx") -> dict[str, Any]:
    """The check JSON, read in this process."""
    return importers.to_json(reading.read(workbook.open_workbook(content, filename), filename))


def marked(content: bytes, filename: str = "表.xlsx") -> bytes:
    return annotate.marked(content, filename, found_in(content, filename))


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def page(content: bytes) -> Worksheet:
    found = opened(content).active
    assert isinstance(found, Worksheet)
    return found


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same package with parts rewritten."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts(content).items():
            archive.writestr(name, change(name, data))
    return stream.getvalue()


def with_results(content: bytes, results: dict[str, str]) -> bytes:
    """Formulas with the results that Excel would have stored: openpyxl writes none."""

    def change(name: str, data: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return data
        text = data.decode()
        for cell, result in results.items():
            text, count = re.subn(rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v ?/>', rf"\g<1><v>{result}</v>", text)
            assert count == 1
        return text.encode()

    return repacked(content, change)


def colour(sheet: Worksheet, cell: str) -> str:
    return str(sheet[cell].fill.fgColor.rgb)


# ---- what is marked -------------------------------------------------------------------------------------------------


def test_a_faulty_cell_is_coloured_by_severity_and_says_its_sentence_in_a_comment() -> None:
    content = xlsx(FAULTY)
    sheet = page(marked(content))
    sentences = {fault["cell"]: fault["message"] for row in found_in(content)["rows"] for fault in row["faults"]} | {
        question["cell"]: question["message"] for question in found_in(content)["questions"]
    }
    assert set(sentences) == {"D5", "D6", "D7"}
    for cell, severity, word in (("D5", "error", "错误"), ("D6", "notice", "提示"), ("D7", "question", "待确认")):
        assert colour(sheet, cell) == COLOURS[severity]
        assert sheet[cell].fill.patternType == "solid"
        assert sheet[cell].comment is not None
        assert f"【{word}】{sentences[cell]}" in sheet[cell].comment.text
    assert sheet["D4"].comment is None
    assert sheet["D4"].fill.patternType is None


def test_a_column_named_error_stands_right_of_the_table_with_all_sentences_of_a_row_and_can_be_filtered() -> None:
    rows = [*ROWS[:1], [2, "乙厂", "八千多的样子", "待统计部门核定", "桩基"]]
    content = xlsx({"6月": [TITLE, ["单位：万元"], HEADINGS, *rows]})
    sheet = page(marked(content))
    assert sheet["F3"].value == "错误"
    assert sheet["F4"].value is None  # 甲厂 has nothing wrong
    first, second = (fault["message"] for fault in found_in(content)["rows"][1]["faults"])
    assert sheet["F5"].value == f"【错误】{first} 【错误】{second}"
    assert sheet.auto_filter.ref == "A3:F5"
    assert sheet.column_dimensions["F"].width == 60


def test_a_filter_that_was_there_is_widened_and_keeps_its_choices() -> None:
    def shape(sheets: Any) -> None:
        sheets["6月"].auto_filter.ref = "A3:E7"
        sheets["6月"].auto_filter.add_filter_column(4, ["桩基", "装修"])

    sheet = page(marked(xlsx(FAULTY, shape)))
    assert sheet.auto_filter.ref == "A3:F7"
    (choice,) = sheet.auto_filter.filterColumn
    assert (choice.colId, choice.filters.filter) == (4, ["桩基", "装修"])


def test_a_header_of_two_rows_gets_one_merged_heading() -> None:
    lines = [
        TITLE,
        ["序号", "项目名称", "投资", None, "形象进度"],
        [None, None, "年度计划投资（万元）", "累计完成投资（万元）", None],
        *ROWS,
    ]

    def shape(sheets: Any) -> None:
        for merge in ("A2:A3", "B2:B3", "C2:D2", "E2:E3"):
            sheets["6月"].merge_cells(merge)

    content = xlsx({"6月": lines}, shape)
    sheet = page(marked(content))
    assert sheet["F2"].value == "错误"
    assert {str(merge) for merge in sheet.merged_cells.ranges} == {"A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:F3"}
    assert found_in(marked(content)) == found_in(content)


def test_what_concerns_the_whole_sheet_is_said_at_the_heading_of_the_column() -> None:
    content = xlsx({"表": [["重点项目进展情况表"], HEADINGS, *ROWS[:1]]})  # no month anywhere: a question
    sheet = page(marked(content))
    (question,) = found_in(content)["questions"]
    assert sheet["F2"].comment is not None
    assert f"【待确认】{question['message']}" in sheet["F2"].comment.text


def test_a_sheet_without_a_table_says_why_it_is_refused_in_its_first_cell() -> None:
    content = xlsx({"表": [["单位", "面积"], ["杨屯镇", 12]]})
    sheet = page(marked(content))
    assert sheet["A1"].comment is not None
    assert f"【错误】{found_in(content)['message']}" in sheet["A1"].comment.text
    assert sheet["A1"].value == "单位"


def test_a_cell_that_is_not_in_the_file_can_be_marked() -> None:
    content = xlsx({"6月": [TITLE, HEADINGS, [1, None, 5000, 100, "桩基"]]})  # B3: no name
    assert [fault["cell"] for fault in found_in(content)["rows"][0]["faults"]] == ["B3"]
    assert colour(page(marked(content)), "B3") == COLOURS["error"]


def test_of_a_merged_range_the_cell_that_shows_is_marked() -> None:
    lines = [TITLE, [*HEADINGS, "开工时间"], [*ROWS[0], "13月"], [*ROWS[1][:3], 4000, "桩基"]]

    def shape(sheets: Any) -> None:
        sheets["6月"].merge_cells("F3:F4")

    content = xlsx({"6月": lines}, shape)
    cells = [fault["cell"] for row in found_in(content)["rows"] for fault in row["faults"]]
    assert cells == ["F3", "F4"]
    sheet = page(marked(content))
    assert sheet["F3"].comment is not None
    assert sheet["G4"].value is not None  # the row itself still says it


# ---- what stays -----------------------------------------------------------------------------------------------------


def rich() -> bytes:
    """A sheet with all that a clerk may have put into one: D6 holds an error, E4 a formula with its result."""

    def shape(sheets: Any) -> None:
        sheet = sheets["6月"]
        sheet.merge_cells("A1:E1")
        sheet["A1"].font = Font(name="方正小标宋简体", size=18, bold=True)
        sheet["D5"].fill = PatternFill("solid", fgColor="FFFFFF00")
        sheet["D5"].font = Font(color="FFFF0000", italic=True)
        sheet["D5"].number_format = "#,##0.00"
        sheet["B4"].comment = Comment("上月已核", "王五")
        sheet["D5"].comment = Comment("等统计局", "王五")
        sheet.column_dimensions["B"].width = 33
        sheet.row_dimensions[5].height = 41
        sheet.row_dimensions[8].hidden = True
        sheet["D8"] = "=VLOOKUP(B8,Z1:Z9,1)"
        sheet["C9"], sheet["D9"] = "=SUM(C4:C8)", "=SUM(D4:D8)"
        sheet.freeze_panes = "C4"
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=3, min_row=4, max_row=7))
        sheet.add_chart(chart, "J2")
        sheet.conditional_formatting.add("C4:C7", Rule("expression", formula=["C4>1"]))

    rows = [*ROWS, [5, "戊厂", 100, None, "隐藏"], [None, "合计"]]
    content = xlsx({"6月": [TITLE, ["单位：万元"], HEADINGS, *rows], "填表说明": [["请按月填报"]]}, shape)
    return with_results(content, {"D8": "77", "C9": "29100", "D9": "54077"})


def test_everything_else_in_the_workbook_stays_to_the_byte() -> None:
    content = rich()  # made once: a workbook bears the second it was made in
    before, after = parts(content), parts(marked(content))
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
        "xl/comments/comment1.xml",
        "xl/drawings/commentsDrawing1.vml",
    }
    assert "xl/worksheets/sheet1.xml" in changed
    assert after["xl/charts/chart1.xml"] == before["xl/charts/chart1.xml"]
    assert after["xl/worksheets/sheet2.xml"] == before["xl/worksheets/sheet2.xml"]


def test_formulas_results_merges_widths_heights_hidden_rows_and_styles_are_kept() -> None:
    before, after = page(rich()), page(marked(rich()))
    assert [after[cell].value for cell in ("D8", "C9", "D9")] == [
        "=VLOOKUP(B8,Z1:Z9,1)",
        "=SUM(C4:C8)",
        "=SUM(D4:D8)",
    ]
    results = openpyxl.load_workbook(io.BytesIO(marked(rich())), data_only=True)["6月"]
    assert [results[cell].value for cell in ("D8", "C9", "D9")] == [77, 29100, 54077]
    assert after.merged_cells.ranges == before.merged_cells.ranges
    assert after.column_dimensions["B"].width == 33
    assert after.row_dimensions[5].height == 41
    assert after.row_dimensions[8].hidden
    assert after.freeze_panes == "C4"
    assert len(after._charts) == 1  # type: ignore[attr-defined]
    assert len(after.conditional_formatting) == 1
    for cell in ("A1", "D5"):
        assert copy(after[cell].font) == copy(before[cell].font)
        assert after[cell].number_format == before[cell].number_format


def test_a_comment_of_the_clerk_stays_and_ours_stands_below_it() -> None:
    sheet = page(marked(rich()))
    assert sheet["B4"].comment is not None and sheet["B4"].comment.text == "上月已核"
    assert sheet["D5"].comment is not None
    own, ours = sheet["D5"].comment.text.split(SEPARATOR)
    assert own.strip() == "等统计局"
    assert ours.strip().startswith("【错误】6月!D5")


def test_a_workbook_with_macros_is_refused_in_one_sentence() -> None:
    content = hostile.package(
        hostile.cells(hostile.text("A1", "项目名称")), lambda archive: archive.writestr("xl/vbaProject.bin", b"x")
    )
    with pytest.raises(Unreadable, match="工作簿里含有宏，不能在原表上标注"):
        annotate.marked(content, "表.xlsm", found_in(content))


# ---- and back again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda: xlsx(FAULTY), rich], ids=["plain", "rich"])
def test_the_marked_file_reads_to_the_same_rows_questions_and_faults(make: Callable[[], bytes]) -> None:
    content = make()
    assert found_in(marked(content)) == found_in(content)


def test_marking_again_takes_the_old_marks_off_first() -> None:
    once = marked(xlsx(FAULTY))
    book = opened(once)
    sheet = book["6月"]
    sheet["D5"] = 4000  # the clerk corrects one cell, in a program that writes the whole file anew
    stream = io.BytesIO()
    book.save(stream)
    again = page(marked(stream.getvalue()))
    assert again["D5"].fill.patternType is None or colour(again, "D5") not in COLOURS.values()
    assert again["D5"].comment is None
    assert again["F5"].value is None
    assert colour(again, "D6") == COLOURS["notice"]
    assert again["D6"].comment is not None and again["D6"].comment.text.count("【提示】") == 1
    assert [cell.value for cell in again[3]].count("错误") == 1


def test_a_corrected_file_has_no_marks_left_and_the_clerks_own_fills_and_comments_are_back() -> None:
    book = opened(marked(rich()))
    for cell, value in (("D5", 4000), ("D6", 3000), ("D7", 4500)):
        book["6月"][cell] = value
    stream = io.BytesIO()
    book.save(stream)
    content = with_results(stream.getvalue(), {"D8": "77", "C9": "29100", "D9": "17577"})
    found = {**found_in(content), "faults": []}  # the hidden row is still said; here nothing is left to say
    assert all(not row["faults"] for row in found["rows"]) and not found["questions"]
    clean = page(annotate.marked(content, "表.xlsx", found))
    assert colour(clean, "D5") == "FFFFFF00"
    assert clean["D5"].comment is not None and clean["D5"].comment.text.strip() == "等统计局"
    assert clean["F3"].value is None
    assert [
        cell for row in clean.iter_rows() for cell in row if colour(clean, cell.coordinate) in COLOURS.values()
    ] == []
    commented = [cell.coordinate for row in clean.iter_rows() for cell in row if cell.comment is not None]
    assert commented == ["B4", "D5"]


def test_a_clerks_own_column_named_error_is_left_alone() -> None:
    lines = [TITLE, [*HEADINGS, "错误"], [*ROWS[1], "已电话联系"]]
    content = xlsx({"6月": lines})
    sheet = page(marked(content))
    assert (sheet["F2"].value, sheet["F3"].value, sheet["G2"].value) == ("错误", "已电话联系", "错误")
    assert found_in(marked(content)) == found_in(content)


@pytest.mark.parametrize("name", ["表.csv", "2024年6月进展[修订]2024年6月进展[修订]2024年6月进展.csv"])
def test_a_text_table_comes_back_as_xlsx_and_reads_to_the_same_rows(name: str) -> None:
    lines = ["2024年6月进展情况表,,,,", ",".join(HEADINGS), "1,甲厂,10000,=1+1,-12%", "2,@乙厂,8000,约3000,+桩基"]
    content = "\r\n".join(lines).encode("gb18030")
    found, again = found_in(content, name), found_in(marked(content, name), name)
    assert [without_sheet(row) for row in again["rows"]] == [without_sheet(row) for row in found["rows"]]
    sheet = page(marked(content, name))
    assert (sheet["D3"].value, sheet["D3"].data_type, sheet["D3"].quotePrefix) == ("=1+1", "s", True)
    assert colour(sheet, "D3") == COLOURS["error"]


def without_sheet(row: dict[str, Any]) -> dict[str, Any]:
    """A row but for the sheet's name, which a workbook may not take as it is."""
    plain = {key: value for key, value in row.items() if key not in ("sheet", "faults")}
    return plain | {"faults": [(fault["code"], fault["cell"], fault["raw"]) for fault in row["faults"]]}


def test_an_old_binary_workbook_comes_back_as_xlsx_with_its_values() -> None:
    path = TORTURE / "sjs__wps_fn.et"
    if not path.exists():
        pytest.skip("no torture collection beside the project")
    content = path.read_bytes()
    before = workbook.open_workbook(content, path.name)
    after = workbook.open_workbook(marked(content, path.name), path.name)
    assert [(sheet.name, sheet.rows) for sheet in after.sheets] == [(sheet.name, sheet.rows) for sheet in before.sheets]


def test_every_readable_file_of_the_torture_collection_can_be_marked_and_holds_the_same_cells() -> None:
    if not TORTURE.is_dir():
        pytest.skip("no torture collection beside the project")
    for path in sorted(TORTURE.iterdir()):
        content = path.read_bytes()
        try:
            before = workbook.open_workbook(content, path.name)
        except Unreadable:
            continue
        if before.has_macros or before.kind != "xlsx":
            continue
        after = workbook.open_workbook(marked(content, path.name), path.name)
        for one, other in zip(before.sheets, after.sheets, strict=True):
            assert one.rows == other.rows, path.name
            assert (one.merges, one.hidden_rows, one.hidden_columns) == (
                other.merges,
                other.hidden_rows,
                other.hidden_columns,
            )


@pytest.mark.parametrize("number", [0, 1], ids=["June", "August"])
def test_the_county_workbooks_read_to_the_same_after_marking(number: int) -> None:
    found = sorted(WORKBOOKS.glob("*.xlsx"))
    if not found:
        pytest.skip("no county workbooks beside the project")
    content, name = found[number].read_bytes(), found[number].name
    assert found_in(marked(content, name), name) == found_in(content, name)
    assert annotate.annotated_name(name).startswith(name.removesuffix(".xlsx"))


def test_a_foreign_prefix_and_cells_without_references_are_marked_too() -> None:
    words = [TITLE, HEADINGS, ["1", "乙厂", "8000", "待核定", "桩基"]]
    lines = "".join(
        "<x:row>" + "".join(f'<x:c t="inlineStr"><x:is><x:t>{word}</x:t></x:is></x:c>' for word in line) + "</x:row>"
        for line in words
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = hostile.package(f'<x:worksheet xmlns:x="{space}"><x:sheetData>{lines}</x:sheetData></x:worksheet>')
    found = found_in(content)
    assert [fault["cell"] for fault in found["rows"][0]["faults"]] == ["D3"]
    assert found_in(marked(content)) == found
    after = parts(marked(content))
    assert b'<x:c r="F2"' in after["xl/worksheets/sheet1.xml"]
    assert b"xl/styles1.xml" in after["xl/_rels/workbook.xml.rels"] or "xl/styles1.xml" in after


cells = st.one_of(
    st.none(), st.integers(-5, 90_000), st.sampled_from(["约3000", "1.2亿", "—", "待定的", "合计", "3000+20"])
)


@given(st.lists(st.tuples(st.sampled_from(["甲厂", "乙厂", "丙厂", None]), cells, cells), min_size=1, max_size=8))
@settings(max_examples=60)
def test_whatever_is_wrong_a_marked_sheet_reads_as_before_and_once_more(
    rows: Sequence[tuple[str | None, Any, Any]],
) -> None:
    lines = [TITLE, HEADINGS[:4], *([number, *row] for number, row in enumerate(rows, 1))]
    content = xlsx({"6月": lines})
    found = found_in(content)
    once = annotate.marked(content, "表.xlsx", found)
    assert found_in(once) == found
    assert found_in(annotate.marked(once, "表.xlsx", found)) == found
    for row in found["rows"]:
        for fault in row["faults"]:
            assert colour(page(once), fault["cell"]) in COLOURS.values()


# ---- through the door -----------------------------------------------------------------------------------------------


def test_marking_is_done_in_the_limited_child_and_ends_in_bytes_or_a_sentence() -> None:
    content = xlsx(FAULTY)
    found = importers.to_json(importers.check(content, "表.xlsx"))
    assert importers.annotated(content, "表.xlsx", found) == annotate.marked(content, "表.xlsx", found)
    with pytest.raises(Unreadable, match="过大"):
        importers.annotated(hostile.zip_bomb(60), "表.xlsx", found)


@pytest.mark.slow
def test_ten_thousand_rows_of_twenty_five_columns_are_marked_within_the_limits() -> None:
    lines: list[list[Any]] = [TITLE, [*HEADINGS, *(f"附{number}" for number in range(20))]]
    for number in range(10_000):
        done = "待定的" if number % 100 == 0 else number % 900
        lines.append([number, f"项目{number}", 1000, done, "桩基", *range(20)])
    written = (
        f'<row r="{row}">'
        + "".join(cell(cell_name(row, column), value) for column, value in enumerate(line, 1))
        + "</row>"
        for row, line in enumerate(lines, 1)
    )
    content = hostile.package(f"<worksheet {hostile.MAIN}><sheetData>{''.join(written)}</sheetData></worksheet>")
    found = importers.to_json(importers.check(content, "表.xlsx"))
    assert len(found["rows"]) == 10_000
    after = importers.annotated(content, "表.xlsx", found)
    assert importers.to_json(importers.check(after, "表.xlsx")) == found


def cell(reference: str, value: Any) -> str:
    return hostile.text(reference, value) if isinstance(value, str) else f'<c r="{reference}"><v>{value}</v></c>'
