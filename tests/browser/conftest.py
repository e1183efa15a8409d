"""A real browser on the real server. Chromium is the system's own; absent, these tests are skipped with the reason.

Every module has a server and a copy of the demo to itself, so that none disturbs another. Chromium and its driver live
as long as a module: the driver keeps an event loop running, which other tests on the same worker must not meet.
"""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.server import Server
from tests.browser.visits import DESKTOP, PATIENCE_MS, PHONE, Size, Visit, open_visit, sign_in
from tests.conftest import absent
from tests.installations import DEMO, NewInstallation

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-gpu-compositing",
    "--disable-gpu-rasterization",
    "--disable-software-rasterizer",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but the loopback is ever found: what needs the internet fails here.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
NewVisit = Callable[..., Visit]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    return shutil.which("chromium") or absent("无浏览器：找不到 chromium（Debian：apt install chromium）")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(
    chromium: str, new_installation: NewInstallation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """`serve --with-demo` on a copy of the loaded demo."""
    with Server(new_installation(tmp_path_factory.mktemp("browser") / "home", DEMO)) as started:
        yield started


@pytest.fixture(params=[DESKTOP, PHONE], ids=str)
def size(request: pytest.FixtureRequest) -> Size:
    """The screen; a test that takes it runs on both."""
    found: Size = request.param
    return found


# For a long way through the screen that the phone shares with the desktop: there it is walked in `make test-all` alone.
LONG_WAY = pytest.mark.parametrize(
    "size", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.slow)], ids=str, indirect=True
)


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[NewVisit]:
    """`visit(size, "宋知微", refusals=(404,))`: a browser signed in as that account ("": nobody).

    Afterwards no page of it may have shown an error in its console, raised an exception, been refused anything but
    `refusals`, or called another host; unless it is excused, to show that all this is noticed.
    """
    opened: list[Visit] = []

    def begin(size: Size, name: str = "", *, refusals: tuple[int, ...] = (), is_excused: bool = False) -> Visit:
        begun = open_visit(browser, server, size, frozenset(refusals))
        opened.append(begun)
        begun.is_excused = is_excused
        if name:
            sign_in(begun, name)
        return begun

    yield begin
    for one in opened:
        one.context.close()
    assert [trouble for one in opened if not one.is_excused for trouble in one.trouble] == []
