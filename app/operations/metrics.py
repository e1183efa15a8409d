"""What a monitor may read of an installation (运行指标), in the Prometheus text format and without personal data.

Counters grow in the process that serves; with several processes (`serve --workers N`) they are kept in files named by
PROMETHEUS_MULTIPROC_DIR, which `share_between_processes` sets before the processes start, and are added up at each
reading. What concerns the installation as a whole is read when asked for.
Source: the Prometheus exposition format; prometheus_client's multiprocess mode.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from sqlmodel import Session, text

from app.database import Database

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ELSEWHERE = "(其他)"  # for an address or method that no route knows: never its text, which anybody may invent

requests = Counter("sanzhong_requests", "回答的请求数", ["method", "route", "status"])
seconds = Histogram("sanzhong_request_seconds", "回答一个请求用的秒数", ["route"], buckets=SECONDS)


def observe(method: str, route: str | None, status: int, took: float) -> None:
    """Count one answered request. `route` is its template, None where there is none; `took` in seconds."""
    name = route or ELSEWHERE
    requests.labels(method if method in METHODS else ELSEWHERE, name, str(status)).inc()
    seconds.labels(name).observe(took)


def share_between_processes(home: Path) -> None:
    """Before several processes start: an empty folder of their counters under `home`."""
    folder = home / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[FOLDER] = str(folder)


def exposition(database: Database, session: Session) -> bytes:
    """Everything, as a monitor reads it."""
    installation = CollectorRegistry(auto_describe=True)
    installation.register(Installation(database, session))
    served = REGISTRY
    if FOLDER in os.environ:
        served = CollectorRegistry()
        MultiProcessCollector(served)  # type: ignore[no-untyped-call]
    return generate_latest(served) + generate_latest(installation)


class Installation(Collector):
    """What is read when asked for, the same from every process."""

    def __init__(self, database: Database, session: Session) -> None:
        self.database = database
        self.session = session

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield gauge("sanzhong_audit_entries", "操作日志的条数", self.one("SELECT number FROM audit_head"))
        yield gauge("sanzhong_database_bytes", "数据库占用的字节数", database_bytes(self.database, self.session))
        if self.database.home is not None:
            free = shutil.disk_usage(self.database.home).free
            yield gauge("sanzhong_disk_free_bytes", "数据所在磁盘的剩余字节数", free)

    def one(self, query: str) -> int:
        return int(self.session.connection().execute(text(query)).scalar_one())


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value)


def database_bytes(database: Database, session: Session) -> int:
    """On disk: the file with its write-ahead log, or what the server says of its database."""
    if database.is_sqlite:
        files = (database.path, database.path.with_name(f"{database.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    size = session.connection().execute(text("SELECT pg_database_size(current_database())"))
    return int(size.scalar_one())
