"""Fifty units at once (并发下的数据范围, SECURITY B6): while a sheet commits, nobody is ever shown another's row.

Against a real server process, each person on a connection of their own. Every unit has one project, whose name no
other project's name contains, so that one look at an answer tells whose it is.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.accounts import service as accounts
from app.accounts.signed_in import COOKIE_KEY
from app.audit.service import Actor
from app.database import open_database
from app.organisation import service as organisations
from app.projects import service as projects
from app.projects.service import Holder
from app.settings import Settings
from tests.app.county import INDUSTRY, County
from tests.app.sheets import month_sheet
from tests.conftest import signed_cookie
from tests.installations import Templates
from tests.trust.running import started

UNITS = 50
NAME = re.compile(r"第\d\d号工程")
HEADINGS = ("序号", "项目名称", "累计完成投资")


@dataclass
class Crowd:
    """The running county: its address, the ids of the projects, what each unit's browser carries."""

    address: str
    ids: dict[str, int]
    cookies: dict[str, str]  # by project; "" is the office's


def project_of(number: int) -> str:
    return f"第{number:02d}号工程"


def fill(settings: Settings) -> tuple[dict[str, int], dict[str, str]]:
    """Fifty units with a project each and a figure in May; ids and cookies."""
    database = open_database(settings)
    county = County(database)
    cookies: dict[str, str] = {}
    with county.change("2023-01-02") as change:
        owner = change.programme.organisation_id
        for number in range(UNITS):
            name = project_of(number)
            project = projects.register(change, name=name, class_name=INDUSTRY)
            assert project.id is not None
            county.ids[name] = project.id
            unit = organisations.ensure_unit(change.session, owner, f"第{number:02d}镇")
            holder = Holder(unit.name, unit_id=unit.id)
            projects.replace_assignment(change, project.id, "responsible_unit", [holder], on=date(2023, 1, 1))
            projects.record_plan(change, project.id, {"annual_investment_wan": 1200})
    county.record("2023-05", {project_of(number): 400 + number for number in range(UNITS)})
    with database.write() as session:
        for number in range(-1, UNITS):
            words: dict[str, Any] = {"unit": f"第{number:02d}镇"} if number >= 0 else {}
            name = f"第{number:02d}镇经办" if number >= 0 else "办公室"
            role = "unit" if number >= 0 else "office"
            account, _ = accounts.add(session, settings, Actor.command(), name, role, password=None, **words)
            token, _ = accounts.open_session(session, settings, account, datetime.now(UTC), {})
            cookies[project_of(number) if number >= 0 else ""] = signed_cookie(settings, {COOKIE_KEY: token})
    database.close()
    return county.ids, cookies


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.slow, pytest.mark.database])])
def crowd(request: pytest.FixtureRequest, tmp_path: Path, templates: Templates) -> Iterator[Crowd]:
    """On SQLite with one process; on PostgreSQL with two."""
    settings = templates.copy(request.param, tmp_path / "home")
    ids, cookies = fill(settings)
    url = settings.database_url
    with started(settings.home, database_url=url, workers=1 if url is None else 2) as address:
        yield Crowd(address, ids, cookies)
    templates.forget(settings)


class Watch:
    """What all saw together: requests by status, and every sight of something that was not theirs."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.statuses: Counter[int] = Counter()
        self.foreign: list[str] = []
        self.versions: set[int] = set()

    def note(self, status: int, wrong: list[str]) -> None:
        with self.lock:
            self.statuses[status] += 1
            self.foreign += wrong


def person(crowd: Crowd, number: int, rounds: int, watch: Watch, start: threading.Barrier) -> None:
    """One unit's round: session, list, board, alerts, receipt, another's receipt, export, filing board."""
    own = project_of(number)
    other = crowd.ids[project_of((number + 7) % UNITS)]
    asked = {
        "/api/session": 200,
        "/api/projects?programme=2023": 200,
        "/api/standings?programme=2023&period=2023Q2": 200,
        "/api/alerts?programme=2023&month=2023-05": 200,
        f"/api/projects/{crowd.ids[own]}/receipt?period=2023Q2": 200,
        f"/api/projects/{other}/receipt?period=2023Q2": 404,
        "/api/uploads/board?programme=2023&month=2023-05": 200,
        "/api/standings/export?programme=2023&period=2023Q2&group=none": 200,
    }
    with httpx2.Client(base_url=crowd.address, trust_env=False, timeout=300) as http:
        start.wait(timeout=120)
        for _ in range(rounds):
            for path, expected in asked.items():
                answer = http.get(path, headers={"cookie": f"sanzhong={crowd.cookies[own]}"})
                wrong = [] if answer.status_code == expected else [f"{own} {path}: {answer.status_code}"]
                if answer.headers.get("content-type", "").startswith("application/json"):
                    wrong += [f"{own} {path}: {name}" for name in set(NAME.findall(answer.text)) - {own}]
                    if path == "/api/session" and answer.json()["name"] != f"第{number:02d}镇经办":
                        wrong.append(f"{own} is {answer.json()['name']}")
                    elif path.startswith("/api/projects?") and {row["name"] for row in answer.json()["rows"]} != {own}:
                        wrong.append(f"{own} {path}: {answer.text[:200]}")
                watch.note(answer.status_code, wrong)


def commits(crowd: Crowd, times: int, watch: Watch, start: threading.Barrier) -> None:
    """The office's part: a sheet of June after the other, each tried and committed, whatever the fifty are asking."""
    cookie = {"cookie": f"sanzhong={crowd.cookies['']}"}
    with httpx2.Client(base_url=crowd.address, trust_env=False, timeout=300) as http:
        start.wait(timeout=120)
        for turn in range(times):
            rows = [(number + 1, project_of(number), 500 + number + turn) for number in range(UNITS)]
            file = {"file": ("6月.xlsx", month_sheet(6, rows, HEADINGS))}
            tried = http.post("/api/uploads", headers=cookie, data={"programme": "2023"}, files=file)
            assert tried.status_code == 201, tried.text
            shown = tried.json()
            if shown["questions"]:
                answers = {question["id"]: question["choices"][0]["value"] for question in shown["questions"]}
                http.post(f"/api/uploads/{shown['id']}/answers", headers=cookie, json={"answers": answers})
            done = http.post(f"/api/uploads/{shown['id']}/commit", headers=cookie)
            assert (done.status_code, done.json().get("state")) == (200, "committed"), done.text
            watch.versions.add(http.get("/api/changes?programme=2023", headers=cookie).json()["data_version"])


def together(crowd: Crowd, rounds: int, times: int) -> Watch:
    watch, faults = Watch(), list[BaseException]()
    start = threading.Barrier(UNITS + 1)

    def guarded(work: Any, *words: Any) -> None:
        try:
            work(*words)
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [
        threading.Thread(target=guarded, args=(person, crowd, number, rounds, watch, start)) for number in range(UNITS)
    ]
    threads.append(threading.Thread(target=guarded, args=(commits, crowd, times, watch, start)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return watch


def test_fifty_units_at_once_see_their_own_rows_alone_while_a_sheet_commits(crowd: Crowd) -> None:
    watch = together(crowd, rounds=1, times=1)
    assert watch.foreign == []
    assert watch.statuses == {200: 7 * UNITS, 404: UNITS}
    assert len(watch.versions) == 1


@pytest.mark.slow
def test_fifty_units_for_long_see_their_own_rows_alone_while_sheets_commit(crowd: Crowd) -> None:
    rounds = 12
    watch = together(crowd, rounds=rounds, times=6)
    assert watch.foreign == []
    assert watch.statuses == {200: 7 * UNITS * rounds, 404: UNITS * rounds}
    assert len(watch.versions) == 6
    print(json.dumps(watch.statuses))
