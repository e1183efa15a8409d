"""Accounts, what lets a person in, and what is known of the browsers they came in by (账号与登录)."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from app.columns import Instant


class Account(SQLModel, table=True):
    """One person's account. `role`: office | office_head | leader | unit | inspector | auditor | admin (DESIGN §1).

    `unit_id` for role unit; `scope` county | sponsored for role leader, whose `official_id` names the person;
    `team` for role inspector. A 代看 account has role leader and `viewing_for_id`: it sees what that leader's account
    sees, changes nothing, and its own scope and official stay empty.
    """

    __tablename__ = "accounts"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    role: str
    password_hash: str = ""  # empty: no password set, no sign-in by password
    organisation_id: int | None = Field(default=None, foreign_key="organisations.id")
    unit_id: int | None = Field(default=None, foreign_key="units.id")
    official_id: int | None = Field(default=None, foreign_key="officials.id")
    scope: str = ""
    team: str = ""
    is_disabled: bool = False
    created_at: datetime = Field(sa_type=Instant)
    viewing_for_id: int | None = Field(default=None, foreign_key="accounts.id")
    awaits_activation: bool = False  # a link is out by which the person sets a password; until then nobody gets in
    must_change_password: bool = False  # somebody else chose the password
    password_set_at: datetime | None = Field(default=None, sa_type=Instant)
    activated_at: datetime | None = Field(default=None, sa_type=Instant)  # the first password of one's own
    last_signed_in_at: datetime | None = Field(default=None, sa_type=Instant)
    subject: str | None = Field(default=None, unique=True, index=True)  # who this is at the identity provider
    subject_source: str = ""  # … and at which: Settings.oidc_source() when it was bound


class SignInSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds `token` alone; everything else is read here in each request."""

    __tablename__ = "sign_in_sessions"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="accounts.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    is_revoked: bool = False
    opened_by: str = ""  # password | link | activation | pin | oidc
    address: str = ""
    agent: str = ""  # the browser in words: 手机 Chrome


class SignInLink(SQLModel, table=True):
    """A one-time sign-in link (demo only)."""

    __tablename__ = "sign_in_links"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="accounts.id")
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class SignInFailure(SQLModel, table=True):
    """A sign-in tried and not (yet) succeeded, for throttling: by name, by network, by the browser if it is known."""

    __tablename__ = "sign_in_failures"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    address: str = Field(default="", index=True)  # IPv6: the /64 network
    browser: str = ""  # hash of the browser's cookie where the name's account has signed in by it, else empty
    at: datetime = Field(sa_type=Instant, index=True)


class KnownBrowser(SQLModel, table=True):
    """A browser by which an account has signed in. The cookie `sanzhong_browser` holds the token, here is its hash."""

    __tablename__ = "known_browsers"
    __table_args__ = (UniqueConstraint("account_id", "token_hash"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="accounts.id")
    token_hash: str = Field(index=True)
    first_address: str = ""
    last_address: str = ""
    first_seen_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime = Field(sa_type=Instant)


class Activation(SQLModel, table=True):
    """An activation link (开通链接): by it, once, a person sets a password that nobody else ever knew.

    It says who handed the account out, and from where: whoever made an account must not be the one who uses it.
    """

    __tablename__ = "activations"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="accounts.id", index=True)
    kind: str  # add | reset; bind: no link, an identity of the provider was bound by this person
    made_by_id: int | None = Field(default=None, index=True)  # no key, as in the trail
    made_by: str = ""
    made_at: datetime = Field(sa_type=Instant)
    address: str = ""
    browser: str = ""
    agent: str = ""
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)  # used, or replaced by a newer link


class AccountFlag(SQLModel, table=True):
    """Why an account looks as if its maker used it (疑似自建自用). Kept for good; the sentence is made when shown."""

    __tablename__ = "account_flags"
    __table_args__ = (UniqueConstraint("account_id", "code", "maker_id"),)
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="accounts.id")
    code: str  # same_browser | same_address
    maker_id: int
    maker: str
    address: str = ""
    at: datetime = Field(sa_type=Instant)


class TrustedPhone(SQLModel, table=True):
    """A phone trusted for some days (信任的手机): the cookie's token and a PIN of six digits, both as hashes alone."""

    __tablename__ = "trusted_phones"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="accounts.id", index=True)
    pin_hash: str
    wrong_pins: int = 0  # since the last right one
    agent: str = ""
    created_at: datetime = Field(sa_type=Instant)
    last_used_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    end_reason: str = ""
