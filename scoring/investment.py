"""Investment completed this year (本年累计完成投资), each kind a series of its own.

Source: RULES §1, Invested this year. Amounts in 万元; blank is never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.facts import Investment, Month, Record
from scoring.periods import month_range
from scoring.rounding import figure
from scoring.rulebook import InvestmentKind, InvestmentRules

_COMPARED = (InvestmentKind.VERIFIED, InvestmentKind.REPORTED)


@dataclass(frozen=True, slots=True)
class Source:
    """The cell behind a figure: the record's month, `ref` and field (verified_ytd_wan, team_score, …)."""

    month: Month
    field: str
    ref: int | None


@dataclass(frozen=True, slots=True)
class YearToDate:
    """One kind's year-to-date at one month.

    `is_stated` tells a figure of the month's own record (given, or this month's added to the month before) from a
    month without a figure. `wan` is None where the month is blank, or where `missing` months leave it unknown.
    `parts` are the figures of `sources`, the newest first, that add up to it.
    """

    kind: InvestmentKind
    wan: Decimal | None
    is_stated: bool
    missing: tuple[Month, ...] = ()
    sources: tuple[Source, ...] = ()
    parts: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Invested:
    """What counts as invested this year at one month (`counted`), beside each kind's own series.

    `kinds` holds those of the book and the two that are compared for the notice.
    """

    counted: YearToDate
    kinds: Mapping[InvestmentKind, YearToDate]
    notices: tuple[str, ...]

    @property
    def stated_wan(self) -> Decimal | None:
        """The counted year-to-date where the month's own record gives it."""
        return self.counted.wan if self.counted.is_stated else None


def figures_of(record: Record, kind: InvestmentKind) -> Investment:
    if kind is InvestmentKind.VERIFIED:
        return record.verified
    return record.reported if kind is InvestmentKind.REPORTED else record.statistical


def columns_of(kind: InvestmentKind) -> tuple[str, str]:
    """The columns in which a sheet offers this year's figures of a kind."""
    return f"{kind}_ytd_wan", f"{kind}_month_wan"


def invested(rules: InvestmentRules, records: Mapping[Month, Record], month: Month, zero_before: int) -> Invested:
    """What counts at `month`; a month before `zero_before` without a figure counts 0, a later one is a gap."""
    kinds = {kind: year_to_date(records, kind, month, zero_before) for kind in {*rules.kinds, *_COMPARED}}
    counted = _counted([kinds[kind] for kind in rules.kinds])
    notices: list[str] = []
    if counted.missing:
        notices.append(f"{counted.kind.words}投资缺{month_range(counted.missing)}数据，{month}月的本年累计无法推算")
    verified, reported = (kinds[kind] for kind in _COMPARED)
    if verified.is_stated and reported.is_stated and verified.wan is not None and reported.wan is not None:
        # Sums and products of amounts stay far within the 28 digits to which Decimal is exact.
        if 100 * abs(verified.wan - reported.wan) > rules.gap_pct * abs(reported.wan):
            notices.append(
                f"督查核实{figure(verified.wan)}万元与上报{figure(reported.wan)}万元相差超过上报数的{figure(rules.gap_pct)}%"
            )
    if counted.is_stated and counted.wan is not None and counted.wan < 0:
        notices.append(f"本年累计完成投资为负数（{figure(counted.wan)}万元），计0分")
    return Invested(counted, kinds, tuple(notices))


def _counted(in_order: list[YearToDate]) -> YearToDate:
    """A figure counts before a gap, a gap before a blank; a blank month of any kind is like that of the first."""
    for one in in_order:
        if one.is_stated and one.wan is not None:
            return one
    return next((one for one in in_order if one.missing), in_order[0])


def year_to_date(records: Mapping[Month, Record], kind: InvestmentKind, month: Month, zero_before: int) -> YearToDate:
    """The year-to-date as given, else the month before's (given or derived) + this month's figure."""
    parts: list[Decimal] = []
    sources: list[Source] = []
    missing: list[Month] = []
    for at in range(month, 0, -1):
        record = records.get(at)
        given = figures_of(record, kind) if record else Investment()
        ref = record.ref if record else None
        if given.ytd_wan is not None:
            sources.append(Source(at, f"{kind}_ytd_wan", ref))
            parts.append(given.ytd_wan)
            break
        if given.month_wan is not None:
            sources.append(Source(at, f"{kind}_month_wan", ref))
            parts.append(given.month_wan)
        elif at >= zero_before:
            if at == month:
                return YearToDate(kind, None, is_stated=False)
            missing.append(at)
    stated = bool(sources) and sources[0].month == month
    if missing:
        return YearToDate(kind, None, is_stated=stated, missing=tuple(sorted(missing)), sources=tuple(sources))
    total = sum(parts, Decimal(0))
    return YearToDate(kind, total, is_stated=stated, sources=tuple(sources), parts=tuple(parts))
