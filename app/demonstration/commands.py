"""The command `demo` (演示数据)."""

import typer

from app.console import installation, say
from app.demonstration import service


def demo() -> None:
    """装入演示数据“2023年度三重一大项目”（只装一次）。"""
    with installation() as (settings, database):
        is_new = service.load(database, settings)
    say("演示数据已装入。登录链接：sanzhong links" if is_new else "演示数据已在，未重复装入。")


def register(commands: typer.Typer) -> None:
    commands.command("demo")(demo)
