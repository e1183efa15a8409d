"""单位考核 shows each peer group with the parts as columns, says 本项不计 in words, and leads to the receipt."""

from typing import Any

from dashboard.address import Place
from dashboard.views import assessee, assessees
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, words

PLACE = Place(payloads.programmes()[0])
PHONE = Place(payloads.programmes()[0], is_phone=True)


def grid(board: dict[str, Any], order: int = 0, place: Place = PLACE) -> Any:
    return found(assessees.page(place, board), f"assessees-table-{order}")


def test_each_peer_group_has_a_table_of_its_own() -> None:
    page = words(assessees.page(PLACE, payloads.assessees()))
    assert "3—5个项目共 2 个，参加排名 2 个" in page
    assert "6个项目及以上共 1 个，参加排名 0 个" in page
    assert [row["rank"] for row in grid(payloads.assessees()).rowData] == [1, 2]


def test_the_parts_are_columns_with_their_full_marks_and_an_addition_has_none() -> None:
    headings = [column["headerName"] for column in grid(payloads.assessees()).columnDefs]
    assert headings == ["名次", "责任单位", "得分", "项目均分 60", "跟踪服务 20", "投资加扣", "已评满分", "计算"]


def test_a_part_that_is_not_judged_says_so_and_why() -> None:
    row = grid(payloads.assessees()).rowData[0]
    assert (row["part0"], row["part1"], row["part2"]) == ("56.89", "本项不计", "0.30")
    assert row["why1"] == "本期督查评分表没有跟踪服务评分，本项不计"
    assert "“跟踪服务”本期无人计分。" in words(assessees.page(PLACE, payloads.assessees()))


def test_ones_own_unit_is_marked_and_leads_to_its_receipt() -> None:
    row = grid(payloads.assessees()).rowData[0]
    assert row["name"] == "县城管局（本单位）"
    assert row["href"] == (
        "/assessees/receipt?kind=responsible_unit&period=2023-10&key=%E5%8E%BF%E5%9F%8E%E7%AE%A1%E5%B1%80"
    )


def test_of_another_unit_only_rank_and_score_are_shown_and_nothing_leads_further() -> None:
    row = grid(payloads.assessees()).rowData[1]
    assert (row["rank"], row["score"], row["href"]) == (2, "94.53", None)
    assert "part0" not in row


def test_who_has_no_score_says_why_in_its_place() -> None:
    assert grid(payloads.assessees(), 1).rowData[0]["score"] == "各项均无数据，不计分"


def test_on_a_phone_rank_name_and_score_remain() -> None:
    assert [column["field"] for column in grid(payloads.assessees(), place=PHONE).columnDefs] == [
        "rank",
        "name",
        "score",
    ]


def test_the_group_in_the_address_narrows_the_page() -> None:
    page = words(assessees.page(Place(PLACE.programme, {"group": "6个项目及以上"}), payloads.assessees()))
    assert "共 1 个" in page
    assert "共 2 个" not in page


def test_an_empty_board_says_why_and_offers_no_export() -> None:
    note = "所需记录尚未收集（投资合同履约记录），暂不能计分。"
    board = payloads.assessees() | {"rows": [], "note": note, "kind": "investor", "kind_label": "投资方"}
    page = assessees.page(PLACE, board)
    assert words(page).count(note) == 1
    assert not [part for part in parts(page) if getattr(part, "download", None)]


def test_the_excel_button_asks_for_what_the_screen_shows() -> None:
    links = [
        part.href for part in parts(assessees.page(PLACE, payloads.assessees())) if getattr(part, "download", None)
    ]
    assert links == ["/api/assessees/export?programme=2023&period=2023-10&kind=responsible_unit"]


def test_the_receipt_shows_the_arithmetic_and_leads_to_projects_and_cells() -> None:
    page = assessee.page(PLACE, payloads.assessee())
    said = words(page)
    assert "94.82 · 3—5个项目 第1名／2" in said
    assert "100×（56.89）÷（60）＝94.82分" in said
    assert "跟踪服务本项不计20" in said
    assert "投资加扣0.30加扣分" in said
    assert "10月跟踪服务18分　出处：评分表.xlsx 10月!G4，统计员 2023-11-02 09:00导入" in said
    assert "/projects/7?period=2023-10" in [getattr(part, "href", None) for part in parts(page)]


def test_a_receipt_on_a_phone_says_the_same_line_by_line() -> None:
    said = words(assessee.page(PHONE, payloads.assessee()))
    assert "跟踪服务满分20本项不计本期督查评分表没有跟踪服务评分，本项不计" in said
    assert "投资加扣加扣分0.30" in said


def test_a_receipt_without_a_rank_says_why_and_an_open_ended_one_says_how_it_adds_up() -> None:
    receipt = payloads.assessee() | {"rank": None, "not_scored_reason": "各项均无数据，不计分", "is_open_ended": True}
    said = words(assessee.page(PLACE, receipt))
    assert "得分明细各项均无数据，不计分" in said
    assert "各项得分直接相加。" in said


def test_parts_of_the_same_sources_share_one_list() -> None:
    receipt = payloads.assessee()
    first, second, third = receipt["parts"]
    page = assessee.page(PLACE, receipt | {"parts": [first, second, {**third, "refs": first["refs"]}]})
    assert words(page).count("91.50分") == 1
    assert "项目均分、投资加扣的来源1 条" in words(page)


def test_a_record_behind_several_parts_is_named_once() -> None:
    assert (
        assessees.records([{"record": "年度计划表、月度进展表"}, {"record": "月度进展表"}]) == "年度计划表、月度进展表"
    )
    assert assessees.records([]) == "尚无"


def test_who_sees_one_row_of_a_group_is_told_how_many_there_are() -> None:
    board = payloads.assessees()
    page = words(assessees.page(PLACE, board | {"rows": board["rows"][:1]}))
    assert "共 2 个，只列您可以查看的" in page
    assert assessees.FOREIGN not in page
    assert assessees.FOREIGN in words(assessees.page(PLACE, board))
