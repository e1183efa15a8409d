"""Bringing a database up to date (数据库升级): the same tables on both engines, and no row lost on filled ones."""

import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select

from app import migrations
from app.accounts.models import Account
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database
from app.errors import Refused
from app.organisation import service as organisations
from app.organisation.models import Unit, UnitAlias
from app.publications.models import ReopenedPeriod, Reopening
from app.settings import ROOT
from tests.app.first_release import as_of_first_revision

TOMORROW = """\
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "tomorrow", {newest!r}, None, None

def upgrade():
{body}
"""
# A parent with children, and the trail with its triggers: both are copied, dropped and renamed on SQLite.
WIDEN = """\
with op.batch_alter_table("units") as units:
    units.alter_column("kind", existing_type=sa.String(), nullable=True)
    units.add_column(sa.Column("phone", sa.String(), nullable=False, server_default=""))
with op.batch_alter_table("audit_entries") as entries:
    entries.alter_column("target", existing_type=sa.String(), nullable=True)
    entries.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
"""
ORPHAN = """op.execute("DELETE FROM units")"""


Tomorrow = Callable[[str], None]


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tomorrow:
    """`tomorrow(body)` puts a revision after today's newest, whose upgrade is `body`."""

    def add(body: str) -> None:
        folder = tmp_path / "versions"
        folder.mkdir()
        revision = TOMORROW.format(newest=migrations.newest(), body=textwrap.indent(body, "    "))
        (folder / "tomorrow.py").write_text(revision, encoding="utf-8")
        monkeypatch.setattr(migrations, "VERSIONS", [*migrations.VERSIONS, folder])

    return add


def fill(database: Database) -> None:
    with database.write() as session:
        county = organisations.the_only(session)
        assert county.id is not None
        unit = organisations.ensure_unit(session, county.id, "月山镇")
        organisations.add_alias(session, unit, "月山")
        audit.append(session, Actor.command(), "unit.add", target="月山镇")
        audit.append(session, Actor.command(), "unit.alias", target="月山")


def revision_of(database: Database) -> str | None:
    engine = migrations.migration_engine(database)
    try:
        return migrations.state_of(engine)
    finally:
        engine.dispose()


@pytest.mark.database
def test_the_migrations_make_exactly_the_tables_of_the_models(empty_database: Database) -> None:
    """What `alembic check` looks at. Fails after a model changed: remake the revision as app/migrations says."""
    assert migrations.upgrade(empty_database) is True
    engine = migrations.migration_engine(empty_database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, migrations.all_tables()) == []
    engine.dispose()


@pytest.mark.database
def test_upgrading_again_does_nothing(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    assert migrations.upgrade(empty_database) is False


@pytest.mark.database
def test_a_new_database_has_its_trail_begun_and_guarded_and_needs_no_backup(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    fill(empty_database)
    with pytest.raises(DatabaseError, match="不能修改或删除"), empty_database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM audit_entries")
    assert empty_database.home is not None
    assert not (empty_database.home / migrations.BACKUPS).exists()


@pytest.mark.database
def test_a_migration_over_filled_tables_keeps_every_row_and_the_guards(
    empty_database: Database, tomorrow: Tomorrow
) -> None:
    """TECH §10: with foreign keys on, copying the parent would empty its children; triggers die with their table."""
    migrations.upgrade(empty_database)
    fill(empty_database)
    tomorrow(WIDEN)
    assert migrations.upgrade(empty_database) is True
    assert revision_of(empty_database) == "tomorrow"
    with empty_database.read() as session:
        assert [unit.name for unit in session.exec(select(Unit)).all()] == ["月山镇"]
        assert [alias.alias for alias in session.exec(select(UnitAlias)).all()] == ["月山"]
        assert audit.verify(session) == []
        assert session.connection().exec_driver_sql("SELECT phone FROM units").scalars().all() == [""]
    with pytest.raises(DatabaseError, match="不能修改或删除"), empty_database.write() as session:
        session.connection().exec_driver_sql("UPDATE audit_entries SET actor_name = ''")


@pytest.mark.sqlite("备份是SQLite文件；PostgreSQL的由下一项核对")
def test_the_backup_before_an_upgrade_is_the_database_as_it_was(empty_database: Database, tomorrow: Tomorrow) -> None:
    migrations.upgrade(empty_database)
    before = migrations.newest()
    fill(empty_database)
    tomorrow(WIDEN)
    migrations.upgrade(empty_database)
    assert empty_database.home is not None
    [copy] = (empty_database.home / migrations.BACKUPS).iterdir()
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
        assert connection.execute("SELECT name FROM units").fetchall() == [("月山镇",)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.database("postgresql")
def test_on_postgresql_the_backup_is_a_dump_that_lists_the_tables(empty_database: Database, tomorrow: Tomorrow) -> None:
    migrations.upgrade(empty_database)
    fill(empty_database)
    tomorrow(WIDEN)
    migrations.upgrade(empty_database)
    assert empty_database.home is not None
    [dump] = (empty_database.home / migrations.BACKUPS).iterdir()
    restore = str(migrations.pg_dump()).replace("pg_dump", "pg_restore")
    listed = subprocess.run([restore, "--list", dump], check=True, capture_output=True, text=True).stdout
    assert "TABLE DATA public units" in listed


@pytest.mark.database("postgresql")
def test_without_pg_dump_a_filled_database_is_not_touched_unless_the_operator_says_so(
    empty_database: Database, tomorrow: Tomorrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.upgrade(empty_database)
    before = migrations.newest()
    tomorrow(WIDEN)
    monkeypatch.setattr(migrations, "pg_dump", lambda: None)
    with pytest.raises(Refused, match="没有 pg_dump"):
        migrations.upgrade(empty_database)
    assert revision_of(empty_database) == before
    assert migrations.upgrade(empty_database, without_backup=True) is True


@pytest.mark.sqlite("SQLite升级时不查外键，要事后核对；PostgreSQL当场就查")
def test_a_migration_that_would_leave_children_without_their_parent_is_taken_back(
    empty_database: Database, tomorrow: Tomorrow
) -> None:
    migrations.upgrade(empty_database)
    before = migrations.newest()
    fill(empty_database)
    tomorrow(ORPHAN)
    with pytest.raises(Refused, match="升级后这些表的关联会断开：unit_aliases"):
        migrations.upgrade(empty_database)
    assert revision_of(empty_database) == before
    with empty_database.read() as session:
        assert [unit.name for unit in session.exec(select(Unit)).all()] == ["月山镇"]


@pytest.mark.database
def test_a_database_of_a_later_version_is_refused_and_left_alone(empty_database: Database) -> None:
    migrations.upgrade(empty_database)
    with empty_database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refused, match="数据库的版本（9999）比本程序新"):
        migrations.upgrade(empty_database)
    assert revision_of(empty_database) == "9999"


@pytest.mark.database
def test_of_several_first_starts_at_once_one_makes_the_tables_and_none_fails(empty_database: Database) -> None:
    outcomes: list[object] = []

    def start() -> None:
        try:
            outcomes.append(
                migrations.upgrade(Database(empty_database.url.render_as_string(False), empty_database.home))
            )
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["False", "False", "False", "True"]


def test_a_revision_can_be_made_with_the_command_that_the_docstring_names(tmp_path: Path) -> None:
    """A copy of the folder without its revisions, so that nothing in the project is written."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.HERE, folder, ignore=shutil.ignore_patterns("00*", "__pycache__"))
    ini = (folder / "alembic.ini").read_text().replace("%(here)s/../..", str(ROOT))
    (folder / "alembic.ini").write_text(ini)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "alembic", "-c", folder / "alembic.ini"),
            *("revision", "--autogenerate", "--rev-id", "0001", "-m", "all tables"),
        ],
        env={"SANZHONG_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = (folder / "versions" / "0001_all_tables.py").read_text(encoding="utf-8")
    assert '"audit_entries"' in made or "'audit_entries'" in made


@pytest.mark.database
def test_a_correction_slip_of_before_keeps_its_period_when_slips_may_have_several(empty_database: Database) -> None:
    as_of_first_revision(empty_database)
    assert migrations.upgrade(empty_database, without_backup=True) is True
    with empty_database.read() as session:
        assert [(row.reopening_id, row.period) for row in session.exec(select(ReopenedPeriod))] == [(7, "2023Q3")]
        assert session.get_one(Reopening, 7).reason == "漏报"


@pytest.mark.database
def test_a_password_of_before_begins_to_age_with_the_upgrade_and_its_account_stays_usable(
    empty_database: Database,
) -> None:
    """0003: how old it is nobody wrote down; a demo account without one has none to age."""
    engine = migrations.migration_engine(empty_database)
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), "0002")
        for number, name, password_hash in ((1, "张三", "$hash"), (2, "演示", "")):
            connection.exec_driver_sql(
                "INSERT INTO accounts (id, name, role, password_hash, scope, team, is_disabled, created_at) VALUES"
                f" ({number}, '{name}', 'office', '{password_hash}', '', '', FALSE, '2023-01-01 00:00:00')"
            )
        connection.exec_driver_sql(
            "INSERT INTO sign_in_failures (id, name, address, at) VALUES (1, '张三', '10.0.0.8', '2023-01-01 00:00:00')"
        )
    engine.dispose()
    before = datetime.now(UTC)
    assert migrations.upgrade(empty_database, without_backup=True) is True
    with empty_database.read() as session:
        known, demo = session.exec(select(Account).order_by(col(Account.id))).all()
    assert known.password_set_at is not None and before <= known.password_set_at <= datetime.now(UTC)
    assert known.activated_at == datetime(2023, 1, 1, tzinfo=UTC)
    assert (known.awaits_activation, known.must_change_password, known.viewing_for_id) == (False, False, None)
    assert (demo.password_set_at, demo.activated_at, demo.awaits_activation) == (None, None, False)
