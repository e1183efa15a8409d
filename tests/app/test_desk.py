"""The desk of 定稿与更正: each period's state, what one may do with it, and what blocks signing."""

from datetime import date
from typing import Any

from app.appeals import service as appeals
from app.appeals.service import Terms
from app.audit.service import Actor
from app.database import Database
from app.organisation import service as organisations
from app.publications import service as publishing
from app.publications.desk import House, desk
from tests.app.county import HEAD, OFFICE, County
from tests.conftest import ClientAs

INSPECTOR = Actor(None, "督查员", "inspector")
DAY = date(2023, 7, 5)


def begin(county: County) -> None:
    """甲 60.00 and 乙 75.00 in each month from April to June; 丙 has no record in June."""
    for name in ("甲", "乙", "丙"):
        county.project(name, unit="杨屯镇")
    county.record("2023-04", {"甲": 240, "乙": 300, "丙": 260})
    county.record("2023-05", {"甲": 300, "乙": 375, "丙": 325})
    county.record("2023-06", {"甲": 360, "乙": 450})


def seen(county: County, actor: Actor = OFFICE, period: str | None = None, house: House | None = None) -> Any:
    with county.reading() as (session, programme):
        return desk(session, actor, programme, period, DAY, house or House())


def states(found: Any) -> dict[str, str]:
    return {one["period"]: one["state_label"] for one in found["periods"]}


def test_each_period_with_data_has_its_state(county: County) -> None:
    assert states(seen(county)) == {
        "2023-06": "未拟稿",
        "2023-05": "未拟稿",
        "2023-04": "未拟稿",
        "2023Q2": "未拟稿",
        "2023": "未拟稿",
    }
    county.publish("2023-04", "2023-05-03")
    county.draft("2023Q2", "2023-07-04")
    drafted = seen(county)
    assert states(drafted)["2023-04"] == "已签发"
    assert states(drafted)["2023Q2"] == "已拟稿·公示至7月7日"
    assert drafted["chosen"]["period"] == "2023Q2"  # what waits for somebody opens first
    county.sign("2023Q2", "2023-07-05")
    assert states(seen(county)) == {
        "2023-06": "已随2023年二季度定稿",
        "2023-05": "已随2023年二季度定稿",
        "2023-04": "已签发",
        "2023Q2": "已签发",
        "2023": "未拟稿",
    }


def test_a_correction_is_told_from_its_slip_to_its_second_issue(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    with county.change("2023-08-01") as change:
        publishing.draft_reopening(change, "2023Q2", "漏报")
    assert states(seen(county))["2023Q2"] == "更正单（第1号）待签发"
    assert states(seen(county, INSPECTOR))["2023Q2"] == "已签发"  # a draft is the office's own
    with county.change("2023-08-01", HEAD) as change:
        publishing.sign_reopening(change, "2023Q2")
    assert states(seen(county, INSPECTOR))["2023Q2"] == "已开更正单（第1号），待重新定稿"
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    county.draft("2023Q2", "2023-08-03")  # Thursday: Friday 4, Monday 7, Tuesday 8 August
    assert states(seen(county))["2023Q2"] == "更正稿已拟稿·公示至8月8日"
    county.sign("2023Q2", "2023-08-04")
    assert states(seen(county, INSPECTOR))["2023Q2"] == "已更正（第1号）"


def test_coverage_is_counted_and_who_has_no_score_is_named(county: County) -> None:
    chosen = seen(county, period="2023-06")["chosen"]
    # 甲 and 乙 of three: 丙 has no record
    assert chosen["coverage"] == {
        "due": 3,
        "inspected": 2,
        "not_inspected": 1,
        "not_reported": 0,
        "not_scored": 1,
    }
    assert [(row["name"], row["reason"]) for row in chosen["not_scored"]] == [("丙", "未督查")]
    assert chosen["ranked"] == 2


def test_who_may_do_what_follows_role_and_state(county: County) -> None:
    def actions(actor: Actor, **house: Any) -> list[str]:
        found: list[str] = seen(county, actor, "2023Q2", House(**house))["chosen"]["actions"]
        return found

    assert (actions(OFFICE), actions(HEAD), actions(INSPECTOR)) == (["draft"], [], [])
    assert actions(HEAD, two_person=False) == ["draft"]
    county.draft("2023Q2", "2023-07-04")
    assert (actions(OFFICE), actions(HEAD), actions(INSPECTOR)) == (["draft"], ["sign"], [])
    county.sign("2023Q2", "2023-07-05")
    assert (actions(OFFICE), actions(HEAD)) == (["reopen"], [])
    with county.change("2023-07-05") as change:
        publishing.draft_reopening(change, "2023Q2", "漏报")
    assert (actions(OFFICE), actions(HEAD)) == (["reopen"], ["sign_reopening"])


def test_what_blocks_signing_is_named(county: County) -> None:
    county.draft("2023Q2", "2023-07-04", HEAD)
    own = seen(county, HEAD, "2023Q2")["chosen"]
    assert own["hindrances"] == ["拟稿人（办公室主任）不能签发自己的稿子，请由另一位办公室负责人签发。"]
    assert own["actions"] == []
    with county.change("2023-07-04") as change:
        publishing.draft(change, "2023Q2", terms=Terms(3, 3))
    county.record("2023-06", {"甲": 480}, "2023-07-04")
    with county.reading() as (session, _):
        found = organisations.find_unit(session, "杨屯镇")
    assert found is not None
    with county.change("2023-07-05", Actor(None, "经办", "unit", unit_id=found.id)) as change:
        appeals.file(change, "2023Q2", county.ids["乙"], "理由")
    blocked = seen(county, HEAD, "2023Q2")["chosen"]["hindrances"]
    assert blocked == [
        "2023年二季度还有1件申诉没有决定：第1号（乙，杨屯镇）。请先答复并决定，再签发。",
        "拟稿后数据有变动，请重新拟稿，核对后再签发。",
    ]


def test_a_publicity_that_runs_blocks_signing_until_it_is_over(county: County) -> None:
    with county.change("2023-07-04") as change:
        publishing.draft(change, "2023Q2", terms=Terms(3, 3))
    assert seen(county, HEAD, "2023Q2")["chosen"]["hindrances"] == [
        "2023年二季度正在公示，公示期3个工作日，至2023年7月7日，期满后才能签发。"
    ]


def test_what_lies_in_a_published_quarter_says_so(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    chosen = seen(county, period="2023-05")["chosen"]
    assert (chosen["state"], chosen["refusal"], chosen["actions"]) == (
        "within",
        "2023年5月已随2023年二季度定稿，不能再单独签发。",
        [],
    )
    assert seen(county)["chosen"]["reopenable"] == ["2023Q2"]


def test_a_programme_without_data_has_no_period(database: Database) -> None:
    found = seen(County(database))
    assert (found["periods"], found["chosen"]) == ([], None)


def test_over_http_drafts_and_appeals_are_shown_to_those_they_concern(county: County, client_as: ClientAs) -> None:
    office = client_as("office")
    assert office.post("/api/publications", json={"programme": "2023", "period": "2023Q2"}).status_code == 201
    path = "/api/publications/desk?programme=2023"
    mine = office.get(path).json()
    assert (mine["chosen"]["period"], mine["chosen"]["state"], mine["appeals"]["total"]) == ("2023Q2", "drafted", 0)
    unit = client_as("unit", unit="杨屯镇").get(path).json()
    assert {one["state"] for one in unit["periods"]} == {"none"}
    assert (unit["issues"], unit["chosen"]["draft"], unit["chosen"]["coverage"]) == ([], None, None)
    assert [row["name"] for row in unit["appeals"]["disclosures"][0]["rows"]] == ["甲", "乙", "丙"]
    for role in ("leader", "inspector", "auditor"):
        other = client_as(role).get(path).json()
        assert (other["appeals"], other["chosen"]["actions"], other["issues"]) == (None, [], [])
        assert other["chosen"]["coverage"] is not None
    assert client_as("admin").get(path).status_code == 403
    assert office.get(f"{path}&period=2022Q4").status_code == 422
    # The page asks for both at once without naming a period.
    assert office.get("/api/publications/changes?programme=2023").json()["period"] == "2023Q2"


def test_a_months_draft_is_overtaken_by_its_published_quarter(county: County) -> None:
    county.draft("2023-06", "2023-07-03")
    county.publish("2023Q2", "2023-07-04")
    assert states(seen(county))["2023-06"] == "已随2023年二季度定稿"


def test_a_month_corrected_with_its_quarter_says_so_when_the_quarter_is_signed_again(county: County) -> None:
    county.publish("2023-06", "2023-07-03")
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    assert states(seen(county))["2023-06"] == "已开更正单（第1号），待重新定稿"
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    county.publish("2023Q2", "2023-08-03")
    assert states(seen(county))["2023-06"] == "更正已随2023年二季度定稿"
    assert states(seen(county))["2023Q2"] == "已更正（第1号）"
