"""What the administrator does with other people's accounts (账号管理): add, change, disable, enable, reset.

Source: SECURITY A4, B4. Never with one's own account, never so that no usable administrator is left, and never so that
anybody learns another's password. Each act is one line on the trail.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from app.accounts import activation, phones, service, subjects, throttle
from app.accounts.models import Account, Activation
from app.accounts.visitors import Visitor
from app.audit import service as audit
from app.audit.service import Actor
from app.errors import Conflict, Forbidden, NotFound, Refused
from app.organisation import service as organisations
from app.organisation.models import Organisation, Unit
from app.settings import Settings

LAST_ADMIN = "“{name}”是最后一个能用的系统管理员，请先另开一个并开通，再办这一项。"
OWN = "不能{act}自己的账号，请由另一位系统管理员办理；自己的口令在“我的账号”里修改。"


@dataclass(frozen=True, slots=True)
class Issued:
    """An account with the link its person needs, told once."""

    account: Account
    token: str
    link: Activation
    notes: list[str]


def get(session: Session, actor: Actor, account_id: int) -> Account:
    """An account within the actor's organisation; NotFound otherwise."""
    account = session.exec(select(Account).where(Account.id == account_id).with_for_update()).one_or_none()
    if account is None or actor.organisation_id not in (None, account.organisation_id):
        raise NotFound("没有这个账号，或它不归您管理。")
    return account


def add(
    session: Session,
    settings: Settings,
    actor: Actor,
    visitor: Visitor,
    name: str,
    role: str,
    *,
    unit: str = "",
    scope: str = "",
    team: str = "",
    viewing_for: str = "",
    organisation: str = "",
) -> Issued:
    """A new account that waits for its person. Named units must be known: a slip of the pen makes no new unit."""
    require_known_unit(session, actor, role, unit)
    if viewing_for:
        require_reachable(session, actor, viewing_for)
    account, notes = service.add(
        session,
        settings,
        actor,
        name,
        role,
        password=None,
        unit=unit,
        scope=scope,
        team=team,
        viewing_for=viewing_for,
        organisation_code=organisation_code(session, actor, organisation),
        awaits_activation=True,
    )
    token, link = activation.issue(session, settings, actor, account, "add", visitor)
    return Issued(account, token, link, notes)


def change(
    session: Session,
    actor: Actor,
    account_id: int,
    role: str,
    *,
    unit: str = "",
    scope: str = "",
    team: str = "",
    viewing_for: str = "",
) -> tuple[Account, list[str]]:
    """Another role, unit, scope or team, in force at the next request; trusted phones end with the old role."""
    account = get(session, actor, account_id)
    require_other(actor, account, "改")
    if role != "admin":
        require_admin_left(session, account)
    require_known_unit(session, actor, role, unit)
    if viewing_for:
        require_reachable(session, actor, viewing_for)
    if role != "leader" and service.viewers_of(session, account):
        names = "、".join(viewer.name for viewer in service.viewers_of(session, account))
        raise Conflict(f"“{account.name}”还挂着代看账号（{names}），请先停用代看账号，再改角色。")
    before = standing(session, account)
    owner = None if account.organisation_id is None else session.get(Organisation, account.organisation_id)
    notes = service.place(
        session,
        account,
        role,
        unit=unit,
        scope=scope,
        team=team,
        viewing_for=viewing_for,
        organisation_code=owner.code if owner is not None else organisation_code(session, actor, ""),
    )
    session.add(account)
    session.flush()
    after = standing(session, account)
    if before == after:
        raise Conflict(f"“{account.name}”的角色、单位、范围、组别都没有变化，不必保存。")
    ended = phones.end_all(session, account.id, "角色变更", datetime.now(UTC)) if before["role"] != role else 0
    detail = {"before": before, "after": after, "phones_ended": ended}
    audit.append(session, actor, "account.change", target=account.name, detail=detail)
    return account, notes


def disable(session: Session, actor: Actor, account_id: int) -> Account:
    account = get(session, actor, account_id)
    require_other(actor, account, "停用")
    require_admin_left(session, account)
    activation.end_links(session, account_id, datetime.now(UTC))
    return service.disable(session, actor, account.name)


def enable(session: Session, actor: Actor, account_id: int) -> Account:
    """A disabled account may be used again, with the password it had."""
    account = get(session, actor, account_id)
    require_other(actor, account, "启用")
    if not account.is_disabled:
        raise Conflict(f"账号“{account.name}”没有停用，不必启用。")
    service.leader_of(session, account)
    account.is_disabled = False
    session.add(account)
    audit.append(session, actor, "account.enable", target=account.name)
    return account


def reset(session: Session, settings: Settings, actor: Actor, visitor: Visitor, account_id: int) -> Issued:
    """Take the password away and hand out a link for a new one; sessions and phones end. Also for a lost first link."""
    account = get(session, actor, account_id)
    require_other(actor, account, "重置")
    require_admin_left(session, account)
    if account.is_disabled:
        raise Conflict(f"账号“{account.name}”已停用，请先启用，再重置口令。")
    service.leader_of(session, account)
    service.end_sessions(session, account)
    phones.end_all(session, account.id, "口令重置", datetime.now(UTC))
    throttle.forget(session, account)
    token, link = activation.issue(session, settings, actor, account, "reset", visitor)
    audit.append(session, actor, "account.reset", target=account.name, detail={"by": "link"})
    return Issued(account, token, link, [])


def end_sessions(session: Session, actor: Actor, account_id: int) -> tuple[Account, int, int]:
    """Sign the person out everywhere and end their phones' trust; how many sessions and phones there were."""
    account = get(session, actor, account_id)
    ended = service.end_sessions(session, account)
    phones_ended = phones.end_all(session, account.id, "管理员取消", datetime.now(UTC))
    detail = {"sessions": ended, "phones": phones_ended}
    audit.append(session, actor, "account.end_sessions", target=account.name, detail=detail)
    return account, ended, phones_ended


def bind(
    session: Session, settings: Settings, actor: Actor, visitor: Visitor, account_id: int, subject: str
) -> tuple[Account, bool]:
    """Bind the account to a subject of the identity provider, or to nobody; whether it was bound before."""
    account = get(session, actor, account_id)
    require_other(actor, account, "改")
    return account, subjects.bind(session, settings, actor, account, subject, visitor)


# -- what must hold ---------------------------------------------------------------------------------------------------


def require_other(actor: Actor, account: Account, act: str) -> None:
    if actor.account_id == account.id:
        raise Forbidden(OWN.format(act=act))


def require_admin_left(session: Session, account: Account) -> None:
    """Refused when the account is the last usable administrator."""
    if account.role != "admin" or account.is_disabled or account.awaits_activation:
        return
    others = select(Account.id).where(
        Account.role == "admin",
        Account.id != account.id,
        col(Account.is_disabled).is_(False),
        col(Account.awaits_activation).is_(False),
    )
    if session.exec(others.with_for_update()).first() is None:
        raise Conflict(LAST_ADMIN.format(name=account.name))


def require_known_unit(session: Session, actor: Actor, role: str, unit: str) -> None:
    if role == "unit" and unit.strip():
        found = organisations.find_unit(session, unit, actor.organisation_id)
        if found is None:
            raise Refused(f"没有名为“{unit.strip()}”的单位，请从已登记的单位里选；新单位随年度计划或责任分解表登记。")


def require_reachable(session: Session, actor: Actor, name: str) -> None:
    leader = service.account_named(session, name)
    if actor.organisation_id not in (None, leader.organisation_id):
        raise NotFound(f"没有名为“{name}”的账号，请核对姓名。")


def organisation_code(session: Session, actor: Actor, asked: str) -> str:
    """The organisation a new account belongs to: the administrator's own where they have one."""
    if actor.organisation_id is None:
        return asked
    own = session.get(Organisation, actor.organisation_id)
    assert own is not None
    if asked not in ("", own.code):
        raise NotFound(f"没有代码为“{asked}”的组织。")
    return own.code


def standing(session: Session, account: Account) -> dict[str, str]:
    """What of an account decides its rights, in words for the trail."""
    unit = None if account.unit_id is None else session.get(Unit, account.unit_id)
    leader = None if account.viewing_for_id is None else session.get(Account, account.viewing_for_id)
    return {
        "role": account.role,
        "unit": unit.name if unit is not None else "",
        "scope": account.scope,
        "team": account.team,
        "viewing_for": leader.name if leader is not None else "",
    }
