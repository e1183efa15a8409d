"""Rule books: read by all, tried by the office without a trace in the facts, adopted by two people for open months.

The county: plans of 1200万元, so 100 a month are due; what is recorded is reported investment alone, so a month's score
is 100 × invested ÷ due. Q2 and Q3 are published; October is recorded and open.
"""

import json
from typing import Any

import pytest
from sqlmodel import col, func, select
from starlette.testclient import TestClient

from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.database import Database
from app.errors import Forbidden
from app.programmes import service as programmes
from app.programmes.models import Programme, RuleBookRevision
from app.publications import service as publishing
from app.rulebooks import service
from app.rulebooks.texts import Wanted
from tests.app.county import HEAD, County, noon, scores
from tests.conftest import ClientAs

TEXT = programmes.rule_book_text("county-default")
OCTOBER = {"甲": 800, "乙": 840, "丙": 860, "丁": 500}  # of 1000 due: 80.00, 84.00, 86.00, 50.00
TIER = {"ranking.tiers[2].from": "85"}  # 良好 from 85 instead of 80
SECOND = {**TIER, "book.version": "2"}
PERIODS = [f"2023-{month:02d}" for month in range(4, 11)] + ["2023Q2", "2023Q3", "2023Q4", "2023"]
OTHERS = ["leader", "unit", "inspector", "auditor", "admin"]


def begin(county: County) -> None:
    for name in OCTOBER:
        county.project(name, unit="杨屯镇", leader="张县长")
    for month in range(4, 10):
        due = 100 * month
        county.record(f"2023-{month:02d}", {"甲": due, "乙": due * 9 // 10, "丙": due * 3 // 4, "丁": due // 2})
    county.publish("2023Q2", "2023-07-05")
    county.publish("2023Q3", "2023-10-05")
    county.record("2023-10", OCTOBER)


def version(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(Programme.data_version)).one()


def revisions(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(RuleBookRevision)).one()


def trail(database: Database, action: str) -> list[AuditEntry]:
    with database.read() as session:
        return list(
            session.exec(select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.number)))
        )


def boards(client: TestClient) -> dict[str, bytes]:
    """Every board and the alerts of every month, byte for byte."""
    found = {}
    for period in PERIODS:
        found[period] = client.get(f"/api/standings?programme=2023&period={period}").content
    for month in PERIODS[:7]:
        found[f"alerts {month}"] = client.get(f"/api/alerts?programme=2023&month={month}").content
    return found


def post(client: TestClient, act: str, **body: Any) -> Any:
    return client.post(f"/api/rulebooks/{act}", json={"programme": "2023", **body})


def done(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def adopted(office: TestClient, head: TestClient, from_month: str, **wanted: Any) -> dict[str, Any]:
    """Proposed by one and put in force by the other."""
    draft = done(post(office, "adopt", from_month=from_month, reason="县委常委会第9次会议", **wanted))
    return done(post(head, "adopt", from_month=from_month, revision=draft["id"]))


# -- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["office", "office_head", *OTHERS])
def test_everyone_signed_in_reads_the_book_in_force(county: County, client_as: ClientAs, role: str) -> None:
    found = done(client_as(role).get("/api/rulebooks?programme=2023"), 200)
    assert (found["in_force"]["code"], found["in_force"]["version"], found["total"]) == ("county-default", "1", 1)
    final = next(one for one in found["in_force"]["chapters"] if one["title"] == "季度得分与最终得分")
    assert "最终得分按二季度20%、三季度30%、四季度50%加权，一季度不计权，四舍五入到0.01分。" in final["sentences"]
    q4 = next(one for one in final["figures"] if one["key"] == "final.weights.Q4")
    assert (q4["label"], q4["words"], q4["unit"], q4["source"]) == ("四季度权重", "50%", "%", "考核奖惩制度")
    assert q4["effective_from"] == "2023-01-01"
    office = role in ("office", "office_head")
    assert found["may"] == {"try": office, "propose": role == "office", "adopt": role == "office_head"}


def test_nobody_signed_in_reads_nothing(county: County, client: TestClient) -> None:
    for path in ("?programme=2023", "/1", "/keys", "/examples/county-default"):
        assert client.get(f"/api/rulebooks{path}").status_code == 401


def test_a_book_is_fetched_as_it_was_stored(county: County, client_as: ClientAs) -> None:
    client = client_as("unit")
    line = done(client.get("/api/rulebooks?programme=2023"), 200)["in_force"]
    assert done(client.get(f"/api/rulebooks/{line['id']}"), 200)["text"] == TEXT
    file = client.get(f"/api/rulebooks/{line['id']}/download")
    assert file.content == TEXT.encode()
    assert file.headers["content-disposition"].startswith('attachment; filename="file.toml"')
    assert client.get("/api/rulebooks/examples/county-default/download").content == TEXT.encode()
    assert said(client.get("/api/rulebooks/99"))[0] == 404
    assert said(client.get("/api/rulebooks/examples/..%2Fx"))[0] == 404
    assert said(client.get("/api/rulebooks/examples/nothing")) == (404, "没有名为“nothing”的示例办法，请从列表里选。")


def test_the_shipped_books_are_listed_with_the_one_in_force_marked(county: County, client_as: ClientAs) -> None:
    found = done(client_as("office").get("/api/rulebooks?programme=2023"), 200)["examples"]
    presets = ["sanya-2022", "sanya-2022-tasks", "wuhan", "xinhuang-2015", "yinchuan-2025"]
    assert [one["name"] for one in found] == [*programmes.rule_book_names(), *(f"lights-{one}" for one in presets)]
    assert [one["name"] for one in found if one["is_in_force"]] == ["county-default"]
    one = done(client_as("unit").get("/api/rulebooks/examples/county-default"), 200)
    assert (one["title"], one["text"]) == ("县级默认考核办法", TEXT)


def test_light_rules_of_another_place_are_tried_over_the_book_in_force(county: County, client_as: ClientAs) -> None:
    """Only the lights and the name become others; the scores stand."""
    office = client_as("office")
    body = {"programme": "2023", "period": "2023-10", "example": "lights-yinchuan-2025"}
    made = done(office.post("/api/rulebooks/trial", json=body), 200)
    assert made["trial"]["title"] == "县级默认考核办法（亮灯照银川2025）"
    assert {one["chapter"] for one in made["changes"]} == {"总则", "亮灯"}
    assert [(one["label"], one["old"], one["new"]) for one in made["changes"] if one["chapter"] == "亮灯"] == [
        ("投资、形象进度的比法", "完成数÷应完成数", "低于序时的百分点"),
        ("投资、形象进度的序时", None, "全年十二个月"),
        ("计划开工月已过而未开工亮黄灯", "1个月", "0个月"),
        ("计划开工月已过而未开工亮红灯", "3个月", "2个月"),
        ("开工：免亮灯的理由", None, "正当理由"),
        (
            "开工：本项不计",
            None,
            "入库（开工后1个月未入库黄灯，超过2个月红灯）：没有每月的入库数据、"
            "资金支付（低于要求红灯）：没有每月的资金支付数据",
        ),
    ]
    assert all(row["score_change"] in (None, "0.00") for row in made["rows"])
    assert said(office.get("/api/rulebooks/examples/lights-nowhere")) == (
        404,
        "没有名为“lights-nowhere”的示例办法，请从列表里选。",
    )


def test_every_key_is_explained(county: County, client_as: ClientAs) -> None:
    rows = {row["key"]: row for row in done(client_as("unit").get("/api/rulebooks/keys"), 200)["rows"]}
    assert rows["ranking.tiers[].from"]["form"] == "0—100之间的数，最多4位小数，单位分"
    assert rows["outlook.cut"]["meaning"] == "推算的全年完成投资达到年度计划的此比例"


# -- trying -----------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_trial_moves_exactly_who_lies_between_and_leaves_no_trace_in_the_facts(
    county: County, database: Database, client_as: ClientAs
) -> None:
    """良好 from 85 instead of 80: 甲 with 80.00 and 乙 with 84.00 fall to 一般, 丙 with 86.00 and 丁 stay."""
    office = client_as("office")
    before = (version(database), revisions(database), boards(office))
    made = done(post(office, "trial", period="2023-10", changes=TIER), 200)
    rows = {row["name"]: row for row in made["rows"]}
    assert [row["name"] for row in made["rows"] if row["is_moved"]] == ["甲", "乙"]
    assert made["moved"] == 2
    assert (rows["甲"]["old"]["tier"], rows["甲"]["new"]["tier"]) == ("良好", "一般")
    assert [(one["label"], one["old"], one["new"]) for one in made["changes"]] == [
        ("等次“良好”的起点", "80分", "85分"),
        ("等次“一般”的终点", "80分", "85分"),
    ]
    assert made["tiers"] == [
        {"value": "优秀", "old": 0, "new": 0},
        {"value": "良好", "old": 3, "new": 1},
        {"value": "一般", "old": 0, "new": 2},
        {"value": "较差", "old": 1, "new": 1},
    ]
    assert made["groups"][0] | {"group": ""} == {
        "group": "",
        "projects": 4,
        "score_changed": 0,
        "up": 0,
        "down": 0,
        "tier_changed": 2,
        "light_changed": 0,
    }
    assert made["basis"] == "两边都按现有数据重新计算；已经通报的榜单不会变，试算也不保存任何数字。"
    assert (version(database), revisions(database), boards(office)) == before
    (line,) = trail(database, "rulebook.trial")
    assert (line.detail["period"], line.detail["moved"]) == ("2023-10", 2)
    assert line.detail["changes"] == ["等次“良好”的起点：80分→85分", "等次“一般”的终点：80分→85分"]


def test_the_side_in_force_of_a_trial_is_the_board_people_see(county: County, client_as: ClientAs) -> None:
    office = client_as("office")
    for period in ("2023-10", "2023Q4", "2023Q2", "2023"):
        board = done(office.get(f"/api/standings?programme=2023&period={period}"), 200)
        made = done(post(office, "trial", period=period), 200)
        assert (made["moved"], made["changes"]) == (0, [])
        stands = {row["name"]: (row["old"]["score"], row["old"]["rank"], row["old"]["tier"]) for row in made["rows"]}
        assert stands == {row["name"]: (row["score"], row["rank"], row["tier"]) for row in board["rows"]}


def test_a_trial_of_the_year_weighs_the_quarters_anew(county: County, client_as: ClientAs) -> None:
    """丙: 75, 75, 86. By 20/30/50: 15 + 22.5 + 43 = 80.50; by 50/30/20: 37.5 + 22.5 + 17.2 = 77.20."""
    weights = {"final.weights.Q2": "50", "final.weights.Q4": "20"}
    made = done(post(client_as("office"), "trial", period="2023", changes=weights), 200)
    row = next(row for row in made["rows"] if row["name"] == "丙")
    assert (row["old"]["score"], row["new"]["score"], row["score_change"]) == ("80.50", "77.20", "-3.30")
    assert made["label"] == "中间值（四季度仅含10月）"


def test_a_text_an_example_or_a_stored_book_may_be_tried(county: County, client_as: ClientAs) -> None:
    office = client_as("office")
    text = "\ufeff" + TEXT.replace("yellow_below = { value = 0.80", "yellow_below = { value = 0.85").replace(
        "\n", "\r\n"
    )
    made = done(post(office, "trial", period="2023-10", text=text), 200)
    # 0.80 and 0.84 are below 0.85, 0.86 is not, 0.50 is red by either
    assert [(row["name"], row["new"]["light"]) for row in made["rows"][: made["moved"]]] == [
        ("甲", "yellow"),
        ("乙", "yellow"),
    ]
    assert "\r" not in made["text"]
    assert done(post(office, "trial", period="2023-10", example="county-default"), 200)["moved"] == 0
    stored = done(office.get("/api/rulebooks?programme=2023"), 200)["in_force"]["id"]
    assert done(post(office, "trial", period="2023-10", revision=stored), 200)["moved"] == 0
    assert post(office, "trial", period="2023-10", revision=stored, text=TEXT).status_code == 422


@pytest.mark.parametrize(
    ("wanted", "key", "sentence", "help_words"),
    [
        (
            {"changes": {"final.weights.Q4": "60"}},
            "final.weights",
            "考核办法“final.weights”有误：四个季度的权重合计应为100，现为110，请更正后再启用。",
            "这一节有：Q1、Q2、Q3、Q4。",
        ),
        (
            {"changes": {"final.weights.Q4": "五十"}},
            "final.weights.Q4",
            "考核办法“final.weights.Q4”有误：应为数字，单位%，现为“五十”，请更正后再启用。",
            "四个季度合计为100；填0—100之间的数，最多4位小数，单位%。",
        ),
        (
            {"text": TEXT.replace("[schedule]", "[schedule]\nbasiss = 1")},
            "schedule.basiss",
            "考核办法“schedule.basiss”有误：是未知的键，请更正后再启用。",
            "这一节有：basis。",
        ),
        (
            {"text": "60分"},
            "全文",
            "考核办法“全文”有误：不是有效的TOML文件（第1行第3个字符处写法不对），请更正后再启用。",
            None,
        ),
        (
            {"text": TEXT + "# \ud800"},
            "全文",
            "考核办法“全文”有误：含有不成字的半个字符，请用UTF-8保存，请更正后再启用。",
            None,
        ),
    ],
    ids=["sum", "word", "unknown key", "no toml", "surrogate"],
)
def test_a_fault_reaches_the_page_as_one_sentence_with_its_key_and_what_belongs_there(
    county: County, client_as: ClientAs, wanted: dict[str, Any], key: str, sentence: str, help_words: str | None
) -> None:
    client = client_as("office")
    content = json.dumps({"programme": "2023", "period": "2023-10", **wanted})
    answer = client.post("/api/rulebooks/trial", content=content, headers={"content-type": "application/json"})
    if answer.status_code == 422:  # half a character is refused before it is read
        assert "\ud800" in wanted["text"]
        return
    assert said(answer) == (400, sentence)
    body = answer.json()
    assert (body["code"], body["detail"]["key"], body["detail"]["help"]) == ("rule_book_faulty", key, help_words)


def test_a_period_without_data_cannot_be_tried(county: County, client_as: ClientAs) -> None:
    answer = post(client_as("office"), "trial", period="2023-12", changes=TIER)
    assert said(answer) == (400, "2023年12月还没有已确认的督查数据，不能试算，请换一个期间。")


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("act", ["trial", "adopt"])
def test_only_the_office_tries_and_adopts(
    county: County, database: Database, client_as: ClientAs, role: str, act: str
) -> None:
    before = version(database), revisions(database)
    body = {"period": "2023-10"} if act == "trial" else {"from_month": "2023-11", "reason": "会议"}
    status, sentence = said(post(client_as(role), act, changes=SECOND, **body))
    assert status == 403
    assert sentence.startswith("这项操作只有办公室、办公室主任账号可以办理")
    assert (version(database), revisions(database)) == before
    assert [entry.outcome for entry in trail(database, f"POST /api/rulebooks/{act}")] == ["refused"]


# -- adopting ---------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_book_adopted_from_november_leaves_every_board_until_then_byte_for_byte(
    county: County, database: Database, client_as: ClientAs
) -> None:
    office, head = client_as("office", "王科员"), client_as("office_head", "李主任")
    before, data_version = boards(office), version(database)
    made = adopted(office, head, "2023-11", changes=SECOND, source="沛办〔2023〕9号")
    assert (made["state"], made["from_month"], made["to_month"]) == ("coming", "2023-11", "2023-12")
    assert (made["person"], made["drafted_by"], made["reason"]) == ("李主任", "王科员", "县委常委会第9次会议")
    assert made["notice"] == "2023年第四季度从2023年11月起整季按新办法计算；10月的月度榜仍按原办法，不变。"
    assert version(database) == data_version + 2
    assert boards(office) == before
    # November: 甲 880 of 1100 = 80.00; 良好 begins at 85 now, in November and in the quarter, not in October.
    county.record("2023-11", {"甲": 880})
    now = boards(office)
    kept = [period for period in before if period not in ("2023Q4", "2023")]
    assert {period: now[period] for period in kept} == {period: before[period] for period in kept}
    tiers = {
        period: next(row for row in county.board(period)["rows"] if row["name"] == "甲")["tier"]
        for period in ("2023-10", "2023-11", "2023Q4")
    }
    assert tiers == {"2023-10": "良好", "2023-11": "一般", "2023Q4": "一般"}
    assert county.board("2023-11")["rulebook"] == "county-default（第2版）"
    assert county.board("2023-10")["rulebook"] == "county-default"
    with database.read() as session:
        assert publishing.verify(session) == []


def test_the_trail_tells_who_adopted_what_with_every_figure_old_and_new(
    county: County, database: Database, client_as: ClientAs
) -> None:
    made = adopted(client_as("office", "王科员"), client_as("office_head", "李主任"), "2023-10", changes=SECOND)
    (line,) = trail(database, "rulebook.adopt")
    assert (line.actor_name, line.target, line.programme) == ("李主任", "county-default（第2版）", "2023")
    assert {name: line.detail[name] for name in ("from_month", "to_month", "reason", "drafted_by", "sha256")} == {
        "from_month": "2023-10",
        "to_month": "2023-12",
        "reason": "县委常委会第9次会议",
        "drafted_by": "王科员",
        "sha256": made["sha256"],
    }
    assert [(one["key"], one["old"], one["new"]) for one in line.detail["changes"]] == [
        ("book.version", "1", "2"),
        ("ranking.tiers[2].from", "80分", "85分"),
        ("ranking.tiers[3].below", "80分", "85分"),
    ]


def test_the_history_tells_each_adoption_with_person_reason_and_difference(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office", "王科员"), client_as("office_head", "李主任")
    adopted(office, head, "2023-10", changes=SECOND)
    adopted(office, head, "2023-12", changes={"outlook.cut": "90", "book.version": "3"})
    found = done(client_as("unit").get("/api/rulebooks?programme=2023"), 200)
    lines = [(row["version"], row["from_month"], row["to_month"], row["state_label"]) for row in found["rows"]]
    assert lines == [
        ("3", "2023-12", "2023-12", "待施行"),
        ("2", "2023-10", "2023-11", "现行"),
        ("1", "2023-01", "2023-09", "已过施行期"),
    ]
    assert [(one["label"], one["old"], one["new"]) for one in found["rows"][0]["changes"]] == [
        ("版本", "2", "3"),
        ("预计可完成的界限", "95%", "90%"),
    ]
    assert found["rows"][0]["previous"]["version"] == "2"
    assert (found["rows"][2]["changes"], found["rows"][2]["previous"]) == ([], None)
    changed = next(
        figure
        for chapter in found["in_force"]["chapters"]
        for figure in chapter["figures"]
        if figure["key"] == "ranking.tiers[2].from"
    )
    assert (changed["words"], changed["source"], changed["effective_from"]) == ("85分", "示例", "2023-10-01")


def test_a_book_replaced_before_its_month_began_stays_in_the_history(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office"), client_as("office_head")
    adopted(office, head, "2023-11", changes=SECOND)
    adopted(office, head, "2023-11", changes={"ranking.tiers[2].from": "82", "book.version": "2.1"})
    rows = done(office.get("/api/rulebooks?programme=2023"), 200)["rows"]
    assert [(row["version"], row["state"], row["to_month"]) for row in rows] == [
        ("2.1", "coming", "2023-12"),
        ("2", "replaced", None),
        ("1", "in_force", "2023-10"),
    ]
    # It took the place of version 2, from whose 85 it went to 82.
    assert [(one["key"], one["old"], one["new"]) for one in rows[0]["changes"]][1] == (
        "ranking.tiers[2].from",
        "85分",
        "82分",
    )


@pytest.mark.parametrize(
    ("from_month", "sentence"),
    [
        ("2023-09", "2023年第三季度已经通报，一直用当时的考核办法，请从2023年10月或以后的月份起启用。"),
        ("2023-05", "2023年第二季度已经通报，一直用当时的考核办法，请从2023年10月或以后的月份起启用。"),
        ("2023-01", "2023年第二季度已经通报，一直用当时的考核办法，请从2023年10月或以后的月份起启用。"),
    ],
)
def test_a_published_month_never_gets_another_book(
    county: County, database: Database, client_as: ClientAs, from_month: str, sentence: str
) -> None:
    before = version(database)
    answer = post(client_as("office"), "adopt", from_month=from_month, reason="会议", changes=SECOND)
    assert (said(answer), answer.json()["code"]) == ((409, sentence), "period_locked")
    assert version(database) == before


def test_not_even_while_it_is_reopened(county: County, client_as: ClientAs) -> None:
    county.reopen("2023Q3", "2023-11-02")
    answer = post(client_as("office"), "adopt", from_month="2023-09", reason="会议", changes=SECOND)
    assert said(answer)[0] == 409
    months = done(client_as("unit").get("/api/rulebooks?programme=2023"), 200)["adoptable_months"]
    assert months == ["2023-10", "2023-11", "2023-12"]


def test_when_the_year_is_published_nothing_is_left_to_adopt(county: County, client_as: ClientAs) -> None:
    county.publish("2023", "2023-11-20")
    answer = post(client_as("office"), "adopt", from_month="2023-12", reason="会议", changes=SECOND)
    assert said(answer) == (409, "2023年已经通报，一直用当时的考核办法，本年度不能再换办法。")


@pytest.mark.parametrize("from_month", ["2022-12", "2024-01", "2023-13", "十一月", "2023"])
def test_a_month_is_one_of_the_programmes_year(county: County, client_as: ClientAs, from_month: str) -> None:
    answer = post(client_as("office"), "adopt", from_month=from_month, reason="会议", changes=SECOND)
    assert said(answer) == (422, f"启用月份“{from_month}”写法不对，请写成2023-10这样的年月。")


def test_another_text_needs_another_version_for_good(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office"), client_as("office_head")
    sentence = "“county-default”第1版已经用于另一份文本，文本有改动就要改版本，请把版本改成新的。"
    assert said(post(office, "adopt", from_month="2023-11", reason="会议", changes=TIER)) == (409, sentence)
    assert said(post(office, "adopt", from_month="2023-11", reason="会议", text=TEXT + "# 说明\n")) == (409, sentence)
    adopted(office, head, "2023-11", changes=SECOND)
    again = post(
        office, "adopt", from_month="2023-12", reason="会议", changes={"book.version": "2", "outlook.cut": "90"}
    )
    assert said(again)[0] == 409
    # The very text of version 1 may come back under its own name.
    assert adopted(office, head, "2023-12", text=TEXT)["version"] == "1"


def test_the_book_that_governs_already_is_nothing_to_adopt(county: County, client_as: ClientAs) -> None:
    answer = post(client_as("office"), "adopt", from_month="2023-11", reason="会议", example="county-default")
    assert said(answer) == (409, "2023年11月现在用的就是这份考核办法，没有什么要启用的。")


def test_a_reason_is_needed(county: County, client_as: ClientAs) -> None:
    answer = post(client_as("office"), "adopt", from_month="2023-11", reason=" ", changes=SECOND)
    assert said(answer) == (400, "启用考核办法须写明理由和依据，请补充后再提交。")


@pytest.mark.parametrize(
    ("old", "key"),
    [
        ("effective_from = 2023-01-01", "book.effective_from"),
        ('Q4 = { value = 50, unit = "%" }', "final.weights.Q4.effective_from"),
    ],
)
def test_a_text_that_holds_only_from_later_on_cannot_govern_before(
    county: County, client_as: ClientAs, old: str, key: str
) -> None:
    new = (
        "effective_from = 2023-12-01"
        if old.startswith("effective")
        else 'Q4 = { value = 50, unit = "%", effective_from = 2023-12-01 }'
    )
    text = TEXT.replace('version = "1"', 'version = "2"').replace(old, new, 1)
    answer = post(client_as("office"), "adopt", from_month="2023-11", reason="会议", text=text)
    assert said(answer) == (
        400,
        f"考核办法“{key}”有误：写明2023年12月1日起生效，不能从2023年11月起启用，请改启用月份或生效日期。",
    )
    assert done(post(client_as("office"), "adopt", from_month="2023-12", reason="会议", text=text))["state"] == "draft"


# -- two people -------------------------------------------------------------------------------------------------------


def test_a_draft_governs_nothing_and_is_seen_by_the_office_alone(
    county: County, database: Database, client_as: ClientAs
) -> None:
    office, unit = client_as("office", "王科员"), client_as("unit")
    county.record("2023-11", {"甲": 880})
    before = boards(office) | {"2023-11": office.get("/api/standings?programme=2023&period=2023-11").content}
    draft = done(post(office, "adopt", from_month="2023-11", reason="会议", changes=SECOND))
    assert (draft["state"], draft["from_month"], draft["drafted_by"]) == ("draft", "2023-11", "王科员")
    after = boards(office) | {"2023-11": office.get("/api/standings?programme=2023&period=2023-11").content}
    assert after == before
    assert done(office.get("/api/rulebooks?programme=2023"), 200)["draft"]["id"] == draft["id"]
    assert done(unit.get("/api/rulebooks?programme=2023"), 200)["draft"] is None
    assert done(office.get(f"/api/rulebooks/{draft['id']}"), 200)["state"] == "draft"
    for path in ("", "/download"):
        assert unit.get(f"/api/rulebooks/{draft['id']}{path}").status_code == 404
    assert done(unit.get("/api/rulebooks?programme=2023"), 200)["total"] == 1


def test_the_head_adopts_what_was_proposed_and_nothing_else(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office"), client_as("office_head")
    nothing = post(head, "adopt", from_month="2023-11", reason="会议", changes=SECOND)
    assert said(nothing) == (409, "还没有拟稿，请先由办公室人员在“试算”里提请启用，再由您启用。")
    draft = done(post(office, "adopt", from_month="2023-11", reason="会议", changes=SECOND))
    differs = "启用的文本、月份与拟稿不一致，请按拟稿启用，或由办公室人员重新拟稿。"
    assert said(post(head, "adopt", from_month="2023-12", revision=draft["id"])) == (409, differs)
    other = {**SECOND, "outlook.cut": "90"}
    assert said(post(head, "adopt", from_month="2023-11", changes=other)) == (409, differs)
    assert done(post(head, "adopt", from_month="2023-11", revision=draft["id"]))["state"] == "coming"
    assert done(office.get("/api/rulebooks?programme=2023"), 200)["draft"] is None
    assert post(head, "adopt", from_month="2023-11", revision=draft["id"]).status_code == 409


def test_who_proposed_does_not_adopt_even_when_promoted(county: County, database: Database) -> None:
    with county.change("2023-11-01", Actor(7, "王科员", "office")) as change:
        draft = service.adopt(change, Wanted(changes=SECOND), "2023-11", "会议")
    with (
        pytest.raises(Forbidden, match="拟稿人（王科员）不能启用自己拟的办法"),
        county.change("2023-11-02", Actor(7, "王科员", "office_head")) as change,
    ):
        service.adopt(change, Wanted(revision=draft.id), "2023-11", "会议")
    with county.change("2023-11-03", Actor(8, "李主任", "office_head")) as change:
        assert service.adopt(change, Wanted(revision=draft.id), "2023-11", "").reason == "会议"


def test_without_the_two_person_setting_the_head_adopts_at_once(county: County) -> None:
    with county.change("2023-11-01", HEAD) as change:
        made = service.adopt(change, Wanted(changes=SECOND), "2023-11", "会议", two_person=False)
    with county.reading() as (session, programme):
        assert programmes.rule_book_revision(session, programme, "2023-11").id == made.id


def test_a_newer_draft_takes_the_place_of_the_one_before_and_a_draft_may_be_given_up(
    county: County, database: Database, client_as: ClientAs
) -> None:
    office = client_as("office")
    first = done(post(office, "adopt", from_month="2023-11", reason="会议", changes=SECOND))
    second = done(post(office, "adopt", from_month="2023-12", reason="会议", changes=SECOND))
    assert done(office.get("/api/rulebooks?programme=2023"), 200)["draft"]["id"] == second["id"]
    gone = post(office, f"{first['id']}/withdraw")
    assert said(gone) == (409, "这份拟稿已经启用、换过或撤回，不用再撤回。")
    assert post(office, f"{second['id']}/withdraw").status_code == 204
    assert done(office.get("/api/rulebooks?programme=2023"), 200)["draft"] is None
    assert [entry.detail["from_month"] for entry in trail(database, "rulebook.withdraw")] == ["2023-12"]
    assert post(client_as("unit"), f"{second['id']}/withdraw").status_code == 403


def test_a_draft_is_no_board_of_a_later_month_either(county: County) -> None:
    with county.change("2023-11-01") as change:
        service.adopt(change, Wanted(changes=SECOND), "2023-11", "会议")
    with county.reading() as (session, programme):
        assert programmes.rule_book_revision(session, programme, "2023-12").name == "county-default"


# -- what was known ---------------------------------------------------------------------------------------------------


def test_what_was_known_before_the_adoption_is_worked_out_by_the_book_of_then(county: County) -> None:
    with county.change("2023-11-10", HEAD) as change:
        service.adopt(change, Wanted(changes=SECOND), "2023-10", "会议", two_person=False)

    def tier(**at: Any) -> str:
        return str(next(row for row in county.board("2023-10", **at)["rows"] if row["name"] == "乙")["tier"])

    assert (tier(), tier(as_of="2023-11-09"), tier(known_at=noon("2023-11-09"))) == ("一般", "良好", "良好")


def test_an_adoption_for_fewer_months_ends_where_the_next_book_begins(county: County, client_as: ClientAs) -> None:
    office, head = client_as("office"), client_as("office_head")
    adopted(office, head, "2023-12", changes=SECOND)
    made = adopted(office, head, "2023-10", changes={"outlook.cut": "90", "book.version": "3"})
    assert (made["from_month"], made["to_month"]) == ("2023-10", "2023-11")


def test_scores_of_the_quarter_are_those_of_the_new_book_from_its_month_on(county: County) -> None:
    """丙 with 75, 75, 86: by 20/30/50 80.50; from October by 10/20/70: 7.5 + 15 + 60.2 = 82.70."""
    assert scores(county.board("2023"))["丙"][0] == "80.50"
    weights = {"final.weights.Q2": "10", "final.weights.Q3": "20", "final.weights.Q4": "70", "book.version": "2"}
    with county.change("2023-11-10", HEAD) as change:
        service.adopt(change, Wanted(changes=weights), "2023-10", "会议", two_person=False)
    assert scores(county.board("2023"))["丙"][0] == "82.70"


def test_a_trial_after_a_change_of_book_keeps_the_quarters_of_the_other_book(
    county: County, client_as: ClientAs
) -> None:
    """Q2 and Q3 are of the first book; so trying the book in force anew moves nobody."""
    with county.change("2023-11-10", HEAD) as change:
        service.adopt(change, Wanted(changes=SECOND), "2023-10", "会议", two_person=False)
    made = done(post(client_as("office"), "trial", period="2023"), 200)
    assert (made["moved"], made["in_force"]["version"]) == (0, "2")
