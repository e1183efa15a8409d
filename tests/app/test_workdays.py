"""工作日: the State Council's holidays and make-up days, year by year as the notices list them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.appeals.workdays import calendar

DAYS = calendar()


@pytest.mark.parametrize(
    ("year", "days_off", "made_up"),
    [
        (2023, 26, 7),  # 元旦2（另有2022年12月31日）＋春节7＋清明1＋劳动5＋端午3＋中秋国庆8
        (2024, 28, 8),  # 1＋8＋3＋5＋1＋3＋7
        (2025, 28, 5),  # 1＋8＋3＋5＋3＋8
        (2026, 33, 6),  # 3＋9＋3＋5＋3＋3＋7
    ],
)
def test_each_year_has_as_many_days_off_and_made_up_as_its_notice_gives(year: int, days_off: int, made_up: int) -> None:
    assert sum(day.year == year for day in DAYS.holidays) == days_off
    assert sum(day.year == year for day in DAYS.workdays) == made_up
    assert "国办发明电" in DAYS.sources[year]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2023-10-06", False),  # Friday, the last day of 国庆
        ("2023-10-07", True),  # Saturday, made up
        ("2023-10-08", True),  # Sunday, made up
        ("2023-10-09", True),
        ("2024-02-09", True),  # 除夕 2024 was no day off of the notice
        ("2024-02-18", True),  # Sunday, made up after 春节
        ("2024-06-10", False),  # Monday, 端午
        ("2025-06-02", False),
        ("2026-02-28", True),  # Saturday, made up
        ("2026-11-28", False),  # a plain Saturday
    ],
)
def test_a_day_is_worked_as_the_notices_say(day: str, works: bool) -> None:
    assert DAYS.is_workday(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("begun", "count", "last"),
    [
        ("2023-07-04", 3, "2023-07-07"),  # Tuesday → 5, 6, 7 July
        ("2023-07-07", 3, "2023-07-12"),  # Friday → 10, 11, 12
        ("2023-09-28", 3, "2023-10-09"),  # before 国庆 → Saturday 7, Sunday 8 (both made up), Monday 9 October
        ("2023-09-28", 0, "2023-09-28"),
    ],
)
def test_a_term_begins_on_the_day_after_and_ends_with_its_last_working_day(begun: str, count: int, last: str) -> None:
    assert DAYS.after(date.fromisoformat(begun), count) == date.fromisoformat(last)


@given(st.dates(date(2022, 12, 1), date(2027, 12, 31)), st.integers(0, 40))
def test_a_term_holds_exactly_its_number_of_working_days(begun: date, count: int) -> None:
    last = DAYS.after(begun, count)
    worked = [one for one in range(1, (last - begun).days + 1) if DAYS.is_workday(begun + timedelta(days=one))]
    assert len(worked) == count
    assert count == 0 or DAYS.is_workday(last)


def test_a_year_without_a_list_is_said_and_counted_monday_to_friday() -> None:
    assert DAYS.unlisted(date(2026, 12, 30), date(2027, 1, 4)) == ("2027年的放假安排尚未录入，工作日按周一至周五计算。")
    assert DAYS.unlisted(date(2023, 7, 4), date(2023, 7, 7)) == ""
    assert DAYS.is_workday(date(2027, 10, 1))  # a Friday; nobody has said otherwise yet


def test_a_list_that_contradicts_itself_is_refused_naming_the_file(tmp_path: Path) -> None:
    (tmp_path / "2030.toml").write_text(
        'source = "示例"\nworkdays = [2030-01-01]\n[holidays]\n"元旦" = [2030-01-01, 2030-01-01]\n', encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"2030\.toml：2030-01-01不能是调休上班日"):
        calendar(tmp_path)
