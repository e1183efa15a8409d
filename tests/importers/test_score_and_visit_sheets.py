"""督查评分表 and 帮扶记录表: told from a month's progress by what they hold, each read column by column."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from workbooks import codes, read, values

from importers import headings, sheets

D = Decimal
TITLE: list[Any] = ["2014年6月督查评分表"]


def marks(parts: list[str]) -> str:
    return sheets.indicator(headings.parse(parts))


@pytest.mark.parametrize(
    ("parts", "indicator"),
    [
        (["投资完成得分"], "投资完成"),
        (["投资完成（60分）"], "投资完成"),
        (["形象进度（满分40分）"], "形象进度"),
        (["督查评分", "形象进度"], "形象进度"),
        (["各项得分", "安全生产"], "安全生产"),
        (["群众满意评分"], "群众满意"),
        # Not an indicator's points: the score itself, the unit's service, other times, sums, rates, money, words.
        (["得分"], ""),
        (["督查组评分"], ""),
        (["督查评分", "得分"], ""),
        (["考评得分（100分）"], ""),
        (["跟踪服务得分"], ""),
        (["推进速度（20分）"], ""),
        (["上月得分"], ""),
        (["平均得分"], ""),
        (["得分情况", "总分"], ""),
        (["投资完成率（50分）"], ""),
        (["投资完成（万元）"], ""),
        (["投资完成"], ""),
        (["形象进度"], ""),
        (["评分", "督查组"], ""),
        (["评分", "备注"], ""),
    ],
    ids=" ▸ ".join,
)
def test_which_headings_hold_an_indicators_points(parts: list[str], indicator: str) -> None:
    assert marks(parts) == indicator


def test_a_score_sheet_is_read_with_points_by_indicator_and_service() -> None:
    header = [
        "序号",
        "项目名称",
        "督查组",
        "投资完成得分",
        "形象进度（40分）",
        "得分",
        "跟踪服务",
        "推进速度",
        "存在问题",
    ]
    found = read({"表": [TITLE, header, [1, "甲厂", "一组", 55, "30.5分", 88, 18, "—", "用电紧张"]]})
    assert (found.decision, found.spec, found.month) == ("accept", "team_scores", "2014-06")
    assert found.sheets[0].reason == "督查评分表，表头在第2行，读到1个项目"
    [row] = found.rows
    assert values(row, "team", "indicator_points.投资完成", "indicator_points.形象进度", "score", "problems") == (
        "一组",
        D("55.00"),
        D("30.50"),
        D("88.00"),
        "用电紧张",
    )
    assert values(row, "tracking_service_points", "progress_speed_points") == (D("18.00"), None)
    assert row.fields["indicator_points.形象进度"].cell == "E3"


def test_two_header_rows_name_the_indicators_under_their_parent() -> None:
    lines = [
        TITLE,
        ["序号", "项目名称", "督查评分", None, None],
        [None, None, "投资完成", "形象进度", "得分"],
        [1, "甲厂", 50, 30, 80],
    ]

    def merge(pages: Any) -> None:
        for area in ("A2:A3", "B2:B3", "C2:E2"):
            pages["表"].merge_cells(area)

    found = read({"表": lines}, shape=merge)
    assert found.spec == "team_scores"
    assert values(found.rows[0], "indicator_points.投资完成", "indicator_points.形象进度", "score") == (
        D("50.00"),
        D("30.00"),
        D("80.00"),
    )


@pytest.mark.parametrize(
    ("title", "header", "spec"),
    [
        ("2014年6月督查评分表", ["项目名称", "得分"], "team_scores"),
        ("2014年6月督查评分表", ["项目名称", "督查核实投资", "得分"], "team_scores"),
        ("2014年6月项目进展情况表", ["项目名称", "累计完成投资", "得分"], "monthly"),
        ("2014年6月项目进展情况表", ["项目名称", "累计完成投资", "跟踪服务", "推进速度"], "team_scores"),
        ("2014年6月情况表", ["项目名称", "投资完成得分", "形象进度得分"], "team_scores"),
        ("2014年6月情况表", ["项目名称", "累计完成投资", "投资完成得分"], "monthly"),
        ("2014年6月帮扶记录表", ["项目名称", "帮扶部门", "帮扶内容"], "support_visits"),
        ("2014年6月情况表", ["项目名称", "帮扶时间", "帮扶内容"], "support_visits"),
        ("2014年挂钩帮扶责任分解表", ["项目名称", "挂钩部门", "帮扶人员"], "responsibility"),
        ("2014年6月项目进展情况表", ["项目名称", "累计完成投资", "日期", "工作内容"], "monthly"),
    ],
)
def test_which_sheet_it_is(title: str, header: list[str], spec: str) -> None:
    assert read({"表": [[title], header, ["甲厂", *[12] * (len(header) - 1)]]}).spec == spec


def test_a_column_of_another_kind_of_sheet_is_said_and_not_read() -> None:
    header = ["项目名称", "累计完成投资", "日期", "投资完成得分"]
    found = read({"表": [["2014年6月项目进展情况表"], header, ["甲厂", 12, "长期", 50]]})
    assert (found.decision, codes(found)) == ("accept", ["unknown_columns"])
    assert found.faults[0].message == "表里没有认得的列，没有读取：C列“日期”、D列“投资完成得分”。"
    assert set(found.rows[0].fields) == {"name", "reported_ytd_wan"}


def test_a_record_of_visits_may_hold_a_project_more_than_once() -> None:
    header = ["项目名称", "挂钩部门", "帮扶时间", "帮扶人员", "帮扶内容", "帮扶成效", "佐证材料"]
    visit = ["甲厂", "发改委", "2014年6月5日", "王一、李二", "协调用电", "已增容", "照片"]
    lines = [visit, ["甲厂", "发改委", "2014-06-20", None, "协调用地", None, None], list(visit)]
    found = read({"表": [["帮扶记录表"], header, *lines]})
    # No month is asked for: every visit has its own day. The line that comes twice counts once.
    assert (found.decision, found.spec, found.month, found.questions) == ("accept", "support_visits", None, ())
    assert [values(row, "visited_on", "paired_department", "visit_content") for row in found.rows] == [
        (date(2014, 6, 5), "发改委", "协调用电"),
        (date(2014, 6, 20), "发改委", "协调用地"),
    ]
    assert [(skip.row, skip.reason) for skip in found.skipped] == [(5, "duplicate")]
    assert values(found.rows[0], "department_staff", "visit_outcome", "visit_evidence") == (
        "王一、李二",
        "已增容",
        "照片",
    )


def test_the_month_a_record_of_visits_names_is_kept() -> None:
    header = ["项目名称", "挂钩部门", "帮扶时间", "帮扶内容"]
    lines = [["2014年6月帮扶记录表"], header, ["甲厂", "发改委", "6月5日", "协调用电"]]
    found = read({"表": lines})
    assert (found.month, found.rows[0].value("visited_on")) == ("2014-06", date(2014, 6, 5))
    assert read({"表": [["帮扶记录表"], *lines[1:]]}, month="2014-07").month == "2014-07"


def test_a_score_sheet_beside_the_months_progress_is_left_out_and_said() -> None:
    progress = [["2014年6月进展情况表"], ["项目名称", "累计完成投资"], ["甲厂", 2000]]
    scores = [TITLE, ["项目名称", "得分", "跟踪服务"], ["甲厂", 88, 18]]
    found = read({"进展": progress, "评分": scores})
    assert found.spec == "monthly"
    assert [(use.name, use.used, use.reason) for use in found.sheets][1] == (
        "评分",
        False,
        "不是月度进展表，请单独上传",
    )
