"""Answers kept for as long as they are true (缓存): by the programme's state and what was asked.

Source: DESIGN §3, TECH §10. Every request reads the state first, in the transaction it answers from; so nothing kept
here can be stale, in this process or another. What an open change would show is never kept: a change may only ask for
what it found (`state_before`), before it writes.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from app.programmes.models import Programme
from app.programmes.service import Change


class State(NamedTuple):
    """A programme as some transaction finds it; two installations in one process never meet."""

    place: str
    programme_id: int | None
    data_version: int
    recorded_at: datetime

    def is_older_than(self, other: "State") -> bool:
        return self[:2] == other[:2] and self.data_version < other.data_version


def state_of(session: Session, programme: Programme) -> State:
    """What changes whenever anything of the programme does."""
    return State(_place(session), programme.id, programme.data_version, programme.last_recorded_at)


def state_before(change: Change) -> State:
    """The state that a change found: what was read of it holds for whoever finds the same."""
    return State(_place(change.session), change.programme.id, *change.follows)


def _place(session: Session) -> str:
    return session.get_bind().engine.url.render_as_string(hide_password=True)


class Memory:
    """Answers by state and question. A programme's older states go when a newer one is asked about, and beyond `size`
    the least recently used answers. Of several who ask for one answer at once, one works it out.

    `heavy` holds few things that many answers are made from: the facts of a month and the work done on them.
    """

    heavy: "Memory"

    def __init__(self, size: int, heavy_size: int = 0) -> None:
        self._size = size
        self.heavy = Memory(heavy_size) if heavy_size else self
        self._answers: OrderedDict[tuple[State, Hashable], Future[Any]] = OrderedDict()
        self._newest: dict[tuple[Hashable, ...], State] = {}
        self._lock = threading.Lock()

    def keep(self, state: State, question: Hashable, make: Callable[[], Any]) -> Any:
        """The answer to `question` in `state`, made when it is not there. Who kept it must not change it."""
        key = state, question
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            else:
                self._forget_before(state)
                mine: Future[Any] = Future()
                self._answers[key] = mine
                while len(self._answers) > self._size:
                    self._answers.popitem(last=False)
        if found is not None:
            return found.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            with self._lock:
                if self._answers.get(key) is mine:
                    del self._answers[key]
            mine.set_exception(error)
            raise
        return mine.result()

    def _forget_before(self, state: State) -> None:
        """Whoever still reads an older state works out again what it needs; nobody will ask about it later."""
        newest = self._newest.get(state[:2])
        if newest is None or newest.is_older_than(state):
            self._newest[state[:2]] = state
            for key in [key for key in self._answers if key[0].is_older_than(state)]:
                del self._answers[key]


class Nothing(Memory):
    """Keeps nothing: for a change under way and for a command, which asks once."""

    def __init__(self) -> None:
        super().__init__(0)

    def keep(self, state: State, question: Hashable, make: Callable[[], Any]) -> Any:
        return make()
