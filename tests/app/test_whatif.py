"""目标测算 over the API and the command: answers with their figures, own projects only, no other's interim score."""

import json
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import col, select
from starlette.testclient import TestClient

from app import cli
from app.audit.models import AuditEntry
from app.database import Database
from app.settings import Settings
from app.whatif import schemas
from tests.app.county import FARMING, County
from tests.conftest import ClientAs
from tests.installations import use

OVERVIEW = "/api/whatif/overview?programme=2023&period=2023"


def begin(county: County) -> None:
    """100 a month is due. 甲 has done all of it to October, 乙 80 %, 丙 40 %, each in every month from April on.

    By October: Q2, Q3 and Q4 100.00 / 80.00 / 40.00. November and December are left.
    """
    for name, unit in (("甲", "杨屯镇"), ("乙", "龙固镇"), ("丙", "龙固镇")):
        county.project(name, unit=unit)
    county.project("丁", unit="龙固镇", class_name=FARMING)
    for month in range(4, 11):
        due = 100 * month
        county.record(f"2023-{month:02d}", {"甲": due, "乙": due * 4 // 5, "丙": due * 2 // 5, "丁": due})


def asked(client: TestClient, project: Any, **query: Any) -> dict[str, Any]:
    words = {"programme": "2023", "period": "2023", "project": project, **query}
    answer = client.get("/api/whatif", params=words)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    schemas.WhatIfOut.model_validate(found)
    return found


@pytest.mark.database
def test_range_places_and_tiers_of_one_project(county: County, client_as: ClientAs) -> None:
    """乙: lowest Q4 80÷3 = 26.67 → 16 + 24 + 13.335 = 53.335 → 53.34; highest 280÷3 = 93.33 → 40 + 46.665 → 86.67.

    甲: lowest Q4 33.33 → 50 + 16.665 → 66.67, highest 100.00. 丙: 20 + … from 6.665 to 40: 26.67 to 60.00.
    """
    found = asked(client_as("office"), county.codes["乙"])
    assert (found["status"], found["open_words"], found["remaining"]) == ("open", "11—12月", ["2023-11", "2023-12"])
    assert found["range"] == {
        "low": "53.34",
        "high": "86.67",
        "low_tier": "较差",
        "high_tier": "良好",
        "is_settled": False,
        "sentence": "11—12月都得0.00分，年度得分为53.34分；都得100.00分，为86.67分。等次在较差至良好之间。",
    }
    assert found["places"] == {
        "best": 1,
        "worst": 3,
        "size": 3,
        "is_settled": False,
        "sentence": "最好第1名、最差第3名（同类3项）。",
    }
    tiers = {one["tier"]: (one["verdict"], one["month_score"], one["quarter_score"]) for one in found["tiers"]}
    # 良好 80: 40 + Q4÷2 ≥ 79.995 → Q4 79.99; (80 + 2x) ÷ 3 ≥ 79.985 → x 79.98. 一般 70: Q4 59.99, x ≥ 49.9775 → 49.98.
    assert tiers == {
        "优秀": ("impossible", None, None),
        "良好": ("needed", "79.98", "79.99"),
        "一般": ("needed", "49.98", "59.99"),
    }
    assert (found["score"], found["rank"], found["state"]) == ("80.00", 2, "interim")


def test_each_wish_has_its_answer(county: County, client_as: ClientAs) -> None:
    client = client_as("office")
    found = asked(client, county.codes["乙"], target="85", tier="优秀", rank=1, **{"pass": "丙"})
    assert [(one["kind"], one["label"], one["verdict"]) for one in found["answers"]] == [
        ("target", "达到85.00分", "needed"),
        ("tier", "达到优秀（90分）", "impossible"),
        ("rank", "进入前1名", "needed"),
        ("pass", "超过丙", "needed"),
    ]
    # 85: 40 + Q4÷2 ≥ 84.995 → Q4 89.99; (80 + 2x) ÷ 3 ≥ 89.985 → x ≥ 94.9775 → 94.98.
    assert found["answers"][0]["sentence"] == (
        "11—12月平均不低于94.98分（即四季度得分不低于89.99分），年度得分为85.00分；再低0.01分则为84.99分，达不到。"
    )
    assert [(one["side"], one["name"], one["rank"], one["verdict"]) for one in found["neighbours"]] == [
        ("above", "甲", 1, "needed"),
        ("below", "丙", 3, "needed"),
    ]
    by_id = client.get(f"/api/projects/{county.ids['乙']}/whatif?period=2023&target=85").json()
    assert by_id["answers"] == found["answers"][:1]
    assert asked(client, "乙")["code"] == asked(client, county.ids["乙"])["code"] == county.codes["乙"]


def test_a_running_quarter_and_one_not_begun_and_one_that_is_over(county: County, client_as: ClientAs) -> None:
    client = client_as("office")
    quarter = asked(client, "乙", period="2023Q4", target="90")
    # (80 + 2x) ÷ 3 ≥ 89.995 → x ≥ 94.9925
    assert quarter["answers"][0]["month_score"] == "95.00"
    over = asked(client, "乙", period="2023Q2", target="90")
    assert (over["status"], over["status_sentence"]) == ("settled", "本期没有剩余的月份，得分不再变动。")
    assert over["answers"][0]["sentence"] == "已不可能：二季度得分为80.00分，不再变动，差10.00分。"
    assert (over["places"]["best"], over["places"]["worst"]) == (2, 2)
    answer = client.get("/api/whatif?programme=2023&project=乙&period=2023-10")
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "目标测算用于季度和年度，请把考核期写成2023Q4或2023。",
    )


def test_who_has_left_gets_a_sentence_and_no_figures(county: County, client_as: ClientAs) -> None:
    county.event("乙", "调出", "2023-09-20")
    found = asked(client_as("office"), "乙", target="85", **{"pass": "甲"})
    assert (found["status"], found["status_sentence"]) == ("left", "已调出，不再计年度得分。")
    assert (found["range"], found["places"], found["tiers"], found["answers"], found["neighbours"]) == (
        None,
        None,
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("query", "status", "part"),
    [
        ({"target": "很多"}, 422, "目标分“很多”无法识别"),
        ({"target": "101"}, 422, "目标分“101”无法识别"),
        ({"target": "88.555"}, 422, "目标分“88.555”无法识别"),
        ({"target": "NaN"}, 422, "目标分“NaN”无法识别"),
        ({"tier": "卓越"}, 422, "考核办法没有“卓越”这一等次，可选优秀、良好、一般、较差。"),
        ({"rank": 0}, 422, "“rank”"),
        ({"pass": "丁"}, 400, "“丁”与本项目不是同类项目"),
        ({"pass": "乙"}, 400, "要超过的是本项目自己"),
        ({"pass": "戊"}, 404, "没有这个项目，或不在您的查看范围内"),
        ({"project": "戊"}, 404, "没有这个项目，或不在您的查看范围内"),
        ({"project": "999999"}, 404, "没有这个项目，或不在您的查看范围内"),
    ],
)
def test_a_question_of_no_sense_is_refused_in_one_sentence(
    county: County, client_as: ClientAs, query: dict[str, Any], status: int, part: str
) -> None:
    words = {"programme": "2023", "period": "2023", "project": "乙", **query}
    answer = client_as("office").get("/api/whatif", params=words)
    assert answer.status_code == status
    assert part in answer.json()["message"]


@pytest.mark.database
def test_a_unit_asks_for_its_own_projects_and_learns_no_other_units_interim_score(
    county: County, client_as: ClientAs
) -> None:
    unit = client_as("unit", unit="龙固镇")
    path = f"/api/projects/{county.ids['甲']}/whatif?period=2023"
    assert unit.get(path).status_code == 404
    assert unit.get(path).json() == unit.get("/api/projects/999999/whatif?period=2023").json()
    assert unit.get("/api/whatif?programme=2023&period=2023&project=甲").status_code == 404
    own = asked(unit, "乙", target="85", **{"pass": "丙"})  # 丙 is its own as well
    assert (own["neighbours"], own["shows_others"], len(own["answers"])) == ([], False, 2)
    foreign = unit.get("/api/whatif?programme=2023&period=2023&project=乙&pass=甲")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    ranked = unit.get("/api/whatif?programme=2023&period=2023&project=乙&rank=1")
    assert (ranked.status_code, ranked.json()["message"]) == (
        403,
        "本期还是中间值，他人得分通报后才能看到；现在可以测算目标分和等次。",
    )
    assert {row["name"] for row in unit.get(OVERVIEW).json()["rows"]} == {"乙", "丙", "丁"}
    county.publish("2023Q2", "2023-11-05")
    published = asked(unit, "乙", period="2023Q2", rank=1)
    assert published["answers"][0]["sentence"] == "已不可能：最好只能到第2名，前面的1项已无法超过。"
    assert client_as("admin").get(OVERVIEW).status_code == 403


def test_a_published_quarter_counts_as_published(county: County, client_as: ClientAs) -> None:
    """Q3 is published with 乙 80.00, reopened and corrected to 100.00: corrected is what counts then."""
    county.publish("2023Q3", "2023-11-05")
    client = client_as("office")
    assert asked(client, "乙")["range"]["high"] == "86.67"
    county.reopen("2023Q3", "2023-11-06")
    for month in (7, 8, 9):
        county.record(f"2023-{month:02d}", {"乙": 100 * month}, f"2023-11-{month:02d}")
    # 16 + 30 + 46.665 = 92.665 → 92.67
    assert asked(client, "乙")["range"]["high"] == "92.67"


@pytest.mark.database
def test_the_table_of_all_projects_and_its_workbook(county: County, client_as: ClientAs, database: Database) -> None:
    client = client_as("office", "王主任")
    answer = client.get(OVERVIEW).json()
    schemas.OverviewOut.model_validate(answer)
    rows = {row["name"]: row for row in answer["rows"]}
    assert [(row["name"], row["low"], row["high"], row["best"], row["worst"]) for row in answer["rows"]] == [
        ("甲", "66.67", "100.00", 1, 2),
        ("乙", "53.34", "86.67", 1, 3),
        ("丙", "26.67", "60.00", 2, 3),
        ("丁", "66.67", "100.00", 1, 1),
    ]
    assert rows["乙"]["tiers"]["良好"] == {"verdict": "needed", "month_score": "79.98", "words": "79.98"}
    assert rows["丙"]["tiers"]["一般"]["words"] == "已不可能"
    assert (answer["settled_scores"], answer["settled_places"], answer["total"]) == (0, 1, 4)
    workbook = client.get("/api/whatif/export?programme=2023&period=2023&group=重大工业和服务业")
    sheet = load_workbook(BytesIO(workbook.content)).worksheets[0]
    assert [cell.value for cell in sheet[3]][:10] == [
        "名次",
        "项目名称",
        "得分",
        "最低可到",
        "最高可到",
        "最好名次",
        "最差名次",
        "优秀还需每月",
        "良好还需每月",
        "一般还需每月",
    ]
    assert [cell.value for cell in sheet[5]][:10] == [2, "乙", 80, 53.34, 86.67, 1, 3, "已不可能", 79.98, 49.98]
    assert sheet.max_row == 6
    with database.read() as session:
        actions = session.exec(select(AuditEntry.action).where(col(AuditEntry.action) == "whatif.export")).all()
    assert len(actions) == 1


def test_the_answer_follows_every_change(county: County, client_as: ClientAs) -> None:
    client = client_as("office")
    before = client.get(OVERVIEW).content
    assert client.get(OVERVIEW).content == before
    county.record("2023-11", {"甲": 1100, "乙": 880, "丙": 440})
    after = client.get(OVERVIEW).json()
    assert after["remaining"] == ["2023-12"]
    assert asked(client, "乙")["open_words"] == "12月"


def test_before_anything_is_committed_everything_is_open(database: Database, client_as: ClientAs) -> None:
    made = County(database)
    made.project("甲")
    found = asked(client_as("office"), "甲", target="90")
    assert (found["range"]["low"], found["range"]["high"]) == ("0.00", "100.00")
    assert found["answers"][0]["month_score"] == "90.00"


def test_the_command_says_it_in_sentences_and_as_json(
    county: County, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, settings)
    assert cli.run(["whatif", "乙", "--programme", "2023", "--period", "2023", "--target", "85"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{county.codes['乙']} 乙 2023年度：80.00"
    assert said[2] == "  最好第1名、最差第3名（同类3项）。"
    assert said[3].startswith("  达到85.00分：11—12月平均不低于94.98分")
    assert cli.run(["whatif", "乙", "--programme", "2023", "--period", "2023", "--rank", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"][0]["kind"] == "rank"
    assert cli.run(["whatif", "戊", "--programme", "2023", "--period", "2023"]) == 1
    assert "没有编号或名称为“戊”的项目" in capsys.readouterr().err
