"""What a clerk writes in one cell, read as money, percent, date, number or words (单元格解析).

Every parser takes a grid value and gives a `Parsed`: the value, or None for blank, or None with an issue for
unreadable. Blank, zero and unreadable never become each other, and nothing is guessed: what has two readings is None
with a notice or an error. Money is 万元 to 0.01. Cases: DOMAIN §2.3.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from importers.grid import CellError, Formula, Percent, Precision, Stamp, Value, exact
from importers.inert import original
from importers.result import Severity

TO_WAN: dict[str, Decimal] = {
    "元": Decimal("0.0001"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "十万元": Decimal(10),
    "百万元": Decimal(100),
    "千万元": Decimal(1000),
    "亿元": Decimal(10_000),
}
UNITS = tuple(TO_WAN)
LARGEST = Decimal(10) ** 10  # 万元; a hundred million 亿 is nobody's investment, and more digits than are stored


@dataclass(frozen=True, slots=True)
class Issue:
    """What is odd about one cell. `text` continues 「表!F12 本月完成投资“约300”…」 and ends without a full stop."""

    code: str
    text: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Parsed:
    value: Any = None
    issues: tuple[Issue, ...] = ()
    precision: Precision | None = None
    extra: Any = None  # date_range: the finish as a Parsed; progress: the percent as a Parsed


@dataclass(frozen=True, slots=True)
class Setting:
    """What the column and the sheet say about a cell: the unit of bare numbers, the year of bare months."""

    unit: str = "万元"
    year: int | None = None
    pct_as_ratio: bool = False  # bare numbers of this column are 0–1


Parser = Callable[[Value | None, Setting], Parsed]

_BLANKS = frozenset(
    [
        "",
        *"- -- --- / // \\ 无 空 暂无 没有 未报 未上报 未填 待定 待报 待核 n/a na null none nan · … ...... × .".split(),
        *"无数据 不详 暂缺 暂无数据 未统计 未填报".split(),
    ]
)
_DASHES = re.compile("[‐‑‒–—―−─ー﹣－━]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """NFKC, no invisible marks, outer blanks off; inner text as written otherwise."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().lstrip("'").strip()


def compact(text: str) -> str:
    """The cleaned text without any blanks, every dash the plain one."""
    return _compact_short(text) if len(text) <= 60 else _compact(text)


def _compact(text: str) -> str:
    return _DASHES.sub("-", _SPACES.sub("", clean(text)))


_compact_short = lru_cache(maxsize=16_384)(_compact)


def is_blank(value: Value | None) -> bool:
    """Nothing, blanks, or a mark that stands for nothing: — － / 无 空. A zero is not blank."""
    return value is None or (isinstance(value, str) and compact(value).lower() in _BLANKS)


def raw_text(value: Value | None) -> str | None:
    """The cell as a person would quote it."""
    if value is None:
        return None
    if isinstance(value, str):
        return original(value.lstrip()).strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{exact(value):f}"
    if isinstance(value, Percent):
        return f"{plain(value.pct)}%"
    if isinstance(value, Stamp):
        return value.at.strftime({"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}[value.precision])
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(value, CellError):
        return value.code
    return f"={value.text}"


_QUOTED = 40  # characters of a cell that a message shows


def quoted(raw: str | None) -> str | None:
    """The cell inside a message: on one line, and no longer than a line can be."""
    if raw is None:
        return None
    line = _SPACES.sub(" ", raw[: 2 * _QUOTED])
    return line if len(line) <= _QUOTED and len(raw) <= 2 * _QUOTED else f"{line[:_QUOTED]}…"


def plain(number: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def half_up(number: Decimal, places: int = 2) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


# ---------------------------------------------------------------------------------------------- numbers in words

_DIGITS = {
    mark: value
    for value, marks in enumerate("零〇 一壹 二贰两 三叁 四肆 五伍 六陆 七柒 八捌 九玖".split())
    for mark in marks
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
CHINESE_DIGITS = "零〇一壹二贰两三叁四肆五伍六陆七柒八捌九玖"
_CHINESE_NUMBER = re.compile(f"[{CHINESE_DIGITS}十拾百佰千仟万萬亿億]+(?:点[{CHINESE_DIGITS}]+)?")


def chinese_number(text: str) -> Decimal | None:
    """三千五百 is 3500, 一亿二千万 is 120000000, 一点二 is 1.2, 二〇二四 is 2024; None when it is no number."""
    if not text or len(text) > 30 or not _CHINESE_NUMBER.fullmatch(text):
        return None
    whole, _, fraction = text.replace("萬", "万").replace("億", "亿").partition("点")
    number = Decimal(_whole_number(whole))
    for place, mark in enumerate(fraction, start=1):
        number += Decimal(_DIGITS[mark]).scaleb(-place)
    return number


def _whole_number(text: str) -> int:
    if len(text) > 1 and all(mark in _DIGITS for mark in text):
        return int("".join(str(_DIGITS[mark]) for mark in text))
    for mark, size in (("亿", 10**8), ("万", 10**4)):
        if mark in text:
            head, _, tail = text.rpartition(mark)
            return (_whole_number(head) if head else 1) * size + (_whole_number(tail) if tail else 0)
    total, digit, last = 0, 0, 1
    for mark in text:
        if mark in _TENS:
            last = _TENS[mark]
            total += (digit or 1) * last
            digit = 0
        else:
            digit = _DIGITS[mark]
            last = 10 if digit == 0 else last
    if digit and last > 10 and text[-2] in _TENS:  # 三千五 is 3500
        return total + digit * last // 10
    return total + digit


_NUMERAL = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?|\.\d+)"
_AMOUNT = re.compile(
    rf"({_NUMERAL}|[{CHINESE_DIGITS}十拾百佰千仟]+(?:点[{CHINESE_DIGITS}]+)?)(亿|千万|百万|十万|万|千(?=元))?"
)
_SCALES = {
    "千": Decimal(10**3),
    "万": Decimal(10**4),
    "十万": Decimal(10**5),
    "百万": Decimal(10**6),
    "千万": Decimal(10**7),
    "亿": Decimal(10**8),
}
_ABOUT_BEFORE = re.compile(
    r"^(?:大约|约计|约合|约为|约|将近|接近|近|超过|超|逾|突破|不足|不到|合计约|共约|累计约|~|≈|>|<|≥|≤)"
)
_ABOUT_AFTER = re.compile(r"(?:左右|上下|以上|以内|多|余)元?")
_SAID_BEFORE = re.compile(r"^(?:已|共|累计|合计|总计|实际)*(?:完成|投入|到位)?(?:投资)?:?(?=\D{0,3}[\d.])")
_STOP = re.compile(r"[。.;,、]+$")  # 3000。 typed as a sentence
_FOOTNOTE = re.compile(r"[*※★☆▲△↑↓①②③④⑤]+$")
_IN_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_ASIDE = re.compile(r"^[(\[【]?[,;:、。]?(?:其中|含|包括|不含|包含|截至|截止|较|同比|占)|^[,;、。]?[(\[【].*[)\]】]$")
_FOREIGN = re.compile(r"美元|欧元|日元|港元|港币|\$|€|usd|eur|hkd", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number found in text: its size, the unit written with it (None: bare), and how plainly it was written."""

    number: Decimal
    unit: str | None
    about: bool = False
    aside: bool = False
    summed: bool = False


def _read_amount(text: str) -> _Amount | None:
    """An amount as clerks write it, or None. `text` is compact: NFKC, without blanks."""
    text = _STOP.sub("", text)
    is_noted = _FOOTNOTE.search(text) is not None
    text = _FOOTNOTE.sub("", text)
    if found := _SAID_BEFORE.match(text):
        is_noted, text = is_noted or bool(found[0]), text[found.end() :]
    text = re.sub(r"^(?:人民币|rmb|cny|[¥￥])", "", text, flags=re.IGNORECASE)
    about = False
    if found := _ABOUT_BEFORE.match(text):
        about, text = True, text[found.end() :]
        text = re.sub(r"^[¥￥]", "", text)
    sign = 1
    if text[:1] in "+-" and text[1:]:
        sign, text = (-1 if text[0] == "-" else 1), text[1:]
    head = _head(text)
    if head is None:
        return _read_sum(text) if sign == 1 and not about else None
    number, unit, rest, inside = head
    about = about or inside
    rest = re.sub(r"^(?:人民币|整|正)", "", rest)
    outside = _IN_BRACKETS.sub("", rest)
    if outside.startswith("+"):  # 1000（土建）+2000（设备）
        return _read_sum(text) if sign == 1 and not about else None
    if found := _ABOUT_AFTER.match(outside):
        about, rest = True, rest.replace(found[0], "", 1)
        outside = outside[found.end() :]
    if rest and (not _ASIDE.search(rest) or (rest.startswith("(") and re.match(r"\D?\d", outside))):
        return None  # 2000（设备）1000: which of the two?
    return _Amount(sign * number, unit, about, bool(rest) or is_noted)


def _head(text: str) -> tuple[Decimal, str | None, str, bool] | None:
    """The leading number in 元 (bare: as written), its unit, what stands behind it, and whether 余 stood in it."""
    total = Decimal(0)
    position = 0
    previous: Decimal | None = None
    unit: str | None = None
    about = False
    while found := _AMOUNT.match(text, position):
        digits = found[1].replace(",", "")
        number = chinese_number(digits) if digits[0] not in "0123456789." else Decimal(digits)
        if number is None:
            return None
        size = found[2]
        end = found.end()
        middle = re.match(r"余|多", text[end:])
        if size is None and middle and re.match(r"万|亿", text[end + 1 :]):  # 3000余万元
            size, end, about = text[end + 1], end + 2, True
        scale = _SCALES.get(size or "")
        if scale is None:
            if previous is not None:
                return None  # 1.2亿3: what is the 3?
            ends_yuan = text.startswith("元", end)
            return number, "元" if ends_yuan else None, text[end + 1 if ends_yuan else end :], about
        if previous is not None and scale >= previous:
            return None
        total += number * scale
        previous, position, unit = scale, end, "元"
        if text.startswith("元", position):
            position += 1
            break
    if unit is None:
        return None
    return total, unit, text[position:], about


def _read_sum(text: str) -> _Amount | None:
    """3000+2000, or 1000（土建）+2000（设备）, written out as a sum."""
    pieces = _IN_BRACKETS.sub("", text).split("+")
    if len(pieces) < 2:
        return None
    heads = [_head(piece) for piece in pieces]
    if any(head is None or head[2] for head in heads):
        return None
    units = {head[1] for head in heads if head is not None}
    if len(units) != 1:
        return None
    return _Amount(sum((head[0] for head in heads if head), Decimal(0)), units.pop(), summed=True)


# ------------------------------------------------------------------------------------------------------- parsers


def _odd(value: Value, wanted: str) -> Issue | None:
    """Why a cell of the wrong kind cannot be a number."""
    if isinstance(value, CellError):
        return Issue("cell_error", f"是公式错误，{wanted}", "error")
    if isinstance(value, Formula):
        return Issue(
            "formula_uncalculated", f"是没有计算结果的公式，请在Excel或WPS里重新计算并保存，或直接{wanted[1:]}", "error"
        )
    if isinstance(value, Stamp):
        return Issue("date_for_number", f"是日期，{wanted}，并把单元格格式改为常规", "error")
    if isinstance(value, timedelta):
        return Issue("date_for_number", f"是时间，{wanted}，并把单元格格式改为常规", "error")
    if isinstance(value, bool):
        return Issue("not_a_number", f"不是数字，{wanted}", "error")
    return None


def wan(value: Value | None, setting: Setting) -> Parsed:
    """Money (投资额) in 万元. The unit in the cell beats the setting's. 约3000 and 13990（含设备款） give notices."""
    if value is None or is_blank(value):
        return Parsed()
    wanted = f"请填数字，单位{setting.unit}"
    if issue := _odd(value, wanted):
        return Parsed(None, (issue,))
    if isinstance(value, Percent):
        return Parsed(None, (Issue("percent_for_money", f"是百分数，{wanted}", "error"),))
    if isinstance(value, int | float):
        return _bounded(exact(value) * TO_WAN[setting.unit], wanted)
    assert isinstance(value, str)
    text = compact(value)
    if _FOREIGN.search(text):
        return Parsed(None, (Issue("foreign_currency", "是外币，请折算成人民币后填数字，单位万元", "error"),))
    amount = _read_amount(text)
    if amount is None:
        return Parsed(None, (Issue("not_a_number", f"不是数字，{wanted}", "error"),))
    return _bounded(amount.number * TO_WAN[amount.unit or setting.unit], wanted, amount)


def _bounded(size: Decimal, wanted: str, amount: _Amount | None = None) -> Parsed:
    if abs(size) >= LARGEST:
        return Parsed(None, (Issue("too_large", f"过大，不像真实的数，{wanted}", "error"),))
    taken = half_up(size)
    return Parsed(taken, tuple(_amount_issues(amount, f"{plain(taken)}万元")) if amount else ())


def _amount_issues(amount: _Amount, taken: str) -> list[Issue]:
    issues = []
    if amount.about:
        issues.append(Issue("approximate", f"是约数，按{taken}读取，请核实", "notice"))
    if amount.aside:
        issues.append(Issue("text_after_number", f"数字旁有说明文字，按{taken}读取，请核实", "notice"))
    if amount.summed:
        issues.append(Issue("written_sum", f"是算式，按{taken}读取，请核实", "notice"))
    return issues


def number(value: Value | None, setting: Setting) -> Parsed:
    """A plain number such as a score (得分); 分 behind it is allowed."""
    wanted = "请填数字"
    if value is None or is_blank(value):
        return Parsed()
    if issue := _odd(value, f"，{wanted}"[1:]):
        return Parsed(None, (issue,))
    if isinstance(value, Percent):
        return Parsed(None, (Issue("percent_for_number", f"是百分数，{wanted}", "error"),))
    if isinstance(value, int | float):
        return _bounded(exact(value), wanted)
    assert isinstance(value, str)
    amount = _read_amount(re.sub(r"分$", "", compact(value)))
    if amount is None or amount.unit is not None or abs(amount.number) >= LARGEST:
        return Parsed(None, (Issue("not_a_number", f"不是数字，{wanted}", "error"),))
    return Parsed(half_up(amount.number), tuple(_amount_issues(amount, plain(amount.number))))


_PERCENT_TEXT = re.compile(rf"({_NUMERAL})(?:%|个?百分点)")


def pct(value: Value | None, setting: Setting) -> Parsed:
    """A percentage, 0–100: 65%, ６５％, 65.3, 百分之六十五, 0.653 under a percent format. Words are a notice only."""
    if value is None or is_blank(value):
        return Parsed()
    if isinstance(value, Percent):
        return Parsed(_tidy(value.pct))
    if isinstance(value, bool | Stamp | timedelta):
        return Parsed(None, (Issue("not_a_percent", "不是百分数，本格不采用", "notice"),))
    if isinstance(value, int | float):
        size = exact(value)
        return Parsed(_tidy(size * 100 if setting.pct_as_ratio and abs(size) <= 2 else size))
    if isinstance(value, CellError):
        return Parsed(None, (Issue("cell_error", "是公式错误，本格不采用", "notice"),))
    if isinstance(value, Formula):
        return Parsed(None, (Issue("formula_uncalculated", "是没有计算结果的公式，本格不采用", "notice"),))
    text = compact(value)
    about = _ABOUT_BEFORE.match(text)
    if about:
        text = text[about.end() :]
    issues = (Issue("approximate", "是约数，请核实", "notice"),) if about else ()
    if found := _PERCENT_TEXT.fullmatch(text):
        return Parsed(_tidy(Decimal(found[1].replace(",", ""))), issues)
    if found := re.fullmatch(rf"-({_NUMERAL})%?", text):
        return Parsed(_tidy(-Decimal(found[1].replace(",", ""))), issues)
    if found := re.fullmatch(r"百分之(.+)", text):
        spoken = chinese_number(found[1])
        if spoken is not None:
            return Parsed(_tidy(spoken), issues)
    if re.fullmatch(_NUMERAL, text):
        size = Decimal(text.replace(",", ""))
        return Parsed(_tidy(size * 100 if setting.pct_as_ratio and size <= 2 else size), issues)
    return Parsed(None, (Issue("words_for_percent", "是文字，不当作比率，本格不采用", "notice"),))


def _tidy(size: Decimal) -> Decimal | None:
    """A percentage to 0.01; one beyond any sense is no percentage."""
    return half_up(size) if abs(size) < LARGEST else None


_WHOLE = re.compile(rf"(?:形象进度|总体|累计)(?:完成)?({_NUMERAL})%")


@dataclass(frozen=True, slots=True)
class Progress:
    """What a 形象进度 cell says beside its words: a percent, and whether the words state the whole project."""

    pct: Decimal | None
    is_whole: bool


def progress(value: Value | None, setting: Setting) -> Parsed:
    """形象进度: the text as `value`, its `Progress` as `extra`.

    A percent is read only from a numeric cell, a bare percentage, or words that state the whole; a part's percentage
    (完成主体工程的33%) stays words. Source: RULES §1.
    """
    if value is None or is_blank(value):
        return Parsed(None, extra=Progress(None, False))
    if isinstance(value, Percent | int | float) and not isinstance(value, bool):
        found = pct(value, setting)
        shown = raw_text(value)
        if setting.pct_as_ratio and not isinstance(value, Percent):
            shown = f"{plain(found.value)}%" if found.value is not None else shown
        return Parsed(shown, found.issues, extra=Progress(found.value, False))
    if isinstance(value, CellError | Formula):
        issue = Issue("cell_error", "是公式错误或没有计算结果的公式，本格不采用", "notice")
        return Parsed(None, (issue,), extra=Progress(None, False))
    if not isinstance(value, str):
        return Parsed(raw_text(value), extra=Progress(None, False))
    words = original(value.lstrip()).strip()
    flat = compact(value)
    if _PERCENT_TEXT.fullmatch(flat) or re.fullmatch(_NUMERAL, flat):
        return Parsed(words, extra=Progress(pct(value, setting).value, False))
    whole = _WHOLE.findall(flat)
    if whole:
        sizes = {Decimal(found.replace(",", "")) for found in whole}
        if len(sizes) == 1:
            return Parsed(words, extra=Progress(_tidy(sizes.pop()), True))
        issue = Issue("two_percents", "写了两个不同的总体百分数，百分数不采用", "notice")
        return Parsed(words, (issue,), extra=Progress(None, False))
    return Parsed(words, extra=Progress(None, False))


# --------------------------------------------------------------------------------------------------------- dates

_YEAR = r"(\d{4}|\d{2}|[〇零○一二三四五六七八九]{4})"
_MONTH = r"(1[0-2]|0?[1-9]|十[一二]|[一二三四五六七八九十]|元)"
_DAY = r"(3[01]|[12]\d|0?[1-9]|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_FULL = re.compile(rf"{_YEAR}年{_MONTH}月{_DAY}[日号]?")
_YEAR_MONTH = re.compile(rf"{_YEAR}年{_MONTH}月?份?(?:[底末初中]|上旬|中旬|下旬)?")
_YEAR_ONLY = re.compile(rf"{_YEAR}年度?")
_MARKED = re.compile(
    r"(\d{4}|\d{2})[./\-、。,](1[0-2]|0?[1-9])(?:[./\-、。,](3[01]|[12]\d|0?[1-9]))?\.?"
    r"(?:[ T]?\d{1,2}:\d{2}(?::\d{2})?)?"
)
_BARE_MONTH = re.compile(rf"{_MONTH}月份?(?:{_DAY}[日号]|[底末初中]|上旬|中旬|下旬)?")
_YEAR_END = re.compile(rf"(?:{_YEAR}年?)?(?:年底|底|年末|末)")
_DATE_WORDS = re.compile(
    r"预计|计划|拟于?|力争|争取|确保|将于?|于|已于?|在|约|左右|前后|以前|之前|前|开工建设|开工|动工|竣工投产|竣工|完工|建成投产|建成|投产|投用|建设|完成|交付|启动|进场|[()。,，;；]"
)
_NO_DATE = re.compile(r"^(?:已|未|尚未|暂未|待|√|是|否|正在|在建|续建|新建|不).*$|^[√✓]$")


def day(value: Value | None, setting: Setting) -> Parsed:
    """A date in any county spelling; `precision` says how exact it is. A quarter or half year is no date.

    A month without a year takes the sheet's year, with a notice. 2024.1 in a number cell may be January or, as
    Excel drops the zero of 2024.10, October: no value and a notice.
    """
    if value is None or is_blank(value):
        return Parsed()
    if isinstance(value, Stamp):
        return _dated(value.at.year, value.at.month, value.at.day, value.precision)
    if isinstance(value, bool | Percent | timedelta | CellError | Formula):
        return Parsed(None, (Issue("not_a_date", "不是日期，本格不采用，请填如2024年5月", "notice"),))
    if isinstance(value, int | float):
        return _date_number(exact(value))
    text = compact(value)
    if re.fullmatch(r"\d+(\.\d+)?", text) and not re.fullmatch(r"\d{4}\.\d{1,2}|\d{2}\.\d{1,2}", text):
        return _date_number(Decimal(text))
    return _date_text(text, setting)


def _date_text(text: str, setting: Setting) -> Parsed:
    if _NO_DATE.match(text) and not re.search(r"\d|月", text):
        return Parsed(None, (Issue("words_for_date", "是文字，不当作日期", "notice"),))
    if found := _MARKED.fullmatch(text):  # before the marks of sentences are taken off
        return _marked(found)
    bare = _DATE_WORDS.sub("", text)
    if found := _FULL.fullmatch(bare):
        return _dated(_year(found[1]), _small(found[2]), _small(found[3]), "day")
    if found := _YEAR_MONTH.fullmatch(bare):
        return _dated(_year(found[1]), _small(found[2]), 1, "month")
    if found := _MARKED.fullmatch(bare):
        return _marked(found)
    if found := _YEAR_ONLY.fullmatch(bare):
        return _dated(_year(found[1]), 1, 1, "year")
    if re.fullmatch(r"(?:19|20)\d{2}", bare):
        return _dated(int(bare), 1, 1, "year")
    if found := _YEAR_END.fullmatch(bare):
        year = _year(found[1]) if found[1] else setting.year
        if year is not None:
            given = () if found[1] else (_supplied_year(year),)
            return Parsed(date(year, 12, 1), given, "month")
    if (found := _BARE_MONTH.fullmatch(bare)) and setting.year is not None:
        exact_day = found[2] is not None
        parsed = _dated(
            setting.year, _small(found[1]), _small(found[2]) if exact_day else 1, "day" if exact_day else "month"
        )
        return Parsed(parsed.value, (*parsed.issues, _supplied_year(setting.year)), parsed.precision)
    return Parsed(None, (Issue("not_a_date", "不是日期，本格不采用，请填如2024年5月", "notice"),))


def _marked(found: re.Match[str]) -> Parsed:
    return _dated(_year(found[1]), int(found[2]), int(found[3] or 1), "day" if found[3] else "month")


def _supplied_year(year: int) -> Issue:
    return Issue("year_supplied", f"没有写年份，按{year}年读取，请核实", "notice")


def _date_number(size: Decimal) -> Parsed:
    ambiguous = Parsed(
        None, (Issue("date_ambiguous", "可能是1月也可能是10月，本格不采用，请填如2024年10月", "notice"),)
    )
    whole = int(size)
    if size == whole:
        if 1950 <= whole <= 2100:
            return _dated(whole, 1, 1, "year")
        if 195001 <= whole <= 210012 and 1 <= whole % 100 <= 12:
            return _dated(whole // 100, whole % 100, 1, "month")
        if 19500101 <= whole <= 21001231:
            return _dated(whole // 10000, whole // 100 % 100, whole % 100, "day")
        if 25569 <= whole <= 73050:  # a date shown as its serial number, 1970–2099
            at = date(1899, 12, 30) + timedelta(days=whole)
            issue = Issue("date_serial", f"是日期序号，按{at:%Y-%m-%d}读取，请核实", "notice")
            return Parsed(at, (issue,), "day")
    fraction = str(size.normalize()).partition(".")[2]
    year = whole if 1950 <= whole <= 2100 else 2000 + whole if 0 < whole < 100 else None
    if year is not None and 1 <= len(fraction) <= 2:
        if fraction == "1":
            return ambiguous
        if 1 <= int(fraction) <= 12:
            return _dated(year, int(fraction), 1, "month")
    return Parsed(None, (Issue("not_a_date", "不是日期，本格不采用，请填如2024年5月", "notice"),))


def _year(text: str) -> int:
    if not text.isdigit():
        return int("".join(str(_DIGITS[mark]) for mark in text.replace("○", "零")))
    return int(text) if len(text) == 4 else 2000 + int(text)


def _small(text: str) -> int:
    if text == "元":
        return 1
    if text.isdigit():
        return int(text)
    found = chinese_number(text)
    return int(found) if found is not None else 0


def _dated(year: int, month: int, on: int, precision: Precision) -> Parsed:
    if not 1950 <= year <= 2100:
        return Parsed(None, (Issue("not_a_date", "的年份不合理，本格不采用，请填如2024年5月", "notice"),))
    try:
        return Parsed(date(year, month, on), precision=precision)
    except ValueError:
        return Parsed(None, (Issue("not_a_date", "没有这一天，本格不采用，请填如2024年5月", "notice"),))


_BETWEEN = re.compile(r"~|至|到|--|—")


def date_range(value: Value | None, setting: Setting) -> Parsed:
    """建设起止年限: 2008-2011, 08.6－11.12, 2023—2025年. The start as value, the finish as `extra` (a Parsed)."""
    if value is None or is_blank(value):
        return Parsed(extra=Parsed())
    if not isinstance(value, str):
        start = day(value, setting)
        return Parsed(start.value, start.issues, start.precision, Parsed())
    text = compact(value).replace("—", "-")
    pieces = [piece for piece in _BETWEEN.split(text) if piece]
    if len(pieces) != 2:
        marks = [found.start() for found in re.finditer("-", text)]
        pieces = [text]
        if len(marks) in (1, 3, 5):
            middle = marks[len(marks) // 2]
            left, right = text[:middle], text[middle + 1 :]
            if not (len(marks) == 1 and re.fullmatch(r"\d{1,2}", right) and re.fullmatch(r"(19|20)\d{2}", left)):
                pieces = [left, right]
    if len(pieces) == 1:
        start = day(value, setting)
        return Parsed(start.value, start.issues, start.precision, Parsed())
    left, right = pieces
    if re.fullmatch(r"\d{4}\.\d{1,2}", left) and re.fullmatch(r"\d{1,2}月?", right):
        right = f"{left[:4]}.{right.rstrip('月')}"  # 2024.05-06
    elif (found := re.match(r"(\d{4})年", left)) and re.fullmatch(r"\d{1,2}月[底末]?", right):
        right = f"{found[1]}年{right}"
    start, finish = (
        _date_text(piece, setting) if not piece.isdigit() else _date_piece(piece) for piece in (left, right)
    )
    if start.value is None and start.issues:
        return Parsed(None, start.issues[:1], None, Parsed(finish.value, (), finish.precision))
    return Parsed(start.value, (*start.issues, *finish.issues), start.precision, finish)


def _date_piece(digits: str) -> Parsed:
    if len(digits) == 2:
        return _dated(2000 + int(digits), 1, 1, "year")
    return _date_number(Decimal(digits))


# --------------------------------------------------------------------------------------------------------- words


def words(value: Value | None, setting: Setting) -> Parsed:
    """The cell's text as written, outer blanks off; None for blank and for marks that stand for nothing."""
    if value is None or is_blank(value):
        return Parsed()
    if isinstance(value, CellError):
        return Parsed(None, (Issue("cell_error", "是公式错误，本格不采用", "notice"),))
    if isinstance(value, Formula):
        return Parsed(None, (Issue("formula_uncalculated", "是没有计算结果的公式，本格不采用", "notice"),))
    text = raw_text(value)
    return Parsed(None if text is None else _INVISIBLE.sub("", text).replace("\r\n", "\n").strip())


def label(value: Value | None, setting: Setting) -> Parsed:
    """A name on one line (项目名称, 类别): line breaks inside the cell are only the cell's width."""
    found = words(value, setting)
    if isinstance(found.value, str):
        return Parsed(re.sub(r"\s*[\r\n]+\s*", "", found.value).strip(" 　"), found.issues)
    return found


def code(value: Value | None, setting: Setting) -> Parsed:
    """A project code as text; a number cell keeps its digits."""
    found = label(value, setting)
    if isinstance(found.value, str):
        return Parsed(compact(found.value) or None, found.issues)
    return found


def people(value: Value | None, setting: Setting) -> Parsed:
    """Names of people or units: 张　三 is 张三, a line break between names is 、, before a phone it is a blank."""
    found = words(value, setting)
    if not isinstance(found.value, str):
        return found
    lines = [line.strip(" 　、,，;；") for line in re.split(r"[\r\n]+", found.value)]
    text = re.sub(r"、(?=[\d\- ]+(?:、|$))", " ", "、".join(line for line in lines if line))  # a phone is its owner's
    text = re.sub(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])[ 　]+([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", text)
    return Parsed(text or None, found.issues)


_JUDGEMENTS = {
    "达到": ("达到", "已达到", "达标", "完成", "已完成", "按期完成", "按时完成", "是", "√"),
    "基本达到": ("基本达到", "基本达标", "基本完成"),
    "未达到": ("未达到", "未达标", "未完成", "没有达到", "没有完成", "未按期完成", "否"),
}


def judgement(value: Value | None, setting: Setting) -> Parsed:
    """节点评定: 达到, 基本达到 or 未达到; other words are a notice and no judgement."""
    found = words(value, setting)
    if not isinstance(found.value, str):
        return found
    flat = compact(found.value)
    for meaning, spellings in _JUDGEMENTS.items():
        if flat in spellings:
            return Parsed(meaning)
    return Parsed(None, (Issue("not_a_judgement", "不是节点评定，请填达到、基本达到或未达到", "notice"),))
