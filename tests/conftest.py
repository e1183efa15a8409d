"""Fixtures shared by all tests: a database of its own for each test, and somebody signed in.

A test marked `database` runs on SQLite and on PostgreSQL (`database("postgresql")`: there alone), any other on SQLite.
Tables are made once a session and copied per test. PostgreSQL: TEST_DATABASE_URL, or a server of our own on a temporary
folder and a unix socket, started when first asked for and stopped by its own process id; neither: skipped with the
reason, or failed with REQUIRE_ALL=1.
"""

import fcntl
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import itsdangerous
import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import make_url
from starlette.testclient import TestClient
from xdist.scheduler import LoadScopeScheduling

from app import migrations
from app.accounts import passwords
from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.signed_in import COOKIE_KEY
from app.audit.protection import protect
from app.audit.service import Actor
from app.database import Database, open_database
from app.demonstration import service as demonstration
from app.main import create_app
from app.organisation import service as organisations
from app.settings import Settings

hypothesis.settings.register_profile("default", deadline=None, max_examples=60)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

SECRET = "the tests' own secret, which signs nothing outside them"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("database")
        engines = ("sqlite",) if marked is None else marked.args or ("sqlite", "postgresql")
        metafunc.parametrize("engine_name", engines, indirect=True)


class BrowserOnOneWorker(LoadScopeScheduling):
    """All browser tests to one worker, each other test to whoever is free.

    Written out since marking a group has no effect with pytest 9.2 (pytest-xdist issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BrowserOnOneWorker | None:
    return BrowserOnOneWorker(config, log) if config.getvalue("dist") == "loadgroup" else None


def absent(what: str) -> NoReturn:
    """Skip with the reason; with REQUIRE_ALL=1 nothing may be absent."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)


# -- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address (libpq keywords) of a server on which databases may be created."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.replace("postgresql+psycopg://", "postgresql://")
        return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not binaries:
        absent("无 PostgreSQL：没有 TEST_DATABASE_URL，也没有 /usr/lib/postgresql")
    yield from own_server(binaries[-1])


def own_server(binaries: Path) -> Iterator[str]:
    """A server of our own. As root it runs as the system's postgres user, who must own and reach its folder."""
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="sanzhong-pg-", dir="/tmp"))
    if as_postgres:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, log = folder / "data", folder / "log"
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200"
    try:
        for program, words in (
            ("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]),
            ("pg_ctl", ["-D", data, "-l", log, "-o", options, "-w", "start"]),
        ):
            line = [*as_postgres, str(binaries / program), *map(str, words)]
            subprocess.run(line, check=True, capture_output=True, cwd=folder)
        process = int((data / "postmaster.pid").read_text().splitlines()[0])
        try:
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            os.kill(process, signal.SIGINT)  # fast shutdown
            wait_until(lambda: not (data / "postmaster.pid").exists(), seconds=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(is_done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_done() and time.monotonic() < end:
        time.sleep(0.02)


def free_address() -> tuple[str, int]:
    """A loopback address at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address: tuple[str, int] = probe.getsockname()
    return address


def sqlalchemy_url(server: str, name: str) -> str:
    """The SQLAlchemy address of one database on a server."""
    known = {key: value for key, value in psycopg.conninfo.conninfo_to_dict(server, dbname=name).items() if value}
    query = "&".join(f"{key}={value}" for key, value in known.items() if key != "dbname")
    return f"postgresql+psycopg:///{name}?{query}"


NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """The name of a database that has all tables and nothing in them."""
    with postgresql_copy(postgresql_server, "template0") as url:
        make_tables(Database(url))
        yield str(make_url(url).database)


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """A database of this test's own with all tables."""
    with postgresql_copy(postgresql_server, postgresql_template) as url:
        yield url


@contextmanager
def postgresql_copy(server: str, template: str) -> Iterator[str]:
    """The address of a database of one's own, a copy of `template`; dropped afterwards unless its server goes too."""
    name = f"sanzhong_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    try:
        yield sqlalchemy_url(server, name)
    finally:
        if os.environ.get("TEST_DATABASE_URL"):
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# -- passwords --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """argon2 with little work: 1 ms instead of 155. The test of its timing puts the real one back."""
    real = passwords.HASHER
    passwords.HASHER = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1),))
    yield
    passwords.HASHER = real


# -- settings and database --------------------------------------------------------------------------------------------


def make_tables(database: Database) -> None:
    """Today's tables straight from the models; that the migrations make the same ones is a test of theirs."""
    engine = migrations.migration_engine(database)
    with engine.begin() as connection:
        migrations.all_tables().create_all(connection)
        protect(connection)
        # Named as up to date, so that a command under test upgrades nothing.
        scripts = ScriptDirectory.from_config(migrations.configuration())
        MigrationContext.configure(connection).stamp(scripts, migrations.newest())
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has all tables."""
    path = tmp_path_factory.mktemp("template") / "sanzhong.sqlite"
    make_tables(Database(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def demo_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the demo loaded, to be copied and never changed.

    Loading takes its time: of several workers the first one loads and the others take what it made.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    loaded = shared / "demo-home"
    with (shared / "demo-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not loaded.exists():
            draft = tmp_path_factory.mktemp("demo") / "home"
            draft.mkdir()
            shutil.copyfile(sqlite_template, draft / "sanzhong.sqlite")
            settings = Settings(home=draft, database_url=None, secret=SECRET)
            database = open_database(settings)
            assert demonstration.load(database, settings)
            database.close()
            draft.rename(loaded)
    return loaded


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """sqlite or postgresql."""
    name: str = getattr(request, "param", "sqlite")
    return name


@pytest.fixture
def settings(tmp_path: Path, engine_name: str, sqlite_template: Path, request: pytest.FixtureRequest) -> Settings:
    """An installation in a folder of this test's own, its tables made. The environment is not asked."""
    home = tmp_path / "home"
    home.mkdir()
    if engine_name == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        return Settings(home=home, database_url=url, secret=SECRET)
    shutil.copyfile(sqlite_template, home / "sanzhong.sqlite")
    return Settings(home=home, database_url=None, secret=SECRET)


@pytest.fixture
def empty_database(tmp_path: Path, engine_name: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without any table, as before the first start."""
    if engine_name == "sqlite":
        yield Database(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path)
        return
    with postgresql_copy(request.getfixturevalue("postgresql_server"), "template0") as url:
        opened = Database(url, tmp_path)
        yield opened
        opened.close()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The installation's database, with all tables and nothing in them."""
    opened = open_database(settings)
    yield opened
    opened.close()


# -- the API ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """The API on the same database as the `database` fixture."""
    made = create_app(settings)
    yield made
    made.state.database.close()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Nobody signed in."""
    with TestClient(app) as opened:
        yield opened


ClientAs = Callable[..., TestClient]


@pytest.fixture
def client_as(app: FastAPI, settings: Settings) -> Iterator[ClientAs]:
    """`client_as("unit", unit="杨屯镇")`: a client signed in as a new account of that role.

    Further words: name, unit, scope (of a leader), team (of an inspector). The account is in `client.actor`.
    """
    opened: list[TestClient] = []

    def sign_in(role: str, name: str = "", *, unit: str = "", scope: str = "", team: str = "") -> TestClient:
        database: Database = app.state.database
        with database.write() as session:
            account, _ = accounts.add(
                session,
                settings,
                Actor.command(),
                name or f"{accounts.ROLES[role]}{len(opened) + 1}",
                role,
                password=None,
                unit=unit or ("示例单位" if role == "unit" else ""),
                scope=scope or ("county" if role == "leader" else ""),
                team=team or ("督查一组" if role == "inspector" else ""),
            )
        return sign_in_account(account)

    def sign_in_account(account: Account) -> TestClient:
        with app.state.database.write() as session:
            token, actor = accounts.open_session(session, settings, account, datetime.now(UTC), {})
        client = TestClient(app)
        client.cookies.set("sanzhong", signed_cookie(settings, {COOKIE_KEY: token}))
        client.actor = actor  # type: ignore[attr-defined]
        client.__enter__()
        opened.append(client)
        return client

    yield sign_in
    for client in opened:
        client.__exit__(None, None, None)


def signed_cookie(settings: Settings, content: dict[str, str]) -> str:
    """What Starlette's SessionMiddleware would set."""
    signer = itsdangerous.TimestampSigner(settings.secret_key())
    return signer.sign(b64encode(json.dumps(content).encode())).decode()


@pytest.fixture
def county(database: Database) -> int:
    """The id of an organisation for tests that need one."""
    with database.write() as session:
        organisation = organisations.the_only(session)
    assert organisation.id is not None
    return organisation.id
