"""单位考核 from stored facts: what counts, what is left out, who sees it, where each figure came from."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select
from starlette.testclient import TestClient

from app import cli
from app.assessees import service
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Forbidden, Malformed, NotFound
from app.inspections import service as inspections
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects import service as projects
from app.settings import Settings
from app.support import service as support
from scoring.assessees import Measured
from tests.app.county import HEAD, OFFICE, County
from tests.conftest import ClientAs
from tests.installations import use

UNITS, DEPARTMENTS, LEADERS = "responsible_unit", "paired_department", "lead_official"
F = Fraction


def begin(county: County) -> None:
    """甲 and 乙 are 杨屯镇's, 丙 is 龙固镇's; 1200 a year each. June: 600, 450, 300 of 600; so 100, 75, 50.

    Their only judged indicator is 投资完成, so a score is 100 × done ÷ due. 县发改委 is paired with 甲 and 丙.
    """
    county.project("甲", unit="杨屯镇", leader="张县长")
    county.project("乙", unit="杨屯镇", leader="李县长")
    county.project("丙", unit="龙固镇", leader="李县长")
    with county.change("2023-01-03") as change:
        for name in ("甲", "丙"):
            county.hold(change, name, "paired_department", ["县发改委"], date(2023, 1, 1))
    county.record("2023-06", {"甲": 600, "乙": 450, "丙": 300})


def board(county: County, kind: str = UNITS, period: str = "2023-06", actor: Actor = HEAD, **more: Any) -> Any:
    with county.reading() as (session, programme):
        return service.board(session, actor, programme, kind, period, **more)


def receipt(
    county: County, key: str, kind: str = UNITS, period: str = "2023-06", actor: Actor = HEAD, **more: Any
) -> Any:
    with county.reading() as (session, programme):
        return service.receipt(session, actor, programme, kind, period, key, **more)


def ranks(made: Any) -> dict[str, tuple[str | None, int | None]]:
    return {row["name"]: (row["score"], row["rank"]) for row in made["rows"]}


def serve(
    county: County, name: str, month: str, service_points: int | None, speed: int | None, *, day: str = "", **how: Any
) -> None:
    with county.change(day or f"{month}-28") as change:
        values = {
            "tracking_service_points": None if service_points is None else Decimal(service_points),
            "progress_speed_points": None if speed is None else Decimal(speed),
        }
        inspections.record_service(change, county.ids[name], month, values, **how)


def visit(
    county: County, name: str, day: str, evidence: str = "照片", department: str = "县发改委", number: int = 1
) -> None:
    with county.change(day) as change:
        support.record_visit(
            change, county.ids[name], department, date.fromisoformat(day), {"evidence": evidence}, number=number
        )


# ---- responsible units ----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_unit_has_the_mean_of_its_projects_and_the_parts_without_figures_do_not_count(county: County) -> None:
    """杨屯镇 (100 + 75) ÷ 2 = 87.5 → 60 × 175/200 = 52.50 → 100 × 52.50/60 = 87.50. 龙固镇 50 → 30.00 → 50.00."""
    made = board(county)
    assert ranks(made) == {"杨屯镇": ("87.50", 1), "龙固镇": ("50.00", 2)}
    assert [row["group"] for row in made["rows"]] == ["1—2个项目", "1—2个项目"]
    assert made["note"] == "“跟踪服务”“推进速度”本期无人计分；本期只评定100分中的60分，得分按100分折算。"
    assert made["rows"][0]["parts"][1]["sentence"] == "本期督查评分表没有跟踪服务评分，本项不计"


def test_service_scores_of_the_period_count_for_whoever_held_the_project_that_month(county: County) -> None:
    """甲 was given 18 in May, before it went to 龙固镇 on 10 June; 16 in June is 龙固镇's. Quarter: mean of months.

    龙固镇 in Q2: 甲 100.00, 丙 50.00 → 60 × 150/200 = 45.00; 跟踪服务 16/20 → 16.00; 100 × 61 ÷ 80 = 76.25.
    杨屯镇: 乙 75.00 → 45.00; 18/20 → 18.00; 100 × 63 ÷ 80 = 78.75.
    """
    serve(county, "甲", "2023-05", 18, None)
    serve(county, "甲", "2023-06", 16, None)
    with county.change("2023-06-10") as change:
        county.hold(change, "甲", "responsible_unit", ["龙固镇"], date(2023, 6, 10))
    assert ranks(board(county, period="2023Q2")) == {"杨屯镇": ("78.75", 1), "龙固镇": ("76.25", 2)}
    assert ranks(board(county, period="2023-06"))["杨屯镇"] == ("75.00", 2)  # May's is not June's


def test_a_project_without_a_score_is_left_out_of_the_mean_and_named(county: County) -> None:
    county.project("丁", unit="杨屯镇")
    made = board(county)
    row = made["rows"][0]
    assert (row["group"], row["score"]) == ("1—2个项目", "50.00")  # 龙固镇 alone there now
    mean = made["rows"][1]["parts"][0]["sentence"]
    assert mean == "2个项目得分合计175.00分，另有1个未计分（未督查）不计入，60×175.00÷（2×100）＝52.50分"
    assert made["rows"][1]["group"] == "3—5个项目"


def test_a_unit_with_nothing_judged_has_no_score(county: County) -> None:
    county.project("丁", unit="张庄镇")
    made = board(county)
    assert ranks(made)["张庄镇"] == (None, None)
    assert made["rows"][-1]["not_scored_reason"] == "各项均无数据，不计分"


def test_a_project_that_nobody_answers_for_is_said(county: County) -> None:
    county.project("丁")
    assert "1个项目没有责任单位，未计入" in board(county)["note"]


def test_a_published_quarter_counts_as_published_and_a_correction_as_corrected(county: County) -> None:
    county.publish("2023Q2", "2023-07-05")
    assert board(county, period="2023Q2")["state"] == "published"
    county.reopen("2023Q2", "2023-07-10")
    county.record("2023-06", {"乙": 600}, day="2023-07-11")
    corrected = board(county, period="2023Q2")
    assert (corrected["state"], ranks(corrected)["杨屯镇"]) == ("corrected", ("100.00", 1))
    as_seen = board(county, period="2023Q2", as_of=date(2023, 7, 6))
    assert (as_seen["state"], ranks(as_seen)["杨屯镇"]) == ("published", ("87.50", 1))


def test_a_correction_that_nobody_has_signed_is_not_shown_to_units(county: County, client_as: ClientAs) -> None:
    """After the reopening 乙 has 600 and 甲 20 of 20 for service: the office's board says so, the unit's as issued."""
    county.publish("2023Q2", "2023-07-05")
    county.reopen("2023Q2", "2023-07-10")
    county.record("2023-06", {"乙": 600}, day="2023-07-11")
    serve(county, "甲", "2023-06", 20, 20, day="2023-07-12")
    assert ranks(board(county, period="2023Q2"))["杨屯镇"] == ("100.00", 1)
    unit = client_as("unit", unit="杨屯镇").get(BOARD + "2023Q2").json()
    assert (unit["state"], ranks(unit)["杨屯镇"]) == ("published", ("87.50", 1))
    county.publish("2023Q2", "2023-07-15")
    unit = client_as("unit", name="李文书", unit="杨屯镇").get(BOARD + "2023Q2").json()
    assert (unit["state"], ranks(unit)["杨屯镇"]) == ("corrected", ("100.00", 1))


def test_the_board_of_a_past_instant_knows_what_was_recorded_by_then(county: County) -> None:
    serve(county, "甲", "2023-06", 20, 20)
    before = datetime(2023, 6, 28, 4, 0, tzinfo=UTC)  # noon in Shanghai: the record's own instant
    assert ranks(board(county, known_at=before))["杨屯镇"] == ("87.50", 1)
    assert ranks(board(county))["杨屯镇"] == ("92.50", 1)  # 52.50 + 20 + 20


def test_a_period_without_a_committed_month_has_no_board(county: County) -> None:
    made = board(county, period="2023-09")
    assert (made["rows"], made["note"]) == ([], "2023年9月尚无已确认的督查数据。")


# ---- paired departments ---------------------------------------------------------------------------------------------


@pytest.mark.database
def test_two_visits_with_evidence_count_per_project_and_month(county: County) -> None:
    """June: 甲 3 with evidence (2 count), 丙 1 with and 1 without: 3 of 4 → 22.50. 达序时: 甲 of 2 → 10.00.

    100 × 32.50 ÷ (30 + 20) = 65.00.
    """
    for number, day in enumerate(("2023-06-02", "2023-06-09", "2023-06-16"), start=1):
        visit(county, "甲", day, number=number)
    visit(county, "丙", "2023-06-05")
    visit(county, "丙", "2023-06-06", evidence=" ")
    visit(county, "乙", "2023-06-05")  # not paired: counts for nobody
    row = board(county, DEPARTMENTS)["rows"][0]
    assert (row["name"], row["score"]) == ("县发改委", "65.00")
    assert row["parts"][0]["sentence"] == (
        "挂钩2个项目月，每个每月最多计2次，有佐证计3次，超过每月2次的1次不计，没有佐证的1次不计，30×3÷4＝22.50分"
    )


def test_a_department_written_by_its_short_name_has_its_visits(county: County) -> None:
    with county.change("2023-06-01") as change:
        unit = organisations.find_unit(change.session, "县发改委")
        assert unit is not None
        organisations.add_alias(change.session, unit, "发改委")
        support.record_visit(
            change, county.ids["甲"], "发改委", date(2023, 6, 2), {"evidence": "照片", "unit_id": unit.id}
        )
    assert "有佐证计1次" in board(county, DEPARTMENTS)["rows"][0]["parts"][0]["sentence"]


def test_finished_projects_need_no_more_visits(county: County) -> None:
    county.event("丙", "完工", "2023-05-20")
    visit(county, "甲", "2023-06-02")
    assert board(county, DEPARTMENTS)["rows"][0]["parts"][0]["sentence"].startswith("挂钩1个项目月，")


def test_without_any_visit_on_record_the_part_is_not_judged(county: County) -> None:
    sentence = board(county, DEPARTMENTS)["rows"][0]["parts"][0]["sentence"]
    assert sentence == "帮扶记录表尚未收集，本项不计"


# ---- what is still to be collected ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "records"),
    [
        ("functional_department", "领导交办事项办理记录、项目单位对职能部门的评议"),
        ("investor", "投资合同履约记录"),
    ],
)
def test_an_empty_board_says_which_records_are_still_to_be_collected(county: County, kind: str, records: str) -> None:
    made = board(county, kind)
    assert (made["rows"], made["note"]) == ([], f"所需记录尚未收集（{records}），暂不能计分。")


def test_values_handed_in_are_scored_by_the_book(county: County) -> None:
    """70 × 7/8 = 61.25, 30 × 9/10 = 27.00."""
    recorded = {
        "县国土局": {"按时办结率": Measured(F(7, 8), "交办8件，按时办结7件"), "服务评议": Measured(F(9, 10), "评议")}
    }
    made = board(county, "functional_department", recorded=recorded)
    assert ranks(made) == {"县国土局": ("88.25", 1)}
    assert made["rows"][0]["parts"][0]["sentence"] == "交办8件，按时办结7件，70×0.875＝61.25分"


# ---- leaders --------------------------------------------------------------------------------------------------------

RECORDED = {
    "张县长": {"到场": Measured(F(10, 12), "应到12次，到场10次", "10÷12"), "问题办结": Measured(F(9, 10), "办结9件")},
    "李县长": {"到场": Measured(F(1), "到场12次"), "问题办结": Measured(F(1, 2), "办结5件")},
}


@pytest.fixture
def at_year_end(county: County) -> County:
    county.record("2023-12", {"甲": 1200, "乙": 900, "丙": 600})
    return county


def leader(county: County, name: str, post: str = "", scope: str = "county") -> Actor:
    with county.database.write() as session:
        programme = programmes.get(session, "2023")
        official = organisations.ensure_official(session, programme.organisation_id, name)
        official.post = post
        session.add(official)
        session.flush()
        return Actor(account_id=None, name=name, role="leader", official_id=official.id, scope=scope)


def seen_by(county: County, actor: Actor) -> set[str]:
    return {row["name"] for row in board(county, LEADERS, "2023", actor, recorded=RECORDED)["rows"]}


def test_leaders_are_assessed_once_december_is_committed(county: County) -> None:
    made = board(county, LEADERS, "2023", recorded=RECORDED)
    assert (made["rows"], made["note"]) == ([], "县领导包挂只在年终考核，12月数据确认后按年度查看。")
    county.record("2023-12", {"甲": 1200})
    assert board(county, LEADERS, "2023Q4", recorded=RECORDED)["rows"] == []
    made = board(county, LEADERS, "2023", recorded=RECORDED)
    # 张县长: 30 × 10/12 = 25.00, 40 × 9/10 = 36.00, 甲's final 100.00 → 30.00.
    assert ranks(made)["张县长"] == ("91.00", 1)
    assert "暂不能计分" in board(county, LEADERS, "2023")["note"]


def test_each_leader_sees_their_own_row_alone(at_year_end: County) -> None:
    for scope in ("county", "sponsored"):
        actor = leader(at_year_end, "张县长", "副县长（领导小组副组长）", scope)
        assert seen_by(at_year_end, actor) == {"张县长"}
        with pytest.raises(NotFound):
            receipt(at_year_end, "李县长", LEADERS, "2023", actor, recorded=RECORDED)
        assert receipt(at_year_end, "张县长", LEADERS, "2023", actor, recorded=RECORDED)["rank"] == 1


@pytest.mark.parametrize(
    ("post", "sees_whole"),
    [
        ("县委书记（领导小组组长）", True),
        ("县委副书记（领导小组常务副组长）", True),
        ("常务副县长（领导小组副组长）", False),
        ("县政府办公室主任", False),
        ("", False),
    ],
)
def test_only_the_head_and_first_deputy_of_the_leading_group_see_all_leaders(
    at_year_end: County, post: str, sees_whole: bool
) -> None:
    actor = leader(at_year_end, "王书记", post)
    assert seen_by(at_year_end, actor) == ({"张县长", "李县长"} if sees_whole else set())


def test_of_the_accounts_only_the_head_of_the_office_sees_all_leaders(at_year_end: County) -> None:
    assert seen_by(at_year_end, HEAD) == {"张县长", "李县长"}
    others = [OFFICE, *(Actor(account_id=None, name="某", role=role) for role in ("inspector", "auditor"))]
    assert [seen_by(at_year_end, actor) for actor in others] == [set(), set(), set()]
    made = board(at_year_end, LEADERS, "2023", OFFICE, recorded=RECORDED)
    assert made["note"] == "本期考核对象中没有您的单位或本人。"


# ---- rights over HTTP -----------------------------------------------------------------------------------------------

BOARD = "/api/assessees?programme=2023&period="


def details(client: TestClient, period: str) -> dict[str, bool]:
    answer = client.get(BOARD + period)
    assert answer.status_code == 200, answer.text
    return {row["name"]: row["has_details"] for row in answer.json()["rows"]}


@pytest.mark.database
def test_a_unit_sees_its_own_details_and_published_ranks(county: County, client_as: ClientAs) -> None:
    unit = client_as("unit", unit="杨屯镇")
    assert details(unit, "2023Q2") == {"杨屯镇": True}
    county.publish("2023Q2", "2023-07-05")
    assert details(unit, "2023Q2") == {"杨屯镇": True, "龙固镇": False}
    other = next(row for row in unit.get(BOARD + "2023Q2").json()["rows"] if row["name"] == "龙固镇")
    assert (other["rank"], other["score"], other["parts"], other["formula"]) == (2, "50.00", [], "")
    assert unit.get("/api/assessees/receipt?programme=2023&period=2023Q2&key=龙固镇").status_code == 404
    assert unit.get("/api/assessees/receipt?programme=2023&period=2023Q2&key=杨屯镇").json()["score"] == "87.50"


@pytest.mark.parametrize(
    ("role", "words"), [("office", {}), ("inspector", {}), ("auditor", {}), ("leader", {"scope": "county"})]
)
def test_office_teams_auditor_and_county_leaders_see_all_units(
    county: County, client_as: ClientAs, role: str, words: dict[str, str]
) -> None:
    assert details(client_as(role, **words), "2023-06") == {"杨屯镇": True, "龙固镇": True}


def test_the_administrator_sees_none_and_a_wrong_kind_is_named(county: County, client_as: ClientAs) -> None:
    assert client_as("admin").get(BOARD + "2023-06").status_code == 403
    answer = client_as("office").get(BOARD + "2023-06&kind=town")
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert "没有“town”这种考核对象" in answer.json()["message"]
    with pytest.raises(Malformed):
        board(county, "town")
    with pytest.raises(Forbidden):
        board(county, actor=Actor(account_id=None, name="管", role="admin"))


def test_two_leaders_of_one_scope_are_never_served_each_others_row(
    at_year_end: County, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both see the county, so what is kept for one viewer must not be what the other gets."""
    whole = service.board

    def with_records(*args: Any, **more: Any) -> Any:
        return whole(*args, **more, recorded=RECORDED)

    monkeypatch.setattr(service, "board", with_records)
    path = f"{BOARD}2023&kind=lead_official"
    clients = {name: client_as("leader", name=name, scope="county") for name in ("张县长", "李县长")}
    for name in ("张县长", "李县长", "张县长"):
        assert [row["name"] for row in clients[name].get(path).json()["rows"]] == [name]


def test_without_a_kind_the_first_of_the_book_is_shown(county: County, client_as: ClientAs) -> None:
    assert client_as("office").get(BOARD + "2023-06").json()["kind"] == UNITS


# ---- receipts -------------------------------------------------------------------------------------------------------


def test_a_receipt_goes_down_to_projects_and_to_the_cell_of_a_service_score(county: County) -> None:
    upload = county.sheet("2023-06", {"甲": 600}, "2023-06-29", file="评分表.xlsx")
    cell = {"upload": upload, "sheet": "6月", "cell": "G4"}
    serve(county, "甲", "2023-06", 18, None, provenance={"tracking_service_points": cell}, upload_id=upload)
    made = receipt(county, "杨屯镇")
    assert (made["scheme"], made["name"], made["score"]) == ("责任单位", "杨屯镇", "88.13")
    assert made["steps"] == [
        "项目均分：2个项目得分合计175.00分，60×175.00÷（2×100）＝52.50分",
        "跟踪服务：督查组评分1次，合计18分，每次满分20分，20×18÷（1×20）＝18.00分",
        "推进速度：本期督查评分表没有推进速度评分，本项不计",
        "得分：100×（52.50＋18.00）÷（60＋20）＝88.13分",
    ]
    mean, given, _ = made["parts"]
    assert [(ref["id"], ref["name"], ref["words"], ref["evidence"]) for ref in mean["refs"]] == [
        (county.ids["甲"], "甲", "100.00分", None),
        (county.ids["乙"], "乙", "75.00分", None),
    ]
    origin = given["refs"][0]["evidence"]
    assert (origin["file"], origin["sheet"], origin["cell"], origin["uploader"]) == (
        "评分表.xlsx",
        "6月",
        "G4",
        "统计员",
    )


def test_what_was_entered_by_hand_names_the_person(county: County) -> None:
    serve(county, "甲", "2023-06", 18, None)
    visit(county, "甲", "2023-06-02")
    service_ref = receipt(county, "杨屯镇")["parts"][1]["refs"][0]
    assert (service_ref["evidence"]["file"], service_ref["evidence"]["uploader"]) == (None, "经办员")
    visit_ref = receipt(county, "县发改委", DEPARTMENTS)["parts"][0]["refs"][0]
    assert (visit_ref["words"], visit_ref["evidence"]["uploader"]) == ("6月2日", "经办员")


def test_a_name_that_is_nobodys_is_404(county: County) -> None:
    with pytest.raises(NotFound):
        receipt(county, "无此单位")


# ---- export and command ---------------------------------------------------------------------------------------------


def test_the_export_equals_the_board_and_is_on_the_trail(
    county: County, client_as: ClientAs, database: Database
) -> None:
    answer = client_as("office").get("/api/assessees/export?programme=2023&period=2023-06")
    assert answer.status_code == 200
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(min_row=3, values_only=True))
    parts = ("项目均分（60分）", "跟踪服务（20分）", "推进速度（20分）")
    assert lines[0] == ("名次", "责任单位", "得分", "同类", *parts, "已评满分", "计算")
    assert lines[1][:8] == (1, "杨屯镇", 87.5, "1—2个项目", 52.5, "本项不计", "本项不计", 60)
    with database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "assessees.export")).one()
    assert entry.detail["rows"] == 2


def test_the_export_of_one_group_holds_that_group(county: County, client_as: ClientAs) -> None:
    answer = client_as("office").get("/api/assessees/export?programme=2023&period=2023-06&group=3—5个项目")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None and sheet.max_row == 3


def test_the_holder_on_a_day_is_the_one_whose_time_it_lies_in(county: County) -> None:
    with county.change("2023-06-10") as change:
        county.hold(change, "甲", "responsible_unit", ["龙固镇"], date(2023, 6, 10))
    days = [date(2023, 5, 31), date(2023, 6, 30)]
    with county.reading() as (session, programme):
        held = projects.first_holders(session, programme, "responsible_unit", days)
        found = {(project, day): row.holder for (project, day), row in held.items()}
    assert [found[county.ids["甲"], day] for day in days] == ["杨屯镇", "龙固镇"]
    assert (county.ids["丙"], days[0]) in found


def test_the_command_prints_the_board_and_one_units_receipt(
    county: County, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, settings)
    words = ["assessees", "--programme", "2023", "--period", "2023-06"]
    assert cli.run(words) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "责任单位 2023年6月 参考"
    assert shown[2:] == ["1—2个项目\t1\t杨屯镇\t87.50", "1—2个项目\t2\t龙固镇\t50.00"]
    assert cli.run([*words, "--key", "龙固镇"]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "龙固镇：50.00",
        "  项目均分：1个项目得分合计50.00分，60×50.00÷（1×100）＝30.00分",
    ]
    assert cli.run([*words, "--kind", "investor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 0
    assert cli.run([*words, "--kind", "town"]) == 2
    assert "没有“town”这种考核对象" in capsys.readouterr().err
