"""A small county to test with: facts recorded through the services, each at its own instant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from app.audit.service import Actor
from app.database import Database
from app.evidence import service as evidence
from app.inspections import service as inspections
from app.organisation import service as organisations
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.programmes.service import Change
from app.projects import service as projects
from app.projects.models import Project
from app.projects.service import Holder
from app.publications import receipts
from app.publications import service as publishing
from app.standings import service as standings
from app.uploads.models import Upload
from scoring import facts as inputs

SHANGHAI = timezone(timedelta(hours=8))
OFFICE = Actor(account_id=None, name="经办员", role="office")
HEAD = Actor(account_id=None, name="办公室主任", role="office_head")
INDUSTRY, FARMING = "重大工业和服务业", "农业农村重点"


def noon(day: str) -> datetime:
    """12:00 in Shanghai."""
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=SHANGHAI)


class County:
    """One programme, 2023, by the shipped rule book. Amounts are in 万元; a plan is 1200 for the year unless said.

    Begun in an empty database; in one where it has begun, it goes on with the projects that are there.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ids: dict[str, int] = {}
        self.codes: dict[str, str] = {}
        with database.read() as session:
            begun = session.exec(select(Programme).where(Programme.code == "2023")).first()
            if begun is not None:
                codes = projects.codes(session, begun)
                for project in projects.current(session, begun):
                    self.ids[project.name], self.codes[project.name] = project.project_id, codes[project.project_id]
                return
        with database.write() as session:
            programmes.add(
                session,
                HEAD,
                "2023",
                "2023年度",
                2023,
                classes=(INDUSTRY, FARMING),
                at=datetime(2023, 1, 1, tzinfo=UTC),
            )

    @contextmanager
    def change(self, day: str, actor: Actor = OFFICE, reason: str = "") -> Iterator[Change]:
        """A change recorded at noon of a day (or a microsecond after the one before)."""
        with self.database.write() as session:
            yield programmes.begin_change(session, "2023", actor, reason=reason, at=noon(day))

    @contextmanager
    def reading(self) -> Iterator[tuple[Session, Programme]]:
        with self.database.read() as session:
            yield session, programmes.get(session, "2023")

    def project(
        self,
        name: str,
        *,
        class_name: str = INDUSTRY,
        annual_wan: int | None = 1200,
        unit: str = "",
        leader: str = "",
        start: date | None = None,
        finish: date | None = None,
        entered_on: date | None = None,
        day: str = "2023-01-02",
    ) -> str:
        """Register a project with its plan and who holds it; the code."""
        with self.change(day) as change:
            project = projects.register(change, name=name, class_name=class_name, entered_on=entered_on)
            assert project.id is not None
            self.ids[name], self.codes[name] = project.id, project.code
            projects.record_plan(
                change,
                project.id,
                {
                    "annual_investment_wan": None if annual_wan is None else Decimal(annual_wan),
                    "planned_start_on": start,
                    "planned_finish_on": finish,
                },
            )
            if unit:
                self.hold(change, name, "responsible_unit", [unit], date(2023, 1, 1))
            if leader:
                self.hold(change, name, "lead_official", [leader], date(2023, 1, 1))
        return project.code

    def hold(self, change: Change, name: str, role: str, holders: Sequence[str], on: date) -> None:
        owner = change.programme.organisation_id
        known = []
        for holder in holders:
            if role == "lead_official":
                known.append(
                    Holder(holder, official_id=organisations.ensure_official(change.session, owner, holder).id)
                )
            else:
                known.append(Holder(holder, unit_id=organisations.ensure_unit(change.session, owner, holder).id))
        projects.replace_assignment(change, self.ids[name], role, known, on=on)

    def record(self, month: str, figures: dict[str, Any], day: str = "") -> None:
        """Year-to-date investment as reported, by project name; None is a blank cell. By hand, without a sheet."""
        with self.change(day or f"{month}-28") as change:
            for name, ytd_wan in figures.items():
                self.enter(change, name, month, {"reported_ytd_wan": ytd_wan})

    def enter(self, change: Change, name: str, month: str, values: dict[str, Any], **how: Any) -> Any:
        stated = {
            field: Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
            for field, value in values.items()
        }
        return inspections.record(change, self.ids[name], month, stated, list(values), **how)

    def sheet(self, month: str, figures: dict[str, Any], day: str, file: str = "月报.xlsx") -> int:
        """As `record`, from an uploaded workbook: row 5 on, column F. Returns the upload's id."""
        with self.change(day) as change:
            sha256 = evidence.store(change.session, f"{file} {figures}".encode(), change.recorded_at)
            assert change.programme.id is not None
            upload = Upload(
                programme_id=change.programme.id,
                filename=file,
                sha256=sha256,
                uploaded_by="统计员",
                uploaded_at=change.recorded_at,
            )
            change.session.add(upload)
            change.session.flush()
            for row, (name, ytd_wan) in enumerate(figures.items(), start=5):
                cell = {"upload": upload.id, "sheet": "项目进度", "cell": f"F{row}"}
                self.enter(
                    change,
                    name,
                    month,
                    {"reported_ytd_wan": ytd_wan},
                    provenance={"reported_ytd_wan": cell},
                    upload_id=upload.id,
                )
        assert upload.id is not None
        return upload.id

    def event(self, name: str, kind: str, on: str, day: str = "", **more: Any) -> None:
        with self.change(day or on, reason="会议决定") as change:
            projects.record_event(change, self.ids[name], kind, date.fromisoformat(on), **more)

    def draft(self, period: str, day: str, actor: Actor = OFFICE) -> None:
        with self.change(day, actor) as change:
            publishing.draft(change, period)

    def sign(self, period: str, day: str, actor: Actor = HEAD) -> None:
        with self.change(day, actor) as change:
            publishing.sign(change, period)

    def publish(self, period: str, day: str) -> None:
        self.draft(period, day)
        self.sign(period, day)

    def reopen(self, period: str, day: str, reason: str = "漏报一笔投资") -> None:
        with self.change(day, OFFICE) as change:
            publishing.draft_reopening(change, period, reason)
        with self.change(day, HEAD) as change:
            publishing.sign_reopening(change, period)

    def board(
        self, period: str, as_of: str = "", known_at: datetime | None = None, actor: Actor = HEAD
    ) -> dict[str, Any]:
        with self.reading() as (session, programme):
            return publishing.standings(session, actor, programme, period, _day(as_of), known_at)

    def alerts(
        self, month: str, as_of: str = "", known_at: datetime | None = None, actor: Actor = HEAD
    ) -> dict[str, Any]:
        with self.reading() as (session, programme):
            return publishing.alerts(session, actor, programme, month, _day(as_of), known_at)

    def receipt(
        self, name: str, period: str, as_of: str = "", known_at: datetime | None = None, actor: Actor = HEAD
    ) -> dict[str, Any]:
        with self.reading() as (session, programme):
            project = session.get_one(Project, self.ids[name])
            return receipts.receipt(session, actor, programme, project, period, _day(as_of), known_at)

    def facts(self, month: str, known_at: datetime | None = None) -> dict[str, inputs.Project]:
        """The projects' facts by name."""
        with self.reading() as (session, programme):
            return {one.name: one for one in standings.facts(session, programme, month, known_at).projects}


def scores(board: dict[str, Any]) -> dict[str, tuple[str | None, int | None]]:
    """Score and rank by name."""
    return {row["name"]: (row["score"], row["rank"]) for row in board["rows"]}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
