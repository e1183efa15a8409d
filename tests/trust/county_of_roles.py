"""A county with one of every kind of person in it and something of everything that belongs to somebody (各类人员).

Whose is whose: 绛云水泥窑 is 杨屯镇's (sponsor 张县长), 青岚污水厂 and 紫陌敬老院 are 龙固镇's (sponsor 李县长), the
last is paired with 供电公司. Each has figures and words of its own that stand nowhere else, so that one look at an
answer tells whose data are in it. A second county (邻县) has an office and a year of its own.
"""

import shutil
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from app.accounts import service as accounts
from app.accounts.models import Account
from app.accounts.signed_in import COOKIE_KEY
from app.appeals import service as appeals
from app.appeals.attachments import attachment
from app.audit.service import Actor
from app.database import Database, open_database
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.projects import service as projects
from app.projects.service import Holder
from app.rulebooks import service as rulebooks
from app.rulebooks.texts import Wanted
from app.settings import Settings
from app.uploads import custody
from app.uploads import service as uploads
from tests.app.county import FARMING, County
from tests.conftest import signed_cookie
from tests.installations import SECRET

NOBODY = "n"
# letter → (name, role, further words of the account)
PEOPLE: dict[str, tuple[str, str, dict[str, str]]] = {
    "o": ("王科员", "office", {}),
    "h": ("周主任", "office_head", {}),
    "C": ("赵书记", "leader", {"scope": "county"}),
    "L": ("张县长", "leader", {"scope": "sponsored"}),
    "l": ("李县长", "leader", {"scope": "sponsored"}),
    "U": ("杨屯经办", "unit", {"unit": "杨屯镇"}),
    "u": ("龙固经办", "unit", {"unit": "龙固镇"}),
    "P": ("供电经办", "unit", {"unit": "供电公司"}),
    "I": ("一组督查员", "inspector", {"team": "督查一组"}),
    "i": ("二组督查员", "inspector", {"team": "督查二组"}),
    "A": ("审计员", "auditor", {}),
    "a": ("管理员", "admin", {}),
    "x": ("邻县经办", "office", {"organisation_code": "next"}),
}
PASSWORD = "Gongkaike-2023"

OWN, OTHER, PAIRED = "绛云水泥窑改造", "青岚污水处理厂", "紫陌敬老院扩建"
# Figures and words that only the project itself has, in the order of the names above.
MARKS = {
    OWN: ("41373.31", "绛云线路未迁改", "绛云申诉漏计", "绛云月报", "91231", "13912340001"),
    OTHER: ("52787.53", "青岚用地未批复", "青岚申诉漏计", "青岚月报", "93251", "13912340002"),
    PAIRED: ("63911.17", "紫陌资金未到位", "95271"),
}
PDF = b"%PDF-1.4\n% evidence\n"


@dataclass
class Roles:
    """The county, and the ids of what a test asks for: of 杨屯镇 (`own`) and of 龙固镇 (`other`)."""

    county: County
    settings: Settings
    own: dict[str, int] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)

    def actor(self, letter: str) -> Actor:
        with self.county.database.read() as session:
            return accounts.actor_of(session.get_one(Account, self.accounts[letter]))

    def cookie(self, letter: str) -> str:
        """A new session of this person, as the browser would carry it."""
        with self.county.database.write() as session:
            account = session.get_one(Account, self.accounts[letter])
            token, _ = accounts.open_session(session, self.settings, account, datetime.now(UTC), {})
        return signed_cookie(self.settings, {COOKIE_KEY: token})

    def headers(self, letter: str) -> dict[str, str]:
        """What a request of this person carries, in a session of its own; `NOBODY` carries nothing."""
        return {} if letter == NOBODY else {"cookie": f"sanzhong={self.cookie(letter)}"}

    def copied(self, home: Path) -> "Roles":
        """The same on a copy of the SQLite installation in a folder of its own."""
        home.mkdir(parents=True)
        self.county.database.close()
        shutil.copyfile(self.settings.home / "sanzhong.sqlite", home / "sanzhong.sqlite")
        settings = Settings(home=home, database_url=None, secret=SECRET)
        county = copy(self.county)
        county.database = open_database(settings)
        return replace(self, county=county, settings=settings)

    def publish_first_quarter(self) -> int:
        """Sign the first quarter: its board is for all from now on. The issue's id."""
        self.county.draft("2023Q1", "2023-07-20", self.actor("o"))
        self.county.sign("2023Q1", "2023-07-21", self.actor("h"))
        with self.county.reading() as (session, programme):
            from app.publications import service as publishing

            return int(publishing.listing(session, self.actor("o"), programme)["rows"][0]["id"])


def fill(settings: Settings, database: Database) -> Roles:
    """Make it all, in an installation whose tables are empty."""
    county = County(database)
    made = Roles(county, settings)
    with database.write() as session:
        for letter, (name, role, words) in PEOPLE.items():
            if "organisation_code" in words:
                continue
            account, _ = accounts.add(session, settings, Actor.command(), name, role, password=PASSWORD, **words)
            made.accounts[letter] = account.id or 0
    county.project(OWN, unit="杨屯镇", leader="张县长", annual_wan=91231)
    county.project(OTHER, unit="龙固镇", leader="李县长", annual_wan=93251)
    county.project(PAIRED, unit="龙固镇", leader="李县长", annual_wan=95271, class_name=FARMING)
    with county.change("2023-01-03") as change:
        county.hold(change, PAIRED, "paired_department", ["供电公司"], date(2023, 1, 1))
        # A telephone number is stored nowhere of its own; it comes in where somebody types it beside a name.
        for name, person in ((OWN, "杨经理13912340001"), (OTHER, "龙经理13912340002")):
            projects.replace_assignment(
                change, county.ids[name], "responsible_person", [Holder(person)], on=date(2023, 1, 1)
            )
    for month in ("2023-02", "2023-03", "2023-04", "2023-05", "2023-06"):
        _month(county, month)
    made.own["project"], made.other["project"] = county.ids[OWN], county.ids[OTHER]
    _filings(made, OWN, "U", made.own)
    _filings(made, OTHER, "u", made.other)
    _contested(made)
    _book(made)
    _neighbours(made)
    return made


def _month(county: County, month: str) -> None:
    """Each project's own figure and words; the last month's are the marks."""
    share = int(month[5:]) / 6
    with county.change(f"{month}-28") as change:
        for name, (figure, words, *_) in MARKS.items():
            ytd = float(figure) if month == "2023-06" else round(float(figure) * share, 2)
            county.enter(change, name, month, {"reported_ytd_wan": ytd, "problems": words, "team": "督查一组"})


def _filings(made: Roles, name: str, letter: str, ids: dict[str, int]) -> None:
    """Three months' forms of one unit: taken over by the office, given back, still waiting."""
    database, office, unit = made.county.database, made.actor("o"), made.actor(letter)
    word = MARKS[name][3]

    def filed(month: str, at: datetime) -> int:
        values = {"reported_ytd_wan": str(float(MARKS[name][0]) + int(month[5:])), "problems": word}
        return int(uploads.try_form(database, unit, "2023", month, [(name, values)], at=at)["id"])

    taken = filed("2023-07", datetime(2023, 7, 3, 4, tzinfo=UTC))
    uploads.accept(database, office, taken, at=datetime(2023, 7, 3, 5, tzinfo=UTC))
    returned = filed("2023-08", datetime(2023, 7, 3, 6, tzinfo=UTC))
    custody.give_back(database, office, returned, "数字对不上", at=datetime(2023, 7, 3, 7, tzinfo=UTC))
    waiting = filed("2023-09", datetime(2023, 7, 3, 8, tzinfo=UTC))
    ids.update(taken=taken, returned=returned, waiting=waiting)


def _contested(made: Roles) -> None:
    """The second quarter drafted; each unit's appeal with its file, decided already."""
    county = made.county
    county.draft("2023Q2", "2023-07-10", made.actor("o"))
    for name, letter, ids in ((OWN, "U", made.own), (OTHER, "u", made.other)):
        with county.change("2023-07-11", made.actor(letter)) as change:
            given = attachment("证明.pdf", PDF + name.encode(), 10_000)
            filed = appeals.file(change, "2023Q2", county.ids[name], MARKS[name][2], given)
            assert filed.id is not None
            ids["appeal"] = filed.id
        with county.change("2023-07-12", made.actor("h")) as change:
            appeals.decide(change, ids["appeal"], "维持", "已复核", "数字无误")
    with county.reading() as (session, programme):
        from app.publications import service as publishing

        made.shared["draft"] = publishing.listing(session, made.actor("o"), programme)["rows"][0]["id"]


def _book(made: Roles) -> None:
    """The book in force, and one that the office has proposed for November."""
    with made.county.reading() as (session, programme):
        made.shared["book"] = programmes.rule_book_revision(session, programme, "2023-01").id or 0
    with made.county.change("2023-07-13", made.actor("o")) as change:
        wanted = Wanted(changes={"ranking.tiers[2].from": "82", "book.version": "2.1"})
        made.shared["book_draft"] = rulebooks.adopt(change, wanted, "2023-11", "常委会议").id or 0


def _neighbours(made: Roles) -> None:
    """邻县 with its own year and office; from now on an organisation must be named."""
    with made.county.database.write() as session:
        other = organisations.add(session, "next", "邻县")
        programmes.add(session, Actor.command(), "NEXT", "邻县2023年度", 2023, organisation=other)
        name, role, words = PEOPLE["x"]
        account, _ = accounts.add(session, made.settings, Actor.command(), name, role, password=PASSWORD, **words)
        made.accounts["x"] = account.id or 0
