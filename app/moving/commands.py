"""The command move (迁库): a SQLite installation goes on in PostgreSQL."""

from typing import Annotated

import typer

from app.accounts import service as accounts
from app.audit.service import Actor
from app.console import installation, say
from app.moving import service


def register(commands: typer.Typer) -> None:
    commands.command("move")(move)


def move(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            envvar="SANZHONG_MOVE_TO",
            help="空的 PostgreSQL 数据库：postgresql://用户:口令@主机/库名；口令不宜写在命令行上时用环境变量给出",
        ),
    ],
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="以哪个账号的名义")] = None,
) -> None:
    """把正在用的 SQLite 数据整个迁到 PostgreSQL，核对无误才算数；其间可以查看，不能改动。"""
    with installation() as (settings, database):
        with database.read() as session:
            actor = Actor.command() if by is None else accounts.actor_named(session, by)
        done = service.move(settings, to, actor, say)
    say(
        f"已迁到 PostgreSQL：{len(done.rows)}张表、{sum(done.rows.values())}行；操作日志完整（到第{done.trail}号）；"
        f"{done.boards}份榜单（连同亮灯）里的{done.scores}个得分在两边重新计算，结果一致。"
    )
    say(
        "接下来：把 SANZHONG_DATABASE_URL 设为刚才的地址，重新启动平台，再运行一次 sanzhong verify。"
        "在此之前原来的平台只能查看；原来的数据文件没有改动，请留作备份。"
    )
