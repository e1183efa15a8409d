"""风险预警, what stands beside the lights: who is worth a second look, open matters by kind, and how right we were."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.badge import light_badge
from dashboard.components.page import panel
from dashboard.theme import LIGHTS

Row = Mapping[str, Any]
UNNAMED = "未分类"
LONGEST_REDS = 8
UNCHANGED_FROM = 3  # months of one and the same light
FEASIBLE = {True: "来得及", False: "难以来得及", None: "资料不足"}


def kinds(row: Row) -> list[str]:
    """The kinds of a row's open matters, one for each matter; none in an issue older than the ledger."""
    return [one["kind"] or UNNAMED for one in row.get("obstacles") or ()]


def project(row: Row) -> html.A:
    return html.A(row["name"], href=f"/projects/{row['id']}", className="case-name")


def red_months(row: Row) -> int:
    """How many months the present red has lasted, the shown one counted; 0 for other lights."""
    if row["light"] != "red" or not row.get("since"):
        return 0
    return sum(month >= row["since"] and light == "red" for month, light in row["lights"].items())


def unchanged(row: Row) -> bool:
    """One and the same coloured light in every month that has one, and at least UNCHANGED_FROM of them."""
    seen = [light for light in row["lights"].values() if light in ("red", "yellow", "green")]
    return len(seen) >= UNCHANGED_FROM and len(set(seen)) == 1 and row["light"] == seen[-1]


def looks(rows: Sequence[Row]) -> html.Section:
    """再看一眼: each list with its count, opened by a touch; an empty one says so by its 0."""
    longest = sorted((row for row in rows if red_months(row)), key=red_months, reverse=True)
    still = [row for row in rows if unchanged(row)]
    silent = [row for row in rows if row["light_word"] in ("未督查", "未报")]
    counted = {word: sum(row["light_word"] == word for row in silent) for word in ("未督查", "未报")}
    never = [row for row in rows if row.get("is_never_updated")]
    parts = [
        _list(
            "红灯最久", longest[:LONGEST_REDS], lambda row: f"已连续{red_months(row)}个月，{owner(row)}", len(longest)
        ),
        _list(
            f"未督查{counted['未督查']}项、未报{counted['未报']}项",
            silent,
            lambda row: f"{row['light_word']}{before(row)}，{owner(row)}",
        ),
        _list("全年从未更新", never, owner),
        _list(
            f"灯一直没变（{still_words(still)}）" if still else "灯一直没变",
            [row for row in still if row["light"] != "green"],
            lambda row: f"{len(row['lights'])}个月都是{LIGHTS[row['light']].word}，{owner(row)}",
            len(still),
        ),
        _list("两种序时结论不同", _saying(rows, "bases_sentence"), lambda row: row["bases_sentence"]),
        _list("计划调整前后结论不同", _saying(rows, "plans_sentence"), lambda row: row["plans_sentence"]),
        _list("上报与核实结论不同", _saying(rows, "figures_sentence"), lambda row: row["figures_sentence"]),
        _list(
            "要完成年度计划须比今年最快时还快",
            [row for row in rows if row.get("needed_sentence") and row.get("is_feasible") is False],
            lambda row: row["needed_sentence"],
        ),
    ]
    return panel("再看一眼", html.Div(parts), aside="点开看项目；不改变灯", id="alerts-looks")


def matters(place: Place, rows: Sequence[Row], kept: Mapping[str, str | None]) -> html.Section:
    """存在问题 by kind: so many matters in so many projects; a kind narrows the page to its projects."""
    found = sorted({kind for row in rows for kind in kinds(row)}, key=lambda kind: (-_count(rows, kind), kind))
    total = sum(len(kinds(row)) for row in rows)
    if not found:
        body: Any = html.P("没有未销号的问题。", className="soft")
    else:
        head = html.Tr([html.Th("问题类别"), html.Th("问题"), html.Th("项目")])
        lines = [
            html.Tr(
                [
                    html.Th(
                        dcc.Link(kind, href=place.href("/alerts", month=place.month, **{**kept, "obstacle": kind}))
                    ),
                    html.Td(f"{_count(rows, kind)}个"),
                    html.Td(f"{sum(kind in kinds(row) for row in rows)}个"),
                ]
            )
            for kind in found
        ]
        body = html.Table([html.Thead(head), html.Tbody(lines)], className="cross")
    projects = sum(bool(kinds(row)) for row in rows)
    return panel("未销号的问题", body, aside=f"{total}个问题、{projects}个项目", id="alerts-matters")


def track_record(record: Mapping[str, Any]) -> html.Section:
    """预警准确情况: rule by rule from what was issued; months never issued apart, behind a touch."""
    published, recomputed = record["records"]
    outcomes = record["outcomes"]
    return panel(
        "预警准确情况",
        html.Div(
            [
                html.P(record["basis"], className="soft"),
                html.P(
                    f"难完成{outcomes['bad']}项，其余{outcomes['good']}项。不满{record['minimum_cases']}例只写个数，"
                    "满了才写百分比和95%区间。",
                    className="soft",
                ),
                _leads(record["projects"]),
                _rules(published),
                html.Details(
                    [html.Summary(html.Span(_source(recomputed))), _rules(recomputed, is_titled=False)],
                    className="look",
                )
                if recomputed["months"]
                else None,
            ]
        ),
        aside=f"截至{number.month_words(record['month'])}",
        id="alerts-record",
    )


def owner(row: Row) -> str:
    return " · ".join(name for name in (row["responsible_unit"], row["lead_official"]) if name) or "责任单位未填"


def before(row: Row) -> str:
    return f"（前{LIGHTS[row['last_light']].word}）" if row["last_light"] else ""


def still_words(rows: Sequence[Row]) -> str:
    counts = {light: sum(row["light"] == light for row in rows) for light in ("red", "yellow", "green")}
    return "、".join(f"{LIGHTS[light].word}{count}" for light, count in counts.items() if count)


def _saying(rows: Sequence[Row], field: str) -> list[Row]:
    return [row for row in rows if row.get(field)]


def _count(rows: Sequence[Row], kind: str) -> int:
    return sum(kinds(row).count(kind) for row in rows)


def _list(title: str, rows: Sequence[Row], say: Callable[[Row], str], total: int | None = None) -> Any:
    count = len(rows) if total is None else total
    head = [html.Span(title), html.Span(f"{count} 项", className="look-count")]
    if not rows:
        return html.P(head, className="look look-none")
    items = [
        html.Li(
            [
                html.Div([project(row), light_badge(row["light"], is_full=False)], className="case-line"),
                html.P(say(row)),
            ]
        )
        for row in rows
    ]
    return html.Details([html.Summary(head), html.Ul(items, className="case-list case-list-short")], className="look")


def _source(part: Mapping[str, Any]) -> str:
    return f"{part['label']}：{part['months_label']}"


def _rules(part: Mapping[str, Any], *, is_titled: bool = True) -> Any:
    title = html.P(_source(part), className="record-source") if is_titled and part["months"] else None
    if not part["rules"]:
        return html.P(f"{part['label']}：还没有可以判断的月份。", className="soft")
    names = ("规则", "报准", "漏报", "误报", "预警后赶上", "难完成中报准", "预警中报准", "提前")
    lines = [
        html.Tr(
            [
                html.Th(rule["label"]),
                *(html.Td(str(rule[name])) for name in ("hits", "misses", "false_alarms", "recovered")),
                html.Td(_share(rule["caught"])),
                html.Td(_share(rule["borne_out"])),
                html.Td(_lead(rule)),
            ]
        )
        for rule in part["rules"]
    ]
    grid = html.Table([html.Thead(html.Tr([html.Th(name) for name in names])), html.Tbody(lines)], className="cross")
    return html.Div([title, html.Div(grid, className="scroll-x")])


def _share(words: str) -> str:
    return "—" if words == "0/0" else words


def _lead(rule: Mapping[str, Any]) -> str:
    """The middle of the hits' months of lead, and their ends where they differ."""
    leads = rule["lead_months"]
    if not leads:
        return "—"
    if leads[0] == leads[-1]:
        return f"{leads[0]}个月"
    return f"{rule['median_lead_months']}个月（{leads[0]}—{leads[-1]}）"


def _leads(projects: Sequence[Mapping[str, Any]]) -> Any:
    """Those that will not make it: how long before it was red, warned of, foreseen."""
    if not projects:
        return None
    head = html.Tr(
        [html.Th("难完成的项目"), html.Th("此前已红灯"), html.Th("此前已黄灯或红灯"), html.Th("此前已推算难完成")]
    )
    lines = [
        html.Tr(
            [
                html.Th(html.Div([project(one), light_badge(one["light"], is_full=False)], className="case-line")),
                *(html.Td(_before(one, rule)) for rule in ("red", "warned", "outlook")),
            ]
        )
        for one in projects
    ]
    return html.Div(html.Table([html.Thead(head), html.Tbody(lines)], className="cross leads"), className="scroll-x")


def _before(one: Mapping[str, Any], rule: str) -> str:
    months = one[f"{rule}_lead_months"]
    if months is None:
        return "没有"
    issued = one[f"{rule}_issued_months"]
    ending = "" if issued == months else f"，其中定稿{issued}个月" if issued else "，均未定稿"
    return f"{number.short_month(one[f'{rule}_since'])}起，提前{months}个月{ending}"
