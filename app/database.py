"""The database (数据库): one write path, one read path, on SQLite and on PostgreSQL.

Source: DESIGN §3, TECH §5. Sessions are synchronous; FastAPI runs `def` routes in threads.

- SQLite: WAL; a write transaction is BEGIN IMMEDIATE (the default mode loses updates without an error); readers have
  their own connections, which cannot write and see one state throughout. `synchronous=FULL`: what was answered as done
  survives a power cut, and an open transaction of a killed process never shows.
- PostgreSQL: writers READ COMMITTED, locking rows they read to change (`with_for_update`); readers REPEATABLE READ,
  read only. Text is sorted in Python, by code point as SQLite does: the order must not hang on the server's locale.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from app.errors import Busy, Conflict, Malformed
from app.settings import Settings

BUSY_TIMEOUT_MS = 15_000
BUSY = "数据库正在写入别的内容，这一次没有保存，请稍后再试。"
IN_THE_WAY = ("55P03", "40P01", "40001")  # PostgreSQL: lock not available, deadlock, serialization failure
AFTER_COMMIT = "after_commit"
MOVED = "moved-to-postgresql.json"  # in SANZHONG_HOME: this installation goes on in PostgreSQL (app/moving)

log = logging.getLogger(__name__)


class Database:
    """Two ways into one database. Nothing is opened before the first `read()` or `write()`."""

    def __init__(self, url: str, home: Path | None = None) -> None:
        """`home` holds the files beside the database: lock, backups, the trail's outside head."""
        self.url = make_url(url)
        self.home = home
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if not self.url.database or self.url.database == ":memory:":
                raise ValueError("SQLite needs a file: readers and writers have separate connections")
            self._writer = sqlite_engine(self.path, foreign_keys=True)
            self._reader = sqlite_engine(self.path, foreign_keys=True, query_only=True)
        else:
            self._writer = create_engine(
                self.url, pool_size=10, max_overflow=40, pool_pre_ping=True, connect_args=postgresql_words(self.url)
            )
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for engine in (self._writer, self._reader):
            event.listen(engine, "handle_error", _refuse_unstorable)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception.

        On SQLite it holds the one write lock from the start, so what it reads stays true until it ends. Never open a
        second `write()` inside. `wait=False` raises Busy at once where another writer is in the way (SQLite: any;
        PostgreSQL: one that holds the same row); with it, that comes after `BUSY_TIMEOUT_MS`.
        """
        with Session(self._writer, expire_on_commit=False, info={"home": self.home}) as session:
            try:
                with session.begin():
                    self._begin(session, wait=wait)
                    yield session
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", "") not in IN_THE_WAY:
                    raise
                raise Busy(BUSY) from error
            for name, act in session.info.pop(AFTER_COMMIT, {}).items():
                try:
                    act()
                except OSError:  # the transaction stands; what is kept beside it follows with the next one
                    log.exception("after-commit act failed", extra={"act": name})

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent, read-only view; writing through it fails."""
        with (
            Session(self._reader, expire_on_commit=False, autoflush=False, info={"home": self.home}) as session,
            session.begin(),
        ):
            yield session

    def _begin(self, session: Session, *, wait: bool) -> None:
        try:
            session.connection(execution_options={"wait": wait})  # emits BEGIN IMMEDIATE on SQLite
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            raise Busy(BUSY) from error
        if not self.is_sqlite and not wait:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = 1")
        if self.is_sqlite and self.home is not None and (self.home / MOVED).exists():  # asked under the lock
            raise Busy(
                "数据已经迁到 PostgreSQL，这里还连着原来的库，只能查看，没有保存。"
                "请系统管理员设好 SANZHONG_DATABASE_URL 后重新启动平台。"
            )

    def close(self) -> None:
        """Give every connection back; the database may be used again afterwards."""
        self._writer.dispose()
        self._reader.dispose()


def _refuse_unstorable(trouble: ExceptionContext) -> None:
    """A number, instant or text that the engine cannot hold was sent to us: the sender's mistake, not ours.

    Numbers beyond 64 bits (SQLite: OverflowError) or beyond the column (PostgreSQL: DataError), instants that leave
    the calendar in UTC, half a character. Each engine says it in its own way; here it becomes one sentence.
    """
    error = trouble.original_exception
    if isinstance(error, OverflowError | UnicodeEncodeError) or isinstance(trouble.sqlalchemy_exception, DataError):
        raise Malformed("提交的内容里有存不下的数字、日期或字符，请改正后重试。") from error


def open_database(settings: Settings) -> Database:
    """The installation's database. Creates `home`; opens no connection yet."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Database(settings.url(), settings.home)


@contextmanager
def unless_taken(session: Session, sentence: str) -> Iterator[None]:
    """What is added inside goes to the database at its end; Conflict (`sentence`) when it is there already.

    For what must be unique but is guarded by no lock: of two who looked at once and both found nothing, one is told.
    """
    try:
        yield
        session.flush()
    except IntegrityError as error:
        if not is_taken(error):
            raise
        raise Conflict(sentence) from error


def is_taken(error: IntegrityError) -> bool:
    """Whether something unique is there already, rather than any other constraint broken."""
    name = getattr(error.orig, "sqlite_errorname", "")
    return getattr(error.orig, "sqlstate", "") == "23505" or name.endswith(("_UNIQUE", "_PRIMARYKEY"))


def postgresql_words(url: URL) -> dict[str, str]:
    """How we speak to a server: UTF-8 whatever its default (SQL_ASCII would hand back bytes), and no longer patience
    with a lock than SQLite has; then nothing is stored and it is said (503)."""
    given = url.query.get("options", "")
    options = [*([given] if isinstance(given, str) else given), f"-c lock_timeout={BUSY_TIMEOUT_MS}"]
    return {"client_encoding": "utf8", "options": " ".join(filter(None, options))}


def after_commit(session: Session, name: str, act: Callable[[], None]) -> None:
    """Run `act` once the session's `write()` has committed; a later act of the same name replaces an earlier one."""
    session.info.setdefault(AFTER_COMMIT, {})[name] = act


def sqlite_engine(path: Path, *, foreign_keys: bool, query_only: bool = False, **options: Any) -> Engine:
    """An engine whose transactions begin at once (readers: deferred) and whose connections carry our pragmas."""
    options = {"pool_size": 10, "max_overflow": 40} | options
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}, **options
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `begin` below does
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA recursive_triggers=ON")  # INSERT OR REPLACE must not slip past delete triggers
        if query_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if query_only:
            connection.exec_driver_sql("BEGIN")
            return
        patience = BUSY_TIMEOUT_MS if connection.get_execution_options().get("wait", True) else 0
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
