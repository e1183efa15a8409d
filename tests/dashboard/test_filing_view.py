"""月报填报: one's own projects, last month's figure beside each box, and under a box what is wrong with it."""

from dashboard.address import Place
from dashboard.client import ApiError
from dashboard.views import filing
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

PLACE = Place(payloads.programmes()[0], person=payloads.person("unit"))
LABELS = {field["label"]: field["name"] for field in payloads.FIELDS}


def box(project: str, field: str) -> dict[str, str]:
    return {"type": "filing-value", "project": project, "field": field}


def page() -> object:
    return filing.page(PLACE, payloads.form(), [])


def test_every_due_project_has_every_field_filled_with_what_is_known() -> None:
    shown = page()
    boxes = {(part.id["project"], part.id["field"]): part.value for part in parts(shown) if _is_box(part)}
    assert boxes == {
        ("P3", "reported_ytd_wan"): "3600",
        ("P3", "physical_progress"): "",
        ("P7", "reported_ytd_wan"): "",
        ("P7", "physical_progress"): "",
    }


def _is_box(part: object) -> bool:
    identifier = getattr(part, "id", None)
    return isinstance(identifier, dict) and identifier["type"] == "filing-value"


def test_last_months_figure_stands_beside_its_box() -> None:
    assert [words(one) for one in with_class(page(), "filing-before")] == ["10月 3,100", "10月 主体封顶"]


def test_a_box_for_an_amount_brings_up_the_digits_of_a_phone() -> None:
    assert found(page(), box("P3", "reported_ytd_wan")).inputProps == {"inputMode": "decimal"}


def test_the_four_counts_add_up_to_what_is_due() -> None:
    assert words(found(page(), "filing-state")) == "2项应报0项● 已报0项◐ 待审核1项◆ 退回1项▲ 未报"


def test_what_was_returned_stands_above_the_form_with_its_reason() -> None:
    why = {"returned_by": "王主任", "returned_at": "2023-11-25T03:00:00Z", "return_reason": "缺两个项目"}
    history = [payloads.submitted(), payloads.submitted("returned") | why | {"state_label": "已退回"}]
    shown = words(filing.page(PLACE, payloads.form(), history))
    assert shown.index("退回：缺两个项目") < shown.index("待办公室审核")


def test_what_was_typed_into_a_form_that_came_back_stands_in_its_boxes_again() -> None:
    sent = {"month": "2023-11", "rows": [{"code": "P7", "name": "润达玻璃", "values": {"reported_ytd_wan": "约520"}}]}
    again = {"month": "2023-11", "rows": [{"code": "P7", "name": "润达玻璃", "values": {"reported_ytd_wan": "530"}}]}
    shown = filing.page(PLACE, payloads.form(), [], filing.filled_in([sent, again]))
    assert found(shown, box("P7", "reported_ytd_wan")).value == "530"  # the later form
    assert found(shown, box("P3", "reported_ytd_wan")).value == "3600"  # nothing was typed: what is known


def test_only_forms_that_still_wait_or_came_back_are_taken_up_the_oldest_first() -> None:
    states = ("returned", "committed", "submitted", "discarded")
    history = [payloads.submitted(state) | {"id": 30 - place, "kind": "form"} for place, state in enumerate(states)]
    assert filing.open_forms([*history, payloads.submitted()]) == [28, 30]


def test_a_month_without_due_projects_says_so_and_still_takes_a_sheet() -> None:
    shown = filing.page(PLACE, payloads.form() | {"rows": []}, [])
    assert "这个月没有应报的项目" in words(shown)
    assert "filing-submit" not in [getattr(part, "id", None) for part in parts(shown)]
    assert found(shown, "imports-zone")


def test_only_what_was_filled_in_is_submitted() -> None:
    values = [
        (box("P3", "reported_ytd_wan"), " 约3600 "),
        (box("P3", "physical_progress"), ""),
        (box("P7", "reported_ytd_wan"), None),
        (box("P7", "physical_progress"), "  "),
    ]
    assert filing.entered(values) == [{"project": "P3", "reported_ytd_wan": "约3600"}]


def test_a_refused_value_is_marked_at_its_own_box() -> None:
    """The API numbers the rows as submitted: here only P7 and P3, in this order."""
    fault = {
        "heading": "本年累计完成投资（上报，万元）",
        "message": "网页填报第2行“梅亿电动车”本年累计完成投资（上报，万元）“详见附件”不是数字，请填数字。",
        "severity": "error",
    }
    detail = {"rows": [{"row": 1, "faults": []}, {"row": 2, "faults": [fault]}], "faults": []}
    refusal = ApiError(400, "refused", "表格不能导入。", detail)
    submitted = [{"project": "P7"}, {"project": "P3"}]
    assert filing.faults_by_field(refusal, submitted, LABELS) == {
        ("P3", "reported_ytd_wan"): ["“详见附件”不是数字，请填数字。"]
    }
