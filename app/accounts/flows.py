"""One way to the identity provider and back (一次统一身份登录): what this browser must bring back to be believed.

State, nonce and verifier stand in a signed cookie of ten minutes that the answer to the callback takes away, whatever
came of it. The same cookie then tells the sign-in page, for a minute, why nobody was signed in: a sentence in an
address could be anybody's.
"""

import hmac
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer

from app.accounts.tokens import new_token
from app.settings import Settings

COOKIE = "sanzhong_oidc"
FLOW_SECONDS, TOLD_SECONDS = 600, 60
LONGEST_BACK = 1500  # as an address writes it; a cookie holds 4 KB


@dataclass(frozen=True, slots=True)
class Flow:
    """`back` is the address within this site to which the person wanted."""

    state: str
    nonce: str
    verifier: str
    back: str

    def is_of(self, state: str) -> bool:
        return hmac.compare_digest(self.state.encode(), state.encode())


def begin(back: str) -> Flow:
    return Flow(state=new_token(), nonce=new_token(), verifier=new_token(), back=own_address(back))


def keep(settings: Settings, flow: Flow) -> str:
    """The flow as its cookie holds it."""
    return str(signer(settings, "flow").dumps(asdict(flow)))


def find(settings: Settings, cookie: str) -> Flow | None:
    """The flow that this browser began; None when there is none, or it is over, or not of our making."""
    found = read(settings, "flow", cookie, FLOW_SECONDS)
    return Flow(**found) if isinstance(found, dict) else None


def tell(settings: Settings, sentence: str) -> str:
    return str(signer(settings, "told").dumps(sentence))


def told(settings: Settings, cookie: str) -> str:
    """Why the last attempt of this browser came to nothing; empty a minute later."""
    found = read(settings, "told", cookie, TOLD_SECONDS)
    return found if isinstance(found, str) else ""


def read(settings: Settings, kind: str, cookie: str, seconds: int) -> Any:
    try:
        return signer(settings, kind).loads(cookie, max_age=seconds)
    except BadData:
        return None


def signer(settings: Settings, kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key(), salt=f"oidc-{kind}")


def own_address(wanted: str) -> str:
    """The address when it is within this very site as a browser reads it, else the first page.

    "//elsewhere", "/\\elsewhere" and "/<tab>/elsewhere" are elsewhere.
    """
    if len(quote(wanted, safe="/?&=%#")) > LONGEST_BACK or not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", wanted):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    return wanted if not (parts.scheme or parts.netloc) and parts.path.startswith("/") else "/"
