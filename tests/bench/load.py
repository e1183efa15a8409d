"""Viewers reading while a month's sheet is committed and undone (负载): errors, stale answers, waiting, memory.

`make bench` runs 50 viewers for 60 s; `python -m tests.bench.load --viewers 300 --seconds 300` prints the table for
docs/负载.md, with `--earlier-years 10` for a county that has used it for so long. Each viewer opens what the pages
分级排名, 风险预警 and 项目档案 ask for, one request after the other with a second's thought between, drawn from one
seed. Whether an answer is stale is told from its bytes: the board before the commit and the board after it are known,
and a request begun after the commit was answered must bring the second.
"""

import argparse
import asyncio
import json
import logging
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.bench.demo import PORT, PROGRAMME, demo_home, running, signed_in
from tests.bench.lines import Line, line, milliseconds
from tests.bench.sheets import NOVEMBER

THOUGHT_SECONDS = 1.0  # between two requests of one viewer, on average
IDLE_SECONDS = 20.0
PAUSE_SECONDS = 3.0  # between the writer's acts: so long that answers come between whose freshness is certain
WATCHED = f"/api/standings?programme={PROGRAMME}&period={PROGRAMME}Q4"
OTHERS = (
    "/",
    f"/api/standings?programme={PROGRAMME}&period={PROGRAMME}-10",
    f"/api/alerts?programme={PROGRAMME}&month={PROGRAMME}-10",
    f"/api/projects?programme={PROGRAMME}",
    f"/api/changes?programme={PROGRAMME}&since=0",
    "/api/projects/{project}",
    f"/api/projects/{{project}}/receipt?period={PROGRAMME}-10",
)


def serve_all(home: Path, port: int) -> None:
    """The whole server, screen and all."""
    import uvicorn

    from app.cli import SERVING
    from app.settings import Settings
    from dashboard.main import create_served

    logging.disable(logging.WARNING)
    server = create_served(Settings(home=home, database_url=None))
    uvicorn.run(server, host="127.0.0.1", port=port, log_config=None, **SERVING)


@dataclass
class Seen:
    """What the viewers met in one stretch of time."""

    seconds: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    watched: int = 0  # answers whose freshness was decided

    def quantile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Board:
    """Which bytes the watched board must have: known while no act is under way, else either."""

    def __init__(self, before: bytes) -> None:
        self.before, self.after = before, b""
        self.epoch = 0  # even: nothing under way; odd: an act is
        self.expected = before

    def begin(self) -> None:
        self.epoch += 1

    def end(self, expected: bytes) -> None:
        self.expected = expected
        self.epoch += 1


class Load:
    """A number of viewers and one writer against one server."""

    def __init__(self, address: str, cookie: dict[str, str], viewers: int, pid: int) -> None:
        self.viewers, self.pid = viewers, pid
        limits = httpx2.Limits(max_connections=viewers + 5, max_keepalive_connections=viewers + 5)
        self.http = httpx2.AsyncClient(
            base_url=address, headers=cookie, limits=limits, timeout=60, trust_env=False, follow_redirects=True
        )
        self.seen = Seen()
        self.acts: list[float] = []  # seconds each commit took, from the form to the answer
        self.memory: list[int] = []  # bytes the server held, every few seconds
        self.board: Board
        self.projects: list[int] = []

    async def prepare(self) -> None:
        """The board before and after the commit, learned once; every address met once, so that nothing is cold."""
        answer = await self.http.get(f"/api/projects?programme={PROGRAMME}")
        self.projects = [row["id"] for row in answer.raise_for_status().json()["rows"]]
        self.board = Board((await self.http.get(WATCHED)).raise_for_status().content)
        upload = await self.commit()
        self.board.after = (await self.http.get(WATCHED)).raise_for_status().content
        await self.revert(upload)
        assert self.board.after != self.board.before
        assert (await self.http.get(WATCHED)).content == self.board.before, "undone is not as before: staleness unknown"
        chance = random.Random(0)
        for _ in range(3 * len(OTHERS)):
            await self.ask(chance, Seen())
        self.acts.clear()

    async def run(self, seconds: float, *, writing: bool) -> Seen:
        self.seen = Seen()
        end = time.perf_counter() + seconds
        tasks = [self.view(number, end) for number in range(self.viewers)] + [self.weigh(end)]
        if writing:
            tasks.append(self.write(end))
        await asyncio.gather(*tasks)
        return self.seen

    async def view(self, number: int, end: float) -> None:
        chance = random.Random(number)
        await asyncio.sleep(chance.random() * THOUGHT_SECONDS)
        while time.perf_counter() < end:
            await self.ask(chance, self.seen)
            await asyncio.sleep(chance.random() * 2 * THOUGHT_SECONDS)

    async def ask(self, chance: random.Random, seen: Seen) -> None:
        is_watched = chance.random() < 0.3
        path = WATCHED if is_watched else chance.choice(OTHERS).format(project=chance.choice(self.projects))
        epoch, start = self.board.epoch, time.perf_counter()
        try:
            answer = await self.http.get(path)
        except httpx2.HTTPError as broken:
            seen.wrong[type(broken).__name__] += 1
            return
        seen.seconds.append(time.perf_counter() - start)
        if answer.status_code != 200:
            seen.wrong[f"{answer.status_code} {path}"] += 1
        elif is_watched:
            self.judge(answer.content, epoch, seen)

    def judge(self, content: bytes, epoch: int, seen: Seen) -> None:
        if content not in (self.board.before, self.board.after):
            seen.wrong["neither board"] += 1
        elif epoch == self.board.epoch and epoch % 2 == 0:
            seen.watched += 1
            seen.stale += content != self.board.expected

    async def write(self, end: float) -> None:
        """Commit, pause, undo, pause, until the time is over; it ends undone."""
        while time.perf_counter() < end:
            self.board.begin()
            upload = await self.commit()
            self.board.end(self.board.after)
            await asyncio.sleep(PAUSE_SECONDS)
            self.board.begin()
            await self.revert(upload)
            self.board.end(self.board.before)
            await asyncio.sleep(PAUSE_SECONDS)

    async def commit(self) -> int:
        start = time.perf_counter()
        form = {"programme": PROGRAMME}
        tried = await self.post("uploads", data=form, files={"file": (NOVEMBER.name, NOVEMBER.read_bytes())})
        number: int = tried["id"]
        while tried["questions"]:
            answers = {question["id"]: question["choices"][0]["value"] for question in tried["questions"]}
            tried = await self.post(f"uploads/{number}/answers", json={"answers": answers})
        await self.post(f"uploads/{number}/commit")
        self.acts.append(time.perf_counter() - start)
        return number

    async def revert(self, upload: int) -> None:
        await self.post(f"uploads/{upload}/revert", json={"reason": "量负载"})

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/api/{path}", **body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    async def weigh(self, end: float) -> None:
        while time.perf_counter() < end:
            self.memory.append(resident_bytes(self.pid))
            await asyncio.sleep(2)


def resident_bytes(pid: int) -> int:
    words = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    [line] = [word for word in words if word.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


@dataclass(frozen=True)
class Measured:
    """One run: idle, then with the writer; memory in bytes when half of the second stretch was over, and at its end."""

    idle: Seen
    busy: Seen
    commits: list[float]
    halfway: int
    last: int


def measure(viewers: int, seconds: float, earlier_years: int = 0) -> Measured:
    home = demo_home(earlier_years)
    cookie = signed_in(home)

    async def both(port: int, pid: int) -> Measured:
        load = Load(f"http://127.0.0.1:{port}", cookie, viewers, pid)
        await load.prepare()
        idle = await load.run(min(IDLE_SECONDS, seconds), writing=False)
        load.memory.clear()
        busy = await load.run(seconds, writing=True)
        await load.http.aclose()
        quarter = max(1, len(load.memory) // 4)
        halves = load.memory[len(load.memory) // 2 :][:quarter], load.memory[-quarter:]
        return Measured(idle, busy, load.acts, max(halves[0]), max(halves[1]))

    with running(serve_all, home, PORT) as connection:
        return asyncio.run(both(connection.port, connection.process_id))


@line
def viewers_while_a_sheet_commits() -> Iterator[Line]:
    found = measure(50, 60)
    busy, idle = found.busy, found.idle
    what = f"50人浏览60秒（{len(busy.seconds)}次请求），同时反复导入、撤销（{len(found.commits)}次）"
    waited, quiet = busy.quantile(0.99), idle.quantile(0.99)
    yield Line(f"{what}：p99／无人写入时的p99", milliseconds(waited), milliseconds(quiet), waited / quiet)
    wrong = sum(busy.wrong.values()) + sum(idle.wrong.values())
    yield Line(f"{what}：出错的回答", str(wrong), "0", wrong, "≤ 0")
    yield Line(f"{what}：过时的回答（判了{busy.watched}个）", str(busy.stale), "0", busy.stale, "≤ 0")
    growth = found.last / found.halfway
    yield Line(f"{what}：内存，末段／中段", megabytes(found.last), megabytes(found.halfway), growth, "≤ 1.1")


def megabytes(size: int) -> str:
    return f"{size / 1024**2:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--earlier-years", type=int, default=0, help="beside the demo: years of 134 projects each")
    given = parser.parse_args()
    found = measure(given.viewers, given.seconds, given.earlier_years)
    print(f"| {given.viewers}人 | 无人写入 | 反复导入、撤销 |\n|---|---|---|")
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("最慢", 1.0)):
        cells = [milliseconds(seen.quantile(share)) for seen in (found.idle, found.busy)]
        print(f"| {name} | {cells[0]} | {cells[1]} |")
    print(f"| 请求数 | {len(found.idle.seconds)} | {len(found.busy.seconds)} |")
    print(f"| 出错 | {sum(found.idle.wrong.values())} | {sum(found.busy.wrong.values())} |")
    print(
        f"| 过时（判了的） | {found.idle.stale}（{found.idle.watched}） | {found.busy.stale}（{found.busy.watched}） |"
    )
    print(f"| 导入次数，最慢 | | {len(found.commits)}，{milliseconds(max(found.commits))} |")
    print(f"| 内存，中段→末段 | | {megabytes(found.halfway)} → {megabytes(found.last)} |")
    if found.busy.wrong or found.idle.wrong:
        print(json.dumps([found.idle.wrong, found.busy.wrong], ensure_ascii=False))


if __name__ == "__main__":
    main()
