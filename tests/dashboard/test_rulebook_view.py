"""考核办法: figures with source and date, history with reasons, a form of the figures, and who would move."""

from typing import Any

from dashboard.address import Place
from dashboard.client import ApiError
from dashboard.views import rulebook, rulebook_trial
from tests.dashboard import payloads
from tests.dashboard.trees import found, parts, with_class, words

MAY = {"try": True, "propose": True, "adopt": False}
HEAD = {"try": True, "propose": False, "adopt": True}
READER = {"try": False, "propose": False, "adopt": False}


def place(**query: str) -> Place:
    return Place(payloads.programmes()[0], query, person=payloads.person("office"))


def a_figure(key: str, label: str, value: str, unit: str = "", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "words": f"{value}{unit}",
        "value": value,
        "unit": unit,
        "kind": "number" if unit else "text",
        "choices": [],
        "meaning": "说明",
        "form": "一行文字",
        "source": "考核奖惩制度",
        "effective_from": "2023-01-01",
        **more,
    }


CHAPTERS = [
    {
        "title": "季度得分与最终得分",
        "sentences": ["最终得分按四季度50%加权。"],
        "example": ["季度得分：（75.00＋82.00）÷2＝78.50分"],
        "figures": [a_figure("final.weights.Q4", "四季度权重", "50", "%")],
    },
    {
        "title": "分级排名",
        "sentences": ["同分者名次并列。"],
        "example": [],
        "figures": [
            a_figure("ranking.tiers[1].name", "等次的名称", "优秀"),
            a_figure("ranking.tiers[1].from", "等次“优秀”的起点", "90", "分"),
            a_figure("ranking.tiers[1].below", "等次“优秀”的终点", "100", "分"),
            a_figure(
                "ranking.tie_break",
                "同分的先后",
                "none",
                kind="policy",
                choices=[{"value": "none", "label": "并列"}, {"value": "investment_ratio", "label": "比投资完成率"}],
            ),
            a_figure(
                "investment.investment_basis",
                "投资口径",
                "verified、reported",
                kind="policies",
                choices=[{"value": "verified", "label": "督查核实"}, {"value": "reported", "label": "上报"}],
            ),
        ],
    },
]
CHANGE = {"key": "outlook.cut", "chapter": "年度完成预计", "label": "预计可完成的界限", "old": "95%", "new": "90%"}


def line(**more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "code": "county-default",
        "title": "县级默认考核办法",
        "version": "1",
        "sha256": "a" * 64,
        "from_month": "2023-01",
        "to_month": "2023-12",
        "state": "in_force",
        "state_label": "现行",
        "reason": "",
        "person": "命令行",
        "drafted_by": None,
        "recorded_at": "2023-01-03T01:00:00Z",
        "changes": [],
        "previous": None,
        **more,
    }


def second(**more: Any) -> dict[str, Any]:
    given = {"id": 2, "version": "2", "sha256": "b" * 64, "from_month": "2023-11", "changes": [CHANGE], "previous": {}}
    who = {"person": "李主任", "drafted_by": "王科员", "reason": "常委会", "recorded_at": "2023-11-02T02:30:00Z"}
    return line(**given, **who) | {"state": "coming", "state_label": "待施行"} | more


def books(**more: Any) -> dict[str, Any]:
    in_force = line() | {"source": "考核奖惩制度", "effective_from": "2023-01-01", "chapters": CHAPTERS}
    return {
        "programme": "2023",
        "in_force": in_force,
        "rows": [line()],
        "total": 1,
        "draft": None,
        "examples": [
            {
                "name": "county-default",
                "title": "县级默认考核办法",
                "version": "1",
                "source": "示例",
                "is_in_force": True,
            }
        ],
        "adoptable_months": ["2023-11", "2023-12"],
        "two_person": True,
        "may": MAY,
        **more,
    }


def standing(**more: Any) -> dict[str, Any]:
    return {
        "group": "甲类",
        "score": "80.00",
        "rank": 2,
        "not_scored_reason": None,
        "tier": "良好",
        "list": None,
        "light": "green",
        "outlook": "expected",
        **more,
    }


def trial(**more: Any) -> dict[str, Any]:
    moved = {"id": 7, "code": "A1", "name": "甲", "is_moved": True, "rank_change": -1, "score_change": "-2.00"}
    group = {
        "group": "甲类",
        "projects": 2,
        "score_changed": 1,
        "up": 0,
        "down": 1,
        "tier_changed": 1,
        "light_changed": 1,
    }
    return {
        "period_label": "2023年四季度",
        "label": "中间值（四季度仅含10月）",
        "basis": "两边都按现有数据重新计算。",
        "in_force": {"version": "1", "sha256": "a"},
        "trial": {"version": "2", "sha256": "b"},
        "changes": [CHANGE],
        "rows": [
            moved
            | {
                "old": standing(),
                "new": standing(score="78.00", rank=3, tier="一般", light="yellow", list="edge", outlook=None),
            },
            moved | {"name": "乙", "is_moved": False, "old": standing(), "new": standing()},
        ],
        "total": 2,
        "moved": 1,
        "groups": [group],
        "tiers": [{"value": "良好", "old": 2, "new": 1}, {"value": "一般", "old": 0, "new": 1}],
        "lights": [{"value": "green", "old": 2, "new": 1}, {"value": "red", "old": 0, "new": 0}],
        "outlooks": [{"value": "expected", "old": 2, "new": 1}, {"value": None, "old": 0, "new": 1}],
        "lists": [{"value": "edge", "old": 0, "new": 1}],
        "not_ranked": {"old": 0, "new": 0},
        "full_marks": {"old": 1, "new": 1},
        **more,
    }


def result(may: dict[str, bool], *, two_person: bool = True, is_phone: bool = False, **more: Any) -> Any:
    months = more.pop("months", ["2023-11", "2023-12"])
    return rulebook_trial.result(trial(**more), may, months, two_person=two_person, is_phone=is_phone)


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_book_is_said_in_sentences_and_every_figure_has_unit_source_and_date() -> None:
    shown = rulebook.page(place(), books())
    text = words(shown)
    assert "县级默认考核办法 · 第1版 · 现行，2023年1月至2023年12月" in text
    assert "最终得分按四季度50%加权。" in text
    assert "算例（示例数字）季度得分：（75.00＋82.00）÷2＝78.50分" in text
    assert "四季度权重50%%考核奖惩制度2023-01-01" in text
    assert "等次的名称" not in text  # it stands in the labels of the tier's figures
    assert [part.href for part in parts(shown) if getattr(part, "download", None)] == ["/api/rulebooks/1/download"]


def test_who_may_only_read_is_not_led_to_the_trial() -> None:
    tabs = [words(one) for one in with_class(rulebook.page(place(), books(may=READER)), "page-tab")]
    assert tabs == ["办法正文", "沿革"]


def test_a_book_to_come_and_another_than_that_in_force_are_said_to_be_so() -> None:
    text = words(rulebook.page(place(), books(rows=[second(), line()])))
    assert "自2023年11月起施行《县级默认考核办法》第2版。看改动" in text
    other = second() | {"source": "示例", "effective_from": "2023-01-01", "chapters": CHAPTERS, "text": ""}
    assert "这不是现行办法，仅供查阅。看现行办法" in words(rulebook.page(place(book="revision:2"), books(), other))


def test_an_example_says_that_it_is_not_in_force() -> None:
    example = {
        "name": "x",
        "title": "甲县办法",
        "version": "3",
        "sha256": "c" * 64,
        "source": "示例",
        "chapters": CHAPTERS,
    }
    shown = rulebook.page(place(), books(), example)
    assert "甲县办法 · 第3版 · 示例，未启用" in words(shown)
    assert any(getattr(part, "href", "") == "/api/rulebooks/examples/x/download" for part in parts(shown))


def test_the_history_names_who_when_why_and_every_figure_old_and_new() -> None:
    text = words(rulebook.page(place(tab="history"), books(rows=[second(), line()])))
    assert "2023-11-02 10:30 李主任启用，王科员拟稿；理由：常委会" in text
    assert "预计可完成的界限95%→90%" in text
    assert "2023-01-03 09:00 命令行启用；理由：建立年度计划时选用" in text
    assert "本年度的第一份办法。" in text
    assert "数字和政策没有变化" in words(rulebook.differences([]))
    assert "甲（无）→（无）" in words(rulebook.differences([CHANGE | {"label": "甲", "old": None, "new": None}]))


def test_the_shipped_books_may_be_read_tried_and_taken_away() -> None:
    def links(may: dict[str, bool]) -> list[str]:
        shown = found(rulebook.page(place(tab="history"), books(may=may)), "rulebook-examples")
        return [part.href for part in parts(shown) if getattr(part, "href", None)]

    read, taken = "/rulebook?book=example%3Acounty-default", "/api/rulebooks/examples/county-default/download"
    assert links(READER) == [read, taken]
    assert links(MAY) == [read, "/rulebook?tab=trial&book=example%3Acounty-default", taken]


def test_a_draft_waits_above_every_tab_with_what_its_reader_may_do() -> None:
    draft = second(id=5, state="draft", state_label="拟稿，未启用")
    office = found(rulebook.page(place(tab="history"), books(draft=draft)), "rulebook-pending")
    assert "王科员 2023-11-02 10:30 拟稿，理由：常委会。待办公室主任启用。" in words(office)
    acts = [part.id["act"] for part in parts(office) if isinstance(getattr(part, "id", None), dict)]
    assert acts == ["withdraw"]
    head = found(rulebook.page(place(), books(draft=draft, may=HEAD)), "rulebook-pending")
    assert [part.id["act"] for part in parts(head) if isinstance(getattr(part, "id", None), dict)] == [
        "sign",
        "withdraw",
    ]
    assert found(head, "rulebook-draft").data == {"id": 5, "from_month": "2023-11"}


def test_what_became_of_an_act_is_said_with_what_it_means() -> None:
    notice = "四季度整季按新办法计算。"
    assert words(rulebook.adopted(second(notice=notice))).endswith(
        "自2023年11月起施行；更早的期间仍用原来的办法。" + notice
    )
    assert "已拟稿，自2023年11月起，待办公室主任启用。" in words(rulebook.adopted(second(state="draft", notice=None)))


# -- trying -----------------------------------------------------------------------------------------------------------


def form(**query: str) -> Any:
    return rulebook_trial.body(place(tab="trial", **query), books(), books()["in_force"])


def test_every_figure_has_its_box_but_the_ends_of_tiers_which_follow() -> None:
    boxes = {
        part.id["key"]: part.value
        for part in parts(form())
        if isinstance(getattr(part, "id", None), dict) and "key" in part.id
    }
    assert boxes == {
        "final.weights.Q4": "50",
        "ranking.tiers[1].name": "优秀",
        "ranking.tiers[1].from": "90",
        "ranking.tie_break": "none",
        "investment.investment_basis": ["verified", "reported"],
    }


def test_the_trial_opens_on_the_newest_quarter_and_the_book_in_force() -> None:
    assert rulebook_trial.period_of(place()) == "2023Q4"
    assert rulebook_trial.period_of(place(period="2023-09")) == "2023-09"
    chosen = {
        part.id["name"]: part.value
        for part in parts(form())
        if isinstance(getattr(part, "id", None), dict) and part.id.get("type") == "picker"
    }
    assert chosen == {"period": "2023Q4", "book": "revision:1"}


def test_only_what_was_typed_otherwise_is_a_change() -> None:
    before = rulebook_trial.known(books()["in_force"])
    boxes = [
        ({"key": "final.weights.Q4"}, " 50 "),
        ({"key": "ranking.tiers[1].from"}, "92"),
        ({"key": "ranking.tie_break"}, "investment_ratio"),
        ({"key": "investment.investment_basis"}, ["verified", "reported"]),
        ({"key": "ranking.tiers[1].name"}, None),
    ]
    assert rulebook_trial.changed(before, boxes) == {
        "ranking.tiers[1].from": "92",
        "ranking.tie_break": "investment_ratio",
        "ranking.tiers[1].name": "",
    }


def test_the_book_meant_is_a_text_or_a_base_with_changes() -> None:
    changes = {"outlook.cut": "90"}
    assert rulebook_trial.wanted("revision:3", changes, " ", " 沛办1号 ") == {
        "changes": changes,
        "revision": 3,
        "source": "沛办1号",
    }
    assert rulebook_trial.wanted("example:county-default", {}, None, None) == {
        "changes": {},
        "example": "county-default",
    }
    assert rulebook_trial.wanted("revision:x", changes, "", "") == {"changes": changes}
    assert rulebook_trial.wanted("example:a", changes, "[book]", "x") == {"text": "[book]"}


def test_a_fault_stands_with_what_belongs_at_its_key() -> None:
    refusal = ApiError(400, "rule_book_faulty", "合计应为100，现为110。", {"help": "这一节有：Q1。"})
    assert words(rulebook_trial.trouble(refusal)) == "▲合计应为100，现为110。 这一节有：Q1。"
    assert words(rulebook_trial.trouble(ApiError(409, "conflict", "版本已用。"))) == "▲版本已用。"


def test_who_moves_is_shown_old_to_new_and_the_rest_is_counted() -> None:
    shown = result(MAY)
    rows = found(shown, "rulebook-moves").rowData
    assert rows == [
        {
            "id": 7,
            "code": "A1",
            "name": "甲",
            "rank_change": -1,
            "score_change": "-2.00",
            "group": "甲类",
            "rank": "2 → 3",
            "score": "80.00 → 78.00",
            "tier": "良好 → 一般",
            "list": "— → 并列待定",
            "light": "● 绿灯 → ◆ 黄灯",
            "outlook": "◐ 预计可完成 → ○ 资料不足",
            "what": "名次 2 → 3\n得分 80.00 → 78.00\n等次 良好 → 一般\n红黑榜 — → 并列待定\n"
            "● 绿灯 → ◆ 黄灯\n◐ 预计可完成 → ○ 资料不足",
        }
    ]
    text = words(shown)
    assert "变动 1 项，其余 1 项不变" in text
    assert "两边都按现有数据重新计算。" in text
    assert "良好21-1" in text
    assert "一般01+1" in text
    assert "红灯00" not in text  # on neither side
    assert "不排名" not in rulebook_trial.table_row(trial()["rows"][0])["rank"]


def test_a_phone_shows_the_name_and_what_changed() -> None:
    table = found(result(MAY, is_phone=True), "rulebook-moves")
    assert [column["field"] for column in table.columnDefs] == ["name", "what"]


def test_when_nobody_moves_the_page_says_so() -> None:
    still = result(MAY, rows=[], moved=0, trial={"version": "1", "sha256": "a"})
    assert "没有项目会变动" in words(still)
    assert not [part for part in parts(still) if getattr(part, "id", None) == "rulebook-adopting"]


def test_the_office_proposes_the_head_signs_what_was_proposed_and_alone_adopts_at_once() -> None:
    assert words(found(result(MAY), "rulebook-adopt")) == "拟稿：提请启用"
    assert "启用要两个人办" in words(result(HEAD))
    assert words(found(result(HEAD, two_person=False), "rulebook-adopt")) == "启用"
    assert "本年度各月都已通报，不能再换办法。" in words(result(MAY, months=[]))
    assert found(result(MAY, months=["2023-12"]), "rulebook-from").value == "2023-12"
