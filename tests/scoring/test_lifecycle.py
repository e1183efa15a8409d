"""State by month: that of the last day, except leaving, which takes effect on the first day of the next month."""

import pytest

from scoring.facts import Event, EventKind
from scoring.lifecycle import Membership, MonthState, State, month_states
from tests.scoring.cases import event

ADDED, SUSPENDED, RESUMED = EventKind.ADDED, EventKind.SUSPENDED, EventKind.RESUMED
PARTLY, COMPLETED = EventKind.PARTLY_COMPLETED, EventKind.COMPLETED
TRANSFERRED, WITHDRAWN = EventKind.TRANSFERRED_OUT, EventKind.WITHDRAWN


def at(month: int, *events: Event) -> MonthState:
    return month_states(events, 2023)[month - 1]


@pytest.mark.parametrize(
    ("events", "states"),
    [
        ([], {1: "在建", 12: "在建"}),
        ([event(SUSPENDED, "2023-05-31")], {4: "在建", 5: "暂缓", 12: "暂缓"}),
        ([event(SUSPENDED, "2023-05-03"), event(RESUMED, "2023-05-30")], {5: "在建"}),
        (
            [event(PARTLY, "2023-03-01"), event(SUSPENDED, "2023-05-01"), event(RESUMED, "2023-07-01")],
            {4: "部分完工", 6: "暂缓", 7: "部分完工"},
        ),
        ([event(COMPLETED, "2023-06-10")], {5: "在建", 6: "完工", 12: "完工"}),
        ([event(COMPLETED, "2023-06-10"), event(RESUMED, "2023-09-01")], {8: "完工", 9: "在建"}),
        ([event(COMPLETED, "2023-06-10"), event(PARTLY, "2023-09-01")], {9: "完工"}),  # left by 复工
        (
            [event(COMPLETED, "2023-06-10"), event(SUSPENDED, "2023-08-01"), event(RESUMED, "2023-10-01")],
            {8: "暂缓", 10: "在建"},
        ),
        ([event(PARTLY, "2023-03-01"), event(RESUMED, "2023-04-01")], {4: "部分完工"}),  # nothing to resume from
        ([event(EventKind.MAJOR_CHANGE, "2023-03-01"), event(EventKind.LEFT_CAMPAIGN, "2023-08-31")], {9: "在建"}),
        ([event(COMPLETED, "2022-11-30")], {1: "完工"}),
        ([event(COMPLETED, "2024-01-05")], {12: "在建"}),
    ],
)
def test_events_make_the_state_of_each_month(events: list[Event], states: dict[int, str]) -> None:
    assert {month: at(month, *events).state for month in states} == states


def test_events_of_one_day_apply_in_the_order_recorded() -> None:
    suspended, resumed = event(SUSPENDED, "2023-05-10"), event(RESUMED, "2023-05-10")
    assert at(5, suspended, resumed).state is State.UNDER_CONSTRUCTION
    assert at(5, resumed, suspended).state is State.SUSPENDED


def test_a_repeated_completion_keeps_the_first_month() -> None:
    twice = event(COMPLETED, "2023-06-10"), event(COMPLETED, "2023-08-10")
    assert at(9, *twice).completed_month == 6
    reopened = (twice[0], event(RESUMED, "2023-07-01"), twice[1])
    assert (at(9, *reopened).completed_month, at(9, *reopened).resumed_month) == (8, 7)
    assert at(7, *reopened).was_done  # it was finished once


def test_leaving_in_august_takes_effect_in_september() -> None:
    for kind in (TRANSFERRED, WITHDRAWN):
        leaving = event(kind, "2023-08-01")
        states = [at(month, leaving).membership for month in (7, 8, 9, 12)]
        assert states == [Membership.MEMBER, Membership.MEMBER, Membership.LEFT, Membership.LEFT]


def test_an_added_project_belongs_from_its_entry_month_on() -> None:
    added = event(ADDED, "2023-08-31")
    assert [at(month, added).membership for month in (7, 8)] == [Membership.NOT_YET, Membership.MEMBER]
    assert at(8, added).entry_month == 8
    assert at(8, event(ADDED, "2022-08-31")).entry_month == 1  # entered in an earlier year


def test_a_project_that_left_may_be_added_again() -> None:
    events = event(TRANSFERRED, "2023-03-31"), event(ADDED, "2023-08-01")
    memberships = [at(month, *events).membership for month in (3, 4, 7, 8)]
    assert memberships == [Membership.MEMBER, Membership.LEFT, Membership.LEFT, Membership.MEMBER]
    assert at(8, *events).entry_month == 8
    assert at(5, events[0], event(WITHDRAWN, "2023-04-30")).left_by is events[0]  # the first leaving stands


def test_leaving_undone_in_the_same_month_changes_nothing() -> None:
    events = event(TRANSFERRED, "2023-03-05"), event(ADDED, "2023-03-20")
    assert at(4, *events).membership is Membership.MEMBER
    assert at(4, *events).entry_month == 1


def test_an_exemption_covers_the_month_of_its_date_or_those_it_names() -> None:
    by_date, by_name = event(EventKind.EXEMPT, "2023-05-20"), event(EventKind.EXEMPT, "2023-05-20", 3, 4)
    assert [month for month in range(1, 13) if at(month, by_date).is_exempt] == [5]
    assert [month for month in range(1, 13) if at(month, by_name).is_exempt] == [3, 4]
