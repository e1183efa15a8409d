"""The list of the book's keys and the parser say the same, key by key; so it can neither miss one nor promise one."""

import re
from pathlib import Path

import pytest

from scoring.bookschema import (
    ENTRIES,
    LIGHT_SECTIONS,
    Chapter,
    Entry,
    chapter_of,
    entry_of,
    help_of,
    label_of,
    words_of,
)
from scoring.rulebook import Figure, RuleBookError, ValueKind, parse
from tests.scoring.cases import DEFAULT_BOOK, default_text

BOOKS = sorted(DEFAULT_BOOK.parent.glob("*.toml"))
OWN = """
[[indicators.classes."为民实事"]]
name = "群众满意"
kind = "entered"
full_marks = { value = 100, unit = "分" }
[[indicators.projects."P7"]]
name = "节点完成"
kind = "node"
full_marks = { value = 100, unit = "分" }
"""


def figures(text: str) -> dict[str, Figure]:
    return {figure.key: figure for figure in parse(text).figures}


TERMS = """only_classes = ["为民实事"]
exempt_reasons = ["季节性停工"]
not_judged = ["入库：没有每月的入库数据"]
"""
OPTIONAL_LIGHTS = """[lights.progress]
basis = "year"
minimum_month = { value = 3, unit = "月" }

[lights.progress.streak]
yellow_from = { value = 1, unit = "个月" }
red_from = { value = 2, unit = "个月" }

"""


def with_optional_lights(text: str) -> str:
    """The text with every key of the lights that a book may do without."""
    head, body = text.split("[lights.progress]\n")
    progress, start = body.split("# 超过计划开工月而未开工\n")
    full = f"{head}{OPTIONAL_LIGHTS.replace('basis', progress + 'basis', 1)}{start}"
    for section in LIGHT_SECTIONS:
        full = full.replace(f"[lights.{section}]\n", f"[lights.{section}]\n{TERMS}")
    return full


FULL = with_optional_lights(default_text()) + OWN
FIGURES = figures(FULL)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_key_of_every_book_is_described_as_the_parser_reads_it(path: Path) -> None:
    for key, figure in figures(path.read_text(encoding="utf-8")).items():
        if key.startswith("assessees["):
            continue
        entry = entry_of(key)
        assert entry is not None, f"{key} is not in the list"
        assert (entry.unit, entry.allowed) == (figure.unit, figure.allowed), key


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_whatever_stands_in_a_block_of_others_assessed_has_its_words(path: Path) -> None:
    own = {key: one for key, one in figures(path.read_text(encoding="utf-8")).items() if key.startswith("assessees[")}
    labels = [label_of(one, own) for one in own.values()]
    assert [label for label in labels if re.search("[a-z]", label)] == []
    shown = [
        words_of(one.value, one) for one in own.values() if one.allowed.kind in (ValueKind.POLICY, ValueKind.POLICIES)
    ]
    assert [words for words in shown if re.search("[a-z]", words)] == []


def test_every_entry_is_a_key_that_the_parser_reads() -> None:
    unread = [entry.pattern for entry in ENTRIES if not any(entry.matches(key) for key in FIGURES)]
    assert unread == []


def test_each_key_is_described_once() -> None:
    for key in FIGURES:
        assert len([entry for entry in ENTRIES if entry.matches(key)]) == (not key.startswith("assessees[")), key


def test_every_choice_has_its_words() -> None:
    assert [entry.pattern for entry in ENTRIES if set(entry.words) != set(entry.allowed.choices)] == []


@pytest.mark.parametrize("entry", [one for one in ENTRIES if not one.is_optional], ids=lambda entry: entry.pattern)
def test_a_book_without_a_required_key_is_refused_by_its_name(entry: Entry) -> None:
    """Each line that sets the key is taken out; list entries are taken one by one."""
    key = next(key for key in FIGURES if entry.matches(key))
    text = without(default_text(), key)
    with pytest.raises(RuleBookError) as refused:
        parse(text)
    assert (refused.value.key, refused.value.reason) == (key, "缺少这一项")


def without(text: str, key: str) -> str:
    """The text without the one line that sets a key, found by its section and, in a list, its place."""
    *_, last = key.split(".")
    section, place = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", key[: -len(last) - 1]).groups()  # type: ignore[union-attr]
    header = f"[[{section}]]" if place else f"[{section}]"
    lines, seen, is_inside = text.splitlines(), 0, False
    for number, line in enumerate(lines):
        if line.startswith("["):
            seen += line == header
            is_inside = line == header and (not place or seen == int(place))
        elif is_inside and line.partition(" = ")[0].strip('"') == last:
            return "\n".join([*lines[:number], *lines[number + 1 :]])
    raise AssertionError(f"no line sets {key}")


@pytest.mark.parametrize(
    "entry", [one for one in ENTRIES if one.allowed.low is not None], ids=lambda entry: entry.pattern
)
def test_the_bounds_in_the_list_are_those_the_parser_keeps(entry: Entry) -> None:
    """Just outside, the parser names the key and the very bounds; `FULL` writes each figure on one line."""
    key = next(key for key in FIGURES if entry.matches(key))
    assert entry.allowed.high is not None
    for outside in (entry.allowed.low - 1, entry.allowed.high + 1):  # type: ignore[operator]
        with pytest.raises(RuleBookError) as refused:
            parse(with_value(FULL, key, str(outside)))
        assert refused.value.key == key
        assert f"{entry.allowed.low}—{entry.allowed.high}" in refused.value.reason


def with_value(text: str, key: str, value: str) -> str:
    *_, last = key.split(".")
    before = key[: -len(last) - 1]
    section, place = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", before).groups()  # type: ignore[union-attr]
    names = {f"[[{section}]]", f"[{section}]", re.sub(r"\.([^.]+)$", r'."\1"', f"[[{section}") + "]]"}
    lines, seen, is_inside = text.splitlines(), 0, False
    for number, line in enumerate(lines):
        if line.startswith("["):
            seen += line in names
            is_inside = line in names and (not place or seen == int(place))
        elif is_inside and line.partition(" = ")[0] == last:
            lines[number] = re.sub(r"value = [^,]+,", f"value = {value},", line)
            return "\n".join(lines)
    raise AssertionError(f"no line sets {key}")


def test_a_figure_is_called_by_what_stands_beside_it() -> None:
    keys = [
        "ranking.tiers[2].from",
        "indicators.default[1].full_marks",
        "indicators.classes.为民实事[1].full_marks",
        "indicators.projects.P7[1].kind",
        "monthly.reasons.未报",
        "final.weights.Q4",
        "assessees[1].parts[1].full_marks",
        "assessees[2].parts[1].visits_counted",
        "assessees[1].name",
    ]
    assert [label_of(FIGURES[key], FIGURES) for key in keys] == [
        "等次“良好”的起点",
        "有年度投资计划的项目的指标“投资完成”的满分",
        "为民实事类项目的指标“群众满意”的满分",
        "项目P7的指标“节点完成”的计分方式",
        "“未报”的月份",
        "四季度权重",
        "责任单位·项目均分·满分",
        "挂钩部门·次数·每个项目每月最多计次",
        "责任单位·名称",
    ]


def test_a_value_is_read_as_words() -> None:
    shown = {key: words_of(figure.value, figure) for key, figure in FIGURES.items()}
    assert shown["final.weights.Q4"] == "50%"
    assert shown["lights.progress.yellow_below"] == "0.8"
    assert shown["schedule.basis"] == "按项目自身的计划开工月至计划竣工月"
    assert shown["investment.investment_basis"] == "督查核实、上报"
    assert shown["ranking.group_order"] == "（空）"
    assert shown["assessees[1].size_groups_from"] == "1、3、6个项目"
    assert shown["lights.milestone.red_from"] == "45天"
    assert shown["book.name"] == "县级默认考核办法"
    assert shown["pairing.boundary"] == "50000万元"


def test_an_entry_says_what_may_stand_there() -> None:
    forms = {entry.pattern: entry.form for entry in ENTRIES}
    assert forms["final.weights.Q4"] == "0—100之间的数，最多4位小数，单位%"
    assert forms["lights.start.red_from"] == "0—366之间的整数，单位个月"
    assert (
        forms["ranking.tie_break"] == "以下之一：investment_ratio（比投资完成率（不封顶），仍相同则并列）、none（并列）"
    )
    assert forms["investment.investment_basis"].startswith("以下若干，按先后：verified（督查核实）")
    assert (forms["ranking.group_order"], forms["book.name"]) == ("若干名称", "一行文字")
    counts = next(figure for figure in FIGURES.values() if figure.allowed.kind is ValueKind.COUNTS)
    assert Entry("x", Chapter.HEAD, "", "", counts.allowed, "个项目").form == "若干1—1000之间的整数，单位个项目"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("final.weights.Q4", "四个季度合计为100；填0—100之间的数，最多4位小数，单位%。"),
        ("final.weights.Q4.unit", "四个季度合计为100；填0—100之间的数，最多4位小数，单位%。"),
        ("final.weights", "这一节有：Q1、Q2、Q3、Q4。"),
        ("final.weights.Q5", "这一节有：Q1、Q2、Q3、Q4。"),
        ("ranking.tiers", "这一节有：name、from、below。"),
        ("ranking.tiers[3].form", "这一节有：name、from、below。"),
        ("schedule.basiss", "这一节有：basis。"),
        ("lights", "这一节有：progress、start、finish、milestone、stall、obstacle。"),
        ("indicators", "这一节有：default、without_investment、classes、projects。"),
        ("全文", None),
        ("extra", None),
    ],
)
def test_an_error_comes_with_what_belongs_at_its_key(key: str, said: str | None) -> None:
    assert help_of(key) == said


def test_the_others_assessed_are_a_chapter_of_their_own() -> None:
    assert chapter_of("assessees[1].parts[1].full_marks") is Chapter.ASSESSEES
    assert chapter_of("ranking.tiers[1].from") is Chapter.RANKING
    assert label_of(FIGURES["book.code"], {}) == "代号"
