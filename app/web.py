"""One request, one transaction: the sessions that routes ask for. A file sent: always as a download.

The transaction ends (commits) before the answer is sent, so an answer of success is a promise kept. Routes that write
stand behind `current_actor`, which `create_app` resolves first: no transaction is open while the actor is read.
"""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from sqlmodel import Session

from app.audit import service as audit
from app.audit.service import Actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ANY_BYTES = "application/octet-stream"


def read_session(request: Request) -> Iterator[Session]:
    with request.app.state.database.read() as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    with request.app.state.database.write() as session:
        yield session


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]


def note_taken(
    request: Request,
    actor: Actor,
    action: str,
    *,
    target: str,
    programme: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Put on the trail that somebody takes a file away, before it is sent. Source: SECURITY E1."""
    with request.app.state.database.write() as session:
        audit.append(session, actor, action, target=target, programme=programme, detail=detail)


def sends(media_type: str) -> dict[str, Any]:
    """What a route that answers with a file says of itself: `@router.get(…, **sends(XLSX))`.

    With a response class of its own FastAPI would describe its refusals, too, as that kind of file.
    """
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {"response_class": Response, "responses": {200: {"content": {media_type: binary}}}}


def download(content: bytes, name: str, media_type: str) -> Response:
    """A file under its own, Chinese, name. Source: SECURITY C6, RFC 6266.

    Old programs get a plain name with the same ending; what is not a letter or digit never reaches the header as is.
    """
    ending = name.rpartition(".")[2] if name.rpartition(".")[2].isascii() else ""
    plain = f"file.{ending}" if ending.isalnum() else "file"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
