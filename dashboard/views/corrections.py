"""更正前后: what a correction moved and why, the projects corrected apart from those that only moved with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.page import panel
from dashboard.components.table import Column, table
from dashboard.views.project import origin_words

Facts = Mapping[str, Any]
MOST_UNMOVED = 20
OWN_COLUMNS = (
    Column("name", "项目名称", "project", 190, is_pinned=True, on_phone=True, phone_width=92),
    Column("turn", "得分、名次", "sentence", 190, on_phone=True, phone_width=104),
    Column("group", "类别", width=170),
    Column("facts_words", "更正了什么", "sentence", 330, flex=3, on_phone=True, phone_width=170),
    Column("origins", "出处", "sentence", 300, flex=2),
)
OTHER_COLUMNS = (
    Column("name", "项目名称", "project", 230, is_pinned=True, on_phone=True, phone_width=130),
    Column("old_rank", "原名次", "number", 84, on_phone=True, phone_width=64),
    Column("new_rank", "现名次", "number", 84, on_phone=True, phone_width=64),
    Column("rank_change", "升降", "change", 80, on_phone=True, phone_width=64),
    Column("new_score", "得分", "number", 84),
    Column("group", "类别", width=180),
    Column("why", "原因", "sentence", 320, flex=2),
)


def moved(place: Place, changes: Facts) -> list[Any]:
    """The panels of a correction; none where a period has not been corrected."""
    if not changes["before"]:
        return []
    own = [row for row in changes["rows"] if row["is_own"]]
    others = [row for row in changes["rows"] if not row["is_own"]]
    return [
        _own(place, changes, own),
        _others(place, changes, others) if others else None,
        _unmoved(changes["unmoved"]) if changes["unmoved"] else None,
    ]


def _own(place: Place, changes: Facts, rows: Sequence[Facts]) -> html.Section:
    lines = [
        {
            "id": row["id"],
            "name": row["name"],
            "turn": turn_words(row),
            "group": row["group"] if not row["old_group"] else f"{row['old_group']} → {row['group']}",
            "facts_words": facts_words(row),
            "origins": origins_words([fact["origin"] for fact in row["facts"]]),
        }
        for row in rows
    ]
    grid = table(OWN_COLUMNS, lines, id="publications-own", is_phone=place.is_phone)
    body = [
        html.P(sides(changes), className="soft panel-words"),
        grid if lines else html.P("还没有项目的得分变动。", className="soft panel-words"),
    ]
    title = f"{changes['period_label']}更正前后：本项目数据有更正"
    return panel(title, body, aside=f"{len(lines)} 项", className="panel-table", id="publications-moved")


def _others(place: Place, changes: Facts, rows: Sequence[Facts]) -> html.Section:
    grid = table(
        OTHER_COLUMNS, [dict(row) for row in rows], id="publications-others", is_phone=place.is_phone, height="420px"
    )
    return panel("只因其他项目更正而变动名次", grid, aside=f"{len(rows)} 项", className="panel-table")


def _unmoved(rows: Sequence[Facts]) -> html.Section:
    """Facts that were changed and moved no score and no rank: said, so that nothing changed unseen."""
    lines = [
        html.Li(
            [
                html.A(row["name"], href=f"/projects/{row['id']}"),
                "：",
                "；".join(fact_words(one) for one in row["facts"]),
            ]
        )
        for row in rows[:MOST_UNMOVED]
    ]
    more = [html.Li(f"等 {len(rows)} 项", className="soft")] if len(rows) > MOST_UNMOVED else []
    body = html.Ul([*lines, *more], className="line-list")
    return panel("数据有变动，得分、名次没有变", body, aside=f"{len(rows)} 项", id="publications-unmoved")


def sides(changes: Facts) -> str:
    """Which two boards are compared, under which slips."""
    before, after = changes["before"], changes["after"]
    slips = "；".join(f"{one['label']}：{one['reason']}" for one in changes["reopenings"])
    stood = f"第{before['number']}次定稿（{number.instant(before['signed_at'])}签发）"
    stands = (
        f"第{after['number']}次定稿（{number.instant(after['signed_at'])}签发）"
        if after and after["signed_at"]
        else "更正稿（尚未签发）"
        if after
        else "现有数据（更正中，尚未重新定稿）"
    )
    book = "；考核办法也有变更" if changes["is_book_changed"] else ""
    return f"{stood} → {stands}{book}。{slips}"


def turn_words(row: Facts) -> str:
    """96.50 → 94.83（-1.67），第21名 → 第31名."""
    score = f"{row['old_score'] or row['old_reason'] or '无'} → {row['new_score'] or row['new_reason'] or '无'}"
    if row["score_change"] and row["score_change"] not in ("0", "0.00"):
        sign = "" if row["score_change"].startswith("-") else "+"
        score += f"（{sign}{row['score_change']}）"
    elif row["old_score"] == row["new_score"]:
        score = f"{row['new_score'] or '未计分'}，没有变"
    return "\n".join(
        part for part in (row["presence"], score, f"{_rank(row['old_rank'])} → {_rank(row['new_rank'])}") if part
    )


def _rank(rank: int | None) -> str:
    return "不排名" if rank is None else f"第{rank}名"


def facts_words(row: Facts) -> str:
    """Each changed fact on a line, then the months whose score moved."""
    lines = [fact_words(fact) for fact in row["facts"]] or [row["why"]]
    months = [
        f"{number.short_month(one['name'])}得分 {one['old'] or '未计分'} → {one['new'] or '未计分'}"
        for one in row["months"]
    ]
    return "\n".join([*lines, *months])


def fact_words(fact: Facts) -> str:
    place = f"{fact['key']} {fact['label']}".strip() if fact["field"] else fact["fact"]
    undone = "（撤销导入）" if fact["is_undone"] else ""
    return f"{place}：{_value(fact['old'])} → {_value(fact['new'])}{undone}"


def _value(value: str | None) -> str:
    return "（空）" if value is None else number.grouped(value) if _is_figure(value) else value


def _is_figure(value: str) -> bool:
    return value.replace(".", "", 1).lstrip("-").isdigit()


def origins_words(origins: Sequence[Facts]) -> str:
    """Each sheet or person on a line; the cells of one sheet together."""
    cells: dict[tuple[Any, ...], list[str]] = {}
    for one in origins:
        place = tuple(one[name] for name in ("file", "sheet", "uploader", "at"))
        cells.setdefault(place, []).append(one["cell"] or "")
    lines = [
        origin_words({"file": file, "sheet": sheet, "uploader": uploader, "at": at, "cell": "、".join(found)})
        for (file, sheet, uploader, at), found in cells.items()
    ]
    return "\n".join(lines) or number.ABSENT
