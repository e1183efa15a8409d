"""风险预警, what changed and what people decided: sentences by heading, and who is shown which button."""

from typing import Any

import pytest
from dash import html

from dashboard.address import Place
from dashboard.views import alerts, alerts_changes, alerts_decisions
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, words

PROGRAMME = payloads.programmes()[0]
ROWS = payloads.alerts()["rows"]


def decision(kind: str, **more: Any) -> dict[str, Any]:
    labels = {
        "exemption": ("免亮灯", "免亮灯"),
        "override": ("人工认定", "黄灯"),
        "outlook": ("办公室认定", "预计无法完成"),
    }
    made = {
        "project_id": 3,
        "code": "P3",
        "name": "梅亿电动车",
        "month": "2023-10",
        "kind": kind,
        "kind_label": labels[kind][0],
        "value": "",
        "value_label": labels[kind][1],
        "reason": "季节性停工：冬歇",
        "is_asked": False,
        "asked_by": None,
        "asked_by_id": None,
        "approver": "李主任",
        "at": "2023-11-05T01:30:00+00:00",
    }
    return made | more


ASKED = decision("exemption", is_asked=True, asked_by="王科员", approver=None)
STANDS = decision("override")
JUDGED = decision("outlook", approver="王科员")


def panel(role: str, *rows: dict[str, Any], reasons: list[str] | None = None) -> html.Section | None:
    place = Place(PROGRAMME, {}, person=payloads.person(role))
    made = {"programme": "2023", "month": "2023-10", "rows": list(rows), "total": len(rows), "reasons": reasons}
    return alerts_decisions.decisions(place, made, ROWS, [])


def kinds(tree: Any) -> list[tuple[str, str]]:
    """Each button with what it is about."""
    ids = [getattr(one, "id", None) for one in parts(tree) if isinstance(one, html.Button)]
    return [(one["type"], one["kind"]) for one in ids if isinstance(one, dict)]


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (
            "office_head",
            [
                ("alerts-approve", "exemption"),
                ("alerts-withdraw", "exemption"),
                ("alerts-withdraw", "override"),
                ("alerts-withdraw", "outlook"),
            ],
        ),
        ("office", [("alerts-withdraw", "exemption"), ("alerts-withdraw", "outlook")]),
        ("leader", []),
    ],
)
def test_each_person_is_shown_what_they_may_do(role: str, buttons: list[tuple[str, str]]) -> None:
    assert kinds(panel(role, ASKED, STANDS, JUDGED)) == buttons


def test_who_asked_who_approved_and_why_stand_beside_each_decision() -> None:
    said = words(panel("leader", STANDS, JUDGED))
    assert "人工认定：黄灯●已批准理由：季节性停工：冬歇2023年10月 · 2023-11-05 09:30 李主任批准" in said
    assert "办公室认定：预计无法完成●已记录" in said and "王科员认定" in said
    assert "待批准" in words(panel("office", ASKED)) and "王科员提出" in words(panel("office", ASKED))


def test_only_the_office_has_the_form_and_a_listed_reason_is_offered_where_the_book_lists_some() -> None:
    assert panel("leader") is None
    assert "alerts-form" not in [getattr(one, "id", None) for one in parts(panel("leader", STANDS))]
    form = found(panel("office", reasons=["征地拆迁"]), "alerts-form")
    assert found(form, {"type": "alerts-given", "field": "listed"}).data == ["征地拆迁"]
    fields = [one.id["field"] for one in parts(panel("office")) if isinstance(getattr(one, "id", None), dict)]
    assert fields == ["project", "act", "reason"]


def test_what_a_book_cannot_judge_is_said() -> None:
    place = Place(PROGRAMME, {}, person=payloads.person("leader"))
    nothing = {"programme": "2023", "month": "2023-10", "rows": [], "total": 0, "reasons": None}
    said = words(alerts_decisions.decisions(place, nothing, ROWS, ["入库：没有每月的入库数据"]))
    assert "本项不计：入库：没有每月的入库数据。" in said


def test_the_offices_outlook_stands_beside_the_systems_in_the_table() -> None:
    row = dict(ROWS[0]) | {"outlook_judgement": {"outlook": "unlikely", "reason": "要停产搬迁", "person": "王科员"}}
    assert alerts.table_row(row)["judged_words"] == "难完：要停产搬迁（王科员）"
    assert alerts.table_row(dict(ROWS[0]))["judged_words"] is None


def changes(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"head": "2023年10月风险预警变化：共134项。", "groups": list(groups), "text": "全文", "month": "2023-10"}


def test_each_change_is_under_its_heading_and_the_whole_can_be_copied() -> None:
    row = {"id": 3, "code": "P3", "name": "甲", "light": "red", "outlook": None, "sentence": "甲由绿灯转为红灯。"}
    made = alerts_changes.month_changes(
        changes({"key": "newly_red", "label": "新转红灯", "rows": [row]}, {"key": "eased", "label": "空", "rows": []})
    )
    said = words(made)
    assert "1 条，可直接用于简报" in said and "新转红灯1 项" in said and "由绿灯转为红灯。" in said and "空" not in said
    assert [one.value for one in parts(made) if getattr(one, "readOnly", False)] == ["全文"]


def test_a_filter_leaves_its_projects_changes_and_no_text_for_the_bulletin() -> None:
    row = {"id": 3, "code": "P3", "name": "甲", "light": "red", "outlook": None, "sentence": "甲由绿灯转为红灯。"}
    other = {**row, "id": 4, "code": "P4", "name": "乙", "sentence": "乙由绿灯转为红灯。"}
    both = changes({"key": "newly_red", "label": "新转红灯", "rows": [row, other]})
    made = alerts_changes.month_changes(both, {"P4"})
    assert "1 条，只列筛选出的项目" in words(made) and "乙" in words(made) and "甲" not in words(made)
    assert [one for one in parts(made) if getattr(one, "readOnly", False)] == []
    assert words(alerts_changes.month_changes(both, set())).endswith("本月没有变化。")


def test_a_month_without_changes_says_so() -> None:
    assert words(alerts_changes.month_changes(changes())).endswith("本月没有变化。")
