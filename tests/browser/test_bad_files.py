"""What cannot be imported is refused on screen in one Chinese sentence, and nothing of it is kept (坏文件)."""

import pytest
from playwright.sync_api import expect

from tests.browser import bad_files
from tests.browser.conftest import NewVisit
from tests.browser.server import PROGRAMME, account
from tests.browser.visits import Size

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# The file's name, what is in it, and the words that its sentence must hold: what is wrong, what to do.
REFUSED = (
    ("说明.xlsx", bad_files.text(), ("没有找到“项目名称”列", "重新上传")),
    ("加密.xlsx", bad_files.password_protected(), ("文件已加密", "取消密码")),
    ("收支.xlsx", bad_files.without_names(), ("没有找到“项目名称”列", "重新上传")),
    ("空.xlsx", bad_files.empty(), ("文件是空的", "重新上传")),
    ("过大.xlsx", bad_files.too_big(), ("超过5MB", "重新上传")),
    ("约数.xlsx", bad_files.unreadable_number(), ("11月!C5", "累计完成投资“详见附件”不是数字", "请填数字")),
)


def test_a_bad_file_is_refused_in_one_sentence_and_leaves_no_trace(visit: NewVisit, size: Size) -> None:
    office = visit(size, account("office")["name"], refusals=(400, 413))
    page = office.page
    office.go("/imports", "月报导入")
    history = office.get(f"uploads?programme={PROGRAMME}")
    board = office.get(f"standings?programme={PROGRAMME}&period=2023")
    for name, content, words in REFUSED:
        with page.expect_file_chooser() as choosing:
            page.locator("#imports-zone").click()
        choosing.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        refusal = page.locator("#imports-refusal")
        expect(refusal.locator("b")).to_have_text(name)
        expect(refusal).to_contain_text("未存任何数据")
        sentence = refusal.get_by_role("alert").inner_text().removeprefix("▲").strip()
        assert sentence.endswith("。") and "\n" not in sentence and sentence.isascii() is False
        assert [word for word in words if word not in sentence] == [], sentence
        office.fits()
    page.reload()
    office.stands_at("月报导入")
    expect(page.locator("#imports-history")).to_contain_text("2023年10月三重一大项目进展情况表.xlsx")
    for name, *_ in REFUSED:
        expect(page.locator("#imports-history")).not_to_contain_text(name)
    assert office.get(f"uploads?programme={PROGRAMME}") == history
    assert office.get(f"standings?programme={PROGRAMME}&period=2023") == board
