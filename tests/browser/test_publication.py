"""From draft to signature on screen: a township contests its score on the phone, the office decides, the head signs."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisit
from tests.browser.server import account, read
from tests.browser.visits import DESKTOP, PHONE

pytestmark = pytest.mark.browser

OFFICE, HEAD, TOWNSHIP = (account(role)["name"] for role in ("office", "office_head", "unit"))
OCTOBER = "/publications?period=2023-10"
TITLE = "定稿与更正"
PDF = b"%PDF-1.4\na voucher\n"


def test_a_score_is_drafted_contested_decided_and_signed(visit: NewVisit) -> None:
    office, head, township = visit(DESKTOP, OFFICE), visit(DESKTOP, HEAD), visit(PHONE, TOWNSHIP)

    office.go(OCTOBER, TITLE)
    office.page.get_by_role("button", name="拟稿…").click()
    office.page.get_by_role("dialog").get_by_role("button", name="拟稿", exact=True).click()
    expect(office.page.locator("#publications-one")).to_contain_text("已拟稿·公示至")

    township.go("/publications", TITLE)
    laid_open = read(township.get("appeals?programme=2023"))["disclosures"][0]["rows"]
    page = township.page
    page.get_by_text("提出申诉").first.tap()
    form = page.locator("[data-appeal]").first
    form.get_by_role("button", name="提交申诉").tap()
    expect(form.get_by_role("alert")).to_have_text("请写明申诉理由，再提交。")
    form.locator("textarea").first.fill("10月漏记一笔设备款")
    with page.expect_file_chooser() as chosen:
        form.get_by_role("button", name="附佐证材料").tap()
    chosen.value.set_files({"name": "凭证.pdf", "mimeType": "application/pdf", "buffer": PDF})
    form.get_by_role("button", name="提交申诉").tap()
    expect(page.locator("#publications-own-appeals")).to_contain_text("10月漏记一笔设备款")
    expect(page.locator("#publications-own-appeals")).to_contain_text("待答复")
    township.fits()
    appeal = read(township.get("appeals?programme=2023"))["rows"][0]
    assert (appeal["project_id"], appeal["file"]) == (laid_open[0]["project_id"], "凭证.pdf")
    assert township.get(f"appeals/{appeal['id']}/file") == PDF

    head.go(OCTOBER, TITLE)
    expect(head.page.locator("#publications-hindrances")).to_contain_text("还有1件申诉没有决定")
    expect(head.page.get_by_role("button", name="签发…")).to_have_count(0)

    office.go(OCTOBER, TITLE)
    office.page.get_by_label("答复").fill("已复核原始凭证")
    office.page.get_by_role("button", name="维持原得分").click()
    expect(office.page.locator("#publications-trouble")).to_contain_text("请写明维持的理由，再作决定。")
    office.page.get_by_label("决定的理由").fill("凭证所记为11月到货")
    office.page.get_by_role("button", name="维持原得分").click()
    expect(office.page.locator("#publications-appeals")).to_contain_text("决定维持：凭证所记为11月到货")

    head.go(OCTOBER, TITLE)
    head.page.get_by_role("button", name="签发…").click()
    head.page.get_by_role("dialog").get_by_role("button", name="签发", exact=True).click()
    expect(head.page.locator("#publications-one")).to_contain_text("已签发")

    township.go(f"/projects/{appeal['project_id']}?period=2023-10", appeal["name"])
    expect(page.locator("#project-appeals")).to_contain_text("决定维持：凭证所记为11月到货")


def test_a_correction_shows_which_cells_moved_which_ranks(visit: NewVisit) -> None:
    office = visit(DESKTOP, OFFICE)
    office.go("/publications?period=2023Q3", TITLE)
    changes = read(office.get("publications/changes?programme=2023&period=2023Q3"))
    own = [row["name"] for row in changes["rows"] if row["is_own"]]
    assert sorted(own) == ["华丰铝板带技改", "江龙碳材石墨压型"]  # the two rows of the sheet of corrections
    rows = office.page.locator("#publications-own .ag-pinned-left-cols-container .ag-row [col-id='name']")
    expect(rows).to_have_count(len(own))
    expect(office.page.locator("#publications-own")).to_contain_text("2023年9月进展情况更正表.xlsx 9月!")
    expect(office.page.locator("#publications-moved")).to_contain_text("更正单（第1号）")
