"""A small county with its plan in, made once and copied: what tests of uploads begin with (四个项目的县)."""

import shutil
from pathlib import Path

import pytest

from app.audit.service import Actor
from app.database import Database, open_database
from app.programmes import service as programmes
from app.settings import Settings
from app.uploads import service as uploads
from tests.app.kept_county import back_up, fill
from tests.app.sheets import FARMING, INDUSTRY, plan_sheet
from tests.conftest import SECRET


def plan(database: Database) -> None:
    """Programme T of 2023: two classes, four projects A001 A002 B001 B002, three responsible units."""
    with database.write() as session:
        programmes.add(session, Actor.command(), "T", "2023年度重点项目", 2023, classes=[INDUSTRY, FARMING])
    done = uploads.import_workbook(database, Actor.command(), "T", "年度计划.xlsx", plan_sheet(), register=True)
    assert done["state"] == "committed"


@pytest.fixture(scope="session")
def planned_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the planned county in it."""
    path = tmp_path_factory.mktemp("planned") / "sanzhong.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    plan(database)
    database.close()
    return path


@pytest.fixture
def planned_settings(
    tmp_path: Path, engine_name: str, planned_template: Path, request: pytest.FixtureRequest
) -> Settings:
    """As `settings`, with the planned county in it. A module whose tests all begin with it names it `settings`."""
    home = tmp_path / "home"
    home.mkdir()
    if engine_name == "postgresql":
        settings = Settings(home=home, database_url=request.getfixturevalue("postgresql_url"), secret=SECRET)
        database = open_database(settings)
        plan(database)
        database.close()
        return settings
    shutil.copyfile(planned_template, home / "sanzhong.sqlite")
    return Settings(home=home, database_url=None, secret=SECRET)


@pytest.fixture(scope="session")
def kept_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A county worth a backup, and a backup of it: to be copied and never changed."""
    home = tmp_path_factory.mktemp("kept") / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "sanzhong.sqlite")
    settings = Settings(home=home, database_url=None, secret=SECRET)
    fill(settings)
    return home, back_up(settings, home.parent / "backups").backup.folder


@pytest.fixture
def kept_settings(settings: Settings, engine_name: str, request: pytest.FixtureRequest) -> Settings:
    """As `settings`, with the county worth a backup in it."""
    if engine_name == "postgresql":
        fill(settings)
    else:
        home, _ = request.getfixturevalue("kept_template")
        shutil.copytree(home, settings.home, dirs_exist_ok=True)
    return settings


@pytest.fixture
def backup(kept_template: tuple[Path, Path], tmp_path: Path) -> Path:
    """A backup of SQLite of this test's own."""
    _, made = kept_template
    return Path(shutil.copytree(made, tmp_path / "copies" / made.name))
