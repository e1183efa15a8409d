"""Schemes in plain Chinese: each formula and each way of grouping says its own figures."""

from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from scoring.measures import AssesseeKind, Measure
from scoring.schemes import (
    Band,
    Bands,
    Cap,
    Formula,
    GroupsBy,
    Linear,
    Part,
    Place,
    Places,
    Reference,
    Scheme,
    Share,
    Total,
    Visible,
    When,
)
from scoring.schemewords import sentences
from tests.scoring.cases import D


def said(formula: Formula, measure: Measure = Measure.COMPLETION, marks: str = "10") -> str:
    """What the one part of a scheme says of its formula."""
    part = Part("甲", measure, formula, D(marks), "示例")
    none = MappingProxyType[str, tuple[str, ...]]({})
    kind, when = AssesseeKind.RESPONSIBLE_UNIT, (When.MONTH,)
    scheme = Scheme("乙", kind, Total.SHARE, when, Visible.OWN, (), GroupsBy.NONE, (), none, (part,), "示例")
    head, sentence = sentences(scheme)
    assert head.endswith("；各看各的。")
    return sentence.removeprefix(f"乙·甲（{marks}分）：{measure.words}，")


def test_a_share_of_a_target_or_of_the_highest_says_of_what() -> None:
    target = Share(Cap.FULL_MARKS, Reference.TARGET, Fraction(9, 10))
    assert said(target) == "按占目标90%的比例折算满分，超过的计满分。"
    highest = Share(Cap.NONE, Reference.HIGHEST, None)
    assert said(highest, Measure.INVESTED) == "按占同类最高的比例折算满分，超过的照计、不封顶。"


def test_bands_say_whether_their_start_is_included() -> None:
    bands = Bands(
        (Band(Fraction(40, 100), True, D("10")), Band(Fraction(0), False, D("5")), Band(None, False, D("2.5")))
    )
    assert said(bands) == "超过40%的10分、0%及以上5分、其余2.5分。"


def test_points_by_place_name_each_stretch() -> None:
    assert said(Places((Place(3, D("7")), Place(6, D("5"))))) == "同类第1—3名7分、同类第4—6名5分。"


def test_linear_points_name_the_step_and_their_ends() -> None:
    per_point = Linear(D("25"), Fraction(1), Fraction(1, 100), Decimal("0.1"), None, None)
    assert said(per_point, marks="25") == "为100%时25分，每高1%加0.1分，每低1%减0.1分。"
    ended = Linear(D("25"), Fraction(1), Fraction(1, 100), Decimal("0.1"), D("15"), D("35"))
    assert said(ended, marks="35").endswith("每低1%减0.1分，最低15分，最高35分。")
