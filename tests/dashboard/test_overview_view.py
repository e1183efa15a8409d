"""总览 shows what a leader must know first, in the words of the county."""

from dashboard.address import Place
from dashboard.views import overview
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PLACE = Place(payloads.programmes()[0], person=payloads.person())


def test_the_headline_reads_as_the_sentence_a_leader_opens_on() -> None:
    # 6 rows: done P4; expected P1 P2 P5; unlikely P3; red P3; yellow P2 P5; P6 not inspected; P3 turned worse.
    assert overview.sentence(payloads.alerts()) == "10月 · 6项 · 已完1 可完3 难完1 | 红1 黄2 未督查1 | 本月转差1项"


def test_no_chart_stands_above_the_headline_and_the_projects_that_turned_worse() -> None:
    page = overview.page(PLACE, payloads.alerts(), payloads.standings())
    order = [part for part in parts(page) if getattr(part, "id", None) or type(part).__name__ == "Graph"]
    names = [getattr(part, "id", None) or "chart" for part in order]
    assert names.index("overview-headline") < names.index("overview-worse") < names.index("chart")


def test_who_turned_worse_is_named_with_the_gap_and_the_desk_it_lies_on() -> None:
    page = overview.page(PLACE, payloads.alerts(), payloads.standings())
    shown = words(found(page, "overview-worse"))
    assert "梅亿电动车" in shown
    assert "◆黄灯→▲红灯·滞后严重" in shown
    assert "完成序时的37.2%，低于60%" in shown
    assert "责任单位：经济开发区 · 包挂领导：李县长" in shown


def test_a_leader_sees_their_own_projects_and_nobody_elses() -> None:
    leader = Place(PLACE.programme, person=payloads.person("leader") | {"official": "赵副县长"})
    own = words(found(overview.page(leader, payloads.alerts(), payloads.standings()), "overview-own"))
    assert "我包挂的项目 2 项" in own
    assert "徐快速通道段" in own
    assert "汉源大道改造" in own
    assert "梅亿电动车" not in own


def test_somebody_who_sponsors_nothing_has_no_part_for_it() -> None:
    page = overview.page(PLACE, payloads.alerts(), payloads.standings())
    assert not [part for part in parts(page) if getattr(part, "id", None) == "overview-own"]


def test_the_page_says_where_its_data_comes_from() -> None:
    page = overview.page(PLACE, payloads.alerts(), payloads.standings())
    assert words(with_class(page, "page-source")).startswith("数据来源：")


def test_a_month_without_anything_worse_says_so() -> None:
    calm = payloads.alerts()
    calm["rows"] = [row | {"is_worse": False} for row in calm["rows"]]
    page = overview.page(PLACE, calm, payloads.standings())
    assert "本月没有项目转差。" in words(found(page, "overview-worse"))


def test_each_class_is_counted_once_and_the_classes_add_up() -> None:
    table = words(overview.by_class(payloads.alerts()["rows"], payloads.standings()))
    # industry: P1 P2 P3 P4 = 4, red 1, yellow 1, green 1, done 1, expected 2, unlikely 1
    assert f"{payloads.INDUSTRY}4111121" in table
    # together: 6, red 1, yellow 2, green 1, done 1, expected 3, unlikely 1
    assert "合计6121131" in table
