"""A book written carelessly or in bad faith: one sentence with key and reason, at once, and never a trace."""

import time
from decimal import Decimal

import pytest

from scoring.booktext import LONGEST_TEXT
from scoring.rulebook import Allowed, RuleBookError, ValueKind, parse
from tests.scoring.cases import book, default_text

Q4 = 'Q4 = { value = 50, unit = "%" }'
LAST_LINE = default_text().count("\n") + 2  # after a blank one
TOO_LONG = f"有{len(default_text()) + 2 + LONGEST_TEXT}个字符，超过100000个，不像一份考核办法"
OWN_SETS = """
[[indicators.classes."{name}"]]
name = "节点完成"
kind = "node"
full_marks = {{ value = 100, unit = "分" }}
"""


def refusal(text: str) -> RuleBookError:
    with pytest.raises(RuleBookError) as refused:
        parse(text)
    return refused.value


def with_q4(value: str) -> str:
    assert Q4 in default_text()
    return default_text().replace(Q4, Q4.replace("50", value))


@pytest.mark.parametrize(
    ("value", "key", "reason"),
    [
        ("-1", "final.weights.Q4", "应在0—100%之间，现为-1"),
        ("inf", "final.weights.Q4", "应在0—100%之间，现为Infinity"),
        ("-inf", "final.weights.Q4", "应在0—100%之间，现为-Infinity"),
        ("1e999999999", "final.weights.Q4", "应在0—100%之间，现为1E+999999999"),
        ("1e99999999999999999999", "全文", "有一个数字太长，不像考核办法里的数"),
        ("1e-999999999", "final.weights.Q4", "最多写4位小数，现为1E-999999999"),
        ("9" * 900, "final.weights.Q4", f"应在0—100%之间，现为{'9' * 19}…"),
        ("9" * 5000, "全文", "有一行超过1000个字符，请分行写"),
        ("[50]", "final.weights.Q4", "应为数字，单位%"),
        ("2023-01-01", "final.weights.Q4", "应为数字，单位%"),
        ("false", "final.weights.Q4", "应为数字，单位%"),
        ('"""\n50"""', "final.weights.Q4", "应为数字，单位%"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_figure_is_refused_by_key(value: str, key: str, reason: str) -> None:
    fault = refusal(with_q4(value))
    assert (fault.key, fault.reason) == (key, reason)


@pytest.mark.parametrize("written", ["5e1", "50.0000000000", "0x32", "5_0", "+50"])
def test_one_number_however_written_is_one_figure(written: str) -> None:
    read = parse(with_q4(written))
    assert [f"{figure.value}" for figure in read.figures if figure.key == "final.weights.Q4"] == ["50"]


def test_minus_zero_is_zero() -> None:
    text = default_text().replace("Q1 = { value = 0,", "Q1 = { value = -0.0,")
    assert str(parse(text).final.weights[1]) == "0"


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ("\n[lights]\n", f"不是有效的TOML文件（第{LAST_LINE}行第8个字符处重复写了同一个键或同一节）"),
        ('\nx = "abc', "不是有效的TOML文件（文末写法不对）"),
        ("\nx = " + "[" * 500 + "]" * 499, None),
        ("\n" + "a = {" * 190, None),
        (
            "\n#" + "长" * LONGEST_TEXT,
            f"有{len(default_text()) + 2 + LONGEST_TEXT}个字符，超过100000个，不像一份考核办法",
        ),
    ],
    ids=["same section", "open string", "open bracket", "open tables", "too long"],
)
def test_what_is_no_toml_is_one_sentence_with_its_place(added: str, reason: str | None) -> None:
    fault = refusal(default_text() + added)
    assert fault.key == "全文"
    assert reason is None or fault.reason == reason


def test_a_key_written_twice_is_named_as_such() -> None:
    line = default_text().splitlines().index(Q4) + 2
    fault = refusal(default_text().replace(Q4, f"{Q4}\n{Q4}"))
    assert fault.reason == f"不是有效的TOML文件（第{line}行第32个字符处重复写了同一个键或同一节）"


def test_brackets_deeper_than_python_goes_are_one_sentence() -> None:
    deep = "\n".join(["[" * 900] * 5 + ["]" * 900] * 5)
    assert refusal(f"{default_text()}\nx = {deep}").reason == "括号套得太深，不像考核办法"


def test_keys_of_many_parts_are_refused_at_once() -> None:
    """The TOML reader takes two minutes over one key of 50,000 parts; lines are short enough for a second."""
    started = time.perf_counter()
    assert refusal("a." * 45_000 + "b = 1").reason == "有一行超过1000个字符，请分行写"
    refusal(default_text() + "\n" + "".join(f"{'a.' * 490}b{number} = 1\n" for number in range(90)))
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("name", ["优\\n秀", "优\\u202E秀", "优" * 61, "\\u0000"])
def test_a_name_is_one_printable_line(name: str) -> None:
    fault = refusal(default_text().replace('name = "优秀"', f'name = "{name}"'))
    assert fault.key == "ranking.tiers[1].name"
    assert fault.reason == "应为一行文字，不超过60字，不含换行和控制字符"


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('name = "良好"', 'name = "优秀 "', "ranking.tiers", "名称重复"),
        ("group_order = []", 'group_order = ["甲", "甲"]', "ranking.group_order", "名称重复"),
        ("group_order = []", 'group_order = [" "]', "ranking.group_order", "应为文字列表"),
        ('code = "county-default"', 'code = "县/办法"', "book.code", "代号只用字母、数字、点和横线，不超过40个"),
        ('version = "1"', "version = 1", "book.version", "应为文字"),
        ('source = "示例"', 'source = ["示例"]', "schedule.source", "应为文字"),
        ("effective_from = 2023-01-01", "effective_from = 2023-01-01T08:00:00", "book.effective_from", "应为日期"),
        ("effective_from = 2023-01-01", 'effective_from = "2023-01-01"', "book.effective_from", "应为日期"),
        (Q4, 'Q4 = { unit = "%" }', "final.weights.Q4.value", "缺少这一项"),
        (Q4, "Q4 = { value = 50 }", "final.weights.Q4.unit", "缺少这一项"),
    ],
)
def test_names_dates_and_parts_of_a_figure_are_what_they_should_be(old: str, new: str, key: str, reason: str) -> None:
    assert old in default_text()
    fault = refusal(default_text().replace(old, new, 1))
    assert fault.key == key
    assert fault.reason.startswith(reason)


def test_a_class_has_one_set_of_indicators_whether_written_with_or_without_its_last_word() -> None:
    text = default_text() + OWN_SETS.format(name="为民实事") + OWN_SETS.format(name="为民实事项目")
    fault = refusal(text)
    assert (fault.key, fault.reason) == ("indicators.classes", "名称重复")
    assert refusal(default_text() + OWN_SETS.format(name=" ")).reason.startswith("应为一行文字")


def test_half_a_character_is_refused_wherever_it_stands() -> None:
    assert refusal(default_text() + "# \ud800").reason == "含有不成字的半个字符，请用UTF-8保存"


def test_a_long_unknown_key_is_shortened_in_the_sentence() -> None:
    fault = refusal("k" * 500 + " = 1\n" + default_text())
    assert fault.key == "k" * 79 + "…"


def test_a_figure_says_what_may_stand_at_its_key() -> None:
    allowed = {figure.key: figure.allowed for figure in book().figures}
    assert allowed["final.weights.Q4"] == Allowed(ValueKind.NUMBER, 0, 100)
    assert allowed["lights.milestone.red_from"] == Allowed(ValueKind.COUNT, 1, 366)
    assert allowed["schedule.basis"] == Allowed(ValueKind.POLICY, choices=("window", "year"))
    kinds = ("verified", "reported", "statistical")
    assert allowed["investment.investment_basis"] == Allowed(ValueKind.POLICIES, choices=kinds)
    assert allowed["book.name"] == Allowed(ValueKind.TEXT)
    assert allowed["ranking.group_order"] == Allowed(ValueKind.NAMES)


def test_four_decimals_stay_exact() -> None:
    text = default_text().replace("red_below = { value = 0.60", "red_below = { value = 0.12340000")
    assert next(one.value for one in parse(text).figures if one.key == "lights.progress.red_below") == Decimal("0.1234")
