"""名次测算: places that are settled, those that can still be reached or lost, and what passing a neighbour takes."""

from collections.abc import Mapping

from scoring.assessment import Assessed
from scoring.facts import EventKind, Project
from scoring.periods import parse
from scoring.rivals import Field, Reach
from scoring.rulebook import RuleBook
from scoring.whatif import Verdict
from tests.scoring.cases import D, book, event, programme, project, record, scored


def field(*projects: Project, last: int = 11, by: RuleBook | None = None, period: str = "2023Q4") -> Field:
    return Field(Assessed(by or book(), programme(*projects)), parse(period), last)


def three() -> Field:
    """October and November 90, 80, 20 each; December to come.

    A: 180÷3 = 60.00 to 280÷3 = 93.33. B: 160÷3 = 53.33 to 260÷3 = 86.67. C: 40÷3 = 13.33 to 140÷3 = 46.67.
    """
    return field(*(scored(code, {10: score, 11: score}) for code, score in (("A", "90"), ("B", "80"), ("C", "20"))))


def test_places_that_can_change_hands_and_one_that_cannot() -> None:
    """A and B may change places, 86.67 over 60.00; C's 46.67 is below B's 53.33 and stays last."""
    found = {code: three().reach(code) for code in "ABC"}
    assert found["A"] == Reach(1, 2, 3, "最好第1名、最差第2名（同类3项）。")
    assert found["B"] == Reach(1, 2, 3, "最好第1名、最差第2名（同类3项）。")
    assert found["C"] == Reach(3, 3, 3, "名次已经确定：第3名（同类3项）。")
    assert [one is not None and one.is_settled for one in found.values()] == [False, False, True]


def test_staying_in_front_of_the_one_below() -> None:
    """Against B's 80.00 of now: (180 + x) ÷ 3 ≥ 80.005 asks 60.015 → 60.02. Against its 86.67: ≥ 86.675 → 80.03."""
    found = three().passing("A", "B")
    assert found.verdict is Verdict.NEEDED
    assert found.present is not None and found.certain is not None
    assert (found.present.month_score, found.present.reached) == (D("60.02"), D("80.01"))
    assert (found.certain.month_score, found.certain.reached) == (D("80.03"), D("86.68"))
    assert found.sentence == (
        "项目B现为80.00分；按此，12月不低于60.02分，四季度得分为80.01分；再低0.01分则为80.00分，达不到；"
        "它最高可到86.67分，要必定领先：12月不低于80.03分，四季度得分为86.68分；再低0.01分则为86.67分，达不到。"
    )


def test_passing_is_certain_or_impossible_whatever_december_brings() -> None:
    found = three()
    safe, lost = found.passing("A", "C"), found.passing("C", "B")
    assert (safe.verdict, safe.sentence) == (
        Verdict.REACHED,
        "已经确定领先：本项目最低60.00分，项目C最高46.67分。",
    )
    assert (lost.verdict, lost.sentence) == (
        Verdict.IMPOSSIBLE,
        "已不可能：本项目最高46.67分，项目B最低也有53.33分。",
    )


def test_a_given_place() -> None:
    """B for the 1st place: 90.01 against A's 90.00 of now is out of reach, 86.67 at most; yet A may still fall."""
    found = three()
    first, second, third = found.to_rank("B", 1), found.to_rank("B", 2), found.to_rank("C", 2)
    assert first.verdict is Verdict.NEEDED
    assert first.present is not None and first.present.verdict is Verdict.IMPOSSIBLE
    assert first.sentence.startswith(
        "按他人现在的得分，已不可能：12月即使都得100.00分，四季度得分也只有86.67分，差3.34分"
    )
    assert (second.verdict, second.sentence) == (Verdict.REACHED, "已经确定：名次不会低于第2名。")
    assert (third.verdict, third.sentence) == (
        Verdict.IMPOSSIBLE,
        "已不可能：最好只能到第3名，前面的2项已无法超过。",
    )
    # A for the 1st place: B's 80.00 → 60.02 as above.
    keep = found.to_rank("A", 1)
    assert keep.present is not None and keep.present.month_score == D("60.02")


def test_a_place_beyond_the_last_is_anybodys() -> None:
    assert three().to_rank("C", 9).verdict is Verdict.REACHED


def test_who_has_no_score_yet_may_still_come_in_front() -> None:
    """N has no record: 0.00 to 100.00, and not ranked without one. A's 60.00 may be passed; A may also stay alone."""
    made = field(scored("A", {10: "90", 11: "90"}), project("N"))
    assert made.reach("A") == Reach(1, 2, 2, "最好第1名、最差第2名（同类2项）。")
    found = made.passing("A", "N")
    assert found.present is None
    assert found.sentence.startswith("项目N还没有得分；它最高可到100.00分，要必定领先：已不可能")


def test_completed_projects_with_equal_scores_keep_the_order_of_their_last_records() -> None:
    """Both 100.00 in all months. Invested against the annual plan at the last record: A 1200/1200, B 1100/1200."""
    done = event(EventKind.COMPLETED, "2023-10-20")
    made = [
        project(code, record(10, wan, team_score="100"), events=(done,)) for code, wan in (("A", "1200"), ("B", "1100"))
    ]
    assert [one and (one.best, one.worst) for one in map(field(*made, last=10).reach, "AB")] == [(1, 1), (2, 2)]
    tied = field(*made, last=10, by=book(tie_break='"none"'))
    assert [one and (one.best, one.worst) for one in map(tied.reach, "AB")] == [(1, 1), (1, 1)]


def test_equal_finals_of_projects_not_ranked_yet_may_stand_in_either_order() -> None:
    """Both entered and were completed in September: one scored month of six, ranked only once there are three."""
    lives = (event(EventKind.ADDED, "2023-09-01"), event(EventKind.COMPLETED, "2023-09-20"))
    made = [scored(code, {9: "100"}, events=lives) for code in "AB"]
    found = field(*made, scored("C", dict.fromkeys(range(4, 10), "60")), last=9, period="2023")
    assert [found.places[code].reason for code in "AB"] == ["考核期不足，单列"] * 2
    assert [one and (one.best, one.worst) for one in map(found.reach, "AB")] == [(1, 2), (1, 2)]


def test_who_leaves_is_no_rival_and_has_no_place() -> None:
    gone = scored("A", {10: "90", 11: "90"}, events=(event(EventKind.WITHDRAWN, "2023-11-20"),))
    made = field(gone, scored("B", {10: "80", 11: "80"}))
    assert made.reach("A") is None
    assert made.reach("B") == Reach(1, 1, 1, "名次已经确定：第1名（同类1项）。")


def test_neighbours_are_those_next_on_the_present_board() -> None:
    made = three()
    assert {code: made.neighbours(code) for code in "ABC"} == {"A": (None, "B"), "B": ("A", "C"), "C": ("B", None)}
    assert field(scored("A", {10: "90"}), project("N"), last=10).neighbours("N") == (None, None)


def test_groups_are_apart() -> None:
    marks: Mapping[int, str] = {10: "90", 11: "90"}
    made = field(scored("A", marks), scored("B", marks, group="乙类"))
    assert (made.others("A"), made.group("B")) == ([], "乙类")


def test_a_rival_whose_score_is_final_has_one_figure() -> None:
    """A completed in October: November and December 100.00. Q4 = (70 + 200) ÷ 3 = 90.00, now (70 + 100) ÷ 2 = 85.00."""
    done = scored("A", {10: "70"}, events=(event(EventKind.COMPLETED, "2023-10-20"),))
    found = field(done, scored("B", {10: "90", 11: "90"})).passing("B", "A")
    assert found.sentence.startswith("项目A现为85.00分；按此，12月不低于75.02分")
    assert found.certain is not None and found.certain.month_score == D("90.02")
    # With December committed nothing moves any more, A's 90.00 is the one figure there is.
    over = field(done, scored("B", {10: "90", 11: "90", 12: "90"}), last=12)
    assert (
        over.passing("B", "A").sentence == "项目A现为90.00分；按此，已不可能：四季度得分为90.00分，不再变动，差0.01分。"
    )
