"""One cell, as clerks write it. Expected values are worked by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.cells import (
    Progress,
    Setting,
    chinese_number,
    code,
    date_range,
    day,
    is_blank,
    judgement,
    label,
    number,
    pct,
    people,
    plain,
    progress,
    wan,
    words,
)
from importers.grid import CellError, Formula, Percent, Stamp, Value

D = Decimal
PLAIN = Setting()
IN_2014 = Setting(year=2014)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("７０００", 7000),  # full-width digits
        ("18,000", 18000),
        (" 9,160 ", 9160),
        ("1，200", 1200),  # a full-width thousands mark
        ("'960", 960),  # text mark of a spreadsheet
        ("￥5000", 5000),
        ("¥1,200.50万元", D("1200.50")),
        ("6000万", 6000),
        ("1060万元", 1060),
        ("3亿", 30000),
        ("1.2亿元", 12000),
        ("１．２亿", 12000),
        ("1亿2000万", 12000),  # 10000 + 2000
        ("一亿二千万元", 12000),
        ("三千五百万元", 3500),
        ("两亿", 20000),
        ("5千万", 5000),
        ("300百万", 30000),  # 300 × 100
        ("50000元", 5),  # 50000 ÷ 10000
        ("-300", -300),
        ("0", 0),
        ("15000.00", 15000),
        ("1.2E+04", 12000),
        ("3000。", 3000),  # typed as a sentence
        ("3000.", 3000),
        ("3000；", 3000),
    ],
)
def test_money_in_every_county_spelling_is_wan(text: str, amount: Any) -> None:
    found = wan(text, PLAIN)
    assert (found.value, found.issues) == (D(amount), ())


@pytest.mark.parametrize(
    ("text", "amount", "issue"),
    [
        ("约1050", 1050, "approximate"),
        ("近13350", 13350, "approximate"),
        ("大约2000万元", 2000, "approximate"),
        ("3000余万元", 3000, "approximate"),
        ("1.2亿左右", 12000, "approximate"),
        ("超过3000", 3000, "approximate"),
        ("13990（含设备款）", 13990, "text_after_number"),
        ("1.2亿元（其中设备0.5亿元）", 12000, "text_after_number"),
        ("1.2亿元，其中设备5000万", 12000, "text_after_number"),
        ("3000+2000", 5000, "written_sum"),
        ("1000万元（土建）+2000万元（设备）", 3000, "written_sum"),  # never the first of two alone
        ("1200万余元", 1200, "approximate"),
        ("突破3000万元", 3000, "approximate"),
        ("3000（含设备）左右", 3000, "approximate"),
        ("累计3000万元", 3000, "text_after_number"),
        ("已完成投资：3000", 3000, "text_after_number"),
        ("3000*", 3000, "text_after_number"),
    ],
)
def test_a_number_with_words_keeps_the_number_and_says_so(text: str, amount: int, issue: str) -> None:
    found = wan(text, PLAIN)
    assert found.value == amount
    assert {(one.code, one.severity) for one in found.issues} - {("text_after_number", "notice")} | {
        (issue, "notice")
    } == {(issue, "notice")}
    assert issue in [one.code for one in found.issues]


@pytest.mark.parametrize(
    "text",
    ["", "--", "——", "不详", "无数据", " ", "　", "-", "—", "－", "––", "/", "／", "无", "空", "暂无", "待定", "\\"],
)
def test_marks_for_nothing_are_blank_and_never_zero(text: str) -> None:
    assert is_blank(text)
    for parser in (wan, number, pct, day, words, people):
        found = parser(text, IN_2014)
        assert (found.value, found.issues) == (None, ())
    assert wan("0", PLAIN).value == 0
    assert not is_blank(0)


@pytest.mark.parametrize(
    "value",
    [
        "四千左右吧",
        "abc",
        "2000（设备）1000（土建）",
        "500（本月），3000（累计）",
        "计划3000完成2000",
        "5千",
        "1500-2000",
        "12.5.3",
        "1,20",
        "12、000",
        "1000万美元",
        "1.2亿3",
        "9" * 30,
        True,
    ],
)
def test_what_is_no_single_number_is_an_error_and_no_value(value: Value) -> None:
    found = wan(value, PLAIN)
    assert found.value is None
    assert [issue.severity for issue in found.issues] == ["error"]


@pytest.mark.parametrize(
    ("value", "issue"),
    [
        (CellError("#DIV/0!"), "cell_error"),
        (Formula("A1+B1"), "formula_uncalculated"),
        (Percent(D(72)), "percent_for_money"),
        (Stamp(__import__("datetime").datetime(2014, 6, 1), "day"), "date_for_number"),
    ],
)
def test_errors_formulas_percents_and_dates_are_never_money(value: Value, issue: str) -> None:
    found = wan(value, PLAIN)
    assert found.value is None
    assert [one.code for one in found.issues] == [issue]


@pytest.mark.parametrize(
    ("value", "unit", "amount"),
    [
        (0.8, "亿元", 8000),
        ("1.25", "亿元", 12500),
        ("3000万元", "亿元", 3000),  # the cell beats the sheet
        (70_000_000, "元", 7000),
        (5, "百万元", 500),
        (0.1 + 0.2, "亿元", 3000),  # 0.30000000000000004 is shown as 0.3
        (1187.33333333333, "万元", D("1187.33")),
    ],
)
def test_a_bare_number_takes_the_unit_of_heading_or_sheet(value: Value, unit: str, amount: Any) -> None:
    assert wan(value, Setting(unit=unit)).value == D(amount)


SPELLINGS = [
    lambda n: plain(n),
    lambda n: f"{n:,}",
    lambda n: f"{plain(n)}万",
    lambda n: f"{plain(n)}万元",
    lambda n: f"￥{n:,}万元",
    lambda n: f"约{plain(n)}",
    lambda n: f"{plain(n)}（含设备款）",
    lambda n: f"{plain(n / 10000)}亿",
    lambda n: f"{plain(n * 10000)}元",
    lambda n: f" {plain(n)} ",
    lambda n: plain(n).translate({ord(mark): ord(mark) + 0xFEE0 for mark in "0123456789."}),
]


@settings(max_examples=100)
@given(n=st.decimals("0.01", 9_999_999, places=2), spelling=st.sampled_from(SPELLINGS))
def test_writing_a_number_any_county_way_and_reading_it_back_gives_the_number(n: Decimal, spelling: Any) -> None:
    assert wan(spelling(n), PLAIN).value == n


def in_chinese(n: int) -> str:
    """1–99,999,999 in figures of the spoken language, written independently of the reader."""
    if n >= 10000:
        rest = n % 10000
        gap = "零" if 0 < rest < 1000 else ""
        return in_chinese(n // 10000) + "万" + (gap + in_chinese(rest) if rest else "")
    text, started, zero = "", False, False
    for power, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // power % 10
        if digit:
            text += ("零" if zero and started else "") + "零一二三四五六七八九"[digit] + mark
            started, zero = True, False
        else:
            zero = True
    return text


@settings(max_examples=100)
@given(st.integers(1, 99_999_999))
def test_a_number_spoken_in_chinese_reads_back(n: int) -> None:
    assert chinese_number(in_chinese(n)) == n


@pytest.mark.parametrize(
    ("text", "value"), [("三千五", 3500), ("十二", 12), ("二〇一四", 2014), ("一点二五", D("1.25")), ("十甲", None)]
)
def test_short_forms_of_chinese_numbers(text: str, value: Any) -> None:
    assert chinese_number(text) == value


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("65%", 65),
        ("６５％", 65),
        ("65.3", D("65.3")),
        (66.5, D("66.5")),
        ("百分之六十五", 65),
        (Percent(D("72.00")), 72),
        ("-1.56%", D("-1.56")),
        (0, 0),
    ],
)
def test_percent_in_its_spellings(value: Value, size: Any) -> None:
    found = pct(value, PLAIN)
    assert (found.value, found.issues) == (D(size), ())


def test_a_column_of_ratios_is_read_as_percent() -> None:
    assert pct(0.653, Setting(pct_as_ratio=True)).value == D("65.3")
    assert pct(0.653, PLAIN).value == D("0.65")


@pytest.mark.parametrize("value", ["完成主体工程的61%", "主体封顶", CellError("#DIV/0!"), Formula("E4/D4")])
def test_words_and_errors_in_a_rate_column_are_only_a_notice(value: Value) -> None:
    found = pct(value, PLAIN)
    assert found.value is None
    assert [issue.severity for issue in found.issues] == ["notice"]


@pytest.mark.parametrize(
    ("value", "text", "size", "is_whole"),
    [
        ("主体施工，完成主体工程的33%", "主体施工，完成主体工程的33%", None, False),  # a part's percent is words
        ("已完成工程量的35%", "已完成工程量的35%", None, False),
        ("形象进度45%", "形象进度45%", 45, True),
        ("总体完成45%，正在安装", "总体完成45%，正在安装", 45, True),
        ("累计完成60％", "累计完成60％", 60, True),
        ("总体约完成45%", "总体约完成45%", None, False),  # not directly before the number
        ("65%", "65%", 65, False),
        (65, "65", 65, False),
        (Percent(D("65")), "65%", 65, False),
        ("主体封顶", "主体封顶", None, False),
        ("—", None, None, False),
    ],
)
def test_physical_percent_is_read_only_where_it_is_stated(
    value: Value, text: str | None, size: Any, is_whole: bool
) -> None:
    found = progress(value, PLAIN)
    assert found.value == text
    assert found.extra == Progress(None if size is None else D(size), is_whole)


@pytest.mark.parametrize(
    ("value", "when", "precision"),
    [
        ("2014年5月", date(2014, 5, 1), "month"),
        ("2014年05月12日", date(2014, 5, 12), "day"),
        ("2014.5", date(2014, 5, 1), "month"),
        ("2014.10", date(2014, 10, 1), "month"),  # as text the zero is there
        ("2014-05-01", date(2014, 5, 1), "day"),
        ("2014/5", date(2014, 5, 1), "month"),
        ("26.7.1", date(2026, 7, 1), "day"),
        ("14.5", date(2014, 5, 1), "month"),
        ("二〇一四年六月", date(2014, 6, 1), "month"),
        ("2014年5月底前", date(2014, 5, 1), "month"),
        ("2014年10月竣工", date(2014, 10, 1), "month"),
        ("2014年底", date(2014, 12, 1), "month"),
        ("2014年", date(2014, 1, 1), "year"),
        (2014, date(2014, 1, 1), "year"),
        (201405, date(2014, 5, 1), "month"),
        (20140501, date(2014, 5, 1), "day"),
        (2014.5, date(2014, 5, 1), "month"),
        (2014.12, date(2014, 12, 1), "month"),
        ("2024.5.", date(2024, 5, 1), "month"),
        ("2024。5", date(2024, 5, 1), "month"),
        ("2024，5，6", date(2024, 5, 6), "day"),
        ("二○二四年五月", date(2024, 5, 1), "month"),  # a circle for the zero
    ],
)
def test_dates_keep_the_precision_they_were_written_with(value: Value, when: date, precision: str) -> None:
    found = day(value, PLAIN)
    assert (found.value, found.precision, found.issues) == (when, precision, ())


@pytest.mark.parametrize(
    ("value", "when", "issue"),
    [
        ("5月底", date(2014, 5, 1), "year_supplied"),
        ("预计9月末开工", date(2014, 9, 1), "year_supplied"),
        ("计划11月份竣工", date(2014, 11, 1), "year_supplied"),
        (41791, date(2014, 6, 1), "date_serial"),  # the serial number of 2014-06-01
        (2014.1, None, "date_ambiguous"),  # January, or October without its zero
        ("二季度", None, "not_a_date"),
        ("上半年", None, "not_a_date"),
        ("已开工", None, "words_for_date"),
        ("2014年2月30日", None, "not_a_date"),
    ],
)
def test_what_is_vague_about_a_date_is_said_and_never_invented(value: Value, when: date | None, issue: str) -> None:
    found = day(value, IN_2014)
    assert found.value == when
    assert [(one.code, one.severity) for one in found.issues] == [(issue, "notice")]


def test_a_month_without_a_year_is_no_date_where_the_sheet_names_no_year() -> None:
    assert day("5月", PLAIN).value is None


@pytest.mark.parametrize(
    ("text", "start", "finish"),
    [
        ("2008-2011", date(2008, 1, 1), date(2011, 1, 1)),
        ("08.6－11.12", date(2008, 6, 1), date(2011, 12, 1)),
        ("2023—2025年", date(2023, 1, 1), date(2025, 1, 1)),
        ("2024.3-2025.12", date(2024, 3, 1), date(2025, 12, 1)),
        ("2024.05-06", date(2024, 5, 1), date(2024, 6, 1)),
        ("2013年3月至2014年12月", date(2013, 3, 1), date(2014, 12, 1)),
        ("2014-05-01-2015-06-30", date(2014, 5, 1), date(2015, 6, 30)),
        ("2014年5月", date(2014, 5, 1), None),
    ],
)
def test_a_construction_period_gives_start_and_finish(text: str, start: date, finish: date | None) -> None:
    found = date_range(text, PLAIN)
    assert (found.value, found.extra.value) == (start, finish)


def test_a_phone_under_a_name_is_its_owners_and_no_second_person() -> None:
    assert people("张 三\n13800000000\n李四\n0516-8888 8888", PLAIN).value == "张三 13800000000、李四 0516-8888 8888"


def test_names_are_tidied_and_words_kept() -> None:
    assert people("张　三", PLAIN).value == "张三"
    assert people("李四\n王五", PLAIN).value == "李四、王五"
    assert people("李四 王五", PLAIN).value == "李四 王五"
    assert label("华丰铝板带\n技改", PLAIN).value == "华丰铝板带技改"
    assert words("一、打桩\n二、封顶 ", PLAIN).value == "一、打桩\n二、封顶"
    assert code(101, PLAIN).value == "101"
    assert code("000123", PLAIN).value == "000123"


@pytest.mark.parametrize(
    ("text", "meaning"), [("达到", "达到"), ("基本达到", "基本达到"), ("未完成", "未达到"), ("完成过半", None)]
)
def test_a_node_judgement_is_one_of_three_words(text: str, meaning: str | None) -> None:
    assert judgement(text, PLAIN).value == meaning


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_no_text_makes_a_parser_fail(text: str) -> None:
    for parser in (wan, number, pct, progress, day, date_range, words, label, people, code, judgement):
        parser(text, IN_2014)


@settings(max_examples=60)
@given(st.floats() | st.integers() | st.booleans())
def test_no_number_makes_a_parser_fail(value: Any) -> None:
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return
    for parser in (wan, number, pct, progress, day, date_range, words, label, people, code, judgement):
        parser(value, IN_2014)
