"""What is worked out when somebody reads it, and then kept (按需计算).

A board takes thousands of scores with their reasons; a reader opens a few of them.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Later(Generic[Value]):
    """A value to come, of a function that always gives the same; two are equal when their values are."""

    __slots__ = ("_make", "_value")

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make: Callable[[], Value] | None = make
        self._value: Value

    @property
    def value(self) -> Value:
        make = self._make  # several threads may read at once: who comes second works it out again, to the same
        if make is not None:
            self._value = make()
            self._make = None
        return self._value

    def __repr__(self) -> str:
        return repr(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Later) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)
