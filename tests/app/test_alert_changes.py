"""预警变化: what turned in a month, one sentence each with figures and owner. Plans are 1200万元: 100 due a month.

May (500 due): 甲 500 green, 乙 400 (80 %) green, 丙 200 (40 %) red, 丁 350 (70 %) yellow, 戊 red.
June (600 due): 甲 300 (50 %) red, 乙 420 (70 %) yellow, 丙 400 (66.7 %) yellow, 丁 600 green, 戊 red, 己 unseen.
"""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from app import cli
from app.publications import schemas
from app.settings import Settings
from tests.app.county import County
from tests.conftest import ClientAs
from tests.installations import use

PATH = "/api/alerts/changes?programme=2023&month=2023-06"
MAY = {"甲": 500, "乙": 400, "丙": 200, "丁": 350, "戊": 100, "己": 500}
JUNE = {"甲": 300, "乙": 420, "丙": 400, "丁": 600, "戊": 110}


def begin(county: County) -> None:
    for name in "甲乙丙丁戊己":
        county.project(name, unit="杨屯镇" if name == "甲" else "龙固镇", leader="张县长" if name == "甲" else "")
    county.record("2023-05", MAY)
    county.record("2023-06", JUNE)


def told(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {one["key"]: [row["sentence"] for row in one["rows"]] for one in answer["groups"] if one["rows"]}


@pytest.mark.database
def test_every_change_is_one_sentence_with_its_figures_and_whose_desk(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get(PATH).json()
    schemas.AlertChangesOut.model_validate(answer)
    found = told(answer)
    assert found["newly_red"] == [
        "甲由绿灯转为红灯·滞后严重，投资：本年累计完成300万元，应完成600万元，为50.0%，低于60%亮红灯。"
        "责任单位杨屯镇，包挂领导张县长。"
    ]
    assert found["newly_yellow"] == [
        "乙由绿灯转为黄灯·滞后，投资：本年累计完成420万元，应完成600万元，为70.0%，低于80%亮黄灯。责任单位龙固镇。"
    ]
    assert [one.split("，")[0] for one in found["eased"]] == ["丙由红灯转为黄灯·滞后"]
    assert found["back_to_green"] == [
        "丁由黄灯转为绿灯·达序时，投资：本年累计完成600万元，应完成600万元，为100.0%，达序时。责任单位龙固镇。"
    ]
    assert [one.split("，")[0] for one in found["longest_red"]] == ["戊自5月起已连续2个月红灯"]
    assert found["not_inspected"] == ["己本月未督查，此前为绿灯。责任单位龙固镇。"]
    # 甲: 500 + 7 × 100 = 1200 in May; 300 in June, less than before: the pace counts 0, so 300 it stays.
    assert found["newly_unlikely"][0].startswith("甲由“预计可完成或超额”转为“预计无法完成”：截至6月累计完成300万元")
    # 丙: 200 + 7 × 40 = 480 in May; 400 + 6 × 200 = 1600 in June. 丁: 350 + 7 × 70 = 840; 600 + 6 × 250 = 2100.
    assert [one.split("：")[0] for one in found["newly_expected"]] == [
        "丙由“预计无法完成”转为“预计可完成或超额”",
        "丁由“预计无法完成”转为“预计可完成或超额”",
    ]


def test_the_text_is_ready_to_be_copied(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get(PATH).json()
    lines = answer["text"].split("\n")
    # May: 3 green, 1 yellow, 2 red. June: 1 green, 2 yellow, 2 red, 1 grey.
    assert lines[0].startswith(
        "2023年6月风险预警变化：共6项，红灯2项、黄灯2项（5月1项）、绿灯1项（5月3项）、灰灯1项（5月0项）；"
    )
    assert lines[1:3] == ["一、新转红灯（1项）", f"1. {told(answer)['newly_red'][0]}"]
    assert "（0项）" not in answer["text"]


def test_the_first_month_of_the_year_has_nothing_before_it(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get(PATH.replace("06", "05")).json()
    assert (answer["previous_month"], told(answer)) == (None, {})
    assert answer["text"].endswith("\n本月没有变化。")


def test_a_published_month_tells_what_was_published(county: County, client_as: ClientAs) -> None:
    county.publish("2023-06", "2023-07-05")
    county.reopen("2023-06", "2023-07-06")
    county.record("2023-06", {"甲": 600}, "2023-07-07")
    office = client_as("office")
    assert "newly_red" in told(office.get(f"{PATH}&as_of=2023-07-05").json())
    assert "newly_red" not in told(office.get(PATH).json())


def test_one_is_told_of_ones_own_projects(county: County, client_as: ClientAs) -> None:
    answer = client_as("unit", unit="杨屯镇").get(PATH).json()
    assert {row["name"] for one in answer["groups"] for row in one["rows"]} == {"甲"}
    assert client_as("admin").get(PATH).status_code == 403


def test_the_export_has_the_changes_on_a_second_sheet(county: County, client_as: ClientAs) -> None:
    office = client_as("office")
    made = office.get("/api/alerts/export?programme=2023&month=2023-06")
    first, second = load_workbook(BytesIO(made.content)).worksheets
    assert (first.title, second.title) == ("导出", "本月变化")
    answer = office.get(PATH).json()
    rows = [[cell.value for cell in row] for row in second.iter_rows(min_row=4)]
    assert rows == [[one["label"], row["name"], row["sentence"]] for one in answer["groups"] for row in one["rows"]]
    assert second["A2"].value == answer["head"]


def test_the_page_takes_all_that_stands_beside_its_rows_in_one_answer(county: County, client_as: ClientAs) -> None:
    office = client_as("office")
    beside = office.get(PATH.replace("changes", "beside")).json()
    schemas.AlertsBesideOut.model_validate(beside)
    assert beside["changes"] == office.get(PATH).json()
    assert beside["record"] == office.get(PATH.replace("changes", "track-record")).json()
    assert (beside["decisions"]["rows"], beside["not_judged"]) == ([], [])
    earlier = office.get(f"{PATH.replace('changes', 'beside')}&as_of=2023-06-30").json()
    assert (earlier["decisions"], earlier["record"]) == (None, None)


def test_the_command_prints_the_same_text(
    county: County,
    settings: Settings,
    client_as: ClientAs,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, settings)
    text = client_as("office").get(PATH).json()["text"]
    capsys.readouterr()
    assert cli.run(["alerts", "--programme", "2023", "--month", "2023-06", "--changes"]) == 0
    assert capsys.readouterr().out.strip() == text
