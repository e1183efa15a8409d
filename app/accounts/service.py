"""Accounts and signing in (账号、登录).

Source: DESIGN §1 (roles), TECH §6, SECURITY A. A session is a row: ending it, disabling the account or changing its
role takes effect at the next request. There is no default account and no default password.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, delete, select

from app.accounts import flags, phones, throttle
from app.accounts.models import Account, SignInLink, SignInSession, TrustedPhone
from app.accounts.passwords import hash_password, is_right
from app.accounts.phones import NO_TRUST, PIN_TRIES
from app.accounts.tokens import hashed, new_token
from app.accounts.visitors import Visitor
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database, unless_taken
from app.errors import Busy, Conflict, Forbidden, NotFound, NotSignedIn, Refused
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
VIEWING_ENDED = "代看的领导账号已停用或不再是县领导，代看随之结束，请联系系统管理员。"


def actor_of(account: Account, leader: Account | None = None) -> Actor:
    """The actor that an account is; `leader` is whom a 代看 account looks for, as that account stands now."""
    seen = leader or account
    return Actor(
        account_id=account.id,
        name=account.name if leader is None else f"{account.name}（代看{leader.name}）",
        role=account.role,
        unit_id=account.unit_id,
        official_id=seen.official_id,
        scope=seen.scope,
        team=account.team,
        organisation_id=seen.organisation_id,
        viewing_for="" if leader is None else leader.name,
    )


def leader_of(session: Session, account: Account) -> Account | None:
    """Whom a 代看 account looks for; None for any other. Forbidden when that leader's account is no longer one."""
    if account.viewing_for_id is None:
        return None
    leader = session.get(Account, account.viewing_for_id)
    if leader is None or leader.is_disabled or leader.role != "leader" or leader.viewing_for_id is not None:
        raise Forbidden(VIEWING_ENDED)
    return leader


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
    """The actor behind --by NAME. Forbidden when the account is disabled, or looks for somebody else."""
    account = account_named(session, name)
    if account.is_disabled:
        raise Forbidden(f"账号“{account.name}”已停用，不能以它的名义办理。")
    if account.viewing_for_id is not None:
        raise Forbidden(f"账号“{account.name}”是代看账号，只能看，不能以它的名义办理。")
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
    viewing_for: str = "",
    organisation_code: str = "",
    awaits_activation: bool = False,
    must_change: bool = False,
    at: datetime | None = None,
) -> tuple[Account, list[str]]:
    """A new account and what else had to be made for it, as Chinese sentences.

    `unit` (role unit) is found by name or alias, or made. A leader is bound to the official of the same name.
    `password=None`: no sign-in by password (demo accounts, which come in by one-time link; with `awaits_activation`,
    people who will set one by their activation link).
    """
    name = name.strip()
    if not name or len(name) > 50:
        raise Refused("账号的姓名要有1至50个字，请核对。")
    if session.exec(select(Account).where(Account.name == name)).one_or_none() is not None:
        raise Conflict(f"已有名为“{name}”的账号，请换一个名字，同名的人可加单位以示区别。")
    now = at or datetime.now(UTC)
    account = Account(name=name, role=role, created_at=now, awaits_activation=awaits_activation)
    notes = place(session, account, role, unit=unit, scope=scope, team=team, viewing_for=viewing_for,
                  organisation_code=organisation_code)  # fmt: skip
    if password is not None:
        account.password_hash = hash_password(password, settings, name=name)
        account.password_set_at = account.activated_at = now
        account.must_change_password = must_change
    with unless_taken(session, f"刚刚有人新增了名为“{name}”的账号，这一次没有保存，请核对后再试。"):
        session.add(account)
    detail = {"role": role, "unit": unit, "team": team}
    if viewing_for:
        detail["viewing_for"] = viewing_for.strip()
    audit.append(session, actor, "account.add", target=name, detail=detail, at=at)
    return account, notes


def place(
    session: Session,
    account: Account,
    role: str,
    *,
    unit: str = "",
    scope: str = "",
    team: str = "",
    viewing_for: str = "",
    organisation_code: str = "",
) -> list[str]:
    """Give the account its role and what the role needs; what had to be made for it is told in Chinese sentences."""
    if role not in ROLES:
        raise Refused(f"没有“{role}”这种角色，可用的有：{'、'.join(ROLES)}。")
    if role == "unit" and not unit.strip():
        raise Refused("部门、镇区账号必须写明单位，请用 --unit 填写单位名称。")
    if viewing_for and role != "leader":
        raise Refused("代看账号的角色只能是县领导，请核对角色。")
    if role == "leader" and not viewing_for and scope not in SCOPES:
        raise Refused("县领导账号必须写明范围，请用 --scope county（全县）或 --scope sponsored（包挂、分管）。")
    if role == "inspector" and not team.strip():
        raise Refused("督查组账号必须写明组别，请用 --team 填写，如“督查一组”。")
    notes: list[str] = []
    organisation_id: int | None = None
    if organisation_code:
        organisation_id = organisations.get(session, organisation_code).id
    account.role = role
    account.unit_id, account.official_id, account.viewing_for_id, account.scope, account.team = None, None, None, "", ""
    if viewing_for:
        leader = account_named(session, viewing_for)
        if leader.role != "leader" or leader.viewing_for_id is not None or leader.id == account.id:
            raise Refused(f"“{leader.name}”不是县领导本人的账号，代看账号只能挂在县领导本人的账号上。")
        if leader.is_disabled:
            raise Refused(f"“{leader.name}”的账号已停用，不能再挂代看账号。")
        account.viewing_for_id, organisation_id = leader.id, leader.organisation_id
    elif role == "unit":
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
        official = organisations.find_official(session, organisation_id, account.name)
        if official is None:
            official = organisations.ensure_official(session, organisation_id, account.name)
            notes.append(f"已登记领导“{official.name}”。")
        account.official_id, account.scope = official.id, scope
    elif role == "inspector":
        account.team = team.strip()
    account.organisation_id = organisation_id
    return notes


def disable(session: Session, actor: Actor, name: str) -> Account:
    """Disable an account; its sessions, links and trusted phones end at once, and with a leader's those who look for
    them."""
    account = account_named(session, name, lock=True)
    if account.is_disabled:
        raise Conflict(f"账号“{account.name}”已经停用，不必再停用。")
    shut(session, account, "账号停用")
    audit.append(session, actor, "account.disable", target=account.name)
    for viewer in viewers_of(session, account):
        shut(session, viewer, "代看结束")
        audit.append(session, actor, "account.disable", target=viewer.name, detail={"with": account.name})
    return account


def shut(session: Session, account: Account, reason: str) -> None:
    account.is_disabled = True
    session.add(account)
    end_sessions(session, account)
    phones.end_all(session, account.id, reason, datetime.now(UTC))


def viewers_of(session: Session, account: Account) -> Sequence[Account]:
    """The usable 代看 accounts bound to this one."""
    query = select(Account).where(Account.viewing_for_id == account.id, col(Account.is_disabled).is_(False))
    return session.exec(query.order_by(col(Account.id))).all()


def reset(
    session: Session, settings: Settings, actor: Actor, name: str, password: str, *, must_change: bool = False
) -> Account:
    """A new password, which also enables the account, ends its sessions and phones and forgets its failures."""
    account = account_named(session, name, lock=True)
    account.password_hash = hash_password(password, settings, name=account.name)
    account.password_set_at = datetime.now(UTC)
    account.activated_at = account.activated_at or account.password_set_at
    account.must_change_password = must_change
    account.awaits_activation = account.is_disabled = False
    session.add(account)
    end_sessions(session, account)
    phones.end_all(session, account.id, "口令重置", account.password_set_at)
    throttle.forget(session, account)
    audit.append(session, actor, "account.reset", target=account.name)
    return account


def end_sessions(session: Session, account: Account, *, but: str = "") -> int:
    """End every session and one-time link of the account, but the session of one token; how many were open."""
    mine = (col(SignInSession.account_id) == account.id) & col(SignInSession.is_revoked).is_(False)
    if but:
        mine &= col(SignInSession.token_hash) != hashed(but)
    done = session.exec(update(SignInSession).where(mine).values(is_revoked=True))
    session.exec(delete(SignInLink).where(col(SignInLink.account_id) == account.id))
    return int(done.rowcount)


def password_expires_at(account: Account, settings: Settings) -> datetime | None:
    """When the password must be changed; None: never, or there is none."""
    if not account.password_hash or account.password_set_at is None or settings.password_max_days == 0:
        return None
    return account.password_set_at + timedelta(days=settings.password_max_days)


def must_change_password(account: Account, settings: Settings, now: datetime) -> bool:
    """Whether the account may do nothing before it has a new password."""
    expires_at = password_expires_at(account, settings)
    return account.must_change_password or (expires_at is not None and expires_at <= now)


# -- signing in -------------------------------------------------------------------------------------------------------


def sign_in(
    database: Database, settings: Settings, name: str, password: str, visitor: Visitor | str
) -> tuple[str, Actor]:
    """The token of a new session and its actor.

    NotSignedIn with one answer for an unknown name, a wrong password, a disabled account and one without a password;
    each takes the same time. Who guesses waits (TooManyAttempts, see throttle.py).
    """
    name = name.strip()[:50]
    now = datetime.now(UTC)
    visitor = Visitor(visitor) if isinstance(visitor, str) else visitor
    with database.read() as session:
        if not has_accounts(session):
            raise NotSignedIn(FIRST_ACCOUNT)
    with database.write() as session:
        # Locked (PostgreSQL), so that parallel guesses at one account are counted one after the other.
        account = session.exec(select(Account).where(Account.name == name).with_for_update()).one_or_none()
        throttle.reserve(session, settings, name, account, visitor, now)
    tried = account.password_hash if account is not None else ""
    right = is_right(password, tried)
    with database.write() as session:
        if account is not None:  # as it stands after the working out; whoever changes it now waits
            account = session.get(Account, account.id, with_for_update=True)
        if account is None or not (right and account.password_hash == tried and is_usable(session, account)):
            # An unknown name may be a password typed into the wrong field: it is not written down.
            failed = Actor(None, "未知账号", "") if account is None else actor_of(account)
            detail = {"address": visitor.address, "agent": visitor.agent}
            audit.append(session, failed, "account.sign_in", outcome="refused", detail=detail)
            opened = None
        else:
            throttle.forgive(session, name, account, visitor)
            opened = open_session(session, settings, account, now, {"by": "password"}, visitor=visitor)
    if opened is None:
        raise NotSignedIn(WRONG)
    return opened


def is_usable(session: Session, account: Account) -> bool:
    if account.is_disabled or account.awaits_activation:
        return False
    try:
        leader_of(session, account)
    except Forbidden:
        return False
    return True


def sign_in_by_link(database: Database, settings: Settings, link: str, visitor: Visitor | str) -> tuple[str, Actor]:
    """As `sign_in`, by a one-time link, which is used up by it."""
    now = datetime.now(UTC)
    visitor = Visitor(visitor) if isinstance(visitor, str) else visitor
    with database.write() as session:
        query = select(SignInLink).where(SignInLink.token_hash == hashed(link))
        known = session.exec(query).one_or_none()
        # First the account, as whoever ends its links; then the link as it stands after a wait for that.
        account = None if known is None else session.get(Account, known.account_id, with_for_update=True)
        found = session.exec(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
        if found is None or found.used_at is not None or found.expires_at <= now:
            raise NotSignedIn("这个登录链接已经用过或已过期，请在服务器上运行 sanzhong links 取得新的链接。")
        if account is None or not is_usable(session, account):
            raise NotSignedIn("这个登录链接的账号已停用，请联系系统管理员。")
        found.used_at = now
        session.add(found)
        return open_session(session, settings, account, now, {"by": "link"}, visitor=visitor)


def sign_in_by_pin(database: Database, settings: Settings, token: str, pin: str, visitor: Visitor) -> tuple[str, Actor]:
    """As `sign_in`, on a trusted phone by its six digits. The fifth wrong one in a row ends the trust."""
    now = datetime.now(UTC)
    with database.write() as session:
        found = phones.find(session, settings, token, now) if token else None
        if found is None or not is_usable(session, found[1]):
            raise NotSignedIn(NO_TRUST)
        phone, account = found
        phones.reserve_try(session, phone, now)
    right = is_right(pin, phone.pin_hash)
    with database.write() as session:
        session.get(Account, account.id, with_for_update=True)  # first the account, as whoever ends its trusts
        stored = session.get(TrustedPhone, phone.id, with_for_update=True)
        found = phones.find(session, settings, token, now)  # nobody ended it while the PIN was worked out
        if stored is None or found is None or not is_usable(session, found[1]):
            raise NotSignedIn(NO_TRUST)
        account = found[1]
        if right:
            stored.wrong_pins, stored.last_used_at = 0, now
            session.add(stored)
            return open_session(session, settings, account, now, {"by": "pin"}, visitor=visitor)
        left = PIN_TRIES - stored.wrong_pins
        if left <= 0:
            stored.ended_at, stored.end_reason = now, f"连续输错{PIN_TRIES}次"
            session.add(stored)
        detail = {"address": visitor.address, "by": "pin", "phone": stored.id, "left": max(left, 0)}
        audit.append(session, actor_of(account), "account.sign_in", outcome="refused", detail=detail)
    if left <= 0:
        raise NotSignedIn(f"6位数字连续输错{PIN_TRIES}次，这台手机不再被信任，请用用户名和口令登录；账号不受影响。")
    raise NotSignedIn(f"6位数字不对，还可以试{left}次。忘记了请改用口令登录。")


def open_session(
    session: Session,
    settings: Settings,
    account: Account,
    now: datetime,
    detail: dict[str, str],
    *,
    visitor: Visitor | None = None,
) -> tuple[str, Actor]:
    """A new session's token and actor. Sessions long over are cleared away with it; whether maker and user of the
    account seem to be one is looked at."""
    assert account.id is not None
    visitor = visitor or Visitor()
    token = new_token()
    session.exec(delete(SignInSession).where(col(SignInSession.expires_at) < now))
    session.add(
        SignInSession(
            token_hash=hashed(token),
            account_id=account.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(minutes=settings.absolute_minutes),
            opened_by=detail.get("by", ""),
            address=visitor.address,
            agent=visitor.agent,
        )
    )
    is_first = account.last_signed_in_at is None or detail.get("by") == "activation"
    account.last_signed_in_at = now
    session.add(account)
    actor = actor_of(account, leader_of(session, account))
    flags.note_browser(session, account, visitor, now)
    flagged = flags.examine(session, account, visitor, now, is_first=is_first)
    told = {name: value for name, value in (("address", visitor.address), ("agent", visitor.agent)) if value}
    audit.append(session, actor, "account.sign_in", detail={**told, **detail})
    for made in flagged:
        of = session.get(Account, made.account_id)
        assert of is not None
        flags.record(session, actor, of, made)
    return token, actor


def open_now(settings: Settings, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a session is open."""
    idle = timedelta(minutes=settings.idle_minutes)
    return (
        col(SignInSession.is_revoked).is_(False),
        col(SignInSession.expires_at) > now,
        col(SignInSession.last_seen_at) > now - idle,
    )


def sign_out(session: Session, actor: Actor, token: str) -> None:
    session.exec(update(SignInSession).where(col(SignInSession.token_hash) == hashed(token)).values(is_revoked=True))
    audit.append(session, actor, "account.sign_out")


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session that goes on: who it is, and whether they must change their password before anything else."""

    actor: Actor
    session_id: int
    opened_by: str
    must_change_password: bool


def resume(database: Database, settings: Settings, token: str, *, is_use: bool = True) -> Resumed:
    """The session as the account stands now. NotSignedIn when it is over or the account disabled.

    `is_use=False` for what a page asks by itself: it does not keep the session alive.
    """
    now = datetime.now(UTC)
    with database.read() as session:
        found = session.exec(
            select(SignInSession, Account)
            .join(Account, col(SignInSession.account_id) == Account.id)
            .where(SignInSession.token_hash == hashed(token))
        ).one_or_none()
        if found is None or found[0].is_revoked or found[1].is_disabled or found[1].awaits_activation:
            raise NotSignedIn("登录已失效，请重新登录。")
        signed_in, account = found
        try:
            leader = leader_of(session, account)
        except Forbidden as ended:
            raise NotSignedIn(ended.message) from ended
    idle = timedelta(minutes=settings.idle_minutes)
    if signed_in.expires_at <= now or signed_in.last_seen_at + idle <= now:
        raise NotSignedIn("登录已超时，请重新登录。")
    if is_use and signed_in.last_seen_at + idle / 10 <= now:
        see(database, signed_in, now)
    assert signed_in.id is not None
    must_change = must_change_password(account, settings, now)
    return Resumed(actor_of(account, leader), signed_in.id, signed_in.opened_by, must_change)


def see(database: Database, signed_in: SignInSession, now: datetime) -> None:
    """Note that the session is in use. A reader never waits for a writer: a busy database is asked next time."""
    try:
        with database.write(wait=False) as session:
            session.exec(update(SignInSession).where(col(SignInSession.id) == signed_in.id).values(last_seen_at=now))
    except Busy:
        return


def new_links(session: Session, settings: Settings, actor: Actor) -> Sequence[tuple[Account, str]]:
    """A fresh one-time token for each usable account without a password, in the order of the roles.

    An account that waits for its person's own password is none of them.
    """
    now = datetime.now(UTC)
    waits, is_disabled = col(Account.awaits_activation), col(Account.is_disabled)
    query = select(Account).where(Account.password_hash == "", is_disabled.is_(False), waits.is_(False))
    found = session.exec(query).all()
    order = list(ROLES)
    links: list[tuple[Account, str]] = []
    session.exec(delete(SignInLink).where(col(SignInLink.expires_at) < now))
    for account in sorted(found, key=lambda account: (order.index(account.role), account.id or 0)):
        assert account.id is not None
        token = new_token()
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
