"""项目档案: a score can be followed down to file, sheet, cell and uploader."""

from dashboard.address import Place
from dashboard.views import project
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PLACE = Place(payloads.programmes()[0], {"period": "2023"})


def page():  # type: ignore[no-untyped-def]
    return project.page(PLACE, payloads.project(), payloads.receipt())


def test_the_receipt_goes_from_the_final_score_down_to_the_cell() -> None:
    receipt = words(found(page(), "project-receipt"))
    assert "2023年全年 63.35" in receipt
    assert "(20%×70.00 + 30%×66.10 + 50%×58.20) ÷ 100% = 62.93" in receipt
    assert "四季度权重50%58.20" in receipt
    assert "完成3100／应完成8333.33万元（10000×5／6），计22.32分" in receipt
    # 2023-11-03T01:30 UTC is 09:30 in the county
    assert "出处：2023年10月重点项目进展情况表.xlsx 工业!H12，王主任 2023-11-03 09:30导入" in receipt


def test_every_step_stands_in_its_month_on_screen_and_in_one_list_on_paper() -> None:
    receipt = found(page(), "project-receipt")
    [paper] = with_class(receipt, "print-only")
    assert words(paper) == "逐步计算（1 步）10月投资完成：完成3100／应完成8333.33万元（10000×5／6），计22.32分"
    months = [part for part in parts(receipt) if getattr(part, "className", None) == "receipt-month"]
    assert [words(month).count("完成3100／应完成8333.33万元（10000×5／6），计22.32分") for month in months] == [1]


def test_what_moved_the_rank_stands_with_the_receipt_where_a_period_stands_before() -> None:
    moved = payloads.receipt() | {"movement": payloads.movement()["rows"][0]}
    shown = project.page(PLACE, payloads.project(), moved)
    assert words(found(shown, "project-movement")) == (
        "升降原因：由第3名升至第1名：本项目得分由88.00升至96.40，使名次上升2位。"
    )
    assert not [part for part in parts(page()) if getattr(part, "id", None) == "project-movement"]


def test_an_indicator_that_is_not_judged_is_not_shown_as_zero() -> None:
    assert "形象进度本项不计40.00" in words(found(page(), "project-receipt"))


def test_the_other_way_of_treating_missing_quarters_is_said() -> None:
    assert "若缺考季度计0分，得分为 62.93。" in words(found(page(), "project-receipt"))


def test_a_quarter_without_weight_says_so() -> None:
    assert project._weight_words({"weight": "0", "effective_weight": "0.00"}) == "不计入年度得分"
    assert project._weight_words({"weight": "20", "effective_weight": "40.00"}) == "权重20%，实际按40%"
    assert project._weight_words({"weight": "20", "effective_weight": "20.00"}) == "权重20%"


def test_this_months_light_comes_with_every_reason_and_the_outlook() -> None:
    now = words(found(page(), "project-now"))
    assert "10月亮灯▲红灯·滞后严重自10月起" in now
    assert "完成序时的37.2%，低于60%" in now
    assert "▲预计无法完成" in now
    assert "全年约在3600—5100万元之间（依据4个数据" in now
    assert "8月●绿灯9月◆黄灯10月▲红灯" in now


def test_a_date_is_no_finer_than_it_was_stated() -> None:
    assert "2023-01 至 2024-06-15" in words(page())


def test_what_is_missing_of_the_five_is_marked() -> None:
    assert "▲一套推进措施缺" in words(page())


def test_an_open_obstacle_says_whose_it_is_and_until_when() -> None:
    assert "国土局，2023-05-10 提出，限 2023-09-30 办结" in words(page())


def test_a_project_that_left_says_so_instead_of_its_state() -> None:
    left = payloads.project() | {"membership": "已调出"}
    assert "已调出" in words(project.page(PLACE, left, payloads.receipt()))
    assert "百日会战项目" not in words(project.page(PLACE, left, payloads.receipt()))


def test_plan_and_actual_are_drawn_over_the_year_and_absent_months_are_gaps() -> None:
    chart = next(part for part in parts(page()) if type(part).__name__ == "Graph")
    plan, done = chart.figure.data[0], chart.figure.data[1]
    assert (plan.name, done.name) == ("应完成", "已完成")
    assert plan.y[9] == 8330.0  # 10 × 833.00
    assert done.y[9] == 3100.0  # 10 × 310.00
    assert done.y[10] is None


def test_a_project_without_investment_says_how_it_is_assessed() -> None:
    empty = [
        {"month": f"2023-{month:02d}", "plan_to_date_wan": None, "invested_ytd_wan": None, "reported_ytd_wan": None}
        for month in range(1, 13)
    ]
    assert words(project.curve(payloads.project() | {"curve": empty})) == "本项目没有年度投资计划，按节点考核。"
