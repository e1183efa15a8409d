"""The commands user add / disable / reset, and links (账号、登录链接)."""

from typing import Annotated

import typer

from app.accounts import service, subjects
from app.audit.service import Actor
from app.console import installation, password_from_stdin, say, show, show_json
from app.database import Database
from app.errors import Refused
from app.settings import Settings

users = typer.Typer(help="账号：新增、停用、重置口令", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="姓名，即登录时的用户名")]
MustChange = Annotated[bool, typer.Option("--must-change", help="口令是替别人设的：本人首次登录后必须先改口令")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="从标准输入的第一行读口令")]


@users.command("add")
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="、".join(f"{role} {word}" for role, word in service.ROLES.items()))],
    unit: Annotated[str, typer.Option(help="部门、镇区账号的单位名称或简称")] = "",
    scope: Annotated[str, typer.Option(help="县领导账号的范围：county 全县，sponsored 包挂、分管")] = "",
    team: Annotated[str, typer.Option(help="督查组账号的组别，如 督查一组")] = "",
    viewing_for: Annotated[
        str, typer.Option("--viewing-for", help="代看账号：替哪位县领导查看，填该领导的账号名；只能看，不能办理")
    ] = "",
    organisation: Annotated[str, typer.Option(help="组织代码，有多个组织时才需要")] = "",
    must_change: MustChange = False,
    password_stdin: FromStdin = False,
) -> None:
    """新增账号。"""
    password = password_from_stdin(password_stdin)
    with installation() as (settings, database), database.write() as session:
        account, notes = service.add(
            session,
            settings,
            Actor.command(),
            name,
            role,
            password=password,
            unit=unit,
            scope=scope,
            team=team,
            viewing_for=viewing_for,
            organisation_code=organisation,
            must_change=must_change,
        )
    for note in (*notes, f"已新增账号“{account.name}”（{service.ROLES[role]}）。"):
        say(note)


@users.command("disable")
def disable(name: Name) -> None:
    """停用账号，其登录立即失效。"""
    with installation() as (_, database), database.write() as session:
        account = service.disable(session, Actor.command(), name)
    say(f"已停用账号“{account.name}”，其登录已全部失效。")


@users.command("reset")
def reset(name: Name, must_change: MustChange = False, password_stdin: FromStdin = False) -> None:
    """重置口令，并重新启用已停用的账号。"""
    password = password_from_stdin(password_stdin)
    with installation() as (settings, database), database.write() as session:
        account = service.reset(session, settings, Actor.command(), name, password, must_change=must_change)
    say(f"已重置“{account.name}”的口令，其原有登录已全部失效。")


@users.command("bind")
def bind(name: Name, subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="统一身份认证里的标识")]) -> None:
    """对应统一身份：以后这个人也可以用统一身份认证登录。"""
    with installation() as (settings, database), database.write() as session:
        account = service.account_named(session, name, lock=True)
        subjects.bind(session, settings, Actor.command(), account, subject)
    say(f"“{account.name}”已对应统一身份“{account.subject}”。")


@users.command("unbind")
def unbind(name: Name) -> None:
    """解除与统一身份的对应，其登录立即失效；用户名和口令照常可用。"""
    with installation() as (settings, database), database.write() as session:
        account = service.account_named(session, name, lock=True)
        subjects.bind(session, settings, Actor.command(), account, "")
    say(f"“{account.name}”不再对应统一身份，其登录已全部失效。")


def links(
    address: Annotated[str, typer.Option(help="网址开头，默认按设置的主机和端口")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """演示账号的一次性登录链接（每个链接只能用一次）。"""
    with installation() as (settings, database):
        show_links(database, settings, address or f"http://{settings.host}:{settings.port}", as_json=as_json)


def show_links(database: Database, settings: Settings, address: str, *, as_json: bool = False) -> None:
    """Print a fresh link for each demo account. Refused when there is none."""
    with database.write() as session:
        found = service.new_links(session, settings, Actor.command())
    if not found:
        raise Refused("没有演示账号：登录链接只发给没有口令的演示账号。请先装入演示数据：sanzhong demo")
    rows = [
        {"role": account.role, "name": account.name, "link": f"{address.rstrip('/')}/sign-in?link={token}"}
        for account, token in found
    ]
    if as_json:
        show_json({"rows": rows, "total": len(rows)})
        return
    for row in rows:
        show(f"{service.ROLES[row['role']]}（{row['name']}）：{row['link']}")


def register(commands: typer.Typer) -> None:
    commands.add_typer(users, name="user")
    commands.command("links")(links)
