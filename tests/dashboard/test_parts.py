"""The shared parts: a light never by colour alone, a figure never recomputed, a chart that cannot leave the house."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import Place, periods, place
from dashboard.components import number, states
from dashboard.components.badge import light_badge, outlook_badge, severity_badge
from dashboard.components.coverage import coverage_strip
from dashboard.components.graph import CONFIG, graph
from dashboard.components.table import Column, table
from dashboard.theme import LIGHTS, OUTLOOKS, SEVERITIES, css_variables
from dashboard.views import sample
from tests.dashboard import payloads
from tests.dashboard.trees import parts, with_class, words


@pytest.mark.parametrize("light", LIGHTS)
def test_a_light_is_a_word_and_a_shape_besides_its_colour(light: str) -> None:
    badge = light_badge(light)
    assert LIGHTS[light].shape in words(badge)
    assert LIGHTS[light].word in words(badge)
    assert badge.style["color"] == LIGHTS[light].ink


def test_no_two_lights_share_shape_or_word() -> None:
    assert len({look.shape for look in LIGHTS.values()}) == len(LIGHTS)
    assert len({look.word for look in LIGHTS.values()}) == len(LIGHTS)


def test_the_words_of_the_lights_are_those_of_the_county() -> None:
    assert [LIGHTS[light].label for light in ("red", "yellow", "green")] == ["红灯·滞后严重", "黄灯·滞后", "绿灯·正常"]


def test_a_short_badge_of_a_colour_drops_the_meaning_but_grey_keeps_its_reason() -> None:
    assert words(light_badge("green", "绿灯·达序时", is_full=False)) == "●绿灯"
    assert words(light_badge("grey", "未督查", is_full=False)) == "○未督查"
    assert words(light_badge("none", "暂缓")) == "—暂缓"


@pytest.mark.parametrize("outlook", [*OUTLOOKS, None])
def test_an_outlook_has_a_word_and_a_shape(outlook: str | None) -> None:
    assert len(words(outlook_badge(outlook))) >= 5


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severity_has_a_word_and_a_shape(severity: str) -> None:
    assert words(severity_badge(severity)) == SEVERITIES[severity].shape + SEVERITIES[severity].word


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1234567.50", "1,234,567.50"),
        ("-1200.00", "-1,200.00"),
        ("999", "999"),
        ("0.00", "0.00"),
        (None, "—"),
        ("", "—"),
    ],
)
def test_figures_are_grouped_and_absent_is_never_zero(text: str | None, shown: str) -> None:
    assert number.grouped(text) == shown


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_grouping_only_adds_commas(value: object) -> None:
    assert number.grouped(str(value)).replace(",", "") == str(value)


def test_an_amount_read_aloud_has_its_unit_and_no_needless_zeros() -> None:
    assert number.wan("9000.00") == "9,000万元"
    assert number.wan("9000.50") == "9,000.50万元"
    assert number.plain("87.0000") == "87"
    assert number.plain("120") == "120"


def test_periods_are_said_in_words() -> None:
    assert number.period_words("2023-10") == "2023年10月"
    assert number.period_words("2023Q3") == "2023年三季度"
    assert number.period_words("2023") == "2023年全年"


def test_an_instant_is_shown_in_county_time() -> None:
    assert number.instant("2023-11-05T17:30:00Z") == "2023-11-06 01:30"


def test_coverage_adds_up_before_the_eyes_and_marks_what_is_missing() -> None:
    strip = coverage_strip({"due": 107, "inspected": 100, "not_inspected": 6, "not_reported": 1, "not_scored": 7})
    assert words(strip) == "应查107=已查100+未督查6+未报1·未计分7"
    assert [words(part) for part in with_class(strip, "coverage-gap")] == ["未督查6", "未报1"]
    assert with_class(strip, "coverage-fill")[0].style == {"width": "93%"}  # 100 ÷ 107 = 93.46 %


def test_nothing_due_is_no_division_by_zero() -> None:
    nothing = dict.fromkeys(("due", "inspected", "not_inspected", "not_reported", "not_scored"), 0)
    assert with_class(coverage_strip(nothing), "coverage-fill")[0].style == {"width": "0%"}


def test_no_chart_offers_to_upload_itself() -> None:
    chart = next(part for part in parts(graph([], label="图")) if type(part).__name__ == "Graph")
    assert chart.config == CONFIG
    assert CONFIG["plotlyServerURL"] == ""
    assert "sendChartToCloud" in CONFIG["modeBarButtonsToRemove"]
    assert CONFIG["locale"] == "zh-CN"


COLUMNS = (
    Column("name", "名称", "project", 200, on_phone=True, phone_width=120, is_pinned=True),
    Column("amount_wan", "金额", "amount", 100),
    Column("light", "灯", "light", 140, on_phone=True),
)


def test_numbers_stand_right_and_sort_as_numbers() -> None:
    amount = table(COLUMNS, [], id="t").columnDefs[1]
    assert amount["type"] == "rightAligned"
    assert amount["comparator"] == {"function": "byNumber"}


def test_a_phone_keeps_only_the_columns_made_for_it_and_pins_none() -> None:
    shown = table(COLUMNS, [], id="t", is_phone=True).columnDefs
    assert [column["field"] for column in shown] == ["name", "light"]
    assert not any("pinned" in column for column in shown)


def test_a_short_table_shows_all_its_rows_and_a_long_one_scrolls() -> None:
    short = table(COLUMNS, [{}] * 12, id="t", height="500px")
    long = table(COLUMNS, [{}] * 13, id="t", height="500px")
    assert short.dashGridOptions["domLayout"] == "autoHeight"
    assert long.dashGridOptions["domLayout"] == "normal"
    assert long.style["height"] == "500px"


def test_tables_speak_chinese_and_run_no_enterprise_module() -> None:
    grid = table(COLUMNS, [], id="t")
    assert grid.dashGridOptions["localeText"]["noRowsToShow"] == "没有符合条件的记录"
    assert grid.enableEnterpriseModules is False


def test_a_dotted_field_finds_its_value_and_absence_is_none() -> None:
    assert Column("quarters.Q3", "三季度").value({"quarters": {"Q3": "88.50"}}) == "88.50"
    assert Column("quarters.Q3", "三季度").value({"quarters": {}}) is None
    assert Column("quarters.Q3", "三季度").value({}) is None


def test_every_colour_of_the_style_sheet_comes_from_the_theme() -> None:
    from pathlib import Path

    sheet = Path("dashboard/assets/theme.css").read_text(encoding="utf-8")
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", sheet)) <= set(re.findall(r"--([a-z0-9-]+):", css_variables()))


@pytest.mark.parametrize("is_phone", [True, False])
def test_the_sample_page_holds_every_light_every_state_and_no_id_twice(is_phone: bool) -> None:
    page = sample.page(is_phone=is_phone)
    shown = words(page)
    assert all(look.shape in shown for look in LIGHTS.values())
    assert all(word in shown for word in ("未督查", "未报", "资料不足", "完工", "暂缓", "未到计划开工"))
    assert len(with_class(page, "state-failed")) == 4
    assert [len(with_class(page, name)) for name in ("state-empty", "state-loading", "state-stale")] == [1, 1, 1]
    ids = [str(part.id) for part in parts(page) if getattr(part, "id", None)]
    assert len(ids) == len(set(ids))


def test_the_failed_state_shows_the_apis_own_sentence_and_a_way_on() -> None:
    state = states.failed("数据库正忙，请稍后再试。")
    assert "数据库正忙，请稍后再试。" in words(state)
    assert "重新加载" in words(state)


@pytest.mark.parametrize(
    ("status", "title", "way_out"),
    [(401, "登录已失效", "/sign-in"), (403, "不能查看", "/"), (404, "没有这项内容", "/")],
)
def test_who_may_not_see_a_page_is_told_so_and_led_on(status: int, title: str, way_out: str) -> None:
    state = states.failed("一句话。", status)
    assert title in words(state)
    assert [part.href for part in parts(state) if getattr(part, "href", None)] == [way_out]


# ---- addresses ------------------------------------------------------------------------------------------------------


def test_a_page_opens_on_the_newest_month_with_data() -> None:
    found = place(payloads.programmes(), {}, "desktop")
    assert found is not None
    assert (found.period, found.month) == ("2023-10", "2023-10")


def test_a_deep_link_restores_period_and_programme() -> None:
    both = [*payloads.programmes(), payloads.programmes()[0] | {"code": "2022", "newest_month": "2022-12"}]
    found = place(both, {"programme": "2022", "period": "2022Q4"}, "phone")
    assert found is not None
    assert (found.code, found.period, found.is_phone) == ("2022", "2022Q4", True)
    assert found.href("/alerts", month="2022-11") == "/alerts?programme=2022&month=2022-11"


def test_the_first_programme_needs_no_word_in_the_address() -> None:
    assert Place(payloads.programmes()[0]).href("/ranking", period=None) == "/ranking"


def test_nobody_without_a_programme_is_somewhere() -> None:
    assert place([], {}, "desktop") is None


def test_the_periods_offered_are_the_year_its_begun_quarters_and_its_committed_months() -> None:
    programme = payloads.programmes()[0] | {"committed_months": ["2023-03", "2023-04"]}
    assert periods(programme) == [
        ("年度", ["2023"]),
        ("季度", ["2023Q2", "2023Q1"]),
        ("月度", ["2023-04", "2023-03"]),
    ]
