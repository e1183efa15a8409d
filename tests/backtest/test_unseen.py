"""The backtest reads only years the method has not seen: whatever is written into the future, no method says otherwise.

The future is falsified in the very files (or in the synthetic year) and every answer of every method compared; that the
falsified outcomes do count against the methods, and that falsified teaching years do change them, shows that the test
would notice.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scoring.facts import Investment
from tests.backtest import gmpp, monthly, nyc, report, synthetic

needs_portfolio = pytest.mark.skipif(
    not report.PORTFOLIO.is_dir(), reason="没有../shared/testdata/portfolio，未核对回测所见"
)


def falsified(folder: Path, name: str, change: Callable[[dict[str, str]], None]) -> Path:
    """A copy of one file of the real data with `change` made to each of its lines."""
    copy = folder / name
    copy.parent.mkdir(parents=True)
    with (report.PORTFOLIO / name).open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        rows, names = list(reader), list(reader.fieldnames or ())
    for row in rows:
        row.pop(None, None)  # type: ignore[call-overload]  # lines broken off in the source
        change(row)
    with copy.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
    return folder


# ---- ratings: taught by 2014–2015, judged on 2016–2018 ----


def _taught(folder: Path) -> list[Mapping[int, object]]:
    learnt = [case for case in gmpp.read(folder)[0] if case.year in gmpp.LEARNT_YEARS]
    return [gmpp.shares(learnt, lambda case: case.will_be_red), gmpp.shares(learnt, lambda case: case.will_be_worse)]


@needs_portfolio
def test_ratings_after_the_teaching_years_teach_nothing(tmp_path: Path) -> None:
    def all_red_later(row: dict[str, str]) -> None:
        if (row["year"] or "").isdigit() and int(row["year"]) >= min(gmpp.JUDGED_YEARS):
            row["rating_next_year"] = row["rating_next_year"] and "Red"
            if int(row["year"]) > min(gmpp.JUDGED_YEARS):
                row["rating"] = row["rating"] and "Red"

    def all_red_then(row: dict[str, str]) -> None:
        if (row["year"] or "").isdigit() and int(row["year"]) in gmpp.LEARNT_YEARS:
            row["rating_next_year"] = row["rating_next_year"] and "Red"

    truth = _taught(report.PORTFOLIO)
    assert _taught(falsified(tmp_path / "later", gmpp.PANEL, all_red_later)) == truth
    assert _taught(falsified(tmp_path / "then", gmpp.PANEL, all_red_then)) != truth


@needs_portfolio
def test_what_came_of_a_rating_reaches_no_method_that_judges_it(tmp_path: Path) -> None:
    """Every outcome of the last judged year turned about: its table moves, the counts of warnings do not."""

    def turned(row: dict[str, str]) -> None:
        if row["year"] == str(max(gmpp.JUDGED_YEARS)) and row["rating_next_year"] in gmpp.SCALE:
            row["rating_next_year"] = "Green" if row["rating_next_year"] in gmpp.SCALE[3:] else "Red"

    true, false = (gmpp.section(one) for one in (report.PORTFOLIO, falsified(tmp_path / "g", gmpp.PANEL, turned)))
    for before, after in zip(true.tables, false.tables, strict=True):
        assert before.rows != after.rows
        # 报准 + 误报: how many each method warned of
        warned = [[int(row[2]) + int(row[4]) for row in table.rows] for table in (before, after)]
        assert warned[0] == warned[1]


# ---- schedules: taught by what was known at SPLIT ----


def _slips(folder: Path) -> list[date]:
    """What the two taught methods say of every case judged in the true data."""
    cases, true = nyc.read(folder), nyc.read(report.PORTFOLIO)
    learnt = [case for case in cases if case.later.on <= nyc.SPLIT]
    judged = [case for case in true if case.now.on >= nyc.SPLIT]
    methods = [
        nyc.class_median(learnt, lambda one: one.category),
        nyc.class_median(learnt, lambda one: one.phase),
    ]
    return [method(case) for method in methods for case in judged]


@needs_portfolio
def test_reports_after_the_split_teach_nothing(tmp_path: Path) -> None:
    def moved(is_later: bool) -> Callable[[dict[str, str]], None]:
        def change(row: dict[str, str]) -> None:
            on = row["Date Reported As Of"]
            if not row["Forecast Completion"] or not on:
                return
            reported = date(int(on[6:10]), int(on[:2]), int(on[3:5]))
            if (reported > nyc.SPLIT) is is_later:
                # Whatever was said, it is said to be in the year 2040.
                row["Forecast Completion"] = f"01/01/2040{row['Forecast Completion'][10:]}"

        return change

    truth = _slips(report.PORTFOLIO)
    assert _slips(falsified(tmp_path / "later", nyc.REPORTS, moved(True))) == truth

    # Of a slip it takes two reports: only the last of the teaching ones are moved, so that it is not the same in both.
    def last_of_teaching(row: dict[str, str]) -> None:
        on = row["Date Reported As Of"]
        if row["Forecast Completion"] and on and on[6:10] == "2015" and on[:2] == "02":
            row["Forecast Completion"] = f"01/01/2040{row['Forecast Completion'][10:]}"

    assert _slips(falsified(tmp_path / "then", nyc.REPORTS, last_of_teaching)) != truth


# ---- synthetic years: judged by month ----


def test_no_monthly_method_sees_what_comes_after_the_month() -> None:
    """Every figure after June doubled, in all projects of the programme: what was said in June stays."""
    year = synthetic.courses(synthetic.SCORED[0])
    doubled = []
    for course in year:
        records = {
            month: record
            if month <= 6 or record.verified.ytd_wan is None
            else replace(record, verified=Investment(ytd_wan=2 * record.verified.ytd_wan))
            for month, record in course.project.records.items()
        }
        doubled.append(
            replace(course, project=replace(course.project, records=records), final_wan=2 * course.final_wan)
        )
    true, false = (monthly.forecasts("x", one, 6) for one in (year, doubled))
    assert [one.by_method for one in true] == [one.by_method for one in false]
    assert [one.ranges for one in true] == [one.ranges for one in false]
    assert [2 * one.came for one in true] == [one.came for one in false]
    assert [one.by_method for one in monthly.forecasts("x", doubled, 8)] != [
        one.by_method for one in monthly.forecasts("x", year, 8)
    ]


def test_the_programmes_that_chose_the_parameters_are_none_of_those_judged() -> None:
    assert set(synthetic.TUNING).isdisjoint(synthetic.SCORED)
