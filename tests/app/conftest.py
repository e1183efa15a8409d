"""What tests of the application begin with: a small county with its plan in, a county worth a backup."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.app.kept_county import back_up, fill
from tests.installations import KEPT, PLANNED, Templates


@pytest.fixture
def planned_settings(tmp_path: Path, engine_name: str, templates: Templates) -> Iterator[Settings]:
    """As `settings`, with the planned county in it. A module whose tests all begin with it names it `settings`."""
    made = templates.copy(engine_name, tmp_path / "home", PLANNED)
    yield made
    templates.forget(made)


@pytest.fixture(scope="session")
def kept_template(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A county worth a backup, on SQLite, and a backup of it: to be copied and never changed."""
    settings = templates.copy("sqlite", tmp_path_factory.mktemp("kept") / "home", KEPT)
    return settings.home, back_up(settings, settings.home.parent / "backups").backup.folder


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
