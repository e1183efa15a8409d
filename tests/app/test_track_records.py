"""预警准确情况 over the API: what was issued, judged by what came; hand-worked on four projects of 1200万元.

Due by April 400, May 500, June 600, July 700. As of July (outlook by the slope since April, 5 months left):
甲 250 + 5 × 50 = 500 will not make it; 乙 700 + 5 × 100 = 1200, 丙 700 + 5 × 140 = 1400, 丁 700 + 5 × 100 = 1200 will.
"""

import json
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from app import cli
from app.database import Database
from app.publications import schemas
from app.settings import Settings
from tests.app.county import County
from tests.conftest import ClientAs
from tests.installations import use

PATH = "/api/alerts/track-record?programme=2023"
MONTHS = {
    "2023-04": {"甲": 100, "乙": 400, "丙": 280, "丁": 400},
    "2023-05": {"甲": 150, "乙": 500, "丙": 500, "丁": 500},
    "2023-06": {"甲": 200, "乙": 600, "丙": 600, "丁": 450},
}
JULY = {"甲": 250, "乙": 700, "丙": 700, "丁": 700}


def begin(county: County) -> None:
    county.project("甲", unit="杨屯镇")
    for name in "乙丙丁":
        county.project(name, unit="龙固镇")
    for month, figures in MONTHS.items():
        county.record(month, figures)


def record(client: TestClient, path: str = PATH) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    schemas.TrackRecordOut.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def counts(found: dict[str, Any], source: str, rule: str) -> dict[str, Any]:
    part = next(one for one in found["records"] if one["source"] == source)
    row = next(one for one in part["rules"] if one["rule"] == rule)
    names = ("hits", "misses", "false_alarms", "recovered", "quiet", "not_judged", "lead_months")
    return {name: row[name] for name in names if row[name]}


@pytest.mark.database
def test_issued_warnings_are_judged_by_what_came(county: County, client_as: ClientAs) -> None:
    """甲 was red from April: 3 months before July. 丙 was yellow in April alone, 丁 (75 %) in June alone."""
    county.publish("2023Q2", "2023-07-05")
    county.record("2023-07", JULY)
    found = record(client_as("office"))
    assert (found["month"], found["is_final"], found["outcomes"]) == ("2023-07", False, {"bad": 1, "good": 3})
    assert "暂以7月的年度完成预计为准" in found["basis"]
    assert [(one["source"], one["months"]) for one in found["records"]] == [
        ("published", ["2023-04", "2023-05", "2023-06"]),
        ("recomputed", []),
    ]
    assert counts(found, "published", "red") == {"hits": 1, "quiet": 3, "lead_months": [3]}
    assert counts(found, "published", "investment") == {
        "hits": 1,
        "false_alarms": 1,
        "recovered": 1,
        "quiet": 1,
        "lead_months": [3],
    }
    # Outlooks: 丙 in April 280 + 8 × 70 = 840; 丁 in June 450 + 6 × 25 = 600.
    assert counts(found, "published", "outlook") == counts(found, "published", "warned")
    row = next(one for one in found["records"][0]["rules"] if one["rule"] == "warned")
    assert (row["label"], row["caught"], row["borne_out"], row["median_lead_months"]) == (
        "黄灯或红灯",
        "1/1",
        "1/2",
        "3",
    )


def test_who_will_not_make_it_has_how_long_ago_it_was_said(county: County, client_as: ClientAs) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.record("2023-07", JULY)
    only = record(client_as("office"))["projects"]
    assert [(one["name"], one["light"], one["red_since"], one["red_lead_months"]) for one in only] == [
        ("甲", "red", "2023-04", 3)
    ]
    assert (only[0]["red_issued_months"], only[0]["warned_lead_months"], only[0]["outlook_lead_months"]) == (3, 3, 3)


def test_months_never_issued_are_recomputed_and_kept_apart(county: County, client_as: ClientAs) -> None:
    county.record("2023-07", JULY)
    found = record(client_as("office"))
    assert [(one["source"], one["months"]) for one in found["records"]] == [
        ("published", []),
        ("recomputed", ["2023-04", "2023-05", "2023-06"]),
    ]
    assert counts(found, "recomputed", "red") == {"hits": 1, "quiet": 3, "lead_months": [3]}
    assert found["projects"][0]["red_issued_months"] == 0


def test_a_correction_does_not_better_what_was_said(county: County, client_as: ClientAs) -> None:
    """June's 450 of 丁 is corrected to 600 after the issue: the warning that went out stays a false alarm."""
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-07-10")
    county.record("2023-06", {"丁": 600}, day="2023-07-11")
    county.publish("2023Q2", "2023-07-12")
    county.record("2023-07", JULY)
    assert counts(record(client_as("office")), "published", "warned")["false_alarms"] == 1


def test_an_earlier_month_is_asked_for_and_the_first_has_nothing_before(county: County, client_as: ClientAs) -> None:
    county.record("2023-07", JULY)
    june = record(client_as("office"), f"{PATH}&month=2023-06")
    assert june["records"][1]["months"] == ["2023-04", "2023-05"]
    april = record(client_as("office"), f"{PATH}&month=2023-04")
    assert [one["rules"] for one in april["records"]] == [[], []]


def test_december_is_what_came(county: County, client_as: ClientAs) -> None:
    county.record("2023-12", {"甲": 1139, "乙": 1140, "丙": 1200, "丁": 1200})
    found = record(client_as("office"))
    assert (found["is_final"], found["outcomes"]) == (True, {"bad": 1, "good": 3})
    assert found["basis"].startswith("以12月的年度完成情况为准")


def test_one_sees_the_record_of_ones_own_projects(county: County, client_as: ClientAs) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.record("2023-07", JULY)
    found = record(client_as("unit", unit="龙固镇"))
    assert (found["outcomes"], found["projects"]) == ({"bad": 0, "good": 3}, [])
    assert counts(found, "published", "red") == {"quiet": 3}
    assert client_as("admin").get(PATH).status_code == 403


def test_the_command_says_the_same(
    county: County, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.record("2023-07", JULY)
    use(monkeypatch, settings)
    words = ["alerts", "--programme", "2023", "--month", "2023-07", "--record"]
    assert cli.run(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["按定稿时的灯和预计：4—6月", "红灯\t报准1\t漏报0\t误报0\t预警后赶上0\t提前3个月"]
    assert lines[-1] == f"难完成\t{county.codes['甲']}\t甲\t红灯提前3个月"
    assert cli.run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["projects"][0]["red_lead_months"] == 3


def test_a_programme_without_data_has_no_record(database: Database, client_as: ClientAs) -> None:
    made = County(database)
    made.project("甲", start=date(2023, 5, 1))
    found = record(client_as("office"))
    assert (found["outcomes"], found["projects"]) == ({"bad": 0, "good": 0}, [])
