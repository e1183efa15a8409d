"""One line of the table, and how two programs are measured against each other (比值)."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `limit` is what the ratio is held to (≤ 1.5, ≥ 0.7); empty where it is only shown."""

    what: str
    ours: str
    theirs: str
    ratio: float
    limit: str = ""

    @property
    def is_kept(self) -> bool:
        if not self.limit:
            return True
        sign, bound = self.limit.split()
        return self.ratio <= float(bound) if sign == "≤" else self.ratio >= float(bound)


LINES: list[Callable[[], Iterator[Line]]] = []


def line(measure: Callable[[], Iterator[Line]]) -> Callable[[], Iterator[Line]]:
    LINES.append(measure)
    return measure


def in_turn(
    *programs: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
    between: Callable[[], object] = lambda: None,
) -> list[float]:
    """The median seconds of each program, each run once in every round; `between` rounds takes no part."""
    taken: list[list[float]] = [[] for _ in programs]
    for _ in range(rounds):
        for program, times in zip(programs, taken, strict=True):
            start = clock()
            program()
            times.append(clock() - start)
        between()
    return [statistics.median(times) for times in taken]


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms"
