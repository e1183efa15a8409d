"""A county worth a backup: figures of three months, an uploaded file, a published quarter, a signed-in person."""

from datetime import UTC, datetime
from pathlib import Path

from app.accounts import service as accounts
from app.audit.service import Actor
from app.database import Database, open_database
from app.maintenance import service
from app.maintenance.backups import Keep, Made
from app.settings import Settings
from tests.app.county import County

NIGHT = datetime(2023, 11, 25, 18, 30, 5, tzinfo=UTC)  # 02:30:05 of the 26th in Shanghai
NAME = "sanzhong-20231126-023005"
FILE = "六月.xlsx"


def fill(settings: Settings) -> None:
    """甲 and 乙, April to June, June from a sheet; the second quarter is published. 张三 may sign in."""
    database = open_database(settings)
    county = County(database)
    for name in ("甲", "乙"):
        county.project(name, unit="杨屯镇")
    county.record("2023-04", {"甲": 240, "乙": 300})
    county.record("2023-05", {"甲": 300, "乙": 400})
    county.sheet("2023-06", {"甲": 360, "乙": 420}, "2023-06-28", FILE)
    county.publish("2023Q2", "2023-07-05")
    with database.write() as session:
        accounts.add(session, settings, Actor.command(), "张三", "office", password="Abcdef-12")
    database.close()


def write_once(database: Database, number: int) -> None:
    """One act of the work, as small as they come."""
    with database.write() as session:
        accounts.add(session, Settings(home=Path("/")), Actor.command(), f"新人{number}", "office", password=None)


def change_byte(path: Path, place: int) -> None:
    """Turn over the bits of one byte; a negative place counts from the end."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))


def back_up(settings: Settings, folder: Path, *, keep: Keep | None = None, now: datetime = NIGHT) -> Made:
    """A backup as the command makes one."""
    database = open_database(settings)
    try:
        return service.back_up(database, settings, folder, keep=keep, actor=Actor.command(), now=now)
    finally:
        database.close()
