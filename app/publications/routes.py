"""Boards, receipts, alerts, projects and publications over HTTP (接口).

Answers are serialised once for all viewers of the same scope and kept by data_version (TECH §10).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, status
from sqlmodel import Session

from app.accounts.signed_in import ActorDep
from app.alerts.schemas import DecisionsOut
from app.appeals.service import Terms
from app.audit.service import Actor
from app.programmes import service as programmes
from app.programmes.models import Programme
from app.publications import (
    beside_alerts,
    changes,
    dossiers,
    exports,
    movements,
    receipts,
    schemas,
    service,
    track_records,
)
from app.publications.desk import House, desk, waiting_period
from app.publications.memory import Memory, state_of
from app.publications.ranking_workbook import ranking_workbook
from app.publications.scope import viewer_of
from app.settings import Settings
from app.storable import Day, Instant
from app.web import XLSX, ReadSession, WriteSession, download, note_taken, sends

router = APIRouter(prefix="/api", tags=["publications"])

MEMORY = Memory(
    size=256, heavy_size=8
)  # boards as worked out and answers as sent, of every installation in this process


ProgrammeCode = Annotated[str, Query(description="年度计划代码", examples=["2023"])]
PeriodText = Annotated[str, Query(description="2023-10、2023Q3或2023")]
AsOf = Annotated[Day | None, Query(description="历史查询：当日24:00所见")]
KnownAt = Annotated[Instant | None, Query(description="按当时已记录的数据重算，不看是否通报；须写明时区")]
MonthText = Annotated[str | None, Query(description="年月，缺省为最近有数据的月份")]


@router.get("/standings", response_model=schemas.BoardOut)
def show_standings(
    actor: ActorDep,
    request: Request,
    programme: ProgrammeCode,
    period: PeriodText,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """分级排名: a period's board. An interim board shows units and sponsoring leaders their own projects only."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("standings", period, as_of, known_at),
        lambda session, found: service.standings(session, actor, found, period, as_of, known_at, memory=MEMORY),
    )


@router.get("/standings/movement", response_model=schemas.MovementsOut)
def show_movement(
    actor: ActorDep, request: Request, programme: ProgrammeCode, period: PeriodText, as_of: AsOf = None
) -> Response:
    """升降原因: why each rank and score of the board one sees changed against the period before; years have none."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("movement", period, as_of),
        lambda session, found: movements.board_movement(session, actor, found, period, as_of, memory=MEMORY),
    )


@router.get("/alerts", response_model=schemas.AlertsOut)
def show_alerts(
    actor: ActorDep,
    request: Request,
    programme: ProgrammeCode,
    month: Annotated[str, Query(description="年月，如2023-10")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """风险预警: a month's lights and outlooks of the projects one may see."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("alerts", month, as_of, known_at),
        lambda session, found: service.alerts(session, actor, found, month, as_of, known_at, memory=MEMORY),
    )


@router.get("/alerts/track-record", response_model=schemas.TrackRecordOut)
def show_track_record(actor: ActorDep, request: Request, programme: ProgrammeCode, month: MonthText = None) -> Response:
    """预警准确情况: earlier months' lights and outlooks judged by what came, of the projects one may see."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("track record", month),
        lambda session, found: track_records.track_record(session, actor, found, month, memory=MEMORY),
    )


@router.get("/alerts/changes", response_model=schemas.AlertChangesOut)
def show_alert_changes(
    actor: ActorDep,
    request: Request,
    programme: ProgrammeCode,
    month: Annotated[str, Query(description="年月，如2023-10")],
    as_of: AsOf = None,
) -> Response:
    """预警变化: what turned worse or better this month, one sentence each, ready for the bulletin."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("alert changes", month, as_of),
        lambda session, found: beside_alerts.month_changes(session, actor, found, month, as_of, memory=MEMORY),
    )


@router.get("/alerts/decisions", response_model=DecisionsOut)
def show_decisions(
    actor: ActorDep,
    request: Request,
    programme: ProgrammeCode,
    month: Annotated[str, Query(description="年月，如2023-10")],
) -> Response:
    """认定与免亮灯: what people decided about a month's lights and outlooks; what is only asked for, for the office."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("alert decisions", actor.role, month),
        lambda session, found: beside_alerts.month_decisions(session, actor, found, month),
    )


@router.get("/alerts/beside", response_model=schemas.AlertsBesideOut)
def show_beside(
    actor: ActorDep,
    request: Request,
    programme: ProgrammeCode,
    month: Annotated[str, Query(description="年月，如2023-10")],
    as_of: AsOf = None,
) -> Response:
    """风险预警的另一半: changes, decisions and record of a month in one answer, as the page shows them."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("beside alerts", actor.role, month, as_of),
        lambda session, found: dict(beside_alerts.beside(session, actor, found, month, as_of, memory=MEMORY)),
    )


@router.get("/standings/export", **sends(XLSX))
def export_standings(
    actor: ActorDep,
    session: ReadSession,
    request: Request,
    programme: ProgrammeCode,
    period: PeriodText,
    group: Annotated[str, Query(description="只要这一类别", max_length=100)] = "",
    as_of: AsOf = None,
) -> Response:
    """导出分级排名: the board one may see as a workbook; the export is put on the trail."""
    found = programmes.get(session, programme, actor)
    made = ranking_workbook(session, actor, found, period, group, as_of, memory=MEMORY)
    return exported(request, actor, "standings.export", made, found.code)


@router.get("/alerts/export", **sends(XLSX))
def export_alerts(
    actor: ActorDep,
    session: ReadSession,
    request: Request,
    programme: ProgrammeCode,
    month: Annotated[str, Query(description="年月，如2023-10")],
    as_of: AsOf = None,
) -> Response:
    """导出风险预警: the alerts one may see, filtered by class, leader, unit, obstacle, light, outlook as on screen."""
    found = programmes.get(session, programme, actor)
    alerts = service.alerts(session, actor, found, month, as_of, memory=MEMORY)
    made = exports.alerts_export(alerts, request.query_params)
    told = beside_alerts.month_changes(session, actor, found, month, as_of, memory=MEMORY)
    return exported(request, actor, "alerts.export", exports.with_changes(made, told), found.code)


@router.get("/projects", response_model=schemas.ProjectsOut, tags=["projects"])
def list_projects(actor: ActorDep, session: ReadSession, programme: ProgrammeCode, month: MonthText = None) -> Response:
    """项目清单: the projects one may see."""
    found = programmes.get(session, programme, actor)
    return answer(
        session,
        actor,
        found,
        ("projects", month),
        lambda: dossiers.listing(session, actor, found, month, memory=MEMORY),
    )


@router.get("/projects/{project_id}", response_model=schemas.DossierOut, tags=["projects"])
def show_project(project_id: int, actor: ActorDep, session: ReadSession, month: MonthText = None) -> Response:
    """项目档案. A project that is not the viewer's is 404."""
    project, programme = dossiers.project_and_programme(session, actor, project_id)
    return answer(
        session,
        actor,
        programme,
        ("project", project_id, month),
        lambda: dossiers.dossier(session, actor, programme, project, month, memory=MEMORY),
    )


@router.get("/projects/{project_id}/receipt", response_model=schemas.ReceiptOut, tags=["projects"])
def show_receipt(
    project_id: int,
    actor: ActorDep,
    session: ReadSession,
    period: PeriodText,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """得分明细: the score of a period, down to file, sheet and cell. A project that is not the viewer's is 404."""
    project, programme = dossiers.project_and_programme(session, actor, project_id)
    return answer(
        session,
        actor,
        programme,
        ("receipt", project_id, period, as_of, known_at),
        lambda: receipts.receipt(session, actor, programme, project, period, as_of, known_at, memory=MEMORY),
    )


@router.get("/publications")
def list_publications(actor: ActorDep, session: ReadSession, programme: ProgrammeCode) -> schemas.PublicationsOut:
    """定稿与更正单: every issue, the latest first."""
    found = programmes.get(session, programme, actor)
    return schemas.PublicationsOut.model_validate(service.listing(session, actor, found))


@router.get("/publications/desk", response_model=schemas.DeskOut)
def show_desk(
    actor: ActorDep,
    session: ReadSession,
    request: Request,
    programme: ProgrammeCode,
    period: Annotated[str | None, Query(description="2023-10、2023Q3或2023，缺省为等待办理的期间")] = None,
) -> Response:
    """定稿与更正: where every period stands, what the chosen one still lacks, appeals, who signed what."""
    found = programmes.get(session, programme, actor)
    settings: Settings = request.app.state.settings
    house = House(settings.two_person_publication, _terms(settings))
    today = datetime.now(UTC).astimezone(service.SHANGHAI).date()
    return as_json(serialised(desk(session, actor, found, period, today, house, memory=MEMORY)))


@router.get("/publications/changes", response_model=schemas.ChangesOut)
def show_period_changes(
    actor: ActorDep,
    session: ReadSession,
    programme: ProgrammeCode,
    period: Annotated[str | None, Query(description="2023-10、2023Q3或2023，缺省为等待办理的期间")] = None,
) -> Response:
    """更正前后: what a period's standing correction moves and why; nothing moved where there is none."""
    found = programmes.get(session, programme, actor)
    wanted = period or waiting_period(session, actor, found) or str(found.year)
    return answer(
        session,
        actor,
        found,
        ("changes", wanted),
        lambda: changes.of_period(session, actor, found, wanted, memory=MEMORY),
    )


@router.get("/publications/{publication_id}/changes", response_model=schemas.ChangesOut)
def show_changes(publication_id: int, actor: ActorDep, session: ReadSession) -> Response:
    """更正前后: how an issue differs from the one before it, and the facts behind each difference."""
    return as_json(serialised(changes.of_issue(session, actor, publication_id)))


@router.get("/publications/{publication_id}", response_model=schemas.PublicationOut)
def show_publication(publication_id: int, actor: ActorDep, session: ReadSession) -> Response:
    """One issue with its board as it was issued."""
    return as_json(serialised(service.issued(session, actor, publication_id)))


@router.post("/publications", status_code=status.HTTP_201_CREATED)
def publish(
    body: schemas.PublicationIn, actor: ActorDep, session: WriteSession, request: Request
) -> schemas.PublicationOut:
    """定稿: an office account drafts, an office_head account signs; then the period is locked."""
    programmes.get(session, body.programme, actor)
    change = programmes.begin_change(session, body.programme, actor)
    settings: Settings = request.app.state.settings
    issue = service.publish(change, body.period, two_person=settings.two_person_publication, terms=_terms(settings))
    return schemas.PublicationOut.model_validate(service.issue_line(session, issue))


@router.post("/publications/reopenings", status_code=status.HTTP_201_CREATED)
def reopen(body: schemas.ReopeningIn, actor: ActorDep, session: WriteSession, request: Request) -> schemas.ReopeningOut:
    """更正单: an office account drafts, an office_head account signs; then the period may be corrected."""
    programmes.get(session, body.programme, actor)
    change = programmes.begin_change(session, body.programme, actor, reason=body.reason)
    two_person = request.app.state.settings.two_person_publication
    slip = service.reopen(change, body.wanted(), body.reason, two_person=two_person)
    return schemas.ReopeningOut.model_validate(service.slip_line(session, slip))


def _terms(settings: Settings) -> Terms:
    return Terms(settings.appeal_days, settings.publicity_days)


def answer_of_programme(
    request: Request,
    actor: Actor,
    code: str,
    question: tuple[Any, ...],
    make: Callable[[Session, Programme], dict[str, Any]],
) -> Response:
    """`answer` for the boards everybody looks at: the transaction is opened here, in the route's own thread.

    A session handed in by a dependency costs two more changes of thread, as much as a kept answer itself.
    """
    with request.app.state.database.read() as session:
        found = programmes.get(session, code, actor)
        return answer(session, actor, found, question, lambda: make(session, found))


def answer(
    session: Session,
    actor: Actor,
    programme: Programme,
    question: tuple[Any, ...],
    make: Callable[[], dict[str, Any]],
) -> Response:
    """The bytes kept for this question and everybody of the same scope, or made now."""
    asked = ("answer", viewer_of(session, actor), *question)
    return as_json(MEMORY.keep(state_of(session, programme), asked, lambda: serialised(make())))


def exported(request: Request, actor: Actor, action: str, export: exports.Exported, programme: str = "") -> Response:
    """The workbook, once the trail knows who took what and how many rows. `programme` is its code."""
    content = export.workbook()
    detail = {"title": export.title, "rows": len(export.rows), "query": str(request.query_params)}
    note_taken(request, actor, action, target=export.filename, programme=programme, detail=detail)
    return download(content, export.filename, XLSX)


def serialised(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def as_json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
