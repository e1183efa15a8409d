"""镇区: one's own projects, and nothing of another unit's (行级权限)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisit
from tests.browser.server import account, read
from tests.browser.visits import DESKTOP, Size

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TOWNSHIP = account("unit")
PROJECTS = "projects?programme=2023"


def test_a_township_sees_its_own_projects_and_cannot_open_anothers(visit: NewVisit, size: Size) -> None:
    township = visit(size, TOWNSHIP["name"], refusals=(404,))
    page = township.page
    own = read(township.get(PROJECTS))["rows"]
    everybody = read(visit(DESKTOP, account("office")["name"]).get(PROJECTS))["rows"]
    assert {row["responsible_unit"] for row in everybody} > {TOWNSHIP["unit"]}

    township.go("/projects", "项目档案")
    expect(page.locator("section.panel", has_text="项目清单")).to_contain_text(f"共 {len(own)} 项")
    names = page.locator("#projects-table .ag-row [col-id='name']")
    expect(names).to_have_count(len(own))
    assert sorted(names.all_inner_texts()) == sorted(row["name"] for row in own)
    township.fits()

    mine = next(row for row in own if row["responsible_unit"] == TOWNSHIP["unit"])
    page.locator("#projects-table").get_by_role("link", name=mine["name"], exact=True).click()
    township.stands_at(mine["name"])

    foreign = next(row for row in everybody if row["id"] not in {row["id"] for row in own})
    for path in (f"projects/{foreign['id']}", f"projects/{foreign['id']}/receipt?period=2023"):
        refusal = read(township.get(path, 404))
        assert (refusal["code"], refusal["message"][:6]) == ("not_found", "没有这个项目")
    page.goto(f"/projects/{foreign['id']}")
    expect(page.get_by_role("alert")).to_contain_text("没有这个项目")
    expect(page.locator("body")).not_to_contain_text(foreign["name"])
    township.fits()
