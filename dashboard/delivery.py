"""How the browser's files travel (静态文件): compressed once, kept by the browser, the small chart library first.

Dash serves libraries uncompressed; compressing a megabyte in every request would hold up the event loop, so each
file is compressed once in a thread and kept by the hash of its content. Fingerprinted addresses are immutable.
"""

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path

import anyio.to_thread
from plotly.offline import get_plotlyjs_version
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC_PREFIXES = ("/_dash-component-suites/", "/assets/")
FULL_PLOTLY = "/_dash-component-suites/plotly/package_data/plotly.min.js"
PLOTLY_PACKAGE = Path(__file__).parent / "node_modules" / "plotly.js-basic-dist-min"
IMMUTABLE = "public, max-age=31536000, immutable"
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
SMALLEST_WORTH_IT = 1024


@cache
def small_plotly() -> Path | None:
    """The basic bundle fetched at set-up, if it is there and of the very version the Python package draws for."""
    described, bundle = PLOTLY_PACKAGE / "package.json", PLOTLY_PACKAGE / "plotly-basic.min.js"
    if not (described.is_file() and bundle.is_file()):
        return None
    is_same = json.loads(described.read_text(encoding="utf-8"))["version"] == get_plotlyjs_version()
    return bundle if is_same else None


def no_such_file(_request: Request, _error: Exception) -> JSONResponse:
    """A library file that Dash does not have: 404, where Dash would fail and log a list of all it has."""
    return JSONResponse({"code": "not_found", "message": "没有这个文件，请刷新页面。", "detail": None}, 404)


class StaticDelivery:
    """ASGI middleware: gzip, caching headers and the small Plotly bundle for files under `STATIC_PREFIXES`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._compressed: dict[bytes, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(STATIC_PREFIXES):
            await self.app(scope, receive, send)
            return
        bundle = small_plotly() if scope["path"] == FULL_PLOTLY else None
        if bundle is None:
            await self.app(scope, receive, self._collector(scope, send))
        else:
            folder = StaticFiles(directory=bundle.parent)
            await folder({**scope, "path": f"/{bundle.name}", "root_path": ""}, receive, self._collector(scope, send))

    def _collector(self, scope: Scope, send: Send) -> Send:
        """Hold the response back until it is whole, then send it on compressed."""
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = await self._prepared(scope, start, b"".join(parts))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        return collect

    async def _prepared(self, scope: Scope, start: Message, body: bytes) -> bytes:
        headers = MutableHeaders(scope=start)
        if start["status"] == 200 and scope["path"].startswith("/assets/") and b"m=" in scope["query_string"]:
            headers["cache-control"] = IMMUTABLE
        elif start["status"] in (200, 304):
            headers.setdefault("cache-control", "no-cache")  # kept, and asked for again: these are nobody's own
        headers.add_vary_header("Accept-Encoding")
        accepts_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        is_text = headers.get("content-type", "").startswith(COMPRESSIBLE)
        if start["status"] != 200 or not accepts_gzip or not is_text or len(body) < SMALLEST_WORTH_IT:
            return body
        key = hashlib.sha256(body).digest()
        if key not in self._compressed:
            self._compressed[key] = await anyio.to_thread.run_sync(gzip.compress, body, 9)
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(self._compressed[key]))
        return self._compressed[key]
