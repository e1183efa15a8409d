"""The board of a kind as a workbook (导出): the screen's rows, columns and order.

Source: DESIGN §5 (an export equals the screen), SECURITY C5 and E1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.publications.exports import MONEY, STATES, WHOLE, Column, Export, Row, period_words

NOT_JUDGED = "本项不计"


def board_export(board: Mapping[str, Any], group: str = "") -> Export:
    """One kind's board in a period, of one peer group when named; a part that is not judged says so in words."""
    label = board["label"] or STATES[board["state"]]
    as_of = f" 历史查询（当日所见）{board['as_of']}" if board.get("as_of") else ""
    has_groups = any(row["group"] for row in board["rows"])
    columns = [
        Column("名次", lambda row: row["rank"], 8, WHOLE),
        Column(board["kind_label"], lambda row: row["name"], 24),
        Column("得分", lambda row: row["score"], 10, MONEY),
        *([Column("同类", lambda row: row["group"], 16)] if has_groups else []),
        *(Column(_heading(part), _points(place), 14) for place, part in enumerate(board["columns"])),
        *([] if board["is_open_ended"] else [Column("已评满分", lambda row: row["judged_marks"], 10, WHOLE)]),
        Column("计算", lambda row: row["formula"], 48),
    ]
    return Export(
        title=f"单位考核 {board['name']} {period_words(board['period'])} {label}{as_of}",
        note=f"考核办法：{board['rulebook']}。{board['note']}",
        columns=columns,
        rows=[row for row in board["rows"] if not group or row["group"] == group],
    )


def _heading(part: Mapping[str, Any]) -> str:
    return part["name"] if part["full_marks"] is None else f"{part['name']}（{part['full_marks']}分）"


def _points(place: int) -> Callable[[Row], Any]:
    """The part's points; 本项不计 in words, so that an empty cell means that it is not the viewer's to see."""

    def value(row: Row) -> Any:
        if not row["has_details"]:
            return None
        points = row["parts"][place]["points"]
        return NOT_JUDGED if points is None else float(points)

    return value
