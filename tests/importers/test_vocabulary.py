"""Real header texts: every one means a field of ours or is left alone on purpose, and the purpose is written here."""

import csv
from pathlib import Path

import pytest

from importers import headings, sheets

VOCABULARY = Path(__file__).parents[3] / "shared" / "testdata" / "headings" / "real_header_vocabulary.csv"

# DOMAIN §2.2: the fields of real sheets, their headings, and ours. "" is nothing that this product keeps.
FIELDS = """
序号 | seq | 序号 编号
项目编号 | code | 项目编号
项目名称 | name | 项目名称 项目全称 子项目名称
打包项目 | | 父项目名称 打包项目
类别 | category | 项目类型 项目类别 类别
行业 | | 行业 所属行业
级别 | level | 项目级别 分级管理
批次 | | 批次
性质 | nature | 项目性质 建设性质
建设内容 | content | 建设规模及内容 建设内容及规模 主要建设内容及规模 建设规模
地点 | location | 建设地点 建设地址 项目属地
镇区 | location | 所属街镇 区域 所属开发区 属地
起止 | planned_period | 建设起止时间 建设起止年限 建设年限 起止年限
计划开工 | planned_start | 拟开工时间 计划开工时间
开工 | started_on | 开工时间 开工日期
计划竣工 | planned_finish | 拟建成时间 计划竣工时间 竣工日期
实际开工竣工 | actual_start | 实际开工时间
实际竣工 | actual_finish | 实际竣工时间
开工情况 | state | 开工情况 是否开工
总投资 | total_investment_wan | 总投资 计划总投资 概算总投资 项目总投资
往年完成 | | 至2023年底累计完成投资 到2023年底止累计完成投资 截至上年底累计完成投资
年度计划 | annual_plan_wan | 2024年计划投资 年度计划投资 年度投资计划 当年计划投资
分月计划 | month_plan | 1-6月计划投资 分月计划▸6月
本月完成 | reported_month_wan | 本月完成投资 6月完成投资
旬完成 | | 6月上旬完成投资
本年累计 | reported_ytd_wan | 1-6月累计完成投资 年初至本月完成 本年度累计完成投资 自元月至本月底完成投资
开工以来累计 | reported_to_date_wan | 开工以来累计完成投资 开工至本月底累计完成投资
完成率 | completion_pct_stated | 投资完成率 完成年度计划(%) 占年计划(%)
序时差距 | | 时间进度差距 序时差距 超/欠序时进度
入库状态 | | 入库状态 是否纳统 是否入统
纳统投资 | statistical_ytd_wan | 纳统投资 固投完成数
资金到位 | | 资金到位情况 已落实资金情况 到位资金
形象进度 | physical_progress | 形象进度 工程进度 当前形象进度 进展情况
年度目标 | target | 年度形象进度目标 年度建设内容
节点目标 | target | 关键节点目标
存在问题 | problems | 存在问题 存在的问题 问题及措施
需协调 | problems | 需协调解决事项 存在问题及需协调解决的问题
下步计划 | | 下月工作计划 下步工作计划 下步打算 工作计划
业主 | investor | 项目业主单位 业主名称 项目法人 建设单位 投资主体 项目单位名称
责任单位 | responsible_unit | 责任单位 主要责任单位 挂钩责任单位 牵头单位 管理部门
责任人 | responsible_person | 责任人 负责人 联系人 联络人
包挂领导 | lead_official | 包挂领导 挂钩领导 包联领导 包抓领导 包保领导 挂包领导 挂点领导 联系县领导
挂钩部门 | paired_department | 挂钩帮扶部门 挂钩单位 服务单位 帮扶单位
状态 | state | 项目状态 进展状态
滞后原因 | | 滞后类型 滞后原因
备注 | remarks | 备注
"""

SPELLINGS = [
    (heading, field.strip())
    for _, field, spellings in (line.split("|") for line in FIELDS.strip().splitlines())
    for heading in spellings.split()
]


def meaning(*parts: str) -> str:
    found = sheets.match(headings.parse(list(parts)))
    return found.column.field if found else ""


@pytest.mark.parametrize(("heading", "field"), SPELLINGS)
def test_a_sourced_heading_means_its_field(heading: str, field: str) -> None:
    assert meaning(*heading.split("▸")) == field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("目前形象进度及存在问题", "physical_progress"),  # words on both: kept whole, and progress is asked for first
        ("形象进度和存在的主要问题", "physical_progress"),
        ("困难和问题", "problems"),
        ("自元月至本月底完成投资", "reported_ytd_wan"),
        ("截至本月底完成投资", "reported_ytd_wan"),
        ("责任人及联系电话", "responsible_person"),
        ("责任单位责任人及联系电话", "responsible_person"),
        ("业主单位及联系人", "investor"),
        ("市或县挂钩责任单位及责任人", "responsible_unit"),
        ("挂钩联系领导", "lead_official"),
        ("批复总投资（万元）", "total_investment_wan"),
        ("总体进度", "physical_progress"),
        ("计划工期", "planned_period"),
        ("8月份土地可挂牌，年底完成审图。", ""),  # a sentence under a header, no header
    ],
)
def test_further_spellings_that_clerks_use(heading: str, field: str) -> None:
    assert meaning(heading) == field


# Texts of the vocabulary whose guessed meaning is a field of ours and which are no such field, with the reason.
NOT_OURS = {
    "2010年力争完成投资（万元）": "a hope, no figure",
    "8月至12月计划投资额": "the plan of five months, neither the year's nor one month's",
    "“十一五”完成投资（万元）": "an earlier five-year plan's",
    "占月计划投资（%）": "of the month's plan, not of the year's",
    "大干150天力争完成投资（万元）": "a hope, no figure",
    "开工至上一年度底累计完成投资": "an earlier year's",
    "旬完成投资额": "ten days'",
    "月计划投资额": "one month's task, no plan by months",
    "本旬占月计划投资额（%）": "ten days'",
    "至2009年底累计完成投资": "an earlier year's",
    "至2009年底累计完成投资（万元）": "an earlier year's",
    "至旬完成投资额": "ten days'",
}
# What the guessed meanings are called here; where a guess is vague, each of the fields it may be.
MEANINGS = {
    "序号": {"seq"},
    "项目名称": {"name"},
    "总投资": {"total_investment_wan"},
    "年度计划投资": {"annual_plan_wan"},
    "当期/年内累计完成投资": {"reported_month_wan", "reported_ytd_wan"},
    "累计完成投资(开工至今或至上年底)": {"reported_to_date_wan", "reported_ytd_wan"},
    "完成率": {"completion_pct_stated"},
    "形象进度": {"physical_progress", "target"},
    "存在问题": {"problems"},
    "建设内容及规模": {"content"},
    "建设起止年限": {"planned_period"},
    "建设性质": {"nature"},
    "建设单位": {"investor"},
    "责任单位": {"responsible_unit"},
    "包挂领导": {"lead_official"},
}
# Texts without a guess that are fields of ours all the same.
GUESSED_BY_US = {
    "2009年完成情况": "reported_ytd_wan",  # left out by its year on a sheet of 2010
    "2010年实际完成情况": "reported_ytd_wan",
    "2010年项目进展情况": "physical_progress",
    "今年开工时间": "planned_start",
    "今年竣工时间": "planned_finish",
    "估算投资（万元）": "total_investment_wan",
    "备注": "remarks",
    "完成年度投资计划%": "completion_pct_stated",
    "完成时限": "milestone_due",
    "属地": "location",
    "工程进度": "physical_progress",
    "年度投资计划": "annual_plan_wan",
    "建设地点": "location",
    "开工日期": "started_on",
    "所属区域": "location",
    "承办单位": "investor",
    "投资主体": "investor",
    "拟开工时间": "planned_start",
    "拟竣工时间": "planned_finish",
    "目前进展情况": "physical_progress",
    "累计": "reported_ytd_wan",
    "业主、法人（责任）单位及负责人": "investor",
    "联系人": "responsible_person",
    "联系人及电话": "responsible_person",
    "联系人（手机）": "responsible_person",
    "联络人": "responsible_person",
    "负责人": "responsible_person",
    "责任人": "responsible_person",
    "采取措施和建议": "measures",
    "项目建设重要节点安排": "milestones",
}


@pytest.mark.skipif(not VOCABULARY.exists(), reason="没有../shared/testdata/headings，未核对真实表头")
def test_every_real_header_is_a_field_or_left_alone_on_purpose() -> None:
    with VOCABULARY.open(encoding="utf-8-sig", newline="") as file:
        vocabulary = [(row[0], row[1]) for row in list(csv.reader(file))[1:]]
    assert len(vocabulary) >= 229
    wrong = {}
    for text, guess in vocabulary:
        found = meaning(text)
        if guess and text not in NOT_OURS:
            is_right = found in MEANINGS[guess] or found == GUESSED_BY_US.get(text)
        else:
            is_right = found == GUESSED_BY_US.get(text, "")
            if "每条" in text:  # the indicators of another assessment: points, on no sheet of ours
                is_right = found in ("", "indicator_points")
        if not is_right:
            wrong[text] = (guess, found)
    assert wrong == {}
