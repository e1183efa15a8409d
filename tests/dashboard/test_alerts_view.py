"""风险预警: newly worse first, every contradiction said, a red never hidden behind grey."""

from dashboard.address import Place
from dashboard.views import alerts
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, words

PROGRAMME = payloads.programmes()[0]


def page(**query: str):  # type: ignore[no-untyped-def]
    return alerts.page(Place(PROGRAMME, query), payloads.alerts())


def test_what_turned_worse_comes_before_everything_else() -> None:
    shown = words(page())
    assert shown.index("本月转差") < shown.index("灯与年度完成预计") < shown.index("全部项目")


def test_the_table_begins_with_red_and_ends_with_projects_that_show_no_light() -> None:
    lights = [row["light"] for row in found(page(), "alerts-table").rowData]
    assert lights == ["red", "yellow", "yellow", "green", "grey", "none"]


def test_a_grey_light_shows_the_red_it_hides() -> None:
    rows = {row["code"]: row for row in found(page(), "alerts-table").rowData}
    assert rows["P6"]["light_words"] == "未督查（前红灯）"


def test_a_project_that_shows_no_light_says_its_state_and_no_reason() -> None:
    rows = {row["code"]: row for row in found(page(), "alerts-table").rowData}
    assert rows["P4"]["light_words"] == "完工"
    assert rows["P4"]["why"] == ""


def test_light_and_outlook_that_disagree_are_named_with_their_sentence() -> None:
    assert "黄灯但预计可完成：投资进度够，问题逾期未办结。全年约在11000—13000万元之间（依据9个数据" in words(page())


def test_filters_in_the_address_narrow_everything() -> None:
    rows = found(page(leader="赵副县长"), "alerts-table").rowData
    assert [row["code"] for row in rows] == ["P5", "P6"]
    assert "本月没有项目转差。" in words(page(leader="赵副县长"))


def test_a_count_of_the_cross_table_opens_the_projects_behind_it() -> None:
    links = [part.href for part in parts(page()) if getattr(part, "children", None) == "2" and hasattr(part, "href")]
    assert links == ["/alerts?month=2023-10&light=yellow&outlook=expected"]
    rows = found(page(light="yellow", outlook="expected"), "alerts-table").rowData
    assert [row["code"] for row in rows] == ["P2", "P5"]


def test_projects_without_an_outlook_can_be_asked_for() -> None:
    rows = found(page(outlook="none"), "alerts-table").rowData
    assert [row["code"] for row in rows] == ["P6"]
