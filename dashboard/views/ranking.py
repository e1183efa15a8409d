"""分级排名: coverage first, then the ranks by peer group, then who leads, who trails and who came or went."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.address import Place, periods
from dashboard.components import number, states
from dashboard.components.coverage import coverage_names, coverage_strip
from dashboard.components.export import export_button, print_button
from dashboard.components.page import finder, head, panel, picker
from dashboard.components.table import Column, table

Board = Mapping[str, Any]
STATES = {"interim": "中间值", "published": "通报数", "corrected": "更正数"}
ALL = "全部类别"


def page(place: Place, board: Board, movement: Mapping[str, Any]) -> html.Div:
    """The whole page for one period's board (CONTRACTS `standings --json`) and what moved it (`standings/movement`)."""
    board = explained(board, movement)
    group = place.query.get("group")
    groups = list(dict.fromkeys(row["group"] for row in board["rows"]))
    rows = [row for row in board["rows"] if not group or row["group"] == group]
    controls = [
        period_picker(place),
        picker("group", group, groups, label="类别", placeholder=ALL, clearable=True, width=210),
        _targets(place, board),
        export_button("standings", programme=place.code, period=board["period"], group=group, as_of=board.get("as_of")),
        print_button(),
        html.A("定稿与更正", href=place.href("/publications", period=board["period"]), className="button no-print"),
    ]
    return html.Div(
        [
            head(
                "分级排名",
                subtitle=f"{number.period_words(board['period'])} · {board_label(board)}",
                source=f"各单位月报与督查组核实 · 考核办法 {board['rulebook_title']}第{board['rulebook_version']}版",
                controls=controls,
            ),
            panel(None, [coverage_strip(board["coverage"]), _coverage_names(board)], className="panel-tight"),
            panel(
                "排名",
                _ranks(place, board, rows),
                aside=[finder("ranking-table"), html.Span(_count(rows, board))],
                className="panel-table",
            ),
            html.Div([_red_list(board), _black_list(board), _movement(board, movement)], className="columns-3"),
        ]
    )


def _targets(place: Place, board: Board) -> html.A | None:
    """The way to 目标测算, which months have not."""
    if "-" in board["period"]:
        return None
    return html.A("目标测算", href=place.href("/whatif", period=board["period"]), className="button no-print")


def explained(board: Board, movement: Mapping[str, Any]) -> Board:
    """The board with 升降原因 and 相近名次 in each row, where there are such."""
    sentences = {row["code"]: row["sentence"] for row in movement["rows"]}
    near = {row["code"]: row for row in movement["bands"]}
    rows = board["rows"]
    if sentences:
        rows = [{**row, "movement": sentences.get(row["code"])} for row in rows]
    if near:
        rows = [_with_band(row, near.get(row["code"])) for row in rows]
    return {**board, "rows": rows}


def _with_band(row: Mapping[str, Any], band: Mapping[str, Any] | None) -> dict[str, Any]:
    found = band or {"words": None, "sentence": None}
    return {**row, "band": found["words"], "band_sentence": found["sentence"]}


def _coverage_names(board: Board) -> html.Div | None:
    return coverage_names(board) if board["rows"] else None


def period_picker(place: Place) -> html.Div:
    data = [
        {"group": kind, "items": [{"value": one, "label": number.period_words(one)} for one in found]}
        for kind, found in periods(place.programme)
    ]
    return picker("period", place.period, data, label="期间")


def board_label(board: Board) -> str:
    """What kind of figures these are, in the API's words: 通报数, 更正数, or what an interim board still lacks."""
    shown = board.get("label") or STATES[board["state"]]
    return f"{shown} · 历史查询（当日所见）{board['as_of']}" if board.get("as_of") else shown


def columns(board: Board) -> list[Column]:
    """The columns of a board, on screen and in Excel alike; published figures stand beside corrected ones."""
    is_year = "-" not in board["period"] and "Q" not in board["period"]
    found = [
        Column("rank", "名次", "number", 64, is_pinned=True, on_phone=True, phone_width=52),
        Column("name", "项目名称", "project", 250, is_pinned=True, on_phone=True, flex=None, phone_width=150),
        Column("score", "得分", "number", 82, on_phone=True, phone_width=76),
        Column("standing", "等次", width=_standing_width(board), tooltip="standing"),
        Column("change", "升降", "change", 76, on_phone=True, phone_width=70, tooltip="movement"),
    ]
    if any("band" in row for row in board["rows"]):
        found.append(Column("band", "相近名次", width=112, tooltip="band_sentence"))
    if board["state"] == "corrected":
        found += [
            Column("published_score", "通报得分", "number", 92),
            Column("published_rank", "通报名次", "number", 88),
        ]
    found += [
        Column("group", "类别", width=172),
        Column("responsible_unit", "责任单位", width=120),
        Column("lead_official", "包挂领导", width=100),
    ]
    if is_year:
        found.append(Column("overall_rank", "全县名次", "number", 88))
    names = {"Q1": "一季度", "Q2": "二季度", "Q3": "三季度", "Q4": "四季度"}
    begun = [name for name in names if any(row["quarters"].get(name) for row in board["rows"])]
    found += [Column(f"quarters.{name}", names[name], "number", 80) for name in begun]
    months = sorted({month for row in board["rows"] for month in row["months"]})
    found += [Column(f"months.{month}", number.short_month(month), "number", 76) for month in months]
    # Told apart only where scores are equal: invested over what was due, 1.0000 = on schedule.
    found.append(Column("tie_break", "同分比较", "number", 92))
    if any("movement" in row for row in board["rows"]):
        found.append(Column("movement", "升降原因", width=560, tooltip="movement"))
    return found


def _standing_width(board: Board) -> int:
    """As wide as its longest words: 优秀, or 不排名：考核期不足，单列."""
    longest = max((len(table_row(row)["standing"] or "") for row in board["rows"]), default=0)
    return max(96, 34 + 14 * longest)


def table_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the table and the export hold it: who is not ranked says why in place of the tier."""
    reason = row["not_scored_reason"]
    return dict(row) | {"standing": row["tier"] if row["rank"] is not None or not reason else f"不排名：{reason}"}


def _ranks(place: Place, board: Board, rows: Sequence[Mapping[str, Any]]) -> Any:
    if not rows:
        return states.empty("这一期还没有排名", "该期间没有已导入的月报。请先在「月报导入」导入当月进度表。")
    shown = columns(board)
    lines = [table_row(row) for row in rows]
    if place.is_phone:
        # 390 px hold four columns; the reason of an unscored project takes the place of its score.
        lines = [line | {"score": line["score"] or line["not_scored_reason"]} for line in lines]
    return table(shown, lines, id="ranking-table", is_phone=place.is_phone, height="620px")


def _count(rows: Sequence[Mapping[str, Any]], board: Board) -> str:
    ranked = sum(row["rank"] is not None for row in rows)
    full = f"，满分 {board['full_marks']} 项" if board["full_marks"] else ""
    return f"共 {len(rows)} 项，参加排名 {ranked} 项{full}"


def _names(board: Board, codes: Sequence[str]) -> list[Any]:
    """By group and rank, as on the board; the API has them in code order."""
    found = [row for row in board["rows"] if row["code"] in set(codes)]
    return [
        html.Li(
            [
                html.A(row["name"], href=f"/projects/{row['id']}"),
                html.Span(f"{row['group']} 第{row['rank']}名 {row['score']}", className="soft"),
            ]
        )
        for row in found
    ]


def _name_list(lines: Sequence[Any], nothing: str) -> Any:
    return html.Ul(list(lines), className="name-list") if lines else html.P(nothing, className="soft")


def _red_list(board: Board) -> html.Section:
    red, edge = _names(board, board["lists"]["red"]), _names(board, board["lists"]["edge"])
    body: list[Any] = [_name_list(red, "本期没有项目列入红榜。")]
    if edge:
        body += [html.H3("并列待办公室确定"), html.Ul(edge, className="name-list")]
    return panel("红榜", body, aside=f"{len(red)} 项", id="ranking-red")


def _black_list(board: Board) -> html.Section:
    black = _names(board, board["lists"]["black"])
    return panel("黑榜", _name_list(black, "本期没有项目列入黑榜。"), aside=f"{len(black)} 项", id="ranking-black")


def _movement(board: Board, movement: Mapping[str, Any]) -> html.Section:
    """升降: the largest moves with what made them, and who joined or left since the board before."""
    moved = sorted((row for row in board["rows"] if row["change"]), key=lambda row: -abs(row["change"]))[:6]
    lines = [
        html.Li(
            [
                html.A(row["name"], href=f"/projects/{row['id']}"),
                html.Span(
                    f"上升{row['change']}位" if row["change"] > 0 else f"下降{-row['change']}位",
                    className="change-up" if row["change"] > 0 else "change-down",
                ),
                html.P(row["movement"], className="soft name-why") if row.get("movement") else None,
            ]
        )
        for row in moved
    ]
    nothing = "名次没有变动。" if movement["previous"] else "年度榜和每年的第一期没有上期可比。"
    body: list[Any] = [_name_list(lines, nothing)]
    for title, key in (("新进入", "joined"), ("已退出", "left")):
        if board[key]:
            body.append(html.H3(f"{title} {len(board[key])} 项"))
            body.append(html.P("、".join(f"{one['name']}（{one['reason']}）" for one in board[key])))
    if movement["previous"]:
        body.append(html.P(movement["method"], className="soft name-why"))
    if movement["bands"]:
        body.append(html.P(movement["bands_method"], className="soft name-why"))
    against = f"与{movement['previous_label']}相比" if movement["previous"] else None
    return panel("升降原因", body, aside=against, id="ranking-movement")
