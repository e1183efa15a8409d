"""What tests of the application begin with: a small county with its plan in, a county worth a backup."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from app.database import Database, open_database
from app.settings import Settings
from tests.app import identity_provider
from tests.app.county import County
from tests.app.identity_provider import IdentityProvider
from tests.app.kept_county import back_up, fill
from tests.installations import KEPT, PLANNED, Beginning, Templates, beginning_of


@cache
def by_transactions(begin: Callable[[County], None]) -> Beginning:
    def fill(settings: Settings) -> None:
        database = open_database(settings)
        begin(County(database))
        database.close()

    return fill


@pytest.fixture
def beginning(request: pytest.FixtureRequest) -> Beginning:
    """What the module's `begin(county)` makes, for a test that asks for its county."""
    return beginning_of(request, by_transactions)


@pytest.fixture
def county(database: Database) -> County:
    """The county that the module's `begin` made, a copy of this test's own."""
    return County(database)


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


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    """An identity provider on loopback, for the module's tests."""
    with identity_provider.serving() as made:
        yield made


@pytest.fixture
def idp(running: IdentityProvider) -> IdentityProvider:
    """The provider, keeping its word."""
    return running.as_new()
