"""A workbook read as one of the county's sheets (读表): the table found, its rows typed, every fault named at once.

`read` needs no database and stores nothing. A fault in a cell never stops the reading of the rest; a sheet that is not
a project sheet at all is a refusal. Source: CONTRACTS `check`, DOMAIN §2.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from importers import cells, formulas, headings, periods, sense, sheets
from importers.cells import Issue, Parsed, Setting, compact, is_blank, raw_text
from importers.grid import Formula, Range, Sheet, Unreadable, Value, Workbook, cell_name, column_letters
from importers.headings import Heading
from importers.periods import Period
from importers.result import (
    Choice,
    Decision,
    Fault,
    FieldValue,
    Question,
    Reading,
    Row,
    SheetUse,
    Skipped,
)
from importers.sheets import Column

SEARCHED_ROWS = 60  # a table starts within these
HEADER_DEPTH = 3
FIGURES = frozenset({"money", "month_plan", "number"})
DEFAULT_UNIT = "万元"

SkipReason = Literal["section", "subtotal", "total", "note", "repeated_header", "blank", "hidden", "duplicate"]


def refusal(message: str) -> Reading:
    """A reading that ends in one sentence."""
    return Reading("refuse", message, faults=(Fault("unreadable", message, "error"),))


def read(book: Workbook, filename: str, *, month: str | None = None, answers: Mapping[str, str] | None = None) -> Reading:
    """Read a plain workbook. Never raises for what is in it: a sheet that is none of ours is a refusal."""
    try:
        return _Reader(book, filename, month, dict(answers or {})).read()
    except Unreadable as error:
        return refusal(str(error))


@dataclass(slots=True)
class _Bound:
    """One column of the table and the field it was recognised as."""

    number: int
    heading: Heading
    column: Column | None
    exact: bool = False
    month: int | None = None  # month_plan only


@dataclass(slots=True)
class _Table:
    """A table found on one sheet."""

    sheet: Sheet
    top: int
    bottom: int  # last header row
    columns: list[_Bound]
    above: list[str]
    unit: str | None = None
    period: Period | None = None
    title: str = ""
    spec: str | None = None
    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    totals: list["Totals"] = field(default_factory=list)

    def bound(self, name: str) -> _Bound | None:
        return next((bound for bound in self.columns if bound.column is not None and bound.column.field == name), None)

    def fields(self) -> set[str]:
        return {bound.column.field for bound in self.columns if bound.column is not None}


@dataclass(frozen=True, slots=True)
class Totals:
    """A subtotal or total row of the sheet: its figures, and the rows it should be the sum of."""

    sheet: str
    row: int
    reason: Literal["subtotal", "total"]
    fields: Mapping[str, FieldValue]
    covers: tuple[int, ...]


class _Reader:
    def __init__(self, book: Workbook, filename: str, month: str | None, answers: dict[str, str]) -> None:
        self._book = book
        self._filename = filename
        self._month = month or answers.get("month")
        self._answers = answers
        self._uses: dict[str, SheetUse] = {}
        self._faults: list[Fault] = []
        self._questions: list[Question] = []

    def read(self) -> Reading:
        if not any(sheet.rows for sheet in self._book.sheets):
            raise Unreadable("工作簿里没有任何内容，请检查后重新上传。")
        tables = self._tables()
        tables, month = self._settle_month(tables)
        for table in tables:
            unit = self._settle_unit(table)
            _Body(table, unit, month, self._answers).read()
        tables = self._with_rows(tables)
        spec = tables[0].spec
        for table in tables:
            self._uses[table.sheet.name] = SheetUse(table.sheet.name, True, False, self._why(table))
        rows = [row for table in tables for row in table.rows]
        skipped = [skip for table in tables for skip in table.skipped]
        rows, again, more = _duplicates(rows, self._answers)
        skipped += again
        self._questions += more
        unit = self._common_unit(tables)
        for table in tables:
            self._faults += table.faults
            self._questions += table.questions
        checked = sense.check_rows(rows, [totals for table in tables for totals in table.totals], self._answers)
        self._questions += checked.questions
        self._faults += checked.faults
        if self._book.has_macros:
            self._faults.append(Fault("macros_ignored", "工作簿里含有宏，只读取了数据，宏没有运行。", "notice"))
        return self._reading(spec, month, unit, list(checked.rows), skipped)

    # ------------------------------------------------------------------------------------------ which sheets

    def _tables(self) -> list[_Table]:
        found: list[_Table] = []
        for sheet in self._book.sheets:
            if sheet.hidden:
                self._uses[sheet.name] = SheetUse(sheet.name, False, True, "隐藏的工作表，没有读取")
                continue
            reason = None
            if not sheet.rows:
                reason = "空白工作表"
            elif sheets.GUIDE_SHEETS.search(compact(sheet.name)):
                reason = "填表说明或示例"
            else:
                table = find_table(sheet)
                if table is None:
                    reason = "没有“项目名称”列"
                elif (spec := sheets.spec_of(table.fields(), table.title + sheet.name)) is None:
                    reason = "除项目名称外没有认得的列"
                else:
                    table.spec = spec.name
                    found.append(table)
            if reason:
                self._uses[sheet.name] = SheetUse(sheet.name, False, False, reason)
        if not found:
            raise Unreadable(self._no_table())
        return self._one_kind(found)

    def _no_table(self) -> str:
        visible = [sheet for sheet in self._book.sheets if not sheet.hidden and sheet.rows]
        if not visible:
            return "可见的工作表都是空的，只有隐藏的工作表有内容，请取消隐藏后重新上传。"
        for sheet in visible:
            if self._uses[sheet.name].reason == "没有“项目名称”列" and _is_summary(sheet):
                return f"工作表“{sheet.name}”是汇总统计表，不是逐个项目的表，请上传按项目填报、表头有“项目名称”的表。"
        for sheet in visible:
            if self._uses[sheet.name].reason == "除项目名称外没有认得的列":
                return (
                    f"工作表“{sheet.name}”有“项目名称”列，但没有投资、进度、计划或责任单位等认得的列，"
                    "请对照月度进展表模板检查表头后重新上传。"
                )
        names = "、".join(f"“{sheet.name}”" for sheet in visible[:3])
        return f"工作表{names}里没有找到“项目名称”列，请在表头写明“项目名称”后重新上传。"

    def _one_kind(self, found: list[_Table]) -> list[_Table]:
        """A workbook is a monthly report, or plan and responsibility; sheets of the other kind are left out, and said."""
        if any(table.spec == "monthly" for table in found):
            kept = [table for table in found if table.spec == "monthly"]
            for table in found:
                if table.spec != "monthly":
                    self._uses[table.sheet.name] = SheetUse(table.sheet.name, False, False, "不是月度进展表，请单独上传")
            return kept
        return sorted(found, key=lambda table: table.spec != "annual_plan")

    def _with_rows(self, tables: list[_Table]) -> list[_Table]:
        kept = [table for table in tables if table.rows]
        for table in tables:
            if not table.rows:
                self._uses[table.sheet.name] = SheetUse(table.sheet.name, False, False, "表头下没有项目行")
        if not kept:
            name = tables[0].sheet.name
            hidden = any(skip.reason == "hidden" for table in tables for skip in table.skipped)
            if hidden:
                raise Unreadable(f"工作表“{name}”的项目行都是隐藏的，请取消隐藏或取消筛选后重新上传。")
            raise Unreadable(f"工作表“{name}”的表头下没有项目行，请填写项目后重新上传。")
        return kept

    def _why(self, table: _Table) -> str:
        titles = {spec.name: spec.title for spec in sheets.SPECS}
        return f"{titles[table.spec or 'monthly']}，表头在第{table.top}行，读到{len(table.rows)}个项目"

    # ------------------------------------------------------------------------------------------------- month

    def _settle_month(self, tables: list[_Table]) -> tuple[list[_Table], str | None]:
        """The month reported, and the sheets that report it. Asks when none or two are named."""
        monthly = [table for table in tables if table.spec == "monthly"]
        from_file, _ = periods.find_period(periods.without_days(self._filename.rpartition(".")[0] or self._filename))
        if not monthly:
            return tables, None
        years = _years(tables, from_file)
        named = {table.sheet.name: _months_named(table, years) for table in tables}
        file_month = _as_month(from_file, years)
        if self._month:
            return self._given_month(tables, named, self._month)
        every = {month for months in named.values() for month in months}
        if file_month and len(every) > 1 and file_month in every and len(tables) > 1:
            chosen = [table for table in tables if file_month in named[table.sheet.name] or not named[table.sheet.name]]
            if all(len(named[table.sheet.name]) <= 1 for table in chosen):
                self._leave_out(tables, chosen, f"不是{file_month}的表")
                return chosen, file_month
        if file_month:
            every.add(file_month)
        if len(every) == 1:
            month = every.pop()
            if re.fullmatch(r"\d{4}-\d{2}", month):
                return tables, month
        self._ask_month(sorted(every), years, tables)
        return tables, None

    def _given_month(
        self, tables: list[_Table], named: Mapping[str, list[str]], month: str
    ) -> tuple[list[_Table], str | None]:
        if not re.fullmatch(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])", month):
            raise Unreadable(f"月份“{month}”写法不对，请写成2024-06这样的形式。")
        chosen = tables
        if len(tables) > 1:
            of_month = [table for table in tables if any(_same_month(month, other) for other in named[table.sheet.name])]
            if of_month:
                chosen = [table for table in tables if table in of_month or not named[table.sheet.name]]
                self._leave_out(tables, chosen, f"不是{month}的表")
        for table in chosen:
            for other in named[table.sheet.name]:
                if not _same_month(month, other):
                    self._faults.append(
                        Fault(
                            "month_differs",
                            f"工作表“{table.sheet.name}”里写的是{_month_words(other)}，按指定的{month}读取，请核实。",
                            "notice",
                            table.sheet.name,
                        )
                    )
        return chosen, month

    def _leave_out(self, tables: list[_Table], chosen: list[_Table], reason: str) -> None:
        for table in tables:
            if table not in chosen:
                self._uses[table.sheet.name] = SheetUse(table.sheet.name, False, False, reason)

    def _ask_month(self, found: Sequence[str], years: Counter[int], tables: Sequence[_Table]) -> None:
        if len(found) > 1:
            message = f"表里写了{len(found)}个月份：{'、'.join(_month_words(month) for month in found)}，请选定这张表是哪个月的。"
        elif found:
            message = f"表里只写了{_month_words(found[0])}，没有写年份，请选定是哪一年的{_month_words(found[0])}。"
        else:
            message = "标题、工作表名、表头和文件名里都没有写月份，请选定这张表是哪个月的。"
        full = [month for month in found if re.fullmatch(r"\d{4}-\d{2}", month)]
        candidates = full
        if not full:
            numbers = [int(month) for month in found] or list(range(1, 13))
            candidates = [f"{year}-{number:02d}" for year in sorted(years) for number in numbers]
        choices = tuple(Choice(month, _month_words(month)) for month in candidates)
        self._questions.append(Question("month", "month", message, choices, tables[0].sheet.name))

    # -------------------------------------------------------------------------------------------------- unit

    def _settle_unit(self, table: _Table) -> str:
        """The unit of bare numbers on this sheet. Asks when two are stated."""
        identifier = f"unit:{table.sheet.name}"
        stated = list(dict.fromkeys(unit for text in table.above if (unit := stated_unit(text))))
        answer = self._answers.get(identifier)
        if answer in cells.TO_WAN:
            table.unit = answer
            return answer
        if len(stated) > 1:
            table.questions.append(
                Question(
                    identifier,
                    "unit",
                    f"工作表“{table.sheet.name}”写了两个单位：{'、'.join(stated)}，请选定数字的单位。",
                    tuple(Choice(unit, unit) for unit in stated),
                    table.sheet.name,
                )
            )
            return DEFAULT_UNIT
        if stated:
            table.unit = stated[0]
            return stated[0]
        own = {bound.heading.unit for bound in table.columns if bound.column is not None and bound.column.kind in ("money", "month_plan")}
        if len(own) == 1 and (only := own.pop()):
            table.unit = only
        return table.unit or DEFAULT_UNIT

    def _common_unit(self, tables: Sequence[_Table]) -> str | None:
        units = {table.unit or DEFAULT_UNIT for table in tables}
        return units.pop() if len(units) == 1 else None

    # ----------------------------------------------------------------------------------------------- outcome

    def _reading(self, spec: str | None, month: str | None, unit: str | None, rows: list[Row], skipped: list[Skipped]) -> Reading:
        every = [fault for row in rows for fault in row.faults] + self._faults
        errors = [fault for fault in every if fault.severity == "error"]
        decision: Decision = "accept"
        message = None
        if errors:
            decision = "refuse"
            message = errors[0].message
            if len(errors) > 1:
                message = f"{message.rstrip('。')}；另有{len(errors) - 1}处错误，请一并改正。"
        elif self._questions:
            decision = "ask"
            message = self._questions[0].message
            if len(self._questions) > 1:
                message = f"{message.rstrip('。')}；共有{len(self._questions)}个问题待确认。"
        order = {sheet.name: index for index, sheet in enumerate(self._book.sheets)}
        return Reading(
            decision,
            message,
            spec,
            month,
            unit,
            tuple(sorted(self._uses.values(), key=lambda use: order.get(use.name, 0))),
            tuple(rows),
            tuple(sorted(skipped, key=lambda skip: (order.get(skip.sheet, 0), skip.row))),
            tuple(self._questions),
            tuple(self._faults),
        )


# ------------------------------------------------------------------------------------------------- finding the table


def find_table(sheet: Sheet) -> _Table | None:
    """The first table with a project-name column, or None."""
    best: _Table | None = None
    for row in sorted(sheet.rows):
        if row > SEARCHED_ROWS:
            break
        for column, value in sheet.rows[row].items():
            if isinstance(value, str) and _is_name_heading(value):
                table = _table_at(sheet, row, column)
                known = len(table.fields())
                if best is None or known > len(best.fields()):
                    best = table
        if best is not None and len(best.fields()) >= 2:
            break
    if best is None:
        return None
    best.above = _texts_above(sheet, best.top)
    best.title = _title(best.above)
    return best


def _is_name_heading(text: str) -> bool:
    if len(text) > sheets.MAX_HEADING:
        return False
    found = sheets.match(headings.parse([text]))
    return (found is not None and found.column.field == "name") or compact(text) in ("项目", "工程")


def _table_at(sheet: Sheet, row: int, column: int) -> _Table:
    top = bottom = row
    merge = _merge_at(sheet, row, column)
    if merge is not None:
        top, bottom = merge.top, min(merge.bottom, merge.top + HEADER_DEPTH - 1)
    while bottom - top + 1 < HEADER_DEPTH and top > 1 and _is_header_above(sheet, top - 1, top, column):
        top -= 1
    while bottom - top + 1 < HEADER_DEPTH and _is_header_below(sheet, bottom + 1, top, bottom, column):
        bottom += 1
    columns = _bind(sheet, top, bottom, column)
    while _is_numbering(sheet, bottom + 1):
        bottom += 1
    return _Table(sheet, top, bottom, columns, [])


def _merge_at(sheet: Sheet, row: int, column: int) -> Range | None:
    return next((merge for merge in sheet.merges if merge.covers(row, column)), None)


def _shown(sheet: Sheet, row: int, column: int) -> Value | None:
    """The value a person sees at a cell: a merged range shows its first cell everywhere."""
    value = sheet.value(row, column)
    if value is not None:
        return value
    merge = _merge_at(sheet, row, column)
    return sheet.value(merge.top, merge.left) if merge is not None else None


def _is_header_above(sheet: Sheet, row: int, below: int, name_column: int) -> bool:
    """A row of parents over the present header: at least one spans several of its columns, and it is no title."""
    cells_here = {c: v for c, v in sheet.rows.get(row, {}).items() if not is_blank(v)}
    if not cells_here or any(not isinstance(value, str) for value in cells_here.values()):
        return False
    width = max(sheet.rows.get(below, {0: ""}))
    if any(stated_unit(str(value)) or _META.search(compact(str(value))) for value in cells_here.values()):
        return False
    spans = [merge for merge in sheet.merges if merge.top == row and merge.width > 1]
    if len(cells_here) == 1:
        only = next(iter(cells_here))
        span = next((merge for merge in spans if merge.left == only), None)
        return span is not None and span.width < width - 1 and not span.covers(row, name_column) and len(str(cells_here[only])) <= 20
    return all(len(str(value)) <= sheets.MAX_HEADING for value in cells_here.values())


def _is_header_below(sheet: Sheet, row: int, top: int, bottom: int, name_column: int) -> bool:
    """A row of children under the present header: nothing in the name column, only short words elsewhere."""
    here = {column: value for column, value in sheet.rows.get(row, {}).items() if not is_blank(value)}
    if not here or not is_blank(_own_value(sheet, row, name_column, bottom)):
        return False
    if any(not isinstance(value, str) or len(value) > sheets.MAX_HEADING for value in here.values()):
        return False
    if _row_label(here) and (_is_total(_row_label(here)) or _SECTION.match(_row_label(here))):
        return False
    last = max((max(sheet.rows.get(line, {1: ""})) for line in range(top, bottom + 1)), default=1)
    if any(merge.top == row and merge.width > 1 and merge.width >= (last * 2) // 3 for merge in sheet.merges):
        return False  # a section line across the table
    for column, value in here.items():
        parents = [_shown(sheet, line, column) for line in range(top, bottom + 1)]
        merge = _merge_at(sheet, bottom, column)
        under_span = merge is not None and merge.width > 1
        no_parent = is_blank(sheet.value(bottom, column)) and merge is None
        completes = re.fullmatch(r"[(（\[]?.{1,6}[)）\]]?", str(value)) is not None and headings.parse([str(value)]).unit is not None
        if not (under_span or no_parent or completes or any(parents) and sheets.match(headings.parse([str(value)]))):
            return False
    return len(here) > 1 or any(True for column in here if column != min(here) or column > 2)


def _own_value(sheet: Sheet, row: int, column: int, header_bottom: int) -> Value | None:
    merge = _merge_at(sheet, row, column)
    if merge is not None and merge.top <= header_bottom:
        return None  # the header's own merge reaches down here
    return _shown(sheet, row, column)


def _is_numbering(sheet: Sheet, row: int) -> bool:
    """The line of column numbers that statistical tables carry: 甲 乙 1 2 3."""
    values = [compact(raw_text(value) or "") for _, value in sorted(sheet.rows.get(row, {}).items())]
    values = [value.strip("()") for value in values if value]
    if len(values) < 3:
        return False
    numbers = [int(value) for value in values if value.isdigit() and len(value) <= 3]
    letters = [value for value in values if value in ("甲", "乙", "丙", "丁", "A", "B", "C", "a", "b", "c", "栏次")]
    steps = all(second - first == 1 for first, second in zip(numbers, numbers[1:], strict=False))
    return len(numbers) + len(letters) == len(values) and len(numbers) >= 2 and steps and numbers[0] <= 4


def _bind(sheet: Sheet, top: int, bottom: int, name_column: int) -> list[_Bound]:
    last = max(max(sheet.rows.get(row, {1: ""})) for row in range(top, bottom + 1))
    last = max([last, *(merge.right for merge in sheet.merges if merge.top <= bottom and merge.bottom >= top)])
    bound: list[_Bound] = []
    spread = _spread_parents(sheet, top, bottom, last)
    for column in range(1, min(last, 200) + 1):
        texts = [spread.get((row, column), "") for row in range(top, bottom + 1)]
        heading = headings.parse(texts)
        if not heading.text:
            continue
        found = sheets.match(heading)
        entry = _Bound(column, heading, found.column if found else None, found.exact if found else False)
        if column == name_column and (found is None or found.column.field != "name"):
            entry = _Bound(column, heading, next(c for c in sheets.IDENTITY if c.field == "name"), True)
        period = heading.period
        if entry.column is not None and entry.column.kind == "month_plan" and period is not None:
            entry.month = period.last
        bound.append(entry)
    return bound


def _spread_parents(sheet: Sheet, top: int, bottom: int, last: int) -> dict[tuple[int, int], str]:
    """The header's words at every cell: merged ranges everywhere, an unmerged parent over its blank right neighbours."""
    shown: dict[tuple[int, int], str] = {}
    for row in range(top, bottom + 1):
        for column in range(1, last + 1):
            value = _shown(sheet, row, column)
            if value is not None and not is_blank(value):
                shown[row, column] = raw_text(value) or ""
    for row in range(top, bottom):
        carried = ""
        for column in range(1, last + 1):
            if (row, column) in shown:
                merged = _merge_at(sheet, row, column)
                carried = "" if merged is not None else shown[row, column]
            elif carried and any((below, column) in shown for below in range(row + 1, bottom + 1)):
                above = any((higher, column) in shown for higher in range(top, row))
                if not above:
                    shown[row, column] = carried
            else:
                carried = ""
    return shown


_META = re.compile(r"填报(?:单位|时间|日期|人)|制表|审核|日期:|时间:|单位:|盖章|联系(?:人|电话)|截止(?:日期|时间)|^附(?:件|表)")
_UNIT_LINE = re.compile(r"(?:(?<!填报)(?<!建设)(?<!责任)(?<!制表)(?<!编制)(?:计量|金额)?单位[:：]?\s*(?:人民币)?(亿元|千万元|百万元|万元|千元|元|亿|万))|[(\[【](亿元|百万元|万元|千元|元)[)\]】]")


def stated_unit(text: str) -> str | None:
    """The unit a line states: 单位：万元, 金额单位：亿元、%, （单位：元）."""
    found = _UNIT_LINE.search(compact(text))
    return headings.full_unit(found[1] or found[2]) if found else None


def _texts_above(sheet: Sheet, top: int) -> list[str]:
    return [value for row in sorted(sheet.rows) if row < top for _, value in sorted(sheet.rows[row].items()) if isinstance(value, str)]


def _title(above: Sequence[str]) -> str:
    lines = [text for text in above if not stated_unit(text) and not _META.search(compact(text))]
    return compact(max(lines, key=len)) if lines else ""


def _is_summary(sheet: Sheet) -> bool:
    for row in sorted(sheet.rows)[:10]:
        texts = [headings.parse([value]).core for value in sheet.rows[row].values() if isinstance(value, str)]
        if len(texts) >= 3 and any(sheets.SUMMARY_HEADINGS.fullmatch(text) for text in texts):
            return True
    return False


# -------------------------------------------------------------------------------------------------------- the month


def _years(tables: Sequence[_Table], from_file: Period | None) -> Counter[int]:
    found: Counter[int] = Counter()
    for table in tables:
        for text in (*table.above, table.sheet.name):
            period, _ = periods.find_period(text)
            if period and period.year:
                found[period.year] += 2
        for bound in table.columns:
            period = bound.heading.period
            if period and period.year and not re.search(r"底|末|以前|之前", bound.heading.text):
                found[period.year] += 1
    if from_file and from_file.year:
        found[from_file.year] += 2
    return found


def _as_month(period: Period | None, years: Counter[int]) -> str | None:
    """YYYY-MM, or MM alone when no year, or more than one, is named anywhere."""
    if period is None or period.last is None:
        return None
    year = period.year
    if year is None and years:
        year = max(years, key=lambda known: (years[known], known)) if len(years) == 1 else _latest(years)
    return f"{year}-{period.last:02d}" if year else f"{period.last:02d}"


def _latest(years: Counter[int]) -> int | None:
    """Among several years the one named most; a draw is not decided."""
    ranked = years.most_common()
    return ranked[0][0] if ranked[0][1] > ranked[1][1] else None


def _months_named(table: _Table, years: Counter[int]) -> list[str]:
    """Every month that this sheet calls its own: in title and name, and in headings of running totals."""
    found: list[str] = []
    texts = [text for text in table.above if not _META.search(compact(text))] or []
    for text in (*texts, table.sheet.name):
        if len(compact(text)) <= 60:
            month = _as_month(periods.find_period(periods.without_days(text))[0], years)
            if month:
                found.append(month)
    totals = []
    for bound in table.columns:
        if bound.column is None or bound.column.kind not in ("money", "progress", "percent") or bound.column.field in ("annual_plan_wan", "physical_progress_plan_pct"):
            continue
        month = _as_month(bound.heading.period, years)
        if month:
            totals.append(month)
    if totals and not found:
        found.append(max(totals))
    elif totals and not any(_same_month(other, month) for other in totals for month in found):
        found.append(max(totals))
    unique = list(dict.fromkeys(found))
    full = [month for month in unique if len(month) == 7]
    return full + [month for month in unique if len(month) == 2 and not any(other.endswith(f"-{month}") for other in full)]


def _same_month(given: str, named: str) -> bool:
    return given == named or given[-2:] == named or named[-2:] == given


def _month_words(month: str) -> str:
    year, _, number = month.rpartition("-")
    return f"{year}年{int(number)}月" if year else f"{int(number)}月"


# --------------------------------------------------------------------------------------------------- rows of a table

_CHINESE_ORDINAL = r"(?:[(（]?[一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.．,，:：]|第[一二三四五六七八九十]{1,3}[类部批])"
_SECTION = re.compile(rf"^{_CHINESE_ORDINAL}")
_ROMAN = re.compile(r"^(?:[ⅠⅡⅢⅣⅤⅥ]|I{1,3}|IV|VI?)[、.．]")
_ARABIC = re.compile(r"^(?:[(（]\d{1,2}[)）]|\d{1,2}[、.．)）](?!\d)|[①②③④⑤⑥⑦⑧⑨⑩])")
_COUNT = re.compile(r"[(（【\[]?\s*(?:共|计|共计)?\s*\d+\s*[项个件](?:项目)?\s*[)）】\]]?$")
_TOTAL_WORDS = re.compile(r"^(?:全[县市区]|全部|总|共|合|累)?(?:合计|总计|共计|总合计|合计数|计)$|^(?:正式项目|项目合计|全县|合计)$")
_SUBTOTAL = re.compile(r"(?:小计|分计|小结|本页计)$")
_NOTE = re.compile(r"^(?:备注|注|说明|填表说明|附注|注意|备\s*注|填表人|填报人|制表|审核|审批|单位负责人|负责人签字|分管领导签字|联系人|联系电话|统计负责人|报送|数据来源|\*|※|★注|填报单位|填报日期|填报时间|复核)(?:[:：\d(（、.]|\s|$|人|单位)")
_NOTE_LINE = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十])[、.．]")


def _row_label(values: Mapping[int, Value]) -> str:
    """The first words of a row, compact."""
    for _, value in sorted(values.items()):
        if isinstance(value, str) and not is_blank(value):
            return compact(value)
    return ""


def _is_total(label: str) -> SkipReason | None:
    bare = _COUNT.sub("", re.sub(rf"^{_CHINESE_ORDINAL}", "", label)).strip(":：()（）")
    if _SUBTOTAL.search(bare) and len(bare) <= 24:
        return "subtotal"
    if _TOTAL_WORDS.match(bare):
        return "total"
    if re.search(r"(?:合计|总计|共计)$", bare) and len(bare) <= 24:
        return "subtotal"
    return None


def section_name(text: str) -> str:
    """A section's class without ordinal and count: 一、重大工业和服务业项目（70项） is 重大工业和服务业项目."""
    flat = compact(text)
    for pattern in (_SECTION, _ROMAN, _ARABIC):
        flat = pattern.sub("", flat, count=1)
    flat = _COUNT.sub("", flat).strip(":：、，,。.;；-")
    return re.sub(r"[(（][)）]$", "", flat)


class _Body:
    """The rows under one table's header."""

    def __init__(self, table: _Table, unit: str, month: str | None, answers: Mapping[str, str]) -> None:
        self._table = table
        self._sheet = table.sheet
        self._unit = unit
        self._month = month
        self._answers = answers
        self._year = int(month[:4]) if month else self._plan_year()
        self._section: list[tuple[int, str]] = []  # (level, name)
        self._in_notes = False
        self._since_section: list[int] = []
        self._all_rows: list[int] = []
        self._used: list[_Bound] = []
        self._ratio_columns: set[int] = set()
        self._tail_merges = {
            (row, column): merge
            for merge in self._sheet.merges
            for row in range(max(merge.top, table.bottom + 1), min(merge.bottom, max(self._sheet.rows, default=0)) + 1)
            for column in range(merge.left, min(merge.right, 200) + 1)
            if merge.bottom > merge.top
        }

    def _plan_year(self) -> int | None:
        years = _years([self._table], None)
        return max(years, key=lambda year: years[year]) if years else None

    def read(self) -> None:
        self._settle_columns()
        name = self._table.bound("name")
        assert name is not None
        self._name = name.number
        rows = [row for row in sorted(self._sheet.rows) if row > self._table.bottom]
        kinds: dict[int, SkipReason | Literal["project", "after"]] = {row: self._kind(row) for row in rows}
        last = max((row for row, kind in kinds.items() if kind in ("project", "section", "subtotal", "total")), default=0)
        for row in range(self._table.bottom + 1, last + 1):
            kinds.setdefault(row, "blank")
        self._kinds = kinds
        for row in sorted(kinds):
            kind = kinds[row]
            if kind == "blank" and row > last:
                continue
            if kind == "section":
                self._open_section(row)
            if kind in ("subtotal", "total"):
                self._close(row, kind)  # type: ignore[arg-type]
            if kind == "project":
                self._project(row)
            elif kind != "after":
                self._table.skipped.append(Skipped(self._sheet.name, row, kind))
        self._say_hidden()
        self._settle_month_plans()

    # ---------------------------------------------------------------------------------------------- columns

    def _settle_columns(self) -> None:
        """Keep one column per field; two of one meaning with different values are a question."""
        month = int(self._month[5:]) if self._month else None
        by_field: dict[str, list[_Bound]] = defaultdict(list)
        unknown: list[_Bound] = []
        single_plans = [b for b in self._table.columns if b.column is not None and b.column.kind == "month_plan" and not (b.heading.period and b.heading.period.cumulative)]
        for bound in self._table.columns:
            column = bound.column
            if column is None:
                if bound.heading.core and headings.key(bound.heading.text) not in sheets.NOT_KEPT and bound.heading.leaf.core not in sheets.NOT_KEPT:
                    unknown.append(bound)
                continue
            period = bound.heading.period
            if column.kind == "money" and period and period.year and self._year and period.year < self._year:
                continue  # an earlier year's figure
            if column.kind == "money" and column.field not in ("total_investment_wan", "annual_plan_wan") and period and period.last and month and period.last != month:
                self._left_out(bound, f"是{period.last}月的数，不是{month}月的，没有读取")
                continue
            if column.kind == "month_plan":
                if len(single_plans) == 1 and bound in single_plans and "累计" not in bound.heading.inline:
                    continue  # 8月计划投资 alone is a task of the month, no plan by months
                by_field[f"plan_month_wan_{bound.month:02d}"].append(bound)
            else:
                by_field[column.field].append(bound)
        if "planned_start" in by_field and "started_on" in by_field:
            by_field.setdefault("actual_start", []).extend(by_field.pop("started_on"))
        elif "started_on" in by_field:
            by_field["planned_start"] = by_field.pop("started_on")
        for name, candidates in by_field.items():
            chosen = self._one_of(name, candidates)
            if chosen is not None:
                self._used.append(replace(chosen, column=replace(chosen.column, field=name)))  # type: ignore[type-var]
        self._used.sort(key=lambda bound: bound.number)
        for bound in self._used:
            if bound.column is not None and bound.column.kind in ("percent", "progress") and self._is_ratio_column(bound):
                self._ratio_columns.add(bound.number)
        if unknown:
            names = "、".join(f"{column_letters(bound.number)}列“{bound.heading.text}”" for bound in unknown[:8])
            more = f"等{len(unknown)}列" if len(unknown) > 8 else ""
            self._table.faults.append(Fault("unknown_columns", f"{self._sheet.name}里没有认得的列，没有读取：{names}{more}。", "notice", self._sheet.name))
        hidden = [bound for bound in self._used if bound.number in self._sheet.hidden_columns]
        if hidden:
            names = "、".join(f"{column_letters(bound.number)}列“{bound.heading.text}”" for bound in hidden)
            self._table.faults.append(Fault("hidden_columns", f"{self._sheet.name}的隐藏列也已读取：{names}，请核实。", "notice", self._sheet.name))

    def _left_out(self, bound: _Bound, why: str) -> None:
        cell = cell_name(self._table.bottom, bound.number)
        self._table.faults.append(Fault("column_left_out", f"{self._sheet.name}!{cell} {bound.heading.text}{why}。", "notice", self._sheet.name, cell, bound.heading.text))

    def _one_of(self, name: str, candidates: list[_Bound]) -> _Bound | None:
        if len(candidates) == 1:
            return candidates[0]
        exact = [bound for bound in candidates if bound.exact]
        candidates = exact or candidates
        if len(candidates) == 1 or name == "seq":
            return candidates[0]
        first = candidates[0]
        filled = [bound for bound in candidates if any(not is_blank(self._sheet.value(row, bound.number)) for row in self._sheet.rows if row > self._table.bottom)]
        if len(filled) == 1:
            return filled[0]
        if not filled:
            return first
        different = self._first_difference(filled)
        if different is None:
            return filled[0]
        identifier = f"column:{self._sheet.name}:{name}"
        answer = self._answers.get(identifier)
        if answer is not None:
            chosen = next((bound for bound in filled if column_letters(bound.number) == answer), None)
            if chosen is not None:
                return chosen
        places = "、".join(f"{column_letters(bound.number)}列“{bound.heading.text}”" for bound in filled)
        self._table.questions.append(
            Question(
                identifier,
                "two_columns",
                f"{self._sheet.name}的{places}意思相同而第{different}行数值不同，请选定以哪一列为准。",
                tuple(Choice(column_letters(bound.number), f"{column_letters(bound.number)}列“{bound.heading.text}”") for bound in filled),
                self._sheet.name,
                different,
                cell_name(self._table.bottom, filled[0].number),
            )
        )
        return filled[0]

    def _first_difference(self, candidates: Sequence[_Bound]) -> int | None:
        for row in sorted(self._sheet.rows):
            if row <= self._table.bottom:
                continue
            values = {repr(self._parse(bound, _shown(self._sheet, row, bound.number)).value) for bound in candidates}
            if len(values) > 1:
                return row
        return None

    def _is_ratio_column(self, bound: _Bound) -> bool:
        """Bare numbers that are all between 0 and 1 are ratios: 0.72 for 72 %."""
        sizes = [
            value
            for row, values in self._sheet.rows.items()
            if row > self._table.bottom and isinstance(value := values.get(bound.number), int | float) and not isinstance(value, bool)
        ]
        fractions = [size for size in sizes if 0 < size < 1]
        return bool(fractions) and all(0 <= size <= 1.5 for size in sizes) and not bound.heading.is_percent

    # ------------------------------------------------------------------------------------------- kinds of row

    def _kind(self, row: int) -> SkipReason | Literal["project", "after"]:
        values = {column: value for column, value in self._sheet.rows[row].items() if not is_blank(value) or isinstance(value, str) and compact(value) not in ("",)}
        values = {column: value for column, value in values.items() if not (isinstance(value, str) and not compact(value))}
        if not values:
            return "blank"
        label = _row_label(values)
        if self._repeats_header(row, values):
            return "repeated_header"
        name = values.get(self._name)
        seq_column = next((bound.number for bound in self._used if bound.column and bound.column.field == "seq"), None)
        seq = compact(raw_text(values[seq_column]) or "") if seq_column in values else ""
        figures = [bound for bound in self._used if bound.column and bound.column.kind in FIGURES and bound.number in values and not is_blank(values[bound.number])]
        content = [bound for bound in self._used if bound.column and bound.column.kind != "seq" and bound.column.field != "name" and not is_blank(values.get(bound.number))]
        counted = self._label_cells(values, seq_column)
        for text in counted:
            if total := _is_total(text):
                if not (re.fullmatch(r"\d+", seq) and name is not None and total == "subtotal" and "小计" not in text and "合计" not in text):
                    return total
        if self._in_notes:
            return "note"
        if _NOTE.match(label) and not figures and (name is None or not re.fullmatch(r"\d+", seq)):
            self._in_notes = True
            return "note"
        if self._is_section(row, values, label, seq, name, figures, content):
            return "section"
        if name is None or is_blank(name):
            if self._covered_by_name_merge(row):
                return "project"
            if set(values) <= {seq_column} or not content:
                if seq and not re.fullmatch(r"[\d.\-]+", seq) and self._looks_like_note(row, values):
                    return "note"
                return "blank"
            if self._looks_like_note(row, values):
                return "note"
            return "project"
        if isinstance(name, str) and compact(name).lower() in sheets.EXAMPLE_NAMES:
            return "note"
        if not content and not seq and self._looks_like_note(row, values):
            return "note"
        return "hidden" if row in self._sheet.hidden_rows else "project"

    def _label_cells(self, values: Mapping[int, Value], seq_column: int | None) -> list[str]:
        wanted = {self._name}
        if seq_column is not None:
            wanted.add(seq_column)
        wanted.update(bound.number for bound in self._used if bound.column and bound.column.field in ("category", "code"))
        first = min(values)
        wanted.add(first)
        return [compact(value) for column, value in sorted(values.items()) if column in wanted and isinstance(value, str)]

    def _repeats_header(self, row: int, values: Mapping[int, Value]) -> bool:
        texts = {column: re.sub(r"\s+", "", value) for column, value in values.items() if isinstance(value, str)}
        if len(texts) < 2 or len(texts) < len(values):
            return False
        same = 0
        for column, text in texts.items():
            shown = {re.sub(r"\s+", "", raw_text(_shown(self._sheet, line, column)) or "") for line in range(self._table.top, self._table.bottom + 1)}
            same += text in shown
        return same >= 2 and same >= len(texts) - 1

    def _is_section(
        self,
        row: int,
        values: Mapping[int, Value],
        label: str,
        seq: str,
        name: Value | None,
        figures: Sequence[_Bound],
        content: Sequence[_Bound],
    ) -> bool:
        if not label:
            return False
        if re.fullmatch(rf"[一二三四五六七八九十]{{1,3}}|{_CHINESE_ORDINAL}", seq) and (name is not None or len(values) > 1):
            return True  # 一 | 交通一体 | sums
        words_only = not figures
        merged = any(merge.top == row and merge.width > 2 and merge.covers(row, min(values)) for merge in self._sheet.merges)
        if _SECTION.match(label) and len(label) <= 60 and (words_only or len(figures) >= 1):
            if name is None or min(values) == self._name or seq == label:
                other_words = [bound for bound in content if bound.column and bound.column.kind == "text"]
                return len(other_words) <= 1
            return False
        if figures:
            if _COUNT.search(label) and not re.fullmatch(r"\d+", seq) and not self._has_words(content):
                return True  # 重大工业和服务业项目70项 with its sums
            return False
        if merged and len(values) == 1 and len(label) <= 40 and not _NOTE_LINE.match(label):
            return not self._looks_like_note(row, values)
        if len(values) <= 2 and not content and not re.fullmatch(r"\d+", seq):
            if _COUNT.search(label) and not _ARABIC.match(label[:0]):
                return True
            if min(values) != self._name and len(values) == 1:
                return len(label) <= 30 and not label.isdigit() and not self._looks_like_note(row, values)
            if self._rows_are_numbered() and len(values) == 1 and not self._looks_like_note(row, values):
                return _CLASS_WORDS.search(label) is not None
        return False

    def _has_words(self, content: Sequence[_Bound]) -> bool:
        return any(bound.column and bound.column.kind in ("text", "progress", "date") for bound in content)

    def _rows_are_numbered(self) -> bool:
        seq = next((bound.number for bound in self._used if bound.column and bound.column.field == "seq"), None)
        if seq is None:
            return False
        numbered = sum(1 for row, values in self._sheet.rows.items() if row > self._table.bottom and re.fullmatch(r"\d+", compact(raw_text(values.get(seq)) or "")))
        return numbered * 2 > sum(1 for row in self._sheet.rows if row > self._table.bottom)

    def _looks_like_note(self, row: int, values: Mapping[int, Value]) -> bool:
        text = " ".join(raw_text(value) or "" for value in values.values())
        if _META.search(compact(text)) or re.search(r"(?:填表人|审核人|负责人|联系电话|签字|盖章)[:：]?", compact(text)):
            return True
        return len(values) == 1 and (len(compact(text)) > 40 or compact(text).endswith(("。", "；")))

    def _covered_by_name_merge(self, row: int) -> bool:
        merge = self._tail_merges.get((row, self._name))
        return merge is not None and merge.top < row

    # ------------------------------------------------------------------------------------- sections and totals

    def _open_section(self, row: int) -> None:
        values = self._sheet.rows[row]
        seq = next((bound.number for bound in self._used if bound.column and bound.column.field == "seq"), None)
        texts = [compact(value) for column, value in sorted(values.items()) if isinstance(value, str) and not is_blank(value) and column in {seq, self._name, min(values)}]
        ordinal = texts[0] if texts else ""
        named = texts[0] if texts else ""
        if len(texts) > 1 and re.fullmatch(rf"[一二三四五六七八九十]{{1,3}}|{_CHINESE_ORDINAL}", ordinal):
            named = texts[1]
        level = 1 if re.match(r"^[一二三四五六七八九十]{1,3}(?:[、.．,，:：]|$)|^第", ordinal) else 2 if _SECTION.match(ordinal) else 3 if _ARABIC.match(ordinal) else 0
        if level == 0:
            level = min((known for known, _ in self._section), default=1)
        self._section = [(known, text) for known, text in self._section if known < level]
        self._section.append((level, section_name(named)))
        self._since_section = []
        figures = self._figures(row)
        if figures:
            following = []
            for after in sorted(self._kinds):
                if after <= row:
                    continue
                if self._kinds[after] == "section" and self._level_of(after) <= level or self._kinds[after] in ("subtotal", "total"):
                    break
                if self._kinds[after] == "project":
                    following.append(after)
            self._table.totals.append(Totals(self._sheet.name, row, "subtotal", figures, tuple(following)))

    def _level_of(self, row: int) -> int:
        label = _row_label(self._sheet.rows[row])
        return 1 if re.match(r"^[一二三四五六七八九十]{1,3}(?:[、.．,，:：]|$)|^第", label) else 2 if _SECTION.match(label) else 3

    def _close(self, row: int, kind: Literal["subtotal", "total"]) -> None:
        figures = self._figures(row)
        if figures:
            projects = tuple(other for other, what in self._kinds.items() if what == "project")
            covers = tuple(self._since_section) if kind == "subtotal" else projects
            self._table.totals.append(Totals(self._sheet.name, row, kind, figures, covers))
        if kind == "subtotal":
            self._since_section = []

    def _figures(self, row: int) -> dict[str, FieldValue]:
        """The readable money of a total row; what cannot be read there is nobody's figure."""
        found: dict[str, FieldValue] = {}
        for bound in self._used:
            if bound.column is not None and bound.column.kind == "money":
                value = self._sheet.value(row, bound.number)
                parsed = self._parse(bound, value)
                if parsed.value is not None:
                    found[bound.column.field] = FieldValue(parsed.value, raw_text(value), cell_name(row, bound.number), bound.heading.text)
        return found

    def _category(self) -> str | None:
        """The section's class. Of nested sections the one that names a class of the programme, else the outermost."""
        if not self._section:
            return None
        known = [name for _, name in self._section if _CLASS_WORDS.search(name)]
        return known[0] if len(known) == 1 else self._section[0][1]

    # ---------------------------------------------------------------------------------------------- projects

    def _setting(self, bound: _Bound) -> Setting:
        return Setting(bound.heading.unit or self._unit, self._year, bound.number in self._ratio_columns)

    def _parse(self, bound: _Bound, value: Value | None) -> Parsed:
        assert bound.column is not None
        return bound.column.parser(value, self._setting(bound))

    def _project(self, row: int) -> None:
        if self._covered_by_name_merge(row) and self._table.rows and self._table.rows[-1].row >= self._tail_merges[row, self._name].top:
            self._continue(row)
            return
        fields: dict[str, FieldValue] = {}
        faults: list[Fault] = []
        for bound in self._used:
            column = bound.column
            if column is None or column.kind == "seq":
                continue
            value = self._cell(row, bound)
            parsed = self._computed(row, bound, value) if isinstance(value, Formula) and column.kind in FIGURES else self._parse(bound, value)
            self._store(fields, faults, row, bound, value, parsed)
        name = fields.get("name")
        if name is None or name.value is None:
            cell = cell_name(row, self._name)
            faults.append(
                Fault("name_missing", f"{self._sheet.name}!{cell} 第{row}行有数据而没有项目名称，请补填项目名称或删去这一行。", "error", self._sheet.name, cell, "项目名称")
            )
        self._since_section.append(row)
        own = fields.get("category")
        category = own.value if own is not None and own.value else self._category() or _class_of_sheet(self._sheet.name)
        if own is not None and own.value:
            category = section_name(own.value)
        self._table.rows.append(Row(self._sheet.name, row, fields, category, tuple(faults)))

    def _cell(self, row: int, bound: _Bound) -> Value | None:
        """The cell's value; words (class, leader, unit) reach down a merged range, figures never do."""
        value = self._sheet.value(row, bound.number)
        merge = self._tail_merges.get((row, bound.number))
        if value is None and merge is not None and bound.column is not None and bound.column.kind not in FIGURES | {"percent", "progress"}:
            return self._sheet.value(merge.top, merge.left)
        return value

    def _store(self, fields: dict[str, FieldValue], faults: list[Fault], row: int, bound: _Bound, value: Value | None, parsed: Parsed) -> None:
        column = bound.column
        assert column is not None
        cell, raw, heading = cell_name(row, bound.number), raw_text(value), bound.heading.text
        fields_here = {column.field: FieldValue(parsed.value, raw, cell, heading, parsed.precision)}
        if column.kind == "progress":
            found: cells.Progress = parsed.extra
            fields_here["physical_progress_pct"] = FieldValue(found.pct, raw, cell, heading)
            fields_here["physical_progress_is_whole"] = FieldValue(found.is_whole, raw, cell, heading)
        elif column.kind == "date_range":
            finish: Parsed = parsed.extra or Parsed()
            fields_here = {
                "planned_start": FieldValue(parsed.value, raw, cell, heading, parsed.precision),
                "planned_finish": FieldValue(finish.value, raw, cell, heading, finish.precision),
            }
        elif column.field == "state":
            fields_here["states_not_started"] = FieldValue(_not_started(parsed.value), raw, cell, heading)
        elif column.field == "declaration":
            fields_here = {"declaration": FieldValue(declared(parsed.value), raw, cell, heading)}
        for name, found_value in fields_here.items():
            if fields.get(name) is None or fields[name].value is None:
                fields[name] = found_value
        for issue in parsed.issues:
            faults.append(self._fault(issue, cell, heading, raw))

    def _fault(self, issue: Issue, cell: str, heading: str, raw: str | None) -> Fault:
        quoted = raw if raw is None or len(raw) <= 40 else raw[:40] + "…"
        message = f"{self._sheet.name}!{cell} {heading}“{quoted}”{issue.text}。"
        return Fault(issue.code, message, issue.severity, self._sheet.name, cell, heading, raw)

    def _computed(self, row: int, bound: _Bound, formula: Formula) -> Parsed:
        """A formula nobody calculated: plain arithmetic on the row's own cells is done here, anything else is an error."""
        result = formulas.evaluate(formula.text, row, self._sheet)
        if result is None:
            return self._parse(bound, formula)
        parsed = self._parse(bound, float(result))
        if any(issue.severity == "error" for issue in parsed.issues):
            return parsed
        issue = Issue("formula_computed", f"的公式没有计算结果，按本行数据算得{cells.plain(parsed.value)}，请核实", "notice")
        return replace(parsed, issues=(*parsed.issues, issue))

    def _continue(self, row: int) -> None:
        """A further line of a project whose name cell is merged over several rows: its words are added."""
        last = self._table.rows[-1]
        fields = dict(last.fields)
        faults = list(last.faults)
        for bound in self._used:
            column = bound.column
            if column is None or column.kind == "seq" or column.field == "name":
                continue
            value = self._sheet.value(row, bound.number)
            if value is None or is_blank(value):
                continue
            present = fields.get(column.field)
            parsed = self._parse(bound, value)
            if present is None or present.value is None:
                self._store(fields, faults, row, bound, value, parsed)
            elif column.kind == "text" and parsed.value is not None and str(parsed.value) not in str(present.value):
                joined = f"{present.value}、{parsed.value}" if column.parser is cells.people else f"{present.value}\n{parsed.value}"
                fields[column.field] = replace(present, value=joined)
            elif column.kind != "text" and parsed.value != present.value:
                cell = cell_name(row, bound.number)
                faults.append(
                    Fault(
                        "second_figure",
                        f"{self._sheet.name}!{cell} {bound.heading.text}“{raw_text(value)}”与{present.cell}属于同一个项目而数值不同，请只填一个。",
                        "error",
                        self._sheet.name,
                        cell,
                        bound.heading.text,
                        raw_text(value),
                    )
                )
        self._table.rows[-1] = replace(last, fields=fields, faults=tuple(faults))

    # ------------------------------------------------------------------------------------------- afterwards

    def _say_hidden(self) -> None:
        hidden = [skip.row for skip in self._table.skipped if skip.reason == "hidden"]
        if hidden:
            shown = "、".join(str(row) for row in hidden[:10]) + ("等" if len(hidden) > 10 else "")
            self._table.faults.append(
                Fault("hidden_rows", f"{self._sheet.name}的第{shown}行（共{len(hidden)}行）是隐藏的，没有读取，需要时请取消隐藏后重新上传。", "notice", self._sheet.name)
            )

    def _settle_month_plans(self) -> None:
        """Plans by months are kept as running totals; a sheet that gives each month's own amount is added up."""
        bounds = sorted((bound for bound in self._used if bound.month is not None and bound.column and bound.column.kind == "month_plan"), key=lambda bound: bound.month or 0)
        if len(bounds) < 2 or any(bound.heading.period and bound.heading.period.cumulative or "累计" in bound.heading.inline for bound in bounds):
            return
        names = [f"plan_month_wan_{bound.month:02d}" for bound in bounds]
        running = added = 0
        for row in self._table.rows:
            figures = [row.value(name) for name in names]
            given = [figure for figure in figures if figure is not None]
            annual = row.value("annual_plan_wan")
            if len(given) < 2:
                continue
            rising = all(first <= second for first, second in zip(given, given[1:], strict=False))
            if annual is not None and sum(given) == annual:
                added += 1
            elif rising and (annual is None or given[-1] == annual):
                running += 1
            elif not rising:
                added += 1
        identifier = f"month_plan:{self._sheet.name}"
        answer = self._answers.get(identifier)
        if answer is None and running and added:
            self._table.questions.append(
                Question(
                    identifier,
                    "month_plan",
                    f"{self._sheet.name}的分月计划看不出是每月数还是累计数，请选定。",
                    (Choice("running", "累计数（1月到当月）"), Choice("monthly", "每月数")),
                    self._sheet.name,
                    None,
                    cell_name(self._table.bottom, bounds[0].number),
                )
            )
        if answer == "monthly" or (answer is None and added and not running):
            self._table.rows = [_summed(row, names) for row in self._table.rows]


def _summed(row: Row, names: Sequence[str]) -> Row:
    fields = dict(row.fields)
    total = Decimal(0)
    for name in names:
        present = fields.get(name)
        if present is not None and present.value is not None:
            total += present.value
            fields[name] = replace(present, value=total)
    return replace(row, fields=fields)


_CLASS_WORDS = re.compile(r"工业|服务业|产业|基础设施|城建|城市建设|农业|农村|为民|民生|实事|民心|交通|水利|文旅|社会事业")


def _class_of_sheet(name: str) -> str | None:
    """A sheet per class carries the class in its name: 农业农村重点项目."""
    flat = section_name(name)
    _, flat = periods.find_period(flat)
    return flat if _CLASS_WORDS.search(flat) and len(flat) >= 4 and not re.search(r"进展|进度|情况|报表|统计|汇总", flat) else None


def _not_started(words: Any) -> bool | None:
    """Whether a state's words say that the project has not begun."""
    if not isinstance(words, str):
        return None
    flat = compact(words)
    return True if re.search(r"未开工|尚未开工|未动工|^否$|前期", flat) and "已开工" not in flat else False


def declared(words: Any) -> str | None:
    """拒绝督查, 无正当理由停工, 停工 or 免考, when a cell says just that."""
    if not isinstance(words, str):
        return None
    flat = compact(words)
    for pattern, meaning in (
        (r"(?:拒绝|不接受|拒不接受)(?:督查|检查|考评)(?:督查)?", "拒绝督查"),
        (r"(?:无正当理由|无故|擅自)停工", "无正当理由停工"),
        (r"(?:已|全面|目前)?停工", "停工"),
        (r"(?:申请|本月|经批准)?免(?:考|于?考评|督查)", "免考"),
    ):
        if re.fullmatch(pattern, flat):
            return meaning
    return None


# -------------------------------------------------------------------------------------------------------- duplicates


def _duplicates(rows: list[Row], answers: Mapping[str, str]) -> tuple[list[Row], list[Skipped], list[Question]]:
    """The same project twice: equal rows count once, unlike ones are a question."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        name = row.value("name")
        if name:
            groups[compact(name).lower(), row.value("code") or ""].append(row)
    dropped: set[tuple[str, int]] = set()
    questions: list[Question] = []
    for same in groups.values():
        if len(same) < 2:
            continue
        first, *others = same
        unlike = [row for row in others if _content(row) != _content(first)]
        for row in others:
            if row not in unlike:
                dropped.add((row.sheet, row.row))
        if not unlike:
            continue
        standing = [first, *unlike]
        places = [f"{row.sheet}!{row.row}" for row in standing]
        identifier = "duplicate:" + "|".join(places)
        answer = answers.get(identifier)
        if answer == "both":
            continue
        if answer in places:
            dropped.update((row.sheet, row.row) for row, place in zip(standing, places, strict=True) if place != answer)
            continue
        where = "、".join(f"{row.sheet}第{row.row}行" for row in standing)
        questions.append(
            Question(
                identifier,
                "duplicate",
                f"“{first.value('name')}”出现{len(standing)}次而内容不同（{where}），请选定以哪一行为准。",
                (*(Choice(place, f"以{row.sheet}第{row.row}行为准：{_summary(row)}") for row, place in zip(standing, places, strict=True)), Choice("both", "是不同的项目，都保留")),
                first.sheet,
                unlike[0].row,
                unlike[0].fields["name"].cell,
            )
        )
    skipped = [Skipped(sheet, row, "duplicate") for sheet, row in dropped]
    return [row for row in rows if (row.sheet, row.row) not in dropped], skipped, questions


def _content(row: Row) -> dict[str, Any]:
    return {name: found.value for name, found in row.fields.items() if found.value is not None and name != "seq"}


def _summary(row: Row) -> str:
    wanted = ("responsible_unit", "total_investment_wan", "annual_plan_wan", "reported_ytd_wan", "verified_ytd_wan", "physical_progress")
    found = [f"{row.fields[name].heading.rpartition(headings.JOINT)[2]}{row.fields[name].raw}" for name in wanted if row.value(name) is not None]
    return "，".join(found[:4])


def settled_date(found: FieldValue | None) -> str | None:
    """A date field as text, YYYY-MM or finer; None when only the year is known."""
    if found is None or not isinstance(found.value, date) or found.precision not in ("month", "day"):
        return None
    return found.value.strftime("%Y-%m" if found.precision == "month" else "%Y-%m-%d")


def every_fault(reading: Reading) -> Iterable[Fault]:
    for row in reading.rows:
        yield from row.faults
    yield from reading.faults
