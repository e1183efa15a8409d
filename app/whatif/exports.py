"""目标测算 as a workbook (导出): the rows, columns and order of the screen's table."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from app.publications.exports import MONEY, WHOLE, Column, Export

Row = Mapping[str, Any]


def overview_export(overview: Mapping[str, Any], group: str = "") -> Export:
    """The overview (its JSON) of one peer group when named."""
    return Export(
        title=f"目标测算 {overview['period_label']}",
        note=f"考核办法：{overview['rulebook']}。{''.join(overview['notes'])}",
        columns=_columns(overview),
        rows=[row for row in overview["rows"] if not group or row["group"] == group],
    )


def _columns(overview: Mapping[str, Any]) -> list[Column]:
    tiers = [Column(f"{one['tier']}还需每月", _tier(one["tier"]), 14) for one in overview["tiers"]]
    return [
        Column("名次", _field("rank"), 8, WHOLE),
        Column("项目名称", _field("name"), 32),
        Column("得分", _field("score"), 10, MONEY),
        Column("最低可到", _field("low"), 11, MONEY),
        Column("最高可到", _field("high"), 11, MONEY),
        Column("最好名次", _field("best"), 10, WHOLE),
        Column("最差名次", _field("worst"), 10, WHOLE),
        *tiers,
        Column("说明", _field("status_sentence"), 40),
        Column("类别", _field("group"), 22),
        Column("责任单位", _field("responsible_unit"), 15),
        Column("包挂领导", _field("lead_official"), 12),
    ]


def _field(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _tier(name: str) -> Callable[[Row], Any]:
    """A figure where one is needed, so that the column sorts; else the verdict's words."""

    def value(row: Row) -> Any:
        found = row["tiers"][name]
        return found["words"] if found["month_score"] is None else Decimal(found["month_score"])

    return value
