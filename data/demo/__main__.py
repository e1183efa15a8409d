"""Draw the demo's workbooks into data/demo and data/samples: `python -m data.demo` (生成演示表格)."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from data.demo import portfolio, series
from data.demo.portfolio import FOLDER, YEAR, Project, value_at
from data.demo.series import Month
from data.demo.sheets import Cell, Column, Table, month_start, packed, rate_pct, workbook

SAMPLES = FOLDER.parent / "samples"
FILLED_DAY = {2: 27, 9: 28}  # 填报日, else the 30th or what the month has
MONTHS = range(1, 11)  # loaded by the demo
SAMPLE_MONTH = 11  # left for the newcomer

GUIDE = (
    "填表说明",
    "一、本表由各责任单位填报、督查组核实，每月底前报三重一大办公室。",
    "二、项目名称须与年度计划一致。",
)

PLAN_COLUMNS = (
    Column("项目编号", width=8),
    Column("项目名称", width=24),
    Column("建设性质", width=8),
    Column("建设规模及内容", width=26),
    Column("总投资", is_summed=True),
    Column("年度计划投资", is_summed=True),
    Column("年度目标", width=26),
    Column("计划开工时间", "建设工期", 11),
    Column("计划竣工时间", "建设工期", 11),
    *(Column("1月" if month == 1 else f"1-{month}月", "分月累计计划投资", 8) for month in range(1, 13)),
    Column("备注", width=16),
)
RESPONSIBILITY_COLUMNS = (
    Column("项目编号", width=8),
    Column("项目名称", width=24),
    Column("包挂领导"),
    Column("主要责任单位", width=14),
    Column("责任人"),
    Column("班子成员", "跟踪服务班子"),
    Column("跟踪服务人员", "跟踪服务班子", 16),
    Column("挂钩帮扶部门", "挂钩帮扶", 14),
    Column("分管领导", "挂钩帮扶"),
    Column("帮扶人员", "挂钩帮扶", 16),
    Column("推进措施", width=22),
)


def files() -> Iterator[tuple[Path, bytes]]:
    """Every workbook as (path, bytes)."""
    projects, programme = portfolio.projects(), portfolio.programme()
    first = [project for project in projects if project.entered == 1]
    added = [project for project in projects if project.entered > 1]
    for name, title, rows, day in (
        (f"{YEAR}年度三重一大项目计划表.xlsx", f"{YEAR}年度三重一大项目计划表", first, f"{YEAR}年1月5日"),
        (f"{YEAR}年度增补项目计划表.xlsx", f"{YEAR}年度三重一大增补项目计划表", added, f"{YEAR}年4月6日"),
    ):
        yield FOLDER / name, packed(workbook(plan_table(title, rows, programme, day)))
    for name, title, rows, day in (
        (f"{YEAR}年度三重一大项目责任分解表.xlsx", f"{YEAR}年度三重一大项目责任分解表", first, f"{YEAR}年1月6日"),
        (f"{YEAR}年度增补项目责任分解表.xlsx", f"{YEAR}年度三重一大增补项目责任分解表", added, f"{YEAR}年4月6日"),
    ):
        yield FOLDER / name, packed(workbook(responsibility_table(title, rows, programme, day)))
    for month in MONTHS:
        yield (
            FOLDER / month_file(month),
            packed(month_workbook(month_rows(projects, programme, month), month, programme)),
        )
    yield FOLDER / f"{YEAR}年9月进展情况更正表.xlsx", packed(correction_workbook(projects, programme))
    yield SAMPLES / month_file(SAMPLE_MONTH), packed(sample_workbook(projects, programme))


def month_file(month: int) -> str:
    return f"{YEAR}年{month}月三重一大项目进展情况表.xlsx"


def plan_table(title: str, projects: list[Project], programme: dict[str, Any], filled_on: str) -> Table:
    def row(project: Project) -> list[Any]:
        monthly: list[Cell] = [
            None
            if not project.plan or not project.annual_wan or month < project.window[0]
            else (project.annual_wan * value_at(project.plan, month) / 100).quantize(Decimal(1))
            for month in range(1, 13)
        ]
        return [
            project.code,
            project.name,
            project.nature,
            programme["contents"][project.kind],
            project.total_wan,
            project.annual_wan,
            target(project, programme["words"][project.kind]),
            month_start(project.start),
            month_start(project.finish),
            *monthly,
            project.remarks,
        ]

    return Table(title, "年度计划", PLAN_COLUMNS, by_class(projects, row), filled_on)


def target(project: Project, stages: list[str]) -> str:
    """年度目标 in words: the last stage where the works end this year, else a middle one."""
    ends = project.finish.startswith(str(YEAR))
    words = stages[-1].removeprefix("已") if ends else stages[-3]
    return words if project.annual_wan is None else f"完成投资{project.annual_wan}万元，{words}"


def responsibility_table(title: str, projects: list[Project], programme: dict[str, Any], filled_on: str) -> Table:
    def row(project: Project) -> list[Any]:
        unit, department = people(project.unit, programme), people(project.department, programme)
        helps = series.draw(project.code, "staff")
        staff = "、".join(helps.sample(unit[2:], 2))
        return [
            project.code,
            project.name,
            project.lead,
            project.unit,
            unit[0],
            unit[1],
            staff,
            project.department or None,
            department[0] if project.department else None,
            "、".join(helps.sample(department[2:], helps.choice((2, 3)))) if project.department else None,
            helps.choice(programme["measures"]["texts"]),
        ]

    return Table(title, "责任分解", RESPONSIBILITY_COLUMNS, by_class(projects, row), filled_on, with_total=False)


def people(unit: str, programme: dict[str, Any]) -> list[str]:
    """A unit's people (虚构): the head, a member of its leadership, six of its staff."""
    stream = series.draw(unit, "people")
    given = stream.sample(programme["people"]["given"], 8)
    return [stream.choice(programme["people"]["surnames"]) + name for name in given]


def month_rows(projects: list[Project], programme: dict[str, Any], month: int) -> list[Month]:
    """The rows of a month's sheet; a project that was transferred out is in no later one."""
    left = {event["project"]: event["on"].month for event in programme["event"] if "调出" in event["kind"]}
    found = {}
    for obstacle in programme["obstacle"]:
        if obstacle["raised"].month <= month:
            found[obstacle["project"]] = obstacle["text"].replace("（示例）", "")
    present = [project for project in projects if month <= left.get(project.name, 12)]
    rows = (series.month_row(project, month, programme["words"], found.get(project.name, "")) for project in present)
    return [row for row in rows if row is not None]


def month_columns(month: int) -> tuple[Column, ...]:
    span = "1月" if month == 1 else f"1-{month}月"
    return (
        Column("项目名称", width=24),
        Column("责任单位", "建设单位及责任", 12),
        Column("包挂领导", "建设单位及责任", 9),
        Column("总投资", "投资完成情况", is_summed=True),
        Column("年度计划投资", "投资完成情况", is_summed=True),
        Column(f"{span}累计完成投资（上报）", "投资完成情况", 12, is_summed=True),
        Column("完成率（%）", "投资完成情况", 8),
        Column("督查核实累计完成投资", "投资完成情况", 12, is_summed=True),
        Column("目前进展", "形象进度", 24),
        Column("完成年度形象目标（%）", "形象进度", 10),
        Column("节点评定", width=9),
        Column("存在问题", width=26),
        Column("项目状态", width=9),
        Column("督查组", "督查考评", 10),
        Column("督查得分", "督查考评", 8),
        Column("备注", width=10),
    )


def month_cells(row: Month) -> list[Cell]:
    project = row.project
    return [
        project.name,
        project.unit,
        project.lead,
        project.total_wan,
        project.annual_wan,
        row.reported_wan,
        rate_pct(row.reported_wan, project.annual_wan),
        row.verified_wan,
        row.progress or None,
        row.progress_pct,
        row.node or None,
        row.problems or None,
        row.state or None,
        row.team or None,
        row.score,
        "示例" if project.origin == "示例" else None,
    ]


def month_workbook(rows: list[Month], month: int, programme: dict[str, Any], title: str = "") -> Workbook:
    sections = [
        (class_name, [month_cells(row) for row in rows if row.project.class_name == class_name])
        for class_name in programme["programme"]["classes"]
    ]
    table = Table(
        title=title or f"{YEAR}年{month}月份全县“三重一大”项目进展情况表",
        name=f"{month}月",
        columns=month_columns(month),
        sections=[(class_name, cells) for class_name, cells in sections if cells],
        filled_on=f"{YEAR}年{month}月{FILLED_DAY.get(month, 30)}日",
    )
    guide = (
        "填表说明",
        "一、本表由各责任单位填报、督查组核实，每月底前报三重一大办公室。",
        "二、项目名称须与年度计划一致。",
    )
    return workbook(table, guide)


def correction_workbook(projects: list[Project], programme: dict[str, Any]) -> Workbook:
    """September's rows that were registered wrongly, as put right after Q3 was published."""
    right = {correction["project"]: correction for correction in programme["correction"]}
    rows = [
        replace(
            row,
            verified_wan=Decimal(put["verified_wan"]),
            score=Decimal(str(put["score"])) if "score" in put else row.score,
        )
        for row in month_rows(projects, programme, 9)
        if (put := right.get(row.project.name))
    ]
    return month_workbook(rows, 9, programme, f"{YEAR}年9月份“三重一大”项目进展情况更正表")


def sample_workbook(projects: list[Project], programme: dict[str, Any]) -> Workbook:
    """November's sheet with the three slips that the newcomer meets."""
    slips = programme["november"]
    book = month_workbook(month_rows(projects, programme, SAMPLE_MONTH), SAMPLE_MONTH, programme)
    sheet = book.worksheets[0]
    place = {column.heading: number for number, column in enumerate(month_columns(SAMPLE_MONTH), start=2)}
    named = {str(sheet.cell(row, place["项目名称"]).value): row for row in range(5, sheet.max_row + 1)}
    reported = next(heading for heading in place if "上报" in heading)
    slipped = sheet.cell(named[slips["money_slip"]], place["督查核实累计完成投资"])
    slipped.value = float(Decimal(str(slipped.value)) / 10_000)
    row = named[slips["formula_without_value"]]
    done, planned = (sheet.cell(row, place[name]).coordinate for name in (reported, "年度计划投资"))
    sheet.cell(row, place["完成率（%）"]).value = f"=ROUND({done}/{planned}*100,1)"
    for name, new_name in slips["renamed"].items():
        sheet.cell(named[name], place["项目名称"]).value = new_name
    return book


def by_class(projects: list[Project], row: Any) -> list[tuple[str, list[list[Cell]]]]:
    classes = dict.fromkeys(project.class_name for project in projects)
    return [(name, [row(project) for project in projects if project.class_name == name]) for name in classes]


def main() -> None:
    SAMPLES.mkdir(exist_ok=True)
    for path, content in files():
        path.write_bytes(content)


if __name__ == "__main__":
    main()
