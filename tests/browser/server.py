"""The product as people run it (运行中的平台): a real `serve` process with the demo in a home folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from app.settings import Settings
from tests.installations import environment

ROOT = Path(__file__).parents[2]
PROGRAMME = "2023"
LINK = re.compile(r"（(?P<name>\S+?)）：(?P<link>http\S+)")
START_SECONDS = 60


class Server:
    """Started on a free port of the loopback; stopped by its own process id."""

    def __init__(self, settings: Settings) -> None:
        self.home = settings.home
        self.address = f"http://127.0.0.1:{free_port()}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SANZHONG_")}
        self.environment |= environment(settings)
        self.links: dict[str, list[str]] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Server":
        words = ("serve", "--with-demo", "--port", self.address.rpartition(":")[2])
        with (self.home / "out.log").open("wb") as out, (self.home / "err.log").open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", *words], cwd=ROOT, env=self.environment, stdout=out, stderr=err
            )
        try:
            self._await_health()
        except BaseException:
            self.stop()
            raise
        self._keep_links((self.home / "out.log").read_text(encoding="utf-8"))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_health(self) -> None:
        assert self._process is not None
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/api/health", timeout=START_SECONDS).close()
                return
            except urllib.error.URLError as unreachable:
                log = (self.home / "err.log").read_text(encoding="utf-8")[-3000:]
                assert self._process.poll() is None, f"the server ended by itself:\n{log}"
                assert time.monotonic() < end, f"no answer in {START_SECONDS} s ({unreachable}):\n{log}"
                time.sleep(0.05)  # until somebody listens there is nothing to wait on

    def _keep_links(self, printed: str) -> None:
        for found in LINK.finditer(printed):
            self.links.setdefault(found["name"], []).append(found["link"])

    def link(self, name: str) -> str:
        """A one-time sign-in link of this account that nobody has used."""
        if not self.links.get(name):
            words = [sys.executable, "-m", "app", "links", "--address", self.address]
            done = subprocess.run(words, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
            self._keep_links(done.stdout)
        return self.links[name].pop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def account(role: str, **wanted: str) -> dict[str, Any]:
    """The demo's first account of a role: name, role and, where it has one, unit, scope, team."""
    tables = tomllib.loads((ROOT / "data" / "demo" / "programme.toml").read_text(encoding="utf-8"))
    accounts: list[dict[str, Any]] = tables["account"]
    return next(one for one in accounts if one["role"] == role and wanted.items() <= one.items())


def read(body: bytes) -> Any:
    """The API's answer."""
    return json.loads(body)
