"""What a browser does that signs in by the identity provider (统一身份登录), step by step, for tests."""

import http.client
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.testclient import TestClient

START = "/api/session/oidc"


def browser_of(app: FastAPI) -> TestClient:
    """A browser of its own at 10.0.0.7. Where the application is served already, it runs in that loop."""
    browser = TestClient(app, client=("10.0.0.7", 50000), follow_redirects=False)
    browser.portal = getattr(app.state, "portal", None)
    return browser


def go(browser: TestClient, back: str = "/") -> str:
    """Press the button: the address of the provider to which the browser is sent."""
    answer = browser.get(START, params={"next": back})
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    return str(answer.headers["location"])


def agree(address: str) -> str:
    """Sign in there: the callback's address with its code."""
    parts = urlsplit(address)
    there = http.client.HTTPConnection(parts.netloc)
    there.request("GET", f"{parts.path}?{parts.query}")
    answer = there.getresponse()
    there.close()
    assert answer.status == 302
    return str(answer.headers["location"])


def come_back(browser: TestClient, address: str) -> str:
    """Where the callback leads."""
    answer = browser.get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    return str(answer.headers["location"])


def sign_in(browser: TestClient, back: str = "/") -> str:
    return come_back(browser, agree(go(browser, back)))


def told(browser: TestClient) -> str:
    """What the sign-in page tells this browser."""
    sentence: str = browser.get("/api/session/ways").json()["told"]
    return sentence
