"""What each line under a header is (行的种类): project, section, total, note, repeated header, blank, hidden."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from importers import periods, sheets
from importers.cells import chinese_number, compact, is_blank, raw_text
from importers.grid import MAX_ROWS, CellError, Formula, Percent, Sheet, Value
from importers.tables import META, ORDINAL, Bound, Table, row_label, shown, total_kind

SkipReason = Literal["section", "subtotal", "total", "note", "repeated_header", "blank", "hidden", "duplicate"]
LineKind = Literal["project", "section", "subtotal", "total", "note", "repeated_header", "blank", "hidden"]

FIGURES = frozenset({"money", "month_plan", "number"})

_SECTION = re.compile(rf"^{ORDINAL}")
_ORDINAL_ALONE = re.compile(rf"[一二三四五六七八九十]{{1,3}}|{ORDINAL}")
_FIRST_LEVEL = re.compile(r"^[一二三四五六七八九十]{1,3}(?:[、.,:]|$)|^第")
_ROMAN = re.compile(r"^(?:I{1,3}|IV|VI{0,3}|IX|X)[、.]")
_ARABIC = re.compile(r"^(?:[(]\d{1,2}[)]|\d{1,2}[、.)](?!\d))")
_COUNT = re.compile(r"[(【\[]?(?:共|计|共计)?\d+[项个件](?:项目)?[)】\]]?$")
_COUNT_AND_MORE = re.compile(
    r"[(【\[](?:共|计|共计)?\d+[项个件](?:项目)?[,;，；、][^()]*[)】\]]$"
)  # （2项，总投资1.4亿元）
_NOTE = re.compile(
    r"^(?:备注|注|说明|填表说明|附注|注意|填表人|填报人|制表|审核|审批|单位负责人|负责人签字|分管领导签字|联系人|联系电话"
    r"|统计负责人|报送|数据来源|填报单位|填报日期|填报时间|复核|\*|※)(?:[:\d(、.]|$|人|单位)"
)
_NOTE_LINE = re.compile(r"^(?:\d{1,2}|[一二三四五六七八九十])[、.]")
_SIGNATURE = re.compile(r"(?:填表人|审核人|负责人|联系电话|签字|盖章)[:]?")
_TITLE = re.compile(r"^附[:件表]|(?:情况|进展|进度|计划|汇总|统计|明细|一览)表")
_BARE_COUNT = re.compile(r"(?<=\S)[\s\u3000]+\d+\s*$")  # 一、交通一体 4
_SUM_WORD = re.compile(r"(?:小计|分计|合计|总计|共计)$")
_PART = re.compile(r"^其中(?:[:：]|\d|[(]|.{0,20}项目)")
_CLASS_WORDS = re.compile(
    r"工业|服务业|产业|基础设施|城建|城市建设|农业|农村|为民|民生|实事|民心|交通|水利|文旅|社会事业"
)
# What groups projects without being one: by class, by kind, by level, by town.
_GROUP = re.compile(
    r".{0,14}(?:项目|类|批|板块)|.{0,6}(?:实事|民心|民生)(?:工程|实事)|.{1,8}(?:镇|乡|街道|办事处|开发区|园区)|(?:续建|新建|新开工|前期|储备|在建)(?:类)?"
)
_AVERAGE = re.compile(r"(?:全县|全市|全区|总体)?(?:平均|均值|平均数|平均值|中位数)")
_NUMBER = re.compile(r"\d+")


class Lines:
    """The kinds of all lines under one table's header. `used`: the columns that are read, one per field."""

    def __init__(self, table: Table, used: Iterable[Bound]) -> None:
        self._sheet = table.sheet
        self._bottom = table.bottom
        self._rows = table.lines()
        self._used = [bound for bound in used if bound.column is not None]
        self._name = self._column("name") or 0
        self._seq = self._column("seq")
        self._figures = {bound.number for bound in self._used if bound.kind in FIGURES}
        self._words = {bound.number for bound in self._used if bound.kind in ("text", "progress", "date")} - {
            self._name
        }
        self._content = {bound.number for bound in self._used if bound.kind != "seq"} - {self._name}
        labels = (self._name, self._seq, self._column("category"), self._column("code"))
        self.labels = {column for column in labels if column is not None}
        self._header = _header_texts(table)
        self._wide_merges = {
            (merge.top, merge.left) for merge in self._sheet.merges if merge.width > 2 and merge.top > self._bottom
        }
        self._has_tall_names = any(
            merge.left <= self._name <= merge.right and merge.bottom > merge.top for merge in self._sheet.merges
        )
        self._leftmost = min(bound.number for bound in self._used)
        self._continued = {bound.number for bound in self._used if bound.kind in ("text", "progress")}
        self._in_notes = False
        self._are_numbered = self._most_are_numbered()
        self._are_filled = self._seq is None and self._most_have_figures()
        self.kinds: dict[int, LineKind] = {}
        self.parts: list[int] = []
        self.continued: set[int] = set()  # lines that only go on with the words of the project above
        for row in self._rows:
            self.kinds[row] = self._kind(row)
        self._fill_gaps()
        self.subtotals_lead = self._first("subtotal") < self._first("project")

    def _first(self, kind: LineKind) -> int:
        return next((row for row, found in self.kinds.items() if found == kind), MAX_ROWS + 1)

    def _column(self, name: str) -> int | None:
        return next((bound.number for bound in self._used if bound.field == name), None)

    def _fill_gaps(self) -> None:
        """Empty lines between the table's lines are blank; empty lines behind it are nothing at all."""
        last = max(
            (row for row, kind in self.kinds.items() if kind in ("project", "section", "subtotal", "total")), default=0
        )
        for row in range(self._bottom + 1, last):
            self.kinds.setdefault(row, "blank")
        self.kinds = {
            row: kind
            for row, kind in sorted(self.kinds.items())
            if kind != "blank" or row < last or _written(self._sheet.rows.get(row, {}))
        }

    def covers_name(self, row: int) -> int | None:
        """The first row of the merged name cell that reaches down to this row."""
        merge = self._sheet.merge_at(row, self._name) if self._has_tall_names else None
        return merge.top if merge is not None and merge.top < row else None

    def _kind(self, row: int) -> LineKind:
        if self._is_numbered_project(self._sheet.rows[row]):
            return "hidden" if row in self._sheet.hidden_rows else "project"
        values = _written(self._sheet.rows[row])
        if not values:
            return "blank"
        seq = compact(raw_text(values[self._seq]) or "") if self._seq in values else ""
        is_numbered = _is_number(seq)
        name = values.get(self._name)
        label = row_label(values)
        if self._repeats_header(values):
            return "repeated_header"
        total = self._total(values)
        if total is not None:
            return total
        filled = {column for column in self._content if column in values and not is_blank(values[column])}
        if self._in_notes and not self._ends_notes(values, label, filled):
            return "note"
        self._in_notes = False
        figures = filled & self._figures
        if len(values) == 1 and _NOTE.match(label):  # wherever in the line it begins
            self._in_notes = True
            return "note"
        if not figures and not (is_numbered and name is not None) and _NOTE.match(label):
            self._in_notes = True
            return "note"
        if _AVERAGE.fullmatch(label) or self._is_part_of_total(row, label):
            return "note"
        if self._is_section(row, values, label, seq, filled):
            return "section"
        if name is None or is_blank(name):
            return self._nameless(row, values, filled, is_numbered)
        if isinstance(name, str) and compact(name).lower() in sheets.EXAMPLE_NAMES:
            return "note"
        if self._is_part(name, seq):
            self.parts.append(row)
            return "note"
        if not filled and not seq and (_looks_like_note(values) or _TITLE.search(label)):
            return "note"
        return "hidden" if row in self._sheet.hidden_rows else "project"

    def _is_part(self, name: Value, seq: str) -> bool:
        """其中：甲镇管网 under a packaged project (打包项目): its figures are in the line above already."""
        return isinstance(name, str) and not _is_number(seq) and _PART.match(compact(name)) is not None

    def _is_numbered_project(self, values: Mapping[int, Value]) -> bool:
        """A number, and a name like any other: what nearly every line is, told without a look at its other cells."""
        name = values.get(self._name)
        if self._in_notes or self._seq is None or not isinstance(name, str) or not _is_number(values.get(self._seq)):
            return False
        flat = compact(name)
        if not flat or is_blank(flat) or _SECTION.match(flat) or flat.lower() in sheets.EXAMPLE_NAMES:
            return False
        return flat not in self._header.get(self._name, ()) and self._total(values) is None

    def _ends_notes(self, values: Mapping[int, Value], label: str, filled: set[int]) -> bool:
        """Under a note the table may go on: a line with a name and a figure of its own is a project again."""
        name = values.get(self._name)
        if not isinstance(name, str) or is_blank(name) or _NOTE.match(label) or _looks_like_note(values):
            return False
        return any(isinstance(values[column], int | float | Percent) for column in filled & self._figures)

    def _nameless(self, row: int, values: Mapping[int, Value], filled: set[int], is_numbered: bool) -> LineKind:
        if self.covers_name(row) is not None:
            return "project"
        if not is_numbered and _looks_like_note(values):
            return "note"
        if filled and all(_is_nothing(values[column]) for column in filled):
            return "blank"  # a template's line: a serial, and formulas that make 0 of nothing
        if filled:
            if set(values) <= self._continued - self.labels and self.kinds.get(row - 1) == "project":
                self.continued.add(row)
            return "project"
        words = [value for value in values.values() if isinstance(value, str) and not is_blank(value)]
        return "blank" if all(_is_number(word) for word in words) else "note"

    def _total(self, values: Mapping[int, Value]) -> LineKind | None:
        for column in {min(values), *self.labels}:
            value = values.get(column)
            if isinstance(value, str):
                total = total_kind(compact(value))
                if total is not None:
                    return total
        return None

    def _repeats_header(self, values: Mapping[int, Value]) -> bool:
        same = others = 0
        for column, value in values.items():
            if not isinstance(value, str):
                return False
            if re.sub(r"\s+", "", value) in self._header.get(column, ()):
                same += 1
            else:
                others += 1
                if others > 1:
                    return False
        return same >= 2

    def _is_section(self, row: int, values: Mapping[int, Value], label: str, seq: str, filled: set[int]) -> bool:
        if not label:
            return False
        first = min(values)
        has_words = bool((filled - {first}) & self._words)  # the first cell is the label itself
        if _ORDINAL_ALONE.fullmatch(seq) and len(values) > 1:
            return not has_words  # 一 | 交通一体 | sums; with unit and progress it is a project numbered 一
        if _SECTION.match(label) and len(label) <= 60:
            return (first == self._name or self._name not in values or seq == label) and not has_words
        if _is_number(seq):
            return False
        if filled & self._figures:
            return _COUNT.search(label) is not None and not has_words  # 重大工业和服务业项目70项 with its sums
        if len(values) == 1 and first == self._leftmost and _COUNT.search(label):
            return not _looks_like_note(values)  # at the table's edge, whatever that column holds
        if filled or len(values) > 2 or _looks_like_note(values) or _TITLE.search(label):
            return False
        if _COUNT.search(label):
            return True
        if len(values) > 1 or len(label) > 40 or label.isdigit():
            return False
        if (row, first) in self._wide_merges:
            return not _NOTE_LINE.match(label)
        if first != self._name:
            return len(label) <= 30
        if self._are_numbered:
            return _CLASS_WORDS.search(label) is not None or _GROUP.fullmatch(label) is not None
        return self._are_filled and _CLASS_WORDS.search(label) is not None and _GROUP.fullmatch(label) is not None

    def _is_part_of_total(self, row: int, label: str) -> bool:
        """其中：省重点5项 under a total is no project's part and opens no section."""
        above = next((self.kinds[other] for other in reversed(self.kinds) if other < row), None)
        return above in ("total", "subtotal") and _PART.match(label) is not None

    def _most_have_figures(self) -> bool:
        rows = self._rows_of_many()
        filled = sum(1 for values in rows if any(not is_blank(values.get(column)) for column in self._figures))
        return filled * 2 > len(rows)

    def _rows_of_many(self) -> list[dict[int, Value]]:
        """The lines with more than one cell: what a group's own line is not."""
        return [values for row in self._rows if len(values := self._sheet.rows[row]) > 1]

    def _most_are_numbered(self) -> bool:
        if self._seq is None:
            return False
        rows = self._rows_of_many()
        numbered = sum(1 for values in rows if _is_number(values.get(self._seq)))
        return numbered * 2 > len(rows)


def _is_number(value: Value | None) -> bool:
    """1, 2, 3 of a numbered list, in a number cell or as text."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(compact(value)) is not None
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_nothing(value: Value) -> bool:
    """What stands in a line that nobody filled in: 0, or a formula without any figure to work on."""
    if isinstance(value, Formula | CellError):
        return True
    size = value.pct if isinstance(value, Percent) else value
    return size == 0 and not isinstance(size, bool)


def _header_texts(table: Table) -> dict[int, set[str]]:
    """What the header shows in each column, without blanks."""
    texts: dict[int, set[str]] = {}
    for bound in table.columns:
        values = (shown(table.sheet, row, bound.number) for row in range(table.top, table.bottom + 1))
        texts[bound.number] = {re.sub(r"\s+", "", value) for value in values if isinstance(value, str)}
    return texts


def _written(values: Mapping[int, Value]) -> dict[int, Value]:
    """The cells with anything but blanks in them; a dash is something."""
    return {column: value for column, value in values.items() if not isinstance(value, str) or compact(value)}


def _looks_like_note(values: Mapping[int, Value]) -> bool:
    """A line of signatures, or one long sentence."""
    if any(not isinstance(value, str) for value in values.values()):
        return False
    text = compact(" ".join(str(value) for value in values.values()))
    if META.search(text) or _SIGNATURE.search(text):
        return True
    return len(values) == 1 and (len(text) > 40 or text.endswith(("。", ";")))


# ---------------------------------------------------------------------------------------------------------- sections


_STATED = re.compile(r"(?:^|[^\d第.])(\d{1,4})[项个件](?:项目)?(?:[)】\]]$|[,;、，；][^()]*[)】\]]$|$)")


def stated_count(text: str) -> int | None:
    """How many projects a section or total says it has: （70项）, 134项, 82个, （2个，总投资1.4亿元）."""
    found = _STATED.search(compact(text))
    return int(found[1]) if found else None


def section_level(label: str) -> int:
    """1 for 一、 and 第一类, 2 for （一）, 3 for 1. and (1), 0 without an ordinal."""
    if _FIRST_LEVEL.match(label):
        return 1
    if _SECTION.match(label):
        return 2
    return 3 if _ARABIC.match(label) else 0


def section_name(text: str) -> str:
    """A section's class without ordinal and count: 一、重大工业和服务业项目（70项） is 重大工业和服务业项目."""
    flat = compact(_BARE_COUNT.sub("", text) if _SECTION.match(compact(text)) else text)
    for pattern in (_SECTION, _ROMAN, _ARABIC):
        flat = pattern.sub("", flat, count=1)
    flat = re.sub(r"\(\)$", "", _COUNT.sub("", _COUNT_AND_MORE.sub("", flat)).strip(":、,。.;-"))
    return _SUM_WORD.sub("", flat).strip(":、,。.;-") or flat


@dataclass(frozen=True, slots=True)
class Section:
    """A section line: its level (0 without an ordinal), its number (0 when it has none) and the class it opens."""

    level: int
    number: int
    name: str


def section_of(sheet: Sheet, row: int) -> Section:
    texts = [value for _, value in sorted(sheet.rows[row].items()) if isinstance(value, str) and not is_blank(value)]
    ordinal = compact(texts[0]) if texts else ""
    named = texts[1] if len(texts) > 1 and _ORDINAL_ALONE.fullmatch(ordinal) else texts[0] if texts else ""
    return _section(ordinal, named)


def _section(ordinal: str, named: str) -> Section:
    found = re.search(r"[一二三四五六七八九十]{1,3}|\d{1,2}", ordinal[:6])
    number = int(found[0]) if found and found[0].isdigit() else int((found and chinese_number(found[0])) or 0)
    return Section(section_level(ordinal), number, section_name(named))


def section_above(texts: Sequence[str]) -> Section | None:
    """The class that a line right over the header names: 一、工业项目, with the header under it."""
    for text in reversed(texts):
        flat = compact(text)
        if _SECTION.match(flat) and len(flat) <= 40 and not META.search(flat) and not _TITLE.search(flat):
            return _section(flat, text)
    return None


def opened(path: Sequence[Section], section: Section) -> list[Section]:
    """The sections that hold from here on. 一、（二）三、 count on from each other and are of one level."""
    if not section.level and path:
        section = replace(section, level=path[0].level)
    outer = path[-1] if path else None
    if outer is not None and section.level > outer.level and section.number == outer.number + 1 > 1:
        section = replace(section, level=outer.level)
    return [*(known for known in path if known.level < section.level), section]


def class_among(path: list[Section]) -> str | None:
    """Of nested sections the one that names a class of the programme, else the outermost."""
    known = [section.name for section in path if _CLASS_WORDS.search(section.name)]
    return known[0] if len(known) == 1 else next((section.name for section in path), None)


def class_of_sheet(name: str) -> str | None:
    """A sheet per class carries the class in its name: 农业农村重点项目."""
    _, flat = periods.find_period(section_name(name))
    is_class = _CLASS_WORDS.search(flat) and len(flat) >= 4
    return flat if is_class and not re.search(r"进展|进度|情况|报表|统计|汇总", flat) else None
