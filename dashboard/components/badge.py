"""Lights and other verdicts as badges (灯标): word + shape + colour, so that none needs its colour to be read."""

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.theme import LIGHTS, NO_OUTLOOK, OUTLOOKS, SEVERITIES, Look


def look_badge(look: Look, text: str | None = None, *, is_full: bool = True) -> html.Span:
    """The badge of one look; `text` replaces its words but never its shape."""
    words = text or (look.label if is_full else look.word)
    return html.Span(
        [html.Span(look.shape, className="badge-shape", **{"aria-hidden": "true"}), words],
        className="badge",
        style={"color": look.ink, "backgroundColor": look.tint},
    )


def light_words(light: str, state: str | None = None) -> str:
    """The words of a light. Grey says why (未督查/未报/资料不足), none says the project's state (完工/暂缓/…)."""
    if light in ("grey", "none") and state:
        return state
    return LIGHTS[light].label


def light_badge(light: str, state: str | None = None, *, is_full: bool = True) -> html.Span:
    look = LIGHTS[light]
    text = state if light in ("grey", "none") and state else None
    return look_badge(look, text, is_full=is_full)


def light_reason(row: Mapping[str, Any]) -> str | None:
    """What a grey or absent light stands for: the reason's word for grey, the lifecycle word for none."""
    if row["light"] == "grey":
        words = {"not_inspected": "未督查", "not_reported": "未报", "no_data": "资料不足"}
        return next((words[reason["rule"]] for reason in row.get("reasons", ()) if reason["rule"] in words), None)
    return row.get("state") if row["light"] == "none" else None


def outlook_badge(outlook: str | None, label: str | None = None) -> html.Span:
    look = OUTLOOKS.get(outlook or "", NO_OUTLOOK)
    return look_badge(look, label)


def severity_badge(severity: str) -> html.Span:
    return look_badge(SEVERITIES[severity])
