"""项目档案 (DESIGN §5): the five ones, the plan beside the actual, every figure with its cell."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from app.errors import Conflict, NotFound
from app.projects import service as projects
from app.projects.models import Project
from app.publications import dossiers
from tests.app.county import HEAD, County


def begin(county: County) -> None:
    county.project("甲", unit="杨屯镇", leader="张县长", start=date(2023, 3, 1), finish=date(2023, 12, 1))


def dossier(county: County, name: str, month: str | None = None) -> dict[str, Any]:
    with county.reading() as (session, programme):
        return dossiers.dossier(session, HEAD, programme, session.get_one(Project, county.ids[name]), month)


def test_the_five_ones_are_complete_with_one_leader_one_unit_one_member_two_staff_and_a_measure() -> None:
    holders = {
        "lead_official": ["张县长"],
        "responsible_unit": ["杨屯镇"],
        "team_leader": ["李副镇长"],
        "service_staff": ["小王", "小赵"],
    }
    assert all(item.ok for item in projects.five_ones(holders, "每周调度"))
    assert [item.ok for item in projects.five_ones(holders, " ")] == [True, True, True, True, False]
    assert [item.ok for item in projects.five_ones({**holders, "service_staff": ["小王"]}, "每周调度")][3] is False
    two = projects.five_ones({**holders, "responsible_unit": ["杨屯镇", "龙固镇"]}, "每周调度")[1]
    assert (two.ok, two.value) == (False, "杨屯镇、龙固镇")
    assert projects.five_ones({}, "")[0].value == "未明确"


@pytest.mark.database
def test_a_dossier_has_the_plan_beside_the_actual_and_the_cell_behind_each_figure(county: County) -> None:
    upload = county.sheet("2023-04", {"甲": 200}, "2023-04-28")
    with county.change("2023-05-28") as change:
        county.enter(change, "甲", "2023-05", {"reported_ytd_wan": 400, "verified_ytd_wan": 330})
    found = dossier(county, "甲")
    assert (found["month"], found["state"], found["assignments"]["responsible_unit"]) == ("2023-05", "在建", ["杨屯镇"])
    # The window is March–December, ten months: 120 a month. May counts the verified figure.
    curve = {point["month"]: point for point in found["curve"]}
    assert [curve[f"2023-{month:02d}"]["plan_to_date_wan"] for month in (2, 3, 5, 12)] == [
        "0.00",
        "120.00",
        "360.00",
        "1200.00",
    ]
    assert curve["2023-04"]["invested_ytd_wan"] == "200.00"
    assert curve["2023-05"] == {
        "month": "2023-05",
        "plan_to_date_wan": "360.00",
        "invested_ytd_wan": "330.00",
        "reported_ytd_wan": "400.00",
        "verified_ytd_wan": "330.00",
    }
    assert curve["2023-06"]["invested_ytd_wan"] is None
    first = found["records"][0]["provenance"]["reported_ytd_wan"]
    assert (first["upload"], first["file"], first["sheet"], first["cell"]) == (upload, "月报.xlsx", "项目进度", "F5")
    assert [one["light"] for one in found["light_history"]] == ["green", "green"]  # 200/240, 330/360
    assert (found["alerts"]["light"], found["alerts"]["plan_to_date_wan"]) == ("green", "360.00")
    assert dossier(county, "甲", "2023-04")["alerts"]["plan_to_date_wan"] == "240.00"


def test_the_original_plan_stays_beside_the_one_in_force(county: County) -> None:
    county.record("2023-07", {"甲": 300})
    with county.change("2023-07-29", reason="增加二期") as change:
        projects.record_plan(
            change,
            county.ids["甲"],
            {"annual_investment_wan": D(1800), "approver": "常务副县长"},
            effective_on=date(2023, 7, 1),
        )
    plan = dossier(county, "甲")["plan"]
    assert (plan["annual_investment_wan"], plan["original_annual_investment_wan"]) == ("1800.00", "1200.00")
    assert [(one["effective_on"], one["reason"], one["approver"]) for one in plan["versions"]] == [
        ("2023-01-01", "", ""),
        ("2023-07-01", "增加二期", "常务副县长"),
    ]


def test_the_list_says_who_left_and_whose_five_ones_are_complete(county: County) -> None:
    county.project("乙")
    county.record("2023-08", {"甲": 600, "乙": 700})
    county.event("乙", "调出", "2023-08-31")
    county.record("2023-09", {"甲": 700})
    with county.reading() as (session, programme):
        rows = dossiers.listing(session, HEAD, programme)["rows"]
        august = dossiers.listing(session, HEAD, programme, "2023-08")["rows"]
    assert [(row["name"], row["membership"], row["five_ones_complete"]) for row in rows] == [
        ("甲", "在册", False),
        ("乙", "已调出", False),
    ]
    assert [row["membership"] for row in august] == ["在册", "在册"]
    assert [row["annual_plan_wan"] for row in rows] == ["1200.00", "1200.00"]


def test_a_project_is_found_by_code_or_exact_name_and_a_name_borne_twice_asks_for_the_code(county: County) -> None:
    county.project("乙")
    county.project("乙 二期")
    with county.change("2023-02-01") as change:
        projects.register(change, name="乙", class_name="农业农村重点")
    with county.reading() as (session, programme):
        assert projects.find(session, programme, "A001").id == county.ids["甲"]
        assert projects.find(session, programme, "乙 二期").code == "A003"
        with pytest.raises(Conflict, match="名称“乙”对应多个项目（A002、B001），请改用项目编号"):
            projects.find(session, programme, "乙")
        with pytest.raises(NotFound, match="没有编号或名称为“丙”的项目"):
            projects.find(session, programme, "丙")


def test_a_name_given_up_stays_among_the_former_names(county: County) -> None:
    with county.change("2023-02-01") as change:
        projects.record_project(change, county.ids["甲"], {"name": "甲（更名）"})
    county.record("2023-04", {"甲": 100})
    found = dossier(county, "甲")
    assert (found["name"], found["former_names"]) == ("甲（更名）", ["甲"])
