"""The engine and the second reading of the rules give the same boards, scores and lights on random programmes.

A few new programmes in each `make test`, many with HYPOTHESIS_PROFILE=thorough. A disagreement is first
reduced to the smallest programme that still shows it, and printed with every field on which the two differ.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from scoring import lights, periods, ranking, receipts, rulebook
from scoring.facts import Light, OutlookVerdict, Programme, Project
from scoring.rulebook import RuleBook
from tests.scoring import random_programmes
from tests.scoring.reference import AlertRow, Period, Policies, Reference, Row, half_up

DEFAULT_BOOK = Path(__file__).parents[2] / "data" / "rulebooks" / "county-default.toml"
EXAMPLES = 1000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 12
# Seeds do not shrink: the programme does.
SEEDS = settings(max_examples=EXAMPLES, deadline=None, phases=(Phase.reuse, Phase.generate), report_multiple_bugs=False)
CHOICES: dict[str, tuple[Any, ...]] = {
    "basis": ("window", "year"),
    "missing_indicator": ("zero", "exclude"),
    "missing_quarter": ("renormalise", "zero"),
    "completed": ("full", "carry"),
    "completed_in_month_boards": ("apart", "ranked"),
    "investment_basis": (("verified", "reported"), ("reported",), ("statistical", "verified")),
    "physical_basis": ("annual_target", "whole_project"),
}
ALL_POLICIES = [Policies(**dict(zip(CHOICES, chosen, strict=True))) for chosen in product(*CHOICES.values())]


@cache
def book_with(policies: Policies) -> RuleBook:
    """The default book with these policies; every other figure as it stands."""
    text = DEFAULT_BOOK.read_text(encoding="utf-8")
    for name in CHOICES:
        value = getattr(policies, name)
        words = f'"{value}"' if isinstance(value, str) else "[" + ", ".join(f'"{one}"' for one in value) + "]"
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {words}", text, flags=re.MULTILINE)
        assert count == 1, f"the default book has no single {name}"
    return rulebook.parse(text)


def all_periods() -> Iterator[tuple[str, Period]]:
    for month in range(1, 13):
        yield f"2023-{month:02}", Period(month=month)
    for quarter in range(1, 5):
        yield f"2023Q{quarter}", Period(quarter=quarter)
    yield "2023", Period()


def disagreements(programme: Programme, policies: Policies) -> list[str]:
    """Every field on which engine and reference differ, as `where: engine …, reference …`."""
    book, reference = book_with(policies), Reference(programme, policies)
    found: list[str] = []

    def compare(where: str, engine: Any, ours: Any) -> None:
        if engine != ours:
            found.append(f"{where}: engine {engine}, reference {ours}")

    for text, period in all_periods():
        engine, ours = ranking.board(book, programme, periods.parse(text)), reference.board(period)
        compare(f"{text} rows", [row.code for row in engine.rows], [row.code for row in ours.rows])
        theirs = {row.code: row for row in engine.rows}
        for expected in ours.rows:
            if expected.code in theirs:
                compare_rows(f"{text} {expected.code}", theirs[expected.code], expected, compare)
        compare(f"{text} last month", engine.last_month, ours.last_month)
        compare(f"{text} joined", sorted(one.code for one in engine.joined), ours.joined)
        compare(f"{text} left", sorted(one.code for one in engine.left), ours.left)
        compare(f"{text} full marks", engine.full_marks, ours.full_marks)
        if ours.last_month is not None:
            compare(f"{text} label", engine.label, ours.label)
            coverage = {one.name: getattr(engine.coverage, one.name) for one in fields(engine.coverage)}
            compare(f"{text} coverage", coverage, ours.coverage)
        for name in ("red", "black", "edge"):
            compare(f"{text} {name} list", list(getattr(engine.lists, name)), getattr(ours, name))
        if period.month is not None:
            for row in engine.rows:
                compare_month(f"{text} {row.code}", row, period.month, reference, compare)
            compare_alerts(text, book, programme, reference, period.month, compare)
    for project in programme.projects:
        compare_receipt(project, book, reference, compare)
    return found


def compare_receipt(project: Project, book: RuleBook, reference: Reference, compare: Any) -> None:
    """The year's receipt: final, its quarters with their effective weights, and the final by the other policy."""
    upto = reference.last_month(Period())
    if upto is None or not reference.is_in_programme(project, upto):
        return
    where = f"2023 {project.code} receipt"
    engine = receipts.receipt(book, reference.programme, project.code, periods.parse("2023"))
    compare(f"{where} score", plain(engine.score), reference.final(project, upto))
    other = {"zero": "renormalise", "renormalise": "zero"}[reference.policies.missing_quarter]
    shown = (engine.alternative.missing_quarter.value, plain(engine.alternative.score))
    compare(f"{where} alternative", shown, (other, reference.final(project, upto, other)))
    parts = reference.final_parts(project, upto) if engine.score is not None else []
    total = sum(weight for _, weight, _ in parts)
    weights = {quarter: half_up(Fraction(100 * weight, total)) for quarter, weight, _ in parts}
    for quarter in engine.quarters:
        number = int(quarter.quarter[1:])
        compare(f"{where} weight", plain(quarter.effective_weight), weights.get(number, Fraction(0)))
        ours = reference.quarter_score(project, number, upto)
        compare(f"{where} quarter score", plain(quarter.score), ours)
        months = [int(one.month[-2:]) for one in quarter.months]
        compare(f"{where} months", months, reference.quarter_months(number, upto))
        for one in quarter.months:
            expected = reference.month_score(project, int(one.month[-2:]))
            compare(f"{where} month score", plain(one.score), expected.score)
            compare(f"{where} month source", one.source and one.source.value, expected.source)
            if expected.source not in ("completed", "carried"):
                compare(f"{where} month reason", one.reason and one.reason.value, expected.reason)


def compare_rows(where: str, engine: ranking.Row, ours: Row, compare: Any) -> None:
    for name in ("name", "group", "score", "rank", "overall_rank", "tier", "change"):
        compare(f"{where} {name}", plain(getattr(engine, name)), getattr(ours, name))
    compare(f"{where} not_scored_reason", engine.not_scored_reason, ours.not_scored_reason)
    compare(f"{where} quarters", plain(engine.quarters), {f"Q{key}": value for key, value in ours.quarters.items()})
    shown = {key: value for key, value in plain(engine.months).items() if value is not None}
    expected = {f"2023-{key:02}": value for key, value in ours.months.items() if value is not None}
    compare(f"{where} months", shown, expected)
    if ours.is_ranked:
        compare(f"{where} tie-break", engine.tie_break_ratio, ours.tie_break)
        compare(f"{where} printed tie-break", plain(engine.tie_break), half_up(ours.tie_break, 4))


def compare_month(where: str, engine: ranking.Row, month: int, reference: Reference, compare: Any) -> None:
    project = next(one for one in reference.programme.projects if one.code == engine.code)
    ours, theirs = reference.month_score(project, month), engine.last_month
    compare(f"{where} source", theirs.source and theirs.source.value, ours.source)
    reason = theirs.reason and theirs.reason.value
    if ours.source not in ("completed", "carried"):
        compare(f"{where} reason", reason, ours.reason)
    if ours.source == "computed":
        marks = {one.name: (plain(one.points), int(one.full_marks)) for one in theirs.indicators}
        compare(f"{where} indicators", marks, {one.name: (one.points, one.full_marks) for one in ours.indicators})


def compare_alerts(
    text: str, book: RuleBook, programme: Programme, reference: Reference, month: int, compare: Any
) -> None:
    engine = {one.code: one for one in lights.alerts(book, programme, month)}
    ours = {one.code: one for one in reference.alerts(month)}
    compare(f"{text} alerts of", sorted(engine), sorted(ours))
    for code in sorted(engine.keys() & ours.keys()):
        where, alert = f"{text} {code}", engine[code]
        compare_alert(where, alert, ours[code], compare)
        project = next(one for one in programme.projects if one.code == code)
        if ours[code].state != "完工":  # what was recorded since is shown, but counts for nothing
            compare(f"{where} invested", plain(alert.invested_ytd_wan), reference.invested(project, month))
        if reference.outlook(project, month) is not OutlookVerdict.DONE and reference.annual_plan(project, month):
            compare(f"{where} forecast", alert.forecast_wan, reference.forecast(project, month))
        if ours[code].light is Light.GREEN and ours[code].state != "完工":
            is_on_schedule = reference.is_on_schedule(project, month)
            compare(f"{where} word", alert.light_word, f"绿灯·{'达序时' if is_on_schedule else '正常'}")
        compare(f"{where} plan to date", alert.plan_to_date_wan, reference.plan_to_date(project, month))
        compare(f"{where} annual plan", plain(alert.annual_plan_wan), reference.annual_plan(project, month))


def compare_alert(where: str, engine: lights.Alert, ours: AlertRow, compare: Any) -> None:
    for name in ("light", "state", "outlook"):
        compare(f"{where} {name}", getattr(engine, name), getattr(ours, name))
    compare(f"{where} since", engine.since, None if ours.since is None else f"2023-{ours.since:02}")
    compare(f"{where} last light", engine.last_light, ours.last_light)
    if ours.light is Light.NONE and "manual" not in ours.rules:
        compare(f"{where} reasons of none", engine.reasons, ())
    reasons = {one.rule.value: one.light for one in engine.reasons}
    if ours.state not in ("完工", "暂缓", "未到计划开工"):  # there only 人工认定 can have reasons
        compare(f"{where} rules", warning(reasons, ours.light), warning(ours.rules, ours.light))
        for rule in ("investment", "physical"):
            compare(f"{where} {rule}", reasons.get(rule), ours.rules.get(rule))


def warning(rules: dict[str, Light], shown: Light) -> dict[str, str]:
    """What a reader must see: every rule that is yellow or red, and why a grey light is grey."""
    told = {Light.YELLOW, Light.RED, shown} - {Light.GREEN}
    return {rule: light.value for rule, light in sorted(rules.items()) if light in told}


def plain(value: Any) -> Any:
    """Decimals as exact fractions, inside mappings too."""
    if isinstance(value, Decimal):
        return Fraction(value)
    if hasattr(value, "items"):
        return {key: plain(one) for key, one in value.items()}
    return value


@SEEDS
@given(seed=st.integers(0, 2**32))
def test_engine_and_second_reading_agree_by_the_default_book(seed: int) -> None:
    assert_agreement(random_programmes.programme(seed), Policies())


@SEEDS
@given(seed=st.integers(0, 2**32))
def test_engine_and_second_reading_agree_under_every_policy(seed: int) -> None:
    assert_agreement(random_programmes.programme(seed), Random(seed).choice(ALL_POLICIES))


def assert_agreement(programme: Programme, policies: Policies) -> None:
    found = disagreements(programme, policies)
    if found:
        raise AssertionError(explain(programme, policies, found))


def explain(programme: Programme, policies: Policies, found: list[str]) -> str:
    """The smallest programme on which the first difference still shows."""
    sort = kind(found[0])
    smallest = random_programmes.smallest(
        programme, lambda one: any(kind(line) == sort for line in disagreements(one, policies))
    )
    lines = [line for line in disagreements(smallest, policies)]
    return "\n".join((f"{policies}", *random_programmes.describe(smallest), *lines))


def kind(line: str) -> str:
    """The field of a difference, without its place and its values: 2023-05 P01 score → score."""
    return re.sub(r"2023\S*|P\d+", "", line.split(":")[0]).strip()
