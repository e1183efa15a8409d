"""A worksheet part has two ways in, one for rows written plainly and expat: both see the same cells."""

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbooks import xlsx

from importers import worksheets
from importers.grid import Formula, Sheet, Unreadable
from importers.workbook import open_workbook

SHARED = Path(__file__).parents[3] / "shared"
REAL = sorted(path for folder in ("testdata/torture", "workbooks") for path in (SHARED / folder).glob("*.xlsx"))


def grid_of(sheet: str | bytes) -> Sheet:
    """The plain sheet of this worksheet part."""
    return open_workbook(hostile.package(sheet), "表.xlsx").sheets[0]


def worksheet(body: str, before: str = "") -> str:
    return f"<worksheet {hostile.MAIN}>{before}<sheetData>{body}</sheetData></worksheet>"


def by_expat_alone(monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[Sheet] | str:
    with monkeypatch.context() as patch:
        patch.setattr(worksheets, "_read_row", lambda row, cells: False)
        return outcome(content)


def outcome(content: bytes) -> list[Sheet] | str:
    try:
        return open_workbook(content, "表.xlsx").sheets
    except Unreadable as sentence:
        return str(sentence)


def is_plain(monkeypatch: pytest.MonkeyPatch, content: bytes) -> bool:
    """Whether every row went the short way."""
    found: list[bool] = []
    real: Callable[[bytes, worksheets.SheetParser], bool] = worksheets._read_row
    with monkeypatch.context() as patch:
        patch.setattr(worksheets, "_read_row", lambda row, cells: found.append(real(row, cells)) or found[-1])
        open_workbook(content, "表.xlsx")
    return bool(found) and all(found)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_workbooks_read_the_same_both_ways(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = path.read_bytes()
    assert outcome(content) == by_expat_alone(monkeypatch, content)


def test_what_openpyxl_and_excel_write_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_plain(monkeypatch, xlsx({"表": [["序号", "项目名称"], [1, "甲厂"], [2.5, None, True]]}))
    excel = '<row r="1" spans="1:4" ht="18.75" x14ac:dyDescent="0.2" hidden="1"><c r="A1" s="2" t="str"><f>B1&lt;2</f>'
    assert grid_of(worksheet(excel + '<v>x</v></c><c r="B1" s="2"/></row>')).hidden_rows == {1}
    plain = '<row r="2" spans="1:2"><c r="A2" s="0"><f>B2+1</f><v>3</v></c><c r="B2"/><c t="e" r="C2"><v>#N/A</v></c>'
    assert grid_of(worksheet(plain + "</row>")).rows[2][1] == 3


@pytest.mark.parametrize(
    "body",
    [
        '<!-- <row r="1"><c r="A1"><v>5</v></c></row> --><row r="2"><c r="A2"><v>6</v></c></row>',
        '<![CDATA[<row r="1"><c r="A1"><v>5</v></c></row>]]><row r="2"><c r="A2"><v>6</v></c></row>',
        '<?x <row r="1"><c r="A1"><v>5</v></c></row> ?><row r="2"><c r="A2"><v>6</v></c></row>',
    ],
)
def test_a_row_that_is_no_row_is_not_read(body: str) -> None:
    assert grid_of(worksheet(body)).rows == {2: {1: 6}}


def test_a_row_without_a_number_follows_the_row_before() -> None:
    body = '<row r="7"><c r="A7"><v>1</v></c></row><row><c><v>2</v></c></row><row r="9"><c r="B9"><v>3</v></c></row>'
    assert grid_of(worksheet(body)).rows == {7: {1: 1}, 8: {1: 2}, 9: {2: 3}}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1"><f>B1*2</f></c>', Formula("B1*2")),
        ('<c r="A1"><f>B1*2</f><v></v></c>', Formula("B1*2")),
        ('<c r="A1" t="str"><f>B1&amp;"x"</f><v></v></c>', None),
        ('<c r="A1" t="str"><f>"x"</f><v>a&lt;b</v></c>', "a<b"),
        ('<c r="A1" t="inlineStr"><is><t>a&amp;b</t></is></c>', "a&b"),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D_b</t></is></c>', "a\rb"),
        ('<c r="A1" t="inlineStr"><is><t>甲\r\n乙</t></is></c>', "甲\n乙"),
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="s"><v></v></c>', None),
        ('<c r="A1" t="d"><v>x</v></c>', "damaged"),
        ('<c r="A1"><v>eleven</v></c>', "damaged"),
        ('<c r="A1" t="s"><v>99</v></c>', "damaged"),
        ('<c r="A1"><v>\x01</v></c>', "damaged"),
        ('<c r="A1"><v>1</v></c', "damaged"),
    ],
)
def test_a_cell_is_the_same_both_ways(cell: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    content = hostile.package(worksheet(f'<row r="1">{cell}</row>'))
    found = outcome(content)
    assert found == by_expat_alone(monkeypatch, content)
    if value == "damaged":
        assert isinstance(found, str) and "已损坏" in found
    else:
        assert isinstance(found, list) and found[0].value(1, 1) == value


def test_a_row_cut_anywhere_by_the_reading_in_pieces_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(f'<row r="{r}"><c r="A{r}"><v>{r}</v></c><c r="B{r}"/></row>\n' for r in range(1, 40))
    content = hostile.package(worksheet(body, '<cols><col min="2" max="2" hidden="1"/></cols>'))
    for size in (7, 64, 501):
        monkeypatch.setattr(worksheets, "_PIECE", size)
        sheet = open_workbook(content, "表.xlsx").sheets[0]
        assert sheet.rows == {r: {1: r} for r in range(1, 40)}, size
        assert sheet.hidden_columns == {2}


def test_one_endless_row_is_read_in_pieces_too() -> None:
    body = "".join(f'<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>' for r in range(1, 3))
    padding = "".join(f"<x{n}/>" for n in range(150_000))
    endless = f'<row r="5">{padding}<c r="A5"><v>9</v></c></row>'
    assert grid_of(worksheet(body + endless)).rows == {1: {1: 1}, 2: {1: 2}, 5: {1: 9}}


marks = st.sampled_from(
    '<row_r="2"> <row> </row> <c_r="A2"> <c_r="B3"_t="s"> <c> </c> <v> </v> 1 <f> </f> <!-- --> <is><t> </t></is> &amp;'
    ' 甲 <row_r="3"_hidden="1"> <mergeCell_ref="A1:B2"/>'.split()
)


@given(st.lists(marks, max_size=14))
def test_any_soup_of_marks_reads_the_same_both_ways(soup: list[str]) -> None:
    monkeypatch = pytest.MonkeyPatch()
    content = hostile.package(worksheet('<row r="1"><c r="A1"><v>1</v></c></row>' + "".join(soup).replace("_", " ")))
    assert outcome(content) == by_expat_alone(monkeypatch, content)


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_part_reads_the_same_both_ways(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    whole = xlsx({"表": [["序号", "项目名称", "累计完成投资"], *([n, f"项目{n}", n / 7] for n in range(1, 30))]})
    with zipfile.ZipFile(io.BytesIO(whole)) as package:
        part = bytearray(package.read("xl/worksheets/sheet1.xml"))
    for _ in range(dice.randint(1, 3)):
        part[dice.randrange(len(part))] = dice.choice(b'<>/"=&A1 \x00\xff')
    content = hostile.package(bytes(part))
    assert outcome(content) == by_expat_alone(monkeypatch, content)
