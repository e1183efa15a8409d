"""升降原因 over the API: it explains the board shown, adds up to its `change`, and keeps to one's own projects."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from app.projects import service as projects
from app.publications import schemas
from tests.app.county import FARMING, County
from tests.conftest import ClientAs

OCTOBER = "/api/standings/movement?programme=2023&period=2023-10"


def begin(county: County) -> None:
    """Due: 900 by September, 1000 by October. September: 甲 900 → 100.00, 乙 720 → 80.00, 丙 630 → 70.00.

    October: 甲 900 → 90.00, 乙 950 → 95.00, 丙 700 → 70.00.
    """
    county.project("甲", unit="杨屯镇")
    county.project("乙", unit="龙固镇")
    county.project("丙", unit="龙固镇")
    county.record("2023-09", {"甲": 900, "乙": 720, "丙": 630})
    county.record("2023-10", {"甲": 900, "乙": 950, "丙": 700})


def told(client: TestClient, path: str = OCTOBER) -> dict[str, dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    schemas.MovementsOut.model_validate(answer.json())
    return {row["name"]: row for row in answer.json()["rows"]}


@pytest.mark.database
def test_the_movement_says_which_board_it_compares_with_and_adds_up_to_its_change(
    county: County, client_as: ClientAs
) -> None:
    client = client_as("office")
    answer = client.get(OCTOBER).json()
    assert (answer["previous"], answer["previous_label"], answer["total"]) == ("2023-09", "2023年9月", 3)
    board = {row["name"]: row for row in client.get("/api/standings?programme=2023&period=2023-10").json()["rows"]}
    found = told(client)
    assert {name: row["change"] for name, row in found.items()} == {"甲": -1, "乙": 1, "丙": 0}
    assert {name: row["change"] for name, row in board.items()} == {"甲": -1, "乙": 1, "丙": 0}
    # 甲: own 90 against September's 80 and 70 stays 1st; 乙's 95 takes one.
    assert found["甲"]["ranks"] == {"own": 0, "others": -1, "joined": 0, "left": 0, "rule": 0, "correction": 0}
    assert found["甲"]["scores"] == {"own": "-10.00", "rule": "0.00", "correction": "0.00"}
    assert found["甲"]["sentence"] == (
        "由第1名降至第2名：本项目得分由100.00降至90.00，名次不因此变动；他人得分提高，下降1位。"
    )
    # 乙: own 95 against September's 100 stays 2nd; 甲's fall gives one.
    assert found["乙"]["sentence"] == (
        "由第2名升至第1名：本项目得分由80.00升至95.00，名次不因此变动；他人得分回落，上升1位。"
    )


def test_the_receipt_has_its_projects_movement(county: County) -> None:
    receipt = county.receipt("乙", "2023-10")
    schemas.ReceiptOut.model_validate(receipt)
    assert receipt["movement"]["change"] == 1
    assert county.receipt("乙", "2023-09")["movement"] is None
    assert county.receipt("乙", "2023")["movement"] is None


def test_a_year_and_the_first_month_have_no_board_before(county: County, client_as: ClientAs) -> None:
    for period in ("2023-09", "2023", "2023Q3"):
        answer = client_as("office").get(f"/api/standings/movement?programme=2023&period={period}").json()
        assert (answer["previous"], answer["rows"]) == (None, [])


def test_places_that_are_close_are_said_for_the_year_too_and_change_no_rank(
    county: County, client_as: ClientAs
) -> None:
    """From September to October 甲 fell 10, 乙 rose 15, 丙 stood still: the noise of all, √(325 ÷ 6) = 7.36 points."""
    office = client_as("office").get("/api/standings/movement?programme=2023&period=2023").json()
    bands = {one["code"]: (one["best"], one["worst"]) for one in office["bands"]}
    # The year: 甲 (100×30 + 90×50) ÷ 80 = 93.75, 乙 (80×30 + 95×50) ÷ 80 = 89.38, 丙 70.00.
    assert bands == {county.codes["甲"]: (1, 2), county.codes["乙"]: (1, 2), county.codes["丙"]: (3, 3)}
    assert "不改变名次" in office["bands_method"]
    unit = client_as("unit", unit="杨屯镇").get("/api/standings/movement?programme=2023&period=2023").json()
    assert [one["code"] for one in unit["bands"]] == [county.codes["甲"]]


@pytest.mark.database
def test_a_correction_is_a_step_of_its_own_and_the_published_rank_before_is_said(
    county: County, client_as: ClientAs
) -> None:
    """October published, then 丙 corrected from 700 (70.00, 3rd) to 980 (98.00, 1st): 丙 3rd → 3rd → 1st."""
    county.publish("2023-10", "2023-11-03")
    office, unit = client_as("office"), client_as("unit", unit="杨屯镇")
    assert told(unit)["丙"]["change"] == 0  # a published board is explained to all
    county.reopen("2023-10", "2023-11-10")
    county.record("2023-10", {"丙": 980}, "2023-11-11")
    one = told(office)["丙"]
    assert (one["change"], one["ranks"]["own"], one["ranks"]["correction"]) == (2, 0, 2)
    assert one["sentence"] == (
        "由第3名升至第1名：本项目得分70.00未变，名次不因此变动；更正通报数，得分由70.00升至98.00，上升2位。"
    )
    assert told(unit)["丙"]["change"] == 0  # until the correction is signed
    county.publish("2023-10", "2023-11-12")
    assert told(unit) == told(office)
    assert told(office)["丙"]["ranks"]["correction"] == 2
    assert told(office, f"{OCTOBER}&as_of=2023-11-05")["丙"]["change"] == 0  # what was on screen that day
    # November: 丙 stays at 98.00 × … = 1078/1100; compared with the corrected October, the published rank beside.
    county.record("2023-11", {"甲": 900, "乙": 950, "丙": 1078})
    november = told(office, "/api/standings/movement?programme=2023&period=2023-11")["丙"]
    assert (november["from_rank"], november["previous_published_rank"], november["change"]) == (1, 3, 0)
    assert november["sentence"].endswith("（上期通报为第3名，更正后为第1名。）")


def test_an_interim_movement_shows_a_unit_its_own_projects(county: County, client_as: ClientAs) -> None:
    assert set(told(client_as("unit", unit="杨屯镇"))) == {"甲"}
    assert set(told(client_as("office"))) == {"甲", "乙", "丙"}
    assert client_as("admin").get(OCTOBER).status_code == 403


def test_a_project_of_another_class_last_month_is_told_so(county: County, client_as: ClientAs) -> None:
    """丙 moves to another class in October: no change, and 甲 and 乙 lose nobody in front of them."""
    with county.change("2023-10-08", reason="归类有误") as change:
        projects.record_project(change, county.ids["丙"], {"class_name": FARMING}, effective_on=date(2023, 10, 1))
    found = told(client_as("office"))
    assert found["丙"]["sentence"] == (
        "上期第3名（重大工业和服务业），本期归入农业农村重点，为第1名；分组不同，名次不相比。"
    )
    assert found["甲"]["ranks"]["others"] == -1


def test_the_workbook_has_the_reason_beside_each_rank(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get("/api/standings/export?programme=2023&period=2023-10")
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    headings = [cell.value for cell in sheet[3]]
    place = headings.index("升降原因") + 1
    assert sheet.cell(4, place).value.startswith("由第2名升至第1名：")
    year = load_workbook(BytesIO(client_as("office").get("/api/standings/export?programme=2023&period=2023").content))
    assert "升降原因" not in [cell.value for cell in year.worksheets[0][3]]
