"""拟稿, 签发, 更正单 (DESIGN §3): what is published never changes silently; corrected stands beside published."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from app.accounts import service as accounts
from app.alerts.versions import ADDED
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.cli import run
from app.errors import Conflict, Forbidden, PeriodLocked, Refused
from app.programmes import service as programmes
from app.projects import service as projects
from app.publications import service as publishing
from app.publications import versions
from app.publications.models import Publication
from app.settings import Settings
from tests.app.county import FARMING, HEAD, OFFICE, County, noon, scores
from tests.conftest import ClientAs
from tests.installations import use
from tests.tampering import tampered


def begin(county: County) -> None:
    """甲 and 乙, April to June. Due are 400, 500, 600; 乙 scores 75, 80, 70: mean 75.00. 甲 scores 60, 60, 60."""
    for name in ("甲", "乙"):
        county.project(name)
    county.record("2023-04", {"甲": 240, "乙": 300})
    county.record("2023-05", {"甲": 300, "乙": 400})
    county.record("2023-06", {"甲": 360, "乙": 420})


PUBLISHED_Q2 = {"乙": ("75.00", 1), "甲": ("60.00", 2)}


@pytest.mark.database
def test_a_quarter_is_drafted_by_one_signed_by_another_and_then_locked_with_its_months(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    assert county.board("2023Q2")["state"] == "interim"  # a draft is nothing people see
    county.sign("2023Q2", "2023-07-05")
    board = county.board("2023Q2")
    assert (board["state"], board["label"], scores(board)) == ("published", "通报数", PUBLISHED_Q2)
    with pytest.raises(PeriodLocked, match="2023年第二季度已定稿，2023年5月的数据不能再改。确需更正，请先办理更正单"):
        county.record("2023-05", {"甲": 500}, "2023-07-06")
    assert scores(county.board("2023Q2")) == PUBLISHED_Q2


def test_who_drafted_cannot_sign_unless_one_person_is_allowed(county: County) -> None:
    county.draft("2023Q2", "2023-07-04", HEAD)
    with pytest.raises(Forbidden, match="拟稿人（办公室主任）不能签发自己的稿子"):
        county.sign("2023Q2", "2023-07-05", HEAD)
    with county.change("2023-07-05", HEAD) as change:
        assert publishing.publish(change, "2023Q2", two_person=False).signed_by == "办公室主任"


def test_an_office_account_cannot_sign_and_nothing_is_signed_that_nobody_drafted(county: County) -> None:
    with pytest.raises(Conflict, match="2023年二季度还没有拟稿，请先由办公室人员拟稿"):
        county.sign("2023Q2", "2023-07-05")
    county.draft("2023Q2", "2023-07-05")
    with pytest.raises(Forbidden, match="只有办公室主任账号可以办理"):
        county.sign("2023Q2", "2023-07-05", Actor(None, "另一经办员", "office"))
    inspector = Actor(None, "督查员", "inspector")
    with pytest.raises(Forbidden, match="只有办公室、办公室主任账号可以办理"):
        county.draft("2023Q2", "2023-07-05", inspector)


def test_a_draft_whose_facts_have_moved_must_be_drafted_anew(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    county.record("2023-06", {"甲": 450}, "2023-07-04")
    with pytest.raises(Conflict, match="拟稿后数据有变动，请重新拟稿"):
        county.sign("2023Q2", "2023-07-05")
    county.publish("2023Q2", "2023-07-05")
    # 甲: 60, 60, 450/600 = 75 → mean 65.00
    assert scores(county.board("2023Q2"))["甲"] == ("65.00", 2)
    with county.reading() as (session, _):
        assert [issue.number for issue in session.exec(select(Publication))] == [1]  # the new draft took its place


def test_what_has_no_data_or_is_published_cannot_be_published(county: County) -> None:
    with pytest.raises(Conflict, match="2023年三季度还没有已确认的督查数据"):
        county.draft("2023Q3", "2023-07-04")
    county.publish("2023Q2", "2023-07-05")
    with pytest.raises(Conflict, match="2023年二季度已定稿，不能重复签发"):
        county.draft("2023Q2", "2023-07-06")
    with pytest.raises(Conflict, match="2023年5月已随2023年二季度定稿"):
        county.draft("2023-05", "2023-07-06")


@pytest.mark.database
def test_a_correction_stands_beside_what_was_published_and_every_day_shows_what_was_seen_on_it(
    county: County,
) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    assert county.board("2023Q2")["state"] == "published"  # reopened, and nothing has moved yet
    county.record("2023-06", {"甲": 600}, "2023-08-02")  # 60, 60, 100 → mean 73.33
    county.record("2023-05", {"甲": 400}, "2023-08-03")  # 60, 80, 100 → mean 80.00: 甲 is first now
    board = county.board("2023Q2")
    assert (board["state"], board["label"]) == ("corrected", "更正数（更正单第1号）")
    beside = {
        row["name"]: (row["score"], row["rank"], row["published_score"], row["published_rank"]) for row in board["rows"]
    }
    assert beside == {"甲": ("80.00", 1, "60.00", 2), "乙": ("75.00", 2, "75.00", 1)}

    seen = {day: county.board("2023Q2", as_of=day) for day in ("2023-07-04", "2023-07-05", "2023-08-02", "2023-08-03")}
    assert {day: (one["state"], scores(one)["甲"]) for day, one in seen.items()} == {
        "2023-07-04": ("interim", ("60.00", 2)),
        "2023-07-05": ("published", ("60.00", 2)),
        "2023-08-02": ("corrected", ("73.33", 2)),
        "2023-08-03": ("corrected", ("80.00", 1)),
    }
    # known at ignores publication
    assert county.board("2023Q2", known_at=noon("2023-08-02"))["state"] == "interim"

    county.publish("2023Q2", "2023-08-10")
    again = county.board("2023Q2")
    assert (again["state"], scores(again)["甲"]) == ("corrected", ("80.00", 1))
    assert {row["name"]: row["published_score"] for row in again["rows"]} == {"甲": "60.00", "乙": "75.00"}
    assert scores(county.board("2023Q2", as_of="2023-07-31")) == PUBLISHED_Q2
    with pytest.raises(PeriodLocked):
        county.record("2023-06", {"甲": 1}, "2023-08-11")


def test_a_correction_taken_back_shows_the_published_board_again(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    county.record("2023-06", {"甲": 360}, "2023-08-03")
    assert county.board("2023Q2")["state"] == "published"


def test_words_about_a_project_may_change_and_the_issue_stays_word_for_word(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    before = county.board("2023Q2")
    with county.change("2023-07-06") as change:
        projects.record_project(change, county.ids["甲"], {"name": "甲（更名）"})
    assert county.board("2023Q2") == before


def test_a_reopening_has_a_number_a_reason_and_two_people_and_is_for_what_was_published(county: County) -> None:
    with county.change("2023-07-06") as change, pytest.raises(Conflict, match="2023年二季度没有定稿，不需要更正单"):
        publishing.draft_reopening(change, "2023Q2", "漏报")
    county.publish("2023Q2", "2023-07-05")
    with county.change("2023-07-06") as change:
        with pytest.raises(Refused, match="更正单须写明更正原因"):
            publishing.draft_reopening(change, "2023Q2", " ")
        with pytest.raises(Conflict, match="2023年5月已随2023年二季度定稿，更正单请对2023年二季度办理"):
            publishing.draft_reopening(change, "2023-05", "漏报")
        assert publishing.draft_reopening(change, "2023Q2", "漏报").number == 1
    with pytest.raises(PeriodLocked):  # a draft opens nothing
        county.record("2023-06", {"甲": 600}, "2023-07-07")
    with county.change("2023-07-07", HEAD) as change:
        publishing.sign_reopening(change, "2023Q2")
    county.record("2023-06", {"甲": 600}, "2023-07-08")
    county.publish("2023Q2", "2023-07-09")
    county.reopen("2023Q2", "2023-07-10")
    with county.reading() as (session, programme):
        listed = publishing.listing(session, OFFICE, programme)
    assert [slip["label"] for slip in listed["reopenings"]] == ["更正单（第2号）", "更正单（第1号）"]
    assert [(issue["number"], issue["state"]) for issue in listed["rows"]] == [(2, "signed"), (1, "signed")]


def test_reopening_a_quarter_opens_its_published_months_too(county: County) -> None:
    county.publish("2023-06", "2023-07-03")
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    june = county.board("2023-06")
    assert june["state"] == "corrected"
    assert [(row["name"], row["score"], row["published_score"]) for row in june["rows"]] == [
        ("甲", "100.00", "60.00"),
        ("乙", "70.00", "70.00"),
    ]


def test_a_year_counts_a_quarter_as_published_and_a_corrected_one_as_corrected(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.record("2023-07", {"甲": 700, "乙": 700})  # 100.00 both
    # (60×20 + 100×30)/50 = 84.00; (75×20 + 100×30)/50 = 90.00
    assert scores(county.board("2023")) == {"乙": ("90.00", 1), "甲": ("84.00", 2)}
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")  # Q2 73.33
    # (73.33×20 + 100×30)/50 = 89.332
    assert scores(county.board("2023")) == {"乙": ("90.00", 1), "甲": ("89.33", 2)}
    assert scores(county.board("2023", as_of="2023-08-01"))["甲"] == ("84.00", 2)
    with pytest.raises(Conflict, match="2023年二季度已开更正单、尚未重新定稿"):
        county.draft("2023", "2023-08-03")


def test_a_receipt_of_a_published_quarter_is_that_of_the_published_facts(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    then, now = county.receipt("甲", "2023Q2", as_of="2023-07-31"), county.receipt("甲", "2023Q2")
    assert (then["state"], then["score"], then["formula"]) == (
        "published",
        "60.00",
        "（60.00＋60.00＋60.00）÷3＝60.00分",
    )
    assert (now["state"], now["score"], now["published_score"]) == ("corrected", "73.33", "60.00")


def test_lights_are_frozen_with_their_quarter_and_corrected_beside(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    frozen = county.alerts("2023-06")
    # 360/600 = 0.60 exactly: yellow; 420/600 = 0.70: yellow
    assert (frozen["state"], [row["light"] for row in frozen["rows"]]) == ("published", ["yellow", "yellow"])
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    corrected = county.alerts("2023-06")
    assert corrected["state"] == "corrected"
    assert [(row["name"], row["light"], row["published_light"]) for row in corrected["rows"]] == [
        ("甲", "green", "yellow"),
        ("乙", "yellow", "yellow"),
    ]
    assert county.alerts("2023-06", as_of="2023-07-31") == {**frozen, "as_of": "2023-07-31"}
    assert county.alerts("2023-06", as_of="2023-07-01")["state"] == "interim"


@pytest.mark.database
def test_every_issue_can_be_worked_out_anew_from_what_is_stored(county: County) -> None:
    county.publish("2023-06", "2023-07-03")
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    county.publish("2023Q2", "2023-08-10")
    county.record("2023-07", {"甲": 700, "乙": 600}, "2023-08-11")
    county.publish("2023", "2023-08-12")
    with county.reading() as (session, _):
        assert publishing.verify(session) == []
    with tampered(county.database) as session:
        issue = session.exec(select(Publication).where(Publication.period == "2023")).one()
        issue.board = issue.board.replace("73.33", "79.33")
        session.add(issue)
    with county.reading() as (session, _):
        faults = publishing.verify(session)
    assert faults == ["2023年度：2023年度第1次定稿的得分排名与重新计算的不一致，请核对定稿和程序版本。"]


def test_an_issue_older_than_a_field_still_stands_and_one_with_a_figure_changed_does_not(county: County) -> None:
    """Issues signed before the range existed lack it: they are verified by what they say and are no correction."""
    county.publish("2023Q2", "2023-07-05")

    def rewrite(change_row: Callable[[dict[str, Any]], None]) -> list[str]:
        with tampered(county.database) as session:
            issue = session.exec(select(Publication)).one()
            months = json.loads(issue.alerts)
            for month in months.values():
                for row in month["rows"]:
                    change_row(row)
            issue.alerts = publishing._json(months)
            session.add(issue)
        with county.reading() as (session, _):
            return publishing.verify(session)

    assert rewrite(lambda row: [row.pop(name) for name in ADDED]) == []
    county.reopen("2023Q2", "2023-08-01")
    assert county.alerts("2023-06")["state"] == "published"
    assert rewrite(lambda row: row.update(forecast_wan="1.00")) == [
        "2023年度：2023年二季度第1次定稿的亮灯与重新计算的不一致，请核对定稿和程序版本。"
    ]
    assert rewrite(lambda row: row.pop("forecast_wan"))  # no other field may be absent


def test_a_board_issued_by_an_older_version_still_stands_and_is_shown_in_full(county: County) -> None:
    """Boards signed before the coverage had names lack them: they are worked out from the issue's own facts."""
    county.publish("2023Q2", "2023-07-05")
    shown = county.board("2023Q2")

    def rewrite(change: Callable[[dict[str, Any]], Any]) -> list[str]:
        with tampered(county.database) as session:
            issue = session.exec(select(Publication)).one()
            frozen = json.loads(issue.board)
            change(frozen)
            issue.board = publishing._json(frozen)
            session.add(issue)
        with county.reading() as (session, _):
            return publishing.verify(session)

    def age(board: dict[str, Any]) -> None:
        for name in versions.ADDED:
            del board[name]
        for row in board["rows"]:
            for name in versions.ADDED_TO_ROWS:
                del row[name]

    assert rewrite(age) == []
    with county.change("2023-07-06") as change:  # an answer kept for the data's version is made anew
        projects.record_project(change, county.ids["甲"], {"content": "二期"})
    assert county.board("2023Q2") == shown
    county.reopen("2023Q2", "2023-08-01")
    assert county.board("2023Q2") == shown
    assert rewrite(lambda board: board["rows"][0].update(score="1.00")) == [
        "2023年度：2023年二季度第1次定稿的得分排名与重新计算的不一致，请核对定稿和程序版本。"
    ]
    assert rewrite(lambda board: board.pop("policies"))  # no other field may be absent


def test_an_unpublished_class_change_does_not_touch_the_issue(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    with county.change("2023-07-10") as change:
        projects.record_project(change, county.ids["甲"], {"class_name": FARMING}, effective_on=date(2023, 7, 1))
    assert scores(county.board("2023Q2")) == PUBLISHED_Q2


def test_publishing_and_reopening_are_on_the_trail(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-08-01")
    with county.reading() as (session, _):
        entries = session.exec(select(AuditEntry).order_by(AuditEntry.number)).all()  # type: ignore[arg-type]
    acts = [(entry.actor_name, entry.action, entry.target) for entry in entries][-4:]
    assert acts == [
        ("经办员", "publication.draft", "2023Q2"),
        ("办公室主任", "publication.sign", "2023Q2"),
        ("经办员", "reopening.draft", "2023Q2"),
        ("办公室主任", "reopening.sign", "2023Q2"),
    ]


def test_the_commands_exit_3_while_a_draft_waits_for_the_signature(
    county: County, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with county.database.write() as session:
        for name, role in (("小王", "office"), ("老李", "office_head")):
            accounts.add(session, settings, Actor.command(), name, role, password=None)
    use(monkeypatch, settings)
    publish = ["publish", "--programme", "2023", "--period", "2023Q2"]
    assert run([*publish, "--by", "老李"]) == 1  # nobody has drafted
    assert run([*publish, "--by", "小王"]) == 3
    assert "2023年二季度已拟稿（第1次），还须办公室主任签发后才算定稿。" in capsys.readouterr().err
    assert run([*publish, "--by", "老李"]) == 0
    assert run([*publish, "--by", "老李"]) == 1  # locked already
    assert run([*publish, "--by", "无此人"]) == 1
    reopen = ["reopen", "--programme", "2023", "--period", "2023Q2", "--reason", "漏报一笔投资"]
    assert run([*reopen, "--by", "小王"]) == 3
    assert run([*reopen, "--by", "老李"]) == 0
    assert "更正单（第1号）已签发" in capsys.readouterr().err
    assert (
        run(
            [
                "event",
                "甲",
                "--programme",
                "2023",
                "--kind",
                "暂缓",
                "--on",
                "2023-06-20",
                "--reason",
                "资金不到位",
                "--by",
                "小王",
            ]
        )
        == 0
    )
    assert run(["alerts", "--programme", "2023", "--month", "2023-06", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["name"]: (row["light"], row["state"]) for row in rows}["甲"] == ("none", "暂缓")
    assert run(["receipt", "乙", "--programme", "2023", "--period", "2023Q2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["score"] == "75.00"
    assert run(["verify"]) == 0


def test_over_http_office_drafts_and_its_head_signs(county: County, client_as: ClientAs) -> None:
    office, head, unit = client_as("office"), client_as("office_head"), client_as("unit")
    body = {"programme": "2023", "period": "2023Q2"}
    assert unit.post("/api/publications", json=body).status_code == 403
    drafted = office.post("/api/publications", json=body)
    assert (drafted.status_code, drafted.json()["state"]) == (201, "drafted")
    assert unit.get("/api/publications?programme=2023").json()["total"] == 0  # a draft is the office's own
    signed = head.post("/api/publications", json=body)
    assert (signed.status_code, signed.json()["state"]) == (201, "signed")
    again = head.post("/api/publications", json=body)
    assert (again.status_code, again.json()["message"]) == (
        409,
        "2023年二季度已定稿，不能重复签发。确需更正，请先办理更正单。",
    )
    listed = unit.get("/api/publications?programme=2023").json()
    assert [row["period"] for row in listed["rows"]] == ["2023Q2"]
    issue = unit.get(f"/api/publications/{listed['rows'][0]['id']}").json()
    assert {row["overall_rank"] for row in issue["board"]["rows"]} == {None}
    slip = office.post("/api/publications/reopenings", json={**body, "reason": "漏报"})
    assert (slip.status_code, slip.json()["label"]) == (201, "更正单（第1号）")


def test_a_lock_put_by_hand_is_no_publication(county: County) -> None:
    with county.change("2023-07-05") as change:
        programmes.set_lock(change, "2023-06", True)
    assert county.board("2023-06")["state"] == "interim"
