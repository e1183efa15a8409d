"""51 files from the test suites of the best readers: every one ends in rows or in one plain sentence."""

import csv
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import importers
from importers import worker
from importers.grid import CellError, Percent, Stamp, Unreadable, Workbook

FOLDER = Path(__file__).parents[3] / "shared" / "testdata" / "torture"
MANIFEST = FOLDER / "manifest.csv"

if not MANIFEST.exists():
    pytest.skip("没有../shared/testdata/torture，未核对读表难例", allow_module_level=True)

with MANIFEST.open(encoding="utf-8-sig", newline="") as file:
    FILES = {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module", autouse=True)
def child() -> Iterator[None]:
    yield
    worker.stop()


def is_one_sentence(text: str | None) -> bool:
    return (
        text is not None and re.fullmatch(r"[^。！？]+。", text) is not None and re.search("[一-鿿]", text) is not None
    )


@pytest.mark.parametrize("name", sorted(FILES))
def test_checking_ends_in_rows_or_one_sentence_within_the_limits(name: str) -> None:
    started = time.monotonic()
    found = importers.check((FOLDER / name).read_bytes(), name)
    assert time.monotonic() - started < 10
    assert (found.decision == "refuse" and is_one_sentence(found.message)) or found.rows
    for pid in worker._pool.pids():
        status = Path(f"/proc/{pid}/status")
        if status.exists():
            peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            assert peak is not None and int(peak[1]) < 512 * 1024


@pytest.mark.parametrize("name", sorted(name for name, row in FILES.items() if row["class"] == "read"))
def test_a_readable_file_is_opened(name: str) -> None:
    assert isinstance(worker.open_workbook((FOLDER / name).read_bytes(), name), Workbook)


@pytest.mark.parametrize("name", sorted(name for name, row in FILES.items() if row["class"] == "reject"))
def test_a_file_to_be_rejected_is_rejected_in_one_sentence(name: str) -> None:
    found = importers.check((FOLDER / name).read_bytes(), name)
    assert (found.decision, found.rows) == ("refuse", ())
    assert is_one_sentence(found.message)
    if "password" in FILES[name]["expected"].lower() or "Encrypted" in FILES[name]["expected"]:
        assert "加密" in (found.message or "")


def day(year: int, month: int, on: int) -> Stamp:
    return Stamp(datetime(year, month, on), "day")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("name", "sheet", "cells"),
    [
        ("cal__date_1904.xlsx", 0, {(1, 1): day(2021, 1, 1), (2, 1): day(2021, 1, 2)}),
        ("cal__date.xlsx", 0, {(1, 1): day(2021, 1, 1), (3, 1): timedelta(hours=255, minutes=10, seconds=10)}),
        ("cal__errors.xlsx", 0, {(row, 1): CellError(code) for row, code in enumerate(
            ["#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"], start=1)}),
        ("cal__rph.xlsx", 0, {(1, 1): "課きく　毛こ"}),
        ("cal__string-ref.xlsx", 0, {(2, 1): "-8086931554011838357"}),
        ("cal__whitespace_trim.xlsx", 0, {(3, 1): "日期 时间"}),
        ("cal__merge_cells.xlsx", 0, {(1, 1): "Row Merge", (1, 3): "Not Merged", (2, 2): "Chunk Merged"}),
        ("cal__merge_cells.xls", 0, {(1, 1): "Row Merge", (1, 2): None}),
        ("poi__chinese-provinces.xls", 0, {(2, 1): "Anhui", (2, 2): "安徽省"}),
        ("poi__InlineStrings.xlsx", 0, {(2, 1): 12, (2, 2): "A", (2, 3): "1st Inline String", (2, 4): 12}),
        ("poi__DateFormats.xls", 0, {(row, 2): day(2007, 8, 10) for row in range(1, 5)}),
        ("poi__workbookProtection_workbook_structure_protected.xlsx", 0, {(1, 1): "locked cell"}),
        ("sjs__wps_fn.xlsx", 0, {(2, 2): '=EVALUATE("1+1")', (2, 3): 2, (3, 3): CellError("#VALUE!")}),
        ("sjs__wps_fn.et", 0, {(2, 1): "EVALUATE", (2, 3): 2}),
        ("sjs__artifacts_wps_write.xls", 0, {(3, 3): day(2014, 2, 19)}),
        ("sjs__1904_1900.xls", 0, {(1, 2): day(1900, 1, 1)}),
        ("sjs__sushi.xlsx", 0, {(1, 1): "🍣"}),
        ("sjs__text_and_numbers.xls", 0, {(4, 1): 1337, (4, 2): 13.37}),
        ("sjs__crlf_crlf.xlsx", 0, {(2, 2): "abc\r\ndef"}),
        ("fri__merged-cells.xlsx", 0, {(1, 1): "data", (1, 2): None, (2, 1): None}),
        ("fri__preserve-formatting-percentage.xlsx", 0, {
            (2, 2): Percent(Decimal("52")), (3, 2): Percent(Decimal("30")), (4, 2): Percent(Decimal("6"))}),
        ("fri__sheet2.xlsx", 1, {(3, 1): 2, (3, 2): "中国人"}),
        ("fri__skip-rows.xlsx", 0, {(1, 1): "Table 1", (3, 1): 8, (3, 2): 9, (4, 2): "TOTAL"}),
        ("fri__bom.csv", 0, {(1, 1): "id", (3, 2): "中国人"}),
    ],
)  # fmt: skip
def test_cells_read_as_the_manifest_states(name: str, sheet: int, cells: dict[tuple[int, int], Any]) -> None:
    found = worker.open_workbook((FOLDER / name).read_bytes(), name).sheets[sheet]
    assert {place: found.value(*place) for place in cells} == cells


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("cal__any_sheets.xlsx", {"Visible": False, "Hidden": True, "VeryHidden": True}),
        ("poi__TwoSheetsOneHidden.xlsx", {"Sheet1": True, "Sheet2": False}),
        ("sjs__sheet_visibility.xlsx", {"Visible": False, "Hidden": True, "VeryHidden": True}),
    ],
)
def test_hidden_sheets_are_known_as_hidden(name: str, hidden: dict[str, bool]) -> None:
    book = worker.open_workbook((FOLDER / name).read_bytes(), name)
    assert {sheet.name: sheet.hidden for sheet in book.sheets} == hidden


def test_a_rejected_file_raises_its_sentence_from_the_grid_reader_too() -> None:
    with pytest.raises(Unreadable, match="已加密"):
        worker.open_workbook((FOLDER / "cal__pass_protected.xlsx").read_bytes(), "a.xlsx")
