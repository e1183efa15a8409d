"""Facts as revisions (DESIGN §3): recorded, never updated; read back as known at any instant."""

from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.database import Database
from app.errors import PeriodLocked, Refused
from app.inspections import service as inspections
from app.inspections.models import InspectionRevision
from app.obstacles import service as obstacles
from app.programmes import service as programmes
from app.projects import service as projects
from app.projects.models import EventRevision
from app.publications.fingerprint import fingerprint
from app.standings import service as standings
from tests.app.county import FARMING, INDUSTRY, County, noon

pytestmark = pytest.mark.database


@pytest.fixture
def county_2023(database: Database) -> County:
    return County(database)


def test_a_correction_adds_a_revision_and_the_earlier_figure_stays_known_at_its_time(county_2023: County) -> None:
    county_2023.project("甲")
    county_2023.record("2023-04", {"甲": 300}, "2023-04-28")
    county_2023.record("2023-04", {"甲": 360}, "2023-05-06")
    then = county_2023.facts("2023-04", noon("2023-05-05"))["甲"].records[4]
    now = county_2023.facts("2023-04")["甲"].records[4]
    assert (then.reported.ytd_wan, now.reported.ytd_wan) == (D("300.00"), D("360.00"))
    with county_2023.reading() as (session, _):
        assert len(session.exec(select(InspectionRevision)).all()) == 2


def test_before_anything_was_recorded_nothing_is_known(county_2023: County) -> None:
    county_2023.project("甲", day="2023-01-02")
    assert county_2023.facts("2023-04", noon("2023-01-01")) == {}


def test_the_same_figures_again_write_nothing(county_2023: County) -> None:
    county_2023.project("甲")
    county_2023.record("2023-04", {"甲": 300})
    with county_2023.change("2023-05-02") as change:
        assert county_2023.enter(change, "甲", "2023-04", {"reported_ytd_wan": 300.00}) is None


def test_a_decimal_longer_than_its_column_compares_equal_once_rounded(county_2023: County) -> None:
    county_2023.project("甲")
    with county_2023.change("2023-04-28") as change:
        # 0.123455 亿元 = 1234.55 万元; a formula may leave more places: 1234.545 rounds half-up to 1234.55
        county_2023.enter(change, "甲", "2023-04", {"reported_ytd_wan": D("1234.545")})
    with county_2023.change("2023-04-29") as change:
        assert county_2023.enter(change, "甲", "2023-04", {"reported_ytd_wan": D("1234.545")}) is None
    assert county_2023.facts("2023-04")["甲"].records[4].reported.ytd_wan == D("1234.55")


def test_a_blank_cell_makes_blank_and_an_absent_column_keeps(county_2023: County) -> None:
    county_2023.project("甲")
    with county_2023.change("2023-04-28") as change:
        county_2023.enter(change, "甲", "2023-04", {"reported_ytd_wan": 300, "problems": "拆迁进展慢"})
    with county_2023.change("2023-04-29") as change:
        county_2023.enter(change, "甲", "2023-04", {"reported_ytd_wan": None, "team_score": D("88.5")})
    record = county_2023.facts("2023-04")["甲"].records[4]
    assert record.reported.ytd_wan is None  # the second sheet had the column, with a blank cell
    assert record.problems == "拆迁进展慢"  # it had no such column
    assert record.team_score == D("88.50")
    assert record.columns == {"reported_ytd_wan", "problems", "team_score"}


def test_a_correction_taken_back_gives_the_facts_and_the_fingerprint_from_before(county_2023: County) -> None:
    county_2023.project("甲")

    def seal() -> str:
        with county_2023.reading() as (session, programme):
            return fingerprint(standings.facts(session, programme, "2023-04"), "book")

    county_2023.record("2023-04", {"甲": 300})
    before = seal()
    county_2023.record("2023-04", {"甲": 301})
    assert seal() != before
    county_2023.record("2023-04", {"甲": 300})
    assert seal() == before


def test_a_withdrawn_registration_does_not_exist_and_gets_its_code_back_when_registered_anew(
    county_2023: County,
) -> None:
    code = county_2023.project("甲")
    with county_2023.change("2023-02-01") as change:
        projects.withdraw_project(change, county_2023.ids["甲"])
    assert county_2023.facts("2023-04") == {}
    assert set(county_2023.facts("2023-04", noon("2023-01-31"))) == {"甲"}
    assert county_2023.project("乙") != code
    assert county_2023.project("甲") == code


def test_codes_run_by_class(county_2023: County) -> None:
    codes = [county_2023.project("甲"), county_2023.project("乙", class_name=FARMING), county_2023.project("丙")]
    assert codes == ["A001", "B001", "A002"]


def test_a_class_that_the_programme_has_not_is_refused(county_2023: County) -> None:
    with pytest.raises(Refused, match="项目类别“水利”不在2023年度的类别"):
        county_2023.project("甲", class_name="水利")


def test_a_month_is_charged_to_who_held_the_project_on_its_last_day(county_2023: County) -> None:
    county_2023.project("甲", unit="杨屯镇")
    with county_2023.change("2023-06-20") as change:
        county_2023.hold(change, "甲", "responsible_unit", ["龙固镇"], date(2023, 6, 30))
    units = {month: county_2023.facts(month)["甲"].responsible_unit for month in ("2023-05", "2023-06", "2023-07")}
    assert units == {"2023-05": "杨屯镇", "2023-06": "龙固镇", "2023-07": "龙固镇"}


def test_a_late_change_of_an_earlier_month_ends_where_the_later_one_begins(county_2023: County) -> None:
    county_2023.project("甲", unit="杨屯镇")
    with county_2023.change("2023-11-05") as change:
        county_2023.hold(change, "甲", "responsible_unit", ["朱寨镇"], date(2023, 11, 1))
    with county_2023.change("2023-11-06") as change:  # October's sheet comes late
        county_2023.hold(change, "甲", "responsible_unit", ["龙固镇"], date(2023, 10, 1))
    units = [county_2023.facts(f"2023-{month:02d}")["甲"].responsible_unit for month in (9, 10, 11)]
    assert units == ["杨屯镇", "龙固镇", "朱寨镇"]


def test_a_change_of_class_leaves_the_months_before_it(county_2023: County) -> None:
    county_2023.project("甲")
    with county_2023.change("2023-08-10") as change:
        projects.record_project(change, county_2023.ids["甲"], {"class_name": FARMING}, effective_on=date(2023, 8, 1))
    classes = [county_2023.facts(f"2023-{month:02d}")["甲"].group_class for month in (7, 8)]
    assert classes == [INDUSTRY, FARMING]


def test_the_plan_in_force_on_the_last_day_counts_and_a_later_one_needs_reason_and_approver(
    county_2023: County,
) -> None:
    county_2023.project("甲", annual_wan=1200)
    values = {"annual_investment_wan": D(1800), "approver": "常务副县长"}
    with county_2023.change("2023-07-02", reason="") as change, pytest.raises(Refused, match="调整原因和批准人"):
        projects.record_plan(change, county_2023.ids["甲"], values, effective_on=date(2023, 7, 1))
    with county_2023.change("2023-07-02", reason="增加二期") as change:
        projects.record_plan(change, county_2023.ids["甲"], values, effective_on=date(2023, 7, 1))
    plans = county_2023.facts("2023-07")["甲"].plans
    assert [plan.annual_investment_wan for plan in plans] == [D("1200.00"), D("1800.00")]
    assert [plan.annual_investment_wan for plan in county_2023.facts("2023-06")["甲"].plans] == [D("1200.00")]


def test_an_event_recorded_twice_is_one_event(county_2023: County) -> None:
    county_2023.project("甲")
    county_2023.event("甲", "暂缓", "2023-05-10")
    county_2023.event("甲", "暂缓", "2023-05-10", "2023-05-11")
    with county_2023.reading() as (session, _):
        assert len(session.exec(select(EventRevision)).all()) == 1
    with pytest.raises(Refused, match="没有“停建”这种项目事件"):
        county_2023.event("甲", "停建", "2023-05-10")


def test_a_manual_light_needs_reason_and_approver(county_2023: County) -> None:
    county_2023.project("甲")
    with county_2023.change("2023-05-02") as change:
        project = county_2023.ids["甲"]
        with pytest.raises(Refused, match="须写明理由和批准人"):
            projects.record_light_decision(change, project, "2023-04", "override", "red", reason="停滞", approver="")
        projects.record_light_decision(change, project, "2023-04", "override", "red", reason="停滞", approver="主任")
    override = county_2023.facts("2023-04")["甲"].overrides[0]
    assert (override.month, override.light.value, override.reason, override.approver) == (4, "red", "停滞", "主任")


def test_an_obstacle_is_numbered_raised_pushed_up_decided_and_closed_once(county_2023: County) -> None:
    county_2023.project("甲")
    with county_2023.change("2023-09-01") as change:
        first = obstacles.raise_obstacle(
            change,
            county_2023.ids["甲"],
            kind="土地手续",
            text="土地手续办理缓慢",
            raised_on=date(2023, 9, 1),
            due_on=date(2023, 9, 20),
        )
        obstacles.set_level(change, first.number, 3, date(2023, 9, 25))
        obstacles.record_decision(change, first.number, "限期办结", date(2023, 10, 15), date(2023, 9, 26))
        obstacles.close_out(change, first.number, date(2023, 10, 12))
        with pytest.raises(Exception, match="第1号问题已于2023-10-12销号"):
            obstacles.close_out(change, first.number, date(2023, 10, 13))
    found = county_2023.facts("2023-10")["甲"].obstacles[0]
    assert found.levels == ((date(2023, 9, 1), 1), (date(2023, 9, 25), 3))
    assert (found.decision_due_on, found.closed_on) == (date(2023, 10, 15), date(2023, 10, 12))


def test_nothing_that_would_move_a_locked_month_is_recorded(county_2023: County) -> None:
    county_2023.project("甲", unit="杨屯镇")
    county_2023.record("2023-06", {"甲": 500})
    with county_2023.change("2023-07-05") as change:
        programmes.set_lock(change, "2023Q2", True)
    project = county_2023.ids["甲"]

    def refused(act: object) -> None:
        with pytest.raises(PeriodLocked, match="2023年第二季度已定稿"), county_2023.change("2023-07-06") as change:
            act(change)  # type: ignore[operator]

    refused(lambda change: county_2023.enter(change, "甲", "2023-06", {"reported_ytd_wan": 501}))
    refused(lambda change: inspections.withdraw_record(change, project, "2023-06"))
    refused(lambda change: projects.record_event(change, project, "暂缓", date(2023, 6, 30), reason="缺地"))
    refused(lambda change: projects.record_event(change, project, "免考", date(2023, 7, 3), reason="汛期", months=[6]))
    refused(lambda change: projects.record_plan(change, project, {"annual_investment_wan": D(900)}))
    refused(lambda change: county_2023.hold(change, "甲", "responsible_unit", ["龙固镇"], date(2023, 6, 1)))
    refused(lambda change: projects.register(change, name="乙", class_name=INDUSTRY))
    refused(lambda change: projects.record_project(change, project, {"class_name": FARMING}))
    with county_2023.change("2023-07-06") as change:
        county_2023.enter(change, "甲", "2023-06", {"reported_ytd_wan": 500})  # the same figure moves nothing
        projects.record_event(change, project, "调出", date(2023, 6, 30), reason="调整")  # in force from July
        projects.record_event(change, project, "暂缓", date(2023, 7, 1), reason="缺地")
        projects.record_project(change, project, {"content": "二期厂房"})
        projects.register(change, name="乙", class_name=INDUSTRY, entered_on=date(2023, 7, 3))


def test_every_act_by_hand_leaves_what_was_and_what_is_on_the_trail(county_2023: County) -> None:
    from app.audit.models import AuditEntry

    county_2023.project("甲")
    county_2023.record("2023-04", {"甲": 300})
    county_2023.record("2023-04", {"甲": 360})
    with county_2023.reading() as (session, _):
        last = session.exec(select(AuditEntry).order_by(AuditEntry.number.desc())).first()  # type: ignore[attr-defined]
    assert last is not None and (last.action, last.target) == ("inspection.record", "project A001")
    assert last.detail["old"] == {"reported_ytd_wan": "300.00"}
    assert last.detail["new"] == {"reported_ytd_wan": "360.00"}


def test_reading_the_facts_takes_as_many_queries_for_many_projects_as_for_few(county_2023: County) -> None:
    def queries() -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        with county_2023.reading() as (session, programme):
            engine = session.connection().engine
            event.listen(engine, "before_cursor_execute", note)
            standings.facts(session, programme, "2023-04")
            event.remove(engine, "before_cursor_execute", note)
        return count

    county_2023.project("一")
    county_2023.record("2023-04", {"一": 100})
    few = queries()
    names = [f"项目{number}" for number in range(12)]
    for name in names:
        county_2023.project(name, unit="杨屯镇", leader="张县长")
    county_2023.record("2023-04", dict.fromkeys(names, 100))
    assert queries() == few


def test_a_node_done_in_a_locked_month_is_refused_and_a_forecast_never_is(county_2023: County) -> None:
    county_2023.project("甲")
    project = county_2023.ids["甲"]
    with county_2023.change("2023-03-01") as change:
        projects.record_milestone(change, project, "主体封顶", {"due_on": date(2023, 8, 1)})
    with county_2023.change("2023-07-05") as change:
        programmes.set_lock(change, "2023Q2", True)
    with county_2023.change("2023-07-06") as change:
        projects.record_milestone(change, project, "主体封顶", {"forecast_on": date(2023, 9, 1)})
    with pytest.raises(PeriodLocked), county_2023.change("2023-07-06") as change:
        projects.record_milestone(change, project, "主体封顶", {"done_on": date(2023, 6, 20)})
    with county_2023.change("2023-07-20") as change:
        projects.record_milestone(change, project, "主体封顶", {"done_on": date(2023, 7, 15)})
    node = county_2023.facts("2023-07")["甲"].milestones[0]
    assert (node.due_on, node.forecast_on, node.done_on) == (date(2023, 8, 1), date(2023, 9, 1), date(2023, 7, 15))
