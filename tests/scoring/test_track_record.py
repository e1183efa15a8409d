"""The track record: what was said before, judged by what came (报准、漏报、误报、提前几个月)."""

from fractions import Fraction

import pytest

from scoring.track_record import Came, Case, Said, Verdict, by_rule, judge

YEAR_END = 12


def said(code: str, rule: str = "investment", **months: bool | None) -> list[Said]:
    """said("P", m3=True, m4=None): warned in March, nothing said in April."""
    return [Said(code, int(month[1:]), {} if warned is None else {rule: warned}) for month, warned in months.items()]


@pytest.mark.parametrize(
    ("months", "is_bad", "verdict", "lead"),
    [
        ({"m8": True, "m9": True, "m10": True}, True, Verdict.HIT, 4),  # since August: 12 - 8
        ({"m3": True, "m6": False, "m9": True}, True, Verdict.HIT, 3),  # taken back in June: September counts
        ({"m8": True, "m9": None, "m10": True}, True, Verdict.HIT, 4),  # no data in September breaks nothing
        ({"m8": True, "m9": None}, True, Verdict.HIT, 4),  # nor does silence at the end take it back
        ({"m11": True}, True, Verdict.HIT, 1),
        ({"m3": False, "m11": False}, True, Verdict.MISS, None),
        ({"m3": True, "m11": False}, True, Verdict.MISS, None),  # taken back, and yet it came
        ({"m11": False, "m12": True}, True, Verdict.MISS, None),  # December's own light foretold nothing
        ({"m12": True}, True, Verdict.NOT_JUDGED, None),
        ({"m8": None}, True, Verdict.NOT_JUDGED, None),
        ({"m10": False, "m11": True}, False, Verdict.FALSE_ALARM, None),
        ({"m3": True, "m11": False}, False, Verdict.RECOVERED, None),
        ({"m3": False, "m11": False}, False, Verdict.QUIET, None),
    ],
)
def test_a_warning_is_judged_by_what_stood_last_before_the_outcome(
    months: dict[str, bool | None], is_bad: bool, verdict: Verdict, lead: int | None
) -> None:
    others = said("Q", m1=False)  # so that the rule has said something
    cases = judge([*said("P", **months), *others], [Came("P", YEAR_END, is_bad)])
    assert cases == (Case("P", "investment", verdict, lead),)


def test_the_month_a_project_turned_red_may_be_what_came() -> None:
    """Yellow in May and June, red in July: two months before. Later lights are not looked at."""
    yellow = said("P", m5=True, m6=True, m7=True, m8=False)
    assert judge(yellow, [Came("P", 7, True)]) == (Case("P", "investment", Verdict.HIT, 2),)


def test_each_rule_is_judged_by_itself_and_only_where_it_had_data() -> None:
    frozen = [
        Said("P", 9, {"investment": True, "physical": False, "outlook": True}),
        Said("Q", 9, {"investment": True, "outlook": False}),
        Said("R", 9, {"investment": False, "outlook": False}),
    ]
    came = [Came("P", 12, True), Came("Q", 12, False), Came("R", 12, True), Came("S", 12, True)]
    investment, outlook, physical = by_rule(judge(frozen, came))
    assert (investment.rule, outlook.rule, physical.rule) == ("investment", "outlook", "physical")
    none = dict.fromkeys(Verdict, 0)
    assert investment.counts == none | {
        Verdict.HIT: 1,
        Verdict.FALSE_ALARM: 1,
        Verdict.MISS: 1,
        Verdict.NOT_JUDGED: 1,
    }
    assert outlook.counts == none | {Verdict.HIT: 1, Verdict.QUIET: 1, Verdict.MISS: 1, Verdict.NOT_JUDGED: 1}
    assert physical.counts == none | {Verdict.MISS: 1, Verdict.NOT_JUDGED: 3}
    assert (investment.caught.words, investment.borne_out.words) == ("1/2", "1/2")
    assert (outlook.caught.words, outlook.borne_out.words) == ("1/2", "1/1")
    assert (physical.lead_months, physical.median_lead_months) == ((), None)


def test_from_20_cases_on_a_percentage_stands_with_its_interval() -> None:
    """20 came: 17 had been warned of, in September or October; 5 of 22 warnings were false."""
    frozen, came = [], []
    for number in range(20):
        frozen += said(f"B{number:02d}", **{"m9" if number < 9 else "m10": number < 17})
        came.append(Came(f"B{number:02d}", YEAR_END, True))
    for number in range(5):
        frozen += said(f"G{number}", m10=True)
        came.append(Came(f"G{number}", YEAR_END, False))
    (record,) = by_rule(judge(frozen, came))
    assert record.caught.words == "17/20，85.0%（64.0—94.8）"
    assert record.borne_out.words == "17/22，77.3%（56.6—89.9）"
    assert record.lead_months == (2,) * 8 + (3,) * 9
    assert record.median_lead_months == 3  # the ninth of seventeen
    assert by_rule(judge(frozen[:2], came[:2]))[0].median_lead_months == Fraction(3)


def test_cases_of_several_years_are_added() -> None:
    earlier = judge(said("P", m9=True), [Came("P", 12, True)])
    later = judge(said("P", m11=True), [Came("P", 12, True)])
    (record,) = by_rule([*earlier, *later])
    assert (record.caught.words, record.lead_months, record.median_lead_months) == ("2/2", (1, 3), 2)


def test_what_is_frozen_is_frozen_once() -> None:
    with pytest.raises(ValueError, match="said twice"):
        judge([*said("P", m9=True), *said("P", m9=False)], [])
    with pytest.raises(ValueError, match="came twice"):
        judge([], [Came("P", 12, True), Came("P", 12, False)])
    assert judge([], [Came("P", 12, True)]) == ()
