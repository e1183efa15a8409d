"""Alerts as people read them (RULES §5, CONTRACTS): lights, what they add up to, and who owns the project."""

import pytest

from app.projects import service as projects
from app.publications import schemas
from tests.app.county import County


def begin(county: County) -> None:
    """August and September. Due are 800 and 900 of 1200."""
    county.project("甲", unit="杨屯镇", leader="张县长")
    for name in ("乙", "丙", "丁"):
        county.project(name)
    county.record("2023-08", {"甲": 800, "乙": 640, "丙": 480, "丁": 479})
    county.record("2023-09", {"甲": 539, "乙": 720, "丙": 719})


@pytest.mark.database
def test_the_light_follows_the_ratio_and_exactly_0_80_is_green_exactly_0_60_yellow(county: County) -> None:
    alerts = county.alerts("2023-08")
    # 800/800; 640/800 = 0.80; 480/800 = 0.60; 479/800 = 0.59875
    assert {row["name"]: (row["light"], row["ratio_pct"]) for row in alerts["rows"]} == {
        "甲": ("green", "100.0"),
        "乙": ("green", "80.0"),
        "丙": ("yellow", "60.0"),
        "丁": ("red", "59.9"),
    }
    assert alerts["counts"]["red"] == 1 and alerts["counts"]["green"] == 2 and alerts["counts"]["yellow"] == 1
    assert (alerts["previous_month"], alerts["totals"], alerts["state"]) == (None, {"projects": 4}, "interim")
    schemas.AlertsOut.model_validate(alerts)


def test_a_row_names_what_was_before_who_owns_it_and_since_when(county: County) -> None:
    alerts = county.alerts("2023-09")
    rows = {row["name"]: row for row in alerts["rows"]}
    first = rows["甲"]
    # 539/900 = 0.5988…
    assert (first["light"], first["previous_light"], first["previous_month"], first["since"], first["is_worse"]) == (
        "red",
        "green",
        "2023-08",
        "2023-09",
        True,
    )
    assert (first["responsible_unit"], first["lead_official"]) == ("杨屯镇", "张县长")
    assert (first["invested_ytd_wan"], first["plan_to_date_wan"], first["annual_plan_wan"]) == (
        "539.00",
        "900.00",
        "1200.00",
    )
    # 719/900 = 0.7988…: yellow for the second month
    assert (rows["丙"]["light"], rows["丙"]["since"], rows["丙"]["is_worse"]) == ("yellow", "2023-08", False)
    # no record: grey, with the red before beside it
    assert (rows["丁"]["light"], rows["丁"]["last_light"], rows["丁"]["light_word"]) == ("grey", "red", "未督查")
    assert alerts["worse"] == [county.codes["甲"]]
    assert alerts["trend"] == [
        {"month": "2023-08", "red": 1, "yellow": 1, "green": 2, "grey": 0, "none": 0},
        {"month": "2023-09", "red": 1, "yellow": 1, "green": 1, "grey": 1, "none": 0},
    ]


def test_an_uncommitted_month_has_no_alerts(county: County) -> None:
    alerts = county.alerts("2023-10")
    assert (alerts["rows"], alerts["totals"]) == ([], {"projects": 0})
    assert set(alerts["counts"].values()) == {0}


def test_a_light_set_by_a_person_shows_its_reason_and_keeps_those_of_the_rules(county: County) -> None:
    with county.change("2023-10-05") as change:
        projects.record_light_decision(
            change, county.ids["甲"], "2023-09", "override", "yellow", reason="资金已落实", approver="办公室主任"
        )
    row = next(row for row in county.alerts("2023-09")["rows"] if row["name"] == "甲")
    assert (row["light"], row["override"]) == ("yellow", {"reason": "资金已落实", "approver": "办公室主任"})
    assert {"investment", "manual"} <= {reason["rule"] for reason in row["reasons"]}
    assert county.alerts("2023-09", as_of="2023-10-04")["counts"]["red"] == 1


def test_a_row_has_the_range_around_its_outlook_and_the_verdict_stays_the_rules(county: County) -> None:
    """乙: 640 by August, 720 by September, 900 by October."""
    county.record("2023-10", {"甲": 700, "乙": 900})
    row = next(row for row in county.alerts("2023-10")["rows"] if row["name"] == "乙")
    # 640/8 = 80, 720 - 640 = 80, 900 - 720 = 180 a month; two months to go: 1060 to 1260. Slope (900 - 640)/2 = 130.
    assert (row["forecast_wan"], row["outlook"]) == ("1160.00", "expected")
    assert (row["outlook_low_wan"], row["outlook_high_wan"]) == ("1060.00", "1260.00")
    assert row["outlook_range_sentence"] == "全年约在1060—1260万元之间（依据3个数据：已有3段月均速度中最慢的与最快的）"
    first = next(row for row in county.alerts("2023-08")["rows"] if row["name"] == "乙")
    assert (first["outlook_low_wan"], first["outlook_high_wan"]) == (None, None)
    assert first["outlook_range_sentence"] == "本年有投资的数据不足2个，暂不给出区间"
