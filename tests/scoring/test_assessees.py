"""Whoever is assessed beside a project's daily score: each formula worked by hand, totals, peer groups, ties."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.assessees import NOTHING_JUDGED, Assessee, AssesseeRow, Measured, assess
from scoring.measures import AssesseeKind, Measure
from scoring.schemes import (
    Band,
    Bands,
    Cap,
    Formula,
    GroupsBy,
    Linear,
    MinMax,
    Part,
    PerItem,
    Place,
    Places,
    Reference,
    Scheme,
    Share,
    Total,
    Visible,
    When,
    WhenEqual,
)

D, F = Decimal, Fraction
CAPPED = Share(Cap.FULL_MARKS, Reference.ITSELF, None)


def part(
    name: str, formula: Formula = CAPPED, marks: int | None = 100, measure: Measure = Measure.PROJECT_MEAN
) -> Part:
    return Part(name, measure, formula, None if marks is None else D(marks), "示例")


def scheme(*parts: Part, total: Total = Total.SHARE, sizes: tuple[int, ...] = ()) -> Scheme:
    return Scheme(
        name="责任单位",
        kind=AssesseeKind.RESPONSIBLE_UNIT,
        total=total,
        when=(When.MONTH,),
        visible=Visible.PUBLISHED,
        whole_for=(),
        groups_by=GroupsBy.PROJECT_COUNT if sizes else GroupsBy.NONE,
        size_groups_from=sizes,
        groups=MappingProxyType({}),
        parts=parts,
        source="示例",
    )


def one(name: str, projects: int = 1, **measured: Fraction | int | Measured | None) -> Assessee:
    def as_measured(value: Fraction | int | Measured | None) -> Measured:
        if isinstance(value, Measured):
            return value
        return Measured(None if value is None else F(value), "所量的数" if value is not None else "没有数据")

    return Assessee(name, name, projects, {part: as_measured(value) for part, value in measured.items()})


def rows(rule: Scheme, *assessees: Assessee) -> Mapping[str, AssesseeRow]:
    return {row.name: row for row in assess(rule, assessees)}


def points(rule: Formula, *values: Fraction | int | None, marks: int | None = 10) -> list[Decimal | None]:
    """The points of one part for each value, all in one peer group."""
    made = scheme(part("项", rule, marks, Measure.STARTED), total=Total.SUM)
    found = rows(made, *(one(f"{place:02}", 项=value) for place, value in enumerate(values)))
    return [found[f"{place:02}"].parts[0].points for place in range(len(values))]


# ---- totals ---------------------------------------------------------------------------------------------------------

UNIT = scheme(part("项目均分", marks=60), part("跟踪服务", marks=20), part("推进速度", marks=20))


def test_the_score_is_100_times_points_over_the_full_marks_that_are_judged() -> None:
    """项目均分 85.1666… of 100 → 60 × 255.50/300 = 51.10; 跟踪服务 18 of 20 → 18.00; 推进速度 not judged.

    100 × (51.10 + 18.00) ÷ (60 + 20) = 6910 ÷ 80 = 86.375 → 86.38.
    """
    mean = Measured(F("255.50") / 300, "3个项目得分合计255.50分", "255.50÷（3×100）")
    service = Measured(F(18, 20), "督查组评分1次", "18÷（1×20）")
    row = rows(UNIT, one("甲镇", 3, 项目均分=mean, 跟踪服务=service, 推进速度=None))["甲镇"]
    assert [line.points for line in row.parts] == [D("51.10"), D("18.00"), None]
    assert (row.score, row.judged_marks) == (D("86.38"), 80)
    assert row.formula == "100×（51.10＋18.00）÷（60＋20）＝86.38分"
    assert row.parts[0].sentence == "3个项目得分合计255.50分，60×255.50÷（3×100）＝51.10分"
    assert row.parts[2].sentence == "没有数据，本项不计"


def test_half_a_hundredth_goes_up_once_per_printed_level() -> None:
    """Points: 40 × 0.000125 = 0.005 → 0.01. Score: 100 × (0.01 + 0.00) ÷ 100 = 0.01."""
    rule = scheme(part("甲", marks=40), part("乙", marks=60))
    row = rows(rule, one("甲镇", 甲=F(1, 8000), 乙=0))["甲镇"]
    assert (row.parts[0].points, row.score) == (D("0.01"), D("0.01"))


def test_a_unit_with_nothing_judged_has_no_score_and_no_rank_and_stands_last() -> None:
    board = assess(
        UNIT,
        [
            one("甲镇", 项目均分=None, 跟踪服务=None, 推进速度=None),
            one("乙镇", 项目均分=0, 跟踪服务=None, 推进速度=None),
        ],
    )
    assert [(row.name, row.rank, row.score) for row in board] == [("乙镇", 1, D("0.00")), ("甲镇", None, None)]
    assert (board[1].not_scored_reason, board[1].formula) == (NOTHING_JUDGED, NOTHING_JUDGED)
    assert board[0].not_scored_reason is None


def test_additions_come_after_the_division_and_alone_are_no_score() -> None:
    """100 × 45.00 ÷ 50 = 90; + 0.30 − 0.10 = 90.20."""
    tenth = PerItem(D("0.1"), None)
    rule = scheme(
        part("完成", marks=50),
        part("开工", marks=50),
        part("投资加扣", tenth, None, Measure.COMPLETION_BALANCE),
        part("开工加扣", tenth, None, Measure.START_BALANCE),
    )
    row = rows(rule, one("甲镇", 完成=F(9, 10), 开工=None, 投资加扣=3, 开工加扣=-1))["甲镇"]
    assert (row.score, row.formula) == (D("90.20"), "100×（45.00）÷（50）＋0.30－0.10＝90.20分")
    alone = rows(rule, one("甲镇", 完成=None, 开工=None, 投资加扣=3, 开工加扣=None))["甲镇"]
    assert (alone.score, alone.rank) == (None, None)


def test_an_open_ended_scheme_adds_up_what_is_judged() -> None:
    """5 + 15 − 10 = 10, and the part without a figure adds nothing."""
    rule = scheme(
        part("新开工", PerItem(D(5), None), None, Measure.STARTED),
        part("产业类", PerItem(D(15), None), None, Measure.OF_CLASS),
        part("投产", PerItem(D(20), None), None, Measure.FINISHED),
        part("批评", PerItem(D(-5), D(20)), None, Measure.ENTERED),
        total=Total.SUM,
    )
    row = rows(rule, one("甲", 新开工=1, 产业类=1, 投产=None, 批评=2))["甲"]
    assert (row.score, row.formula) == (D("10.00"), "5.00＋15.00－10.00＝10.00分")


# ---- ranks and peer groups ------------------------------------------------------------------------------------------


def test_equal_scores_share_a_place_and_the_next_is_skipped() -> None:
    rule = scheme(part("项目均分"))
    scores = {"甲": F(90, 100), "乙": F(80, 100), "丙": F(80, 100), "丁": F(70, 100)}
    board = assess(rule, [one(name, 项目均分=score) for name, score in scores.items()])
    assert [row.rank for row in board] == [1, 2, 2, 4]


def test_ranks_are_shared_on_the_printed_score_not_on_what_lies_behind_it() -> None:
    """80.001 and 80.004 both print 80.00."""
    board = assess(
        scheme(part("项目均分")), [one("甲", 项目均分=F(80001, 100000)), one("乙", 项目均分=F(80004, 100000))]
    )
    assert [(row.score, row.rank) for row in board] == [(D("80.00"), 1), (D("80.00"), 1)]


def test_who_holds_2_projects_and_who_holds_3_are_in_different_groups_as_are_5_and_6() -> None:
    rule = scheme(part("项目均分"), sizes=(1, 3, 6))
    board = assess(rule, [one(f"{count}项", count, 项目均分=F(count, 10)) for count in (6, 5, 3, 2, 1)])
    assert [(row.name, row.group, row.rank, row.group_size) for row in board] == [
        ("2项", "1—2个项目", 1, 2),
        ("1项", "1—2个项目", 2, 2),
        ("5项", "3—5个项目", 1, 2),
        ("3项", "3—5个项目", 2, 2),
        ("6项", "6个项目及以上", 1, 1),
    ]


# ---- share ----------------------------------------------------------------------------------------------------------


def test_a_share_is_capped_at_the_full_marks_and_never_below_nothing() -> None:
    assert points(CAPPED, F(1, 3), 1, F(3, 2), F(-1, 2)) == [D("3.33"), D("10.00"), D("10.00"), D("0.00")]


def test_the_sentence_of_a_capped_share_shows_what_it_would_have_been() -> None:
    row = rows(scheme(part("完成", marks=50)), one("甲", 完成=Measured(F(6, 5), "完成120／应完成100", "120÷100")))["甲"]
    assert row.parts[0].sentence == "完成120／应完成100，50×120÷100＝60.00分，超过的按满分计50.00分"


def test_without_a_cap_more_than_the_plan_counts() -> None:
    """延安: 60 × 完成 ÷ 年度计划, and no cap is stated: 60 × 1.5 = 90."""
    assert points(Share(Cap.NONE, Reference.ITSELF, None), F(3, 2), marks=60) == [D("90.00")]


def test_a_share_of_the_groups_highest_or_of_a_target() -> None:
    """Highest 8: 10 × 2/8 = 2.50. Target 4: 10 × 2/4 = 5.00, 8 of 4 is capped."""
    assert points(Share(Cap.FULL_MARKS, Reference.HIGHEST, None), 8, 2, None) == [D("10.00"), D("2.50"), None]
    assert points(Share(Cap.FULL_MARKS, Reference.TARGET, F(4)), 8, 2) == [D("10.00"), D("5.00")]


def test_with_a_highest_of_nothing_there_is_nothing_to_compare() -> None:
    rule = scheme(part("项", Share(Cap.FULL_MARKS, Reference.HIGHEST, None), 10, Measure.STARTED), total=Total.SUM)
    row = rows(rule, one("甲", 项=0))["甲"]
    assert row.parts[0].points is None
    assert row.parts[0].sentence == "所量的数，同组最高0个，无法相比，本项不计"


# ---- min–max --------------------------------------------------------------------------------------------------------

SEVENTY = MinMax(F(7, 10), F(7, 10), WhenEqual.FULL_MARKS)


def test_min_max_goes_from_70_to_100_percent_of_the_full_marks() -> None:
    """10 × [70 + (x − 2) ÷ (8 − 2) × 30] ÷ 100: x = 2 → 7.00, 4 → 8.00, 8 → 10.00; 3 → 7.50."""
    assert points(SEVENTY, 2, 4, 8, 3) == [D("7.00"), D("8.00"), D("10.00"), D("7.50")]
    rule = scheme(part("项", SEVENTY, 10, Measure.STARTED), total=Total.SUM)
    row = rows(rule, one("甲", 项=2), one("乙", 项=4), one("丙", 项=8))["乙"]
    assert row.parts[0].sentence == "所量的数，同组最低2个、最高8个，10×[70＋（4－2）÷（8－2）×30]÷100＝8.00分"


@pytest.mark.parametrize(
    ("when_equal", "expected"),
    [
        (WhenEqual.FULL_MARKS, [D("10.00"), D("10.00")]),
        (WhenEqual.AT_MINIMUM, [D("7.00"), D("7.00")]),
        (WhenEqual.NOT_JUDGED, [None, None]),
    ],
)
def test_where_all_are_equal_the_book_says_what_counts(when_equal: WhenEqual, expected: list[Decimal | None]) -> None:
    assert points(MinMax(F(7, 10), F(7, 10), when_equal), 5, 5) == expected


def test_who_is_alone_in_the_group_is_equal_to_itself() -> None:
    assert points(SEVENTY, 5) == [D("10.00")]


def test_the_floor_holds_where_the_scale_begins_below_it() -> None:
    """At 0 % for the lowest, floor 70 %: 10 × (0 + 1/6 × 100)/100 = 1.67 → 7.00; 5/6 → 8.33 stays."""
    assert points(MinMax(F(0), F(7, 10), WhenEqual.AT_MINIMUM), 2, 3, 7, 8) == [
        D("7.00"),
        D("7.00"),
        D("8.33"),
        D("10.00"),
    ]
    assert points(MinMax(F(0), F(7, 10), WhenEqual.AT_MINIMUM), 5, 5) == [D("7.00"), D("7.00")]


def test_who_has_no_figure_moves_nobodys_lowest() -> None:
    assert points(SEVENTY, 2, None, 8) == [D("7.00"), None, D("10.00")]


# ---- bands, items, lines, places ------------------------------------------------------------------------------------


def test_bands_include_their_start_unless_the_book_says_above_it() -> None:
    """固投增长率: >40 % 10, >20 % 7.5, ≥0 5, below 2.5."""
    growth = Bands(
        (
            Band(F(40, 100), True, D(10)),
            Band(F(20, 100), True, D("7.5")),
            Band(F(0), False, D(5)),
            Band(None, False, D("2.5")),
        )
    )
    assert points(growth, F(41, 100), F(40, 100), F(20, 100), F(0), F(-1, 100)) == [
        D("10.00"),
        D("7.50"),
        D("5.00"),
        D("5.00"),
        D("2.50"),
    ]


def test_points_for_each_item_end_at_the_most() -> None:
    assert points(PerItem(D(5), D(20)), 3, 4, 5) == [D("15.00"), D("20.00"), D("20.00")]
    assert points(PerItem(D(-5), D(20)), 3, 5) == [D("-15.00"), D("-20.00")]
    assert points(PerItem(D("0.1"), None), -3, marks=None) == [D("-0.30")]


def test_a_line_gives_one_point_for_each_2_percent_within_15() -> None:
    """枣庄: 40 at 100 %, ±1 for each 2 percentage points, at most ±15. 95 % → 40 − 2.5; 60 % → 25; 140 % → 55."""
    line = Linear(D(40), F(1), F(2, 100), D(1), D(25), D(55))
    assert points(line, F(95, 100), 1, F(60, 100), F(140, 100), marks=40) == [
        D("37.50"),
        D("40.00"),
        D("25.00"),
        D("55.00"),
    ]
    made = scheme(part("项", line, 40, Measure.COMPLETION), total=Total.SUM)
    sentence = rows(made, one("甲", 项=Measured(F(95, 100), "完成95", "95÷100")))["甲"].parts[0].sentence
    assert sentence == "完成95，40＋（（95÷100）－1）÷0.02×1＝37.50分"
    free = Linear(D(0), F(0), F(1), D("0.1"), None, None)
    assert points(free, 3, -2, marks=None) == [D("0.30"), D("-0.20")]


def test_places_share_their_points_and_past_the_last_there_are_none() -> None:
    """1—2 7 points, 3 5 points. 9, 8, 8, 7: places 1, 2, 2, 4."""
    assert points(Places((Place(2, D(7)), Place(3, D(5)))), 8, 9, 7, 8) == [D("7.00"), D("7.00"), D("0.00"), D("7.00")]


# ---- the others of RULES, worked over plain values ------------------------------------------------------------------


def test_worked_examples_of_departments_investors_and_leaders() -> None:
    """职能部门 70 × 7/8 + 30 × 0.9; 投资方 30 + 30 × 0.5 + 40 × 0.8; 县领导 30 × 10/12 + 40 × 9/10 + 30 × 88.5/100."""
    department = scheme(part("按时办结率", marks=70), part("服务评议", marks=30))
    settled = Measured(F(7, 8), "交办8件，按时办结7件", "7÷8")
    row = rows(department, one("县国土局", 按时办结率=settled, 服务评议=F(9, 10)))["县国土局"]
    assert (row.score, row.formula) == (D("88.25"), "100×（61.25＋27.00）÷（70＋30）＝88.25分")
    investor = scheme(part("按约开工", marks=30), part("建成", marks=30), part("达产达效", marks=40))
    row = rows(investor, one("梅亿公司", 按约开工=1, 建成=F(1, 2), 达产达效=F(8, 10)))["梅亿公司"]
    assert row.score == D("77.00")  # 30 + 15 + 32
    leader = scheme(part("到场", marks=30), part("问题办结", marks=40), part("项目均分", marks=30))
    row = rows(leader, one("张县长", 到场=F(10, 12), 问题办结=F(9, 10), 项目均分=F("88.5") / 100))["张县长"]
    assert row.score == D("87.55")  # 25.00 + 36.00 + 26.55


# ---- properties -----------------------------------------------------------------------------------------------------

values = st.fractions(min_value=-3, max_value=3, max_denominator=50)
formulas = st.sampled_from(
    (CAPPED, Share(Cap.NONE, Reference.ITSELF, None), SEVENTY, Linear(D(4), F(1), F(1, 10), D(1), D(0), None))
)


@given(formulas, st.lists(values, min_size=2, max_size=6))
def test_who_measures_more_never_has_fewer_points(rule: Formula, found: list[Fraction]) -> None:
    given_points = points(rule, *found)
    pairs = sorted(zip(found, given_points, strict=True), key=lambda pair: pair[0])
    gained = [gain for _, gain in pairs if gain is not None]
    assert gained == sorted(gained)


@given(st.lists(st.tuples(values, st.one_of(st.none(), values)), min_size=1, max_size=6))
def test_a_score_lies_between_0_and_100_and_ranks_follow_it(found: list[tuple[Fraction, Fraction | None]]) -> None:
    rule = scheme(part("甲", marks=60), part("乙", SEVENTY, 40, Measure.STARTED))
    board = assess(rule, [one(f"{place}", 甲=first, 乙=second) for place, (first, second) in enumerate(found)])
    scores = [row.score for row in board if row.score is not None]
    assert all(0 <= score <= 100 for score in scores)
    assert [row.rank for row in board] == [1 + sum(other > score for other in scores) for score in scores]
