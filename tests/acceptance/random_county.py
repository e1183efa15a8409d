"""A county's year at random, as workbooks and events, and what a careful clerk reads in them (随机一年).

One seed gives an annual plan sheet, the months' sheets in several layouts, and events; beside them the same facts as
values, put together here from what was written and never from what the product made of it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from scoring.facts import (
    Declaration,
    Event,
    EventKind,
    Investment,
    NodeJudgement,
    Plan,
    Programme,
    Project,
    Record,
)
from tests.scoring.reference import Reference

YEAR = 2023
CLASSES = ("重大工业和服务业", "重大基础设施和城建", "为民实事")
NAMES = (
    "华丰铝板 红日光伏 立澜热电 东方洗煤 汉润纺织 江龙碳材 欧凯密封 鹏宇环锭 萧何路改造 正阳景观 杨屯水产 龙固猕猴桃 "
    "朱寨肉羊 中宇硅片 天安干熄焦 鑫强炼钢 嘉寓幕墙 沙河家庭农场 张庄肉鸭 厵馫奶制品 诚强机电园 国运矿配 梅亿电动车 "
    "雨润综合体 苏北输变电 实验小学 汉城南大道"
).split()
CENT = Decimal("0.01")
PACES = ("0", "0.3", "0.5999", "0.6", "0.7", "0.7999", "0.8", "0.9", "1", "1", "1", "1.25", "2")
WORDS = ("主体施工", "基础施工，完成主体工程的33%", "设备安装", "征地拆迁")
STATE_WORDS = {
    "已完工": EventKind.COMPLETED,
    "部分完工": EventKind.PARTLY_COMPLETED,
    "暂缓": EventKind.SUSPENDED,
    "已复工": EventKind.RESUMED,
}
INVESTMENT_HEADINGS = {
    "reported_ytd_wan": ("累计完成投资", "本年累计完成投资", "1-{month}月累计完成投资", "年初至本月完成投资"),
    "reported_month_wan": ("本月完成投资", "{month}月份完成投资", "当月完成投资"),
    "verified_ytd_wan": ("督查核实累计完成投资", "核实累计完成投资"),
    "verified_month_wan": ("核实本月完成投资", "本月核实投资"),
    "statistical_ytd_wan": ("纳统投资", "累计纳统投资"),
    "reported_to_date_wan": ("开工以来累计完成投资",),
}
LAYOUTS = (
    ("reported_ytd_wan",),
    ("reported_ytd_wan",),
    ("reported_month_wan", "reported_ytd_wan"),
    ("reported_month_wan",),
    ("verified_ytd_wan", "reported_ytd_wan"),
    ("verified_month_wan", "reported_ytd_wan"),
    ("verified_ytd_wan",),
    ("reported_ytd_wan", "statistical_ytd_wan", "reported_to_date_wan"),
    (),
)


@dataclass
class Written:
    """One workbook: its bytes, and the month it is of (None: the annual plan)."""

    content: bytes
    month: int | None
    name: str


@dataclass
class Happening:
    """One event given by the command."""

    project: str
    kind: EventKind
    on: date


@dataclass
class County:
    """What is handed in, in this order: the plan, the events, the months' sheets; and the same as facts."""

    classes: tuple[str, ...]
    plan: Written | None
    events: list[Happening]
    sheets: list[Written]
    facts: Programme
    cells: dict[tuple[str, int, str], str] = field(default_factory=dict)  # (name, month, field) → cell


def half_up(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def county(seed: int) -> County:
    return _Writer(Random(seed)).county()


class _Writer:
    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.cells: dict[tuple[str, int, str], str] = {}
        self.unit = chance.choice(("万元", "万元", "万元", "亿元", "元"))

    def county(self) -> County:
        chance = self.chance
        is_large = chance.random() < 0.1
        classes = CLASSES[: 1 if is_large else chance.randint(1, 3)]
        last = chance.choice((3, 6, 9, 11, 12, 12, 12))
        committed = sorted(chance.sample(range(1, last + 1), chance.randint(min(3, last), last)))
        size = chance.randint(20, 24) if is_large else chance.randint(3, 9)
        names = chance.sample(NAMES, size)
        has_plan_sheet = chance.random() < 0.7
        projects = [self.project(name, chance.choice(classes), has_plan_sheet) for name in names]
        projects.sort(key=lambda project: classes.index(project.group_class))
        projects = coded(projects, classes)
        plan = self.plan_sheet(projects) if has_plan_sheet else None
        self.is_restating = not has_plan_sheet or chance.random() < 0.5
        happenings = [one for project in projects for one in self.happenings(project, committed)]
        chance.shuffle(happenings)
        by_name = {project.name: project for project in projects}
        for one in happenings:
            project = by_name[one.project]
            by_name[one.project] = replace(project, events=(*project.events, Event(one.kind, one.on)))
        facts = Programme("T", YEAR, classes, frozenset(committed), tuple(by_name.values()))
        sheets: list[Written] = []
        for month in committed:
            facts, written = self.month(facts, month, is_first=month == committed[0])
            sheets += written
        return County(classes, plan, happenings, sheets, facts, self.cells)

    # -- projects and their plan ---------------------------------------------------------------------------------------

    def project(self, name: str, group: str, has_plan_sheet: bool) -> Project:
        chance = self.chance
        annual = chance.choice((None, 0, 600, 1200, 1200, 2400, 3600, 777, Decimal("12345.67")))
        annual = None if annual is None else Decimal(annual)
        start = chance.choice((None, None, (2022, 5), (2023, 1), (2023, 3), (2023, 6), (2023, 9), (2024, 2)))
        finish = chance.choice((None, None, (2023, 6), (2023, 9), (2023, 12), (2023, 12), (2024, 6), (2022, 11)))
        cumulative: dict[int, Decimal] = {}
        if has_plan_sheet and annual and chance.random() < 0.3:
            months = sorted(chance.sample(range(1, 13), chance.randint(2, 6)))
            cumulative = {month: half_up(annual * month / 12) for month in months}
            if chance.random() < 0.8:
                cumulative[12] = annual
        plan = Plan(
            date(YEAR, 1, 1),
            annual,
            cumulative,
            planned_start=start and date(*start, 1),
            planned_finish=finish and date(*finish, 1),
        )
        has_plan = annual is not None or cumulative or start or finish
        return Project("", name, group, total_investment_wan=Decimal(50_000), plans=(plan,) if has_plan else ())

    def plan_sheet(self, projects: Sequence[Project]) -> Written:
        """Headings in two rows where plans by months are given; sections or a column of classes."""
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.append([f"{YEAR}年度“三重一大”项目计划表"])
        page.append([f"单位：{self.unit}"])
        by_section = self.chance.random() < 0.5
        headings = ["序号", "项目名称", "总投资", "年度计划投资", "计划开工时间", "计划竣工时间"]
        if not by_section:
            headings.insert(2, "项目类别")
        months = sorted({month for project in projects for plan in project.plans for month in plan.cumulative_wan})
        if months:
            page.append([*headings, "分月累计计划投资", *[None] * (len(months) - 1)])
            page.append([None] * len(headings) + [f"{month}月" for month in months])
            left = len(headings) + 1
            if len(months) > 1:
                page.merge_cells(start_row=3, start_column=left, end_row=3, end_column=len(headings) + len(months))
            for column in range(1, left):
                page.merge_cells(start_row=3, start_column=column, end_row=4, end_column=column)
        else:
            page.append(headings)
        group = None
        for number, project in enumerate(projects, start=1):
            if by_section and project.group_class != group:
                group = project.group_class
                count = sum(one.group_class == group for one in projects)
                page.append([f"{'一二三四五'[CLASSES.index(group)]}、{group}项目（{count}项）"])
            plan = project.plans[0] if project.plans else Plan(date(YEAR, 1, 1))
            row = [
                number,
                project.name,
                self.money(project.total_investment_wan),
                self.money(plan.annual_investment_wan),
                self.day(plan.planned_start),
                self.day(plan.planned_finish),
            ]
            if not by_section:
                row.insert(2, project.group_class)
            page.append([*row, *(self.money(plan.cumulative_wan.get(month)) for month in months)])
        return Written(saved(book), None, "年度计划.xlsx")

    def day(self, day: date | None) -> Any:
        if day is None:
            return self.chance.choice((None, "", "—"))
        return self.chance.choice((f"{day.year}年{day.month}月", f"{day.year}.{day.month:02d}", day))

    def money(self, value: Decimal | None) -> Any:
        """A figure as clerks write it, in the sheet's unit; nothing for nothing."""
        if value is None:
            return self.chance.choice((None, None, "", " ", "—", "/"))
        scaled = {"万元": value, "亿元": value / 10_000, "元": value * 10_000}[self.unit]
        plain: Any = int(scaled) if scaled == int(scaled) else float(scaled)
        return self.chance.choice((plain, plain, plain, f"{scaled:,f}", f"{value:f}万元"))

    # -- events --------------------------------------------------------------------------------------------------------

    def happenings(self, project: Project, committed: Sequence[int]) -> list[Happening]:
        chance = self.chance
        if chance.random() < 0.5:
            return []
        kinds = list(EventKind)
        found = []
        for _ in range(chance.choice((1, 1, 2, 3))):
            month = chance.randint(1, 12)
            found.append(Happening(project.name, chance.choice(kinds), date(YEAR, month, chance.choice((1, 15, 28)))))
        return list({(one.kind, one.on): one for one in found}.values())

    # -- the months ----------------------------------------------------------------------------------------------------

    def month(self, facts: Programme, month: int, *, is_first: bool) -> tuple[Programme, list[Written]]:
        """One to three sheets of a month: all projects, or a sheet for each class, or the scores apart."""
        chance = self.chance
        present = [one for one in facts.projects if is_first or chance.random() < 0.9]
        how = chance.choice(("whole", "whole", "by class", "scores apart"))
        parts = [present]
        if how == "by class":
            parts = [[one for one in present if one.group_class == name] for name in facts.classes]
        written = []
        by_name = {project.name: project for project in facts.projects}
        apart = how == "scores apart"
        for number, part in enumerate([part for part in parts if part]):
            columns = self.columns(with_score=not apart)
            content, records, events = self.month_sheet(facts, month, part, columns, number)
            written.append(Written(content, month, f"{month}月第{number + 1}张.xlsx"))
            for name, record in records.items():
                project = by_name[name]
                by_name[name] = replace(
                    project,
                    records={**project.records, month: record},
                    events=(*project.events, *events.get(name, ())),
                )
        if apart:
            content, scores = self.score_sheet(month, [one for one in present if chance.random() < 0.8])
            written.append(Written(content, month, f"{month}月得分.xlsx"))
            for name, score in scores.items():
                project = by_name[name]
                before = project.records.get(month) or Record(month)
                record = replace(before, sheet_score=score, columns=before.columns | {"sheet_score"})
                by_name[name] = replace(project, records={**project.records, month: record})
        order = [project.name for project in facts.projects]
        return replace(facts, projects=tuple(by_name[name] for name in order)), written

    def columns(self, *, with_score: bool) -> list[str]:
        chance = self.chance
        found = list(chance.choice(LAYOUTS))
        chance.shuffle(found)
        if chance.random() < 0.8 or not found:
            found.append("physical_progress")
            if chance.random() < 0.2:
                found.append("physical_progress_plan_pct")
        for name, share in (
            ("problems", 0.5),
            ("sheet_score", 0.35 if with_score else 0),
            ("node_judgement", 0.3),
            ("state", 0.35),
            ("declaration", 0.3),
        ):
            if chance.random() < share:
                found.append(name)
        return found

    def heading(self, name: str, month: int) -> str:
        if name in INVESTMENT_HEADINGS:
            return self.chance.choice(INVESTMENT_HEADINGS[name]).format(month=month)
        return {
            "physical_progress": "形象进度",
            "physical_progress_plan_pct": "计划形象进度",
            "problems": "存在问题",
            "sheet_score": self.chance.choice(("得分", "督查得分")),
            "node_judgement": "节点评定",
            "state": "项目状态",
            "declaration": "督查情况",
        }[name]

    def month_sheet(
        self, facts: Programme, month: int, projects: Sequence[Project], columns: Sequence[str], number: int
    ) -> tuple[bytes, dict[str, Record], dict[str, list[Event]]]:
        chance = self.chance
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = f"{month}月"
        page.append([f"{YEAR}年{month}月份全县“三重一大”项目进展情况表"])
        page.append([f"单位：{self.unit}"])
        fixed = ["序号", "项目名称"]
        if self.is_restating:
            fixed += ["总投资", "年度计划投资", "开工时间", "竣工时间"]
        headings = [*fixed, *(self.heading(name, month) for name in columns)]
        page.append(headings)
        if chance.random() < 0.3:
            page.append(["合  计", f"{len(projects)}项"])
        records: dict[str, Record] = {}
        events: dict[str, list[Event]] = {}
        group = None
        for place, project in enumerate(projects, start=1):
            if project.group_class != group:
                group = project.group_class
                count = sum(one.group_class == group for one in projects)
                page.append([f"{'一二三四五'[CLASSES.index(group)]}、{group}项目（{count}项）"])
            row: list[Any] = [place, project.name]
            if self.is_restating:
                plan = project.plans[0] if project.plans else Plan(date(YEAR, 1, 1))
                row += [
                    self.money(project.total_investment_wan),
                    self.money(plan.annual_investment_wan),
                    self.day(plan.planned_start),
                    self.day(plan.planned_finish),
                ]
            cells, record, stated = self.record(facts, project, month, columns)
            for name in columns:
                letter = get_column_letter(len(fixed) + 1 + columns.index(name))
                self.cells[project.name, month, name] = f"{letter}{page.max_row + 1}"
            page.append([*row, *cells])
            records[project.name] = record
            if stated:
                events[project.name] = stated
        return saved(book), records, events

    def score_sheet(self, month: int, projects: Sequence[Project]) -> tuple[bytes, dict[str, Decimal | None]]:
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.append([f"{YEAR}年{month}月三重一大项目督查得分表"])
        page.append(["序号", "项目名称", "得分"])
        scores: dict[str, Decimal | None] = {}
        for place, project in enumerate(projects, start=1):
            cell, scores[project.name] = self.score()
            page.append([place, project.name, cell])
        return saved(book), scores

    def score(self) -> tuple[Any, Decimal | None]:
        chance = self.chance
        if chance.random() < 0.3:
            return None, None
        size = Decimal(chance.choice(("100", "92.5", "88.885", "88.884", "85", "84.995", "70", "69.995", "60", "0")))
        return chance.choice((float(size), f"{size}分", str(size))), half_up(size)

    def record(
        self, facts: Programme, project: Project, month: int, columns: Sequence[str]
    ) -> tuple[list[Any], Record, list[Event]]:
        chance = self.chance
        is_empty = chance.random() < 0.1
        values: dict[str, Any] = {"month": month}
        amounts: dict[str, Decimal | None] = {}
        cells: list[Any] = []
        stated: list[Event] = []
        named = set(columns)
        if "physical_progress" in named:
            named.add("physical_progress_pct")
        for name in columns:
            cell: Any
            if is_empty and name != "physical_progress_plan_pct":
                cell = chance.choice((None, None, "", "  "))
            elif name.endswith("_wan"):
                cell, amounts[name] = self.investment(facts, project, month, name)
            elif name == "physical_progress":
                cell = self.progress(values)
            elif name == "physical_progress_plan_pct":
                size = chance.choice((None, 0, 25, 50, 60))
                values[name] = None if size is None else Decimal(size)
                cell = None if size is None else f"{size}%"
            elif name == "problems":
                cell = chance.choice((None, "资金紧张", "土地手续未办"))
                values[name] = cell or ""
            elif name == "sheet_score":
                cell, values[name] = self.score()
            elif name == "node_judgement":
                judgement = chance.choice((None, *NodeJudgement))
                values[name], cell = judgement, judgement and str(judgement)
            elif name == "declaration":
                declared = chance.choice((None, None, None, None, *Declaration))
                values[name], cell = declared, declared and str(declared)
            else:
                cell = self.state(facts, project, month, values, stated)
            cells.append(cell)
        for kind in ("verified", "reported", "statistical"):
            spans = {span: amounts.get(f"{kind}_{span}") for span in ("ytd_wan", "month_wan", "to_date_wan")}
            values[kind] = Investment(**spans)
        return cells, Record(columns=frozenset(named), **values), stated

    def investment(self, facts: Programme, project: Project, month: int, name: str) -> tuple[Any, Decimal | None]:
        chance = self.chance
        if chance.random() < 0.12:
            return self.money(None), None
        reference = Reference(facts)
        due = reference.plan_to_date(project, month) or Fraction(600)
        size = half_up(Decimal(due.numerator) / Decimal(due.denominator) * Decimal(chance.choice(PACES)))
        if "month_wan" in name:
            size = half_up(size / max(1, chance.choice((1, 2, month))))
        return self.money(size), size

    def progress(self, values: dict[str, Any]) -> Any:
        chance = self.chance
        size = Decimal(chance.choice((0, 10, 25, 40, 50, 60, 75, 80, 100)))
        cell = chance.choice(("number", "text", "whole", "words", "blank"))
        if cell == "blank":
            return chance.choice((None, "", "—"))
        if cell == "words":
            values["physical_progress"] = chance.choice(WORDS)
            return values["physical_progress"]
        values["physical_progress_pct"] = size
        if cell == "whole":
            values["physical_progress_is_whole"] = True
            values["physical_progress"] = chance.choice(("主体施工，形象进度{}%", "总体完成{}%", "累计完成{}%")).format(
                size
            )
            return values["physical_progress"]
        values["physical_progress"] = str(size)
        return int(size) if cell == "number" and size > 1 else f"{size}%"

    def state(self, facts: Programme, project: Project, month: int, values: dict[str, Any], stated: list[Event]) -> Any:
        chance = self.chance
        words = chance.choice((None, "在建", "在建", "在建", "未开工", *STATE_WORDS))
        if words == "未开工":
            values["states_not_started"] = True
        kind = STATE_WORDS.get(words or "")
        reference = Reference(facts)
        if kind is EventKind.SUSPENDED and reference.life(project, month).state == "完工":
            return "在建"  # a finished project is left by 复工 alone
        if kind is not None:
            stated.append(Event(kind, reference.last_day(month)))
        return words


def coded(projects: Sequence[Project], classes: Sequence[str]) -> list[Project]:
    """Codes as the product gives them: the class's letter and a running number in the order of the sheet."""
    counts: dict[str, int] = {}
    found = []
    for project in projects:
        counts[project.group_class] = counts.get(project.group_class, 0) + 1
        letter = "ABC"[classes.index(project.group_class)]
        found.append(replace(project, code=f"{letter}{counts[project.group_class]:03d}"))
    return found


def saved(book: openpyxl.Workbook) -> bytes:
    page: Worksheet
    for page in book.worksheets:
        width = page.max_column
        for row in range(4, page.max_row + 1):
            values = [page.cell(row, column).value for column in range(1, width + 1)]
            if isinstance(values[0], str) and "、" in values[0] and not any(values[1:]):
                page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
