"""Column headings as data (表头): normalised, unit and period taken out, parent ▸ child joined.

`parse` is all that is done to a heading; which field it means is decided by the synonyms of `sheets`.
"""

import re
from dataclasses import dataclass, replace

from importers.cells import compact
from importers.periods import Period, find_period

JOINT = "▸"

_UNIT = r"(万元|亿元|千万元|百万元|千元|元|万|亿)"
_BRACKETED_UNIT = re.compile(rf"[(\[【](?:单位[:：]?)?(?:人民币)?{_UNIT}[)\]】]")
_SLASHED_UNIT = re.compile(rf"[/:,、]{_UNIT}$")
_TRAILING_UNIT = re.compile(r"(?<=资|额|数|计|划|算|成|报|实|统)(万元|亿元|千元|元)$")
_PERCENT = re.compile(r"[(\[【](?:单位[:：]?)?(?:%|百分比|百分数)[)\]】]|%$|^%")
_POINTS = re.compile(r"[(\[【](?:满分)?\d+(?:\.\d+)?分[)\]】]")
_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
_MARKS = re.compile(r"[*★☆※#①②③④⑤⑥⑦⑧⑨⑩:：,，。.;；?？!！\"'“”‘’「」《》<>|_]+")
_TO_THIS_MONTH = re.compile(r"自?(?:元|1|一)月份?(?:至|到|-)(?:本|当)月")
_WHOLE = frozenset({"总额", "合计", "小计", "总计", "总数", "金额"})
_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]{1,3}[、.]|\(?[0-9]{1,2}[)、](?=\D))")


@dataclass(frozen=True, slots=True)
class Part:
    """One cell of a header: `core` without brackets, `inline` with their content kept."""

    core: str
    inline: str
    unit: str | None
    is_percent: bool
    period: Period | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's whole heading. `text` is what the sheet shows, parents joined by ▸."""

    text: str
    parts: tuple[Part, ...]

    @property
    def leaf(self) -> Part:
        return self.parts[-1]

    @property
    def unit(self) -> str | None:
        """The unit nearest to the column: the leaf's, else a parent's."""
        return next((part.unit for part in reversed(self.parts) if part.unit), None)

    @property
    def is_percent(self) -> bool:
        return any(part.is_percent for part in self.parts)

    @property
    def period(self) -> Period | None:
        """The nearest period that names a month, with the year from wherever it stands."""
        periods = [part.period for part in reversed(self.parts) if part.period]
        if not periods:
            return None
        found = next((period for period in periods if period.last is not None), periods[0])
        year = found.year or next((period.year for period in periods if period.year), None)
        return Period(year, found.last, found.first, found.cumulative)

    def without_first(self) -> "Heading":
        """The heading under its outermost parent, which goes on lending its unit and period."""
        first, second, *others = self.parts
        second = replace(
            second,
            unit=second.unit or first.unit,
            is_percent=second.is_percent or first.is_percent,
            period=second.period or first.period,
        )
        return Heading(self.text.partition(JOINT)[2], (second, *others))

    @property
    def core(self) -> str:
        return "".join(part.core for part in self.parts)

    @property
    def inline(self) -> str:
        return "".join(part.inline for part in self.parts)


def parse(texts: list[str]) -> Heading:
    """`texts` from the top header row to the bottom one; repeats and blanks are left out."""
    shown: list[str] = []
    for text in texts:
        flat = re.sub(r"\s+", "", text)
        if flat and (not shown or shown[-1] != flat):
            shown.append(flat)
    parts: list[Part] = []
    for part in (_part(text) for text in shown):
        # A unit, or 总额 beside 其中：设备投资, on a line of its own belongs to the words above it.
        if parts and (not part.inline or part.inline in _WHOLE) and part.period is None:
            above = parts.pop()
            part = replace(above, unit=part.unit or above.unit, is_percent=part.is_percent or above.is_percent)
        parts.append(part)
    return Heading(JOINT.join(shown), tuple(parts) or (_part(""),))


def _part(text: str) -> Part:
    flat = _TO_THIS_MONTH.sub("年初至本月", compact(text))
    unit: str | None = None
    for pattern in (_BRACKETED_UNIT, _SLASHED_UNIT, _TRAILING_UNIT):
        if found := pattern.search(flat):
            unit = full_unit(found[1])
            flat = flat[: found.start()] + flat[found.end() :]
            break
    if re.fullmatch(_UNIT, flat):
        unit, flat = full_unit(flat), ""
    is_percent = _PERCENT.search(flat) is not None
    flat = _POINTS.sub("", _PERCENT.sub("", flat))
    flat = _ORDINAL.sub("", flat)
    period, flat = find_period(flat) if not re.fullmatch(r"\d+", flat) else (None, flat)
    return Part(_word(_BRACKETS.sub("", flat)), _word(_BRACKETS.sub(r"\1", flat)), unit, is_percent, period)


def _word(text: str) -> str:
    return re.sub(r"[()\[\]【】\s/\\、\-~]+", "", _MARKS.sub("", text)).lower()


def full_unit(unit: str) -> str:
    return {"万": "万元", "亿": "亿元"}.get(unit, unit)


def key(text: str) -> str:
    """A heading synonym in the form that parsed headings are compared in."""
    return _word(_BRACKETS.sub(r"\1", compact(text)))
