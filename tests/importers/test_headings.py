"""Which field a heading means, in the spellings of real county sheets."""

import pytest

from importers import headings, periods, sheets
from importers.periods import Period


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        (["项目名称"], "name"),
        (["项 目\n名 称"], "name"),
        (["项目（工程）名称"], "name"),
        (["投资情况", "总投资（万元）"], "total_investment_wan"),
        (["总投资/亿元"], "total_investment_wan"),
        (["2014年计划投资(万元)"], "annual_plan_wan"),
        (["2014年计划", "投资"], "annual_plan_wan"),
        (["年度投资计划"], "annual_plan_wan"),
        (["累计完成投资"], "reported_ytd_wan"),
        (["1-8月累计完成投资"], "reported_ytd_wan"),
        (["2014年1—8月完成投资"], "reported_ytd_wan"),
        (["截至8月底累计完成投资/万元"], "reported_ytd_wan"),
        (["元至3月份完成投资"], "reported_ytd_wan"),
        (["前三季度完成投资"], "reported_ytd_wan"),
        (["投资完成情况", "上报"], "reported_ytd_wan"),
        (["8月完成投资"], "reported_month_wan"),
        (["本月完成投资"], "reported_month_wan"),
        (["完成投资", "本月"], "reported_month_wan"),
        (["开工以来累计完成投资"], "reported_to_date_wan"),
        (["督查核实", "累计完成投资"], "verified_ytd_wan"),
        (["累计完成投资（核实）"], "verified_ytd_wan"),
        (["督查核实", "本月"], "verified_month_wan"),
        (["上月累计完成投资"], "previous_ytd_wan"),  # to check this month's figures against
        (["纳统投资"], "statistical_ytd_wan"),
        (["纳统", "本年累计"], "statistical_ytd_wan"),
        (["占年计划（%）"], "completion_pct_stated"),
        (["投资完成情况", "完成率"], "completion_pct_stated"),
        (["投资完成率（50分）"], "completion_pct_stated"),
        (["年度投资计划完成率"], "completion_pct_stated"),
        (["分月计划", "1月"], "month_plan"),
        (["计划投资", "1-3月"], "month_plan"),
        (["形象进度"], "physical_progress"),
        (["形象进度", "计划"], "physical_progress_plan_pct"),
        (["目前项目建设形象进度"], "physical_progress"),
        (["年度形象进度计划"], "target"),
        (["建设内容"], "content"),
        (["2014年建设内容"], "target"),
        (["存在问题及需协调解决的问题"], "problems"),
        (["建设单位及责任", "责任单位"], "responsible_unit"),
        (["市或县挂钩责任单位"], "responsible_unit"),
        (["建设单位及责任", "包挂领导"], "lead_official"),
        (["联系县领导"], "lead_official"),
        (["挂钩部门", "分管领导"], "department_leader"),
        (["挂钩部门", "工作人员"], "department_staff"),
        (["拟竣工时间"], "planned_finish"),
        (["实际开工时间"], "actual_start"),
        (["建设起止年限"], "planned_period"),
        (["督查组"], "team"),
        (["考评得分"], "score"),
        (["项目状态"], "state"),
        (["投资完成情况", "年度投资", "计划"], "annual_plan_wan"),  # a parent that says nothing
        (["投资完成情况", "年度投资", "完成"], "reported_ytd_wan"),
        (["2024年投资情况", "计划"], "annual_plan_wan"),
        (["2024年投资", "实际"], "reported_ytd_wan"),
        (["年度计划及完成情况", "1-6月完成"], "reported_ytd_wan"),
        (["24年计划投资"], "annual_plan_wan"),
        (["责任单位（责任人）"], "responsible_unit"),  # a unit, and who answers for it in brackets
        (["责任单位责任人"], "responsible_person"),
        (["推进情况"], "physical_progress"),
        (["影响进度的主要问题"], "problems"),
        (["总概算"], "total_investment_wan"),
    ],
)
def test_a_heading_means_its_field(parts: list[str], field: str) -> None:
    found = sheets.match(headings.parse(parts))
    assert found is not None
    assert found.column.field == field


@pytest.mark.parametrize(
    "parts",
    [
        ["至2009年底累计完成投资（万元）"],  # an earlier year's
        ["开工至上一年度底累计完成投资"],
        ["去年", "完成投资"],
        ["下月计划", "完成投资"],
        ["2010年力争完成投资（万元）"],
        ["旬完成投资额"],
        ["“十一五”完成投资（万元）"],
        ["6-8月完成投资"],  # neither the month's nor the year's
        ["入库状态"],
        ["到位资金"],
        ["项目业主单位", "负责人"],
        ["建设用地面积（亩）"],
        ["下步工作打算"],
        ["去年", "年度投资", "完成"],
        ["下月计划", "投资情况", "完成投资"],
    ],
)
def test_a_heading_that_is_like_ours_and_means_something_else_is_no_field(parts: list[str]) -> None:
    assert sheets.match(headings.parse(parts)) is None


@pytest.mark.parametrize(
    ("parts", "unit"),
    [
        (["总投资（万元）"], "万元"),
        (["总投资(亿元)"], "亿元"),
        (["总投资（单位：元）"], "元"),
        (["总投资/亿"], "亿元"),
        (["累计完成投资额万元"], "万元"),
        (["投资（亿元）", "总投资"], "亿元"),
        (["投资（亿元）", "年度计划（万元）"], "万元"),  # the nearest counts
        (["总投资", "（万元）"], "万元"),
        (["总投资"], None),
    ],
)
def test_the_unit_is_taken_from_the_heading(parts: list[str], unit: str | None) -> None:
    assert headings.parse(parts).unit == unit


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2014年6月份全县“三重一大”项目进展情况表", Period(2014, 6, 6)),
        ("重点项目8月进度统计表", Period(None, 8, 8)),
        ("2014年度重点项目1-8月进展", Period(2014, 8, 1, True)),
        ("项目进展情况表（2014年1—9月）", Period(2014, 9, 1, True)),
        ("元至3月份", Period(None, 3, 1, True)),
        ("截至6月底", Period(None, 6, None, True)),
        ("前8个月", Period(None, 8, None, True)),
        ("2014年上半年", Period(2014, 6, 1, True)),
        ("2014年前三季度", Period(2014, 9, 1, True)),
        ("二〇一四年六月", Period(2014, 6, 6)),
        ("十二月份", Period(None, 12, 12)),
        ("2014.06", Period(2014, 6, 6)),
        ("201406进度表", Period(2014, 6, 6)),
        ("2014年度计划表", Period(2014, None)),
        ("百日会战第12期", None),
        ("二○二四年六月份", Period(2024, 6, 6)),  # a circle for the zero
        ("24年6月份重点项目", Period(2024, 6, 6)),
        ("2024年13月", Period(2024, None)),  # no month, and never the 3月 in it
        ("十三月", None),
        ("近10年累计", None),
        ("20140626", None),  # a day says nothing about the month reported
    ],
)
def test_the_period_is_read_from_titles_and_names(text: str, period: Period | None) -> None:
    assert periods.find_period(text)[0] == period


def test_every_synonym_is_recognised_as_its_own_column() -> None:
    """No heading of the specs is shadowed by another column's pattern or lost in normalisation."""
    for column in sheets.SPECS[0].columns:
        for text in column.headings:
            parts = [text, "1-3月"] if column.kind == "month_plan" else [text]
            found = sheets.match(headings.parse(parts))
            assert found is not None, (column.field, text)
            shared = {other.field for other in sheets.SPECS[0].columns if text in other.headings}
            assert found.column.field in shared, (column.field, text, found.column.field)
