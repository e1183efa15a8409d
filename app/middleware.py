"""What every request passes through, from the outside in (中间件).

(ProxyHeaders, uvicorn's, where a proxy is trusted →) RequestLog → Headers → GZip (Starlette's) → Unexpected →
SameOrigin → BodyLimit → SessionCookie (Starlette's, with app.accounts.session_cookie before it) → routes.
Source: TECH §1, §6, CONTRACTS (foreign Origin, 413), SECURITY. Plain ASGI, so that streams stay streams.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.operations import metrics

log = logging.getLogger("app.request")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def problem(status: int, code: str, message: str, detail: Any = None, headers: Any = None) -> JSONResponse:
    """The one shape of an error answer."""
    return JSONResponse({"code": code, "message": message, "detail": detail}, status, headers)


class RequestLog:
    """One line a request: method, route template, status, milliseconds, account id; a slow one as a warning."""

    def __init__(self, app: ASGIApp, slow_ms: int) -> None:
        self.app = app
        self.slow_ms = slow_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        scope.setdefault("state", {})
        try:
            await self.app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", None)
            actor = scope["state"].get("actor")
            took = time.perf_counter() - started
            metrics.observe(scope["method"], route, status, took)
            is_slow = took * 1000 > self.slow_ms
            log.log(
                logging.WARNING if is_slow else logging.INFO,
                "slow request" if is_slow else "request",
                extra={
                    "method": scope["method"],
                    "route": route,
                    "status": status,
                    "ms": round(took * 1000, 1),
                    "account": None if actor is None else actor.account_id,
                },
            )


class SecurityHeaders:
    """CSP without unsafe-eval, nosniff, no framing; no-store unless who answers says otherwise (files do)."""

    def __init__(self, app: ASGIApp, script_hashes: Callable[[], Sequence[str]]) -> None:
        self.app = app
        self.script_hashes = script_hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.policy()
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "same-origin"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, add)

    def policy(self) -> str:
        """Inline styles are allowed: the component libraries set them. Inline scripts only by their hash."""
        scripts = " ".join(f"'{name.strip(chr(39))}'" for name in ("self", *self.script_hashes()))
        return (
            f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        )


class Unexpected:
    """A programmer's mistake: logged with its trace, answered with one sentence and without it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = False

        async def watch(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            log.exception("unexpected error", extra={"method": scope["method"], "path": scope["path"]})
            if has_started:
                raise  # the server closes the connection: half an answer must not look whole
            message = "系统内部出错，这一次没有保存。请稍后再试，仍出错请把时间告诉系统管理员。"
            await problem(500, "internal_error", message)(scope, receive, send)


class SameOrigin:
    """A browser on a foreign page may not write, nor open a websocket; scripts, which send neither header, may."""

    def __init__(self, app: ASGIApp, trusted_origins: Sequence[str]) -> None:
        self.app = app
        self.trusted_origins = frozenset(trusted_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and self.is_foreign(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 4003})
        elif scope["type"] == "http" and scope["method"] not in SAFE_METHODS and self.is_foreign(Headers(scope=scope)):
            message = "这个请求来自别的网站，已拒绝。请从本系统的页面上操作。"
            await problem(403, "foreign_origin", message)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def is_foreign(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin not in self.trusted_origins and _host(origin) != headers.get("host", "")
        return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _host(origin: str) -> str | None:
    """Host and port of an origin; None where it is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


class BodyLimit:
    """413 as soon as a body is too big, by its stated length or while it comes in; never read whole first.

    `limit` holds under /api (a file and its multipart frame); `wide_limit` elsewhere: a page sends files in base64.
    """

    def __init__(self, app: ASGIApp, limit: int, wide_limit: int, message: str) -> None:
        self.app = app
        self.limit = limit
        self.wide_limit = wide_limit
        self.message = message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit if scope["path"].startswith("/api/") else self.wide_limit
        refusal = problem(413, "too_large", self.message, headers={"Connection": "close"})
        stated = Headers(scope=scope).get("content-length", "0")
        # Leading zeros and all: a number of more than 18 digits is too long to be read, and too big anyhow.
        if not (stated.isascii() and stated.isdigit()) or len(stated) > 18 or int(stated) > limit:
            await refusal(scope, receive, send)
            return
        received = 0
        is_refused = False

        async def count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge
            return message

        async def answer(message: Message) -> None:
            nonlocal is_refused
            if received <= limit:
                await send(message)
            elif not is_refused:  # whatever the route makes of the broken body, the answer is ours
                is_refused = True
                await refusal(scope, receive, send)

        try:
            await self.app(scope, count, answer)
        except BodyTooLarge:
            if not is_refused:
                await refusal(scope, receive, send)


class BodyTooLarge(Exception):
    """More came in than the limit allows."""
