"""No input makes the server fail (恶意输入·接口): SECURITY C1, E5.

Calls are drawn from the interface's own description; whatever is sent, by whomever, the answer is a right one or one
plain Chinese sentence in the one shape, never a failure of the server and never a look inside it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import create_app
from tests.trust.county_of_roles import NOBODY, OTHER, OWN, PASSWORD, Roles
from tests.trust.mischief import Call, Interface

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TOO_FEW_OPERATIONS = 100  # so that a document without routes is noticed
INSIDES = ("Traceback", 'File "', "sqlalchemy", "sqlite3", "psycopg", "pydantic", "site-packages", "SELECT ", "INSERT ")


class Asked:
    """The application on a copy of the county, asked by anybody, every answer looked at."""

    def __init__(self, app: FastAPI, client: TestClient, roles: Roles) -> None:
        self.app, self.client, self.roles = app, client, roles
        self.document = app.openapi()
        self.interface = Interface(self.document, right_values(roles), seed=20230601)
        self.statuses: Counter[int] = Counter()
        self.operations: Counter[str] = Counter()
        self._headers: dict[str, dict[str, str]] = {}

    def headers(self, letter: str) -> dict[str, str]:
        if letter not in self._headers:
            self._headers[letter] = self.roles.headers(letter)
        return self._headers[letter]

    def ask(self, letter: str, call: Call) -> list[str]:
        """What is wrong with the answer. Nothing is kept between requests."""
        self.client.cookies.clear()
        headers = {**self.headers(letter), **call.headers}
        answer = self.client.request(call.method, call.address, content=call.content, headers=encodable(headers))
        if call.operation == "delete /api/session" or call.operation.endswith(("/end", "/end-sessions", "/password")):
            self._headers.clear()  # signed out by the call itself
        self.statuses[answer.status_code] += 1
        self.operations[call.operation] += 1
        declared = self.document["paths"][call.operation.split(" ")[1]][call.method.lower()]["responses"]
        found = faults(answer, declared)
        return [f"{letter} {call!r}: {answer.status_code} {found} {answer.text[:300]}"] if found else []


def encodable(headers: dict[str, str]) -> Any:
    return {name: value.encode("latin-1") for name, value in headers.items()}


def faults(answer: Any, declared: dict[str, Any]) -> list[str]:
    """What is wrong with an answer, whatever was asked."""
    found = []
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 500:
        found.append("the server failed")
    if answer.status_code >= 400:
        if kind != "application/json":
            found.append(f"an error as {kind!r}")
        elif set(answer.json()) != {"code", "message", "detail"} or not CHINESE.search(answer.json()["message"]):
            found.append("an error in another shape")
        found += [f"shows {inside!r}" for inside in INSIDES if inside in answer.text]
    elif "attachment" not in answer.headers.get("content-disposition", ""):
        said = declared.get(str(answer.status_code), {}).get("content", {})
        if answer.status_code == 204 and not answer.content:
            return found
        if kind not in said:
            found.append(f"answers {answer.status_code} {kind!r}, declared {list(said)}")
        else:
            json.loads(answer.content)
    return found


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
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Asked(app, client, made)
    app.state.database.close()
    made.county.database.close()


@pytest.mark.parametrize(
    ("letter", "calls"),
    [
        ("h", 280),
        ("U", 140),
        (NOBODY, 115),
        *(pytest.param(letter, 8000, marks=pytest.mark.slow) for letter in ("h", "U", "a", "A", NOBODY)),
    ],
)
def test_whatever_is_asked_is_answered_in_the_one_shape_and_never_fails(
    asked: Asked, letter: str, calls: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.statuses.clear(), asked.operations.clear()
    wrong = [fault for call in asked.interface.calls(calls) for fault in asked.ask(letter, call)]
    assert wrong == []
    assert len(asked.operations) == len(asked.interface.operations) > TOO_FEW_OPERATIONS
    with capsys.disabled():
        print(f" {letter}: {calls}次，{len(asked.operations)}个接口，{dict(sorted(asked.statuses.items()))} ", end="")
