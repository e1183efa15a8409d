"""项目档案 (list): every project one may see, by class, with its light and who is responsible."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.page import finder, head, panel, picker
from dashboard.components.table import Column, table

Row = Mapping[str, Any]
COLUMNS = (
    Column("code", "编号", width=104),
    Column("name", "项目名称", "project", 230, on_phone=True, is_pinned=True, phone_width=160),
    Column("light", "灯", "light", 150, on_phone=True, phone_width=120),
    Column("state", "状态", width=100),
    Column("class", "类别", width=180),
    Column("level", "级别", width=90),
    Column("responsible_unit", "责任单位", width=140),
    Column("lead_official", "包挂领导", width=100),
    Column("total_investment_wan", "总投资（万元）", "amount", 130),
    Column("annual_plan_wan", "年度计划（万元）", "amount", 130),
    Column("five_ones", "五个一", width=86),
)


def page(place: Place, projects: Mapping[str, Any]) -> html.Div:
    """The list as of its month; `class` in the address narrows it."""
    wanted = place.query.get("class")
    rows = [row for row in projects["rows"] if not wanted or row["class"] == wanted]
    classes = list(dict.fromkeys(row["class"] for row in projects["rows"]))
    incomplete = sum(not row["five_ones_complete"] for row in rows)
    aside = f"共 {len(rows)} 项" + (f"，其中 {incomplete} 项「五个一」不全" if incomplete else "")
    return html.Div(
        [
            head(
                "项目档案",
                subtitle=f"{place.programme['name']} · 截至{number.month_words(projects['month'])}",
                source="年度计划表、责任分解表、月度进展表",
                controls=[
                    picker("class", wanted, classes, label="类别", placeholder="全部类别", clearable=True, width=210)
                ],
            ),
            panel(
                "项目清单",
                _list(place, rows),
                aside=[finder("projects-table"), html.Span(aside)],
                className="panel-table",
            ),
        ]
    )


def table_row(row: Row) -> dict[str, Any]:
    return dict(row) | {
        "five_ones": "齐全" if row["five_ones_complete"] else "不全",
        "light_words": row["light_word"],
    }


def _list(place: Place, rows: Sequence[Row]) -> Any:
    if not rows:
        return states.empty("没有符合条件的项目", "项目由年度计划表登记，请在「月报导入」导入年度计划表和责任分解表。")
    shown = [table_row(row) for row in rows]
    # Many counties give no level; an empty column would only stand in the way.
    columns = [column for column in COLUMNS if column.field != "level" or any(row["level"] for row in rows)]
    return table(columns, shown, id="projects-table", is_phone=place.is_phone, height="calc(100vh - 250px)")
