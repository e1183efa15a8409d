"""Scoring against the least NumPy that gives the same (批量计分)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from app.database import open_database
from app.programmes import service as programmes
from app.settings import Settings
from app.standings import service as standings
from scoring import batch, facts, periods, ranking, rulebook
from scoring.assessment import Assessed
from scoring.batch import Months
from scoring.rulebook import RuleBook
from tests.bench.demo import PROGRAMME, demo_home
from tests.bench.lines import Line, in_turn, line, milliseconds

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_BOOK = ROOT / "data" / "rulebooks" / "county-default.toml"


@cache
def demo_facts() -> facts.Programme:
    with closing(open_database(Settings(home=demo_home(), database_url=None))) as database, database.read() as session:
        return standings.facts(session, programmes.get(session, PROGRAMME), f"{PROGRAMME}-12")


@cache
def book() -> RuleBook:
    return rulebook.parse(DEFAULT_BOOK.read_text(encoding="utf-8"))


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
