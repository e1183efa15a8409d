"""What the account routes take and give (账号接口)."""

from datetime import datetime

from pydantic import BaseModel, Field

Short = Field(default="", max_length=100)


class AccountPlace(BaseModel):
    """A role with what it needs: `unit` for unit, `scope` or `viewing_for` for leader, `team` for inspector."""

    role: str = Field(max_length=20)
    unit: str = Short
    scope: str = Short
    team: str = Short
    viewing_for: str = Short


class NewAccount(AccountPlace):
    name: str = Field(max_length=100)
    organisation: str = Short


class BoundSubject(BaseModel):
    """Who the account is at the identity provider; empty: nobody."""

    subject: str = Field(default="", max_length=300)


class FlagOut(BaseModel):
    code: str
    sentence: str
    maker: str
    at: datetime


class AccountOut(BaseModel):
    """One account. `state`: active | pending (waits for its person's password) | demo (one-time links) | disabled.

    `subject` is who it is at the identity provider; not current: bound under another provider or claim, opens nothing.
    """

    id: int
    name: str
    role: str
    role_label: str
    unit: str | None
    official: str | None
    scope: str
    team: str
    viewing_for: str | None
    state: str
    is_disabled: bool
    never_activated: bool
    link_expires_at: datetime | None
    created_at: datetime
    last_signed_in_at: datetime | None
    sessions: int
    trusted_phones: int
    password_age_days: int | None
    password_expired: bool
    subject: str | None
    subject_is_current: bool
    flags: list[FlagOut]
    actions: list[str]


class Accounts(BaseModel):
    rows: list[AccountOut]
    total: int
    units: list[str]
    leaders: list[str]
    teams: list[str]
    may_manage: bool
    password_max_days: int


class Handed(BaseModel):
    """A link that is told this once: a path of the screen, with the token behind `#`."""

    id: int
    name: str
    link: str
    expires_at: datetime
    notes: list[str]


class Done(BaseModel):
    id: int
    name: str
    message: str


class ActivationLook(BaseModel):
    token: str = Field(max_length=200)


class ActivationIn(ActivationLook):
    password: str = Field(max_length=1000)


class ActivationOut(BaseModel):
    """Whose account it is, and what a password must be."""

    name: str
    role_label: str
    kind: str
    maker: str
    rules: str
    expires_at: datetime


class SessionRow(BaseModel):
    id: int
    opened_by: str
    address: str
    agent: str
    since: datetime
    last_seen_at: datetime
    is_current: bool


class PhoneRow(BaseModel):
    id: int
    agent: str
    since: datetime
    last_used_at: datetime | None
    until: datetime
    is_current: bool


class PasswordState(BaseModel):
    """`expires_at` is null when no change is asked for, or there is no password."""

    is_set: bool
    set_at: datetime | None
    expires_at: datetime | None
    must_change: bool
    max_days: int
    rules: str


class OwnAccount(BaseModel):
    """`phone_refusal` says why this person, here, cannot trust a phone; null when they can."""

    name: str
    role: str
    role_label: str
    viewing_for: str
    password: PasswordState
    sessions: list[SessionRow]
    phones: list[PhoneRow]
    phone_days: int
    phone_refusal: str | None


class NewPassword(BaseModel):
    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class NewPhone(BaseModel):
    pin: str = Field(max_length=20)


class Trusted(BaseModel):
    id: int
    until: datetime


class Ways(BaseModel):
    """How one may sign in beside the password: the words of the identity provider's button, empty without one; and why
    this browser's attempt by it, a moment ago, came to nothing."""

    oidc: str = ""
    told: str = ""


class PhoneGreeting(BaseModel):
    """Whether the phone asking is trusted, and by whom: the name masked, nothing else of the account."""

    is_trusted: bool
    name: str = ""
    until: datetime | None = None
