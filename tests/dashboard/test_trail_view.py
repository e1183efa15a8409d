"""操作日志's page: what stands at the top, what each tab shows to whom, what an edited line says."""

from typing import Any

import pytest

from dashboard.address import Place
from dashboard.components import shell
from dashboard.views import trail
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PROGRAMME = payloads.programmes()[0]
SUMMARY: dict[str, Any] = {
    "verification": None,
    "drill": {"at": None, "at_words": "", "ok": None, "sentence": "还没有恢复演练", "last_good": None},
    "may_verify": True,
    "may_check": True,
    "people": [{"who": "a\u202eb", "shown": "a⟨U+202E⟩b"}],
    "actions": [{"action": "upload.commit", "word": "确认导入"}],
}
ENTRY: dict[str, Any] = {
    "number": 12,
    "at": "2023-11-25T04:00:00Z",
    "at_words": "2023-11-25 12:00:00 +08:00",
    "who": "张三",
    "account_id": 7,
    "role": "office",
    "role_word": "办公室",
    "action": "upload.commit",
    "action_word": "确认导入",
    "target": "第1次上传",
    "programme": "2023",
    "outcome": "ok",
    "outcome_word": "成功",
    "said": "文件：六月.xlsx",
    "detail": {"file": "六月.xlsx"},
    "is_hidden": False,
    "hash": "ab",
}
LOG: dict[str, Any] = {"rows": [ENTRY], "total": 250, "page": 2, "size": 100}
MANUAL: dict[str, Any] = {
    "rows": [{**ENTRY, "kind": "人工认定", "count": 1, "reason": "现场核实", "approver": "王县长"}],
    "total": 1,
    "people": [{"who": "张三", "shown": "张三", "total": 3, "kinds": {"人工认定": 1, "更正单": 2}}],
    "kinds": ["人工认定", "更正单"],
    "page": 1,
    "size": 100,
}
CHANGE: dict[str, Any] = {
    "at": "2023-06-30T04:00:00Z",
    "at_words": "2023-06-30 12:00:00 +08:00",
    "who": "经办员",
    "code": "A001",
    "name": "甲",
    "fact": "督查记录",
    "key": "6月",
    "label": "本年累计完成投资（上报，万元）",
    "old": "600",
    "new": "650",
    "reason": "录错",
    "is_undone": True,
    "upload": 3,
    "source": "六月.xlsx 6月 F5",
    "uploader": "统计员",
}
CHANGES: dict[str, Any] = {
    "rows": [CHANGE],
    "total": 1,
    "page": 1,
    "size": 200,
    "projects": [{"code": "A001", "name": "甲"}],
}
SAMPLE_HEAD: dict[str, Any] = {
    "number": 40,
    "at_words": "2023-11-25 12:00:00 +08:00",
    "by": "审计员",
    "programme": "2023",
    "period": "2023Q3",
    "period_label": "2023年三季度",
    "seed": "sep-1",
    "population": 134,
    "drawn": 1,
    "agrees": 0,
    "differs": 1,
    "open": 0,
}
LINE: dict[str, Any] = {
    "code": "A001",
    "id": 5,
    "name": "甲",
    "score": "91.50",
    "month": "2023-09",
    "month_score": "92.00",
    "field": "得分",
    "value": "92",
    "upload": 3,
    "file": "九月.xlsx",
    "sheet": "9月",
    "cell": "P7",
    "uploader": "统计员",
    "verdict": "不符",
    "remark": "表上是 90",
    "checked_by": "审计员",
    "checked_at": "",
}


def place(role: str = "auditor", **query: str) -> Place:
    return Place(PROGRAMME, query, person={"role": role})


def drawn(where: Place, answer: dict[str, Any], **summary: Any) -> Any:
    return trail.page(where, {**SUMMARY, **summary}, answer)


def rows(tree: Any, identifier: str) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = found(tree, identifier).rowData
    return held


def test_before_the_first_verification_and_drill_the_page_says_so_in_word_and_shape() -> None:
    standing = words(found(drawn(place(), LOG), "trail-standing"))
    assert "○尚无 完整性核对：还没有核对过" in standing
    assert "○尚无 恢复演练：还没有恢复演练" in standing


def test_the_last_verification_and_drill_stand_at_the_top() -> None:
    last = {
        "at_words": "2023-11-25 12:00:00 +08:00",
        "by": "审计员",
        "ok": False,
        "count": 1,
        "entries": 40,
        "faults": ["操作日志第3号的内容与其校验码不符。"],
        "remarks": [],
    }
    at = "2023-11-21 02:30:00 +08:00"
    drill = {"at": "x", "at_words": at, "ok": True, "sentence": "恢复后逐项一致", "last_good": at}
    standing = words(found(drawn(place(), LOG, verification=last, drill=drill), "trail-standing"))
    assert "▲有问题 完整性核对：2023-11-25 12:00:00 +08:00 由审计员核对了40条日志" in standing
    assert "发现1处不符操作日志第3号的内容与其校验码不符。" in standing
    assert "●正常 恢复演练：2023-11-21 02:30:00 +08:00 恢复后逐项一致" in standing


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("auditor", ["日志", "手工办理", "数据改动", "抽查"]),
        ("office_head", ["日志", "手工办理", "数据改动", "抽查"]),
        ("admin", ["日志", "手工办理"]),
    ],
)
def test_each_role_has_its_tabs_and_no_other_by_address(role: str, shown: list[str]) -> None:
    assert [name for _, name in trail.tabs(place(role))] == shown
    assert trail.tab_of(place(role, tab="samples")) == ("samples" if "抽查" in shown else "log")
    assert trail.tab_of(place(role, tab="nonsense")) == "log"


def test_beside_a_drill_that_failed_stands_the_last_good_one() -> None:
    drill = {"at": "x", "at_words": "2023-11-21 02:30:00 +08:00", "ok": False, "sentence": "恢复演练失败：文件已损坏。"}
    for good, told in (("2023-11-20 02:30:00 +08:00", " 上一次成功：2023-11-20 02:30:00 +08:00。"), (None, "")):
        standing = words(found(drawn(place(), LOG, drill={**drill, "last_good": good}), "trail-standing"))
        assert standing.endswith("2023-11-21 02:30:00 +08:00 恢复演练失败：文件已损坏。" + told)


@pytest.mark.parametrize(
    ("role", "is_led"), [("auditor", True), ("office_head", True), ("admin", False), ("office", False), ("unit", False)]
)
def test_the_navigation_leads_there_who_may_read_it(role: str, is_led: bool) -> None:
    """The administrator comes by the tab beside the accounts."""
    assert ("/trail" in [path for path, _, _ in shell._places({"role": role})]) is is_led


def test_administrator_and_auditor_have_both_pages_as_tabs_and_the_head_one_alone() -> None:
    for role in ("admin", "auditor"):
        assert words(with_class(drawn(place(role), LOG), "page-tabs")[0]) == "账号操作日志"
    assert "账号" not in words(with_class(drawn(place("office_head"), LOG), "page-tabs"))


def test_an_entry_is_a_row_with_its_time_in_beijing_and_its_whole_detail_as_text() -> None:
    [row] = rows(drawn(place(), LOG), "trail-log")
    assert (row["at_words"], row["who"], row["action_word"]) == ("2023-11-25 12:00:00", "张三", "确认导入")
    assert "六月.xlsx" in row["whole"]
    hidden = {**LOG, "rows": [{**ENTRY, "detail": None, "said": "这类事项的内容不在操作日志中显示"}]}
    assert rows(drawn(place(), hidden), "trail-log")[0]["whole"] == "这类事项的内容不在操作日志中显示"


def test_a_deep_link_restores_the_filters_in_boxes_call_and_export() -> None:
    asked = {"who": "张三", "action": "upload.commit", "from": "2023-11-01", "q": "六月", "page": "2"}
    where = place(**asked)
    tree = drawn(where, LOG)
    assert trail.asked(where) == {name: asked[name] for name in ("who", "action", "from", "q")}
    boxes = {getattr(part, "name", None): getattr(part, "value", None) for part in parts(tree)}
    assert (boxes["from"], boxes["q"], boxes["page"]) == ("2023-11-01", "六月", "")  # a new search begins on page 1
    pickers = {
        part.id["name"]: part.value
        for part in parts(tree)
        if isinstance(getattr(part, "id", None), dict) and part.id["type"] == "picker"
    }
    assert (pickers["who"], pickers["action"]) == ("张三", "upload.commit")
    [export] = [part for part in parts(tree) if words(part) == "导出 Excel" and hasattr(part, "href")]
    assert (
        export.href
        == "/api/audit/export?who=%E5%BC%A0%E4%B8%89&action=upload.commit&from=2023-11-01&q=%E5%85%AD%E6%9C%88"
    )


def test_pages_lead_on_and_back_within_the_same_search() -> None:
    tree = drawn(place(who="张三", page="2"), LOG)
    hrefs = {
        words(part): part.href
        for part in parts(tree)
        if words(part) in ("首页", "上一页", "下一页") and hasattr(part, "href")
    }
    assert hrefs.keys() == {"首页", "上一页", "下一页"}
    assert hrefs["下一页"] == "/trail?who=%E5%BC%A0%E4%B8%89&page=3"
    assert "第 2 页，共 3 页" in words(tree)


def test_nothing_found_says_so() -> None:
    assert "没有符合条件的记录" in words(drawn(place(), {"rows": [], "total": 0, "page": 1, "size": 100}))
    assert "还没有抽查" in words(drawn(place(tab="samples"), {"rows": [], "total": 0}))


def test_manual_acts_are_counted_by_person_who_leads_to_their_own() -> None:
    tree = drawn(place(tab="manual", **{"from": "2023-01-01"}), MANUAL)
    [person] = rows(tree, "trail-people")
    assert (person["total"], person["kinds_words"]) == (3, "人工认定 1、更正单 2")
    assert person["href"] == "/trail?tab=manual&who=%E5%BC%A0%E4%B8%89&from=2023-01-01"
    [row] = rows(tree, "trail-manual")
    assert (row["kind"], row["reason"], row["approver"]) == ("人工认定", "现场核实", "王县长")


def test_changed_values_open_on_the_newest_month_and_say_where_each_came_from() -> None:
    where = place(tab="changes")
    assert trail.asked(where) == {"programme": PROGRAMME["code"], "month": PROGRAMME["newest_month"]}
    assert "month" not in trail.asked(place(tab="changes", project="A001"))
    [row] = rows(drawn(where, CHANGES), "trail-changes")
    assert row["what"] == "督查记录　6月　本年累计完成投资（上报，万元）"
    assert (row["old"], row["new"]) == ("600", "650")
    assert (row["source"], row["why"]) == ("六月.xlsx 6月 F5（统计员上传）", "撤销导入：录错")


def test_a_sample_leads_to_the_receipts_and_only_the_auditor_writes_in_it() -> None:
    answer = {**SAMPLE_HEAD, "rows": [LINE], "total": 1}
    where = place(tab="samples", sample="40")
    tree = drawn(where, answer)
    [row] = rows(tree, "trail-lines")
    assert row["href"] == "/receipt?project=5&period=2023Q3"
    assert row["source"] == "九月.xlsx 9月 P7（统计员）"
    assert "种子 sep-1；从134个有得分的项目中抽1个" in words(tree)
    editable = [one["field"] for one in found(tree, "trail-lines").columnDefs if one.get("editable")]
    assert editable == ["verdict", "remark"]
    [tick] = [one for one in found(tree, "trail-lines").columnDefs if one["field"] == "verdict"]
    assert tick["cellEditorParams"]["values"][0] == ""  # looked into and left: still not ticked
    head = drawn(place("office_head", tab="samples", sample="40"), answer, may_check=False)
    assert [one for one in found(head, "trail-lines").columnDefs if one.get("editable")] == []


def test_on_a_phone_a_sample_keeps_the_cell_and_the_tick() -> None:
    where = Place(PROGRAMME, {"tab": "samples", "sample": "40"}, is_phone=True, person={"role": "auditor"})
    columns = found(drawn(where, {**SAMPLE_HEAD, "rows": [LINE], "total": 1}), "trail-lines").columnDefs
    assert [one["field"] for one in columns] == ["name", "value", "source", "verdict"]
    assert sum(one["width"] for one in columns) <= 366


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"verdict": "相符"}, {"code": "A001", "month": "2023-09", "verdict": "相符", "remark": ""}),
        (
            {"verdict": "不符", "remark": " 表上 90 "},
            {"code": "A001", "month": "2023-09", "verdict": "不符", "remark": "表上 90"},
        ),
        ({"verdict": "不符", "remark": None}, "结果为不符的，请先在「说明」一格写明查到的情况，再选「不符」。"),
        ({"verdict": "", "remark": "表上 90"}, "请再选「相符」或「不符」，这一行才会记下。"),
    ],
)
def test_an_edited_line_is_kept_once_it_says_enough(edited: dict[str, Any], said: Any) -> None:
    assert trail.tick_of({"code": "A001", "month": "2023-09", **edited}) == said


def test_before_the_first_programme_the_log_is_there_all_the_same() -> None:
    where = Place({"code": ""}, {}, person={"role": "admin"})
    assert rows(drawn(where, {**LOG, "page": 1, "total": 1}, may_verify=False, may_check=False), "trail-log")
