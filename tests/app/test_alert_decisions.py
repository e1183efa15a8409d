"""人工认定、免亮灯、办公室认定 over the API: asked for, approved, taken back; what each moves and who may do what.

甲 has 300 of 600 due by June: red. 乙 has 600: green, and its outlook 600 + 6 × 100 = 1200 is expected.
"""

from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.alerts.schemas import DecisionsOut
from app.audit.models import AuditEntry
from app.database import Database
from app.programmes import service as programmes
from tests.app.county import HEAD, County
from tests.conftest import ClientAs

PATH = "/api/alerts/decisions"
ALERTS = "/api/alerts?programme=2023&month=2023-06"


def begin(county: County) -> None:
    county.project("甲", unit="杨屯镇")
    county.project("乙", unit="龙固镇")
    county.record("2023-03", {"甲": 150, "乙": 300})
    county.record("2023-06", {"甲": 300, "乙": 600})


def body(county: County, name: str = "甲", **more: Any) -> dict[str, Any]:
    return {"programme": "2023", "project": county.ids[name], "month": "2023-06", **more}


def exemption(county: County, **more: Any) -> dict[str, Any]:
    return body(county, kind="exemption", **more)


def light(client: TestClient, name: str = "甲") -> tuple[str, Any]:
    row = next(row for row in client.get(ALERTS).json()["rows"] if row["name"] == name)
    return row["light"], row["exemption"] or row["override"]


def listed(client: TestClient) -> list[tuple[str, str, str, bool, str | None]]:
    found = DecisionsOut.model_validate(client.get(f"{PATH}?programme=2023&month=2023-06").json())
    return [(one.name, one.kind_label, one.value_label, one.is_asked, one.approver) for one in found.rows]


@pytest.mark.database
def test_an_exemption_is_asked_for_by_one_and_approved_by_another_and_only_then_counts(
    county: County, client_as: ClientAs, database: Database
) -> None:
    office, head = client_as("office", "王科员"), client_as("office_head", "李主任")
    asked = office.post(PATH, json=exemption(county, reason="季节性停工：冬歇"))
    assert (asked.status_code, asked.json()["is_asked"], asked.json()["asked_by"]) == (201, True, "王科员")
    assert light(office) == ("red", None)
    assert listed(head) == [("甲", "免亮灯", "免亮灯", True, None)]
    approved = head.post(f"{PATH}/approve", json=exemption(county))
    assert (approved.status_code, approved.json()["approver"]) == (200, "李主任")
    assert light(office) == ("none", {"reason": "季节性停工：冬歇", "approver": "李主任"})
    assert listed(office) == [("甲", "免亮灯", "免亮灯", False, "李主任")]
    taken = exemption(county, reason="已复工")
    assert office.post(f"{PATH}/withdraw", json=taken).status_code == 403  # what was approved, the head alone
    assert head.post(f"{PATH}/withdraw", json=taken).status_code == 204
    assert (light(office), listed(office)) == (("red", None), [])
    with database.read() as session:
        told = session.exec(
            select(AuditEntry).where(col(AuditEntry.action).like("project.light%")).order_by(col(AuditEntry.number))
        ).all()
        trail = [(one.action, one.actor_name) for one in told]
    assert trail == [
        ("project.light_proposal", "王科员"),
        ("project.light_decision", "李主任"),
        ("project.light_proposal_withdraw", "李主任"),
        ("project.light_decision_withdraw", "李主任"),
    ]


def test_nobody_approves_what_they_asked_for(county: County, client_as: ClientAs) -> None:
    head = client_as("office_head", "李主任")
    assert head.post(PATH, json=body(county, kind="override", light="yellow", reason="现场已赶上")).status_code == 201
    refused = head.post(f"{PATH}/approve", json=body(county, kind="override"))
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "提出人（李主任）不能批准自己提出的人工认定，请由另一位负责人批准。",
    )
    other = client_as("office_head", "赵主任")
    assert other.post(f"{PATH}/approve", json=body(county, kind="override")).status_code == 200
    assert light(head) == ("yellow", {"reason": "现场已赶上", "approver": "赵主任"})


def test_what_is_asked_for_can_be_taken_back_by_the_office(county: County, client_as: ClientAs) -> None:
    office = client_as("office")
    assert office.post(PATH, json=exemption(county, reason="汛期")).status_code == 201
    again = office.post(PATH, json=exemption(county, reason="汛期"))
    assert (again.status_code, again.json()["message"]) == (409, "同样的免亮灯已经提出，正等待办公室主任批准。")
    assert office.post(f"{PATH}/withdraw", json=exemption(county, reason="填错了")).status_code == 204
    assert listed(office) == []
    gone = client_as("office_head").post(f"{PATH}/approve", json=exemption(county))
    assert gone.status_code == 404


def test_a_book_that_lists_reasons_takes_no_other(county: County, client_as: ClientAs) -> None:
    text = programmes.rule_book_text("county-default").replace(
        "[lights.progress]\n", '[lights.progress]\nexempt_reasons = ["季节性停工", "征地拆迁"]\n'
    )
    with county.change("2023-06-29", HEAD) as change:
        programmes.put_in_force(change, "county-default（第2版）", text, "2023-06")
    office, head = client_as("office"), client_as("office_head")
    assert office.get(f"{PATH}?programme=2023&month=2023-06").json()["reasons"] == ["季节性停工", "征地拆迁"]
    refused = office.post(PATH, json=exemption(county, reason="资金紧张"))
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "免亮灯的理由“资金紧张”不在考核办法所列之内，可用的有：季节性停工、征地拆迁。"
        "请写成“理由：具体情况”，如确需增加，请先修改考核办法。",
    )
    assert office.post(PATH, json=exemption(county, reason="征地拆迁：等补偿款")).status_code == 201
    assert head.post(f"{PATH}/approve", json=exemption(county)).status_code == 200
    assert light(office)[0] == "none"


def test_one_month_has_one_kind_of_decision_on_its_light(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office"), client_as("office_head")
    assert office.post(PATH, json=exemption(county, reason="汛期")).status_code == 201
    assert head.post(f"{PATH}/approve", json=exemption(county)).status_code == 200
    refused = office.post(PATH, json=body(county, kind="override", light="green", reason="现场"))
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "2023年6月已有免亮灯，请先撤销，再提出人工认定。",
    )


def test_the_offices_outlook_stands_beside_the_systems(county: County, client_as: ClientAs) -> None:
    office = client_as("office", "王科员")
    judged = body(county, "乙", outlook="unlikely", reason="下半年要停产搬迁")
    made = office.post(f"{PATH}/outlook", json=judged)
    assert (made.status_code, made.json()["value_label"], made.json()["approver"]) == (201, "预计无法完成", "王科员")
    assert office.post(f"{PATH}/outlook", json=judged).status_code == 409
    row = next(row for row in office.get(ALERTS).json()["rows"] if row["name"] == "乙")
    assert row["outlook"] == "expected"  # 系统推算 stays
    assert row["outlook_judgement"] == {"outlook": "unlikely", "reason": "下半年要停产搬迁", "person": "王科员"}
    taken = body(county, "乙", kind="outlook", reason="搬迁推迟")
    assert office.post(f"{PATH}/withdraw", json=taken).status_code == 204
    row = next(row for row in office.get(ALERTS).json()["rows"] if row["name"] == "乙")
    assert row["outlook_judgement"] is None


@pytest.mark.parametrize("role", ["unit", "leader", "inspector", "auditor", "admin"])
def test_only_the_office_decides_and_only_its_head_approves(county: County, client_as: ClientAs, role: str) -> None:
    client = client_as(role)
    for path, more in (
        ("", {"kind": "exemption", "reason": "汛期"}),
        ("/approve", {"kind": "exemption"}),
        ("/withdraw", {"kind": "exemption", "reason": "汛期"}),
        ("/outlook", {"outlook": "done", "reason": "汛期"}),
    ):
        for project in (county.ids["甲"], 999):  # and learns nothing of what there is
            answer = client.post(PATH + path, json={**body(county), **more, "project": project})
            assert answer.status_code == 403, path
    office = client_as("office")
    office.post(PATH, json=exemption(county, reason="汛期"))
    other = client_as("office", "刘科员")  # another clerk is still no head
    assert other.post(f"{PATH}/approve", json=exemption(county)).status_code == 403
    assert office.post(PATH, json={**exemption(county, reason="汛期"), "project": 999}).status_code == 404


def test_who_may_not_see_a_project_sees_no_decision_on_it_and_nobody_else_what_is_only_asked(
    county: County, client_as: ClientAs
) -> None:
    office, head = client_as("office"), client_as("office_head")
    own, other = client_as("unit", unit="杨屯镇"), client_as("unit", unit="龙固镇")
    office.post(PATH, json=exemption(county, reason="汛期"))
    assert (listed(own), listed(other), len(listed(office))) == ([], [], 1)
    head.post(f"{PATH}/approve", json=exemption(county))
    assert (len(listed(own)), listed(other)) == (1, [])


def test_a_signed_month_takes_no_decision(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office"), client_as("office_head")
    office.post(PATH, json=exemption(county, reason="汛期"))
    county.publish("2023-06", "2023-07-05")
    late = head.post(f"{PATH}/approve", json=exemption(county))
    assert (late.status_code, late.json()["code"]) == (409, "period_locked")
    refused = office.post(PATH, json=body(county, "乙", kind="exemption", reason="汛期"))
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("2023年6月已定稿")


def test_a_month_without_data_has_no_light_to_decide_on(county: County, client_as: ClientAs) -> None:
    refused = client_as("office").post(PATH, json={**exemption(county, reason="汛期"), "month": "2023-07"})
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "2023年7月还没有已导入的数据，没有灯可以认定，请核对月份。",
    )
