"""kill -9 at a chosen write (断电、强行终止): what the tests of killed acts share.

A forked process does the act and kills itself just before its n-th write; the COMMIT counts as a write. What is left is
read by the parent, on the same database: nothing is copied, nothing repaired.
"""

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from app.database import Database, open_database
from app.settings import Settings

WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")

Act = Callable[[Database], Any]
Arm = Callable[[Any], None]


def die_before_write(engine: Any, number: int) -> None:
    """Kill this process with signal 9 just before its `number`-th write; `Engine` itself stands for every engine."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(engine, "before_cursor_execute")
    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            count()

    @event.listens_for(engine, "commit")
    def commit(_connection: Any) -> None:
        count()


def die_after_commit(engine: Any) -> None:
    """Kill this process with signal 9 when the transaction that wrote is over and its connection comes back."""
    done: set[str] = set()

    @event.listens_for(engine, "before_cursor_execute")
    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            done.add("written")

    @event.listens_for(engine, "checkin")
    def checkin(*_: Any) -> None:
        if "written" in done:
            os.kill(os.getpid(), signal.SIGKILL)


def attempt(settings: Settings, act: Act, arm: Arm, *, every_engine: bool = False) -> bool:
    """Do the act in a process of its own that is armed to kill itself. Whether it died."""
    process = os.fork()
    if process == 0:
        try:
            database = open_database(settings)
            arm(Engine if every_engine else database._writer)
            act(database)
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def killed_at_every_write(
    settings: Settings,
    act: Act,
    look: Callable[[Settings], Any],
    *,
    stride: int = 1,
    every_engine: bool = False,
    is_done: Callable[[Any], bool] = lambda _: False,
) -> tuple[int, int, Any]:
    """Kill the act before write 1, 1 + stride, …; nothing of it may be left. Kills, the last write, what it wrote.

    `is_done` knows the whole: an act that lets go of a lock after its COMMIT may be killed there, and has been done.
    """
    before = look(settings)
    kills, number = 0, 1
    while attempt(settings, act, partial(die_before_write, number=number), every_engine=every_engine):
        kills, number = kills + 1, number + stride
        if is_done(look(settings)):
            break
        assert look(settings) == before, f"killed before write {number - stride}"
        assert kills < 2000
    return kills, number, look(settings)
