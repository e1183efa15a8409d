"""A sheet handed in over the websocket and followed while it is read (上传进度): `/api/uploads/live`.

One connection takes files one after the other. For each: a text message `Head`; once `{"stage": "receiving"}` comes
back, its bytes in binary messages; then `{"stage": opening|reading|matching|checking}` as each begins and, last,
`{"status", "body"}`: the very answer that POST `/api/uploads` would give. Nothing is kept between files, so any process
may serve; who asks is read anew for each.
"""

import asyncio
import json
import logging
from typing import Annotated, Any, NoReturn

import anyio.to_thread
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect

from app.accounts.signed_in import current_actor
from app.errors import Forbidden, Malformed, NotSignedIn, TooLarge
from app.storable import refuse
from app.uploads import service
from app.uploads.schemas import MONTH
from importers import progress
from importers.progress import Stage

log = logging.getLogger(__name__)

# Beside the uploads' other routes; its own since a websocket has no answer of 401: it is closed.
router = APIRouter()

SIGN_IN_FIRST, MALFORMED = 4001, 1003  # close codes; as the gate's, and RFC 6455 §7.4.1
UNEXPECTED = {"code": "unexpected", "message": "服务器出了意外，没有导入任何数据，请稍后再试。", "detail": None}


class Head(BaseModel):
    """What is known of a file before its bytes come."""

    programme: str = Field(max_length=40)
    filename: str = Field(max_length=400)
    size: int = Field(ge=0)
    month: Annotated[str, Field(pattern=rf"^$|{MONTH}")] = ""
    register_projects: bool = Field(default=False, alias="register")


@router.websocket("/api/uploads/live")
async def follow_uploads(socket: WebSocket) -> None:
    """预检 of one file after the other; the connection is the browser's to close."""
    try:
        await _sign_in(_as_request(socket), socket)
        await socket.accept()
        while True:
            await _one_file(socket)
    except WebSocketDisconnect:
        return  # a file that was whole is read to its end all the same, and stands in the history


async def _one_file(socket: WebSocket) -> None:
    head = await _head(socket)
    request = _as_request(socket)
    await _sign_in(request, socket)
    limit: int = socket.app.state.settings.upload_limit_bytes
    if head.size > limit:
        refusal = await anyio.to_thread.run_sync(_refusal, request, TooLarge(limit))
        await socket.send_text(json.dumps(refusal, ensure_ascii=False))
        return
    await socket.send_json({"stage": "receiving"})
    content = bytearray()
    while len(content) < head.size:
        piece = (await _message(socket)).get("bytes")
        if not piece:  # a text, or nothing: who sends either without end would be listened to without end
            await _close(socket, MALFORMED)
        content += piece
    if len(content) != head.size:
        await _close(socket, MALFORMED)
    await _read(socket, request, head, bytes(content), limit)


def _as_request(socket: WebSocket) -> Request:
    """The same request as the plain one, as far as errors, their answers and the trail go."""
    scope = {name: value for name, value in socket.scope.items() if name != "route"}
    return Request({**scope, "type": "http", "method": "POST", "path": "/api/uploads", "state": {}})


async def _sign_in(request: Request, socket: WebSocket) -> None:
    try:
        await anyio.to_thread.run_sync(current_actor, request)
    except (NotSignedIn, Forbidden):  # Forbidden: a password to change first, or a 代看 account
        await _close(socket, SIGN_IN_FIRST)


async def _head(socket: WebSocket) -> Head:
    try:
        head = Head.model_validate_json((await _message(socket)).get("text") or "")
        refuse(head.model_dump().values())
        return head
    except (ValidationError, Malformed):
        await _close(socket, MALFORMED)


async def _message(socket: WebSocket) -> Message:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    return message


async def _close(socket: WebSocket, code: int) -> NoReturn:
    await socket.close(code)
    raise WebSocketDisconnect(code)


async def _read(socket: WebSocket, request: Request, head: Head, content: bytes, limit: int) -> None:
    """Read the file in a thread, telling its stages as they begin, its answer last."""
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def tell(message: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(told.put_nowait, message)

    def tell_stage(stage: Stage) -> None:
        tell({"stage": stage})

    def work() -> None:
        state = request.app.state
        try:
            with progress.watched(tell_stage):
                found = service.try_upload(
                    state.database,
                    request.state.actor,
                    head.programme,
                    head.filename,
                    content,
                    month=head.month,
                    register=head.register_projects,
                    limit_bytes=limit,
                )
            tell({"status": 201, "body": found})
        except Exception as error:  # answered as the plain request would be, by the one handler of its kind
            tell(_refusal(request, error))

    working = asyncio.ensure_future(anyio.to_thread.run_sync(work))
    message: dict[str, Any] = {}
    while "status" not in message:
        message = await told.get()
        await socket.send_text(json.dumps(message, ensure_ascii=False))
    await working


def _refusal(request: Request, error: Exception) -> dict[str, Any]:
    """The error as the application's own handlers put it; a mistake of ours is logged and said in one sentence."""
    handlers: Any = request.app.exception_handlers
    for kind in type(error).__mro__:
        if kind in handlers and kind is not Exception:
            answer = handlers[kind](request, error)
            return {"status": answer.status_code, "body": json.loads(answer.body)}
    log.error("an upload failed", exc_info=error)
    return {"status": 500, "body": UNEXPECTED}
