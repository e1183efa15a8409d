"""A web page saved as .xls (网页格式的表格), as many reporting systems export it, into one plain sheet.

What stands outside of tables (a heading, a line with the unit) becomes rows of its own, as it does in Excel. Every
value is the text shown; a number kept beside it (x:num) may be more exact, but what the clerk saw is what was sent.
"""

from html.parser import HTMLParser

from importers.grid import MAX_COLUMNS, MAX_ROWS, Range, Sheet, Unreadable, Workbook

_UNSEEN = frozenset({"script", "style", "head", "title", "xml", "noscript", "template"})
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "center", "caption", "body", "table", "form"})
_DEEPEST = 200


def read(text: str, name: str) -> Workbook:
    """Raises Unreadable when there is no table on the page, or one too large."""
    page = _Page(name)
    page.feed(text)
    page.close()
    page.end_line()
    if not page.has_table:
        raise Unreadable("这是网页，里面没有表格，请在浏览器或WPS里打开后把表格另存为.xlsx再上传。")
    return Workbook("html", [page.sheet])


class _Page(HTMLParser):
    """The cells of all outermost tables, one under another. A table within a cell is that cell's text."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sheet = Sheet(name)
        self.has_table = False
        self._row = 0
        self._column = 0
        self._depth = 0
        self._unseen: list[str] = []
        self._cell: tuple[int, int] | None = None  # colspan, rowspan
        self._words: list[str] = []
        self._taken: dict[int, set[int]] = {}  # columns held by cells from the rows above

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in _UNSEEN:
            if len(self._unseen) < _DEEPEST:
                self._unseen.append(tag)
        elif tag == "table":
            self.end_line()
            self._depth += 1
            self.has_table = True
        elif tag == "br":
            self._words.append("\n")
        elif tag == "tr" and self._depth == 1:
            self._end_cell()
            self._row += 1
            self._column = 0
            if "display:none" in given.get("style", "").replace(" ", "").lower() or "hidden" in given:
                self.sheet.hidden_rows.add(self._row)
        elif tag in ("td", "th") and self._depth == 1:
            self._end_cell()
            self._row = max(self._row, 1)
            self._cell = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self._words = []
        elif tag in _BLOCKS and self._depth == 0:
            self.end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            if tag in self._unseen:
                del self._unseen[self._unseen.index(tag) :]
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif tag in ("td", "th", "tr") and self._depth == 1:
            self._end_cell()
        elif tag in _BLOCKS and self._depth == 0:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if not self._unseen and (self._cell is not None or self._depth == 0):
            self._words.append(data)

    def end_line(self) -> None:
        """A line of words outside of any table is a row with one cell."""
        if self._depth:
            return
        text = "".join(self._words).strip()
        self._words = []
        if text:
            self._row += 1
            self._check_size(1, 1)
            self.sheet.put(self._row, 1, text)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        across, down = self._cell
        self._cell = None
        taken = self._taken.pop(self._row, set())
        self._column += 1
        while self._column in taken:
            self._column += 1
        self._taken[self._row] = taken
        self._check_size(across, down)
        text = "".join(self._words).strip()
        self._words = []
        if text:
            self.sheet.put(self._row, self._column, text)
        if across > 1 or down > 1:
            last = self._column + across - 1
            self.sheet.merges.append(Range(self._row, self._column, self._row + down - 1, last))
            for row in range(self._row + 1, self._row + down):
                self._taken.setdefault(row, set()).update(range(self._column, last + 1))
            self._column = last

    def _check_size(self, across: int, down: int) -> None:
        if self._row + down - 1 > MAX_ROWS or self._column + across - 1 > MAX_COLUMNS:
            raise Unreadable(f"网页里的表格超出可读范围（{MAX_ROWS}行、{MAX_COLUMNS}列），请只留要上报的表后重新上传。")


def _span(text: str | None) -> int:
    """A colspan or rowspan; what is no number is one cell. Browsers stop at 1000 columns, too."""
    return min(max(int(text), 1), 1000) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1
