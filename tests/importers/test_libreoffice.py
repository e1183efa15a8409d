"""Marked workbooks in another program (LibreOffice): it opens them, keeps the marks, and what it saves reads the same.

Slow, and skipped where LibreOffice is not installed: it is no part of what the product needs.
"""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from zoo.specimens import ZOO

import importers

OFFICE = shutil.which("soffice")
COUNTY = sorted((Path(__file__).parents[3] / "shared" / "workbooks").glob("*.xlsx"))
SPECIMENS = (
    "two_header_rows three_header_rows hidden_things numbers_in_every_spelling blank_zero_unreadable accounting_format "
    "lost_unit one_cell_in_another_unit two_columns_of_one_meaning percents_in_every_spelling dates_in_every_spelling "
    "project_over_several_lines all_and_per_town old_binary csv_gbk web_page excel_2003_xml units_in_the_number_format"
).split()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(OFFICE is None, reason="没有安装LibreOffice，未核对标注后的工作簿在别的程序里打开的样子"),
]


def told(content: bytes, filename: str) -> dict[str, Any]:
    """What the check says, but for wording and for why a sheet was used."""
    found = importers.to_json(importers.check(content, filename))
    for row in found["rows"]:
        row["faults"] = [(fault["code"], fault["cell"]) for fault in row["faults"]]
    found["faults"] = [(fault["code"], fault["cell"]) for fault in found["faults"]]
    found["questions"] = [question["id"] for question in found["questions"]]
    return {key: value for key, value in found.items() if key not in ("message", "sheets")}


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, bytes, bytes]]:
    """By file name: the source, the marked workbook, and that as LibreOffice saved it again."""
    sources = {ZOO[name].filename.rpartition(".")[0] + f"_{name}": ZOO[name].content for name in SPECIMENS}
    sources |= {path.stem: path.read_bytes() for path in COUNTY}
    folder = tmp_path_factory.mktemp("office")
    for name, content in sources.items():
        found = importers.to_json(importers.check(content, f"{name}.xlsx"))
        (folder / f"{name}.xlsx").write_bytes(importers.annotated(content, f"{name}.xlsx", found))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    line = [str(OFFICE), profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "again"]
    subprocess.run(
        [*line, *(path.name for path in sorted(folder.glob("*.xlsx")))],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {
        name: (content, (folder / f"{name}.xlsx").read_bytes(), (folder / "again" / f"{name}.xlsx").read_bytes())
        for name, content in sources.items()
    }


def pages(content: bytes) -> list[Worksheet]:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets


def marks(content: bytes) -> list[tuple[str, str, bool, str]]:
    """Every cell with a comment or in the column 错误: its place, whether it is coloured, what the column says."""
    found = []
    for page in pages(content):
        column = next((cell.column for row in page.iter_rows() for cell in row if cell.value == "错误"), None)
        for row in page.iter_rows():
            for cell in row:
                if cell.comment is not None or (cell.column == column and cell.value):
                    is_coloured = cell.fill.patternType == "solid"
                    words = str(cell.value) if cell.column == column else ""
                    found.append((page.title, cell.coordinate, is_coloured, words))
    return found


def test_a_marked_workbook_reads_as_its_source_also_when_another_program_saved_it(
    marked: dict[str, tuple[bytes, bytes, bytes]],
) -> None:
    for name, (source, ours, again) in marked.items():
        wanted = told(source, f"{name}.xlsx")
        assert told(ours, f"{name}.xlsx") == wanted, name
        assert told(again, f"{name}.xlsx") == wanted, name


def test_comments_colours_and_the_column_of_faults_are_there_after_another_program_saved_them(
    marked: dict[str, tuple[bytes, bytes, bytes]],
) -> None:
    with_marks = {name for name, (_, ours, _) in marked.items() if marks(ours)}
    assert len(with_marks) > 8
    for name, (_, ours, again) in marked.items():
        assert marks(again) == marks(ours), name
        assert [page.auto_filter.ref for page in pages(again)] == [page.auto_filter.ref for page in pages(ours)]


def test_values_formulas_formats_fonts_and_borders_of_the_sender_stay(
    marked: dict[str, tuple[bytes, bytes, bytes]],
) -> None:
    workbooks = {name: files for name, files in marked.items() if files[0].startswith(b"PK")}
    assert len(workbooks) > 12
    for name, (source, ours, _) in workbooks.items():
        for before, after in zip(pages(source), pages(ours), strict=True):
            for row in before.iter_rows():
                for cell in row:
                    other = after[cell.coordinate]
                    assert (cell.value, cell.number_format) == (other.value, other.number_format), name
                    for part in ("font", "border", "alignment", "protection"):
                        assert repr(getattr(cell, part)) == repr(getattr(other, part)), name
