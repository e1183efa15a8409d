"""Files are opened in a child process with memory, CPU and time limits (隔离读取); a warm one makes a sheet fast.

A crafted file may eat memory, hang or abort the process that reads it: that process is never the server. Importing
this module starts nothing; the first file starts a child, the end of the program ends it. Callable from any thread.

Wire: length, then a pickle; a length of nothing says that the workbook is open and its reading begins. The parent
trusts no child: it unpickles nothing but the value types named here.
"""

import atexit
import dataclasses
import gc
import io
import logging
import math
import os
import pickle
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from importers import grid, progress, reading, result, workbook

MEMORY_BYTES = 448 * 1024 * 1024
CPU_SECONDS = 8  # of the child's own work: on a machine with time to spare an answer within ten seconds
WALL_SECONDS = 45.0  # a busy machine gives a child a share of its time; a sheet is not to blame for that
QUEUE_SECONDS = 60.0
WORKERS = 2
KEPT_BYTES = 256 * 1024  # of a file whose workbook a child keeps
RETIRE_AT_BYTES = 160 * 1024 * 1024  # a child that grew beyond this is replaced after its answer
_log = logging.getLogger(__name__)
_LENGTH = struct.Struct(">Q?")
_TOO_MUCH = "这个文件太大或结构异常，读取时超出限制，请把要上报的表单独另存为新的.xlsx后再上传。"
_UNEXPECTED = "读取这个文件时程序出错，没有导入任何数据，请把文件发给系统管理员。"
_BUSY = "正在读取的文件太多，请过一分钟再上传。"


def check(content: bytes, filename: str, month: str | None, answers: dict[str, str]) -> result.Reading:
    """One file read in a child. A child that dies or takes too long is a refusal in one sentence."""
    progress.enter("opening")
    answer = _pool.run(("check", content, filename, month, answers))
    if isinstance(answer, tuple):
        _log.error("reading %r failed: %s", filename, answer[1])
        answer = answer[0]
    return answer if isinstance(answer, result.Reading) else reading.refusal(str(answer))


def open_workbook(content: bytes, filename: str) -> grid.Workbook:
    """The plain grid alone. Raises Unreadable with one sentence."""
    answer = _pool.run(("open", content, filename))
    if isinstance(answer, grid.Workbook):
        return answer
    if isinstance(answer, tuple):
        _log.error("opening %r failed: %s", filename, answer[1])
        answer = answer[0]
    raise grid.Unreadable(str(answer))


def annotate(content: bytes, filename: str, found: dict[str, Any]) -> bytes:
    """The workbook with the findings of its check JSON in it. Raises Unreadable with one sentence."""
    answer = _pool.run(("annotate", content, filename, found))
    if isinstance(answer, bytes):
        return answer
    if isinstance(answer, tuple):
        _log.error("annotating %r failed: %s", filename, answer[1])
        answer = answer[0]
    raise grid.Unreadable(str(answer))


def stop() -> None:
    """End the children; the next file starts a new one."""
    _pool.stop()


# ------------------------------------------------------------------------------------------------------- the parent


class _Dead(Exception):
    """The child is gone or silent."""


class _Gone(_Dead):
    """The child closed the line: it had died before, or this file killed it."""


class _Child:
    """One child process and the socket to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            environment = {**os.environ, "PYTHONPATH": _import_path(), "MALLOC_ARENA_MAX": "2"}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "importers.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is the server's to handle
            )
        self._socket = ours
        self.pid = self._process.pid

    def ask(self, job: tuple[Any, ...]) -> tuple[Any, bool]:
        """The answer, and whether the child is done for. Raises _Dead."""
        deadline = time.monotonic() + WALL_SECONDS
        body = pickle.dumps(job)
        try:
            self._send(_LENGTH.pack(len(body), False) + body, deadline)
            length, is_last = _LENGTH.unpack(self._receive(_LENGTH.size, deadline))
            if length == 0:
                progress.enter("reading")
                length, is_last = _LENGTH.unpack(self._receive(_LENGTH.size, deadline))
            if length > MEMORY_BYTES:
                raise _Dead
            return _unpacked(_Plain(io.BytesIO(self._receive(length, deadline))).load()), is_last
        except TimeoutError as error:
            raise _Dead from error
        except (OSError, EOFError) as error:
            raise _Gone from error
        except (pickle.UnpicklingError, AttributeError, ValueError, TypeError) as error:
            raise _Dead from error

    def _send(self, data: bytes, deadline: float) -> None:
        self._socket.settimeout(max(deadline - time.monotonic(), 0.01))
        self._socket.sendall(data)

    def _receive(self, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.01))
            piece = self._socket.recv(min(length - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()


class _Pool:
    """A few children, started when first needed and kept warm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: list[_Child] = []
        self._busy: set[_Child] = set()
        self._places = threading.BoundedSemaphore(WORKERS)

    def run(self, job: tuple[Any, ...]) -> Any:
        """The child's answer, or a sentence."""
        if not self._places.acquire(timeout=QUEUE_SECONDS):
            return _BUSY
        try:
            return self._run(job)
        finally:
            self._places.release()

    def _run(self, job: tuple[Any, ...]) -> Any:
        """A warm child that is gone may have died before this file came: a fresh one has the last word."""
        child, is_warm = self._take()
        started = time.monotonic()
        try:
            return self._ask(child, job)
        except _Gone:
            if not is_warm or time.monotonic() - started > 1:
                return _TOO_MUCH
        except _Dead:
            return _TOO_MUCH
        try:
            return self._ask(self._start(), job)
        except _Dead:
            return _TOO_MUCH

    def _ask(self, child: _Child, job: tuple[Any, ...]) -> Any:
        keep = False
        try:
            answer, is_last = child.ask(job)
            keep = not is_last
            return answer
        finally:
            with self._lock:
                self._busy.discard(child)
                if keep:
                    self._free.append(child)
            if not keep:
                child.end()

    def _take(self) -> tuple[_Child, bool]:
        """A child, and whether it is a warm one."""
        with self._lock:
            while self._free:
                child = self._free.pop()
                if child.is_alive():
                    self._busy.add(child)
                    return child, True
                child.end()
        return self._start(), False

    def _start(self) -> _Child:
        child = _Child()
        with self._lock:
            self._busy.add(child)
        return child

    def pids(self) -> list[int]:
        with self._lock:
            return [child.pid for child in (*self._free, *self._busy)]

    def stop(self) -> None:
        with self._lock:
            children = [*self._free, *self._busy]
            self._free.clear()
        for child in children:
            child.end()

    def forget(self) -> None:
        """After a fork the children belong to the other process."""
        self._lock = threading.Lock()
        self._free, self._busy = [], set()
        self._places = threading.BoundedSemaphore(WORKERS)


_RESULT_TYPES = "Fault Choice Question FieldValue Row SheetUse Skipped Reading"
_GRID_TYPES = "Percent Stamp CellError Formula Range Sheet Workbook"


class _Plain(pickle.Unpickler):
    """Unpickles the values of `result` and `grid`, decimals and dates; nothing else."""

    _ALLOWED = frozenset(
        [
            *((result.__name__, name) for name in _RESULT_TYPES.split()),
            *((grid.__name__, name) for name in _GRID_TYPES.split()),
            ("decimal", "Decimal"),
            *(("datetime", name) for name in ("date", "datetime", "timedelta")),
        ]
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


_PackedRow = tuple[str, int, tuple[str, ...], list[tuple[Any, ...]], str | None, tuple[result.Fault, ...]]


def _packed(answer: object) -> object:
    """A reading with its rows as plain tuples, which pickle several times faster than named ones."""
    if not isinstance(answer, result.Reading):
        return answer
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    rows: list[_PackedRow] = []
    for row in answer.rows:
        own = tuple(row.fields)
        fields = [tuple(value) for value in row.fields.values()]
        rows.append((row.sheet, row.row, names.setdefault(own, own), fields, row.category, row.faults))
    return dataclasses.replace(answer, rows=()), rows


def _unpacked(answer: Any) -> Any:
    if not (isinstance(answer, tuple) and isinstance(answer[0], result.Reading)):
        return answer
    bare, packed = answer
    rows = [
        result.Row(sheet, row, dict(zip(names, map(result.FieldValue._make, fields), strict=True)), category, faults)
        for sheet, row, names, fields, category, faults in packed
    ]
    return dataclasses.replace(bare, rows=tuple(rows))


def _import_path() -> str:
    """The folder this package lies in, before whatever the environment already names."""
    return os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]))


_pool = _Pool()
atexit.register(_pool.stop)
os.register_at_fork(after_in_child=_pool.forget)


# -------------------------------------------------------------------------------------------------------- the child


def serve(descriptor: int) -> None:
    """Answer jobs until the parent is gone."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # a sheet is hundreds of thousands of values without circles; what grows is retired
    with socket.socket(fileno=descriptor) as parent:
        while (head := _read(parent, _LENGTH.size)) is not None:
            body = _read(parent, _LENGTH.unpack(head)[0])
            if body is None:
                return
            _limit_processor_time()
            answer = _packed(_answer(pickle.loads(body), lambda: parent.sendall(_LENGTH.pack(0, False))))
            is_last = _resident_bytes() > RETIRE_AT_BYTES
            data = pickle.dumps(answer, protocol=5)
            parent.sendall(_LENGTH.pack(len(data), is_last) + data)
            if is_last:
                return


def _answer(job: tuple[Any, ...], opened: Callable[[], None]) -> object:
    kind, content, filename, *rest = job
    try:
        if kind == "annotate":
            from importers import annotate  # with what writes workbooks, which the reading never needs

            return annotate.marked(content, filename, *rest)
        if kind == "open":
            return workbook.open_workbook(content, filename)
        book = _opened(content, filename)
        opened()
        month, answers = rest
        return reading.read(book, filename, month=month, answers=answers)
    except grid.Unreadable as error:
        return str(error)
    except (MemoryError, RecursionError):
        return _TOO_MUCH
    except Exception:  # a mistake of ours: the parent logs it, the person gets a sentence, the server goes on
        return _UNEXPECTED, traceback.format_exc()


_last: tuple[bytes, str, grid.Workbook] | None = None


def _opened(content: bytes, filename: str) -> grid.Workbook:
    """The workbook; the last small one is kept, since an answer has it read again. Reading changes nothing in it."""
    global _last
    if _last is None or _last[:2] != (content, filename):
        _last = None
        book = workbook.open_workbook(content, filename)
        if len(content) > KEPT_BYTES:
            return book
        _last = content, filename, book
    return _last[2]


def _read(parent: socket.socket, length: int) -> bytes | None:
    data = bytearray()
    while len(data) < length:
        piece = parent.recv(min(length - len(data), 1 << 20))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _limit_processor_time() -> None:
    """The limit counts from the start of the process, so every file raises it by its own share."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + CPU_SECONDS), hard))


def _resident_bytes() -> int:
    """The memory this process holds now; ru_maxrss would count what the parent held when it started us."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return RETIRE_AT_BYTES + 1  # no such file on this system: a fresh child for every workbook is safe, only slower
    return pages * resource.getpagesize()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
