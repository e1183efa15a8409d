"""Which project a row is about: what is certain, what is asked, what is never merged."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.matching import KnownProject, LearnedAlias, MatchResult, match
from importers.result import FieldValue, Question, Row

KNOWN = [
    KnownProject(1, "P001", "苏新光伏发电"),
    KnownProject(2, "P002", "苏新光伏二期"),
    KnownProject(3, "P003", "华丰铝板带技改", aliases=("华丰铝业技术改造",)),
    KnownProject(4, "P004", "东升酒店"),
    KnownProject(5, "P005", "汉源大市场", is_active=False),
]


def row(number: int, name: str, code: str | None = None) -> Row:
    fields = {"name": FieldValue(name, name, f"B{number}", "项目名称")}
    if code:
        fields["code"] = FieldValue(code, code, f"A{number}", "项目编号")
    return Row("表", number, fields)


def one(name: str, code: str | None = None, *, register: bool = False, answer: str | None = None) -> MatchResult:
    answers = {} if answer is None else {"match:表!3": answer}
    return match([row(3, name, code)], KNOWN, allow_register=register, answers=answers)


def choices(question: Question) -> list[str]:
    return [choice.value for choice in question.choices]


@pytest.mark.parametrize(
    ("name", "project", "how"),
    [
        ("苏新光伏发电", 1, "name"),
        ("苏新光伏发电项目", 1, "normalised"),
        ("苏新 光伏\u3000发电*", 1, "normalised"),
        ("“东升酒店”", 4, "normalised"),
        ("华丰铝业技术改造", 3, "alias"),
        ("华丰铝业技术改造项目", 3, "alias"),
    ],
)
def test_names_that_differ_in_nothing_that_matters_are_the_same_project(name: str, project: int, how: str) -> None:
    found = one(name)
    assert [(this.project_id, this.how) for this in found.matches] == [(project, how)]
    assert found.questions == ()


def test_a_code_settles_a_name_that_is_near_and_asks_about_one_that_is_not() -> None:
    assert [(m.project_id, m.how) for m in one("华丰铝板带改造", "P003").matches] == [(3, "code")]
    assert [(m.project_id, m.how) for m in one("华丰铝板带技改", "p003").matches] == [(3, "code")]
    clash = one("苏新光伏二期", "P001")
    assert clash.matches[0].project_id is None
    assert choices(clash.questions[0]) == ["P001", "P002", "new", "skip"]
    assert "编号P001是“苏新光伏发电”" in clash.questions[0].message


def test_two_phases_of_one_works_are_never_merged() -> None:
    """苏新光伏发电 and 苏新光伏二期 stay two; 苏新光伏 alone is asked, and neither is taken."""
    both = match([row(3, "苏新光伏发电"), row(4, "苏新光伏二期")], KNOWN, allow_register=True, answers={})
    assert [m.project_id for m in both.matches] == [1, 2]
    alone = one("苏新光伏", register=True)
    assert (alone.matches[0].how, alone.matches[0].project_id) == ("open", None)
    assert set(choices(alone.questions[0])) == {"P001", "P002", "new", "skip"}


@pytest.mark.parametrize(
    ("name", "first", "reason"),
    [
        ("华丰铝板带技改（一期）", "P003", "比“华丰铝板带技改”多“(一期)”"),
        ("华丰铝业板带技改", "P003", "可能改了名"),
        ("汉源大市场二期", "P005", "已退出的“汉源大市场”"),
    ],
)
def test_a_near_name_is_asked_with_its_candidate_and_the_reason_even_when_registering(
    name: str, first: str, reason: str
) -> None:
    found = one(name, register=True)
    assert [question.id for question in found.questions] == ["match:表!3"]
    assert choices(found.questions[0])[0] == first
    assert reason in found.questions[0].message


def test_an_unknown_name_is_asked_or_registered_when_that_is_allowed() -> None:
    asked = one("城南污水处理厂")
    assert choices(asked.questions[0]) == ["new", "skip"]
    registered = one("城南污水处理厂", register=True)
    assert (registered.questions, [m.name for m in registered.registered]) == ((), ["城南污水处理厂"])


def test_answers_choose_a_project_a_new_one_or_leave_the_row_out() -> None:
    chosen = one("华丰铝业板带技改", answer="P003")
    assert [(m.project_id, m.how) for m in chosen.matches] == [(3, "answer")]
    assert chosen.learned == (LearnedAlias(3, "华丰铝业板带技改", "表", 3),)
    assert chosen.questions == ()
    assert [m.how for m in one("华丰铝业板带技改", answer="new").matches] == ["new"]
    assert [m.how for m in one("华丰铝业板带技改", answer="skip").matches] == ["skip"]
    assert len(one("华丰铝业板带技改", answer="P999").questions) == 1  # no such project: still open


def test_a_name_that_is_remembered_already_is_not_learned_again() -> None:
    known = [KnownProject(1, "A", "甲项目"), KnownProject(2, "B", "甲")]
    found = match([row(3, "甲*")], known, allow_register=False, answers={})
    assert "同名" in found.questions[0].message
    settled = match([row(3, "甲*")], known, allow_register=False, answers={"match:表!3": "B"})
    assert (settled.matches[0].project_id, settled.learned) == (2, ())


def test_two_rows_of_one_project_are_asked() -> None:
    rows = [row(3, "东升酒店"), row(7, "东升酒店项目")]
    found = match(rows, KNOWN, allow_register=True, answers={})
    assert [m.how for m in found.matches] == ["open", "open"]
    assert [(q.code, choices(q)) for q in found.questions] == [("same_project", ["表!3", "表!7"])]
    settled = match(rows, KNOWN, allow_register=True, answers={found.questions[0].id: "表!7"})
    assert [(m.how, m.project_id) for m in settled.matches] == [("skip", None), ("normalised", 4)]


def test_known_active_projects_without_a_row_are_missing() -> None:
    found = match([row(3, "东升酒店")], KNOWN, allow_register=True, answers={})
    assert [(project.code, project.name) for project in found.missing] == [
        ("P001", "苏新光伏发电"),
        ("P002", "苏新光伏二期"),
        ("P003", "华丰铝板带技改"),
    ]


def test_question_ids_are_stable_for_the_same_file() -> None:
    first = match([row(3, "甲"), row(4, "乙")], KNOWN, allow_register=False, answers={})
    second = match([row(3, "甲"), row(4, "乙")], KNOWN, allow_register=False, answers={"match:表!3": "new"})
    assert [q.id for q in first.questions] == ["match:表!3", "match:表!4"]
    assert [q.id for q in second.questions] == ["match:表!4"]


names = st.text("苏新光伏发电一二期东升酒店项目（）() *", min_size=1, max_size=10)


@settings(max_examples=80)
@given(st.lists(names, max_size=6))
def test_every_row_is_decided_or_asked_and_no_project_is_taken_twice(given_names: list[str]) -> None:
    rows = [row(number, name) for number, name in enumerate(given_names, start=3)]
    found = match(rows, KNOWN, allow_register=False, answers={})
    assert [m.row for m in found.matches] == [one_row.row for one_row in rows]
    taken = [m.project_id for m in found.matches if m.project_id is not None]
    assert len(taken) == len(set(taken))
    asked: Mapping[str, Question] = {question.id: question for question in found.questions}
    for this in found.matches:
        assert (this.question_id in asked) == (this.how == "open")
