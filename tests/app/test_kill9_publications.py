"""kill -9 at every write of 拟稿, 签发, 更正单 and of an upgrade: afterwards all of it is there, or none."""

import os
from typing import Any

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient

from app import migrations
from app.audit import service as audit
from app.audit.models import AuditEntry
from app.database import Database, open_database
from app.main import create_app
from app.programmes import service as programmes
from app.programmes.models import PeriodLock
from app.publications import service as publishing
from app.publications.models import Publication, ReopenedPeriod, Reopening
from app.settings import Settings
from tests.app.county import HEAD, OFFICE, County, noon
from tests.app.first_release import as_of_first_revision
from tests.app.killing import Act, attempt, die_after_commit, killed_at_every_write

TABLES = (Publication, Reopening, ReopenedPeriod, PeriodLock, AuditEntry)


def county(settings: Settings) -> None:
    """甲, April to June."""
    database = open_database(settings)
    made = County(database)
    made.project("甲")
    for month, ytd_wan in (("2023-04", 240), ("2023-05", 300), ("2023-06", 360)):
        made.record(month, {"甲": ytd_wan})
    database.close()


def contents(settings: Settings) -> dict[str, Any]:
    """How much there is, who signed, what is locked; the trail and every issue must be whole."""
    database = open_database(settings)
    with database.read() as session:
        programme = programmes.get(session, "2023")
        found: dict[str, Any] = {
            model.__name__: session.exec(select(func.count()).select_from(model)).one() for model in TABLES
        }
        found["version"] = programme.data_version
        found["signed"] = session.exec(select(Publication.signed_by)).all()
        found["slips"] = session.exec(select(Reopening.signed_by)).all()
        found["locked"] = programmes.locked_periods(session, programme)
        assert audit.verify(session) == []
        assert publishing.verify(session) == []
    database.close()
    return found


def act(name: str, *words: Any) -> Act:
    """One act of publishing at noon of 5 July 2023, by who may do it."""
    actor = HEAD if name.startswith("sign") else OFFICE

    def do(database: Database) -> None:
        with database.write() as session:
            getattr(publishing, name)(programmes.begin_change(session, "2023", actor, at=noon("2023-07-05")), *words)

    return do


ACTS = (
    ("draft", act("draft", "2023Q2"), {"Publication": 1, "signed": [""], "locked": []}),
    ("sign", act("sign", "2023Q2"), {"signed": ["办公室主任"], "locked": ["2023Q2"], "PeriodLock": 1}),
    ("draft_reopening", act("draft_reopening", "2023Q2", "漏报"), {"Reopening": 1, "slips": [""]}),
    ("sign_reopening", act("sign_reopening", "2023Q2"), {"slips": ["办公室主任"], "locked": []}),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.database
def test_a_killed_draft_signature_or_reopening_leaves_all_or_nothing(settings: Settings) -> None:
    all_or_nothing(settings, stride=1)


def test_killed_at_every_fourth_write_of_them_nothing_is_left_either(settings: Settings) -> None:
    all_or_nothing(settings, stride=4)


def all_or_nothing(settings: Settings, stride: int) -> None:
    county(settings)
    for name, do, expected in ACTS:
        kills, last, after = killed_at_every_write(settings, do, contents, stride=stride)
        # the programme, the thing itself, the entry on the trail, its head, the COMMIT
        assert last > 5, name
        assert kills >= 2
        assert {key: after[key] for key in expected} == expected
        assert after["version"] == contents(settings)["version"]
    with TestClient(create_app(settings)) as client:
        assert client.get("/api/health").json()["status"] == "ok"


def test_killed_just_after_its_commit_a_signature_is_there_whole(settings: Settings) -> None:
    county(settings)
    database = open_database(settings)
    ACTS[0][1](database)
    database.close()
    assert attempt(settings, ACTS[1][1], die_after_commit)
    after = contents(settings)
    assert (after["signed"], after["locked"]) == (["办公室主任"], ["2023Q2"])


# ---- an upgrade -----------------------------------------------------------------------------------------------------


def state(settings: Settings) -> tuple[str | None, list[Any]]:
    """The revision, and the 更正单 that the upgrade takes apart."""
    engine = migrations.migration_engine(open_database(settings))
    found = migrations.state_of(engine)
    with engine.connect() as connection:
        slips = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM reopenings").all()]
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    engine.dispose()
    return found, slips


@pytest.fixture
def old_settings(empty_database: Database) -> Settings:
    """An installation of the first release."""
    as_of_first_revision(empty_database)
    assert empty_database.home is not None
    url = None if empty_database.is_sqlite else empty_database.url.render_as_string(hide_password=False)
    if empty_database.is_sqlite:
        empty_database.path.rename(empty_database.home / "sanzhong.sqlite")
    return Settings(home=empty_database.home, database_url=url, secret="s" * 32)


def upgrade(database: Database) -> None:
    assert migrations.upgrade(database, without_backup=True) is True


@pytest.mark.slow
@pytest.mark.database
def test_a_killed_upgrade_leaves_the_old_version_whole_and_is_made_up_for_at_the_next_start(
    old_settings: Settings,
) -> None:
    old_or_new(old_settings, stride=1)


def test_killed_at_every_tenth_write_of_an_upgrade_the_old_version_is_whole_too(old_settings: Settings) -> None:
    old_or_new(old_settings, stride=10)


def old_or_new(old_settings: Settings, stride: int) -> None:
    kills, last, after = killed_at_every_write(
        old_settings,
        upgrade,
        state,
        stride=stride,
        every_engine=True,
        is_done=lambda found: found[0] == migrations.newest() and len(found[1]) == 1,
    )
    assert kills >= 2
    assert last > 10
    assert after[0] == migrations.newest()
    assert old_settings.home is not None
    assert list((old_settings.home / migrations.BACKUPS).glob("*.part")) == []
    with TestClient(create_app(old_settings)) as client:
        assert client.get("/api/health").json()["status"] == "ok"


@pytest.mark.database
def test_of_two_processes_that_start_at_once_on_an_old_version_one_upgrades_and_both_serve(
    old_settings: Settings,
) -> None:
    processes = []
    ready, go = os.pipe()
    for _ in range(2):
        process = os.fork()
        if process == 0:
            code = 9
            try:
                os.close(go)
                os.read(ready, 1)  # ends for both at once, when the parent closes its end
                did = migrations.upgrade(old_settings, without_backup=True)
                with TestClient(create_app(old_settings)) as client:
                    is_serving = client.get("/api/health").json()["status"] == "ok"
                code = 9 if not is_serving else int(did)
            finally:
                os._exit(code)
        processes.append(process)
    os.close(go)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes)
    os.close(ready)
    assert codes == [0, 1]
    assert state(old_settings)[0] == migrations.newest()
