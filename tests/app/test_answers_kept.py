"""Answers kept by data_version (TECH §10): made once for many who ask at once, never kept when they failed."""

import threading
import time
from functools import partial

import pytest

from app.publications.memory import Memory, Nothing


def test_of_many_who_ask_at_once_one_works_it_out() -> None:
    memory, made = Memory(4), []
    start = threading.Barrier(8)

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return 42

    answers: list[int] = []

    def ask() -> None:
        start.wait()
        answers.append(memory.keep("board", make))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, len(made)) == ([42] * 8, 1)


def test_the_least_recently_used_answer_goes_first() -> None:
    memory = Memory(2)
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in ("a", "b", "a", "c", "a", "b"):
        assert memory.keep(key, partial(make, key)) == key
    assert made == ["a", "b", "c", "b"]  # c pushed out b, which had not been asked for since


def test_a_failure_is_told_and_not_kept() -> None:
    memory = Memory(2)
    with pytest.raises(ZeroDivisionError):
        memory.keep("board", lambda: 1 // 0)
    assert memory.keep("board", lambda: 1) == 1


def test_nothing_is_kept_for_a_change_under_way() -> None:
    nothing = Nothing()
    assert [nothing.keep("board", iter((1, 2)).__next__), nothing.heavy.keep("board", lambda: 3)] == [1, 3]
