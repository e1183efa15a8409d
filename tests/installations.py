"""Installations for tests (测试用的安装): what one begins with is made once and copied, on either engine.

A template is a home folder and, on PostgreSQL, a database beside it, which the server copies file by file. Of several
workers each has a server of its own; a SQLite template that takes long to make is made by the first and taken by all.
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app import migrations
from app.audit.protection import protect
from app.audit.service import Actor
from app.database import Database, open_database
from app.demonstration import service as demonstration
from app.programmes import service as programmes
from app.settings import Settings
from app.uploads import service as uploads

SECRET = "the tests' own secret, which signs nothing outside them"
# What an installation begins with.
NOTHING, TABLES, PLANNED, KEPT, DEMO = "nothing", "tables", "planned", "kept", "demo"
Beginning = str | Callable[[Settings], None]  # one of these words, or what a module makes of an empty installation
NewInstallation = Callable[..., Settings]
NUMBERS = count(1)


class Templates:
    """The templates of this session and the databases copied from them."""

    def __init__(self, folders: pytest.TempPathFactory, server: Callable[[], str]) -> None:
        """`server` starts PostgreSQL when first asked for its address, or skips the test that asked."""
        self._folders = folders
        self._server = server
        self._made: dict[tuple[str, Beginning], Settings] = {}
        self._databases: list[str] = []  # on the server, to be dropped

    def copy(self, engine: str, home: Path, state: Beginning = TABLES) -> Settings:
        """An installation in the new folder `home` that begins with `state`; NOTHING makes no folder either."""
        template = None if state == NOTHING else self._template(engine, state)
        if template is not None:
            shutil.copytree(template.home, home)
        if engine == "sqlite":
            return Settings(home=home, database_url=None, secret=SECRET)
        source = "template0" if template is None else name_of(template)
        return Settings(home=home, database_url=self._new_database(source), secret=SECRET)

    def copied_from(self, engine: str, state: Beginning) -> Path:
        """The template's home folder itself: to be read and copied, never changed."""
        return self._template(engine, state).home

    def forget(self, settings: Settings) -> None:
        """Drop a copy's database, if it has one on a server: a thousand tests would fill the disk."""
        name = name_of(settings)
        if name in self._databases:
            self._drop(name)
            self._databases.remove(name)

    def close(self) -> None:
        """Drop what was made on a server that stays when the session is over."""
        if os.environ.get("TEST_DATABASE_URL"):
            for name in self._databases:
                self._drop(name)

    # -- templates ------------------------------------------------------------------------------------------------

    def _template(self, engine: str, state: Beginning) -> Settings:
        if (engine, state) not in self._made:
            made = self._shared(state) if engine == "sqlite" and state == DEMO else self._filled(engine, state)
            self._made[engine, state] = made
        return self._made[engine, state]

    def _filled(self, engine: str, state: Beginning) -> Settings:
        home = self._folders.mktemp(engine) / "home"
        settings = self.copy(engine, home, NOTHING if state == TABLES else TABLES)
        if isinstance(state, str):
            database = open_database(settings)
            FILLING[state](database, settings)
            database.close()
        else:
            state(settings)
        return settings

    def _shared(self, state: str) -> Settings:
        """Made by whoever is first, taken by every worker."""
        base = self._folders.getbasetemp()
        shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
        made = shared / f"{state}-home"
        with (shared / f"{state}-home.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                self._filled("sqlite", state).home.rename(made)
        return Settings(home=made, database_url=None, secret=SECRET)

    # -- PostgreSQL -----------------------------------------------------------------------------------------------

    def _new_database(self, source: str) -> str:
        """The address of a new database, a copy of `source`."""
        name = f"sanzhong_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(NUMBERS)}"
        with self._connected() as connection:
            # By its files a copy costs a quarter of what it costs through the log; before 15 there is no other way.
            by_files = "STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {source} ENCODING 'UTF8' {by_files}".encode())
        self._databases.append(name)
        return sqlalchemy_url(self._server(), name)

    def _drop(self, name: str) -> None:
        with self._connected() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._server(), autocommit=True)


def name_of(settings: Settings) -> str:
    """The name of its database on the server."""
    return Database(settings.url()).url.database or ""


def sqlalchemy_url(server: str, name: str) -> str:
    """The SQLAlchemy address of one database on a server."""
    known = {key: value for key, value in psycopg.conninfo.conninfo_to_dict(server, dbname=name).items() if value}
    query = "&".join(f"{key}={value}" for key, value in known.items() if key != "dbname")
    return f"postgresql+psycopg:///{name}?{query}"


def beginning_of(request: pytest.FixtureRequest, made_by: Callable[[Callable[..., None]], Beginning]) -> Beginning:
    """For a test that asks for its module's `county`, what the module's `begin` makes, made once; else tables alone.

    A module that says itself what its `county` is, has no `begin`.
    """
    if "county" in request.fixturenames and hasattr(request.module, "begin"):
        return made_by(request.module.begin)
    return TABLES


def use(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Let commands that this test runs find the installation, as they find it in the county: by the environment."""
    for name in [name for name in os.environ if name.startswith("SANZHONG_")]:
        monkeypatch.delenv(name)
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)


def environment(settings: Settings) -> dict[str, str]:
    """What the environment of a process must say to work on the installation."""
    named = {"SANZHONG_HOME": str(settings.home)}
    return named if settings.database_url is None else named | {"SANZHONG_DATABASE_URL": settings.database_url}


# -- what installations begin with ------------------------------------------------------------------------------------


def make_tables(database: Database, _: Settings | None = None) -> None:
    """Today's tables straight from the models; that the migrations make the same ones is a test of theirs."""
    engine = migrations.migration_engine(database)
    with engine.begin() as connection:
        migrations.all_tables().create_all(connection)
        protect(connection)
        # Named as up to date, so that a command under test upgrades nothing.
        scripts = ScriptDirectory.from_config(migrations.configuration())
        MigrationContext.configure(connection).stamp(scripts, migrations.newest())
    engine.dispose()


def plan_county(database: Database, _: Settings | None = None) -> None:
    """Programme T of 2023: two classes, four projects A001 A002 B001 B002, three responsible units (四个项目的县)."""
    from tests.app.sheets import FARMING, INDUSTRY, plan_sheet

    with database.write() as session:
        programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING])
    done = uploads.import_workbook(database, Actor.command(), "T", "年度计划.xlsx", plan_sheet(), register=True)
    assert done["state"] == "committed"


def kept_county(_: Database, settings: Settings) -> None:
    from tests.app.kept_county import fill

    fill(settings)


def load_demo(database: Database, settings: Settings) -> None:
    assert demonstration.load(database, settings)


FILLING: dict[str, Callable[[Database, Settings], None]] = {
    TABLES: make_tables,
    PLANNED: plan_county,
    KEPT: kept_county,
    DEMO: load_demo,
}
