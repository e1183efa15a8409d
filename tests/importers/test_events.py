"""Which words propose an event, and which only sound like one."""

import pytest

from importers import proposed_event
from importers.result import FieldValue, Row


def row(**words: str) -> Row:
    return Row("表", 3, {name: FieldValue(text, text, "F3", name) for name, text in words.items()})


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("已完工", "完工"),
        ("项目已竣工", "完工"),
        ("建成投用", "完工"),
        ("竣工", "完工"),  # a state column says nothing but the state
        ("部分完工", "部分完工"),
        ("部分投产", "部分完工"),
        ("暂缓", "暂缓"),
        ("复工", "复工"),
        ("已退出", "退出"),
    ],
)
def test_a_state_proposes_its_event(words: str, kind: str) -> None:
    assert proposed_event(row(state=words)) == kind


@pytest.mark.parametrize(
    "words", ["预计完工", "未完工", "在建", "主体工程完工", "即将竣工", "计划复工", "完工验收中", "停工"]
)
def test_an_expected_or_denied_event_proposes_nothing(words: str) -> None:
    assert proposed_event(row(state=words)) is None
    assert proposed_event(row(physical_progress=words)) is None


def test_progress_words_propose_only_by_a_whole_phrase() -> None:
    assert proposed_event(row(physical_progress="厂房已建成，已竣工。")) == "完工"
    assert proposed_event(row(physical_progress="主体已完工部分")) is None
    assert proposed_event(row(physical_progress="主体完工，正在安装设备")) is None
    assert proposed_event(row(physical_progress="竣工")) is None  # words alone, no state column
    assert proposed_event(row(physical_progress="已完工；部分完工")) is None  # two of them: nobody knows


def test_the_state_column_wins_over_the_remarks() -> None:
    assert proposed_event(row(state="暂缓", remarks="已退出")) == "暂缓"
    assert proposed_event(row(state="在建", remarks="已退出")) == "退出"
