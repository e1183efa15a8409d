"""Routes of account management (账号管理): the administrator acts, the auditor reads."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.accounts import administration, directory
from app.accounts.administration import Issued
from app.accounts.models import Account
from app.accounts.schemas import AccountPlace, Accounts, BoundSubject, Done, Handed, NewAccount
from app.accounts.service import require_role
from app.accounts.signed_in import current_actor
from app.accounts.visitors import visitor_of
from app.audit.service import Actor
from app.web import ReadSession, WriteSession

router = APIRouter(prefix="/api/accounts", tags=["accounts"])


def current_manager(actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
    """The signed-in administrator; before anything is read or locked."""
    require_role(actor, *directory.MANAGERS)
    return actor


def current_reader(actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
    require_role(actor, *directory.READERS)
    return actor


Manager = Annotated[Actor, Depends(current_manager)]
Reader = Annotated[Actor, Depends(current_reader)]


@router.get("")
def list_accounts(actor: Reader, session: ReadSession, request: Request) -> Accounts:
    """账号清单."""
    return directory.listing(session, request.app.state.settings, actor)


@router.post("", status_code=201)
def add_account(body: NewAccount, actor: Manager, session: WriteSession, request: Request) -> Handed:
    """新增账号: the answer holds the link by which the person sets a password, this once."""
    visitor = visitor_of(request)
    issued = administration.add(session, request.app.state.settings, actor, visitor, **body.model_dump())
    return handed(issued)


@router.post("/{account_id}/change")
def change_account(account_id: int, body: AccountPlace, actor: Manager, session: WriteSession) -> Done:
    """改角色、单位、范围、组别."""
    account, notes = administration.change(session, actor, account_id, **body.model_dump())
    return done(account, "".join((*notes, f"已修改“{account.name}”，下一次操作起生效。")))


@router.post("/{account_id}/disable")
def disable_account(account_id: int, actor: Manager, session: WriteSession) -> Done:
    """停用."""
    account = administration.disable(session, actor, account_id)
    return done(account, f"已停用“{account.name}”，其登录和信任的手机已全部失效。")


@router.post("/{account_id}/enable")
def enable_account(account_id: int, actor: Manager, session: WriteSession) -> Done:
    """启用."""
    account = administration.enable(session, actor, account_id)
    return done(account, f"已启用“{account.name}”。")


@router.post("/{account_id}/reset")
def reset_account(account_id: int, actor: Manager, session: WriteSession, request: Request) -> Handed:
    """重置口令: as for a new account, a link for the person; the old password no longer lets in."""
    visitor = visitor_of(request)
    return handed(administration.reset(session, request.app.state.settings, actor, visitor, account_id))


@router.post("/{account_id}/subject")
def bind_account(account_id: int, body: BoundSubject, actor: Manager, session: WriteSession, request: Request) -> Done:
    """对应统一身份: which subject of the identity provider may sign in as this account; empty: none."""
    settings, visitor = request.app.state.settings, visitor_of(request)
    account, was_bound = administration.bind(session, settings, actor, visitor, account_id, body.subject)
    return done(account, told_bound(account, was_bound=was_bound))


def told_bound(account: Account, *, was_bound: bool) -> str:
    ended = "，原来的登录和信任的手机已全部失效" if was_bound else ""
    if account.subject is None:
        return f"“{account.name}”不再对应统一身份{ended}。"
    return f"“{account.name}”已对应统一身份“{account.subject}”{ended}。"


@router.post("/{account_id}/end-sessions")
def end_sessions(account_id: int, actor: Manager, session: WriteSession) -> Done:
    """结束全部登录，取消信任的手机."""
    account, ended, phones_ended = administration.end_sessions(session, actor, account_id)
    return done(account, f"“{account.name}”的{ended}处登录、{phones_ended}台信任的手机已失效。")


def done(account: Account, message: str) -> Done:
    assert account.id is not None
    return Done(id=account.id, name=account.name, message=message)


def handed(issued: Issued) -> Handed:
    assert issued.account.id is not None
    return Handed(
        id=issued.account.id,
        name=issued.account.name,
        link=f"/activate#{issued.token}",
        expires_at=issued.link.expires_at,
        notes=issued.notes,
    )
