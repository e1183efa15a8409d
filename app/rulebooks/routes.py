"""Rule books over HTTP (考核办法): read by everyone signed in, tried by the office, adopted by its head."""

from typing import Any

from fastapi import APIRouter, Request, Response, status

from app.accounts.signed_in import ActorDep
from app.audit import service as audit
from app.programmes import service as programmes
from app.programmes.service import period_label
from app.publications.routes import MEMORY, ProgrammeCode
from app.rulebooks import listing, schemas, service, trials
from app.rulebooks.periods import partly_governed
from app.rulebooks.texts import Wanted, example_text, revision_of
from app.standings import service as standings
from app.web import ReadSession, WriteSession, download, note_taken, sends

router = APIRouter(prefix="/api/rulebooks", tags=["rulebooks"])


TOML = "application/toml"


@router.get("", response_model=schemas.RuleBooksOut)
def show_rule_books(
    actor: ActorDep, session: ReadSession, request: Request, programme: ProgrammeCode
) -> dict[str, Any]:
    """考核办法: the book in force in plain Chinese, its history, a proposed one, examples, what one may do."""
    found = programmes.get(session, programme, actor)
    return listing.listing(session, actor, found, two_person=request.app.state.settings.two_person_publication)


@router.get("/keys")
def show_keys(actor: ActorDep) -> dict[str, Any]:
    """条目说明: every key of a book with meaning, unit and what may stand there."""
    rows = listing.keys()
    return {"rows": rows, "total": len(rows)}


@router.get("/examples/{name}", response_model=schemas.ExampleOut)
def show_example(name: str, actor: ActorDep) -> dict[str, Any]:
    """One shipped book, with its text."""
    return listing.example(name)


@router.get("/examples/{name}/download", **sends(TOML))
def download_example(name: str, actor: ActorDep) -> Response:
    """The text of a shipped book as a file."""
    return download(example_text(name).encode(), f"{name}.toml", TOML)


@router.get("/{revision_id}", response_model=schemas.BookOut)
def show_rule_book(revision_id: int, actor: ActorDep, session: ReadSession) -> dict[str, Any]:
    """One stored book with its text; a draft only for who may propose."""
    return listing.shown(session, actor, revision_id)


@router.get("/{revision_id}/download", **sends(TOML))
def download_rule_book(revision_id: int, actor: ActorDep, session: ReadSession, request: Request) -> Response:
    """The text of a stored book as a file."""
    found = listing.shown(session, actor, revision_id)
    name = f"{found['title']}（第{found['version']}版）.toml"
    note_taken(request, actor, "rulebook.export", target=name)
    return download(revision_of(session, actor, revision_id).text.encode(), name, TOML)


@router.post("/trial", response_model=schemas.TrialOut)
def try_rule_book(actor: ActorDep, request: Request, body: schemas.TrialIn) -> dict[str, Any]:
    """试算: who would move in a period under another book. Nothing is stored but the line on the trail."""
    database = request.app.state.database
    with database.read() as session:
        found = programmes.get(session, body.programme, actor)
        made = trials.trial(session, actor, found, body.period, _wanted(body), memory=MEMORY)
    with database.write() as session:
        audit.append(
            session,
            actor,
            "rulebook.trial",
            target=f"{made['trial']['code']}（第{made['trial']['version']}版）",
            programme=body.programme,
            detail=trials.trail(made),
        )
    return made


@router.post("/adopt", status_code=status.HTTP_201_CREATED, response_model=schemas.AdoptedOut)
def adopt_rule_book(actor: ActorDep, session: WriteSession, request: Request, body: schemas.AdoptIn) -> dict[str, Any]:
    """拟稿 by an office account, 启用 by an office_head account: a book from a month on that was never published."""
    programme = programmes.get(session, body.programme, actor)
    change = programmes.begin_change(session, programme, actor, reason=body.reason.strip())
    two_person: bool = request.app.state.settings.two_person_publication
    made = service.adopt(change, _wanted(body), body.from_month, body.reason, two_person=two_person)
    line = listing.shown(session, actor, made.id or 0)
    shared = partly_governed(change.programme, body.from_month, standings.committed_months(session, change.programme))
    return {key: value for key, value in line.items() if key not in ("text", "chapters")} | {
        "notice": notice(body.from_month, shared)
    }


@router.post("/{revision_id}/withdraw", status_code=status.HTTP_204_NO_CONTENT)
def withdraw_draft(revision_id: int, actor: ActorDep, session: WriteSession, body: schemas.DraftIn) -> None:
    """撤回拟稿."""
    programme = programmes.get(session, body.programme, actor)
    service.withdraw_draft(programmes.begin_change(session, programme, actor), revision_id)


def notice(from_month: str, shared: list[str]) -> str | None:
    """What a book begun in the middle of a quarter means for it; None where it begins one or nothing is recorded."""
    if not shared:
        return None
    months = "、".join(f"{int(month[5:7])}月" for month in shared)
    quarter = period_label(programmes.quarter_of(from_month))
    return f"{quarter}从{period_label(from_month)}起整季按新办法计算；{months}的月度榜仍按原办法，不变。"


def _wanted(body: schemas.WantedIn) -> Wanted:
    return Wanted(body.text, body.revision, body.example, body.changes, body.source)
