"""更正单 over several periods, and what a correction moved and why: each figure down to its cell."""

import json
from typing import Any

import pytest
from sqlmodel import select

from app.accounts import service as accounts
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.cli import run
from app.errors import Conflict, PeriodLocked, Refused
from app.organisation import service as organisations
from app.programmes.models import RuleBookRevision
from app.projects import service as projects
from app.publications import changes
from app.publications import service as publishing
from app.publications.models import Publication
from app.settings import Settings
from tests.app.county import FARMING, HEAD, OFFICE, County, scores
from tests.conftest import ClientAs
from tests.installations import use
from tests.tampering import tampered


def begin(county: County) -> None:
    """April to June, due 400, 500, 600: 甲 60.00, 乙 75.00, 丙 65.00 each month."""
    for name, unit in (("甲", "杨屯镇"), ("乙", "龙固镇"), ("丙", "龙固镇")):
        county.project(name, unit=unit)
    county.record("2023-04", {"甲": 240, "乙": 300, "丙": 260})
    county.record("2023-05", {"甲": 300, "乙": 375, "丙": 325})
    county.record("2023-06", {"甲": 360, "乙": 450, "丙": 390})


def reopen(county: County, wanted: str | list[str], day: str, reason: str = "漏报一笔投资") -> None:
    with county.change(day, OFFICE) as change:
        publishing.draft_reopening(change, wanted, reason)
    with county.change(day, HEAD) as change:
        publishing.sign_reopening(change, wanted)


def moved(county: County, period: str, actor: Actor = HEAD) -> dict[str, Any]:
    with county.reading() as (session, programme):
        return changes.of_period(session, actor, programme, period)


def moved_by(county: County, number: int, actor: Actor = HEAD) -> dict[str, Any]:
    with county.reading() as (session, _):
        issue = session.exec(select(Publication).where(Publication.number == number)).one()
        assert issue.id is not None
        return changes.of_issue(session, actor, issue.id)


# ---- several periods ------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_one_slip_reopens_several_months_under_one_number_and_one_reason(county: County) -> None:
    for month, day in (("2023-04", "2023-05-03"), ("2023-05", "2023-06-02"), ("2023-06", "2023-07-03")):
        county.publish(month, day)
    reopen(county, ["2023-06", "2023-05"], "2023-08-01", "5、6月份同一张凭证漏记")
    county.record("2023-05", {"甲": 400}, "2023-08-02")  # 400/500 → 80.00
    county.record("2023-06", {"甲": 480}, "2023-08-02")  # 480/600 → 80.00
    with pytest.raises(PeriodLocked):
        county.record("2023-04", {"甲": 400}, "2023-08-02")
    for month in ("2023-05", "2023-06"):
        board = county.board(month)
        assert (board["label"], scores(board)["甲"]) == ("更正数（更正单第1号），参考", ("80.00", 1))
        county.publish(month, "2023-08-03")
        assert county.board(month)["state"] == "corrected"
    with county.reading() as (session, programme):
        [slip] = publishing.listing(session, OFFICE, programme)["reopenings"]
        assert publishing.verify(session) == []
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "reopening.sign")).all()
    assert (slip["label"], slip["period_label"], slip["periods"], slip["reason"]) == (
        "更正单（第1号）",
        "2023年5月、2023年6月",
        ["2023-05", "2023-06"],
        "5、6月份同一张凭证漏记",
    )
    assert [entry.target for entry in entries] == ["2023-05、2023-06"]


def test_a_slip_is_signed_as_it_was_drafted_with_all_its_periods(county: County) -> None:
    for month in ("2023-04", "2023-05", "2023-06"):
        county.publish(month, "2023-07-03")
    with county.change("2023-08-01") as change:
        with pytest.raises(Refused, match="更正单须写明要更正的期间"):
            publishing.draft_reopening(change, [], "漏报")
        publishing.draft_reopening(change, ["2023-05", "2023-06"], "漏报")
    with county.change("2023-08-01", HEAD) as change:
        for wanted in ("2023-05", ["2023-04", "2023-05", "2023-06"]):
            with pytest.raises(Conflict, match="更正单（第1号）包括2023年5月、2023年6月，请就这些期间一并签发"):
                publishing.sign_reopening(change, wanted)
    with county.change("2023-08-02") as change:  # drafted anew, it keeps its number
        again = publishing.draft_reopening(change, "2023-06", "只有6月漏报")
        assert (again.number, publishing.periods_of(change.session, again)) == (1, ["2023-06"])
        other = publishing.draft_reopening(change, "2023-04", "4月另有一笔")
        assert other.number == 2
        with pytest.raises(Conflict, match="2023年4月、2023年6月分别在第1号、第2号更正单里，都还没有签发"):
            publishing.draft_reopening(change, ["2023-04", "2023-06"], "合并")
    with county.change("2023-08-03", HEAD) as change:
        publishing.sign_reopening(change, "2023-06")
    county.record("2023-06", {"甲": 480}, "2023-08-04")
    with pytest.raises(PeriodLocked):
        county.record("2023-05", {"甲": 480}, "2023-08-04")


def test_each_of_several_periods_must_be_published_by_itself(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    with county.change("2023-08-01") as change:
        with pytest.raises(Conflict, match="2023年5月已随2023年二季度定稿，更正单请对2023年二季度办理"):
            publishing.draft_reopening(change, ["2023Q2", "2023-05"], "漏报")
        with pytest.raises(Conflict, match="2023年三季度没有定稿，不需要更正单"):
            publishing.draft_reopening(change, ["2023Q2", "2023Q3"], "漏报")


def test_the_api_and_the_command_take_several_periods(
    county: County,
    client_as: ClientAs,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for month in ("2023-04", "2023-05", "2023-06"):
        county.publish(month, "2023-07-03")
    wanted = {"programme": "2023", "periods": ["2023-04", "2023-05"], "reason": "漏报"}
    slip = client_as("office").post("/api/publications/reopenings", json=wanted)
    assert (slip.status_code, slip.json()["periods"]) == (201, ["2023-04", "2023-05"])
    assert client_as("office").post("/api/publications/reopenings", json={**wanted, "periods": []}).status_code == 400
    with county.database.write() as session:
        accounts.add(session, settings, Actor.command(), "老李", "office_head", password=None)
    use(monkeypatch, settings)
    command = ["reopen", "--programme", "2023", "--reason", "漏报", "--by", "老李"]
    assert run([*command, "--period", "2023-04"]) == 1
    assert "更正单（第1号）包括2023年4月、2023年5月" in capsys.readouterr().err
    assert run([*command, "--period", "2023-04", "--period", "2023-05"]) == 0
    assert "2023年4月、2023年5月的更正单（第1号）已签发" in capsys.readouterr().err


# ---- what moved and why ---------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_correction_tells_whose_own_figures_moved_by_which_cell_and_whose_rank_moved_with_them(
    county: County,
) -> None:
    county.publish("2023Q2", "2023-07-05")
    assert moved(county, "2023Q2")["rows"] == []  # a first issue corrects nothing
    reopen(county, "2023Q2", "2023-08-01")
    upload = county.sheet("2023-06", {"甲": 600}, "2023-08-02", file="6月更正表.xlsx")
    # 甲: 60, 60, 100 → 73.33, second now; 丙 65.00 falls to third; 乙 75.00 stays first.
    told = moved(county, "2023Q2")
    assert told["counts"] == {"own": 1, "others": 1, "unmoved": 0}
    own, others = told["rows"]
    assert {name: own[name] for name in ("name", "is_own", "old_score", "new_score", "score_change")} == {
        "name": "甲",
        "is_own": True,
        "old_score": "60.00",
        "new_score": "73.33",
        "score_change": "13.33",
    }
    assert (own["old_rank"], own["new_rank"], own["rank_change"]) == (3, 2, 1)
    assert own["months"] == [{"name": "2023-06", "old": "60.00", "new": "100.00"}]
    assert own["why"] == "6月本年累计完成投资（上报，万元）由360改为600"
    [fact] = own["facts"]
    assert (fact["fact"], fact["key"], fact["field"], fact["old"], fact["new"]) == (
        "督查记录",
        "6月",
        "reported_ytd_wan",
        "360",
        "600",
    )
    assert {name: fact["origin"][name] for name in ("upload", "file", "sheet", "cell", "uploader", "at")} == {
        "upload": upload,
        "file": "6月更正表.xlsx",
        "sheet": "项目进度",
        "cell": "F5",
        "uploader": "统计员",
        "at": "2023-08-02T04:00:00Z",
    }
    assert (others["name"], others["is_own"], others["old_rank"], others["new_rank"], others["facts"]) == (
        "丙",
        False,
        2,
        3,
        [],
    )
    assert others["why"] == "本项目数据没有变动，因甲的更正，名次随之变动"
    assert (told["before"]["number"], told["after"]) == (1, None)
    assert [slip["reason"] for slip in told["reopenings"]] == ["漏报一笔投资"]

    county.publish("2023Q2", "2023-08-10")
    signed = moved(county, "2023Q2")
    assert (signed["rows"], signed["after"]["number"]) == (told["rows"], 2)
    assert moved_by(county, 2) == signed
    assert moved_by(county, 1)["rows"] == []


def test_what_was_changed_and_changed_back_moved_nothing(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    county.record("2023-06", {"甲": 360}, "2023-08-03")
    told = moved(county, "2023Q2")
    assert (told["rows"], told["unmoved"]) == ([], [])


def test_the_value_that_stands_is_laid_to_who_brought_it_not_to_who_touched_the_record_last(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    with county.change("2023-08-02", Actor(None, "甲员", "office")) as change:
        county.enter(change, "甲", "2023-06", {"reported_ytd_wan": 480})
    with county.change("2023-08-03", Actor(None, "乙员", "office")) as change:
        county.enter(change, "甲", "2023-06", {"problems": "用地手续"})
    [row] = [one for one in moved(county, "2023Q2")["rows"] if one["is_own"]]
    who = {fact["label"]: (fact["recorded_by"], fact["old"], fact["new"]) for fact in row["facts"]}
    assert who == {
        "本年累计完成投资（上报，万元）": ("甲员", "360", "480"),
        "存在问题": ("乙员", None, "用地手续"),
    }


def test_changed_facts_that_moved_no_score_are_listed_apart(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    with county.change("2023-08-02") as change:
        county.enter(change, "乙", "2023-06", {"problems": "用地手续"})
    county.record("2023-07", {"丙": 100}, "2023-08-02")  # July bears on no board of the second quarter
    told = moved(county, "2023Q2")
    assert told["rows"] == []
    assert [(one["name"], [fact["label"] for fact in one["facts"]]) for one in told["unmoved"]] == [
        ("乙", ["存在问题"])
    ]


def test_events_plans_and_classes_are_told_in_their_own_words(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    county.event("甲", "暂缓", "2023-06-20", "2023-08-02")
    with county.change("2023-08-03", reason="核减规模") as change:
        projects.record_plan(change, county.ids["丙"], {"annual_investment_wan": 1000})
    with county.change("2023-08-04") as change:
        projects.record_project(change, county.ids["乙"], {"class_name": FARMING})
    why = {row["name"]: row["why"] for row in moved(county, "2023Q2")["rows"]}
    assert why == {
        "甲": "项目事件补为暂缓（2023-06-20）",
        "丙": "2023-01-01起的计划年度计划投资（万元）由1200改为1000",
        "乙": "项目类别由重大工业和服务业改为农业农村重点",
    }


@pytest.mark.database
def test_a_unit_sees_a_signed_correction_whole_and_the_facts_of_its_own_projects(county: County) -> None:
    with county.reading() as (session, _):
        found = organisations.find_unit(session, "龙固镇")
    assert found is not None
    unit = Actor(None, "龙固镇经办", "unit", unit_id=found.id)
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600, "丙": 420}, "2023-08-02")  # 丙: 65, 65, 70 → 66.67
    assert moved(county, "2023Q2", unit)["rows"] == []  # nobody has signed it
    county.publish("2023Q2", "2023-08-10")
    rows = {row["name"]: row for row in moved(county, "2023Q2", unit)["rows"]}
    assert (rows["甲"]["new_score"], rows["甲"]["facts"]) == ("73.33", [])
    assert rows["甲"]["why"] == "本项目数据更正（明细由办公室和项目的责任单位查看）"
    assert [fact["new"] for fact in rows["丙"]["facts"]] == ["420"]


def test_over_http_changes_are_asked_for_by_issue_and_by_period(county: County, client_as: ClientAs) -> None:
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    office, unit, admin = client_as("office"), client_as("unit", unit="龙固镇"), client_as("admin")
    path = "/api/publications/changes?programme=2023&period=2023Q2"
    assert [row["name"] for row in office.get(path).json()["rows"]] == ["甲", "丙"]
    assert unit.get(path).json()["rows"] == []
    assert admin.get(path).status_code == 403
    county.draft("2023Q2", "2023-08-09")
    listed = office.get("/api/publications?programme=2023").json()["rows"]
    draft = next(row["id"] for row in listed if row["state"] == "drafted")
    by_issue = f"/api/publications/{draft}/changes"
    assert [row["name"] for row in office.get(by_issue).json()["rows"]] == ["甲", "丙"]
    assert unit.get(by_issue).status_code == unit.get("/api/publications/999/changes").status_code == 404
    county.sign("2023Q2", "2023-08-10")
    assert [row["name"] for row in unit.get(by_issue).json()["rows"]] == ["甲", "丙"]


# ---- the issue and what it rests on ---------------------------------------------------------------------------------


def test_an_issue_names_its_rule_book_with_the_hash_of_its_text(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    with county.reading() as (session, programme):
        [issue] = publishing.listing(session, OFFICE, programme)["rows"]
    assert (issue["rulebook"], issue["rulebook_from"]) == ("county-default", "2023-01")
    assert len(issue["rulebook_sha256"]) == len(issue["fingerprint"]) == 64


@pytest.mark.database
def test_a_changed_text_of_the_rule_book_is_found_by_verify(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    with tampered(county.database) as session:
        book = session.exec(select(RuleBookRevision)).one()
        book.text = book.text + "\n# 后来添的一行\n"
        session.add(book)
    with county.reading() as (session, _):
        assert publishing.verify(session) == [
            "2023年度：考核办法“county-default”的文本与其校验码不符，文本被改动过，请用备份核对。"
        ]


@pytest.mark.database
def test_a_figure_of_a_corrected_issue_changed_in_the_store_is_found_by_verify(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    reopen(county, "2023Q2", "2023-08-01")
    county.record("2023-06", {"甲": 600}, "2023-08-02")
    county.publish("2023Q2", "2023-08-10")
    with county.reading() as (session, _):
        assert publishing.verify(session) == []
        frozen = session.exec(select(Publication).where(Publication.number == 2)).one()
        row = next(one for one in json.loads(frozen.board)["rows"] if one["name"] == "甲")
    assert (row["score"], row["published_score"]) == ("73.33", "60.00")
    with tampered(county.database) as session:
        session.connection().exec_driver_sql(
            "UPDATE inspection_revisions SET reported_ytd_wan = 590 WHERE reported_ytd_wan = 600"
        )
    with county.reading() as (session, _):
        assert publishing.verify(session) == [
            "2023年度：2023年二季度第2次定稿所依据的数据与数据校验码不符，数据被改动过，请用备份核对。"
        ]


def test_one_person_who_does_both_drafts_a_slip_anew_where_another_covers_other_periods(county: County) -> None:
    for month in ("2023-05", "2023-06"):
        county.publish(month, "2023-07-03")
    with county.change("2023-08-01") as change:
        publishing.draft_reopening(change, ["2023-05", "2023-06"], "两个月")
    with county.change("2023-08-02", HEAD) as change:
        slip = publishing.reopen(change, "2023-06", "只有6月", two_person=False)
        assert (slip.number, slip.signed_by, slip.reason) == (1, "办公室主任", "只有6月")
        assert publishing.periods_of(change.session, slip) == ["2023-06"]
