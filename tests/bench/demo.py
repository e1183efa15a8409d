"""The demo as every line meets it: its home folder, a server over it, somebody signed in (演示数据与服务)."""

import atexit
import http.client
import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from json import dumps
from pathlib import Path
from typing import Any

import itsdangerous
from sqlmodel import select

from app import migrations
from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.signed_in import COOKIE_KEY
from app.database import open_database
from app.demonstration import service as demonstration
from app.settings import Settings
from tests.recovery import fill

PROGRAMME = "2023"
PORT = object()  # where a server's arguments name this, its port is put


@cache
def demo_home(earlier_years: int = 0) -> Path:
    """A home folder with the demo loaded, after so many earlier years; made once a run, removed at its end."""

    home = Path(tempfile.mkdtemp(prefix="sanzhong-bench-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    settings = Settings(home=home, database_url=None)
    settings.secret_key()
    with closing(open_database(settings)) as database:
        migrations.upgrade(database)
        fill(database, earlier_years, until=int(PROGRAMME))
        demonstration.load(database, settings)
    return home


class Served(http.client.HTTPConnection):
    """A connection that knows the server's process."""

    process_id: int


@contextmanager
def running(target: Callable[..., None], *arguments: Any) -> Iterator["Served"]:
    """A server process of our own and a connection kept open to it."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=target, args=_with_port(arguments, port))
    process.start()
    assert process.pid is not None
    try:
        connection = Served("127.0.0.1", port, timeout=60)
        connection.process_id = process.pid
        _connect(connection)
        yield connection
        connection.close()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.join()


def _with_port(arguments: tuple[Any, ...], port: int) -> tuple[Any, ...]:
    return tuple(port if one is PORT else one for one in arguments)


def _connect(connection: http.client.HTTPConnection) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            connection.connect()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < end, "the server did not start within a minute"
            time.sleep(0.1)


def signed_in(home: Path) -> dict[str, str]:
    """The cookie of an office account of the demo."""
    settings = Settings(home=home, database_url=None)
    with closing(open_database(settings)) as database, database.write() as session:
        account = session.exec(select(Account).where(Account.role == "office")).first()
        assert account is not None
        token, _ = accounts.open_session(session, settings, account, datetime.now(UTC), {})
    signer = itsdangerous.TimestampSigner(settings.secret_key())
    return {"Cookie": f"sanzhong={signer.sign(b64encode(dumps({COOKIE_KEY: token}).encode())).decode()}"}


def ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, f"{path}: {answer.status} {content[:200]!r}"
    return content
