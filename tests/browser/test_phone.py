"""A leader's phone (县领导的手机): trusted once, then six digits lead from a message's link to the very card."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisit
from tests.browser.server import Server, account, read
from tests.browser.visits import PHONE

pytestmark = pytest.mark.browser

LEADER = account("leader", scope="county")["name"]
PIN = "739104"


def test_a_link_from_a_message_leads_through_the_pin_to_the_card(visit: NewVisit, server: Server) -> None:
    phone = visit(PHONE, LEADER, refusals=(401,))
    page = phone.page
    project = read(phone.get("projects?programme=2023"))["rows"][0]
    phone.go("/account", "我的账号")
    page.get_by_text("信任这台手机30天").tap()
    page.get_by_label("设6位数字").fill(PIN)
    page.get_by_label("再输一遍", exact=True).fill(PIN)
    page.get_by_role("button", name="信任这台手机").tap()
    expect(page.locator("#account-phones")).to_contain_text("本机")
    phone.fits()

    page.get_by_role("button", name=LEADER).tap()
    page.get_by_text("退出登录").tap()
    page.wait_for_url("**/sign-in")
    page.goto(f"/projects/{project['id']}")
    expect(page.get_by_text(f"{LEADER[0]}**，请输入6位数字")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(LEADER)
    phone.fits()
    page.locator("#sign-in-pin").fill("000001")
    page.get_by_role("button", name="登录").first.tap()
    expect(page.get_by_role("alert")).to_contain_text("6位数字不对，还可以试4次")
    page.locator("#sign-in-pin").fill(PIN)
    page.get_by_role("button", name="登录").first.tap()
    phone.stands_at(project["name"])
    phone.fits()
