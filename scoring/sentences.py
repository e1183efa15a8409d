"""Sentences that are put together when somebody reads them (事由).

A board works out thousands of scores, each with its reason; a reader opens a few of them.
"""

from collections.abc import Callable


class Sentence:
    """Says the same whenever it is asked; two are equal when they say the same."""

    __slots__ = ("_say",)

    def __init__(self, say: Callable[[], str]) -> None:
        self._say = say

    def __str__(self) -> str:
        return self._say()

    def __repr__(self) -> str:
        return repr(self._say())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and self._say() == other._say()

    def __hash__(self) -> int:
        return hash(self._say())
