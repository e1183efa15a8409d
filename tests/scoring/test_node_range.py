"""The range of the last target node, hand-worked: due dates moved by what the finished nodes were early or late by.

Looked at from the end of June 2023.
"""

from datetime import date

import pytest

from scoring.assessment import Assessed
from scoring.facts import EventKind, Milestone
from scoring.node_range import NodeRange, node_range
from tests.scoring.cases import book, day, event, programme, project, record

EARLY = Milestone("基础", day("2023-03-10"), done_on=day("2023-03-05"))  # 5 days early
LATE = Milestone("主体", day("2023-05-10"), done_on=day("2023-05-30"))  # 20 days late
ROOF = Milestone("封顶", day("2023-09-30"))


def seen(*nodes: Milestone, **fields: object) -> NodeRange | None:
    one = project("P1", record(6, "600"), milestones=nodes, **fields)
    return node_range(Assessed(book(), programme(one, months={6}))["P1"], 6)


def span(*nodes: Milestone) -> tuple[date | None, date | None]:
    found = seen(*nodes)
    assert found is not None
    return found.low, found.high


def test_the_due_date_is_moved_by_the_earliest_and_the_latest_of_the_finished_nodes() -> None:
    """30 September − 5 days and + 20 days."""
    found = seen(EARLY, LATE, ROOF)
    assert found is not None
    assert (found.low, found.high, found.slips) == (date(2023, 9, 25), date(2023, 10, 20), (-5, 20))
    assert found.words == (
        "目标节点“封顶”约在2023年9月25日—2023年10月20日之间完成（依据2个已完成节点：最早的提前5天，最晚的拖后20天）"
    )


def test_an_overdue_node_is_not_done_before_the_next_day_and_the_range_holds_its_forecast() -> None:
    """Due 10 June, 20 days late at the end of June: forecast 20 July (RULES §6). Slips reach from 1 July to 30 June."""
    late = Milestone("交地", day("2023-06-10"))
    assert span(EARLY, LATE, late) == (date(2023, 7, 1), date(2023, 7, 20))


def test_what_the_unit_entered_lies_within_the_range() -> None:
    entered = Milestone("封顶", day("2023-09-30"), forecast_on=day("2023-12-15"))
    assert span(EARLY, LATE, entered) == (date(2023, 9, 25), date(2023, 12, 15))


@pytest.mark.parametrize(("nodes", "count"), [((ROOF,), 0), ((LATE, ROOF), 1)])
def test_fewer_than_two_finished_nodes_give_no_range_and_say_so(nodes: tuple[Milestone, ...], count: int) -> None:
    found = seen(*nodes)
    assert found is not None
    assert (found.low, found.high) == (None, None)
    assert found.words == (f"目标节点“封顶”推算2023年9月30日完成；已完成的节点{count}个，不足2个，暂不给出区间")


def test_the_node_forecast_last_is_meant_and_what_is_done_later_is_not_yet_known() -> None:
    done_in_july = Milestone("装修", day("2023-07-10"), done_on=day("2023-07-20"))
    found = seen(EARLY, LATE, done_in_july, ROOF)
    assert found is not None and found.node is ROOF and found.slips == (-5, 20)
    other = Milestone("验收", day("2023-08-30"), is_target=False)
    assert seen(EARLY, LATE, other) is None  # no target of the year is left


def test_nodes_that_all_kept_their_day_say_so() -> None:
    exact = Milestone("基础", day("2023-03-10"), done_on=day("2023-03-10"))
    found = seen(exact, Milestone("主体", day("2023-05-10"), done_on=day("2023-05-10")), ROOF)
    assert found is not None
    assert found.words == ("目标节点“封顶”约在2023年9月30日完成（依据2个已完成节点：最早的按期，最晚的按期）")


def test_a_finished_project_has_no_node_ahead() -> None:
    done = (event(EventKind.COMPLETED, "2023-06-20"),)
    assert seen(EARLY, LATE, ROOF, events=done) is None
