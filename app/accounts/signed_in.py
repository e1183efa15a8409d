"""Who is asking: the dependency every route but sign-in and health stands behind (登录校验).

Two kinds of session may do less than their role, and that is decided here, once for every route there is or will be:
one whose password must be changed first, and a 代看 account, which only looks.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.accounts import service
from app.audit.service import Actor
from app.errors import Forbidden, NotSignedIn, PasswordChangeRequired

COOKIE_KEY = "token"  # all that the signed cookie holds

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLLED = frozenset({"/api/changes"})  # asked by open pages by themselves: no sign that anybody is there
BEFORE_NEW_PASSWORD = frozenset({"/api/session", "/api/account", "/api/account/password"})
OWN_AFFAIRS = ("/api/session", "/api/account")  # what a 代看 account may change: its own password, sessions, phones

CHANGE_FIRST = "您的口令已到期或由他人代设，请先修改口令，再办理其他事项。"


@dataclass(frozen=True, slots=True)
class Standing:
    """The session behind a request. `must_change_password`: then it may open its own account and change that alone."""

    actor: Actor
    session_id: int
    token: str
    opened_by: str
    must_change_password: bool


def current_standing(request: Request) -> Standing:
    """The signed-in person's session, read anew in each request. NotSignedIn otherwise."""
    known = getattr(request.state, "standing", None)
    if known is not None:
        assert isinstance(known, Standing)
        return known
    token = request.session.get(COOKIE_KEY)
    if not isinstance(token, str):
        with request.app.state.database.read() as session:
            raise NotSignedIn("请先登录。" if service.has_accounts(session) else service.FIRST_ACCOUNT)
    path = request.url.path
    state = request.app.state
    resumed = service.resume(state.database, state.settings, token, is_use=path not in POLLED)
    request.state.actor = resumed.actor
    if resumed.must_change_password and path not in BEFORE_NEW_PASSWORD:
        raise PasswordChangeRequired(CHANGE_FIRST)
    if resumed.actor.viewing_for and request.method not in SAFE_METHODS and not is_own_affair(path):
        raise Forbidden(
            f"您是代看账号，只能替{resumed.actor.viewing_for}查看，不能办理；请由{resumed.actor.viewing_for}本人办理。"
        )
    standing = Standing(resumed.actor, resumed.session_id, token, resumed.opened_by, resumed.must_change_password)
    request.state.standing = standing
    return standing


def is_own_affair(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in OWN_AFFAIRS)


StandingDep = Annotated[Standing, Depends(current_standing)]


def current_actor(request: Request) -> Actor:
    """The signed-in person alone."""
    return current_standing(request).actor


ActorDep = Annotated[Actor, Depends(current_actor)]
