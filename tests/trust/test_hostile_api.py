"""No input makes the server fail (恶意输入·接口): SECURITY C1, E5.

Calls are drawn from the interface's own description (tests/trust/interface.py); whatever is sent, by whomever, the
answer is one the description states, or one plain Chinese sentence in the one shape: never a failure of the server and
never a look inside it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from app.main import create_app
from tests.trust.county_of_roles import NOBODY, OTHER, OWN, PASSWORD, Roles
from tests.trust.interface import KINDS, Call, Interface, Request

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TOO_FEW_OPERATIONS = 100  # so that a document without routes is noticed
INSIDES = ("Traceback", 'File "', "sqlalchemy", "sqlite3", "psycopg", "pydantic", "site-packages", "SELECT ", "INSERT ")
AS_STATED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


class Asked:
    """The application on a copy of the county, asked by anybody, every answer looked at."""

    def __init__(self, app: FastAPI, client: TestClient, roles: Roles) -> None:
        self.client, self.roles = client, roles
        self.interface = Interface(app.openapi(), right_values(roles))
        self.statuses: Counter[int] = Counter()
        self._headers: dict[str, dict[str, str]] = {}

    def headers(self, letter: str) -> dict[str, str]:
        if letter not in self._headers:
            self._headers[letter] = self.roles.headers(letter)
        return self._headers[letter]

    def send(self, letter: str, operation: APIOperation, request: Request) -> Any:
        """Nothing is kept between requests."""
        self.client.cookies.clear()
        headers = {name: value.encode("latin-1", "replace") for name, value in request.headers.items()}
        headers |= {name: value.encode() for name, value in self.headers(letter).items()}
        headers.pop("Content-Length", None)
        answer = self.client.request(request.method, request.url, content=request.body or b"", headers=headers)
        if operation.label.endswith(("DELETE /api/session", "/end", "/end-sessions", "/password")):
            self._headers.clear()  # signed out by the call itself
        self.statuses[answer.status_code] += 1
        return answer


def in_one_shape(answer: Any) -> None:
    if answer.status_code >= 400:
        assert set(answer.json()) == {"code", "message", "detail"}
        assert CHINESE.search(answer.json()["message"])
    assert [inside for inside in INSIDES if answer.status_code >= 400 and inside in answer.text] == []


def right_values(roles: Roles) -> dict[str, tuple[Any, ...]]:
    """By name of the parameter or field."""
    own, other, shared = roles.own, roles.other, roles.shared
    names = (OWN, OTHER, roles.county.codes[OWN])
    return {
        "programme": ("2023",),
        "month": ("2023-06", "2023-03", "2023-10"),
        "period": ("2023-06", "2023Q2", "2023", "2023Q4"),
        "from_month": ("2023-12", "2023-06"),
        "project_id": (own["project"], other["project"]),
        "project": (own["project"], other["project"], *names),
        "projects": ([own["project"]],),
        "upload_id": (own["taken"], own["waiting"], own["returned"], other["taken"]),
        "appeal_id": (own["appeal"], other["appeal"]),
        "publication_id": (shared["draft"],),
        "revision_id": (shared["book"], shared["book_draft"]),
        "account_id": (roles.accounts["U"], roles.accounts["i"]),
        "kind": ("暂缓", "退出", "responsible_unit", "lead_official", "免亮灯", "exemption", "override", "资金"),
        "key": ("杨屯镇", "张县长"),
        "on": ("2023-06-20",),
        "as_of": ("2023-07-15", "2023-01-01", "2024-06-01"),
        "known_at": ("2023-07-15T00:00:00Z", "2023-07-15T00:00:00+08:00"),
        "from": ("2023-01-01",),
        "to": ("2023-12-31", "王科员", "周主任"),
        "reason": ("数字不对",),
        "name": ("王科员", "county-default"),
        "password": (PASSWORD, "x"),
        "tier": ("优秀", "第一等次"),
        "target": ("90", "100"),
        "changes": ({"ranking.tiers[2].from": "82", "book.version": "2.2"}, {"no.such.key": "1"}),
        "answers": ({}, {"month": "2023-06"}),
        "rows": ([{"project": OWN, "reported_ytd_wan": "1"}],),
        "number": (1, 2, 3),
        "size": (3, 20),
        "further": ("reported_ytd_wan", "problems", "physical_progress", "month"),
        "further_values": ("12", 12, 1.5),
        "file": ("not a workbook", "PK\x03\x04", "%PDF-1.4\n"),
    }


@pytest.fixture(scope="module")
def asked(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    made = roles.copied(tmp_path_factory.mktemp("hostile") / "home")
    made.publish_first_quarter()
    app = create_app(made.settings)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield Asked(app, client, made)
    app.state.database.close()
    made.county.database.close()


def explored(number: int, drawn: st.SearchStrategy[Any], check: Callable[[Any], None]) -> list[str]:
    """What is wrong with the answers to so many calls, told by the first; a single call is the same each time."""

    @settings(
        max_examples=number,
        derandomize=number == 1,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def one(call: Any) -> None:
        check(call)

    try:
        one()
    except Unsatisfiable:  # nothing is forbidden where nothing is asked
        return []
    except (AssertionError, FailureGroup) as wrong:
        return [str(wrong)]
    return []


@pytest.mark.parametrize(
    ("letter", "kind", "number"),
    [
        ("h", "spoiled", 1),  # most of what is spoiled is a right call still
        ("U", "forbidden", 1),
        *(
            pytest.param(letter, kind, number, marks=pytest.mark.slow)
            for letter, number in (("h", 20), ("U", 20), ("a", 6), ("A", 6), (NOBODY, 6))
            for kind in KINDS
        ),
    ],
)
def test_whatever_is_asked_is_answered_as_stated_and_never_fails(
    asked: Asked, letter: str, kind: str, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.statuses.clear()
    wrong, tried = [], 0
    for operation, drawn in asked.interface.calls(kind):

        def check(call: Call, operation: APIOperation = operation) -> None:
            case, request = call
            answer = asked.send(letter, operation, request)
            in_one_shape(answer)
            case.validate_response(answer, checks=AS_STATED)

        wrong += [f"{letter} {operation.label}: {found}" for found in explored(number, drawn, check)]
        tried += 1
    assert not wrong, "\n".join(wrong)
    assert tried > TOO_FEW_OPERATIONS
    with capsys.disabled():
        print(f" {letter} {kind}: {asked.statuses.total()}次，{dict(sorted(asked.statuses.items()))} ", end="")
