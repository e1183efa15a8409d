"""The monthly score. The project has 1200万元 over the year: by June 600万元 and 50 % are due."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from scoring.assessment import Assessment
from scoring.facts import Declaration, EventKind, NodeJudgement, Project, Record
from scoring.investment import Source
from scoring.monthly import SHEETS_PLAN, IndicatorScore, MonthScore, ScoreSource
from scoring.rulebook import Reason, RuleBook, parse
from tests.scoring.cases import D, book, default_text, event, plan, project, record

INVESTMENT, PHYSICAL, NODE = "投资完成", "形象进度", "节点完成"


def assess(one: Project, rules: RuleBook | None = None, months: tuple[int, ...] = ()) -> Assessment:
    return Assessment(rules or book(), 2023, months or tuple(sorted(one.records)), one)


def june(row: Record, rules: RuleBook | None = None, **fields: Any) -> MonthScore:
    """The score of June with only June committed."""
    return assess(project("P1", row, **fields), rules).score(6)


def points(score: MonthScore) -> Mapping[str, Decimal | None]:
    return {one.name: one.points for one in score.indicators}


def reasons(score: MonthScore) -> Mapping[str, str]:
    return {one.name: one.reason for one in score.indicators}


def test_the_worked_example_of_the_county_sheet() -> None:
    """年度计划3500万元，六月累计1160万元：应完成1750，60×1160/1750＝39.771…；完成率不封顶."""
    found = june(record(6, "1160", columns={"verified_ytd_wan"}), plans=(plan("3500"),))
    assert points(found) == {INVESTMENT: D("39.77"), PHYSICAL: None}
    assert reasons(found)[INVESTMENT] == "完成1160／应完成1750万元，计39.77分"
    assert found.score == D("66.28")  # 100 × 39.77/60 = 66.283…


def test_each_printed_level_is_rounded_once_and_the_next_uses_it() -> None:
    """The 40-point indicator alone at 2/3: 26.666… → 26.67 → 100 × 26.67/40 = 66.675 → 66.68."""
    found = june(record(6, pct="40", columns={"physical_progress"}, physical_progress_plan_pct="60"))
    assert points(found) == {INVESTMENT: None, PHYSICAL: D("26.67")}
    assert found.score == D("66.68")
    assert found.sentence == "100×（26.67）÷（40）＝66.68分"


@pytest.mark.parametrize(
    ("ytd", "pct", "investment", "physical", "score"),
    [
        ("300", "25", "30.00", "20.00", "50.00"),  # half of both
        ("600", "50", "60.00", "40.00", "100.00"),  # exactly as planned
        ("900", "80", "60.00", "40.00", "100.00"),  # no credit beyond the plan
        ("0", "0", "0.00", "0.00", "0.00"),
        ("-5", "50", "0.00", "40.00", "40.00"),  # negative: 0 points, with a notice
        ("100", "33", "10.00", "26.40", "36.40"),
    ],
)
def test_points_are_full_marks_times_done_over_due(
    ytd: str, pct: str, investment: str, physical: str, score: str
) -> None:
    found = june(record(6, ytd, pct))
    assert points(found) == {INVESTMENT: D(investment), PHYSICAL: D(physical)}
    assert (found.score, found.source, found.reason) == (D(score), ScoreSource.COMPUTED, None)
    negative = ytd.startswith("-")
    assert found.notices == (("本年累计完成投资为负数（-5万元），计0分",) if negative else ())


def test_a_computed_score_names_the_cells_it_came_from() -> None:
    found = june(record(6, "300", "25"))
    assert found.sources == (Source(6, "verified_ytd_wan", 6), Source(6, "physical_progress_pct", 6))
    assert found.ref == 6


def test_a_due_amount_without_two_decimal_form_is_spelled_out() -> None:
    found = june(record(6, "300"), plans=(plan("1000", start="2023-04"),))  # 1000 × 3/9 = 333.333…
    assert reasons(found)[INVESTMENT] == "完成300／应完成333.33万元（1000×1／3），计54.00分"
    given = june(record(6, "300"), plans=(plan("1000", cumulative={3: "100", 9: "600", 12: "1000"}),))
    assert reasons(given)[INVESTMENT] == "完成300／应完成350万元，计51.43分"
    bent = june(record(6, "300"), plans=(plan("1000", cumulative={5: "100", 8: "600"}),))
    assert reasons(bent)[INVESTMENT] == "完成300／应完成266.67万元（800／3），计60.00分"


# ---- 不计 and 未填 ----


def test_a_blank_cell_counts_0_so_that_it_never_beats_a_bad_number() -> None:
    found = june(record(6, None, "50"))
    assert points(found) == {INVESTMENT: D("0.00"), PHYSICAL: D("40.00")}
    assert (found.score, reasons(found)[INVESTMENT]) == (D("40.00"), "未填，计0.00分")


def test_the_book_may_leave_a_blank_cell_out() -> None:
    found = june(record(6, None, "25"), book(missing_indicator='"exclude"'))
    assert points(found) == {INVESTMENT: None, PHYSICAL: D("20.00")}
    assert (found.score, reasons(found)[INVESTMENT]) == (D("50.00"), "未填，本项不计")


def test_a_sheet_without_the_column_leaves_the_indicator_out() -> None:
    found = june(record(6, None, "50", columns={"physical_progress"}))
    assert points(found) == {INVESTMENT: None, PHYSICAL: D("40.00")}
    assert (found.score, reasons(found)[INVESTMENT]) == (D("100.00"), "表内无此栏，本项不计")
    other = june(record(6, "600", columns={"verified_ytd_wan"}))
    assert reasons(other)[PHYSICAL] == "表内无此栏，本项不计"


def test_a_blank_physical_cell_counts_0_but_words_without_percent_are_left_out() -> None:
    assert points(june(record(6, "600")))[PHYSICAL] == D("0.00")
    found = june(record(6, "600", physical_progress="主体封顶"))
    assert (points(found)[PHYSICAL], found.score) == (None, D("100.00"))
    assert reasons(found)[PHYSICAL] == "形象进度为文字、没有百分数，本项不计"


def test_a_year_to_date_lost_in_a_gap_counts_as_blank_and_names_the_gap() -> None:
    one = project("P1", record(3, "300", "25"), record(6, None, "50", month_wan="40"))
    found = assess(one).score(6)
    assert points(found) == {INVESTMENT: D("0.00"), PHYSICAL: D("40.00")}
    assert reasons(found)[INVESTMENT] == "缺4、5月数据，未填，计0.00分"
    assert found.notices == ("督查核实投资缺4—5月数据，6月的本年累计无法推算",)


def test_before_the_planned_start_an_indicator_is_left_out() -> None:
    found = june(record(6, "10", "5"), plans=(plan(start="2023-08"),))
    assert points(found) == {INVESTMENT: None, PHYSICAL: None}
    assert set(reasons(found).values()) == {"未到计划开工，本项不计"}
    assert (found.score, found.reason) == (None, Reason.NOT_DUE)
    blank = june(record(6, None, None, problems="征地未完"), plans=(plan(start="2023-08"),))
    assert (set(reasons(blank).values()), blank.reason) == ({"未到计划开工，本项不计"}, Reason.NOT_DUE)


def test_the_sheets_own_planned_percent_is_compared_with() -> None:
    found = june(record(6, "600", "30", physical_progress_plan_pct="40"))
    assert points(found)[PHYSICAL] == D("30.00")  # 40 × 30/40
    assert reasons(found)[PHYSICAL] == "形象进度30%／计划40%，计30.00分"
    planned = june(record(6, "600", "30"), plans=(plan(physical={6: "60"}),))
    assert points(planned)[PHYSICAL] == D("20.00")  # the plan's figure for June: 40 × 30/60


def test_a_percent_of_the_whole_is_compared_with_the_whole_construction_window() -> None:
    """July 2022 to June 2024: in June 12 of 24 months are gone, 50 % of the whole is due whatever the sheet plans."""
    two_years = (plan(start="2022-07", finish="2024-06"),)
    row = record(6, "600", "40", physical_progress_is_whole=True, physical_progress_plan_pct="90")
    found = june(row, plans=two_years)
    assert (points(found)[PHYSICAL], reasons(found)[PHYSICAL]) == (
        D("32.00"),
        "总体形象进度40%／计划50%，计32.00分",
    )
    bare = record(6, "600", "40")
    assert points(june(bare, book(physical_basis='"whole_project"'), plans=two_years))[PHYSICAL] == D("32.00")
    later = (plan(start="2021-07", finish="2024-06"),)  # 24 of 36 months: 66.67 %; of the year's target 50 %
    assert points(june(bare, plans=later))[PHYSICAL] == D("32.00")
    assert points(june(bare, book(physical_basis='"whole_project"'), plans=later))[PHYSICAL] == D("24.00")


# ---- nodes ----


@pytest.mark.parametrize(
    ("judgement", "of_60", "of_40"),
    [
        (NodeJudgement.REACHED, "60.00", "40.00"),
        (NodeJudgement.NEARLY_REACHED, "48.00", "32.00"),
        (NodeJudgement.NOT_REACHED, "30.00", "20.00"),
    ],
)
def test_a_node_judgement_is_a_share_of_the_full_marks(judgement: NodeJudgement, of_60: str, of_40: str) -> None:
    row = record(6, node_judgement=judgement, columns={"node_judgement"})
    without_investment = june(row, plans=(plan(None),))
    assert points(without_investment) == {NODE: D(of_60), PHYSICAL: None}
    with_investment = june(record(6, "600", node_judgement=judgement))
    assert points(with_investment) == {INVESTMENT: D("60.00"), PHYSICAL: D(of_40)}
    assert with_investment.sources[-1] == Source(6, "node_judgement", 6)


def test_a_node_judgement_gives_way_to_a_percent_and_is_not_compared_with_the_plan() -> None:
    both = june(record(6, "600", "25", node_judgement=NodeJudgement.REACHED))
    assert points(both)[PHYSICAL] == D("20.00")
    early = june(record(6, node_judgement=NodeJudgement.NEARLY_REACHED), plans=(plan(start="2023-09"),))
    assert (early.score, reasons(early)[PHYSICAL]) == (D("80.00"), "节点评定为基本达到，按满分的80%计32.00分")


def test_a_blank_node_cell_counts_0_once_anything_is_due() -> None:
    row = record(6, pct="50", columns={"node_judgement", "physical_progress"})
    found = june(row, plans=(plan(None),))
    assert points(found) == {NODE: D("0.00"), PHYSICAL: D("40.00")}
    early = june(row, plans=(plan(None, start="2023-09"),))
    assert (early.score, early.reason) == (None, Reason.NOT_DUE)
    no_column = june(record(6, pct="50"), plans=(plan(None),))
    assert (points(no_column), no_column.score) == ({NODE: None, PHYSICAL: D("40.00")}, D("100.00"))


def test_an_indicator_the_team_alone_scores_counts_its_entry_or_its_blank() -> None:
    own = parse(
        default_text()
        + '[[indicators.classes."甲类"]]\nname = "群众满意"\nkind = "entered"\n'
        + 'full_marks = { value = 100, unit = "分" }\n'
    )
    entered = june(record(6, indicator_points={"群众满意": D("88.5")}), own)
    assert (entered.score, entered.source) == (D("88.50"), ScoreSource.TEAM)
    assert entered.sources == (Source(6, "indicator_points", 6),)
    blank = june(record(6, problems="无", columns={"群众满意"}), own)
    assert (blank.score, reasons(blank)) == (D("0.00"), {"群众满意": "未填，计0.00分"})
    absent = june(record(6, problems="无"), own)
    assert (absent.score, absent.reason) == (None, Reason.NOT_ASSESSABLE)


# ---- given scores ----


def test_the_teams_score_counts_before_the_sheets_and_that_before_the_computed() -> None:
    all_three = june(record(6, "300", "25", team_score="81.235", sheet_score="78"))
    assert (all_three.score, all_three.source) == (D("81.24"), ScoreSource.TEAM)
    kept = (all_three.team_score, all_three.sheet_score, all_three.computed_score)
    assert kept == (D("81.24"), D("78.00"), D("50.00"))
    assert all_three.sources == (Source(6, "team_score", 6),)
    sheet = june(record(6, "300", "25", sheet_score="78"))
    assert (sheet.score, sheet.source, sheet.sources) == (
        D("78.00"),
        ScoreSource.SHEET,
        (Source(6, "sheet_score", 6),),
    )


@pytest.mark.parametrize(("sheet", "speaks"), [("55", False), ("55.01", True), ("45", False), ("44.99", True)])
def test_two_scores_of_one_month_more_than_five_points_apart_are_a_notice(sheet: str, speaks: bool) -> None:
    found = june(record(6, "300", "25", sheet_score=sheet))  # computed 50.00
    gap = {"55.01": "5.01", "44.99": "5.01"}.get(sheet)
    words = (f"表内得分{D(sheet)}分与系统计分50.00分相差{gap}分，超过5分",)
    assert found.notices == (words if speaks else ())


def test_a_given_score_outside_0_to_100_does_not_count() -> None:
    found = june(record(6, "300", "25", team_score="120"))
    assert (found.score, found.source) == (D("50.00"), ScoreSource.COMPUTED)
    assert found.notices == ("督查组评分120分不在0—100分内，不采用",)


def test_a_team_that_scores_every_indicator_has_given_its_score() -> None:
    entered = {INVESTMENT: D("50"), PHYSICAL: D("30")}
    found = june(record(6, "300", sheet_score="90", indicator_points=entered))
    assert (found.score, found.source) == (D("80.00"), ScoreSource.TEAM)
    assert found.sentence == "督查组分项评分，100×（50.00＋30.00）÷（60＋40）＝80.00分"
    one = june(record(6, "300", indicator_points={PHYSICAL: D("45")}))  # no more than the full marks
    assert (points(one), one.source) == ({INVESTMENT: D("30.00"), PHYSICAL: D("40.00")}, ScoreSource.COMPUTED)


def test_an_indicator_the_team_entered_says_so_and_leads_to_its_entry() -> None:
    found = june(record(6, "300", indicator_points={PHYSICAL: D("30.5")}))
    assert reasons(found)[PHYSICAL] == "督查组评30.50分"
    line = next(one for one in found.indicators if one.name == PHYSICAL)
    assert line.figures == (Source(6, f"indicator_points.{PHYSICAL}", 6),)


@pytest.mark.parametrize(("entered", "counted"), [("-3", "0.00"), ("0", "0.00"), ("0.4", "0.40")])
def test_points_that_the_team_entered_below_nothing_count_0(entered: str, counted: str) -> None:
    assert points(june(record(6, "300", indicator_points={PHYSICAL: D(entered)})))[PHYSICAL] == D(counted)


def test_a_percent_planned_below_one_is_already_due() -> None:
    row = record(6, pct="0.4", physical_progress_plan_pct="0.5")  # 40 × 0.4/0.5 = 32
    assert points(june(row))[PHYSICAL] == D("32.00")
    blank = record(6, "300", physical_progress_plan_pct="0.5")
    assert points(june(blank))[PHYSICAL] == D("0.00")


def test_a_blank_indicator_leads_to_the_cell_that_was_left_blank() -> None:
    found = june(record(6, pct="25"))
    line = next(one for one in found.indicators if one.name == INVESTMENT)
    assert (line.points, line.figures[0].month, line.figures[0].ref) == (D("0.00"), 6, 6)
    assert line.figures[0].field in ("verified_ytd_wan", "reported_ytd_wan")


def line_of(found: MonthScore, name: str) -> IndicatorScore:
    return next(one for one in found.indicators if one.name == name)


def test_points_entered_beyond_the_full_marks_say_what_was_entered_and_what_counts() -> None:
    found = june(record(6, "300", indicator_points={PHYSICAL: D("45")}))
    assert reasons(found)[PHYSICAL] == "督查组评45分，以0—40分为限计40.00分"


def test_what_was_done_and_due_is_printed_so_that_it_can_be_worked_again() -> None:
    """July, 1000万元 a year: due 1000 × 7/12 = 583.33…; done by June 400 and 120 in July."""
    rows = (record(6, "400"), record(7, month_wan="120", pct="40"))
    one = project("P1", *rows, plans=(plan("1000"),))
    score = assess(one).score(7)
    # 60 × 520 ÷ 583.33… = 53.49; 40 × 40 ÷ 58.33… = 27.43
    assert reasons(score) == {
        INVESTMENT: "完成520（400＋120）／应完成583.33万元（1000×7／12），计53.49分",
        PHYSICAL: "形象进度40%／计划58.33%（100×7／12），计27.43分",
    }


def test_a_plan_between_two_months_is_printed_in_full_and_leads_to_the_month_by_month_plan() -> None:
    """30 by April and 130 by July: May is due 30 + 100/3 = 63.33… = 190/3; 60 × 38 ÷ 63.33… = 36."""
    monthly = plan("1200", cumulative={4: "30", 7: "130"})
    one = project("P1", record(5, "38"), plans=(replace(monthly, ref=9),))
    line = line_of(assess(one).score(5), INVESTMENT)
    assert line.reason == "完成38／应完成63.33万元（190／3），计36.00分"
    assert line.planned == Source(5, "cumulative_wan", 9)


def test_the_planned_percent_leads_to_the_sheet_else_to_the_plan_else_to_its_dates() -> None:
    def planned(row: Record, **stated: Any) -> Source | None:
        one = project("P1", row, plans=(replace(plan(**stated), ref=9),))
        return line_of(assess(one).score(6), PHYSICAL).planned

    assert planned(record(6, pct="40", physical_progress_plan_pct="50")) == Source(6, SHEETS_PLAN, 6)
    assert planned(record(6, pct="40"), physical={6: "45"}) == Source(6, "physical_progress_pct", 9)
    assert planned(record(6, pct="40")) == Source(6, "planned_start_on", 9)
    whole = record(6, pct="40", physical_progress_is_whole=True, physical_progress_plan_pct="50")
    assert planned(whole, physical={6: "45"}) == Source(6, "planned_start_on", 9)


# ---- months without a score, first reason that holds ----


EVENTS = {
    "added": event(EventKind.ADDED, "2023-07-01"),
    "left": event(EventKind.TRANSFERRED_OUT, "2023-05-31"),
    "completed": event(EventKind.COMPLETED, "2023-05-01"),
    "suspended": event(EventKind.SUSPENDED, "2023-06-30"),
    "exempt": event(EventKind.EXEMPT, "2023-06-02"),
}


@pytest.mark.parametrize(
    ("happened", "row", "reason", "score"),
    [
        (("added", "suspended"), record(6, team_score="90"), Reason.NOT_YET_ADDED, None),
        (("left", "completed"), record(6, team_score="90"), Reason.LEFT, None),
        (("completed", "exempt"), record(6, team_score="90"), Reason.COMPLETED, "100.00"),
        (("suspended", "exempt"), record(6, team_score="90"), Reason.SUSPENDED, None),
        (("exempt",), record(6, team_score="90"), None, "90.00"),  # a given score counts before 免考
        (("exempt",), record(6, "600", "50"), Reason.EXEMPT, None),
        (("exempt",), None, Reason.EXEMPT, None),
        ((), record(6, "600", declaration=Declaration.EXEMPT), Reason.EXEMPT, None),
        ((), record(6, "600", "50", declaration=Declaration.REFUSED), Reason.REFUSED, "0.00"),
        ((), record(6, "600", "50", declaration=Declaration.STOPPED), Reason.STOPPED, "0.00"),
        ((), record(6, "600", team_score="70", declaration=Declaration.REFUSED), None, "70.00"),
        ((), None, Reason.NOT_INSPECTED, None),
        ((), record(6), Reason.NOT_REPORTED, "0.00"),
        ((), record(6, physical_progress_plan_pct="50"), Reason.NOT_REPORTED, "0.00"),  # a template's figure
        ((), record(6, problems="缺资金", columns=()), Reason.NOT_ASSESSABLE, None),
    ],
)
def test_the_first_reason_that_holds_is_shown_with_its_policy(
    happened: tuple[str, ...], row: Record | None, reason: Reason | None, score: str | None
) -> None:
    one = project("P1", *([row] if row else []), events=tuple(EVENTS[name] for name in happened))
    found = assess(one, months=(6,)).score(6)
    assert (found.reason, found.score) == (reason, None if score is None else D(score))
    assert (found.source is ScoreSource.POLICY) == (reason in (Reason.REFUSED, Reason.STOPPED, Reason.NOT_REPORTED))


def test_a_project_not_due_is_未到计划开工_before_it_is_未督查_or_未报() -> None:
    late = (plan(start="2023-09"),)
    assert assess(project("P1", plans=late), months=(6,)).score(6).reason is Reason.NOT_DUE
    assert june(record(6), plans=late).reason is Reason.NOT_DUE


def test_without_annual_plan_words_alone_cannot_be_judged() -> None:
    found = june(record(6, physical_progress="主体封顶", columns={"physical_progress"}), plans=(plan(None),))
    assert (found.reason, found.sentence) == (
        Reason.NO_ANNUAL_PLAN,
        "无年度计划，没有可评定的指标，不计入平均",
    )
    nothing = june(record(6, physical_progress="主体封顶", columns={"physical_progress"}), plans=())
    assert nothing.reason is Reason.NO_ANNUAL_PLAN


def test_the_investment_indicator_of_a_class_set_is_left_out_without_annual_plan() -> None:
    own = parse(
        default_text()
        + '[[indicators.classes."甲类"]]\nname = "投资完成"\nkind = "investment"\n'
        + 'full_marks = { value = 100, unit = "分" }\n'
    )
    found = june(record(6, "300"), own, plans=(plan("0"),))
    assert (reasons(found), found.reason) == ({INVESTMENT: "无年度计划，本项不计"}, Reason.NO_ANNUAL_PLAN)


def test_the_policy_of_a_reason_is_the_books() -> None:
    strict, mild = book(未督查='"zero"'), book(未报='"exclude"')
    assert assess(project(), strict, months=(6,)).score(6).score == D("0.00")
    assert june(record(6), mild).score is None
    assert june(record(6), mild).sentence == "本月有该项目的行而全部未填，不计入平均"


# ---- completion ----


def completed(*rows: Record, on: str = "2023-06-10") -> Project:
    return project("P1", *rows, events=(event(EventKind.COMPLETED, on),))


def test_the_month_of_completion_is_scored_normally_and_later_months_count_100() -> None:
    one = assess(completed(record(6, "300", "25"), record(8, "100", "10")), months=(6, 7, 8))
    assert [one.score(month).score for month in (6, 7, 8)] == [D("50.00"), D("100.00"), D("100.00")]
    assert one.score(8).source is ScoreSource.COMPLETED


def test_the_month_of_completion_without_a_record_is_like_those_after_it() -> None:
    assert assess(completed(), months=(6,)).score(6).score == D("100.00")


def test_with_carry_the_last_monthly_score_goes_on() -> None:
    carry = book(completed='"carry"')
    one = assess(completed(record(5, "300", "25"), record(6, team_score="88.8")), carry, months=(5, 6, 7, 9))
    assert [one.score(month).score for month in (7, 9)] == [D("88.80"), D("88.80")]
    assert (one.score(9).source, one.score(9).reason) == (ScoreSource.CARRIED, Reason.COMPLETED)
    assert one.score(9).sentence == "已完工，沿用最后一次月度得分（6月）88.80分"
    never = assess(completed(), carry, months=(6, 7))
    assert (never.score(7).score, never.score(7).reason) == (None, Reason.NO_CARRIED_SCORE)
    assert never.score(7).by_completion


def test_records_after_completion_count_again_once_work_is_resumed() -> None:
    events = event(EventKind.COMPLETED, "2023-06-10"), event(EventKind.RESUMED, "2023-08-01")
    one = assess(project("P1", record(7, "300", "25"), record(8, "400", "25"), events=events), months=(6, 7, 8))
    assert [one.score(month).score for month in (7, 8)] == [D("100.00"), D("45.00")]  # 60×400/800 + 40×25/66.67


def test_a_partly_completed_project_is_assessed_as_usual() -> None:
    one = project("P1", record(6, "300", "25"), events=(event(EventKind.PARTLY_COMPLETED, "2023-03-01"),))
    assert assess(one).score(6).score == D("50.00")
