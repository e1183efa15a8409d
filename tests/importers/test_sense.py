"""What makes no sense is said or asked, and an answer changes the row. Each detector has a silent twin."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from importers.result import FieldValue, Question, Row
from importers.sense import Checked, Previous, check_rows, compare, completion_pct

COLUMNS = {
    "total_investment_wan": "C",
    "annual_plan_wan": "D",
    "reported_ytd_wan": "E",
    "reported_month_wan": "F",
    "verified_ytd_wan": "G",
}


def row(number: int = 3, **found: Any) -> Row:
    """A row of the sheet 表; numbers are 万元."""
    fields = {"name": FieldValue("甲厂", "甲厂", f"B{number}", "项目名称")}
    for name, value in found.items():
        typed = Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
        fields[name] = FieldValue(typed, str(value), f"{COLUMNS.get(name, 'H')}{number}", name)
    return Row("表", number, fields)


def check(*rows: Row, **answers: str) -> Checked:
    return check_rows(rows, (), {key.replace("__", ":"): value for key, value in answers.items()})


def choices(question: Question) -> list[str]:
    return [choice.value for choice in question.choices]


def noted(found: Checked) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.cell) for one in found.rows for fault in one.faults]


SLIPS: list[tuple[dict[str, Any], str, list[str]]] = [
    # 亿 written as 万: 0.2 for 2000
    ({"annual_plan_wan": 4000, "reported_ytd_wan": 0.2}, "unit_slip:表!E3", ["as_written", "2000", "200", "blank"]),
    # 元 written as 万: 20000000 for 2000
    ({"annual_plan_wan": 4000, "reported_ytd_wan": 20_000_000}, "unit_slip:表!E3", ["as_written", "2000", "blank"]),
    # no unit explains it: six times the annual plan
    ({"annual_plan_wan": 4000, "reported_ytd_wan": 24_000}, "far_above_plan:表!E3", ["as_written", "blank"]),
]


@pytest.mark.parametrize(("fields", "identifier", "offered"), SLIPS)
def test_a_figure_far_from_the_plan_is_asked_with_its_corrections(
    fields: dict[str, Any], identifier: str, offered: list[str]
) -> None:
    found = check(row(**fields))
    assert [(question.id, choices(question)) for question in found.questions] == [(identifier, offered)]
    assert found.rows[0].value("reported_ytd_wan") == Decimal(str(fields["reported_ytd_wan"]))


@pytest.mark.parametrize("ytd", [0, 20, 1999, 4000, 7900])
def test_ordinary_figures_are_not_asked(ytd: int) -> None:
    assert check(row(annual_plan_wan=4000, reported_ytd_wan=ytd)).questions == ()


def test_an_answer_is_applied_to_the_row_and_silences_the_question() -> None:
    slip = row(annual_plan_wan=4000, reported_ytd_wan=0.2)
    corrected = check_rows([slip], (), {"unit_slip:表!E3": "2000"})
    assert (corrected.rows[0].value("reported_ytd_wan"), corrected.questions) == (2000, ())
    assert completion_pct(corrected.rows[0]) == Decimal("50.00")
    kept = check_rows([slip], (), {"unit_slip:表!E3": "as_written"})
    assert (kept.rows[0].value("reported_ytd_wan"), kept.questions) == (Decimal("0.2"), ())
    left_out = check_rows([slip], (), {"unit_slip:表!E3": "blank"})
    assert (left_out.rows[0].value("reported_ytd_wan"), left_out.questions) == (None, ())
    unknown = check_rows([slip], (), {"unit_slip:表!E3": "777"})
    assert (unknown.rows[0].value("reported_ytd_wan"), len(unknown.questions)) == (Decimal("0.2"), 1)


def test_of_total_and_plan_the_one_unlike_its_column_is_asked() -> None:
    others = [row(n, total_investment_wan=9000 + n, annual_plan_wan=4000 + n) for n in range(4, 8)]
    wrong_total = check(row(total_investment_wan=3, annual_plan_wan=4000), *others)
    assert [(question.id, choices(question)) for question in wrong_total.questions] == [
        ("unit_slip:表!C3", ["as_written", "30000", "blank"])
    ]
    wrong_plan = check(row(total_investment_wan=8000, annual_plan_wan=40_000_000), *others)
    assert [(question.id, choices(question)) for question in wrong_plan.questions] == [
        ("unit_slip:表!D3", ["as_written", "4000", "blank"])
    ]


@pytest.mark.parametrize(("score", "asked"), [(0, False), (88.5, False), (100, False), (100.5, True), (-1, True)])
def test_a_score_outside_0_to_100_is_a_question(score: float, asked: bool) -> None:
    assert bool(check(row(score=score)).questions) is asked


def test_a_score_without_its_point_is_offered_corrected() -> None:
    found = check(row(score=885))
    assert choices(found.questions[0]) == ["as_written", "88.5", "blank"]


def test_a_stoppage_without_a_reason_is_asked() -> None:
    assert choices(check(row(declaration="停工")).questions[0]) == ["无正当理由停工", "blank"]
    settled = check_rows([row(declaration="停工")], (), {"stoppage:表!H3": "无正当理由停工"})
    assert settled.rows[0].value("declaration") == "无正当理由停工"
    assert check(row(declaration="拒绝督查")).questions == ()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"annual_plan_wan": 3000, "reported_ytd_wan": 1000, "completion_pct_stated": 33.5}, "rate_differs"),
        ({"annual_plan_wan": 3000, "reported_ytd_wan": 6000}, "above_plan"),
        ({"total_investment_wan": 3000, "annual_plan_wan": 4000}, "plan_above_total"),
        ({"physical_progress_pct": 100, "state": "暂缓"}, "full_beside_suspended"),
        ({"physical_progress_pct": 100, "remarks": "项目暂缓实施"}, "full_beside_suspended"),
        ({"physical_progress_pct": 80, "state": "已完工"}, "completed_below_full"),
        ({"reported_ytd_wan": 10, "state": "未开工", "states_not_started": True}, "not_started_with_investment"),
        ({"reported_ytd_wan": -1}, "negative"),
        ({"physical_progress_pct": 120}, "percent_range"),
        ({"reported_ytd_wan": 100, "reported_month_wan": 101}, "month_above_ytd"),
    ],
)
def test_a_contradiction_is_a_notice(fields: dict[str, Any], code: str) -> None:
    found = check(row(**fields))
    assert [fault.code for fault in found.rows[0].faults] == [code]
    assert found.rows[0].faults[0].severity == "notice"
    assert found.questions == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"annual_plan_wan": 3000, "reported_ytd_wan": 1000, "completion_pct_stated": 33.3},  # within 0.1 of 33.33
        {"annual_plan_wan": 3000, "completion_pct_stated": 33.3},  # nothing to compare with
        {"annual_plan_wan": 3000, "reported_ytd_wan": 5900},
        {"total_investment_wan": 4000, "annual_plan_wan": 4000},
        {"physical_progress_pct": 99, "state": "暂缓"},
        {"physical_progress_pct": 100, "state": "已完工"},
        {"reported_ytd_wan": 0, "state": "未开工", "states_not_started": True},
        {"reported_ytd_wan": 100, "reported_month_wan": 100},
    ],
)
def test_where_there_is_no_contradiction_nothing_is_said(fields: dict[str, Any]) -> None:
    found = check(row(**fields))
    assert (noted(found), found.questions) == ([], ())


# ------------------------------------------------------------------------------------------------- against the past


def against(one: Row, before: Previous, answers: Mapping[str, str] | None = None) -> Checked:
    return compare([one], {("表", 3): before}, answers or {})


MAY = Previous(
    "2014-05", reported_ytd_wan=Decimal(1800), annual_plan_wan=Decimal(4000), total_investment_wan=Decimal(8000)
)


@pytest.mark.parametrize(
    ("ytd", "identifier", "offered"),
    [
        (0.2, "unit_slip:表!E3", ["as_written", "2000", "blank"]),  # 0.2亿元 without its unit
        (20_000_000, "unit_slip:表!E3", ["as_written", "2000", "blank"]),
        (1700, "ytd_lower:表!E3", ["as_written", "blank"]),
    ],
)
def test_a_slip_or_a_fall_against_last_month_is_asked(ytd: float, identifier: str, offered: list[str]) -> None:
    found = against(row(reported_ytd_wan=ytd, annual_plan_wan=4000), MAY)
    assert [(question.id, choices(question)) for question in found.questions] == [(identifier, offered)]
    assert "5月累计1800万元" in found.questions[0].message
    settled = against(row(reported_ytd_wan=ytd, annual_plan_wan=4000), MAY, {identifier: offered[-2]})
    assert settled.questions == ()
    wanted = Decimal(str(ytd)) if offered[-2] == "as_written" else Decimal(offered[-2])
    assert settled.rows[0].value("reported_ytd_wan") == wanted


@pytest.mark.parametrize("ytd", [1800, 1801, 2500, 4000])
def test_a_figure_that_stands_or_grows_is_not_asked(ytd: int) -> None:
    found = against(row(reported_ytd_wan=ytd, annual_plan_wan=4000), MAY)
    assert (found.questions, noted(found)) == ((), [])


def test_each_kind_of_investment_is_a_series_of_its_own() -> None:
    before = Previous("2014-05", reported_ytd_wan=Decimal(1800), verified_ytd_wan=Decimal(1500))
    found = against(row(reported_ytd_wan=1900, verified_ytd_wan=1400), before)
    assert [question.id for question in found.questions] == ["ytd_lower:表!G3"]


def test_last_month_and_this_month_make_the_total() -> None:
    fits = row(reported_ytd_wan=2000, reported_month_wan=200)
    differs = row(reported_ytd_wan=2000, reported_month_wan=300)
    assert noted(against(fits, MAY)) == []
    assert noted(against(differs, MAY)) == [("month_identity", "F3")]


def test_a_stored_plan_stands_in_where_the_sheet_has_none_and_a_changed_one_is_said() -> None:
    assert [question.id for question in against(row(reported_ytd_wan=24_000), MAY).questions] == [
        "far_above_plan:表!E3"
    ]
    changed = against(row(reported_ytd_wan=2000, annual_plan_wan=4500), MAY)
    assert (noted(changed), changed.questions) == ([("plan_changed", "D3")], ())
    slip = against(row(reported_ytd_wan=2000, total_investment_wan=0.8), MAY)
    assert [choices(question) for question in slip.questions] == [["as_written", "8000", "blank"]]


def test_a_question_already_put_is_not_put_again() -> None:
    one = row(reported_ytd_wan=0.2, annual_plan_wan=4000)
    first = check(one)
    again = compare(first.rows, {("表", 3): MAY}, {}, [question.id for question in first.questions])
    assert again.questions == ()


def test_a_row_without_a_past_is_left_as_it_is() -> None:
    one = row(reported_ytd_wan=10)
    assert compare([one], {}, {}).rows == (one,)
