"""Signing in and out (登录、退出)."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator

from app.accounts import service
from app.accounts.signed_in import COOKIE_KEY, ActorDep
from app.audit.service import Actor
from app.errors import Problem
from app.web import WriteSession

router = APIRouter(prefix="/api/session", tags=["session"])


class SignIn(BaseModel):
    """A name with its password, or a one-time link's token."""

    name: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1000)
    link: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def one_way(self) -> "SignIn":
        if not self.link and not (self.name and self.password):
            raise ValueError("请填写用户名和口令")
        return self


class SignedIn(BaseModel):
    name: str
    role: str


@router.post("", responses={401: {"model": Problem}, 429: {"model": Problem}})
def sign_in(body: SignIn, request: Request) -> SignedIn:
    """登录: open a session; its token goes into the signed cookie."""
    state = request.app.state
    address = request.client.host if request.client is not None else ""
    token, actor = (
        service.sign_in_by_link(state.database, state.settings, body.link, address)
        if body.link
        else service.sign_in(state.database, state.settings, body.name, body.password, address)
    )
    request.session.clear()
    request.session[COOKIE_KEY] = token
    return described(actor)


@router.delete("")
def sign_out(actor: ActorDep, session: WriteSession, request: Request) -> SignedIn:
    """退出: end this session."""
    service.sign_out(session, actor, request.session[COOKIE_KEY])
    request.session.clear()
    return described(actor)


def described(actor: Actor) -> SignedIn:
    return SignedIn(name=actor.name, role=actor.role)
