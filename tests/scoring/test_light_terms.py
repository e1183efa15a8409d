"""Terms of a light rule (DOMAIN §5): whom it judges, which reasons exempt from it, what it cannot judge.

The project has 1200万元 over the year and stands at 100 of 600 in June: red by investment.
"""

import pytest

from scoring.bookwords import chapters
from scoring.facts import Light, LightExemption, Obstacle
from scoring.light_terms import head_of, listed
from scoring.lights import Alert, alerts
from scoring.rulebook import RuleBook, RuleBookError, parse
from tests.scoring.cases import day, default_text, programme, project, record
from tests.scoring.test_light_presets import YINCHUAN, rules

RED, YELLOW, GREEN, NONE = Light.RED, Light.YELLOW, Light.GREEN, Light.NONE
LATE = Obstacle("用地", "未交地", day("2023-03-01"), due_on=day("2023-05-31"))


def book(**terms: str) -> RuleBook:
    """The default book with one more line in each of the sections named."""
    text = default_text()
    for section, line in terms.items():
        assert f"[lights.{section}]\n" in text
        text = text.replace(f"[lights.{section}]\n", f"[lights.{section}]\n{line}\n")
    return parse(text)


def june(rules: RuleBook, reason: str | None = None, **fields: object) -> Alert:
    exemptions = () if reason is None else (LightExemption(6, reason, "李四"),)
    one = project("P1", record(5, "90"), record(6, "100"), exemptions=exemptions, **fields)
    return next(iter(alerts(rules, programme(one, months=range(1, 7)), 6)))


SEASON = 'exempt_reasons = ["季节性停工", "征地拆迁"]'


@pytest.mark.parametrize(
    ("reason", "light"),
    [
        ("季节性停工", NONE),
        ("季节性停工：冬歇至2月", NONE),
        ("征地拆迁:等补偿", NONE),
        ("资金未到位", RED),
        ("因季节性停工", RED),  # the book's word, not one that contains it
    ],
)
def test_only_the_books_reasons_exempt_from_a_rule_that_names_them(reason: str, light: Light) -> None:
    found = june(book(progress=SEASON), reason)
    assert found.light is light
    if light is RED:
        said = next(one.sentence for one in found.reasons if one.rule == "investment")
        assert said.endswith(f"亮红灯（免亮灯理由“{head_of(reason)}”不适用于这一条）")
        assert (found.exemption, found.since) == (None, "2023-05")


def test_where_no_rule_names_a_reason_any_exempts() -> None:
    assert june(book(), "随便什么").light is NONE
    assert listed(book().lights.terms) is None


def test_a_reason_exempts_from_its_own_rules_and_leaves_the_light_of_the_others() -> None:
    """Red by investment, yellow by the matter overdue: the season exempts from the first alone."""
    rules = book(progress=SEASON, obstacle="exempt_reasons = []")
    found = june(rules, "季节性停工", obstacles=(LATE,))
    assert (found.light, [one.rule for one in found.reasons if one.light is not GREEN]) == (YELLOW, ["obstacle"])
    assert june(rules, obstacles=(LATE,)).light is RED
    assert june(rules, "季节性停工").light is NONE
    # A rule that names no reasons is exempted from by any that the book lists.
    assert june(book(progress=SEASON), "季节性停工", obstacles=(LATE,)).light is NONE


def test_the_reasons_of_a_book_are_those_of_its_rules_each_once() -> None:
    rules = book(progress=SEASON, start='exempt_reasons = ["征地拆迁", "不可抗力"]', obstacle="exempt_reasons = []")
    assert listed(rules.lights.terms) == ("季节性停工", "征地拆迁", "不可抗力")
    assert listed(book(obstacle="exempt_reasons = []").lights.terms) == ()


def test_a_rule_judges_only_the_classes_it_names() -> None:
    """cases.project is of 重大工业和服务业 unless it says otherwise; a class is written with or without 项目."""
    mine = project("P1").group_class
    assert june(book(progress=f'only_classes = ["{mine}项目"]')).light is RED
    other = june(book(progress='only_classes = ["为民实事"]'))
    assert (other.light, [one.rule for one in other.reasons]) == (GREEN, ["stall"])
    silent = june(book(progress='only_classes = ["为民实事"]', stall='only_classes = ["为民实事"]'))
    assert (silent.light, silent.reasons) == (GREEN, ())  # figures are there: not 资料不足


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('exempt_reasons = "季节性停工"', "lights.progress.exempt_reasons"),
        ('exempt_reasons = ["季节性停工", "季节性停工"]', "lights.progress.exempt_reasons"),
        ("only_classes = [3]", "lights.progress.only_classes"),
        ('exempt = ["季节性停工"]', "lights.progress.exempt"),
    ],
)
def test_terms_written_wrongly_are_refused_by_their_key(line: str, key: str) -> None:
    with pytest.raises(RuleBookError) as refused:
        book(progress=line)
    assert refused.value.key == key


def words(rules: RuleBook) -> list[str]:
    return [one for chapter in chapters(rules) for one in chapter.sentences]


def test_the_book_says_its_terms() -> None:
    assert "免亮灯须写明理由，经批准生效；这份办法没有限定理由。" in words(book())
    said = words(
        book(progress=SEASON, stall=SEASON, obstacle="exempt_reasons = []", start='only_classes = ["为民实事"]')
    )
    assert "开工：只判断为民实事类项目。" in said
    assert "投资、形象进度；没有进展：有下列理由之一才可以免亮灯：季节性停工、征地拆迁。" in said
    assert "问题：不能免亮灯。" in said
    assert "开工；竣工；节点：办法所列的任何一条理由都可以免亮灯。" in said


def test_yinchuan_says_what_it_cannot_judge_and_exempts_from_the_start_by_good_cause_alone() -> None:
    said = words(rules(YINCHUAN))
    assert "本项不计：入库（开工后1个月未入库黄灯，超过2个月红灯）：没有每月的入库数据。" in said
    assert "本项不计：资金支付（低于要求红灯）：没有每月的资金支付数据。" in said
    assert "开工：有下列理由之一才可以免亮灯：正当理由。" in said
