"""Accounts, their sessions and the one-time sign-in links of the demo (账号与登录)."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.columns import Instant


class Account(SQLModel, table=True):
    """One person's account. `role`: office | office_head | leader | unit | inspector | auditor | admin (DESIGN §1).

    `unit_id` for role unit; `scope` county | sponsored for role leader, whose `official_id` names the person;
    `team` for role inspector.
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


class SignInLink(SQLModel, table=True):
    """A one-time sign-in link (demo only)."""

    __tablename__ = "sign_in_links"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    account_id: int = Field(foreign_key="accounts.id")
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class SignInFailure(SQLModel, table=True):
    """A failed sign-in, by name tried and by address, for throttling."""

    __tablename__ = "sign_in_failures"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    address: str = ""
    at: datetime = Field(sa_type=Instant)
