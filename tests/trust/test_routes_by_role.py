"""Who may call what (接口权限表): every route × every kind of person, for one's own things and for others'.

The table is written by hand from DESIGN §1 and CONTRACTS; nothing in it comes from the code. A route that the
application registers and the table does not name fails the test, so later routes are covered the day they appear.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.main import create_app
from app.projects import service as projects
from tests.trust.county_of_roles import MARKS, NOBODY, OTHER, OWN, PASSWORD, PDF, PEOPLE, Roles

# One letter a person: n nobody, o 办公室, h 办公室主任, C 县领导（全县）, L 县领导 who sponsors the project,
# l one who sponsors others, U its responsible unit, u another unit, I inspector of its team, i of another team,
# A 安全审计员, a 系统管理员, x the office of another county.
LETTERS = "nohCLlUuIiAax"
# + let in: answered, or refused by a rule of the work alone (400, 409, 422).
# 1 = 401 not signed in, 3 = 403 not for this role, 4 = 404: not there, or not this person's, which must look the same.
TABLE = """
method path                                        asked with    nohCLlUuIiAax

GET    /api/health                                 -             +++++++++++++
GET    /api/health/alive                           -             +++++++++++++
GET    /api/metrics                                -             4444444444444
GET    /api/openapi.json                           -             +++++++++++++
GET    /api/{rest:path}                            -             4444444444444

POST   /api/session                                sign-in       +++++++++++++
GET    /api/session                                -             1++++++++++++
DELETE /api/session                                -             1++++++++++++
GET    /api/programmes                             -             1++++++++++++
GET    /api/changes                                programme     1+++++++++++4

# one's own account is everybody's; others' are the administrator's to manage and the auditor's to read
GET    /api/session/phone                          -             +++++++++++++
POST   /api/session/activation/look                no link       1111111111111
POST   /api/session/activation                     no link       1111111111111
GET    /api/session/ways                           -             +++++++++++++
# no identity provider is set up in this county; with one: tests/app/test_oidc.py
GET    /api/session/oidc                           -             4444444444444
GET    /api/session/oidc/callback                  -             4444444444444
GET    /api/account                                -             1++++++++++++
POST   /api/account/password                       wrong one     1++++++++++++
POST   /api/account/sessions/end                   -             1++++++++++++
POST   /api/account/sessions/{session_id}/end      nowhere       1444444444444
POST   /api/account/phones                         weak digits   1+++++++++33+
POST   /api/account/phones/{phone_id}/end          nowhere       1444444444444
GET    /api/accounts                               -             1333333333++3
POST   /api/accounts                               no such role  13333333333+3
POST   /api/accounts/{account_id}/change           nowhere       1333333333343
POST   /api/accounts/{account_id}/disable          nowhere       1333333333343
POST   /api/accounts/{account_id}/enable           nowhere       1333333333343
POST   /api/accounts/{account_id}/reset            nowhere       1333333333343
POST   /api/accounts/{account_id}/end-sessions     nowhere       1333333333343
POST   /api/accounts/{account_id}/subject          nowhere       1333333333343

# the trail and the backups: auditor and head of the office; the administrator reads of accounts
GET    /api/audit                                  -             13+3333333++3
GET    /api/audit/summary                          -             13+3333333++3
GET    /api/audit/export                           -             13+3333333++3
GET    /api/audit/manual                           -             13+3333333++3
GET    /api/audit/manual/export                    -             13+3333333++3
GET    /api/audit/{number}                         nowhere       1343333333443
GET    /api/audit/changes                          programme     13+3333333+33
GET    /api/audit/changes/export                   programme     13+3333333+33
POST   /api/audit/verification                     -             13+3333333+33
GET    /api/audit/samples                          programme     13+3333333+33
POST   /api/audit/samples                          sample        1333333333+33
GET    /api/audit/samples/{number}                 nowhere       1343333333433
GET    /api/audit/samples/{number}/redrawn         nowhere       1343333333433
POST   /api/audit/samples/{number}/checks          nowhere       1333333333433
GET    /api/audit/samples/{number}/export          nowhere       1343333333433
GET    /api/maintenance                            -             13+3333333++3

# what is shown of everybody's: each sees rows by scope (test_row_scope.py); the administrator no figures at all
GET    /api/standings                              june          1++++++++++34
GET    /api/standings/movement                     june          1++++++++++34
GET    /api/standings/export                       june          1++++++++++34
GET    /api/alerts                                 june          1++++++++++34
GET    /api/alerts/track-record                    june          1++++++++++34
GET    /api/alerts/export                          june          1++++++++++34
GET    /api/alerts/changes                         june          1++++++++++34
GET    /api/alerts/beside                          june          1++++++++++34
GET    /api/alerts/decisions                       june          1++++++++++34
GET    /api/projects                               june          1++++++++++34
GET    /api/publications                           programme     1++++++++++34
GET    /api/publications/desk                      programme     1++++++++++34
GET    /api/publications/changes                   programme     1++++++++++34
GET    /api/whatif/overview                        quarter       1++++++++++34
GET    /api/whatif/export                          quarter       1++++++++++34
GET    /api/assessees                              quarter       1++++++++++34
GET    /api/assessees/export                       quarter       1++++++++++34
GET    /api/uploads/board                          june          1++++++++++34

# one project: its own people and those who see all; 404 for the others
GET    /api/projects/{project_id}                  project       1++++4+4+++34
GET    /api/projects/{project_id}/receipt          project       1++++4+4+++34
GET    /api/projects/{project_id}/whatif           project       1++++4+4+++34
GET    /api/whatif                                 by name       1++++4+4+++34
GET    /api/assessees/receipt                      its unit      1+++44+4+++34
POST   /api/projects/{project_id}/events           event         1++3333333334

# 认定、免亮灯: the office asks, its head approves and undoes what stands; nothing is asked for here
POST   /api/alerts/decisions                       matter        1++3333333334
POST   /api/alerts/decisions/approve               matter        1343333333334
POST   /api/alerts/decisions/withdraw              standing      13+3333333334
POST   /api/alerts/decisions/outlook               matter        1++3333333334

# an issue signed is everybody's, a draft the office's
GET    /api/publications/{publication_id}          signed        1++++++++++34
GET    /api/publications/{publication_id}          draft         1++4444444434
GET    /api/publications/{publication_id}/changes  signed        1++++++++++34
GET    /api/publications/{publication_id}/changes  draft         1++4444444434
POST   /api/publications                           december      1++3333333334
POST   /api/publications/reopenings                reopening     1++3333333334
GET    /api/inspection-teams                       june          1++3333333334

# 申诉: the responsible unit contests, the office answers
GET    /api/appeals                                programme     1++333++33334
POST   /api/appeals                                contest       133333+433334
POST   /api/appeals/{appeal_id}/answer             answer        1++3333433334
POST   /api/appeals/{appeal_id}/decision           decision      1++3333433334
POST   /api/appeals/{appeal_id}/withdraw           appeal        133333+433334
GET    /api/appeals/{appeal_id}/file               appeal        1++333+433334

# 考核办法: everybody's to read, the office's to change
GET    /api/rulebooks                              programme     1+++++++++++4
GET    /api/rulebooks/keys                         -             1++++++++++++
GET    /api/rulebooks/examples/{name}              example       1++++++++++++
GET    /api/rulebooks/examples/{name}/download     example       1++++++++++++
GET    /api/rulebooks/{revision_id}                in force      1+++++++++++4
GET    /api/rulebooks/{revision_id}                proposed      1++4444444444
GET    /api/rulebooks/{revision_id}/download       in force      1+++++++++++4
GET    /api/rulebooks/{revision_id}/download       proposed      1++4444444444
POST   /api/rulebooks/trial                        trial         1++3333333334
POST   /api/rulebooks/adopt                        adoption      1++3333333334
POST   /api/rulebooks/{revision_id}/withdraw       in force      1++3333333334

# sheets: the office's; a unit files its own; the auditor reads
GET    /api/templates/monthly                      programme     1++333++33334
GET    /api/templates/plan                         programme     1++3333333334
GET    /api/templates/responsibility               programme     1++3333333334
POST   /api/uploads                                broken file   1++333++33334
POST   /api/uploads/form                           form          1++333+433334
POST   /api/uploads/annotate                       broken file   1++333++3333+
GET    /api/uploads/form                           june          1++333++33334
GET    /api/uploads/colleagues                     programme     1++3333333334
GET    /api/uploads                                programme     1++333++33+34
GET    /api/uploads/{upload_id}                    taken         1++333+433+34
GET    /api/uploads/{upload_id}/file               taken         1++333+433+34
GET    /api/uploads/{upload_id}/annotated          taken         1++333+433+34
GET    /api/uploads/{upload_id}/revert-preview     taken         1++3333333334
POST   /api/uploads/{upload_id}/answers            taken         1++333+433334
POST   /api/uploads/{upload_id}/discard            taken         1++333+433334
POST   /api/uploads/{upload_id}/commit             taken         1++3333333334
POST   /api/uploads/{upload_id}/accept             taken         1++3333333334
POST   /api/uploads/{upload_id}/return             taken         1++3333333334
POST   /api/uploads/{upload_id}/hand-over          taken         1++3333333334
POST   /api/uploads/{upload_id}/revert             returned      1++3333333334
WS     /api/uploads/live                           broken file   1++333++33334
"""
TOO_FEW_ROUTES = 60  # so that an enumeration that finds nothing is noticed


def questions(made: Roles, issue: int) -> dict[str, dict[str, Any]]:
    """What is sent for each name in the table: `path` values, `query`, `json`, or form `data` and `files`.

    An act is asked so that the work's own rules refuse it (decided, returned, without data, not a workbook), or so
    that one kind of person alone can do it: who is let in changes nothing for whom is asked next.
    """
    project, appeal = {"project_id": made.own["project"]}, {"appeal_id": made.own["appeal"]}
    taken, returned = {"upload_id": made.own["taken"]}, {"upload_id": made.own["returned"]}
    broken = {"file": ("6月.xlsx", b"not a workbook")}
    of_year = {"programme": "2023"}
    return {
        "-": {"path": {"rest": "typo"}},
        "sign-in": {"json": {"name": "王科员", "password": PASSWORD}},
        "programme": {"query": of_year},
        "june": {"query": {**of_year, "period": "2023-06", "month": "2023-06"}},
        "quarter": {"query": {**of_year, "period": "2023Q3"}},
        "project": {"path": project, "query": {"period": "2023Q3"}},
        "by name": {"query": {**of_year, "period": "2023Q3", "project": OWN}},
        "its unit": {"query": {**of_year, "period": "2023Q2", "kind": "responsible_unit", "key": "杨屯镇"}},
        "event": {"path": project, "json": {"kind": "退出", "on": "2024-06-01", "reason": "不在本年度"}},
        "signed": {"path": {"publication_id": issue}},
        "draft": {"path": {"publication_id": made.shared["draft"]}},
        "december": {"json": {**of_year, "period": "2023-12"}},
        "reopening": {"json": {**of_year, "period": "2023-12", "reason": "漏报"}},
        "contest": {
            "data": {**of_year, "period": "2023Q2", "project": str(made.own["project"]), "grounds": "漏计"},
            "files": {"file": ("证明.pdf", PDF)},
        },
        "appeal": {"path": appeal},
        "answer": {"path": appeal, "json": {"answer": "已复核"}},
        "decision": {"path": appeal, "json": {"decision": "维持", "reason": "无误"}},
        "example": {"path": {"name": "county-default"}},
        "in force": {"path": {"revision_id": made.shared["book"]}, "json": of_year},
        "proposed": {"path": {"revision_id": made.shared["book_draft"]}},
        "trial": {"json": {**of_year, "period": "2023-06", "changes": {"no.such.key": "1"}}},
        "adoption": {"json": {**of_year, "from_month": "2023-12", "changes": {"no.such.key": "1"}, "reason": "会议"}},
        "broken file": {"data": of_year, "files": broken},
        "form": {"json": {**of_year, "month": "2024-06", "rows": [{"project": OWN, "reported_ytd_wan": "1"}]}},
        "taken": {
            "path": taken,
            "json": {"answers": {}, "reason": "数字不对", "to": "周主任"},
        },
        "returned": {"path": returned, "json": {"reason": "数字不对"}},
        "no link": {"json": {"token": "x" * 43, "password": PASSWORD}},
        "wrong one": {"json": {"old": "Not-it-1", "new": PASSWORD}},
        "weak digits": {"json": {"pin": "123456"}},
        "no such role": {"json": {"name": "新来的", "role": "king"}},
        "nowhere": {
            "path": dict.fromkeys(("session_id", "phone_id", "account_id", "number"), NOWHERE),
            "json": {"role": "office", "code": "A001", "month": "2023-06", "verdict": "相符"},
        },
        "sample": {"json": {**of_year, "period": "1999-01", "size": 3}},
        "matter": {
            "json": {
                **{**of_year, "month": "2024-06", "project": made.own["project"]},  # of no month of the year
                **{"kind": "override", "light": "red", "outlook": "done", "reason": "会议定的"},
            }
        },
        "standing": {
            "json": {
                **of_year,
                "month": "2023-06",
                "project": made.own["project"],
                "kind": "override",
                "reason": "有误",
            }
        },
    }


Row = tuple[str, str, str, str]  # method, path, asked with, a verdict a person


def rows() -> list[Row]:
    """The table, read."""
    found = []
    for line in TABLE.splitlines():
        if line and line[0].isupper():
            method, path, *asked, verdicts = line.split()
            found.append((method, path, " ".join(asked), verdicts))
    return found


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Every method and address the application answers to, those left out of the interface's description included."""

    def walk(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
        for route in routes:
            if hasattr(route, "original_router"):
                yield from walk(route.original_router.routes, prefix + route.include_context.prefix)
            elif isinstance(route, WebSocketRoute) or type(route).__name__ == "APIWebSocketRoute":
                yield "WS", prefix + route.path
            elif getattr(route, "methods", None):
                yield from ((method, prefix + route.path) for method in route.methods if method != "HEAD")
            else:
                yield "?", prefix + str(getattr(route, "path", route))

    return set(walk(app.router.routes))


@pytest.fixture(scope="module")
def published(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Roles, FastAPI, int]]:
    """A copy of the county whose first quarter is signed and one of June's lights decided by hand, with its application
    and the issue's id."""
    made = roles.copied(tmp_path_factory.mktemp("routes") / "home")
    issue = made.publish_first_quarter()
    with made.county.change("2023-07-01") as change:
        projects.record_light_decision(
            change, made.own["project"], "2023-06", "override", "red", reason="会议定的", approver="周主任"
        )
    app = create_app(made.settings)
    yield made, app, issue
    app.state.database.close()
    made.county.database.close()


def test_every_route_of_the_application_stands_in_the_table(published: tuple[Roles, FastAPI, int]) -> None:
    registered = routes_of(published[1])
    assert len(registered) > TOO_FEW_ROUTES
    named = {(method, path) for method, path, *_ in rows()}
    # The catch-all is one route for every method; its answer is the same 404.
    registered = {one for one in registered if one[1] != "/api/{rest:path}" or one[0] == "GET"}
    assert registered - named == set(), "每个新接口都要在表里写明谁能用"
    assert named - registered == set(), "表里有已经不存在的接口"
    assert [row for row in rows() if len(row[3]) != len(LETTERS)] == []
    assert set(LETTERS) - {NOBODY} <= set(PEOPLE)


VERDICTS = {401: "1", 403: "3", 404: "4"}


def asked(client: TestClient, headers: dict[str, str], method: str, path: str, question: dict[str, Any]) -> str:
    """The verdict on one question."""
    address = path.replace(":path", "").format(**question.get("path", {}))
    if method == "WS":
        return asked_live(client, headers, address, question)
    words: dict[str, Any] = {"params": question.get("query", {}), "headers": headers}
    if method != "GET":
        words |= {name: question[name] for name in ("json", "data", "files") if name in question}
    client.cookies.clear()
    answer = client.request(method, address, **words)
    assert answer.status_code < 500, (method, address, answer.text)
    if answer.status_code >= 400:
        assert set(answer.json()) == {"code", "message", "detail"}
    return VERDICTS.get(answer.status_code, "+")


def asked_live(client: TestClient, headers: dict[str, str], address: str, question: dict[str, Any]) -> str:
    name, content = question["files"]["file"]
    try:
        with client.websocket_connect(address, headers=headers) as socket:
            socket.send_json({**question["data"], "filename": name, "size": len(content)})
            assert socket.receive_json() == {"stage": "receiving"}
            socket.send_bytes(content)
            message: dict[str, Any] = {}
            while "status" not in message:
                message = socket.receive_json()
            return VERDICTS.get(message["status"], "+")
    except WebSocketDisconnect as closed:
        assert closed.code == 4001
        return "1"


@pytest.mark.parametrize("is_whole", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["refusals", "whole"])
def test_who_is_let_in_where(
    published: tuple[Roles, FastAPI, int], is_whole: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every route × every kind of person, each exactly as the table says.

    `make test` tries every cell that must be refused, and of those let in the office, a unit and nobody; the rest of
    those let in (the dear half: boards, workbooks) `make test-all`.
    """
    made, app, issue = published
    sent = questions(made, issue)
    carried = {letter: made.headers(letter) for letter in LETTERS}
    wrong: list[str] = []
    tried: Counter[str] = Counter()
    with TestClient(app) as client:
        for method, path, question, verdicts in rows():
            found = ""
            for letter, expected in zip(LETTERS, verdicts, strict=True):
                if expected == "+" and not is_whole and letter not in "noU":
                    found += expected
                    continue
                # The session of these ends or begins by it.
                spent = path == "/api/session" and method != "GET"
                headers = made.headers(letter) if spent else carried[letter]
                found += asked(client, headers, method, path, sent[question])
                tried[found[-1]] += 1
            if found != verdicts:
                wrong.append(f"{method:6} {path} ({question}): {LETTERS} {found}, the table says {verdicts}")
    assert wrong == []
    assert not is_whole or sum(tried.values()) == len(rows()) * len(LETTERS)
    with capsys.disabled():
        print(f" {len(rows())} 项 × {len(LETTERS)} 类人员，问了{sum(tried.values())}次 ", end="")


# ---- not there and not yours are one --------------------------------------------------------------------------------

OBJECTS = {
    "project": ("/api/projects/{}", "/api/projects/{}/receipt?period=2023Q2", "/api/projects/{}/whatif?period=2023Q3",
                "/api/whatif?programme=2023&period=2023Q3&project={}"),
    "taken": ("/api/uploads/{}", "/api/uploads/{}/file", "/api/uploads/{}/annotated"),
    "waiting": ("/api/uploads/{}", "/api/uploads/{}/file"),
    "appeal": ("/api/appeals/{}/file",),
    "draft": ("/api/publications/{}", "/api/publications/{}/changes"),
    "book_draft": ("/api/rulebooks/{}", "/api/rulebooks/{}/download"),
    "issue": ("/api/publications/{}", "/api/publications/{}/changes"),
    "book": ("/api/rulebooks/{}", "/api/rulebooks/{}/download"),
}  # fmt: skip
ACTS = {
    "project": (("/api/projects/{}/events", {"kind": "暂缓", "on": "2023-06-20", "reason": "资金"}),),
    "taken": tuple(
        (f"/api/uploads/{{}}/{act}", {"answers": {}, "reason": "数字不对", "to": "周主任"})
        for act in ("answers", "commit", "accept", "return", "hand-over", "discard", "revert")
    ),
    "appeal": (
        ("/api/appeals/{}/answer", {"answer": "已复核"}),
        ("/api/appeals/{}/decision", {"decision": "维持", "reason": "无误"}),
        ("/api/appeals/{}/withdraw", {}),
    ),
    "book": (("/api/rulebooks/{}/withdraw", {"programme": "2023"}),),
}
NOWHERE = 987654


def test_what_is_anothers_looks_like_what_is_not_there(published: tuple[Roles, FastAPI, int]) -> None:
    """Byte for byte, status and all, for everybody to whom the thing is not theirs; and for who may never look."""
    made, app, issue = published
    ids = {**made.own, **made.shared, "issue": issue}
    others = {
        "project": "lux", "taken": "uxa", "waiting": "ux", "appeal": "ux", "draft": "CLlUuIiAax",
        "book_draft": "CLlUuIiAax", "issue": "xa", "book": "x",
    }  # fmt: skip
    different: list[str] = []
    compared = 0
    with TestClient(app) as client:
        for letter in LETTERS[1:]:
            headers = made.headers(letter)
            for what, paths in OBJECTS.items():
                if letter not in others[what] and not (what == "project" and letter == "a"):
                    continue
                acts = [("POST", path, body) for path, body in ACTS.get(what, ())]
                for method, path, body in [*(("GET", path, None) for path in paths), *acts]:
                    answers = []
                    for number in (ids[what], NOWHERE):
                        answer = client.request(method, path.format(number), headers=headers, json=body)
                        answers.append((answer.status_code, answer.text.replace(str(number), "#")))
                        assert answer.status_code in (403, 404), (letter, method, path, answer.text)
                    compared += 1
                    if answers[0] != answers[1]:
                        different.append(f"{letter} {method} {path}: {answers[0]} / {answers[1]}")
    assert different == []
    assert compared > 80


def test_a_project_named_in_a_form_or_an_appeal_tells_nothing_of_it(published: tuple[Roles, FastAPI, int]) -> None:
    """A unit that tries another's codes learns neither that there is one nor what it is called."""
    made, app, _ = published
    headers = made.headers("u")
    with TestClient(app) as client:

        def form(project: str) -> tuple[int, str]:
            rows = [{"project": project, "reported_ytd_wan": "1"}]
            body = {"programme": "2023", "month": "2023-10", "rows": rows}
            answer = client.post("/api/uploads/form", headers=headers, json=body)
            return answer.status_code, answer.text.replace(project, "#")

        def appeal(project: int) -> tuple[int, str]:
            data = {"programme": "2023", "period": "2023Q2", "project": str(project), "grounds": "漏计"}
            answer = client.post("/api/appeals", headers=headers, data=data)
            return answer.status_code, answer.text

        assert form(made.county.codes[OWN]) == form("Z999")
        assert appeal(made.own["project"]) == appeal(NOWHERE)


def test_what_is_published_tells_everybody_scores_and_ranks_but_no_figures(
    published: tuple[Roles, FastAPI, int],
) -> None:
    made, app, issue = published
    quarter = "programme=2023&period=2023Q1"
    paths = {
        f"/api/standings?{quarter}": True,
        f"/api/standings/movement?{quarter}": False,
        f"/api/publications/{issue}": True,
        f"/api/publications/{issue}/changes": False,
        f"/api/publications/changes?{quarter}": False,
        f"/api/publications/desk?{quarter}": False,
        f"/api/assessees?{quarter}&kind=responsible_unit": False,
        "/api/alerts?programme=2023&month=2023-03": False,
        "/api/alerts/track-record?programme=2023&month=2023-06": False,
        f"/api/whatif/overview?{quarter}": False,
        "/api/appeals?programme=2023": False,
    }
    with TestClient(app) as client:
        for letter, named, marks in (("u", OWN, MARKS[OWN]), ("P", OTHER, MARKS[OTHER])):
            for path, tells_names in paths.items():
                text = client.get(path, headers=made.headers(letter)).text
                assert [mark for mark in marks if mark in text] == [], (letter, path)
                assert not tells_names or named in text, (letter, path)


def test_another_countys_office_is_shown_its_own_year_alone(published: tuple[Roles, FastAPI, int]) -> None:
    made, app, _ = published
    with TestClient(app) as client:
        told = [client.get(path, headers=made.headers("x")).json() for path in ("/api/programmes", "/api/session")]
    assert [row["code"] for row in told[0]["rows"]] == ["NEXT"]
    assert [row["code"] for row in told[1]["programmes"]] == ["NEXT"]
