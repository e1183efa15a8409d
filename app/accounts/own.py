"""A person's own account (我的账号): password, sessions, trusted phones. Nobody else's is ever reached from here."""

from datetime import UTC, datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.accounts import activation, phones, service, throttle
from app.accounts.models import Account, SignInSession, TrustedPhone
from app.accounts.passwords import hash_password, is_right, rules
from app.accounts.schemas import OwnAccount, PasswordState, PhoneRow, SessionRow
from app.accounts.signed_in import Standing
from app.accounts.tokens import hashed
from app.accounts.visitors import Visitor
from app.audit import service as audit
from app.database import Database
from app.errors import Forbidden, NotFound, NotSignedIn, Refused
from app.settings import Settings

WRONG_OLD = "现在的口令不对，口令没有修改。忘记了请联系系统管理员重置。"
NONE_TO_CHANGE = "您的账号没有口令（演示账号用一次性链接登录），不能修改口令。"


def show(session: Session, settings: Settings, standing: Standing, phone_token: str) -> OwnAccount:
    account = mine(session, standing)
    now = datetime.now(UTC)
    assert account.id is not None
    found = session.exec(
        select(SignInSession)
        .where(SignInSession.account_id == account.id, *service.open_now(settings, now))
        .order_by(col(SignInSession.last_seen_at).desc())
    ).all()
    try:
        phones.require_may_trust(settings, account, standing.opened_by)
        refusal = None
    except Forbidden as told:
        refusal = told.message
    return OwnAccount(
        name=standing.actor.name,
        role=account.role,
        role_label=service.ROLES[account.role],
        viewing_for=standing.actor.viewing_for,
        password=PasswordState(
            is_set=bool(account.password_hash),
            set_at=account.password_set_at,
            expires_at=service.password_expires_at(account, settings),
            must_change=standing.must_change_password,
            max_days=settings.password_max_days,
            rules=rules(settings),
        ),
        sessions=[
            SessionRow(
                id=one.id or 0,
                opened_by=one.opened_by,
                address=one.address,
                agent=one.agent,
                since=one.created_at,
                last_seen_at=one.last_seen_at,
                is_current=one.id == standing.session_id,
            )
            for one in found
        ],
        phones=[
            PhoneRow(
                id=one.id or 0,
                agent=one.agent,
                since=one.created_at,
                last_used_at=one.last_used_at,
                until=one.expires_at,
                is_current=one.token_hash == hashed(phone_token),
            )
            for one in phones.alive(session, account.id, now)
        ],
        phone_days=settings.phone_days,
        phone_refusal=refusal,
    )


def change_password(
    database: Database, settings: Settings, standing: Standing, old: str, new: str, visitor: Visitor
) -> str:
    """The token that this session goes on by; all others end, and so does every trusted phone.

    Wrong old passwords are counted as wrong sign-ins, so that who finds an open screen cannot try them out.
    """
    now = datetime.now(UTC)
    with database.write() as session:
        account = still_mine(session, standing)
        if not account.password_hash:
            raise Refused(NONE_TO_CHANGE)
        throttle.reserve(session, settings, account.name, account, visitor, now)
    if not is_right(old, account.password_hash):
        raise Refused(WRONG_OLD)
    if old == new:
        raise Refused(activation.SAME_AS_BEFORE)
    password_hash = hash_password(new, settings, name=account.name)
    with database.write() as session:
        account = still_mine(session, standing)
        throttle.forgive(session, account.name, account, visitor)
        activation.take_password(session, account, password_hash, now)
        service.end_sessions(session, account)
        phones.end_all(session, account.id, "口令修改", now)
        audit.append(session, standing.actor, "account.password", target=account.name)
        kept = {"by": standing.opened_by or "password"}
        return service.open_session(session, settings, account, now, kept, visitor=visitor)[0]


def end_session(session: Session, settings: Settings, standing: Standing, session_id: int) -> None:
    """End one of one's own sessions. NotFound for anybody else's and for one that is over."""
    mine(session, standing)
    found = session.exec(
        select(SignInSession).where(
            SignInSession.id == session_id,
            SignInSession.account_id == standing.actor.account_id,
            *service.open_now(settings, datetime.now(UTC)),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("没有这次登录，或它已经结束。")
    found.is_revoked = True
    session.add(found)
    audit.append(session, standing.actor, "account.end_sessions", target=standing.actor.name, detail={"sessions": 1})


def end_other_sessions(session: Session, standing: Standing) -> int:
    account = mine(session, standing)
    ended = service.end_sessions(session, account, but=standing.token)
    audit.append(session, standing.actor, "account.end_sessions", target=account.name, detail={"sessions": ended})
    return ended


def trust_phone(
    database: Database, settings: Settings, standing: Standing, pin: str, visitor: Visitor, phone_token: str
) -> tuple[str, TrustedPhone]:
    """The token for the phone's cookie; a trust that the same phone had ends."""
    now = datetime.now(UTC)
    with database.read() as session:
        phones.require_may_trust(settings, mine(session, standing), standing.opened_by)
    pin_hash = phones.hash_pin(pin)
    with database.write() as session:
        account = still_mine(session, standing)
        phones.require_may_trust(settings, account, standing.opened_by)  # as it stands after the working out
        if phone_token:
            session.exec(
                update(TrustedPhone)
                .where(
                    col(TrustedPhone.token_hash) == hashed(phone_token),
                    col(TrustedPhone.account_id) == account.id,
                    col(TrustedPhone.ended_at).is_(None),
                )
                .values(ended_at=now, end_reason="换新")
            )
        token, phone = phones.trust(session, settings, account, pin_hash, visitor.agent, now)
        detail = {"phone": phone.id, "until": phone.expires_at, "agent": phone.agent, "address": visitor.address}
        audit.append(session, standing.actor, "account.phone_trust", target=account.name, detail=detail)
    return token, phone


def end_phone(session: Session, standing: Standing, phone_id: int) -> None:
    """No longer trust one of one's own phones. NotFound for anybody else's and for one whose trust is over."""
    account = mine(session, standing)
    now = datetime.now(UTC)
    assert account.id is not None
    found = next((one for one in phones.alive(session, account.id, now) if one.id == phone_id), None)
    if found is None:
        raise NotFound("没有这台信任的手机，或信任已经结束。")
    found.ended_at, found.end_reason = now, "本人取消"
    session.add(found)
    audit.append(session, standing.actor, "account.phone_end", target=account.name, detail={"phone": phone_id})


def mine(session: Session, standing: Standing) -> Account:
    account = session.get(Account, standing.actor.account_id)
    if account is None:
        raise NotSignedIn("登录已失效，请重新登录。")
    return account


def still_mine(session: Session, standing: Standing) -> Account:
    """The account for a change that was worked out outside the transaction. NotSignedIn when the session has ended
    meanwhile: by a reset, a new password, disabling, signing out. The account is locked, as by those who end it."""
    account = session.get(Account, standing.actor.account_id, with_for_update=True)
    signed_in = session.get(SignInSession, standing.session_id)
    if account is None or signed_in is None or signed_in.is_revoked:
        raise NotSignedIn("登录已失效，请重新登录。")
    return account
