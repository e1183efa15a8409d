"""分级排名 as a workbook that works itself out (带公式的排名表): every score as a formula over the months, every month
over its indicators, names of who was not inspected, the book's weights and tiers.

Sheets: 排名 (the screen's rows, columns and order), 督查覆盖, 明细 (project × month × indicator with its cell), 核算
(what ranks and scores need, row by row with 排名), 考核办法. A formula is written only where it gives the board's very
figure; where it cannot (a published quarter, rows one may not see) the figure itself stands, and 核算 says so.
Source: RULES, Rounding; decision 0012.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import Session

from app.audit.service import Actor
from app.programmes.models import Programme
from app.publications import formulas, movements, results, service
from app.publications.exports import MONEY, QUARTERS, WHOLE, Export, Row, standings_export, value_of
from app.publications.formulas import Formula
from app.publications.memory import Memory, Nothing
from app.publications.workings import MonthWorking, Workings, workings
from importers import inert
from scoring.ranking import TOO_FEW_MONTHS
from scoring.rounding import half_up
from scoring.rulebook import MissingQuarter

RANKS, COVERAGE, DETAIL, HELPERS, BOOK = "排名", "督查覆盖", "明细", "核算", "考核办法"
RANKED = "排名"  # in 核算: takes part in the ranking; anything else is the reason why not
FIRST = 4  # the first row of 排名 and 核算
INSPECTIONS = {"not_inspected": "未督查", "not_reported": "未报", "inspected": "已查", "not_due": "不需督查"}
SOURCES = {
    "team": "督查组评分",
    "sheet": "表内得分",
    "computed": "系统计分",
    "completed": "完工计分",
    "carried": "完工沿用",
    "policy": "按办法计分",
}
HOW_TO_CHECK = (
    "得分四舍五入到0.01分。公式先把得分乘以100化成整数，再相除并四舍五入到整数，最后除以100：这样在电子表格里也不会因二进制小数差最后一位。",
    "浅蓝底的季度得分直接取自通报数、更正数或当时的考核办法，不随月份重算，见「核算」的说明栏。",
    "打开时由电子表格重新计算；文件里也存有导出时的结果，可在手机预览中查看。",
)
DETAIL_HEADINGS = (
    *("项目编号", "项目名称", "月份", "栏目", "得分", "满分", "依据", "规则出处", "系统计分", "月度得分", "计分方式"),
    *("原始文件", "工作表", "单元格", "上传人", "时间（UTC）"),
)
HEADING_FILL, GIVEN_FILL = PatternFill("solid", fgColor="EAF1FA"), PatternFill("solid", fgColor="DDEBF7")
TOP = Alignment(vertical="top")
Where = Mapping[tuple[str, str], str]  # (project code, "2023-10") → the cell of 明细 with the month's score


def coverage_words(board: Mapping[str, Any]) -> str:
    """Coverage and whose the scores are, in one line, to be said before any rank."""
    counted, sources = board["coverage"], board["score_sources"]
    parts = [f"{SOURCES[name]}{number}个" for name, number in sources["counts"].items() if number]
    return (
        f"应查{counted['due']}项＝已查{counted['inspected']}＋未督查{counted['not_inspected']}"
        f"＋未报{counted['not_reported']}；未计分{counted['not_scored']}项。"
        f"月度得分：{'、'.join(parts) or '无'}；无得分{sources['without_score']}个。"
    )


@dataclass(frozen=True, slots=True)
class RankingWorkbook:
    """One board (the standings JSON) with its workings; `export` holds the columns and rows of the screen."""

    board: Mapping[str, Any]
    workings: Workings
    export: Export

    @property
    def title(self) -> str:
        return self.export.title

    @property
    def filename(self) -> str:
        return self.export.filename

    @property
    def rows(self) -> Sequence[Row]:
        return self.export.rows

    def workbook(self, *, with_results: bool = True) -> bytes:
        """`with_results` puts beside each formula what it gives, for who opens the file without calculating."""
        made = _Writer(self.board, self.workings, self.export)
        return results.saved(made.book, made.results if with_results else {})


def ranking_workbook(
    session: Session,
    actor: Actor,
    programme: Programme,
    period: str,
    group: str = "",
    as_of: date | None = None,
    *,
    memory: Memory | None = None,
) -> RankingWorkbook:
    """The workbook of the board as the actor may see it, of one peer group when named. Raises Malformed, Forbidden."""
    wanted, kept = service.period_of(programme, period), memory or Nothing()
    seen, scope = service.seen_by(session, actor, programme, wanted, as_of, None, kept)
    board = service.board_within(scope, seen)
    found = workings(session, programme, wanted, replace(seen, figures=board), scope, kept)
    movement = movements.board_movement(session, actor, programme, period, as_of, memory=kept)
    return RankingWorkbook(board, found, standings_export(movements.told(board, movement), group))


class _Writer:
    def __init__(self, board: Mapping[str, Any], workings: Workings, export: Export) -> None:
        self.board, self.workings, self.export = board, workings, export
        self.rows, columns = export.rows, export.columns
        self.results: dict[tuple[str, str], results.Result] = {}
        self.letters = {column.heading: get_column_letter(at) for at, column in enumerate(columns, start=1)}
        self.month_letters = {
            month: self.letters[f"{int(month[5:])}月"] for row in self.rows[:1] for month in sorted(row["months"])
        }
        self.book = Workbook()
        self.book.remove(self.book.worksheets[0])
        ranks, covered, detail, helpers, rules = (
            self.book.create_sheet(name) for name in (RANKS, COVERAGE, DETAIL, HELPERS, BOOK)
        )
        self.addresses = self.write_book(rules)
        months = self.write_detail(detail)
        self.write_ranks(ranks, months)
        self.write_helpers(helpers)
        self.write_coverage(covered)

    # -- cells -----------------------------------------------------------------------------------------------------

    def put(self, sheet: Worksheet, line: int, at: int, value: Any, number_format: str | None = None) -> Cell:
        cell: Any = sheet.cell(line, at)
        if isinstance(value, Formula):
            cell.value = f"={value.text}"
            self.results[sheet.title, cell.coordinate] = "" if value.result is None else value.result
        else:
            inert.put(cell, value)
        if number_format and value is not None:
            cell.number_format = number_format
        found: Cell = cell
        return found

    def head(self, sheet: Worksheet, line: int, headings: Sequence[str], widths: Sequence[int]) -> None:
        for at, (heading, width) in enumerate(zip(headings, widths, strict=True), start=1):
            cell = sheet.cell(line, at, heading)
            cell.font, cell.fill = Font(bold=True), HEADING_FILL
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            sheet.column_dimensions[get_column_letter(at)].width = width

    def title(self, sheet: Worksheet, words: str, *notes: str) -> None:
        inert.put(sheet["A1"], words)
        sheet["A1"].font = Font(bold=True, size=14)
        for line, note in enumerate(notes, start=2):
            inert.put(sheet.cell(line, 1), note)

    # -- 考核办法 ---------------------------------------------------------------------------------------------------

    def write_book(self, sheet: Worksheet) -> dict[str, str]:
        """The figures that the formulas of the other sheets point at; their addresses by name."""
        book = self.workings.book
        found: dict[str, str] = {}

        def named(name: str, line: int, at: int = 2) -> None:
            found[name] = f"{BOOK}!${get_column_letter(at)}${line}"

        self.title(
            sheet, "考核办法", f"{book.name} 第{book.version}版，{book.effective_from}起施行。出处：{book.source}"
        )
        self.head(sheet, 4, ("季度", "权重（%）"), (46, 14))
        for line, (quarter, weight) in enumerate(self.workings.weights.items(), start=5):
            self.put(sheet, line, 1, QUARTERS[quarter])
            self.put(sheet, line, 2, weight)
            named(quarter, line)
        renormalise = book.final.missing_quarter is MissingQuarter.RENORMALISE
        self.put(sheet, 10, 1, "已开始而没有得分的季度")
        self.put(sheet, 10, 2, "不计，其余季度权重重新折算" if renormalise else "计0分（各月均为暂缓、免考等的除外）")
        self.put(sheet, 11, 1, "年度排名至少需要的计分月数（考核办法）")
        self.put(sheet, 11, 2, book.final.minimum_months)
        self.put(sheet, 12, 1, "计权季度里已有数据的月数")
        self.put(sheet, 12, 2, self.workings.committed_weighted_months)
        needed = min(book.final.minimum_months, self.workings.committed_weighted_months)
        self.put(sheet, 13, 1, "年度排名所需的计分月数（以上两项取小）")
        self.put(sheet, 13, 2, Formula("MIN(B11,B12)", needed))
        named("needed", 13)
        self.head(sheet, 15, ("等次", "起点（分，含）"), (46, 14))
        tiers = sorted(book.ranking.tiers, key=lambda tier: tier.from_score)
        for line, tier in enumerate(tiers, start=16):
            self.put(sheet, line, 1, tier.name)
            self.put(sheet, line, 2, tier.from_score)
        end = 15 + len(tiers)
        found["tier names"], found["tier froms"] = f"{BOOK}!$A$16:$A${end}", f"{BOOK}!$B$16:$B${end}"
        for line, sentence in enumerate((*self.board["policies"], "", *HOW_TO_CHECK), start=end + 2):
            self.put(sheet, line, 1, sentence or None)
        return found

    # -- 明细 -------------------------------------------------------------------------------------------------------

    def write_detail(self, sheet: Worksheet) -> Where:
        self.title(
            sheet,
            "明细：项目、月份、指标",
            "每个月先列月度得分，再列各指标。系统计分＝100×得分之和÷满分之和（本项不计的指标不列入）；"
            "督查组评分或表内得分优先，系统计分作对照。只列您有权查看明细的项目。",
        )
        self.head(sheet, 4, DETAIL_HEADINGS, (10, 28, 10, 14, 9, 9, 44, 14, 11, 11, 13, 34, 14, 9, 11, 22))
        sheet.freeze_panes = "D5"
        where: dict[tuple[str, str], str] = {}
        line = 5
        for row in self.rows:
            for month in self.workings.months.get(row["code"], ()):
                line = self.write_month(sheet, line, row, month)
                if month.score is not None:
                    where[row["code"], month.month] = f"{DETAIL}!$J${line - 1 - len(month.indicators)}"
        sheet.auto_filter.ref = f"A4:P{max(line - 1, 5)}"
        return where

    def write_month(self, sheet: Worksheet, line: int, row: Row, month: MonthWorking) -> int:
        """One line for the month, one for each indicator; the next free line."""
        first, last = line + 1, line + len(month.indicators)
        self.label(sheet, line, row, month, "月度得分")
        self.put(sheet, line, 7, month.sentence)
        if month.computed is not None:
            marks = [one.full_marks for one, _ in month.indicators if one.points is not None]
            text = formulas.share(f"E{first}:E{last}", f"F{first}:F{last}", formulas.places_of(marks))
            self.put(sheet, line, 9, Formula(text, month.computed), MONEY)
        score = Formula(f"I{line}", month.score) if month.is_computed else month.score
        self.put(sheet, line, 10, score, MONEY).font = Font(bold=True)
        self.put(sheet, line, 11, SOURCES[month.source.value] if month.source else "未计分")
        self.origin(sheet, line, month.evidence)
        for at, (one, evidence) in enumerate(month.indicators, start=first):
            self.label(sheet, at, row, month, one.name)
            self.put(sheet, at, 5, "本项不计" if one.points is None else one.points, MONEY)
            self.put(sheet, at, 6, one.full_marks)
            self.put(sheet, at, 7, one.reason)
            self.put(sheet, at, 8, one.source)
            self.origin(sheet, at, evidence)
        return last + 1

    def label(self, sheet: Worksheet, line: int, row: Row, month: MonthWorking, what: str) -> None:
        for at, words in enumerate((row["code"], row["name"], month.month, what), start=1):
            self.put(sheet, line, at, words)

    def origin(self, sheet: Worksheet, line: int, evidence: Mapping[str, Any] | None) -> None:
        names = ("file", "sheet", "cell", "uploader", "at")
        for at, name in enumerate(names if evidence else (), start=12):
            self.put(sheet, line, at, evidence[name] if evidence else None)

    # -- 排名 -------------------------------------------------------------------------------------------------------

    def write_ranks(self, sheet: Worksheet, months: Where) -> None:
        shown = self.export
        self.title(sheet, shown.title, f"{coverage_words(self.board)}名单见「督查覆盖」，依据见「明细」。{shown.note}")
        self.head(sheet, 3, [column.heading for column in shown.columns], [column.width for column in shown.columns])
        whole = self.whole_groups()
        for line, row in enumerate(self.rows, start=FIRST):
            worked = self.worked_out(line, row, months, is_ranked_here=row["group"] in whole)
            for at, column in enumerate(shown.columns, start=1):
                value = worked.get(column.heading) or value_of(column, row)
                cell = self.put(sheet, line, at, value, column.number_format)
                cell.alignment = Alignment(vertical="top", wrap_text=column.number_format is None)
                if self.is_given(column.heading) and value is not None:
                    cell.fill = GIVEN_FILL
        sheet.freeze_panes = "C4"

    def is_given(self, heading: str) -> bool:
        return any(QUARTERS[quarter] == heading for quarter in self.workings.given)

    def worked_out(self, line: int, row: Row, months: Where, *, is_ranked_here: bool) -> dict[str, Formula]:
        """The row's formulas by heading: for a figure that a formula gives to the last digit, and no other."""
        found: dict[str, Formula] = {}
        for month, letter in self.month_letters.items():
            worked = next((one for one in self.workings.months.get(row["code"], ()) if one.month == month), None)
            if worked and worked.score is not None and str(worked.score) == row["months"][month]:
                found[self.heading(letter)] = Formula(months[row["code"], month], worked.score)
        for quarter, heading in QUARTERS.items():
            if heading in self.letters and quarter not in self.workings.given:
                found |= self.quarter_formula(line, row, quarter)
        if row["score"] is None:
            return found
        score = Decimal(row["score"])
        found |= self.score_formula(line, row, score)
        if row["rank"] is not None or self.is_year:
            found["等次"] = self.tier_formula(line, row)
        if is_ranked_here and (row["rank"] is not None or self.is_year):
            found["名次"] = self.rank_formula(line, row)
        return found

    @property
    def is_year(self) -> bool:
        return "-" not in self.board["period"] and "Q" not in self.board["period"]

    def heading(self, letter: str) -> str:
        return next(heading for heading, at in self.letters.items() if at == letter)

    def months_of(self, quarter: str) -> list[str]:
        number = int(quarter[1])
        return [month for month in self.month_letters if (int(month[5:]) + 2) // 3 == number]

    def quarter_formula(self, line: int, row: Row, quarter: str) -> dict[str, Formula]:
        within = self.months_of(quarter)
        scores = [Decimal(row["months"][month]) for month in within if row["months"][month] is not None]
        shown = row["quarters"].get(quarter)
        if not scores or shown is None or half_up(sum(scores, Decimal(0)), over=len(scores)) != Decimal(shown):
            return {}
        cells = f"{self.month_letters[within[0]]}{line}:{self.month_letters[within[-1]]}{line}"
        return {QUARTERS[quarter]: Formula(formulas.mean(cells), Decimal(shown))}

    def score_formula(self, line: int, row: Row, score: Decimal) -> dict[str, Formula]:
        """A month points at its month, a quarter at its quarter, a year weighs its quarters."""
        period = self.board["period"]
        if "Q" in period:
            return {"得分": Formula(f"{self.letters[QUARTERS[period[4:]]]}{line}", score)}
        if not self.is_year:
            return {"得分": Formula(f"{self.month_letters[period]}{line}", score)}
        counted = self.counted_quarters(row)
        weights = self.workings.weights
        points = sum((weights[quarter] * Decimal(row["quarters"][quarter] or 0) for quarter in counted), Decimal(0))
        if half_up(points, over=sum(weights[quarter] for quarter in counted)) != score:
            return {}
        terms = [
            (self.addresses[quarter], f"{self.letters[QUARTERS[quarter]]}{line}" if row["quarters"][quarter] else None)
            for quarter in counted
        ]
        places = formulas.places_of([weights[quarter] for quarter in counted])
        return {"得分": Formula(formulas.weighted(terms, places), score)}

    def counted_quarters(self, row: Row) -> list[str]:
        """The weighted quarters in a year's final: those with a score, and those that count 0 by the book."""
        zero = self.workings.zero_quarters[row["code"]]
        return [
            quarter
            for quarter, weight in self.workings.weights.items()
            if weight and (row["quarters"].get(quarter) is not None or quarter in zero)
        ]

    def tier_formula(self, line: int, row: Row) -> Formula:
        tier = formulas.tier(
            f"{self.letters['得分']}{line}", self.addresses["tier froms"], self.addresses["tier names"]
        )
        if not self.is_year:
            return Formula(tier, row["tier"])
        says = f"{HELPERS}!$D{line}"
        shown = row["tier"] if row["rank"] is not None else f"不排名：{row['not_scored_reason']}"
        return Formula(f'IF({says}="{RANKED}",{tier},"不排名："&{says})', shown)

    def whole_groups(self) -> set[str]:
        """Peer groups of which every row is here and whose ranks follow from score and tie-break order."""
        found: set[str] = set()
        for group in {row["group"] for row in self.rows}:
            members = [row for row in self.rows if row["group"] == group]
            if len(members) == members[0]["group_size"] and all(
                row["rank"] == self.place(row, members) for row in members
            ):
                found.add(group)
        return found

    def place(self, row: Row, members: Sequence[Row]) -> int | None:
        if row["rank"] is None:
            return None
        key = self.sort_key(row)
        return 1 + sum(1 for one in members if one["rank"] is not None and self.sort_key(one) < key)

    def sort_key(self, row: Row) -> tuple[Decimal, int]:
        return -Decimal(row["score"]), self.workings.orders[row["code"]]

    def rank_formula(self, line: int, row: Row) -> Formula:
        last = FIRST + len(self.rows) - 1
        score = self.letters["得分"]
        text = formulas.rank(
            f"{HELPERS}!$C{line}",
            f"{score}{line}",
            f"{HELPERS}!$E{line}",
            groups=f"{HELPERS}!$C${FIRST}:$C${last}",
            scores=f"${score}${FIRST}:${score}${last}",
            orders=f"{HELPERS}!$E${FIRST}:$E${last}",
            standings=f"{HELPERS}!$D${FIRST}:$D${last}",
        )
        return Formula(f'IF({HELPERS}!$D{line}="{RANKED}",{text},"")' if self.is_year else text, row["rank"])

    # -- 核算 -------------------------------------------------------------------------------------------------------

    def write_helpers(self, sheet: Worksheet) -> None:
        """Row by row with 排名: who takes part, the exact tie-break's order, months counted, effective weights."""
        self.title(
            sheet,
            "核算：与「排名」逐行对应",
            "同分次序按未取整的投资完成率（累计完成÷应完成）排列，1为最高，相同者同号；得分相同时以此分先后。",
        )
        headings = ["项目编号", "项目名称", "组号", "是否排名", "同分次序", "说明"]
        widths = [10, 30, 8, 18, 10, 44]
        weighted = [quarter for quarter, weight in self.workings.weights.items() if weight] if self.is_year else []
        if self.is_year:
            headings += ["计权季度的计分月数", *(f"{QUARTERS[quarter]}实际权重" for quarter in weighted)]
            widths += [14, *(12 for _ in weighted)]
        self.head(sheet, 3, headings, widths)
        groups = list(dict.fromkeys(row["group"] for row in self.rows))
        for line, row in enumerate(self.rows, start=FIRST):
            for at, value in enumerate((row["code"], row["name"], groups.index(row["group"]) + 1), start=1):
                self.put(sheet, line, at, value)
            self.put(sheet, line, 4, self.standing(line, row))
            self.put(sheet, line, 5, self.workings.orders[row["code"]])
            self.put(sheet, line, 6, "；".join(self.remarks(row)) or None)
            if self.is_year:
                self.write_weights(sheet, line, row, weighted)
        sheet.freeze_panes = "C4"

    def standing(self, line: int, row: Row) -> Formula | str:
        """排名, or the reason why not; in a year worked out from the months counted."""
        reason = row["not_scored_reason"]
        if not self.is_year or row["score"] is None or reason not in (None, TOO_FEW_MONTHS):
            return reason or RANKED
        text = f'IF(G{line}<{self.addresses["needed"]},"{TOO_FEW_MONTHS}","{RANKED}")'
        return Formula(text, reason or RANKED)

    def write_weights(self, sheet: Worksheet, line: int, row: Row, weighted: Sequence[str]) -> None:
        months = [month for quarter in weighted for month in self.months_of(quarter)]
        ranges = (
            f"{RANKS}!{self.month_letters[within[0]]}{line}:{self.month_letters[within[-1]]}{line}"
            for within in map(self.months_of, weighted)
        )
        scored = sum(1 for month in months if row["months"][month] is not None)
        self.put(sheet, line, 7, Formula(f"COUNT({','.join(ranges)})", scored), WHOLE)
        counted = self.counted_quarters(row) if row["score"] is not None else []
        whole = "+".join(self.addresses[quarter] for quarter in counted)
        total = sum((self.workings.weights[quarter] for quarter in counted), Decimal(0))
        for at, quarter in enumerate(weighted, start=8):
            if quarter in counted:
                share = Formula(f"{self.addresses[quarter]}/({whole})", self.workings.weights[quarter] / total)
                self.put(sheet, line, at, share, "0.00%")

    def remarks(self, row: Row) -> Iterator[str]:
        for quarter, word in self.workings.given.items():
            if row["quarters"].get(quarter) is not None or self.months_of(quarter):
                yield f"{QUARTERS[quarter]}按{word}，直接取数"
        for quarter in sorted(self.workings.zero_quarters[row["code"]]):
            yield f"{QUARTERS[quarter]}没有得分，按办法计0分"

    # -- 督查覆盖 ---------------------------------------------------------------------------------------------------

    def write_coverage(self, sheet: Worksheet) -> None:
        board = self.board
        self.title(sheet, f"督查覆盖（{board['last_month'] or board['period']}）", coverage_words(board))
        headings = ("督查情况", "项目编号", "项目名称", "类别", "责任单位", "得分", "得分来源", "原因")
        self.head(sheet, 4, headings, (12, 10, 32, 24, 16, 10, 13, 30))
        lists = board["coverage_lists"]
        by_code = {row["code"]: row for row in self.rows}
        line = 5
        for kind, words in INSPECTIONS.items():
            for row in (by_code[code] for code in lists[kind] if code in by_code):
                source = row["month_source"]
                reason = row["month_reason"] or (row["not_scored_reason"] if row["rank"] is None else None)
                for at, value in enumerate((words, row["code"], row["name"], row["group"]), start=1):
                    self.put(sheet, line, at, value)
                self.put(sheet, line, 5, row["responsible_unit"] or None)
                self.put(sheet, line, 6, Decimal(row["score"]) if row["score"] else "未计分", MONEY)
                self.put(sheet, line, 7, SOURCES[source] if source else None)
                self.put(sheet, line, 8, reason)
                line += 1
        sheet.freeze_panes = "C5"
        sheet.auto_filter.ref = f"A4:H{max(line - 1, 5)}"
