"""What was seen on a day stays what was seen on that day (历史查询), whatever happens afterwards."""

import random
from typing import Any

import pytest

from app.database import Database
from app.publications import service as publishing
from tests.app.county import County, noon

NAMES = ("甲", "乙", "丙", "丁")


@pytest.mark.database
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_day_looked_back_on_shows_the_board_of_that_day(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    county = County(database)
    for name in NAMES:
        county.project(name)
    county.record("2023-04", {name: chance.randrange(500) for name in NAMES}, "2023-04-28")
    boards: dict[str, Any] = {}
    lights: dict[str, Any] = {}
    known: dict[str, Any] = {}
    locked = False
    for step in range(14):
        day = f"2023-05-{step + 1:02d}"
        act = chance.choice(("record", "record", "event", "publish", "reopen"))
        if act == "publish" and not locked:
            county.publish("2023-04", day)
            locked = True
        elif act == "reopen" and locked:
            county.reopen("2023-04", day)
            locked = False
        elif act == "event":
            county.event(chance.choice(NAMES), "暂缓", "2023-05-20", day)
        elif not locked:
            county.record("2023-04", {chance.choice(NAMES): chance.randrange(500)}, day)
        # The day ends; this is what people see on it.
        boards[day], lights[day] = county.board("2023-04"), county.alerts("2023-04")
        known[day] = county.board("2023-04", known_at=noon(day).replace(hour=23))
    for day in boards:
        assert county.board("2023-04", as_of=day) == {**boards[day], "as_of": day}
        assert county.alerts("2023-04", as_of=day) == {**lights[day], "as_of": day}
        assert county.board("2023-04", known_at=noon(day).replace(hour=23)) == known[day]
    assert {board["state"] for board in boards.values()} >= {"published"}
    with county.reading() as (session, _):
        assert publishing.verify(session) == []
