"""An .xlsx package into plain sheets (xlsx读取): one pass over each part.

Why not a library: one pass gives values, formulas that were never calculated, percent and date formats, merges and
hidden rows together, in constant memory, whatever the prefix, the dialect (transitional or strict) and the stated
dimension are. Source: ECMA-376 part 1, §18.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from importers.archive import Archive, resolve
from importers.grid import Sheet, Unreadable, Workbook
from importers.numberformats import EPOCH_1900, EPOCH_1904, Kind, format_kind
from importers.worksheets import Legend, SheetParser, read_rows, unescape

_DAMAGED = "文件已损坏，读不出工作表，请在Excel或WPS里重新保存为.xlsx后再上传。"
_FAILURES = (expat.ExpatError, ValueError, LookupError, RecursionError, OverflowError)


def read(archive: Archive) -> Workbook:
    """Raises Unreadable when the package is not a spreadsheet or its parts are damaged."""
    part = _workbook_part(archive)
    book = _BookParser()
    _parse(archive, part, book.start, book.end, book.text)
    targets = _relationships(archive, part)
    shared: list[str] = []
    kinds: list[Kind] = []
    for kind, target in targets.values():
        if kind == "sharedStrings" and target in archive:
            strings = _StringParser()
            _parse(archive, target, strings.start, strings.end, strings.text)
            shared = strings.strings
        elif kind == "styles" and target in archive:
            styles = _StyleParser()
            _parse(archive, target, styles.start, styles.end, styles.text)
            kinds = styles.kinds()
    sheets = []
    for name, reference, hidden in book.sheets:
        kind, target = targets.get(reference, ("", ""))
        if kind != "worksheet":
            continue  # a chart sheet, a dialog sheet
        if target not in archive:
            raise Unreadable(_DAMAGED)
        sheets.append(_sheet(archive, target, Sheet(name, hidden), Legend(shared, kinds, book.epoch)))
    if not sheets:
        raise Unreadable(_DAMAGED)
    has_macros = any(name.endswith("vbaproject.bin") for name in archive.names())
    return Workbook("xlsx", sheets, has_macros)


def _workbook_part(archive: Archive) -> str:
    if "_rels/.rels" in archive:
        for kind, target in _relationships(archive, "").values():
            if kind == "officeDocument" and target in archive:
                return target
    if "xl/workbook.xml" in archive:
        return "xl/workbook.xml"
    raise Unreadable(_DAMAGED)


def _relationships(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Id to (kind, target part), of the part's .rels file."""
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, resolve(part, attributes.get("Target", "")))

    if rels in archive:
        _parse(archive, rels, start, lambda element: None, lambda data: None)
    return found


def _sheet(archive: Archive, part: str, sheet: Sheet, legend: Legend) -> Sheet:
    cells = SheetParser(sheet, legend)
    parser = _parser(cells.start, cells.end, cells.text)
    try:
        with archive.open(part) as stream:
            read_rows(stream, lambda data: parser.Parse(data), cells)
        parser.Parse(b"", True)
    except _FAILURES as error:
        raise Unreadable(_DAMAGED) from error
    return sheet


def _parse(
    archive: Archive,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Drive one part through the handlers."""
    parser = _parser(start, end, text)
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except _FAILURES as error:
        raise Unreadable(_DAMAGED) from error


def _parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
) -> expat.XMLParserType:
    """An expat parser whose handlers are given names without their prefix."""
    parser = expat.ParserCreate()

    def start_root(name: str, attributes: dict[str, str]) -> None:
        """Most parts have no prefix: then expat calls the handlers themselves, which halves the time."""
        if ":" in name:
            parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
            parser.EndElementHandler = lambda name: end(_local(name))
        else:
            parser.StartElementHandler = start
            parser.EndElementHandler = end
        start(_local(name), attributes)

    def refuse_doctype(*_: object) -> None:
        raise Unreadable("文件里含有外部定义（DOCTYPE），不予读取，请在Excel或WPS里重新保存为.xlsx后再上传。")

    parser.buffer_text = True
    parser.StartElementHandler = start_root
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_doctype
    return parser


@lru_cache(maxsize=512)
def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _BookParser:
    """workbook.xml: the sheets in order and the date system."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.epoch = EPOCH_1900

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "sheet":
            reference = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((unescape(attributes.get("name", "")), reference, hidden))
        elif element == "workbookPr" and attributes.get("date1904") in ("1", "true", "on"):
            self.epoch = EPOCH_1904

    def end(self, element: str) -> None: ...

    def text(self, data: str) -> None: ...


class _StringParser:
    """sharedStrings.xml: the runs of each item joined, phonetic runs (拼音标注) left out."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._phonetic = False
        self._inside = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "t":
            self._inside = not self._phonetic
        elif element == "si":
            self._pieces = []
        elif element == "rPh":
            self._phonetic = True

    def end(self, element: str) -> None:
        if element == "t":
            self._inside = False
        elif element == "rPh":
            self._phonetic = False
        elif element == "si":
            self.strings.append(unescape("".join(self._pieces)))

    def text(self, data: str) -> None:
        if self._inside:
            self._pieces.append(data)


@dataclass(slots=True)
class _StyleParser:
    """styles.xml: what each cell format makes of a number."""

    _formats: dict[int, str] = field(default_factory=dict)
    _cell_formats: list[int] = field(default_factory=list)
    _inside: bool = False

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "numFmt":
            self._formats[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif element == "cellXfs":
            self._inside = True
        elif element == "xf" and self._inside:
            self._cell_formats.append(int(attributes.get("numFmtId", "0") or 0))

    def end(self, element: str) -> None:
        if element == "cellXfs":
            self._inside = False

    def text(self, data: str) -> None: ...

    def kinds(self) -> list[Kind]:
        return [format_kind(number, self._formats.get(number)) for number in self._cell_formats]
