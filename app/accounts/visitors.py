"""Who stands at the door before it is known who it is (来访): network address, browser, and its name in words.

The address is the connection's own; X-Forwarded-For counts only when a configured proxy wrote it, which the middleware
of `app.main` has settled before a request comes here.
"""

import ipaddress
import re
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from app.accounts.tokens import hashed

BROWSER_COOKIE = "sanzhong_browser"
PHONE_COOKIE = "sanzhong_phone"
AGENTS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """`browser` is the hash of the browser's cookie, empty without one."""

    address: str = ""
    browser: str = ""
    agent: str = ""

    @property
    def network(self) -> str:
        return network(self.address)


def visitor_of(request: HTTPConnection) -> Visitor:
    token = request.cookies.get(BROWSER_COOKIE, "")
    return Visitor(
        address=request.client.host if request.client is not None else "",
        browser=hashed(token) if token else "",
        agent=agent_words(request.headers.get("user-agent", "")),
    )


def network(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 of an IPv6 one, within which a host changes at will."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def agent_words(header: str) -> str:
    """手机 Chrome, 电脑 Firefox; empty when the header says nothing (a script)."""
    if not header:
        return ""
    kind = "手机" if re.search(r"Mobile|Android|iPhone|HarmonyOS", header) else "电脑"
    name = next((word for mark, word in AGENTS if mark in header), "其他程序")
    return f"{kind} {name}"
