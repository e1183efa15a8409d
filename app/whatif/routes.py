"""目标测算 over HTTP (接口): one project's, as asked; all projects' in one table, and that table as a workbook."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.accounts.signed_in import ActorDep
from app.programmes import service as programmes
from app.publications import dossiers
from app.publications.routes import MEMORY, answer_of_programme, as_json, exported, serialised
from app.publications.scope import require_viewer
from app.web import XLSX, ReadSession, sends
from app.whatif import exports, schemas, service
from app.whatif.service import Wishes

router = APIRouter(prefix="/api", tags=["whatif"])

ProgrammeCode = Annotated[str, Query(description="年度计划代码", examples=["2023"])]
PeriodText = Annotated[str, Query(description="2023Q4或2023")]
ProjectText = Annotated[str, Query(description="项目编号、全称或内部号", max_length=200)]
Target = Annotated[str | None, Query(description="目标分，如90", max_length=20)]
Tier = Annotated[str | None, Query(description="目标等次，如优秀", max_length=50)]
Rank = Annotated[int | None, Query(description="目标名次", ge=1, le=100000)]
Pass = Annotated[str | None, Query(alias="pass", description="要超过的同类项目的编号或全称", max_length=200)]


@router.get("/whatif", response_model=schemas.WhatIfOut)
def show_whatif(
    actor: ActorDep,
    session: ReadSession,
    programme: ProgrammeCode,
    project: ProjectText,
    period: PeriodText,
    target: Target = None,
    tier: Tier = None,
    rank: Rank = None,
    passing: Pass = None,
) -> Response:
    """目标测算: what a project's remaining months must score. A project that is not the viewer's is 404."""
    require_viewer(actor)
    found = programmes.get(session, programme, actor)
    named = service.project_named(session, found, project)
    wishes = Wishes(target, tier, rank, passing)
    return as_json(serialised(service.whatif(session, actor, found, named, period, wishes, memory=MEMORY)))


@router.get("/projects/{project_id}/whatif", response_model=schemas.WhatIfOut)
def show_project_whatif(
    project_id: int,
    actor: ActorDep,
    session: ReadSession,
    period: PeriodText,
    target: Target = None,
    tier: Tier = None,
    rank: Rank = None,
    passing: Pass = None,
) -> Response:
    """目标测算 by the project's own address."""
    project, found = dossiers.project_and_programme(session, actor, project_id)
    wishes = Wishes(target, tier, rank, passing)
    return as_json(serialised(service.whatif(session, actor, found, project, period, wishes, memory=MEMORY)))


@router.get("/whatif/overview", response_model=schemas.OverviewOut)
def show_overview(actor: ActorDep, request: Request, programme: ProgrammeCode, period: PeriodText) -> Response:
    """目标测算 of all projects one may see: range of the final, places still open, what the tiers ask."""
    return answer_of_programme(
        request,
        actor,
        programme,
        ("whatif", period),
        lambda session, found: service.overview(session, actor, found, period, memory=MEMORY),
    )


@router.get("/whatif/export", **sends(XLSX))
def export_overview(
    actor: ActorDep,
    session: ReadSession,
    request: Request,
    programme: ProgrammeCode,
    period: PeriodText,
    group: Annotated[str, Query(description="只要这一类别", max_length=100)] = "",
) -> Response:
    """导出目标测算: the table one may see as a workbook; the export is put on the trail."""
    found = programmes.get(session, programme, actor)
    made = service.overview(session, actor, found, period, memory=MEMORY)
    return exported(request, actor, "whatif.export", exports.overview_export(made, group), found.code)
