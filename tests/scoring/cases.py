"""Projects, records and books for worked examples, as short as the example allows (算例).

Months are numbers of 2023; amounts are 万元 written as text, so that what a test says is what is computed.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from scoring import rulebook
from scoring.facts import Event, EventKind, Investment, Plan, Programme, Project, Record
from scoring.rulebook import RuleBook

YEAR = 2023
DEFAULT_BOOK = Path(__file__).parents[2] / "data" / "rulebooks" / "county-default.toml"
ALL_COLUMNS = frozenset({"verified_ytd_wan", "verified_month_wan", "reported_ytd_wan", "physical_progress"})


@cache
def default_text() -> str:
    return DEFAULT_BOOK.read_text(encoding="utf-8")


def changed(text: str, **policies: str) -> str:
    """The text with `name = value` put in place of the one line that sets it; names in Chinese are quoted keys."""
    for name, value in policies.items():
        key = name if name.isascii() else f'"{name}"'
        text, count = re.subn(rf"^{re.escape(key)} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        assert count == 1, f"{name} stands {count} times in the book"
    return text


@cache
def book(**policies: str) -> RuleBook:
    """The default book with other policies, values as in TOML: book(basis='"year"')."""
    return rulebook.parse(changed(default_text(), **policies))


def D(text: str | int) -> Decimal:
    return Decimal(text)


def day(text: str) -> date:
    """2023-10-05, or 2023-10 for the month's first day, as dates known to the month alone are kept."""
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


def plan(
    annual: str | None = "1200",
    *,
    start: str | None = None,
    finish: str | None = None,
    cumulative: Mapping[int, str] | None = None,
    physical: Mapping[int, str] | None = None,
    effective: str = "2023-01-01",
) -> Plan:
    return Plan(
        effective_on=day(effective),
        annual_investment_wan=None if annual is None else D(annual),
        planned_start=day(start) if start else None,
        planned_finish=day(finish) if finish else None,
        cumulative_wan={month: D(value) for month, value in (cumulative or {}).items()},
        physical_progress_pct={month: D(value) for month, value in (physical or {}).items()},
    )


def record(
    month: int,
    ytd: str | None = None,
    pct: str | None = None,
    *,
    columns: Iterable[str] = ALL_COLUMNS,
    month_wan: str | None = None,
    reported: str | None = None,
    **fields: Any,
) -> Record:
    """A record whose `ytd` and `month_wan` are 督查核实 and whose `reported` is the 上报 year-to-date."""
    for name in ("team_score", "sheet_score", "physical_progress_plan_pct"):
        if isinstance(fields.get(name), str):
            fields[name] = D(fields[name])
    return Record(
        month=month,
        columns=frozenset(columns),
        verified=Investment(
            ytd_wan=None if ytd is None else D(ytd), month_wan=None if month_wan is None else D(month_wan)
        ),
        reported=Investment(ytd_wan=None if reported is None else D(reported)),
        physical_progress_pct=None if pct is None else D(pct),
        ref=month,
        **fields,
    )


def event(kind: EventKind, on: str, *months: int, reason: str = "") -> Event:
    return Event(kind, day(on), months, reason)


def project(code: str = "P1", *records: Record, group: str = "甲类", **fields: Any) -> Project:
    """A project with an annual plan of 1200万元 over the whole year, unless told otherwise: 100万元 a month."""
    fields.setdefault("plans", (plan(),))
    return Project(
        code=code, name=f"项目{code}", group_class=group, records={one.month: one for one in records}, **fields
    )


def programme(*projects: Project, months: Iterable[int] | None = None, classes: Iterable[str] = ("甲类",)) -> Programme:
    """Committed months are those with a record, unless `months` says otherwise."""
    found = {month for one in projects for month in one.records} if months is None else months
    return Programme("2023", YEAR, tuple(classes), frozenset(found), projects)


def scored(code: str, scores: Mapping[int, str], group: str = "甲类", **fields: Any) -> Project:
    """A project whose months carry scores given by the team."""
    rows = [record(month, team_score=score) for month, score in scores.items()]
    return project(code, *rows, group=group, **fields)
