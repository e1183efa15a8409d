"""月报导入: nothing is stored before 确认导入, every question is answered in place, every import can be undone."""

import pytest

from dashboard.address import Place
from dashboard.views import imports, upload
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PLACE = Place(payloads.programmes()[0])


def ids(tree: object) -> list[object]:
    return [part.id for part in parts(tree) if getattr(part, "id", None)]


def opens(act: str) -> dict[str, str]:
    return {"type": "upload-open", "act": act}


def test_open_questions_keep_the_sheet_from_being_committed() -> None:
    page = upload.page(PLACE, payloads.upload())
    assert "有 3 个问题待确认，全部答复后才能导入；现在没有改动任何数据。" in words(page)
    assert opens("commit") not in ids(page)


@pytest.mark.parametrize(
    ("actions", "stand"),
    [
        (("answer", "commit", "hand_over", "discard"), {"commit", "hand_over", "discard"}),
        (("answer", "accept", "return", "hand_over"), {"accept", "return", "hand_over"}),
        (("answer", "discard"), {"discard"}),
        (("revert",), {"revert"}),
        ((), set()),
    ],
    ids=["tried", "submitted", "returned", "committed", "nothing"],  # a set's order differs from process to process
)
def test_the_buttons_are_exactly_those_that_the_api_allows(actions: tuple[str, ...], stand: set[str]) -> None:
    page = upload.page(PLACE, payloads.submitted(actions=actions))
    found_acts = {one["act"] for one in ids(page) if isinstance(one, dict) and one["type"] == "upload-open"}
    assert found_acts == stand


def test_each_question_is_answered_in_place_by_its_choices() -> None:
    page = upload.page(PLACE, payloads.upload())
    answer = found(page, {"type": "upload-answer", "code": "unknown_project", "id": "name-20"})
    labels = [part.label for part in parts(answer) if type(part).__name__ == "Radio"]
    assert labels == ["就是“中宇黑硅电池片扩建”", "这一行不导入"]
    assert answer.value is None  # nothing is chosen for the person


def test_questions_of_a_kind_can_be_answered_at_once_by_place() -> None:
    page = upload.page(PLACE, payloads.upload())
    at_once = found(page, {"type": "upload-all", "code": "unit_slip"})
    assert [one["label"] for one in at_once.data] == ["就是…", "应为…"]
    values = found(page, {"type": "upload-choices", "code": "unit_slip"}).data
    assert values == [["wan", "yi"], ["wan", "yi"]]
    assert {"type": "upload-all", "code": "unknown_project"} not in ids(page)  # only one of its kind


def test_what_the_sheet_would_change_stands_old_beside_new() -> None:
    row = found(upload.page(PLACE, payloads.upload()), "upload-changes").rowData[0]
    assert (row["name"], row["old"], row["new"]) == ("梅亿电动车", "3100.00", "3600.00")


def test_a_fault_names_sheet_and_cell_and_leads_to_its_row_among_those_read() -> None:
    page = upload.page(PLACE, payloads.upload())
    row = found(page, "upload-faults").rowData[0]
    assert (row["severity_words"], row["place"]) == ("● 提示", "工业!J12")
    assert "工业!J12 公式未计算" in row["message"]
    [read] = found(page, "upload-rows").rowData
    assert (row["jump"], read["key"], read["mark"]) == ("工业!12", "工业!12", "notice")


def test_a_fault_of_a_row_that_was_left_out_leads_nowhere() -> None:
    total = {
        "code": "sum_differs",
        "sheet": "工业",
        "cell": "H30",
        "heading": "本年累计",
        "raw": "9",
        "severity": "notice",
    }
    page = upload.page(PLACE, payloads.upload() | {"faults": [total | {"message": "工业!H30 合计不一致。"}]})
    assert {row["place"]: row["jump"] for row in found(page, "upload-faults").rowData} == {
        "工业!J12": "工业!12",
        "工业!H30": None,
    }


def test_a_question_about_a_row_leads_to_it() -> None:
    asked = payloads.upload()["questions"][0] | {"row": 12, "cell": "H12"}
    page = upload.page(PLACE, payloads.upload() | {"questions": [asked]})
    jumps = [getattr(part, "data-jump") for part in parts(page) if hasattr(part, "data-jump")]
    assert jumps == ["工业!12"]


def test_proposed_events_missing_projects_and_rows_left_out_are_said() -> None:
    page = words(upload.page(PLACE, payloads.upload()))
    assert "中宇黑硅电池片扩建完工，2023-11-30" in page
    assert "汉源大道改造P6" in page
    assert "未计入：合计 1 行。未使用的工作表：说明（没有“项目名称”一列）。" in page


def test_an_answered_sheet_is_confirmed_in_a_dialog_that_says_what_will_be_written() -> None:
    page = upload.page(PLACE, payloads.upload() | {"questions": [], "decision": "accept"})
    dialog = found(page, {"type": "upload-dialog", "act": "commit"})
    assert "写入2023年11月的42 行（新增 40，变动 2）。" in words(dialog)
    assert found(page, {"type": "upload-do", "act": "commit"}).children == "确认导入"


def test_a_units_sheet_says_whose_it_is_and_that_nobody_else_is_missing() -> None:
    page = words(upload.page(PLACE, payloads.submitted()))
    assert "月度进展表 · 2023年11月 · 本表只含杨屯镇" in page
    assert "数据来源：杨屯镇 田小满 2023-11-25 09:30 上传" in page
    assert "办公室审核接收后才计入。待办公室审核。" in page


def test_a_returned_sheet_says_who_returned_it_and_why() -> None:
    why = {"returned_by": "王主任", "returned_at": "2023-11-25T03:00:00Z", "return_reason": "缺两个项目"}
    page = upload.page(PLACE, payloads.submitted("returned", ("discard",)) | why)
    assert "王主任 2023-11-25 11:00 退回：缺两个项目。请改正后重新报送。" in words(found(page, "upload-verdict"))


def test_of_a_discarded_sheet_nothing_is_left_but_who_gave_it_up_when() -> None:
    gone = ("rows", "faults", "questions", "diff", "changes", "missing_projects", "proposed_events", "decision", "part")
    left = {name: value for name, value in payloads.upload().items() if name not in gone}
    by = {"state": "discarded", "state_label": "已放弃", "actions": [], "discarded_by": "王主任"}
    page = upload.page(PLACE, left | by | {"discarded_at": "2023-11-25T03:00:00Z"})
    assert "王主任 2023-11-25 11:00 放弃，没有改动任何数据，原文件已删去。" in words(found(page, "upload-verdict"))
    assert [part.href for part in parts(page) if str(getattr(part, "href", "")).startswith("/api")] == []


def test_a_form_filled_in_on_screen_has_no_file_to_download() -> None:
    def links(shown: object) -> list[str]:
        return [part.href for part in parts(shown) if str(getattr(part, "href", "")).startswith("/api/uploads")]

    assert links(upload.page(PLACE, payloads.submitted() | {"kind": "form"})) == []
    assert links(upload.page(PLACE, payloads.upload())) == ["/api/uploads/12/annotated", "/api/uploads/12/file"]


def test_a_preview_made_before_other_changes_says_so() -> None:
    page = upload.page(PLACE, payloads.upload() | {"questions": [], "is_stale": True})
    assert "预检之后数据有过变动" in words(found(page, "upload-verdict"))


def test_before_undoing_it_is_said_what_comes_back_and_what_was_edited_since() -> None:
    kept = {
        "code": "P3",
        "name": "梅亿电动车",
        "kind": "月度记录",
        "month": "2023-11",
        "field": "verified_ytd_wan",
        "label": "本年累计完成投资（督查核实，万元）",
        "value": "3700",
        "by": "李科员",
        "at": "2023-11-26T01:00:00Z",
    }
    said = words(upload.foreseen({"restored": 2, "withdrawn": 40, "kept": [kept], "refusal": None}))
    assert "把 2 条记录恢复为导入前的数，撤去本次新增的 40 条" in said
    assert "此后又改过的 1 处保留现数：" in said
    assert "梅亿电动车 11月 本年累计完成投资（督查核实，万元）3700，李科员 2023-11-26 09:00" in said


def test_what_cannot_be_undone_says_why_beforehand() -> None:
    locked = "2023年三季度已定稿，不能改动。如需更正，请先办理更正单。"
    nothing = {"restored": 0, "withdrawn": 0, "kept": [], "refusal": locked}
    assert words(upload.foreseen(nothing)) == f"▲ {locked}"


def test_the_same_file_again_is_said_to_change_nothing() -> None:
    page = upload.page(PLACE, payloads.upload() | {"state": "unchanged", "questions": [], "actions": []})
    assert "没有改动任何数据" in words(found(page, "upload-verdict"))


REFUSAL = {"message": "11月!C5 累计完成投资“详见附件”不是数字，请填数字。", "detail": None}


def test_a_refused_file_shows_the_sentence_and_that_nothing_was_stored() -> None:
    refusal = {"message": "文件已加密，请取消密码后重新上传。", "detail": {"faults": []}}
    shown = words(imports.outcomes([{"file": "11月.xlsx", "refusal": refusal}]))
    assert "11月.xlsx没有导入，未存任何数据。" in shown
    assert "▲ 文件已加密，请取消密码后重新上传。" in shown


def test_each_file_of_several_has_a_line_of_its_own() -> None:
    taken = payloads.submitted() | {"state_label": "待确认导入"}
    shown = imports.outcomes([{"file": "甲.xlsx", "upload": taken}, {"file": "乙.xlsx", "refusal": REFUSAL}])
    first, second = with_class(shown, "case-list")[0].children
    assert "本次上传 2 个文件，1 个通过预检" in words(shown)
    assert "甲.xlsx查看月度进展表 2023年11月；本表只含杨屯镇；新增 40 行，变动 2 行" in words(first)
    assert [part.href for part in parts(first) if hasattr(part, "href")] == ["/imports/12"]
    assert "▲ 11月!C5 累计完成投资“详见附件”不是数字，请填数字。" in words(second)


def test_a_refused_sheet_with_faulty_cells_can_be_had_back_with_its_marks() -> None:
    fault = {"code": "not_a_number", "cell": "C5", "heading": "累计", "raw": "详见附件", "severity": "error"}
    detail = {"faults": [], "rows": [{"row": 5, "faults": [fault | {"message": REFUSAL["message"]}]}]}

    def buttons(detail: object) -> list[str]:
        shown = imports.outcomes([{"file": "11月.xlsx", "refusal": REFUSAL | {"detail": detail}}])
        return [getattr(part, "data-annotate") for part in parts(shown) if hasattr(part, "data-annotate")]

    assert buttons(detail) == ["0"]
    assert buttons(None) == []


def test_the_history_says_who_confirmed_and_who_undid_and_why() -> None:
    rows = found(imports.page(PLACE, payloads.history()), "imports-history").rowData
    assert rows[0]["decided"] == "王主任 2023-11-03 09:40 确认"
    assert rows[1]["decided"] == "王主任 2023-11-02 16:30 撤销：用错了文件"
    assert rows[0]["result"] == "新增 134 行"
    assert rows[0]["href"] == "/imports/11"


def test_the_history_says_of_open_ones_who_is_waited_for_and_of_returned_ones_why() -> None:
    assert imports.progress_words(payloads.submitted()) == "待办公室审核"
    why = {"returned_by": "王主任", "returned_at": "2023-11-25T03:00:00Z", "return_reason": "缺两个项目"}
    assert imports.progress_words(payloads.submitted("returned") | why) == "王主任 2023-11-25 11:00 退回：缺两个项目"


def test_the_history_can_be_narrowed_to_one_state() -> None:
    only = Place(payloads.programmes()[0], {"state": "reverted"})
    assert [row["file"] for row in found(imports.page(only, payloads.history()), "imports-history").rowData] == [
        "10月（旧）.xlsx"
    ]


def test_the_next_month_to_file_is_within_the_year_and_never_in_the_future() -> None:
    assert imports.next_month(PLACE) == "2023-11"  # data up to October, today 25 November
    early = payloads.programmes()[0] | {"today": "2023-10-31"}
    assert imports.next_month(Place(early)) == "2023-10"
    whole = payloads.programmes()[0] | {"newest_month": "2023-12", "today": "2024-02-01"}
    assert imports.next_month(Place(whole)) == "2023-12"


# ---- 报送情况 -------------------------------------------------------------------------------------------------------


def test_the_board_of_filings_adds_up_and_leads_to_each_unit() -> None:
    page = imports.board_page(PLACE, payloads.board())
    assert words(found(page, "board-headline")) == "5项应报1项● 已报1项◐ 待审核1项◆ 退回2项▲ 未报"
    rows = found(page, "board-units").rowData
    assert [(row["unit"], row["due"], row["missing"]) for row in rows] == [("经济开发区", 2, 2), ("杨屯镇", 3, 0)]
    assert rows[1]["last_filed"] == "田小满 2023-11-24 09:30"
    assert rows[0]["href"] == ("/imports?tab=board&month=2023-11&unit=%E7%BB%8F%E6%B5%8E%E5%BC%80%E5%8F%91%E5%8C%BA")


def test_the_boards_projects_are_those_that_the_address_asks_for_the_unreported_first() -> None:
    def shown(**query: str) -> list[tuple[str, str]]:
        page = imports.board_page(Place(payloads.programmes()[0], query), payloads.board())
        return [(row["name"], row["status_words"]) for row in found(page, "board-projects").rowData]

    assert [status for _, status in shown()] == ["▲ 未报", "▲ 未报", "◆ 退回", "◐ 待审核", "● 已报"]
    assert shown(status="returned") == [("润达玻璃", "◆ 退回")]
    assert [name for name, _ in shown(unit="杨屯镇")] == ["润达玻璃", "华丰铝板带技改", "梅亿电动车"]


def test_the_templates_are_of_the_month_to_file_and_a_unit_gets_its_monthly_sheet_alone() -> None:
    def links(place: Place) -> dict[str, str]:
        return {words(part): part.href for part in parts(imports.templates(place)) if hasattr(part, "href")}

    monthly = {
        "11月预填月报表": "/api/templates/monthly?programme=2023&month=2023-11",
        "空白月报表": "/api/templates/monthly?programme=2023&month=2023-11&filled=false",
    }
    assert links(Place(payloads.programmes()[0], person=payloads.person("unit"))) == monthly
    office = links(Place(payloads.programmes()[0], person=payloads.person("office")))
    assert office.keys() - monthly.keys() == {"年度计划表", "责任分解表"}
