"""A county in which everybody and everything bears a hostile name (恶意名称), brought in by sheet as a clerk would.

Each text, run by whoever shows it, would leave a mark (`window.__hit`), open a dialog or ask a foreign host.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl

from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.signed_in import COOKIE_KEY
from app.audit.service import Actor
from app.database import open_database
from app.programmes import service as programmes
from app.projects import service as projects
from app.settings import Settings
from app.uploads import service as uploads
from tests.app.sheets import INDUSTRY, MONTH_HEADINGS, PLAN_HEADINGS
from tests.conftest import signed_cookie
from tests.installations import SECRET, make_tables

SCRIPT = "<script>window.__hit=1</script>"
IMAGE = '"><img src=x onerror="window.__hit=2">'
SVG = "<svg/onload=window.__hit=3>"
LINK = "[点我](javascript:window.__hit=4)"
PICTURE = "![图](http://evil.example/x.png)"
FRAME = '<iframe src="javascript:parent.__hit=5"></iframe>'
TEMPLATE = "{{7*7}}${7*7}#{7*7}<%= 7*7 %>"
EQUALS = "=1+1+cmd|'/C calc'!A0"
PLUS, AT, TAB = "+1+1项目", "@SUM(1+1)项目", "\t=1+1项目"
MINUS = "-2+3项目"
PATH = "../../../../etc/passwd"
REVERSED = "\u202e目项转反\u202c"
INVISIBLE = "零\u200b宽\u200d字\ufeff项目"
EMOJI = "😀🏳️\u200d🌈项目"
LONG = "长" * 190 + "项目"
NAMES = (
    SCRIPT, IMAGE, SVG, LINK, PICTURE, FRAME, TEMPLATE, EQUALS, PLUS, MINUS, AT, TAB, PATH, REVERSED, INVISIBLE, EMOJI,
    LONG,
)  # fmt: skip
FEW = (SCRIPT, IMAGE, LINK, EQUALS, LONG)
UNIT, LEADER = '镇<img src=x onerror="window.__hit=6">', "张<script>window.__hit=7</script>"
PROBLEM = '=HYPERLINK("http://evil.example","点")<img src=http://evil.example/p.png onerror=window.__hit=8>'
PROGRESS = "主体<b onmouseover=window.__hit=9>施工</b>" + "长" * 4900
FILE = '"><img src=x onerror=window.__hit=10>\u202e.xlsx'
SHEET = "<i onload=alert(1)>'"  # what a sheet may be called: 31 characters, none of []:*?/\
PROGRAMME = "年度<script>window.__hit=11</script>"
PEOPLE = {
    "office": ("经办<img src=x onerror=window.__hit=12>", {}),
    "office_head": ("主任<script>window.__hit=13</script>", {}),
    "leader": (LEADER, {"scope": "county"}),
    "unit": ("单位=1+1", {"unit": UNIT}),
    "auditor": ("审计<svg/onload=window.__hit=14>", {}),
    "admin": ("管理[x](javascript:1)", {}),
}
NOON = 4  # UTC


@dataclass
class HostileCounty:
    """Where it stands, and whom one may be."""

    settings: Settings
    actors: dict[str, Actor] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    uploads: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def cookie(self, role: str) -> str:
        database = open_database(self.settings)
        with database.write() as session:
            account = session.get_one(Account, self.actors[role].account_id)
            token, _ = accounts.open_session(session, self.settings, account, datetime.now(UTC), {})
        database.close()
        return signed_cookie(self.settings, {COOKIE_KEY: token})


def fill(home: Path, names: tuple[str, ...] = NAMES) -> HostileCounty:
    """The year's plan and three months by sheet, the first quarter signed."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=home, database_url=None, secret=SECRET)
    database = open_database(settings)
    make_tables(database)
    made = HostileCounty(settings)
    with database.write() as session:
        start = datetime(2023, 1, 1, tzinfo=UTC)
        programmes.add(session, Actor.command(), "2023", PROGRAMME, 2023, classes=(INDUSTRY,), at=start)
        for role, (name, words) in PEOPLE.items():
            account, _ = accounts.add(session, settings, Actor.command(), name, role, password=None, **words)
            made.actors[role] = accounts.actor_of(account)
    office = made.actors["office"]
    plan = [(n, name, INDUSTRY, 7000, 3600, "2023年1月", "2023年12月", UNIT, LEADER) for n, name in enumerate(names, 1)]
    sheets: list[tuple[Any, ...]] = [(1, 2, workbook(f"2023年度重点项目计划表{SCRIPT}", PLAN_HEADINGS, plan))]
    for month in (1, 2, 3):
        rows = [(n, name, 100 * n * month, PROGRESS, PROBLEM, "在建") for n, name in enumerate(names, 1)]
        sheets.append((month, 27, workbook(f"2023年{month}月重点项目进展情况表", MONTH_HEADINGS, rows)))
    for month, day, content in sheets:
        at = datetime(2023, month, day, NOON, tzinfo=UTC)
        tried = uploads.try_upload(database, office, "2023", FILE, content, register=True, at=at)
        answers = {one["id"]: _answer(one) for one in tried["questions"]}
        if answers:
            tried = uploads.answer(database, office, tried["id"], answers, at=at)
        uploads.commit(database, office, tried["id"], at=at)
        made.uploads.append(tried["id"])
    with database.read() as session:
        programme = programmes.get(session, "2023")
        made.ids = sorted(one.project_id for one in projects.current(session, programme))
    database.close()
    return made


def workbook(title: str, headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    """A county sheet in which every text is a text, those that look like formulas too."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = SHEET
    for line, row in enumerate(((title,), ("单位：万元",), headings, *rows), 1):
        for place, value in enumerate(row, 1):
            cell = page.cell(line, place, value)
            if isinstance(value, str):
                cell.data_type = "s"
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _answer(question: dict[str, Any]) -> str:
    values = [choice["value"] for choice in question["choices"]]
    return question["default"] or next((one for one in values if one in ("register", "new", "yes")), values[0])
