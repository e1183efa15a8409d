"""The list of accounts (账号清单), for the administrator who manages it and the auditor who watches it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlmodel import Session, col, func, select

from app.accounts import flags, phones, service
from app.accounts.models import Account, AccountFlag, Activation, SignInSession
from app.accounts.schemas import AccountOut, Accounts, FlagOut
from app.audit.service import Actor
from app.organisation.models import Official, Unit
from app.settings import Settings

MANAGERS, READERS = ("admin",), ("admin", "auditor")


def listing(session: Session, settings: Settings, actor: Actor) -> Accounts:
    """Every account of the actor's organisation, in the order of the roles, then by name."""
    service.require_role(actor, *READERS)
    now = datetime.now(UTC)
    query = select(Account)
    if actor.organisation_id is not None:
        query = query.where(Account.organisation_id == actor.organisation_id)
    found = session.exec(query).all()
    units = dict(session.exec(select(Unit.id, Unit.name)).all())
    officials = dict(session.exec(select(Official.id, Official.name)).all())
    names = dict(session.exec(select(Account.id, Account.name)).all())
    open_sessions, links, flagged = sessions_of(session, settings, now), links_of(session), flags_of(session)
    trusted = phones.count_alive(session, now)
    usable_admins = [one.id for one in found if one.role == "admin" and not (one.is_disabled or one.awaits_activation)]
    order = list(service.ROLES)
    rows = []
    for account in sorted(found, key=lambda one: (order.index(one.role), one.name)):
        assert account.id is not None
        age = None if account.password_set_at is None else (now - account.password_set_at).days
        expires_at = service.password_expires_at(account, settings)
        link = links.get(account.id)
        rows.append(
            AccountOut(
                id=account.id,
                name=account.name,
                role=account.role,
                role_label=service.ROLES[account.role],
                unit=units.get(account.unit_id),
                official=officials.get(account.official_id),
                scope=account.scope,
                team=account.team,
                viewing_for=names.get(account.viewing_for_id),
                state=state_of(account),
                is_disabled=account.is_disabled,
                never_activated=account.activated_at is None and account.awaits_activation,
                link_expires_at=link.expires_at if link and account.awaits_activation else None,
                created_at=account.created_at,
                last_signed_in_at=account.last_signed_in_at,
                sessions=open_sessions.get(account.id, 0),
                trusted_phones=trusted.get(account.id, 0),
                password_age_days=age if account.password_hash else None,
                password_expired=expires_at is not None and expires_at <= now,
                subject=account.subject,
                subject_is_current=account.subject is not None and account.subject_source == settings.oidc_source(),
                flags=[
                    FlagOut(code=made.code, sentence=flags.sentence(account, made), maker=made.maker, at=made.at)
                    for made in flagged.get(account.id, ())
                ],
                actions=actions(
                    actor, account, is_last_admin=usable_admins == [account.id], has_oidc=settings.has_oidc()
                ),
            )
        )
    owner = actor.organisation_id
    known = select(Unit.name).order_by(col(Unit.id))
    return Accounts(
        rows=rows,
        total=len(rows),
        units=list(dict.fromkeys(session.exec(known if owner is None else known.where(Unit.organisation_id == owner)))),
        leaders=[row.name for row in rows if row.role == "leader" and row.viewing_for is None and not row.is_disabled],
        teams=sorted({row.team for row in rows if row.team}),
        may_manage=actor.role in MANAGERS,
        password_max_days=settings.password_max_days,
    )


def state_of(account: Account) -> str:
    if account.is_disabled:
        return "disabled"
    if account.awaits_activation:
        return "pending"
    return "active" if account.password_hash else "demo"


def actions(actor: Actor, account: Account, *, is_last_admin: bool, has_oidc: bool) -> list[str]:
    """What the actor may do with the account now; the acts themselves decide again."""
    if actor.role not in MANAGERS:
        return []
    mine = ["end_sessions"]
    if account.id == actor.account_id:
        return mine
    if has_oidc:
        mine = ["subject", *mine]
    if account.is_disabled:
        return ["change", "enable", *mine]
    return mine if is_last_admin else ["change", "reset", "disable", *mine]


def sessions_of(session: Session, settings: Settings, now: datetime) -> Mapping[int, int]:
    """How many sessions are open, by account."""
    query = select(SignInSession.account_id, func.count()).where(*service.open_now(settings, now))
    return dict(session.exec(query.group_by(col(SignInSession.account_id))).all())


def links_of(session: Session) -> Mapping[int, Activation]:
    """The link each account waits by."""
    found = session.exec(select(Activation).where(col(Activation.ended_at).is_(None))).all()
    return {link.account_id: link for link in found}


def flags_of(session: Session) -> Mapping[int, list[AccountFlag]]:
    found: dict[int, list[AccountFlag]] = defaultdict(list)
    for made in session.exec(select(AccountFlag).order_by(col(AccountFlag.id))).all():
        found[made.account_id].append(made)
    return found
