"""Small county sheets made cell by cell, for tests (表样)."""

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

Cells = Sequence[Any]

INDUSTRY, FARMING = "重大工业和服务业项目", "农业农村重点项目"
PLAN_HEADINGS = (
    "序号",
    "项目名称",
    "项目类别",
    "总投资",
    "年度计划投资",
    "开工时间",
    "竣工时间",
    "责任单位",
    "包挂领导",
)
PLAN = (
    (1, "华丰铝板带技改", INDUSTRY, 7000, 3600, "2023年1月", "2023年12月", "杨屯镇", "张明"),
    (2, "红日光伏发电", INDUSTRY, 30000, 12000, "2023年1月", "2023年12月", "龙固镇", "李华"),
    (3, "肉羊养殖", FARMING, 900, 600, "2023年1月", "2023年12月", "朱寨镇", "张明"),
    (4, "猕猴桃种植园", FARMING, 1200, 1200, "2023年1月", "2023年12月", "龙固镇", "李华"),
)
MONTH_HEADINGS = ("序号", "项目名称", "累计完成投资", "形象进度", "存在问题", "项目状态")
JUNE = (
    (1, "华丰铝板带技改", 1800, "主体施工", "用电紧张", "在建"),
    (2, "红日光伏发电", 3000, "桩基施工", None, "在建"),
    (3, "肉羊养殖", 300, "圈舍建设", None, "在建"),
    (4, "猕猴桃种植园", 600, "大棚搭建", None, "在建"),
)


def workbook(title: str, headings: Cells, rows: Sequence[Cells], sheet: str = "表") -> bytes:
    """A county sheet: title, 单位：万元, headings in row 3, projects from row 4 on."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    page.append([title])
    page.append(["单位：万元"])
    page.append(list(headings))
    for row in rows:
        page.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def plan_sheet(rows: Sequence[Cells] = PLAN) -> bytes:
    return workbook("2023年度重点项目计划表", PLAN_HEADINGS, rows, "年度计划")


def month_sheet(month: int, rows: Sequence[Cells], headings: Cells = MONTH_HEADINGS) -> bytes:
    return workbook(f"2023年{month}月重点项目进展情况表", headings, rows, f"{month}月")


def changed(rows: Sequence[Cells], number: int, column: int, value: Any) -> list[Cells]:
    """The rows with one cell put otherwise: `number` counts projects from 1, `column` cells from 0."""
    return [
        tuple(value if (row[0], place) == (number, column) else cell for place, cell in enumerate(row)) for row in rows
    ]
