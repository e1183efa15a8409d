"""Boards: ranks in the peer group and over all, tie-break, lists, coverage, movement."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from scoring.facts import Declaration, EventKind, LightExemption, Programme, Project
from scoring.groups import UNKNOWN_INVESTMENT, UNKNOWN_LEVEL, UNKNOWN_UNIT
from scoring.periods import parse
from scoring.ranking import Board, Coverage, Row, board, shared_ranks
from scoring.rulebook import RuleBook
from scoring.rulebook import parse as parse_book
from tests.scoring.cases import D, book, default_text, event, plan, programme, project, record, scored

VECTORS = Path(__file__).parents[3] / "shared" / "testdata" / "scoring" / "rank_tie_vectors.csv"


def show(
    facts: Programme | Sequence[Project],
    period: str = "2023-06",
    rules: RuleBook | None = None,
    months: Iterable[int] | None = None,
) -> Board:
    if not isinstance(facts, Programme):
        facts = programme(*facts, months=months)
    return board(rules or book(), facts, parse(period))


def row(shown: Board, code: str) -> Row:
    return next(one for one in shown.rows if one.code == code)


def ranks(shown: Board) -> dict[str, int | None]:
    return {one.code: one.rank for one in shown.rows}


# ---- order and ties ----


def test_equal_scores_share_a_place_and_the_next_is_skipped() -> None:
    shown = show([scored(code, {6: score}) for code, score in (("A", "90"), ("B", "80"), ("C", "80"), ("D", "70"))])
    assert ranks(shown) == {"A": 1, "B": 2, "C": 2, "D": 4}


def test_the_tie_break_is_the_uncapped_investment_ratio_compared_unrounded() -> None:
    """600万元 are due: 1.2 beats 1.0; absent is 1; 4 printed decimals are equal where the ratios are not."""
    one = scored("A", {6: "80"})
    rows = [
        project("B", record(6, "720", team_score="80")),
        project("C", record(6, "600", team_score="80")),
        project("E", record(6, "600.01", team_score="80")),
    ]
    shown = show([one, *rows])
    assert ranks(shown) == {"B": 1, "E": 2, "A": 3, "C": 3}
    assert [row(shown, code).tie_break for code in "ABCE"] == [D("1.0000"), D("1.2000"), D("1.0000"), D("1.0000")]
    assert row(shown, "E").tie_break_ratio == Fraction(60001, 60000)


def test_the_book_may_leave_ties_standing() -> None:
    rows = [project("B", record(6, "720", team_score="80")), project("C", record(6, "600", team_score="80"))]
    assert ranks(show(rows, rules=book(tie_break='"none"'))) == {"B": 1, "C": 1}


def test_a_completed_project_is_compared_by_its_annual_plan_at_its_last_record() -> None:
    """完工 in May with 1260 of 1200万元: 1.05, whatever stands in a record after it."""
    done = (event(EventKind.COMPLETED, "2023-05-10"),)
    rows = [
        project("A", record(4, "1260", team_score="60"), record(6, "2400"), events=done),
        project("B", record(6, "620", team_score="100")),  # 620/600 = 1.0333
        project("C", record(6, team_score="100")),
        project("E", events=done),
        project("F", record(4, "5"), events=done, plans=(plan(None),)),
    ]
    shown = show(rows, rules=book(completed_in_month_boards='"ranked"'), months=(4, 6))
    assert ranks(shown) == {"A": 1, "B": 2, "C": 3, "E": 3, "F": 3}
    assert row(shown, "A").tie_break == D("1.0500")


def vectors() -> list[dict[str, str]]:
    if not VECTORS.exists():
        return []
    with VECTORS.open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def test_published_examples_of_tie_handling_recompute() -> None:
    if not vectors():
        pytest.skip(f"published tie vectors are not at {VECTORS}")
    worked = 0
    for vector in vectors():
        texts = vector["values"].split()
        if not all(text.replace("-", "").replace(".", "").isdigit() for text in texts):
            continue  # stated in words: the two tests below
        values = [Decimal(text) for text in texts]
        ordered = sorted(values, reverse=vector["order"] == "desc")
        places = dict(zip(ordered, shared_ranks(ordered, key=lambda value: value), strict=True))
        assert [places[value] for value in values] == [int(rank) for rank in vector["competition_1224"].split()]
        worked += 1
    assert worked >= 6


def test_a_published_board_of_thirteen_counties_recomputes() -> None:
    """济宁 2015年一季度: two share place 9 and the next is 11."""
    scores = "95.71 91.64 88.14 87.79 86.43 81.5 80.79 80.14 77.93 77.93 75.5 73.43 69.07".split()
    shown = show([scored(f"P{place:02}", {6: score}) for place, score in enumerate(scores, start=1)])
    assert [one.rank for one in shown.rows] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 11, 12, 13]


def test_scores_that_differ_by_float_noise_are_tied() -> None:
    """0.1 + 0.2 against 0.3: points are rounded to 0.01 before they are compared."""
    assert ranks(show([scored("A", {6: "0.30000000000000004"}), scored("B", {6: "0.3"})])) == {"A": 1, "B": 1}


def test_one_without_score_has_no_rank_and_is_neither_0_nor_last_by_accident() -> None:
    shown = show([scored("A", {6: "90"}), project("B"), scored("C", {6: "70"})])
    assert [(one.code, one.rank, one.not_scored_reason) for one in shown.rows] == [
        ("A", 1, None),
        ("C", 2, None),
        ("B", None, "未督查"),
    ]
    assert (row(shown, "B").score, row(shown, "B").tier, row(shown, "B").tie_break) == (None, None, None)


# ---- peer groups ----


def test_ranks_are_within_the_class_and_the_overall_rank_across_them() -> None:
    projects = [scored("A", {6: "70"}, "乙类"), scored("B", {6: "90"}, "甲类"), scored("C", {6: "80"}, "乙类")]
    shown = show(programme(*projects, classes=("甲类", "乙类")))
    assert [(one.group, one.code, one.rank, one.overall_rank, one.group_size) for one in shown.rows] == [
        ("甲类", "B", 1, 1, 1),
        ("乙类", "C", 1, 2, 2),
        ("乙类", "A", 2, 3, 2),
    ]


@pytest.mark.parametrize(
    ("peer_group", "groups"),
    [
        ("level", ["市级", "县级", UNKNOWN_LEVEL]),
        ("investment_band", ["5亿元及以上", "1亿元以下", UNKNOWN_INVESTMENT]),
        ("unit", ["住建局", "发改委", UNKNOWN_UNIT]),
    ],
)
def test_the_book_may_group_by_level_investment_or_unit(peer_group: str, groups: list[str]) -> None:
    projects = [
        scored("A", {6: "70"}, level="县级", total_investment_wan=D(9999), responsible_unit="发改委"),
        scored("B", {6: "90"}, level="市级", total_investment_wan=D(50000), responsible_unit="住建局"),
        scored("C", {6: "80"}),
    ]
    order = '["市级", "县级", "住建局", "发改委"]' if peer_group != "investment_band" else "[]"
    shown = show(projects, rules=book(peer_group=f'"{peer_group}"', group_order=order))
    assert [one.group for one in shown.rows] == groups
    assert [one.rank for one in shown.rows] == [1, 1, 1]


# ---- completed projects and short assessment ----


def test_a_completed_project_stands_apart_in_month_boards_and_is_ranked_in_quarter_and_year() -> None:
    done = scored("A", {4: "60"}, events=(event(EventKind.COMPLETED, "2023-04-10"),))
    facts = programme(done, scored("B", {4: "80", 5: "90", 6: "90"}))
    month = show(facts)
    apart = row(month, "A")
    assert (apart.score, apart.rank, apart.not_scored_reason, apart.tier) == (D("100.00"), None, "已完工", "优秀")
    assert ranks(show(facts, rules=book(completed_in_month_boards='"ranked"'))) == {"A": 1, "B": 2}
    assert (row(show(facts, "2023Q2"), "A").score, ranks(show(facts, "2023Q2"))) == (D("86.67"), {"A": 1, "B": 1})
    assert row(show(facts, "2023"), "A").rank is not None
    own_month = row(show(facts, "2023-04"), "A")
    assert (own_month.score, own_month.rank, own_month.not_scored_reason) == (D("60.00"), 2, None)


def test_a_completed_project_without_a_score_to_carry_says_无评分() -> None:
    done = project("A", events=(event(EventKind.COMPLETED, "2023-04-10"),))
    shown = show([done, scored("B", {6: "80"})], rules=book(completed='"carry"'))
    assert row(shown, "A").not_scored_reason == "无评分"
    assert shown.coverage == Coverage(due=1, inspected=1, not_inspected=0, not_reported=0, not_scored=1)


def test_a_year_rank_needs_three_scored_months_in_weighted_quarters() -> None:
    shown = show(
        [
            scored("A", {4: "90", 5: "90", 6: "90"}),
            scored("B", {1: "99", 2: "99", 3: "99", 5: "99", 6: "99"}),  # the first quarter has no weight
            scored("C", {6: "70"}, events=(event(EventKind.COMPLETED, "2023-04-10"),)),  # 100 after completion counts
            project("E", *(record(month) for month in (4, 5, 6))),  # 0.00 by policy counts
        ],
        "2023",
        months=range(1, 7),
    )
    assert ranks(shown) == {"C": 1, "A": 2, "E": 3, "B": None}
    short = row(shown, "B")
    assert (short.score, short.not_scored_reason) == (D("99.00"), "考核期不足，单列")


def test_early_in_the_year_fewer_months_are_enough() -> None:
    assert ranks(show([scored("A", {4: "90"})], "2023", months=(1, 2, 3, 4))) == {"A": 1}
    two = [scored("A", {4: "90", 5: "80"}), scored("B", {5: "80"})]
    assert ranks(show(two, "2023")) == {"A": 1, "B": None}


def test_before_the_first_weighted_quarter_the_year_has_no_score() -> None:
    shown = show([scored("A", {1: "90"})], "2023")
    assert (row(shown, "A").score, row(shown, "A").not_scored_reason) == (None, "无计权季度")
    assert row(shown, "A").quarters == {"Q1": D("90.00"), "Q2": None, "Q3": None, "Q4": None}


def test_an_unscored_project_shows_the_reason_of_the_periods_latest_month() -> None:
    suspended = (event(EventKind.SUSPENDED, "2023-06-01"),)
    shown = show([project("A", events=suspended), scored("B", {4: "90", 6: "90"})], "2023Q2")
    assert row(shown, "A").not_scored_reason == "暂缓"  # April was 未督查


def test_published_quarter_scores_are_used_for_the_year() -> None:
    facts = programme(scored("A", {5: "80", 8: "90", 9: "90"}), scored("B", {5: "85", 8: "80", 9: "80"}))
    published: dict[str, dict[str, Decimal | None]] = {"A": {"Q2": D("60.00")}, "B": {"Q2": D("60.00"), "Q3": None}}
    shown = board(book(), facts, parse("2023"), quarter_scores=published)
    assert row(shown, "A").quarters == {"Q1": None, "Q2": D("60.00"), "Q3": D("90.00"), "Q4": None}
    assert [row(shown, code).score for code in "AB"] == [D("78.00"), D("60.00")]  # (60×20 + 90×30)/50
    nothing = board(book(), facts, parse("2023"), quarter_scores={"A": {"Q2": None, "Q3": None}})
    assert row(nothing, "A").not_scored_reason == "无法评定"


# ---- what a board shows ----


def test_months_run_from_january_to_the_periods_end_and_hold_the_scores_that_count() -> None:
    shown = show([scored("A", {2: "70", 4: "80", 5: "90"})], "2023Q2", months=(2, 4, 5))
    assert row(shown, "A").months == {
        "2023-01": None,
        "2023-02": D("70.00"),
        "2023-03": None,
        "2023-04": D("80.00"),
        "2023-05": D("90.00"),
        "2023-06": None,
    }
    assert (shown.label, shown.last_month, shown.committed_months) == ("中间值（二季度仅含4—5月）", 5, (4, 5))


def test_a_period_without_a_committed_month_has_no_rows() -> None:
    for period in ("2023-07", "2023Q3", "2024"):
        shown = show([scored("A", {6: "80"})], period)
        assert (shown.rows, shown.last_month, shown.coverage.due) == ((), None, 0)
    assert shown.label == "2024年度尚无已确认的督查数据"


def test_a_month_that_is_not_committed_has_no_score_even_after_completion() -> None:
    done = project("A", events=(event(EventKind.COMPLETED, "2023-02-10"),))
    shown = show([done], "2023Q2", months=(4, 6))
    assert [row(shown, "A").months[f"2023-0{month}"] for month in (4, 5, 6)] == [D("100.00"), None, D("100.00")]


def test_a_record_of_a_month_that_is_not_committed_is_not_read() -> None:
    shown = show([scored("A", {4: "80", 5: "20"})], "2023Q2", months=(4,))
    assert row(shown, "A").score == D("80.00")


@pytest.mark.parametrize(
    ("score", "tier"),
    [
        ("100", "优秀"),
        ("90", "优秀"),
        ("89.99", "良好"),
        ("80", "良好"),
        ("79.99", "一般"),
        ("70", "一般"),
        ("69.99", "较差"),
        ("0", "较差"),
    ],
)
def test_the_tier_follows_the_score(score: str, tier: str) -> None:
    assert row(show([scored("A", {6: score})]), "A").tier == tier


def test_month_boards_are_marked_as_reference_and_full_marks_are_counted() -> None:
    done = project("A", events=(event(EventKind.COMPLETED, "2023-02-10"),))
    shown = show([done, scored("B", {6: "100"}), scored("C", {6: "99.99"})])
    assert (shown.label, shown.full_marks) == ("参考", 2)
    assert shown.policies == book().policy_sentences()


def test_coverage_counts_who_should_have_been_inspected() -> None:
    def happened(code: str, kind: EventKind) -> Project:
        return project(code, events=(event(kind, "2023-05-01", *((6,) if kind is EventKind.EXEMPT else ())),))

    shown = show(
        [
            scored("A", {6: "80"}),
            project("B", record(6, declaration=Declaration.REFUSED)),  # inspected
            project("C", record(6, declaration=Declaration.STOPPED)),  # inspected
            project("E"),  # 未督查
            project("F", record(6)),  # 未报
            happened("G", EventKind.COMPLETED),
            happened("H", EventKind.SUSPENDED),
            happened("I", EventKind.EXEMPT),
            project("J", plans=(plan(start="2023-09"),)),  # 未到计划开工
            project("K", record(6, physical_progress="进场", columns=())),  # 无法评定, yet inspected
        ]
    )
    assert shown.coverage == Coverage(due=6, inspected=4, not_inspected=1, not_reported=1, not_scored=5)


# ---- movement ----


def test_change_is_the_previous_rank_less_the_present_one() -> None:
    facts = programme(
        scored("A", {4: "90", 6: "70"}),
        scored("B", {4: "80", 6: "90"}),
        scored("C", {4: "70", 6: "80"}),
        scored("E", {6: "60"}),
    )
    shown = show(facts)  # May is not committed: compared with April
    assert {one.code: one.change for one in shown.rows} == {"A": -2, "B": 1, "C": 1, "E": None}
    assert [one.change for one in show(facts, "2023-04").rows] == [None] * 4
    assert [one.change for one in show(facts, "2023").rows] == [None] * 4


def test_quarters_are_compared_with_the_nearest_earlier_quarter() -> None:
    facts = programme(scored("A", {3: "90", 8: "70"}), scored("B", {3: "80", 8: "90"}))
    assert {one.code: one.change for one in show(facts, "2023Q3").rows} == {"A": -1, "B": 1}


def test_no_change_is_given_for_one_that_was_in_another_group() -> None:
    facts = programme(scored("A", {4: "90", 6: "70"}), scored("B", {4: "80", 6: "90"}))
    before = show(programme(scored("A", {4: "90"}, "乙类"), scored("B", {4: "80"})), "2023-04")
    shown = board(book(), facts, parse("2023-06"), previous_board=before)
    assert {one.code: one.change for one in shown.rows} == {"A": None, "B": 0}


def test_against_a_board_given_the_newcomer_without_event_is_named_without_reason() -> None:
    facts = programme(scored("A", {4: "90", 6: "70"}), scored("B", {4: "80", 6: "90"}))
    before = show([scored("A", {4: "90"}), scored("Z", {4: "80"})], "2023-04")
    shown = board(book(), facts, parse("2023-06"), previous_board=before)
    assert [(one.code, one.reason) for one in shown.joined] == [("B", "")]
    assert shown.left == ()  # Z is no project of this programme


def test_a_project_leaves_the_boards_of_later_months_and_both_are_named() -> None:
    facts = programme(
        scored("A", {7: "90", 8: "90", 9: "90"}),
        scored(
            "B", {7: "80", 8: "80"}, events=(event(EventKind.TRANSFERRED_OUT, "2023-08-31", reason="投资信心不足"),)
        ),
        scored("C", {8: "70", 9: "70"}, events=(event(EventKind.ADDED, "2023-08-01"),)),
    )
    july, august, september = (show(facts, f"2023-0{month}") for month in (7, 8, 9))
    assert [sorted(ranks(shown)) for shown in (july, august, september)] == [["A", "B"], ["A", "B", "C"], ["A", "C"]]
    assert [(one.code, one.reason) for one in august.joined] == [("C", "2023年8月1日增补")]
    assert [(one.code, one.reason) for one in september.left] == [("B", "2023年8月31日调出：投资信心不足")]
    assert (july.joined, july.left, august.left, september.joined) == ((), (), (), ())
    year = show(facts, "2023")
    assert ([one.code for one in year.joined], [one.code for one in year.left]) == (["C"], ["B"])


# ---- red and black lists ----


def listed(
    scores: Sequence[str],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    shown = show([scored(f"P{place:02}", {6: score}) for place, score in enumerate(scores, start=1)])
    return shown.lists.red, shown.lists.black, shown.lists.edge


def test_the_red_list_is_the_first_tenth_rounded_up_with_85_or_more() -> None:
    assert listed(["95", "94", *["80"] * 8]) == (("P01",), (), ())  # 10 ranked: one place
    assert listed(["95", "94", "93", *["80"] * 8]) == (("P01", "P02"), (), ())  # 11 ranked: two places
    assert listed(["85"]) == (("P01",), (), ())
    assert listed(["84.99"]) == ((), (), ())


def test_nobody_moves_up_for_one_who_fails_a_condition() -> None:
    facts = [
        project("A", record(6, "100", team_score="99")),
        scored("B", {6: "95"}),
        *[scored(f"C{n}", {6: "80"}) for n in range(9)],
    ]
    shown = show(facts)  # A's investment is at 100/600: red
    assert ranks(shown)["A"] == 1
    assert shown.lists.red == ("B",)


def test_a_red_light_in_any_month_of_the_period_keeps_off_the_red_list_unless_exempted() -> None:
    bad_april = (record(4, "100", team_score="99"), record(6, "600", "50", team_score="99"))
    assert show([project("A", *bad_april)], "2023Q2").lists.red == ()
    assert show([project("A", *bad_april)], "2023-06").lists.red == ("A",)
    exempted = (LightExemption(4, "不可抗力", "张三"),)
    assert show([project("A", *bad_april, exemptions=exempted)], "2023Q2").lists.red == ("A",)


def test_a_tie_across_the_edge_of_the_red_list_is_left_to_the_office() -> None:
    assert listed(["95", "90", "90", *["80"] * 8]) == (("P01",), (), ("P02", "P03"))  # places 2–3 of a quota of 2
    assert listed(["95", "95", *["80"] * 9]) == (("P01", "P02"), (), ())  # places 1–2: inside
    assert listed(["84", "84", *["80"] * 8]) == ((), (), ())  # across the edge, but below 85


def test_the_black_list_is_the_last_twentieth_rounded_down_below_70() -> None:
    assert listed([*["80"] * 18, "50"]) == ((), (), ())  # 19 ranked: no place
    assert listed([*["80"] * 19, "69.99"]) == ((), ("P20",), ())
    assert listed([*["80"] * 19, "70"]) == ((), (), ())
    assert listed([*["80"] * 18, "50", "50"]) == ((), (), ("P19", "P20"))  # places 19–20 of a quota of 1
    assert listed([*["80"] * 38, "50", "50"]) == ((), ("P39", "P40"), ())


def test_quotas_count_ranked_rows_of_each_group_and_lists_are_in_code_order() -> None:
    projects = [
        *[scored(f"B{n:02}", {6: str(95 - n)}, "乙类") for n in range(11)],
        *[project(f"B{n}", group="乙类") for n in range(50, 60)],  # not ranked
        scored("A", {6: "90"}),
    ]
    assert show(programme(*projects, classes=("甲类", "乙类"))).lists.red == ("A", "B00", "B01")


def test_the_quotas_are_the_books() -> None:
    wide = default_text().replace('quota = { value = 10, unit = "%" }', 'quota = { value = 50, unit = "%" }')
    projects = [scored(f"P{place}", {6: "95"}) for place in range(3)]
    assert show(projects, rules=parse_book(wide)).lists.edge == ("P0", "P1", "P2")  # places 1–3 of a quota of 2


def test_the_plan_in_force_on_the_months_last_day_decides_the_tie_break() -> None:
    revised = (plan("1200"), plan("2400", effective="2023-07-01"))
    shown = show([project("A", record(6, "600", team_score="80"), plans=revised)])
    assert row(shown, "A").tie_break == D("1.0000")  # 600/600, not 600/1200


def test_a_year_names_each_who_came_or_went_with_the_latest_event_up_to_its_last_month() -> None:
    """B came in January and again, after leaving, in September; C comes in November, after the year's last month."""
    came, left = EventKind.ADDED, EventKind.TRANSFERRED_OUT
    facts = programme(
        scored("A", {1: "90", 9: "90"}),
        scored("B", {9: "80"}, events=(event(came, "2023-09-01", reason="重新列入"), event(came, "2023-01-31"))),
        scored("C", {9: "70"}, events=(event(left, "2023-09-30", reason="资金未到位"),)),
        scored("D", {9: "70"}, events=(event(came, "2023-11-01"),)),
    )
    year = show(facts, "2023")
    assert [(one.code, one.name, one.reason) for one in year.joined] == [("B", "项目B", "2023年9月1日增补：重新列入")]
    assert [(one.code, one.name, one.reason) for one in year.left] == [("C", "项目C", "2023年9月30日调出：资金未到位")]
    january = programme(scored("A", {1: "90"}), scored("B", {1: "80"}, events=(event(came, "2023-01-15"),)))
    assert [one.code for one in show(january, "2023").joined] == ["B"]
