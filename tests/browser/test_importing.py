"""办公室: November's sheet from the file to the board on screen, and back; bad files (月报导入 → 分级排名 → 撤销)."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import bad_files
from tests.browser.conftest import LONG_WAY, NewVisit
from tests.browser.server import PROGRAMME, ROOT, account, read
from tests.browser.visits import Size, Visit

pytestmark = pytest.mark.browser

NOVEMBER = ROOT / "data" / "samples" / "2023年11月三重一大项目进展情况表.xlsx"
OFFICE = account("office")["name"]
SEVERITY = {"green": 0, "yellow": 1, "red": 2}
REASON = "表中有误，退回重报"

# Everything a person or a script can see of the programme's standing; an undo must bring back each byte of it.
RANKS, LIGHTS = "standings?programme=2023&period=", "alerts?programme=2023&month="
BOARDS = (
    *(RANKS + period for period in ("2023-10", "2023-11", "2023Q4", "2023")),
    LIGHTS + "2023-10",
    "projects?programme=2023",
)

# The file's name, what is in it, and the words that its sentence must hold: what is wrong, what to do.
REFUSED = (
    ("说明.xlsx", bad_files.text(), ("没有找到“项目名称”列", "重新上传")),
    ("加密.xlsx", bad_files.password_protected(), ("文件已加密", "取消密码")),
    ("收支.xlsx", bad_files.without_names(), ("没有找到“项目名称”列", "重新上传")),
    ("空.xlsx", bad_files.empty(), ("文件是空的", "重新上传")),
    ("过大.xlsx", bad_files.too_big(), ("超过5MB", "重新上传")),
    ("约数.xlsx", bad_files.unreadable_number(), ("11月!C5", "累计完成投资“详见附件”不是数字", "请填数字")),
)


def boards(visit: Visit) -> dict[str, bytes]:
    return {path: visit.get(path) for path in BOARDS}


def hand_in(page: Page, file: Any) -> None:
    with page.expect_file_chooser() as choosing:
        page.locator("#imports-zone").click()
    choosing.value.set_files(file)


def sensible_wan(preview: Mapping[str, Any]) -> str:
    """The amount that makes the sheet's own total right: by what the total exceeds the rows, and what was written."""
    [question] = [one for one in preview["questions"] if one["code"] == "unit_slip"]
    written = re.findall(r"“([\d.]+)”", question["message"])
    total = next(fault for fault in preview["faults"] if fault["code"] == "sum_differs")
    added = re.findall(r"相加的([\d.]+)万元", total["message"])
    return f"{Decimal(total['raw']) - Decimal(*added) + Decimal(*written):.0f}"


@LONG_WAY
def test_november_is_tried_answered_committed_and_undone(visit: NewVisit, size: Size) -> None:
    office = visit(size)
    page = office.page

    # A one-time link: the page does not spend it, its button does.
    page.goto(office.server.link(OFFICE))
    page.get_by_role("button", name="使用此链接登录").click()
    office.stands_at("总览")
    expect(page.locator("#shell-where")).to_contain_text("数据截至2023年10月")
    headline = page.locator("#overview-headline").get_attribute("aria-label")
    before = boards(office)
    history = read(office.get(f"uploads?programme={PROGRAMME}"))["total"]

    office.navigation.get_by_text("导入").click()
    office.stands_at("月报导入")
    told: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda message: told.append(message)))
    hand_in(page, NOVEMBER)

    # 预检: both questions and the formula without a value stand on the page; nothing is stored yet.
    office.stands_at(NOVEMBER.name)
    upload = int(page.url.rpartition("/")[2])
    stages = [json.loads(message).get("stage") for message in told]
    assert stages == ["receiving", "opening", "reading", "matching", "checking", None]
    preview = read(office.get(f"uploads/{upload}"))
    assert sorted(question["code"] for question in preview["questions"]) == ["unit_slip", "unknown_project"]
    questions = page.locator("#upload-questions")
    for question in preview["questions"]:
        expect(questions).to_contain_text(question["message"])
    [formula] = [f for row in preview["rows"] for f in row["faults"] if f["code"] == "formula_uncalculated"]
    expect(page.locator("#upload-faults")).to_contain_text(formula["message"])
    assert formula["cell"] in formula["message"]
    expect(page.locator("#upload-verdict")).to_contain_text("2 个问题待确认")
    expect(page.get_by_role("button", name="确认导入…")).to_have_count(0)
    assert boards(office) == before

    # 答复: the renamed project is the one that the sheet lacks; the amount is what the sheet's own total says.
    [missing] = preview["missing_projects"]
    for code, value in (("unit_slip", sensible_wan(preview)), ("unknown_project", missing["code"])):
        [question] = [one for one in preview["questions"] if one["code"] == code]
        [label] = [choice["label"] for choice in question["choices"] if choice["value"] == value]
        questions.get_by_role("radio", name=label, exact=True).check()
    page.get_by_role("button", name="保存答复").click()
    expect(page.locator("#upload-verdict")).to_contain_text("预检通过")

    # 差异: every row of the sheet is new for November, nobody is missing any more, and the total is right.
    answered = read(office.get(f"uploads/{upload}"))
    assert answered["diff"] == {"new": len(preview["rows"]), "changed": 0, "same": 0, "missing": 0}
    figures = page.locator(".verdict-figures")
    expect(figures.locator(".figure", has_text="新增")).to_contain_text(str(len(preview["rows"])))
    expect(figures.locator(".figure", has_text="表中缺")).to_contain_text("0")
    expect(page.locator("#upload-faults")).not_to_contain_text("不一致")
    office.fits()
    assert boards(office) == before

    # 确认导入 asks once more, then the board is November's.
    page.get_by_role("button", name="确认导入…").click()
    page.get_by_role("dialog").get_by_role("button", name="确认导入").click()
    expect(page.locator("#upload-verdict")).to_contain_text("已导入")
    page.get_by_role("link", name="查看排名").click()
    office.stands_at("分级排名")
    expect(page.locator(".page-subtitle")).to_contain_text("2023年11月")
    expect(page.locator("#shell-where")).to_contain_text("数据截至2023年11月")
    sees_ranks_moved(office, before)
    sees_lights_moved(office, before)

    # 撤销: found in the history; without a reason it is not done.
    office.navigation.get_by_text("导入").click()
    office.stands_at("月报导入")
    page.locator("#imports-history").get_by_role("link", name=NOVEMBER.name).first.click()
    office.stands_at(NOVEMBER.name)
    page.get_by_role("button", name="撤销本次导入…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("此后没有人改过这些数")
    dialog.get_by_role("button", name="确定撤销").click()
    expect(page.locator("#upload-trouble")).to_contain_text("请写明撤销原因")
    page.get_by_role("button", name="撤销本次导入…").click()
    page.get_by_label("撤销原因").fill(REASON)
    dialog.get_by_role("button", name="确定撤销").click()
    expect(page.locator("#upload-verdict")).to_contain_text("已撤销")
    expect(page.locator("#upload-verdict")).to_contain_text(REASON)

    # Everything is as it was, for scripts and for people; what was done stays in the history.
    assert boards(office) == before
    expect(page.locator("#shell-where")).to_contain_text("数据截至2023年10月")
    office.navigation.get_by_text("总览").click()
    office.stands_at("总览")
    expect(page.locator("#overview-headline")).to_have_attribute("aria-label", headline or "")
    office.navigation.get_by_text("排名").click()
    office.stands_at("分级排名")
    expect(page.locator(".page-subtitle")).to_contain_text("2023年10月")
    uploads = read(office.get(f"uploads?programme={PROGRAMME}"))
    assert uploads["total"] == history + 1
    assert (uploads["rows"][0]["state"], uploads["rows"][0]["revert_reason"]) == ("reverted", REASON)


def sees_ranks_moved(office: Visit, before: Mapping[str, bytes]) -> None:
    """Each rank on screen is November's, and beside it stands by how much it differs from October's."""
    october = {row["code"]: row for row in read(before[RANKS + "2023-10"])["rows"]}
    november = read(office.get(RANKS + "2023-11"))["rows"]
    moved = {
        row["name"]: october[row["code"]]["rank"] - row["rank"]
        for row in november
        if row["rank"] is not None and row["code"] in october and october[row["code"]]["rank"] is not None
    }
    largest = max(abs(places) for places in moved.values())
    assert largest > 0, "November moves nobody"
    name, places = next((name, places) for name, places in moved.items() if abs(places) == largest)
    words = f"上升{places}位" if places > 0 else f"下降{-places}位"
    panel = office.page.locator("#ranking-movement")
    expect(panel.locator("li", has_text=name)).to_contain_text(words)
    # The table's first lines: rank, name, score and the move.
    table = office.page.locator("#ranking-table")
    for place, row in enumerate(november[:5]):
        shift = moved.get(row["name"])
        mark = "—" if shift is None else "持平" if shift == 0 else f"↑{shift}" if shift > 0 else f"↓{-shift}"
        shown = {"rank": str(row["rank"]), "name": row["name"], "score": row["score"], "change": mark}
        for column, words in shown.items():
            cell = table.locator(f"[row-index='{place}'] [col-id='{column}']")
            expect(cell).to_have_text(words)


def sees_lights_moved(office: Visit, before: Mapping[str, bytes]) -> None:
    """Whoever's light is worse than October's is named on the page of warnings, and nobody else."""
    october = {row["code"]: row["light"] for row in read(before[LIGHTS + "2023-10"])["rows"]}
    november = read(office.get(LIGHTS + "2023-11"))["rows"]
    worse = {
        row["name"]
        for row in november
        if row["light"] in SEVERITY
        and october.get(row["code"]) in SEVERITY
        and SEVERITY[row["light"]] > SEVERITY[october[row["code"]]]
    }
    assert worse, "November turns no light worse"
    office.navigation.get_by_text("预警").click()
    office.stands_at("风险预警")
    assert set(office.page.locator("#alerts-worse .case-name").all_inner_texts()) == worse


@LONG_WAY
def test_a_bad_file_is_refused_in_one_sentence_and_leaves_no_trace(visit: NewVisit, size: Size) -> None:
    office = visit(size, OFFICE, refusals=(400, 413))
    page = office.page
    office.go("/imports", "月报导入")
    history = office.get(f"uploads?programme={PROGRAMME}")
    board = office.get(f"standings?programme={PROGRAMME}&period=2023")
    for name, content, words in REFUSED:
        hand_in(page, {"name": name, "mimeType": "application/octet-stream", "buffer": content})
        refusal = page.locator("#imports-refusal")
        expect(refusal.locator("b")).to_have_text(name)
        expect(refusal).to_contain_text("未存任何数据")
        sentence = refusal.get_by_role("alert").inner_text().removeprefix("▲").strip()
        assert sentence.endswith("。") and "\n" not in sentence
        assert [word for word in words if word not in sentence] == [], sentence
        office.fits()
    page.reload()
    office.stands_at("月报导入")
    expect(page.locator("#imports-history")).to_contain_text("2023年10月三重一大项目进展情况表.xlsx")
    for name, *_ in REFUSED:
        expect(page.locator("#imports-history")).not_to_contain_text(name)
    assert office.get(f"uploads?programme={PROGRAMME}") == history
    assert office.get(f"standings?programme={PROGRAMME}&period=2023") == board
