"""The county of roles, made once a session; a test that changes something copies it."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.database import open_database
from tests.installations import Templates
from tests.trust.county_of_roles import Roles, fill
from tests.trust.running import Running, running_copy


@pytest.fixture(scope="session")
def roles(templates: Templates, tmp_path_factory: pytest.TempPathFactory, quick_passwords: Any) -> Iterator[Roles]:
    """Nothing is published. Tests that ask only, or are refused, share it."""
    settings = templates.copy("sqlite", tmp_path_factory.mktemp("roles") / "home")
    database = open_database(settings)
    yield fill(settings, database)
    database.close()


@pytest.fixture(scope="session")
def running(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real server process on a copy of the county."""
    with running_copy(roles, tmp_path_factory.mktemp("running") / "home") as started:
        yield started
