"""Boards from facts to figures (RULES §2–§4), worked by hand. A plan of 1200 is due at 100 a month."""

import json
from datetime import date
from decimal import Decimal as D

import pytest

from app.cli import run
from app.database import Database
from app.errors import Malformed
from app.programmes import service as programmes
from app.projects import service as projects
from app.publications import schemas
from app.settings import Settings
from tests.app.county import FARMING, INDUSTRY, County, noon, scores
from tests.installations import use


@pytest.fixture
def county(database: Database) -> County:
    return County(database)


@pytest.fixture
def four(county: County) -> County:
    """Four projects and a fifth without a record, April to July.

    Only investment is reported, so a month scores 100 × (60 × ytd ÷ due) ÷ 60.
    """
    for name in "甲乙丙丁戊":
        county.project(name)
    county.record("2023-04", {"甲": 400, "乙": 300, "丙": 300, "丁": 200})  # due 400
    county.record("2023-05", {"甲": 500, "乙": 400, "丙": 375, "丁": 250})  # due 500
    county.record("2023-06", {"甲": 600, "乙": 420, "丙": 450, "丁": 300})  # due 600
    county.record("2023-07", {"甲": 700, "乙": 560, "丙": 525, "丁": 280})  # due 700
    return county


@pytest.mark.database
def test_a_month_ranks_monthly_scores_and_equal_ones_share_a_place(four: County) -> None:
    board = four.board("2023-04")
    # 400/400, 300/400 twice, 200/400; 1, 2, 2, 4
    assert scores(board) == {
        "甲": ("100.00", 1),
        "乙": ("75.00", 2),
        "丙": ("75.00", 2),
        "丁": ("50.00", 4),
        "戊": (None, None),
    }
    assert board["rows"][-1]["not_scored_reason"] == "未督查"
    assert board["coverage"] == {"due": 5, "inspected": 4, "not_inspected": 1, "not_reported": 0, "not_scored": 1}
    assert (board["state"], board["label"], board["full_marks"]) == ("interim", "参考", 1)
    assert [row["tie_break"] for row in board["rows"]] == ["1.0000", "0.7500", "0.7500", "0.5000", None]
    schemas.BoardOut.model_validate(board)


@pytest.mark.database
def test_a_quarter_is_the_mean_of_its_months_and_a_year_weighs_the_begun_quarters(four: County) -> None:
    # 乙: 75, 400/500 = 80, 420/600 = 70 → mean 75.00; 丙: 75, 75, 75 → 75.00; the tie-break at June: 0.75 before 0.70
    assert scores(four.board("2023Q2")) == {
        "甲": ("100.00", 1),
        "丙": ("75.00", 2),
        "乙": ("75.00", 3),
        "丁": ("50.00", 4),
        "戊": (None, None),
    }
    third = four.board("2023Q3")
    assert third["label"] == "中间值（三季度仅含7月）"
    # July: 乙 560/700 = 80, 丙 525/700 = 75, 丁 280/700 = 40. Against Q2: 乙 from 3 to 2, 丙 from 2 to 3.
    assert {row["name"]: (row["score"], row["change"]) for row in third["rows"]} == {
        "甲": ("100.00", 0),
        "乙": ("80.00", 1),
        "丙": ("75.00", -1),
        "丁": ("40.00", 0),
        "戊": (None, None),
    }
    year = {row["name"]: row for row in four.board("2023")["rows"]}
    # Σ w·q ÷ Σ w with 20 and 30: 乙 (75×20 + 80×30)/50 = 78.00; 丙 75.00; 丁 (50×20 + 40×30)/50 = 44.00
    assert {name: row["score"] for name, row in year.items()} == {
        "甲": "100.00",
        "乙": "78.00",
        "丙": "75.00",
        "丁": "44.00",
        "戊": None,
    }
    assert year["乙"]["quarters"] == {"Q1": None, "Q2": "75.00", "Q3": "80.00", "Q4": None}
    assert year["乙"]["months"] == {
        **{f"2023-{month:02d}": None for month in range(1, 13)},
        "2023-04": "75.00",
        "2023-05": "80.00",
        "2023-06": "70.00",
        "2023-07": "80.00",
    }


def test_a_period_without_committed_data_has_no_rows(four: County) -> None:
    for period in ("2023-08", "2023Q4"):
        board = four.board(period)
        assert (board["rows"], board["last_month"]) == ([], None)
    assert four.board("2023Q4")["label"] == "2023年四季度尚无已确认的督查数据"


def test_rows_stand_by_group_rank_and_code_and_each_group_ranks_for_itself(county: County) -> None:
    county.project("田", class_name=FARMING)
    county.project("乙")
    county.project("甲")
    county.record("2023-04", {"田": 100, "乙": 200, "甲": 300})
    rows = county.board("2023-04")["rows"]
    assert [(row["name"], row["group"], row["rank"], row["group_size"], row["overall_rank"]) for row in rows] == [
        ("甲", INDUSTRY, 1, 2, 1),
        ("乙", INDUSTRY, 2, 2, 2),
        ("田", FARMING, 1, 1, 3),
    ]


def test_a_class_changed_in_between_leaves_no_change_of_rank(county: County) -> None:
    for name in ("甲", "乙"):
        county.project(name)
    county.record("2023-04", {"甲": 400, "乙": 200})
    county.record("2023-05", {"甲": 500, "乙": 250})
    with county.change("2023-05-20") as change:
        projects.record_project(change, county.ids["甲"], {"class_name": FARMING}, effective_on=date(2023, 5, 1))
    april = {row["name"]: (row["group"], row["rank"]) for row in county.board("2023-04")["rows"]}
    assert april == {"甲": (INDUSTRY, 1), "乙": (INDUSTRY, 2)}
    may = {row["name"]: (row["group"], row["rank"], row["change"]) for row in county.board("2023-05")["rows"]}
    # 甲 is in another group now; 乙 was second behind it in April and is first in May
    assert may == {"甲": (FARMING, 1, None), "乙": (INDUSTRY, 1, 1)}


def test_another_book_from_july_leaves_the_second_quarter_as_it_was(four: County) -> None:
    text = programmes.rule_book_text("county-default")
    before = four.board("2023")
    # From July a month without a record counts 0 instead of being left out.
    with four.change("2023-07-31") as change:
        programmes.put_in_force(change, "示例二", _not_inspected_is_zero(text), "2023-07")
    after = {row["name"]: row["quarters"] for row in four.board("2023")["rows"]}
    assert after["戊"] == {"Q1": None, "Q2": None, "Q3": "0.00", "Q4": None}
    assert after["乙"] == {row["name"]: row["quarters"] for row in before["rows"]}["乙"]


def _not_inspected_is_zero(text: str) -> str:
    lines = [
        line.replace('"exclude"', '"zero"') if line.strip().startswith(("未督查", '"未督查"')) else line
        for line in text.splitlines()
    ]
    changed = "\n".join(lines)
    assert changed != text.rstrip("\n")
    return changed


def test_a_project_that_left_is_on_the_board_of_its_month_and_on_none_after(county: County) -> None:
    for name in ("甲", "乙"):
        county.project(name)
    county.record("2023-08", {"甲": 800, "乙": 400})
    county.record("2023-09", {"甲": 900, "乙": 450})
    county.event("乙", "调出", "2023-08-31")
    assert set(scores(county.board("2023-08"))) == {"甲", "乙"}
    september = county.board("2023-09")
    assert set(scores(september)) == {"甲"}
    assert september["left"] == [{"code": county.codes["乙"], "name": "乙", "reason": "2023年8月31日调出：会议决定"}]


@pytest.mark.database
def test_as_of_a_day_shows_what_was_recorded_by_midnight_in_shanghai(county: County) -> None:
    county.project("甲")
    county.record("2023-04", {"甲": 300}, "2023-04-28")
    county.record("2023-04", {"甲": 360}, "2023-05-06")
    assert scores(county.board("2023-04", as_of="2023-04-27")) == {}
    assert scores(county.board("2023-04", as_of="2023-04-28")) == {"甲": ("75.00", 1)}
    assert scores(county.board("2023-04", as_of="2023-05-05")) == {"甲": ("75.00", 1)}
    assert scores(county.board("2023-04", as_of="2023-05-06")) == {"甲": ("90.00", 1)}
    assert county.board("2023-04", as_of="2023-05-05")["as_of"] == "2023-05-05"
    assert scores(county.board("2023-04", known_at=noon("2023-05-05"))) == {"甲": ("75.00", 1)}


def test_as_of_and_known_at_together_and_periods_of_no_sense_are_malformed(county: County) -> None:
    for period, sentence in {
        "2023-13": "考核期“2023-13”无法识别",
        "2022-10": "不属于2023年度（2023年）",
        "十月": "考核期“十月”无法识别",
    }.items():
        with pytest.raises(Malformed, match=sentence):
            county.board(period)
    with pytest.raises(Malformed, match="只能选一个"):
        county.board("2023-04", as_of="2023-05-01", known_at=noon("2023-05-01"))
    with pytest.raises(Malformed, match="“2023Q2”不是月份"):
        county.alerts("2023Q2")


def test_the_command_prints_the_same_board(
    four: County, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, settings)
    assert run(["standings", "--programme", "2023", "--period", "2023Q2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == four.board("2023Q2")
    assert run(["standings", "--programme", "2023", "--period", "2023-04", "--as-of", "2023-04-27", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == []
    assert run(["standings", "--programme", "2023", "--period", "2023-04"]) == 0
    assert f"{INDUSTRY}\t1\tA001\t甲\t100.00" in capsys.readouterr().out
    assert run(["standings", "--programme", "2023", "--period", "四月"]) == 2
    assert run(["standings", "--programme", "2024", "--period", "2024-04"]) == 1


def test_a_score_given_by_the_team_counts_before_the_sheet_and_the_computed_one(county: County) -> None:
    county.project("甲")
    with county.change("2023-04-28") as change:
        values = {"reported_ytd_wan": 300, "team_score": D("88"), "sheet_score": D("91.5")}
        county.enter(change, "甲", "2023-04", values)
    assert scores(county.board("2023-04")) == {"甲": ("88.00", 1)}
    month = county.receipt("甲", "2023-04")["quarters"][0]["months"][0]
    assert (month["source"], month["team_score"], month["sheet_score"], month["computed_score"]) == (
        "team",
        "88.00",
        "91.50",
        "75.00",
    )
