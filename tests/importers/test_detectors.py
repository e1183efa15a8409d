"""Every detector of nonsense (合理性核对): a sheet that makes it speak, and its twin on which it is silent.

The two sheets of a pair differ in one cell. What needs last month's stored figures is in test_sense.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from workbooks import read

from importers import sense
from importers.result import Reading

Line = list[Any]
JUNE: Line = ["2023年6月重点项目进展情况表"]
MONEY: Line = ["序号", "项目名称", "总投资", "年度计划投资", "累计完成投资"]
OTHERS: list[Line] = [[n, f"其他{n}", 9000 + n, 4000 + n, 2000 + n] for n in range(2, 6)]

# code → (where it speaks, header, the speaking line, the silent line)
PAIRS: dict[str, tuple[str, Line, Line, Line]] = {
    # 亿 written where 万 is meant: 0.2 for 2000
    "unit_slip": ("E3", MONEY, [1, "甲厂", 8000, 4000, 0.2], [1, "甲厂", 8000, 4000, 20]),
    "unit_lost": ("E3", MONEY, [1, "甲厂", 8000, 4000, "11.3元"], [1, "甲厂", 8000, 4000, "113000元"]),
    # six times the plan; twice the plan is a notice only
    "far_above_plan": ("E3", MONEY, [1, "甲厂", 80000, 4000, 24000], [1, "甲厂", 80000, 4000, 4800]),
    "above_plan": ("E3", MONEY, [1, "甲厂", 80000, 4000, 8000], [1, "甲厂", 80000, 4000, 7999]),
    "plan_above_total": ("D3", MONEY, [1, "甲厂", 3999, 4000, 2000], [1, "甲厂", 4000, 4000, 2000]),
    "negative": ("E3", MONEY, [1, "甲厂", 8000, 4000, -1], [1, "甲厂", 8000, 4000, 0]),
    # 2000 of 4000 is 50 %: 50.1 is rounding, 50.2 is not
    "rate_differs": (
        "F3",
        [*MONEY, "完成率（%）"],
        [1, "甲厂", 8000, 4000, 2000, 50.2],
        [1, "甲厂", 8000, 4000, 2000, 50.1],
    ),
    "month_above_ytd": (
        "F3",
        [*MONEY, "本月完成投资"],
        [1, "甲厂", 8000, 4000, 2000, 2001],
        [1, "甲厂", 8000, 4000, 2000, 2000],
    ),
    "month_identity": (
        "F3",
        [*MONEY, "本月完成投资", "上月累计完成投资"],
        [1, "甲厂", 8000, 4000, 2000, 500, 1502],
        [1, "甲厂", 8000, 4000, 2000, 500, 1501],  # within 1万元: rounding
    ),
    "ytd_below_previous": (
        "E3",
        [*MONEY, "上月累计完成投资"],
        [1, "甲厂", 8000, 4000, 2000, 2001],
        [1, "甲厂", 8000, 4000, 2000, 2000],
    ),
    "full_beside_suspended": (
        "F3",
        [*MONEY, "完成率", "形象进度"],
        [1, "甲厂", 8000, 4000, 4000, "100.0%", "项目暂缓"],
        [1, "甲厂", 8000, 4000, 4000, "100.0%", "项目竣工"],
    ),
    "not_started_with_investment": (
        "F3",
        [*MONEY, "项目状态"],
        [1, "甲厂", 8000, 4000, 2000, "未开工"],
        [1, "甲厂", 8000, 4000, 2000, "已开工"],
    ),
    "completed_below_full": (
        "F3",
        [*MONEY, "形象进度百分比", "项目状态"],
        [1, "甲厂", 8000, 4000, 2000, 99, "已完工"],
        [1, "甲厂", 8000, 4000, 2000, 100, "已完工"],
    ),
    "progress_against_state": (
        "F3",
        [*MONEY, "形象进度", "项目状态"],
        [1, "甲厂", 8000, 4000, 2000, "主体施工", "已完工"],
        [1, "甲厂", 8000, 4000, 2000, "主体施工", "在建"],
    ),
    "percent_range": (
        "F3",
        [*MONEY, "形象进度百分比"],
        [1, "甲厂", 8000, 4000, 2000, 101],
        [1, "甲厂", 8000, 4000, 2000, 100],
    ),
    "start_after_finish": (
        "G3",
        [*MONEY, "计划开工时间", "计划竣工时间"],
        [1, "甲厂", 8000, 4000, 2000, "2023年7月", "2023年6月"],
        [1, "甲厂", 8000, 4000, 2000, "2023年6月", "2023年6月"],
    ),
    "score_range": ("F3", [*MONEY, "得分"], [1, "甲厂", 8000, 4000, 2000, 100.5], [1, "甲厂", 8000, 4000, 2000, 100]),
    "stoppage": (
        "F3",
        [*MONEY, "督查情况"],
        [1, "甲厂", 8000, 4000, 2000, "停工"],
        [1, "甲厂", 8000, 4000, 2000, "无正当理由停工"],
    ),
}


def heard(found: Reading) -> set[tuple[str, str | None]]:
    """Codes and cells, but for the standing notice that last month's column is only compared."""
    faults = [*(fault for row in found.rows for fault in row.faults), *found.faults]
    said = {(fault.code, fault.cell) for fault in faults if fault.code != "column_compared"}
    return said | {(asked.code, asked.cell) for asked in found.questions}


@pytest.mark.parametrize("code", PAIRS)
def test_it_speaks_at_the_cell_and_is_silent_on_the_twin(code: str) -> None:
    cell, header, speaking, silent = PAIRS[code]
    assert heard(read({"表": [JUNE, header, speaking, *OTHERS]})) == {(code, cell)}
    assert heard(read({"表": [JUNE, header, silent, *OTHERS]})) == set()


def test_a_total_that_is_no_sum_and_one_that_is() -> None:
    rows: list[Line] = [[1, "甲厂", 8000, 4000, 2000], [2, "乙路", 6000, 3000, 1500]]
    for label in (["合计", None], ["小计", None]):
        wrong = read({"表": [JUNE, MONEY, *rows, [*label, 14000, 7000, 3501]]})
        right = read({"表": [JUNE, MONEY, *rows, [*label, 14000, 7000, 3500]]})
        assert (heard(wrong), heard(right)) == ({("sum_differs", "E5")}, set())


def test_a_count_of_projects_that_is_not_theirs_and_one_that_is() -> None:
    rows: list[Line] = [[1, "甲厂", 8000, 4000, 2000], [2, "乙路", 6000, 3000, 1500]]
    for label, cell in (["一、工业项目（{}项）"], "A3"), (["一", "工业项目{}个"], "B3"), (["合计", "{}项"], "B3"):
        wrong, right = ([text.format(count) for text in label] for count in (3, 2))
        assert heard(read({"表": [JUNE, MONEY, wrong, *rows]})) == {("count_differs", cell)}
        assert heard(read({"表": [JUNE, MONEY, right, *rows]})) == set()


def test_a_sheet_in_the_wrong_unit_and_one_in_the_right() -> None:
    rows: list[Line] = [[n, f"项目{n}", 0.8, 0.4, 0.2] for n in range(1, 5)]
    wrong = read({"表": [JUNE, ["单位：万元"], MONEY, *rows]})
    right = read({"表": [JUNE, ["单位：亿元"], MONEY, *rows]})
    assert (heard(wrong), heard(right)) == ({("unit", None)}, set())


def test_every_detector_of_the_sheet_itself_has_its_pair() -> None:
    """What `sense` says or asks about a sheet, by its code in the source; `compare` has its tests in test_sense."""
    source = Path(sense.__file__).read_text(encoding="utf-8")
    alone, compared = source.split("# the sheet against what is stored")[0], {"plan_changed", "ytd_lower"}
    codes = set(re.findall(r'(?:notice|ask)\(\s*"([a-z_]+)"', alone))
    assert codes - compared <= PAIRS.keys()
    assert {"unit_slip", "month_identity", "progress_against_state"} <= codes
