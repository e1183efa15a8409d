"""The cookies beside the session's (浏览器标识、信任手机): random tokens, out of scripts' reach."""

from dataclasses import replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from app.accounts.models import TrustedPhone
from app.accounts.tokens import hashed, new_token
from app.accounts.visitors import BROWSER_COOKIE, PHONE_COOKIE, Visitor
from app.settings import Settings

BROWSER_SECONDS = 400 * 24 * 3600  # the longest that browsers keep one


def keep_browser(request: Request, response: Response, visitor: Visitor) -> Visitor:
    """The visitor with a browser of its own: the one its cookie names, or a new one, set with the answer."""
    settings: Settings = request.app.state.settings
    token = request.cookies.get(BROWSER_COOKIE, "") or new_token()
    put(response, settings, BROWSER_COOKIE, token, BROWSER_SECONDS)
    return replace(visitor, browser=hashed(token))


def keep_phone(response: Response, settings: Settings, token: str, phone: TrustedPhone) -> None:
    """The phone's token, for as long as it is trusted."""
    put(response, settings, PHONE_COOKIE, token, int((phone.expires_at - datetime.now(UTC)).total_seconds()))


def put(response: Response, settings: Settings, name: str, token: str, seconds: int) -> None:
    response.set_cookie(
        name, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=settings.secure_cookies
    )
