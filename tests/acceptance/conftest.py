"""The installation of the acceptance tests."""

from collections.abc import Callable
from functools import cache

import pytest

from app.settings import Settings
from tests.acceptance.office import Office
from tests.acceptance.office import office as office
from tests.installations import Beginning, beginning_of


@cache
def by_commands(begin: Callable[[Office], None]) -> Beginning:
    def fill(settings: Settings) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            begin(Office(settings.home.parent, settings, monkeypatch))

    return fill


@pytest.fixture
def beginning(request: pytest.FixtureRequest) -> Beginning:
    """What the module's `begin(office)` makes, for a test that asks for its county."""
    return beginning_of(request, by_commands)


@pytest.fixture
def county(office: Office) -> Office:
    """The installation in which the module's `begin` worked, a copy of this test's own."""
    return office
