"""申诉 on screen: a unit's contestable scores with the form, its appeals' state; the office's answers and decisions."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.badge import look_badge
from dashboard.components.page import panel
from dashboard.theme import Look

Facts = Mapping[str, Any]
WAITING = Look("待答复", "", "◆", "#8a5a00", "#fff4d9")
ANSWERED = Look("已答复", "", "◐", "#1f5196", "#eaf1fa")
UPHELD = Look("维持", "", "●", "#566172", "#edf0f4")
ACCEPTED = Look("采纳", "", "●", "#176b3a", "#e6f4eb")
WITHDRAWN = Look("已撤回", "", "○", "#566172", "#edf0f4")
LOOKS = {"待答复": WAITING, "已答复，待决定": ANSWERED, "维持": UPHELD, "采纳": ACCEPTED, "已撤回": WITHDRAWN}
KINDS = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"


def state_badge(state: str) -> html.Span:
    return look_badge(LOOKS[state], state)


# ---- of a unit ------------------------------------------------------------------------------------------------------


def contestable(appeals: Facts) -> html.Div:
    """Each 公示 that runs, with the unit's own drafted scores and where to contest them."""
    return html.Div([_disclosure(appeals["programme"], one) for one in appeals["disclosures"]])


def _disclosure(programme: str, disclosure: Facts) -> html.Section:
    open_words = "申诉期内" if disclosure["is_open"] else "申诉期已过"
    return panel(
        f"{disclosure['period_label']}得分公示",
        [
            html.P(disclosure["sentence"]),
            html.P("以下是拟稿得分，签发前可能变动，只有您单位主要负责的项目。", className="soft"),
            html.Ul([_row(programme, disclosure, row) for row in disclosure["rows"]], className="case-list"),
        ],
        aside=f"{len(disclosure['rows'])} 项，{open_words}",
    )


def _row(programme: str, disclosure: Facts, row: Facts) -> html.Li:
    rank = f"{row['group']} 第{row['rank']}名／{row['group_size']}" if row["rank"] else f"{row['group']} 不排名"
    score = row["score"] or row["not_scored_reason"] or "未计分"
    line = html.Div(
        [
            html.A(
                row["name"], href=f"/projects/{row['project_id']}?period={disclosure['period']}", className="case-name"
            ),
            html.B(score),
            html.Span(rank, className="soft"),
            state_badge(row["appeal"]["state"]) if row["appeal"] else None,
        ],
        className="case-line",
    )
    return html.Li([line, _form(programme, disclosure, row) if row["can_contest"] else None])


def _form(programme: str, disclosure: Facts, row: Facts) -> html.Details:
    """Words and optionally a file; `assets/publications.js` sends them."""
    return html.Details(
        [
            html.Summary("提出申诉"),
            html.Div(
                [
                    dmc.Textarea(
                        label="申诉理由",
                        placeholder="哪个月、哪项数据与实际不符，依据是什么",
                        autosize=True,
                        minRows=2,
                        inputProps={"maxLength": 2000},
                    ),
                    html.Div(
                        [
                            html.Button("附佐证材料", className="button button-small", **{"data-appeal-pick": KINDS}),
                            html.Span("可以不附；一个PDF、图片、DOCX或XLSX文件，不超过5MB", className="soft"),
                        ],
                        className="act-line",
                    ),
                    html.Div(html.Button("提交申诉", className="button button-primary", **{"data-appeal-send": "1"})),
                    html.Div(className="filing-fault", role="alert", **{"data-appeal-trouble": "1"}),
                ],
                className="appeal-form",
                **{
                    "data-appeal": "1",
                    "data-programme": programme,
                    "data-period": disclosure["period"],
                    "data-project": str(row["project_id"]),
                },
            ),
        ],
        className="no-print",
    )


def own_appeals(place: Place, appeals: Facts) -> html.Section | None:
    """The unit's appeals and what became of them."""
    if not appeals["rows"]:
        return None
    lines = [html.Li([*_told(place, one), _withdraw(one)]) for one in appeals["rows"]]
    return panel(
        "本单位的申诉", html.Ul(lines, className="case-list"), aside=_tally(appeals), id="publications-own-appeals"
    )


def _withdraw(appeal: Facts) -> html.Div | None:
    if not appeal["is_undecided"]:
        return None
    button = html.Button(
        "撤回",
        id={"type": "publications-withdraw", "appeal": appeal["id"]},
        className="button button-small",
        n_clicks=0,
    )
    return html.Div(button, className="act-line no-print")


# ---- of the office --------------------------------------------------------------------------------------------------


def to_decide(place: Place, appeals: Facts, chosen: Facts | None) -> html.Section | None:
    """The appeals of the chosen period and all that are undecided, these first, with answer and decision in place."""
    period = chosen["period"] if chosen else None
    rows = [one for one in appeals["rows"] if one["is_undecided"] or one["period"] == period]
    if not rows:
        return None
    rows.sort(key=lambda one: not one["is_undecided"])
    lines = [html.Li([*_told(place, one), _decision(one) if one["is_undecided"] else None]) for one in rows]
    look = "panel-alert" if appeals["undecided"] else ""
    return panel(
        "申诉", html.Ul(lines, className="case-list"), aside=_tally(appeals), className=look, id="publications-appeals"
    )


def _decision(appeal: Facts) -> html.Div:
    identifier = appeal["id"]

    def button(act: str, words: str, look: str) -> html.Button:
        return html.Button(
            words,
            id={"type": "publications-decide", "appeal": identifier, "act": act},
            className=f"button {look}",
            n_clicks=0,
        )

    return html.Div(
        [
            dmc.Textarea(
                id={"type": "publications-answer", "appeal": identifier},
                label="答复",
                value=appeal["answer"],
                placeholder="复核了什么、结果如何",
                autosize=True,
                minRows=2,
                inputProps={"maxLength": 2000},
            ),
            dmc.Textarea(
                id={"type": "publications-reason", "appeal": identifier},
                label="决定的理由",
                value="",
                placeholder="维持或采纳的理由",
                autosize=True,
                minRows=2,
                inputProps={"maxLength": 2000},
            ),
            html.Div(
                [
                    button("answer", "只答复", ""),
                    button("维持", "维持原得分", ""),
                    button("采纳", "采纳，更正后重新拟稿", "button-primary"),
                ],
                className="act-line",
            ),
        ],
        className="appeal-form no-print",
    )


# ---- one appeal -----------------------------------------------------------------------------------------------------


def _tally(appeals: Facts) -> str:
    return f"共 {appeals['total']} 件，待决定 {appeals['undecided']} 件"


def _told(place: Place, appeal: Facts) -> list[Any]:
    """Who, when, what, evidence, answer, decision."""
    project = place.href(f"/projects/{appeal['project_id']}", period=appeal["period"])
    return [
        html.Div(
            [
                html.Span(appeal["label"], className="tag"),
                html.A(appeal["name"], href=project, className="case-name"),
                state_badge(appeal["state"]),
                html.Span(f"{appeal['period_label']} · {appeal['unit']}", className="soft"),
            ],
            className="case-line",
        ),
        *lines(appeal),
    ]


def lines(appeal: Facts, *, has_link: bool = True) -> list[html.P]:
    """The course of one appeal, step by step; on a project's receipt, which more people see, the file is only named."""
    rank = f"，第{appeal['contested_rank']}名" if appeal["contested_rank"] else ""
    contested = f"{appeal['contested_score'] or appeal['contested_reason'] or '未计分'}{rank}"
    laid = appeal.get("laid_open_score")
    now = f"；现拟稿得分 {laid}" if laid and laid != appeal["contested_score"] else ""
    file: Any = f"佐证：{appeal['file']}" if appeal["file"] else "没有附佐证材料"
    if appeal["file"] and has_link:
        file = html.A(file, href=f"/api/appeals/{appeal['id']}/file", download=True)
    told = [
        html.P(f"对得分 {contested} 提出：{appeal['grounds']}{now}", className="case-why"),
        html.P([_by(appeal["filed_by"], appeal["filed_at"], "提出"), "　", file], className="case-owner"),
    ]
    if appeal["answer"]:
        told.append(html.P(f"答复：{appeal['answer']}", className="case-why"))
        told.append(html.P(_by(appeal["answered_by"], appeal["answered_at"], "答复"), className="case-owner"))
    if appeal["decision"]:
        told.append(html.P(f"决定{appeal['decision']}：{appeal['decision_reason']}", className="case-why"))
        told.append(html.P(_by(appeal["decided_by"], appeal["decided_at"], "决定"), className="case-owner"))
    if appeal["withdrawn_at"]:
        told.append(html.P(_by(appeal["withdrawn_by"], appeal["withdrawn_at"], "撤回"), className="case-owner"))
    return told


def _by(person: str, at: str, act: str) -> str:
    return f"{person} {number.instant(at)}{act}"
