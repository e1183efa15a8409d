"""Figures as text (数字): the API's exact decimals, grouped and aligned, never recomputed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dash import html

ABSENT = "—"
COUNTY_TIME = ZoneInfo("Asia/Shanghai")


def grouped(value: str | int | None, decimals: int | None = None) -> str:
    """'1234567.50' → '1,234,567.50'. Absent is a dash, so that it can never be read as zero."""
    if value is None or value == "":
        return ABSENT
    text = str(value)
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = digits.partition(".")
    if decimals is not None:
        fraction = fraction[:decimals].ljust(decimals, "0")
    return f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")


def plain(value: str | None) -> str | None:
    """A decimal without needless zeros: '87.0000' → '87'."""
    if value is None or "." not in value:
        return value
    return value.rstrip("0").rstrip(".")


def wan(value: str | None) -> str:
    """An amount in 万元 with its unit; a whole amount without its two zeros, to be read aloud."""
    if value is None or value == "":
        return ABSENT
    return grouped(str(value).removesuffix(".00")) + "万元"


def percent(value: str | None) -> str:
    return ABSENT if value in (None, "") else f"{value}%"


def month_words(month: str | None) -> str:
    """'2023-10' → '2023年10月'."""
    if not month:
        return ABSENT
    year, _, number = month.partition("-")
    return f"{year}年{int(number)}月" if number else f"{year}年"


def short_month(month: str | None) -> str:
    """'2023-10' → '10月'."""
    return f"{int(month[5:7])}月" if month else ABSENT


def period_words(period: str | None) -> str:
    """'2023-10' → '2023年10月', '2023Q3' → '2023年三季度', '2023' → '2023年全年'."""
    if not period:
        return ABSENT
    if "Q" in period:
        year, _, number = period.partition("Q")
        return f"{year}年{'一二三四'[int(number) - 1]}季度"
    return month_words(period) if "-" in period else f"{period}年全年"


def instant(value: str | None) -> str:
    """An API instant (UTC) in county time: '2023-11-05 09:30'."""
    if not value:
        return ABSENT
    read = datetime.fromisoformat(value)
    # An instant without a zone is UTC by the API's promise.
    aware = read if read.tzinfo else read.replace(tzinfo=ZoneInfo("UTC"))
    return aware.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")


def figure(value: str | int | None, label: str, *, unit: str = "", tone: str = "", href: str | None = None) -> html.Div:
    """One large figure over its name. `tone` is a light's code when the figure counts that light."""
    number = [html.Span(grouped(value), className="figure-value"), html.Span(unit, className="figure-unit")]
    return html.Div(
        [html.Div(number, className="figure-number"), html.Div(label, className="figure-label")],
        className=f"figure figure-{tone}" if tone else "figure",
    )
