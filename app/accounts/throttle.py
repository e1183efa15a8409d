"""Guessing is slowed (限速): one name from one place, many names from one place, one name from many places.

Source: SECURITY A2, ASVS 6.1.1, 6.3.1. A browser by which the account has signed in before is counted by itself alone,
so that no outsider's guesses keep a person from their own computer; a trusted phone is not asked here at all.
An attempt is counted before the password is worked out, so that a burst of parallel guesses is no way round.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, select

from app.accounts.models import Account, KnownBrowser, SignInFailure
from app.accounts.visitors import Visitor
from app.errors import TooManyAttempts
from app.settings import Settings

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
SAME_MOMENT = timedelta(minutes=1)

HERE = "这台电脑上输错口令的次数太多，请15分钟后再试，或请系统管理员重置口令。"
THIS_NETWORK = "从这个网络地址输错口令的次数太多，新设备请15分钟后再试；登录过本系统的浏览器和已信任的手机不受影响。"
THIS_NAME = "这个用户名近来输错口令的次数太多，新设备请15分钟后再试；登录过本系统的浏览器和已信任的手机不受影响。"
VISITS = "近来从这里用统一身份认证登录没有成功的次数太多，请15分钟后再试，或用用户名和口令登录。"
AT_PROVIDER = " 统一身份认证"  # stands where a name would, and is none: names begin with no space


def reserve(
    session: Session, settings: Settings, name: str, account: Account | None, visitor: Visitor, now: datetime
) -> None:
    """Count one more attempt, or raise TooManyAttempts and count nothing."""
    browser = known_browser(session, account, visitor)
    # Not from the future: a clock that was set back must not make anybody wait for it to come round again. Those at the
    # same moment may have looked at it a little later, and count.
    recent = col(SignInFailure.at).between(now - WINDOW, now + SAME_MOMENT) & (col(SignInFailure.name) != AT_PROVIDER)

    def count(*conditions: ColumnElement[bool]) -> int:
        return session.exec(select(func.count()).select_from(SignInFailure).where(recent, *conditions)).one()

    mine = col(SignInFailure.name) == name
    if browser:
        if count(mine, col(SignInFailure.browser) == browser) >= settings.failures_before_wait:
            raise TooManyAttempts(HERE)
    else:
        here, unknown = col(SignInFailure.address) == visitor.network, col(SignInFailure.browser) == ""
        if count(mine, here, unknown) >= settings.failures_before_wait:
            raise TooManyAttempts(HERE)
        if count(here, unknown) >= settings.failures_per_address:
            raise TooManyAttempts(THIS_NETWORK)
        if count(mine, unknown) >= settings.failures_per_name:
            raise TooManyAttempts(THIS_NAME)
    session.exec(delete(SignInFailure).where(col(SignInFailure.at) < now - KEPT))
    session.add(SignInFailure(name=name, address=visitor.network, browser=browser, at=now))
    session.flush()


def forgive(session: Session, name: str, account: Account, visitor: Visitor) -> None:
    """The right password was given: what was counted for this name here is forgotten, and no other's."""
    browser = known_browser(session, account, visitor)
    here = col(SignInFailure.browser) == browser
    if not browser:
        here = here & (col(SignInFailure.address) == visitor.network)
    session.exec(delete(SignInFailure).where(col(SignInFailure.name) == name, here))


def reserve_visit(session: Session, settings: Settings, visitor: Visitor, now: datetime) -> None:
    """Count one more return from the identity provider, or raise TooManyAttempts and count nothing.

    There is nothing to guess; it keeps who has no account from making us ask the provider, and fill the trail, without
    end. A browser by which anybody has signed in is counted by itself: one address of a whole hall does no harm. These
    counts keep nobody from signing in by password.
    """
    browser = browser_known_to_anybody(session, visitor)
    recent = col(SignInFailure.at).between(now - WINDOW, now + SAME_MOMENT)
    of_visits = select(func.count()).select_from(SignInFailure).where(recent, *visits_of(visitor, browser))
    if session.exec(of_visits).one() >= settings.failures_per_address:
        raise TooManyAttempts(VISITS)
    session.add(SignInFailure(name=AT_PROVIDER, address=visitor.network, browser=browser, at=now))
    session.flush()


def forgive_visit(session: Session, visitor: Visitor) -> None:
    """Somebody is signed in: what was counted for this browser, or else for this place, is forgotten."""
    session.exec(delete(SignInFailure).where(*visits_of(visitor, browser_known_to_anybody(session, visitor))))


def visits_of(visitor: Visitor, browser: str) -> tuple[ColumnElement[bool], ...]:
    mine = (col(SignInFailure.name) == AT_PROVIDER, col(SignInFailure.browser) == browser)
    return mine if browser else (*mine, col(SignInFailure.address) == visitor.network)


def browser_known_to_anybody(session: Session, visitor: Visitor) -> str:
    """The hash of the visitor's browser when whatever account has signed in by it, else empty."""
    known = select(KnownBrowser.token_hash).where(KnownBrowser.token_hash == visitor.browser)
    return (session.exec(known).first() or "") if visitor.browser else ""


def forget(session: Session, account: Account) -> None:
    """A new password was issued: the account's counts begin anew everywhere."""
    session.exec(delete(SignInFailure).where(col(SignInFailure.name) == account.name))


def known_browser(session: Session, account: Account | None, visitor: Visitor) -> str:
    """The hash of the visitor's browser when the account has signed in by it, else empty."""
    if account is None or not visitor.browser:
        return ""
    found = select(KnownBrowser.token_hash).where(
        KnownBrowser.account_id == account.id, KnownBrowser.token_hash == visitor.browser
    )
    return session.exec(found).first() or ""
