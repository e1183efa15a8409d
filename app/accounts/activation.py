"""Activation (开通): the person sets a password that nobody else ever knew, by a link that works once.

Whoever adds or resets an account gets the link to hand over and never a password. The token stands after `#` in the
address, which browsers keep to themselves: it is in no log, and looking at the page does not spend it.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.accounts import service, throttle
from app.accounts.models import Account, Activation
from app.accounts.passwords import hash_password, is_right, require_good
from app.accounts.tokens import hashed, new_token
from app.accounts.visitors import Visitor
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database
from app.errors import NotSignedIn, Refused
from app.settings import Settings

SPENT = "这个开通链接已经用过、已换成新的或已过期，请联系系统管理员重新发一个。"
SAME_AS_BEFORE = "新口令与现在的口令相同，请换一个。"


def issue(
    session: Session, settings: Settings, actor: Actor, account: Account, kind: str, visitor: Visitor
) -> tuple[str, Activation]:
    """A fresh link's token for the account, which waits for it from now on; an earlier link ends."""
    assert account.id is not None
    now = datetime.now(UTC)
    end_links(session, account.id, now)
    token, made = handed_out(actor, account, kind, visitor, now, now + timedelta(hours=settings.activation_hours))
    account.awaits_activation = True
    session.add_all((account, made))
    session.flush()
    return token, made


def handed_out(
    actor: Actor, account: Account, kind: str, visitor: Visitor, now: datetime, expires_at: datetime
) -> tuple[str, Activation]:
    """A new token, and who handed the account out how and from where: what flags.py goes by."""
    assert account.id is not None
    token = new_token()
    return token, Activation(
        token_hash=hashed(token),
        account_id=account.id,
        kind=kind,
        made_by_id=actor.account_id,
        made_by=actor.name,
        made_at=now,
        address=visitor.address,
        browser=visitor.browser,
        agent=visitor.agent,
        expires_at=expires_at,
    )


def end_links(session: Session, account_id: int, now: datetime) -> None:
    """No link of the account works any more."""
    session.exec(
        update(Activation)
        .where(col(Activation.account_id) == account_id, col(Activation.ended_at).is_(None))
        .values(ended_at=now)
    )


def open_link(session: Session, token: str, now: datetime, *, to_spend: bool = False) -> tuple[Activation, Account]:
    """The link and its account. NotSignedIn when it is spent. `to_spend` keeps a second user waiting outside."""
    query = (
        select(Activation, Account)
        .join(Account, col(Activation.account_id) == Account.id)
        .where(Activation.token_hash == hashed(token))
    )
    found = session.exec(query.with_for_update() if to_spend else query).one_or_none()
    if found is None or found[0].ended_at is not None or found[0].expires_at <= now:
        raise NotSignedIn(SPENT)
    if found[1].is_disabled or not found[1].awaits_activation:
        raise NotSignedIn(SPENT)
    return found[0], found[1]


def activate(database: Database, settings: Settings, token: str, password: str, visitor: Visitor) -> tuple[str, Actor]:
    """Set the password by a link and sign in by it. Refused for a weak one or the one before; the link then stands."""
    now = datetime.now(UTC)
    with database.read() as session:
        _, account = open_link(session, token, now)
    require_new(settings, account, password)
    password_hash = hash_password(password, settings, name=account.name)
    with database.write() as session:
        link, account = open_link(session, token, now, to_spend=True)
        link.ended_at = now
        session.add(link)
        take_password(session, account, password_hash, now)
        service.leader_of(session, account)  # of a 代看 account: its leader is still one
        throttle.forget(session, account)
        audit.append(
            session,
            service.actor_of(account),
            "account.activate",
            target=account.name,
            detail={"kind": link.kind, "maker": link.made_by, "address": visitor.address},
        )
        return service.open_session(session, settings, account, now, {"by": "activation"}, visitor=visitor)


def require_new(settings: Settings, account: Account, password: str) -> None:
    """Refused when the policy is not met or the password is the present one."""
    require_good(password, settings, account.name)
    if account.password_hash and is_right(password, account.password_hash):
        raise Refused(SAME_AS_BEFORE)


def take_password(session: Session, account: Account, password_hash: str, now: datetime) -> None:
    """The person's own new password."""
    account.password_hash, account.password_set_at = password_hash, now
    account.activated_at = account.activated_at or now
    account.awaits_activation = account.must_change_password = False
    session.add(account)
