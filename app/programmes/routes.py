"""The programmes a person may see, and whether anything has changed (年度项目计划)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlmodel import Session

from app.accounts.signed_in import ActorDep, StandingDep
from app.organisation.models import Official, Unit
from app.programmes import service
from app.programmes.models import Programme
from app.web import ReadSession

router = APIRouter(prefix="/api", tags=["programmes"])

SHANGHAI = timezone(timedelta(hours=8))
CommittedMonths = Callable[[Session, Programme], list[str]]  # standings', which lies to the right: main hands it in


class ProgrammeName(BaseModel):
    code: str
    name: str
    year: int


class SessionOut(BaseModel):
    """Who is signed in, and what they may open. `viewing_for`: of a 代看 account, the leader it looks for.

    `must_change_password`: until it is changed nothing else is answered.
    """

    name: str
    role: str
    unit: str | None
    official: str | None
    scope: str
    team: str
    viewing_for: str
    must_change_password: bool
    programmes: list[ProgrammeName]


class CampaignOut(BaseModel):
    """百日会战: both days belong to it."""

    name: str
    from_: date | None
    to: date | None

    model_config = {"populate_by_name": True, "alias_generator": lambda name: name.rstrip("_")}


class ProgrammeOut(ProgrammeName):
    """`today` is the pinned day of a demo, otherwise the day in Shanghai."""

    classes: list[str]
    campaign: CampaignOut
    cutoff_day: int
    today: date
    committed_months: list[str]
    newest_month: str | None
    locked_periods: list[str]
    is_demo: bool
    data_version: int


class Programmes(BaseModel):
    rows: list[ProgrammeOut]
    total: int


class Changes(BaseModel):
    programme: str
    data_version: int
    changed: bool


@router.get("/session", tags=["session"])
def show_session(standing: StandingDep, session: ReadSession) -> SessionOut:
    """当前登录: the person of this session."""
    actor = standing.actor
    unit = None if actor.unit_id is None else session.get(Unit, actor.unit_id)
    official = None if actor.official_id is None else session.get(Official, actor.official_id)
    return SessionOut(
        name=actor.name,
        role=actor.role,
        unit=None if unit is None else unit.name,
        official=None if official is None else official.name,
        scope=actor.scope,
        team=actor.team,
        viewing_for=actor.viewing_for,
        must_change_password=standing.must_change_password,
        programmes=[
            ProgrammeName(code=found.code, name=found.name, year=found.year)
            for found in service.listing(session, actor)
        ],
    )


@router.get("/programmes")
def list_programmes(actor: ActorDep, session: ReadSession, request: Request) -> Programmes:
    """年度项目计划: those the person may see, the newest year first."""
    committed_months: CommittedMonths = request.app.state.committed_months
    rows = []
    for programme in service.listing(session, actor):
        months = committed_months(session, programme)
        rows.append(
            ProgrammeOut(
                code=programme.code,
                name=programme.name,
                year=programme.year,
                classes=service.class_names(session, programme),
                campaign=CampaignOut(
                    name=programme.campaign_name, from_=programme.campaign_from, to=programme.campaign_to
                ),
                cutoff_day=programme.cutoff_day,
                today=programme.today or datetime.now(UTC).astimezone(SHANGHAI).date(),
                committed_months=months,
                newest_month=months[-1] if months else None,
                locked_periods=service.locked_periods(session, programme),
                is_demo=programme.is_demo,
                data_version=programme.data_version,
            )
        )
    return Programmes(rows=rows, total=len(rows))


@router.get("/changes")
def show_changes(actor: ActorDep, session: ReadSession, programme: str, since: int = Query(default=0, ge=0)) -> Changes:
    """有无变动: whether the programme's data moved past the version the caller has."""
    found = service.get(session, programme, actor)
    return Changes(programme=found.code, data_version=found.data_version, changed=found.data_version > since)
