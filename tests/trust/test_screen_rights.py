"""The screen gives nobody more than the API would (页面权限): every page, callback, file and address of Dash.

Asked of a real server process, as a browser asks. The callbacks are those that the server itself tells of; each must
have something to be tried with here, so a callback of later work fails the test until it is tried too.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard.components.shell import NAVIGATION
from tests.trust.county_of_roles import MARKS, NOBODY, OTHER, OWN, PAIRED, PEOPLE
from tests.trust.running import Running

TOO_FEW_CALLBACKS = 25

Given = Any


def values(ids: Mapping[str, int], code: str, unit: str) -> dict[str, list[Given]]:
    """What each input and state of a callback is tried with, by "id.property"; of a pattern, {the id: its value}.

    `ids`, `code` and `unit` are of somebody: 杨屯镇 where another unit asks.
    """
    project, taken, waiting = (str(ids[name]) for name in ("project", "taken", "waiting"))
    upload = [{"id": one} for one in (taken, waiting, str(ids["returned"]))]
    return {
        # the shell
        "shell-viewport.data": ["desktop"],
        "shell-refresh.n_clicks": [1],
        "shell-changed.data": [1],
        "shell-location.search": ["?programme=2023"],
        "_pages_location.pathname": [f"/projects/{project}", f"/imports/{taken}", "/assessees/receipt"],
        "_pages_location.search": [f"?key={unit}"],
        # pages by their address
        "overview-query.data": [{}, {"month": "2023-06"}],
        "ranking-query.data": [{"period": "2023-06"}, {"period": "2023Q2"}],
        "assessees-query.data": [{"period": "2023Q2"}, {"period": "2023Q2", "kind": "project"}],
        "assessee-query.data": [
            {"period": "2023Q2", "kind": "responsible_unit", "key": unit},
            {"period": "2023Q2", "kind": "project", "key": code},
        ],
        "alerts-query.data": [{"month": "2023-06"}],
        "projects-query.data": [{}],
        "project-query.data": [{"id": project}, {"id": project, "period": "2023Q2"}],
        "receipt-query.data": [{"project": project, "period": "2023Q2"}],
        "whatif-query.data": [{"period": "2023Q3"}, {"id": project, "period": "2023Q3", "target": "90", "pass": code}],
        "imports-query.data": [{}, {"tab": "board", "month": "2023-07"}],
        "filing-query.data": [{"month": "2023-07"}, {"month": "2023-09"}],
        "upload-query.data": upload,
        "publications-query.data": [{"period": "2023Q2"}],
        "teams-query.data": [{"period": "2023-06"}],
        "rulebook-query.data": [{}, {"book": str(ids["book_draft"])}],
        "accounts-query.data": [{}, {"id": "1"}],
        "account-query.data": [{}],
        "trail-query.data": [
            {},
            {"tab": "manual"},
            {"tab": "changes", "project": code},
            {"tab": "samples"},
            {"tab": "samples", "sample": "987654"},
        ],
        # acts
        "accounts-do.n_clicks": [
            {f'{{"act":"{act}","type":"accounts-do"}}': 1}
            for act in ("disable-987654", "change-987654", "subject-987654", "add")
        ],
        "accounts-given.value": [
            {
                f'{{"act":"{act}","field":"{field}","type":"accounts-given"}}': "king"
                for act in ("change-987654", "add")
                for field in ("role", "unit")
            }
        ],
        "trail-verify.n_clicks": [None, 1],
        "trail-draw.n_clicks": [1],
        "trail-period.value": ["1999-01"],
        "trail-size.value": [3],
        "trail-seed.value": [""],
        "trail-lines.cellValueChanged": [
            [],
            [{"data": {"code": code, "month": "2023-06", "verdict": "相符", "remark": ""}}],
        ],
        "alerts-submit.n_clicks": [1],
        "alerts-given.value": [
            {
                f'{{"field":"{field}","type":"alerts-given"}}': given
                for field, given in (
                    ("project", int(project)),
                    ("kind", "override"),
                    ("light", "red"),
                    ("reason", "会议定的"),
                )
            }
        ],
        "alerts-place.data": [{"programme": "2023", "month": "2024-06"}],  # of no month of the year
        "alerts-approve.n_clicks": [{of_light(project, "alerts-approve"): 1}],
        "alerts-withdraw.n_clicks": [{of_light(project, "alerts-withdraw"): 1}],
        "alerts-withdraw-reason.value": [{of_light(project, "alerts-withdraw-reason"): "撤回"}],
        "imports-outcome.data": [[{"file": "6月.xlsx", "status": 403, "body": {"message": "不行", "detail": None}}]],
        "publications-do.n_clicks": [{'{"act":"draft","type":"publications-do"}': 1}],
        "publications-given.value": [{}],
        "publications-place.data": [{"programme": "2023", "period": "2023-12", "slip": None}],
        "publications-decide.n_clicks": [
            {f'{{"act":"answer","appeal":{ids["appeal"]},"type":"publications-decide"}}': 1}
        ],
        "publications-answer.value": [{f'{{"appeal":{ids["appeal"]},"type":"publications-answer"}}': "已复核"}],
        "publications-reason.value": [{f'{{"appeal":{ids["appeal"]},"type":"publications-reason"}}': "无误"}],
        "publications-withdraw.n_clicks": [{f'{{"appeal":{ids["appeal"]},"type":"publications-withdraw"}}': 1}],
        "filing-submit.n_clicks": [1],
        "filing-value.value": [{f'{{"field":"problems","project":"{code}","type":"filing-value"}}': "用电"}],
        "filing-month.data": ["2024-06"],
        "filing-fields.data": [{"problems": "存在问题"}],
        "upload-answer.n_clicks": [1],
        "upload-answer.value": [{'{"code":"c","id":"no-such-question","type":"upload-answer"}': "yes"}],
        "upload-do.n_clicks": [{f'{{"act":"{act}","type":"upload-do"}}': 1} for act in ("commit", "return", "revert")],
        "upload-given.value": [
            {f'{{"act":"{act}","type":"upload-given"}}': "数字不对" for act in ("return", "revert")}
        ],
        "upload-open.n_clicks": [1],
        "rulebook-try.n_clicks": [1],
        "rulebook-value.value": [{'{"key":"ranking.tiers[2].from","type":"rulebook-value"}': "no number"}],
        "rulebook-known.data": [{"ranking.tiers[2].from": "80"}],
        "rulebook-text.value": [None],
        "rulebook-source.value": ["示例"],
        "rulebook-adopt.n_clicks": [1],
        "rulebook-from.value": ["2023-12"],
        "rulebook-reason.value": ["会议"],
        "rulebook-tried.data": [{"programme": "2023", "changes": {"no.such.key": "1"}}],
        "rulebook-do.n_clicks": [{'{"act":"withdraw","type":"rulebook-do"}': 1}],
        "rulebook-draft.data": [{"id": ids["book"], "from_month": "2023-11"}],
    }


def of_light(project: str, kind: str) -> str:
    """The id of a button on one decision."""
    return f'{{"kind":"override","month":"2024-06","project":{project},"type":"{kind}"}}'


def name_of(identifier: str, prop: str) -> str:
    """ "upload-do.n_clicks" for {"act":["ALL"],"type":"upload-do"}.n_clicks too."""
    plain = json.loads(identifier)["type"] if identifier.startswith("{") else identifier
    return f"{plain}.{prop}"


def filled(part: Mapping[str, Any], value: Given) -> Any:
    """An input or state as the browser sends it: a list of them for a pattern of ALL."""
    identifier, prop = part["id"], part["property"]
    if identifier.startswith("{") and '["ALL"]' in identifier.replace(" ", ""):
        return [{"id": json.loads(one), "property": prop, "value": given} for one, given in value.items()]
    if identifier.startswith("{"):
        return {"id": json.loads(identifier), "property": prop, "value": value}
    return {"id": identifier, "property": prop, "value": value}


def outputs_of(text: str) -> Any:
    """The outputs named in a callback's key, as the browser sends them."""

    def one(name: str) -> Any:
        identifier, _, prop = name.rpartition(".")
        if not identifier.startswith("{"):
            return {"id": identifier, "property": prop}
        if '["ALL"]' in identifier.replace(" ", ""):
            return []
        return {"id": json.loads(identifier), "property": prop}

    if not text.startswith(".."):
        return one(text)
    return [one(name) for name in text[2:-2].split("...")]


def bodies(dependency: Mapping[str, Any], known: Mapping[str, list[Given]]) -> Iterator[dict[str, Any]]:
    """The requests a callback is tried with: each value of each part once, the others at their first."""
    parts = [*dependency["inputs"], *dependency["state"]]
    names = [name_of(part["id"], part["property"]) for part in parts]
    unknown = sorted(set(names) - known.keys())
    assert unknown == [], f"a callback is new: say in `values` what {unknown} is tried with"
    for place, name in enumerate(names):
        for number, value in enumerate(known[name]):
            if number == 0 and place > 0:
                continue
            given = [value if at == place else known[other][0] for at, other in enumerate(names)]
            sent = [filled(part, one) for part, one in zip(parts, given, strict=True)]
            inputs = sent[: len(dependency["inputs"])]
            changed = [
                f"{_text(one['id'])}.{one['property']}"
                for entry in inputs
                for one in (entry if isinstance(entry, list) else [entry])
            ]
            yield {
                "output": dependency["output"],
                "outputs": outputs_of(dependency["output"]),
                "inputs": inputs,
                "state": sent[len(inputs) :],
                "changedPropIds": changed[-1:] if len(inputs) == 1 else changed,
            }


def _text(identifier: Any) -> str:
    return identifier if isinstance(identifier, str) else json.dumps(identifier, separators=(",", ":"), sort_keys=True)


@pytest.fixture(scope="module")
def dependencies(running: Running) -> list[dict[str, Any]]:
    """Every callback that the server runs, as it tells the browser."""
    found = [one for one in running.ask("o", "GET", "/_dash-dependencies").json() if not one["clientside_function"]]
    assert len(found) > TOO_FEW_CALLBACKS
    return found


def of_own(running: Running) -> dict[str, list[Given]]:
    made = running.roles
    programmes = running.ask("o", "GET", "/api/programmes").json()["rows"]
    known = values({**made.own, **made.shared}, made.county.codes[OWN], "杨屯镇")
    return {**known, "shell-programmes.data": [[one for one in programmes if one["code"] == "2023"]]}


def tried(running: Running, letter: str, dependencies: list[dict[str, Any]]) -> dict[str, str]:
    """What a person gets of every callback driven with 杨屯镇's ids: the answers, all in one, by callback."""
    known = of_own(running)
    told: dict[str, str] = {}
    for dependency in dependencies:
        for body in bodies(dependency, known):
            answer = running.ask(letter, "POST", "/_dash-update-component", json=body)
            assert answer.status_code in (200, 204), (letter, dependency["output"], answer.status_code, answer.text)
            key = dependency["output"].split("@")[0] + str(dependency["inputs"])
            told[key] = told.get(key, "") + json.dumps(answer.json() if answer.content else {}, ensure_ascii=False)
    return told


def leaks(told: Mapping[str, str], *names: str) -> list[tuple[str, str]]:
    """Where a name, a figure or words of these projects stand."""
    marks = [mark for name in names for mark in (name, *MARKS[name])]
    # A figure is shown with its thousands set off, too.
    marks += [f"{int(float(mark)):,}" for mark in marks if mark.replace(".", "").isdigit()]
    return [(callback, mark) for callback, text in told.items() for mark in marks if mark in text]


def test_without_a_session_no_callback_runs(running: Running, dependencies: list[dict[str, Any]]) -> None:
    known = of_own(running)
    answers = Counter(
        (answer.status_code, answer.json()["code"])
        for dependency in dependencies
        for body in bodies(dependency, known)
        for answer in [running.ask(NOBODY, "POST", "/_dash-update-component", json=body)]
    )
    assert answers.keys() == {(401, "not_signed_in")}


def test_no_callback_gives_a_unit_anything_of_anothers_whatever_ids_it_is_driven_with(
    running: Running, dependencies: list[dict[str, Any]]
) -> None:
    told = tried(running, "u", dependencies)
    assert leaks(told, OWN) == []
    # It is not for want of answers: its own projects are there.
    assert {mark for _, mark in leaks(told, OTHER)} >= {OTHER, MARKS[OTHER][1]}


# The callbacks that show something of a project to whom it concerns, so that silence elsewhere means something.
TELLING = {
    "publications", "assessee", "filing", "upload", "project", "receipt", "whatif", "overview", "ranking", "projects",
    "imports", "alerts",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("letter", sorted(set(PEOPLE) - {"u"}))
def test_every_callback_answers_each_person_as_that_person(
    running: Running, dependencies: list[dict[str, Any]], letter: str
) -> None:
    """杨屯镇's project: shown to it, its sponsor, office, county leaders, inspectors and auditor; to no other."""
    told = tried(running, letter, dependencies)
    found = leaks(told, OWN)
    assert bool(found) == (letter in "ohCLUIiA")
    if letter == "a":
        assert leaks(told, OTHER, PAIRED) == []
    if letter == "U":
        assert leaks(told, OTHER, PAIRED) == []
        assert {callback.split("-body")[0] for callback, _ in found} == TELLING


# ---- pages, Dash's own addresses, files -----------------------------------------------------------------------------

OPEN = ("/sign-in", "/assets/theme.css", "/assets/sign-in.js", "/_favicon.ico")  # for anybody; nothing of the county
DASH = ("/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_dash-no-such-address")


def pages(running: Running) -> list[str]:
    """Every page of the screen, as the browser is told of them, variables filled in."""
    ids = running.roles.own
    listed = [path for path, *_ in NAVIGATION]
    deep = [f"/projects/{ids['project']}", f"/imports/{ids['taken']}", "/receipt", "/whatif", "/assessees/receipt"]
    return [*listed, *deep, "/components", "/_reload-hash", "/no-such-page"]


def test_without_a_session_every_page_leads_to_sign_in_and_dashs_addresses_are_401(running: Running) -> None:
    for path in pages(running):
        answer = running.ask(NOBODY, "GET", path)
        assert (answer.status_code, answer.content) == (303, b""), path
        assert answer.headers["location"].startswith("/sign-in")
    for path in DASH:
        for method in ("GET", "POST"):
            answer = running.ask(NOBODY, method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path
    for path in OPEN:
        assert running.ask(NOBODY, "GET", path).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../main.py",
        "/assets/%2e%2e/main.py",
        "/assets/..%2f..%2fapp/settings.py",
        "/_dash-component-suites/dash/..%2f..%2f..%2fpyproject.toml",
        "/_dash-component-suites/dash/%2e%2e/%2e%2e/dash.py",
        "/sign-in/../api/projects",
        "//api/projects",
        "/api/../projects",
        "/assets//../../home/secret",
    ],
)
def test_no_twisted_address_leads_past_the_gate_or_out_of_the_folder(running: Running, path: str) -> None:
    import httpx2

    # As bytes on the wire: the client must not tidy the address first.
    request = httpx2.Request("GET", running.address)
    request.url = request.url.copy_with(raw_path=path.encode())
    answer = running.http.send(request)
    assert answer.status_code in (303, 401, 403, 404), (path, answer.status_code)
    assert "import" not in answer.text


def test_a_page_itself_holds_nothing_of_the_county(running: Running) -> None:
    """What a deep link serves is a frame; figures come by callbacks, which ask as the person."""
    for path in pages(running):
        answer = running.ask("u", "GET", path)
        assert answer.status_code == 200
        assert leaks({path: answer.text}, OWN, OTHER, PAIRED) == []
    layout = json.dumps(running.ask("u", "GET", "/_dash-layout").json(), ensure_ascii=False)
    assert leaks({"layout": layout}, OWN, OTHER, PAIRED) == []


def test_dashs_websocket_is_closed_to_nobody_and_runs_no_callback_for_anybody(running: Running) -> None:
    """The screen uses none; what the library offers there must be no way around."""
    address = running.address.replace("http", "ws") + "/_dash-ws-callback"
    with pytest.raises((InvalidStatus, ConnectionClosed)), connect(address) as socket:
        socket.recv(timeout=5)
    body = {
        "output": "projects-body.children",
        "outputs": {"id": "projects-body", "property": "children"},
        "inputs": [],
        "changedPropIds": [],
        "state": [],
    }
    with connect(address, origin=running.address, additional_headers=running.headers("u")) as socket:  # type: ignore[arg-type]
        socket.send(json.dumps({"type": "callback_request", "requestId": "1", "payload": body, "rendererId": "1"}))
        said = ""
        try:
            said = str(socket.recv(timeout=2))
        except (TimeoutError, ConnectionClosed):
            said = ""
    assert "children" not in said
    assert leaks({"ws": said}, OWN, OTHER) == []
