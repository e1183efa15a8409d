"""得分明细 (CONTRACTS): every figure down to file, sheet, cell and uploader."""

import hashlib

import pytest

from app.errors import NotFound
from app.publications import schemas
from tests.app.county import County


def begin(county: County) -> None:
    county.project("甲")


@pytest.mark.database
def test_a_computed_month_leads_to_the_cell_it_came_from(county: County) -> None:
    upload = county.sheet("2023-04", {"甲": 300}, "2023-04-28", file="4月月报.xlsx")
    receipt = county.receipt("甲", "2023-04")
    schemas.ReceiptOut.model_validate(receipt)
    month = receipt["quarters"][0]["months"][0]
    assert (month["score"], month["source"], month["reason"]) == ("75.00", "computed", None)
    # 60 × 300/400 = 45.00; the sheet has no column for the physical progress, so 100 × 45 ÷ 60 = 75.00
    assert [(line["name"], line["points"], line["full_marks"]) for line in month["indicators"]] == [
        ("投资完成", "45.00", "60"),
        ("形象进度", None, "40"),
    ]
    assert month["indicators"][0]["reason"] == "完成300／应完成400万元，计45.00分"
    assert {name: month["evidence"][name] for name in ("upload", "file", "sheet", "cell", "uploader", "at")} == {
        "upload": upload,
        "file": "4月月报.xlsx",
        "sheet": "项目进度",
        "cell": "F5",
        "uploader": "统计员",
        "at": "2023-04-28T04:00:00Z",
    }
    assert len(month["evidence"]["sha256"]) == len(hashlib.sha256().hexdigest())


@pytest.mark.database
def test_a_year_shows_weights_effective_weights_and_the_other_policy(county: County) -> None:
    county.record("2023-04", {"甲": 300})  # 75.00
    county.record("2023-07", {"甲": 700})  # 100.00
    receipt = county.receipt("甲", "2023")
    # (75×20 + 100×30) ÷ 50 = 90.00; 20/50 = 40 %, 30/50 = 60 %
    assert (receipt["score"], receipt["formula"]) == ("90.00", "（75.00×20%＋100.00×30%）÷50%＝90.00分")
    assert [(one["quarter"], one["weight"], one["effective_weight"], one["score"]) for one in receipt["quarters"]] == [
        ("Q2", "20", "40.00", "75.00"),
        ("Q3", "30", "60.00", "100.00"),
    ]
    assert receipt["alternative"] == {"missing_quarter": "zero", "score": "90.00"}
    assert receipt["policy"]["missing_quarter"] == "renormalise"
    assert receipt["label"] == "中间值（三季度仅含7月）"


def test_a_figure_entered_by_hand_names_the_person(county: County) -> None:
    county.record("2023-04", {"甲": 300}, "2023-04-28")
    evidence = county.receipt("甲", "2023-04")["quarters"][0]["months"][0]["evidence"]
    assert (evidence["upload"], evidence["uploader"], evidence["at"]) == (None, "经办员", "2023-04-28T04:00:00Z")


def test_a_corrected_cell_names_the_correction_and_the_old_receipt_the_old_cell(county: County) -> None:
    first = county.sheet("2023-04", {"甲": 300}, "2023-04-28")
    second = county.sheet("2023-04", {"甲": 360}, "2023-05-06", file="4月更正.xlsx")

    def upload(as_of: str) -> int:
        found: int = county.receipt("甲", "2023-04", as_of=as_of)["quarters"][0]["months"][0]["evidence"]["upload"]
        return found

    assert (upload("2023-05-05"), upload("2023-05-06")) == (first, second)


def test_months_after_completion_lead_to_the_event(county: County) -> None:
    county.project("乙")
    county.record("2023-04", {"甲": 400, "乙": 400})
    county.record("2023-05", {"乙": 500})
    county.event("甲", "完工", "2023-04-20")
    months = county.receipt("甲", "2023Q2")["quarters"][0]["months"]
    assert [(one["month"], one["score"], one["source"]) for one in months] == [
        ("2023-04", "100.00", "computed"),  # its own month is scored normally
        ("2023-05", "100.00", "completed"),
    ]
    assert (months[1]["evidence"]["field"], months[1]["evidence"]["uploader"]) == ("event", "经办员")


def test_a_month_without_a_record_has_its_reason_and_no_evidence(county: County) -> None:
    county.project("乙")
    county.record("2023-04", {"乙": 400})
    receipt = county.receipt("甲", "2023-04")
    month = receipt["quarters"][0]["months"][0]
    assert (month["score"], month["reason"], month["evidence"]) == (None, "未督查", None)
    assert receipt["not_scored_reason"] == "未督查"


def test_an_empty_row_counts_0_by_policy_and_leads_to_its_row(county: County) -> None:
    upload = county.sheet("2023-04", {"甲": None}, "2023-04-28")
    month = county.receipt("甲", "2023-04")["quarters"][0]["months"][0]
    assert (month["score"], month["source"], month["reason"]) == ("0.00", "policy", "未报")
    assert (month["evidence"]["upload"], month["evidence"]["cell"]) == (upload, "F5")


def test_the_receipt_and_the_board_say_the_same_for_every_project_and_period(county: County) -> None:
    for number, name in enumerate(("乙", "丙", "丁")):
        county.project(name)
        county.record("2023-05", {name: 100 * number})
    county.record("2023-04", {"甲": 123, "乙": 333})
    county.record("2023-08", {"甲": 567, "丙": 789})
    for period in ("2023-04", "2023-05", "2023-08", "2023Q2", "2023Q3", "2023"):
        for row in county.board(period)["rows"]:
            receipt = county.receipt(row["name"], period)
            assert (receipt["score"], receipt["rank"]) == (row["score"], row["rank"])


def test_an_unknown_project_is_not_found(county: County) -> None:
    county.project("乙", day="2023-06-01")
    county.record("2023-04", {"甲": 400}, "2023-04-28")
    with pytest.raises(NotFound, match="没有这个项目，或不在您的查看范围内"):
        county.receipt("乙", "2023-04", as_of="2023-05-01")  # not registered by then
