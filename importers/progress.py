"""Which stage a file is in (进度): told to whoever watches this thread of work, by the code that enters the stage.

打开 and 读取 are entered here, in the words of the child process itself; 核对项目 and 检查 by what goes on with the
rows. Nobody watching costs nothing. A watcher is bound to its context, so files read at once never mix.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Stage = Literal["opening", "reading", "matching", "checking"]  # 打开, 读取, 核对项目, 检查, in this order
Watcher = Callable[[Stage], None]

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(by: Watcher) -> Iterator[None]:
    """Within it every stage entered is told to `by`, from the thread that enters it."""
    token = _watcher.set(by)
    try:
        yield
    finally:
        _watcher.reset(token)


def enter(stage: Stage) -> None:
    """This stage begins now."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(stage)
