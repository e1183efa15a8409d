"""The command whatif (目标测算)."""

from typing import Annotated

import typer

from app.audit.service import Actor
from app.console import installation, show, show_json
from app.programmes import service as programmes
from app.projects import service as projects
from app.whatif import service
from app.whatif.service import Wishes


def whatif(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="项目编号或全称")],
    programme: Annotated[str, typer.Option("--programme", help="年度计划代码")],
    period: Annotated[str, typer.Option(help="考核期：2023Q4或2023")],
    target: Annotated[str | None, typer.Option(metavar="S", help="目标分")] = None,
    tier: Annotated[str | None, typer.Option(metavar="NAME", help="目标等次")] = None,
    rank: Annotated[int | None, typer.Option(metavar="N", help="目标名次", min=1)] = None,
    passing: Annotated[str | None, typer.Option("--pass", metavar="PROJECT", help="要超过的同类项目")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """目标测算：其余月份还要多少分，哪些名次还有变数。"""
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        named = projects.find(session, found, project)
        made = service.whatif(session, Actor.command(), found, named, period, Wishes(target, tier, rank, passing))
    if as_json:
        show_json(made)
        return
    show(f"{made['code']} {made['name']} {made['period_label']}：{made['score'] or made['not_scored_reason'] or '—'}")
    for part in (made["status_sentence"], made["range"], made["places"]):
        if part:
            show(f"  {part if isinstance(part, str) else part['sentence']}")
    for answer in made["answers"]:
        show(f"  {answer['label']}：{answer['sentence']}")
    for one in made["tiers"]:
        show(f"  {one['tier']}（{one['from_score']}分）：{one['sentence']}")
    for one in made["neighbours"]:
        show(f"  {'前一名' if one['side'] == 'above' else '后一名'}：{one['sentence']}")


def register(commands: typer.Typer) -> None:
    commands.command()(whatif)
