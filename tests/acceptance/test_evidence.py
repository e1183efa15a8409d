"""A receipt leads from the score to the very cell: file, sheet, cell, who handed it in (得分明细)."""

from typing import Any

from tests.acceptance.office import Office, month_sheet

INDUSTRY = "重大工业和服务业"


def month_of(receipt: Any, month: str) -> Any:
    return next(one for quarter in receipt["quarters"] for one in quarter["months"] if one["month"] == month)


def cell(month: Any) -> tuple[str, str, str, str]:
    found = month["evidence"]
    return found["file"], found["sheet"], found["cell"], found["uploader"]


def test_a_computed_score_names_the_cells_of_its_figures(office: Office) -> None:
    office.found(INDUSTRY)
    headings = ("序号", "项目名称", "年度计划投资", "累计完成投资", "形象进度")
    office.take(month_sheet(6, headings, [(1, "甲厂", 1200, 300, "45%")]), name="六月.xlsx")
    june = month_of(office.receipt("甲厂", "2023-06"), "2023-06")
    # 60 × 300 ÷ 600 = 30.00, 40 × 45 ÷ 50 = 36.00, 100 × 66 ÷ 100 = 66.00
    assert [(one["name"], one["points"]) for one in june["indicators"]] == [
        ("投资完成", "30.00"),
        ("形象进度", "36.00"),
    ]
    assert (june["score"], june["source"]) == ("66.00", "computed")
    assert cell(june) == ("六月.xlsx", "6月", "D4", "张三")
    assert [one["cells"][0]["cell"] for one in june["indicators"]] == ["D4", "E4"]


def test_a_blank_that_costs_points_names_the_blank_cell(office: Office) -> None:
    office.found(INDUSTRY)
    headings = ("序号", "项目名称", "年度计划投资", "节点评定", "累计完成投资", "形象进度")
    office.take(month_sheet(6, headings, [(1, "甲厂", 1200, None, None, "基础施工")]), name="六月.xlsx")
    june = month_of(office.receipt("甲厂", "2023-06"), "2023-06")
    assert (june["score"], june["source"]) == ("0.00", "computed")
    assert cell(june) == ("六月.xlsx", "6月", "E4", "张三")
    assert [one["cells"][0]["cell"] for one in june["indicators"] if one["points"] is not None] == ["E4"]


def test_a_gap_in_a_running_total_is_named_and_the_cells_that_are_there(office: Office) -> None:
    office.found(INDUSTRY)
    headings = ("序号", "项目名称", "年度计划投资", "本月完成投资")
    office.take(month_sheet(1, headings, [(1, "甲厂", 1200, 100), (2, "乙厂", 1200, 100)]), name="一月.xlsx")
    office.take(month_sheet(2, headings, [(2, "乙厂", 1200, 100)]), name="二月.xlsx")
    office.take(month_sheet(3, headings, [(1, "甲厂", 1200, 100), (2, "乙厂", 1200, 50)]), name="三月.xlsx")
    rows = office.rows("2023-03")
    # 乙厂: 100 + 100 + 50 = 250 of 300 → 50.00 of 60 → 83.33; 甲厂 lacks February
    assert (rows["乙厂"]["score"], rows["甲厂"]["score"]) == ("83.33", "0.00")
    march = month_of(office.receipt("甲厂", "2023-03"), "2023-03")
    assert "2月" in march["indicators"][0]["reason"] and any("2月" in notice for notice in march["notices"])
    assert cell(march) == ("三月.xlsx", "3月", "D4", "张三")


def test_a_running_total_names_every_month_it_was_added_from(office: Office) -> None:
    office.found(INDUSTRY)
    ytd, month = (
        ("序号", "项目名称", "年度计划投资", "累计完成投资"),
        ("序号", "项目名称", "年度计划投资", "本月完成投资"),
    )
    office.take(month_sheet(1, ytd, [(1, "甲厂", 1200, 90)]), name="一月.xlsx")
    office.take(month_sheet(2, month, [(1, "甲厂", 1200, 60)]), name="二月.xlsx")
    office.take(month_sheet(3, month, [(1, "甲厂", 1200, 60)]), name="三月.xlsx")
    march = month_of(office.receipt("甲厂", "2023-03"), "2023-03")
    assert march["score"] == "70.00"  # 90 + 60 + 60 = 210 of 300 → 42.00 of 60
    assert [(one["file"], one["cell"]) for one in march["indicators"][0]["cells"]] == [
        ("三月.xlsx", "D4"), ("二月.xlsx", "D4"), ("一月.xlsx", "D4"),
    ]  # fmt: skip


def test_a_given_score_names_its_cell_and_keeps_the_computed_one_beside_it(office: Office) -> None:
    office.found(INDUSTRY)
    headings = ("序号", "项目名称", "年度计划投资", "累计完成投资", "得分")
    office.take(month_sheet(6, headings, [(1, "甲厂", 1200, 300, 88.885)]), name="六月.xlsx")
    june = month_of(office.receipt("甲厂", "2023-06"), "2023-06")
    assert (june["score"], june["source"], june["computed_score"]) == ("88.89", "sheet", "50.00")
    assert cell(june) == ("六月.xlsx", "6月", "E4", "张三")
    assert june["notices"] and "38.89" in june["notices"][0]  # more than 5 points apart


def test_a_corrected_cell_names_the_later_file_and_after_undoing_the_first_again(office: Office) -> None:
    office.found(INDUSTRY)
    office.user("李四", "office")
    headings = ("序号", "项目名称", "年度计划投资", "累计完成投资")
    office.take(month_sheet(6, headings, [(1, "甲厂", 1200, 300)]), name="六月.xlsx")
    later = office.take(month_sheet(6, headings, [(1, "甲厂", 1200, 480)]), name="更正.xlsx", by="李四")
    assert cell(month_of(office.receipt("甲厂", "2023-06"), "2023-06")) == ("更正.xlsx", "6月", "D4", "李四")
    office.done("revert", later["upload"], "--by", "张三", "--reason", "传错了")
    assert cell(month_of(office.receipt("甲厂", "2023-06"), "2023-06")) == ("六月.xlsx", "6月", "D4", "张三")


def test_a_declared_refusal_is_worth_nothing_and_names_its_cell(office: Office) -> None:
    office.found(INDUSTRY)
    headings = ("序号", "项目名称", "年度计划投资", "累计完成投资", "督查情况")
    rows = [
        (1, "甲厂", 1200, 600, "拒绝督查"),
        (2, "乙厂", 1200, 600, "无正当理由停工"),
        (3, "丙厂", 1200, 600, "免考"),
    ]
    office.take(month_sheet(6, headings, rows), name="六月.xlsx")
    for name, reason, score, at in (
        ("甲厂", "拒绝督查", "0.00", "E4"),
        ("乙厂", "无正当理由停工", "0.00", "E5"),
        ("丙厂", "免考", None, "E6"),
    ):
        june = month_of(office.receipt(name, "2023-06"), "2023-06")
        assert (june["reason"], june["score"], june["evidence"]["cell"]) == (reason, score, at)
    board = office.board("2023-06")
    assert board["coverage"] == {"due": 2, "inspected": 2, "not_inspected": 0, "not_reported": 0, "not_scored": 1}


def test_a_project_is_asked_for_by_code_or_by_its_exact_name(office: Office) -> None:
    office.found(INDUSTRY)
    headings = ("序号", "项目名称", "年度计划投资", "累计完成投资")
    office.take(month_sheet(6, headings, [(1, "甲厂", 1200, 300), (2, "乙厂", 1200, 300)]))
    assert office.receipt("A002", "2023-06") == office.receipt("乙厂", "2023-06")
    for unknown in ("乙", "A009", "丙厂"):
        found = office.run("receipt", unknown, "--programme", "T", "--period", "2023-06", "--json")
        assert (found.code, found.out) == (1, "") and found.err.count("\n") == 1
