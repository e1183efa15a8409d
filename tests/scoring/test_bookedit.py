"""Changing figures in a book's text: the value asked for is changed, all else stays as it was written."""

import difflib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import bookedit
from scoring.bookdiff import book_changes
from scoring.bookedit import edited
from scoring.rulebook import Figure, RuleBookError, ValueKind, parse
from tests.scoring.cases import DEFAULT_BOOK, default_text

NOVEMBER = date(2023, 11, 1)
DOCUMENT = "沛政办〔2023〕12号"


def edit(changes: dict[str, str], text: str = "") -> str:
    return edited(text or default_text(), changes, source=DOCUMENT, effective_from=NOVEMBER)


def lines_changed(after: str) -> list[str]:
    compared = difflib.ndiff(default_text().splitlines(), after.splitlines())
    return [line for line in compared if line[:1] in "+-"]


def figure(text: str, key: str) -> Figure:
    return next(one for one in parse(text).figures if one.key == key)


def test_one_figure_changes_on_its_line_and_gets_source_and_date_of_its_own() -> None:
    after = edit({"lights.progress.yellow_below": "0.85"})
    assert lines_changed(after) == [
        '- yellow_below = { value = 0.80, unit = "比值" }',
        '+ yellow_below = { value = 0.85, source = "沛政办〔2023〕12号", effective_from = 2023-11-01, unit = "比值" }',
    ]
    changed = figure(after, "lights.progress.yellow_below")
    assert (changed.value, changed.source, changed.effective_from) == (Decimal("0.85"), DOCUMENT, NOVEMBER)


def test_a_figure_that_has_a_source_of_its_own_gets_the_new_one_and_the_comment_stays() -> None:
    assert lines_changed(edit({"pairing.boundary": "30000"})) == [
        '- boundary = { value = 50000, unit = "万元", source = "部门挂钩帮扶制度" } # 5亿元',
        '+ boundary = { value = 30000, effective_from = 2023-11-01, unit = "万元", '
        'source = "沛政办〔2023〕12号" } # 5亿元',
    ]


def test_a_policy_a_name_and_a_list_are_changed_in_place() -> None:
    after = edit(
        {
            "monthly.reasons.未督查": "zero",
            "book.version": "2",
            "ranking.group_order": "农业农村重点、重大工业和服务业",
            "investment.investment_basis": "reported，statistical",
            "assessees[1].size_groups_from": "1、4、8",
        }
    )
    assert [line for line in lines_changed(after) if line.startswith("+")] == [
        '+ version = "2"',
        '+ investment_basis = ["reported", "statistical"]',
        '+ "未督查" = "zero"',
        '+ group_order = ["农业农村重点", "重大工业和服务业"]',
        '+ size_groups_from = { value = [1, 4, 8], source = "沛政办〔2023〕12号", effective_from = 2023-11-01, '
        'unit = "个项目" } # 按承担项目1—2个、3—5个、6个及以上分组',
    ]


def test_a_tiers_start_takes_the_end_of_the_tier_below_with_it() -> None:
    tiers = parse(edit({"ranking.tiers[2].from": "82"})).ranking.tiers
    assert [(tier.name, tier.from_score, tier.below_score) for tier in tiers] == [
        ("优秀", 90, 100),
        ("良好", 82, 90),
        ("一般", 70, 82),
        ("较差", 0, 70),
    ]


def test_an_end_that_was_changed_as_well_is_not_moved_again() -> None:
    with pytest.raises(RuleBookError) as refused:
        parse(edit({"ranking.tiers[2].from": "82", "ranking.tiers[3].below": "81"}))
    assert refused.value.reason == "一般与良好之间有空档"


ONE_LINE = """
[[assessees]]
name = "职能部门"
source = "示例"
effective_from = 2023-01-01
parts = { "按时办结率" = { value = 70, unit = "分" }, "服务评议" = { value = 30, unit = "分" } }
"""


def test_figures_inside_one_line_are_told_apart() -> None:
    text = default_text()
    text = text[: text.index("[[assessees]]")] + ONE_LINE
    changes = {"assessees[1].parts.按时办结率": "60", "assessees[1].parts.服务评议": "40"}
    parts = {
        one.key: one.value for one in parse(edit(changes, text)).figures if one.key.startswith("assessees[1].parts")
    }
    assert list(parts.values()) == [60, 40]


def test_nothing_to_change_changes_nothing() -> None:
    assert edit({}) == default_text()


def test_figures_of_a_class_and_of_a_written_out_table_are_found() -> None:
    own = default_text().replace(
        '[final.weights]\nsource = "考核奖惩制度"\nQ1 = { value = 0, unit = "%" }\n',
        '[final.weights]\nsource = "考核奖惩制度"\n',
    )
    own += """
[[indicators.classes."为民.实事"]]  # ] [ = "
name = '群众"满意'
kind = "entered"
full_marks.value = 100
full_marks.unit = "分"
[final.weights.Q1]
value = 0
unit = "%"
"""
    after = edit(
        {"indicators.classes.为民.实事[1].name": "群众评议", "final.weights.Q1": "10", "final.weights.Q4": "40"}, own
    )
    book = parse(after)
    assert book.indicators.classes["为民.实事"][0].name == "群众评议"
    assert (book.final.weights[1], book.final.weights[4]) == (10, 40)
    assert figure(after, "final.weights.Q1").source == DOCUMENT


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("final.weights.Q5", "10", "考核办法“final.weights.Q5”有误：这份办法里没有这一项，不能改，请更正后再启用。"),
        ("final.weights.Q4", "五十", "考核办法“final.weights.Q4”有误：应为数字，单位%，现为“五十”，请更正后再启用。"),
        (
            "final.weights.Q4",
            "50 }\nx",
            "考核办法“final.weights.Q4”有误：应为数字，单位%，现为“50 }\nx”，请更正后再启用。",
        ),
        ("final.weights.Q4", "", "考核办法“final.weights.Q4”有误：应为数字，单位%，现为“”，请更正后再启用。"),
        (
            "assessees[1].size_groups_from",
            "1、二",
            "考核办法“assessees[1].size_groups_from”有误：应为若干整数，用顿号隔开，单位个项目，请更正后再启用。",
        ),
    ],
)
def test_what_cannot_be_put_there_is_refused_by_key(key: str, typed: str, sentence: str) -> None:
    with pytest.raises(RuleBookError) as refused:
        edit({key: typed})
    assert str(refused.value) == sentence


@pytest.mark.parametrize("typed", ['"\n[book]\ncode = "x', "甲\\", "甲\u202e乙", "甲\ud800", "甲\x7f", "\U0001f4a5"])
def test_words_typed_never_become_more_than_words(typed: str) -> None:
    try:
        after = edit({"ranking.monthly_ranks": typed})
        book = parse(after)
    except RuleBookError as refused:
        assert refused.key == "ranking.monthly_ranks"
    else:
        assert book.ranking.monthly_ranks == typed
        assert book.code == "county-default"


def test_a_value_outside_its_bounds_is_the_parsers_to_refuse() -> None:
    with pytest.raises(RuleBookError) as refused:
        parse(edit({"final.weights.Q4": "-7"}))
    assert (refused.value.key, refused.value.reason) == ("final.weights.Q4", "应在0—100%之间，现为-7")


def test_indicators_written_as_tables_in_one_list_are_found() -> None:
    text = default_text()
    start, end = text.index("[[indicators.default]]"), text.index("# 没有年度投资计划的项目")
    marks = '{ value = 50, unit = "分" }'
    inline = (
        "default = [\n"
        f'  {{ name = "投资完成", kind = "investment", full_marks = {marks} }}, # [ 一\n'
        f'  {{ name = "形象进度", kind = "physical", full_marks = {marks} }},\n'
        "]\n"
    )
    text = text[:start] + inline + text[end:]
    changes = {"indicators.default[1].full_marks": "70", "indicators.default[2].full_marks": "30"}
    assert [one.full_marks for one in parse(edit(changes, text)).indicators.default] == [70, 30]


def test_a_value_put_in_the_wrong_place_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the scanner ever mistaken, here by taking Q3 for Q4, the text is refused instead of changed elsewhere."""
    found = dict(bookedit._Scanner(default_text()).spans())
    wrong = found | {"final.weights.Q4.value": found["final.weights.Q3.value"]}
    monkeypatch.setattr(bookedit._Scanner, "spans", lambda _: iter(wrong.items()))
    with pytest.raises(RuleBookError) as refused:
        edit({"final.weights.Q4": "60"})
    assert refused.value.reason == "改别的项时会被带着改变，请改整份文本"


NUMBERS = [
    (path, one.key)
    for path in sorted(DEFAULT_BOOK.parent.glob("*.toml"))
    for one in parse(path.read_text(encoding="utf-8")).figures
    if one.allowed.kind is ValueKind.NUMBER
]


@given(st.sampled_from(NUMBERS), st.integers(0, 10))
def test_any_number_of_any_book_may_be_changed_alone(number: tuple[object, str], value: int) -> None:
    """Every other value of the text stays; whether the book is sound then is another question."""
    path, key = number
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    after = edit({key: str(value)}, text)
    removed = [line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line.startswith("- ")]
    assert len(removed) <= 2  # a tier's start takes an end with it


def test_the_difference_of_two_books_is_told_in_words() -> None:
    after = parse(
        edit({"final.weights.Q3": "25", "final.weights.Q4": "55", "monthly.completed": "carry", "book.version": "2"})
    )
    found = [(one.label, one.old, one.new) for one in book_changes(parse(default_text()), after)]
    assert found == [
        ("版本", "1", "2"),
        ("完工以后的月份", "计100分", "沿用最后一次月度得分"),
        ("三季度权重", "30%", "25%"),
        ("四季度权重", "50%", "55%"),
    ]
    assert book_changes(after, after) == ()


def test_what_only_one_book_has_stands_with_nothing_on_the_other_side() -> None:
    own = (
        default_text()
        + '[[indicators.projects."P7"]]\nname = "节点完成"\nkind = "node"\nfull_marks = { value = 100, unit = "分" }\n'
    )
    added = book_changes(parse(default_text()), parse(own))
    assert [(one.label, one.old, one.new) for one in added] == [
        ("项目P7的指标“节点完成”的计分方式", None, "按节点评定计分"),
        ("项目P7的指标名称", None, "节点完成"),
        ("项目P7的指标“节点完成”的满分", None, "100分"),
    ]
    assert [(one.old, one.new) for one in book_changes(parse(own), parse(default_text()))] == [
        ("按节点评定计分", None),
        ("节点完成", None),
        ("100分", None),
    ]
