"""Lights and other verdicts as badges (灯标): word + shape + colour, so that none needs its colour to be read."""

from dash import html

from dashboard.theme import LIGHTS, NO_OUTLOOK, OUTLOOKS, SEVERITIES, Look

COLOURED = ("red", "yellow", "green")


def look_badge(look: Look, text: str | None = None, *, is_full: bool = True) -> html.Span:
    """The badge of one look; `text` replaces its words but never its shape."""
    words = text or (look.label if is_full else look.word)
    return html.Span(
        [html.Span(look.shape, className="badge-shape", **{"aria-hidden": "true"}), words],
        className="badge",
        style={"color": look.ink, "backgroundColor": look.tint},
    )


def light_badge(light: str, word: str | None = None, *, is_full: bool = True) -> html.Span:
    """A light; `word` is the API's own (绿灯·达序时, 未督查, 完工 …). Short, a colour keeps to 红灯/黄灯/绿灯."""
    return look_badge(LIGHTS[light], word if is_full or light not in COLOURED else None, is_full=is_full)


def outlook_badge(outlook: str | None, label: str | None = None) -> html.Span:
    look = OUTLOOKS.get(outlook or "", NO_OUTLOOK)
    return look_badge(look, label)


def severity_badge(severity: str) -> html.Span:
    return look_badge(SEVERITIES[severity])
