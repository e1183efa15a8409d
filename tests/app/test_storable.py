"""What cannot be kept is refused in one sentence, by every route and on both engines alike: SECURITY C1.

Each of these was an answer of 500 or, on SQLite alone, a stored text that PostgreSQL does not hold.
"""

import json
from typing import Any

import pytest

from app.storable import MESSAGE, UNSTORABLE, texts
from tests.conftest import ClientAs

pytestmark = pytest.mark.database

TOO_LONG = ("9223372036854775808", "-9223372036854775809", "9" * 400)
NOT_OF_OUR_AGE = ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31")
BROKEN = ("\\u0000", "a\\u0000b", "\\ud800", "\\uDFFF", "\\udc00\\ud800")


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("number", TOO_LONG)
def test_a_number_no_database_holds_names_nothing(client_as: ClientAs, number: str) -> None:
    """Not there, or a malformed request: each engine holds other lengths, and none of them fails."""
    office = client_as("office_head")
    for path in ("projects/{}", "uploads/{}", "uploads/{}/file", "publications/{}", "rulebooks/{}", "audit/samples/{}"):
        assert office.get(f"/api/{path.format(number)}").status_code in (404, 422), path
    for path in ("uploads/{}/commit", "appeals/{}/withdraw", "account/sessions/{}/end"):
        assert office.post(f"/api/{path.format(number)}").status_code in (403, 404, 422), path


@pytest.mark.parametrize("escaped", BROKEN)
def test_a_text_no_database_holds_is_refused_in_json(client_as: ClientAs, escaped: str) -> None:
    office = client_as("office_head")
    for body in (f'{{"programme": "{escaped}", "period": "2023"}}', f'{{"{escaped}": 1}}', f'[["{escaped}"]]'):
        answer = office.post("/api/publications", content=body.encode(), headers={"content-type": "application/json"})
        assert (*said(answer), answer.json()["message"]) == (422, "malformed", MESSAGE), body


def test_a_text_no_database_holds_is_refused_in_addresses_and_forms(client_as: ClientAs) -> None:
    office = client_as("office_head")
    assert said(office.get("/api/projects?programme=20%0023")) == (422, "malformed")
    assert said(office.get("/api/projects?programme=2023&a%00=b")) == (422, "malformed")
    assert said(office.get("/api/rulebooks/examples/%00")) == (422, "malformed")
    for data, name in (({"programme": "20\x0023"}, "6月.xlsx"), ({"programme": "2023"}, "6月%00.xlsx")):
        answer = office.post("/api/uploads", data=data, files={"file": (name, b"x")})
        assert answer.status_code == (422 if "\x00" in data["programme"] else 404)


def test_an_emoji_in_escapes_is_a_text_like_any_other(client_as: ClientAs) -> None:
    answer = client_as("office_head").post(
        "/api/publications", content=b'{"programme": "\\ud83d\\ude00", "period": "2023"}',
        headers={"content-type": "application/json"},
    )  # fmt: skip
    assert said(answer) == (404, "not_found")  # no programme of that name
    assert not UNSTORABLE.search("😀")


@pytest.mark.parametrize("day", NOT_OF_OUR_AGE)
def test_a_day_of_another_age_is_malformed(client_as: ClientAs, day: str) -> None:
    """The end of a day is the beginning of the next, which the last day of the calendar has not."""
    office = client_as("office_head")
    for path in (
        f"standings?programme=2023&period=2023-06&as_of={day}",
        f"standings?programme=2023&period=2023-06&known_at={day}T00:00:00-14:00",
        f"assessees?programme=2023&period=2023Q2&known_at={day}T00:00:00Z",
        f"audit?to={day}",
        f"audit/changes?programme=2023&to={day}",
    ):
        assert said(office.get(f"/api/{path}")) == (422, "malformed"), path
    body = {"kind": "暂缓", "on": day, "reason": "资金"}
    assert said(office.post("/api/projects/1/events", json=body)) == (422, "malformed")


def test_every_text_of_a_value_is_looked_at() -> None:
    assert list(texts(json.loads('{"a": ["b", {"c": "d"}, 1, null], "e": true}'))) == ["a", "b", "c", "d", "e"]
