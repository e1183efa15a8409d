"""The commands programme add / list (年度项目计划)."""

from typing import Annotated

import typer

from app.audit.service import Actor
from app.console import installation, say, show, show_json
from app.organisation import service as organisations
from app.programmes import service

programmes = typer.Typer(help="年度项目计划：新增、列出", no_args_is_help=True)


@programmes.command("add")
def add(
    code: Annotated[str, typer.Argument(metavar="CODE", help="计划代码，如 2024")],
    name: Annotated[str, typer.Option(help="计划名称，如 2024年度重点项目")],
    year: Annotated[int, typer.Option(help="年度")],
    rulebook: Annotated[str, typer.Option(help="考核办法的名称")] = "county-default",
    classes: Annotated[list[str] | None, typer.Option("--class", help="项目类别，按顺序，可重复")] = None,
    organisation: Annotated[str, typer.Option(help="组织代码，有多个组织时才需要")] = "",
) -> None:
    """新增一个年度的项目计划；还没有组织时一并建立。"""
    with installation() as (_, database), database.write() as session:
        owner = organisations.get(session, organisation) if organisation else None
        programme = service.add(session, Actor.command(), code, name, year, rulebook, classes or (), organisation=owner)
    say(f"已新增年度项目计划“{programme.name}”（代码 {programme.code}），考核办法 {rulebook}。")


@programmes.command("list")
def listing(as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> None:
    """列出全部年度项目计划。"""
    with installation() as (_, database), database.read() as session:
        rows = [
            {
                "code": programme.code,
                "name": programme.name,
                "year": programme.year,
                "classes": service.class_names(session, programme),
                "locked_periods": service.locked_periods(session, programme),
                "is_demo": programme.is_demo,
                "data_version": programme.data_version,
            }
            for programme in service.listing(session)
        ]
    if as_json:
        show_json({"rows": rows, "total": len(rows)})
        return
    for row in rows:
        show(f"{row['code']}\t{row['name']}\t{row['year']}年")


def register(commands: typer.Typer) -> None:
    commands.add_typer(programmes, name="programme")
