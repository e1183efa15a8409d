"""Statements compiled once a session (语句只编译一次).

Each test has a database of its own and so engines of its own, and an engine keeps what it compiled to itself: a test of
the application spent a quarter of its time compiling the statements that the test before it had compiled. Here all
engines of one kind share what is compiled. What reaches the database is the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

KEPT = 5000  # statements of each kind of engine; the suite has some 800


@contextmanager
def shared() -> Iterator[None]:
    """Every engine made meanwhile shares with the others of its dialect."""
    caches: dict[type, LRUCache[Any, Any]] = {}
    make = Engine.__init__

    def init(engine: Engine, pool: Any, dialect: Any, *rest: Any, **more: Any) -> None:
        make(engine, pool, dialect, *rest, **more)
        engine._compiled_cache = caches.setdefault(type(dialect), LRUCache(KEPT))

    def is_alike(one: DefaultDialect, other: object) -> bool:
        return type(one) is type(other)

    def kind(dialect: DefaultDialect) -> int:
        return hash(type(dialect))

    with (
        patch.object(Engine, "__init__", init),
        patch.object(DefaultDialect, "__eq__", is_alike),  # a compiled statement is kept under its dialect
        patch.object(DefaultDialect, "__hash__", kind),
    ):
        yield
