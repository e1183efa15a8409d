"""Finding the table on a sheet and what its columns are (找表、认列)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from importers import headings, sheets
from importers.cells import compact, is_blank, raw_text
from importers.grid import MAX_COLUMNS, MAX_ROWS, Sheet, Value
from importers.headings import Heading
from importers.result import Fault, FieldValue, Question, Row, Skipped
from importers.sheets import Column

SEARCHED_ROWS = 60  # a table starts within these
HEADER_DEPTH = 3
_LOOKED_AT = 30  # lines that tell a column of words from a column of figures

ORDINAL = (
    r"(?:[(][一二三四五六七八九十]{1,3}[)]|[一二三四五六七八九十]{1,3}[、.,:]|第[一二三四五六七八九十]{1,3}[类部批])"
)
META = re.compile(
    r"填报(?:单位|时间|日期|人)|制表|审核|日期:|时间:|单位:|盖章|联系(?:人|电话):|截止(?:日期|时间)|^附(?:件|表)"
)
_SECTION = re.compile(rf"^{ORDINAL}")
_COUNT = re.compile(r"[(【\[]?(?:共|计|共计)?\d+[项个件](?:项目)?[)】\]]?$")
_TOTAL = re.compile(r"^(?:全[县市区]|全部|总|共|合)?(?:合计|总计|共计|合计数|计)$|^(?:正式项目|项目合计|全县)$")
_GRAND_TOTAL_COUNTED = re.compile(
    r"^(?:正式项目|项目合计|全县|合计|总计)\d+$|^(?:全县)?(?:共计?|总计|合计)\d+[项个件](?:项目)?$"
)
_SUBTOTAL = re.compile(r"(?:小计|分计|小结|本页计|合计|总计|共计)$")
_LONGEST_TOTAL = 24  # characters; what is longer is a name or a sentence
_UNIT_WORDS = r"(亿元|千万元|百万元|万元|千元|元|亿|万)"
_UNIT_LINE = re.compile(
    rf"(?:^|[^报设任制编实施位])(?:计量|金额)?单位:?(?:人民币)?{_UNIT_WORDS}|[(\[【](亿元|百万元|万元|千元|元)[)\]】]"
)
REMARKS_HEADING = "错误"  # the column that `annotate` writes at the right of a table: nothing of the sender's
_COLUMN_MARKS = frozenset("甲乙丙丁ABCabc") | {"栏次"}


@dataclass(slots=True)
class Bound:
    """One column of the table and the field it was recognised as."""

    number: int
    heading: Heading
    column: Column | None
    exact: bool = False
    month: int | None = None  # month_plan only

    @property
    def field(self) -> str:
        return self.column.field if self.column is not None else ""

    @property
    def kind(self) -> str:
        return self.column.kind if self.column is not None else ""


@dataclass(frozen=True, slots=True)
class Totals:
    """A section, subtotal or total row of the sheet: its figures, and the rows it should be the sum of."""

    sheet: str
    row: int
    reason: Literal["subtotal", "total"]
    fields: Mapping[str, FieldValue]
    covers: tuple[int, ...]
    count: FieldValue | None = None  # how many projects it says it has: （70项）


@dataclass(slots=True)
class Table:
    """A table found on one sheet."""

    sheet: Sheet
    top: int
    bottom: int  # last header row
    columns: list[Bound]
    above: list[str]  # the texts over the header: title, unit line, who filled it in
    end: int = MAX_ROWS  # last line; what follows is another table's
    is_first: bool = True  # of its sheet
    unit: str | None = None
    title: str = ""
    spec: str | None = None
    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    totals: list[Totals] = field(default_factory=list)
    remark_columns: list[int] = field(default_factory=list)  # left out of the sheet, see REMARKS_HEADING

    def bound(self, name: str) -> Bound | None:
        return next((bound for bound in self.columns if bound.column is not None and bound.column.field == name), None)

    def lines(self) -> list[int]:
        """The numbers of the lines under the header that hold anything."""
        return [row for row in sorted(self.sheet.rows) if self.bottom < row <= self.end]

    def fields(self) -> set[str]:
        return {bound.column.field for bound in self.columns if bound.column is not None}


def find_table(sheet: Sheet) -> Table | None:
    """The first table with a project-name column, or None. A column of remarks (错误) at its right is taken off the
    sheet, so that a marked sheet reads as the sheet did before."""
    table = _find_table(sheet)
    removed: list[int] = []
    while table is not None and (column := _remark_column(table)) is not None:
        for row in [row for row in sheet.rows if row >= table.top and column in sheet.rows[row]]:
            del sheet.rows[row][column]
            if not sheet.rows[row]:
                del sheet.rows[row]
        sheet.remove_merges_within(column)
        removed.append(column)
        table = _find_table(sheet)
    if table is not None:
        table.remark_columns = removed
    return table


def find_tables(sheet: Sheet) -> list[Table]:
    """All tables of a sheet, from the first on: each ends where a header of other columns begins."""
    found: list[Table] = []
    table = find_table(sheet)
    while table is not None:
        found.append(table)
        table = _table_below(table)
    return found


def _table_below(table: Table) -> Table | None:
    """The next table of the sheet, under a header that is not the present one again. Its end is the present's."""
    sheet = table.sheet
    for row in table.lines():
        texts = {column: value for column, value in sheet.rows[row].items() if not is_blank(value)}
        if len(texts) < 3 or any(not isinstance(value, str) for value in texts.values()):
            continue
        fields = {column: _field_of(str(value)) for column, value in texts.items()}
        name = next((column for column, field in fields.items() if field == "name"), None)
        if name is None or sum(1 for field in fields.values() if field) < 2 or _is_same_header(table, texts, fields):
            continue
        below = _table_at(sheet, row, name, highest=table.bottom + 1)
        table.end, below.above = _texts_between(sheet, table.bottom, below.top)
        below.is_first = False
        return below
    return None


def _field_of(text: str) -> str:
    found = _recognised((text,))[1] if len(text) <= sheets.MAX_HEADING else None
    return found.column.field if found is not None else ""


def _is_same_header(table: Table, texts: Mapping[int, Value], fields: Mapping[int, str]) -> bool:
    """Whether each of these words means what the table's own header means there: the header repeated for printing."""
    own = {bound.number: bound for bound in table.columns}
    for column, text in texts.items():
        bound = own.get(column)
        words = re.sub(r"\s+", "", str(text))
        if bound is None or not (words in bound.heading.text.split(headings.JOINT) or fields[column] == bound.field):
            return False
    return True


def _texts_between(sheet: Sheet, bottom: int, top: int) -> tuple[int, list[str]]:
    """The last line before the lines of words right over a further header, and those: its title, unit, section."""
    found: list[str] = []
    row = top - 1
    while row > bottom:
        values = [value for _, value in sorted(sheet.rows.get(row, {}).items()) if not is_blank(value)]
        if len(values) > 2 or any(not isinstance(value, str) for value in values) or (not values and found):
            break
        if values and _is_closing(str(values[0])):
            break
        found = [*(str(value) for value in values), *found]
        row -= 1
    return row, found


def _is_closing(text: str) -> bool:
    """A note or a signature under the table before."""
    return META.search(compact(text)) is not None or compact(text).startswith(("注", "备注", "说明"))


def _remark_column(table: Table) -> int | None:
    """The table's last column, where it is headed 错误 and nothing else."""
    last = max((bound.number for bound in table.columns), default=0)
    heading = next((bound.heading.text for bound in table.columns if bound.number == last), "")
    return last if heading == REMARKS_HEADING else None


def _find_table(sheet: Sheet) -> Table | None:
    best: Table | None = None
    for row in sorted(sheet.rows):
        if row > SEARCHED_ROWS:
            break
        column = next((c for c, v in sheet.rows[row].items() if isinstance(v, str) and _is_name_heading(v)), None)
        if column is not None:
            table = _table_at(sheet, row, column)
            if best is None or len(table.fields()) > len(best.fields()):
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
    _, found = _recognised((text,))
    return (found is not None and found.column.field == "name") or compact(text) in ("项目", "工程", "名称")


@lru_cache(maxsize=2048)
def _recognised(texts: tuple[str, ...]) -> tuple[Heading, sheets.Match | None]:
    heading = headings.parse(list(texts))
    return heading, sheets.match(heading)


def _table_at(sheet: Sheet, row: int, column: int, highest: int = 1) -> Table:
    top = bottom = row
    merge = sheet.merge_at(row, column)
    if merge is not None:
        top, bottom = merge.top, min(merge.bottom, merge.top + HEADER_DEPTH - 1)
    while bottom - top + 1 < HEADER_DEPTH and top > highest and _is_header_above(sheet, top - 1, top, column):
        top -= 1
    while bottom - top + 1 < HEADER_DEPTH and _is_header_below(sheet, bottom + 1, top, bottom, column):
        bottom += 1
    columns = _bind(sheet, top, bottom, column)
    while _is_numbering(sheet, bottom + 1):
        bottom += 1
    return Table(sheet, top, bottom, columns, [])


def row_label(values: Mapping[int, Value]) -> str:
    """The first words of a line, compact."""
    for _, value in sorted(values.items()):
        if isinstance(value, str) and not is_blank(value):
            return compact(value)
    return ""


def total_kind(label: str) -> Literal["subtotal", "total"] | None:
    """Whether a line's label makes it a total (合计, 全县总计) or a subtotal (小计, 农业项目合计)."""
    if len(label) > _LONGEST_TOTAL:
        return None
    bare = _COUNT.sub("", _SECTION.sub("", label)).strip(":()")
    if _TOTAL.match(bare) or _GRAND_TOTAL_COUNTED.match(bare) or _GRAND_TOTAL_COUNTED.match(label):
        return "total"
    return "subtotal" if _SUBTOTAL.search(bare) else None


def shown(sheet: Sheet, row: int, column: int) -> Value | None:
    """The value a person sees at a cell: a merged range shows its first cell everywhere."""
    value = sheet.value(row, column)
    if value is not None:
        return value
    merge = sheet.merge_at(row, column)
    return sheet.value(merge.top, merge.left) if merge is not None else None


def _is_header_above(sheet: Sheet, row: int, below: int, name_column: int) -> bool:
    """A row of parents over the present header: at least one spans several of its columns, and it is no title."""
    cells_here = {c: v for c, v in sheet.rows.get(row, {}).items() if not is_blank(v)}
    if not cells_here or any(not isinstance(value, str) for value in cells_here.values()):
        return False
    width = max(sheet.rows.get(below, {0: ""}))
    if any(stated_unit(str(value)) or META.search(compact(str(value))) for value in cells_here.values()):
        return False
    spans = [merge for merge in sheet.merges if merge.top == row and merge.width > 1]
    if len(cells_here) == 1:
        only = next(iter(cells_here))
        span = next((merge for merge in spans if merge.left == only), None)
        return (
            span is not None
            and span.width < width - 1
            and not span.covers(row, name_column)
            and len(str(cells_here[only])) <= 20
        )
    return all(len(str(value)) <= sheets.MAX_HEADING for value in cells_here.values())


def _is_header_below(sheet: Sheet, row: int, top: int, bottom: int, name_column: int) -> bool:
    """A row of children under the present header: nothing in the name column, only short words elsewhere."""
    here = {column: value for column, value in sheet.rows.get(row, {}).items() if not is_blank(value)}
    if not here or not is_blank(_own_value(sheet, row, name_column, bottom)):
        return False
    if any(not isinstance(value, str) or len(value) > sheets.MAX_HEADING for value in here.values()):
        return False
    label = row_label(here)
    if total_kind(label) or _SECTION.match(label):
        return False
    last = max((max(sheet.rows.get(line, {1: ""})) for line in range(top, bottom + 1)), default=1)
    if any(merge.top == row and merge.width > 1 and merge.width >= (last * 2) // 3 for merge in sheet.merges):
        return False  # a section line across the table
    over_headings = _known_headings(sheet, row + 1, name_column) > 1
    for column, value in here.items():
        merge = sheet.merge_at(bottom, column)
        under_span = merge is not None and merge.width > 1
        no_parent = is_blank(sheet.value(bottom, column)) and merge is None
        spans_right = not no_parent and (column + 1) in here and is_blank(shown(sheet, bottom, column + 1))
        completes = (
            re.fullmatch(r"[(（\[]?.{1,6}[)）\]]?", str(value)) is not None
            and headings.parse([str(value)]).unit is not None
        )
        known = _recognised((str(value),))[1] is not None
        if not (under_span or no_parent or spans_right or completes or known or over_headings):
            return False
    return len(here) > 1 or min(here) > 2


def _known_headings(sheet: Sheet, row: int, name_column: int) -> int:
    """How many headings of ours a line of nothing but words has, its name column left blank."""
    values = {column: value for column, value in sheet.rows.get(row, {}).items() if not is_blank(value)}
    if name_column in values or any(not isinstance(value, str) for value in values.values()):
        return 0
    return sum(1 for value in values.values() if _recognised((str(value),))[1] is not None)


def _own_value(sheet: Sheet, row: int, column: int, header_bottom: int) -> Value | None:
    merge = sheet.merge_at(row, column)
    if merge is not None and merge.top <= header_bottom:
        return None  # the header's own merge reaches down here
    return shown(sheet, row, column)


def _is_numbering(sheet: Sheet, row: int) -> bool:
    """The line of column numbers that statistical tables carry: 甲 乙 1 2 3."""
    values = [compact(raw_text(value) or "") for _, value in sorted(sheet.rows.get(row, {}).items())]
    values = [value.strip("()") for value in values if value]
    if len(values) < 3:
        return False
    numbers = [int(value) for value in values if value.isdigit() and len(value) <= 3]
    letters = [value for value in values if value in _COLUMN_MARKS]
    steps = all(second - first == 1 for first, second in pairwise(numbers))
    return len(numbers) + len(letters) == len(values) and len(numbers) >= 2 and steps and numbers[0] <= 4


def _bind(sheet: Sheet, top: int, bottom: int, name_column: int) -> list[Bound]:
    last = max(max(sheet.rows.get(row, {1: ""})) for row in range(top, bottom + 1))
    last = max([last, *(merge.right for merge in sheet.merges if merge.top <= bottom and merge.bottom >= top)])
    bound: list[Bound] = []
    spread = _spread_parents(sheet, top, bottom, last)
    for column in range(1, min(last, MAX_COLUMNS) + 1):
        texts = tuple(spread.get((row, column), "") for row in range(top, bottom + 1))
        heading, found = _recognised(texts)
        if not heading.text:
            continue
        entry = Bound(column, heading, found.column if found else None, found.exact if found else False)
        if column == name_column and (found is None or found.column.field != "name"):
            entry = Bound(column, heading, next(c for c in sheets.IDENTITY if c.field == "name"), True)
        period = heading.period
        if entry.column is not None and entry.column.kind == "month_plan" and period is not None:
            entry.month = period.last
        bound.append(entry)
    _bind_bare_months(bound)
    _bind_neighbours(bound)
    _bind_by_content(sheet, bottom, bound)
    _bind_percent_beside_words(bound)
    return bound


def _bind_bare_months(bound: list[Bound]) -> None:
    """Columns headed just 1月, 2月, 3月 are the plan by months, where no investment of the year is reported."""
    bare = [
        entry
        for entry in bound
        if entry.column is None
        and not entry.heading.core
        and entry.heading.period is not None
        and entry.heading.period.last
    ]
    reports = any(entry.field.endswith("_ytd_wan") for entry in bound)
    if len(bare) < 3 or reports:
        return
    plan = next(column for column in sheets.PLAN if column.field == "month_plan")
    for entry in bare:
        assert entry.heading.period is not None
        entry.column, entry.month = plan, entry.heading.period.last


def _bind_neighbours(bound: list[Bound]) -> None:
    """工作人员 right of 挂钩部门 are that department's; 负责人 right of 业主单位 is the owner's own."""
    organisation = ""
    for entry in bound:
        if entry.field in sheets.ORGANISATIONS:
            organisation = entry.field
        moved = sheets.NEIGHBOURS.get((organisation, entry.heading.leaf.core))
        if moved is not None and len(entry.heading.parts) == 1:
            entry.column = next((column for column in sheets.RESPONSIBILITY if column.field == moved), None)


def _bind_by_content(sheet: Sheet, bottom: int, bound: list[Bound]) -> None:
    """年度目标任务 is a target in words, or, where its cells are figures and no other column plans, the annual plan."""
    targets = [entry for entry in bound if entry.field == "target" and "形象" not in entry.heading.inline]
    if len(targets) != 1 or any(entry.field in ("annual_plan_wan", "month_plan") for entry in bound):
        return
    below = [row for row in sorted(sheet.rows) if row > bottom][:_LOOKED_AT]
    values = [value for row in below if not is_blank(value := sheet.value(row, targets[0].number))]
    figures = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if figures and len(figures) * 2 > len(values):
        targets[0].column = next(column for column in sheets.PLAN if column.field == "annual_plan_wan")


def _bind_percent_beside_words(bound: list[Bound]) -> None:
    """形象进度（%） beside 形象进度描述 is the percent, and the other holds the words."""
    progress = [entry for entry in bound if entry.field == "physical_progress"]
    percents = [entry for entry in progress if entry.heading.is_percent]
    if len(percents) == 1 and len(progress) > 1:
        percents[0].column = next(column for column in sheets.MONTHLY if column.field == "physical_progress_pct")


def _spread_parents(sheet: Sheet, top: int, bottom: int, last: int) -> dict[tuple[int, int], str]:
    """The header's words at every cell: merged ranges all over, an unmerged parent over its blank right neighbours."""
    words: dict[tuple[int, int], str] = {}
    for row in range(top, bottom + 1):
        for column in range(1, last + 1):
            value = shown(sheet, row, column)
            if value is not None and not is_blank(value):
                words[row, column] = raw_text(value) or ""
    for row in range(top, bottom):
        carried = ""
        for column in range(1, last + 1):
            if (row, column) in words:
                merged = sheet.merge_at(row, column)
                carried = "" if merged is not None else words[row, column]
            elif carried and any((below, column) in words for below in range(row + 1, bottom + 1)):
                above = any((higher, column) in words for higher in range(top, row))
                if not above:
                    words[row, column] = carried
            else:
                carried = ""
    return words


def stated_unit(text: str) -> str | None:
    """The unit a line states: 单位：万元, 金额单位：亿元、%, （单位：元）."""
    found = _UNIT_LINE.search(compact(text))
    return headings.full_unit(found[1] or found[2]) if found else None


def _texts_above(sheet: Sheet, top: int) -> list[str]:
    return [
        value
        for row in sorted(sheet.rows)
        if row < top
        for _, value in sorted(sheet.rows[row].items())
        if isinstance(value, str)
    ]


def _title(above: Sequence[str]) -> str:
    lines = [text for text in above if not stated_unit(text) and not META.search(compact(text))]
    return compact(max(lines, key=len)) if lines else ""


def is_summary(sheet: Sheet) -> bool:
    for row in sorted(sheet.rows)[:10]:
        texts = [headings.parse([value]).core for value in sheet.rows[row].values() if isinstance(value, str)]
        if len(texts) >= 3 and any(sheets.SUMMARY_HEADINGS.fullmatch(text) for text in texts):
            return True
    return False
