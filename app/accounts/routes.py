"""Signing in and out, by whichever way, and setting one's first password (登录、退出、开通)."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, model_validator

from app.accounts import activation, phones, service
from app.accounts.cookies import keep_browser
from app.accounts.passwords import rules
from app.accounts.schemas import ActivationIn, ActivationLook, ActivationOut, PhoneGreeting
from app.accounts.signed_in import COOKIE_KEY, ActorDep
from app.accounts.visitors import PHONE_COOKIE, visitor_of
from app.audit.service import Actor
from app.web import ReadSession, WriteSession

router = APIRouter(prefix="/api/session", tags=["session"])


class SignIn(BaseModel):
    """A name with its password, or a one-time link's token, or the six digits on a trusted phone."""

    name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1000)
    link: str = Field(default="", max_length=200)
    pin: str = Field(default="", max_length=20)

    @model_validator(mode="after")
    def one_way(self) -> "SignIn":
        if not self.link and not self.pin and not (self.name and self.password):
            raise ValueError("请填写用户名和口令")
        return self


class SignedIn(BaseModel):
    name: str
    role: str


@router.post("")
def sign_in(body: SignIn, request: Request, response: Response) -> SignedIn:
    """登录: open a session; its token goes into the signed cookie."""
    state = request.app.state
    visitor = keep_browser(request, response, visitor_of(request))
    if body.link:
        token, actor = service.sign_in_by_link(state.database, state.settings, body.link, visitor)
    elif body.pin:
        phone = request.cookies.get(PHONE_COOKIE, "")
        token, actor = service.sign_in_by_pin(state.database, state.settings, phone, body.pin, visitor)
    else:
        token, actor = service.sign_in(state.database, state.settings, body.name, body.password, visitor)
    request.session.clear()
    request.session[COOKIE_KEY] = token
    return described(actor)


@router.delete("")
def sign_out(actor: ActorDep, session: WriteSession, request: Request) -> SignedIn:
    """退出: end this session."""
    service.sign_out(session, actor, request.session[COOKIE_KEY])
    request.session.clear()
    return described(actor)


@router.get("/phone")
def greet_phone(session: ReadSession, request: Request) -> PhoneGreeting:
    """信任的手机: whether the phone asking may come in by its six digits, and the masked name of whose it is."""
    token = request.cookies.get(PHONE_COOKIE, "")
    found = phones.find(session, request.app.state.settings, token, datetime.now(UTC)) if token else None
    if found is None:
        return PhoneGreeting(is_trusted=False)
    return PhoneGreeting(is_trusted=True, name=phones.masked(found[1].name), until=found[0].expires_at)


@router.post("/activation/look")
def look_at_activation(body: ActivationLook, session: ReadSession, request: Request) -> ActivationOut:
    """开通链接: whose it is and what a password must be; looking spends nothing."""
    link, account = activation.open_link(session, body.token, datetime.now(UTC))
    return ActivationOut(
        name=account.name,
        role_label=service.ROLES[account.role],
        kind=link.kind,
        maker=link.made_by,
        rules=rules(request.app.state.settings),
        expires_at=link.expires_at,
    )


@router.post("/activation")
def activate(body: ActivationIn, request: Request, response: Response) -> SignedIn:
    """开通: set one's own password by the link, which is spent, and be signed in."""
    state = request.app.state
    visitor = keep_browser(request, response, visitor_of(request))
    token, actor = activation.activate(state.database, state.settings, body.token, body.password, visitor)
    request.session.clear()
    request.session[COOKIE_KEY] = token
    return described(actor)


def described(actor: Actor) -> SignedIn:
    return SignedIn(name=actor.name, role=actor.role)
