"""Who sees which rows (数据范围), over random counties: exactly what DESIGN §1 says, restated here in plain words.

The restatement below knows nothing of the code: it keeps its own notes of who was given which project from which day
on, and reads them by "a month is charged to whoever held it on its last day".
"""

import calendar
import io
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import openpyxl
import pytest
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.accounts import service as accounts
from app.accounts.signed_in import COOKIE_KEY
from app.audit.service import Actor
from app.database import open_database
from app.main import create_app
from app.organisation import service as organisations
from app.projects import service as projects
from app.projects.service import Holder
from app.settings import Settings
from tests.app.county import FARMING, INDUSTRY, County
from tests.conftest import signed_cookie
from tests.installations import SECRET, make_tables

UNITS, LEADERS = ("杨屯镇", "龙固镇", "供电公司"), ("张县长", "李县长")
ALIAS = {"龙固镇": "龙固镇人民政府"}  # a spelling of the register's that sheets use
NAMES = ("绛云水泥窑改造", "青岚污水处理厂", "紫陌敬老院扩建", "黛山公路改线")
MONTHS = ("2023-04", "2023-05", "2023-06")
ROLES_OF_UNITS = ("responsible_unit", "supporting_unit", "paired_department")
DAYS = [date(2023, 1, 1), date(2023, 4, 30), date(2023, 5, 1), date(2023, 5, 31), date(2023, 6, 15), date(2023, 6, 30)]
SEES_ALL = ("office", "office_head", "county leader", "inspector", "auditor")

# quick: a few counties in `make test`; more in `make test-all`
EXAMPLES = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 2


# A county is made in a second: looking for the smallest that fails would take minutes, and each is small already.
PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate)


@dataclass(frozen=True)
class Given:
    """From `on` on, a role of a project is held by these and no others."""

    project: str
    role: str
    holders: tuple[str, ...]
    on: date


@dataclass(frozen=True)
class RandomCounty:
    given: tuple[Given, ...]  # by day
    months: tuple[str, ...]  # committed
    published: tuple[str, ...]
    people: tuple[str, ...]  # who ask: a unit, a leader, or one of SEES_ALL
    month: str  # asked about
    period: str


def holders(draw: Any, role: str) -> tuple[str, ...]:
    if role == "lead_official":
        return (draw(st.sampled_from(LEADERS)),)
    if role == "responsible_unit":
        return (draw(st.sampled_from(UNITS)),)
    return tuple(draw(st.lists(st.sampled_from(UNITS), max_size=2, unique=True)))


@st.composite
def counties(draw: Any) -> RandomCounty:
    given = []
    for project in NAMES:
        for role in (*ROLES_OF_UNITS, "lead_official"):
            days = draw(st.lists(st.sampled_from(DAYS), max_size=2, unique=True))
            given += [Given(project, role, holders(draw, role), on) for on in days]
    months = tuple(sorted(draw(st.sets(st.sampled_from(MONTHS), min_size=1))))
    published = draw(st.sampled_from([(), (months[0],), ("2023Q2",)]))
    people = (draw(st.sampled_from(UNITS)), draw(st.sampled_from([*LEADERS, *SEES_ALL])))
    period = draw(st.sampled_from(["2023Q2", "2023", *months]))
    ordered = tuple(sorted(given, key=lambda one: one.on))
    return RandomCounty(ordered, months, tuple(published), people, draw(st.sampled_from(months)), period)


# ---- the rule, restated ---------------------------------------------------------------------------------------------


def last_day_of(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


def holding(county: RandomCounty, project: str, role: str, day: date) -> tuple[str, ...]:
    """Whom the notes name for the role on a day: the last ones given it by then."""
    by_then = [one for one in county.given if (one.project, one.role) == (project, role) and one.on <= day]
    return by_then[-1].holders if by_then else ()


def concerned(county: RandomCounty, person: str, month: str, roles: Sequence[str] = ROLES_OF_UNITS) -> set[str]:
    """The projects that concern a person in a month: held on its last day."""
    if person in SEES_ALL:
        return set(NAMES)
    wanted = ("lead_official",) if person in LEADERS else roles
    day = last_day_of(month)
    return {name for name in NAMES if any(person in holding(county, name, role, day) for role in wanted)}


# ---- the county, made ------------------------------------------------------------------------------------------------


@dataclass
class Made:
    county: County
    client: TestClient
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def rows(self, person: str, path: str) -> set[str]:
        return {row["name"] for row in self.json(person, path)["rows"]}

    def json(self, person: str, path: str) -> Any:
        answer = self.get(person, path)
        assert answer.status_code == 200, (person, path, answer.text)
        return answer.json()

    def get(self, person: str, path: str) -> Any:
        self.client.cookies.clear()
        return self.client.get(path, headers=self.headers[person])


def make(wanted: RandomCounty, settings: Settings, client: TestClient) -> Made:
    county = County(client.app.state.database)  # type: ignore[attr-defined]
    made = Made(county, client)
    for place, name in enumerate(NAMES):
        county.project(name, class_name=(INDUSTRY, FARMING)[place % 2])
    with county.change("2023-01-02") as change:
        owner = change.programme.organisation_id
        for unit in UNITS:
            found = organisations.ensure_unit(change.session, owner, unit)
            if unit in ALIAS:
                organisations.add_alias(change.session, found, ALIAS[unit])
        for one in wanted.given:
            known = [held(change.session, owner, one.role, holder) for holder in one.holders]
            projects.replace_assignment(change, county.ids[one.project], one.role, known, on=one.on)
    for month in wanted.months:
        share = int(month[5:])
        county.record(month, {name: 100 * share - 30 * place for place, name in enumerate(NAMES)})
    for period in wanted.published:
        county.publish(period, "2023-07-10")
    _people(made, settings)
    return made


def held(session: Any, owner: int, role: str, holder: str) -> Holder:
    """龙固镇 is named by its other spelling and without an id, as a sheet may leave it."""
    if role == "lead_official":
        return Holder(holder, official_id=organisations.ensure_official(session, owner, holder).id)
    if holder in ALIAS:
        return Holder(ALIAS[holder])
    return Holder(holder, unit_id=organisations.ensure_unit(session, owner, holder).id)


def _people(made: Made, settings: Settings) -> None:
    words: dict[str, tuple[str, dict[str, str]]] = {
        **{unit: ("unit", {"unit": unit}) for unit in UNITS},
        **{leader: ("leader", {"scope": "sponsored"}) for leader in LEADERS},
        "office": ("office", {}),
        "office_head": ("office_head", {}),
        "county leader": ("leader", {"scope": "county"}),
        "inspector": ("inspector", {"team": "督查一组"}),
        "auditor": ("auditor", {}),
    }
    with made.county.database.write() as session:
        for person, (role, more) in words.items():
            account, _ = accounts.add(session, settings, Actor.command(), person, role, password=None, **more)
            token, _ = accounts.open_session(session, settings, account, datetime.now(UTC), {})
            made.headers[person] = {"cookie": f"sanzhong={signed_cookie(settings, {COOKIE_KEY: token})}"}


def exported_names(content: bytes) -> set[str]:
    """The projects named anywhere in a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    texts = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    return {name for name in NAMES if any(name in text for text in texts)}


# ---- the property ----------------------------------------------------------------------------------------------------


def check_month(made: Made, wanted: RandomCounty, person: str, month: str) -> None:
    own = concerned(wanted, person, month)
    of_month = f"programme=2023&month={month}"
    assert made.rows(person, f"/api/projects?{of_month}") == own
    assert made.rows(person, f"/api/alerts?{of_month}") == own  # lights stay one's own, published or not
    assert exported_names(made.get(person, f"/api/alerts/export?{of_month}").content) == own
    due = {
        row["name"] for unit in made.json(person, f"/api/uploads/board?{of_month}")["rows"] for row in unit["projects"]
    }
    assert due == concerned(wanted, person, month, ("responsible_unit",))
    judged = made.json(person, f"/api/alerts/track-record?{of_month}")
    assert sum(judged["outcomes"].values()) == len(own & outlooks(made, month))


def check_period(made: Made, wanted: RandomCounty, person: str, period: str) -> None:
    month = period if "-" in period else wanted.months[-1]
    own = concerned(wanted, person, month)
    of_period = f"programme=2023&period={period}"
    is_published = period in wanted.published
    board = made.json(person, f"/api/standings?{of_period}")
    assert board["state"] == ("published" if is_published else "interim")
    assert {row["name"] for row in board["rows"]} == (set(NAMES) if is_published else own)
    codes = {code for lists in board["lists"].values() for code in lists}
    assert is_published or codes <= {made.county.codes[name] for name in own}
    assert exported_names(made.get(person, f"/api/standings/export?{of_period}").content) == (
        set(NAMES) if is_published else own
    )
    movement = made.rows(person, f"/api/standings/movement?{of_period}")
    assert is_published or movement <= own
    for name, project_id in made.county.ids.items():
        status = 200 if name in own else 404
        assert made.get(person, f"/api/projects/{project_id}/receipt?period={period}").status_code == status
        if "-" not in period:
            answer = made.get(person, f"/api/projects/{project_id}/whatif?period={period}")
            assert answer.status_code == status
            if not (is_published or person in SEES_ALL):
                assert [other for other in NAMES if other != name and other in answer.text] == []
    if "-" not in period:
        assert made.rows(person, f"/api/whatif/overview?{of_period}") == own
        assert exported_names(made.get(person, f"/api/whatif/export?{of_period}").content) == own


def check_newest(made: Made, wanted: RandomCounty, person: str) -> None:
    """What is asked without a month is of the newest committed one."""
    last = wanted.months[-1]
    for name, project_id in made.county.ids.items():
        status = 200 if name in concerned(wanted, person, last) else 404
        assert made.get(person, f"/api/projects/{project_id}").status_code == status
    if person in UNITS:
        filled = made.get(person, f"/api/templates/monthly?programme=2023&month={last}").content
        assert exported_names(filled) == concerned(wanted, person, last, ("responsible_unit",))


def outlooks(made: Made, month: str) -> set[str]:
    """The projects that have an outlook at a month, of all."""
    rows = made.json("office", f"/api/alerts?programme=2023&month={month}")["rows"]
    return {row["name"] for row in rows if row["outlook"] is not None}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@hypothesis.settings(max_examples=EXAMPLES, deadline=None, phases=PHASES)
@hypothesis.given(counties())
def test_everybody_sees_exactly_the_projects_that_concern_them(wanted: RandomCounty) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database_url=None, secret=SECRET)
        database = open_database(settings)
        make_tables(database)
        database.close()
        with TestClient(create_app(settings)) as client:
            made = make(wanted, settings, client)
            for person in wanted.people:
                check_month(made, wanted, person, wanted.month)
                check_period(made, wanted, person, wanted.period)
                check_newest(made, wanted, person)
