"""Opening a file: the type by content, the archive under limits, every value as the sheet shows it."""

import io
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal

import hostile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from workbooks import xlsx
from zoo.biff import BiffSheet, xls

from importers import archive
from importers.grid import CellError, Formula, Percent, Range, Stamp, Unreadable
from importers.numberformats import format_kind
from importers.workbook import open_workbook

SMALL = xlsx({"表": [["2014年6月"], ["项目名称", "总投资"], ["甲厂", 8000]]})


def refused(content: bytes, name: str = "表.xlsx") -> str:
    with pytest.raises(Unreadable) as raised:
        open_workbook(content, name)
    sentence = str(raised.value)
    assert sentence.endswith("。") and sentence.count("。") == 1
    return sentence


# --------------------------------------------------------------------------------------------------- kinds of file


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "文件是空的"),
        (b"x" * (5 * 1024 * 1024 + 1), "超过5MB"),
        (b"%PDF-1.4", "PDF文件"),
        (b"\x89PNG\r\n", "图片"),
        (b"PK\x03\x04" + b"\0" * 100, "已损坏"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 3000, "已损坏"),
        (b"\x09\x08\x10\x00", "很早的Excel格式"),
        (b"<html><body>please sign in</body></html>", "没有表格"),
        (b"<html><table><tr><td>\xff\xfe\xfd</td></tr></table>", "编码读不出"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "单个文件网页"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "已损坏"),
        (b'<?xml version="1.0"?><Invoice/>', "XML文件"),
        (b"\0\1\2\3" * 50, "不是Excel工作簿"),
    ],
)
def test_what_is_no_workbook_is_refused_by_its_content(content: bytes, part: str) -> None:
    assert part in refused(content)


@pytest.mark.parametrize(
    ("entries", "part"),
    [
        ({"word/document.xml": b"<w/>"}, "Word文档"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "OpenDocument"),
        ({"xl/workbook.bin": b"x"}, ".xlsb"),
        ({"Index/Document.iwa": b"x"}, "Numbers"),
        ({"一.txt": b"x"}, "压缩包"),
    ],
)
def test_other_packages_are_named(entries: dict[str, bytes], part: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in entries.items():
            package.writestr(name, content)
    assert part in refused(stream.getvalue())


def test_the_type_is_told_by_content_and_not_by_name() -> None:
    assert open_workbook(xlsx({"表": [["项目名称"]]}), "表.xls").kind == "xlsx"
    assert open_workbook("项目名称,总投资\n甲厂,8000\n".encode(), "表.xlsx").kind == "csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_tables_are_read_in_the_encodings_of_the_country(encoding: str, mark: str) -> None:
    text = f'项目名称{mark}编号\r\n"甲{mark}厂"{mark}007\r\n'
    sheet = open_workbook(text.encode(encoding), "六月.csv").sheets[0]
    assert (sheet.name, sheet.rows) == ("六月", {1: {1: "项目名称", 2: "编号"}, 2: {1: f"甲{mark}厂", 2: "007"}})


# ---------------------------------------------------------------------------------------------------------- values


def test_values_are_typed_as_the_sheet_shows_them() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["B1"], sheet["C1"] = 7000, 13.37, "文字"
    sheet["D1"], sheet["D1"].number_format = 0.72, "0.0%"
    june = datetime(2014, 6, 1)  # noqa: DTZ001
    for cell, code in (("E1", 'yyyy"年"m"月"'), ("F1", "yyyy-mm-dd"), ("G1", "yyyy")):
        sheet[cell], sheet[cell].number_format = june, code
    sheet["H1"], sheet["I1"] = True, "=A1+1"
    sheet["J1"], sheet["J1"].data_type = "#DIV/0!", "e"
    sheet["K1"], sheet["K1"].number_format = timedelta(hours=255), "[h]:mm"
    sheet["L1"] = "'=A1"
    stream = io.BytesIO()
    book.save(stream)
    row = open_workbook(stream.getvalue(), "表.xlsx").sheets[0].rows[1]
    assert row == {
        1: 7000,
        2: 13.37,
        3: "文字",
        4: Percent(Decimal("72.00")),
        5: Stamp(june, "month"),
        6: Stamp(june, "day"),
        7: Stamp(june, "year"),
        8: True,
        9: Formula("A1+1"),
        10: CellError("#DIV/0!"),
        11: timedelta(hours=255),
        12: "'=A1",
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "number"),
        ("#,##0.00_ ", "number"),
        ('0"万元"', "万元"),
        ('#,##0.00"亿元"', "亿元"),
        ('0.00_ "亿";[Red]-0.00_ "亿"', "亿元"),
        ('0!.0,"万元"', "number"),  # shows a tenth of a ten-thousandth: what is written is not what is there
        ('#,##0.00"元"', "number"),
        ('0"万亩"', "number"),
        ('_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "number"),
        ("0.00E+00", "number"),
        ("[Red]0.0%", "percent"),
        ("yyyy/m/d h:mm", "day"),
        ("[$-804]yyyy年m月", "month"),
        ('m"月"', "month"),
        ("[h]:mm:ss", "duration"),
        ("h:mm", "duration"),
        ('"day" 0', "number"),
    ],
)
def test_a_number_format_says_what_the_number_is(code: str, kind: str) -> None:
    assert format_kind(164, code) == kind


def test_merges_hidden_rows_columns_and_sheets_are_known() -> None:
    def shape(sheets: object) -> None:
        sheet = sheets["表"]  # type: ignore[index]
        sheet.merge_cells("A1:C2")
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheets["暗"].sheet_state = "veryHidden"  # type: ignore[index]

    book = open_workbook(xlsx({"表": [["题"], [], [1, 2]], "暗": [[1]]}, shape), "表.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("表", False), ("暗", True)]
    sheet = book.sheets[0]
    assert (sheet.merges, sheet.hidden_rows, sheet.hidden_columns) == ([Range(1, 1, 2, 3)], {3}, {2})


def test_foreign_prefixes_missing_references_and_runs_read_the_same() -> None:
    main = "http://purl.oclc.org/ooxml/spreadsheetml/main"  # the strict dialect
    sheet = (
        f'<x:worksheet xmlns:x="{main}"><x:dimension ref="A1:A1"/><x:sheetData>'
        "<x:row><x:c t='inlineStr'><x:is><x:r><x:t>项目</x:t></x:r><x:r><x:t>名称</x:t></x:r>"
        "<x:rPh><x:t>xm</x:t></x:rPh></x:is></x:c><x:c><x:v>1</x:v></x:c></x:row>"
        "<x:row r='5'><x:c r='B5' t='str'><x:f>A1</x:f><x:v>a_x000D_b</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    rows = open_workbook(hostile.package(sheet), "表.xlsx").sheets[0].rows
    assert rows == {1: {1: "项目名称", 2: 1}, 5: {2: "a\rb"}}


def test_a_shared_formula_without_a_value_is_known_in_every_cell() -> None:
    sheet = hostile.cells(
        '<c r="A1"><f t="shared" ref="A1:B1" si="0">C1*2</f></c>', '<c r="B1"><f t="shared" si="0"/></c>'
    )
    rows = open_workbook(hostile.package(sheet), "表.xlsx").sheets[0].rows
    assert rows == {1: {1: Formula("C1*2"), 2: Formula("D1*2")}}


def test_macros_are_ignored_and_said() -> None:
    content = hostile.package(
        hostile.cells(hostile.text("A1", "甲")), lambda book: book.writestr("xl/vbaProject.bin", "x")
    )
    assert open_workbook(content, "表.xlsm").has_macros


# ----------------------------------------------------------------------------------------------------- hostile files


def test_an_archive_that_inflates_beyond_the_limits_is_refused_without_being_read() -> None:
    assert "解压后过大" in refused(hostile.zip_bomb(300))
    assert "解压后过大" in refused(hostile.zip_bomb(20))  # 20 MB out of 20 kB: over 100 to 1


def test_too_many_entries_are_refused() -> None:
    def more(book: zipfile.ZipFile) -> None:
        for number in range(archive.MAX_ENTRIES):
            book.writestr(f"x{number}", "x")

    assert "部件" in refused(hostile.package(hostile.cells(), more))


def test_a_size_field_that_lies_is_refused() -> None:
    assert "已损坏" in refused(hostile.lying_size())


def test_an_entry_whose_name_is_damaged_is_refused() -> None:
    """Found by fuzzing: a local header whose name is no UTF-8 though it says so."""
    content = bytearray(hostile.package(hostile.cells(), lambda book: book.writestr("附件.xml", "x")))
    content[content.index("附件".encode()) + 1] = 0xFF
    assert "已损坏" in refused(bytes(content))


@pytest.mark.parametrize("place", ['<Row ss:Index="0"><Cell>', '<Row><Cell ss:Index="-1">'])
def test_a_cell_before_the_first_is_a_damaged_file(place: str) -> None:
    """Found by fuzzing: such a cell was read, and nobody could write it back."""
    namespace = "urn:schemas-microsoft-com:office:spreadsheet"
    page = (
        f'<?xml version="1.0"?><Workbook xmlns="{namespace}" xmlns:ss="{namespace}"><Worksheet ss:Name="表"><Table>'
        f'{place}<Data ss:Type="String">甲</Data></Cell></Row></Table></Worksheet></Workbook>'
    )
    assert "已损坏" in refused(page.encode())


def test_an_entry_without_a_name_is_no_part_of_the_workbook() -> None:
    """Found by fuzzing: zipfile's own look for a folder's slash fails on it."""
    content = bytearray(hostile.package(hostile.cells(hostile.text("A1", "甲")), lambda book: book.writestr("x", "")))
    central = content.rindex(b"PK\x01\x02")
    content[central + 28 : central + 30] = (0).to_bytes(2, "little")
    content[central + 30 : central + 32] = (1).to_bytes(2, "little")  # the name's byte is read as an extra field
    with pytest.raises(Unreadable, match="已损坏"):
        open_workbook(bytes(content), "表.xlsx")


def test_two_parts_of_one_name_are_refused() -> None:
    """One program would show the first, another the second: nobody knows which the clerk saw."""

    def again(book: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate name"):
            book.writestr("xl/worksheets/sheet1.xml", hostile.cells(hostile.text("A1", "别的")))

    assert "重名的部件" in refused(hostile.package(hostile.cells(hostile.text("A1", "甲")), again))
    other_case = hostile.package(hostile.cells(), lambda book: book.writestr("XL/Worksheets/Sheet1.xml", "x"))
    assert "重名的部件" in refused(other_case)


def test_a_panic_of_the_reader_of_old_workbooks_is_a_damaged_file() -> None:
    """Found by fuzzing: calamine's panics are no Exceptions and would have killed the child."""
    content = xls(BiffSheet("表", [["项目名称", "累计完成投资"], ["甲厂", 1]]))
    assert "已损坏" in refused(content[:4608])  # a sector that the directory promises is not there
    assert "已损坏" in refused(content[:948] + b"\2" + content[949:])  # a record longer than itself


def test_a_quotation_mark_that_nobody_closed_is_refused_with_its_line() -> None:
    assert "第2行起有引号没有成对" in refused('项目名称,完成投资\n"甲厂,1\n乙路,2\n'.encode(), "表.csv")
    closed = open_workbook('项目名称,完成投资\n"甲\n厂",1\n主体"封顶",2'.encode(), "表.csv").sheets[0]
    assert (closed.value(2, 1), closed.value(3, 1), closed.value(3, 2)) == ("甲\n厂", '主体"封顶"', "2")


def test_empty_rows_painted_down_a_whole_sheet_cost_little_and_change_nothing() -> None:
    """A format painted down to the last row leaves a million rows: only what stands in them matters."""
    painted = "".join(f'<row r="{number}" s="1" customFormat="1"/>' for number in range(3, 15_000))
    cells = "".join(f'<row r="{number}"><c r="A{number}" s="1"/></row>' for number in range(15_000, 15_020))
    body = (
        f'<row r="1">{hostile.text("A1", "甲")}</row>{painted}{cells}<row>{hostile.text("", "乙")}</row>'
        '<row r="15021" hidden="1"/>'
    ).replace(' r=""', "")
    found = open_workbook(hostile.package(f"<worksheet {hostile.MAIN}><sheetData>{body}</sheetData></worksheet>"), "")
    assert found.sheets[0].rows == {1: {1: "甲"}, 15_020: {1: "乙"}}  # a row without a number follows the last


def test_an_entity_bomb_is_refused_before_any_entity_is_read() -> None:
    assert "DOCTYPE" in refused(hostile.entity_bomb())
    utf16 = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'.encode("utf-16")
    assert "DOCTYPE" in refused(hostile.package(utf16))


def test_a_value_far_outside_is_named_by_its_cell() -> None:
    found = refused(hostile.package(hostile.cells(hostile.text("A1", "甲"), '<c r="XFD1048576"><v>1</v></c>')))
    assert "XFD1048576" in found and "20000行" in found
    assert "GS1" in refused(hostile.package(hostile.cells('<c r="GS1"><v>1</v></c>')))  # column 201
    styled = hostile.package(hostile.cells(hostile.text("A1", "甲"), '<c r="XFD1048576" s="1"/>'))
    assert open_workbook(styled, "表.xlsx").sheets[0].rows == {1: {1: "甲"}}  # a format alone is nothing


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_workbook_ends_in_a_grid_or_one_sentence(data: st.DataObject) -> None:
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        open_workbook(bytes(content), "表.xlsx")
    except Unreadable as sentence:
        assert str(sentence).endswith("。")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", bytes.fromhex("D0CF11E0A1B11AE1"), b"<?xml "]))
def test_random_bytes_end_in_a_grid_or_one_sentence(tail: bytes, head: bytes) -> None:
    try:
        open_workbook(head + tail, "表.xls")
    except Unreadable as sentence:
        assert str(sentence).endswith("。")
