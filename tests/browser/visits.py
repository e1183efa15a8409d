"""A visit (访问): one signed-in browser, watched for everything that no page may ever do."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.browser.server import Server

HOST = "127.0.0.1"
INLINE = ("data", "blob")  # addresses that name no host
PATIENCE_MS = 60_000  # how long anything may take to appear on a busy machine


@dataclass(frozen=True)
class Size:
    """A screen. Figures are CSS pixels."""

    name: str
    width: int
    height: int

    @property
    def is_phone(self) -> bool:
        return self.width < 768

    def __str__(self) -> str:
        return self.name


DESKTOP = Size("desktop", 1440, 900)
PHONE = Size("phone", 390, 844)


@dataclass
class Visit:
    """A page and what went wrong on it. `refusals`: statuses of 400 and above that this visit is about."""

    server: Server
    size: Size
    context: BrowserContext
    page: Page
    refusals: frozenset[int] = frozenset()
    trouble: list[str] = field(default_factory=list)
    is_excused: bool = False

    def get(self, path: str, status: int = 200) -> bytes:
        """GET `/api/<path>` with this visit's own session."""
        answer = self.context.request.get(f"{self.server.address}/api/{path}")
        assert answer.status == status, answer.text()
        return answer.body()

    def go(self, path: str, title: str) -> None:
        """Open an address and wait until the page that it names is drawn whole."""
        self.page.goto(path)
        self.stands_at(title)

    def stands_at(self, title: str) -> None:
        expect(self.page.locator("h1")).to_have_text(title)
        expect(self.page.locator("[id$='-body'] > .state-loading")).to_have_count(0)

    @property
    def navigation(self) -> Any:
        """The menu that this size shows: at the left, or at the foot of a phone."""
        return self.page.locator(".bottom-bar a" if self.size.is_phone else ".navigation a")

    def fits(self) -> None:
        """Nothing makes the whole page scroll sideways."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.size.width, f"{self.page.url}: {width} px wide on a screen of {self.size.width}"


def open_visit(browser: Browser, server: Server, size: Size, refusals: frozenset[int]) -> Visit:
    """A browser with nobody signed in."""
    context = browser.new_context(
        base_url=server.address,
        viewport={"width": size.width, "height": size.height},
        is_mobile=size.is_phone,
        has_touch=size.is_phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        service_workers="block",
    )
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(server, size, context, context.new_page(), refusals)
    watch(visit)
    return visit


def sign_in(visit: Visit, name: str) -> None:
    """By the API; that the page does the same is a test of its own."""
    token = visit.server.link(name).partition("link=")[2]
    answer = visit.context.request.post("/api/session", data={"link": token})
    assert answer.ok, answer.text()


def watch(visit: Visit) -> None:
    """Note console errors (a breach of the CSP is one), exceptions, failures and every call to another host."""

    def console(message: ConsoleMessage) -> None:
        # A refused request is noted below, with its status.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            visit.trouble.append(f"console: {message.text} {message.location}")

    def request(sent: Request) -> None:
        foreign(sent.url)

    def foreign(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in INLINE and parts.hostname != HOST:
            visit.trouble.append(f"left the machine: {url}")

    def response(received: Response) -> None:
        if received.status >= 400 and received.status not in visit.refusals:
            visit.trouble.append(f"HTTP {received.status}: {received.request.method} {received.url}")

    def failed(sent: Request) -> None:
        # What is still under way when one moves on is given up by the browser.
        if sent.failure != "net::ERR_ABORTED":
            visit.trouble.append(f"failed: {sent.url} {sent.failure}")

    visit.context.on("request", request)
    visit.context.on("response", response)
    visit.context.on("requestfailed", failed)
    visit.context.on("console", console)
    visit.context.on("weberror", lambda error: visit.trouble.append(f"exception: {error.error}"))
    visit.page.on("websocket", lambda socket: foreign(socket.url))
