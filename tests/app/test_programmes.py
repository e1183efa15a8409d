"""Programmes (年度项目计划): changes in one order, the rule book in force, locks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Conflict, NotFound, PeriodLocked, Refused
from app.organisation import service as organisations
from app.organisation.models import Organisation
from app.programmes import service as programmes
from app.programmes.models import Programme, RuleBookRevision
from app.revisions import newest
from tests.conftest import ClientAs

COMMAND = Actor.command()
CLERK = Actor(7, "张三", "office")
NEW_YEAR = datetime(2023, 1, 3, 1, 0, tzinfo=UTC)
CLASSES = ("重大工业和服务业", "重大基础设施和城建")


@pytest.fixture
def programme(database: Database) -> Programme:
    """2023, added on 3 January 2023."""
    with database.write() as session:
        return programmes.add(session, COMMAND, "2023", "2023年度", 2023, classes=CLASSES, at=NEW_YEAR, is_demo=True)


# -- adding -----------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_programme_comes_with_its_organisation_its_classes_in_order_and_its_rule_book(
    database: Database, programme: Programme
) -> None:
    with database.read() as session:
        assert session.exec(select(Organisation.name)).all() == ["本县"]
        found = programmes.get(session, "2023")
        assert programmes.class_names(session, found) == ["重大工业和服务业", "重大基础设施和城建"]
        book = programmes.rule_book_revision(session, found, "2023-01")
        assert (book.name, book.from_month, book.recorded_by) == ("county-default", "2023-01", "命令行")
        assert book.text == programmes.rule_book_text("county-default")
        assert session.exec(select(AuditEntry.action)).all() == ["programme.add"]


@pytest.mark.parametrize(
    ("words", "error", "sentence"),
    [
        ({"code": "2023"}, Conflict, "已有代码为“2023”的年度项目计划"),
        ({"code": "二〇二四"}, Refused, "只用字母、数字、横线"),
        ({"name": "  "}, Refused, "计划名称是空的"),
        ({"year": 23}, Refused, "年度“23”不在2000至2100之间"),
        ({"rulebook": "no-such"}, Refused, "没有名为“no-such”的考核办法，可用的有：county-default"),
        ({"rulebook": "../county-default"}, Refused, "没有名为“../county-default”的考核办法"),
        ({"classes": [" "]}, Refused, "项目类别的名称是空的"),
    ],
)
def test_a_programme_that_makes_no_sense_is_refused(
    database: Database, programme: Programme, words: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    asked: dict[str, Any] = {"code": "2024", "name": "2024年度", "year": 2024} | words
    with pytest.raises(error, match=sentence), database.write() as session:
        programmes.add(session, COMMAND, **asked)
    with database.read() as session:
        assert [found.code for found in programmes.listing(session)] == ["2023"]


# -- changes ----------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_each_change_raises_the_data_version_and_is_recorded_later_than_the_one_before(
    database: Database, programme: Programme
) -> None:
    """Even when the clock stands still or was set back."""
    noon = datetime(2023, 11, 25, 4, 0, tzinfo=UTC)
    recorded = []
    for at in (noon, noon, noon - timedelta(days=1), noon + timedelta(hours=1)):
        with database.write() as session:
            recorded.append(programmes.begin_change(session, "2023", CLERK, at=at).recorded_at)
    tick = timedelta(microseconds=1)
    assert recorded == [noon, noon + tick, noon + 2 * tick, noon + timedelta(hours=1)]
    with database.read() as session:
        assert programmes.get(session, "2023").data_version == programme.data_version + 4


def test_a_change_stamps_who_when_and_why(database: Database, programme: Programme) -> None:
    with database.write() as session:
        change = programmes.begin_change(session, programme, CLERK, reason="季末定稿", at=NEW_YEAR + timedelta(days=9))
        lock = programmes.set_lock(change, "2023Q1", True)
    assert lock.id is not None
    assert (lock.programme_id, lock.recorded_by, lock.account_id, lock.reason, lock.recorded_at) == (
        programme.id,
        "张三",
        7,
        "季末定稿",
        datetime(2023, 1, 12, 1, 0, tzinfo=UTC),
    )
    assert change.stamp(upload_id=3, reason="更具体")["reason"] == "更具体"


def test_a_change_of_a_programme_that_is_not_there_is_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="没有代码为“1999”的年度项目计划"), database.write() as session:
        programmes.begin_change(session, "1999", CLERK)


# -- the rule book in force -------------------------------------------------------------------------------------------


def test_a_month_is_governed_by_the_latest_book_from_no_later_month_as_known_then(
    database: Database, programme: Programme
) -> None:
    text = programmes.rule_book_text("county-default")
    july = datetime(2023, 7, 1, tzinfo=UTC)
    with database.write() as session:
        change = programmes.begin_change(session, programme, CLERK, reason="下半年新办法", at=july)
        programmes.put_in_force(change, "second-half", text + "\n# 下半年\n", "2023-07")

    def name(month: str, known_at: datetime | None = None) -> str:
        with database.read() as session:
            return programmes.rule_book_revision(session, programme, month, known_at).name

    assert name("2023-06") == "county-default"
    assert name("2023-07") == "second-half"
    assert name("2023-12") == "second-half"
    assert name("2023-07", known_at=july - timedelta(days=1)) == "county-default"
    with pytest.raises(NotFound, match="2022-12没有生效的考核办法"):
        name("2022-12")


def test_a_book_that_does_not_parse_is_not_put_in_force(database: Database, programme: Programme) -> None:
    with pytest.raises(Refused, match="考核办法"), database.write() as session:
        programmes.put_in_force(programmes.begin_change(session, programme, CLERK), "broken", "= 60分", "2023-07")
    with database.read() as session:
        assert programme.id is not None
        assert len(newest(session, RuleBookRevision, programme.id)) == 1


# -- locks ------------------------------------------------------------------------------------------------------------


@pytest.mark.database
@pytest.mark.parametrize(
    ("period", "locked", "sentence"),
    [
        ("2023-10", ["2023-10"], "2023年10月已定稿，2023年10月的数据不能再改。确需更正，请先办理更正单。"),
        (
            "2023Q3",
            ["2023-07", "2023-08", "2023-09"],
            "2023年第三季度已定稿，2023年7月的数据不能再改。确需更正，请先办理更正单。",
        ),
    ],
)
def test_a_month_is_locked_by_itself_or_by_its_quarter(
    database: Database, programme: Programme, period: str, locked: list[str], sentence: str
) -> None:
    months = [f"2023-{number:02}" for number in range(1, 13)]
    with database.write() as session:
        programmes.set_lock(programmes.begin_change(session, programme, CLERK), period, True)
    with database.read() as session:
        programmes.require_unlocked(session, programme, set(months) - set(locked))
        for month in locked:
            with pytest.raises(PeriodLocked):
                programmes.require_unlocked(session, programme, [month])
        with pytest.raises(PeriodLocked) as refusal:
            programmes.require_unlocked(session, programme, months)
    assert refusal.value.message == sentence
    assert refusal.value.detail == {"period": period, "month": locked[0]}


def test_a_lock_taken_off_is_off_and_was_on_as_known_before(database: Database, programme: Programme) -> None:
    first, second = datetime(2023, 10, 9, tzinfo=UTC), datetime(2023, 10, 20, tzinfo=UTC)
    for at, is_locked in ((first, True), (second, False)):
        with database.write() as session:
            programmes.set_lock(programmes.begin_change(session, programme, CLERK, at=at), "2023Q3", is_locked)
    with database.read() as session:
        assert programmes.locked_periods(session, programme) == []
        assert programmes.locked_periods(session, programme, known_at=first) == ["2023Q3"]
        programmes.require_unlocked(session, programme, ["2023-08"])


def test_a_period_that_is_none_cannot_be_locked(database: Database, programme: Programme) -> None:
    for period in ("2023-13", "2023Q5", "2023年10月", "2023-1"):
        with pytest.raises(Refused, match="应如 2023-10、2023Q3 或 2023"), database.write() as session:
            programmes.set_lock(programmes.begin_change(session, programme, CLERK), period, True)


# -- the API ----------------------------------------------------------------------------------------------------------


def test_the_session_says_who_one_is_and_what_one_may_open(client_as: ClientAs, programme: Programme) -> None:
    assert client_as("unit", "王五", unit="杨屯镇").get("/api/session").json() == {
        "name": "王五",
        "role": "unit",
        "unit": "杨屯镇",
        "official": None,
        "scope": "",
        "team": "",
        "viewing_for": "",
        "must_change_password": False,
        "programmes": [{"code": "2023", "name": "2023年度", "year": 2023}],
    }
    leader = client_as("leader", "李明", scope="sponsored").get("/api/session").json()
    assert (leader["official"], leader["scope"]) == ("李明", "sponsored")


def test_a_programme_is_listed_with_what_a_page_needs(client_as: ClientAs, database: Database) -> None:
    with database.write() as session:
        made = programmes.add(
            session,
            COMMAND,
            "2023",
            "2023年度",
            2023,
            classes=CLASSES,
            at=NEW_YEAR,
            is_demo=True,
            today=date(2023, 11, 25),
            campaign_from=date(2023, 8, 31),
            campaign_to=date(2023, 12, 8),
        )
        programmes.set_lock(programmes.begin_change(session, made, CLERK), "2023Q2", True)
    assert client_as("office").get("/api/programmes").json() == {
        "rows": [
            {
                "code": "2023",
                "name": "2023年度",
                "year": 2023,
                "classes": ["重大工业和服务业", "重大基础设施和城建"],
                "campaign": {"name": "百日会战", "from": "2023-08-31", "to": "2023-12-08"},
                "cutoff_day": 25,
                "today": "2023-11-25",
                "committed_months": [],
                "newest_month": None,
                "locked_periods": ["2023Q2"],
                "is_demo": True,
                "data_version": 3,
            }
        ],
        "total": 1,
    }


def test_a_page_learns_that_something_changed(client_as: ClientAs, database: Database, programme: Programme) -> None:
    client = client_as("office")
    seen = client.get("/api/changes?programme=2023").json()["data_version"]
    assert client.get(f"/api/changes?programme=2023&since={seen}").json() == {
        "programme": "2023",
        "data_version": seen,
        "changed": False,
    }
    with database.write() as session:
        programmes.begin_change(session, programme, CLERK)
    assert client.get(f"/api/changes?programme=2023&since={seen}").json()["changed"] is True


def test_another_organisations_programme_is_not_there(
    client_as: ClientAs, database: Database, programme: Programme
) -> None:
    with database.write() as session:
        other = organisations.add(session, "other", "邻县")
        programmes.add(session, COMMAND, "lin-2023", "邻县2023年度", 2023, organisation=other)
    with database.write() as session:
        ours = organisations.get(session, "county").id
        assert ours is not None
        organisations.ensure_unit(session, ours, "杨屯镇")
    client = client_as("unit", unit="杨屯镇")  # bound to our county by its unit
    assert [row["code"] for row in client.get("/api/programmes").json()["rows"]] == ["2023"]
    assert client.get("/api/changes?programme=2023").status_code == 200
    assert client.get("/api/changes?programme=lin-2023").status_code == 404
