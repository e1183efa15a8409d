"""The screen's own address takes anything (恶意输入·页面回调): SECURITY B1, C1, E5.

What a browser would never send to `_dash-update-component`, sent by a signed-in unit to a real server process: no look
inside the server, nothing of another unit, and the server is as well as before.
"""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.trust.county_of_roles import OTHER, OWN, PAIRED
from tests.trust.mischief import RAW_BODIES, VALUES
from tests.trust.running import Running
from tests.trust.test_screen_rights import TOO_FEW_CALLBACKS, leaks, outputs_of

ADDRESS = "/_dash-update-component"
INSIDES = ("Traceback", 'File \\"', 'File "', ".py", "site-packages", "sqlalchemy", "KeyError", "<html")
TAME = {"error": "InternalServerError", "message": "An internal server error occurred."}  # Dash's own, without a trace


def guesses(running: Running) -> list[Any]:
    """Values a callback might take for right, of the other unit above all."""
    other, own = running.roles.other, running.roles.own
    foreign = [str(other[name]) for name in ("project", "taken", "waiting", "returned", "appeal")]
    code = running.roles.county.codes[OTHER]
    return [
            *({"id": one} for one in foreign), *({"id": one, "period": "2023Q2", "pass": code} for one in foreign),
        *foreign, code, OTHER, 1, "2023-06", {"period": "2023Q2", "kind": "project", "key": code},
        {"project": other["project"], "period": "2023Q2"}, {"id": str(own["project"])}, {"month": "2023-07"},
    ]  # fmt: skip


def body_of(dependency: dict[str, Any], values: list[Any], random: Random) -> dict[str, Any]:
    """A callback's request with anything as its values, and now and then with a piece missing or of another kind."""

    def part(one: dict[str, Any]) -> Any:
        identifier = one["id"]
        value = random.choice(values)
        if not identifier.startswith("{"):
            return {"id": identifier, "property": one["property"], "value": value}
        pattern = json.loads(identifier)
        made = {name: random.choice(values) if isinstance(held, list) else held for name, held in pattern.items()}
        return [{"id": made, "property": one["property"], "value": value}]

    inputs = [part(one) for one in dependency["inputs"]]
    body: dict[str, Any] = {
        "output": dependency["output"],
        "outputs": outputs_of(dependency["output"]),
        "inputs": inputs,
        "state": [part(one) for one in dependency["state"]],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in dependency["inputs"]][-1:],
    }
    if random.random() < 0.4:
        name = random.choice(list(body))
        match random.randrange(4):
            case 0:
                del body[name]
            case 1:
                body[name] = random.choice(values)
            case 2 if isinstance(body[name], list):
                body[name] = body[name][:-1]
            case _ if isinstance(body[name], list):
                body[name] = [*body[name], *body[name], random.choice(values)]
    return body


RAW = (
    *RAW_BODIES,
    b"{}",
    b'{"output":null}',
    b'{"output":"no-such.children","outputs":{},"inputs":[],"changedPropIds":[]}',
    b'{"output":"..no-such...x..","outputs":[],"inputs":[]}',
    b'{"output":"__class__.__init__","inputs":[{"id":"a","property":"__class__","value":1}]}',
    b'{"output":"' + b"a" * 2_000_000 + b'"}',
    b'{"output":"a.b","inputs":' + b"[" * 900 + b"]" * 900 + b"}",
)


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_no_body_makes_the_screen_show_its_inside_or_anothers_data(
    running: Running, rounds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dependencies = [one for one in running.ask("U", "GET", "/_dash-dependencies").json()]
    dependencies = [one for one in dependencies if not one["clientside_function"]]
    assert len(dependencies) > TOO_FEW_CALLBACKS
    random = Random(42)
    values = [*guesses(running) * 3, *(value for value in VALUES if len(json.dumps(value)) < 6000)]
    statuses: Counter[int] = Counter()
    told: dict[str, str] = {}

    contents = [(f"raw {number}", body) for number, body in enumerate(RAW)]
    contents += [
        (one["output"], json.dumps(body_of(one, values, random)).encode())
        for _ in range(rounds)
        for one in dependencies
    ]
    for number, (name, content) in enumerate(contents):
        answer = running.ask("U", "POST", ADDRESS, content=content, headers={"content-type": "application/json"})
        statuses[answer.status_code] += 1
        assert [inside for inside in INSIDES if inside in answer.text] == [], (name, content[:600], answer.text[:600])
        if answer.status_code >= 500:
            assert answer.json() == TAME, (name, content[:600], answer.text[:300])
        # What was sent stands in some answers: a figure of the other's that was not sent would be told.
        told[f"{name} {number}"] = answer.text
    marks = [one for one in leaks(told, OTHER, PAIRED) if one[1] not in (OTHER, PAIRED)]
    assert marks == []
    assert statuses.keys() <= {200, 204, 400, 413, 422, 500}
    assert running.ask("U", "GET", "/").status_code == 200
    assert OWN in running.ask("U", "GET", "/api/projects?programme=2023").text
    with capsys.disabled():
        print(f" {len(dependencies)}个回调，{len(contents)}次，{dict(sorted(statuses.items()))} ", end="")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(running: Running) -> None:
    """Twice an upload and a megabyte: a page sends files in base64."""
    answer = running.ask("U", "POST", ADDRESS, content=b'{"output":"' + b"a" * 11_000_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
