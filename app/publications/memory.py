"""Answers kept for as long as they are true (缓存): by programme, data_version and what was asked.

Source: DESIGN §3, TECH §10. Every request reads the version first, in the transaction it answers from; so nothing kept
here can be stale, in this process or another. Used by readers only: what an open change would show is never kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

from sqlmodel import Session

from app.programmes.models import Programme


class Memory:
    """The least recently used answers go first. Of several who ask for one answer at once, one works it out.

    `heavy` holds few things that many answers are made from: the facts of a month and the work done on them.
    """

    heavy: "Memory"

    def __init__(self, size: int, heavy_size: int = 0) -> None:
        self._size = size
        self.heavy = Memory(heavy_size) if heavy_size else self
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The answer of `key`, made when it is not there. Who kept it must not change it."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            else:
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


class Nothing(Memory):
    """Keeps nothing: for a change under way and for a command, which asks once."""

    def __init__(self) -> None:
        super().__init__(0)

    def keep(self, key: Hashable, make: Callable[[], Any]) -> Any:
        return make()


def state_key(session: Session, programme: Programme) -> tuple[Hashable, ...]:
    """What changes whenever anything of the programme does; two installations in one process never meet."""
    place = session.get_bind().engine.url.render_as_string(hide_password=True)
    return place, programme.id, programme.data_version, programme.last_recorded_at
