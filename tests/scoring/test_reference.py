"""The reference itself, on cases worked by hand: what it is trusted with must not be taken on trust."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from scoring.facts import (
    Event,
    EventKind,
    Investment,
    Light,
    LightOverride,
    Milestone,
    NodeJudgement,
    OutlookVerdict,
    Plan,
    Programme,
    Project,
    Record,
)
from tests.scoring.reference import Period, Policies, Reference

COLUMNS = frozenset({"verified_ytd_wan", "verified_month_wan", "physical_progress", "physical_progress_pct"})
PLAN = Plan(date(2023, 1, 1), Decimal(1200))  # 100 a month


def entry(
    month: int, ytd: int | None = None, pct: int | None = None, this_month: int | None = None, score: str | None = None
) -> Record:
    return Record(
        month=month,
        columns=COLUMNS,
        verified=Investment(None if ytd is None else Decimal(ytd), None if this_month is None else Decimal(this_month)),
        physical_progress_pct=None if pct is None else Decimal(pct),
        team_score=None if score is None else Decimal(score),
        problems="征地",
    )


def project(*records: Record, code: str = "A", plan: Plan = PLAN, events: tuple[Event, ...] = ()) -> Project:
    found: Mapping[int, Record] = {record.month: record for record in records}
    return Project(code=code, name=code, group_class="工业", plans=(plan,), events=events, records=found)


def reference(*projects: Project, months: range = range(1, 13), **policies: str) -> Reference:
    programme = Programme("2023", 2023, ("工业",), frozenset(months), projects)
    return Reference(programme, replace(Policies(), **policies))  # type: ignore[arg-type]


def test_the_forty_point_indicator_alone_at_two_thirds_is_66_68() -> None:
    # no 投资 column: only 形象进度 is judged; planned 6/12 = 50 %, stated 33.33… is not possible, so 40 of 60 planned
    record = replace(
        entry(6, pct=40), columns=frozenset({"physical_progress_pct"}), physical_progress_plan_pct=Decimal(60)
    )
    one = project(record)
    # 40 × 2/3 = 26.666… → 26.67; 100 × 26.67 / 40 = 66.675 → 66.68
    assert reference(one).month_score(one, 6).score == Fraction("66.68")


def test_a_blank_cell_never_beats_a_bad_number() -> None:
    one = project(entry(6, ytd=600))  # 60 of 60 points; the physical cell is blank: 0 of 40
    assert reference(one).month_score(one, 6).score == 60
    assert reference(one, missing_indicator="exclude").month_score(one, 6).score == 100


def test_a_month_figure_adds_to_the_month_before_and_a_gap_is_absent() -> None:
    one = project(entry(1, ytd=50), entry(2, this_month=70), entry(4, this_month=10))
    ours = reference(one)
    assert ours.invested(one, 2) == 120
    assert ours.invested(one, 4) is None  # March is missing


def test_the_window_is_clipped_to_the_year_and_never_starts_before_the_entry() -> None:
    plan = replace(PLAN, planned_start=date(2022, 5, 1), planned_finish=date(2023, 10, 1))
    one = project(plan=plan, events=(Event(EventKind.ADDED, date(2023, 3, 20)),))
    ours = reference(one)
    assert ours.window(one, 5) == (3, 10)
    assert ours.plan_to_date(one, 5) == 1200 * Fraction(3, 8)
    assert reference(one, basis="year").plan_to_date(one, 5) == 500


def test_a_gap_of_the_cumulative_plan_lies_on_the_line_between_its_neighbours() -> None:
    plan = replace(PLAN, cumulative_wan={4: Decimal(100), 8: Decimal(900)})
    one = project(plan=plan)
    values = [reference(one).plan_to_date(one, month) for month in (1, 4, 6, 8, 10, 12)]
    assert values == [25, 100, 500, 900, 1050, 1200]


def test_equal_rows_share_a_rank_and_the_next_is_skipped() -> None:
    scores = ("90", "80", "80", "70")
    ours = reference(*(project(entry(6, score=score), code=code) for code, score in zip("ABCD", scores, strict=True)))
    assert [row.rank for row in ours.board(Period(month=6)).rows] == [1, 2, 2, 4]


def test_final_takes_the_begun_quarters_by_their_weights() -> None:
    one = project(entry(4, score="80"), entry(7, score="90"))
    ours = reference(one, months=range(4, 8))
    # (20 × 80 + 30 × 90) / 50 = 86
    assert ours.final(one, 7) == 86


def test_a_completed_project_scores_100_afterwards_and_stands_apart_in_month_boards() -> None:
    one = project(entry(6, score="75"), events=(Event(EventKind.COMPLETED, date(2023, 6, 10)),))
    ours = reference(one, months=range(6, 9))
    assert [ours.month_score(one, month).score for month in (6, 7, 8)] == [75, 100, 100]
    (row,) = ours.board(Period(month=7)).rows
    assert (row.rank, row.not_scored_reason) == (None, "已完工")
    assert reference(one, completed="carry", months=range(6, 9)).month_score(one, 8).score == 75


def test_exactly_0_80_is_green_and_exactly_0_60_yellow() -> None:
    expected = ((80, Light.GREEN), (79, Light.YELLOW), (60, Light.YELLOW), (59, Light.RED))
    for ytd, light in expected:
        one = project(entry(1, ytd=ytd))
        assert reference(one).light(one, 1)[0] is light


def test_a_red_month_leaves_one_yellow_behind() -> None:
    one = project(entry(1, ytd=10), entry(2, ytd=200), entry(3, ytd=300))
    ours = reference(one)
    assert [ours.light(one, month)[0] for month in (1, 2, 3)] == [Light.RED, Light.YELLOW, Light.GREEN]
    judged = replace(one, overrides=(LightOverride(1, Light.GREEN, "现场认定", "甲"),))
    assert reference(judged).light(judged, 2)[0] is Light.GREEN


def test_stalling_needs_three_records_for_yellow_and_four_for_red() -> None:
    one = project(*(entry(month, ytd=500) for month in (1, 2, 3, 4)))
    ours = reference(one, months=range(1, 5))
    assert [ours.stall_light(one, month) for month in (1, 2, 3, 4)] == [None, Light.GREEN, Light.YELLOW, Light.RED]


def test_a_grey_light_never_hides_the_red_before_it() -> None:
    one = project(entry(1, ytd=10))
    ours = reference(one, months=range(1, 3))
    assert (ours.light(one, 2)[0], ours.last_light(one, 2)) == (Light.GREY, Light.RED)


def test_outlook_carries_the_pace_of_the_last_three_months_to_december() -> None:
    one = project(entry(3, ytd=300), entry(6, ytd=570))
    # slope (570 - 300) / 3 = 90; 570 + 6 × 90 = 1110 < 95 % of 1200 = 1140
    assert reference(one).forecast(one, 6) == 1110
    assert reference(one).outlook(one, 6) is OutlookVerdict.UNLIKELY
    assert reference(one).outlook(one, 9) is None  # the last figure is three months old


def test_a_late_milestone_makes_the_year_unlikely_without_investment() -> None:
    plan = replace(PLAN, annual_investment_wan=None)
    record = replace(entry(6), node_judgement=NodeJudgement.NEARLY_REACHED)
    one = project(record, plan=plan)
    assert reference(one).outlook(one, 6) is OutlookVerdict.EXPECTED
    late = replace(one, milestones=(Milestone("封顶", date(2023, 6, 29)),))
    assert reference(late).outlook(late, 6) is OutlookVerdict.UNLIKELY
