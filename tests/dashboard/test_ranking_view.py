"""分级排名 says coverage before ranks, why somebody has none, and what was published beside what is corrected."""

from dash import html

from dashboard.address import Place
from dashboard.views import ranking
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, words

PLACE = Place(payloads.programmes()[0])


def grid(board: dict, **query: str):  # type: ignore[no-untyped-def, type-arg]
    place = Place(PLACE.programme, query)
    return found(ranking.page(place, board, payloads.movement(board["period"])), "ranking-table")


def test_coverage_is_said_before_the_first_rank() -> None:
    page = words(ranking.page(PLACE, payloads.standings(), payloads.movement()))
    assert "应查5=已查4+未督查1+未报0·未计分1" in page
    assert page.index("应查5") < page.index("排名共 6 项")


def test_who_was_not_inspected_is_named_with_unit_and_reason_before_the_ranks() -> None:
    page = words(ranking.page(PLACE, payloads.standings(), payloads.movement()))
    assert "未督查 1 项汉源大道改造住建局 · 未督查" in page
    assert "不需督查 1 项华丰铝板带技改经济开发区 · 已完工" in page
    assert "已查 4 项中宇黑硅电池片扩建经济开发区 · 督查组评分" in page
    assert "10月的月度得分：督查组评分 3 个、按办法计算 1 个、完工计满分 1 个；没有得分 1 个。" in page
    assert page.index("汉源大道改造") < page.index("排名共 6 项")


def test_of_a_quarter_or_year_the_coverage_says_its_month() -> None:
    board = payloads.standings("2023")
    board["score_sources"]["months"] = ["2023-01", "2023-02", "2023-10"]
    page = words(ranking.page(PLACE, board, payloads.movement()))
    assert "应查、已查按10月计。1—10月的月度得分：督查组评分 3 个" in page


def test_a_long_list_of_names_stays_closed() -> None:
    page = ranking.page(PLACE, payloads.standings(), payloads.movement())
    lists = [part for part in parts(page) if isinstance(part, html.Details)]
    assert [(words(one.children[0]), one.open) for one in lists] == [
        ("未督查 1 项", True),
        ("未计分 1 项", True),
        ("不需督查 1 项", False),
        ("已查 4 项", False),
    ]


def test_the_rule_book_is_named_by_title_and_version() -> None:
    page = words(ranking.page(PLACE, payloads.standings(), payloads.movement()))
    assert "考核办法 县级示例办法第1版" in page and "county-default" not in page


def test_the_lists_go_by_rank_though_the_api_has_them_by_code() -> None:
    board = payloads.standings()
    board["rows"][0]["code"], board["rows"][1]["code"] = "P2", "P1"
    board["lists"]["red"] = ["P1", "P2"]
    red = words(found(ranking.page(PLACE, board, payloads.movement()), "ranking-red"))
    assert red.index("中宇黑硅电池片扩建") < red.index("天安干熄焦及余热发电")


def test_the_tiers_column_is_as_wide_as_its_longest_words() -> None:
    def width(board: dict) -> int:  # type: ignore[type-arg]
        return next(column.width for column in ranking.columns(board) if column.field == "standing")

    short = payloads.standings() | {"rows": payloads.standings()["rows"][:3]}
    assert (width(short), width(payloads.standings())) == (96, 34 + 14 * len("不排名：已完工"))


def test_an_interim_board_is_labelled_in_the_books_words() -> None:
    assert ranking.board_label(payloads.standings()) == "中间值（四季度仅含10月）"


def test_a_board_of_a_past_day_says_whose_eyes_it_is_seen_with() -> None:
    board = payloads.standings() | {"as_of": "2023-11-05"}
    assert ranking.board_label(board) == "中间值（四季度仅含10月） · 历史查询（当日所见）2023-11-05"


def test_who_is_not_ranked_says_why_in_place_of_the_tier() -> None:
    rows = {row["code"]: row for row in grid(payloads.standings()).rowData}
    assert rows["P4"]["standing"] == "不排名：已完工"
    assert rows["P6"]["standing"] == "不排名：未督查"
    assert rows["P1"]["standing"] == "优秀"


def test_corrected_figures_stand_beside_the_published_ones() -> None:
    interim = [column["field"] for column in grid(payloads.standings()).columnDefs]
    corrected = [column["field"] for column in grid(payloads.standings() | {"state": "corrected"}).columnDefs]
    assert "published_score" not in interim
    assert {"published_score", "published_rank"} <= set(corrected)


def test_the_group_in_the_address_narrows_the_table() -> None:
    rows = grid(payloads.standings(), group=payloads.CITY).rowData
    assert [row["code"] for row in rows] == ["P5", "P6"]


def test_quarters_and_months_have_a_column_each() -> None:
    fields = [column["field"] for column in grid(payloads.standings()).columnDefs]
    assert [name for name in fields if name.startswith("quarters.")] == [f"quarters.Q{n}" for n in (1, 2, 3, 4)]
    assert [name for name in fields if name.startswith("months.")] == ["months.2023-09", "months.2023-10"]


def test_the_overall_rank_belongs_to_the_year_alone() -> None:
    month = [column["field"] for column in grid(payloads.standings()).columnDefs]
    year = [column["field"] for column in grid(payloads.standings("2023")).columnDefs]
    assert "overall_rank" not in month
    assert "overall_rank" in year


def test_red_and_black_lists_and_movement_are_named() -> None:
    page = ranking.page(PLACE, payloads.standings(), payloads.movement())
    assert "中宇黑硅电池片扩建" in words(found(page, "ranking-red"))
    assert "梅亿电动车" in words(found(page, "ranking-black"))
    assert "新进入 1 项徐快速通道段（增补）" in words(page)
    assert "已退出 1 项顺泰纺织（调出）" in words(page)


def test_a_period_without_rows_says_what_to_do() -> None:
    board = payloads.standings() | {"rows": []}
    assert "该期间没有已导入的月报" in words(ranking.page(PLACE, board, payloads.movement()))


def test_on_a_phone_four_columns_remain_and_a_missing_score_gives_its_reason() -> None:
    phone = Place(PLACE.programme, is_phone=True)
    table = found(ranking.page(phone, payloads.standings(), payloads.movement()), "ranking-table")
    assert [column["field"] for column in table.columnDefs] == ["rank", "name", "score", "change"]
    assert {row["code"]: row["score"] for row in table.rowData}["P6"] == "未督查"


def test_the_excel_button_asks_for_what_the_screen_shows() -> None:
    place = Place(PLACE.programme, {"group": payloads.CITY})
    page = ranking.page(place, payloads.standings(), payloads.movement())
    links = [part.href for part in parts(page) if getattr(part, "download", None)]
    assert links == [
        "/api/standings/export?programme=2023&period=2023-10&group=%E9%87%8D%E5%A4%A7%E5%9F%BA%E7%A1%80%E8%AE%BE%E6%96%BD"
        "%E5%92%8C%E5%9F%8E%E5%BB%BA%E9%A1%B9%E7%9B%AE"
    ]


def test_each_move_says_what_made_it_and_the_table_has_it_in_every_row() -> None:
    page = ranking.page(PLACE, payloads.standings(), payloads.movement())
    said = words(found(page, "ranking-movement"))
    assert "与2023年9月相比" in said
    assert "中宇黑硅电池片扩建上升2位由第3名升至第1名：本项目得分由88.00升至96.40，使名次上升2位。" in said
    table = grid(payloads.standings())
    assert {row["code"]: row["movement"] for row in table.rowData}["P4"] == "上期第4名，本期不参加排名（已完工）。"
    assert next(one for one in table.columnDefs if one["field"] == "change")["tooltipField"] == "movement"


def test_a_year_has_no_board_before_and_says_so() -> None:
    board = [{**row, "change": None} for row in payloads.standings("2023")["rows"]]
    page = ranking.page(PLACE, payloads.standings("2023") | {"rows": board}, payloads.movement("2023"))
    assert "年度榜和每年的第一期没有上期可比。" in words(found(page, "ranking-movement"))
    assert "movement" not in [one["field"] for one in grid(payloads.standings("2023")).columnDefs]


def test_places_that_are_close_stand_beside_the_official_rank() -> None:
    table = grid(payloads.standings("2023"))
    rows = {row["code"]: (row["rank"], row["band"], row["band_sentence"]) for row in table.rowData}
    assert rows["P1"] == (1, "第1名", "名次稳定在第1名。")
    assert rows["P2"] == (2, "第2—3名", "第2—3名之间名次相近，差距不显著。")
    assert rows["P6"] == (None, None, None)
    page = ranking.page(PLACE, payloads.standings(), payloads.movement())
    assert "相近名次：……不改变名次。" in words(found(page, "ranking-movement"))
    bare = ranking.page(PLACE, payloads.standings(), payloads.movement() | {"bands": []})
    assert "band" not in [one["field"] for one in found(bare, "ranking-table").columnDefs]
