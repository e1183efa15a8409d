"""风险预警, what people decided (免亮灯、人工认定、办公室认定), and where the office asks and its head approves."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.badge import look_badge
from dashboard.components.page import panel
from dashboard.theme import Look

Facts = Mapping[str, Any]
OFFICE = ("office", "office_head")
ASKED = Look("待批准", "", "◆", "#8a5a00", "#fff4d9")
STANDS = Look("已批准", "", "●", "#176b3a", "#e6f4eb")
RECORDED = Look("已记录", "", "●", "#1f5196", "#eaf1fa")
ACTS = (
    ("exemption:", "免亮灯（本月不亮灯，不计入红灯记忆）"),
    ("override:red", "人工认定：红灯"),
    ("override:yellow", "人工认定：黄灯"),
    ("override:green", "人工认定：绿灯"),
    ("outlook:expected", "办公室认定年度完成预计：预计可完成或超额"),
    ("outlook:unlikely", "办公室认定年度完成预计：预计无法完成"),
    ("outlook:done", "办公室认定年度完成预计：已完工或部分完工"),
)


def decisions(place: Place, found: Facts, rows: Sequence[Facts], not_judged: Sequence[str]) -> html.Section | None:
    """Nothing for who may not decide where nothing was decided; the office always has its form."""
    is_office = place.person.get("role") in OFFICE
    if not found["rows"] and not is_office and not not_judged:
        return None
    parts: list[Any] = [html.P(f"本项不计：{one}。", className="soft") for one in not_judged]
    if found["rows"]:
        parts.append(html.Ul([_line(place, one) for one in found["rows"]], className="case-list"))
    else:
        parts.append(html.P("本月没有免亮灯、人工认定和办公室认定。", className="soft"))
    if is_office:
        parts.append(_form(found, rows))
    waiting = sum(one["is_asked"] for one in found["rows"])
    aside = f"{found['total']} 件" + (f"，待批准 {waiting} 件" if waiting else "")
    return panel(
        "认定与免亮灯",
        html.Div(parts),
        aside=aside,
        id="alerts-decisions",
        className="panel-alert" if waiting and place.person.get("role") == "office_head" else "",
    )


def judged_words(row: Facts) -> str | None:
    """办公室认定 beside 系统推算, for the table: what, why, who."""
    judgement = row.get("outlook_judgement")
    if not judgement:
        return None
    word = {"done": "已完", "expected": "可完", "unlikely": "难完"}[judgement["outlook"]]
    return f"{word}：{judgement['reason']}（{judgement['person']}）"


def _line(place: Place, one: Facts) -> html.Li:
    label = one["kind_label"] if one["kind"] == "exemption" else f"{one['kind_label']}：{one['value_label']}"
    look, who = STANDS, f"{one['approver']}批准"
    if one["is_asked"]:
        look, who = ASKED, f"{one['asked_by']}提出"
    elif one["kind"] == "outlook":
        look, who = RECORDED, f"{one['approver']}认定"
    head = [
        html.A(one["name"], href=f"/projects/{one['project_id']}", className="case-name"),
        html.B(label),
        look_badge(look, look.word),
    ]
    told = [
        html.Div(head, className="case-line"),
        html.P(f"理由：{one['reason']}", className="case-why"),
        html.P(f"{number.month_words(one['month'])} · {number.instant(one['at'])} {who}", className="case-owner"),
    ]
    return html.Li([*told, _acts(place, one)])


def _acts(place: Place, one: Facts) -> html.Div | None:
    """What this person may do with it; rights are the API's, this only leaves out what it would refuse."""
    role = place.person.get("role")
    if role not in OFFICE or (role == "office" and not one["is_asked"] and one["kind"] != "outlook"):
        return None
    key = {"project": one["project_id"], "month": one["month"], "kind": one["kind"]}
    approve = None
    if one["is_asked"] and role == "office_head":
        approve = html.Button(
            "批准", id={"type": "alerts-approve", **key}, className="button button-small button-primary", n_clicks=0
        )
    words = ("退回" if role == "office_head" else "撤回") if one["is_asked"] else "撤销"
    withdraw = html.Details(
        [
            html.Summary(f"{words}…"),
            dmc.TextInput(
                id={"type": "alerts-withdraw-reason", **key},
                placeholder=f"{words}的理由",
                size="xs",
                inputProps={"maxLength": 500},
                **{"aria-label": f"{words}的理由"},
            ),
            html.Button(words, id={"type": "alerts-withdraw", **key}, className="button button-small", n_clicks=0),
        ]
    )
    return html.Div([approve, withdraw], className="act-line no-print")


def _form(found: Facts, rows: Sequence[Facts]) -> html.Details:
    """Project, what to do, why. A book that lists reasons offers them; the words beside say what exactly."""
    projects = [{"value": str(row["id"]), "label": row["name"]} for row in rows]
    month = number.month_words(found["month"])
    reasons = found["reasons"]
    fields: list[Any] = [
        dmc.Select(
            id={"type": "alerts-given", "field": "project"},
            label="项目",
            data=projects,
            searchable=True,
            placeholder="输入名称查找",
            nothingFoundMessage="没有这个项目",
        ),
        dmc.Select(
            id={"type": "alerts-given", "field": "act"},
            label="办理什么",
            data=[{"value": value, "label": label} for value, label in ACTS],
            placeholder="选择一种",
        ),
    ]
    if reasons is not None:
        fields.append(
            dmc.Select(
                id={"type": "alerts-given", "field": "listed"},
                label="免亮灯的理由（考核办法所列）",
                data=list(reasons),
                placeholder="免亮灯须选一条" if reasons else "本办法没有可以免亮灯的理由",
                clearable=True,
            )
        )
    fields.append(
        dmc.Textarea(
            id={"type": "alerts-given", "field": "reason"},
            label="理由" if reasons is None else "理由、具体情况",
            placeholder="依据什么，到什么时候",
            autosize=True,
            minRows=2,
            inputProps={"maxLength": 500},
        )
    )
    note = (
        "免亮灯、人工认定改变灯，交办公室主任批准后生效；办公室认定与系统推算并列，记录后即显示，不改变推算。"
        "都写入操作日志。"
    )
    return html.Details(
        [
            html.Summary(f"办理{month}的认定或免亮灯"),
            html.Div(
                [
                    *fields,
                    html.P(note, className="soft"),
                    html.Div(html.Button("提交", id="alerts-submit", className="button button-primary", n_clicks=0)),
                ],
                className="appeal-form",
            ),
        ],
        className="no-print",
        id="alerts-form",
    )
