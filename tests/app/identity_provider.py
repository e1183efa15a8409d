"""A small OpenID provider on the loopback (认证平台): discovery, sign-in, tokens with PKCE and client check, keys.

It does by itself what the standard asks and knows nothing of the product. `mischief` makes it break its word: what it
says of itself, what it signs and how, how it answers.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "sanzhong", "client secret: with +, % and 中"
CALLBACK = "http://testserver/api/session/oidc/callback"


@cache
def key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig", "alg": "RS256"})


Sign = Callable[[dict[str, Any], RSAKey], str]
Answer = Callable[[BaseHTTPRequestHandler], None]


def sign(claims: dict[str, Any], by: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": by.kid}, claims, by)


@dataclass
class Mischief:
    """What a test lets the provider do wrong; as it is, nothing."""

    claims: dict[str, Any] = field(default_factory=dict)  # put in place of the true ones; None leaves one out
    sign: Sign = sign
    about: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)  # by path, instead of the true one


@dataclass
class IdentityProvider:
    issuer: str
    subject: str = "u-1001"  # who sits at the provider's own sign-in page
    published: list[RSAKey] = field(default_factory=lambda: [key("first")])
    signs_by: RSAKey = field(default_factory=lambda: key("first"))
    mischief: Mischief = field(default_factory=Mischief)
    asked: Counter[str] = field(default_factory=Counter)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def as_new(self) -> "IdentityProvider":
        """Keeping its word again, with 宋办 before it and nothing asked yet."""
        self.subject = "u-1001"
        self.published, self.signs_by, self.mischief = [key("first")], key("first"), Mischief()
        self.asked.clear()
        return self

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=county",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.mischief.about,
        }

    def authorize(self, address: str) -> str:
        """The person agrees: where the browser is sent. AssertionError when the request is not as it must be."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query, strict_parsing=True).items()}
        assert address.startswith(f"{self.issuer}/authorize?tenant=county&")
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, CALLBACK)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43  # 256 bits
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{CALLBACK}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        if not self.is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        code = form.get("code", "")
        asked = self.codes.get(code)
        if asked is None or code in self.spent or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        self.spent.add(code)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "exp": now + 300, "iat": now,
                  "nonce": asked["nonce"], "role": "admin", **self.mischief.claims}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        answer = {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": self.mischief.sign(claims, self.signs_by),
        }
        return 200, answer

    def is_client(self, form: dict[str, str], authorization: str) -> bool:
        if "client_secret_post" in self.mischief.about.get("token_endpoint_auth_methods_supported", ()):
            return (form.get("client_id"), form.get("client_secret"), authorization) == (CLIENT, SECRET, "")
        kind, _, given = authorization.partition(" ")
        name, _, secret = base64.b64decode(given).decode().partition(":")
        return (kind, unquote_plus(name), unquote_plus(secret)) == ("Basic", CLIENT, SECRET)


@contextmanager
def serving() -> Iterator[IdentityProvider]:
    """A provider that listens until the block ends."""
    made: IdentityProvider

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if self.is_mischief(path):
                return
            if path == "/.well-known/openid-configuration":
                send(self, 200, made.about())
            elif path == "/keys":
                send(self, 200, {"keys": [one.as_dict(private=False) for one in made.published]})
            elif path == "/authorize":
                send(self, 302, {}, made.authorize(f"{made.issuer}{self.path}"))
            else:
                send(self, 404, {})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.is_mischief(self.path):
                return
            form = {name: values[0] for name, values in parse_qs(content).items()}
            send(self, *made.token(form, self.headers.get("Authorization", "")))

        def is_mischief(self, path: str) -> bool:
            made.asked[path] += 1
            answer = made.mischief.answers.get(path)
            if answer is not None:
                answer(self)
            return answer is not None

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = IdentityProvider(f"http://127.0.0.1:{server.server_port}")
    listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    listening.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        server.server_close()
        listening.join()


def send(to: BaseHTTPRequestHandler, status: int, answer: Any, location: str = "") -> None:
    raw(to, json.dumps(answer).encode(), status, location)


def raw(to: BaseHTTPRequestHandler, content: bytes, status: int = 200, location: str = "") -> None:
    to.send_response(status)
    to.send_header("Content-Type", "application/json")
    to.send_header("Content-Length", str(len(content)))
    if location:
        to.send_header("Location", location)
    to.end_headers()
    to.wfile.write(content)
