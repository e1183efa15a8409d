"""An account that looks as if its maker used it (疑似自建自用): noticed at sign-in, kept, said in one sentence.

The separation of duties rests on it: whoever manages accounts could hand himself one that drafts, signs or decides.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from app.accounts.models import Account, AccountFlag, Activation, KnownBrowser
from app.accounts.visitors import Visitor, network
from app.audit import service as audit
from app.audit.service import Actor

SAME_BROWSER, SAME_ADDRESS = "same_browser", "same_address"
KEPT = timedelta(days=400)  # as long as the cookie lives
BUSINESS_ROLES = ("office", "office_head", "leader")


def note_browser(session: Session, account: Account, visitor: Visitor, now: datetime) -> None:
    """Remember by which browser and from where the account signed in."""
    if not visitor.browser:
        return
    session.exec(delete(KnownBrowser).where(col(KnownBrowser.last_seen_at) < now - KEPT))
    assert account.id is not None
    known = session.exec(
        select(KnownBrowser).where(KnownBrowser.account_id == account.id, KnownBrowser.token_hash == visitor.browser)
    ).one_or_none()
    if known is None:
        known = KnownBrowser(
            account_id=account.id,
            token_hash=visitor.browser,
            first_address=visitor.network,
            first_seen_at=now,
            last_seen_at=now,
        )
    known.last_address, known.last_seen_at = visitor.network, now
    session.add(known)
    session.flush()


def examine(
    session: Session, account: Account, visitor: Visitor, now: datetime, *, is_first: bool
) -> list[AccountFlag]:
    """Flag the account, or accounts made by it, where maker and user seem to be one; only what is new is returned.

    `is_first`: the first sign-in since the account was handed out.
    - one browser for both, whoever used it first: any role, at any time;
    - the maker's address and the same kind of browser: any role;
    - the maker's address at the first sign-in: office, office_head, leader.
    """
    assert account.id is not None
    found: list[AccountFlag] = []
    for issue in issues_of(session, account.id):
        assert issue.made_by_id is not None
        browsers, networks = traces(session, issue)
        if visitor.browser and visitor.browser in browsers:
            found += flag(session, account, SAME_BROWSER, issue.made_by_id, issue.made_by, visitor, now)
        elif visitor.address and visitor.network in networks:
            is_alike = bool(visitor.agent) and visitor.agent == issue.agent
            if is_alike or (is_first and account.role in BUSINESS_ROLES):
                found += flag(session, account, SAME_ADDRESS, issue.made_by_id, issue.made_by, visitor, now)
    if visitor.browser:
        for other in made_by(session, account.id, visitor.browser):
            found += flag(session, other, SAME_BROWSER, account.id, account.name, visitor, now)
    return found


def issues_of(session: Session, account_id: int) -> list[Activation]:
    """Every handing out of the account by a person other than itself."""
    query = select(Activation).where(
        Activation.account_id == account_id,
        col(Activation.made_by_id).is_not(None),
        Activation.made_by_id != account_id,
    )
    return list(session.exec(query.order_by(col(Activation.id))).all())


def traces(session: Session, issue: Activation) -> tuple[set[str], set[str]]:
    """The browsers and networks of who handed the account out."""
    known = session.exec(select(KnownBrowser).where(KnownBrowser.account_id == issue.made_by_id)).all()
    browsers = {issue.browser, *(one.token_hash for one in known)}
    networks = {network(issue.address), *(place for one in known for place in (one.first_address, one.last_address))}
    return browsers - {""}, networks - {""}


def made_by(session: Session, maker_id: int, browser: str) -> list[Account]:
    """The accounts this maker handed out that were used by this browser."""
    query = (
        select(Account)
        .join(Activation, col(Activation.account_id) == Account.id)
        .join(KnownBrowser, col(KnownBrowser.account_id) == Account.id)
        .where(Activation.made_by_id == maker_id, Account.id != maker_id, KnownBrowser.token_hash == browser)
    )
    return list({account.id: account for account in session.exec(query).all()}.values())


def flag(
    session: Session, account: Account, code: str, maker_id: int, maker: str, visitor: Visitor, now: datetime
) -> list[AccountFlag]:
    known = session.exec(
        select(AccountFlag).where(
            AccountFlag.account_id == account.id, AccountFlag.code == code, AccountFlag.maker_id == maker_id
        )
    ).one_or_none()
    if known is not None:
        return []
    assert account.id is not None
    made = AccountFlag(
        account_id=account.id, code=code, maker_id=maker_id, maker=maker, address=visitor.address, at=now
    )
    session.add(made)
    session.flush()
    return [made]


def record(session: Session, actor: Actor, account: Account, made: AccountFlag) -> None:
    """The audit line, under the name of who signed in."""
    detail = {"code": made.code, "maker": made.maker, "maker_id": made.maker_id, "address": made.address}
    audit.append(session, actor, "account.flag", target=account.name, detail=detail)


def sentence(account: Account, made: AccountFlag) -> str:
    """Why somebody should look, in one plain sentence."""
    if made.code == SAME_BROWSER:
        return f"“{account.name}”与经办它的系统管理员“{made.maker}”用过同一个浏览器，请核实不是同一人在用。"
    return f"“{account.name}”从经办它的系统管理员“{made.maker}”的网络地址（{made.address}）登录，请核实不是同一人在用。"
