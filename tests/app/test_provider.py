"""The identity provider's answers (认证平台的回答): bounded in time and size, followed nowhere else, asked for again.

What the person is told of it: test_oidc.py.
"""

import asyncio
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.accounts import flows, provider
from app.accounts.provider import DOWN, MISMATCHED, Provider, ProviderDown
from app.settings import Settings
from tests.app import identity_provider
from tests.app.identity_provider import CALLBACK, CLIENT, SECRET, IdentityProvider, key, raw, send
from tests.app.signing_in import agree
from tests.installations import SECRET as SIGNING_SECRET

DISCOVERY, TOKEN, KEYS = "/.well-known/openid-configuration", "/token", "/keys"


@pytest.fixture
def asking(idp: IdentityProvider) -> Provider:
    """Our side of it."""
    return asking_of(idp.issuer)


def asking_of(issuer: str, secret: str = SECRET) -> Provider:
    return Provider(
        Settings(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=secret, secret=SIGNING_SECRET)
    )


def who(asking: Provider) -> str:
    """There and back: whom the provider names."""
    flow = flows.begin("/")
    address = agree(asyncio.run(asking.way_there(flow, CALLBACK)))
    code = address.partition("code=")[2].partition("&")[0]
    return asyncio.run(asking.who(code, flow, CALLBACK))


def test_who_somebody_is_is_learnt_by_discovery_code_and_key(asking: Provider, idp: IdentityProvider) -> None:
    assert who(asking) == "u-1001"
    assert who(asking) == "u-1001"
    assert (idp.asked[DISCOVERY], idp.asked[KEYS], idp.asked[TOKEN]) == (1, 1, 2)


def test_a_client_secret_goes_in_the_form_where_the_provider_takes_no_other(
    asking: Provider, idp: IdentityProvider
) -> None:
    idp.mischief.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert who(asking) == "u-1001"


def test_a_new_key_is_found_by_asking_once_more(asking: Provider, idp: IdentityProvider) -> None:
    who(asking)
    idp.published, idp.signs_by = [key("first"), key("second")], key("second")
    assert who(asking) == "u-1001"
    assert idp.asked[KEYS] == 2
    assert who(asking) == "u-1001"
    assert idp.asked[KEYS] == 2


def test_a_key_that_was_taken_back_is_forgotten_after_ten_minutes(
    asking: Provider, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    who(asking)
    began = time.monotonic()
    monkeypatch.setattr(provider.time, "monotonic", lambda: began + 599)
    who(asking)
    assert idp.asked[KEYS] == 1
    monkeypatch.setattr(provider.time, "monotonic", lambda: began + 601)
    who(asking)
    assert (idp.asked[KEYS], idp.asked[DISCOVERY]) == (2, 2)


def nothing(to: BaseHTTPRequestHandler) -> None:
    to.close_connection = True


def huge(to: BaseHTTPRequestHandler) -> None:
    raw(to, b'{"issuer": "' + b"x" * 300 * 1024 + b'"}')


def redirected(to: BaseHTTPRequestHandler) -> None:
    raw(to, b"{}", 302, "http://127.0.0.1:9/elsewhere")


BAD_ANSWERS: dict[str, identity_provider.Answer] = {
    "closes": nothing,
    "huge": huge,
    "redirects": redirected,
    "rubbish": lambda to: raw(to, b"<html>\xff"),
    "a list": lambda to: raw(to, b"[]"),
    "endlessly deep": lambda to: raw(to, b"[" * 100_000),
    "fails": lambda to: send(to, 500, {"error": "server_error"}),
    "empty": lambda to: send(to, 200, {}),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_otherwise_than_agreed_is_one_sentence(
    asking: Provider, idp: IdentityProvider, answer: identity_provider.Answer
) -> None:
    """Of each of the three addresses: the keys, the token, the discovery."""
    for path in (KEYS, TOKEN, DISCOVERY):
        idp.mischief.answers = {path: answer}
        with pytest.raises(ProviderDown) as told:
            who(asking)
        assert told.value.message == DOWN
        asking._kept.clear()


def test_an_answer_that_would_do_is_refused_beyond_its_size(asking: Provider, idp: IdentityProvider) -> None:
    idp.mischief.about = {"padding": "x" * 200 * 1024}
    assert who(asking) == "u-1001"
    asking._kept.clear()
    idp.mischief.about = {"padding": "x" * 256 * 1024}
    with pytest.raises(ProviderDown, match=DOWN):
        who(asking)


def test_no_redirect_is_followed(asking: Provider, idp: IdentityProvider) -> None:
    idp.mischief.answers[DISCOVERY] = lambda to: raw(to, b"{}", 302, f"{idp.issuer}/elsewhere")
    with pytest.raises(ProviderDown):
        who(asking)
    assert idp.asked["/elsewhere"] == 0


@pytest.mark.parametrize("is_dripping", [False, True], ids=["silent", "dripping"])
def test_a_provider_that_takes_too_long_is_not_waited_for(
    asking: Provider, idp: IdentityProvider, monkeypatch: pytest.MonkeyPatch, is_dripping: bool
) -> None:
    """Also one that sends a byte now and then, so that no single wait is ever long."""

    def slow(to: BaseHTTPRequestHandler) -> None:
        if is_dripping:
            to.send_response(200)
            to.end_headers()
        ends_at = time.monotonic() + 5
        while not idp.over.wait(0.03) and time.monotonic() < ends_at:
            try:
                to.wfile.write(b" " if is_dripping else b"")
            except OSError:
                return

    monkeypatch.setattr(provider, "SECONDS", 0.2)
    idp.mischief.answers[DISCOVERY] = slow
    began = time.monotonic()
    with pytest.raises(ProviderDown):
        asyncio.run(asking.about())
    assert time.monotonic() - began < 4


def test_a_provider_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ProviderDown, match=DOWN):
        who(asking_of("http://127.0.0.1:9"))  # the discard port: nobody listens


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
    ids=str,
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    asking: Provider, idp: IdentityProvider, about: dict[str, Any]
) -> None:
    idp.mischief.about = about
    with pytest.raises(ProviderDown, match=DOWN):
        asyncio.run(asking.about())


def test_a_wrong_client_secret_is_told_as_the_administrators_to_mend(idp: IdentityProvider) -> None:
    with pytest.raises(ProviderDown, match=MISMATCHED):
        who(asking_of(idp.issuer, secret="another"))


def test_the_environments_proxy_is_not_asked(asking: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert who(asking) == "u-1001"


def test_certificates_are_checked() -> None:
    assert (provider.tls().check_hostname, provider.tls().verify_mode.name) == (True, "CERT_REQUIRED")
