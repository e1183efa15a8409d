"""Trusted phones (信任的手机): for some days a phone's own token and six digits stand for the password.

Source: SECURITY A2, docs/decisions/0016. The token alone, or the digits alone, let nobody in. Five wrong PINs end the
trust and leave the account as it was; a new password, a new role, disabling and whoever revokes it end it too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from app.accounts import passwords
from app.accounts.models import Account, TrustedPhone
from app.accounts.passwords import turn
from app.accounts.pins import require_good
from app.accounts.tokens import hashed, new_token
from app.errors import Forbidden, NotSignedIn
from app.settings import Settings

PIN_TRIES = 5
NO_TRUST = "这台手机没有被信任，或信任已到期、已取消，请用用户名和口令登录。"


def require_may_trust(settings: Settings, account: Account, opened_by: str) -> None:
    """Forbidden unless the role may, and the person came in by more than a PIN."""
    if settings.phone_days == 0 or account.role not in settings.phone_roles:
        raise Forbidden("按本单位的设置，您的账号不能使用信任手机，请每次用口令登录。")
    if opened_by == "pin":
        raise Forbidden("这次是用6位数字登录的，请先退出，用口令登录后再信任新的手机。")


def hash_pin(pin: str) -> str:
    """The hash to store; Refused for a PIN that is too easy. Not within a transaction: it takes its time."""
    require_good(pin)
    with turn():
        return passwords.HASHER.hash(pin)


def trust(
    session: Session, settings: Settings, account: Account, pin_hash: str, agent: str, now: datetime
) -> tuple[str, TrustedPhone]:
    """The phone's token, told once, and what is kept of it."""
    assert account.id is not None
    token = new_token()
    phone = TrustedPhone(
        token_hash=hashed(token),
        account_id=account.id,
        pin_hash=pin_hash,
        agent=agent,
        created_at=now,
        expires_at=now + timedelta(days=settings.phone_days),
    )
    session.add(phone)
    session.flush()
    return token, phone


def find(session: Session, settings: Settings, token: str, now: datetime) -> tuple[TrustedPhone, Account] | None:
    """The trusted phone behind a token with its account; None when the trust is over for whatever reason."""
    found = session.exec(
        select(TrustedPhone, Account)
        .join(Account, col(TrustedPhone.account_id) == Account.id)
        .where(TrustedPhone.token_hash == hashed(token))
    ).one_or_none()
    if found is None or not is_alive(found[0], now):
        return None
    phone, account = found
    if account.is_disabled or account.awaits_activation:
        return None
    if settings.phone_days == 0 or account.role not in settings.phone_roles:
        return None
    return phone, account


def is_alive(phone: TrustedPhone, now: datetime) -> bool:
    return phone.ended_at is None and phone.expires_at > now


def reserve_try(session: Session, phone: TrustedPhone, now: datetime) -> None:
    """Count a try before the PIN is worked out, so that parallel guesses are five in all."""
    done = session.exec(
        update(TrustedPhone)
        .where(
            col(TrustedPhone.id) == phone.id,
            col(TrustedPhone.wrong_pins) < PIN_TRIES,
            col(TrustedPhone.ended_at).is_(None),
        )
        .values(wrong_pins=TrustedPhone.wrong_pins + 1)
    )
    if done.rowcount != 1:
        raise NotSignedIn(NO_TRUST)


def alive(session: Session, account_id: int, now: datetime) -> Sequence[TrustedPhone]:
    """The account's phones that are trusted now, the newest first."""
    query = select(TrustedPhone).where(
        TrustedPhone.account_id == account_id, col(TrustedPhone.ended_at).is_(None), TrustedPhone.expires_at > now
    )
    return session.exec(query.order_by(col(TrustedPhone.id).desc())).all()


def count_alive(session: Session, now: datetime) -> dict[int, int]:
    """How many phones are trusted now, by account."""
    query = select(TrustedPhone.account_id, func.count()).where(
        col(TrustedPhone.ended_at).is_(None), TrustedPhone.expires_at > now
    )
    return dict(session.exec(query.group_by(col(TrustedPhone.account_id))).all())


def end_all(session: Session, account_id: int | None, reason: str, now: datetime) -> int:
    """End every trust of an account; how many there were."""
    done = session.exec(
        update(TrustedPhone)
        .where(
            col(TrustedPhone.account_id) == account_id,
            col(TrustedPhone.ended_at).is_(None),
            col(TrustedPhone.expires_at) > now,
        )
        .values(ended_at=now, end_reason=reason)
    )
    return int(done.rowcount)


def masked(name: str) -> str:
    """张**: enough for the owner, not enough for a finder."""
    return f"{name[:1]}**"
