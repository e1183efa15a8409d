"""Answers kept by data_version (TECH §10): made once for many who ask at once, never kept when they failed."""

import threading
import time
from datetime import UTC, datetime
from functools import partial

import pytest

from app.publications.memory import Memory, Nothing, State

NOW = datetime(2023, 11, 1, tzinfo=UTC)
STATE = State("here", 1, 7, NOW)


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
        answers.append(memory.keep(STATE, "board", make))

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
        assert memory.keep(STATE, key, partial(make, key)) == key
    assert made == ["a", "b", "c", "b"]  # c pushed out b, which had not been asked for since


def test_a_failure_is_told_and_not_kept() -> None:
    memory = Memory(2)
    with pytest.raises(ZeroDivisionError):
        memory.keep(STATE, "board", lambda: 1 // 0)
    assert memory.keep(STATE, "board", lambda: 1) == 1


def test_nothing_is_kept_for_a_change_under_way() -> None:
    nothing = Nothing()
    assert [nothing.keep(STATE, "board", iter((1, 2)).__next__), nothing.heavy.keep(STATE, "board", lambda: 3)] == [
        1,
        3,
    ]


def test_a_newer_state_takes_the_place_of_the_older_ones_of_its_programme_alone() -> None:
    memory = Memory(16)
    made: list[tuple[State, str]] = []

    def ask(state: State, question: str) -> None:
        memory.keep(state, question, lambda: made.append((state, question)))

    older, newer = STATE, STATE._replace(data_version=8)
    other = STATE._replace(programme_id=2, data_version=3)
    elsewhere = STATE._replace(place="there", data_version=3)
    for state in (older, other, elsewhere):
        ask(state, "board")
    ask(newer, "board")
    made.clear()
    for state in (newer, other, elsewhere, older):
        ask(state, "board")
    assert made == [(older, "board")]  # a reader of the older state, still under way, works it out for itself
    made.clear()
    ask(newer, "board")
    assert made == []
