"""The zoo (难例): sheets as clerks send them, each with a case that no other has, and what a careful clerk reads.

Sheets are made here; the expected rows, decisions and remarks are written by hand, from the sheet and never from the
reader. In `rows` the first line names columns (see FIELDS in test_zoo), a blank is nothing, ↵ a line break.
`says` lists every remark as `code cell`, `skips` every line left out as `row reason`, both in the order of the sheet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import hostile
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import xlsx

from .biff import BiffSheet, Calculated, Rate, Uncalculated, container, xls

Lines = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Specimen:
    """One file and what is to be read from it. `asks`: ids of questions; `unused`: sheets left out."""

    case: str
    content: bytes
    rows: str = ""
    filename: str = "表.xlsx"
    month: str | None = "2023-06"
    unit: str | None = "万元"
    decision: str = "accept"
    says: str = ""
    asks: tuple[str, ...] = ()
    skips: str = ""
    unused: tuple[str, ...] = ()
    sentence: str = ""  # a part of the message
    given: Mapping[str, Any] = field(default_factory=dict)  # month and answers handed to the reader


ZOO: dict[str, Specimen] = {}


def add(name: str, case: str, content: bytes, rows: str = "", **more: Any) -> None:
    assert name not in ZOO
    ZOO[name] = Specimen(case, content, rows, **more)


def one(*lines: Sequence[Any], shape: Callable[[Worksheet], None] | None = None) -> bytes:
    """A workbook of one sheet, 表."""
    return xlsx({"表": lines}, None if shape is None else lambda sheets: shape(sheets["表"]))


def merged(*areas: str) -> Callable[[Worksheet], None]:
    def shape(sheet: Worksheet) -> None:
        for area in areas:
            sheet.merge_cells(area)

    return shape


JUNE = ["2023年6月重点项目进展情况表"]
HEADER = ["序号", "项目名称", "总投资", "年度计划投资", "累计完成投资", "形象进度", "责任单位"]
FACTORY = [1, "甲厂", 8000, 4000, 2000, "主体封顶", "甲镇"]
ROAD = [2, "乙路", 6000, 3000, 1500, "路基施工", "乙镇"]
PARK = [3, "丙园", 900, 600, 300, "绿化", "丙局"]
TWO = """
行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
{} | 甲厂 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
{} | 乙路 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
"""

# ---- where the table is ---------------------------------------------------------------------------------------------

add(
    "two_header_rows",
    "a merged parent in 亿元 over a child in 万元; the nearest unit counts",
    one(
        JUNE,
        ["序号", "项目名称", "投资（亿元）", None, None, "进展情况", "建设单位及责任", None],
        [None, None, "总投资", "年计划（万元）", "累计完成", None, "责任单位", "包挂领导"],
        [1, "甲厂", 0.8, 4000, 0.2, "封顶", "甲镇", "张　三"],
        [2, "乙路", "6000万", 3000, 0.15, "路基", "乙镇、丙局", "李四"],
        shape=merged("A1:H1", "A2:A3", "B2:B3", "C2:E2", "F2:F3", "G2:H2"),
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位 | 领导
    4 | 甲厂 | 8000 | 4000 | 2000 | 封顶 | 甲镇 | 张三
    5 | 乙路 | 6000 | 3000 | 1500 | 路基 | 乙镇、丙局 | 李四
    """,
)

add(
    "three_header_rows",
    "three header rows, the units on a line of their own, and the line of column numbers",
    one(
        JUNE,
        ["序号", "项目名称", "投资完成情况", None, None, None, "形象进度"],
        [None, None, "总投资", "年度计划", "2023年1-6月完成", None, None],
        [None, None, "（亿元）", "（万元）", "本月（万元）", "累计（万元）", None],
        ["甲", "乙", 1, 2, 3, 4, 5],
        [1, "甲厂", 0.8, 4000, 300, 2000, "封顶"],
        shape=merged("A2:A4", "B2:B4", "C2:F2", "E3:F3", "G2:G4"),
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本月 | 本年累计 | 形象
    6 | 甲厂 | 8000 | 4000 | 300 | 2000 | 封顶
    """,
)

add(
    "header_printed_again",
    "a two-row header printed again on every page, with a subtotal of the page over it",
    one(
        JUNE,
        ["序号", "项目名称", "投资情况", None, None, "进度"],
        [None, None, "总投资", "年度计划", "累计完成", None],
        [1, "甲厂", 8000, 4000, 2000, "封顶"],
        ["本页小计", None, 8000, 4000, 2000],
        ["序号", "项目名称", "投资情况", None, None, "进度"],
        [None, None, "总投资", "年度计划", "累计完成", None],
        [2, "乙路", 6000, 3000, 1500, "路基"],
        shape=merged("A2:A3", "B2:B3", "C2:E2", "F2:F3", "A6:A7", "B6:B7", "C6:E6", "F6:F7"),
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象
    4 | 甲厂 | 8000 | 4000 | 2000 | 封顶
    8 | 乙路 | 6000 | 3000 | 1500 | 路基
    """,
    skips="5 subtotal, 6 repeated_header, 7 repeated_header",
)

add(
    "second_table_with_other_columns",
    "a second table under the first, with total and plan the other way round; the unit goes on, the section changes",
    one(
        JUNE,
        ["单位：亿元"],
        ["一、重大工业项目"],
        HEADER,
        [1, "甲厂", 0.8, 0.4, 0.2, "主体封顶", "甲镇"],
        [],
        ["二、农业农村项目"],
        ["序号", "项目名称", "年度计划投资", "总投资", "累计完成投资", "形象进度", "责任单位"],
        [2, "乙路", 0.3, 0.6, 0.15, "路基施工", "乙镇"],
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    5 | 甲厂 | 重大工业项目 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    9 | 乙路 | 农业农村项目 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    unit="亿元",
)

add(
    "second_table_of_another_kind",
    "under the month's sheet a list of something else: left out, and said",
    one(
        JUNE, HEADER, FACTORY, ROAD, [], ["附：未开工项目"], ["序号", "项目名称", "未开工原因"], [1, "丁厂", "土地未批"]
    ),
    TWO.format(3, 4),
    says="table_left_out -",
)

add(
    "table_far_from_the_corner",
    "the table starts in column D and row 14, with nothing before it",
    one(*[[]] * 11, [None, None, None, *JUNE], [], [None, None, None, *HEADER], [None, None, None, *FACTORY]),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    15 | 甲厂 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    """,
)

add(
    "parents_without_merges",
    "parents written once over several columns and never merged; plan and done under each",
    one(
        JUNE,
        ["序号", "项目名称", "总投资", "年度投资（万元）", None, None, "形象进度"],
        [None, None, None, "计划数", "完成数", "完成率（%）", None],
        [1, "甲厂", 8000, 4000, 2000, 50, "封顶"],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 完成率 | 形象
    4 | 甲厂 | 8000 | 4000 | 2000 | 50.00 | 封顶
    """,
)

add(
    "responsibility_under_one_heading",
    "挂钩责任单位 over unit, person and phone; the owner's own person beside it is nobody of ours (case 18)",
    one(
        JUNE,
        ["序号", "项目名称", "累计完成投资", "项目业主单位", None, None, "挂钩责任单位", None, None],
        [None, None, None, "业主名称", "负责人", "电话", "单位名称", "责任人", "联系电话"],
        [1, "甲厂", 2000, "甲公司", "赵六", 13800000000, "甲镇", "张三", "138 0000 0001"],
        shape=merged("A2:A3", "B2:B3", "C2:C3", "D2:F2", "G2:I2"),
    ),
    """
    行 | 项目 | 本年累计 | 投资方 | 单位 | 责任人
    4 | 甲厂 | 2000 | 甲公司 | 甲镇 | 张三
    """,
)

# ---- lines that are no projects -------------------------------------------------------------------------------------

add(
    "real_totals_first",
    "the grand total first, counted without 项, and sections that carry their sums (case 11)",
    one(
        JUNE,
        HEADER,
        [None, "正式项目 3", 14900, 7600, 3800],
        [None, "一、交通一体 2", 14000, 7000, 3500],
        FACTORY,
        ROAD,
        [None, "二、产业同兴 1", 900, 600, 300],
        PARK,
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    5 | 甲厂 | 交通一体 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    6 | 乙路 | 交通一体 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    8 | 丙园 | 产业同兴 | 900 | 600 | 300 | 绿化 | 丙局
    """,
    skips="3 total, 4 section, 7 section",
)

add(
    "subtotals_that_lead",
    "each class opened by its own subtotal, one of them wrong by 100",
    one(
        JUNE,
        HEADER,
        ["全县合计", "3个", 14900, 7600, 3800],
        ["一、工业小计", None, 14000, 7000, 3600],
        FACTORY,
        ROAD,
        ["二、农业小计", None, 900, 600, 300],
        PARK,
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    5 | 甲厂 | 工业 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    6 | 乙路 | 工业 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    8 | 丙园 | 农业 | 900 | 600 | 300 | 绿化 | 丙局
    """,
    skips="3 total, 4 subtotal, 7 subtotal",
    says="sum_differs E4",
)

add(
    "subtotals_that_close",
    "sections of three levels, subtotals behind them, the total last and wrong",
    one(
        JUNE,
        HEADER,
        ["一、重大工业和服务业项目（2项）"],
        ["（一）续建项目"],
        FACTORY,
        ["（二）新开工项目"],
        ROAD,
        ["小计", None, 6000, 3000, 1500],
        ["二、为民实事工程（1项）"],
        PARK,
        ["小计", None, 900, 600, 300],
        ["总  计", None, 14900, 7600, 3900],
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    5 | 甲厂 | 重大工业和服务业项目 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    7 | 乙路 | 重大工业和服务业项目 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    10 | 丙园 | 为民实事工程 | 900 | 600 | 300 | 绿化 | 丙局
    """,
    skips="3 section, 4 section, 6 section, 8 subtotal, 9 section, 11 subtotal, 12 total",
    says="sum_differs E12",
)

add(
    "serials_of_every_kind",
    "serials ① 1. （1） 1、 and =ROW()-3, numbering that restarts in each section (case 26)",
    one(
        JUNE,
        HEADER,
        ["一、工业"],
        ["①", *FACTORY[1:]],
        ["2.", *ROAD[1:]],
        ["二、农业"],
        ["（1）", *PARK[1:]],
        ["2、", "丁渠", 100, 80, 40, "清淤", "丁局"],
        ["=ROW()-3", "戊站", 200, 90, 45, "基础", "丁局"],
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    4 | 甲厂 | 工业 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    5 | 乙路 | 工业 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    7 | 丙园 | 农业 | 900 | 600 | 300 | 绿化 | 丙局
    8 | 丁渠 | 农业 | 100 | 80 | 40 | 清淤 | 丁局
    9 | 戊站 | 农业 | 200 | 90 | 45 | 基础 | 丁局
    """,
    skips="3 section, 6 section",
)

add(
    "notes_in_the_middle",
    "a note between two projects ends nothing; signatures, an example and numbered blank lines (cases 21, 22)",
    one(
        JUNE,
        ["填报单位（盖章）：甲县三重一大办公室", None, None, None, "填报时间：2023年7月3日", None, "单位：万元"],
        HEADER,
        ["例", "示例项目", 10000, 5000, 1],
        FACTORY,
        ["注：以下为第二批项目。"],
        ROAD,
        [3],
        [4, "　"],
        ["填表人：张三", None, None, "审核人：李四", None, "联系电话：0516-88888888"],
    ),
    TWO.format(5, 7),
    skips="4 note, 6 note, 8 blank, 9 blank, 10 note",
)

add(
    "package_and_its_parts",
    "a packaged project with its parts below: counted once, the parts said; 1.1 and 1.2 are projects (case 14)",
    one(
        JUNE,
        HEADER,
        [1, "城乡供水（打包）", 14000, 7000, 3500, "管网", "水利局"],
        [None, "其中：甲镇管网", 8000, 4000, 2000, "管沟", "甲镇"],
        [None, "其中：乙镇泵站", 6000, 3000, 1500, "基础", "乙镇"],
        ["2.1", "丙园一期", 900, 600, 300, "绿化", "丙局"],
        ["2.2", "丙园二期", 900, 600, 0, "前期", "丙局"],
        ["合计", None, 15800, 8200, 3800],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    3 | 城乡供水（打包） | 14000 | 7000 | 3500 | 管网 | 水利局
    6 | 丙园一期 | 900 | 600 | 300 | 绿化 | 丙局
    7 | 丙园二期 | 900 | 600 | 0 | 前期 | 丙局
    """,
    skips="4 note, 5 note, 8 total",
    says="part_left_out -",
)

add(
    "project_over_several_lines",
    "a project whose name is merged over two lines; words add up, a blank below no merge stays blank (case 20)",
    one(
        JUNE,
        ["类别", *HEADER],
        ["工业", *FACTORY],
        [None, None, None, None, None, None, "设备进场", "丙局"],
        [None, *ROAD],
        [None, 3, "丙园", 900, 600, 300, "绿化", None],
        shape=merged("A3:A5", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "F3:F4"),
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    3 | 甲厂 | 工业 | 8000 | 4000 | 2000 | 主体封顶↵设备进场 | 甲镇、丙局
    5 | 乙路 | 工业 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    6 | 丙园 |  | 900 | 600 | 300 | 绿化 |
    """,
)


def _hide(sheets: Mapping[str, Worksheet]) -> None:
    sheets["6月"].row_dimensions[5].hidden = True
    sheets["6月"].column_dimensions["D"].hidden = True
    sheets["5月（存档）"].sheet_state = "hidden"


add(
    "hidden_things",
    "a filtered row, a hidden column and a hidden sheet: read or left out, and always said (case 22)",
    xlsx({"6月": [JUNE, HEADER, FACTORY, ROAD, PARK], "5月（存档）": [["2023年5月"], HEADER, FACTORY]}, _hide),
    TWO.format(3, 4),
    skips="5 hidden",
    says="hidden_columns -, hidden_rows -",
    unused=("5月（存档）",),
)

add(
    "groups_in_the_name_column",
    "groups without ordinal or count in the name column of a table without serials; 共计2项 is a total, 平均 a note",
    one(
        JUNE,
        HEADER[1:],
        ["　　重大工业项目"],
        FACTORY[1:],
        ["为民实事工程"],
        ROAD[1:],
        ["共计2项", 14000, 7000, 3500],
        ["其中：省重点1项", 8000, 4000, 2000],
        ["平均", 7000, 3500, 1750],
        [None, None, None, "注：以上为快报数"],
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    4 | 甲厂 | 重大工业项目 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    6 | 乙路 | 为民实事工程 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    skips="3 section, 5 section, 7 total, 8 note, 9 note, 10 note",
)

add(
    "groups_by_town",
    "a line of nothing but a town's name among numbered projects opens a group",
    one(JUNE, HEADER, [None, "甲镇"], FACTORY, [None, "乙镇"], ROAD),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    4 | 甲厂 | 甲镇 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    6 | 乙路 | 乙镇 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    skips="3 section, 5 section",
)

add(
    "equipment_beside_the_whole",
    "总额 and 其中：设备投资 under each sum; 形象进度（%） beside 形象进度描述",
    one(
        JUNE,
        ["序号", "项目名称", "总投资", None, "年度计划投资", "累计完成投资", None, "形象进度（%）", "形象进度描述"],
        [None, None, "总额", "其中：设备投资", None, "总额", "其中：设备投资", None, None],
        [1, "甲厂", 8000, 3000, 4000, 2000, 700, 53, "主体封顶"],
        shape=merged("A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:G2", "H2:H3", "I2:I3"),
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象% | 形象
    4 | 甲厂 | 8000 | 4000 | 2000 | 53.00 | 主体封顶
    """,
    says="unknown_columns -",
)

add(
    "page_after_page",
    "title, unit line and header printed again at the top of the second page",
    one(JUNE, ["单位：亿元"], HEADER, [1, "甲厂", 0.8, 0.4, 0.2, "主体封顶", "甲镇"],
        JUNE, ["单位：亿元"], HEADER, [2, "乙路", 0.6, 0.3, 0.15, "路基施工", "乙镇"]),
    TWO.format(4, 8),
    unit="亿元",
    skips="5 note, 6 note, 7 repeated_header",
)  # fmt: skip

# ---- which sheets, which month --------------------------------------------------------------------------------------

add(
    "sheet_per_class",
    "a sheet for each class, a summary by class and 填表说明; the class is the sheet's name",
    xlsx(
        {
            "汇总": [["2023年6月汇总"], ["类别", "项目数", "总投资", "完成投资"], ["工业", 1, 8000, 2000]],
            "重大工业和服务业项目": [JUNE, HEADER, FACTORY],
            "农业农村重点项目": [JUNE, HEADER, ROAD],
            "填表说明": [["一、每月25日前报。"], HEADER, ["例", "示例项目", 1]],
        }
    ),
    """
    表 | 行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    重大工业和服务业项目 | 3 | 甲厂 | 重大工业和服务业项目 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    农业农村重点项目 | 3 | 乙路 | 农业农村重点项目 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    unused=("汇总", "填表说明"),
)

add(
    "all_and_per_town",
    "one sheet of all projects and one for each town: equal rows count once, the unlike one is asked",
    xlsx(
        {
            "全县": [JUNE, HEADER, FACTORY, [*ROAD[:4], 1600, *ROAD[5:]]],
            "甲镇": [JUNE, HEADER, FACTORY],
            "乙镇": [JUNE, HEADER, ROAD],
        }
    ),
    """
    表 | 行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    全县 | 3 | 甲厂 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    全县 | 4 | 乙路 | 6000 | 3000 | 1600 | 路基施工 | 乙镇
    乙镇 | 3 | 乙路 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    decision="ask",
    asks=("duplicate:全县!4|乙镇!3",),
    skips="3 duplicate",
)

_MONTHS = {
    "5月": [["2023年5月重点项目进展"], HEADER, [1, "甲厂", 8000, 4000, 1500, "三层", "甲镇"]],
    "6月": [["2023年6月重点项目进展"], HEADER, FACTORY],
}

add(
    "sheet_per_month_asks",
    "a sheet for each month: which one is asked",
    xlsx(_MONTHS),
    """
    表 | 行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    5月 | 3 | 甲厂 | 8000 | 4000 | 1500 | 三层 | 甲镇
    6月 | 3 | 甲厂 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    """,
    month=None,
    decision="ask",
    asks=("month",),
    sentence="2023年5月、2023年6月",
)

add(
    "sheet_per_month_settled",
    "the same, settled by the file's name",
    xlsx(_MONTHS),
    """
    表 | 行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    6月 | 3 | 甲厂 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    """,
    filename="6月份重点项目进度（2023）.xlsx",
    unused=("5月",),
)

add(
    "month_from_the_day_of_the_figures",
    "截至6月30日 names the month, 填报日期 in July does not, and the year stands elsewhere",
    one(["2023年度重点项目进展情况表（截至6月30日）"], [None, None, "填报日期：2023年7月4日"], HEADER, FACTORY, ROAD),
    TWO.format(4, 5),
)

add(
    "month_only_in_the_heading",
    "元至6月份 in a heading, the year in the title, last month's total beside it (cases 15, 16)",
    one(
        ["2023年度重点项目进展情况表"],
        ["序号", "项目名称", "年度计划投资", "1-5月累计完成投资", "6月份完成投资", "元至6月份累计完成投资", "备注"],
        [1, "甲厂", 4000, 1500, 500, 2000, None],
        [2, "乙路", 3000, 1000, 500, 1600, None],
        [3, "丙园", 600, 400, 100, 450, "审计核减50万元"],
    ),
    """
    行 | 项目 | 年度计划 | 本月 | 本年累计 | 备注
    3 | 甲厂 | 4000 | 500 | 2000 |
    4 | 乙路 | 3000 | 500 | 1600 |
    5 | 丙园 | 600 | 100 | 450 | 审计核减50万元
    """,
    says="month_identity E4, column_compared D2",
)

add(
    "no_month_anywhere",
    "no month in title, headings, sheet or file: asked, and the year is offered with all its months",
    one(["2023年度重点项目进展情况表"], HEADER, FACTORY, ROAD),
    TWO.format(3, 4),
    month=None,
    decision="ask",
    asks=("month",),
    sentence="没有写月份",
)

# ---- file formats ---------------------------------------------------------------------------------------------------

_CSV = (
    "2023年6月重点项目进展情况表,,,,,\r\n单位：万元,,,,,\r\n序号,项目编号,项目名称,总投资,年度计划投资,累计完成投资\r\n"
    '1,="007","甲厂,一期","8,000",4000,2000\r\n\r\n2,008,"乙\n路","6,000",3000,"1,500"\r\n'
)
_CSV_ROWS = """
行 | 编号 | 项目 | 总投资 | 年度计划 | 本年累计
4 | 007 | 甲厂,一期 | 8000 | 4000 | 2000
6 | 008 | 乙路 | 6000 | 3000 | 1500
"""
add("csv_gbk", "GBK text, quoted commas and line breaks, a code kept by =\"007\"", _CSV.encode("gbk"), _CSV_ROWS,
    filename="六月.csv", skips="5 blank")  # fmt: skip
add("csv_utf16", "UTF-16 with tabs, as Excel's Unicode text", _CSV.replace(",", "\t").replace("\t一期", ",一期")
    .replace("8\t0", "8,0").replace("6\t0", "6,0").replace("1\t5", "1,5").encode("utf-16"), _CSV_ROWS,
    filename="六月.csv", skips="5 blank")  # fmt: skip
add("csv_utf8_named_xls", "UTF-8 with its mark under the name of a workbook", _CSV.encode("utf-8-sig"), _CSV_ROWS,
    filename="六月.xls", skips="5 blank")  # fmt: skip

add(
    "web_page",
    "an HTML table saved as .xls: title outside the table, spans, a hidden line, open tags",
    (
        "<html><head><meta charset='gbk'><style>td{mso-number-format:'0.0%'}</style></head><body>"
        "<h2>2023年6月重点项目进展情况表</h2><p>单位：万元</p><table border=1>"
        "<tr><th rowspan=2>序号</th><th rowspan=2>项目名称</th><th colspan=3>投资</th><th rowspan=2>形象进度</th></tr>"
        "<tr><th>总投资<th>年度计划<th>累计完成</tr>"
        "<tr><td>1<td>甲厂<td x:num='8000'>8,000<td>4000<td>2000<td>主体<br>封顶</tr>"
        "<tr style='display: none'><td>2<td>乙路<td>6000<td>3000<td>1500<td>&nbsp;</tr>"
        "<tr><td>3<td>丙园<td>900<td>600<td>&mdash;<td>绿化 &amp; 铺装</tr></table></body></html>"
    ).encode("gbk"),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象
    5 | 甲厂 | 8000 | 4000 | 2000 | 主体↵封顶
    7 | 丙园 | 900 | 600 | | 绿化 & 铺装
    """,
    filename="导出.xls",
    skips="6 hidden",
    says="hidden_rows -",
)

add(
    "excel_2003_xml",
    "Excel 2003's XML under the name .xls: indexed cells, merges, percent and date styles, a hidden sheet",
    """<?xml version="1.0" encoding="gb2312"?><?mso-application progid="Excel.Sheet"?>
    <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"
     xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>
     <Style ss:ID="p"><NumberFormat ss:Format="0.0%"/></Style>
     <Style ss:ID="d"><NumberFormat ss:Format="yyyy&quot;年&quot;m&quot;月&quot;"/></Style></Styles>
    <Worksheet ss:Name="旧表"><Table><Row><Cell><Data ss:Type="String">项目名称</Data></Cell></Row></Table>
     <WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions>
    </Worksheet>
    <Worksheet ss:Name="6月"><Table>
     <Row><Cell ss:MergeAcross="4"><Data ss:Type="String">2023年6月重点项目进展情况表</Data></Cell></Row>
     <Row ss:Index="3"><Cell ss:Index="2"><Data ss:Type="String">项目名称</Data></Cell>
      <Cell><Data ss:Type="String">年度计划投资</Data></Cell><Cell><Data ss:Type="String">累计完成投资</Data></Cell>
      <Cell><Data ss:Type="String">完成率</Data></Cell><Cell><Data ss:Type="String">开工时间</Data></Cell></Row>
     <Row><Cell ss:Index="2"><Data ss:Type="String">甲厂</Data></Cell><Cell><Data ss:Type="Number">4000</Data></Cell>
      <Cell><Data ss:Type="Number">2000</Data></Cell><Cell ss:StyleID="p"><Data ss:Type="Number">0.5</Data></Cell>
      <Cell ss:StyleID="d"><Data ss:Type="DateTime">2022-03-01T00:00:00.000</Data></Cell></Row>
     <Row ss:Hidden="1"><Cell ss:Index="2"><Data ss:Type="String">乙路</Data></Cell></Row>
    </Table></Worksheet></Workbook>""".encode("gb18030"),
    """
    表 | 行 | 项目 | 年度计划 | 本年累计 | 完成率 | 开工
    6月 | 4 | 甲厂 | 4000 | 2000 | 50.00 | 2022-03
    """,
    filename="导出.xls",
    skips="5 hidden",
    says="hidden_rows -",
    unused=("旧表",),
)

_OLD = [
    ["2023年6月重点项目进展情况表"],
    ["序号", "项目名称", "年度计划投资", "累计完成投资", "完成率", "形象进度"],
]
add(
    "old_binary",
    "a real .xls: percent format, merged title, a hidden row, calculated formulas, a hidden sheet (case 27)",
    xls(
        BiffSheet(
            "6月",
            [*_OLD, [1, "甲厂", 4000, Calculated(2000), Rate(0.5), "封顶"], [2, "乙路", 3000, 1500, Rate(0.5), "路基"]],
            hidden_rows=[4],
            merges=[(1, 1, 1, 6)],
        ),
        BiffSheet("存档", _OLD, is_hidden=True),
    ),
    """
    表 | 行 | 项目 | 年度计划 | 本年累计 | 完成率 | 形象
    6月 | 3 | 甲厂 | 4000 | 2000 | 50.00 | 封顶
    """,
    filename="六月.xls",
    skips="4 hidden",
    says="hidden_rows -",
    unused=("存档",),
)

add(
    "wps_never_calculated",
    "an .et whose formulas no program has calculated: named, never blank and never zero (case 27)",
    xls(BiffSheet("6月", [*_OLD, [1, "甲厂", 4000, Uncalculated(), 50, "封顶"], [2, "乙路", Uncalculated(), 1500]])),
    """
    表 | 行 | 项目 | 年度计划 | 本年累计 | 完成率 | 形象
    6月 | 3 | 甲厂 | 4000 | | 50.00 | 封顶
    6月 | 4 | 乙路 | | 1500 | |
    """,
    filename="六月.et",
    decision="refuse",
    says="formula_uncalculated D3, formula_uncalculated C4",
    sentence="6月!D3 累计完成投资",
)

_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
add(
    "strict_with_prefix",
    "strict OOXML under a foreign prefix, inline strings in runs, no references, a dimension that lies",
    hostile.package(
        f'<x:worksheet xmlns:x="{_STRICT}"><x:dimension ref="A1:A1"/><x:sheetData>'
        + "".join(
            "<x:row>" + "".join(
                f"<x:c><x:v>{value}</x:v></x:c>" if isinstance(value, int)
                else f'<x:c t="inlineStr"><x:is><x:r><x:t>{value[:1]}</x:t></x:r><x:r><x:t>{value[1:]}</x:t></x:r>'
                "<x:rPh><x:t>pinyin</x:t></x:rPh></x:is></x:c>"
                for value in line
            ) + "</x:row>"
            for line in (JUNE, HEADER, FACTORY, ROAD)
        )
        + "</x:sheetData></x:worksheet>"
    ),
    TWO.format(3, 4),
)  # fmt: skip

add(
    "locked_by_a_password",
    "an encrypted workbook: one sentence with the cure",
    container(b"", "EncryptedPackage"),
    month=None,
    unit=None,
    decision="refuse",
    says="unreadable -",
    sentence="文件已加密，请取消密码后重新上传",
)  # fmt: skip

# ---- numbers --------------------------------------------------------------------------------------------------------

add(
    "numbers_in_every_spelling",
    "full-width digits, thousands marks, 亿 and 万 in the cell, 约 近 超 余, ￥, a sum, Chinese numerals (cases 1, 23)",
    one(
        JUNE,
        ["单位：万元"],
        ["序号", "项目名称", "总投资", "年度计划投资", "累计完成投资"],
        [1, "甲", "１２，０００", "￥4,000.00", "2000万元"],
        [2, "乙", "1.2亿", "约3000", "近1500"],
        [3, "丙", "1.2亿元（其中设备0.5亿元）", "3000+2000", "2500余万元"],
        [4, "丁", "'8000", "四千", "120000元"],
        [5, "戊", "0.8亿元", "4,000", "1 200"],
        [6, "己", "1亿2000万元", "叁仟伍佰万元", "超1000"],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计
    4 | 甲 | 12000 | 4000 | 2000
    5 | 乙 | 12000 | 3000 | 1500
    6 | 丙 | 12000 | 5000 | 2500
    7 | 丁 | 8000 | 4000 | 12
    8 | 戊 | 8000 | 4000 | 1200
    9 | 己 | 12000 | 3500 | 1000
    """,
    says=("approximate D5, approximate E5, text_after_number C6, written_sum D6, approximate E6, approximate E9"),
)

add(
    "blank_zero_unreadable",
    "marks for nothing are nothing, zero is zero, and what cannot be read is named, all at once (cases 8, 9, 24)",
    one(
        JUNE,
        ["序号", "项目名称", "总投资", "年度计划投资", "累计完成投资", "存在问题"],
        [1, "甲", 8000, "　", "—", "无"],
        [2, "乙", 0, "０", 0.0, "暂无"],
        [3, "丙", "待定", "/", "\\", "－"],
        [4, "丁", "1500-2000", "很多", "#DIV/0!", "土地"],
        [5, "戊", True, "√", "2000美元", None],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 问题
    3 | 甲 | 8000 | | |
    4 | 乙 | 0 | 0 | 0 |
    5 | 丙 | | | |
    6 | 丁 | | | | 土地
    7 | 戊 | | | |
    """,
    decision="refuse",
    says=("not_a_number C6, not_a_number D6, cell_error E6, not_a_number C7, not_a_number D7, foreign_currency E7"),
    sentence="另有5处错误",
)


def _accounting(sheet: Worksheet) -> None:
    for cell in ("C3", "C4", "D3", "D4"):
        sheet[cell].number_format = '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ '
    sheet["E3"].number_format = '0"万元"'


add(
    "accounting_format",
    "WPS's accounting format shows 0 as -: the value is 0, while a - typed in is nothing (case 19)",
    one(JUNE, HEADER, [1, "甲厂", 8000, 0, 2000, "封顶", "甲镇"], [2, "乙路", 6000, "-", "0", "路基", "乙镇"],
        shape=_accounting),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    3 | 甲厂 | 8000 | 0 | 2000 | 封顶 | 甲镇
    4 | 乙路 | 6000 | | 0 | 路基 | 乙镇
    """,
)  # fmt: skip

add(
    "formulas_without_values",
    "formulas never calculated: plain arithmetic on the row is done, a reference elsewhere is named (case 27)",
    one(
        JUNE,
        ["序号", "项目名称", "年度计划投资", "上半年", "三季度", "累计完成投资", "完成率"],
        ["=ROW()-2", "甲厂", 4000, 1500, 500, "=D3+E3", "=F3/C3"],
        ["=A3+1", "乙路", 3000, 1000, 500, "=SUM(D4:E4)", "=F4/C4"],
        ["=A4+1", "丙园", 600, 200, 100, "=VLOOKUP(B5,[1]旧表!A:F,6,0)", None],
    ),
    """
    行 | 项目 | 年度计划 | 本年累计 | 完成率
    3 | 甲厂 | 4000 | 2000 |
    4 | 乙路 | 3000 | 1500 |
    5 | 丙园 | 600 | |
    """,
    decision="refuse",
    says=(
        "formula_computed F3, formula_uncalculated G3, formula_computed F4, formula_uncalculated G4, "
        "formula_uncalculated F5, unknown_columns -"
    ),
    sentence="F5",
)

add(
    "lost_unit",
    "11.3元 for 11.3亿元: asked, never 0 and never repaired in silence (case 2)",
    one(JUNE, HEADER, [1, "甲厂", "15亿元", "12亿元", "11.3元", "封顶", "甲镇"], ROAD),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    3 | 甲厂 | 150000 | 120000 | 0.00 | 封顶 | 甲镇
    4 | 乙路 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    decision="ask",
    asks=("unit_lost:表!E3",),
)

add(
    "one_cell_in_another_unit",
    "one cell in 元, one in 亿 without saying so, one six times its plan",
    one(
        JUNE,
        HEADER,
        [1, "甲厂", 8000, 4000, 20_000_000, "封顶", "甲镇"],
        [2, "乙路", 6000, 3000, 0.15, "路基", "乙镇"],
        [3, "丙园", 900, 600, 3600, "绿化", "丙局"],
        [4, "丁渠", 1000, 800, 400, "清淤", "丁局"],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    3 | 甲厂 | 8000 | 4000 | 20000000 | 封顶 | 甲镇
    4 | 乙路 | 6000 | 3000 | 0.15 | 路基 | 乙镇
    5 | 丙园 | 900 | 600 | 3600 | 绿化 | 丙局
    6 | 丁渠 | 1000 | 800 | 400 | 清淤 | 丁局
    """,
    decision="ask",
    asks=("unit_slip:表!E3", "unit_slip:表!E4", "far_above_plan:表!E5"),
)

add(
    "whole_sheet_in_another_unit",
    "figures in 亿元 under a line that says 万元: the sheet's unit is asked once, not cell by cell",
    one(JUNE, ["单位：万元"], HEADER, [1, "甲厂", 0.8, 0.4, 0.2], [2, "乙路", 0.6, 0.3, 0.15], [3, "丙园", 3, 1, 0.5]),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计
    4 | 甲厂 | 0.80 | 0.40 | 0.20
    5 | 乙路 | 0.60 | 0.30 | 0.15
    6 | 丙园 | 3 | 1 | 0.50
    """,
    decision="ask",
    asks=("unit:表",),
)

add(
    "two_columns_of_one_meaning",
    "完成投资 and 累计完成投资 with different values: which column counts is asked",
    one(JUNE, ["序号", "项目名称", "完成投资", "本年累计完成投资"], [1, "甲厂", 2000, 2000], [2, "乙路", 1400, 1500]),
    """
    行 | 项目 | 本年累计
    3 | 甲厂 | 2000
    4 | 乙路 | 1400
    """,
    decision="ask",
    asks=("column:表:reported_ytd_wan",),
)

# ---- rates, dates, words --------------------------------------------------------------------------------------------


def _percents(sheet: Worksheet) -> None:
    sheet["E3"].number_format = "0.0%"
    sheet["F3"].number_format = "0%"


add(
    "percents_in_every_spelling",
    "72.0% by format, 72, ７２％, 百分之七十二, points, words; a part's percent is no progress (cases 4, 12)",
    one(
        JUNE,
        ["序号", "项目名称", "年度计划投资", "累计完成投资", "完成率", "形象进度"],
        [1, "甲", 1000, 720, 0.72, 0.72],
        [2, "乙", 1000, 720, 72, "72%"],
        [3, "丙", 1000, 720, "７２％", "总体完成72%"],
        [4, "丁", 1000, 720, "百分之七十二", "进度至53%"],
        [5, "戊", 1000, 720, "72个百分点", "完成主体工程的33%"],
        [6, "己", 1000, 720, "约72%", "72"],
        [7, "庚", 1000, 720, "完成大半", "形象进度完成50%，总体完成60%"],
        [8, "辛", 1000, 720, 0.9, "主体"],
        shape=_percents,
    ),
    """
    行 | 项目 | 年度计划 | 本年累计 | 完成率 | 形象 | 形象%
    3 | 甲 | 1000 | 720 | 72.00 | 72% | 72.00
    4 | 乙 | 1000 | 720 | 72.00 | 72% | 72.00
    5 | 丙 | 1000 | 720 | 72.00 | 总体完成72% | 72.00
    6 | 丁 | 1000 | 720 | 72.00 | 进度至53% |
    7 | 戊 | 1000 | 720 | 72.00 | 完成主体工程的33% |
    8 | 己 | 1000 | 720 | 72.00 | 72 | 72.00
    9 | 庚 | 1000 | 720 | | 形象进度完成50%，总体完成60% |
    10 | 辛 | 1000 | 720 | 0.90 | 主体 |
    """,
    says="approximate E8, words_for_percent E9, two_percents F9, rate_differs E10",
)

add(
    "column_of_ratios",
    "a column of bare 0.72 and 1 is a column of ratios",
    one(
        JUNE,
        ["序号", "项目名称", "年度计划投资", "累计完成投资", "占年计划"],
        [1, "甲", 1000, 720, 0.72],
        [2, "乙", 1000, 1000, 1],
        [3, "丙", 1000, 0, 0],
    ),
    """
    行 | 项目 | 年度计划 | 本年累计 | 完成率
    3 | 甲 | 1000 | 720 | 72.00
    4 | 乙 | 1000 | 1000 | 100.00
    5 | 丙 | 1000 | 0 | 0.00
    """,
)

add(
    "dates_in_every_spelling",
    "two-digit years, dots, Chinese dates, date cells, serials, month ends; vague ones are none (cases 5, 6, 7, 25)",
    one(
        JUNE,
        ["序号", "项目名称", "累计完成投资", "计划开工时间"],
        [1, "甲", 1, "26.7.1"],
        [2, "乙", 1, "2024年5月底前"],
        [3, "丙", 1, "二〇二四年十月"],
        [4, "丁", 1, datetime(2024, 3, 15)],  # noqa: DTZ001
        [5, "戊", 1, 45413],
        [6, "己", 1, "预计9月末开工"],
        [7, "庚", 1, "2024.10"],
        [8, "辛", 1, 2024.1],
        [9, "壬", 1, "二季度"],
        [10, "癸", 1, "已开工"],
        [11, "子", 1, "2024"],
        [12, "丑", 1, date(2024, 12, 1)],
    ),
    """
    行 | 项目 | 本年累计 | 开工
    3 | 甲 | 1 | 2026-07-01
    4 | 乙 | 1 | 2024-05
    5 | 丙 | 1 | 2024-10
    6 | 丁 | 1 | 2024-03-15
    7 | 戊 | 1 | 2024-05-01
    8 | 己 | 1 | 2023-09
    9 | 庚 | 1 | 2024-10
    10 | 辛 | 1 |
    11 | 壬 | 1 |
    12 | 癸 | 1 |
    13 | 子 | 1 |
    14 | 丑 | 1 | 2024-12-01
    """,
    says="date_serial D7, year_supplied D8, date_ambiguous D10, not_a_date D11, words_for_date D12",
)

add(
    "construction_periods",
    "full-width dashes, two-digit years, year-only, months of one year (cases 5, 25)",
    one(
        JUNE,
        ["序号", "项目名称", "累计完成投资", "建设起止年限"],
        [1, "甲", 1, "08.6－11.12"],
        [2, "乙", 1, "2008-2011"],
        [3, "丙", 1, "2023—2025年"],
        [4, "丁", 1, "2024.3-2025.12"],
        [5, "戊", 1, "2024.05-06"],
        [6, "己", 1, "2023年3月至2024年10月"],
    ),
    """
    行 | 项目 | 本年累计 | 开工 | 竣工
    3 | 甲 | 1 | 2008-06 | 2011-12
    4 | 乙 | 1 | |
    5 | 丙 | 1 | |
    6 | 丁 | 1 | 2024-03 | 2025-12
    7 | 戊 | 1 | 2024-05 | 2024-06
    8 | 己 | 1 | 2023-03 | 2024-10
    """,
)

add(
    "names_as_they_are_typed",
    "Alt+Enter in names, 张　三, two people, a phone as 1.38E+10, brackets of both widths (case 28)",
    one(
        JUNE,
        ["序号", "项目名称", "累计完成投资", "责任单位", "责任人", "联系电话", "包挂领导"],
        [1, "甲厂\n（一期）", 1, "甲镇\n乙局", "张　三", 13800000000.0, "李 四\n王五"],
        [2, " 乙路(二期) ", 1, "甲镇（牵头）、乙局", "赵六 13800000001", "1.38E+10", "李四、王五"],
    ),
    """
    行 | 项目 | 本年累计 | 单位 | 责任人 | 领导
    3 | 甲厂（一期） | 1 | 甲镇、乙局 | 张三 | 李四、王五
    4 | 乙路(二期) | 1 | 甲镇（牵头）、乙局 | 赵六 13800000001 | 李四、王五
    """,
)

add(
    "not_reported_is_not_zero",
    "未上报 is nothing reported; 停工 without a reason is asked (case 17)",
    one(
        JUNE,
        [*HEADER, "督查情况"],
        [*FACTORY[:4], "未上报", None, "甲镇", None],
        [*ROAD[:4], 1500, "路基施工", "乙镇", "停工"],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    3 | 甲厂 | 8000 | 4000 | | | 甲镇
    4 | 乙路 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    decision="ask",
    asks=("stoppage:表!H4",),
)

add(
    "words_against_figures",
    "100.0% beside 项目暂缓; 已竣工 beside 在建; 尚未开工 with money spent (case 3)",
    one(
        JUNE,
        ["序号", "项目名称", "年度计划投资", "累计完成投资", "完成率", "形象进度", "项目状态"],
        [1, "甲厂", 4000, 4000, "100.0%", "项目暂缓", None],
        [2, "乙路", 3000, 1500, "50%", "已竣工投产", "在建"],
        [3, "丙园", 600, 300, "50%", "尚未开工", None],
        [4, "丁渠", 800, 400, "50%", "主体施工", "在建"],
    ),
    """
    行 | 项目 | 年度计划 | 本年累计 | 完成率 | 形象
    3 | 甲厂 | 4000 | 4000 | 100.00 | 项目暂缓
    4 | 乙路 | 3000 | 1500 | 50.00 | 已竣工投产
    5 | 丙园 | 600 | 300 | 50.00 | 尚未开工
    6 | 丁渠 | 800 | 400 | 50.00 | 主体施工
    """,
    says="full_beside_suspended E3, progress_against_state F4, progress_against_state F5",
)


def _shows_its_unit(sheet: Worksheet) -> None:
    sheet["C4"].number_format = '0.0"亿元"'


add(
    "parents_that_say_nothing",
    "投资完成情况 ▸ 年度投资 ▸ 计划 and 完成, a class merged down its projects, a circle for the zero of the year",
    one(
        ["二○二四年七月全县“三重一大”项目推进情况表"],
        ["类别", "序号", "项目名称", "投资完成情况", None, None, None, "工程进展", "责任落实"],
        [None, None, None, "总投资", "年度投资", None, None, "形象进度", "责任单位（责任人）"],
        [None, None, None, None, "计划", "元至7月累计完成", "完成比例（%）", None, None],
        ["工业", 1, "甲厂", 8000, 4000, 2000, 50, "封顶", "甲镇（张三）"],
        [None, 2, "乙路", 6000, 3000, 1500, 50, "路基", "乙镇"],
        shape=merged("A2:A4", "B2:B4", "C2:C4", "D2:G2", "D3:D4", "E3:G3", "H3:H4", "I3:I4", "A5:A6"),
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 完成率 | 形象 | 单位
    5 | 甲厂 | 工业 | 8000 | 4000 | 2000 | 50.00 | 封顶 | 甲镇（张三）
    6 | 乙路 | 工业 | 6000 | 3000 | 1500 | 50.00 | 路基 | 乙镇
    """,
    month="2024-07",
)

add(
    "target_in_figures",
    "年度目标任务 over figures is the annual plan (over words it is a target); a name headed just 名称",
    one(
        JUNE,
        ["序号", "名称", "总概算（万元）", "年度目标任务（万元）", "累计完成投资", "推进情况"],
        [1, "甲厂", 8000, 4000, 2000, "封顶"],
        [2, "乙路", 6000, 3000, 1500, "路基"],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象
    3 | 甲厂 | 8000 | 4000 | 2000 | 封顶
    4 | 乙路 | 6000 | 3000 | 1500 | 路基
    """,
)

add(
    "words_on_the_next_line",
    "words that go on under a project without a merge, and template lines whose formulas make 0 of nothing",
    one(
        JUNE,
        [*HEADER, "完成率"],
        [*FACTORY, "50%"],
        [None, None, None, None, None, "设备进场", None, None],
        [*ROAD, "50%"],
        [3, None, 0, None, 0, None, None, "=E6/D6"],
        [4, None, None, None, None, None, None, "#DIV/0!"],
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 完成率 | 形象 | 单位
    3 | 甲厂 | 8000 | 4000 | 2000 | 50.00 | 主体封顶↵设备进场 | 甲镇
    5 | 乙路 | 6000 | 3000 | 1500 | 50.00 | 路基施工 | 乙镇
    """,
    skips="6 blank, 7 blank",
    says="line_continued F4",
)

add(
    "units_in_the_number_format",
    'a cell that shows 1.2亿元 by its format 0.0"亿元" says its unit as one that has it typed in',
    one(JUNE, ["单位：万元"], HEADER, [1, "甲厂", 1.2, 4000, 2000, "封顶", "甲镇"], [2, "乙路", 6000, 3000, 1500],
        shape=_shows_its_unit),
    """
    行 | 项目 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    4 | 甲厂 | 12000 | 4000 | 2000 | 封顶 | 甲镇
    5 | 乙路 | 6000 | 3000 | 1500 | |
    """,
)  # fmt: skip

add(
    "percent_in_words_and_in_a_column",
    "总体完成60% beside a column of percentages that says 80: which one counts is asked; equal ones are one",
    one(
        JUNE,
        ["序号", "项目名称", "累计完成投资", "形象进度百分比", "形象进度"],
        [1, "甲厂", 2000, 80, "总体完成60%"],
        [2, "乙路", 1500, 60, "总体完成60%"],
        [3, "丙园", 300, 70, "主体封顶"],
        [4, "丁渠", 400, None, "总体完成50%"],
    ),
    """
    行 | 项目 | 本年累计 | 形象% | 形象
    3 | 甲厂 | 2000 | | 总体完成60%
    4 | 乙路 | 1500 | 60.00 | 总体完成60%
    5 | 丙园 | 300 | 70.00 | 主体封顶
    6 | 丁渠 | 400 | 50.00 | 总体完成50%
    """,
    decision="ask",
    asks=("percent:表!D3",),
    sentence="E3形象进度写的60%不同",
)

add(
    "counts_with_sums_in_the_brackets",
    "a section's bracket holds its count and its sums; names that differ by a blank are one project",
    one(
        JUNE,
        HEADER,
        ["一、重大工业项目（2个，总投资1.4亿元）"],
        FACTORY,
        ROAD,
        [3, "甲　厂 ", *FACTORY[2:]],
    ),
    """
    行 | 项目 | 类别 | 总投资 | 年度计划 | 本年累计 | 形象 | 单位
    4 | 甲厂 | 重大工业项目 | 8000 | 4000 | 2000 | 主体封顶 | 甲镇
    5 | 乙路 | 重大工业项目 | 6000 | 3000 | 1500 | 路基施工 | 乙镇
    """,
    skips="3 section, 6 duplicate",
)

add(
    "ratio_among_percentages",
    "0.972 and .972 typed among 97.2 and 97.2%: the row's own figures say that they are ratios",
    one(
        JUNE,
        ["序号", "项目名称", "年度计划投资", "累计完成投资", "完成率"],
        [1, "甲", 1000, 972, 97.2],
        [2, "乙", 1000, 972, "97.2%"],
        [3, "丙", 1000, 972, 0.972],
        [4, "丁", 1000, 972, "．972"],
        [5, "戊", 1000, 500, 0.972],
    ),
    """
    行 | 项目 | 年度计划 | 本年累计 | 完成率
    3 | 甲 | 1000 | 972 | 97.20
    4 | 乙 | 1000 | 972 | 97.20
    5 | 丙 | 1000 | 972 | 0.97
    6 | 丁 | 1000 | 972 | 0.97
    7 | 戊 | 1000 | 500 | 0.97
    """,
    says="rate_differs E7",
)

add(
    "no_such_month",
    "2024年13月 is no month, and least of all March: asked",
    one(["2024年13月重点项目进展情况表"], HEADER, FACTORY, ROAD),
    TWO.format(3, 4),
    month=None,
    decision="ask",
    asks=("month",),
    sentence="没有写月份",
)

add(
    "csv_with_an_open_quote",
    "a quotation mark that nobody closed swallows the rest of the text: refused, not half read",
    ('2023年6月进展\n序号,项目名称,累计完成投资\n1,甲厂,2000\n2,"乙路,1500\n3,丙园,300\n').encode("gbk"),
    filename="六月.csv",
    month=None,
    unit=None,
    decision="refuse",
    says="unreadable -",
    sentence="第4行起有引号没有成对",
)

# ---- sheets of other kinds ------------------------------------------------------------------------------------------

add(
    "summary_by_unit",
    "a table of sums by unit is refused by name",
    one(
        ["2023年6月各责任单位投资完成情况表"],
        ["责任单位", "项目数量", "年投资计划（万元）", "累计完成投资（万元）", "累投资额排名", "投资完成率"],
        ["甲镇", 5, 4000, 2000, 1, 50],
        ["乙镇", 6, 3000, 1500, 2, 50],
    ),
    month=None,
    unit=None,
    decision="refuse",
    says="unreadable -",
    unused=("表",),
    sentence="是汇总统计表",
)

add(
    "plan_by_months",
    "a year's plan whose months are given singly, told by their sum; kept as running totals",
    one(
        ["2023年度重点项目投资计划表"],
        ["序号", "项目名称", "总投资", "年度计划投资", "分月计划", None, None],
        [None, None, None, None, "1月", "2月", "3月"],
        [1, "甲厂", 8000, 600, 100, 200, 300],
        [2, "乙路", 6000, 300, 100, 100, 100],
        shape=merged("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2"),
    ),
    """
    行 | 项目 | 总投资 | 年度计划 | 计划1月 | 计划2月 | 计划3月
    4 | 甲厂 | 8000 | 600 | 100 | 300 | 600
    5 | 乙路 | 6000 | 300 | 100 | 200 | 300
    """,
    month=None,
)

add(
    "responsibility_sheet",
    "who is responsible: the unit's people and the paired department's stand apart",
    one(
        ["2023年度重点项目责任分解表"],
        ["序号", "项目名称", "包挂领导", "责任单位", "责任人", "挂钩部门", "分管领导", "工作人员"],
        [1, "甲厂", "张三", "甲镇", "李四", "县水利局", "王五", "赵六、钱七"],
    ),
    """
    行 | 项目 | 领导 | 单位 | 责任人 | 挂钩部门 | 部门领导 | 部门人员
    3 | 甲厂 | 张三 | 甲镇 | 李四 | 县水利局 | 王五 | 赵六、钱七
    """,
    month=None,
)
