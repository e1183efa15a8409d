"""Who is asking: the dependency every route but sign-in and health stands behind (登录校验)."""

from typing import Annotated

from fastapi import Depends, Request

from app.accounts import service
from app.audit.service import Actor
from app.errors import NotSignedIn

COOKIE_KEY = "token"  # all that the signed cookie holds


def current_actor(request: Request) -> Actor:
    """The signed-in person, read anew in each request. NotSignedIn otherwise."""
    token = request.session.get(COOKIE_KEY)
    if not isinstance(token, str):
        with request.app.state.database.read() as session:
            raise NotSignedIn("请先登录。" if service.has_accounts(session) else service.FIRST_ACCOUNT)
    actor = service.resume(request.app.state.database, request.app.state.settings, token)
    request.state.actor = actor
    return actor


ActorDep = Annotated[Actor, Depends(current_actor)]
