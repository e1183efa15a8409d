"""What every command needs (命令行): the installation opened and brought up to date, data and messages apart.

Source: CONTRACTS (data on stdout, messages on stderr; exit 0, 1, 2, 3). A package's `commands.py` has
`register(commands: typer.Typer)`, which `app/cli.py` calls; commands raise DomainError and never exit by themselves.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from app import migrations
from app.database import Database, open_database
from app.errors import Refused
from app.settings import Settings


@contextmanager
def installation(settings: Settings | None = None) -> Iterator[tuple[Settings, Database]]:
    """The settings of the environment and the database, upgraded first and closed afterwards."""
    settings = settings or Settings()
    if migrations.upgrade(settings):
        say("数据库已升级到本程序的版本。")
    database = open_database(settings)
    try:
        yield settings, database
    finally:
        database.close()


def say(message: str) -> None:
    """A message for the person at the keyboard: stderr."""
    typer.echo(message, err=True)


def show(data: str) -> None:
    """Data: stdout."""
    typer.echo(data)


def show_json(data: Any) -> None:
    """Data as JSON: stdout. Decimals and dates must have become text already."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def password_from_stdin(is_asked: bool) -> str:
    """The password from the first line of stdin. Refused without --password-stdin: it must not be an argument."""
    if not is_asked:
        raise Refused("请加 --password-stdin 并从标准输入给出口令，如：printf '%s' '口令' | sanzhong user add …")
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Refused("标准输入里没有口令，请把口令写在第一行。")
    return password
