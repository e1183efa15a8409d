"""UK Government Major Projects Portfolio (英国政府重大项目组合), yearly ratings 2014–2018: next year's rating.

Source: ../shared/testdata/portfolio/gmpp. The returns of 2019 have inputs only and are not used. Split by time: what is
learnt comes from the changes 2014→2015 and 2015→2016; judged are 2016→2017, 2017→2018 and 2018→2019. The thresholds of
the count rules were fixed beforehand and never tuned.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.backtest.tables import NAIVE, YES_NO_HEAD, Answers, Section, Table, yes_no_rows

PANEL = "gmpp/gmpp_panel_2014_2018_with_labels.csv"
SCALE = ("Green", "Amber/Green", "Amber", "Amber/Red", "Red")
LEARNT_YEARS, JUDGED_YEARS = (2014, 2015), (2016, 2017, 2018)
SLIPPED_DAYS = 180  # the end date moved by more since the year before
UNDERSPENT = Fraction(85, 100)  # the year's forecast below this share of its budget
HALF = Fraction(1, 2)

_DATE = re.compile(r"\s*(\d{1,3})[./](\d{1,3})[./](\d{2,4})\s*")
_MONEY = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Case:
    """One project's return of one year with the next year's rating; places 0 (Green) to 4 (Red) on the scale."""

    project: str
    year: int
    rating: int
    next_rating: int
    slipped_days: int | None  # since the year before
    spent: Fraction | None  # the year's forecast ÷ its budget

    @property
    def is_red(self) -> bool:
        return self.rating >= 3

    @property
    def will_be_red(self) -> bool:
        return self.next_rating >= 3

    @property
    def will_be_worse(self) -> bool:
        return self.next_rating > self.rating


def money(text: str) -> Decimal | None:
    """£m as printed, whatever the pound sign became on the way; None where the figure is withheld or absent."""
    if re.search("exempt|section|provided|tbc", text, re.IGNORECASE):
        return None
    found = _MONEY.search(text)
    return Decimal(found[0].replace(",", "")) if found else None


def day(text: str) -> date | None:
    """31/12/2017, 31.12.17, 1/012/2014; None for words and impossible dates."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    number, month, year = map(int, found.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, number)
    except ValueError:
        return None


def read(folder: Path) -> tuple[list[Case], int]:
    """The cases, and how many lines of the years asked about were left out (broken off, withheld, or no next year)."""
    with (folder / PANEL).open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if (row["year"] or "").isdigit() and int(row["year"]) > 2000]
    ends = {(row["name_key"], int(row["year"])): day(row["end_date"] or "") for row in rows}
    cases = []
    for row in rows:
        if row["rating"] in SCALE and row["rating_next_year"] in SCALE:
            year = int(row["year"])
            cases.append(
                Case(
                    row["name_key"],
                    year,
                    SCALE.index(row["rating"]),
                    SCALE.index(row["rating_next_year"]),
                    _days(ends.get((row["name_key"], year - 1)), ends[row["name_key"], year]),
                    _ratio(money(row["yearly_forecast"] or ""), money(row["yearly_budget"] or "")),
                )
            )
    return cases, len(rows) - len(cases)


def _days(before: date | None, now: date | None) -> int | None:
    return (now - before).days if before and now else None


def _ratio(part: Decimal | None, whole: Decimal | None) -> Fraction | None:
    return Fraction(part) / Fraction(whole) if part is not None and whole else None


def slipped(case: Case) -> bool:
    return case.slipped_days is not None and case.slipped_days > SLIPPED_DAYS


def underspent(case: Case) -> bool:
    return case.spent is not None and case.spent < UNDERSPENT


def shares(learnt: Sequence[Case], came: Callable[[Case], bool]) -> Mapping[int, Fraction]:
    """Of the projects of each rating, how many it came to a year later."""
    found: dict[int, Fraction] = {}
    for rating in range(len(SCALE)):
        of_rating = [came(case) for case in learnt if case.rating == rating]
        found[rating] = Fraction(sum(of_rating), len(of_rating)) if of_rating else Fraction(0)
    return found


def section(folder: Path) -> Section:
    cases, left_out = read(folder)
    learnt = [case for case in cases if case.year in LEARNT_YEARS]
    judged = [case for case in cases if case.year in JUDGED_YEARS]
    red_shares = shares(learnt, lambda case: case.will_be_red)
    worse_shares = shares(learnt, lambda case: case.will_be_worse)
    questions: list[tuple[str, Callable[[Case], bool], dict[str, Callable[[Case], bool]]]] = [
        (
            "明年是否红或黄红",
            lambda case: case.will_be_red,
            {
                f"{NAIVE}（今年红或黄红，明年也是）": lambda case: case.is_red,
                "评级转移表（该评级过半转为红或黄红）": lambda case: red_shares[case.rating] >= HALF,
                f"照旧，另加黄而竣工又推迟{SLIPPED_DAYS}天以上": lambda case: (
                    case.is_red or (case.rating == 2 and slipped(case))
                ),
                "照旧，另加黄而当年支出不足预算85%": lambda case: (
                    case.is_red or (case.rating == 2 and underspent(case))
                ),
            },
        ),
        (
            "明年是否比今年差",
            lambda case: case.will_be_worse,
            {
                f"{NAIVE}（评级不变，从不报）": lambda case: False,
                "评级转移表（该评级过半变差）": lambda case: worse_shares[case.rating] >= HALF,
                f"竣工比上年推迟{SLIPPED_DAYS}天以上": slipped,
                "当年支出不足预算85%": underspent,
            },
        ),
    ]
    introduction = (
        f"学习{LEARNT_YEARS[0]}—{LEARNT_YEARS[-1]}年（{len(learnt)}例，到{JUDGED_YEARS[0]}年评级为止），"
        f"只用{JUDGED_YEARS[0]}—{JUDGED_YEARS[-1]}年计分（{len(judged)}例，"
        f"{len({case.project for case in judged})}个项目）。"
        f"另有{left_out}行没有下一年评级、评级不公开或文件中断行，不用；2019年只有输入、没有结果，不用。"
        f"学习年份中，绿、黄绿、黄、黄红、红在下一年为红或黄红的依次为"
        f"{'、'.join(_share_words(learnt, rating) for rating in range(len(SCALE)))}。"
    )
    tables = []
    for title, came, methods in questions:
        truth, projects = [came(case) for case in judged], [case.project for case in judged]
        baseline, *others = (
            Answers(name, [rule(case) for case in judged], truth, projects) for name, rule in methods.items()
        )
        tables.append(Table(title, YES_NO_HEAD, yes_no_rows(baseline, others, "个项目")))
    return Section("一、评级：英国政府重大项目（真实数据）", introduction, tables)


def _share_words(learnt: Sequence[Case], rating: int) -> str:
    of_rating = [case.will_be_red for case in learnt if case.rating == rating]
    return f"{sum(of_rating)}/{len(of_rating)}"
