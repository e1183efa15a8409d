"""Every receipt of the demo comes out when it is worked again from what it prints, level by level (得分明细核算)."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import col, select

from app.database import Database, open_database
from app.programmes import service as programmes
from app.projects.models import Project
from app.publications import receipts
from app.publications.memory import Memory
from tests.app.county import HEAD, County
from tests.installations import DEMO, NewInstallation
from tests.receipt_checker import problems
from tests.scoring.cases import changed

MEMORY = Memory(size=64)


@pytest.fixture(scope="module")
def demo(new_installation: NewInstallation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(new_installation(tmp_path_factory.mktemp("demo") / "home", DEMO))
    yield database
    database.close()


def all_problems(database: Database, period: str) -> tuple[int, list[str]]:
    """How many receipts of the period there are, and what does not come out."""
    found: list[str] = []
    with database.read() as session:
        programme = programmes.get(session, "2023")
        rows = session.exec(select(Project).order_by(col(Project.code))).all()
        for project in rows:
            made = receipts.receipt(session, HEAD, programme, project, period, memory=MEMORY)
            found += problems(made)
    return len(rows), found


@pytest.mark.parametrize(
    "period",
    [
        "2023Q3",
        "2023-10",
        *(
            pytest.param(period, marks=pytest.mark.slow)
            for period in (
                "2023",
                "2023Q1",
                "2023Q2",
                "2023Q4",
                *(f"2023-{month:02d}" for month in (*range(1, 10), 11)),
            )
        ),
    ],
)
def test_every_receipt_of_the_demo_comes_out_from_what_it_prints(demo: Database, period: str) -> None:
    count, found = all_problems(demo, period)
    assert count == 140
    assert found == []


def begin(county: County) -> None:
    county.project("甲")
    county.project("乙")
    county.record("2023-04", {"甲": 267, "乙": 400})
    county.record("2023-05", {"甲": 500})
    county.record("2023-08", {"甲": 700, "乙": 600})


def receipt(county: County, name: str = "甲", period: str = "2023") -> dict[str, Any]:
    made = county.receipt(name, period)
    assert problems(made) == []
    return made


def test_a_running_total_prints_what_it_was_added_from(county: County) -> None:
    with county.change("2023-09-28") as change:
        county.enter(change, "甲", "2023-09", {"reported_month_wan": 33})
    line = receipt(county, period="2023-09")["quarters"][0]["months"][0]["indicators"][0]
    # 60 × 733 ÷ 900 = 48.8666…
    assert line["reason"] == "完成733（700＋33）／应完成900万元，计48.87分"


def test_a_plan_that_two_decimals_do_not_hold_prints_how_it_came_about(county: County) -> None:
    county.project("丙", annual_wan=1000)
    with county.change("2023-08-29") as change:
        county.enter(change, "丙", "2023-08", {"reported_ytd_wan": 600, "physical_progress_pct": "55.5555"})
    money, works = receipt(county, "丙", "2023-08")["quarters"][0]["months"][0]["indicators"]
    assert money["reason"] == "完成600／应完成666.67万元（1000×2／3），计54.00分"
    # 40 × 55.5555 ÷ 66.666… = 33.3333
    assert works["reason"] == "形象进度55.5555%／计划66.67%（100×2／3），计33.33分"
    assert money["planned"]["field"] == "annual_investment_wan"
    assert (works["planned"]["uploader"], works["planned"]["field"]) == ("经办员", "planned_start_on")


def test_points_beyond_the_full_marks_say_that_they_were_cut(county: County) -> None:
    with county.change("2023-08-29") as change:
        county.enter(change, "甲", "2023-08", {"indicator_points.投资完成": 62, "indicator_points.形象进度": 30})
    made = receipt(county, period="2023-08")["quarters"][0]["months"][0]
    assert [line["reason"] for line in made["indicators"]] == [
        "督查组评62分，以0—60分为限计60.00分",
        "督查组评30.00分",
    ]
    assert (made["score"], made["sentence"]) == ("90.00", "督查组分项评分，100×（60.00＋30.00）÷（60＋40）＝90.00分")


def test_a_carried_score_names_its_month(county: County) -> None:
    text = changed(programmes.rule_book_text("county-default"), completed='"carry"')
    with county.change("2023-08-30") as change:
        programmes.put_in_force(change, "沿用", text, "2023-01")
    county.event("乙", "完工", "2023-04-20")
    months = [month for quarter in receipt(county, "乙")["quarters"] for month in quarter["months"]]
    assert [
        (month["month"], month["score"], month["sentence"]) for month in months if month["source"] == "carried"
    ] == [
        ("2023-05", "100.00", "已完工，沿用最后一次月度得分（4月）100.00分"),
        ("2023-08", "100.00", "已完工，沿用最后一次月度得分（4月）100.00分"),
    ]


def test_a_quarter_that_is_given_says_whose_figure_it_is(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    published = receipt(county)["quarters"][0]
    assert (published["is_published"], published["sentence"]) == (True, f"按通报数为{published['score']}分")
    county.reopen("2023Q2", "2023-09-05")
    county.record("2023-05", {"甲": 450}, "2023-09-06")
    county.publish("2023Q2", "2023-09-07")
    corrected = receipt(county)["quarters"][0]
    assert corrected["sentence"] == f"按更正数为{corrected['score']}分"


def test_a_missing_quarter_says_what_becomes_of_it(county: County) -> None:
    county.project("丁")
    county.record("2023-08", {"丁": 700}, "2023-08-29")
    left_out = receipt(county, "丁")["quarters"][0]
    assert left_out["sentence"] == "没有计分的月份，本季度没有得分，最终得分不计这一季度"
    text = changed(programmes.rule_book_text("county-default"), missing_quarter='"zero"')
    with county.change("2023-08-30") as change:
        programmes.put_in_force(change, "缺考计零", text, "2023-01")
    made = receipt(county, "丁")
    assert made["quarters"][0]["sentence"] == "没有计分的月份，本季度没有得分，按办法在最终得分中计0.00分"
    assert made["formula"].startswith("（0.00×20%＋")


# ---- the checker itself: whatever is tampered with is found ---------------------------------------------------------


def tampered(made: dict[str, Any], *path: Any, value: Any) -> list[str]:
    copied = copy.deepcopy(made)
    place: Any = copied
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    return problems(copied)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("score",), "99.99"),
        (("formula",), "（99.00×20%＋77.78×30%）÷50%＝99.00分"),
        (("alternative", "score"), "1.00"),
        (("quarters", 0, "score"), "99.99"),
        (("quarters", 0, "weight"), "21"),
        (("quarters", 0, "effective_weight"), "41.00"),
        (("quarters", 0, "sentence"), "（1.00）÷1＝1.00分"),
        (("quarters", 0, "months", 0, "score"), "99.99"),
        (("quarters", 0, "months", 0, "sentence"), "100×（1.00）÷（60）＝1.67分"),
        (("quarters", 0, "months", 0, "computed_score"), "99.99"),
        (("quarters", 0, "months", 0, "indicators", 0, "points"), "59.99"),
        (("quarters", 0, "months", 0, "indicators", 0, "full_marks"), "61"),
        (("quarters", 0, "months", 0, "indicators", 0, "reason"), "完成268／应完成400万元，计40.05分"),
        (("quarters", 0, "months", 0, "indicators", 0, "cells"), []),
        (("quarters", 0, "months", 0, "indicators", 0, "planned"), None),
        (("steps",), []),
    ],
    ids=str,
)
def test_the_checker_finds_a_figure_that_was_tampered_with(county: County, path: tuple[Any, ...], value: Any) -> None:
    assert tampered(receipt(county), *path, value=value)
