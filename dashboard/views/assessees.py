"""单位考核: who stands where by peer group, the parts as columns; what is not judged is said in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number, states
from dashboard.components.export import export_button, print_button
from dashboard.components.page import finder, head, panel, picker
from dashboard.components.table import Column, table
from dashboard.views.ranking import board_label, period_picker

Board = Mapping[str, Any]
NOT_JUDGED = "本项不计"
ALL = "全部同类"
FOREIGN = "别的单位只显示通报的名次和得分。"


def page(place: Place, board: Board) -> html.Div:
    """The whole page for one kind's board in a period (`GET /api/assessees`)."""
    group = place.query.get("group")
    groups = [name for name in dict.fromkeys(row["group"] for row in board["rows"]) if name]
    shown = [name for name in dict.fromkeys(row["group"] for row in board["rows"]) if not group or name == group]
    return html.Div(
        [
            head(
                "单位考核",
                subtitle=f"{board['name'] or board['kind_label']} · {number.period_words(board['period'])} · "
                f"{board_label(board)}",
                source=f"{records(board['columns'])} · 考核办法 {board['rulebook_words']}",
                controls=_controls(place, board, group, groups),
            ),
            html.P(board["note"], className="notice") if board["note"] and board["rows"] else None,
            html.P(FOREIGN, className="soft") if any(not row["has_details"] for row in board["rows"]) else None,
            *(_group(place, board, name, order) for order, name in enumerate(shown)),
            None if board["rows"] else _nothing(board),
        ]
    )


def records(parts: Sequence[Mapping[str, Any]]) -> str:
    """The records behind some parts, each named once."""
    return "、".join(dict.fromkeys(name for part in parts for name in part["record"].split("、"))) or "尚无"


def _controls(place: Place, board: Board, group: str | None, groups: Sequence[str]) -> list[Any]:
    kinds = [{"value": one["kind"], "label": one["name"]} for one in board["kinds"]]
    if board["kind"] not in [one["value"] for one in kinds]:
        kinds.append({"value": board["kind"], "label": board["kind_label"]})
    chosen = picker("group", group, groups, label="同类", placeholder=ALL, clearable=True, width=150)
    return [
        picker("kind", board["kind"], kinds, label="考核对象", width=170),
        period_picker(place),
        chosen if len(groups) > 1 else None,
        export_button(
            "assessees",
            programme=place.code,
            period=board["period"],
            kind=board["kind"],
            group=group,
            as_of=board.get("as_of"),
        )
        if board["rows"]
        else None,
        print_button(),
    ]


def _nothing(board: Board) -> html.Section:
    return panel(None, states.empty("这一期没有可以显示的考核结果", board["note"]))


def columns(board: Board, *, is_phone: bool = False) -> list[Column]:
    """Rank, name, score, then a column for each part with its full marks, as in Excel."""
    wide = 1 if is_phone else None
    found = [
        Column("rank", "名次", "number", 64, is_pinned=True, on_phone=True, phone_width=56),
        Column("name", board["kind_label"], "link", 190, is_pinned=True, on_phone=True, flex=wide, phone_width=150),
        Column("score", "得分", "number", 92, on_phone=True, phone_width=96),
    ]
    found += [
        Column(f"part{place}", _heading(part), "number", 118, tooltip=f"why{place}")
        for place, part in enumerate(board["columns"])
    ]
    if not board["is_open_ended"]:
        found.append(Column("judged_marks", "已评满分", "number", 92))
    return [*found, Column("formula", "计算", width=260, flex=1, tooltip="formula")]


def _heading(part: Mapping[str, Any]) -> str:
    return part["name"] if part["full_marks"] is None else f"{part['name']} {part['full_marks']}"


def table_row(place: Place, board: Board, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the table holds it: its name leads to its receipt, a part that is not judged says so."""
    line: dict[str, Any] = {
        "rank": row["rank"],
        "name": f"{row['name']}（本单位）" if row["is_own"] and board["kind"] != "project" else row["name"],
        "score": row["score"] or row["not_scored_reason"],
        "judged_marks": row["judged_marks"],
        "formula": row["formula"],
        "href": receipt_href(place, board, row) if row["has_details"] else None,
    }
    for order, part in enumerate(row["parts"]):
        line |= {f"part{order}": part["points"] or NOT_JUDGED, f"why{order}": part["sentence"]}
    return line


def receipt_href(place: Place, board: Board, row: Mapping[str, Any]) -> str:
    return place.href(
        "/assessees/receipt", kind=board["kind"], period=board["period"], key=row["key"], as_of=board.get("as_of")
    )


def _group(place: Place, board: Board, name: str, order: int) -> html.Section:
    rows = [row for row in board["rows"] if row["group"] == name]
    ranked = sum(row["rank"] is not None for row in rows)
    identity = f"assessees-table-{order}"
    size = rows[0]["group_size"]
    aside: Any = f"共 {size} 个，" + (f"参加排名 {ranked} 个" if len(rows) == size else "只列您可以查看的")
    if len(rows) > 20:
        aside = [finder(identity), html.Span(aside)]
    lines = [table_row(place, board, row) for row in rows]
    body = table(columns(board, is_phone=place.is_phone), lines, id=identity, is_phone=place.is_phone, height="620px")
    return panel(name or "排名", body, aside=aside, className="panel-table")
