"""The lines under a table's header into typed rows (逐行读取): every fault named, nothing guessed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from importers import cells, formulas
from importers.cells import Issue, Parsed, Setting, compact, is_blank, raw_text
from importers.columns import Columns
from importers.grid import Formula, Value, cell_name, column_letters
from importers.lines import (
    FIGURES,
    Lines,
    Section,
    class_among,
    class_of_sheet,
    opened,
    section_above,
    section_level,
    section_name,
    section_of,
    stated_count,
)
from importers.months import years_named
from importers.result import Choice, Fault, FieldValue, Question, Row, Skipped
from importers.tables import Bound, Table, Totals, row_label

_REMEMBERED = 60  # characters; longer words seldom repeat
_NEITHER = "blank"
_NOT_MERGED_DOWN = FIGURES | {"percent", "progress", "seq"}


def read_rows(
    table: Table, unit: str, month: str | None, answers: Mapping[str, str], sections: Sequence[Section] = ()
) -> Sequence[Section]:
    """Fill the table's rows, skipped lines, totals, questions and faults. `month` is YYYY-MM or None.

    `sections` are those that hold where the table begins; those that hold at its end are returned.
    """
    return _Rows(table, unit, month, answers, sections).read()


class _Rows:
    def __init__(
        self, table: Table, unit: str, month: str | None, answers: Mapping[str, str], sections: Sequence[Section]
    ) -> None:
        self._table = table
        self._sheet = table.sheet
        self._answers = answers
        named = years_named([table], None).most_common(1)
        year = int(month[:4]) if month else named[0][0] if named else None
        self._columns = Columns(table, unit, year, int(month[5:]) if month else None, answers)
        self._lines = Lines(table, self._columns.used)
        self._reads = [
            _Read(bound, self._columns.setting(bound)) for bound in self._columns.used if bound.kind != "seq"
        ]
        self._name = next(read.number for read in self._reads if read.field == "name")
        self._has_merges = any(merge.bottom > max(merge.top, table.bottom) for merge in self._sheet.merges)
        named_above = section_above(table.above)
        self._sections = opened(sections, named_above) if named_above else list(sections)
        self._since_section: list[int] = []
        self._sheet_class = class_of_sheet(self._sheet.name)

    def read(self) -> Sequence[Section]:
        for row, kind in self._lines.kinds.items():
            if kind == "project":
                self._project(row)
                continue
            if kind == "section":
                self._open_section(row)
            elif kind == "subtotal" and self._lines.subtotals_lead:
                self._open_section(row)
            elif kind in ("subtotal", "total"):
                self._close(row, is_total=kind == "total")
            self._table.skipped.append(Skipped(self._sheet.name, row, kind))
        self._say_hidden_rows()
        self._say_parts()
        self._settle_month_plans()
        return self._sections

    # ------------------------------------------------------------------------------------- sections and totals

    def _open_section(self, row: int) -> None:
        self._sections = opened(self._sections, section_of(self._sheet, row))
        self._since_section = []
        figures, count = self._figures(row), self._stated_count(row)
        if figures or count:
            covers = self._rows_of_section(row, self._sections[-1].level)
            self._table.totals.append(Totals(self._sheet.name, row, "subtotal", figures, covers, count))

    def _rows_of_section(self, row: int, level: int) -> tuple[int, ...]:
        rows = []
        for after, kind in self._lines.kinds.items():
            if after <= row:
                continue
            begins = kind == "section" or (kind == "subtotal" and self._lines.subtotals_lead)
            if begins and (section_level(row_label(self._sheet.rows[after])) or level) <= level:
                break
            if kind == "total" or (kind == "subtotal" and not begins):
                break
            if kind == "project":
                rows.append(after)
        return tuple(rows)

    def _close(self, row: int, *, is_total: bool) -> None:
        figures, count = self._figures(row), self._stated_count(row)
        if figures or count:
            projects = tuple(other for other, kind in self._lines.kinds.items() if kind == "project")
            covers = projects if is_total else tuple(self._since_section)
            self._table.totals.append(
                Totals(self._sheet.name, row, "total" if is_total else "subtotal", figures, covers, count)
            )
        if not is_total:
            self._since_section = []

    def _stated_count(self, row: int) -> FieldValue | None:
        """（70项） behind a section's class, 134项 beside 合计."""
        for column, value in sorted(self._sheet.rows[row].items()):
            if column in self._lines.labels and isinstance(value, str):
                found = stated_count(value)
                if found is not None:
                    return FieldValue(found, raw_text(value), cell_name(row, column), "项目数")
        return None

    def _figures(self, row: int) -> dict[str, FieldValue]:
        """The readable money of a total row; what cannot be read there is nobody's figure."""
        found: dict[str, FieldValue] = {}
        for read in self._reads:
            if read.kind == "money":
                value = self._sheet.value(row, read.number)
                parsed = read.parse(value)
                if parsed.value is not None:
                    found[read.field] = FieldValue(parsed.value, raw_text(value), f"{read.letters}{row}", read.heading)
        return found

    # ---------------------------------------------------------------------------------------------- projects

    def _project(self, row: int) -> None:
        covered = self._lines.covers_name(row)
        if covered is not None and self._table.rows and self._table.rows[-1].row >= covered:
            self._continue(row)
            return
        if row in self._lines.continued and self._table.rows:
            self._continue(row)
            self._say_continued(row)
            return
        found = _Found({}, [])
        values = self._sheet.rows[row]
        for read in self._reads:
            value = values.get(read.number)
            if value is None and self._has_merges and read.kind not in _NOT_MERGED_DOWN:
                merge = self._sheet.merge_at(row, read.number)
                if merge is not None and merge.left == read.number and merge.top > self._table.bottom:
                    value = self._sheet.value(merge.top, merge.left)
            self._store(found, row, read, value)
        self._settle_percent(found, row)
        name = found.fields.get("name")
        if name is None or name.value is None:
            cell = cell_name(row, self._name)
            message = f"{self._sheet.name}!{cell} 第{row}行有数据而没有项目名称，请补填项目名称或删去这一行。"
            found.faults.append(Fault("name_missing", message, "error", self._sheet.name, cell, "项目名称"))
        self._since_section.append(row)
        self._table.rows.append(
            Row(self._sheet.name, row, found.fields, self._category(found.fields), tuple(found.faults))
        )

    def _category(self, fields: Mapping[str, FieldValue]) -> str | None:
        own = fields.get("category")
        if own is not None and own.value:
            return section_name(own.value)
        return class_among(self._sections) or self._sheet_class

    def _store(self, found: "_Found", row: int, read: "_Read", value: Value | None) -> None:
        """Parse one cell into its field, or fields, and its faults."""
        parsed, raw = read.parsed_and_raw(value)
        if isinstance(value, Formula) and read.kind in FIGURES:
            parsed = self._computed(row, read, value)
        cell = f"{read.letters}{row}"
        main = FieldValue(parsed.value, raw, cell, read.heading, parsed.precision)
        if read.is_plain:
            found.put(read.field, main)
        else:
            self._store_parts(found, read, main, parsed)
        for issue in parsed.issues:
            found.faults.append(self._fault(issue, cell, read.heading, raw))

    def _store_parts(self, found: "_Found", read: "_Read", main: FieldValue, parsed: Parsed) -> None:
        """A cell that says more than one thing: a percent beside the words, a finish beside the start."""
        if read.kind == "progress":
            percent: cells.Progress = parsed.extra
            found.put("physical_progress", main)
            found.in_words = main._replace(value=percent.pct)
            found.put("physical_progress_is_whole", main._replace(value=percent.is_whole))
        elif read.kind == "date_range":
            finish: Parsed = parsed.extra or Parsed()
            found.put("planned_start", main)
            found.put("planned_finish", main._replace(value=finish.value, precision=finish.precision))
        elif read.field == "state":
            found.put("state", main)
            found.put("states_not_started", main._replace(value=not_started(parsed.value)))
        else:
            found.put("declaration", main._replace(value=declared(parsed.value)))

    def _settle_percent(self, found: "_Found", row: int) -> None:
        """The percent that 形象进度 states and the one in a column of its own: unlike ones are a question."""
        words, column = found.in_words, found.fields.get("physical_progress_pct")
        if words is None:
            return
        if words.value is None or column is None or column.value is None or words.value == column.value:
            found.put("physical_progress_pct", words)
            return
        identifier = f"percent:{self._sheet.name}!{column.cell}"
        offered = {column.cell: column, words.cell: words}
        answer = self._answers.get(identifier)
        chosen = offered.get(answer or "")
        found.fields["physical_progress_pct"] = chosen or column._replace(value=None)
        if chosen is not words:
            whole = found.fields["physical_progress_is_whole"]
            found.fields["physical_progress_is_whole"] = whole._replace(value=False)
        if chosen is None and answer != _NEITHER:
            message = (
                f"{self._sheet.name}!{column.cell} {column.heading}“{cells.quoted(column.raw)}”与"
                f"{words.cell}{words.heading}写的{cells.plain(words.value)}%不同，请选定以哪一个为准。"
            )
            choices = [Choice(cell, f"以{cell}为准：{cells.plain(one.value)}%") for cell, one in offered.items()]
            choices.append(Choice(_NEITHER, "都不采用，按没有百分数处理"))
            self._table.questions.append(
                Question(identifier, "percents_differ", message, tuple(choices), self._sheet.name, row, column.cell)
            )

    def _fault(self, issue: Issue, cell: str, heading: str, raw: str | None) -> Fault:
        message = f"{self._sheet.name}!{cell} {heading}“{cells.quoted(raw)}”{issue.text}。"
        return Fault(issue.code, message, issue.severity, self._sheet.name, cell, heading, raw)

    def _computed(self, row: int, read: "_Read", formula: Formula) -> Parsed:
        """A formula nobody calculated: plain arithmetic on the row's own cells is done, anything else is an error."""
        result = formulas.evaluate(formula.text, row, self._sheet)
        if result is None:
            return read.parse(formula)
        parsed = read.parse(float(result))
        if any(issue.severity == "error" for issue in parsed.issues):
            return parsed
        issue = Issue(
            "formula_computed", f"的公式没有计算结果，按本行数据算得{cells.plain(parsed.value)}，请核实", "notice"
        )
        return replace(parsed, issues=(*parsed.issues, issue))

    def _continue(self, row: int) -> None:
        """A further line of the project above: its words are added."""
        last = self._table.rows[-1]
        found = _Found(dict(last.fields), list(last.faults))
        for read in self._reads:
            value = self._sheet.value(row, read.number)
            if value is None or is_blank(value) or read.field == "name":
                continue
            present = found.fields.get(read.field)
            if present is None or present.value is None:
                self._store(found, row, read, value)
                continue
            parsed = read.parse(value)
            if read.kind == "text" or (read.kind == "progress" and parsed.extra.pct is None):
                if parsed.value is not None and str(parsed.value) not in str(present.value):
                    joint = "、" if read.parser is cells.people else "\n"
                    found.fields[read.field] = present._replace(value=f"{present.value}{joint}{parsed.value}")
            elif parsed.value != present.value:
                issue = Issue("second_figure", f"与{present.cell}属于同一个项目而数值不同，请只填一个", "error")
                found.faults.append(self._fault(issue, cell_name(row, read.number), read.heading, raw_text(value)))
        if found.in_words is not None:  # words that the first line did not have
            self._settle_percent(found, row)
        self._table.rows[-1] = replace(last, fields=found.fields, faults=tuple(found.faults))

    def _say_continued(self, row: int) -> None:
        """Without a merged name it may also be a line whose name was forgotten: it is said where it went."""
        last = self._table.rows[-1]
        cell = cell_name(row, min(self._sheet.rows[row]))
        message = (
            f"{self._sheet.name}!{cell} 第{row}行没有序号和项目名称，只有文字，已接在上面的“{last.value('name')}”之后，"
            "请核实。"
        )
        fault = Fault("line_continued", message, "notice", self._sheet.name, cell)
        self._table.rows[-1] = replace(last, faults=(*last.faults, fault))

    # ------------------------------------------------------------------------------------------- afterwards

    def _say_parts(self) -> None:
        if self._lines.parts:
            rows = _listed(self._lines.parts)
            message = f"{self._sheet.name}的第{rows}行写明“其中”，是上面项目的一部分，没有单独读取。"
            self._table.faults.append(Fault("part_left_out", message, "notice", self._sheet.name))

    def _say_hidden_rows(self) -> None:
        hidden = [skip.row for skip in self._table.skipped if skip.reason == "hidden"]
        if hidden:
            message = (
                f"{self._sheet.name}的第{_listed(hidden)}行（共{len(hidden)}行）是隐藏的，没有读取，"
                "需要时请取消隐藏后重新上传。"
            )
            self._table.faults.append(Fault("hidden_rows", message, "notice", self._sheet.name))

    def _settle_month_plans(self) -> None:
        """Plans by months are kept as running totals; a sheet that gives each month's own amount is added up."""
        bounds = sorted(
            (bound for bound in self._columns.used if bound.kind == "month_plan"), key=lambda bound: bound.month or 0
        )
        if len(bounds) < 2 or any(_says_running(bound) for bound in bounds):
            return
        names = [bound.field for bound in bounds]
        votes = [_month_plan_vote(row, names) for row in self._table.rows]
        running, monthly = votes.count("running"), votes.count("monthly")
        identifier = f"month_plan:{self._sheet.name}"
        answer = self._answers.get(identifier)
        if answer not in ("running", "monthly"):
            answer = "monthly" if monthly and not running else "running"
            if running and monthly:
                message = f"{self._sheet.name}的分月计划看不出是每月数还是累计数，请选定。"
                choices = (Choice("running", "累计数（1月到当月）"), Choice("monthly", "每月数"))
                cell = cell_name(self._table.bottom, bounds[0].number)
                self._table.questions.append(
                    Question(identifier, "month_plan", message, choices, self._sheet.name, None, cell)
                )
        if answer == "monthly":
            self._table.rows = [_summed(row, names) for row in self._table.rows]


class _Read:
    """One column as it is read: its field, its parser, and what it has already made of repeated words."""

    def __init__(self, bound: Bound, setting: Setting) -> None:
        assert bound.column is not None
        self.number = bound.number
        self.letters = column_letters(bound.number)
        self.heading = bound.heading.text
        self.field = bound.field
        self.kind = bound.kind
        self.parser = bound.column.parser
        self.is_plain = self.kind not in ("progress", "date_range") and self.field not in ("state", "declaration")
        self._setting = setting
        self._known: dict[Value | None, tuple[Parsed, str | None]] = {}

    def parse(self, value: Value | None) -> Parsed:
        return self.parsed_and_raw(value)[0]

    def parsed_and_raw(self, value: Value | None) -> tuple[Parsed, str | None]:
        """What the cell says, and how it is written. Words and numbers repeat down a column: they are parsed once."""
        is_repeated = type(value) in (str, int, float) or value is None
        if not is_repeated or (isinstance(value, str) and len(value) > _REMEMBERED):
            return self.parser(value, self._setting), raw_text(value)
        known = self._known.get(value)
        if known is None:
            known = self._known[value] = self.parser(value, self._setting), raw_text(value)
        return known


@dataclass(slots=True)
class _Found:
    """The fields and faults of the row being read."""

    fields: dict[str, FieldValue]
    faults: list[Fault]
    in_words: FieldValue | None = None  # the percent that 形象进度 states

    def put(self, name: str, value: FieldValue) -> None:
        present = self.fields.get(name)
        if present is None or present.value is None:
            self.fields[name] = value


def _listed(rows: Sequence[int]) -> str:
    return "、".join(str(row) for row in rows[:10]) + ("等" if len(rows) > 10 else "")


def _says_running(bound: Bound) -> bool:
    period = bound.heading.period
    return (period is not None and period.cumulative) or "累计" in bound.heading.inline


def _month_plan_vote(row: Row, names: Sequence[str]) -> str | None:
    """What one row's plan by months looks like: its sum is the annual plan, or its last figure is."""
    given = [figure for name in names if (figure := row.value(name)) is not None]
    annual = row.value("annual_plan_wan")
    if len(given) < 2:
        return None
    is_rising = all(first <= second for first, second in pairwise(given))
    if annual is not None and sum(given) == annual:
        return "monthly"
    if is_rising:
        return "running" if annual is None or given[-1] == annual else None
    return "monthly"


def _summed(row: Row, names: Sequence[str]) -> Row:
    fields = dict(row.fields)
    total = Decimal(0)
    for name in names:
        present = fields.get(name)
        if present is not None and present.value is not None:
            total += present.value
            fields[name] = present._replace(value=total)
    return replace(row, fields=fields)


def not_started(words: Any) -> bool | None:
    """Whether a state's words (项目状态, 是否开工) say that the project has not begun. None when nothing is said."""
    if not isinstance(words, str):
        return None
    flat = compact(words)
    return re.search(r"未开工|未动工|^否$|前期", flat) is not None and "已开工" not in flat


_DECLARATIONS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"(?:拒绝|拒不接受|不接受)(?:现场)?(?:督查|检查|考评)(?:考评)?", "拒绝督查"),
        (r"(?:无正当理由|无故|擅自)停工", "无正当理由停工"),
        (r"(?:已|全面|目前)?停工", "停工"),
        (r"(?:申请|本月|经批准)?免(?:考|于考评|于督查|予考评|督查)", "免考"),
    )
)


def declared(words: Any) -> str | None:
    """拒绝督查, 无正当理由停工, 停工 or 免考, when a cell says just that."""
    if not isinstance(words, str):
        return None
    flat = compact(words)
    return next((meaning for pattern, meaning in _DECLARATIONS if pattern.fullmatch(flat)), None)
