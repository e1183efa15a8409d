"""定稿与更正 shows where each period stands, what blocks signing, who contests what, and what a correction moved."""

from typing import Any

import pytest

from app.appeals.schemas import AppealsOut
from app.publications.schemas import ChangesOut, DeskOut
from dashboard.address import Place
from dashboard.views import corrections, project, publications
from tests.dashboard import issues, payloads
from tests.dashboard.trees import found, parts, with_class, words


def place(role: str = "office_head") -> Place:
    return Place(payloads.programmes()[0], {}, False, payloads.person(role))


def page(role: str = "office_head", changes: dict[str, Any] | None = None, **more: Any) -> Any:
    return publications.page(place(role), issues.desk(**more), changes or issues.changes())


def acts(tree: Any) -> set[str]:
    """The acts that have a button."""
    ids = (getattr(part, "id", None) for part in parts(tree))
    return {one["act"] for one in ids if isinstance(one, dict) and one.get("type") == "publications-open"}


def test_the_answers_these_tests_draw_are_of_the_apis_shape() -> None:
    DeskOut.model_validate(issues.desk())
    ChangesOut.model_validate(issues.changes())
    AppealsOut.model_validate(issues.appeals())


def test_every_period_has_its_state_in_words_and_leads_to_itself() -> None:
    made = page()
    links = {words(part): part.href for part in parts(made) if getattr(part, "href", "") and "period=" in part.href}
    assert links["2023年三季度◐已拟稿·公示至10月11日"] == "/publications?period=2023Q3"
    assert links["2023年二季度●已更正（第1号）"] == "/publications?period=2023Q2"
    assert links["2023年10月○未拟稿"] == "/publications?period=2023-10"


def test_who_has_no_score_is_counted_and_named_before_anything_is_signed() -> None:
    one = words(found(page(), "publications-one"))
    assert "应查5=已查3+未督查1+未报1·未计分2" in one
    assert "未计分——未督查 1 项：城北管网；未报 1 项：汽车轮毂" in one
    assert one.index("应查5") < one.index("签发…")


def test_an_issue_is_printed_with_who_when_rule_book_and_both_hashes() -> None:
    one = words(found(page(), "publications-one"))
    for part in ("张三，2023-10-08 09:30", "县级示例办法第1版（2023年1月起施行）", "cd" * 32, "ef" * 32):
        assert part in one


@pytest.mark.parametrize(
    ("actions", "shown"),
    [(["sign"], {"sign"}), (["draft", "reopen"], {"draft", "reopen"}), ([], set())],
)
def test_the_buttons_are_those_the_api_allows(actions: list[str], shown: set[str]) -> None:
    assert acts(page(chosen=issues.chosen(actions=actions))) == shown


def test_what_blocks_signing_is_said_sentence_by_sentence() -> None:
    sentence = "2023年三季度还有1件申诉没有决定：第4号（梅亿电动车，杨屯镇）。请先答复并决定，再签发。"
    made = page(chosen=issues.chosen(actions=[], hindrances=[sentence]))
    assert words(found(made, "publications-hindrances")) == f"签发前还要办◆{sentence}"


def test_the_two_persons_rule_is_said_plainly() -> None:
    assert "办公室人员拟稿，办公室主任签发，拟稿人不能签发自己的稿子" in words(page())
    assert "一人办理" in words(page(two_person=False))


def test_a_slip_may_be_opened_for_several_periods_at_once() -> None:
    made = page("office", chosen=issues.chosen(actions=["reopen"], reopenable=["2023Q2", "2023Q3"]))
    box = found(made, {"type": "publications-given", "field": "periods"})
    assert [one["value"] for one in box.data] == ["2023Q2", "2023Q3"]
    assert box.value == ["2023Q3"]


def test_the_office_answers_and_decides_in_place_the_undecided_first() -> None:
    decided = issues.appeal(id=11, state="维持", is_undecided=False, decision="维持", decision_reason="凭证一致")
    made = page("office", appeals=issues.appeals(rows=[decided, issues.appeal()]))
    shown = words(found(made, "publications-appeals"))
    assert shown.index("待答复") < shown.index("决定维持：凭证一致")
    assert "对得分 71.20，第3名 提出：9月漏记设备款" in shown
    assert found(made, {"type": "publications-decide", "appeal": 12, "act": "采纳"})
    ids = [getattr(part, "id", None) for part in parts(made)]
    assert {"type": "publications-decide", "appeal": 11, "act": "采纳"} not in ids


def test_an_accepted_score_that_moved_is_held_against_the_contested_one() -> None:
    made = page("office", appeals=issues.appeals(rows=[issues.appeal(laid_open_score="75.00")]))
    assert "现拟稿得分 75.00" in words(found(made, "publications-appeals"))


def test_a_unit_sees_its_drafted_scores_with_a_form_and_no_button_of_the_office() -> None:
    made = page("unit", chosen=issues.chosen(actions=[], draft=None, coverage=None, not_scored=[], ranked=None))
    shown = words(made)
    assert "2023年10月8日拟稿公示，申诉期3个工作日，至2023年10月11日。" in shown
    assert "汉源大道80.00重大工业和服务业项目 第2名／3" in shown
    forms = [part for part in parts(made) if getattr(part, "data-project", None)]
    assert [getattr(form, "data-project") for form in forms] == ["8"]
    assert found(made, {"type": "publications-withdraw", "appeal": 12})
    assert "提交申诉" in shown
    assert "采纳，更正后重新拟稿" not in shown


def test_a_leader_reads_issues_and_corrections_and_finds_nothing_to_press() -> None:
    made = page("leader", appeals=None, chosen=issues.chosen(actions=[], draft=None))
    assert acts(made) == set()
    assert "定稿记录" in words(made)
    [slip] = found(made, "publications-slips").rowData
    assert (slip["number_words"], slip["period_label"]) == ("第1号", "2023年8月、2023年9月")


def test_what_a_correction_moved_stands_apart_from_what_moved_with_it() -> None:
    made = page()
    [own] = found(made, "publications-own").rowData
    assert own["turn"] == "96.50 → 94.83（-1.67）\n第1名 → 第2名"
    assert own["facts_words"] == ("9月 本年累计完成投资（督查核实，万元）：8,970 → 8,350\n9月得分 95.50 → 90.50")
    assert own["origins"] == "9月更正表.xlsx 9月!I8，张三 2023-10-18 09:30导入"
    [other] = found(made, "publications-others").rowData
    assert (other["name"], other["old_rank"], other["new_rank"]) == ("汉源大道", 2, 1)
    assert words(found(made, "publications-unmoved")).endswith("城北管网：9月 存在问题：（空） → 杆线未迁")


def test_cells_of_one_sheet_are_named_together() -> None:
    origin = issues.fact()["origin"]
    assert corrections.origins_words([origin, {**origin, "cell": "P8"}]) == (
        "9月更正表.xlsx 9月!I8、P8，张三 2023-10-18 09:30导入"
    )


def test_which_two_boards_are_compared_is_said() -> None:
    assert corrections.sides(issues.changes()) == (
        "第1次定稿（2023-10-09 16:00签发） → 现有数据（更正中，尚未重新定稿）。更正单（第1号）：两个月漏记同一张凭证"
    )
    signed = issues.changes(after=issues.issue(number=2, signed_at="2023-11-02T01:00:00Z"), is_book_changed=True)
    assert "→ 第2次定稿（2023-11-02 09:00签发）；考核办法也有变更。" in corrections.sides(signed)


def test_a_period_that_was_not_corrected_shows_no_comparison() -> None:
    made = page(changes=issues.changes(before=None, rows=[], unmoved=[]))
    assert "更正前后" not in words(made)


def test_without_data_the_page_says_what_brings_some() -> None:
    made = page(chosen=None, periods=[], issues=[], reopenings=[], appeals=None)
    assert "还没有可以定稿的期间" in words(made)
    assert with_class(made, "state-empty")


def test_the_receipt_tells_the_appeal_step_by_step() -> None:
    told = issues.appeal(
        state="维持",
        answer="已复核",
        answered_by="张三",
        answered_at="2023-10-10T01:00:00Z",
        decision="维持",
        decision_reason="凭证一致",
        decided_by="王主任",
        decided_at="2023-10-10T02:00:00Z",
    )
    shown = words(project.receipt_body(payloads.receipt() | {"appeals": [told]}))
    steps = ["申诉（第4号） · 2023年三季度", "田小满 2023-10-09 09:00提出", "佐证：发票.pdf", "答复：已复核"]
    assert [part in shown for part in (*steps, "决定维持：凭证一致")] == [True] * 5


def test_an_issue_leads_to_its_board_an_earlier_one_as_it_was_seen_when_signed() -> None:
    first, second = issues.issue("2023Q2", 1), issues.issue("2023Q2", 2, signed_at="2023-11-02T01:00:00Z")
    rows = found(page(issues=[second, first]), "publications-issues").rowData
    assert [row["href"] for row in rows] == [
        "/ranking?period=2023Q2",
        "/ranking?period=2023Q2&as_of=2023-10-09",
    ]
