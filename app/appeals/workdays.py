"""Working days (工作日): Monday to Friday, without the State Council's holidays, with its make-up days.

Source: data/calendars/<year>.toml, one list a year, each naming its notice (国办发明电). A year that has no list is
counted Monday to Friday, and `unlisted` says so, so that the screen can.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from app.settings import ROOT

CALENDARS = ROOT / "data" / "calendars"
DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the lists say: the years there are, the days off and the days worked against the week's order."""

    sources: dict[int, str]
    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_workday(self, day: date) -> bool:
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def after(self, day: date, count: int) -> date:
        """The last day of a term of `count` working days; `day` itself, on which the term begins, is not counted.

        A term of 0 ends on the day itself.
        """
        found = day
        for _ in range(count):
            found += DAY
            while not self.is_workday(found):
                found += DAY
        return found

    def unlisted(self, first: date, last: date) -> str:
        """The sentence about the years of a term that have no list; empty when all have one."""
        years = [year for year in range(first.year, last.year + 1) if year not in self.sources]
        if not years:
            return ""
        named = "、".join(f"{year}年" for year in years)
        return f"{named}的放假安排尚未录入，工作日按周一至周五计算。"


def calendar(folder: Path = CALENDARS) -> Calendar:
    """The calendar of the lists in a folder. ValueError, naming the file, where one contradicts itself."""
    return _read(tuple(sorted(folder.glob("*.toml"))))


@lru_cache(maxsize=4)
def _read(paths: tuple[Path, ...]) -> Calendar:
    sources: dict[int, str] = {}
    holidays: set[date] = set()
    workdays: set[date] = set()
    for path in paths:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        off = {day for first, last in content["holidays"].values() for day in _days(first, last)}
        worked = set(content["workdays"])
        wrong = sorted(day for day in worked if day in off or day.weekday() < SATURDAY)
        if wrong:
            raise ValueError(f"{path.name}：{wrong[0]}不能是调休上班日，它在放假期间或本来就上班")
        sources[int(path.stem)] = content["source"]
        holidays |= off
        workdays |= worked
    return Calendar(sources, frozenset(holidays), frozenset(workdays))


def _days(first: date, last: date) -> Iterator[date]:
    if last < first:
        raise ValueError(f"放假期间{first}至{last}前后颠倒")
    while first <= last:
        yield first
        first += DAY
