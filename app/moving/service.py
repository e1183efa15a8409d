"""From a live SQLite installation to PostgreSQL (迁库): all or nothing, and the same figures afterwards.

Source: DESIGN §3; docs/decisions/0019. The SQLite database is held against writers for as long as it lasts; people go
on reading. On the other side everything (tables, rows, guards of the trail, the comparison) is one transaction:
whatever ends it before its commit leaves an empty database. Afterwards the old installation can be read but not
written, until it is started with the new address.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Integer, LargeBinary, Table, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from app import migrations
from app.audit import protection
from app.audit import service as audit
from app.audit.models import AuditHead
from app.audit.service import Actor
from app.database import MOVED, Database
from app.errors import Refused
from app.maintenance.recomputation import board_digests
from app.settings import Settings
from scoring import periods

OLDEST_SERVER = 140000  # PostgreSQL 14: CREATE OR REPLACE TRIGGER
ROWS_AT_ONCE, FILES_AT_ONCE = 500, 4  # a stored file has up to 5 MB
HEAD = AuditHead.__tablename__

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What stands on both sides now: rows by table, how many boards and months' lights were compared."""

    rows: Mapping[str, int]
    boards: int
    scores: int
    trail: int  # the number of its last entry, which says that it was moved
    trail_hash: str


def move(settings: Settings, address: str, actor: Actor, tell: Tell = lambda _: None) -> Moved:
    """Copy the installation into the empty database at `address` and compare. Refused, naming the cure, when the
    target is not empty or not fit, or when anything differs; both databases are then as they were."""
    source = Database(settings.url(), settings.home)
    target = Database(Settings(home=settings.home, database_url=address, secret=settings.secret).url())
    _require_fit(source, target)
    engine = migrations.migration_engine(target)
    try:
        with source.write() as held, _reached(engine) as connection:
            done = _move(held, connection, actor, tell)
            connection.commit()
            _leave(settings.home, target, done)
    finally:
        engine.dispose()
        source.close()
    return done


def _move(held: Session, connection: Connection, actor: Actor, tell: Tell) -> Moved:
    _require_empty(connection)
    migrations.run(connection)
    protection.release(connection)  # a record that grows only at its end is filled as a whole here
    rows = {}
    for table in migrations.all_tables().sorted_tables:
        rows[table.name] = _copy(held.connection(), connection, table)
    protection.protect(connection)
    tell(f"已复制{len(rows)}张表，共{sum(rows.values())}行，正在核对……")
    _require_guarded(connection)
    with Session(connection, autoflush=False, expire_on_commit=False) as there:
        boards, scores = _compare(held, there, rows)
        detail = {"rows": sum(rows.values()), "boards": boards, "scores": scores}
        entry = audit.append(there, actor, "installation.move", target="PostgreSQL", detail=detail)
        return Moved(rows, boards, scores, entry.number, entry.entry_hash)


# ---- before ---------------------------------------------------------------------------------------------------------


def _require_fit(source: Database, target: Database) -> None:
    if not source.is_sqlite:
        raise Refused("这个安装用的已经是 PostgreSQL（见 SANZHONG_DATABASE_URL），不需要再迁。")
    if target.url.get_backend_name() != "postgresql":
        raise Refused("目标地址写法不对，应如 postgresql://用户:口令@主机/库名，请核对。")


class _reached:
    """The target's one connection, its transaction rolled back unless committed. Refused when it cannot be reached."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        try:
            self._connection = self._engine.connect()
        except OperationalError as error:
            raise Refused(f"连不上目标数据库，请核对地址、用户和口令：{str(error.orig).strip()}") from error
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _require_empty(connection: Connection) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    if version < OLDEST_SERVER:
        raise Refused(f"目标是 PostgreSQL {version // 10000}，本程序需要14以上，请升级后再迁。")
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise Refused(
            f"目标数据库的编码是{encoding}，请用 CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 新建一个。"
        )
    lock = text("SELECT pg_try_advisory_xact_lock(:key)")
    if not connection.execute(lock, {"key": migrations.ADVISORY_LOCK}).scalar_one():
        raise Refused("另一个程序正在建立或升级目标数据库，请等它结束后再试。")
    there = inspect(connection).get_table_names()
    if there:
        raise Refused(f"目标数据库不是空的（已有{len(there)}张表），没有改动。请新建一个空的数据库再迁。")


# ---- copying --------------------------------------------------------------------------------------------------------


def _copy(source: Connection, target: Connection, table: Table) -> int:
    """All rows of a table, in the order of its key, and its sequence set behind the last; how many."""
    copied = 0
    try:
        for rows in _portions(source, table):
            if table.name == HEAD:  # its one row was made with the tables, and may be changed only
                for row in rows:
                    target.execute(table.update().where(table.c.id == row["id"]).values(row))
            else:
                target.execute(table.insert(), rows)
            copied += len(rows)
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError):
            raise
        raise Refused(f"表 {table.name} 里有 PostgreSQL 存不下的内容，没有迁移：{str(error.orig).strip()}") from error
    for column in table.primary_key:
        if isinstance(column.type, Integer) and table.name != HEAD:
            _set_sequence(target, table, column.name)
    return copied


def _portions(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    is_bulky = any(isinstance(column.type, LargeBinary) for column in table.columns)
    found = source.execution_options(yield_per=FILES_AT_ONCE if is_bulky else ROWS_AT_ONCE).execute(
        select(table).order_by(*table.primary_key)
    )
    for portion in found.mappings().partitions():
        yield [dict(row) for row in portion]


def _set_sequence(target: Connection, table: Table, column: str) -> None:
    sequence = target.execute(select(func.pg_get_serial_sequence(table.name, column))).scalar_one()
    last = target.execute(select(func.max(table.c[column]))).scalar_one()
    if sequence is not None and last is not None:
        target.execute(select(func.setval(sequence, last)))


# ---- comparing ------------------------------------------------------------------------------------------------------


def _compare(here: Session, there: Session, rows: Mapping[str, int]) -> tuple[int, int]:
    """How many boards, and how many scores in them, were worked out on both sides and are equal. Refused at the first
    difference."""
    for table in migrations.all_tables().sorted_tables:
        stored = there.connection().execute(select(func.count()).select_from(table)).scalar_one()
        if stored != rows[table.name]:
            raise Refused(f"核对不符：表 {table.name} 原有{rows[table.name]}行，目标有{stored}行。没有迁移。")
    faults = audit.verify(there)
    if faults:
        raise Refused(f"核对不符：{faults[0]}没有迁移。")
    heads = [session.get_one(AuditHead, 1) for session in (here, there)]
    if (heads[0].number, heads[0].entry_hash) != (heads[1].number, heads[1].entry_hash):
        raise Refused("核对不符：操作日志的末条与原库不同。没有迁移。")
    ours, theirs = ({(one.programme, one.period): one for one in board_digests(side)} for side in (here, there))
    for (programme, period), board in ours.items():
        if theirs.get((programme, period)) != board:
            name = f"计划{programme} {periods.parse(period).words}"
            raise Refused(f"核对不符：{name}在两边算出来不同。没有迁移，请联系开发人员。")
    if ours.keys() != theirs.keys():
        raise Refused("核对不符：两边的考核期不同。没有迁移，请联系开发人员。")
    return len(ours), sum(board.scores for board in ours.values())


def _require_guarded(connection: Connection) -> None:
    """Everything that guards the stored record stands on the other side."""
    lacking = protection.missing(connection)
    if lacking:
        raise Refused(f"核对不符：目标库里的防改防删措施没有建起来（{'、'.join(lacking)}）。没有迁移，请联系开发人员。")


# ---- afterwards -----------------------------------------------------------------------------------------------------


def _leave(home: Path, target: Database, done: Moved) -> None:
    """From here on the old database is read only; the trail's outside head is the new one's."""
    place = target.url.set(password=None).render_as_string()
    content = {"moved_at": datetime.now(UTC).isoformat(timespec="seconds"), "to": place, "trail": done.trail}
    draft = home / f"{MOVED}.part"
    draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    draft.replace(home / MOVED)
    audit.write_witness(home, done.trail, done.trail_hash)
