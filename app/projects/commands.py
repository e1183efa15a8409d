"""The command event (项目事件)."""

from datetime import date, datetime
from typing import Annotated

import typer

from app.accounts import service as accounts
from app.console import installation, say
from app.programmes import service as programmes
from app.projects import service


def event(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="项目编号或全称")],
    programme: Annotated[str, typer.Option(help="年度计划代码")],
    kind: Annotated[
        str, typer.Option(help="事件：增补、暂缓、复工、重大变更、部分完工、完工、退出百日会战、调出、退出、免考")
    ],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="日期，如 2023-08-31")],
    reason: Annotated[str, typer.Option(help="原因")],
    by: Annotated[str, typer.Option(metavar="NAME", help="经办人的账号")],
    approver: Annotated[str, typer.Option(help="批准人")] = "",
) -> None:
    """记录一个项目的增补、暂缓、复工、完工、调出等事件。"""
    day: date = on.date()
    with installation() as (_, database), database.write() as session:
        actor = accounts.actor_named(session, by)
        accounts.require_role(actor, "office", "office_head")
        change = programmes.begin_change(session, programmes.get(session, programme, actor), actor, reason=reason)
        found = service.find(session, change.programme, project)
        assert found.id is not None
        written = service.record_event(change, found.id, kind, day, reason=reason, approver=approver)
    say(
        f"已记录：项目{found.code}于{day}{kind}。"
        if written
        else f"项目{found.code}于{day}{kind}此前已记录，没有变化。"
    )


def register(commands: typer.Typer) -> None:
    commands.command("event")(event)
