"""The county of roles, made once a session; a test that changes something copies it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.database import open_database
from app.settings import Settings
from tests.conftest import SECRET, make_tables
from tests.trust.county_of_roles import Roles, fill
from tests.trust.running import Running, running_copy


@pytest.fixture(scope="session")
def roles(tmp_path_factory: pytest.TempPathFactory, quick_passwords: Any) -> Iterator[Roles]:
    """Nothing is published. Tests that ask only, or are refused, share it."""
    home: Path = tmp_path_factory.mktemp("roles")
    settings = Settings(home=home, database_url=None, secret=SECRET)
    database = open_database(settings)
    make_tables(database)
    yield fill(settings, database)
    database.close()


@pytest.fixture(scope="session")
def running(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real server process on a copy of the county."""
    with running_copy(roles, tmp_path_factory.mktemp("running") / "home") as started:
        yield started
