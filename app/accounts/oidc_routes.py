"""The two addresses of sign-in by the identity provider (统一身份登录), and what the sign-in page asks beforehand.

Both are opened by the browser itself: whatever goes wrong, the person is back on the sign-in page with one sentence.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import flows, oidc, subjects
from app.accounts.cookies import keep_browser, put
from app.accounts.provider import Provider
from app.accounts.schemas import Ways
from app.accounts.signed_in import COOKIE_KEY
from app.accounts.visitors import visitor_of
from app.errors import NotFound

router = APIRouter(prefix="/api/session", tags=["session"])

SIGN_IN = "/sign-in"
CALLBACK = "/api/session/oidc/callback"


def provider_of(request: Request) -> Provider:
    """The installation's identity provider; NotFound where none is set up."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound(subjects.OFF)
    return provider


ProviderDep = Annotated[Provider, Depends(provider_of)]


@router.get("/ways")
def show_ways(request: Request) -> Ways:
    """登录方式: what the sign-in page offers beside name and password."""
    settings = request.app.state.settings
    if not settings.has_oidc():
        return Ways()
    return Ways(oidc=settings.oidc_label, told=flows.told(settings, request.cookies.get(flows.COOKIE, "")))


@router.get("/oidc", status_code=302, response_class=Response)
async def leave_for_provider(provider: ProviderDep, request: Request, next: str = "/") -> Response:
    """去统一身份认证: the browser is sent there, and keeps what it must bring back; `next` is where it wants to."""
    flow, settings = flows.begin(next), request.app.state.settings
    address, trouble = await oidc.leave(provider, flow, callback_of(request))
    if trouble:
        return back_to_sign_in(request, flow.back, trouble)
    response = redirect(address)
    put(response, settings, flows.COOKIE, flows.keep(settings, flow), flows.FLOW_SECONDS)
    return response


@router.get("/oidc/callback", status_code=302, response_class=Response)
async def return_from_provider(
    provider: ProviderDep, request: Request, state: str = "", code: str = "", error: str = "", iss: str = ""
) -> Response:
    """从统一身份认证回来: a session as by a password, and on to where the person wanted."""
    app = request.app.state
    flow = flows.find(app.settings, request.cookies.get(flows.COOKIE, ""))
    response = redirect("/")
    visitor = keep_browser(request, response, visitor_of(request))
    returned = oidc.Returned(state=state, code=code, error=error, issuer=iss)
    opened = await oidc.sign_in(app.database, app.settings, provider, flow, returned, callback_of(request), visitor)
    back = flow.back if flow is not None else "/"
    if isinstance(opened, str):
        return back_to_sign_in(request, back, opened)
    token, actor = opened
    request.session.clear()
    request.session[COOKIE_KEY] = token
    response.delete_cookie(flows.COOKIE, path="/")
    response.headers["location"] = located("/accounts" if back == "/" and actor.role == "admin" else back)
    return response


def callback_of(request: Request) -> str:
    """The callback's address as this browser reaches the site; the provider has it on its list or refuses."""
    return f"{str(request.base_url).rstrip('/')}{CALLBACK}"


def back_to_sign_in(request: Request, back: str, sentence: str) -> Response:
    """The sign-in page, which tells the sentence; the flow, if there was one, is over."""
    response = redirect(SIGN_IN if back == "/" else f"{SIGN_IN}?next={quote(back, safe='/')}")
    settings = request.app.state.settings
    put(response, settings, flows.COOKIE, flows.tell(settings, sentence), flows.TOLD_SECONDS)
    return response


def redirect(address: str) -> Response:
    return Response(status_code=302, headers={"location": located(address), "cache-control": "no-store"})


def located(address: str) -> str:
    """An address as a header holds it: what is escaped already stays so."""
    return quote(address, safe=":/%#?=@[]!$&'()*+,;")
