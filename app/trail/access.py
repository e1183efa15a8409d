"""Who reads the trail (操作日志的查看权限): decided here alone.

Source: DESIGN §1, SECURITY B4; docs/decisions/0017. The auditor reads all of it and draws samples; the head of the
office reads it; the administrator reads what was done with accounts. Who is checked does not check: the office does
neither. An account of one organisation sees its programmes' entries and, of those without a programme, what its own
people did. Where the installation serves one organisation alone, what was done at the server itself, or by somebody
unknown, is that organisation's as well.
"""

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import Session, col, select

from app.accounts.models import Account
from app.accounts.service import require_role
from app.audit.models import AuditEntry
from app.audit.service import Actor
from app.organisation import service as organisations
from app.programmes import service as programmes

WHOLE = ("auditor", "office_head")
READERS = (*WHOLE, "admin")
CHECKERS = ("auditor",)  # who draws and ticks
VERIFIERS = WHOLE
ABOUT_ACCOUNTS = ("account.%", "% /api/account%", "% /api/session%")


def seen_by(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The entries the actor may read, as a condition. Forbidden for everybody else."""
    require_role(actor, *READERS)
    conditions: list[ColumnElement[bool]] = [true()]
    if actor.role not in WHOLE:
        conditions.append(or_(*(col(AuditEntry.action).like(pattern) for pattern in ABOUT_ACCOUNTS)))
    if actor.organisation_id is not None and not organisations.is_alone(session, actor.organisation_id):
        codes = [programme.code for programme in programmes.listing(session, actor)]
        people = select(Account.id).where(Account.organisation_id == actor.organisation_id)
        conditions.append(
            or_(
                col(AuditEntry.programme).in_(codes),
                and_(col(AuditEntry.programme) == "", col(AuditEntry.actor_id).in_(people)),
            )
        )
    return and_(*conditions)
