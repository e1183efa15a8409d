"""Templates (填报模板): what is open and what is locked, and that a template filled in reads to what was filled in."""

import io
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

import importers
from importers import annotate, matching, reading, signatures, workbook
from importers.cells import Setting, is_blank, progress
from importers.grid import Precision, Stamp
from importers.matching import KnownProject
from importers.result import Reading, Row
from importers.sheets import Column, spec_named
from importers.signatures import is_unfilled, signature
from importers.templates import LAYOUTS, KnownRow, SpecName, Template, write

D = Decimal
PROJECTS = (
    KnownRow(
        "A001",
        "华丰铝板带技改",
        {
            "category": "重大工业和服务业",
            "responsible_unit": "杨屯镇",
            "lead_official": "张明",
            "total_investment_wan": D("7000"),
            "annual_plan_wan": D("3600.5"),
            "previous_ytd_wan": D("1800"),
        },
    ),
    KnownRow("A002", "红日光伏发电", {"category": "重大工业和服务业", "responsible_unit": "龙固镇"}),
    KnownRow("B001", "肉羊养殖", {"category": "农业农村重点", "responsible_unit": "杨屯镇"}),
)
CHOICES = {"category": ("重大工业和服务业", "农业农村重点"), "responsible_unit": ("杨屯镇", "龙固镇")}
HEADINGS = {name: number for number, name in enumerate((c.field for c in LAYOUTS["monthly"].columns), 1)}
FIRST = 4  # title, unit, one header row


def monthly(rows: tuple[KnownRow, ...] = PROJECTS) -> bytes:
    return write(Template("monthly", "2023", "2023年度重点项目", 2023, "2023-10", rows, CHOICES))


def read(content: bytes, filename: str = "模板.xlsx") -> Reading:
    return reading.read(workbook.open_workbook(content, filename), filename)


def filled(content: bytes, changes: Mapping[tuple[int, str], Any]) -> bytes:
    """The template with cells filled in as a person would: by line and field."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for (line, field), value in changes.items():
        book.worksheets[0].cell(line, HEADINGS[field]).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def page(content: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


# ---- what it looks like ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", list(LAYOUTS))
def test_the_reader_knows_every_heading_as_the_field_it_stands_for(spec: SpecName) -> None:
    values: dict[str, Any] = {"category": "农业农村重点", "responsible_unit": "杨屯镇", "annual_plan_wan": D(5)}
    month = "2023-10" if spec == "monthly" else None
    found = read(write(Template(spec, "2023", "2023年度重点项目", 2023, month, (KnownRow("A001", "甲厂", values),))))
    assert (found.decision, found.spec, found.month) == ("accept", spec, month)
    assert {fault.code for fault in found.faults} <= {"column_compared"}  # 上月累计 is there to compare with
    kept = {c.field for c in LAYOUTS[spec].columns if c.role != "reference" and c.field != "seq"}
    assert kept <= found.rows[0].fields.keys()
    assert all(heading_column(spec, column.field) for column in LAYOUTS[spec].columns)


def test_codes_and_names_are_locked_without_a_password_and_input_cells_are_open() -> None:
    sheet = page(monthly())
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    for field in ("code", "name", "annual_plan_wan", "previous_ytd_wan"):
        assert sheet.cell(FIRST, HEADINGS[field]).protection.locked, field
    for field in ("reported_ytd_wan", "physical_progress", "problems", "state"):
        assert not sheet.cell(FIRST, HEADINGS[field]).protection.locked, field
    assert not sheet.cell(FIRST + 3, HEADINGS["name"]).protection.locked  # a line for a new project


def test_a_blank_template_is_not_protected_and_handed_in_blank_it_says_what_to_do() -> None:
    content = write(Template("monthly", "2023", "2023年度重点项目", 2023, "2023-10"))
    assert not page(content).protection.sheet
    found = read(content)
    assert (found.decision, found.message) == ("refuse", "工作表“进展表”的表头下没有项目行，请填写项目后重新上传。")


def test_choices_are_lists_and_long_ones_stand_on_the_hidden_sheet() -> None:
    units = [f"某某镇人民政府第{number}办公室" for number in range(60)]
    template = Template(
        "responsibility", "2023", "2023年度重点项目", 2023, None, PROJECTS, {**CHOICES, "responsible_unit": units}
    )
    book = openpyxl.load_workbook(io.BytesIO(write(template)))
    lists = {str(rule.sqref): rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation}
    assert lists["D4:D26"] == '"重大工业和服务业,农业农村重点"'  # 3 projects and 20 lines for new ones
    assert lists["E4:E26"] == "选项!$C$1:$C$60"
    hidden = book["选项"]
    assert hidden.sheet_state == "hidden"
    assert [hidden.cell(row, 3).value for row in (1, 60)] == [units[0], units[59]]


def test_the_signature_is_hidden_and_the_hidden_sheet_says_what_the_template_is_for() -> None:
    content = monthly()
    sheet = page(content)
    assert sheet.column_dimensions["Q"].hidden
    assert sheet.cell(FIRST, HEADINGS["signature"]).value == signature("2023", "A001")
    marks = signatures.marks_of(workbook.open_workbook(content, "模板.xlsx"))
    assert marks == {"年度计划": "2023", "月份": "2023-10", "表样": "monthly"}


def test_a_template_without_its_title_still_says_its_month() -> None:
    book = openpyxl.load_workbook(io.BytesIO(monthly()))
    book.worksheets[0]["A1"] = None
    stream = io.BytesIO()
    book.save(stream)
    assert read(stream.getvalue()).month == "2023-10"


# ---- filled in and back ---------------------------------------------------------------------------------------------


def test_what_is_filled_in_is_what_is_read() -> None:
    content = filled(
        monthly(),
        {
            (4, "reported_month_wan"): 300,
            (4, "reported_ytd_wan"): 2100,
            (4, "physical_progress"): "设备安装",
            (4, "physical_progress_pct"): 62.5,
            (4, "state"): "在建",
            (6, "reported_ytd_wan"): 0,
            (6, "problems"): "=用地未批",
        },
    )
    found = importers.check(content, "2023年10月.xlsx")
    assert (found.decision, found.questions) == ("accept", ())
    assert [(fault.cell, fault.code) for row in found.rows for fault in row.faults] == [("N6", "formula_uncalculated")]
    first, second, third = found.rows
    assert [first.value(name) for name in ("code", "reported_month_wan", "reported_ytd_wan")] == [
        "A001",
        D(300),
        D(2100),
    ]
    assert [first.value(name) for name in ("physical_progress", "physical_progress_pct", "state")] == [
        "设备安装",
        D("62.50"),
        "在建",
    ]
    assert [third.value(name) for name in ("reported_ytd_wan", "physical_progress", "problems")] == [
        D(0),
        None,
        None,  # the spreadsheet took =用地未批 for a formula; its text is not made up
    ]
    assert [is_unfilled(row) for row in (first, second, third)] == [False, True, False]


def test_handed_in_as_it_is_every_row_is_unfilled() -> None:
    found = read(monthly())
    assert found.decision == "accept"
    assert [row.value("code") for row in found.rows] == ["A001", "A002", "B001"]
    assert all(is_unfilled(row) for row in found.rows)


def test_a_row_of_an_ordinary_sheet_is_never_unfilled() -> None:
    found = read(filled(monthly(), {(line, "signature"): None for line in (4, 5, 6)}))
    assert not any(is_unfilled(row) for row in found.rows)


def test_a_template_marked_and_handed_in_again_reads_the_same() -> None:
    content = filled(monthly(), {(4, "reported_ytd_wan"): "待定的", (5, "reported_ytd_wan"): "约3000"})
    found = importers.to_json(read(content))
    again = annotate.marked(content, "模板.xlsx", found)
    assert importers.to_json(read(again)) == found
    assert page(again).protection.sheet


def words_of(parser: Any) -> st.SearchStrategy[str]:
    """Texts that the parser takes as they are: others are spellings of the same."""
    texts = st.text(alphabet="甲乙丙丁、项（）=+-@'%ab12. \n", min_size=1, max_size=12)
    return texts.filter(
        lambda text: not is_blank(text) and parser(text, Setting()).value == text and not _is_respelt(text)
    )


def _is_respelt(text: str) -> bool:
    return text.startswith("-") and text.rstrip("%").rstrip()[1:].replace(".", "").isdigit()


def heading_column(spec: SpecName, field: str) -> Column | None:
    """The reader's column behind a template's."""
    known = {column.field: column for column in spec_named(spec).columns}
    return known.get("month_plan" if field.startswith("plan_month_wan") else field)


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


MONEY = st.decimals(0, 10**9, places=2)
STAMPS = st.one_of(
    st.builds(lambda year: Stamp(datetime(year, 1, 1), "year"), st.integers(1990, 2050)),  # noqa: DTZ001
    st.builds(lambda y, m: Stamp(datetime(y, m, 1), "month"), st.integers(1990, 2050), st.integers(1, 12)),  # noqa: DTZ001
    st.builds(lambda at: Stamp(at, "day"), st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)).map(midnight)),  # noqa: DTZ001
)


def values_of(spec: SpecName) -> st.SearchStrategy[dict[str, Any]]:
    """Values for every column of a template but its identity, each given or absent."""
    kinds: dict[str, st.SearchStrategy[Any]] = {}
    for column in LAYOUTS[spec].columns:
        known = heading_column(spec, column.field)
        if known is None or column.field in ("seq", "code", "name", "signature", "category"):
            continue
        if known.kind in ("money", "month_plan"):
            kinds[column.field] = MONEY
        elif known.kind == "percent":
            kinds[column.field] = st.decimals(0, 100, places=2)
        elif known.kind == "date":
            kinds[column.field] = STAMPS
        else:
            kinds[column.field] = words_of(known.parser)
    if spec == "monthly":  # words that state a percent themselves compete with the column of percents
        kinds["physical_progress"] = kinds["physical_progress"].filter(
            lambda words: progress(words, Setting()).extra.pct is None
        )
    return st.fixed_dictionaries({"category": st.sampled_from(CHOICES["category"])}, optional=kinds)


def taken(row: Row, field: str) -> Any:
    """What was read, in the form it was written in."""
    found = row.fields[field]
    if isinstance(found.value, date):
        precisions: dict[str, Precision] = {"year": "year", "month": "month", "day": "day"}
        return Stamp(datetime.combine(found.value, time()), precisions[found.precision or ""])
    return found.value


@pytest.mark.parametrize("spec", list(LAYOUTS))
@given(data=st.data())
@settings(max_examples=30)
def test_writing_and_reading_a_template_is_the_identity(spec: SpecName, data: st.DataObject) -> None:
    rows = tuple(
        KnownRow(f"A{number:03d}", f"{name}{number}号厂房", values)
        for number, (name, values) in enumerate(
            data.draw(
                st.lists(
                    st.tuples(st.sampled_from(["华丰", "=红日", "-苏新", "@甲", "'+乙"]), values_of(spec)),
                    min_size=1,
                    max_size=5,
                )
            ),
            1,
        )
    )
    month = "2023-10" if spec == "monthly" else None
    found = read(write(Template(spec, "2023", "2023年度重点项目", 2023, month, rows, CHOICES)))
    assert [(row.value("code"), row.value("name")) for row in found.rows] == [(row.code, row.name) for row in rows]
    for row, known in zip(found.rows, rows, strict=True):
        for column in LAYOUTS[spec].columns:
            if column.role == "reference" or column.field in ("seq", "code", "name", "signature"):
                continue
            wanted = known.values.get(column.field)
            assert taken(row, column.field) == wanted, column.field
        assert row.value("signature") == signature("2023", known.code)


# ---- whose row it is ------------------------------------------------------------------------------------------------

KNOWN = [
    KnownProject(number, row.code, row.name, signature=signature("2023", row.code))
    for number, row in enumerate(PROJECTS, 1)
]


def matched(content: bytes) -> matching.MatchResult:
    return matching.match(read(content).rows, KNOWN, allow_register=False, answers={})


def test_rows_that_were_moved_are_still_known() -> None:
    sheet = page(monthly())
    order = [[cell.value for cell in sheet[line]] for line in (6, 4, 5)]
    changes = {
        (line, field): values[number - 1]
        for line, values in zip((4, 5, 6), order, strict=True)
        for field, number in HEADINGS.items()
    }
    assert [match.project_id for match in matched(filled(monthly(), changes)).matches] == [3, 1, 2]


def test_a_code_that_was_taken_off_is_known_by_the_signature_and_a_small_slip_in_the_name_does_no_harm() -> None:
    result = matched(filled(monthly(), {(4, "code"): None, (4, "name"): "华丰铝板带技改项目（一期）"[:9]}))
    assert [match.project_id for match in result.matches] == [1, 2, 3]
    assert result.questions == ()


def test_a_code_that_was_changed_is_asked_about_and_names_both_projects() -> None:
    content = filled(monthly(), {(4, "code"): "B001", (4, "name"): "肉羊养殖"})  # overwritten with another's
    result = matched(content)
    (question, *_) = result.questions
    assert "校验码是“华丰铝板带技改”（A001）的，编号却是B001" in question.message
    assert [choice.value for choice in question.choices][:2] == ["A001", "B001"]


def test_a_signature_of_another_programme_decides_nothing() -> None:
    other = write(Template("monthly", "2022", "2022年度重点项目", 2023, "2023-10", PROJECTS, CHOICES))
    assert [match.how for match in matched(other).matches] == ["code", "code", "code"]
    assert [row.value("signature") for row in read(other).rows] != [project.signature for project in KNOWN]


def test_a_new_project_is_added_in_a_free_line() -> None:
    content = filled(monthly(), {(7, "name"): "新建粮库", (7, "category"): "农业农村重点", (7, "reported_ytd_wan"): 20})
    row = read(content).rows[-1]
    assert (row.value("name"), row.category, row.value("reported_ytd_wan")) == ("新建粮库", "农业农村重点", D(20))
    assert not is_unfilled(row)
