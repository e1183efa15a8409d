"""月报导入: nothing is stored before 确认导入, every question is answered in place, every import can be undone."""

from dashboard.address import Place
from dashboard.views import imports, upload
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, words

PLACE = Place(payloads.programmes()[0])


def ids(tree: object) -> list[object]:
    return [part.id for part in parts(tree) if getattr(part, "id", None)]


def test_open_questions_keep_the_sheet_from_being_committed() -> None:
    page = upload.page(PLACE, payloads.upload())
    assert "有 3 个问题待确认，全部答复后才能导入；现在没有改动任何数据。" in words(page)
    assert "upload-ask" not in ids(page)


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


def test_a_fault_names_sheet_and_cell() -> None:
    row = found(upload.page(PLACE, payloads.upload()), "upload-faults").rowData[0]
    assert row["severity_words"] == "● 提示"
    assert "工业!J12 公式未计算" in row["message"]


def test_proposed_events_missing_projects_and_rows_left_out_are_said() -> None:
    page = words(upload.page(PLACE, payloads.upload()))
    assert "中宇黑硅电池片扩建完工，2023-11-30" in page
    assert "汉源大道改造P6" in page
    assert "未计入：合计 1 行。未使用的工作表：说明（没有“项目名称”一列）。" in page


def test_an_answered_sheet_is_confirmed_in_a_dialog_that_says_what_will_be_written() -> None:
    page = upload.page(PLACE, payloads.upload() | {"questions": [], "decision": "accept"})
    assert "写入2023年11月的42 行（新增 40，变动 2）。" in words(found(page, "upload-confirm"))
    assert found(page, "upload-commit").children == "确认导入"


def test_a_preview_made_before_other_changes_says_so() -> None:
    page = upload.page(PLACE, payloads.upload() | {"questions": [], "is_stale": True})
    assert "预检之后数据有过变动" in words(found(page, "upload-verdict"))


def test_only_a_committed_sheet_can_be_undone() -> None:
    done = {"state": "committed", "questions": [], "committed_by": "王主任", "committed_at": "2023-11-25T02:00:00Z"}
    committed = upload.page(PLACE, payloads.upload() | done)
    assert "upload-revert" in ids(committed)
    assert "upload-revert" not in ids(upload.page(PLACE, payloads.upload()))
    assert "upload-ask" not in ids(committed)


def test_the_same_file_again_is_said_to_change_nothing() -> None:
    page = upload.page(PLACE, payloads.upload() | {"state": "unchanged", "questions": []})
    assert "没有改动任何数据" in words(found(page, "upload-verdict"))


def test_a_refused_file_shows_the_sentence_and_that_nothing_was_stored() -> None:
    refusal = {"message": "文件已加密，请取消密码后重新上传。", "detail": {"faults": []}}
    shown = words(imports.refused("11月.xlsx", refusal))
    assert "11月.xlsx 没有导入，未存任何数据。" in shown
    assert "▲ 文件已加密，请取消密码后重新上传。" in shown


def test_the_history_says_who_confirmed_and_who_undid_and_why() -> None:
    rows = found(imports.page(PLACE, payloads.history()), "imports-history").rowData
    assert rows[0]["decided"] == "王主任 2023-11-03 09:40 确认"
    assert rows[1]["decided"] == "王主任 2023-11-02 16:30 撤销：用错了文件"
    assert rows[0]["result"] == "新增 134 行"
    assert rows[0]["href"] == "/imports/11"
