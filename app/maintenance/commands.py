"""The commands backup, restore, drill and nightly (备份、恢复、演练、每夜维护)."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.audit.service import Actor
from app.console import installation, say, show
from app.database import Database
from app.errors import Malformed, Refused
from app.maintenance import backups, drills, service
from app.maintenance.backups import Keep
from app.maintenance.expiry import expire_tries
from app.maintenance.restoring import restore as restore_backup
from app.settings import Settings

Folder = Annotated[Path | None, typer.Argument(help="放备份的文件夹，默认按设置 SANZHONG_BACKUP_DIR")]


def backup(
    folder: Folder = None,
    keep: Annotated[str, typer.Option(help="留几天,几周,几月的备份，如 14,8,24；all 不清理。默认按设置")] = "",
) -> None:
    """备份：平台运行时也可以做；做完清理超出保留期的旧备份。"""
    with installation() as (settings, database):
        back_up(database, settings, folder_of(settings, folder), keep_of(settings, keep))


def back_up(database: Database, settings: Settings, folder: Path, keep: Keep | None) -> None:
    now = datetime.now(UTC)
    made = service.back_up(database, settings, folder, keep=keep, actor=Actor.command(), now=now)
    say(made.sentence)
    if made.removed:
        say(f"按保留期清理了{len(made.removed)}份旧备份：{'、'.join(made.removed)}。")
    if made.notice:
        say(f"提示：{made.notice}")
    if made.backup.folder.stat().st_dev == settings.home.stat().st_dev:
        say("提示：备份与数据在同一块磁盘上，请另拷一份到别的机器或移动硬盘。")
    show(str(made.backup.folder))
    if made.backup.inventory.faults:
        for fault in made.backup.inventory.faults:
            say(fault)
        raise Refused("备份已做，但数据核对不符，见上；以前的完好备份不会被清理。请尽快查明。")


def restore(
    folder: Annotated[Path, typer.Argument(help="一份备份，或放备份的文件夹（取最新一份）")],
    into: Annotated[Path | None, typer.Option(help="恢复到这个空文件夹，不动正在用的数据")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="换掉现有数据：先移到一旁，不删除")] = False,
) -> None:
    """恢复：先核对备份的每个文件，恢复后全部重算，与备份时一致才采用。"""
    settings = Settings()
    if into is not None:
        settings = settings.model_copy(update={"home": into.resolve()})
    chosen = folder if (folder / backups.MANIFEST).exists() else backups.newest_in(folder)
    if chosen is None:
        raise Refused(f"{folder} 里没有备份，请核对路径。")
    done = restore_backup(backups.opened(chosen.resolve()), settings, replace=replace)
    say(done.sentence)
    changed = changed_settings(done.backup.settings(), backups.settings_json(settings))
    if changed:
        say(f"提示：这些设置与备份时不同，请核对：{'、'.join(changed)}（备份时的值见 settings-at-backup.json）。")


def changed_settings(then: dict[str, object], now: dict[str, object]) -> list[str]:
    return [f"SANZHONG_{name.upper()}" for name in sorted(then.keys() & now.keys()) if then[name] != now[name]]


def drill(
    folder: Folder = None,
    new: Annotated[bool, typer.Option("--new", help="先做一份新备份，再拿它演练")] = False,
) -> None:
    """恢复演练：把最新的备份恢复到临时位置，全部重算，与备份时比对；没有备份就先做一份。"""
    with installation() as (settings, database):
        try_out(database, settings, folder_of(settings, folder), is_new=new)


def try_out(database: Database, settings: Settings, folder: Path, *, is_new: bool) -> None:
    is_one = (folder / backups.MANIFEST).exists()
    if not is_one and (is_new or backups.newest_in(folder) is None):
        back_up(database, settings, folder, Keep.of(settings))
    found = drills.drill(database, settings, folder, actor=Actor.command(), now=datetime.now(UTC))
    if not found.ok:
        raise Refused(found.sentence)
    say(found.sentence)


def nightly() -> None:
    """每夜维护：到期清理、备份、恢复演练（由平台自己或系统定时器调用）。"""
    with installation() as (settings, database):
        given_up = expire_tries(database, settings, datetime.now(UTC))
        if given_up:
            say(f"{len(given_up)}次超过{settings.tried_days}天没有确认的预检已放弃，其文件已删除。")
        try_out(database, settings, folder_of(settings, None), is_new=True)


def folder_of(settings: Settings, folder: Path | None) -> Path:
    chosen = folder or settings.backup_dir
    if chosen is None:
        raise Malformed("请写明放备份的文件夹，如 sanzhong backup /mnt/backup；或设 SANZHONG_BACKUP_DIR。")
    return chosen


def keep_of(settings: Settings, words: str) -> Keep | None:
    """`14,8,24`: days, weeks, months. `all`: nothing is removed."""
    if not words:
        return Keep.of(settings)
    if words == "all":
        return None
    if not re.fullmatch(r"[1-9][0-9]*,[0-9]+,[0-9]+", words):
        raise Malformed(f"--keep “{words}”写法不对，请写成 天,周,月，如 14,8,24；或 all。")
    return Keep(*map(int, words.split(",")))


def register(commands: typer.Typer) -> None:
    for command in (backup, restore, drill, nightly):
        commands.command(command.__name__)(command)
