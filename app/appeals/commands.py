"""The command appeals (申诉): what was contested, and what became of it."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.appeals import service
from app.audit.service import Actor
from app.console import installation, show, show_json
from app.programmes import service as programmes


def appeals(
    programme: Annotated[str, typer.Option("--programme", help="年度计划代码")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """申诉：公示期间提出的申诉、答复和决定。"""
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        today = datetime.now(UTC).astimezone(service.SHANGHAI).date()
        listed = service.listing(session, Actor.command(), found, today)
    if as_json:
        show_json(listed)
        return
    for one in listed["disclosures"]:
        show(f"{one['period_label']}：{one['sentence']}")
    for one in listed["rows"]:
        reason = f"：{one['decision_reason']}" if one["decision_reason"] else ""
        show(
            f"{one['label']}\t{one['period_label']}\t{one['code']}\t{one['name']}\t{one['unit']}\t{one['state']}{reason}"
        )


def register(commands: typer.Typer) -> None:
    commands.command()(appeals)
