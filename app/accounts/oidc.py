"""Signing in by the identity provider (统一身份登录): the way to it, and what comes of the browser's return.

A return is looked at in this order: whether this browser began it, what the provider says, how often it came to nothing
here, who the provider says it is, whose account that is. Nothing is asked of the provider before the first three are
settled.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from app.accounts import subjects, throttle
from app.accounts.flows import Flow
from app.accounts.provider import Provider, ProviderDown
from app.accounts.visitors import Visitor
from app.audit.service import Actor
from app.database import Database
from app.errors import DomainError, NotSignedIn
from app.settings import Settings

log = logging.getLogger(__name__)

LONGEST_CODE = 4096
LOST = "这次统一身份登录已超时、已用过，或不是从这个浏览器发起的，请重新登录。"
DENIED = "统一身份认证那边取消了这次登录，请重新登录，或用用户名和口令登录。"
FAILED = "统一身份认证没有完成这次登录，请稍后重试，或用用户名和口令登录。"


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brought back in the callback's address."""

    state: str
    code: str
    error: str
    issuer: str


async def leave(provider: Provider, flow: Flow, callback: str) -> tuple[str, str]:
    """The provider's address to which the browser goes, or the sentence why it cannot; one of both is empty."""
    try:
        return await provider.way_there(flow, callback), ""
    except ProviderDown as down:
        return "", down.message


async def sign_in(
    database: Database,
    settings: Settings,
    provider: Provider,
    flow: Flow | None,
    returned: Returned,
    callback: str,
    visitor: Visitor,
) -> tuple[str, Actor] | str:
    """The token of a new session and its actor, or the sentence why there is none."""
    try:
        flow = require_ours(provider, flow, returned)
        subject = await vouched(database, settings, provider, flow, returned.code, callback, visitor)
        return await run_in_threadpool(subjects.sign_in, database, settings, subject, visitor)
    except DomainError as refused:
        return refused.message


def require_ours(provider: Provider, flow: Flow | None, returned: Returned) -> Flow:
    """The flow that this return belongs to. NotSignedIn when there is none, or the provider did not agree."""
    if flow is None or not flow.is_of(returned.state):
        raise NotSignedIn(LOST)
    if returned.issuer not in ("", provider.issuer):  # RFC 9207: an answer of another provider
        raise NotSignedIn(FAILED)
    if returned.error:
        log.warning("provider refused", extra={"event": "oidc", "reason": "denied" if is_denied(returned) else "error"})
        raise NotSignedIn(DENIED if is_denied(returned) else FAILED)
    if not 0 < len(returned.code) <= LONGEST_CODE:
        raise NotSignedIn(FAILED)
    return flow


def is_denied(returned: Returned) -> bool:
    return returned.error == "access_denied"


async def vouched(
    database: Database,
    settings: Settings,
    provider: Provider,
    flow: Flow,
    code: str,
    callback: str,
    visitor: Visitor,
) -> str:
    """Who the provider says it is. Every return counts until somebody is signed in; what is refused is on the trail."""

    def count() -> None:
        with database.write() as session:
            throttle.reserve_visit(session, settings, visitor, datetime.now(UTC))

    def note(reason: str) -> None:
        with database.write() as session:
            subjects.note_refused(session, Actor(None, "未知账号", ""), visitor, {"reason": reason})

    await run_in_threadpool(count)
    try:
        return await provider.who(code, flow, callback)
    except NotSignedIn as refused:
        await run_in_threadpool(note, refused.message)
        raise
