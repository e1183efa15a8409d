"""Uploads committed, undone and crossed in every order: nothing is lost and nothing is mixed (导入与撤销)."""

from pathlib import Path

from tests.acceptance.office import Office, month_sheet, sheet

HEADINGS = ("序号", "项目名称", "年度计划投资", "累计完成投资", "存在问题")
INDUSTRY = "重大工业和服务业"


def figures(month: int, **ytd: float | None) -> bytes:
    rows = [(number, name, 1200, size, None) for number, (name, size) in enumerate(ytd.items(), start=1)]
    return month_sheet(month, HEADINGS, rows)


def begin(office: Office) -> None:
    office.found(INDUSTRY)
    office.take(figures(5, 甲厂=400, 乙厂=500, 丙厂=300))


def scores(office: Office, period: str = "2023-06") -> dict[str, str | None]:
    return {name: row["score"] for name, row in office.rows(period).items()}


def revert(office: Office, upload: int) -> int:
    return office.run("revert", upload, "--by", "张三", "--reason", "传错了").code


def test_undoing_restores_every_board_byte_for_byte(county: Office) -> None:
    county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))
    before = county.everything()
    done = county.take(figures(6, 甲厂=420, 乙厂=540, 丙厂=480))
    assert (done["changed"], done["same"]) == (2, 1)
    assert county.everything() != before
    assert revert(county, done["upload"]) == 0
    assert county.everything() == before
    assert revert(county, done["upload"]) == 1
    assert county.everything() == before


def test_undoing_the_only_sheet_of_a_month_makes_it_uncommitted_again(county: Office) -> None:
    before = county.everything()
    done = county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))
    assert revert(county, done["upload"]) == 0
    assert county.everything() == before
    assert county.board("2023-06")["rows"] == []


def test_undoing_an_upload_that_registered_takes_its_projects_away_and_keeps_their_codes(county: Office) -> None:
    before = county.everything()
    done = county.take(figures(6, 甲厂=600, 丁戊大桥=100))
    assert done["registered"] == 1 and done["missing"] == ["乙厂", "丙厂"]
    assert "丁戊大桥" in scores(county)
    assert revert(county, done["upload"]) == 0
    assert county.everything() == before
    again = county.take(figures(6, 甲厂=600, 丁戊大桥=100))
    assert again["registered"] == 1
    assert county.rows("2023-06")["丁戊大桥"]["code"] == "A004"


def test_undoing_the_older_upload_first_leaves_the_newer_one_whole(county: Office) -> None:
    nothing = county.everything()
    first = county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))["upload"]
    second = county.take(figures(6, 甲厂=420, 乙厂=540))["upload"]
    assert scores(county) == {"甲厂": "70.00", "乙厂": "90.00", "丙厂": "80.00"}
    assert revert(county, first) == 0
    assert scores(county) == {"甲厂": "70.00", "乙厂": "90.00", "丙厂": None}  # 丙厂 stood in the first alone
    assert revert(county, second) == 0
    assert county.everything() == nothing


def test_undoing_the_newer_upload_first_leaves_the_older_one_whole(county: Office) -> None:
    nothing = county.everything()
    first = county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))["upload"]
    between = county.everything()
    second = county.take(figures(6, 甲厂=420, 乙厂=540))["upload"]
    assert revert(county, second) == 0
    assert county.everything() == between
    assert revert(county, first) == 0
    assert county.everything() == nothing


def test_an_event_between_upload_and_undoing_stays(county: Office) -> None:
    done = county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))["upload"]
    county.event("乙厂", "暂缓", "2023-06-20")
    assert revert(county, done) == 0
    county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))
    row = county.rows("2023-06")["乙厂"]
    assert (row["score"], row["not_scored_reason"]) == (None, "暂缓")


def test_undoing_a_sheet_that_stated_completion_takes_the_completion_back(county: Office) -> None:
    headings = ("序号", "项目名称", "累计完成投资", "项目状态")
    county.take(figures(7, 甲厂=700, 乙厂=700, 丙厂=700))
    before = county.everything()
    done = county.take(month_sheet(6, headings, [(1, "甲厂", 600, "已完工"), (2, "乙厂", 600, "在建")]))["upload"]
    row = county.rows("2023-07")["甲厂"]
    assert (row["score"], row["rank"], row["not_scored_reason"]) == ("100.00", None, "已完工")
    assert revert(county, done) == 0
    assert county.everything() == before


def test_an_event_given_by_hand_survives_the_undoing_of_a_sheet_that_said_the_same(county: Office) -> None:
    headings = ("序号", "项目名称", "累计完成投资", "项目状态")
    county.event("甲厂", "完工", "2023-06-30")
    done = county.take(month_sheet(6, headings, [(1, "甲厂", 600, "已完工")]))["upload"]
    county.take(figures(7, 甲厂=700, 乙厂=700, 丙厂=700))
    assert revert(county, done) == 0
    assert county.rows("2023-07")["甲厂"]["not_scored_reason"] == "已完工"


def test_the_same_file_again_changes_nothing_under_any_name(county: Office) -> None:
    content = figures(6, 甲厂=600, 乙厂=500, 丙厂=480)
    first = county.take(content, name="六月.xlsx")
    assert (first["state"], first["new"]) == ("committed", 3)
    before = county.everything()
    for name in ("六月.xlsx", "另一个名字.xlsx"):
        again = county.take(content, name=name)
        assert (again["state"], again["new"], again["changed"], again["same"]) == ("unchanged", 0, 0, 3)
        assert county.everything() == before
        assert revert(county, again["upload"]) == 1  # wrote nothing, so there is nothing to undo
    receipt = county.receipt("甲厂", "2023-06")["quarters"][0]["months"][0]
    assert (receipt["evidence"]["file"], receipt["evidence"]["upload"]) == ("六月.xlsx", first["upload"])


def test_a_file_with_fewer_rows_lists_the_missing_and_takes_nothing_away(county: Office) -> None:
    county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))
    done = county.take(figures(6, 甲厂=540))
    assert (done["changed"], sorted(done["missing"])) == (1, ["丙厂", "乙厂"])
    assert scores(county) == {"甲厂": "90.00", "乙厂": "83.33", "丙厂": "80.00"}


def test_a_blank_over_a_stored_figure_is_asked_and_answered_either_way(county: Office, tmp_path: Path) -> None:
    county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))
    before = county.everything()
    content = figures(6, 甲厂=540, 乙厂=None, 丙厂=480)
    asked = county.try_import(content)
    assert (asked.code, asked.json["state"], asked.json["upload"]) == (3, "ask", None)
    assert [choice["value"] for choice in asked.json["questions"][0]["choices"]] == ["keep", "clear"]
    assert county.everything() == before
    kept = county.take_answering(content, "keep")
    assert scores(county) == {"甲厂": "90.00", "乙厂": "83.33", "丙厂": "80.00"}
    assert revert(county, kept["upload"]) == 0
    assert county.everything() == before
    county.take_answering(content, "clear")
    assert scores(county)["乙厂"] == "0.00"  # 未报: nothing is left in the row, and that is the unit's doing


def test_a_lower_year_to_date_is_asked_and_as_written_counts_as_given(county: Office) -> None:
    content = figures(6, 甲厂=390, 乙厂=500, 丙厂=480)
    asked = county.try_import(content)
    assert asked.code == 3 and [one["code"] for one in asked.json["questions"]] == ["ytd_lower"]
    county.take_answering(content)
    assert scores(county)["甲厂"] == "65.00"


def test_undoing_a_plan_sheet_gives_the_plan_before_it_back(county: Office) -> None:
    county.take(figures(6, 甲厂=600, 乙厂=500, 丙厂=480))
    before = county.everything()
    plan = sheet("2023年度“三重一大”项目计划表", ("序号", "项目名称", "年度计划投资"), [(1, "甲厂", 2400)])
    done = county.take_answering(plan, "2023-01")
    assert scores(county)["甲厂"] == "50.00"
    assert revert(county, done["upload"]) == 0
    assert county.everything() == before


def test_a_plan_sheet_that_only_adds_fills_what_was_blank(office: Office) -> None:
    office.found(INDUSTRY)
    office.take(month_sheet(6, ("序号", "项目名称", "累计完成投资"), [(1, "甲厂", 600)]))
    assert office.rows("2023-06")["甲厂"]["not_scored_reason"] == "无年度计划"
    plan = sheet("2023年度“三重一大”项目计划表", ("序号", "项目名称", "年度计划投资"), [(1, "甲厂", 1200)])
    done = office.take(plan)
    assert office.rows("2023-06")["甲厂"]["score"] == "100.00"
    assert revert(office, done["upload"]) == 0
    assert office.rows("2023-06")["甲厂"]["not_scored_reason"] == "无年度计划"


def test_partial_sheets_of_one_month_make_one_board_and_are_undone_apart(county: Office) -> None:
    first = county.take(figures(6, 甲厂=600))["upload"]
    county.take(figures(6, 乙厂=500, 丙厂=480))
    headings = ("序号", "项目名称", "得分")
    marks = county.take(month_sheet(6, headings, [(1, "甲厂", 77), (2, "丙厂", 66)]))["upload"]
    assert scores(county) == {"甲厂": "77.00", "乙厂": "83.33", "丙厂": "66.00"}
    assert revert(county, first) == 0
    assert scores(county) == {"甲厂": "77.00", "乙厂": "83.33", "丙厂": "66.00"}
    assert revert(county, marks) == 0
    assert scores(county) == {"甲厂": None, "乙厂": "83.33", "丙厂": "80.00"}
    assert county.rows("2023-06")["甲厂"]["not_scored_reason"] == "未督查"
