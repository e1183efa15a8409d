"""Hostile names on every page and in every file (恶意名称·真实浏览器): SECURITY C5, C6, E3, G4.

A sheet full of scripts, formulas, links and invisible characters is brought in, shown, exported and handed out; in a
real browser nothing of it is run, asks a foreign host, or pushes the page out of the phone.
"""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from dashboard.components.shell import NAVIGATION
from importers import inert
from tests.browser.conftest import browser, chromium
from tests.browser.visits import DESKTOP, HOST, PHONE, Size
from tests.conftest import absent
from tests.trust import hostile_county
from tests.trust.hostile_county import EQUALS, LONG, NAMES, PEOPLE, HostileCounty
from tests.trust.running import started

__all__ = ["browser", "chromium"]  # fixtures

PATIENCE_MS = 20_000
FIRST_QUARTER = "period=2023Q1"
DRAWN = "h1, .state-failed:has-text('您的账号不能查看这一页')"  # the page, or that it is not this person's
# Seen by script: what ran, what was reported to break the policy.
WATCH = """
window.__hit = undefined; window.__broken = [];
document.addEventListener('securitypolicyviolation', e => window.__broken.push(e.blockedURI + ' ' + e.sample));
"""
LOOK = """() => {
  const scripts = [...document.querySelectorAll('#react-entry-point *')].flatMap(e =>
    [...e.attributes].filter(a => a.name.startsWith('on') || /^\\s*(javascript|data:text)/i.test(a.value))
      .filter(a => ['href', 'src', 'action', 'srcdoc'].includes(a.name) || a.name.startsWith('on'))
      .map(a => e.tagName + ' ' + a.name + '=' + a.value.slice(0, 80)));
  const foreign = [...document.querySelectorAll('a[href], img[src], iframe, object, embed')]
    .map(e => e.href || e.src || e.tagName).filter(u => !u.startsWith(location.origin) && !u.startsWith('data:'));
  return {hit: window.__hit ?? null, broken: window.__broken, scripts, foreign,
          width: document.documentElement.scrollWidth, text: document.body.innerText};
}"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, quick_passwords: Any) -> HostileCounty:
    return hostile_county.fill(tmp_path_factory.mktemp("hostile-names") / "home")


@pytest.fixture(scope="module")
def address(county: HostileCounty) -> Iterator[str]:
    with started(county.settings.home) as found:
        yield found


@pytest.fixture(scope="module")
def office(county: HostileCounty, address: str) -> Iterator[httpx2.Client]:
    headers = {"cookie": f"sanzhong={county.cookie('office_head')}"}
    with httpx2.Client(base_url=address, headers=headers, trust_env=False, timeout=60) as client:
        yield client


def pages(county: HostileCounty, *, is_whole: bool) -> dict[str, list[str]]:
    """What is opened, by role: every page of the menu and each project's card, receipt and target."""
    cards = county.ids if is_whole else [county.ids[0], county.ids[-1]]
    deep = [f"/projects/{one}?{FIRST_QUARTER}" for one in cards]
    deep += [f"/receipt?project={one}&{FIRST_QUARTER}" for one in cards[-2:]]
    deep += [f"/imports/{county.uploads[0]}", f"/imports/{county.uploads[-1]}", f"/ranking?{FIRST_QUARTER}"]
    deep += [f"/assessees?{FIRST_QUARTER}", f"/whatif?period=2023Q2&id={county.ids[-1]}", "/alerts?month=2023-03"]
    if not is_whole:
        office = [deep[1], f"/imports/{county.uploads[-1]}", "/ranking?period=2023-03"]
        return {"office_head": office, "unit": ["/"]}
    menu = [*(path for path, *_ in NAVIGATION), "/account"]
    return {role: [*menu, *deep] if role == "office_head" else [*menu, deep[0]] for role in PEOPLE}


class Watched:
    """One browser as one person: everything that must never happen on a page is written down."""

    def __init__(self, browser: Browser, county: HostileCounty, address: str, role: str, size: Size) -> None:
        self.context = browser.new_context(
            base_url=address, viewport={"width": size.width, "height": size.height}, is_mobile=size.is_phone,
            locale="zh-CN", service_workers="block",
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_cookies([{"name": "sanzhong", "value": county.cookie(role), "url": address}])
        self.context.add_init_script(WATCH)
        self.role, self.size, self.trouble = role, size, list[str]()
        self.page: Page = self.context.new_page()
        self.page.on("dialog", self._dialog)
        self.context.on("request", lambda sent: self._foreign(sent.url))
        self.context.on("weberror", lambda error: self.trouble.append(f"exception: {error.error}"))
        self.context.on("console", self._console)

    def _dialog(self, dialog: Any) -> None:
        self.trouble.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _foreign(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")) and f"//{HOST}" not in url:
            self.trouble.append(f"left the machine: {url}")

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.trouble.append(f"policy: {message.text[:300]}")

    def open(self, path: str) -> str:
        """The page's whole text once it is drawn and quiet."""
        self.page.goto(path)
        try:
            self.page.locator(DRAWN).first.wait_for(state="attached")
            self.page.wait_for_function("document.querySelectorAll('.state-loading').length === 0")
        except TimeoutError:
            self.trouble.append(f"{path} {self.role} {self.size}: not drawn")
        for row in self.page.locator(".ag-row").all()[:6]:
            row.hover(force=True, timeout=2000) if row.is_visible() else None
        seen = self.page.evaluate(LOOK)
        for name in ("hit", "broken", "scripts", "foreign"):
            if seen[name]:
                self.trouble.append(f"{path} {self.size}: {name} {seen[name]}")
        if seen["width"] > self.size.width:
            self.trouble.append(f"{path}: {seen['width']} px wide on a screen of {self.size.width}")
        text: str = seen["text"]
        return text


def walk(browser: Browser, county: HostileCounty, address: str, *, is_whole: bool) -> tuple[int, list[str]]:
    opened, trouble, shown = 0, list[str](), ""
    for size in (DESKTOP, PHONE):
        for role, paths in pages(county, is_whole=is_whole).items():
            watched = Watched(browser, county, address, role, size)
            for path in paths:
                shown += watched.open(path)
                opened += 1
            trouble += watched.trouble
            watched.context.close()
    assert hostile_county.SCRIPT in shown  # it was there to be run
    assert hostile_county.LINK in shown
    return opened, trouble


@pytest.mark.browser
@pytest.mark.parametrize("is_whole", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["short", "whole"])
def test_nothing_of_a_hostile_name_runs_on_any_page(
    browser: Browser, county: HostileCounty, address: str, is_whole: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    opened, trouble = walk(browser, county, address, is_whole=is_whole)
    assert not trouble, "\n".join(trouble)
    with capsys.disabled():
        print(f" {len(NAMES)}个名称 × {opened}次打开页面 ", end="")


@pytest.mark.browser
@pytest.mark.slow
def test_a_printed_receipt_runs_nothing(browser: Browser, county: HostileCounty, address: str) -> None:
    watched = Watched(browser, county, address, "office_head", DESKTOP)
    watched.page.emulate_media(media="print")
    for project in county.ids:
        watched.open(f"/receipt?project={project}&{FIRST_QUARTER}")
    assert watched.page.pdf().startswith(b"%PDF-")
    watched.context.close()
    assert watched.trouble == []


# ---- files ----------------------------------------------------------------------------------------------------------

FILES = (
    "standings/export?programme=2023&period=2023Q1",
    "standings/export?programme=2023&period=2023",
    "alerts/export?programme=2023&month=2023-03",
    "assessees/export?programme=2023&period=2023Q1&kind=responsible_unit",
    "assessees/export?programme=2023&period=2023Q1&kind=project",
    "whatif/export?programme=2023&period=2023Q2",
    "templates/monthly?programme=2023&month=2023-04&filled=true",
    "templates/plan?programme=2023&filled=true",
    "templates/responsibility?programme=2023&filled=true",
    "audit/export",
    "audit/manual/export",
    "audit/changes/export?programme=2023",
    "uploads/{upload}/annotated",
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def taken(office: httpx2.Client, county: HostileCounty) -> Iterator[tuple[str, httpx2.Response]]:
    for path in FILES:
        filled = path.format(upload=county.uploads[-1])
        answer = office.get(f"/api/{filled}")
        assert answer.status_code == 200, (filled, answer.text[:300])
        yield filled, answer


def texts(content: bytes) -> list[tuple[str, Any]]:
    """Every text cell with its type."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [(cell.data_type, cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None]


def test_no_file_holds_a_formula_and_every_name_is_a_download_under_a_safe_name(
    office: httpx2.Client, county: HostileCounty
) -> None:
    """Text that could run stands behind an apostrophe; the file is never shown in place of being saved."""
    named = 0
    for path, answer in taken(office, county):
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment; "), path
        assert disposition.isascii() and not set("\r\n<>") & set(disposition), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] in (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream",
        ), path  # fmt: skip
        is_theirs = path.startswith("uploads/")  # the sender's own sheet, its cells left as they were
        for kind, value in texts(answer.content):
            is_ours = kind == "f" and path.startswith(("templates/", "standings/"))  # sums of our own
            assert kind != "f" or (is_ours and "cmd" not in str(value) and "HYPERLINK" not in str(value)), (path, value)
            if isinstance(value, str) and kind == "s" and not is_theirs and value.strip("-－ "):
                assert not value.startswith(STARTS), (path, value[:80])
                named += value == f"'{EQUALS}"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
            assert not [part for part in parts.namelist() if "externalLink" in part or "vba" in part.lower()], path
    assert named >= 4


def test_minus_twelve_stays_a_number_and_a_name_that_begins_with_minus_does_not() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for line, value in enumerate(("-12", "-12 %", -12, hostile_county.MINUS, EQUALS), 1):
        inert.put(page.cell(line, 1), value)
    held = io.BytesIO()
    book.save(held)
    assert texts(held.getvalue()) == [
        ("n", -12), ("n", -0.12), ("n", -12), ("s", f"'{hostile_county.MINUS}"), ("s", f"'{EQUALS}"),
    ]  # fmt: skip


@pytest.mark.slow
def test_libreoffice_finds_no_formula_in_any_file_either(
    office: httpx2.Client, county: HostileCounty, tmp_path: Path
) -> None:
    """Converted to text by LibreOffice, which evaluates what it takes for a formula: no 2 where 1+1 was written."""
    program = shutil.which("soffice") or absent("无 LibreOffice：找不到 soffice")
    for number, (_, answer) in enumerate(taken(office, county)):
        (tmp_path / f"{number}.xlsx").write_bytes(answer.content)
    subprocess.run(
        [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "csv",
         "--outdir", str(tmp_path), *map(str, sorted(tmp_path.glob("*.xlsx")))],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    found = sorted(tmp_path.glob("*.csv"))
    assert len(found) == len(FILES)
    for one in found:
        text = one.read_text(encoding="utf-8", errors="replace")
        assert "#NAME?" not in text and "Err:" not in text, one
    assert f"'{EQUALS}" in found[0].read_text(encoding="utf-8", errors="replace")


def test_an_original_is_never_shown_in_the_browser_whatever_it_is_called(
    office: httpx2.Client, county: HostileCounty
) -> None:
    answer = office.get(f"/api/uploads/{county.uploads[0]}/file")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src" in answer.headers["content-security-policy"]
    assert answer.content.startswith(b"PK")


def test_json_says_names_as_they_are_and_is_taken_for_nothing_else(
    office: httpx2.Client, county: HostileCounty
) -> None:
    answer = office.get("/api/projects?programme=2023")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    names = {row["name"] for row in json.loads(answer.content)["rows"]}
    assert {hostile_county.SCRIPT, hostile_county.IMAGE, LONG} <= names


def test_no_hostile_name_stands_in_the_log_and_every_line_is_one(office: httpx2.Client, county: HostileCounty) -> None:
    """Line breaks and names in file names, sheet names, addresses and headers leave one JSON object a line."""
    files = {"file": ('a\r\n{"at":"forged"}<script>window.__hit=1</script>.xlsx', b"not a workbook")}
    office.post("/api/uploads", data={"programme": "2023"}, files=files)
    office.get("/api/rulebooks/examples/%0d%0a%7B%22at%22%3A%22forged%22%7D", headers={"user-agent": "x<script>"})
    office.get("/api/projects?programme=%0d%0aforged")
    lines = (county.settings.home / "server.log").read_text(encoding="utf-8").splitlines()
    written = [line for line in lines if line.startswith("{")]
    assert len(written) > 3
    assert [line for line in written if not isinstance(json.loads(line), dict)] == []
    assert [line for line in lines if "window.__hit" in line or "forged" in line or "etc/passwd" in line] == []
    assert len(lines) - len(written) <= 3  # the address, at the start
