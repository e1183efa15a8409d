"""The one way from the screen to the data: the public API, called as the signed-in person.

In one process the calls go straight into the ASGI application; with the screen on a host of its own they go to
`connect(base_url=…)`. Either way cookie and Origin are those of the person's own request, so that the API alone
decides rights. Every answer that is not 2xx is raised as `ApiError` with the API's own Chinese sentence.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpx2

# What the API needs in order to know who asks and from where; nothing else of the person's request goes on.
# X-Forwarded-For is not among them: whoever received the request has settled the person's address already.
FORWARDED = (b"cookie", b"origin", b"sec-fetch-site", b"host", b"user-agent", b"x-request-id")
UNREACHABLE = "数据服务暂时没有响应，请稍后刷新；仍不行请联系管理员。"


@dataclass(frozen=True)
class Caller:
    """The person's request as far as the API must see it, and their session once it is known."""

    headers: Mapping[str, str] = field(default_factory=dict)
    address: tuple[str, int] = ("127.0.0.1", 0)
    session: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Caller":
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in FORWARDED
        }
        return cls(headers, tuple(scope.get("client") or ("127.0.0.1", 0)))

    @property
    def has_cookie(self) -> bool:
        return "cookie" in self.headers


class ApiError(Exception):
    """The API said no. `message` is its Chinese sentence, ready to be shown."""

    def __init__(self, status: int, code: str, message: str, detail: Any = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.detail = status, code, message, detail


caller: ContextVar[Caller | None] = ContextVar("caller", default=None)
_target: dict[str, Any] = {}


def connect(*, app: Any = None, base_url: str | None = None) -> None:
    """Point every call at an application in this process, or at an API on another host."""
    _target.clear()
    _target.update(app=app, base_url=base_url)


def person() -> Mapping[str, Any]:
    """The signed-in person's session as the gate read it for this very request: name, role, unit, programmes."""
    current = caller.get()
    return (current.session if current else None) or {}


def origin() -> str:
    """Scheme and host by which the person reaches the screen, for an address to be handed on."""
    headers: Mapping[str, str] = (caller.get() or Caller()).headers
    return headers.get("origin") or "http://" + headers.get("host", "localhost")


async def get(path: str, **query: Any) -> Any:
    """GET `/api/<path>`; parameters that are None or empty are left out."""
    return await _call("GET", path, params={name: value for name, value in query.items() if value not in (None, "")})


async def post(path: str, body: Mapping[str, Any] | None = None) -> Any:
    return await _call("POST", path, json=dict(body or {}))


async def read_session(who: Caller) -> dict[str, Any] | None:
    """The session behind a request's cookie, None when there is none. Any other trouble is raised."""
    if not who.has_cookie:
        return None
    try:
        found: dict[str, Any] = await _call("GET", "session", who=who)
    except ApiError as refusal:
        if refusal.status == 401:
            return None
        raise
    return found


async def read_phone(who: Caller) -> dict[str, Any]:
    """What the API says to a phone without a session: whether it is trusted, and by whom (masked)."""
    found: dict[str, Any] = await _call("GET", "session/phone", who=who)
    return found


async def read_ways(who: Caller) -> dict[str, Any]:
    """What the API offers beside name and password, and why this browser's last attempt came to nothing."""
    found: dict[str, Any] = await _call("GET", "session/ways", who=who)
    return found


async def _call(method: str, path: str, *, who: Caller | None = None, **request: Any) -> Any:
    who = who or caller.get() or Caller()
    # A client per call: httpx keeps cookies, and one person's must never serve another.
    async with _client(who) as http:
        try:
            response = await http.request(method, f"/api/{path}", headers=dict(who.headers), **request)
        except httpx2.TransportError as broken:
            raise ApiError(503, "unreachable", UNREACHABLE) from broken
    if response.is_success:
        return response.json() if response.content else None
    raise _error(response)


def _client(who: Caller) -> httpx2.AsyncClient:
    if _target.get("base_url"):
        # Over the network the screen's host is the proxy, which the API must be told to trust.
        told = {"x-forwarded-for": who.address[0]}
        return httpx2.AsyncClient(base_url=_target["base_url"], headers=told, trust_env=False, timeout=60)
    # The API compares Origin with Host, so the address asked is the one the person's browser used.
    address = "http://" + who.headers.get("host", "localhost")
    transport = httpx2.ASGITransport(app=_target["app"], raise_app_exceptions=False, client=who.address)
    return httpx2.AsyncClient(transport=transport, base_url=address, trust_env=False, timeout=60)


def _error(response: httpx2.Response) -> ApiError:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    message = body.get("message") or UNREACHABLE
    return ApiError(response.status_code, str(body.get("code") or response.status_code), message, body.get("detail"))
