"""Boards as workbooks (导出): the screen's rows, columns and order; figures as numbers, no text that would run.

Source: DESIGN §5 (an export equals the screen), SECURITY C5 and E1: every export goes through here and is on the trail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import Any, Protocol

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from app.publications.alert_changes import sentences
from importers import inert

Row = Mapping[str, Any]
LIGHTS = {"red": "红灯", "yellow": "黄灯", "green": "绿灯", "grey": "灰灯", "none": "不亮灯"}  # the gravest first
QUARTERS = {"Q1": "一季度", "Q2": "二季度", "Q3": "三季度", "Q4": "四季度"}
STATES = {"interim": "中间值", "published": "通报数", "corrected": "更正数"}
MONEY, WHOLE, TIE_BREAK = "#,##0.00", "0", "0.0000"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the cell's value of a row, its width in characters, the format of its figures."""

    heading: str
    value: Callable[[Row], Any]
    width: int = 12
    number_format: str | None = None


class Exported(Protocol):
    """A file to be taken away, with what the trail says of it."""

    @property
    def title(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def rows(self) -> Sequence[Row]: ...
    def workbook(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Export:
    """A sheet to be written: `title` is also the file's name."""

    title: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    also: "Export | None" = None  # on a second sheet
    sheet_name: str = "导出"

    @property
    def filename(self) -> str:
        return f"{self.title.replace('/', '-')}.xlsx"

    def workbook(self) -> bytes:
        """Title, note, headings in row 3, then the rows."""
        book = Workbook()
        book.remove(book.worksheets[0])
        self._fill(book)
        held = BytesIO()
        book.save(held)
        return held.getvalue()

    def _fill(self, book: Workbook) -> None:
        sheet = book.create_sheet(self.sheet_name)
        inert.put(sheet["A1"], self.title)
        inert.put(sheet["A2"], self.note)
        sheet["A1"].font = Font(bold=True, size=14)
        for place, column in enumerate(self.columns, start=1):
            cell = sheet.cell(3, place, column.heading)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EAF1FA")
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            sheet.column_dimensions[get_column_letter(place)].width = column.width
        for line, row in enumerate(self.rows, start=4):
            for place, column in enumerate(self.columns, start=1):
                cell = sheet.cell(line, place)
                inert.put(cell, value_of(column, row))
                cell.alignment = Alignment(vertical="top", wrap_text=column.number_format is None)
                if column.number_format and cell.value is not None:
                    cell.number_format = column.number_format
        sheet.freeze_panes = "C4"
        if self.also is not None:
            self.also._fill(book)


def value_of(column: Column, row: Row) -> Any:
    """The cell as Excel holds it: the API's decimal text becomes a number, absent stays empty."""
    found = column.value(row)
    if found is None or found == "":
        return None
    return Decimal(str(found)) if column.number_format else found


def standings_export(board: Mapping[str, Any], group: str = "") -> Export:
    """分级排名 of one board (the standings JSON), of one peer group when named."""
    return Export(
        title=f"分级排名 {period_words(board['period'])} {_board_words(board)}",
        note=f"考核办法：{board['rulebook_title']}第{board['rulebook_version']}版",
        columns=_standings_columns(board),
        rows=[row for row in board["rows"] if not group or row["group"] == group],
    )


def _board_words(board: Mapping[str, Any]) -> str:
    as_of = f" 历史查询（当日所见）{board['as_of']}" if board.get("as_of") else ""
    return f"{board['label'] or STATES[board['state']]}{as_of}"


def _standings_columns(board: Mapping[str, Any]) -> list[Column]:
    """As on screen: published figures beside corrected ones, the county's rank in a year, the periods begun."""
    columns = [
        Column("名次", _field("rank"), 8, WHOLE),
        Column("项目名称", _field("name"), 32),
        Column("得分", _field("score"), 10, MONEY),
        Column("等次", _tier, 14),
        Column("升降", _field("change"), 8, WHOLE),
    ]
    if any("band" in row for row in board["rows"]):
        columns.append(Column("相近名次", _field("band"), 14))
    if board["state"] == "corrected":
        columns += [
            Column("通报得分", _field("published_score"), 11, MONEY),
            Column("通报名次", _field("published_rank"), 11, WHOLE),
        ]
    columns += [
        Column("类别", _field("group"), 22),
        Column("责任单位", _field("responsible_unit"), 15),
        Column("包挂领导", _field("lead_official"), 12),
    ]
    if "-" not in board["period"] and "Q" not in board["period"]:
        columns.append(Column("全县名次", _field("overall_rank"), 11, WHOLE))
    begun = [name for name in QUARTERS if any(row["quarters"].get(name) for row in board["rows"])]
    columns += [Column(QUARTERS[name], _part("quarters", name), 10, MONEY) for name in begun]
    months = sorted({month for row in board["rows"] for month in row["months"]})
    columns += [Column(f"{int(month[5:])}月", _part("months", month), 10, MONEY) for month in months]
    columns.append(Column("同分比较", _field("tie_break"), 12, TIE_BREAK))
    if any("movement" in row for row in board["rows"]):
        columns.append(Column("升降原因", _field("movement"), 60))
    return columns


def _field(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _part(name: str, key: str) -> Callable[[Row], Any]:
    return lambda row: row[name].get(key)


def _tier(row: Row) -> Any:
    """Who is not ranked says why in place of the tier."""
    reason = row["not_scored_reason"]
    return row["tier"] if row["rank"] is not None or not reason else f"不排名：{reason}"


FILTERS = {"class": "group", "leader": "lead_official", "unit": "responsible_unit", "light": "light"}


def alerts_export(alerts: Mapping[str, Any], wanted: Mapping[str, str]) -> Export:
    """风险预警 of one month (the alerts JSON): the rows that FILTERS, outlook and obstacle leave, red first."""
    order = list(LIGHTS)
    outlook, kind = wanted.get("outlook"), wanted.get("obstacle")
    rows = [
        row
        for row in alerts["rows"]
        if all(row[field] == wanted[name] for name, field in FILTERS.items() if wanted.get(name))
        and (not outlook or (row["outlook"] or "none") == outlook)
        and (not kind or kind in [one["kind"] or UNNAMED for one in row.get("obstacles") or ()])
    ]
    return Export(
        title=f"风险预警 {period_words(alerts['month'])}",
        note="数据来源：月度进展表、督查组核实、问题台账",
        columns=ALERT_COLUMNS,
        rows=sorted(rows, key=lambda row: order.index(row["light"])),
    )


def with_changes(alerts: Export, told: Mapping[str, Any]) -> Export:
    """风险预警 with 本月变化 on a second sheet: every change of the projects one may see, whatever the filters."""
    rows = [{**row, "heading": heading} for heading, row in sentences(told)]
    columns = (
        Column("变化", _field("heading"), 24),
        Column("项目名称", _field("name"), 28),
        Column("可引用的文字", _field("sentence"), 110),
    )
    return replace(alerts, also=Export("本月变化", told["head"], columns, rows, sheet_name="本月变化"))


def _light(row: Row) -> str:
    """A light in words; of a project that is not judged, with the light it had."""
    before = f"（前{LIGHTS[row['last_light']]}）" if row["light"] == "grey" and row["last_light"] else ""
    return f"{row['light_word']}{before}"


def _why(row: Row) -> str:
    """The sentences behind the light, the gravest first; for a light that needs none, nothing."""
    order = list(LIGHTS)
    reasons = sorted(row["reasons"], key=lambda reason: order.index(reason["light"]))
    telling = [reason for reason in reasons if reason["light"] == row["light"]] or reasons
    return "\n".join(reason["sentence"] for reason in telling) if row["light"] != "none" else ""


FEASIBLE = {True: "来得及", False: "难以来得及", None: "资料不足"}
UNNAMED = "未分类"  # a matter without a kind
PLANNED = ("计划开工", "计划竣工")  # known to the month


def _said(name: str) -> Callable[[Row], Any]:
    """A sentence or figure that issues of older versions do not have."""
    return lambda row: row.get(name) or None


def _feasible(row: Row) -> str | None:
    return FEASIBLE[row["is_feasible"]] if row.get("needed_sentence") else None


def _next(row: Row) -> str | None:
    if not row.get("next_on"):
        return None
    year, month, day = row["next_on"].split("-")
    on = f"{year}年{int(month)}月" + ("" if row["next_what"] in PLANNED else f"{int(day)}日")
    return f"{on} {row['next_what']}"


def _matters(row: Row) -> str | None:
    found = (f"{one['kind'] or UNNAMED}：{one['text']}" for one in row.get("obstacles") or ())
    return "\n".join(found) or None


JUDGED = {"done": "已完", "expected": "可完", "unlikely": "难完"}


def _judged(row: Row) -> str | None:
    """办公室认定: what, why, who."""
    found = row.get("outlook_judgement")
    return f"{JUDGED[found['outlook']]}：{found['reason']}（{found['person']}）" if found else None


ALERT_COLUMNS = (
    Column("灯", _light, 19),
    Column("项目名称", _field("name"), 28),
    Column("原因", _why, 48),
    Column("始于", lambda row: f"{int(row['since'][5:7])}月" if row.get("since") else None, 10),
    Column("责任单位", _field("responsible_unit"), 15),
    Column("包挂领导", _field("lead_official"), 12),
    Column("下一期限", _next, 28),
    Column("序时完成%", _field("ratio_pct"), 12, MONEY),
    Column("每月还需（万元）", _said("needed_monthly_wan"), 16, MONEY),
    Column("来得及吗", _feasible, 12),
    Column("年度完成预计", _field("outlook_label"), 20),
    Column("办公室认定", _judged, 30),
    Column("类别", _field("group"), 22),
    # What the screen says beside its table.
    Column("推算依据", _said("outlook_sentence"), 60),
    Column("推算区间", _said("outlook_range_sentence"), 48),
    Column("目标节点完成区间", _said("node_range_sentence"), 48),
    Column("距年度计划", _said("needed_sentence"), 48),
    Column("两种序时结论不同", _said("bases_sentence"), 48),
    Column("计划调整前后结论不同", _said("plans_sentence"), 48),
    Column("上报与核实结论不同", _said("figures_sentence"), 40),
    Column("未销号的问题", _matters, 48),
)


def period_words(period: str) -> str:
    """'2023-10' → '2023年10月', '2023Q3' → '2023年三季度', '2023' → '2023年全年'."""
    year, _, month = period.partition("-")
    if month:
        return f"{year}年{int(month)}月"
    year, _, quarter = period.partition("Q")
    return f"{year}年{QUARTERS[f'Q{quarter}']}" if quarter else f"{year}年全年"
