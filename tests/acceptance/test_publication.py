"""Publishing, locking, reopening and looking back, as the office does it from the command (定稿、更正单、历史查询)."""

from datetime import UTC, datetime, timedelta

from tests.acceptance.office import Office, month_sheet

HEADINGS = ("序号", "项目名称", "年度计划投资", "累计完成投资", "得分")
INDUSTRY = "重大工业和服务业"


def scores(month: int, *given: float | None, ytd: float = 600) -> bytes:
    """甲厂, 乙厂, 丙厂 with the scores given."""
    projects = zip((1, 2, 3), ("甲厂", "乙厂", "丙厂"), given, strict=True)
    rows = [(number, name, 1200, ytd, score) for number, name, score in projects]
    return month_sheet(month, HEADINGS, rows)


def begin(office: Office) -> None:
    """April to July of three projects; the second quarter's means are 90.00, 80.00 and 70.00."""
    office.found(INDUSTRY)
    for month in (4, 5, 6, 7):
        office.take(scores(month, 90, 80, 70, ytd=100 * month))


def publish(office: Office, period: str, by: str) -> int:
    return office.run("publish", "--programme", "T", "--period", period, "--by", by).code


def ranks(office: Office, period: str) -> dict[str, tuple[int | None, str | None]]:
    return {name: (row["rank"], row["score"]) for name, row in office.rows(period).items()}


def today() -> str:
    return (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()


def yesterday() -> str:
    return (datetime.now(UTC) + timedelta(hours=8) - timedelta(days=1)).date().isoformat()


def test_the_office_drafts_with_exit_3_and_its_head_signs_with_exit_0(county: Office) -> None:
    assert publish(county, "2023Q2", "李主任") == 1  # nothing drafted yet
    drafted = county.run("publish", "--programme", "T", "--period", "2023Q2", "--by", "张三")
    assert (drafted.code, drafted.out) == (3, "")
    assert county.board("2023Q2")["state"] == "interim"
    assert publish(county, "2023Q2", "李主任") == 0
    board = county.board("2023Q2")
    assert (board["state"], board["label"]) == ("published", "通报数")
    assert ranks(county, "2023Q2") == {"甲厂": (1, "90.00"), "乙厂": (2, "80.00"), "丙厂": (3, "70.00")}
    assert publish(county, "2023Q2", "张三") == 1 and publish(county, "2023Q2", "李主任") == 1  # issued and locked


def test_nobody_else_publishes_or_reopens(county: Office) -> None:
    for name, role, more in (
        ("王县长", "leader", ("--scope", "county")),
        ("杨屯镇经办", "unit", ("--unit", "杨屯镇")),
        ("督查员", "inspector", ("--team", "督查一组")),
        ("审计员", "auditor", ()),
        ("管理员", "admin", ()),
    ):
        county.user(name, role, *more)
        assert publish(county, "2023Q2", name) == 1
        reopened = county.run("reopen", "--programme", "T", "--period", "2023Q2", "--by", name, "--reason", "错")
        assert reopened.code == 1
    assert county.board("2023Q2")["state"] == "interim"


def test_a_draft_whose_figures_moved_must_be_drafted_anew(county: Office) -> None:
    assert publish(county, "2023Q2", "张三") == 3
    county.take(scores(6, 60, 80, 70))
    assert publish(county, "2023Q2", "李主任") == 1
    assert county.board("2023Q2")["state"] == "interim"
    assert publish(county, "2023Q2", "张三") == 3
    assert publish(county, "2023Q2", "李主任") == 0
    assert ranks(county, "2023Q2")["甲厂"] == (1, "80.00")  # (90 + 90 + 60) ÷ 3; 乙厂 has 80.00 too
    assert ranks(county, "2023Q2")["乙厂"] == (1, "80.00")


def test_a_locked_period_refuses_import_event_and_undoing_and_nothing_moves(county: Office) -> None:
    county.publish("2023Q2")
    before = county.everything()
    refused = county.try_import(scores(5, 99, 80, 70))
    assert refused.code == 1 and "定稿" in refused.err
    for kind, on in (("完工", "2023-06-30"), ("暂缓", "2023-04-02"), ("免考", "2023-05-15"), ("调出", "2023-05-31")):
        words = ("--programme", "T", "--kind", kind, "--on", on, "--reason", "试", "--by", "张三")
        event = county.run("event", "甲厂", *words)
        assert event.code == 1 and "定稿" in event.err, (kind, event)
    undone = county.run("revert", 2, "--by", "张三", "--reason", "试")
    assert undone.code == 1 and "定稿" in undone.err
    assert county.everything() == before


def test_what_lies_outside_the_locked_period_goes_on(county: Office) -> None:
    county.publish("2023Q2")
    county.take(scores(8, 50, 80, 70, ytd=800))
    county.event("乙厂", "完工", "2023-08-31")
    county.event("丙厂", "调出", "2023-06-30")  # in force from 1 July on
    assert county.done("revert", 4, "--by", "张三", "--reason", "七月错了").code == 0
    assert sorted(county.rows("2023-08")) == ["乙厂", "甲厂"]
    assert county.board("2023Q2")["state"] == "published" and len(county.rows("2023Q2")) == 3


def test_a_sheet_that_says_what_stands_may_be_handed_in_for_a_locked_month(county: Office) -> None:
    county.publish("2023Q2")
    assert county.take(scores(5, 90, 80, 70, ytd=500))["state"] == "unchanged"


def test_a_reopened_period_shows_corrected_beside_published(county: Office) -> None:
    county.publish("2023Q2")
    drafted = county.run("reopen", "--programme", "T", "--period", "2023Q2", "--by", "张三", "--reason", "五月漏报")
    assert drafted.code == 3
    assert county.try_import(scores(5, 60, 80, 70, ytd=500)).code == 1  # not signed yet
    words = ("--period", "2023Q2", "--by", "李主任", "--reason", "五月漏报")
    assert county.run("reopen", "--programme", "T", *words).code == 0
    assert county.board("2023Q2")["state"] == "published"  # nothing has moved yet
    county.take(scores(5, 60, 80, 70, ytd=500))
    board = county.board("2023Q2")
    assert (board["state"], board["label"]) == ("corrected", "更正数（更正单第1号）")
    rows = {row["name"]: row for row in board["rows"]}
    # 甲厂: (90 + 60 + 90) ÷ 3 = 80.00, no longer ahead of 乙厂
    assert [(rows[name]["rank"], rows[name]["score"]) for name in ("甲厂", "乙厂", "丙厂")] == [
        (1, "80.00"), (1, "80.00"), (3, "70.00"),
    ]  # fmt: skip
    assert [(rows[name]["published_rank"], rows[name]["published_score"]) for name in ("甲厂", "乙厂", "丙厂")] == [
        (1, "90.00"), (2, "80.00"), (3, "70.00"),
    ]  # fmt: skip
    county.publish("2023Q2")
    again = county.board("2023Q2")
    assert again["state"] == "corrected"
    assert [row["published_score"] for row in again["rows"]] == ["90.00", "80.00", "70.00"] or {
        row["name"]: row["published_score"] for row in again["rows"]
    } == {"甲厂": "90.00", "乙厂": "80.00", "丙厂": "70.00"}
    assert county.try_import(scores(5, 61, 80, 70, ytd=500)).code == 1  # locked again


def test_the_year_counts_a_published_quarter_as_published_and_a_corrected_one_as_corrected(county: Office) -> None:
    county.publish("2023Q2")
    assert county.rows("2023")["甲厂"]["score"] == "90.00"
    county.reopen("2023Q2")
    county.take(scores(5, 60, 80, 70, ytd=500))
    # Q2 80.00 × 20 % + Q3 90.00 × 30 % over 50 % = 86.00
    row = county.rows("2023")["甲厂"]
    assert (row["quarters"]["Q2"], row["quarters"]["Q3"], row["score"]) == ("80.00", "90.00", "86.00")
    receipt = county.receipt("甲厂", "2023")
    assert (receipt["score"], [one["score"] for one in receipt["quarters"]]) == ("86.00", ["80.00", "90.00"])


def test_as_of_a_day_before_anything_was_recorded_the_board_is_empty(county: Office) -> None:
    county.publish("2023Q2")
    before = county.board("2023Q2", "--as-of", yesterday())
    assert (before["rows"], before["state"], before["as_of"]) == ([], "interim", yesterday())
    now = county.board("2023Q2", "--as-of", today())
    assert (now["state"], now["as_of"], len(now["rows"])) == ("published", today(), 3)
    assert {**now, "as_of": None} == county.board("2023Q2")
    assert county.alerts("2023-06", "--as-of", yesterday())["rows"] == []
    assert county.alerts("2023-06", "--as-of", today())["state"] == "published"


def test_a_month_published_alone_is_locked_and_the_others_are_not(county: Office) -> None:
    county.publish("2023-05")
    assert county.try_import(scores(5, 1, 2, 3)).code == 1
    assert county.take(scores(6, 1, 2, 3, ytd=650))["state"] == "committed"
    assert county.board("2023-05")["label"] == "通报数，参考"


def test_a_quarter_that_has_not_begun_and_a_period_of_another_year_cannot_be_published(county: Office) -> None:
    for period, code in (("2023Q4", 1), ("2023-12", 1), ("2022Q4", 2), ("2023Q5", 2), ("一季度", 2)):
        outcome = county.run("publish", "--programme", "T", "--period", period, "--by", "张三")
        assert outcome.code == code, (period, outcome)
        assert outcome.err.strip().count("\n") == 0


def test_what_is_published_verifies(county: Office) -> None:
    county.publish("2023Q2")
    county.reopen("2023Q2")
    county.take(scores(5, 60, 80, 70, ytd=500))
    county.publish("2023Q2")
    assert county.run("verify").code == 0
