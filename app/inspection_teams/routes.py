"""督查组一致性 over HTTP."""

from fastapi import APIRouter, Request, Response

from app.accounts.service import require_role
from app.accounts.signed_in import ActorDep
from app.inspection_teams import schemas, service
from app.publications.routes import MEMORY, PeriodText, ProgrammeCode, answer_of_programme

router = APIRouter(prefix="/api", tags=["inspection-teams"])


@router.get("/inspection-teams", response_model=schemas.TeamsOut)
def show_teams(actor: ActorDep, request: Request, programme: ProgrammeCode, period: PeriodText) -> Response:
    """督查组一致性: number, mean, spread, ceiling, scores copied forward and difference from computed, by team."""
    require_role(actor, *service.READERS)  # before the answer kept for others of the same scope
    return answer_of_programme(
        request,
        actor,
        programme,
        ("inspection teams", period),
        lambda session, found: service.teams(session, actor, found, period, memory=MEMORY),
    )
