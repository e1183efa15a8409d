"""考核办法 on both screens: a faulty change is one sentence with its key, a sound one shows who would move (试算)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_WAY, NewVisit
from tests.browser.server import account, read
from tests.browser.visits import DESKTOP, Size

pytestmark = pytest.mark.browser

OFFICE = account("office")["name"]
COUNT_WHAT_IS_TOLD = """
document.addEventListener("DOMContentLoaded", () => {
  window.told = 0;
  window.store.subscribe(() => { window.told += 1; });
});
"""


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


def test_a_page_of_many_parts_is_drawn_without_telling_all_of_each(visit: NewVisit) -> None:
    """dashboard/assets/renderer.js: without it the store tells every part of each that is mounted."""
    office = visit(DESKTOP, OFFICE)
    office.page.add_init_script(COUNT_WHAT_IS_TOLD)
    office.go("/rulebook", "考核办法")
    parts = office.page.locator(".page *").count()
    assert parts > 1000
    assert office.page.evaluate("window.told") < parts / 4
