"""Every page on both screens: whole, quiet, on this machine alone; its address restores it (各页)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_WAY, NewVisit
from tests.browser.server import account, read
from tests.browser.visits import DESKTOP, Size, Visit

pytestmark = pytest.mark.browser

OFFICE = account("office")["name"]


def addresses(office: Visit) -> dict[str, str]:
    """Every page with its title: what the menu leads to, one project, one upload, the sample page."""
    project = read(office.get("projects?programme=2023"))["rows"][0]
    upload = read(office.get("uploads?programme=2023"))["rows"][0]
    menu = {
        link.get_attribute("href") or "": link.text_content() or ""
        for link in office.page.locator(".navigation a").all()
    }
    assert len(menu) >= 5
    return menu | {
        f"/projects/{project['id']}": project["name"],
        f"/imports/{upload['id']}": upload["file"],
        "/components": "样张",
    }


def test_every_page_is_drawn_without_an_error_and_within_the_screen(visit: NewVisit, size: Size) -> None:
    office = visit(size, OFFICE)
    office.go("/", "总览")
    for address, title in addresses(office).items():
        office.go(address, title)
        for table in office.page.locator(".table").all():
            expect(table.locator(".ag-row, .ag-overlay-no-rows-center").first).to_be_attached()
        expect(office.page.locator(".page-source")).to_contain_text("数据来源")
        office.fits()


@LONG_WAY
def test_an_address_restores_its_view(visit: NewVisit, size: Size) -> None:
    office = visit(size, OFFICE)
    page = office.page
    office.go("/ranking?period=2023Q3&group=农业农村重点项目", "分级排名")
    board = read(office.get("standings?programme=2023&period=2023Q3"))
    expect(page.locator(".page-subtitle")).to_have_text(f"2023年三季度 · {board['label']}")
    rows = [row for row in board["rows"] if row["group"] == "农业农村重点项目"]
    shown = page.locator("#ranking-table .ag-row [col-id='name']")
    expect(shown.first).to_have_text(rows[0]["name"])
    expect(page.locator("section.panel-table", has_text="参加排名")).to_contain_text(f"共 {len(rows)} 项")
    office.go("/alerts?month=2023-09&light=red", "风险预警")
    september = read(office.get("alerts?programme=2023&month=2023-09"))
    expect(page.locator(".page-subtitle")).to_contain_text("2023年9月")
    red = page.locator("#alerts-table .ag-row [col-id='name']")
    expect(red).to_have_count(september["counts"]["red"])
    # One step back in the browser is one view back.
    page.go_back()
    office.stands_at("分级排名")
    expect(shown.first).to_have_text(rows[0]["name"])


@LONG_WAY
def test_an_unknown_address_says_so_in_chinese_and_an_unknown_interface_in_json(visit: NewVisit, size: Size) -> None:
    office = visit(size, OFFICE, refusals=(404,))
    page = office.page
    page.goto("/nowhere")
    expect(page.locator(".state-title")).to_have_text("没有这一页")
    page.get_by_role("link", name="回到总览").click()
    office.stands_at("总览")
    answer = page.goto("/api/typo")
    assert answer is not None and answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")
    assert set(answer.json()) == {"code", "message", "detail"}


@LONG_WAY
def test_signing_out_ends_at_the_sign_in_page_and_the_way_back_is_kept(visit: NewVisit, size: Size) -> None:
    office = visit(size, OFFICE, refusals=(401,))
    page = office.page
    office.go("/alerts", "风险预警")
    page.locator(".account").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page).to_have_url(f"{office.server.address}/sign-in")
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
    office.fits()
    office.get("session", 401)
    page.goto("/ranking?period=2023Q3")
    expect(page).to_have_url(f"{office.server.address}/sign-in?next=/ranking%3Fperiod%3D2023Q3")
    page.get_by_label("用户名").fill(OFFICE)
    page.get_by_label("口令").fill("不是口令")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).not_to_be_empty()


EVAL = "() => { const made = document.createElement('script'); made.text = 'eval(1)'; document.head.append(made) }"


@pytest.mark.parametrize(
    ("event", "act", "noticed"),
    [
        ("console", "() => console.error('a mistake')", "console: a mistake"),
        ("weberror", "() => { setTimeout(() => { throw new Error('a slip') }) }", "exception: a slip"),
        ("response", "() => { fetch('/api/typo') }", "HTTP 404: GET"),
        ("console", EVAL, "Content Security Policy"),
        ("console", "() => { new Image().src = 'https://example.org/dot.png' }", "Content Security Policy"),
        ("request", "() => { window.open('https://example.org/') }", "left the machine: https://example.org/"),
    ],
    ids=["console", "exception", "refusal", "inline script", "foreign picture", "foreign page"],
)
def test_what_no_page_may_do_is_noticed_here(visit: NewVisit, event: str, act: str, noticed: str) -> None:
    nobody = visit(DESKTOP, is_excused=True)
    nobody.page.goto("/sign-in")
    assert nobody.trouble == []
    with nobody.context.expect_event(event, lambda _: any(noticed in trouble for trouble in nobody.trouble)):
        nobody.page.evaluate(act)
