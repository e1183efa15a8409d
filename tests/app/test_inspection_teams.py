"""督查组一致性 over HTTP: for the office alone, by the period asked for."""

import pytest

from tests.app.county import County
from tests.conftest import ClientAs

PATH = "/api/inspection-teams?programme=2023&period="


def begin(county: County) -> None:
    """Nine projects; 一组 gives 84 in September and the same in October, where one has 90."""
    names = "甲乙丙丁戊己庚辛壬"
    for name in names:
        county.project(name)
    for month in ("2023-09", "2023-10"):
        with county.change(f"{month}-28") as change:
            for name in names:
                score = 90 if (name, month) == ("甲", "2023-10") else 84
                county.enter(change, name, month, {"team": "一组", "team_score": score, "reported_ytd_wan": 800})


@pytest.mark.database
def test_the_office_sees_how_each_team_scores(county: County, client_as: ClientAs) -> None:
    found = client_as("office").get(f"{PATH}2023-10").json()
    assert (found["period_label"], found["months"], found["total"], found["minimum"]) == (
        "2023年10月",
        ["2023-10"],
        1,
        8,
    )
    [row] = found["rows"]
    # (8×84 + 90) ÷ 9 = 84.666… → 84.67; 8 of 9 as in September: 88.9 %
    assert (row["team"], row["number"], row["mean"]) == ("一组", 9, "84.67")
    assert (row["followed"], row["copied"], row["copied_below_full"], row["copied_pct"]) == (9, 8, 8, "88.9")
    # 60 × 800 ÷ 1000 = 48.00 of 60 → 80.00: 4.67 above computed, and there is no other team
    assert (row["compared"], row["difference"], row["relative_difference"]) == (9, "4.67", "0.00")
    assert [(one["month"], one["mean"]) for one in found["trend"]] == [("2023-09", "84.00"), ("2023-10", "84.67")]


def test_a_quarter_and_a_year_take_their_months_together(county: County, client_as: ClientAs) -> None:
    office = client_as("office_head")
    assert [office.get(f"{PATH}{period}").json()["rows"][0]["number"] for period in ("2023Q3", "2023")] == [9, 18]
    assert office.get(f"{PATH}2023-11").json()["rows"] == []


@pytest.mark.parametrize("role", ["leader", "unit", "inspector", "auditor", "admin"])
def test_nobody_else_sees_it(county: County, client_as: ClientAs, role: str) -> None:
    assert client_as("office").get(f"{PATH}2023-10").status_code == 200  # and what was kept for them serves nobody
    answer = client_as(role).get(f"{PATH}2023-10")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_period_that_is_none_is_refused_in_words(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get(f"{PATH}2022-10")
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "考核期“2022-10”不属于2023年度（2023年），请核对年份。",
    )
