"""Workbooks to be filled in (填报模板): blank, or with all that is known already.

What a template looks like is data; headings are those that the reader knows, so that a template filled in reads to
exactly what was filled in. Codes and names are locked without a password, input cells are open, choices are lists.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from importers import inert, signatures
from importers.grid import Stamp

SpecName = Literal["monthly", "annual_plan", "responsibility"]
Role = Literal["locked", "known", "reference", "input", "hidden"]
Cell = str | int | Decimal | Stamp | None

JUDGED_STATES = ("在建", "前期", "未开工", "暂缓", "复工", "部分完工", "已完工", "已退出")
BLANK_ROWS = 200  # of a blank template
MORE_ROWS = 20  # below the known projects, for new ones
_DATES = {"year": 'yyyy"年"', "month": 'yyyy"年"m"月"', "day": "yyyy-mm-dd"}
_LONGEST_INLINE_LIST = 255  # characters, Excel's limit
_LINE = Side("thin", color="FFBFBFBF")
_BORDER = Border(_LINE, _LINE, _LINE, _LINE)
_FILLS = {
    "head": PatternFill("solid", fgColor="FFDCE6F1"),
    "input": PatternFill("solid", fgColor="FFFFFDE7"),
    "reference": PatternFill("solid", fgColor="FFF2F2F2"),
}


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column. `role`: locked; known (given, may be corrected); reference (not read again); input; hidden."""

    field: str
    heading: str
    width: int
    role: Role = "input"
    parent: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """One template: its sheet's name, its title, its columns, and what a person is told about filling it in."""

    sheet: str
    title: str  # its end
    columns: tuple[TemplateColumn, ...]
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A project and what is known of it: values by column field, money in 万元."""

    code: str
    name: str
    values: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Template:
    """What a template is for. `rows` empty: a blank one. `choices`: the lists of columns that depend on the county."""

    spec: SpecName
    programme: str  # its code
    name: str  # of the programme: 2023年度重点项目
    year: int
    month: str | None = None  # YYYY-MM, monthly only
    rows: tuple[KnownRow, ...] = ()
    choices: Mapping[str, Sequence[str]] | None = None


def _identity(role: Role = "locked") -> tuple[TemplateColumn, ...]:
    return (
        TemplateColumn("seq", "序号", 6, "locked"),
        TemplateColumn("code", "项目编号", 11, "locked"),
        TemplateColumn("name", "项目名称", 34, "locked"),
        TemplateColumn("category", "项目类别", 20, role),
    )


_SIGNATURE = TemplateColumn("signature", "校验码", 12, "hidden")
_HINTS = (
    "浅黄色的格子请填写；项目编号、项目名称已锁定，请不要改动。",
    "新增的项目填在已有项目下面的空行，编号留空。",
    "金额单位是万元，只填数字；没有数的格子留空，不要填0。",
    "填好后整个文件上传即可；没有填写的项目行不会改动任何数据。",
)

LAYOUTS: Mapping[SpecName, Layout] = {
    "monthly": Layout(
        "进展表",
        "进展情况表",
        (
            *_identity("locked"),
            TemplateColumn("responsible_unit", "责任单位", 16, "locked"),
            TemplateColumn("lead_official", "包挂领导", 12, "locked"),
            TemplateColumn("total_investment_wan", "总投资（万元）", 13, "locked"),
            TemplateColumn("annual_plan_wan", "年度计划投资（万元）", 13, "locked"),
            TemplateColumn("previous_ytd_wan", "上月累计完成投资（万元，参考）", 14, "reference"),
            TemplateColumn("reported_month_wan", "本月完成投资（万元）", 13),
            TemplateColumn("reported_ytd_wan", "本年累计完成投资（万元）", 13),
            TemplateColumn("physical_progress", "形象进度", 36),
            TemplateColumn("physical_progress_pct", "形象进度百分比（%）", 12),
            TemplateColumn("problems", "存在问题", 30),
            TemplateColumn("state", "项目状态", 12, choices=JUDGED_STATES),
            TemplateColumn("remarks", "备注", 20),
            _SIGNATURE,
        ),
        _HINTS,
    ),
    "annual_plan": Layout(
        "年度计划",
        "年度计划表",
        (
            *_identity("input"),
            TemplateColumn("level", "项目级别", 10, choices=("省级", "市级", "县级")),
            TemplateColumn("nature", "建设性质", 10, choices=("新建", "续建", "扩建", "改建", "迁建")),
            TemplateColumn("content", "建设规模及内容", 40),
            TemplateColumn("investor", "投资方", 18),
            TemplateColumn("location", "建设地点", 14),
            TemplateColumn("total_investment_wan", "总投资（万元）", 13),
            TemplateColumn("annual_plan_wan", "年度计划投资（万元）", 13),
            TemplateColumn("planned_start", "计划开工时间", 13),
            TemplateColumn("planned_finish", "计划竣工时间", 13),
            TemplateColumn("target", "年度目标", 30),
            TemplateColumn("measures", "推进措施", 30),
            *(
                TemplateColumn(f"plan_month_wan_{month:02d}", f"{month}月", 10, parent="分月累计计划投资（万元）")
                for month in range(1, 13)
            ),
            _SIGNATURE,
        ),
        (*_HINTS, "分月累计计划是从1月到当月的累计数，12月的数等于年度计划投资。"),
    ),
    "responsibility": Layout(
        "责任分解",
        "责任分解表",
        (
            *_identity("known"),
            TemplateColumn("responsible_unit", "责任单位", 18),
            TemplateColumn("supporting_unit", "配合单位", 20),
            TemplateColumn("responsible_person", "责任人", 14),
            TemplateColumn("lead_official", "包挂领导", 12),
            TemplateColumn("team_leader", "班子成员", 12),
            TemplateColumn("service_staff", "服务人员", 20),
            TemplateColumn("paired_department", "挂钩部门", 18),
            TemplateColumn("department_leader", "部门分管领导", 14),
            TemplateColumn("department_staff", "部门工作人员", 20),
            _SIGNATURE,
        ),
        (*_HINTS, "几个人或几个单位之间用顿号隔开。"),
    ),
}
_SEVERAL = frozenset({"supporting_unit", "service_staff", "department_staff"})  # a list offers one, more may be typed


def write(template: Template) -> bytes:
    """The template as .xlsx."""
    return _Writer(template).content()


def title(template: Template) -> str:
    """The sheet's title, which names the month reported: 2023年10月重点项目进展情况表."""
    when = f"{template.year}年{int(template.month[5:])}月" if template.month else f"{template.year}年"
    name = re.sub(rf"{template.year}年?度?", "", template.name) or "重点项目"
    return f"{when}{name}{LAYOUTS[template.spec].title}"


class _Writer:
    def __init__(self, template: Template) -> None:
        self._template = template
        self._layout = LAYOUTS[template.spec]
        self._columns = self._layout.columns
        self._book = Workbook()
        self._page: Worksheet = self._book.worksheets[0]
        self._page.title = self._layout.sheet
        self._lists = self._book.create_sheet(signatures.LISTS_SHEET)
        self._depth = 2 if any(column.parent for column in self._columns) else 1
        self._first = 3 + self._depth  # the first project's row: a title and the unit stand above the header
        more = MORE_ROWS if template.rows else BLANK_ROWS
        self._last = self._first + len(template.rows) + more - 1

    def content(self) -> bytes:
        self._head()
        for place, row in enumerate(self._template.rows):
            self._project(self._first + place, place + 1, row)
        for line in range(self._first + len(self._template.rows), self._last + 1):
            for number, column in enumerate(self._columns, 1):
                self._shape(line, number, column, is_open=True)
        self._mark()
        self._offer_choices()
        self._explain()
        self._arrange()
        stream = io.BytesIO()
        self._book.save(stream)
        return stream.getvalue()

    def _head(self) -> None:
        page = self._page
        last = max(number for number, column in enumerate(self._columns, 1) if column.role != "hidden")
        inert.put(page["A1"], title(self._template))
        page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=last)
        page["A1"].font = Font(bold=True, size=16)
        page["A1"].alignment = Alignment(horizontal="center", vertical="center")
        page.row_dimensions[1].height = 32
        inert.put(page["A2"], "单位：万元")
        for number, column in enumerate(self._columns, 1):
            self._heading(number, column)

    def _heading(self, number: int, column: TemplateColumn) -> None:
        page, top, bottom = self._page, 3, 2 + self._depth
        if column.parent:
            same = [place for place, other in enumerate(self._columns, 1) if other.parent == column.parent]
            if number == same[0]:
                inert.put(page.cell(top, number), column.parent)
                page.merge_cells(start_row=top, start_column=same[0], end_row=top, end_column=same[-1])
            inert.put(page.cell(bottom, number), column.heading)
        else:
            inert.put(page.cell(top, number), column.heading)
            if bottom > top:
                page.merge_cells(start_row=top, start_column=number, end_row=bottom, end_column=number)
        for row in range(top, bottom + 1):
            cell = page.cell(row, number)
            cell.font, cell.fill, cell.border = Font(bold=True), _FILLS["head"], _BORDER
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        letters = get_column_letter(number)
        page.column_dimensions[letters].width = column.width
        page.column_dimensions[letters].hidden = column.role == "hidden"

    def _project(self, line: int, place: int, row: KnownRow) -> None:
        own: dict[str, Cell] = {
            "seq": place,
            "code": row.code,
            "name": row.name,
            "signature": signatures.signature(self._template.programme, row.code),
        }
        for number, column in enumerate(self._columns, 1):
            value = own.get(column.field, row.values.get(column.field))
            self._shape(line, number, column, is_open=column.role in ("known", "input"))
            cell = self._page.cell(line, number)
            if isinstance(value, Stamp):
                inert.put(cell, value.at)
                cell.number_format = _DATES[value.precision]
            else:
                inert.put(cell, value)

    def _shape(self, line: int, number: int, column: TemplateColumn, *, is_open: bool) -> None:
        cell = self._page.cell(line, number)
        cell.border = _BORDER
        cell.protection = Protection(locked=not is_open)
        is_words = column.width >= 18
        cell.alignment = Alignment(vertical="center", wrap_text=True, horizontal=None if is_words else "center")
        if column.field.endswith("_wan") or column.field.startswith("plan_month_wan"):
            cell.number_format = "#,##0.00##" if column.role == "input" else "#,##0.##"
        elif column.field in ("code", "signature", "name"):
            cell.number_format = "@"
        if column.role == "input":
            cell.fill = _FILLS["input"]
        elif column.role == "reference":
            cell.fill, cell.font = _FILLS["reference"], Font(color="FF7F7F7F")

    # ----------------------------------------------------------------------------------------------------- around

    def _mark(self) -> None:
        """The hidden sheet: what this template is for."""
        template = self._template
        lines = (
            (signatures.MARK, None),
            (signatures.PROGRAMME, template.programme),
            (signatures.MONTH, template.month),
            (signatures.SPEC, template.spec),
        )
        for row, values in enumerate(lines, 1):
            for column, value in enumerate(values, 1):
                inert.put(self._lists.cell(row, column), value)
        self._lists.sheet_state = "hidden"

    def _offer_choices(self) -> None:
        """Drop-downs, and the kinds of numbers that a cell takes. Long lists stand on the hidden sheet."""
        place = 2
        for number, column in enumerate(self._columns, 1):
            offered = column.choices or tuple((self._template.choices or {}).get(column.field, ()))
            rule: DataValidation | None = None
            if offered:
                inline = ",".join(offered)
                if len(inline) <= _LONGEST_INLINE_LIST and not any("," in word or '"' in word for word in offered):
                    source = f'"{inline}"'
                else:
                    place += 1
                    for row, word in enumerate(offered, 1):
                        inert.put(self._lists.cell(row, place), word)
                    letters = get_column_letter(place)
                    source = f"{signatures.LISTS_SHEET}!${letters}$1:${letters}${len(offered)}"
                rule = DataValidation("list", formula1=source, allow_blank=True)
                rule.showErrorMessage = column.field not in _SEVERAL and column.field == "state"
                rule.error = "请从列表中选择。"
            elif column.role == "input" and column.field.endswith("_pct"):
                rule = DataValidation("decimal", operator="between", formula1="0", formula2="100", allow_blank=True)
                rule.showErrorMessage, rule.error = True, "请填0到100之间的数，不带百分号。"
            elif column.role in ("input", "known") and "_wan" in column.field:
                rule = DataValidation("decimal", operator="greaterThan", formula1="-10000000000", allow_blank=True)
                rule.showErrorMessage, rule.error = True, "请只填数字，单位是万元；没有数就留空。"
            if rule is not None:
                rule.errorTitle = "填写不对"
                letters = get_column_letter(number)
                rule.add(f"{letters}{self._first}:{letters}{self._last}")
                self._page.add_data_validation(rule)

    def _explain(self) -> None:
        page = self._book.create_sheet("填表说明")
        page.column_dimensions["A"].width = 90
        for row, hint in enumerate(self._layout.hints, 1):
            inert.put(page.cell(row, 1), f"{row}. {hint}")
            page.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")

    def _arrange(self) -> None:
        page = self._page
        page.freeze_panes = f"D{self._first}"
        page.print_title_rows = f"1:{self._first - 1}"
        page.page_setup.orientation, page.page_setup.paperSize = "landscape", "9"  # A4
        page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        if self._template.rows:
            protection = page.protection
            protection.enable()
            for free in ("formatColumns", "formatRows", "formatCells", "sort", "autoFilter", "insertHyperlinks"):
                setattr(protection, free, False)
