"""The identity provider (统一身份认证): discovery, the way to it, and who somebody is by the code they came back with.

Source: OpenID Connect Core 1.0 (authorization code flow), Discovery 1.0, RFC 7636 (PKCE, S256), RFC 6749 §2.3.1.
What the provider answers is bounded in time and size, no redirect is followed and no proxy of the environment used: a
county's provider stands in the same network. Its certificate is checked against the system's own store.
"""

import asyncio
import base64
import hashlib
import json
import logging
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx2

from app.accounts.flows import Flow
from app.errors import DomainError, NotSignedIn
from app.settings import Settings, is_https_or_loopback

log = logging.getLogger(__name__)

SECONDS = 8.0  # for one answer, from the first byte sent to the last received
MOST_BYTES = 256 * 1024
KEPT_SECONDS = 600.0  # discovery and keys are asked for again after so long
WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

DOWN = "统一身份认证暂时连不上，或没有按约定回答，请稍后再试，或用用户名和口令登录。"
MISMATCHED = "统一身份认证不认本平台的客户端标识或密钥，请系统管理员核对对接设置；可以先用用户名和口令登录。"
CODE_REFUSED = "统一身份认证不认这次登录的凭据（已用过或已过期），请重新登录。"


class ProviderDown(DomainError):
    """The provider does not answer, or not as agreed. Nobody who signs in can help it."""

    status_code = 503
    code = "provider_down"


class Provider:
    """The provider of one installation, with what it said of itself a short while ago."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self.client_id = settings.oidc_client_id
        self.client_secret = settings.oidc_secret()
        self.claim = settings.oidc_claim
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    async def way_there(self, flow: Flow, callback: str) -> str:
        """The address to which the browser is sent."""
        about = await self.about()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": callback,
            "scope": "openid" if self.claim == "sub" else "openid profile",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": challenge(flow.verifier),
            "code_challenge_method": "S256",
        }
        address = str(about["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def who(self, code: str, flow: Flow, callback: str) -> str:
        """The subject behind a code: the ID token's claim that accounts are bound by. NotSignedIn, ProviderDown."""
        from app.accounts import id_tokens  # cryptography: 0.1 s, which an installation without a provider never pays

        token = await self.exchange(code, flow, callback)
        keys = await self.keys()
        if not id_tokens.knows(token, keys):  # the provider has a new key
            keys = await self.keys(anew=True)
        return id_tokens.subject(
            token,
            keys,
            issuer=self.issuer,
            client_id=self.client_id,
            nonce=flow.nonce,
            claim=self.claim,
            now=time.time(),
        )

    async def exchange(self, code: str, flow: Flow, callback: str) -> str:
        """The ID token for a code."""
        about = await self.about()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "code_verifier": flow.verifier,
        }
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        headers = {}
        if isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        else:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        status, answer = await ask("POST", str(about["token_endpoint"]), headers=headers, form=form)
        if status in (400, 401):
            log.warning("token endpoint refused", extra={"event": "oidc", "reason": _word(answer.get("error"))})
            raise NotSignedIn(CODE_REFUSED) if answer.get("error") == "invalid_grant" else ProviderDown(MISMATCHED)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise down("token endpoint without an id_token")
        return token

    async def about(self) -> Mapping[str, Any]:
        """The discovery document."""
        found = await self.kept("about", self.issuer.rstrip("/") + WELL_KNOWN)
        if found.get("issuer") != self.issuer:
            raise down("discovery names another issuer")
        for name in ENDPOINTS:
            if not isinstance(found.get(name), str) or not is_https_or_loopback(found[name]):
                raise down(f"discovery without a usable {name}")
        return found

    async def keys(self, *, anew: bool = False) -> list[Any]:
        """The provider's public keys as it publishes them."""
        found = await self.kept("keys", str((await self.about())["jwks_uri"]), anew=anew)
        keys = found.get("keys")
        if not isinstance(keys, list):
            raise down("jwks without keys")
        return keys

    async def kept(self, name: str, address: str, *, anew: bool = False) -> dict[str, Any]:
        asked_at, found = self._kept.get(name, (0.0, {}))
        if found and not anew and time.monotonic() < asked_at + KEPT_SECONDS:
            return found
        status, found = await ask("GET", address)
        if status != 200:
            raise down(f"{name}: status {status}")
        self._kept[name] = (time.monotonic(), found)
        return found


async def ask(
    method: str, address: str, *, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of one answer. ProviderDown for anything that is no such answer, or too big or slow."""
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    body = bytearray()
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx2.AsyncClient(verify=tls(), trust_env=False, follow_redirects=False, timeout=SECONDS) as http,
            http.stream(method, address, headers=sent, data=form) as answer,
        ):
            async for part in answer.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise down("answer too big")
        found = json.loads(body)
    except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise down(type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise down("answer is no JSON") from error
    if not isinstance(found, dict):
        raise down("answer is no JSON object")
    return answer.status_code, found


@cache
def tls() -> ssl.SSLContext:
    """The system's certificates: where a county has its own authority, the operator has put it there."""
    return ssl.create_default_context()


def challenge(verifier: str) -> str:
    """RFC 7636, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def down(reason: str) -> ProviderDown:
    """The reason goes into the log alone."""
    log.warning("identity provider", extra={"event": "oidc", "reason": reason})
    return ProviderDown(DOWN)


def _word(value: Any) -> str:
    return value[:40] if isinstance(value, str) and value.isascii() and value.isprintable() else ""
