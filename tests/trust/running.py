"""A real server process with the county of roles behind it (运行中的平台), asked as any of its people."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.installations import SECRET
from tests.trust.county_of_roles import Roles

ROOT = Path(__file__).parents[2]
START_SECONDS = 90


@contextmanager
def started(home: Path, *, database_url: str | None = None, workers: int = 1) -> Iterator[str]:
    """`serve` on a free port of the loopback over this home; its address. Stopped by its own process id."""
    address = f"http://127.0.0.1:{free_port()}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANZHONG_")}
    environment |= {"SANZHONG_HOME": str(home), "SANZHONG_SECRET": SECRET}
    if database_url is not None:
        environment["SANZHONG_DATABASE_URL"] = database_url
    words = [sys.executable, "-m", "app", "serve", "--port", address.rpartition(":")[2], "--workers", str(workers)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _await_health(process, address, home / "server.log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_health(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx2.get(f"{address}/api/health", trust_env=False, timeout=START_SECONDS)
            return
        except httpx2.TransportError as unreachable:
            said = log.read_text(encoding="utf-8")[-3000:]
            assert process.poll() is None, f"the server ended by itself:\n{said}"
            assert time.monotonic() < end, f"no answer in {START_SECONDS} s ({unreachable}):\n{said}"
            time.sleep(0.1)  # until somebody listens there is nothing to wait on


class Running:
    """The server over a copy of the county of roles; `roles` is the copy's."""

    def __init__(self, home: Path, address: str, roles: Roles) -> None:
        self.home, self.address, self.roles = home, address, roles
        self.http = httpx2.Client(base_url=address, trust_env=False, timeout=120, follow_redirects=False)
        self._sessions: dict[str, dict[str, str]] = {}

    def headers(self, letter: str) -> dict[str, str]:
        """What this person's browser sends; one session a person."""
        if letter not in self._sessions:
            self._sessions[letter] = self.roles.headers(letter)
        return self._sessions[letter]

    def ask(self, letter: str, method: str, path: str, **words: Any) -> httpx2.Response:
        """One request as this person; nothing is remembered between requests."""
        self.http.cookies.clear()
        headers = {**self.headers(letter), **words.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **words)


@contextmanager
def running_copy(original: Roles, home: Path) -> Iterator[Running]:
    """A real server process on a copy of the county."""
    made = original.copied(home)
    with started(home) as address:
        running = Running(home, address, made)
        yield running
        running.http.close()
    made.county.database.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
