"""Years and months named in a title, a heading, a sheet's or a file's name (报告期)."""

import re
from dataclasses import dataclass

from importers.cells import chinese_number, compact

_MONTH = r"(?<![\d十])(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]|元)"  # 13月 is not 3月
_CIRCLES = str.maketrans("○◯〇Ｏ", "零零零零")  # each is typed for the zero of 二〇二四
# 24年 is 2024; a number of years (近10年, 第12年) is none
_YEAR = r"((?:19|20)\d{2}|[一二][零九][零一二三四五六七八九]{2}|(?<![\d.第近满每前后])[12]\d(?=年(?!期|限|内|以)))"
_TO = r"(?:-|~|至|到|—)"
_RANGE = re.compile(
    rf"(?:{_YEAR}(?:年度?|[.\-/]))?(?:第?{_MONTH}月?份?){_TO}(?:{_YEAR}年)?{_MONTH}(?:月份?|(?=累计))(?!日)"
)
_UNTIL = re.compile(rf"(?:截至|截止|至|到|前)(?:{_YEAR}年度?)?{_MONTH}个?月(?:份)?(?:底|末|止)?")
_SINGLE = re.compile(rf"(?:{_YEAR}年度?)?{_MONTH}月(?:份)?(?!\d|[底末]前)(?:底|末|止)?")
_DOTTED = re.compile(r"(?<!\d)((?:19|20)\d{2})[./\-_](1[0-2]|0?[1-9])(?![\d.]|[./\-_]\d)")
_DIGITS = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(?!\d)")
_QUARTER = re.compile(rf"(?:{_YEAR}年度?)?(?:前([一二三四1-4])个?季度|第?([一二三四1-4])季度|(上半年))")
_YEAR_ONLY = re.compile(rf"{_YEAR}(?:年度?|(?=重点|[)\]】]))")
_DAY = re.compile(
    rf"(?:{_YEAR}年)?{_MONTH}月(3[01]|[12]\d|0?[1-9])[日号]|(?<!\d)(?:19|20)\d{{2}}[./\-](?:1[0-2]|0?[1-9])[./\-](?:3[01]|[12]\d|0?[1-9])(?!\d)"
)


_AS_OF = re.compile(
    r"(?:统计|数据|进度)?(?:截至|截止|止于)(?:到|日期:?|时间:?|目前:?)?"
    r"((?:19|20)\d{2}[年./\-])?(1[0-2]|0?[1-9])[月./\-](?:3[01]|2\d)(?!\d)[日号]?"
    r"|(?<![\d.])((?:19|20)\d{2}年)?(1[0-2]|0?[1-9])月(?:3[01]|2\d)日止"
)


@dataclass(frozen=True, slots=True)
class Period:
    """`first`–`last` months; `last` None when only the year is named. `cumulative`: 1-8月, 截至8月底, 前三季度."""

    year: int | None
    last: int | None
    first: int | None = None
    cumulative: bool = False


def find_period(text: str) -> tuple[Period | None, str]:
    """The first period named in `text`, and the text without it."""
    flat = compact(text).translate(_CIRCLES)
    for pattern in (_RANGE, _UNTIL, _QUARTER, _SINGLE, _DOTTED, _DIGITS):
        if found := pattern.search(flat):
            rest = flat[: found.start()] + flat[found.end() :]
            period = _period(pattern, found)
            if period.year is None:
                year = _YEAR_ONLY.search(rest)
                if year:
                    period = Period(_year(year[1]), period.last, period.first, period.cumulative)
                    rest = rest[: year.start()] + rest[year.end() :]
            else:
                rest = _YEAR_ONLY.sub("", rest, count=1) if _same_year(rest, period.year) else rest
            return period, rest
    if found := _YEAR_ONLY.search(flat):
        return Period(_year(found[1]), None), flat[: found.start()] + flat[found.end() :]
    return None, flat


_PLANNED = re.compile(r"(?:工作)?(?:计划|打算|安排|目标|任务)")


def months_reported(text: str) -> list[Period]:
    """All periods in a title that name a month, but for those of which only a plan is announced (7月份工作计划)."""
    found: list[Period] = []
    rest = compact(text).translate(_CIRCLES)
    for _ in range(4):
        period, left = find_period(rest)
        if period is None:
            break
        at = next((i for i, (a, b) in enumerate(zip(rest, left, strict=False)) if a != b), len(left))
        if period.last is not None and not _PLANNED.match(left[at:]):
            found.append(Period(period.year or (found[0].year if found else None), *_months_of(period)))
        rest = f"{left[:at]}|{left[at:]}"  # what stood on both sides must not join into another month
    return found


def _months_of(period: Period) -> tuple[int | None, int | None, bool]:
    return period.last, period.first, period.cumulative


def _same_year(text: str, year: int) -> bool:
    found = _YEAR_ONLY.search(text)
    return found is not None and _year(found[1]) == year


def _period(pattern: re.Pattern[str], found: re.Match[str]) -> Period:
    if pattern is _RANGE:
        year = found[3] or found[1]
        return Period(_year(year) if year else None, _month(found[4]), _month(found[2]), True)
    if pattern is _UNTIL:
        return Period(_year(found[1]) if found[1] else None, _month(found[2]), None, True)
    if pattern is _QUARTER:
        quarter = found[2] or found[3]
        last = 6 if found[4] else 3 * _month(quarter)
        first = last - 2 if found[3] else 1
        return Period(_year(found[1]) if found[1] else None, last, first, found[3] is None)
    if pattern is _SINGLE:
        last = _month(found[2])
        return Period(_year(found[1]) if found[1] else None, last, last)
    last = int(found[2])
    return Period(int(found[1]), last, last)


def without_days(text: str) -> str:
    """The text without full dates: a day of signing says nothing about the month reported.

    But 截至6月30日 is the end of June: figures are drawn up late in a month or at its end.
    """
    return _DAY.sub("", _AS_OF.sub(_end_of_month, compact(text)))


def _end_of_month(found: re.Match[str]) -> str:
    given, month = found[1] or found[3], found[2] or found[4]
    year = f"{given[:4]}年" if given else ""
    return f"截至{year}{month}月底"


def _month(text: str) -> int:
    if text == "元":
        return 1
    if text.isdigit():
        return int(text)
    return int(chinese_number(text) or 0)


def _year(text: str) -> int:
    if not text.isdigit():
        return int(chinese_number(text) or 0)
    return int(text) if len(text) == 4 else 2000 + int(text)
