"""防改防删: what must never change in place is refused by the database itself, on both engines.

Each test writes through the product, then tries in SQL what a person with a database tool would try.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from app import migrations
from app.appeals import service as appeals
from app.audit import protection
from app.audit import service as audit
from app.audit.guards import APPEAL, GUARDS, REVISION
from app.audit.service import Actor
from app.database import Database
from app.evidence import service as evidence
from app.organisation import service as organisations
from app.revisions import Revision
from app.settings import Settings
from app.uploads import service as uploads
from app.verifications import VERIFICATIONS
from tests.app.county import OFFICE, County, noon
from tests.app.sheets import JUNE, month_sheet

CLERK = Actor(7, "张三", "office")


@pytest.fixture
def settings(planned_settings: Settings) -> Settings:
    return planned_settings


def refused(database: Database, statement: str, sentence: str) -> None:
    with pytest.raises(DatabaseError, match=sentence), database.write() as session:
        session.connection().execute(text(statement))


def refused_in_a_shell(database: Database, statement: str, sentence: str) -> None:
    with closing(sqlite3.connect(database.path)) as shell, pytest.raises(sqlite3.DatabaseError, match=sentence):
        shell.execute(statement)


def run(database: Database, statement: str) -> int:
    with database.write() as session:
        return session.connection().execute(text(statement)).rowcount  # type: ignore[attr-defined,no-any-return]


ON_THE_TRAIL = [
    "UPDATE audit_entries SET actor_name = '李四'",
    "UPDATE audit_entries SET detail = '{}' WHERE number = 1",
    "DELETE FROM audit_entries WHERE number = 1",
    "INSERT INTO audit_entries (number, at, actor_name, actor_role, action, target, programme, outcome, detail,"
    " previous_hash, entry_hash) SELECT number + 1, at, actor_name, actor_role, action, target, programme, outcome,"
    " detail, '', entry_hash FROM audit_entries ORDER BY number DESC LIMIT 1",
    "INSERT INTO audit_entries (number, at, actor_name, actor_role, action, target, programme, outcome, detail,"
    " previous_hash, entry_hash) SELECT number + 7, at, actor_name, actor_role, action, target, programme, outcome,"
    " detail, entry_hash, entry_hash FROM audit_entries ORDER BY number DESC LIMIT 1",
    "UPDATE audit_head SET number = 0, entry_hash = ''",
    "UPDATE audit_head SET number = number + 1",
    "UPDATE audit_head SET entry_hash = 'x'",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head (id, number, entry_hash) VALUES (2, 0, '')",
]

ON_FACTS = [
    "UPDATE plan_revisions SET annual_investment_wan = 1",
    "UPDATE plan_revisions SET recorded_at = '2020-01-01 00:00:00'",
    "UPDATE project_revisions SET is_void = TRUE",
    "DELETE FROM assignment_revisions",
    "UPDATE rule_book_revisions SET text = ''",
    "DELETE FROM rule_book_revisions",
]

ON_FILES = [
    "UPDATE stored_files SET sha256 = 'x'",
    "UPDATE stored_files SET size = 0",
    "DELETE FROM stored_files",
]

ON_UPLOADS = [
    "UPDATE uploads SET sha256 = NULL",
    "UPDATE uploads SET preview = ''",
    "UPDATE uploads SET counts = '{}'",
    "UPDATE uploads SET restated = '[1]'",
    "UPDATE uploads SET answers = '{\"a\": 1}'",
    "UPDATE uploads SET committed_by = '李四'",
    "UPDATE uploads SET state = 'tried'",
    "DELETE FROM uploads",
]


def revision_models() -> list[type[Revision]]:
    found: list[type[Revision]] = []
    waiting = list(Revision.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        found.append(model)
    return [model for model in found if hasattr(model, "__table__")]


def test_every_table_of_facts_is_guarded_also_one_that_comes_later(database: Database) -> None:
    """Enumerated from the models, while the guards look at the database's columns."""
    migrations.all_tables()
    tables = {str(model.__tablename__) for model in revision_models()}
    assert {"inspection_revisions", "plan_revisions", "light_decision_revisions", "period_lock_revisions"} <= tables
    with database.read() as session:
        guarded = protection.guards(session.connection())
    of_facts = {guard.table for guard in guarded if guard.sentence == REVISION}
    assert of_facts == tables
    acts = {(guard.table, guard.act) for guard in guarded}
    assert {(table, act) for table in tables for act in ("UPDATE", "DELETE")} <= acts


def test_every_guard_names_a_table_and_columns_that_there_are(database: Database) -> None:
    migrations.all_tables()
    with database.read() as session:
        found = inspect(session.connection())
        for guard in GUARDS:
            columns = {column["name"] for column in found.get_columns(guard.table)}
            assert set(guard.changed) <= columns, guard


# -- the trail --------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_the_trail_grows_at_its_end_alone(database: Database) -> None:
    with database.write() as session:
        audit.append(session, CLERK, "upload.commit")
    for statement in ON_THE_TRAIL:
        refused(database, statement, "操作日志不能修改或删除")
    with database.read() as session:
        assert audit.verify(session) == []


@pytest.mark.database("postgresql")
def test_nothing_guarded_can_be_emptied(database: Database) -> None:
    for table in ("audit_entries", "audit_head", "inspection_revisions", "publications CASCADE"):
        refused(database, f"TRUNCATE {table}", "不能清空")


@pytest.mark.sqlite("SQLite的OR REPLACE")
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries", "操作日志不能修改或删除"),
        ("INSERT OR REPLACE INTO plan_revisions SELECT * FROM plan_revisions", "不能覆盖已有的记录"),
        ("INSERT OR REPLACE INTO stored_files SELECT * FROM stored_files", "不能覆盖已有的记录"),
        ("INSERT OR REPLACE INTO uploads SELECT * FROM uploads", "不能覆盖已有的记录"),
        ("UPDATE OR REPLACE audit_entries SET number = 1 WHERE number = 2", "操作日志不能修改或删除"),
    ],
)
def test_sqlites_own_shell_without_our_settings_is_refused_as_well(
    database: Database, statement: str, sentence: str
) -> None:
    """`recursive_triggers` is off there, so that REPLACE deletes past every delete trigger."""
    refused_in_a_shell(database, statement, sentence)


# -- facts, files, uploads --------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_fact_once_recorded_is_never_rewritten(database: Database) -> None:
    for statement in ON_FACTS:
        refused(database, statement, "已记录的数据不能修改或删除，只能另记一次修订")


@pytest.mark.database
def test_a_stored_file_in_use_stays_as_it_is(database: Database) -> None:
    for statement in ON_FILES:
        refused(database, statement, "已保存的原始文件不能修改，在用的不能删除")


@pytest.mark.database
def test_a_file_that_nothing_has_may_go(database: Database) -> None:
    with database.write() as session:
        sha256 = evidence.store(session, b"nobody's", noon("2023-06-01"))
    assert run(database, f"DELETE FROM stored_files WHERE sha256 = '{sha256}'") == 1


@pytest.mark.database
def test_a_committed_upload_keeps_what_it_said(database: Database) -> None:
    for statement in ON_UPLOADS:
        refused(database, statement, "已确认导入的表不能修改或删除，只能撤销")


# -- issues, appeals --------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_draft_may_be_drafted_anew_a_signed_issue_and_its_slip_stay(database: Database) -> None:
    made = County(database)
    made.project("甲", unit="杨屯镇")
    for month in ("2023-04", "2023-05", "2023-06"):
        made.record(month, {"甲": 100})
    made.draft("2023Q2", "2023-07-03")
    made.draft("2023Q2", "2023-07-04")  # replaces the draft in place, as the service means it
    refused(database, "UPDATE publications SET board = '{}', signed_at = drafted_at", "已签发的定稿和更正单")
    made.sign("2023Q2", "2023-07-05")
    for statement in (
        "UPDATE publications SET board = '{}'",
        "UPDATE publications SET fingerprint = 'x'",
        "UPDATE publications SET signed_by = '李四'",
        "UPDATE publications SET signed_at = NULL",
        "DELETE FROM publications",
    ):
        refused(database, statement, "已签发的定稿和更正单不能修改或删除")
    made.reopen("2023Q2", "2023-08-01")
    for statement in (
        "UPDATE reopenings SET reason = ''",
        "DELETE FROM reopenings",
        "DELETE FROM reopened_periods",
        "UPDATE reopened_periods SET period = '2023Q3'",
        "INSERT INTO reopened_periods (reopening_id, period) VALUES (1, '2023Q3')",
    ):
        refused(database, statement, "已签发的定稿和更正单不能修改或删除")
    for statement in (
        "UPDATE disclosures SET scores = '{}'",
        "UPDATE disclosures SET ended_at = NULL",
        "DELETE FROM disclosures",
    ):
        refused(database, statement, "已公示、已办结的内容不能修改或删除")
    if database.is_sqlite:
        for table in ("publications", "reopenings", "disclosures"):
            refused_in_a_shell(database, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", "不能覆盖已有的记录")
    with database.read() as session:
        assert [fault for verify in VERIFICATIONS for fault in verify(session)] == []


@pytest.mark.database
def test_an_appeal_stays_as_it_was_filed_and_settled(database: Database) -> None:
    made = County(database)
    made.project("甲", unit="杨屯镇")
    for month in ("2023-04", "2023-05", "2023-06"):
        made.record(month, {"甲": 100})
    made.draft("2023Q2", "2023-07-03")
    with made.reading() as (session, _):
        unit = organisations.find_unit(session, "杨屯镇")
    assert unit is not None
    with made.change("2023-07-04", Actor(None, "杨屯镇经办", "unit", unit_id=unit.id)) as change:
        filed = appeals.file(change, "2023Q2", made.ids["甲"], "漏记一笔")
    refused(database, "UPDATE appeals SET grounds = '无'", APPEAL)
    refused(database, "UPDATE appeals SET contested_score = '1.00'", APPEAL)
    with made.change("2023-07-05") as change:
        appeals.decide(change, filed.id or 0, "维持", "复核无误", "已复核")
    refused(database, "UPDATE appeals SET answer = ''", APPEAL)
    refused(database, "UPDATE appeals SET decision = '采纳'", APPEAL)
    refused(database, "DELETE FROM appeals", APPEAL)
    if database.is_sqlite:
        refused_in_a_shell(database, "INSERT OR REPLACE INTO appeals SELECT * FROM appeals", "不能覆盖已有的记录")


def test_a_reverted_upload_stays_reverted_as_it_was(database: Database) -> None:
    done = uploads.import_workbook(database, OFFICE, "T", "六月.xlsx", month_sheet(6, JUNE))
    uploads.revert(database, OFFICE, done["upload"], "传错了文件")
    for change in ("revert_reason = ''", "reverted_by = '李四'", "state = 'committed'"):
        refused(database, f"UPDATE uploads SET {change} WHERE state = 'reverted'", "已确认导入的表不能修改或删除")


# -- coming and going -------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_guards_that_are_missing_are_told_of_and_come_back_with_the_next_start(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    engine = migrations.migration_engine(database)
    with engine.begin() as connection:
        [(name, table), *_] = [one for one in protection.installed(connection) if one[1] == "plan_revisions"]
        connection.exec_driver_sql(f"DROP TRIGGER {name}{'' if database.is_sqlite else f' ON {table}'}")
    with database.read() as session:
        assert protection.verify(session) == [
            "数据库的防改防删措施不全（plan_revisions），请重新启动平台补上，并核对这些数据。"
        ]
    assert migrations.upgrade(database) is False
    assert "数据库的防改防删措施不全（plan_revisions），已补上。" in caplog.text
    caplog.clear()
    with database.read() as session:
        assert protection.verify(session) == []
    migrations.upgrade(database)
    assert caplog.text == ""
    engine.dispose()


HOLLOW = {
    "sqlite": (
        "DROP TRIGGER {name}",
        "CREATE TRIGGER {name} BEFORE UPDATE ON audit_entries WHEN 1 = 0 BEGIN SELECT RAISE(ABORT, ''); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    ),
}


@pytest.mark.database
def test_a_guard_made_hollow_under_its_own_name_is_missing(database: Database) -> None:
    """Or, on PostgreSQL, switched off: the name alone says nothing."""
    engine = migrations.migration_engine(database)
    with engine.begin() as connection:
        [(name, _), *_] = [one for one in protection.installed(connection) if one[1] == "audit_entries"]
    off = () if database.is_sqlite else ((f"ALTER TABLE audit_entries DISABLE TRIGGER {name}",),)
    for acts in (HOLLOW["sqlite" if database.is_sqlite else "postgresql"], *off):
        with engine.begin() as connection:
            for act in acts:
                connection.exec_driver_sql(act.format(name=name))
        with database.read() as session:
            assert protection.verify(session) == [
                "数据库的防改防删措施不全（audit_entries），请重新启动平台补上，并核对这些数据。"
            ], acts
        migrations.upgrade(database)
        with database.read() as session:
            assert protection.verify(session) == []
        refused(database, "UPDATE audit_entries SET actor_name = '李四'", "操作日志不能修改或删除")
    engine.dispose()


@pytest.mark.database
def test_guards_of_an_earlier_release_give_way_to_todays(database: Database) -> None:
    """Before decision 0017 three triggers stood on SQLite and two on PostgreSQL, under other names."""
    engine = migrations.migration_engine(database)
    with engine.begin() as connection:
        protection.release(connection)
        connection.exec_driver_sql(
            "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, '操作日志不能修改或删除'); END"
            if database.is_sqlite
            else "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE ON audit_entries"
            " FOR EACH STATEMENT EXECUTE FUNCTION guard_no_truncate()"
        )
    migrations.upgrade(database)
    with engine.begin() as connection:
        names = [name for name, _ in protection.installed(connection)]
    engine.dispose()
    assert names
    assert all(name.startswith("guard_") for name in names)


def test_daily_work_meets_no_guard(database: Database) -> None:
    """Register, plan, record, publish, reopen, correct, publish again: the services write nothing they may not."""
    made = County(database)
    made.project("甲", unit="杨屯镇")
    for month in ("2023-04", "2023-05", "2023-06"):
        made.record(month, {"甲": 100})
    made.publish("2023Q2", "2023-07-05")
    made.reopen("2023Q2", "2023-08-01")
    made.record("2023-06", {"甲": 600}, "2023-08-02")
    made.publish("2023Q2", "2023-08-10")
    with database.read() as session:
        assert [fault for verify in VERIFICATIONS for fault in verify(session)] == []


REWRITING = """
from alembic import op

revision, down_revision = "tomorrow", "{newest}"


def upgrade() -> None:
    op.execute("UPDATE rule_book_revisions SET reason = 'rewritten'")
"""


def test_a_migration_may_rewrite_what_nobody_else_may_and_leaves_the_guards_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "tomorrow.py").write_text(REWRITING.format(newest=migrations.newest()), encoding="utf-8")
    monkeypatch.setattr(migrations, "VERSIONS", [*migrations.VERSIONS, folder])
    assert migrations.upgrade(database) is True
    with database.read() as session:
        assert session.connection().execute(
            text("SELECT DISTINCT reason FROM rule_book_revisions")
        ).scalars().all() == ["rewritten"]
    refused(database, "UPDATE rule_book_revisions SET reason = ''", "已记录的数据不能修改或删除")
