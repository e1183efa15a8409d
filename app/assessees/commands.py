"""The command assessees (单位考核)."""

from typing import Annotated

import typer

from app.assessees import service
from app.audit.service import Actor
from app.console import installation, show, show_json
from app.programmes import service as programmes
from app.publications.commands import AsOfOption, JsonOption, PeriodOption, ProgrammeOption


def assessees(
    programme: ProgrammeOption,
    period: PeriodOption,
    kind: Annotated[
        str, typer.Option(help="考核对象：responsible_unit 责任单位、paired_department 挂钩部门、project 项目等")
    ] = "",
    key: Annotated[str, typer.Option(metavar="NAME", help="只看一个考核对象的得分明细")] = "",
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """单位考核：责任单位、挂钩部门等考核对象的得分与名次。"""
    day = None if as_of is None else as_of.date()
    actor = Actor.command()
    with installation() as (_, database), database.read() as session:
        found = programmes.get(session, programme)
        if key:
            made = service.receipt(session, actor, found, kind, period, key, day)
        else:
            made = service.board(session, actor, found, kind, period, day)
    if as_json:
        show_json(made)
        return
    scheme = made["scheme"] if key else made["name"]
    show(f"{scheme or made['kind_label']} {made['period_label']} {made['label']}".rstrip())
    if key:
        show(f"{made['name']}：{made['score'] or made['not_scored_reason']}")
        for step in made["steps"]:
            show(f"  {step}")
        return
    if made["note"]:
        show(made["note"])
    for row in made["rows"]:
        place = "—" if row["rank"] is None else str(row["rank"])
        show(f"{row['group']}\t{place}\t{row['name']}\t{row['score'] or row['not_scored_reason']}")


def register(commands: typer.Typer) -> None:
    commands.command()(assessees)
