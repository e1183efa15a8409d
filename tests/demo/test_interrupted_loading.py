"""A loading that was cut off goes on where it stopped, on either database."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from app.audit.service import Actor
from app.database import Database
from app.demonstration import service as demonstration
from app.programmes import service as programmes
from app.publications import service as publications
from app.settings import Settings


@pytest.mark.slow
@pytest.mark.database
def test_a_loading_cut_off_in_august_goes_on_where_it_stopped(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform = demonstration.perform
    performed: list[datetime] = []

    def until_august(database: Database, code: str, at: datetime, *rest: Any) -> None:
        if at.month == 8:
            raise KeyboardInterrupt
        performed.append(at)
        perform(database, code, at, *rest)

    monkeypatch.setattr(demonstration, "perform", until_august)
    with pytest.raises(KeyboardInterrupt):
        demonstration.load(database, settings)

    def counted(database: Database, code: str, at: datetime, *rest: Any) -> None:
        performed.append(at)
        perform(database, code, at, *rest)

    monkeypatch.setattr(demonstration, "perform", counted)
    assert demonstration.load(database, settings)
    assert performed == sorted(set(performed))  # every instant once
    assert not demonstration.load(database, settings)

    with database.read() as session:
        programme = programmes.get(session, "2023")
        found = publications.alerts(session, Actor.command(), programme, "2023-10")
    assert Counter(row["outlook"] for row in found["rows"]) == {"done": 69, "expected": 60, "unlikely": 5}
