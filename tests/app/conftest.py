"""A small county with its plan in, made once and copied: what tests of uploads begin with (四个项目的县)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.installations import PLANNED, Templates


@pytest.fixture
def planned_settings(tmp_path: Path, engine_name: str, templates: Templates) -> Iterator[Settings]:
    """As `settings`, with the planned county in it. A module whose tests all begin with it names it `settings`."""
    made = templates.copy(engine_name, tmp_path / "home", PLANNED)
    yield made
    templates.forget(made)
