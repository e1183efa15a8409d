"""The trail over HTTP (操作日志): read, searched, verified, sampled, taken away. Nothing here changes or clears it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, status

from app.accounts.service import require_role
from app.accounts.signed_in import ActorDep
from app.programmes import service as programmes
from app.publications.routes import exported
from app.storable import Day
from app.trail import changes, drill, entries, manual, samples, verification
from app.trail.access import CHECKERS, READERS, VERIFIERS, WHOLE
from app.trail.entries import Search
from app.trail.schemas import CheckIn, SampleIn
from app.web import XLSX, ReadSession, sends

router = APIRouter(prefix="/api/audit", tags=["audit"])

MOST_ON_A_PAGE = 500
Text = Annotated[str, Query(max_length=100)]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
Size = Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE)]
Month = Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$")]
ProgrammeCode = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a search as they stand in the address."""

    who: Text = ""
    action: Text = ""
    target: Text = ""
    programme: ProgrammeCode = ""
    outcome: Annotated[str, Query(pattern="^(ok|refused)?$")] = ""
    since: Annotated[Day | None, Query(alias="from", description="起始日（北京时间），含当日")] = None
    until: Annotated[Day | None, Query(alias="to", description="截止日（北京时间），含当日")] = None
    words: Annotated[str, Query(alias="q", max_length=100, description="人、操作、对象、内容里的任何字")] = ""

    def search(self) -> Search:
        return Search(
            self.who, self.action, self.target, self.programme, self.outcome, self.since, self.until, self.words
        )


AskedDep = Annotated[Asked, Depends()]


@router.get("")
def list_entries(
    actor: ActorDep, session: ReadSession, asked: AskedDep, page: Page = 1, size: Size = 100
) -> dict[str, Any]:
    """日志: the entries found, the latest first, one page."""
    return entries.listing(session, actor, asked.search(), page=page, size=size)


@router.get("/summary")
def show_summary(actor: ActorDep, session: ReadSession, request: Request) -> dict[str, Any]:
    """概况: the last verification, the last drill, and what there is to choose from."""
    require_role(actor, *READERS)
    return {
        "verification": verification.last(session),
        "drill": drill.last(request.app.state.settings.home) | {"last_good": drill.last_good(session)},
        "may_verify": actor.role in VERIFIERS,
        "may_check": actor.role in CHECKERS,
        **entries.choices(session, actor),
    }


@router.get("/export", **sends(XLSX))
def export_entries(actor: ActorDep, session: ReadSession, request: Request, asked: AskedDep) -> Response:
    """导出操作日志: what the search finds, itself put on the trail."""
    return exported(request, actor, "audit.export", entries.export(session, actor, asked.search()))


@router.get("/manual")
def list_manual_acts(
    actor: ActorDep, session: ReadSession, asked: AskedDep, kind: Text = "", page: Page = 1, size: Size = 100
) -> dict[str, Any]:
    """手工办理: every act decided by hand, and how many each person did."""
    return manual.acts(session, actor, asked.search(), kind, page=page, size=size)


@router.get("/manual/export", **sends(XLSX))
def export_manual_acts(
    actor: ActorDep, session: ReadSession, request: Request, asked: AskedDep, kind: Text = ""
) -> Response:
    """导出手工办理一览."""
    whole = manual.acts(session, actor, asked.search(), kind, size=entries.MOST_EXPORTED)
    return exported(request, actor, "audit.export", manual.export(whole))


@router.get("/changes")
def list_changes(
    actor: ActorDep,
    session: ReadSession,
    programme: ProgrammeCode,
    asked: AskedDep,
    project: Text = "",
    month: Month = "",
    page: Page = 1,
    size: Size = 200,
) -> dict[str, Any]:
    """数据改动: every changed value of a project, of a month, of a span; old, new, who, when, where from."""
    require_role(actor, *WHOLE)
    found = programmes.get(session, programme, actor)
    return changes.listing(
        session,
        actor,
        found,
        project=project,
        month=month,
        since=asked.since,
        until=asked.until,
        page=page,
        size=size,
    )


@router.get("/changes/export", **sends(XLSX))
def export_changes(
    actor: ActorDep,
    session: ReadSession,
    request: Request,
    programme: ProgrammeCode,
    asked: AskedDep,
    project: Text = "",
    month: Month = "",
) -> Response:
    """导出数据改动."""
    require_role(actor, *WHOLE)
    found = programmes.get(session, programme, actor)
    whole = changes.listing(
        session,
        actor,
        found,
        project=project,
        month=month,
        since=asked.since,
        until=asked.until,
        size=entries.MOST_EXPORTED,
    )
    return exported(request, actor, "audit.export", changes.export(whole, found), found.code)


@router.post("/verification", status_code=status.HTTP_201_CREATED)
def verify(actor: ActorDep, request: Request) -> dict[str, Any]:
    """立即核对: the chain, the files, the issues; the result goes on the trail."""
    require_role(actor, *VERIFIERS)
    checks: Sequence[verification.Verification] = request.app.state.verifications
    return verification.verify(request.app.state.database, actor, checks)


@router.get("/samples")
def list_samples(actor: ActorDep, session: ReadSession, programme: ProgrammeCode = "") -> dict[str, Any]:
    """抽查: the samples drawn, the latest first."""
    return samples.listing(session, actor, programme)


@router.post("/samples", status_code=status.HTTP_201_CREATED)
def draw_sample(actor: ActorDep, request: Request, body: SampleIn) -> dict[str, Any]:
    """抽取核对样本: so many receipts of a period; the seed goes on the trail."""
    return samples.draw(request.app.state.database, actor, body.programme, body.period, body.size, body.seed)


@router.get("/samples/{number}")
def show_sample(number: int, actor: ActorDep, session: ReadSession) -> dict[str, Any]:
    """One sample with its lines and ticks."""
    return samples.get(session, actor, number)


@router.get("/samples/{number}/redrawn")
def redraw_sample(number: int, actor: ActorDep, session: ReadSession) -> dict[str, Any]:
    """按种子重抽: whether the same seed gives the same sample."""
    return samples.redraw(session, actor, number)


@router.post("/samples/{number}/checks", status_code=status.HTTP_201_CREATED)
def check_line(number: int, actor: ActorDep, request: Request, body: CheckIn) -> dict[str, Any]:
    """登记抽查结果 of one line."""
    return samples.check(request.app.state.database, actor, number, body.code, body.month, body.verdict, body.remark)


@router.get("/samples/{number}/export", **sends(XLSX))
def export_sample(number: int, actor: ActorDep, session: ReadSession, request: Request) -> Response:
    """导出抽查核对表."""
    return exported(request, actor, "audit.export", samples.export(samples.get(session, actor, number)))


@router.get("/{number}")
def show_entry(number: int, actor: ActorDep, session: ReadSession) -> dict[str, Any]:
    """One entry with its whole detail."""
    return entries.get(session, actor, number)
