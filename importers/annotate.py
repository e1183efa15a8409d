"""The sender's own workbook with what was found written into it (标注): faulty cells coloured and commented, and a
filterable 错误 column at the right of the table with all sentences of a row.

The file is changed in place: pictures, charts, formulas with their results, merges, widths, hidden rows stay as they
are, which no library for writing workbooks promises. Marks of an earlier time come off first. The reader knows the
column and leaves it out, so a corrected file can be handed in as it is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from importers import conversion, markup, remarks, workbook
from importers.cellformats import CellFormats
from importers.grid import MAX_COLUMNS, Sheet, Unreadable, cell_name, column_letters, column_number
from importers.markup import Element, Part
from importers.package import Package
from importers.tables import REMARKS_HEADING, Table, find_table

WORDS = {"error": "错误", "question": "待确认", "notice": "提示"}  # the gravest first
_SUFFIX = "（标注）"
_GRAVEST = tuple(WORDS)
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_LONGEST_CELL = 32_000  # characters that Excel holds in one cell
_LONGEST_COMMENT = 8_000
_COLUMN_WIDTH = 60
_ORDER = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations "
    "hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches "
    "ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls "
    "webPublishItems tableParts extLst"
).split()
_BOOK_ORDER = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences "
    "definedNames calcPr oleSize customWorkbookViews pivotCaches extLst"
).split()


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to be said, where it belongs: to a cell, to a row, to a sheet (no row), to the file (no sheet)."""

    severity: str
    message: str
    sheet: str | None = None
    row: int | None = None
    column: int | None = None

    @property
    def sentence(self) -> str:
        return f"【{WORDS[self.severity]}】{self.message}"


def annotated_name(filename: str) -> str:
    """What the marked file is called: 6月进展.xls becomes 6月进展（标注）.xlsx."""
    stem, dot, _ = filename.rpartition(".")
    return f"{(stem if dot else filename).removesuffix(_SUFFIX) or '表'}{_SUFFIX}.xlsx"


def marked(content: bytes, filename: str, found: Mapping[str, Any]) -> bytes:
    """The workbook with the faults and questions of its check JSON (CONTRACTS) in it, always as .xlsx.

    Raises Unreadable when the file is no workbook we read, or holds macros. In the present process: outside tests it is
    reached through `worker`.
    """
    book = workbook.open_workbook(content, filename)
    if book.has_macros:
        raise Unreadable("工作簿里含有宏，不能在原表上标注，请另存为不含宏的.xlsx后再上传。")
    names = [sheet.name for sheet in book.sheets]
    if book.kind != "xlsx":
        content = conversion.as_xlsx(book)
    try:
        return _Marker(Package(content), book.sheets, names, found).content()
    except (LookupError, ValueError, StopIteration, RuntimeError) as error:  # parts that the reader never looks at
        raise Unreadable("这个文件的内部结构特殊，不能在原表上标注，请在Excel或WPS里另存为新的.xlsx后再试。") from error


def marks_of(found: Mapping[str, Any]) -> list[Mark]:
    """Everything that a check JSON has to say, the gravest first."""
    marks: list[Mark] = []
    for row in found["rows"]:
        marks += [_mark(fault, fault["severity"], row["sheet"], row["row"]) for fault in row["faults"]]
    marks += [_mark(fault, fault["severity"], fault["sheet"], None) for fault in found["faults"]]
    marks += [_mark(question, "question", question["sheet"], question["row"]) for question in found["questions"]]
    if found["message"] and found["decision"] == "refuse" and not any(mark.severity == "error" for mark in marks):
        marks.append(Mark("error", found["message"]))
    unique = dict.fromkeys(marks)
    return sorted(unique, key=lambda mark: _GRAVEST.index(mark.severity))


def _mark(said: Mapping[str, Any], severity: str, sheet: str | None, row: int | None) -> Mark:
    place = _REFERENCE.fullmatch(said["cell"] or "")
    if place is None:
        return Mark(severity, said["message"], sheet, row)
    return Mark(severity, said["message"], sheet, row or int(place[2]), column_number(place[1]))


class _Marker:
    """One package and what is to be said in it."""

    def __init__(self, package: Package, sheets: list[Sheet], names: list[str], found: Mapping[str, Any]) -> None:
        self._package = package
        self._sheets = sheets
        self._tables = [find_table(sheet) for sheet in sheets]
        self._marks = self._placed(marks_of(found), names)
        self._last_rows = [_last_row(found, name) for name in names]
        self._book_name = _book_part(package)
        self._book = Part(package.text(self._book_name))
        relations = {relation.id: relation for relation in package.relationships(self._book_name)}
        self._parts: list[tuple[int, str]] = []  # place among the workbook's sheets, part
        for place, element in enumerate(self._sheet_elements()):
            relation = relations.get(markup.local_attribute(element, "id"))
            if relation is not None and relation.kind == "worksheet":
                self._parts.append((place, relation.target))
        styles = next((relation.target for relation in relations.values() if relation.kind == "styles"), None)
        name = styles if styles is not None and styles in package else None
        self._formats = CellFormats(package, name, markup.namespace(self._book.root))
        if self._formats.is_new:
            kind = next(relation.type for relation in relations.values() if relation.kind == "worksheet")
            package.relate(self._book_name, kind.removesuffix("worksheet") + "styles", self._formats.name)

    def _sheet_elements(self) -> Iterable[Element]:
        listed = self._book.child("sheets")
        return [] if listed is None else self._book.children(listed)

    def content(self) -> bytes:
        filters: dict[int, str] = {}
        for index, (place, part) in enumerate(self._parts):
            editor = _SheetEditor(
                self._package,
                part,
                self._formats,
                self._sheets[index],
                self._tables[index],
                self._marks.get(index, []),
                self._last_rows[index],
            )
            if filtered := editor.edit():
                filters[place] = filtered
        self._name_filters(filters)
        self._formats.save()
        return self._package.content()

    def _placed(self, marks: list[Mark], names: list[str]) -> dict[int, list[Mark]]:
        """The marks by sheet: what concerns the whole file goes to the first visible sheet that has a table."""
        visible = [index for index, sheet in enumerate(self._sheets) if not sheet.hidden]
        first = next((index for index in visible if self._tables[index] is not None), next(iter(visible), 0))
        found: dict[int, list[Mark]] = {}
        for mark in marks:
            found.setdefault(names.index(mark.sheet) if mark.sheet in names else first, []).append(mark)
        return found

    def _name_filters(self, filters: Mapping[int, str]) -> None:
        """Excel keeps the range of a sheet's filter under a name, too."""
        if not filters:
            return
        titles = [element.attributes.get("name", "") for element in self._sheet_elements()]
        written = self._book.child("definedNames")
        prefix = self._book.root.prefix
        left = {
            place: "'{}'!{}".format(titles[place].replace("'", "''"), _absolute(reference))
            for place, reference in filters.items()
        }
        if written is not None:
            for element in self._book.children(written):
                attributes = element.attributes
                place = attributes.get("localSheetId", "")
                if attributes.get("name") == "_xlnm._FilterDatabase" and place.isdigit() and int(place) in left:
                    text = markup.text_element(left.pop(int(place)))
                    self._book.replace(element.inner, element.inner_end, text)
        new = "".join(
            f'<{prefix}definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'
            f"{markup.text_element(text)}</{prefix}definedName>"
            for place, text in left.items()
        )
        if new and written is not None:
            self._book.append(written, new)
        elif new:
            self._book.insert("definedNames", f"<{prefix}definedNames>{new}</{prefix}definedNames>", _BOOK_ORDER)
        self._package.put(self._book_name, self._book.result())


def _book_part(package: Package) -> str:
    found = (relation.target for relation in package.relationships("") if relation.kind == "officeDocument")
    return next((target for target in found if target in package), "xl/workbook.xml")


def _last_row(found: Mapping[str, Any], name: str) -> int:
    """The last line of a sheet's table; notes below it are none."""
    skipped = (line for line in found["skipped"] if line["reason"] not in ("note", "blank"))
    return max((line["row"] for line in (*found["rows"], *skipped) if line["sheet"] == name), default=0)


def _absolute(reference: str) -> str:
    return re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", reference)


@dataclass(slots=True)
class _Plan:
    """What is to be written into one sheet. Cells by (row, column)."""

    colours: dict[tuple[int, int], str] = field(default_factory=dict)
    comments: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    remarks: dict[int, list[Mark]] = field(default_factory=dict)  # the 错误 column, by row
    column: int | None = None

    def colour(self, row: int, column: int, severity: str) -> None:
        known = self.colours.get((row, column), severity)
        self.colours[row, column] = min(known, severity, key=_GRAVEST.index)


class _SheetEditor:
    """One worksheet part: old marks off, new marks on."""

    def __init__(
        self,
        package: Package,
        name: str,
        formats: CellFormats,
        sheet: Sheet,
        table: Table | None,
        marks: list[Mark],
        last_row: int,
    ) -> None:
        self._package = package
        self._name = name
        self._formats = formats
        self._table = table
        self._sheet = sheet
        self._last_row = last_row
        self._part = Part(package.text(name))
        self._p = self._part.root.prefix
        self._data = self._part.child("sheetData")
        self._old_column = self._our_column()
        self._plan = self._planned(marks)

    def edit(self) -> str | None:
        """The range of the sheet's filter where it was set."""
        plan = self._plan
        self._edit_rows()
        self._edit_merges()
        filtered = None
        if plan.column is not None:
            self._edit_width(plan.column)
            self._edit_dimension(plan.column)
            filtered = self._edit_filter(plan.column)
        texts = {
            place: f"{remarks.SEPARATOR}\n{chr(10).join(said)}"[:_LONGEST_COMMENT]
            for place, said in plan.comments.items()
        }
        if texts or remarks.has_remarks(self._package, self._name):
            identifier = remarks.remark(self._package, self._name, self._part, texts)
            if identifier is not None:
                self._part.insert("legacyDrawing", remarks.link(identifier, self._part), _ORDER)
        if self._part.is_changed:
            self._package.put(self._name, self._part.result())
        return filtered

    # ------------------------------------------------------------------------------------------------ the plan

    def _our_column(self) -> int | None:
        """The 错误 column that we wrote before: its heading has our colour. A clerk's own is left alone."""
        if self._table is None or self._data is None:
            return None
        for row, number in self._rows():
            if number > self._table.bottom:
                break
            if number < self._table.top:
                continue
            for cell, column in self._cells(row):
                is_ours = self._formats.is_heading(int(cell.attributes.get("s", "0") or 0))
                if column in self._table.remark_columns and is_ours:
                    return column
        return None

    def _planned(self, marks: list[Mark]) -> _Plan:
        plan = _Plan()
        table = self._table
        if not marks:
            return plan
        if table is None:
            self._colour_cell(plan, 1, 1, marks)
            return plan
        plan.column = self._free_column(table)
        heading = (table.top, plan.column) if plan.column is not None else None
        name = next((bound.number for bound in table.columns if bound.field == "name"), 1)
        for mark in marks:
            if mark.row is None:
                if heading is not None:
                    plan.comments.setdefault(heading, []).append(mark.sentence)
                else:
                    self._colour_cell(plan, table.top, name, [mark])
                continue
            self._colour_cell(plan, mark.row, mark.column or name, [mark])
            if mark.row > table.bottom:
                plan.remarks.setdefault(mark.row, []).append(mark)
        return plan

    def _colour_cell(self, plan: _Plan, row: int, column: int, marks: list[Mark]) -> None:
        """Colour and comment a cell; of a merged range the first, the only one that shows."""
        merge = self._sheet.merge_at(row, column)
        if merge is not None:
            row, column = merge.top, merge.left
        for mark in marks:
            plan.colour(row, column, mark.severity)
            plan.comments.setdefault((row, column), []).append(mark.sentence)

    def _free_column(self, table: Table) -> int | None:
        """The first column right of the table in which nothing stands; None when the table is as wide as may be."""
        column = max((bound.number for bound in table.columns), default=0) + 1
        used = {number for row, values in self._sheet.rows.items() if row >= table.top for number in values}
        used.update(number for number in table.remark_columns if number != self._old_column)
        for merge in self._sheet.merges:
            if merge.bottom >= table.top and merge.right < MAX_COLUMNS:
                used.update(range(merge.left, merge.right + 1))
        while column in used:
            column += 1
        return column if column <= MAX_COLUMNS else None

    # ------------------------------------------------------------------------------------------------ the cells

    def _rows(self) -> Iterable[tuple[Element, int]]:
        assert self._data is not None
        number = 0
        for row in self._part.children(self._data):
            if row.local == "row":
                written = row.attributes.get("r", "")
                number = int(written) if written.isdigit() else number + 1
                yield row, number

    def _cells(self, row: Element) -> Iterable[tuple[Element, int]]:
        column = 0
        for cell in self._part.children(row):
            if cell.local == "c":
                place = _REFERENCE.fullmatch(cell.attributes.get("r", ""))
                column = column_number(place[1]) if place else column + 1
                yield cell, column

    def _edit_rows(self) -> None:
        wanted = self._wanted()
        if self._data is None:
            return
        covered = self._formats.covered
        pending = sorted(wanted)
        for row, number in self._rows():
            before = [missing for missing in pending if missing < number]
            if before:
                new = "".join(self._row_text(f"<{self._p}row/>", missing, wanted[missing]) for missing in before)
                self._part.replace(row.start, row.start, new)
            pending = [missing for missing in pending if missing > number]
            if number in wanted or "r" not in row.attributes or covered or self._old_column is not None:
                source = self._part.source(row)
                text = self._row_text(source, number, wanted.get(number, {}))
                if text != source:
                    self._part.replace(row.start, row.end, text)
        if pending:
            new = "".join(self._row_text(f"<{self._p}row/>", missing, wanted[missing]) for missing in pending)
            self._part.append(self._data, new)

    def _wanted(self) -> dict[int, dict[int, str | None]]:
        """By row and column what is written: a text of our own column, or None for a cell that is only coloured."""
        plan = self._plan
        wanted: dict[int, dict[int, str | None]] = {}
        for row, column in plan.colours:
            wanted.setdefault(row, {})[column] = None
        if plan.column is not None and self._table is not None:
            for row in range(self._table.top, self._table.bottom + 1):
                wanted.setdefault(row, {})[plan.column] = REMARKS_HEADING if row == self._table.top else ""
            for row, marks in plan.remarks.items():
                words = " ".join(mark.sentence for mark in marks)
                wanted.setdefault(row, {})[plan.column] = words[:_LONGEST_CELL]
        return wanted

    def _row_text(self, source: str, number: int, wanted: Mapping[int, str | None]) -> str:
        """One row as it shall be."""
        row = next(markup.children(source, 0, len(source)))
        style = int(row.attributes.get("s", "0") or 0) if row.attributes.get("customFormat") in ("1", "true") else None
        texts: dict[int, str] = {}
        column = 0
        rest = ""
        for cell in markup.children(source, row.inner, row.inner_end):
            text = source[cell.start : cell.end]
            if cell.local != "c":
                rest += text
                continue
            place = _REFERENCE.fullmatch(cell.attributes.get("r", ""))
            column = column_number(place[1]) if place else column + 1
            if not (self._old_column == column and self._table is not None and number >= self._table.top):
                texts[column] = self._restyled(text, cell, number, column)
        for column in wanted:
            texts[column] = self._cell_text(texts.get(column), number, column, wanted[column], style)
        if "".join(texts[column] for column in texts) == source[row.inner : row.inner_end] and "r" in row.attributes:
            return source
        tag = markup.with_attributes(source[row.start : row.inner], r=number, spans=None)
        if row.is_empty:
            tag = f"{tag[:-2]}>"
        return f"{tag}{''.join(texts[column] for column in sorted(texts))}{rest}</{row.name}>"

    def _restyled(self, text: str, cell: Element, row: int, column: int) -> str:
        """A cell with an old mark off and its new colour on."""
        written = int(cell.attributes.get("s", "0") or 0)
        style = self._formats.covered.get(written, written)
        severity = self._plan.colours.get((row, column))
        if severity is not None:
            style = self._formats.painted(style, severity)
        if style == written:
            return text
        return markup.with_attributes(text, r=cell_name(row, column), s=style)

    def _cell_text(self, present: str | None, row: int, column: int, words: str | None, row_style: int | None) -> str:
        """A cell that gets a text of ours, or is coloured and was not there."""
        if words is None:
            if present is not None:
                return present
            style = row_style if row_style is not None else self._column_style(column)
            painted = self._formats.painted(style, self._plan.colours[row, column])
            return f'<{self._p}c r="{cell_name(row, column)}" s="{painted}"/>'
        assert self._table is not None
        if row <= self._table.bottom:
            style = self._formats.painted(self._heading_style(row), "heading")
        else:
            gravest = min((mark.severity for mark in self._plan.remarks[row]), key=_GRAVEST.index)
            style = self._formats.painted(0, gravest)
        head = f'<{self._p}c r="{cell_name(row, column)}" s="{style}"'
        if not words:
            return f"{head}/>"
        text = f'<{self._p}t xml:space="preserve">{markup.text_element(words)}</{self._p}t>'
        return f'{head} t="inlineStr"><{self._p}is>{text}</{self._p}is></{self._p}c>'

    def _heading_style(self, row: int) -> int:
        """The format of the table's last heading, so that ours looks like it."""
        assert self._table is not None
        last = max((bound.number for bound in self._table.columns), default=1)
        for element, number in self._rows():
            if number == row:
                for cell, column in self._cells(element):
                    if column == last:
                        written = int(cell.attributes.get("s", "0") or 0)
                        return self._formats.covered.get(written, written)
        return 0

    def _column_style(self, column: int) -> int:
        columns = self._part.child("cols")
        if columns is not None:
            for element in self._part.children(columns):
                attributes = element.attributes
                if int(attributes.get("min", "0")) <= column <= int(attributes.get("max", "0")):
                    return int(attributes.get("style", "0") or 0)
        return 0

    # ------------------------------------------------------------------------------------------ around the cells

    def _edit_merges(self) -> None:
        """The heading over two or three header rows is one cell."""
        table = self._table
        if table is None:
            return
        wanted = None
        if self._plan.column is not None and table.bottom > table.top:
            letters = column_letters(self._plan.column)
            wanted = f"{letters}{table.top}:{letters}{table.bottom}"
        old = None
        if self._old_column is not None:
            letters = column_letters(self._old_column)
            old = re.compile(rf"{letters}{table.top}:{letters}\d+")
        written = self._part.child("mergeCells")
        kept: list[str] = []
        if written is not None:
            for element in self._part.children(written):
                reference = element.attributes.get("ref", "").replace("$", "")
                if old is None or not old.fullmatch(reference):
                    kept.append(self._part.source(element))
        if wanted is not None:
            kept.append(f'<{self._p}mergeCell ref="{wanted}"/>')
        elif old is None:
            return
        text = f'<{self._p}mergeCells count="{len(kept)}">{"".join(kept)}</{self._p}mergeCells>' if kept else ""
        if written is not None:
            self._part.replace(written.start, written.end, text)
        elif text:
            self._part.insert("mergeCells", text, _ORDER)

    def _edit_width(self, column: int) -> None:
        own = f'<{self._p}col min="{column}" max="{column}" width="{_COLUMN_WIDTH}" customWidth="1"/>'
        written = self._part.child("cols")
        if written is None:
            self._part.insert("cols", f"<{self._p}cols>{own}</{self._p}cols>", _ORDER)
            return
        before: list[str] = []
        after: list[str] = []
        for element in self._part.children(written):
            source = self._part.source(element)
            first, last = int(element.attributes.get("min", "0")), int(element.attributes.get("max", "0"))
            if first < column:
                before.append(markup.with_attributes(source, max=min(last, column - 1)) if last >= column else source)
            if last > column:
                after.append(markup.with_attributes(source, min=max(first, column + 1)) if first <= column else source)
        text = "".join([*before, own, *after])
        self._part.replace(written.start, written.end, f"<{self._p}cols>{text}</{self._p}cols>")

    def _edit_dimension(self, column: int) -> None:
        written = self._part.child("dimension")
        if written is None:
            return
        corners = [_REFERENCE.fullmatch(corner) for corner in written.attributes.get("ref", "").split(":")]
        if not 1 <= len(corners) <= 2 or corners[0] is None or corners[-1] is None:
            return
        right = max(column, column_number(corners[-1][1]))
        bottom = max([int(corners[-1][2]), *self._plan.remarks])
        self._part.set_attributes(written, ref=f"{corners[0][0]}:{cell_name(bottom, right)}")

    def _edit_filter(self, column: int) -> str:
        """A filter over the table, our column included; a filter that is there is widened, its choices kept."""
        assert self._table is not None
        table = self._table
        top, left = table.bottom, min(bound.number for bound in table.columns)
        bottom = max([table.bottom + 1, self._last_row, *self._plan.remarks, *self._lines(table)])
        if self._part.child("tableParts") is not None:
            left = column  # Excel's own tables have filters of their own, which must not overlap
        written = self._part.child("autoFilter")
        if written is not None:
            corners = [_REFERENCE.fullmatch(corner) for corner in written.attributes.get("ref", "").split(":")]
            if len(corners) == 2 and corners[0] is not None and corners[1] is not None:
                top, left = int(corners[0][2]), column_number(corners[0][1])
                bottom = max(bottom, int(corners[1][2]))
        reference = f"{cell_name(top, left)}:{cell_name(bottom, column)}"
        if written is not None:
            self._part.set_attributes(written, ref=reference)
        else:
            self._part.insert("autoFilter", f'<{self._p}autoFilter ref="{reference}"/>', _ORDER)
        return reference

    def _lines(self, table: Table) -> list[int]:
        """The lines of the table that say more than a name: also those that the reading left out."""
        name = next((bound.number for bound in table.columns if bound.field == "name"), 1)
        return [row for row in table.lines() if name in self._sheet.rows[row] and len(self._sheet.rows[row]) > 2]
