"""A reading as the JSON of `check --json` (CONTRACTS): decimals are strings, absent is null."""

from decimal import Decimal
from typing import Any

from importers.cells import plain
from importers.reading import settled_date
from importers.result import Fault, Reading, Row
from importers.sense import completion_pct, invested_ytd


def to_json(reading: Reading) -> dict[str, Any]:
    """Exactly CONTRACTS' shape, ready for json.dumps."""
    return {
        "decision": reading.decision,
        "message": reading.message,
        "month": reading.month,
        "unit": reading.unit,
        "sheets": [
            {"name": use.name, "used": use.used, "hidden": use.hidden, "reason": use.reason} for use in reading.sheets
        ],
        "rows": [_row(row) for row in reading.rows],
        "skipped": [{"sheet": skip.sheet, "row": skip.row, "reason": skip.reason} for skip in reading.skipped],
        "questions": [
            {
                "id": question.id,
                "code": question.code,
                "sheet": question.sheet,
                "row": question.row,
                "cell": question.cell,
                "message": question.message,
                "choices": [{"value": choice.value, "label": choice.label} for choice in question.choices],
                "default": question.default,
            }
            for question in reading.questions
        ],
        "faults": [{"sheet": fault.sheet, **_fault(fault)} for fault in reading.faults],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "sheet": row.sheet,
        "row": row.row,
        "name": row.value("name"),
        "category": row.category,
        "total_investment_wan": _number(row.value("total_investment_wan")),
        "annual_plan_wan": _number(row.value("annual_plan_wan")),
        "invested_ytd_wan": _number(invested_ytd(row)),
        "completion_pct": _number(completion_pct(row), places=2),
        "physical_progress": row.value("physical_progress"),
        "physical_progress_pct": _number(row.value("physical_progress_pct")),
        "problems": row.value("problems"),
        "responsible_unit": row.value("responsible_unit"),
        "responsible_person": row.value("responsible_person"),
        "lead_official": row.value("lead_official"),
        "planned_start": settled_date(row.fields.get("planned_start")),
        "score": _number(row.value("score"), places=2),
        "faults": [_fault(fault) for fault in row.faults],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "cell": fault.cell,
        "heading": fault.heading,
        "raw": fault.raw,
        "message": fault.message,
        "severity": fault.severity,
    }


def _number(value: Decimal | None, places: int | None = None) -> str | None:
    if value is None:
        return None
    return f"{value:.{places}f}" if places is not None else plain(value)
