"""A real server process with the county of roles behind it (运行中的平台), asked as any of its people."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from tests.app.county import County
from tests.conftest import SECRET
from tests.trust.county_of_roles import Roles, copied

ROOT = Path(__file__).parents[2]
START_SECONDS = 90


class Running:
    """Started on a free port of the loopback; stopped by its own process id. `roles` is the copy's."""

    def __init__(self, original: Roles, home: Path, database_url: str | None = None) -> None:
        settings, database = copied(original, home)
        county = County.__new__(County)
        county.database, county.ids, county.codes = database, original.county.ids, original.county.codes
        self.roles = Roles(county, settings, original.own, original.other, original.shared, original.accounts)
        self.home = home
        self.address = f"http://127.0.0.1:{free_port()}"
        self._sessions: dict[str, dict[str, str]] = {}

    def __enter__(self) -> "Running":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SANZHONG_")}
        environment |= {"SANZHONG_HOME": str(self.home), "SANZHONG_SECRET": SECRET}
        words = [sys.executable, "-m", "app", "serve", "--port", self.address.rpartition(":")[2]]
        with (self.home / "server.log").open("wb") as log:
            self._process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            self._await_health()
        except BaseException:
            self.stop()
            raise
        self.http = httpx2.Client(base_url=self.address, trust_env=False, timeout=120, follow_redirects=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.stop()
        self.roles.county.database.close()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_health(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx2.get(f"{self.address}/api/health", trust_env=False, timeout=START_SECONDS)
                return
            except httpx2.TransportError as unreachable:
                log = (self.home / "server.log").read_text(encoding="utf-8")[-3000:]
                assert self._process.poll() is None, f"the server ended by itself:\n{log}"
                assert time.monotonic() < end, f"no answer in {START_SECONDS} s ({unreachable}):\n{log}"
                time.sleep(0.1)  # until somebody listens there is nothing to wait on

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
