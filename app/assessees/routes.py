"""考核对象的排名、得分明细与导出 over HTTP (接口).

What a viewer may see depends on posts too, which no data version tells of: so rows are chosen anew in each request,
and only the whole board behind them is kept.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.accounts.signed_in import ActorDep
from app.assessees import exports, schemas, service
from app.programmes import service as programmes
from app.publications.routes import (
    MEMORY,
    AsOf,
    KnownAt,
    PeriodText,
    ProgrammeCode,
    as_json,
    exported,
    serialised,
)
from app.web import XLSX, ReadSession, sends

router = APIRouter(prefix="/api/assessees", tags=["assessees"])

KindText = Annotated[
    str,
    Query(
        description="考核对象，缺省为考核办法所列的第一种：project、responsible_unit、paired_department、functional_department、investor、lead_official"
    ),
]


@router.get("", response_model=schemas.AssesseesOut)
def show_assessees(
    actor: ActorDep,
    session: ReadSession,
    programme: ProgrammeCode,
    period: PeriodText,
    kind: KindText = "",
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """单位考核: who stands where by peer group. Units see their own in detail and published ranks."""
    found = programmes.get(session, programme, actor)
    return as_json(serialised(service.board(session, actor, found, kind, period, as_of, known_at, memory=MEMORY)))


@router.get("/receipt", response_model=schemas.AssesseeReceiptOut)
def show_receipt(
    actor: ActorDep,
    session: ReadSession,
    programme: ProgrammeCode,
    period: PeriodText,
    key: Annotated[str, Query(description="单位或领导的名称；项目为项目编号", max_length=200)],
    kind: KindText = "",
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """得分明细 of one assessee, down to projects and cells. One that is not the viewer's is 404."""
    found = programmes.get(session, programme, actor)
    made = service.receipt(session, actor, found, kind, period, key, as_of, known_at, memory=MEMORY)
    return as_json(serialised(made))


@router.get("/export", **sends(XLSX))
def export_assessees(
    actor: ActorDep,
    session: ReadSession,
    request: Request,
    programme: ProgrammeCode,
    period: PeriodText,
    kind: KindText = "",
    group: Annotated[str, Query(description="只要这一组同类", max_length=100)] = "",
    as_of: AsOf = None,
) -> Response:
    """导出单位考核: the board one may see as a workbook; the export is put on the trail."""
    found = programmes.get(session, programme, actor)
    board = service.board(session, actor, found, kind, period, as_of, memory=MEMORY)
    return exported(request, actor, "assessees.export", exports.board_export(board, group), found.code)
