"""Templates over HTTP (填报模板): blank, or filled with what is known."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.accounts.signed_in import ActorDep
from app.audit import service as audit
from app.audit.service import Actor
from app.templates import service
from app.web import XLSX, download, sends
from importers.templates import SpecName

router = APIRouter(prefix="/api/templates", tags=["templates"])

Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="填报月份，缺省为已报月份的下一个月")]
Filled = Annotated[bool, Query(description="填好已知内容；为假时是空白模板")]


@router.get("/monthly", **sends(XLSX))
def monthly(actor: ActorDep, request: Request, programme: str, month: Month = "", filled: Filled = True) -> Response:
    """月度进展表模板. A unit gets its own projects."""
    return _file(request, actor, programme, "monthly", month or None, filled)


@router.get("/plan", **sends(XLSX))
def plan(actor: ActorDep, request: Request, programme: str, filled: Filled = True) -> Response:
    """年度计划表模板."""
    return _file(request, actor, programme, "annual_plan", None, filled)


@router.get("/responsibility", **sends(XLSX))
def responsibility(actor: ActorDep, request: Request, programme: str, filled: Filled = True) -> Response:
    """责任分解表模板."""
    return _file(request, actor, programme, "responsibility", None, filled)


def _file(
    request: Request, actor: Actor, programme: str, spec: SpecName, month: str | None, is_filled: bool
) -> Response:
    with request.app.state.database.read() as session:
        found = service.template(session, actor, programme, spec, month=month, is_filled=is_filled)
    made = service.written(found)
    if found.rows:  # a blank one tells nothing
        with request.app.state.database.write() as session:
            detail = {"spec": spec, "month": found.month, "rows": len(found.rows)}
            audit.append(session, actor, "template.export", target=made.name, programme=programme, detail=detail)
    return download(made.content, made.name, XLSX)
