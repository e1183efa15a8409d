"""升降原因: every place won or lost has its cause, and the parts add up to the change exactly."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.assessment import Assessed
from scoring.facts import EventKind, Programme
from scoring.movement import Explained, Places, RankParts, ScoreParts, movements
from scoring.periods import parse, previous
from scoring.ranking import Place, board, places
from scoring.rulebook import RuleBook
from tests.scoring import random_programmes
from tests.scoring.cases import D, book, event, programme, project, record, scored

SEPTEMBER, OCTOBER = parse("2023-09"), parse("2023-10")


def explained(facts: Programme, by: RuleBook | None = None) -> dict[str, Explained]:
    assessed = Assessed(by or book(), facts)
    return movements(places(assessed, OCTOBER), places(assessed, SEPTEMBER))


def two_months(**scores: tuple[str, str]) -> Programme:
    """Projects with the team's scores of September and October."""
    return programme(*(scored(code, {9: first, 10: second}) for code, (first, second) in scores.items()))


def test_own_score_lifts_three_places_and_the_others_take_one_back() -> None:
    """September: A 90, B 88, C 86, D 84, E 81.20 (5th). October: E 86.40, and D rises to 95.

    Own first: 86.40 against September's 90, 88, 86, 84 → 3rd, up 2. Then October's others 95, 90, 88, 86 → 4th, down 1.
    """
    found = explained(two_months(A=("90", "90"), B=("88", "88"), C=("86", "86"), D=("84", "95"), E=("81.20", "86.40")))
    one = found["E"]
    assert (one.from_rank, one.to_rank, one.change) == (5, 4, 1)
    assert one.ranks == RankParts(own=2, others=-1)
    assert one.scores == ScoreParts(own=D("5.20"))
    assert one.sentence == ("由第5名升至第4名：本项目得分由81.20升至86.40，使名次上升2位；他人得分提高，下降1位。")
    # D: own 95 against 90, 88, 86, 81.20 → 1st, up 3; nobody passes it.
    assert found["D"].sentence == "由第4名升至第1名：本项目得分由84.00升至95.00，使名次上升3位。"
    # A: unchanged and passed by D.
    assert found["A"].sentence == "由第1名降至第2名：本项目得分90.00未变，名次不因此变动；他人得分提高，下降1位。"


def test_who_leaves_opens_a_place_and_who_joins_takes_one() -> None:
    """September: A 90, B 80, C 70. A leaves in September, N enters in October with 75; B and C stay as they are.

    C: A gone → 2nd, up 1; own and others the same; N's 75 stands in front → 3rd, down 1. Change 0.
    """
    facts = programme(
        scored("A", {9: "90"}, events=(event(EventKind.WITHDRAWN, "2023-09-20"),)),
        scored("B", {9: "80", 10: "80"}),
        scored("C", {9: "70", 10: "70"}),
        scored("N", {10: "75"}, events=(event(EventKind.ADDED, "2023-10-08"),)),
    )
    found = explained(facts)
    assert found["C"].ranks == RankParts(left=1, joined=-1)
    assert found["C"].sentence == (
        "仍为第3名：前面有1项不再参加排名，上升1位；本项目得分70.00未变，名次不因此变动；"
        "新参加排名的1项排在前面，下降1位。"
    )
    assert found["B"].ranks == RankParts(left=1)
    assert (found["A"].change, found["A"].ranks, found["A"].sentence) == (None, None, "上期第1名，本期已不在册。")
    assert (found["N"].change, found["N"].sentence) == (None, "上期不在册，本期第2名。")


def test_who_is_ranked_in_one_period_only_is_told_so_and_why() -> None:
    facts = programme(
        scored("A", {9: "90"}, events=(event(EventKind.COMPLETED, "2023-09-20"),)),
        project("B", record(10, team_score="80")),
        project("C", events=(event(EventKind.SUSPENDED, "2023-08-01"),)),
    )
    found = explained(facts)
    assert found["A"].sentence == "上期第1名，本期不参加排名（已完工）。"
    assert found["B"].sentence == "上期未参加排名（未督查），本期第1名。"
    assert found["C"].sentence == "上期未参加排名（暂缓），本期不参加排名（暂缓）。"


def test_equal_scores_are_moved_by_the_tie_break() -> None:
    """Both score 80 in both months. Invested against due: A 900/900 then 900/1000, B 810/900 then 1100/1000.

    B: its own ratio rises from 0.90 to 1.10 against A's old 1.00 → 1st, up 1.
    """
    facts = programme(
        project("A", record(9, "900", team_score="80"), record(10, "900", team_score="80")),
        project("B", record(9, "810", team_score="80"), record(10, "1100", team_score="80")),
    )
    found = explained(facts)
    assert found["B"].ranks == RankParts(own=1)
    assert found["B"].sentence == "由第2名升至第1名：本项目得分80.00未变、同分比较有变，使名次上升1位。"
    assert found["A"].ranks == RankParts(own=0, others=-1)


def test_others_who_change_places_with_one_another_are_counted_both_ways() -> None:
    """C keeps 80. A falls from 90 to 70, B rises from 70 to 90: one no longer in front, one newly in front."""
    one = explained(two_months(A=("90", "70"), B=("70", "90"), C=("80", "80")))["C"]
    assert (one.ranks, one.passed_by, one.passed) == (RankParts(), 1, 1)
    assert one.sentence == (
        "仍为第2名：本项目得分80.00未变，名次不因此变动；他人得分有升有降（1项赶到前面，1项不再领先），名次不变。"
    )
    one = explained(two_months(A=("90", "70"), C=("80", "80")))["C"]
    assert one.sentence == "由第2名升至第1名：本项目得分80.00未变，名次不因此变动；他人得分回落，上升1位。"


def test_a_new_rule_book_is_told_apart_from_ones_own_doing() -> None:
    """500/900 invested and 100 % built in September, nothing else: 60×500/900 = 33.33, +40 = 73.33; B has 75.00.

    The new book gives 形象进度 90 marks and 投资完成 10: 10×500/900 = 5.56, +90 = 95.56, 1st on September's facts.
    """
    other = book_of_marks(10, 90)
    facts = programme(
        project("A", record(9, "500", "100"), record(10, "600", "100")),
        scored("B", {9: "75", 10: "75"}),
    )
    old, new = Assessed(book(), facts), Assessed(other, facts)
    found = movements(places(new, OCTOBER), places(old, SEPTEMBER), restated=places(new, SEPTEMBER))
    # October by the new book: 10×600/1000 = 6.00, +90 = 96.00
    assert found["A"].ranks == RankParts(rule=1)
    assert found["A"].scores == ScoreParts(rule=D("22.23"), own=D("0.44"))
    assert found["A"].sentence == (
        "由第2名升至第1名：考核办法或分组调整，上期得分由73.33升至95.56，上升1位；"
        "本项目得分由95.56升至96.00，名次不因此变动。"
    )
    assert found["B"].ranks == RankParts(rule=-1)


def book_of_marks(investment: int, physical: int) -> RuleBook:
    default = tuple(
        replace(one, full_marks=Decimal(marks))
        for one, marks in zip(book().indicators.default, (investment, physical), strict=True)
    )
    return replace(book(), indicators=replace(book().indicators, default=default))


def test_a_correction_of_what_was_published_is_a_part_of_its_own() -> None:
    """October was published with A 70, B 80 and corrected to A 85: September A 75, B 80.

    As published A stayed 2nd (75 → 70); the correction to 85 lifts it by 1.
    """
    before = Assessed(book(), two_months(A=("75", "70"), B=("80", "80")))
    after = Assessed(book(), two_months(A=("75", "85"), B=("80", "80")))
    found = movements(places(after, OCTOBER), places(after, SEPTEMBER), published=places(before, OCTOBER))
    assert found["A"].ranks == RankParts(correction=1)
    assert found["A"].scores == ScoreParts(own=D("-5.00"), correction=D("15.00"))
    assert found["A"].sentence == (
        "由第2名升至第1名：本项目得分由75.00降至70.00，名次不因此变动；更正通报数，得分由70.00升至85.00，上升1位。"
    )
    assert found["B"].ranks == RankParts(correction=-1)


def test_a_project_that_the_published_board_did_not_rank_has_no_part_for_the_correction() -> None:
    before = Assessed(book(), programme(scored("A", {9: "75"}), scored("B", {9: "80", 10: "80"})))
    after = Assessed(book(), two_months(A=("75", "85"), B=("80", "80")))
    found = movements(places(after, OCTOBER), places(after, SEPTEMBER), published=places(before, OCTOBER))
    assert found["A"].ranks == RankParts(own=1)
    # B was published 1st of one and is 2nd now: against the board as published A had left, then it came back.
    assert found["B"].ranks == RankParts(correction=-1)


def test_ranks_in_two_groups_are_not_compared() -> None:
    """As `change` is null between groups."""
    one = Place("甲类", 2, D("80.00"), None, (D("-80.00"), Fraction(-1)))
    found = movements({"A": replace(one, group="乙类", rank=1)}, {"A": one})["A"]
    assert (found.change, found.ranks) == (None, None)
    assert found.sentence == "上期第2名（甲类），本期归入乙类，为第1名；分组不同，名次不相比。"


# ---- for every programme --------------------------------------------------------------------------------------------

seeds = st.integers(0, 2**32)


def naive(code: str, way: tuple[Places, Places, Places, Places]) -> RankParts:
    """The steps as docs/decisions/0010 tells them, each by counting who stands in front on a board made for it."""
    then, before, after, now = way
    group = now[code].group

    def keys(board: Places) -> dict[str, object]:
        return {one: place.key for one, place in board.items() if place.group == group and place.rank is not None}

    def rank(made: Mapping[str, object]) -> int:
        return 1 + sum(key < made[code] for key in made.values())  # type: ignore[operator]

    old, new = keys(before), keys(after)
    without_left = {one: key for one, key in old.items() if one in new}
    with_own = without_left | {code: new[code]}
    with_all = {one: new[one] for one in without_left}
    ranks = [
        rank(keys(then)),
        rank(old),
        rank(without_left),
        rank(with_own),
        rank(with_all),
        rank(new),
        rank(keys(now)),
    ]
    rule, left, own, others, joined, correction = (a - b for a, b in pairwise(ranks))
    return RankParts(own, others, joined, left, rule, correction)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, other=seeds, text=st.sampled_from(["2023-05", "2023-09", "2023-12", "2023Q2", "2023Q4"]))
def test_the_parts_add_up_to_the_boards_change_and_to_the_difference_of_scores(
    seed: int, other: int, text: str
) -> None:
    facts, period = random_programmes.programme(seed), parse(text)
    before = previous(period, facts.committed_months)
    if before is None or not period.committed(facts.committed_months):
        return
    assessed, another = Assessed(book(), facts), Assessed(book_of_marks(20, 80), facts)
    # What had been published: the same projects with another history.
    twin = {one.code: one for one in random_programmes.programme(other).projects}
    mixed = tuple(replace(one, records=twin.get(one.code, one).records) for one in facts.projects)
    now, then, restated = places(assessed, period), places(another, before), places(assessed, before)
    published = places(Assessed(book(), replace(facts, projects=mixed)), period)

    plain = movements(now, restated)
    shown = board(book(), facts, period, assessed=assessed)
    assert {row.code: row.change for row in shown.rows} == {row.code: plain[row.code].change for row in shown.rows}

    for found, way in (
        (plain, (restated, restated, now, now)),
        (movements(now, then, restated=restated, published=published), (then, restated, published, now)),
    ):
        for code, one in found.items():
            if one.ranks is None or one.scores is None:
                assert one.change is None
                continue
            assert one.from_score is not None and one.to_score is not None
            assert one.ranks.total == one.change
            assert one.scores.total == one.to_score - one.from_score
            assert one.ranks.joined <= 0 <= one.ranks.left
            assert one.ranks.others == one.passed - one.passed_by
            group = now[code].group
            ranked = [board for board in way if code in board and board[code].rank and board[code].group == group]
            if len(ranked) == 4:
                assert one.ranks == naive(code, way)
