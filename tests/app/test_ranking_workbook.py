"""The exported ranking works itself out: whatever is published comes out of its formulas, to the last digit."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from math import isclose
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from app.audit.service import Actor
from app.database import Database, open_database
from app.programmes import service as programmes
from app.publications import ranking_workbook as exporting
from app.publications.ranking_workbook import RankingWorkbook
from importers.worker import check
from tests import ranking_checker
from tests.app.county import HEAD, County
from tests.app.spreadsheet import sheets_of
from tests.conftest import absent
from tests.installations import DEMO, NewInstallation
from tests.ranking_checker import as_cell, worked_again
from tests.scoring.cases import changed

OFFICE = Actor(account_id=None, name="办公室", role="office")
RUNNING, OTHERS = ("2023-10", "2023"), ("2023-02", "2023Q2", "2023Q3", "2023Q4")
PERIODS = (*RUNNING, *(pytest.param(period, marks=pytest.mark.slow) for period in OTHERS))


Demo = Callable[[str], RankingWorkbook]


@pytest.fixture(scope="module")
def demo(new_installation: NewInstallation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo's boards as workbooks: Q2 published, Q3 corrected, Q4 running. Each is made once."""
    database = open_database(new_installation(tmp_path_factory.mktemp("demo") / "home", DEMO))
    yield cache(lambda period: exported(database, period))
    database.close()
    _formulas_of.cache_clear()


def exported(database: Database, period: str, actor: Actor = OFFICE, group: str = "") -> RankingWorkbook:
    with database.read() as session:
        programme = programmes.get(session, "2023")
        return exporting.ranking_workbook(session, actor, programme, period, group)


class ById:
    """A workbook as a key: made once, never changed."""

    def __init__(self, made: RankingWorkbook) -> None:
        self.made = made

    def __hash__(self) -> int:
        return id(self.made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.made is self.made


@cache
def _formulas_of(key: ById) -> Workbook:
    return load_workbook(BytesIO(key.made.workbook(with_results=False)))


def formulas_of(made: RankingWorkbook) -> Workbook:
    """As a program that calculates finds it: without any stored result."""
    return _formulas_of(ById(made))


def is_same(one: Any, other: Any) -> bool:
    """Equal, but for the last bit of an effective weight, which no program prints."""
    left, right = as_cell(one), as_cell(other)
    if isinstance(left, float) and isinstance(right, float):
        return isclose(left, right, rel_tol=1e-15)
    return bool(left == right)


def disagreements(made: RankingWorkbook) -> list[str]:
    return ranking_checker.disagreements(formulas_of(made), made.rows)


def formula(made: RankingWorkbook, heading: str, line: int = 4, sheet: str = "排名") -> str | None:
    ranks = formulas_of(made)[sheet]
    value = next(ranks.cell(line, cell.column).value for cell in ranks[3] if cell.value == heading)
    return value if isinstance(value, str) and value.startswith("=") else None


# ---- the demo -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", PERIODS)
def test_every_figure_of_the_demos_boards_comes_out_of_the_formulas(demo: Demo, period: str) -> None:
    made = demo(period)
    assert len(made.rows) >= 134
    assert disagreements(made) == []


def test_months_quarters_finals_ranks_and_tiers_are_formulas(demo: Demo) -> None:
    assert formula(demo("2023-10"), "10月") == "=明细!$J$32"
    quarter = demo("2023Q3")
    assert formula(quarter, "得分") == "=N4"
    assert formula(quarter, "三季度") == "=ROUND(ROUND(100*SUM(U4:W4),0)/COUNT(U4:W4),0)/100"
    year = demo("2023")
    assert formula(year, "得分") == (
        "=ROUND(ROUND(100*(考核办法!$B$6*L4+考核办法!$B$7*M4+考核办法!$B$8*N4),0)"
        "/(考核办法!$B$6+考核办法!$B$7+考核办法!$B$8),0)/100"
    )
    assert formula(year, "名次") == (
        '=IF(核算!$D4="排名",1+COUNTIFS(核算!$C$4:$C$137,核算!$C4,核算!$D$4:$D$137,"排名",$C$4:$C$137,">"&C4)'
        '+COUNTIFS(核算!$C$4:$C$137,核算!$C4,核算!$D$4:$D$137,"排名",$C$4:$C$137,C4,核算!$E$4:$E$137,"<"&核算!$E4),"")'
    )
    assert formula(year, "等次") == (
        '=IF(核算!$D4="排名",LOOKUP(C4,考核办法!$B$16:$B$19,考核办法!$A$16:$A$19),"不排名："&核算!$D4)'
    )


def test_a_published_and_a_corrected_quarter_are_given_and_said_to_be(demo: Demo) -> None:
    year = demo("2023")
    assert (formula(year, "二季度"), formula(year, "三季度")) == (None, None)
    assert formula(year, "四季度") is not None  # not published
    remarks = {formulas_of(year)["核算"].cell(line, 6).value for line in range(4, 138)}
    assert remarks == {"二季度按通报数，直接取数；三季度按更正数，直接取数"}


def test_each_months_score_comes_out_of_its_indicators(demo: Demo) -> None:
    made = demo("2023")
    detail, sheets = formulas_of(made)["明细"], sheets_of(formulas_of(made))
    by_place = {(row["code"], month): score for row in made.rows for month, score in row["months"].items()}
    months, computed = 0, 0
    for line in range(5, detail.max_row + 1):
        if detail.cell(line, 4).value != "月度得分":
            continue
        months += 1
        computed += detail.cell(line, 10).value == f"=I{line}"
        code, month = detail.cell(line, 1).value, detail.cell(line, 3).value
        assert as_cell(sheets.value("明细", line, 10)) == as_cell(by_place[code, month])
    assert (months, computed) == (1340, 132)


def test_the_sheets_rows_and_columns_are_the_screens(demo: Demo) -> None:
    from dashboard.views import ranking

    made = demo("2023Q3")
    sheet = load_workbook(BytesIO(made.workbook()), data_only=True)["排名"]
    columns = ranking.columns({**made.board, "rows": made.rows})
    assert [cell.value for cell in sheet[3]] == [column.heading for column in columns]
    for line, row in enumerate(made.rows, start=4):
        shown = [as_cell(column.value(ranking.table_row(row))) for column in columns]
        assert [as_cell(sheet.cell(line, at).value) for at in range(1, len(columns) + 1)] == shown


def test_coverage_is_said_before_the_ranks_and_listed_by_name(demo: Demo) -> None:
    book = formulas_of(demo("2023-10"))
    assert book["排名"]["A2"].value.startswith("应查110项＝已查109＋未督查1＋未报0；未计分1项。月度得分：")
    rows = [[cell.value for cell in line] for line in book["督查覆盖"].iter_rows(min_row=5)]
    assert [row[0] for row in rows].count("已查") == 109
    gap = next(row for row in rows if row[0] == "未督查")
    assert (gap[5], gap[7]) == ("未计分", "未督查") and gap[2] and gap[4]
    assert {row[7] for row in rows if row[0] == "不需督查"} <= {"已完工", "暂缓", "未到计划开工", "免考"}


def test_what_is_stored_beside_each_formula_is_what_it_gives(demo: Demo) -> None:
    made = demo("2023")
    stored, sheets = load_workbook(BytesIO(made.workbook()), data_only=True), sheets_of(formulas_of(made))
    assert len(sheets.formulas()) > 3500
    for name, row, column in sheets.formulas():
        there, again = stored[name].cell(row, column).value, sheets.value(name, row, column)
        assert is_same(there, again), (name, get_column_letter(column), row)


def test_an_export_is_not_taken_for_a_months_sheet(demo: Demo) -> None:
    reading = check(demo("2023-10").workbook(), "排名.xlsx", None, {})
    assert reading.decision == "refuse"
    assert reading.message == (
        "这是本系统导出的排名或预警，不是填报的表，不能再导入，请上传单位填报的月度进展表或督查评分表。"
    )


@pytest.mark.slow
@pytest.mark.parametrize("period", PERIODS)
def test_libreoffice_calculates_the_same(demo: Demo, period: str, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        absent("无 LibreOffice：没有 soffice，公式只由自带的试算核对")
    made = demo(period)
    source = tmp_path / "in" / "排名.xlsx"
    source.parent.mkdir()
    source.write_bytes(made.workbook(with_results=False))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    theirs = load_workbook(tmp_path / "排名.xlsx", data_only=True)
    ours = load_workbook(BytesIO(made.workbook()), data_only=True)
    for name, row, column in sheets_of(formulas_of(made)).formulas():
        there, here = theirs[name].cell(row, column).value, ours[name].cell(row, column).value
        assert is_same(there, here), (name, get_column_letter(column), row)


# ---- policies -------------------------------------------------------------------------------------------------------


def begin(county: County) -> None:
    """甲 is in every month; 乙 has no second quarter; 丙 came in October."""
    county.project("甲", unit="杨屯镇")
    county.project("乙", unit="龙固镇")
    county.project("丁", unit="龙固镇")
    county.record("2023-04", {"甲": 267, "丁": 267})
    county.record("2023-05", {"甲": 500, "丁": 500})
    county.record("2023-07", {"甲": 601, "乙": 500, "丁": 601})
    county.record("2023-08", {"甲": 700, "乙": 600, "丁": 700})


def test_a_quarter_without_score_is_left_out_and_its_weight_goes_to_the_others(
    county: County, database: Database
) -> None:
    made = exported(database, "2023", HEAD)
    assert disagreements(made) == []
    rows = {row["name"]: line for line, row in enumerate(made.rows, start=4)}
    assert formula(made, "得分", rows["甲"]) == (
        "=ROUND(ROUND(100*(考核办法!$B$6*K4+考核办法!$B$7*L4),0)/(考核办法!$B$6+考核办法!$B$7),0)/100"
    )
    assert formula(made, "得分", rows["乙"]) == (
        f"=ROUND(ROUND(100*(考核办法!$B$7*L{rows['乙']}),0)/(考核办法!$B$7),0)/100"
    )
    # 20 ÷ (20 + 30) = 40 %
    assert sheets_of(formulas_of(made)).value("核算", rows["甲"], 8) == 0.4


def test_too_few_months_stand_apart_by_a_formula(county: County, database: Database) -> None:
    """Four months in weighted quarters, three needed: 乙 has two."""
    made = exported(database, "2023", HEAD)
    line = next(line for line, row in enumerate(made.rows, start=4) if row["name"] == "乙")
    assert formula(made, "是否排名", line, "核算") == f'=IF(G{line}<考核办法!$B$13,"考核期不足，单列","排名")'
    worked = worked_again(formulas_of(made), len(made.rows))[line - 4]
    assert (worked["名次"], worked["等次"]) == ("", "不排名：考核期不足，单列")


def test_a_tie_shares_its_rank_and_the_next_is_skipped(county: County, database: Database) -> None:
    made = exported(database, "2023Q3", HEAD)
    worked = {row["项目名称"]: row["名次"] for row in worked_again(formulas_of(made), len(made.rows))}
    assert worked == {"甲": 1, "丁": 1, "乙": 3}


def test_with_the_other_policy_a_missing_quarter_counts_0_and_is_said_to(county: County, database: Database) -> None:
    text = changed(programmes.rule_book_text("county-default"), missing_quarter='"zero"')
    with county.change("2023-08-30") as change:
        programmes.put_in_force(change, "缺考计零", text, "2023-01")
    made = exported(database, "2023", HEAD)
    assert disagreements(made) == []
    line = next(line for line, row in enumerate(made.rows, start=4) if row["name"] == "乙")
    assert formula(made, "得分", line) == (
        f"=ROUND(ROUND(100*(考核办法!$B$7*L{line}),0)/(考核办法!$B$6+考核办法!$B$7),0)/100"
    )
    assert formulas_of(made)["核算"].cell(line, 6).value == "二季度没有得分，按办法计0分"


def test_a_quarter_by_another_book_is_given(county: County, database: Database) -> None:
    text = changed(programmes.rule_book_text("county-default"), missing_indicator='"exclude"')
    with county.change("2023-08-30") as change:
        programmes.put_in_force(change, "下半年办法", text, "2023-07")
    made = exported(database, "2023", HEAD)
    assert disagreements(made) == []
    assert formula(made, "二季度") is None
    assert formulas_of(made)["核算"].cell(4, 6).value == "二季度按当时的考核办法计分，直接取数"


def test_who_sees_only_some_rows_gets_their_ranks_as_figures(county: County, client_as: Any) -> None:
    answer = client_as("unit", unit="龙固镇").get("/api/standings/export?programme=2023&period=2023-08")
    book = load_workbook(BytesIO(answer.content))
    names = [book["排名"].cell(line, 2).value for line in (4, 5)]
    assert names == ["丁", "乙"]
    assert [book["排名"].cell(line, 1).value for line in (4, 5)] == [1, 3]  # the other first is not theirs to see
    assert {cell.value for cell in book["明细"]["B"][4:]} == {"丁", "乙"}


def test_of_a_published_board_everybody_has_the_ranks_and_only_their_own_detail(county: County, client_as: Any) -> None:
    county.publish("2023Q2", "2023-07-05")
    answer = client_as("unit", unit="龙固镇").get("/api/standings/export?programme=2023&period=2023Q2")
    book = load_workbook(BytesIO(answer.content), data_only=True)
    assert [book["排名"].cell(line, 2).value for line in (4, 5, 6)] == ["甲", "丁", "乙"]
    assert [book["排名"].cell(line, 1).value for line in (4, 5, 6)] == [1, 1, None]
    assert {cell.value for cell in book["明细"]["B"][4:]} == {"丁", "乙"}


def test_a_name_that_would_run_stays_a_text_on_every_sheet(database: Database) -> None:
    made = County(database)
    made.project("=1+1", unit="@SUM(A1)")
    made.record("2023-04", {"=1+1": 300})
    book = formulas_of(exported(database, "2023-04", HEAD))
    found = {cell.value for sheet in book for line in sheet.iter_rows() for cell in line if cell.data_type == "f"}
    assert found and not any("1+1" in text and "COUNTIFS" not in text for text in found)
    assert {
        book[name].cell(at, 3 if name == "督查覆盖" else 2).value
        for name, at in (("排名", 4), ("明细", 5), ("督查覆盖", 5), ("核算", 4))
    } == {"'=1+1"}


def test_a_period_without_a_month_is_an_empty_board(county: County, database: Database) -> None:
    made = exported(database, "2023-12", HEAD)
    assert made.rows == [] and formulas_of(made)["排名"]["A3"].value == "名次"
