"""The session's cookie (登录凭证), signed: what stands under our signature is one token, or nobody is signed in.

Starlette's middleware trusts whatever was signed with the installation's secret: a cookie that was not base64, not JSON
or no object was an answer of 500 at every address, and nobody could get rid of it but by clearing the browser.
"""

import json
from base64 import b64decode

from itsdangerous.exc import BadSignature
from starlette.datastructures import MutableHeaders
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from app.accounts.signed_in import COOKIE_KEY

COOKIE = "sanzhong"


class SessionCookie(SessionMiddleware):
    """Starlette's, shown no cookie that holds anything else; the answer takes such a cookie back."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not self._is_nonsense(scope):
            await super().__call__(scope, receive, send)
            return

        async def take_back(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not any(one.startswith(f"{COOKIE}=") for one in headers.getlist("set-cookie")):
                    gone = f"{COOKIE}=null; path={self.path}; expires=Thu, 01 Jan 1970 00:00:00 GMT"
                    headers.append("Set-Cookie", f"{gone}; {self.security_flags}")
            await send(message)

        await super().__call__({**scope, "headers": _without(scope["headers"])}, receive, take_back)

    def _is_nonsense(self, scope: Scope) -> bool:
        """Signed by us, not run out, and not `{"token": "…"}`. A cookie that others signed is theirs to keep."""
        cookie = HTTPConnection(scope).cookies.get(COOKIE)
        if cookie is None:
            return False
        try:
            signed = self.signer.unsign(cookie.encode(), max_age=self.max_age)
        except BadSignature:
            return False
        try:
            content = json.loads(b64decode(signed))
        except (ValueError, RecursionError):
            return True
        token = content.get(COOKIE_KEY) if isinstance(content, dict) else None
        return not (isinstance(token, str) and token.isascii())


def _without(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers, with every cookie but the session's as it came."""
    kept = []
    for name, value in headers:
        if name == b"cookie":
            others = [one for one in value.split(b";") if one.partition(b"=")[0].strip() != COOKIE.encode()]
            if not others:
                continue
            value = b";".join(others)
        kept.append((name, value))
    return kept
