"""The child that opens files: warm, limited, replaced when it dies, and never the server itself."""

import io
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from workbooks import xlsx

import importers
from importers import worker

JUNE = xlsx({"表": [["2014年6月"], ["序号", "项目名称", "累计完成投资"], [1, "甲厂", 2000]]})


@pytest.fixture(autouse=True)
def no_child_left_behind() -> Iterator[None]:
    worker.stop()
    yield
    worker.stop()


def test_importing_starts_nothing_and_the_first_file_starts_one_child() -> None:
    code = "import importers, importers.worker as w; print(len(w._pool.pids()))"
    environment = {**os.environ, "PYTHONPATH": str(Path(importers.__file__).parents[1])}
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert printed.stdout.strip() == "0"
    assert importers.check(JUNE, "表.xlsx").decision == "accept"
    assert len(worker._pool.pids()) == 1


def test_a_warm_child_is_kept_for_the_next_file() -> None:
    importers.check(JUNE, "表.xlsx")
    first = worker._pool.pids()
    for _ in range(3):
        assert importers.check(JUNE, "表.xlsx").decision == "accept"
    assert worker._pool.pids() == first


def test_a_child_that_died_is_replaced_without_anyone_noticing() -> None:
    importers.check(JUNE, "表.xlsx")
    (pid,) = worker._pool.pids()
    os.kill(pid, signal.SIGKILL)
    assert importers.check(JUNE, "表.xlsx").decision == "accept"
    assert worker._pool.pids() != [pid]


def test_the_end_of_the_program_ends_the_child() -> None:
    code = (
        "import sys, importers, importers.worker as w;"
        "importers.check(sys.stdin.buffer.read(), '表.xlsx'); print(w._pool.pids()[0])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(importers.__file__).parents[1])}
    printed = subprocess.run([sys.executable, "-c", code], input=JUNE, capture_output=True, env=environment, check=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(printed.stdout), 0)


def test_many_threads_are_served_and_never_mixed() -> None:
    files = {
        f"项目{n}": xlsx({"表": [["2014年6月"], ["序号", "项目名称", "累计完成投资"], [1, f"项目{n}", n]]})
        for n in range(1, 9)
    }
    found: dict[str, object] = {}

    def one(name: str) -> None:
        row = importers.check(files[name], "表.xlsx").rows[0]
        found[name] = (row.value("name"), int(row.value("reported_ytd_wan")))

    threads = [threading.Thread(target=one, args=(name,)) for name in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {f"项目{n}": (f"项目{n}", n) for n in range(1, 9)}
    assert len(worker._pool.pids()) <= worker.WORKERS


TOO_MUCH = "这个文件太大或结构异常，读取时超出限制，请把要上报的表单独另存为新的.xlsx后再上传。"


def large(rows: int, columns: int) -> bytes:
    """A worksheet of this many fractions, which neither compress nor share."""
    lines = "".join(
        f'<row r="{r}">{"".join(f"<c><v>{(r * 200 + c) / 7}</v></c>" for c in range(columns))}</row>'
        for r in range(1, rows)
    )
    return hostile.package(f"<worksheet {hostile.MAIN}><sheetData>{lines}</sheetData></worksheet>")


def with_child_settings(monkeypatch: pytest.MonkeyPatch, settings: str) -> None:
    """Children held to less than usual stand for files that want more than there is."""
    code = f"import importers.worker as w, sys; {settings}; w.serve(int(sys.argv[1]))"
    real = subprocess.Popen

    def held(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return real([sys.executable, "-c", code, command[-1]], **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", held)


def test_a_child_that_stays_silent_ends_in_a_sentence_and_the_next_file_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    importers.check(JUNE, "表.xlsx")
    with monkeypatch.context() as patch:
        patch.setattr(worker, "WALL_SECONDS", 0.01)
        found = importers.check(large(9_000, 20), "表.xlsx")
    assert (found.decision, found.message) == ("refuse", TOO_MUCH)
    assert importers.check(JUNE, "表.xlsx").decision == "accept"


def test_a_file_that_eats_processor_time_kills_only_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is the child's own work: a busy machine refuses no sheet that an idle one reads."""
    with monkeypatch.context() as patch:
        with_child_settings(patch, "w.CPU_SECONDS = 1; w.workbook.open_workbook = lambda *_: [0 for _ in iter(int, 1)]")
        found = importers.check(JUNE, "表.xlsx")
    assert (found.decision, found.message) == ("refuse", TOO_MUCH)
    assert importers.check(JUNE, "表.xlsx").decision == "accept"


def test_a_file_that_eats_memory_kills_only_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        with_child_settings(patch, "w.MEMORY_BYTES = 60_000_000")
        found = importers.check(large(9_000, 60), "表.xlsx")
    assert (found.decision, found.message) == ("refuse", TOO_MUCH)
    assert importers.check(JUNE, "表.xlsx").decision == "accept"


def test_the_parent_unpickles_nothing_but_plain_values() -> None:
    bad = pickle.dumps(os.getcwd)
    with pytest.raises(pickle.UnpicklingError):
        worker._Plain(io.BytesIO(bad)).load()


def test_answers_and_month_reach_the_child() -> None:
    content = xlsx({"表": [["进展"], ["序号", "项目名称", "累计完成投资"], [1, "甲厂", 2000]]})
    assert importers.check(content, "表.xlsx").decision == "ask"
    assert importers.check(content, "表.xlsx", month="2014-06").decision == "accept"
    assert importers.check(content, "表.xlsx", answers={"month": "2014-07"}).month == "2014-07"
