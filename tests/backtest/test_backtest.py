"""docs/回测.md says what the backtest gives, and the backtest looks at nothing it should not know."""

import ast
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from scoring.facts import Project
from tests.backtest import __main__ as command
from tests.backtest import gmpp, monthly, nyc, report, synthetic
from tests.backtest.tables import Answers, Table, markdown, sign_test, verdict, yes_no_rows

needs_portfolio = pytest.mark.skipif(
    not report.PORTFOLIO.is_dir(), reason="没有../shared/testdata/portfolio，未核对回测报告"
)


def committed() -> str:
    return report.REPORT.read_text(encoding="utf-8")


# ---- the committed report ----


@needs_portfolio
def test_the_report_has_the_figures_of_the_real_data() -> None:
    assert gmpp.section(report.PORTFOLIO).text in committed()
    assert nyc.section(report.PORTFOLIO).text in committed()


def test_the_report_has_the_figures_of_the_synthetic_programmes() -> None:
    for table in monthly.tables(4):
        assert table.text in committed()


@needs_portfolio
@pytest.mark.slow
def test_the_whole_report_is_what_the_command_gives() -> None:
    assert report.report(report.sections()) == committed()


def test_without_the_data_the_command_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "PORTFOLIO", tmp_path / "portfolio")
    assert command.main([]) == 1
    assert capsys.readouterr() == ("", f"{report.ABSENT}\n")
    assert command.main(["--what"]) == 2


# ---- only what was known ----


@needs_portfolio
def test_what_is_learnt_was_known_before_anything_judged() -> None:
    cases, _ = gmpp.read(report.PORTFOLIO)
    assert {case.year for case in cases} == {*gmpp.LEARNT_YEARS, *gmpp.JUDGED_YEARS}
    assert max(gmpp.LEARNT_YEARS) + 1 <= min(gmpp.JUDGED_YEARS)
    reports = nyc.read(report.PORTFOLIO)
    learnt = [case for case in reports if case.later.on <= nyc.SPLIT]
    judged = [case for case in reports if case.now.on >= nyc.SPLIT]
    assert learnt and judged
    assert max(case.later.on for case in learnt) <= min(case.now.on for case in judged)
    assert all(case.before is None or case.before.on < case.now.on < case.later.on for case in reports)


def test_synthetic_programmes_know_no_method_and_are_the_same_each_time() -> None:
    tree = ast.parse(Path(synthetic.__file__).read_text(encoding="utf-8"))
    taken = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in taken if name and name.split(".")[0] in ("scoring", "tests", "app")} == {"scoring.facts"}
    assert synthetic.courses(101) == synthetic.courses(101) != synthetic.courses(102)
    assert not set(synthetic.TUNING) & set(synthetic.SCORED)


def test_a_synthetic_programme_hides_what_comes_later() -> None:
    year = synthetic.courses(101)
    for month in (1, 6, 9, 12):
        known = synthetic.programme(year, month)
        assert max(known.committed_months) == month
        for project in known.projects:
            assert all(at <= month for at in project.records)
            assert all(plan.effective_on <= date(synthetic.YEAR, month, 28) for plan in project.plans)
    assert any(len(course.project.plans) == 2 for course in year)


def test_a_synthetic_year_never_takes_back_what_was_counted() -> None:
    for course in synthetic.courses(103):
        ytds = [_ytd(course.project, month) for month in sorted(course.project.records)]
        assert ytds == sorted(ytds) and ytds[-1] <= course.final_wan


def _ytd(project: Project, month: int) -> Decimal:
    found = project.records[month].verified.ytd_wan
    assert found is not None
    return found


# ---- the arithmetic ----


@pytest.mark.parametrize(
    ("better", "worse", "chance"),
    [
        (9, 1, Fraction(22, 1024)),  # 2 × (1 + 10) ÷ 2¹⁰
        (1, 9, Fraction(22, 1024)),
        (5, 0, Fraction(2, 32)),
        (3, 3, Fraction(1)),
        (0, 0, Fraction(1)),
    ],
)
def test_the_sign_test_is_exact(better: int, worse: int, chance: Fraction) -> None:
    assert sign_test(better, worse) == chance


def test_a_unit_counts_once_however_many_cases_it_has() -> None:
    """P goes better three times and Q worse once: one to one."""
    assert verdict([1, 1, 1, -1], ["P", "P", "P", "Q"], "个项目") == "分不出高下，胜1个项目、负1个项目（p=1.000）"
    ten = [str(number) for number in range(10)]
    assert verdict([1] * 9 + [-1], ten, "套") == "优于照旧，胜9套、负1套（p=0.021）"
    assert verdict([-1] * 9 + [1], ten, "套") == "劣于照旧，胜1套、负9套（p=0.021）"
    assert verdict([1] * 11, [*ten, "10"], "套") == "优于照旧，胜11套、负0套（p<0.001）"


def test_a_table_counts_hits_misses_and_false_alarms_and_says_plainly_that_nothing_beats_the_baseline() -> None:
    came, units = [True, True, False, False], ["P", "Q", "R", "S"]
    naive = Answers("照旧", [False] * 4, came, units)
    rows = yes_no_rows(naive, [Answers("多报", [True, False, True, False], came, units)], "个项目")
    assert rows == [
        ("照旧", "4", "0", "2", "0", "2/4", "0/0", "0/2", "—"),
        ("多报", "4", "1", "1", "1", "2/4", "1/2", "1/2", "分不出高下，胜1个项目、负1个项目（p=1.000）"),
    ]
    assert Table("问题", ["方法"], rows).finding == "**没有一种方法胜过照旧。**"
    assert markdown(["甲", "乙"], [["1", "2"]]) == "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("text", "wan"),
    [
        ("£50.00", "50.00"),
        ("Ĺ\x81512.00", "512.00"),  # the pound sign after two wrong readings
        (" \x811,234.50m", "1234.50"),
        ("Ł6,258.19", "6258.19"),
        ("0", "0"),
        ("Exempt under Section 43 of the Freedom of Information Act 2000", None),
        ("Data not provided by department", None),
        ("TBC", None),
        ("", None),
    ],
)
def test_money_is_read_whatever_became_of_the_pound_sign(text: str, wan: str | None) -> None:
    assert gmpp.money(text) == (None if wan is None else Decimal(wan))


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("31/12/2017", date(2017, 12, 31)),
        ("31.03.18", date(2018, 3, 31)),
        ("1/012/2014", date(2014, 12, 1)),
        ("31/3/2015\n", date(2015, 3, 31)),
        ("31/02/2017", None),
        ("No end date", None),
        ("", None),
    ],
)
def test_dates_are_read_in_both_writings(text: str, on: date | None) -> None:
    assert gmpp.day(text) == on


def case(slip_days: int, category: str = "Bridges", before_days: int | None = None) -> nyc.Case:
    """In a report of 2015-01-01 completion is expected on 2016-01-01, a year later `slip_days` after."""

    def seen(on: date, completion: int) -> nyc.Report:
        return nyc.Report(on, date.fromordinal(date(2016, 1, 1).toordinal() + completion), category, "Design")

    before = None if before_days is None else seen(date(2014, 6, 1), before_days)
    return nyc.Case("1", seen(date(2015, 1, 1), 0), before, seen(date(2016, 1, 1), slip_days))


def test_a_class_median_is_held_by_that_of_all() -> None:
    """Bridges slip 100 and 300, median 200; sewers 0; of all three the median is 100.

    Bridges: (2 × 200 + 10 × 100) / 12 = 116.67. A class never seen slips as all do.
    """
    forecast = nyc.class_median([case(100), case(300), case(0, "Sewers")], lambda one: one.category)
    assert (forecast(case(0)) - nyc.stays(case(0))).days == 117
    assert (forecast(case(0, "Parks")) - nyc.stays(case(0))).days == 100


def test_the_delay_since_the_last_report_is_added_once_more() -> None:
    assert nyc.slipped_again(case(0, before_days=-40)) == date(2016, 2, 10)
    assert nyc.slipped_again(case(0, before_days=30)) == nyc.slipped_again(case(0)) == date(2016, 1, 1)


def test_an_overdue_completion_is_as_late_again() -> None:
    """Expected by 2014-12-22, ten days before the report of 2015-01-01: ten days after it."""
    overdue = nyc.Report(date(2015, 1, 1), date(2014, 12, 22), "Bridges", "Construction")
    assert nyc.overdue_again(nyc.Case("1", overdue, None, overdue)) == date(2015, 1, 11)
    assert nyc.overdue_again(case(0)) == date(2016, 1, 1)
