"""Every specimen of the zoo reads as written beside it, to the cell; and every case of DOMAIN §2.3 has its sheet."""

from decimal import Decimal
from pathlib import Path

import pytest
from zoo.specimens import ZOO, Specimen

from importers import reading, workbook
from importers.grid import Unreadable
from importers.reading import settled_date
from importers.result import Reading, Row

FIELDS = {
    "编号": "code",
    "项目": "name",
    "总投资": "total_investment_wan",
    "年度计划": "annual_plan_wan",
    "本月": "reported_month_wan",
    "本年累计": "reported_ytd_wan",
    "完成率": "completion_pct_stated",
    "形象": "physical_progress",
    "形象%": "physical_progress_pct",
    "问题": "problems",
    "备注": "remarks",
    "单位": "responsible_unit",
    "责任人": "responsible_person",
    "领导": "lead_official",
    "投资方": "investor",
    "挂钩部门": "paired_department",
    "部门领导": "department_leader",
    "部门人员": "department_staff",
    "开工": "planned_start",
    "竣工": "planned_finish",
    "计划1月": "plan_month_wan_01",
    "计划2月": "plan_month_wan_02",
    "计划3月": "plan_month_wan_03",
}
# Fields that every table shows without a column of its own.
_IMPLIED = {"seq", "states_not_started", "physical_progress_is_whole", "previous_ytd_wan", "state", "category"}
_IMPLIED |= {"declaration"}


def read(specimen: Specimen) -> Reading:
    try:
        book = workbook.open_workbook(specimen.content, specimen.filename)
    except Unreadable as sentence:
        return reading.refusal(str(sentence))
    return reading.read(book, specimen.filename, **specimen.given)


def table(text: str) -> tuple[list[str], list[list[str]]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return (lines[0], lines[1:]) if lines else ([], [])


def shown(row: Row, column: str) -> str:
    """The row's value as a table of the zoo writes it."""
    if column in ("表", "行", "类别"):
        return {"表": row.sheet, "行": str(row.row), "类别": row.category or ""}[column]
    field = FIELDS[column]
    if field in ("planned_start", "planned_finish"):
        return settled_date(row.fields.get(field)) or ""
    value = row.value(field)
    return "" if value is None else str(value).replace("\n", "↵")


def is_same(written: str, found: str) -> bool:
    """Numbers by value, anything else to the letter."""
    try:
        return Decimal(written) == Decimal(found)
    except ArithmeticError:
        return written == found


@pytest.mark.parametrize("name", ZOO)
def test_every_row_reads_as_written(name: str) -> None:
    specimen = ZOO[name]
    found = read(specimen)
    columns, lines = table(specimen.rows)
    assert len(found.rows) == len(lines), found.message
    for row, line in zip(found.rows, lines, strict=True):
        wanted = dict(zip(columns, line, strict=True))
        have = {column: shown(row, column) for column in columns}
        assert all(is_same(wanted[column], have[column]) for column in columns), (wanted, have)
        untold = {field for field in row.fields if row.value(field) is not None} - _IMPLIED
        assert untold <= {FIELDS[column] for column in columns if column in FIELDS}
        if "类别" not in columns:
            assert row.category is None


@pytest.mark.parametrize("name", ZOO)
def test_what_is_decided_said_asked_and_left_out_is_as_written(name: str) -> None:
    specimen = ZOO[name]
    found = read(specimen)
    assert (found.decision, found.month, found.unit) == (specimen.decision, specimen.month, specimen.unit)
    faults = [*(fault for row in found.rows for fault in row.faults), *found.faults]
    assert ", ".join(f"{fault.code} {fault.cell or '-'}" for fault in faults) == specimen.says
    assert tuple(question.id for question in found.questions) == specimen.asks
    assert ", ".join(f"{skip.row} {skip.reason}" for skip in found.skipped) == specimen.skips
    assert tuple(use.name for use in found.sheets if not use.used) == specimen.unused
    assert specimen.sentence in (found.message or "")


def test_the_zoo_is_large_and_no_case_stands_twice() -> None:
    assert len(ZOO) >= 25
    assert len({specimen.case for specimen in ZOO.values()}) == len(ZOO)


# DOMAIN §2.3, case by case: the specimens (or, after ::, the test) that hold it.
CASES: dict[int, tuple[str, ...]] = {
    1: ("two_header_rows", "numbers_in_every_spelling", "second_table_with_other_columns"),
    2: ("lost_unit",),
    3: ("words_against_figures",),
    4: ("percents_in_every_spelling",),
    5: ("construction_periods",),
    6: ("dates_in_every_spelling",),
    7: ("dates_in_every_spelling",),
    8: ("blank_zero_unreadable",),
    9: ("blank_zero_unreadable",),
    10: ("all_and_per_town", "importers/test_matching.py::test_two_rows_of_one_project_are_asked"),
    11: ("real_totals_first", "subtotals_that_lead", "subtotals_that_close"),
    12: ("percents_in_every_spelling",),
    13: ("app/test_submissions.py::test_an_alias_of_the_unit_is_the_unit",),
    14: ("package_and_its_parts",),
    15: ("month_only_in_the_heading",),
    16: ("month_only_in_the_heading",),
    17: ("not_reported_is_not_zero",),
    18: ("responsibility_under_one_heading",),
    19: ("accounting_format", "wps_never_calculated"),
    20: ("project_over_several_lines",),
    21: ("notes_in_the_middle",),
    22: ("hidden_things", "sheet_per_class", "header_printed_again"),
    23: ("numbers_in_every_spelling",),
    24: ("blank_zero_unreadable",),
    25: ("dates_in_every_spelling", "construction_periods"),
    26: ("serials_of_every_kind",),
    27: ("old_binary", "wps_never_calculated", "formulas_without_values", "locked_by_a_password"),
    28: ("names_as_they_are_typed",),
}


def test_every_messy_case_has_its_sheet() -> None:
    assert sorted(CASES) == list(range(1, 29))
    for held in CASES.values():
        for name in held:
            path, _, test = name.rpartition("::")
            if path:
                assert f"def {test}(" in (Path(__file__).parents[1] / path).read_text(encoding="utf-8")
            else:
                assert name in ZOO, name
