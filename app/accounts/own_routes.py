"""Routes of one's own account (我的账号)."""

from fastapi import APIRouter, Request, Response

from app.accounts import own
from app.accounts.cookies import keep_phone
from app.accounts.schemas import Done, NewPassword, NewPhone, OwnAccount, Trusted
from app.accounts.signed_in import COOKIE_KEY, StandingDep
from app.accounts.visitors import PHONE_COOKIE, visitor_of
from app.audit.service import Actor
from app.web import ReadSession, WriteSession

router = APIRouter(prefix="/api/account", tags=["account"])


@router.get("")
def show_own(standing: StandingDep, session: ReadSession, request: Request) -> OwnAccount:
    """我的账号: password, open sessions, trusted phones."""
    return own.show(session, request.app.state.settings, standing, request.cookies.get(PHONE_COOKIE, ""))


@router.post("/password")
def change_password(body: NewPassword, standing: StandingDep, request: Request) -> Done:
    """修改口令: the old one is asked; other sessions and trusted phones end."""
    state = request.app.state
    token = own.change_password(state.database, state.settings, standing, body.old, body.new, visitor_of(request))
    request.session.clear()
    request.session[COOKIE_KEY] = token
    return done(standing.actor, "口令已修改，其他登录和信任的手机已全部失效。")


@router.post("/sessions/end")
def end_other_sessions(standing: StandingDep, session: WriteSession) -> Done:
    """退出其他登录: every session but this one ends."""
    ended = own.end_other_sessions(session, standing)
    return done(standing.actor, f"已结束其他{ended}处登录。" if ended else "没有别处的登录。")


@router.post("/sessions/{session_id}/end")
def end_session(session_id: int, standing: StandingDep, session: WriteSession, request: Request) -> Done:
    """结束一处登录."""
    own.end_session(session, request.app.state.settings, standing, session_id)
    return done(standing.actor, "已结束这处登录。")


@router.post("/phones", status_code=201)
def trust_phone(body: NewPhone, standing: StandingDep, request: Request, response: Response) -> Trusted:
    """信任这台手机: choose six digits; the phone's own token goes into a cookie of its own."""
    state = request.app.state
    known = request.cookies.get(PHONE_COOKIE, "")
    token, phone = own.trust_phone(state.database, state.settings, standing, body.pin, visitor_of(request), known)
    keep_phone(response, state.settings, token, phone)
    assert phone.id is not None
    return Trusted(id=phone.id, until=phone.expires_at)


@router.post("/phones/{phone_id}/end")
def end_phone(phone_id: int, standing: StandingDep, session: WriteSession) -> Done:
    """取消信任一台手机."""
    own.end_phone(session, standing, phone_id)
    return done(standing.actor, "已取消信任，这台手机下次要用口令登录。")


def done(actor: Actor, message: str) -> Done:
    assert actor.account_id is not None
    return Done(id=actor.account_id, name=actor.name, message=message)
