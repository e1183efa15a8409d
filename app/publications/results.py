"""Results beside formulas (公式结果): what a formula gives, put into a workbook that openpyxl has written.

openpyxl writes a formula or a value, never both. A file without results is blank on a phone, in a mail's preview, for
pandas and for our own reader. So the results go into the package after it is saved; Excel and WPS calculate anew when
they open it (`fullCalcOnLoad`). Decision 0012.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

Result = Decimal | int | str
_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?)><f>(.*?)</f><v ?/?>(?:</v>)?</c>')


def saved(book: Workbook, results: Mapping[tuple[str, str], Result]) -> bytes:
    """The workbook as bytes, each formula with its result, by sheet name and address ("排名", "C4")."""
    book.calculation.fullCalcOnLoad = True
    held = BytesIO()
    book.save(held)
    parts = {f"xl/worksheets/sheet{number}.xml": name for number, name in enumerate(book.sheetnames, start=1)}
    made = BytesIO()
    with ZipFile(held) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename in parts:
                content = _filled(content.decode("utf-8"), parts[item.filename], results).encode("utf-8")
            target.writestr(item, content)
    return made.getvalue()


def _filled(xml: str, sheet: str, results: Mapping[tuple[str, str], Result]) -> str:
    def fill(found: re.Match[str]) -> str:
        address, style, formula = found.groups()
        result = results.get((sheet, address))
        if result is None:
            return found[0]
        kind = ' t="str"' if isinstance(result, str) else ""
        return f'<c r="{address}"{style}{kind}><f>{formula}</f><v>{escape(str(result))}</v></c>'

    return _CELL.sub(fill, xml)
