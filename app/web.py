"""One request, one transaction: the sessions that routes ask for.

The transaction ends (commits) before the answer is sent, so an answer of success is a promise kept. Routes that write
stand behind `current_actor`, which `create_app` resolves first: no transaction is open while the actor is read.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session


def read_session(request: Request) -> Iterator[Session]:
    with request.app.state.database.read() as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    with request.app.state.database.write() as session:
        yield session


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
