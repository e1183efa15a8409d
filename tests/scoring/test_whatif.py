"""目标测算: the score that is said reaches the target, 0.01 less does not; what is called certain or impossible is."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.assessment import Assessed
from scoring.facts import Event, EventKind, Month, Programme, Project, Record
from scoring.periods import last_day, parse
from scoring.ranking import board
from scoring.rivals import Field
from scoring.rulebook import RuleBook
from scoring.whatif import STEP, Course, Range, Status, Verdict
from tests.scoring import random_programmes
from tests.scoring.cases import D, book, event, programme, project, scored

YEAR, QUARTER = parse("2023"), parse("2023Q4")
SECOND_AND_THIRD = {month: "80" for month in range(4, 7)} | {month: "90" for month in range(7, 10)}  # Q2 80, Q3 90


def course(one: Project, last: int, *, by: RuleBook | None = None, period: str = "2023") -> Course:
    known = programme(one, months=range(1, last + 1))
    return Course(Assessed(by or book(), known)["P1"], parse(period), last)


# ---- worked by hand -------------------------------------------------------------------------------------------------


def test_two_months_of_the_last_quarter_for_a_target_of_85() -> None:
    """Q2 80.00, Q3 90.00, October 80.00. (80×20 + 90×30 + Q4×50) ÷ 100 = 43 + Q4÷2 ≥ 85 asks Q4 ≥ 84.00.

    43 + 83.99÷2 = 84.995 rounds half-up to 85.00, so that Q4 = 83.99 is enough; 83.98 gives 84.99.
    (80 + 2x) ÷ 3 ≥ 83.985 asks x ≥ 85.9775: 85.98 gives (80 + 171.96) ÷ 3 = 83.986… → 83.99.
    """
    found = course(scored("P1", SECOND_AND_THIRD | {10: "80"}), 10).needed(D("85"))
    assert (found.verdict, found.month_score, found.quarter, found.quarter_score) == (
        Verdict.NEEDED,
        D("85.98"),
        4,
        D("83.99"),
    )
    assert (found.reached, found.one_less) == (D("85.00"), D("84.99"))
    assert found.sentence == (
        "11—12月平均不低于85.98分（即四季度得分不低于83.99分），年度得分为85.00分；再低0.01分则为84.99分，达不到。"
    )
    assert found.steps == (
        "四季度：（80.00＋85.98＋85.98）÷3＝83.99分",
        "2023年度：（80.00×20%＋90.00×30%＋83.99×50%）÷100%＝85.00分",
    )


def test_what_is_certain_and_what_is_impossible_come_with_their_figures() -> None:
    """Lowest: Q4 (80+0+0)÷3 = 26.67, 43 + 13.335 = 56.335 → 56.34. Highest: (80+200)÷3 = 93.33, 43 + 46.665 → 89.67."""
    one = course(scored("P1", SECOND_AND_THIRD | {10: "80"}), 10)
    assert one.range == Range(D("56.34"), D("89.67"))
    certain, beyond = one.needed(D("56.34")), one.needed(D("90"))
    assert (certain.verdict, certain.month_score) == (Verdict.REACHED, None)
    assert certain.sentence == "已经确定：11—12月即使都得0.00分，年度得分也有56.34分。"
    assert (beyond.verdict, beyond.month_score) == (Verdict.IMPOSSIBLE, None)
    assert beyond.sentence == "已不可能：11—12月即使都得100.00分，年度得分也只有89.67分，差0.33分。"
    assert one.needed(D("56.35")).verdict is Verdict.NEEDED
    assert one.needed(D("89.67")).month_score == D("99.99")  # (80+199.98)÷3 = 93.326… → 93.33 already


def test_a_quarter_not_begun_asks_all_its_months_and_a_year_begun_asks_every_one() -> None:
    """Q4 not begun: 43 + Q4÷2 ≥ 85 → Q4 83.99. With Q3 open too: 16 + 0.3x + 0.5x ≥ 84.995 → x ≥ 86.24375 → 86.25.

    86.24: 80×0.2 + 86.24×0.8 = 84.992 → 84.99.
    """
    ninth = course(scored("P1", SECOND_AND_THIRD), 9).needed(D("85"))
    assert (ninth.month_score, ninth.quarter_score) == (D("83.99"), D("83.99"))
    assert ninth.sentence.startswith("10—12月平均不低于83.99分（即四季度得分不低于83.99分）")
    sixth = course(scored("P1", {4: "80", 5: "80", 6: "80"}), 6).needed(D("85"))
    assert (sixth.month_score, sixth.quarter, sixth.one_less) == (D("86.25"), None, D("84.99"))
    assert sixth.sentence.startswith("7—12月每月不低于86.25分，年度得分为85.00分")


def test_a_running_quarter_alone() -> None:
    """October 70: (70 + 2x) ÷ 3 ≥ 79.995 asks x ≥ 84.9925 → 85.00 gives 80.00, 84.99 gives 79.99."""
    found = course(scored("P1", {10: "70"}), 10, period="2023Q4").needed(D("80"))
    assert (found.month_score, found.reached, found.one_less) == (D("85.00"), D("80.00"), D("79.99"))
    assert found.steps == ("四季度：（70.00＋85.00＋85.00）÷3＝80.00分",)


def test_a_month_without_a_score_leaves_the_mean_to_the_others() -> None:
    """November was committed and the project not inspected: Q4 = (80 + x) ÷ 2, ≥ 83.985 → x ≥ 87.97."""
    one = scored("P1", SECOND_AND_THIRD | {10: "80"})
    found = course(one, 11).needed(D("85"))
    assert (found.month_score, found.quarter_score) == (D("87.97"), D("83.99"))
    assert found.sentence.startswith("12月不低于87.97分")


def test_a_quarter_without_score_counts_as_the_book_says() -> None:
    """Q3 was not inspected. renormalise: (80×20 + Q4×50) ÷ 70; zero: (80×20 + 0×30 + Q4×50) ÷ 100.

    75: renormalise asks 1600 + 50 Q4 ≥ 70×74.995 = 5249.65 → Q4 ≥ 72.993 → 73.00. zero: Q4 ≤ 100 gives 66.00 at most.
    """
    one = scored("P1", {4: "80", 5: "80", 6: "80"})
    assert course(one, 9).needed(D("75")).month_score == D("73.00")
    beyond = course(one, 9, by=book(missing_quarter='"zero"')).needed(D("75"))
    assert (beyond.verdict, beyond.reached) == (Verdict.IMPOSSIBLE, D("66.00"))


def test_a_published_quarter_stands_whatever_its_months_say() -> None:
    """Q3 was published with 70.00: 16 + 21 + Q4÷2 ≥ 84.995 → Q4 ≥ 95.99."""
    known = programme(scored("P1", SECOND_AND_THIRD), months=range(1, 10))
    one = Course(Assessed(book(), known)["P1"], YEAR, 9, {"Q3": D("70.00")})
    assert one.needed(D("85")).month_score == D("95.99")


def test_the_months_left_of_a_published_quarter_change_nothing() -> None:
    """Q4 was published with 75.00 in November: 43 + 37.50 = 80.50, and December is locked."""
    known = programme(scored("P1", SECOND_AND_THIRD | {10: "80", 11: "80"}), months=range(1, 12))
    one = Course(Assessed(book(), known)["P1"], YEAR, 11, {"Q4": D("75.00")})
    assert (one.remaining, one.open_months, one.status) == ((12,), (), Status.SETTLED)
    assert one.range is not None and one.range.is_settled
    assert one.status_sentence() == "其余月份不再评分，得分不再变动。"
    assert one.needed(D("80.50")).sentence == "已经确定：年度得分为80.50分，不再变动。"


def test_the_three_verdicts_in_words() -> None:
    assert [verdict.words for verdict in Verdict] == ["已经确定", "还需努力", "已不可能"]


def test_a_completed_project_scores_by_the_book_and_has_nothing_left_to_do() -> None:
    """Completed in September: Q4 100.00, 43 + 50 = 93.00. carry: the last score, 90.00: 43 + 45 = 88.00."""
    one = scored("P1", SECOND_AND_THIRD, events=(event(EventKind.COMPLETED, "2023-09-20"),))
    done = course(one, 9)
    assert (done.status, done.range, done.open_months) == (Status.COMPLETED, Range(D("93.00"), D("93.00")), ())
    assert done.status_sentence() == "已完工，此后各月计100.00分，不再督查。"
    assert done.needed(D("90")).sentence == "已经确定：年度得分为93.00分，不再变动。"
    carried = course(one, 9, by=book(completed='"carry"'))
    assert carried.range == Range(D("88.00"), D("88.00"))
    assert carried.status_sentence() == "已完工，此后各月沿用最后一次月度得分，不再督查。"
    assert carried.needed(D("90")).sentence == "已不可能：年度得分为88.00分，不再变动，差2.00分。"
    quarter = course(one, 9, by=book(completed='"carry"'), period="2023Q4")
    assert quarter.range == Range(D("90.00"), D("90.00"))


def test_months_scored_by_completion_before_a_resumption_already_recorded_count() -> None:
    """Completed in March, 复工 recorded for July: Q2 100.00. 20 + (30 + 50)% x ≥ 89.995 asks x ≥ 87.49375 → 87.50."""
    lives = (event(EventKind.COMPLETED, "2023-03-10"), event(EventKind.RESUMED, "2023-07-10"))
    found = course(scored("P1", {3: "80"}, events=lives), 3)
    assert found.open_months == (7, 8, 9, 10, 11, 12)
    assert found.needed(D("90")).month_score == D("87.50")


def test_a_suspended_project_is_reckoned_as_resumed_and_its_rest_is_said() -> None:
    """Suspended in August after 80 in Q2 and July 90: as it rests (80×20 + 90×30) ÷ 50 = 86.00.

    Resumed from October: 43 + Q4÷2, between 43.00 and 93.00.
    """
    one = scored("P1", {4: "80", 5: "80", 6: "80", 7: "90"}, events=(event(EventKind.SUSPENDED, "2023-08-15"),))
    resting = course(one, 9)
    assert (resting.status, resting.at_rest, resting.range) == (
        Status.SUSPENDED,
        D("86.00"),
        Range(D("43.00"), D("93.00")),
    )
    assert resting.status_sentence() == (
        "现为暂缓，不复工的月份不评分：一直不复工，年度得分为86.00分；以下按下月起复工推算。"
    )
    assert course(replace(one, events=(*one.events, event(EventKind.RESUMED, "2023-11-02"))), 9).open_months == (11, 12)
    never = project("P1", events=(event(EventKind.SUSPENDED, "2023-01-15"),))
    assert course(never, 9).status_sentence().startswith("现为暂缓，不复工的月份不评分：一直不复工，年度得分没有得分")


def test_exempt_months_ask_nothing() -> None:
    one = scored("P1", SECOND_AND_THIRD, events=(event(EventKind.EXEMPT, "2023-09-20", 11),))
    found = course(one, 9)
    assert found.open_months == (10, 12)
    assert found.status_sentence() == "11月免考，不计入平均。"
    assert found.needed(D("85")).sentence.startswith("10、12月平均不低于83.99分")


def test_who_has_left_or_is_about_to_has_no_final() -> None:
    gone = scored("P1", SECOND_AND_THIRD, events=(event(EventKind.TRANSFERRED_OUT, "2023-08-31"),))
    leaving = scored("P1", SECOND_AND_THIRD, events=(event(EventKind.WITHDRAWN, "2023-10-05"),))
    for one in (gone, leaving):
        found = course(one, 9)
        assert (found.status, found.status_sentence()) == (Status.LEFT, "已调出，不再计年度得分。")
        assert not found.may_be_ranked


def test_too_few_months_for_a_rank_are_counted_to_the_years_end() -> None:
    """Entered in November with November and December to come: 2 months in weighted quarters, 3 are asked."""
    late = project("P1", events=(event(EventKind.ADDED, "2023-11-01"),))
    found = course(late, 10)
    assert (found.may_be_ranked, found.scored_months(), found.months_required) == (False, 2, 3)
    assert found.status_sentence() == (
        "考核期不足：其余月份全部计分，计权的季度也只有2个月计分，少于3个月，年末单列、不参加排名。"
    )
    assert course(project("P1"), 9).may_be_ranked
    assert not course(project("P1"), 9).will_be_ranked


def test_a_project_to_come_and_one_without_any_score_say_so() -> None:
    coming = course(project("P1", events=(event(EventKind.ADDED, "2024-01-05"),)), 9)
    assert (coming.status, coming.status_sentence()) == (Status.NOT_YET, "尚未增补，2023年度没有得分。")
    nothing = course(project("P1"), 12)
    assert (nothing.status, nothing.status_sentence()) == (
        Status.NOT_SCORED,
        "2023年度没有计分的月份，也没有剩余的月份。",
    )
    assert nothing.needed(D("60")).sentence == "年度得分没有计分的月份，无从测算。"
    over = course(scored("P1", SECOND_AND_THIRD), 12)
    assert (over.status, over.status_sentence()) == (Status.SETTLED, "本期没有剩余的月份，得分不再变动。")


def test_before_the_first_sheet_the_whole_year_is_open() -> None:
    found = Course(Assessed(book(), programme(project("P1")))["P1"], YEAR, 0)
    assert (found.range, found.remaining) == (Range(D("0.00"), D("100.00")), tuple(range(1, 13)))
    assert found.needed(D("90")).month_score == D("90.00")


def test_the_first_quarter_has_no_weight_but_a_score_of_its_own() -> None:
    """January 80: (80 + 2x) ÷ 3 ≥ 89.995 asks x ≥ 94.9925 → 95.00. The year still asks 90 of every weighted month."""
    one = scored("P1", {1: "80"})
    assert course(one, 1, period="2023Q1").needed(D("90")).month_score == D("95.00")
    assert course(one, 1).needed(D("90")).month_score == D("90.00")


# ---- for every programme --------------------------------------------------------------------------------------------

Scores = dict[str, dict[Month, Decimal]]
seeds = st.integers(0, 2**32)
BOOKS = st.sampled_from(
    [
        {},
        {"missing_quarter": '"zero"'},
        {"completed": '"carry"'},
        {"missing_quarter": '"zero"', "completed": '"carry"', "tie_break": '"none"'},
    ]
)
PERIODS = st.sampled_from(["2023", "2023Q3", "2023Q4"])


def through(facts: Programme, last: Month) -> Programme:
    """The programme as it was when `last` was its newest month: later records are not there yet, all events are."""
    return replace(
        facts,
        committed_months=frozenset(month for month in facts.committed_months if month <= last),
        projects=tuple(
            replace(one, records={month: entry for month, entry in one.records.items() if month <= last})
            for one in facts.projects
        ),
    )


def played(facts: Programme, field: Field, scores: Scores, resumed: Iterable[str]) -> Programme:
    """The year played to its end: months with the team's scores, `resumed` ones with 复工 in the first that remains."""
    again = set(resumed)

    def end(one: Project) -> Project:
        records = {month: Record(month, team_score=score) for month, score in scores.get(one.code, {}).items()}
        events = one.events
        if one.code in again:
            first = field.courses[one.code].remaining[0]
            events = (*events, Event(EventKind.RESUMED, last_day(YEAR.year, first)))
        return replace(one, records={**one.records, **records}, events=events)

    remaining = next(iter(field.courses.values())).remaining
    months = facts.committed_months | set(remaining)
    return replace(facts, committed_months=months, projects=tuple(end(one) for one in facts.projects))


@settings(max_examples=40, deadline=None)
@given(seed=seeds, last=st.integers(3, 11), target=st.decimals(40, 100, places=2), policies=BOOKS, text=PERIODS)
def test_scored_with_the_answer_the_target_is_reached_and_with_a_hundredth_less_it_is_not(
    seed: int, last: int, target: Decimal, policies: dict[str, str], text: str
) -> None:
    by, period = book(**policies), parse(text)
    facts = through(random_programmes.programme(seed), last)
    field = Field(Assessed(by, facts), period, last)
    courses = {code: one for code, one in field.courses.items() if one.is_member and one.range and one.remaining}
    answers = {code: one.needed(target) for code, one in courses.items()}
    suspended = [code for code, one in courses.items() if one.is_suspended]

    def scores(each: dict[str, Decimal]) -> dict[str, Decimal | None]:
        months = {code: dict.fromkeys(courses[code].open_months, score) for code, score in each.items()}
        shown = board(by, played(facts, field, months, suspended), period)
        return {row.code: row.score for row in shown.rows if row.code in each}

    assert scores(dict.fromkeys(courses, D("0.00"))) == {
        code: one.range.low for code, one in courses.items() if one.range
    }
    assert scores(dict.fromkeys(courses, D("100.00"))) == {
        code: one.range.high for code, one in courses.items() if one.range
    }
    for code, one in courses.items():
        assert one.range is not None
        assert (answers[code].verdict is Verdict.REACHED) == (one.range.low >= target)
        assert (answers[code].verdict is Verdict.IMPOSSIBLE) == (one.range.high < target)
    each = {code: one.month_score for code, one in answers.items() if one.month_score is not None}
    enough, short = scores(each), scores({code: score - STEP for code, score in each.items()})
    assert enough == {code: answers[code].reached for code in each}
    assert short == {code: answers[code].one_less for code in each}
    assert all(score is not None and score >= target for score in enough.values())
    assert all(score is not None and score < target for score in short.values())


@settings(max_examples=40, deadline=None)
@given(seed=seeds, last=st.integers(3, 12), policies=BOOKS, text=PERIODS, data=st.data())
def test_however_the_year_ends_scores_and_places_lie_where_they_were_said_to(
    seed: int, last: int, policies: dict[str, str], text: str, data: st.DataObject
) -> None:
    by, period = book(**policies), parse(text)
    facts = through(random_programmes.programme(seed), last)
    field = Field(Assessed(by, facts), period, last)
    outcome = st.one_of(st.none(), st.sampled_from([D(0), D(50), D("79.99"), D(80), D(100)]))
    scores: Scores = {}
    resumed = []
    for code, one in field.courses.items():
        drawn = {month: data.draw(outcome) for month in one.open_months}
        scores[code] = {month: value for month, value in drawn.items() if value is not None}
        if one.is_suspended and data.draw(st.booleans()):
            resumed.append(code)
    shown = board(by, played(facts, field, scores, resumed), period)
    for row in shown.rows:
        one, reach = field.courses[row.code], field.reach(row.code)
        assert one.is_member
        if row.score is not None:
            assert one.range is not None
            assert one.range.low <= row.score <= one.range.high
        if row.rank is None:
            assert not one.will_be_ranked
            continue
        assert reach is not None
        assert reach.best <= row.rank <= reach.worst
        if not one.remaining:
            assert reach.best == reach.worst == row.rank
