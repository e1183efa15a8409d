"""The same facts in any layout read to the same rows.

A layout is: the columns' order and their headings, one to three header rows with or without merges, where the unit
stands and which it is, sections or a column or a sheet for the class, blank lines, serials, totals, notes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import read

from importers.cells import TO_WAN
from importers.result import Row

Fact = dict[str, Any]
MONEY = ("total_investment_wan", "annual_plan_wan", "reported_month_wan", "reported_ytd_wan")
HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("项目名称", "工程名称", "项 目 名 称", "项目（工程）名称", "重点项目名称"),
    "total_investment_wan": ("总投资", "项目总投资", "计划总投资", "总投资额", "概算总投资", "总概算", "投资总规模"),
    "annual_plan_wan": ("年度计划投资", "年度投资计划", "2023年计划投资", "23年计划投资", "当年计划投资", "年计划"),
    "reported_month_wan": ("本月完成投资", "当月完成投资", "6月份完成投资", "本月完成"),
    "reported_ytd_wan": (
        "累计完成投资",
        "1-6月累计完成投资",
        "年初至今完成投资",
        "本年累计完成投资",
        "元至6月完成投资",
    ),
    "physical_progress": ("形象进度", "工程进度", "目前形象进度", "项目进展情况", "项目推进情况", "最新进展"),
    "problems": ("存在问题", "存在的主要问题", "存在问题及需协调解决的问题", "影响进度的主要问题"),
    "responsible_unit": ("责任单位", "牵头单位", "主要责任单位", "责任主体", "责任单位（责任人）"),
    "lead_official": ("包挂领导", "联系县领导", "包保领导", "挂点领导", "责任县领导"),
}
PARENTS = {"investment": "投资情况", "people": "建设单位及责任"}
CLASSES = ("重大工业和服务业项目", "重大基础设施和城建项目", "农业农村重点项目", "为民实事工程")
UNITS = ("万元", "亿元", "元")

amounts = st.integers(100, 9_000_000).map(lambda cents: Decimal(cents) / 100)
words = {
    "physical_progress": st.sampled_from(["主体封顶", "基础施工", "设备安装\n调试", None]),
    "problems": st.sampled_from(["土地未批", "资金缺口200万元", None]),
    "responsible_unit": st.sampled_from(["甲镇", "乙镇、丙局", "县水利局"]),
    "lead_official": st.sampled_from(["张三", "李四、王五", None]),
}


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """One to six projects, those of one class together."""
    found = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        money = {name: draw(st.one_of(amounts, st.just(Decimal(0)), st.none())) for name in MONEY}
        text = {name: draw(strategy) for name, strategy in words.items()}
        found.append({"name": f"第{number}号厂房", "class": draw(st.sampled_from(CLASSES)), **money, **text})
    return sorted(found, key=lambda fact: CLASSES.index(fact["class"]))


@dataclass
class Layout:
    """How the facts are laid out. `unit`: of the sheet's line; `units`: of each money column, "" for none."""

    order: list[str]
    headings: dict[str, str]
    depth: int
    is_merged: bool
    unit: str
    units: dict[str, str]
    parent_unit: str  # behind the parent of the money columns, "" for none
    written_as: (
        str  # number, text, marked (1,234.5), suffixed (12.3亿元 whatever the heading says), formatted (shown so)
    )
    class_by: str  # section, column, sheet
    section_as: str  # with an ordinal and a count, with brackets, apart (一 | 工业), with a count alone
    has_serials: bool
    has_total: str  # first, last, none
    blank_lines: int
    offset: int
    is_header_repeated: bool


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    order = draw(st.permutations(list(HEADINGS)))
    return Layout(
        order,
        {name: draw(st.sampled_from(spellings)) for name, spellings in HEADINGS.items()},
        draw(st.integers(1, 3)),
        draw(st.booleans()),
        draw(st.sampled_from(UNITS)),
        {name: draw(st.sampled_from(["", "", *UNITS])) for name in MONEY},
        draw(st.sampled_from(["", "", *UNITS])),
        draw(st.sampled_from(["number", "text", "marked", "suffixed", "formatted"])),
        draw(st.sampled_from(["section", "column", "sheet"])),
        draw(st.sampled_from(["ordinal", "brackets", "apart", "count"])),
        draw(st.booleans()),
        draw(st.sampled_from(["first", "last", "none"])),
        draw(st.integers(0, 2)),
        draw(st.integers(0, 2)),
        draw(st.booleans()),
    )


class Page:
    """One sheet being written: its lines, and the areas to merge."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.lines: list[list[Any]] = []
        self.areas: list[tuple[int, int, int, int]] = []
        self.formatted: set[tuple[int, int]] = set()  # cells whose number format shows 亿元
        self.columns = [*(["seq"] if layout.has_serials else []), *self._grouped(layout)]
        if layout.class_by == "column":
            self.columns.insert(len(self.columns) // 2, "class")

    @staticmethod
    def _grouped(layout: Layout) -> list[str]:
        """Under parents, what belongs together stands together, in the order drawn."""
        if layout.depth == 1:
            return layout.order
        groups = [group_of(name) or name for name in layout.order]
        return sorted(layout.order, key=lambda name: groups.index(group_of(name) or name))

    def put(self, *values: Any) -> None:
        self.lines.append([None] * self.layout.offset + list(values))

    def header(self) -> None:
        texts = [self._heading(name) for name in self.columns]
        if self.layout.depth == 1:
            self.put(*texts)
            return
        top = len(self.lines) + 1
        parents = [self._parent(name) for name in self.columns]
        starts = [place for place, parent in enumerate(parents) if place == 0 or parent != parents[place - 1]]
        spans = [parent if place in starts else None for place, parent in enumerate(parents)]
        self.put(*[span if parent else text for span, parent, text in zip(spans, parents, texts, strict=True)])
        if self.layout.depth == 3:
            self.put(*["其中" if span else None for span in spans])
        self.put(*[texts[place] if parent else None for place, parent in enumerate(parents)])
        if not self.layout.is_merged:
            return
        bottom = len(self.lines)
        for place, parent in enumerate(parents):
            if parent is None:
                self._merge(top, place, bottom, place)
            elif place in starts:
                last = next((other for other in starts if other > place), len(parents)) - 1
                for row in range(top, bottom):
                    self._merge(row, place, row, last)

    def _parent(self, name: str) -> str | None:
        group = group_of(name)
        unit = f"（{self.layout.parent_unit}）" if group == "investment" and self.layout.parent_unit else ""
        return PARENTS[group] + unit if group else None

    def _heading(self, name: str) -> str:
        if name in ("seq", "class"):
            return {"seq": "序号", "class": "项目类别"}[name]
        unit = self.layout.units.get(name, "")
        return self.layout.headings[name] + (f"（{unit}）" if unit else "")

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            shift = self.layout.offset + 1
            self.areas.append((top, left + shift, bottom, right + shift))

    def project(self, number: int, fact: Fact) -> None:
        self.put(*[number if name == "seq" else self._shown(name, fact[name]) for name in self.columns])
        self._format()

    def section(self, ordinal: str, name: str, count: int) -> None:
        style = self.layout.section_as
        if style == "apart" and self.layout.has_serials:
            apart = {"seq": ordinal, "name": f"{name}（{count}个，另有储备项目）"}
            self.put(*[apart.get(column) for column in self.columns])
            return
        plain = {"brackets": f"（{ordinal}）{name}", "count": f"{name}{count}个"}
        self.put(plain.get(style, f"{ordinal}、{name}（{count}项）"))

    def _format(self) -> None:
        if self.layout.written_as == "formatted":
            places = (place for place, name in enumerate(self.columns, start=1) if name in MONEY)
            self.formatted |= {(len(self.lines), place + self.layout.offset) for place in places}

    def total(self, facts: Sequence[Fact]) -> None:
        sums = {name: sum((fact[name] or Decimal(0) for fact in facts), Decimal(0)) for name in MONEY}
        values = [self._shown(name, sums[name]) if name in MONEY else None for name in self.columns]
        values[self.columns.index("seq" if self.layout.has_serials else "name")] = "合  计"
        self.put(*values)
        self._format()

    def _shown(self, name: str, value: Any) -> Any:
        if value is None or name not in MONEY:
            return value
        if self.layout.written_as == "suffixed":
            return f"{value / TO_WAN['亿元']:f}亿元"
        if self.layout.written_as == "formatted":
            return float(value / TO_WAN["亿元"])
        inherited = self.layout.parent_unit if self.layout.depth > 1 else ""
        size = value / TO_WAN[self.layout.units[name] or inherited or self.layout.unit]
        return {"number": float(size), "text": f"{size:f}", "marked": f"{size:,f}"}[self.layout.written_as]

    def shape(self, sheet: Worksheet) -> None:
        for top, left, bottom, right in self.areas:
            sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        for row, column in self.formatted:
            sheet.cell(row, column).number_format = '0.00"亿元"'


def group_of(name: str) -> str | None:
    if name in MONEY:
        return "investment"
    return "people" if name in ("responsible_unit", "lead_official") else None


def written(facts: Sequence[Fact], layout: Layout) -> dict[str, Page]:
    """The pages of a workbook that says these facts in this layout."""
    by_sheet: dict[str, list[Fact]] = {}
    for fact in facts:
        by_sheet.setdefault(fact["class"] if layout.class_by == "sheet" else "表", []).append(fact)
    pages = {}
    for sheet, own in by_sheet.items():
        page = pages[sheet] = Page(layout)
        page.put("2023年6月重点项目进展情况表")
        for _ in range(layout.blank_lines):
            page.put()
        page.put(f"单位：{layout.unit}")
        page.header()
        if layout.has_total == "first":
            page.total(own)
        held = None
        for number, fact in enumerate(own, start=1):
            if layout.class_by == "section" and fact["class"] != held:
                held = fact["class"]
                count = sum(other["class"] == held for other in own)
                page.section("一二三四"[CLASSES.index(held)], held, count)
            page.project(number, fact)
            if layout.is_header_repeated and number == 2:
                page.header()
            for _ in range(layout.blank_lines if number == 1 else 0):
                page.put()
        if layout.has_total == "last":
            page.total(own)
        page.put("注：以上为上报数。")
    return pages


def understood(row: Row) -> Fact:
    fields = {name: row.value(name) for name in (*MONEY, *words)}
    return {"name": row.value("name"), "class": row.category, **fields}


@given(facts(), layouts())
def test_any_layout_of_the_same_facts_reads_to_the_same_rows(facts: list[Fact], layout: Layout) -> None:
    pages = written(facts, layout)

    def shape(sheets: Any) -> None:
        for name, page in pages.items():
            page.shape(sheets[name])

    found = read({name: page.lines for name, page in pages.items()}, shape=shape)
    assert [understood(row) for row in found.rows] == facts
    assert found.month == "2023-06"
    assert not [fault for row in found.rows for fault in row.faults if fault.severity == "error"]
    assert not {"sum_differs", "count_differs"} & {fault.code for fault in found.faults}
