"""The command `sanzhong` (命令): each package's commands under one name, one way to fail.

Source: CONTRACTS. Exit 0 done · 1 refused or found wrong · 2 bad usage · 3 a person must answer.
"""

import contextlib
import socket
import sys
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError, OperationalError

from app import logs
from app.accounts import commands as accounts
from app.appeals import commands as appeals
from app.assessees import commands as assessees
from app.audit.service import Actor
from app.console import installation, say, show
from app.demonstration import commands as demo
from app.demonstration import service as demonstration
from app.errors import DomainError, Refused
from app.maintenance import commands as maintenance
from app.maintenance.folders import reason
from app.moving import commands as moving
from app.operations import metrics
from app.programmes import commands as programmes
from app.projects import commands as projects
from app.publications import commands as publications
from app.rulebooks import commands as rulebooks
from app.settings import Settings
from app.trail import verification
from app.uploads import commands as uploads
from app.verifications import VERIFICATIONS
from app.whatif import commands as whatif

commands = typer.Typer(
    name="sanzhong",
    help="三重一大项目督查考评平台",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
REGISTERED = [
    programmes.register,
    accounts.register,
    projects.register,
    appeals.register,
    publications.register,
    whatif.register,
    assessees.register,
    rulebooks.register,
    uploads.register,
    maintenance.register,
    moving.register,
    demo.register,
]
for register in REGISTERED:
    register(commands)

SERVING: dict[str, Any] = {
    # Longer than a proxy (60 s) or a browser leaves a connection idle: who closes it last meets no closed one.
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": 10,
    "timeout_worker_healthcheck": 60,  # a busy machine is not a dead worker
    "server_header": False,
    "proxy_headers": False,  # the application does it itself, for the proxies that SANZHONG_TRUSTED_PROXIES names
}
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认按设置（127.0.0.1）")] = None,
    port: Annotated[int | None, typer.Option(help="端口，默认按设置（8000）", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="进程数", min=1)] = None,
    with_demo: Annotated[bool, typer.Option("--with-demo", help="先装入演示数据（只装一次），并列出登录链接")] = False,
) -> None:
    """启动平台。"""
    import uvicorn

    settings = Settings()
    host, port = host or settings.host, port or settings.port
    require_free(host, port)
    with installation(settings) as (_, database):
        settings.secret_key()  # made before workers start, so that they share it
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        show(f"网址：{address}")
        if host not in LOOPBACK and not settings.secure_cookies:
            say("提示：口令将不加密地经过网络。请在前面放置启用HTTPS的代理，并设 SANZHONG_SECURE_COOKIES=1。")
        if with_demo:
            demonstration.load(database, settings)
            accounts.show_links(database, settings, address)
    workers = workers or settings.workers
    if workers > 1:
        metrics.share_between_processes(settings.home)
    uvicorn.run(
        "dashboard.main:create_served",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=logs.config(),
        **SERVING,
    )


def require_free(host: str, port: int) -> None:
    """Refused in one sentence when nothing can listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:  # closed again: uvicorn binds it for itself
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Refused(f"{host} 的 {port} 端口不能用（可能已被占用），请换一个端口：--port 8001") from error


@commands.command()
def verify() -> None:
    """核对：操作日志是否完整，留存的数与重新计算的数是否一致。"""
    with installation() as (_, database):
        found = verification.verify(database, Actor.command(), VERIFICATIONS)
    for fault in found["faults"]:
        show(fault)
    for remark in found["remarks"]:
        say(f"提示：{remark}")
    if not found["is_recorded"]:
        say("这次核对的结果没有能记入操作日志。")
    if found["faults"]:
        raise Refused(f"核对发现{len(found['faults'])}处不符，见上。")
    say("核对完毕，没有发现问题。")


def main() -> None:
    """Run a command; every refusal is one Chinese sentence on stderr, never a trace."""
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """The exit code of a command line (default: this process's)."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # replaced by a test
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        done = commands(args=arguments, prog_name="sanzhong", standalone_mode=False)
    except DomainError as error:
        say(error.message)
        return error.exit_code
    except ValidationError as error:
        faults = error.errors()
        names = "、".join(f"SANZHONG_{'_'.join(str(part) for part in fault['loc'])}".upper() for fault in faults)
        told = [str(fault["ctx"]["error"]) for fault in faults if not fault["loc"]]  # of several settings together
        say(told[0] if told else f"设置 {names} 的写法不对，请改正后再运行。")
        return 2
    except OperationalError as error:
        say(f"数据库不能读写（正忙、磁盘已满、没有权限或连接中断），没有保存：{error.orig}")
        return 1
    except OSError as error:
        say(f"不能读写文件：{reason(error)}。请处理后再运行。")
        return 1
    except (typer.Abort, KeyboardInterrupt):
        say("已中止。")
        return 1
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # a statement of ours was wrong
            raise
        say(
            f"数据库文件已损坏，或不是本平台的数据库：{error.orig}。没有改动任何内容，请用最近的备份恢复："
            "sanzhong restore 备份文件夹 --replace"
        )
        return 1
    except Exception as error:
        usage = usage_sentence(error)
        if usage is None:
            raise
        say(usage)
        return 2
    return done if isinstance(done, int) else 0


def usage_sentence(error: Exception) -> str | None:
    """A sentence for a command line that was mistyped; None when the error is something else."""
    if not hasattr(error, "format_message"):
        return None
    if error.format_message().startswith("Usage:"):  # called without arguments: the help itself
        return str(error.format_message())
    context = getattr(error, "ctx", None)
    path = "sanzhong" if context is None else context.command_path
    return f"命令写法不对：{error.format_message()}\n用法见 {path} --help"
