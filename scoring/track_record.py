"""Track record of warnings (预警准确情况): what was said month by month, judged by what came, rule by rule.

Source: RULES §6: frozen when published, judged later: hit, miss, false alarm, lead time. A project counts once for each
rule, however many months it was warned, so that the cases are not many times the same one. Pure: the caller brings what
was frozen (lights by rule, outlook, 办公室认定) and what came (done by plan or not; or the month it turned red).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import median

from scoring.facts import Month
from scoring.proportions import Proportion


class Verdict(StrEnum):
    """How a rule did on one project; the last month it was judged on before the outcome decides."""

    HIT = "报准"  # the warning stood, and it came
    MISS = "漏报"  # it came, and no warning stood: none given, or taken back
    FALSE_ALARM = "误报"  # the warning stood to the end, and it did not come
    RECOVERED = "预警后赶上"  # warned, taken back in time, and it did not come: the warning may have been what helped
    QUIET = "未预警且无事"
    NOT_JUDGED = "未判定"  # the rule never had data on the project: neither to its credit nor to its blame


@dataclass(frozen=True, slots=True)
class Said:
    """What was frozen of one project in one month: for every rule that had data, whether it warned (yellow or red).

    A rule that is absent said nothing: it neither warns nor takes a warning back.
    """

    code: str
    month: Month
    warned: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one project, and the month that settled it: 12 for the year's plan, or the month it turned red.

    Only what was said in earlier months is judged: a light of the month itself foretold nothing.
    """

    code: str
    month: Month
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One rule on one project. `lead_months`, of a hit: from the first month of the standing warning to the outcome."""

    code: str
    rule: str
    verdict: Verdict
    lead_months: int | None = None


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule's cases added up. Proportions give a percentage from 20 cases on."""

    rule: str
    counts: Mapping[Verdict, int]
    lead_months: tuple[int, ...]  # of the hits, ascending

    @property
    def caught(self) -> Proportion:
        """Of those that came, how many the rule had warned of."""
        return Proportion(self.counts[Verdict.HIT], self.counts[Verdict.HIT] + self.counts[Verdict.MISS])

    @property
    def borne_out(self) -> Proportion:
        """Of the warnings that stood to the end, how many came."""
        return Proportion(self.counts[Verdict.HIT], self.counts[Verdict.HIT] + self.counts[Verdict.FALSE_ALARM])

    @property
    def median_lead_months(self) -> Fraction | None:
        return median(map(Fraction, self.lead_months)) if self.lead_months else None


def judge(said: Iterable[Said], came: Iterable[Came]) -> tuple[Case, ...]:
    """Every rule that said anything, on every project of which it is known what came; by rule, then code.

    Months are of one year: judge each year by itself and add the cases. ValueError for a month said twice, or a project
    that came twice.
    """
    by_code: dict[str, dict[Month, Mapping[str, bool]]] = {}
    for one in said:
        months = by_code.setdefault(one.code, {})
        if one.month in months:
            raise ValueError(f"{one.code} is said twice in month {one.month}")
        months[one.month] = one.warned
    outcomes: dict[str, Came] = {}
    for outcome in came:
        if outcome.code in outcomes:
            raise ValueError(f"{outcome.code} came twice")
        outcomes[outcome.code] = outcome
    rules = sorted({rule for months in by_code.values() for warned in months.values() for rule in warned})
    return tuple(_case(rule, outcomes[code], by_code.get(code, {})) for rule in rules for code in sorted(outcomes))


def by_rule(cases: Iterable[Case]) -> tuple[RuleRecord, ...]:
    """The cases added up, rule by rule in the order of their names."""
    grouped: dict[str, list[Case]] = {}
    for case in cases:
        grouped.setdefault(case.rule, []).append(case)
    return tuple(_added_up(rule, found) for rule, found in sorted(grouped.items()))


def _added_up(rule: str, cases: Iterable[Case]) -> RuleRecord:
    counted, leads = Counter[Verdict](), []
    for case in cases:
        counted[case.verdict] += 1
        if case.lead_months is not None:
            leads.append(case.lead_months)
    return RuleRecord(rule, {verdict: counted[verdict] for verdict in Verdict}, tuple(sorted(leads)))


def _case(rule: str, came: Came, months: Mapping[Month, Mapping[str, bool]]) -> Case:
    heard = [(month, months[month][rule]) for month in sorted(months) if month < came.month and rule in months[month]]
    if not heard:
        return Case(came.code, rule, Verdict.NOT_JUDGED)
    stands = heard[-1][1]
    if came.is_bad and stands:
        began = came.month
        for month, warned in reversed(heard):
            if not warned:
                break
            began = month
        return Case(came.code, rule, Verdict.HIT, came.month - began)
    if came.is_bad:
        return Case(came.code, rule, Verdict.MISS)
    if stands:
        return Case(came.code, rule, Verdict.FALSE_ALARM)
    was_warned = any(warned for _, warned in heard)
    return Case(came.code, rule, Verdict.RECOVERED if was_warned else Verdict.QUIET)
