"""考核办法 on both screens: a faulty change is one sentence with its key, a sound one shows who would move (试算)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_WAY, NewVisit
from tests.browser.server import account, read
from tests.browser.visits import Size

pytestmark = pytest.mark.browser

OFFICE = account("office")["name"]


@LONG_WAY
def test_a_trial_tells_its_fault_and_then_who_would_move(visit: NewVisit, size: Size) -> None:
    office = visit(size, OFFICE)
    page = office.page
    before = read(office.get("standings?programme=2023&period=2023-10"))
    between = [row for row in before["rows"] if row["score"] and 80 <= float(row["score"]) < 88]
    office.go("/rulebook?tab=trial&period=2023-10", "考核办法")
    page.get_by_label("四季度权重（%）").fill("60")
    page.get_by_role("button", name="试算", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“final.weights”有误：四个季度的权重合计应为100，现为110")
    page.get_by_label("四季度权重（%）").fill("50")
    page.get_by_label("等次“良好”的起点（分）").fill("88")
    page.get_by_role("button", name="试算", exact=True).click()
    expect(page.locator("#rulebook-found")).to_contain_text("等次“良好”的起点")
    expect(page.locator(".panel", has_text="谁会变动").first).to_contain_text(f"变动 {len(between)} 项")
    expect(page.locator("#rulebook-moves .ag-row").first).to_be_attached()
    office.fits()
    assert read(office.get("standings?programme=2023&period=2023-10")) == before
