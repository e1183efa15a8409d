"""A month's lights and outlooks as people read them (风险预警): scoring's alerts with who owns each project.

Source: RULES §5, §6; CONTRACTS `alerts --json`. Amounts are strings in 万元, ratios strings in percent.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scoring import facts as inputs
from scoring.assessment import Assessed, Assessment
from scoring.lights import Alert, alerts, month_lights
from scoring.node_range import node_range
from scoring.periods import month_text
from scoring.rounding import half_up, percent
from scoring.rulebook import RuleBook
from scoring.second_looks import Against, second_look

LIGHTS = tuple(light.value for light in inputs.Light)
OUTLOOKS = tuple(verdict.value for verdict in inputs.OutlookVerdict)


def month_alerts(
    book: RuleBook,
    programme: inputs.Programme,
    month: int,
    ids: Mapping[str, int],
    *,
    assessed: Assessed | None = None,
) -> dict[str, Any]:
    """The alerts JSON of one month, before its state is known. An uncommitted month has no rows.

    `programme` must be the facts of that month; `ids` are project ids by code.
    """
    earlier = [before for before in programme.committed_months if before < month]
    previous = month_text(programme.year, max(earlier)) if earlier else None
    shared = assessed or Assessed(book, programme)
    rows = [
        _row(shared[alert.code], alert, month, ids[alert.code], previous)
        for alert in alerts(book, programme, month, assessed=shared)
    ]
    return {
        "programme": programme.code,
        "month": month_text(programme.year, month),
        "previous_month": previous,
        "rows": rows,
        **summary(rows),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the rows add up to: `counts`, `worse` (codes of 本月转差), `totals`, and `trend`, the lights month by month.

    `trend` speaks of the very rows shown, so of projects still on the board.
    """
    months = sorted({month for row in rows for month in row["lights"]})
    by_month = {month: Counter(row["lights"].get(month) for row in rows) for month in months}
    lights = Counter(row["light"] for row in rows)
    outlooks = Counter(row["outlook"] for row in rows)
    return {
        "counts": {
            **{light: lights[light] for light in LIGHTS},
            **{verdict: outlooks[verdict] for verdict in OUTLOOKS},
        },
        "worse": [row["code"] for row in rows if row["is_worse"]],
        "totals": {"projects": len(rows)},
        "trend": [{"month": month, **{light: by_month[month][light] for light in LIGHTS}} for month in months],
    }


def _row(assessment: Assessment, alert: Alert, month: int, project_id: int, previous: str | None) -> dict[str, Any]:
    book, project = assessment.book, assessment.project
    cuts = (book.lights.progress.yellow_below, book.lights.progress.red_below)
    judgement = alert.outlook_judgement
    return {
        "id": project_id,
        "code": alert.code,
        "name": alert.name,
        "group": alert.group,
        "light": alert.light.value,
        "light_word": alert.light_word,
        "state": alert.state,
        "last_light": _value(alert.last_light),
        "since": alert.since,
        "reasons": [
            {"rule": reason.rule.value, "light": reason.light.value, "sentence": reason.sentence}
            for reason in alert.reasons
        ],
        "outlook": _value(alert.outlook),
        "outlook_label": alert.outlook_label,
        "outlook_sentence": alert.outlook_sentence,
        "outlook_judgement": None
        if judgement is None
        else {"outlook": judgement.verdict.value, "reason": judgement.reason, "person": judgement.person},
        "contradiction": alert.contradiction,
        "responsible_unit": project.responsible_unit,
        "lead_official": project.lead_official,
        "lights": {month_text(assessment.year, one.month): one.light.value for one in month_lights(assessment, month)},
        "previous_light": _value(alert.previous_light),
        "previous_month": previous,
        "is_worse": alert.is_worse,
        "is_on_schedule": alert.is_on_schedule,
        "override": None
        if alert.override is None
        else {"reason": alert.override.reason, "approver": alert.override.approver},
        "exemption": None
        if alert.exemption is None
        else {"reason": alert.exemption.reason, "approver": alert.exemption.approver},
        "invested_ytd_wan": _wan(alert.invested_ytd_wan),
        "plan_to_date_wan": _wan(alert.plan_to_date_wan),
        "annual_plan_wan": _wan(alert.annual_plan_wan),
        "ratio_pct": _percent(alert.ratio, cuts),
        "window_plan_wan": _wan(alert.window_plan_wan),
        "year_plan_wan": _wan(alert.year_plan_wan),
        "physical_progress_pct": _wan(alert.physical_progress_pct),
        "physical_progress_plan_pct": _wan(alert.physical_progress_plan_pct),
        "physical_ratio_pct": _percent(alert.physical_ratio, cuts),
        "forecast_wan": _wan(alert.forecast_wan),
        "forecast_ratio_pct": _percent(alert.forecast_ratio, ()),
        "outlook_low_wan": _wan(alert.outlook_low_wan),
        "outlook_high_wan": _wan(alert.outlook_high_wan),
        "outlook_range_sentence": alert.outlook_range_sentence,
        **_beside(book, assessment, month),
        **_nodes(assessment, month),
    }


def _nodes(assessment: Assessment, month: int) -> dict[str, Any]:
    """When the last target node will be done, as a range; nothing without one."""
    seen = node_range(assessment, month)
    return {
        "node_low_on": None if seen is None or seen.low is None else seen.low.isoformat(),
        "node_high_on": None if seen is None or seen.high is None else seen.high.isoformat(),
        "node_range_sentence": "" if seen is None else seen.words,
    }


def _beside(book: RuleBook, assessment: Assessment, month: int) -> dict[str, Any]:
    """What stands beside the light: other measures with their lights, what is needed, what is next, open matters."""
    seen = second_look(assessment, month)
    cuts = (book.lights.progress.yellow_below, book.lights.progress.red_below)

    def against(name: str, one: Against | None) -> dict[str, Any]:
        return {
            f"{name}_ratio_pct": None if one is None else _percent(one.ratio, cuts),
            f"{name}_light": None if one is None else one.light.value,
        }

    needed, following = seen.needed, seen.next_date
    return {
        **against("window", seen.bases.first),
        **against("year", seen.bases.second),
        "bases_sentence": seen.bases.sentence,
        **against("replanned", seen.plans.first),
        **against("original", seen.plans.second),
        "plans_sentence": seen.plans.sentence,
        **against("reported", seen.figures.first),
        **against("verified", seen.figures.second),
        "figures_sentence": seen.figures.sentence,
        "needed_monthly_wan": None if needed is None else _wan(needed.monthly_wan),
        "is_feasible": None if needed is None else needed.is_feasible,
        "needed_sentence": "" if needed is None else needed.sentence,
        "next_on": None if following is None else following.on.isoformat(),
        "next_what": "" if following is None else following.what,
        "obstacles": [{"kind": one.kind, "text": one.text} for one in seen.open_obstacles],
        "is_never_updated": seen.is_never_updated,
        "curve": [[_wan(due), _wan(done)] for due, done in seen.curve],
    }


def _value(choice: inputs.Light | inputs.OutlookVerdict | None) -> str | None:
    return None if choice is None else choice.value


def _wan(amount: Decimal | Fraction | None) -> str | None:
    return None if amount is None else str(half_up(amount))


def _percent(ratio: Fraction | None, cuts: tuple[Fraction, ...]) -> str | None:
    """In percent, with as many decimals as it takes to show on which side of a cut it lies."""
    return None if ratio is None else percent(ratio, *cuts).removesuffix("%")
