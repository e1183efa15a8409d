"""How long a backup and a restore take (`python -m tests.recovery [--years 10]`): figures for docs/备份与恢复.md.

Two installations: the demo, and one of so many years of 12 months and 134 projects each, with the second, third and
fourth quarter published and a sheet of 100 KB for every month. Each is backed up and restored into scratch, every score
worked out again both times. RPO: what is written after the backup; RTO: the restore's seconds, with the start of serve.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from app import migrations
from app.audit.service import Actor
from app.database import Database, open_database
from app.demonstration import service as demonstration
from app.evidence import service as evidence
from app.inspections import service as inspections
from app.maintenance import backups, folders
from app.maintenance.restoring import restore
from app.programmes import service as programmes
from app.projects import service as projects
from app.publications import service as publishing
from app.settings import Settings

PROJECTS = 134
CLASSES = ("重大工业和服务业", "重大基础设施和城建", "农业农村重点", "为民实事")
OFFICE, HEAD = Actor(None, "经办员", "office"), Actor(None, "办公室主任", "office_head")


def fill(database: Database, years: int, until: int = 2024) -> None:
    """Years of figures before `until`, drawn by a seed; through the services that people's acts go through."""
    drawn = random.Random(2023)
    for year in range(until - years, until):
        code, began = str(year), datetime(year, 1, 1, tzinfo=UTC)
        with database.write() as session:
            programmes.add(session, HEAD, code, f"{year}年度", year, classes=CLASSES, at=began)
        with database.write() as session:
            change = programmes.begin_change(session, code, OFFICE, at=began)
            ids = [add_project(change, number) for number in range(PROJECTS)]
        for month in range(1, 13):
            at = datetime(year, month, 28, tzinfo=UTC)
            with database.write() as session:
                change = programmes.begin_change(session, code, OFFICE, at=at)
                evidence.store(session, drawn.randbytes(100 * 1024), at)
                for project in ids:
                    spent = Decimal(100 * month) * drawn.randint(50, 110) / 100
                    stated = {"reported_ytd_wan": spent, "physical_progress_pct": Decimal(drawn.randint(0, 100))}
                    inspections.record(change, project, f"{year}-{month:02}", stated, list(stated))
            if month in (6, 9, 12):
                for act, actor in ((publishing.draft, OFFICE), (publishing.sign, HEAD)):
                    with database.write() as session:
                        act(programmes.begin_change(session, code, actor, at=at), f"{year}Q{month // 3}")


def add_project(change: programmes.Change, number: int) -> int:
    project = projects.register(change, name=f"项目{number}", class_name=CLASSES[number % 4], entered_on=None)
    assert project.id is not None
    plan = {"annual_investment_wan": Decimal(1200), "planned_start_on": date(change.programme.year, 1, 1)}
    projects.record_plan(change, project.id, plan)
    return project.id


def measure(settings: Settings, scratch: Path) -> Iterator[str]:
    """Lines of the table: size, seconds of a backup, of a restore with every score worked out again."""
    database = open_database(settings)
    made = backups.make(database, settings, scratch / "backups", keep=None, now=datetime.now(UTC))
    yield f"备份 {folders.size_of(made.backup.size)} 用时{made.seconds:.1f}秒"
    inventory = made.backup.inventory
    yield f"{len(inventory.boards)}期榜单、{inventory.scores}个得分、操作日志{inventory.chain_number}条"
    began = time.monotonic()
    database.path.with_name("bare.sqlite").unlink(missing_ok=True)
    migrations.copy_sqlite(database.path, database.path.with_name("bare.sqlite"))
    yield f"其中复制数据库{time.monotonic() - began:.1f}秒，其余为重算与核对"
    database.close()
    home = scratch / "restored"
    home.mkdir()
    done = restore(made.backup, settings.model_copy(update={"home": home}))
    yield f"恢复并全部重算 用时{done.seconds:.1f}秒"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    years = parser.parse_args().years
    for name in ("演示数据", f"{years}年×12月×{PROJECTS}项"):
        with tempfile.TemporaryDirectory(prefix="sanzhong-recovery-") as folder:
            settings = Settings(home=Path(folder) / "home", database_url=None)
            migrations.upgrade(settings)
            database = open_database(settings)
            began = time.monotonic()
            if name == "演示数据":
                demonstration.load(database, settings)
            else:
                fill(database, years)
            database.close()
            print(f"{name}（装入{time.monotonic() - began:.0f}秒）", flush=True)
            for line in measure(settings, Path(folder)):
                print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
