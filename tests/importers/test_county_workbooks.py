"""The two county sheets of ../shared/workbooks read as a careful clerk reads them."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import importers
from importers.cells import half_up

FOLDER = Path(__file__).parents[3] / "shared" / "workbooks"
SHEETS = sorted(FOLDER.glob("*.xlsx"))
NAMES = {
    "name_in_file": "name",
    "category": "category",
    "total_wanyuan": "total_investment_wan",
    "plan_wanyuan": "annual_plan_wan",
    "cum_wanyuan": "invested_ytd_wan",
    "image_progress": "physical_progress",
    "problem": "problems",
    "unit": "responsible_unit",
    "leader": "lead_official",
    "start_ym": "planned_start",
}

if not SHEETS:
    pytest.skip("没有../shared/workbooks，未核对两张县里的表", allow_module_level=True)


@pytest.fixture(params=SHEETS, ids=lambda path: path.stem)
def sheet(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]]:
    """The check JSON of one workbook, its meta and its expected rows."""
    path: Path = request.param
    meta = json.loads(path.with_name(f"{path.stem}_meta.json").read_text(encoding="utf-8"))
    with path.with_name(f"{path.stem}_expected.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.DictReader(file))
    return importers.to_json(importers.check(path.read_bytes(), path.name)), meta, expected


def test_every_row_reads_as_expected(sheet: tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]]) -> None:
    found, meta, expected = sheet
    assert [row["row"] for row in found["rows"]] == [int(row["excel_row"]) for row in expected]
    assert len(expected) == meta["project_rows"]
    for row, truth in zip(found["rows"], expected, strict=True):
        for theirs, ours in NAMES.items():
            wanted: Any = truth[theirs] or None
            value: Any = row[ours]
            if theirs.endswith("_wanyuan") and wanted is not None:
                wanted, value = Decimal(wanted), Decimal(value)
            assert value == wanted, (row["row"], ours)


def test_the_completion_rate_is_recomputed_from_the_expected_figures(
    sheet: tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]],
) -> None:
    found, _, expected = sheet
    for row, truth in zip(found["rows"], expected, strict=True):
        if not truth["cum_wanyuan"]:
            assert row["completion_pct"] is None
            continue
        pct = half_up(Decimal(100) * Decimal(truth["cum_wanyuan"]) / Decimal(truth["plan_wanyuan"]))
        assert Decimal(row["completion_pct"]) == pct, row["row"]
        # the file's own figure rounds the half to even: 5490/8000 is 68.62 there and 68.63 by 四舍五入
        assert abs(pct - Decimal(truth["rate_pct_recomputed"])) <= Decimal("0.01")


def test_month_unit_sheets_decision_and_skipped_rows_are_as_stated(
    sheet: tuple[dict[str, Any], dict[str, Any], list[dict[str, str]]],
) -> None:
    found, meta, _ = sheet
    assert found["decision"] == meta["decision"].removesuffix(" with notices")
    assert (found["month"], found["unit"], found["questions"]) == (meta["month"], meta["unit"], [])
    words = {"grand total": "total"}
    wanted = [(row, words.get(reason, reason)) for row, reason in meta["skipped_rows"]]
    assert [(skip["row"], skip["reason"]) for skip in found["skipped"]] == wanted
    used = [use["name"] for use in found["sheets"] if use["used"]]
    assert used == [meta.get("sheet_used", found["rows"][0]["sheet"])]
    assert [use["name"] for use in found["sheets"] if not use["used"]] == meta.get("ignored_sheets", [])


def test_sums_of_the_first_sheet_are_its_own_totals() -> None:
    path = SHEETS[0]
    meta = json.loads(path.with_name(f"{path.stem}_meta.json").read_text(encoding="utf-8"))
    rows = importers.check(path.read_bytes(), path.name).rows
    assert sum(row.value("total_investment_wan") for row in rows) == meta["sum_total"]
    assert sum(row.value("annual_plan_wan") for row in rows) == meta["sum_plan"]
    assert sum(row.value("reported_ytd_wan") for row in rows) == meta["sum_cum"]


def test_how_a_number_was_written_is_noted_at_its_cell() -> None:
    """August: 约1050, 近13350, 13990（含设备款）and words in the rate column keep the number and say so."""
    path = SHEETS[1]
    with path.with_name(f"{path.stem}_expected.csv").open(encoding="utf-8-sig", newline="") as file:
        flags = {int(row["excel_row"]): row["flags"] for row in csv.DictReader(file)}
    wanted = {
        "approx": ("approximate", "E"),
        "text_after_number": ("text_after_number", "E"),
        "rate_text_ignored": ("words_for_percent", "F"),
    }
    for row in importers.check(path.read_bytes(), path.name).rows:
        noted = {(fault.code, (fault.cell or "")[0]) for fault in row.faults if fault.code != "rate_differs"}
        assert noted == ({wanted[flags[row.row]]} if flags[row.row] in wanted else set()), row.row
        assert all(fault.severity == "notice" for fault in row.faults)
