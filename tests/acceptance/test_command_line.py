"""The command's exit codes, and every key and type of its JSON (命令)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.office import Office, month_sheet, sheet

ROOT = Path(__file__).parents[2]
INDUSTRY, FARMING = "重大工业和服务业", "农业农村重点"
HEADINGS = ("序号", "项目名称", "总投资", "年度计划投资", "累计完成投资", "形象进度", "存在问题", "责任单位", "得分")
ROWS = (
    (f"一、{INDUSTRY}项目（2项）",),
    (1, "甲厂", 8000, 1200, 600, "50%", "资金紧张", "杨屯镇", None),
    (2, "乙厂", 9000, 1200, 480, "主体施工", None, "龙固镇", 88.5),
    (f"二、{FARMING}项目（1项）",),
    (3, "丙园", 700, 600, 100, 20, None, "龙固镇", None),
)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
SCORE = re.compile(r"-?\d+\.\d\d")


def begin(office: Office) -> None:
    office.found(INDUSTRY, FARMING)
    office.take(month_sheet(6, HEADINGS, ROWS), name="六月.xlsx")


def is_score(value: Any) -> bool:
    return value is None or (isinstance(value, str) and SCORE.fullmatch(value) is not None)


# -- check -------------------------------------------------------------------------------------------------------------


def test_check_works_where_there_is_no_database_and_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "六月.xlsx"
    path.write_bytes(month_sheet(6, HEADINGS, ROWS))
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "app", "check", str(path), "--json"],
        cwd=ROOT,
        env={**os.environ, "SANZHONG_HOME": str(home), "SANZHONG_DATABASE_URL": "postgresql://nowhere.invalid/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["decision"]) == (0, "accept")
    assert not home.exists()


def test_the_check_json_has_exactly_the_keys_of_the_contract(office: Office) -> None:
    found = office.done("check", office.file(month_sheet(6, HEADINGS, ROWS)), "--json").json
    assert set(found) == {
        "decision", "message", "month", "unit", "sheets", "rows", "skipped", "questions", "faults",
    }  # fmt: skip
    assert (found["decision"], found["message"], found["month"], found["unit"]) == ("accept", None, "2023-06", "万元")
    assert [set(one) for one in found["sheets"]] == [{"name", "used", "hidden", "reason"}]
    assert found["skipped"] == [
        {"sheet": "6月", "row": 4, "reason": "section"},
        {"sheet": "6月", "row": 7, "reason": "section"},
    ]
    for row in found["rows"]:
        assert set(row) == {
            "sheet", "row", "name", "category", "total_investment_wan", "annual_plan_wan", "invested_ytd_wan",
            "completion_pct", "physical_progress", "physical_progress_pct", "problems", "responsible_unit",
            "responsible_person", "lead_official", "planned_start", "score", "faults",
        }  # fmt: skip
    first, second, third = found["rows"]
    assert (first["row"], first["name"], first["category"]) == (5, "甲厂", f"{INDUSTRY}项目")
    assert [float(first[name]) for name in ("total_investment_wan", "annual_plan_wan", "invested_ytd_wan")] == [
        8000, 1200, 600,
    ]  # fmt: skip
    assert (first["completion_pct"], third["completion_pct"]) == ("50.00", "16.67")
    assert (second["physical_progress"], second["physical_progress_pct"]) == ("主体施工", None)
    assert (float(second["score"]), first["score"], third["problems"]) == (88.5, None, None)


def test_check_asks_for_a_month_that_is_not_said_or_said_twice_unless_it_is_given(office: Office) -> None:
    without = sheet("全县重点项目进展情况表", HEADINGS, ROWS, name="进展")
    twice = sheet("2023年6月全县重点项目进展情况表（2023年7月）", HEADINGS, ROWS, name="5月")
    for content in (without, twice):
        path = office.file(content)
        asked = office.run("check", path, "--json")
        assert (asked.code, asked.json["decision"], asked.json["month"]) == (3, "ask", None)
        assert set(asked.json["questions"][0]) == {
            "id", "code", "sheet", "row", "cell", "message", "choices", "default",
        }  # fmt: skip
        assert [set(one) for one in asked.json["questions"][0]["choices"]] in (
            [], [{"value", "label"}] * len(asked.json["questions"][0]["choices"]),
        )  # fmt: skip
        given = office.run("check", path, "--json", "--month", "2023-06")
        assert (given.code, given.json["decision"], given.json["month"]) == (0, "accept", "2023-06")


def test_ids_of_questions_are_the_same_for_the_same_file(office: Office) -> None:
    content = month_sheet(6, HEADINGS, [(1, "甲厂", 8000, 1200, 600, None, None, None, 105)])
    asked = [office.run("check", office.file(content, name), "--json").json for name in ("a.xlsx", "b.xlsx")]
    assert asked[0]["questions"] == asked[1]["questions"] != []


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"PK\x03\x04broken", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, b"%PDF-1.7\n", b"<html></html>"],
)
def test_what_is_no_sheet_is_refused_with_one_sentence_and_exit_1(office: Office, content: bytes) -> None:
    refused = office.run("check", office.file(content), "--json")
    assert (refused.code, refused.json["decision"]) == (1, "refuse")
    assert refused.json["message"].count("。") == 1 and refused.json["rows"] == []


# -- import ------------------------------------------------------------------------------------------------------------

IMPORT = {"upload", "decision", "state", "new", "changed", "same", "missing", "registered", "questions", "faults"}


def test_import_prints_the_counts_and_without_register_each_unknown_project_is_a_question(office: Office) -> None:
    office.found(INDUSTRY, FARMING)
    path = office.file(month_sheet(6, HEADINGS, ROWS))
    asked = office.run("import", path, "--programme", "T", "--json")
    assert (asked.code, asked.json["state"], asked.json["upload"]) == (3, "ask", None)
    assert len(asked.json["questions"]) == 3
    assert office.board("2023-06")["rows"] == []
    answers = office.folder / "A.json"
    answers.write_text(json.dumps({one["id"]: "new" for one in asked.json["questions"]}), encoding="utf-8")
    done = office.done("import", path, "--programme", "T", "--json", "--answers", answers)
    assert set(done.json) >= IMPORT
    assert {name: done.json[name] for name in ("decision", "state", "new", "changed", "same", "registered")} == {
        "decision": "accept", "state": "committed", "new": 3, "changed": 0, "same": 0, "registered": 3,
    }  # fmt: skip
    assert (done.json["missing"], done.json["questions"]) == ([], [])


def test_import_refuses_with_exit_1_and_the_same_keys(county: Office) -> None:
    refused = county.try_import(b"nothing")
    assert (refused.code, refused.json["state"], refused.json["decision"]) == (1, "refused", "refuse")
    assert set(refused.json) >= IMPORT and refused.json["upload"] is None
    assert refused.err.splitlines()[0].endswith("。")


def test_a_stale_answers_file_is_not_taken_for_an_answer(office: Office) -> None:
    county = office.found(INDUSTRY)
    answers = county.folder / "A.json"
    answers.write_text(json.dumps({"score_range:6月!I4": "blank"}), encoding="utf-8")
    content = month_sheet(6, HEADINGS, [(1, "甲厂", 8000, 1200, 100, "50%", None, None, 105)])
    first = county.try_import(content, "--answers", answers)
    assert (first.code, first.json["questions"]) == (0, [])
    answers.write_text(json.dumps({"score_range:6月!I4": "a guess"}), encoding="utf-8")
    again = county.try_import(content, "--answers", answers)
    assert again.code == 3 and [one["code"] for one in again.json["questions"]] == ["score_range"]


# -- standings, receipt, alerts ----------------------------------------------------------------------------------------


def test_the_board_json_has_every_key_and_type_of_the_contract(county: Office) -> None:
    board = county.board("2023-06")
    assert set(board) >= {
        "programme", "period", "rulebook", "as_of", "state", "label", "rows", "joined", "left", "coverage", "lists",
        "full_marks",
    }  # fmt: skip
    assert (board["programme"], board["period"], board["rulebook"]) == ("T", "2023-06", "county-default")
    assert (board["as_of"], board["state"], board["label"], board["full_marks"]) == (None, "interim", "参考", 1)
    assert board["coverage"] == {"due": 3, "inspected": 3, "not_inspected": 0, "not_reported": 0, "not_scored": 0}
    assert set(board["lists"]) == {"red", "black", "edge"}
    for row in board["rows"]:
        assert set(row) >= {
            "code", "name", "group", "rank", "group_size", "overall_rank", "score", "tier", "change", "tie_break",
            "quarters", "months", "not_scored_reason", "published_score", "published_rank",
        }  # fmt: skip
        assert list(row["quarters"]) == ["Q1", "Q2", "Q3", "Q4"]
        assert list(row["months"]) == [f"2023-{month:02d}" for month in range(1, 7)]
        assert all(is_score(score) for score in (row["score"], *row["quarters"].values(), *row["months"].values()))
        assert re.fullmatch(r"\d+\.\d{4}", row["tie_break"])
    # 甲厂 60 + 40; 乙厂 given 88.5; 丙园 60 × 100 ÷ 300 + 40 × 20 ÷ 50
    assert [(row["code"], row["group"], row["rank"], row["score"], row["tier"]) for row in board["rows"]] == [
        ("A001", INDUSTRY, 1, "100.00", "优秀"),
        ("A002", INDUSTRY, 2, "88.50", "良好"),
        ("B001", FARMING, 1, "36.00", "较差"),
    ]
    assert [row["tie_break"] for row in board["rows"]] == ["1.0000", "0.8000", "0.3333"]


def test_the_receipt_json_has_every_key_and_type_of_the_contract(county: Office) -> None:
    receipt = county.receipt("甲厂", "2023")
    assert set(receipt) >= {"code", "name", "period", "score", "formula", "quarters", "alternative", "policy"}
    assert set(receipt["alternative"]) == {"missing_quarter", "score"}
    [quarter] = receipt["quarters"]
    assert set(quarter) >= {"quarter", "weight", "effective_weight", "score", "months"}
    assert (quarter["quarter"], float(quarter["weight"]), float(quarter["effective_weight"])) == ("Q2", 20, 100)
    [month] = quarter["months"]
    assert set(month) >= {"month", "score", "source", "reason", "indicators", "evidence"}
    assert (month["month"], month["score"], month["source"], month["reason"]) == ("2023-06", "100.00", "computed", None)
    for one in month["indicators"]:
        assert set(one) >= {"name", "points", "full_marks", "reason", "source"}
    evidence = month["evidence"]
    assert set(evidence) >= {"upload", "file", "sha256", "sheet", "cell", "uploader", "at"}
    assert (evidence["upload"], evidence["file"], evidence["sheet"], evidence["cell"]) == (1, "六月.xlsx", "6月", "E5")
    assert re.fullmatch(r"[0-9a-f]{64}", evidence["sha256"]) and evidence["uploader"] == "张三"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", evidence["at"])


def test_the_alerts_json_has_every_key_and_type_of_the_contract(county: Office) -> None:
    alerts = county.alerts("2023-06")
    assert alerts["month"] == "2023-06"
    assert set(alerts["counts"]) == {"red", "yellow", "green", "grey", "none", "done", "expected", "unlikely"}
    for row in alerts["rows"]:
        assert set(row) >= {
            "code", "name", "group", "light", "state", "last_light", "since", "reasons", "outlook", "outlook_label",
            "outlook_sentence",
        }  # fmt: skip
        assert row["since"] == "2023-06" and row["last_light"] is None
        for reason in row["reasons"]:
            assert set(reason) == {"rule", "light", "sentence"}
    lights = {row["name"]: (row["light"], row["outlook"], row["state"]) for row in alerts["rows"]}
    assert lights == {
        "甲厂": ("green", "expected", "在建"),
        "乙厂": ("green", "unlikely", "在建"),
        "丙园": ("red", "unlikely", "在建"),
    }
    assert (alerts["counts"]["green"], alerts["counts"]["red"], alerts["counts"]["unlikely"]) == (2, 1, 2)


@pytest.mark.parametrize(
    ("period", "label"),
    [("2023Q2", "中间值（二季度仅含4月）"), ("2023", "中间值（二季度仅含4月）"), ("2023-04", "参考")],
)
def test_running_periods_say_what_they_hold(office: Office, period: str, label: str) -> None:
    office.found(INDUSTRY)
    office.take(month_sheet(4, HEADINGS, [(1, "甲厂", 8000, 1200, 400, None, None, None, 80)]))
    assert office.board(period)["label"] == label
    office.take(month_sheet(5, HEADINGS, [(1, "甲厂", 8000, 1200, 500, None, None, None, 80)]))
    assert office.board("2023Q2")["label"] == "中间值（二季度仅含4—5月）"
    office.take(month_sheet(6, HEADINGS, [(1, "甲厂", 8000, 1200, 600, None, None, None, 80)]))
    assert office.board("2023Q2")["label"] == ""


def test_a_month_without_a_sheet_has_no_board_and_no_alerts(county: Office) -> None:
    for period in ("2023-05", "2023-07", "2023Q3"):
        board = county.board(period)
        assert (board["rows"], board["full_marks"]) == ([], 0)
        assert set(board["coverage"].values()) == {0}
    assert county.alerts("2023-07")["rows"] == []


def event(kind: str, on: str, reason: str, by: str) -> tuple[str, ...]:
    return ("event", "甲厂", "--programme", "T", "--kind", kind, "--on", on, "--reason", reason, "--by", by)


# -- usage -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("nonsense",), 2),
        (("standings",), 2),
        (("standings", "--programme", "T"), 2),
        (("standings", "--programme", "T", "--period", "2023-13"), 2),
        (("standings", "--programme", "T", "--period", "2023Q5"), 2),
        (("standings", "--programme", "T", "--period", "2022-06"), 2),
        (("standings", "--programme", "T", "--period", "2023-06", "--as-of", "昨天"), 2),
        (("standings", "--programme", "X", "--period", "2023-06"), 1),
        (("alerts", "--programme", "T", "--month", "2023Q2"), 2),
        (("alerts", "--programme", "T", "--month", "2023"), 2),
        (("receipt", "甲厂", "--programme", "T"), 2),
        (("receipt", "无此厂", "--programme", "T", "--period", "2023"), 1),
        (
            (
                "event",
                "甲厂",
                "--programme",
                "T",
                "--kind",
                "爆炸",
                "--on",
                "2023-06-01",
                "--reason",
                "试",
                "--by",
                "张三",
            ),
            1,
        ),
        (
            (
                "event",
                "甲厂",
                "--programme",
                "T",
                "--kind",
                "完工",
                "--on",
                "2023-6月",
                "--reason",
                "试",
                "--by",
                "张三",
            ),
            2,
        ),
        (
            (
                "event",
                "甲厂",
                "--programme",
                "T",
                "--kind",
                "完工",
                "--on",
                "2023-06-30",
                "--reason",
                " ",
                "--by",
                "张三",
            ),
            1,
        ),
        (
            (
                "event",
                "甲厂",
                "--programme",
                "T",
                "--kind",
                "完工",
                "--on",
                "2023-06-30",
                "--reason",
                "试",
                "--by",
                "王五",
            ),
            1,
        ),
        (("revert", "99", "--by", "张三", "--reason", "试"), 1),
        (("revert", "x", "--by", "张三", "--reason", "试"), 2),
        (("import", "nowhere.xlsx", "--programme", "T"), 2),
        (("check", "nowhere.xlsx"), 2),
        (("publish", "--programme", "T", "--period", "2023Q2"), 2),
        (("reopen", "--programme", "T", "--period", "2023Q2", "--by", "张三", "--reason", "试"), 1),
        (("programme", "add", "T", "--name", "又一个", "--year", "2023"), 1),
        (("programme", "add", "U", "--name", "又一个", "--year", "23"), 1),
        (("programme", "add", "U", "--name", "又一个", "--year", "2024", "--rulebook", "none"), 1),
        (("user", "add", "张三", "--role", "office", "--password-stdin"), 1),
        (("user", "add", "王五", "--role", "king", "--password-stdin"), 1),
        (("user", "add", "王五", "--role", "unit", "--password-stdin"), 1),
        (("user", "disable", "王五"), 1),
    ],
)
def test_a_command_that_cannot_be_done_says_why_and_leaves_everything(
    county: Office, words: tuple[str, ...], code: int
) -> None:
    before = county.everything(6)
    found = county.run(*words, stdin="Kou-ling-2023\n")
    assert found.code == code, found
    assert found.err and "Traceback" not in found.err
    assert county.everything(6) == before


def test_two_programmes_do_not_mix(county: Office) -> None:
    county.done("programme", "add", "U", "--name", "另一年", "--year", "2023", "--class", INDUSTRY)
    before = county.everything(6)
    other = Office(county.folder, county.settings, county.monkeypatch, "U", 2023, county.files)
    other.take(month_sheet(6, HEADINGS, [(1, "甲厂", 8000, 1200, 60, None, None, None, None)]))
    assert county.everything(6) == before
    assert [row["score"] for row in other.board("2023-06")["rows"]] == [
        "6.00"
    ]  # 60 × 60 ÷ 600, and nothing for the blank progress
    listed = county.done("programme", "list", "--json").json
    assert sorted(row["code"] for row in listed["rows"]) == ["T", "U"] and listed["total"] == 2
