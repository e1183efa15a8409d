"""`sanzhong serve` in a process of its own, on loopback (测试用服务)."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import free_address, wait_until
from tests.installations import SECRET

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def serving(home: Path, log: Path, *words: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and its address once it is ready; `words` and SANZHONG_… settings are its own."""
    host, port = free_address()
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port), *words],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=os.environ | {"SANZHONG_HOME": str(home), "SANZHONG_SECRET": SECRET} | settings,
        )
    address = f"http://{host}:{port}"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{address}/api/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    try:
        wait_until(lambda: answers() or process.poll() is not None, seconds=90)
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield process, address
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def add_account(home: Path, name: str, password: str = "Right-Password-1") -> None:
    """An office account, by the command."""
    subprocess.run(
        [sys.executable, "-m", "app", "user", "add", name, "--role", "office", "--password-stdin"],
        cwd=ROOT,
        input=password.encode(),
        check=True,
        capture_output=True,
        env=os.environ | {"SANZHONG_HOME": str(home)},
    )
