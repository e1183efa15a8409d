"""Fixtures shared by all tests: a database of its own for each test, and somebody signed in.

A test marked `database` runs on SQLite and on PostgreSQL (`database("postgresql")`: there alone), any other on SQLite.
With TEST_ENGINE=postgresql (`make test-postgresql`) everything runs on PostgreSQL, except what is marked `sqlite` with
the reason why it is about SQLite itself; a test asks `new_installation` for its installation and need not know.
Tables are made once a session and copied per test (tests/installations.py). PostgreSQL: TEST_DATABASE_URL, or a server
of our own on a temporary folder and a unix socket, started when first asked for and stopped by its own process id;
neither: skipped with the reason, or failed with REQUIRE_ALL=1.
"""

import gc
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
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import itsdangerous
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient
from xdist.scheduler import LoadScopeScheduling

from app.accounts import passwords
from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.signed_in import COOKIE_KEY
from app.audit.service import Actor
from app.database import Database, open_database
from app.main import create_app
from app.organisation import service as organisations
from app.settings import Settings
from tests import compiling
from tests.installations import DEMO, NOTHING, SECRET, TABLES, Beginning, NewInstallation, Templates

__all__ = ["SECRET"]  # for tests that make settings of their own

hypothesis.settings.register_profile("default", deadline=None, max_examples=60)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

MEMORY = Path("/dev/shm")
ROOM_BYTES = 6 * 1024**3

ENGINE = os.environ.get("TEST_ENGINE", "sqlite")  # of every test that does not name its own


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("database")
        engines = (ENGINE,) if marked is None else marked.args or ("sqlite", "postgresql")
        if ENGINE == "postgresql" and not metafunc.definition.get_closest_marker("sqlite"):
            engines = tuple(name for name in engines if name == ENGINE) or engines
        metafunc.parametrize("engine_name", engines, indirect=True)


def pytest_configure() -> None:
    """Temporary folders lie in memory where there is room for them: making a thousand databases wears out a disk."""
    if has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def has_room(folder: Path) -> bool:
    """Whether a whole run fits in beside what else the machine does, and programs may be started there."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize > ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: the garbage collector need not go through it again and again.

    Six thousand tests, pandas, Dash and the ORM are a million objects; looking through them took a third of all time.
    """
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        number_of_tests = Counter(ByModule.of(item.nodeid) for item in items)
        items.sort(key=lambda i: (not i.nodeid.startswith(LONGEST_FIRST), -number_of_tests[ByModule.of(i.nodeid)]))
    if ENGINE == "sqlite":
        return
    for item in items:
        marked = item.get_closest_marker("sqlite")
        if marked is not None:
            item.add_marker(pytest.mark.skip(reason=f"SQLite自身的事：{marked.args[0]}"))


class ByModule(LoadScopeScheduling):
    """A module's tests to one worker, which makes what they share (a server, a browser, the demo's boards) once.

    Modules that take longest go first, so that no worker is left with one at the end; the rest by the number of their
    tests. Browser modules go to every worker: each has a server, a port and a browser of its own.
    """

    @staticmethod
    def of(nodeid: str) -> str:
        return nodeid.partition("::")[0]

    def _split_scope(self, nodeid: str) -> str:
        return self.of(nodeid)


LONGEST_FIRST = (
    "tests/browser/",
    "tests/app/test_ranking_workbook",
    "tests/app/test_receipts_by_hand",
    "tests/app/test_kill9",
    "tests/demo/",
    "tests/scoring/test_reference_agrees",
    "tests/scoring/test_properties",
    "tests/backtest/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule | None:
    if config.getvalue("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # the order is ours, see pytest_collection_modifyitems
    return ByModule(config, log)


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
    """A server of our own. As root it runs as the system's postgres user, who must own and reach its folder.

    It sorts text as Chinese dictionaries do, where it can (15 and later): a product that left its order to the server
    would show names otherwise than on SQLite.
    """
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    # A short path: a unix socket's has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="sanzhong-pg-", dir=MEMORY if has_room(MEMORY) else "/tmp"))
    if as_postgres:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, log = folder / "data", folder / "log"
    is_chinese = int(binaries.parent.name) >= 15
    sorting = ["--locale-provider=icu", "--icu-locale=zh-Hans-CN"] if is_chinese else []
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200"
    try:
        for program, words in (
            (
                "initdb",
                ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", *sorting, "--no-sync"],
            ),
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


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    with compiling.shared():
        yield


# -- passwords --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """argon2 with little work: 1 ms instead of 155. The test of its timing puts the real one back."""
    real = passwords.HASHER
    passwords.HASHER = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1),))
    yield
    passwords.HASHER = real


# -- settings and database --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """What installations are copied from, made when first asked for."""
    made = Templates(tmp_path_factory, lambda: request.getfixturevalue("postgresql_server"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def new_installation(templates: Templates) -> NewInstallation:
    """`new_installation(home)`, `(home, DEMO)`: an installation of a test's or a module's own, on today's engine."""
    return partial(templates.copy, ENGINE)


@pytest.fixture(scope="session")
def sqlite_template(templates: Templates) -> Path:
    """A SQLite file that has all tables, for what is about SQLite itself."""
    return templates.copied_from("sqlite", TABLES) / "sanzhong.sqlite"


@pytest.fixture(scope="session")
def demo_home(templates: Templates) -> Path:
    """A home folder with the demo in SQLite, to be copied and never changed."""
    return templates.copied_from("sqlite", DEMO)


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """sqlite or postgresql."""
    name: str = getattr(request, "param", ENGINE)
    return name


@pytest.fixture
def beginning() -> Beginning:
    """What the installation begins with: its tables, unless a module says otherwise."""
    return TABLES


@pytest.fixture
def settings(tmp_path: Path, engine_name: str, beginning: Beginning, templates: Templates) -> Iterator[Settings]:
    """An installation in a folder of this test's own. The environment is not asked."""
    made = templates.copy(engine_name, tmp_path / "home", beginning)
    yield made
    templates.forget(made)


@pytest.fixture
def empty_database(tmp_path: Path, engine_name: str, templates: Templates) -> Iterator[Database]:
    """A database without any table, as before the first start."""
    settings = templates.copy(engine_name, tmp_path, NOTHING)
    opened = Database(settings.url(), tmp_path)
    yield opened
    opened.close()
    templates.forget(settings)


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


def signed_cookie(settings: Settings, content: Any) -> str:
    """What Starlette's SessionMiddleware would set."""
    signer = itsdangerous.TimestampSigner(settings.secret_key())
    return signer.sign(b64encode(json.dumps(content).encode())).decode()


@pytest.fixture
def county_id(database: Database) -> int:
    """The id of an organisation for tests that need one."""
    with database.write() as session:
        organisation = organisations.the_only(session)
    assert organisation.id is not None
    return organisation.id
