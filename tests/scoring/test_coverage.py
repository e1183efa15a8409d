"""督查覆盖: 应查 = 已查 + 未督查 + 未报, by name; and whose the scores are (RULES §4, Coverage)."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from scoring.coverage import Inspection, inspection, sources, who
from scoring.monthly import MonthScore, ScoreSource
from scoring.rulebook import Reason

D = Decimal


def month(score: str | None, source: ScoreSource | None, reason: Reason | None = None) -> MonthScore:
    return MonthScore(10, None if score is None else D(score), source, reason)


SCORED = month("88.00", ScoreSource.TEAM)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (SCORED, Inspection.INSPECTED),
        (month("0.00", ScoreSource.POLICY, Reason.REFUSED), Inspection.INSPECTED),  # the team was there
        (month("0.00", ScoreSource.POLICY, Reason.STOPPED), Inspection.INSPECTED),
        (month(None, None, Reason.NO_ANNUAL_PLAN), Inspection.INSPECTED),
        (month(None, None, Reason.NOT_ASSESSABLE), Inspection.INSPECTED),
        (month(None, None, Reason.NOT_INSPECTED), Inspection.NOT_INSPECTED),
        (month("0.00", ScoreSource.POLICY, Reason.NOT_REPORTED), Inspection.NOT_REPORTED),
        (month("100.00", ScoreSource.COMPLETED, Reason.COMPLETED), Inspection.NOT_DUE),
        (month("91.00", ScoreSource.CARRIED, Reason.COMPLETED), Inspection.NOT_DUE),
        (month(None, None, Reason.NO_CARRIED_SCORE), Inspection.NOT_DUE),
        (month(None, None, Reason.SUSPENDED), Inspection.NOT_DUE),
        (month(None, None, Reason.NOT_DUE), Inspection.NOT_DUE),
        (month(None, None, Reason.EXEMPT), Inspection.NOT_DUE),
    ],
)
def test_what_became_of_a_months_inspection(made: MonthScore, kind: Inspection) -> None:
    assert inspection(made) is kind


@dataclass
class Line:
    code: str
    last_month: MonthScore


def test_everybody_is_named_once_and_in_code_order() -> None:
    unseen = month(None, None, Reason.NOT_INSPECTED)
    found = who([Line("C", unseen), Line("B", SCORED), Line("A", unseen)])
    assert found == {
        Inspection.INSPECTED: ("B",),
        Inspection.NOT_INSPECTED: ("A", "C"),
        Inspection.NOT_REPORTED: (),
        Inspection.NOT_DUE: (),
    }


def test_scores_are_counted_by_whose_they_are() -> None:
    counted = sources([SCORED, SCORED, month("70.00", ScoreSource.COMPUTED), month(None, None, Reason.EXEMPT)])
    assert {source: number for source, number in counted.items() if number} == {
        ScoreSource.TEAM: 2,
        ScoreSource.COMPUTED: 1,
        None: 1,
    }
    assert set(counted) == {*ScoreSource, None}
