"""Who may see a page at all (登录门): everything but sign-in, its assets and the libraries needs a session.

Pages answer 303 to `/sign-in?next=…`, Dash's own addresses 401 JSON, a websocket is closed with 4001; a session whose
password must be changed is led to `/change-password` in the same way. The API under
`/api` guards itself. What the gate learns (the session) is kept for the request in `client.caller`, so that layouts
and callbacks know the person without asking again.
"""

import json
from dataclasses import replace
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import client

# The libraries under _dash-component-suites are public files of Dash; a sign-in page may fetch them ahead.
OPEN_PREFIXES = (
    "/api",
    "/assets/",
    "/_dash-component-suites/",
    "/sign-in",
    "/activate",
    "/change-password",
    "/_favicon.ico",
    "/favicon.ico",
)
CHANGE_PASSWORD_FIRST = {"code": "password_change_required", "message": "请先修改口令。", "detail": None}
SIGN_IN_FIRST = {"code": "not_signed_in", "message": "登录已失效，请重新登录。", "detail": None}


def is_open(path: str) -> bool:
    return any(path == prefix or path.startswith(prefix.rstrip("/") + "/") for prefix in OPEN_PREFIXES)


class Gate:
    """ASGI middleware around the whole server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        who = client.Caller.of(scope)
        try:
            session = await client.read_session(who)
        except client.ApiError as trouble:
            await _unavailable(trouble)(scope, receive, send)
            return
        if session is None or session.get("must_change_password"):
            await _turned_away(scope, receive, send, is_known=session is not None)
            return
        token = client.caller.set(replace(who, session=session))
        try:
            await self.app(scope, receive, send)
        finally:
            client.caller.reset(token)


async def _turned_away(scope: Scope, receive: Receive, send: Send, *, is_known: bool) -> None:
    """To sign in first, or, known already, to change the password first."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4001, "reason": "sign in first"})
        return
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    if path.startswith("/_dash"):
        body = json.dumps(CHANGE_PASSWORD_FIRST if is_known else SIGN_IN_FIRST, ensure_ascii=False)
        response: Response = Response(
            body, 403 if is_known else 401, media_type="application/json", headers={"cache-control": "no-store"}
        )
    else:
        wanted = path + (f"?{query}" if query else "")
        page = "/change-password" if is_known else "/sign-in"
        target = page if wanted == "/" else f"{page}?next={quote(wanted, safe='/')}"
        response = RedirectResponse(target, 303, headers={"cache-control": "no-store"})
    await response(scope, receive, send)


def _unavailable(trouble: client.ApiError) -> Response:
    body = json.dumps({"code": trouble.code, "message": trouble.message, "detail": None}, ensure_ascii=False)
    return Response(body, 503, media_type="application/json", headers={"cache-control": "no-store"})
