"""风险预警, beside the lights: second looks with their counts, matters by kind, the record with counts and lead."""

from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.views import alerts, alerts_looks
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, words

PROGRAMME = payloads.programmes()[0]


def page(record: dict[str, Any] | None = None, **query: str) -> html.Div:
    beside = record and {"changes": None, "decisions": None, "record": record, "not_judged": []}
    return alerts.page(Place(PROGRAMME, query), payloads.alerts_beside(), beside)


def looks() -> dict[str, str]:
    """Title of each list → its count."""
    part = alerts_looks.looks(payloads.alerts_beside()["rows"])
    heads = [one for one in parts(part) if isinstance(one, html.Span) and getattr(one, "className", "") == "look-count"]
    titles = [
        one.children[0].children
        for one in parts(part)
        if isinstance(one, html.Summary | html.P) and isinstance(one.children, list)
    ]
    return dict(zip(titles, [one.children for one in heads], strict=True))


def test_every_list_has_its_count_and_an_empty_one_its_nought() -> None:
    assert looks() == {
        "红灯最久": "1 项",
        "未督查1项、未报0项": "1 项",
        "全年从未更新": "1 项",
        "灯一直没变（黄灯1、绿灯1）": "2 项",
        "两种序时结论不同": "1 项",
        "计划调整前后结论不同": "1 项",
        "上报与核实结论不同": "0 项",
        "要完成年度计划须比今年最快时还快": "1 项",
    }


def test_a_red_says_how_long_it_has_lasted_and_whose_desk() -> None:
    said = words(page())
    assert "已连续2个月，经济开发区 · 李县长" in said
    assert "按项目工期应完成600万元；按全年十二个月应完成900万元" in said
    assert "调整后的计划应完成300万元；年初计划应完成600万元" in said


def test_a_green_that_never_changed_is_counted_and_not_listed() -> None:
    rows = payloads.alerts_beside()["rows"]
    assert [row["code"] for row in rows if alerts_looks.unchanged(row)] == ["P1", "P2"]
    assert "3个月都是绿灯" not in words(page())
    assert "3个月都是黄灯，经济开发区 · 李县长" in words(page())


def test_matters_are_counted_by_kind_and_by_project() -> None:
    """用地: two of P2 and one of P5; one of P5 has no kind."""
    said = words(page())
    assert "4个问题、2个项目" in said
    part = alerts_looks.matters(
        Place(PROGRAMME, {}), payloads.alerts_beside()["rows"], {"class": None, "unit": "交通局"}
    )
    cells = [one.children for one in parts(part) if isinstance(one, html.Td)]
    assert cells == ["3个", "2个", "1个", "1个"]
    links = [one.href for one in parts(part) if hasattr(one, "href")]
    assert links[0] == "/alerts?month=2023-10&unit=%E4%BA%A4%E9%80%9A%E5%B1%80&obstacle=%E7%94%A8%E5%9C%B0"


def test_a_kind_in_the_address_narrows_everything() -> None:
    rows = found(page(obstacle="用地"), "alerts-table").rowData
    assert [row["code"] for row in rows] == ["P2", "P5"]
    assert [row["code"] for row in found(page(obstacle="未分类"), "alerts-table").rowData] == ["P5"]


def test_a_row_says_what_is_needed_whether_it_can_be_and_what_is_next() -> None:
    rows = {row["code"]: row for row in found(page(), "alerts-table").rowData}
    assert (rows["P3"]["needed_monthly_wan"], rows["P3"]["feasible_words"]) == ("3450.00", "难以来得及")
    assert rows["P1"]["next_words"] == "2023年11月20日 节点“封顶”"
    assert rows["P2"]["next_words"] == "2023年12月 计划竣工"
    assert rows["P1"]["feasible_words"] is None
    columns = {one["field"]: one for one in found(page(), "alerts-table").columnDefs}
    assert columns["curve"]["cellRenderer"] == "SparkCell" and columns["curve"]["sortable"] is False


def test_an_issue_older_than_these_fields_is_shown_without_them() -> None:
    said = words(alerts.page(Place(PROGRAMME, {}), payloads.alerts()))
    assert "没有未销号的问题。" in said and "预警准确情况" not in said


def cells(part: Any) -> list[str]:
    return [one.children for one in parts(part) if isinstance(one, html.Td)]


def test_the_record_stands_beside_the_warnings_in_counts() -> None:
    part = alerts_looks.track_record(payloads.track_record())
    assert cells(part) == [
        "2月起，提前8个月，其中定稿6个月",
        "7月起，提前3个月",
        "没有",
        *("3", "2", "1", "0", "3/5", "3/4", "6个月（3—6）"),
        *("0", "0", "0", "0", "—", "—", "—"),
    ]
    said = words(page(payloads.track_record()))
    assert "按定稿时的灯和预计：4—5月" in said
    assert "难完成1项，其余5项。不满20例只写个数" in said


def test_a_record_without_months_says_so() -> None:
    empty = payloads.track_record()
    empty["records"][0] |= {"months": [], "months_label": "", "rules": []}
    empty["projects"] = []
    said = words(alerts_looks.track_record(empty))
    assert "按定稿时的灯和预计：还没有可以判断的月份。" in said and "此前已红灯" not in said
