"""A workbook read as one of the county's sheets (读表): which sheets, which month, which unit, and what comes of it.

`read` needs no database and stores nothing. A fault in a cell never stops the reading of the rest; a sheet that is not
a project sheet at all is a refusal. Source: CONTRACTS `check`, DOMAIN §2.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from importers import cells, periods, sense, sheets, signatures
from importers.cells import compact
from importers.duplicates import without_duplicates
from importers.grid import Unreadable, Workbook
from importers.lines import Section
from importers.months import as_month, month_words, months_named, same_month, years_named
from importers.result import Choice, Decision, Fault, FieldValue, Question, Reading, Row, SheetUse, Skipped
from importers.rows import read_rows
from importers.tables import Table, find_tables, is_summary, stated_unit

DEFAULT_UNIT = "万元"
EXPORTED = "本系统导出的表"


def refusal(message: str) -> Reading:
    """A reading that ends in one sentence."""
    return Reading("refuse", message, faults=(Fault("unreadable", message, "error"),))


def read(
    book: Workbook, filename: str, *, month: str | None = None, answers: Mapping[str, str] | None = None
) -> Reading:
    """Read a plain workbook. Never raises for what is in it: a sheet that is none of ours is a refusal."""
    reader = _Reader(book, filename, month, dict(answers or {}))
    try:
        return reader.read()
    except Unreadable as error:
        return replace(refusal(str(error)), sheets=reader.uses())


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
        names = Counter(sheet.name for sheet in self._book.sheets)
        if twice := next((name for name, count in names.items() if count > 1), None):
            raise Unreadable(f"有两个工作表都叫“{twice}”，分不清各自的行，请改名后重新上传。")
        tables = self._tables()
        tables, month = self._settle_month(tables)
        self._read_rows(tables, month)
        tables = self._with_rows(tables)
        spec = tables[0].spec
        rows = [row for table in tables for row in table.rows]
        skipped = [skip for table in tables for skip in table.skipped]
        is_open = month is None and any(question.code == "month" for question in self._questions)
        realms = {table.sheet.name: table.sheet.name if is_open else table.spec or "" for table in tables}
        may_repeat = sheets.spec_named(spec or "monthly").may_repeat
        rows, again, more = without_duplicates(rows, realms, self._answers, may_repeat=may_repeat)
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

    def _read_rows(self, tables: Sequence[Table], month: str | None) -> None:
        """Table by table; a further table of a sheet goes on with the unit and the sections of the one above it."""
        unit: str | None = None
        sections: Sequence[Section] = ()
        for table in tables:
            if table.is_first:
                unit, sections = None, ()
            unit = self._settle_unit(table, unit)
            sections = read_rows(table, unit, month, self._answers, sections)

    def uses(self) -> tuple[SheetUse, ...]:
        """What became of each sheet, in the workbook's order."""
        order = {sheet.name: index for index, sheet in enumerate(self._book.sheets)}
        return tuple(sorted(self._uses.values(), key=lambda use: order.get(use.name, 0)))

    # ------------------------------------------------------------------------------------------ which sheets

    def _tables(self) -> list[Table]:
        found: list[Table] = []
        for sheet in self._book.sheets:
            if sheet.hidden:
                self._uses[sheet.name] = SheetUse(sheet.name, False, True, "隐藏的工作表，没有读取")
                continue
            reason = None
            if not sheet.rows:
                reason = "空白工作表"
            elif sheets.GUIDE_SHEETS.search(compact(sheet.name)):
                reason = "填表说明或示例"
            elif sheets.EXPORT_TITLES.match(str(sheet.rows.get(1, {}).get(1, ""))):
                reason = EXPORTED
            else:
                tables = find_tables(sheet)
                if not tables:
                    reason = "按单位或类别汇总的表，不是逐个项目的表" if is_summary(sheet) else "没有“项目名称”列"
                elif (spec := sheets.spec_of(tables[0].fields(), tables[0].title + sheet.name)) is None:
                    reason = "除项目名称外没有认得的列"
                else:
                    tables[0].spec = spec.name
                    found += [tables[0], *self._further(spec, tables[1:])]
            if reason:
                self._uses[sheet.name] = SheetUse(sheet.name, False, False, reason)
        if not found:
            raise Unreadable(self._no_table())
        return self._one_kind(found)

    def _further(self, spec: sheets.SheetSpec, tables: Sequence[Table]) -> list[Table]:
        """The further tables of a sheet that are of the first one's kind; another kind is left out, and said."""
        kept = []
        for table in tables:
            own = sheets.spec_of(table.fields(), " ".join(table.above))
            if own is spec:
                table.spec = spec.name
                kept.append(table)
                continue
            message = f"{table.sheet.name}第{table.top}行起是另一种表，不是{spec.title}，没有读取，需要时请单独上传。"
            self._faults.append(Fault("table_left_out", message, "notice", table.sheet.name))
        return kept

    def _no_table(self) -> str:
        visible = [sheet for sheet in self._book.sheets if not sheet.hidden and sheet.rows]
        if not visible:
            return "可见的工作表都是空的，只有隐藏的工作表有内容，请取消隐藏后重新上传。"
        if any(self._uses[sheet.name].reason == EXPORTED for sheet in visible):
            return "这是本系统导出的排名或预警，不是填报的表，不能再导入，请上传单位填报的月度进展表或督查评分表。"
        for sheet in visible:
            if self._uses[sheet.name].reason.startswith("按单位或类别汇总"):
                return f"工作表“{sheet.name}”是汇总统计表，不是逐个项目的表，请上传按项目填报、表头有“项目名称”的表。"
        for sheet in visible:
            if self._uses[sheet.name].reason == "除项目名称外没有认得的列":
                return (
                    f"工作表“{sheet.name}”有“项目名称”列，但没有投资、进度、计划或责任单位等认得的列，"
                    "请对照月度进展表模板检查表头后重新上传。"
                )
        names = "、".join(f"“{sheet.name}”" for sheet in visible[:3])
        return f"工作表{names}里没有找到“项目名称”列，请在表头写明“项目名称”后重新上传。"

    def _one_kind(self, found: list[Table]) -> list[Table]:
        """A workbook is a monthly report, the teams' scores, the visits, or plan and responsibility together; sheets of
        another kind are left out, and said."""
        for name in ("monthly", "team_scores", "support_visits"):
            kept = [table for table in found if table.spec == name]
            if kept:
                reason = f"不是{sheets.spec_named(name).title}，请单独上传"
                self._leave_out(found, kept, reason)
                return kept
        return sorted(found, key=lambda table: table.spec != "annual_plan")

    def _with_rows(self, tables: list[Table]) -> list[Table]:
        kept = [table for table in tables if table.rows]
        for table in tables:
            name = table.sheet.name
            own = [other for other in kept if other.sheet is table.sheet]
            self._uses[name] = SheetUse(name, bool(own), False, self._why(own) if own else "表头下没有项目行")
        if not kept:
            name = tables[0].sheet.name
            hidden = any(skip.reason == "hidden" for table in tables for skip in table.skipped)
            if hidden:
                raise Unreadable(f"工作表“{name}”的项目行都是隐藏的，请取消隐藏或取消筛选后重新上传。")
            raise Unreadable(f"工作表“{name}”的表头下没有项目行，请填写项目后重新上传。")
        return kept

    def _why(self, tables: Sequence[Table]) -> str:
        title = sheets.spec_named(tables[0].spec or "monthly").title
        tops = "、".join(f"第{table.top}行" for table in tables)
        return f"{title}，表头在{tops}，读到{sum(len(table.rows) for table in tables)}个项目"

    # ------------------------------------------------------------------------------------------------- month

    def _settle_month(self, tables: list[Table]) -> tuple[list[Table], str | None]:
        """The month reported, and the sheets that report it. Asks when none or two are named."""
        from_file, _ = periods.find_period(periods.without_days(self._filename.rpartition(".")[0] or self._filename))
        spec = sheets.spec_named(tables[0].spec or "monthly")
        if not spec.is_monthly and spec.name != "support_visits":
            return tables, None
        years = years_named(tables, from_file)
        named: dict[str, list[str]] = {}
        for table in tables:
            own = named.setdefault(table.sheet.name, [])
            own += [month for month in months_named(table, years) if month not in own]
        file_month = as_month(from_file, years)
        if not spec.is_monthly:  # each visit has its own day; the sheet's month only helps where that is missing
            every = {month for months in named.values() for month in months} or {file_month or ""}
            only = next(iter(every)) if len(every) == 1 else ""
            return tables, self._month or (only if len(only) == 7 else None)
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
            only = next(iter(every))
            if re.fullmatch(r"\d{4}-\d{2}", only):
                return tables, only
        if not every and (given := signatures.marks_of(self._book).get(signatures.MONTH)):
            return tables, given  # a template whose title was taken off
        self._ask_month(sorted(every), years, tables)
        return tables, None

    def _given_month(
        self, tables: list[Table], named: Mapping[str, list[str]], month: str
    ) -> tuple[list[Table], str | None]:
        if not re.fullmatch(r"(?:19|20)\d{2}-(?:0[1-9]|1[0-2])", month):
            raise Unreadable(f"月份“{month}”写法不对，请写成2024-06这样的形式。")
        chosen = tables
        if len(tables) > 1:
            of_month = [table for table in tables if any(same_month(month, other) for other in named[table.sheet.name])]
            if of_month:
                chosen = [table for table in tables if table in of_month or not named[table.sheet.name]]
                self._leave_out(tables, chosen, f"不是{month}的表")
        for sheet in dict.fromkeys(table.sheet.name for table in chosen):
            for other in named[sheet]:
                if not same_month(month, other):
                    message = f"工作表“{sheet}”里写的是{month_words(other)}，按指定的{month}读取，请核实。"
                    self._faults.append(Fault("month_differs", message, "notice", sheet))
        return chosen, month

    def _leave_out(self, tables: list[Table], chosen: list[Table], reason: str) -> None:
        for table in tables:
            if table not in chosen:
                self._uses[table.sheet.name] = SheetUse(table.sheet.name, False, False, reason)

    def _ask_month(self, found: Sequence[str], years: Counter[int], tables: Sequence[Table]) -> None:
        if len(found) > 1:
            listed = "、".join(month_words(month) for month in found)
            message = f"表里写了{len(found)}个月份：{listed}，请选定这张表是哪个月的。"
        elif found:
            message = f"表里只写了{month_words(found[0])}，没有写年份，请选定是哪一年的{month_words(found[0])}。"
        else:
            message = "标题、工作表名、表头和文件名里都没有写月份，请选定这张表是哪个月的。"
        full = [month for month in found if re.fullmatch(r"\d{4}-\d{2}", month)]
        candidates = full
        if not full:
            numbers = [int(month) for month in found] or list(range(1, 13))
            candidates = [f"{year}-{number:02d}" for year in sorted(years) for number in numbers]
        choices = tuple(Choice(month, month_words(month)) for month in candidates)
        self._questions.append(Question("month", "month", message, choices, tables[0].sheet.name))

    # -------------------------------------------------------------------------------------------------- unit

    def _settle_unit(self, table: Table, above: str | None) -> str:
        """The unit of bare numbers of this table. Asks when two are stated. `above`: of the table over it."""
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
        if stated or above:
            table.unit = stated[0] if stated else above
            return table.unit or DEFAULT_UNIT
        own = {
            bound.heading.unit
            for bound in table.columns
            if bound.column is not None and bound.column.kind in ("money", "month_plan")
        }
        if len(own) == 1 and (only := own.pop()):
            table.unit = only
        return table.unit or DEFAULT_UNIT

    def _common_unit(self, tables: Sequence[Table]) -> str | None:
        units = {table.unit or DEFAULT_UNIT for table in tables}
        return units.pop() if len(units) == 1 else None

    # ----------------------------------------------------------------------------------------------- outcome

    def _reading(
        self, spec: str | None, month: str | None, unit: str | None, rows: list[Row], skipped: list[Skipped]
    ) -> Reading:
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
            self.uses(),
            tuple(rows),
            tuple(sorted(skipped, key=lambda skip: (order.get(skip.sheet, 0), skip.row))),
            tuple(self._questions),
            tuple(self._faults),
        )


def settled_date(found: FieldValue | None) -> str | None:
    """A date field as text, YYYY-MM or finer; None when only the year is known."""
    if found is None or not isinstance(found.value, date) or found.precision not in ("month", "day"):
        return None
    return found.value.strftime("%Y-%m" if found.precision == "month" else "%Y-%m-%d")
