"""得分明细 on paper: every step of one project with its cell, each file named once."""

from typing import Any

from dashboard.address import Place
from dashboard.views import receipt
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PLACE = Place(payloads.programmes()[0], {"project": "3", "period": "2023"})


def sheet(**more: Any) -> Any:
    return found(receipt.page(PLACE, payloads.receipt() | more), "receipt-sheet")


def test_the_sheet_goes_from_the_final_down_to_the_cells() -> None:
    text = words(sheet())
    assert "63.35分" in text and "四季度58.20（58.20）÷1＝58.20分权重50%，实际占50%" in text
    assert "投资完成（满分60）：完成3100／应完成8333.33万元（10000×5／6），计22.32分" in text
    assert text.count("〔1〕工业!H12") == 1


def test_a_file_is_named_once_and_its_cells_by_its_number() -> None:
    files = with_class(sheet(), "sheet-files")[0]
    assert (
        words(files) == "〔1〕2023年10月重点项目进展情况表.xlsx，王主任 2023-11-03 09:30导入，校验码 9f2c9f2c9f2c9f2c"
    )


def test_what_somebody_entered_names_the_person() -> None:
    files = receipt.Files()
    entered = {"file": None, "uploader": "王主任", "at": "2023-11-03T01:30:00Z", "sheet": None, "cell": None}
    assert files.words(entered) == "王主任录入（2023-11-03 09:30）"
    assert files.lines() == []


def test_a_published_figure_stands_beside_the_corrected_one() -> None:
    assert "通报数64.00，第2名" in words(sheet(published_score="64.00", published_rank=2))


def test_a_period_without_scores_says_so() -> None:
    assert "这一期还没有计分。" in words(sheet(quarters=[], score=None, not_scored_reason="未督查"))


def test_what_is_for_the_screen_alone_is_not_printed() -> None:
    page = receipt.page(PLACE, payloads.receipt())
    screen = with_class(page, "no-print")[0]
    assert any(getattr(part, "data-action", None) == "print" for part in parts(screen))
