"""What each user group comes for and what it must never see: 县领导 on the phone, 镇区 (各用户群)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_WAY, NewVisit
from tests.browser.server import account, read
from tests.browser.visits import DESKTOP, PHONE, Size

pytestmark = pytest.mark.browser

LEADER = account("leader", scope="county")["name"]
OCTOBER = "alerts?programme=2023&month=2023-10"
TOWNSHIP = account("unit")
PROJECTS = "projects?programme=2023"


# -- 县领导 on the phone -----------------------------------------------------------------------------------------


def test_the_phone_opens_on_the_sentence_that_a_leader_needs(visit: NewVisit) -> None:
    leader = visit(PHONE, LEADER)
    page = leader.page
    leader.go("/", "总览")
    alerts = read(leader.get(OCTOBER))
    counts = alerts["counts"]
    worse = [row for row in alerts["rows"] if row["is_worse"]]

    headline = page.locator("#overview-headline")
    labels = headline.locator(".figure-label").all_inner_texts()
    shown = dict(zip(labels, headline.locator(".figure-value").all_inner_texts(), strict=True))
    # DEMO: as of October 134 projects, 69 finished, 60 expected to make it, 5 not.
    assert shown["10月在册项目"] == "134"
    assert (shown["已完"], shown["可完"], shown["难完"]) == ("69", "60", "5")
    assert (shown["▲ 红灯"], shown["◆ 黄灯"]) == (str(counts["red"]), str(counts["yellow"]))
    assert shown["本月转差"] == str(len(worse))

    # It all stands in the first screen, the worse list begins there, and no chart comes before it.
    box, first = headline.bounding_box(), page.locator("#overview-worse li").first.bounding_box()
    assert box is not None and first is not None
    assert box["y"] + box["height"] < PHONE.height and first["y"] < PHONE.height
    chart = page.locator(".figure-graph").first.bounding_box()
    assert chart is None or chart["y"] > first["y"]

    # Each that turned worse: why, and whose desk.
    lines = page.locator("#overview-worse li")
    expect(lines).to_have_count(len(worse))
    assert worse, "October turns nobody worse"
    for row in worse:
        line = lines.filter(has=page.get_by_role("link", name=row["name"], exact=True))
        expect(line).to_contain_text(f"责任单位：{row['responsible_unit']}")
        expect(line).to_contain_text(f"包挂领导：{row['lead_official']}")
        expect(line).to_contain_text(next(r["sentence"] for r in row["reasons"] if r["light"] == row["light"]))
    leader.fits()


def test_a_tap_leads_from_a_project_to_the_cell_behind_its_score(visit: NewVisit) -> None:
    leader = visit(PHONE, LEADER)
    page = leader.page
    leader.go("/", "总览")
    own = [row for row in read(leader.get(OCTOBER))["rows"] if row["lead_official"] == LEADER]
    row = next(row for row in own if row["light"] == "green")
    page.locator("#overview-own").get_by_role("link", name=row["name"], exact=True).tap()
    leader.stands_at(row["name"])
    receipt = read(leader.get(f"projects/{row['id']}/receipt?period=2023"))
    october = next(month for q in receipt["quarters"] for month in q["months"] if month["month"] == "2023-10")
    shown = page.locator("#project-receipt")
    expect(shown).to_contain_text(receipt["score"])
    line = shown.locator(".receipt-month", has=page.get_by_role("heading", name="10月", exact=True))
    expect(line).to_be_visible()
    expect(line).to_contain_text(october["score"])
    evidence = october["evidence"]
    expect(line).to_contain_text(
        f"出处：{evidence['file']} {evidence['sheet']}!{evidence['cell']}，{evidence['uploader']}"
    )
    leader.fits()


def test_a_leader_has_no_import_page(visit: NewVisit) -> None:
    leader = visit(PHONE, LEADER, refusals=(403,))
    page = leader.page
    leader.go("/", "总览")
    shown = leader.navigation.all_inner_texts()
    assert shown[:4] == ["总览", "排名", "预警", "项目"]
    assert "导入" not in shown
    page.goto("/imports")
    expect(page.get_by_role("alert")).to_contain_text(read(leader.get("uploads?programme=2023", 403))["message"])
    expect(page.locator("#imports-zone")).to_have_count(0)


PIN = "739104"


def test_a_link_from_a_message_leads_through_the_pin_to_the_card(visit: NewVisit) -> None:
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


# -- 镇区 -------------------------------------------------------------------------------------------------------


@LONG_WAY
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
