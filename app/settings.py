"""What an installation may set (设置), read from SANZHONG_* when a Settings is made, never at import.

Source: DESIGN §3 (SANZHONG_HOME, SANZHONG_DATABASE_URL), CONTRACTS (5 MB, HOST/PORT), SECURITY A.
"""

import ipaddress
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


OIDC_PARTS = (
    "统一身份认证的设置不全：SANZHONG_OIDC_ISSUER、SANZHONG_OIDC_CLIENT_ID 和 SANZHONG_OIDC_CLIENT_SECRET"
    "（或 SANZHONG_OIDC_CLIENT_SECRET_FILE）要一起设，或者都不设。"
)
NO_OIDC_SECRET = "SANZHONG_OIDC_CLIENT_SECRET_FILE 所指的文件读不出或是空的，请核对文件和权限。"


class Settings(BaseSettings):
    """One installation. All state lies under `home`, or in the PostgreSQL named by `database_url`."""

    model_config = SettingsConfigDict(env_prefix="SANZHONG_", extra="ignore", hide_input_in_errors=True)

    home: Path = ROOT / "var"
    database_url: str | None = Field(default=None, repr=False)  # postgresql://… ; None: SQLite in home
    secret: str | None = Field(default=None, repr=False, min_length=32)  # None: made once, kept in home/secret
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = Field(default=1, ge=1)
    slow_ms: int = Field(default=1000, ge=1)  # a request that takes longer is logged as a warning
    min_free_bytes: int = Field(default=200 * 1024 * 1024, ge=0)  # less room than this on the disk: not ready
    metrics_addresses: tuple[str, ...] = ("127.0.0.1", "::1")  # who may read /api/metrics

    secure_cookies: bool = False  # set it behind TLS
    trusted_origins: tuple[str, ...] = ()  # further origins that may write, e.g. "https://kanban.example.gov.cn"
    idle_minutes: int = Field(default=120, ge=1)  # a session unused for so long ends
    absolute_minutes: int = Field(default=720, ge=1)  # a session ends after so long whatever happens
    link_minutes: int = Field(default=1440, ge=1)  # a one-time sign-in link lives so long
    password_min_length: int = Field(default=8, ge=8)
    password_min_kinds: int = Field(default=3, ge=1, le=4)  # of lower, upper, digit, other (等保); 1 = length alone
    password_max_days: int = Field(default=90, ge=0)  # 等保 asks for a change now and then, ASVS 6.2.10 forbids it: 0
    password_words: tuple[
        str, ...
    ] = ()  # refused in passwords beside the common ones, e.g. the county's name in pinyin
    activation_hours: int = Field(
        default=72, ge=1
    )  # a link by which a person sets a first or new password lives so long
    failures_before_wait: int = Field(default=5, ge=1)  # wrong passwords for one name from one address
    failures_per_address: int = Field(default=30, ge=1)  # … from one address, whatever the name
    failures_per_name: int = Field(default=20, ge=1)  # … for one name, whatever the address; known browsers aside
    phone_days: int = Field(default=30, ge=0, le=90)  # a phone stays trusted so long; 0: none is
    phone_roles: tuple[str, ...] = ("office", "office_head", "leader", "unit", "inspector")
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-For is believed; default nobody's

    # Sign-in by OIDC (统一身份认证): off unless issuer, client and its secret are set, all of them.
    oidc_issuer: str = ""  # exactly as the provider's discovery document writes it
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_client_secret_file: Path | None = None  # … or a file that holds it
    oidc_claim: str = Field(default="sub", min_length=1, max_length=100)  # of the ID token: by it a person is known
    oidc_label: str = Field(default="用统一身份认证登录", min_length=1, max_length=30)  # of the button

    two_person_publication: bool = True  # 拟稿 and 签发 by two people
    publicity_days: int = Field(default=0, ge=0, le=60)  # 公示 before 签发, in working days; 0: nobody waits
    appeal_days: int = Field(default=3, ge=1, le=60)  # 申诉 after 拟稿, in working days (示例)
    upload_limit_bytes: int = Field(default=5 * 1024 * 1024, ge=1)
    upgrade_without_backup: bool = False  # PostgreSQL without pg_dump on this host: the operator has a backup

    backup_dir: Path | None = None  # where `serve` puts the nightly backup and the drills take theirs
    backup_hour: int | None = Field(default=None, ge=0, le=23)  # of the night, Asia/Shanghai; None: `serve` makes none
    backups_daily: int = Field(default=14, ge=1)  # the newest of each of so many days stays
    backups_weekly: int = Field(default=8, ge=0)
    backups_monthly: int = Field(default=24, ge=0)
    drill_database_url: str | None = Field(default=None, repr=False)  # PostgreSQL without CREATEDB: an empty database
    tried_days: int = Field(default=30, ge=1)  # 预检 that nobody commits is given up, with its file, after so long

    @model_validator(mode="after")
    def oidc_is_whole_or_off(self) -> "Settings":
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret or self.oidc_client_secret_file)
        if any(given) and not all(given):
            raise ValueError(OIDC_PARTS)
        if self.oidc_client_secret and self.oidc_client_secret_file:
            raise ValueError("SANZHONG_OIDC_CLIENT_SECRET 和 SANZHONG_OIDC_CLIENT_SECRET_FILE 只能设一个，请去掉一个。")
        if self.oidc_issuer and ("?" in self.oidc_issuer or not is_https_or_loopback(self.oidc_issuer)):
            raise ValueError("SANZHONG_OIDC_ISSUER 要是 https:// 开头的网址，不带参数（只有本机的认证平台可用 http）。")
        if self.oidc_issuer:
            self.oidc_secret()
        return self

    def has_oidc(self) -> bool:
        return bool(self.oidc_issuer)

    def oidc_secret(self) -> str:
        """The client's secret. ValueError with a sentence when its file cannot be read or is empty."""
        if self.oidc_client_secret_file is None:
            return self.oidc_client_secret
        try:
            secret = self.oidc_client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(NO_OIDC_SECRET) from error
        if not secret:
            raise ValueError(NO_OIDC_SECRET)
        return secret

    def oidc_source(self) -> str:
        """Whose subjects, and which of their names, accounts are bound by: another issuer's are other people."""
        return f"{self.oidc_issuer} {self.oidc_claim}"

    def url(self) -> str:
        """The database's SQLAlchemy address; a plain PostgreSQL address gets the psycopg driver."""
        if self.database_url is None:
            return f"sqlite:///{self.home.resolve() / 'sanzhong.sqlite'}"
        for scheme in ("postgresql://", "postgres://"):
            if self.database_url.startswith(scheme):
                return "postgresql+psycopg://" + self.database_url.removeprefix(scheme)
        return self.database_url

    def secret_key(self) -> str:
        """The key that signs cookies: the setting, or one made on the first run and kept readable by its owner only."""
        if self.secret is not None:
            return self.secret
        path = self.home / "secret"
        if not path.exists():
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.home / f"secret.{secrets.token_hex(4)}"
            with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)  # whole or not at all; of two first starts one wins
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text(encoding="ascii")


def is_https_or_loopback(address: str) -> bool:
    """Whether an identity provider may be at this address: https, or plain http on this very machine; with neither
    user nor fragment in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not address.isprintable() or " " in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
