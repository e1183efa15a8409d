"""Light rules of other places: the same project under each, hand-worked (DOMAIN §5), and the parts the presets need.

The project has 1200万元 over the year, 100万元 a month.
"""

from dataclasses import replace
from fractions import Fraction

import pytest

from scoring import light_presets
from scoring.bookwords import chapters
from scoring.facts import EventKind, Light, Record
from scoring.light_presets import title_of, with_lights
from scoring.lights import Alert, alerts
from scoring.progress_lights import Compared, light_of
from scoring.rulebook import LightBasis, RuleBook, RuleBookError, parse
from tests.scoring.cases import DEFAULT_BOOK, default_text, event, plan, programme, project, record

RED, YELLOW, GREEN = Light.RED, Light.YELLOW, Light.GREEN
PRESETS = sorted((DEFAULT_BOOK.parent / "lights").glob("*.toml"))
NAMES = [path.stem for path in PRESETS]
YINCHUAN, SANYA, SANYA_TASKS, WUHAN, XINHUANG = (
    "yinchuan-2025",
    "sanya-2022",
    "sanya-2022-tasks",
    "wuhan",
    "xinhuang-2015",
)


def preset(name: str) -> str:
    return (DEFAULT_BOOK.parent / "lights" / f"{name}.toml").read_text(encoding="utf-8")


def rules(name: str) -> RuleBook:
    return parse(with_lights(default_text(), preset(name)))


def with_progress(*lines: str) -> RuleBook:
    """The default book with more lines under [lights.progress]."""
    return parse(default_text().replace("[lights.progress]\n", "\n".join(["[lights.progress]", *lines, ""])))


def judged(book: RuleBook, month: int, *rows: Record, **fields: object) -> Alert:
    one = project("P1", *rows, **fields)
    return next(iter(alerts(book, programme(one, months={month, *one.records}), month)))


def sentence(alert: Alert, rule: str = "investment") -> tuple[Light, str]:
    return next((one.light, one.sentence) for one in alert.reasons if one.rule == rule)


# ---- the same project, three verdicts: end of June, 600万元 (50 %) due ----


@pytest.mark.parametrize(
    ("ytd", "yinchuan", "sanya", "wuhan"),
    [
        ("540", GREEN, YELLOW, GREEN),  # 45 %: 5 points, 10 % low, 90 %
        ("420", YELLOW, YELLOW, YELLOW),  # 35 %: 15 points, 30 % low, 70 %
        ("264", YELLOW, RED, RED),  # 22 %: 28 points, 56 % low, 44 %
        ("180", RED, RED, RED),  # 15 %: 35 points, 70 % low, 30 %
    ],
)
def test_the_same_project_is_judged_otherwise_elsewhere(ytd: str, yinchuan: Light, sanya: Light, wuhan: Light) -> None:
    found = [sentence(judged(rules(name), 6, record(6, ytd)))[0] for name in (YINCHUAN, SANYA, WUHAN)]
    assert found == [yinchuan, sanya, wuhan]


@pytest.mark.parametrize(
    ("name", "ytd", "light"),
    [
        (YINCHUAN, "480.12", GREEN),  # 40.01 %: 9.99 points
        (YINCHUAN, "480", YELLOW),  # 10 points are yellow
        (YINCHUAN, "240", YELLOW),  # 30 points still
        (YINCHUAN, "239.99", RED),
        (SANYA, "600", GREEN),
        (SANYA, "599.99", YELLOW),
        (SANYA, "300", YELLOW),  # exactly half
        (SANYA, "299.99", RED),
        (WUHAN, "480", GREEN),
        (WUHAN, "479.99", YELLOW),
        (WUHAN, "360", YELLOW),
        (WUHAN, "359.99", RED),
    ],
)
def test_the_thresholds_on_both_sides(name: str, ytd: str, light: Light) -> None:
    assert sentence(judged(rules(name), 6, record(6, ytd)))[0] is light


def test_percentage_points_are_blind_before_april() -> None:
    """At the end of March 25 % is due: nothing done is 25 points short, yellow; at the end of April 33.3, red."""
    book = rules(YINCHUAN)
    assert sentence(judged(book, 3, record(3, "0")))[0] is YELLOW
    assert sentence(judged(book, 4, record(4, "0")))[0] is RED
    assert sentence(judged(rules(WUHAN), 1, record(1, "0")))[0] is RED


def test_a_project_that_begins_in_july_is_judged_by_the_calendar_there_and_by_its_window_here() -> None:
    """End of September: window July–December, 3/6 = 600万元; calendar 9/12 = 900万元. 500 are 83.3 % and 55.6 %."""
    late = {"plans": (plan(start="2023-07"),)}
    assert sentence(judged(parse(default_text()), 9, record(9, "500"), **late)) == (
        GREEN,
        "投资：本年累计完成500万元，应完成600万元，为83.3%，正常",
    )
    assert sentence(judged(rules(WUHAN), 9, record(9, "500"), **late)) == (
        RED,
        "投资：本年累计完成500万元，按全年十二个月应完成900万元，为55.6%，低于60%亮红灯",
    )


# ---- 银川: the planned month itself ----


@pytest.mark.parametrize(("month", "light"), [(4, None), (5, YELLOW), (6, YELLOW), (7, RED)])
def test_yinchuan_lights_in_the_planned_month_and_red_in_the_third(month: int, light: Light | None) -> None:
    found = judged(rules(YINCHUAN), month, record(month, "0"), plans=(plan(start="2023-05"),))
    assert next((one.light for one in found.reasons if one.rule == "start"), None) is light


def test_the_planned_month_says_so() -> None:
    found = judged(rules(YINCHUAN), 5, record(5, "0"), plans=(plan(start="2023-05"),))
    assert sentence(found, "start") == (YELLOW, "开工：计划2023年5月开工，当月尚未开工，亮黄灯")


# ---- 新晃: the month's task ----


@pytest.mark.parametrize(
    ("june", "light"),
    [("580", GREEN), ("579.99", YELLOW), ("560", YELLOW), ("559.99", RED)],
)
def test_xinhuang_judges_the_month_by_its_own_task(june: str, light: Light) -> None:
    """500万元 by May; June's task is 100万元: 80 is green, 60 yellow."""
    assert sentence(judged(rules(XINHUANG), 6, record(5, "500"), record(6, june)))[0] is light


def test_a_month_ahead_of_the_year_may_miss_its_task() -> None:
    """900万元 by June, 300 more than due; but 850 stood in May, so June did 50 of 100."""
    found = judged(rules(XINHUANG), 6, record(5, "850"), record(6, "900"))
    assert sentence(found) == (RED, "投资：本月完成50万元，本月任务100万元，为50.0%，低于60%亮红灯")


def test_the_months_own_figure_comes_first_and_an_unknown_month_before_is_silent() -> None:
    book = rules(XINHUANG)
    given = judged(book, 6, record(6, "900", month_wan="90"))
    assert sentence(given) == (GREEN, "投资：本月完成90万元，本月任务100万元，为90.0%，正常")
    unknown = judged(book, 6, record(4, "400"), record(5), record(6, "900"))
    assert [one for one in unknown.reasons if one.rule == "investment"] == []


def test_the_task_follows_the_monthly_plan_and_no_task_is_silent() -> None:
    """Cumulative 400 by May and by June: nothing is asked of June; 700 by July: 300 are."""
    book = rules(XINHUANG)
    planned = {"plans": (plan(cumulative={5: "400", 6: "400", 7: "700", 12: "1200"}),)}
    silent = judged(book, 6, record(5, "400"), record(6, "400"), **planned)
    assert [one for one in silent.reasons if one.rule == "investment"] == []
    july = judged(book, 7, record(6, "400"), record(7, "640"), **planned)
    assert sentence(july) == (GREEN, "投资：本月完成240万元，本月任务300万元，为80.0%，正常")


def test_physical_progress_has_its_task_too() -> None:
    """A twelfth of the year's target is 8.33 points; 5 of them are 60 %."""
    found = judged(rules(XINHUANG), 6, record(5, pct="40"), record(6, pct="45"))
    assert sentence(found, "physical") == (YELLOW, "形象进度：本月完成5%，本月任务8.33%，为60.0%，低于80%亮黄灯")


# ---- 三亚 by months in a row ----


def test_one_month_short_is_yellow_two_in_a_row_red_and_a_full_month_ends_it() -> None:
    book = rules(SANYA_TASKS)
    rows = [record(1, "100"), record(2, "199.99"), record(3, "250"), record(4, "350"), record(5, "449.99")]
    found = [sentence(judged(book, month, *rows[:month])) for month in range(1, 6)]
    assert [light for light, _ in found] == [GREEN, YELLOW, RED, GREEN, YELLOW]
    assert [said for _, said in found] == [
        "投资：本月完成100万元，本月任务100万元，已完成",
        "投资：本月完成99.99万元，本月任务100万元，连续1个月未完成，满1个月亮黄灯",
        "投资：本月完成50.01万元，本月任务100万元，连续2个月未完成，满2个月亮红灯",
        "投资：本月完成100万元，本月任务100万元，已完成",
        "投资：本月完成99.99万元，本月任务100万元，连续1个月未完成，满1个月亮黄灯",
    ]


# ---- the keys ----


def test_a_book_without_the_new_keys_judges_as_before() -> None:
    progress = parse(default_text()).lights.progress
    assert (progress.basis, progress.minimum_month, progress.streak) == (LightBasis.PLAN, None, None)


@pytest.mark.parametrize(("month", "light"), [(2, GREEN), (3, RED)])
def test_earlier_months_are_not_judged(month: int, light: Light) -> None:
    book = with_progress('minimum_month = { value = 3, unit = "月" }')
    assert judged(book, month, record(month, "0")).light is light
    assert sentence(judged(book, 2, record(2, "0"))) == (
        GREEN,
        "投资：本年累计完成0万元，应完成200万元，3月起才判断进度",
    )


def test_a_streak_needs_its_months() -> None:
    text = default_text().replace('comparator = "ratio"', 'comparator = "streak"')
    with pytest.raises(RuleBookError) as refused:
        parse(text)
    assert (refused.value.key, refused.value.reason) == (
        "lights.progress.streak",
        "按连续月数比须写明满几个月亮黄灯、满几个月亮红灯",
    )


# ---- laid over a book ----


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", sorted(DEFAULT_BOOK.parent.glob("*.toml")), ids=lambda path: path.stem)
def test_a_preset_changes_the_lights_and_the_name_alone(name: str, path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    laid = with_lights(text, preset(name))
    before, after = ({one.key: one.value for one in parse(one).figures} for one in (text, laid))
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert {key.split(".")[0] for key in changed} == {"book", "lights"}
    assert after["book.name"] == f"{before['book.name']}（亮灯照{title_of(preset(name))}）"
    assert laid.count("# 超过计划开工月而未开工") == text.count("# 超过计划开工月而未开工")


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_says_its_source_and_what_was_settled(name: str) -> None:
    head = preset(name).partition("[preset]")[0]
    assert "# 原文有的：" in head and "# 我们定的（推断，使用前请核对）：" in head and "不是本县规定" in head


def test_one_preset_after_another_is_named_once() -> None:
    twice = with_lights(with_lights(default_text(), preset(SANYA)), preset(WUHAN))
    assert parse(twice).name == "县级默认考核办法（亮灯照武汉）"
    assert twice == with_lights(default_text(), preset(WUHAN))


def test_a_book_whose_lights_are_written_otherwise_is_refused() -> None:
    text = default_text().replace("[lights.progress]", '["lights".progress]')
    with pytest.raises(RuleBookError) as refused:
        with_lights(text, preset(WUHAN))
    assert refused.value.key == "lights.progress"


# ---- a month's task, streaks and points: the ways that no preset takes -----------------------------------------------


def task(comparator: str, *lines: str) -> RuleBook:
    text = default_text().replace('comparator = "ratio"', f'comparator = "{comparator}"')
    return parse(text.replace("[lights.progress]\n", "\n".join(["[lights.progress]", *lines, ""])))


def test_by_points_of_a_months_task_the_sentence_names_the_month() -> None:
    """June adds 60 to May's 500; its task is 100: 5 % of the year's plan against 8.3 %, 3.3 points short."""
    book = task("percentage_points", 'basis = "month_task"')
    light, said = sentence(judged(book, 6, record(5, "500"), record(6, "560")))
    assert light is GREEN
    assert said == "投资：本月完成年度计划的5.0%，本月任务为8.3%，低3.33个百分点，正常"


def test_januarys_percent_is_the_months_own_and_a_percent_of_the_whole_has_none() -> None:
    book = task("ratio", 'basis = "month_task"')
    own = judged(book, 1, record(1, "100", "10"))  # a twelfth, 8.33 %, is due
    assert sentence(own, "physical")[0] is GREEN
    whole = judged(book, 1, record(1, "100", "10", physical_progress_is_whole=True))
    assert [one.rule for one in whole.reasons if one.rule == "physical"] == []


def streak(yellow: int, red: int) -> RuleBook:
    first, second = (
        f'{name} = {{ value = {count}, unit = "个月" }}' for name, count in (("yellow_from", yellow), ("red_from", red))
    )
    return task("streak", 'basis = "month_task"', f"streak = {{ {first}, {second} }}")


def test_a_streak_goes_back_to_the_first_month_and_no_further_than_the_entry() -> None:
    rows = [record(month, str(50 * month)) for month in (1, 2, 3)]  # 50 of 100 each month
    assert sentence(judged(streak(2, 3), 3, *rows))[0] is RED  # three months, all there are
    # Taken in in February: January, though recorded, is not counted, so two months make it yellow.
    added = (event(EventKind.ADDED, "2023-02-01"),)
    assert sentence(judged(streak(2, 3), 3, *rows, events=added, plans=(plan("1200", start="2023-02"),)))[0] is YELLOW


def test_a_streak_is_said_in_the_book() -> None:
    words = [one for chapter in chapters(streak(2, 3)) for one in chapter.sentences]
    assert "投资、形象进度连续2个月没有达到当月任务亮黄灯，连续3个月亮红灯。" in words


def test_by_streak_one_comparison_is_yellow_when_anything_is_missing() -> None:
    rules = streak(2, 3).lights.progress
    behind = Compared("投资", Fraction(99), Fraction(100), Fraction(99), Fraction(100), "万元", LightBasis.MONTH_TASK)
    assert light_of(rules, behind) is YELLOW
    assert light_of(rules, replace(behind, done=Fraction(100))) is GREEN


def test_a_preset_that_would_change_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = default_text().replace("slope_months = { value = 3", "slope_months = { value = 4")
    monkeypatch.setattr(light_presets, "edited", lambda *_, **__: other)
    with pytest.raises(RuleBookError, match=r"outlook\.slope_months"):
        with_lights(default_text(), preset(WUHAN))
