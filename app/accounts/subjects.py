"""Accounts and the identity provider's subjects (账号与统一身份): an administrator binds them, people sign in by them.

The provider says who somebody is and nothing else: it makes no account and gives no right. Bound are a subject and the
source it is of (issuer and claim); after a change of provider an old binding opens nothing.
"""

from datetime import UTC, datetime

from sqlmodel import Session, select

from app.accounts import activation, phones, service, throttle
from app.accounts.models import Account
from app.accounts.visitors import Visitor
from app.audit import service as audit
from app.audit.service import Actor
from app.database import Database, unless_taken
from app.errors import Conflict, NotSignedIn, Refused
from app.settings import Settings

OFF = "本平台没有启用统一身份认证，请用用户名和口令登录。"
UNKNOWN = "本平台没有与您的统一身份对应的账号，请联系系统管理员（标识：{subject}）。"
UNUSABLE = "您在本平台的账号已停用或还没有开通，请联系系统管理员。"
LONGEST = 255


def sign_in(database: Database, settings: Settings, subject: str, visitor: Visitor) -> tuple[str, Actor]:
    """As `service.sign_in`, for whom the provider has vouched. NotSignedIn when no usable account is bound to them."""
    now = datetime.now(UTC)
    with database.write() as session:
        account = session.exec(
            select(Account)
            .where(Account.subject == subject, Account.subject_source == settings.oidc_source())
            .with_for_update()
        ).one_or_none()
        if account is not None and service.is_usable(session, account):
            throttle.forgive_visit(session, visitor)
            return service.open_session(session, settings, account, now, {"by": "oidc"}, visitor=visitor)
        failed = Actor(None, "未知账号", "") if account is None else service.actor_of(account)
        note_refused(session, failed, visitor, {"subject": subject})
    raise NotSignedIn(UNKNOWN.format(subject=subject) if account is None else UNUSABLE)


def note_refused(session: Session, actor: Actor, visitor: Visitor, more: dict[str, str]) -> None:
    detail = {"by": "oidc", "address": visitor.address, "agent": visitor.agent, **more}
    audit.append(session, actor, "account.sign_in", outcome="refused", detail=detail)


def bind(
    session: Session, settings: Settings, actor: Actor, account: Account, subject: str, visitor: Visitor | None = None
) -> bool:
    """Bind the account to a subject, or with an empty one to nobody; whether it was bound before.

    Whoever binds is remembered as one who handed the account out (see flags.py). Where another person was bound
    before, the account's sessions and trusted phones end.
    """
    subject = subject.strip()
    if not settings.has_oidc():
        raise Refused("没有启用统一身份认证，不能登记对应关系；启用的办法见部署说明。")
    if len(subject) > LONGEST or not subject.isprintable():
        raise Refused(f"统一身份的标识最多{LONGEST}个字，不能有换行等看不见的字符，请核对。")
    before, source = account.subject, settings.oidc_source() if subject else ""
    if (before or "", account.subject_source) == (subject, source):
        raise Conflict(f"“{account.name}”对应的统一身份没有变化，不必保存。")
    other = session.exec(select(Account).where(Account.subject == subject, Account.id != account.id)).one_or_none()
    if other is not None:
        whose = f"“{other.name}”" if actor.organisation_id in (None, other.organisation_id) else "别的账号"
        raise Conflict(f"这个统一身份已对应{whose}，一个人只能对应一个账号；请先解除那一个。")
    account.subject, account.subject_source = subject or None, source
    with unless_taken(session, "刚刚有人把这个统一身份对应到了别的账号，这一次没有保存，请核对后再试。"):
        session.add(account)
    now = datetime.now(UTC)
    if before is not None:
        service.end_sessions(session, account)
        phones.end_all(session, account.id, "统一身份变更", now)
    if subject and actor.account_id is not None:
        note_binder(session, actor, account, visitor or Visitor(), now)
    audit.append(
        session, actor, "account.subject", target=account.name, detail={"before": before or "", "after": subject}
    )
    return before is not None


def note_binder(session: Session, actor: Actor, account: Account, visitor: Visitor, now: datetime) -> None:
    """Whoever binds hands the account out, by no link: its token is told to nobody, and over at once."""
    _, made = activation.handed_out(actor, account, "bind", visitor, now, now)
    made.ended_at = now
    session.add(made)
    session.flush()
