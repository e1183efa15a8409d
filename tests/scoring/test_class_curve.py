"""The class curve: where a project should be, as its class mates under construction bend the straight line.

Everyone's annual plan is 1200万元 over the year unless told otherwise, so by June 600 are due and 600 are to come.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.assessment import Assessed
from scoring.class_curve import class_curve
from scoring.facts import EventKind, Project
from scoring.forecast import Forecast, forecast
from scoring.outlook import outlook
from scoring.rulebook import RuleBook, RuleBookError, parse
from tests.scoring.cases import book, changed, default_text, event, plan, programme, project, record

SINGLE = '{ value = 2, unit = "个项目" }'


def curve_book(projects: str = SINGLE) -> RuleBook:
    return book(method='"class_curve"', curve_projects=projects)


def one(code: str, ytds: Mapping[int, str], **fields: Any) -> Project:
    return project(code, *(record(month, ytd) for month, ytd in ytds.items()), **fields)


def year_end(*projects: Project, month: int = 6, rules: RuleBook | None = None) -> Forecast:
    """The forecast of the first project among its class mates."""
    found = forecast(
        Assessed(rules or curve_book(), programme(*projects, months=range(1, 13)))[projects[0].code], month
    )
    assert found is not None
    return found


SLOW = one("A", {6: "300"})  # 300 / (300 + 600) = 1/3 of its year
FAST = one("B", {6: "900"})  # 900 / (900 + 600) = 3/5


def test_the_class_bends_the_straight_line_and_two_straight_projects_hold_against_it() -> None:
    """Mean 7/15 against a straight 1/2: 14/15. Two mates and two straight projects: (2 × 14/15 + 2) / 4 = 29/30.

    1/2 × 29/30 = 29/60 of the year should be there; 290万元 are, so the year makes 290 × 60/29 = 600.
    """
    assert year_end(one("P", {6: "290"}), SLOW, FAST).wan == 600
    among = Assessed(curve_book(), programme(one("P", {6: "290"}), SLOW, FAST))
    curve = class_curve(among["P"], 6, 0)
    assert (curve.straight, curve.share, curve.mates) == (Fraction(1, 2), Fraction(29, 60), 2)
    assert (curve.mean_share, curve.mean_straight) == (Fraction(7, 15), Fraction(1, 2))


def test_the_sentence_has_every_figure() -> None:
    among = Assessed(curve_book(), programme(one("P", {6: "290"}), SLOW, FAST))
    assert outlook(among["P"], 6).sentence == (
        "截至6月累计完成290万元，同类2个在建项目到6月平均已达各自全年（已完成加计划余下应完成）的46.7%，按直线为50.0%，"
        "与2个按直线推进的项目合并后，本项目应达全年的48.3%，推算全年完成600万元，为年度计划1200万元的50.0%，低于95%"
    )
    alone = outlook(Assessed(curve_book(), programme(one("P", {6: "290"})))["P"], 6)
    assert alone.sentence == (
        "截至6月累计完成290万元，没有可比的同类在建项目，到6月按直线应达全年的50.0%，推算全年完成580万元，"
        "为年度计划1200万元的48.3%，低于95%"
    )


def test_without_class_mates_it_is_the_straight_line() -> None:
    """From July on, 300 by September: 100 a month."""
    late = one("P", {9: "300"}, plans=(plan(start="2023-07"),))
    straight = book(method='"straight_line"')
    assert year_end(late, month=9).wan == year_end(late, month=9, rules=straight).wan == 600
    early = one("P", {5: "50"}, plans=(plan(start="2023-07"),))
    assert year_end(early, month=5).wan == year_end(early, month=5, rules=straight).wan == 400


def test_many_straight_projects_hold_the_line_and_few_let_it_bend() -> None:
    """Both mates at 1/3 instead of 1/2, so 2/3 of the line: (2 × 2/3 + K) / (2 + K)."""
    mates = (SLOW, one("C", {6: "300"}))
    wan = [
        year_end(one("P", {6: "300"}), *mates, rules=curve_book(f'{{ value = {projects}, unit = "个项目" }}')).wan
        for projects in (1, 2, 1000)
    ]
    assert wan[:2] == [300 / (Fraction(1, 2) * Fraction(7, 9)), 720]  # K = 2: 5/6 of 1/2 is 5/12
    assert 600 < wan[2] < wan[1] < wan[0]


def test_a_class_that_stood_still_makes_nobody_late() -> None:
    """By the monthly plan a tenth is due by March; everyone has it. By the straight line it would be a quarter."""
    seasonal = (plan(cumulative={3: "120", 6: "900", 12: "1200"}),)
    everyone = [one(f"P{number}", {3: "120"}, plans=seasonal) for number in range(41)]
    assert year_end(everyone[0], month=3, rules=book(method='"straight_line"')).wan == 480
    # Mates at 120/1200 = 1/10, which is 2/5 of the line's 1/4: (40 × 2/5 + 2) / 42 = 3/7, so 3/28 should be there.
    assert year_end(everyone[0], *everyone[1:], month=3).wan == 1120


@pytest.mark.parametrize(
    "mate",
    [
        one("A", {6: "300"}, group="乙类"),
        one("A", {5: "300"}),  # no figure for June
        one("A", {6: "300"}, plans=()),
        one("A", {6: "300"}, plans=(plan(None),)),
        one("A", {6: "300"}, plans=(plan(finish="2023-06"),)),  # nothing left in its plan to compare with
        one("A", {6: "300"}, plans=(plan(start="2023-07"),)),  # its window has not begun
        one("A", {6: "300"}, plans=(plan(cumulative={6: "1200"}),)),  # all was due by June
        one("A", {6: "-5"}),
        one("A", {6: "300"}, events=(event(EventKind.COMPLETED, "2023-06-30"),)),
        one("A", {6: "300"}, events=(event(EventKind.PARTLY_COMPLETED, "2023-06-30"),)),
        one("A", {6: "300"}, events=(event(EventKind.SUSPENDED, "2023-06-30"),)),
        one("A", {6: "300"}, events=(event(EventKind.TRANSFERRED_OUT, "2023-05-31"),)),
        one("A", {6: "300"}, events=(event(EventKind.ADDED, "2023-07-01"),)),
    ],
    ids=lambda mate: f"{mate.group_class}-{'-'.join(one.kind for one in mate.events) or len(mate.plans)}",
)
def test_who_is_not_under_construction_with_figure_and_plan_teaches_nothing(mate: Project) -> None:
    assert year_end(one("P", {6: "300"}), mate).wan == 600


def test_a_class_is_the_same_with_and_without_its_ending() -> None:
    assert year_end(one("P", {6: "290"}), SLOW, one("B", {6: "900"}, group="甲类项目")).wan == 600


def test_nobody_learns_from_what_came_later() -> None:
    """June's forecast is the same whether or not the records and plans of July to December are known."""
    later = {7: "310", 9: "800", 12: "1300"}
    known = (one("P", {6: "290"}), SLOW, FAST)
    replanned = (plan(), plan("400", effective="2023-07-01"))
    come = (
        one("P", {6: "290"} | later),
        one("A", {6: "300"} | later, plans=replanned),
        one("B", {6: "900", 8: "950"}, events=(event(EventKind.COMPLETED, "2023-08-01"),)),
    )
    assert year_end(*come) == year_end(*known)


def test_a_figure_of_may_is_compared_with_may() -> None:
    """The project's latest is May: mates are read in May, 300/(300 + 700) = 3/10 against 5/12."""
    late = one("P", {5: "250"})
    found = year_end(late, one("A", {5: "300", 6: "900"}))
    share = Fraction(5, 12) * (Fraction(3, 10) / Fraction(5, 12) + 2) / 3
    assert (found.latest, found.wan) == (5, 250 / share)


def test_the_book_must_say_how_many_straight_projects_hold_against_the_class() -> None:
    text = curve_book_text().replace("curve_projects", "# curve_projects")
    with pytest.raises(RuleBookError) as refused:
        parse(text)
    assert refused.value.key == "outlook.curve_projects"
    assert parse(text.replace('"class_curve"', '"recent_slope"')).outlook.curve_projects is None


def curve_book_text() -> str:
    return changed(default_text(), method='"class_curve"')


amounts = st.integers(0, 5000).map(str)


@given(own=amounts, mates=st.lists(amounts, max_size=6), month=st.integers(1, 12))
def test_a_forecast_is_never_less_than_what_is_there(own: str, mates: list[str], month: int) -> None:
    found = year_end(one("P", {month: own}), *(one(f"M{n}", {month: wan}) for n, wan in enumerate(mates)), month=month)
    assert found.wan >= found.done_wan == Fraction(own)
    if month == 12:
        assert found.wan == found.done_wan


def test_a_book_without_the_figure_has_no_class_curve() -> None:
    without = "\n".join(line for line in default_text().splitlines() if not line.startswith("curve_projects"))
    assessed = Assessed(parse(without), programme(SLOW, months=range(1, 13)))
    with pytest.raises(ValueError, match="states curve_projects"):
        class_curve(assessed["A"], 6, 0)
