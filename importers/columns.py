"""Which of a table's columns is read for each field (定列): one per field, doubts asked, what is left out said."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from importers import headings, sheets
from importers.cells import Parsed, Setting, is_blank
from importers.grid import Value, cell_name, column_letters
from importers.result import Choice, Fault, Question
from importers.tables import Bound, Table, shown

_COMPARED = 6  # columns of one meaning that are compared and offered
_NOT_OF_A_MONTH = frozenset({"total_investment_wan", "annual_plan_wan"})


class Columns:
    """The columns in use and how each is to be read. Questions and notices go to the table.

    `month`: 1–12 of the sheet, None for a plan; `year` supplies bare months and tells earlier years' figures apart.
    """

    def __init__(
        self, table: Table, unit: str, year: int | None, month: int | None, answers: Mapping[str, str]
    ) -> None:
        self._table = table
        self._sheet = table.sheet
        self._read = frozenset(sheets.spec_named(table.spec or "monthly").columns)
        self._answers = answers
        self._year = year
        self._month = month
        self.used: list[Bound] = []
        self._settings: dict[int, Setting] = {}
        for bound in table.columns:
            is_ratio = bound.kind in ("percent", "progress") and self._holds_ratios(bound)
            self._settings[bound.number] = Setting(bound.heading.unit or unit, year, is_ratio)
        for name, candidates in self._by_field().items():
            chosen = self._one_of(name, candidates)
            assert chosen.column is not None
            self.used.append(replace(chosen, column=replace(chosen.column, field=name)))
        self.used.sort(key=lambda bound: bound.number)
        self._say_what_is_hidden()
        self._say_what_is_only_compared()

    def setting(self, bound: Bound) -> Setting:
        return self._settings[bound.number]

    def parse(self, bound: Bound, value: Value | None) -> Parsed:
        assert bound.column is not None
        return bound.column.parser(value, self._settings[bound.number])

    def _by_field(self) -> dict[str, list[Bound]]:
        found: dict[str, list[Bound]] = defaultdict(list)
        unknown: list[Bound] = []
        single_months = [
            bound
            for bound in self._table.columns
            if bound.kind == "month_plan" and not (bound.heading.period and bound.heading.period.cumulative)
        ]
        for bound in self._table.columns:
            if bound.column is None or bound.column not in self._read:
                unknown.append(bound)
            elif bound.field == "indicator_points":
                found[f"indicator_points.{sheets.indicator(bound.heading)}"].append(bound)
            elif bound.kind == "month_plan":
                alone = len(single_months) == 1 and bound is single_months[0] and "累计" not in bound.heading.inline
                if not alone:  # 8月计划投资 alone is a task of the month, no plan by months
                    found[f"plan_month_wan_{bound.month:02d}"].append(bound)
            elif not self._is_of_another_time(bound):
                found[bound.field].append(bound)
        if "started_on" in found:  # 开工时间 is the actual start only beside a planned one
            started = found.pop("started_on")
            found["actual_start" if "planned_start" in found else "planned_start"] += started
        self._say_unknown(unknown)
        return found

    def _is_of_another_time(self, bound: Bound) -> bool:
        period = bound.heading.period
        if bound.kind != "money" or period is None:
            return False
        if period.year and self._year and period.year < self._year:
            return True
        if bound.field in _NOT_OF_A_MONTH or not period.last or not self._month or period.last == self._month:
            return False
        if bound.field == "reported_ytd_wan" and period.cumulative and period.last == self._month - 1:
            assert bound.column is not None
            bound.column = replace(bound.column, field="previous_ytd_wan")  # 1-5月 on a sheet of June
            return False
        cell = cell_name(self._table.bottom, bound.number)
        message = (
            f"{self._sheet.name}!{cell} {bound.heading.text}是{period.last}月的数，不是{self._month}月的，没有读取。"
        )
        self._notice("column_left_out", message, cell, bound.heading.text)
        return True

    def _one_of(self, name: str, candidates: list[Bound]) -> Bound:
        """Of several columns of one meaning the one that is filled; with different values the person's choice."""
        candidates = [bound for bound in candidates if bound.exact] or candidates
        if len(candidates) == 1 or name == "seq":
            return candidates[0]
        rows = self._table.lines()
        filled = [
            bound for bound in candidates if any(not is_blank(self._sheet.value(row, bound.number)) for row in rows)
        ]
        if len(filled) <= 1:
            return (filled or candidates)[0]
        filled = filled[:_COMPARED]
        different = next(
            (
                row
                for row in rows
                if len({repr(self.parse(bound, shown(self._sheet, row, bound.number)).value) for bound in filled}) > 1
            ),
            None,
        )
        if different is None:
            return filled[0]
        identifier = f"column:{self._sheet.name}:{name}"
        letters = {column_letters(bound.number): bound for bound in filled}
        answer = self._answers.get(identifier)
        if answer in letters:
            return letters[answer]
        message = f"{self._sheet.name}的{_listed(filled)}意思相同而第{different}行数值不同，请选定以哪一列为准。"
        choices = tuple(Choice(letter, f"{letter}列“{bound.heading.text}”") for letter, bound in letters.items())
        cell = cell_name(self._table.bottom, filled[0].number)
        self._table.questions.append(
            Question(identifier, "two_columns", message, choices, self._sheet.name, different, cell)
        )
        return filled[0]

    def _holds_ratios(self, bound: Bound) -> bool:
        """Bare numbers that are all between 0 and 1 are ratios: 0.72 for 72 %."""
        sizes = [
            value
            for row in self._table.lines()
            if isinstance(value := self._sheet.value(row, bound.number), int | float) and not isinstance(value, bool)
        ]
        has_fraction = any(0 < size < 1 for size in sizes)
        return has_fraction and all(0 <= size <= 1.5 for size in sizes) and not bound.heading.is_percent

    def _say_unknown(self, unknown: list[Bound]) -> None:
        told = [
            bound
            for bound in unknown
            if (bound.heading.core or bound.heading.period)
            and not {headings.key(bound.heading.text), bound.heading.leaf.core} & sheets.NOT_KEPT
            and bound.heading.leaf.core not in sheets.NEIGHBOUR_WORDS
        ]
        if told:
            more = f"等{len(told)}列" if len(told) > 8 else ""
            message = f"{self._sheet.name}里没有认得的列，没有读取：{_listed(told[:8])}{more}。"
            self._notice("unknown_columns", message)

    def _say_what_is_hidden(self) -> None:
        hidden = [
            bound
            for bound in self.used
            if bound.number in self._sheet.hidden_columns and bound.field != "signature"  # hidden by us
        ]
        if hidden:
            self._notice("hidden_columns", f"{self._sheet.name}的隐藏列也已读取：{_listed(hidden)}，请核实。")

    def _say_what_is_only_compared(self) -> None:
        for bound in self.used:
            if bound.field == "previous_ytd_wan":
                cell = cell_name(self._table.bottom, bound.number)
                message = f"{self._sheet.name}!{cell} {bound.heading.text}是上月的累计数，只用来核对，没有导入。"
                self._notice("column_compared", message, cell, bound.heading.text)

    def _notice(self, code: str, message: str, cell: str | None = None, heading: str | None = None) -> None:
        self._table.faults.append(Fault(code, message, "notice", self._sheet.name, cell, heading))


def _listed(bounds: list[Bound]) -> str:
    return "、".join(f"{column_letters(bound.number)}列“{bound.heading.text}”" for bound in bounds)
