"""Accounts and signing in (账号、登录).

Source: DESIGN §1 (roles), TECH §6, SECURITY A. A session is a row: ending it, disabling the account or changing its
role takes effect at the next request. There is no default account and no default password.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, delete, func, select

from app.accounts.models import Account, SignInFailure, SignInLink, SignInSession
from app.accounts.passwords import hash_password, is_right
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database, unless_taken
from app.errors import Busy, Conflict, Forbidden, NotFound, NotSignedIn, Refused, TooManyAttempts
from app.organisation import service as organisations
from app.settings import Settings

ROLES = {
    "office": "办公室",
    "office_head": "办公室主任",
    "leader": "县领导",
    "unit": "部门、镇区",
    "inspector": "督查组",
    "auditor": "安全审计员",
    "admin": "系统管理员",
}
SCOPES = {"county": "全县", "sponsored": "包挂、分管"}

FIRST_ACCOUNT = "系统里还没有账号。请管理员在服务器上运行：sanzhong user add 姓名 --role office_head --password-stdin"
WRONG = "用户名或口令不对，请核对后重试。忘记口令请联系系统管理员。"
FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_KEPT = timedelta(days=1)


def actor_of(account: Account) -> Actor:
    return Actor(
        account_id=account.id,
        name=account.name,
        role=account.role,
        unit_id=account.unit_id,
        official_id=account.official_id,
        scope=account.scope,
        team=account.team,
        organisation_id=account.organisation_id,
    )


def require_role(actor: Actor, *roles: str) -> None:
    """Forbidden unless the actor has one of the roles."""
    if actor.role not in roles:
        allowed = "、".join(ROLES[role] for role in roles)
        raise Forbidden(f"这项操作只有{allowed}账号可以办理，您的账号是{ROLES.get(actor.role, actor.role)}。")


# -- accounts ---------------------------------------------------------------------------------------------------------


def has_accounts(session: Session) -> bool:
    return session.exec(select(Account.id).limit(1)).first() is not None


def account_named(session: Session, name: str, *, lock: bool = False) -> Account:
    """`lock` holds the account until the transaction ends: for whoever changes it by what it says now."""
    query = select(Account).where(Account.name == name.strip())
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    account = session.exec(query).one_or_none()
    if account is None:
        raise NotFound(f"没有名为“{name}”的账号，请核对姓名。")
    return account


def actor_named(session: Session, name: str) -> Actor:
    """The actor behind --by NAME. Forbidden when the account is disabled."""
    account = account_named(session, name)
    if account.is_disabled:
        raise Forbidden(f"账号“{account.name}”已停用，不能以它的名义办理。")
    return actor_of(account)


def enabled(session: Session, *roles: str) -> Sequence[Account]:
    """The accounts of these roles that may be used, by name."""
    query = select(Account).where(col(Account.role).in_(roles), col(Account.is_disabled).is_(False))
    return sorted(session.exec(query).all(), key=lambda account: account.name)


def add(
    session: Session,
    settings: Settings,
    actor: Actor,
    name: str,
    role: str,
    *,
    password: str | None,
    unit: str = "",
    scope: str = "",
    team: str = "",
    organisation_code: str = "",
    at: datetime | None = None,
) -> tuple[Account, list[str]]:
    """A new account and what else had to be made for it, as Chinese sentences.

    `unit` (role unit) is found by name or alias, or made. A leader is bound to the official of the same name.
    `password=None`: no sign-in by password (demo accounts, which come in by one-time link).
    """
    name = name.strip()
    if not name or len(name) > 50:
        raise Refused("账号的姓名要有1至50个字，请核对。")
    if role not in ROLES:
        raise Refused(f"没有“{role}”这种角色，可用的有：{'、'.join(ROLES)}。")
    if role == "unit" and not unit.strip():
        raise Refused("部门、镇区账号必须写明单位，请用 --unit 填写单位名称。")
    if role == "leader" and scope not in SCOPES:
        raise Refused("县领导账号必须写明范围，请用 --scope county（全县）或 --scope sponsored（包挂、分管）。")
    if role == "inspector" and not team.strip():
        raise Refused("督查组账号必须写明组别，请用 --team 填写，如“督查一组”。")
    if session.exec(select(Account).where(Account.name == name)).one_or_none() is not None:
        raise Conflict(f"已有名为“{name}”的账号，请换一个名字，同名的人可加单位以示区别。")
    notes: list[str] = []
    organisation_id: int | None = None
    if organisation_code:
        organisation_id = organisations.get(session, organisation_code).id
    account = Account(name=name, role=role, created_at=at or datetime.now(UTC))
    if role == "unit":
        found = organisations.find_unit(session, unit, organisation_id)
        if found is None:
            owner = organisation_id or organisations.the_only(session).id
            assert owner is not None
            found = organisations.ensure_unit(session, owner, unit)
            notes.append(f"已新增单位“{found.name}”。")
        account.unit_id, organisation_id = found.id, found.organisation_id
    elif role == "leader":
        organisation_id = organisation_id or organisations.the_only(session).id
        assert organisation_id is not None
        official = organisations.find_official(session, organisation_id, name)
        if official is None:
            official = organisations.ensure_official(session, organisation_id, name)
            notes.append(f"已登记领导“{official.name}”。")
        account.official_id, account.scope = official.id, scope
    elif role == "inspector":
        account.team = team.strip()
    account.organisation_id = organisation_id
    if password is not None:
        account.password_hash = hash_password(password, settings)
    with unless_taken(session, f"刚刚有人新增了名为“{name}”的账号，这一次没有保存，请核对后再试。"):
        session.add(account)
    audit.append(session, actor, "account.add", target=name, detail={"role": role, "unit": unit, "team": team}, at=at)
    return account, notes


def disable(session: Session, actor: Actor, name: str) -> Account:
    """Disable an account; its sessions and links end at once."""
    account = account_named(session, name, lock=True)
    if account.is_disabled:
        raise Conflict(f"账号“{account.name}”已经停用，不必再停用。")
    account.is_disabled = True
    session.add(account)
    end_sessions(session, account)
    audit.append(session, actor, "account.disable", target=account.name)
    return account


def reset(session: Session, settings: Settings, actor: Actor, name: str, password: str) -> Account:
    """A new password, which also enables the account, ends its sessions and forgets its failures."""
    account = account_named(session, name, lock=True)
    account.password_hash = hash_password(password, settings)
    account.is_disabled = False
    session.add(account)
    end_sessions(session, account)
    session.exec(delete(SignInFailure).where(col(SignInFailure.name) == account.name))
    audit.append(session, actor, "account.reset", target=account.name)
    return account


def end_sessions(session: Session, account: Account) -> None:
    session.exec(update(SignInSession).where(col(SignInSession.account_id) == account.id).values(is_revoked=True))
    session.exec(delete(SignInLink).where(col(SignInLink.account_id) == account.id))


# -- signing in -------------------------------------------------------------------------------------------------------


def sign_in(database: Database, settings: Settings, name: str, password: str, address: str) -> tuple[str, Actor]:
    """The token of a new session and its actor.

    NotSignedIn with one answer for an unknown name, a wrong password, a disabled account and one without a password;
    each takes the same time. After `failures_before_wait` failures for a name *from one address* that address waits
    (TooManyAttempts); the person at another address does not.
    """
    name = name.strip()[:50]
    now = datetime.now(UTC)
    with database.read() as session:
        if not has_accounts(session):
            raise NotSignedIn(FIRST_ACCOUNT)
        require_patience(session, settings, name, address, now)
        account = session.exec(select(Account).where(Account.name == name)).one_or_none()
    usable = account is not None and not account.is_disabled
    right = is_right(password, account.password_hash if account is not None else "")
    if account is None or not (right and usable):
        with database.write() as session:
            session.exec(delete(SignInFailure).where(col(SignInFailure.at) < now - FAILURES_KEPT))
            session.add(SignInFailure(name=name, address=address, at=now))
            # An unknown name may be a password typed into the wrong field: it is not written down.
            failed = Actor(None, "未知账号", "") if account is None else actor_of(account)
            audit.append(session, failed, "account.sign_in", outcome="refused", detail={"address": address})
        raise NotSignedIn(WRONG)
    with database.write() as session:
        session.exec(
            delete(SignInFailure).where(col(SignInFailure.name) == name, col(SignInFailure.address) == address)
        )
        return open_session(session, settings, account, now, {"address": address})


def require_patience(session: Session, settings: Settings, name: str, address: str, now: datetime) -> None:
    failures = session.exec(
        select(func.count()).where(
            SignInFailure.name == name, SignInFailure.address == address, SignInFailure.at > now - FAILURE_WINDOW
        )
    ).one()
    if failures >= settings.failures_before_wait:
        raise TooManyAttempts("这台电脑上输错口令的次数太多，请15分钟后再试，或请系统管理员重置口令。")


def sign_in_by_link(database: Database, settings: Settings, link: str, address: str) -> tuple[str, Actor]:
    """As `sign_in`, by a one-time link, which is used up by it."""
    now = datetime.now(UTC)
    with database.write() as session:
        found = session.exec(
            select(SignInLink).where(SignInLink.token_hash == hashed(link)).with_for_update()
        ).one_or_none()
        account = None if found is None else session.get(Account, found.account_id)
        if found is None or found.used_at is not None or found.expires_at <= now:
            raise NotSignedIn("这个登录链接已经用过或已过期，请在服务器上运行 sanzhong links 取得新的链接。")
        if account is None or account.is_disabled:
            raise NotSignedIn("这个登录链接的账号已停用，请联系系统管理员。")
        found.used_at = now
        session.add(found)
        return open_session(session, settings, account, now, {"address": address, "by": "link"})


def open_session(
    session: Session, settings: Settings, account: Account, now: datetime, detail: dict[str, str]
) -> tuple[str, Actor]:
    """A new session's token and actor. Sessions long over are cleared away with it."""
    assert account.id is not None
    token = secrets.token_urlsafe(32)
    session.exec(delete(SignInSession).where(col(SignInSession.expires_at) < now))
    session.add(
        SignInSession(
            token_hash=hashed(token),
            account_id=account.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(minutes=settings.absolute_minutes),
        )
    )
    actor = actor_of(account)
    audit.append(session, actor, "account.sign_in", detail=dict(detail))
    return token, actor


def sign_out(session: Session, actor: Actor, token: str) -> None:
    session.exec(update(SignInSession).where(col(SignInSession.token_hash) == hashed(token)).values(is_revoked=True))
    audit.append(session, actor, "account.sign_out")


def resume(database: Database, settings: Settings, token: str) -> Actor:
    """The actor of a session as the account stands now. NotSignedIn when it is over or the account disabled."""
    now = datetime.now(UTC)
    with database.read() as session:
        found = session.exec(
            select(SignInSession, Account)
            .join(Account, col(SignInSession.account_id) == Account.id)
            .where(SignInSession.token_hash == hashed(token))
        ).one_or_none()
    idle = timedelta(minutes=settings.idle_minutes)
    if found is None or found[0].is_revoked or found[1].is_disabled:
        raise NotSignedIn("登录已失效，请重新登录。")
    signed_in, account = found
    if signed_in.expires_at <= now or signed_in.last_seen_at + idle <= now:
        raise NotSignedIn("登录已超时，请重新登录。")
    if signed_in.last_seen_at + idle / 10 <= now:
        see(database, signed_in, now)
    return actor_of(account)


def see(database: Database, signed_in: SignInSession, now: datetime) -> None:
    """Note that the session is in use. A reader never waits for a writer: a busy database is asked next time."""
    try:
        with database.write(wait=False) as session:
            session.exec(update(SignInSession).where(col(SignInSession.id) == signed_in.id).values(last_seen_at=now))
    except Busy:
        return


def new_links(session: Session, settings: Settings, actor: Actor) -> Sequence[tuple[Account, str]]:
    """A fresh one-time token for each usable account without a password, in the order of the roles."""
    now = datetime.now(UTC)
    found = session.exec(select(Account).where(Account.password_hash == "", col(Account.is_disabled).is_(False))).all()
    order = list(ROLES)
    links: list[tuple[Account, str]] = []
    session.exec(delete(SignInLink).where(col(SignInLink.expires_at) < now))
    for account in sorted(found, key=lambda account: (order.index(account.role), account.id or 0)):
        assert account.id is not None
        token = secrets.token_urlsafe(32)
        session.add(
            SignInLink(
                token_hash=hashed(token),
                account_id=account.id,
                expires_at=now + timedelta(minutes=settings.link_minutes),
            )
        )
        links.append((account, token))
    if links:
        audit.append(session, actor, "account.links", detail={"accounts": [account.name for account, _ in links]})
    return links


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
