"""An act answered as it goes (进度): each stage when it begins, then the very answer the plain request would give.

For who asks with `Accept: text/event-stream`. Events: `stage` {"stage": opening|reading|matching|checking} and, last,
`done` {"status", "body"}. It is one answer to one request: nothing is kept between requests, so any process may serve.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio.to_thread
from fastapi import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from importers import progress
from importers.progress import Stage

log = logging.getLogger(__name__)

STREAM = "text/event-stream"
UNEXPECTED = {"code": "unexpected", "message": "服务器出了意外，没有导入任何数据，请稍后再试。", "detail": None}


def wants_stages(request: Request) -> bool:
    return STREAM in request.headers.get("accept", "")


def staged(request: Request, act: Callable[[], Response]) -> Response:
    """`act` done now, or, for who asks to follow, done in a thread whose stages are sent on as they begin."""
    if not wants_stages(request):
        return act()
    # A proxy that collects an answer before passing it on would hide what moves.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(request, act), media_type=STREAM, headers=headers)


async def _events(request: Request, act: Callable[[], Response]) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def tell(event: str, content: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(told.put_nowait, (event, content))

    def work() -> None:
        try:
            with progress.watched(lambda stage: tell("stage", _stage(stage))):
                answer = act()
        except Exception as error:  # answered as the plain request would be, by the one handler of its kind
            answer = _refusal(request, error)
        tell("done", {"status": answer.status_code, "body": json.loads(bytes(answer.body))})

    working = asyncio.ensure_future(anyio.to_thread.run_sync(work))
    event = ""
    while event != "done":
        event, content = await told.get()
        yield f"event: {event}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"
    await working


def _stage(stage: Stage) -> dict[str, Any]:
    return {"stage": stage}


def _refusal(request: Request, error: Exception) -> Response:
    """The error as the application's own handlers put it; a mistake of ours is logged and said in one sentence."""
    handlers: Any = request.app.exception_handlers
    for kind in type(error).__mro__:
        if kind in handlers and kind is not Exception:
            refusal: Response = handlers[kind](request, error)
            return refusal
    log.error("an upload failed", exc_info=error)
    return JSONResponse(UNEXPECTED, 500)
