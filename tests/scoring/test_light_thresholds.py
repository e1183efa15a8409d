"""Each threshold of the lights from both sides: one input moved across it moves that rule's light and no other.

The project of every case is on time in all things at the end of June 2023: 600 of 1200万元 and 50 % done, 500 and 40 %
in May, a node and a matter due in July; started, and to be finished in December.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scoring.facts import Light, Milestone, Obstacle, Project
from scoring.lights import alerts
from tests.scoring.cases import book, day, plan, programme, project, record

RED, YELLOW, GREEN = Light.RED, Light.YELLOW, Light.GREEN
TODAY = day("2023-06-30")
NODE = Milestone("封顶", day("2023-07-31"))
MATTER = Obstacle("用地", "未交地", day("2023-03-01"), due_on=day("2023-07-31"))
BASE = project(
    "P1",
    record(4, "400", "30"),
    record(5, "500", "40"),
    record(6, "600", "50"),
    plans=(plan(start="2023-01", finish="2023-12"),),
    milestones=(NODE,),
    obstacles=(MATTER,),
)


def lights(one: Project) -> dict[str, Light]:
    found = next(iter(alerts(book(), programme(one, months=range(1, 7)), 6)))
    return {reason.rule.value: reason.light for reason in found.reasons} | {"": found.light}


def june(**changed: Any) -> dict[str, Any]:
    return {"records": {**BASE.records, 6: replace(BASE.records[6], **changed)}}


def ytd(amount: str) -> dict[str, Any]:
    return {"records": {**BASE.records, 6: record(6, amount, "50")}}


def pct(percent: str) -> dict[str, Any]:
    return {"records": {**BASE.records, 6: record(6, "600", percent)}}


def node(days: int) -> dict[str, Any]:
    return {"milestones": (replace(NODE, due_on=TODAY - timedelta(days=days)),)}


def matter(**changed: Any) -> dict[str, Any]:
    return {"obstacles": (replace(MATTER, **changed),)}


def meeting(decision: str) -> dict[str, Any]:
    return matter(levels=((day("2023-06-01"), 3),), decision_due_on=day(decision))


def finish(month: str) -> dict[str, Any]:
    """The plan of the year is given month by month, so that an earlier finish asks for nothing more by June."""
    even = {at: str(100 * at) for at in range(1, 13)}
    percents = {at: str(100 * at // 12) for at in range(1, 13)} | {6: "50"}
    return {"plans": (plan(start="2023-01", finish=month, cumulative=even, physical=percents),)}


def test_the_project_of_every_case_is_green_by_every_rule() -> None:
    rules = ("", "investment", "physical", "start", "milestone", "stall", "obstacle")
    assert lights(BASE) == dict.fromkeys(rules, GREEN)


@pytest.mark.parametrize(
    ("rule", "moved", "light"),
    [
        ("investment", ytd("480"), GREEN),  # 0.80
        ("investment", ytd("479.99"), YELLOW),
        ("physical", pct("40"), GREEN),  # 40 of 50
        ("physical", pct("39.99"), YELLOW),
        ("physical", pct("30"), YELLOW),  # 30 of 50
        ("physical", pct("29.99"), RED),
        ("milestone", node(0), GREEN),
        ("milestone", node(14), GREEN),
        ("milestone", node(15), YELLOW),
        ("milestone", node(44), YELLOW),
        ("milestone", node(45), RED),
        ("obstacle", matter(due_on=TODAY), GREEN),
        ("obstacle", matter(due_on=day("2023-06-29")), YELLOW),
        ("obstacle", matter(due_on=day("2023-06-29"), closed_on=day("2023-07-01")), YELLOW),
        ("obstacle", matter(levels=((day("2023-07-01"), 3),)), GREEN),
        ("obstacle", matter(levels=((TODAY, 3),)), YELLOW),
        ("obstacle", matter(levels=((TODAY, 2),)), GREEN),
        ("obstacle", meeting("2023-06-30"), YELLOW),
        ("obstacle", meeting("2023-06-29"), RED),
    ],
)
def test_one_input_moves_its_own_light_alone(rule: str, moved: dict[str, Any], light: Light) -> None:
    before, after = lights(BASE), lights(replace(BASE, **moved))
    assert after == before | {rule: light, "": light}


def test_the_yellow_end_of_investment() -> None:
    """360 of 600 is exactly 0.60; May's 300 and April's 200 keep the pace, so that nothing stands still."""
    slow = {4: record(4, "200", "30"), 5: record(5, "300", "40")}
    for amount, light in (("360", YELLOW), ("359.99", RED)):
        found = lights(replace(BASE, records={**slow, 6: record(6, amount, "50")}))
        assert found == lights(BASE) | {"investment": light, "": light}


@pytest.mark.parametrize(
    ("month", "light"),
    [("2023-07", None), ("2023-06", GREEN), ("2023-05", YELLOW), ("2023-04", RED)],
)
def test_the_planned_finish(month: str, light: Light | None) -> None:
    found = lights(replace(BASE, **finish(month)))
    assert found.pop("finish", None) is light
    assert found == lights(BASE) | {"": light or GREEN}


@pytest.mark.parametrize(
    ("month", "light"),
    [("2023-07", None), ("2023-06", None), ("2023-05", YELLOW), ("2023-04", YELLOW), ("2023-03", RED)],
)
def test_the_planned_start_of_what_has_not_begun(month: str, light: Light | None) -> None:
    """Nothing invested, nothing built, nothing due by the plan month by month: only the start is late, or no light."""
    idle = {at: "0" for at in range(1, 12)} | {12: "1200"}
    waiting = replace(
        BASE, records={6: record(6, "0", "0")}, plans=(plan(start=month, cumulative=idle, physical={6: "0"}),)
    )
    expected = {"": Light.NONE} if light is None else {"start": light, "milestone": GREEN, "obstacle": GREEN, "": light}
    assert lights(waiting) == expected


@pytest.mark.parametrize(("still", "light"), [(0, GREEN), (1, GREEN), (2, YELLOW), (3, RED)])
def test_months_without_progress(still: int, light: Light) -> None:
    """600 and 50 % are reached `still` months before June and stay: nothing else is late."""

    def at(month: int) -> Any:
        return record(month, "600", "50") if month >= 6 - still else record(month, str(100 * month), str(5 * month))

    found = lights(replace(BASE, records={month: at(month) for month in range(1, 7)}))
    assert found == lights(BASE) | {"stall": light, "": light}
