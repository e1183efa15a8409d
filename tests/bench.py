"""`make bench` (python -m tests.bench): what the product costs against the least that gives the same (量一量).

Every line is a ratio of two programs run in turn in one run, so that a busy machine slows both. A line is one function
marked `@line`; it yields one or more `Line`s. Words on the command line choose the functions whose names hold them.
"""

import http.client
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from scoring import batch, facts, periods, ranking, rulebook
from scoring.assessment import Assessed
from scoring.batch import Months
from scoring.rulebook import RuleBook

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_BOOK = ROOT / "data" / "rulebooks" / "county-default.toml"
PROGRAMME = "2023"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `limit` is what the ratio is held to (≤ 1.5, ≥ 0.7); empty where it is only shown."""

    what: str
    ours: str
    theirs: str
    ratio: float
    limit: str = ""

    @property
    def is_kept(self) -> bool:
        if not self.limit:
            return True
        sign, bound = self.limit.split()
        return self.ratio <= float(bound) if sign == "≤" else self.ratio >= float(bound)


LINES: list[Callable[[], Iterator[Line]]] = []


def line(measure: Callable[[], Iterator[Line]]) -> Callable[[], Iterator[Line]]:
    LINES.append(measure)
    return measure


def in_turn(
    *programs: Callable[[], object], rounds: int, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """The median seconds of each program, each run once in every round."""
    taken: list[list[float]] = [[] for _ in programs]
    for _ in range(rounds):
        for program, times in zip(programs, taken, strict=True):
            start = clock()
            program()
            times.append(clock() - start)
    return [statistics.median(times) for times in taken]


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms"


# ---- the demo -------------------------------------------------------------------------------------------------------


@cache
def demo_home() -> Path:
    """A home folder with the demo loaded; made once a run, removed at its end."""
    import atexit

    from app import migrations
    from app.database import open_database
    from app.demonstration import service as demonstration
    from app.settings import Settings

    home = Path(tempfile.mkdtemp(prefix="sanzhong-bench-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    settings = Settings(home=home, database_url=None)
    settings.secret_key()
    with closing(open_database(settings)) as database:
        migrations.upgrade(database)
        demonstration.load(database, settings)
    return home


@cache
def demo_facts() -> facts.Programme:
    from app.database import open_database
    from app.programmes import service as programmes
    from app.settings import Settings
    from app.standings import service as standings

    with closing(open_database(Settings(home=demo_home(), database_url=None))) as database, database.read() as session:
        return standings.facts(session, programmes.get(session, PROGRAMME), f"{PROGRAMME}-12")


@cache
def book() -> RuleBook:
    return rulebook.parse(DEFAULT_BOOK.read_text(encoding="utf-8"))


# ---- scoring --------------------------------------------------------------------------------------------------------


def least_numpy(months: Months) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The least NumPy that gives the year board of the shipped book from the same arrays: quarters, finals, both ranks.

    One policy of each kind, no checks, and ratios in floats: what one would write who trusts 53 bits with a promotion.
    """
    scores = months.scores
    is_scored = scores >= 0
    points = np.where(is_scored, scores, 0)
    sums = points[:, 0::3] + points[:, 1::3] + points[:, 2::3]
    counts = is_scored[:, 0::3].astype(np.int64) + is_scored[:, 1::3] + is_scored[:, 2::3]
    quarters = np.where(counts > 0, (2 * sums + counts) // np.maximum(2 * counts, 1), -1)
    weights = (quarters >= 0) * np.array([0, 2, 3, 5])
    whole = weights.sum(axis=1)
    finals = np.where(whole > 0, (2 * (weights * quarters).sum(axis=1) + whole) // np.maximum(2 * whole, 1), -1)
    minimum = min(3, int(months.committed[3:].sum()))
    ranked = np.flatnonzero((finals >= 0) & (counts[:, 1:].sum(axis=1) >= minimum))

    ratios = months.ratio_numerators[ranked] / months.ratio_denominators[ranked]
    order = np.lexsort((-ratios, -finals[ranked]))
    ordered = ranked[order]
    places = np.arange(len(order))
    is_new = np.ones(len(order), bool)
    is_new[1:] = (np.diff(finals[ordered]) != 0) | (np.diff(ratios[order]) != 0)
    standing = np.maximum.accumulate(np.where(is_new, places, 0))
    overall = np.zeros(len(scores), np.int64)
    overall[ordered] = standing + 1
    by_group = np.argsort(months.groups[ordered], kind="stable")
    groups, standing = months.groups[ordered][by_group], standing[by_group]
    starts = np.ones(len(order), bool)
    starts[1:] = np.diff(groups) != 0
    is_new = starts.copy()
    is_new[1:] |= np.diff(standing) != 0
    ranks = np.zeros(len(scores), np.int64)
    ranks[ordered[by_group]] = np.maximum.accumulate(np.where(is_new, places, 0)) + 1
    ranks[ordered[by_group]] -= np.maximum.accumulate(np.where(starts, places, 0))
    return quarters, finals, ranks, overall


def many_months(projects: int) -> Months:
    """A province's worth: gaps, full marks, shared scores and shared ratios, drawn from one seed."""
    chance = np.random.default_rng(2023)
    scores = chance.integers(4000, 10001, (projects, 12))
    scores[chance.random((projects, 12)) < 0.05] = batch.NO_SCORE
    scores[chance.random(projects) < 0.2] = batch.FULL
    annual, month = chance.integers(1, 2000, projects) * 5000, chance.integers(1, 13, projects)
    done = annual * chance.integers(0, 40, projects) // 20
    is_absent = chance.random(projects) < 0.1
    return Months(
        scores=scores,
        is_excused=np.zeros((projects, 12), np.bool_),
        by_completion=np.zeros(projects, np.bool_),
        committed=np.ones(12, np.bool_),
        groups=chance.integers(0, 6, projects),
        ratio_numerators=np.where(is_absent, 1, 12 * done),
        ratio_denominators=np.where(is_absent, 1, annual * month),
    )


def require_same(months: Months) -> None:
    found = batch.score(book(), months, periods.parse(PROGRAMME))
    ours = (found.quarters, found.scores, found.ranks, found.overall_ranks)
    for one, other in zip(ours, least_numpy(months), strict=True):
        assert np.array_equal(one, other), "the two programs disagree: their times say nothing"


@line
def many_projects() -> Iterator[Line]:
    months, year = many_months(375_000), periods.parse(PROGRAMME)
    require_same(months)
    ours, least = in_turn(lambda: batch.score(book(), months, year), lambda: least_numpy(months), rounds=7)
    what = "375,000个项目×12个月批量计分、排名／最小NumPy程序"
    yield Line(what, milliseconds(ours), milliseconds(least), ours / least, "≤ 1.5")


@line
def one_county() -> Iterator[Line]:
    known, year = demo_facts(), periods.parse(PROGRAMME)
    months = batch.from_assessed(Assessed(book(), known), year)
    require_same(months)
    database = demo_home() / "sanzhong.sqlite"

    def read() -> list[Any]:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("SELECT * FROM inspection_revisions").fetchall()

    explained, whole, least, stored = in_turn(
        lambda: ranking.board(book(), known, year),
        lambda: batch.score(book(), months, year),
        lambda: least_numpy(months),
        read,
        rounds=15,
    )
    what = f"{len(months.scores)}个项目年度"
    yield Line(f"{what}批量计分、排名／最小NumPy程序", milliseconds(whole), milliseconds(least), whole / least)
    yield Line(
        f"{what}计分、排名并逐项说明／最小NumPy程序", milliseconds(explained), milliseconds(least), explained / least
    )
    yield Line(
        f"{what}计分、排名并逐项说明／从SQLite读出原始记录",
        milliseconds(explained),
        milliseconds(stored),
        explained / stored,
    )


# ---- the API --------------------------------------------------------------------------------------------------------

STANDINGS = f"/api/standings?programme={PROGRAMME}&period={PROGRAMME}"
SAME_BYTES = "/bench/same"
BARE = "/bench/bare"


def serve_api(home: Path, port: int, content: bytes) -> None:
    """The API, with a route beside it that returns the same bytes behind the same sign-in."""
    import uvicorn
    from fastapi import Response

    from app.accounts.signed_in import ActorDep
    from app.main import create_app
    from app.settings import Settings

    logging.disable(logging.WARNING)
    app = create_app(Settings(home=home, database_url=None))

    @app.get(SAME_BYTES)
    def same(actor: ActorDep) -> Response:
        return Response(content, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


def serve_bare(port: int, content: bytes) -> None:
    """FastAPI with one route and nothing around it."""
    import uvicorn
    from fastapi import FastAPI, Response

    app = FastAPI()

    @app.get(BARE)
    def bare() -> Response:
        return Response(content, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None)


@contextmanager
def running(target: Callable[..., None], *arguments: Any) -> Iterator[http.client.HTTPConnection]:
    """A server process of our own and a connection kept open to it."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=target, args=_with_port(arguments, port))
    process.start()
    assert process.pid is not None
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        _connect(connection)
        yield connection
        connection.close()
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.join()


PORT = object()


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
    from base64 import b64encode
    from datetime import UTC, datetime
    from json import dumps

    import itsdangerous
    from sqlmodel import select

    from app.accounts import service as accounts
    from app.accounts.models import Account
    from app.accounts.signed_in import COOKIE_KEY
    from app.database import open_database
    from app.settings import Settings

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


@line
def standings_api() -> Iterator[Line]:
    """Requests per second of a kept board, one connection; the answer is asked for without compression.

    One request of each in every round, so that whatever else the machine does meets all three alike.
    """
    home = demo_home()
    cookie = signed_in(home)
    with running(serve_api, home, PORT, b"{}") as connection:
        content = ask(connection, STANDINGS, cookie)
    with (
        running(serve_api, home, PORT, content) as api,
        running(serve_bare, PORT, content) as bare,
    ):
        assert ask(api, STANDINGS, cookie) == ask(api, SAME_BYTES, cookie) == ask(bare, BARE, {})
        ours, same, least = in_turn(
            lambda: ask(api, STANDINGS, cookie),
            lambda: ask(api, SAME_BYTES, cookie),
            lambda: ask(bare, BARE, {}),
            rounds=500,
            clock=time.perf_counter,
        )
    rates = [f"{1 / seconds:.0f} 次/秒" for seconds in (ours, same, least)]
    yield Line("排名接口／同样登录下返回同样字节的路由", rates[0], rates[1], same / ours, "≥ 0.7")
    yield Line("排名接口／不登录、没有中间层的空路由", rates[0], rates[2], least / ours)


# ---- the table ------------------------------------------------------------------------------------------------------


def main(words: list[str]) -> int:
    """Print every line asked for as soon as it is measured; 1 when one is outside its limit."""
    is_kept = True
    print(f"{'比值':>8}  {'要求':8}{'本平台':>14}{'对照':>14}  项目")
    for measure in LINES:
        if words and not any(word in measure.__name__ for word in words):
            continue
        for one in measure():
            mark = "" if one.is_kept else "  ← 未达到"
            print(f"{one.ratio:8.2f}  {one.limit:8}{one.ours:>14}{one.theirs:>14}  {one.what}{mark}", flush=True)
            is_kept &= one.is_kept
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
