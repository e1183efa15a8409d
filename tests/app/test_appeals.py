"""申诉、复核: units contest drafted scores while they are laid open; nothing is signed over an open appeal."""

from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlmodel import select

from app.appeals import service as appeals
from app.appeals.attachments import Attachment, attachment
from app.appeals.models import Disclosure
from app.appeals.service import Terms
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.cli import run
from app.errors import Conflict, Forbidden, NotFound, Refused, TooLarge
from app.evidence import service as evidence
from app.organisation import service as organisations
from app.projects import service as projects
from app.publications import service as publishing
from app.settings import Settings
from tests.app.county import HEAD, OFFICE, County, noon, scores
from tests.conftest import ClientAs
from tests.installations import use

PDF = b"%PDF-1.7\nphoto of the site\n"


def begin(county: County) -> None:
    """April to June, due 400, 500, 600. 甲 (杨屯镇) 60.00, 乙 (龙固镇, supported by 杨屯镇) 75.00,
    丙 (龙固镇 until 14 June, then 杨屯镇) 65.00."""
    for name, unit in (("甲", "杨屯镇"), ("乙", "龙固镇"), ("丙", "龙固镇")):
        county.project(name, unit=unit)
    with county.change("2023-01-03") as change:
        county.hold(change, "乙", "supporting_unit", ["杨屯镇"], date(2023, 1, 1))
        county.hold(change, "丙", "responsible_unit", ["杨屯镇"], date(2023, 6, 15))
    county.record("2023-04", {"甲": 240, "乙": 300, "丙": 260})
    county.record("2023-05", {"甲": 300, "乙": 375, "丙": 325})
    county.record("2023-06", {"甲": 360, "乙": 450, "丙": 390})


def unit_actor(county: County, unit: str) -> Actor:
    with county.reading() as (session, _):
        found = organisations.find_unit(session, unit)
    assert found is not None
    return Actor(None, f"{unit}经办", "unit", unit_id=found.id)


def contest(
    county: County,
    name: str,
    day: str = "2023-07-05",
    *,
    unit: str = "杨屯镇",
    grounds: str = "6月核实漏记一笔设备款",
    period: str = "2023Q2",
    given: Attachment | None = None,
) -> int:
    with county.change(day, unit_actor(county, unit)) as change:
        appeal = appeals.file(change, period, county.ids[name], grounds, given)
    assert appeal.id is not None
    return appeal.id


def decide(county: County, appeal_id: int, decision: str, day: str = "2023-07-06", actor: Actor = OFFICE) -> None:
    with county.change(day, actor) as change:
        appeals.answer(change, appeal_id, "已会同督查组复核原始凭证")
        appeals.decide(change, appeal_id, decision, "凭证与核实数一致" if decision == "维持" else "漏记属实")


# ---- the term -------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_score_may_be_contested_for_three_working_days_after_drafting(county: County) -> None:
    county.draft("2023Q2", "2023-07-06")  # Thursday: Friday 7, Monday 10, Tuesday 11 July
    contest(county, "甲", "2023-07-11")
    with pytest.raises(Conflict, match="2023年二季度的申诉到2023年7月11日为止，已经过期"):
        contest(county, "丙", "2023-07-12")


def test_before_the_draft_and_after_signing_there_is_nothing_to_contest(county: County) -> None:
    with pytest.raises(Conflict, match="2023年二季度现在没有公示中的得分，不能申诉"):
        contest(county, "甲", "2023-07-03")
    county.publish("2023Q2", "2023-07-05")
    with pytest.raises(Conflict, match="2023年二季度现在没有公示中的得分，不能申诉"):
        contest(county, "甲", "2023-07-05")


def test_by_default_nobody_waits_and_a_period_of_publicity_may_be_set(county: County) -> None:
    with county.change("2023-07-04") as change:
        publishing.draft(change, "2023Q2", terms=Terms(appeal_days=3, publicity_days=3))
    with pytest.raises(Conflict, match="2023年二季度正在公示，公示期3个工作日，至2023年7月7日，期满后才能签发。"):
        county.sign("2023Q2", "2023-07-07")
    county.sign("2023Q2", "2023-07-08")
    assert county.board("2023Q2")["state"] == "published"


def test_one_person_who_does_both_drafts_first_and_signs_when_the_publicity_is_over(county: County) -> None:
    terms = Terms(appeal_days=3, publicity_days=3)
    for day, signed in (("2023-07-04", False), ("2023-07-05", False), ("2023-07-08", True)):
        with county.change(day, HEAD) as change:
            issue = publishing.publish(change, "2023Q2", two_person=False, terms=terms)
            assert (issue.signed_at is not None) is signed, day


def test_a_new_draft_of_the_same_scores_goes_on_with_the_publicity_and_of_others_begins_anew(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    county.draft("2023Q2", "2023-07-06")
    with county.reading() as (session, programme):
        running = appeals.disclosure_of(session, programme, "2023Q2")
    assert running is not None
    assert (running.opened_at, running.contest_until) == (noon("2023-07-04"), date(2023, 7, 7))
    county.record("2023-06", {"甲": 450}, "2023-07-06")
    county.draft("2023Q2", "2023-07-10")
    with county.reading() as (session, programme):
        laid = session.exec(select(Disclosure)).all()
        running = appeals.disclosure_of(session, programme, "2023Q2")
    assert [one.ended_at is None for one in laid] == [False, True]
    assert running is not None
    assert running.contest_until == date(2023, 7, 13)


# ---- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_only_the_responsible_unit_of_the_periods_last_day_contests(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    contest(county, "丙")  # 杨屯镇 since 15 June
    for name, unit in (("乙", "杨屯镇"), ("丙", "龙固镇"), ("甲", "龙固镇")):  # supporting, former, foreign
        with pytest.raises(NotFound, match="没有这个项目，或不由您单位主要负责"):
            contest(county, name, unit=unit)


@pytest.mark.parametrize("role", ["office", "office_head", "leader", "inspector", "auditor", "admin"])
def test_nobody_but_units_contests(county: County, role: str) -> None:
    county.draft("2023Q2", "2023-07-04")
    with county.change("2023-07-05", Actor(None, "某人", role, scope="county")) as change:
        with pytest.raises(Forbidden, match="这项操作只有"):
            appeals.file(change, "2023Q2", county.ids["甲"], "理由")


def test_units_do_not_decide_and_another_units_appeal_is_not_there(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    mine = contest(county, "甲")
    with county.change("2023-07-05", unit_actor(county, "杨屯镇")) as change, pytest.raises(Forbidden):
        appeals.decide(change, mine, "采纳", "自己说了算", "答复")
    with county.change("2023-07-05", unit_actor(county, "龙固镇")) as change:
        with pytest.raises(NotFound, match="没有这件申诉，请核对编号"):
            appeals.withdraw(change, mine)
    with county.reading() as (session, programme):
        seen = {
            unit: appeals.listing(session, unit_actor(county, unit), programme, date(2023, 7, 5))
            for unit in ("杨屯镇", "龙固镇")
        }
        office = appeals.listing(session, OFFICE, programme, date(2023, 7, 5))
    assert [one["name"] for one in seen["杨屯镇"]["rows"]] == ["甲"]
    assert seen["龙固镇"]["rows"] == []
    assert [one["name"] for one in office["rows"]] == ["甲"]


def test_while_it_is_laid_open_a_unit_sees_the_drafted_rows_of_its_own_projects(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    actor = unit_actor(county, "杨屯镇")
    with county.reading() as (session, programme):
        [shown] = appeals.listing(session, actor, programme, date(2023, 7, 5))["disclosures"]
        [late] = appeals.listing(session, actor, programme, date(2023, 7, 8))["disclosures"]
    assert shown["sentence"] == "2023年7月4日拟稿公示，申诉期3个工作日，至2023年7月7日。"
    assert [(row["name"], row["score"], row["rank"], row["can_contest"]) for row in shown["rows"]] == [
        ("甲", "60.00", 3, True),
        ("丙", "65.00", 2, True),
    ]
    assert [row["can_contest"] for row in late["rows"]] == [False, False]
    county.sign("2023Q2", "2023-07-10")
    with county.reading() as (session, programme):
        assert appeals.listing(session, actor, programme, date(2023, 7, 10))["disclosures"] == []


# ---- deciding and signing -------------------------------------------------------------------------------------------


@pytest.mark.database
def test_nothing_is_signed_while_an_appeal_is_undecided_and_each_is_named(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    first, second = contest(county, "甲"), contest(county, "丙")
    words = r"2023年二季度还有2件申诉没有决定：第1号（甲，杨屯镇）、第2号（丙，杨屯镇）。请先答复并决定，再签发。"
    with pytest.raises(Conflict, match=words) as refusal:
        county.sign("2023Q2", "2023-07-06")
    assert refusal.value.detail == {"appeals": [first, second]}
    decide(county, first, "维持")
    with county.change("2023-07-06", unit_actor(county, "杨屯镇")) as change:
        appeals.withdraw(change, second)
    county.sign("2023Q2", "2023-07-07")
    assert scores(county.board("2023Q2")) == {"乙": ("75.00", 1), "丙": ("65.00", 2), "甲": ("60.00", 3)}


@pytest.mark.database
def test_an_accepted_appeal_leads_to_corrected_data_and_a_new_draft(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    decide(county, contest(county, "甲"), "采纳")
    with pytest.raises(Conflict, match=r"申诉已采纳：第1号（甲，杨屯镇）。请更正数据后重新拟稿，再签发。"):
        county.sign("2023Q2", "2023-07-06")
    county.record("2023-06", {"甲": 480}, "2023-07-07")  # 480/600 = 0.80 → 60, 60, 80 → mean 66.67
    county.publish("2023Q2", "2023-07-10")
    assert scores(county.board("2023Q2"))["甲"] == ("66.67", 2)
    with county.reading() as (session, _):
        assert publishing.verify(session) == []


def test_a_score_is_contested_once_a_draft_and_again_when_another_is_drafted(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    first = contest(county, "甲")
    with pytest.raises(Conflict, match="甲已有申诉（第1号）等待决定，不能重复提出"):
        contest(county, "甲")
    decide(county, first, "维持")
    with pytest.raises(Conflict, match=r"甲的申诉（第1号）已有决定（维持），这一稿不能再申诉"):
        contest(county, "甲", "2023-07-07")
    county.record("2023-06", {"丙": 420}, "2023-07-07")
    county.draft("2023Q2", "2023-07-10")
    contest(county, "甲", "2023-07-11")
    with county.reading() as (session, programme):
        numbers = [one["number"] for one in appeals.listing(session, OFFICE, programme, date(2023, 7, 11))["rows"]]
    assert numbers == [2, 1]


def test_it_is_answered_before_it_is_decided_and_what_is_decided_stays(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    mine = contest(county, "甲")
    with county.change("2023-07-05") as change:
        with pytest.raises(Refused, match="第1号申诉还没有答复，请先写明答复，再作决定"):
            appeals.decide(change, mine, "维持", "理由")
        with pytest.raises(Refused, match="申诉的决定只有“维持”和“采纳”"):
            appeals.decide(change, mine, "驳回", "理由", "答复")
        appeals.answer(change, mine, "正在核对")
        with pytest.raises(Refused, match="请写明决定的理由"):
            appeals.decide(change, mine, "维持", " ")
        decided = appeals.decide(change, mine, "维持", "凭证与核实数一致", "已核对")
        assert (decided.answer, decided.decided_by) == ("已核对", "经办员")
        with pytest.raises(Conflict, match=r"第1号申诉已由经办员决定（维持），不能再改"):
            appeals.decide(change, mine, "采纳", "改主意", "答复")
    with county.change("2023-07-05", unit_actor(county, "杨屯镇")) as change:
        with pytest.raises(Conflict, match="已由经办员决定"):
            appeals.withdraw(change, mine)


def test_an_appeal_needs_grounds(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    with pytest.raises(Refused, match="申诉须写明理由"):
        contest(county, "甲", grounds="  ")


# ---- on the trail and on the receipt --------------------------------------------------------------------------------


def test_every_step_is_on_the_trail(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    decide(county, contest(county, "甲"), "维持")
    with county.change("2023-07-06", unit_actor(county, "杨屯镇")) as change:
        appeals.withdraw(change, appeals.file(change, "2023Q2", county.ids["丙"], "理由").id or 0)
    with county.reading() as (session, _):
        entries = session.exec(select(AuditEntry).order_by(AuditEntry.number)).all()  # type: ignore[arg-type]
    acts = [
        (one.actor_name, one.action, one.target, one.detail["project"]) for one in entries if "appeal." in one.action
    ]
    code = county.codes
    assert acts == [
        ("杨屯镇经办", "appeal.file", "appeal 1", code["甲"]),
        ("经办员", "appeal.answer", "appeal 1", code["甲"]),
        ("经办员", "appeal.decide", "appeal 1", code["甲"]),
        ("杨屯镇经办", "appeal.file", "appeal 2", code["丙"]),
        ("杨屯镇经办", "appeal.withdraw", "appeal 2", code["丙"]),
    ]


def test_the_receipt_tells_who_contested_what_when_and_what_became_of_it(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    given = attachment("现场照片.pdf", PDF, 1000)
    decide(county, contest(county, "甲", given=given), "维持")
    county.sign("2023Q2", "2023-07-07")
    for period in ("2023Q2", "2023"):
        [line] = county.receipt("甲", period)["appeals"]
        told = {name: line[name] for name in ("label", "state", "unit", "contested_score", "contested_rank", "grounds")}
        assert told == {
            "label": "申诉（第1号）",
            "state": "维持",
            "unit": "杨屯镇",
            "contested_score": "60.00",
            "contested_rank": 3,
            "grounds": "6月核实漏记一笔设备款",
        }
        assert (line["file"], line["filed_by"], line["filed_at"]) == (
            "现场照片.pdf",
            "杨屯镇经办",
            "2023-07-05T04:00:00Z",
        )
        assert (line["answer"], line["decision_reason"], line["decided_by"]) == (
            "已会同督查组复核原始凭证",
            "凭证与核实数一致",
            "经办员",
        )
    assert county.receipt("乙", "2023Q2")["appeals"] == []
    # Looked back on: filed on the 5th, decided on the 6th.
    assert county.receipt("甲", "2023Q2", as_of="2023-07-04")["appeals"] == []
    [then] = county.receipt("甲", "2023Q2", as_of="2023-07-05")["appeals"]
    assert (then["state"], then["answer"], then["decision"]) == ("待答复", "", "")


# ---- evidence -------------------------------------------------------------------------------------------------------


def office_file(part: str, *more: str) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("照片.JPG", b"\xff\xd8\xff\xe0", "照片.JPG"),
        (r"C:\文件\凭证.pdf", PDF, "凭证.pdf"),
        ("凭证.doc", PDF, "凭证.doc.pdf"),  # told by its content
        ("说明.docx", office_file("word/document.xml"), "说明.docx"),
        ("台账.xlsx", office_file("xl/workbook.xml"), "台账.xlsx"),
    ],
)
def test_a_file_is_of_a_few_kinds_told_by_its_content(name: str, content: bytes, kept: str) -> None:
    assert attachment(name, content, 5000).name == kept


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "佐证材料是空文件"),
        (b"MZ\x90\x00", "佐证材料只收PDF、JPG、PNG、DOCX、XLSX，“材料.pdf”不是"),
        (b"<html><script>", "佐证材料只收"),
        (office_file("payload.exe"), "佐证材料只收"),
        (office_file("word/document.xml", "word/vbaProject.bin"), "佐证材料带有宏"),
    ],
)
def test_another_kind_of_file_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        attachment("材料.pdf", content, 5000)


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="佐证材料太大，超过5MB"):
        attachment("材料.pdf", PDF + b"x" * 5 * 1024 * 1024, 5 * 1024 * 1024)


@pytest.mark.database
def test_a_file_that_an_appeal_has_is_not_removed_with_an_upload(county: County) -> None:
    county.draft("2023Q2", "2023-07-04")
    contest(county, "甲", given=Attachment("凭证.pdf", PDF))
    with county.database.write() as session:
        sha256 = evidence.store(session, PDF, noon("2023-07-06"))
        assert evidence.remove_unused(session, sha256) is False
        assert evidence.fetch(session, sha256) == PDF


# ---- over HTTP and by command ---------------------------------------------------------------------------------------


def body(county: County, name: str, **more: Any) -> dict[str, Any]:
    return {"programme": "2023", "period": "2023Q2", "project": county.ids[name], "grounds": "漏记一笔", **more}


@pytest.mark.database
def test_over_http_a_unit_contests_and_the_office_answers_decides_and_signs(
    county: County, client_as: ClientAs
) -> None:
    office, head = client_as("office"), client_as("office_head")
    unit, other = client_as("unit", unit="杨屯镇"), client_as("unit", unit="龙固镇")
    period = {"programme": "2023", "period": "2023Q2"}
    assert office.post("/api/publications", json=period).status_code == 201
    assert unit.get("/api/publications?programme=2023").json()["total"] == 0  # the draft itself stays the office's
    listed = unit.get("/api/appeals?programme=2023").json()
    assert [row["name"] for row in listed["disclosures"][0]["rows"]] == ["甲", "丙"]

    files = {"file": ("现场.pdf", PDF, "application/pdf")}
    filed = unit.post("/api/appeals", data=body(county, "甲"), files=files)
    assert (filed.status_code, filed.json()["label"], filed.json()["state"]) == (201, "申诉（第1号）", "待答复")
    path = f"/api/appeals/{filed.json()['id']}"
    served = office.get(f"{path}/file")
    assert (served.content, served.headers["content-type"]) == (PDF, "application/octet-stream")
    assert served.headers["content-disposition"].startswith("attachment")
    assert unit.get(f"{path}/file").content == PDF

    for client in (other,):
        assert client.get(f"{path}/file").json() == client.get("/api/appeals/999/file").json()
        assert client.get(f"{path}/file").status_code == 404
        assert client.get("/api/appeals?programme=2023").json()["total"] == 0
        foreign = client.post("/api/appeals", data=body(county, "甲"))
        nothing = client.post("/api/appeals", data={**body(county, "甲"), "project": 9999})
        assert (foreign.status_code, foreign.json()) == (404, nothing.json())

    refused = head.post("/api/publications", json=period)
    assert (refused.status_code, refused.json()["detail"]) == (409, {"appeals": [filed.json()["id"]]})
    assert office.post(f"{path}/answer", json={"answer": "已复核"}).json()["state"] == "已答复，待决定"
    decided = head.post(f"{path}/decision", json={"decision": "维持", "reason": "凭证一致"})
    assert (decided.status_code, decided.json()["state"]) == (200, "维持")
    assert head.post("/api/publications", json=period).json()["state"] == "signed"
    receipt = unit.get(f"/api/projects/{county.ids['甲']}/receipt?period=2023Q2").json()
    assert [one["state"] for one in receipt["appeals"]] == ["维持"]


def test_over_http_nobody_else_takes_part(county: County, client_as: ClientAs) -> None:
    client_as("office").post("/api/publications", json={"programme": "2023", "period": "2023Q2"})
    filed = client_as("unit", unit="杨屯镇").post("/api/appeals", data=body(county, "甲"))
    path = f"/api/appeals/{filed.json()['id']}"
    for role in ("inspector", "auditor", "admin", "leader"):
        client = client_as(role)
        assert client.post("/api/appeals", data=body(county, "丙")).status_code == 403
        assert client.get("/api/appeals?programme=2023").status_code == 403
        assert client.get(f"{path}/file").status_code == 403
        assert client.post(f"{path}/answer", json={"answer": "答复"}).status_code == 403
        assert client.post(f"{path}/decision", json={"decision": "维持", "reason": "理由"}).status_code == 403
        assert client.post(f"{path}/withdraw").status_code == 403


def test_over_http_what_is_ill_formed_is_422_and_a_file_too_big_413(county: County, client_as: ClientAs) -> None:
    client_as("office").post("/api/publications", json={"programme": "2023", "period": "2023Q2"})
    unit = client_as("unit", unit="杨屯镇")
    assert unit.post("/api/appeals", data=body(county, "甲", period="二季度")).status_code == 422
    assert unit.post("/api/appeals", data=body(county, "甲", grounds="")).status_code == 422
    big = {"file": ("大.pdf", PDF + b"x" * (5 * 1024 * 1024), "application/pdf")}
    answer = unit.post("/api/appeals", data=body(county, "甲"), files=big)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    wrong = {"file": ("程序.pdf", b"MZ", "application/pdf")}
    assert unit.post("/api/appeals", data=body(county, "甲"), files=wrong).status_code == 400
    assert unit.get("/api/appeals?programme=2023").json()["total"] == 0


def test_the_command_lists_what_was_contested(
    county: County, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    county.draft("2023Q2", "2023-07-04")
    decide(county, contest(county, "甲"), "维持")
    use(monkeypatch, settings)
    assert run(["appeals", "--programme", "2023"]) == 0
    out = capsys.readouterr().out
    assert "2023年二季度：2023年7月4日拟稿公示，申诉期3个工作日，至2023年7月7日。" in out
    assert f"申诉（第1号）\t2023年二季度\t{county.codes['甲']}\t甲\t杨屯镇\t维持：凭证与核实数一致" in out


def test_a_unit_without_an_id_in_the_register_is_known_by_its_name(county: County) -> None:
    """A sheet may name a unit before it is registered: who bears the name holds the project."""
    with county.change("2023-01-04") as change:
        projects.replace_assignment(
            change, county.ids["乙"], "responsible_unit", [projects.Holder("杨屯镇")], on=date(2023, 1, 1)
        )
    county.draft("2023Q2", "2023-07-04")
    contest(county, "乙")


def test_an_appeal_against_a_month_stands_in_the_way_of_its_quarter_and_ends_with_it(county: County) -> None:
    county.draft("2023-06", "2023-07-03")
    mine = contest(county, "甲", "2023-07-04", period="2023-06")
    county.draft("2023Q2", "2023-07-04")
    with pytest.raises(Conflict, match=r"2023年二季度还有1件申诉没有决定：第1号（甲，杨屯镇）"):
        county.sign("2023Q2", "2023-07-05")
    decide(county, mine, "维持")
    county.sign("2023Q2", "2023-07-07")
    with county.reading() as (session, programme):
        assert appeals.disclosure_of(session, programme, "2023-06") is None
    with pytest.raises(Conflict, match="2023年6月现在没有公示中的得分"):
        contest(county, "丙", "2023-07-07", period="2023-06")


def test_a_year_holds_its_quarters_and_months() -> None:
    assert appeals.periods_within("2023-06") == ["2023-06"]
    assert appeals.periods_within("2023Q2") == ["2023Q2", "2023-04", "2023-05", "2023-06"]
    assert appeals.periods_within("2023")[:6] == ["2023", "2023Q1", "2023Q2", "2023Q3", "2023Q4", "2023-01"]
    assert len(appeals.periods_within("2023")) == 1 + 4 + 12
