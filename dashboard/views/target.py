"""目标测算 of one project: the range its final can still take, what each tier asks, own targets, neighbours."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.address import Place
from dashboard.components import number
from dashboard.components.badge import look_badge
from dashboard.components.export import print_button
from dashboard.components.page import head, panel, picker
from dashboard.theme import VERDICTS
from dashboard.views.whatif import period_picker, remaining_words

Answer = Mapping[str, Any]
SIDES = {"above": "超过前一名", "below": "领先后一名"}


def page(place: Place, found: Answer, overview: Answer) -> html.Div:
    """The whole page of one project (`GET /api/projects/{id}/whatif`); `overview` lists those it may be set against."""
    return html.Div(
        [
            head(
                f"目标测算 {found['name']}",
                subtitle=_standing(found),
                source=f"各单位月报与督查组核实 · 考核办法 {found['rulebook']}",
                crumbs=[
                    ("目标测算", place.href("/whatif", period=found["period"])),
                    (found["name"], place.href(f"/projects/{found['id']}", period=found["period"])),
                ],
                controls=[period_picker(place), print_button()],
            ),
            _range(found),
            _tiers(place, found) if found["tiers"] else None,
            _wishes(place, found, overview) if found["range"] else None,
            _neighbours(found) if found["neighbours"] else None,
            *[html.P(note, className="soft") for note in found["notes"]],
        ]
    )


def _standing(found: Answer) -> str:
    rank = f"现为第{found['rank']}名／{found['group_size']}" if found["rank"] else found["not_scored_reason"]
    score = f"{found['score']}分" if found["score"] else ""
    period = f"{number.period_words(found['period'])} · {remaining_words(found['remaining'])}"
    return " · ".join(part for part in (found["code"], found["group"], period, score, rank) if part)


def _range(found: Answer) -> html.Section:
    """A bar from 0 to 100 with what is still possible, and the same in words."""
    reach = found["range"]
    words = [found["status_sentence"], reach and reach["sentence"], found["places"] and found["places"]["sentence"]]
    return panel(
        "最终得分还能到哪里" if found["range"] else None,
        [bar(found) if reach else None, *[html.P(sentence) for sentence in words if sentence]],
        aside=f"{reach['low']}—{reach['high']}分" if reach else None,
        id="target-range",
    )


def bar(found: Answer) -> html.Div:
    """0 to 100, the possible part filled, the present score as a mark, the tiers' starts beneath."""
    reach = found["range"]
    span = {"left": f"{reach['low']}%", "width": f"max(3px, calc({reach['high']}% - {reach['low']}%))"}
    now = html.Span(className="range-now", style={"left": f"{found['score']}%"}) if found["score"] else None
    ticks = [
        html.Span(f"{one['tier']} {one['from_score']}", className="range-tick", style={"left": f"{one['from_score']}%"})
        for one in found["tiers"]
    ]
    words = f"{found['what']}最低{reach['low']}分，最高{reach['high']}分，现为{found['score'] or '未计分'}"
    return html.Div(
        [html.Div([html.Span(className="range-span", style=span), now], className="range-track"), *ticks],
        className="range",
        role="img",
        **{"aria-label": words},
    )


def _tiers(place: Place, found: Answer) -> html.Section:
    """A line a tier; on a phone the sentence stands beneath its tier."""
    body = _tier_list(found) if place.is_phone else _tier_table(found)
    return panel("各等次还要多少分", body, aside=found["open_words"], id="target-tiers")


def _tier_table(found: Answer) -> html.Table:
    lines = [
        html.Tr(
            [
                html.Td([html.B(one["tier"]), html.Span(f" {one['from_score']}分起", className="soft")]),
                html.Td(look_badge(VERDICTS[one["verdict"]])),
                html.Td(one["month_score"] or number.ABSENT, className="num"),
                html.Td(one["sentence"]),
            ]
        )
        for one in found["tiers"]
    ]
    heads = html.Tr([html.Th("等次"), html.Th("结论"), html.Th("每月还需", className="num"), html.Th("算式与依据")])
    return html.Table([html.Thead(heads), html.Tbody(lines)], className="ledger")


def _tier_list(found: Answer) -> html.Ul:
    lines = [
        html.Li(
            [
                html.Div(
                    [
                        html.B(one["tier"], className="case-name"),
                        html.Span(f"{one['from_score']}分起", className="soft"),
                        look_badge(VERDICTS[one["verdict"]]),
                    ],
                    className="case-line",
                ),
                html.P(one["sentence"]),
            ]
        )
        for one in found["tiers"]
    ]
    return html.Ul(lines, className="case-list")


def _wishes(place: Place, found: Answer, overview: Answer) -> html.Section:
    """A target of one's own: a score or a place in the form, a project to pass in the list; then the answers."""
    fields = [_field("target", "目标分", place, "如 90"), _field("rank", "进入前几名", place, "如 3")]
    others = [
        {"value": row["code"], "label": f"{row['name']}（{row['score'] or '未计分'}）"}
        for row in overview["rows"]
        if row["group"] == found["group"] and row["code"] != found["code"] and row["best"] is not None
    ]
    form = html.Form(
        [
            *(fields if found["shows_others"] else fields[:1]),
            html.Button("测算", type="submit", className="button button-primary"),
        ],
        className="target-form no-print",
        **{"data-query": "true"},
    )
    chosen = place.query.get("pass")
    to_pass = picker(
        "pass", chosen, others, label="要超过的项目", placeholder="要超过的同类项目", clearable=True, width=300
    )
    answers = [_answer(one) for one in found["answers"]]
    hint = "填一个目标分或名次，或选一个要超过的同类项目，这里写出其余月份还要多少分。"
    if not found["shows_others"]:
        hint = "填一个目标分，这里写出其余月份还要多少分；他人得分通报以后，还可以测算名次。"
    controls = html.Div([form, to_pass if others else None], className="target-controls")
    return panel("自定目标", [controls, *(answers or [html.P(hint, className="soft")])], id="target-wishes")


def _field(name: str, label: str, place: Place, example: str) -> dmc.TextInput:
    return dmc.TextInput(
        name=name,
        label=label,
        value=place.query.get(name) or "",
        placeholder=example,
        w=110,
        inputProps={"inputMode": "decimal"},
    )


def _answer(one: Answer) -> html.Div:
    return html.Div(
        [
            html.Div(
                [html.B(one["label"], className="case-name"), look_badge(VERDICTS[one["verdict"]])],
                className="case-line",
            ),
            html.P(one["sentence"]),
            _steps(one.get("steps") or ()),
        ],
        className="target-answer",
    )


def _steps(steps: Sequence[str]) -> html.Ul | None:
    return html.Ul([html.Li(step) for step in steps], className="origins") if steps else None


def _neighbours(found: Answer) -> html.Section:
    lines = [
        html.Li(
            [
                html.Div(
                    [
                        html.Span(SIDES[one["side"]], className="tag"),
                        html.A(one["name"], href=f"/projects/{one['id']}", className="case-name"),
                        html.Span(f"第{one['rank']}名 {one['score']}分", className="soft"),
                        look_badge(VERDICTS[one["verdict"]]),
                    ],
                    className="case-line",
                ),
                html.P(one["sentence"]),
            ]
        )
        for one in found["neighbours"]
    ]
    return panel("与前后两名相比", html.Ul(lines, className="case-list"), id="target-neighbours")
