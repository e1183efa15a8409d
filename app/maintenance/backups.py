"""Making a backup (备份) while the server runs, knowing one when it is seen, and letting old ones go.

A backup is a dated folder: the database (facts, uploaded files, accounts and trail are all in it), the trail's outside
head, the settings, a manifest with what everything must come to, and the manifest's own hash. The secret that signs
cookies and the database's password stay out: whoever finds a backup must not be able to sign in with it.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.audit.service import WITNESS
from app.database import Database
from app.errors import DomainError, Refused
from app.maintenance import folders, snapshots
from app.maintenance.recomputation import Inventory, inventory_of
from app.settings import Settings

SHANGHAI = timezone(timedelta(hours=8))
NAME = re.compile(r"sanzhong-(?P<at>[0-9]{8}-[0-9]{6})")
MANIFEST, MANIFEST_HASH = "manifest.json", "manifest.sha256"
SETTINGS = "settings.json"
LOCK = ".sanzhong-backup.lock"
FORMAT = 1
LEFT_OUT = ("home", "secret", "database_url", "drill_database_url", "oidc_client_secret")
SAID_OUT = "签名密钥（恢复后大家需重新登录）、数据库口令、统一身份认证的密钥"


@dataclass(frozen=True, slots=True)
class Keep:
    """How many backups stay: the newest of each of so many days, weeks, months that have one. None: all."""

    daily: int = 14
    weekly: int = 8
    monthly: int = 24

    @classmethod
    def of(cls, settings: Settings) -> "Keep":
        return cls(settings.backups_daily, settings.backups_weekly, settings.backups_monthly)


@dataclass(frozen=True, slots=True)
class Backup:
    """A folder that bears a backup's name and a readable manifest. Whether its parts are whole, `check` says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def inventory(self) -> Inventory:
        return Inventory.from_json(self.manifest["inventory"])

    def settings(self) -> Any:
        """What was set when it was made, without secrets."""
        return json.loads((self.folder / SETTINGS).read_text(encoding="utf-8"))

    @property
    def size(self) -> int:
        return sum(part["size"] for part in self.manifest["parts"])


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, in how many seconds; the faults found in it; the old ones that were let go."""

    backup: Backup
    seconds: float
    removed: Sequence[str]
    notice: str = ""

    @property
    def sentence(self) -> str:
        inventory = self.backup.inventory
        return (
            f"备份已做好：{self.backup.folder}，{folders.size_of(self.backup.size)}，用时{self.seconds:.1f}秒；"
            f"操作日志到第{inventory.chain_number}号，{len(inventory.boards)}期榜单、{inventory.scores}个得分。"
            f"未包括：{SAID_OUT}。"
        )


def make(database: Database, settings: Settings, folder: Path, *, keep: Keep | None, now: datetime) -> Made:
    """A new backup in `folder`, whole or not at all; then the old ones that `keep` does not hold are let go.

    Busy while another one is being made there. Refused, with nothing left behind, when it cannot be completed.
    """
    began = time.monotonic()
    with folders.said("备份没有做成，没有留下半份备份"):
        folder = folder.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with folders.alone(folder / LOCK, f"{folder} 里正有一份备份在做，请等它做完。"):
            folders.sweep(folder, folders.DRAFT)
            folders.require_space(folder, int(snapshots.size_of(database) * 1.2), "备份没有做")
            target = folder / f"sanzhong-{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
            if target.exists():
                raise Refused(f"{target} 已经存在，不覆盖。请稍后再试。")
            with folders.whole_folder(target) as draft:
                write_parts(database, settings, draft, target.name, now)
            made = opened(target)
            removed, notice = let_go(made, keep, now) if keep is not None else ([], "")
    return Made(made, time.monotonic() - began, removed, notice)


def write_parts(database: Database, settings: Settings, draft: Path, name: str, now: datetime) -> None:
    # The witness first: it is never ahead of the database that is copied after it.
    witness = settings.home / WITNESS
    if witness.exists():
        folders.write_whole(draft / WITNESS, witness.read_bytes())
    folders.write_json(draft / SETTINGS, settings_json(settings))
    with snapshots.taken(database, draft) as (kind, session):
        inventory = inventory_of(session)
    parts = [
        {"name": path.name, "size": path.stat().st_size, "sha256": folders.sha256_of(path)}
        for path in sorted(draft.iterdir())
    ]
    manifest = {
        "format": FORMAT,
        "product": "sanzhong",
        "version": version("sanzhong"),
        "name": name,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "database": kind,
        "inventory": inventory.to_json(),
        "parts": parts,
        "left_out": SAID_OUT,
    }
    content = folders.as_json(manifest)
    folders.write_whole(draft / MANIFEST, content)
    folders.write_whole(draft / MANIFEST_HASH, manifest_hash(content))


def settings_json(settings: Settings) -> Any:
    return json.loads(settings.model_dump_json(exclude=set(LEFT_OUT)))


def manifest_hash(manifest: bytes) -> bytes:
    """As sha256sum writes it, so that it can be checked without this program."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


# ---- knowing one ----------------------------------------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    """The backups' names, the newest first. A draft, which may be half a backup, has no such name."""
    found = (path.name for path in folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name))
    return sorted(found, reverse=True)


def newest_in(folder: Path) -> Path | None:
    names = names_in(folder) if folder.is_dir() else []
    return folder / names[0] if names else None


def opened(folder: Path) -> Backup:
    """The backup with its manifest, which must be exactly as it was written. Refused otherwise."""
    with folders.said(f"备份 {folder} 读不出来"):
        if not (folder / MANIFEST).is_file() or not (folder / MANIFEST_HASH).is_file():
            raise Refused(f"{folder} 不是一份完整的备份（没有 {MANIFEST} 或 {MANIFEST_HASH}），请换一份。")
        content = (folder / MANIFEST).read_bytes()
        if (folder / MANIFEST_HASH).read_bytes() != manifest_hash(content):
            raise Refused(f"备份 {folder.name} 的 {MANIFEST} 与其校验码不符，备份已损坏或被改动，请换一份。")
    manifest = json.loads(content)
    if manifest["format"] != FORMAT:
        raise Refused(f"备份 {folder.name} 是更新版本的程序做的，请换用与之相同或更新的程序恢复。")
    return Backup(folder, manifest)


def check(backup: Backup) -> None:
    """Refused, naming it, unless every part is there, byte for byte as it was written, and nothing else is."""
    parts = {part["name"]: part for part in backup.manifest["parts"]}
    with folders.said(f"备份 {backup.folder} 读不出来"):
        there = {path.name for path in backup.folder.iterdir()} - {MANIFEST, MANIFEST_HASH}
        for name in sorted(parts.keys() | there):
            if name not in there:
                raise Refused(f"备份 {backup.name} 缺少 {name}，备份不完整，请换一份。")
            if name not in parts:
                raise Refused(f"备份 {backup.name} 里多出 {name}，它不是备份时写的，请查明后再用，或换一份。")
            path, part = backup.folder / name, parts[name]
            if path.stat().st_size != part["size"] or folders.sha256_of(path) != part["sha256"]:
                raise Refused(f"备份 {backup.name} 的 {name} 与其校验码不符，备份已损坏或被改动，请换一份。")


def is_good(folder: Path) -> bool:
    """Whole, and nothing was found wrong in it when it was made."""
    try:
        backup = opened(folder)
        check(backup)
    except DomainError:
        return False
    return not backup.manifest["inventory"]["faults"]


# ---- letting old ones go --------------------------------------------------------------------------------------------


def let_go(made: Backup, keep: Keep, now: datetime) -> tuple[list[str], str]:
    """Remove what the rule does not hold: only complete backups of this very installation; the newest good one never.

    A clock that was set back would make old of new: then nothing is removed, and that is said.
    """
    folder = made.folder.parent
    names = names_in(folder)
    if names[0] != made.name:
        return [], f"时钟早于最近一份备份（{names[0]}），旧备份一份也没有清理，请核对服务器时间。"
    held = kept({name: day_of(name) for name in names}, keep)
    held.add(made.name)
    held.update([name for name in names if is_good(folder / name)][:1])
    removed = []
    for name in names:
        if name not in held and is_ours(folder / name, made):
            folders.remove_folder(folder / name)
            removed.append(name)
    return removed, ""


def kept(days: Mapping[str, date], keep: Keep) -> set[str]:
    """The newest name of each of the newest so many days, weeks (Monday to Sunday) and months that have one."""
    newest_first = sorted(days, reverse=True)
    found: set[str] = set()
    for count, part in (
        (keep.daily, lambda day: day),
        (keep.weekly, lambda day: day.isocalendar()[:2]),
        (keep.monthly, lambda day: (day.year, day.month)),
    ):
        found.update(first_of_each(newest_first, lambda name, part=part: part(days[name]))[:count])
    return found


def first_of_each(names: Iterable[str], key: Any) -> list[str]:
    seen: dict[Any, str] = {}
    for name in names:
        seen.setdefault(key(name), name)
    return list(seen.values())


def day_of(name: str) -> date:
    found = NAME.fullmatch(name)
    assert found is not None
    return date.fromisoformat(found["at"][:8])


def is_ours(folder: Path, made: Backup) -> bool:
    """Complete as far as names and sizes go, and of the same installation as the one just made."""
    try:
        backup = opened(folder)
    except DomainError:
        return False
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    is_complete = all(sizes.get(part["name"]) == part["size"] for part in backup.manifest["parts"])
    mine = made.manifest["inventory"]["installation"]
    return is_complete and bool(mine) and backup.manifest["inventory"]["installation"] == mine
